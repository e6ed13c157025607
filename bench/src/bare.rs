//! The bare engine as a floor: rows of cases that were just made, written again into twin tables with the same indexes.

use std::{collections::HashMap, time::Instant};

use base::Millis;
use diesel::{connection::SimpleConnection, prelude::*, sql_query};
use store::{Conn, Migration, migrate, on, search};

use crate::powercut::said;

/// Commits that are prepared, and at least and at most so many cases.
const COMMITS: usize = 300;
const LEAST: usize = 300;
const MOST: usize = 20_000;

/// The tables that a case's way through the house writes, and the indexed condition for the rows of some cases. Those that
/// a scenario writes nothing to have no rows to be written again.
const ROWS: &[(&str, &str)] = &[
    ("case_item", "id IN ({ids})"),
    ("case_intake", "case_id IN ({ids})"),
    ("case_act", "case_id IN ({ids})"),
    ("case_part", "case_id IN ({ids})"),
    ("case_reporter", "case_id IN ({ids})"),
    ("case_clock", "case_id IN ({ids})"),
    // The timers are those of the clocks.
    (
        "jobs_timer",
        "subject_id IN (SELECT id FROM case_clock WHERE case_id IN ({ids}) UNION SELECT id FROM case_item WHERE id IN ({ids}))",
    ),
    ("case_dispatch", "case_id IN ({ids})"),
    ("case_closure", "case_id IN ({ids})"),
    ("case_clock_act", "case_id IN ({ids})"),
    // Letters have no index by their subject, but are not older than it.
    ("notice_item", "id >= {least} AND subject = 'case' AND subject_id IN ({ids})"),
    ("journal_entry", "subject_kind = 'case' AND subject_id IN ({ids})"),
];
/// The full-text twin.
const TEXTS: Migration = Migration { room: "bench", name: "0001_texts", sql: "{search search_bare};\n" };

#[derive(QueryableByName)]
struct Text {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    id: i64,
    #[diesel(sql_type = diesel::sql_types::Text)]
    text: String,
}

/// The bare engine: the same rows of cases that were just made, written again into twin tables with the same
/// indexes, as many cases in a commit as clients would wait for it, one statement for each table and
/// commit, on one connection. It validates, routes, numbers and seals nothing. SQLite copies the rows inside the
/// engine; to PostgreSQL they are sent as values that were written out before, because a client has to send them.
///
/// # Errors
/// What the engine says.
#[expect(clippy::disallowed_methods, reason = "the bench measures")]
pub fn cases_per_s(url: &str, batch: usize, seconds: f64) -> anyhow::Result<f64> {
    let mut conn = store::open(url, false).map_err(said)?;
    twins(&mut conn)?;
    let texts: Vec<Text> = on!(&mut conn, c => sql_query(format!(
            "SELECT id, number || ' ' || title || ' ' || body || ' ' || spot AS text FROM case_item ORDER BY id DESC LIMIT {}", (batch * COMMITS).clamp(LEAST, MOST)))
        .load(c))?;
    let columns = if conn.is_embedded() { Columns::new() } else { columns(&mut conn)? };
    let commits: Vec<(&[Text], Vec<String>)> = texts
        .chunks(batch)
        .map(|part| Ok((part, statements(&mut conn, &columns, part)?)))
        .collect::<anyhow::Result<_>>()?;
    let (start, mut n) = (Instant::now(), 0);
    for (part, statements) in &commits {
        if start.elapsed().as_secs_f64() > seconds {
            break;
        }
        on!(&mut conn, c => c.batch_execute("BEGIN"))?;
        for sql in statements {
            on!(&mut conn, c => c.batch_execute(sql))?;
        }
        search::put_new(&mut conn, "search_bare", part.iter().map(|t| (t.id, &*t.text))).map_err(said)?;
        on!(&mut conn, c => c.batch_execute("COMMIT"))?;
        n += part.len();
    }
    let per_s = n as f64 / start.elapsed().as_secs_f64();
    forget(&mut conn)?;
    Ok(per_s)
}

/// The columns of each table as literals; of an engine that copies rows inside itself none.
type Columns = HashMap<&'static str, String>;

fn columns(conn: &mut Conn) -> anyhow::Result<Columns> {
    let mut all = Columns::new();
    for (table, _) in ROWS {
        // quote_nullable writes any value as a literal.
        let columns: Vec<Definition> = on!(conn, c => sql_query(format!(
                "SELECT format('quote_nullable(%I)', column_name) AS sql FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name = '{table}' ORDER BY ordinal_position"))
            .load(c))?;
        all.insert(table, columns.into_iter().map(|c| c.sql).collect::<Vec<_>>().join(","));
    }
    Ok(all)
}

/// What writes the rows of these cases into the twins: a statement for each table.
fn statements(conn: &mut Conn, columns: &Columns, part: &[Text]) -> anyhow::Result<Vec<String>> {
    let ids = part.iter().map(|t| t.id.to_string()).collect::<Vec<_>>().join(",");
    let least = part.iter().map(|t| t.id).min().unwrap_or(0);
    let mut out = Vec::new();
    for (table, which) in ROWS {
        let which = which.replace("{ids}", &ids).replace("{least}", &least.to_string());
        if columns.is_empty() {
            out.push(format!("INSERT INTO bare_{table} SELECT * FROM {table} WHERE {which}"));
            continue;
        }
        let columns = columns.get(table).map_or("NULL", |c| c.as_str());
        let rows: Vec<Definition> = on!(conn, c => sql_query(format!(
                "SELECT '(' || concat_ws(',', {columns}) || ')' AS sql FROM {table} WHERE {which}"))
            .load(c))?;
        if !rows.is_empty() {
            let rows = rows.into_iter().map(|r| r.sql).collect::<Vec<_>>().join(",");
            out.push(format!("INSERT INTO bare_{table} VALUES {rows}"));
        }
    }
    Ok(out)
}

#[derive(QueryableByName)]
struct Definition {
    #[diesel(sql_type = diesel::sql_types::Text)]
    sql: String,
}

/// Takes the twins away, so that the product finds the database as it left it.
fn forget(conn: &mut Conn) -> anyhow::Result<()> {
    on!(conn, c => c.batch_execute("DROP TABLE IF EXISTS search_bare"))?;
    on!(conn, c => c.batch_execute("DELETE FROM store_migration WHERE name = 'bench/0001_texts'"))?;
    for (table, _) in ROWS {
        on!(conn, c => c.batch_execute(&format!("DROP TABLE IF EXISTS bare_{table}")))?;
    }
    Ok(())
}

/// Empty twins of the tables with their indexes.
fn twins(conn: &mut Conn) -> anyhow::Result<()> {
    forget(conn)?;
    migrate(conn, &[TEXTS], Millis(0)).map_err(said)?;
    for (table, _) in ROWS {
        let made = on!(conn, c => c.batch_execute(&format!("CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)")));
        if made.is_ok() {
            continue;
        }
        let parts: Vec<Definition> = on!(conn, c => sql_query(
            "SELECT sql FROM sqlite_schema WHERE tbl_name = $1 AND sql IS NOT NULL ORDER BY type DESC")
            .bind::<diesel::sql_types::Text, _>(*table)
            .load(c))?;
        for part in parts {
            let sql = part
                .sql
                .replace(&format!("TABLE {table}"), &format!("TABLE bare_{table}"))
                .replace(" INDEX ", " INDEX bare_")
                .replace(&format!(" ON {table}"), &format!(" ON bare_{table}"));
            on!(conn, c => c.batch_execute(&sql))?;
        }
    }
    Ok(())
}
