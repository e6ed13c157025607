//! The deeds on every engine of this run.

mod acts;
mod books;
mod drafts;
mod links;
mod proofs;
mod routing;
mod units;
mod walk;
mod whistles;
pub mod world;
