-- Gapless numbers: one row for each series (a county's code, say) and year.
CREATE TABLE parts_number (
  series TEXT NOT NULL,
  year BIGINT NOT NULL,
  last BIGINT NOT NULL,
  PRIMARY KEY (series, year)
);
CREATE TABLE parts_note (
  id {id},
  subject_kind TEXT NOT NULL,
  subject_id BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  account BIGINT NOT NULL,
  post BIGINT NOT NULL,
  is_public BOOLEAN NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX parts_note_subject ON parts_note (subject_kind, subject_id, id);
CREATE TABLE parts_file (
  id {id},
  subject_kind TEXT NOT NULL,
  subject_id BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  account BIGINT NOT NULL,
  post BIGINT NOT NULL,
  is_public BOOLEAN NOT NULL,
  purpose TEXT NOT NULL,
  media TEXT NOT NULL,
  digest TEXT NOT NULL,
  size BIGINT NOT NULL,
  width BIGINT NOT NULL,
  height BIGINT NOT NULL,
  original_digest TEXT NOT NULL
);
CREATE INDEX parts_file_subject ON parts_file (subject_kind, subject_id, id);
CREATE INDEX parts_file_digest ON parts_file (digest);
