//! On which days people are received (接待日期): a weekly day is held where it is worked, a single day as it was set.

use deadline::Calendar;
use jiff::{Span, civil::Date};

use crate::model::Held;

/// The days from `from` to `to` on which it is held, in order.
pub fn held_on(held: Held, from: Date, to: Date, calendar: &Calendar) -> Vec<Date> {
    match held {
        Held::Once(day) => Some(day).filter(|d| (from..=to).contains(d)).into_iter().collect(),
        Held::Weekly(weekday) => {
            let ahead = (weekday - from.weekday().to_monday_one_offset()).rem_euclid(7);
            let first = from.checked_add(Span::new().days(i32::from(ahead))).ok();
            let next = |day: &Date| day.checked_add(Span::new().days(7)).ok();
            let all = std::iter::successors(first, next).take_while(|d| *d <= to);
            all.filter(|d| calendar.is_working(*d)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use deadline::Book;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_weekly_day_is_left_out_where_nobody_works() {
        let calendar = Book::shipped().calendar("");
        let (from, to) = (date(2026, 2, 9), date(2026, 3, 9));
        // Monday 16 and 23 February 2026 lie in the holiday of the Spring Festival.
        let found = held_on(Held::Weekly(1), from, to, &calendar);
        assert_eq!(found, [date(2026, 2, 9), date(2026, 3, 2), date(2026, 3, 9)]);
        // Saturday 14 is worked.
        assert!(held_on(Held::Weekly(6), from, to, &calendar).contains(&date(2026, 2, 14)));
        assert!(held_on(Held::Weekly(7), from, date(2026, 2, 15), &calendar).is_empty());
    }

    #[test]
    fn a_single_day_is_held_as_set() {
        let calendar = Book::shipped().calendar("");
        let day = date(2026, 2, 17);
        assert_eq!(held_on(Held::Once(day), day, day, &calendar), [day]);
        assert!(held_on(Held::Once(day), date(2026, 2, 18), date(2026, 3, 1), &calendar).is_empty());
    }
}
