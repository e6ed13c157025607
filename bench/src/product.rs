//! The built product at rest: how large it is, how soon it answers, what it holds in memory with the whole
//! city, and how many positions a thread places in a second.

use std::time::Instant;

use base::{Chance, SystemClock};
use linli_loader::spread::Times;
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use serde::Serialize;
use store::{Db, DbConfig, Keys};
use territory::{BORDER_M, LiveAtlas, Spot};

use crate::{
    measure::apart,
    powercut::said,
    server::{City, Scale},
};

/// Positions that are placed in one round.
const SPOTS: usize = 1_000_000;
/// How often a start is measured.
const STARTS: usize = 5;

/// What was seen.
#[derive(Debug, Serialize)]
pub struct Figure {
    binary_mb: f64,
    city_founded_s: f64,
    grids: usize,
    cold_start_ms: f64,
    idle_mb: f64,
    grid_at_per_s: f64,
    locate_with_borders_per_s: f64,
    spots_inside: f64,
}

/// Founds the whole city without its year and measures over it.
///
/// # Errors
/// When the city cannot be founded or served.
#[expect(clippy::disallowed_methods, reason = "the bench measures")]
pub fn measure() -> anyhow::Result<Figure> {
    let folder = tempfile::tempdir()?;
    let begun = Instant::now();
    let city = City::found(folder.path(), None, Scale::WholeWithoutItsYear)?;
    let city_founded_s = begun.elapsed().as_secs_f64();
    let (mut starts, mut idle_mb) = (Vec::new(), 0.0);
    for _ in 0..STARTS {
        let begun = Instant::now();
        let server = city.serve()?;
        starts.push(begun.elapsed());
        idle_mb = server.resident_mb();
    }
    let binary = std::fs::metadata(std::env::current_exe()?.with_file_name("linli"))?.len();
    let file = format!("sqlite:{}", folder.path().join("linli.db").display());
    let atlas = apart(|| {
        let config = DbConfig { url: file.clone(), readers: 1, signs: false };
        let chance = std::sync::Arc::new(Chance::from_seed(3));
        let db = Db::open(&config, Keys::fresh("bench"), chance, std::sync::Arc::new(SystemClock))
            .map_err(said)?;
        Ok(LiveAtlas::open(&db).map_err(said)?.now())
    })?;
    let spots = spots_over(&atlas);
    let (at, inside) = rate(&spots, |s| atlas.grid_at(s).is_some());
    let (with_borders, _) = rate(&spots, |s| atlas.locate(s, BORDER_M).place.is_some());
    Ok(Figure {
        binary_mb: binary as f64 / 1_048_576.0,
        city_founded_s,
        grids: atlas.grid_count(),
        cold_start_ms: Times::of(starts).at(0.5),
        idle_mb,
        grid_at_per_s: at,
        locate_with_borders_per_s: with_borders,
        spots_inside: inside as f64 / spots.len() as f64,
    })
}

/// Spots spread evenly over the box of all grids; the same in every run.
fn spots_over(atlas: &territory::rules::atlas::Atlas) -> Vec<Spot> {
    let corners = || atlas.all_grids().flat_map(|g| g.outline.rings()).flatten();
    let span = |pick: fn(&Spot) -> i32| {
        let (least, most) = (corners().map(pick).min(), corners().map(pick).max());
        least.unwrap_or(0)..=most.unwrap_or(1)
    };
    let (lon, lat) = (span(|s| s.lon), span(|s| s.lat));
    let mut rng = SmallRng::seed_from_u64(9);
    (0..SPOTS)
        .map(|_| Spot { lon: rng.random_range(lon.clone()), lat: rng.random_range(lat.clone()) })
        .collect()
}

/// Answers per second of one thread, and how many were "yes".
#[expect(clippy::disallowed_methods, reason = "the bench measures")]
fn rate(spots: &[Spot], ask: impl Fn(Spot) -> bool) -> (f64, usize) {
    let begun = Instant::now();
    let yes = spots.iter().filter(|s| ask(**s)).count();
    (spots.len() as f64 / begun.elapsed().as_secs_f64(), yes)
}
