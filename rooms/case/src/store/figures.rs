//! Figures about the work of offices (统计): counts by one dimension, stage and clock state. Never about
//! persons: there is no dimension that is one.

use access::Level;
use base::{Millis, Outcome};
use diesel::{prelude::*, sql_query, sql_types};
use store::{Conn, on};

use super::filter::{CaseFilter, FIRST_ANSWER, Few, clock_sql, place_column};
use super::queue::grouped_where;
use crate::model::{ClockState, Ending, Stage};

/// By what the figures are split (分组).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// By division of a level: the key is the division's id, 0 = not known.
    Place(Level),
    /// By category as chosen: fold into the tree with `Catalogue::lineage`.
    Category,
    /// By the unit that holds or answered the case.
    HolderUnit,
    /// Not split: one key, 0.
    Whole,
}

/// One cell: how many cases of this key stand so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// The dimension's id; 0 for the whole.
    pub key: i64,
    /// The stage.
    pub stage: Stage,
    /// Against the deadline.
    pub clock: ClockState,
    /// How it ended, once closed.
    pub ending: Option<Ending>,
    /// How many.
    pub count: i64,
}

#[derive(QueryableByName)]
struct CellRow {
    #[diesel(sql_type = sql_types::BigInt)]
    key: i64,
    #[diesel(sql_type = sql_types::Text)]
    stage: String,
    #[diesel(sql_type = sql_types::Text)]
    clock: String,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    ending: Option<String>,
    #[diesel(sql_type = sql_types::BigInt)]
    n: i64,
}

/// How many cases of the filter, by the dimension? Every cell is the list of the same filter narrowed to
/// the cell's key, stage, clock state and ending.
pub fn figures(conn: &mut Conn, filter: &CaseFilter, by: Dimension, now: Millis) -> Outcome<Vec<Cell>> {
    if filter.scope.is_empty() {
        return Ok(Vec::new());
    }
    let key = key_of(by);
    let (condition, bound) = grouped_where(conn, filter, &Few::default(), now)?;
    let text = format!(
        "SELECT {key} AS key, case_item.stage AS stage, {} AS clock, case_item.ending AS ending, COUNT(*) AS n \
         FROM case_item WHERE {condition} GROUP BY 1, 2, 3, 4",
        clock_sql(now)
    );
    let rows: Vec<CellRow> = on!(conn, c => sql_query(text).bind::<sql_types::Text, _>(&bound).load(c))?;
    Ok(rows
        .into_iter()
        .filter_map(|r| {
            Some(Cell {
                key: r.key,
                stage: Stage::parse(&r.stage)?,
                clock: ClockState::parse(&r.clock)?,
                ending: r.ending.as_deref().and_then(Ending::parse),
                count: r.n,
            })
        })
        .collect())
}

#[derive(QueryableByName)]
struct SpanRow {
    #[diesel(sql_type = sql_types::BigInt)]
    created_ms: i64,
    #[diesel(sql_type = sql_types::Nullable<sql_types::BigInt>)]
    answered_ms: Option<i64>,
}

#[derive(QueryableByName)]
struct KeyedSpanRow {
    #[diesel(sql_type = sql_types::BigInt)]
    key: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    created_ms: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    answered_ms: i64,
}

/// The column that a dimension groups by.
fn key_of(by: Dimension) -> &'static str {
    match by {
        Dimension::Place(level) => place_column(level).unwrap_or("CAST(0 AS BIGINT)"),
        Dimension::Category => "case_item.category_id",
        Dimension::HolderUnit => "case_item.holder_unit",
        Dimension::Whole => "CAST(0 AS BIGINT)",
    }
}

/// Intake and first answer of every case of the filter whose two instants are known, by the dimension.
pub fn answer_spans_by(
    conn: &mut Conn,
    filter: &CaseFilter,
    by: Dimension,
    now: Millis,
) -> Outcome<Vec<(i64, Millis, Millis)>> {
    if filter.scope.is_empty() {
        return Ok(Vec::new());
    }
    let (condition, bound) = grouped_where(conn, filter, &Few::default(), now)?;
    let key = key_of(by);
    let text = format!(
        "SELECT {key} AS key, case_item.created_ms AS created_ms, {FIRST_ANSWER} AS answered_ms \
         FROM case_item WHERE {condition} AND {FIRST_ANSWER} >= case_item.created_ms"
    );
    let rows: Vec<KeyedSpanRow> = on!(conn, c => sql_query(text).bind::<sql_types::Text, _>(&bound).load(c))?;
    Ok(rows.into_iter().map(|r| (r.key, Millis(r.created_ms), Millis(r.answered_ms))).collect())
}

/// Intake and first answer of every answered case of the filter (来件与首次答复时间); `None` where the
/// answer's time is not known. Withdrawn cases, undone imports among them, are left out.
pub fn answer_spans(
    conn: &mut Conn,
    filter: &CaseFilter,
    now: Millis,
) -> Outcome<Vec<(Millis, Option<Millis>)>> {
    if filter.scope.is_empty() {
        return Ok(Vec::new());
    }
    let (condition, bound) = grouped_where(conn, filter, &Few::default(), now)?;
    let text = format!(
        "SELECT case_item.created_ms AS created_ms, \
           (SELECT MIN(a.answered_ms) FROM case_closure a WHERE a.case_id = case_item.id) AS answered_ms \
         FROM case_item WHERE {condition} AND case_item.stage <> 'withdrawn' \
           AND EXISTS (SELECT 1 FROM case_closure e WHERE e.case_id = case_item.id)"
    );
    let rows: Vec<SpanRow> = on!(conn, c => sql_query(text).bind::<sql_types::Text, _>(&bound).load(c))?;
    Ok(rows.into_iter().map(|r| (Millis(r.created_ms), r.answered_ms.map(Millis))).collect())
}
