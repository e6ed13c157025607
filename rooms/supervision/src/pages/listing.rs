//! Putting an entry on the list, and changing who answers for it: leader, unit, person and time limit (四项责任).

use access::{Duty, Kind, Level as Rung, Seated, may_view};
use askama::Template;
use axum::extract::{Query, State};
use base::{Id, Outcome, Refusal};
use deadline::{Term, Unit};
use serde::Deserialize;
use store::Conn;
use web::{Answer, Fields, Form, Opt, Site, View, Who, go_saying, options, page};

use super::seat::{At, Seat};
use crate::deeds;
use crate::model::{AssignOrder, Entry, Four, ListOrder};
use crate::rules::Rulebook;
use crate::store::entry_by_id;

/// Where the labels are.
const PREFIX: &str = "supervision.listing";

/// The units of time that a form offers, with the letter that is sent.
const UNITS: [(&str, Unit, &str); 3] = [
    ("d", Unit::Day, "supervision.unit.day"),
    ("wd", Unit::WorkingDay, "supervision.unit.working_day"),
    ("m", Unit::Month, "supervision.unit.month"),
];

/// The options of the units of time.
pub(crate) fn unit_options(v: &View) -> Vec<Opt> {
    UNITS.iter().map(|(letters, _, key)| Opt::new(letters, v.t(key).into_owned())).collect()
}

/// The letters of a term's unit.
pub(crate) fn letters_of(term: Term) -> &'static str {
    UNITS.iter().find(|(_, unit, _)| *unit == term.unit).map_or("d", |(letters, ..)| letters)
}

/// A term out of what was typed; none when it is no number or no unit.
pub(crate) fn term_of(n: Option<u32>, letters: &str) -> Option<Term> {
    let unit = UNITS.iter().find(|(l, ..)| *l == letters).map(|(_, unit, _)| *unit)?;
    n.map(|n| Term { n, unit })
}

#[derive(Template)]
#[template(path = "supervision/listing.html")]
pub(crate) struct ListingPage {
    pub v: View,
    pub f: Fields,
    pub id: String,
    pub number: String,
    pub title: String,
    pub leaders: Vec<Opt>,
    pub units: Vec<Opt>,
    pub persons: Vec<Opt>,
    pub terms: Vec<Opt>,
    /// Whether it is put on the list, and not only given to others.
    pub lists: bool,
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Typed {
    version: Option<i64>,
    leader: Option<String>,
    unit: Option<Id<access::Unit>>,
    person: Option<Id<access::Account>>,
    term: Option<u32>,
    term_unit: Option<String>,
    source: Option<String>,
    public_title: Option<String>,
    reason: Option<String>,
}

impl Typed {
    fn four(&self) -> Four {
        let leader = self.leader.as_deref().and_then(|text| text.split_once('-'));
        let (post, account) = leader.map_or((0, 0), |(post, account)| {
            let raw = |text: &str| text.parse::<Id<()>>().map_or(0, Id::raw);
            (raw(post), raw(account))
        });
        Four {
            leader_post: post,
            leader: account,
            unit: self.unit.map_or(0, Id::raw),
            person: self.person.map_or(0, Id::raw),
        }
    }
}

/// What the form offers for an entry; the persons are those of the unit that was chosen.
struct Offer {
    entry: Entry,
    leaders: Vec<Opt>,
    persons: Vec<Opt>,
}

fn seat_opt(s: &Seated) -> Opt {
    Opt::new(Id::<()>::of(s.account), format!("{} {}", s.display, s.post.title))
}

fn read_offer(conn: &mut Conn, seat: &Seat, id: Id<Entry>, unit: i64, v: &View) -> Outcome<Offer> {
    let entry = entry_by_id(conn, id)?.ok_or_else(Refusal::not_found)?;
    may_view(&seat.person, &entry.resource(Kind::SupervisionView))?;
    let g = &seat.ground;
    let above = [Rung::Province, Rung::City, Rung::County, Rung::Town, Rung::Village];
    let units: Vec<i64> = above
        .into_iter()
        .flat_map(|rung| g.units.at(rung, entry.place.at(rung)).map(|u| u.id.raw()).collect::<Vec<_>>())
        .collect();
    let seated = access::seated_in(conn, &units, v.now)?;
    let leads = |s: &&Seated| s.post.duties.has(Duty::Lead) && s.post.scope.holds(&entry.place);
    let leaders = seated.iter().filter(leads).map(|s| {
        let value = format!("{}-{}", s.post.id, Id::<()>::of(s.account));
        Opt::new(value, format!("{} {} {}", s.display, seat.unit(s.post.unit.raw()), s.post.title))
    });
    let persons = seated.iter().filter(|s| s.post.unit.raw() == unit).map(seat_opt);
    Ok(Offer { leaders: leaders.collect(), persons: persons.collect(), entry })
}

async fn draw(
    at: &At<Entry>,
    lists: bool,
    unit: i64,
    f: impl FnOnce(&Entry) -> Fields,
) -> Outcome<ListingPage> {
    let seat = Seat::of(&at.site, &at.who)?;
    let (own, id, view) = (seat.clone(), at.id, at.v.clone());
    let offer = at.site.db.read(move |conn| read_offer(conn, &own, id, unit, &view)).await?;
    let units = seat.ground.units.around(&offer.entry.place);
    Ok(ListingPage {
        units: units.map(|u| Opt::new(u.id, u.name.clone())).collect(),
        f: f(&offer.entry),
        id: offer.entry.id.to_string(),
        number: offer.entry.number.clone(),
        title: offer.entry.title.clone(),
        leaders: offer.leaders,
        persons: offer.persons,
        terms: unit_options(&at.v),
        lists,
        v: at.v.clone(),
    })
}

/// GET /supervision/{id}/listing
pub(crate) async fn listing_new(at: At<Entry>) -> Answer {
    let book = at.site.get::<Rulebook>()?;
    let drawn = draw(&at, true, 0, |e| {
        Fields::blank(&at.v, PREFIX)
            .fill("version", e.version)
            .fill("term", book.term.n)
            .fill("term_unit", letters_of(book.term))
            .fill("source", &book.source)
    });
    page(&drawn.await?)
}

/// GET /supervision/{id}/assignment
pub(crate) async fn assignment_new(at: At<Entry>) -> Answer {
    let id = at.id;
    let found = at.site.db.read(move |conn| entry_by_id(conn, id)).await?;
    let unit = found.map_or(0, |e| e.four.unit);
    let drawn = draw(&at, false, unit, |e| {
        let post = Id::<access::Post>::of(e.four.leader_post);
        Fields::blank(&at.v, PREFIX)
            .fill("version", e.version)
            .fill("leader", format!("{post}-{}", Id::<()>::of(e.four.leader)))
            .fill("unit", Id::<access::Unit>::of(e.four.unit))
            .fill("person", Id::<access::Account>::of(e.four.person))
    });
    page(&drawn.await?)
}

/// POST /supervision/{id}/listing
pub(crate) async fn listing_make(at: At<Entry>, form: Form<Typed>) -> Answer {
    settle(at, form, true).await
}

/// POST /supervision/{id}/assignment
pub(crate) async fn assignment_make(at: At<Entry>, form: Form<Typed>) -> Answer {
    settle(at, form, false).await
}

async fn settle(at: At<Entry>, form: Form<Typed>, lists: bool) -> Answer {
    let unit = form.typed("unit").and_then(|t| t.parse::<Id<access::Unit>>().ok()).map_or(0, Id::raw);
    if form.step() == Some("unit") {
        let mut drawn = draw(&at, lists, unit, |_| Fields::blank(&at.v, PREFIX)).await?;
        return form.onward(&at.v, PREFIX, |f| {
            drawn.f = f;
            drawn
        });
    }
    match save(&at, form.read(), lists).await {
        Ok(()) => {
            let said = if lists { "supervision.said.list" } else { "supervision.said.assign" };
            go_saying(format!("/supervision/{}", at.id), said)
        }
        Err(stop) => {
            let mut drawn = draw(&at, lists, unit, |_| Fields::blank(&at.v, PREFIX)).await?;
            form.again(&at.v, PREFIX, stop, |f| {
                drawn.f = f;
                drawn
            })
        }
    }
}

async fn save(at: &At<Entry>, typed: Outcome<Typed>, lists: bool) -> Outcome<()> {
    let typed = typed?;
    let (person, ground) = (access::person_of(&at.who)?, at.site.get::<case::store::Desk>()?.now());
    let (book, id, now) = (at.site.get::<Rulebook>()?, at.id, at.v.now);
    let done = at.site.db.write(move |tx| {
        let with = (&ground, &*person, now);
        let text = |t: &Option<String>| t.clone().unwrap_or_default();
        if lists {
            let order = ListOrder {
                version: typed.version,
                four: typed.four(),
                term: term_of(typed.term, typed.term_unit.as_deref().unwrap_or_default()),
                source: text(&typed.source),
                public_title: text(&typed.public_title),
            };
            return deeds::list_entry(tx, with, id, &book, &order).map(drop);
        }
        let order = AssignOrder { version: typed.version, four: typed.four(), reason: text(&typed.reason) };
        deeds::assign_entry(tx, with, id, &order).map(drop)
    });
    done.await
}

/// What is asked of the persons.
#[derive(Deserialize)]
pub(crate) struct OfUnit {
    #[serde(default)]
    unit: String,
}

/// GET /supervision/colleagues: who works in a unit, for the next select.
pub(crate) async fn person_options(
    State(site): State<Site>,
    v: View,
    _: Who,
    Query(ask): Query<OfUnit>,
) -> Answer {
    let Ok(unit) = ask.unit.parse::<Id<access::Unit>>() else { return options(&[]) };
    let now = v.now;
    let seated = site.db.read(move |conn| access::seated_in(conn, &[unit.raw()], now)).await?;
    options(&seated.iter().map(seat_opt).collect::<Vec<_>>())
}
