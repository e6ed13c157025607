//! Three separated powers (三员分立): whoever makes accounts reads no matters, whoever audits writes
//! nothing, and nobody holds two of the three at once. Also: nobody appoints themselves, and nobody
//! gives away more than their own territory.

use base::Refusal;

use crate::model::{Account, Duties, Duty, Kind, Period, Person, Place, PostUsed, Resource};
use crate::rules::may;

/// Whether one post may carry these duties: at least one, all of one power.
///
/// # Errors
/// `access.refuse.powers` when two powers meet in it, `access.refuse.no_duty` when it has none.
pub fn may_combine(duties: Duties) -> Result<(), Refusal> {
    let mut powers = duties.iter().map(Duty::power);
    let Some(first) = powers.next() else {
        return Err(Refusal::new("access.refuse.no_duty").status(422));
    };
    if powers.all(|p| p == first) { Ok(()) } else { Err(Refusal::new("access.refuse.powers").status(422)) }
}

/// Whether an account that holds `held` may be given `new` for `period`: no two powers at one instant.
/// What is held at other times does not count: an auditor may have been a clerk.
///
/// # Errors
/// `access.refuse.powers`.
pub fn may_join(held: &[(Duties, Period)], new: Duties, period: Period) -> Result<(), Refusal> {
    may_combine(new)?;
    let together = held.iter().filter(|(_, p)| p.meets(period)).fold(new, |all, (d, _)| all.and(*d));
    may_combine(together)
}

/// Whether an administrator may make, change or fill a post: the unit's place and the post's scope both
/// lie in the administrator's own scope, and the holder is somebody else.
///
/// # Errors
/// As [`may`]; `access.refuse.self` for one's own account.
pub fn may_appoint(
    person: &Person,
    unit_place: Place,
    post_scope: Place,
    holder: Option<base::Id<Account>>,
) -> Result<PostUsed, Refusal> {
    if holder == Some(person.account) {
        return Err(Refusal::new("access.refuse.self").status(403));
    }
    may(person, Duty::Admin, &Resource::at(Kind::Staff, post_scope))?;
    may(person, Duty::Admin, &Resource::at(Kind::Staff, unit_place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Millis;

    #[test]
    fn no_two_powers_meet_in_any_pair() {
        for a in Duty::ALL {
            for b in Duty::ALL {
                let both = Duties::of(&[a, b]);
                assert_eq!(may_combine(both).is_ok(), a.power() == b.power(), "{a:?} with {b:?}");
                let held = [(Duties::of(&[a]), Period::since(Millis(0)))];
                let now = Period::since(Millis(5));
                assert_eq!(may_join(&held, Duties::of(&[b]), now).is_ok(), a.power() == b.power());
            }
        }
    }

    #[test]
    fn a_former_clerk_may_become_an_auditor() {
        let was = [(Duties::of(&[Duty::Clerk]), Period { from: Millis(0), until: Some(Millis(10)) })];
        assert!(may_join(&was, Duties::of(&[Duty::Audit]), Period::since(Millis(10))).is_ok());
        assert!(may_join(&was, Duties::of(&[Duty::Audit]), Period::since(Millis(9))).is_err());
    }

    #[test]
    fn a_post_without_duties_is_no_post() {
        assert_eq!(may_combine(Duties::NONE).unwrap_err().key, "access.refuse.no_duty");
    }
}
