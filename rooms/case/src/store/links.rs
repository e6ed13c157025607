//! Links between cases, and the candidates for a duplicate.

use base::{Id, Millis, Outcome};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use store::{Conn, on, search};

use super::cases::SEARCH;
use super::tables::case_item;
use crate::model::{Case, Link, LinkKind, Stage};

diesel::table! {
    case_link (id) {
        id -> BigInt,
        kind -> Text,
        case_id -> BigInt,
        other_id -> BigInt,
        county_id -> BigInt,
        account -> BigInt,
        at_ms -> BigInt,
        ended_by -> Nullable<BigInt>,
        ended_ms -> Nullable<BigInt>,
    }
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_link)]
struct LinkRow {
    id: i64,
    kind: String,
    case_id: i64,
    other_id: i64,
    county_id: i64,
    account: i64,
    at_ms: i64,
}

impl LinkRow {
    /// `None` for a kind of a later program.
    fn link(self) -> Option<Link> {
        Some(Link {
            id: Id::of(self.id),
            kind: LinkKind::parse(&self.kind)?,
            case: Id::of(self.case_id),
            other: Id::of(self.other_id),
            county: self.county_id,
            account: self.account,
            at: Millis(self.at_ms),
        })
    }
}

/// Links two cases. False when they are linked so already, or the case follows another lead.
pub fn put_link(conn: &mut Conn, link: &Link) -> Outcome<bool> {
    let row = LinkRow {
        id: link.id.raw(),
        kind: link.kind.code().to_owned(),
        case_id: link.case.raw(),
        other_id: link.other.raw(),
        county_id: link.county,
        account: link.account,
        at_ms: link.at.0,
    };
    let added = on!(conn, c => diesel::insert_into(case_link::table).values(&row).on_conflict_do_nothing().execute(c))?;
    Ok(added == 1)
}

/// Ends a link; false when it was ended before.
pub fn end_link(conn: &mut Conn, id: Id<Link>, by: i64, at: Millis) -> Outcome<bool> {
    let ended = on!(conn, c => diesel::update(case_link::table
            .filter(case_link::id.eq(id.raw()))
            .filter(case_link::ended_ms.is_null()))
        .set((case_link::ended_by.eq(by), case_link::ended_ms.eq(at.0)))
        .execute(c))?;
    Ok(ended == 1)
}

/// Which links does a case have now, at either end? Oldest first.
pub fn links_of(conn: &mut Conn, id: Id<Case>) -> Outcome<Vec<Link>> {
    let mut rows: Vec<LinkRow> = on!(conn, c => case_link::table
        .filter(case_link::case_id.eq(id.raw()))
        .filter(case_link::ended_ms.is_null())
        .order(case_link::id)
        .select(LinkRow::as_select())
        .load(c))?;
    let theirs: Vec<LinkRow> = on!(conn, c => case_link::table
        .filter(case_link::other_id.eq(id.raw()))
        .filter(case_link::ended_ms.is_null())
        .order(case_link::id)
        .select(LinkRow::as_select())
        .load(c))?;
    rows.extend(theirs);
    rows.sort_by_key(|r| r.id);
    Ok(rows.into_iter().filter_map(LinkRow::link).collect())
}

/// A case that may be the same matter (可能重复件).
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = case_item)]
pub struct Candidate {
    /// The case.
    pub id: i64,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// Where it stands.
    pub stage: String,
    /// When it came in.
    pub created_ms: i64,
    /// Its category.
    pub category_id: i64,
    /// Its village.
    pub village_id: i64,
    /// Its grid.
    pub grid_id: i64,
}

/// Neighbours by place and time that are compared at most.
const NEIGHBOURS: i64 = 200;
/// Cases with one phrase in common that are compared at most.
const WITH_PHRASE: i64 = 30;

/// Which cases of the county that came in between two instants may be the same matter? Those of the same village (or
/// the newest of the county where the village is not known), and those with one of the phrases in their text.
pub fn duplicate_candidates(
    conn: &mut Conn,
    case: &Case,
    (from, until): (Millis, Millis),
    phrases: &[String],
) -> Outcome<Vec<Candidate>> {
    let mut found = neighbours(conn, case, (from, until))?;
    for phrase in phrases {
        let Some(clause) = search::clause(conn, SEARCH, "case_item.id", phrase)? else { continue };
        let rows: Vec<Candidate> = on!(conn, c => case_item::table
            .filter(diesel::dsl::sql::<Bool>(&clause.before).bind::<Text, _>(clause.text.clone()).sql(&clause.after))
            .filter(case_item::county_id.eq(case.place.county))
            .filter(case_item::created_ms.ge(from.0))
            .filter(case_item::created_ms.le(until.0))
            .filter(case_item::id.ne(case.id.raw()))
            .filter(case_item::stage.ne(Stage::Withdrawn.code()))
            .order((case_item::created_ms.desc(), case_item::id.desc()))
            .limit(WITH_PHRASE)
            .select(Candidate::as_select())
            .load(c))?;
        found.extend(rows);
    }
    found.sort_by_key(|c| c.id);
    found.dedup_by_key(|c| c.id);
    Ok(found)
}

/// The newest cases around: the bare question that every suggestion begins with.
pub fn neighbours(conn: &mut Conn, case: &Case, (from, until): (Millis, Millis)) -> Outcome<Vec<Candidate>> {
    Ok(on!(conn, c => {
        let mut q = case_item::table
            .filter(case_item::county_id.eq(case.place.county))
            .filter(case_item::created_ms.ge(from.0))
            .filter(case_item::created_ms.le(until.0))
            .filter(case_item::id.ne(case.id.raw()))
            .filter(case_item::stage.ne(Stage::Withdrawn.code()))
            .select(Candidate::as_select())
            .into_boxed();
        if case.place.village != 0 {
            q = q.filter(case_item::village_id.eq(case.place.village));
        }
        q.order((case_item::created_ms.desc(), case_item::id.desc())).limit(NEIGHBOURS).load(c)
    })?)
}
