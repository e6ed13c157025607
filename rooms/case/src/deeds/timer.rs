//! Timers of a case: soon due, overdue, and the end of the resident's window. A timer only says "look";
//! what is done depends on how the case stands then.

use base::{Act, Id, Millis, Outcome};
use jobs::{Handler, put, take_back};
use store::{Fact, Tx};

use super::retime::calendar_changed;
use super::whistle::{WHISTLE_DUE, mark_missed};
use super::{Hand, confirm_case};
use crate::model::{Case, Stage};
use crate::rules::clock::{DUE_SOON_MS, confirm_at};
use crate::store::{Ground, case_by_id};

/// Two days before the answer is due.
pub const DUE_SOON: &str = "case.due_soon";
/// Just after it was due.
pub const OVERDUE: &str = "case.overdue";
/// When the resident's window ends.
pub const CONFIRM_SILENT: &str = "case.confirm_silent";

/// The handlers of the room's timers, for the app's runner.
pub const TIMERS: &[(&str, Handler)] = &[
    (DUE_SOON, mark_due_soon),
    (OVERDUE, mark_overdue),
    (CONFIRM_SILENT, confirm_silent),
    (calendar::CALENDAR_CHANGED, calendar_changed),
    (WHISTLE_DUE, mark_missed),
];

/// Starts the watch over a deadline: at intake, and anew when the clock starts anew.
pub(super) fn start_clock(tx: &mut Tx<'_>, case: &Case, now: Millis) -> Outcome<()> {
    if case.version > 1 {
        for kind in [DUE_SOON, OVERDUE, CONFIRM_SILENT] {
            take_back(tx, kind, case.id.raw())?;
        }
    }
    let soon = case.due.plus(-DUE_SOON_MS);
    let (kind, at) = if soon > now { (DUE_SOON, soon) } else { (OVERDUE, case.due.plus(1)) };
    put(tx, kind, case.id.raw(), at, now)
}

/// Starts the resident's window over an answer.
pub(super) fn start_confirmation(tx: &mut Tx<'_>, g: &Ground, case: &Case, now: Millis) -> Outcome<()> {
    put(tx, CONFIRM_SILENT, case.id.raw(), confirm_at(now, g.windows.confirm_days, &g.here(&case.place)), now)
}

fn mark_due_soon(tx: &mut Tx<'_>, act: Act, subject: i64) -> Outcome<()> {
    mark(tx, act, subject, "case.due_soon_marked")?;
    match case_by_id(tx.conn, Id::of(subject))? {
        Some(case) if case.stage.is_open() => put(tx, OVERDUE, subject, case.due.plus(1), act.at),
        _ => Ok(()),
    }
}

fn mark_overdue(tx: &mut Tx<'_>, act: Act, subject: i64) -> Outcome<()> {
    mark(tx, act, subject, "case.overdue_marked")
}

/// Records the mark if an office still owes an answer and the deadline was not moved away.
fn mark(tx: &mut Tx<'_>, act: Act, subject: i64, kind: &'static str) -> Outcome<()> {
    let Some(case) = case_by_id(tx.conn, Id::of(subject))? else { return Ok(()) };
    if case.stage.is_open() && act.at.plus(DUE_SOON_MS) >= case.due {
        tx.record(
            Fact::new(kind, act, "case", subject)
                .county(case.place.county)
                .set("stage", case.stage.code())
                .id("unit", case.holder.unit)
                .int("due_ms", case.due.0),
        );
    }
    Ok(())
}

fn confirm_silent(tx: &mut Tx<'_>, act: Act, subject: i64) -> Outcome<()> {
    let id: Id<Case> = Id::of(subject);
    match case_by_id(tx.conn, id)? {
        Some(case) if case.stage == Stage::Closed => {
            confirm_case(tx, &Ground::empty(), Hand::House, act.at, id, None, None).map(|_| ())
        }
        _ => Ok(()),
    }
}
