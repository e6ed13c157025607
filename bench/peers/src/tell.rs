//! The page of tables, and the file of all figures.

use std::fmt::Write as _;

use linli_loader::pace::Pace;
use serde::{Deserialize, Serialize};

use crate::{
    machine::Machine,
    peer::{Peer, Scenario},
    rounds::{Figures, Plan, Point},
};

/// What is told of a house besides its figures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Told {
    name: String,
    differs: String,
}

impl Told {
    /// Of a house.
    pub fn of(peer: &dyn Peer) -> Self {
        let (name, differs) = (peer.name().to_owned(), peer.differs().to_owned());
        Self { name, differs }
    }
}

/// Everything that a run has to say.
#[derive(Debug, Serialize, Deserialize)]
pub struct All {
    /// The machine.
    pub machine: Machine,
    /// How it was done.
    pub plan: Plan,
    /// The houses, in the order of their turns.
    pub told: Vec<Told>,
    /// The figures.
    pub figures: Figures,
}

/// The medians of a house's rounds for one scenario and pace.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Middle {
    per_s: f64,
    least: f64,
    most: f64,
    p50_ms: f64,
    p99_ms: f64,
    bad: u64,
    rate: f64,
}

/// A pace in words.
pub fn pace_word(pace: Pace) -> String {
    match pace {
        Pace::Closed(1) => "1 client".to_owned(),
        Pace::Closed(n) => format!("{n} clients"),
        Pace::Open(rate) => format!("{rate:.0}/s due"),
    }
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    let half = all.len() / 2;
    match all.len() {
        0 => 0.0,
        n if n % 2 == 1 => all[half],
        _ => f64::midpoint(all[half - 1], all[half]),
    }
}

/// What sort of pace a column is about: clients, or an open loop at half of the house's own pace or at the common one.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Column {
    Clients(usize),
    HalfOwn,
    Common(f64),
}

impl Column {
    fn fits(self, pace: Pace, common: f64) -> bool {
        match (self, pace) {
            (Self::Clients(a), Pace::Closed(b)) => a == b,
            (Self::HalfOwn, Pace::Open(rate)) => (rate - common).abs() > 1e-9,
            (Self::Common(a), Pace::Open(b)) => (a - b).abs() < 1e-9,
            _ => false,
        }
    }
}

impl All {
    fn middle(&self, name: &str, what: Scenario, column: Column) -> Option<Middle> {
        let fits = |p: &&Point| {
            p.peer == name && p.scenario == what && column.fits(p.pace, crate::rounds::DESIGN_LOAD)
        };
        let all: Vec<&Point> = self.figures.points.iter().filter(fits).collect();
        let of = |pick: fn(&Point) -> f64| all.iter().map(|p| pick(p)).collect::<Vec<f64>>();
        let per_s = of(|p| p.seen.per_s);
        (!all.is_empty()).then(|| Middle {
            least: per_s.iter().copied().fold(f64::INFINITY, f64::min),
            most: per_s.iter().copied().fold(0.0, f64::max),
            per_s: median(per_s),
            p50_ms: median(of(|p| p.seen.spread.p50_ms)),
            p99_ms: median(of(|p| p.seen.spread.p99_ms)),
            bad: all.iter().map(|p| p.seen.bad).sum(),
            rate: median(of(|p| if let Pace::Open(rate) = p.pace { rate } else { 0.0 })),
        })
    }

    fn start_median(&self, name: &str, pick: impl Fn(&crate::rounds::Start) -> Option<f64>) -> Option<f64> {
        let all: Vec<f64> = self.figures.starts.iter().filter(|s| s.peer == name).filter_map(pick).collect();
        (!all.is_empty()).then(|| median(all))
    }
}

/// A number with as many digits as it deserves.
fn number(n: f64) -> String {
    match n {
        n if n >= 1_000.0 => {
            let whole = format!("{n:.0}");
            let (front, back) = whole.split_at(whole.len() - 3);
            format!("{front},{back}")
        }
        n if n >= 100.0 => format!("{n:.0}"),
        n if n >= 10.0 => format!("{n:.1}"),
        n => format!("{n:.2}"),
    }
}

/// The page.
pub fn page(all: &All) -> String {
    let mut out = String::new();
    head(&mut out, all);
    let closed = [Column::Clients(1), Column::Clients(8), Column::Clients(64)];
    for (title, what) in [
        ("Bringing a matter", Scenario::Create),
        ("A page of a unit's queue", Scenario::List),
        ("Counts by unit and status", Scenario::Board),
    ] {
        scenario(&mut out, all, title, what, &closed);
    }
    misses(&mut out, all);
    open(&mut out, all);
    own(&mut out, all);
    at_rest(&mut out, all);
    let _ = writeln!(out, "## What differs\n");
    for told in &all.told {
        let _ = writeln!(out, "**{}**. {}\n", told.name, told.differs);
    }
    for (name, why) in &all.figures.failed {
        let _ = writeln!(out, "**{name} could not be measured**: {}\n", why.replace('\n', " "));
    }
    out.trim_end().to_owned() + "\n"
}

fn head(out: &mut String, all: &All) {
    let (m, p) = (&all.machine.facts, all.plan);
    let _ = writeln!(
        out,
        "# Peers in the same run\n\nWritten by `cargo xtask bench peers`; every figure is in `target/bench/peers.json`. \
         {} cores ({}), {:.0} GB, Linux {}; load {} before and {} after; a synced write of 4 KB takes {:.2} ms; PostgreSQL {}, \
         Node {}, {}. Loader, server and database share the cores. {} rows in every table of matters, half of them open, \
         spread over 40 units; {} rounds in which the houses take turns, {} s for each figure after {} s of warm-up; \
         medians, and in brackets the least and the most of the rounds. Reading is measured before anything is brought. \
         Every answer that is measured was first held against the plan: its rows, its total, its sums, its unit.\n",
        m.cores,
        m.model,
        m.memory_mb as f64 / 1_024.0,
        m.kernel,
        m.load_before.split(' ').next().unwrap_or_default(),
        m.load_after.split(' ').next().unwrap_or_default(),
        m.sync_ms,
        all.machine.postgres.split(' ').next().unwrap_or_default(),
        all.machine.node,
        all.machine.python,
        number(p.rows as f64),
        p.rounds,
        p.seconds,
        p.warm_up
    );
    for (name, version) in &all.figures.versions {
        let _ = writeln!(out, "- {name}: {version}");
    }
    out.push('\n');
}

/// The rows of one scenario, with what Linli does for each answer of a peer.
fn scenario(out: &mut String, all: &All, title: &str, what: Scenario, columns: &[Column]) {
    let _ = writeln!(
        out,
        "## {title}\n\n| house | clients | a second | p50 ms | p99 ms | Linli on SQLite does | Linli on PostgreSQL does |\n\
         |---|---|---|---|---|---|---|"
    );
    for told in &all.told {
        for column in columns {
            let Some(seen) = all.middle(&told.name, what, *column) else { continue };
            let Column::Clients(clients) = column else { continue };
            let times = |linli: &str| {
                let linli_seen = all.middle(linli, what, *column).filter(|_| !told.name.starts_with("Linli"));
                linli_seen.map_or_else(|| "—".to_owned(), |l| format!("{} ×", number(l.per_s / seen.per_s)))
            };
            let bad = if seen.bad == 0 { String::new() } else { format!(", {} bad", seen.bad) };
            let _ = writeln!(
                out,
                "| {} | {clients} | {} ({}–{}{bad}) | {} | {} | {} | {} |",
                told.name,
                number(seen.per_s),
                number(seen.least),
                number(seen.most),
                number(seen.p50_ms),
                number(seen.p99_ms),
                times("Linli on SQLite"),
                times("Linli on PostgreSQL")
            );
        }
    }
    out.push('\n');
}

/// How many times as much Linli is to do as this house.
fn aim(name: &str) -> f64 {
    if name == "PocketBase" { 2.0 } else { 10.0 }
}

/// Everything in which Linli does less than it is to do, the worst first.
fn misses(out: &mut String, all: &All) {
    let mut found: Vec<(f64, String)> = Vec::new();
    for what in [Scenario::Create, Scenario::List, Scenario::Board] {
        for clients in [1, 8, 64] {
            let seen = |name: &str| all.middle(name, what, Column::Clients(clients));
            for told in &all.told {
                for linli in ["Linli on SQLite", "Linli on PostgreSQL"] {
                    let (Some(ours), Some(theirs)) = (seen(linli), seen(&told.name)) else { continue };
                    let (times, aim) = (ours.per_s / theirs.per_s, aim(&told.name));
                    if !told.name.starts_with("Linli") && times < aim {
                        let line = format!(
                            "| {linli} | {} | {} | {clients} | {} | {aim} |",
                            told.name,
                            what.name(),
                            number(times)
                        );
                        found.push((times, line));
                    }
                }
            }
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    let _ = writeln!(
        out,
        "## What is missed\n\nThe aim is twice PocketBase and ten times the others. It is missed in {} comparisons; below 1 the other \
         house is quicker.\n\n| house | beside | what | clients | times | aim |\n|---|---|---|---|---|---|",
        found.len()
    );
    for (_, line) in found {
        let _ = writeln!(out, "{line}");
    }
    out.push('\n');
}

fn open(out: &mut String, all: &All) {
    let _ = writeln!(
        out,
        "## Bringing at a given rate\n\nRequests are due at drawn instants, and an answer's time counts from the instant at which \
         its request was due: first at half of what the house itself does with 8 clients, then, where it is measured so \
         wide, at a province's design load.\n\n| house | due a second | answered a second | p50 ms | p99 ms |\n|---|---|---|---|---|"
    );
    for told in &all.told {
        for column in [Column::HalfOwn, Column::Common(crate::rounds::DESIGN_LOAD)] {
            let Some(seen) = all.middle(&told.name, Scenario::Create, column) else { continue };
            let cells = [seen.rate, seen.per_s, seen.p50_ms, seen.p99_ms].map(number);
            let _ = writeln!(out, "| {} | {} |", told.name, cells.join(" | "));
        }
    }
    out.push('\n');
}

/// What only Linli has.
fn own(out: &mut String, all: &All) {
    let _ = writeln!(
        out,
        "## Linli's own pages\n\n| house | what | clients | a second | p50 ms | p99 ms |\n|---|---|---|---|---|---|"
    );
    for told in &all.told {
        for what in [Scenario::ListPage, Scenario::BriefPage, Scenario::CreateSignedIn] {
            for clients in [1, 8, 64] {
                let Some(seen) = all.middle(&told.name, what, Column::Clients(clients)) else { continue };
                let cells = [seen.per_s, seen.p50_ms, seen.p99_ms].map(number);
                let _ =
                    writeln!(out, "| {} | {} | {clients} | {} |", told.name, what.name(), cells.join(" | "));
            }
        }
    }
    out.push('\n');
}

fn at_rest(out: &mut String, all: &All) {
    let _ = writeln!(
        out,
        "## Start and memory\n\nThe whole tree of processes, in megabytes: resident, shared pages counted once for all (PSS) and, in \
         brackets, for each process (RSS); at rest, and the most that was seen under load. PostgreSQL's own processes \
         stand beside it.\n\n| house | start to first answer, ms | at rest | most | PostgreSQL | rows at the end |\n|---|---|---|---|---|---|"
    );
    for told in &all.told {
        let of = |pick: fn(&crate::rounds::Start) -> Option<f64>| {
            all.start_median(&told.name, pick).map_or_else(|| "—".to_owned(), number)
        };
        if all.start_median(&told.name, |s| Some(s.cold_start_ms)).is_none() {
            continue;
        }
        let rows = all.figures.rows_at_end.get(&told.name).map_or_else(String::new, |n| number(*n as f64));
        let _ = writeln!(
            out,
            "| {} | {} | {} ({}) | {} ({}) | {} | {rows} |",
            told.name,
            of(|s| Some(s.cold_start_ms)),
            of(|s| Some(s.idle.pss_mb)),
            of(|s| Some(s.idle.rss_mb)),
            of(|s| Some(s.peak.pss_mb)),
            of(|s| Some(s.peak.rss_mb)),
            of(|s| s.database.map(|d| d.pss_mb)),
        );
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use linli_loader::{pace::Seen, spread::Spread};

    fn point(peer: &str, scenario: Scenario, pace: Pace, per_s: f64) -> Point {
        let seen = Seen {
            good: 10,
            per_s,
            spread: Spread { p50_ms: 1.5, p99_ms: 9.0, ..Spread::default() },
            ..Seen::default()
        };
        Point { peer: peer.to_owned(), scenario, pace, round: 0, seen }
    }

    fn all(points: Vec<Point>) -> All {
        let told = ["Linli on SQLite", "PocketBase", "Directus"]
            .map(|name| Told { name: name.to_owned(), differs: "Nothing.".to_owned() });
        let plan = Plan { seconds: 1.0, warm_up: 0.5, rounds: 3, rows: 20_000 };
        let figures = Figures { points, ..Figures::default() };
        All {
            machine: crate::machine::machine(&std::env::temp_dir(), "15"),
            plan,
            told: told.into(),
            figures,
        }
    }

    #[test]
    fn medians_ratios_and_what_is_missed_are_told() {
        let eight = Pace::Closed(8);
        let mut points: Vec<Point> =
            [100.0, 900.0, 300.0].map(|n| point("Linli on SQLite", Scenario::List, eight, n)).into();
        points.push(point("PocketBase", Scenario::List, eight, 200.0));
        points.push(point("Directus", Scenario::List, eight, 30.0));
        let text = page(&all(points));
        assert!(text.contains("| Linli on SQLite | 8 | 300 (100–900) | 1.50 | 9.00 | — | — |"), "{text}");
        assert!(text.contains("| PocketBase | 8 | 200 (200–200) | 1.50 | 9.00 | 1.50 × | — |"), "{text}");
        assert!(text.contains("missed in 1 comparisons"), "{text}");
        assert!(text.contains("| Linli on SQLite | PocketBase | list | 8 | 1.50 | 2 |"), "{text}");
    }

    #[test]
    fn open_loops_are_told_apart_by_their_rate() {
        let common = crate::rounds::DESIGN_LOAD;
        let points = vec![
            point("PocketBase", Scenario::Create, Pace::Open(common), 304.0),
            point("PocketBase", Scenario::Create, Pace::Open(77.0), 78.0),
        ];
        let text = page(&all(points));
        assert!(
            text.contains("| PocketBase | 77.0 | 78.0 |") && text.contains("| PocketBase | 304 | 304 |"),
            "{text}"
        );
    }

    #[test]
    fn numbers_have_the_digits_that_they_deserve() {
        assert_eq!([0.0714, 12.34, 123.4, 4_862.3].map(number), ["0.07", "12.3", "123", "4,862"]);
        assert!(
            (median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9 && (median(vec![4.0, 2.0]) - 3.0).abs() < 1e-9
        );
    }
}
