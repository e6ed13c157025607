//! The watch over the clocks: warnings and what was missed, each told once; and every clock again when the work calendar
//! has changed. A timer only says "look"; what is done depends on how the entry stands then.

use base::{Act as When, Actor, Id, Millis, Outcome, Zone};
use calendar::{Almanac, Moves, load_almanac};
use case::rules::clock::Here;
use case::store::{Ground, division_codes};
use deadline::{Language, ReminderKind};
use jobs::{Handler, Plain, handler, put, take_back};
use store::{Conn, Tx};

use super::step::fact;
use super::tell::{tell_act, tell_moved};
use super::{meeting, sweep};
use crate::model::{Act, ActKind, By, Entry};
use crate::rules::{marks, reading, reminders, why_due};
use crate::store::{acts_of, entry_by_id, open_entries, put_act, set_entry};

/// The clock turns amber.
const AMBER: &str = "supervision.amber";
/// The clock turns red.
const RED: &str = "supervision.red";
/// The clock has run out.
const MISSED: &str = "supervision.missed";
/// The next clocks are looked at again.
const RETIME: &str = "supervision.retime";
/// Entries that one transaction looks at.
const AT_ONCE: i64 = 200;
/// Entries that a preview names.
const NAMED: usize = 20;

/// Those that look nothing up but the database.
const PLAIN: &[(&str, Plain)] = &[
    (AMBER, amber),
    (RED, red),
    (MISSED, missed),
    (RETIME, retime_some),
    (meeting::TASK_DUE, meeting::task_missed),
];

/// The handlers of the room's timers, for the app's runner; `ground` is what they look things up in, as it is then.
pub fn timers(ground: impl Fn() -> Ground + Clone + Send + Sync + 'static) -> Vec<(&'static str, Handler)> {
    let with = |run: fn(&Ground, &mut Tx<'_>, When, i64) -> Outcome<()>| {
        let ground = ground.clone();
        handler(move |tx, act, subject| run(&ground(), tx, act, subject))
    };
    let mut all: Vec<(&'static str, Handler)> =
        PLAIN.iter().map(|(kind, run)| (*kind, handler(*run))).collect();
    all.push((sweep::SWEEP_DUE, with(sweep::remind_sweep)));
    all.push((sweep::SWEEP_OVER, with(sweep::end_sweep)));
    all
}

fn kind_of(reminder: ReminderKind) -> (&'static str, ActKind) {
    match reminder {
        ReminderKind::Amber => (AMBER, ActKind::Amber),
        ReminderKind::Red => (RED, ActKind::Red),
        ReminderKind::Missed => (MISSED, ActKind::Miss),
    }
}

/// Sets the timers of an entry anew after an act: what lies ahead, and what was missed while an inspection ran.
pub(super) fn watch(tx: &mut Tx<'_>, entry: &Entry, acts: &[Act], now: Millis, here: &Here) -> Outcome<()> {
    for kind in [AMBER, RED, MISSED] {
        take_back(tx, kind, entry.id.raw())?;
    }
    let Some(terms) = entry.terms.as_ref().filter(|_| entry.stage.is_working()) else { return Ok(()) };
    let Some(read) = reading(terms, acts, now, here) else { return Ok(()) };
    for reminder in reminders(terms, &read, here) {
        let (kind, _) = kind_of(reminder.kind);
        // What is missed while an extension waits is told only when that is decided or can be no more.
        let at = if reminder.kind == ReminderKind::Missed {
            reminder.at.max(entry.marks.late.plus(1))
        } else {
            reminder.at
        };
        if at >= now
            || (reminder.kind == ReminderKind::Missed && !was_told(acts, ActKind::Miss, entry.marks.due))
        {
            put(tx, kind, entry.id.raw(), at.max(now), now)?;
        }
    }
    Ok(())
}

/// Whether this was told about this very end.
fn was_told(acts: &[Act], mark: ActKind, due: Millis) -> bool {
    acts.iter().any(|a| a.act == mark && a.at > due)
}

/// Where an entry's clock is counted, for a handler that has nothing but the database.
fn here_of(conn: &mut Conn, almanac: &Almanac, entry: &Entry) -> Outcome<Here> {
    let p = &entry.place;
    let smallest = [p.village, p.town, p.county].into_iter().find(|id| *id != 0).unwrap_or(0);
    let codes = division_codes(conn, [smallest].into_iter())?;
    Ok(Here::new(Zone::default(), almanac, codes.get(&smallest).map_or("", String::as_str)))
}

fn amber(tx: &mut Tx<'_>, act: When, subject: i64) -> Outcome<()> {
    mark(tx, act, subject, ReminderKind::Amber)
}

fn red(tx: &mut Tx<'_>, act: When, subject: i64) -> Outcome<()> {
    mark(tx, act, subject, ReminderKind::Red)
}

fn missed(tx: &mut Tx<'_>, act: When, subject: i64) -> Outcome<()> {
    mark(tx, act, subject, ReminderKind::Missed)
}

/// Records the mark if the unit still owes it and the end was not moved away.
fn mark(tx: &mut Tx<'_>, act: When, subject: i64, kind: ReminderKind) -> Outcome<()> {
    let Some(entry) = entry_by_id(tx.conn, Id::of(subject))?.filter(|e| e.stage.is_working()) else {
        return Ok(());
    };
    // An act sets the timers anew, so that one that rings is about the end as it stands.
    let stands = kind != ReminderKind::Missed || act.at > entry.marks.late;
    if stands {
        let row = system_act(tx, &entry, act.at, kind_of(kind).1, None);
        put_act(tx.conn, &entry, &row)?;
        tx.record(fact(&entry, &row, Actor::SYSTEM).int("due_ms", entry.marks.due.0));
        tell_act(tx, &entry, &row)?;
    }
    Ok(())
}

fn system_act(tx: &Tx<'_>, entry: &Entry, at: Millis, act: ActKind, words: Option<String>) -> Act {
    Act {
        id: tx.id::<Act>(at).raw(),
        at,
        act,
        by: By::System,
        from: entry.stage,
        to: entry.stage,
        account: Actor::SYSTEM.account,
        post: 0,
        unit: 0,
        term: None,
        words,
    }
}

/// Starts the second look at every clock: the app calls it when the work calendar has changed.
///
/// # Errors
/// Faults of the store.
pub fn start_retiming(tx: &mut Tx<'_>, at: Millis) -> Outcome<()> {
    put(tx, RETIME, 0, at, at)
}

/// Looks at the next entries after `last` and puts itself again until all are done.
fn retime_some(tx: &mut Tx<'_>, act: When, last: i64) -> Outcome<()> {
    let almanac = load_almanac(tx.conn)?;
    let rows = open_entries(tx.conn, last, AT_ONCE)?;
    for entry in &rows {
        retime(tx, act, &almanac, entry)?;
    }
    match rows.last() {
        Some(entry) if rows.len() as i64 == AT_ONCE => put(tx, RETIME, entry.id.raw(), act.at, act.at),
        _ => Ok(()),
    }
}

/// Moves one end, with its trail; one that stands right is left alone.
fn retime(tx: &mut Tx<'_>, act: When, almanac: &Almanac, entry: &Entry) -> Outcome<()> {
    let Some(terms) = &entry.terms else { return Ok(()) };
    let (here, acts) = (here_of(tx.conn, almanac, entry)?, acts_of(tx.conn, entry.id)?);
    let fresh = marks(terms, &acts, act.at, &here);
    if fresh == entry.marks {
        return Ok(());
    }
    let after = Entry { marks: fresh, version: entry.version + 1, ..entry.clone() };
    if !set_entry(tx.conn, &after)? {
        return Err(base::Refusal::new("supervision.refuse.changed_meanwhile").into());
    }
    let was = here.zone.day(entry.marks.due);
    let why = why_due(terms, &acts, act.at, &here, Language::Chinese);
    let row = system_act(tx, &after, act.at, ActKind::Retime, Some(format!("{was} → {why}")));
    put_act(tx.conn, &after, &row)?;
    tx.record(
        fact(&after, &row, Actor::SYSTEM).int("was_ms", entry.marks.due.0).int("due_ms", after.marks.due.0),
    );
    tell_moved(tx, &after, entry.marks.due, act.at)?;
    watch(tx, &after, &acts, act.at, &here)
}

/// What another almanac would move, of all clocks that run: for the preview of a publication.
///
/// # Errors
/// Faults of the store.
pub fn calendar_moves(conn: &mut Conn, before: &Almanac, after: &Almanac) -> Outcome<Moves> {
    let (mut moves, mut last) = (Moves::default(), 0);
    loop {
        let rows = open_entries(conn, last, AT_ONCE)?;
        for entry in &rows {
            look(conn, before, after, entry, &mut moves)?;
        }
        match rows.last() {
            Some(entry) if rows.len() as i64 == AT_ONCE => last = entry.id.raw(),
            _ => return Ok(moves),
        }
    }
}

fn look(conn: &mut Conn, before: &Almanac, after: &Almanac, entry: &Entry, moves: &mut Moves) -> Outcome<()> {
    let Some(terms) = &entry.terms else { return Ok(()) };
    let acts = acts_of(conn, entry.id)?;
    let now = acts.last().map_or(entry.created, |a| a.at);
    let is = reading(terms, &acts, now, &here_of(conn, after, entry)?).map(|r| r.deadline.due);
    let was = reading(terms, &acts, now, &here_of(conn, before, entry)?).map(|r| r.deadline.due);
    let (Some(is), Some(was)) = (is, was) else { return Ok(()) };
    moves.open += 1;
    match is.at.cmp(&entry.marks.due) {
        std::cmp::Ordering::Equal => moves.standing += u64::from(was.standing != is.standing),
        std::cmp::Ordering::Less => moves.earlier += 1,
        std::cmp::Ordering::Greater => moves.later += 1,
    }
    if is.at != entry.marks.due && moves.some.len() < NAMED {
        moves.some.push((entry.number.clone(), entry.marks.due, is.at));
    }
    Ok(())
}
