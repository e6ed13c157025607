//! The work calendar has changed (日历变更): every open deadline is looked at again, some cases at a time, and each one that
//! moves keeps a trail: an act in its course, a fact in the journal, timers anew.

use std::collections::HashMap;

use base::{Act, Actor, Id, Millis, Outcome, Zone};
use calendar::{Almanac, CALENDAR_CHANGED, Moves, load_almanac};
use deadline::Language;
use store::{Conn, Fact, Tx};

use super::timer::start_clock;
use crate::model::{ActKind, By, Case};
use crate::rules::clock::{Here, due_after, why_due};
use crate::store::{ActRow, OpenDeadline, case_by_id, division_codes, open_deadlines, put_act, set_case};

/// Cases that one transaction looks at, so that others' writing goes on in between.
const AT_ONCE: i64 = 500;
/// Cases that a preview reads at once.
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
}

/// The codes of the divisions, where a place has days of its own; otherwise nobody asks for them.
fn codes(conn: &mut Conn, almanacs: [&Almanac; 2], rows: &[OpenDeadline]) -> Outcome<HashMap<i64, String>> {
    if almanacs.iter().all(|a| a.book().layers().is_empty()) {
        return Ok(HashMap::new());
    }
    division_codes(conn, rows.iter().map(|r| r.division))
}

/// What another almanac would move, of all open deadlines.
///
/// # Errors
/// Faults of the store.
pub fn calendar_moves(conn: &mut Conn, before: &Almanac, after: &Almanac) -> Outcome<Moves> {
    let mut moves = Moves::default();
    let mut last = 0;
    loop {
        let rows = open_deadlines(conn, last, PREVIEWED)?;
        let codes = codes(conn, [before, after], &rows)?;
        let places = |almanac| Places { almanac, codes: &codes };
        let (then, now) = (places(after), places(before));
        for row in &rows {
            let is = due_after(row.term, row.start, &then.here(row.division));
            moves.open += 1;
            match is.at.cmp(&row.due) {
                std::cmp::Ordering::Equal => {
                    let was = due_after(row.term, row.start, &now.here(row.division));
                    moves.standing += u64::from(was.standing != is.standing);
                    continue;
                }
                std::cmp::Ordering::Less => moves.earlier += 1,
                std::cmp::Ordering::Greater => moves.later += 1,
            }
            if moves.some.len() < NAMED {
                moves.some.push((row.number.clone(), row.due, is.at));
            }
        }
        match rows.last() {
            Some(row) if rows.len() as i64 == PREVIEWED => last = row.id,
            _ => return Ok(moves),
        }
    }
}

/// The timer's handler: looks at the next cases after `last` and puts itself again until all are done. A case that
/// stands right is left alone, so running it twice moves nothing twice.
pub(super) fn calendar_changed(tx: &mut Tx<'_>, act: Act, last: i64) -> Outcome<()> {
    let almanac = load_almanac(tx.conn)?;
    if last == 0 {
        super::whistle::retime_calls(tx, act, &almanac)?;
    }
    let rows = open_deadlines(tx.conn, last, AT_ONCE)?;
    let codes = codes(tx.conn, [&almanac, &almanac], &rows)?;
    let places = Places { almanac: &almanac, codes: &codes };
    for row in &rows {
        let here = places.here(row.division);
        let due = due_after(row.term, row.start, &here).at;
        if due != row.due {
            retime(tx, act, row, due, &here)?;
        }
    }
    match rows.last() {
        Some(row) if rows.len() as i64 == AT_ONCE => jobs::put(tx, CALENDAR_CHANGED, row.id, act.at, act.at),
        _ => Ok(()),
    }
}

/// Moves one deadline, with its trail.
fn retime(tx: &mut Tx<'_>, act: Act, row: &OpenDeadline, due: Millis, here: &Here) -> Outcome<()> {
    let Some(found) = case_by_id(tx.conn, Id::of(row.id))?.filter(|c| c.stage.is_open()) else {
        return Ok(());
    };
    let case = Case { due, version: found.version + 1, ..found };
    if !set_case(tx.conn, &case)? {
        // Somebody is faster: on PostgreSQL their act stands, and this transaction has not seen it yet.
        return Err(base::Refusal::new("case.refuse.changed_meanwhile").into());
    }
    put_act(tx.conn, &act_row(tx.id::<ActRow>(act.at).raw(), act, &case, row, here))?;
    start_clock(tx, &case, act.at)?;
    tx.record(
        Fact::new("case.retimed", act, "case", case.id.raw())
            .county(case.place.county)
            .int("version", case.version)
            .int("was_ms", row.due.0)
            .int("due_ms", due.0),
    );
    Ok(())
}

fn act_row(id: i64, act: Act, case: &Case, row: &OpenDeadline, here: &Here) -> ActRow {
    let was = here.zone.day(row.due);
    let why = why_due(row.term, &row.source, row.start, here, Language::Chinese);
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
        ending: None,
        words: Some(format!("{was} → {why}")),
    }
}
