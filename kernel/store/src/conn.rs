//! One connection, of either engine, and the macro that writes a query once for both.

use std::marker::PhantomData;

use base::{Fault, Outcome};
use diesel::{
    Connection, QueryResult, RunQueryDsl,
    backend::Backend,
    connection::SimpleConnection,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    query_dsl::methods::LoadQuery,
    sql_types::BigInt,
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

impl Conn {
    /// Whether it is the embedded engine: for the bench, which asks what no room asks.
    pub fn is_embedded(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }
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
                    $crate::done(::diesel::insert_into($table).values(part), c)?;
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

/// A statement with an answer that an engine keeps prepared by its text. The query builder takes an update, SQL that is
/// written out and a statement of several rows for ones that hardly come again, and has them parsed each time: a tenth
/// of the writer's time on the embedded engine, another round trip on the server engine. The texts must be few: one for
/// an update of fixed columns; for rows [`portions`] sees to it. Ask with `load`: with `execute` the query builder looks
/// through this and keeps nothing.
#[derive(Debug)]
pub struct Kept<Q>(pub Q);

impl<Q: QueryId> QueryId for Kept<Q> {
    type QueryId = Q::QueryId;
    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Kept<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q: Query> Query for Kept<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, C> RunQueryDsl<C> for Kept<Q> {}

/// A statement whose text is the same each time, found again by the place `M` in the source where it stands; see
/// [`fixed!`](crate::fixed).
#[derive(Debug)]
pub struct Fixed<Q, M>(Q, PhantomData<M>);

impl<Q, M> Fixed<Q, M> {
    /// Use [`fixed!`](crate::fixed).
    #[doc(hidden)]
    pub fn new(statement: Q) -> Self {
        Self(statement, PhantomData)
    }
}

/// A statement that an engine keeps prepared by the place where it stands, so that its text is not written anew to
/// find it: an update of columns that are always the same. Not for a changeset with optional columns, a list of values
/// or a table by name: the first text would be taken for all. An insert needs it not: its row says
/// `treat_none_as_default_value = false`, and the query builder knows by itself that its text is always the same.
#[macro_export]
macro_rules! fixed {
    ($statement:expr) => {{
        struct Here;
        $crate::Kept($crate::Fixed::<_, Here>::new($statement))
    }};
}

impl<Q, M: 'static> QueryId for Fixed<Q, M> {
    type QueryId = Fixed<(), M>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<Q: QueryFragment<DB>, DB: Backend, M> QueryFragment<DB> for Fixed<Q, M> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }
}

impl<Q: Query, M> Query for Fixed<Q, M> {
    type SqlType = Q::SqlType;
}

/// The rows of a query that no other transaction holds, and holds them until the end of this one: several processes then
/// share work instead of waiting for each other. `free!(conn, items::table.limit(9))`.
#[macro_export]
macro_rules! free {
    ($conn:expr, $query:expr) => {
        match &mut *$conn {
            // One writer: nobody else holds anything.
            $crate::Conn::Sqlite(c) => ::diesel::RunQueryDsl::load($query, c),
            $crate::Conn::Pg(c) => {
                let held = ::diesel::QueryDsl::for_update($query);
                ::diesel::RunQueryDsl::load(::diesel::QueryDsl::skip_locked(held), c)
            }
        }
    };
}

/// Runs an update of fixed text and says how many rows it changed; `$id` is a column of its table.
/// `changed!(conn, items::id, diesel::update(items::table.find(1)).set(items::name.eq("new")))`.
#[macro_export]
macro_rules! changed {
    ($conn:expr, $id:expr, $update:expr) => {
        match &mut *$conn {
            // To return what was changed costs the embedded engine more than to ask for the number.
            $crate::Conn::Sqlite(c) => {
                $crate::done($crate::fixed!($update), c)?;
                $crate::changes(c)?
            }
            $crate::Conn::Pg(c) => {
                let ids: Vec<i64> = ::diesel::RunQueryDsl::load($crate::fixed!($update.returning($id)), c)?;
                ids.len() as i64
            }
        }
    };
}

/// How many rows the last statement of a connection of the embedded engine changed.
///
/// # Errors
/// What the engine says.
pub fn changes(conn: &mut SqliteConnection) -> QueryResult<i64> {
    fixed!(diesel::select(diesel::dsl::sql::<BigInt>("changes()"))).get_result(conn)
}

/// Runs a statement that answers nothing and keeps it prepared, as [`Kept`] does.
///
/// # Errors
/// What the engine says.
pub fn done<'q, Q, C>(statement: Q, conn: &mut C) -> QueryResult<()>
where
    Kept<Silent<Q>>: LoadQuery<'q, C, i64>,
{
    Kept(Silent(statement)).load(conn).map(|_: Vec<i64>| ())
}

/// A statement without an answer, asked as if it had one: there are no rows to be of the type.
#[derive(Debug)]
pub struct Silent<Q>(Q);

impl<Q: QueryId> QueryId for Silent<Q> {
    type QueryId = Q::QueryId;
    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Silent<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }
}

impl<Q> Query for Silent<Q> {
    type SqlType = BigInt;
}

/// Opens `sqlite:PATH` or `postgres://…`. SQLite is set to WAL with `synchronous=FULL`: with
/// NORMAL a power cut takes acknowledged rows with it, which the power-cut test shows.
///
/// # Errors
/// A fault that names the engine and the cause, never the password in the address.
pub fn open(url: &str, read_only: bool) -> Outcome<Conn> {
    let conn = connect(url, read_only)?;
    #[cfg(feature = "testing")]
    let conn = crate::testing::heard(conn, url);
    Ok(conn)
}

/// The file of an embedded database, without what a test's address adds to it.
pub(crate) fn file_of(url: &str) -> Option<&str> {
    url.strip_prefix("sqlite:").map(|path| test_pragmas(path).0)
}

/// The address of a copy, which must not keep anybody waiting for an answer when its machine is gone.
pub(crate) fn with_limits(url: &str) -> String {
    if file_of(url).is_some() {
        return url.to_owned();
    }
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}tcp_user_timeout=3000")
}

pub(crate) fn connect(url: &str, read_only: bool) -> Outcome<Conn> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        let (path, extra) = test_pragmas(path);
        let mut conn =
            SqliteConnection::establish(path).map_err(|e| Fault::new(format!("open SQLite {path}: {e}")))?;
        conn.batch_execute(
            "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
             PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 268435456; \
             PRAGMA wal_autocheckpoint = 32768; PRAGMA journal_size_limit = 67108864;",
        )?;
        if !extra.is_empty() {
            conn.batch_execute(extra)?;
        }
        if read_only {
            conn.batch_execute("PRAGMA query_only = ON;")?;
        } else {
            // With the default of 2 MB a transaction of many deeds spills its pages and reads them again.
            conn.batch_execute("PRAGMA cache_size = -65536;")?;
        }
        return Ok(Conn::Sqlite(conn));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        let mut conn = PgWire::establish(url).map_err(|e| Fault::new(format!("open PostgreSQL: {e}")))?;
        // Just-in-time compilation costs more than it gives for short queries (a peer measured 4x). A process that froze,
        // or whose machine went, inside a transaction must not hold its rows against the others; nor one that was killed
        // while a statement of it waits, which the server (from version 14 on) looks for when it is told to.
        conn.batch_execute(
            "SET jit = off; SET client_min_messages = warning; SET statement_timeout = '60s'; \
             SET idle_in_transaction_session_timeout = '6s'; \
             SELECT set_config(name, '500', false) FROM pg_settings WHERE name = 'client_connection_check_interval';",
        )?;
        return Ok(Conn::Pg(conn));
    }
    Err(Fault::new("a database address begins with sqlite: or postgres://").into())
}

/// Carries what has been written to SQLite's log into its database, as far as nobody reads or writes it. It may run
/// beside the writer, on another connection; the writer itself does so only when the log has grown to 128 MB.
/// PostgreSQL sees to its own.
pub(crate) fn carry(conn: &mut Conn) -> Outcome<()> {
    if let Conn::Sqlite(c) = conn {
        c.batch_execute("PRAGMA wal_checkpoint(PASSIVE)")?;
    }
    Ok(())
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
