//! Meetings: the list, calling one, its page with agenda, minutes and tasks (printed as it stands), and picking the agenda
//! from the open matters of the scope.

use access::{Duty, Kind, may_view};
use askama::Template;
use axum::extract::State;
use base::{Id, Outcome, Refusal};
use case::model::Case;
use jiff::civil::{Date, Time};
use serde::Deserialize;
use store::Conn;
use web::{Answer, Fields, Form, Html, List, ListQuery, Opt, Site, Tone, View, Who, go_saying, page};

use super::list::{Sort, is_desk};
use super::listing::{letters_of, term_of, unit_options};
use super::seat::{At, Seat};
use super::task::state_badge;
use crate::deeds;
use crate::model::{Entry, Item, Meeting, MeetingStage, NewMeeting, NewTask, Task};
use crate::rules::Rulebook;
use crate::store::{invites_of, items_of, meeting_by_id, meetings, tasks_of};

/// Where the labels are.
pub(super) const PREFIX: &str = "supervision.meeting";

web::names! {
    /// What the list of meetings can be asked for.
    pub(crate) enum MeetingBy { Stage = "stage" }
}

/// One line.
pub(crate) struct Line {
    pub id: String,
    pub title: String,
    pub start: String,
    pub hall: String,
    pub unit: String,
    pub stage: Html,
}

#[derive(Template)]
#[template(path = "supervision/meetings.html")]
pub(crate) struct MeetingsPage {
    pub v: View,
    pub list: List,
    pub rows: Vec<Line>,
}

/// The badge of a meeting's stage.
pub(crate) fn meeting_badge(v: &View, stage: MeetingStage) -> Html {
    let tone = match stage {
        MeetingStage::Called => Tone::Info,
        MeetingStage::Held => Tone::Warn,
        MeetingStage::Closed => Tone::Good,
    };
    v.badge(tone, v.t(stage.key()))
}

/// GET /supervision/meetings
pub(crate) async fn meetings_list(
    State(site): State<Site>,
    v: View,
    who: Who,
    q: ListQuery<MeetingBy, Sort>,
) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let stage = q.get(MeetingBy::Stage).and_then(MeetingStage::parse);
    let (scope, cursor, size) = (seat.scope(), q.cursor(), q.size());
    let rows = site.db.read(move |conn| meetings(conn, &scope, stage, cursor, size)).await?;
    let f = q.fields(&v, "supervision.filter");
    let stages: Vec<Opt> = MeetingStage::ALL.iter().map(|s| Opt::new(s.code(), v.t(s.key()))).collect();
    let mut list = q
        .frame(&v, rows.next, rows.rows.len())
        .filter(f.select("stage", &stages))
        .empty("supervision.meeting.none")
        .print();
    if is_desk(&v) {
        list = list.link("/supervision/meetings/new", "supervision.meeting.new");
    }
    let line = |m: &Meeting| Line {
        id: m.id.to_string(),
        title: m.title.clone(),
        start: v.exact(m.start),
        hall: m.hall.clone(),
        unit: seat.unit(m.unit),
        stage: meeting_badge(&v, m.stage),
    };
    page(&MeetingsPage { rows: rows.rows.iter().map(line).collect(), list, v: v.clone() })
}

#[derive(Template)]
#[template(path = "supervision/meeting_new.html")]
pub(crate) struct NewPage {
    pub v: View,
    pub f: Fields,
    pub units: Vec<Opt>,
}

impl NewPage {
    fn new(v: &View, seat: &Seat, f: Fields) -> Self {
        Self { units: callable(seat), f, v: v.clone() }
    }
}

/// The units that the person's unit may call: those above its place, and those of the divisions directly below.
fn callable(seat: &Seat) -> Vec<Opt> {
    let g = &seat.ground;
    let Some(post) = seat.person.posts.iter().find(|p| p.duties.has(Duty::Clerk) || p.duties.has(Duty::Lead))
    else {
        return Vec::new();
    };
    let Some(own) = g.units.get(post.unit.raw()) else { return Vec::new() };
    let scope = own.place.as_scope();
    let below = g.atlas.children(Some(Id::of(scope.id))).map(|e| e.id);
    let below = below.flat_map(|id| {
        let place = case::deeds::place_of(&g.atlas, id).as_scope();
        g.units.at(place.level, place.id).collect::<Vec<_>>()
    });
    let all = g.units.around(&own.place).chain(below).filter(|u| u.id != own.id);
    all.map(|u| Opt::new(u.id, u.name.clone())).collect()
}

/// GET /supervision/meetings/new
pub(crate) async fn meeting_new(State(site): State<Site>, v: View, who: Who) -> Answer {
    let seat = Seat::of(&site, &who)?;
    page(&NewPage::new(&v, &seat, Fields::blank(&v, PREFIX)))
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct TypedMeeting {
    title: String,
    hall: String,
    day: Option<Date>,
    hour: Option<String>,
    #[serde(default)]
    units: Vec<Id<access::Unit>>,
}

/// POST /supervision/meetings
pub(crate) async fn meeting_make(
    State(site): State<Site>,
    v: View,
    who: Who,
    form: Form<TypedMeeting>,
) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let done = async {
        let typed = form.read()?;
        let mut invalid = base::Invalid::default();
        let hour: Option<Time> = typed.hour.as_deref().and_then(|t| format!("{}:00", t.trim()).parse().ok());
        if typed.day.is_none() {
            invalid.push("day", "supervision.invalid.missing");
        }
        if hour.is_none() {
            invalid.push("hour", "supervision.invalid.hour");
        }
        let (Some(day), Some(hour)) = (typed.day, hour) else { return Err(invalid.into()) };
        let order = NewMeeting {
            title: typed.title,
            hall: typed.hall,
            start: v.zone.instant(day.to_datetime(hour)),
            units: typed.units.iter().map(|u| u.raw()).collect(),
        };
        let (own, now, once) = (seat.clone(), v.now, form.once().to_owned());
        site.db.write(move |tx| deeds::call_meeting(tx, (&own.ground, &own.person, now), &once, &order)).await
    };
    match done.await {
        Ok(id) => go_saying(format!("/supervision/meetings/{id}"), "supervision.said.meeting"),
        Err(stop) => form.again(&v, PREFIX, stop, |f| NewPage::new(&v, &seat, f)),
    }
}

/// An item as it is drawn.
pub(crate) struct ItemView {
    pub position: i64,
    pub number: String,
    pub title: String,
    pub link: String,
    pub minutes: String,
}

/// A task as it is drawn.
pub(crate) struct TaskView {
    pub id: String,
    pub what: String,
    pub unit: String,
    pub due: String,
    pub state: Html,
}

#[derive(Template)]
#[template(path = "supervision/meeting.html")]
pub(crate) struct MeetingPage {
    pub v: View,
    pub id: String,
    pub title: String,
    pub stage: Html,
    pub facts: Vec<(String, String)>,
    pub next: String,
    pub items: Vec<ItemView>,
    pub tasks: Vec<TaskView>,
    pub mine: bool,
    pub begun: bool,
    pub may_close: bool,
    pub f: Fields,
    pub item_options: Vec<Opt>,
    pub units: Vec<Opt>,
    pub terms: Vec<Opt>,
}

/// Everything that a meeting's page is drawn from.
pub(crate) struct File {
    pub(super) seat: Seat,
    pub(super) meeting: Meeting,
    invited: Vec<i64>,
    pub(super) items: Vec<Item>,
    tasks: Vec<Task>,
}

/// Loads a meeting for somebody who may open it.
///
/// # Errors
/// 404 when they may not.
pub(super) async fn load(at: &At<Meeting>) -> Outcome<File> {
    let seat = Seat::of(&at.site, &at.who)?;
    let id = at.id;
    at.site.db.read(move |conn| read_file(conn, seat, id)).await
}

fn read_file(conn: &mut Conn, seat: Seat, id: Id<Meeting>) -> Outcome<File> {
    let meeting = meeting_by_id(conn, id)?.ok_or_else(Refusal::not_found)?;
    let invited = invites_of(conn, id)?;
    may_view(&seat.person, &meeting.resource(Kind::SupervisionView, &invited))?;
    Ok(File { items: items_of(conn, id)?, tasks: tasks_of(conn, id)?, invited, meeting, seat })
}

impl File {
    /// Whether it is the person's unit that calls, and it is not over.
    pub(super) fn is_mine(&self) -> bool {
        let posts = &self.seat.person.posts;
        let desk = |p: &access::HeldPost| p.duties.has(Duty::Clerk) || p.duties.has(Duty::Lead);
        self.meeting.stage != MeetingStage::Closed
            && posts.iter().any(|p| p.unit.raw() == self.meeting.unit && desk(p))
    }

    fn fields(&self, v: &View, book: &Rulebook) -> Fields {
        Fields::blank(v, PREFIX)
            .fill("version", self.meeting.version)
            .fill("term", book.task.n)
            .fill("term_unit", letters_of(book.task))
    }

    fn draw(&self, v: &View, f: Fields) -> MeetingPage {
        let m = &self.meeting;
        let names: Vec<String> = self.invited.iter().map(|u| self.seat.unit(*u)).collect();
        let facts = [
            ("supervision.meeting.start", v.exact(m.start)),
            ("supervision.meeting.hall", m.hall.clone()),
            ("supervision.meeting.caller", self.seat.unit(m.unit)),
            ("supervision.meeting.units", names.join("、")),
        ];
        let opt = |id: i64| Opt::new(Id::<access::Unit>::of(id), self.seat.unit(id));
        MeetingPage {
            id: m.id.to_string(),
            title: m.title.clone(),
            stage: meeting_badge(v, m.stage),
            facts: facts.into_iter().map(|(key, value)| (v.t(key).into_owned(), value)).collect(),
            next: self.next(v),
            items: self.items.iter().map(item_view).collect(),
            tasks: self.tasks.iter().map(|t| self.task_view(v, t)).collect(),
            mine: self.is_mine(),
            begun: v.now >= m.start,
            may_close: m.stage == MeetingStage::Held && self.items.iter().all(|i| i.minutes.is_some()),
            item_options: self
                .items
                .iter()
                .map(|i| Opt::new(Id::<Item>::of(i.id), format!("{}. {}", i.position, i.title)))
                .collect(),
            units: std::iter::once(m.unit).chain(self.invited.iter().copied()).map(opt).collect(),
            terms: unit_options(v),
            f,
            v: v.clone(),
        }
    }

    /// What comes next, for this person.
    fn next(&self, v: &View) -> String {
        let m = &self.meeting;
        let own = self.seat.units();
        let owes = self.tasks.iter().any(|t| t.done.is_none() && own.contains(&t.unit));
        let key = match (m.stage, self.is_mine()) {
            (MeetingStage::Closed, _) if owes => "supervision.meeting.next.task",
            (MeetingStage::Closed, _) => return String::new(),
            (_, true) if v.now < m.start => "supervision.meeting.next.agenda",
            (_, true) if self.items.is_empty() => "supervision.meeting.next.agenda",
            (_, true) if self.items.iter().any(|i| i.minutes.is_none()) => "supervision.meeting.next.minutes",
            (_, true) => "supervision.meeting.next.close",
            (_, false) if v.now < m.start => "supervision.meeting.next.attend",
            (_, false) => "supervision.meeting.next.caller",
        };
        v.t1(key, "unit", self.seat.unit(m.unit))
    }

    fn task_view(&self, v: &View, t: &Task) -> TaskView {
        TaskView {
            id: t.id.to_string(),
            what: t.what.clone(),
            unit: self.seat.unit(t.unit),
            due: v.exact(t.due),
            state: state_badge(v, t),
        }
    }
}

fn item_view(i: &Item) -> ItemView {
    let link = match (i.case, i.entry) {
        (0, entry) => format!("/supervision/{}", Id::<Entry>::of(entry)),
        (case, _) => format!("/cases/{}", Id::<Case>::of(case)),
    };
    ItemView {
        position: i.position,
        number: i.number.clone(),
        title: i.title.clone(),
        link,
        minutes: i.minutes.clone().unwrap_or_default(),
    }
}

/// GET /supervision/meetings/{id}
pub(crate) async fn meeting_show(at: At<Meeting>) -> Answer {
    let (file, book) = (load(&at).await?, at.site.get::<Rulebook>()?);
    page(&file.draw(&at.v, file.fields(&at.v, &book)))
}

/// What the forms of a meeting's page send: minutes, a task, the end.
#[derive(Deserialize)]
pub(crate) struct Typed {
    version: Option<i64>,
    item: Option<Id<Item>>,
    minutes: Option<String>,
    about: Option<Id<Item>>,
    unit: Option<Id<access::Unit>>,
    what: Option<String>,
    term: Option<u32>,
    term_unit: Option<String>,
}

async fn settle(at: At<Meeting>, form: Form<Typed>, said: &'static str, done: Outcome<()>) -> Answer {
    match done {
        Ok(()) => go_saying(format!("/supervision/meetings/{}", at.id), said),
        Err(stop) => {
            let file = load(&at).await?;
            form.again(&at.v, PREFIX, stop, |f| file.draw(&at.v, f))
        }
    }
}

/// POST /supervision/meetings/{id}/minutes
pub(crate) async fn minutes_keep(at: At<Meeting>, form: Form<Typed>) -> Answer {
    let done = async {
        let typed = form.read()?;
        let (seat, id, now) = (Seat::of(&at.site, &at.who)?, at.id, at.v.now);
        at.site
            .db
            .write(move |tx| {
                let with = (&seat.ground, &*seat.person, now);
                let (item, words) =
                    (typed.item.map_or(0, Id::raw), typed.minutes.clone().unwrap_or_default());
                deeds::keep_minutes(tx, with, id, typed.version, item, &words)
            })
            .await
    };
    let done = done.await;
    settle(at, form, "supervision.said.minutes", done).await
}

/// POST /supervision/meetings/{id}/tasks
pub(crate) async fn task_give(at: At<Meeting>, form: Form<Typed>) -> Answer {
    let done = async {
        let typed = form.read()?;
        let term = term_of(typed.term, typed.term_unit.as_deref().unwrap_or_default());
        let order = NewTask {
            item: typed.about.map_or(0, Id::raw),
            unit: typed.unit.map_or(0, Id::raw),
            what: typed.what.unwrap_or_default(),
            term: term.ok_or_else(|| base::Invalid::field("term", "supervision.invalid.no_term"))?,
        };
        let (seat, id, now, shown) = (Seat::of(&at.site, &at.who)?, at.id, at.v.now, typed.version);
        at.site
            .db
            .write(move |tx| {
                deeds::give_task(tx, (&seat.ground, &*seat.person, now), id, shown, &order).map(drop)
            })
            .await
    };
    let done = done.await;
    settle(at, form, "supervision.said.task", done).await
}

/// POST /supervision/meetings/{id}/closure
pub(crate) async fn meeting_close(at: At<Meeting>, form: Form<Typed>) -> Answer {
    let done = async {
        let shown = form.read()?.version;
        let (seat, id, now) = (Seat::of(&at.site, &at.who)?, at.id, at.v.now);
        at.site
            .db
            .write(move |tx| deeds::close_meeting(tx, (&seat.ground, &*seat.person, now), id, shown))
            .await
    };
    let done = done.await;
    settle(at, form, "supervision.said.meeting_closed", done).await
}
