//! Questions about who works in which grid.

use base::{Id, Outcome};
use diesel::prelude::*;
use jiff::civil::Date;
use store::{Conn, on};

use super::division::day;
use crate::model::{Assignment, Grid};

diesel::table! {
    territory_grid_worker (id) {
        id -> BigInt,
        grid_id -> BigInt,
        account_id -> BigInt,
        role -> Text,
        employment -> Text,
        from_day -> Text,
        to_day -> Nullable<Text>,
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = territory_grid_worker, treat_none_as_default_value = false)]
struct WorkerRow {
    id: i64,
    grid_id: i64,
    account_id: i64,
    role: String,
    employment: String,
    from_day: String,
    to_day: Option<String>,
}

fn assignment(row: WorkerRow) -> Outcome<Assignment> {
    Ok(Assignment {
        id: Id::of(row.id),
        grid: Id::of(row.grid_id),
        account: row.account_id,
        role: row.role.parse()?,
        employment: row.employment.parse()?,
        from: day(&row.from_day)?,
        to: row.to_day.as_deref().map(day).transpose()?,
    })
}

/// Everybody who works or worked in a grid, the present heads first.
pub fn workers_of(conn: &mut Conn, grid: Id<Grid>) -> Outcome<Vec<Assignment>> {
    let rows: Vec<WorkerRow> = on!(conn, c => territory_grid_worker::table
        .filter(territory_grid_worker::grid_id.eq(grid.raw()))
        .order((territory_grid_worker::role, territory_grid_worker::from_day, territory_grid_worker::id))
        .select(WorkerRow::as_select())
        .load(c))?;
    rows.into_iter().map(assignment).collect()
}

/// The assignments of an account on a day.
pub fn assignments_on(conn: &mut Conn, account: i64, on_day: Date) -> Outcome<Vec<Assignment>> {
    let rows: Vec<WorkerRow> = on!(conn, c => territory_grid_worker::table
        .filter(territory_grid_worker::account_id.eq(account))
        .order(territory_grid_worker::id)
        .select(WorkerRow::as_select())
        .load(c))?;
    let all: Vec<Assignment> = rows.into_iter().map(assignment).collect::<Outcome<_>>()?;
    Ok(all.into_iter().filter(|a| a.holds_on(on_day)).collect())
}

/// One assignment.
pub fn assignment_by_id(conn: &mut Conn, id: Id<Assignment>) -> Outcome<Option<Assignment>> {
    let row: Option<WorkerRow> = on!(conn, c => territory_grid_worker::table
        .find(id.raw())
        .select(WorkerRow::as_select())
        .first(c)
        .optional())?;
    row.map(assignment).transpose()
}

/// How many people work in how many grids on a day: (workers, grids with a worker).
pub fn staffing_on(conn: &mut Conn, on_day: Date) -> Outcome<(i64, i64)> {
    use diesel::dsl::count;
    let today = on_day.to_string();
    let workers = on!(conn, c => territory_grid_worker::table
        .filter(territory_grid_worker::from_day.le(&today))
        .filter(territory_grid_worker::to_day.is_null().or(territory_grid_worker::to_day.gt(&today)))
        .select(count(territory_grid_worker::account_id).aggregate_distinct())
        .first(c))?;
    let grids = on!(conn, c => territory_grid_worker::table
        .filter(territory_grid_worker::from_day.le(&today))
        .filter(territory_grid_worker::to_day.is_null().or(territory_grid_worker::to_day.gt(&today)))
        .select(count(territory_grid_worker::grid_id).aggregate_distinct())
        .first(c))?;
    Ok((workers, grids))
}

/// Adds assignments.
pub fn add_assignments(conn: &mut Conn, all: &[Assignment]) -> Outcome<()> {
    for some in all.chunks(1_000) {
        let rows: Vec<WorkerRow> = some
            .iter()
            .map(|a| WorkerRow {
                id: a.id.raw(),
                grid_id: a.grid.raw(),
                account_id: a.account,
                role: a.role.as_str().to_owned(),
                employment: a.employment.as_str().to_owned(),
                from_day: a.from.to_string(),
                to_day: a.to.map(|d| d.to_string()),
            })
            .collect();
        on!(conn, c => diesel::insert_into(territory_grid_worker::table).values(&rows).execute(c))?;
    }
    Ok(())
}

/// Ends an assignment on a day.
pub fn set_assignment_end(conn: &mut Conn, id: Id<Assignment>, on_day: Date) -> Outcome<()> {
    on!(conn, c => diesel::update(territory_grid_worker::table.find(id.raw()))
        .set(territory_grid_worker::to_day.eq(Some(on_day.to_string())))
        .execute(c))?;
    Ok(())
}
