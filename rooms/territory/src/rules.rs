//! The pure decisions of the room: no database, no clock, no chance.

pub mod atlas;
pub mod datum;
pub mod geojson;
pub mod join;
pub mod locate;
pub mod map;
pub mod recut;
pub mod sheet;
pub mod tiling;
pub mod topology;
