//! The cases behind a number, page by page.

use base::{Cursor, Millis, Outcome, Page};
use diesel::{prelude::*, sql_query, sql_types};
use store::{Conn, on};

use super::condition::{CLOCKS, cut_sql, source_of, state_sql, where_of, where_of_clocks};
use crate::model::{Ask, Counter, Cut};

/// A case as the lists show it: no word of anybody (事项行).
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct CaseLine {
    /// Its id.
    #[diesel(sql_type = sql_types::BigInt)]
    pub id: i64,
    /// Its number.
    #[diesel(sql_type = sql_types::Text)]
    pub number: String,
    /// Where it stands.
    #[diesel(sql_type = sql_types::Text)]
    pub stage: String,
    /// Its category.
    #[diesel(sql_type = sql_types::BigInt)]
    pub category_id: i64,
    /// The unit that answers for it.
    #[diesel(sql_type = sql_types::BigInt)]
    pub answer_unit: i64,
    /// When it came in.
    #[diesel(sql_type = sql_types::BigInt)]
    pub created_ms: i64,
    /// When it is due.
    #[diesel(sql_type = sql_types::BigInt)]
    pub due_ms: i64,
    /// When it was closed; with a clock, when that ended.
    #[diesel(sql_type = sql_types::Nullable<sql_types::BigInt>)]
    pub closed_ms: Option<i64>,
    /// By what the list runs.
    #[diesel(sql_type = sql_types::BigInt)]
    pub key_ms: i64,
    /// The row that is counted: the case, or its clock.
    #[diesel(sql_type = sql_types::BigInt)]
    pub row_id: i64,
}

impl CaseLine {
    /// When it was closed last.
    pub fn closed(&self) -> Option<Millis> {
        self.closed_ms.map(Millis)
    }
}

pub(super) fn text(ask: &Ask, counter: Counter, cut: &Cut) -> String {
    let (source, key, id) = source_of(counter);
    let (due, closed) =
        if key.starts_with("k.") { ("k.due_ms", "k.ended_ms") } else { ("c.due_ms", "c.closed_ms") };
    format!(
        "SELECT c.id, c.number, c.stage, c.category_id, c.answer_unit, c.created_ms, {due} AS due_ms, \
         {closed} AS closed_ms, {key} AS key_ms, {id} AS row_id FROM {source} WHERE {}{}",
        where_of(ask, counter),
        cut_sql(cut, key, id)
    )
}

/// The rows that a counter counts.
///
/// # Errors
/// Faults of the store.
pub fn cases(conn: &mut Conn, ask: &Ask, counter: Counter, cut: &Cut) -> Outcome<Page<CaseLine>> {
    let text = text(ask, counter, &Cut { size: cut.size + 1, ..*cut });
    let rows: Vec<CaseLine> = on!(conn, c => sql_query(text).load(c))?;
    Ok(Page::from_extra(rows, cut.size, |r| Cursor { key: r.key_ms, id: r.row_id }))
}

/// A clock as the lists show it (时限行).
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct ClockLine {
    /// Its id.
    #[diesel(sql_type = sql_types::BigInt)]
    pub id: i64,
    /// Its case.
    #[diesel(sql_type = sql_types::BigInt)]
    pub case_id: i64,
    /// The case's number.
    #[diesel(sql_type = sql_types::Text)]
    pub number: String,
    /// The case's category.
    #[diesel(sql_type = sql_types::BigInt)]
    pub category_id: i64,
    /// Which clock.
    #[diesel(sql_type = sql_types::Text)]
    pub kind: String,
    /// Which round of it.
    #[diesel(sql_type = sql_types::BigInt)]
    pub round: i64,
    /// The unit that answers for it.
    #[diesel(sql_type = sql_types::BigInt)]
    pub unit_id: i64,
    /// How it stands now.
    #[diesel(sql_type = sql_types::Text)]
    pub state: String,
    /// From when.
    #[diesel(sql_type = sql_types::BigInt)]
    pub start_ms: i64,
    /// Until when.
    #[diesel(sql_type = sql_types::BigInt)]
    pub due_ms: i64,
    /// When it ended.
    #[diesel(sql_type = sql_types::Nullable<sql_types::BigInt>)]
    pub ended_ms: Option<i64>,
    /// How often it stood still.
    #[diesel(sql_type = sql_types::BigInt)]
    pub paused_times: i64,
    /// How often it was given more time.
    #[diesel(sql_type = sql_types::BigInt)]
    pub extended_times: i64,
}

pub(super) fn clocks_text(ask: &Ask, cut: &Cut) -> String {
    format!(
        "SELECT k.id, k.case_id, c.number, c.category_id, k.kind, k.round, k.unit_id, {} AS state, k.start_ms, \
         k.due_ms, k.ended_ms, k.paused_times, k.extended_times FROM {CLOCKS} WHERE {}{}",
        state_sql(ask),
        where_of_clocks(ask),
        cut_sql(cut, "k.due_ms", "k.id")
    )
}

/// The clocks that were asked for.
///
/// # Errors
/// Faults of the store.
pub fn clocks(conn: &mut Conn, ask: &Ask, cut: &Cut) -> Outcome<Page<ClockLine>> {
    let text = clocks_text(ask, &Cut { size: cut.size + 1, ..*cut });
    let rows: Vec<ClockLine> = on!(conn, c => sql_query(text).load(c))?;
    Ok(Page::from_extra(rows, cut.size, |r| Cursor { key: r.due_ms, id: r.id }))
}
