-- Sweeps: a campaign over a place for a period; one return for each village or grid, also when there is nothing.
CREATE TABLE supervision_sweep (
  id {id},
  province_id BIGINT NOT NULL,
  city_id BIGINT NOT NULL,
  county_id BIGINT NOT NULL,
  town_id BIGINT NOT NULL,
  village_id BIGINT NOT NULL,
  grid_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  rung TEXT NOT NULL,
  title TEXT NOT NULL,
  question TEXT NOT NULL,
  from_day TEXT NOT NULL,
  to_day TEXT NOT NULL,
  due_ms BIGINT NOT NULL,
  created_ms BIGINT NOT NULL
);
CREATE INDEX supervision_sweep_due ON supervision_sweep (due_ms, id);

CREATE TABLE supervision_return (
  id {id},
  sweep_id BIGINT NOT NULL REFERENCES supervision_sweep (id),
  province_id BIGINT NOT NULL,
  city_id BIGINT NOT NULL,
  county_id BIGINT NOT NULL,
  town_id BIGINT NOT NULL,
  village_id BIGINT NOT NULL,
  grid_id BIGINT NOT NULL,
  returned_ms BIGINT,
  finding_count BIGINT NOT NULL,
  words TEXT NOT NULL,
  account BIGINT NOT NULL,
  post BIGINT NOT NULL,
  unit_id BIGINT NOT NULL
);
CREATE INDEX supervision_return_sweep ON supervision_return (sweep_id, id);
CREATE INDEX supervision_return_province ON supervision_return (province_id, sweep_id);
CREATE INDEX supervision_return_city ON supervision_return (city_id, sweep_id);
CREATE INDEX supervision_return_county ON supervision_return (county_id, sweep_id);
CREATE INDEX supervision_return_town ON supervision_return (town_id, sweep_id);
CREATE INDEX supervision_return_village ON supervision_return (village_id, sweep_id);
CREATE INDEX supervision_return_grid ON supervision_return (grid_id, sweep_id);

CREATE TABLE supervision_finding (
  id {id},
  return_id BIGINT NOT NULL REFERENCES supervision_return (id),
  sweep_id BIGINT NOT NULL,
  what TEXT NOT NULL,
  spot TEXT NOT NULL,
  case_id BIGINT NOT NULL
);
CREATE INDEX supervision_finding_return ON supervision_finding (return_id, id);
CREATE INDEX supervision_finding_sweep ON supervision_finding (sweep_id, id);
