//! The room's pages: the resident's, the grid worker's, the staff's.

pub mod resident;
pub mod staff;
pub mod worker;
