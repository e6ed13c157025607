//! When a letter may leave the house (静默时段): staff in office hours by the work calendar, residents outside of the quiet
//! hours, hooks always. Urgent letters pass.

use base::{Millis, Zone};
use deadline::{Calendar, OfficeHours};

use crate::model::{Channel, Quiet, To};

/// A minute.
const MINUTE_MS: i64 = base::MINUTE_MS;

/// Until when a letter that is due at `now` is held back; `None` when it may go.
pub fn held_until(
    now: Millis,
    (to, channel, urgent): (To, Channel, bool),
    quiet: Quiet,
    hours: &OfficeHours,
    calendar: &Calendar,
    zone: &Zone,
) -> Option<Millis> {
    if urgent || channel == Channel::Hook || to == To::Trial {
        return None;
    }
    let free = match to {
        To::Staff => hours.open_from(now, calendar, zone),
        _ => quiet_end(now, quiet, zone),
    };
    (free > now).then_some(free)
}

/// The instant itself outside of the quiet hours, or else their end.
fn quiet_end(now: Millis, quiet: Quiet, zone: &Zone) -> Millis {
    let midnight = zone.start_of(zone.day(now));
    let minute = (now.0 - midnight.0) / MINUTE_MS;
    let (from, until) = (i64::from(quiet.from), i64::from(quiet.until));
    let over_night = from > until;
    let inside = if over_night { minute >= from || minute < until } else { (from..until).contains(&minute) };
    match (inside, over_night && minute >= from) {
        (false, _) => now,
        (true, true) => midnight.plus(base::DAY_MS + until * MINUTE_MS),
        (true, false) => midnight.plus(until * MINUTE_MS),
    }
}

#[cfg(test)]
mod tests {
    use deadline::Book;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn staff_are_reached_in_office_hours_and_residents_by_day() {
        let (zone, calendar, hours) = (Zone::default(), Book::shipped().calendar(""), OfficeHours::default());
        let at = |m, d, h, min| zone.instant(date(2026, m, d).at(h, min, 0, 0));
        let held = |now, to, channel, urgent| {
            held_until(now, (to, channel, urgent), Quiet::default(), &hours, &calendar, &zone)
        };
        use Channel::{Hook, Mail, Sms};
        let table = [
            // A Monday morning.
            (at(3, 2, 9, 30), To::Staff, Mail, false, None),
            // Its lunch, its night, the night before a long holiday, a worked Saturday.
            (at(3, 2, 12, 30), To::Staff, Mail, false, Some(at(3, 2, 13, 30))),
            (at(3, 2, 22, 0), To::Staff, Sms, false, Some(at(3, 3, 9, 0))),
            (at(2, 14, 18, 0), To::Staff, Mail, false, Some(at(2, 24, 9, 0))),
            (at(2, 14, 10, 0), To::Staff, Mail, false, None),
            (at(3, 2, 22, 0), To::Staff, Sms, true, None),
            (at(3, 2, 22, 0), To::Staff, Hook, false, None),
            (at(3, 2, 22, 0), To::Trial, Mail, false, None),
            // Residents: by day also on a Sunday, never at night, and the ends of the span.
            (at(3, 1, 12, 30), To::Sender, Sms, false, None),
            (at(3, 2, 20, 59), To::Sender, Sms, false, None),
            (at(3, 2, 21, 0), To::Sender, Sms, false, Some(at(3, 3, 8, 0))),
            (at(3, 3, 7, 59), To::Sender, Sms, false, Some(at(3, 3, 8, 0))),
            (at(3, 3, 8, 0), To::Sender, Sms, false, None),
        ];
        for (now, to, channel, urgent, want) in table {
            assert_eq!(held(now, to, channel, urgent), want, "{to:?} {channel:?} {urgent} {}", zone.at(now));
        }
    }

    #[test]
    fn a_quiet_span_of_one_day_ends_on_that_day() {
        let zone = Zone::default();
        let at = |h, min| zone.instant(date(2026, 3, 2).at(h, min, 0, 0));
        let noon: Quiet = "12:00-14:00".parse().unwrap();
        assert_eq!(quiet_end(at(13, 0), noon, &zone), at(14, 0));
        assert_eq!(quiet_end(at(14, 0), noon, &zone), at(14, 0));
        assert_eq!(quiet_end(at(3, 0), "00:00-00:00".parse().unwrap(), &zone), at(3, 0), "never");
        assert!("25:00-1:00".parse::<Quiet>().is_err() && "9-10".parse::<Quiet>().is_err());
        assert_eq!(noon.to_string(), "12:00-14:00");
    }
}
