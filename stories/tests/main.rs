//! The stories, in one binary.
#![expect(clippy::disallowed_methods, reason = "the test runner tells addresses by the environment")]

mod negatives;
mod resident;
mod staff;
mod world;
