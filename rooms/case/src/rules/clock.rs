//! The deadline of a case (办理时限): simple calendar days for now, and always able to say how it was
//! computed. Derived, never stored as truth: the due time in the row is an index over this.

use base::{DAY_MS, Millis, Zone};

use crate::model::{Case, Category, ClockState, Stage};

/// The days that hold when neither the category nor anything above it names some.
pub const DEFAULT_DAYS: i64 = 15;
/// Where they come from, as shown: 信访工作条例 articles 22 and 23 answer within 15 days.
pub const DEFAULT_SOURCE: &str = "《信访工作条例》第二十二条、第二十三条";
/// How long before the end a case counts as due soon.
pub const DUE_SOON_MS: i64 = 2 * DAY_MS;
/// After how many days without a word a closed case counts as confirmed, unless configured.
pub const CONFIRM_DAYS: i64 = 7;

/// A deadline with its derivation (时限及依据): start, rule, source, end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// The event that started it: intake, or the day it was opened again.
    pub start: Millis,
    /// How many days; the first day is not counted (民事诉讼法 art. 85).
    pub days: i64,
    /// Where the days come from, as shown.
    pub source: String,
    /// The last millisecond of the last day.
    pub due: Millis,
}

/// The rule of a category: its own days, or the nearest above it, or the default.
pub fn days_of(category: i64, find: impl Fn(i64) -> Option<Category>) -> (i64, String) {
    let mut at = category;
    // A tree is never as deep as this; the bound is for a pack with a ring in it.
    for _ in 0..32 {
        let Some(node) = find(at) else { break };
        if let Some(days) = node.days {
            return (days, node.days_source);
        }
        at = node.parent;
    }
    (DEFAULT_DAYS, DEFAULT_SOURCE.to_owned())
}

/// The deadline that starts at `start`.
pub fn deadline(start: Millis, days: i64, source: &str, zone: &Zone) -> Deadline {
    let day = zone.day(start);
    let last = day.checked_add(jiff::Span::new().days(days.clamp(0, 3_650))).unwrap_or(day);
    Deadline { start, days, source: source.to_owned(), due: zone.end_of(last) }
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

/// When a closed case that nobody answers counts as confirmed.
pub fn confirm_at(closed: Millis, days: i64, zone: &Zone) -> Millis {
    deadline(closed, days, "", zone).due
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(y: i16, m: i8, d: i8, h: i8) -> Millis {
        Zone::default().instant(jiff::civil::date(y, m, d).at(h, 0, 0, 0))
    }

    #[test]
    fn the_first_day_is_not_counted_and_the_last_one_is_whole() {
        let zone = Zone::default();
        for (from, days, to) in [
            ((2026, 1, 30), 15, (2026, 2, 14)),
            ((2026, 2, 10), 15, (2026, 2, 25)),
            ((2025, 12, 17), 15, (2026, 1, 1)),
            ((2025, 12, 17), 60, (2026, 2, 15)),
            ((2026, 1, 30), 90, (2026, 4, 30)),
            ((2024, 12, 28), 60, (2025, 2, 26)),
        ] {
            let d = deadline(at(from.0, from.1, from.2, 23), days, "x", &zone);
            assert_eq!(zone.day(d.due), jiff::civil::date(to.0, to.1, to.2));
            assert_ne!(zone.day(d.due.plus(1)), zone.day(d.due));
        }
    }

    #[test]
    fn a_category_inherits_its_days() {
        let tree = |id: i64| {
            let node = |parent, days| Category {
                id,
                code: String::new(),
                parent,
                name: String::new(),
                position: 0,
                valid_from: Millis(0),
                valid_to: None,
                days,
                days_source: "规定".into(),
                is_public: true,
                questions: vec![],
            };
            match id {
                1 => Some(node(0, Some(5))),
                2 => Some(node(1, None)),
                3 => Some(node(2, Some(30))),
                7 => Some(node(7, None)),
                _ => None,
            }
        };
        assert_eq!(days_of(3, tree).0, 30);
        assert_eq!(days_of(2, tree), (5, "规定".to_owned()));
        assert_eq!(days_of(9, tree), (DEFAULT_DAYS, DEFAULT_SOURCE.to_owned()));
        assert_eq!(days_of(7, tree).0, DEFAULT_DAYS, "a ring ends");
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
            let d = deadline(Millis(start), days, "", &Zone::default());
            prop_assert!(d.due >= d.start);
            prop_assert!(d.due.0 - d.start.0 < (days + 1) * DAY_MS);
        }
    }
}
