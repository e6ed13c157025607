//! A case's page for staff (办件详情): what it is, who brought it, what was done by whom and why, when it
//! is due and by which rule, why it went where it went, who has read it, and the next step.

use access::{Kind, may_view};
use askama::Template;
use axum::extract::{Path, State};
use base::{Id, Invalid, Millis, Outcome, Refusal};
use parts::files::{self, File};
use serde::Deserialize;
use store::{Conn, blobs};
use territory::{Division, Spot};
use web::{Answer, Fields, Form, Html, Opt, Site, Tone, View, page};

use super::acts::{At, STEPS};
use super::links::{Linked, is_link, read_linked};
use super::map::cell_map;
use super::queue::due_badge;
use super::routing::routed_by;
use super::seat::{Names, Seat};
use crate::deeds::Choices;
use crate::deeds::{self, CONTACT_PURPOSES, READ_RECORD};
use crate::model::{
    ActKind, Call, Case, CaseClock, Category, Ending, Proof, Reporter, RouteRule, Whistle, state_code,
};
use crate::pages::resident::{pieces::stage_badge, show_picture};
use crate::pages::{changed_words, house_words, language, needed_words};
use crate::rules::clock::clock_of;
use crate::rules::clocks::PauseReason;
use crate::rules::routing::{Because, Step as Trace};
use crate::store::{
    self as cases, CaseFile, Desk, Event, Ground, IntakeRow, ReadRow, file_by_id, intake_of, reads_of,
    reporter_of,
};
use deadline::{Language, State as Clocks, Warning};

/// Where the labels of the steps' forms are.
pub(super) const ACT: &str = "case.page.act";
/// How many of those who read it are listed.
const READERS: i64 = 50;

/// Everything that the page is drawn from.
pub(super) struct Sheet {
    seat: Seat,
    ground: Ground,
    file: CaseFile,
    intake: Option<IntakeRow>,
    events: Vec<Event>,
    files: Vec<File>,
    reads: Vec<ReadRow>,
    names: Names,
    answer: Option<String>,
    has_person: bool,
    choices: Choices,
    clocks: Vec<(CaseClock, String)>,
    whistles: (Vec<Whistle>, Vec<Call>),
    urged: Option<Millis>,
    /// The rules of the version by which it was routed, and since when they hold.
    routed: Option<(Vec<RouteRule>, Option<Millis>)>,
    links: Linked,
}

/// Loads a case for somebody who may open it, and notes that they did.
///
/// # Errors
/// 404 when they may not.
pub(super) async fn load(at: &At) -> Outcome<Sheet> {
    let seat = Seat::of(&at.site, &at.who)?;
    let ground = at.site.get::<Desk>()?.now();
    let (id, now) = (at.id, at.v.now);
    let (mine, language) = ((seat.clone(), ground.clone()), language(&at.v));
    let (sheet, known) = at.site.db.read(move |conn| read_sheet(conn, mine, id, (now, language))).await?;
    if !known {
        let person = seat.person.clone();
        at.site.db.write(move |tx| deeds::open_case(tx, &person, now, id)).await?;
    }
    Ok(sheet)
}

fn read_sheet(
    conn: &mut Conn,
    mine: (Seat, Ground),
    id: Id<Case>,
    (now, language): (Millis, Language),
) -> Outcome<(Sheet, bool)> {
    let (seat, ground) = mine;
    let file = file_by_id(conn, id)?.ok_or_else(Refusal::not_found)?;
    may_view(&seat.person, &file.resource(Kind::CaseView))?;
    let account = seat.person.account.raw();
    let known = cases::was_read_lately(conn, id, account, READ_RECORD, now)?;
    let reads = reads_of(conn, id, READERS)?;
    let intake = intake_of(conn, id)?;
    let sheet = Sheet {
        routed: routed_by(conn, intake.as_ref().map_or(0, |i| i.route_rule))?,
        intake,
        links: read_linked(conn, &seat, &file, now)?,
        events: cases::timeline(conn, id)?,
        files: files::files_of(conn, "case", id.raw(), false)?,
        names: Names::of(conn, reads.iter().map(|r| r.account))?,
        answer: cases::closures_of(conn, id)?.pop().map(|c| c.answer),
        has_person: reporter_of(conn, id)?.is_some(),
        choices: deeds::choices_for(conn, &ground, &seat.person, &file, now)?,
        clocks: deeds::explain_clocks(conn, &ground, id, now, language)?,
        whistles: (cases::whistles_of(conn, id)?, cases::calls_of_case(conn, id)?),
        urged: cases::urged_among(conn, &[id.raw()])?.first().map(|(_, at)| *at),
        reads,
        file,
        seat,
        ground,
    };
    Ok((sheet, known))
}

pub(super) struct ActView {
    pub act: String,
    pub when: String,
    pub exact: String,
    pub who: String,
    pub to: String,
    pub words: String,
}

pub(super) struct ReadView {
    pub when: String,
    pub who: String,
    pub purpose: String,
}

pub(super) struct PhotoLine {
    pub address: String,
    pub label: String,
}

pub(super) struct RouteView {
    pub unit: String,
    pub why: String,
    /// Since when the table holds by which it was routed.
    pub since: String,
    pub trace: Vec<TraceView>,
    pub others: usize,
}

pub(super) struct TraceView {
    pub position: i64,
    pub words: String,
}

/// A clock of the case.
pub(super) struct ClockView {
    pub name: String,
    pub holder: String,
    pub state: Html,
    pub due: String,
    pub why: String,
}

/// How a clock stands, in words and with a sign.
pub(super) fn clock_badge(v: &View, c: &CaseClock) -> Html {
    let state = c.state_at(v.now);
    let (tone, sign) = match (state, c.warning_at(v.now)) {
        (Clocks::Missed, _) if c.kind.is_residents() => (Tone::Plain, ""),
        (Clocks::Missed | Clocks::MetLate, _) => (Tone::Bad, ""),
        (Clocks::Met, _) => (Tone::Good, ""),
        (Clocks::Paused, _) => (Tone::Plain, "‖ "),
        (Clocks::Running, Warning::Red) => (Tone::Bad, ""),
        (Clocks::Running, Warning::Amber) => (Tone::Warn, ""),
        _ => (Tone::Plain, ""),
    };
    let key = match (state, c.kind.is_residents()) {
        (Clocks::Missed, true) => "case.clock_state.lapsed".to_owned(),
        _ => format!("case.clock_state.{}", state_code(state)),
    };
    let word = v.t(&key);
    let left = match state {
        Clocks::Running => format!(" · {}", v.left_words(c.due)),
        _ => String::new(),
    };
    v.badge(tone, format!("{sign}{word}{left}"))
}

/// The facts and states of the case, as words.
pub(super) struct CaseView {
    pub id: String,
    pub number: String,
    pub title: String,
    pub stage: Html,
    pub left: Html,
    pub ending: Option<Html>,
    pub metoo: i64,
    pub body: String,
    pub answers: Vec<(String, String)>,
    pub answer: Option<String>,
    pub facts: Vec<(String, String)>,
    pub clocks: Vec<ClockView>,
    pub has_person: bool,
    pub waits: Option<String>,
}

#[derive(Template)]
#[template(path = "case/staff/show.html")]
pub(super) struct ShowPage {
    pub v: View,
    pub c: CaseView,
    pub steps: Vec<Html>,
    pub photos: Vec<PhotoLine>,
    pub acts: Vec<ActView>,
    pub note: Option<Fields>,
    pub note_open: bool,
    pub note_kinds: Vec<Opt>,
    pub open: Option<Fields>,
    pub open_open: bool,
    /// Whether a lost receipt may be printed again from here.
    pub may_reprint: bool,
    pub purposes: Vec<Opt>,
    pub map: Option<Html>,
    pub route: Option<RouteView>,
    pub readers: Vec<ReadView>,
    /// The whistles on it, and the way to call one.
    pub whistle: Html,
    /// That it was urged and nobody has done anything since.
    pub urged: Html,
    pub links: Html,
}

#[derive(Template)]
#[template(path = "case/staff/step.html")]
pub(super) struct StepPiece {
    pub title: String,
    pub action: String,
    pub hint: String,
    pub open: bool,
    pub photos: bool,
    pub f: Fields,
    pub fields: Vec<Html>,
    pub send: &'static str,
}

pub(super) async fn case_show(at: At) -> Answer {
    let sheet = load(&at).await?;
    page(&sheet.draw(&at, None))
}

impl Sheet {
    /// The page; `failed` is the form that was just refused, with what was typed into it.
    pub fn draw(&self, at: &At, failed: Option<(ActKind, Fields)>) -> ShowPage {
        let v = &at.v;
        // The forms of links stand in a panel of their own.
        let (linked, failed) = match failed {
            Some((act, f)) if is_link(act) => (Some((act, f)), None),
            other => (None, other),
        };
        let working = deeds::works_on_case(&self.seat.person, &self.file);
        let blank = || Fields::blank(v, ACT);
        let (mut note, mut open) = (working.then(blank), (working && self.has_person).then(blank));
        let (mut note_open, mut open_open) = (false, false);
        let mut steps = self.steps(v, failed.as_ref());
        match failed {
            Some((ActKind::Note, f)) => (note, note_open) = (Some(f), true),
            // The purpose of opening the contact is no act on the case; its form comes back here.
            Some((ActKind::Submit, f)) => (open, open_open) = (Some(f), true),
            Some((act, f)) if !self.choices.acts.contains(&act) => {
                steps.insert(0, self.step(v, act, f, true))
            }
            _ => {}
        }
        ShowPage {
            c: self.case_view(v),
            photos: self.photos(v),
            acts: self.events.iter().map(|e| self.act_view(v, e)).collect(),
            note_kinds: note_kinds(v),
            purposes: purposes(v),
            map: self.map(v),
            route: self.route(v),
            readers: self.readers(v),
            whistle: self.whistle(v),
            urged: self.urged.map_or_else(Html::none, |at| urged_badge(v, at)),
            links: self.links.draw(v, linked),
            v: v.clone(),
            steps,
            note,
            note_open,
            open,
            open_open,
            may_reprint: self.has_person && deeds::may_reprint(&self.seat.person, &self.file).is_ok(),
        }
    }

    fn case(&self) -> &Case {
        &self.file.case
    }

    fn steps(&self, v: &View, failed: Option<&(ActKind, Fields)>) -> Vec<Html> {
        let mut first = true;
        let mut pieces = Vec::new();
        for step in STEPS.iter().filter(|s| self.choices.acts.contains(&s.act)) {
            let typed = failed.filter(|(act, _)| *act == step.act).map(|(_, f)| f.clone());
            // The usual next step stands open; after a trouble, the form that had it.
            let open = failed.map_or(first, |(act, _)| *act == step.act);
            let fields = typed.unwrap_or_else(|| self.filled(v, step.act));
            pieces.push(self.step(v, step.act, fields, open));
            first = false;
        }
        pieces
    }

    /// A blank form with what is known already.
    fn filled(&self, v: &View, act: ActKind) -> Fields {
        let f = Fields::blank(v, ACT).fill("version", self.case().version);
        let report = self.file.acts.iter().rev().find(|a| a.act == ActKind::Report.code());
        let suggested = self.suggested().map(Id::<access::Unit>::of);
        match act {
            ActKind::Accept => {
                let here =
                    [self.case().place.village, self.case().place.town].into_iter().find(|id| *id != 0);
                let f = f.fill("accept_category", Id::<Category>::of(self.case().category));
                let f = here.map_or(f.clone(), |id| f.fill("accept_place", Id::<Division>::of(id)));
                suggested.map_or(f.clone(), |u| f.fill("accept_unit", u))
            }
            ActKind::Dispatch => suggested.map_or(f.clone(), |u| f.fill("dispatch_unit", u)),
            ActKind::Verify => {
                let ending = report.and_then(|r| r.ending.clone()).unwrap_or_default();
                let words = report.and_then(|r| r.words.clone()).unwrap_or_default();
                f.fill("verify_ending", ending).fill("verify_answer", words)
            }
            _ => f,
        }
    }

    fn suggested(&self) -> Option<i64> {
        self.intake.as_ref().map(|i| i.route_unit).filter(|u| *u != 0)
    }

    fn step(&self, v: &View, act: ActKind, f: Fields, open: bool) -> Html {
        let Some(step) = STEPS.iter().find(|s| s.act == act) else { return Html::none() };
        let fields = self.fields(v, act, &f);
        Html::of(&StepPiece {
            title: v.t(act.key()).into_owned(),
            action: format!("/cases/{}/{}", self.case().id, step.path),
            hint: self.hint(v, step),
            photos: act == ActKind::Report,
            send: step.send,
            open,
            f,
            fields,
        })
    }

    /// What is to be decided, before the decision's own hint: how much more time, who asks for it, and why.
    fn asked(&self, v: &View, act: ActKind) -> String {
        let is_decision = matches!(act, ActKind::Grant | ActKind::Deny);
        let last = self.file.acts.iter().rev().find(|a| a.act == ActKind::Extend.code());
        let (true, Some(term), Some(asked)) = (is_decision, self.choices.time.asked, last) else {
            return String::new();
        };
        let (unit, term) = (self.seat.unit(asked.unit_id), term.say(language(v)));
        let reason = asked.words.clone().unwrap_or_default();
        v.tw("case.page.act.extend_asked", &[("unit", &unit), ("term", &term), ("reason", &reason)])
    }

    /// What the step leads to; before a report also what it must bring.
    fn hint(&self, v: &View, step: &super::acts::Step) -> String {
        let needs = match step.act {
            ActKind::Report => self.ground.category(self.case().category).map(|c| needed_words(v, c)),
            _ => None,
        };
        let own = format!("{}{}", self.asked(v, step.act), v.t(step.hint));
        needs.filter(|n| !n.is_empty()).map_or(own.clone(), |needs| format!("{own} {needs}"))
    }

    fn fields(&self, v: &View, act: ActKind, f: &Fields) -> Vec<Html> {
        let endings = |skip: &[Ending]| -> Vec<Opt> {
            let kept = Ending::ALL.iter().filter(|e| !skip.contains(e));
            kept.map(|e| Opt::new(e.code(), v.t(e.key()).into_owned())).collect()
        };
        match act {
            ActKind::Accept => vec![
                f.select("accept_category", &self.seat.choices(v.now)).required().html(),
                f.select("accept_place", &self.places()).html(),
                self.reasoned(v, f.select("accept_unit", &self.units(v)), "case.page.act.accept_unit.hint")
                    .html(),
                f.line("accept_words").html(),
            ],
            ActKind::Dispatch => vec![
                self.reasoned(v, f.select("dispatch_unit", &self.units(v)).required(), "").html(),
                f.text("dispatch_words").html(),
            ],
            ActKind::Return => vec![f.text("return_reason").required().html()],
            ActKind::Decline => {
                vec![f.text("decline_reason").required().html(), f.line("decline_entry").required().html()]
            }
            ActKind::Dispute => {
                vec![f.text("dispute_reason").required().html(), f.line("dispute_entry").required().html()]
            }
            ActKind::Arbitrate => vec![
                f.select("arbitrate_unit", &self.units(v)).required().html(),
                f.text("arbitrate_words").required().html(),
            ],
            ActKind::Pause => vec![
                f.radios("pause_reason", &self.pause_reasons(v)).required().html(),
                f.line("pause_paper").html(),
                f.text("pause_words").html(),
            ],
            ActKind::Resume => vec![f.text("resume_reason").required().html()],
            ActKind::Extend => vec![
                f.line("extend_days").required().hint(self.most_more(v)).html(),
                f.text("extend_reason").required().html(),
            ],
            ActKind::Grant => vec![f.text("grant_reason").required().html()],
            ActKind::Deny => vec![f.text("deny_reason").required().html()],
            ActKind::Reject => vec![f.text("reject_reason").required().html()],
            ActKind::Escalate => vec![f.text("escalate_reason").required().html()],
            ActKind::Contest => vec![f.text("contest_reason").required().html()],
            ActKind::Reopen => vec![f.text("reopen_reason").required().html()],
            ActKind::Confirm => vec![f.text("confirm_words").html()],
            ActKind::Report => {
                let category = self.ground.category(self.case().category);
                // Asked for only where this sort of matter needs it.
                let asks = |proof| category.is_some_and(|c| c.proofs.contains(&proof));
                let before = asks(Proof::Before).then(|| f.photos("photo_before").html());
                let signed = asks(Proof::Signature).then(|| f.line("report_signed").html());
                let ending = f.radios("report_ending", &endings(&[Ending::Duplicate, Ending::Referred]));
                let own = [ending.required().html(), f.text("report_words").required().html()];
                let work = [f.photos("photo").html(), f.line("report_paper").html()];
                own.into_iter().chain(before).chain(work).chain(signed).collect()
            }
            ActKind::Verify => vec![
                f.select("verify_ending", &endings(&[Ending::Duplicate, Ending::Referred])).required().html(),
                f.text("verify_answer").required().html(),
            ],
            ActKind::Close => vec![
                f.radios("close_ending", &endings(&[Ending::Fixed])).required().html(),
                f.text("close_answer").required().html(),
                f.line("close_same_as").html(),
                f.line("close_referred_to").html(),
            ],
            _ => Vec::new(),
        }
    }

    /// The reasons for which the clock may stand still, each with its cap and who said so.
    fn pause_reasons(&self, v: &View) -> Vec<Opt> {
        let label = |r: &PauseReason| {
            let key =
                if r.evidence { "case.page.act.pause_choice_proved" } else { "case.page.act.pause_choice" };
            v.tw(key, &[("name", &r.name), ("days", &r.cap_days), ("source", &r.source)])
        };
        self.choices.time.reasons.iter().map(|r| Opt::new(&r.code, label(r))).collect()
    }

    /// How much more time may be asked for, and by which article.
    fn most_more(&self, v: &View) -> String {
        let (most, terms) = (self.choices.time.most, self.ground.terms.office.extend.as_ref());
        let (Some(most), Some(terms)) = (most, terms) else { return String::new() };
        let most = most.say(language(v));
        v.tw("case.page.act.extend_most", &[("most", &most), ("source", &terms.source)])
    }

    /// The clocks of the case, those that run before those that are over.
    fn clocks(&self, v: &View) -> Vec<ClockView> {
        let mut all: Vec<&(CaseClock, String)> = self.clocks.iter().collect();
        all.sort_by_key(|(c, _)| (c.ended.is_some(), c.due));
        let view = |(c, why): &(CaseClock, String)| {
            let holder = match c.kind.is_residents() {
                true => v.t("case.page.show.clock_resident").into_owned(),
                false => self.seat.unit(c.unit),
            };
            let kind = v.t(c.kind.key()).into_owned();
            let name = if c.round > 1 {
                v.tw("case.page.show.clock_round", &[("clock", &kind), ("n", &c.round)])
            } else {
                kind
            };
            ClockView { name, holder, state: clock_badge(v, c), due: v.exact(c.due), why: why.clone() }
        };
        all.into_iter().map(view).collect()
    }

    /// The villages of the case's town, or the towns of its county: where it can be corrected to.
    fn places(&self) -> Vec<Opt> {
        let place = self.case().place;
        self.seat.below(if place.town == 0 { place.county } else { place.town })
    }

    /// The field of a unit, with the reason of the suggestion beside it; `more` is the key of its own hint.
    fn reasoned<'f>(&self, v: &View, field: web::Field<'f>, more: &str) -> web::Field<'f> {
        let why = self.intake.as_ref().filter(|i| i.route_unit != 0).map_or("", |i| i.route_why.as_str());
        let why = if why.is_empty() { String::new() } else { v.t1("case.page.act.why", "why", why) };
        field.hint(format!("{why}{}", v.maybe(more).unwrap_or_default()))
    }

    /// The units that can be sent this matter, the suggested one first and marked.
    fn units(&self, v: &View) -> Vec<Opt> {
        let place = self.case().place;
        let suggested = self.suggested();
        let mut all: Vec<&access::Unit> = self.ground.units.around(&place).collect();
        all.sort_by_key(|u| Some(u.id.raw()) != suggested);
        let label = |u: &access::Unit| match Some(u.id.raw()) == suggested {
            true => v.t1("case.page.act.suggested", "unit", &u.name),
            false => u.name.clone(),
        };
        all.into_iter().map(|u| Opt::new(u.id, label(u))).collect()
    }

    fn case_view(&self, v: &View) -> CaseView {
        let c = self.case();
        CaseView {
            id: c.id.to_string(),
            number: c.number.clone(),
            title: c.title.clone(),
            stage: stage_badge(v, c.stage),
            left: due_badge(v, clock_of(c, v.now), c.due),
            ending: c
                .ending
                .map(|e| v.badge(if e == Ending::Fixed { Tone::Good } else { Tone::Plain }, v.t(e.key()))),
            metoo: c.metoo_count,
            body: c.body.clone(),
            answers: self.answers(v),
            answer: self.answer.clone(),
            facts: self.facts(v),
            clocks: self.clocks(v),
            has_person: self.has_person,
            waits: self.waits(v),
        }
    }

    /// For whom the case waits, told to a reader who cannot make the next step.
    fn waits(&self, v: &View) -> Option<String> {
        let c = self.case();
        (c.stage.is_open() && c.holder.unit != 0)
            .then(|| v.t1("case.page.show.waits", "unit", self.seat.unit(c.holder.unit)))
    }

    fn answers(&self, v: &View) -> Vec<(String, String)> {
        let stored = self.intake.as_ref().map_or("[]", |i| i.answers.as_str());
        let given: Vec<(String, String)> = serde_json::from_str(stored).unwrap_or_default();
        let questions =
            self.ground.category(self.case().category).map(|c| c.questions.as_slice()).unwrap_or_default();
        let label = |code: &str| {
            questions.iter().find(|q| q.code == code).map_or(code.to_owned(), |q| q.label.clone())
        };
        let say = |answer: String| match answer.as_str() {
            "yes" => v.t("case.page.show.yes").into_owned(),
            "no" => v.t("case.page.show.no").into_owned(),
            _ => answer,
        };
        given.into_iter().map(|(code, answer)| (label(&code), say(answer))).collect()
    }

    fn facts(&self, v: &View) -> Vec<(String, String)> {
        let c = self.case();
        let place = self.seat.place_full(&c.place);
        let mut facts = vec![
            ("case.page.show.holder", self.seat.unit(c.holder.unit)),
            ("case.page.show.level", v.t(c.level.key()).into_owned()),
            ("case.page.show.category", self.seat.category_path(c.category)),
            ("case.page.show.place", place),
            ("case.page.show.spot", c.spot.clone()),
            ("case.page.show.channel", v.t(c.channel.key()).into_owned()),
            ("case.page.show.made", v.when(c.created)),
            (
                "case.page.show.public",
                v.t(if c.is_public { "case.page.show.yes" } else { "case.page.show.no" }).into_owned(),
            ),
        ];
        if c.handler.unit != 0 && c.handler.unit != c.holder.unit {
            facts.insert(1, ("case.page.show.handler", self.seat.unit(c.handler.unit)));
        }
        facts.retain(|(_, value)| !value.is_empty());
        facts.into_iter().map(|(key, value)| (v.t(key).into_owned(), value)).collect()
    }

    fn photos(&self, v: &View) -> Vec<PhotoLine> {
        let line = |(n, f): (usize, &File)| {
            let key = match f.purpose.as_str() {
                deeds::PHOTO_EVIDENCE => "case.page.show.photo_evidence",
                deeds::PHOTO_BEFORE => "case.page.show.photo_before",
                _ => "case.page.show.photo",
            };
            // Each kind is numbered by itself.
            let before = self.files[..n].iter().filter(|b| b.purpose == f.purpose).count();
            PhotoLine {
                address: format!("/cases/{}/photos/{}", self.case().id, Id::<File>::of(f.id)),
                label: v.tw(key, &[("n", &(before + 1)), ("when", &v.when(Millis(f.at_ms)))]),
            }
        };
        self.files.iter().enumerate().map(line).collect()
    }

    fn act_view(&self, v: &View, e: &Event) -> ActView {
        let name = if e.name.is_empty() { v.t(e.by.key()).into_owned() } else { e.name.clone() };
        let unit = if e.unit == 0 { String::new() } else { self.seat.unit(e.unit) };
        let mut act = v.t(e.act.key()).into_owned();
        if let Some(ending) = e.ending {
            act = format!("{act} · {}", v.t(ending.key()));
        }
        if e.act == ActKind::Note && e.is_public {
            act = format!("{act} · {}", v.t("case.page.show.note_public"));
        }
        ActView {
            act,
            when: v.when(e.at),
            exact: v.exact(e.at),
            who: format!("{unit} {name}").trim().to_owned(),
            to: if e.to_unit == 0 || e.to_unit == e.unit {
                String::new()
            } else {
                v.t1("case.page.show.to", "unit", self.seat.unit(e.to_unit))
            },
            words: changed_words(v, &self.ground, e)
                .unwrap_or_else(|| house_words(v, e.by, e.words.as_deref())),
        }
    }

    fn map(&self, v: &View) -> Option<Html> {
        let c = self.case();
        let i = self.intake.as_ref();
        let point = i.and_then(|i| Some((i32::try_from(i.lon_e7?).ok()?, i32::try_from(i.lat_e7?).ok()?)));
        let spot = point.map(|(lon, lat)| Spot { lon, lat });
        let grid = (c.place.grid != 0).then(|| Id::of(c.place.grid));
        if c.place.village == 0 {
            return None;
        }
        cell_map(
            &self.seat.atlas,
            Id::of(c.place.village),
            grid,
            spot,
            v.t("case.page.show.map").into_owned(),
        )
    }

    /// The kept suggestion and its reason; the trace is computed anew from the version of the table by which the case
    /// was routed, or from the present one where that is not known.
    fn route(&self, v: &View) -> Option<RouteView> {
        let c = self.case();
        let intake = self.intake.as_ref()?;
        let rules = self.routed.as_ref().map_or(&self.ground.rules, |(rules, _)| rules);
        let moment = self.ground.moment(&c.place, c.created);
        let trace = self.ground.suggest_by(rules, c.category, &c.place, c.channel, moment).trace;
        let words = |t: &Trace| {
            let rule = rules.iter().find(|r| r.id == t.rule);
            let cond = rule.map_or(String::new(), |r| self.seat.rule_words(v, r));
            let position = rules.iter().position(|r| r.id == t.rule).map_or(0, |at| at as i64 + 1);
            TraceView { position, words: format!("{cond}: {}", v.t(t.because.key())) }
        };
        // Rules for other categories say nothing about this matter; they are only counted.
        let (others, looked): (Vec<_>, Vec<_>) =
            trace.iter().partition(|t| t.because == Because::OtherCategory);
        Some(RouteView {
            unit: self.seat.unit(intake.route_unit),
            why: intake.route_why.clone(),
            since: match &self.routed {
                Some((_, Some(at))) => v.t1("case.route.trace_since", "when", v.when(at)),
                _ => String::new(),
            },
            trace: looked.into_iter().map(words).collect(),
            others: others.len(),
        })
    }

    fn whistle(&self, v: &View) -> Html {
        let may_call = deeds::may_blow(&self.ground, &self.seat.person, &self.file).is_ok();
        super::whistle::panel(v, &self.ground, &self.file, &self.whistles, may_call)
    }

    fn readers(&self, v: &View) -> Vec<ReadView> {
        let line = |r: &ReadRow| ReadView {
            when: v.when(Millis(r.at_ms)),
            who: format!("{} {}", self.seat.unit(r.unit_id), self.names.who(v, r.account)),
            purpose: purpose_words(v, &r.purpose),
        };
        self.reads.iter().map(line).collect()
    }
}

/// That the resident has urged since this instant.
pub(super) fn urged_badge(v: &View, at: Millis) -> Html {
    v.badge(Tone::Warn, v.t1("case.page.urged.badge", "when", v.when(at)))
}

/// What a reading was for, in words.
pub(super) fn purpose_words(v: &View, purpose: &str) -> String {
    let key = format!("case.purpose.{purpose}");
    v.maybe(&key).map_or_else(|| purpose.to_owned(), str::to_owned)
}

fn note_kinds(v: &View) -> Vec<Opt> {
    let kind = |value, key: &str| Opt::new(value, v.t(key).into_owned());
    vec![kind("offices", "case.page.act.note_offices"), kind("resident", "case.page.act.note_resident")]
}

fn purposes(v: &View) -> Vec<Opt> {
    CONTACT_PURPOSES.iter().map(|p| Opt::new(p, purpose_words(v, p))).collect()
}

/// A photo of the case, for those who may open the case.
pub(super) async fn photo_show(
    State(site): State<Site>,
    who: web::Who,
    Path((case, photo)): Path<(Id<Case>, Id<File>)>,
) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let bytes = site
        .db
        .read(move |conn| {
            let file = file_by_id(conn, case)?.ok_or_else(Refusal::not_found)?;
            may_view(&seat.person, &file.resource(Kind::CaseView))?;
            let found = files::file_by_id(conn, photo)?;
            let found = found.filter(|f| f.subject_kind == "case" && f.subject_id == case.raw());
            blobs::get(conn, &found.ok_or_else(Refusal::not_found)?.digest)
        })
        .await?;
    show_picture(bytes)
}

/// Why the contact is opened.
#[derive(Deserialize)]
pub(super) struct ContactForm {
    purpose: String,
}

#[derive(Template)]
#[template(path = "case/staff/contact.html")]
pub(super) struct ContactPage {
    pub v: View,
    pub id: String,
    pub number: String,
    pub name: String,
    pub contact: String,
    pub purpose: String,
    pub confidential: bool,
}

pub(super) async fn contact_open(at: At, form: Form<ContactForm>) -> Answer {
    match open_contact(&at, &form).await {
        Ok((reporter, number, purpose)) => {
            let dash = |text: String| if text.is_empty() { "—".to_owned() } else { text };
            page(&ContactPage {
                id: at.id.to_string(),
                number,
                name: dash(reporter.name),
                contact: dash(reporter.contact),
                purpose,
                confidential: reporter.confidential,
                v: at.v,
            })
        }
        Err(stop) => {
            let sheet = load(&at).await?;
            form.again(&at.v, ACT, stop, |f| sheet.draw(&at, Some((ActKind::Submit, f))))
        }
    }
}

async fn open_contact(at: &At, form: &Form<ContactForm>) -> Outcome<(Reporter, String, String)> {
    let asked = form.read()?.purpose;
    let purpose = CONTACT_PURPOSES.into_iter().find(|p| *p == asked);
    let purpose = purpose.ok_or_else(|| Invalid::field("purpose", "form.choose"))?;
    let (person, ground) = (access::person_of(&at.who)?, at.site.get::<Desk>()?.now());
    let (id, now) = (at.id, at.v.now);
    let found = at.site.db.write(move |tx| {
        let reporter = deeds::open_reporter(tx, &ground, &person, now, id, purpose)?;
        let number = cases::case_by_id(tx.conn, id)?.map(|c| c.number);
        Ok((reporter.unwrap_or_default(), number.unwrap_or_default()))
    });
    let (reporter, number) = found.await?;
    Ok((reporter, number, purpose_words(&at.v, purpose)))
}
