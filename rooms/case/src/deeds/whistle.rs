//! The whistle (吹哨报到): a desk calls units to a case; each unit answers, arrives and reports for itself; the two say
//! of each other how it went; the desk closes it. Every act has a row with who, when and why, and a fact.

use std::collections::HashSet;

use access::{Duty, Kind, Person, PostUsed, Resource, UnitKind, may, may_view};
use base::{Act, Actor, Id, Invalid, Millis, Outcome, Refusal, Stop, Zone};
use calendar::Almanac;
use jobs::put;
use store::{Fact, Tx};

use super::tell::{tell_called, tell_moved, tell_reminded, tell_unanswered};
use crate::model::{
    ActKind, Body, By, Call, CallAct, CallHand, CallRole, CallState, Called, Case, Line, Rating, Stars,
    Whistle, WhistleOrder,
};
use crate::rules::clock::Here;
use crate::rules::whistle::{
    MOST_UNITS, call_due, may_call, may_close_whistle, may_rate, must_be_within, next_call_state,
};
use crate::store::{
    ActRow, CaseFile, Ground, WhistleActRow, call_by_id, calls_of, case_by_id, division_codes, file_by_id,
    put_act, put_call, put_part, put_rating, put_whistle, put_whistle_act, set_call, set_whistle_closed,
    waiting_calls, whistle_by_id, whistles_of,
};

/// Just after the time to answer has run out.
pub const WHISTLE_DUE: &str = "case.whistle_due";
/// Half of the time to answer is over.
pub(super) const WHISTLE_HALF: &str = "case.whistle_half";
/// Waiting calls that a changed calendar looks at, at once.
const AT_ONCE: i64 = 500;

/// The duties that answer for a called unit.
const CALLED: [Duty; 3] = [Duty::Handle, Duty::Mediate, Duty::Clerk];

/// The fact of an act.
const fn fact_of(act: CallAct) -> &'static str {
    match act {
        CallAct::Call => "case.whistle_called",
        CallAct::Answer => "case.whistle_answered",
        CallAct::Arrive => "case.whistle_arrived",
        CallAct::Report => "case.whistle_reported",
        CallAct::Excuse => "case.whistle_excused",
        CallAct::Miss => "case.whistle_missed",
        CallAct::RateUnit | CallAct::RateCaller => "case.whistle_rated",
        CallAct::Close => "case.whistle_closed",
        CallAct::Retime => "case.whistle_retimed",
        CallAct::Remind => "case.whistle_reminded",
    }
}

/// The desk from which this person may call units to the case now: the town's or a centre's that holds it, or one of
/// a level above.
///
/// # Errors
/// 404 or 403 as the policy says; 403 from another sort of unit; 409 when no office owes an answer any more.
pub fn may_blow(g: &Ground, person: &Person, file: &CaseFile) -> Result<PostUsed, Refusal> {
    let used = may(person, Duty::Clerk, &file.resource(Kind::CaseWork))?;
    let unit = used.unit.raw();
    let is_desk = g.units.get(unit).is_some_and(|u| matches!(u.kind, UnitKind::Centre | UnitKind::Office));
    if !is_desk || !may_call(g.units.level(unit), file.case.level) {
        let desk = g.units.desk_at(&file.case.place, file.case.level.max(crate::model::Level::Town));
        let name = g.units.name(desk.unwrap_or(file.case.back_unit));
        return Err(Refusal::new("case.refuse.whistle_not_desk").with("unit", name).status(403));
    }
    if !file.case.stage.is_open() {
        return Err(Refusal::new("case.refuse.whistle_stage").with("stage@", file.case.stage.key()));
    }
    Ok(used)
}

/// Calls units to a case: one leads, others assist, each with its own time to answer. They may open the case from now on.
///
/// # Errors
/// As [`may_blow`]; 409 while another whistle is open; invalid by field: a unit twice, one that does not answer for
/// the place or is no more, a term outside the pack's bounds.
pub fn call_units(
    tx: &mut Tx<'_>,
    g: &Ground,
    person: &Person,
    at: Millis,
    id: Id<Case>,
    order: &WhistleOrder,
) -> Outcome<Id<Whistle>> {
    let file = file_by_id(tx.conn, id)?.ok_or_else(Refusal::not_found)?;
    let used = may_blow(g, person, &file)?;
    must_be_callable(g, &file.case, used.unit.raw(), order, at)?;
    let whistle = Whistle {
        id: tx.id(at),
        case: id,
        county: file.case.place.county,
        caller: used.unit.raw(),
        at,
        reason: order.reason.as_str().to_owned(),
        meet_at: order.meet_at.as_str().to_owned(),
        closed: None,
        outcome: String::new(),
        version: 1,
    };
    if !put_whistle(tx.conn, &whistle)? {
        let open = whistles_of(tx.conn, id)?.into_iter().find(|w| w.closed.is_none());
        let (unit, when) = open.map_or((0, at), |w| (w.caller, w.at));
        let name = g.units.name(unit);
        return Err(Refusal::new("case.refuse.whistle_open").with("unit", name).with("when~", when.0).into());
    }
    let wanted = std::iter::once((CallRole::Lead, order.lead));
    for (role, called) in wanted.chain(order.assists.iter().map(|c| (CallRole::Assist, *c))) {
        let call = new_call(tx, g, &whistle, &file.case, role, called);
        put_call(tx.conn, &call)?;
        put_part(tx.conn, &file.case, call.unit)?;
        put(tx, WHISTLE_DUE, call.id.raw(), call.due.plus(1), at)?;
        put(tx, WHISTLE_HALF, call.id.raw(), at.plus((call.due.0 - at.0) / 2), at)?;
        tell_called(tx, &file.case, &call)?;
    }
    let who = Act::new(used.actor(), at);
    let desk = Desk { who, unit: used.unit.raw() };
    note_in_course(tx, &file, desk, order.lead.unit)?;
    note(tx, &whistle, None, CallAct::Call, desk, Some(order.reason.as_str()))?;
    Ok(whistle.id)
}

fn new_call(tx: &Tx<'_>, g: &Ground, whistle: &Whistle, case: &Case, role: CallRole, called: Called) -> Call {
    let default = &g.calling.whistle.respond;
    let term = called.term.unwrap_or_else(|| default.term());
    let own = called.term.is_some_and(|t| t != default.term());
    Call {
        id: tx.id(whistle.at),
        whistle: whistle.id,
        case: whistle.case,
        county: whistle.county,
        caller: whistle.caller,
        unit: called.unit,
        role,
        at: whistle.at,
        // Within the pack's bounds, whose longest says where they come from.
        source: if own { g.calling.whistle.longest.source.clone() } else { default.source.clone() },
        due: call_due(term, whistle.at, &g.here(&case.place)),
        term,
        answered: None,
        arrived: None,
        finished: None,
        missed: None,
        excused: None,
        outcome: String::new(),
        version: 1,
    }
}

fn must_be_callable(g: &Ground, case: &Case, caller: i64, order: &WhistleOrder, at: Millis) -> Outcome<()> {
    let mut invalid = Invalid::default();
    if order.assists.len() >= MOST_UNITS {
        invalid.push_with("assists", "case.field.whistle_most", vec![("n", MOST_UNITS.to_string())]);
    }
    let mut seen = HashSet::new();
    let all = std::iter::once(("lead", order.lead)).chain(order.assists.iter().map(|c| ("assists", *c)));
    for (field, called) in all {
        let place = &case.place;
        match g.units.get(called.unit) {
            _ if called.unit == caller => invalid.push(field, "case.field.whistle_self"),
            _ if !seen.insert(called.unit) => invalid.push(field, "case.field.whistle_twice"),
            None => invalid.push(field, "case.field.unit_unknown"),
            Some(u) if !u.period.holds(at) => invalid.push(field, "case.field.unit_over"),
            Some(u) if !u.place.as_scope().holds(place) => invalid.push(field, "case.field.unit_elsewhere"),
            Some(_) => {}
        }
    }
    invalid.or(())?;
    let here = g.here(&case.place);
    let terms = &g.calling.whistle;
    if let Some(term) = order.lead.term {
        must_be_within("lead_n", term, terms, at, &here)?;
    }
    for term in order.assists.iter().filter_map(|c| c.term) {
        must_be_within("assist_n", term, terms, at, &here)?;
    }
    Ok(())
}

/// Who acts, when, and for which unit.
#[derive(Clone, Copy)]
struct Desk {
    who: Act,
    unit: i64,
}

/// An act on a call that may be done.
struct Step {
    whistle: Whistle,
    call: Call,
    desk: Desk,
}

/// Whether this person acts for the unit, by one of these duties.
fn acts_for(person: &Person, file: &CaseFile, unit: i64, duties: &[Duty]) -> Result<PostUsed, Refusal> {
    let mut resource: Resource = file.resource(Kind::CaseCall);
    resource.holder = unit;
    let mut refusal = Refusal::forbidden();
    for duty in duties {
        match may(person, *duty, &resource) {
            Ok(used) => return Ok(used),
            Err(r) => refusal = r,
        }
    }
    Err(refusal)
}

/// What this person may do on a call now, in the order of the table, and whether each rating is theirs to give: the
/// buttons of a page. The deed decides again.
pub fn whistle_acts(person: &Person, file: &CaseFile, whistle: &Whistle, call: &Call) -> Vec<CallAct> {
    let mut acts = Vec::new();
    let called = acts_for(person, file, call.unit, &CALLED).is_ok();
    let caller = acts_for(person, file, whistle.caller, &[Duty::Clerk]).is_ok();
    let state = call.state();
    if whistle.closed.is_none() {
        let of = |hand, mine: bool| mine.then_some(hand);
        for hand in [of(CallHand::Called, called), of(CallHand::Caller, caller)].into_iter().flatten() {
            acts.extend(crate::rules::whistle::call_acts(state, hand));
        }
    }
    if may_rate(whistle, state).is_ok() {
        acts.extend(caller.then_some(CallAct::RateUnit));
        acts.extend(called.then_some(CallAct::RateCaller));
    }
    acts
}

/// Whether this person closes the whistle for the unit that called.
pub fn may_end_whistle(person: &Person, file: &CaseFile, whistle: &Whistle) -> bool {
    whistle.closed.is_none() && acts_for(person, file, whistle.caller, &[Duty::Clerk]).is_ok()
}

fn begin(
    tx: &mut Tx<'_>,
    g: &Ground,
    person: &Person,
    at: Millis,
    id: Id<Call>,
    by: CallHand,
) -> Outcome<Step> {
    let call = call_by_id(tx.conn, id)?.ok_or_else(Refusal::not_found)?;
    let whistle = whistle_by_id(tx.conn, call.whistle)?.ok_or_else(Refusal::not_found)?;
    let file = file_by_id(tx.conn, call.case)?.ok_or_else(Refusal::not_found)?;
    let (unit, duties) = match by {
        CallHand::Called => (call.unit, &CALLED[..]),
        CallHand::Caller | CallHand::House => (whistle.caller, &[Duty::Clerk][..]),
    };
    let used = acts_for(person, &file, unit, duties).map_err(|r| theirs(g, r, unit))?;
    let desk = Desk { who: Act::new(used.actor(), at), unit: used.unit.raw() };
    Ok(Step { whistle, call, desk })
}

/// Who may see it is told whose act it is.
fn theirs(g: &Ground, refusal: Refusal, unit: i64) -> Refusal {
    match refusal.status {
        403 => Refusal::new("case.refuse.whistle_theirs").with("unit", g.units.name(unit)).status(403),
        _ => refusal,
    }
}

/// Does one step of the table on a call, with `change` for its row.
fn step(
    tx: &mut Tx<'_>,
    mut s: Step,
    act: CallAct,
    by: CallHand,
    words: Option<&str>,
    change: impl FnOnce(&mut Call, Millis),
) -> Outcome<Call> {
    if let Some(closed) = s.whistle.closed {
        return Err(Refusal::new("case.refuse.whistle_over").with("when~", closed.0).into());
    }
    next_call_state(s.call.state(), act, by)?;
    change(&mut s.call, s.desk.who.at);
    s.call.version += 1;
    if !set_call(tx.conn, &s.call)? {
        let now = call_by_id(tx.conn, s.call.id)?.ok_or_else(Refusal::not_found)?;
        return Err(Refusal::new("case.refuse.whistle_state")
            .with("state@", now.state().key())
            .with("act@", act.key())
            .into());
    }
    note(tx, &s.whistle, Some(&s.call), act, s.desk, words)?;
    Ok(s.call)
}

/// A called unit says that it comes.
///
/// # Errors
/// 404 or 403 for others than the called unit; 409 when it has answered already, was let off or the whistle is over.
pub fn answer_call(tx: &mut Tx<'_>, g: &Ground, person: &Person, at: Millis, id: Id<Call>) -> Outcome<Call> {
    let s = begin(tx, g, person, at, id, CallHand::Called)?;
    step(tx, s, CallAct::Answer, CallHand::Called, None, |c, at| c.answered = Some(at))
}

/// A called unit is there. Who had not answered has answered with that.
///
/// # Errors
/// As [`answer_call`].
pub fn arrive_on_call(
    tx: &mut Tx<'_>,
    g: &Ground,
    person: &Person,
    at: Millis,
    id: Id<Call>,
) -> Outcome<Call> {
    let s = begin(tx, g, person, at, id, CallHand::Called)?;
    step(tx, s, CallAct::Arrive, CallHand::Called, None, |c, at| {
        c.answered = c.answered.or(Some(at));
        c.arrived = Some(at);
    })
}

/// A called unit says what came of it.
///
/// # Errors
/// As [`answer_call`]; 409 before it has arrived.
pub fn report_on_call(
    tx: &mut Tx<'_>,
    g: &Ground,
    person: &Person,
    at: Millis,
    id: Id<Call>,
    words: &Body,
) -> Outcome<Call> {
    let s = begin(tx, g, person, at, id, CallHand::Called)?;
    step(tx, s, CallAct::Report, CallHand::Called, Some(words.as_str()), |c, at| {
        c.finished = Some(at);
        words.as_str().clone_into(&mut c.outcome);
    })
}

/// The caller lets a unit off, with the reason.
///
/// # Errors
/// 404 or 403 for others than the caller; 409 when it has reported or was let off already.
pub fn excuse_call(
    tx: &mut Tx<'_>,
    g: &Ground,
    person: &Person,
    at: Millis,
    id: Id<Call>,
    words: &Body,
) -> Outcome<Call> {
    let s = begin(tx, g, person, at, id, CallHand::Caller)?;
    step(tx, s, CallAct::Excuse, CallHand::Caller, Some(words.as_str()), |c, at| c.excused = Some(at))
}

/// The caller says how the unit did (`RateUnit`), or the unit how the caller did (`RateCaller`): once each, at the end.
///
/// # Errors
/// 404 or 403 for others; 409 before the end, of a unit that was let off, and a second time.
pub fn rate_call(
    tx: &mut Tx<'_>,
    g: &Ground,
    person: &Person,
    at: Millis,
    id: Id<Call>,
    (act, stars, word): (CallAct, Stars, Line),
) -> Outcome<()> {
    let by = if act == CallAct::RateUnit { CallHand::Caller } else { CallHand::Called };
    let s = begin(tx, g, person, at, id, by)?;
    may_rate(&s.whistle, s.call.state())?;
    let (unit, caller) = (Id::of(s.call.unit), Id::of(s.whistle.caller));
    let (of, by) = if act == CallAct::RateUnit { (unit, caller) } else { (caller, unit) };
    let rating = Rating::new(of, by, stars, word);
    if !put_rating(tx.conn, &s.call, &rating, at)? {
        return Err(Refusal::new("case.refuse.whistle_rated").with("unit", g.units.name(of.raw())).into());
    }
    let words = Some(rating.word.as_str()).filter(|w| !w.is_empty());
    note(tx, &s.whistle, Some(&s.call), act, s.desk, words)
}

/// The caller closes the whistle: when who leads has reported, or with a reason. Who still had something to do is let off;
/// who never answered stays so.
///
/// # Errors
/// 404 or 403 for others than the caller; 409 when it is closed; invalid `words` without a reason where one is needed.
pub fn close_whistle(
    tx: &mut Tx<'_>,
    g: &Ground,
    person: &Person,
    at: Millis,
    id: Id<Whistle>,
    words: Option<&Body>,
) -> Outcome<()> {
    let mut whistle = whistle_by_id(tx.conn, id)?.ok_or_else(Refusal::not_found)?;
    let file = file_by_id(tx.conn, whistle.case)?.ok_or_else(Refusal::not_found)?;
    let used =
        acts_for(person, &file, whistle.caller, &[Duty::Clerk]).map_err(|r| theirs(g, r, whistle.caller))?;
    let over = |at: Millis| Refusal::new("case.refuse.whistle_over").with("when~", at.0);
    if let Some(closed) = whistle.closed {
        return Err(over(closed).into());
    }
    let calls = calls_of(tx.conn, id)?;
    may_close_whistle(&calls, words.map(Body::as_str))?;
    let desk = Desk { who: Act::new(used.actor(), at), unit: used.unit.raw() };
    for call in calls {
        if matches!(call.state(), CallState::Waiting | CallState::Answered | CallState::Arrived) {
            let s = Step { whistle: whistle.clone(), call, desk };
            step(tx, s, CallAct::Excuse, CallHand::Caller, None, |c, at| c.excused = Some(at))?;
        }
    }
    whistle.closed = Some(at);
    whistle.version += 1;
    whistle.outcome = words.map_or_else(String::new, |w| w.as_str().to_owned());
    if !set_whistle_closed(tx.conn, &whistle)? {
        return Err(over(at).into());
    }
    note(tx, &whistle, None, CallAct::Close, desk, words.map(Body::as_str))
}

/// The timer: marks a unit that has not answered, once. A matter that is over by then needs nobody any more.
pub(super) fn mark_missed(g: &Ground, tx: &mut Tx<'_>, act: Act, subject: i64) -> Outcome<()> {
    let Some(call) = call_by_id(tx.conn, Id::of(subject))? else { return Ok(()) };
    if call.state() != CallState::Waiting {
        return Ok(());
    }
    if call.due >= act.at {
        // A changed work calendar has moved it away.
        return put(tx, WHISTLE_DUE, subject, call.due.plus(1), act.at);
    }
    let (whistle, case) = (whistle_by_id(tx.conn, call.whistle)?, case_by_id(tx.conn, call.case)?);
    let (Some(whistle), Some(case)) = (whistle, case) else { return Ok(()) };
    let over = !case.stage.is_open();
    let desk = Desk { who: Act::new(Actor::SYSTEM, act.at), unit: 0 };
    let s = Step { whistle, call, desk };
    let done = if over {
        step(tx, s, CallAct::Excuse, CallHand::House, None, |c, at| c.excused = Some(at))
    } else {
        step(tx, s, CallAct::Miss, CallHand::House, None, |c, at| c.missed = Some(at))
    };
    match done {
        // Somebody of the unit was faster, in the same moment.
        Err(Stop::Refused(_)) => Ok(()),
        Err(stop) => Err(stop),
        Ok(_) if over => Ok(()),
        Ok(call) => {
            let above = g.units.desk_above(&case.place, case.level).map_or(0, |(unit, _)| unit);
            tell_unanswered(tx, &case, &call, above, act.at)
        }
    }
}

/// The timer: reminds a unit that has not answered when half of its time is over, once.
pub(super) fn remind_called(tx: &mut Tx<'_>, act: Act, subject: i64) -> Outcome<()> {
    let Some(call) = call_by_id(tx.conn, Id::of(subject))? else { return Ok(()) };
    if call.state() != CallState::Waiting || act.at > call.due {
        return Ok(());
    }
    let (whistle, case) = (whistle_by_id(tx.conn, call.whistle)?, case_by_id(tx.conn, call.case)?);
    let (Some(whistle), Some(case)) = (whistle, case) else { return Ok(()) };
    if whistle.closed.is_some() || !case.stage.is_open() {
        return Ok(());
    }
    tell_reminded(tx, &case, &call, act.at)?;
    note(tx, &whistle, Some(&call), CallAct::Remind, Desk { who: act, unit: 0 }, None)
}

/// The work calendar has changed: the ends of the calls that wait are counted anew, and their timers put anew.
pub(super) fn retime_calls(tx: &mut Tx<'_>, act: Act, almanac: &Almanac) -> Outcome<()> {
    let mut last = 0;
    loop {
        let calls = waiting_calls(tx.conn, last, AT_ONCE)?;
        let Some(end) = calls.last().map(|c| c.id.raw()) else { return Ok(()) };
        for mut call in calls {
            let Some(case) = case_by_id(tx.conn, call.case)? else { continue };
            let Some(whistle) = whistle_by_id(tx.conn, call.whistle)? else { continue };
            let place = &case.place;
            let division = [place.village, place.town, place.county].into_iter().find(|id| *id != 0);
            let codes = division_codes(tx.conn, division.into_iter())?;
            let code = division.and_then(|id| codes.get(&id)).map_or("", String::as_str);
            let due = call_due(call.term, call.at, &Here::new(Zone::default(), almanac, code));
            if due == call.due {
                continue;
            }
            let was = call.due;
            call.due = due;
            call.version += 1;
            if set_call(tx.conn, &call)? {
                tell_moved(tx, &case, call.unit, (was, due), act.at)?;
                put(tx, WHISTLE_DUE, call.id.raw(), due.plus(1), act.at)?;
                note(tx, &whistle, Some(&call), CallAct::Retime, Desk { who: act, unit: 0 }, None)?;
            }
        }
        last = end;
    }
}

/// The act's row and its fact.
fn note(
    tx: &mut Tx<'_>,
    whistle: &Whistle,
    call: Option<&Call>,
    act: CallAct,
    desk: Desk,
    words: Option<&str>,
) -> Outcome<()> {
    let Desk { who, unit } = desk;
    let row = WhistleActRow {
        id: tx.id::<WhistleActRow>(who.at).raw(),
        whistle_id: whistle.id.raw(),
        call_id: call.map_or(0, |c| c.id.raw()),
        case_id: whistle.case.raw(),
        county_id: whistle.county,
        at_ms: who.at.0,
        act: act.code().to_owned(),
        account: who.by.account,
        post: who.by.post,
        unit_id: unit,
        words: words.map(str::to_owned),
    };
    put_whistle_act(tx.conn, &row)?;
    let mut fact = Fact::new(fact_of(act), who, "case", whistle.case.raw())
        .county(whistle.county)
        .set("act", act.code())
        .id("whistle", whistle.id.raw())
        .id("unit", unit);
    if let Some(call) = call {
        fact = fact
            .id("call", call.id.raw())
            .id("called", call.unit)
            .set("state", call.state().code())
            .int("due_ms", call.due.0);
    }
    if let Some(words) = words {
        fact = fact.digest("words", words);
    }
    tx.record(fact);
    Ok(())
}

/// The course of the case shows that units were called, and who leads; the resident reads it too.
fn note_in_course(tx: &mut Tx<'_>, file: &CaseFile, desk: Desk, lead: i64) -> Outcome<()> {
    let Desk { who, unit } = desk;
    let stage = file.case.stage.code().to_owned();
    let row = ActRow {
        id: tx.id::<ActRow>(who.at).raw(),
        case_id: file.case.id.raw(),
        county_id: file.case.place.county,
        at_ms: who.at.0,
        act: ActKind::Whistle.code().to_owned(),
        by_role: By::Clerk.code().to_owned(),
        from_stage: stage.clone(),
        to_stage: stage,
        account: who.by.account,
        post: who.by.post,
        unit_id: unit,
        to_unit: lead,
        to_account: 0,
        old_category: 0,
        new_category: 0,
        ending: None,
        words: None,
    };
    put_act(tx.conn, &row)
}

/// Whether the person may see the whistle: whoever may open its case.
///
/// # Errors
/// 404 otherwise.
pub fn may_see_whistle(person: &Person, file: &CaseFile) -> Result<(), Refusal> {
    may_view(person, &file.resource(Kind::CaseView)).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_has_a_fact_of_the_list() {
        for act in CallAct::ALL {
            assert!(super::super::FACTS.contains(&fact_of(*act)), "{act}");
        }
    }
}
