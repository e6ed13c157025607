//! Nominating: a case by its number (case pages link here), or a problem of a place.

use askama::Template;
use axum::extract::{Query, State};
use base::{Id, Outcome};
use case::store::{case_by_number, file_by_id};
use serde::Deserialize;
use territory::Division;
use web::{Answer, Fields, Form, Opt, Site, View, Who, go_saying, page};

use super::seat::{Seat, level_options};
use crate::deeds;
use crate::model::{Level, Nomination};

/// Where the labels are.
const PREFIX: &str = "supervision.nominate";

#[derive(Template)]
#[template(path = "supervision/new.html")]
pub(crate) struct NewPage {
    pub v: View,
    pub f: Fields,
    pub levels: Vec<Opt>,
    pub categories: Vec<Opt>,
    pub area: Vec<(&'static str, Vec<Opt>)>,
}

impl NewPage {
    fn new(v: &View, seat: &Seat, f: Fields) -> Self {
        let raw = |name: &str| f.value(name).parse::<Id<Division>>().ok().map(Id::raw);
        let area = seat.area(raw("county"), raw("town"));
        Self { levels: level_options(v), categories: seat.choices(v), area, f, v: v.clone() }
    }
}

/// The case from whose page one comes.
#[derive(Deserialize)]
pub(crate) struct From {
    #[serde(default)]
    case: String,
}

/// GET /supervision/new
pub(crate) async fn entry_new(
    State(site): State<Site>,
    v: View,
    who: Who,
    Query(from): Query<From>,
) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let (person, number) = (seat.person.clone(), from.case.clone());
    let found = site.db.read(move |conn| {
        let Some(case) = case_by_number(conn, &number)? else { return Ok(None) };
        let file = file_by_id(conn, case.id)?;
        let seen = file.filter(|f| access::may_view(&person, &f.resource(access::Kind::CaseView)).is_ok());
        Ok(seen.map(|f| f.case))
    });
    let mut f = Fields::blank(&v, PREFIX).fill("level", Level::County.code());
    if let Some(case) = found.await? {
        f = f.fill("case_number", &case.number).fill("title", &case.title);
    }
    page(&NewPage::new(&v, &seat, f))
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Typed {
    case_number: Option<String>,
    county: Option<Id<Division>>,
    town: Option<Id<Division>>,
    village: Option<Id<Division>>,
    category: Option<Id<Division>>,
    title: String,
    problem: String,
    level: Option<String>,
}

/// POST /supervision
pub(crate) async fn entry_make(State(site): State<Site>, v: View, who: Who, form: Form<Typed>) -> Answer {
    let seat = Seat::of(&site, &who)?;
    if form.step().is_some() {
        return form.onward(&v, PREFIX, |f| NewPage::new(&v, &seat, f));
    }
    match save(&site, &v, &seat, &form).await {
        Ok(id) => go_saying(format!("/supervision/{id}"), "supervision.said.nominate"),
        Err(stop) => form.again(&v, PREFIX, stop, |f| NewPage::new(&v, &seat, f)),
    }
}

async fn save(site: &Site, v: &View, seat: &Seat, form: &Form<Typed>) -> Outcome<Id<crate::model::Entry>> {
    let typed = form.read()?;
    let level = typed.level.as_deref().and_then(Level::parse);
    let order = Nomination {
        case_number: typed.case_number.unwrap_or_default(),
        place: seat.chosen([typed.village, typed.town, typed.county]),
        category: typed.category.map_or(0, Id::raw),
        title: typed.title,
        problem: typed.problem,
        level: level.ok_or_else(|| base::Invalid::field("level", "form.choose"))?,
    };
    let (own, now, once) = (seat.clone(), v.now, form.once().to_owned());
    // One series of numbers for a county; a case's county is looked up in the deed, so that all take turns together.
    site.db
        .write_keyed(0, move |tx| deeds::nominate_entry(tx, &own.ground, &own.person, now, &once, &order))
        .await
}
