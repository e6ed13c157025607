-- Joint meetings: a unit calls others; items are open cases or list entries; minutes by item; tasks out of them.
CREATE TABLE supervision_meeting (
  id {id},
  province_id BIGINT NOT NULL,
  city_id BIGINT NOT NULL,
  county_id BIGINT NOT NULL,
  town_id BIGINT NOT NULL,
  village_id BIGINT NOT NULL,
  grid_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  title TEXT NOT NULL,
  hall TEXT NOT NULL,
  start_ms BIGINT NOT NULL,
  stage TEXT NOT NULL,
  version BIGINT NOT NULL,
  created_ms BIGINT NOT NULL
);
CREATE INDEX supervision_meeting_province ON supervision_meeting (province_id, start_ms, id);
CREATE INDEX supervision_meeting_city ON supervision_meeting (city_id, start_ms, id);
CREATE INDEX supervision_meeting_county ON supervision_meeting (county_id, start_ms, id);
CREATE INDEX supervision_meeting_town ON supervision_meeting (town_id, start_ms, id);
CREATE INDEX supervision_meeting_village ON supervision_meeting (village_id, start_ms, id);
CREATE INDEX supervision_meeting_unit ON supervision_meeting (unit_id, start_ms, id);

CREATE TABLE supervision_invite (
  unit_id BIGINT NOT NULL,
  meeting_id BIGINT NOT NULL REFERENCES supervision_meeting (id),
  PRIMARY KEY (unit_id, meeting_id)
);
CREATE INDEX supervision_invite_meeting ON supervision_invite (meeting_id);

CREATE TABLE supervision_item (
  id {id},
  meeting_id BIGINT NOT NULL REFERENCES supervision_meeting (id),
  position BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  entry_id BIGINT NOT NULL,
  number TEXT NOT NULL,
  title TEXT NOT NULL,
  minutes TEXT
);
CREATE UNIQUE INDEX supervision_item_meeting ON supervision_item (meeting_id, case_id, entry_id);

CREATE TABLE supervision_task (
  id {id},
  province_id BIGINT NOT NULL,
  city_id BIGINT NOT NULL,
  county_id BIGINT NOT NULL,
  town_id BIGINT NOT NULL,
  village_id BIGINT NOT NULL,
  grid_id BIGINT NOT NULL,
  meeting_id BIGINT NOT NULL REFERENCES supervision_meeting (id),
  item_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  origin TEXT NOT NULL,
  what TEXT NOT NULL,
  term TEXT NOT NULL,
  start_ms BIGINT NOT NULL,
  due_ms BIGINT NOT NULL,
  done_ms BIGINT,
  done_words TEXT,
  evidence TEXT,
  account BIGINT NOT NULL,
  post BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX supervision_task_province ON supervision_task (province_id, due_ms, id);
CREATE INDEX supervision_task_city ON supervision_task (city_id, due_ms, id);
CREATE INDEX supervision_task_county ON supervision_task (county_id, due_ms, id);
CREATE INDEX supervision_task_town ON supervision_task (town_id, due_ms, id);
CREATE INDEX supervision_task_village ON supervision_task (village_id, due_ms, id);
CREATE INDEX supervision_task_unit ON supervision_task (unit_id, due_ms, id);
CREATE INDEX supervision_task_meeting ON supervision_task (meeting_id);
