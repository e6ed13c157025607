//! Photos: taken out of a form, and given back to those who may see them.

use axum::{body::Bytes, response::IntoResponse};
use base::{Invalid, Outcome};

use http::{HeaderValue, header};
use parts::files::{Picture, read_picture};
use web::{Answer, Form};

use crate::model::DRAFT_PHOTOS;

/// The photos of the field `photo`, decoded and encoded anew on a thread that may block.
///
/// # Errors
/// Invalid (`photo`): too many, too large, or no picture.
pub async fn read_photos<T: serde::de::DeserializeOwned>(form: &Form<T>) -> Outcome<Vec<Picture>> {
    let uploads: Vec<Bytes> = form.files("photo").map(|u| u.bytes.clone()).collect();
    if uploads.len() > DRAFT_PHOTOS {
        return Err(Invalid::field("photo", "case.page.resident.what.too_many").into());
    }
    if uploads.is_empty() {
        return Ok(Vec::new());
    }
    tokio::task::spawn_blocking(move || uploads.iter().map(|bytes| read_picture(bytes)).collect()).await?
}

/// A picture for those who may see it: it cannot run anything, and no cache keeps it.
///
/// # Errors
/// None today; handlers pass it on.
pub fn show_picture(jpeg: Vec<u8>) -> Answer {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("inline; filename=\"photo.jpg\"")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    Ok((headers, jpeg).into_response())
}
