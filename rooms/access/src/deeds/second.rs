//! The second factor of an account: set up, confirmed, taken away.

use base::{Act, Actor, Id, Invalid, Millis, Outcome, Refusal};
use store::{Conn, Keys, Tx};

use super::{Doer, accounts};
use crate::model::Account;
use crate::rules::{accepted_step, secret_text};
use crate::store::{self as rows, AccountRow};

/// Where a secret is sealed.
const COLUMN: &str = "access_account.totp";
/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;
/// Characters of a recovery code: 31^10 possibilities.
pub(super) const RECOVERY_CHARS: usize = 10;

/// Begins the set-up of a second factor: makes a secret that counts once a code has confirmed it. Made
/// twice, it keeps the first secret, so that a QR code already scanned stays good.
///
/// # Errors
/// Refused when there is one already.
pub fn enrol_totp(tx: &mut Tx<'_>, at: Millis, account: Id<Account>) -> Outcome<()> {
    let row = rows::account_by_id(tx.conn, account)?.ok_or_else(Refusal::not_found)?;
    if row.totp_on {
        return Err(Refusal::new("access.refuse.totp_on").into());
    }
    begin(tx, &row, at)
}

/// The same for a row that is at hand.
pub(super) fn begin(tx: &mut Tx<'_>, row: &AccountRow, at: Millis) -> Outcome<()> {
    let place = accounts::place_of(tx, row.unit())?;
    if row.totp.is_none() {
        let secret = secret_text(tx.chance().bytes());
        let sealed = tx.seal(COLUMN, row.id, &secret);
        rows::set_totp(tx.conn, row.id(), Some(&sealed), false, 0)?;
    }
    let act = Act::new(Actor { account: row.id, post: 0 }, at);
    tx.record(accounts::fact("access.totp_enrolled", act, row.id(), place));
    Ok(())
}

/// The secret of an account, opened.
pub(super) fn secret_of(tx: &Tx<'_>, row: &AccountRow) -> Outcome<Option<String>> {
    open(tx.keys(), row)
}

fn open(keys: &Keys, row: &AccountRow) -> Outcome<Option<String>> {
    Ok(match &row.totp {
        Some(sealed) => Some(keys.open(COLUMN, row.id, sealed)?),
        None => None,
    })
}

/// The secret that is being set up, for the QR code; `None` when there is none or it is confirmed.
///
/// # Errors
/// Faults of the store.
pub fn enrolling_secret(conn: &mut Conn, keys: &Keys, account: Id<Account>) -> Outcome<Option<String>> {
    match rows::account_by_id(conn, account)? {
        Some(row) if !row.totp_on => open(keys, &row),
        _ => Ok(None),
    }
}

/// Confirms the second factor with a code from the app, and gives the recovery codes, which are shown
/// this once and kept as digests.
///
/// # Errors
/// Invalid on field `code` when it is wrong; refused when nothing is being set up.
pub fn confirm_totp(tx: &mut Tx<'_>, at: Millis, account: Id<Account>, typed: &str) -> Outcome<Vec<String>> {
    let row = rows::account_by_id(tx.conn, account)?.ok_or_else(Refusal::not_found)?;
    let secret = secret_of(tx, &row)?;
    let (false, Some(secret)) = (row.totp_on, secret) else {
        return Err(Refusal::new("access.refuse.no_enrolment").into());
    };
    let Some(step) = accepted_step(&secret, typed, at, row.totp_step)? else {
        return Err(Invalid::field("code", "access.invalid.code").into());
    };
    rows::set_totp(tx.conn, account, row.totp.as_deref(), true, step)?;
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| tx.chance().code(RECOVERY_CHARS)).collect();
    let digests: Vec<_> =
        codes.iter().map(|c| (tx.id::<()>(at).raw(), recovery_digest(tx.keys(), account, c))).collect();
    rows::put_recovery(tx.conn, account, &digests)?;
    let place = accounts::place_of(tx, row.unit())?;
    let act = Act::new(Actor { account: account.raw(), post: 0 }, at);
    tx.record(accounts::fact("access.totp_confirmed", act, account, place));
    Ok(codes.iter().map(|c| format!("{}-{}", &c[..RECOVERY_CHARS / 2], &c[RECOVERY_CHARS / 2..])).collect())
}

/// A recovery code as it is kept: keyed and bound to its account.
pub(super) fn recovery_digest(keys: &Keys, account: Id<Account>, code: &str) -> Vec<u8> {
    keys.blind("access", &format!("recovery|{account}|{code}"))
}

/// Takes the second factor away from somebody whose phone is gone: sessions end, and where the house
/// demands one the next sign-in sets up another.
///
/// # Errors
/// Refused for one's own account, outside the doer's scope, and when there is none.
pub fn remove_totp(tx: &mut Tx<'_>, doer: &Doer, account: Id<Account>) -> Outcome<()> {
    doer.not_self(account)?;
    let row = accounts::of_scope(tx, doer, account)?;
    if row.totp.is_none() {
        return Err(Refusal::new("access.refuse.no_totp").into());
    }
    let place = accounts::place_of(tx, row.unit())?;
    let act = doer.administers(place)?;
    rows::set_totp(tx.conn, account, None, false, 0)?;
    rows::put_recovery(tx.conn, account, &[])?;
    web::session::close_all(tx, account.raw(), None)?;
    tx.record(accounts::fact("access.totp_removed", act, account, place));
    Ok(())
}

/// Gives an account a second factor with a known secret: for the demo's one account that has it, and
/// for the command line, which prints the secret once.
///
/// # Errors
/// Refused outside the doer's scope.
pub fn give_totp(tx: &mut Tx<'_>, doer: &Doer, account: Id<Account>, secret: &str) -> Outcome<()> {
    let row = accounts::of_scope(tx, doer, account)?;
    let place = accounts::place_of(tx, row.unit())?;
    let act = doer.administers(place)?;
    let sealed = tx.seal(COLUMN, row.id, secret);
    rows::set_totp(tx.conn, account, Some(&sealed), true, 0)?;
    tx.record(accounts::fact("access.totp_confirmed", act, account, place));
    Ok(())
}
