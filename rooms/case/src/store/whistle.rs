//! Whistles, their calls and what came of them. One filter makes the rows, the counts, the figures of units and the
//! sheet, so that every number opens exactly the rows that it counts.

use access::{Level, ScopeFilter};
use base::{Cursor, Id, Millis, Outcome, Page};
use diesel::{prelude::*, sql_query, sql_types};
use store::{Conn, on};

use super::filter::{place_column, scope_sql};
use super::tables::case_item;
use crate::model::{Call, CallAct, CallRole, CallState, Case, Rating, Whistle, letters, term_of};

diesel::table! {
    case_whistle (id) {
        id -> BigInt,
        case_id -> BigInt,
        county_id -> BigInt,
        caller_unit -> BigInt,
        at_ms -> BigInt,
        reason -> Text,
        meet_at -> Text,
        closed_ms -> Nullable<BigInt>,
        outcome -> Text,
        version -> BigInt,
    }
}
diesel::table! {
    case_whistle_call (id) {
        id -> BigInt,
        whistle_id -> BigInt,
        case_id -> BigInt,
        county_id -> BigInt,
        caller_unit -> BigInt,
        unit_id -> BigInt,
        role -> Text,
        at_ms -> BigInt,
        term_n -> BigInt,
        term_unit -> Text,
        source -> Text,
        due_ms -> BigInt,
        answered_ms -> Nullable<BigInt>,
        arrived_ms -> Nullable<BigInt>,
        finished_ms -> Nullable<BigInt>,
        missed_ms -> Nullable<BigInt>,
        excused_ms -> Nullable<BigInt>,
        outcome -> Text,
        version -> BigInt,
    }
}
diesel::table! {
    case_whistle_rating (call_id, of_unit) {
        call_id -> BigInt,
        of_unit -> BigInt,
        by_unit -> BigInt,
        county_id -> BigInt,
        at_ms -> BigInt,
        rating -> BigInt,
        words -> Text,
    }
}
diesel::table! {
    case_whistle_act (id) {
        id -> BigInt,
        whistle_id -> BigInt,
        call_id -> BigInt,
        case_id -> BigInt,
        county_id -> BigInt,
        at_ms -> BigInt,
        act -> Text,
        account -> BigInt,
        post -> BigInt,
        unit_id -> BigInt,
        words -> Nullable<Text>,
    }
}
diesel::allow_tables_to_appear_in_same_query!(case_item, case_whistle_call);

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_whistle)]
struct WhistleRow {
    id: i64,
    case_id: i64,
    county_id: i64,
    caller_unit: i64,
    at_ms: i64,
    reason: String,
    meet_at: String,
    closed_ms: Option<i64>,
    outcome: String,
    version: i64,
}

impl From<&Whistle> for WhistleRow {
    fn from(w: &Whistle) -> Self {
        Self {
            id: w.id.raw(),
            case_id: w.case.raw(),
            county_id: w.county,
            caller_unit: w.caller,
            at_ms: w.at.0,
            reason: w.reason.clone(),
            meet_at: w.meet_at.clone(),
            closed_ms: w.closed.map(|t| t.0),
            outcome: w.outcome.clone(),
            version: w.version,
        }
    }
}

impl From<WhistleRow> for Whistle {
    fn from(r: WhistleRow) -> Self {
        Self {
            id: Id::of(r.id),
            case: Id::of(r.case_id),
            county: r.county_id,
            caller: r.caller_unit,
            at: Millis(r.at_ms),
            reason: r.reason,
            meet_at: r.meet_at,
            closed: r.closed_ms.map(Millis),
            outcome: r.outcome,
            version: r.version,
        }
    }
}

/// What an act may change of a call.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = case_whistle_call, treat_none_as_null = true)]
struct CallChange {
    due_ms: i64,
    answered_ms: Option<i64>,
    arrived_ms: Option<i64>,
    finished_ms: Option<i64>,
    missed_ms: Option<i64>,
    excused_ms: Option<i64>,
    outcome: String,
    version: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_whistle_call)]
struct CallRow {
    id: i64,
    whistle_id: i64,
    case_id: i64,
    county_id: i64,
    caller_unit: i64,
    unit_id: i64,
    role: String,
    at_ms: i64,
    term_n: i64,
    term_unit: String,
    source: String,
    #[diesel(embed)]
    rest: CallChange,
}

impl From<&Call> for CallChange {
    fn from(c: &Call) -> Self {
        Self {
            due_ms: c.due.0,
            answered_ms: c.answered.map(|t| t.0),
            arrived_ms: c.arrived.map(|t| t.0),
            finished_ms: c.finished.map(|t| t.0),
            missed_ms: c.missed.map(|t| t.0),
            excused_ms: c.excused.map(|t| t.0),
            outcome: c.outcome.clone(),
            version: c.version,
        }
    }
}

impl From<&Call> for CallRow {
    fn from(c: &Call) -> Self {
        Self {
            id: c.id.raw(),
            whistle_id: c.whistle.raw(),
            case_id: c.case.raw(),
            county_id: c.county,
            caller_unit: c.caller,
            unit_id: c.unit,
            role: c.role.code().to_owned(),
            at_ms: c.at.0,
            term_n: i64::from(c.term.n),
            term_unit: letters(c.term),
            source: c.source.clone(),
            rest: c.into(),
        }
    }
}

impl From<CallRow> for Call {
    fn from(r: CallRow) -> Self {
        let m = r.rest;
        Self {
            id: Id::of(r.id),
            whistle: Id::of(r.whistle_id),
            case: Id::of(r.case_id),
            county: r.county_id,
            caller: r.caller_unit,
            unit: r.unit_id,
            role: CallRole::parse(&r.role).unwrap_or(CallRole::Assist),
            at: Millis(r.at_ms),
            term: term_of(r.term_n, &r.term_unit),
            source: r.source,
            due: Millis(m.due_ms),
            answered: m.answered_ms.map(Millis),
            arrived: m.arrived_ms.map(Millis),
            finished: m.finished_ms.map(Millis),
            missed: m.missed_ms.map(Millis),
            excused: m.excused_ms.map(Millis),
            outcome: m.outcome,
            version: m.version,
        }
    }
}

/// What was done on a whistle (吹哨经过).
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_whistle_act)]
pub struct WhistleActRow {
    /// Its id.
    pub id: i64,
    /// The whistle.
    pub whistle_id: i64,
    /// The call that it was about; 0 for the whole.
    pub call_id: i64,
    /// The case.
    pub case_id: i64,
    /// Its county.
    pub county_id: i64,
    /// When.
    pub at_ms: i64,
    /// What: a code of [`CallAct`].
    pub act: String,
    /// Who; -1 = the house.
    pub account: i64,
    /// From which post.
    pub post: i64,
    /// Of which unit.
    pub unit_id: i64,
    /// The reason, or what was said.
    pub words: Option<String>,
}

impl WhistleActRow {
    /// What was done, where this version knows it.
    pub fn kind(&self) -> Option<CallAct> {
        CallAct::parse(&self.act)
    }
}

/// One rating of a unit by a unit, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_whistle_rating)]
pub struct RatingRow {
    /// The call.
    pub call_id: i64,
    /// Of which unit.
    pub of_unit: i64,
    /// By which unit.
    pub by_unit: i64,
    /// The county.
    pub county_id: i64,
    /// When.
    pub at_ms: i64,
    /// One to five.
    pub rating: i64,
    /// In words; may be empty.
    pub words: String,
}

/// A whistle with everything on it (吹哨案卷).
#[derive(Debug, Clone)]
pub struct WhistleFile {
    /// The whistle.
    pub whistle: Whistle,
    /// Its calls: who leads first.
    pub calls: Vec<Call>,
    /// What the offices said of each other.
    pub ratings: Vec<RatingRow>,
    /// What was done, oldest first.
    pub acts: Vec<WhistleActRow>,
}

/// Adds a whistle; false when another one is open on the case.
pub fn put_whistle(conn: &mut Conn, whistle: &Whistle) -> Outcome<bool> {
    let row = WhistleRow::from(whistle);
    let added = on!(conn, c => diesel::insert_into(case_whistle::table)
        .values(&row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(added == 1)
}

/// Closes a whistle; false when it was closed before.
pub fn set_whistle_closed(conn: &mut Conn, whistle: &Whistle) -> Outcome<bool> {
    let changed = on!(conn, c => diesel::update(case_whistle::table
            .filter(case_whistle::id.eq(whistle.id.raw()))
            .filter(case_whistle::closed_ms.is_null()))
        .set((
            case_whistle::closed_ms.eq(whistle.closed.map(|t| t.0)),
            case_whistle::outcome.eq(&whistle.outcome),
            case_whistle::version.eq(whistle.version),
        ))
        .execute(c))?;
    Ok(changed == 1)
}

/// The whistle with this id, whoever asks: deeds, and pages that ask the policy.
pub fn whistle_by_id(conn: &mut Conn, id: Id<Whistle>) -> Outcome<Option<Whistle>> {
    let row: Option<WhistleRow> = on!(conn, c => case_whistle::table
        .find(id.raw())
        .select(WhistleRow::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(Whistle::from))
}

/// The whistles of a case, the newest first.
pub fn whistles_of(conn: &mut Conn, case: Id<Case>) -> Outcome<Vec<Whistle>> {
    let rows: Vec<WhistleRow> = on!(conn, c => case_whistle::table
        .filter(case_whistle::case_id.eq(case.raw()))
        .order(case_whistle::id.desc())
        .select(WhistleRow::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(Whistle::from).collect())
}

/// The calls of a case, oldest whistle first.
pub fn calls_of_case(conn: &mut Conn, case: Id<Case>) -> Outcome<Vec<Call>> {
    let rows: Vec<CallRow> = on!(conn, c => case_whistle_call::table
        .filter(case_whistle_call::case_id.eq(case.raw()))
        .order(case_whistle_call::id)
        .select(CallRow::as_select())
        .load(c))?;
    Ok(lead_first(rows))
}

/// The calls of a whistle.
pub fn calls_of(conn: &mut Conn, whistle: Id<Whistle>) -> Outcome<Vec<Call>> {
    let rows: Vec<CallRow> = on!(conn, c => case_whistle_call::table
        .filter(case_whistle_call::whistle_id.eq(whistle.raw()))
        .order(case_whistle_call::id)
        .select(CallRow::as_select())
        .load(c))?;
    Ok(lead_first(rows))
}

fn lead_first(rows: Vec<CallRow>) -> Vec<Call> {
    let mut calls: Vec<Call> = rows.into_iter().map(Call::from).collect();
    calls.sort_by_key(|c| (c.whistle, c.role));
    calls
}

/// The whistle with its calls, ratings and acts.
pub fn whistle_file(conn: &mut Conn, id: Id<Whistle>) -> Outcome<Option<WhistleFile>> {
    let Some(whistle) = whistle_by_id(conn, id)? else { return Ok(None) };
    let calls = calls_of(conn, id)?;
    let ids: Vec<i64> = calls.iter().map(|c| c.id.raw()).collect();
    let ratings = on!(conn, c => case_whistle_rating::table
        .filter(case_whistle_rating::call_id.eq_any(&ids))
        .select(RatingRow::as_select())
        .load(c))?;
    let acts = on!(conn, c => case_whistle_act::table
        .filter(case_whistle_act::whistle_id.eq(id.raw()))
        .order(case_whistle_act::id)
        .select(WhistleActRow::as_select())
        .load(c))?;
    Ok(Some(WhistleFile { whistle, calls, ratings, acts }))
}

/// The call with this id.
pub fn call_by_id(conn: &mut Conn, id: Id<Call>) -> Outcome<Option<Call>> {
    let row: Option<CallRow> = on!(conn, c => case_whistle_call::table
        .find(id.raw())
        .select(CallRow::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(Call::from))
}

/// The calls that nobody has answered yet, after an id, by id: for a changed work calendar.
pub fn waiting_calls(conn: &mut Conn, after: i64, most: i64) -> Outcome<Vec<Call>> {
    let rows: Vec<CallRow> = on!(conn, c => case_whistle_call::table
        .filter(case_whistle_call::id.gt(after))
        .filter(case_whistle_call::answered_ms.is_null())
        .filter(case_whistle_call::missed_ms.is_null())
        .filter(case_whistle_call::excused_ms.is_null())
        .order(case_whistle_call::id)
        .limit(most)
        .select(CallRow::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(Call::from).collect())
}

/// Adds a call.
pub fn put_call(conn: &mut Conn, call: &Call) -> Outcome<()> {
    let row = CallRow::from(call);
    on!(conn, c => diesel::insert_into(case_whistle_call::table).values(&row).execute(c))?;
    Ok(())
}

/// Saves what an act changed, if nobody else has changed it since it was loaded.
pub fn set_call(conn: &mut Conn, call: &Call) -> Outcome<bool> {
    let row = CallChange::from(call);
    let changed = on!(conn, c => diesel::update(case_whistle_call::table
            .filter(case_whistle_call::id.eq(call.id.raw()))
            .filter(case_whistle_call::version.eq(call.version - 1)))
        .set(&row)
        .execute(c))?;
    Ok(changed == 1)
}

/// Adds an act.
pub fn put_whistle_act(conn: &mut Conn, row: &WhistleActRow) -> Outcome<()> {
    on!(conn, c => diesel::insert_into(case_whistle_act::table).values(row).execute(c))?;
    Ok(())
}

/// Keeps what an office says of another; false when it had said so before.
pub fn put_rating(conn: &mut Conn, call: &Call, rating: &Rating, at: Millis) -> Outcome<bool> {
    let row = RatingRow {
        call_id: call.id.raw(),
        of_unit: rating.of.raw(),
        by_unit: rating.by.raw(),
        county_id: call.county,
        at_ms: at.0,
        rating: rating.stars.get(),
        words: rating.word.clone(),
    };
    let added = on!(conn, c => diesel::insert_into(case_whistle_rating::table)
        .values(&row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(added == 1)
}

/// How a call stands, as SQL; the same as [`Call::state`].
const STATE: &str = "CASE WHEN case_whistle_call.excused_ms IS NOT NULL THEN 'excused' \
     WHEN case_whistle_call.finished_ms IS NOT NULL THEN 'done' \
     WHEN case_whistle_call.arrived_ms IS NOT NULL THEN 'arrived' \
     WHEN case_whistle_call.answered_ms IS NOT NULL THEN 'answered' \
     WHEN case_whistle_call.missed_ms IS NOT NULL THEN 'missed' ELSE 'waiting' END";
/// Whether it answered in time, as SQL.
const IN_TIME: &str = "case_whistle_call.answered_ms <= case_whistle_call.due_ms";
/// Whether it answered late, as SQL.
const LATE: &str = "case_whistle_call.answered_ms > case_whistle_call.due_ms";
/// The rating of the called unit, as SQL.
const RATED: &str = "SELECT case_whistle_rating.rating FROM case_whistle_rating \
     WHERE case_whistle_rating.call_id = case_whistle_call.id \
     AND case_whistle_rating.of_unit = case_whistle_call.unit_id";

/// A measure of called units, as a filter of rows (统计口径).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallFigure {
    /// Answered in time.
    InTime,
    /// Answered late.
    Late,
    /// Rated by the caller.
    Rated,
}

/// Which calls (查询条件).
#[derive(Debug, Clone, Default)]
pub struct CallFilter {
    /// Of cases in this scope. Empty means none.
    pub scope: ScopeFilter,
    /// Standing so; empty = any.
    pub states: Vec<CallState>,
    /// Counted by this measure.
    pub figure: Option<CallFigure>,
    /// Of these units; empty = any.
    pub units: Vec<i64>,
    /// Called by these units; empty = any.
    pub callers: Vec<i64>,
    /// In this division.
    pub place: Option<(Level, i64)>,
    /// Called at or after.
    pub from: Option<Millis>,
    /// Called before.
    pub before: Option<Millis>,
}

fn ids(all: &[i64]) -> String {
    all.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}

impl CallFilter {
    /// As SQL over `case_whistle_call` and `case_item`: column names, closed words and whole numbers.
    fn sql(&self) -> String {
        let mut all = vec![scope_sql(&self.scope, false)];
        if !self.states.is_empty() {
            let codes: Vec<String> = self.states.iter().map(|s| format!("'{}'", s.code())).collect();
            all.push(format!("{STATE} IN ({})", codes.join(", ")));
        }
        let excused = "case_whistle_call.excused_ms IS NULL";
        match self.figure {
            Some(CallFigure::InTime) => all.push(format!("{IN_TIME} AND {excused}")),
            Some(CallFigure::Late) => all.push(format!("{LATE} AND {excused}")),
            Some(CallFigure::Rated) => all.push(format!("EXISTS ({RATED})")),
            None => {}
        }
        for (column, units) in [("unit_id", &self.units), ("caller_unit", &self.callers)] {
            if !units.is_empty() {
                all.push(format!("case_whistle_call.{column} IN ({})", ids(units)));
            }
        }
        if let Some((column, id)) = self.place.and_then(|(level, id)| Some((place_column(level)?, id))) {
            all.push(format!("{column} <> 0 AND {column} = {id}"));
        }
        for (sign, at) in [(">=", self.from), ("<", self.before)] {
            all.extend(at.map(|at| format!("case_whistle_call.at_ms {sign} {}", at.0)));
        }
        all.join(" AND ")
    }
}

/// In which order (排序).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CallOrder {
    /// The soonest to be answered first.
    #[default]
    DueFirst,
    /// The latest to be answered first.
    DueLast,
    /// The newest call first.
    NewestFirst,
    /// The oldest call first.
    OldestFirst,
}

/// One line of a list of calls.
#[derive(Debug, Clone)]
pub struct CallLine {
    /// The call.
    pub call: Call,
    /// The case's number.
    pub number: String,
    /// The case's title.
    pub title: String,
    /// The case's county, town and village.
    pub place: (i64, i64, i64),
}

/// Which calls meet the filter? At most `size` rows after the cursor.
pub fn calls(
    conn: &mut Conn,
    filter: &CallFilter,
    order: CallOrder,
    after: Option<Cursor>,
    size: usize,
) -> Outcome<Page<CallLine>> {
    type Row = (CallRow, String, String, (i64, i64, i64));
    if filter.scope.is_empty() {
        return Ok(Page { rows: Vec::new(), next: None });
    }
    let (key, sign, direction) = match order {
        CallOrder::DueFirst => ("due_ms", ">", "ASC"),
        CallOrder::DueLast => ("due_ms", "<", "DESC"),
        CallOrder::NewestFirst => ("at_ms", "<", "DESC"),
        CallOrder::OldestFirst => ("at_ms", ">", "ASC"),
    };
    let key = format!("case_whistle_call.{key}");
    let mut text = filter.sql();
    if let Some(c) = after {
        text = format!("{text} AND ({key}, case_whistle_call.id) {sign} ({}, {})", c.key, c.id);
    }
    let sort = format!("{key} {direction}, case_whistle_call.id {direction}");
    let rows: Vec<Row> = on!(conn, c => case_whistle_call::table
        .inner_join(case_item::table.on(case_item::id.eq(case_whistle_call::case_id)))
        .filter(diesel::dsl::sql::<sql_types::Bool>(&format!("({text})")))
        .order(diesel::dsl::sql::<sql_types::Bool>(&sort))
        .limit(size as i64 + 1)
        .select((
            CallRow::as_select(),
            case_item::number,
            case_item::title,
            (case_item::county_id, case_item::town_id, case_item::village_id),
        ))
        .load(c))?;
    let rows = rows.into_iter().map(|(call, number, title, place)| CallLine {
        call: call.into(),
        number,
        title,
        place,
    });
    let by_due = matches!(order, CallOrder::DueFirst | CallOrder::DueLast);
    Ok(Page::from_extra(rows.collect(), size, |l: &CallLine| Cursor {
        key: if by_due { l.call.due.0 } else { l.call.at.0 },
        id: l.call.id.raw(),
    }))
}

#[derive(QueryableByName)]
struct StateCount {
    #[diesel(sql_type = sql_types::Text)]
    state: String,
    #[diesel(sql_type = sql_types::BigInt)]
    n: i64,
}

const FROM: &str = "FROM case_whistle_call INNER JOIN case_item ON case_item.id = case_whistle_call.case_id";

/// How many calls of the filter stand in each state?
pub fn call_counts(conn: &mut Conn, filter: &CallFilter) -> Outcome<Vec<(CallState, i64)>> {
    if filter.scope.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!("SELECT {STATE} AS state, COUNT(*) AS n {FROM} WHERE {} GROUP BY 1", filter.sql());
    let rows: Vec<StateCount> = on!(conn, c => sql_query(text).load(c))?;
    Ok(rows.into_iter().filter_map(|r| Some((CallState::parse(&r.state)?, r.n))).collect())
}

/// What a unit was called for and did (单位报到统计). Units only.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct UnitCalls {
    /// The unit.
    #[diesel(sql_type = sql_types::BigInt)]
    pub unit: i64,
    /// How often it was called.
    #[diesel(sql_type = sql_types::BigInt)]
    pub called: i64,
    /// Answered in time.
    #[diesel(sql_type = sql_types::BigInt)]
    pub in_time: i64,
    /// Answered late.
    #[diesel(sql_type = sql_types::BigInt)]
    pub late: i64,
    /// Never answered.
    #[diesel(sql_type = sql_types::BigInt)]
    pub missed: i64,
    /// Still has time to answer.
    #[diesel(sql_type = sql_types::BigInt)]
    pub waiting: i64,
    /// Let off.
    #[diesel(sql_type = sql_types::BigInt)]
    pub excused: i64,
    /// How many callers said how it went.
    #[diesel(sql_type = sql_types::BigInt)]
    pub rated: i64,
    /// The sum of what they said.
    #[diesel(sql_type = sql_types::BigInt)]
    pub stars: i64,
}

/// How did each unit answer? The units with most unanswered calls first.
pub fn unit_calls(conn: &mut Conn, filter: &CallFilter) -> Outcome<Vec<UnitCalls>> {
    if filter.scope.is_empty() {
        return Ok(Vec::new());
    }
    let sum = |what: &str| format!("CAST(SUM(CASE WHEN {what} THEN 1 ELSE 0 END) AS BIGINT)");
    let state = |s: CallState| sum(&format!("{STATE} = '{}'", s.code()));
    let open = "case_whistle_call.excused_ms IS NULL";
    let text = format!(
        "SELECT case_whistle_call.unit_id AS unit, COUNT(*) AS called, {} AS in_time, {} AS late, {} AS missed, \
         {} AS waiting, {} AS excused, COUNT(({RATED})) AS rated, \
         CAST(COALESCE(SUM(({RATED})), 0) AS BIGINT) AS stars {FROM} WHERE {} GROUP BY 1 ORDER BY 5 DESC, 2 DESC, 1",
        sum(&format!("{IN_TIME} AND {open}")),
        sum(&format!("{LATE} AND {open}")),
        state(CallState::Missed),
        state(CallState::Waiting),
        state(CallState::Excused),
        filter.sql(),
    );
    Ok(on!(conn, c => sql_query(text).load(c))?)
}
