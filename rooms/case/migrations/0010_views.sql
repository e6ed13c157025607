-- What rooms above may read of the casework in SQL: an interface, only added to. No word that anybody wrote, no name, no
-- account and no contact is in it.
CREATE VIEW pub_case_item AS
  SELECT id, county_id, province_id, city_id, town_id, village_id, grid_id, number, stage, level, category_id, channel,
    holder_unit, CASE WHEN handler_unit <> 0 THEN handler_unit ELSE holder_unit END AS answer_unit,
    due_ms, created_ms, accepted_ms, closed_ms, confirmed_ms, ending
  FROM case_item;
CREATE VIEW pub_case_act AS
  SELECT id, case_id, county_id, at_ms, act, by_role, from_stage, to_stage, unit_id, to_unit, ending FROM case_act;
CREATE VIEW pub_case_closure AS
  SELECT id, case_id, county_id, at_ms, unit_id, ending, in_time, answered_ms, confirmed_ms, contested_ms FROM case_closure;
CREATE VIEW pub_case_dispatch AS
  SELECT id, case_id, county_id, at_ms, from_unit, to_unit, suggested_unit, taken_ms, ended_ms, ended_by FROM case_dispatch;
CREATE VIEW pub_case_category AS
  SELECT id, code, parent_id, name, position, kind FROM case_category;
-- What happened in a county between two instants, of one sort.
CREATE INDEX case_act_county ON case_act (county_id, act, at_ms, id);
CREATE INDEX case_closure_county ON case_closure (county_id, at_ms, id);
CREATE VIEW pub_case_clock AS
  SELECT id, case_id, county_id, kind, round, unit_id, state, n, unit, source, start_ms, due_ms, amber_ms, red_ms, ended_ms,
    paused_times, extended_times
  FROM case_clock;
