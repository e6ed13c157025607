//! One case: made, loaded, changed.

use std::collections::HashMap;

use base::{Id, Millis, Outcome};
use deadline::Term;
use diesel::prelude::*;
use store::{Conn, Later, Tx, add_all, changed, done, fixed, on, search};

use super::tables::{
    ActRow, CaseRow, ClosureRow, DispatchRow, IntakeRow, Mutable, PartRow, ReporterRow, Subject, case_act,
    case_closure, case_dispatch, case_intake, case_item, case_metoo, case_part, case_reporter,
};
use crate::model::{ActKind, Case, letters};

/// The full-text table.
pub const SEARCH: &str = "search_case";

/// A case with what a decision needs beside it (案卷).
#[derive(Debug, Clone)]
pub struct CaseFile {
    /// The case.
    pub case: Case,
    /// Units that had a part in it.
    pub parts: Vec<i64>,
    /// Its acts, oldest first.
    pub acts: Vec<ActRow>,
}

impl CaseFile {
    /// The accounts that did one of these acts.
    pub fn did(&self, acts: &[ActKind]) -> Vec<i64> {
        let codes: Vec<&str> = acts.iter().map(|a| a.code()).collect();
        self.acts
            .iter()
            .filter(|a| a.account > 0 && codes.contains(&a.act.as_str()))
            .map(|a| a.account)
            .collect()
    }

    /// What the policy sees: place, holder, parts, who registered and who handled it.
    pub fn resource(&self, kind: access::Kind) -> access::Resource {
        access::Resource {
            kind,
            place: self.case.place,
            holder: self.case.holder.unit,
            parts: self.parts.clone(),
            registered_by: self.case.registered_by,
            handled_by: self.did(&[ActKind::Take, ActKind::Report]),
            sensitivity: access::Sensitivity::Plain,
        }
    }

    /// The last act that moved it: an urging or a whistle stands beside the way.
    pub fn last(&self) -> Option<&ActRow> {
        let beside = [ActKind::Urge.code(), ActKind::Whistle.code()];
        self.acts.iter().rev().find(|a| !beside.contains(&a.act.as_str()))
    }
}

/// Notes how a case came in. False when the sender's key or the imported row was there before; where rows wait, that
/// comes out at the end of the commit, and this is asked again.
pub fn put_intake(tx: &mut Tx<'_>, row: &IntakeRow) -> Outcome<bool> {
    if tx.rows_wait() {
        return tx.add_later(row.clone()).map(|()| true);
    }
    let added = on!(tx.conn, c => diesel::insert_into(case_intake::table).values(row).on_conflict_do_nothing().execute(c))?;
    Ok(added == 1)
}

/// Which intake had this key, or this imported row?
pub fn intake_by_key(conn: &mut Conn, key: Option<&[u8]>, row: Option<&[u8]>) -> Outcome<Option<IntakeRow>> {
    let mut found = None;
    if let Some(key) = key {
        found = on!(conn, c => case_intake::table
            .filter(case_intake::idem_key.eq(key))
            .select(IntakeRow::as_select())
            .first(c)
            .optional())?;
    }
    if let (None, Some(row)) = (&found, row) {
        found = on!(conn, c => case_intake::table
            .filter(case_intake::row_digest.eq(row))
            .select(IntakeRow::as_select())
            .first(c)
            .optional())?;
    }
    Ok(found)
}

/// How did a case come in?
pub fn intake_of(conn: &mut Conn, id: Id<Case>) -> Outcome<Option<IntakeRow>> {
    Ok(on!(conn, c => case_intake::table
        .find(id.raw())
        .select(IntakeRow::as_select())
        .first(c)
        .optional())?)
}

/// Starts the deadline anew: after a reopening or a correction of the category.
pub fn set_deadline(conn: &mut Conn, id: Id<Case>, term: Term, source: &str, start: Millis) -> Outcome<()> {
    on!(conn, c => done(diesel::update(case_intake::table.find(id.raw()))
        .set((
            case_intake::deadline_days.eq(i64::from(term.n)),
            case_intake::deadline_unit.eq(letters(term)),
            case_intake::deadline_source.eq(source),
            case_intake::deadline_start_ms.eq(start.0),
        )), c))?;
    Ok(())
}

/// Keeps a new routing result: after a correction of the category or the place.
pub fn set_route(conn: &mut Conn, id: Id<Case>, unit: i64, rule: i64, why: &str) -> Outcome<()> {
    on!(conn, c => done(diesel::update(case_intake::table.find(id.raw()))
        .set((case_intake::route_unit.eq(unit), case_intake::route_rule.eq(rule), case_intake::route_why.eq(why))), c))?;
    Ok(())
}

/// Makes rows of a table that an intake adds and does not read again wait for the end of its commit.
macro_rules! later {
    ($($row:ty => $table:expr),+ $(,)?) => {
        $(impl Later for $row {
            fn add(conn: &mut Conn, rows: &[Self]) -> Outcome<()> {
                add_all!(conn, $table, rows);
                Ok(())
            }
        })+
    };
}

later! {
    CaseRow => case_item::table,
    ActRow => case_act::table,
    PartRow => case_part::table,
    ReporterRow => case_reporter::table,
    IntakeRow => case_intake::table,
}

/// Adds a case and its text to the full-text table. Whoever holds it has a part in it.
pub fn add_case(tx: &mut Tx<'_>, case: &Case) -> Outcome<()> {
    tx.add_later(CaseRow::from(case))?;
    if case.holder.unit != 0 {
        add_first_part(tx, case, case.holder.unit)?;
    }
    tx.search_later(SEARCH, case.id.raw(), search_text(case));
    Ok(())
}

/// Adds the first act of a case that is new.
pub fn add_first_act(tx: &mut Tx<'_>, row: ActRow) -> Outcome<()> {
    tx.add_later(row)
}

/// Notes the part that another unit than the holder had in a case that is new.
pub fn add_first_part(tx: &mut Tx<'_>, case: &Case, unit: i64) -> Outcome<()> {
    tx.add_later(PartRow::of(case, unit))
}

/// Keeps the sealed contact of a case that is new.
pub fn add_reporter(tx: &mut Tx<'_>, case: &Case, sealed: Vec<u8>, is_confidential: bool) -> Outcome<()> {
    let (case_id, county_id) = (case.id.raw(), case.place.county);
    tx.add_later(ReporterRow { case_id, county_id, sealed, is_confidential })
}

fn search_text(case: &Case) -> String {
    format!("{}\n{}\n{}\n{}", case.number, case.title, case.body, case.spot)
}

/// Puts a changed case's text into the full-text table, in place of the one before.
pub fn search_again(tx: &mut Tx<'_>, case: &Case) -> Outcome<()> {
    tx.search_again(SEARCH, case.id.raw(), search_text(case))
}

/// Puts a case's text into the full-text table that is made anew.
pub(super) fn set_search(conn: &mut Conn, case: &Case) -> Outcome<()> {
    search::put(conn, SEARCH, case.id.raw(), &search_text(case))
}

/// Saves what an act changed of the case that was loaded, if nobody else has changed it since: the row must still have
/// the version it had then. False when somebody was faster.
pub fn set_case(conn: &mut Conn, loaded: &Case, case: &Case) -> Outcome<bool> {
    let of = case_item::table
        .filter(case_item::id.eq(case.id.raw()))
        .filter(case_item::county_id.eq(loaded.place.county))
        .filter(case_item::version.eq(loaded.version));
    let row = Mutable::from(case);
    let changed = if is_about_the_same(loaded, case) {
        changed!(conn, case_item::id, diesel::update(of).set(&row))
    } else {
        let subject = Subject::from(case);
        changed!(conn, case_item::id, diesel::update(of).set((&subject, &row)))
    };
    if changed == 1 && loaded.stage.is_open() != case.stage.is_open() {
        on!(conn, c => done(fixed!(diesel::update(case_part::table
                .filter(case_part::case_id.eq(case.id.raw()))
                .filter(case_part::county_id.eq(case.place.county)))
            .set(case_part::is_open.eq(case.stage.is_open()))), c))?;
    }
    Ok(changed == 1)
}

fn is_about_the_same(a: &Case, b: &Case) -> bool {
    (a.place, a.category, a.is_public) == (b.place, b.category, b.is_public)
        && (&a.title, &a.body) == (&b.title, &b.body)
}

/// The case with this id, whoever asks: deeds only. Pages use [`super::case_in_scope`].
pub fn case_by_id(conn: &mut Conn, id: Id<Case>) -> Outcome<Option<Case>> {
    let row: Option<CaseRow> =
        on!(conn, c => case_item::table.find(id.raw()).select(CaseRow::as_select()).first(c).optional())?;
    Ok(row.map(Case::from))
}

/// The case with this number.
pub fn case_by_number(conn: &mut Conn, number: &str) -> Outcome<Option<Case>> {
    let row: Option<CaseRow> = on!(conn, c => case_item::table
        .filter(case_item::number.eq(number))
        .select(CaseRow::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(Case::from))
}

/// The case with its parts and acts.
pub fn file_by_id(conn: &mut Conn, id: Id<Case>) -> Outcome<Option<CaseFile>> {
    let Some(case) = case_by_id(conn, id)? else { return Ok(None) };
    let parts = parts_of(conn, id)?;
    let acts = acts_of(conn, id)?;
    Ok(Some(CaseFile { case, parts, acts }))
}

/// Which units had a part in it?
pub fn parts_of(conn: &mut Conn, id: Id<Case>) -> Outcome<Vec<i64>> {
    Ok(on!(conn, c => case_part::table
        .filter(case_part::case_id.eq(id.raw()))
        .select(case_part::unit_id)
        .load(c))?)
}

/// What was done, oldest first?
pub fn acts_of(conn: &mut Conn, id: Id<Case>) -> Outcome<Vec<ActRow>> {
    Ok(on!(conn, c => case_act::table
        .filter(case_act::case_id.eq(id.raw()))
        .order(case_act::id)
        .select(ActRow::as_select())
        .load(c))?)
}

/// Adds an act.
pub fn put_act(conn: &mut Conn, row: &ActRow) -> Outcome<()> {
    on!(conn, c => diesel::insert_into(case_act::table).values(row).execute(c))?;
    Ok(())
}

/// Notes that a unit had a part in a case.
pub fn put_part(conn: &mut Conn, case: &Case, unit: i64) -> Outcome<()> {
    if unit == 0 {
        return Ok(());
    }
    let row = PartRow::of(case, unit);
    on!(conn, c => diesel::insert_into(case_part::table).values(&row).on_conflict_do_nothing().execute(c))?;
    Ok(())
}

/// Adds a dispatch.
pub fn put_dispatch(conn: &mut Conn, row: &DispatchRow) -> Outcome<()> {
    on!(conn, c => diesel::insert_into(case_dispatch::table).values(row).execute(c))?;
    Ok(())
}

/// Marks the open dispatch as taken.
pub fn set_dispatch_taken(conn: &mut Conn, id: Id<Case>, at_ms: i64) -> Outcome<()> {
    on!(conn, c => done(fixed!(diesel::update(case_dispatch::table
            .filter(case_dispatch::case_id.eq(id.raw()))
            .filter(case_dispatch::ended_ms.is_null()))
        .set(case_dispatch::taken_ms.eq(at_ms))), c))?;
    Ok(())
}

/// Ends the open dispatch.
pub fn end_dispatch(conn: &mut Conn, id: Id<Case>, at_ms: i64, by: ActKind) -> Outcome<()> {
    on!(conn, c => done(fixed!(diesel::update(case_dispatch::table
            .filter(case_dispatch::case_id.eq(id.raw()))
            .filter(case_dispatch::ended_ms.is_null()))
        .set((case_dispatch::ended_ms.eq(at_ms), case_dispatch::ended_by.eq(by.code())))), c))?;
    Ok(())
}

/// To whom was it sent, oldest first?
pub fn dispatches_of(conn: &mut Conn, id: Id<Case>) -> Outcome<Vec<DispatchRow>> {
    Ok(on!(conn, c => case_dispatch::table
        .filter(case_dispatch::case_id.eq(id.raw()))
        .order(case_dispatch::id)
        .select(DispatchRow::as_select())
        .load(c))?)
}

/// Adds an answer.
pub fn put_closure(conn: &mut Conn, row: &ClosureRow) -> Outcome<()> {
    on!(conn, c => diesel::insert_into(case_closure::table).values(row).execute(c))?;
    Ok(())
}

/// Which answers did it get, oldest first?
pub fn closures_of(conn: &mut Conn, id: Id<Case>) -> Outcome<Vec<ClosureRow>> {
    Ok(on!(conn, c => case_closure::table
        .filter(case_closure::case_id.eq(id.raw()))
        .order(case_closure::id)
        .select(ClosureRow::as_select())
        .load(c))?)
}

/// Notes the resident's word on the last answer.
pub fn set_closure_word(
    conn: &mut Conn,
    closure: i64,
    confirmed: Option<(i64, &str)>,
    contested: Option<i64>,
) -> Outcome<()> {
    on!(conn, c => done(diesel::update(case_closure::table.find(closure))
        .set((
            confirmed.map(|(at, _)| case_closure::confirmed_ms.eq(at)),
            confirmed.map(|(_, by)| case_closure::confirmed_by.eq(by.to_owned())),
            contested.map(|at| case_closure::contested_ms.eq(at)),
            case_closure::case_id.eq(case_closure::case_id),
        )), c))?;
    Ok(())
}

/// The sealed contact, if one was left.
pub fn reporter_of(conn: &mut Conn, id: Id<Case>) -> Outcome<Option<Vec<u8>>> {
    Ok(on!(conn, c => case_reporter::table
        .find(id.raw())
        .select(case_reporter::sealed)
        .first(c)
        .optional())?)
}

/// Counts one more "me too"; false when this token was counted before.
pub fn put_metoo(conn: &mut Conn, id: Id<Case>, token: &[u8], at_ms: i64) -> Outcome<bool> {
    let row = (case_metoo::case_id.eq(id.raw()), case_metoo::token.eq(token), case_metoo::at_ms.eq(at_ms));
    let added = on!(conn, c => diesel::insert_into(case_metoo::table).values(row).on_conflict_do_nothing().execute(c))?;
    if added == 1 {
        on!(conn, c => done(diesel::update(case_item::table.find(id.raw()))
            .set(case_item::metoo_count.eq(case_item::metoo_count + 1)), c))?;
    }
    Ok(added == 1)
}

/// Erases the words of a case's acts and answers.
pub fn forget_words(conn: &mut Conn, id: Id<Case>) -> Outcome<()> {
    on!(conn, c => done(diesel::update(case_act::table.filter(case_act::case_id.eq(id.raw())))
        .set(case_act::words.eq(None::<String>)), c))?;
    on!(conn, c => done(diesel::update(case_closure::table.filter(case_closure::case_id.eq(id.raw())))
        .set((case_closure::answer.eq(""), case_closure::answered_ms.eq(None::<i64>))), c))?;
    Ok(())
}

/// The statistical codes of divisions.
pub fn division_codes(conn: &mut Conn, all: impl Iterator<Item = i64>) -> Outcome<HashMap<i64, String>> {
    let mut codes = HashMap::new();
    for division in all {
        if let std::collections::hash_map::Entry::Vacant(free) = codes.entry(division) {
            let known = territory::store::codes_of(conn, Id::of(division))?;
            let code = known.into_iter().find(|c| c.system == territory::model::CodeSystem::nbs12());
            free.insert(code.map(|c| c.code).unwrap_or_default());
        }
    }
    Ok(codes)
}
