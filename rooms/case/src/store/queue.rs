//! Lists of cases: the queue, its counts, the public list, the export.

use base::{Cursor, Id, Millis, Outcome, Page, Upto};
use diesel::{prelude::*, sql_query, sql_types};
use store::{Conn, on};

use super::filter::{CaseFilter, Few, clock_sql, expression, listed};
use super::tables::case_item;
use crate::model::{Case, Channel, ClockState, Ending, Holder, Level, Stage};
use crate::rules::clock::clock_state;

/// In which order (排序).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QueueOrder {
    /// Soonest due first.
    #[default]
    DueFirst,
    /// Latest due first.
    DueLast,
    /// Newest first.
    NewestFirst,
    /// Oldest first.
    OldestFirst,
}

impl QueueOrder {
    /// As SQL.
    fn sql(self) -> String {
        let (key, _, direction) = self.terms("case_item.created_ms");
        format!("{key} {direction}, case_item.id {direction}")
    }

    /// The column of the order where a case's coming in is `created`, the sign of "after" and the direction.
    pub(super) fn terms(self, created: &str) -> (&str, &'static str, &'static str) {
        match self {
            Self::DueFirst => ("case_item.due_ms", ">", "ASC"),
            Self::DueLast => ("case_item.due_ms", "<", "DESC"),
            Self::NewestFirst => (created, "<", "DESC"),
            Self::OldestFirst => (created, ">", "ASC"),
        }
    }

    /// The order of a file with these rows. An index gives the rows of one stage by their due time, but those of
    /// several only by when they came: sorted anew for each part, a million rows would take hours.
    pub fn of_file(self, filter: &CaseFilter) -> Self {
        match self {
            _ if filter.stages.len() == 1 => self,
            Self::DueFirst | Self::OldestFirst => Self::OldestFirst,
            Self::DueLast | Self::NewestFirst => Self::NewestFirst,
        }
    }
}

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueRow {
    /// The case.
    pub id: Id<Case>,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub stage: Stage,
    /// The level that answers.
    pub level: Level,
    /// Its category.
    pub category: i64,
    /// How it came in.
    pub channel: Channel,
    /// The county.
    pub county: i64,
    /// The town; 0 = not known.
    pub town: i64,
    /// The village; 0 = not known.
    pub village: i64,
    /// The grid; 0 = not known.
    pub grid: i64,
    /// Who must act now.
    pub holder: Holder,
    /// When the answer is due.
    pub due: Millis,
    /// When it came in.
    pub created: Millis,
    /// When it was last closed.
    pub closed: Option<Millis>,
    /// How it ended.
    pub ending: Option<Ending>,
    /// Its version, for acts from the list.
    pub version: i64,
    /// How many said "me too".
    pub metoo_count: i64,
    /// How it stands against the deadline.
    pub clock: ClockState,
}

/// A line as selected. Column by column, because a list needs neither the text nor the unit history.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = case_item)]
struct LineRow {
    id: i64,
    number: String,
    title: String,
    stage: String,
    level: String,
    category_id: i64,
    channel: String,
    county_id: i64,
    town_id: i64,
    village_id: i64,
    grid_id: i64,
    holder_unit: i64,
    holder_account: i64,
    due_ms: i64,
    created_ms: i64,
    closed_ms: Option<i64>,
    ending: Option<String>,
    version: i64,
    metoo_count: i64,
}

impl LineRow {
    fn row(self, now: Millis) -> QueueRow {
        let stage = Stage::parse(&self.stage).unwrap_or(Stage::Received);
        let (due, closed) = (Millis(self.due_ms), self.closed_ms.map(Millis));
        QueueRow {
            id: Id::of(self.id),
            number: self.number,
            title: self.title,
            stage,
            level: Level::parse(&self.level).unwrap_or(Level::Town),
            category: self.category_id,
            channel: Channel::parse(&self.channel).unwrap_or(Channel::Web),
            county: self.county_id,
            town: self.town_id,
            village: self.village_id,
            grid: self.grid_id,
            holder: Holder { unit: self.holder_unit, account: self.holder_account },
            due,
            created: Millis(self.created_ms),
            closed,
            ending: self.ending.as_deref().and_then(Ending::parse),
            version: self.version,
            metoo_count: self.metoo_count,
            clock: clock_state(stage, due, closed, now),
        }
    }
}

/// Which cases meet the filter? At most `size` rows after the cursor.
pub fn queue(
    conn: &mut Conn,
    filter: &CaseFilter,
    order: QueueOrder,
    after: Option<Cursor>,
    size: usize,
    now: Millis,
) -> Outcome<Page<QueueRow>> {
    if filter.scope.is_empty() {
        return Ok(Page { rows: Vec::new(), next: None });
    }
    let few = Few { order: Some(order), after, most: Some(size + 1) };
    let condition = listed(conn, filter, &few, now)?;
    let rows: Vec<LineRow> = on!(conn, c => case_item::table
        .filter(condition)
        .order(diesel::dsl::sql::<sql_types::Bool>(&order.sql()))
        .limit(size as i64 + 1)
        .select(LineRow::as_select())
        .load(c))?;
    let by_due = matches!(order, QueueOrder::DueFirst | QueueOrder::DueLast);
    let rows = rows.into_iter().map(|r| r.row(now)).collect();
    Ok(Page::from_extra(rows, size, |r: &QueueRow| Cursor {
        key: if by_due { r.due.0 } else { r.created.0 },
        id: r.id.raw(),
    }))
}

/// How many cases stand where (各状态件数), for the tabs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    open: Vec<(Stage, ClockState, i64)>,
    closed: Upto,
    over: Upto,
}

impl Counts {
    /// In an open stage.
    pub fn stage(&self, stage: Stage) -> i64 {
        self.sum(|s, _| s == stage)
    }

    /// Open and standing like this against the deadline.
    pub fn clock(&self, clock: ClockState) -> i64 {
        self.sum(|_, c| c == clock)
    }

    /// In any open stage.
    pub fn open(&self) -> i64 {
        self.sum(|_, _| true)
    }

    /// Closed and not confirmed yet.
    pub fn closed(&self) -> Upto {
        self.closed
    }

    /// In all.
    pub fn all(&self) -> Upto {
        self.over.plus(Upto::exactly(self.open()))
    }

    /// Those open ones for which `holds`.
    pub fn sum(&self, holds: impl Fn(Stage, ClockState) -> bool) -> i64 {
        self.open.iter().filter(|(s, c, _)| holds(*s, *c)).map(|(_, _, n)| n).sum()
    }
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = sql_types::Text)]
    stage: String,
    #[diesel(sql_type = sql_types::Text)]
    clock: String,
    #[diesel(sql_type = sql_types::BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = sql_types::BigInt)]
    n: i64,
}

/// The same filter over those of its stages for which `holds`; `None` when it asks for none of them.
fn narrowed(filter: &CaseFilter, holds: impl Fn(Stage) -> bool) -> Option<CaseFilter> {
    let asked = if filter.stages.is_empty() { Stage::ALL } else { &filter.stages[..] };
    let stages: Vec<Stage> = asked.iter().copied().filter(|s| holds(*s)).collect();
    (!stages.is_empty()).then(|| CaseFilter { stages, ..filter.clone() })
}

/// How many open cases of the filter stand in each stage and clock state, and how many are over? Search words count too.
pub fn tab_counts(conn: &mut Conn, filter: &CaseFilter, now: Millis) -> Outcome<Counts> {
    let mut counts = Counts::default();
    if filter.scope.is_empty() {
        return Ok(counts);
    }
    if let Some(open) = narrowed(filter, Stage::is_open) {
        let (condition, bound) = grouped_where(conn, &open, &Few::default(), now)?;
        let text = format!(
            "SELECT case_item.stage AS stage, {} AS clock, COUNT(*) AS n FROM case_item WHERE {condition} GROUP BY 1, 2",
            clock_sql(now)
        );
        let rows: Vec<CountRow> = on!(conn, c => sql_query(text).bind::<sql_types::Text, _>(&bound).load(c))?;
        let known = |r: CountRow| Some((Stage::parse(&r.stage)?, ClockState::parse(&r.clock)?, r.n));
        counts.open = rows.into_iter().filter_map(known).collect();
    }
    if let Some(closed) = narrowed(filter, |s| s == Stage::Closed) {
        // Those that nobody has confirmed yet are among the last ones.
        counts.closed = count(conn, &closed, &most(Some(QueueOrder::NewestFirst)), now).map(Upto::of)?;
    }
    if let Some(over) = narrowed(filter, |s| !s.is_open()) {
        counts.over = count_up(conn, &over, now)?;
    }
    Ok(counts)
}

/// How many rows of a filter, as far as a tab counts?
pub fn count_up(conn: &mut Conn, filter: &CaseFilter, now: Millis) -> Outcome<Upto> {
    count(conn, filter, &most(None), now).map(Upto::of)
}

/// As many as a tab counts, and one.
fn most(order: Option<QueueOrder>) -> Few {
    Few { order, after: None, most: Some(Upto::MOST as usize + 1) }
}

/// How many rows of a filter, to the last one? For programs; a page asks [`tab_counts`].
pub fn count_all(conn: &mut Conn, filter: &CaseFilter, now: Millis) -> Outcome<i64> {
    count(conn, filter, &Few::default(), now)
}

fn count(conn: &mut Conn, filter: &CaseFilter, few: &Few, now: Millis) -> Outcome<i64> {
    if filter.scope.is_empty() {
        return Ok(0);
    }
    let (condition, bound) = grouped_where(conn, filter, few, now)?;
    let stop = few.stop();
    let text =
        format!("SELECT COUNT(*) AS n FROM (SELECT 1 FROM case_item WHERE {condition}{stop}) AS counted");
    let row: Number = on!(conn, c => sql_query(text).bind::<sql_types::Text, _>(&bound).get_result(c))?;
    Ok(row.n)
}

/// The filter as the text of a `WHERE` with one bound place, `$1`, for the search words; `few` as for
/// [`CaseFilter::wide_sql`].
pub(super) fn grouped_where(
    conn: &Conn,
    filter: &CaseFilter,
    few: &Few,
    now: Millis,
) -> Outcome<(String, String)> {
    let text = filter.wide_sql(few, now);
    Ok(match filter.words_clause(conn)? {
        Some(c) => (format!("{text} AND {}$1{}", c.before, c.after), c.text),
        None => (format!("{text} AND '' = $1"), String::new()),
    })
}

/// The case, if it is in this scope.
pub fn case_in_scope(conn: &mut Conn, id: Id<Case>, scope: &access::ScopeFilter) -> Outcome<Option<Case>> {
    let condition = expression(conn, &CaseFilter::within(scope.clone()), Millis(0))?;
    let found: Option<i64> = on!(conn, c => case_item::table
        .filter(case_item::id.eq(id.raw()))
        .filter(condition)
        .select(case_item::id)
        .first(c)
        .optional())?;
    match found {
        Some(_) => super::case_by_id(conn, id),
        None => Ok(None),
    }
}
