//! The stories, in one binary.
#![expect(clippy::disallowed_methods, reason = "the test runner tells addresses by the environment")]
#![expect(clippy::unwrap_used, reason = "a story fails by panicking")]

mod allocations;
mod bent;
mod calendar;
mod callback;
mod deeds;
mod facts;
mod fanout;
mod figures;
mod gates;
mod kept;
mod links;
mod lists;
mod negatives;
mod notice;
mod reach;
mod resident;
mod roster;
mod routing;
mod staff;
mod statements;
mod supervision;
mod tell;
mod time;
mod upward;
mod urge;
mod whistle;
mod world;
