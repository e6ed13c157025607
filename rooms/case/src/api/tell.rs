//! What programs are told.

use base::{Id, Millis, Page};
use serde::Serialize;
use utoipa::ToSchema;

use super::instant;
use crate::deeds::Done;
use crate::model::letters;
use crate::model::{
    ActKind, By, Case, Category, Channel, ClockState, Ending, Level, QuestionKind, Receipt, Stage,
};
use crate::rules::clock::clock_of;
use crate::store::{ClosureRow, Event, Ground, QueueRow};

/// A category.
#[derive(Serialize, ToSchema)]
pub struct CategoryJson {
    /// Its code.
    code: String,
    /// Its name.
    name: String,
    /// The code above.
    parent: Option<String>,
    /// Whether a matter can have it.
    choosable: bool,
    /// How much time until the answer is due.
    days: i64,
    /// Of what: d calendar days, wd working days, oh office hours, h hours, m months, y years.
    unit: String,
    /// Where the time comes from.
    days_source: String,
    /// Whether a village or a spot must be given.
    needs_place: bool,
    /// Extra questions.
    questions: Vec<QuestionJson>,
}

/// An extra question.
#[derive(Serialize, ToSchema)]
pub struct QuestionJson {
    /// The key in `answers`.
    code: String,
    /// The question.
    label: String,
    /// text, number, yes_no, choice or date.
    kind: &'static str,
    /// Whether it must be answered.
    required: bool,
    /// The choices.
    choices: Vec<String>,
}

impl CategoryJson {
    /// Put together for the answer.
    pub fn of(g: &Ground, c: &Category) -> Self {
        let question = |q: &crate::model::Question| QuestionJson {
            code: q.code.clone(),
            label: q.label.clone(),
            kind: match q.kind {
                QuestionKind::Text => "text",
                QuestionKind::Number => "number",
                QuestionKind::YesNo => "yes_no",
                QuestionKind::Choice => "choice",
                QuestionKind::Date => "date",
            },
            required: q.required,
            choices: q.choices.clone(),
        };
        Self {
            code: c.code.clone(),
            name: c.name.clone(),
            parent: g.category(c.parent).map(|p| p.code.clone()),
            choosable: c.kind.is_some(),
            days: i64::from(c.term.n),
            unit: letters(c.term),
            days_source: c.days_source.clone(),
            needs_place: c.needs_place,
            questions: c.questions.iter().map(question).collect(),
        }
    }
}

/// A receipt.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({ "number": "620602-2026-00500", "code": "K7M2Q9TX", "repeated": false,
    "due": "2026-03-17T23:59:59+08:00", "unit": "发放镇社会治安综合治理中心" }))]
pub struct ReceiptJson {
    /// The case's number.
    number: String,
    /// The code that opens it.
    code: String,
    /// Whether it answers a repeated request.
    repeated: bool,
    /// When the answer is due.
    due: String,
    /// The unit that has it.
    unit: String,
}

impl ReceiptJson {
    /// Put together for the answer.
    pub fn of(g: &Ground, r: &Receipt) -> Self {
        Self {
            number: r.number.clone(),
            code: r.code.clone(),
            repeated: r.repeated,
            due: instant(g, r.due),
            unit: g.units.name(r.unit).to_owned(),
        }
    }
}

/// One entry of a timeline.
#[derive(Serialize, ToSchema)]
pub struct EventJson {
    /// When.
    at: String,
    /// What.
    act: ActKind,
    /// In which role.
    by: By,
    /// Which unit.
    unit: Option<String>,
    /// To which unit it was sent.
    to_unit: Option<String>,
    /// Who; for staff only.
    name: Option<String>,
    /// The result.
    ending: Option<Ending>,
    /// The reason, report, answer or note, where it may be read.
    words: Option<String>,
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

impl EventJson {
    fn of(g: &Ground, e: &Event) -> Self {
        Self {
            at: instant(g, e.at),
            act: e.act,
            by: e.by,
            unit: filled(g.units.name(e.unit)),
            to_unit: filled(g.units.name(e.to_unit)),
            name: filled(&e.name),
            ending: e.ending,
            words: e.words.clone(),
        }
    }
}

/// An answer.
#[derive(Serialize, ToSchema)]
pub struct AnswerJson {
    /// When.
    at: String,
    /// By which unit.
    unit: String,
    /// How it ended.
    ending: Option<Ending>,
    /// In words.
    answer: String,
    /// To whom it was handed.
    referred_to: Option<String>,
    /// Whether the resident said that it is not solved.
    contested: bool,
}

impl AnswerJson {
    fn of(g: &Ground, a: &ClosureRow) -> Self {
        Self {
            at: instant(g, Millis(a.at_ms)),
            unit: g.units.name(a.unit_id).to_owned(),
            ending: Ending::parse(&a.ending),
            answer: a.answer.clone(),
            referred_to: filled(&a.referred_to),
            contested: a.contested_ms.is_some(),
        }
    }
}

/// A matter as its sender sees it.
#[derive(Serialize, ToSchema)]
pub struct FollowJson {
    /// Its number.
    number: String,
    /// Where it stands.
    stage: Stage,
    /// One line.
    title: String,
    /// When it came in.
    created: String,
    /// When the answer is due.
    due: String,
    /// The unit that must act now.
    unit: String,
    /// What happened.
    events: Vec<EventJson>,
    /// What was answered, the latest last.
    answers: Vec<AnswerJson>,
}

impl FollowJson {
    /// Put together for the answer.
    pub fn of(g: &Ground, case: &Case, events: &[Event], answers: &[ClosureRow]) -> Self {
        Self {
            number: case.number.clone(),
            stage: case.stage,
            title: case.title.clone(),
            created: instant(g, case.created),
            due: instant(g, case.due),
            unit: g.units.name(case.holder.unit).to_owned(),
            events: events.iter().map(|e| EventJson::of(g, e)).collect(),
            answers: answers.iter().map(|a| AnswerJson::of(g, a)).collect(),
        }
    }
}

/// A page of cases.
#[derive(Serialize, ToSchema)]
pub struct ListJson {
    /// The rows.
    rows: Vec<RowJson>,
    /// How many there are in all.
    total: i64,
    /// `after` of the next page, if there is one.
    next: Option<String>,
    /// To be sent back in the header `X-CSRF-Token` with whatever this session sends.
    token: String,
}

/// A case in a list.
#[derive(Serialize, ToSchema)]
pub struct RowJson {
    /// Its number.
    number: String,
    /// One line.
    title: String,
    /// Where it stands.
    stage: Stage,
    /// Against the deadline.
    clock: ClockState,
    /// Its category's code.
    category: String,
    /// How it came in.
    channel: Channel,
    /// From the city down.
    place: String,
    /// The unit that must act now.
    unit: String,
    /// When the answer is due.
    due: String,
    /// When it came in.
    created: String,
    /// How it ended.
    ending: Option<Ending>,
    /// Its version.
    version: i64,
}

fn path(g: &Ground, ids: [i64; 3]) -> String {
    let smallest = ids.into_iter().find(|id| *id != 0).unwrap_or(0);
    g.atlas.path_name(Id::of(smallest), territory::Kind::City)
}

fn category_code(g: &Ground, id: i64) -> String {
    g.category(id).map_or(String::new(), |c| c.code.clone())
}

impl ListJson {
    /// Put together for the answer.
    pub fn of(g: &Ground, page: Page<QueueRow>, total: i64, token: String) -> Self {
        let row = |r: &QueueRow| RowJson {
            number: r.number.clone(),
            title: r.title.clone(),
            stage: r.stage,
            clock: r.clock,
            category: category_code(g, r.category),
            channel: r.channel,
            place: path(g, [r.village, r.town, r.county]),
            unit: g.units.name(r.holder.unit).to_owned(),
            due: instant(g, r.due),
            created: instant(g, r.created),
            ending: r.ending,
            version: r.version,
        };
        Self {
            rows: page.rows.iter().map(row).collect(),
            total,
            next: page.next.map(base::Cursor::to_text),
            token,
        }
    }
}

/// A case as staff see it.
#[derive(Serialize, ToSchema)]
pub struct CaseJson {
    /// Its number.
    number: String,
    /// Its version, to be sent with the next act.
    version: i64,
    /// Where it stands.
    stage: Stage,
    /// The level that answers.
    level: Level,
    /// Against the deadline.
    clock: ClockState,
    /// Its category's code.
    category: String,
    /// How it came in.
    channel: Channel,
    /// One line.
    title: String,
    /// In full.
    text: String,
    /// Where exactly.
    spot: String,
    /// From the city down.
    place: String,
    /// The unit that must act now.
    unit: String,
    /// When it came in.
    created: String,
    /// When the answer is due.
    due: String,
    /// How it ended.
    ending: Option<Ending>,
    /// What this person may do now.
    acts: Vec<ActKind>,
    /// To be sent back in the header `X-CSRF-Token` with an act.
    token: String,
    /// What happened.
    events: Vec<EventJson>,
    /// What was answered, the latest last.
    answers: Vec<AnswerJson>,
}

impl CaseJson {
    /// Put together for the answer.
    pub fn of(g: &Ground, case: &Case, acts: &[ActKind], token: String, now: Millis) -> Self {
        let p = &case.place;
        Self {
            number: case.number.clone(),
            version: case.version,
            stage: case.stage,
            level: case.level,
            clock: clock_of(case, now),
            category: category_code(g, case.category),
            channel: case.channel,
            title: case.title.clone(),
            text: case.body.clone(),
            spot: case.spot.clone(),
            place: path(g, [p.village, p.town, p.county]),
            unit: g.units.name(case.holder.unit).to_owned(),
            created: instant(g, case.created),
            due: instant(g, case.due),
            ending: case.ending,
            acts: acts.to_vec(),
            token,
            events: Vec::new(),
            answers: Vec::new(),
        }
    }

    /// With what happened and what was answered.
    #[must_use]
    pub fn with(mut self, g: &Ground, events: &[Event], answers: &[ClosureRow]) -> Self {
        self.events = events.iter().map(|e| EventJson::of(g, e)).collect();
        self.answers = answers.iter().map(|a| AnswerJson::of(g, a)).collect();
        self
    }
}

/// What an act led to.
#[derive(Serialize, ToSchema)]
pub struct DoneJson {
    /// The case's number.
    number: String,
    /// Where it stands now.
    stage: Stage,
    /// Its version now.
    version: i64,
    /// The unit that must act now.
    unit: String,
}

impl DoneJson {
    /// Put together for the answer.
    pub fn of(g: &Ground, d: &Done) -> Self {
        Self {
            number: d.number.clone(),
            stage: d.stage,
            version: d.version,
            unit: g.units.name(d.unit).to_owned(),
        }
    }
}
