//! The room's pages.

mod identity;

pub use identity::{Identity, person_of};
