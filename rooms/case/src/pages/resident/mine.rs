//! One's own matter (我的事项): where it is, who has it, by when and why, what was done, who looked.

use askama::Template;
use axum::extract::{Path, State};
use base::{Id, Millis, Outcome, Refusal};
use deadline::Language;
use http::HeaderMap;
use parts::files::{File, file_by_id, files_of};
use parts::notes::{Note, notes_of};
use store::{Conn, Keys, blobs, journal};
use web::{Answer, Html, Site, View, attachment, go_saying, page};

use super::follow::must_hold;
use super::grip::Grip;
use super::pictures::show_picture;
use super::pieces::{PhotoView, Row, category_path, ground, joined, place_words, stage_badge, unit_name};
use super::say::spoken;
use crate::deeds::{self, PHOTO_MATTER};
use crate::model::{ActKind, By, Case, CaseClock, ClockKind, Ending, Link, LinkKind, Stage};
use crate::pages::{changed_words, house_words, language};
use crate::rules::clock::{confirm_at, reopen_until};
use crate::rules::moves::{acts_at, may_reopen};
use crate::rules::urge::{LastUrge, may_urge, next_urge};
use crate::store::{
    ClosureRow, Event, Ground, IntakeRow, ReadRow, case_by_id, closures_of, code_of, intake_of, last_urge,
    links_of, public_timeline, reads_of,
};

/// How many looks are listed.
const READS: i64 = 50;

/// A step of the progress bar.
pub struct Mark {
    /// Its name.
    pub label: String,
    /// `done`, `here` or `ahead`.
    pub state: &'static str,
}

/// An answer.
pub struct AnswerView {
    /// How it ended.
    pub ending: String,
    /// Which office.
    pub by: String,
    /// When.
    pub when: String,
    /// Its words.
    pub text: String,
}

/// Something that happened, was said or was looked at.
pub struct Happening {
    /// What; empty where the list says so already.
    pub title: String,
    /// Who: an office or a post, never a name.
    pub by: String,
    /// When.
    pub when: String,
    /// In words.
    pub text: String,
}

/// A link to something that can be done.
pub struct Door {
    /// Where.
    pub address: String,
    /// What.
    pub label: String,
}

/// The whole page.
pub struct Mine {
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Where the page stands.
    pub address: String,
    /// The stage's name.
    pub stage: Html,
    /// The same in a sentence.
    pub now: String,
    /// The progress bar; empty for what was returned or withdrawn.
    pub steps: Vec<Mark>,
    /// Who has it, by when, why.
    pub held: Vec<Row>,
    /// The last answer.
    pub answer: Option<AnswerView>,
    /// Whether it waits for the sender's word.
    pub may_confirm: bool,
    /// Until when that word is waited for.
    pub confirm_by: String,
    /// With what it is handled together, and what became of its parts.
    pub together: Vec<String>,
    /// What else can be done.
    pub doors: Vec<Door>,
    /// When it was urged, and from when it can be again; empty for never.
    pub urged: String,
    /// Place, category, day, answers.
    pub facts: Vec<Row>,
    /// The matter in full.
    pub body: String,
    /// Its photos.
    pub photos: Vec<PhotoView>,
    /// Photos of what was done, once it is answered.
    pub evidence: Vec<PhotoView>,
    /// Public notes.
    pub notes: Vec<Happening>,
    /// The timeline.
    pub course: Vec<Happening>,
    /// Who opened the record.
    pub readers: Vec<Happening>,
}

#[derive(Template)]
#[template(path = "case/resident/mine.html")]
pub(crate) struct MinePage {
    pub v: View,
    pub m: Mine,
}

/// A look at the record, with the post's title.
struct Look {
    row: ReadRow,
    post: String,
}

/// What the page is made of.
struct Loaded {
    case: Case,
    intake: Option<IntakeRow>,
    closures: Vec<ClosureRow>,
    events: Vec<Event>,
    notes: Vec<Note>,
    files: Vec<File>,
    looks: Vec<Look>,
    clocks: Vec<(CaseClock, String)>,
    urged: Option<LastUrge>,
    links: Vec<Link>,
    /// Number and code of the parts that were made cases of their own for the same sender.
    parts: Vec<(String, String)>,
}

fn load(
    conn: &mut Conn,
    (g, keys): (&Ground, &Keys),
    id: Id<Case>,
    (now, language): (Millis, Language),
) -> Outcome<Loaded> {
    let file = crate::store::file_by_id(conn, id)?.ok_or_else(Refusal::not_found)?;
    let urged = deeds::urged_last(&file, last_urge(conn, id)?.as_ref());
    let links = links_of(conn, id)?;
    let mut parts = Vec::new();
    for link in links.iter().filter(|l| l.kind == LinkKind::Split && l.other == id) {
        let part = case_by_id(conn, link.case)?;
        parts.extend(part.map(|p| (p.number, code_of(keys, p.id))));
    }
    Ok(Loaded {
        links,
        parts,
        urged,
        intake: intake_of(conn, id)?,
        closures: closures_of(conn, id)?,
        events: public_timeline(conn, id)?,
        notes: notes_of(conn, "case", id.raw(), true)?,
        files: files_of(conn, "case", id.raw(), true)?,
        looks: looks(conn, id)?,
        clocks: deeds::explain_clocks(conn, g, id, now, language)?,
        case: file.case,
    })
}

fn looks(conn: &mut Conn, id: Id<Case>) -> Outcome<Vec<Look>> {
    let rows = reads_of(conn, id, READS)?;
    let mut titles: Vec<(i64, String)> = Vec::new();
    for row in &rows {
        if titles.iter().all(|(post, _)| *post != row.post) {
            let post = access::post_by_id(conn, Id::of(row.post))?;
            titles.push((row.post, post.map(|p| p.post().title).unwrap_or_default()));
        }
    }
    let title =
        |post: i64| titles.iter().find(|(p, _)| *p == post).map(|(_, t)| t.clone()).unwrap_or_default();
    Ok(rows.into_iter().map(|row| Look { post: title(row.post), row }).collect())
}

pub(super) async fn mine_show(
    State(site): State<Site>,
    v: View,
    headers: HeaderMap,
    Path(id): Path<Id<Case>>,
) -> Answer {
    if must_hold(&site, &headers, id, v.now).is_err() {
        return go_saying("/follow", "case.notice.closed_off");
    }
    let (g, asked) = (ground(&site)?, (v.now, language(&v)));
    let db = site.db.clone();
    let loaded = site.db.read(move |conn| Ok((load(conn, (&g, db.keys()), id, asked)?, g))).await;
    let (loaded, g) = loaded?;
    let m = mine(&v, &g, &loaded);
    page(&MinePage { v, m })
}

fn mine(v: &View, ground: &Ground, l: &Loaded) -> Mine {
    let case = &l.case;
    let address = Grip::Follow(case.id).address();
    let may_confirm = acts_at(case.stage, By::Sender).any(|a| a == ActKind::Confirm);
    let confirm_by = case.closed.filter(|_| may_confirm).map(|closed| {
        let until = confirm_at(closed, ground.windows.confirm_days, &ground.here(&case.place));
        let day = v.day(v.zone.day(until));
        v.tw("case.page.resident.mine.confirm_by", &[("day", &day), ("days", &ground.windows.reopen_days)])
    });
    Mine {
        number: case.number.clone(),
        title: case.title.clone(),
        stage: stage_badge(v, case.stage),
        now: v.t(&format!("case.page.resident.mine.now.{}", case.stage)).into_owned(),
        steps: marks(v, case.stage),
        held: held(v, ground, l),
        answer: l.closures.last().filter(|_| case.closed.is_some()).map(|c| answer(v, ground, c)),
        may_confirm,
        confirm_by: confirm_by.unwrap_or_default(),
        doors: doors(v, ground, l, &address),
        urged: urged_words(v, ground, l),
        together: together(v, l),
        facts: facts(v, ground, l),
        body: case.body.clone(),
        photos: photos(v, l.files.iter().filter(|f| f.purpose == PHOTO_MATTER), &address),
        evidence: photos(
            v,
            l.files.iter().filter(|f| f.purpose != PHOTO_MATTER && case.closed.is_some()),
            &address,
        ),
        notes: l.notes.iter().map(|n| note(v, n)).collect(),
        course: course(v, ground, l),
        readers: l.looks.iter().map(|look| reader(v, ground, look)).collect(),
        address,
    }
}

/// What the sender is told of links: never the number of somebody else's case.
fn together(v: &View, l: &Loaded) -> Vec<String> {
    let mut told = Vec::new();
    if l.links.iter().any(|x| x.kind == LinkKind::Merged && x.case == l.case.id) {
        told.push(v.t("case.link.follow_merged").into_owned());
    }
    for (number, code) in &l.parts {
        told.push(v.tw("case.link.follow_part", &[("number", number), ("code", code)]));
    }
    if l.links.iter().any(|x| x.kind == LinkKind::Split && x.case == l.case.id) {
        told.push(v.t("case.link.follow_split").into_owned());
    }
    told
}

/// Which of the five steps a stage stands on.
fn rung(stage: Stage) -> Option<usize> {
    match stage {
        Stage::Received => Some(0),
        Stage::Accepted | Stage::Dispatched => Some(1),
        Stage::Handling | Stage::Verifying => Some(2),
        Stage::Closed => Some(3),
        Stage::Confirmed => Some(4),
        Stage::Returned | Stage::Withdrawn => None,
    }
}

pub(crate) fn marks(v: &View, stage: Stage) -> Vec<Mark> {
    let Some(here) = rung(stage) else { return Vec::new() };
    let state = |n: usize| match n.cmp(&here) {
        std::cmp::Ordering::Less => "done",
        std::cmp::Ordering::Equal => "here",
        std::cmp::Ordering::Greater => "ahead",
    };
    let mark = |n: usize| Mark {
        label: v.t(&format!("case.page.resident.mine.step{}", n + 1)).into_owned(),
        state: state(n),
    };
    (0..5).map(mark).collect()
}

fn held(v: &View, ground: &Ground, l: &Loaded) -> Vec<Row> {
    let case = &l.case;
    let mut rows = Vec::new();
    if case.stage.is_open() {
        rows.push(Row::new(v, "case.page.resident.mine.office", unit_name(v, ground, case.holder.unit)));
        rows.push(Row::new(v, "case.page.resident.mine.level", v.t(case.level.key())).fine(risen(v, l)));
        rows.push(due_row(v, "case.page.resident.mine.due", case, &l.clocks));
    }
    if case.stage == Stage::Returned {
        let reason = l.events.iter().rev().find(|e| e.act == ActKind::Return).and_then(|e| e.words.clone());
        rows.push(Row::new(v, "case.page.resident.mine.reason", reason.unwrap_or_default()));
    }
    rows
}

/// Why the case stands at its level, when it was carried up.
fn risen(v: &View, l: &Loaded) -> String {
    let up = l.events.iter().rev().find(|e| e.act == ActKind::Escalate);
    up.map(|e| house_words(v, e.by, e.words.as_deref())).unwrap_or_default()
}

/// The due day with the rule that made it, with what stands still or was added.
fn due_row(v: &View, key: &str, case: &Case, clocks: &[(CaseClock, String)]) -> Row {
    let clock = clocks.iter().rev().find(|(c, _)| c.kind == ClockKind::Answer);
    let due = clock.map_or(case.due, |(c, _)| c.due);
    let left = match clock.map(|(c, _)| c.state_at(v.now)) {
        Some(deadline::State::Paused) => v.t("case.clock_state.paused").into_owned(),
        _ => v.left_words(due),
    };
    let why = clock.map(|(_, why)| why.clone()).unwrap_or_default();
    Row::new(v, key, format!("{} · {left}", v.day(v.zone.day(due)))).fine(why)
}

pub(super) fn answer(v: &View, ground: &Ground, c: &ClosureRow) -> AnswerView {
    let ending = Ending::parse(&c.ending).map(|e| v.t(e.key()).into_owned()).unwrap_or_default();
    let by = unit_name(v, ground, c.unit_id);
    AnswerView { ending, by, when: v.when(Millis(c.at_ms)), text: c.answer.clone() }
}

/// When it was urged last, and from when it can be again.
fn urged_words(v: &View, ground: &Ground, l: &Loaded) -> String {
    let Some(last) = l.urged.filter(|_| l.case.stage.is_open()) else { return String::new() };
    let words: [(&str, &dyn std::fmt::Display); 2] = [
        ("when", &v.when(last.at)),
        ("next", &v.when(next_urge(last.at, &ground.calling.urge, &ground.zone))),
    ];
    let may = may_urge(l.case.stage, Some(last), &ground.calling.urge, &ground.zone, v.now).is_ok();
    v.tw(if may { "case.page.resident.mine.urged" } else { "case.page.resident.mine.urged_wait" }, &words)
}

fn doors(v: &View, ground: &Ground, l: &Loaded, address: &str) -> Vec<Door> {
    let case = &l.case;
    let door = |path: &str, act: &str| Door {
        address: format!("{address}/{path}"),
        label: v.t(&format!("case.page.resident.act.{act}.door")).into_owned(),
    };
    let since = case.confirmed.unwrap_or(case.created);
    let until = reopen_until(since, ground.windows.reopen_days, &ground.here(&case.place));
    let mut all: Vec<Door> = acts_at(case.stage, By::Sender)
        .filter_map(|act| match act {
            ActKind::Contest => Some(door("contest", "contest")),
            ActKind::Reopen => may_reopen(case, until, v.now).ok().map(|()| door("reopening", "reopen")),
            ActKind::Supplement => Some(door("supplement", "supplement")),
            ActKind::Withdraw => Some(door("withdrawal", "withdraw")),
            _ => None,
        })
        .collect();
    if case.stage.is_open() {
        all.insert(0, door("note", "note"));
        if may_urge(case.stage, l.urged, &ground.calling.urge, &ground.zone, v.now).is_ok() {
            all.insert(1, door("urging", "urge"));
        }
    }
    all
}

fn facts(v: &View, ground: &Ground, l: &Loaded) -> Vec<Row> {
    let case = &l.case;
    let category = ground.category(case.category);
    let mut rows = vec![
        Row::new(v, "case.page.resident.mine.place", place_words(ground, &case.place)).fine(&case.spot),
        Row::new(
            v,
            "case.page.resident.mine.category",
            category.map(|c| category_path(ground, c)).unwrap_or_default(),
        ),
        Row::new(v, "case.page.resident.mine.when", v.when(case.created)),
    ];
    let answers: Vec<(String, String)> =
        l.intake.as_ref().and_then(|i| serde_json::from_str(&i.answers).ok()).unwrap_or_default();
    for (code, said) in answers {
        let question = category.and_then(|c| c.questions.iter().find(|q| q.code == code));
        rows.push(Row {
            label: question.map_or(code, |q| q.label.clone()),
            text: spoken(v, &said),
            ..Row::default()
        });
    }
    if case.metoo_count > 0 {
        rows.push(Row::new(v, "case.page.resident.mine.joined", joined(v, case.metoo_count)));
    }
    rows
}

fn photos<'a>(v: &View, files: impl Iterator<Item = &'a File>, address: &str) -> Vec<PhotoView> {
    let view =
        |(n, f): (usize, &File)| PhotoView::nth(v, n, Id::<File>::of(f.id), address, (f.width, f.height));
    files.enumerate().map(view).collect()
}

/// The timeline. The words of the present answer stand at the top of the page already.
fn course(v: &View, ground: &Ground, l: &Loaded) -> Vec<Happening> {
    let answers = |e: &&Event| matches!(e.act, ActKind::Verify | ActKind::Close);
    let present = l.case.closed.and_then(|_| l.events.iter().rev().find(answers)).map(|e| e.at);
    let shown = l.events.iter().filter(|e| e.act != ActKind::Note);
    let each = shown.map(|e| {
        let told = answers(&e) && Some(e.at) == present;
        let h = happening(v, ground, e);
        if told { Happening { text: String::new(), ..h } } else { h }
    });
    each.collect()
}

fn note(v: &View, n: &Note) -> Happening {
    let by = if n.account == 0 { "case.page.resident.anonymous" } else { "case.page.resident.office" };
    Happening {
        title: String::new(),
        by: v.t(by).into_owned(),
        when: v.when(Millis(n.at_ms)),
        text: n.body.clone(),
    }
}

/// What happened, for a timeline.
pub fn happening(v: &View, ground: &Ground, e: &Event) -> Happening {
    let by = match e.by {
        By::Sender => v.t("case.page.resident.anonymous").into_owned(),
        By::System => v.t("case.page.resident.system").into_owned(),
        _ => unit_name(v, ground, e.unit),
    };
    let name = v.t(e.act.key()).into_owned();
    let title = match e.act {
        ActKind::Dispatch if e.to_unit != 0 => {
            let unit = unit_name(v, ground, e.to_unit);
            format!("{name} · {}", v.t1("case.page.resident.mine.sent_to", "unit", unit))
        }
        _ => name,
    };
    let text = changed_words(v, ground, e).unwrap_or_else(|| house_words(v, e.by, e.words.as_deref()));
    Happening { title, by, when: v.when(e.at), text }
}

fn reader(v: &View, ground: &Ground, look: &Look) -> Happening {
    Happening {
        title: String::new(),
        by: format!("{} {}", ground.units.name(look.row.unit_id), look.post).trim().to_owned(),
        when: v.when(Millis(look.row.at_ms)),
        text: looked_for(v, &look.row.purpose),
    }
}

/// What was looked at, and the purpose that was stated, in the words in which it was stated.
fn looked_for(v: &View, purpose: &str) -> String {
    let (what, stated) = purpose.split_once('.').map_or((purpose, false), |(what, _)| (what, true));
    let what = v.maybe(&format!("case.page.resident.read.{what}")).unwrap_or_default();
    match v.maybe(&format!("case.purpose.{purpose}")).filter(|_| stated) {
        Some(why) => v.tw("case.page.resident.read.why", &[("what", &what), ("why", &why)]),
        None => what.to_owned(),
    }
}

#[derive(Template)]
#[template(path = "case/resident/receipt.html")]
pub(crate) struct ReceiptPage {
    pub v: View,
    pub number: String,
    pub code: String,
    pub address: String,
    pub rows: Vec<Row>,
    pub printed: String,
}

impl ReceiptPage {
    fn may(&self, n: &str) -> String {
        self.v.t(&format!("case.page.resident.receipt.may{n}")).into_owned()
    }
}

pub(super) async fn receipt_show(
    State(site): State<Site>,
    v: View,
    headers: HeaderMap,
    Path(id): Path<Id<Case>>,
) -> Answer {
    if must_hold(&site, &headers, id, v.now).is_err() {
        return go_saying("/follow", "case.notice.closed_off");
    }
    let (ground, now, language) = (ground(&site)?, v.now, language(&v));
    let g = ground.clone();
    let found = site.db.read(move |conn| {
        let clocks = deeds::explain_clocks(conn, &g, id, now, language)?;
        Ok((case_by_id(conn, id)?, intake_of(conn, id)?, clocks))
    });
    let (Some(case), intake, clocks) = found.await? else { return Err(Refusal::not_found().into()) };
    page(&ReceiptPage {
        number: case.number.clone(),
        code: code_of(site.db.keys(), id),
        address: Grip::Follow(id).address(),
        rows: receipt_rows(&v, &ground, (&case, &clocks), intake.as_ref()),
        printed: v.t1("case.page.resident.receipt.printed", "when", v.exact(v.now)),
        v,
    })
}

fn receipt_rows(
    v: &View,
    ground: &Ground,
    (case, clocks): (&Case, &[(CaseClock, String)]),
    intake: Option<&IntakeRow>,
) -> Vec<Row> {
    let mut rows =
        vec![Row::new(v, "case.page.resident.receipt.office", unit_name(v, ground, case.holder.unit))];
    if let Some(i) = intake.filter(|i| i.route_unit != 0) {
        let unit = unit_name(v, ground, i.route_unit);
        rows.push(Row::new(v, "case.page.resident.receipt.next_office", unit).fine(&i.route_why));
    }
    rows.push(due_row(v, "case.page.resident.receipt.due", case, clocks));
    rows
}

/// The journal's proof about the matter, for anybody's own check.
pub(super) async fn proof_show(
    State(site): State<Site>,
    v: View,
    headers: HeaderMap,
    Path(id): Path<Id<Case>>,
) -> Answer {
    must_hold(&site, &headers, id, v.now)?;
    let found = site.db.read(move |conn| {
        let case = case_by_id(conn, id)?.ok_or_else(Refusal::not_found)?;
        if journal::last_checkpoint(conn)?.is_none() {
            return Err(Refusal::new("case.refuse.proof_too_early").into());
        }
        Ok((case.number, journal::proofs_of(conn, "case", id.raw())?))
    });
    let (number, proof) = found.await?;
    attachment(&format!("{number}.proof.json"), "application/json", serde_json::to_vec_pretty(&proof)?)
}

pub(super) async fn photo_show(
    State(site): State<Site>,
    v: View,
    headers: HeaderMap,
    Path((id, photo)): Path<(Id<Case>, Id<File>)>,
) -> Answer {
    must_hold(&site, &headers, id, v.now)?;
    let found = site.db.read(move |conn| {
        let file = file_by_id(conn, photo)?
            .filter(|f| f.subject_kind == "case" && f.subject_id == id.raw() && f.is_public);
        match file {
            Some(file) => blobs::get(conn, &file.digest),
            None => Err(Refusal::not_found().into()),
        }
    });
    show_picture(found.await?)
}
