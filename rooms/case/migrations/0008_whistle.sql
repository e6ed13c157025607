-- A desk calls units to a case. Who did what stands in case_whistle_act; the other tables know offices only.
CREATE TABLE case_whistle (
  id {id},
  case_id BIGINT NOT NULL,
  county_id BIGINT NOT NULL,
  caller_unit BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  reason TEXT NOT NULL,
  meet_at TEXT NOT NULL,
  closed_ms BIGINT,
  outcome TEXT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX case_whistle_case ON case_whistle (case_id, id);
-- One at a time: two desks that call in the same moment make one whistle.
CREATE UNIQUE INDEX case_whistle_open ON case_whistle (case_id) WHERE closed_ms IS NULL;

-- A called unit with its clock. How it stands is read from the instants; due_ms is an index over the rule.
CREATE TABLE case_whistle_call (
  id {id},
  whistle_id BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  county_id BIGINT NOT NULL,
  caller_unit BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  role TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  term_n BIGINT NOT NULL,
  term_unit TEXT NOT NULL,
  source TEXT NOT NULL,
  due_ms BIGINT NOT NULL,
  answered_ms BIGINT,
  arrived_ms BIGINT,
  finished_ms BIGINT,
  missed_ms BIGINT,
  excused_ms BIGINT,
  outcome TEXT NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX case_whistle_call_unit ON case_whistle_call (whistle_id, unit_id);
CREATE INDEX case_whistle_call_case ON case_whistle_call (case_id, id);
CREATE INDEX case_whistle_call_inbox ON case_whistle_call (unit_id, due_ms, id);
CREATE INDEX case_whistle_call_caller ON case_whistle_call (caller_unit, due_ms, id);
CREATE INDEX case_whistle_call_due ON case_whistle_call (due_ms, id);
CREATE INDEX case_whistle_call_waiting ON case_whistle_call (id)
  WHERE answered_ms IS NULL AND missed_ms IS NULL AND excused_ms IS NULL;
CREATE INDEX case_whistle_call_at ON case_whistle_call (at_ms, id);

-- What one office says of another, once each way.
CREATE TABLE case_whistle_rating (
  call_id BIGINT NOT NULL,
  of_unit BIGINT NOT NULL,
  by_unit BIGINT NOT NULL,
  county_id BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  rating BIGINT NOT NULL,
  words TEXT NOT NULL,
  PRIMARY KEY (call_id, of_unit)
);

CREATE TABLE case_whistle_act (
  id {id},
  whistle_id BIGINT NOT NULL,
  call_id BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  county_id BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  act TEXT NOT NULL,
  account BIGINT NOT NULL,
  post BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  words TEXT
);
CREATE INDEX case_whistle_act_whistle ON case_whistle_act (whistle_id, id);
