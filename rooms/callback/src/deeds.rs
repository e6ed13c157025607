//! The use cases: load a rule, draw a week, take a call, note a vain one, keep what was said. The case itself is never
//! touched: "not solved" leads the clerk to the case's own deeds.

use access::{Duty, Kind, Person, PostUsed, may};
use base::{Act, DAY_MS, HOUR_MS, Id, Millis, Outcome, Refusal, Zone, limits};
use case::model::ActKind;
use jobs::Handler;
use store::{Conn, Fact, Tx, journal};
use territory::{Atlas, Division, Kind as Rung};
use web::Names;

use crate::model::{Answers, Call, CallState, Draw, Rule, TryOutcome, Week};
use crate::rules::{METHOD, digest_of, must_be_mine, must_be_open, must_be_somebody_else, order_of, seed_of};
use crate::store::{
    Closed, call_by_id, calls_of, closed_in, draw_of, latest_rule, put_call, put_draw, put_rule, put_try,
    set_answers, set_caller, set_lapsed,
};

/// The kinds of facts that this room records.
pub const FACTS: &[&str] = &[
    "callback.rule_loaded",
    "callback.drawn",
    "callback.call_taken",
    "callback.call_tried",
    "callback.call_answered",
    "callback.calls_lapsed",
];

/// Draws the week whose Monday is the subject, in days since 1970, for every county.
const WEEK: &str = "callback.week";
/// The time for calling is over; the subject is the draw.
const LAPSE: &str = "callback.lapse";

/// The handlers of the room's timers, for the app's runner.
pub fn timers() -> Vec<(&'static str, Handler)> {
    vec![(WEEK, jobs::handler(week_timer)), (LAPSE, jobs::handler(lapse_timer))]
}

/// How long after the week's end it is drawn: on Monday at six, when the seed has been signed and seen for hours.
const DRAWN_AFTER_MS: i64 = 6 * HOUR_MS;
/// How long the draw waits where nothing was signed yet.
const LATER_MS: i64 = DAY_MS;
/// The codes that go into the seed.
const CODES: &str = "nbs12";

fn number_of(week: Week) -> i64 {
    let from_first = week.monday().since(jiff::civil::date(1970, 1, 1)).map_or(0, |span| span.get_days());
    i64::from(from_first)
}

fn week_at(number: i64) -> Week {
    let zone = Zone::default();
    Week::of(zone.day(Millis(number * DAY_MS)))
}

/// Loads a rule where the latest is another one (抽样规则). The first also begins the weekly draws, with the week of
/// `at` or the given one.
///
/// # Errors
/// 409 when it stands already.
pub fn load_rule(tx: &mut Tx<'_>, at: Millis, rule: &Rule, first: Option<Week>) -> Outcome<i64> {
    let latest = latest_rule(tx.conn)?;
    if latest.as_ref().is_some_and(|(_, have)| have == rule) {
        return Err(Refusal::new("callback.refuse.same_rule").into());
    }
    let id = tx.id::<Rule>(at).raw();
    put_rule(tx.conn, id, rule, at)?;
    if latest.is_none() {
        let zone = Zone::default();
        let week = first.unwrap_or_else(|| Week::of(zone.day(at)));
        jobs::put(tx, WEEK, number_of(week), week.span(&zone).1.plus(DRAWN_AFTER_MS), at)?;
    }
    tx.record(
        Fact::new("callback.rule_loaded", Act::system(at), "callback_rule", id)
            .int("percent", rule.percent)
            .int("least", rule.least)
            .int("most", rule.most)
            .int("attempts", rule.attempts)
            .int("days", rule.days)
            .digest("version", &rule.version),
    );
    Ok(id)
}

/// The counties, and cities that have none of their own.
fn counties(atlas: &Atlas) -> Vec<Id<Division>> {
    let tops: Vec<Id<Division>> = atlas.children(None).map(|e| e.id).collect();
    let below = |rung| tops.iter().flat_map(move |top| atlas.below(*top, rung));
    below(Rung::County).chain(below(Rung::City)).collect()
}

fn week_timer(tx: &mut Tx<'_>, act: Act, subject: i64) -> Outcome<()> {
    let (week, zone) = (week_at(subject), Zone::default());
    if journal::checkpoint_of(tx.conn, week.span(&zone).1)?.is_none() {
        return jobs::put(tx, WEEK, subject, act.at.plus(LATER_MS), act.at);
    }
    let atlas = territory::load_atlas(tx.conn)?;
    for county in counties(&atlas) {
        let code = atlas.code(county, CODES).map_or_else(|| county.to_string(), str::to_owned);
        draw_week(tx, act, week, county.raw(), &code)?;
    }
    let next = week.next();
    jobs::put(tx, WEEK, number_of(next), next.span(&zone).1.plus(DRAWN_AFTER_MS), act.at)
}

/// Draws a county's week (每周抽签): once; nothing where no case was closed or the draw is there.
///
/// # Errors
/// 409 when nothing was signed yet or no rule is loaded.
pub fn draw_week(tx: &mut Tx<'_>, act: Act, week: Week, county: i64, code: &str) -> Outcome<Option<i64>> {
    let (from, to) = week.span(&Zone::default());
    if draw_of(tx.conn, county, &week.name())?.is_some() {
        return Ok(None);
    }
    let (rule_id, rule) = latest_rule(tx.conn)?.ok_or_else(|| Refusal::new("callback.refuse.no_rule"))?;
    let all = closed_in(tx.conn, county, from, to)?;
    if all.is_empty() {
        return Ok(None);
    }
    let signed =
        journal::checkpoint_of(tx.conn, to)?.ok_or_else(|| Refusal::new("callback.refuse.unsigned"))?;
    let seed = seed_of(signed.root(), code, week);
    let (chosen, digest) = choose(&seed, &all, &rule);
    let draw = Draw {
        id: tx.id::<Draw>(act.at).raw(),
        county,
        county_code: code.to_owned(),
        week: week.name(),
        from,
        to,
        at: act.at,
        until: act.at.plus(rule.days * DAY_MS),
        rule: rule_id,
        checkpoint: signed.id,
        checkpoint_at: Millis(signed.at_ms),
        checkpoint_size: signed.size,
        root: signed.root().to_owned(),
        seed,
        method: METHOD.to_owned(),
        population: count(all.len()),
        population_digest: digest,
        drawn: count(chosen.len()),
    };
    put_draw(tx.conn, &draw)?;
    for (position, closed) in (1..).zip(&chosen) {
        let id = tx.id::<Call>(act.at).raw();
        put_call(tx.conn, id, &draw, position, closed)?;
    }
    jobs::put(tx, LAPSE, draw.id, draw.until, act.at)?;
    tx.record(
        Fact::new("callback.drawn", act, "callback_draw", draw.id)
            .county(county)
            .int("checkpoint", draw.checkpoint)
            .int("population", draw.population)
            .int("drawn", draw.drawn)
            .digest("seed", &draw.seed)
            .digest("population_digest", &draw.population_digest),
    );
    Ok(Some(draw.id))
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The first cases in the order of the seed, and the digest of all.
fn choose<'a>(seed: &str, all: &'a [Closed], rule: &Rule) -> (Vec<&'a Closed>, String) {
    let numbers: Vec<String> = all.iter().map(|c| c.number.clone()).collect();
    let size = usize::try_from(rule.size_of(count(all.len()))).unwrap_or(0);
    let order = order_of(seed, &numbers);
    let chosen = order.iter().take(size).filter_map(|n| all.iter().find(|c| c.number == *n)).collect();
    (chosen, digest_of(&numbers))
}

/// What checking a draw found (抽签核验).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The draw as it is kept.
    pub draw: Draw,
    /// The seed is that of the checkpoint at the week's end.
    pub seed_holds: bool,
    /// The population is that of the casework.
    pub population_holds: bool,
    /// The cases are those of the seed, in its order.
    pub sample_holds: bool,
}

impl Checked {
    /// Whether all of it holds.
    pub fn holds(&self) -> bool {
        self.seed_holds && self.population_holds && self.sample_holds
    }
}

/// Draws a county's week once more, from what stands in the journal and the casework, and compares.
///
/// # Errors
/// Faults of the store.
pub fn check_draw(conn: &mut Conn, county: i64, week: Week) -> Outcome<Option<Checked>> {
    let Some(draw) = draw_of(conn, county, &week.name())? else { return Ok(None) };
    let (from, to) = week.span(&Zone::default());
    let signed = journal::checkpoint_of(conn, to)?;
    let seed = signed.as_ref().map(|s| seed_of(s.root(), &draw.county_code, week));
    let all = closed_in(conn, county, from, to)?;
    let numbers: Vec<String> = all.iter().map(|c| c.number.clone()).collect();
    let drawn: Vec<String> = calls_of(conn, draw.id)?.into_iter().map(|c| c.number).collect();
    let order = order_of(&draw.seed, &numbers);
    Ok(Some(Checked {
        seed_holds: seed.as_ref() == Some(&draw.seed),
        population_holds: digest_of(&numbers) == draw.population_digest
            && count(all.len()) == draw.population,
        sample_holds: order.len() >= drawn.len()
            && order[..drawn.len()] == drawn[..]
            && count(drawn.len()) == draw.drawn,
        draw,
    }))
}

fn lapse_timer(tx: &mut Tx<'_>, act: Act, subject: i64) -> Outcome<()> {
    let lapsed = set_lapsed(tx.conn, subject, act.at)?;
    if lapsed > 0 {
        let fact = Fact::new("callback.calls_lapsed", act, "callback_draw", subject);
        tx.record(fact.int("calls", count(lapsed)));
    }
    Ok(())
}

/// The call with whoever may make it: a clerk or verifier of the place, who had no part in the case and is of another
/// office than the one that answered.
///
/// # Errors
/// 404 or 403 as the policy says; 403 for own work and for the own office's.
pub(crate) fn may_call(conn: &mut Conn, person: &Person, id: i64) -> Outcome<(Call, PostUsed)> {
    let call = call_by_id(conn, id)?.ok_or_else(Refusal::not_found)?;
    let file = case::store::file_by_id(conn, Id::of(call.case))?.ok_or_else(Refusal::not_found)?;
    let work = file.resource(Kind::CaseWork);
    let hands = file.did(&[
        ActKind::Take,
        ActKind::Report,
        ActKind::Verify,
        ActKind::Reject,
        ActKind::Close,
        ActKind::Dispatch,
    ]);
    let used = may(person, Duty::Clerk, &work).or_else(|_| may(person, Duty::Verify, &work))?;
    let units: Vec<i64> = person.posts.iter().map(|p| p.unit.raw()).collect();
    must_be_somebody_else(person.account.raw(), &units, &hands, &[call.unit])?;
    Ok((call, used))
}

fn fact(kind: &'static str, call: &Call, used: PostUsed, at: Millis) -> Fact {
    Fact::new(kind, Act::new(used.actor(), at), "callback_call", call.id)
        .county(call.county)
        .id("case", call.case)
        .id("unit", used.unit.raw())
}

/// Takes a call (领取回访).
///
/// # Errors
/// 404 or 403 as the policy says and for own work; 409 when somebody has it or it is over.
pub fn take_call(tx: &mut Tx<'_>, person: &Person, at: Millis, id: i64) -> Outcome<()> {
    let (call, used) = may_call(tx.conn, person, id)?;
    must_be_open(call.state)?;
    if !set_caller(tx.conn, id, used.account.raw(), used.unit.raw(), at)? {
        return Err(Refusal::new("callback.refuse.taken").into());
    }
    tx.record(fact("callback.call_taken", &call, used, at));
    Ok(())
}

/// The call, open and in this caller's hand.
fn mine(tx: &mut Tx<'_>, person: &Person, id: i64) -> Outcome<(Call, PostUsed)> {
    let (call, used) = may_call(tx.conn, person, id)?;
    must_be_open(call.state)?;
    must_be_mine(call.account, used.account.raw())?;
    Ok((call, used))
}

/// Notes a call that did not get through (未接通); after as many as the rule says, or where no way was left, it ends as not
/// reached.
///
/// # Errors
/// As [`take_call`]; 409 when it was ended meanwhile.
pub fn note_try(
    tx: &mut Tx<'_>,
    person: &Person,
    at: Millis,
    id: i64,
    why: TryOutcome,
) -> Outcome<CallState> {
    let (call, used) = mine(tx, person, id)?;
    let attempts = latest_rule(tx.conn)?.map_or(1, |(_, rule)| rule.attempts);
    let is_last = call.tries + 1 >= attempts || why == TryOutcome::None;
    if !put_try(tx, &call, used.account.raw(), why, at, is_last)? {
        return Err(Refusal::new("callback.refuse.done").into());
    }
    let done =
        fact("callback.call_tried", &call, used, at).set("outcome", why.name()).int("n", call.tries + 1);
    tx.record(done);
    Ok(if is_last { CallState::Unreached } else { CallState::Open })
}

/// Keeps what was said (回访结果). It stands beside the handler's word; nothing of the case changes.
///
/// # Errors
/// As [`take_call`]; invalid when the words are too long; 409 when it was ended meanwhile.
pub fn answer_call(tx: &mut Tx<'_>, person: &Person, at: Millis, id: i64, said: &Answers) -> Outcome<()> {
    let (call, used) = mine(tx, person, id)?;
    if said.words.chars().count() > limits::TEXT_CHARS {
        return Err(base::Invalid::field("words", "callback.invalid.words").into());
    }
    if !set_answers(tx.conn, id, said, at)? {
        return Err(Refusal::new("callback.refuse.done").into());
    }
    tx.record(
        fact("callback.call_answered", &call, used, at)
            .set("contacted", said.contacted.name())
            .set("solved", said.solved.name())
            .set("satisfied", said.satisfied.name())
            .digest("words", &said.words),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_survives_its_number() {
        let week = Week::parse("2026-W09").unwrap();
        assert_eq!(week_at(number_of(week)), week);
    }
}
