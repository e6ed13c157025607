//! What the sender adds to a matter (来件人补充): words and photos, without an account.

use base::{Act, Actor, Id, Millis, Outcome, Refusal};
use parts::files::{self, Picture};
use parts::notes;
use store::{Fact, Tx};

use super::Hand;
use crate::model::{Body, Case, Stage};
use crate::rules::receipt::is_code;
use crate::store::{case_by_id, code_of};

/// The purpose of a photo: what the matter looks like.
pub const PHOTO_MATTER: &str = "matter";
/// The purpose of a photo: how it was before anybody worked on it.
pub const PHOTO_BEFORE: &str = "before";
/// The purpose of a photo: what was done about it.
pub const PHOTO_EVIDENCE: &str = "evidence";

/// Puts photos on a case, in the transaction of the act that they belong to.
///
/// # Errors
/// Refused when the case has too many files.
pub fn add_photos(
    tx: &mut Tx<'_>,
    act: Act,
    case: (Id<Case>, i64),
    purpose: &'static str,
    photos: &[Picture],
) -> Outcome<()> {
    let (id, county) = case;
    for photo in photos {
        files::add_picture(tx, act, ("case", id.raw()), purpose, true, photo)?;
        tx.record(
            Fact::new("case.photo_added", act, "case", id.raw())
                .county(county)
                .set("purpose", purpose)
                .digest("original", &photo.original_digest),
        );
    }
    Ok(())
}

/// Adds what the sender has to say, and photos. The offices read it; so does the sender.
///
/// # Errors
/// 404 with a wrong code; 409 when the matter was taken back.
pub fn add_senders_note(
    tx: &mut Tx<'_>,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    body: &Body,
    photos: &[Picture],
) -> Outcome<()> {
    let Hand::Sender { code } = hand else { return Err(Refusal::forbidden().into()) };
    let known = is_code(&code_of(tx.keys(), id), code);
    let case = case_by_id(tx.conn, id)?.filter(|_| known).ok_or_else(Refusal::not_found)?;
    if case.stage == Stage::Withdrawn {
        return Err(Refusal::new("case.refuse.note_withdrawn").with("number", &case.number).into());
    }
    let act = Act::new(Actor::PUBLIC, at);
    notes::add(tx, act, ("case", id.raw()), true, body.as_str())?;
    let fact = Fact::new("case.noted", act, "case", id.raw()).county(case.place.county);
    tx.record(fact.set("reader", "resident").digest("words", body.as_str()));
    add_photos(tx, act, (id, case.place.county), PHOTO_MATTER, photos)
}
