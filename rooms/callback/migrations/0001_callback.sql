-- How much is drawn, and how often somebody is called: only added to, the latest counts.
CREATE TABLE callback_rule (
  id {id},
  version TEXT NOT NULL,
  percent BIGINT NOT NULL,
  least BIGINT NOT NULL,
  most BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  days BIGINT NOT NULL,
  source TEXT NOT NULL,
  loaded_ms BIGINT NOT NULL
);

-- A week's draw of a county: once, with all that is needed to repeat it.
CREATE TABLE callback_draw (
  id {id},
  county_id BIGINT NOT NULL,
  county_code TEXT NOT NULL,
  week TEXT NOT NULL,
  from_ms BIGINT NOT NULL,
  to_ms BIGINT NOT NULL,
  drawn_ms BIGINT NOT NULL,
  until_ms BIGINT NOT NULL,
  rule_id BIGINT NOT NULL,
  checkpoint_id BIGINT NOT NULL,
  checkpoint_ms BIGINT NOT NULL,
  checkpoint_size BIGINT NOT NULL,
  root TEXT NOT NULL,
  seed TEXT NOT NULL,
  method TEXT NOT NULL,
  population BIGINT NOT NULL,
  population_digest TEXT NOT NULL,
  drawn BIGINT NOT NULL
);
CREATE UNIQUE INDEX callback_draw_week ON callback_draw (county_id, week);
CREATE INDEX callback_draw_from ON callback_draw (from_ms, id);

-- A case that was drawn, and what the one who brought it said. It stands beside the handler's own word and never
-- over it. The caller is a member of staff; who was called is in no column.
CREATE TABLE callback_call (
  id {id},
  draw_id BIGINT NOT NULL,
  position BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  county_id BIGINT NOT NULL,
  city_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  category_id BIGINT NOT NULL,
  level TEXT NOT NULL,
  closed_ms BIGINT NOT NULL,
  until_ms BIGINT NOT NULL,
  state TEXT NOT NULL,
  account BIGINT NOT NULL,
  caller_unit BIGINT NOT NULL,
  taken_ms BIGINT,
  tries BIGINT NOT NULL,
  ended_ms BIGINT,
  contacted TEXT,
  solved TEXT,
  satisfied TEXT,
  words TEXT
);
CREATE UNIQUE INDEX callback_call_draw ON callback_call (draw_id, position);
CREATE INDEX callback_call_case ON callback_call (case_id);
CREATE INDEX callback_call_state ON callback_call (state, until_ms, id);
CREATE INDEX callback_call_county ON callback_call (county_id, closed_ms, id);
CREATE INDEX callback_call_city ON callback_call (city_id, closed_ms, id);
CREATE INDEX callback_call_closed ON callback_call (closed_ms, id);
CREATE INDEX callback_call_account ON callback_call (account, state, id) WHERE account <> 0;

-- A call that did not get through.
CREATE TABLE callback_try (
  id {id},
  call_id BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  account BIGINT NOT NULL,
  outcome TEXT NOT NULL
);
CREATE INDEX callback_try_call ON callback_try (call_id, id);
