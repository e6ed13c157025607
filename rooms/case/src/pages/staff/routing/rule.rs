//! A rule's form: its conditions, where it sends, and why, in words that are shown with every case.

use access::{Unit, UnitKind};
use askama::Template;
use axum::extract::{Path, State};
use base::{Id, Invalid, Outcome, Stop};
use jiff::{ToSpan, civil::Date};
use serde::Deserialize;
use territory::Division;
use web::{Answer, Fields, Form, Opt, Site, View, Who, go_saying, page};

use super::super::seat::Seat;
use super::{PREFIX, areas, channels, clock, days, kinds, levels, minute};
use crate::deeds;
use crate::model::{
    Category, Channel, Level, NewRule, RouteDays, RouteRule, RouteTable, RouteWhen, UnitPick,
};
use crate::store::{Desk, route_table, rules_of_table};

/// The last part of the address of a rule that is not there yet.
const NEW: &str = "new";

#[derive(Template)]
#[template(path = "case/staff/routing/rule.html")]
pub(super) struct RulePage {
    pub v: View,
    pub f: Fields,
    pub table: String,
    pub rule: String,
    pub code: String,
    pub categories: Vec<Opt>,
    pub areas: Vec<Opt>,
    pub channels: Vec<Opt>,
    pub days: Vec<Opt>,
    pub kinds: Vec<Opt>,
    pub levels: Vec<Opt>,
    pub units: Vec<Opt>,
}

fn draw(v: &View, seat: &Seat, (table, rule): (Id<RouteTable>, &str), code: &str, f: Fields) -> RulePage {
    let mut areas = areas(seat);
    let place = f.value("place").to_owned();
    if !place.is_empty()
        && !areas.iter().any(|o| o.value == place)
        && let Ok(id) = place.parse::<Id<Division>>()
    {
        areas.push(Opt::new(id, seat.path(id.raw())));
    }
    RulePage {
        table: table.to_string(),
        rule: rule.to_owned(),
        code: code.to_owned(),
        categories: categories(v, seat, f.value("category")),
        areas,
        channels: channels(v),
        days: days(v),
        kinds: kinds(v),
        levels: levels(v),
        units: units(seat),
        v: v.clone(),
        f,
    }
}

/// Headings and leaves that may be chosen now; the one that stands in the form stays, ended or not.
fn categories(v: &View, seat: &Seat, chosen: &str) -> Vec<Opt> {
    let id = |c: &Category| Id::<Category>::of(c.id).to_string();
    let label = |c: &Category| {
        let deep = seat.catalogue.lineage(c.id).len().saturating_sub(1);
        format!("{}{} {}", "　".repeat(deep), c.code, c.name)
    };
    let all = seat.catalogue.categories().filter(|c| c.is_valid(v.now) || id(c) == chosen);
    all.map(|c| Opt::new(id(c), label(c))).collect()
}

/// The units that can be named: those of the own places, without the committees, which a rule means by their kind.
fn units(seat: &Seat) -> Vec<Opt> {
    let root = seat.root();
    let mut all: Vec<&Unit> = seat
        .catalogue
        .units
        .standing()
        .filter(|u| u.kind != UnitKind::Committee)
        .filter(|u| root.holds(&u.place) || u.place.as_scope().level < root.level)
        .collect();
    all.sort_unstable_by(|a, b| {
        (&a.place.as_scope().level, &a.name).cmp(&(&b.place.as_scope().level, &b.name))
    });
    all.into_iter().map(|u| Opt::new(u.id, &u.name)).collect()
}

fn filled(v: &View, revision: i64, r: &RouteRule) -> Fields {
    let mut f = Fields::blank(v, PREFIX).fill("revision", revision);
    let mut put = |name: &str, value: String| f = f.clone().fill(name, value);
    if r.category != 0 {
        put("category", Id::<Category>::of(r.category).to_string());
    }
    if r.place != 0 {
        put("place", Id::<Division>::of(r.place).to_string());
    }
    if let Some(channel) = r.channel {
        put("channel", channel.code().to_owned());
    }
    if let Some(from) = r.when.from {
        put("from", v.zone.day(from).to_string());
    }
    if let Some(until) = r.when.until {
        put("until", v.zone.day(until.plus(-1)).to_string());
    }
    if let Some((from, until)) = r.when.minutes {
        put("minute_from", clock(from));
        put("minute_until", clock(until));
    }
    put("days", r.when.days.code().to_owned());
    if r.named == 0 {
        put("unit_kind", r.unit.kind.code().to_owned());
        put("unit_name", r.unit.name.clone());
        put("unit_level", r.unit.level.code().to_owned());
    } else {
        put("unit", Id::<Unit>::of(r.named).to_string());
    }
    put("why", r.why.clone());
    f
}

/// The rule of an address with its table; none for a new one.
async fn find(site: &Site, table: Id<RouteTable>, rule: &str) -> Outcome<(RouteTable, Option<RouteRule>)> {
    let wanted = match rule {
        NEW => None,
        text => Some(text.parse::<Id<RouteRule>>().map_err(|_| base::Refusal::not_found())?.raw()),
    };
    let (found, rules) = site
        .db
        .read(move |conn| Ok((route_table(conn, table.raw())?, rules_of_table(conn, table.raw())?)))
        .await?;
    let found = found.ok_or_else(base::Refusal::not_found)?;
    let rule = match wanted {
        None => None,
        Some(id) => Some(rules.into_iter().find(|r| r.id == id).ok_or_else(base::Refusal::not_found)?),
    };
    Ok((found, rule))
}

pub(in super::super) async fn rule_show(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path((id, rule)): Path<(Id<RouteTable>, String)>,
) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let (table, found) = find(&site, id, &rule).await?;
    let f = match &found {
        Some(r) => filled(&v, table.revision, r),
        None => {
            Fields::blank(&v, PREFIX).fill("revision", table.revision).fill("days", RouteDays::Any.code())
        }
    };
    page(&draw(&v, &seat, (id, &rule), found.as_ref().map_or("", |r| &r.code), f))
}

/// A rule as typed.
#[derive(Deserialize)]
pub(in super::super) struct RuleForm {
    revision: i64,
    category: Option<Id<Category>>,
    place: Option<Id<Division>>,
    channel: Option<Channel>,
    from: Option<Date>,
    until: Option<Date>,
    #[serde(default)]
    minute_from: String,
    #[serde(default)]
    minute_until: String,
    days: RouteDays,
    #[serde(default)]
    unit_kind: String,
    #[serde(default)]
    unit_name: String,
    unit_level: Option<Level>,
    unit: Option<Id<Unit>>,
    why: String,
}

impl RuleForm {
    fn rule(self, v: &View) -> Outcome<(i64, NewRule)> {
        let mut invalid = Invalid::default();
        let minutes = match (self.minute_from.trim(), self.minute_until.trim()) {
            ("", "") => None,
            (from, until) => {
                let (from, until) = (minute(from), minute(until));
                if from.is_none() {
                    invalid.push("minute_from", "case.field.route_minute");
                }
                if until.is_none() {
                    invalid.push("minute_until", "case.field.route_minute");
                }
                from.zip(until)
            }
        };
        let unit = match (UnitKind::parse(&self.unit_kind), self.unit_level) {
            (Some(kind), Some(level)) => {
                Some(UnitPick { kind, name: self.unit_name.trim().to_owned(), level })
            }
            (Some(_), None) if self.unit.is_none() => {
                invalid.push("unit_level", "form.choose");
                None
            }
            _ => None,
        };
        if unit.is_some() && self.unit.is_some() {
            invalid.push("unit", "case.field.route_two_units");
        }
        let until = self.until.and_then(|day| day.checked_add(1.day()).ok());
        let new = NewRule {
            category: self.category.map_or(0, Id::raw),
            place: self.place.map_or(0, Id::raw),
            channel: self.channel,
            when: RouteWhen {
                from: self.from.map(|day| v.zone.start_of(day)),
                until: until.map(|day| v.zone.start_of(day)),
                minutes,
                days: self.days,
            },
            unit,
            named: self.unit.map_or(0, Id::raw),
            why: self.why,
        };
        invalid.or((self.revision, new))
    }
}

pub(in super::super) async fn rule_put(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path((id, rule)): Path<(Id<RouteTable>, String)>,
    form: Form<RuleForm>,
) -> Answer {
    let done = async {
        let (revision, new) = form.read()?.rule(&v)?;
        let (_, old) = find(&site, id, &rule).await?;
        let (person, now, ground) = (access::person_of(&who)?, v.now, site.get::<Desk>()?.now());
        let old = old.map(|r| r.id);
        let put = site.db.write(move |tx| {
            deeds::put_rule_in_draft(tx, &ground, &person, now, (id, revision), old, new.clone())
        });
        put.await?;
        Ok::<(), Stop>(())
    };
    match done.await {
        Ok(()) => go_saying(format!("/admin/routing/tables/{id}"), "case.route.said_put"),
        Err(stop) => {
            let seat = Seat::of(&site, &who)?;
            form.again(&v, PREFIX, stop, |f| draw(&v, &seat, (id, &rule), "", f))
        }
    }
}
