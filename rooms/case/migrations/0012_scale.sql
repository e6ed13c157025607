-- What is open is little, however much has been closed: the lists that people work from stand on indexes over the open
-- cases alone, so that an act writes to few and dense pages. What is closed is found by when it came in.
DROP INDEX case_item_holder;
DROP INDEX case_item_city;
DROP INDEX case_item_county;
DROP INDEX case_item_town;
DROP INDEX case_item_grid;
CREATE INDEX case_open_holder ON case_item (holder_unit, due_ms, id, stage)
  WHERE stage IN ('received', 'accepted', 'dispatched', 'handling', 'verifying');
CREATE INDEX case_open_city ON case_item (city_id, due_ms, id, stage)
  WHERE stage IN ('received', 'accepted', 'dispatched', 'handling', 'verifying');
CREATE INDEX case_open_county ON case_item (county_id, due_ms, id, stage)
  WHERE stage IN ('received', 'accepted', 'dispatched', 'handling', 'verifying');
CREATE INDEX case_open_town ON case_item (town_id, due_ms, id, stage)
  WHERE stage IN ('received', 'accepted', 'dispatched', 'handling', 'verifying');
CREATE INDEX case_open_grid ON case_item (grid_id, due_ms, id, stage)
  WHERE grid_id <> 0 AND stage IN ('received', 'accepted', 'dispatched', 'handling', 'verifying');
CREATE INDEX case_item_town_created ON case_item (town_id, created_ms, id);
CREATE INDEX case_item_public ON case_item (created_ms, id) WHERE is_public;

-- Whoever holds a case has a part in it, from the first moment on: a unit's cases are found here, open or closed.
INSERT INTO case_part (unit_id, case_id, county_id)
  SELECT holder_unit, id, county_id FROM case_item WHERE holder_unit <> 0
  ON CONFLICT DO NOTHING;
CREATE INDEX case_dispatch_declined ON case_dispatch (to_unit, case_id) WHERE ended_by = 'decline';
