//! The kit's own room: assets, health, and the index of the programming interface.

use askama::Template;
use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, State},
    response::{IntoResponse, Response},
};
use base::Outcome;
use http::{HeaderValue, StatusCode, header, request::Parts};
use store::{Conn, Migration};
use utoipa::openapi::OpenApi;

use crate::{
    Answer, AtDoor, Class, Lang, Need, Right, Room, Routes, Site, View, WordFiles, answer, assets, samples,
};

const MIGRATIONS: &[Migration] =
    &[Migration { room: "web", name: "0001_session", sql: include_str!("../migrations/0001_session.sql") }];

const RIGHTS: &[Right] = &[
    Right::get("/assets/{file}", Need::Public, "style, script and mark").free(),
    Right::get("/health", Need::Public, "the operator's watch asks whether we serve and write").free(),
    Right::get("/api", Need::Public, "the interface is documented in the open"),
    Right::get("/api/openapi.json", Need::Public, "the interface is documented in the open"),
];

/// The kit's words, and those of the parts of the kernel that have no pages.
const WORDS: WordFiles = &[
    (Lang::Zh, include_str!("../../../words/zh-CN/web.toml")),
    (Lang::En, include_str!("../../../words/en/web.toml")),
    (Lang::Zh, include_str!("../../../words/zh-CN/kernel.toml")),
    (Lang::En, include_str!("../../../words/en/kernel.toml")),
];

/// The kit's own room. Every house has it.
pub fn room() -> Room {
    Room {
        routes: Routes::new()
            .get("/assets/{file}", assets::asset_show)
            .get("/health", health_show)
            .get("/api", api_index)
            .get("/api/openapi.json", api_document),
        rights: RIGHTS,
        migrations: MIGRATIONS,
        words: WORDS,
        samples: samples::samples(),
        ..Room::new("web")
    }
}

/// Live, and in which state the store is: no numbers that tell an outsider about the casework. Whoever asks from the
/// machine itself is told what was let in and sent away.
async fn health_show(State(site): State<Site>, parts: Parts) -> Response {
    let alive = site.db.read(|_: &mut Conn| -> Outcome<()> { Ok(()) }).await.is_ok();
    let health = site.db.health();
    let writes = health.writes;
    let status = if alive && writes { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut body = serde_json::json!({ "serves": true, "reads": alive, "writes": writes });
    if is_from_here(&parts) {
        body["door"] = door(&site.at_door());
        body["deeds_waiting"] = health.waiting.into();
    }
    (status, axum::Json(body)).into_response()
}

/// Whether the caller is on this machine, and no proxy speaks for somebody else.
fn is_from_here(parts: &Parts) -> bool {
    let from = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    from.is_some_and(|c| c.0.ip().is_loopback()) && !parts.headers.contains_key("x-forwarded-for")
}

fn door(told: &AtDoor) -> serde_json::Value {
    let mut out = serde_json::json!({ "limit": told.limit, "inside": told.inside, "waiting": told.waiting });
    for (class, t) in [Class::Urgent, Class::Ordinary, Class::Heavy].into_iter().zip(told.tallies) {
        out[class.name()] = serde_json::json!({ "admitted": t.admitted, "waited": t.waited, "shed": t.shed });
    }
    out
}

/// The document, rendered once at start.
pub(crate) struct ApiDocument {
    json: String,
    operations: Vec<Operation>,
}

/// One operation, for the index page.
struct Operation {
    method: &'static str,
    path: String,
    summary: String,
}

impl ApiDocument {
    pub fn of(doc: &OpenApi) -> Self {
        let mut operations = Vec::new();
        for (path, item) in &doc.paths.paths {
            let each = [
                ("GET", &item.get),
                ("POST", &item.post),
                ("PUT", &item.put),
                ("PATCH", &item.patch),
                ("DELETE", &item.delete),
            ];
            for (method, operation) in each {
                let Some(operation) = operation else { continue };
                let summary = operation.summary.clone().unwrap_or_default();
                operations.push(Operation { method, path: path.clone(), summary });
            }
        }
        let json = doc.to_pretty_json().unwrap_or_else(|e| {
            tracing::error!(error = %e, "the interface's document does not serialise");
            "{}".to_owned()
        });
        Self { json, operations }
    }
}

async fn api_document(State(site): State<Site>) -> Answer {
    let kind = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, kind)], site.get::<ApiDocument>()?.json.clone()).into_response())
}

#[derive(Template)]
#[template(path = "web/api.html")]
struct ApiPage<'a> {
    v: View,
    operations: &'a [Operation],
}

async fn api_index(State(site): State<Site>, v: View) -> Answer {
    answer::page(&ApiPage { v, operations: &site.get::<ApiDocument>()?.operations })
}
