//! A simple deadline (期限): calendar days, the day of the event not counted, due at the end of the last
//! day. It is worked out from the event each time and can say how; a stored due time is an index over
//! it. Working days, pauses and extensions come with the deadline library.

use base::{Millis, Zone};
use jiff::{ToSpan, civil::Date};

/// A rule: so many calendar days, and where that number comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Calendar days, at least 0.
    pub days: i64,
    /// Which law, standard or local rule says so; shown beside the date.
    pub source: String,
}

/// A deadline with its derivation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// The rule that made it.
    pub rule: Rule,
    /// The day of the event that started it; it is not counted.
    pub from: Date,
    /// The last day.
    pub last_day: Date,
    /// The last instant in time.
    pub due: Millis,
}

/// The deadline that `rule` makes from an event.
pub fn deadline(rule: Rule, event: Millis, zone: &Zone) -> Deadline {
    let from = zone.day(event);
    let last_day = from.saturating_add(rule.days.clamp(0, 36_500).days());
    Deadline { rule, from, last_day, due: zone.end_of(last_day) }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn due(y: i16, m: i8, d: i8, days: i64) -> Date {
        let zone = Zone::default();
        let rule = Rule { days, source: "test".to_owned() };
        deadline(rule, zone.start_of(date(y, m, d)).plus(9 * base::HOUR_MS), &zone).last_day
    }

    #[test]
    fn calendar_days_as_in_the_dossiers_worked_examples() {
        assert_eq!(due(2026, 1, 30, 15), date(2026, 2, 14));
        assert_eq!(due(2025, 12, 17, 15), date(2026, 1, 1));
        assert_eq!(due(2026, 1, 30, 60), date(2026, 3, 31));
        assert_eq!(due(2024, 12, 28, 30), date(2025, 1, 27));
    }

    #[test]
    fn the_last_day_lasts_until_its_end() {
        let zone = Zone::default();
        let rule = Rule { days: 0, source: "test".to_owned() };
        let made = deadline(rule, zone.start_of(date(2026, 3, 2)), &zone);
        assert_eq!(zone.day(made.due), date(2026, 3, 2));
        assert_eq!(zone.day(made.due.plus(1)), date(2026, 3, 3));
    }
}
