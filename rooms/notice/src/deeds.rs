//! What is done: a letter is told, sent again, tried out; a person keeps where they are reached; a feed's link is made and ended.

mod door;
mod feed;
mod log;
mod own;
mod tell;

pub use door::{Door, Doors};
pub use feed::{FeedSource, FeedSources, end_link, make_link, open_link};
pub use log::{send_again, send_trial};
pub use own::{Reach, keep_reach, own_reach};
pub use tell::{read_until, tell};

/// The kinds of facts that this room records.
pub const FACTS: &[&str] =
    &["notice.feed_ended", "notice.feed_made", "notice.reach_kept", "notice.sent_again", "notice.trial_sent"];
