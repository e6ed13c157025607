//! Where it is (地点): a cascade of three selects that also works step by step without scripts, or the
//! phone's position; near a border the person says which side.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::HeaderMap,
    response::Response,
};
use base::{Id, Invalid, Outcome, Refusal};
use serde::Deserialize;
use territory::{Atlas, BORDER_M, Datum, Division, Lineage, Reading, Source, fix};
use web::{Answer, Fail, Fields, Form, Opt, Site, View, go, options, page};

use super::grip::Grip;
use super::pieces::{ground, place_words};
use crate::deeds::draft;
use crate::model::{Draft, Point, Said};
use crate::rules::routing::lies_in;
use crate::store::Ground;

const PREFIX: &str = "case.page.resident.place";
const SIDE: &str = "case.page.resident.side";
/// Beyond this a phone's doubt does not widen the search for neighbours, in metres.
const DOUBT_M: f64 = 50.0;
/// A position that is vaguer than this is always asked about, in metres.
const VAGUE_M: f64 = 500.0;
/// How many sides are offered at most.
const SIDES: usize = 4;

/// Where a step leads when the person came from the check page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Then {
    then: Option<String>,
}

impl Then {
    /// Whether to go back to the check page.
    pub fn is_check(&self) -> bool {
        self.then.as_deref() == Some("check")
    }

    /// The same at the end of an address.
    pub fn tail(&self) -> &'static str {
        if self.is_check() { "?then=check" } else { "" }
    }

    /// The address of the next step.
    pub fn onward(&self, draft: Id<Draft>, step: &str) -> String {
        let step = if self.is_check() { "check" } else { step };
        format!("{}/{step}", Grip::Say(draft).address())
    }
}

/// A draft that this browser began and has not sent.
///
/// # Errors
/// Refused when its day is over, when it is not this browser's, or when it was sent.
pub(super) async fn writing(site: &Site, headers: &HeaderMap, id: Id<Draft>) -> Result<Draft, Fail> {
    let draft = held(site, headers, id).await?;
    if draft.sent.is_some() {
        return Err(Refusal::new("case.refuse.draft_sent").into());
    }
    Ok(draft)
}

/// A draft that this browser began, sent or not.
///
/// # Errors
/// As [`writing`], except for having been sent.
pub(super) async fn held(site: &Site, headers: &HeaderMap, id: Id<Draft>) -> Result<Draft, Fail> {
    let now = site.now();
    if !Grip::Say(id).is_held(site, headers, now) {
        return Err(Refusal::new("case.refuse.draft_over").status(410).into());
    }
    let db = site.db.clone();
    Ok(site.db.read(move |conn| draft::draft(conn, db.keys(), id, now)).await?)
}

/// What the place form sends.
#[derive(Debug, Default, Deserialize)]
pub struct PlaceForm {
    /// The county.
    pub county: Option<Id<Division>>,
    /// The town.
    pub town: Option<Id<Division>>,
    /// The village.
    pub village: Option<Id<Division>>,
    /// Where exactly, in words.
    #[serde(default)]
    pub spot: String,
    /// The division whose parts the form offered last.
    pub offered: Option<Id<Division>>,
    /// Degrees north.
    pub lat: Option<f64>,
    /// Degrees east.
    pub lon: Option<f64>,
    /// How far off the position may be.
    pub accuracy_m: Option<f64>,
    /// The datum of the position.
    pub datum: Option<String>,
}

/// The options of the three selects.
#[derive(Debug, Clone, Default)]
pub struct Cascade {
    /// The counties that are served here.
    pub counties: Vec<Opt>,
    /// The towns of the chosen county.
    pub towns: Vec<Opt>,
    /// The villages of the chosen town.
    pub villages: Vec<Opt>,
}

impl Cascade {
    /// The options under what is chosen.
    pub fn of(ground: &Ground, county: Option<Id<Division>>, town: Option<Id<Division>>) -> Self {
        let below =
            |id: Option<Id<Division>>| id.map(|id| division_options(&ground.atlas, id)).unwrap_or_default();
        Self { counties: county_options(ground), towns: below(county), villages: below(town) }
    }
}

/// The counties in which a desk receives matters, under their cities' names where there are several.
pub fn county_options(ground: &Ground) -> Vec<Opt> {
    let atlas = &ground.atlas;
    let cities: Vec<_> = atlas.children(None).flat_map(|p| atlas.children(Some(p.id))).collect();
    let served = |id: Id<Division>| ground.units.first_desk(&place_of(&atlas.lineage(id))).is_some();
    let each = cities.iter().map(|city| {
        let counties = atlas.children(Some(city.id)).filter(|c| served(c.id)).collect::<Vec<_>>();
        (city.name, counties)
    });
    let groups: Vec<_> = each.filter(|(_, counties)| !counties.is_empty()).collect();
    let one = groups.len() == 1;
    let option = |city: &str, name: &str, id: Id<Division>| {
        Opt::new(id, if one { name.to_owned() } else { format!("{city} {name}") })
    };
    groups.iter().flat_map(|(city, counties)| counties.iter().map(|c| option(city, c.name, c.id))).collect()
}

/// The parts of a division.
pub fn division_options(atlas: &Atlas, of: Id<Division>) -> Vec<Opt> {
    atlas.children(Some(of)).map(|e| Opt::new(e.id, e.name)).collect()
}

/// A lineage as the policy's place.
pub fn place_of(l: &Lineage) -> access::Place {
    let raw = |id: Option<Id<Division>>| id.map_or(0, Id::raw);
    access::Place {
        province: raw(l.province),
        city: raw(l.city),
        county: raw(l.county),
        town: raw(l.town),
        village: raw(l.village),
        grid: 0,
    }
}

/// The policy's place of a grid.
pub fn place_of_grid(atlas: &Atlas, grid: i64) -> Option<access::Place> {
    let place = atlas.place_of_grid(Id::of(grid))?;
    Some(access::Place { grid, ..place_of(&place.lineage) })
}

/// The four fields that the position button fills.
#[derive(Debug, Clone, Default)]
pub struct Position {
    /// Degrees north.
    pub lat: Option<f64>,
    /// Degrees east.
    pub lon: Option<f64>,
    /// How far off it may be.
    pub accuracy_m: Option<f64>,
    /// In which datum.
    pub datum: Option<String>,
}

/// A position with the grids there.
#[derive(Debug)]
pub struct Standing {
    /// How far off it may be, in metres.
    pub accuracy_m: f64,
    /// The point as it is stored.
    pub point: Point,
    /// The grids.
    pub found: territory::Located,
}

impl Position {
    /// The position, converted once, and the grids there; `None` when none was given.
    ///
    /// # Errors
    /// Invalid when it is not on the globe.
    pub fn located(&self, ground: &Ground) -> Outcome<Option<Standing>> {
        let (Some(lat), Some(lon)) = (self.lat, self.lon) else { return Ok(None) };
        let datum = self.datum.as_deref().and_then(|d| d.parse().ok()).unwrap_or(Datum::Wgs84);
        let accuracy_m = self.accuracy_m.unwrap_or(0.0).max(0.0);
        let spot =
            fix(Reading { lon, lat, datum, accuracy_m: Some(accuracy_m), source: Source::Device })?.spot;
        let e7 = |degrees: f64| (degrees * 1e7).round() as i64;
        let point = Point::new(i64::from(spot.lat), i64::from(spot.lon), e7(lat), e7(lon), datum.as_str())?;
        let found = ground.atlas.locate(spot, accuracy_m.clamp(BORDER_M, DOUBT_M));
        Ok(Some(Standing { accuracy_m, point, found }))
    }
}

/// What a filled form leads to.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one lives for the length of one request")]
pub enum Led {
    /// A place, and the grids between which the person has to choose, if any.
    To(Said),
    /// The parts of this division are to be offered first.
    Offer(Id<Division>),
}

impl PlaceForm {
    /// What was chosen by hand, as far as it hangs together: a town of another county does not count.
    fn chosen(&self, atlas: &Atlas) -> Option<Lineage> {
        let county = atlas.lineage(self.county?);
        let inside = |id: Option<Id<Division>>, above: &Lineage| {
            id.map(|id| atlas.lineage(id)).filter(|l| above.ids().all(|(kind, id)| l.at(kind) == Some(id)))
        };
        let town = inside(self.town, &county).filter(|l| l.town.is_some());
        let village = town.and_then(|t| inside(self.village, &t)).filter(|l| l.village.is_some());
        Some(village.or(town).unwrap_or(county)).filter(|l| l.county.is_some())
    }

    /// The division whose parts were neither chosen nor offered yet.
    fn unoffered(&self, chosen: &Lineage, atlas: &Atlas) -> Option<Id<Division>> {
        let last = chosen.town.or(chosen.county).filter(|_| chosen.village.is_none())?;
        let has_parts = atlas.children(Some(last)).next().is_some();
        (has_parts && self.offered != Some(last) && self.lat.is_none()).then_some(last)
    }

    /// The form's place. What `said` has beside the place stays.
    ///
    /// # Errors
    /// Invalid by field.
    pub fn lead(&self, ground: &Ground, mut said: Said) -> Outcome<Led> {
        let chosen = self.chosen(&ground.atlas);
        said.spot = crate::model::Line::new("spot", &self.spot)?.into_string();
        said.sides = Vec::new();
        said.point = None;
        let position =
            Position { lat: self.lat, lon: self.lon, accuracy_m: self.accuracy_m, datum: self.datum.clone() };
        if let Some(standing) = position.located(ground)? {
            said.point = Some(standing.point.clone());
            return stand(ground, said, &standing, chosen);
        }
        let Some(chosen) = chosen else { return Err(Invalid::field("county", "form.choose").into()) };
        match self.unoffered(&chosen, &ground.atlas) {
            Some(id) => Ok(Led::Offer(id)),
            None => Ok(Led::To(placed(said, &place_of(&chosen)))),
        }
    }
}

/// A position, and perhaps a choice by hand beside it. Where they differ or a border is near, the
/// person is asked.
fn stand(ground: &Ground, mut said: Said, at: &Standing, chosen: Option<Lineage>) -> Outcome<Led> {
    let places = at.found.place.iter().chain(at.found.near.iter().map(|(p, _)| p));
    let mut sides: Vec<i64> = places.filter_map(|p| p.grid).map(Id::raw).collect();
    sides.truncate(SIDES);
    let here = sides.first().and_then(|g| place_of_grid(&ground.atlas, *g));
    let agrees = |p: &access::Place, l: &Lineage| l.ids().all(|(_, id)| lies_in(p, id.raw()));
    let place = match (here, chosen) {
        (None, None) => return Err(Invalid::field("county", "case.page.resident.place.outside").into()),
        (None, Some(l)) => place_of(&l),
        (Some(p), Some(l)) if !agrees(&p, &l) => {
            said.sides = sides;
            place_of(&l)
        }
        (Some(p), _) => {
            let doubtful = at.found.place.is_none() || sides.len() > 1 || at.accuracy_m > VAGUE_M;
            said.sides = if doubtful { sides } else { Vec::new() };
            p
        }
    };
    Ok(Led::To(placed(said, &place)))
}

fn placed(mut said: Said, place: &access::Place) -> Said {
    said.set_place(place);
    said
}

#[derive(Template)]
#[template(path = "case/resident/place.html")]
pub(crate) struct PlacePage {
    pub v: View,
    pub f: Fields,
    pub back: String,
    pub action: String,
    pub counties: Vec<Opt>,
    pub towns: Vec<Opt>,
    pub villages: Vec<Opt>,
    /// The division whose parts stand in the last select that has any.
    pub offered: String,
    /// Whether the page comes once more only to ask for a smaller place.
    pub asks: bool,
}

impl PlacePage {
    fn new(v: View, f: Fields, ways: (String, String), c: Cascade, offered: Option<Id<Division>>) -> Self {
        let offered = offered.map(|id| id.to_string()).unwrap_or_default();
        let (back, action) = ways;
        Self {
            v,
            f,
            back,
            action,
            counties: c.counties,
            towns: c.towns,
            villages: c.villages,
            offered,
            asks: false,
        }
    }
}

/// The page filled with what the draft has.
fn filled(v: &View, said: &Said, ground: &Ground, ways: (String, String)) -> PlacePage {
    let place = said.place();
    let some = |raw: i64| (raw != 0).then(|| Id::<Division>::of(raw));
    let text = |raw: i64| some(raw).map(|id| id.to_string()).unwrap_or_default();
    let f = Fields::blank(v, PREFIX)
        .fill("county", text(place.county))
        .fill("town", text(place.town))
        .fill("village", text(place.village))
        .fill("spot", &said.spot);
    let f = match &said.point {
        Some(p) => with_position(f, p),
        None => f,
    };
    let cascade = Cascade::of(ground, some(place.county), some(place.town));
    PlacePage::new(v.clone(), f, ways, cascade, some(place.town).or(some(place.county)))
}

/// The position as it was given, so that changing the words beside it does not lose it.
fn with_position(f: Fields, point: &Point) -> Fields {
    let degrees = |e7: i64| format!("{:.6}", e7 as f64 / 1e7);
    f.fill("lat", degrees(point.given_lat_e7))
        .fill("lon", degrees(point.given_lon_e7))
        .fill("datum", &point.datum)
}

pub(super) async fn place_start(State(site): State<Site>, v: View) -> Answer {
    page(&filled(&v, &Said::default(), &ground(&site)?, ("/".into(), "/say".into())))
}

pub(super) async fn place_show(
    State(site): State<Site>,
    v: View,
    headers: HeaderMap,
    Path(id): Path<Id<Draft>>,
    Query(then): Query<Then>,
) -> Answer {
    let draft = writing(&site, &headers, id).await?;
    let address = Grip::Say(id).address();
    let back = if then.is_check() { format!("{address}/check") } else { "/".into() };
    page(&filled(&v, &draft.said, &ground(&site)?, (back, format!("{address}/place{}", then.tail()))))
}

pub(super) async fn place_begin(State(site): State<Site>, v: View, form: Form<PlaceForm>) -> Answer {
    let ground = ground(&site)?;
    match taken(&v, &form, &ground, Said::default(), "/say")? {
        Ok(said) => {
            let asks = !said.sides.is_empty();
            let id = draft::begin_draft(&site.db, said, v.now).await?;
            let step = if asks { "side" } else { "similar" };
            let mut response = go(format!("{}/{step}", Grip::Say(id).address()))?;
            Grip::Say(id).give(&site, &mut response, v.now)?;
            Ok(response)
        }
        Err(response) => Ok(*response),
    }
}

pub(super) async fn place_keep(
    State(site): State<Site>,
    v: View,
    headers: HeaderMap,
    Path(id): Path<Id<Draft>>,
    Query(then): Query<Then>,
    form: Form<PlaceForm>,
) -> Answer {
    let draft = writing(&site, &headers, id).await?;
    let ground = ground(&site)?;
    let action = format!("{}/place{}", Grip::Say(id).address(), then.tail());
    match taken(&v, &form, &ground, draft.said, &action)? {
        Ok(said) => {
            let asks = !said.sides.is_empty();
            draft::keep_draft(&site.db, id, said).await?;
            if asks {
                return go(format!("{}/side{}", Grip::Say(id).address(), then.tail()));
            }
            go(then.onward(id, "similar"))
        }
        Err(response) => Ok(*response),
    }
}

/// What was said, or the page once more.
fn taken(
    v: &View,
    form: &Form<PlaceForm>,
    ground: &Ground,
    said: Said,
    action: &str,
) -> Result<Result<Said, Box<Response>>, Fail> {
    let read = form.read();
    let (county, town) = read.as_ref().map_or((None, None), |f| (f.county, f.town));
    let draw = |f: Fields, offered| {
        let ways = ("/".to_owned(), action.to_owned());
        PlacePage::new(v.clone(), f, ways, Cascade::of(ground, county, town), offered)
    };
    // A button that only asks for the next list.
    let led =
        read.and_then(|f| if form.step().is_some() { Ok(None) } else { f.lead(ground, said).map(Some) });
    let again = match led {
        Ok(Some(Led::To(said))) => return Ok(Ok(said)),
        Ok(None) => form.onward(v, PREFIX, |f| draw(f, town.or(county)))?,
        Ok(Some(Led::Offer(id))) => {
            form.onward(v, PREFIX, |f| PlacePage { asks: true, ..draw(f, Some(id)) })?
        }
        Err(stop) => form.again(v, PREFIX, stop, |f| draw(f, town.or(county)))?,
    };
    Ok(Err(Box::new(again)))
}

/// The parts of a division, for the selects' script.
pub(super) async fn places_below(State(site): State<Site>, Path(parent): Path<Id<Division>>) -> Answer {
    options(&division_options(&ground(&site)?.atlas, parent))
}

#[derive(Template)]
#[template(path = "case/resident/side.html")]
pub(crate) struct SidePage {
    pub v: View,
    pub f: Fields,
    pub back: String,
    pub action: String,
    pub sides: Vec<Opt>,
}

#[derive(Debug, Deserialize)]
pub(super) struct SideForm {
    side: String,
}

/// The sides to choose from: the grids, and what was chosen by hand where it is none of them.
fn side_options(v: &View, ground: &Ground, said: &Said) -> Vec<Opt> {
    let place = said.place();
    let spot = said.point.as_ref().and_then(|p| {
        Some(territory::Spot { lon: i32::try_from(p.lon_e7).ok()?, lat: i32::try_from(p.lat_e7).ok()? })
    });
    let located = spot.map(|s| ground.atlas.locate(s, DOUBT_M));
    let hint = |grid: i64| {
        let near = located.as_ref().and_then(|l| l.near.iter().find(|(p, _)| p.grid == Some(Id::of(grid))));
        match near {
            Some((_, m)) => v.t1("case.page.resident.side.near", "n", m.round() as i64),
            None => v.t("case.page.resident.side.here").into_owned(),
        }
    };
    let grid = |id: &i64| {
        let place = place_of_grid(&ground.atlas, *id)?;
        Some(Opt::new(id, place_words(ground, &place)).hint(hint(*id)))
    };
    let mut all: Vec<Opt> = said.sides.iter().filter_map(grid).collect();
    if place.grid == 0 {
        all.push(Opt::new("0", place_words(ground, &place)).hint(v.t("case.page.resident.side.chosen")));
    }
    all
}

fn side_page(v: &View, f: Fields, ground: &Ground, draft: &Draft, then: &Then) -> SidePage {
    let address = Grip::Say(draft.id).address();
    SidePage {
        v: v.clone(),
        f,
        back: format!("{address}/place{}", then.tail()),
        action: format!("{address}/side{}", then.tail()),
        sides: side_options(v, ground, &draft.said),
    }
}

pub(super) async fn side_show(
    State(site): State<Site>,
    v: View,
    headers: HeaderMap,
    Path(id): Path<Id<Draft>>,
    Query(then): Query<Then>,
) -> Answer {
    let draft = writing(&site, &headers, id).await?;
    let f = Fields::blank(&v, SIDE);
    page(&side_page(&v, f, &ground(&site)?, &draft, &then))
}

pub(super) async fn side_keep(
    State(site): State<Site>,
    v: View,
    headers: HeaderMap,
    Path(id): Path<Id<Draft>>,
    Query(then): Query<Then>,
    form: Form<SideForm>,
) -> Answer {
    let draft = writing(&site, &headers, id).await?;
    let ground = ground(&site)?;
    let sides = side_options(&v, &ground, &draft.said);
    let chosen = form.read().and_then(|f| {
        let known = sides.iter().any(|o| o.value == f.side);
        if known {
            Ok(f.side.parse().unwrap_or(0))
        } else {
            Err(Invalid::field("side", "form.choose").into())
        }
    });
    match chosen {
        Ok(grid) => {
            let mut said = draft.said;
            if let Some(place) = place_of_grid(&ground.atlas, grid) {
                said.set_place(&place);
            }
            said.sides = Vec::new();
            draft::keep_draft(&site.db, id, said).await?;
            go(then.onward(id, "similar"))
        }
        Err(stop) => form.again(&v, SIDE, stop, |f| side_page(&v, f, &ground, &draft, &then)),
    }
}
