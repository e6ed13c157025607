//! When a resident may urge (催办规则): while an office owes an answer, again after some days, or as soon as the matter
//! has moved on. It is never counted against anybody who urges, and nothing counts how often somebody did.

use base::{Millis, Refusal, Zone};

use super::pack::UrgeTerms;
use crate::model::Stage;

/// What was urged last on a matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastUrge {
    /// When.
    pub at: Millis,
    /// Whether the matter has come to another stage since.
    pub moved_on: bool,
}

/// From when on the same matter may be urged again if it does not move: the first instant of a day.
pub fn next_urge(last: Millis, terms: &UrgeTerms, zone: &Zone) -> Millis {
    let days = i32::try_from(terms.every.days).unwrap_or(i32::MAX);
    let day = zone.day(last).checked_add(jiff::Span::new().days(days));
    day.map_or(last, |day| zone.start_of(day))
}

/// Whether the matter may be urged now.
///
/// # Errors
/// A refusal: no office owes an answer, or when it can be urged again.
pub fn may_urge(
    stage: Stage,
    last: Option<LastUrge>,
    terms: &UrgeTerms,
    zone: &Zone,
    now: Millis,
) -> Result<(), Refusal> {
    if !stage.is_open() {
        return Err(Refusal::new("case.refuse.urge_over").with("stage@", stage.key()));
    }
    let Some(last) = last.filter(|l| !l.moved_on) else { return Ok(()) };
    let next = next_urge(last.at, terms, zone);
    if now >= next {
        return Ok(());
    }
    Err(Refusal::new("case.refuse.urge_too_soon").with("when~", last.at.0).with("next~", next.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::DAY_MS;

    fn noon() -> Millis {
        Zone::default().instant(jiff::civil::date(2026, 3, 2).at(12, 0, 0, 0))
    }

    #[test]
    fn once_in_some_days_or_after_the_matter_moved() {
        let (zone, terms, at) = (Zone::default(), UrgeTerms::default(), noon());
        let may = |stage, last, now| may_urge(stage, last, &terms, &zone, now);
        let last = |moved_on| Some(LastUrge { at, moved_on });
        assert!(may(Stage::Handling, None, at).is_ok());
        let r = may(Stage::Handling, last(false), at.plus(DAY_MS)).unwrap_err();
        assert_eq!((r.key, r.status), ("case.refuse.urge_too_soon", 409));
        assert!(r.words.iter().any(|(name, _)| *name == "next~"));
        assert!(may(Stage::Handling, last(true), at.plus(1)).is_ok());
        // The third day begins at midnight.
        let third = zone.start_of(jiff::civil::date(2026, 3, 5));
        assert_eq!(next_urge(at, &terms, &zone), third);
        assert!(may(Stage::Handling, last(false), third).is_ok());
        assert!(may(Stage::Handling, last(false), third.plus(-1)).is_err());
    }

    #[test]
    fn only_what_an_office_owes_is_urged() {
        let (zone, terms) = (Zone::default(), UrgeTerms::default());
        for stage in Stage::ALL {
            assert_eq!(may_urge(*stage, None, &terms, &zone, noon()).is_ok(), stage.is_open(), "{stage}");
        }
    }
}
