//! The interface for installations below (上报接口). No session: who speaks is told by the signature, over what is said and when.

use axum::{Json, body::Bytes as Body, extract::State};
use base::{Id, Invalid, Millis, Outcome, Refusal};
use http::HeaderMap;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::{Fail, Need, Rate, Right, Site};

use crate::deeds::{
    Taken, hear_beat, known_report, linked_by_key, note_refusal, signature_holds, take_report, use_code,
};
use crate::model::{
    Beat, BeatAnswer, Installation, InstallationState, LinkAnswer, LinkAsk, OneTime, PublicKey, Report,
    ReportAnswer, Why,
};
use crate::rules::{CLOCK_MS, Said, decode, digest};
use crate::store::installation_by_id;

const BELOW: &str = "an installation below that is registered, by its signature";

/// The rights of the JSON routes; the room adds them to those of its pages.
pub const RIGHTS: &[Right] = &[
    Right::post("/api/v1/upward/links", Need::Public, "a registered key and its one-time code")
        .rate(Rate::per_hour(60)),
    Right::post("/api/v1/upward/reports", Need::Public, BELOW).rate(Rate::per_minute(600)),
    Right::post("/api/v1/upward/beats", Need::Public, BELOW).rate(Rate::per_minute(120)),
];

/// How many reports of one installation that it has not signed are kept as refused.
const REFUSALS: Rate = Rate::per_hour(60);
/// How many reports one installation brings: a year at once, and a few each hour.
const REPORTS: Rate = Rate::per_hour(1_000);

/// The JSON routes.
pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(link_create))
        .routes(routes!(report_create))
        .routes(routes!(beat_create))
}

fn refused(why: Why) -> Refusal {
    Refusal::new(why.key()).status(why.status())
}

/// When it was said, and the signature.
fn signed(headers: &HeaderMap) -> Outcome<(Millis, String)> {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let at = text("linli-timestamp").and_then(|t| t.parse().ok());
    let at = at.ok_or_else(|| Invalid::field("linli-timestamp", "upward.field.stamp"))?;
    let signature = text("linli-signature").filter(|s| s.len() <= 100);
    let signature = signature.ok_or_else(|| Invalid::field("linli-signature", "upward.field.signature"))?;
    Ok((Millis(at), signature))
}

fn text_of(body: &Body) -> Outcome<&str> {
    Ok(std::str::from_utf8(body).map_err(|_| refused(Why::Shape))?)
}

/// The installation that reports, if it is one that is heard.
async fn active(site: &Site, id: Id<Installation>) -> Outcome<Option<Installation>> {
    let found = site.db.read(move |conn| installation_by_id(conn, id.raw())).await?;
    Ok(found.filter(|i| i.state == InstallationState::Active))
}

/// Proves with the one-time code that whoever was given it holds the registered key.
#[utoipa::path(post, path = "/api/v1/upward/links", tag = "upward", request_body = LinkAsk,
    params(("linli-timestamp" = i64, Header, description = "milliseconds since 1970, signed with the body"),
        ("linli-signature" = String, Header, description = "Ed25519, in Base64")),
    responses((status = 200, body = LinkAnswer),
        (status = 401, description = "key, signature and code do not belong together, or the code has run out"),
        (status = 409, description = "the clocks differ too much"),
        (status = 422, description = "not written as the types say"), (status = 429, description = "too often")))]
async fn link_create(
    State(site): State<Site>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<LinkAnswer>, Fail> {
    let (said, signature) = signed(&headers)?;
    let ask: LinkAsk = decode(&body).map_err(refused)?;
    let (key, now) = (PublicKey::read(&ask.key)?, site.now());
    if !signature_holds(&key, Said::Link, said, text_of(&body)?, &signature) {
        return Err(refused(Why::Signature).into());
    }
    if (said.0 - now.0).abs() > CLOCK_MS {
        return Err(refused(Why::Skew).into());
    }
    let code = OneTime::read(&ask.code).map_err(|_| refused(Why::Code))?;
    let asked = key.clone();
    let id = match site.db.read(move |conn| linked_by_key(conn, asked.as_str())).await? {
        Some(id) => id,
        None => site.db.write(move |tx| use_code(tx, now, key.as_str(), &code)).await?,
    };
    Ok(Json(LinkAnswer { installation: Id::of(id) }))
}

/// Takes a day's report. Sent again it changes nothing; another one under the same number is refused.
#[utoipa::path(post, path = "/api/v1/upward/reports", tag = "upward", request_body = Report,
    params(("linli-timestamp" = i64, Header, description = "milliseconds since 1970, signed with the body"),
        ("linli-signature" = String, Header, description = "Ed25519, in Base64")),
    responses((status = 200, body = ReportAnswer),
        (status = 401, description = "no installation that is heard has signed this"),
        (status = 409, description = "clock, day, number, divisions or sums: see `code`"),
        (status = 422, description = "not written as the types say"), (status = 429, description = "too often")))]
async fn report_create(
    State(site): State<Site>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ReportAnswer>, Fail> {
    let (said, signature) = signed(&headers)?;
    let report: Report = decode(&body).map_err(refused)?;
    let (text, now) = (text_of(&body)?.to_owned(), site.now());
    let Some(installation) = active(&site, report.installation).await? else {
        return Err(refused(Why::Signature).into());
    };
    let digest = digest(&text);
    // A flood of reports that nobody signed is answered and not kept.
    let keeps = || site.limits.take("upward.refused", installation.id, REFUSALS, now).is_ok();
    if !signature_holds(&installation.key, Said::Report, said, &text, &signature) {
        if keeps() {
            site.db.write(move |tx| note_refusal(tx, now, &report, &digest, Why::Signature)).await?;
        }
        return Err(refused(Why::Signature).into());
    }
    let (asked, known) = (report.clone(), digest.clone());
    if let Some(answer) = site.db.read(move |conn| known_report(conn, &asked, &known)).await? {
        return Ok(Json(answer));
    }
    site.limits.take("upward.taken", installation.id, REPORTS, now)?;
    let taken = site.db.write(move |tx| take_report(tx, [said, now], &report, (&digest, &text))).await?;
    match taken {
        Taken::Kept(answer) => Ok(Json(answer)),
        Taken::Refused(why) => Err(refused(why).into()),
    }
}

/// Hears that an installation is alive, and says which of its reports are not kept.
#[utoipa::path(post, path = "/api/v1/upward/beats", tag = "upward", request_body = Beat,
    params(("linli-timestamp" = i64, Header, description = "milliseconds since 1970, signed with the body"),
        ("linli-signature" = String, Header, description = "Ed25519, in Base64")),
    responses((status = 200, body = BeatAnswer),
        (status = 401, description = "no installation that is heard has signed this"),
        (status = 409, description = "the clocks differ too much"),
        (status = 422, description = "not written as the types say"), (status = 429, description = "too often")))]
async fn beat_create(
    State(site): State<Site>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<BeatAnswer>, Fail> {
    let (said, signature) = signed(&headers)?;
    let beat: Beat = decode(&body).map_err(refused)?;
    let now = site.now();
    let installation = active(&site, beat.installation).await?;
    let holds = |i: &Installation| {
        text_of(&body).is_ok_and(|text| signature_holds(&i.key, Said::Beat, said, text, &signature))
    };
    if !installation.is_some_and(|i| holds(&i)) {
        return Err(refused(Why::Signature).into());
    }
    if (said.0 - now.0).abs() > CLOCK_MS {
        return Err(refused(Why::Skew).into());
    }
    Ok(Json(site.db.keep_house(move |tx| hear_beat(tx, now, beat.installation)).await?))
}
