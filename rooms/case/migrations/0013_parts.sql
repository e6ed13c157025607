-- What a unit had a part in is listed like what lies in a place: open cases by themselves, all by when they came in. Both
-- stand in the part, so that a list stops where its page ends, however much the unit ever had a part in.
CREATE TABLE case_took (
  case_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  county_id BIGINT NOT NULL,
  created_ms BIGINT NOT NULL,
  is_open BOOLEAN NOT NULL,
  PRIMARY KEY (case_id, unit_id)
);
INSERT INTO case_took (case_id, unit_id, county_id, created_ms, is_open)
  SELECT p.case_id, p.unit_id, p.county_id, i.created_ms,
    i.stage IN ('received', 'accepted', 'dispatched', 'handling', 'verifying')
  FROM case_part AS p JOIN case_item AS i ON i.id = p.case_id;
DROP TABLE case_part;
ALTER TABLE case_took RENAME TO case_part;
CREATE INDEX case_part_created ON case_part (unit_id, created_ms, case_id);
CREATE INDEX case_part_open ON case_part (unit_id, case_id) WHERE is_open;
