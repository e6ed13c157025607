-- Tables of the work calendar that came after those shipped with the program: only added to, the latest of a name counts.
CREATE TABLE calendar_table (
  id {id},
  sort TEXT NOT NULL,
  name TEXT NOT NULL,
  body TEXT NOT NULL,
  account BIGINT NOT NULL,
  at_ms BIGINT NOT NULL
);
CREATE INDEX calendar_table_name ON calendar_table (sort, name, id);
