//! Import of tables: a batch is opened, its good rows are added, and within a day it can be undone. The
//! same row never comes twice, whichever file it stands in.

use std::collections::HashMap;

use access::{Duty, Kind, Place, Resource, may};
use base::{Act, Actor, DAY_MS, Id, Millis, Outcome, Refusal};
use sha2::{Digest, Sha256};
use store::{Fact, Tx};
use territory::Division;

use super::Hand;
use super::clocks::{begin_clocks, follow_clocks};
use super::intake::{Draft, Registrar, keep_reporter, submit_row};
use super::pack::place_of;
use super::timer::start_confirmation;
use crate::model::{ActKind, Body, By, Case, Channel, Ending, Intake, Reporter, Spot, Stage, Title};
use crate::rules::clock::confirm_at;
use crate::rules::import::{BadCell, GoodRow};
use crate::rules::intake::may_choose;
use crate::store::{
    ActRow, BatchRow, ClosureRow, Ground, acts_of, add_case, add_first_act, batch_by_id, cases_of_batch,
    empty_case, put_act, put_batch, put_closure, put_intake, set_batch_counts, set_batch_undone, set_case,
};

/// How long a batch can be undone.
pub const UNDO_MS: i64 = DAY_MS;

/// A batch to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBatch {
    /// SHA-256 of the file.
    pub file_digest: Vec<u8>,
    /// The map's name.
    pub map_name: String,
    /// The widest place that its rows may lie in: the importer must be responsible for it.
    pub place: Place,
}

/// An answer that came with an imported row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedAnswer {
    /// How it ended.
    pub ending: Ending,
    /// What the resident read.
    pub answer: Body,
    /// When, if the table says so.
    pub at: Option<Millis>,
    /// Whether arrival and answer are both known to the time of day: only then do they count as a time.
    pub is_measured: bool,
}

/// A row to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRow {
    /// The matter.
    pub intake: Intake,
    /// Its answer, if it had one.
    pub answer: Option<ImportedAnswer>,
    /// The digest that makes it the same row in every file.
    pub digest: Vec<u8>,
}

/// What stands in for what a row does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchDefaults {
    /// The source's name: rows are the same when source and key are.
    pub source: String,
    /// The category's code where the row's own is unknown; `None` makes such a row bad.
    pub category: Option<String>,
    /// The place where the row's own is unknown; `None` makes such a row bad.
    pub place: Option<Place>,
}

/// What came of adding rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Added {
    /// New cases.
    pub added: usize,
    /// Rows that were there before.
    pub same: usize,
}

/// What came of undoing a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Undone {
    /// Cases that were emptied and withdrawn.
    pub emptied: usize,
    /// Cases that somebody had worked on since, and which stay.
    pub kept: usize,
}

/// Turns good rows of a sheet into rows to be added, with categories and places looked up.
pub fn import_rows(
    g: &Ground,
    good: &[GoodRow],
    defaults: &BatchDefaults,
    at: Millis,
) -> (Vec<ImportRow>, Vec<BadCell>) {
    let names = Names::of(g);
    let (mut rows, mut bad) = (Vec::new(), Vec::new());
    for row in good {
        match import_row(g, &names, row, defaults, at) {
            Ok(ready) => rows.push(ready),
            Err((column, value, key)) => bad.push(BadCell {
                row: row.row,
                column: column.to_owned(),
                value: value.chars().take(40).collect(),
                key,
                words: Vec::new(),
            }),
        }
    }
    (rows, bad)
}

type Fault<'a> = (&'static str, &'a str, &'static str);

fn import_row<'a>(
    g: &Ground,
    names: &Names,
    row: &'a GoodRow,
    defaults: &BatchDefaults,
    at: Millis,
) -> Result<ImportRow, Fault<'a>> {
    let category = g.category_by_code(&row.category).filter(|c| c.kind.is_some());
    let fallback = || defaults.category.as_deref().and_then(|code| g.category_by_code(code));
    let category = category.or_else(fallback).ok_or((
        "category",
        row.category.as_str(),
        "case.field.category_unknown",
    ))?;
    let place = names.place(g, &row.place).or(defaults.place);
    let place =
        place.filter(|p| p.county != 0).ok_or(("place", row.place.as_str(), "case.field.place_unknown"))?;
    let title =
        Title::new("title", &row.title).map_err(|_| ("title", row.title.as_str(), "case.field.too_long"))?;
    let body =
        Body::new("body", &row.body).map_err(|_| ("body", row.body.as_str(), "case.field.too_long"))?;
    let digest = Sha256::digest(format!("{}\n{}", defaults.source, row.key).as_bytes()).to_vec();
    let mut intake = Intake::new(Channel::Excel, place, category.id, title, body)
        .map_err(|_| ("place", row.place.as_str(), "case.field.place_unknown"))?;
    intake.spot = Spot { words: row.spot.chars().take(base::limits::LINE_CHARS).collect(), point: None };
    intake.reporter = Reporter {
        name: row.reporter_name.chars().take(base::limits::LINE_CHARS).collect(),
        contact: row.contact.chars().take(base::limits::LINE_CHARS).collect(),
        confidential: false,
    };
    intake.brought = Some(row.brought.at.min(at));
    let answer = row.answer.as_ref().map(|a| imported_answer(row, a)).transpose()?;
    Ok(ImportRow { intake, answer, digest })
}

fn imported_answer<'a>(
    row: &GoodRow,
    a: &'a crate::rules::import::GoodAnswer,
) -> Result<ImportedAnswer, Fault<'a>> {
    let answer =
        Body::of_record("answer", &a.text).map_err(|_| ("answer", a.text.as_str(), "case.field.too_long"))?;
    Ok(ImportedAnswer {
        ending: a.ending,
        answer,
        at: a.at.map(|w| w.at),
        is_measured: row.brought.is_exact && a.at.is_some_and(|w| w.is_exact),
    })
}

/// Living divisions by name, for tables that name places; `None` where several have the name.
struct Names(HashMap<String, Option<Id<Division>>>);

impl Names {
    fn of(g: &Ground) -> Self {
        let mut names: HashMap<String, Option<Id<Division>>> = HashMap::new();
        let mut todo: Vec<Id<Division>> = g.atlas.children(None).map(|e| e.id).collect();
        while let Some(id) = todo.pop() {
            todo.extend(g.atlas.children(Some(id)).map(|e| e.id));
            let path = g.atlas.path_name(id, territory::Kind::City);
            for name in [g.atlas.name(id).to_owned(), path] {
                names.entry(name).and_modify(|seen| *seen = seen.filter(|s| *s == id)).or_insert(Some(id));
            }
        }
        Self(names)
    }

    /// A place by its statistical code or by its name.
    fn place(&self, g: &Ground, text: &str) -> Option<Place> {
        let text = text.trim();
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && text.len() <= 12;
        let division = if digits {
            g.atlas.by_code("nbs12", &format!("{text:0<12}")).first().map(|e| e.id)
        } else {
            self.0.get(text).copied().flatten()
        };
        division.map(|d| place_of(&g.atlas, d))
    }
}

/// Opens a batch.
///
/// # Errors
/// 403 without the duty to import for the place.
pub fn open_batch(tx: &mut Tx<'_>, hand: Hand<'_>, at: Millis, new: &NewBatch) -> Outcome<i64> {
    let (actor, unit) = importer(hand, new.place)?;
    let id = tx.id::<BatchRow>(at).raw();
    let row = BatchRow {
        id,
        at_ms: at.0,
        account: actor.account,
        unit_id: unit,
        file_digest: new.file_digest.clone(),
        map_name: new.map_name.clone(),
        row_count: 0,
        added_count: 0,
        undone_ms: None,
        undone_by: None,
    };
    put_batch(tx.conn, &row)?;
    tx.record(
        Fact::new("case.batch_opened", Act::new(actor, at), "batch", id).digest("file", &new.file_digest),
    );
    Ok(id)
}

fn importer(hand: Hand<'_>, place: Place) -> Outcome<(Actor, i64)> {
    match hand {
        Hand::House => Ok((Actor::SYSTEM, 0)),
        Hand::Staff(person) => {
            let used = may(person, Duty::Import, &Resource::at(Kind::Batch, place))?;
            Ok((used.actor(), used.unit.raw()))
        }
        Hand::Public | Hand::Sender { .. } => Err(Refusal::forbidden().into()),
    }
}

/// Adds rows to an open batch: a few hundred at a time, each time in one transaction. Rows that were
/// there before are counted and left alone.
///
/// # Errors
/// 403 without the duty for a row's place; 409 when the batch was undone; invalid as an intake.
pub fn add_batch_rows(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    batch: i64,
    rows: &[ImportRow],
) -> Outcome<Added> {
    let open = batch_by_id(tx.conn, batch)?.filter(|b| b.undone_ms.is_none());
    open.ok_or_else(|| Refusal::new("case.refuse.batch_over"))?;
    let mut added = Added::default();
    for row in rows {
        let (actor, unit) = importer(hand, row.intake.place)?;
        let by = if matches!(hand, Hand::House) { By::System } else { By::Clerk };
        if add_row(tx, g, &Registrar { actor, unit, by }, at, batch, row)? {
            added.added += 1;
        } else {
            added.same += 1;
        }
    }
    set_batch_counts(tx.conn, batch, rows.len() as i64, added.added as i64)?;
    let (actor, _) = importer(hand, rows.first().map_or_else(Place::default, |r| r.intake.place))?;
    tx.record(
        Fact::new("case.batch_added", Act::new(actor, at), "batch", batch)
            .int("added", added.added as i64)
            .int("same", added.same as i64),
    );
    Ok(added)
}

fn add_row(
    tx: &mut Tx<'_>,
    g: &Ground,
    who: &Registrar,
    at: Millis,
    batch: i64,
    row: &ImportRow,
) -> Outcome<bool> {
    let mut intake = row.intake.clone();
    intake.batch = Some((batch, row.digest.clone()));
    may_choose(g.category(intake.category), at.max(intake.brought.unwrap_or(at)))?;
    let Some(category) = g.category(intake.category) else { return Ok(false) };
    let draft = Draft::new(tx, g, &intake, category, who, at)?;
    if !put_intake(tx, &draft.intake_row(&intake, &[], who))? {
        return Ok(false);
    }
    let mut case = draft.case(tx, g, &intake, who, at)?;
    case.registered_by = who.actor.account.max(0);
    let closed = row.answer.as_ref().map(|a| answered(&mut case, g, a, at));
    add_case(tx, &case)?;
    let mut acts = vec![submit_row(tx, &case, who, case.created, at)];
    keep_reporter(tx, &case, &intake)?;
    if let (Some(answer), Some(closed)) = (&row.answer, closed) {
        acts.extend(keep_answer(tx, &case, answer, closed, at)?);
    }
    begin_clocks(tx, g, &case, &acts, (at, true))?;
    acts.into_iter().try_for_each(|act| add_first_act(tx, act))?;
    tx.record(
        Fact::new("case.imported", Act::new(who.actor, at), "case", case.id.raw())
            .county(case.place.county)
            .set("stage", case.stage.code())
            .id("batch", batch)
            .id("unit", case.holder.unit),
    );
    if case.stage == Stage::Closed {
        start_confirmation(tx, g, &case, at)?;
    }
    Ok(true)
}

/// An imported case that was answered: closed then, and confirmed if its window is over.
fn answered(case: &mut Case, g: &Ground, answer: &ImportedAnswer, at: Millis) -> Millis {
    let closed = answer.at.unwrap_or(at).max(case.created).min(at);
    let confirmed = confirm_at(closed, g.windows.confirm_days, &g.here(&case.place));
    case.accepted = Some(case.created);
    case.closed = Some(closed);
    case.ending = Some(answer.ending);
    case.stage = Stage::Closed;
    if confirmed < at {
        case.stage = Stage::Confirmed;
        case.confirmed = Some(confirmed);
    }
    closed
}

fn keep_answer(
    tx: &mut Tx<'_>,
    case: &Case,
    answer: &ImportedAnswer,
    closed: Millis,
    at: Millis,
) -> Outcome<Vec<ActRow>> {
    let row = ClosureRow {
        id: tx.id::<ClosureRow>(at).raw(),
        case_id: case.id.raw(),
        county_id: case.place.county,
        at_ms: closed.0,
        account: 0,
        unit_id: case.holder.unit,
        ending: answer.ending.code().to_owned(),
        answer: answer.answer.as_str().to_owned(),
        same_as: 0,
        referred_to: String::new(),
        answered_ms: answer.is_measured.then_some(closed.0),
        in_time: closed <= case.due,
        confirmed_ms: case.confirmed.map(|t| t.0),
        confirmed_by: case.confirmed.map(|_| By::System.code().to_owned()),
        contested_ms: None,
    };
    put_closure(tx.conn, &row)?;
    let words = Some(answer.answer.as_str().to_owned());
    let answered = (Stage::Received, Stage::Closed);
    let mut acts = vec![house_act(tx, case, ActKind::Close, answered, closed, words, at)];
    if let Some(t) = case.confirmed {
        acts.push(house_act(tx, case, ActKind::Confirm, (Stage::Closed, Stage::Confirmed), t, None, at));
    }
    Ok(acts)
}

fn house_act(
    tx: &Tx<'_>,
    case: &Case,
    act: ActKind,
    (from, to): (Stage, Stage),
    when: Millis,
    words: Option<String>,
    at: Millis,
) -> ActRow {
    ActRow {
        id: tx.id::<ActRow>(at).raw(),
        case_id: case.id.raw(),
        county_id: case.place.county,
        at_ms: when.0,
        act: act.code().to_owned(),
        by_role: By::System.code().to_owned(),
        from_stage: from.code().to_owned(),
        to_stage: to.code().to_owned(),
        account: Actor::SYSTEM.account,
        post: 0,
        unit_id: case.holder.unit,
        to_unit: 0,
        to_account: 0,
        old_category: 0,
        new_category: 0,
        ending: case.ending.map(|e| e.code().to_owned()),
        words,
    }
}

/// Undoes a batch within a day: cases that nobody has worked on are emptied and withdrawn; their numbers
/// stay, because the count has no gaps. The same file can then be imported again.
///
/// # Errors
/// 404 for an unknown batch, 410 after a day, 409 when it was undone before.
pub fn undo_batch(tx: &mut Tx<'_>, hand: Hand<'_>, at: Millis, batch: i64) -> Outcome<Undone> {
    let row = batch_by_id(tx.conn, batch)?.ok_or_else(Refusal::not_found)?;
    if let Some(when) = row.undone_ms {
        return Err(Refusal::new("case.refuse.batch_undone").with("when~", when).into());
    }
    if at.0 - row.at_ms > UNDO_MS {
        return Err(Refusal::new("case.refuse.batch_too_old").with("when~", row.at_ms).status(410).into());
    }
    let mut undone = Undone::default();
    let mut actor = Actor::SYSTEM;
    for case in cases_of_batch(tx.conn, batch)? {
        actor = importer(hand, case.place)?.0;
        if case.version != 1 {
            undone.kept += 1;
            continue;
        }
        withdraw_imported(tx, case, at)?;
        undone.emptied += 1;
    }
    if let Hand::Staff(person) = hand {
        actor.account = person.account.raw();
    }
    set_batch_undone(tx.conn, batch, at, actor.account)?;
    tx.record(
        Fact::new("case.batch_undone", Act::new(actor, at), "batch", batch)
            .int("emptied", undone.emptied as i64)
            .int("kept", undone.kept as i64),
    );
    Ok(undone)
}

fn withdraw_imported(tx: &mut Tx<'_>, before: Case, at: Millis) -> Outcome<()> {
    let from = before.stage;
    let mut case = Case { stage: Stage::Withdrawn, version: 2, is_public: false, ..before.clone() };
    (case.title, case.body) = (case.number.clone(), String::new());
    (case.closed, case.confirmed, case.ending) = (None, None, None);
    set_case(tx.conn, &before, &case)?;
    empty_case(tx, case.id)?;
    let act = house_act(tx, &case, ActKind::Withdraw, (from, Stage::Withdrawn), at, None, at);
    put_act(tx.conn, &act)?;
    let acts = acts_of(tx.conn, case.id)?;
    // Its clocks only end: nothing is looked up.
    follow_clocks(tx, &Ground::empty(), &case, &acts, None, at).map(drop)
}
