-- Sessions (会话): only the digest of the token is kept, so that a copy of the database signs nobody in.
CREATE TABLE web_session (
    id {id},
    digest {blob} NOT NULL,
    account_id BIGINT NOT NULL,
    complete BOOLEAN NOT NULL,
    made_ms BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL,
    idle_ms BIGINT NOT NULL,
    ends_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX web_session_digest ON web_session (digest);
CREATE INDEX web_session_account ON web_session (account_id);
CREATE INDEX web_session_ends ON web_session (ends_ms);

-- Forms that were taken (已提交表单), so that the same form sent twice acts once.
CREATE TABLE web_once (
    code TEXT NOT NULL PRIMARY KEY,
    went_to TEXT NOT NULL,
    made_ms BIGINT NOT NULL
);
CREATE INDEX web_once_made ON web_once (made_ms);
