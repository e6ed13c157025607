//! Pure decisions: when a letter may go, when it is tried again, what it says, how it is signed.

mod boxes;
mod ics;
mod quiet;
mod retry;
mod sign;
mod words;

pub use boxes::{FRESH_MS, boxes_of};
pub use ics::{calendar_text, feed_digest, tag_of};
pub use quiet::held_until;
pub use retry::{TRIES, wait_after};
pub use sign::signature;
pub use words::{said, units_in};
