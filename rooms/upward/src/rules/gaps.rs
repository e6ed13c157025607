//! Days (日期): which are missing, and when the next report is made.

use base::{HOUR_MS, MINUTE_MS, Millis, Zone};
use jiff::{ToSpan, civil::Date};

use crate::model::Cadence;

/// How long after midnight a day is reported.
const AFTER_MIDNIGHT_MS: i64 = 20 * MINUTE_MS;
/// The same where reports of others go into it, which are made first.
const AFTER_OTHERS_MS: i64 = 80 * MINUTE_MS;
/// How long after the hour the running day is reported.
const AFTER_HOUR_MS: i64 = 5 * MINUTE_MS;

/// The days from one to another, both in it.
pub fn days(from: Date, to: Date) -> impl Iterator<Item = Date> {
    from.series(1.day()).take_while(move |day| *day <= to)
}

/// The days from one to another that are not among those that came.
pub fn gaps(from: Date, to: Date, came: &[Date]) -> Vec<Date> {
    days(from, to).filter(|day| !came.contains(day)).collect()
}

/// Days in a row as spans.
pub fn spans(days: &[Date]) -> Vec<(Date, Date)> {
    let mut out: Vec<(Date, Date)> = Vec::new();
    for day in days {
        match out.last_mut() {
            Some((_, last)) if last.tomorrow().ok() == Some(*day) => *last = *day,
            _ => out.push((*day, *day)),
        }
    }
    out
}

/// When reports are made next: after each day, and after each hour where the cadence says so.
pub fn next_run(zone: &Zone, at: Millis, cadence: Cadence, hears_others: bool) -> Millis {
    let today = zone.start_of(zone.day(at));
    let wait = if hears_others { AFTER_OTHERS_MS } else { AFTER_MIDNIGHT_MS };
    let daily = [today, today.plus(base::DAY_MS)].map(|start| start.plus(wait));
    let daily = if daily[0] > at { daily[0] } else { daily[1] };
    let hour = Millis(at.0 - at.0.rem_euclid(HOUR_MS)).plus(AFTER_HOUR_MS);
    let hour = if hour > at { hour } else { hour.plus(HOUR_MS) };
    match cadence {
        Cadence::Daily => daily,
        Cadence::Hourly => daily.min(hour),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn gaps_are_days_and_read_as_spans() {
        let day = |d| date(2026, 3, d);
        let missing = gaps(day(1), day(6), &[day(2), day(5)]);
        assert_eq!(missing, [day(1), day(3), day(4), day(6)]);
        assert_eq!(spans(&missing), [(day(1), day(1)), (day(3), day(4)), (day(6), day(6))]);
        assert_eq!(gaps(day(2), day(1), &[]), [], "nothing is expected before its end");
    }

    #[test]
    fn a_day_is_reported_after_its_end_and_by_the_hour_where_wanted() {
        let zone = Zone::default();
        let at = |h, m| zone.instant(date(2026, 3, 2).at(h, m, 0, 0));
        let night = at(0, 20).plus(base::DAY_MS);
        assert_eq!(next_run(&zone, at(9, 0), Cadence::Daily, false), night);
        assert_eq!(next_run(&zone, at(0, 5), Cadence::Daily, false), at(0, 20));
        assert_eq!(next_run(&zone, at(9, 0), Cadence::Daily, true), night.plus(base::HOUR_MS));
        assert_eq!(next_run(&zone, at(9, 0), Cadence::Hourly, false), at(9, 5));
        assert_eq!(next_run(&zone, at(9, 5), Cadence::Hourly, false), at(10, 5));
        assert_eq!(next_run(&zone, at(23, 30), Cadence::Hourly, false), at(0, 5).plus(base::DAY_MS));
    }
}
