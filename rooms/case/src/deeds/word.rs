//! The resident's word: solved, not solved, open it again, take it back, me too. A clerk may write down
//! what a resident without the means said on the telephone; it is on record that the clerk did.

use base::{Act, Actor, Id, Millis, Outcome, Refusal};
use sha2::{Digest, Sha256};
use store::{Fact, Tx};

use super::intake::restart_clock;
use super::step::{Said, Step, begin};
use super::timer::CONFIRM_SILENT;
use super::{Done, Hand};
use crate::model::{ActKind, By, Case, Holder, ReasonOrder};
use crate::rules::clock::reopen_until;
use crate::rules::moves::{may_record_word, may_reopen};
use crate::store::{ClosureRow, Ground, case_by_id, closures_of, put_metoo, set_closure_word};

/// Confirms an answer: by the sender, by a clerk who was told so, or by the end of the window. `words`
/// is what the resident said, or for the window the timer's key.
///
/// # Errors
/// As every act; 403 when a clerk records the word on own work.
pub fn confirm_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    version: Option<i64>,
    words: Option<&str>,
) -> Outcome<Done> {
    let mut step = begin(tx, g, hand, at, id, ActKind::Confirm, version)?;
    own_word(&step)?;
    if let Some(answer) = last_answer(tx, id)? {
        set_closure_word(tx.conn, answer.id, Some((at.0, step.by.code())), None)?;
    }
    step.case.confirmed = Some(at);
    let said = Said { words: words.map(str::to_owned), ending: step.case.ending, ..Said::default() };
    let case = step.finish(tx, said)?;
    Ok(Done::from(&case))
}

fn own_word(step: &Step) -> Outcome<()> {
    if step.by == By::Clerk {
        let handlers = step.file.did(&[ActKind::Take, ActKind::Report]);
        may_record_word(step.who.by.account, &handlers, &step.file.did(&[ActKind::Close, ActKind::Verify]))?;
    }
    Ok(())
}

fn last_answer(tx: &mut Tx<'_>, id: Id<Case>) -> Outcome<Option<ClosureRow>> {
    Ok(closures_of(tx.conn, id)?.into_iter().next_back())
}

/// "Not solved": the case is handled again, by the unit that had found it in order, with a new clock.
///
/// # Errors
/// As every act.
pub fn contest_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    order: &ReasonOrder,
) -> Outcome<Done> {
    let step = begin(tx, g, hand, at, id, ActKind::Contest, order.version)?;
    handle_again(tx, g, step, order)
}

/// Opens a confirmed case again within its window.
///
/// # Errors
/// As every act; 410 after the window, with the way to bring it anew.
pub fn reopen_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    order: &ReasonOrder,
) -> Outcome<Done> {
    let step = begin(tx, g, hand, at, id, ActKind::Reopen, order.version)?;
    let since = step.file.case.confirmed.unwrap_or(step.file.case.created);
    may_reopen(
        &step.file.case,
        reopen_until(since, g.windows.reopen_days, &g.here(&step.file.case.place)),
        at,
    )?;
    handle_again(tx, g, step, order)
}

fn handle_again(tx: &mut Tx<'_>, g: &Ground, mut step: Step, order: &ReasonOrder) -> Outcome<Done> {
    let at = step.at();
    let answer = last_answer(tx, step.case.id)?;
    if let Some(answer) = &answer {
        set_closure_word(tx.conn, answer.id, None, Some(at.0))?;
    }
    // An answer of the house (an import) has no unit: the desk of the level takes it up.
    let closer = answer.map(|a| a.unit_id).filter(|u| *u != 0);
    let unit = closer
        .or_else(|| g.units.desk_at(&step.case.place, step.case.level))
        .unwrap_or(step.case.holder.unit);
    step.case.holder = Holder { unit, account: 0 };
    step.case.back_unit = unit;
    (step.case.closed, step.case.confirmed, step.case.ending) = (None, None, None);
    restart_clock(tx, g, &step.case, at)?;
    let said = Said { to_unit: unit, ..Said::words(order.reason.as_str()) };
    let case = step.finish(tx, said)?;
    jobs::take_back(tx, CONFIRM_SILENT, case.id.raw())?;
    Ok(Done::from(&case))
}

/// The sender takes a matter back.
///
/// # Errors
/// As every act.
pub fn withdraw_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    words: Option<&str>,
) -> Outcome<Done> {
    let step = begin(tx, g, hand, at, id, ActKind::Withdraw, None)?;
    crate::store::end_dispatch(tx.conn, id, at.0, ActKind::Withdraw)?;
    let case = step.finish(tx, Said { words: words.map(str::to_owned), ..Said::default() })?;
    Ok(Done::from(&case))
}

/// How a "me too" came out (附议).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Joined {
    /// Whether it was counted; `false` when the same form had been sent before.
    pub counted: bool,
    /// How many have joined.
    pub all: i64,
}

/// Counts one more "me too" on an open public case. `token` is the form's own; the same form counts once.
///
/// # Errors
/// 404 for a case that is not public, 409 for one that is answered already.
pub fn add_metoo(tx: &mut Tx<'_>, at: Millis, id: Id<Case>, token: &str) -> Outcome<Joined> {
    let case = case_by_id(tx.conn, id)?.filter(|c| c.is_public).ok_or_else(Refusal::not_found)?;
    if !case.stage.is_open() {
        return Err(Refusal::new("case.refuse.metoo_answered").with("number", &case.number).into());
    }
    let added = put_metoo(tx.conn, id, &Sha256::digest(token.as_bytes())[..16], at.0)?;
    let fact = Fact::new("case.metoo_added", Act::new(Actor::PUBLIC, at), "case", id.raw())
        .county(case.place.county);
    tx.record(if added { fact } else { fact.set("repeated", "yes") });
    Ok(Joined { counted: added, all: case.metoo_count + i64::from(added) })
}
