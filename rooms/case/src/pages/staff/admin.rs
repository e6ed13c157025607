//! The administrator's pages of this room (系统管理): categories, the pack, the routing table, the timers;
//! doors to the pages of places and of accounts.

use askama::Template;
use axum::extract::{Path, Query, State};
use base::{Id, Millis, Outcome, Stop};
use serde::Deserialize;
use web::{Answer, Fields, Form, Opt, Site, View, Who, go_saying, page};

use super::seat::{Names, Seat};
use crate::deeds::{self, Hand, NewCategory};
use crate::model::term_of;
use crate::model::{Category, Proof, RequestKind, RouteTable};
use crate::pages::{language, needed_words};
use crate::rules::pack::{Pack, PackError, PackFile, read_pack};
use crate::store::{Desk, PackRow, latest_pack};

/// Where the labels are.
const PREFIX: &str = "case.page.admin";

/// A pack's files: their names and their texts.
pub type PackFiles = Vec<(String, String)>;

/// Where the pack's files are (地区包文件): the app knows whether that is a folder or what was built in.
pub struct PackShelf {
    /// What is shown as its place.
    pub label: String,
    /// Reads every file as its name and its text.
    pub read: fn(&str) -> std::io::Result<PackFiles>,
}

impl PackShelf {
    /// The pack, or every mistake in it.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn pack(&self) -> std::io::Result<Result<Pack, Vec<PackError>>> {
        let texts = (self.read)(&self.label)?;
        let files: Vec<PackFile<'_>> = texts.iter().map(|(name, text)| PackFile { name, text }).collect();
        Ok(read_pack(&files))
    }
}

pub(super) struct Door {
    pub address: &'static str,
    pub title: String,
    pub what: String,
}

#[derive(Template)]
#[template(path = "case/staff/admin.html")]
pub(super) struct AdminPage {
    pub v: View,
    pub doors: Vec<Door>,
}

pub(super) fn admin_page(v: &View) -> AdminPage {
    let door = |address, title: &str, what: &str| Door {
        address,
        title: v.t(title).into_owned(),
        what: v.t(what).into_owned(),
    };
    AdminPage {
        doors: vec![
            door("/admin/categories", "case.page.admin.categories", "case.page.admin.categories_what"),
            door("/admin/routing", "case.page.admin.routing", "case.page.admin.routing_what"),
            door("/admin/packs", "case.page.admin.packs", "case.page.admin.packs_what"),
            door("/admin/timers", "case.page.admin.timers", "case.page.admin.timers_what"),
            door("/admin/calendar", "case.page.admin.calendar", "case.page.admin.calendar_what"),
            door("/admin/notices", "case.page.admin.notices", "case.page.admin.notices_what"),
            door("/territory", "case.page.admin.places", "case.page.admin.places_what"),
            door("/accounts", "case.page.admin.accounts", "case.page.admin.accounts_what"),
        ],
        v: v.clone(),
    }
}

pub(super) async fn admin_show(v: View) -> Answer {
    page(&admin_page(&v))
}

pub(super) struct CategoryView {
    pub id: String,
    pub code: String,
    pub path: String,
    pub kind: String,
    pub days: String,
    pub source: String,
    pub marks: String,
    pub questions: String,
    pub ended: Option<String>,
    pub end_label: String,
}

/// A top of the tree: a link to its leaves, or the leaves themselves when it is the one that is open.
pub(super) struct Branch {
    pub name: String,
    pub address: String,
    pub count: usize,
    pub leaves: Option<Vec<CategoryView>>,
}

#[derive(Template)]
#[template(path = "case/staff/categories.html")]
pub(super) struct CategoriesPage {
    pub v: View,
    pub f: Fields,
    pub adding: bool,
    pub parents: Vec<Opt>,
    pub kinds: Vec<Opt>,
    pub units: Vec<Opt>,
    pub tree: Vec<Branch>,
}

/// The page with one branch open: all of them at once are more than a slow line brings in time.
fn categories_page(v: &View, seat: &Seat, f: Fields, adding: bool, open: i64) -> CategoriesPage {
    let tops = seat.catalogue.categories().filter(|c| c.parent == 0);
    let tree = tops.map(|top| {
        let below = seat.catalogue.subtree(top.id);
        let leaves: Vec<&Category> = below
            .into_iter()
            .filter_map(|id| seat.catalogue.category(id))
            .filter(|c| c.kind.is_some())
            .collect();
        Branch {
            name: format!("{} {}", top.code, top.name),
            address: branch_address(top.id),
            count: leaves.len(),
            leaves: (top.id == open).then(|| leaves.iter().map(|c| category_view(v, seat, c)).collect()),
        }
    });
    CategoriesPage {
        f,
        adding,
        parents: seat.headings(),
        units: deeds::UNITS
            .iter()
            .map(|u| Opt::new(u, v.t(&format!("case.page.admin.unit.{u}")).into_owned()))
            .collect(),
        kinds: RequestKind::ALL.iter().map(|k| Opt::new(k.code(), v.t(k.key()).into_owned())).collect(),
        tree: tree.collect(),
        v: v.clone(),
    }
}

fn category_view(v: &View, seat: &Seat, c: &Category) -> CategoryView {
    let marks = [
        (c.needs_place, "case.page.admin.needs_place"),
        (c.needs_evidence, "case.page.admin.needs_evidence"),
        (c.is_urgent, "case.page.admin.is_urgent"),
        (c.is_public, "case.page.admin.is_public"),
    ];
    let mut marks: Vec<_> =
        marks.into_iter().filter(|(on, _)| *on).map(|(_, key)| v.t(key).into_owned()).collect();
    if !c.proofs.is_empty() {
        marks.push(needed_words(v, c));
    }
    let questions: Vec<&str> = c.questions.iter().map(|q| q.label.as_str()).collect();
    CategoryView {
        id: Id::<Category>::of(c.id).to_string(),
        code: c.code.clone(),
        path: seat.category(c.id),
        kind: c.kind.map_or(String::new(), |k| v.t(k.key()).into_owned()),
        days: c.term.say(language(v)),
        source: c.days_source.clone(),
        marks: marks.join("、"),
        questions: questions.join("；"),
        ended: c
            .valid_to
            .filter(|end| *end <= v.now)
            .map(|end| v.t1("case.page.admin.ended", "when", v.when(end))),
        end_label: v.t1("case.page.admin.category_end_one", "name", &c.name),
    }
}

/// Where the branch of a top stands open.
fn branch_address(top: i64) -> String {
    format!("/admin/categories?in={}", Id::<Category>::of(top))
}

/// The branch in which a category stands.
fn branch_of(seat: &Seat, category: i64) -> i64 {
    seat.catalogue.lineage(category).pop().unwrap_or_default()
}

/// Which branch is open.
#[derive(Deserialize)]
pub(super) struct Look {
    #[serde(rename = "in")]
    inside: Option<Id<Category>>,
}

pub(super) async fn categories_list(
    State(site): State<Site>,
    v: View,
    who: Who,
    Query(look): Query<Look>,
) -> Answer {
    let f = Fields::blank(&v, PREFIX).fill("is_public", "on").fill("days", 15).fill("unit", "d");
    page(&categories_page(&v, &Seat::of(&site, &who)?, f, false, look.inside.map_or(0, Id::raw)))
}

/// A new category as typed.
#[derive(Deserialize)]
pub(super) struct CategoryForm {
    parent: Option<Id<Category>>,
    code: String,
    name: String,
    kind: RequestKind,
    days: i64,
    unit: String,
    days_source: String,
    #[serde(default)]
    needs_place: bool,
    #[serde(default)]
    needs_evidence: bool,
    #[serde(default)]
    proof_before: bool,
    #[serde(default)]
    proof_after: bool,
    #[serde(default)]
    proof_paper: bool,
    #[serde(default)]
    proof_signature: bool,
    #[serde(default)]
    proof_words: bool,
    #[serde(default)]
    is_urgent: bool,
    #[serde(default)]
    is_public: bool,
}

impl CategoryForm {
    fn order(self) -> NewCategory {
        NewCategory {
            parent: self.parent.map_or(0, Id::raw),
            code: self.code.trim().to_owned(),
            name: self.name,
            kind: self.kind,
            days: self.days,
            unit: self.unit,
            days_source: self.days_source,
            needs_place: self.needs_place,
            needs_evidence: self.needs_evidence,
            proofs: [
                (self.proof_before, Proof::Before),
                (self.proof_after, Proof::After),
                (self.proof_paper, Proof::Paper),
                (self.proof_signature, Proof::Signature),
                (self.proof_words, Proof::Words),
            ]
            .into_iter()
            .filter_map(|(on, proof)| on.then_some(proof))
            .collect(),
            is_urgent: self.is_urgent,
            is_public: self.is_public,
        }
    }
}

pub(super) async fn category_add(
    State(site): State<Site>,
    v: View,
    who: Who,
    form: Form<CategoryForm>,
) -> Answer {
    let done = async {
        let (order, person, now) = (form.read()?.order(), access::person_of(&who)?, v.now);
        let parent = order.parent;
        site.db.write(move |tx| deeds::add_category(tx, &person, now, &order)).await?;
        site.get::<Desk>()?.refresh(&site.db).await?;
        Ok::<i64, Stop>(parent)
    };
    match done.await {
        Ok(parent) => {
            let seat = Seat::of(&site, &who)?;
            go_saying(branch_address(branch_of(&seat, parent)), "case.page.admin.category_added")
        }
        Err(stop) => {
            let seat = Seat::of(&site, &who)?;
            form.again(&v, PREFIX, stop, |f| categories_page(&v, &seat, f, true, 0))
        }
    }
}

/// Nothing but the press of the button.
#[derive(Deserialize)]
pub(super) struct EndForm {}

pub(super) async fn category_end(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Category>>,
    form: Form<EndForm>,
) -> Answer {
    form.read()?;
    let (person, now) = (access::person_of(&who)?, v.now);
    site.db.write(move |tx| deeds::end_category(tx, &person, now, id)).await?;
    site.get::<Desk>()?.refresh(&site.db).await?;
    let seat = Seat::of(&site, &who)?;
    go_saying(branch_address(branch_of(&seat, id.raw())), "case.page.admin.category_ended")
}

pub(super) struct PackView {
    pub code: String,
    pub name: String,
    pub version: String,
    pub loaded: String,
    pub who: String,
    pub terms: Vec<(String, String)>,
}

pub(super) struct ErrorView {
    pub place: String,
    pub sentence: String,
}

#[derive(Template)]
#[template(path = "case/staff/packs.html")]
pub(super) struct PacksPage {
    pub v: View,
    pub f: Fields,
    pub pack: Option<PackView>,
    pub folder: String,
    pub found: String,
    pub errors: Vec<ErrorView>,
    pub can_reload: bool,
    pub missing: usize,
    pub some_missing: Vec<String>,
}

/// Nothing but the press of the button.
#[derive(Deserialize)]
pub(super) struct ReloadForm {}

/// Missing units that are named on the page; all are counted.
const UNITS_NAMED: usize = 12;
/// Units that one transaction makes, so that others' writing goes on in between.
const UNITS_AT_ONCE: usize = 200;

async fn packs_page(site: &Site, v: &View, who: &Who, f: Fields) -> Outcome<PacksPage> {
    let (pack, names) = site
        .db
        .read(|conn| {
            let pack = latest_pack(conn)?;
            let names = Names::of(conn, pack.iter().map(|p| p.account))?;
            Ok((pack, names))
        })
        .await?;
    let shelf = site.get::<PackShelf>().ok();
    let folder = shelf.as_ref().map_or_else(|| "—".to_owned(), |s| s.label.clone());
    let read = match shelf {
        Some(shelf) => Some(tokio::task::spawn_blocking(move || shelf.pack()).await?),
        None => None,
    };
    let (found, errors) = match &read {
        Some(Ok(Ok(pack))) => (pack_found(v, pack), Vec::new()),
        Some(Ok(Err(errors))) => (String::new(), errors.iter().map(|e| error_view(v, e)).collect()),
        Some(Err(_)) => (
            String::new(),
            vec![ErrorView {
                place: folder.clone(),
                sentence: v.t("case.page.admin.pack_unread").into_owned(),
            }],
        ),
        None => (v.t("case.page.admin.pack_no_shelf").into_owned(), Vec::new()),
    };
    let missing = match &read {
        // Without its region in the territory a pack wants no unit yet.
        Some(Ok(Ok(pack))) => {
            let missing = deeds::units_missing(&site.get::<Desk>()?.now(), pack).unwrap_or_default();
            let person = access::person_of(who)?;
            deeds::units_to_make(&person, missing)
        }
        _ => Vec::new(),
    };
    Ok(PacksPage {
        can_reload: matches!(read, Some(Ok(Ok(_)))),
        missing: missing.len(),
        some_missing: missing.into_iter().take(UNITS_NAMED).map(|w| w.name).collect(),
        pack: pack.map(|p| pack_view(v, &p, &names)),
        v: v.clone(),
        f,
        folder,
        found,
        errors,
    })
}

fn pack_found(v: &View, pack: &Pack) -> String {
    let (leaves, rules) = (pack.leaves().count(), pack.routes.len());
    v.tw(
        "case.page.admin.pack_found",
        &[("name", &pack.name), ("version", &pack.version), ("leaves", &leaves), ("rules", &rules)],
    )
}

fn error_view(v: &View, e: &PackError) -> ErrorView {
    ErrorView { place: format!("{}:{}", e.file, e.line), sentence: v.said(e.key, &e.words) }
}

fn pack_view(v: &View, p: &PackRow, names: &Names) -> PackView {
    let terms: serde_json::Value = serde_json::from_str(&p.terms).unwrap_or_default();
    let term = |name: &str, key: &str| {
        let unit = terms[name]["unit"].as_str().unwrap_or("d");
        let term = term_of(terms[name]["days"].as_i64()?, unit).say(language(v));
        let source = terms[name]["source"].as_str().unwrap_or_default().to_owned();
        Some((v.t(key).into_owned(), v.tw("case.page.admin.term", &[("term", &term), ("source", &source)])))
    };
    let each = [
        ("accept", "case.page.admin.term_accept"),
        ("confirm", "case.page.admin.term_confirm"),
        ("reopen", "case.page.admin.term_reopen"),
        ("extend", "case.page.admin.term_extend"),
    ];
    PackView {
        code: p.code.clone(),
        name: p.name.clone(),
        version: p.version.clone(),
        loaded: v.when(Millis(p.loaded_ms)),
        who: names.who(v, p.account),
        terms: each.into_iter().filter_map(|(name, key)| term(name, key)).collect(),
    }
}

pub(super) async fn packs_show(State(site): State<Site>, v: View, who: Who) -> Answer {
    page(&packs_page(&site, &v, &who, Fields::blank(&v, PREFIX)).await?)
}

pub(super) async fn pack_reload(
    State(site): State<Site>,
    v: View,
    who: Who,
    form: Form<ReloadForm>,
) -> Answer {
    match reload(&site, &v, &who, &form).await {
        Ok(None) => go_saying("/admin/packs", "case.page.admin.pack_reloaded"),
        Ok(Some(draft)) => go_saying(format!("/admin/routing/tables/{draft}"), "case.route.said_pack_waits"),
        Err(stop) => {
            let drawn = packs_page(&site, &v, &who, Fields::blank(&v, PREFIX)).await?;
            form.again(&v, PREFIX, stop, |f| PacksPage { f, ..drawn })
        }
    }
}

/// The pack as its files say now.
async fn sound_pack(site: &Site) -> Outcome<Pack> {
    let shelf = site.get::<PackShelf>()?;
    let read = tokio::task::spawn_blocking(move || shelf.pack()).await??;
    Ok(read.map_err(|_| base::Refusal::new("case.refuse.pack_unsound"))?)
}

pub(super) async fn pack_units(
    State(site): State<Site>,
    v: View,
    who: Who,
    form: Form<ReloadForm>,
) -> Answer {
    match found_missing(&site, &v, &who, &form).await {
        Ok(()) => go_saying("/admin/packs", "case.page.admin.pack_units_made"),
        Err(stop) => {
            let drawn = packs_page(&site, &v, &who, Fields::blank(&v, PREFIX)).await?;
            form.again(&v, PREFIX, stop, |f| PacksPage { f, ..drawn })
        }
    }
}

/// Makes what is missing, some at a time; pressed again after a fault it goes on where it was.
async fn found_missing(site: &Site, v: &View, who: &Who, form: &Form<ReloadForm>) -> Outcome<()> {
    form.read()?;
    let (pack, desk, person, now) =
        (sound_pack(site).await?, site.get::<Desk>()?, access::person_of(who)?, v.now);
    // Pressed twice, the second finds nothing left to do.
    desk.refresh(&site.db).await?;
    let missing = deeds::units_to_make(&person, deeds::units_missing(&desk.now(), &pack)?);
    for part in missing.chunks(UNITS_AT_ONCE) {
        let (part, person) = (part.to_vec(), person.clone());
        site.db.write(move |tx| deeds::found_units(tx, Hand::Staff(&person), now, &part)).await?;
    }
    desk.refresh(&site.db).await
}

/// Gives the draft of the routing table that waits, where the table was changed by hand.
async fn reload(
    site: &Site,
    v: &View,
    who: &Who,
    form: &Form<ReloadForm>,
) -> Outcome<Option<Id<RouteTable>>> {
    form.read()?;
    let pack = sound_pack(site).await?;
    let desk = site.get::<Desk>()?;
    let (person, ground, now) = (access::person_of(who)?, desk.now(), v.now);
    let done = site.db.write(move |tx| deeds::load_pack(tx, &ground, Hand::Staff(&person), now, &pack));
    let draft = done.await?;
    desk.refresh(&site.db).await?;
    Ok(draft)
}

pub(super) struct TimerView {
    pub kind: String,
    pub at: String,
    pub tries: i64,
}

#[derive(Template)]
#[template(path = "case/staff/timers.html")]
pub(super) struct TimersPage {
    pub v: View,
    pub late: i64,
    pub given_up: i64,
    pub rows: Vec<TimerView>,
}

/// How many given-up timers are shown.
const GIVEN_UP: i64 = 100;

pub(super) async fn timers_show(State(site): State<Site>, v: View) -> Answer {
    let now = v.now;
    let found = site.db.read(move |conn| Ok((jobs::standing(conn, now)?, jobs::given_up(conn, GIVEN_UP)?)));
    let ((late, given_up), rows) = found.await?;
    let line = |t: jobs::GivenUp| TimerView { kind: t.kind, at: v.exact(t.run_at), tries: t.tries };
    page(&TimersPage { late, given_up, rows: rows.into_iter().map(line).collect(), v: v.clone() })
}
