//! The three rates (三率): response, solved, satisfied, with what they divide, by level, unit and category. Not reached and never
//! called stand beside them.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use base::{Id, Outcome};
use store::Conn;
use web::{Answer, Cell, Html, Names as _, Sheet, Site, View, Who, page, sheet_answer};

use super::seat::{By, Names, Query, Seat, months};
use crate::model::Counter;
use crate::rules::{RATES, share};
use crate::store::{CallFilter, Split, counts};

/// A rate with its two numbers: value and address each.
pub(crate) struct RateLine {
    pub name: String,
    pub value: String,
    pub part: (i64, String),
    pub part_name: String,
    pub whole: (i64, String),
    pub whole_name: String,
    pub source: String,
    pub version: &'static str,
}

/// A row of a table: text, what it is of, where it leads.
pub(crate) struct RowView {
    pub name: String,
    pub cells: Vec<(String, String, String)>,
}

/// A part of the page.
pub(crate) struct Group {
    pub id: &'static str,
    pub title: String,
    pub rows: Vec<RowView>,
}

#[derive(Template)]
#[template(path = "callback/rates.html")]
pub(crate) struct RatesPage {
    pub v: View,
    pub filters: Vec<Html>,
    pub sheet: String,
    pub tiles: Vec<(String, i64, String)>,
    pub rates: Vec<RateLine>,
    pub heads: Vec<String>,
    pub groups: Vec<Group>,
}

/// How many of each.
type Sums = BTreeMap<&'static str, i64>;

fn of(sums: &Sums, counter: Counter) -> i64 {
    sums.get(counter.name()).copied().unwrap_or(0)
}

/// The counters that are shown as they are.
const SHOWN: [Counter; 5] =
    [Counter::Drawn, Counter::Reached, Counter::Unreached, Counter::Lapsed, Counter::Open];

fn sums_by(conn: &mut Conn, filter: &CallFilter, split: Split) -> Outcome<Vec<(String, Sums)>> {
    let mut all: BTreeMap<String, Sums> = BTreeMap::new();
    for (word, counter, n) in counts(conn, filter, split)? {
        *all.entry(word).or_default().entry(counter.name()).or_default() += n;
    }
    Ok(all.into_iter().collect())
}

/// Everything that the page shows, as numbers.
struct Board {
    whole: Sums,
    parts: Vec<(Split, Vec<(String, Sums)>)>,
    names: Names,
}

fn read(conn: &mut Conn, filter: &CallFilter) -> Outcome<Board> {
    let whole = sums_by(conn, filter, Split::Whole)?.into_iter().next().map(|(_, s)| s).unwrap_or_default();
    let each = [Split::Level, Split::Unit, Split::Category].map(|s| (s, sums_by(conn, filter, s)));
    let parts = each.into_iter().map(|(s, sums)| Ok((s, sums?))).collect::<Outcome<_>>()?;
    Ok(Board { whole, parts, names: Names::read(conn)? })
}

fn address(q: &Query, counter: Counter, more: Option<(By, &str)>) -> String {
    let mut at = q.under("/callback");
    let count = (By::Count, counter.name());
    for (by, value) in more.into_iter().chain([count]) {
        let (path, query) = at.split_once('?').unwrap_or((&at, ""));
        at = Query::parse(path, query).with(by, value);
    }
    at
}

fn number(q: &Query, sums: &Sums, counter: Counter, more: Option<(By, &str)>) -> (i64, String) {
    let n = of(sums, counter);
    (n, if n == 0 { String::new() } else { address(q, counter, more) })
}

/// The heads of the tables, without the first column.
pub(crate) fn heads(v: &View) -> Vec<String> {
    let counts = SHOWN.iter().map(|c| v.t(c.key()).into_owned());
    counts.chain(RATES.iter().map(|r| v.t(r.name).into_owned())).collect()
}

fn row(q: &Query, name: String, by: (By, &str), sums: &Sums) -> RowView {
    let counts = SHOWN.iter().map(|c| {
        let (n, at) = number(q, sums, *c, Some(by));
        (n.to_string(), String::new(), at)
    });
    let rates = RATES.iter().map(|r| {
        let (part, whole) = (of(sums, r.part), of(sums, r.whole));
        (share(part, whole), format!("{part}/{whole}"), number(q, sums, r.part, Some(by)).1)
    });
    RowView { name, cells: counts.chain(rates).collect() }
}

/// The key of a row as the address has it, and its name.
fn told(v: &View, names: &Names, split: Split, word: &str) -> (By, String, String) {
    let raw: i64 = word.parse().unwrap_or(0);
    let id = Id::<()>::of(raw).to_string();
    match split {
        Split::Unit => (By::Unit, id, names.unit(raw)),
        Split::Category => (By::Category, id, names.category(raw)),
        Split::Level | Split::Whole => {
            (By::Level, word.to_owned(), v.t(&format!("access.level.{word}")).into_owned())
        }
    }
}

fn groups(v: &View, q: &Query, board: &Board) -> Vec<Group> {
    let group = |(split, sums): &(Split, Vec<(String, Sums)>)| {
        let mut rows: Vec<RowView> = sums
            .iter()
            .map(|(word, sums)| {
                let (by, id, name) = told(v, &board.names, *split, word);
                row(q, name, (by, &id), sums)
            })
            .collect();
        rows.sort_by(|a, b| a.name.cmp(&b.name));
        let (id, key) = match split {
            Split::Unit => ("units", "callback.by_unit"),
            Split::Category => ("kinds", "callback.by_category"),
            Split::Level | Split::Whole => ("levels", "callback.by_level"),
        };
        Group { id, title: v.t(key).into_owned(), rows }
    };
    board.parts.iter().map(group).collect()
}

pub(super) async fn rates_show(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let filter = seat.filter(&q, &v);
    let board = site.db.read(move |conn| read(conn, &filter)).await?;
    let rate = |r: &crate::rules::Rate| {
        let (part, whole) = (number(&q, &board.whole, r.part, None), number(&q, &board.whole, r.whole, None));
        RateLine {
            name: v.t(r.name).into_owned(),
            value: share(part.0, whole.0),
            part,
            part_name: v.t(r.part.key()).into_owned(),
            whole,
            whole_name: v.t(r.whole.key()).into_owned(),
            source: v.t(r.source).into_owned(),
            version: r.version,
        }
    };
    let f = q.fields(&v, "callback.by");
    let mut filters = vec![f.select("month", &months(&v)).html()];
    let counties = seat.counties();
    if !counties.is_empty() {
        filters.push(f.select("county", &counties).html());
    }
    let tiles = SHOWN.iter().chain([&Counter::NotSolved]).map(|c| {
        let (n, at) = number(&q, &board.whole, *c, None);
        (v.t(c.key()).into_owned(), n, at)
    });
    page(&RatesPage {
        filters,
        sheet: q.under("/callback/rates/sheet.xlsx"),
        tiles: tiles.collect(),
        rates: RATES.iter().map(rate).collect(),
        heads: heads(&v),
        groups: groups(&v, &q, &board),
        v: v.clone(),
    })
}

pub(super) async fn rates_sheet(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let filter = seat.filter(&q, &v);
    let board = site.db.read(move |conn| read(conn, &filter)).await?;
    let title = v.t("callback.rates").into_owned();
    let mut names: Vec<(String, f64)> =
        vec![(v.t("callback.col.group").into_owned(), 12.0), (v.t("callback.col.name").into_owned(), 28.0)];
    names.extend(SHOWN.iter().map(|c| (v.t(c.key()).into_owned(), 10.0)));
    for r in RATES {
        names.push((v.t(r.part.key()).into_owned(), 12.0));
        names.push((v.t(r.whole.key()).into_owned(), 12.0));
        names.push((v.t(r.name).into_owned(), 10.0));
    }
    let columns: Vec<(&str, f64)> = names.iter().map(|(n, w)| (n.as_str(), *w)).collect();
    let mut sheet = Sheet::new(&v, &title, q.get(By::Month).unwrap_or_default(), &columns)?;
    let line = |group: &str, name: &str, sums: &Sums| -> Vec<Cell> {
        let mut cells: Vec<Cell> = vec![group.into(), name.into()];
        cells.extend(SHOWN.iter().map(|c| Cell::from(of(sums, *c))));
        for r in RATES {
            let (part, whole) = (of(sums, r.part), of(sums, r.whole));
            cells.extend([Cell::from(part), Cell::from(whole), Cell::from(share(part, whole))]);
        }
        cells
    };
    sheet.row(&line(&v.t("callback.whole"), "", &board.whole))?;
    for (group, (split, all)) in groups(&v, &q, &board).iter().zip(&board.parts) {
        for (word, sums) in all {
            let (_, _, name) = told(&v, &board.names, *split, word);
            sheet.row(&line(&group.title, &name, sums))?;
        }
    }
    sheet_answer(&title, sheet)
}
