//! The queue (办件列表): a clerk's home, a department's inbox, and the rows behind every figure of the
//! leader's page. One filter makes the rows, the counts, the Excel file and the links.

use std::collections::HashMap;

use access::Duty;
use askama::Template;
use axum::extract::State;
use base::{DAY_MS, Id, Millis, Outcome, Upto, Zone};
use jiff::civil::Date;
use territory::Division;
use web::{Answer, Cell, Heading, Html, List, ListQuery, Opt, Site, Tabs, Tone, View, Who, export, page};

use super::seat::Seat;
use super::show::urged_badge;
use crate::model::{Category, Channel, ClockState, Ending, Stage};
use crate::pages::resident::pieces::stage_badge;
use crate::store::{self, CaseFilter, Counts, QueueOrder, QueueRow};

/// Days within which a matter is to be accepted (受理期限).
pub(super) const ACCEPT_DAYS: i64 = 15;

web::names! {
    /// The filters of the queue.
    pub(super) enum By {
        Tab = "tab", Words = "q", Whose = "whose", County = "county", Town = "town", Village = "village",
        Category = "category", Channel = "channel", Unit = "unit", From = "from", To = "to", Figure = "figure",
    }
}
web::names! {
    /// The orders of the queue.
    pub(super) enum Sort { Due = "due", Made = "made" }
}
web::names! {
    /// The tabs.
    pub(super) enum Tab {
        All = "all", Received = "received", Accepted = "accepted", ToTake = "to_take", Handling = "handling",
        Verifying = "verifying", Declined = "declined", Overdue = "overdue", Closed = "closed",
    }
}
web::names! {
    /// The measures of the leader's page, each as a filter of rows (统计口径).
    pub(super) enum Figure {
        Received = "received", AcceptedInTime = "accepted_in_time", Closed = "closed", Fixed = "fixed",
        NotSolved = "not_solved", Answered = "answered", Dated = "dated", Within15 = "within15", Within60 = "within60",
        Overdue = "overdue",
    }
}

/// What a queue page was asked for.
pub(super) type Query = ListQuery<By, Sort>;

fn named<T: web::Names>(name: &str) -> Option<T> {
    T::ALL.iter().copied().find(|t| t.name() == name)
}

impl Tab {
    fn key(self) -> &'static str {
        match self {
            Self::All => "case.page.queue.tab_all",
            Self::Received => "case.page.queue.tab_received",
            Self::Accepted => "case.page.queue.tab_accepted",
            Self::ToTake => "case.page.queue.tab_to_take",
            Self::Handling => "case.page.queue.tab_handling",
            Self::Verifying => "case.page.queue.tab_verifying",
            Self::Declined => "case.page.queue.tab_declined",
            Self::Overdue => "case.page.queue.tab_overdue",
            Self::Closed => "case.page.queue.tab_closed",
        }
    }

    /// The tabs of a seat: a clerk's, a department's, or a reader's.
    fn of(seat: &Seat) -> Vec<Self> {
        let (clerk, handler) = (seat.has(Duty::Clerk), seat.has(Duty::Handle) || seat.has(Duty::Mediate));
        let mut all = Vec::new();
        if clerk || !handler {
            all.extend([Self::Received, Self::Accepted]);
        }
        if handler {
            all.push(Self::ToTake);
        }
        all.extend([Self::Handling, Self::Verifying]);
        if handler {
            all.push(Self::Declined);
        }
        all.extend([Self::Overdue, Self::Closed, Self::All]);
        all
    }

    /// The tab one arrives at: what waits for one's own hand, or everything where a figure was followed.
    fn first(seat: &Seat, q: &Query) -> Self {
        match () {
            () if q.get(By::Figure).is_some() => Self::All,
            () if seat.has(Duty::Clerk) => Self::Received,
            () if seat.has(Duty::Handle) || seat.has(Duty::Mediate) => Self::ToTake,
            () if seat.has(Duty::Verify) => Self::Verifying,
            () => Self::All,
        }
    }

    fn stages(self) -> &'static [Stage] {
        match self {
            Self::Received => &[Stage::Received],
            Self::Accepted => &[Stage::Accepted],
            Self::ToTake => &[Stage::Dispatched],
            Self::Handling => &[Stage::Dispatched, Stage::Handling],
            Self::Verifying => &[Stage::Verifying],
            Self::Closed => &[Stage::Closed],
            Self::All | Self::Declined | Self::Overdue => &[],
        }
    }

    /// Whether it lists what waits for my unit's own hand, not what my unit had a part in.
    fn waits_here(self) -> bool {
        matches!(self, Self::Received | Self::Accepted | Self::ToTake | Self::Verifying)
    }

    fn narrow(self, filter: &mut CaseFilter, ask: &Ask) {
        if !self.stages().is_empty() {
            filter.stages = self.stages().to_vec();
        }
        if self == Self::Overdue {
            filter.clock = Some(ClockState::Overdue);
        }
        if self == Self::Declined {
            filter.declined_by = ask.units.clone();
        }
        if self.waits_here() && ask.mine {
            filter.holder_units = ask.units.clone();
        }
    }
}

impl Figure {
    /// The catalogue's key of its name.
    pub fn key(self) -> &'static str {
        match self {
            Self::Received => "case.page.brief.received",
            Self::AcceptedInTime => "case.page.brief.accepted_in_time",
            Self::Closed => "case.page.brief.closed",
            Self::Fixed => "case.page.brief.fixed",
            Self::NotSolved => "case.page.brief.not_solved",
            Self::Answered => "case.page.brief.answered",
            Self::Dated => "case.page.brief.dated",
            Self::Within15 => "case.page.brief.within15",
            Self::Within60 => "case.page.brief.within60",
            Self::Overdue => "case.page.brief.overdue",
        }
    }

    /// Narrows a filter to the rows that the figure counts.
    pub fn narrow(self, filter: &mut CaseFilter) {
        filter.stages = Stage::ALL.iter().copied().filter(|s| *s != Stage::Withdrawn).collect();
        match self {
            Self::Received => {}
            Self::AcceptedInTime => filter.accepted_within_ms = Some(ACCEPT_DAYS * DAY_MS),
            Self::Closed => filter.stages = vec![Stage::Closed, Stage::Confirmed],
            Self::Fixed => {
                filter.stages = vec![Stage::Closed, Stage::Confirmed];
                filter.ending = Some(Ending::Fixed);
            }
            Self::NotSolved => filter.contested = true,
            Self::Answered => filter.answered = true,
            Self::Dated => filter.answered_within_ms = Some(i64::from(i32::MAX) * DAY_MS),
            Self::Within15 => filter.answered_within_ms = Some(15 * DAY_MS),
            Self::Within60 => filter.answered_within_ms = Some(60 * DAY_MS),
            Self::Overdue => filter.clock = Some(ClockState::Overdue),
        }
    }
}

/// The part of an address that all tabs share.
pub(super) struct Ask {
    /// Everything but the tab.
    pub filter: CaseFilter,
    /// Whether it is about my units.
    mine: bool,
    units: Vec<i64>,
    tab: Tab,
    order: QueueOrder,
}

/// The deepest division that the area fields name.
pub(super) fn area(level_ids: [(access::Level, Option<Id<Division>>); 3]) -> Option<(access::Level, i64)> {
    level_ids.into_iter().rev().find_map(|(level, id)| Some((level, id?.raw())))
}

/// The first and the last instant of days in an address; the last day is whole.
pub(super) fn days(zone: &Zone, from: Option<Date>, to: Option<Date>) -> (Option<Millis>, Option<Millis>) {
    (from.map(|d| zone.start_of(d)), to.map(|d| zone.end_of(d).plus(1)))
}

impl Ask {
    /// Reads an address for a seat.
    pub fn read(seat: &Seat, q: &Query, zone: &Zone) -> Self {
        let units = seat.units();
        let own = seat.of_my_units();
        let mine = !own.is_empty() && q.get(By::Whose) != Some("area") && q.get(By::Figure).is_none();
        let (created_from, created_before) = days(zone, q.parsed(By::From), q.parsed(By::To));
        let mut filter = CaseFilter {
            place: area([
                (access::Level::County, q.parsed(By::County)),
                (access::Level::Town, q.parsed(By::Town)),
                (access::Level::Village, q.parsed(By::Village)),
            ]),
            categories: q
                .parsed::<Id<Category>>(By::Category)
                .map_or(Vec::new(), |c| seat.catalogue.subtree(c.raw())),
            channel: q.get(By::Channel).and_then(Channel::parse),
            holder_units: q.parsed::<Id<access::Unit>>(By::Unit).map_or(Vec::new(), |u| vec![u.raw()]),
            created_from,
            created_before,
            words: q.get(By::Words).unwrap_or_default().to_owned(),
            ..CaseFilter::within(match (mine, q.get(By::Figure)) {
                (true, _) => own,
                (false, None) => seat.may_open(),
                // The rows behind a figure are those that the figure counted.
                (false, Some(_)) => seat.figures(),
            })
        };
        if let Some(figure) = q.get(By::Figure).and_then(named::<Figure>) {
            figure.narrow(&mut filter);
        }
        let tab = q.get(By::Tab).and_then(named).unwrap_or_else(|| Tab::first(seat, q));
        let order = match (q.order(), q.descending(false)) {
            (Sort::Due, false) => QueueOrder::DueFirst,
            (Sort::Due, true) => QueueOrder::DueLast,
            (Sort::Made, true) => QueueOrder::NewestFirst,
            (Sort::Made, false) => QueueOrder::OldestFirst,
        };
        Self { filter, mine, units, tab, order }
    }

    /// The filter of one tab.
    fn of_tab(&self, tab: Tab) -> CaseFilter {
        let mut filter = self.filter.clone();
        tab.narrow(&mut filter, self);
        filter
    }
}

/// How many rows each tab has: two questions for all, one more where a tab has a condition of its own.
struct TabCounts {
    all: Counts,
    here: Counts,
    declined: Upto,
}

impl TabCounts {
    fn ask(conn: &mut ::store::Conn, ask: &Ask, tabs: &[Tab], now: Millis) -> Outcome<Self> {
        let all = store::tab_counts(conn, &ask.filter, now)?;
        let mut narrower = ask.filter.clone();
        Tab::Received.narrow(&mut narrower, ask);
        narrower.stages.clone_from(&ask.filter.stages);
        let here = if ask.mine { store::tab_counts(conn, &narrower, now)? } else { all.clone() };
        let declined = if tabs.contains(&Tab::Declined) {
            store::count_up(conn, &ask.of_tab(Tab::Declined), now)?
        } else {
            Upto::default()
        };
        Ok(Self { all, here, declined })
    }

    fn of(&self, tab: Tab) -> Upto {
        let counts = if tab.waits_here() { &self.here } else { &self.all };
        match tab {
            Tab::All => self.all.all(),
            Tab::Closed => self.all.closed(),
            Tab::Overdue => Upto::exactly(self.all.clock(ClockState::Overdue)),
            Tab::Declined => self.declined,
            _ => Upto::exactly(counts.sum(|s, _| tab.stages().contains(&s))),
        }
    }
}

/// One line as it is drawn.
pub(super) struct Line {
    pub id: String,
    pub number: String,
    pub title: String,
    pub metoo: i64,
    pub place: String,
    pub category: String,
    pub stage: Html,
    pub holder: String,
    pub made: String,
    pub due: Html,
    /// That it was urged and nobody has done anything since.
    pub urged: Html,
}

/// The state of the clock: how much is left while it runs, and how it ended afterwards.
pub(super) fn due_badge(v: &View, clock: ClockState, due: Millis) -> Html {
    match clock {
        ClockState::Running | ClockState::DueSoon | ClockState::Overdue => v.left(due),
        ClockState::MetInTime => v.badge(Tone::Good, v.t(clock.key())),
        ClockState::MetLate => v.badge(Tone::Warn, v.t(clock.key())),
        ClockState::Stopped => v.badge(Tone::Plain, v.t(clock.key())),
    }
}

impl Line {
    fn new(v: &View, seat: &Seat, row: &QueueRow, tab: Tab) -> Self {
        Self {
            id: row.id.to_string(),
            number: row.number.clone(),
            title: row.title.clone(),
            metoo: row.metoo_count,
            place: seat.place(row.county, row.town, row.village),
            category: seat.catalogue.category_name(row.category).to_owned(),
            // A tab of one stage has said it already.
            stage: if tab.stages().len() == 1 { Html::none() } else { stage_badge(v, row.stage) },
            holder: match seat.units().contains(&row.holder.unit) {
                true => v.t("case.page.queue.ours").into_owned(),
                false => seat.unit(row.holder.unit),
            },
            made: v.day(v.zone.day(row.created)),
            due: due_badge(v, row.clock, row.due),
            urged: Html::none(),
        }
    }
}

#[derive(Template)]
#[template(path = "case/staff/queue.html")]
pub(super) struct QueuePage {
    pub v: View,
    pub title: String,
    pub place: String,
    pub list: List,
    pub rows: Vec<Line>,
    pub made_head: Html,
    pub due_head: Html,
}

/// The query with the tab and the order that nobody asked for: what is still to be done stands soonest due
/// first, what is done newest first.
fn arrived(seat: &Seat, q: Query) -> Query {
    let q = match q.get(By::Tab).and_then(named::<Tab>) {
        Some(_) => q,
        None => {
            let first = Tab::first(seat, &q);
            q.or(By::Tab, web::Names::name(first))
        }
    };
    match q.get(By::Tab).and_then(named::<Tab>) {
        Some(Tab::All | Tab::Closed | Tab::Declined) => q.or_order(Sort::Made, true),
        _ => q,
    }
}

pub(super) async fn queue_list(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let tabs = Tab::of(&seat);
    let q = arrived(&seat, q);
    let ask = Ask::read(&seat, &q, &v.zone);
    let (cursor, size, now, shown_tabs) = (q.cursor(), q.size(), v.now, tabs.clone());
    let (rows, counts, ask, urged) = site
        .db
        .read(move |conn| {
            let rows = store::queue(conn, &ask.of_tab(ask.tab), ask.order, cursor, size, now)?;
            let counts = TabCounts::ask(conn, &ask, &shown_tabs, now)?;
            let shown: Vec<i64> = rows.rows.iter().map(|r| r.id.raw()).collect();
            let urged: HashMap<i64, Millis> = store::urged_among(conn, &shown)?.into_iter().collect();
            Ok((rows, counts, ask, urged))
        })
        .await?;
    let total = counts.of(ask.tab);
    let strip = tab_strip(&v, &q, &tabs, &counts);
    let list = frame(&v, &seat, &q, rows.next, rows.rows.len()).tabs(strip).total(total);
    let line = |r: &QueueRow| Line {
        urged: urged.get(&r.id.raw()).map_or_else(Html::none, |at| urged_badge(&v, *at)),
        ..Line::new(&v, &seat, r, ask.tab)
    };
    page(&QueuePage {
        title: v.t(if ask.mine { "case.page.queue.mine" } else { "case.page.queue.area" }).into_owned(),
        place: place_words(&seat, &ask),
        rows: rows.rows.iter().map(line).collect(),
        made_head: q.head(&v, Sort::Made, "case.page.queue.made"),
        due_head: q.head(&v, Sort::Due, "case.page.queue.due"),
        list,
        v,
    })
}

/// Whose rows these are: my unit's name, or the area's.
fn place_words(seat: &Seat, ask: &Ask) -> String {
    if let Some((_, id)) = ask.filter.place {
        return seat.path(id);
    }
    if ask.mine {
        ask.units.iter().map(|u| seat.unit(*u)).collect::<Vec<_>>().join("、")
    } else {
        seat.root_name()
    }
}

fn tab_strip(v: &View, q: &Query, tabs: &[Tab], counts: &TabCounts) -> Tabs {
    let each = tabs.iter().map(|t| (web::Names::name(*t), v.t(t.key()).into_owned(), Some(counts.of(*t))));
    q.tabs(By::Tab, each)
}

/// The filter row: area fields below the person's own root, and only fields that make sense here.
fn frame(v: &View, seat: &Seat, q: &Query, next: Option<base::Cursor>, shown: usize) -> List {
    let whose = if q.get(By::Figure).is_some() { "area" } else { q.get(By::Whose).unwrap_or("unit") };
    let f = q.fields(v, "case.page.queue.by").fill("whose", whose);
    let word = |key: &'static str| v.t(key).into_owned();
    let mut list = q
        .frame(v, next, shown)
        .empty("case.page.queue.empty")
        .export(q.under("/queue/sheet.xlsx"))
        .print()
        .filter(f.typed("q", "search"));
    if seat.has(Duty::Intake) || seat.has(Duty::Clerk) {
        list = list.link("/intake", "case.page.queue.new");
    }
    if !seat.of_my_units().is_empty() {
        let both = [
            Opt::new("unit", word("case.page.queue.whose_unit")),
            Opt::new("area", word("case.page.queue.whose_area")),
        ];
        list = list.filter(f.select("whose", &both));
    }
    for (name, options) in area_fields(seat, q) {
        list = list.filter(match name {
            "county" => f.select("county", &options).feeds("town", "/territory/options?parent="),
            "town" => f.select("town", &options).feeds("village", "/territory/options?parent="),
            _ => f.select("village", &options),
        });
    }
    let channels: Vec<Opt> = Channel::ALL.iter().map(|c| Opt::new(c.code(), word(c.key()))).collect();
    list = list.filter(f.select("category", &seat.headings())).filter(f.select("channel", &channels));
    list = list.filter(f.date("from")).filter(f.date("to"));
    if q.get(By::Figure).is_some() {
        let all: Vec<Opt> = <Figure as web::Names>::ALL
            .iter()
            .map(|m| Opt::new(web::Names::name(*m), word(m.key())))
            .collect();
        list = list.filter(f.select("figure", &all));
    }
    list
}

/// The selects for the area, from the person's root downwards, filled by what was chosen above.
pub(super) fn area_fields(seat: &Seat, q: &Query) -> Vec<(&'static str, Vec<Opt>)> {
    let root = seat.root();
    let raw = |by: By| q.parsed::<Id<Division>>(by).map_or(0, Id::raw);
    area_options(seat, root, raw(By::County), raw(By::Town))
}

/// The same for chosen ids.
pub(super) fn area_options(
    seat: &Seat,
    root: access::Scope,
    county: i64,
    town: i64,
) -> Vec<(&'static str, Vec<Opt>)> {
    use access::Level as L;
    let mut fields = Vec::new();
    if root.level < L::County {
        fields.push(("county", seat.counties(root)));
    }
    if root.level < L::Town {
        fields.push(("town", seat.below(if root.level == L::County { root.id } else { county })));
    }
    if root.level < L::Village {
        fields.push(("village", seat.below(if root.level == L::Town { root.id } else { town })));
    }
    fields
}

/// The same rows as a file; rows of several stages in the order in which they came.
pub(super) async fn queue_sheet(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let q = arrived(&seat, q);
    let ask = Ask::read(&seat, &q, &v.zone);
    let note = filter_note(&v, &seat, &q, &ask);
    let head = Heading::of(&v, v.t("case.page.queue.sheet"), note, &COLUMNS);
    let (filter, view) = (ask.of_tab(ask.tab), v.clone());
    let order = ask.order.of_file(&filter);
    export(&site, &v, head, move |conn, after, size| {
        let page = store::queue(conn, &filter, order, after, size, view.now)?;
        Ok(page.map(|row| cells(&view, &seat, &row).into()))
    })
    .await
}

/// The columns of the file: those of the screen, with the stage and the instants in full.
const COLUMNS: [(&str, f64); 10] = [
    ("case.page.queue.number", 20.0),
    ("case.page.queue.matter", 40.0),
    ("case.page.queue.place", 24.0),
    ("case.page.queue.category", 24.0),
    ("case.page.queue.channel", 8.0),
    ("case.page.queue.stage", 14.0),
    ("case.page.queue.holder", 28.0),
    ("case.page.queue.made", 17.0),
    ("case.page.queue.due", 17.0),
    ("case.page.queue.clock", 12.0),
];

fn cells(v: &View, seat: &Seat, row: &QueueRow) -> [Cell; 10] {
    [
        row.number.as_str().into(),
        row.title.as_str().into(),
        seat.place(row.county, row.town, row.village).into(),
        seat.category(row.category).into(),
        v.t(row.channel.key()).into_owned().into(),
        v.t(row.stage.key()).into_owned().into(),
        seat.unit(row.holder.unit).into(),
        row.created.into(),
        row.due.into(),
        v.t(row.clock.key()).into_owned().into(),
    ]
}

/// What was asked for, in words, for the head of the file.
fn filter_note(v: &View, seat: &Seat, q: &Query, ask: &Ask) -> String {
    let mut parts = vec![v.t(ask.tab.key()).into_owned(), place_words(seat, ask)];
    if let Some(figure) = q.get(By::Figure).and_then(named::<Figure>) {
        parts.push(v.t(figure.key()).into_owned());
    }
    if let Some(category) = q.parsed::<Id<Category>>(By::Category) {
        parts.push(seat.category(category.raw()));
    }
    if let Some(channel) = ask.filter.channel {
        parts.push(v.t(channel.key()).into_owned());
    }
    for (by, key) in [
        (By::From, "case.page.queue.by.from"),
        (By::To, "case.page.queue.by.to"),
        (By::Words, "case.page.queue.by.q"),
    ] {
        if let Some(value) = q.get(by) {
            parts.push(format!("{}: {value}", v.t(key)));
        }
    }
    parts.retain(|p| !p.is_empty());
    parts.join("; ")
}
