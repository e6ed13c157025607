//! SQL of the bench: many cases out of few, and the bare query that an export is measured against.

use base::Cursor;
use diesel::{connection::SimpleConnection, prelude::*, sql_query, sql_types};
use store::{Conn, on};

use crate::powercut::said;

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = sql_types::Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = sql_types::BigInt)]
    n: i64,
}

/// How many cases are there?
pub fn cases(conn: &mut Conn) -> anyhow::Result<i64> {
    let all: Vec<Count> = on!(conn, c => sql_query("SELECT COUNT(*) AS n FROM case_item").load(c))?;
    Ok(all.first().map_or(0, |c| c.n))
}

/// Copies the cases that are there, each under a number and an instant of its own, until there are `want`.
pub fn multiply_cases(conn: &mut Conn, is_server: bool, want: i64) -> anyhow::Result<()> {
    let columns: Vec<Name> = on!(conn, c => sql_query(if is_server {
        "SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'case_item' \
         AND table_schema = current_schema() ORDER BY ordinal_position"
    } else {
        "SELECT name FROM pragma_table_info('case_item')"
    }).load(c))?;
    loop {
        let have = cases(conn)?;
        if have >= want {
            break;
        }
        // The ids are far apart, and every instant a millisecond from its twin's.
        let value = |name: &str| match name {
            "id" => format!("id + {have} * 1000003"),
            "number" => format!("number || '-' || {have}"),
            "created_ms" | "due_ms" => format!("{name} + {have}"),
            other => other.to_owned(),
        };
        let names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
        let values: Vec<String> = names.iter().map(|n| value(n)).collect();
        let sql = format!(
            "INSERT INTO case_item ({}) SELECT {} FROM case_item ORDER BY id LIMIT {}",
            names.join(", "),
            values.join(", "),
            want - have
        );
        on!(conn, c => c.batch_execute(&sql))?;
    }
    on!(conn, c => c.batch_execute("ANALYZE case_item"))?;
    Ok(())
}

#[derive(QueryableByName)]
struct Bare {
    #[diesel(sql_type = sql_types::BigInt)]
    id: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    created_ms: i64,
    #[diesel(sql_type = sql_types::Text)]
    #[expect(dead_code, reason = "read as the export reads it")]
    number: String,
    #[diesel(sql_type = sql_types::Text)]
    #[expect(dead_code, reason = "read as the export reads it")]
    title: String,
}

/// How many rows are there after the cursor, at most a thousand, and where does the next page begin? The bare query of
/// an export: the columns that a person reads, by an index, without policy, names or words.
pub fn bare_page(conn: &mut Conn, after: Option<Cursor>) -> anyhow::Result<(usize, Option<Cursor>)> {
    let c = after.unwrap_or(Cursor { key: i64::MIN, id: i64::MIN });
    let sql = format!(
        "SELECT id, created_ms, number, title FROM case_item WHERE county_id = \
         (SELECT county_id FROM case_item ORDER BY id LIMIT 1) AND (created_ms, id) > ({}, {}) \
         ORDER BY created_ms, id LIMIT 1000",
        c.key, c.id
    );
    let rows: Vec<Bare> = on!(conn, c => sql_query(sql).load(c))?;
    Ok((rows.len(), rows.last().map(|r| Cursor { key: r.created_ms, id: r.id })))
}

/// A connection that may write.
pub fn writing(url: &str) -> anyhow::Result<Conn> {
    store::open(url, false).map_err(said)
}
