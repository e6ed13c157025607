//! A person's own page (我的账号): posts, sessions, password, second factor.

use askama::Template;
use axum::extract::State;
use base::{Id, Millis, Outcome, Refusal};
use territory::LiveAtlas;
use web::{Answer, Fields, Form, Site, View, Who, go, go_saying, page, session::Session};

use super::entry::{Code, NewPassword, PasswordPage};
use super::person_of;
use super::places::name_of;
use super::qr::{Qr, qr};
use crate::deeds;
use crate::rules::otpauth_uri;
use crate::store::account_by_id;

/// A post as it is shown.
pub(crate) struct PostRow {
    pub unit: String,
    pub title: String,
    pub duties: Vec<String>,
    pub scope: String,
}

/// A session as it is shown. No address and no device is kept, so none is shown.
pub(crate) struct SessionRow {
    pub made: Millis,
    pub seen: Millis,
    pub ends: Millis,
    pub complete: bool,
    pub here: bool,
}

#[derive(Template)]
#[template(path = "access/own.html")]
pub(crate) struct OwnPage {
    pub v: View,
    pub name: String,
    pub posts: Vec<PostRow>,
    pub sessions: Vec<SessionRow>,
    pub totp_on: bool,
}

/// GET /account
pub async fn own_show(State(site): State<Site>, v: View, who: Who) -> Answer {
    let (id, now) = (who.account, v.now);
    let (row, sessions) = site
        .db
        .read(move |conn| {
            let row = account_by_id(conn, Id::of(id))?.ok_or_else(Refusal::not_found)?;
            Ok((row, web::session::of_account(conn, id, now)?))
        })
        .await?;
    let atlas = site.get::<LiveAtlas>()?.now();
    let person = person_of(&who)?;
    let posts = person.posts.iter().map(|p| PostRow {
        unit: p.unit_name.clone(),
        title: p.title.clone(),
        duties: p.duties.iter().map(|d| v.t(d.word()).into_owned()).collect(),
        scope: scope_words(&v, &name_of(&atlas, p.scope)),
    });
    let here = v.session().map_or(0, |s| s.id);
    let session = |s: &Session| SessionRow {
        made: Millis(s.made_ms),
        seen: Millis(s.seen_ms),
        ends: Millis(s.ends_ms),
        complete: s.complete,
        here: s.id == here,
    };
    let sessions = sessions.iter().map(session).collect();
    page(&OwnPage { posts: posts.collect(), name: row.name, sessions, totp_on: row.totp_on, v: v.clone() })
}

/// A scope's name, or the word for everything.
pub(super) fn scope_words(v: &View, name: &str) -> String {
    if name.is_empty() { v.t("access.level.country").into_owned() } else { name.to_owned() }
}

fn password_page(v: &View, f: Fields) -> PasswordPage {
    PasswordPage { v: v.clone(), f, to: "/account/password", first: false }
}

/// GET /account/password
pub async fn own_password_show(v: View, _: Who) -> Answer {
    page(&password_page(&v, Fields::blank(&v, "access.password")))
}

/// POST /account/password
pub async fn own_password_send(
    State(site): State<Site>,
    v: View,
    who: Who,
    form: Form<NewPassword>,
) -> Answer {
    let done = async {
        let wish = form.read()?;
        let account = Id::of(who.account);
        let (old, digest) =
            deeds::wished_digest(&site.db, account, &wish.current, &wish.password, &wish.again).await?;
        let (now, here) = (v.now, v.session().map(|s| s.id));
        site.db.write(move |tx| deeds::change_password(tx, now, account, &old, &digest, here)).await
    };
    match done.await {
        Ok(()) => go_saying("/account", "access.password.changed"),
        Err(stop) => form.again(&v, "access.password", stop, |f| password_page(&v, f)),
    }
}

/// POST /account/sessions/end
pub async fn own_sessions_end(State(site): State<Site>, v: View, _: Who) -> Answer {
    let session = v.session().cloned().ok_or_else(Refusal::not_found)?;
    let now = v.now;
    site.db.write(move |tx| deeds::sign_out_others(tx, &session, now)).await?;
    go_saying("/account", "access.own.sessions_ended")
}

/// The second factor that is being set up.
pub(super) struct SecondSetup {
    secret: String,
    uri: String,
    to: &'static str,
}

impl SecondSetup {
    /// Reads it; refused when nothing is being set up.
    pub(super) async fn load(site: &Site, v: &View, account: i64, to: &'static str) -> Outcome<Self> {
        let db = site.db.clone();
        let found = site
            .db
            .read(move |conn| {
                let row = account_by_id(conn, Id::of(account))?.ok_or_else(Refusal::not_found)?;
                Ok((row.name, deeds::enrolling_secret(conn, db.keys(), Id::of(account))?))
            })
            .await?;
        let (name, Some(secret)) = found else {
            return Err(Refusal::new("access.refuse.no_enrolment").into());
        };
        let uri = otpauth_uri(&secret, &name, &v.brand())?;
        Ok(Self { secret, uri, to })
    }

    /// The page.
    pub(super) fn page(&self, v: &View, f: Fields) -> SecondPage {
        let spaced = self.secret.as_bytes().chunks(4).map(|c| String::from_utf8_lossy(c).into_owned());
        let secret = spaced.collect::<Vec<_>>().join(" ");
        SecondPage { v: v.clone(), f, qr: qr(&self.uri), uri: self.uri.clone(), secret, to: self.to }
    }
}

#[derive(Template)]
#[template(path = "access/second.html")]
pub(crate) struct SecondPage {
    pub v: View,
    pub f: Fields,
    pub qr: Option<Qr>,
    pub uri: String,
    pub secret: String,
    pub to: &'static str,
}

#[derive(Template)]
#[template(path = "access/codes.html")]
pub(crate) struct CodesPage {
    pub v: View,
    pub codes: Vec<String>,
}

/// POST /account/second
pub async fn own_second_begin(State(site): State<Site>, v: View, who: Who) -> Answer {
    let (account, now) = (Id::of(who.account), v.now);
    site.db.write(move |tx| deeds::enrol_totp(tx, now, account)).await?;
    go("/account/second")
}

/// GET /account/second
pub async fn own_second_show(State(site): State<Site>, v: View, who: Who) -> Answer {
    let setup = SecondSetup::load(&site, &v, who.account, "/account/second/confirmation").await?;
    page(&setup.page(&v, Fields::blank(&v, "access.second")))
}

/// POST /account/second/confirmation
pub async fn own_second_confirm(State(site): State<Site>, v: View, who: Who, form: Form<Code>) -> Answer {
    let setup = SecondSetup::load(&site, &v, who.account, "/account/second/confirmation").await?;
    let done = async {
        let (typed, account, now) = (form.read()?, Id::of(who.account), v.now);
        site.db.write(move |tx| deeds::confirm_totp(tx, now, account, typed.code())).await
    };
    match done.await {
        Ok(codes) => page(&CodesPage { v, codes }),
        Err(stop) => form.again(&v, "access.second", stop, |f| setup.page(&v, f)),
    }
}
