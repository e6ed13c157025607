//! The stories, in one binary.
#![expect(clippy::disallowed_methods, reason = "the test runner tells addresses by the environment")]
#![expect(clippy::unwrap_used, reason = "a story fails by panicking")]

mod negatives;
mod resident;
mod staff;
mod world;
