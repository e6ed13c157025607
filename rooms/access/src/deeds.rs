//! What can be done in the room: each deed loads, decides, saves and records its fact.

mod accounts;
mod entry;
mod first;
mod second;
mod staff;

use base::{Act, Id, Millis, Refusal};

pub use accounts::{
    NewAccount, change_password, create_account, digest_off_thread, disable_account, edit_account,
    fresh_digest, lock_account, replace_password, unlock_account, wished_digest,
};
pub use entry::{
    Entered, Step, finish_enrolment, prove_code, renew_password, sign_in, sign_out, sign_out_others,
};
pub use first::{FirstAdministrator, make_first_administrator};
pub use second::{confirm_totp, enrol_totp, enrolling_secret, give_totp, remove_totp};
pub use staff::{NewPost, NewUnit, close_post, close_unit, create_post, create_unit, end_post, grant_post};

use crate::model::{Account, Duty, Kind, Person, Place, Resource};
use crate::rules::{may, may_appoint};

/// The kinds of facts that the room records.
pub const FACTS: &[&str] = &[
    "access.unit_created",
    "access.unit_ended",
    "access.post_created",
    "access.post_ended",
    "access.post_granted",
    "access.holding_ended",
    "access.account_created",
    "access.account_edited",
    "access.account_locked",
    "access.account_unlocked",
    "access.account_disabled",
    "access.password_replaced",
    "access.password_changed",
    "access.totp_enrolled",
    "access.totp_confirmed",
    "access.totp_removed",
    "access.recovery_used",
    "access.signed_in",
    "access.sign_in_failed",
    "access.signed_out",
];

/// By whom a deed is done and when (经办). A person's deeds go through the policy; the house's own, from
/// the command line of the machine and from the demo, do not.
#[derive(Debug, Clone)]
pub struct Doer {
    person: Option<Person>,
    at: Millis,
}

impl Doer {
    /// A signed-in person.
    pub fn person(person: &Person, at: Millis) -> Self {
        Self { person: Some(person.clone()), at }
    }

    /// The house itself: whoever has the machine's command line has the database anyway.
    pub fn house(at: Millis) -> Self {
        Self { person: None, at }
    }

    /// When.
    pub fn at(&self) -> Millis {
        self.at
    }

    /// The act of an administrator of this place.
    fn administers(&self, place: Place) -> Result<Act, Refusal> {
        match &self.person {
            None => Ok(Act::system(self.at)),
            Some(person) => {
                let used = may(person, Duty::Admin, &Resource::at(Kind::Staff, place))?;
                Ok(Act::new(used.actor(), self.at))
            }
        }
    }

    /// The act of an administrator who makes or fills a post.
    fn appoints(&self, unit: Place, scope: Place, holder: Option<Id<Account>>) -> Result<Act, Refusal> {
        match &self.person {
            None => Ok(Act::system(self.at)),
            Some(person) => Ok(Act::new(may_appoint(person, unit, scope, holder)?.actor(), self.at)),
        }
    }

    /// Nobody locks, disables or resets the account that they are signed in with: that would be a way
    /// round "nobody appoints themselves".
    fn not_self(&self, account: Id<Account>) -> Result<(), Refusal> {
        match &self.person {
            Some(p) if p.account == account => Err(Refusal::new("access.refuse.self").status(403)),
            _ => Ok(()),
        }
    }
}
