//! Importing divisions: the nation's 665,276 in one run, in stretches, and again without a change.

use std::{collections::HashMap, io::Read, sync::Arc};

use ::store::{Db, Fact, Tx};
use base::{Act, Id, Outcome, Refusal};
use jiff::civil::Date;

use crate::{
    model::{Code, CodeSystem, Division, Kind, Lineage},
    rules::sheet::{self, Row, RowError, Sheet},
    store,
};

/// Rows that one transaction writes.
const ROWS_PER_DEED: usize = 5_000;

/// What one deed of an import writes.
#[derive(Debug, Default)]
pub struct DivisionImport {
    /// The edition on which it was planned: another one means that somebody else changed the tree.
    pub edition: i64,
    /// The day from which new divisions are valid and on which changed ones changed.
    pub day: Option<Date>,
    /// Divisions to add, parents before children.
    pub add: Vec<Division>,
    /// Codes of added divisions.
    pub codes: Vec<(Id<Division>, Code)>,
    /// Divisions that have another name.
    pub rename: Vec<(Id<Division>, String)>,
    /// Divisions that have another parent.
    pub relocate: Vec<(Id<Division>, Id<Division>)>,
}

/// Writes one stretch of an import and returns the edition that it made.
///
/// # Errors
/// Refused when the tree changed since the plan was made.
pub fn import_divisions(tx: &mut Tx, act: Act, part: &DivisionImport) -> Outcome<i64> {
    if store::edition(tx.conn)? != part.edition {
        return Err(Refusal::new("territory.refuse.changed").into());
    }
    store::add_divisions(tx.conn, &part.add)?;
    store::add_codes(tx.conn, &part.codes)?;
    let first = part.add.first().map_or(0, |d| d.id.raw());
    if let Some(day) = part.day {
        for (id, name) in &part.rename {
            super::recut::rename(tx, act, *id, name, day)?;
        }
        for (id, parent) in &part.relocate {
            super::recut::relocate(tx, act, *id, *parent, day)?;
        }
    }
    tx.record(
        Fact::new("territory.divisions_imported", act, "division", first)
            .int("added", part.add.len() as i64)
            .int("renamed", part.rename.len() as i64)
            .int("moved", part.relocate.len() as i64),
    );
    store::next_edition(tx.conn)?;
    Ok(part.edition + 1)
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Rows done.
    pub done: usize,
    /// Rows in all.
    pub all: usize,
}

/// What an import did (导入结果).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Good rows read.
    pub read: usize,
    /// Added, by rung from the province to the village.
    pub added: [usize; 5],
    /// Had another name.
    pub renamed: usize,
    /// Had another parent.
    pub moved: usize,
    /// Were as they are.
    pub unchanged: usize,
    /// Live in the database with a code of this system below a root of the file, and are not in the file.
    /// They are only counted: a merge tells where they went, a table does not.
    pub absent: usize,
    /// Bad rows. When there are any, nothing was written.
    pub errors: Vec<RowError>,
}

impl ImportReport {
    /// All added.
    pub fn added_all(&self) -> usize {
        self.added.iter().sum()
    }
}

/// Imports a table from start to end: reads all of it, tells every bad row, and writes only when there is
/// none. Blocking; not on a thread that serves.
///
/// # Errors
/// A fault when the table cannot be read; refused when the tree changes meanwhile (what is written by
/// then stays, and the next run goes on from there).
pub fn import_sheet(
    db: &Db,
    act: Act,
    source: impl Read,
    system: &CodeSystem,
    day: Date,
    progress: &mut dyn FnMut(Progress),
) -> Outcome<ImportReport> {
    let sheet = sheet::read(source, system)?;
    let mut report =
        ImportReport { read: sheet.rows.len(), errors: sheet.errors.clone(), ..Default::default() };
    let mut plan = Plan::start(db, act, system, day)?;
    report.errors.extend(plan.orphans(&sheet));
    if !report.errors.is_empty() {
        return Ok(report);
    }
    let all = sheet.rows.len();
    let mut done = 0;
    for rows in sheet.rows.chunks(ROWS_PER_DEED) {
        let part = plan.part(rows, &mut report);
        if !part.add.is_empty() || !part.rename.is_empty() || !part.relocate.is_empty() {
            let part = Arc::new(part);
            plan.edition = db.write_now(move |tx| import_divisions(tx, act, &part))?;
        }
        done += rows.len();
        progress(Progress { done, all });
    }
    report.absent = plan.absent();
    Ok(report)
}

struct Known {
    id: Id<Division>,
    name: String,
    parent: Option<Id<Division>>,
    lineage: Lineage,
    seen: bool,
}

/// What is known so far, by rung and code.
struct Plan<'a> {
    db: &'a Db,
    act: Act,
    system: &'a CodeSystem,
    day: Date,
    edition: i64,
    known: HashMap<(Kind, String), Known>,
}

impl<'a> Plan<'a> {
    fn start(db: &'a Db, act: Act, system: &'a CodeSystem, day: Date) -> Outcome<Self> {
        let wanted = system.clone();
        let (edition, known) = db.read_now(move |conn| {
            let edition = store::edition(conn)?;
            let mut known = HashMap::new();
            store::each_known(conn, &wanted, |k| {
                let entry =
                    Known { id: k.id, name: k.name, parent: k.parent, lineage: k.lineage, seen: false };
                known.insert((k.kind, k.code), entry);
            })?;
            Ok((edition, known))
        })?;
        Ok(Self { db, act, system, day, edition, known })
    }

    /// Rows whose parent is neither in the file nor in the database.
    fn orphans(&self, sheet: &Sheet) -> Vec<RowError> {
        let mut here: HashMap<&str, Vec<Kind>> = HashMap::new();
        for row in &sheet.rows {
            here.entry(&row.code).or_default().push(row.kind);
        }
        let mut errors = Vec::new();
        for row in &sheet.rows {
            let Some(parent) = &row.parent else { continue };
            let in_file = here.get(parent.as_str()).is_some_and(|kinds| kinds.iter().any(|k| *k < row.kind));
            if !in_file && self.parent(row).is_none() && errors.len() < 1_000 {
                errors.push(RowError {
                    line: row.line,
                    column: "parent".to_owned(),
                    value: parent.clone(),
                    key: "territory.sheet.no_parent",
                });
            }
        }
        errors
    }

    /// A row's parent: the nearest rung above on which its code is known. A city and its only county may
    /// share a code, so the rung decides, never the digits.
    fn parent(&self, row: &Row) -> Option<&Known> {
        let code = row.parent.as_ref()?;
        let above = Kind::ALL.into_iter().rev().filter(|k| *k < row.kind);
        above.into_iter().find_map(|k| self.known.get(&(k, code.clone())))
    }

    fn part(&mut self, rows: &[Row], report: &mut ImportReport) -> DivisionImport {
        let mut part = DivisionImport { edition: self.edition, day: Some(self.day), ..Default::default() };
        for row in rows {
            let parent = self.parent(row).map(|p| (p.id, p.lineage));
            if let Some(known) = self.known.get_mut(&(row.kind, row.code.clone())) {
                known.seen = true;
                let mut same = true;
                if known.name != row.name {
                    part.rename.push((known.id, row.name.clone()));
                    known.name.clone_from(&row.name);
                    (report.renamed, same) = (report.renamed + 1, false);
                }
                if let Some((parent, lineage)) = parent.filter(|(id, _)| Some(*id) != known.parent) {
                    part.relocate.push((known.id, parent));
                    known.parent = Some(parent);
                    known.lineage = lineage.with(row.kind, known.id);
                    (report.moved, same) = (report.moved + 1, false);
                }
                report.unchanged += usize::from(same);
            } else {
                self.add(row, parent, &mut part);
                report.added[row.kind as usize] += 1;
            }
        }
        part
    }

    fn add(&mut self, row: &Row, parent: Option<(Id<Division>, Lineage)>, part: &mut DivisionImport) {
        let id = self.db.chance().id(self.act.at);
        let lineage = parent.map_or_else(Lineage::default, |(_, l)| l).with(row.kind, id);
        let parent = parent.map(|(id, _)| id);
        part.add.push(Division {
            id,
            kind: row.kind,
            name: row.name.clone(),
            parent,
            lineage,
            valid_from: self.day,
            valid_to: None,
        });
        part.codes.push((id, Code { system: self.system.clone(), code: row.code.clone() }));
        part.codes.extend(row.more.iter().filter(|c| c.system != *self.system).map(|c| (id, c.clone())));
        let known = Known { id, name: row.name.clone(), parent, lineage, seen: true };
        self.known.insert((row.kind, row.code.clone()), known);
    }

    /// Known ones that the file does not have, below the roots that it has.
    fn absent(&self) -> usize {
        let roots: Vec<Id<Division>> = self
            .known
            .iter()
            .filter(|(_, k)| k.seen)
            .filter_map(|((kind, _), k)| k.lineage.at(*kind))
            .collect();
        let roots: std::collections::HashSet<Id<Division>> = roots.into_iter().collect();
        let under = |k: &Known| k.lineage.ids().any(|(_, id)| roots.contains(&id));
        self.known.values().filter(|k| !k.seen && under(k)).count()
    }
}
