-- The lower end: the link to the level above. One at a time is in use; the code is emptied when it was used.
CREATE TABLE upward_link (
  id {id},
  address TEXT NOT NULL,
  name TEXT NOT NULL,
  codes TEXT NOT NULL,
  cadence TEXT NOT NULL,
  state TEXT NOT NULL,
  installation_id BIGINT NOT NULL,
  one_time {blob},
  first_day TEXT NOT NULL,
  told_sequence BIGINT NOT NULL,
  answered_ms BIGINT,
  tries BIGINT NOT NULL,
  next_ms BIGINT NOT NULL,
  trouble TEXT NOT NULL,
  made_ms BIGINT NOT NULL,
  ended_ms BIGINT
);

-- What was made to be sent, as it was signed: it is kept, so that it can be sent again and looked at.
CREATE TABLE upward_sent (
  id {id},
  link_id BIGINT NOT NULL,
  sequence BIGINT NOT NULL,
  day TEXT NOT NULL,
  revision BIGINT NOT NULL,
  is_complete BOOLEAN NOT NULL,
  digest TEXT NOT NULL,
  numbers_digest TEXT NOT NULL,
  body TEXT NOT NULL,
  made_ms BIGINT NOT NULL,
  state TEXT NOT NULL,
  tries BIGINT NOT NULL,
  next_ms BIGINT NOT NULL,
  answered_ms BIGINT,
  trouble TEXT NOT NULL
);
CREATE UNIQUE INDEX upward_sent_sequence ON upward_sent (link_id, sequence);
CREATE INDEX upward_sent_day ON upward_sent (link_id, day, sequence);
CREATE INDEX upward_sent_state ON upward_sent (state, next_ms, id);

-- The upper end: who may report, for which divisions, with which key.
CREATE TABLE upward_installation (
  id {id},
  name TEXT NOT NULL,
  codes TEXT NOT NULL,
  public_key TEXT NOT NULL,
  code_digest TEXT NOT NULL,
  code_until_ms BIGINT NOT NULL,
  state TEXT NOT NULL,
  first_day TEXT NOT NULL,
  last_sequence BIGINT NOT NULL,
  heard_ms BIGINT,
  made_ms BIGINT NOT NULL,
  linked_ms BIGINT,
  ended_ms BIGINT
);
CREATE INDEX upward_installation_key ON upward_installation (public_key);

-- Every report that was taken. A later one of the same day replaces the earlier, and both are kept.
CREATE TABLE upward_report (
  id {id},
  installation_id BIGINT NOT NULL,
  sequence BIGINT NOT NULL,
  day TEXT NOT NULL,
  revision BIGINT NOT NULL,
  is_complete BOOLEAN NOT NULL,
  is_current BOOLEAN NOT NULL,
  missing TEXT NOT NULL,
  digest TEXT NOT NULL,
  body TEXT NOT NULL,
  made_ms BIGINT NOT NULL,
  taken_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX upward_report_sequence ON upward_report (installation_id, sequence);
CREATE INDEX upward_report_day ON upward_report (day, installation_id, sequence);

-- The numbers of the reports, a row for a division, a category and a day. The category is empty for all of them together.
CREATE TABLE upward_cell (
  id {id},
  report_id BIGINT NOT NULL,
  installation_id BIGINT NOT NULL,
  division TEXT NOT NULL,
  category TEXT NOT NULL,
  day TEXT NOT NULL,
  is_current BOOLEAN NOT NULL,
  received BIGINT NOT NULL,
  due BIGINT NOT NULL,
  done BIGINT NOT NULL,
  on_time BIGINT NOT NULL,
  missed BIGINT NOT NULL,
  extended BIGINT NOT NULL,
  reopened BIGINT NOT NULL,
  said BIGINT NOT NULL,
  satisfied BIGINT NOT NULL
);
CREATE INDEX upward_cell_day ON upward_cell (day, id);
CREATE INDEX upward_cell_report ON upward_cell (report_id, id);

-- What was refused, and why: no content, only which report it said to be.
CREATE TABLE upward_refusal (
  id {id},
  installation_id BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  sequence BIGINT NOT NULL,
  day TEXT NOT NULL,
  reason TEXT NOT NULL,
  digest TEXT NOT NULL
);
CREATE INDEX upward_refusal_installation ON upward_refusal (installation_id, at_ms, id);
