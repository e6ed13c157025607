//! The room's SQL: its own tables, and the casework through the `pub_case_*` views. A number and its list share one
//! condition. Texts hold column names, closed words and whole numbers; what somebody typed is bound.

use std::fmt::Write;

use access::{Clause, Level, ScopeFilter, Touch};
use base::{Cursor, Fault, Millis, Outcome, Page};
use diesel::{prelude::*, sql_query, sql_types};
use store::{Conn, Tx, on};
use web::Names;

use crate::model::{Answers, Call, CallState, Counter, Draw, Rule, Said, TryOutcome};

diesel::table! {
    callback_rule (id) {
        id -> BigInt, version -> Text, percent -> BigInt, least -> BigInt, most -> BigInt, attempts -> BigInt,
        days -> BigInt, source -> Text, loaded_ms -> BigInt,
    }
}
diesel::table! {
    callback_draw (id) {
        id -> BigInt, county_id -> BigInt, county_code -> Text, week -> Text, from_ms -> BigInt, to_ms -> BigInt,
        drawn_ms -> BigInt, until_ms -> BigInt, rule_id -> BigInt, checkpoint_id -> BigInt, checkpoint_ms -> BigInt,
        checkpoint_size -> BigInt, root -> Text, seed -> Text, method -> Text, population -> BigInt,
        population_digest -> Text, drawn -> BigInt,
    }
}
diesel::table! {
    callback_call (id) {
        id -> BigInt, draw_id -> BigInt, position -> BigInt, case_id -> BigInt, county_id -> BigInt, city_id -> BigInt,
        unit_id -> BigInt, category_id -> BigInt, level -> Text, closed_ms -> BigInt, until_ms -> BigInt, state -> Text,
        account -> BigInt, caller_unit -> BigInt, taken_ms -> Nullable<BigInt>, tries -> BigInt,
        ended_ms -> Nullable<BigInt>, contacted -> Nullable<Text>, solved -> Nullable<Text>, satisfied -> Nullable<Text>,
        words -> Nullable<Text>,
    }
}
diesel::table! {
    callback_try (id) { id -> BigInt, call_id -> BigInt, at_ms -> BigInt, account -> BigInt, outcome -> Text, }
}

/// The latest rule with its id; nothing before the first.
///
/// # Errors
/// Faults of the store.
pub fn latest_rule(conn: &mut Conn) -> Outcome<Option<(i64, Rule)>> {
    type Row = (i64, String, i64, i64, i64, i64, i64, String, i64);
    let row: Option<Row> =
        on!(conn, c => callback_rule::table.order(callback_rule::id.desc()).first(c).optional())?;
    Ok(row.map(|(id, version, percent, least, most, attempts, days, source, _)| {
        (id, Rule { version, percent, least, most, attempts, days, source })
    }))
}

/// Adds a rule.
///
/// # Errors
/// Faults of the store.
pub fn put_rule(conn: &mut Conn, id: i64, rule: &Rule, at: Millis) -> Outcome<()> {
    let row = (
        callback_rule::id.eq(id),
        callback_rule::version.eq(&rule.version),
        callback_rule::percent.eq(rule.percent),
        callback_rule::least.eq(rule.least),
        callback_rule::most.eq(rule.most),
        callback_rule::attempts.eq(rule.attempts),
        callback_rule::days.eq(rule.days),
        callback_rule::source.eq(&rule.source),
        callback_rule::loaded_ms.eq(at.0),
    );
    on!(conn, c => diesel::insert_into(callback_rule::table).values(row).execute(c))?;
    Ok(())
}

/// A case that was closed in the week (抽样总体).
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Closed {
    /// The case.
    #[diesel(sql_type = sql_types::BigInt)]
    pub case_id: i64,
    /// Its number.
    #[diesel(sql_type = sql_types::Text)]
    pub number: String,
    /// Its city.
    #[diesel(sql_type = sql_types::BigInt)]
    pub city_id: i64,
    /// The unit that answers for it.
    #[diesel(sql_type = sql_types::BigInt)]
    pub unit_id: i64,
    /// Its category.
    #[diesel(sql_type = sql_types::BigInt)]
    pub category_id: i64,
    /// Its level.
    #[diesel(sql_type = sql_types::Text)]
    pub level: String,
    /// When it was closed first in the week.
    #[diesel(sql_type = sql_types::BigInt)]
    pub closed_ms: i64,
}

fn closed_text(county: i64, from: Millis, to: Millis) -> String {
    // A duplicate is answered with its other case, which is in the draw itself.
    format!(
        "SELECT c.id AS case_id, c.number, c.city_id, c.answer_unit AS unit_id, c.category_id, c.level, \
         MIN(k.at_ms) AS closed_ms FROM pub_case_closure k JOIN pub_case_item c ON c.id = k.case_id \
         WHERE k.county_id = {county} AND k.at_ms >= {} AND k.at_ms < {} AND k.ending <> 'duplicate' \
         GROUP BY c.id, c.number, c.city_id, c.answer_unit, c.category_id, c.level ORDER BY c.number",
        from.0, to.0
    )
}

/// The cases of a county that were closed between two instants, by number.
///
/// # Errors
/// Faults of the store.
pub fn closed_in(conn: &mut Conn, county: i64, from: Millis, to: Millis) -> Outcome<Vec<Closed>> {
    let text = closed_text(county, from, to);
    Ok(on!(conn, c => sql_query(text).load(c))?)
}

type DrawRow = (
    i64,
    i64,
    String,
    String,
    i64,
    i64,
    i64,
    i64,
    i64,
    i64,
    i64,
    i64,
    String,
    String,
    String,
    i64,
    String,
    i64,
);

fn draw_from(r: DrawRow) -> Draw {
    Draw {
        id: r.0,
        county: r.1,
        county_code: r.2,
        week: r.3,
        from: Millis(r.4),
        to: Millis(r.5),
        at: Millis(r.6),
        until: Millis(r.7),
        rule: r.8,
        checkpoint: r.9,
        checkpoint_at: Millis(r.10),
        checkpoint_size: r.11,
        root: r.12,
        seed: r.13,
        method: r.14,
        population: r.15,
        population_digest: r.16,
        drawn: r.17,
    }
}

/// The draw of a county's week.
///
/// # Errors
/// Faults of the store.
pub fn draw_of(conn: &mut Conn, county: i64, week: &str) -> Outcome<Option<Draw>> {
    let row: Option<DrawRow> = on!(conn, c => callback_draw::table
        .filter(callback_draw::county_id.eq(county))
        .filter(callback_draw::week.eq(week))
        .first(c)
        .optional())?;
    Ok(row.map(draw_from))
}

/// A draw by its id.
///
/// # Errors
/// Faults of the store.
pub fn draw_by_id(conn: &mut Conn, id: i64) -> Outcome<Option<Draw>> {
    let row: Option<DrawRow> = on!(conn, c => callback_draw::table.find(id).first(c).optional())?;
    Ok(row.map(draw_from))
}

/// Draws, the latest week first.
///
/// # Errors
/// Faults of the store.
pub fn draws(conn: &mut Conn, after: Option<Cursor>, size: usize) -> Outcome<Page<Draw>> {
    let most = i64::try_from(size + 1).unwrap_or(i64::MAX);
    let rows: Vec<DrawRow> = on!(conn, c => {
        let mut q = callback_draw::table.into_boxed();
        if let Some(Cursor { key, id }) = after {
            q = q.filter(
                callback_draw::from_ms.lt(key).or(callback_draw::from_ms.eq(key).and(callback_draw::id.lt(id))),
            );
        }
        q.order((callback_draw::from_ms.desc(), callback_draw::id.desc())).limit(most).load(c)
    })?;
    let rows = rows.into_iter().map(draw_from).collect();
    Ok(Page::from_extra(rows, size, |d: &Draw| Cursor { key: d.from.0, id: d.id }))
}

/// Adds a draw.
///
/// # Errors
/// Faults of the store.
pub fn put_draw(conn: &mut Conn, d: &Draw) -> Outcome<()> {
    let row = (
        callback_draw::id.eq(d.id),
        callback_draw::county_id.eq(d.county),
        callback_draw::county_code.eq(&d.county_code),
        callback_draw::week.eq(&d.week),
        callback_draw::from_ms.eq(d.from.0),
        callback_draw::to_ms.eq(d.to.0),
        callback_draw::drawn_ms.eq(d.at.0),
        callback_draw::until_ms.eq(d.until.0),
        callback_draw::rule_id.eq(d.rule),
        callback_draw::checkpoint_id.eq(d.checkpoint),
        callback_draw::checkpoint_ms.eq(d.checkpoint_at.0),
        callback_draw::checkpoint_size.eq(d.checkpoint_size),
        callback_draw::root.eq(&d.root),
        callback_draw::seed.eq(&d.seed),
        callback_draw::method.eq(&d.method),
        callback_draw::population.eq(d.population),
        callback_draw::population_digest.eq(&d.population_digest),
        callback_draw::drawn.eq(d.drawn),
    );
    on!(conn, c => diesel::insert_into(callback_draw::table).values(row).execute(c))?;
    Ok(())
}

/// Adds a drawn case.
///
/// # Errors
/// Faults of the store.
pub fn put_call(conn: &mut Conn, id: i64, draw: &Draw, position: i64, closed: &Closed) -> Outcome<()> {
    let row = (
        callback_call::id.eq(id),
        callback_call::draw_id.eq(draw.id),
        callback_call::position.eq(position),
        callback_call::case_id.eq(closed.case_id),
        callback_call::county_id.eq(draw.county),
        callback_call::city_id.eq(closed.city_id),
        callback_call::unit_id.eq(closed.unit_id),
        callback_call::category_id.eq(closed.category_id),
        callback_call::level.eq(&closed.level),
        callback_call::closed_ms.eq(closed.closed_ms),
        callback_call::until_ms.eq(draw.until.0),
        callback_call::state.eq(CallState::Open.name()),
        callback_call::account.eq(0),
        callback_call::caller_unit.eq(0),
        callback_call::tries.eq(0),
    );
    on!(conn, c => diesel::insert_into(callback_call::table).values(row).execute(c))?;
    Ok(())
}

#[derive(QueryableByName)]
struct CallRow {
    #[diesel(sql_type = sql_types::BigInt)]
    id: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    draw_id: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    position: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    case_id: i64,
    #[diesel(sql_type = sql_types::Text)]
    number: String,
    #[diesel(sql_type = sql_types::BigInt)]
    county_id: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    unit_id: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    category_id: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    closed_ms: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    until_ms: i64,
    #[diesel(sql_type = sql_types::Text)]
    state: String,
    #[diesel(sql_type = sql_types::BigInt)]
    account: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    tries: i64,
    #[diesel(sql_type = sql_types::Nullable<sql_types::BigInt>)]
    ended_ms: Option<i64>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    contacted: Option<String>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    solved: Option<String>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    satisfied: Option<String>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    words: Option<String>,
}

const CALL: &str = "SELECT k.id, k.draw_id, k.position, k.case_id, c.number, k.county_id, k.unit_id, k.category_id, \
     k.closed_ms, k.until_ms, k.state, k.account, k.tries, k.ended_ms, k.contacted, k.solved, k.satisfied, k.words \
     FROM callback_call k JOIN pub_case_item c ON c.id = k.case_id";

fn named<T: Names>(name: &str) -> Outcome<T> {
    let found = T::ALL.iter().copied().find(|t| t.name() == name);
    found.ok_or_else(|| Fault::new(format!("a call keeps the word {name}, which is none of ours")).into())
}

impl CallRow {
    fn call(self) -> Outcome<Call> {
        let answers = match (self.contacted, self.solved, self.satisfied) {
            (Some(contacted), Some(solved), Some(satisfied)) => Some(Answers {
                contacted: named::<Said>(&contacted)?,
                solved: named::<Said>(&solved)?,
                satisfied: named::<Said>(&satisfied)?,
                words: self.words.unwrap_or_default(),
            }),
            _ => None,
        };
        Ok(Call {
            id: self.id,
            draw: self.draw_id,
            position: self.position,
            case: self.case_id,
            number: self.number,
            county: self.county_id,
            unit: self.unit_id,
            category: self.category_id,
            closed: Millis(self.closed_ms),
            until: Millis(self.until_ms),
            state: named(&self.state)?,
            account: self.account,
            tries: self.tries,
            ended: self.ended_ms.map(Millis),
            answers,
        })
    }
}

fn calls(conn: &mut Conn, text: String) -> Outcome<Vec<Call>> {
    let rows: Vec<CallRow> = on!(conn, c => sql_query(text).load(c))?;
    rows.into_iter().map(CallRow::call).collect()
}

/// A drawn case by its id.
///
/// # Errors
/// Faults of the store.
pub fn call_by_id(conn: &mut Conn, id: i64) -> Outcome<Option<Call>> {
    Ok(calls(conn, format!("{CALL} WHERE k.id = {id}"))?.pop())
}

/// The cases of a draw in its order.
///
/// # Errors
/// Faults of the store.
pub fn calls_of(conn: &mut Conn, draw: i64) -> Outcome<Vec<Call>> {
    calls(conn, format!("{CALL} WHERE k.draw_id = {draw} ORDER BY k.position"))
}

/// Cases that wait for a call, the first due first: for whoever goes through them in one go.
///
/// # Errors
/// Faults of the store.
pub fn open_calls(conn: &mut Conn, most: usize) -> Outcome<Vec<Call>> {
    calls(conn, format!("{CALL} WHERE k.state = 'open' ORDER BY k.until_ms, k.id LIMIT {most}"))
}

/// Which calls are asked for (查询条件).
#[derive(Debug, Clone, Default)]
pub struct CallFilter {
    /// What the person may see, by place. Empty means nothing.
    pub scope: ScopeFilter,
    /// Only of this county.
    pub county: i64,
    /// What is counted.
    pub count: Option<Counter>,
    /// Only those in this account's hand.
    pub account: i64,
    /// Only those that nobody has taken.
    pub untaken: bool,
    /// Only of this unit.
    pub unit: i64,
    /// Only of this category.
    pub category: i64,
    /// Only at this level.
    pub level: Option<Level>,
    /// Only of this draw.
    pub draw: i64,
    /// Closed at or after.
    pub from: Option<Millis>,
    /// Closed before.
    pub to: Option<Millis>,
}

/// The scope as SQL; nothing without one.
fn scope_sql(scope: &ScopeFilter) -> String {
    let each: Vec<String> = scope
        .clauses
        .iter()
        .filter_map(|clause| match clause.touch {
            Touch::Anything => Some("1 = 1".to_owned()),
            Touch::Place(_, 0) => None,
            Touch::Place(level, id) => Some(match level {
                Level::Country => "1 = 1".to_owned(),
                Level::Province => format!("c.province_id = {id}"),
                Level::City => format!("k.city_id = {id}"),
                Level::County => format!("k.county_id = {id}"),
                Level::Town => format!("c.town_id = {id}"),
                Level::Village => format!("c.village_id = {id}"),
                Level::Grid => format!("c.grid_id = {id}"),
            }),
            // Calls are shared out by place.
            Touch::Holder(_) | Touch::Part(_) | Touch::Own(_) => None,
        })
        .collect();
    if each.is_empty() { "1 = 0".to_owned() } else { format!("({})", each.join(" OR ")) }
}

/// What a counter counts.
fn counter_sql(counter: Counter) -> &'static str {
    match counter {
        Counter::Drawn => "1 = 1",
        Counter::Reached => "k.state = 'reached'",
        Counter::Unreached => "k.state = 'unreached'",
        Counter::Lapsed => "k.state = 'lapsed'",
        Counter::Open => "k.state = 'open'",
        Counter::Contacted => "k.contacted = 'yes'",
        Counter::ContactedSaid => "k.contacted IN ('yes', 'no')",
        Counter::Solved => "k.solved = 'yes'",
        Counter::SolvedSaid => "k.solved IN ('yes', 'no')",
        Counter::Satisfied => "k.satisfied = 'yes'",
        Counter::SatisfiedSaid => "k.satisfied IN ('yes', 'no')",
        Counter::NotSolved => "k.solved = 'no'",
    }
}

impl CallFilter {
    fn sql(&self) -> String {
        let mut out =
            format!("{} AND {}", scope_sql(&self.scope), counter_sql(self.count.unwrap_or(Counter::Drawn)));
        let mut and = |text: String| {
            let _ = write!(out, " AND {text}");
        };
        let numbers = [
            ("k.county_id", self.county),
            ("k.unit_id", self.unit),
            ("k.category_id", self.category),
            ("k.draw_id", self.draw),
        ];
        for (column, id) in numbers.into_iter().filter(|(_, id)| *id != 0) {
            and(format!("{column} = {id}"));
        }
        if self.account != 0 {
            and(format!("k.account <> 0 AND k.account = {}", self.account));
        }
        if self.untaken {
            and("k.account = 0".to_owned());
        }
        if let Some(level) = self.level {
            and(format!("k.level = '{}'", level.code()));
        }
        // Always both ends: the indexes run by when a case was closed.
        and(format!("k.closed_ms >= {}", self.from.map_or(0, |t| t.0)));
        and(format!("k.closed_ms < {}", self.to.map_or(i64::MAX, |t| t.0)));
        out
    }
}

fn page_text(filter: &CallFilter, after: Option<Cursor>, size: usize) -> String {
    let mut condition = filter.sql();
    if let Some(Cursor { key, id }) = after {
        let _ = write!(condition, " AND (k.closed_ms < {key} OR (k.closed_ms = {key} AND k.id < {id}))");
    }
    format!("{CALL} WHERE {condition} ORDER BY k.closed_ms DESC, k.id DESC LIMIT {size}")
}

/// Drawn cases, the last closed first.
///
/// # Errors
/// Faults of the store.
pub fn calls_page(
    conn: &mut Conn,
    filter: &CallFilter,
    after: Option<Cursor>,
    size: usize,
) -> Outcome<Page<Call>> {
    let rows = calls(conn, page_text(filter, after, size + 1))?;
    Ok(Page::from_extra(rows, size, |c: &Call| Cursor { key: c.closed.0, id: c.id }))
}

web::names! {
    /// By what the rates are split (分组): never by a person.
    pub enum Split {
        /// Not split.
        Whole = "whole",
        /// By the unit that answers for the case.
        Unit = "unit",
        /// By category.
        Category = "category",
        /// By level.
        Level = "level",
    }
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = sql_types::Text)]
    word: String,
    #[diesel(sql_type = sql_types::Text)]
    state: String,
    #[diesel(sql_type = sql_types::Text)]
    said: String,
    #[diesel(sql_type = sql_types::BigInt)]
    n: i64,
}

fn count_text(filter: &CallFilter, split: Split) -> String {
    let key = match split {
        Split::Whole => "CAST('0' AS TEXT)",
        Split::Unit => "CAST(k.unit_id AS TEXT)",
        Split::Category => "CAST(k.category_id AS TEXT)",
        Split::Level => "k.level",
    };
    format!(
        "SELECT {key} AS word, k.state AS state, COALESCE(k.contacted, '') || '/' || COALESCE(k.solved, '') || '/' || \
         COALESCE(k.satisfied, '') AS said, COUNT(*) AS n \
         FROM callback_call k JOIN pub_case_item c ON c.id = k.case_id WHERE {} GROUP BY 1, 2, 3",
        filter.sql()
    )
}

/// How many drawn cases of the filter stand so, by the split: key, counter, how many.
///
/// # Errors
/// Faults of the store.
pub fn counts(conn: &mut Conn, filter: &CallFilter, split: Split) -> Outcome<Vec<(String, Counter, i64)>> {
    let text = count_text(filter, split);
    let rows: Vec<CountRow> = on!(conn, c => sql_query(text).load(c))?;
    let mut out = Vec::new();
    for row in rows {
        for counter in Counter::ALL.iter().copied().filter(|c| counts_in(*c, &row)) {
            out.push((row.word.clone(), counter, row.n));
        }
    }
    Ok(out)
}

/// How many of the drawn cases of these counties that were closed between two instants said whether they are satisfied,
/// and how many of them are.
///
/// # Errors
/// Faults of the store.
pub fn satisfied(conn: &mut Conn, counties: &[i64], from: Millis, to: Millis) -> Outcome<(i64, i64)> {
    let (mut said, mut yes) = (0, 0);
    for county in counties {
        let clause = Clause { touch: Touch::Place(Level::County, *county), unit: 0 };
        let scope = ScopeFilter { clauses: vec![clause] };
        let filter = CallFilter { scope, from: Some(from), to: Some(to), ..CallFilter::default() };
        for (_, counter, n) in counts(conn, &filter, Split::Whole)? {
            said += if counter == Counter::SatisfiedSaid { n } else { 0 };
            yes += if counter == Counter::Satisfied { n } else { 0 };
        }
    }
    Ok((said, yes))
}

/// Whether a cell is part of a counter: the same as `counter_sql`.
fn counts_in(counter: Counter, row: &CountRow) -> bool {
    let mut said = row.said.split('/');
    let [contacted, solved, satisfied] = [0; 3].map(|_| said.next().unwrap_or_default());
    let told = |answer: &str| answer == "yes" || answer == "no";
    match counter {
        Counter::Drawn => true,
        Counter::Reached | Counter::Unreached | Counter::Lapsed | Counter::Open => {
            row.state == counter.name()
        }
        Counter::Contacted => contacted == "yes",
        Counter::ContactedSaid => told(contacted),
        Counter::Solved => solved == "yes",
        Counter::SolvedSaid => told(solved),
        Counter::Satisfied => satisfied == "yes",
        Counter::SatisfiedSaid => told(satisfied),
        Counter::NotSolved => solved == "no",
    }
}

/// The names of the categories: id, the one above, name.
///
/// # Errors
/// Faults of the store.
pub fn category_names(conn: &mut Conn) -> Outcome<Vec<(i64, i64, String)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = sql_types::BigInt)]
        id: i64,
        #[diesel(sql_type = sql_types::BigInt)]
        parent_id: i64,
        #[diesel(sql_type = sql_types::Text)]
        name: String,
    }
    let text = "SELECT id, parent_id, name FROM pub_case_category ORDER BY position, id";
    let rows: Vec<Row> = on!(conn, c => sql_query(text).load(c))?;
    Ok(rows.into_iter().map(|r| (r.id, r.parent_id, r.name)).collect())
}

/// Calls that did not get through, oldest first: when, who called, why.
///
/// # Errors
/// Faults of the store.
pub fn tries_of(conn: &mut Conn, call: i64) -> Outcome<Vec<(Millis, i64, String)>> {
    let rows: Vec<(i64, i64, String)> = on!(conn, c => callback_try::table
        .filter(callback_try::call_id.eq(call))
        .order(callback_try::id)
        .select((callback_try::at_ms, callback_try::account, callback_try::outcome))
        .load(c))?;
    Ok(rows.into_iter().map(|(at, account, outcome)| (Millis(at), account, outcome)).collect())
}

/// Gives an open, untaken call to a caller; false when somebody was faster.
///
/// # Errors
/// Faults of the store.
pub fn set_caller(conn: &mut Conn, call: i64, account: i64, unit: i64, at: Millis) -> Outcome<bool> {
    let changed = on!(conn, c => diesel::update(callback_call::table.find(call))
        .filter(callback_call::account.eq(0))
        .filter(callback_call::state.eq(CallState::Open.name()))
        .set((
            callback_call::account.eq(account),
            callback_call::caller_unit.eq(unit),
            callback_call::taken_ms.eq(at.0),
        ))
        .execute(c))?;
    Ok(changed == 1)
}

/// Adds a call that did not get through; ends it as not reached where it was the last one. False when it
/// was ended meanwhile.
///
/// # Errors
/// Faults of the store.
pub fn put_try(
    tx: &mut Tx<'_>,
    call: &Call,
    account: i64,
    why: TryOutcome,
    at: Millis,
    is_last: bool,
) -> Outcome<bool> {
    let id = tx.id::<TryOutcome>(at).raw();
    let state = if is_last { CallState::Unreached } else { CallState::Open };
    let ended = is_last.then_some(at.0);
    let changed = on!(tx.conn, c => diesel::update(callback_call::table.find(call.id))
        .filter(callback_call::state.eq(CallState::Open.name()))
        .filter(callback_call::tries.eq(call.tries))
        .set((
            callback_call::tries.eq(call.tries + 1),
            callback_call::state.eq(state.name()),
            callback_call::ended_ms.eq(ended),
        ))
        .execute(c))?;
    if changed == 1 {
        on!(tx.conn, c => diesel::insert_into(callback_try::table)
            .values((
                callback_try::id.eq(id),
                callback_try::call_id.eq(call.id),
                callback_try::at_ms.eq(at.0),
                callback_try::account.eq(account),
                callback_try::outcome.eq(why.name()),
            ))
            .execute(c))?;
    }
    Ok(changed == 1)
}

/// Keeps what was said; false when the call was ended meanwhile.
///
/// # Errors
/// Faults of the store.
pub fn set_answers(conn: &mut Conn, call: i64, said: &Answers, at: Millis) -> Outcome<bool> {
    let changed = on!(conn, c => diesel::update(callback_call::table.find(call))
        .filter(callback_call::state.eq(CallState::Open.name()))
        .set((
            callback_call::state.eq(CallState::Reached.name()),
            callback_call::ended_ms.eq(at.0),
            callback_call::contacted.eq(said.contacted.name()),
            callback_call::solved.eq(said.solved.name()),
            callback_call::satisfied.eq(said.satisfied.name()),
            callback_call::words.eq((!said.words.is_empty()).then_some(&said.words)),
        ))
        .execute(c))?;
    Ok(changed == 1)
}

/// Ends the calls of a draw that nobody made in time; how many.
///
/// # Errors
/// Faults of the store.
pub fn set_lapsed(conn: &mut Conn, draw: i64, at: Millis) -> Outcome<usize> {
    Ok(on!(conn, c => diesel::update(callback_call::table)
        .filter(callback_call::draw_id.eq(draw))
        .filter(callback_call::state.eq(CallState::Open.name()))
        .set((callback_call::state.eq(CallState::Lapsed.name()), callback_call::ended_ms.eq(at.0)))
        .execute(c))?)
}

/// The questions of the room's lists, as SQL text: for the test that each finds its index.
pub fn questions(scope: ScopeFilter, county: i64) -> Vec<(String, String)> {
    let (from, to) = (Millis(1), Millis(2));
    let filter = &CallFilter { scope, from: Some(from), to: Some(to), ..CallFilter::default() };
    let mut all = vec![
        ("closed".to_owned(), closed_text(county, from, to)),
        ("page".to_owned(), page_text(filter, Some(Cursor { key: 5, id: 5 }), 50)),
    ];
    all.extend(Split::ALL.iter().map(|s| (format!("count/{}", s.name()), count_text(filter, *s))));
    all
}
