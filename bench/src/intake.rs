//! Matters brought per second over HTTP (validated, routed, numbered, journaled, durable), as a ratio to
//! the bare engine committing the same rows in the same run.

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, Instant},
};

use diesel::{connection::SimpleConnection, prelude::*, sql_query};
use serde::Serialize;
use store::{Conn, on};

use crate::{load, measure::Spread, powercut::said, server::City};

/// One line of the result.
#[derive(Debug, Serialize)]
pub struct Figure {
    engine: &'static str,
    clients: usize,
    created_per_s: f64,
    p50_ms: f64,
    p99_ms: f64,
    bare_per_s: f64,
    ratio: f64,
    idle_mb: f64,
    cold_start_ms: f64,
}

/// Measures one engine.
///
/// # Errors
/// When the server does not start.
#[expect(clippy::disallowed_methods, reason = "the bench measures")]
pub fn measure(seconds: f64, postgres: Option<&str>) -> anyhow::Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let city = City::found(folder.path(), postgres)?;
    let url = postgres
        .map_or_else(|| format!("sqlite:{}", folder.path().join("linli.db").display()), str::to_owned);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut out = Vec::new();
    for clients in [8, 64] {
        let begun = Instant::now();
        let mut server = city.serve()?;
        let cold_start_ms = begun.elapsed().as_secs_f64() * 1_000.0;
        let idle_mb = server.resident_mb();
        let stop = Arc::new(AtomicBool::new(false));
        runtime.block_on(load::drive(&server.address, clients, Duration::from_secs(1), stop.clone()));
        let time = Duration::from_secs_f64(seconds);
        let (acked, took) = runtime.block_on(load::drive(&server.address, clients, time, stop));
        server.kill();
        let spread = Spread::of(acked.iter().map(|a| a.took).collect());
        let created = acked.len() as f64 / took;
        let bare = apart(|| bare(&url, clients as i64, seconds))?;
        out.push(Figure {
            engine: if postgres.is_some() { "postgres" } else { "sqlite" },
            clients,
            created_per_s: created,
            p50_ms: spread.at(0.5),
            p99_ms: spread.at(0.99),
            bare_per_s: bare,
            ratio: created / bare,
            idle_mb,
            cold_start_ms,
        });
    }
    Ok(out)
}

fn apart<T: Send>(work: impl FnOnce() -> anyhow::Result<T> + Send) -> anyhow::Result<T> {
    std::thread::scope(|s| s.spawn(work).join())
        .unwrap_or_else(|_| Err(anyhow::anyhow!("a measurement panicked")))
}

/// The tables that an intake writes, and the indexed condition for the rows of one case.
const ROWS: &[(&str, &str)] = &[
    ("case_item", "id = $1"),
    ("case_intake", "case_id = $1"),
    ("case_act", "case_id = $1"),
    ("case_part", "case_id = $1"),
    ("case_reporter", "case_id = $1"),
    ("jobs_timer", "subject_id = $1"),
    ("journal_entry", "subject_kind = 'case' AND subject_id = $1"),
];

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    id: i64,
}

/// The bare engine: the same rows of cases that were just made, written again into twin tables with the
/// same indexes, `batch` cases in a commit (as many as the clients that wait for one), one connection.
#[expect(clippy::disallowed_methods, reason = "the bench measures")]
fn bare(url: &str, batch: i64, seconds: f64) -> anyhow::Result<f64> {
    let mut conn = store::open(url, false).map_err(said)?;
    twins(&mut conn)?;
    let ids: Vec<IdRow> =
        on!(&mut conn, c => sql_query("SELECT id FROM case_item ORDER BY id DESC LIMIT 20000").load(c))?;
    let (start, mut n) = (Instant::now(), 0);
    for part in ids.chunks(batch as usize) {
        if start.elapsed().as_secs_f64() > seconds {
            break;
        }
        on!(&mut conn, c => c.batch_execute("BEGIN"))?;
        for row in part {
            for (table, key) in ROWS {
                let sql = format!("INSERT INTO bare_{table} SELECT * FROM {table} WHERE {key}");
                on!(&mut conn, c => sql_query(sql).bind::<diesel::sql_types::BigInt, _>(row.id).execute(c))?;
            }
        }
        on!(&mut conn, c => c.batch_execute("COMMIT"))?;
        n += part.len();
    }
    Ok(n as f64 / start.elapsed().as_secs_f64())
}

#[derive(QueryableByName)]
struct Definition {
    #[diesel(sql_type = diesel::sql_types::Text)]
    sql: String,
}

/// Empty twins of the tables with their indexes.
fn twins(conn: &mut Conn) -> anyhow::Result<()> {
    for (table, _) in ROWS {
        on!(conn, c => c.batch_execute(&format!("DROP TABLE IF EXISTS bare_{table}")))?;
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
                .replace(&format!(" INDEX {table}"), &format!(" INDEX bare_{table}"))
                .replace(&format!(" ON {table}"), &format!(" ON bare_{table}"));
            on!(conn, c => c.batch_execute(&sql))?;
        }
    }
    Ok(())
}
