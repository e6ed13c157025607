//! Strike-off figures (销号率): listed and struck off, by level and by responsible unit; and what everybody may see.

use base::{Cursor, Millis, Outcome, Page};
use diesel::{dsl::sql, prelude::*, sql_query, sql_types};
use store::{Conn, on};

use super::entries::EntryRow;
use super::filter::EntryFilter;
use super::tables::supervision_entry;
use crate::model::{Entry, Stage};

/// By what figures are cut. There is no cut by a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// By the level that lists.
    Level,
    /// By the responsible unit.
    Unit,
    /// All together.
    Whole,
}

/// One line of figures.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Figure {
    /// The level's code, or the unit's id; empty for all.
    #[diesel(sql_type = sql_types::Text)]
    pub name: String,
    /// How many were listed.
    #[diesel(sql_type = sql_types::BigInt)]
    pub listed: i64,
    /// How many of them were struck off.
    #[diesel(sql_type = sql_types::BigInt)]
    pub struck: i64,
    /// How many are overdue now.
    #[diesel(sql_type = sql_types::BigInt)]
    pub overdue: i64,
}

fn cut_sql(cut: Cut) -> &'static str {
    match cut {
        Cut::Level => "supervision_entry.level",
        Cut::Unit => "CAST(supervision_entry.unit_id AS TEXT)",
        Cut::Whole => "''",
    }
}

fn ask(conn: &mut Conn, condition: &str, cut: Cut, now: Millis) -> Outcome<Vec<Figure>> {
    let working: Vec<String> = Stage::WORKING.iter().map(|s| format!("'{}'", s.code())).collect();
    let text = format!(
        "SELECT {} AS name, COUNT(*) AS listed, \
         CAST(COALESCE(SUM(CASE WHEN supervision_entry.stage = 'struck_off' THEN 1 ELSE 0 END), 0) AS BIGINT) AS struck, \
         CAST(COALESCE(SUM(CASE WHEN supervision_entry.stage IN ({}) AND supervision_entry.late_ms < {} THEN 1 ELSE 0 END), 0) \
         AS BIGINT) AS overdue FROM supervision_entry WHERE {condition} AND supervision_entry.listed_ms <> 0 GROUP BY 1 ORDER BY 2 DESC, 1",
        cut_sql(cut),
        working.join(", "),
        now.0,
    );
    Ok(on!(conn, c => sql_query(&text).load(c))?)
}

/// The figures of a filter.
pub fn figures(conn: &mut Conn, filter: &EntryFilter, cut: Cut, now: Millis) -> Outcome<Vec<Figure>> {
    if filter.scope.is_empty() {
        return Ok(Vec::new());
    }
    ask(conn, &filter.sql(now), cut, now)
}

/// The figures that everybody may see: of everything, by level.
pub fn public_figures(conn: &mut Conn, now: Millis) -> Outcome<Vec<Figure>> {
    ask(conn, "TRUE", Cut::Level, now)
}

/// The entries that a lister has set a title for, newest listing first.
pub fn public_entries(conn: &mut Conn, after: Option<Cursor>, size: usize) -> Outcome<Page<Entry>> {
    let more = after.map_or("TRUE".to_owned(), |c| {
        format!("(supervision_entry.listed_ms, supervision_entry.id) < ({}, {})", c.key, c.id)
    });
    let rows: Vec<EntryRow> = on!(conn, c => supervision_entry::table
        .filter(supervision_entry::listed_ms.gt(0))
        .filter(supervision_entry::public_title.is_not_null())
        .filter(sql::<sql_types::Bool>(&more))
        .order((supervision_entry::listed_ms.desc(), supervision_entry::id.desc()))
        .limit(size as i64 + 1)
        .select(EntryRow::as_select())
        .load(c))?;
    let rows = rows.into_iter().map(Entry::from).collect();
    Ok(Page::from_extra(rows, size, |e: &Entry| Cursor { key: e.listed.map_or(0, |t| t.0), id: e.id.raw() }))
}
