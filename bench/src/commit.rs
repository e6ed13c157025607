//! Group commit measured: deeds of two rows (a record and its fact) by many clients at once, against the
//! bare engine committing the same two rows, one commit each and many in one.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use base::{Act, Chance, Millis, SystemClock};
use diesel::{connection::SimpleConnection, prelude::*};
use linli_loader::spread::Times;
use serde::Serialize;
use store::{Conn, Db, DbConfig, Fact, KERNEL_MIGRATIONS, Keys, Migration, migrate, on, open};

use crate::{measure::apart, powercut::said};

diesel::table! { trial_row (id) { id -> BigInt, text -> Text, } }
diesel::table! { trial_twin (id) { id -> BigInt, text -> Text, } }

const SCHEMA: Migration = Migration {
    room: "trial",
    name: "0001_commit",
    sql: "CREATE TABLE trial_row (id {id}, text TEXT NOT NULL);\nCREATE TABLE trial_twin (id {id}, text TEXT NOT NULL);\n",
};

/// One line of the result.
#[derive(Debug, Serialize)]
pub struct Figure {
    engine: &'static str,
    clients: usize,
    deeds_per_s: f64,
    bare_one_commit_each_per_s: f64,
    bare_64_in_one_commit_per_s: f64,
    deeds_in_a_commit: f64,
    p50_ms: f64,
    p99_ms: f64,
}

/// Measures both engines that this run has.
///
/// # Errors
/// When a database cannot be made.
pub fn measure(seconds: f64, postgres: Option<&str>) -> anyhow::Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let mut out = Vec::new();
    let file = format!("sqlite:{}", folder.path().join("bench.db").display());
    for clients in [1, 8, 64] {
        out.push(one(&file, "sqlite", clients, seconds)?);
    }
    if let Some(url) = postgres {
        for clients in [1, 8, 64] {
            out.push(one(url, "postgres", clients, seconds)?);
        }
    }
    Ok(out)
}

fn one(url: &str, engine: &'static str, clients: usize, seconds: f64) -> anyhow::Result<Figure> {
    let next = Arc::new(AtomicI64::new(1));
    let bare_one = bare(url, 1, seconds)?;
    let bare_many = bare(url, 64, seconds)?;
    let config = DbConfig { url: url.to_owned(), readers: 1, signs: false };
    let db = Db::open(&config, Keys::fresh("bench"), Arc::new(Chance::from_seed(3)), Arc::new(SystemClock))
        .map_err(said)?;
    wipe(url)?;
    let before = db.health();
    let (done, spread, took) = drive(&db, clients, seconds, &next)?;
    let after = db.health();
    let commits = (after.commits - before.commits).max(1);
    Ok(Figure {
        engine,
        clients,
        deeds_per_s: done as f64 / took,
        bare_one_commit_each_per_s: bare_one,
        bare_64_in_one_commit_per_s: bare_many,
        deeds_in_a_commit: (after.committed - before.committed) as f64 / commits as f64,
        p50_ms: spread.at(0.5),
        p99_ms: spread.at(0.99),
    })
}

fn prepared(url: &str) -> anyhow::Result<Conn> {
    let mut conn = open(url, false).map_err(said)?;
    let steps: Vec<Migration> = KERNEL_MIGRATIONS.iter().copied().chain([SCHEMA]).collect();
    migrate(&mut conn, &steps, Millis(0)).map_err(said)?;
    Ok(conn)
}

fn wipe(url: &str) -> anyhow::Result<()> {
    let url = url.to_owned();
    apart(move || {
        let mut conn = prepared(&url)?;
        on!(&mut conn, c => diesel::delete(trial_row::table).execute(c))?;
        on!(&mut conn, c => diesel::delete(trial_twin::table).execute(c))?;
        Ok(())
    })
}

/// The bare engine: two rows, `batch` of them in a commit, one connection.
#[expect(clippy::disallowed_methods, reason = "the bench measures")]
fn bare(url: &str, batch: i64, seconds: f64) -> anyhow::Result<f64> {
    wipe(url)?;
    let url = url.to_owned();
    apart(move || {
        let mut conn = prepared(&url)?;
        let text = "事项内容".repeat(40);
        let (start, mut n) = (Instant::now(), 0_i64);
        while start.elapsed().as_secs_f64() < seconds {
            on!(&mut conn, c => c.batch_execute("BEGIN"))?;
            for id in n..n + batch {
                on!(&mut conn, c => diesel::insert_into(trial_row::table)
                    .values((trial_row::id.eq(id), trial_row::text.eq(&text)))
                    .execute(c))?;
                on!(&mut conn, c => diesel::insert_into(trial_twin::table)
                    .values((trial_twin::id.eq(id), trial_twin::text.eq(&text)))
                    .execute(c))?;
            }
            on!(&mut conn, c => c.batch_execute("COMMIT"))?;
            n += batch;
        }
        Ok(n as f64 / start.elapsed().as_secs_f64())
    })
}

#[expect(clippy::disallowed_methods, reason = "the bench measures")]
fn drive(
    db: &Db,
    clients: usize,
    seconds: f64,
    next: &Arc<AtomicI64>,
) -> anyhow::Result<(usize, Times, f64)> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build()?;
    let all = Arc::new(Mutex::new(Vec::new()));
    let start = Instant::now();
    let until = start + Duration::from_secs_f64(seconds);
    runtime.block_on(async {
        let mut tasks = Vec::new();
        for _ in 0..clients {
            let (db, next, all) = (db.clone(), next.clone(), all.clone());
            tasks.push(tokio::spawn(async move {
                let text: Arc<str> = "事项内容".repeat(40).into();
                let mut took = Vec::new();
                while Instant::now() < until {
                    let (id, text, begin) =
                        (next.fetch_add(1, Ordering::Relaxed), text.clone(), Instant::now());
                    let done = db.write(move |tx| {
                        on!(tx.conn, c => diesel::insert_into(trial_row::table)
                            .values((trial_row::id.eq(id), trial_row::text.eq(&*text)))
                            .execute(c))?;
                        tx.record(Fact::new("trial.row_made", Act::system(Millis(id)), "trial", id));
                        Ok(())
                    });
                    if done.await.is_ok() {
                        took.push(begin.elapsed());
                    }
                }
                all.lock().unwrap_or_else(|e| e.into_inner()).extend(took);
            }));
        }
        for task in tasks {
            let _ = task.await;
        }
    });
    let took = start.elapsed().as_secs_f64();
    let all = std::mem::take(&mut *all.lock().unwrap_or_else(|e| e.into_inner()));
    Ok((all.len(), Times::of(all), took))
}
