-- The journal: append-only. `leaf` is set once, when the entry takes its place in the tree.
CREATE TABLE journal_entry (
  id {id},
  leaf BIGINT,
  at_ms BIGINT NOT NULL,
  account BIGINT NOT NULL,
  post BIGINT NOT NULL,
  kind TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id BIGINT NOT NULL,
  county_id BIGINT NOT NULL,
  body TEXT NOT NULL,
  salt {blob} NOT NULL,
  leaf_hash {blob} NOT NULL
);
CREATE UNIQUE INDEX journal_entry_leaf ON journal_entry (leaf);
CREATE INDEX journal_entry_unsealed ON journal_entry (id) WHERE leaf IS NULL;
CREATE INDEX journal_entry_subject ON journal_entry (subject_kind, subject_id, id);
CREATE INDEX journal_entry_account ON journal_entry (account, id);
-- How many entries have a place in the tree. One row.
CREATE TABLE journal_head (id {id}, size BIGINT NOT NULL);
INSERT INTO journal_head (id, size) VALUES (1, 0);
-- Roots of full subtrees of 256, 65,536, ... leaves, so that a root or a proof reads a few hundred hashes.
CREATE TABLE journal_node (place {id}, hash {blob} NOT NULL);
CREATE TABLE journal_checkpoint (id {id}, at_ms BIGINT NOT NULL, size BIGINT NOT NULL, note TEXT NOT NULL);
-- Bytes that records refer to by their SHA-256.
CREATE TABLE store_blob (digest TEXT NOT NULL PRIMARY KEY, size BIGINT NOT NULL, content {blob} NOT NULL);
