//! The acts of those who handle and of those who verify.

use base::{Id, Invalid, Millis, Outcome, Stop};
use store::Tx;

use super::desk::close;
use super::sender::{PHOTO_BEFORE, PHOTO_EVIDENCE, PHOTO_MATTER};
use super::step::{Said, Step, begin};
use super::{Done, Hand};
use crate::model::{ActKind, AnswerOrder, Body, Case, Ending, Holder, Line, ReasonOrder, ReportOrder};
use crate::rules::moves::may_verify;
use crate::rules::proof::{Brought, must_bring};
use crate::store::{Ground, set_dispatch_taken};

/// A unit takes what it was sent; who takes it handles it.
///
/// # Errors
/// As every act.
pub fn take_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    version: Option<i64>,
) -> Outcome<Done> {
    let mut step = begin(tx, g, hand, at, id, ActKind::Take, version)?;
    let me = Holder { unit: step.unit, account: step.who.by.account };
    (step.case.holder, step.case.handler) = (me, me);
    set_dispatch_taken(tx.conn, id, at.0)?;
    let case = step.finish(tx, Said::default())?;
    Ok(Done::from(&case))
}

/// The desk to which a case goes back: the one that sent it, else the one of its level.
pub(super) fn back(g: &Ground, case: &Case) -> Holder {
    let desk =
        || g.units.desk_at(&case.place, case.level).or_else(|| g.units.first_desk(&case.place).map(|d| d.0));
    let unit = if case.back_unit != 0 { case.back_unit } else { desk().unwrap_or(case.holder.unit) };
    Holder { unit, account: 0 }
}

/// Reports a case as done, with what came of it and the evidence.
///
/// # Errors
/// As every act; invalid by field when it says "fixed" and lacks what the category wants ([`crate::rules::proof`]).
pub fn report_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    order: &ReportOrder,
) -> Outcome<Done> {
    let mut step = begin(tx, g, hand, at, id, ActKind::Report, order.version)?;
    if order.ending == Ending::Fixed {
        let named = |line: &Option<Line>| line.as_ref().is_some_and(|l| !l.as_str().is_empty());
        let said = Brought {
            paper: named(&order.paper),
            signed: named(&order.signed),
            words: order.words.as_str().chars().count(),
            ..Brought::default()
        };
        must_have_evidence(tx, g, &step, said)?;
    }
    step.case.handler = Holder { unit: step.unit, account: step.who.by.account };
    step.case.holder = back(g, &step.case);
    let named = [&order.paper, &order.signed].into_iter().flatten().map(Line::as_str);
    let words = std::iter::once(order.words.as_str()).chain(named.filter(|l| !l.is_empty()));
    let words = words.collect::<Vec<_>>().join("\n");
    let said = Said { ending: Some(order.ending), to_unit: step.case.holder.unit, ..Said::words(words) };
    let case = step.finish(tx, said)?;
    Ok(Done::from(&case))
}

/// What was said, with the files of the case beside it, against what the category wants.
fn must_have_evidence(tx: &mut Tx<'_>, g: &Ground, step: &Step, said: Brought) -> Outcome<()> {
    let Some(category) = g.category(step.case.category) else { return Ok(()) };
    if !category.needs_evidence && category.proofs.is_empty() {
        return Ok(());
    }
    // Work that was sent back is shown anew: what was pictured before that does not show it.
    let again = [ActKind::Contest, ActKind::Reopen, ActKind::Reject];
    let since = again.iter().filter_map(|act| step.last_of(*act)).map(|a| a.at_ms).max().unwrap_or(0);
    let files = parts::files::files_of(tx.conn, "case", step.case.id.raw(), false)?;
    let any = |purposes: &[&str], since: i64| {
        files.iter().any(|f| purposes.contains(&f.purpose.as_str()) && f.at_ms >= since)
    };
    let brought = Brought {
        before: any(&[PHOTO_MATTER, PHOTO_BEFORE], 0),
        after: any(&[PHOTO_EVIDENCE], since),
        photo: any(&[PHOTO_EVIDENCE], 0),
        ..said
    };
    Ok(must_bring(category, &brought)?)
}

/// A verifier who finds it fixed where the report did not say so has no more than the report to lean on: what the
/// category wants must be there, or the case goes back to be reported with it.
fn must_be_proved(
    tx: &mut Tx<'_>,
    g: &Ground,
    step: &Step,
    ending: Ending,
    reported: Option<Ending>,
) -> Outcome<()> {
    if ending != Ending::Fixed || reported == Some(Ending::Fixed) {
        return Ok(());
    }
    match must_have_evidence(tx, g, step, Brought::default()) {
        Err(Stop::Invalid(_)) => Err(Invalid::field("ending", "case.field.proof.at_verify").into()),
        other => other,
    }
}

/// Finds a reported case in order and closes it with the answer to the resident. What the order leaves
/// open is taken from the report.
///
/// # Errors
/// As every act; 403 for one's own work.
pub fn verify_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    order: &AnswerOrder,
) -> Outcome<Done> {
    let step = begin(tx, g, hand, at, id, ActKind::Verify, order.version)?;
    may_verify(step.who.by.account, &step.file.did(&[ActKind::Take, ActKind::Report]))?;
    let report = step.last_of(ActKind::Report);
    let reported = report.and_then(|r| r.ending.as_deref()).and_then(Ending::parse);
    let ending = order.ending.or(reported).ok_or_else(|| Invalid::field("ending", "case.field.missing"))?;
    must_be_proved(tx, g, &step, ending, reported)?;
    let answer = match (&order.answer, report.and_then(|r| r.words.as_deref())) {
        (Some(answer), _) => answer.clone(),
        (None, Some(words)) => Body::new("answer", words)?,
        (None, None) => return Err(Invalid::field("answer", "case.field.missing").into()),
    };
    close(tx, g, step, ending, &answer, order)
}

/// Finds a reported case not in order: back to who handled it, with the reason.
///
/// # Errors
/// As every act; 403 for one's own work.
pub fn reject_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    order: &ReasonOrder,
) -> Outcome<Done> {
    let mut step = begin(tx, g, hand, at, id, ActKind::Reject, order.version)?;
    may_verify(step.who.by.account, &step.file.did(&[ActKind::Take, ActKind::Report]))?;
    step.case.holder = step.case.handler;
    let said = Said { to_unit: step.case.holder.unit, ..Said::words(order.reason.as_str()) };
    let case = step.finish(tx, said)?;
    Ok(Done::from(&case))
}
