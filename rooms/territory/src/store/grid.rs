//! Questions about grids.

use base::{Id, Outcome};
use diesel::prelude::*;
use jiff::civil::Date;
use store::{Conn, on};

use super::division::day;
use crate::model::{Division, Grid, Level, Outline};

diesel::table! {
    territory_grid (id) {
        id -> BigInt,
        village_id -> BigInt,
        parent_id -> Nullable<BigInt>,
        level -> BigInt,
        code -> Text,
        name -> Text,
        outline -> Binary,
        valid_from -> Text,
        valid_to -> Nullable<Text>,
    }
}

diesel::table! {
    territory_grid_successor (old_id, new_id) {
        old_id -> BigInt,
        new_id -> BigInt,
        day -> Text,
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = territory_grid, treat_none_as_default_value = false)]
struct GridRow {
    id: i64,
    village_id: i64,
    parent_id: Option<i64>,
    level: i64,
    code: String,
    name: String,
    outline: Vec<u8>,
    valid_from: String,
    valid_to: Option<String>,
}

fn grid(row: GridRow) -> Outcome<Grid> {
    Ok(Grid {
        id: Id::of(row.id),
        village: Id::of(row.village_id),
        parent: row.parent_id.map(Id::of),
        level: Level::new(row.level)?,
        code: row.code,
        name: row.name,
        outline: Outline::of_bytes(&row.outline)?,
        valid_from: day(&row.valid_from)?,
        valid_to: row.valid_to.as_deref().map(day).transpose()?,
    })
}

/// One grid, living or ended.
pub fn grid_by_id(conn: &mut Conn, id: Id<Grid>) -> Outcome<Option<Grid>> {
    let row: Option<GridRow> = on!(conn, c => territory_grid::table
        .find(id.raw())
        .select(GridRow::as_select())
        .first(c)
        .optional())?;
    row.map(grid).transpose()
}

/// The living grids of villages, by village and code.
pub fn grids_of(conn: &mut Conn, villages: &[Id<Division>]) -> Outcome<Vec<Grid>> {
    let mut all = Vec::new();
    for some in villages.chunks(500) {
        let raw: Vec<i64> = some.iter().map(|id| id.raw()).collect();
        let rows: Vec<GridRow> = on!(conn, c => territory_grid::table
            .filter(territory_grid::village_id.eq_any(&raw))
            .filter(territory_grid::valid_to.is_null())
            .order((territory_grid::village_id, territory_grid::code))
            .select(GridRow::as_select())
            .load(c))?;
        for row in rows {
            all.push(grid(row)?);
        }
    }
    Ok(all)
}

/// Every grid, living or ended, handed to `take` one by one: for the atlas.
pub fn each_grid(conn: &mut Conn, mut take: impl FnMut(Grid) -> Outcome<()>) -> Outcome<()> {
    let mut after = i64::MIN;
    loop {
        let rows: Vec<GridRow> = on!(conn, c => territory_grid::table
            .filter(territory_grid::id.gt(after))
            .order(territory_grid::id)
            .limit(5_000)
            .select(GridRow::as_select())
            .load(c))?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        rows.into_iter().try_for_each(|row| take(grid(row)?))?;
    }
}

/// Adds grids.
pub fn add_grids(conn: &mut Conn, all: &[Grid]) -> Outcome<()> {
    for some in all.chunks(500) {
        let rows: Vec<GridRow> = some
            .iter()
            .map(|g| GridRow {
                id: g.id.raw(),
                village_id: g.village.raw(),
                parent_id: g.parent.map(Id::raw),
                level: i64::from(g.level.number()),
                code: g.code.clone(),
                name: g.name.clone(),
                outline: g.outline.to_bytes(),
                valid_from: g.valid_from.to_string(),
                valid_to: g.valid_to.map(|d| d.to_string()),
            })
            .collect();
        on!(conn, c => diesel::insert_into(territory_grid::table).values(&rows).execute(c))?;
    }
    Ok(())
}

/// Gives a grid another name.
pub fn set_grid_name(conn: &mut Conn, id: Id<Grid>, name: &str) -> Outcome<()> {
    on!(conn, c => diesel::update(territory_grid::table.find(id.raw()))
        .set(territory_grid::name.eq(name))
        .execute(c))?;
    Ok(())
}

/// Gives living grids another village.
pub fn set_village(conn: &mut Conn, grids: &[Id<Grid>], village: Id<Division>) -> Outcome<()> {
    for some in grids.chunks(500) {
        let raw: Vec<i64> = some.iter().map(|id| id.raw()).collect();
        on!(conn, c => diesel::update(territory_grid::table.filter(territory_grid::id.eq_any(&raw)))
            .set(territory_grid::village_id.eq(village.raw()))
            .execute(c))?;
    }
    Ok(())
}

/// Ends grids on a day.
pub fn set_grid_end(conn: &mut Conn, grids: &[Id<Grid>], on_day: Date) -> Outcome<()> {
    for some in grids.chunks(500) {
        let raw: Vec<i64> = some.iter().map(|id| id.raw()).collect();
        on!(conn, c => diesel::update(territory_grid::table.filter(territory_grid::id.eq_any(&raw)))
            .set(territory_grid::valid_to.eq(Some(on_day.to_string())))
            .execute(c))?;
    }
    Ok(())
}

/// Notes which grids took over the ground of which.
pub fn add_grid_successions(conn: &mut Conn, pairs: &[(Id<Grid>, Id<Grid>)], on_day: Date) -> Outcome<()> {
    for some in pairs.chunks(500) {
        let rows: Vec<_> = some
            .iter()
            .map(|(old, new)| {
                (
                    territory_grid_successor::old_id.eq(old.raw()),
                    territory_grid_successor::new_id.eq(new.raw()),
                    territory_grid_successor::day.eq(on_day.to_string()),
                )
            })
            .collect();
        on!(conn, c => diesel::insert_into(territory_grid_successor::table).values(&rows).execute(c))?;
    }
    Ok(())
}

/// The grids that took over a grid's ground.
pub fn grid_successors(conn: &mut Conn, old: Id<Grid>) -> Outcome<Vec<Id<Grid>>> {
    let rows: Vec<i64> = on!(conn, c => territory_grid_successor::table
        .filter(territory_grid_successor::old_id.eq(old.raw()))
        .order(territory_grid_successor::new_id)
        .select(territory_grid_successor::new_id)
        .load(c))?;
    Ok(rows.into_iter().map(Id::of).collect())
}
