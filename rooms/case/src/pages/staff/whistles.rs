//! The lists of calls (吹哨报到清单): a called unit's inbox, what a desk has called, and how the units of an area answer.
//! One filter makes the rows, the counts, the figures and the sheets.

use access::{Duty, Unit};
use askama::Template;
use axum::extract::State;
use base::{Cursor, Id, Outcome, Page};
use store::Conn;
use territory::Division;
use web::{
    Answer, Cell, Heading, Html, List, ListQuery, Names as _, Opt, Sheet, Site, View, Who, export, page,
    sheet_answer,
};

use super::queue::{area, days};
use super::seat::Seat;
use super::whistle::{call_badge, role_words, state_badge};
use crate::model::CallState;
use crate::rules::whistle::call_reading;
use crate::store::{self as cases, CallFigure, CallFilter, CallLine, CallOrder, UnitCalls};

web::names! {
    /// The filters.
    pub(super) enum By {
        Tab = "tab", Whose = "whose", County = "county", Town = "town", Unit = "unit", From = "from", To = "to",
        Figure = "figure",
    }
}
web::names! {
    /// The orders.
    pub(super) enum Sort { Due = "due", At = "at" }
}
web::names! {
    /// The tabs.
    pub(super) enum Tab {
        Waiting = "waiting", Missed = "missed", Coming = "coming", Done = "done", Excused = "excused", All = "all",
    }
}
web::names! {
    /// The measures, each as a filter of rows.
    pub(super) enum Figure { InTime = "in_time", Late = "late", Rated = "rated" }
}

/// What the page was asked for.
pub(super) type Query = ListQuery<By, Sort>;

fn named<T: web::Names>(name: &str) -> Option<T> {
    T::ALL.iter().copied().find(|t| t.name() == name)
}

impl Tab {
    const fn states(self) -> &'static [CallState] {
        match self {
            Self::Waiting => &[CallState::Waiting],
            Self::Missed => &[CallState::Missed],
            Self::Coming => &[CallState::Answered, CallState::Arrived],
            Self::Done => &[CallState::Done],
            Self::Excused => &[CallState::Excused],
            Self::All => &[],
        }
    }

    /// The catalogue's key of its name.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Waiting => "case.page.whistle.tab_waiting",
            Self::Missed => "case.page.whistle.tab_missed",
            Self::Coming => "case.page.whistle.tab_coming",
            Self::Done => "case.page.whistle.tab_done",
            Self::Excused => "case.page.whistle.tab_excused",
            Self::All => "case.page.whistle.tab_all",
        }
    }
}

impl Figure {
    const fn measure(self) -> CallFigure {
        match self {
            Self::InTime => CallFigure::InTime,
            Self::Late => CallFigure::Late,
            Self::Rated => CallFigure::Rated,
        }
    }

    const fn key(self) -> &'static str {
        match self {
            Self::InTime => "case.page.whistle.in_time",
            Self::Late => "case.page.whistle.late",
            Self::Rated => "case.page.whistle.rated",
        }
    }
}

/// The units from which somebody answers calls, and those from which somebody calls.
fn own_units(seat: &Seat) -> (Vec<i64>, Vec<i64>) {
    let mut called: Vec<i64> =
        [Duty::Handle, Duty::Mediate, Duty::Clerk].iter().flat_map(|d| seat.person.units_with(*d)).collect();
    called.sort_unstable();
    called.dedup();
    (called, seat.person.units_with(Duty::Clerk))
}

/// Whose calls one arrives at: a handler's own, a desk's own, a leader's area.
fn first_whose(seat: &Seat, q: &Query) -> &'static str {
    match () {
        () if q.get(By::Unit).is_some() => "area",
        () if seat.has(Duty::Clerk) => "caller",
        () if seat.has(Duty::Handle) || seat.has(Duty::Mediate) => "called",
        () => "area",
    }
}

/// What is asked, but for the tab.
fn filter_of(seat: &Seat, q: &Query, v: &View) -> CallFilter {
    let (called, calling) = own_units(seat);
    let whose = q.get(By::Whose).unwrap_or_else(|| first_whose(seat, q));
    let (from, before) = days(&v.zone, q.parsed(By::From), q.parsed(By::To));
    let mut units = q.parsed::<Id<Unit>>(By::Unit).map_or(Vec::new(), |u| vec![u.raw()]);
    let mut callers = Vec::new();
    match whose {
        "called" if !called.is_empty() && units.is_empty() => units = called,
        "caller" if !calling.is_empty() => callers = calling,
        _ => {}
    }
    CallFilter {
        scope: seat.may_open(),
        states: Vec::new(),
        figure: q.get(By::Figure).and_then(named::<Figure>).map(Figure::measure),
        units,
        callers,
        place: area([
            (access::Level::County, q.parsed::<Id<Division>>(By::County)),
            (access::Level::Town, q.parsed::<Id<Division>>(By::Town)),
            (access::Level::Village, None),
        ]),
        from,
        before,
    }
}

fn tab_of(q: &Query) -> Tab {
    q.get(By::Tab).and_then(named).unwrap_or(Tab::All)
}

/// What nobody asked for: whose, what waits first, soonest first; with a figure, everything.
fn arrived(seat: &Seat, q: Query) -> Query {
    let whose = first_whose(seat, &q);
    let tab = if whose == "called" && q.get(By::Figure).is_none() { Tab::Waiting } else { Tab::All };
    let q = q.or(By::Tab, tab.name()).or(By::Whose, whose);
    match tab_of(&q) {
        Tab::Waiting => q,
        _ => q.or_order(Sort::At, true),
    }
}

fn order_of(q: &Query) -> CallOrder {
    match (q.order(), q.descending(false)) {
        (Sort::Due, false) => CallOrder::DueFirst,
        (Sort::Due, true) => CallOrder::DueLast,
        (Sort::At, true) => CallOrder::NewestFirst,
        (Sort::At, false) => CallOrder::OldestFirst,
    }
}

/// One line as it is drawn.
pub(super) struct Line {
    pub id: String,
    pub unit: String,
    pub role: String,
    pub number: String,
    pub title: String,
    pub place: String,
    pub caller: String,
    pub at: String,
    pub due: String,
    pub left: Html,
    pub state: Html,
}

impl Line {
    fn new(v: &View, seat: &Seat, row: &CallLine) -> Self {
        let (county, town, village) = row.place;
        let place = access::Place { county, town, village, ..access::Place::default() };
        let reading = call_reading(&row.call, v.now, &seat.ground.here(&place));
        Self {
            id: row.call.whistle.to_string(),
            unit: seat.unit(row.call.unit),
            role: role_words(v, row.call.role),
            number: row.number.clone(),
            title: row.title.clone(),
            place: seat.place(county, town, village),
            caller: seat.unit(row.call.caller),
            at: v.when(row.call.at),
            due: v.exact(row.call.due),
            left: call_badge(v, &row.call, reading.as_ref()),
            state: state_badge(v, row.call.state()),
        }
    }
}

#[derive(Template)]
#[template(path = "case/staff/whistles.html")]
pub(super) struct WhistlesPage {
    pub v: View,
    pub title: String,
    pub place: String,
    pub list: List,
    pub rows: Vec<Line>,
    pub at_head: Html,
    pub due_head: Html,
}

/// The frame: tabs with their counts come from the caller.
fn frame(v: &View, seat: &Seat, q: &Query, next: Option<Cursor>, shown: usize) -> List {
    let f = q.fields(v, "case.page.whistle.by");
    let word = |key: &str| v.t(key).into_owned();
    let mut whose = vec![Opt::new("area", word("case.page.whistle.whose_area"))];
    let (called, calling) = own_units(seat);
    if !calling.is_empty() {
        whose.insert(0, Opt::new("caller", word("case.page.whistle.whose_caller")));
    }
    if !called.is_empty() {
        whose.insert(0, Opt::new("called", word("case.page.whistle.whose_called")));
    }
    let mut list = q
        .frame(v, next, shown)
        .empty("case.page.whistle.empty")
        .unasked(q.get(By::Whose) == Some(first_whose(seat, q)))
        .print();
    if whose.len() > 1 {
        list = list.filter(f.select("whose", &whose));
    }
    for (name, options) in area_fields(seat, q) {
        list = list.filter(match name {
            "county" => f.select("county", &options).feeds("town", "/territory/options?parent="),
            _ => f.select("town", &options),
        });
    }
    let figures: Vec<Opt> =
        <Figure as web::Names>::ALL.iter().map(|m| Opt::new(m.name(), word(m.key()))).collect();
    list.filter(f.select("unit", &units(seat)))
        .filter(f.select("figure", &figures))
        .filter(f.date("from"))
        .filter(f.date("to"))
}

/// County and town below the person's own root.
fn area_fields(seat: &Seat, q: &Query) -> Vec<(&'static str, Vec<Opt>)> {
    let raw = |by: By| q.parsed::<Id<Division>>(by).map_or(0, Id::raw);
    let all = super::queue::area_options(seat, seat.root(), raw(By::County), 0);
    all.into_iter().filter(|(name, _)| *name != "village").collect()
}

/// The units that answer for the person's area.
fn units(seat: &Seat) -> Vec<Opt> {
    let root = seat.root();
    let mut all: Vec<&Unit> = seat.catalogue.units.at(root.level, root.id).collect();
    let below: Vec<i64> = match root.level {
        access::Level::City | access::Level::County => {
            seat.atlas.children(Some(Id::<Division>::of(root.id))).map(|e| e.id.raw()).collect()
        }
        _ => Vec::new(),
    };
    for id in below {
        let level =
            if root.level == access::Level::City { access::Level::County } else { access::Level::Town };
        all.extend(seat.catalogue.units.at(level, id));
    }
    all.iter().map(|u| Opt::new(u.id, u.name.clone())).collect()
}

fn place_words(seat: &Seat, filter: &CallFilter) -> String {
    match filter.place {
        Some((_, id)) => seat.path(id),
        None if !filter.callers.is_empty() => names(seat, &filter.callers),
        None if !filter.units.is_empty() => names(seat, &filter.units),
        None => seat.root_name(),
    }
}

fn names(seat: &Seat, units: &[i64]) -> String {
    units.iter().map(|u| seat.unit(*u)).collect::<Vec<_>>().join("、")
}

/// How many calls stand in each state.
type ByState = Vec<(CallState, i64)>;

pub(super) async fn whistles_list(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let q = arrived(&seat, q);
    let filter = filter_of(&seat, &q, &v);
    let place = place_words(&seat, &filter);
    let (tab, order, cursor, size) = (tab_of(&q), order_of(&q), q.cursor(), q.size());
    let read = move |conn: &mut Conn| -> Outcome<(Page<CallLine>, ByState)> {
        let of_tab = CallFilter { states: tab.states().to_vec(), ..filter.clone() };
        Ok((cases::calls(conn, &of_tab, order, cursor, size)?, cases::call_counts(conn, &filter)?))
    };
    let (rows, counts) = site.db.read(read).await?;
    let count = |tab: Tab| -> u64 {
        let mine = |s: &CallState| tab.states().is_empty() || tab.states().contains(s);
        counts.iter().filter(|(s, _)| mine(s)).map(|(_, n)| u64::try_from(*n).unwrap_or(0)).sum()
    };
    let each = <Tab as web::Names>::ALL.iter();
    let strip = each.map(|t| (t.name(), v.t(t.key()).into_owned(), Some(count(*t))));
    let list = frame(&v, &seat, &q, rows.next, rows.rows.len())
        .tabs(q.tabs(By::Tab, strip))
        .export(q.under("/whistles/sheet.xlsx"))
        .link(q.under("/whistles/units"), "case.page.whistle.units_heading")
        .total(count(tab));
    page(&WhistlesPage {
        title: v.t("case.page.whistle.list_heading").into_owned(),
        place,
        rows: rows.rows.iter().map(|r| Line::new(&v, &seat, r)).collect(),
        at_head: q.head(&v, Sort::At, "case.page.whistle.at"),
        due_head: q.head(&v, Sort::Due, "case.page.whistle.due"),
        list,
        v,
    })
}

/// The columns of the file.
const COLUMNS: [(&str, f64); 13] = [
    ("case.page.whistle.number", 20.0),
    ("case.page.whistle.matter", 36.0),
    ("case.page.whistle.place", 22.0),
    ("case.page.whistle.caller", 26.0),
    ("case.page.whistle.unit", 26.0),
    ("case.page.whistle.role", 8.0),
    ("case.page.whistle.at", 17.0),
    ("case.page.whistle.due", 17.0),
    ("case.page.whistle.state", 10.0),
    ("case.page.whistle.answered_at", 17.0),
    ("case.page.whistle.arrived_at", 17.0),
    ("case.page.whistle.finished_at", 17.0),
    ("case.page.whistle.outcome", 40.0),
];

fn cells(v: &View, seat: &Seat, row: &CallLine) -> [Cell; 13] {
    let (county, town, village) = row.place;
    let c = &row.call;
    [
        row.number.as_str().into(),
        row.title.as_str().into(),
        seat.place(county, town, village).into(),
        seat.unit(c.caller).into(),
        seat.unit(c.unit).into(),
        role_words(v, c.role).into(),
        c.at.into(),
        c.due.into(),
        v.t(c.state().key()).into_owned().into(),
        c.answered.into(),
        c.arrived.into(),
        c.finished.into(),
        c.outcome.as_str().into(),
    ]
}

/// What was asked for, in words.
fn note(v: &View, seat: &Seat, q: &Query, filter: &CallFilter) -> String {
    let mut parts = vec![v.t(tab_of(q).key()).into_owned(), place_words(seat, filter)];
    parts.extend(q.get(By::Figure).and_then(named::<Figure>).map(|f| v.t(f.key()).into_owned()));
    for (by, key) in [(By::From, "case.page.whistle.by.from"), (By::To, "case.page.whistle.by.to")] {
        parts.extend(q.get(by).map(|value| format!("{}: {value}", v.t(key))));
    }
    parts.retain(|p| !p.is_empty());
    parts.join("; ")
}

pub(super) async fn whistles_sheet(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let q = arrived(&seat, q);
    let filter = CallFilter { states: tab_of(&q).states().to_vec(), ..filter_of(&seat, &q, &v) };
    let (note, order) = (note(&v, &seat, &q, &filter), order_of(&q));
    let head = Heading::of(&v, v.t("case.page.whistle.list_heading"), note, &COLUMNS);
    let view = v.clone();
    export(&site, &v, head, move |conn, after, size| {
        let page = cases::calls(conn, &filter, order, after, size)?;
        Ok(page.map(|row| cells(&view, &seat, &row).into()))
    })
    .await
}

/// An empty sheet with its head.
fn new_sheet(v: &View, title: &str, note: &str, columns: &[(&str, f64)]) -> Outcome<Sheet> {
    let heads: Vec<(String, f64)> =
        columns.iter().map(|(key, width)| (v.t(key).into_owned(), *width)).collect();
    let columns: Vec<(&str, f64)> = heads.iter().map(|(name, width)| (name.as_str(), *width)).collect();
    Sheet::new(v, &v.t(title), note, &columns)
}

/// A unit's row: each cell an address, a number and what it is of.
pub(super) struct UnitRow {
    pub address: String,
    pub name: String,
    pub cells: Vec<(String, String, String)>,
}

#[derive(Template)]
#[template(path = "case/staff/whistle_units.html")]
pub(super) struct UnitsPage {
    pub v: View,
    pub place: String,
    pub list: List,
    pub heads: Vec<String>,
    pub rows: Vec<UnitRow>,
}

/// The columns of the table of units; each number opens its rows by the filter beside it.
pub(super) const UNIT_COLUMNS: [(&str, f64); 8] = [
    ("case.page.whistle.unit", 32.0),
    ("case.page.whistle.called", 10.0),
    ("case.page.whistle.in_time", 12.0),
    ("case.page.whistle.late", 12.0),
    ("case.page.whistle.tab_missed", 10.0),
    ("case.page.whistle.tab_waiting", 10.0),
    ("case.page.whistle.tab_excused", 10.0),
    ("case.page.whistle.mean", 12.0),
];

/// The numbers of a unit with the filters that open their rows.
fn numbers(u: &UnitCalls) -> [(i64, Tab, Option<Figure>); 6] {
    [
        (u.called, Tab::All, None),
        (u.in_time, Tab::All, Some(Figure::InTime)),
        (u.late, Tab::All, Some(Figure::Late)),
        (u.missed, Tab::Missed, None),
        (u.waiting, Tab::Waiting, None),
        (u.excused, Tab::Excused, None),
    ]
}

/// The mean of what callers said, with one decimal; nothing where nobody has said anything.
pub(super) fn mean(u: &UnitCalls) -> Option<String> {
    (u.rated > 0).then(|| {
        let tenths = (u.stars * 10 + u.rated / 2) / u.rated;
        format!("{}.{}", tenths / 10, tenths % 10)
    })
}

fn unit_row(v: &View, seat: &Seat, q: &Query, u: &UnitCalls) -> UnitRow {
    let unit = Id::<Unit>::of(u.unit).to_string();
    let address = |tab: Tab, figure: Option<Figure>| {
        let mut all: Vec<(&str, &str)> = vec![("unit", &unit), ("whose", q.get(By::Whose).unwrap_or("area"))];
        all.push(("tab", tab.name()));
        all.extend(figure.map(|f| ("figure", f.name())));
        for by in [By::County, By::Town, By::From, By::To] {
            all.extend(q.get(by).map(|value| (by.name(), value)));
        }
        let pairs: Vec<String> = all.iter().map(|(n, value)| format!("{n}={}", web::encode(value))).collect();
        format!("/whistles?{}", pairs.join("&"))
    };
    let mut cells: Vec<(String, String, String)> = numbers(u)
        .into_iter()
        .map(|(n, tab, figure)| match n {
            0 => (String::new(), "0".to_owned(), String::new()),
            n => (address(tab, figure), n.to_string(), String::new()),
        })
        .collect();
    cells.push(match mean(u) {
        Some(mean) => {
            (address(Tab::All, Some(Figure::Rated)), mean, v.t1("case.page.whistle.of_n", "n", u.rated))
        }
        None => (String::new(), "—".to_owned(), String::new()),
    });
    UnitRow { address: address(Tab::All, None), name: seat.unit(u.unit), cells }
}

pub(super) async fn units_list(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let whose = first_whose(&seat, &q);
    let q = q.or(By::Whose, whose);
    let filter = filter_of(&seat, &q, &v);
    let place = place_words(&seat, &filter);
    let found = site.db.read(move |conn| cases::unit_calls(conn, &filter)).await?;
    let list = frame(&v, &seat, &q, None, found.len())
        .export(q.under("/whistles/units/sheet.xlsx"))
        .link(q.under("/whistles"), "case.page.whistle.list_heading");
    page(&UnitsPage {
        place,
        heads: UNIT_COLUMNS.iter().map(|(key, _)| v.t(key).into_owned()).collect(),
        rows: found.iter().map(|u| unit_row(&v, &seat, &q, u)).collect(),
        list,
        v,
    })
}

pub(super) async fn units_sheet(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let whose = first_whose(&seat, &q);
    let q = q.or(By::Whose, whose);
    let filter = filter_of(&seat, &q, &v);
    let note = note(&v, &seat, &q, &filter);
    let found = site.db.read(move |conn| cases::unit_calls(conn, &filter)).await?;
    let title = v.t("case.page.whistle.units_heading").into_owned();
    let mut sheet = new_sheet(&v, "case.page.whistle.units_heading", &note, &UNIT_COLUMNS)?;
    for u in &found {
        let mut cells: Vec<Cell> = vec![seat.unit(u.unit).into()];
        cells.extend(numbers(u).into_iter().map(|(n, ..)| Cell::from(n)));
        cells.push(mean(u).map(|m| format!("{m} ({})", u.rated)).into());
        sheet.row(&cells)?;
    }
    sheet_answer(&title, sheet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_has_one_decimal_and_its_number() {
        let u = |rated, stars| UnitCalls {
            unit: 1,
            called: 9,
            in_time: 0,
            late: 0,
            missed: 0,
            waiting: 0,
            excused: 0,
            rated,
            stars,
        };
        assert_eq!(mean(&u(0, 0)), None);
        assert_eq!(mean(&u(3, 13)).unwrap(), "4.3");
        assert_eq!(mean(&u(2, 10)).unwrap(), "5.0");
        assert_eq!(mean(&u(6, 11)).unwrap(), "1.8");
    }
}
