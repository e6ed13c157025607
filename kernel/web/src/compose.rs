//! Puts the rooms together into one router, and refuses to when a route and the rights differ.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use axum::{Router, extract::DefaultBodyLimit, middleware, response::Response};
use base::{Fault, Refusal, limits};
use http::Method;
use store::Migration;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, NotForContentType, Predicate},
    },
};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    Answer, Fail, Right, Room, Site, Words, WordsError, document::document_for, gate, leaving::Unpacked, own,
};

/// Why the house does not start. Every line names a route.
#[derive(Debug, thiserror::Error)]
#[error("rights and routes differ:\n{}", .0.join("\n"))]
pub struct Uneven(pub Vec<String>);

/// The house, ready to serve.
pub struct House {
    /// The router with all layers.
    pub router: Router,
    /// The OpenAPI 3.1 document of all rooms.
    pub openapi: OpenApi,
}

/// The catalogue of all rooms; [`crate::room`] must be among them.
///
/// # Errors
/// Names the file and the key.
pub fn words_of(rooms: &[Room]) -> Result<Words, WordsError> {
    Words::merge(&rooms.iter().map(|r| (r.name, r.words)).collect::<Vec<_>>())
}

/// The migrations of all rooms in the order of the rooms.
pub fn migrations_of(rooms: &[Room]) -> Vec<Migration> {
    rooms.iter().flat_map(|r| r.migrations.iter().copied()).collect()
}

/// The rights of all rooms: the printed matrix and the refusal tests walk this.
pub fn rights_of(rooms: &[Room]) -> Vec<(&'static str, Right)> {
    rooms.iter().flat_map(|r| r.rights.iter().map(|right| (r.name, *right))).collect()
}

/// Puts the rooms together. [`crate::room`], the kit's own, must be among them.
///
/// # Errors
/// [`Uneven`] when a route has no right, a right has no route, or one of them stands twice.
pub fn compose(rooms: Vec<Room>, site: Site) -> Result<House, Uneven> {
    check(&rooms)?;
    let openapi = document_for(&rooms, &site.config);
    let mut rows: HashMap<&'static str, Vec<Right>> = HashMap::new();
    for (_, right) in rights_of(&rooms) {
        rows.entry(right.path).or_default().push(right);
    }
    let mut nav: Vec<_> = rooms.iter().flat_map(|r| r.nav.iter().copied()).collect();
    nav.sort_by_key(|n| n.order);
    let site = site.with(Arc::new(own::ApiDocument::of(&openapi)));
    let gate = Arc::new(gate::Gate { site: site.clone(), rows, nav: Arc::new(nav) });
    let mut html = Router::new();
    let mut api = OpenApiRouter::new();
    for room in rooms {
        html = html.merge(room.routes.router);
        api = api.merge(room.api);
    }
    let router = html
        .merge(api.split_for_parts().0)
        .fallback(nothing_here)
        .method_not_allowed_fallback(other_method)
        .layer(DefaultBodyLimit::max(limits::BODY_BYTES))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(gate, gate::pass))
        .layer(CompressionLayer::new().compress_when(packs()))
        .with_state(site);
    Ok(House { router, openapi })
}

/// What is packed on its way: everything but pictures and what is packed already. That pages with secrets may be is
/// decision 11.
fn packs() -> impl Predicate {
    DefaultPredicate::new().and(NotForContentType::const_new("application/vnd.openxmlformats")).and(Telling)
}

/// Leaves what could tell a secret by its length as it is.
#[derive(Clone, Copy)]
struct Telling;

impl Predicate for Telling {
    fn should_compress<B: axum::body::HttpBody>(&self, response: &http::Response<B>) -> bool {
        response.extensions().get::<Unpacked>().is_none()
    }
}

fn panicked(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    // The message may hold a person's data; the place of the panic is on standard error.
    axum::response::IntoResponse::into_response(Fail::from(Fault::new("a handler panicked")))
}

async fn nothing_here() -> Answer {
    Err(Refusal::not_found().into())
}

async fn other_method() -> Answer {
    Err(Refusal::new("stop.method").status(405).into())
}

/// Every route of a room, of both kinds.
fn routes(room: &Room) -> Vec<(Method, String)> {
    let mut all: Vec<(Method, String)> =
        room.routes.seen.iter().map(|(m, p)| (m.clone(), (*p).to_owned())).collect();
    for (path, item) in &room.api.get_openapi().paths.paths {
        let each = [
            (Method::GET, &item.get),
            (Method::POST, &item.post),
            (Method::PUT, &item.put),
            (Method::PATCH, &item.patch),
            (Method::DELETE, &item.delete),
        ];
        all.extend(each.into_iter().filter(|(_, op)| op.is_some()).map(|(m, _)| (m, path.clone())));
    }
    all
}

fn check(rooms: &[Room]) -> Result<(), Uneven> {
    let mut trouble = Vec::new();
    let mut seen = BTreeSet::new();
    for room in rooms {
        let name = room.name;
        let routes: BTreeSet<_> = routes(room).into_iter().map(|(m, p)| (m.to_string(), p)).collect();
        let rights: BTreeSet<_> =
            room.rights.iter().map(|r| (r.method.to_owned(), r.path.to_owned())).collect();
        trouble.extend(routes.difference(&rights).map(|(m, p)| format!("{name}: {m} {p} has no rights row")));
        trouble.extend(
            rights.difference(&routes).map(|(m, p)| format!("{name}: the rights row {m} {p} has no route")),
        );
        if rights.len() != room.rights.len() {
            trouble.push(format!("{name}: a rights row stands twice"));
        }
        trouble.extend(
            room.rights
                .iter()
                .filter(|r| r.why.is_empty())
                .map(|r| format!("{name}: {} {} says no reason", r.method, r.path)),
        );
        for route in routes {
            if !seen.insert(route.clone()) {
                trouble.push(format!("{name}: {} {} is another room's too", route.0, route.1));
            }
        }
    }
    if !rooms.iter().any(|r| r.name == "web") {
        trouble.push("web::room() is missing".to_owned());
    }
    if trouble.is_empty() { Ok(()) } else { Err(Uneven(trouble)) }
}
