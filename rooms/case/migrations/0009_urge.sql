-- An urging: for which office, and which desk above it sees it. What was said stands in the course of the case.
-- after_act is the act that stood last before it, so that two pressed in the same moment are one.
CREATE TABLE case_urge (
  id {id},
  case_id BIGINT NOT NULL,
  county_id BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  stage TEXT NOT NULL,
  holder_unit BIGINT NOT NULL,
  above_unit BIGINT NOT NULL,
  after_act BIGINT NOT NULL
);
CREATE UNIQUE INDEX case_urge_once ON case_urge (case_id, after_act);
CREATE INDEX case_urge_case ON case_urge (case_id, at_ms);
CREATE INDEX case_urge_holder ON case_urge (holder_unit, at_ms, id);
CREATE INDEX case_urge_above ON case_urge (above_unit, at_ms, id);
CREATE INDEX case_urge_at ON case_urge (at_ms, id);
