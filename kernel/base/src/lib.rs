//! The pure ground of the house: typed ids, time, pages, limits and the three ways in which a
//! deed can stop. Nothing here reads a clock, draws a number or touches a database, and nothing
//! here knows a civic noun.

mod act;
mod id;
pub mod limits;
mod page;
mod stop;
mod time;

pub use act::{Act, Actor};
pub use id::{BadId, Chance, Id, NODES};
pub use page::{Cursor, Page, Upto};
pub use stop::{Fault, FieldError, Invalid, Outcome, Refusal, Stop};
pub use time::{Clock, DAY_MS, HOUR_MS, HandClock, MINUTE_MS, Millis, SystemClock, Zone};
