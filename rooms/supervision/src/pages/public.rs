//! What everybody may see (督办公开), where the pack says so: numbers by level, and the entries for which the lister has set
//! a title. No place below the town, no name, no text of anybody.

use askama::Template;
use axum::extract::State;
use base::{Id, Refusal};
use web::{Answer, Html, List, ListQuery, Site, View, page};

use super::list::Sort;
use super::seat::stage_badge;
use crate::model::{Entry, Level};
use crate::rules::{Rate, Rulebook};
use crate::store::{public_entries, public_figures};

web::names! {
    /// The public list has no filter but its page.
    pub(crate) enum Nothing { Page = "page" }
}

/// One line.
pub(crate) struct Line {
    pub title: String,
    pub level: String,
    pub place: String,
    pub unit: String,
    pub stage: Html,
    pub listed: String,
}

/// Numbers of a level: name, listed, struck off, rate.
pub(crate) struct Numbers {
    pub level: String,
    pub listed: i64,
    pub struck: i64,
    pub rate: String,
}

#[derive(Template)]
#[template(path = "supervision/public.html")]
pub(crate) struct PublicPage {
    pub v: View,
    pub list: List,
    pub numbers: Vec<Numbers>,
    pub rows: Vec<Line>,
    pub source: String,
}

/// GET /supervision/public
pub(crate) async fn public_list(State(site): State<Site>, v: View, q: ListQuery<Nothing, Sort>) -> Answer {
    let book = site.get::<Rulebook>()?;
    if !book.is_public {
        return Err(Refusal::not_found().into());
    }
    let ground = site.get::<case::store::Desk>()?.now();
    let (cursor, size, now) = (q.cursor(), q.size(), v.now);
    let (rows, figures) = site
        .db
        .read(move |conn| Ok((public_entries(conn, cursor, size)?, public_figures(conn, now)?)))
        .await?;
    let numbers = figures.iter().map(|f| Numbers {
        level: Level::parse(&f.name).map_or(String::new(), |l| v.t(l.key()).into_owned()),
        listed: f.listed,
        struck: f.struck,
        rate: Rate { part: f.struck, whole: f.listed }.percent(),
    });
    let place = |e: &Entry| {
        let p = &e.place;
        let smallest = [p.town, p.county, p.city, p.province].into_iter().find(|id| *id != 0).unwrap_or(0);
        ground.atlas.path_name(Id::of(smallest), territory::Kind::County)
    };
    let line = |e: &Entry| Line {
        title: e.public_title.clone().unwrap_or_default(),
        level: v.t(e.level.key()).into_owned(),
        place: place(e),
        unit: ground.units.name(e.four.unit).to_owned(),
        stage: stage_badge(&v, e.stage),
        listed: e.listed.map_or(String::new(), |t| v.day(v.zone.day(t))),
    };
    page(&PublicPage {
        list: q.frame(&v, rows.next, rows.rows.len()).empty("supervision.public.none"),
        numbers: numbers.collect(),
        rows: rows.rows.iter().map(line).collect(),
        source: book.public_source.clone(),
        v: v.clone(),
    })
}
