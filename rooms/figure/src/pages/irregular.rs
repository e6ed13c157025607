//! The auditor's queries for bent clocks (监督查询): how many by unit, the rows behind, and the acts of a case without
//! names and words. Offices, never persons.

use std::sync::Arc;

use access::Kind;
use askama::Template;
use axum::extract::{Path, State};
use base::{Id, Millis, Outcome, Refusal};
use web::{Answer, Cell, Heading, Html, List, Names as _, Opt, Site, View, Who, export, page};

use super::seat::{By, Names, Query, Seat, cut, overlook, part};
use crate::model::{Ask, Order, Thresholds};
use crate::rules::{CHECKS, Check};
use crate::store::{ActLine, Finding, acts_of_case, case_line, findings, findings_by_unit};

/// A query with what it found, by unit.
pub(crate) struct CheckLine {
    pub what: String,
    pub why: String,
    pub limit: String,
    pub source: String,
    pub sum: i64,
    pub address: String,
    pub units: Vec<(String, i64, String)>,
}

#[derive(Template)]
#[template(path = "figure/checks.html")]
pub(crate) struct ChecksPage {
    pub v: View,
    pub place: String,
    pub filters: Vec<Html>,
    pub checks: Vec<CheckLine>,
    pub version: String,
}

/// A row of what a query found.
pub(crate) struct FindingLine {
    pub case: String,
    pub number: String,
    pub category: String,
    pub unit: String,
    pub at: String,
    pub n: i64,
}

#[derive(Template)]
#[template(path = "figure/findings.html")]
pub(crate) struct FindingsPage {
    pub v: View,
    pub what: String,
    pub why: String,
    pub limit: String,
    pub number: String,
    pub back: String,
    pub by_time: Html,
    pub by_number: Html,
    pub list: List,
    pub rows: Vec<FindingLine>,
}

/// One act of a case.
pub(crate) struct ActView {
    pub at: String,
    pub act: String,
    pub by: String,
    pub unit: String,
    pub to: String,
    pub stages: String,
    pub changed: String,
}

#[derive(Template)]
#[template(path = "figure/acts.html")]
pub(crate) struct ActsPage {
    pub v: View,
    pub number: String,
    pub category: String,
    pub due: String,
    pub acts: Vec<ActView>,
}

fn limit_of(v: &View, check: &Check, rules: &Thresholds) -> String {
    let (one, two, _) = rules.of(check.code);
    v.tw(&format!("{}.limit", check.what), &[("n", &one), ("m", &two)])
}

/// A query of the page with what it found.
pub(crate) fn check_line(
    v: &View,
    q: &Query,
    check: &Check,
    rules: &Thresholds,
    found: &[(i64, i64)],
    names: &Names,
) -> CheckLine {
    let rows = q.under(&format!("/figure/irregular/{}", check.code.name()));
    let at = |unit: i64| {
        let (path, query) = rows.split_once('?').unwrap_or((&rows, ""));
        Query::parse(path, query).with(By::Unit, &Id::<access::Unit>::of(unit).to_string())
    };
    // In the order of their names: a list of offices, not a league table.
    let mut units: Vec<_> = found.iter().map(|(id, n)| (names.unit(*id), *n, at(*id))).collect();
    units.sort();
    CheckLine {
        what: v.t(check.what).into_owned(),
        why: v.t(check.why).into_owned(),
        limit: limit_of(v, check, rules),
        source: rules.of(check.code).2.to_owned(),
        sum: found.iter().map(|(_, n)| n).sum(),
        address: rows,
        units,
    }
}

pub(super) async fn checks_list(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = Seat::of(&site, &who, Kind::Journal)?;
    let rules: Arc<Thresholds> = site.get::<Thresholds>()?;
    let (own, asked, known) = (v.clone(), q.clone(), rules.clone());
    let (seat, ask, names, found) = overlook(&site, &v, move |conn| {
        let names = Names::read(conn)?;
        let ask = Ask { unit: 0, ..seat.ask(&asked, &own, &names) };
        let each = CHECKS.iter().map(|c| findings_by_unit(conn, &ask, c.code, &known));
        let found = each.collect::<Outcome<Vec<_>>>()?;
        Ok((seat, ask, names, found))
    })
    .await?;
    let lines = CHECKS.iter().zip(&found).map(|(c, found)| check_line(&v, &q, c, &rules, found, &names));
    page(&ChecksPage {
        place: seat.place_name(&ask),
        filters: seat.filters(&v, &q),
        checks: lines.collect(),
        version: rules.version.clone(),
        v,
    })
}

fn check_of(code: &str) -> Outcome<&'static Check> {
    Ok(CHECKS.iter().find(|c| c.code.name() == code).ok_or_else(Refusal::not_found)?)
}

fn finding_line(v: &View, names: &Names, f: &Finding) -> FindingLine {
    FindingLine {
        case: Id::<()>::of(f.case_id).to_string(),
        number: f.number.clone(),
        category: names.category(f.category_id),
        unit: names.unit(f.unit_id),
        at: v.exact(Millis(f.at_ms)),
        n: f.n,
    }
}

pub(super) async fn findings_list(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(code): Path<String>,
    q: Query,
) -> Answer {
    let seat = Seat::of(&site, &who, Kind::Journal)?;
    let check = check_of(&code)?;
    let rules: Arc<Thresholds> = site.get::<Thresholds>()?;
    let (own, asked, known) = (v.clone(), q.clone(), rules.clone());
    let (seat, names, found, units) = overlook(&site, &v, move |conn| {
        let names = Names::read(conn)?;
        let ask = seat.ask(&asked, &own, &names);
        let found = findings(conn, &ask, check.code, &known, &cut(&asked, true))?;
        let units = findings_by_unit(conn, &Ask { unit: 0, ..ask }, check.code, &known)?;
        Ok((seat, names, found, units))
    })
    .await?;
    let rows: Vec<FindingLine> = found.rows.iter().map(|f| finding_line(&v, &names, f)).collect();
    let f = q.fields(&v, "figure.by");
    let frame = seat.narrow(&v, &q, q.frame(&v, found.next, rows.len()));
    let list = frame
        .filter(f.select("category", &names.tops()))
        .filter(f.select("unit", &unit_options(&names, &units)))
        .total(
            units
                .iter()
                .filter(|(id, _)| asked_unit(&q).is_none_or(|u| u == *id))
                .map(|(_, n)| n)
                .sum::<i64>(),
        )
        .export(q.under(&format!("/figure/irregular/{code}/sheet.xlsx")))
        .print()
        .empty("figure.irregular.empty");
    page(&FindingsPage {
        what: v.t(check.what).into_owned(),
        why: v.t(check.why).into_owned(),
        limit: limit_of(&v, check, &rules),
        number: v.t(check.number).into_owned(),
        back: q.under("/figure/irregular"),
        by_time: q.head(&v, Order::Time, "figure.col.at"),
        by_number: q.head(&v, Order::Number, check.number),
        list,
        rows,
        v,
    })
}

fn asked_unit(q: &Query) -> Option<i64> {
    q.parsed::<Id<access::Unit>>(By::Unit).map(Id::raw)
}

/// The units of which something was found, by name.
fn unit_options(names: &Names, units: &[(i64, i64)]) -> Vec<Opt> {
    let mut all: Vec<(String, i64)> = units.iter().map(|(id, _)| (names.unit(*id), *id)).collect();
    all.sort();
    all.into_iter().map(|(name, id)| Opt::new(Id::<access::Unit>::of(id), name)).collect()
}

const COLUMNS: [(&str, f64); 4] = [
    ("figure.col.number", 20.0),
    ("figure.col.category", 28.0),
    ("figure.col.unit", 28.0),
    ("figure.col.at", 17.0),
];

pub(super) async fn findings_sheet(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(code): Path<String>,
    q: Query,
) -> Answer {
    let seat = Seat::of(&site, &who, Kind::Journal)?;
    let check = check_of(&code)?;
    let rules: Arc<Thresholds> = site.get::<Thresholds>()?;
    let mut columns = COLUMNS.to_vec();
    columns.push((check.number, 12.0));
    let head = Heading::of(&v, v.t(check.what), limit_of(&v, check, &rules), &columns);
    let view = v.clone();
    export(&site, &v, head, move |conn, after, size| {
        let names = Names::read(conn)?;
        let ask = seat.ask(&q, &view, &names);
        let page = findings(conn, &ask, check.code, &rules, &part(&q, true, after, size))?;
        Ok(page.map(|f| cells(&names, &f).into()))
    })
    .await
}

fn cells(names: &Names, f: &Finding) -> [Cell; 5] {
    [
        f.number.as_str().into(),
        names.category(f.category_id).into(),
        names.unit(f.unit_id).into(),
        Millis(f.at_ms).into(),
        f.n.into(),
    ]
}

fn act_view(v: &View, names: &Names, a: &ActLine) -> ActView {
    let stage = |code: &str| v.maybe(&format!("case.stage.{code}")).unwrap_or(code).to_owned();
    let or_code = |key: String, code: &str| v.maybe(&key).unwrap_or(code).to_owned();
    let unit = |id: i64| if id == 0 { String::new() } else { names.unit(id) };
    ActView {
        at: v.exact(Millis(a.at_ms)),
        act: or_code(format!("case.act.{}", a.act), &a.act),
        by: or_code(format!("case.by.{}", a.by_role), &a.by_role),
        unit: unit(a.unit_id),
        to: unit(a.to_unit),
        stages: if a.from_stage == a.to_stage {
            stage(&a.to_stage)
        } else {
            format!("{} → {}", stage(&a.from_stage), stage(&a.to_stage))
        },
        changed: if a.new_category == 0 {
            String::new()
        } else {
            format!("{} → {}", names.category(a.old_category), names.category(a.new_category))
        },
    }
}

/// The acts of a case of the auditor's places.
pub(super) async fn acts_show(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(case): Path<Id<()>>,
    q: Query,
) -> Answer {
    let seat = Seat::of(&site, &who, Kind::Journal)?;
    let own = v.clone();
    let (names, case, acts) = overlook(&site, &v, move |conn| {
        let names = Names::read(conn)?;
        let ask = seat.ask(&q, &own, &names);
        let line = case_line(conn, &ask, case.raw())?.ok_or_else(Refusal::not_found)?;
        let acts = acts_of_case(conn, line.id)?;
        Ok((names, line, acts))
    })
    .await?;
    page(&ActsPage {
        number: case.number.clone(),
        category: names.category(case.category_id),
        due: v.exact(Millis(case.due_ms)),
        acts: acts.iter().map(|a| act_view(&v, &names, a)).collect(),
        v,
    })
}
