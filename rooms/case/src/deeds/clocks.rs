//! The clocks follow the acts: with each act they are read anew by the table of [`crate::rules::clocks`], their rows are
//! saved in the act's transaction, and a timer is put for the next instant at which one must be looked at.

use base::{Act, Id, Millis, Outcome, Stop};
use deadline::{Language, ReminderKind, State};
use jobs::{put, take_back};
use store::{Conn, Fact, Tx};

use super::desk::escalate_case;
use super::tell::tell_clock;
use super::{Hand, step::read_file};
use crate::model::{Body, Case, CaseClock, ClockKind, ReasonOrder, told_rank};
use crate::rules::clock::Here;
use crate::rules::clocks::{Detail, Moment, Round, RoundRule, Standing, rounds};
use crate::store::{
    ActRow, ClockActRow, Ground, act_of, add_clocks, case_by_id, clock_acts_for, clock_by_id, clocks_of,
    set_clock, set_due,
};

/// When a clock must be looked at: it warns, runs out, or runs again after a pause.
pub const CLOCK: &str = "case.clock";

/// The acts as the clocks see them.
pub(super) fn moments(g: &Ground, acts: &[ActRow], said: &[ClockActRow]) -> Vec<Moment> {
    let name = |code: &str| {
        let known = g.terms.office.reasons.iter().find(|r| r.code == code);
        known.map_or(code, |r| &r.name).to_owned()
    };
    let moment = |row: &ActRow| {
        let (act, by) = act_of(row)?;
        let detail = said.iter().find(|s| s.act_id == row.id).map(|s| Detail {
            reason: name(&s.reason),
            term: crate::model::term_of(s.n, &s.unit),
            has_evidence: s.has_evidence,
            decide_days: u32::try_from(s.decide_days).unwrap_or(0),
            source: s.source.clone(),
        });
        Some(Moment { id: row.id, at: Millis(row.at_ms), act, by, holder: row.to_unit, detail })
    };
    acts.iter().filter_map(moment).collect()
}

/// The rule that the category gives to the answer.
pub(super) fn answer_rule(g: &Ground, case: &Case) -> Option<RoundRule> {
    g.category(case.category).map(|c| RoundRule { term: c.term, source: c.days_source.clone() })
}

/// The clocks of a case as its acts say: each round with the rule that its row has, or the one that holds now.
pub(super) fn read_rounds(
    g: &Ground,
    case: &Case,
    moments: &[Moment],
    known: &[CaseClock],
    new_answer: Option<&RoundRule>,
) -> Vec<Round> {
    let answer = answer_rule(g, case);
    let latest =
        known.iter().filter(|c| c.kind == ClockKind::Answer && c.ended.is_none()).map(|c| c.round).max();
    rounds(moments, &g.here(&case.place), |kind, round, _| {
        if let Some(new) = new_answer.filter(|_| kind == ClockKind::Answer && latest == Some(round)) {
            return Some(new.clone());
        }
        let row = known.iter().find(|c| c.kind == kind && c.round == round);
        row.map(|c| RoundRule { term: c.term, source: c.source.clone() })
            .or_else(|| g.terms.rule(kind, answer.as_ref()))
    })
}

/// Each clock with how it stands. One that is over is read by the calendar under which it ended: what is published
/// later moves what runs, and nothing that was met or missed before.
pub(super) fn read_standings(
    conn: &mut Conn,
    g: &Ground,
    case: &Case,
    moments: &[Moment],
    known: &[CaseClock],
    new_answer: Option<&RoundRule>,
    now: Millis,
) -> Outcome<Vec<(Round, Standing)>> {
    let here = g.here(&case.place);
    let mut all = Vec::new();
    for round in read_rounds(g, case, moments, known, new_answer) {
        let then = match round.ended {
            Some(at) => calendar::almanac_at(conn, &g.almanac, at)?,
            None => g.almanac.clone(),
        };
        if then.edition() == g.almanac.edition() {
            all.extend(round.standing(now, &here).map(|standing| (round, standing)));
            continue;
        }
        let past = Ground { almanac: then, ..g.clone() };
        let same = |r: &Round| r.kind == round.kind && r.round == round.round;
        let read = read_rounds(&past, case, moments, known, new_answer).into_iter().find(same);
        let round = read.unwrap_or(round);
        all.extend(round.standing(now, &past.here(&case.place)).map(|standing| (round, standing)));
    }
    Ok(all)
}

/// A round as its row should be.
pub(super) fn row_of(id: i64, case: Id<Case>, round: &Round, standing: &Standing, told: i64) -> CaseClock {
    CaseClock {
        id,
        case,
        kind: round.kind,
        round: round.round,
        unit: round.unit,
        state: standing.state,
        term: round.rule().term,
        source: round.rule().source.clone(),
        start: round.start,
        due: standing.due,
        amber: standing.amber,
        red: standing.red,
        ended: round.ended,
        paused: standing.reading.pauses.len() as i64,
        extended: standing.reading.extensions.len() as i64,
        told,
    }
}

/// The highest reminder that has come by an instant.
fn passed(round: &Round, standing: &Standing, here: &Here, now: Millis) -> i64 {
    let all = round.reminders(standing, here);
    all.iter().filter(|r| r.at <= now).map(|r| told_rank(r.kind)).max().unwrap_or(0)
}

/// Puts the timer for the next instant at which a round must be looked at.
fn watch(
    tx: &mut Tx<'_>,
    row: &CaseClock,
    round: &Round,
    standing: &Standing,
    here: &Here,
    now: Millis,
) -> Outcome<()> {
    if row.ended.is_some() || row.kind.is_residents() {
        return Ok(());
    }
    let wakes = standing.reading.pause_ends.filter(|_| standing.state == State::Paused);
    let next =
        round.reminders(standing, here).into_iter().find(|r| told_rank(r.kind) > row.told).map(|r| r.at);
    match wakes.or(next) {
        Some(at) => put(tx, CLOCK, row.id, at.max(now), now),
        None => Ok(()),
    }
}

/// Makes the clocks of a case that is new. An import of old matters tells nobody about what has passed.
pub(super) fn begin_clocks(
    tx: &mut Tx<'_>,
    g: &Ground,
    case: &Case,
    acts: &[ActRow],
    (now, is_old): (Millis, bool),
) -> Outcome<()> {
    let here = g.here(&case.place);
    let mut rows = Vec::new();
    for (round, standing) in read_standings(tx.conn, g, case, &moments(g, acts, &[]), &[], None, now)? {
        let told = if is_old { passed(&round, &standing, &here, now) } else { 0 };
        let row = row_of(tx.id::<CaseClock>(now).raw(), case.id, &round, &standing, told);
        watch(tx, &row, &round, &standing, &here, now)?;
        rows.push(row);
    }
    add_clocks(tx, case, &rows)
}

/// Lets the clocks follow an act that is about to be saved, and gives when the answer is due now.
pub(super) fn follow_clocks(
    tx: &mut Tx<'_>,
    g: &Ground,
    case: &Case,
    acts: &[ActRow],
    new_answer: Option<&RoundRule>,
    now: Millis,
) -> Outcome<Option<Millis>> {
    let known = clocks_of(tx.conn, case.id)?;
    let said = clock_acts_for(tx.conn, case.id, acts)?;
    let all = read_standings(tx.conn, g, case, &moments(g, acts, &said), &known, new_answer, now)?;
    save_rounds(tx, g, case, &known, &all, now)?;
    Ok(answer_due(&all))
}

/// When the answer is due, by its last round.
pub(super) fn answer_due(all: &[(Round, Standing)]) -> Option<Millis> {
    all.iter().rev().find(|(round, _)| round.kind == ClockKind::Answer).map(|(_, standing)| standing.due)
}

/// Saves the rows that differ from the reading, with their timers; gives how many differed.
pub(super) fn save_rounds(
    tx: &mut Tx<'_>,
    g: &Ground,
    case: &Case,
    known: &[CaseClock],
    all: &[(Round, Standing)],
    now: Millis,
) -> Outcome<usize> {
    let here = g.here(&case.place);
    let (mut differed, mut fresh) = (0, Vec::new());
    for (round, standing) in all {
        let before = known.iter().find(|c| c.kind == round.kind && c.round == round.round);
        let gone = passed(round, standing, &here, now);
        let (id, told) = match before {
            // Nobody is reminded of what is over.
            Some(row) if row.ended.is_some() && row.ended == round.ended => (row.id, row.told),
            Some(row) => (row.id, row.told.min(gone)),
            None => (tx.id::<CaseClock>(now).raw(), gone),
        };
        let row = row_of(id, case.id, round, standing, told);
        // Between two acts only time passes: what that does to the state is no difference.
        let same = before.is_some_and(|b| CaseClock { state: b.state_at(now), ..b.clone() } == row);
        if same {
            continue;
        }
        differed += 1;
        if before.is_some() {
            // Only an office's clock has a timer to take back: see `watch`.
            if !row.kind.is_residents() {
                take_back(tx, CLOCK, id)?;
            }
            set_clock(tx.conn, &row)?;
        } else {
            fresh.push(row.clone());
        }
        watch(tx, &row, round, standing, &here, now)?;
    }
    add_clocks(tx, case, &fresh)?;
    Ok(differed)
}

/// The timer's handler: tells the holder what has come, each reminder once however late it is run, and carries the
/// case up when the pack says that this clock does.
pub(super) fn look_at_clock(g: &Ground, tx: &mut Tx<'_>, act: Act, id: i64) -> Outcome<()> {
    let Some(row) = clock_by_id(tx.conn, id)?.filter(|c| c.ended.is_none()) else { return Ok(()) };
    let Some(file) = read_file(tx, row.case)? else { return Ok(()) };
    let case = &file.case;
    let here = g.here(&case.place);
    let known = clocks_of(tx.conn, case.id)?;
    let said = clock_acts_for(tx.conn, case.id, &file.acts)?;
    let all = read_rounds(g, case, &moments(g, &file.acts, &said), &known, None);
    let Some(round) = all.iter().find(|r| r.kind == row.kind && r.round == row.round) else { return Ok(()) };
    let Some(standing) = round.standing(act.at, &here) else { return Ok(()) };
    let mut now = row_of(id, case.id, round, &standing, row.told);
    let mut is_missed = false;
    for reminder in round.reminders(&standing, &here) {
        if reminder.at <= act.at && told_rank(reminder.kind) > now.told {
            now.told = told_rank(reminder.kind);
            is_missed = reminder.kind == ReminderKind::Missed;
            tx.record(warning(act, case, &now, reminder.kind));
            tell_clock(tx, reminder.kind, case, (&now, &known), act.at)?;
        }
    }
    set_clock(tx.conn, &now)?;
    if row.kind == ClockKind::Answer && standing.due != case.due {
        set_due(tx.conn, case.id, standing.due)?;
    }
    watch(tx, &now, round, &standing, &here, act.at)?;
    if is_missed { carry_up(tx, g, act, case, row.kind) } else { Ok(()) }
}

fn warning(act: Act, case: &Case, clock: &CaseClock, kind: ReminderKind) -> Fact {
    let step = match kind {
        ReminderKind::Amber => "amber",
        ReminderKind::Red => "red",
        ReminderKind::Missed => "missed",
    };
    Fact::new("case.clock_warned", act, "case", case.id.raw())
        .county(case.place.county)
        .set("clock", clock.kind.code())
        .set("step", step)
        .set("stage", case.stage.code())
        .id("unit", clock.unit)
        .int("round", clock.round)
        .int("due_ms", clock.due.0)
}

/// A missed clock carries the case one level up, where there is one; at the top it stays and is seen as missed.
fn carry_up(tx: &mut Tx<'_>, g: &Ground, act: Act, case: &Case, kind: ClockKind) -> Outcome<()> {
    if !g.terms.escalating.contains(&kind) {
        return Ok(());
    }
    let reason = Body::new("reason", &format!("{MISSED}{}", kind.code()))?;
    let order = ReasonOrder { version: None, reason };
    match escalate_case(tx, g, Hand::House, act.at, case.id, &order) {
        Ok(_) | Err(Stop::Refused(_)) => Ok(()),
        Err(stop) => Err(stop),
    }
}

/// What stands in the words of an act that a missed clock did: the catalogue's key, followed by the clock.
pub const MISSED: &str = "case.words.missed.";

/// The derivation of a clock's due day in words, with its pauses and extensions, and who said so.
///
/// # Errors
/// Faults of the store.
pub fn explain_clocks(
    conn: &mut Conn,
    g: &Ground,
    id: Id<Case>,
    now: Millis,
    language: Language,
) -> Outcome<Vec<(CaseClock, String)>> {
    let Some(case) = case_by_id(conn, id)? else { return Ok(Vec::new()) };
    let acts = crate::store::acts_of(conn, id)?;
    let known = clocks_of(conn, id)?;
    let said = clock_acts_for(conn, id, &acts)?;
    let all = read_standings(conn, g, &case, &moments(g, &acts, &said), &known, None, now)?;
    let one = |(round, standing): &(Round, Standing)| {
        let row = known.iter().find(|c| c.kind == round.kind && c.round == round.round);
        let clock = row_of(row.map_or(0, |r| r.id), id, round, standing, 0);
        (clock, standing.reading.deadline.say(language))
    };
    Ok(all.iter().map(one).collect())
}
