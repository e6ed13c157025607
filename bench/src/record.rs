//! What a run keeps (成绩存档): one record for each scenario and engine, the newest few beside each other in one file, and
//! what got worse since the last. Times of two runs are never compared, because the machine is in them; ratios to a
//! floor of the same run are.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Context;
use linli_loader::{
    machine::Machine,
    pace::{Kind, Seen},
    spread::Spread,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Runs that are kept of each scenario and engine.
const KEPT: usize = 5;
/// A ratio that fell below this share of the last one is told as worse.
const STILL_AS_GOOD: f64 = 0.9;

/// What a measurement is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Floor {
    /// The bare engine writing the same rows with the same durability.
    Engine,
    /// A bare answer of the same size over HTTP.
    Http,
    /// The same question by itself on one connection.
    Query,
}

impl Floor {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Engine => "bare engine",
            Self::Http => "bare HTTP",
            Self::Query => "bare query",
        }
    }
}

/// A floor as it was measured in the same run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// Which floor.
    pub floor: Floor,
    /// What it does a second, in the same unit.
    pub per_s: f64,
    /// The product's share of that: 1 is as quick as the floor.
    pub ratio: f64,
    /// What 99 of 100 stayed within, where that was measured.
    #[serde(default)]
    pub p99_ms: f64,
}

/// One measurement of a scenario.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// What sets it apart from its neighbours, such as `8 clients`.
    pub name: String,
    /// How many clients, where they are what is varied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clients: Option<usize>,
    /// How many cases were there, where they are what is varied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cases: Option<u64>,
    /// Of what there are so many a second.
    pub unit: String,
    /// So many a second.
    pub per_s: f64,
    /// Good answers.
    pub good: u64,
    /// Anything else.
    pub bad: u64,
    /// The first bad answer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub first_bad: String,
    /// Times of the good answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<Spread>,
    /// Times by kind of request.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kinds: BTreeMap<String, Kind>,
    /// What it is held against.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub floors: Vec<Held>,
}

impl Point {
    /// Of what a loader saw.
    pub fn seen(name: impl Into<String>, unit: &str, seen: &Seen) -> Self {
        Self {
            name: name.into(),
            unit: unit.to_owned(),
            per_s: seen.per_s,
            good: seen.good,
            bad: seen.bad,
            first_bad: seen.first_bad.clone(),
            spread: Some(seen.spread),
            kinds: seen.kinds.clone(),
            ..Self::default()
        }
    }

    /// Of so many things that were done in so many seconds.
    pub fn done(name: impl Into<String>, unit: &str, many: u64, seconds: f64) -> Self {
        let per_s = many as f64 / seconds.max(1e-9);
        Self { name: name.into(), unit: unit.to_owned(), per_s, good: many, ..Self::default() }
    }

    /// With so many clients.
    #[must_use]
    pub fn of_clients(self, clients: usize) -> Self {
        Self { clients: Some(clients), ..self }
    }

    /// With so many cases in the database.
    #[must_use]
    pub fn of_cases(self, cases: u64) -> Self {
        Self { cases: Some(cases), ..self }
    }

    /// Held against a floor that does so many a second.
    pub fn hold(&mut self, floor: Floor, per_s: f64, p99_ms: f64) {
        let ratio = if per_s > 0.0 { self.per_s / per_s } else { 0.0 };
        self.floors.push(Held { floor, per_s, ratio, p99_ms });
    }
}

/// So many clients, as a measurement is named.
pub fn clients_word(clients: usize) -> String {
    if clients == 1 { "1 client".to_owned() } else { format!("{clients} clients") }
}

/// What a scenario says of itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// What it was run with; records with others are not compared.
    pub parameters: BTreeMap<String, Value>,
    /// Its measurements.
    pub points: Vec<Point>,
    /// Further figures that have no floor, each with its unit in its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, f64>,
}

impl Told {
    /// With a parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.parameters.insert(name.to_owned(), value.into());
        self
    }

    /// With a figure.
    pub fn fact(&mut self, name: &str, value: f64) {
        self.facts.insert(name.to_owned(), value);
    }
}

/// One run of one scenario on one engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Which scenario.
    pub scenario: String,
    /// On which engine.
    pub engine: String,
    /// When it began.
    pub at: String,
    /// Of which commit, with `+` where files were changed since.
    pub commit: String,
    /// What everything is drawn with.
    pub seed: u64,
    /// The machine and its load.
    pub machine: Machine,
    /// What was measured.
    #[serde(flatten)]
    pub told: Told,
}

impl Record {
    fn file(&self) -> String {
        format!("{}-{}.json", self.scenario, self.engine)
    }

    /// Puts it before the earlier ones of its file; gives the last of them.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn keep(&self, folder: &Path) -> anyhow::Result<Option<Self>> {
        let path = folder.join(self.file());
        let mut all = read(&path)?;
        let last = all.first().cloned();
        all.insert(0, self.clone());
        all.truncate(KEPT);
        fs::create_dir_all(folder)?;
        fs::write(&path, serde_json::to_string_pretty(&all)? + "\n")?;
        Ok(last)
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<Record>> {
    match fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text).with_context(|| format!("{} is no record", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// The newest record of each scenario and engine in a folder.
///
/// # Errors
/// When one cannot be read.
pub fn newest(folder: &Path) -> anyhow::Result<Vec<Record>> {
    let mut all = Vec::new();
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|f| f.path());
    let mut files: Vec<_> = files.filter(|p| p.extension().is_some_and(|e| e == "json")).collect();
    files.sort();
    for path in files {
        all.extend(read(&path)?.into_iter().next());
    }
    Ok(all)
}

/// How a run stands beside the last one.
#[derive(Debug, Clone, PartialEq)]
pub enum Compared {
    /// There is none, or it was run with something else.
    Alone(&'static str),
    /// So many ratios were compared, and these fell by more than a tenth, the worst first.
    Ratios(usize, Vec<Fall>),
}

/// A ratio that fell.
#[derive(Debug, Clone, PartialEq)]
pub struct Fall {
    /// Of which measurement.
    pub point: String,
    /// To which floor.
    pub floor: Floor,
    /// What it was.
    pub was: f64,
    /// What it is.
    pub is: f64,
}

/// What got worse since the last record.
pub fn compare(last: Option<&Record>, now: &Record) -> Compared {
    let Some(last) = last else { return Compared::Alone("the first of its kind") };
    if last.told.parameters != now.told.parameters || last.seed != now.seed {
        return Compared::Alone("the last was run with other parameters");
    }
    let (mut many, mut falls) = (0, Vec::new());
    for point in &now.told.points {
        let before = last.told.points.iter().find(|p| p.name == point.name);
        for held in &point.floors {
            let was = before.and_then(|p| p.floors.iter().find(|h| h.floor == held.floor));
            let Some(was) = was else { continue };
            many += 1;
            if held.ratio < was.ratio * STILL_AS_GOOD {
                let point = point.name.clone();
                falls.push(Fall { point, floor: held.floor, was: was.ratio, is: held.ratio });
            }
        }
    }
    falls.sort_by(|a, b| (a.is / a.was).total_cmp(&(b.is / b.was)));
    Compared::Ratios(many, falls)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(ratio: f64, seed: u64) -> Record {
        let mut point = Point::done("8 clients", "answers", 100, 1.0);
        point.hold(Floor::Http, 100.0 / ratio, 3.0);
        point.hold(Floor::Engine, 200.0, 0.0);
        let told = Told { points: vec![point], ..Told::default() }.with("cases", 300);
        Record {
            scenario: "clerk".to_owned(),
            engine: "sqlite".to_owned(),
            at: String::new(),
            commit: String::new(),
            seed,
            machine: Machine::default(),
            told,
        }
    }

    #[test]
    fn a_ratio_that_fell_by_more_than_a_tenth_is_marked() {
        let Compared::Ratios(2, falls) = compare(Some(&record(0.5, 1)), &record(0.44, 1)) else { panic!() };
        assert_eq!(falls.len(), 1);
        assert_eq!((falls[0].floor, falls[0].point.as_str()), (Floor::Http, "8 clients"));
        assert!((falls[0].was - 0.5).abs() < 1e-9 && (falls[0].is - 0.44).abs() < 1e-9);
        assert_eq!(compare(Some(&record(0.5, 1)), &record(0.46, 1)), Compared::Ratios(2, vec![]));
        assert_eq!(compare(Some(&record(0.5, 1)), &record(2.0, 1)), Compared::Ratios(2, vec![]));
    }

    #[test]
    fn other_parameters_are_not_compared() {
        let mut other = record(0.1, 1);
        other.told = other.told.with("cases", 301);
        assert!(matches!(compare(Some(&record(0.5, 1)), &other), Compared::Alone(_)));
        assert!(matches!(compare(Some(&record(0.5, 2)), &record(0.1, 1)), Compared::Alone(_)));
        assert!(matches!(compare(None, &record(0.1, 1)), Compared::Alone(_)));
    }

    #[test]
    fn the_newest_few_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(record(0.5, 0).keep(folder.path()).unwrap(), None);
        for seed in 1..10 {
            let last = record(0.5, seed).keep(folder.path()).unwrap();
            assert_eq!(last.unwrap().seed, seed - 1);
        }
        assert_eq!(read(&folder.path().join("clerk-sqlite.json")).unwrap().len(), KEPT);
        let newest = newest(folder.path()).unwrap();
        assert_eq!(newest.iter().map(|r| r.seed).collect::<Vec<_>>(), [9]);
        fs::write(folder.path().join("x-sqlite.json"), "{").unwrap();
        assert!(super::newest(folder.path()).is_err());
    }
}
