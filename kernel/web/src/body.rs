//! Reads the body of a form before any handler does, because the token is inside it.

use std::{error::Error, time::Duration};

use axum::{
    body::Body,
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request, multipart::Field},
};
use base::{Outcome, Refusal, Stop, limits};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header};

use crate::{
    form::{Posted, Upload},
    paced::{TooMuch, TooSlow},
};

/// How long a body may take to arrive.
pub(crate) const TIME: Duration = Duration::from_secs(30);
/// How long a body with files may take: two megabytes at the speed of a village's edge.
pub(crate) const FILES_TIME: Duration = Duration::from_secs(300);
/// Bytes of a body with files.
pub const UPLOAD_BYTES: usize = 48 * 1024 * 1024;
/// After how many seconds to come again when the bodies of all weigh too much.
const BUSY_S: u8 = 10;
/// Files of one body.
const FILES: usize = 20;
/// The form token's field and header.
const TOKEN_FIELD: &str = "_token";
const TOKEN_HEADER: &str = "x-csrf-token";
/// The form's number.
const ONCE_FIELD: &str = "_once";
/// Fields that begin with this are the kit's, or a step of a form without scripts.
const OURS: char = '_';

/// What kind of body came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Form,
    Files,
    Json,
    Nothing,
    Other,
}

impl Kind {
    pub fn of(headers: &HeaderMap) -> Self {
        let text = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        match text.split(';').next().unwrap_or_default().trim() {
            "application/x-www-form-urlencoded" => Kind::Form,
            "multipart/form-data" => Kind::Files,
            "application/json" => Kind::Json,
            "" if headers.get(header::CONTENT_LENGTH).is_none_or(|v| v == "0") => Kind::Nothing,
            _ => Kind::Other,
        }
    }
}

/// A form's fields and files, and its token.
pub(crate) struct Taken {
    pub posted: Posted,
    pub token: String,
}

/// Why a body could not be read to its end.
fn unread(error: &(dyn Error + 'static)) -> Stop {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return too_large();
        }
        if error.is::<TooSlow>() {
            return Refusal::new("stop.too_slow").status(408).into();
        }
        if error.is::<TooMuch>() {
            return Refusal::new("stop.busy").status(503).with("seconds", BUSY_S).into();
        }
        cause = error.source();
    }
    unreadable()
}

fn too_large() -> Stop {
    Refusal::new("stop.too_large").status(413).into()
}

/// What came is not what a browser sends.
pub(crate) fn unreadable() -> Stop {
    Refusal::new("stop.bad_request").status(400).into()
}

/// Takes the body out of the request if it is a form. The token may also stand in a header, for
/// the scripts of our own pages.
pub(crate) async fn take(request: Request, kind: Kind, files: bool) -> Outcome<(Request, Taken)> {
    let (parts, body) = request.into_parts();
    let mut posted = Posted::default();
    let rest = match kind {
        Kind::Form => {
            let bytes = whole(body).await?;
            posted.pairs = serde_urlencoded::from_bytes(&bytes).map_err(|_| unreadable())?;
            Body::empty()
        }
        Kind::Files => {
            let mut whole = Request::from_parts(parts.clone(), body);
            DefaultBodyLimit::max(if files { UPLOAD_BYTES } else { limits::BODY_BYTES }).apply(&mut whole);
            posted = take_parts(whole).await?;
            Body::empty()
        }
        Kind::Nothing => body,
        // Read here too: a handler that waits for its body would keep a place inside.
        Kind::Json | Kind::Other => Body::from(whole(body).await?),
    };
    let header = parts.headers.get(TOKEN_HEADER).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let ours = |name: &str| posted.pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
    let token = header.or_else(|| ours(TOKEN_FIELD)).unwrap_or_default();
    posted.once =
        ours(ONCE_FIELD).unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).take(32).collect();
    let (steps, fields) =
        std::mem::take(&mut posted.pairs).into_iter().partition(|(n, _)| n.starts_with(OURS));
    (posted.steps, posted.pairs) = (steps, fields);
    // Nobody can type it, and the server engine takes no text that has it.
    posted.pairs.iter_mut().for_each(|(_, value)| value.retain(|c| c != '\0'));
    Ok((Request::from_parts(parts, rest), Taken { posted, token }))
}

/// A body without files.
async fn whole(body: Body) -> Outcome<Bytes> {
    axum::body::to_bytes(body, limits::BODY_BYTES).await.map_err(|e| unread(&e))
}

async fn take_parts(request: Request) -> Outcome<Posted> {
    let mut parts = Multipart::from_request(request, &()).await.map_err(|_| unreadable())?;
    let mut posted = Posted::default();
    let mut text_bytes = 0;
    while let Some(part) = parts.next_field().await.map_err(|e| trouble(&e))? {
        let field = part.name().unwrap_or_default().to_owned();
        let Some(name) = part.file_name().map(str::to_owned) else {
            let bytes = limited(part, limits::BODY_BYTES - text_bytes).await?;
            text_bytes += bytes.len();
            posted.pairs.push((field, String::from_utf8(bytes.to_vec()).map_err(|_| unreadable())?));
            continue;
        };
        if posted.files.len() == FILES {
            return Err(Refusal::new("stop.too_many_files").status(413).with("n", FILES).into());
        }
        let kind = part.content_type().unwrap_or_default().to_owned();
        posted.files.push(Upload { field, name, kind, bytes: limited(part, limits::FILE_BYTES).await? });
    }
    Ok(posted)
}

fn trouble(error: &axum::extract::multipart::MultipartError) -> Stop {
    if error.status() == http::StatusCode::PAYLOAD_TOO_LARGE { too_large() } else { unread(error) }
}

async fn limited(mut part: Field<'_>, most: usize) -> Outcome<Bytes> {
    let mut all = BytesMut::new();
    while let Some(chunk) = part.chunk().await.map_err(|e| trouble(&e))? {
        if all.len() + chunk.len() > most {
            return Err(too_large());
        }
        all.extend_from_slice(&chunk);
    }
    Ok(all.freeze())
}
