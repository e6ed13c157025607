//! Grids as files: out as GeoJSON, in after a check.

use askama::Template;
use axum::extract::{Path, State};
use base::{Id, Invalid, Outcome};
use jiff::civil::Date;
use web::{Answer, Fields, Form, Opt, Site, View, Who, attachment, page};

use super::reach::{atlas, id_of, must_administer};
use crate::{
    Atlas, Division, Kind,
    deeds::{self, GridImport, GridReport},
    model::{Datum, Grid},
    rules::geojson,
};

/// Grids of one file at most: a large county's. The command line has no such limit.
const MOST_GRIDS: usize = 40_000;

/// GET /territory/{id}/grids.geojson
pub async fn grids_export(State(site): State<Site>, _: View, _: Who, Path(id): Path<String>) -> Answer {
    let (_, atlas) = atlas(&site)?;
    let id: Id<Division> = id_of(&id)?;
    let name = atlas.division(id).ok_or_else(base::Refusal::not_found)?.name.to_owned();
    let grids: Vec<&Grid> = atlas
        .below(id, Kind::Village)
        .into_iter()
        .flat_map(|village| atlas.grids(village))
        .take(MOST_GRIDS)
        .collect();
    let mut out = Vec::with_capacity(grids.len() * 400);
    let village = |g: &Grid| atlas.code(g.village, "nbs12").unwrap_or("").to_owned();
    let parent = |g: &Grid| g.parent.and_then(|p| atlas.grid(p)).map(|p| p.code.clone());
    geojson::write(grids.into_iter(), village, parent, &mut out)?;
    attachment(&format!("{name}.geojson"), "application/geo+json", out)
}

/// What the upload form sends beside the file.
#[derive(serde::Deserialize)]
pub struct GridFile {
    datum: String,
    day: Date,
}

#[derive(Template)]
#[template(path = "territory/grid_file.html")]
pub(crate) struct GridFilePage {
    v: View,
    f: Fields,
    datums: Vec<Opt>,
    report: Option<GridReport>,
    counts: String,
    said: Vec<String>,
    written: bool,
}

pub(crate) fn file_page(v: &View, f: Fields, report: Option<GridReport>, written: bool) -> GridFilePage {
    let datum = |d: &Datum| Opt::new(d.as_str(), v.t(&format!("territory.datum.{}", d.as_str())));
    let told = report.as_ref().map(|r| r.errors.iter().take(100)).into_iter().flatten();
    GridFilePage {
        datums: [Datum::Cgcs2000, Datum::Wgs84, Datum::Gcj02, Datum::Bd09].iter().map(datum).collect(),
        counts: report.as_ref().map(|r| counts(v, r)).unwrap_or_default(),
        said: told
            .map(|e| {
                let at = v.tw("territory.grid_file.at", &[("n", &e.number), ("code", &e.code)]);
                at + &v.said(e.key, &e.words)
            })
            .collect(),
        v: v.clone(),
        f,
        report,
        written,
    }
}

fn counts(v: &View, r: &GridReport) -> String {
    v.tw(
        "territory.grid_file.counts",
        &[
            ("read", &r.read),
            ("added", &r.added),
            ("ended", &r.ended),
            ("renamed", &r.renamed),
            ("same", &r.unchanged),
        ],
    )
}

/// GET /territory/grid-files/new
pub async fn grid_file_new(v: View, _: Who) -> Answer {
    let f = Fields::blank(&v, "territory.grid_file");
    let f = f.fill("day", v.zone.day(v.now)).fill("datum", Datum::Cgcs2000.as_str());
    page(&file_page(&v, f, None, false))
}

/// POST /territory/grid-files: the step `check` only looks, the main button writes what is without fault.
pub async fn grid_file_add(State(site): State<Site>, v: View, who: Who, form: Form<GridFile>) -> Answer {
    let (live, atlas) = atlas(&site)?;
    let look = form.step() == Some("check");
    let done = async {
        let act = who.act("admin", v.now)?;
        let input = file_of(&form)?;
        within_scope(&atlas, &who, &input)?;
        site.db.write(move |tx| deeds::import_grids(tx, act, &input, look)).await
    };
    match done.await {
        Ok(report) => {
            let written = !look && report.errors.is_empty();
            if written {
                live.refresh(&site.db).await?;
            }
            form.onward(&v, "territory.grid_file", |f| file_page(&v, f, Some(report), written))
        }
        Err(stop) => form.again(&v, "territory.grid_file", stop, |f| file_page(&v, f, None, false)),
    }
}

fn file_of(form: &Form<GridFile>) -> Outcome<GridImport> {
    let typed = form.read()?;
    let datum = typed.datum.parse().map_err(|_| Invalid::field("datum", "territory.bad.datum"))?;
    let file = form.files("file").next().ok_or_else(|| Invalid::field("file", "territory.bad.file"))?;
    Ok(GridImport::read(&file.bytes[..], datum, typed.day))
}

/// Every village that the file names, and that exists, lies in the administrator's scope.
fn within_scope(atlas: &Atlas, who: &Who, input: &GridImport) -> Outcome<()> {
    for code in input.villages() {
        for village in atlas.by_code("nbs12", code) {
            must_administer(atlas, who, village.id)?;
        }
    }
    Ok(())
}
