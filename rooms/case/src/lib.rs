//! The room `case` (事项): a resident's matter from the report to the confirmed answer.

pub mod model;
pub mod rules;
