//! The lists as JSON, for programs: the entries that the session may open, and those that everybody may see.

use std::collections::BTreeMap;

use access::{Kind, person_of, view_filter};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use base::{Cursor, Id, Invalid, Millis, Outcome, Refusal};
use case::store::{Desk, Ground};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use web::{Fail, Need, Right, Site, Who};

use crate::model::{Entry, Level, Stage};
use crate::rules::{Rulebook, light};
use crate::store::{EntryFilter, EntryOrder, entries, public_entries, tab_counts};

/// The most rows of one answer.
const MOST_ROWS: u32 = 100;

/// Everybody who works on listed matters or reads them, as for the pages.
const READING: Need = Need::AnyDuty(&["clerk", "handle", "verify", "mediate", "lead"]);

/// The rights of the JSON routes.
pub(crate) const RIGHTS: &[Right] = &[
    Right::get("/api/v1/supervision", READING, "staff list the entries that they may open"),
    Right::get("/api/v1/supervision/public", Need::Public, "what the listers set a title for"),
];

/// The JSON routes.
pub(crate) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(entry_list)).routes(routes!(public_list))
}

/// What the list is asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EntryAsk {
    /// A stage, e.g. `in_hand`.
    stage: Option<String>,
    /// The level that lists, e.g. `county`.
    level: Option<String>,
    /// `next` of the page before.
    after: Option<String>,
    /// Rows, at most 100; 30 when left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// What the public list is asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PublicAsk {
    /// `next` of the page before.
    after: Option<String>,
    /// Rows, at most 100; 30 when left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// A page of entries.
#[derive(Serialize, ToSchema)]
struct EntriesJson {
    /// The rows, the soonest due first.
    rows: Vec<EntryJson>,
    /// How many there are in all.
    total: i64,
    /// `after` of the next page, if there is one.
    next: Option<String>,
}

/// An entry of a supervision list.
#[derive(Serialize, ToSchema)]
struct EntryJson {
    /// Its number.
    number: String,
    /// The case that it is about; none for a problem of a place.
    case: Option<String>,
    /// One line.
    title: String,
    /// Where it stands.
    stage: &'static str,
    /// The level that lists.
    level: &'static str,
    /// Against the time limit, as a word of the catalogue: `supervision.light.…`.
    light: &'static str,
    /// From the county down.
    place: String,
    /// The responsible unit; empty before the listing.
    unit: String,
    /// The unit whose desk lists.
    desk: String,
    /// When it was listed.
    listed: Option<String>,
    /// Until when; none before the listing.
    due: Option<String>,
    /// How often the leader has visited the matter.
    visits: i64,
    /// Counts every change.
    version: i64,
}

/// A page of public entries.
#[derive(Serialize, ToSchema)]
struct PublicJson {
    /// The rows, the newest listing first.
    rows: Vec<PublicRow>,
    /// `after` of the next page, if there is one.
    next: Option<String>,
    /// Who says that the list is public.
    source: String,
}

/// What everybody may see of an entry.
#[derive(Serialize, ToSchema)]
struct PublicRow {
    /// The title that the lister has set for everybody.
    title: String,
    /// Where it stands.
    stage: &'static str,
    /// The level that lists.
    level: &'static str,
    /// The town or what stands above it.
    place: String,
    /// The responsible unit.
    unit: String,
    /// The day of the listing.
    listed: Option<String>,
}

fn query_of<T>(taken: Result<Query<T>, QueryRejection>) -> Outcome<T> {
    match taken {
        Ok(Query(ask)) => Ok(ask),
        Err(e) => {
            let mut invalid = Invalid::default();
            invalid.push_with("query", "supervision.invalid.query", vec![("why", e.body_text())]);
            Err(invalid.into())
        }
    }
}

fn size(limit: Option<u32>) -> Outcome<usize> {
    match limit {
        None => Ok(base::limits::PAGE_ROWS),
        Some(n) if (1..=MOST_ROWS).contains(&n) => Ok(n as usize),
        Some(_) => Err(Invalid::field("limit", "supervision.invalid.limit").into()),
    }
}

fn cursor(after: Option<&str>) -> Option<Cursor> {
    after.and_then(Cursor::parse)
}

/// A word of a closed list, or what is wrong by field.
fn word<T>(field: &'static str, typed: Option<&str>, parse: fn(&str) -> Option<T>) -> Outcome<Option<T>> {
    let Some(typed) = typed else { return Ok(None) };
    Ok(Some(parse(typed).ok_or_else(|| Invalid::field(field, "form.choose"))?))
}

/// An instant as programs write it, in the installation's zone.
fn instant(g: &Ground, at: Millis) -> String {
    g.zone.at(at).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

fn place(g: &Ground, ids: &[i64]) -> String {
    let smallest = ids.iter().find(|id| **id != 0).copied().unwrap_or(0);
    g.atlas.path_name(Id::of(smallest), territory::Kind::County)
}

impl EntryJson {
    fn of(g: &Ground, cases: &BTreeMap<i64, String>, e: &Entry, now: Millis) -> Self {
        let p = &e.place;
        Self {
            number: e.number.clone(),
            case: e.case.and_then(|id| cases.get(&id.raw()).cloned()),
            title: e.title.clone(),
            stage: e.stage.code(),
            level: e.level.code(),
            light: light(e, now).key(),
            place: place(g, &[p.village, p.town, p.county, p.city, p.province]),
            unit: g.units.name(e.four.unit).to_owned(),
            desk: g.units.name(e.list_unit).to_owned(),
            listed: e.listed.map(|at| instant(g, at)),
            due: e.listed.map(|_| instant(g, e.marks.due)),
            visits: e.visits,
            version: e.version,
        }
    }
}

/// Lists the entries that this person may open.
#[utoipa::path(get, path = "/api/v1/supervision", tag = "supervision", params(EntryAsk),
    responses((status = 200, body = EntriesJson), (status = 401, description = "sign in"),
        (status = 403, description = "not with these duties"), (status = 422, description = "by field")))]
async fn entry_list(
    State(site): State<Site>,
    who: Who,
    asked: Result<Query<EntryAsk>, QueryRejection>,
) -> Result<Json<EntriesJson>, Fail> {
    let (g, now) = (site.get::<Desk>()?.now(), site.now());
    let (person, ask) = (person_of(&who)?, query_of(asked)?);
    let filter = EntryFilter {
        stages: word("stage", ask.stage.as_deref(), Stage::parse)?.into_iter().collect(),
        level: word("level", ask.level.as_deref(), Level::parse)?,
        ..EntryFilter::within(view_filter(&person, Kind::SupervisionView))
    };
    let (size, after) = (size(ask.limit)?, cursor(ask.after.as_deref()));
    let (page, total, cases) = site
        .db
        .read(move |conn| {
            let page = entries(conn, &filter, EntryOrder::DueFirst, after, size, now)?;
            let total = tab_counts(conn, &filter, now)?.of(&filter.stages);
            let ids: Vec<i64> = page.rows.iter().filter_map(|e| e.case.map(Id::raw)).collect();
            let cases: BTreeMap<i64, String> = case::store::numbers_of(conn, &ids)?.into_iter().collect();
            Ok((page, total, cases))
        })
        .await?;
    Ok(Json(EntriesJson {
        rows: page.rows.iter().map(|e| EntryJson::of(&g, &cases, e, now)).collect(),
        total,
        next: page.next.map(Cursor::to_text),
    }))
}

/// Lists what everybody may see, where the region's pack makes the list public.
#[utoipa::path(get, path = "/api/v1/supervision/public", tag = "supervision", params(PublicAsk),
    responses((status = 200, body = PublicJson), (status = 404, description = "the list is not public here"),
        (status = 422, description = "by field")))]
async fn public_list(
    State(site): State<Site>,
    asked: Result<Query<PublicAsk>, QueryRejection>,
) -> Result<Json<PublicJson>, Fail> {
    let (g, book) = (site.get::<Desk>()?.now(), site.get::<Rulebook>()?);
    if !book.is_public {
        return Err(Refusal::not_found().into());
    }
    let ask = query_of(asked)?;
    let (size, after) = (size(ask.limit)?, cursor(ask.after.as_deref()));
    let page = site.db.read(move |conn| public_entries(conn, after, size)).await?;
    let row = |e: &Entry| PublicRow {
        title: e.public_title.clone().unwrap_or_default(),
        stage: e.stage.code(),
        level: e.level.code(),
        place: place(&g, &[e.place.town, e.place.county, e.place.city, e.place.province]),
        unit: g.units.name(e.four.unit).to_owned(),
        listed: e.listed.map(|at| g.zone.day(at).to_string()),
    };
    Ok(Json(PublicJson {
        rows: page.rows.iter().map(row).collect(),
        next: page.next.map(Cursor::to_text),
        source: book.public_source.clone(),
    }))
}
