//! The next step on an entry (下一步): one small form for each move that this person may make. What goes wrong draws the
//! entry's page again, with everything typed kept.

use askama::Template;
use base::{Outcome, Stop};
use deadline::Term;
use jiff::civil::Date;
use serde::Deserialize;
use web::{Answer, Fields, Form, Html, go_saying};

use super::entry::{STEP, load};
use super::seat::At;
use crate::deeds::{self, Done};
use crate::model::{ActKind, Entry};

/// How an act looks on the page.
pub(crate) struct Step {
    /// The act.
    pub act: ActKind,
    /// The last part of its address.
    pub path: &'static str,
    /// The field of its words: several forms stand on one page, so that each field is named after its act.
    pub words: &'static str,
    /// The key of its button, without the prefix.
    pub send: &'static str,
    /// What it leads to, in a sentence.
    pub hint: &'static str,
    /// What the next page says.
    said: &'static str,
}

macro_rules! step {
    ($act:ident, $path:literal, $words:literal, $send:literal, $hint:literal, $said:literal) => {
        Step { act: ActKind::$act, path: $path, words: $words, send: $send, hint: $hint, said: $said }
    };
}

/// Every step with a form on the entry's page, in the order of the page.
pub(crate) const STEPS: &[Step] = &[
    step!(Take, "taking", "take_words", "take", "supervision.step.take_hint", "supervision.said.take"),
    step!(
        Apply,
        "application",
        "apply_words",
        "apply",
        "supervision.step.apply_hint",
        "supervision.said.apply"
    ),
    step!(Pass, "inspection", "pass_words", "pass", "supervision.step.pass_hint", "supervision.said.pass"),
    step!(
        Strike,
        "strike-off",
        "strike_words",
        "strike",
        "supervision.step.strike_hint",
        "supervision.said.strike"
    ),
    step!(
        Return,
        "return",
        "return_words",
        "return",
        "supervision.step.return_hint",
        "supervision.said.return"
    ),
    step!(Visit, "visits", "visit_words", "visit", "supervision.step.visit_hint", "supervision.said.visit"),
    step!(Grant, "grant", "grant_words", "grant", "supervision.step.grant_hint", "supervision.said.grant"),
    step!(Deny, "denial", "deny_words", "deny", "supervision.step.deny_hint", "supervision.said.deny"),
    step!(Ask, "extension", "ask_words", "ask", "supervision.step.ask_hint", "supervision.said.ask"),
    step!(
        Decline,
        "declination",
        "decline_words",
        "decline",
        "supervision.step.decline_hint",
        "supervision.said.decline"
    ),
    step!(
        Publish,
        "publication",
        "publish_words",
        "publish",
        "supervision.step.publish_hint",
        "supervision.said.publish"
    ),
];

#[derive(Template)]
#[template(path = "supervision/step.html")]
pub(crate) struct StepPiece {
    pub title: String,
    pub action: String,
    pub hint: String,
    pub open: bool,
    pub f: Fields,
    pub fields: Vec<Html>,
    pub send: &'static str,
}

/// What the forms send: each its own words, some more.
#[derive(Deserialize)]
pub(crate) struct Typed {
    version: Option<i64>,
    take_words: Option<String>,
    apply_words: Option<String>,
    pass_words: Option<String>,
    strike_words: Option<String>,
    return_words: Option<String>,
    visit_words: Option<String>,
    visit_day: Option<Date>,
    visit_place: Option<String>,
    grant_words: Option<String>,
    deny_words: Option<String>,
    ask_words: Option<String>,
    ask_n: Option<u32>,
    decline_words: Option<String>,
    publish_words: Option<String>,
}

impl Typed {
    fn words(&self, act: ActKind) -> String {
        let words = match act {
            ActKind::Take => &self.take_words,
            ActKind::Apply => &self.apply_words,
            ActKind::Pass => &self.pass_words,
            ActKind::Strike => &self.strike_words,
            ActKind::Return => &self.return_words,
            ActKind::Visit => &self.visit_words,
            ActKind::Grant => &self.grant_words,
            ActKind::Deny => &self.deny_words,
            ActKind::Ask => &self.ask_words,
            ActKind::Decline => &self.decline_words,
            _ => &self.publish_words,
        };
        words.clone().unwrap_or_default()
    }
}

/// A deed's field under the name that it has in the form.
fn own_fields(stop: Stop, words: &'static str) -> Stop {
    match stop {
        Stop::Invalid(mut invalid) => {
            for trouble in &mut invalid.fields {
                let own = match trouble.field.as_ref() {
                    "more" => "ask_n",
                    "day" | "visit_day" => "visit_day",
                    "visit_place" => "visit_place",
                    "version" => "version",
                    _ => words,
                };
                trouble.field = own.into();
            }
            Stop::Invalid(invalid)
        }
        other => other,
    }
}

impl At<Entry> {
    async fn make(self, form: Form<Typed>, act: ActKind) -> Answer {
        let Some(step) = STEPS.iter().find(|s| s.act == act) else {
            return Err(base::Refusal::not_found().into());
        };
        match self.run(form.read(), act).await {
            Ok(_) => go_saying(format!("/supervision/{}", self.id), step.said),
            Err(stop) => {
                let file = load(&self).await?;
                form.again(&self.v, STEP, own_fields(stop, step.words), |f| {
                    file.draw(&self.v, Some((act, f)))
                })
            }
        }
    }

    async fn run(&self, typed: Outcome<Typed>, act: ActKind) -> Outcome<Done> {
        let typed = typed?;
        let (person, ground) = (access::person_of(&self.who)?, self.site.get::<case::store::Desk>()?.now());
        let (id, now) = (self.id, self.v.now);
        let done = self.site.db.write(move |tx| {
            let with = (&ground, &*person, now);
            let (shown, words) = (typed.version, typed.words(act));
            match act {
                ActKind::Take => deeds::take_entry(tx, with, id, shown, &words),
                ActKind::Apply => deeds::apply_strike_off(tx, with, id, shown, &words),
                ActKind::Pass => deeds::pass_entry(tx, with, id, shown, &words),
                ActKind::Strike => deeds::strike_off(tx, with, id, shown, &words),
                ActKind::Return => deeds::return_entry(tx, with, id, shown, &words),
                ActKind::Visit => {
                    let place = typed.visit_place.clone().unwrap_or_default();
                    deeds::visit_matter(tx, with, id, shown, (typed.visit_day, &place, &words))
                }
                ActKind::Grant => deeds::grant_extension(tx, with, id, shown, &words),
                ActKind::Deny => deeds::deny_extension(tx, with, id, shown, &words),
                ActKind::Ask => {
                    let unit =
                        crate::store::entry_by_id(tx.conn, id)?.and_then(|e| e.terms).map(|t| t.most.unit);
                    let term = typed.ask_n.zip(unit).map(|(n, unit)| Term { n, unit });
                    deeds::ask_extension(tx, with, id, shown, term, &words)
                }
                ActKind::Decline => deeds::decline_entry(tx, with, id, shown, &words),
                _ => deeds::publish_entry(tx, with, id, shown, &words),
            }
        });
        done.await
    }
}

/// POST /supervision/{id}/declination
pub(crate) async fn declination_make(at: At<Entry>, form: Form<Typed>) -> Answer {
    at.make(form, ActKind::Decline).await
}

/// POST /supervision/{id}/taking
pub(crate) async fn taking_make(at: At<Entry>, form: Form<Typed>) -> Answer {
    at.make(form, ActKind::Take).await
}

/// POST /supervision/{id}/visits
pub(crate) async fn visit_make(at: At<Entry>, form: Form<Typed>) -> Answer {
    at.make(form, ActKind::Visit).await
}

/// POST /supervision/{id}/application
pub(crate) async fn application_make(at: At<Entry>, form: Form<Typed>) -> Answer {
    at.make(form, ActKind::Apply).await
}

/// POST /supervision/{id}/extension
pub(crate) async fn extension_make(at: At<Entry>, form: Form<Typed>) -> Answer {
    at.make(form, ActKind::Ask).await
}

/// POST /supervision/{id}/grant
pub(crate) async fn grant_make(at: At<Entry>, form: Form<Typed>) -> Answer {
    at.make(form, ActKind::Grant).await
}

/// POST /supervision/{id}/denial
pub(crate) async fn denial_make(at: At<Entry>, form: Form<Typed>) -> Answer {
    at.make(form, ActKind::Deny).await
}

/// POST /supervision/{id}/inspection
pub(crate) async fn inspection_make(at: At<Entry>, form: Form<Typed>) -> Answer {
    at.make(form, ActKind::Pass).await
}

/// POST /supervision/{id}/return
pub(crate) async fn return_make(at: At<Entry>, form: Form<Typed>) -> Answer {
    at.make(form, ActKind::Return).await
}

/// POST /supervision/{id}/strike-off
pub(crate) async fn strike_off_make(at: At<Entry>, form: Form<Typed>) -> Answer {
    at.make(form, ActKind::Strike).await
}

/// POST /supervision/{id}/publication
pub(crate) async fn publication_make(at: At<Entry>, form: Form<Typed>) -> Answer {
    at.make(form, ActKind::Publish).await
}
