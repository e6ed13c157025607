-- A changed category is an act of its own, with the old and the new one: a query finds it without reading a word.
ALTER TABLE case_act ADD COLUMN old_category BIGINT NOT NULL DEFAULT 0;
ALTER TABLE case_act ADD COLUMN new_category BIGINT NOT NULL DEFAULT 0;
DROP VIEW pub_case_act;
CREATE VIEW pub_case_act AS
  SELECT id, case_id, county_id, at_ms, act, by_role, from_stage, to_stage, unit_id, to_unit, ending, old_category,
    new_category
  FROM case_act;

-- The clocks of a county that are due between two instants, of one kind: figures are counted from here.
CREATE INDEX case_clock_county ON case_clock (county_id, kind, due_ms, id);

-- What a category's report as done must bring, as words of a closed list; empty where `needs_evidence` alone says it.
ALTER TABLE case_category ADD COLUMN proofs TEXT NOT NULL DEFAULT '';
