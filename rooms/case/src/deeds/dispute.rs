//! "Not mine" (退单与裁定): a unit gives a case back once, with the reason and the entry of the duty list; when it is sent
//! to it again, it can only ask the upper desk, which decides within its clock, and that stands.

use base::{Id, Millis, Outcome, Refusal};
use store::Tx;

use super::handle::back;
use super::step::{Said, Step, begin};
use super::{Done, Hand};
use crate::model::{ActKind, Case, DeclineOrder, DispatchOrder, Holder};
use crate::store::{Ground, ReturnRow, decide_returns, end_dispatch, put_dispatch, put_return, returns_of};

/// A unit gives back what is not its own; the desk that sent it looks again.
///
/// # Errors
/// As every act; 409 when it gave this case back before, or the upper desk has decided that it is its own.
pub fn decline_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    order: &DeclineOrder,
) -> Outcome<Done> {
    let mut step = begin(tx, g, hand, at, id, ActKind::Decline, order.version)?;
    must_be_undecided(tx, &step)?;
    if returns_of(tx.conn, id)?.iter().any(|r| r.unit_id == step.unit) {
        return Err(Refusal::new("case.refuse.declined_before").into());
    }
    end_dispatch(tx.conn, id, at.0, ActKind::Decline)?;
    step.case.holder = back(g, &step.case);
    let row = return_row(tx, &step, order, false);
    put_return(tx.conn, &row)?;
    let case = give_back(tx, step, order)?;
    Ok(Done::from(&case))
}

/// A unit to which a case came again asks the upper desk whose it is. At the top, the top decides itself.
///
/// # Errors
/// As every act; 409 when it has not given the case back before, or it was decided.
pub fn dispute_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    order: &DeclineOrder,
) -> Outcome<Done> {
    let mut step = begin(tx, g, hand, at, id, ActKind::Dispute, order.version)?;
    must_be_undecided(tx, &step)?;
    if !returns_of(tx.conn, id)?.iter().any(|r| r.unit_id == step.unit) {
        return Err(Refusal::new("case.refuse.decline_first").into());
    }
    end_dispatch(tx.conn, id, at.0, ActKind::Dispute)?;
    match g.units.desk_above(&step.case.place, step.case.level) {
        Some((unit, level)) => (step.case.holder, step.case.level) = (Holder { unit, account: 0 }, level),
        None => step.case.holder = back(g, &step.case),
    }
    step.case.back_unit = 0;
    let row = return_row(tx, &step, order, true);
    put_return(tx.conn, &row)?;
    let case = give_back(tx, step, order)?;
    Ok(Done::from(&case))
}

/// What the upper desk has decided stands.
fn must_be_undecided(tx: &mut Tx<'_>, step: &Step) -> Outcome<()> {
    let decided = returns_of(tx.conn, step.case.id)?
        .iter()
        .any(|r| r.is_dispute && r.outcome.is_some() && r.decided_unit == step.unit);
    if decided { Err(Refusal::new("case.refuse.was_arbitrated").into()) } else { Ok(()) }
}

fn return_row(tx: &Tx<'_>, step: &Step, order: &DeclineOrder, is_dispute: bool) -> ReturnRow {
    ReturnRow {
        id: tx.id::<ReturnRow>(step.at()).raw(),
        case_id: step.case.id.raw(),
        county_id: step.case.place.county,
        at_ms: step.at().0,
        unit_id: step.unit,
        desk_unit: step.case.holder.unit,
        duty_entry: order.duty_entry.as_str().to_owned(),
        is_dispute,
        decided_ms: None,
        decided_unit: 0,
        outcome: None,
    }
}

fn give_back(tx: &mut Tx<'_>, step: Step, order: &DeclineOrder) -> Outcome<Case> {
    let words = format!("{}\n{}", order.reason.as_str(), order.duty_entry.as_str());
    let said = Said { to_unit: step.case.holder.unit, ..Said::words(words) };
    step.finish(tx, said)
}

/// The upper desk decides whose a disputed case is, and sends it there; nobody gives it back after that.
///
/// # Errors
/// As every act; 409 when nothing is disputed; invalid as a dispatch, and without words.
pub fn arbitrate_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    order: &DispatchOrder,
) -> Outcome<Done> {
    let mut step = begin(tx, g, hand, at, id, ActKind::Arbitrate, order.version)?;
    if !is_disputed(tx, id)? {
        return Err(Refusal::new("case.refuse.nothing_disputed").into());
    }
    let words = order.words.as_ref().ok_or_else(|| base::Invalid::field("words", "case.field.missing"))?;
    super::desk::must_answer_for(g, order.unit, &step.case.place, at)?;
    let row = super::desk::dispatch_row(tx, &step, order)?;
    put_dispatch(tx.conn, &row)?;
    step.case.holder = Holder { unit: order.unit, account: 0 };
    step.case.back_unit = step.unit;
    decide_returns(tx.conn, id, order.unit, at)?;
    let said = Said { to_unit: order.unit, ..Said::words(words.as_str()) };
    let case = step.finish(tx, said)?;
    Ok(Done::from(&case))
}

/// Whether the upper desk was asked to decide and has not.
pub(super) fn is_disputed(tx: &mut Tx<'_>, id: Id<Case>) -> Outcome<bool> {
    Ok(returns_of(tx.conn, id)?.iter().any(|r| r.is_dispute && r.outcome.is_none()))
}
