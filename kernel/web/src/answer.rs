//! What handlers give back.

use askama::Template;
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};

use crate::Fail;

/// What a handler returns.
pub type Answer = Result<Response, Fail>;

/// The key of the sentence that the next page shows, on its way out to the gate.
#[derive(Clone, Copy)]
pub(crate) struct Notice(pub &'static str);

/// HTML text with a status.
pub(crate) fn html(status: StatusCode, text: String) -> Response {
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    (status, [kind], text).into_response()
}

/// A page.
///
/// # Errors
/// A fault when the template does not render.
pub fn page(template: &impl Template) -> Answer {
    page_as(StatusCode::OK, template)
}

/// A page with a status of its own.
///
/// # Errors
/// A fault when the template does not render.
pub fn page_as(status: StatusCode, template: &impl Template) -> Answer {
    Ok(html(status, template.render()?))
}

/// Onwards after an act: 303, so that reloading does not act again.
///
/// # Errors
/// A fault when the address cannot stand in a header.
pub fn go(to: impl AsRef<str>) -> Answer {
    let to = HeaderValue::from_str(to.as_ref())?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response())
}

/// Onwards after an act, with a sentence (by its catalogue key) that the next page shows once.
///
/// # Errors
/// A fault when the address cannot stand in a header.
pub fn go_saying(to: impl AsRef<str>, key: &'static str) -> Answer {
    let mut response = go(to)?;
    response.extensions_mut().insert(Notice(key));
    Ok(response)
}

/// A file to be kept, never to be shown inside a page. `name` may be Chinese.
///
/// # Errors
/// A fault when the kind cannot stand in a header.
pub fn attachment(name: &str, kind: &str, bytes: Vec<u8>) -> Answer {
    attachment_of(name, kind, Body::from(bytes))
}

/// The same of a body that may still be made while it is sent.
pub(crate) fn attachment_of(name: &str, kind: &str, body: Body) -> Answer {
    let disposition = format!("attachment; filename*=UTF-8''{}", encode(name));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_str(kind)?),
        (header::CONTENT_DISPOSITION, HeaderValue::from_str(&disposition)?),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, body).into_response())
}

/// Percent-encodes all but letters, digits, `-`, `.` and `_`.
pub fn encode(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, b| {
        if b.is_ascii_alphanumeric() || b"-._".contains(&b) {
            out.push(char::from(b));
        } else {
            let _ = write!(out, "%{b:02X}");
        }
        out
    })
}
