//! What comes to the units, what leaves them, what they hold: for the forecast.

use base::{DAY_MS, Millis, Outcome};
use diesel::{prelude::*, sql_query, sql_types};
use store::{Conn, on};

use super::condition::{OPEN, ids, place_sql};
use crate::model::Ask;

/// Before midnight in the zone of days, an instant of UTC belongs to the day before: what must be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct DayCut(i64);

#[derive(QueryableByName)]
struct DayRow {
    #[diesel(sql_type = sql_types::BigInt)]
    unit_id: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    day: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    n: i64,
}

/// Cases sent to units, by unit and day.
fn coming(units: &[i64], from: Millis, cut: DayCut) -> String {
    format!(
        "SELECT d.to_unit AS unit_id, (d.at_ms + {}) / {DAY_MS} AS day, COUNT(*) AS n FROM pub_case_dispatch d \
         WHERE d.to_unit IN ({}) AND d.at_ms >= {} GROUP BY 1, 2",
        cut.0,
        ids(units),
        from.0
    )
}

/// How long before a period a case may have come that leaves in it.
const LONGEST_MS: i64 = 120 * DAY_MS;

/// Cases that left units, by unit and day.
fn leaving(units: &[i64], from: Millis, cut: DayCut) -> String {
    format!(
        "SELECT d.to_unit AS unit_id, (d.ended_ms + {}) / {DAY_MS} AS day, COUNT(*) AS n FROM pub_case_dispatch d \
         WHERE d.to_unit IN ({}) AND d.at_ms >= {} AND d.ended_ms >= {} GROUP BY 1, 2",
        cut.0,
        ids(units),
        from.0 - LONGEST_MS,
        from.0
    )
}

type ByDay = Vec<(i64, i64, i64)>;

fn by_day(conn: &mut Conn, text: String) -> Outcome<ByDay> {
    let rows: Vec<DayRow> = on!(conn, c => sql_query(text).load(c))?;
    Ok(rows.into_iter().map(|r| (r.unit_id, r.day, r.n)).collect())
}

/// How many cases were sent to each unit on each day since `from`: unit, days since 1970 in the zone, count.
/// `offset_ms` is the zone's.
///
/// # Errors
/// Faults of the store.
pub fn dispatch_days(conn: &mut Conn, units: &[i64], from: Millis, offset_ms: i64) -> Outcome<ByDay> {
    by_day(conn, coming(units, from, DayCut(offset_ms)))
}

/// How many cases left each unit on each day since `from`, answered, given back or sent on.
///
/// # Errors
/// Faults of the store.
pub fn leaving_days(conn: &mut Conn, units: &[i64], from: Millis, offset_ms: i64) -> Outcome<ByDay> {
    by_day(conn, leaving(units, from, DayCut(offset_ms)))
}

fn held(units: &[i64]) -> String {
    format!(
        "SELECT c.holder_unit AS unit_id, CAST(0 AS BIGINT) AS day, COUNT(*) AS n FROM pub_case_item c \
         WHERE c.holder_unit IN ({}) AND {OPEN} AND c.stage IN ('dispatched', 'handling') GROUP BY c.holder_unit",
        ids(units)
    )
}

/// What each unit holds now.
///
/// # Errors
/// Faults of the store.
pub fn held_now(conn: &mut Conn, units: &[i64]) -> Outcome<Vec<(i64, i64)>> {
    Ok(by_day(conn, held(units))?.into_iter().map(|(unit, _, n)| (unit, n)).collect())
}

/// How long a unit had a case, from its being sent there to the answer (办理用时).
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Took {
    /// The unit.
    #[diesel(sql_type = sql_types::BigInt)]
    pub unit_id: i64,
    /// The category.
    #[diesel(sql_type = sql_types::BigInt)]
    pub category_id: i64,
    /// How long.
    #[diesel(sql_type = sql_types::BigInt)]
    pub took_ms: i64,
}

fn took_text(units: &[i64], from: Millis) -> String {
    format!(
        "SELECT d.to_unit AS unit_id, c.category_id AS category_id, d.ended_ms - d.at_ms AS took_ms \
         FROM pub_case_dispatch d JOIN pub_case_item c ON c.id = d.case_id \
         WHERE d.to_unit IN ({}) AND d.at_ms >= {} AND d.ended_by = 'verify'",
        ids(units),
        from.0
    )
}

/// How long the units had the cases that were sent to them since `from` and answered.
///
/// # Errors
/// Faults of the store.
pub fn took(conn: &mut Conn, units: &[i64], from: Millis) -> Outcome<Vec<Took>> {
    let text = took_text(units, from);
    Ok(on!(conn, c => sql_query(text).load(c))?)
}

/// A case that a unit has, whose clock of the answer runs and is not late yet (在办未超期).
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct OpenCase {
    /// Its id.
    #[diesel(sql_type = sql_types::BigInt)]
    pub id: i64,
    /// Its number.
    #[diesel(sql_type = sql_types::Text)]
    pub number: String,
    /// Its category.
    #[diesel(sql_type = sql_types::BigInt)]
    pub category_id: i64,
    /// The unit that has it.
    #[diesel(sql_type = sql_types::BigInt)]
    pub unit_id: i64,
    /// Since when.
    #[diesel(sql_type = sql_types::BigInt)]
    pub since_ms: i64,
    /// When it is due.
    #[diesel(sql_type = sql_types::BigInt)]
    pub due_ms: i64,
}

/// The most open cases that are held against the past at once, the first due first.
const MOST_OPEN: usize = 5_000;

fn open_text(ask: &Ask) -> String {
    let unit = if ask.unit == 0 { String::new() } else { format!(" AND d.to_unit = {}", ask.unit) };
    format!(
        "SELECT c.id, c.number, c.category_id, d.to_unit AS unit_id, d.at_ms AS since_ms, k.due_ms \
         FROM pub_case_item c JOIN pub_case_dispatch d ON d.case_id = c.id AND d.ended_ms IS NULL \
         JOIN pub_case_clock k ON k.case_id = c.id AND k.kind = 'answer' AND k.ended_ms IS NULL \
         WHERE {} AND {OPEN} AND c.stage IN ('dispatched', 'handling', 'verifying') AND k.state = 'running' \
         AND k.due_ms >= {}{unit} ORDER BY k.due_ms, c.id LIMIT {MOST_OPEN}",
        place_sql(ask),
        ask.now.0
    )
}

/// The open cases of the scope that are with a unit and not late yet.
///
/// # Errors
/// Faults of the store.
pub fn open_cases(conn: &mut Conn, ask: &Ask) -> Outcome<Vec<OpenCase>> {
    let text = open_text(ask);
    Ok(on!(conn, c => sql_query(text).load(c))?)
}

/// The questions of this file, for the test of their indexes.
pub(super) fn texts(ask: &Ask, units: &[i64]) -> impl Iterator<Item = (&'static str, String)> {
    let (from, cut) = (ask.from, DayCut(0));
    [
        ("load/coming", coming(units, from, cut)),
        ("load/leaving", leaving(units, from, cut)),
        ("load/held", held(units)),
        ("load/took", took_text(units, from)),
        ("load/open", open_text(ask)),
    ]
    .into_iter()
}
