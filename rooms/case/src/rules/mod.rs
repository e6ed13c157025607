//! Pure decisions of the case room: no database, no clock, no chance.

pub mod answers;
pub mod catalogue;
pub mod clock;
pub mod clocks;
pub mod import;
pub mod intake;
pub mod masking;
pub mod moves;
pub mod pack;
pub mod proof;
pub mod receipt;
pub mod route_diff;
pub mod route_lint;
pub mod route_trial;
pub mod routing;
#[cfg(test)]
pub mod sample;
pub mod sight;
pub mod similar;
pub mod urge;
pub mod whistle;
