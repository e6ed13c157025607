//! Divisions and positions as JSON, for programs. Names, codes and places only: no outline of a grid and nobody.

use axum::{
    Json,
    extract::{Path, Query, State, rejection::QueryRejection},
};
use base::{Id, Invalid, Outcome, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use web::{Fail, Site};

use crate::{Atlas, BORDER_M, Division, Entry, LiveAtlas, Place, Reading, Source, fix};

/// The JSON routes.
pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(divisions_list))
        .routes(routes!(division_show))
        .routes(routes!(location_show))
}

/// A division.
#[derive(Serialize, ToSchema)]
pub struct DivisionJson {
    /// Its id.
    id: String,
    /// province, city, county, town or village.
    kind: &'static str,
    /// Its name.
    name: String,
    /// Names from the city down, one after the other.
    path: String,
    /// Its parent's id.
    parent: Option<String>,
    /// Codes by system.
    codes: Vec<CodeJson>,
    /// The first day on which it exists.
    valid_from: String,
    /// The first day on which it exists no longer.
    valid_to: Option<String>,
    /// What it passed into, by id.
    successors: Vec<String>,
}

/// A code.
#[derive(Serialize, ToSchema)]
pub struct CodeJson {
    /// nbs12, gb2260, …
    system: String,
    /// The code.
    code: String,
}

fn json(atlas: &Atlas, e: Entry<'_>) -> DivisionJson {
    let code = |(system, code): (&str, &str)| CodeJson { system: system.to_owned(), code: code.to_owned() };
    DivisionJson {
        id: e.id.to_string(),
        kind: e.kind.as_str(),
        name: e.name.to_owned(),
        path: atlas.path_name(e.id, crate::Kind::City),
        parent: e.parent.map(|p| p.to_string()),
        codes: atlas.codes(e.id).map(code).collect(),
        valid_from: e.valid_from.to_string(),
        valid_to: e.valid_to.map(|d| d.to_string()),
        successors: atlas.successors(e.id).iter().map(Id::to_string).collect(),
    }
}

/// Whose children.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Children {
    /// A division's id; without it the roots are given.
    parent: Option<String>,
}

fn atlas(site: &Site) -> Outcome<Atlas> {
    Ok(site.get::<LiveAtlas>()?.now())
}

/// What was asked; said by field when it cannot be read, e.g. because a name stands twice.
fn query<T>(asked: Result<Query<T>, QueryRejection>) -> Outcome<T> {
    asked.map(|Query(ask)| ask).map_err(|_| Invalid::field("query", "form.not_understood").into())
}

fn parse(text: &str) -> Outcome<Id<Division>> {
    text.parse().map_err(|_| Refusal::not_found().into())
}

/// The living children of a division.
#[utoipa::path(get, path = "/api/territory/divisions", params(Children), tag = "territory",
    responses((status = 200, body = Vec<DivisionJson>), (status = 404, description = "no such parent"),
        (status = 422, description = "by field")))]
async fn divisions_list(
    State(site): State<Site>,
    asked: Result<Query<Children>, QueryRejection>,
) -> Result<Json<Vec<DivisionJson>>, Fail> {
    let (ask, atlas) = (query(asked)?, atlas(&site)?);
    let parent = ask.parent.as_deref().map(parse).transpose()?;
    if parent.is_some_and(|id| atlas.division(id).is_none()) {
        return Err(Refusal::not_found().into());
    }
    Ok(Json(atlas.children(parent).map(|e| json(&atlas, e)).collect()))
}

/// One division, living or ended.
#[utoipa::path(get, path = "/api/territory/divisions/{id}", params(("id" = String, Path, description = "13 letters and digits")),
    tag = "territory", responses((status = 200, body = DivisionJson), (status = 404, description = "no such division")))]
async fn division_show(State(site): State<Site>, Path(id): Path<String>) -> Result<Json<DivisionJson>, Fail> {
    let atlas = atlas(&site)?;
    let entry = atlas.division(parse(&id)?).ok_or_else(Refusal::not_found)?;
    Ok(Json(json(&atlas, entry)))
}

/// A position.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Position {
    /// Degrees east.
    #[serde(default)]
    #[param(value_type = f64, required = true, minimum = -180, maximum = 180)]
    lon: String,
    /// Degrees north.
    #[serde(default)]
    #[param(value_type = f64, required = true, minimum = -90, maximum = 90)]
    lat: String,
    /// wgs84 (when left out), gcj02, bd09 or cgcs2000.
    #[param(pattern = "^(wgs84|gcj02|bd09|cgcs2000)$")]
    datum: Option<String>,
}

/// A place.
#[derive(Serialize, ToSchema)]
pub struct PlaceJson {
    /// The village's id.
    village: Option<String>,
    /// The town's id.
    town: Option<String>,
    /// The county's id.
    county: Option<String>,
    /// The grid's id.
    grid: Option<String>,
    /// Names from the city down, with the grid's.
    path: String,
    /// Metres to its border, for a place that is near.
    metres: Option<f64>,
}

/// What a position leads to.
#[derive(Serialize, ToSchema)]
pub struct LocationJson {
    /// The place that holds it; none outside all grids.
    place: Option<PlaceJson>,
    /// Places across a border within 25 metres: ask which side is meant.
    near: Vec<PlaceJson>,
}

fn place(p: Place, metres: Option<f64>) -> PlaceJson {
    let text = |id: Option<Id<Division>>| id.map(|id| id.to_string());
    PlaceJson {
        village: text(p.lineage.village),
        town: text(p.lineage.town),
        county: text(p.lineage.county),
        grid: p.grid.map(|g| g.to_string()),
        path: format!("{}{}", p.path, p.grid_name),
        metres,
    }
}

/// The place that a position belongs to.
#[utoipa::path(get, path = "/api/territory/location", params(Position), tag = "territory",
    responses((status = 200, body = LocationJson), (status = 422, description = "not on the globe, or no such datum")))]
async fn location_show(
    State(site): State<Site>,
    asked: Result<Query<Position>, QueryRejection>,
) -> Result<Json<LocationJson>, Fail> {
    let at = query(asked)?;
    let datum = at.datum.as_deref().unwrap_or("wgs84").parse();
    let datum = datum.map_err(|_| Invalid::field("datum", "territory.bad.datum"))?;
    let lon = at.lon.parse().map_err(|_| Invalid::field("lon", "territory.bad.lon"))?;
    let lat = at.lat.parse().map_err(|_| Invalid::field("lat", "territory.bad.lat"))?;
    let fixed = fix(Reading { lon, lat, datum, accuracy_m: None, source: Source::File })?;
    let found = atlas(&site)?.locate(fixed.spot, BORDER_M);
    Ok(Json(LocationJson {
        place: found.place.map(|p| place(p, None)),
        near: found.near.into_iter().map(|(p, m)| place(p, Some(m))).collect(),
    }))
}
