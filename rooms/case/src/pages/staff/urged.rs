//! What residents urged (催办清单): for the office that has the matter and for the desk of the next level. Matters are
//! listed, never who urged.

use access::Duty;
use askama::Template;
use axum::extract::State;
use base::{Cursor, Id, Millis};
use store::Conn;
use territory::Division;
use web::{
    Answer, Cell, Heading, Html, List, ListQuery, Names as _, Opt, Site, Tone, View, Who, export, page,
};

use super::queue::{area, area_options, days};
use super::seat::Seat;
use crate::model::Case;
use crate::pages::resident::pieces::stage_badge;
use crate::store::{self as cases, UrgeFilter, UrgeLine};

web::names! {
    /// The filters.
    pub(super) enum By {
        Tab = "tab", Whose = "whose", County = "county", Town = "town", From = "from", To = "to",
    }
}
web::names! {
    /// The order.
    pub(super) enum Sort { At = "at" }
}
web::names! {
    /// The tabs.
    pub(super) enum Tab { Open = "open", Answered = "answered", All = "all" }
}

/// What the page was asked for.
pub(super) type Query = ListQuery<By, Sort>;

impl Tab {
    const fn answered(self) -> Option<bool> {
        match self {
            Self::Open => Some(false),
            Self::Answered => Some(true),
            Self::All => None,
        }
    }

    /// The catalogue's key of its name.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Open => "case.page.urged.tab_open",
            Self::Answered => "case.page.urged.tab_answered",
            Self::All => "case.page.urged.tab_all",
        }
    }
}

fn tab_of(q: &Query) -> Tab {
    q.get(By::Tab).and_then(|n| Tab::ALL.iter().copied().find(|t| t.name() == n)).unwrap_or(Tab::Open)
}

fn filter_of(seat: &Seat, q: &Query, v: &View) -> UrgeFilter {
    let (from, before) = days(&v.zone, q.parsed(By::From), q.parsed(By::To));
    let units = seat.units();
    let (mut holders, mut above) = (Vec::new(), Vec::new());
    match q.get(By::Whose) {
        Some("held") => holders = units,
        Some("above") => above = units,
        _ => {}
    }
    UrgeFilter {
        scope: seat.may_open(),
        answered: None,
        holders,
        above,
        place: area([
            (access::Level::County, q.parsed::<Id<Division>>(By::County)),
            (access::Level::Town, q.parsed::<Id<Division>>(By::Town)),
            (access::Level::Village, None),
        ]),
        from,
        before,
    }
}

/// One line as it is drawn.
pub(super) struct Line {
    pub id: String,
    pub number: String,
    pub title: String,
    pub place: String,
    pub stage: Html,
    pub holder: String,
    pub at: String,
    pub answered: Html,
    pub due: Html,
}

/// Whether an office has done something since, as a badge.
pub(super) fn answered_badge(v: &View, answered: bool) -> Html {
    if answered {
        v.badge(Tone::Good, v.t("case.page.urged.answered"))
    } else {
        v.badge(Tone::Warn, v.t("case.page.urged.unanswered"))
    }
}

impl Line {
    fn new(v: &View, seat: &Seat, row: &UrgeLine) -> Self {
        let (county, town, village) = row.place;
        Self {
            id: Id::<Case>::of(row.urge.case_id).to_string(),
            number: row.number.clone(),
            title: row.title.clone(),
            place: seat.place(county, town, village),
            stage: stage_badge(v, row.stage),
            holder: seat.unit(row.holder),
            at: v.when(Millis(row.urge.at_ms)),
            answered: answered_badge(v, row.answered),
            due: if row.stage.is_open() { v.left(row.due) } else { Html::none() },
        }
    }
}

#[derive(Template)]
#[template(path = "case/staff/urged.html")]
pub(super) struct UrgedPage {
    pub v: View,
    pub place: String,
    pub list: List,
    pub rows: Vec<Line>,
    pub at_head: Html,
}

fn frame(v: &View, seat: &Seat, q: &Query, next: Option<Cursor>, shown: usize) -> List {
    let f = q.fields(v, "case.page.urged.by");
    let mut list =
        q.frame(v, next, shown).empty("case.page.urged.empty").export(q.under("/urged/sheet.xlsx")).print();
    if !seat.units().is_empty() {
        let mut whose = vec![Opt::new("held", v.t("case.page.urged.whose_held").into_owned())];
        if seat.has(Duty::Clerk) {
            whose.push(Opt::new("above", v.t("case.page.urged.whose_above").into_owned()));
        }
        list = list.filter(f.select("whose", &whose));
    }
    let county = q.parsed::<Id<Division>>(By::County).map_or(0, Id::raw);
    for (name, options) in area_options(seat, seat.root(), county, 0) {
        list = match name {
            "county" => list.filter(f.select("county", &options).feeds("town", "/territory/options?parent=")),
            "town" => list.filter(f.select("town", &options)),
            _ => list,
        };
    }
    list.filter(f.date("from")).filter(f.date("to"))
}

pub(super) async fn urged_list(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let q = q.or(By::Tab, Tab::Open.name());
    let filter = filter_of(&seat, &q, &v);
    let (tab, oldest, cursor, size) = (tab_of(&q), !q.descending(true), q.cursor(), q.size());
    let read = move |conn: &mut Conn| {
        let of = |tab: Tab| UrgeFilter { answered: tab.answered(), ..filter.clone() };
        let rows = cases::urges(conn, &of(tab), oldest, cursor, size)?;
        let mut counts = Vec::new();
        for tab in Tab::ALL {
            counts.push((*tab, u64::try_from(cases::urge_count(conn, &of(*tab))?).unwrap_or(0)));
        }
        Ok((rows, counts))
    };
    let (rows, counts) = site.db.read(read).await?;
    let total = counts.iter().find(|(t, _)| *t == tab).map_or(0, |(_, n)| *n);
    let strip = counts.iter().map(|(t, n)| (t.name(), v.t(t.key()).into_owned(), Some(*n)));
    let list = frame(&v, &seat, &q, rows.next, rows.rows.len()).tabs(q.tabs(By::Tab, strip)).total(total);
    page(&UrgedPage {
        place: seat.root_name(),
        rows: rows.rows.iter().map(|r| Line::new(&v, &seat, r)).collect(),
        at_head: q.head(&v, Sort::At, "case.page.urged.at"),
        list,
        v,
    })
}

/// The columns of the file.
const COLUMNS: [(&str, f64); 7] = [
    ("case.page.queue.number", 20.0),
    ("case.page.queue.matter", 40.0),
    ("case.page.queue.place", 24.0),
    ("case.page.queue.stage", 14.0),
    ("case.page.queue.holder", 28.0),
    ("case.page.urged.at", 17.0),
    ("case.page.urged.since", 16.0),
];

fn cells(v: &View, seat: &Seat, row: &UrgeLine) -> [Cell; 7] {
    let (county, town, village) = row.place;
    let answered = if row.answered { "case.page.urged.answered" } else { "case.page.urged.unanswered" };
    [
        row.number.as_str().into(),
        row.title.as_str().into(),
        seat.place(county, town, village).into(),
        v.t(row.stage.key()).into_owned().into(),
        seat.unit(row.holder).into(),
        Millis(row.urge.at_ms).into(),
        v.t(answered).into_owned().into(),
    ]
}

pub(super) async fn urged_sheet(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let q = q.or(By::Tab, Tab::Open.name());
    let filter = UrgeFilter { answered: tab_of(&q).answered(), ..filter_of(&seat, &q, &v) };
    let oldest = !q.descending(true);
    let mut parts = vec![v.t(tab_of(&q).key()).into_owned(), seat.root_name()];
    parts.retain(|p| !p.is_empty());
    let head = Heading::of(&v, v.t("case.page.urged.heading"), parts.join("; "), &COLUMNS);
    let view = v.clone();
    export(&site, &v, head, move |conn, after, size| {
        let page = cases::urges(conn, &filter, oldest, after, size)?;
        Ok(page.map(|row| cells(&view, &seat, &row).into()))
    })
    .await
}
