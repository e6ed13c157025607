//! Who answers and who inspects: without leader, unit, person and time limit nothing is listed, and nobody inspects their own.

use base::{Invalid, Refusal};
use deadline::{Term, Unit};

use crate::model::{Act, ActKind, Entry, Four};

/// Years of a time limit at most, in days: a list is no archive.
const MOST_DAYS: u32 = 1_100;

/// The four obligatory fields (责任领导、责任部门、责任人、化解时限). What is wrong is said by field.
pub fn must_have_all(invalid: &mut Invalid, four: &Four, term: Option<Term>) {
    for (field, id, key) in [
        ("leader", four.leader, "supervision.invalid.no_leader"),
        ("unit", four.unit, "supervision.invalid.no_unit"),
        ("person", four.person, "supervision.invalid.no_person"),
    ] {
        if id == 0 {
            invalid.push(field, key);
        }
    }
    let days = |t: Term| match t.unit {
        Unit::Month => t.n.saturating_mul(30),
        Unit::Year => t.n.saturating_mul(365),
        _ => t.n,
    };
    match term {
        None => invalid.push("term", "supervision.invalid.no_term"),
        Some(t) if t.n == 0 => invalid.push("term", "supervision.invalid.no_term"),
        Some(t) if days(t) > MOST_DAYS => invalid.push("term", "supervision.invalid.long_term"),
        Some(_) => {}
    }
}

/// The inspector is never the responsible unit or person, nor the leader, nor who took it in hand or applied (验收回避).
///
/// # Errors
/// 403, with the way out.
pub fn may_inspect(entry: &Entry, acts: &[Act], account: i64, unit: i64) -> Result<(), Refusal> {
    let own = |a: &Act| a.account == account && matches!(a.act, ActKind::Take | ActKind::Apply);
    let four = &entry.four;
    if unit == four.unit || account == four.person || account == four.leader || acts.iter().any(own) {
        return Err(Refusal::new("supervision.refuse.own_work").status(403));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_the_four_is_asked_for_by_its_field() {
        let whole = Four { leader_post: 1, leader: 2, unit: 3, person: 4 };
        let fields = |four: Four, term: &str| {
            let mut invalid = Invalid::default();
            must_have_all(&mut invalid, &four, term.parse().ok());
            invalid.fields.into_iter().map(|f| f.field.into_owned()).collect::<Vec<_>>()
        };
        assert!(fields(whole, "30d").is_empty());
        assert_eq!(fields(Four::default(), ""), ["leader", "unit", "person", "term"]);
        assert_eq!(fields(Four { person: 0, ..whole }, "30d"), ["person"]);
        assert_eq!(fields(whole, "0d"), ["term"]);
        assert_eq!(fields(whole, "40y"), ["term"]);
    }
}
