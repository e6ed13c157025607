//! Saying it (说事), after the place: similar matters, the category, the contact, the check, the sending.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::HeaderMap,
};
use base::{DAY_MS, Id, Invalid, Outcome};
use serde::Deserialize;
use web::{Answer, Fields, Form, Opt, Site, View, go, page};

use super::grip::Grip;
use super::pieces::{Glance, PhotoView, Row, Seen, category_path, ground, place_words, public_place};
use super::place::{Then, held, writing};
use crate::deeds::draft;
use crate::model::{Category, Draft, DraftPhoto, Reporter, Said, Stage};
use crate::pages::language;
use crate::rules::intake::{may_choose, must_have_place};
use crate::rules::similar::WINDOW_DAYS;
use crate::store::{CaseFilter, Ground, QueueOrder, Sought, nearby_similar, queue};

const CONTACT: &str = "case.page.resident.contact";
/// How many matters of the neighbourhood are shown.
const NEARBY: usize = 5;
/// How many categories a search shows.
const FOUND: usize = 20;

#[derive(Template)]
#[template(path = "case/resident/similar.html")]
pub(crate) struct SimilarPage {
    pub v: View,
    pub back: String,
    pub onward: String,
    pub place: String,
    pub matters: Vec<Glance>,
    pub token: String,
}

pub(super) async fn similar_show(
    State(site): State<Site>,
    v: View,
    headers: HeaderMap,
    Path(id): Path<Id<Draft>>,
) -> Answer {
    let draft = writing(&site, &headers, id).await?;
    let ground = ground(&site)?;
    let matters = nearby(&site, &v, &ground, &draft.said).await?;
    let address = Grip::Say(id).address();
    if matters.is_empty() {
        return go(format!("{address}/category"));
    }
    page(&SimilarPage {
        back: format!("{address}/place"),
        onward: format!("{address}/category"),
        place: public_place(&ground, &draft.said.place()),
        token: id.to_string(),
        matters,
        v,
    })
}

/// The newest open public matters of the village, or of the town.
async fn nearby(site: &Site, v: &View, ground: &Ground, said: &Said) -> Outcome<Vec<Glance>> {
    let place = said.place();
    let (level, division) = match (place.village, place.town) {
        (0, 0) => return Ok(Vec::new()),
        (0, town) => (access::Level::Town, town),
        (village, _) => (access::Level::Village, village),
    };
    let now = v.now;
    let filter = CaseFilter {
        place: Some((level, division)),
        stages: Stage::OPEN.to_vec(),
        created_from: Some(now.plus(-WINDOW_DAYS * DAY_MS)),
        ..CaseFilter::public()
    };
    let found =
        site.db.read(move |conn| queue(conn, &filter, QueueOrder::NewestFirst, None, NEARBY, now)).await?;
    let glance = |r: &crate::store::QueueRow| {
        let seen = Seen {
            id: r.id,
            title: &r.title,
            category: r.category,
            stage: r.stage,
            created: r.created,
            joined: r.metoo_count,
            place: String::new(),
        };
        Glance::of(v, ground, &seen)
    };
    Ok(found.rows.iter().map(glance).collect())
}

#[derive(Template)]
#[template(path = "case/resident/category.html")]
pub(crate) struct CategoryPage {
    pub v: View,
    pub back: String,
    pub action: String,
    /// What was searched for.
    pub asked: String,
    /// The heading that is open.
    pub above: String,
    /// Headings to open.
    pub heads: Vec<Opt>,
    /// Categories to choose.
    pub leaves: Vec<Opt>,
    /// Why the last choice was not taken.
    pub trouble: String,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Look {
    #[serde(rename = "in")]
    inside: Option<String>,
    q: Option<String>,
    then: Option<String>,
}

pub(super) async fn category_show(
    State(site): State<Site>,
    v: View,
    headers: HeaderMap,
    Path(id): Path<Id<Draft>>,
    Query(look): Query<Look>,
) -> Answer {
    writing(&site, &headers, id).await?;
    page(&category_page(&v, &ground(&site)?, id, &look, String::new()))
}

fn category_page(v: &View, ground: &Ground, id: Id<Draft>, look: &Look, trouble: String) -> CategoryPage {
    let address = Grip::Say(id).address();
    let asked: String = look.q.as_deref().unwrap_or_default().trim().chars().take(20).collect();
    let inside =
        look.inside.as_deref().and_then(|text| text.parse().ok()).and_then(|id: i64| ground.category(id));
    let parent = inside.map_or(0, |c| c.id);
    let (leaves, heads): (Vec<&Category>, Vec<&Category>) =
        ground.children(parent, v.now).partition(|c| c.kind.is_some());
    let found: Vec<&Category> = if asked.is_empty() { leaves } else { search(v, ground, &asked) };
    let whole = asked.is_empty();
    let leaf = |c: &&Category| {
        let option = Opt::new(c.id, &c.name);
        if whole { option } else { option.hint(category_path(ground, c)) }
    };
    let head = |c: &&Category| {
        let inner: Vec<&str> = ground.children(c.id, v.now).map(|c| c.name.as_str()).take(4).collect();
        Opt::new(c.id, &c.name).hint(inner.join(" · "))
    };
    CategoryPage {
        v: v.clone(),
        back: if look.then.as_deref() == Some("check") {
            format!("{address}/check")
        } else {
            format!("{address}/place")
        },
        action: format!("{address}/category"),
        above: inside.map(|c| category_path(ground, c)).unwrap_or_default(),
        heads: if whole || found.is_empty() { heads.iter().map(head).collect() } else { Vec::new() },
        leaves: found.iter().map(leaf).collect(),
        asked,
        trouble,
    }
}

/// Categories whose name, another word for it, or the name of one above has what was typed; the nearest first,
/// and at the end those that have its letters anywhere.
fn search<'a>(v: &View, ground: &'a Ground, asked: &str) -> Vec<&'a Category> {
    let valid = ground.categories().filter(|c| c.kind.is_some() && c.is_valid(v.now));
    let mut scored: Vec<(u8, &Category)> = valid
        .filter_map(|c| {
            let path = category_path(ground, c);
            let rank = match () {
                () if c.name.contains(asked) => 0,
                // Somebody types a whole sentence, somebody else half a word.
                () if c
                    .also_called
                    .iter()
                    .any(|word| word.contains(asked) || asked.contains(word.as_str())) =>
                {
                    1
                }
                () if path.contains(asked) => 2,
                () if asked.chars().count() >= 2 && asked.chars().all(|letter| path.contains(letter)) => 3,
                () => return None,
            };
            Some((rank, c))
        })
        .collect();
    scored.sort_by_key(|(rank, c)| (*rank, c.position));
    scored.into_iter().map(|(_, c)| c).take(FOUND).collect()
}

#[derive(Debug, Deserialize)]
pub(super) struct CategoryForm {
    category: i64,
}

pub(super) async fn category_keep(
    State(site): State<Site>,
    v: View,
    headers: HeaderMap,
    Path(id): Path<Id<Draft>>,
    form: Form<CategoryForm>,
) -> Answer {
    let draft = writing(&site, &headers, id).await?;
    let ground = ground(&site)?;
    let chosen = form.read().ok().and_then(|f| ground.category(f.category));
    if may_choose(chosen, v.now).is_err() {
        let trouble = v.t("case.page.resident.category.choose").into_owned();
        return page(&category_page(&v, &ground, id, &Look::default(), trouble));
    }
    let mut said = draft.said;
    said.category = chosen.map_or(0, |c| c.id);
    draft::keep_draft(&site.db, id, said).await?;
    go(format!("{}/what", Grip::Say(id).address()))
}

#[derive(Template)]
#[template(path = "case/resident/contact.html")]
pub(crate) struct ContactPage {
    pub v: View,
    pub f: Fields,
    pub back: String,
    pub action: String,
    pub may_publish: bool,
}

fn contact_page(v: &View, f: Fields, id: Id<Draft>, may_publish: bool, then: &Then) -> ContactPage {
    let address = Grip::Say(id).address();
    let step = if then.is_check() { "check" } else { "what" };
    let (back, action) = (format!("{address}/{step}"), format!("{address}/contact{}", then.tail()));
    ContactPage { v: v.clone(), f, back, action, may_publish }
}

fn may_publish(ground: &Ground, said: &Said) -> bool {
    ground.category(said.category).is_some_and(|c| c.is_public)
}

pub(super) async fn contact_show(
    State(site): State<Site>,
    v: View,
    headers: HeaderMap,
    Path(id): Path<Id<Draft>>,
    Query(then): Query<Then>,
) -> Answer {
    let draft = writing(&site, &headers, id).await?;
    let said = &draft.said;
    let on = |yes: bool| if yes { "on" } else { "" };
    let f = Fields::blank(&v, CONTACT)
        .fill("name", &said.name)
        .fill("contact", &said.contact)
        .fill("confidential", on(said.confidential))
        .fill("hidden", on(said.hidden));
    page(&contact_page(&v, f, id, may_publish(&ground(&site)?, said), &then))
}

#[derive(Debug, Deserialize)]
pub(super) struct ContactForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    contact: String,
    #[serde(default)]
    confidential: bool,
    #[serde(default)]
    hidden: bool,
}

pub(super) async fn contact_keep(
    State(site): State<Site>,
    v: View,
    headers: HeaderMap,
    Path(id): Path<Id<Draft>>,
    Query(then): Query<Then>,
    form: Form<ContactForm>,
) -> Answer {
    let draft = writing(&site, &headers, id).await?;
    let read = form.read().and_then(|f| Ok((Reporter::new(&f.name, &f.contact, f.confidential)?, f.hidden)));
    match read {
        Ok((reporter, hidden)) => {
            let mut said = draft.said;
            said.name = reporter.name;
            said.contact = reporter.contact;
            said.confidential = reporter.confidential;
            said.hidden = hidden;
            said.contact_asked = true;
            draft::keep_draft(&site.db, id, said).await?;
            go(then.onward(id, "check"))
        }
        Err(stop) => {
            let public = may_publish(&ground(&site)?, &draft.said);
            form.again(&v, CONTACT, stop, |f| contact_page(&v, f, id, public, &then))
        }
    }
}

#[derive(Template)]
#[template(path = "case/resident/check.html")]
pub(crate) struct CheckPage {
    pub v: View,
    pub back: String,
    pub action: String,
    /// What is missing: where to say it, and the sentence.
    pub told: Vec<(String, String)>,
    pub rows: Vec<Row>,
    pub photos: Vec<PhotoView>,
    pub alike: Vec<Glance>,
    pub token: String,
    /// What happens after sending, and by when.
    pub promise: String,
}

pub(super) async fn check_show(
    State(site): State<Site>,
    v: View,
    headers: HeaderMap,
    Path(id): Path<Id<Draft>>,
) -> Answer {
    let draft = writing(&site, &headers, id).await?;
    let ground = ground(&site)?;
    let alike = alike(&site, &v, &ground, &draft.said).await?;
    page(&check_page(&v, &ground, &draft, alike, Vec::new()))
}

pub(super) fn check_page(
    v: &View,
    ground: &Ground,
    draft: &Draft,
    alike: Vec<Glance>,
    told: Vec<(String, String)>,
) -> CheckPage {
    let address = Grip::Say(draft.id).address();
    let category = ground.category(draft.said.category);
    let promise = category.map(|c| {
        v.tw(
            "case.page.resident.check.promise",
            &[("term", &c.term.say(language(v))), ("source", &c.days_source)],
        )
    });
    let photo = |(n, id): (usize, &Id<DraftPhoto>)| PhotoView::nth(v, n, id, &address, (120, 90));
    CheckPage {
        v: v.clone(),
        back: format!("{address}/contact"),
        action: format!("{address}/submission"),
        told,
        rows: check_rows(v, ground, draft, category),
        photos: draft.photos.iter().enumerate().map(photo).collect(),
        alike,
        token: draft.id.to_string(),
        promise: promise.unwrap_or_default(),
    }
}

fn check_rows(v: &View, ground: &Ground, draft: &Draft, category: Option<&Category>) -> Vec<Row> {
    let (said, address) = (&draft.said, Grip::Say(draft.id).address());
    let to = |step: &str| format!("{address}/{step}?then=check");
    let row = |key: &str, text: String, step: &str| Row::new(v, key, text).edit(to(step));
    let mut rows = vec![
        row("case.page.resident.check.place", place_words(ground, &said.place()), "place"),
        row("case.page.resident.check.spot", said.spot.clone(), "place"),
        row(
            "case.page.resident.check.category",
            category.map(|c| category_path(ground, c)).unwrap_or_default(),
            "category",
        ),
        row("case.page.resident.check.body", said.body.clone(), "what"),
    ];
    for question in category.map_or(&[][..], |c| &c.questions) {
        let answer =
            said.answers.iter().find(|(code, _)| *code == question.code).map_or("", |(_, a)| a.as_str());
        rows.push(Row {
            label: question.label.clone(),
            text: spoken(v, answer),
            edit: to("what"),
            ..Row::default()
        });
    }
    rows.push(row(
        "case.page.resident.check.photos",
        v.t1("case.page.resident.check.photo_count", "n", draft.photos.len()),
        "what",
    ));
    rows.push(row("case.page.resident.check.contact", contact_words(v, said), "contact"));
    let public = category.is_some_and(|c| c.is_public) && !said.hidden;
    let word =
        if public { "case.page.resident.check.public_yes" } else { "case.page.resident.check.public_no" };
    rows.push(row("case.page.resident.check.public", v.t(word).into_owned(), "contact"));
    rows
}

/// An answer as it is read: yes and no in words.
pub(super) fn spoken(v: &View, answer: &str) -> String {
    match answer {
        "yes" => v.t("case.page.resident.what.yes").into_owned(),
        "no" => v.t("case.page.resident.what.no").into_owned(),
        other => other.to_owned(),
    }
}

fn contact_words(v: &View, said: &Said) -> String {
    if said.name.is_empty() && said.contact.is_empty() {
        return v.t("case.page.resident.check.no_contact").into_owned();
    }
    let secret = if said.confidential {
        v.t("case.page.resident.check.confidential").into_owned()
    } else {
        String::new()
    };
    let parts = [said.name.clone(), said.contact.clone(), secret];
    parts.iter().filter(|p| !p.is_empty()).cloned().collect::<Vec<_>>().join(" · ")
}

/// Open public matters whose words are alike.
async fn alike(site: &Site, v: &View, ground: &Ground, said: &Said) -> Outcome<Vec<Glance>> {
    let (place, category, text, now) = (said.place(), said.category, said.body.clone(), v.now);
    let found = site.db.read(move |conn| {
        let sought = Sought { place, category, text: &text, except: 0, only_public: true };
        nearby_similar(conn, sought, now)
    });
    let found = found.await?;
    let glance = |c: &crate::store::SimilarCase| {
        let seen = Seen {
            id: c.id,
            title: &c.title,
            category: c.category,
            stage: c.stage,
            created: c.created,
            joined: c.metoo_count,
            place: String::new(),
        };
        Glance::of(v, ground, &seen)
    };
    Ok(found.iter().map(glance).collect())
}

/// What is still missing, with the page on which it is said.
pub(super) fn missing(v: &View, ground: &Ground, draft: &Draft) -> Vec<(String, String)> {
    let (said, address) = (&draft.said, Grip::Say(draft.id).address());
    let category = ground.category(said.category);
    let mut told = Vec::new();
    let mut tell = |holds: bool, step: &str, key: &str| {
        if holds {
            told.push((format!("{address}/{step}?then=check"), v.t(key).into_owned()));
        }
    };
    tell(said.place().county == 0, "place", "case.page.resident.check.no_place");
    tell(may_choose(category, v.now).is_err(), "category", "case.page.resident.check.no_category");
    tell(said.body.trim().is_empty(), "what", "case.page.resident.check.no_body");
    let spot = crate::model::Spot { words: said.spot.clone(), point: said.point.clone() };
    let unfound = category.is_some_and(|c| must_have_place(c, &said.place(), &spot).is_err());
    tell(unfound, "place", "case.page.resident.check.spot_needed");
    told
}

/// The troubles of a matter that the deed did not take, with the pages on which they are mended.
pub(super) fn mend(v: &View, draft: Id<Draft>, invalid: &Invalid) -> Vec<(String, String)> {
    let address = Grip::Say(draft).address();
    let step = |field: &str| match field {
        "place" | "spot" | "point" | "datum" => "place",
        "category" => "category",
        "name" | "contact" => "contact",
        _ => "what",
    };
    let each = invalid.fields.iter();
    each.map(|f| (format!("{address}/{}?then=check", step(&f.field)), v.said(f.key, &f.words))).collect()
}

pub(super) async fn submission_make(
    State(site): State<Site>,
    v: View,
    headers: HeaderMap,
    Path(id): Path<Id<Draft>>,
) -> Answer {
    let draft = held(&site, &headers, id).await?;
    super::send::send(&site, v, draft).await
}
