//! The clerk's acts: accept, return, dispatch, answer, carry up.

use access::Place;
use base::{Id, Invalid, Millis, Outcome};
use store::Tx;

use super::dispute::is_disputed;
use super::links::must_stand_alone;
use super::step::{Said, Step, begin};
use super::{Done, Hand, timer};
use crate::model::{
    AcceptOrder, ActKind, AnswerOrder, Body, Case, CaseNumber, DispatchOrder, Ending, Holder, ReasonOrder,
};
use crate::rules::clocks::RoundRule;
use crate::rules::intake::may_choose;
use crate::rules::moves::may_close_directly;
use crate::store::{
    ClosureRow, DispatchRow, Ground, case_by_number, decide_returns, end_dispatch, intake_of, put_closure,
    put_dispatch, set_deadline, set_route,
};

/// Accepts a matter, with the clerk's correction of category or place.
///
/// # Errors
/// As every act; invalid when the correction does not fit.
pub fn accept_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    order: &AcceptOrder,
) -> Outcome<Done> {
    let mut step = begin(tx, g, hand, at, id, ActKind::Accept, order.version)?;
    correct(tx, g, &mut step, order, at)?;
    step.case.accepted = step.case.accepted.or(Some(at));
    let case = step.finish(tx, Said::default())?;
    Ok(Done::from(&case))
}

/// Category and place as the clerk knows better; the deadline and the suggestion follow.
fn correct(tx: &mut Tx<'_>, g: &Ground, step: &mut Step, order: &AcceptOrder, at: Millis) -> Outcome<()> {
    let case = &mut step.case;
    let (category, place) = (order.category.unwrap_or(case.category), order.place.unwrap_or(case.place));
    if category == case.category && place == case.place {
        return Ok(());
    }
    if place.county != case.place.county {
        // The number and the county's books stay where they are: such a matter is handed over instead.
        return Err(Invalid::field("place", "case.field.place_other_county").into());
    }
    let found = g.category(category);
    may_choose(found, at)?;
    if let Some(found) = found.filter(|c| c.id != case.category) {
        step.new_answer = Some(RoundRule { term: found.term, source: found.days_source.clone() });
        case.is_public = case.is_public && found.is_public;
        set_deadline(tx.conn, case.id, found.term, &found.days_source, case.created)?;
        step.recategorise(tx, category)?;
    }
    let case = &mut step.case;
    case.place = place;
    let route = g.suggest(category, &place, case.channel, case.created);
    set_route(tx.conn, case.id, route.unit.unwrap_or(0), route.rule, &route.why)
}

/// Sends a matter back to whoever brought it, with the reason and what would help.
///
/// # Errors
/// As every act.
pub fn return_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    order: &ReasonOrder,
) -> Outcome<Done> {
    let step = begin(tx, g, hand, at, id, ActKind::Return, order.version)?;
    let case = step.finish(tx, Said::words(order.reason.as_str()))?;
    Ok(Done::from(&case))
}

/// Sends a case to a unit. What the routing table suggested at that time is kept beside it.
///
/// # Errors
/// As every act; invalid `unit` when it does not exist or does not answer for the place, `account` when that person has no
/// post of the unit that handles.
pub fn dispatch_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    order: &DispatchOrder,
) -> Outcome<Done> {
    let mut step = begin(tx, g, hand, at, id, ActKind::Dispatch, order.version)?;
    if is_disputed(tx, id)? {
        return Err(base::Refusal::new("case.refuse.disputed").into());
    }
    must_stand_alone(tx, id)?;
    must_answer_for(g, order.unit, &step.case.place, at)?;
    must_sit_there(tx, order, at)?;
    decide_returns(tx.conn, id, order.unit, at)?;
    end_dispatch(tx.conn, id, at.0, ActKind::Dispatch)?;
    let row = dispatch_row(tx, &step, order)?;
    put_dispatch(tx.conn, &row)?;
    step.case.holder = Holder { unit: order.unit, account: order.account };
    step.case.back_unit = step.unit;
    let words = order.words.as_ref().map(|w| w.as_str().to_owned());
    let said = Said { words, to_unit: order.unit, to_account: order.account, ..Said::default() };
    let case = step.finish(tx, said)?;
    Ok(Done::from(&case))
}

/// Accepts and dispatches in one go, as a clerk does most of the time; both acts are on record.
///
/// # Errors
/// As both.
pub fn accept_and_dispatch(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    accept: &AcceptOrder,
    dispatch: &DispatchOrder,
) -> Outcome<Done> {
    let done = accept_case(tx, g, hand, at, id, accept)?;
    dispatch_case(tx, g, hand, at, id, &DispatchOrder { version: Some(done.version), ..dispatch.clone() })
}

/// Whoever it is sent to by name has a post of that unit that handles, now.
fn must_sit_there(tx: &mut Tx<'_>, order: &DispatchOrder, at: Millis) -> Outcome<()> {
    if order.account == 0 {
        return Ok(());
    }
    let held = access::duties_in_unit(tx.conn, Id::of(order.account), Id::of(order.unit), at)?;
    let handles = [access::Duty::Handle, access::Duty::Grid, access::Duty::Mediate];
    if held.iter().any(|duties| handles.iter().any(|d| duties.has(*d))) {
        return Ok(());
    }
    Err(Invalid::field("account", "case.field.account_elsewhere").into())
}

pub(super) fn must_answer_for(g: &Ground, unit: i64, place: &Place, at: Millis) -> Outcome<()> {
    match g.units.get(unit) {
        None => Err(Invalid::field("unit", "case.field.unit_unknown").into()),
        Some(u) if !u.period.holds(at) => Err(Invalid::field("unit", "case.field.unit_over").into()),
        Some(u) if !u.place.as_scope().holds(place) => {
            Err(Invalid::field("unit", "case.field.unit_elsewhere").into())
        }
        Some(_) => Ok(()),
    }
}

pub(super) fn dispatch_row(tx: &mut Tx<'_>, step: &Step, order: &DispatchOrder) -> Outcome<DispatchRow> {
    let intake = intake_of(tx.conn, step.case.id)?;
    let (suggested_unit, route_rule, route_why) =
        intake.map_or((0, 0, String::new()), |i| (i.route_unit, i.route_rule, i.route_why));
    Ok(DispatchRow {
        id: tx.id::<DispatchRow>(step.at()).raw(),
        case_id: step.case.id.raw(),
        county_id: step.case.place.county,
        at_ms: step.at().0,
        from_unit: step.unit,
        to_unit: order.unit,
        to_account: order.account,
        account: step.who.by.account,
        suggested_unit,
        route_rule,
        route_why,
        words: order.words.as_ref().map(|w| w.as_str().to_owned()),
        taken_ms: None,
        ended_ms: None,
        ended_by: None,
    })
}

/// Answers without handling: explained, cannot be fixed, referred, or a duplicate.
///
/// # Errors
/// As every act; 422 when it claims to be fixed; invalid by field when the answer is incomplete.
pub fn close_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    order: &AnswerOrder,
) -> Outcome<Done> {
    let step = begin(tx, g, hand, at, id, ActKind::Close, order.version)?;
    let ending = order.ending.ok_or_else(|| Invalid::field("ending", "case.field.missing"))?;
    may_close_directly(ending)?;
    let answer = order.answer.clone().ok_or_else(|| Invalid::field("answer", "case.field.missing"))?;
    close(tx, g, step, ending, &answer, order)
}

/// Writes the answer and closes: for direct answers and for verification.
pub(super) fn close(
    tx: &mut Tx<'_>,
    g: &Ground,
    mut step: Step,
    ending: Ending,
    answer: &Body,
    order: &AnswerOrder,
) -> Outcome<Done> {
    let at = step.at();
    let row = ClosureRow {
        id: tx.id::<ClosureRow>(at).raw(),
        case_id: step.case.id.raw(),
        county_id: step.case.place.county,
        at_ms: at.0,
        account: step.who.by.account,
        unit_id: step.unit,
        ending: ending.code().to_owned(),
        answer: answer.as_str().to_owned(),
        same_as: same_as(tx, &step.case, ending, order)?,
        referred_to: referred_to(ending, order)?,
        answered_ms: Some(at.0),
        in_time: at <= step.case.due,
        confirmed_ms: None,
        confirmed_by: None,
        contested_ms: None,
    };
    put_closure(tx.conn, &row)?;
    end_dispatch(tx.conn, step.case.id, at.0, step.act)?;
    step.case.closed = Some(at);
    step.case.ending = Some(ending);
    step.case.holder = Holder { unit: step.unit, account: 0 };
    let said = Said { ending: Some(ending), ..Said::words(answer.as_str()) };
    let case = step.finish(tx, said)?;
    timer::start_confirmation(tx, g, &case, at)?;
    Ok(Done::from(&case))
}

/// The other case of a duplicate: it must exist and be another one.
fn same_as(tx: &mut Tx<'_>, case: &Case, ending: Ending, order: &AnswerOrder) -> Outcome<i64> {
    if ending != Ending::Duplicate {
        return Ok(0);
    }
    let typed = order.same_as.as_deref().unwrap_or_default();
    let number =
        CaseNumber::parse(typed).ok_or_else(|| Invalid::field("same_as", "case.field.number_unreadable"))?;
    match case_by_number(tx.conn, &number.to_string())? {
        // Only within the county: a clerk must not learn of others' cases by trying numbers.
        Some(other) if other.id != case.id && other.place.county == case.place.county => Ok(other.id.raw()),
        _ => Err(Invalid::field("same_as", "case.field.number_unknown").into()),
    }
}

fn referred_to(ending: Ending, order: &AnswerOrder) -> Outcome<String> {
    let to = order.referred_to.as_deref().unwrap_or_default().trim();
    if ending == Ending::Referred && to.is_empty() {
        return Err(Invalid::field("referred_to", "case.field.missing").into());
    }
    Ok(crate::model::Line::new("referred_to", to)?.into_string())
}

/// Carries a case up to the next desk above.
///
/// # Errors
/// As every act; 409 at the top.
pub fn escalate_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    order: &ReasonOrder,
) -> Outcome<Done> {
    let mut step = begin(tx, g, hand, at, id, ActKind::Escalate, order.version)?;
    let above = g.units.desk_above(&step.case.place, step.case.level);
    let (unit, level) = above.ok_or_else(|| base::Refusal::new("case.refuse.nothing_above"))?;
    end_dispatch(tx.conn, id, at.0, ActKind::Escalate)?;
    step.case.holder = Holder { unit, account: 0 };
    step.case.back_unit = 0;
    step.case.level = level;
    let said = Said { to_unit: unit, ..Said::words(order.reason.as_str()) };
    let case = step.finish(tx, said)?;
    Ok(Done::from(&case))
}
