//! All SQL of the room. Questions read; `put_…` and `set_…` write and are called by deeds only. Every list is filtered by
//! the scope in SQL.

mod entries;
mod figures;
mod filter;
mod meetings;
mod receptions;
mod sweeps;
mod tables;

pub use entries::{
    acts_of, entry_by_id, open_entries, open_entry_of_case, put_act, put_entry, put_visit, set_entry,
    visits_of,
};
pub use figures::{Cut, Figure, figures, public_entries, public_figures};
pub use filter::{Counts, EntryFilter, EntryOrder, Standing, entries, responsible_in, tab_counts};
pub use meetings::{
    TaskFilter, invites_of, item_by_id, items_of, meeting_by_id, meetings, meetings_of_unit, put_invite,
    put_item, put_meeting, put_task, set_done, set_meeting, set_minutes, task_by_id, task_counts, tasks,
    tasks_of,
};
pub use receptions::{put_reception, reception_by_id, receptions, receptions_of, set_reception_ended};
pub use sweeps::{
    ReturnFilter, SweepCounts, SweepLine, awaited_places, counts_of, finding_by_id, findings_of, put_finding,
    put_returns, put_sweep, return_by_id, returns, set_finding_case, set_returned, sweep_by_id,
    sweep_in_scope, sweeps,
};
