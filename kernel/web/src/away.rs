//! Sent away (请稍后再来): what a request gets that could not come in. It is told before anything was asked of the
//! database, in the person's language, with the time after which to come again, and what was typed stays: a form comes
//! back as a page that holds it and sends it again with one button, under the same number, so that nothing is done
//! twice. A form with files cannot be kept that way; there the browser's own reload sends it again.

use askama::Template;
use axum::{body::Body, response::Response};
use base::{Refusal, Stop, limits};
use http::{HeaderValue, StatusCode, header, request::Parts};

use crate::{
    Html, View, answer, body,
    csrf::{self, changes},
    fail,
    gate::{Gate, Known},
    leaving,
};

/// After how many seconds to come again, at least; and over how many more those who were sent away together are
/// spread.
const AFTER_S: u8 = 5;
const SPREAD_S: u8 = 10;

/// The page: it knows nobody, because nobody was looked up.
#[derive(Template)]
#[template(path = "web/busy.html")]
pub(crate) struct BusyPage {
    pub v: View,
    pub told: fail::Told,
    /// Where the form goes, or what to open again.
    pub address: String,
    pub kept: Kept,
}

/// What became of what was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Nothing was sent.
    Nothing,
    /// Every field, to be sent again.
    Fields(Vec<(String, String)>),
    /// It could not be kept here; the browser still has it.
    InTheBrowser,
}

/// The refusal: everybody is busy.
pub(crate) fn busy(view: &View) -> Stop {
    let [spread]: [u8; 1] = view.shared.chance.bytes();
    Refusal::new("stop.busy").status(503).with("seconds", AFTER_S + spread % SPREAD_S).into()
}

/// Answers a request that was not let in.
pub(crate) async fn send(gate: &Gate, parts: Parts, body: Body) -> Response {
    let (visit, view) = gate.look_at(&parts, Known::default(), false);
    let stop = busy(&view);
    let mut response = if visit.api {
        fail::problem(&view, &stop)
    } else {
        let kept = if changes(&parts.method) { keep(gate, &parts, body).await } else { Kept::Nothing };
        let address = parts.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
        let told = fail::Told::of(&view, stop.refusal().unwrap_or(&Refusal::not_found()));
        let page = BusyPage { v: view.clone(), told, address, kept };
        answer::html(StatusCode::SERVICE_UNAVAILABLE, Html::of(&page).to_string())
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // To set up a compressor costs more than all the rest of sending somebody away.
    response.extensions_mut().insert(leaving::Unpacked);
    response = fail::with_wait(response, &stop);
    leaving::headers(&gate.site, &visit, &view, &mut response);
    response
}

/// The fields of a form of our own pages. Another site's are not shown on a page of ours.
async fn keep(gate: &Gate, parts: &Parts, body: Body) -> Kept {
    let kind = body::Kind::of(&parts.headers);
    if kind != body::Kind::Form || !csrf::same_site(&parts.headers, &gate.site.config.public_url) {
        return Kept::InTheBrowser;
    }
    let arriving = axum::body::to_bytes(gate.weighed(body).0, limits::BODY_BYTES);
    let bytes = match tokio::time::timeout(body::TIME, arriving).await {
        Ok(Ok(bytes)) => bytes,
        _ => return Kept::InTheBrowser,
    };
    serde_urlencoded::from_bytes(&bytes).map_or(Kept::InTheBrowser, Kept::Fields)
}
