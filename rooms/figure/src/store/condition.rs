//! Conditions: where, when, and what is counted, in a shape that an index answers.

use std::fmt::Write;

use access::Level;
use web::Names;

use super::is_whole;
use crate::model::{Area, Ask, ClockKind, ClockState, Counter, Cut};

/// Stages in which an office has the matter, as the partial indexes have it.
pub(super) const OPEN: &str = "c.stage IN ('received', 'accepted', 'dispatched', 'handling', 'verifying')";
/// The cases alone.
const CASES: &str = "pub_case_item c";
/// From the clocks to their cases. The order of the two is meant: the period is looked up first.
pub(super) const CLOCKS: &str = "pub_case_clock k CROSS JOIN pub_case_item c";
/// From the open cases to the clock that runs.
const OPEN_CLOCKS: &str = "pub_case_item c CROSS JOIN pub_case_clock k";
/// A clock that has run out without what it waits for. One that stands still, or whose more time was asked for or given,
/// is due later by its own row.
const MISSED: &str = "(k.state = 'missed' OR (k.state = 'running' AND k.due_ms < ";

pub(super) fn ids(all: &[i64]) -> String {
    if all.is_empty() {
        return "-1".to_owned();
    }
    all.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}

/// The column of a level.
const fn column(level: Level) -> &'static str {
    match level {
        Level::Country | Level::City => "c.city_id",
        Level::Province => "c.province_id",
        Level::County => "c.county_id",
        Level::Town => "c.town_id",
        Level::Village => "c.village_id",
        Level::Grid => "c.grid_id",
    }
}

/// One area. The cities or the county stand beside it, because the indexes begin with them.
fn area_sql(area: &Area) -> String {
    match area.level {
        _ if is_whole(area) => format!("c.city_id IN ({})", ids(&area.cities)),
        Level::City | Level::County => format!("{} = {}", column(area.level), area.id),
        Level::Country | Level::Province => {
            format!("(c.city_id IN ({}) AND {} = {})", ids(&area.cities), column(area.level), area.id)
        }
        Level::Town | Level::Village | Level::Grid => {
            format!("(c.county_id IN ({}) AND {} = {})", ids(&area.counties), column(area.level), area.id)
        }
    }
}

/// What the person may see, and where was asked for. Nothing without a scope.
pub(super) fn place_sql(ask: &Ask) -> String {
    let scope: Vec<String> = ask.scope.iter().map(area_sql).collect();
    let scope = match scope.len() {
        0 => return "FALSE".to_owned(),
        1 => scope.concat(),
        _ => format!("({})", scope.join(" OR ")),
    };
    match &ask.place {
        Some(place) => format!("{scope} AND {}", area_sql(place)),
        None => scope,
    }
}

/// The counties in which rows of other tables are looked up.
pub(super) fn counties(ask: &Ask) -> String {
    let all = match &ask.place {
        Some(place) => place.counties.clone(),
        None => ask.scope.iter().flat_map(|a| a.counties.iter().copied()).collect(),
    };
    ids(&all)
}

/// What a counter counts rows of, the instant by which it counts, and the row's id.
pub(super) const fn source_of(counter: Counter) -> (&'static str, &'static str, &'static str) {
    match counter {
        Counter::Received | Counter::Filed | Counter::Dispatched => (CASES, "c.created_ms", "c.id"),
        Counter::Open => (CASES, "c.due_ms", "c.id"),
        Counter::Arrears => (OPEN_CLOCKS, "k.due_ms", "k.id"),
        _ => (CLOCKS, "k.due_ms", "k.id"),
    }
}

fn missed(ask: &Ask) -> String {
    format!("{MISSED}{}))", ask.now.0)
}

/// What must hold for a row to be counted, beside the place.
fn counter_sql(counter: Counter, ask: &Ask) -> String {
    let (from, to) = (ask.from.0, ask.to.0);
    let came = format!("c.stage <> 'withdrawn' AND c.created_ms >= {from} AND c.created_ms < {to}");
    let due = format!(
        "k.county_id IN ({}) AND k.kind = 'answer' AND k.due_ms >= {from} AND k.due_ms < {to} AND c.id = k.case_id \
         AND k.state <> 'void' AND c.stage <> 'withdrawn' AND c.accepted_ms IS NOT NULL",
        counties(ask)
    );
    let sent = "EXISTS (SELECT 1 FROM pub_case_dispatch d WHERE d.case_id = c.id)";
    // A clock that was answered and followed by another: the answer did not hold.
    let again = "(k.state IN ('met', 'met_late') AND EXISTS (SELECT 1 FROM pub_case_clock l \
                 WHERE l.case_id = k.case_id AND l.kind = 'answer' AND l.round > k.round))";
    // While this clock ran.
    let within = |at: &str| format!("{at} >= k.start_ms AND (k.ended_ms IS NULL OR {at} <= k.ended_ms)");
    match counter {
        Counter::Received => came,
        Counter::Filed => format!("{came} AND c.accepted_ms IS NOT NULL"),
        Counter::Dispatched => format!("{came} AND c.accepted_ms IS NOT NULL AND {sent}"),
        Counter::Due => due,
        Counter::Done => format!("{due} AND k.state IN ('met', 'met_late') AND k.ended_ms < {to}"),
        Counter::OnTime => format!("{due} AND k.state = 'met' AND k.ended_ms < {to}"),
        Counter::Rework => format!(
            "{due} AND ({again} OR EXISTS (SELECT 1 FROM pub_case_act a WHERE a.case_id = k.case_id \
             AND a.act = 'reject' AND {}))",
            within("a.at_ms")
        ),
        Counter::Extended => format!("{due} AND k.extended_times > 0"),
        Counter::Missed => format!("{due} AND (k.state = 'met_late' OR {})", missed(ask)),
        Counter::Reopened => format!("{due} AND {again}"),
        Counter::Returned => {
            let unit = if ask.unit == 0 { String::new() } else { format!(" AND d.to_unit = {}", ask.unit) };
            format!(
                "{due} AND EXISTS (SELECT 1 FROM pub_case_dispatch d WHERE d.case_id = k.case_id \
                 AND d.ended_by IN ('decline', 'dispute') AND {}{unit})",
                within("d.ended_ms")
            )
        }
        Counter::Arrears => format!(
            "{OPEN} AND k.case_id = c.id AND k.kind = 'answer' AND k.ended_ms IS NULL AND {}",
            missed(ask)
        ),
        Counter::Open => OPEN.to_owned(),
    }
}

/// What the address narrows besides: categories and level.
fn narrowed(ask: &Ask) -> String {
    let mut out = String::new();
    if !ask.categories.is_empty() {
        let _ = write!(out, " AND c.category_id IN ({})", ids(&ask.categories));
    }
    if let Some(level) = ask.level {
        let _ = write!(out, " AND c.level = '{}'", level.code());
    }
    out
}

/// The whole condition of a counter.
pub(super) fn where_of(ask: &Ask, counter: Counter) -> String {
    let mut out = format!("{} AND {}", place_sql(ask), counter_sql(counter, ask));
    if ask.unit != 0 && counter != Counter::Returned {
        let _ = write!(out, " AND c.answer_unit = {}", ask.unit);
    }
    out + &narrowed(ask)
}

/// The state of a clock now: between two acts only time passes.
pub(super) fn state_sql(ask: &Ask) -> String {
    format!("CASE WHEN k.state = 'running' AND k.due_ms < {} THEN 'missed' ELSE k.state END", ask.now.0)
}

/// The whole condition of the clocks that are asked for: those that offices owe, due in the period.
pub(super) fn where_of_clocks(ask: &Ask) -> String {
    let kinds: Vec<&str> = match ask.clock {
        Some(clock) => vec![clock.name()],
        None => ClockKind::ALL.iter().map(|c| c.name()).collect(),
    };
    let mut out = format!(
        "{} AND k.county_id IN ({}) AND k.kind IN ('{}') AND k.due_ms >= {} AND k.due_ms < {} AND c.id = k.case_id",
        place_sql(ask),
        counties(ask),
        kinds.join("', '"),
        ask.from.0,
        ask.to.0
    );
    if let Some(state) = ask.state {
        let _ = match state {
            ClockState::Missed => write!(out, " AND {}", missed(ask)),
            ClockState::Running => write!(out, " AND k.state = 'running' AND k.due_ms >= {}", ask.now.0),
            other => write!(out, " AND k.state = '{}'", other.name()),
        };
    }
    if ask.unit != 0 {
        let _ = write!(out, " AND k.unit_id = {}", ask.unit);
    }
    out + &narrowed(ask)
}

/// The rows after a cursor, in the order that was asked for.
pub(super) fn cut_sql(cut: &Cut, key: &str, id: &str) -> String {
    let (than, way) = if cut.down { ("<", "DESC") } else { (">", "ASC") };
    let mut out = String::new();
    if let Some(base::Cursor { key: k, id: i }) = cut.after {
        let _ = write!(out, " AND ({key} {than} {k} OR ({key} = {k} AND {id} {than} {i}))");
    }
    let _ = write!(out, " ORDER BY {key} {way}, {id} {way} LIMIT {}", cut.size);
    out
}

#[cfg(test)]
mod tests {
    use base::Millis;

    use super::*;

    fn ask(scope: Vec<Area>) -> Ask {
        Ask {
            scope,
            place: None,
            from: Millis(1),
            to: Millis(2),
            now: Millis(3),
            unit: 0,
            categories: Vec::new(),
            level: None,
            clock: None,
            state: None,
        }
    }

    #[test]
    fn without_a_scope_there_is_nothing() {
        assert!(where_of(&ask(Vec::new()), Counter::Received).starts_with("FALSE AND"));
    }

    #[test]
    fn a_place_narrows_the_scope_and_never_widens_it() {
        let county = Area { level: Level::County, id: 4, cities: vec![3], counties: vec![4] };
        let town = Area { level: Level::Town, id: 9, cities: vec![3], counties: vec![5] };
        let asked = Ask { place: Some(town), ..ask(vec![county]) };
        let text = where_of(&asked, Counter::Due);
        assert!(text.starts_with("c.county_id = 4 AND (c.county_id IN (5) AND c.town_id = 9)"), "{text}");
    }
}
