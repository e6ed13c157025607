//! What somebody may do on a case now, by the table of moves and by what the acts before have left open: the buttons of
//! a page. The deed decides again.

use access::Person;
use base::{Millis, Outcome};
use store::Conn;

use super::hold::{TimeChoices, time_choices};
use super::step::acts_for;
use crate::model::ActKind;
use crate::store::{CaseFile, Ground, ReturnRow, returns_of};

/// The acts, and what a form needs to know of the time (可办动作).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choices {
    /// In the order of the table.
    pub acts: Vec<ActKind>,
    /// What may be done about the time.
    pub time: TimeChoices,
}

/// Reads them.
///
/// # Errors
/// Faults of the store.
pub fn choices_for(
    conn: &mut Conn,
    g: &Ground,
    person: &Person,
    file: &CaseFile,
    now: Millis,
) -> Outcome<Choices> {
    let mut acts = acts_for(g, person, file, now);
    if acts.is_empty() {
        return Ok(Choices::default());
    }
    let returns = returns_of(conn, file.case.id)?;
    let time = time_choices(conn, g, file, now)?;
    acts.retain(|act| is_open(*act, &returns, &time, file.case.holder.unit));
    Ok(Choices { acts, time })
}

fn is_open(act: ActKind, returns: &[ReturnRow], time: &TimeChoices, unit: i64) -> bool {
    let gave_back = returns.iter().any(|r| r.unit_id == unit);
    let decided = returns.iter().any(|r| r.is_dispute && r.outcome.is_some() && r.decided_unit == unit);
    let disputed = returns.iter().any(|r| r.is_dispute && r.outcome.is_none());
    match act {
        ActKind::Decline => !gave_back && !decided,
        ActKind::Dispute => gave_back && !decided,
        ActKind::Arbitrate => disputed,
        ActKind::Dispatch => !disputed,
        ActKind::Pause => !time.reasons.is_empty(),
        ActKind::Resume => time.is_paused,
        ActKind::Extend => time.most.is_some(),
        ActKind::Grant | ActKind::Deny => time.is_asked,
        _ => true,
    }
}
