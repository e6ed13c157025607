//! Pure decisions: how a report is written and signed, what is too small to be told, how reports are summed, what is taken,
//! what is missing.

mod canon;
mod fold;
mod gaps;
mod judge;
mod sum;
mod wait;

pub use canon::{Said, decode, digest, encode, numbers_digest, signed_text};
pub use gaps::{days, gaps, next_run, spans};
pub use judge::{CLOCK_MS, Held, Verdict, judge};
pub use sum::{Part, rows_of};
pub use wait::{lost, wait_after};
