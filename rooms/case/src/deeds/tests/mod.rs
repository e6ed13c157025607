//! The deeds on every engine of this run.

mod acts;
mod books;
pub mod world;
