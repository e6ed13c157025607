//! The stories, in one binary.
#![expect(clippy::disallowed_methods, reason = "the test runner tells addresses by the environment")]
#![expect(clippy::unwrap_used, reason = "a story fails by panicking")]

mod calendar;
mod callback;
mod deeds;
mod facts;
mod figures;
mod gates;
mod lists;
mod negatives;
mod resident;
mod roster;
mod staff;
mod time;
mod world;
