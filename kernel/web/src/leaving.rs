//! The way out of the gate: stops are drawn, headers and cookies set, one line is logged.

use std::sync::atomic::Ordering;

use axum::response::{IntoResponse, Response};
use base::{Refusal, Stop};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::{
    Site, View,
    answer::{self, Notice},
    assets::style_first,
    cookie,
    fail::{self, Stopped},
    gate::Visit,
};

/// Nothing but our own style, script, pictures and form targets; no frames, no inline anything.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
    img-src 'self' blob:; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'";

/// Headers of every answer.
const ALWAYS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()"),
];

/// The mark of an answer that is not compressed, because its length could tell a secret.
#[derive(Clone, Copy)]
pub(crate) struct Unpacked;

/// Finishes an answer.
pub(crate) fn leave(site: &Site, visit: &Visit, view: &View, response: Response) -> Response {
    let mut response = match stop_of(visit, &response) {
        Some(stop) => draw(visit, view, stop),
        None => response,
    };
    cookies(site, visit, view, &mut response);
    headers(site, visit, view, &mut response);
    let status = response.status().as_u16();
    let ms = site.now().0 - visit.started.0;
    // The route, never the address: an address holds ids, and a query what people typed.
    tracing::info!(target: "access", id = view.request_id(), method = %visit.method, route = %visit.route, status, ms);
    response
}

/// A stop that travelled here, by reference or made from a bare answer of the framework's.
enum Found {
    Ours(Stopped),
    Made(Stop),
}

fn stop_of(visit: &Visit, response: &Response) -> Option<Found> {
    if let Some(stopped) = response.extensions().get::<Stopped>() {
        return Some(Found::Ours(stopped.clone()));
    }
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    // The framework's own refusals are plain English text: a bad id in an address, a body that is
    // not JSON.
    let kind = response.headers().get(header::CONTENT_TYPE).map_or("", |v| v.to_str().unwrap_or(""));
    if !kind.is_empty() && !kind.starts_with("text/plain") {
        return None;
    }
    let refusal = match status {
        StatusCode::BAD_REQUEST if visit.method == Method::GET => Refusal::not_found(),
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::new("stop.too_large").status(413),
        other => Refusal::new("stop.bad_request").status(other.as_u16()),
    };
    Some(Found::Made(refusal.into()))
}

fn draw(visit: &Visit, view: &View, found: Found) -> Response {
    let stop = match &found {
        Found::Ours(stopped) => &*stopped.0,
        Found::Made(stop) => stop,
    };
    if let Stop::Fault(fault) = stop {
        tracing::error!(id = view.request_id(), route = %visit.route, %fault, "a request failed");
    }
    if visit.api {
        return fail::with_wait(fail::problem(view, stop), stop);
    }
    let unknown = matches!(stop, Stop::Refused(r) if r.status == 401);
    if unknown && visit.method == Method::GET {
        // The fragment addresses of our own script must not follow to a whole page.
        let back = visit.uri.path_and_query().map_or("/", |p| p.as_str());
        let to = format!("{}?next={}", view.config().sign_in, answer::encode(back));
        return answer::go(to).unwrap_or_else(|fail| fail.into_response());
    }
    fail::with_wait(fail::page(view, stop), stop)
}

fn cookies(site: &Site, visit: &Visit, view: &View, response: &mut Response) {
    let config = &site.config;
    let html = is_html(response.headers());
    let notice = response.extensions().get::<Notice>().copied();
    let mut set = |name: &str, value: &str, seconds: i64| {
        response.headers_mut().append(header::SET_COOKIE, cookie::set(config, name, value, seconds));
    };
    for (name, value) in &visit.prefs {
        set(name, value, cookie::YEAR_S);
    }
    if let Some(seed) = visit.fresh_seed.as_ref().filter(|_| view.shared.seed_used.load(Ordering::Relaxed)) {
        set(cookie::seed_name(config), seed, config.absolute_ms / 1000);
    }
    if visit.stale {
        set(cookie::session_name(config), "", 0);
    }
    match notice {
        Some(Notice(key)) => set(cookie::NOTICE, key, 60),
        None if html && view.shared.notice.is_some() => set(cookie::NOTICE, "", 0),
        None => {}
    }
}

pub(crate) fn headers(site: &Site, visit: &Visit, view: &View, response: &mut Response) {
    let html = is_html(response.headers());
    let personal = view.person.is_some() || view.session.is_some();
    let secret = view.shared.seed_used.load(Ordering::Relaxed);
    if personal && visit.may_be_guessing {
        response.extensions_mut().insert(Unpacked);
    }
    let head = response.headers_mut();
    for (name, value) in ALWAYS {
        head.entry(*name).or_insert(HeaderValue::from_static(value));
    }
    head.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    if site.config.secure_cookies {
        let year = HeaderValue::from_static("max-age=31536000");
        head.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(year);
    }
    let keep =
        if personal || secret || visit.api || !visit.prefs.is_empty() { "no-store" } else { "no-cache" };
    head.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static(keep));
    if html {
        head.append(header::VARY, HeaderValue::from_static("cookie"));
        head.extend(style_first().map(|link| (header::LINK, link)));
    }
    if let Ok(id) = HeaderValue::from_str(view.request_id()) {
        head.insert("x-request-id", id);
    }
}

fn is_html(head: &HeaderMap) -> bool {
    head.get(header::CONTENT_TYPE).is_some_and(|v| v.as_bytes().starts_with(b"text/html"))
}
