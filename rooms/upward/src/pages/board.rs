//! The sums (汇总页): the divisions of a month with as of when, and which days are missing. Every number opens what it is the sum of.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use base::Outcome;
use jiff::civil::Date;
use store::Conn;
use web::{Answer, Cell, Heading, List, Names as _, Site, View, Who, export, page};

use super::seat::{
    Asked, By, Order, Seat, category_name, cut, measure_heads, measure_key, month, months, numbers_of,
};
use crate::model::{DivisionCode, Installation, InstallationState, Measure, Numbers};
use crate::rules::{gaps, spans};
use crate::store::{
    DayHeard, Sum, categories, days_heard, installations, missing_said, sums_by_category, sums_by_division,
};

/// A division of the month.
#[derive(Debug, Clone)]
pub(crate) struct BoardLine {
    pub name: String,
    pub numbers: Vec<(i64, String)>,
    pub last: String,
    pub missing: String,
    pub days_missing: usize,
}

#[derive(Template)]
#[template(path = "upward/board.html")]
pub(crate) struct BoardPage {
    pub v: View,
    pub q: Asked,
    pub list: List,
    pub as_of: String,
    pub lacking: String,
    pub heads: Vec<String>,
    pub rows: Vec<BoardLine>,
    pub sum: Vec<i64>,
    pub kinds: Vec<(String, Vec<(i64, String)>)>,
}

/// A division with its days.
#[derive(Clone)]
struct Stand {
    code: String,
    name: String,
    numbers: Numbers,
    last: Option<Date>,
    missing: Vec<Date>,
}

/// Everything of a month that the reader may see.
struct Month {
    rows: Vec<Stand>,
    kinds: Vec<Sum>,
    names: BTreeMap<String, String>,
}

impl Month {
    fn read(conn: &mut Conn, seat: &Seat, (from, to): (Date, Date), today: Date) -> Outcome<Self> {
        let all = installations(conn)?;
        let came = days_heard(conn, 0, from, to)?;
        let incomplete = missing_said(conn, from, to)?;
        let sums: BTreeMap<String, Numbers> =
            sums_by_division(conn, from, to)?.into_iter().map(|s| (s.code, s.numbers)).collect();
        let heard = all.iter().filter(|i| i.state == InstallationState::Active);
        let expected = heard.flat_map(|i| i.codes.iter().map(move |code| (code.clone(), Some(i))));
        let known = sums.keys().filter_map(|code| DivisionCode::parse(code)).map(|code| (code, None));
        // Those that are heard come last, and stand for what no longer reports.
        let codes: BTreeMap<DivisionCode, Option<&Installation>> =
            known.chain(expected).filter(|(code, _)| seat.sees(code)).collect();
        let last_day = to.min(today.yesterday().unwrap_or(today));
        let rows = codes
            .iter()
            .map(|(code, by)| {
                let (last, missing) =
                    by.map_or((None, Vec::new()), |i| stand(i, &came, &incomplete, (from, last_day)));
                let numbers = sums.get(code.as_str()).copied().unwrap_or_default();
                let (name, code) = (seat.name(code.as_str()), code.as_str().to_owned());
                Stand { code, name, numbers, last, missing }
            })
            .collect();
        let divisions: Vec<DivisionCode> = codes.into_keys().collect();
        let kinds = sums_by_category(conn, &divisions, from, to)?;
        Ok(Self { rows, kinds, names: categories(conn)?.1 })
    }
}

/// Up to which day an installation has reported, and which days are missing or incomplete.
fn stand(
    installation: &Installation,
    came: &[DayHeard],
    incomplete: &[(i64, Date, String)],
    (from, to): (Date, Date),
) -> (Option<Date>, Vec<Date>) {
    let own = came.iter().filter(|d| d.installation == installation.id && d.is_complete);
    let days: Vec<Date> = own.map(|d| d.day).collect();
    let lacks = |day: &Date| incomplete.iter().any(|(id, d, _)| *id == installation.id && d == day);
    let whole: Vec<Date> = days.iter().copied().filter(|day| !lacks(day)).collect();
    (days.iter().max().copied(), gaps(from.max(installation.first_day), to, &whole))
}

/// Days by their dates: `2026-03-02–2026-03-04 · 2026-03-06`.
pub(super) fn days_words(days: &[Date]) -> String {
    let one = |(a, b): (Date, Date)| if a == b { a.to_string() } else { format!("{a}–{b}") };
    spans(days).into_iter().map(one).collect::<Vec<_>>().join(" · ")
}

fn sorted(q: &Asked, mut rows: Vec<Stand>) -> Vec<Stand> {
    let key = |s: &Stand| match q.order() {
        Order::Name | Order::Time => 0,
        Order::Received => s.numbers.received,
        Order::Due => s.numbers.due,
        Order::Missed => s.numbers.missed,
        Order::Missing => i64::try_from(s.missing.len()).unwrap_or(0),
    };
    rows.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.code.cmp(&b.code)));
    if q.descending(false) {
        rows.reverse();
    }
    rows
}

/// Where the numbers behind a sum are.
fn cells(q: &Asked, by: By, value: &str) -> String {
    let at = q.with(By::Tab, "");
    let (_, query) = at.split_once('?').unwrap_or((&at, ""));
    Asked::parse("/upward/cells", query).with(by, value)
}

fn line(v: &View, q: &Asked, s: &Stand) -> BoardLine {
    let address = cells(q, By::Division, &s.code);
    let open = |n: i64| (n, if n == 0 { String::new() } else { address.clone() });
    BoardLine {
        name: s.name.clone(),
        numbers: numbers_of(s.numbers).into_iter().map(open).collect(),
        last: s.last.map_or_else(|| v.t("upward.never").into_owned(), |day| v.day(day)),
        missing: days_words(&s.missing),
        days_missing: s.missing.len(),
    }
}

async fn read(site: &Site, v: &View, who: &Who, q: &Asked) -> Outcome<Month> {
    let (seat, span, today) = (Seat::of(site, who)?, month(q, v), v.zone.day(v.now));
    site.db.read(move |conn| Month::read(conn, &seat, span, today)).await
}

pub(super) async fn board_show(State(site): State<Site>, v: View, who: Who, q: Asked) -> Answer {
    let Month { rows, kinds, names } = read(&site, &v, &who, &q).await?;
    let rows = sorted(&q, rows);
    let sum = rows.iter().fold(Numbers::default(), |sum, s| sum.plus(s.numbers));
    let shown = cut(&rows, q.cursor(), q.size());
    let f = q.fields(&v, "upward.by");
    let list = q
        .frame(&v, shown.next, shown.rows.len())
        .filter(f.select("month", &months(&v)))
        .total(rows.len())
        .link("/upward/installations", "upward.below")
        .link("/upward/sent", "upward.sent")
        .export(q.under("/upward/sheet.xlsx"))
        .print()
        .empty("upward.board.empty");
    let kind = |s: &Sum| {
        let address = cells(&q, By::Category, &s.code);
        let open = |n: i64| (n, if n == 0 { String::new() } else { address.clone() });
        (category_name(&v, &names, &s.code), numbers_of(s.numbers).into_iter().map(open).collect())
    };
    page(&BoardPage {
        as_of: as_of(&v, &rows),
        lacking: lacking(&v, &rows),
        heads: measure_heads(&v),
        kinds: kinds.iter().map(kind).collect(),
        rows: shown.rows.iter().map(|s| line(&v, &q, s)).collect(),
        sum: numbers_of(sum),
        list,
        q,
        v,
    })
}

/// Up to which day all have reported.
fn as_of(v: &View, rows: &[Stand]) -> String {
    match rows.iter().map(|s| s.last).min().flatten() {
        Some(day) => v.t1("upward.as_of", "day", v.day(day)),
        None => v.t("upward.as_of.none").into_owned(),
    }
}

/// Which of them are missing something.
fn lacking(v: &View, rows: &[Stand]) -> String {
    let names: Vec<&str> = rows.iter().filter(|s| !s.missing.is_empty()).map(|s| s.name.as_str()).collect();
    if names.is_empty() {
        return String::new();
    }
    v.tw("upward.lacking", &[("n", &names.len()), ("names", &names.join("、"))])
}

pub(super) async fn board_sheet(State(site): State<Site>, v: View, who: Who, q: Asked) -> Answer {
    let rows = sorted(&q, read(&site, &v, &who, &q).await?.rows);
    let (from, to) = month(&q, &v);
    let keys: Vec<String> = Measure::ALL.iter().map(|m| measure_key(*m)).collect();
    let mut columns = vec![("upward.col.code", 16.0), ("upward.col.division", 20.0)];
    columns.extend(keys.iter().map(|k| (k.as_str(), 12.0)));
    columns.extend([("upward.col.last", 14.0), ("upward.col.missing", 40.0)]);
    let head = Heading::of(&v, v.t("upward.heading"), format!("{from} – {to}"), &columns);
    let cells = move |s: Stand| {
        let mut cells = vec![Cell::from(s.code.clone()), Cell::from(s.name.clone())];
        cells.extend(numbers_of(s.numbers).into_iter().map(Cell::from));
        cells.push(s.last.map_or(Cell::Empty, |day| Cell::from(day.to_string())));
        cells.push(Cell::from(days_words(&s.missing)));
        cells
    };
    export(&site, &v, head, move |_, after, size| Ok(cut(&rows, after, size).map(&cells))).await
}
