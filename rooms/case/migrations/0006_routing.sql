-- The routing table in versions: a draft until it is published over the version that it was begun from.
CREATE TABLE case_route_table (
  id {id},
  origin TEXT NOT NULL,
  based_on BIGINT NOT NULL,
  pack_id BIGINT NOT NULL,
  account BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  edited_by BIGINT NOT NULL,
  edited_ms BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  dropped_ms BIGINT
);
CREATE INDEX case_route_table_at ON case_route_table (at_ms, id);

-- One version follows one version: of two that were begun from the same one, the second finds the place taken.
CREATE TABLE case_route_publication (
  based_on {id},
  table_id BIGINT NOT NULL,
  account BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  why TEXT NOT NULL
);
CREATE UNIQUE INDEX case_route_publication_table ON case_route_publication (table_id);
CREATE INDEX case_route_publication_at ON case_route_publication (at_ms, table_id);

-- Rules of table 0 were loaded before versions were kept.
ALTER TABLE case_route_rule ADD COLUMN table_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE case_route_rule ADD COLUMN unit_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE case_route_rule ADD COLUMN from_ms BIGINT;
ALTER TABLE case_route_rule ADD COLUMN until_ms BIGINT;
ALTER TABLE case_route_rule ADD COLUMN minute_from BIGINT;
ALTER TABLE case_route_rule ADD COLUMN minute_until BIGINT;
ALTER TABLE case_route_rule ADD COLUMN days TEXT NOT NULL DEFAULT 'any';
CREATE INDEX case_route_rule_table ON case_route_rule (table_id, position, id);
