-- Reception days: when a unit, or the leader on one of its posts, receives people. Posts and rooms stand here, never a name.
-- weekday is 1 (Monday) to 7 for a day of each week, 0 for the single date in day.
CREATE TABLE supervision_reception (
  id {id},
  province_id BIGINT NOT NULL,
  city_id BIGINT NOT NULL,
  county_id BIGINT NOT NULL,
  town_id BIGINT NOT NULL,
  village_id BIGINT NOT NULL,
  grid_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  post BIGINT NOT NULL,
  weekday BIGINT NOT NULL,
  day TEXT,
  from_minute BIGINT NOT NULL,
  until_minute BIGINT NOT NULL,
  hall TEXT NOT NULL,
  made_ms BIGINT NOT NULL,
  ended_ms BIGINT
);
CREATE INDEX supervision_reception_province ON supervision_reception (province_id, id) WHERE ended_ms IS NULL;
CREATE INDEX supervision_reception_city ON supervision_reception (city_id, id) WHERE ended_ms IS NULL;
CREATE INDEX supervision_reception_county ON supervision_reception (county_id, id) WHERE ended_ms IS NULL;
CREATE INDEX supervision_reception_town ON supervision_reception (town_id, id) WHERE ended_ms IS NULL;
CREATE INDEX supervision_reception_village ON supervision_reception (village_id, id) WHERE ended_ms IS NULL;
CREATE INDEX supervision_reception_unit ON supervision_reception (unit_id, id) WHERE ended_ms IS NULL;
