//! The upper end of a link: an administrator registers an installation with its key and is given a code for it, once.

use access::{Duty, Kind, Person, PostUsed, Resource, may, may_view};
use base::{Act, DAY_MS, Id, Invalid, Millis, Outcome, Refusal};
use store::{Conn, Fact, Tx};
use territory::{Atlas, Division};

use super::{CODES, link::must_be_near};
use crate::model::{Codes, DivisionCode, Installation, InstallationState, NewInstallation, OneTime};
use crate::rules::digest;
use crate::store::{
    end_installation, installation_by_id, installation_by_key, put_installation, renew, set_linked,
};

/// How long a code can be used.
const CODE_MS: i64 = 3 * DAY_MS;

fn division(atlas: &Atlas, code: &DivisionCode) -> Option<Id<Division>> {
    atlas.by_code(CODES, code.as_str()).first().map(|e| e.id)
}

/// Whether this person administers all these divisions, and from which post.
///
/// # Errors
/// Invalid when a code is none of the territory's, or one lies in another; 403 without the duty over one of them.
pub fn may_keep(atlas: &Atlas, person: &Person, codes: &Codes) -> Outcome<PostUsed> {
    let mut ids = Vec::new();
    let mut used = None;
    for code in codes.iter() {
        let id = division(atlas, code).ok_or_else(|| Invalid::field("codes", "upward.field.code_unknown"))?;
        let place = access::place_of(&atlas.lineage(id), None);
        used = Some(may(person, Duty::Admin, &Resource::at(Kind::Pack, place))?);
        ids.push(id);
    }
    let nested = |a: &Id<Division>| ids.iter().any(|b| a != b && atlas.contains(*b, *a));
    if ids.iter().any(nested) {
        return Err(Invalid::field("codes", "upward.field.codes_nested").into());
    }
    used.ok_or_else(|| Invalid::field("codes", "upward.field.codes").into())
}

/// Whether this person reads figures or the log of what is sent, of one of these divisions.
pub fn may_read(atlas: &Atlas, person: &Person, code: &DivisionCode) -> bool {
    division(atlas, code).is_some_and(|id| {
        let place = access::place_of(&atlas.lineage(id), None);
        let sees = |kind| may_view(person, &Resource::at(kind, place)).is_ok();
        sees(Kind::Figures) || sees(Kind::Outbox)
    })
}

fn fact(kind: &'static str, used: PostUsed, at: Millis, id: i64) -> Fact {
    Fact::new(kind, Act::new(used.actor(), at), "upward_installation", id)
}

/// Registers an installation below (登记下级) and gives the code that proves its key; it is kept as a digest only.
///
/// # Errors
/// Invalid by field; 403 without the duty; 409 when the key is registered.
pub fn register_installation(
    tx: &mut Tx<'_>,
    atlas: &Atlas,
    person: &Person,
    at: Millis,
    new: &NewInstallation,
) -> Outcome<(i64, OneTime)> {
    let used = may_keep(atlas, person, &new.codes)?;
    must_be_near(new.first_day, at)?;
    if installation_by_key(tx.conn, new.key.as_str())?.is_some() {
        return Err(Refusal::new("upward.refuse.key_known").into());
    }
    let code = OneTime::read(&tx.chance().code(OneTime::LETTERS))?;
    let id = tx.id::<Installation>(at).raw();
    put_installation(tx.conn, id, new, (&digest(code.as_str()), at.plus(CODE_MS)), at)?;
    tx.record(
        fact("upward.installation_registered", used, at, id)
            .digest("name", new.name.as_str())
            .digest("codes", new.codes.text())
            .digest("key", new.key.as_str()),
    );
    Ok((id, code))
}

/// An installation with the administrator of its places.
fn kept(conn: &mut Conn, atlas: &Atlas, person: &Person, id: i64) -> Outcome<(Installation, PostUsed)> {
    let found = installation_by_id(conn, id)?.ok_or_else(Refusal::not_found)?;
    let used = may_keep(atlas, person, &found.codes)?;
    Ok((found, used))
}

/// Gives another code where the first was lost or ran out (重发配对码).
///
/// # Errors
/// 404 and 403 as the policy says; 409 when it reports already or is over.
pub fn renew_code(tx: &mut Tx<'_>, atlas: &Atlas, person: &Person, at: Millis, id: i64) -> Outcome<OneTime> {
    let (found, used) = kept(tx.conn, atlas, person, id)?;
    if found.state != InstallationState::Waiting {
        return Err(Refusal::new("upward.refuse.linked").into());
    }
    let code = OneTime::read(&tx.chance().code(OneTime::LETTERS))?;
    renew(tx.conn, id, &digest(code.as_str()), at.plus(CODE_MS))?;
    tx.record(fact("upward.code_renewed", used, at, id));
    Ok(code)
}

/// No longer hears an installation (解除下级). What it reported stays.
///
/// # Errors
/// 404 and 403 as the policy says; 409 when that was done.
pub fn drop_installation(
    tx: &mut Tx<'_>,
    atlas: &Atlas,
    person: &Person,
    at: Millis,
    id: i64,
) -> Outcome<()> {
    let (found, used) = kept(tx.conn, atlas, person, id)?;
    if found.state == InstallationState::Ended {
        return Err(Refusal::new("upward.refuse.ended").into());
    }
    end_installation(tx.conn, id, at)?;
    tx.record(fact("upward.installation_ended", used, at, id));
    Ok(())
}

/// The installation that was linked with this key. Its sender has signed with the key, and is given the number again when
/// the answer was lost.
///
/// # Errors
/// Faults of the store.
pub fn linked_by_key(conn: &mut Conn, key: &str) -> Outcome<Option<i64>> {
    let found = installation_by_key(conn, key)?.filter(|i| i.state == InstallationState::Active);
    Ok(found.map(|i| i.id))
}

/// Uses a code with the key that it was given for (使用配对码).
///
/// # Errors
/// 401 when key and code do not belong together or the code has run out; 409 when it was used.
pub fn use_code(tx: &mut Tx<'_>, at: Millis, key: &str, code: &OneTime) -> Outcome<i64> {
    let wrong = || Refusal::new("upward.why.code").status(401);
    let found = installation_by_key(tx.conn, key)?.ok_or_else(wrong)?;
    if found.state == InstallationState::Active {
        return Err(Refusal::new("upward.refuse.linked").into());
    }
    if found.code_digest != digest(code.as_str()) || found.code_until < at {
        return Err(wrong().into());
    }
    set_linked(tx.conn, found.id, at)?;
    tx.record(Fact::new("upward.installation_linked", Act::system(at), "upward_installation", found.id));
    Ok(found.id)
}
