//! Looking things up: the tree, a division, a grid.

use askama::Template;
use axum::extract::{Path, Query, State};
use base::{Id, Outcome};
use jiff::civil::Date;
use web::{Answer, Html, Opt, Site, View, Who, options, page};

use super::{
    map::{MapArea, grid_map, map_svg},
    reach::{atlas, id_of, may_administer},
};
use crate::{
    Atlas, Division, Entry, Kind,
    model::{Employment, Grid, GridRole},
    store,
};

/// Rows of a search.
const MOST_HITS: usize = 100;

/// What is asked of the tree.
#[derive(serde::Deserialize, Default)]
#[serde(default)]
pub struct Ask {
    q: String,
    kind: String,
}

/// A row of a list of divisions.
pub(super) struct Line {
    id: Id<Division>,
    name: String,
    above: String,
    kind: String,
    code: String,
    below: usize,
    grids: usize,
}

#[derive(Template)]
#[template(path = "territory/tree.html")]
pub(crate) struct TreePage {
    v: View,
    q: String,
    kind: String,
    kinds: Vec<(&'static str, String, usize)>,
    rows: Vec<Line>,
    asked: bool,
    capped: bool,
    may_import: bool,
}

fn line(v: &View, atlas: &Atlas, e: Entry<'_>) -> Line {
    Line {
        id: e.id,
        name: e.name.to_owned(),
        above: e.parent.map(|p| atlas.path_name(p, Kind::City)).unwrap_or_default(),
        kind: v.t(e.kind.word()).into_owned(),
        code: atlas.code(e.id, "nbs12").unwrap_or("").to_owned(),
        below: atlas.children(Some(e.id)).count(),
        grids: atlas.grids_below(e.id),
    }
}

/// GET /territory: the top of the tree, or what a word finds.
pub async fn tree_top(State(site): State<Site>, v: View, _: Who, Query(ask): Query<Ask>) -> Answer {
    let (_, atlas) = atlas(&site)?;
    page(&tree_page(v, &atlas, &ask))
}

pub(crate) fn tree_page(v: View, atlas: &Atlas, ask: &Ask) -> TreePage {
    let words: String = ask.q.trim().chars().take(base::limits::LINE_CHARS).collect();
    let kind = Kind::ALL.into_iter().find(|k| k.as_str() == ask.kind);
    let asked = !words.is_empty() || kind.is_some();
    let mut hits: Vec<Entry<'_>> =
        if asked { atlas.search(&words, kind, MOST_HITS + 1) } else { tops(atlas) };
    let capped = hits.len() > MOST_HITS;
    hits.truncate(MOST_HITS);
    let rows = hits.into_iter().map(|e| line(&v, atlas, e)).collect();
    let count = |k: Kind| (k.as_str(), v.t(k.word()).into_owned(), atlas.count(k));
    TreePage {
        kinds: Kind::ALL.map(count).into(),
        may_import: v.may("admin"),
        q: words,
        kind: ask.kind.clone(),
        v,
        rows,
        asked,
        capped,
    }
}

/// The roots and, as long as there is only one, what lies below it.
fn tops(atlas: &Atlas) -> Vec<Entry<'_>> {
    let mut all: Vec<Entry<'_>> = atlas.children(None).collect();
    let mut last = 0;
    while all.len() - last == 1 {
        let only = all[last].id;
        last = all.len();
        all.extend(atlas.children(Some(only)));
    }
    all
}

/// What is asked of the options.
#[derive(serde::Deserialize, Default)]
#[serde(default)]
pub struct Parent {
    parent: String,
}

/// GET /territory/options: the children of a division for the next select. Nothing for nothing.
pub async fn child_options(State(site): State<Site>, Query(ask): Query<Parent>) -> Answer {
    let (_, atlas) = atlas(&site)?;
    let parent: Option<Id<Division>> = ask.parent.parse().ok();
    let children: Option<Vec<Opt>> =
        parent.map(|id| atlas.children(Some(id)).map(|e| Opt::new(e.id, e.name)).collect());
    options(&children.unwrap_or_default())
}

/// One line of the history.
struct Past {
    day: String,
    what: String,
}

#[derive(Template)]
#[template(path = "territory/division.html")]
pub(crate) struct DivisionPage {
    v: View,
    id: Id<Division>,
    name: String,
    kind: String,
    path: Vec<(Id<Division>, String)>,
    codes: Vec<(String, String)>,
    from: String,
    ended: Option<String>,
    counts: Vec<(String, usize)>,
    map: Html,
    children: Vec<Line>,
    grids: Vec<(Id<Grid>, String, String, u8)>,
    history: Vec<Past>,
    may_change: bool,
}

/// GET /territory/{id}
pub async fn division_show(State(site): State<Site>, v: View, who: Who, Path(id): Path<String>) -> Answer {
    let (_, atlas) = atlas(&site)?;
    let id = id_of(&id)?;
    let may_change = may_administer(&atlas, &who, id);
    page(&division_page(v, &atlas, id, may_change)?)
}

pub(crate) fn division_page(
    v: View,
    atlas: &Atlas,
    id: Id<Division>,
    may_change: bool,
) -> Outcome<DivisionPage> {
    let one = atlas.division(id).ok_or_else(base::Refusal::not_found)?;
    let children: Vec<Line> = atlas.children(Some(id)).map(|e| line(&v, atlas, e)).collect();
    let areas: Vec<MapArea> = children
        .iter()
        .map(|c| MapArea { id: c.id, number: Some(c.grids as i64), href: format!("/territory/{}", c.id) })
        .collect();
    let below = Kind::ALL.into_iter().filter(|k| *k > one.kind);
    let mut counts: Vec<(String, usize)> =
        below.map(|k| (v.t(k.word()).into_owned(), atlas.below(id, k).len())).collect();
    counts.push((v.t("territory.grid").into_owned(), atlas.grids_below(id)));
    let map = match one.kind {
        Kind::Village => grid_map(atlas, id, &v.t1("territory.map.village", "name", one.name)),
        _ => map_svg(&v, atlas, &areas, &v.t1("territory.map.title", "name", one.name)),
    };
    Ok(DivisionPage {
        name: one.name.to_owned(),
        kind: v.t(one.kind.word()).into_owned(),
        path: ancestors(atlas, id),
        codes: codes(&v, atlas, id),
        from: day(one.valid_from),
        ended: one.valid_to.map(day),
        map,
        grids: atlas.grids(id).map(|g| (g.id, g.name.clone(), g.code.clone(), g.level.number())).collect(),
        history: history(&v, atlas, id),
        may_change: may_change && one.valid_to.is_none(),
        counts,
        children,
        id,
        v,
    })
}

fn day(d: Date) -> String {
    d.to_string()
}

fn ancestors(atlas: &Atlas, id: Id<Division>) -> Vec<(Id<Division>, String)> {
    let above = atlas.lineage(id);
    let all = above.ids().filter(|(_, a)| *a != id).map(|(_, a)| (a, atlas.name(a).to_owned()));
    all.collect()
}

fn codes(v: &View, atlas: &Atlas, id: Id<Division>) -> Vec<(String, String)> {
    let name = |system: &str| match v.maybe(&format!("territory.code.{system}")) {
        Some(word) => word.to_owned(),
        None => system.to_owned(),
    };
    atlas.codes(id).map(|(system, code)| (name(system), code.to_owned())).collect()
}

fn history(v: &View, atlas: &Atlas, id: Id<Division>) -> Vec<Past> {
    let parent = |f: &crate::model::Former| f.parent.map(|p| atlas.name(p).to_owned()).unwrap_or_default();
    let was = atlas.formers(id).into_iter().map(|f| Past {
        day: day(f.until),
        what: v.tw("territory.history.was", &[("name", &f.name), ("parent", &parent(f))]),
    });
    let name = |d: Id<Division>| atlas.path_name(d, Kind::County);
    let out = atlas
        .passings_from(id)
        .map(|(new, on)| Past { day: day(on), what: v.t1("territory.history.into", "name", name(new)) });
    let into = atlas
        .passings_into(id)
        .map(|(old, on)| Past { day: day(on), what: v.t1("territory.history.from", "name", name(old)) });
    let mut all: Vec<Past> = was.chain(out).chain(into).collect();
    all.sort_by(|a, b| b.day.cmp(&a.day));
    all
}

#[derive(Template)]
#[template(path = "territory/grid.html")]
pub(crate) struct GridPage {
    v: View,
    name: String,
    code: String,
    level: u8,
    path: Vec<(Id<Division>, String)>,
    area: String,
    from: String,
    ended: Option<String>,
    staffing: Vec<(String, usize)>,
    heirs: Vec<(Id<Grid>, String)>,
}

/// GET /territory/grids/{id}
pub async fn grid_show(State(site): State<Site>, v: View, _: Who, Path(id): Path<String>) -> Answer {
    let (_, atlas) = atlas(&site)?;
    let id: Id<Grid> = id_of(&id)?;
    let grid = atlas.grid(id).ok_or_else(base::Refusal::not_found)?.clone();
    let today = v.zone.day(v.now);
    let (workers, heirs) =
        site.db.read(move |c| Ok((store::workers_of(c, id)?, store::grid_successors(c, id)?))).await?;
    let now: Vec<(GridRole, Employment)> =
        workers.iter().filter(|a| a.holds_on(today)).map(|a| (a.role, a.employment)).collect();
    let heirs = heirs.into_iter().filter_map(|h| atlas.grid(h).map(|g| (h, g.name.clone()))).collect();
    page(&grid_page(v, &atlas, &grid, &now, heirs))
}

pub(crate) fn grid_page(
    v: View,
    atlas: &Atlas,
    grid: &Grid,
    workers: &[(GridRole, Employment)],
    heirs: Vec<(Id<Grid>, String)>,
) -> GridPage {
    let mut path = ancestors(atlas, grid.village);
    path.push((grid.village, atlas.name(grid.village).to_owned()));
    let mut staffing = Vec::new();
    for role in [GridRole::Head, GridRole::Member] {
        for employment in [Employment::Full, Employment::Part] {
            let count = workers.iter().filter(|w| **w == (role, employment)).count();
            if count > 0 {
                staffing.push((format!("{} · {}", v.t(role.word()), v.t(employment.word())), count));
            }
        }
    }
    GridPage {
        name: grid.name.clone(),
        code: grid.code.clone(),
        level: grid.level.number(),
        area: v.t1("territory.area.km2", "n", format!("{:.2}", grid.outline.area_m2() / 1e6)),
        from: day(grid.valid_from),
        ended: grid.valid_to.map(day),
        path,
        staffing,
        heirs,
        v,
    }
}
