//! Kills under load: the server is killed at a random moment while clients bring matters; started again,
//! every acknowledged matter must be there. Each kill has at least five acknowledged matters, or it
//! proves nothing.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::ensure;
use diesel::prelude::*;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use store::on;

use crate::{
    load::{self, Acked},
    powercut::said,
    server::{City, Scale},
};

diesel::table! { case_item (id) { id -> BigInt, number -> Text, } }

/// Acknowledged matters that a kill must have before it.
const FLOOR: usize = 5;

/// Kills `kills` times; on SQLite, or on the PostgreSQL database that is named.
///
/// # Errors
/// When an acknowledged matter is missing, or the load was too small.
#[expect(clippy::print_stdout, reason = "a command's answer")]
pub fn trial(kills: usize, postgres: Option<&str>) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let city = City::found(folder.path(), postgres, Scale::Small)?;
    let url = postgres
        .map_or_else(|| format!("sqlite:{}", folder.path().join("linli.db").display()), str::to_owned);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut rng = StdRng::seed_from_u64(5);
    let (mut total, mut least) = (0, usize::MAX);
    let mut all: Vec<Acked> = Vec::new();
    for n in 0..kills {
        let mut server = city.serve()?;
        let stop = Arc::new(AtomicBool::new(false));
        let wait = Duration::from_millis(rng.random_range(0..120));
        let before = load::ACKED.load(Ordering::Relaxed);
        let acked = runtime.block_on(async {
            let load = tokio::spawn({
                let (address, stop) = (server.address.clone(), stop.clone());
                async move { load::drive(&address, 8, Duration::from_secs(20), stop).await.0 }
            });
            for _ in 0..400 {
                if load::ACKED.load(Ordering::Relaxed) - before >= FLOOR as u64 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            tokio::time::sleep(wait).await;
            server.kill();
            stop.store(true, Ordering::Relaxed);
            load.await
        })?;
        ensure!(acked.len() >= FLOOR, "kill {n}: only {} acknowledged matters before it", acked.len());
        total += acked.len();
        least = least.min(acked.len());
        all.extend(acked);
        if n % 25 == 24 || n + 1 == kills {
            let present = numbers(&url)?;
            let lost = all.iter().filter(|a| !present.contains(&a.number)).count();
            ensure!(lost == 0, "{lost} acknowledged matters were lost by kill {n}");
        }
    }
    let server = city.serve()?;
    let sample: Vec<&Acked> = all.iter().step_by((all.len() / 20).max(1)).collect();
    for acked in sample {
        ensure!(
            runtime.block_on(load::is_there(&server.address, acked)),
            "{} cannot be opened",
            acked.number
        );
    }
    println!(
        "{}",
        serde_json::json!({"kills": kills, "acknowledged": total, "least_before_a_kill": least, "lost": 0})
    );
    Ok(())
}

fn numbers(url: &str) -> anyhow::Result<HashSet<String>> {
    let url = url.to_owned();
    std::thread::scope(|s| {
        s.spawn(move || -> anyhow::Result<HashSet<String>> {
            let mut conn = store::open(&url, false).map_err(said)?;
            let rows: Vec<String> = on!(&mut conn, c => case_item::table.select(case_item::number).load(c))?;
            Ok(rows.into_iter().collect())
        })
        .join()
    })
    .unwrap_or_else(|_| anyhow::bail!("counting panicked"))
}
