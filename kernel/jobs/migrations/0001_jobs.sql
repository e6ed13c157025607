-- Timers and queued work. state: 0 waits, 1 done, 2 given up, 3 taken back.
CREATE TABLE jobs_timer (
  id {id},
  kind TEXT NOT NULL,
  subject_id BIGINT NOT NULL,
  run_at_ms BIGINT NOT NULL,
  state BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  made_ms BIGINT NOT NULL
);
CREATE INDEX jobs_timer_due ON jobs_timer (run_at_ms) WHERE state = 0;
CREATE INDEX jobs_timer_subject ON jobs_timer (subject_id, kind);
