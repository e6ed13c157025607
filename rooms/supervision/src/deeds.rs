//! The use cases: one function each. Load, decide, save, record the fact.

mod acts;
mod door;
mod feed;
mod meeting;
mod nominate;
mod reception;
mod step;
mod sweep;
mod tell;
mod timer;

pub use acts::{
    apply_strike_off, ask_extension, assign_entry, decline_entry, deny_extension, grant_extension,
    list_entry, pass_entry, publish_entry, return_entry, strike_off, take_entry, visit_matter,
};
pub use door::SupervisionDoor;
pub use feed::Diary;
pub use meeting::{add_items, call_meeting, close_meeting, do_task, give_task, keep_minutes};
pub use nominate::nominate_entry;
pub(crate) use reception::desk_post;
pub use reception::{end_reception, set_reception};
pub use step::{Done, acts_for};
pub use sweep::{file_finding, order_sweep, return_sweep};
pub use timer::{calendar_moves, start_retiming, timers};

/// The kinds of facts that this room records.
pub const FACTS: &[&str] = &[
    "supervision.nominated",
    "supervision.listed",
    "supervision.declined",
    "supervision.taken",
    "supervision.visited",
    "supervision.applied",
    "supervision.extension_asked",
    "supervision.extension_granted",
    "supervision.extension_denied",
    "supervision.inspected",
    "supervision.returned",
    "supervision.struck_off",
    "supervision.assigned",
    "supervision.published",
    "supervision.amber_marked",
    "supervision.red_marked",
    "supervision.missed_marked",
    "supervision.retimed",
    "supervision.meeting_called",
    "supervision.agenda_set",
    "supervision.minutes_kept",
    "supervision.meeting_closed",
    "supervision.task_given",
    "supervision.task_done",
    "supervision.sweep_ordered",
    "supervision.sweep_returned",
    "supervision.finding_filed",
    "supervision.task_missed",
    "supervision.sweep_reminded",
    "supervision.sweep_overdue",
    "supervision.reception_set",
    "supervision.reception_ended",
];
