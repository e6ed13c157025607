//! Today's list (今日事项): to be taken, in hand, reported by me; the soonest due first.

use access::{Duty, Kind, Person, scope_filter, view_filter};
use askama::Template;
use axum::extract::State;
use base::{Millis, Outcome};
use store::Conn;
use web::{Answer, Html, Site, View, Who, page};

use super::{person, units};
use crate::model::{ClockState, Stage};
use crate::pages::resident::{ground, pieces::stage_badge, place_words};
use crate::store::{CaseFilter, Ground, QueueOrder, QueueRow, queue};

/// How many of a group are listed.
const ROWS: usize = 30;
/// How many of one's own reports are listed.
const OWN: usize = 10;

/// A matter in a list.
pub(crate) struct Line {
    pub id: String,
    pub number: String,
    pub title: String,
    pub category: String,
    pub stage: Html,
    pub place: String,
    /// How much time is left; nothing once it is answered.
    pub left: Html,
}

/// A group of the list.
pub(crate) struct Group {
    pub title: String,
    /// How many; `30+` where there are more than are listed.
    pub count: String,
    /// How many of them are late, in words.
    pub late: String,
    pub rows: Vec<Line>,
}

#[derive(Template)]
#[template(path = "case/worker/today.html")]
pub(crate) struct TodayPage {
    pub v: View,
    pub groups: Vec<Group>,
}

/// A group's rows, and whether there are more.
type Rows = (Vec<QueueRow>, bool);

fn load(conn: &mut Conn, person: &Person, now: Millis) -> Outcome<[Rows; 3]> {
    let account = person.account.raw();
    let held = CaseFilter {
        holder_units: units(person),
        ..CaseFilter::within(scope_filter(person, Duty::Grid, Kind::CaseWork))
    };
    let dispatched = CaseFilter { stages: vec![Stage::Dispatched], ..held.clone() };
    let handling = CaseFilter { stages: vec![Stage::Handling], ..held };
    let own = CaseFilter {
        registered_by: Some(account),
        ..CaseFilter::within(view_filter(person, Kind::CaseView))
    };
    let mut rows = |filter: &CaseFilter, order, size| {
        let page = queue(conn, filter, order, None, size, now)?;
        Outcome::Ok((page.rows, page.next.is_some()))
    };
    // What was sent or given to a colleague of the unit is the colleague's.
    let mine = |(rows, more): Rows| {
        let mine = rows.into_iter().filter(|r| [0, account].contains(&r.holder.account)).collect();
        (mine, more)
    };
    Ok([
        mine(rows(&dispatched, QueueOrder::DueFirst, ROWS)?),
        mine(rows(&handling, QueueOrder::DueFirst, ROWS)?),
        rows(&own, QueueOrder::NewestFirst, OWN)?,
    ])
}

fn line(v: &View, g: &Ground, r: &QueueRow) -> Line {
    let place = access::Place {
        county: r.county,
        town: r.town,
        village: r.village,
        grid: r.grid,
        ..access::Place::default()
    };
    Line {
        id: r.id.to_string(),
        number: r.number.clone(),
        title: r.title.clone(),
        category: g.category_name(r.category).to_owned(),
        stage: stage_badge(v, r.stage),
        place: place_words(g, &place),
        left: if r.stage.is_open() { v.left(r.due) } else { Html::none() },
    }
}

pub(super) async fn today_show(State(site): State<Site>, v: View, who: Who) -> Answer {
    let (asker, now) = (person(&who)?, v.now);
    let loaded = site.db.read(move |conn| load(conn, &asker, now)).await?;
    let g = ground(&site)?;
    let titles = [
        "case.page.worker.today.dispatched",
        "case.page.worker.today.handling",
        "case.page.worker.today.mine",
    ];
    let group = |(key, (rows, more)): (&str, &Rows)| {
        let late = rows.iter().filter(|r| r.clock == ClockState::Overdue).count();
        Group {
            title: v.t(key).into_owned(),
            count: if *more { format!("{}+", rows.len()) } else { rows.len().to_string() },
            late: if late == 0 { String::new() } else { v.t1("case.page.worker.today.late", "n", late) },
            rows: rows.iter().map(|r| line(&v, &g, r)).collect(),
        }
    };
    let groups = titles.into_iter().zip(&loaded).map(group).collect();
    page(&TodayPage { v, groups })
}
