//! How a stop becomes an answer: a page with the way out, or problem+json under `/api`.

use std::sync::Arc;

use askama::Template;
use axum::response::{IntoResponse, Response};
use base::{FieldError, Refusal, Stop};
use http::{HeaderValue, StatusCode, header};

use crate::{Html, View, answer};

/// What a handler's `?` turns every error into. The gate draws it, because only the gate knows
/// the language, the person and whether a script or a human is asking.
#[derive(Debug)]
pub struct Fail(pub Stop);

impl<E: Into<Stop>> From<E> for Fail {
    fn from(stop: E) -> Self {
        Self(stop.into())
    }
}

/// The body of every answer of the interface that is not a success (RFC 9457, `application/problem+json`):
/// for `responses((status = "4XX", body = web::Problem))`.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// Always `about:blank`: what it is stands in `code`.
    pub r#type: String,
    /// The HTTP status.
    pub status: u16,
    /// What it is, in few words.
    pub title: String,
    /// Which one, the same in every language; e.g. `case.refuse.already_accepted`.
    pub code: String,
    /// What happened, for a person.
    pub detail: Option<String>,
    /// What the person can do next.
    pub way: Option<String>,
    /// Troubles by field, with status 422.
    pub errors: Option<Vec<FieldProblem>>,
    /// The number under which we find it in the log.
    pub request_id: String,
}

/// One field's trouble.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct FieldProblem {
    /// The field as the body spells it.
    pub field: String,
    /// Which trouble, the same in every language.
    pub code: String,
    /// The sentence for a person.
    pub detail: String,
}

/// The stop inside a response on its way out to the gate.
#[derive(Clone)]
pub(crate) struct Stopped(pub Arc<Stop>);

/// The HTTP status of a stop.
pub(crate) fn status(stop: &Stop) -> StatusCode {
    match stop {
        Stop::Refused(r) => StatusCode::from_u16(r.status).unwrap_or(StatusCode::CONFLICT),
        Stop::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Stop::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// `Retry-After` where somebody came too often, or too many came.
pub(crate) fn with_wait(mut response: Response, stop: &Stop) -> Response {
    let Some(refusal) = stop.refusal().filter(|r| matches!(r.status, 429 | 503)) else { return response };
    let seconds = refusal.words.iter().find(|(n, _)| *n == "seconds").map(|(_, w)| w.as_str());
    if let Some(value) = seconds.and_then(|s| HeaderValue::from_str(s).ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

impl IntoResponse for Fail {
    fn into_response(self) -> Response {
        let mut response = status(&self.0).into_response();
        response.extensions_mut().insert(Stopped(Arc::new(self.0)));
        response
    }
}

/// A refusal in two sentences: what, and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Why not.
    pub what: String,
    /// What the person can do next.
    pub way: String,
}

impl Told {
    /// Says a refusal in the view's language. Where the catalogue has no `<key>.way`, the way out
    /// of the status is said: there is always one.
    pub fn of(v: &View, refusal: &Refusal) -> Self {
        let way = format!("{}.way", refusal.key);
        let way = if v.maybe(&way).is_some() { way } else { format!("stop.way.{}", refusal.status) };
        let way = if v.maybe(&way).is_some() { way } else { "stop.way".to_owned() };
        Self { what: v.said(refusal.key, &refusal.words), way: v.said(&way, &refusal.words) }
    }
}

#[derive(Template)]
#[template(path = "web/stop.html")]
struct StopPage {
    v: View,
    status: u16,
    title: String,
    told: Told,
    sign_in: bool,
    fields: Vec<(String, String)>,
}

/// Draws a stop for a human.
pub(crate) fn page(v: &View, stop: &Stop) -> Response {
    answer::html(status(stop), page_text(v, stop))
}

/// The page's text.
pub(crate) fn page_text(v: &View, stop: &Stop) -> String {
    let status = status(stop);
    let (title, told, fields) = match stop {
        Stop::Refused(r) => (title_key(r.status), Told::of(v, r), Vec::new()),
        Stop::Invalid(i) => {
            let fields = i.fields.iter().map(|f| (f.field.to_string(), v.said(f.key, &f.words))).collect();
            ("stop.title.422", told(v, "stop.invalid"), fields)
        }
        Stop::Fault(_) => ("stop.title.500", told(v, "stop.fault"), Vec::new()),
    };
    let sign_in = status == StatusCode::UNAUTHORIZED;
    let title = v.t(title).into_owned();
    let page = StopPage { v: v.clone(), status: status.as_u16(), title, told, sign_in, fields };
    Html::of(&page).to_string()
}

fn told(v: &View, key: &'static str) -> Told {
    Told::of(v, &Refusal::new(key))
}

fn title_key(status: u16) -> &'static str {
    match status {
        401 => "stop.title.401",
        403 => "stop.title.403",
        404 | 410 => "stop.title.404",
        405 => "stop.title.405",
        429 => "stop.title.429",
        413 => "stop.title.413",
        503 => "stop.title.503",
        _ => "stop.title",
    }
}

/// Draws a stop for a script.
pub(crate) fn problem(v: &View, stop: &Stop) -> Response {
    let status = status(stop);
    let (title, said) = match stop {
        Stop::Refused(r) => (title_key(r.status), Some((r.key, Told::of(v, r)))),
        Stop::Invalid(_) => ("stop.title.422", None),
        Stop::Fault(_) => ("stop.title.500", Some(("stop.fault", told(v, "stop.fault")))),
    };
    let errors = match stop {
        Stop::Invalid(i) => Some(i.fields.iter().map(|f| field_problem(v, f)).collect()),
        _ => None,
    };
    let (code, detail, way) = match said {
        Some((code, told)) => (code, Some(told.what), Some(told.way)),
        None => ("stop.invalid", None, None),
    };
    let body = Problem {
        r#type: "about:blank".to_owned(),
        status: status.as_u16(),
        title: v.t(title).into_owned(),
        code: code.to_owned(),
        detail,
        way,
        errors,
        request_id: v.request_id().to_owned(),
    };
    let mut response = (status, axum::Json(body)).into_response();
    let kind = HeaderValue::from_static("application/problem+json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn field_problem(v: &View, f: &FieldError) -> FieldProblem {
    FieldProblem { field: f.field.to_string(), code: f.key.to_owned(), detail: v.said(f.key, &f.words) }
}
