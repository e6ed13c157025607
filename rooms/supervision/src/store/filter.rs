//! One filter for the list, its counts, the figures and the sheet, so that every number opens the rows that it counts. It is
//! a text of column names, closed words and whole numbers; the only thing a person typed, the search words, is bound.

use std::fmt::Write;

use access::{Level as Rung, ScopeFilter, Touch};
use base::{Cursor, Millis, Outcome, Page};
use diesel::{dsl::sql, prelude::*, sql_query, sql_types};
use store::{Conn, on};

use super::entries::EntryRow;
use super::tables::supervision_entry;
use crate::model::{Entry, Level, Stage};

/// How an entry stands against its time limit, as a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Overdue now.
    Overdue,
    /// Amber or red, not yet over.
    Warned,
    /// An extension waits for its decision.
    Asked,
}

/// Which entries (查询条件). Everything that is set must hold; the scope always must.
#[derive(Debug, Clone, Default)]
pub struct EntryFilter {
    /// What the person may see. Empty means nothing, never everything.
    pub scope: ScopeFilter,
    /// In one of these stages; empty = any.
    pub stages: Vec<Stage>,
    /// Standing like this against the time limit.
    pub clock: Option<Standing>,
    /// Listed by this level.
    pub level: Option<Level>,
    /// The responsible unit.
    pub unit: Option<i64>,
    /// The responsible leader's post.
    pub leader_post: Option<i64>,
    /// Of one of these categories; empty = any.
    pub categories: Vec<i64>,
    /// In this division.
    pub place: Option<(Rung, i64)>,
    /// Listed at or after.
    pub listed_from: Option<Millis>,
    /// Listed before.
    pub listed_before: Option<Millis>,
    /// Words in the title, or a number.
    pub words: String,
}

impl EntryFilter {
    /// Everything in a scope.
    pub fn within(scope: ScopeFilter) -> Self {
        Self { scope, ..Self::default() }
    }
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EntryOrder {
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

/// The column of a rung in a table that has a place.
fn place_column(table: &str, rung: Rung) -> Option<String> {
    let name = match rung {
        Rung::Country => return None,
        Rung::Province => "province_id",
        Rung::City => "city_id",
        Rung::County => "county_id",
        Rung::Town => "town_id",
        Rung::Village => "village_id",
        Rung::Grid => "grid_id",
    };
    Some(format!("{table}.{name}"))
}

/// A scope as SQL over a table with a place; `FALSE` for an empty one. `holder` are the columns of the unit that answers, `parts`
/// those of units that have a part; an id of zero means "none" and matches nothing.
pub(super) fn scope_sql(
    scope: &ScopeFilter,
    table: &str,
    holder: &[&str],
    parts: &[&str],
    part_in: &str,
) -> String {
    let mut each: Vec<String> = Vec::new();
    for clause in &scope.clauses {
        match clause.touch {
            Touch::Anything | Touch::Place(Rung::Country, _) => return "TRUE".to_owned(),
            Touch::Place(_, 0) | Touch::Holder(0) | Touch::Part(0) | Touch::Own(_) => {}
            Touch::Place(rung, id) => {
                each.extend(place_column(table, rung).map(|column| format!("{column} = {id}")));
            }
            Touch::Holder(unit) => each.extend(holder.iter().map(|c| format!("{table}.{c} = {unit}"))),
            Touch::Part(unit) => {
                each.extend(holder.iter().chain(parts).map(|c| format!("{table}.{c} = {unit}")));
                if !part_in.is_empty() {
                    each.push(part_in.replace("{unit}", &unit.to_string()));
                }
            }
        }
    }
    each.sort_unstable();
    each.dedup();
    if each.is_empty() { "FALSE".to_owned() } else { format!("({})", each.join(" OR ")) }
}

fn codes(stages: &[Stage]) -> String {
    stages.iter().map(|s| format!("'{}'", s.code())).collect::<Vec<_>>().join(", ")
}

fn ids(all: &[i64]) -> String {
    all.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}

/// The same as `rules::light` is over, amber or red.
fn clock_is(clock: Standing, now: Millis) -> String {
    let working = codes(Stage::WORKING);
    let now = now.0;
    match clock {
        Standing::Overdue => {
            format!("supervision_entry.stage IN ({working}) AND supervision_entry.late_ms < {now}")
        }
        Standing::Warned => format!(
            "supervision_entry.stage IN ({working}) AND supervision_entry.amber_ms <= {now} AND supervision_entry.due_ms >= {now}"
        ),
        Standing::Asked => format!("supervision_entry.stage IN ({working}) AND supervision_entry.is_asked"),
    }
}

impl EntryFilter {
    /// Everything but the search words, as SQL.
    pub(super) fn sql(&self, now: Millis) -> String {
        let mut out =
            scope_sql(&self.scope, "supervision_entry", &["unit_id"], &["list_unit", "by_unit"], "");
        let mut and = |text: String| {
            let _ = write!(out, " AND {text}");
        };
        if !self.stages.is_empty() {
            and(format!("supervision_entry.stage IN ({})", codes(&self.stages)));
        }
        if let Some(clock) = self.clock {
            and(clock_is(clock, now));
        }
        if let Some(level) = self.level {
            and(format!("supervision_entry.level = '{}'", level.code()));
        }
        if !self.categories.is_empty() {
            and(format!("supervision_entry.category_id IN ({})", ids(&self.categories)));
        }
        for (text, value) in [
            ("unit_id =", self.unit),
            ("leader_post =", self.leader_post),
            ("listed_ms >=", self.listed_from.map(|t| t.0)),
            ("listed_ms <", self.listed_before.map(|t| t.0)),
        ] {
            if let Some(value) = value {
                and(format!("supervision_entry.{text} {value}"));
            }
        }
        if let Some((rung, id)) = self.place
            && let Some(column) = place_column("supervision_entry", rung)
        {
            and(format!("{column} <> 0 AND {column} = {id}"));
        }
        out
    }

    /// The search words as a pattern; everything when there are none.
    fn pattern(&self) -> String {
        let words: String = self.words.chars().filter(|c| !matches!(c, '%' | '_' | '\\')).collect();
        format!("%{}%", words.trim())
    }
}

/// Which entries meet the filter? At most `size` rows after the cursor.
pub fn entries(
    conn: &mut Conn,
    filter: &EntryFilter,
    order: EntryOrder,
    after: Option<Cursor>,
    size: usize,
    now: Millis,
) -> Outcome<Page<Entry>> {
    if filter.scope.is_empty() {
        return Ok(Page { rows: Vec::new(), next: None });
    }
    let (key, sign, way) = match order {
        EntryOrder::DueFirst => ("supervision_entry.due_ms", ">", "ASC"),
        EntryOrder::DueLast => ("supervision_entry.due_ms", "<", "DESC"),
        EntryOrder::NewestFirst => ("supervision_entry.created_ms", "<", "DESC"),
        EntryOrder::OldestFirst => ("supervision_entry.created_ms", ">", "ASC"),
    };
    let more = after.map_or(String::new(), |c| {
        format!(" AND ({key}, supervision_entry.id) {sign} ({}, {})", c.key, c.id)
    });
    let text = format!("({}{more} AND (supervision_entry.title LIKE ", filter.sql(now));
    let pattern = filter.pattern();
    let sort = format!("{key} {way}, supervision_entry.id {way}");
    let rows: Vec<EntryRow> = on!(conn, c => supervision_entry::table
        .filter(sql::<sql_types::Bool>(&text)
            .bind::<sql_types::Text, _>(&pattern)
            .sql(" OR supervision_entry.number LIKE ")
            .bind::<sql_types::Text, _>(&pattern)
            .sql("))"))
        .order(sql::<sql_types::Bool>(&sort))
        .limit(size as i64 + 1)
        .select(EntryRow::as_select())
        .load(c))?;
    let by_due = matches!(order, EntryOrder::DueFirst | EntryOrder::DueLast);
    let rows = rows.into_iter().map(Entry::from).collect();
    Ok(Page::from_extra(rows, size, |e: &Entry| Cursor {
        key: if by_due { e.marks.due.0 } else { e.created.0 },
        id: e.id.raw(),
    }))
}

/// How many entries stand where (各状态件数).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(Vec<(Stage, bool, i64)>);

impl Counts {
    /// In one of these stages; none named = in all.
    pub fn of(&self, stages: &[Stage]) -> i64 {
        self.0.iter().filter(|(s, ..)| stages.is_empty() || stages.contains(s)).map(|(.., n)| n).sum()
    }

    /// Overdue now.
    pub fn overdue(&self) -> i64 {
        self.0.iter().filter(|(_, late, _)| *late).map(|(.., n)| n).sum()
    }
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = sql_types::Text)]
    stage: String,
    #[diesel(sql_type = sql_types::BigInt)]
    late: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    n: i64,
}

/// How many entries of the filter stand in each stage, and how many of them are overdue?
pub fn tab_counts(conn: &mut Conn, filter: &EntryFilter, now: Millis) -> Outcome<Counts> {
    if filter.scope.is_empty() {
        return Ok(Counts::default());
    }
    let late = clock_is(Standing::Overdue, now);
    let text = format!(
        "SELECT supervision_entry.stage AS stage, CAST(CASE WHEN {late} THEN 1 ELSE 0 END AS BIGINT) AS late, COUNT(*) AS n \
         FROM supervision_entry WHERE {} AND (supervision_entry.title LIKE $1 OR supervision_entry.number LIKE $1) GROUP BY 1, 2",
        filter.sql(now)
    );
    let pattern = filter.pattern();
    let rows: Vec<CountRow> = on!(conn, c => sql_query(&text).bind::<sql_types::Text, _>(&pattern).load(c))?;
    Ok(Counts(rows.into_iter().filter_map(|r| Some((Stage::parse(&r.stage)?, r.late != 0, r.n))).collect()))
}

/// Who answers for entries of this scope: leaders' posts with who holds them, and units.
pub fn responsible_in(conn: &mut Conn, scope: &ScopeFilter) -> Outcome<Vec<(i64, i64, i64)>> {
    if scope.is_empty() {
        return Ok(Vec::new());
    }
    let of_scope = EntryFilter::within(scope.clone()).sql(Millis(0));
    let text = format!("({of_scope} AND supervision_entry.leader_post <> 0)");
    Ok(on!(conn, c => supervision_entry::table
        .filter(sql::<sql_types::Bool>(&text))
        .select((
            supervision_entry::leader_post,
            supervision_entry::leader_account,
            supervision_entry::unit_id,
        ))
        .distinct()
        .load(c))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_scope_shows_nothing() {
        assert_eq!(EntryFilter::default().sql(Millis(0)), "FALSE");
    }

    #[test]
    fn everything_that_is_set_must_hold() {
        let clause = access::Clause { touch: Touch::Part(9), unit: 9 };
        let filter = EntryFilter {
            stages: vec![Stage::Listed],
            level: Some(Level::County),
            unit: Some(7),
            clock: Some(Standing::Overdue),
            ..EntryFilter::within(ScopeFilter { clauses: vec![clause] })
        };
        let text = filter.sql(Millis(5));
        for part in ["by_unit = 9", "stage IN ('listed')", "level = 'county'", "unit_id = 7", "late_ms < 5"] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
