//! One call (回访): the case in a line, the door to the contact, vain tries, what was said. The handler's own word stands apart.

use access::{Kind, may_view};
use askama::Template;
use axum::extract::{Path, State};
use base::{Id, Millis, Outcome, Refusal, Stop};
use serde::Deserialize;
use store::Conn;
use web::{Answer, Fields, Form, Names as _, Opt, Site, View, Who, go_saying, page};

use super::list::said_words;
use super::seat::{Names, Seat, day};
use crate::deeds::{self, may_call};
use crate::model::{Answers, Call, CallState, Said, TryOutcome};
use crate::store::{call_by_id, draw_by_id, latest_rule, tries_of};

const PREFIX: &str = "callback.form";
/// What the case room writes into the log of reads when a caller opens the contact.
const PURPOSE: &str = "contact.call_back";

/// A call that did not get through.
pub(crate) struct TryLine {
    pub at: String,
    pub who: String,
    pub why: String,
}

#[derive(Template)]
#[template(path = "callback/call.html")]
pub(crate) struct CallPage {
    pub v: View,
    pub f: Fields,
    pub id: String,
    pub case: String,
    pub number: String,
    pub week: String,
    pub draw: String,
    pub facts: Vec<(String, String)>,
    pub own_word: String,
    pub state: CallState,
    pub is_mine: bool,
    pub may_take: bool,
    pub why_not: String,
    pub tries: Vec<TryLine>,
    pub attempts: i64,
    pub outcomes: Vec<Opt>,
    pub answers: Vec<Opt>,
    pub said: Vec<(String, String)>,
    pub words: String,
    pub not_solved: bool,
}

/// Everything that the page shows, as it stands.
struct Sheet {
    call: Call,
    week: String,
    names: Names,
    callers: Vec<(i64, String)>,
    tries: Vec<(Millis, i64, String)>,
    attempts: i64,
    own_word: String,
    refusal: Option<Refusal>,
}

fn read(conn: &mut Conn, seat: &Seat, id: i64) -> Outcome<Sheet> {
    let call = call_by_id(conn, id)?.ok_or_else(Refusal::not_found)?;
    let file = case::store::file_by_id(conn, Id::of(call.case))?.ok_or_else(Refusal::not_found)?;
    may_view(&seat.person, &file.resource(Kind::CaseView))?;
    let refusal = match may_call(conn, &seat.person, id) {
        Ok(_) => None,
        Err(Stop::Refused(refusal)) => Some(refusal),
        Err(stop) => return Err(stop),
    };
    let tries = tries_of(conn, id)?;
    let mut ids: Vec<i64> = tries.iter().map(|(_, account, _)| *account).chain([call.account]).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(Sheet {
        week: draw_by_id(conn, call.draw)?.map_or(String::new(), |d| d.week),
        names: Names::read(conn)?,
        callers: access::displays_of(conn, &ids)?,
        attempts: latest_rule(conn)?.map_or(0, |(_, rule)| rule.attempts),
        own_word: file.case.ending.map_or(String::new(), |e| e.key().to_owned()),
        tries,
        refusal,
        call,
    })
}

/// The key of why a call did not get through.
pub(super) const fn why_key(why: TryOutcome) -> &'static str {
    match why {
        TryOutcome::NoAnswer => "callback.why.no_answer",
        TryOutcome::Busy => "callback.why.busy",
        TryOutcome::Dead => "callback.why.dead",
        TryOutcome::Other => "callback.why.other",
        TryOutcome::None => "callback.why.none",
    }
}

impl Sheet {
    fn who(&self, account: i64) -> String {
        self.callers.iter().find(|(id, _)| *id == account).map_or("—".to_owned(), |(_, name)| name.clone())
    }

    fn facts(&self, v: &View) -> Vec<(String, String)> {
        let c = &self.call;
        let mut facts = vec![
            ("callback.col.category", self.names.category(c.category)),
            ("callback.col.unit", self.names.unit(c.unit)),
            ("callback.col.closed", day(v, c.closed)),
            ("callback.col.until", day(v, c.until)),
        ];
        if c.account != 0 {
            facts.push(("callback.caller", self.who(c.account)));
        }
        facts.into_iter().map(|(key, value)| (v.t(key).into_owned(), value)).collect()
    }

    fn said(&self, v: &View) -> Vec<(String, String)> {
        let Some(a) = &self.call.answers else { return Vec::new() };
        [
            ("callback.form.contacted", a.contacted),
            ("callback.form.solved", a.solved),
            ("callback.form.satisfied", a.satisfied),
        ]
        .into_iter()
        .map(|(key, said)| (v.t(key).into_owned(), said_words(v, said)))
        .collect()
    }

    fn tries(&self, v: &View) -> Vec<TryLine> {
        let why = |name: &str| TryOutcome::ALL.iter().find(|w| w.name() == name).map_or("", |w| why_key(*w));
        let line = |(at, account, name): &(Millis, i64, String)| TryLine {
            at: v.exact(*at),
            who: self.who(*account),
            why: v.t(why(name)).into_owned(),
        };
        self.tries.iter().map(line).collect()
    }

    fn draw(&self, v: &View, seat: &Seat, f: Fields) -> CallPage {
        let c = &self.call;
        let is_open = c.state == CallState::Open;
        CallPage {
            f: f.fill("purpose", PURPOSE),
            id: Id::<()>::of(c.id).to_string(),
            case: Id::<()>::of(c.case).to_string(),
            number: c.number.clone(),
            week: self.week.clone(),
            draw: Id::<()>::of(c.draw).to_string(),
            facts: self.facts(v),
            own_word: v.maybe(&self.own_word).unwrap_or("—").to_owned(),
            state: c.state,
            is_mine: is_open && c.account == seat.person.account.raw(),
            may_take: is_open && c.account == 0 && self.refusal.is_none(),
            why_not: match &self.refusal {
                Some(r) if is_open => v.said(r.key, &r.words),
                _ => String::new(),
            },
            tries: self.tries(v),
            attempts: self.attempts,
            outcomes: TryOutcome::ALL
                .iter()
                .map(|w| Opt::new(w.name(), v.t(why_key(*w)).into_owned()))
                .collect(),
            answers: Said::ALL.iter().map(|s| Opt::new(s.name(), said_words(v, *s))).collect(),
            said: self.said(v),
            words: c.answers.as_ref().map_or(String::new(), |a| a.words.clone()),
            not_solved: c.answers.as_ref().is_some_and(|a| a.solved == Said::No),
            v: v.clone(),
        }
    }
}

async fn load(site: &Site, who: &Who, id: i64) -> Outcome<(Seat, Sheet)> {
    let seat = Seat::of(site, who)?;
    let read = site.db.read(move |conn| {
        let sheet = read(conn, &seat, id)?;
        Ok((seat, sheet))
    });
    read.await
}

pub(super) async fn call_show(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Call>>,
) -> Answer {
    let (seat, sheet) = load(&site, &who, id.raw()).await?;
    page(&sheet.draw(&v, &seat, Fields::blank(&v, PREFIX)))
}

/// Back to the call with a sentence, or the page once more with the trouble said.
async fn settle<T: serde::de::DeserializeOwned>(
    site: &Site,
    v: &View,
    who: &Who,
    id: i64,
    form: Form<T>,
    done: Outcome<&'static str>,
) -> Answer {
    match done {
        Ok(key) => go_saying(format!("/callback/calls/{}", Id::<()>::of(id)), key),
        Err(stop) => {
            let (seat, sheet) = load(site, who, id).await?;
            form.again(v, PREFIX, stop, |f| sheet.draw(v, &seat, f))
        }
    }
}

/// A form that says nothing but "I".
#[derive(Deserialize)]
pub(super) struct TakeForm {}

pub(super) async fn caller_make(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Call>>,
    form: Form<TakeForm>,
) -> Answer {
    let done = async {
        form.read()?;
        let (person, now, id) = (access::person_of(&who)?, v.now, id.raw());
        site.db.write(move |tx| deeds::take_call(tx, &person, now, id)).await?;
        Ok("callback.said.taken")
    };
    let done = done.await;
    settle(&site, &v, &who, id.raw(), form, done).await
}

/// A call that did not get through.
#[derive(Deserialize)]
pub(super) struct TryForm {
    outcome: String,
}

pub(super) async fn try_make(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Call>>,
    form: Form<TryForm>,
) -> Answer {
    let done = async {
        let asked = form.read()?.outcome;
        let why = TryOutcome::ALL.iter().copied().find(|w| w.name() == asked);
        let why = why.ok_or_else(|| base::Invalid::field("outcome", "form.choose"))?;
        let (person, now, id) = (access::person_of(&who)?, v.now, id.raw());
        let state = site.db.write(move |tx| deeds::note_try(tx, &person, now, id, why)).await?;
        Ok(if state == CallState::Open { "callback.said.tried" } else { "callback.said.unreached" })
    };
    let done = done.await;
    settle(&site, &v, &who, id.raw(), form, done).await
}

/// What was said.
#[derive(Deserialize)]
pub(super) struct AnswerForm {
    contacted: String,
    solved: String,
    satisfied: String,
    #[serde(default)]
    words: String,
}

impl AnswerForm {
    fn answers(self) -> Outcome<Answers> {
        let mut invalid = base::Invalid::default();
        let mut said = |field: &'static str, name: &str| {
            let found = Said::ALL.iter().copied().find(|s| s.name() == name);
            found.unwrap_or_else(|| {
                invalid.push(field, "form.choose");
                Said::Unsaid
            })
        };
        let answers = Answers {
            contacted: said("contacted", &self.contacted),
            solved: said("solved", &self.solved),
            satisfied: said("satisfied", &self.satisfied),
            words: self.words.trim().to_owned(),
        };
        invalid.or(answers)
    }
}

pub(super) async fn answer_make(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Call>>,
    form: Form<AnswerForm>,
) -> Answer {
    let done = async {
        let said = form.read()?.answers()?;
        let (person, now, id) = (access::person_of(&who)?, v.now, id.raw());
        site.db.write(move |tx| deeds::answer_call(tx, &person, now, id, &said)).await?;
        Ok("callback.said.answered")
    };
    let done = done.await;
    settle(&site, &v, &who, id.raw(), form, done).await
}
