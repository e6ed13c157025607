//! The auditor's queries, and the acts of one case. Each row is an act or a closing, with the unit that answers for it.

use base::{Cursor, DAY_MS, HOUR_MS, MINUTE_MS, Outcome, Page};
use diesel::{prelude::*, sql_query, sql_types};
use store::{Conn, on};

use super::condition::{counties, cut_sql, place_sql};
use crate::model::{Ask, Cut, Irregular, Order, Thresholds};

/// What a query found (疑点).
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Finding {
    /// The act or the closing.
    #[diesel(sql_type = sql_types::BigInt)]
    pub id: i64,
    /// The case.
    #[diesel(sql_type = sql_types::BigInt)]
    pub case_id: i64,
    /// Its number.
    #[diesel(sql_type = sql_types::Text)]
    pub number: String,
    /// Its category.
    #[diesel(sql_type = sql_types::BigInt)]
    pub category_id: i64,
    /// When.
    #[diesel(sql_type = sql_types::BigInt)]
    pub at_ms: i64,
    /// The unit that answers for it.
    #[diesel(sql_type = sql_types::BigInt)]
    pub unit_id: i64,
    /// Days, times, cases or minutes: what the query says its number is.
    #[diesel(sql_type = sql_types::BigInt)]
    pub n: i64,
}

/// Acts of some kinds in the period, within the scope.
fn acts(ask: &Ask, kinds: &str, unit: &str, n: &str, more: &str) -> String {
    let (from, to) = (ask.from.0, ask.to.0);
    format!(
        "SELECT a.id, a.case_id, c.number, c.category_id, a.at_ms, {unit} AS unit_id, {n} AS n \
         FROM pub_case_act a JOIN pub_case_item c ON c.id = a.case_id \
         WHERE a.county_id IN ({}) AND a.act IN ({kinds}) AND a.at_ms >= {from} AND a.at_ms < {to} \
         AND {} {more}",
        counties(ask),
        place_sql(ask)
    )
}

/// How often a case had such an act from somebody's hand.
fn times(kinds: &str) -> String {
    format!(
        "(SELECT COUNT(*) FROM pub_case_act b WHERE b.case_id = a.case_id AND b.act IN ({kinds}) \
         AND b.by_role <> 'system')"
    )
}

/// The rows of a query, without order.
fn body(ask: &Ask, code: Irregular, rules: &Thresholds) -> String {
    let (one, two, _) = rules.of(code);
    let (from, to) = (ask.from.0, ask.to.0);
    match code {
        Irregular::Reopened => {
            let last = "(SELECT MAX(k.at_ms) FROM pub_case_closure k WHERE k.case_id = a.case_id AND k.at_ms < a.at_ms)";
            let days = format!("(a.at_ms - {last}) / {DAY_MS}");
            let more = format!("AND a.at_ms - {last} <= {}", one * DAY_MS);
            acts(ask, "'contest', 'reopen'", "c.answer_unit", &days, &more)
        }
        Irregular::Retimed => {
            // Asking moves nothing: the word that gives the time does.
            let n = times("'retime', 'grant'");
            let more = format!("AND a.by_role <> 'system' AND {n} >= {one}");
            acts(ask, "'retime', 'grant'", "a.unit_id", &n, &more)
        }
        Irregular::Recategorised => {
            let hours = format!("(a.at_ms - c.created_ms) / {HOUR_MS}");
            let more = format!("AND a.at_ms - c.created_ms > {}", one * HOUR_MS);
            acts(ask, "'recategorise'", "a.unit_id", &hours, &more)
        }
        Irregular::Reassigned => {
            let near = two * MINUTE_MS;
            let n = format!(
                "(SELECT COUNT(*) FROM pub_case_act b WHERE b.county_id = a.county_id AND b.act = 'dispatch' \
                 AND b.at_ms >= a.at_ms - {near} AND b.at_ms <= a.at_ms + {near} \
                 AND b.from_stage = 'handling' AND b.unit_id = a.unit_id)"
            );
            let more = format!("AND a.from_stage = 'handling' AND {n} >= {one}");
            acts(ask, "'dispatch'", "a.unit_id", &n, &more)
        }
        Irregular::LastMinute => format!(
            "SELECT k.id, k.case_id, c.number, c.category_id, k.at_ms, c.answer_unit AS unit_id, \
             (t.due_ms - k.at_ms) / {MINUTE_MS} AS n \
             FROM pub_case_closure k JOIN pub_case_item c ON c.id = k.case_id \
             JOIN pub_case_clock t ON t.case_id = k.case_id AND t.kind = 'answer' AND t.ended_ms = k.at_ms \
             WHERE k.county_id IN ({}) AND k.at_ms >= {from} AND k.at_ms < {to} \
             AND t.state = 'met' AND t.due_ms - k.at_ms < {} AND {}",
            counties(ask),
            one * MINUTE_MS,
            place_sql(ask)
        ),
        Irregular::Paused => {
            let n = times("'pause'");
            acts(ask, "'pause'", "a.unit_id", &n, &format!("AND {n} >= {one}"))
        }
    }
}

/// Only the unit that was asked for.
fn of_unit(ask: &Ask) -> String {
    if ask.unit == 0 { "1 = 1".to_owned() } else { format!("f.unit_id = {}", ask.unit) }
}

pub(super) fn text(ask: &Ask, code: Irregular, rules: &Thresholds, cut: &Cut) -> String {
    let key = match cut.order {
        Order::Time => "f.at_ms",
        Order::Number => "f.n",
    };
    format!(
        "SELECT f.* FROM ({}) f WHERE {}{}",
        body(ask, code, rules),
        of_unit(ask),
        cut_sql(cut, key, "f.id")
    )
}

pub(super) fn text_by_unit(ask: &Ask, code: Irregular, rules: &Thresholds) -> String {
    format!(
        "SELECT f.unit_id AS unit_id, COUNT(*) AS n FROM ({}) f WHERE {} GROUP BY f.unit_id",
        body(ask, code, rules),
        of_unit(ask)
    )
}

#[derive(QueryableByName)]
struct UnitCount {
    #[diesel(sql_type = sql_types::BigInt)]
    unit_id: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    n: i64,
}

/// What a query found in the period.
///
/// # Errors
/// Faults of the store.
pub fn findings(
    conn: &mut Conn,
    ask: &Ask,
    code: Irregular,
    rules: &Thresholds,
    cut: &Cut,
) -> Outcome<Page<Finding>> {
    let text = text(ask, code, rules, &Cut { size: cut.size + 1, ..*cut });
    let rows: Vec<Finding> = on!(conn, c => sql_query(text).load(c))?;
    let key = |r: &Finding| match cut.order {
        Order::Time => r.at_ms,
        Order::Number => r.n,
    };
    Ok(Page::from_extra(rows, cut.size, |r| Cursor { key: key(r), id: r.id }))
}

/// How many a query found, by the unit that answers for it: offices, in no order of persons.
///
/// # Errors
/// Faults of the store.
pub fn findings_by_unit(
    conn: &mut Conn,
    ask: &Ask,
    code: Irregular,
    rules: &Thresholds,
) -> Outcome<Vec<(i64, i64)>> {
    let text = text_by_unit(ask, code, rules);
    let rows: Vec<UnitCount> = on!(conn, c => sql_query(text).load(c))?;
    Ok(rows.into_iter().map(|r| (r.unit_id, r.n)).collect())
}

/// One act of a case, without who did it and without a word (办理动作).
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct ActLine {
    /// Its id.
    #[diesel(sql_type = sql_types::BigInt)]
    pub id: i64,
    /// When.
    #[diesel(sql_type = sql_types::BigInt)]
    pub at_ms: i64,
    /// Which act.
    #[diesel(sql_type = sql_types::Text)]
    pub act: String,
    /// In which role.
    #[diesel(sql_type = sql_types::Text)]
    pub by_role: String,
    /// From which stage.
    #[diesel(sql_type = sql_types::Text)]
    pub from_stage: String,
    /// To which stage.
    #[diesel(sql_type = sql_types::Text)]
    pub to_stage: String,
    /// The unit that acted; 0 for the sender and the house.
    #[diesel(sql_type = sql_types::BigInt)]
    pub unit_id: i64,
    /// The unit that it was sent to; 0 for none.
    #[diesel(sql_type = sql_types::BigInt)]
    pub to_unit: i64,
    /// The category before, where it was changed; else 0.
    #[diesel(sql_type = sql_types::BigInt)]
    pub old_category: i64,
    /// The category after.
    #[diesel(sql_type = sql_types::BigInt)]
    pub new_category: i64,
}

/// A case within what was asked for, by its id.
///
/// # Errors
/// Faults of the store.
pub fn case_line(conn: &mut Conn, ask: &Ask, case: i64) -> Outcome<Option<super::CaseLine>> {
    let text = format!(
        "SELECT c.id, c.number, c.stage, c.category_id, c.answer_unit, c.created_ms, c.due_ms, c.closed_ms, \
         c.due_ms AS key_ms, c.id AS row_id FROM pub_case_item c WHERE c.id = {case} AND {}",
        place_sql(ask)
    );
    Ok(on!(conn, c => sql_query(text).get_result(c).optional())?)
}

/// The acts of a case, oldest first.
///
/// # Errors
/// Faults of the store.
pub fn acts_of_case(conn: &mut Conn, case: i64) -> Outcome<Vec<ActLine>> {
    let text = format!(
        "SELECT a.id, a.at_ms, a.act, a.by_role, a.from_stage, a.to_stage, a.unit_id, a.to_unit, a.old_category, \
         a.new_category FROM pub_case_act a WHERE a.case_id = {case} ORDER BY a.id"
    );
    Ok(on!(conn, c => sql_query(text).load(c))?)
}
