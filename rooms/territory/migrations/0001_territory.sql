-- Divisions: a tree with kind and validity. A row carries the ids of its ancestors and of itself, one per rung.
CREATE TABLE territory_division (
  id {id},
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  parent_id BIGINT REFERENCES territory_division (id),
  province_id BIGINT,
  city_id BIGINT,
  county_id BIGINT,
  town_id BIGINT,
  village_id BIGINT,
  valid_from TEXT NOT NULL,
  valid_to TEXT
);
CREATE INDEX territory_division_parent ON territory_division (parent_id);
-- A division's codes, at most one in each system. The same digits may stand for two rungs: 441900000000 is the city and its only county.
CREATE TABLE territory_code (
  division_id BIGINT NOT NULL REFERENCES territory_division (id),
  system TEXT NOT NULL,
  code TEXT NOT NULL,
  PRIMARY KEY (division_id, system)
);
CREATE INDEX territory_code_code ON territory_code (system, code);
-- What a division was called and whom it belonged to until a day.
CREATE TABLE territory_former (
  id {id},
  division_id BIGINT NOT NULL REFERENCES territory_division (id),
  name TEXT NOT NULL,
  parent_id BIGINT REFERENCES territory_division (id),
  until_day TEXT NOT NULL
);
CREATE INDEX territory_former_division ON territory_former (division_id, until_day);
CREATE TABLE territory_successor (
  old_id BIGINT NOT NULL REFERENCES territory_division (id),
  new_id BIGINT NOT NULL REFERENCES territory_division (id),
  day TEXT NOT NULL,
  change TEXT NOT NULL,
  PRIMARY KEY (old_id, new_id)
);
CREATE INDEX territory_successor_new ON territory_successor (new_id);
-- Grids: the outline is packed whole numbers of 1e-7 degree in WGS-84.
CREATE TABLE territory_grid (
  id {id},
  village_id BIGINT NOT NULL REFERENCES territory_division (id),
  parent_id BIGINT REFERENCES territory_grid (id),
  level BIGINT NOT NULL,
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  outline {blob} NOT NULL,
  valid_from TEXT NOT NULL,
  valid_to TEXT
);
CREATE INDEX territory_grid_village ON territory_grid (village_id);
CREATE INDEX territory_grid_code ON territory_grid (code);
CREATE TABLE territory_grid_successor (
  old_id BIGINT NOT NULL REFERENCES territory_grid (id),
  new_id BIGINT NOT NULL REFERENCES territory_grid (id),
  day TEXT NOT NULL,
  PRIMARY KEY (old_id, new_id)
);
-- Who works in which grid, from when to when. It says who is answerable, never where anybody is.
CREATE TABLE territory_grid_worker (
  id {id},
  grid_id BIGINT NOT NULL REFERENCES territory_grid (id),
  account_id BIGINT NOT NULL,
  role TEXT NOT NULL,
  employment TEXT NOT NULL,
  from_day TEXT NOT NULL,
  to_day TEXT
);
CREATE INDEX territory_grid_worker_grid ON territory_grid_worker (grid_id);
CREATE INDEX territory_grid_worker_account ON territory_grid_worker (account_id);
-- Rises with every deed of this room, so that each process knows when its atlas is old. One row.
CREATE TABLE territory_edition (id {id}, number BIGINT NOT NULL);
INSERT INTO territory_edition (id, number) VALUES (1, 1);
