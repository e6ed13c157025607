//! The administrator's forms: rename, merge, split. The last two show what they would do before they do it.

use askama::Template;
use axum::extract::{Path, State};
use base::{Act, Id, Invalid, Outcome};
use jiff::civil::Date;
use web::{Answer, Fields, Form, Opt, Site, View, Who, go_saying, page};

use super::reach::{atlas, id_of, must_administer};
use crate::{
    Atlas, Division, Kind, LiveAtlas,
    deeds::{self, Merge, Split},
    model::Grid,
    rules::recut::{Part, Preview},
};

/// What the rename form sends.
#[derive(serde::Deserialize)]
pub struct NewName {
    name: String,
    day: Date,
}

#[derive(Template)]
#[template(path = "territory/name.html")]
pub(super) struct NamePage {
    v: View,
    f: Fields,
    id: Id<Division>,
    name: String,
}

/// GET /territory/{id}/name
pub async fn name_edit(State(site): State<Site>, v: View, who: Who, Path(id): Path<String>) -> Answer {
    let (_, atlas) = atlas(&site)?;
    let id = id_of(&id)?;
    must_administer(&atlas, &who, id)?;
    let name = atlas.name(id).to_owned();
    let f = Fields::blank(&v, "territory.rename").fill("name", &name).fill("day", v.zone.day(v.now));
    page(&NamePage { f, id, name, v })
}

/// POST /territory/{id}/name
pub async fn name_set(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<String>,
    form: Form<NewName>,
) -> Answer {
    let (live, atlas) = atlas(&site)?;
    let id = id_of(&id)?;
    must_administer(&atlas, &who, id)?;
    let done = async {
        let (input, act) = (form.read()?, who.act("admin", v.now)?);
        site.db.write(move |tx| deeds::rename_division(tx, act, id, &input.name, input.day)).await
    };
    match done.await {
        Ok(()) => onwards(&site, &live, id, "territory.rename.done").await,
        Err(stop) => form.again(&v, "territory.rename", stop, |f| {
            let name = atlas.name(id).to_owned();
            NamePage { f, id, name, v: v.clone() }
        }),
    }
}

async fn onwards(site: &Site, live: &LiveAtlas, id: Id<Division>, key: &'static str) -> Answer {
    live.refresh(&site.db).await?;
    go_saying(format!("/territory/{id}"), key)
}

/// What the merger form sends.
#[derive(serde::Deserialize)]
pub struct NewMerger {
    #[serde(default)]
    others: Vec<String>,
    #[serde(default)]
    keep: bool,
    name: String,
    code: String,
    day: Date,
}

/// A preview in words.
pub(crate) struct Shown {
    ends: Vec<String>,
    begins: Vec<String>,
    moves: Vec<String>,
    below: usize,
    grids: usize,
}

fn shown(v: &View, atlas: &Atlas, p: Preview) -> Shown {
    let names = |ids: Vec<Id<Division>>| ids.into_iter().map(|id| atlas.name(id).to_owned()).collect();
    let begins = p
        .begins
        .into_iter()
        .map(|(name, n, g)| v.tw("territory.preview.holds", &[("name", &name), ("n", &n), ("g", &g)]));
    Shown {
        ends: names(p.ends),
        begins: begins.collect(),
        moves: names(p.moves),
        below: p.below,
        grids: p.grids,
    }
}

#[derive(Template)]
#[template(path = "territory/merger.html")]
pub(crate) struct MergerPage {
    v: View,
    f: Fields,
    id: Id<Division>,
    name: String,
    others: Vec<Opt>,
    shown: Option<Shown>,
}

pub(crate) fn merger_page(
    v: &View,
    atlas: &Atlas,
    id: Id<Division>,
    f: Fields,
    shown: Option<Shown>,
) -> MergerPage {
    let one = atlas.division(id);
    let siblings = one.map(|e| atlas.children(e.parent).filter(move |s| s.id != id && s.kind == e.kind));
    MergerPage {
        others: siblings.into_iter().flatten().map(|s| Opt::new(s.id, s.name)).collect(),
        name: atlas.name(id).to_owned(),
        v: v.clone(),
        f,
        id,
        shown,
    }
}

/// GET /territory/{id}/merger
pub async fn merger_new(State(site): State<Site>, v: View, who: Who, Path(id): Path<String>) -> Answer {
    let (_, atlas) = atlas(&site)?;
    let id = id_of(&id)?;
    must_administer(&atlas, &who, id)?;
    let f = Fields::blank(&v, "territory.merger").fill("name", atlas.name(id)).fill("day", v.zone.day(v.now));
    page(&merger_page(&v, &atlas, id, f, None))
}

/// Reads the form; every division of it must lie in the scope.
fn merger_of(form: &Form<NewMerger>, atlas: &Atlas, who: &Who, id: Id<Division>) -> Outcome<Merge> {
    let typed = form.read()?;
    let mut divisions = vec![id];
    for other in &typed.others {
        let other = id_of(other)?;
        must_administer(atlas, who, other)?;
        divisions.push(other);
    }
    let keep = typed.keep.then_some(id);
    Ok(Merge { divisions, keep, name: typed.name, code: typed.code, day: typed.day })
}

/// POST /territory/{id}/merger: the step `preview` shows, the main button does.
pub async fn merger_add(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<String>,
    form: Form<NewMerger>,
) -> Answer {
    let (live, atlas) = atlas(&site)?;
    let id = id_of(&id)?;
    must_administer(&atlas, &who, id)?;
    let look = form.step() == Some("preview");
    let done = async {
        let (input, act) = (merger_of(&form, &atlas, &who, id)?, who.act("admin", v.now)?);
        if look {
            let preview = site.db.read(move |c| deeds::preview_merge(c, &input)).await?;
            return Ok(Err(preview));
        }
        site.db.write(move |tx| deeds::merge_divisions(tx, act, &input)).await.map(Ok)
    };
    match done.await {
        Ok(Ok(new)) => onwards(&site, &live, new, "territory.merger.done").await,
        Ok(Err(preview)) => {
            let shown = shown(&v, &atlas, preview);
            form.onward(&v, "territory.merger", |f| merger_page(&v, &atlas, id, f, Some(shown)))
        }
        Err(stop) => form.again(&v, "territory.merger", stop, |f| merger_page(&v, &atlas, id, f, None)),
    }
}

/// What the split form sends: what goes to the second part; the rest stays with the first.
#[derive(serde::Deserialize)]
pub struct NewPartition {
    first: String,
    second: String,
    #[serde(default)]
    moved: Vec<String>,
    #[serde(default)]
    keep: bool,
    day: Date,
}

#[derive(Template)]
#[template(path = "territory/partition.html")]
pub(super) struct PartitionPage {
    v: View,
    f: Fields,
    id: Id<Division>,
    name: String,
    parts: Vec<Opt>,
    shown: Option<Shown>,
}

pub(super) fn partition_page(
    v: &View,
    atlas: &Atlas,
    id: Id<Division>,
    f: Fields,
    shown: Option<Shown>,
) -> PartitionPage {
    let mut parts: Vec<Opt> = atlas.children(Some(id)).map(|e| Opt::new(e.id, e.name)).collect();
    if atlas.division(id).is_some_and(|e| e.kind == Kind::Village) {
        parts = atlas.grids(id).map(|g| Opt::new(g.id, g.name.clone())).collect();
    }
    PartitionPage { name: atlas.name(id).to_owned(), v: v.clone(), f, id, parts, shown }
}

/// GET /territory/{id}/partition
pub async fn partition_new(State(site): State<Site>, v: View, who: Who, Path(id): Path<String>) -> Answer {
    let (_, atlas) = atlas(&site)?;
    let id = id_of(&id)?;
    must_administer(&atlas, &who, id)?;
    let f =
        Fields::blank(&v, "territory.partition").fill("first", atlas.name(id)).fill("day", v.zone.day(v.now));
    page(&partition_page(&v, &atlas, id, f, None))
}

fn partition_of(form: &Form<NewPartition>, atlas: &Atlas, id: Id<Division>) -> Outcome<Split> {
    let typed = form.read()?;
    if typed.moved.is_empty() {
        return Err(Invalid::field("moved", "territory.split.none").into());
    }
    let village = atlas.division(id).is_some_and(|e| e.kind == Kind::Village);
    let goes = |id: String| typed.moved.contains(&id);
    let (mut first, mut second) = (part(&typed.first), part(&typed.second));
    if village {
        let (gone, kept): (Vec<Id<Grid>>, Vec<Id<Grid>>) =
            atlas.grids(id).map(|g| g.id).partition(|g| goes(g.to_string()));
        (first.grids, second.grids) = (kept, gone);
    } else {
        let (gone, kept): (Vec<Id<Division>>, Vec<Id<Division>>) =
            atlas.children(Some(id)).map(|e| e.id).partition(|c| goes(c.to_string()));
        (first.children, second.children) = (kept, gone);
    }
    Ok(Split { division: id, parts: vec![first, second], keep_first: typed.keep, day: typed.day })
}

fn part(name: &str) -> Part {
    Part { name: name.to_owned(), children: Vec::new(), grids: Vec::new() }
}

/// POST /territory/{id}/partition: the step `preview` shows, the main button does.
pub async fn partition_add(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<String>,
    form: Form<NewPartition>,
) -> Answer {
    let (live, atlas) = atlas(&site)?;
    let id = id_of(&id)?;
    must_administer(&atlas, &who, id)?;
    let look = form.step() == Some("preview");
    let done = async {
        let act: Act = who.act("admin", v.now)?;
        let input = partition_of(&form, &atlas, id)?;
        if look {
            let preview = site.db.read(move |c| deeds::preview_split(c, &input)).await?;
            return Ok(Err(preview));
        }
        site.db.write(move |tx| deeds::split_division(tx, act, &input)).await.map(Ok)
    };
    match done.await {
        Ok(Ok(parts)) => {
            let first = parts.first().copied().unwrap_or(id);
            onwards(&site, &live, first, "territory.partition.done").await
        }
        Ok(Err(preview)) => {
            let shown = shown(&v, &atlas, preview);
            form.onward(&v, "territory.partition", |f| partition_page(&v, &atlas, id, f, Some(shown)))
        }
        Err(stop) => form.again(&v, "territory.partition", stop, |f| partition_page(&v, &atlas, id, f, None)),
    }
}
