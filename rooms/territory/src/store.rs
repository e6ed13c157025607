//! All SQL of the room.

mod division;
mod grid;
mod worker;

pub use division::*;
pub use grid::*;
pub use worker::*;
