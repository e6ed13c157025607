//! The first administrator (首位系统管理员): on an empty installation there is nobody who could make one.

use base::{Id, Outcome, Refusal};
use store::Tx;

use super::{Doer, NewAccount, NewPost, NewUnit, create_account, create_post, create_unit, grant_post};
use crate::model::{Account, Duties, Duty, Place, UnitKind};
use crate::store as rows;

/// Who the first administrator is. All words are the operator's: nothing is named in code.
#[derive(Debug, Clone)]
pub struct FirstAdministrator {
    /// The name typed at sign-in.
    pub name: String,
    /// The name at work.
    pub display: String,
    /// The name of the unit that keeps the system.
    pub unit: String,
    /// The title of the post.
    pub title: String,
    /// The password's digest, from [`super::fresh_digest`].
    pub digest: String,
}

/// Makes the unit, the post with the duty of administration over the whole installation, and the account
/// that holds it; its password must be changed at the first sign-in.
///
/// # Errors
/// Invalid by field; refused when the installation has units already: then an administrator makes accounts
/// on the pages, or `linli account` does for an existing unit.
pub fn make_first_administrator(
    tx: &mut Tx<'_>,
    doer: &Doer,
    new: &FirstAdministrator,
) -> Outcome<Id<Account>> {
    if !rows::every_unit(tx.conn)?.is_empty() {
        return Err(Refusal::new("access.refuse.not_first").into());
    }
    let whole = Place::default();
    let unit = NewUnit { name: new.unit.clone(), kind: UnitKind::Operations, place: whole };
    let unit = create_unit(tx, doer, &unit)?;
    let duties = Duties::of(&[Duty::Admin]);
    let post = create_post(tx, doer, &NewPost { unit, title: new.title.clone(), duties, scope: whole })?;
    let account = NewAccount {
        name: new.name.clone(),
        display: new.display.clone(),
        unit,
        digest: Some(new.digest.clone()),
        must_change: true,
    };
    let account = create_account(tx, doer, &account)?;
    grant_post(tx, doer, account, post, None)?;
    Ok(account)
}
