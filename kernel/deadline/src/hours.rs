//! Office hours (办公时间): the parts of a working day in which an office can act and be reminded.

use base::{MINUTE_MS, Millis, Zone};
use serde::{Deserialize, Serialize};

use crate::{calendar::Calendar, day::Day};

/// Minutes of a day.
const MINUTES: u16 = 24 * 60;

/// What can be wrong with office hours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// No span, a span that ends before it begins, or spans that overlap or are out of order.
    #[error("office hours are spans in order such as 09:00-12:00,13:30-17:30; not: {0}")]
    NotHours(String),
}

/// The hours of a working day, as spans of minutes since midnight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OfficeHours(Vec<(u16, u16)>);

impl Default for OfficeHours {
    /// 09:00-12:00 and 13:30-17:30. Real hours differ by place and season: each installation sets its own.
    fn default() -> Self {
        Self(vec![(540, 720), (810, 1050)])
    }
}

impl std::str::FromStr for OfficeHours {
    type Err = HoursError;

    /// Reads `09:00-12:00,13:30-17:30`.
    fn from_str(text: &str) -> Result<Self, HoursError> {
        let bad = || HoursError::NotHours(text.to_owned());
        let mut spans = Vec::new();
        for part in text.split(',') {
            let (from, to) = part.trim().split_once('-').ok_or_else(bad)?;
            let span = (minute(from).ok_or_else(bad)?, minute(to).ok_or_else(bad)?);
            let after = spans.last().map_or(0, |(_, end): &(u16, u16)| *end);
            if span.0 < after || span.1 <= span.0 || span.1 > MINUTES {
                return Err(bad());
            }
            spans.push(span);
        }
        Ok(Self(spans))
    }
}

impl TryFrom<String> for OfficeHours {
    type Error = HoursError;

    fn try_from(text: String) -> Result<Self, HoursError> {
        text.parse()
    }
}

impl std::fmt::Display for OfficeHours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, (from, to)) in self.0.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            write!(f, "{comma}{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)?;
        }
        Ok(())
    }
}

impl From<OfficeHours> for String {
    fn from(hours: OfficeHours) -> Self {
        hours.to_string()
    }
}

fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (minute < 60 && hour <= 24).then_some(hour * 60 + minute)
}

impl OfficeHours {
    /// Office time of a working day, in milliseconds.
    pub fn day_ms(&self) -> i64 {
        self.0.iter().map(|(from, to)| i64::from(to - from) * MINUTE_MS).sum()
    }

    /// Office time that has passed before an instant, from the calendar's begin.
    pub(crate) fn passed(&self, t: Millis, calendar: &Calendar, zone: &Zone) -> i64 {
        let date = zone.day(t);
        let day = Day::of(date);
        let whole = i64::from(calendar.before(day)) * self.day_ms();
        if !calendar.is_working_day(day) {
            return whole;
        }
        let of_day = t.0 - zone.start_of(date).0;
        whole + self.spans_ms().map(|(from, to)| (of_day.min(to) - from).max(0)).sum::<i64>()
    }

    /// The first instant by which so much office time has passed.
    pub(crate) fn instant(&self, passed: i64, calendar: &Calendar, zone: &Zone) -> Millis {
        let whole = (passed - 1).div_euclid(self.day_ms());
        let day = calendar.nth(i32::try_from(whole).unwrap_or(i32::MAX));
        let mut left = passed - whole * self.day_ms();
        let midnight = zone.start_of(day.date());
        for (from, to) in self.spans_ms() {
            if left <= to - from {
                return midnight.plus(from + left);
            }
            left -= to - from;
        }
        midnight
    }

    /// Whether an office is open at an instant.
    pub fn is_open(&self, t: Millis, calendar: &Calendar, zone: &Zone) -> bool {
        let date = zone.day(t);
        let of_day = t.0 - zone.start_of(date).0;
        calendar.is_working(date) && self.spans_ms().any(|(from, to)| from <= of_day && of_day < to)
    }

    /// When the office opens on a working day.
    pub(crate) fn opening(&self, day: Day, zone: &Zone) -> Millis {
        zone.start_of(day.date()).plus(self.spans_ms().next().map_or(0, |(from, _)| from))
    }

    /// The instant itself while open, or else the next opening.
    pub fn open_from(&self, t: Millis, calendar: &Calendar, zone: &Zone) -> Millis {
        if self.is_open(t, calendar, zone) {
            t
        } else {
            self.instant(self.passed(t, calendar, zone) + 1, calendar, zone).plus(-1)
        }
    }

    /// The instant itself while open, or else the beginning of the last span of office time before it.
    pub fn open_until(&self, t: Millis, calendar: &Calendar, zone: &Zone) -> Millis {
        if self.is_open(t, calendar, zone) {
            return t;
        }
        let end = self.instant(self.passed(t, calendar, zone), calendar, zone);
        let midnight = zone.start_of(zone.day(end));
        let of_day = end.0 - midnight.0;
        let begin = self.spans_ms().find(|(_, to)| of_day <= *to).map_or(0, |(from, _)| from);
        midnight.plus(begin)
    }

    fn spans_ms(&self) -> impl Iterator<Item = (i64, i64)> {
        self.0.iter().map(|(from, to)| (i64::from(*from) * MINUTE_MS, i64::from(*to) * MINUTE_MS))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::Book;

    #[test]
    fn hours_are_read_and_shown_alike() {
        for text in ["09:00-12:00,13:30-17:30", "08:30-24:00"] {
            assert_eq!(text.parse::<OfficeHours>().unwrap().to_string(), text);
        }
        for bad in ["", "9-12", "12:00-09:00", "09:00-12:00,11:00-13:00", "09:00-25:00", "09:60-10:00"] {
            assert!(bad.parse::<OfficeHours>().is_err(), "{bad}");
        }
        assert_eq!(OfficeHours::default().day_ms(), 7 * base::HOUR_MS);
    }

    #[test]
    fn openings_are_found_over_nights_noons_and_holidays() {
        let (hours, calendar, zone) = (OfficeHours::default(), Book::shipped().calendar(""), Zone::default());
        let at = |d: jiff::civil::Date, h, m| zone.instant(d.at(h, m, 0, 0));
        let from = |t| hours.open_from(t, &calendar, &zone);
        let until = |t| hours.open_until(t, &calendar, &zone);
        assert_eq!(from(at(date(2026, 3, 2), 10, 0)), at(date(2026, 3, 2), 10, 0));
        assert_eq!(from(at(date(2026, 3, 2), 12, 30)), at(date(2026, 3, 2), 13, 30));
        assert_eq!(from(at(date(2026, 2, 14), 18, 0)), at(date(2026, 2, 24), 9, 0));
        assert_eq!(until(at(date(2026, 2, 20), 10, 0)), at(date(2026, 2, 14), 13, 30));
        assert_eq!(until(at(date(2026, 3, 3), 3, 0)), at(date(2026, 3, 2), 13, 30));
        assert_eq!(until(at(date(2026, 3, 3), 12, 30)), at(date(2026, 3, 3), 9, 0));
    }
}
