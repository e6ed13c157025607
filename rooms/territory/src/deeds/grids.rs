//! Cutting the ground into grids (划分网格): a first cut and every later one.

use std::{
    collections::{HashMap, HashSet},
    io::Read,
};

use ::store::{Conn, Fact, Tx};
use base::{Act, Id, Outcome, Refusal};
use jiff::civil::Date;

use super::{found, not_ahead};
use crate::{
    model::{Assignment, Code, CodeSystem, Datum, Division, Grid, Kind, Outline, name_of},
    rules::{
        geojson::{self, FeatureError, GridFeature},
        join::join,
        topology::{self, Flaw},
    },
    store,
};

/// Adds grids to villages that have none yet, trusting that they fit: for ground that was computed.
/// Everything from outside goes through [`import_grids`].
///
/// # Errors
/// Faults of the store.
pub fn add_grids(tx: &mut Tx, act: Act, all: &[Grid]) -> Outcome<()> {
    store::add_grids(tx.conn, all)?;
    let first = all.first().map_or(0, |g| g.id.raw());
    tx.record(Fact::new("territory.grids_imported", act, "grid", first).int("added", all.len() as i64));
    store::next_edition(tx.conn)
}

/// A file of grids, read and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridImport {
    features: Vec<GridFeature>,
    errors: Vec<FeatureError>,
    /// The day from which the new grids are valid.
    pub day: Date,
}

impl GridImport {
    /// Reads a file.
    pub fn read(source: impl Read, datum: Datum, day: Date) -> Self {
        let (features, errors) = geojson::read(source, datum);
        Self { features, errors, day }
    }

    /// The codes of the villages that the file names, each once.
    pub fn villages(&self) -> HashSet<&str> {
        self.features.iter().map(|f| f.village.as_str()).collect()
    }
}

/// What an import of grids did (导入结果).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GridReport {
    /// Features read.
    pub read: usize,
    /// Grids that began.
    pub added: usize,
    /// Grids that ended.
    pub ended: usize,
    /// Grids with another name.
    pub renamed: usize,
    /// Grids that are as they were.
    pub unchanged: usize,
    /// Complaints. When there are any, nothing was written.
    pub errors: Vec<FeatureError>,
}

/// Cuts the villages that the file names anew: their grids afterwards are those of the file. Checks first that there
/// is no gap and no overlap, that a village which had grids keeps its very ground, and that no neighbour is touched.
/// An unchanged grid keeps its id; a changed one ends, and notes who took over its ground; its workers go
/// with its code. With complaints nothing is written, and the report tells them.
///
/// # Errors
/// Faults of the store. Complaints are no error: they are in the report.
pub fn import_grids(tx: &mut Tx, act: Act, input: &GridImport, dry: bool) -> Outcome<GridReport> {
    not_ahead(act, input.day)?;
    let mut report =
        GridReport { read: input.features.len(), errors: input.errors.clone(), ..GridReport::default() };
    let villages = resolve(tx.conn, &input.features, &mut report.errors)?;
    if report.errors.is_empty() {
        let touched: Vec<Id<Division>> =
            villages.values().copied().collect::<HashSet<_>>().into_iter().collect();
        let old = store::grids_of(tx.conn, &touched)?;
        report.errors = check(tx.conn, &input.features, &villages, &touched, &old)?;
        if report.errors.is_empty() {
            cut(tx, act, input, &villages, &old, &mut report, dry)?;
        }
    }
    // A look without writing is a deed that changes nothing; it is noted like every other.
    let fact = Fact::new("territory.grids_imported", act, "grid", 0);
    tx.record(
        fact.set("mode", if dry || !report.errors.is_empty() { "looked" } else { "written" })
            .int("added", report.added as i64)
            .int("ended", report.ended as i64)
            .int("errors", report.errors.len() as i64),
    );
    Ok(report)
}

type Villages = HashMap<String, Id<Division>>;

fn complaint(f: &GridFeature, key: &'static str) -> FeatureError {
    FeatureError { number: f.number, code: f.code.clone(), key, words: Vec::new() }
}

fn resolve(conn: &mut Conn, features: &[GridFeature], errors: &mut Vec<FeatureError>) -> Outcome<Villages> {
    let mut villages = Villages::new();
    let mut codes: HashSet<&str> = HashSet::new();
    for f in features {
        if !codes.insert(&f.code) {
            errors.push(complaint(f, "territory.geojson.twice"));
        }
        if villages.contains_key(&f.village) {
            continue;
        }
        let code = Code { system: CodeSystem::nbs12(), code: f.village.clone() };
        match store::division_by_code(conn, &code, Kind::Village)? {
            Some(id) => {
                villages.insert(f.village.clone(), id);
            }
            None => errors.push(complaint(f, "territory.geojson.village")),
        }
    }
    for f in features.iter().filter(|f| f.parent.as_ref().is_some_and(|p| !codes.contains(p.as_str()))) {
        errors.push(complaint(f, "territory.geojson.parent"));
    }
    Ok(villages)
}

/// Checks the file's grids of the first level with each other, with the ground that each village had, and
/// with the grids of neighbours; and those of deeper levels within the grid around them.
fn check(
    conn: &mut Conn,
    features: &[GridFeature],
    villages: &Villages,
    touched: &[Id<Division>],
    old: &[Grid],
) -> Outcome<Vec<FeatureError>> {
    let tops: Vec<&GridFeature> = features.iter().filter(|f| f.parent.is_none()).collect();
    let neighbours = neighbours(conn, touched, &tops)?;
    let mut pieces: Vec<&Outline> = tops.iter().map(|f| &f.outline).collect();
    pieces.extend(neighbours.iter().map(|g| &g.outline));
    let mut errors = told(&topology::check(&pieces, None), &tops);
    for village in touched {
        let mine: Vec<&GridFeature> =
            tops.iter().copied().filter(|f| villages[&f.village] == *village).collect();
        let ground =
            join(old.iter().filter(|g| g.village == *village && g.parent.is_none()).map(|g| &g.outline));
        if let Some(ground) = ground {
            let pieces: Vec<&Outline> = mine.iter().map(|f| &f.outline).collect();
            errors.extend(told(&topology::check(&pieces, Some(&ground)), &mine));
        }
    }
    for around in features {
        let inner: Vec<&GridFeature> =
            features.iter().filter(|f| f.parent.as_deref() == Some(around.code.as_str())).collect();
        if !inner.is_empty() {
            let pieces: Vec<&Outline> = inner.iter().map(|f| &f.outline).collect();
            errors.extend(told(&topology::check(&pieces, Some(&around.outline)), &inner));
        }
    }
    errors.dedup();
    Ok(errors)
}

/// Grids of other villages of the same towns.
fn neighbours(conn: &mut Conn, touched: &[Id<Division>], tops: &[&GridFeature]) -> Outcome<Vec<Grid>> {
    let mut towns = HashSet::new();
    for village in touched {
        towns.extend(found(conn, *village)?.parent);
    }
    let mut others = Vec::new();
    for town in towns {
        others.extend(store::children_of(conn, Some(town))?.into_iter().map(|d| d.id));
    }
    others.retain(|id| !touched.contains(id));
    let all = store::grids_of(conn, &others)?;
    let near = |g: &Grid| tops.iter().any(|f| f.outline.bounds().meets(&g.outline.bounds()));
    Ok(all.into_iter().filter(|g| g.parent.is_none() && near(g)).collect())
}

/// Flaws in the words of the file. A piece beyond the file's is a neighbour's and is not named.
fn told(flaws: &[Flaw], features: &[&GridFeature]) -> Vec<FeatureError> {
    let mut errors = Vec::new();
    for flaw in flaws {
        let named: Vec<&&GridFeature> = flaw.pieces().into_iter().filter_map(|n| features.get(n)).collect();
        let Some(first) = named.first() else { continue };
        let others: Vec<&str> = named[1..].iter().map(|f| f.code.as_str()).collect();
        let (at, area_m2) = match flaw {
            Flaw::Crossed { at, .. } => (at, 0.0),
            Flaw::Overlap { at, area_m2, .. }
            | Flaw::Gap { at, area_m2, .. }
            | Flaw::Outside { at, area_m2, .. } => (at, *area_m2),
        };
        let (lon, lat) = at.degrees();
        errors.push(FeatureError {
            number: first.number,
            code: first.code.clone(),
            key: flaw.word(),
            words: vec![
                ("others", others.join("、")),
                ("area", format!("{area_m2:.0}")),
                ("lon", format!("{lon:.6}")),
                ("lat", format!("{lat:.6}")),
            ],
        });
    }
    errors
}

fn cut(
    tx: &mut Tx,
    act: Act,
    input: &GridImport,
    villages: &Villages,
    old: &[Grid],
    report: &mut GridReport,
    dry: bool,
) -> Outcome<()> {
    let by_code: HashMap<&str, &Grid> = old.iter().map(|g| (g.code.as_str(), g)).collect();
    let mut ids: HashMap<&str, Id<Grid>> = HashMap::new();
    let (mut kept, mut fresh, mut renames) = (HashSet::new(), Vec::new(), Vec::new());
    for f in &input.features {
        let village = villages[&f.village];
        let same = by_code.get(f.code.as_str()).filter(|g| g.outline == f.outline && g.village == village);
        match same.filter(|g| g.level == f.level) {
            Some(g) => {
                kept.insert(g.id);
                ids.insert(&f.code, g.id);
                report.renamed += usize::from(g.name != f.name);
                report.unchanged += usize::from(g.name == f.name);
                renames.extend((g.name != f.name).then(|| (g.id, f.name.clone())));
            }
            None => {
                ids.insert(&f.code, tx.id(act.at));
                fresh.push(f);
            }
        }
    }
    let ends: Vec<&Grid> = old.iter().filter(|g| !kept.contains(&g.id)).collect();
    (report.added, report.ended) = (fresh.len(), ends.len());
    if dry {
        return Ok(());
    }
    let mut grids: Vec<Grid> = fresh
        .iter()
        .map(|f| Grid {
            id: ids[f.code.as_str()],
            village: villages[&f.village],
            parent: f.parent.as_ref().and_then(|p| ids.get(p.as_str()).copied()),
            level: f.level,
            code: f.code.clone(),
            name: f.name.clone(),
            outline: f.outline.clone(),
            valid_from: input.day,
            valid_to: None,
        })
        .collect();
    // A grid stands in the table before those inside it.
    grids.sort_by_key(|g| g.level);
    store::add_grids(tx.conn, &grids)?;
    store::set_grid_end(tx.conn, &ends.iter().map(|g| g.id).collect::<Vec<_>>(), input.day)?;
    for (id, name) in &renames {
        store::set_grid_name(tx.conn, *id, name)?;
    }
    hand_over(tx, act, &ends, &grids, input.day)?;
    if !grids.is_empty() || !ends.is_empty() || !renames.is_empty() {
        store::next_edition(tx.conn)?;
    }
    Ok(())
}

/// Notes who took over whose ground, and lets the workers of a changed grid go on in the one with its code.
fn hand_over(tx: &mut Tx, act: Act, ends: &[&Grid], fresh: &[Grid], day: Date) -> Outcome<()> {
    let old: Vec<&Outline> = ends.iter().map(|g| &g.outline).collect();
    let new: Vec<&Outline> = fresh.iter().map(|g| &g.outline).collect();
    let pairs: Vec<(Id<Grid>, Id<Grid>)> =
        topology::shared(&old, &new).into_iter().map(|(o, n)| (ends[o].id, fresh[n].id)).collect();
    store::add_grid_successions(tx.conn, &pairs, day)?;
    let mut moved = Vec::new();
    for end in ends {
        let heir = fresh.iter().find(|g| g.code == end.code);
        for was in store::workers_of(tx.conn, end.id)?.into_iter().filter(|a| a.to.is_none() && a.from < day)
        {
            store::set_assignment_end(tx.conn, was.id, day)?;
            if let Some(heir) = heir {
                moved.push(Assignment { id: tx.id(act.at), grid: heir.id, from: day, ..was });
            }
        }
    }
    store::add_assignments(tx.conn, &moved)
}

/// Renames a grid.
///
/// # Errors
/// Not found, ended, or no name.
pub fn rename_grid(tx: &mut Tx, act: Act, id: Id<Grid>, name: &str) -> Outcome<()> {
    let name = name_of(name)?;
    let grid = store::grid_by_id(tx.conn, id)?.ok_or_else(Refusal::not_found)?;
    if let Some(end) = grid.valid_to {
        return Err(Refusal::new("territory.refuse.ended").with("name", grid.name).with("day", end).into());
    }
    store::set_grid_name(tx.conn, id, &name)?;
    tx.record(Fact::new("territory.grid_renamed", act, "grid", id.raw()).digest("name", &name));
    store::next_edition(tx.conn)
}
