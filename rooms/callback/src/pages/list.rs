//! The drawn cases (回访清单): what waits for a call, what came of it; not reached is a tab, not an omission.

use askama::Template;
use axum::extract::State;
use base::Id;
use web::{Answer, Cell, Heading, List, Names as _, Site, View, Who, export, page};

use super::seat::{By, Names, Query, Seat, Tab, day, months};
use crate::model::{Call, CallState, Said};
use crate::store::calls_page;

/// A row of the list.
pub(crate) struct CallLine {
    pub id: String,
    pub number: String,
    pub category: String,
    pub unit: String,
    pub closed: String,
    pub until: String,
    pub state: String,
    pub said: String,
}

#[derive(Template)]
#[template(path = "callback/calls.html")]
pub(crate) struct CallsPage {
    pub v: View,
    pub list: List,
    pub rows: Vec<CallLine>,
}

fn state_key(state: CallState) -> &'static str {
    match state {
        CallState::Open => "callback.counter.open",
        CallState::Reached => "callback.counter.reached",
        CallState::Unreached => "callback.counter.unreached",
        CallState::Lapsed => "callback.counter.lapsed",
    }
}

pub(super) fn said_words(v: &View, said: Said) -> String {
    let key = match said {
        Said::Yes => "callback.said.yes",
        Said::No => "callback.said.no",
        Said::Unsaid => "callback.said.unsaid",
    };
    v.t(key).into_owned()
}

/// The three answers in a line.
fn said_line(v: &View, call: &Call) -> String {
    let Some(a) = &call.answers else {
        return if call.tries == 0 { String::new() } else { v.t1("callback.tried", "n", call.tries) };
    };
    v.tw(
        "callback.said.line",
        &[
            ("contacted", &said_words(v, a.contacted)),
            ("solved", &said_words(v, a.solved)),
            ("satisfied", &said_words(v, a.satisfied)),
        ],
    )
}

fn line(v: &View, names: &Names, c: &Call) -> CallLine {
    CallLine {
        id: Id::<()>::of(c.id).to_string(),
        number: c.number.clone(),
        category: names.category(c.category),
        unit: names.unit(c.unit),
        closed: day(v, c.closed),
        until: day(v, c.until),
        state: v.t(state_key(c.state)).into_owned(),
        said: said_line(v, c),
    }
}

/// The tab one arrives at: everything where a number was followed, or what nobody has taken.
fn arrived(q: Query) -> Query {
    let followed = [By::Count, By::Draw, By::Month, By::Unit].iter().any(|by| q.get(*by).is_some());
    q.or(By::Tab, if followed { Tab::All.name() } else { Tab::Pool.name() })
}

pub(super) async fn calls_list(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let q = arrived(q);
    let (filter, asked) = (seat.filter(&q, &v), q.clone());
    let (names, found) = site
        .db
        .read(move |conn| {
            let names = Names::read(conn)?;
            Ok((names, calls_page(conn, &filter, asked.cursor(), asked.size())?))
        })
        .await?;
    let rows: Vec<CallLine> = found.rows.iter().map(|c| line(&v, &names, c)).collect();
    let tabs = q.tabs(By::Tab, Tab::ALL.iter().map(|t| (t.name(), v.t(t.key()).into_owned(), None::<u64>)));
    let f = q.fields(&v, "callback.by");
    let mut list = q
        .frame(&v, found.next, rows.len())
        .tabs(tabs)
        .filter(f.select("month", &months(&v)))
        .link("/callback/rates", "callback.rates")
        .link("/callback/draws", "callback.draws")
        .export(q.under("/callback/sheet.xlsx"))
        .print()
        .empty("callback.empty");
    let counties = seat.counties();
    if !counties.is_empty() {
        list = list.filter(f.select("county", &counties));
    }
    page(&CallsPage { list, rows, v })
}

const COLUMNS: [(&str, f64); 7] = [
    ("callback.col.number", 20.0),
    ("callback.col.category", 28.0),
    ("callback.col.unit", 28.0),
    ("callback.col.closed", 12.0),
    ("callback.col.until", 12.0),
    ("callback.col.state", 14.0),
    ("callback.col.said", 40.0),
];

pub(super) async fn calls_sheet(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let filter = seat.filter(&arrived(q), &v);
    let head = Heading::of(&v, v.t("callback.heading"), "", &COLUMNS);
    let view = v.clone();
    export(&site, &v, head, move |conn, after, size| {
        let names = Names::read(conn)?;
        let cells = |call| {
            let l = line(&view, &names, &call);
            [l.number, l.category, l.unit, l.closed, l.until, l.state, l.said].map(Cell::from).into()
        };
        Ok(calls_page(conn, &filter, after, size)?.map(cells))
    })
    .await
}
