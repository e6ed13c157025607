//! The use cases of the room: one function each. Load, decide, save, record the fact. A deed is called
//! inside `Db::write`; it never reads a clock, and it refuses with the way out.

mod batch;
mod category;
mod choices;
mod clocks;
mod desk;
mod dispute;
mod door;
pub mod draft;
mod duplicates;
mod feed;
mod handle;
mod hold;
mod intake;
mod links;
mod look;
mod pack;
mod pack_units;
mod proof;
mod retime;
mod routing;
mod sender;
mod step;
mod tell;
#[cfg(test)]
pub(crate) mod tests;
mod timer;
mod urge;
mod whistle;
mod word;

pub use batch::{
    Added, BatchDefaults, ImportRow, ImportedAnswer, NewBatch, UNDO_MS, Undone, add_batch_rows, import_rows,
    open_batch, undo_batch,
};
pub use category::{NewCategory, UNITS, add_category, end_category};
pub use choices::{Choices, choices_for};
pub use clocks::{CLOCK, MISSED, explain_clocks};
pub use desk::{accept_and_dispatch, accept_case, close_case, dispatch_case, escalate_case, return_case};
pub use dispute::{arbitrate_case, decline_case, dispute_case};
pub use door::CaseDoor;
pub use duplicates::{Suggested, suggest_duplicates};
pub use feed::Deadlines;
pub use handle::{reject_case, report_case, take_case, verify_case};
pub use hold::{
    TimeChoices, deny_extension, extend_case, grant_extension, pause_case, resume_case, time_choices,
};
pub use intake::{submit_case, supplement_case};
pub use links::{answer_followers, merge_cases, relate_cases, split_case, unmerge_case, unrelate_cases};
pub use look::{
    CONTACT_PURPOSES, JOURNAL_PURPOSES, READ_CONTACT, READ_RECEIPT, READ_RECORD, add_note, may_reprint,
    open_case, open_journal, open_reporter, reprint_receipt, works_on_case,
};
pub use pack::{load_pack, place_of};
pub use pack_units::{WantedUnit, found_units, units_missing, units_to_make, units_wanted};
pub use proof::CLOCK_CHECK;
pub use retime::calendar_moves;
pub use routing::{
    RuleMove, begin_route_draft, carry_route_draft, drop_route_draft, may_keep_rules, move_rule_in_draft,
    place_of_rule, publish_route_table, put_rule_in_draft,
};
pub use sender::{PHOTO_BEFORE, PHOTO_EVIDENCE, PHOTO_MATTER, add_photos, add_senders_note};
pub use timer::{CONFIRM_SILENT, timers};
pub use urge::{urge_case, urged_last};
pub use whistle::{
    WHISTLE_DUE, answer_call, arrive_on_call, call_units, close_whistle, excuse_call, may_blow,
    may_end_whistle, may_see_whistle, rate_call, report_on_call, whistle_acts,
};
pub use word::{Joined, add_metoo, confirm_case, contest_case, reopen_case, withdraw_case};

use access::Person;
use base::Id;

use crate::model::{Case, Stage};

/// In whose hand a deed is (经手人).
#[derive(Debug, Clone, Copy)]
pub enum Hand<'a> {
    /// A signed-in member of staff.
    Staff(&'a Person),
    /// The one who brought the matter, known by the receipt's code.
    Sender {
        /// The code as typed.
        code: &'a str,
    },
    /// Anybody, for what everybody may do: bring a matter, say "me too".
    Public,
    /// The house itself: timers, the command line, the demo.
    House,
}

/// What an act led to (办理结果回执).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The case.
    pub id: Id<Case>,
    /// Its number.
    pub number: String,
    /// Where it stands now.
    pub stage: Stage,
    /// Its version now.
    pub version: i64,
    /// The unit that must act now.
    pub unit: i64,
}

impl From<&Case> for Done {
    fn from(c: &Case) -> Self {
        Self { id: c.id, number: c.number.clone(), stage: c.stage, version: c.version, unit: c.holder.unit }
    }
}

/// The kinds of facts that this room records.
pub const FACTS: &[&str] = &[
    "case.received",
    "case.accepted",
    "case.returned",
    "case.supplemented",
    "case.withdrawn",
    "case.dispatched",
    "case.taken",
    "case.declined",
    "case.reported",
    "case.verified",
    "case.rejected",
    "case.closed",
    "case.confirmed",
    "case.contested",
    "case.reopened",
    "case.escalated",
    "case.noted",
    "case.metoo_added",
    "case.photo_added",
    "case.record_opened",
    "case.contact_opened",
    "case.receipt_reprinted",
    "case.clock_warned",
    "case.clock_mended",
    "case.clocks_proved",
    "case.paused",
    "case.resumed",
    "case.extension_asked",
    "case.extension_granted",
    "case.extension_denied",
    "case.disputed",
    "case.arbitrated",
    "case.retimed",
    "case.recategorised",
    "case.merged",
    "case.unmerged",
    "case.split",
    "case.linked",
    "case.unlinked",
    "case.imported",
    "case.batch_opened",
    "case.batch_added",
    "case.batch_undone",
    "case.pack_loaded",
    "case.routing_begun",
    "case.routing_changed",
    "case.routing_published",
    "case.routing_dropped",
    "case.category_added",
    "case.category_ended",
    "case.journal_opened",
    "case.urged",
    "case.whistle_called",
    "case.whistle_answered",
    "case.whistle_arrived",
    "case.whistle_reported",
    "case.whistle_excused",
    "case.whistle_missed",
    "case.whistle_rated",
    "case.whistle_closed",
    "case.whistle_retimed",
    "case.whistle_reminded",
];
