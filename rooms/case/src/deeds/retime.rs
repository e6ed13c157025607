//! The work calendar has changed (日历变更): every running clock is looked at again, some cases at a time, and each case of
//! which one moves keeps a trail: an act in its course, a fact in the journal, timers anew.

use std::{collections::HashMap, sync::Arc};

use base::{Act, Actor, Id, Millis, Outcome, Zone};
use calendar::{Almanac, CALENDAR_CHANGED, Moves, load_almanac};
use deadline::Language;
use jobs::take_back;
use store::{Conn, Fact, Tx};

use super::clocks::{answer_due, moments, read_rounds, read_standings, save_rounds};
use super::step::read_file;
use super::tell::tell_moved;
use super::timer::{CONFIRM_SILENT, start_confirmation};
use crate::model::{ActKind, By, Case, ClockKind};
use crate::rules::clock::Here;
use crate::rules::clocks::{RoundRule, Standing, plain};
use crate::store::{
    ActRow, Ground, OpenClock, acts_of, case_by_id, clock_acts_for, clocks_of, division_codes, open_clocks,
    put_act, set_case, set_due,
};

/// Clocks that one transaction looks at, so that others' writing goes on in between.
const AT_ONCE: i64 = 1_000;
/// Clocks that a preview reads at once.
const PREVIEWED: i64 = 5_000;
/// Moved cases that a preview names; all are counted.
const NAMED: usize = 20;

/// Where the deadlines of these divisions are counted.
struct Places<'a> {
    almanac: &'a Almanac,
    codes: &'a HashMap<i64, String>,
}

impl Places<'_> {
    fn here(&self, division: i64) -> Here {
        Here::new(Zone::default(), self.almanac, self.codes.get(&division).map_or("", String::as_str))
    }

    /// How a clock without pauses and extensions stands: when it ends, and from when it warns.
    fn standing(&self, row: &OpenClock) -> Option<Standing> {
        let rule = RoundRule { term: row.clock.term, source: String::new() };
        plain(row.clock.kind, &rule, row.clock.start, &self.here(row.division))
    }

    /// Whether the row is what it should be here; of one with pauses or extensions only its whole case tells.
    fn is_right(&self, row: &OpenClock) -> bool {
        let clock = &row.clock;
        is_plain(row)
            && self
                .standing(row)
                .is_some_and(|is| (is.due, is.amber, is.red) == (clock.due, clock.amber, clock.red))
    }
}

/// The codes of the divisions, where a place has days of its own; otherwise nobody asks for them.
fn codes(conn: &mut Conn, almanacs: [&Almanac; 2], rows: &[OpenClock]) -> Outcome<HashMap<i64, String>> {
    if almanacs.iter().all(|a| a.book().layers().is_empty()) {
        return Ok(HashMap::new());
    }
    division_codes(conn, rows.iter().map(|r| r.division))
}

/// Whether its end is no more than a start and a term.
fn is_plain(row: &OpenClock) -> bool {
    row.clock.paused == 0 && row.clock.extended == 0 && row.clock.state == deadline::State::Running
}

/// A clock with pauses or extensions, read from the acts of its case.
fn read_whole(conn: &mut Conn, g: &Ground, row: &OpenClock, at: Millis) -> Outcome<Option<Standing>> {
    let id = row.clock.case;
    let Some(case) = case_by_id(conn, id)? else { return Ok(None) };
    let (acts, known) = (acts_of(conn, id)?, clocks_of(conn, id)?);
    let said = clock_acts_for(conn, id, &acts)?;
    let all = read_rounds(g, &case, &moments(g, &acts, &said), &known, None);
    let round = all.iter().find(|r| r.kind == row.clock.kind && r.round == row.clock.round);
    Ok(round.and_then(|r| r.standing(at, &g.here(&case.place))))
}

/// What another almanac would move, of all running clocks, if it were published at an instant.
///
/// # Errors
/// Faults of the store.
pub fn calendar_moves(
    conn: &mut Conn,
    g: &Ground,
    [before, after]: [&Arc<Almanac>; 2],
    at: Millis,
) -> Outcome<Moves> {
    let with = |almanac: &Arc<Almanac>| Ground { almanac: almanac.clone(), ..g.clone() };
    let (old, new) = (with(before), with(after));
    let (mut moves, mut last) = (Moves::default(), 0);
    loop {
        let rows = open_clocks(conn, last, PREVIEWED)?;
        let codes = codes(conn, [before, after], &rows)?;
        let places = |almanac| Places { almanac, codes: &codes };
        let (was_there, is_there) = (places(before), places(after));
        for row in &rows {
            let (was, is) = if is_plain(row) {
                (was_there.standing(row), is_there.standing(row))
            } else {
                (read_whole(conn, &old, row, at)?, read_whole(conn, &new, row, at)?)
            };
            if let (Some(was), Some(is)) = (was, is) {
                count(&mut moves, row, &was, &is);
            }
        }
        match rows.last() {
            Some(row) => last = row.clock.case.raw(),
            None => return Ok(moves),
        }
    }
}

fn count(moves: &mut Moves, row: &OpenClock, was: &Standing, is: &Standing) {
    let sure = |s: &Standing| s.reading.deadline.due.standing;
    moves.open += 1;
    match is.due.cmp(&was.due) {
        std::cmp::Ordering::Equal => return moves.standing += u64::from(sure(was) != sure(is)),
        std::cmp::Ordering::Less => moves.earlier += 1,
        std::cmp::Ordering::Greater => moves.later += 1,
    }
    if moves.some.len() < NAMED {
        moves.some.push((row.number.clone(), was.due, is.due));
    }
}

/// The timer's handler: looks at the next clocks after the case `last` and puts itself again until all are done. A case
/// that stands right is left alone, so running it twice moves nothing twice.
pub(super) fn calendar_changed(g: &Ground, tx: &mut Tx<'_>, act: Act, last: i64) -> Outcome<()> {
    let g = Ground { almanac: Arc::new(load_almanac(tx.conn)?), ..g.clone() };
    if last == 0 {
        super::whistle::retime_calls(tx, act, &g.almanac)?;
    }
    let rows = open_clocks(tx.conn, last, AT_ONCE)?;
    let codes = codes(tx.conn, [&g.almanac, &g.almanac], &rows)?;
    let places = Places { almanac: &g.almanac, codes: &codes };
    for of_case in rows.chunk_by(|a, b| a.clock.case == b.clock.case) {
        if !of_case.iter().all(|row| places.is_right(row)) {
            retime(&g, tx, act, of_case[0].clock.case)?;
        }
    }
    match rows.last() {
        Some(row) => jobs::put(tx, CALENDAR_CHANGED, row.clock.case.raw(), act.at, act.at),
        None => Ok(()),
    }
}

/// Reads the clocks of a case anew and saves what differs, with a trail when a running one moved; gives how many
/// clocks there are, and how many differed.
pub(super) fn retime(g: &Ground, tx: &mut Tx<'_>, act: Act, id: Id<Case>) -> Outcome<(usize, usize)> {
    let Some(file) = read_file(tx, id)? else { return Ok((0, 0)) };
    let found = file.case;
    let here = g.here(&found.place);
    let known = clocks_of(tx.conn, id)?;
    let said = clock_acts_for(tx.conn, id, &file.acts)?;
    let all = read_standings(tx.conn, g, &found, &moments(g, &file.acts, &said), &known, None, act.at)?;
    let (mut trail, mut moved) = (Vec::new(), Vec::new());
    for (round, is) in all.iter().filter(|(r, _)| r.ended.is_none()) {
        let row = known.iter().find(|c| c.kind == round.kind && c.round == round.round);
        let Some(row) = row else { continue };
        if row.due != is.due {
            let why = is.reading.deadline.say(Language::Chinese);
            trail.push((round.kind, here.zone.day(row.due).to_string(), why));
            moved.push((round.unit, row.due, is.due));
        }
    }
    let differed = save_rounds(tx, g, &found, &known, &all, act.at)?;
    let due = answer_due(&all).unwrap_or(found.due);
    if trail.is_empty() {
        if due != found.due {
            set_due(tx.conn, id, due)?;
        }
        return Ok((all.len(), differed + usize::from(due != found.due)));
    }
    let case = Case { due, version: found.version + 1, ..found.clone() };
    if !set_case(tx.conn, &found, &case)? {
        // Somebody is faster: on PostgreSQL their act stands, and this transaction has not seen it yet.
        return Err(base::Refusal::new("case.refuse.changed_meanwhile").into());
    }
    if let (Some(closed), true) = (case.closed, trail.iter().any(|(kind, ..)| *kind == ClockKind::Confirm)) {
        take_back(tx, CONFIRM_SILENT, id.raw())?;
        start_confirmation(tx, g, &case, closed)?;
    }
    put_act(tx.conn, &act_row(tx.id::<ActRow>(act.at).raw(), act, &case, &trail))?;
    // Two clocks of one holder that were moved from one instant to another are one piece of news.
    moved.sort_unstable();
    moved.dedup();
    for (unit, was, is) in moved {
        tell_moved(tx, &case, unit, (was, is), act.at)?;
    }
    tx.record(
        Fact::new("case.retimed", act, "case", case.id.raw())
            .county(case.place.county)
            .int("version", case.version)
            .int("clocks", trail.len() as i64)
            .int("due_ms", due.0),
    );
    Ok((all.len(), differed))
}

fn act_row(id: i64, act: Act, case: &Case, trail: &[(ClockKind, String, String)]) -> ActRow {
    let lines: Vec<String> = trail.iter().map(|(_, was, why)| format!("{was} → {why}")).collect();
    ActRow {
        id,
        case_id: case.id.raw(),
        county_id: case.place.county,
        at_ms: act.at.0,
        act: ActKind::Retime.code().to_owned(),
        by_role: By::System.code().to_owned(),
        from_stage: case.stage.code().to_owned(),
        to_stage: case.stage.code().to_owned(),
        account: Actor::SYSTEM.account,
        post: 0,
        unit_id: 0,
        to_unit: 0,
        to_account: 0,
        old_category: 0,
        new_category: 0,
        ending: None,
        words: Some(lines.join("\n")),
    }
}
