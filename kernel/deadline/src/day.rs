//! Days as numbers: counting over a bit table needs plain integers, thousands of times a page.

use jiff::civil::Date;

/// Days since 1970-01-01, by the proleptic Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Day(pub(crate) i32);

impl Day {
    /// The number of a date. Eras of 400 years begin on 1 March, so that a leap day is a year's last.
    pub(crate) fn of(date: Date) -> Self {
        let (year, month, day) = (i32::from(date.year()), i32::from(date.month()), i32::from(date.day()));
        let shifted = if month <= 2 { year - 1 } else { year };
        let era = shifted.div_euclid(400);
        let of_era = shifted.rem_euclid(400);
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let in_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
        Self(era * 146_097 + in_era - 719_468)
    }

    /// The date of a number; outside the years that a date can have, the nearest.
    pub(crate) fn date(self) -> Date {
        let shifted = i64::from(self.0) + 719_468;
        let era = shifted.div_euclid(146_097);
        let in_era = shifted.rem_euclid(146_097);
        let of_era = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
        let of_year = in_era - (365 * of_era + of_era / 4 - of_era / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = of_era + era * 400 + i64::from(month <= 2);
        let nearest = if self.0 > 0 { Date::MAX } else { Date::MIN };
        match (i16::try_from(year), i8::try_from(month), i8::try_from(day)) {
            (Ok(year), Ok(month), Ok(day)) => Date::new(year, month, day).unwrap_or(nearest),
            _ => nearest,
        }
    }

    /// This day moved by so many days.
    pub(crate) fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Whether it is a Saturday or a Sunday. 1970-01-01 was a Thursday.
    pub(crate) fn is_weekend(self) -> bool {
        matches!((self.0 + 3).rem_euclid(7), 5 | 6)
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;

    #[test]
    fn numbers_and_dates_agree_for_four_hundred_years() {
        let mut date = jiff::civil::date(1900, 1, 1);
        let mut number = Day::of(date).0;
        while date.year() < 2300 {
            assert_eq!(Day::of(date).0, number);
            assert_eq!(Day(number).date(), date);
            let weekend =
                matches!(date.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday);
            assert_eq!(Day(number).is_weekend(), weekend);
            date = date.saturating_add(1.day());
            number += 1;
        }
        assert_eq!(Day::of(jiff::civil::date(1970, 1, 1)).0, 0);
    }
}
