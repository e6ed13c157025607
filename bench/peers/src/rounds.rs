//! The order of a run: everything is filled; then rounds in which the houses take turns, one running at a time, so that
//! the machine's noise hits all alike. Reading comes first in all rounds, while every table has the same rows; then bringing.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result};
use linli_loader::{
    http::Line,
    pace::{self, Pace, Seen},
};
use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;

use crate::{
    peer::{Due, Ground, Peer, Scenario},
    plan::{LISTED_UNIT, Matter, open_in_unit},
    postgres,
    process::{Memory, Running},
};

/// How a run is done.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Plan {
    /// Seconds of each measurement.
    pub seconds: f64,
    /// Seconds before each.
    pub warm_up: f64,
    /// Rounds of reading, and as many of bringing.
    pub rounds: usize,
    /// Rows before the first measurement.
    pub rows: u64,
}

/// One measurement.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Point {
    /// The house.
    pub peer: String,
    /// What was asked.
    pub scenario: Scenario,
    /// How requests came.
    pub pace: Pace,
    /// The round, from 0.
    pub round: usize,
    /// What was seen.
    pub seen: Seen,
}

/// One start of a house.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Start {
    /// The house.
    pub peer: String,
    /// The round, from 0.
    pub round: usize,
    /// From the start of the program to its first answer.
    pub cold_start_ms: f64,
    /// Before the first measurement, signed in.
    pub idle: Memory,
    /// The most in this round.
    pub peak: Memory,
    /// The database server's processes after the measurements, where the house has one.
    pub database: Option<Memory>,
    /// The machine's load average as it started.
    pub load: String,
}

/// Everything that was measured.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Figures {
    /// Versions by house.
    pub versions: BTreeMap<String, String>,
    /// Every measurement.
    pub points: Vec<Point>,
    /// Every start.
    pub starts: Vec<Start>,
    /// Rows of matters at the end, by house: the quicker one was, the more it had to carry.
    pub rows_at_end: BTreeMap<String, u64>,
    /// Houses that could not be measured, and why.
    pub failed: BTreeMap<String, String>,
}

/// The rate of an open loop that the wide houses are all asked for: a province's design load.
pub const DESIGN_LOAD: f64 = 304.0;
/// Eight clients that wait longer than this are not followed by 64.
const WORTH_64_MS: f64 = 250.0;
/// Requests of one client of a signed-in bringing: its accounts' limits allow no more.
const SIGNED_IN: u64 = 150;

/// A run in being.
pub struct Run<'a> {
    ground: &'a Ground,
    plan: Plan,
    runtime: &'a Runtime,
    figures: Figures,
    /// The next running number of a matter, by house.
    next: BTreeMap<&'static str, u64>,
}

/// Installs, fills and measures.
///
/// # Errors
/// If nothing can be started at all; a house that fails alone is noted and left out.
pub fn run(ground: &Ground, plan: Plan, runtime: &Runtime, peers: Vec<Box<dyn Peer>>) -> Result<Figures> {
    let mut run = Run { ground, plan, runtime, figures: Figures::default(), next: BTreeMap::new() };
    let mut peers: Vec<Box<dyn Peer>> = peers
        .into_iter()
        .filter_map(|mut peer| {
            let ready = run.prepare(peer.as_mut());
            run.noted(peer.name(), ready).then_some(peer)
        })
        .collect();
    for writes in [false, true] {
        for round in 0..plan.rounds {
            peers.retain_mut(|peer| {
                let done = run.turn(peer.as_mut(), round, writes);
                run.noted(peer.name(), done)
            });
        }
    }
    anyhow::ensure!(!peers.is_empty(), "no house could be measured: {:?}", run.figures.failed);
    for peer in &peers {
        let next = run.next.get(peer.name()).copied().unwrap_or(plan.rows);
        run.figures.rows_at_end.insert(peer.name().to_owned(), next);
    }
    Ok(run.figures)
}

impl Run<'_> {
    fn noted(&mut self, name: &str, done: Result<()>) -> bool {
        if let Err(error) = &done {
            println!("{name}: left out: {error:#}");
            self.figures.failed.insert(name.to_owned(), format!("{error:#}"));
        }
        done.is_ok()
    }

    fn prepare(&mut self, peer: &mut dyn Peer) -> Result<()> {
        let version = peer.install(self.ground)?;
        let begun = std::time::Instant::now();
        peer.fill(self.ground, self.runtime)?;
        // PostgreSQL counts its rows within a minute by itself; nobody is measured before it has.
        if let Some(name) = peer.database() {
            postgres::ask(&postgres::database(&self.ground.postgres, name), "VACUUM ANALYZE")?;
        }
        println!(
            "{} {version}: {} rows in {:.1} s",
            peer.name(),
            self.plan.rows,
            begun.elapsed().as_secs_f64()
        );
        self.figures.versions.insert(peer.name().to_owned(), version);
        self.next.insert(peer.name(), self.plan.rows);
        Ok(())
    }

    /// One house's turn: started, held against the plan, measured, ended.
    fn turn(&mut self, peer: &mut dyn Peer, round: usize, writes: bool) -> Result<()> {
        let load = linli_loader::machine::load();
        let running = peer.start(self.ground, self.runtime)?;
        let idle = running.memory();
        self.hold_durability(peer, &running)?;
        let base = [Scenario::List, Scenario::Board, Scenario::Create];
        let scenarios = base.iter().chain(peer.more()).filter(|s| s.writes() == writes);
        for what in scenarios {
            self.hold(peer, &running, *what)?;
            self.scenario(peer, &running, *what, round)?;
        }
        self.hold_durability(peer, &running)?;
        let server = &self.ground.postgres;
        let database = peer.database().map(|_| postgres::server_memory(server)).transpose()?;
        self.figures.starts.push(Start {
            peer: peer.name().to_owned(),
            round,
            cold_start_ms: running.cold_start_ms,
            idle,
            peak: running.peak(),
            database,
            load,
        });
        Ok(())
    }

    fn hold_durability(&self, peer: &dyn Peer, running: &Running) -> Result<()> {
        let Some((ask, due)) = peer.durability() else { return Ok(()) };
        let said = self.runtime.block_on(Line::to(&running.address).ask(&ask))?.text();
        anyhow::ensure!(said.trim() == due, "durability: {said}, not {due}");
        Ok(())
    }

    /// Asks once and holds the answer against the plan.
    fn hold(&mut self, peer: &dyn Peer, running: &Running, what: Scenario) -> Result<()> {
        let n = self.take(peer.name(), 1);
        let answer = self.runtime.block_on(Line::to(&running.address).ask(&peer.maker(what)(n)))?;
        let beginning: String = answer.text().chars().take(300).collect();
        anyhow::ensure!(answer.is_good(), "{}: answered {}: {beginning}", what.name(), answer.status);
        let fact = peer.read(what, &answer.body).with_context(|| format!("{}: {beginning}", what.name()))?;
        let rows = self.plan.rows;
        let place = if what == Scenario::CreateSignedIn { 0 } else { Matter::drawn(1, n).unit() };
        let unit = crate::plan::unit_word(place);
        fact.hold(what, &Due { open: open_in_unit(rows, LISTED_UNIT), counted: peer.counted(rows), unit })
    }

    fn scenario(&mut self, peer: &dyn Peer, running: &Running, what: Scenario, round: usize) -> Result<()> {
        if what == Scenario::CreateSignedIn {
            return self.signed_in(peer, running, round);
        }
        self.point(peer, running, what, Pace::Closed(1), round);
        let at_eight = self.point(peer, running, what, Pace::Closed(8), round);
        // Where eight already wait for seconds, 64 would only wait for minutes.
        let compared = matches!(what, Scenario::List | Scenario::Board | Scenario::Create);
        if peer.is_wide() && compared && at_eight.spread.p50_ms < WORTH_64_MS {
            self.point(peer, running, what, Pace::Closed(64), round);
        }
        if what == Scenario::Create {
            self.point(peer, running, what, Pace::Open((at_eight.per_s / 2.0).max(1.0).round()), round);
            if peer.is_wide() {
                self.point(peer, running, what, Pace::Open(DESIGN_LOAD), round);
            }
        }
        Ok(())
    }

    fn point(
        &mut self,
        peer: &dyn Peer,
        running: &Running,
        what: Scenario,
        pace: Pace,
        round: usize,
    ) -> Seen {
        let (warm, time) = (self.plan.warm_up, self.plan.seconds);
        let first = self.next.get(peer.name()).copied().unwrap_or_default();
        let measured = pace::measure(
            &running.address,
            pace,
            Duration::from_secs_f64(warm),
            Duration::from_secs_f64(time),
            first,
            peer.maker(what),
        );
        let (seen, next) = self.runtime.block_on(measured);
        if what.writes() {
            self.next.insert(peer.name(), next);
        }
        self.keep(peer, what, pace, round, seen.clone());
        seen
    }

    /// One client, so many requests: what is measured ends before the accounts' limits do.
    fn signed_in(&mut self, peer: &dyn Peer, running: &Running, round: usize) -> Result<()> {
        let first = self.take(peer.name(), SIGNED_IN);
        let make = peer.maker(Scenario::CreateSignedIn);
        let asks = (first..first + SIGNED_IN).map(|n| make(n)).collect();
        let seen = self.runtime.block_on(pace::one_by_one(&running.address, asks))?;
        self.keep(peer, Scenario::CreateSignedIn, Pace::Closed(1), round, seen);
        Ok(())
    }

    fn take(&mut self, name: &'static str, n: u64) -> u64 {
        let next = self.next.entry(name).or_default();
        let first = *next;
        *next += n;
        first
    }

    fn keep(&mut self, peer: &dyn Peer, scenario: Scenario, pace: Pace, round: usize, seen: Seen) {
        println!(
            "{:20} {:16} {:14} {:9.1}/s  p50 {:8.2}  p99 {:8.2} ms  bad {} {}",
            peer.name(),
            scenario.name(),
            crate::tell::pace_word(pace),
            seen.per_s,
            seen.spread.p50_ms,
            seen.spread.p99_ms,
            seen.bad,
            seen.first_bad
        );
        self.figures.points.push(Point { peer: peer.name().to_owned(), scenario, pace, round, seen });
    }
}

/// Every house that is known, in the order of their turns.
pub fn everybody() -> Vec<(&'static str, Box<dyn Peer>)> {
    vec![
        ("linli-sqlite", Box::new(crate::linli::Linli::on(false))),
        ("linli-postgres", Box::new(crate::linli::Linli::on(true))),
        ("pocketbase", Box::<crate::pocketbase::PocketBase>::default()),
        ("directus", Box::new(crate::directus::Directus)),
        ("helpdesk", Box::<crate::helpdesk::Helpdesk>::default()),
        ("tracker", Box::<crate::tracker::Tracker>::default()),
    ]
}
