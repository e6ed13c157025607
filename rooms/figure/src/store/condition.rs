//! Conditions: where, when, and what is counted, in a shape that an index answers.

use std::fmt::Write;

use access::Level;

use super::is_whole;
use crate::model::{Area, Ask, Counter};

/// Stages in which an office has the matter.
const OPEN: &str = "c.stage IN ('received', 'accepted', 'dispatched', 'handling', 'verifying')";
/// Stages after an answer.
const ANSWERED: &str = "c.stage IN ('closed', 'confirmed')";
/// Open and answered ones: not those that went back to the sender.
const LIVE: &str =
    "c.stage IN ('received', 'accepted', 'dispatched', 'handling', 'verifying', 'closed', 'confirmed')";

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

/// Which rows a counter looks among: the period by which it counts.
pub(super) fn base_of(counter: Counter) -> &'static str {
    match counter {
        Counter::Received | Counter::Filed | Counter::Dispatched => "c.created_ms",
        _ => "c.due_ms",
    }
}

/// What must hold for a case to be counted, beside the place.
fn counter_sql(counter: Counter, ask: &Ask) -> String {
    let (from, to, now) = (ask.from.0, ask.to.0, ask.now.0);
    let came = format!("c.stage <> 'withdrawn' AND c.created_ms >= {from} AND c.created_ms < {to}");
    let due = format!("{LIVE} AND c.due_ms >= {from} AND c.due_ms < {to} AND c.accepted_ms IS NOT NULL");
    let done = format!("{due} AND {ANSWERED} AND c.closed_ms < {to}");
    let act = |kinds: &str| {
        format!("EXISTS (SELECT 1 FROM pub_case_act a WHERE a.case_id = c.id AND a.act IN ({kinds}))")
    };
    let sent = "EXISTS (SELECT 1 FROM pub_case_dispatch d WHERE d.case_id = c.id)";
    match counter {
        Counter::Received => came,
        Counter::Filed => format!("{came} AND c.accepted_ms IS NOT NULL"),
        Counter::Dispatched => format!("{came} AND c.accepted_ms IS NOT NULL AND {sent}"),
        Counter::Due => due,
        Counter::Done => done,
        Counter::OnTime => format!("{done} AND c.closed_ms <= c.due_ms"),
        Counter::Rework => format!("{due} AND {}", act("'reject', 'contest', 'reopen'")),
        Counter::Extended => format!("{due} AND {}", act("'extend'")),
        Counter::Missed => {
            format!("{due} AND (({ANSWERED} AND c.closed_ms > c.due_ms) OR ({OPEN} AND c.due_ms < {now}))")
        }
        Counter::Reopened => format!("{due} AND {}", act("'contest', 'reopen'")),
        Counter::Returned => {
            let unit = if ask.unit == 0 { String::new() } else { format!(" AND d.to_unit = {}", ask.unit) };
            format!(
                "{due} AND EXISTS (SELECT 1 FROM pub_case_dispatch d WHERE d.case_id = c.id \
                 AND d.ended_by = 'decline'{unit})"
            )
        }
        Counter::Arrears => format!("{OPEN} AND c.due_ms < {now}"),
        Counter::Open => OPEN.to_owned(),
    }
}

/// The whole condition of a counter.
pub(super) fn where_of(ask: &Ask, counter: Counter) -> String {
    let mut out = format!("{} AND {}", place_sql(ask), counter_sql(counter, ask));
    if ask.unit != 0 && counter != Counter::Returned {
        let _ = write!(out, " AND c.answer_unit = {}", ask.unit);
    }
    if !ask.categories.is_empty() {
        let _ = write!(out, " AND c.category_id IN ({})", ids(&ask.categories));
    }
    if let Some(level) = ask.level {
        let _ = write!(out, " AND c.level = '{}'", level.code());
    }
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
