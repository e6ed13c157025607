//! Accounts, their passwords and second factors.

use base::{Id, Millis, Outcome};
use diesel::{
    prelude::*,
    result::{DatabaseErrorKind, Error::DatabaseError},
};
use store::{Conn, done, on};

use super::tables::{access_account, access_recovery};
use crate::model::{Account, AccountName, State, Unit};

/// An account as stored, with what must never leave the room: the password's digest and the sealed secret.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = access_account, treat_none_as_default_value = false)]
pub struct AccountRow {
    /// Its id.
    pub id: i64,
    /// The name typed at sign-in.
    pub name: String,
    /// The person's name at work.
    pub display: String,
    /// [`State::code`].
    pub state: String,
    /// The unit that keeps it.
    pub unit_id: i64,
    /// An argon2id string; empty while none is set.
    pub password: String,
    /// Whether the password was set by somebody else and must be changed at the next sign-in.
    pub must_change: bool,
    /// The sealed secret of the second factor.
    pub totp: Option<Vec<u8>>,
    /// Whether the second factor has been confirmed.
    pub totp_on: bool,
    /// The last step whose code was taken.
    pub totp_step: i64,
    /// When it was made.
    pub created_ms: i64,
    /// When it last signed in; zero for never.
    pub signed_in_ms: i64,
}

impl AccountRow {
    /// The account without its secrets.
    pub fn account(&self) -> Account {
        Account {
            id: self.id(),
            name: AccountName::stored(&self.name),
            display: self.display.clone(),
            state: self.state(),
            unit: self.unit(),
        }
    }

    /// Its id.
    pub fn id(&self) -> Id<Account> {
        Id::of(self.id)
    }

    /// Whether it can sign in. An unknown code cannot.
    pub fn state(&self) -> State {
        State::parse(&self.state).unwrap_or(State::Disabled)
    }

    /// The unit that keeps it.
    pub fn unit(&self) -> Id<Unit> {
        Id::of(self.unit_id)
    }
}

/// Adds an account; false when another has taken the name meanwhile.
pub fn put_account(conn: &mut Conn, row: &AccountRow) -> Outcome<bool> {
    match on!(conn, c => diesel::insert_into(access_account::table).values(row).execute(c)) {
        Ok(_) => Ok(true),
        Err(DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Ok(false),
        Err(other) => Err(other.into()),
    }
}

/// Keeps an account for this transaction: whoever else wants to give it a post waits, and then sees what
/// was given here. Without it two administrators at one moment could put two powers into one hand.
pub fn hold_account(conn: &mut Conn, id: Id<Account>) -> Outcome<()> {
    on!(conn, c => done(diesel::update(access_account::table.find(id.raw()))
        .set(access_account::totp_step.eq(access_account::totp_step)), c))?;
    Ok(())
}

/// Which account has this id?
pub fn account_by_id(conn: &mut Conn, id: Id<Account>) -> Outcome<Option<AccountRow>> {
    Ok(on!(conn, c => access_account::table
        .find(id.raw())
        .select(AccountRow::as_select())
        .first(c)
        .optional())?)
}

/// Which account signs in with this name?
pub fn account_by_name(conn: &mut Conn, name: &str) -> Outcome<Option<AccountRow>> {
    Ok(on!(conn, c => access_account::table
        .filter(access_account::name.eq(name))
        .select(AccountRow::as_select())
        .first(c)
        .optional())?)
}

/// Sets the name at work and the unit that keeps the account.
pub fn set_display(conn: &mut Conn, id: Id<Account>, display: &str, unit: Id<Unit>) -> Outcome<()> {
    on!(conn, c => diesel::update(access_account::table.find(id.raw()))
        .set((access_account::display.eq(display), access_account::unit_id.eq(unit.raw())))
        .execute(c))?;
    Ok(())
}

/// Sets the state.
pub fn set_state(conn: &mut Conn, id: Id<Account>, state: State) -> Outcome<()> {
    on!(conn, c => diesel::update(access_account::table.find(id.raw()))
        .set(access_account::state.eq(state.code()))
        .execute(c))?;
    Ok(())
}

/// Sets the password's digest.
pub fn set_password(conn: &mut Conn, id: Id<Account>, digest: &str, must_change: bool) -> Outcome<()> {
    on!(conn, c => diesel::update(access_account::table.find(id.raw()))
        .set((access_account::password.eq(digest), access_account::must_change.eq(must_change)))
        .execute(c))?;
    Ok(())
}

/// Sets, confirms or takes away (`None`) the second factor's secret.
pub fn set_totp(conn: &mut Conn, id: Id<Account>, sealed: Option<&[u8]>, on: bool, step: i64) -> Outcome<()> {
    on!(conn, c => diesel::update(access_account::table.find(id.raw()))
        .set((access_account::totp.eq(sealed), access_account::totp_on.eq(on), access_account::totp_step.eq(step)))
        .execute(c))?;
    Ok(())
}

/// Keeps the step whose code was taken; false when that or a later one has been taken meanwhile.
pub fn set_totp_step(conn: &mut Conn, id: Id<Account>, step: i64) -> Outcome<bool> {
    let changed = on!(conn, c => diesel::update(access_account::table.find(id.raw()))
        .filter(access_account::totp_step.lt(step))
        .set(access_account::totp_step.eq(step))
        .execute(c))?;
    Ok(changed == 1)
}

/// Keeps when it last signed in.
pub fn set_signed_in(conn: &mut Conn, id: Id<Account>, at: Millis) -> Outcome<()> {
    on!(conn, c => diesel::update(access_account::table.find(id.raw()))
        .set(access_account::signed_in_ms.eq(at.0))
        .execute(c))?;
    Ok(())
}

/// Replaces an account's recovery codes by these, given as (row id, keyed digest).
pub fn put_recovery(conn: &mut Conn, account: Id<Account>, codes: &[(i64, Vec<u8>)]) -> Outcome<()> {
    on!(conn, c => diesel::delete(access_recovery::table.filter(access_recovery::account_id.eq(account.raw())))
        .execute(c))?;
    for (id, code) in codes {
        on!(conn, c => diesel::insert_into(access_recovery::table)
            .values((
                access_recovery::id.eq(*id),
                access_recovery::account_id.eq(account.raw()),
                access_recovery::code.eq(code),
            ))
            .execute(c))?;
    }
    Ok(())
}

/// Uses up a recovery code; false when there is no such unused one.
pub fn spend_recovery(conn: &mut Conn, account: Id<Account>, code: &[u8], at: Millis) -> Outcome<bool> {
    let changed = on!(conn, c => diesel::update(access_recovery::table)
        .filter(access_recovery::account_id.eq(account.raw()))
        .filter(access_recovery::code.eq(code))
        .filter(access_recovery::used_ms.is_null())
        .set(access_recovery::used_ms.eq(at.0))
        .execute(c))?;
    Ok(changed == 1)
}

/// The names at work of these accounts, for timelines and for "who was faster".
pub fn displays_of(conn: &mut Conn, ids: &[i64]) -> Outcome<Vec<(i64, String)>> {
    Ok(on!(conn, c => access_account::table
        .filter(access_account::id.eq_any(ids))
        .select((access_account::id, access_account::display))
        .load(c))?)
}
