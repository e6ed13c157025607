//! The pages of one whistle (吹哨单): calling units from a case, how each of them stands, and the forms by which they
//! answer, arrive, report and say of each other how it went. The case's page shows the same in short.

use std::sync::Arc;

use access::{Person, Unit};
use askama::Template;
use axum::extract::{FromRequestParts, Path, State};
use base::{Id, Invalid, Millis, Outcome, Refusal, Stop};
use deadline::{Reading, Term, Warning};
use http::request::Parts;
use serde::Deserialize;
use store::{Conn, Tx};
use web::{Answer, Fail, Fields, Form, Html, Opt, Site, Tone, View, Who, go_saying, page};

use super::acts::At;
use super::seat::{Names, Seat};
use crate::deeds;
use crate::model::{
    Body, Call, CallAct, CallRole, CallState, Called, Case, Line, Stars, Whistle, WhistleOrder, letters,
};
use crate::pages::language;
use crate::rules::whistle::call_reading;
use crate::store::{
    self as cases, CaseFile, Desk, Ground, RatingRow, WhistleActRow, WhistleFile, file_by_id, whistle_file,
};

/// Where the labels of the forms are.
pub(super) const PREFIX: &str = "case.page.whistle";
/// The units of time in which a caller sets a term, in the letters of the deadline library.
const TERM_UNITS: [(&str, &str); 3] = [
    ("h", "case.page.whistle.unit_h"),
    ("oh", "case.page.whistle.unit_oh"),
    ("wd", "case.page.whistle.unit_wd"),
];

/// A button or a link to a form.
pub(super) struct Button {
    pub address: String,
    pub label: String,
    /// Whether it is pressed here; else it leads to a form.
    pub is_post: bool,
    pub is_main: bool,
}

/// A call as it is drawn.
pub(super) struct CallView {
    pub id: String,
    pub unit: String,
    pub role: String,
    pub state: Html,
    pub left: Html,
    pub facts: Vec<(String, String)>,
    pub why: String,
    pub outcome: String,
    pub ratings: Vec<String>,
    pub buttons: Vec<Button>,
}

/// Something that was done.
pub(super) struct Happened {
    pub what: String,
    pub when: String,
    pub exact: String,
    pub who: String,
    pub words: String,
}

/// A whistle as it is drawn.
pub(super) struct WhistleView {
    pub id: String,
    pub case: String,
    pub number: String,
    pub title: String,
    pub state: Html,
    pub facts: Vec<(String, String)>,
    pub reason: String,
    pub outcome: String,
    pub calls: Vec<CallView>,
    pub course: Vec<Happened>,
    pub may_close: bool,
}

#[derive(Template)]
#[template(path = "case/staff/whistle.html")]
pub(super) struct WhistlePage {
    pub v: View,
    pub w: WhistleView,
}

/// One line of the case page's panel.
pub(super) struct PanelLine {
    pub address: String,
    pub when: String,
    pub state: Html,
    pub calls: Vec<(String, Html, Html)>,
}

#[derive(Template)]
#[template(path = "case/staff/whistle_panel.html")]
pub(super) struct Panel {
    pub v: View,
    pub case: String,
    pub lines: Vec<PanelLine>,
    pub may_call: bool,
}

#[derive(Template)]
#[template(path = "case/staff/whistle_new.html")]
pub(super) struct NewPage {
    pub v: View,
    pub f: Fields,
    pub id: String,
    pub number: String,
    pub title: String,
    pub units: Vec<Opt>,
    pub terms: Vec<Opt>,
    pub default: String,
}

#[derive(Template)]
#[template(path = "case/staff/whistle_act.html")]
pub(super) struct ActPage {
    pub v: View,
    pub f: Fields,
    pub title: String,
    pub lead: String,
    pub about: String,
    pub back: String,
    pub action: String,
    pub fields: Vec<Html>,
    pub send: &'static str,
}

/// How a call stands, as a badge.
pub(super) fn state_badge(v: &View, state: CallState) -> Html {
    let tone = match state {
        CallState::Waiting | CallState::Excused => Tone::Plain,
        CallState::Answered | CallState::Arrived => Tone::Info,
        CallState::Done => Tone::Good,
        CallState::Missed => Tone::Bad,
    };
    v.badge(tone, v.t(state.key()))
}

/// The clock of a call: how much is left, with its warning in words and sign; and how it ended afterwards.
pub(super) fn call_badge(v: &View, call: &Call, reading: Option<&Reading>) -> Html {
    let say = |tone, key: &str| v.badge(tone, v.t(key));
    match (call.state(), call.in_time()) {
        (CallState::Excused, _) => Html::none(),
        (CallState::Missed, _) => say(Tone::Bad, "case.page.whistle.unanswered"),
        (CallState::Waiting, _) => {
            let left = v.left_words(call.due);
            match reading.map_or(Warning::Calm, |r| r.warning) {
                Warning::Calm => v.badge(Tone::Plain, left),
                Warning::Amber => v.badge(Tone::Warn, v.t1("case.page.whistle.amber", "left", left)),
                Warning::Red => v.badge(Tone::Bad, v.t1("case.page.whistle.red", "left", left)),
            }
        }
        (_, Some(false)) => say(Tone::Warn, "case.page.whistle.late"),
        _ => say(Tone::Good, "case.page.whistle.in_time"),
    }
}

/// What the case's page shows of its whistles; nothing where there is none and none may be made.
pub(super) fn panel(
    v: &View,
    ground: &Ground,
    file: &CaseFile,
    (whistles, calls): &(Vec<Whistle>, Vec<Call>),
    may_call: bool,
) -> Html {
    if whistles.is_empty() && !may_call {
        return Html::none();
    }
    let here = ground.here(&file.case.place);
    let of = |w: &Whistle| {
        let mine = calls.iter().filter(|c| c.whistle == w.id);
        let line = |c: &Call| {
            let unit = format!("{} {}", v.t(c.role.key()), ground.units.name(c.unit));
            let reading = call_reading(c, v.now, &here);
            (unit, state_badge(v, c.state()), call_badge(v, c, reading.as_ref()))
        };
        PanelLine {
            address: format!("/whistles/{}", w.id),
            when: v.when(w.at),
            state: open_badge(v, w),
            calls: mine.map(line).collect(),
        }
    };
    let lines = whistles.iter().map(of).collect();
    let open = whistles.iter().any(|w| w.closed.is_none());
    Html::of(&Panel { v: v.clone(), case: file.case.id.to_string(), lines, may_call: may_call && !open })
}

fn open_badge(v: &View, w: &Whistle) -> Html {
    match w.closed {
        None => v.badge(Tone::Info, v.t("case.page.whistle.open")),
        Some(_) => v.badge(Tone::Plain, v.t("case.page.whistle.closed")),
    }
}

/// Everything that a whistle's page is drawn from.
struct Loaded {
    seat: Seat,
    file: CaseFile,
    whistle: WhistleFile,
    names: Names,
}

fn read(conn: &mut Conn, seat: Seat, id: Id<Whistle>) -> Outcome<Loaded> {
    let whistle = whistle_file(conn, id)?.ok_or_else(Refusal::not_found)?;
    let file = file_by_id(conn, whistle.whistle.case)?.ok_or_else(Refusal::not_found)?;
    deeds::may_see_whistle(&seat.person, &file)?;
    let names = Names::of(conn, whistle.acts.iter().map(|a| a.account))?;
    Ok(Loaded { seat, file, whistle, names })
}

impl Loaded {
    fn view(&self, v: &View) -> WhistleView {
        let (w, case) = (&self.whistle.whistle, &self.file.case);
        let mut facts = vec![
            ("case.page.whistle.caller", self.seat.unit(w.caller)),
            ("case.page.whistle.at", v.when(w.at)),
            ("case.page.whistle.meet_at", w.meet_at.clone()),
            ("case.page.whistle.place", self.seat.place_full(&case.place)),
        ];
        facts.extend(w.closed.map(|at| ("case.page.whistle.closed_at", v.when(at))));
        facts.retain(|(_, value)| !value.is_empty());
        WhistleView {
            id: w.id.to_string(),
            case: case.id.to_string(),
            number: case.number.clone(),
            title: case.title.clone(),
            state: open_badge(v, w),
            facts: facts.into_iter().map(|(key, value)| (v.t(key).into_owned(), value)).collect(),
            reason: w.reason.clone(),
            outcome: w.outcome.clone(),
            calls: self.whistle.calls.iter().map(|c| self.call_view(v, c)).collect(),
            course: self.whistle.acts.iter().filter_map(|a| self.happened(v, a)).collect(),
            may_close: deeds::may_end_whistle(&self.seat.person, &self.file, w),
        }
    }

    fn call_view(&self, v: &View, c: &Call) -> CallView {
        let reading = call_reading(c, v.now, &self.seat.ground.here(&self.file.case.place));
        let mut facts = vec![("case.page.whistle.due", Some(c.due))];
        facts.push(("case.page.whistle.answered_at", c.answered));
        facts.push(("case.page.whistle.arrived_at", c.arrived));
        facts.push(("case.page.whistle.finished_at", c.finished));
        facts.push(("case.page.whistle.missed_at", c.missed));
        facts.push(("case.page.whistle.excused_at", c.excused));
        let told = |(key, at): (&str, Option<Millis>)| Some((v.t(key).into_owned(), v.exact(at?)));
        CallView {
            id: c.id.to_string(),
            unit: self.seat.unit(c.unit),
            role: v.t(c.role.key()).into_owned(),
            state: state_badge(v, c.state()),
            left: call_badge(v, c, reading.as_ref()),
            facts: facts.into_iter().filter_map(told).collect(),
            why: reading.map(|r| r.deadline.say(language(v))).unwrap_or_default(),
            outcome: c.outcome.clone(),
            ratings: self.ratings(c).map(|r| self.rating(v, r)).collect(),
            buttons: self.buttons(v, c),
        }
    }

    fn ratings<'a>(&'a self, c: &'a Call) -> impl Iterator<Item = &'a RatingRow> {
        self.whistle.ratings.iter().filter(|r| r.call_id == c.id.raw())
    }

    fn rating(&self, v: &View, r: &RatingRow) -> String {
        let stars = Stars::new(r.rating).map(|s| v.t(s.key()).into_owned()).unwrap_or_default();
        let (by, of) = (self.seat.unit(r.by_unit), self.seat.unit(r.of_unit));
        let said = v.tw("case.page.whistle.said_of", &[("by", &by), ("of", &of), ("stars", &stars)]);
        if r.words.is_empty() { said } else { format!("{said} {}", r.words) }
    }

    fn buttons(&self, v: &View, c: &Call) -> Vec<Button> {
        let w = &self.whistle.whistle;
        let rated = |unit: i64| self.ratings(c).any(|r| r.of_unit == unit);
        let mut first = true;
        let mut button = |act: CallAct| {
            let (path, is_post) = match act {
                CallAct::Answer => ("answer", true),
                CallAct::Arrive => ("arrival", true),
                CallAct::Report => ("outcome", false),
                CallAct::Excuse => ("release", false),
                CallAct::RateUnit if !rated(c.unit) => ("rating?of=unit", false),
                CallAct::RateCaller if !rated(w.caller) => ("rating?of=caller", false),
                _ => return None,
            };
            let is_main = std::mem::take(&mut first) && act != CallAct::Excuse;
            Some(Button {
                address: format!("/whistles/{}/calls/{}/{path}", w.id, c.id),
                label: v.t(&format!("case.page.whistle.do_{act}")).into_owned(),
                is_post,
                is_main,
            })
        };
        let acts = deeds::whistle_acts(&self.seat.person, &self.file, w, c);
        acts.into_iter().filter_map(&mut button).collect()
    }

    fn happened(&self, v: &View, a: &WhistleActRow) -> Option<Happened> {
        let act = a.kind()?;
        let about = self.whistle.calls.iter().find(|c| c.id.raw() == a.call_id);
        let name = v.t(act.key());
        let what = about.map_or_else(|| name.to_string(), |c| format!("{name} · {}", self.seat.unit(c.unit)));
        let unit = if a.unit_id == 0 { String::new() } else { self.seat.unit(a.unit_id) };
        Some(Happened {
            what,
            when: v.when(Millis(a.at_ms)),
            exact: v.exact(Millis(a.at_ms)),
            who: format!("{unit} {}", self.names.who(v, a.account)).trim().to_owned(),
            words: a.words.clone().unwrap_or_default(),
        })
    }
}

/// One request about a whistle, and perhaps one call of it.
pub(super) struct AtCall {
    site: Site,
    v: View,
    who: Who,
    whistle: Id<Whistle>,
    call: Id<Call>,
}

impl FromRequestParts<Site> for AtCall {
    type Rejection = Fail;
    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Fail> {
        let State(site) = State::<Site>::from_request_parts(parts, site).await?;
        let v = View::from_request_parts(parts, &site).await?;
        let who = <Who as FromRequestParts<Site>>::from_request_parts(parts, &site).await?;
        let two = Path::<(Id<Whistle>, Id<Call>)>::from_request_parts(parts, &site).await;
        let (whistle, call) = match two {
            Ok(Path(two)) => two,
            Err(_) => {
                let one = Path::<Id<Whistle>>::from_request_parts(parts, &site).await;
                (one.map_err(|_| Refusal::not_found())?.0, Id::of(0))
            }
        };
        Ok(Self { site, v, who, whistle, call })
    }
}

type Hands = (Arc<Person>, Ground, Millis, Id<Call>);

impl AtCall {
    async fn load(&self) -> Outcome<Loaded> {
        let (seat, id) = (Seat::of(&self.site, &self.who)?, self.whistle);
        self.site.db.read(move |conn| read(conn, seat, id)).await
    }

    /// Does a deed on the call of this whistle.
    async fn run<O: Send + 'static>(
        &self,
        order: Outcome<O>,
        deed: impl Fn(&mut Tx<'_>, &Hands, &O) -> Outcome<()> + Send + 'static,
    ) -> Outcome<()> {
        let order = order?;
        let ground = self.site.get::<Desk>()?.now();
        let hands = (access::person_of(&self.who)?, ground, self.v.now, self.call);
        let whistle = self.whistle;
        let done = self.site.db.write(move |tx| {
            let call = cases::call_by_id(tx.conn, hands.3)?;
            match call {
                Some(call) if call.whistle == whistle => deed(tx, &hands, &order),
                _ => Err(Refusal::not_found().into()),
            }
        });
        done.await
    }

    fn home(&self) -> String {
        format!("/whistles/{}", self.whistle)
    }

    /// Back to the whistle, or the refusal.
    fn settle(&self, done: Outcome<()>, said: &'static str) -> Answer {
        done?;
        go_saying(self.home(), said)
    }

    /// Back to the whistle, or the form once more with the trouble said.
    async fn settle_form<T: serde::de::DeserializeOwned>(
        self,
        form: Form<T>,
        kind: Asked,
        done: Outcome<()>,
    ) -> Answer {
        match done {
            Ok(()) => go_saying(self.home(), kind.said()),
            Err(stop) => {
                let loaded = self.load().await?;
                form.again(&self.v, PREFIX, stop, |f| act_page(&self.v, &loaded, kind, self.call, f))
            }
        }
    }

    async fn ask(self, kind: Asked) -> Answer {
        let loaded = self.load().await?;
        page(&act_page(&self.v, &loaded, kind, self.call, Fields::blank(&self.v, PREFIX)))
    }
}

pub(super) async fn whistle_show(at: AtCall) -> Answer {
    let loaded = at.load().await?;
    page(&WhistlePage { w: loaded.view(&at.v), v: at.v })
}

pub(super) async fn answer_make(at: AtCall) -> Answer {
    let done =
        at.run(Ok(()), |tx, (p, g, now, id), ()| deeds::answer_call(tx, g, p, *now, *id).map(drop)).await;
    at.settle(done, "case.page.whistle.said_answer")
}

pub(super) async fn arrival_make(at: AtCall) -> Answer {
    let done =
        at.run(Ok(()), |tx, (p, g, now, id), ()| deeds::arrive_on_call(tx, g, p, *now, *id).map(drop)).await;
    at.settle(done, "case.page.whistle.said_arrive")
}

/// Which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// What came of it.
    Outcome,
    /// Why a unit is let off.
    Release,
    /// How the called unit did.
    RateUnit,
    /// How the caller did.
    RateCaller,
    /// What came of the whole.
    Closure,
}

impl Asked {
    const fn name(self) -> &'static str {
        match self {
            Self::Outcome => "report",
            Self::Release => "excuse",
            Self::RateUnit => "rate_unit",
            Self::RateCaller => "rate_caller",
            Self::Closure => "close",
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Outcome => "outcome",
            Self::Release => "release",
            Self::RateUnit | Self::RateCaller => "rating",
            Self::Closure => "closure",
        }
    }

    const fn said(self) -> &'static str {
        match self {
            Self::Outcome => "case.page.whistle.said_report",
            Self::Release => "case.page.whistle.said_excuse",
            Self::RateUnit | Self::RateCaller => "case.page.whistle.said_rate",
            Self::Closure => "case.page.whistle.said_close",
        }
    }

    const fn send(self) -> &'static str {
        match self {
            Self::Outcome => "send_report",
            Self::Release => "send_excuse",
            Self::RateUnit | Self::RateCaller => "send_rate",
            Self::Closure => "send_close",
        }
    }
}

/// The fields of a form.
pub(super) fn ask_fields(v: &View, kind: Asked, f: &Fields) -> Vec<Html> {
    match kind {
        Asked::Outcome | Asked::Release => vec![f.text("words").required().html()],
        Asked::Closure => vec![f.text("words").hint(v.t("case.page.whistle.close_hint")).html()],
        Asked::RateUnit | Asked::RateCaller => {
            let star = |n: i64| {
                let word = Stars::new(n).map(|s| v.t(s.key()).into_owned()).unwrap_or_default();
                Opt::new(n, v.tw("case.page.whistle.star", &[("n", &n), ("word", &word)]))
            };
            let f = f.clone().fill("of", if kind == Asked::RateUnit { "unit" } else { "caller" });
            let stars: Vec<Opt> = Stars::ALL.map(star).into();
            vec![f.hidden("of").html(), f.radios("stars", &stars).required().html(), f.line("word").html()]
        }
    }
}

fn act_page(v: &View, l: &Loaded, kind: Asked, call: Id<Call>, f: Fields) -> ActPage {
    let w = &l.whistle.whistle;
    let about = match (kind, l.whistle.calls.iter().find(|c| c.id == call)) {
        (Asked::RateCaller, _) => l.seat.unit(w.caller),
        (_, Some(c)) => l.seat.unit(c.unit),
        (_, None) => String::new(),
    };
    let back = format!("/whistles/{}", w.id);
    let action = match kind {
        Asked::Closure => format!("{back}/closure"),
        _ => format!("{back}/calls/{call}/{}", kind.path()),
    };
    ActPage {
        title: v.t(&format!("case.page.whistle.do_{}", kind.name())).into_owned(),
        lead: v.t(&format!("case.page.whistle.lead_{}", kind.name())).into_owned(),
        about: format!("{} {} {about}", l.file.case.number, l.file.case.title),
        fields: ask_fields(v, kind, &f),
        send: kind.send(),
        back,
        action,
        f,
        v: v.clone(),
    }
}

pub(super) async fn outcome_show(at: AtCall) -> Answer {
    at.ask(Asked::Outcome).await
}

pub(super) async fn release_show(at: AtCall) -> Answer {
    at.ask(Asked::Release).await
}

pub(super) async fn closure_show(at: AtCall) -> Answer {
    at.ask(Asked::Closure).await
}

/// Words that must or may be there.
#[derive(Deserialize)]
pub(super) struct WordsForm {
    #[serde(default)]
    words: String,
}

pub(super) async fn outcome_make(at: AtCall, form: Form<WordsForm>) -> Answer {
    let order = form.read().and_then(|f| Body::new("words", &f.words));
    let done = at
        .run(order, |tx, (p, g, now, id), words| deeds::report_on_call(tx, g, p, *now, *id, words).map(drop));
    let done = done.await;
    at.settle_form(form, Asked::Outcome, done).await
}

pub(super) async fn release_make(at: AtCall, form: Form<WordsForm>) -> Answer {
    let order = form.read().and_then(|f| Body::new("words", &f.words));
    let done =
        at.run(order, |tx, (p, g, now, id), words| deeds::excuse_call(tx, g, p, *now, *id, words).map(drop));
    let done = done.await;
    at.settle_form(form, Asked::Release, done).await
}

pub(super) async fn closure_make(at: AtCall, form: Form<WordsForm>) -> Answer {
    let done = close(&at, &form).await;
    at.settle_form(form, Asked::Closure, done).await
}

async fn close(at: &AtCall, form: &Form<WordsForm>) -> Outcome<()> {
    let typed = form.read()?.words;
    let words = (!typed.trim().is_empty()).then(|| Body::new("words", &typed)).transpose()?;
    let (person, ground) = (access::person_of(&at.who)?, at.site.get::<Desk>()?.now());
    let (id, now) = (at.whistle, at.v.now);
    let done =
        at.site.db.write(move |tx| deeds::close_whistle(tx, &ground, &person, now, id, words.as_ref()));
    done.await
}

/// Of whom: the called unit or the caller.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Of {
    /// The called unit.
    Unit,
    /// The unit that called.
    Caller,
}

impl Of {
    const fn asked(self) -> Asked {
        match self {
            Self::Unit => Asked::RateUnit,
            Self::Caller => Asked::RateCaller,
        }
    }

    const fn act(self) -> CallAct {
        match self {
            Self::Unit => CallAct::RateUnit,
            Self::Caller => CallAct::RateCaller,
        }
    }
}

web::names! {
    /// What the form of a rating is asked with.
    pub(super) enum RateBy { Of = "of" }
}

pub(super) async fn rating_show(at: AtCall, q: web::ListQuery<RateBy, RateBy>) -> Answer {
    let of = if q.get(RateBy::Of) == Some("caller") { Of::Caller } else { Of::Unit };
    at.ask(of.asked()).await
}

/// How it went.
#[derive(Deserialize)]
pub(super) struct RatingForm {
    of: Of,
    stars: Option<i64>,
    #[serde(default)]
    word: String,
}

impl RatingForm {
    fn order(self) -> Outcome<(CallAct, Stars, Line)> {
        let stars = self.stars.ok_or_else(|| Stop::from(Invalid::field("stars", "form.choose")))?;
        Ok((self.of.act(), Stars::new(stars)?, Line::new("word", &self.word)?))
    }
}

pub(super) async fn rating_make(at: AtCall, form: Form<RatingForm>) -> Answer {
    let kind = if form.typed("of") == Some("caller") { Asked::RateCaller } else { Asked::RateUnit };
    let order = form.read().and_then(RatingForm::order);
    let done =
        at.run(order, |tx, (p, g, now, id), order| deeds::rate_call(tx, g, p, *now, *id, order.clone()));
    let done = done.await;
    at.settle_form(form, kind, done).await
}

/// Calling: who leads, who assists, why, where, and until when each answers.
#[derive(Deserialize)]
pub(super) struct NewForm {
    lead: Option<Id<Unit>>,
    #[serde(default)]
    assists: Vec<Id<Unit>>,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    meet_at: String,
    lead_n: Option<u32>,
    #[serde(default)]
    lead_unit: String,
    assist_n: Option<u32>,
    #[serde(default)]
    assist_unit: String,
}

fn term(n: Option<u32>, unit: &str, field: &'static str) -> Outcome<Option<Term>> {
    let known = TERM_UNITS.iter().any(|(letters, _)| *letters == unit);
    match n {
        None => Ok(None),
        Some(n) if known => Ok(format!("{n}{unit}").parse().ok()),
        Some(_) => Err(Invalid::field(field, "form.choose").into()),
    }
}

impl NewForm {
    fn order(self) -> Outcome<WhistleOrder> {
        let mut invalid = Invalid::default();
        if self.lead.is_none() {
            invalid.push("lead", "form.choose");
        }
        let reason = Body::new("reason", &self.reason);
        if let Err(Stop::Invalid(more)) = &reason {
            invalid.fields.extend(more.fields.iter().cloned());
        }
        invalid.or(())?;
        let lead = term(self.lead_n, &self.lead_unit, "lead_unit")?;
        let assist = term(self.assist_n, &self.assist_unit, "assist_unit")?;
        Ok(WhistleOrder {
            lead: Called { unit: self.lead.map_or(0, Id::raw), term: lead },
            assists: self.assists.iter().map(|u| Called { unit: u.raw(), term: assist }).collect(),
            reason: reason?,
            meet_at: Line::new("meet_at", &self.meet_at)?,
        })
    }
}

/// Where a whistle is made from.
struct Origin {
    seat: Seat,
    case: Case,
}

async fn from_case(at: &At) -> Outcome<Origin> {
    let (seat, id) = (Seat::of(&at.site, &at.who)?, at.id);
    let read = move |conn: &mut Conn| {
        let file = file_by_id(conn, id)?.ok_or_else(Refusal::not_found)?;
        deeds::may_see_whistle(&seat.person, &file)?;
        Ok(Origin { case: file.case, seat })
    };
    at.site.db.read(read).await
}

/// The choices of units of time.
pub(super) fn term_units(v: &View) -> Vec<Opt> {
    TERM_UNITS.iter().map(|(letters, key)| Opt::new(letters, v.t(key).into_owned())).collect()
}

fn new_page(v: &View, from: &Origin, f: Fields) -> NewPage {
    let ground = &from.seat.ground;
    let own = from.seat.units();
    let around = ground.units.around(&from.case.place).filter(|u| !own.contains(&u.id.raw()));
    let default = &ground.calling.whistle.respond;
    let said = default.term().say(language(v));
    NewPage {
        id: from.case.id.to_string(),
        number: from.case.number.clone(),
        title: from.case.title.clone(),
        units: around.map(|u| Opt::new(u.id, u.name.clone())).collect(),
        terms: term_units(v),
        default: v.tw("case.page.whistle.default", &[("term", &said), ("source", &default.source)]),
        f,
        v: v.clone(),
    }
}

pub(super) async fn whistle_new(at: At) -> Answer {
    let from = from_case(&at).await?;
    let default = from.seat.ground.calling.whistle.respond.term();
    let f = Fields::blank(&at.v, PREFIX)
        .fill("lead_n", default.n)
        .fill("lead_unit", letters(default))
        .fill("assist_n", default.n)
        .fill("assist_unit", letters(default));
    page(&new_page(&at.v, &from, f))
}

pub(super) async fn whistle_make(at: At, form: Form<NewForm>) -> Answer {
    match make(&at, &form).await {
        Ok(id) => go_saying(format!("/whistles/{id}"), "case.page.whistle.said_call"),
        Err(stop) => {
            let from = from_case(&at).await?;
            form.again(&at.v, PREFIX, stop, |f| new_page(&at.v, &from, f))
        }
    }
}

async fn make(at: &At, form: &Form<NewForm>) -> Outcome<Id<Whistle>> {
    let order = form.read().and_then(NewForm::order)?;
    let (person, ground) = (access::person_of(&at.who)?, at.site.get::<Desk>()?.now());
    let (id, now) = (at.id, at.v.now);
    at.site.db.write(move |tx| deeds::call_units(tx, &ground, &person, now, id, &order)).await
}

/// The name of a role with its unit.
pub(super) fn role_words(v: &View, role: CallRole) -> String {
    v.t(role.key()).into_owned()
}
