//! The administrator's pages of the routing table (派单规则): the version in force, drafts and former versions, a
//! rule's form, and the trial of a draft with past matters.

mod rule;
mod samples;
mod table;
mod trial;

pub(super) use samples::{present_sample, samples};

use access::{Level, UnitKind};
use base::{Id, MINUTE_MS, Outcome};
use store::Conn;
use territory::Division;
use web::{Need, Opt, Right, Routes, View};

use super::seat::Seat;
use crate::model::{Channel, Level as Rung, RouteDays, RouteRule, RouteWhen};
use crate::store::{route_table, rules_of_table, table_of_rule};

/// Where the labels are.
pub(super) const PREFIX: &str = "case.route";
const ADMIN: Need = Need::Duty("admin");
const KEEPS: &str = "rules of the areas that the post administers; the draft's own version decides";

/// The routes.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/admin/routing", table::present_show)
        .post("/admin/routing", table::draft_begin)
        .get("/admin/routing/tables", table::tables_list)
        .get("/admin/routing/tables/{id}", table::table_show)
        .post("/admin/routing/tables/{id}/order", table::order_change)
        .post("/admin/routing/tables/{id}/publication", table::publication_make)
        .post("/admin/routing/tables/{id}/carrying", table::draft_carry)
        .post("/admin/routing/tables/{id}/dropping", table::draft_drop)
        .get("/admin/routing/tables/{id}/rules/{rule}", rule::rule_show)
        .post("/admin/routing/tables/{id}/rules/{rule}", rule::rule_put)
        .get("/admin/routing/tables/{id}/trial", trial::trial_show)
        .get("/admin/routing/tables/{id}/trial/sheet.xlsx", trial::trial_sheet)
        .get("/admin/routing/tables/{id}/trial/cases", trial::trial_cases)
}

/// The rights.
pub const RIGHTS: &[Right] = &[
    Right::get("/admin/routing", ADMIN, "the routing table in force"),
    Right::post("/admin/routing", ADMIN, "begins a draft, which changes nothing by itself"),
    Right::get("/admin/routing/tables", ADMIN, "former versions and drafts, with who and why"),
    Right::get(
        "/admin/routing/tables/{id}",
        ADMIN,
        "a version with its differences and what is wrong with it",
    ),
    Right::post("/admin/routing/tables/{id}/order", ADMIN, KEEPS),
    Right::post(
        "/admin/routing/tables/{id}/publication",
        ADMIN,
        "publishes over the version shown, or is told who was faster",
    ),
    Right::post(
        "/admin/routing/tables/{id}/carrying",
        ADMIN,
        "puts a draft over what was published meanwhile",
    ),
    Right::post("/admin/routing/tables/{id}/dropping", ADMIN, "gives a draft up"),
    Right::get("/admin/routing/tables/{id}/rules/{rule}", ADMIN, "a rule's form"),
    Right::post("/admin/routing/tables/{id}/rules/{rule}", ADMIN, KEEPS),
    Right::get("/admin/routing/tables/{id}/trial", ADMIN, "counts within the post's places").heavy(),
    Right::get("/admin/routing/tables/{id}/trial/sheet.xlsx", ADMIN, "the same counts as a sheet").heavy(),
    Right::get(
        "/admin/routing/tables/{id}/trial/cases",
        ADMIN,
        "of those counted, the cases that the posts may open",
    ),
];

/// A minute of the day as a clock shows it.
fn clock(minute: i64) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// A minute of the day as it is typed.
fn minute(text: &str) -> Option<i64> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.get(..2)?.parse().ok()?);
    (minute < 60 && (0..=24).contains(&hour) && hour * 60 + minute <= 24 * 60).then_some(hour * 60 + minute)
}

/// When a rule holds, in words; nothing when at any time.
pub(super) fn when_words(v: &View, when: &RouteWhen) -> Vec<String> {
    let mut words = Vec::new();
    words.extend(when.from.map(|t| v.t1("case.route.when_from", "day", v.zone.day(t))));
    words.extend(when.until.map(|t| v.t1("case.route.when_until", "day", v.zone.day(t.plus(-MINUTE_MS)))));
    words.extend(when.minutes.map(|(a, b)| format!("{}–{}", clock(a), clock(b))));
    if when.days != RouteDays::Any {
        words.push(v.t(when.days.key()).into_owned());
    }
    words
}

/// To whom a rule sends, in words.
pub(super) fn target_words(v: &View, seat: &Seat, rule: &RouteRule) -> String {
    if rule.named != 0 {
        return seat.unit(rule.named);
    }
    let unit = &rule.unit;
    let name = if unit.name.is_empty() { v.t(unit.kind.word()).into_owned() } else { unit.name.clone() };
    format!("{} · {name}", v.t(unit.level.key()))
}

/// The rules by which a case was routed, with the instant at which they were published: those of the version in which
/// the rule stands that decided. `None` for a case that no rule decided.
pub(super) fn routed_by(
    conn: &mut Conn,
    rule: i64,
) -> Outcome<Option<(Vec<RouteRule>, Option<base::Millis>)>> {
    if rule == 0 {
        return Ok(None);
    }
    let Some(table) = table_of_rule(conn, rule)? else { return Ok(None) };
    let at = route_table(conn, table)?.and_then(|t| t.publication).map(|p| p.at);
    let rules = rules_of_table(conn, table)?;
    // A table from before versions were kept may have been replaced since.
    Ok(rules.iter().any(|r| r.id == rule).then_some((rules, at)))
}

/// The divisions for which somebody can keep rules: the root of the own scope and two levels below it.
fn areas(seat: &Seat) -> Vec<Opt> {
    let root = seat.root();
    let mut tops: Vec<Id<Division>> = match root.level {
        Level::Country => seat.atlas.children(None).map(|e| e.id).collect(),
        _ => vec![Id::of(root.id)],
    };
    // A country of one province with one city begins where it branches.
    while let [only] = tops[..] {
        let below: Vec<Id<Division>> = seat.atlas.children(Some(only)).map(|e| e.id).collect();
        if below.len() != 1 {
            break;
        }
        tops = below;
    }
    let mut all = Vec::new();
    for top in tops {
        all.push(Opt::new(top, seat.atlas.name(top)));
        for child in seat.atlas.children(Some(top)) {
            all.push(Opt::new(child.id, format!("　{}", child.name)));
            let under = seat.atlas.children(Some(child.id));
            all.extend(under.map(|e| Opt::new(e.id, format!("　　{}", e.name))));
        }
    }
    all
}

fn channels(v: &View) -> Vec<Opt> {
    Channel::ALL.iter().map(|c| Opt::new(c.code(), v.t(c.key()).into_owned())).collect()
}

fn days(v: &View) -> Vec<Opt> {
    RouteDays::ALL.iter().map(|d| Opt::new(d.code(), v.t(d.key()).into_owned())).collect()
}

fn kinds(v: &View) -> Vec<Opt> {
    UnitKind::ALL.iter().map(|k| Opt::new(k.code(), v.t(k.word()).into_owned())).collect()
}

fn levels(v: &View) -> Vec<Opt> {
    Rung::ALL.iter().map(|l| Opt::new(l.code(), v.t(l.key()).into_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_read_as_it_is_shown() {
        for m in [0, 1, 599, 1439, 1440] {
            assert_eq!(minute(&clock(m)), Some(m));
        }
        for bad in ["", "8", "25:00", "24:30", "08:60", "a:b", "-1:00"] {
            assert_eq!(minute(bad), None, "{bad}");
        }
        assert_eq!(minute("08:30:00"), Some(510), "a browser may send seconds");
    }
}
