//! Who works in which grid (网格员配备).

use ::store::{Fact, Tx};
use base::{Act, Id, Invalid, Outcome, Refusal};
use jiff::civil::Date;

use crate::{
    model::{Assignment, Employment, Grid, GridRole},
    store,
};

/// One person's work in one grid, to be entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewAssignment {
    /// The grid.
    pub grid: Id<Grid>,
    /// The worker's account.
    pub account: i64,
    /// 网格长 or 网格员.
    pub role: GridRole,
    /// 专职 or 兼职.
    pub employment: Employment,
    /// The first day.
    pub from: Date,
    /// The first day on which it is no longer so.
    pub to: Option<Date>,
}

/// Assigns workers to grids. For one assignment it looks whether the person has that grid already; for many at
/// once, as in a first import, it trusts the list.
///
/// # Errors
/// Not found, a grid that has ended, a period that ends before it begins, or the same twice.
pub fn assign_workers(tx: &mut Tx, act: Act, all: &[NewAssignment]) -> Outcome<Vec<Id<Assignment>>> {
    if all.iter().any(|a| a.to.is_some_and(|to| to <= a.from)) {
        return Err(Invalid::field("to", "territory.bad.period").into());
    }
    if let [one] = all {
        let grid = store::grid_by_id(tx.conn, one.grid)?.ok_or_else(Refusal::not_found)?;
        if let Some(end) = grid.valid_to {
            return Err(Refusal::new("territory.refuse.ended")
                .with("name", grid.name)
                .with("day", end)
                .into());
        }
        let same = |a: &Assignment| a.account == one.account && a.to.is_none_or(|to| one.from < to);
        if store::workers_of(tx.conn, one.grid)?.iter().any(same) {
            return Err(Refusal::new("territory.refuse.assigned").into());
        }
    }
    let rows: Vec<Assignment> = all
        .iter()
        .map(|a| Assignment {
            id: tx.id(act.at),
            grid: a.grid,
            account: a.account,
            role: a.role,
            employment: a.employment,
            from: a.from,
            to: a.to,
        })
        .collect();
    store::add_assignments(tx.conn, &rows)?;
    let first = rows.first().map_or(0, |r| r.grid.raw());
    tx.record(Fact::new("territory.workers_assigned", act, "grid", first).int("count", rows.len() as i64));
    Ok(rows.into_iter().map(|r| r.id).collect())
}

/// Ends an assignment on a day.
///
/// # Errors
/// Not found, ended already, or a day before it began.
pub fn release_worker(tx: &mut Tx, act: Act, id: Id<Assignment>, day: Date) -> Outcome<()> {
    let one = store::assignment_by_id(tx.conn, id)?.ok_or_else(Refusal::not_found)?;
    if one.to.is_some() {
        return Err(Refusal::new("territory.refuse.released").into());
    }
    if day <= one.from {
        return Err(Invalid::field("day", "territory.bad.period").into());
    }
    store::set_assignment_end(tx.conn, id, day)?;
    tx.record(Fact::new("territory.worker_released", act, "grid", one.grid.raw()).id("assignment", id.raw()));
    Ok(())
}
