//! Drafts (草稿): kept while somebody writes. They are no records of anybody's doing, so they leave no
//! fact; the case that comes of one does.

use base::{Id, Invalid, Millis, Outcome, Refusal};
use parts::files::Picture;
use store::{Conn, Db, Keys, Tx};

use crate::model::{Case, DRAFT_MS, DRAFT_PHOTOS, Draft, DraftPhoto, Said};
use crate::store as rows;

/// Begins a draft.
///
/// # Errors
/// Faults of the store.
pub async fn begin_draft(db: &Db, said: Said, now: Millis) -> Outcome<Id<Draft>> {
    let id = db.chance().id(now);
    db.keep_house(move |tx| rows::add_draft(tx, id, &said, now.plus(DRAFT_MS))).await?;
    Ok(id)
}

/// The draft as it stands.
///
/// # Errors
/// Refused (410) when its day is over.
pub fn draft(conn: &mut Conn, keys: &Keys, id: Id<Draft>, now: Millis) -> Outcome<Draft> {
    rows::draft_by_id(conn, keys, id, now)?
        .ok_or_else(|| Refusal::new("case.refuse.draft_over").status(410).into())
}

/// Keeps what has been said.
///
/// # Errors
/// Refused when the draft was sent meanwhile.
pub async fn keep_draft(db: &Db, id: Id<Draft>, said: Said) -> Outcome<()> {
    let open = db.keep_house(move |tx| rows::put_draft(tx, id, &said)).await?;
    if open { Ok(()) } else { Err(Refusal::new("case.refuse.draft_sent").into()) }
}

/// Keeps what has been said, takes photos away and adds others.
///
/// # Errors
/// Invalid (`photo`) when there would be more than [`DRAFT_PHOTOS`].
pub async fn keep_with_photos(
    db: &Db,
    draft: Draft,
    said: Said,
    drop: Vec<Id<DraftPhoto>>,
    add: Vec<Picture>,
    now: Millis,
) -> Outcome<()> {
    let kept = draft.photos.iter().filter(|p| !drop.contains(p)).count();
    if kept + add.len() > DRAFT_PHOTOS {
        return Err(Invalid::field("photo", "case.page.resident.what.too_many").into());
    }
    let add: Vec<DraftPhoto> = add.into_iter().map(photo_of).collect();
    let open = db.keep_house(move |tx| {
        for photo in &drop {
            rows::remove_draft_photo(tx, draft.id, *photo)?;
        }
        for photo in &add {
            rows::add_draft_photo(tx, &draft, photo, now)?;
        }
        rows::put_draft(tx, draft.id, &said)
    });
    if open.await? { Ok(()) } else { Err(Refusal::new("case.refuse.draft_sent").into()) }
}

fn photo_of(p: Picture) -> DraftPhoto {
    DraftPhoto { jpeg: p.jpeg, width: p.width, height: p.height, original_digest: p.original_digest }
}

/// The draft's photos as pictures of the case that comes of it.
///
/// # Errors
/// Faults of the store.
pub fn pictures(conn: &mut Conn, id: Id<Draft>) -> Outcome<Vec<Picture>> {
    let all = rows::draft_photos(conn, id)?.into_iter();
    let picture = |p: DraftPhoto| Picture {
        jpeg: p.jpeg,
        width: p.width,
        height: p.height,
        original_digest: p.original_digest,
    };
    Ok(all.map(picture).collect())
}

/// Empties the draft, in the transaction in which it became a case.
///
/// # Errors
/// Faults of the store.
pub fn close_draft(tx: &mut Tx<'_>, id: Id<Draft>, case: Id<Case>) -> Outcome<()> {
    rows::empty_draft(tx, id, case)
}
