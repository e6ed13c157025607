//! Units and their posts: lists, sheets, new, one, end (单位与岗位).

use askama::Template;
use axum::extract::{Path, Query, State};
use base::{Id, Outcome, Page, Refusal};
use territory::{Atlas, LiveAtlas};
use web::{
    Answer, Cell, Fields, Form, Heading, List, ListQuery, Opt, Site, View, Who, export, go_saying, page,
};

use super::accounts::filter_words;
use super::own::scope_words;
use super::places::{Picked, name_of, pick};
use super::{doer, may_roster, person_of};
use crate::deeds::{self, NewPost, NewUnit};
use crate::model::{Duties, Duty, Kind, Post, ScopeFilter, Unit, UnitKind};
use crate::rules::view_filter;
use crate::store::{Cut, PostFilter, PostLine, UnitFilter, UnitLine, posts_page, unit_by_id, units_page};

web::names! {
    /// Filters of the list of units.
    pub enum By { Open = "open", Words = "q", Kind = "kind" }
}
web::names! {
    /// Orders of the list of units and of posts.
    pub enum Order { Made = "made" }
}
web::names! {
    /// Filters of the list of posts.
    pub enum PostBy { Open = "open", Words = "q", Duty = "duty" }
}

/// `open` in an address: exists now, has ended, or both.
fn open(value: Option<&str>) -> Option<bool> {
    match value {
        Some("yes") => Some(true),
        Some("no") => Some(false),
        _ => None,
    }
}

fn kinds(v: &View) -> Vec<Opt> {
    UnitKind::ALL.into_iter().map(|k| Opt::new(k.code(), v.t(k.word()))).collect()
}

fn duties(v: &View) -> Vec<Opt> {
    let hint = |d: Duty| v.maybe(&format!("{}.hint", d.word())).unwrap_or_default().to_owned();
    Duty::ALL.into_iter().map(|d| Opt::new(d.code(), v.t(d.word())).hint(hint(d))).collect()
}

fn open_or_over(v: &View) -> Vec<Opt> {
    vec![Opt::new("yes", v.t("access.open")), Opt::new("no", v.t("access.over"))]
}

type Units = ListQuery<By, Order>;
type Posts = ListQuery<PostBy, Order>;

async fn unit_lines(
    site: &Site,
    v: &View,
    scope: ScopeFilter,
    q: &Units,
    size: usize,
) -> Outcome<Page<UnitLine>> {
    let filter = units_asked(q);
    let (cut, now) = (Cut { after: q.cursor(), size, descending: q.descending(true) }, v.now);
    site.db.read(move |conn| units_page(conn, &scope, &filter, cut, now)).await
}

fn units_asked(q: &Units) -> UnitFilter {
    UnitFilter {
        words: q.get(By::Words).map(str::to_owned),
        kind: q.get(By::Kind).and_then(UnitKind::parse),
        open: open(q.get(By::Open)),
    }
}

/// A unit as it is shown.
pub(super) struct UnitRow {
    pub line: UnitLine,
    pub place: String,
}

#[derive(Template)]
#[template(path = "access/units.html")]
pub(super) struct UnitsPage {
    pub v: View,
    pub q: Units,
    pub list: List,
    pub rows: Vec<UnitRow>,
}

async fn unit_rows(
    site: &Site,
    v: &View,
    who: &web::Person,
    q: &Units,
    size: usize,
) -> Outcome<Page<UnitRow>> {
    let scope = view_filter(&*person_of(who)?, Kind::Roster);
    let found = unit_lines(site, v, scope, q, size).await?;
    let atlas = site.get::<LiveAtlas>()?.now();
    Ok(found.map(|line| unit_row(v, &atlas, line)))
}

fn unit_row(v: &View, atlas: &Atlas, line: UnitLine) -> UnitRow {
    UnitRow { place: scope_words(v, &name_of(atlas, line.unit.place.as_scope())), line }
}

/// GET /units
pub async fn units_show(State(site): State<Site>, v: View, who: Who, q: ListQuery<By, Order>) -> Answer {
    let q = q.or(By::Open, "yes");
    let found = unit_rows(&site, &v, &who, &q, q.size()).await?;
    let f = q.fields(&v, "access.units.filter");
    let mut list = q
        .frame(&v, found.next, found.rows.len())
        .filter(f.line("q"))
        .filter(f.select("kind", &kinds(&v)))
        .filter(f.select("open", &open_or_over(&v)))
        .export(q.under("/units/sheet.xlsx"))
        .print()
        .empty("access.units.none");
    if v.may(Duty::Admin.code()) {
        list = list.link("/units/new", "access.unit_new.title");
    }
    page(&UnitsPage { list, rows: found.rows, q, v })
}

/// GET /units/sheet.xlsx
pub async fn units_sheet(State(site): State<Site>, v: View, who: Who, q: ListQuery<By, Order>) -> Answer {
    let scope = view_filter(&*person_of(&who)?, Kind::Roster);
    let (filter, descending) = (units_asked(&q), q.descending(true));
    let atlas = site.get::<LiveAtlas>()?.now();
    let head = Heading::of(&v, v.t("access.units.title"), filter_words(&v, &q), &UNIT_COLUMNS);
    let view = v.clone();
    export(&site, &v, head, move |conn, after, size| {
        let cut = Cut { after, size, descending };
        let page = units_page(conn, &scope, &filter, cut, view.now)?;
        Ok(page.map(|line| unit_cells(&view, &unit_row(&view, &atlas, line))))
    })
    .await
}

const UNIT_COLUMNS: [(&str, f64); 6] = [
    ("access.units.col.name", 28.0),
    ("access.units.col.kind", 14.0),
    ("access.units.col.place", 36.0),
    ("access.units.col.posts", 8.0),
    ("access.units.col.from", 18.0),
    ("access.units.col.until", 18.0),
];

fn unit_cells(v: &View, r: &UnitRow) -> Vec<Cell> {
    vec![
        r.line.unit.name.as_str().into(),
        v.t(r.line.unit.kind.word()).as_ref().into(),
        r.place.as_str().into(),
        r.line.posts.into(),
        r.line.unit.period.from.into(),
        Cell::from(r.line.unit.period.until),
    ]
}

#[derive(Template)]
#[template(path = "access/unit_new.html")]
pub(super) struct UnitNewPage {
    pub v: View,
    pub f: Fields,
    pub at: Picked,
    pub kinds: Vec<Opt>,
    pub here: String,
}

/// Where on the way down the tree somebody is.
#[derive(serde::Deserialize)]
pub struct At {
    #[serde(default)]
    place: String,
}

/// What the form for a new unit sends.
#[derive(serde::Deserialize)]
pub struct UnitForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    place: String,
}

fn picked(site: &Site, who: &web::Person, asked: &str) -> Outcome<Picked> {
    let atlas = site.get::<LiveAtlas>()?.now();
    Ok(pick(&atlas, &*person_of(who)?, asked).ok_or_else(Refusal::forbidden)?)
}

/// GET /units/new
pub async fn unit_new(State(site): State<Site>, v: View, who: Who, Query(at): Query<At>) -> Answer {
    let at = picked(&site, &who, &at.place)?;
    let f = Fields::blank(&v, "access.unit_new").fill("place", &at.value);
    page(&UnitNewPage { f, at, kinds: kinds(&v), here: "/units/new".to_owned(), v })
}

/// POST /units
pub async fn unit_add(State(site): State<Site>, v: View, who: Who, form: Form<UnitForm>) -> Answer {
    let at = picked(&site, &who, form.typed("place").unwrap_or_default())?;
    let place = at.place;
    let done = async {
        let typed = form.read()?;
        let kind = UnitKind::parse(&typed.kind).ok_or_else(|| base::Invalid::field("kind", "form.choose"))?;
        if typed.place != at.value {
            return Err(base::Invalid::field("place", "form.choose").into());
        }
        let (new, doer) = (NewUnit { name: typed.name, kind, place }, doer(&who, v.now)?);
        site.db.write(move |tx| deeds::create_unit(tx, &doer, &new)).await
    };
    match done.await {
        Ok(id) => go_saying(format!("/units/{id}"), "access.unit.made"),
        Err(stop) => form.again(&v, "access.unit_new", stop, |f| UnitNewPage {
            f,
            at,
            kinds: kinds(&v),
            here: "/units/new".to_owned(),
            v: v.clone(),
        }),
    }
}

/// A post as it is shown.
pub(crate) struct PostRow {
    pub line: PostLine,
    pub duties: Vec<String>,
    pub scope: String,
    pub open: bool,
}

fn post_row(v: &View, atlas: &territory::Atlas, line: PostLine) -> PostRow {
    PostRow {
        duties: line.post.duties.iter().map(|d| v.t(d.word()).into_owned()).collect(),
        scope: scope_words(v, &name_of(atlas, line.post.scope)),
        open: line.post.period.holds(v.now),
        line,
    }
}

#[derive(Template)]
#[template(path = "access/unit.html")]
pub(super) struct UnitPage {
    pub v: View,
    pub unit: Unit,
    pub place: String,
    pub posts: Vec<PostRow>,
    pub open: bool,
    pub admin: bool,
}

/// Posts that the page of one unit shows.
const UNIT_POSTS: usize = 200;

async fn unit_of(site: &Site, who: &web::Person, id: Id<Unit>) -> Outcome<Unit> {
    let unit = site.db.read(move |conn| unit_by_id(conn, id)).await?.ok_or_else(Refusal::not_found)?;
    may_roster(&*person_of(who)?, unit.place)?;
    Ok(unit)
}

/// GET /units/{id}
pub async fn unit_show(State(site): State<Site>, v: View, who: Who, Path(id): Path<Id<Unit>>) -> Answer {
    let unit = unit_of(&site, &who, id).await?;
    let scope = view_filter(&*person_of(&who)?, Kind::Roster);
    let filter = PostFilter { unit: Some(id.raw()), ..PostFilter::default() };
    let (cut, now) = (Cut { after: None, size: UNIT_POSTS, descending: true }, v.now);
    let found = site.db.read(move |conn| posts_page(conn, &scope, &filter, cut, now)).await?;
    let atlas = site.get::<LiveAtlas>()?.now();
    page(&UnitPage {
        place: scope_words(&v, &name_of(&atlas, unit.place.as_scope())),
        posts: found.rows.into_iter().map(|l| post_row(&v, &atlas, l)).collect(),
        open: unit.period.holds(v.now),
        admin: v.may(Duty::Admin.code()),
        unit,
        v,
    })
}

/// POST /units/{id}/end
pub async fn unit_end(State(site): State<Site>, v: View, who: Who, Path(id): Path<Id<Unit>>) -> Answer {
    let doer = doer(&who, v.now)?;
    site.db.write(move |tx| deeds::close_unit(tx, &doer, id)).await?;
    go_saying(format!("/units/{id}"), "access.unit.ended")
}

#[derive(Template)]
#[template(path = "access/post_new.html")]
pub(super) struct PostNewPage {
    pub v: View,
    pub f: Fields,
    pub unit: Unit,
    pub at: Picked,
    pub duties: Vec<Opt>,
    pub here: String,
}

/// What the form for a new post sends.
#[derive(serde::Deserialize)]
pub struct PostForm {
    #[serde(default)]
    title: String,
    #[serde(default)]
    duties: Vec<String>,
    #[serde(default)]
    place: String,
}

/// GET /units/{id}/posts/new
pub async fn post_new(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Unit>>,
    Query(at): Query<At>,
) -> Answer {
    let unit = unit_of(&site, &who, id).await?;
    let asked = if at.place.is_empty() { place_value(&unit) } else { at.place };
    let at = picked(&site, &who, &asked)?;
    let f = Fields::blank(&v, "access.post_form").fill("place", &at.value);
    page(&PostNewPage { f, here: format!("/units/{id}/posts/new"), unit, at, duties: duties(&v), v })
}

/// The value of `place` for a unit's own place.
fn place_value(unit: &Unit) -> String {
    let scope = unit.place.as_scope();
    let letter = if scope.level == crate::model::Level::Grid { 'g' } else { 'd' };
    if scope.id == 0 { String::new() } else { format!("{letter}{}", Id::<()>::of(scope.id)) }
}

/// POST /units/{id}/posts
pub async fn post_add(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Unit>>,
    form: Form<PostForm>,
) -> Answer {
    let unit = unit_of(&site, &who, id).await?;
    let at = picked(&site, &who, form.typed("place").unwrap_or_default())?;
    let scope = at.place;
    let done = async {
        let typed = form.read()?;
        let duties = Duties::parse(&typed.duties.join(" "))
            .ok_or_else(|| base::Invalid::field("duties", "form.choose"))?;
        if typed.place != at.value {
            return Err(base::Invalid::field("place", "form.choose").into());
        }
        let (new, doer) = (NewPost { unit: id, title: typed.title, duties, scope }, doer(&who, v.now)?);
        site.db.write(move |tx| deeds::create_post(tx, &doer, &new)).await
    };
    match done.await {
        Ok(_) => go_saying(format!("/units/{id}"), "access.post.made"),
        Err(stop) => form.again(&v, "access.post_form", stop, |f| PostNewPage {
            f,
            unit: unit.clone(),
            at,
            duties: duties(&v),
            here: format!("/units/{id}/posts/new"),
            v: v.clone(),
        }),
    }
}

/// POST /units/{id}/posts/{post}/end
pub async fn post_end(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path((id, post)): Path<(Id<Unit>, Id<Post>)>,
) -> Answer {
    let doer = doer(&who, v.now)?;
    site.db.write(move |tx| deeds::close_post(tx, &doer, post)).await?;
    go_saying(format!("/units/{id}"), "access.post.ended")
}

#[derive(Template)]
#[template(path = "access/posts.html")]
pub(super) struct PostsPage {
    pub v: View,
    pub q: Posts,
    pub list: List,
    pub rows: Vec<PostRow>,
}

fn posts_asked(q: &Posts) -> PostFilter {
    PostFilter {
        words: q.get(PostBy::Words).map(str::to_owned),
        duty: q.get(PostBy::Duty).and_then(Duty::parse),
        unit: None,
        open: open(q.get(PostBy::Open)),
    }
}

async fn post_rows(
    site: &Site,
    v: &View,
    who: &web::Person,
    q: &Posts,
    size: usize,
) -> Outcome<Page<PostRow>> {
    let scope = view_filter(&*person_of(who)?, Kind::Roster);
    let filter = posts_asked(q);
    let (cut, now) = (Cut { after: q.cursor(), size, descending: q.descending(true) }, v.now);
    let found = site.db.read(move |conn| posts_page(conn, &scope, &filter, cut, now)).await?;
    let atlas = site.get::<LiveAtlas>()?.now();
    Ok(found.map(|l| post_row(v, &atlas, l)))
}

/// GET /posts
pub async fn posts_show(State(site): State<Site>, v: View, who: Who, q: ListQuery<PostBy, Order>) -> Answer {
    let q = q.or(PostBy::Open, "yes");
    let found = post_rows(&site, &v, &who, &q, q.size()).await?;
    let f = q.fields(&v, "access.posts.filter");
    let list = q
        .frame(&v, found.next, found.rows.len())
        .filter(f.line("q"))
        .filter(f.select("duty", &duties(&v)))
        .filter(f.select("open", &open_or_over(&v)))
        .export(q.under("/posts/sheet.xlsx"))
        .print()
        .empty("access.posts.none");
    page(&PostsPage { list, rows: found.rows, q, v })
}

/// GET /posts/sheet.xlsx
pub async fn posts_sheet(State(site): State<Site>, v: View, who: Who, q: ListQuery<PostBy, Order>) -> Answer {
    let scope = view_filter(&*person_of(&who)?, Kind::Roster);
    let (filter, descending) = (posts_asked(&q), q.descending(true));
    let atlas = site.get::<LiveAtlas>()?.now();
    let head = Heading::of(&v, v.t("access.posts.title"), filter_words(&v, &q), &POST_COLUMNS);
    let view = v.clone();
    export(&site, &v, head, move |conn, after, size| {
        let cut = Cut { after, size, descending };
        let page = posts_page(conn, &scope, &filter, cut, view.now)?;
        Ok(page.map(|line| post_cells(post_row(&view, &atlas, line))))
    })
    .await
}

const POST_COLUMNS: [(&str, f64); 7] = [
    ("access.posts.col.unit", 28.0),
    ("access.posts.col.title", 20.0),
    ("access.posts.col.duties", 28.0),
    ("access.posts.col.scope", 36.0),
    ("access.posts.col.holders", 20.0),
    ("access.posts.col.from", 18.0),
    ("access.posts.col.until", 18.0),
];

fn post_cells(r: PostRow) -> Vec<Cell> {
    vec![
        r.line.unit_name.into(),
        r.line.post.title.into(),
        r.duties.join(" ").into(),
        r.scope.into(),
        r.line.holders.join(" ").into(),
        r.line.post.period.from.into(),
        Cell::from(r.line.post.period.until),
    ]
}
