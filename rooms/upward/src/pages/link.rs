//! The link to the installation above (上联设置): made here, with the key that is registered there, and the code that is shown there.

use askama::Template;
use axum::extract::State;
use base::{Act, Invalid, Outcome};
use serde::Deserialize;
use web::{Answer, Fields, Form, Names as _, Opt, Site, View, Who, go_saying, page};

use super::seat::Seat;
use crate::deeds::{ask_sending, drop_link, make_link, may_keep, type_code};
use crate::model::{Address, Cadence, Codes, Link, LinkState, NewLink, OneTime, PublicKey, StationName};
use crate::store::{current_link, told};

const PREFIX: &str = "upward.link";

/// A link as the page shows it.
pub(crate) struct LinkView {
    pub facts: Vec<(String, String)>,
    pub key: String,
    pub trouble: String,
    pub awaits_code: bool,
    pub is_active: bool,
}

#[derive(Template)]
#[template(path = "upward/link.html")]
pub(crate) struct LinkPage {
    pub v: View,
    pub f: Fields,
    pub cadences: Vec<Opt>,
    pub link: Option<LinkView>,
}

fn cadence_key(cadence: Cadence) -> &'static str {
    match cadence {
        Cadence::Daily => "upward.cadence.daily",
        Cadence::Hourly => "upward.cadence.hourly",
    }
}

/// What can be chosen.
pub(crate) fn cadences(v: &View) -> Vec<Opt> {
    Cadence::ALL.iter().map(|c| Opt::new(c.name(), v.t(cadence_key(*c)).into_owned())).collect()
}

fn state_key(state: LinkState) -> &'static str {
    match state {
        LinkState::Waiting => "upward.link.waiting",
        LinkState::Confirming => "upward.link.confirming",
        LinkState::Active => "upward.link.active",
        LinkState::Ended => "upward.link.ended",
    }
}

/// A link in words.
pub(crate) fn link_view(
    v: &View,
    link: &Link,
    places: &str,
    key: &str,
    ([waiting, done, refused], last): Told,
) -> LinkView {
    let fact = |key: &str, value: String| (v.t(key).into_owned(), value);
    let none = || v.t("upward.never").into_owned();
    LinkView {
        facts: vec![
            fact("upward.col.state", v.t(state_key(link.state)).into_owned()),
            fact("upward.link.address", link.address.clone()),
            fact("upward.link.name", link.name.clone()),
            fact("upward.link.codes", format!("{places} {}", link.codes.text())),
            fact("upward.link.cadence", v.t(cadence_key(link.cadence)).into_owned()),
            fact("upward.link.first_day", v.day(link.first_day)),
            fact("upward.link.answered", link.answered.map_or_else(none, |at| v.when(at))),
            fact("upward.link.last", last.map_or_else(none, |day| v.day(day))),
            fact(
                "upward.link.counts",
                v.tw("upward.link.counted", &[("done", &done), ("waiting", &waiting), ("refused", &refused)]),
            ),
        ],
        key: key.to_owned(),
        trouble: link.trouble.map_or_else(String::new, |why| {
            format!("{} {}", v.t(why.key()), v.t(&format!("{}.way", why.key())))
        }),
        awaits_code: matches!(link.state, LinkState::Waiting | LinkState::Confirming),
        is_active: link.state == LinkState::Active,
    }
}

/// How many reports stand so, and the last day that is known above.
pub(crate) type Told = ([i64; 3], Option<jiff::civil::Date>);

/// The page as it stands, for an administrator of its places.
async fn load(site: &Site, v: &View, who: &Who) -> Outcome<Option<LinkView>> {
    let seat = Seat::of(site, who)?;
    let found = site
        .db
        .read(|conn| {
            let Some(link) = current_link(conn)? else { return Ok(None) };
            let counts = told(conn, link.id)?;
            Ok(Some((link, counts)))
        })
        .await?;
    let Some((link, counts)) = found else { return Ok(None) };
    may_keep(&seat.atlas, &seat.person, &link.codes)?;
    let key = PublicKey::of(&site.db.keys().public_for(&Link::purpose(link.id)));
    Ok(Some(link_view(v, &link, &seat.names(link.codes.iter()), key.as_str(), counts)))
}

pub(super) async fn link_show(State(site): State<Site>, v: View, who: Who) -> Answer {
    let link = load(&site, &v, &who).await?;
    let f =
        Fields::blank(&v, PREFIX).fill("cadence", Cadence::Daily.name()).fill("first_day", v.zone.day(v.now));
    page(&LinkPage { f, cadences: cadences(&v), link, v })
}

/// The page with a sentence, or once more with the trouble said.
async fn settle<T: serde::de::DeserializeOwned>(
    site: &Site,
    v: &View,
    who: &Who,
    form: Form<T>,
    done: Outcome<&'static str>,
) -> Answer {
    match done {
        Ok(key) => go_saying("/upward/link", key),
        Err(stop) => {
            let link = load(site, v, who).await?;
            form.again(v, PREFIX, stop, |f| LinkPage { f, cadences: cadences(v), link, v: v.clone() })
        }
    }
}

/// What a link is made of, as typed.
#[derive(Deserialize)]
pub(super) struct LinkForm {
    address: String,
    name: String,
    codes: String,
    cadence: String,
    first_day: Option<jiff::civil::Date>,
}

impl LinkForm {
    fn link(self, v: &View) -> Outcome<NewLink> {
        let cadence = Cadence::ALL.iter().copied().find(|c| c.name() == self.cadence);
        Ok(NewLink {
            address: Address::read(&self.address)?,
            name: StationName::read(&self.name)?,
            codes: Codes::read(&self.codes)?,
            cadence: cadence.ok_or_else(|| Invalid::field("cadence", "form.choose"))?,
            first_day: self.first_day.unwrap_or_else(|| v.zone.day(v.now)),
        })
    }
}

pub(super) async fn link_make(State(site): State<Site>, v: View, who: Who, form: Form<LinkForm>) -> Answer {
    let done = async {
        let new = form.read()?.link(&v)?;
        let (seat, now) = (Seat::of(&site, &who)?, v.now);
        site.db.write(move |tx| make_link(tx, &seat.atlas, &seat.person, now, &new)).await?;
        Ok("upward.said.linked")
    };
    let done = done.await;
    settle(&site, &v, &who, form, done).await
}

/// The code, as typed.
#[derive(Deserialize)]
pub(super) struct CodeForm {
    code: String,
}

pub(super) async fn code_type(State(site): State<Site>, v: View, who: Who, form: Form<CodeForm>) -> Answer {
    let done = async {
        let code = OneTime::read(&form.read()?.code)?;
        let (seat, now) = (Seat::of(&site, &who)?, v.now);
        site.db.write(move |tx| type_code(tx, &seat.atlas, &seat.person, now, &code)).await?;
        Ok("upward.said.code")
    };
    let done = done.await;
    settle(&site, &v, &who, form, done).await
}

/// A form that says nothing but "I".
#[derive(Deserialize)]
pub(super) struct Bare {}

pub(super) async fn sending_make(State(site): State<Site>, v: View, who: Who, form: Form<Bare>) -> Answer {
    let done = async {
        form.read()?;
        let (seat, now) = (Seat::of(&site, &who)?, v.now);
        site.db
            .write(move |tx| {
                let link =
                    current_link(tx.conn)?.ok_or_else(|| base::Refusal::new("upward.refuse.no_link"))?;
                let used = may_keep(&seat.atlas, &seat.person, &link.codes)?;
                ask_sending(tx, Act::new(used.actor(), now))
            })
            .await?;
        Ok("upward.said.sending")
    };
    let done = done.await;
    settle(&site, &v, &who, form, done).await
}

pub(super) async fn link_end(State(site): State<Site>, v: View, who: Who, form: Form<Bare>) -> Answer {
    let done = async {
        form.read()?;
        let (seat, now) = (Seat::of(&site, &who)?, v.now);
        site.db.write(move |tx| drop_link(tx, &seat.atlas, &seat.person, now)).await?;
        Ok("upward.said.ended")
    };
    let done = done.await;
    settle(&site, &v, &who, form, done).await
}
