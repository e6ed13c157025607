//! The acts of those who handle and of those who verify.

use base::{Id, Invalid, Millis, Outcome};
use store::Tx;

use super::desk::close;
use super::step::{Said, Step, begin};
use super::{Done, Hand};
use crate::model::{ActKind, AnswerOrder, Body, Case, Ending, Holder, ReasonOrder, ReportOrder};
use crate::rules::moves::may_verify;
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
/// As every act; invalid `photo` when the category wants evidence and there is neither a file of the
/// purpose `evidence` on the case nor a paper named in the order.
pub fn report_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    order: &ReportOrder,
) -> Outcome<Done> {
    let mut step = begin(tx, g, hand, at, id, ActKind::Report, order.version)?;
    must_have_evidence(tx, g, &step, order)?;
    step.case.handler = Holder { unit: step.unit, account: step.who.by.account };
    step.case.holder = back(g, &step.case);
    let words = match &order.paper {
        Some(paper) if !paper.as_str().is_empty() => format!("{}\n{}", order.words.as_str(), paper.as_str()),
        _ => order.words.as_str().to_owned(),
    };
    let said = Said { ending: Some(order.ending), to_unit: step.case.holder.unit, ..Said::words(words) };
    let case = step.finish(tx, said)?;
    Ok(Done::from(&case))
}

fn must_have_evidence(tx: &mut Tx<'_>, g: &Ground, step: &Step, order: &ReportOrder) -> Outcome<()> {
    let wanted =
        g.category(step.case.category).is_some_and(|c| c.needs_evidence) && order.ending == Ending::Fixed;
    let named = order.paper.as_ref().is_some_and(|p| !p.as_str().is_empty());
    if !wanted || named {
        return Ok(());
    }
    let files = parts::files::files_of(tx.conn, "case", step.case.id.raw(), false)?;
    if files.iter().any(|f| f.purpose == "evidence") {
        return Ok(());
    }
    Err(Invalid::field("photo", "case.field.evidence_needed").into())
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
