//! The list (督办清单): tabs by state with their numbers, filters, a sheet and a print. One address gives the rows, the
//! counts, the sheet and every link of the figures.

use std::collections::BTreeMap;

use access::Level as Rung;
use askama::Template;
use axum::extract::State;
use base::{Id, Millis, Outcome};
use jiff::civil::Date;
use store::Conn;
use territory::Division;
use web::{Answer, Cell, Heading, Html, List, ListQuery, Names as _, Opt, Site, View, Who, export, page};

use super::seat::{Names, Seat, level_options, light_badge, stage_badge};
use crate::model::{Entry, Level, Stage};
use crate::rules::light;
use crate::store::{Counts, EntryFilter, EntryOrder, Standing, entries, responsible_in, tab_counts};

web::names! {
    /// What the list can be asked for; a tab is a filter.
    pub(crate) enum By {
        Tab = "tab", Words = "q", Level = "level", Unit = "unit", Leader = "leader", Category = "category",
        County = "county", Town = "town", Village = "village", From = "from", To = "to",
    }
}
web::names! {
    /// Its orders.
    pub(crate) enum Sort { Due = "due", Made = "made" }
}
web::names! {
    /// Its tabs.
    pub(crate) enum Tab {
        All = "all", Nominated = "nominated", Listed = "listed", InHand = "in_hand", Returned = "returned",
        Extended = "extended", Asked = "asked", Applied = "applied", Inspected = "inspected", StruckOff = "struck_off",
        Overdue = "overdue", Ever = "ever", Declined = "declined",
    }
}

pub(crate) type Query = ListQuery<By, Sort>;

impl Tab {
    /// The stages of a tab; none for any.
    fn stages(self) -> Vec<Stage> {
        match self {
            Self::All | Self::Asked | Self::Overdue => Vec::new(),
            Self::Ever => Stage::ALL.iter().copied().filter(|s| s.is_listed()).collect(),
            Self::Nominated => vec![Stage::Nominated],
            Self::Listed => vec![Stage::Listed],
            Self::InHand => vec![Stage::InHand],
            Self::Returned => vec![Stage::Returned],
            Self::Extended => vec![Stage::Extended],
            Self::Applied => vec![Stage::Applied],
            Self::Inspected => vec![Stage::Inspected],
            Self::StruckOff => vec![Stage::StruckOff],
            Self::Declined => vec![Stage::Declined],
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::All => "supervision.tab.all",
            Self::Asked => "supervision.tab.asked",
            Self::Overdue => "supervision.tab.overdue",
            Self::Ever => "supervision.tab.ever",
            Self::Nominated => Stage::Nominated.key(),
            Self::Listed => Stage::Listed.key(),
            Self::InHand => Stage::InHand.key(),
            Self::Returned => Stage::Returned.key(),
            Self::Extended => Stage::Extended.key(),
            Self::Applied => Stage::Applied.key(),
            Self::Inspected => Stage::Inspected.key(),
            Self::StruckOff => Stage::StruckOff.key(),
            Self::Declined => Stage::Declined.key(),
        }
    }

    fn narrow(self, filter: &mut EntryFilter) {
        filter.stages = self.stages();
        filter.clock = match self {
            Self::Overdue => Some(Standing::Overdue),
            Self::Asked => Some(Standing::Asked),
            _ => None,
        };
    }
}

/// What is asked, for a seat.
#[derive(Clone)]
pub(crate) struct Ask {
    pub filter: EntryFilter,
    pub tab: Tab,
    pub order: EntryOrder,
}

impl Ask {
    /// Reads an address.
    pub fn read(seat: &Seat, q: &Query, v: &View) -> Self {
        let division = |by, rung| q.parsed::<Id<Division>>(by).map(|id| (rung, id.raw()));
        let place = division(By::Village, Rung::Village)
            .or_else(|| division(By::Town, Rung::Town))
            .or_else(|| division(By::County, Rung::County));
        let category = q.parsed::<Id<Division>>(By::Category);
        let filter = EntryFilter {
            level: q.get(By::Level).and_then(Level::parse),
            unit: q.parsed::<Id<access::Unit>>(By::Unit).map(Id::raw),
            leader_post: q.parsed::<Id<access::Post>>(By::Leader).map(Id::raw),
            categories: category.map_or(Vec::new(), |c| seat.ground.subtree(c.raw())),
            place,
            listed_from: q.parsed::<Date>(By::From).map(|d| v.zone.start_of(d)),
            listed_before: q.parsed::<Date>(By::To).map(|d| v.zone.end_of(d).plus(1)),
            words: q.get(By::Words).unwrap_or_default().to_owned(),
            ..EntryFilter::within(seat.scope())
        };
        let tab =
            q.get(By::Tab).and_then(|n| Tab::ALL.iter().copied().find(|t| t.name() == n)).unwrap_or(Tab::All);
        let order = match (q.order(), q.descending(false)) {
            (Sort::Due, false) => EntryOrder::DueFirst,
            (Sort::Due, true) => EntryOrder::DueLast,
            (Sort::Made, true) => EntryOrder::NewestFirst,
            (Sort::Made, false) => EntryOrder::OldestFirst,
        };
        Self { filter, tab, order }
    }

    fn of_tab(&self) -> EntryFilter {
        let mut filter = self.filter.clone();
        self.tab.narrow(&mut filter);
        filter
    }
}

/// One line as it is drawn.
pub(crate) struct Line {
    pub id: String,
    pub number: String,
    pub title: String,
    pub place: String,
    pub level: String,
    pub leader: String,
    pub unit: String,
    pub stage: Html,
    pub light: Html,
    pub visits: i64,
}

impl Line {
    fn new(v: &View, seat: &Seat, names: &Names, e: &Entry) -> Self {
        Self {
            id: e.id.to_string(),
            number: e.number.clone(),
            title: e.title.clone(),
            place: seat.place(&e.place),
            level: v.t(e.level.key()).into_owned(),
            leader: names.who(v, e.four.leader),
            unit: seat.unit(e.four.unit),
            stage: stage_badge(v, e.stage),
            light: light_badge(v, e),
            visits: e.visits,
        }
    }
}

#[derive(Template)]
#[template(path = "supervision/list.html")]
pub(crate) struct ListPage {
    pub v: View,
    pub list: List,
    pub rows: Vec<Line>,
    pub made_head: Html,
    pub due_head: Html,
    pub desk: bool,
}

/// What the filter row offers: units and leaders that have entries in the scope.
#[derive(Default)]
pub(crate) struct Offered {
    pub units: Vec<Opt>,
    pub leaders: Vec<Opt>,
}

impl Offered {
    fn of(conn: &mut Conn, seat: &Seat, v: &View) -> Outcome<Self> {
        let found = responsible_in(conn, &seat.scope())?;
        let names = Names::of(conn, found.iter().map(|(_, account, _)| *account))?;
        let leaders: BTreeMap<i64, String> =
            found.iter().map(|(post, account, _)| (*post, names.who(v, *account))).collect();
        let units: BTreeMap<i64, String> = found.iter().map(|(.., unit)| (*unit, seat.unit(*unit))).collect();
        let opt = |(id, name): (i64, String)| Opt::new(Id::<access::Unit>::of(id), name);
        Ok(Self {
            units: units.into_iter().map(opt).collect(),
            leaders: leaders.into_iter().map(opt).collect(),
        })
    }
}

/// GET /supervision
pub(crate) async fn entries_list(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let q = q.or(By::Tab, Tab::All.name());
    let ask = Ask::read(&seat, &q, &v);
    let (cursor, size, view, own) = (q.cursor(), q.size(), v.clone(), seat.clone());
    let (rows, counts, waiting, ask, names, offered) = site
        .db
        .read(move |conn| {
            let rows = entries(conn, &ask.of_tab(), ask.order, cursor, size, view.now)?;
            let counts = tab_counts(conn, &ask.filter, view.now)?;
            let mut of_asked = ask.filter.clone();
            Tab::Asked.narrow(&mut of_asked);
            let asked = tab_counts(conn, &of_asked, view.now)?.of(&[]);
            let names = Names::of(conn, rows.rows.iter().map(|e| e.four.leader))?;
            let offered = Offered::of(conn, &own, &view)?;
            Ok((rows, counts, asked, ask, names, offered))
        })
        .await?;
    let total = count(&counts, waiting, ask.tab);
    let list = frame(&v, &seat, &q, &offered, rows.next, rows.rows.len())
        .tabs(tabs(&v, &q, &counts, waiting))
        .total(total);
    page(&ListPage {
        rows: rows.rows.iter().map(|e| Line::new(&v, &seat, &names, e)).collect(),
        made_head: q.head(&v, Sort::Made, "supervision.col.number"),
        due_head: q.head(&v, Sort::Due, "supervision.col.due"),
        desk: is_desk(&v),
        list,
        v,
    })
}

/// Whether the person nominates, lists, calls and orders.
pub(crate) fn is_desk(v: &View) -> bool {
    v.may("clerk") || v.may("lead")
}

fn count(counts: &Counts, asked: i64, tab: Tab) -> i64 {
    match tab {
        Tab::Asked => asked,
        Tab::Overdue => counts.overdue(),
        _ => counts.of(&tab.stages()),
    }
}

pub(crate) fn tabs(v: &View, q: &Query, counts: &Counts, asked: i64) -> web::Tabs {
    let each = Tab::ALL
        .iter()
        .map(|t| (t.name(), v.t(t.key()).into_owned(), u64::try_from(count(counts, asked, *t)).ok()));
    q.tabs(By::Tab, each)
}

/// The filter row and the toolbar.
fn frame(
    v: &View,
    seat: &Seat,
    q: &Query,
    offered: &Offered,
    next: Option<base::Cursor>,
    shown: usize,
) -> List {
    let raw = |by| q.parsed::<Id<Division>>(by).map(Id::raw);
    let area = seat.area(raw(By::County), raw(By::Town));
    list_frame(v, q, offered, &area, &seat.headings(), next, shown)
}

/// The same over given options, for samples too.
pub(crate) fn list_frame(
    v: &View,
    q: &Query,
    offered: &Offered,
    area: &[(&'static str, Vec<Opt>)],
    categories: &[Opt],
    next: Option<base::Cursor>,
    shown: usize,
) -> List {
    let f = q.fields(v, "supervision.filter");
    let mut list = q
        .frame(v, next, shown)
        .empty("supervision.none")
        .export(q.under("/supervision/sheet.xlsx"))
        .print()
        .filter(f.typed("q", "search"))
        .filter(f.select("level", &level_options(v)))
        .filter(f.select("unit", &offered.units))
        .filter(f.select("leader", &offered.leaders))
        .filter(f.select("category", categories));
    for (name, options) in area {
        list = list.filter(match *name {
            "county" => f.select("county", options).feeds("town", "/territory/options?parent="),
            "town" => f.select("town", options).feeds("village", "/territory/options?parent="),
            _ => f.select("village", options),
        });
    }
    list = list.filter(f.date("from")).filter(f.date("to"));
    if is_desk(v) { list.link("/supervision/new", "supervision.new") } else { list }
}

/// The columns of the file.
const COLUMNS: [(&str, f64); 13] = [
    ("supervision.col.number", 20.0),
    ("supervision.col.case", 20.0),
    ("supervision.col.title", 40.0),
    ("supervision.col.place", 26.0),
    ("supervision.col.category", 20.0),
    ("supervision.col.level", 10.0),
    ("supervision.col.stage", 12.0),
    ("supervision.col.leader", 12.0),
    ("supervision.col.unit", 26.0),
    ("supervision.col.person", 12.0),
    ("supervision.col.listed", 17.0),
    ("supervision.col.due", 17.0),
    ("supervision.col.visits", 8.0),
];

/// GET /supervision/sheet.xlsx: the same rows in the same order.
pub(crate) async fn entries_sheet(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let ask = Ask::read(&seat, &q, &v);
    let head = Heading::of(&v, v.t("supervision.heading"), v.t(ask.tab.key()), &COLUMNS);
    let view = v.clone();
    export(&site, &v, head, move |conn, after, size| {
        let page = entries(conn, &ask.of_tab(), ask.order, after, size, view.now)?;
        let names = Names::of(conn, page.rows.iter().flat_map(|e| [e.four.leader, e.four.person]))?;
        let cases: Vec<i64> = page.rows.iter().filter_map(|e| e.case.map(Id::raw)).collect();
        let numbers: BTreeMap<i64, String> = case::store::numbers_of(conn, &cases)?.into_iter().collect();
        Ok(page.map(|e| cells(&view, &seat, &names, &numbers, &e).into()))
    })
    .await
}

fn cells(v: &View, seat: &Seat, names: &Names, numbers: &BTreeMap<i64, String>, e: &Entry) -> [Cell; 13] {
    let due = (e.listed.is_some()).then_some(e.marks.due);
    let stage = if e.stage.is_working() {
        format!("{} {}", v.t(e.stage.key()), v.t(light(e, v.now).key()))
    } else {
        v.t(e.stage.key()).into_owned()
    };
    let listed: Option<Millis> = e.listed;
    [
        e.number.as_str().into(),
        e.case.and_then(|c| numbers.get(&c.raw()).cloned()).into(),
        e.title.as_str().into(),
        seat.place(&e.place).into(),
        seat.category(e.category).into(),
        v.t(e.level.key()).into_owned().into(),
        stage.into(),
        names.who(v, e.four.leader).into(),
        seat.unit(e.four.unit).into(),
        names.who(v, e.four.person).into(),
        listed.into(),
        due.into(),
        e.visits.into(),
    ]
}
