//! What the sender does to an own matter: add, confirm, contest, reopen, withdraw, supplement.

use askama::Template;
use axum::extract::{Path, State};
use base::{Act, Actor, Id, Outcome};
use http::HeaderMap;
use parts::files::Picture;
use serde::Deserialize;
use store::Tx;
use web::{Answer, Fields, Form, Site, View, go_saying, page};

use super::follow::must_hold;
use super::grip::Grip;
use super::pictures::{Album, Kept};
use super::pieces::ground;
use crate::deeds::{self, Hand};
use crate::model::{Body, Case, ReasonOrder};
use crate::store::{Ground, case_by_id, code_of};

const PREFIX: &str = "case.page.resident.act";

/// One act that is done with words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    Note,
    Contest,
    Reopen,
    Withdraw,
    Supplement,
    Urge,
}

impl Word {
    const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Contest => "contest",
            Self::Reopen => "reopen",
            Self::Withdraw => "withdraw",
            Self::Supplement => "supplement",
            Self::Urge => "urge",
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Contest => "contest",
            Self::Reopen => "reopening",
            Self::Withdraw => "withdrawal",
            Self::Supplement => "supplement",
            Self::Urge => "urging",
        }
    }

    const fn notice(self) -> &'static str {
        match self {
            Self::Note => "case.notice.noted",
            Self::Contest => "case.notice.contested",
            Self::Reopen => "case.notice.reopened",
            Self::Withdraw => "case.notice.withdrawn",
            Self::Supplement => "case.notice.supplemented",
            Self::Urge => "case.notice.urged",
        }
    }
}

#[derive(Template)]
#[template(path = "case/resident/act.html")]
pub(crate) struct ActPage {
    pub v: View,
    pub f: Fields,
    pub act: Word,
    pub back: String,
    pub action: String,
    pub photos: bool,
    pub needs_words: bool,
    pub kept: Kept,
}

impl ActPage {
    fn word(&self, what: &str) -> String {
        self.v.t(&format!("case.page.resident.act.{}.{what}", self.act.name())).into_owned()
    }
}

pub(crate) fn act_page(v: &View, f: Fields, act: Word, id: Id<Case>, kept: Kept) -> ActPage {
    let back = Grip::Follow(id).address();
    let action = format!("{back}/{}", act.path());
    let gentle = matches!(act, Word::Withdraw | Word::Urge);
    ActPage { v: v.clone(), f, act, back, action, photos: !gentle, needs_words: !gentle, kept }
}

#[derive(Debug, Deserialize)]
pub(super) struct WordForm {
    #[serde(default)]
    words: String,
    /// Read by [`Album::of`].
    #[serde(default, rename = "kept")]
    _kept: Option<String>,
}

fn show(site: &Site, v: &View, headers: &HeaderMap, id: Id<Case>, act: Word) -> Answer {
    must_hold(site, headers, id, v.now)?;
    page(&act_page(v, Fields::blank(v, PREFIX), act, id, Kept::default()))
}

async fn make(
    site: &Site,
    v: &View,
    headers: &HeaderMap,
    id: Id<Case>,
    form: &Form<WordForm>,
    act: Word,
) -> Answer {
    must_hold(site, headers, id, v.now)?;
    let mut album = Album::of(site, form).await?;
    match done(site, v, id, form, act, &mut album).await {
        Ok(()) => go_saying(Grip::Follow(id).address(), act.notice()),
        Err(stop) => {
            let kept = album.keep(site, v.now).await?;
            form.again(v, PREFIX, stop, |f| act_page(v, f.files_kept(), act, id, kept))
        }
    }
}

async fn done(
    site: &Site,
    v: &View,
    id: Id<Case>,
    form: &Form<WordForm>,
    act: Word,
    album: &mut Album,
) -> Outcome<()> {
    let words = form.read()?.words;
    let body = match act {
        Word::Withdraw | Word::Urge if words.trim().is_empty() => None,
        _ => Some(Body::new("words", &words)?),
    };
    let photos = album.whole()?;
    let (ground, at) = (ground(site)?, v.now);
    site.db.write(move |tx| act_on(tx, &ground, (id, at), act, body.as_ref(), &photos)).await
}

fn act_on(
    tx: &mut Tx<'_>,
    g: &Ground,
    (id, at): (Id<Case>, base::Millis),
    act: Word,
    body: Option<&Body>,
    photos: &[Picture],
) -> Outcome<()> {
    let code = code_of(tx.keys(), id);
    let hand = Hand::Sender { code: &code };
    if act == Word::Urge {
        return deeds::urge_case(tx, g, hand, at, id, body);
    }
    let Some(reason) = body.cloned() else {
        return deeds::withdraw_case(tx, g, hand, at, id, None).map(|_| ());
    };
    let order = ReasonOrder { version: None, reason };
    match act {
        Word::Note | Word::Urge => {
            return deeds::add_senders_note(tx, hand, at, id, &order.reason, photos);
        }
        Word::Withdraw => deeds::withdraw_case(tx, g, hand, at, id, Some(order.reason.as_str())),
        Word::Contest => deeds::contest_case(tx, g, hand, at, id, &order),
        Word::Reopen => deeds::reopen_case(tx, g, hand, at, id, &order),
        Word::Supplement => deeds::supplement_case(tx, g, hand, at, id, &order),
    }?;
    let county = case_by_id(tx.conn, id)?.map_or(0, |c| c.place.county);
    deeds::add_photos(tx, Act::new(Actor::PUBLIC, at), (id, county), deeds::PHOTO_MATTER, photos)
}

pub(super) async fn confirmation_make(
    State(site): State<Site>,
    v: View,
    headers: HeaderMap,
    Path(id): Path<Id<Case>>,
) -> Answer {
    must_hold(&site, &headers, id, v.now)?;
    let (ground, at) = (ground(&site)?, v.now);
    let work = move |tx: &mut Tx<'_>| {
        let code = code_of(tx.keys(), id);
        deeds::confirm_case(tx, &ground, Hand::Sender { code: &code }, at, id, None, None)
    };
    site.db.write(work).await?;
    go_saying(Grip::Follow(id).address(), "case.notice.confirmed")
}

/// The two handlers of an act.
macro_rules! act_handlers {
    ($($show:ident, $make:ident => $word:expr;)+) => {$(
        pub(super) async fn $show(
            State(site): State<Site>,
            v: View,
            headers: HeaderMap,
            Path(id): Path<Id<Case>>,
        ) -> Answer {
            show(&site, &v, &headers, id, $word)
        }

        pub(super) async fn $make(
            State(site): State<Site>,
            v: View,
            headers: HeaderMap,
            Path(id): Path<Id<Case>>,
            form: Form<WordForm>,
        ) -> Answer {
            make(&site, &v, &headers, id, &form, $word).await
        }
    )+};
}

act_handlers! {
    note_show, note_make => Word::Note;
    contest_show, contest_make => Word::Contest;
    reopening_show, reopening_make => Word::Reopen;
    withdrawal_show, withdrawal_make => Word::Withdraw;
    supplement_show, supplement_make => Word::Supplement;
    urging_show, urging_make => Word::Urge;
}
