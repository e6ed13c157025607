//! The catalogue's rows: read as one, replaced by a pack.

use base::{Millis, Outcome, Zone};
use diesel::prelude::*;
use store::{Conn, on};

use super::routing::{present_table, rules_of_table};
use super::tables::{case_category, case_pack};
use crate::model::{Category, Proof, RequestKind};
use crate::model::{letters, term_of};
use crate::rules::catalogue::{Catalogue, Windows};
use crate::rules::clocks::GeneralTerms;
use crate::rules::routing::Units;

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = case_category, treat_none_as_null = true)]
struct CategoryRow {
    id: i64,
    code: String,
    parent_id: i64,
    name: String,
    position: i64,
    kind: Option<String>,
    valid_from_ms: i64,
    valid_to_ms: Option<i64>,
    days: i64,
    unit: String,
    days_source: String,
    needs_place: bool,
    needs_evidence: bool,
    is_urgent: bool,
    is_public: bool,
    questions: String,
    also_called: String,
    proofs: String,
}

impl From<CategoryRow> for Category {
    fn from(r: CategoryRow) -> Self {
        Self {
            id: r.id,
            code: r.code,
            parent: r.parent_id,
            name: r.name,
            position: r.position,
            kind: r.kind.as_deref().and_then(RequestKind::parse),
            valid_from: Millis(r.valid_from_ms),
            valid_to: r.valid_to_ms.map(Millis),
            term: term_of(r.days, &r.unit),
            days_source: r.days_source,
            needs_place: r.needs_place,
            needs_evidence: r.needs_evidence,
            proofs: Proof::read(&r.proofs),
            is_urgent: r.is_urgent,
            is_public: r.is_public,
            questions: serde_json::from_str(&r.questions).unwrap_or_default(),
            also_called: r.also_called.split_whitespace().map(str::to_owned).collect(),
        }
    }
}

impl From<&Category> for CategoryRow {
    fn from(c: &Category) -> Self {
        Self {
            id: c.id,
            code: c.code.clone(),
            parent_id: c.parent,
            name: c.name.clone(),
            position: c.position,
            kind: c.kind.map(|k| k.code().to_owned()),
            valid_from_ms: c.valid_from.0,
            valid_to_ms: c.valid_to.map(|t| t.0),
            days: i64::from(c.term.n),
            unit: letters(c.term),
            days_source: c.days_source.clone(),
            needs_place: c.needs_place,
            needs_evidence: c.needs_evidence,
            is_urgent: c.is_urgent,
            is_public: c.is_public,
            questions: serde_json::to_string(&c.questions).unwrap_or_else(|_| "[]".to_owned()),
            also_called: c.also_called.join(" "),
            proofs: c.proofs.iter().map(|p| p.code()).collect::<Vec<_>>().join(" "),
        }
    }
}

/// A pack as it was loaded (地区包装载记录).
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_pack)]
pub struct PackRow {
    /// Its id.
    pub id: i64,
    /// The pack's code.
    pub code: String,
    /// The pack's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The confirmation window in days.
    pub confirm_days: i64,
    /// The reopening window in days.
    pub reopen_days: i64,
    /// All general clocks with their sources, as JSON.
    pub terms: String,
    /// When it was loaded.
    pub loaded_ms: i64,
    /// By whom.
    pub account: i64,
}

/// Categories, rules and windows as they are now, over these units.
pub fn catalogue(conn: &mut Conn, zone: Zone, units: Units) -> Outcome<Catalogue> {
    let categories = all_categories(conn)?;
    let present = present_table(conn)?;
    let rules = rules_of_table(conn, present)?;
    let mut catalogue = Catalogue::new(zone, categories, rules, units);
    catalogue.route_table = present;
    if let Some(pack) = latest_pack(conn)? {
        catalogue.calling = serde_json::from_str(&pack.terms).unwrap_or_default();
        catalogue.windows = Windows { confirm_days: pack.confirm_days, reopen_days: pack.reopen_days };
        catalogue.terms = GeneralTerms::read(&pack.terms);
    }
    Ok(catalogue)
}

/// Every category, ended ones too.
pub fn all_categories(conn: &mut Conn) -> Outcome<Vec<Category>> {
    let rows = on!(conn, c => case_category::table.select(CategoryRow::as_select()).load(c))?;
    Ok(rows.into_iter().map(Category::from).collect())
}

/// Which pack was loaded last?
pub fn latest_pack(conn: &mut Conn) -> Outcome<Option<PackRow>> {
    Ok(on!(conn, c => case_pack::table
        .order((case_pack::loaded_ms.desc(), case_pack::id.desc()))
        .select(PackRow::as_select())
        .first(c)
        .optional())?)
}

/// Adds or replaces a category.
pub fn put_category(conn: &mut Conn, category: &Category) -> Outcome<()> {
    let row = CategoryRow::from(category);
    on!(conn, c => diesel::insert_into(case_category::table)
        .values(&row)
        .on_conflict(case_category::id)
        .do_update()
        .set(&row)
        .execute(c))?;
    Ok(())
}

/// Notes that a pack was loaded.
pub fn put_pack(conn: &mut Conn, pack: &PackRow) -> Outcome<()> {
    on!(conn, c => diesel::insert_into(case_pack::table).values(pack).execute(c))?;
    Ok(())
}
