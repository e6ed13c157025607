-- A letter out of the house stood in eight indexes, four of them for places that few ever ask for. The newest letters of a
-- place are found by walking back through its county; those in trouble, which are few, by their state.
DROP INDEX notice_item_state;
DROP INDEX notice_item_city;
DROP INDEX notice_item_county;
DROP INDEX notice_item_town;
DROP INDEX notice_item_out_city;
DROP INDEX notice_item_out_town;
CREATE INDEX notice_item_trouble ON notice_item (state, id)
  WHERE channel <> 'in_app' AND state IN ('waiting', 'failed', 'given_up');
