//! The cases behind a number (指标明细): number, category, unit, clocks; no word of anybody.

use access::Kind;
use askama::Template;
use axum::extract::State;
use base::{Id, Millis};
use web::{Answer, Cell, Heading, Html, List, Names as _, Site, View, Who, export, page};

use super::seat::{By, Names, Query, Seat, cut, overlook, part};
use crate::model::{Counter, Order};
use crate::store::{CaseLine, cases};

/// A row of the list.
pub(crate) struct Line {
    pub id: String,
    pub number: String,
    pub category: String,
    pub unit: String,
    pub stage: String,
    pub created: String,
    pub due: String,
    pub closed: String,
}

#[derive(Template)]
#[template(path = "figure/cases.html")]
pub(crate) struct CasesPage {
    pub v: View,
    pub title: String,
    pub how: String,
    pub back: String,
    pub list: List,
    pub sorts: Html,
    /// Whether the list runs by when they came in.
    pub by_creation: bool,
    pub rows: Vec<Line>,
}

/// Which number was opened; those due where none was said.
fn counter(q: &Query) -> Counter {
    Counter::ALL.iter().copied().find(|c| Some(c.name()) == q.get(By::Count)).unwrap_or(Counter::Due)
}

fn line(v: &View, names: &Names, r: &CaseLine) -> Line {
    Line {
        id: Id::<()>::of(r.id).to_string(),
        number: r.number.clone(),
        category: names.category(r.category_id),
        unit: names.unit(r.answer_unit),
        stage: v.t(&format!("case.stage.{}", r.stage)).into_owned(),
        created: v.exact(Millis(r.created_ms)),
        due: v.exact(Millis(r.due_ms)),
        closed: r.closed().map_or("—".to_owned(), |at| v.exact(at)),
    }
}

pub(super) async fn cases_list(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = Seat::of(&site, &who, Kind::Figures)?;
    let (counter, own, asked) = (counter(&q), v.clone(), q.clone());
    let (seat, names, found) = overlook(&site, &v, move |conn| {
        let names = Names::read(conn)?;
        let ask = seat.ask(&asked, &own, &names);
        let found = cases(conn, &ask, counter, &cut(&asked, false))?;
        Ok((seat, names, found))
    })
    .await?;
    let rows: Vec<Line> = found.rows.iter().map(|r| line(&v, &names, r)).collect();
    let mut list = q
        .frame(&v, found.next, rows.len())
        .export(q.under("/figure/cases/sheet.xlsx"))
        .print()
        .empty("figure.cases.empty");
    let f = q.fields(&v, "figure.by");
    let kinds: Vec<web::Opt> =
        Counter::ALL.iter().map(|c| web::Opt::new(c.name(), v.t(c.key()).into_owned())).collect();
    list = list.filter(f.select("count", &kinds));
    list = seat.narrow(&v, &q, list).filter(f.select("category", &names.tops()));
    page(&CasesPage {
        title: v.t(counter.key()).into_owned(),
        how: v.t(counter.how()).into_owned(),
        back: back(&q),
        by_creation: sort_key(counter) == "figure.col.created",
        sorts: q.head(&v, Order::Time, sort_key(counter)),
        list,
        rows,
        v,
    })
}

/// The column by which the list runs.
pub(crate) const fn sort_key(counter: Counter) -> &'static str {
    match counter {
        Counter::Received | Counter::Filed | Counter::Dispatched => "figure.col.created",
        _ => "figure.col.due",
    }
}

/// The board as it was left.
fn back(q: &Query) -> String {
    let at = q.under("/figure");
    let (path, query) = at.split_once('?').unwrap_or((&at, ""));
    Query::parse(path, query).with(By::Count, "")
}

const COLUMNS: [(&str, f64); 7] = [
    ("figure.col.number", 20.0),
    ("figure.col.category", 28.0),
    ("figure.col.unit", 28.0),
    ("figure.col.stage", 14.0),
    ("figure.col.created", 17.0),
    ("figure.col.due", 17.0),
    ("figure.col.closed", 17.0),
];

pub(super) async fn cases_sheet(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = Seat::of(&site, &who, Kind::Figures)?;
    let counter = counter(&q);
    let head = Heading::of(&v, v.t(counter.key()), v.t(counter.how()), &COLUMNS);
    let view = v.clone();
    export(&site, &v, head, move |conn, after, size| {
        let names = Names::read(conn)?;
        let ask = seat.ask(&q, &view, &names);
        let page = cases(conn, &ask, counter, &part(&q, false, after, size))?;
        Ok(page.map(|r| cells(&view, &names, &r).into()))
    })
    .await
}

fn cells(v: &View, names: &Names, r: &CaseLine) -> [Cell; 7] {
    [
        r.number.as_str().into(),
        names.category(r.category_id).into(),
        names.unit(r.answer_unit).into(),
        v.t(&format!("case.stage.{}", r.stage)).into_owned().into(),
        Millis(r.created_ms).into(),
        Millis(r.due_ms).into(),
        r.closed().into(),
    ]
}
