-- How often what every process keeps in memory was changed. One row.
CREATE TABLE store_edition (id {id}, number BIGINT NOT NULL);
INSERT INTO store_edition (id, number) VALUES (1, 0);
-- The public half of the keys that the database was begun with: a process with others must not write. One row at most.
CREATE TABLE store_key (id {id}, verifying TEXT NOT NULL);
-- The time, written every second by whoever serves beside a copy: in the copy it says as of when the copy is. One row.
CREATE TABLE store_beat (id {id}, at_ms BIGINT NOT NULL);
INSERT INTO store_beat (id, at_ms) VALUES (1, 0);
