-- The clocks of a case: an index over its acts, made anew with each act and proved equal every night.
CREATE TABLE case_clock (
  id {id},
  case_id BIGINT NOT NULL,
  county_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  round BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  state TEXT NOT NULL,
  n BIGINT NOT NULL,
  unit TEXT NOT NULL,
  source TEXT NOT NULL,
  start_ms BIGINT NOT NULL,
  due_ms BIGINT NOT NULL,
  amber_ms BIGINT NOT NULL,
  red_ms BIGINT NOT NULL,
  ended_ms BIGINT,
  paused_times BIGINT NOT NULL,
  extended_times BIGINT NOT NULL,
  told BIGINT NOT NULL
);
CREATE INDEX case_clock_case ON case_clock (case_id, id);
-- Whoever owes something, the soonest first.
CREATE INDEX case_clock_open ON case_clock (unit_id, due_ms, id) WHERE ended_ms IS NULL;
CREATE INDEX case_clock_running ON case_clock (case_id) WHERE ended_ms IS NULL;

-- What an act on a clock said: the reason and evidence of a pause, the term of an extension, as the rules were then.
CREATE TABLE case_clock_act (
  act_id {id},
  case_id BIGINT NOT NULL,
  county_id BIGINT NOT NULL,
  reason TEXT NOT NULL,
  paper TEXT NOT NULL,
  has_evidence BOOLEAN NOT NULL,
  n BIGINT NOT NULL,
  unit TEXT NOT NULL,
  decide_days BIGINT NOT NULL,
  source TEXT NOT NULL
);
CREATE INDEX case_clock_act_case ON case_clock_act (case_id, act_id);

-- What a unit gave back as not its own, by which entry of the duty list, and what was decided about it.
CREATE TABLE case_return (
  id {id},
  case_id BIGINT NOT NULL,
  county_id BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  desk_unit BIGINT NOT NULL,
  duty_entry TEXT NOT NULL,
  is_dispute BOOLEAN NOT NULL,
  decided_ms BIGINT,
  decided_unit BIGINT NOT NULL,
  outcome TEXT
);
CREATE INDEX case_return_case ON case_return (case_id, id);
CREATE INDEX case_return_unit ON case_return (unit_id, at_ms, id);

-- Each nightly proof that the rows equal what the acts say.
CREATE TABLE case_clock_check (
  id {id},
  begun_ms BIGINT NOT NULL,
  ended_ms BIGINT,
  cases BIGINT NOT NULL,
  clocks BIGINT NOT NULL,
  differed BIGINT NOT NULL
);

-- Timers of clocks take the place of the two that a case had; the first proof makes the clocks of older cases.
DELETE FROM jobs_timer WHERE kind IN ('case.due_soon', 'case.overdue');
INSERT INTO jobs_timer (id, kind, subject_id, run_at_ms, state, tries, made_ms)
  VALUES (1, 'case.clock_check', 0, 0, 0, 0, 0);
