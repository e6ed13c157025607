-- Letters and the ways they go (通知). No text of anybody stands here: what a letter says is a kind of the catalogue
-- and closed words, numbers and instants. A resident's address is sealed, and emptied after sending.
-- letter_box is who reads it in the house: unit, post or account with its id; empty for what goes outward only.
CREATE TABLE notice_item (
  id {id},
  province_id BIGINT NOT NULL,
  city_id BIGINT NOT NULL,
  county_id BIGINT NOT NULL,
  town_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  subject_id BIGINT NOT NULL,
  audience TEXT NOT NULL,
  audience_id BIGINT NOT NULL,
  letter_box TEXT NOT NULL,
  channel TEXT NOT NULL,
  sealed {blob},
  params TEXT NOT NULL,
  urgent BOOLEAN NOT NULL,
  state TEXT NOT NULL,
  tries BIGINT NOT NULL,
  next_ms BIGINT NOT NULL,
  made_ms BIGINT NOT NULL,
  sent_ms BIGINT,
  error TEXT,
  error_n BIGINT
);
CREATE INDEX notice_item_box ON notice_item (letter_box, id) WHERE channel = 'in_app';
CREATE INDEX notice_item_box_kind ON notice_item (letter_box, kind, id) WHERE channel = 'in_app';
CREATE INDEX notice_item_due ON notice_item (channel, next_ms) WHERE state IN ('waiting', 'failed');
CREATE INDEX notice_item_state ON notice_item (state, id) WHERE channel <> 'in_app';
CREATE INDEX notice_item_city ON notice_item (city_id, state, id) WHERE channel <> 'in_app';
CREATE INDEX notice_item_county ON notice_item (county_id, state, id) WHERE channel <> 'in_app';
CREATE INDEX notice_item_town ON notice_item (town_id, state, id) WHERE channel <> 'in_app';
CREATE INDEX notice_item_out ON notice_item (id) WHERE channel <> 'in_app';
CREATE INDEX notice_item_out_city ON notice_item (city_id, id) WHERE channel <> 'in_app';
CREATE INDEX notice_item_out_county ON notice_item (county_id, id) WHERE channel <> 'in_app';
CREATE INDEX notice_item_out_town ON notice_item (town_id, id) WHERE channel <> 'in_app';
CREATE INDEX notice_item_sealed ON notice_item (made_ms) WHERE sealed IS NOT NULL;

-- What an account has read: all up to a letter, and single ones after it.
CREATE TABLE notice_seen (
  account BIGINT PRIMARY KEY NOT NULL,
  upto BIGINT NOT NULL
);
CREATE TABLE notice_read (
  account BIGINT NOT NULL,
  item BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (account, item)
);

-- Where a member of staff wants letters outside of the house, and which kinds not.
CREATE TABLE notice_contact (
  account BIGINT NOT NULL,
  channel TEXT NOT NULL,
  sealed {blob} NOT NULL,
  made_ms BIGINT NOT NULL,
  PRIMARY KEY (account, channel)
);
CREATE TABLE notice_silence (
  account BIGINT NOT NULL,
  channel TEXT NOT NULL,
  kind TEXT NOT NULL,
  PRIMARY KEY (account, channel, kind)
);

-- Which ways out are open, as the running house was configured; for a hook the kinds that it is told of.
CREATE TABLE notice_channel (
  name TEXT PRIMARY KEY NOT NULL,
  is_open BOOLEAN NOT NULL,
  kinds TEXT NOT NULL,
  since_ms BIGINT NOT NULL
);

-- The links of calendar feeds: a digest only, the link itself is shown once.
CREATE TABLE notice_feed (
  id {id},
  account BIGINT NOT NULL,
  post BIGINT NOT NULL,
  digest {blob} NOT NULL,
  made_ms BIGINT NOT NULL,
  ended_ms BIGINT
);
CREATE UNIQUE INDEX notice_feed_digest ON notice_feed (digest);
CREATE INDEX notice_feed_account ON notice_feed (account, post);
