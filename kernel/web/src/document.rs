//! The document of the programming interface (接口文档): what the rooms say of their routes, completed with
//! what the gate itself answers on each, so that no status and no body is missing from it. A room writes
//! down its successes and its own refusals; nobody writes down twice what holds for every route.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ContentBuilder, InfoBuilder, ObjectBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Required,
        header::Header,
        path::{Operation, ParameterBuilder, ParameterIn},
        response::Response,
        schema::Type,
        security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme},
    },
};

use crate::{Config, Need, Problem, Right, Room, cookie};

/// The name of the session in the document.
const SESSION: &str = "session";
/// The type of every body that is not a success (RFC 9457).
const PROBLEM: &str = "application/problem+json";

/// What may happen to every request.
const ALWAYS: [(&str, &str); 2] = [
    ("500", "our own trouble; the log has it under `request_id`"),
    ("503", "the store is busy or has stopped"),
];
/// What may happen to every request that may change something.
const CHANGING: [(&str, &str); 7] = [
    ("400", "what came cannot be read"),
    ("403", "with a session: no or another session's `X-CSRF-Token`; or the request is another site's"),
    ("408", "the body took too long to arrive"),
    ("413", "the body is too large"),
    ("415", "the body is no JSON"),
    ("429", "too often"),
    ("507", "the disk is full; nothing was kept"),
];

/// The OpenAPI document of all rooms, for a house as it ought to be configured.
pub fn openapi_of(rooms: &[Room]) -> OpenApi {
    document_for(rooms, &Config::default())
}

/// The document for a house configured so: the session's cookie has another name without https.
pub(crate) fn document_for(rooms: &[Room], config: &Config) -> OpenApi {
    let mut doc = OpenApiBuilder::new().info(InfoBuilder::new().title("Linli").version("1").build()).build();
    for room in rooms {
        doc.merge(room.api.get_openapi().clone());
    }
    let rights: Vec<&Right> = rooms.iter().flat_map(|r| r.rights).collect();
    for (path, item) in &mut doc.paths.paths {
        let each = [
            ("GET", &mut item.get),
            ("POST", &mut item.post),
            ("PUT", &mut item.put),
            ("PATCH", &mut item.patch),
            ("DELETE", &mut item.delete),
        ];
        for (method, operation) in each {
            let right = rights.iter().find(|r| r.path == path && r.method == method);
            if let (Some(operation), Some(right)) = (operation, right) {
                complete(operation, right);
            }
        }
    }
    let components = doc.components.get_or_insert_default();
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(cookie::session_name(config))));
    components.add_security_scheme(SESSION, cookie);
    let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    components.schemas.extend(schemas);
    doc
}

/// Adds what the gate answers on this route, and the body of every answer that is not a success.
fn complete(operation: &mut Operation, right: &Right) {
    let changes = right.method != "GET";
    let mut add = |all: &[(&str, &str)]| {
        for (status, why) in all {
            let said = operation.responses.responses.entry((*status).to_owned());
            said.or_insert_with(|| RefOr::T(Response::new(*why)));
        }
    };
    add(&ALWAYS);
    if changes {
        add(&CHANGING);
    }
    if right.rate.is_some() {
        add(&[("429", "too often")]);
    }
    if right.need != Need::Public {
        add(&[("401", "no session, or one that has ended")]);
    }
    if matches!(right.need, Need::Duty(_) | Need::AnyDuty(_)) {
        add(&[("403", "no post of this person gives the duty")]);
    }
    for (status, said) in &mut operation.responses.responses {
        let RefOr::T(said) = said else { continue };
        if !status.starts_with('2') {
            tell_problem(said, status == "429");
        }
    }
    let session = SecurityRequirement::new(SESSION, [] as [&str; 0]);
    operation.security = Some(match right.need {
        Need::Public => vec![SecurityRequirement::default(), session],
        _ => vec![session],
    });
    if changes {
        operation.parameters.get_or_insert_default().push(RefOr::T(token()));
    }
}

fn tell_problem(said: &mut Response, waits: bool) {
    if said.content.is_empty() {
        let body = ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
        said.content.insert(PROBLEM.to_owned(), RefOr::T(body));
    }
    if waits {
        let mut seconds = Header::new(ObjectBuilder::new().schema_type(Type::Integer));
        seconds.description = Some("seconds until the next try".to_owned());
        said.headers.insert("Retry-After".to_owned(), RefOr::T(seconds));
    }
}

/// The form token, which a browser with a session must send with whatever may change something.
fn token() -> utoipa::openapi::path::Parameter {
    ParameterBuilder::new()
        .name("X-CSRF-Token")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("with a session: the `token` of an answer to it"))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}
