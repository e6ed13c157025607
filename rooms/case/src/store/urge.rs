//! What residents urged, and which office has done something since. Nothing here knows who urged.

use access::{Level, ScopeFilter};
use base::{Cursor, Id, Millis, Outcome, Page};
use diesel::{prelude::*, sql_types};
use store::{Conn, on};

use super::filter::{OPEN, place_column, scope_sql};
use super::tables::case_item;
use crate::model::{Case, Stage};

diesel::table! {
    case_urge (id) {
        id -> BigInt,
        case_id -> BigInt,
        county_id -> BigInt,
        at_ms -> BigInt,
        stage -> Text,
        holder_unit -> BigInt,
        above_unit -> BigInt,
        after_act -> BigInt,
    }
}
diesel::allow_tables_to_appear_in_same_query!(case_item, case_urge);

/// An urging as stored (催办).
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_urge)]
pub struct UrgeRow {
    /// Its id.
    pub id: i64,
    /// The case.
    pub case_id: i64,
    /// Its county.
    pub county_id: i64,
    /// When.
    pub at_ms: i64,
    /// The stage at which it stood.
    pub stage: String,
    /// The office that had to act.
    pub holder_unit: i64,
    /// The desk of the next level; 0 at the top.
    pub above_unit: i64,
    /// The act that stood last before it.
    pub after_act: i64,
}

/// Adds an urging; false when somebody was faster.
pub fn put_urge(conn: &mut Conn, row: &UrgeRow) -> Outcome<bool> {
    let added = on!(conn, c => diesel::insert_into(case_urge::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(added == 1)
}

/// The last urging of a case.
pub fn last_urge(conn: &mut Conn, case: Id<Case>) -> Outcome<Option<UrgeRow>> {
    Ok(on!(conn, c => case_urge::table
        .filter(case_urge::case_id.eq(case.raw()))
        .order((case_urge::at_ms.desc(), case_urge::id.desc()))
        .select(UrgeRow::as_select())
        .first(c)
        .optional())?)
}

/// Whether an office has done something about the case since, as SQL.
const ANSWERED: &str = "EXISTS (SELECT 1 FROM case_act WHERE case_act.case_id = case_urge.case_id \
     AND case_act.at_ms > case_urge.at_ms AND case_act.by_role IN ('clerk', 'handler', 'verifier'))";

/// Which of these cases were urged, and since when, without an office having done anything yet?
pub fn urged_among(conn: &mut Conn, cases: &[i64]) -> Outcome<Vec<(i64, Millis)>> {
    let rows: Vec<(i64, i64)> = on!(conn, c => case_urge::table
        .filter(case_urge::case_id.eq_any(cases))
        .filter(diesel::dsl::sql::<sql_types::Bool>(&format!("NOT {ANSWERED}")))
        .order(case_urge::at_ms)
        .select((case_urge::case_id, case_urge::at_ms))
        .load(c))?;
    Ok(rows.into_iter().map(|(case, at)| (case, Millis(at))).collect())
}

/// Which urgings (查询条件).
#[derive(Debug, Clone, Default)]
pub struct UrgeFilter {
    /// Of cases in this scope. Empty means none.
    pub scope: ScopeFilter,
    /// Whether an office has done something since; `None` = either.
    pub answered: Option<bool>,
    /// Held then by one of these units; empty = any.
    pub holders: Vec<i64>,
    /// Seen by one of these desks above; empty = any.
    pub above: Vec<i64>,
    /// In this division.
    pub place: Option<(Level, i64)>,
    /// At or after.
    pub from: Option<Millis>,
    /// Before.
    pub before: Option<Millis>,
}

impl UrgeFilter {
    fn sql(&self) -> String {
        let mut all = vec![scope_sql(&self.scope, false)];
        all.extend(
            self.answered.map(|yes| if yes { ANSWERED.to_owned() } else { format!("NOT {ANSWERED}") }),
        );
        // What is over needs no more answer.
        if self.answered == Some(false) {
            all.push(OPEN.to_owned());
        }
        for (column, units) in [("holder_unit", &self.holders), ("above_unit", &self.above)] {
            if !units.is_empty() {
                let list: Vec<String> = units.iter().map(i64::to_string).collect();
                all.push(format!("case_urge.{column} IN ({})", list.join(", ")));
            }
        }
        if let Some((column, id)) = self.place.and_then(|(level, id)| Some((place_column(level)?, id))) {
            all.push(format!("{column} <> 0 AND {column} = {id}"));
        }
        for (sign, at) in [(">=", self.from), ("<", self.before)] {
            all.extend(at.map(|at| format!("case_urge.at_ms {sign} {}", at.0)));
        }
        all.join(" AND ")
    }
}

/// One line of the list of urgings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrgeLine {
    /// The urging.
    pub urge: UrgeRow,
    /// Whether an office has done something since.
    pub answered: bool,
    /// The case's number.
    pub number: String,
    /// The case's title.
    pub title: String,
    /// Where it stands now.
    pub stage: Stage,
    /// Which unit has it now.
    pub holder: i64,
    /// When its answer is due.
    pub due: Millis,
    /// County, town and village.
    pub place: (i64, i64, i64),
}

/// Which urgings meet the filter? The newest first, or the oldest.
pub fn urges(
    conn: &mut Conn,
    filter: &UrgeFilter,
    oldest_first: bool,
    after: Option<Cursor>,
    size: usize,
) -> Outcome<Page<UrgeLine>> {
    type Row = (UrgeRow, bool, String, String, String, i64, i64, (i64, i64, i64));
    if filter.scope.is_empty() {
        return Ok(Page { rows: Vec::new(), next: None });
    }
    let (sign, direction) = if oldest_first { (">", "ASC") } else { ("<", "DESC") };
    let mut text = filter.sql();
    if let Some(c) = after {
        text = format!("{text} AND (case_urge.at_ms, case_urge.id) {sign} ({}, {})", c.key, c.id);
    }
    let sort = format!("case_urge.at_ms {direction}, case_urge.id {direction}");
    let rows: Vec<Row> = on!(conn, c => case_urge::table
        .inner_join(case_item::table.on(case_item::id.eq(case_urge::case_id)))
        .filter(diesel::dsl::sql::<sql_types::Bool>(&format!("({text})")))
        .order(diesel::dsl::sql::<sql_types::Bool>(&sort))
        .limit(size as i64 + 1)
        .select((
            UrgeRow::as_select(),
            diesel::dsl::sql::<sql_types::Bool>(ANSWERED),
            case_item::number,
            case_item::title,
            case_item::stage,
            case_item::holder_unit,
            case_item::due_ms,
            (case_item::county_id, case_item::town_id, case_item::village_id),
        ))
        .load(c))?;
    let line = |(urge, answered, number, title, stage, holder, due, place): Row| UrgeLine {
        urge,
        answered,
        number,
        title,
        stage: Stage::parse(&stage).unwrap_or(Stage::Received),
        holder,
        due: Millis(due),
        place,
    };
    let rows = rows.into_iter().map(line).collect();
    Ok(Page::from_extra(rows, size, |l: &UrgeLine| Cursor { key: l.urge.at_ms, id: l.urge.id }))
}

/// How many urgings meet the filter?
pub fn urge_count(conn: &mut Conn, filter: &UrgeFilter) -> Outcome<i64> {
    if filter.scope.is_empty() {
        return Ok(0);
    }
    let text = filter.sql();
    Ok(on!(conn, c => case_urge::table
        .inner_join(case_item::table.on(case_item::id.eq(case_urge::case_id)))
        .filter(diesel::dsl::sql::<sql_types::Bool>(&format!("({text})")))
        .count()
        .get_result(c))?)
}
