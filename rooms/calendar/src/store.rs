//! The room's table.

use std::{collections::BTreeMap, sync::Arc};

use base::{Fault, Id, Millis, Outcome};
use deadline::{Book, Layer, YearTable};
use diesel::prelude::*;
use store::{Conn, Tx, on};

use crate::model::{Almanac, PLACE, Published, Table, YEAR, over};

diesel::table! {
    calendar_table (id) {
        id -> BigInt,
        sort -> Text,
        name -> Text,
        body -> Text,
        account -> BigInt,
        at_ms -> BigInt,
    }
}

type Row = (i64, String, String, String, i64, i64);

fn published((id, sort, name, body, account, at): Row) -> Outcome<Published> {
    let table = match sort.as_str() {
        YEAR => Table::Year(serde_json::from_str::<YearTable>(&body)?),
        PLACE => Table::Place(serde_json::from_str::<Layer>(&body)?),
        _ => return Err(Fault::new(format!("a calendar table of no known sort, for {name}")).into()),
    };
    Ok(Published { id, table, account, at: Millis(at) })
}

/// Every published table, oldest first: a handful a year.
///
/// # Errors
/// Faults of the store.
pub fn all_tables(conn: &mut Conn) -> Outcome<Vec<Published>> {
    let rows: Vec<Row> = on!(conn, c => calendar_table::table.order(calendar_table::id).load(c))?;
    rows.into_iter().map(published).collect()
}

/// The number of the latest table; 0 before the first.
///
/// # Errors
/// Faults of the store.
pub fn edition(conn: &mut Conn) -> Outcome<i64> {
    let last: Option<i64> = on!(conn, c => calendar_table::table
        .select(diesel::dsl::max(calendar_table::id))
        .first(c))?;
    Ok(last.unwrap_or(0))
}

/// The almanac as it stood at an instant (当时的历书): what was over by then is read by it. `now` keeps those that it was asked for.
///
/// # Errors
/// Faults of the store.
pub fn almanac_at(conn: &mut Conn, now: &Arc<Almanac>, at: Millis) -> Outcome<Arc<Almanac>> {
    let end = Id::<Published>::first_at(at.plus(1)).raw();
    if now.edition() < end {
        return Ok(now.clone());
    }
    let last: Option<i64> = on!(conn, c => calendar_table::table
        .filter(calendar_table::id.lt(end))
        .select(diesel::dsl::max(calendar_table::id))
        .first(c))?;
    let edition = last.unwrap_or(0);
    if let Some(kept) = now.past(edition) {
        return Ok(kept);
    }
    let tables: Vec<Published> = all_tables(conn)?.into_iter().filter(|t| t.id <= edition).collect();
    let then = Arc::new(bound(&tables)?);
    now.keep_past(then.clone());
    Ok(then)
}

/// Adds a table.
///
/// # Errors
/// Faults of the store.
pub fn put_table(tx: &mut Tx<'_>, one: &Published) -> Outcome<()> {
    let body = match &one.table {
        Table::Year(table) => serde_json::to_string(table)?,
        Table::Place(layer) => serde_json::to_string(layer)?,
    };
    let row = (
        calendar_table::id.eq(one.id),
        calendar_table::sort.eq(one.table.sort()),
        calendar_table::name.eq(one.table.name()),
        calendar_table::body.eq(body),
        calendar_table::account.eq(one.account),
        calendar_table::at_ms.eq(one.at.0),
    );
    on!(tx.conn, c => diesel::insert_into(calendar_table::table).values(&row).execute(c))?;
    Ok(())
}

/// The almanac as it stands in the database, for deeds that have nothing but it.
///
/// # Errors
/// Faults of the store.
pub fn load_almanac(conn: &mut Conn) -> Outcome<Almanac> {
    bound(&all_tables(conn)?)
}

/// The shipped tables with these over them, oldest first: of each year and each place the latest counts.
fn bound(all: &[Published]) -> Outcome<Almanac> {
    let edition = all.last().map_or(0, |one| one.id);
    let latest: BTreeMap<_, _> =
        all.iter().map(|one| ((one.table.sort(), one.table.name()), &one.table)).collect();
    let mut book = Book::shipped().clone();
    for table in latest.into_values() {
        book = over(&book, table, edition).map_err(|e| Fault::new(e.to_string()))?;
    }
    Ok(Almanac::new(edition, book))
}
