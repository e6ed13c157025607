//! The board (指标页): the indicators with what they divide, and the offices' table by level, unit and category, for a
//! month. The sheet is the monthly return; every number opens its cases.

use std::collections::BTreeMap;

use access::{Kind, Unit};
use askama::Template;
use axum::extract::State;
use base::{Id, Outcome};
use store::Conn;
use web::{Answer, Cell, Html, Names as _, Sheet, Site, View, Who, page, sheet_answer};

use super::clocks::{Clocks, clock_groups, clock_key, count_of};
use super::seat::{By, Names, Query, Seat, overlook, period};
use crate::model::{Ask, ClockState, Counter, Indicator, Measured, Share, Split, Tally, Thresholds};
use crate::rules::{METRICS, Metric, TABLE};
use crate::store::counts;

/// A rate with its two numbers.
pub(crate) struct RateLine {
    pub name: String,
    pub value: String,
    pub part: CellView,
    pub part_name: String,
    pub whole: CellView,
    pub whole_name: String,
    pub source: String,
    pub version: &'static str,
}

/// A number that opens its rows.
pub(crate) struct CellView {
    pub value: String,
    pub of: String,
    pub address: String,
}

/// A row of the table.
pub(crate) struct RowView {
    pub name: String,
    pub address: String,
    pub cells: Vec<CellView>,
}

/// A part of the page.
pub(crate) struct Group {
    pub id: &'static str,
    pub title: String,
    pub heads: Vec<String>,
    pub rows: Vec<RowView>,
}

#[derive(Template)]
#[template(path = "figure/board.html")]
pub(crate) struct BoardPage {
    pub v: View,
    pub place: String,
    pub period: String,
    pub filters: Vec<Html>,
    pub sheet: String,
    pub forecast: String,
    pub rates: Vec<RateLine>,
    pub groups: Vec<Group>,
    pub method: Vec<(String, String)>,
    pub version: String,
}

/// Everything that the page shows, as numbers.
pub(crate) struct Board {
    pub whole: Tally<Indicator>,
    pub units: Vec<Tally<Unit>>,
    pub levels: Vec<(String, Tally<Indicator>)>,
    pub categories: Vec<Tally<Indicator>>,
    pub clocks: Clocks,
}

fn tallies<T: Measured>(
    conn: &mut Conn,
    ask: &Ask,
    split: Split,
    at: impl Fn(i64) -> i64,
) -> Outcome<Vec<Tally<T>>> {
    let mut all: BTreeMap<i64, Tally<T>> = BTreeMap::new();
    for counter in TABLE {
        for (word, n) in counts(conn, ask, *counter, split)? {
            let id = at(word.parse().unwrap_or(0));
            all.entry(id).or_insert_with(|| Tally::of(Id::of(id))).add(*counter, n);
        }
    }
    Ok(all.into_values().collect())
}

impl Board {
    fn read(conn: &mut Conn, ask: &Ask, names: &Names) -> Outcome<Self> {
        let mut whole = Tally::of(Id::of(0));
        for counter in Counter::ALL {
            for (_, n) in counts(conn, ask, *counter, Split::Whole)? {
                whole.add(*counter, n);
            }
        }
        let mut levels: BTreeMap<String, Tally<Indicator>> = BTreeMap::new();
        for counter in TABLE {
            for (word, n) in counts(conn, ask, *counter, Split::Level)? {
                levels.entry(word).or_insert_with(|| Tally::of(Id::of(0))).add(*counter, n);
            }
        }
        let mut units = tallies::<Unit>(conn, ask, Split::Unit, |id| id)?;
        units.sort_by_key(|t| (names.unit(t.id) == "—", names.unit(t.id)));
        let categories = tallies::<Indicator>(conn, ask, Split::Category, |id| names.top(id))?;
        let clocks = Clocks::read(conn, ask, names)?;
        Ok(Self { whole, units, levels: levels.into_iter().collect(), categories, clocks })
    }
}

/// Where the cases behind a number are.
fn address(q: &Query, counter: Counter, more: &[(By, String)]) -> String {
    let mut at = q.under("/figure/cases");
    for (by, value) in more.iter().chain([&(By::Count, counter.name().to_owned())]) {
        let (path, query) = at.split_once('?').unwrap_or((&at, ""));
        at = Query::parse(path, query).with(*by, value);
    }
    at
}

fn cell<T: Measured>(q: &Query, tally: &Tally<T>, counter: Counter, more: &[(By, String)]) -> CellView {
    let n = tally.count(counter);
    let of = match counter {
        Counter::OnTime => Share { part: n, whole: tally.count(Counter::Due), decimals: 1 }.to_string(),
        _ => String::new(),
    };
    CellView {
        value: n.to_string(),
        of,
        address: if n == 0 { String::new() } else { address(q, counter, more) },
    }
}

/// An indicator as the page shows it.
pub(crate) fn rate_line(v: &View, q: &Query, whole: &Tally<Indicator>, m: &Metric) -> RateLine {
    let (part, all) = (whole.count(m.part), whole.count(m.whole));
    let plain = |c: Counter| CellView { of: String::new(), ..cell(q, whole, c, &[]) };
    RateLine {
        name: v.t(m.name).into_owned(),
        value: Share { part, whole: all, decimals: m.decimals }.to_string(),
        part: plain(m.part),
        part_name: v.t(m.part.key()).into_owned(),
        whole: plain(m.whole),
        whole_name: v.t(m.whole.key()).into_owned(),
        source: v.t(m.source).into_owned(),
        version: m.version,
    }
}

fn row<T: Measured>(q: &Query, name: String, tally: &Tally<T>, by: (By, String)) -> RowView {
    let more = [by.clone()];
    RowView {
        name,
        address: if by.1.is_empty() { String::new() } else { q.with(by.0, &by.1) },
        cells: TABLE.iter().map(|c| cell(q, tally, *c, &more)).collect(),
    }
}

/// The tables of the page.
pub(crate) fn groups_of(v: &View, q: &Query, board: &Board, names: &Names) -> Vec<Group> {
    let id = |raw: i64| Id::<Indicator>::of(raw).to_string();
    let level = |(code, tally): &(String, Tally<Indicator>)| {
        row(q, v.t(&format!("access.level.{code}")).into_owned(), tally, (By::Level, code.clone()))
    };
    let category = |t: &Tally<Indicator>| {
        let name = names.categories.get(&t.id).map_or("—".to_owned(), |c| c.name.clone());
        row(q, name, t, (By::Category, id(t.id)))
    };
    let parts = [
        ("levels", "figure.by_level", "figure.by.level", board.levels.iter().map(level).collect::<Vec<_>>()),
        (
            "units",
            "figure.by_unit",
            "figure.by.unit",
            board.units.iter().map(|t| row(q, names.unit(t.id), t, (By::Unit, id(t.id)))).collect(),
        ),
        (
            "kinds",
            "figure.by_category",
            "figure.by.category",
            board.categories.iter().map(category).collect(),
        ),
    ];
    let heads = |first: &str| {
        let rest = TABLE.iter().map(|c| v.t(c.key()).into_owned());
        std::iter::once(v.t(first).into_owned()).chain(rest).collect()
    };
    parts
        .into_iter()
        .map(|(id, title, head, rows)| Group { id, title: v.t(title).into_owned(), heads: heads(head), rows })
        .chain(clock_groups(v, q, &board.clocks, names))
        .collect()
}

/// A page may come from a copy, which it says; the monthly return that is taken away may not.
async fn read(
    site: &Site,
    v: &View,
    who: &Who,
    q: &Query,
    is_page: bool,
) -> Outcome<(Seat, Ask, Names, Board)> {
    let seat = Seat::of(site, who, Kind::Figures)?;
    let (q, own) = (q.clone(), v.clone());
    let question = move |conn: &mut Conn| {
        let names = Names::read(conn)?;
        let ask = seat.ask(&q, &own, &names);
        let board = Board::read(conn, &ask, &names)?;
        Ok((seat, ask, names, board))
    };
    if is_page { overlook(site, v, question).await } else { site.db.read(question).await }
}

fn period_words(v: &View, q: &Query) -> String {
    let (from, to) = period(q, v);
    let last = to.yesterday().unwrap_or(to);
    v.tw("figure.period", &[("from", &from), ("to", &last)])
}

/// How every number is counted, in a sentence each.
fn method(v: &View) -> Vec<(String, String)> {
    Counter::ALL.iter().map(|c| (v.t(c.key()).into_owned(), v.t(c.how()).into_owned())).collect()
}

pub(super) async fn board_show(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let (seat, ask, names, board) = read(&site, &v, &who, &q, true).await?;
    page(&BoardPage {
        place: seat.place_name(&ask),
        period: period_words(&v, &q),
        filters: seat.filters(&v, &q),
        sheet: q.under("/figure/sheet.xlsx"),
        forecast: q.under("/figure/forecast"),
        rates: METRICS.iter().map(|m| rate_line(&v, &q, &board.whole, m)).collect(),
        groups: groups_of(&v, &q, &board, &names),
        method: method(&v),
        version: site.get::<Thresholds>()?.version.clone(),
        v,
    })
}

/// The columns of the monthly return: an indicator fills the first five, an office's row all.
const COLUMNS: [(&str, f64); 5] = [
    ("figure.sheet.group", 14.0),
    ("figure.sheet.name", 28.0),
    ("figure.sheet.part", 12.0),
    ("figure.sheet.whole", 12.0),
    ("figure.sheet.percent", 12.0),
];

fn sheet_row<T: Measured>(group: &str, name: &str, t: &Tally<T>) -> Vec<Cell> {
    let (part, whole) = (t.count(Counter::OnTime), t.count(Counter::Due));
    let percent = Share { part, whole, decimals: 2 }.percent().map_or(Cell::Empty, Cell::Number);
    let mut cells = vec![group.into(), name.into(), part.into(), whole.into(), percent];
    cells.extend(TABLE.iter().map(|c| Cell::from(t.count(*c))));
    cells
}

/// The monthly return (月报表).
pub(super) async fn board_sheet(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let (seat, ask, names, board) = read(&site, &v, &who, &q, false).await?;
    let heads: Vec<(String, f64)> = COLUMNS
        .iter()
        .map(|(key, width)| (v.t(key).into_owned(), *width))
        .chain(TABLE.iter().map(|c| (v.t(c.key()).into_owned(), 10.0)))
        .collect();
    let columns: Vec<(&str, f64)> = heads.iter().map(|(name, width)| (name.as_str(), *width)).collect();
    let title = v.t("figure.sheet").into_owned();
    let note = format!("{} {}", seat.place_name(&ask), period_words(&v, &q));
    let mut sheet = Sheet::new(&v, &title, &note, &columns)?;
    for m in METRICS {
        let (part, whole) = (board.whole.count(m.part), board.whole.count(m.whole));
        let share = Share { part, whole, decimals: m.decimals };
        let percent = share.percent().map_or(Cell::Empty, Cell::Number);
        let name = v.t(m.name).into_owned();
        sheet.row(&[
            v.t("figure.metrics").into_owned().into(),
            name.into(),
            part.into(),
            whole.into(),
            percent,
        ])?;
    }
    for (code, t) in &board.levels {
        sheet.row(&sheet_row(&v.t("figure.by_level"), &v.t(&format!("access.level.{code}")), t))?;
    }
    for t in &board.units {
        sheet.row(&sheet_row(&v.t("figure.by_unit"), &names.unit(t.id), t))?;
    }
    for t in &board.categories {
        sheet.row(&sheet_row(&v.t("figure.by_category"), &names.category(t.id), t))?;
    }
    clock_rows(&mut sheet, &v, &board.clocks, &names)?;
    sheet_answer(&title, sheet)
}

/// The clocks in the monthly return: on time over what was due, the states behind it on the page.
fn clock_rows(sheet: &mut Sheet, v: &View, all: &Clocks, names: &Names) -> Outcome<()> {
    let kinds = all.kinds.iter().map(|(clock, states)| {
        (v.t("figure.clocks.by_kind").into_owned(), v.t(&clock_key(*clock)).into_owned(), states)
    });
    let units = all
        .units
        .iter()
        .map(|(id, states)| (v.t("figure.clocks.by_unit").into_owned(), names.unit(*id), states));
    for (group, name, states) in kinds.chain(units) {
        let n = |state| count_of(states, state);
        let (met, late) = (n(ClockState::Met), n(ClockState::MetLate) + n(ClockState::Missed));
        let percent =
            Share { part: met, whole: met + late, decimals: 2 }.percent().map_or(Cell::Empty, Cell::Number);
        sheet.row(&[group.into(), name.into(), met.into(), (met + late).into(), percent])?;
    }
    Ok(())
}
