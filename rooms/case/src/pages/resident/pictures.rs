//! Photos: taken out of a form, kept while the form is mended, and given back to those who may see them.

use axum::{body::Bytes, response::IntoResponse};
use base::{Id, Invalid, Millis, Outcome, Stop};
use http::{HeaderValue, header};
use parts::files::{Picture, read_picture};
use serde::de::DeserializeOwned;
use web::{Answer, Form, Site};

use super::grip::same;
use crate::deeds::draft;
use crate::model::{DRAFT_PHOTOS, Draft, Said};

/// The photos that came with a form: those that were kept from its last sending, and the new ones.
#[derive(Debug, Default)]
pub struct Album {
    /// The photos.
    pub photos: Vec<Picture>,
    /// What was wrong with one of the new ones.
    trouble: Option<Stop>,
}

/// Photos that wait for a form to be mended (暂存照片).
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// What the form sends back; empty for none.
    pub token: String,
    /// How many.
    pub count: usize,
}

impl Album {
    /// The photos of the fields `photo` and `kept`. It never fails for what was sent: see
    /// [`Album::whole`].
    ///
    /// # Errors
    /// Faults of the store.
    pub async fn of<T: DeserializeOwned>(site: &Site, form: &Form<T>) -> Outcome<Self> {
        let mut album =
            Self { photos: kept_before(site, form.typed("kept").unwrap_or_default()).await?, trouble: None };
        match read_photos(form).await {
            Ok(new) => album.photos.extend(new),
            Err(Stop::Fault(fault)) => return Err(Stop::Fault(fault)),
            Err(stop) => album.trouble = Some(stop),
        }
        if album.photos.len() > DRAFT_PHOTOS {
            album.photos.truncate(DRAFT_PHOTOS);
            album.trouble = Some(Invalid::field("photo", "case.page.resident.what.too_many").into());
        }
        Ok(album)
    }

    /// All photos, if each could be taken.
    ///
    /// # Errors
    /// Invalid (`photo`).
    pub fn whole(&mut self) -> Outcome<Vec<Picture>> {
        match self.trouble.take() {
            Some(stop) => Err(stop),
            None => Ok(self.photos.clone()),
        }
    }

    /// Puts the photos aside until the form comes again, for a day at most.
    ///
    /// # Errors
    /// Faults of the store.
    pub async fn keep(self, site: &Site, now: Millis) -> Outcome<Kept> {
        if self.photos.is_empty() {
            return Ok(Kept::default());
        }
        let count = self.photos.len();
        let id = draft::begin_draft(&site.db, Said::default(), now).await?;
        let db = site.db.clone();
        let aside = site.db.read(move |conn| draft::draft(conn, db.keys(), id, now)).await?;
        draft::keep_with_photos(&site.db, aside, Said::default(), Vec::new(), self.photos, now).await?;
        Ok(Kept { token: format!("{id}.{}", seal(site, id)), count })
    }
}

fn seal(site: &Site, id: Id<Draft>) -> String {
    let tag = site.db.keys().blind("case.kept", &id.to_string());
    tag.iter().map(|b| format!("{b:02x}")).collect()
}

async fn kept_before(site: &Site, token: &str) -> Outcome<Vec<Picture>> {
    let parts = token.split_once('.').and_then(|(id, tag)| Some((id.parse::<Id<Draft>>().ok()?, tag)));
    match parts {
        Some((id, tag)) if same(&seal(site, id), tag) => {
            site.db.read(move |conn| draft::pictures(conn, id)).await
        }
        _ => Ok(Vec::new()),
    }
}

/// The photos of the field `photo`, decoded and encoded anew on a thread that may block.
///
/// # Errors
/// Invalid (`photo`): too many, too large, or no picture.
pub async fn read_photos<T: DeserializeOwned>(form: &Form<T>) -> Outcome<Vec<Picture>> {
    read_photos_of(form, "photo").await
}

/// The same of another field.
///
/// # Errors
/// Invalid at that field.
pub async fn read_photos_of<T: DeserializeOwned>(
    form: &Form<T>,
    field: &'static str,
) -> Outcome<Vec<Picture>> {
    let uploads: Vec<Bytes> = form.files(field).map(|u| u.bytes.clone()).collect();
    if uploads.len() > DRAFT_PHOTOS {
        return Err(Invalid::field(field, "case.page.resident.what.too_many").into());
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
