//! An entry's page: what it is, who answers for it and until when by which rule, what was done by whom and why, the leader's
//! visits, and the next step.

use access::{Kind, may_view};
use askama::Template;
use base::{Id, Outcome, Refusal};
use deadline::State;
use store::Conn;
use web::{Answer, Fields, Html, Tone, View, page};

use super::acts::{STEPS, Step, StepPiece};
use super::seat::{At, Names, Seat, language, light_badge, stage_badge};
use crate::deeds::acts_for;
use crate::model::{Act, ActKind, Entry, Stage, Visit};
use crate::rules::{Light, light, reading};
use crate::store::{acts_of, entry_by_id, visits_of};

/// Where the labels of the steps' forms are.
pub(crate) const STEP: &str = "supervision.step";

/// Everything that the page is drawn from.
pub(crate) struct File {
    pub seat: Seat,
    pub entry: Entry,
    acts: Vec<Act>,
    visits: Vec<Visit>,
    names: Names,
    case: Option<(String, String)>,
    open: Vec<ActKind>,
}

/// Loads an entry for somebody who may open it.
///
/// # Errors
/// 404 when they may not.
pub(crate) async fn load(at: &At<Entry>) -> Outcome<File> {
    let seat = Seat::of(&at.site, &at.who)?;
    let id = at.id;
    at.site.db.read(move |conn| read_file(conn, seat, id)).await
}

fn read_file(conn: &mut Conn, seat: Seat, id: Id<Entry>) -> Outcome<File> {
    let entry = entry_by_id(conn, id)?.ok_or_else(Refusal::not_found)?;
    may_view(&seat.person, &entry.resource(Kind::SupervisionView))?;
    let acts = acts_of(conn, id)?;
    let case = match entry.case {
        Some(case) => {
            let number = case::store::numbers_of(conn, &[case.raw()])?.into_iter().next();
            number.map(|(_, number)| (case.to_string(), number))
        }
        None => None,
    };
    let people = acts.iter().map(|a| a.account).chain([entry.four.leader, entry.four.person]);
    Ok(File {
        names: Names::of(conn, people)?,
        visits: visits_of(conn, id)?,
        open: acts_for(&seat.ground, &seat.person, &entry, &acts),
        case,
        acts,
        entry,
        seat,
    })
}

pub(crate) struct ActView {
    pub act: String,
    pub when: String,
    pub exact: String,
    pub who: String,
    pub term: String,
    pub words: String,
    pub bad: bool,
}

pub(crate) struct VisitView {
    pub day: String,
    pub place: String,
    pub outcome: String,
}

/// The time limit, in words.
pub(crate) struct DueView {
    pub due: String,
    pub light: Html,
    pub why: String,
    pub extension: String,
}

#[derive(Template)]
#[template(path = "supervision/entry.html")]
pub(crate) struct EntryPage {
    pub v: View,
    pub id: String,
    pub number: String,
    pub title: String,
    pub stage: Html,
    pub light: Html,
    pub problem: String,
    pub facts: Vec<(String, String)>,
    pub case: Option<(String, String)>,
    pub due: Option<DueView>,
    pub public_title: String,
    pub may_list: bool,
    pub may_assign: bool,
    pub steps: Vec<Html>,
    pub waits: String,
    pub acts: Vec<ActView>,
    pub visits: Vec<VisitView>,
}

/// GET /supervision/{id}
pub(crate) async fn entry_show(at: At<Entry>) -> Answer {
    let file = load(&at).await?;
    page(&file.draw(&at.v, None))
}

impl File {
    /// The page; `failed` is the form that was just refused, with what was typed into it.
    pub fn draw(&self, v: &View, failed: Option<(ActKind, Fields)>) -> EntryPage {
        let e = &self.entry;
        let problem = self.acts.first().and_then(|a| a.words.clone()).unwrap_or_default();
        EntryPage {
            id: e.id.to_string(),
            number: e.number.clone(),
            title: e.title.clone(),
            stage: stage_badge(v, e.stage),
            light: light_badge(v, e),
            problem,
            facts: self.facts(v),
            case: self.case.clone(),
            due: self.due(v),
            public_title: e.public_title.clone().unwrap_or_default(),
            may_list: self.open.contains(&ActKind::List),
            may_assign: self.open.contains(&ActKind::Assign),
            steps: self.steps(v, failed.as_ref()),
            waits: self.waits(v),
            acts: self.acts.iter().rev().map(|a| self.act_view(v, a)).collect(),
            visits: self.visits.iter().map(|one| visit_view(v, one)).collect(),
            v: v.clone(),
        }
    }

    /// For whom the entry waits, told to a reader who cannot make the next step.
    fn waits(&self, v: &View) -> String {
        let e = &self.entry;
        let (key, unit) = match e.stage {
            Stage::StruckOff | Stage::Declined => return String::new(),
            Stage::Nominated => ("supervision.waits.nominated", e.list_unit),
            Stage::Applied => ("supervision.waits.applied", e.list_unit),
            Stage::Inspected => ("supervision.waits.inspected", e.list_unit),
            _ if e.is_asked => ("supervision.waits.asked", e.list_unit),
            Stage::Listed => ("supervision.waits.listed", e.four.unit),
            Stage::InHand | Stage::Returned | Stage::Extended => ("supervision.waits.in_hand", e.four.unit),
        };
        v.t1(key, "unit", self.seat.unit(unit))
    }

    fn steps(&self, v: &View, failed: Option<&(ActKind, Fields)>) -> Vec<Html> {
        let mut pieces = Vec::new();
        let shown =
            STEPS.iter().filter(|s| self.open.contains(&s.act) || failed.is_some_and(|(a, _)| *a == s.act));
        for step in shown {
            let typed = failed.filter(|(act, _)| *act == step.act).map(|(_, f)| f.clone());
            // What everybody may read is set at leisure; it is nobody's next step.
            let is_first = pieces.is_empty() && step.act != ActKind::Publish;
            let open = failed.map_or(is_first, |(act, _)| *act == step.act);
            let f = typed.unwrap_or_else(|| self.filled(v, step.act));
            pieces.push(self.step(v, step, f, open));
        }
        pieces
    }

    fn filled(&self, v: &View, act: ActKind) -> Fields {
        let f = Fields::blank(v, STEP).fill("version", self.entry.version);
        match act {
            ActKind::Visit => f.fill("visit_day", v.zone.day(v.now)),
            ActKind::Ask => {
                let most = self.entry.terms.as_ref().map(|t| t.most.n);
                most.map_or(f.clone(), |n| f.fill("ask_n", n))
            }
            ActKind::Publish => f.fill("publish_words", self.entry.public_title.clone().unwrap_or_default()),
            _ => f,
        }
    }

    fn step(&self, v: &View, step: &Step, f: Fields, open: bool) -> Html {
        let mut fields = Vec::new();
        match step.act {
            ActKind::Visit => {
                fields.push(f.date("visit_day").required().html());
                fields.push(f.line("visit_place").required().html());
            }
            ActKind::Ask => {
                let hint = self.entry.terms.as_ref().map(|t| {
                    v.tw(
                        "supervision.step.ask_most",
                        &[("most", &t.most.say(language(v))), ("source", &t.extension_source)],
                    )
                });
                fields.push(f.typed("ask_n", "number").hint(hint.unwrap_or_default()).required().html());
            }
            _ => {}
        }
        fields.push(match step.act {
            ActKind::Publish => f.line(step.words).html(),
            _ => f.text(step.words).required().html(),
        });
        Html::of(&StepPiece {
            title: v.t(step.act.key()).into_owned(),
            action: format!("/supervision/{}/{}", self.entry.id, step.path),
            hint: format!("{}{}", self.asked(v, step.act), v.t(step.hint)),
            send: step.send,
            open,
            f,
            fields,
        })
    }

    /// What is to be decided, before the decision's own hint: how much more time, who asks for it, and why.
    fn asked(&self, v: &View, act: ActKind) -> String {
        let is_decision = matches!(act, ActKind::Grant | ActKind::Deny);
        let last = self.acts.iter().rev().find(|a| a.act == ActKind::Ask).filter(|_| is_decision);
        let Some((asked, term)) = last.and_then(|a| Some((a, a.term?))) else { return String::new() };
        let (unit, term) = (self.seat.unit(asked.unit), term.say(language(v)));
        let words = asked.words.clone().unwrap_or_default();
        v.tw("supervision.step.asked", &[("unit", &unit), ("term", &term), ("words", &words)])
    }

    fn facts(&self, v: &View) -> Vec<(String, String)> {
        let e = &self.entry;
        let day = |at: Option<base::Millis>| at.map_or(String::new(), |t| v.exact(t));
        let of_unit = |id: i64| if id == 0 { String::new() } else { self.seat.unit(id) };
        let who = |id: i64| if id == 0 { String::new() } else { self.names.who(v, id) };
        let facts = [
            ("supervision.col.place", self.seat.place(&e.place)),
            ("supervision.col.category", self.seat.category(e.category)),
            ("supervision.col.level", v.t(e.level.key()).into_owned()),
            ("supervision.col.list_unit", of_unit(e.list_unit)),
            ("supervision.col.by_unit", of_unit(e.by_unit)),
            ("supervision.col.leader", who(e.four.leader)),
            ("supervision.col.unit", of_unit(e.four.unit)),
            ("supervision.col.person", who(e.four.person)),
            ("supervision.col.listed", day(e.listed)),
            ("supervision.col.struck", day(e.struck)),
            ("supervision.col.visits", if e.visits > 0 { e.visits.to_string() } else { String::new() }),
        ];
        let kept = facts.into_iter().filter(|(_, value)| !value.is_empty());
        kept.map(|(key, value)| (v.t(key).into_owned(), value)).collect()
    }

    /// The time limit with its derivation, from the clock itself.
    fn due(&self, v: &View) -> Option<DueView> {
        let e = &self.entry;
        let terms = e.terms.as_ref()?;
        let here = self.seat.ground.here(&e.place);
        let read = reading(terms, &self.acts, v.now, &here)?;
        let light = match (read.state, light(e, v.now)) {
            (State::Met, _) => v.badge(Tone::Good, v.t("supervision.clock.met")),
            (State::MetLate, _) => v.badge(Tone::Warn, v.t("supervision.clock.met_late")),
            (_, Light::Off) => Html::none(),
            _ => light_badge(v, e),
        };
        let extension = if e.is_asked {
            v.t("supervision.extension.asked").into_owned()
        } else {
            let words =
                [("times", &terms.times as &dyn std::fmt::Display), ("source", &terms.extension_source)];
            format!("{}{}", v.tw("supervision.extension.terms", &words), terms.most.say(language(v)))
        };
        Some(DueView {
            due: v.exact(read.deadline.due.at),
            light,
            why: read.deadline.say(language(v)),
            extension,
        })
    }

    fn act_view(&self, v: &View, a: &Act) -> ActView {
        let unit = if a.unit == 0 { String::new() } else { self.seat.unit(a.unit) };
        ActView {
            act: v.t(a.act.key()).into_owned(),
            when: v.when(a.at),
            exact: v.exact(a.at),
            who: format!("{unit} {}", self.names.who(v, a.account)).trim().to_owned(),
            term: a.term.map_or(String::new(), |t| t.say(language(v))),
            // The nomination's words stand above as the problem.
            words: if a.act == ActKind::Nominate {
                String::new()
            } else {
                a.words.clone().unwrap_or_default()
            },
            bad: matches!(a.act, ActKind::Return | ActKind::Miss | ActKind::Decline),
        }
    }
}

fn visit_view(v: &View, one: &Visit) -> VisitView {
    let day = one.day.parse::<jiff::civil::Date>().map_or_else(|_| one.day.clone(), |d| v.day(d));
    VisitView { day, place: one.place.clone(), outcome: one.outcome.clone() }
}
