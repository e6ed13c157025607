//! The use cases. Lower end: link this installation to the one above, make the day's report, keep what was answered. Upper end:
//! register an installation, use its code, take or refuse a report, hear a beat.

mod count;
mod link;
mod make;
mod register;
mod take;
mod wire;

pub use count::Counting;
pub use link::{acknowledge_report, confirm_link, drop_link, fail_code, make_link, reject_report, type_code};
pub use make::{ask_sending, make_reports, timers};
pub use register::{
    drop_installation, linked_by_key, may_keep, may_read, register_installation, renew_code, use_code,
};
pub use take::{Taken, hear_beat, known_report, note_refusal, take_report};
pub use wire::{Wire, signature_holds};

/// The kinds of facts that this room records.
pub const FACTS: &[&str] = &[
    "upward.link_made",
    "upward.code_typed",
    "upward.link_confirmed",
    "upward.code_failed",
    "upward.link_ended",
    "upward.sending_asked",
    "upward.report_made",
    "upward.report_acknowledged",
    "upward.report_rejected",
    "upward.installation_registered",
    "upward.code_renewed",
    "upward.installation_linked",
    "upward.installation_ended",
    "upward.report_taken",
    "upward.report_refused",
];

/// The system of the codes that reports name divisions by.
pub const CODES: &str = "nbs12";
