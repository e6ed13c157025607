//! Instants and the clock that is handed down. No other crate reads the machine's clock.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{Timestamp, Zoned, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// A minute in milliseconds.
pub const MINUTE_MS: i64 = 60_000;
/// An hour in milliseconds.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// A day of 24 hours in milliseconds. China has no summer time.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// An instant: milliseconds since 1970-01-01T00:00Z (时刻).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Millis(pub i64);

impl Millis {
    /// This instant moved by `ms`.
    #[must_use]
    pub fn plus(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

/// The zone in which days begin and office hours are read (时区). One per installation.
#[derive(Debug, Clone)]
pub struct Zone(TimeZone);

impl Default for Zone {
    /// UTC+8 as a fixed offset: it needs no zone file on the machine.
    fn default() -> Self {
        Self(TimeZone::fixed(jiff::tz::offset(8)))
    }
}

impl Zone {
    /// The wall clock at an instant. An instant outside the years 1 to 9999 reads as 1970.
    pub fn at(&self, t: Millis) -> Zoned {
        Timestamp::from_millisecond(t.0).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(self.0.clone())
    }

    /// The calendar day of an instant.
    pub fn day(&self, t: Millis) -> Date {
        self.at(t).date()
    }

    /// The first instant of a day.
    pub fn start_of(&self, day: Date) -> Millis {
        self.instant(day.at(0, 0, 0, 0))
    }

    /// The last millisecond of a day: a deadline counted in days ends there.
    pub fn end_of(&self, day: Date) -> Millis {
        self.start_of(day).plus(DAY_MS - 1)
    }

    /// The instant of a wall-clock reading.
    pub fn instant(&self, wall: jiff::civil::DateTime) -> Millis {
        Millis(wall.to_zoned(self.0.clone()).map(|z| z.timestamp().as_millisecond()).unwrap_or(0))
    }
}

/// Where "now" comes from.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Millis;
}

/// The machine's clock, for serving.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Millis {
        Millis(Timestamp::now().as_millisecond())
    }
}

/// A clock that is moved by hand, for stories and for the demo city's year.
pub struct HandClock(AtomicI64);

impl HandClock {
    /// A clock that stands at `start`.
    pub fn at(start: Millis) -> Self {
        Self(AtomicI64::new(start.0))
    }

    /// Moves it to `t`.
    pub fn set(&self, t: Millis) {
        self.0.store(t.0, Ordering::SeqCst);
    }

    /// Moves it on by `ms`.
    pub fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Millis {
        Millis(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_china() {
        let zone = Zone::default();
        let day = jiff::civil::date(2026, 2, 10);
        assert_eq!(zone.at(zone.start_of(day)).to_string(), "2026-02-10T00:00:00+08:00[+08:00]");
        assert_eq!(zone.day(zone.end_of(day)), day);
        assert_eq!(zone.day(zone.end_of(day).plus(1)), jiff::civil::date(2026, 2, 11));
    }
}
