//! All SQL of the room.

mod atlas;
mod division;
mod grid;
mod worker;

pub use atlas::{LiveAtlas, load_atlas};
pub use division::*;
pub use grid::*;
pub use worker::*;
