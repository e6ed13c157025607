//! One matter on the phone (事项): look, take, finish with evidence, give back.

use std::sync::Arc;

use access::{Duty, Kind, Person, may, view_filter};
use askama::Template;
use axum::extract::{Path, State};
use base::{Act, Id, Millis, Outcome, Refusal};
use parts::files::{File, Picture, file_by_id, files_of};
use serde::Deserialize;
use store::{Conn, Tx, blobs};
use web::{Answer, Fields, Form, Html, Opt, Site, View, Who, go_saying, page};

use super::{person, units};
use crate::deeds::{self, Hand, READ_RECORD};
use crate::model::{ActKind, Body, By, Case, Category, DeclineOrder, Ending, Line, Proof, ReportOrder};
use crate::pages::needed_words;
use crate::pages::resident::{
    Album, Happening, Kept, PhotoView, Row, category_path, ground, happening, pieces::stage_badge,
    place_words, read_photos_of, show_picture,
};
use crate::rules::moves::acts_at;
use crate::store::{
    CaseFile, Event, Ground, IntakeRow, case_in_scope, file_by_id as case_file, intake_of, timeline,
    was_read_lately,
};

const FINISH: &str = "case.page.worker.finish";
const DECLINE: &str = "case.page.worker.decline";

/// What a handler may report.
const ENDINGS: [Ending; 4] = [Ending::Fixed, Ending::Explained, Ending::CannotFix, Ending::Referred];

/// A matter as its page shows it.
pub(crate) struct Task {
    pub id: String,
    pub number: String,
    pub version: i64,
    pub title: String,
    pub stage: Html,
    pub left: Html,
    pub body: String,
    pub photos: Vec<PhotoView>,
    pub facts: Vec<Row>,
    /// A `geo:` address; empty without a position.
    pub geo: String,
    pub course: Vec<Happening>,
    pub may_take: bool,
    pub may_finish: bool,
    pub may_decline: bool,
}

#[derive(Template)]
#[template(path = "case/worker/task.html")]
pub(crate) struct TaskPage {
    pub v: View,
    pub t: Task,
}

struct Loaded {
    file: CaseFile,
    intake: Option<IntakeRow>,
    files: Vec<File>,
    events: Vec<Event>,
    was_read: bool,
}

fn load(conn: &mut Conn, person: &Person, id: Id<Case>, now: Millis) -> Outcome<Loaded> {
    let scope = view_filter(person, Kind::CaseView);
    case_in_scope(conn, id, &scope)?.ok_or_else(Refusal::not_found)?;
    Ok(Loaded {
        file: case_file(conn, id)?.ok_or_else(Refusal::not_found)?,
        intake: intake_of(conn, id)?,
        files: files_of(conn, "case", id.raw(), false)?,
        events: timeline(conn, id)?,
        was_read: was_read_lately(conn, id, person.account.raw(), READ_RECORD, now)?,
    })
}

/// Loads the matter for its page, and leaves the look on record.
async fn opened(site: &Site, v: &View, doer: &Arc<Person>, id: Id<Case>) -> Outcome<Loaded> {
    let (asker, now) = (doer.clone(), v.now);
    let loaded = site.db.read(move |conn| load(conn, &asker, id, now)).await?;
    if !loaded.was_read {
        let asker = doer.clone();
        site.db.write(move |tx| deeds::open_case(tx, &asker, now, id)).await?;
    }
    Ok(loaded)
}

/// Whether the person may do this to the matter now: the unit holds it, and nobody else has it.
fn may_act(person: &Person, file: &CaseFile, act: ActKind) -> bool {
    let holder = file.case.holder;
    let mine = units(person).contains(&holder.unit) && [0, person.account.raw()].contains(&holder.account);
    let legal = acts_at(file.case.stage, By::Handler).any(|a| a == act);
    mine && legal && may(person, Duty::Grid, &file.resource(Kind::CaseWork)).is_ok()
}

pub(super) async fn task_show(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Case>>,
) -> Answer {
    let doer = person(&who)?;
    let loaded = opened(&site, &v, &doer, id).await?;
    let t = task(&v, &ground(&site)?, &doer, &loaded);
    page(&TaskPage { v, t })
}

fn task(v: &View, g: &Ground, doer: &Person, l: &Loaded) -> Task {
    let case = &l.file.case;
    let address = format!("/grid/cases/{}", case.id);
    let photo =
        |(n, f): (usize, &File)| PhotoView::nth(v, n, Id::<File>::of(f.id), &address, (f.width, f.height));
    let category = g.category(case.category).map(|c| category_path(g, c)).unwrap_or_default();
    let degrees = |e7: i64| e7 as f64 / 1e7;
    let point = l.intake.as_ref().and_then(|i| Some((degrees(i.lat_e7?), degrees(i.lon_e7?))));
    Task {
        id: case.id.to_string(),
        number: case.number.clone(),
        version: case.version,
        title: case.title.clone(),
        stage: stage_badge(v, case.stage),
        left: if case.stage.is_open() { v.left(case.due) } else { Html::none() },
        body: case.body.clone(),
        photos: l.files.iter().enumerate().map(photo).collect(),
        facts: [
            Row::new(v, "case.page.worker.task.place", place_words(g, &case.place)),
            Row::new(v, "case.page.worker.task.spot", &case.spot),
            Row::new(v, "case.page.worker.task.category", category),
            Row::new(v, "case.page.worker.task.due", v.day(v.zone.day(case.due))),
            Row::new(v, "case.page.worker.task.created", v.when(case.created)),
        ]
        .into_iter()
        .filter(|row| !row.text.is_empty())
        .collect(),
        geo: point.map(|(lat, lon)| format!("geo:{lat:.6},{lon:.6}")).unwrap_or_default(),
        course: l.events.iter().map(|e| happening(v, g, e)).collect(),
        may_take: may_act(doer, &l.file, ActKind::Take),
        may_finish: may_act(doer, &l.file, ActKind::Report),
        may_decline: may_act(doer, &l.file, ActKind::Decline),
    }
}

pub(super) async fn photo_show(
    State(site): State<Site>,
    who: Who,
    Path((id, photo)): Path<(Id<Case>, Id<File>)>,
) -> Answer {
    let scope = view_filter(&*person(&who)?, Kind::CaseView);
    let found = site.db.read(move |conn| {
        case_in_scope(conn, id, &scope)?.ok_or_else(Refusal::not_found)?;
        let file = file_by_id(conn, photo)?.filter(|f| f.subject_kind == "case" && f.subject_id == id.raw());
        blobs::get(conn, &file.ok_or_else(Refusal::not_found)?.digest)
    });
    show_picture(found.await?)
}

#[derive(Debug, Deserialize)]
pub(super) struct TakeForm {
    version: Option<i64>,
}

pub(super) async fn taking_make(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Case>>,
    form: Form<TakeForm>,
) -> Answer {
    let (g, doer, at, version) = (ground(&site)?, person(&who)?, v.now, form.read()?.version);
    site.db.write(move |tx| deeds::take_case(tx, &g, Hand::Staff(&doer), at, id, version)).await?;
    go_saying(format!("/grid/cases/{id}"), "case.notice.taken")
}

#[derive(Template)]
#[template(path = "case/worker/finish.html")]
pub(crate) struct FinishPage {
    pub v: View,
    pub f: Fields,
    pub back: String,
    pub number: String,
    pub title: String,
    /// What this sort of matter must bring; empty for nothing.
    pub needs: String,
    /// Its fields beyond a photo and the words: of no other sort are they asked.
    pub asks: Asks,
    pub endings: Vec<Opt>,
    pub kept: Kept,
}

/// What is asked for besides (另需材料).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Asks {
    pub before: bool,
    pub paper: bool,
    pub signed: bool,
}

impl Asks {
    fn of(category: &Category) -> Self {
        let has = |proof| category.proofs.contains(&proof);
        Self {
            before: has(Proof::Before),
            paper: category.needs_evidence || has(Proof::Paper),
            signed: has(Proof::Signature),
        }
    }
}

fn finish_page(v: &View, f: Fields, g: &Ground, case: &Case, kept: Kept) -> FinishPage {
    FinishPage {
        v: v.clone(),
        f,
        back: format!("/grid/cases/{}", case.id),
        number: case.number.clone(),
        title: case.title.clone(),
        needs: g.category(case.category).map(|c| needed_words(v, c)).unwrap_or_default(),
        asks: g.category(case.category).map(Asks::of).unwrap_or_default(),
        endings: ENDINGS.iter().map(|e| Opt::new(e.code(), v.t(e.key()))).collect(),
        kept,
    }
}

pub(super) async fn finish_show(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Case>>,
) -> Answer {
    let case = opened(&site, &v, &person(&who)?, id).await?.file.case;
    let f = Fields::blank(&v, FINISH).fill("version", case.version).fill("ending", Ending::Fixed.code());
    page(&finish_page(&v, f, &ground(&site)?, &case, Kept::default()))
}

#[derive(Debug, Deserialize)]
pub(super) struct FinishForm {
    version: Option<i64>,
    ending: Option<Ending>,
    #[serde(default)]
    words: String,
    #[serde(default)]
    paper: String,
    #[serde(default)]
    signed: String,
    /// Read by [`Album::of`].
    #[serde(default, rename = "kept")]
    _kept: Option<String>,
}

pub(super) async fn finish_make(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Case>>,
    form: Form<FinishForm>,
) -> Answer {
    let (g, doer) = (ground(&site)?, person(&who)?);
    let mut album = Album::of(&site, &form).await?;
    let done = async {
        let read = form.read()?;
        let ending = read.ending.ok_or_else(|| base::Invalid::field("ending", "form.choose"))?;
        let words = Body::new("words", &read.words)?;
        let line = |field, typed: &str| {
            Line::new(field, typed).map(|line| (!line.as_str().is_empty()).then_some(line))
        };
        let (paper, signed) = (line("paper", &read.paper)?, line("signed", &read.signed)?);
        let order = ReportOrder { version: read.version, ending, words, paper, signed };
        let photos = (album.whole()?, read_photos_of(&form, "photo_before").await?);
        let (ground, doer, at) = (g.clone(), doer.clone(), v.now);
        site.db.write(move |tx| finish(tx, &ground, &doer, (id, at), &order, &photos)).await
    };
    match done.await {
        Ok(()) => go_saying(format!("/grid/cases/{id}"), "case.notice.finished"),
        Err(stop) => {
            let case = opened(&site, &v, &doer, id).await?.file.case;
            let kept = album.keep(&site, v.now).await?;
            form.again(&v, FINISH, stop, |f| finish_page(&v, f.files_kept(), &g, &case, kept))
        }
    }
}

/// The evidence and the report, in one transaction.
fn finish(
    tx: &mut Tx<'_>,
    g: &Ground,
    doer: &Person,
    (id, at): (Id<Case>, Millis),
    order: &ReportOrder,
    (photos, before): &(Vec<Picture>, Vec<Picture>),
) -> Outcome<()> {
    let file = case_file(tx.conn, id)?.ok_or_else(Refusal::not_found)?;
    let used = may(doer, Duty::Grid, &file.resource(Kind::CaseWork))?;
    let act = Act::new(used.actor(), at);
    let case = (id, file.case.place.county);
    deeds::add_photos(tx, act, case, deeds::PHOTO_BEFORE, before)?;
    deeds::add_photos(tx, act, case, deeds::PHOTO_EVIDENCE, photos)?;
    deeds::report_case(tx, g, Hand::Staff(doer), at, id, order)?;
    Ok(())
}

#[derive(Template)]
#[template(path = "case/worker/decline.html")]
pub(crate) struct DeclinePage {
    pub v: View,
    pub f: Fields,
    pub back: String,
    pub number: String,
    pub title: String,
}

fn decline_page(v: &View, f: Fields, case: &Case) -> DeclinePage {
    let back = format!("/grid/cases/{}", case.id);
    DeclinePage { v: v.clone(), f, back, number: case.number.clone(), title: case.title.clone() }
}

pub(super) async fn decline_show(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Case>>,
) -> Answer {
    let case = opened(&site, &v, &person(&who)?, id).await?.file.case;
    page(&decline_page(&v, Fields::blank(&v, DECLINE).fill("version", case.version), &case))
}

#[derive(Debug, Deserialize)]
pub(super) struct DeclineForm {
    version: Option<i64>,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    duty_entry: String,
}

pub(super) async fn decline_make(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Case>>,
    form: Form<DeclineForm>,
) -> Answer {
    let doer = person(&who)?;
    let done = async {
        let read = form.read()?;
        let reason = Body::new("reason", &read.reason)?;
        let duty_entry = Line::filled("duty_entry", &read.duty_entry)?;
        let order = DeclineOrder { version: read.version, reason, duty_entry };
        let (g, doer, at) = (ground(&site)?, doer.clone(), v.now);
        site.db.write(move |tx| deeds::decline_case(tx, &g, Hand::Staff(&doer), at, id, &order)).await
    };
    match done.await {
        Ok(_) => go_saying("/grid", "case.notice.declined"),
        Err(stop) => {
            let case = opened(&site, &v, &doer, id).await?.file.case;
            form.again(&v, DECLINE, stop, |f| decline_page(&v, f, &case))
        }
    }
}
