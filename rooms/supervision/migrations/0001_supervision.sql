-- Supervision lists: an entry is a matter or a problem of a place, never a person. A zero means "none".
-- due_ms, amber_ms, red_ms and late_ms are an index over the clock, which is read from terms and acts.
CREATE TABLE supervision_entry (
  id {id},
  number TEXT NOT NULL,
  province_id BIGINT NOT NULL,
  city_id BIGINT NOT NULL,
  county_id BIGINT NOT NULL,
  town_id BIGINT NOT NULL,
  village_id BIGINT NOT NULL,
  grid_id BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  category_id BIGINT NOT NULL,
  title TEXT NOT NULL,
  stage TEXT NOT NULL,
  level TEXT NOT NULL,
  list_unit BIGINT NOT NULL,
  by_unit BIGINT NOT NULL,
  leader_post BIGINT NOT NULL,
  leader_account BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  person_account BIGINT NOT NULL,
  terms TEXT NOT NULL,
  due_ms BIGINT NOT NULL,
  amber_ms BIGINT NOT NULL,
  red_ms BIGINT NOT NULL,
  late_ms BIGINT NOT NULL,
  listed_ms BIGINT NOT NULL,
  struck_ms BIGINT NOT NULL,
  public_title TEXT,
  visit_count BIGINT NOT NULL,
  is_asked BOOLEAN NOT NULL,
  version BIGINT NOT NULL,
  created_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX supervision_entry_number ON supervision_entry (number);
CREATE INDEX supervision_entry_province ON supervision_entry (province_id, due_ms, id);
CREATE INDEX supervision_entry_city ON supervision_entry (city_id, due_ms, id);
CREATE INDEX supervision_entry_county ON supervision_entry (county_id, due_ms, id);
CREATE INDEX supervision_entry_town ON supervision_entry (town_id, due_ms, id);
CREATE INDEX supervision_entry_village ON supervision_entry (village_id, due_ms, id);
CREATE INDEX supervision_entry_unit ON supervision_entry (unit_id, due_ms, id);
CREATE INDEX supervision_entry_list ON supervision_entry (list_unit, due_ms, id);
CREATE INDEX supervision_entry_by ON supervision_entry (by_unit, due_ms, id);
CREATE INDEX supervision_entry_leader ON supervision_entry (leader_post, due_ms, id);
CREATE INDEX supervision_entry_case ON supervision_entry (case_id);
CREATE INDEX supervision_entry_public ON supervision_entry (listed_ms, id);

CREATE TABLE supervision_act (
  id {id},
  entry_id BIGINT NOT NULL REFERENCES supervision_entry (id),
  county_id BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  act TEXT NOT NULL,
  by_role TEXT NOT NULL,
  from_stage TEXT NOT NULL,
  to_stage TEXT NOT NULL,
  account BIGINT NOT NULL,
  post BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  term TEXT,
  words TEXT
);
CREATE INDEX supervision_act_entry ON supervision_act (entry_id, id);

-- A visit of the matter by the leader's post: which day, where, what came of it.
CREATE TABLE supervision_visit (
  id {id},
  entry_id BIGINT NOT NULL REFERENCES supervision_entry (id),
  county_id BIGINT NOT NULL,
  post BIGINT NOT NULL,
  day TEXT NOT NULL,
  place TEXT NOT NULL,
  outcome TEXT NOT NULL
);
CREATE INDEX supervision_visit_entry ON supervision_visit (entry_id, day);
