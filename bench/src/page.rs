//! The bench's page (成绩页): a table of everything on both engines and the plots, written from the newest records.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use crate::{
    plot::{Plot, Series, number},
    record::{Point, Record, newest},
};

/// Scenarios in the order of the page: name and heading.
const ORDER: [(&str, &str); 10] = [
    ("intake", "Intake storm"),
    ("lifecycle", "Lifecycles"),
    ("clerk", "Clerk's day"),
    ("leader", "Leader's page"),
    ("portal", "Public portal"),
    ("search", "Search"),
    ("field", "Field sync"),
    ("import", "Import"),
    ("calendar", "Calendar change"),
    ("grow", "Generator"),
];
const ENGINES: [(&str, &str); 2] = [("sqlite", "SQLite"), ("postgres", "PostgreSQL")];

/// Writes `bench.md` and its plots from the records in `results`.
///
/// # Errors
/// When a record cannot be read or a file written.
pub fn write(folder: &Path) -> anyhow::Result<()> {
    let all = newest(&folder.join("results"))?;
    let plots = folder.join("plots");
    fs::create_dir_all(&plots)?;
    let mut text = head(&all);
    for (name, plot) in plots_of(&all) {
        fs::write(plots.join(format!("{name}.svg")), plot.svg()?)?;
        let _ = writeln!(text, "![{}, {}](plots/{name}.svg)\n", plot.title, plot.unit);
    }
    for (scenario, heading) in ORDER {
        let on = |engine: &str| all.iter().find(|r| r.scenario == scenario && r.engine == engine);
        let of: Vec<&Record> = ENGINES.iter().filter_map(|(engine, _)| on(engine)).collect();
        if !of.is_empty() {
            section(&mut text, heading, &of);
        }
    }
    fs::write(folder.join("bench.md"), text.trim_end().to_owned() + "\n")?;
    Ok(())
}

fn engine_name(engine: &str) -> &str {
    ENGINES.iter().find(|(e, _)| *e == engine).map_or(engine, |(_, name)| name)
}

fn head(all: &[Record]) -> String {
    let mut text = "# The bench\n\nWritten by `cargo xtask bench` from `results/`, which keeps the last five runs of each scenario and engine. \
        A ratio is the product's rate to a floor of the same run on the same machine: the bare engine writing the same rows with the same \
        durability, a bare answer of the same size over HTTP, or the same question alone on one connection; 1 is as quick as the floor. Loader, \
        server and database share the cores. In a closed loop each client asks again as soon as it has its answer; in an open one requests are \
        due at drawn instants, and a time counts from when its request was due. What a scenario does stands at the head of its file in \
        `bench/src/scene`.\n\n"
        .to_owned();
    let mut machines: BTreeMap<String, Vec<&Record>> = BTreeMap::new();
    for record in all {
        let m = &record.machine;
        let line = format!(
            "{} cores ({}), {:.0} GB, Linux {}",
            m.cores,
            m.model,
            m.memory_mb as f64 / 1_024.0,
            m.kernel
        );
        machines.entry(line).or_default().push(record);
    }
    for (line, records) in machines {
        let of = |pick: fn(&Record) -> f64| {
            let all = || records.iter().map(|r| pick(r));
            (all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max))
        };
        let load =
            of(|r| r.machine.load_before.split(' ').next().and_then(|l| l.parse().ok()).unwrap_or(0.0));
        let sync = of(|r| r.machine.sync_ms);
        let commits: std::collections::BTreeSet<&str> = records.iter().map(|r| r.commit.as_str()).collect();
        let _ = writeln!(
            text,
            "Measured on {line}; load as the scenarios began {:.1} to {:.1}, a synced write of 4 KB {:.2} to {:.2} ms; commit {}.\n",
            load.0,
            load.1,
            sync.0,
            sync.1,
            commits.into_iter().collect::<Vec<_>>().join(", ")
        );
    }
    text
}

/// The measurement with the most clients, which is what a scenario can do at once.
fn busiest(record: &Record) -> Option<&Point> {
    record.told.points.iter().filter(|p| p.spread.is_some()).max_by_key(|p| p.clients.unwrap_or(0))
}

fn plots_of(all: &[Record]) -> Vec<(&'static str, Plot)> {
    let mut out = vec![("ratios", ratios(all)), ("lifecycle-cases", by_cases(all))];
    for (name, engine) in [("latency-sqlite", "sqlite"), ("latency-postgres", "postgres")] {
        out.push((name, latencies(all, engine)));
    }
    for (name, engine) in [("clients-sqlite", "sqlite"), ("clients-postgres", "postgres")] {
        out.push((name, by_clients(all, engine)));
    }
    out.retain(|(_, plot)| !plot.is_empty());
    out
}

/// Percentiles of each scenario that has them, at its busiest.
fn latencies(all: &[Record], engine: &str) -> Plot {
    let names = ["p50", "p90", "p99", "p99.9", "most"];
    let series = ORDER.iter().filter_map(|(scenario, heading)| {
        let record = all.iter().find(|r| r.scenario == *scenario && r.engine == engine)?;
        let point = busiest(record)?;
        let s = point.spread?;
        let values = [s.p50_ms, s.p90_ms, s.p99_ms, s.p999_ms, s.max_ms];
        let name = format!("{heading}, {}", point.name);
        Some(Series { name, points: values.into_iter().enumerate().collect() })
    });
    Plot {
        title: format!("Latency at the busiest, {}", engine_name(engine)),
        unit: "ms".to_owned(),
        names: names.map(str::to_owned).to_vec(),
        series: series.collect(),
        is_ordered: true,
    }
}

/// What is done a second by the number of clients.
fn by_clients(all: &[Record], engine: &str) -> Plot {
    let of_engine = || all.iter().filter(|r| r.engine == engine);
    let mut clients: Vec<usize> =
        of_engine().flat_map(|r| r.told.points.iter().filter_map(|p| p.clients)).collect();
    clients.sort_unstable();
    clients.dedup();
    let series = ORDER.iter().filter_map(|(scenario, heading)| {
        let record = of_engine().find(|r| r.scenario == *scenario)?;
        let place = |p: &Point| clients.iter().position(|c| Some(*c) == p.clients).map(|at| (at, p.per_s));
        // A scenario with several ways is drawn by its first.
        let mut points: Vec<(usize, f64)> = record.told.points.iter().filter_map(place).collect();
        points.sort_by_key(|p| p.0);
        points.dedup_by_key(|p| p.0);
        (points.len() > 1).then(|| Series { name: (*heading).to_owned(), points })
    });
    Plot {
        title: format!("Done by the number of clients, {}", engine_name(engine)),
        unit: "a second".to_owned(),
        names: clients.iter().map(ToString::to_string).collect(),
        series: series.collect(),
        is_ordered: true,
    }
}

/// The first ratio of each scenario at its busiest.
fn ratios(all: &[Record]) -> Plot {
    let has = |scenario: &str| all.iter().any(|r| r.scenario == scenario && ratio(r).is_some());
    let shown: Vec<&(&str, &str)> = ORDER.iter().filter(|(scenario, _)| has(scenario)).collect();
    let series = ENGINES.iter().map(|(engine, name)| {
        let place = |(at, (scenario, _)): (usize, &&(&str, &str))| {
            let record = all.iter().find(|r| r.scenario == *scenario && r.engine == *engine)?;
            Some((at, ratio(record)?))
        };
        Series { name: (*name).to_owned(), points: shown.iter().enumerate().filter_map(place).collect() }
    });
    Plot {
        title: "Ratio to the floor at the busiest".to_owned(),
        unit: "1 is as quick as the floor".to_owned(),
        names: shown
            .iter()
            .map(|(_, heading)| heading.split(' ').next().unwrap_or(heading).to_owned())
            .collect(),
        series: series.collect(),
        is_ordered: false,
    }
}

fn ratio(record: &Record) -> Option<f64> {
    let busiest = record.told.points.iter().filter(|p| !p.floors.is_empty());
    Some(busiest.max_by_key(|p| p.clients.unwrap_or(0))?.floors.first()?.ratio)
}

/// Lifecycles a second by how many cases were there: the least of a run at each number of clients.
fn by_cases(all: &[Record]) -> Plot {
    let points = || all.iter().filter(|r| r.scenario == "lifecycle");
    let thousand = |p: &Point| p.cases.map(|c| (c + 5_000) / 10_000 * 10);
    let mut cases: Vec<u64> = points().flat_map(|r| r.told.points.iter().filter_map(thousand)).collect();
    cases.sort_unstable();
    cases.dedup();
    let mut series: BTreeMap<String, BTreeMap<usize, f64>> = BTreeMap::new();
    for record in points() {
        for point in record.told.points.iter().filter(|p| p.name.starts_with("short")) {
            let Some(at) = thousand(point).and_then(|t| cases.iter().position(|c| *c == t)) else { continue };
            let name = format!("{}, {} clients", engine_name(&record.engine), point.clients.unwrap_or(0));
            series.entry(name).or_default().entry(at).or_insert(point.per_s);
        }
    }
    Plot {
        title: "Short lifecycles by the number of cases".to_owned(),
        unit: "a second".to_owned(),
        names: cases.iter().map(|c| format!("{c} thousand")).collect(),
        series: series
            .into_iter()
            .map(|(name, points)| Series { name, points: points.into_iter().collect() })
            .collect(),
        is_ordered: true,
    }
}

/// One scenario: the points of both engines below each other, the kinds of requests, and further figures.
fn section(out: &mut String, heading: &str, records: &[&Record]) {
    let _ = writeln!(
        out,
        "## {heading}\n\n| engine | measurement | a second | p50 ms | p90 ms | p99 ms | p99.9 ms | bad | ratios to floors |\n\
         |---|---|---|---|---|---|---|---|---|"
    );
    for record in records {
        for point in &record.told.points {
            row(out, record, point);
        }
    }
    out.push('\n');
    kinds(out, records);
    for record in records {
        let parameters = record.told.parameters.iter().map(|(name, value)| match value.as_str() {
            Some(text) => format!("{}: {text}", name.replace('_', " ")),
            None => format!("{}: {value}", name.replace('_', " ")),
        });
        let facts = record
            .told
            .facts
            .iter()
            .map(|(name, value)| format!("{}: {}", name.replace('_', " "), number(*value)));
        let all: Vec<String> = parameters.chain(facts).collect();
        let _ = writeln!(
            out,
            "{}, {}, seed {}; {}.\n",
            engine_name(&record.engine),
            record.at.split('.').next().unwrap_or_default(),
            record.seed,
            all.join("; ")
        );
    }
}

fn row(out: &mut String, record: &Record, point: &Point) {
    let times = point.spread.map_or_else(
        || ["—"; 4].map(str::to_owned),
        |s| [s.p50_ms, s.p90_ms, s.p99_ms, s.p999_ms].map(number),
    );
    let floors = point
        .floors
        .iter()
        .map(|h| format!("{} of {} ({} a second)", number(h.ratio), h.floor.name(), number(h.per_s)));
    let _ = writeln!(
        out,
        "| {} | {} | {} {} | {} | {} | {} |",
        engine_name(&record.engine),
        point.name,
        number(point.per_s),
        point.unit,
        times.join(" | "),
        point.bad,
        floors.collect::<Vec<_>>().join("; ")
    );
}

/// The kinds of requests at the busiest, where there are several.
fn kinds(out: &mut String, records: &[&Record]) {
    let with: Vec<(&Record, &Point)> =
        records.iter().filter_map(|r| Some((*r, busiest(r)?))).filter(|(_, p)| p.kinds.len() > 1).collect();
    if with.is_empty() {
        return;
    }
    let _ = writeln!(out, "| engine | at the busiest | good | p50 ms | p99 ms |\n|---|---|---|---|---|");
    for (record, point) in with {
        for (name, kind) in &point.kinds {
            let _ = writeln!(
                out,
                "| {} | {name} | {} | {} | {} |",
                engine_name(&record.engine),
                whole(kind.good),
                number(kind.spread.p50_ms),
                number(kind.spread.p99_ms)
            );
        }
    }
    out.push('\n');
}

/// A count, thousands set apart.
fn whole(n: u64) -> String {
    if n < 1_000 { n.to_string() } else { number(n as f64) }
}

#[cfg(test)]
mod tests {
    use linli_loader::{
        machine::Machine,
        pace::{Kind, Seen},
        spread::Spread,
    };

    use super::*;
    use crate::record::{Floor, Told};

    fn record(scenario: &str, engine: &str) -> Record {
        let spread = Spread { p50_ms: 2.5, p90_ms: 4.0, p99_ms: 12.34, p999_ms: 40.0, max_ms: 55.0 };
        let kind = Kind { good: 20, spread };
        let kinds = BTreeMap::from([("queue".to_owned(), kind.clone()), ("open".to_owned(), kind)]);
        let mut told = Told::default().with("mix", "all");
        for clients in [1, 8] {
            let seen = Seen { good: 40, per_s: 400.0, spread, kinds: kinds.clone(), ..Seen::default() };
            let mut point = Point::seen(format!("short {clients} clients"), "clicks", &seen)
                .of_clients(clients)
                .of_cases(30_007);
            point.hold(Floor::Http, 1_600.0, 1.0);
            told.points.push(point);
        }
        told.fact("limit_ms", 50.0);
        Record {
            scenario: scenario.to_owned(),
            engine: engine.to_owned(),
            at: "2026-11-22T21:00:00.5Z".to_owned(),
            commit: "abc".to_owned(),
            seed: 1,
            machine: Machine::default(),
            told,
        }
    }

    #[test]
    fn the_page_has_its_tables_and_plots() {
        let folder = tempfile::tempdir().unwrap();
        for engine in ["sqlite", "postgres"] {
            for scenario in ["clerk", "lifecycle"] {
                record(scenario, engine).keep(&folder.path().join("results")).unwrap();
            }
        }
        write(folder.path()).unwrap();
        let text = fs::read_to_string(folder.path().join("bench.md")).unwrap();
        let row = "| PostgreSQL | short 8 clients | 400 clicks | 2.50 | 4.00 | 12.3 | 40.0 | 0 | 0.25 of bare HTTP (1,600 a second) |";
        assert!(text.contains(row), "{text}");
        assert!(
            text.contains("## Clerk's day") && text.contains("| SQLite | queue | 20 | 2.50 | 12.3 |"),
            "{text}"
        );
        assert!(text.contains("seed 1; mix: all; limit ms: 50.0."), "{text}");
        for name in ["ratios", "lifecycle-cases", "latency-sqlite", "clients-postgres"] {
            assert!(text.contains(&format!("(plots/{name}.svg)")), "{name}");
            assert!(folder.path().join(format!("plots/{name}.svg")).exists());
        }
    }
}
