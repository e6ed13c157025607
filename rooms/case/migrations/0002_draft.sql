-- What somebody is still writing. Sealed, in nobody's name, deleted a day after it was begun.
CREATE TABLE case_draft (
  id {id},
  sealed {blob} NOT NULL,
  case_id BIGINT NOT NULL,
  ends_ms BIGINT NOT NULL
);
CREATE INDEX case_draft_ends ON case_draft (ends_ms);

CREATE TABLE case_draft_photo (
  id {id},
  draft_id BIGINT NOT NULL,
  ends_ms BIGINT NOT NULL,
  width BIGINT NOT NULL,
  height BIGINT NOT NULL,
  original_digest TEXT NOT NULL,
  content {blob} NOT NULL
);
CREATE INDEX case_draft_photo_draft ON case_draft_photo (draft_id, id);
CREATE INDEX case_draft_photo_ends ON case_draft_photo (ends_ms);
