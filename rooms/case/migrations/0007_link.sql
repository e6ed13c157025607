-- Cases that belong together: merged into a lead, split off, or related. A link that was ended stays.
CREATE TABLE case_link (
  id {id},
  kind TEXT NOT NULL,
  case_id BIGINT NOT NULL,
  other_id BIGINT NOT NULL,
  county_id BIGINT NOT NULL,
  account BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  ended_by BIGINT,
  ended_ms BIGINT
);
CREATE INDEX case_link_case ON case_link (case_id, id);
CREATE INDEX case_link_other ON case_link (other_id, id);
-- A case follows one lead, and two cases are linked in one way once.
CREATE UNIQUE INDEX case_link_lead ON case_link (case_id) WHERE kind = 'merged' AND ended_ms IS NULL;
CREATE UNIQUE INDEX case_link_pair ON case_link (case_id, other_id, kind) WHERE ended_ms IS NULL;
