//! The installations below (下级系统): how fresh each is, which days are missing, how often it corrected itself, what was refused; and
//! how one is registered, with a code that is shown once.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, State};
use base::{HOUR_MS, Id, Millis, Outcome, Refusal};
use jiff::civil::Date;
use serde::Deserialize;
use store::Conn;
use web::{
    Answer, Cell, Fields, Form, Heading, Html, List, Names as _, Site, Tone, View, Who, export, go_saying,
    page,
};

use super::board::days_words;
use super::reports::seen;
use super::seat::{Asked, By, Order, Seat, cut};
use crate::deeds::{drop_installation, may_keep, register_installation, renew_code};
use crate::model::{
    Codes, Installation, InstallationState, NewInstallation, OneTime, PublicKey, StationName,
};
use crate::rules::gaps;
use crate::store::{Tallied, days_heard, installation_by_id, tallies};

const PREFIX: &str = "upward.new";
/// After so long without a word an installation is called late, and after so long silent. A beat comes each hour.
const LATE_MS: i64 = 2 * HOUR_MS;
const SILENT_MS: i64 = 26 * HOUR_MS;

/// An installation with its days.
#[derive(Clone)]
struct Stand {
    installation: Installation,
    last: Option<Date>,
    missing: Vec<Date>,
    tallied: Tallied,
}

/// A row of the list.
pub(crate) struct BelowLine {
    pub id: String,
    pub name: String,
    pub places: String,
    pub state: Html,
    pub state_words: String,
    pub heard: String,
    pub last: String,
    pub missing: usize,
    pub tallied: Tallied,
}

#[derive(Template)]
#[template(path = "upward/below.html")]
pub(crate) struct BelowPage {
    pub v: View,
    pub q: Asked,
    pub list: List,
    pub rows: Vec<BelowLine>,
}

#[derive(Template)]
#[template(path = "upward/one.html")]
pub(crate) struct OnePage {
    pub v: View,
    pub line: BelowLine,
    pub facts: Vec<(String, String)>,
    pub gaps: String,
    pub may_keep: bool,
    pub awaits_code: bool,
    pub is_over: bool,
    pub f: Fields,
}

#[derive(Template)]
#[template(path = "upward/register.html")]
pub(crate) struct RegisterPage {
    pub v: View,
    pub f: Fields,
}

/// The code, once.
#[derive(Template)]
#[template(path = "upward/code.html")]
pub(crate) struct CodePage {
    pub v: View,
    pub id: String,
    pub name: String,
    pub code: String,
}

/// How an installation stands, in a sign and a word.
fn standing(v: &View, i: &Installation, missing: usize, now: Millis) -> (Tone, String) {
    let ago = i.heard.map_or(i64::MAX, |at| now.0 - at.0);
    let (tone, key) = match i.state {
        InstallationState::Waiting => (Tone::Warn, "upward.state.waiting"),
        InstallationState::Ended => (Tone::Plain, "upward.state.ended"),
        InstallationState::Active if ago > SILENT_MS => (Tone::Bad, "upward.state.silent"),
        InstallationState::Active if ago > LATE_MS => (Tone::Warn, "upward.state.late"),
        InstallationState::Active if missing > 0 => (Tone::Warn, "upward.state.lacking"),
        InstallationState::Active => (Tone::Good, "upward.state.fresh"),
    };
    (tone, v.t(key).into_owned())
}

/// The installations that the reader may see, with their days up to yesterday.
fn read(conn: &mut Conn, seat: &Seat, today: Date) -> Outcome<Vec<Stand>> {
    let all = seen(conn, seat)?;
    let first = all.iter().map(|i| i.first_day).min().unwrap_or(today);
    let came = days_heard(conn, 0, first, today)?;
    let counts: HashMap<i64, Tallied> = tallies(conn)?.into_iter().map(|(id, t)| (id.raw(), t)).collect();
    let yesterday = today.yesterday().unwrap_or(today);
    let stand = |i: Installation| {
        let own = came.iter().filter(|d| d.installation == i.id && d.is_complete);
        let days: Vec<Date> = own.map(|d| d.day).collect();
        let missing = match i.state {
            InstallationState::Active => gaps(i.first_day, yesterday, &days),
            InstallationState::Waiting | InstallationState::Ended => Vec::new(),
        };
        let tallied = counts.get(&i.id).copied().unwrap_or_default();
        Stand { last: days.iter().max().copied(), missing, tallied, installation: i }
    };
    Ok(all.into_iter().map(stand).collect())
}

fn line(v: &View, seat: &Seat, s: &Stand) -> BelowLine {
    let i = &s.installation;
    let never = || v.t("upward.never").into_owned();
    let (tone, state_words) = standing(v, i, s.missing.len(), v.now);
    BelowLine {
        id: Id::<()>::of(i.id).to_string(),
        name: i.name.clone(),
        places: seat.names(i.codes.iter()),
        state: v.badge(tone, &state_words),
        state_words,
        heard: i.heard.map_or_else(never, |at| v.when(at)),
        last: s.last.map_or_else(never, |day| v.day(day)),
        missing: s.missing.len(),
        tallied: s.tallied,
    }
}

/// Narrowed and in order.
fn asked(q: &Asked, mut rows: Vec<Stand>) -> Vec<Stand> {
    let state = InstallationState::ALL.iter().copied().find(|s| Some(s.name()) == q.get(By::Tab));
    rows.retain(|s| state.is_none_or(|state| s.installation.state == state));
    rows.sort_by(|a, b| {
        let by = match q.order() {
            Order::Time => a.installation.heard.cmp(&b.installation.heard),
            Order::Missing => a.missing.len().cmp(&b.missing.len()),
            _ => std::cmp::Ordering::Equal,
        };
        by.then_with(|| a.installation.codes.text().cmp(&b.installation.codes.text()))
    });
    if q.descending(false) {
        rows.reverse();
    }
    rows
}

pub(super) async fn below_list(State(site): State<Site>, v: View, who: Who, q: Asked) -> Answer {
    let (seat, today) = (Seat::of(&site, &who)?, v.zone.day(v.now));
    let mine = seat.clone();
    let rows = asked(&q, site.db.read(move |conn| read(conn, &mine, today)).await?);
    let shown = cut(&rows, q.cursor(), q.size());
    let tab = |s: &InstallationState| (s.name(), v.t(tab_key(*s)).into_owned(), None::<u64>);
    let all = std::iter::once(("", v.t("upward.tab.all").into_owned(), None));
    let tabs = q.tabs(By::Tab, all.chain(InstallationState::ALL.iter().map(tab)));
    let mut list = q
        .frame(&v, shown.next, shown.rows.len())
        .tabs(tabs)
        .total(rows.len())
        .link("/upward", "upward.heading")
        .link("/upward/reports", "upward.reports")
        .export(q.under("/upward/installations/sheet.xlsx"))
        .print()
        .empty("upward.below.empty");
    if v.may("admin") {
        list = list.link("/upward/registration", "upward.new");
    }
    page(&BelowPage { rows: shown.rows.iter().map(|s| line(&v, &seat, s)).collect(), list, q, v })
}

fn tab_key(state: InstallationState) -> &'static str {
    match state {
        InstallationState::Waiting => "upward.tab.waiting",
        InstallationState::Active => "upward.tab.active",
        InstallationState::Ended => "upward.tab.ended",
    }
}

const COLUMNS: [(&str, f64); 9] = [
    ("upward.col.installation", 24.0),
    ("upward.col.division", 24.0),
    ("upward.col.state", 14.0),
    ("upward.col.heard", 20.0),
    ("upward.col.last", 14.0),
    ("upward.col.missing", 40.0),
    ("upward.col.taken", 10.0),
    ("upward.col.replaced", 10.0),
    ("upward.col.refused", 10.0),
];

pub(super) async fn below_sheet(State(site): State<Site>, v: View, who: Who, q: Asked) -> Answer {
    let (seat, today) = (Seat::of(&site, &who)?, v.zone.day(v.now));
    let mine = seat.clone();
    let rows = asked(&q, site.db.read(move |conn| read(conn, &mine, today)).await?);
    let head = Heading::of(&v, v.t("upward.below"), "", &COLUMNS);
    let view = v.clone();
    let cells = move |s: Stand| -> Vec<Cell> {
        let l = line(&view, &seat, &s);
        let mut cells: Vec<Cell> = [l.name, l.places, l.state_words, l.heard, l.last].map(Cell::from).into();
        cells.push(days_words(&s.missing).into());
        cells.extend([s.tallied.taken, s.tallied.replaced, s.tallied.refused].map(Cell::from));
        cells
    };
    export(&site, &v, head, move |_, after, size| Ok(cut(&rows, after, size).map(&cells))).await
}

pub(super) async fn installation_show(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Installation>>,
) -> Answer {
    page(&one(&site, &v, &who, id.raw(), Fields::blank(&v, PREFIX)).await?)
}

async fn one(site: &Site, v: &View, who: &Who, id: i64, f: Fields) -> Outcome<OnePage> {
    let (seat, today) = (Seat::of(site, who)?, v.zone.day(v.now));
    let mine = seat.clone();
    let all = site.db.read(move |conn| read(conn, &mine, today)).await?;
    let found = all.into_iter().find(|s| s.installation.id == id).ok_or_else(Refusal::not_found)?;
    let i = &found.installation;
    let fact = |key: &str, value: String| (v.t(key).into_owned(), value);
    Ok(OnePage {
        line: line(v, &seat, &found),
        facts: vec![
            fact("upward.link.codes", i.codes.text()),
            fact("upward.link.first_day", v.day(i.first_day)),
            fact("upward.col.registered", v.exact(i.made)),
            fact("upward.new.key", i.key.as_str().to_owned()),
            fact("upward.col.sequence", i.last_sequence.to_string()),
        ],
        gaps: days_words(&found.missing),
        may_keep: may_keep(&seat.atlas, &seat.person, &i.codes).is_ok(),
        awaits_code: i.state == InstallationState::Waiting,
        is_over: i.state == InstallationState::Ended,
        f,
        v: v.clone(),
    })
}

pub(super) async fn register_show(v: View, _: Who) -> Answer {
    let f = Fields::blank(&v, PREFIX).fill("first_day", v.zone.day(v.now));
    page(&RegisterPage { f, v })
}

/// What an installation is registered with, as typed.
#[derive(Deserialize)]
pub(super) struct NewForm {
    name: String,
    codes: String,
    key: String,
    first_day: Option<Date>,
}

impl NewForm {
    fn installation(self, v: &View) -> Outcome<NewInstallation> {
        Ok(NewInstallation {
            name: StationName::read(&self.name)?,
            codes: Codes::read(&self.codes)?,
            key: PublicKey::read(&self.key)?,
            first_day: self.first_day.unwrap_or_else(|| v.zone.day(v.now)),
        })
    }
}

/// The page with the code: it stands nowhere else.
fn code_page(v: View, id: i64, name: String, code: &OneTime) -> Answer {
    let letters: Vec<char> = code.as_str().chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    page(&CodePage { id: Id::<()>::of(id).to_string(), name, code: groups.join("-"), v })
}

pub(super) async fn installation_make(
    State(site): State<Site>,
    v: View,
    who: Who,
    form: Form<NewForm>,
) -> Answer {
    let done: Outcome<_> = async {
        let new = form.read()?.installation(&v)?;
        let (seat, now, name) = (Seat::of(&site, &who)?, v.now, new.name.as_str().to_owned());
        let made =
            site.db.write(move |tx| register_installation(tx, &seat.atlas, &seat.person, now, &new)).await?;
        Ok((made, name))
    }
    .await;
    match done {
        Ok(((id, code), name)) => code_page(v, id, name, &code),
        Err(stop) => form.again(&v, PREFIX, stop, |f| RegisterPage { f, v: v.clone() }),
    }
}

/// A form that says nothing but "I".
#[derive(Deserialize)]
pub(super) struct Bare {}

pub(super) async fn code_make(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Installation>>,
    form: Form<Bare>,
) -> Answer {
    let done: Outcome<_> = async {
        form.read()?;
        let (seat, now, id) = (Seat::of(&site, &who)?, v.now, id.raw());
        let code = site.db.write(move |tx| renew_code(tx, &seat.atlas, &seat.person, now, id)).await?;
        let found = site.db.read(move |conn| installation_by_id(conn, id)).await?;
        Ok((code, found.map_or_else(String::new, |i| i.name)))
    }
    .await;
    match done {
        Ok((code, name)) => code_page(v, id.raw(), name, &code),
        Err(stop) => again(&site, &v, &who, id.raw(), form, stop).await,
    }
}

/// The installation's page once more, with the trouble said.
async fn again(site: &Site, v: &View, who: &Who, id: i64, form: Form<Bare>, stop: base::Stop) -> Answer {
    let mut drawn = one(site, v, who, id, Fields::blank(v, PREFIX)).await?;
    form.again(v, PREFIX, stop, move |f| {
        drawn.f = f;
        drawn
    })
}

pub(super) async fn installation_end(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Installation>>,
    form: Form<Bare>,
) -> Answer {
    let done: Outcome<()> = async {
        form.read()?;
        let (seat, now, id) = (Seat::of(&site, &who)?, v.now, id.raw());
        site.db.write(move |tx| drop_installation(tx, &seat.atlas, &seat.person, now, id)).await
    }
    .await;
    match done {
        Ok(()) => go_saying(format!("/upward/installations/{id}"), "upward.said.dropped"),
        Err(stop) => again(&site, &v, &who, id.raw(), form, stop).await,
    }
}
