//! All SQL of the room. Questions read; `put_…`, `set_…`, `mark_…` and `end_…` write and are called by deeds only.

mod feeds;
mod inbox;
mod log;
mod outbox;
mod own;
mod tables;

pub use feeds::{Feed, end_feed, feed_by_digest, feeds_of, put_feed};
pub use inbox::{InboxFilter, count_unread, inbox_page, item_in_boxes, mark_all_read, mark_read, read_among};
pub use log::{LogFilter, counts_by_state, item_by_id, log_page, set_again};
pub use outbox::{
    Fresh, Outgoing, claim, due_items, erase_addresses, hold_back, mark_failed, mark_sent, open_channels,
    put_items, set_channels,
};
pub use own::{contacts_of, own_silences, reachable, set_contact, set_silences};
