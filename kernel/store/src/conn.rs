//! One connection, of either engine, and the macro that writes a query once for both.

use base::{Fault, Outcome};
use diesel::{
    Connection, QueryResult, RunQueryDsl,
    connection::SimpleConnection,
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    sqlite::SqliteConnection,
};
use diesel_async::{AsyncPgConnection, async_connection_wrapper::AsyncConnectionWrapper};

/// A PostgreSQL connection in pure Rust, driven by its own thread.
pub type PgWire = AsyncConnectionWrapper<AsyncPgConnection>;

/// A connection. Use it through [`on!`](crate::on), never by matching.
#[expect(clippy::large_enum_variant, reason = "a handful exist for the life of the process")]
pub enum Conn {
    /// The embedded engine.
    Sqlite(SqliteConnection),
    /// The server engine.
    Pg(PgWire),
}

/// Runs one diesel expression on whichever engine the connection is; the body is compiled and
/// type-checked for both. `on!(conn, c => items::table.load::<Row>(c))`.
#[macro_export]
macro_rules! on {
    ($conn:expr, $c:ident => $body:expr) => {
        match &mut *$conn {
            $crate::Conn::Sqlite($c) => $body,
            $crate::Conn::Pg($c) => $body,
        }
    };
}

/// Adds rows to a table: on the server engine in one statement for up to 64, which saves a round trip for each; on
/// the embedded engine one by one with the statement that it keeps prepared. `add_all!(conn, items::table, &rows)`.
#[macro_export]
macro_rules! add_all {
    ($conn:expr, $table:expr, $rows:expr) => {
        match (&mut *$conn, $rows) {
            ($crate::Conn::Sqlite(c), rows) => {
                for row in rows {
                    ::diesel::RunQueryDsl::execute(::diesel::insert_into($table).values(row), c)?;
                }
            }
            ($crate::Conn::Pg(c), rows) => {
                for part in $crate::portions(rows) {
                    let insert = $crate::Kept(::diesel::insert_into($table).values(part));
                    ::diesel::RunQueryDsl::execute(insert, c)?;
                }
            }
        }
    };
}

/// Rows in portions of few sizes, so that few statements are kept prepared: up to 8, then 16, 32 and 64.
pub fn portions<R>(mut rows: &[R]) -> impl Iterator<Item = &[R]> {
    std::iter::from_fn(move || {
        let most = [64, 32, 16].into_iter().find(|n| *n <= rows.len()).unwrap_or(8).min(rows.len());
        let (now, later) = rows.split_at(most);
        rows = later;
        (!now.is_empty()).then_some(now)
    })
}

/// A statement of several rows that the server engine keeps prepared by its text. The query builder takes it for one
/// that hardly comes again and would have it parsed each time, which is another round trip; [`portions`] sees to it
/// that there are few.
#[derive(Debug)]
pub struct Kept<Q>(pub Q);

impl<Q> QueryId for Kept<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Kept<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &Pg) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q, C> RunQueryDsl<C> for Kept<Q> {}

/// Opens `sqlite:PATH` or `postgres://…`. SQLite is set to WAL with `synchronous=FULL`: with
/// NORMAL a power cut takes acknowledged rows with it, which the power-cut test shows.
///
/// # Errors
/// A fault that names the engine and the cause, never the password in the address.
pub fn open(url: &str, read_only: bool) -> Outcome<Conn> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        let (path, extra) = test_pragmas(path);
        let mut conn =
            SqliteConnection::establish(path).map_err(|e| Fault::new(format!("open SQLite {path}: {e}")))?;
        conn.batch_execute(
            "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
             PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 268435456; \
             PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864;",
        )?;
        if !extra.is_empty() {
            conn.batch_execute(extra)?;
        }
        if read_only {
            conn.batch_execute("PRAGMA query_only = ON;")?;
        } else {
            // With the default of 2 MB a transaction of many deeds spills its pages and reads them again.
            conn.batch_execute("PRAGMA cache_size = -32768;")?;
        }
        return Ok(Conn::Sqlite(conn));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        let mut conn = PgWire::establish(url).map_err(|e| Fault::new(format!("open PostgreSQL: {e}")))?;
        // Just-in-time compilation costs more than it gives for short queries (a peer measured 4x).
        conn.batch_execute(
            "SET jit = off; SET client_min_messages = warning; SET statement_timeout = '60s';",
        )?;
        return Ok(Conn::Pg(conn));
    }
    Err(Fault::new("a database address begins with sqlite: or postgres://").into())
}

/// In tests a path may end in `?PRAGMA …`: the power-cut trial runs its control with weaker settings
/// and must see it lose rows. Elsewhere a path is only a path.
#[cfg(feature = "testing")]
fn test_pragmas(path: &str) -> (&str, &str) {
    path.split_once('?').unwrap_or((path, ""))
}

#[cfg(not(feature = "testing"))]
fn test_pragmas(path: &str) -> (&str, &str) {
    (path, "")
}
