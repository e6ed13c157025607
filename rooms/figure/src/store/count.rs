//! Counts, split by unit, category or level.

use base::Outcome;
use diesel::{prelude::*, sql_query, sql_types};
use store::{Conn, on};
use web::Names;

use super::condition::{CLOCKS, source_of, state_sql, where_of, where_of_clocks};
use crate::model::{Ask, ClockState, Counter, Split};

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = sql_types::Text)]
    word: String,
    #[diesel(sql_type = sql_types::BigInt)]
    n: i64,
}

pub(super) fn text(ask: &Ask, counter: Counter, split: Split) -> String {
    let condition = where_of(ask, counter);
    // What a unit gave back counts for that unit, whoever has the case now.
    if counter == Counter::Returned && split == Split::Unit {
        return format!(
            "SELECT CAST(g.to_unit AS TEXT) AS word, COUNT(DISTINCT k.id) AS n \
             FROM {CLOCKS} JOIN pub_case_dispatch g ON g.case_id = c.id AND g.ended_by IN ('decline', 'dispute') \
             AND g.ended_ms >= k.start_ms AND (k.ended_ms IS NULL OR g.ended_ms <= k.ended_ms) \
             WHERE {condition} GROUP BY g.to_unit"
        );
    }
    let key = match split {
        Split::Whole => "CAST('0' AS TEXT)",
        Split::Unit => "CAST(c.answer_unit AS TEXT)",
        Split::Category => "CAST(c.category_id AS TEXT)",
        Split::Level => "c.level",
    };
    let (source, ..) = source_of(counter);
    format!("SELECT {key} AS word, COUNT(*) AS n FROM {source} WHERE {condition} GROUP BY 1")
}

/// How many cases, by the split: the key is an id or a level's code.
///
/// # Errors
/// Faults of the store.
pub fn counts(conn: &mut Conn, ask: &Ask, counter: Counter, split: Split) -> Outcome<Vec<(String, i64)>> {
    let text = text(ask, counter, split);
    let rows: Vec<CountRow> = on!(conn, c => sql_query(text).load(c))?;
    Ok(rows.into_iter().filter(|r| r.n > 0).map(|r| (r.word, r.n)).collect())
}

#[derive(QueryableByName)]
struct StateRow {
    #[diesel(sql_type = sql_types::Text)]
    word: String,
    #[diesel(sql_type = sql_types::Text)]
    state: String,
    #[diesel(sql_type = sql_types::BigInt)]
    n: i64,
}

pub(super) fn clocks_text(ask: &Ask, split: Split) -> String {
    let key = match split {
        Split::Unit => "CAST(k.unit_id AS TEXT)",
        _ => "k.kind",
    };
    format!(
        "SELECT {key} AS word, {} AS state, COUNT(*) AS n FROM {CLOCKS} WHERE {} GROUP BY 1, 2",
        state_sql(ask),
        where_of_clocks(ask)
    )
}

/// How many clocks stand in which state (时限执行): by the unit that answers for the clock, or by its kind.
///
/// # Errors
/// Faults of the store.
pub fn clock_counts(conn: &mut Conn, ask: &Ask, split: Split) -> Outcome<Vec<(String, ClockState, i64)>> {
    let text = clocks_text(ask, split);
    let rows: Vec<StateRow> = on!(conn, c => sql_query(text).load(c))?;
    let known = |r: StateRow| {
        let state = ClockState::ALL.iter().copied().find(|s| s.name() == r.state)?;
        Some((r.word, state, r.n))
    };
    Ok(rows.into_iter().filter_map(known).collect())
}

/// A category, for names and for folding into the tree (分类).
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Category {
    /// Its id.
    #[diesel(sql_type = sql_types::BigInt)]
    pub id: i64,
    /// The one above; 0 at the top.
    #[diesel(sql_type = sql_types::BigInt)]
    pub parent_id: i64,
    /// Its name.
    #[diesel(sql_type = sql_types::Text)]
    pub name: String,
    /// Whether it is only a heading.
    #[diesel(sql_type = sql_types::Bool)]
    pub is_heading: bool,
}

/// The whole tree of categories: some hundred rows.
///
/// # Errors
/// Faults of the store.
pub fn all_categories(conn: &mut Conn) -> Outcome<Vec<Category>> {
    let text =
        "SELECT id, parent_id, name, kind IS NULL AS is_heading FROM pub_case_category ORDER BY position, id";
    Ok(on!(conn, c => sql_query(text).load(c))?)
}
