//! Everything in one run (全套): the city once for each engine, the scenarios over it one after another, a record of each, what got
//! worse since the last, and the page.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};
use base::{Clock, SystemClock};
use linli_loader::machine;

use crate::{
    grow, lifecycle,
    measure::apart,
    page,
    record::{Compared, Record, Told, compare},
    scene::{self, Set, Size},
    server::{City, Scale, own_database},
};

/// A scenario that is measured over the city.
type Measure = fn(&Set) -> anyhow::Result<Told>;

/// The scenarios in the order in which they run: those that only read come first, while every database has the same rows.
const SCENES: [(&str, Measure); 9] = [
    ("search", scene::search::measure),
    ("portal", scene::portal::measure),
    ("leader", scene::leader::measure),
    ("clerk", scene::clerk::measure),
    ("intake", scene::intake::measure),
    ("field", scene::field::measure),
    ("import", scene::import::measure),
    ("lifecycle", lifecycles),
    ("calendar", scene::calendar::measure),
];
/// The generator, which is measured as the city grows.
const GROW: &str = "grow";
/// Cases of the whole city's year; fewer are made from the small city.
const YEAR: i64 = 30_000;

/// What of everything, and how large.
#[derive(Debug, Clone, clap::Args)]
pub struct Asked {
    /// The sizes for a quiet machine and an afternoon: a million cases, ten thousand devices, a million rows.
    #[arg(long)]
    full: bool,
    /// Only this scenario; may be given several times.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Only this engine, `sqlite` or `postgres`.
    #[arg(long, value_name = "ENGINE")]
    engine: Option<String>,
    /// Cases in the city, about.
    #[arg(long)]
    cases: Option<i64>,
    /// Seconds of each measurement.
    #[arg(long)]
    seconds: Option<f64>,
    /// How many clients, one measurement after another.
    #[arg(long, value_delimiter = ',')]
    clients: Vec<usize>,
    /// Grid workers who come back from a day without signal.
    #[arg(long)]
    devices: Option<usize>,
    /// Rows of the sheet that is imported.
    #[arg(long)]
    rows: Option<usize>,
    /// Open cases when the calendar changes.
    #[arg(long)]
    open_cases: Option<usize>,
    /// What everything is drawn with.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where records and page are written.
    #[arg(long, default_value = "docs/measurements")]
    out: PathBuf,
    /// A PostgreSQL server for the second engine; without one it is left out.
    #[arg(long, env = "LINLI_TEST_POSTGRES")]
    server: Option<String>,
}

impl Asked {
    fn size(&self) -> Size {
        let by = |quick, full| if self.full { full } else { quick };
        Size {
            cases: self.cases.unwrap_or(by(100_000, 1_000_000)),
            seconds: self.seconds.unwrap_or(if self.full { 20.0 } else { 4.0 }),
            clients: if self.clients.is_empty() { vec![1, 8, 64] } else { self.clients.clone() },
            devices: self.devices.unwrap_or(if self.full { 10_000 } else { 200 }),
            rows: self.rows.unwrap_or(if self.full { 1_000_000 } else { 10_000 }),
            open_cases: self.open_cases.unwrap_or(if self.full { 1_000_000 } else { 5_000 }),
        }
    }

    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|n| n == name)
    }

    /// Refuses a name that no scenario has.
    fn check(&self) -> anyhow::Result<()> {
        let names: Vec<&str> = SCENES.iter().map(|(name, _)| *name).chain([GROW]).collect();
        let unknown = self.only.iter().find(|n| !names.contains(&n.as_str()));
        ensure!(unknown.is_none(), "no scenario {}; there are {}", self.only.join(", "), names.join(", "));
        let known = self.engine.as_deref().is_none_or(|e| ["sqlite", "postgres"].contains(&e));
        ensure!(known, "there are the engines sqlite and postgres");
        Ok(())
    }
}

/// Runs what was asked on every engine that this run has.
///
/// # Errors
/// When the city cannot be made. A scenario that fails is told at the end, after all others.
pub fn run(asked: &Asked) -> anyhow::Result<()> {
    asked.check()?;
    let mut failed = Vec::new();
    for engine in ["sqlite", "postgres"] {
        let is_asked = asked.engine.as_deref().is_none_or(|e| e == engine);
        let is_there = engine == "sqlite" || asked.server.is_some();
        if is_asked && is_there {
            on_engine(asked, engine, &mut failed).with_context(|| format!("on {engine}"))?;
        }
    }
    page::write(&asked.out)?;
    say(&format!("the page is {}", asked.out.join("bench.md").display()));
    ensure!(failed.is_empty(), "failed: {}", failed.join("; "));
    Ok(())
}

fn on_engine(asked: &Asked, engine: &'static str, failed: &mut Vec<String>) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let size = asked.size();
    let own = match (engine, &asked.server) {
        ("postgres", Some(server)) => Some(apart(|| own_database(server))?),
        _ => None,
    };
    let scale = if size.cases < YEAR { Scale::Small } else { Scale::Whole };
    say(&format!("{engine}: founding the city"));
    let needs_city =
        SCENES.iter().any(|(name, _)| *name != "calendar" && asked.wants(name)) || asked.wants(GROW);
    let scale = if needs_city { scale } else { Scale::Small };
    let set = Set {
        city: City::found(folder.path(), own.as_deref(), scale)?,
        engine,
        server: asked.server.clone(),
        seed: asked.seed,
        runtime: tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?,
        size,
    };
    if needs_city {
        // A city that broke off while it grew has lost its indexes: nothing that is measured on it would be true.
        one(asked, &set, GROW, &|set| apart(|| grow::measure(set.city.database(), set.size.cases)))?;
    }
    let mut keep = |name: &str, measure: Measure| {
        if let Err(error) = one(asked, &set, name, &measure) {
            say(&format!("  {name}: FAILED: {error:#}"));
            failed.push(format!("{name} on {engine}: {error:#}"));
        }
    };
    for (name, measure) in SCENES.iter().filter(|(name, _)| asked.wants(name)) {
        keep(name, *measure);
    }
    drop(set);
    if let (Some(own), Some(server)) = (own, &asked.server) {
        apart(|| crate::server::drop_database(server, &own))?;
    }
    Ok(())
}

/// Measures one scenario, keeps its record, and says what got worse.
fn one(
    asked: &Asked,
    set: &Set,
    name: &str,
    measure: &dyn Fn(&Set) -> anyhow::Result<Told>,
) -> anyhow::Result<()> {
    let mut facts = machine::machine(&asked.out);
    let at = SystemClock.now();
    let told = measure(set)?.with("cases_in_the_city", set.size.cases).with("seconds", set.size.seconds);
    facts.load_after = machine::load();
    let record = Record {
        scenario: name.to_owned(),
        engine: set.engine.to_owned(),
        at: jiff::Timestamp::from_millisecond(at.0)?.to_string(),
        commit: commit(),
        seed: asked.seed,
        machine: facts,
        told,
    };
    let last = record.keep(&asked.out.join("results"))?;
    for point in &record.told.points {
        let ratios = point.floors.iter().map(|h| format!(", {:.2} of {}", h.ratio, h.floor.name()));
        let p99 = point.spread.map_or(String::new(), |s| format!(", p99 {:.1} ms", s.p99_ms));
        let ratios: String = ratios.collect();
        say(&format!("  {name} {}: {:.0} {} a second{p99}{ratios}", point.name, point.per_s, point.unit));
    }
    match compare(last.as_ref(), &record) {
        Compared::Alone(why) => say(&format!("  {name}: not compared: {why}")),
        Compared::Ratios(many, falls) => {
            say(&format!(
                "  {name}: {many} ratios compared with {}, {} worse",
                last.map_or(String::new(), |l| l.at),
                falls.len()
            ));
            for f in falls {
                let share = (1.0 - f.is / f.was) * 100.0;
                say(&format!(
                    "    WORSE by {share:.0} %: {} to {}: {:.2}, was {:.2}",
                    f.point,
                    f.floor.name(),
                    f.is,
                    f.was
                ));
            }
        }
    }
    Ok(())
}

/// Both ways of a matter through the deeds, over the same city.
fn lifecycles(set: &Set) -> anyhow::Result<Told> {
    lifecycle::measure(&lifecycle::Asked::over(&set.city, set.size.seconds, vec![8, 64]))
}

/// The commit that is measured, with `+` where files were changed since.
fn commit() -> String {
    let git = |args: &[&str]| {
        let out = Command::new("git").args(args).current_dir(Path::new(env!("CARGO_MANIFEST_DIR"))).output();
        out.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned()).unwrap_or_default()
    };
    let changed = git(&["status", "--porcelain", "--untracked-files=no", "--", ".."]);
    // The records and the page of this very run are not what was measured.
    let is_changed = changed.lines().any(|l| !l.contains("docs/measurements/"));
    git(&["rev-parse", "--short", "HEAD"]) + if is_changed { "+" } else { "" }
}

/// Tells whoever waits.
#[expect(clippy::print_stderr, reason = "a run of half an hour says where it is")]
fn say(line: &str) {
    eprintln!("{line}");
}
