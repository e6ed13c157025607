//! Pure decisions of the case room: no database, no clock, no chance.

pub mod clock;
pub mod intake;
pub mod moves;
pub mod pack;
pub mod receipt;
pub mod routing;
#[cfg(test)]
pub mod sample;
pub mod similar;
