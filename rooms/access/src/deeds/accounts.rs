//! Accounts: making, changing, suspending and ending them; and their passwords.

use base::{Act, Actor, Chance, Id, Invalid, Outcome, Refusal};
use store::{Db, Fact, Tx};

use super::Doer;
use crate::model::{Account, AccountName, Place, State, Unit, line};
use crate::rules::{password_digest, password_fault};
use crate::store::{self as rows, AccountRow};

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The name typed at sign-in.
    pub name: String,
    /// The person's name at work.
    pub display: String,
    /// The unit that keeps it.
    pub unit: Id<Unit>,
    /// The first password's digest, from [`fresh_digest`]; `None`: cannot sign in before one is set.
    pub digest: Option<String>,
    /// Whether the first password must be changed at the first sign-in.
    pub must_change: bool,
}

/// Checks a new password and makes its digest. It takes some tens of milliseconds: call it before the
/// transaction and off the threads that serve requests.
///
/// # Errors
/// Invalid on field `password`.
pub fn fresh_digest(chance: &Chance, account_name: &str, password: &str) -> Outcome<String> {
    match password_fault(account_name, password) {
        Some(key) => Err(Invalid::field("password", key).into()),
        None => Ok(password_digest(password, chance.bytes())?),
    }
}

/// Makes an account. It may do nothing before it is given a post.
///
/// # Errors
/// Invalid by field; refused when the unit lies outside the doer's scope.
pub fn create_account(tx: &mut Tx<'_>, doer: &Doer, new: &NewAccount) -> Outcome<Id<Account>> {
    let name = AccountName::parse(&new.name)?;
    let display = line("display", &new.display)?;
    let place = place_of(tx, new.unit)?;
    let act = doer.administers(place)?;
    if rows::account_by_name(tx.conn, name.as_str())?.is_some() {
        return Err(Invalid::field("name", "access.invalid.name_taken").into());
    }
    let id = tx.id::<Account>(doer.at());
    let row = AccountRow {
        id: id.raw(),
        name: name.as_str().to_owned(),
        display,
        state: State::Active.code().to_owned(),
        unit_id: new.unit.raw(),
        password: new.digest.clone().unwrap_or_default(),
        must_change: new.must_change,
        totp: None,
        totp_on: false,
        totp_step: 0,
        created_ms: doer.at().0,
        signed_in_ms: 0,
    };
    if !rows::put_account(tx.conn, &row)? {
        return Err(Invalid::field("name", "access.invalid.name_taken").into());
    }
    tx.record(fact("access.account_created", act, id, place).id("unit", new.unit.raw()));
    Ok(id)
}

/// Changes the name at work and the unit that keeps the account.
///
/// # Errors
/// Invalid by field; refused when the old or the new unit lies outside the doer's scope.
pub fn edit_account(
    tx: &mut Tx<'_>,
    doer: &Doer,
    id: Id<Account>,
    display: &str,
    unit: Id<Unit>,
) -> Outcome<()> {
    let display = line("display", display)?;
    of_scope(tx, doer, id)?;
    let place = place_of(tx, unit)?;
    let act = doer.administers(place)?;
    rows::set_display(tx.conn, id, &display, unit)?;
    let said =
        fact("access.account_edited", act, id, place).id("unit", unit.raw()).digest("display", &display);
    tx.record(said);
    Ok(())
}

/// Suspends an account until it is unlocked: its sessions end, its posts stay.
///
/// # Errors
/// Refused for one's own account, outside the doer's scope, and when it is not active.
pub fn lock_account(tx: &mut Tx<'_>, doer: &Doer, id: Id<Account>) -> Outcome<()> {
    change_state(tx, doer, id, State::Active, State::Locked, "access.account_locked")
}

/// Lets a suspended account sign in again.
///
/// # Errors
/// Refused for one's own account, outside the doer's scope, and when it is not suspended.
pub fn unlock_account(tx: &mut Tx<'_>, doer: &Doer, id: Id<Account>) -> Outcome<()> {
    change_state(tx, doer, id, State::Locked, State::Active, "access.account_unlocked")
}

fn change_state(
    tx: &mut Tx<'_>,
    doer: &Doer,
    id: Id<Account>,
    from: State,
    to: State,
    kind: &'static str,
) -> Outcome<()> {
    doer.not_self(id)?;
    let row = of_scope(tx, doer, id)?;
    if row.state() != from {
        return Err(Refusal::new("access.refuse.state").into());
    }
    let place = place_of(tx, row.unit())?;
    let act = doer.administers(place)?;
    rows::set_state(tx.conn, id, to)?;
    if to != State::Active {
        web::session::close_all(tx, id.raw(), None)?;
    }
    tx.record(fact(kind, act, id, place));
    Ok(())
}

/// Ends an account for good: its sessions and all its posts end with it. Its name is not given again,
/// so that the journal stays readable.
///
/// # Errors
/// Refused for one's own account, outside the doer's scope, and when it has ended already.
pub fn disable_account(tx: &mut Tx<'_>, doer: &Doer, id: Id<Account>) -> Outcome<()> {
    doer.not_self(id)?;
    let row = of_scope(tx, doer, id)?;
    if row.state() == State::Disabled {
        return Err(Refusal::new("access.refuse.state").into());
    }
    let place = place_of(tx, row.unit())?;
    let act = doer.administers(place)?;
    rows::set_state(tx.conn, id, State::Disabled)?;
    let ended = rows::end_holdings_of(tx.conn, id, doer.at())?;
    web::session::close_all(tx, id.raw(), None)?;
    tx.record(
        fact("access.account_disabled", act, id, place).int("posts", i64::try_from(ended).unwrap_or(0)),
    );
    Ok(())
}

/// Sets a first password for somebody who has lost theirs; it must be changed at the next sign-in.
/// The digest comes from [`fresh_digest`].
///
/// # Errors
/// Refused for one's own account and outside the doer's scope.
pub fn replace_password(
    tx: &mut Tx<'_>,
    doer: &Doer,
    id: Id<Account>,
    digest: &str,
    must_change: bool,
) -> Outcome<()> {
    doer.not_self(id)?;
    let row = of_scope(tx, doer, id)?;
    if row.state() == State::Disabled {
        return Err(Refusal::new("access.refuse.disabled").into());
    }
    let place = place_of(tx, row.unit())?;
    let act = doer.administers(place)?;
    rows::set_password(tx.conn, id, digest, must_change)?;
    let tag = tx.keys().blind("access", &row.name);
    rows::forget_tries(tx.conn, &tag)?;
    web::session::close_all(tx, id.raw(), None)?;
    tx.record(fact("access.password_replaced", act, id, place));
    Ok(())
}

/// Changes one's own password; other sessions of the account end. `old` is the digest that the present
/// password was found to fit: if it changed meanwhile, nothing happens.
///
/// # Errors
/// Refused when the password changed meanwhile; invalid when the new one is the old one.
pub fn change_password(
    tx: &mut Tx<'_>,
    at: base::Millis,
    id: Id<Account>,
    old: &str,
    digest: &str,
    session: Option<i64>,
) -> Outcome<()> {
    let row = rows::account_by_id(tx.conn, id)?.ok_or_else(Refusal::not_found)?;
    if row.password != old {
        return Err(Refusal::new("access.refuse.password_changed").into());
    }
    rows::set_password(tx.conn, id, digest, false)?;
    web::session::close_all(tx, id.raw(), session)?;
    let place = place_of(tx, row.unit())?;
    let act = Act::new(Actor { account: id.raw(), post: 0 }, at);
    tx.record(fact("access.password_changed", act, id, place));
    Ok(())
}

/// Checks a person's wish for another password, off the threads that serve requests: the present one must
/// fit, the new one must be another and typed twice alike. Gives the digest of the present one, which
/// [`change_password`] compares again, and that of the new one.
///
/// # Errors
/// Invalid on `current`, `password` or `again`.
pub async fn wished_digest(
    db: &Db,
    id: Id<Account>,
    current: &str,
    wished: &str,
    again: &str,
) -> Outcome<(String, String)> {
    let row = db.read(move |conn| rows::account_by_id(conn, id)).await?.ok_or_else(Refusal::not_found)?;
    if wished != again {
        return Err(Invalid::field("again", "access.invalid.password_again").into());
    }
    if current == wished {
        return Err(Invalid::field("password", "access.invalid.password_same").into());
    }
    if !super::entry::prove_password(current.to_owned(), Some(row.password.clone())).await? {
        return Err(Invalid::field("current", "access.invalid.current").into());
    }
    Ok((row.password, digest_off_thread(db, &row.name, wished).await?))
}

/// [`fresh_digest`] off the threads that serve requests.
///
/// # Errors
/// Invalid on field `password`.
pub async fn digest_off_thread(db: &Db, name: &str, password: &str) -> Outcome<String> {
    let (chance, name, password) = (db.chance().clone(), name.to_owned(), password.to_owned());
    tokio::task::spawn_blocking(move || fresh_digest(&chance, &name, &password)).await?
}

/// The account, if it is kept by a unit of the doer's scope and holds no post that reaches beyond it:
/// otherwise the administrator of a town could take over an account of the city by a new password.
pub(super) fn of_scope(tx: &mut Tx<'_>, doer: &Doer, id: Id<Account>) -> Outcome<AccountRow> {
    let row = rows::account_by_id(tx.conn, id)?.ok_or_else(Refusal::not_found)?;
    let place = place_of(tx, row.unit())?;
    doer.administers(place)?;
    for held in rows::holdings_of(tx.conn, id)? {
        if held.holding.period.until.is_none_or(|end| end > doer.at())
            && doer.administers(held.scope).is_err()
        {
            return Err(Refusal::new("access.refuse.wider").status(403).into());
        }
    }
    Ok(row)
}

/// The place of a unit.
pub(super) fn place_of(tx: &mut Tx<'_>, unit: Id<Unit>) -> Outcome<Place> {
    Ok(rows::unit_by_id(tx.conn, unit)?.ok_or_else(|| Invalid::field("unit", "access.invalid.unit"))?.place)
}

/// A fact about an account in the casework of its unit's county.
pub(super) fn fact(kind: &'static str, act: Act, account: Id<Account>, place: Place) -> Fact {
    Fact::new(kind, act, "account", account.raw()).county(place.county)
}
