-- Units, posts, accounts and who holds what. An id of a division is a number of room territory; zero
-- means "no such level". until_ms is the first instant that no longer counts; null is open.

CREATE TABLE access_unit (
    id {id},
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    province_id BIGINT NOT NULL,
    city_id BIGINT NOT NULL,
    county_id BIGINT NOT NULL,
    town_id BIGINT NOT NULL,
    village_id BIGINT NOT NULL,
    grid_id BIGINT NOT NULL,
    from_ms BIGINT NOT NULL,
    until_ms BIGINT
);
CREATE INDEX access_unit_county ON access_unit (county_id, town_id);
CREATE INDEX access_unit_city ON access_unit (city_id);

CREATE TABLE access_post (
    id {id},
    unit_id BIGINT NOT NULL,
    title TEXT NOT NULL,
    duties TEXT NOT NULL,
    province_id BIGINT NOT NULL,
    city_id BIGINT NOT NULL,
    county_id BIGINT NOT NULL,
    town_id BIGINT NOT NULL,
    village_id BIGINT NOT NULL,
    grid_id BIGINT NOT NULL,
    from_ms BIGINT NOT NULL,
    until_ms BIGINT
);
CREATE INDEX access_post_unit ON access_post (unit_id);

-- password is an argon2id string, or empty while none is set. totp is the sealed secret; it counts once
-- totp_on. totp_step is the last step whose code was taken.
CREATE TABLE access_account (
    id {id},
    name TEXT NOT NULL,
    display TEXT NOT NULL,
    state TEXT NOT NULL,
    unit_id BIGINT NOT NULL,
    password TEXT NOT NULL,
    must_change BOOLEAN NOT NULL,
    totp {blob},
    totp_on BOOLEAN NOT NULL,
    totp_step BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    signed_in_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX access_account_name ON access_account (name);
CREATE INDEX access_account_unit ON access_account (unit_id);

CREATE TABLE access_holding (
    id {id},
    account_id BIGINT NOT NULL,
    post_id BIGINT NOT NULL,
    from_ms BIGINT NOT NULL,
    until_ms BIGINT
);
CREATE INDEX access_holding_account ON access_holding (account_id);
CREATE INDEX access_holding_post ON access_holding (post_id);

-- Codes for a lost phone, as keyed digests; a used one stays with its instant.
CREATE TABLE access_recovery (
    id {id},
    account_id BIGINT NOT NULL,
    code {blob} NOT NULL,
    used_ms BIGINT
);
CREATE INDEX access_recovery_account ON access_recovery (account_id);

-- Wrong tries, by a keyed digest of the typed name: a name that does not exist is counted like one that
-- does. Rows older than a day are swept.
CREATE TABLE access_try (
    id {id},
    name_tag {blob} NOT NULL,
    at_ms BIGINT NOT NULL
);
CREATE INDEX access_try_name ON access_try (name_tag, at_ms);
CREATE INDEX access_try_at ON access_try (at_ms);
