//! The deeds on every engine of this run.

mod acts;
mod books;
mod walk;
pub mod world;
