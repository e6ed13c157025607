//! Where a person is reached outside of the house (接收设置).

use askama::Template;
use axum::extract::State;
use base::{Invalid, Outcome};
use serde::Deserialize;
use web::{Answer, Fields, Form, Opt, Site, View, Who, go_saying, page};

use super::kinds;
use crate::deeds::{Reach, keep_reach, own_reach};
use crate::model::{Channel, Contact, Kind};
use crate::store::open_channels;

const PREFIX: &str = "notice.own";

#[derive(Template)]
#[template(path = "notice/own.html")]
pub(crate) struct OwnPage {
    pub v: View,
    pub f: Fields,
    pub mail: bool,
    pub sms: bool,
    pub mail_kinds: Vec<Opt>,
    pub sms_kinds: Vec<Opt>,
}

fn going(channel: Channel) -> impl Iterator<Item = Kind> {
    Kind::of_staff().filter(move |k| k.ways().contains(&channel))
}

fn draw(v: &View, f: Fields, open: &[Channel]) -> OwnPage {
    OwnPage {
        f,
        mail: open.contains(&Channel::Mail),
        sms: open.contains(&Channel::Sms),
        mail_kinds: kinds(v, going(Channel::Mail)),
        sms_kinds: kinds(v, going(Channel::Sms)),
        v: v.clone(),
    }
}

async fn open_ways(site: &Site) -> Outcome<Vec<Channel>> {
    let open = site.db.read(open_channels).await?;
    Ok(open.into_iter().map(|o| o.channel).collect())
}

/// GET /me/notices
pub(super) async fn own_show(State(site): State<Site>, v: View, who: Who) -> Answer {
    let (db, account) = (site.db.clone(), who.account);
    let reach = site.db.read(move |conn| own_reach(conn, db.keys(), account)).await?;
    let mut f = Fields::blank(&v, PREFIX);
    for (field, boxes, channel) in [("mail", "mail_kinds", Channel::Mail), ("sms", "sms_kinds", Channel::Sms)]
    {
        f = f.fill(field, reach.on(channel).map_or("", Contact::as_str));
        for kind in going(channel).filter(|k| !reach.silences.contains(&(channel, *k))) {
            f = f.fill(boxes, kind.code());
        }
    }
    page(&draw(&v, f, &open_ways(&site).await?))
}

/// The form as typed; the boxes name what is wanted.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    mail: Option<String>,
    #[serde(default)]
    sms: Option<String>,
    #[serde(default)]
    mail_kinds: Vec<String>,
    #[serde(default)]
    sms_kinds: Vec<String>,
}

impl Typed {
    fn reach(&self) -> Outcome<Reach> {
        let mut invalid = Invalid::default();
        let mut read = |field: &'static str, typed: &Option<String>, channel| {
            let typed = typed.as_deref().map(str::trim).filter(|t| !t.is_empty())?;
            let contact = Contact::parse(typed).filter(|c| c.channel == channel);
            if contact.is_none() {
                invalid.push(field, "notice.invalid.address");
            }
            contact
        };
        let (mail, sms) = (read("mail", &self.mail, Channel::Mail), read("sms", &self.sms, Channel::Sms));
        let off = |channel, wanted: &[String]| {
            let wanted = wanted.to_vec();
            going(channel).filter(move |k| !wanted.iter().any(|w| w == k.code())).map(move |k| (channel, k))
        };
        let silences = off(Channel::Mail, &self.mail_kinds).chain(off(Channel::Sms, &self.sms_kinds));
        invalid.or(Reach { mail, sms, silences: silences.collect() })
    }
}

/// POST /me/notices
pub(super) async fn own_keep(State(site): State<Site>, v: View, who: Who, form: Form<Typed>) -> Answer {
    let done = async {
        let reach = form.read()?.reach()?;
        let act = who.own_act(v.now);
        site.db.write(move |tx| keep_reach(tx, act.by, act.at, &reach)).await
    };
    match done.await {
        Ok(()) => go_saying("/me/notices", "notice.own.kept"),
        Err(stop) => {
            let open = open_ways(&site).await?;
            form.again(&v, PREFIX, stop, |f| draw(&v, f, &open))
        }
    }
}
