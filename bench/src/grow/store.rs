//! The statements that copy cases inside the engine.

use diesel::{QueryableByName, connection::SimpleConnection, prelude::*, sql_query, sql_types};
use store::{Conn, on, search};

use linli::house::Told;

/// Milliseconds between a copy and the next: about a minute, and no whole seconds, because the demo's acts are whole
/// seconds apart and a copy of one may not come to lie on another.
const STEP_MS: i64 = 60_013;
/// The same in an id, whose low 22 bits are chance.
const STEP_ID: i64 = STEP_MS << 22;
/// Numbers between a copy and the next within a county's year.
const STEP_NUMBER: i64 = 100_000;

/// A table of which a case has rows: columns that are ids of the case's own rows, and which rows are copied.
pub struct Table {
    name: &'static str,
    ids: &'static [&'static str],
    only: &'static str,
}

const fn table(name: &'static str, ids: &'static [&'static str]) -> Table {
    Table { name, ids, only: "TRUE" }
}

/// What a search reads beside the full text: the case, and the units that may open it.
const SEARCHED: [&str; 2] = ["case_item", "case_part"];

/// The tables that are copied.
pub fn tables(only_search: bool) -> Vec<&'static Table> {
    TABLES.iter().filter(|t| !only_search || SEARCHED.contains(&t.name)).collect()
}

const TABLES: &[Table] = &[
    table("case_item", &["id"]),
    table("case_intake", &["case_id"]),
    table("case_act", &["id", "case_id"]),
    table("case_clock", &["id", "case_id"]),
    table("case_clock_act", &["act_id", "case_id"]),
    table("case_closure", &["id", "case_id"]),
    table("case_dispatch", &["id", "case_id"]),
    table("case_part", &["case_id"]),
    table("case_return", &["id", "case_id"]),
    Table {
        name: "notice_item",
        ids: &["id", "subject_id"],
        only: "s.subject = 'case' AND s.sealed IS NULL",
    },
    Table {
        name: "jobs_timer",
        ids: &["id", "subject_id"],
        only: "s.kind IN ('case.clock', 'case.confirm')",
    },
];

/// Columns that would make a copy refuse, or say what is not so.
const EMPTY: &[&str] = &["idem_key", "row_digest"];

#[derive(QueryableByName)]
struct Text {
    #[diesel(sql_type = sql_types::Text)]
    text: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = sql_types::BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Words {
    #[diesel(sql_type = sql_types::BigInt)]
    id: i64,
    #[diesel(sql_type = sql_types::Text)]
    text: String,
}

fn run(conn: &mut Conn, sql: &str) -> anyhow::Result<i64> {
    Ok(on!(conn, c => sql_query(sql).execute(c)).map_err(|e| anyhow::anyhow!("{e}: {sql}"))? as i64)
}

fn texts(conn: &mut Conn, sql: &str) -> anyhow::Result<Vec<String>> {
    let rows: Vec<Text> = on!(conn, c => sql_query(sql).load(c))?;
    Ok(rows.into_iter().map(|r| r.text).collect())
}

/// Lets the engine load fast: nothing of it has to outlive a crash.
pub fn prepare(conn: &mut Conn) -> anyhow::Result<()> {
    let sql = if conn.is_embedded() {
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-3000000; PRAGMA temp_store=MEMORY;"
    } else {
        "SET synchronous_commit = off; SET maintenance_work_mem = '1GB'; SET work_mem = '256MB';"
    };
    Ok(on!(conn, c => c.batch_execute(sql))?)
}

/// Writes everything to its place and counts what is there, for the planner.
pub fn finish(conn: &mut Conn) -> anyhow::Result<()> {
    let sql = if conn.is_embedded() {
        "PRAGMA optimize=0x10002; PRAGMA wal_checkpoint(TRUNCATE);"
    } else {
        "VACUUM ANALYZE;"
    };
    Ok(on!(conn, c => c.batch_execute(sql))?)
}

/// How many cases there are.
pub fn cases(conn: &mut Conn) -> anyhow::Result<i64> {
    let rows: Vec<Number> = on!(conn, c => sql_query("SELECT COUNT(*) AS n FROM case_item").load(c))?;
    Ok(rows.first().map_or(0, |r| r.n))
}

/// Drops the indexes of the tables that grow and gives the statements that make them again.
pub fn drop_indexes(conn: &mut Conn, tables: &[&Table]) -> anyhow::Result<Vec<String>> {
    let names = tables.iter().map(|t| format!("'{}'", t.name)).collect::<Vec<_>>().join(", ");
    let (list, make) = if conn.is_embedded() {
        let from =
            format!("FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({names})");
        (format!("SELECT name AS text {from}"), format!("SELECT sql AS text {from}"))
    } else {
        let from = format!(
            "FROM pg_indexes WHERE schemaname = current_schema() AND (tablename IN ({names}) OR tablename = 'search_case') \
             AND indexname NOT LIKE '%_pkey'"
        );
        (format!("SELECT indexname::text AS text {from}"), format!("SELECT indexdef::text AS text {from}"))
    };
    let (names, statements) = (texts(conn, &list)?, texts(conn, &make)?);
    for name in names {
        run(conn, &format!("DROP INDEX {name}"))?;
    }
    Ok(statements)
}

/// Makes the indexes again.
pub fn make_indexes(conn: &mut Conn, statements: &[String]) -> anyhow::Result<()> {
    statements.iter().try_for_each(|sql| run(conn, sql).map(drop))
}

fn columns(conn: &mut Conn, table: &str) -> anyhow::Result<Vec<String>> {
    let sql = if conn.is_embedded() {
        format!("SELECT name AS text FROM pragma_table_info('{table}') ORDER BY cid")
    } else {
        format!(
            "SELECT column_name::text AS text FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = '{table}' ORDER BY ordinal_position"
        )
    };
    texts(conn, &sql)
}

/// What stands in a column of the copy number `k.n` of the row `s`.
fn copied(table: &Table, column: &str) -> String {
    if table.ids.contains(&column) {
        format!("s.{column} + k.n * {STEP_ID}")
    } else if EMPTY.contains(&column) {
        "NULL".to_owned()
    } else if column.ends_with("_ms") {
        format!("s.{column} + k.n * {STEP_MS}")
    } else if column == "number" {
        format!(
            "substr(s.number, 1, 12) || CAST(CAST(substr(s.number, 13) AS INTEGER) + k.n * {STEP_NUMBER} AS TEXT)"
        )
    } else {
        format!("s.{column}")
    }
}

/// Which copies are made: so many, each so many steps after the last. In a database that has grown before, a copy of a
/// copy must lie behind all of them.
#[derive(Debug, Clone, Copy)]
pub struct Copies {
    /// How many of each case.
    pub many: i64,
    stride: i64,
}

impl Copies {
    /// So many more of what is there; asked before anything is copied.
    pub fn of(conn: &mut Conn, many: i64) -> anyhow::Result<Self> {
        let sql = format!(
            "SELECT CAST(max(CAST(substr(number, 13) AS INTEGER)) / {STEP_NUMBER} + 1 AS BIGINT) AS n FROM case_item"
        );
        Ok(Self { many, stride: numbers_of(conn, &sql)?.first().copied().unwrap_or(1) })
    }

    fn last(self) -> i64 {
        self.many * self.stride
    }

    /// The steps of each copy, as the table `k`.
    fn sql(self) -> String {
        let (stride, last) = (self.stride, self.last());
        format!(
            "WITH RECURSIVE k(n) AS (SELECT {stride} UNION ALL SELECT n + {stride} FROM k WHERE n < {last})"
        )
    }
}

/// Copies the rows of all tables; gives how many were added.
pub fn copy(conn: &mut Conn, tables: &[&Table], copies: Copies) -> anyhow::Result<i64> {
    if copies.many == 0 {
        return Ok(0);
    }
    let mut added = 0;
    for table in tables {
        let columns = columns(conn, table.name)?;
        let values: Vec<String> = columns.iter().map(|c| copied(table, c)).collect();
        added += run(
            conn,
            &format!(
                "{} INSERT INTO {} ({}) SELECT {} FROM {} AS s CROSS JOIN k WHERE {}",
                copies.sql(),
                table.name,
                columns.join(", "),
                values.join(", "),
                table.name,
                table.only
            ),
        )?;
    }
    run(conn, &format!("UPDATE parts_number SET last = last + {}", copies.last() * STEP_NUMBER))?;
    Ok(added)
}

/// Puts the texts of the copies into the full-text table.
pub fn copy_texts(conn: &mut Conn, copies: Copies, at_once: usize) -> anyhow::Result<()> {
    if copies.many == 0 {
        return Ok(());
    }
    if !conn.is_embedded() {
        let sql = format!(
            "{} INSERT INTO search_case (rowid, grams) SELECT s.rowid + k.n * {STEP_ID}, s.grams \
             FROM search_case AS s CROSS JOIN k",
            copies.sql()
        );
        return run(conn, &sql).map(drop);
    }
    // The embedded engine's table keeps no text, so the copies' texts are indexed like those of new cases.
    on!(conn, c => c.batch_execute("BEGIN"))?;
    let mut after = 0;
    loop {
        let rows: Vec<Words> = on!(conn, c => sql_query(format!(
            "SELECT id, number || char(10) || title || char(10) || body || char(10) || spot AS text FROM case_item \
             WHERE id > {after} AND NOT EXISTS (SELECT 1 FROM search_case_docsize AS d WHERE d.id = case_item.id) \
             ORDER BY id LIMIT {at_once}"
        ))
        .load(c))?;
        let Some(newest) = rows.last() else { break };
        after = newest.id;
        search::put_new(conn, "search_case", rows.iter().map(|r| (r.id, r.text.as_str()))).told()?;
    }
    Ok(on!(conn, c => c.batch_execute("COMMIT"))?)
}

fn numbers_of(conn: &mut Conn, sql: &str) -> anyhow::Result<Vec<i64>> {
    let rows: Vec<Number> = on!(conn, c => sql_query(sql).load(c))?;
    Ok(rows.into_iter().map(|r| r.n).collect())
}

/// How many cases have each value of a column?
pub fn counted(conn: &mut Conn, column: &str) -> anyhow::Result<Vec<i64>> {
    numbers_of(conn, &format!("SELECT COUNT(*) AS n FROM case_item GROUP BY {column}"))
}

/// How many cases came in in each twelfth of the year before the newest?
pub fn counted_by_month(conn: &mut Conn) -> anyhow::Result<Vec<i64>> {
    let last = "(SELECT max(created_ms) FROM case_item)";
    let (year, month) = (365 * 86_400_000_i64, 365 * 86_400_000_i64 / 12);
    numbers_of(
        conn,
        &format!(
            "SELECT COUNT(*) AS n FROM case_item WHERE created_ms > {last} - {year} GROUP BY ({last} - created_ms) / {month}"
        ),
    )
}

/// How long are the texts of some thousands of residents' cases, blanks left out? Grid workers write shorter ones.
pub fn lengths(conn: &mut Conn) -> anyhow::Result<Vec<i64>> {
    let bare = "replace(replace(replace(body, ' ', ''), chr(10), ''), chr(13), '')";
    let bare = if conn.is_embedded() { bare.replace("chr(", "char(") } else { bare.to_owned() };
    numbers_of(
        conn,
        &format!(
            "SELECT CAST(length({bare}) AS BIGINT) AS n FROM case_item WHERE channel <> 'grid' ORDER BY id LIMIT 20000"
        ),
    )
}

/// How many rows of one table a second does the engine copy inside itself, without an index?
#[expect(clippy::disallowed_methods, reason = "the bench measures")]
pub fn bare_copy(conn: &mut Conn) -> anyhow::Result<f64> {
    prepare(conn)?;
    run(conn, "CREATE TABLE bare_copy AS SELECT * FROM case_act LIMIT 0")?;
    let begun = std::time::Instant::now();
    let rows = run(conn, "INSERT INTO bare_copy SELECT * FROM case_act ORDER BY id LIMIT 200000")?;
    let per_s = rows as f64 / begun.elapsed().as_secs_f64();
    run(conn, "DROP TABLE bare_copy")?;
    Ok(per_s)
}

/// Plants cases for a test: most of them in one county and of one category, with texts of different lengths.
#[cfg(test)]
pub fn plant(conn: &mut Conn, many: i64) -> anyhow::Result<()> {
    let columns = columns(conn, "case_item")?;
    for n in 0..many {
        let value = |name: &str| match name {
            "id" => ((n + 1) << 22).to_string(),
            "number" => format!("'620602-2026-{:05}'", n + 1),
            "county_id" => (if n % 10 < 7 { 1 } else { 2 + n % 3 }).to_string(),
            "category_id" => (n % 20 + 1).to_string(),
            "body" => format!("'{}'", "路灯不亮".repeat((n % 50 + 1) as usize)),
            "stage" => "'received'".to_owned(),
            "is_public" => "TRUE".to_owned(),
            name if EMPTY.contains(&name) || ["closed_ms", "ending"].contains(&name) => "NULL".to_owned(),
            name if name.ends_with("_ms") => (1_770_000_000_000 + n * 86_400_000).to_string(),
            name if name.ends_with("_id") || name.ends_with("_count") => "0".to_owned(),
            "title" | "spot" | "level" | "channel" => "'x'".to_owned(),
            _ => "0".to_owned(),
        };
        let values: Vec<String> = columns.iter().map(|c| value(c)).collect();
        run(conn, &format!("INSERT INTO case_item ({}) VALUES ({})", columns.join(", "), values.join(", ")))?;
    }
    Ok(())
}
