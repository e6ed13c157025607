//! Cases as JSON, for programs: the same deeds as the pages. Numbers name cases; a stranger needs the
//! receipt's code, staff a session. Errors are problem+json with `code`, `detail` and `way`.

mod ask;
mod tell;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use access::{Kind, Person, person_of, view_filter};
use axum::{
    Json,
    extract::{Path, Query, State, rejection::JsonRejection, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use base::{Cursor, Invalid, Millis, Outcome, Refusal};
use http::{HeaderMap, StatusCode};
use utoipa_axum::{router::OpenApiRouter, routes};
use web::{Fail, MaybeWho, Need, Rate, Right, Site, Who};

use self::ask::{ActAsk, CodeAsk, ListAsk, NewCase};
use self::tell::{CaseJson, CategoryJson, DoneJson, FollowJson, ListJson, ReceiptJson};
use crate::deeds::{self, Hand};
use crate::model::{Case, CaseNumber};
use crate::store::{self, Desk, Ground, QueueOrder};

/// The rights of the JSON routes; the room adds them to those of its pages.
pub const RIGHTS: &[Right] = &[
    Right::get("/api/v1/categories", Need::Public, "what a matter can be about"),
    Right::post("/api/v1/cases", Need::Public, "anybody brings a matter; staff by their own channels")
        .rate(Rate::per_minute(60))
        .urgent(),
    Right::get("/api/v1/cases", Need::SignedIn, "staff list what they may see").heavy(),
    Right::get("/api/v1/cases/{number}", Need::Public, "the receipt's code opens one's own matter"),
    Right::get("/api/v1/cases/{number}/file", Need::SignedIn, "staff read a case; it is on record"),
    Right::post("/api/v1/cases/{number}/acts", Need::Public, "staff by their duties, the sender by the code"),
];

/// The JSON routes.
pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(category_list))
        .routes(routes!(case_list, case_create))
        .routes(routes!(case_follow))
        .routes(routes!(case_show))
        .routes(routes!(act_create))
}

/// What was sent, or what is wrong with it by field: axum's own answers are no problem+json.
fn body_of<T>(taken: Result<Json<T>, JsonRejection>) -> Outcome<T> {
    match taken {
        Ok(Json(body)) => Ok(body),
        Err(e) if e.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(Refusal::new("stop.too_large").status(413).into())
        }
        Err(e) if e.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            Err(Refusal::new("stop.bad_request").status(415).into())
        }
        Err(e) => {
            let mut invalid = Invalid::default();
            invalid.push_with("body", "case.field.json", vec![("why", e.body_text())]);
            Err(invalid.into())
        }
    }
}

fn query_of<T>(taken: Result<Query<T>, QueryRejection>) -> Outcome<T> {
    match taken {
        Ok(Query(ask)) => Ok(ask),
        Err(e) => {
            let mut invalid = Invalid::default();
            invalid.push_with("query", "case.field.json", vec![("why", e.body_text())]);
            Err(invalid.into())
        }
    }
}

fn ground(site: &Site) -> Outcome<Ground> {
    Ok(site.get::<Desk>()?.now())
}

fn staff(who: &MaybeWho) -> Outcome<Option<Arc<Person>>> {
    who.0.as_ref().map(|p| person_of(p)).transpose()
}

/// The categories that can be chosen now, parents before children.
#[utoipa::path(get, path = "/api/v1/categories", tag = "case", responses((status = 200, body = Vec<CategoryJson>)))]
async fn category_list(State(site): State<Site>) -> Result<Json<Vec<CategoryJson>>, Fail> {
    let (g, now) = (ground(&site)?, site.now());
    Ok(Json(g.categories().filter(|c| c.is_valid(now)).map(|c| CategoryJson::of(&g, c)).collect()))
}

/// Brings a matter. With the header `Idempotency-Key`, sending it again gives the same receipt.
#[utoipa::path(post, path = "/api/v1/cases", tag = "case", request_body = NewCase,
    params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 100, pattern = "^[ -~]+$",
        description = "the sender's own")),
    responses(
        (status = 201, body = ReceiptJson, description = "registered"),
        (status = 200, body = ReceiptJson, description = "the same key and content were sent before"),
        (status = 403, description = "staff without intake, or not by this channel"),
        (status = 409, description = "the key was used for something else"),
        (status = 422, description = "by field"),
        (status = 429, description = "too often"),
    ))]
async fn case_create(
    State(site): State<Site>,
    who: MaybeWho,
    headers: HeaderMap,
    taken: Result<Json<NewCase>, JsonRejection>,
) -> Result<Response, Fail> {
    let (g, now) = (ground(&site)?, site.now());
    let person = staff(&who)?;
    let intake = body_of(taken)?.intake(&g, person.is_some(), key_of(&headers)?)?;
    let county = intake.place.county;
    let deed_ground = g.clone();
    let receipt = site
        .db
        .write_keyed(county, move |tx| {
            let hand = person.as_deref().map_or(Hand::Public, Hand::Staff);
            deeds::submit_case(tx, &deed_ground, hand, now, &intake)
        })
        .await?;
    let status = if receipt.repeated { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(ReceiptJson::of(&g, &receipt))).into_response())
}

fn key_of(headers: &HeaderMap) -> Outcome<Option<String>> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().ok().filter(|t| (1..=100).contains(&t.len()));
    let text = text.ok_or_else(|| Invalid::field("Idempotency-Key", "case.field.key_unfit"))?;
    Ok(Some(text.to_owned()))
}

/// Follows a matter by number and code.
#[utoipa::path(get, path = "/api/v1/cases/{number}", tag = "case",
    params(("number" = String, Path, example = "620602-2026-00500"), CodeAsk),
    responses((status = 200, body = FollowJson), (status = 404, description = "no such number and code"),
        (status = 422, description = "by field"), (status = 429, description = "too often")))]
async fn case_follow(
    State(site): State<Site>,
    v: web::View,
    Path(number): Path<String>,
    asked: Result<Query<CodeAsk>, QueryRejection>,
) -> Result<Json<FollowJson>, Fail> {
    let code = query_of(asked)?.code.unwrap_or_default();
    // Guessing codes is slowed for the number as well as for the one who asks.
    site.limits.take("case.receipt", &number, Rate::per_minute(30), v.now)?;
    let g = ground(&site)?;
    let db = site.db.clone();
    let found = site
        .db
        .read(move |conn| {
            let Some(case) = store::by_number_and_code(conn, db.keys(), &number, &code)? else {
                return Ok(None);
            };
            let (events, answers) =
                (store::public_timeline(conn, case.id)?, store::closures_of(conn, case.id)?);
            Ok(Some((case, events, answers)))
        })
        .await?;
    let (case, events, answers) = found.ok_or_else(Refusal::not_found)?;
    Ok(Json(FollowJson::of(&g, &case, &events, &answers)))
}

/// Lists the cases that this person may see.
#[utoipa::path(get, path = "/api/v1/cases", tag = "case", params(ListAsk),
    responses((status = 200, body = ListJson), (status = 401, description = "sign in"), (status = 422, description = "by field")))]
async fn case_list(
    State(site): State<Site>,
    who: Who,
    v: web::View,
    asked: Result<Query<ListAsk>, QueryRejection>,
) -> Result<Json<ListJson>, Fail> {
    let (g, now) = (ground(&site)?, site.now());
    let person = person_of(&who)?;
    let ask = query_of(asked)?;
    let filter = ask.filter(&g, view_filter(&person, Kind::CaseView))?;
    let (size, after) = (ask.size()?, ask.after.as_deref().and_then(Cursor::parse));
    let order = ask.order()?;
    let (page, total) = site
        .db
        .read(move |conn| {
            let total = store::count_all(conn, &filter, now)?;
            Ok((store::queue(conn, &filter, order, after, size, now)?, total))
        })
        .await?;
    Ok(Json(ListJson::of(&g, page, total, v.csrf())))
}

/// One case with its timeline. That it was opened is on record.
#[utoipa::path(get, path = "/api/v1/cases/{number}/file", tag = "case",
    params(("number" = String, Path, example = "620602-2026-00500")),
    responses((status = 200, body = CaseJson), (status = 401, description = "sign in"),
        (status = 404, description = "no such case, or not for this person")))]
async fn case_show(
    State(site): State<Site>,
    who: Who,
    v: web::View,
    Path(number): Path<String>,
) -> Result<Json<CaseJson>, Fail> {
    let (g, now) = (ground(&site)?, site.now());
    let person = person_of(&who)?;
    let case = seen_by(&site, &person, number).await?;
    let (id, account) = (case.id, person.account.raw());
    let lately =
        site.db.read(move |conn| store::was_read_lately(conn, id, account, deeds::READ_RECORD, now)).await?;
    if !lately {
        let reader = person.clone();
        site.db.write(move |tx| deeds::open_case(tx, &reader, now, id)).await?;
    }
    let (ground, reader) = (g.clone(), person.clone());
    let (file, events, answers, acts) = site
        .db
        .read(move |conn| {
            let file = store::file_by_id(conn, id)?.ok_or_else(Refusal::not_found)?;
            let choices = deeds::choices_for(conn, &ground, &reader, &file, now)?;
            Ok((file, store::timeline(conn, id)?, store::closures_of(conn, id)?, choices.acts))
        })
        .await?;
    Ok(Json(CaseJson::of(&g, &file.case, &acts, v.csrf(), now).with(&g, &events, &answers)))
}

async fn seen_by(site: &Site, person: &Person, number: String) -> Outcome<Case> {
    let scope = view_filter(person, Kind::CaseView);
    let number = CaseNumber::parse(&number).ok_or_else(Refusal::not_found)?.to_string();
    let found = site.db.read(move |conn| {
        let case = store::case_by_number(conn, &number)?.ok_or_else(Refusal::not_found)?;
        store::case_in_scope(conn, case.id, &scope)
    });
    found.await?.ok_or_else(|| Refusal::not_found().into())
}

/// Does one act: staff with a session and the duty, the sender with `code`.
#[utoipa::path(post, path = "/api/v1/cases/{number}/acts", tag = "case", request_body = ActAsk,
    params(("number" = String, Path, example = "620602-2026-00500"), CodeAsk),
    responses(
        (status = 200, body = DoneJson),
        (status = 403, description = "not this person's to do"),
        (status = 404, description = "no such case, or not for this person"),
        (status = 409, description = "the case stands elsewhere or was changed meanwhile: by whom and when"),
        (status = 410, description = "too late"),
        (status = 422, description = "by field"),
        (status = 429, description = "too often"),
    ))]
async fn act_create(
    State(site): State<Site>,
    who: MaybeWho,
    Path(number): Path<String>,
    asked: Result<Query<CodeAsk>, QueryRejection>,
    taken: Result<Json<ActAsk>, JsonRejection>,
) -> Result<Json<DoneJson>, Fail> {
    let (g, now) = (ground(&site)?, site.now());
    let person = staff(&who)?;
    let code = query_of(asked)?.code;
    if code.is_some() {
        site.limits.take("case.receipt", &number, Rate::per_minute(30), now)?;
    }
    let act = body_of(taken)?.order(&g)?;
    let number = CaseNumber::parse(&number).ok_or_else(Refusal::not_found)?.to_string();
    let case = site.db.read(move |conn| store::case_by_number(conn, &number)).await?;
    let id = case.ok_or_else(Refusal::not_found)?.id;
    let deed_ground = g.clone();
    let done = site
        .db
        .write(move |tx| {
            let hand = match (&code, &person) {
                (Some(code), _) => Hand::Sender { code },
                (None, Some(person)) => Hand::Staff(person),
                (None, None) => Hand::Public,
            };
            act.run(tx, &deed_ground, hand, now, id)
        })
        .await?;
    Ok(Json(DoneJson::of(&g, &done)))
}

/// An order of a list by its name.
fn order_of(name: Option<&str>) -> Outcome<QueueOrder> {
    match name {
        None | Some("due") => Ok(QueueOrder::DueFirst),
        Some("-due") => Ok(QueueOrder::DueLast),
        Some("created") => Ok(QueueOrder::OldestFirst),
        Some("-created") => Ok(QueueOrder::NewestFirst),
        Some(_) => Err(Invalid::field("order", "case.field.word_unknown").into()),
    }
}

/// An instant as programs write it, in the installation's zone.
fn instant(g: &Ground, at: Millis) -> String {
    g.zone.at(at).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}
