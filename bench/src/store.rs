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

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = sql_types::BigInt)]
    id: i64,
    #[diesel(sql_type = sql_types::Text)]
    name: String,
}

/// Which accounts have a name of this letter and a number?
pub fn accounts(conn: &mut Conn, begin: char) -> anyhow::Result<Vec<(i64, String)>> {
    let sql = format!(
        "SELECT id, name FROM access_account WHERE name > '{begin}0' AND name < '{begin}a' ORDER BY id"
    );
    let rows: Vec<Named> = on!(conn, c => sql_query(sql).load(c))?;
    Ok(rows.into_iter().map(|r| (r.id, r.name)).collect())
}

/// A case as it is drawn: its id and what it says.
#[derive(Debug, Clone, QueryableByName)]
pub struct Drawn {
    /// Its id.
    #[diesel(sql_type = sql_types::BigInt)]
    pub id: i64,
    /// Its title.
    #[diesel(sql_type = sql_types::Text)]
    pub title: String,
    /// Its text.
    #[diesel(sql_type = sql_types::Text)]
    pub body: String,
}

#[derive(QueryableByName)]
struct Ends {
    #[diesel(sql_type = sql_types::BigInt)]
    first: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    last: i64,
}

/// Which cases are drawn with this seed? Ids follow the time, so that an instant is drawn and the next case is taken.
pub fn drawn_cases(conn: &mut Conn, seed: u64, many: usize, is_public: bool) -> anyhow::Result<Vec<Drawn>> {
    let ends: Vec<Ends> =
        on!(conn, c => sql_query("SELECT min(id) AS first, max(id) AS last FROM case_item").load(c))?;
    let Some(Ends { first, last }) = ends.first() else { return Ok(Vec::new()) };
    let only = if is_public { "AND is_public AND stage IN ('handling', 'closed', 'confirmed')" } else { "" };
    let mut all = Vec::new();
    for n in 0..many as u64 {
        let at = first + ((last - first) as f64 * linli_loader::dice::part(seed, n)) as i64;
        let sql =
            format!("SELECT id, title, body FROM case_item WHERE id >= {at} {only} ORDER BY id LIMIT 1");
        let one: Vec<Drawn> = on!(conn, c => sql_query(sql).load(c))?;
        all.extend(one);
    }
    Ok(all)
}

/// How many cases came in by this channel?
pub fn cases_by(conn: &mut Conn, channel: &str) -> anyhow::Result<i64> {
    let sql = format!("SELECT COUNT(*) AS n FROM case_item WHERE channel = '{channel}'");
    let all: Vec<Count> = on!(conn, c => sql_query(sql).load(c))?;
    Ok(all.first().map_or(0, |c| c.n))
}

/// The code of a town of each county: numbers are given by county, one after another.
pub fn towns(conn: &mut Conn) -> anyhow::Result<Vec<String>> {
    let sql = "SELECT min(code) AS name FROM territory_code JOIN territory_division ON division_id = id \
               WHERE system = 'nbs12' AND kind = 'town' GROUP BY county_id ORDER BY county_id";
    let rows: Vec<Name> = on!(conn, c => sql_query(sql).load(c))?;
    Ok(rows.into_iter().map(|r| r.name).collect())
}

/// Which division has this statistical code?
pub fn division(conn: &mut Conn, code: &str) -> anyhow::Result<i64> {
    let sql =
        format!("SELECT division_id AS n FROM territory_code WHERE system = 'nbs12' AND code = '{code}'");
    let all: Vec<Count> = on!(conn, c => sql_query(sql).load(c))?;
    all.first().map(|c| c.n).ok_or_else(|| anyhow::anyhow!("no division has the code {code}"))
}
