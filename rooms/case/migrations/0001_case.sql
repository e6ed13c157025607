-- The casework. Every row carries its county, so that the big tables can be split by county.
-- What residents write stands in these rows only; the journal holds digests of it.
CREATE TABLE case_item (
  id {id},
  county_id BIGINT NOT NULL,
  province_id BIGINT NOT NULL,
  city_id BIGINT NOT NULL,
  town_id BIGINT NOT NULL,
  village_id BIGINT NOT NULL,
  grid_id BIGINT NOT NULL,
  number TEXT NOT NULL,
  stage TEXT NOT NULL,
  level TEXT NOT NULL,
  category_id BIGINT NOT NULL,
  channel TEXT NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  spot TEXT NOT NULL,
  holder_unit BIGINT NOT NULL,
  holder_account BIGINT NOT NULL,
  handler_unit BIGINT NOT NULL,
  handler_account BIGINT NOT NULL,
  back_unit BIGINT NOT NULL,
  registered_by BIGINT NOT NULL,
  due_ms BIGINT NOT NULL,
  created_ms BIGINT NOT NULL,
  accepted_ms BIGINT,
  closed_ms BIGINT,
  confirmed_ms BIGINT,
  ending TEXT,
  version BIGINT NOT NULL,
  is_public BOOLEAN NOT NULL,
  metoo_count BIGINT NOT NULL
);
-- With closed_ms at the end, counts by stage and clock state are answered from the index alone.
CREATE UNIQUE INDEX case_item_number ON case_item (number, county_id);
CREATE INDEX case_item_holder ON case_item (holder_unit, stage, due_ms, id);
CREATE INDEX case_item_city ON case_item (city_id, stage, due_ms, id, closed_ms);
CREATE INDEX case_item_county ON case_item (county_id, stage, due_ms, id, closed_ms);
CREATE INDEX case_item_town ON case_item (town_id, stage, due_ms, id, closed_ms);
CREATE INDEX case_item_village ON case_item (village_id, created_ms, id);
CREATE INDEX case_item_grid ON case_item (grid_id, stage, due_ms, id) WHERE grid_id <> 0;
CREATE INDEX case_item_city_created ON case_item (city_id, created_ms, id);
CREATE INDEX case_item_county_created ON case_item (county_id, created_ms, id);
CREATE INDEX case_item_registered ON case_item (registered_by, created_ms, id) WHERE registered_by <> 0;

-- How it came in: once, never changed, except that an undone import is emptied.
CREATE TABLE case_intake (
  case_id {id},
  county_id BIGINT NOT NULL,
  idem_key {blob},
  content_digest {blob} NOT NULL,
  lat_e7 BIGINT,
  lon_e7 BIGINT,
  given_lat_e7 BIGINT,
  given_lon_e7 BIGINT,
  datum TEXT,
  answers TEXT NOT NULL,
  deadline_days BIGINT NOT NULL,
  deadline_source TEXT NOT NULL,
  deadline_start_ms BIGINT NOT NULL,
  route_unit BIGINT NOT NULL,
  route_rule BIGINT NOT NULL,
  route_why TEXT NOT NULL,
  batch_id BIGINT NOT NULL,
  row_digest {blob}
);
CREATE UNIQUE INDEX case_intake_idem ON case_intake (idem_key) WHERE idem_key IS NOT NULL;
CREATE UNIQUE INDEX case_intake_row ON case_intake (row_digest) WHERE row_digest IS NOT NULL;
CREATE INDEX case_intake_batch ON case_intake (batch_id, case_id) WHERE batch_id <> 0;

-- Every act: who, when, why, from where to where.
CREATE TABLE case_act (
  id {id},
  case_id BIGINT NOT NULL,
  county_id BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  act TEXT NOT NULL,
  by_role TEXT NOT NULL,
  from_stage TEXT NOT NULL,
  to_stage TEXT NOT NULL,
  account BIGINT NOT NULL,
  post BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  to_unit BIGINT NOT NULL,
  to_account BIGINT NOT NULL,
  ending TEXT,
  words TEXT
);
CREATE INDEX case_act_case ON case_act (case_id, id);

-- The units that had a part in a case and may therefore look at it.
CREATE TABLE case_part (
  unit_id BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  county_id BIGINT NOT NULL,
  PRIMARY KEY (unit_id, case_id)
);
CREATE INDEX case_part_case ON case_part (case_id);

CREATE TABLE case_dispatch (
  id {id},
  case_id BIGINT NOT NULL,
  county_id BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  from_unit BIGINT NOT NULL,
  to_unit BIGINT NOT NULL,
  to_account BIGINT NOT NULL,
  account BIGINT NOT NULL,
  suggested_unit BIGINT NOT NULL,
  route_rule BIGINT NOT NULL,
  route_why TEXT NOT NULL,
  words TEXT,
  taken_ms BIGINT,
  ended_ms BIGINT,
  ended_by TEXT
);
CREATE INDEX case_dispatch_case ON case_dispatch (case_id, id);
CREATE INDEX case_dispatch_to ON case_dispatch (to_unit, at_ms);

-- Every answer that a case got: after a reopening there is another one.
CREATE TABLE case_closure (
  id {id},
  case_id BIGINT NOT NULL,
  county_id BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  account BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  ending TEXT NOT NULL,
  answer TEXT NOT NULL,
  same_as BIGINT NOT NULL,
  referred_to TEXT NOT NULL,
  answered_ms BIGINT,
  in_time BOOLEAN NOT NULL,
  confirmed_ms BIGINT,
  confirmed_by TEXT,
  contested_ms BIGINT
);
CREATE INDEX case_closure_case ON case_closure (case_id, id);

-- Who brought it, sealed. There is no index over people: a person is found through a case only.
CREATE TABLE case_reporter (
  case_id {id},
  county_id BIGINT NOT NULL,
  sealed {blob} NOT NULL,
  is_confidential BOOLEAN NOT NULL
);

-- "Me too": how many, never who. The key is a digest of the form's own token.
CREATE TABLE case_metoo (
  case_id BIGINT NOT NULL,
  token {blob} NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (case_id, token)
);

-- Who opened the record and when; at most one row per person, case and ten minutes.
CREATE TABLE case_read (
  id {id},
  case_id BIGINT NOT NULL,
  county_id BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  account BIGINT NOT NULL,
  post BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  purpose TEXT NOT NULL
);
CREATE INDEX case_read_case ON case_read (case_id, at_ms);
CREATE INDEX case_read_account ON case_read (account, at_ms);

-- What the regional pack says, by row, so that a case can refer to it after the pack has changed.
CREATE TABLE case_category (
  id {id},
  code TEXT NOT NULL,
  parent_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  position BIGINT NOT NULL,
  kind TEXT,
  valid_from_ms BIGINT NOT NULL,
  valid_to_ms BIGINT,
  days BIGINT NOT NULL,
  days_source TEXT NOT NULL,
  needs_place BOOLEAN NOT NULL,
  needs_evidence BOOLEAN NOT NULL,
  is_urgent BOOLEAN NOT NULL,
  is_public BOOLEAN NOT NULL,
  questions TEXT NOT NULL
);
CREATE UNIQUE INDEX case_category_code ON case_category (code);

CREATE TABLE case_route_rule (
  id {id},
  code TEXT NOT NULL,
  position BIGINT NOT NULL,
  category_id BIGINT NOT NULL,
  place_id BIGINT NOT NULL,
  channel TEXT,
  unit_kind TEXT NOT NULL,
  unit_name TEXT NOT NULL,
  unit_level TEXT NOT NULL,
  why TEXT NOT NULL,
  is_in_use BOOLEAN NOT NULL
);
CREATE INDEX case_route_rule_position ON case_route_rule (position);

CREATE TABLE case_pack (
  id {id},
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  confirm_days BIGINT NOT NULL,
  reopen_days BIGINT NOT NULL,
  terms TEXT NOT NULL,
  loaded_ms BIGINT NOT NULL,
  account BIGINT NOT NULL
);

CREATE TABLE case_batch (
  id {id},
  at_ms BIGINT NOT NULL,
  account BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  file_digest {blob} NOT NULL,
  map_name TEXT NOT NULL,
  row_count BIGINT NOT NULL,
  added_count BIGINT NOT NULL,
  undone_ms BIGINT,
  undone_by BIGINT
);

{search search_case};
