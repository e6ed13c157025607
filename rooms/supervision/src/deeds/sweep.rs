//! A sweep (排查): ordered over a place, returned by each village or grid, also when there is nothing; a finding becomes a
//! case through the one intake, once.

use access::{Duty, Kind, Level as Scale, Person, Place, PostUsed, Resource, may, may_view};
use base::{Act, Id, Invalid, Millis, Outcome, Refusal};
use case::deeds::{Hand, submit_case};
use case::model::{Body, Case, Channel, Intake, Spot, Title};
use case::store::{Ground, case_by_id};
use notice::Kind as Letters;
use store::{Fact, Tx};
use territory::{Division, Kind as Sort};

use super::nominate::desk_at;
use super::tell::{tell_incomplete, tell_sweep};
use crate::model::{Finding, Level, NewSweep, Return, Rung, Sweep, long_text, one_line, short_text};
use crate::store::{
    awaited_places, finding_by_id, put_finding, put_returns, put_sweep, return_by_id, set_finding_case,
    set_returned, sweep_by_id,
};

/// The last day of a sweep has begun.
pub(super) const SWEEP_DUE: &str = "supervision.sweep_due";
/// Just after a sweep has ended.
pub(super) const SWEEP_OVER: &str = "supervision.sweep_over";
/// What every act is handed: the ground, who acts, and when.
type With<'a> = (&'a Ground, &'a Person, Millis);
/// Returns of one sweep at most: a larger place is swept part by part.
const MOST_RETURNS: usize = 3_000;
/// Findings of one return at most.
const MOST_FINDINGS: usize = 20;
/// Days that a sweep may take at most.
const MOST_DAYS: i32 = 366;

/// Orders a sweep over a place: one awaited return for each village or grid.
///
/// # Errors
/// Invalid by field; 403 or 404 outside the post's place. The same form sent twice is one sweep.
pub fn order_sweep(tx: &mut Tx<'_>, with: With<'_>, once: &str, order: &NewSweep) -> Outcome<Id<Sweep>> {
    let (g, person, at) = with;
    if let Some(id) = web::once::taken(tx.conn, once)?.and_then(|t| t.parse::<Id<Sweep>>().ok()) {
        tx.record(
            Fact::new("supervision.sweep_ordered", Act::system(at), "sweep", id.raw()).set("repeated", "yes"),
        );
        return Ok(id);
    }
    let here = Resource::at(Kind::SupervisionWork, order.place);
    let used = may(person, Duty::Clerk, &here).or_else(|r| may(person, Duty::Lead, &here).map_err(|_| r))?;
    let mut invalid = Invalid::default();
    let title = one_line(&mut invalid, "title", &order.title);
    let question = long_text(&mut invalid, "question", &order.question);
    let days = (order.to - order.from).get_days();
    if order.to < order.from || days > MOST_DAYS {
        invalid.push("to", "supervision.invalid.period");
    } else if order.to < g.zone.day(at) {
        invalid.push("to", "supervision.invalid.past");
    }
    let places = places(g, order);
    if places.is_empty() {
        invalid.push("rung", "supervision.invalid.nobody_returns");
    } else if places.len() > MOST_RETURNS {
        invalid.push("rung", "supervision.invalid.too_many_returns");
    }
    invalid.or(())?;
    let sweep = Sweep {
        id: tx.id::<Sweep>(at),
        place: order.place,
        unit: used.unit.raw(),
        kind: order.kind,
        rung: order.rung,
        title,
        question: question.clone(),
        from: order.from,
        to: order.to,
        due: g.zone.end_of(order.to),
        created: at,
    };
    put_sweep(tx.conn, &sweep)?;
    let returns: Vec<(Id<Return>, Place)> = places.into_iter().map(|p| (tx.id::<Return>(at), p)).collect();
    put_returns(tx.conn, sweep.id, &returns)?;
    web::once::keep(tx, once, &sweep.id.to_string(), at)?;
    let owing: Vec<Place> = returns.iter().map(|(_, place)| *place).collect();
    tell_sweep(tx, Letters::SweepOpened, &sweep, &units_of(g, &owing), at)?;
    let last_day = g.zone.start_of(sweep.to);
    if last_day > at {
        jobs::put(tx, SWEEP_DUE, sweep.id.raw(), last_day, at)?;
    }
    jobs::put(tx, SWEEP_OVER, sweep.id.raw(), sweep.due.plus(1), at)?;
    tx.record(
        fact("supervision.sweep_ordered", used, at, "sweep", sweep.id.raw(), &sweep.place)
            .set("kind", sweep.kind.code())
            .set("rung", sweep.rung.code())
            .int("returns", i64::try_from(returns.len()).unwrap_or_default())
            .digest("question", &question),
    );
    Ok(sweep.id)
}

/// The units that answer for these villages and grids, each once: the village's own, or where it has none the town's desk.
fn units_of(g: &Ground, places: &[Place]) -> Vec<i64> {
    let mut units: Vec<i64> = Vec::new();
    for place in places {
        let own: Vec<i64> = g.units.at(Scale::Village, place.village).map(|u| u.id.raw()).collect();
        units.extend(if own.is_empty() { desk_at(g, place, Level::Town).into_iter().collect() } else { own });
    }
    units.sort_unstable();
    units.dedup();
    units
}

/// The timer on the last day: reminds the units whose returns are awaited.
pub(super) fn remind_sweep(g: &Ground, tx: &mut Tx<'_>, act: Act, subject: i64) -> Outcome<()> {
    let Some(sweep) = sweep_by_id(tx.conn, Id::of(subject))? else { return Ok(()) };
    let awaited = awaited_places(tx.conn, sweep.id)?;
    if awaited.is_empty() || act.at > sweep.due {
        return Ok(());
    }
    tx.record(house_fact("supervision.sweep_reminded", act, &sweep, awaited.len()));
    tell_sweep(tx, Letters::SweepDue, &sweep, &units_of(g, &awaited), act.at)
}

/// The timer after the end: tells the units whose returns are missing, and the one that ordered the sweep how many are.
pub(super) fn end_sweep(g: &Ground, tx: &mut Tx<'_>, act: Act, subject: i64) -> Outcome<()> {
    let Some(sweep) = sweep_by_id(tx.conn, Id::of(subject))? else { return Ok(()) };
    let awaited = awaited_places(tx.conn, sweep.id)?;
    if awaited.is_empty() {
        return Ok(());
    }
    tx.record(house_fact("supervision.sweep_overdue", act, &sweep, awaited.len()));
    tell_sweep(tx, Letters::SweepMissed, &sweep, &units_of(g, &awaited), act.at)?;
    tell_incomplete(tx, &sweep, awaited.len(), act.at)
}

fn house_fact(kind: &'static str, act: Act, sweep: &Sweep, awaited: usize) -> Fact {
    Fact::new(kind, act, "sweep", sweep.id.raw())
        .county(sweep.place.county)
        .int("awaited", i64::try_from(awaited).unwrap_or_default())
        .int("due_ms", sweep.due.0)
}

/// The villages or grids of a place, in the order of the tree.
fn places(g: &Ground, order: &NewSweep) -> Vec<Place> {
    let scope = order.place.as_scope();
    let villages: Vec<Id<Division>> = match scope.level {
        Scale::Village => vec![Id::of(scope.id)],
        Scale::Country | Scale::Grid => Vec::new(),
        _ => g.atlas.below(Id::of(scope.id), Sort::Village),
    };
    let place = |id: Id<Division>| case::deeds::place_of(&g.atlas, id);
    match order.rung {
        Rung::Village => villages.into_iter().map(place).collect(),
        Rung::Grid => villages
            .into_iter()
            .flat_map(|v| g.atlas.grids(v).map(move |grid| (v, grid.id)).collect::<Vec<_>>())
            .map(|(v, grid)| Place { grid: grid.raw(), ..place(v) })
            .collect(),
    }
}

fn fact(
    kind: &'static str,
    used: PostUsed,
    at: Millis,
    subject: &'static str,
    id: i64,
    place: &Place,
) -> Fact {
    Fact::new(kind, Act::new(used.actor(), at), subject, id).county(place.county).id("unit", used.unit.raw())
}

/// Keeps the return of a village or grid: what was done, and each finding with its spot. No finding is a return too.
///
/// # Errors
/// 404 for who may not see it; 403 for who does not work there; 409 when it came in before; invalid by field.
pub fn return_sweep(
    tx: &mut Tx<'_>,
    with: With<'_>,
    id: Id<Return>,
    words: &str,
    findings: &[(String, String)],
) -> Outcome<Id<Sweep>> {
    let (_, person, at) = with;
    let found = return_by_id(tx.conn, id)?.ok_or_else(Refusal::not_found)?;
    may_view(person, &found.resource(Kind::SupervisionView))?;
    let used = hand(person, &found)?;
    let mut invalid = Invalid::default();
    let words = long_text(&mut invalid, "words", words);
    let mut kept = Vec::new();
    for (what, spot) in
        findings.iter().filter(|(what, spot)| !(what.trim().is_empty() && spot.trim().is_empty()))
    {
        let what = long_text(&mut invalid, "what", what);
        kept.push((what, short_text(&mut invalid, "spot", spot)));
    }
    if kept.len() > MOST_FINDINGS {
        invalid.push("what", "supervision.invalid.too_many");
    }
    invalid.or(())?;
    let after = Return {
        returned: Some(at),
        findings: i64::try_from(kept.len()).unwrap_or_default(),
        words: words.clone(),
        account: used.account.raw(),
        ..found
    };
    if !set_returned(tx.conn, &after, used.post.raw(), used.unit.raw())? {
        let before = return_by_id(tx.conn, id)?.and_then(|r| r.returned).unwrap_or(at);
        return Err(Refusal::new("supervision.refuse.returned_already").with("when~", before.0).into());
    }
    for (what, spot) in kept {
        let finding = Finding { id: tx.id::<Finding>(at), of: id, sweep: after.sweep, what, spot, case: 0 };
        put_finding(tx.conn, &finding)?;
    }
    let sweep = sweep_by_id(tx.conn, after.sweep)?;
    let is_late = sweep.is_some_and(|s| at > s.due);
    tx.record(
        fact("supervision.sweep_returned", used, at, "return", id.raw(), &after.place)
            .id("sweep", after.sweep.raw())
            .int("findings", after.findings)
            .set("late", if is_late { "yes" } else { "no" })
            .digest("words", &words),
    );
    Ok(after.sweep)
}

/// Somebody whose post is of that very village or of a grid in it.
fn hand(person: &Person, r: &Return) -> Result<PostUsed, Refusal> {
    let near = |scope: access::Scope| scope.level >= Scale::Village;
    let posts = person.posts.iter().filter(|p| near(p.scope)).cloned().collect();
    let here = Person { posts, ..person.clone() };
    let work = r.resource(Kind::SupervisionWork);
    if let Some(used) = [Duty::Grid, Duty::Verify].into_iter().find_map(|d| may(&here, d, &work).ok()) {
        return Ok(used);
    }
    Err(Refusal::new("supervision.refuse.not_your_return").status(403))
}

/// Makes a case of a finding through the one intake. Done twice it is one case.
///
/// # Errors
/// 404 for who may not see it; 403 without intake; 409 when it is a case already, with its number; what the intake says.
pub fn file_finding(tx: &mut Tx<'_>, with: With<'_>, id: Id<Finding>, category: i64) -> Outcome<Id<Case>> {
    let (g, person, at) = with;
    let finding = finding_by_id(tx.conn, id)?.ok_or_else(Refusal::not_found)?;
    let found = return_by_id(tx.conn, finding.of)?.ok_or_else(Refusal::not_found)?;
    may_view(person, &found.resource(Kind::SupervisionView))?;
    let here = Resource::at(Kind::SupervisionWork, found.place);
    let used = may(person, Duty::Grid, &here).or_else(|r| may(person, Duty::Clerk, &here).map_err(|_| r))?;
    if finding.case != 0 {
        return Err(filed(tx, finding.case)?.into());
    }
    if category == 0 {
        return Err(Invalid::field("category", "form.choose").into());
    }
    let body = Body::new("what", &finding.what)?;
    let mut intake = Intake::new(Channel::Grid, found.place, category, Title::from_body(&body), body)?;
    let words = if finding.spot.is_empty() { sweep_title(tx, finding.sweep)? } else { finding.spot.clone() };
    intake.spot = Spot { words, point: None };
    intake.key = Some(format!("supervision finding {id}"));
    let receipt = submit_case(tx, g, Hand::Staff(person), at, &intake)?;
    if !set_finding_case(tx.conn, id, receipt.id.raw())? {
        let now = finding_by_id(tx.conn, id)?.map_or(0, |f| f.case);
        return Err(filed(tx, now)?.into());
    }
    tx.record(
        fact("supervision.finding_filed", used, at, "finding", id.raw(), &found.place)
            .id("case", receipt.id.raw())
            .id("sweep", finding.sweep.raw()),
    );
    Ok(receipt.id)
}

fn filed(tx: &mut Tx<'_>, case: i64) -> Outcome<Refusal> {
    let number = case_by_id(tx.conn, Id::of(case))?.map(|c| c.number).unwrap_or_default();
    Ok(Refusal::new("supervision.refuse.filed_already").with("number", number))
}

fn sweep_title(tx: &mut Tx<'_>, id: Id<Sweep>) -> Outcome<String> {
    Ok(sweep_by_id(tx.conn, id)?.map(|s| s.title).unwrap_or_default())
}
