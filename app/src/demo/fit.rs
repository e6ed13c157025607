//! The statistics that the demo city is fitted to.
//!
//! Source: 2,816 real messages of residents to local governments with the official answers and both times
//! (a public contest table of 2020; its messages are from 2011 to 2020). Only the figures below were
//! taken from it. No text, no place, no person and no row of it is part of this project.

/// The percent points of the tables below.
pub const PERCENTS: [u8; 22] =
    [1, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 97, 99];

/// Characters of a title.
pub const TITLE_CHARS: [f64; 22] = [
    9.0, 12.0, 13.0, 14.0, 15.0, 15.0, 16.0, 16.0, 17.0, 17.0, 18.0, 19.0, 19.0, 20.0, 21.0, 22.0, 22.0,
    24.0, 25.0, 27.0, 28.0, 31.0,
];

/// Characters of a message, blanks left out.
pub const MESSAGE_CHARS: [f64; 22] = [
    26.0, 42.0, 58.0, 73.0, 87.0, 101.0, 118.0, 133.0, 151.0, 170.0, 190.0, 215.0, 241.0, 273.0, 307.0,
    366.0, 437.0, 548.0, 694.0, 1046.0, 1312.0, 1966.0,
];

/// Characters of an official answer, blanks left out.
pub const ANSWER_CHARS: [f64; 22] = [
    11.0, 32.0, 52.0, 82.0, 112.0, 141.0, 168.0, 192.0, 218.0, 244.0, 269.0, 293.0, 322.0, 354.0, 391.0,
    435.0, 495.0, 584.0, 678.0, 898.0, 1154.0, 1713.0,
];

/// Days of 24 hours from message to answer. 61.5 % lie within 15 days, 94.4 % within 60.
pub const ANSWER_DAYS: [f64; 22] = [
    0.202, 1.028, 1.865, 2.896, 3.847, 4.809, 5.830, 6.972, 8.023, 9.737, 11.208, 12.964, 14.606, 16.725,
    19.068, 22.289, 26.014, 31.990, 40.959, 67.379, 88.692, 167.406,
];

/// The median answer in days by subject, as parts of the overall median of 11.2, keyed by the first level
/// of the category tree. The subjects were told apart by words of title and text.
pub const DAYS_BY_SUBJECT: [(&str, f64); 12] = [
    ("01", 1.22),
    ("02", 1.08),
    ("03", 0.72),
    ("04", 0.92),
    ("05", 0.87),
    ("06", 0.91),
    ("07", 1.06),
    ("08", 1.08),
    ("09", 1.08),
    ("10", 1.07),
    ("11", 0.82),
    ("12", 0.88),
];

/// Messages by hour of the day, midnight first.
pub const ARRIVALS_BY_HOUR: [u32; 24] = [
    53, 32, 6, 7, 2, 11, 17, 41, 121, 170, 284, 266, 142, 155, 207, 256, 214, 171, 125, 115, 95, 121, 124, 81,
];

/// Answers by hour of the day, midnight first.
pub const ANSWERS_BY_HOUR: [u32; 24] =
    [1, 0, 2, 1, 0, 0, 0, 5, 160, 349, 377, 299, 53, 55, 275, 429, 440, 244, 38, 19, 14, 29, 19, 7];

/// Messages by day of the week, Monday first.
pub const ARRIVALS_BY_WEEKDAY: [u32; 7] = [471, 528, 505, 435, 390, 240, 247];

/// Answers by day of the week, Monday first.
pub const ANSWERS_BY_WEEKDAY: [u32; 7] = [561, 492, 519, 540, 593, 63, 48];

/// Messages by month, January first: the two complete years of even growth, 2018 and 2019.
pub const ARRIVALS_BY_MONTH: [u32; 12] = [118, 84, 147, 138, 153, 148, 137, 155, 157, 122, 186, 188];

/// Messages that repeat an earlier one, in thousandths: three-character shingles with a Jaccard index of 0.6 or
/// more. Word for word the same were 12.
pub const REPEATS_PER_MILLE: u32 = 25;

/// The value at `part` (0 to 1) of a table, linear between its points and flat outside.
pub fn quantile(table: &[f64; 22], part: f64) -> f64 {
    let percent = part.clamp(0.0, 1.0) * 100.0;
    let right = PERCENTS.iter().position(|p| f64::from(*p) >= percent).unwrap_or(PERCENTS.len() - 1);
    let left = right.saturating_sub(1);
    let (low, high) = (f64::from(PERCENTS[left]), f64::from(PERCENTS[right]));
    let along = if high > low { ((percent - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 };
    table[left] + (table[right] - table[left]) * along
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_rise_and_the_median_is_the_median() {
        for table in [&TITLE_CHARS, &MESSAGE_CHARS, &ANSWER_CHARS, &ANSWER_DAYS] {
            assert!(table.is_sorted());
            assert_eq!(quantile(table, 0.5), table[10]);
            assert_eq!(quantile(table, 0.0), table[0]);
            assert_eq!(quantile(table, 1.0), table[21]);
        }
    }

    #[test]
    fn sixty_one_percent_are_answered_within_fifteen_days() {
        let within = (0..10_000).filter(|i| quantile(&ANSWER_DAYS, f64::from(*i) / 10_000.0) <= 15.0).count();
        assert!((6_050..6_200).contains(&within), "{within}");
    }
}
