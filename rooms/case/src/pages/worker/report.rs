//! The quick report (随手报): a photo, the position, one sentence.

use access::{Duty, HeldPost, Level, Person};
use askama::Template;
use axum::extract::{Path, State};
use base::{Id, Invalid, Millis, Outcome};
use parts::files::Picture;
use serde::Deserialize;
use store::Tx;
use territory::Division;
use web::{Answer, Fields, Form, Opt, Site, View, Who, go_saying, options, page};

use super::person;
use crate::deeds::{self, Hand};
use crate::model::{Body, Channel, Intake, Line, Receipt, Spot, Title};
use crate::pages::resident::{Album, Kept, Position, ground, place_of_grid};
use crate::store::Ground;

const PREFIX: &str = "case.page.worker.report";
/// How many grids the select offers: a worker has a few, a village a few dozen.
const GRIDS: usize = 200;

#[derive(Template)]
#[template(path = "case/worker/report.html")]
pub(crate) struct ReportPage {
    pub v: View,
    pub f: Fields,
    pub grids: Vec<Opt>,
    pub roots: Vec<Opt>,
    pub categories: Vec<Opt>,
    pub kept: Kept,
}

#[derive(Debug, Deserialize)]
pub(super) struct ReportForm {
    grid: Option<i64>,
    #[serde(default)]
    spot: String,
    root: Option<i64>,
    category: Option<i64>,
    #[serde(default)]
    body: String,
    lat: Option<f64>,
    lon: Option<f64>,
    accuracy_m: Option<f64>,
    datum: Option<String>,
    /// Read by [`Album::of`].
    #[serde(default, rename = "kept")]
    _kept: Option<String>,
}

/// The grids of the posts in which the person works in a grid.
fn own_grids(g: &Ground, person: &Person) -> Vec<Opt> {
    let posts = person.posts.iter().filter(|p| p.duties.has(Duty::Grid));
    let mut ids: Vec<i64> = posts.flat_map(|p| grids_of(g, p)).take(GRIDS).collect();
    ids.dedup();
    let option = |id: &i64| {
        let grid = g.atlas.grid(Id::of(*id))?;
        Some(Opt::new(id, format!("{} {}", g.atlas.name(grid.village), grid.name)))
    };
    ids.iter().filter_map(option).collect()
}

fn grids_of(g: &Ground, post: &HeldPost) -> Vec<i64> {
    let below = |id: i64| g.atlas.below(Id::<Division>::of(id), territory::Kind::Village);
    let villages = match post.scope.level {
        Level::Grid => return vec![post.scope.id],
        Level::Village | Level::Town => below(post.scope.id),
        // A wider post reports by position.
        _ => return Vec::new(),
    };
    villages
        .into_iter()
        .flat_map(|v| g.atlas.grids(v).map(|grid| grid.id.raw()).collect::<Vec<_>>())
        .collect()
}

/// The categories that can be chosen below a heading.
fn leaves(g: &Ground, root: i64, now: Millis) -> Vec<Opt> {
    let below = g.subtree(root).into_iter().filter_map(|id| g.category(id));
    below.filter(|c| c.kind.is_some() && c.is_valid(now)).map(|c| Opt::new(c.id, &c.name)).collect()
}

fn report_page(v: &View, f: Fields, g: &Ground, person: &Person, kept: Kept) -> ReportPage {
    let root = f.value("root").parse().unwrap_or(0);
    ReportPage {
        grids: own_grids(g, person),
        roots: g.children(0, v.now).map(|c| Opt::new(c.id, &c.name)).collect(),
        categories: if root == 0 { Vec::new() } else { leaves(g, root, v.now) },
        v: v.clone(),
        f,
        kept,
    }
}

pub(super) async fn report_show(State(site): State<Site>, v: View, who: Who) -> Answer {
    let (g, person) = (ground(&site)?, person(&who)?);
    let grids = own_grids(&g, &person);
    let mut f = Fields::blank(&v, PREFIX);
    if let [only] = grids.as_slice() {
        f = f.fill("grid", &only.value);
    }
    page(&report_page(&v, f, &g, &person, Kept::default()))
}

pub(super) async fn categories_below(State(site): State<Site>, v: View, Path(parent): Path<i64>) -> Answer {
    options(&leaves(&ground(&site)?, parent, v.now))
}

pub(super) async fn report_make(
    State(site): State<Site>,
    v: View,
    who: Who,
    form: Form<ReportForm>,
) -> Answer {
    let (g, person) = (ground(&site)?, person(&who)?);
    let mut album = Album::of(&site, &form).await?;
    if form.step().is_some() {
        let kept = album.keep(&site, v.now).await?;
        return form.onward(&v, PREFIX, |f| report_page(&v, f, &g, &person, kept));
    }
    let made = async {
        let intake = intake_of(&g, form.read()?, form.once())?;
        let photos = album.whole()?;
        let (ground, doer, at) = (g.clone(), person.clone(), v.now);
        site.db
            .write_keyed(intake.place.county, move |tx| submit(tx, &ground, &doer, at, &intake, &photos))
            .await
    };
    match made.await {
        Ok(receipt) => go_saying(format!("/grid/cases/{}", receipt.id), "case.notice.reported_new"),
        Err(stop) => {
            let kept = album.keep(&site, v.now).await?;
            form.again(&v, PREFIX, stop, |f| report_page(&v, f.files_kept(), &g, &person, kept))
        }
    }
}

fn intake_of(g: &Ground, form: ReportForm, once: &str) -> Outcome<Intake> {
    let mut invalid = Invalid::default();
    let position = Position { lat: form.lat, lon: form.lon, accuracy_m: form.accuracy_m, datum: form.datum };
    let located = position.located(g)?;
    let found = located.as_ref().and_then(|l| l.found.place.as_ref()).and_then(|p| p.grid).map(Id::raw);
    let place = found.or(form.grid).and_then(|id| place_of_grid(&g.atlas, id));
    if place.is_none() {
        invalid.push("grid", "case.page.worker.report.no_place");
    }
    if form.root.is_none() {
        invalid.push("root", "form.choose");
    }
    if form.category.is_none() {
        invalid.push("category", "form.choose");
    }
    let body = Body::new("body", &form.body);
    let (Some(place), Some(category), Ok(body)) = (place, form.category, &body) else {
        if let Err(base::Stop::Invalid(more)) = body {
            invalid.fields.extend(more.fields);
        }
        return Err(invalid.into());
    };
    let mut intake = Intake::new(Channel::Grid, place, category, Title::from_body(body), body.clone())?;
    intake.spot =
        Spot { words: Line::new("spot", &form.spot)?.into_string(), point: located.map(|l| l.point) };
    intake.key = (!once.is_empty()).then(|| once.to_owned());
    Ok(intake)
}

fn submit(
    tx: &mut Tx<'_>,
    g: &Ground,
    doer: &Person,
    at: Millis,
    intake: &Intake,
    photos: &[Picture],
) -> Outcome<Receipt> {
    let receipt = deeds::submit_case(tx, g, Hand::Staff(doer), at, intake)?;
    if !receipt.repeated {
        let used = access::may(doer, Duty::Grid, &access::Resource::at(access::Kind::CaseNew, intake.place))?;
        let act = base::Act::new(used.actor(), at);
        deeds::add_photos(tx, act, (receipt.id, intake.place.county), deeds::PHOTO_MATTER, photos)?;
    }
    Ok(receipt)
}
