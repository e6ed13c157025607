//! Migrations (数据库升级): one text for both engines, each in a transaction together with the row
//! that says it was done, so that an interruption at any statement leaves it wholly undone.

use base::{Fault, Millis, Outcome};
use diesel::{connection::SimpleConnection, prelude::*, sql_query};

use crate::{Conn, dialect, on, open};

diesel::table! {
    store_migration (name) {
        name -> Text,
        done_ms -> BigInt,
    }
}

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Whose it is.
    pub room: &'static str,
    /// `0001_words`; steps of a room run in this order.
    pub name: &'static str,
    /// The statements, each ended by `;` at a line's end, with the tokens of `dialect::spell`.
    pub sql: &'static str,
}

/// The kernel's own.
pub const KERNEL_MIGRATIONS: &[Migration] = &[
    Migration { room: "store", name: "0001_store", sql: include_str!("../migrations/0001_store.sql") },
    Migration {
        room: "store",
        name: "0002_processes",
        sql: include_str!("../migrations/0002_processes.sql"),
    },
];

/// Runs what has not been run, in the order given; returns the names of what it did.
///
/// # Errors
/// Names the migration and the statement that failed.
pub fn migrate(conn: &mut Conn, all: &[Migration], now: Millis) -> Outcome<Vec<String>> {
    on!(conn, c => sql_query(
        "CREATE TABLE IF NOT EXISTS store_migration (name TEXT NOT NULL PRIMARY KEY, done_ms BIGINT NOT NULL)"
    ).execute(c))?;
    let mut did = Vec::new();
    for step in all {
        let name = format!("{}/{}", step.room, step.name);
        dialect::begin(conn, dialect::For::Deed)?;
        match run(conn, step, &name, now) {
            Ok(done) => {
                dialect::end(conn, true)?;
                did.extend(done.then_some(name));
            }
            Err(stop) => {
                dialect::end(conn, false)?;
                return Err(stop);
            }
        }
    }
    Ok(did)
}

fn run(conn: &mut Conn, step: &Migration, name: &str, now: Millis) -> Outcome<bool> {
    // The row is written first: on PostgreSQL it makes a second process wait here until the first is done.
    let fresh = on!(conn, c => diesel::insert_into(store_migration::table)
        .values((store_migration::name.eq(name), store_migration::done_ms.eq(now.0)))
        .on_conflict_do_nothing()
        .execute(c))?;
    if fresh == 0 {
        return Ok(false);
    }
    let text = dialect::spell(conn, step.sql);
    for statement in statements(&text) {
        on!(conn, c => c.batch_execute(statement))
            .map_err(|e| Fault::new(format!("migration {name}: {e} in: {statement}")))?;
    }
    Ok(true)
}

fn statements(sql: &str) -> impl Iterator<Item = &str> {
    sql.split(";\n")
        .map(str::trim)
        .filter(|s| s.lines().any(|l| !l.trim_start().starts_with("--") && !l.trim().is_empty()))
}

/// Whether the server of a database can spread its tables over machines.
///
/// # Errors
/// When it does not answer.
pub fn offers_distribution(url: &str) -> Outcome<bool> {
    #[derive(QueryableByName)]
    struct Offered {
        #[diesel(sql_type = diesel::sql_types::Bool)]
        offered: bool,
    }
    if !dialect::habits(dialect::engine_of(url)).many_processes {
        return Ok(false);
    }
    let mut conn = open(url, true)?;
    let ask = "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'citus') AS offered";
    Ok(on!(&mut conn, c => sql_query(ask).get_result::<Offered>(c))?.offered)
}

/// The schema in words, for the committed snapshot: tables with their columns and kinds, the same on
/// both engines.
pub fn schema_dump(conn: &mut Conn) -> Outcome<String> {
    let mut out = String::new();
    for table in dialect::tables(conn)? {
        out.push_str(&format!("{table}\n"));
        for (name, kind) in dialect::columns(conn, &table)? {
            out.push_str(&format!("  {name} {kind}\n"));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_split_at_line_ends_only() {
        let sql = "-- a note; with a mark\nCREATE TABLE a (x TEXT DEFAULT ';');\nCREATE INDEX b ON a (x);\n-- end\n";
        assert_eq!(statements(sql).count(), 2);
    }
}
