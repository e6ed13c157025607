//! The deadline of a case (办理时限): simple calendar days for now, and always able to say how it was
//! computed. Derived, never stored as truth: the due time in the row is an index over this.

use base::{DAY_MS, Millis, Zone};

pub use parts::deadline::{Deadline, Rule, deadline};

use crate::model::{Case, Category, ClockState, Stage};

/// How long before the end a case counts as due soon.
pub const DUE_SOON_MS: i64 = 2 * DAY_MS;

/// The deadline of a category that starts at `start`.
pub fn deadline_of(category: &Category, start: Millis, zone: &Zone) -> Deadline {
    deadline(Rule { days: category.days, source: category.days_source.clone() }, start, zone)
}

/// When a closed case that nobody answers counts as confirmed.
pub fn confirm_at(closed: Millis, days: i64, zone: &Zone) -> Millis {
    deadline(Rule { days, source: String::new() }, closed, zone).due
}

/// The last instant at which a confirmed case may be opened again.
pub fn reopen_until(confirmed: Millis, days: i64, zone: &Zone) -> Millis {
    deadline(Rule { days, source: String::new() }, confirmed, zone).due
}

/// How a case stands against its deadline at `now`.
pub fn clock_state(stage: Stage, due: Millis, closed: Option<Millis>, now: Millis) -> ClockState {
    match (stage, closed) {
        (Stage::Returned | Stage::Withdrawn, _) => ClockState::Stopped,
        (Stage::Closed | Stage::Confirmed, Some(at)) if at <= due => ClockState::MetInTime,
        (Stage::Closed | Stage::Confirmed, _) => ClockState::MetLate,
        _ if now > due => ClockState::Overdue,
        _ if now.plus(DUE_SOON_MS) > due => ClockState::DueSoon,
        _ => ClockState::Running,
    }
}

/// The state of a loaded case.
pub fn clock_of(case: &Case, now: Millis) -> ClockState {
    clock_state(case.stage, case.due, case.closed, now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_window_ends_with_its_last_day() {
        let zone = Zone::default();
        let noon = zone.instant(jiff::civil::date(2026, 3, 2).at(12, 0, 0, 0));
        let end = reopen_until(noon, 30, &zone);
        assert_eq!(zone.day(end), jiff::civil::date(2026, 4, 1));
        assert_ne!(zone.day(end.plus(1)), zone.day(end));
        assert_eq!(zone.day(confirm_at(noon, 7, &zone)), jiff::civil::date(2026, 3, 9));
    }

    #[test]
    fn the_states_follow_the_clock() {
        let due = Millis(10 * DAY_MS);
        let open = |now| clock_state(Stage::Handling, due, None, Millis(now));
        assert_eq!(open(0), ClockState::Running);
        assert_eq!(open(8 * DAY_MS + 1), ClockState::DueSoon);
        assert_eq!(open(10 * DAY_MS), ClockState::DueSoon);
        assert_eq!(open(10 * DAY_MS + 1), ClockState::Overdue);
        assert_eq!(clock_state(Stage::Closed, due, Some(due), Millis(99 * DAY_MS)), ClockState::MetInTime);
        assert_eq!(clock_state(Stage::Confirmed, due, Some(due.plus(1)), Millis(0)), ClockState::MetLate);
        assert_eq!(clock_state(Stage::Returned, due, None, Millis(99 * DAY_MS)), ClockState::Stopped);
    }

    proptest! {
        #[test]
        fn a_deadline_is_never_before_its_start(start in 0i64..4_000_000_000_000, days in 0i64..400) {
            let category = Category { days, ..crate::rules::sample::category() };
            let d = deadline_of(&category, Millis(start), &Zone::default());
            prop_assert!(d.due >= Millis(start));
            prop_assert!(d.due.0 - start < (days + 1) * DAY_MS);
        }
    }
}
