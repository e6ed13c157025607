//! Territory (地域): divisions, their codes and their history, grids and who works in them, and the way
//! from a position to the grid that answers for it.

pub mod model;
pub mod rules;
