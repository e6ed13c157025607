//! The public matters (公开事项): what anybody may see of what others brought. Masked, without photos, with
//! no search over words, so that nobody is found by a name or a number in them.

use askama::Template;
use axum::extract::{Path, State};
use base::{Id, Outcome, Refusal};
use http::HeaderMap;
use serde::Deserialize;
use store::Conn;
use territory::Division;
use web::{Answer, Form, List, ListQuery, Opt, Site, View, go_saying, page};

use super::grip::Grip;
use super::mine::{AnswerView, Happening, answer, happening};
use super::pieces::{Glance, Row, Seen, category_path, ground, joined, public_place, public_title};
use super::place::{county_options, division_options};
use crate::deeds;
use crate::model::{ActKind, Case, Stage};
use crate::rules::masking::mask;
use crate::store::{
    CaseFilter, ClosureRow, Event, Ground, QueueOrder, case_by_id, closures_of, public_timeline, queue,
};

const PREFIX: &str = "case.page.resident.matters";

web::names! {
    /// What the list can be narrowed by.
    pub enum By { Stage = "stage", County = "county", Town = "town", Category = "category" }
}
web::names! {
    /// The one order: the newest first.
    pub enum Order { Newest = "newest" }
}

type Query = ListQuery<By, Order>;

/// What is public: nothing that no office has seen, nothing that went back to its sender.
const SHOWN: [Stage; 6] =
    [Stage::Accepted, Stage::Dispatched, Stage::Handling, Stage::Verifying, Stage::Closed, Stage::Confirmed];

#[derive(Template)]
#[template(path = "case/resident/matters.html")]
pub(crate) struct MattersPage {
    pub v: View,
    pub list: List,
    pub matters: Vec<Glance>,
}

fn filter_of(q: &Query, ground: &Ground) -> CaseFilter {
    let division = |by: By| q.parsed::<Id<Division>>(by).map(Id::raw);
    let town = division(By::Town).map(|id| (access::Level::Town, id));
    let county = division(By::County).map(|id| (access::Level::County, id));
    let mut filter = CaseFilter { place: town.or(county), ..CaseFilter::public() };
    if let Some(stage) = q.get(By::Stage).and_then(Stage::parse).filter(|s| SHOWN.contains(s)) {
        filter.stages = vec![stage];
    }
    if let Some(id) = q.parsed::<i64>(By::Category) {
        filter.categories = ground.subtree(id);
    }
    filter
}

pub(super) async fn matters_list(State(site): State<Site>, v: View, q: Query) -> Answer {
    let ground = ground(&site)?;
    let (filter, cursor, size, now) = (filter_of(&q, &ground), q.cursor(), q.size(), v.now);
    let found =
        site.db.read(move |conn| queue(conn, &filter, QueueOrder::NewestFirst, cursor, size, now)).await?;
    let glance = |r: &crate::store::QueueRow| {
        let place = access::Place { county: r.county, town: r.town, ..access::Place::default() };
        let seen = Seen {
            id: r.id,
            title: &r.title,
            category: r.category,
            stage: r.stage,
            created: r.created,
            joined: r.metoo_count,
            place: public_place(&ground, &place),
        };
        Glance::of(&v, &ground, &seen)
    };
    let matters: Vec<Glance> = found.rows.iter().map(glance).collect();
    let fields = q.fields(&v, PREFIX);
    let towns = q.parsed(By::County).map(|id| division_options(&ground.atlas, id)).unwrap_or_default();
    let roots: Vec<Opt> = ground.children(0, v.now).map(|c| Opt::new(c.id, &c.name)).collect();
    let stages: Vec<Opt> = SHOWN.iter().map(|s| Opt::new(s.code(), v.t(s.key()))).collect();
    let list = q
        .frame(&v, found.next, matters.len())
        .filter(fields.select("county", &county_options(&ground)).feeds("town", "/say/places/"))
        .filter(fields.select("town", &towns))
        .filter(fields.select("category", &roots))
        .filter(fields.select("stage", &stages))
        .empty("case.page.resident.matters.none");
    page(&MattersPage { v, list, matters })
}

#[derive(Template)]
#[template(path = "case/resident/matter.html")]
pub(crate) struct MatterPage {
    pub v: View,
    pub id: String,
    pub title: String,
    pub facts: Vec<Row>,
    /// The text, masked; empty while no office has accepted it.
    pub body: String,
    pub answer: Option<AnswerView>,
    pub course: Vec<Happening>,
    pub may_join: bool,
    /// Whether this browser has joined already.
    pub joined: bool,
    pub token: String,
}

type Loaded = (Case, Vec<ClosureRow>, Vec<Event>);

fn load(conn: &mut Conn, id: Id<Case>) -> Outcome<Loaded> {
    let public = |c: &Case| c.is_public && (SHOWN.contains(&c.stage) || c.stage == Stage::Received);
    let case = case_by_id(conn, id)?.filter(public).ok_or_else(Refusal::not_found)?;
    Ok((case, closures_of(conn, id)?, public_timeline(conn, id)?))
}

pub(super) async fn matter_show(
    State(site): State<Site>,
    v: View,
    headers: HeaderMap,
    Path(id): Path<Id<Case>>,
) -> Answer {
    let loaded = site.db.read(move |conn| load(conn, id)).await?;
    let joined = Grip::Join(id).is_held(&site, &headers, v.now);
    let shown = matter_page(&v, &ground(&site)?, &loaded, site.chance.code(16));
    page(&MatterPage { joined, ..shown })
}

fn matter_page(v: &View, ground: &Ground, (case, closures, events): &Loaded, token: String) -> MatterPage {
    let seen = case.stage != Stage::Received;
    let name = ground.category_name(case.category).to_owned();
    let masked = |c: &ClosureRow| {
        let a = answer(v, ground, c);
        AnswerView { text: mask(&a.text), ..a }
    };
    // Steps and offices only: what was said on the way may name people.
    let steps = events.iter().filter(|e| e.act != ActKind::Note);
    let course = steps.map(|e| Happening { text: String::new(), ..happening(v, ground, e) });
    MatterPage {
        v: v.clone(),
        id: case.id.to_string(),
        title: if seen { public_title(&case.title) } else { name },
        facts: facts(v, ground, case),
        body: if seen { mask(&case.body) } else { String::new() },
        answer: closures.last().filter(|_| case.closed.is_some()).map(masked),
        course: course.collect(),
        may_join: case.stage.is_open(),
        joined: false,
        token,
    }
}

fn facts(v: &View, ground: &Ground, case: &Case) -> Vec<Row> {
    let category = ground.category(case.category).map(|c| category_path(ground, c));
    let mut rows = vec![
        Row::new(v, "case.page.resident.matter.number", &case.number),
        Row::new(v, "case.page.resident.matters.stage", v.t(case.stage.key())),
        Row::new(v, "case.page.resident.mine.category", category.unwrap_or_default()),
        Row::new(v, "case.page.resident.mine.place", public_place(ground, &case.place)),
        Row::new(v, "case.page.resident.mine.when", v.day(v.zone.day(case.created))),
    ];
    if case.stage.is_open() {
        rows.push(Row::new(
            v,
            "case.page.resident.mine.office",
            super::pieces::unit_name(v, ground, case.holder.unit),
        ));
        rows.push(
            Row::new(v, "case.page.resident.mine.due", v.day(v.zone.day(case.due)))
                .fine(v.left_words(case.due)),
        );
    }
    if case.metoo_count > 0 {
        rows.push(Row::new(v, "case.page.resident.mine.joined", joined(v, case.metoo_count)));
    }
    rows
}

#[derive(Debug, Deserialize)]
pub(super) struct JoinForm {
    #[serde(default)]
    token: String,
}

pub(super) async fn metoo_make(
    State(site): State<Site>,
    v: View,
    headers: HeaderMap,
    Path(id): Path<Id<Case>>,
    form: Form<JoinForm>,
) -> Answer {
    let token = form.read()?.token;
    let grip = Grip::Join(id);
    // Pressed again from another page, or after the answer: this browser is told that it is counted.
    if grip.is_held(&site, &headers, v.now) {
        return go_saying(grip.address(), "case.notice.joined_before");
    }
    // A draft joins a matter once; so does a page that was opened once.
    let token = if token.is_empty() { site.chance.code(16) } else { token };
    let at = v.now;
    let done = site.db.write(move |tx| deeds::add_metoo(tx, at, id, &token)).await?;
    let notice = if done.counted { "case.notice.joined" } else { "case.notice.joined_before" };
    let mut response = go_saying(grip.address(), notice)?;
    grip.give(&site, &mut response, at)?;
    Ok(response)
}
