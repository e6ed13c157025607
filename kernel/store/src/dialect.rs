//! The only file that may ask which engine it is. At most a dozen functions.

use base::Outcome;
use diesel::{
    Connection, QueryableByName, RunQueryDsl,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    sql_query, sql_types,
};

use crate::{Conn, PgWire, fixed, on};

/// Which engine a connection speaks to: for messages and the bench, never for a decision in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Embedded.
    Sqlite,
    /// Server.
    Postgres,
}

/// The engine behind a database address.
pub fn engine_of(url: &str) -> Engine {
    if url.starts_with("postgres") { Engine::Postgres } else { Engine::Sqlite }
}

type PgManager = <PgWire as Connection>::TransactionManager;

/// What a transaction is begun for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    /// A deed, or a savepoint inside one. SQLite takes the write lock at once, so that no deed can fail
    /// half-way because another process wrote first.
    Deed,
    /// A backup: one snapshot that other writers do not disturb.
    Snapshot,
    /// A restore: references are checked at the end, because tables come in the order of their names.
    Restore,
}

/// Begins a transaction, or a savepoint inside one.
pub(crate) fn begin(conn: &mut Conn, what: For) -> Outcome<()> {
    match (conn, what) {
        (Conn::Sqlite(c), For::Snapshot) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN")?,
        (Conn::Sqlite(c), _) => {
            let inside =
                AnsiTransactionManager::transaction_manager_status_mut(c).transaction_depth()?.is_some();
            if inside {
                AnsiTransactionManager::begin_transaction(c)?;
            } else {
                AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?;
            }
            if what == For::Restore {
                c.batch_execute("PRAGMA defer_foreign_keys = ON")?;
            }
        }
        (Conn::Pg(c), what) => {
            PgManager::begin_transaction(c)?;
            match what {
                For::Deed => {}
                // A disk that takes a backup slowly must not end its snapshot.
                For::Snapshot => c.batch_execute(
                    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; \
                     SET LOCAL idle_in_transaction_session_timeout = 0",
                )?,
                For::Restore => c.batch_execute(
                    "SET CONSTRAINTS ALL DEFERRED; SET LOCAL idle_in_transaction_session_timeout = 0",
                )?,
            }
        }
    }
    Ok(())
}

/// Ends the innermost transaction or savepoint: keeps its work or takes it back.
pub(crate) fn end(conn: &mut Conn, keep: bool) -> Result<(), diesel::result::Error> {
    match (conn, keep) {
        (Conn::Sqlite(c), true) => AnsiTransactionManager::commit_transaction(c),
        (Conn::Sqlite(c), false) => AnsiTransactionManager::rollback_transaction(c),
        (Conn::Pg(c), true) => PgManager::commit_transaction(c),
        (Conn::Pg(c), false) => PgManager::rollback_transaction(c),
    }
}

/// How many rows a connection has changed so far, where the engine can say so: whether a deed has written anything.
pub(crate) fn written(conn: &mut Conn) -> Outcome<Option<i64>> {
    match conn {
        Conn::Sqlite(c) => {
            let all = diesel::select(diesel::dsl::sql::<sql_types::BigInt>("total_changes()"));
            Ok(Some(fixed!(all).get_result(c)?))
        }
        Conn::Pg(_) => Ok(None),
    }
}

/// How an engine likes to be written to.
pub(crate) struct Habits {
    /// Threads that write: one on SQLite, which has one write lock; four on PostgreSQL.
    pub(crate) writers: usize,
    /// Whether the journal is sealed inside each group commit (SQLite: one writer, the order is known)
    /// or afterwards by a sealer (PostgreSQL: nobody knows before in which order transactions commit).
    pub(crate) seals_in_commit: bool,
    /// Whether a thread beside the writer carries the log into the database. The server does that by itself.
    pub(crate) carries: bool,
    /// Whether any number of processes may serve it at once.
    pub(crate) many_processes: bool,
}

/// The habits of an engine.
pub(crate) fn habits(engine: Engine) -> Habits {
    match engine {
        Engine::Sqlite => Habits { writers: 1, seals_in_commit: true, carries: true, many_processes: false },
        Engine::Postgres => {
            Habits { writers: 4, seals_in_commit: false, carries: false, many_processes: true }
        }
    }
}

/// Tries to hold a number of this database until the connection ends; false when another connection holds it. On the
/// embedded engine the number is always free: there the lock of a file keeps processes apart.
pub(crate) fn hold(conn: &mut Conn, number: i64) -> Outcome<bool> {
    #[derive(QueryableByName)]
    struct Held {
        #[diesel(sql_type = sql_types::Bool)]
        held: bool,
    }
    let Conn::Pg(c) = conn else { return Ok(true) };
    let ask = "SELECT pg_try_advisory_lock(hashtext('linli ' || current_schema()), $1::int) AS held";
    Ok(sql_query(ask).bind::<sql_types::BigInt, _>(number).get_result::<Held>(c)?.held)
}

/// Fills the tokens of a migration: `{id}` is the primary key column that new rows are appended
/// by, `{blob}` is bytes, `{search NAME}` makes the full-text table of bigrams.
pub(crate) fn spell(conn: &Conn, sql: &str) -> String {
    let (id, blob) = match conn {
        Conn::Sqlite(_) => ("INTEGER PRIMARY KEY NOT NULL", "BLOB"),
        Conn::Pg(_) => ("BIGINT PRIMARY KEY NOT NULL", "BYTEA"),
    };
    let mut out = deferrable(&sql.replace("{id}", id).replace("{blob}", blob));
    while let Some((before, rest)) = out.split_once("{search ") {
        let Some((name, after)) = rest.split_once('}') else { break };
        let table = match conn {
            Conn::Sqlite(_) => format!(
                "CREATE VIRTUAL TABLE {name} USING fts5(grams, content='', contentless_delete=1, detail='full', tokenize='unicode61')"
            ),
            Conn::Pg(_) => format!(
                "CREATE TABLE {name} (rowid BIGINT PRIMARY KEY, grams TSVECTOR NOT NULL);\n\
                 CREATE INDEX {name}_grams ON {name} USING GIN (grams)"
            ),
        };
        out = format!("{before}{table}{after}");
    }
    out
}

/// Makes every reference one that a restore may check at its end.
fn deferrable(sql: &str) -> String {
    let mut parts = sql.split("REFERENCES ");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (target, rest) = part.split_once(')').unwrap_or((part, ""));
        out.push_str(&format!("REFERENCES {target}) DEFERRABLE INITIALLY IMMEDIATE{rest}"));
    }
    out
}

/// Puts new documents into a full-text table: SQLite is given the grams in order, one by one; PostgreSQL ready-made
/// vectors with positions, all in one statement, so that no parser or locale of the server takes part.
pub(crate) fn search_put_new(conn: &mut Conn, table: &str, rows: Vec<(i64, Vec<String>)>) -> Outcome<()> {
    match conn {
        Conn::Sqlite(c) => {
            let sql = format!("INSERT INTO {table} (rowid, grams) VALUES ($1, $2)");
            for (id, grams) in rows {
                let row = sql_query(&sql).bind::<sql_types::BigInt, _>(id);
                crate::done(row.bind::<sql_types::Text, _>(grams.join(" ")), c)?;
            }
        }
        Conn::Pg(c) => {
            let (ids, bodies): (Vec<i64>, Vec<String>) =
                rows.into_iter().map(|(id, grams)| (id, crate::search::vector(&grams))).unzip();
            let sql = format!(
                "INSERT INTO {table} (rowid, grams) SELECT id, body::tsvector FROM unnest($1, $2) AS new (id, body)"
            );
            let insert = sql_query(sql)
                .bind::<sql_types::Array<sql_types::BigInt>, _>(ids)
                .bind::<sql_types::Array<sql_types::Text>, _>(bodies);
            crate::done(insert, c)?;
        }
    }
    Ok(())
}

/// The condition "this id's document matches every phrase", in three parts: SQL before the bound
/// text, the text, SQL after it.
pub(crate) fn search_clause(conn: &Conn, table: &str, id: &str, phrases: &[Vec<String>]) -> [String; 3] {
    match conn {
        Conn::Sqlite(_) => [
            format!("{id} IN (SELECT rowid FROM {table} WHERE {table} MATCH "),
            phrases
                .iter()
                .map(|p| match p.join(" ").strip_suffix('*') {
                    Some(start) => format!("\"{start}\" *"),
                    None => format!("\"{}\"", p.join(" ")),
                })
                .collect::<Vec<_>>()
                .join(" AND "),
            ")".to_owned(),
        ],
        Conn::Pg(_) => [
            format!("{id} IN (SELECT rowid FROM {table} WHERE grams @@ "),
            phrases
                .iter()
                .map(|p| {
                    let grams = p.iter().map(|g| match g.strip_suffix('*') {
                        Some(start) => format!("'{start}':*"),
                        None => format!("'{g}'"),
                    });
                    format!("({})", grams.collect::<Vec<_>>().join(" <-> "))
                })
                .collect::<Vec<_>>()
                .join(" & "),
            "::tsquery)".to_owned(),
        ],
    }
}

/// One table's columns in order, with a kind: `int`, `text`, `blob`, `real` or `bool`.
pub(crate) fn columns(conn: &mut Conn, table: &str) -> Outcome<Vec<(String, String)>> {
    #[derive(QueryableByName)]
    struct Column {
        #[diesel(sql_type = sql_types::Text)]
        name: String,
        #[diesel(sql_type = sql_types::Text)]
        kind: String,
    }
    let sql = match conn {
        Conn::Sqlite(_) => "SELECT name, lower(type) AS kind FROM pragma_table_info($1) ORDER BY cid",
        Conn::Pg(_) => {
            "SELECT column_name::text AS name, data_type::text AS kind FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position"
        }
    };
    let rows: Vec<Column> = on!(conn, c => sql_query(sql).bind::<sql_types::Text, _>(table).load(c))?;
    let kind = |k: &str| match k {
        "blob" | "bytea" => "blob",
        "text" => "text",
        "boolean" => "bool",
        "double precision" | "real" => "real",
        "tsvector" => "vector",
        _ => "int",
    };
    Ok(rows.into_iter().map(|c| (c.name, kind(&c.kind).to_owned())).collect())
}

/// The names of all tables of the house, in order. Full-text tables (`search_…`) are left out: they
/// hold nothing that is not elsewhere and are made anew after a restore.
pub(crate) fn tables(conn: &mut Conn) -> Outcome<Vec<String>> {
    #[derive(QueryableByName)]
    struct Table {
        #[diesel(sql_type = sql_types::Text)]
        name: String,
    }
    let sql = match conn {
        Conn::Sqlite(_) => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, 7) NOT IN ('sqlite_', 'search_') \
             ORDER BY name"
        }
        Conn::Pg(_) => {
            "SELECT table_name::text AS name FROM information_schema.tables \
             WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' \
             AND substr(table_name, 1, 7) <> 'search_' ORDER BY table_name COLLATE \"C\""
        }
    };
    Ok(on!(conn, c => sql_query(sql).load::<Table>(c))?.into_iter().map(|t| t.name).collect())
}

/// A row as a JSON array in SQL, bytes in hexadecimal, for the backup.
pub(crate) fn json_row(conn: &Conn, columns: &[(String, String)]) -> String {
    let cells: Vec<String> = columns
        .iter()
        .map(|(name, kind)| match (conn, kind.as_str()) {
            (Conn::Sqlite(_), "blob") => {
                format!("CASE WHEN {name} IS NULL THEN NULL ELSE lower(hex({name})) END")
            }
            (Conn::Pg(_), "blob") => format!("encode({name}, 'hex')"),
            (Conn::Sqlite(_), "bool") => {
                format!("json(CASE {name} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END)")
            }
            _ => name.clone(),
        })
        .collect();
    match conn {
        Conn::Sqlite(_) => format!("json_array({})", cells.join(", ")),
        Conn::Pg(_) => format!("json_build_array({})::text", cells.join(", ")),
    }
}

/// Whether a connection must be thrown away: the server went, or a transaction cannot be ended.
pub(crate) fn is_broken(conn: &mut Conn) -> bool {
    match conn {
        Conn::Sqlite(c) => AnsiTransactionManager::is_broken_transaction_manager(c),
        Conn::Pg(c) => PgManager::is_broken_transaction_manager(c),
    }
}
