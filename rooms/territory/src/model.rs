//! The nouns of the room: divisions, their codes, grids, outlines and positions.

mod division;
mod grid;
mod outline;
mod position;

pub use division::{
    Change, Code, CodeSystem, Division, Former, Kind, Lineage, NAME_CHARS, code_of, day_of, name_of,
};
pub use grid::{Assignment, Employment, Grid, GridRole, Level};
pub use outline::{Bounds, E7, METRES_PER_E7, Outline, Ring, Spot, metres_between, signed_area};
pub use position::{BadDatum, Datum, Fix, Reading, Source};
