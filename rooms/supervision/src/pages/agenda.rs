//! Picking the agenda of a meeting from the open matters of the scope: a list with boxes that is narrowed by words or to what
//! is overdue.

use access::Kind;
use askama::Template;
use base::{Id, Outcome, Refusal};
use case::model::Case;
use case::store::{CaseFilter, QueueOrder, queue};
use serde::Deserialize;
use store::Conn;
use web::{Answer, Fields, Form, Html, ListQuery, Tone, View, go_saying, page};

use super::list::Sort;
use super::meeting::{File, PREFIX, load};
use super::seat::{At, Seat, light_badge, stage_badge};
use crate::deeds;
use crate::model::{Entry, Meeting};
use crate::store::{EntryFilter, EntryOrder, Standing, entries};

/// Rows of each kind that are offered at once; the filter narrows them.
const OFFERED: usize = 40;

web::names! {
    /// What the open matters for an agenda can be asked for.
    pub(crate) enum AgendaBy { Words = "q", Late = "late" }
}

/// A matter that can be put on the agenda.
pub(crate) struct Choice {
    pub value: String,
    pub number: String,
    pub title: String,
    pub place: String,
    pub stage: Html,
    pub due: Html,
    pub on: bool,
}

#[derive(Template)]
#[template(path = "supervision/agenda.html")]
pub(crate) struct AgendaPage {
    pub v: View,
    pub f: Fields,
    pub id: String,
    pub title: String,
    pub filters: Vec<Html>,
    pub cases: Vec<Choice>,
    pub entries: Vec<Choice>,
}

fn offered(
    conn: &mut Conn,
    file: &File,
    v: &View,
    q: &ListQuery<AgendaBy, Sort>,
) -> Outcome<(Vec<Choice>, Vec<Choice>)> {
    let words = q.get(AgendaBy::Words).unwrap_or_default().to_owned();
    let late = q.get(AgendaBy::Late).is_some();
    let open = CaseFilter {
        stages: case::model::Stage::OPEN.to_vec(),
        clock: late.then_some(case::model::ClockState::Overdue),
        words: words.clone(),
        ..CaseFilter::within(access::view_filter(&file.seat.person, Kind::CaseView))
    };
    let cases = queue(conn, &open, QueueOrder::DueFirst, None, OFFERED, v.now)?.rows;
    let listed = EntryFilter {
        stages: crate::model::Stage::ALL.iter().copied().filter(|s| !s.is_over()).collect(),
        clock: late.then_some(Standing::Overdue),
        words,
        ..EntryFilter::within(file.seat.scope())
    };
    let entries = entries(conn, &listed, EntryOrder::DueFirst, None, OFFERED, v.now)?.rows;
    let cases = cases.iter().map(|c| Choice {
        value: c.id.to_string(),
        number: c.number.clone(),
        title: c.title.clone(),
        place: file.seat.path(if c.village != 0 { c.village } else { c.town.max(c.county) }),
        stage: v.badge(Tone::Plain, v.t(c.stage.key())),
        due: v.left(c.due),
        on: file.items.iter().any(|i| i.case == c.id.raw()),
    });
    let entries = entries.iter().map(|e| Choice {
        value: e.id.to_string(),
        number: e.number.clone(),
        title: e.title.clone(),
        place: file.seat.place(&e.place),
        stage: stage_badge(v, e.stage),
        due: light_badge(v, e),
        on: file.items.iter().any(|i| i.entry == e.id.raw()),
    });
    Ok((cases.collect(), entries.collect()))
}

async fn draw_agenda(at: &At<Meeting>, q: ListQuery<AgendaBy, Sort>) -> Outcome<AgendaPage> {
    let file = load(at).await?;
    if !file.is_mine() {
        return Err(Refusal::new("supervision.refuse.not_the_caller").status(403).into());
    }
    let (v, asked) = (at.v.clone(), q.clone());
    let (file, (cases, entries)) = at
        .site
        .db
        .read(move |conn| {
            let found = offered(conn, &file, &v, &asked)?;
            Ok((file, found))
        })
        .await?;
    let f = q.fields(&at.v, "supervision.filter");
    Ok(AgendaPage {
        f: Fields::blank(&at.v, PREFIX),
        id: at.id.to_string(),
        title: file.meeting.title.clone(),
        filters: vec![f.typed("q", "search").html(), f.tick("late").html()],
        cases,
        entries,
        v: at.v.clone(),
    })
}

/// GET /supervision/meetings/{id}/agenda
pub(crate) async fn agenda_pick(at: At<Meeting>, q: ListQuery<AgendaBy, Sort>) -> Answer {
    page(&draw_agenda(&at, q).await?)
}

/// What was ticked.
#[derive(Deserialize)]
pub(crate) struct Ticked {
    #[serde(default)]
    cases: Vec<Id<Case>>,
    #[serde(default)]
    entries: Vec<Id<Entry>>,
}

/// POST /supervision/meetings/{id}/agenda
pub(crate) async fn agenda_set(at: At<Meeting>, form: Form<Ticked>) -> Answer {
    let done = async {
        let typed = form.read()?;
        let (seat, id, now) = (Seat::of(&at.site, &at.who)?, at.id, at.v.now);
        at.site
            .db
            .write(move |tx| {
                deeds::add_items(tx, (&seat.ground, &*seat.person, now), id, &typed.cases, &typed.entries)
            })
            .await
    };
    match done.await {
        Ok(_) => go_saying(format!("/supervision/meetings/{}", at.id), "supervision.said.agenda"),
        Err(stop) => {
            let again = ListQuery::parse(&format!("/supervision/meetings/{}/agenda", at.id), "");
            let mut drawn = draw_agenda(&at, again).await?;
            form.again(&at.v, PREFIX, stop, |f| {
                drawn.f = f;
                drawn
            })
        }
    }
}
