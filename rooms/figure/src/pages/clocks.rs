//! The clocks behind a number (时限明细): which clock of which case, who answers for it, how it stands, by its own row and
//! never by the case's due column. The resident's own time is in no figure.

use access::{Kind, Unit};
use askama::Template;
use axum::extract::State;
use base::{Id, Millis, Outcome};
use store::Conn;
use web::{Answer, Cell, Heading, Html, List, Names as _, Opt, Site, Tone, View, Who, export, page};

use super::board::{CellView, Group, RowView};
use super::seat::{By, Names, Query, Seat, cut, overlook, part};
use crate::model::{Ask, ClockKind, ClockState, Order, Split};
use crate::store::{ClockLine, clock_counts, clocks};

/// A row of the list.
pub(crate) struct ClockRow {
    pub case: String,
    pub number: String,
    pub category: String,
    pub clock: String,
    pub unit: String,
    pub state: Html,
    pub due: String,
    pub ended: String,
    pub paused: i64,
    pub extended: i64,
}

#[derive(Template)]
#[template(path = "figure/clocks.html")]
pub(crate) struct ClocksPage {
    pub v: View,
    pub back: String,
    pub list: List,
    pub sorts: Html,
    pub rows: Vec<ClockRow>,
}

/// How many clocks of one thing stand in which state.
pub(crate) type States = Vec<(ClockState, i64)>;

/// The figures of the clocks, by kind and by the unit that answers for the clock.
pub(crate) struct Clocks {
    pub kinds: Vec<(ClockKind, States)>,
    pub units: Vec<(i64, States)>,
}

fn gathered(rows: Vec<(String, ClockState, i64)>) -> Vec<(String, States)> {
    let mut out: Vec<(String, States)> = Vec::new();
    for (word, state, n) in rows {
        match out.iter_mut().find(|(w, _)| *w == word) {
            Some((_, states)) => states.push((state, n)),
            None => out.push((word, vec![(state, n)])),
        }
    }
    out
}

impl Clocks {
    /// Counts them.
    pub fn read(conn: &mut Conn, ask: &Ask, names: &Names) -> Outcome<Self> {
        let by_kind = gathered(clock_counts(conn, ask, Split::Whole)?);
        let kind = |clock: &ClockKind| {
            let found = by_kind.iter().find(|(word, _)| word == clock.name());
            found.map(|(_, states)| (*clock, states.clone()))
        };
        let by_unit = gathered(clock_counts(conn, ask, Split::Unit)?);
        let mut units: Vec<(i64, States)> =
            by_unit.into_iter().map(|(word, states)| (word.parse().unwrap_or(0), states)).collect();
        units.sort_by_key(|(id, _)| (names.unit(*id) == "—", names.unit(*id)));
        Ok(Self { kinds: ClockKind::ALL.iter().filter_map(kind).collect(), units })
    }
}

/// The catalogue's key of a clock's name.
pub(crate) fn clock_key(clock: ClockKind) -> String {
    format!("case.clock_kind.{}", clock.name())
}

/// The catalogue's key of a state's name.
fn state_key(state: ClockState) -> String {
    format!("case.clock_state.{}", state.name())
}

/// How many of a state.
pub(crate) fn count_of(states: &States, state: ClockState) -> i64 {
    states.iter().filter(|(s, _)| *s == state).map(|(_, n)| n).sum()
}

fn address(q: &Query, by: (By, &str), state: ClockState) -> String {
    let mut at = q.under("/figure/clocks");
    for (by, value) in [by, (By::State, state.name())] {
        let (path, query) = at.split_once('?').unwrap_or((&at, ""));
        at = Query::parse(path, query).with(by, value);
    }
    at
}

fn row(q: &Query, name: String, states: &States, (by, value): (By, &str)) -> RowView {
    let cell = |state: &ClockState| {
        let n = count_of(states, *state);
        let address = if n == 0 { String::new() } else { address(q, (by, value), *state) };
        CellView { value: n.to_string(), of: String::new(), address }
    };
    RowView { name, address: q.with(by, value), cells: ClockState::ALL.iter().map(cell).collect() }
}

/// The two tables of the board.
pub(crate) fn clock_groups(v: &View, q: &Query, all: &Clocks, names: &Names) -> Vec<Group> {
    let heads = |first: &str| {
        let states = ClockState::ALL.iter().map(|s| v.t(&state_key(*s)).into_owned());
        std::iter::once(v.t(first).into_owned()).chain(states).collect()
    };
    let kind = |(clock, states): &(ClockKind, States)| {
        row(q, v.t(&clock_key(*clock)).into_owned(), states, (By::Clock, clock.name()))
    };
    let unit = |(id, states): &(i64, States)| {
        row(q, names.unit(*id), states, (By::Unit, &Id::<Unit>::of(*id).to_string()))
    };
    vec![
        Group {
            id: "clocks",
            title: v.t("figure.clocks.by_kind").into_owned(),
            heads: heads("figure.by.clock"),
            rows: all.kinds.iter().map(kind).collect(),
        },
        Group {
            id: "holders",
            title: v.t("figure.clocks.by_unit").into_owned(),
            heads: heads("figure.by.unit"),
            rows: all.units.iter().map(unit).collect(),
        },
    ]
}

/// A state in words and with a sign, never by colour alone.
pub(crate) fn state_badge(v: &View, state: &str) -> Html {
    let (tone, sign) = match state {
        "met" => (Tone::Good, ""),
        "met_late" | "missed" => (Tone::Bad, ""),
        "paused" => (Tone::Plain, "‖ "),
        _ => (Tone::Plain, ""),
    };
    v.badge(tone, format!("{sign}{}", v.t(&format!("case.clock_state.{state}"))))
}

fn clock_words(v: &View, c: &ClockLine) -> String {
    let name = v.t(&format!("case.clock_kind.{}", c.kind)).into_owned();
    if c.round > 1 { v.tw("figure.clocks.round", &[("clock", &name), ("n", &c.round)]) } else { name }
}

fn line(v: &View, names: &Names, c: &ClockLine) -> ClockRow {
    ClockRow {
        case: Id::<()>::of(c.case_id).to_string(),
        number: c.number.clone(),
        category: names.category(c.category_id),
        clock: clock_words(v, c),
        unit: names.unit(c.unit_id),
        state: state_badge(v, &c.state),
        due: v.exact(Millis(c.due_ms)),
        ended: c.ended_ms.map_or("—".to_owned(), |at| v.exact(Millis(at))),
        paused: c.paused_times,
        extended: c.extended_times,
    }
}

pub(super) async fn clocks_list(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = Seat::of(&site, &who, Kind::Figures)?;
    let (own, asked) = (v.clone(), q.clone());
    let (seat, names, found) = overlook(&site, &v, move |conn| {
        let names = Names::read(conn)?;
        let ask = seat.ask(&asked, &own, &names);
        let found = clocks(conn, &ask, &cut(&asked, false))?;
        Ok((seat, names, found))
    })
    .await?;
    let rows: Vec<ClockRow> = found.rows.iter().map(|c| line(&v, &names, c)).collect();
    let f = q.fields(&v, "figure.by");
    let kinds: Vec<Opt> =
        ClockKind::ALL.iter().map(|c| Opt::new(c.name(), v.t(&clock_key(*c)).into_owned())).collect();
    let states: Vec<Opt> =
        ClockState::ALL.iter().map(|s| Opt::new(s.name(), v.t(&state_key(*s)).into_owned())).collect();
    let list = q
        .frame(&v, found.next, rows.len())
        .filter(f.select("clock", &kinds))
        .filter(f.select("state", &states))
        .export(q.under("/figure/clocks/sheet.xlsx"))
        .print()
        .empty("figure.clocks.empty");
    page(&ClocksPage {
        back: q.under("/figure"),
        list: seat.narrow(&v, &q, list),
        sorts: q.head(&v, Order::Time, "figure.col.due"),
        rows,
        v,
    })
}

const COLUMNS: [(&str, f64); 9] = [
    ("figure.col.number", 20.0),
    ("figure.col.category", 28.0),
    ("figure.by.clock", 14.0),
    ("figure.col.holder", 28.0),
    ("figure.col.state", 14.0),
    ("figure.col.due", 17.0),
    ("figure.col.ended", 17.0),
    ("figure.col.paused", 10.0),
    ("figure.col.extended", 10.0),
];

fn cells(v: &View, names: &Names, c: &ClockLine) -> [Cell; 9] {
    [
        c.number.as_str().into(),
        names.category(c.category_id).into(),
        clock_words(v, c).into(),
        names.unit(c.unit_id).into(),
        v.t(&format!("case.clock_state.{}", c.state)).into_owned().into(),
        Millis(c.due_ms).into(),
        c.ended_ms.map(Millis).into(),
        c.paused_times.into(),
        c.extended_times.into(),
    ]
}

pub(super) async fn clocks_sheet(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = Seat::of(&site, &who, Kind::Figures)?;
    let head = Heading::of(&v, v.t("figure.clocks.heading"), v.t("figure.clocks.how"), &COLUMNS);
    let view = v.clone();
    export(&site, &v, head, move |conn, after, size| {
        let names = Names::read(conn)?;
        let ask = seat.ask(&q, &view, &names);
        let page = clocks(conn, &ask, &part(&q, false, after, size))?;
        Ok(page.map(|c| cells(&view, &names, &c).into()))
    })
    .await
}
