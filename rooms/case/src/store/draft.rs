//! Drafts (草稿): what somebody is still writing.

use base::{Id, Millis, Outcome};
use diesel::prelude::*;
use store::{Conn, Keys, Tx, on};

use crate::model::{Case, Draft, DraftPhoto, Said};

diesel::table! {
    case_draft (id) {
        id -> BigInt,
        sealed -> Binary,
        case_id -> BigInt,
        ends_ms -> BigInt,
    }
}

diesel::table! {
    case_draft_photo (id) {
        id -> BigInt,
        draft_id -> BigInt,
        ends_ms -> BigInt,
        width -> BigInt,
        height -> BigInt,
        original_digest -> Text,
        content -> Binary,
    }
}

/// Where the text is sealed.
const COLUMN: &str = "case_draft.sealed";
/// How many old drafts one transaction clears away.
const SWEEP: i64 = 200;

/// The draft, unless its day is over.
///
/// # Errors
/// Faults of the store or of the seal.
pub fn draft_by_id(conn: &mut Conn, keys: &Keys, id: Id<Draft>, now: Millis) -> Outcome<Option<Draft>> {
    let row: Option<(Vec<u8>, i64, i64)> = on!(conn, c => case_draft::table
        .find(id.raw())
        .filter(case_draft::ends_ms.gt(now.0))
        .select((case_draft::sealed, case_draft::case_id, case_draft::ends_ms))
        .first(c)
        .optional())?;
    let Some((sealed, case_id, ends)) = row else { return Ok(None) };
    let said: Said = serde_json::from_str(&keys.open(COLUMN, id.raw(), &sealed)?)?;
    let photos: Vec<i64> = on!(conn, c => case_draft_photo::table
        .filter(case_draft_photo::draft_id.eq(id.raw()))
        .order(case_draft_photo::id)
        .select(case_draft_photo::id)
        .load(c))?;
    Ok(Some(Draft {
        id,
        said,
        photos: photos.into_iter().map(Id::of).collect(),
        sent: (case_id != 0).then(|| Id::of(case_id)),
        ends: Millis(ends),
    }))
}

/// Begins a draft.
///
/// # Errors
/// Faults of the store.
pub fn add_draft(tx: &mut Tx<'_>, id: Id<Draft>, said: &Said, ends: Millis) -> Outcome<()> {
    let sealed = tx.seal(COLUMN, id.raw(), &serde_json::to_string(said)?);
    let row = (
        case_draft::id.eq(id.raw()),
        case_draft::sealed.eq(sealed),
        case_draft::case_id.eq(0),
        case_draft::ends_ms.eq(ends.0),
    );
    on!(tx.conn, c => diesel::insert_into(case_draft::table).values(&row).execute(c))?;
    Ok(())
}

/// Keeps what was said now; whether the draft was still open.
///
/// # Errors
/// Faults of the store.
pub fn put_draft(tx: &mut Tx<'_>, id: Id<Draft>, said: &Said) -> Outcome<bool> {
    let sealed = tx.seal(COLUMN, id.raw(), &serde_json::to_string(said)?);
    let open = case_draft::table.filter(case_draft::id.eq(id.raw())).filter(case_draft::case_id.eq(0));
    Ok(on!(tx.conn, c => diesel::update(open).set(case_draft::sealed.eq(&sealed)).execute(c))? == 1)
}

/// Empties a draft that was sent; only the way to its case stays until its day is over.
///
/// # Errors
/// Faults of the store.
pub fn empty_draft(tx: &mut Tx<'_>, id: Id<Draft>, case: Id<Case>) -> Outcome<()> {
    let sealed = tx.seal(COLUMN, id.raw(), "{}");
    let set = (case_draft::sealed.eq(sealed), case_draft::case_id.eq(case.raw()));
    on!(tx.conn, c => diesel::update(case_draft::table.find(id.raw())).set(set).execute(c))?;
    let photos = case_draft_photo::draft_id.eq(id.raw());
    on!(tx.conn, c => diesel::delete(case_draft_photo::table.filter(photos)).execute(c))?;
    Ok(())
}

/// Adds a photo.
///
/// # Errors
/// Faults of the store.
pub fn add_draft_photo(tx: &mut Tx<'_>, draft: &Draft, photo: &DraftPhoto, now: Millis) -> Outcome<()> {
    let row = (
        case_draft_photo::id.eq(tx.id::<DraftPhoto>(now).raw()),
        case_draft_photo::draft_id.eq(draft.id.raw()),
        case_draft_photo::ends_ms.eq(draft.ends.0),
        case_draft_photo::width.eq(i64::from(photo.width)),
        case_draft_photo::height.eq(i64::from(photo.height)),
        case_draft_photo::original_digest.eq(&photo.original_digest),
        case_draft_photo::content.eq(&photo.jpeg),
    );
    on!(tx.conn, c => diesel::insert_into(case_draft_photo::table).values(&row).execute(c))?;
    Ok(())
}

/// Takes a photo away.
///
/// # Errors
/// Faults of the store.
pub fn remove_draft_photo(tx: &mut Tx<'_>, draft: Id<Draft>, photo: Id<DraftPhoto>) -> Outcome<()> {
    let which = case_draft_photo::id.eq(photo.raw()).and(case_draft_photo::draft_id.eq(draft.raw()));
    on!(tx.conn, c => diesel::delete(case_draft_photo::table.filter(which)).execute(c))?;
    Ok(())
}

/// One photo of a draft.
///
/// # Errors
/// Faults of the store.
pub fn draft_photo(conn: &mut Conn, draft: Id<Draft>, photo: Id<DraftPhoto>) -> Outcome<Option<Vec<u8>>> {
    let which = case_draft_photo::id.eq(photo.raw()).and(case_draft_photo::draft_id.eq(draft.raw()));
    let found = on!(conn, c => case_draft_photo::table.filter(which).select(case_draft_photo::content).first(c).optional())?;
    Ok(found)
}

/// All photos of a draft in their order.
///
/// # Errors
/// Faults of the store.
pub fn draft_photos(conn: &mut Conn, draft: Id<Draft>) -> Outcome<Vec<DraftPhoto>> {
    let rows: Vec<(Vec<u8>, i64, i64, String)> = on!(conn, c => case_draft_photo::table
        .filter(case_draft_photo::draft_id.eq(draft.raw()))
        .order(case_draft_photo::id)
        .select((case_draft_photo::content, case_draft_photo::width, case_draft_photo::height, case_draft_photo::original_digest))
        .load(c))?;
    let photo = |(jpeg, w, h, original_digest): (Vec<u8>, i64, i64, String)| DraftPhoto {
        jpeg,
        width: u32::try_from(w).unwrap_or_default(),
        height: u32::try_from(h).unwrap_or_default(),
        original_digest,
    };
    Ok(rows.into_iter().map(photo).collect())
}

/// Clears away drafts whose day is over, with their photos: nobody keeps what was never sent. Some at a
/// time; returns how many, so that the caller goes on until there is none.
///
/// # Errors
/// Faults of the store.
pub fn sweep_drafts(tx: &mut Tx<'_>, now: Millis) -> Outcome<usize> {
    let old: Vec<i64> = on!(tx.conn, c => case_draft::table
        .filter(case_draft::ends_ms.le(now.0))
        .order(case_draft::ends_ms)
        .limit(SWEEP)
        .select(case_draft::id)
        .load(c))?;
    if old.is_empty() {
        return Ok(0);
    }
    let photos = case_draft_photo::table.filter(case_draft_photo::draft_id.eq_any(&old));
    on!(tx.conn, c => diesel::delete(photos).execute(c))?;
    on!(tx.conn, c => diesel::delete(case_draft::table.filter(case_draft::id.eq_any(&old))).execute(c))?;
    Ok(old.len())
}
