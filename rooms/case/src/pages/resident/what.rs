//! What it is (事情经过): the text, the category's own questions, the photos.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::HeaderMap,
};
use base::{Id, Outcome, Refusal};
use serde::Deserialize;
use web::{Answer, Field, Fields, Form, Opt, Site, View, go, page};

use super::grip::Grip;
use super::pictures::{read_photos, show_picture};
use super::pieces::{PhotoView, category_path, ground};
use super::place::{Then, held, writing};
use crate::deeds::draft;
use crate::model::{Body, Category, DRAFT_PHOTOS, Draft, DraftPhoto, Question, QuestionKind, Said};
use crate::rules::intake::checked_answers;
use crate::store::draft_photo;

const PREFIX: &str = "case.page.resident.what";

/// Its fields are read one by one, because a category brings questions of its own.
#[derive(Debug, Deserialize)]
pub(super) struct WhatForm {}

/// A question with its field's name.
pub(crate) struct Ask {
    name: String,
    label: String,
    kind: QuestionKind,
    required: bool,
    choices: Vec<Opt>,
}

impl Ask {
    pub fn of(v: &View, q: &Question) -> Self {
        let word = |value: &str, key: &str| Opt::new(value, v.t(key));
        let choices = match q.kind {
            QuestionKind::YesNo => {
                vec![word("yes", "case.page.resident.what.yes"), word("no", "case.page.resident.what.no")]
            }
            _ => q.choices.iter().map(|c| Opt::new(c, c)).collect(),
        };
        Self {
            name: format!("answer.{}", q.code),
            label: q.label.clone(),
            kind: q.kind,
            required: q.required,
            choices,
        }
    }
}

#[derive(Template)]
#[template(path = "case/resident/what.html")]
pub(crate) struct WhatPage {
    pub v: View,
    pub f: Fields,
    pub back: String,
    pub action: String,
    pub category: String,
    pub questions: Vec<Ask>,
    pub photos: Vec<PhotoView>,
    /// How many photos may still come.
    pub room: usize,
}

impl WhatPage {
    fn question<'a>(&'a self, q: &'a Ask) -> Field<'a> {
        let field = match q.kind {
            QuestionKind::Text => self.f.line(&q.name),
            QuestionKind::Number => self.f.typed(&q.name, "number"),
            QuestionKind::Date => self.f.date(&q.name),
            QuestionKind::YesNo | QuestionKind::Choice => self.f.radios(&q.name, &q.choices),
        };
        let field = field.label(q.label.clone());
        if q.required { field.required() } else { field }
    }
}

fn what_page(
    v: &View,
    f: Fields,
    draft: &Draft,
    category: Option<(&Category, String)>,
    then: &Then,
) -> WhatPage {
    let address = Grip::Say(draft.id).address();
    // The size of a draft's photo is not known to the page; the style sheet keeps its place.
    let photo = |(n, id): (usize, &Id<DraftPhoto>)| PhotoView::nth(v, n, id, &address, (120, 90));
    let step = if then.is_check() { "check" } else { "category" };
    WhatPage {
        v: v.clone(),
        f,
        back: format!("{address}/{step}"),
        action: format!("{address}/what{}", then.tail()),
        questions: category
            .as_ref()
            .map(|(c, _)| c.questions.iter().map(|q| Ask::of(v, q)).collect())
            .unwrap_or_default(),
        category: category.map(|(_, path)| path).unwrap_or_default(),
        photos: draft.photos.iter().enumerate().map(photo).collect(),
        room: DRAFT_PHOTOS.saturating_sub(draft.photos.len()),
    }
}

pub(super) async fn what_show(
    State(site): State<Site>,
    v: View,
    headers: HeaderMap,
    Path(id): Path<Id<Draft>>,
    Query(then): Query<Then>,
) -> Answer {
    let draft = writing(&site, &headers, id).await?;
    let ground = ground(&site)?;
    let mut f = Fields::blank(&v, PREFIX).fill("body", &draft.said.body);
    for (code, answer) in &draft.said.answers {
        f = f.fill(&format!("answer.{code}"), answer);
    }
    let category = ground.category(draft.said.category).map(|c| (c, category_path(&ground, c)));
    page(&what_page(&v, f, &draft, category, &then))
}

pub(super) async fn what_keep(
    State(site): State<Site>,
    v: View,
    headers: HeaderMap,
    Path(id): Path<Id<Draft>>,
    Query(then): Query<Then>,
    form: Form<WhatForm>,
) -> Answer {
    let draft = writing(&site, &headers, id).await?;
    let ground = ground(&site)?;
    let category = ground.category(draft.said.category);
    let drop: Vec<Id<DraftPhoto>> =
        draft.photos.iter().copied().filter(|p| form.typed(&format!("drop.{p}")).is_some()).collect();
    let typed = typed_into(&form, draft.said.clone(), category);
    let adding = form.step().is_some();
    // The photos and the text are kept first, so that a fault in one does not lose the other.
    let kept = match read_photos(&form).await {
        Ok(add) => draft::keep_with_photos(&site.db, draft.clone(), typed.clone(), drop, add, v.now).await,
        Err(stop) => Err(stop),
    };
    let outcome = kept.and_then(|()| if adding { Ok(()) } else { whole(&typed, category) });
    match outcome {
        Ok(()) if adding => go(format!("{}/what{}", Grip::Say(id).address(), then.tail())),
        Ok(()) => go(then.onward(id, "contact")),
        Err(stop) => {
            let draft = held(&site, &headers, id).await?;
            let category = category.map(|c| (c, category_path(&ground, c)));
            form.again(&v, PREFIX, stop, |f| what_page(&v, f.files_kept(), &draft, category, &then))
        }
    }
}

/// What was typed, as it was typed.
fn typed_into(form: &Form<WhatForm>, mut said: Said, category: Option<&Category>) -> Said {
    let typed = |name: &str| form.typed(name).unwrap_or_default().chars().take(10_000).collect::<String>();
    said.body = typed("body");
    let questions = category.map_or(&[][..], |c| &c.questions);
    said.answers = questions.iter().map(|q| (q.code.clone(), typed(&format!("answer.{}", q.code)))).collect();
    said
}

/// Whether the text and the answers can be taken as they are.
fn whole(said: &Said, category: Option<&Category>) -> Outcome<()> {
    Body::new("body", &said.body)?;
    checked_answers(category.map_or(&[][..], |c| &c.questions), &said.answers)?;
    Ok(())
}

pub(super) async fn photo_show(
    State(site): State<Site>,
    headers: HeaderMap,
    Path((id, photo)): Path<(Id<Draft>, Id<DraftPhoto>)>,
) -> Answer {
    held(&site, &headers, id).await?;
    let found = site.db.read(move |conn| draft_photo(conn, id, photo)).await?;
    show_picture(found.ok_or_else(Refusal::not_found)?)
}
