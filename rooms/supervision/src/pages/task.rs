//! Tasks out of meetings: one's unit's, and those of the post's places for the leader, by state; a task's page, where the
//! unit says what was done and with what proof.

use access::{Kind, may_view};
use askama::Template;
use axum::extract::State;
use base::{Outcome, Refusal};
use serde::Deserialize;
use web::{
    Answer, Cell, Fields, Form, Heading, Html, List, ListQuery, Opt, Site, Tone, View, Who, export,
    go_saying, page,
};

use super::list::Sort;
use super::seat::{At, Names, Seat, language};
use crate::deeds;
use crate::model::{Task, TaskState};
use crate::rules::why_task;
use crate::store::{TaskFilter, meeting_by_id, task_by_id, task_counts, tasks};

/// Where the labels are.
const PREFIX: &str = "supervision.task";

web::names! {
    /// What the tasks can be asked for; a tab is a state.
    pub(crate) enum TaskBy { State = "state", Whose = "whose" }
}

type Query = ListQuery<TaskBy, Sort>;

/// The badge of a task: a word and a sign.
pub(crate) fn state_badge(v: &View, t: &Task) -> Html {
    let state = t.state(v.now);
    let tone = match state {
        TaskState::Open => return v.left(t.due),
        TaskState::Late => Tone::Bad,
        TaskState::Done => Tone::Good,
        TaskState::DoneLate => Tone::Warn,
    };
    match state {
        TaskState::Late => v.badge(tone, format!("{} {}", v.t(state.key()), v.left_words(t.due))),
        _ => v.badge(tone, v.t(state.key())),
    }
}

/// One line.
pub(crate) struct Line {
    pub id: String,
    pub what: String,
    pub unit: String,
    pub origin: String,
    pub due: String,
    pub state: Html,
}

#[derive(Template)]
#[template(path = "supervision/tasks.html")]
pub(crate) struct TasksPage {
    pub v: View,
    pub list: List,
    pub rows: Vec<Line>,
}

fn filter(seat: &Seat, q: &Query) -> TaskFilter {
    let units = if q.get(TaskBy::Whose) == Some("unit") { seat.units() } else { Vec::new() };
    TaskFilter { scope: seat.scope(), state: q.get(TaskBy::State).and_then(TaskState::parse), units }
}

/// GET /supervision/tasks
pub(crate) async fn tasks_list(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let asked = filter(&seat, &q);
    let (cursor, size, now) = (q.cursor(), q.size(), v.now);
    let (rows, counts) = site
        .db
        .read(move |conn| Ok((tasks(conn, &asked, cursor, size, now)?, task_counts(conn, &asked, now)?)))
        .await?;
    let of = |state: TaskState| counts.iter().find(|(s, _)| *s == state).map_or(0, |(_, n)| *n);
    let all: i64 = counts.iter().map(|(_, n)| n).sum();
    let states =
        TaskState::ALL.iter().map(|s| (s.code(), v.t(s.key()).into_owned(), u64::try_from(of(*s)).ok()));
    let whole = ("", v.t("supervision.tab.all").into_owned(), u64::try_from(all).ok());
    let both = [
        Opt::new("unit", v.t("supervision.task.whose_unit").into_owned()),
        Opt::new("area", v.t("supervision.task.whose_area").into_owned()),
    ];
    let f = q.fields(&v, "supervision.filter");
    let list = q
        .frame(&v, rows.next, rows.rows.len())
        .tabs(q.tabs(TaskBy::State, std::iter::once(whole).chain(states)))
        .filter(f.select("whose", &both))
        .empty("supervision.task.none")
        .export(q.under("/supervision/tasks/sheet.xlsx"))
        .print();
    let line = |t: &Task| Line {
        id: t.id.to_string(),
        what: t.what.clone(),
        unit: seat.unit(t.unit),
        origin: v.t(t.origin.key()).into_owned(),
        due: v.exact(t.due),
        state: state_badge(&v, t),
    };
    page(&TasksPage { rows: rows.rows.iter().map(line).collect(), list, v: v.clone() })
}

/// The columns of the file.
const COLUMNS: [(&str, f64); 7] = [
    ("supervision.task.what", 50.0),
    ("supervision.col.unit", 26.0),
    ("supervision.task.origin", 14.0),
    ("supervision.task.due", 17.0),
    ("supervision.task.state", 12.0),
    ("supervision.task.done", 17.0),
    ("supervision.task.evidence", 30.0),
];

/// GET /supervision/tasks/sheet.xlsx
pub(crate) async fn tasks_sheet(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let (asked, now) = (filter(&seat, &q), v.now);
    let head = Heading::of(&v, v.t("supervision.task.heading"), "", &COLUMNS);
    let view = v.clone();
    export(&site, &v, head, move |conn, after, size| {
        Ok(tasks(conn, &asked, after, size, now)?.map(|t| cells(&view, &seat, &t)))
    })
    .await
}

fn cells(v: &View, seat: &Seat, t: &Task) -> Vec<Cell> {
    vec![
        t.what.as_str().into(),
        seat.unit(t.unit).into(),
        v.t(t.origin.key()).into_owned().into(),
        t.due.into(),
        v.t(t.state(v.now).key()).into_owned().into(),
        t.done.into(),
        t.evidence.as_str().into(),
    ]
}

#[derive(Template)]
#[template(path = "supervision/task.html")]
pub(crate) struct TaskPage {
    pub v: View,
    pub id: String,
    pub what: String,
    pub state: Html,
    pub facts: Vec<(String, String)>,
    pub why: String,
    pub meeting: (String, String),
    pub words: String,
    pub next: String,
    pub may_do: bool,
    pub f: Fields,
}

async fn draw(at: &At<Task>, f: Fields) -> Outcome<TaskPage> {
    let seat = Seat::of(&at.site, &at.who)?;
    let (own, id) = (seat.clone(), at.id);
    let (task, meeting, names) = at
        .site
        .db
        .read(move |conn| {
            let task = task_by_id(conn, id)?.ok_or_else(Refusal::not_found)?;
            may_view(&own.person, &task.resource(Kind::SupervisionView))?;
            let meeting = meeting_by_id(conn, task.meeting)?.map(|m| m.title).unwrap_or_default();
            let names = Names::of(conn, [task.account])?;
            Ok((task, meeting, names))
        })
        .await?;
    let v = &at.v;
    let mut facts = vec![
        ("supervision.col.unit", seat.unit(task.unit)),
        ("supervision.task.origin", v.t(task.origin.key()).into_owned()),
        ("supervision.task.due", v.exact(task.due)),
    ];
    if let Some(done) = task.done {
        facts.push(("supervision.task.done", v.exact(done)));
        facts.push(("supervision.task.by", names.who(v, task.account)));
        facts.push(("supervision.task.evidence", task.evidence.clone()));
    }
    Ok(TaskPage {
        id: task.id.to_string(),
        state: state_badge(v, &task),
        facts: facts.into_iter().map(|(key, value)| (v.t(key).into_owned(), value)).collect(),
        why: why_task(task.term, task.start, &seat.ground.here(&task.place), language(v)),
        meeting: (task.meeting.to_string(), meeting),
        words: task.words.clone(),
        next: match task.done {
            None => v.t1("supervision.task.next", "unit", seat.unit(task.unit)),
            Some(_) => String::new(),
        },
        may_do: task.done.is_none() && seat.units().contains(&task.unit),
        f: f.fill("version", task.version),
        what: task.what,
        v: v.clone(),
    })
}

/// GET /supervision/tasks/{id}
pub(crate) async fn task_show(at: At<Task>) -> Answer {
    page(&draw(&at, Fields::blank(&at.v, PREFIX)).await?)
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Typed {
    version: Option<i64>,
    words: String,
    evidence: String,
}

/// POST /supervision/tasks/{id}/completion
pub(crate) async fn completion_make(at: At<Task>, form: Form<Typed>) -> Answer {
    let done = async {
        let typed = form.read()?;
        let (seat, id, now) = (Seat::of(&at.site, &at.who)?, at.id, at.v.now);
        at.site
            .db
            .write(move |tx| {
                let said = (typed.words.as_str(), typed.evidence.as_str());
                deeds::do_task(tx, (&seat.ground, &*seat.person, now), id, typed.version, said)
            })
            .await
    };
    match done.await {
        Ok(()) => go_saying(format!("/supervision/tasks/{}", at.id), "supervision.said.task_done"),
        Err(stop) => {
            let mut drawn = draw(&at, Fields::blank(&at.v, PREFIX)).await?;
            form.again(&at.v, PREFIX, stop, |f| {
                drawn.f = f;
                drawn
            })
        }
    }
}
