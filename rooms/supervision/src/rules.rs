//! Pure decisions: the table of moves, the clock, the four without which nothing is listed, who may inspect, the rates,
//! and what a regional pack may set.

mod advance;
mod clock;
mod moves;
mod pack;
mod people;
mod rate;
mod reception;

pub use advance::advance;
pub use clock::{
    Light, clock_of, is_pending, light, marks, reading, reminders, setting, task_due, why_due, why_task,
};
pub use moves::{FINAL, MOVES, Move, must_be_current, next_stage};
pub use pack::{Rulebook, read_rulebook};
pub use people::{may_inspect, must_have_all};
pub use rate::Rate;
pub use reception::held_on;
