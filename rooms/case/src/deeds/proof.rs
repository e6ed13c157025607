//! The nightly proof (每夜核对): the rows of the clocks and the due column are an index over the acts, and each night all
//! open cases are read again from their acts to show that they are equal. What differs is put right and stays on record.

use base::{Act, Id, Millis, Outcome};
use jiff::civil::time;
use store::{Fact, Tx};

use super::retime::retime;
use crate::model::Case;
use crate::store::{CheckRow, Ground, cases_to_prove, clocks_of, last_checks, put_check};

/// The timer of the proof.
pub const CLOCK_CHECK: &str = "case.clock_check";
/// Cases that one transaction reads.
const AT_ONCE: i64 = 200;

/// The timer's handler: reads the next cases after `last`, and puts itself again: until all are read at once, then for
/// the next night.
pub(super) fn prove_clocks(g: &Ground, tx: &mut Tx<'_>, act: Act, last: i64) -> Outcome<()> {
    let mut check = match last_checks(tx.conn, 1)?.into_iter().next() {
        Some(open) if open.ended_ms.is_none() && last != 0 => open,
        _ => CheckRow {
            id: tx.id::<CheckRow>(act.at).raw(),
            begun_ms: act.at.0,
            ended_ms: None,
            cases: 0,
            clocks: 0,
            differed: 0,
        },
    };
    let ids = cases_to_prove(tx.conn, last, AT_ONCE)?;
    for id in &ids {
        prove_case(g, tx, act, Id::of(*id), &mut check)?;
    }
    match ids.last() {
        Some(id) if ids.len() as i64 == AT_ONCE => jobs::put(tx, CLOCK_CHECK, *id, act.at, act.at)?,
        _ => {
            check.ended_ms = Some(act.at.0);
            jobs::put(tx, CLOCK_CHECK, 0, next_night(g, act.at), act.at)?;
            tx.record(
                Fact::new("case.clocks_proved", act, "check", check.id)
                    .int("cases", check.cases)
                    .int("clocks", check.clocks)
                    .int("differed", check.differed),
            );
        }
    }
    put_check(tx.conn, &check)
}

/// Half past two of the next night.
fn next_night(g: &Ground, now: Millis) -> Millis {
    let today = g.zone.day(now);
    let night = |day: jiff::civil::Date| g.zone.instant(day.to_datetime(time(2, 30, 0, 0)));
    let tonight = night(today);
    if tonight > now { tonight } else { today.tomorrow().map_or(now.plus(base::DAY_MS), night) }
}

fn prove_case(g: &Ground, tx: &mut Tx<'_>, act: Act, id: Id<Case>, check: &mut CheckRow) -> Outcome<()> {
    let is_new = clocks_of(tx.conn, id)?.is_empty();
    let (clocks, differed) = retime(g, tx, act, id)?;
    check.cases += 1;
    check.clocks += clocks as i64;
    check.differed += differed as i64;
    if differed > 0 {
        tx.record(
            Fact::new("case.clock_mended", act, "case", id.raw())
                .int("clocks", differed as i64)
                .int("made", i64::from(is_new)),
        );
    }
    Ok(())
}
