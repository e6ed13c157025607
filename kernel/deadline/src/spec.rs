//! The short form of a term, for the command line and for packs: `5wd`, `15d`, `2m`, `1y`, `4h`, `4oh`.

use base::{DAY_MS, Millis, Zone};
use jiff::civil::{Date, DateTime};

use crate::{
    count::Pause,
    rule::{Term, Unit},
};

/// The units' letters, as they are written behind the number.
const LETTERS: [(&str, Unit); 6] = [
    ("wd", Unit::WorkingDay),
    ("d", Unit::Day),
    ("m", Unit::Month),
    ("y", Unit::Year),
    ("oh", Unit::OfficeHour),
    ("h", Unit::Hour),
];

/// What can be wrong with a short form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// Not a number and a unit.
    #[error("{0} is no term: write 5wd, 15d, 2m, 1y, 4h or 4oh")]
    NotATerm(String),
    /// Not two days or instants in order.
    #[error(
        "{0} is no pause: write 2026-02-12..2026-02-14 (both days in it) or 2026-02-12T09:00..2026-02-13T14:30"
    )]
    NotAPause(String),
}

impl std::str::FromStr for Term {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let bad = || SpecError::NotATerm(text.to_owned());
        let end = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
        let (number, letters) = text.split_at(end);
        let n: u32 = number.parse().map_err(|_| bad())?;
        let (_, unit) = LETTERS.iter().find(|(known, _)| *known == letters).ok_or_else(bad)?;
        // The same bound as the counting has: a hundred years of days.
        if n > 36_525 { Err(bad()) } else { Ok(Self { n, unit: *unit }) }
    }
}

impl std::fmt::Display for Term {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let letters = LETTERS.iter().find(|(_, unit)| *unit == self.unit).map_or("", |(letters, _)| *letters);
        write!(f, "{}{letters}", self.n)
    }
}

/// Reads `A..B`: two days, both paused, or two instants of the wall clock.
///
/// # Errors
/// If it is neither, or B lies before A.
pub fn parse_pause(text: &str, zone: &Zone) -> Result<Pause, SpecError> {
    let bad = || SpecError::NotAPause(text.to_owned());
    let (from, to) = text.split_once("..").ok_or_else(bad)?;
    let (from, to) = match (from.parse::<Date>(), to.parse::<Date>()) {
        (Ok(first), Ok(last)) if from.len() == 10 && to.len() == 10 => {
            (zone.start_of(first), zone.start_of(last).plus(DAY_MS))
        }
        _ => (wall(from, zone).ok_or_else(bad)?, wall(to, zone).ok_or_else(bad)?),
    };
    if from < to { Ok(Pause { from, to, reason: String::new() }) } else { Err(bad()) }
}

fn wall(text: &str, zone: &Zone) -> Option<Millis> {
    Some(zone.instant(text.parse::<DateTime>().ok()?))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn terms_are_read_and_shown_alike() {
        for text in ["5wd", "15d", "2m", "1y", "4h", "4oh", "0d"] {
            assert_eq!(text.parse::<Term>().unwrap().to_string(), text);
        }
        for bad in ["", "5", "wd", "5 wd", "-1d", "5w", "5WD", "99999999999d", "40000d", "5d5d"] {
            assert!(bad.parse::<Term>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_pause_of_days_takes_both_its_ends() {
        let zone = Zone::default();
        let days = parse_pause("2026-02-12..2026-02-14", &zone).unwrap();
        assert_eq!(
            (days.from, days.to),
            (zone.start_of(date(2026, 2, 12)), zone.start_of(date(2026, 2, 15)))
        );
        let hours = parse_pause("2026-02-12T09:00..2026-02-12T10:30", &zone).unwrap();
        assert_eq!(hours.to.0 - hours.from.0, 90 * base::MINUTE_MS);
        for bad in ["2026-02-12", "2026-02-14..2026-02-12", "x..y", "2026-02-12.."] {
            assert!(parse_pause(bad, &zone).is_err(), "{bad}");
        }
    }
}
