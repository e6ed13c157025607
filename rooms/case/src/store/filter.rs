//! One filter for the queue, its counts, the figures and the export, so that every number opens exactly
//! the rows that it counts. It is a text of column names, closed words and whole numbers; the only
//! thing a person typed, the search words, is bound.

use std::fmt::Write;

use access::{Level, ScopeFilter, Touch};
use base::{Cursor, Millis, Outcome};
use diesel::{
    dsl::AsExprOf,
    expression::{SqlLiteral, UncheckedBind},
    sql_types::{Bool, Text},
};
use store::{Conn, search};

use super::cases::SEARCH;
use super::queue::QueueOrder;
use crate::model::{CaseNumber, Channel, ClockState, Ending, Stage};
use crate::rules::clock::DUE_SOON_MS;

/// Which cases (查询条件). Everything that is set must hold; the scope always must.
#[derive(Debug, Clone, Default)]
pub struct CaseFilter {
    /// What the person may see. Empty means nothing, never everything.
    pub scope: ScopeFilter,
    /// In one of these stages; empty = any.
    pub stages: Vec<Stage>,
    /// Standing like this against the deadline.
    pub clock: Option<ClockState>,
    /// Of one of these categories (a subtree, see `Catalogue::subtree`); empty = any.
    pub categories: Vec<i64>,
    /// In this division or grid.
    pub place: Option<(Level, i64)>,
    /// Held now by one of these units; empty = any.
    pub holder_units: Vec<i64>,
    /// Held now by this account.
    pub holder_account: Option<i64>,
    /// Sent out by one of these units, which wait for the result.
    pub back_units: Vec<i64>,
    /// Registered by this account.
    pub registered_by: Option<i64>,
    /// Came in this way.
    pub channel: Option<Channel>,
    /// Ended like this.
    pub ending: Option<Ending>,
    /// Came in at or after.
    pub created_from: Option<Millis>,
    /// Came in before.
    pub created_before: Option<Millis>,
    /// Last closed at or after.
    pub closed_from: Option<Millis>,
    /// Last closed before.
    pub closed_before: Option<Millis>,
    /// Contested by the resident at least once.
    pub contested: bool,
    /// Accepted within so many milliseconds of coming in.
    pub accepted_within_ms: Option<i64>,
    /// Answered at least once.
    pub answered: bool,
    /// First answered within so many milliseconds of coming in, both instants being known.
    pub answered_within_ms: Option<i64>,
    /// Given back by one of these units; empty = any.
    pub declined_by: Vec<i64>,
    /// Only what may be shown to everybody: the public list.
    pub only_public: bool,
    /// Words in number, title, text or spot.
    pub words: String,
}

impl CaseFilter {
    /// Everything in a scope.
    pub fn within(scope: ScopeFilter) -> Self {
        Self { scope, ..Self::default() }
    }

    /// What everybody may see, masked: public cases that an office has accepted (公开事项).
    pub fn public() -> Self {
        let everything = access::Clause { touch: Touch::Anything, unit: 0 };
        Self {
            scope: ScopeFilter { clauses: vec![everything] },
            only_public: true,
            stages: Stage::ALL
                .iter()
                .copied()
                .filter(|s| !matches!(s, Stage::Received | Stage::Returned | Stage::Withdrawn))
                .collect(),
            ..Self::default()
        }
    }
}

/// Stages in which an office still owes something, as SQL and as the partial indexes over open cases have it: an engine
/// uses such an index only where it sees its condition.
pub(super) const OPEN: &str =
    "case_item.stage IN ('received', 'accepted', 'dispatched', 'handling', 'verifying')";

/// The column of a level.
pub(super) fn place_column(level: Level) -> Option<&'static str> {
    Some(match level {
        Level::Country => return None,
        Level::Province => "case_item.province_id",
        Level::City => "case_item.city_id",
        Level::County => "case_item.county_id",
        Level::Town => "case_item.town_id",
        Level::Village => "case_item.village_id",
        Level::Grid => "case_item.grid_id",
    })
}

/// One kind of reach of a scope, as SQL over `case_item`.
struct Reach {
    condition: String,
    /// The unit whose parts it goes by.
    part: Option<i64>,
}

impl Reach {
    fn place(condition: String) -> Self {
        Self { condition, part: None }
    }

    /// The condition for a case that something else names.
    fn holds(&self) -> String {
        let Some(unit) = self.part else { return self.condition.clone() };
        format!(
            "EXISTS (SELECT 1 FROM case_part WHERE case_part.case_id = case_item.id AND case_part.unit_id = {unit}) \
             AND {}",
            self.condition
        )
    }

    /// The cases that it reaches, along its own index.
    fn cases(&self, open: bool, rest: &str, few: &Few) -> String {
        let Some(unit) = self.part else {
            let (more, stop) = few.sql("case_item.id", "case_item.created_ms");
            return format!("SELECT case_item.id FROM case_item WHERE {}{rest}{more}{stop}", self.condition);
        };
        let (more, stop) = few.sql("case_part.case_id", "case_part.created_ms");
        let open = if open { "case_part.is_open AND " } else { "" };
        format!(
            "SELECT case_item.id FROM case_part JOIN case_item ON case_item.id = case_part.case_id \
             WHERE {open}case_part.unit_id = {unit} AND {}{rest}{more}{stop}",
            self.condition
        )
    }
}

/// How many of a list are wanted (取哪几条), so that each kind of reach stops where the whole would.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Few {
    /// In which order; `None` where any will do.
    pub(super) order: Option<QueueOrder>,
    /// After this row.
    pub(super) after: Option<Cursor>,
    /// So many; `None` = all.
    pub(super) most: Option<usize>,
}

impl Few {
    /// The rows after the cursor as a condition, and the order with the limit, by these columns.
    fn sql(&self, id: &str, created: &str) -> (String, String) {
        let limit = self.most.map_or(String::new(), |n| format!(" LIMIT {n}"));
        let Some(order) = self.order else { return (String::new(), limit) };
        let (key, sign, direction) = order.terms(created);
        let more =
            self.after.map_or(String::new(), |c| format!(" AND ({key}, {id}) {sign} ({}, {})", c.key, c.id));
        (more, format!(" ORDER BY {key} {direction}, {id} {direction}{limit}"))
    }

    /// The order with the limit, of the whole.
    pub(super) fn stop(&self) -> String {
        self.sql("case_item.id", "case_item.created_ms").1
    }
}

/// The scope as SQL, for cases that something else names; `FALSE` for an empty one. Among open cases each kind of reach says
/// so itself, because an engine looks no further in an `OR`.
pub(super) fn scope_sql(scope: &ScopeFilter, open: bool) -> String {
    let mut each: Vec<String> = reaches(scope, open).iter().map(Reach::holds).collect();
    match each.len() {
        0 => "FALSE".to_owned(),
        1 => each.remove(0),
        _ => format!("(({}))", each.join(") OR (")),
    }
}

/// Each kind of reach of a scope; none for an empty one. An id of zero means "none" and matches nothing. The conditions of
/// partial indexes are written out, because SQLite uses such an index only when it sees its condition.
fn reaches(scope: &ScopeFilter, open: bool) -> Vec<Reach> {
    let mut each: Vec<Reach> = Vec::new();
    for clause in &scope.clauses {
        each.push(match clause.touch {
            Touch::Anything | Touch::Place(Level::Country, _) => {
                return vec![Reach::place(if open { OPEN } else { "TRUE" }.to_owned())];
            }
            Touch::Place(_, 0) | Touch::Holder(0) | Touch::Part(0) | Touch::Own(0) => continue,
            Touch::Place(level, id) => match (level, place_column(level)) {
                (_, None) => continue,
                (Level::Grid, Some(column)) => Reach::place(format!("{column} <> 0 AND {column} = {id}")),
                (_, Some(column)) => Reach::place(format!("{column} = {id}")),
            },
            Touch::Holder(unit) if open => Reach::place(format!("case_item.holder_unit = {unit}")),
            // Whoever holds a case has a part in it, and the parts have an index.
            Touch::Holder(unit) => {
                Reach { condition: format!("case_item.holder_unit = {unit}"), part: Some(unit) }
            }
            Touch::Part(unit) => Reach { condition: "TRUE".to_owned(), part: Some(unit) },
            Touch::Own(account) => {
                Reach::place(format!("case_item.registered_by <> 0 AND case_item.registered_by = {account}"))
            }
        });
    }
    each.sort_unstable_by(|a, b| (&a.condition, a.part).cmp(&(&b.condition, b.part)));
    each.dedup_by(|a, b| (&a.condition, a.part) == (&b.condition, b.part));
    if open {
        each.iter_mut().for_each(|one| one.condition = format!("{} AND {OPEN}", one.condition));
    }
    each
}

/// When a case was first answered, as SQL; NULL where no answer's time is known.
pub(super) const FIRST_ANSWER: &str =
    "(SELECT MIN(case_closure.answered_ms) FROM case_closure WHERE case_closure.case_id = case_item.id)";

/// How a case stands against its deadline, as SQL; the same as `rules::clock::clock_state`.
pub(super) fn clock_sql(now: Millis) -> String {
    let (now, soon) = (now.0, now.plus(DUE_SOON_MS).0);
    format!(
        "CASE WHEN case_item.stage IN ('returned', 'withdrawn') THEN 'stopped' \
         WHEN case_item.stage IN ('closed', 'confirmed') THEN \
           CASE WHEN case_item.closed_ms <= case_item.due_ms THEN 'met_in_time' ELSE 'met_late' END \
         WHEN case_item.due_ms < {now} THEN 'overdue' \
         WHEN case_item.due_ms < {soon} THEN 'due_soon' ELSE 'running' END"
    )
}

/// The same for one state, in a shape that an index answers.
fn clock_is(clock: ClockState, now: Millis) -> String {
    let (now, soon) = (now.0, now.plus(DUE_SOON_MS).0);
    let open = OPEN;
    let met = "case_item.stage IN ('closed', 'confirmed')";
    match clock {
        ClockState::Running => format!("{open} AND case_item.due_ms >= {soon}"),
        ClockState::DueSoon => format!("{open} AND case_item.due_ms >= {now} AND case_item.due_ms < {soon}"),
        ClockState::Overdue => format!("{open} AND case_item.due_ms < {now}"),
        ClockState::MetInTime => format!("{met} AND case_item.closed_ms <= case_item.due_ms"),
        ClockState::MetLate => {
            format!("{met} AND (case_item.closed_ms > case_item.due_ms OR case_item.closed_ms IS NULL)")
        }
        ClockState::Stopped => "case_item.stage IN ('returned', 'withdrawn')".to_owned(),
    }
}

fn in_list(ids: &[i64]) -> String {
    ids.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}

impl CaseFilter {
    /// Whether it asks for open cases alone.
    fn is_open(&self) -> bool {
        let clock = self
            .clock
            .is_some_and(|c| matches!(c, ClockState::Running | ClockState::DueSoon | ClockState::Overdue));
        clock || (!self.stages.is_empty() && self.stages.iter().all(|s| s.is_open()))
    }

    /// Everything but the search words, as SQL.
    pub(super) fn sql(&self, now: Millis) -> String {
        scope_sql(&self.scope, self.is_open()) + &self.narrowing(now)
    }

    /// The same for a list or a count, whose rows nothing else narrows, with what comes after the cursor of `few`: each kind of
    /// reach is asked by itself, so that each goes along its own index and stops where the whole would stop. In one `OR`
    /// the server engine reads all cases as soon as one part of it asks another table.
    pub(super) fn wide_sql(&self, few: &Few, now: Millis) -> String {
        let (each, open) = (reaches(&self.scope, self.is_open()), self.is_open());
        let rest = self.narrowing(now);
        let by_itself = each.len() < 2 && each.iter().all(|reach| reach.part.is_none());
        if by_itself || !self.words.trim().is_empty() {
            let (more, _) = few.sql("case_item.id", "case_item.created_ms");
            return scope_sql(&self.scope, open) + &rest + &more;
        }
        let asked = each
            .iter()
            .map(|reach| format!("SELECT reach.id FROM ({}) AS reach", reach.cases(open, &rest, few)));
        format!("case_item.id IN ({})", asked.collect::<Vec<_>>().join(" UNION ALL "))
    }

    /// Everything but the scope and the search words, as SQL that begins with `AND` or is empty.
    fn narrowing(&self, now: Millis) -> String {
        let mut out = String::new();
        let mut and = |text: String| {
            let _ = write!(out, " AND {text}");
        };
        if !self.stages.is_empty() {
            let codes: Vec<String> = self.stages.iter().map(|s| format!("'{}'", s.code())).collect();
            and(format!("case_item.stage IN ({})", codes.join(", ")));
        }
        if let Some(clock) = self.clock {
            and(clock_is(clock, now));
        }
        for (column, ids) in [
            ("case_item.category_id", &self.categories),
            ("case_item.holder_unit", &self.holder_units),
            ("case_item.back_unit", &self.back_units),
        ] {
            if !ids.is_empty() {
                and(format!("{column} IN ({})", in_list(ids)));
            }
        }
        if let Some((level, id)) = self.place
            && let Some(column) = place_column(level)
        {
            and(format!("{column} <> 0 AND {column} = {id}"));
        }
        self.single_values(&mut and);
        self.histories(&mut and);
        out
    }

    /// Conditions on what happened to a case, not on how it stands.
    fn histories(&self, and: &mut impl FnMut(String)) {
        if let Some(ms) = self.accepted_within_ms {
            and(format!("case_item.accepted_ms <= case_item.created_ms + {ms}"));
        }
        if self.answered {
            and("EXISTS (SELECT 1 FROM case_closure WHERE case_closure.case_id = case_item.id)".to_owned());
        }
        if let Some(ms) = self.answered_within_ms {
            and(format!("{FIRST_ANSWER} BETWEEN case_item.created_ms AND case_item.created_ms + {ms}"));
        }
        if !self.declined_by.is_empty() {
            and(format!(
                "case_item.id IN (SELECT case_dispatch.case_id FROM case_dispatch \
                 WHERE case_dispatch.ended_by = 'decline' AND case_dispatch.to_unit IN ({}))",
                in_list(&self.declined_by)
            ));
        }
    }

    fn single_values(&self, and: &mut impl FnMut(String)) {
        let numbers = [
            ("case_item.holder_account =", self.holder_account),
            ("case_item.registered_by <> 0 AND case_item.registered_by =", self.registered_by),
            ("case_item.created_ms >=", self.created_from.map(|t| t.0)),
            ("case_item.created_ms <", self.created_before.map(|t| t.0)),
            ("case_item.closed_ms >=", self.closed_from.map(|t| t.0)),
            ("case_item.closed_ms <", self.closed_before.map(|t| t.0)),
        ];
        for (text, value) in numbers {
            if let Some(value) = value {
                and(format!("{text} {value}"));
            }
        }
        if let Some(channel) = self.channel {
            and(format!("case_item.channel = '{}'", channel.code()));
        }
        if let Some(ending) = self.ending {
            and(format!("case_item.ending = '{}'", ending.code()));
        }
        if self.only_public {
            and("case_item.is_public".to_owned());
        }
        if self.contested {
            and("EXISTS (SELECT 1 FROM case_closure WHERE case_closure.case_id = case_item.id \
                 AND case_closure.contested_ms IS NOT NULL)"
                .to_owned());
        }
    }

    /// The search words as a clause: `None` when there are none. A whole number is looked up as one: its parts stand in
    /// every case of the county and of the year.
    pub(super) fn words_clause(&self, conn: &Conn) -> Outcome<Option<search::Clause>> {
        if let Some(number) = CaseNumber::parse(self.words.trim()) {
            let (before, after) = ("case_item.number = ".to_owned(), String::new());
            return Ok(Some(search::Clause { before, text: number.to_string(), after }));
        }
        search::clause(conn, SEARCH, "case_item.id", &self.words)
    }
}

/// A filter as one expression: the text, and the bound words between two more pieces of text.
pub(super) type Expression = SqlLiteral<Bool, UncheckedBind<SqlLiteral<Bool>, AsExprOf<String, Text>>>;

/// The whole filter as one boolean expression for either engine, beside something that names few cases.
pub(super) fn expression(conn: &Conn, filter: &CaseFilter, now: Millis) -> Outcome<Expression> {
    with_words(conn, filter, &filter.sql(now))
}

/// The same for a list, which nothing else narrows.
pub(super) fn listed(conn: &Conn, filter: &CaseFilter, few: &Few, now: Millis) -> Outcome<Expression> {
    with_words(conn, filter, &filter.wide_sql(few, now))
}

fn with_words(conn: &Conn, filter: &CaseFilter, text: &str) -> Outcome<Expression> {
    let (before, words, after) = match filter.words_clause(conn)? {
        Some(c) => (c.before, c.text, c.after),
        // A comparison that always holds keeps one type for both cases.
        None => ("'' = ".to_owned(), String::new(), String::new()),
    };
    Ok(diesel::dsl::sql::<Bool>(&format!("({text} AND {before}"))
        .bind::<Text, _>(words)
        .sql(&format!("{after})")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_scope_shows_nothing() {
        assert_eq!(CaseFilter::default().sql(Millis(0)), "FALSE");
    }

    #[test]
    fn a_whole_number_is_looked_up_and_not_searched_for() {
        for t in ::store::testing::databases(&[]).unwrap() {
            let asked = |words: &str| {
                let filter = CaseFilter { words: words.to_owned(), ..CaseFilter::public() };
                t.db.read_now(move |conn| filter.words_clause(conn)).unwrap().unwrap()
            };
            assert_eq!(asked(" 620602-2026-00250 ").before, "case_item.number = ");
            assert_ne!(asked("2026-00250").before, "case_item.number = ");
        }
    }

    #[test]
    fn open_cases_are_asked_for_beside_each_place_of_a_scope() {
        let touches = [Touch::Place(Level::Town, 4), Touch::Part(7)];
        let scope = ScopeFilter { clauses: touches.map(|touch| access::Clause { touch, unit: 7 }).to_vec() };
        let (open, all) = (scope_sql(&scope, true), scope_sql(&scope, false));
        assert_eq!((open.matches(OPEN).count(), all.matches(OPEN).count()), (2, 0));
    }

    #[test]
    fn everything_that_is_set_must_hold() {
        let filter = CaseFilter {
            stages: vec![Stage::Received],
            holder_units: vec![7, 8],
            created_from: Some(Millis(5)),
            place: Some((Level::Town, 4)),
            ..CaseFilter::public()
        };
        let sql = filter.sql(Millis(0));
        for part in [
            OPEN,
            "stage IN ('received')",
            "holder_unit IN (7, 8)",
            "created_ms >= 5",
            "town_id = 4",
            "is_public",
        ] {
            assert!(sql.contains(part), "{part} in {sql}");
        }
    }
}
