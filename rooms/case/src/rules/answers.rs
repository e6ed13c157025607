//! How long answers took (答复用时): the figures of the leader's page and of `report answers`.
//!
//! The definitions, so that the same file gives the same figures to everybody:
//! - A matter counts when both instants are known: it came in at a time of day, and it was answered at a
//!   time of day. A date without a time of day is not an instant, and the matter is not counted.
//! - The use of time is elapsed: answer minus arrival in days of 86,400 seconds, not calendar days.
//! - "Within 15 days" is elapsed ≤ 15.0 days.
//! - Quantiles are linear between order statistics (Hyndman and Fan's type 7; Excel's PERCENTILE.INC):
//!   the one at `p` lies at rank `(n − 1)·p`, counted from 0.
//! - Shares and days are shown with one decimal, halves rounded up.

use base::{DAY_MS, Millis};

/// The elapsed times of answered matters, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnswerTimes {
    sorted_ms: Vec<i64>,
}

/// A figure with one decimal, as tenths: 615 is 61.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tenths(pub i64);

impl std::fmt::Display for Tenths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0 / 10, (self.0 % 10).abs())
    }
}

impl serde::Serialize for Tenths {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        #[expect(clippy::cast_precision_loss, reason = "a figure of a report is far below 2^52")]
        s.serialize_f64(self.0 as f64 / 10.0)
    }
}

impl AnswerTimes {
    /// From pairs of arrival and answer. A pair that runs backwards is no answer and is left out.
    pub fn of(pairs: impl IntoIterator<Item = (Millis, Millis)>) -> Self {
        let mut sorted_ms: Vec<i64> =
            pairs.into_iter().map(|(from, to)| to.0 - from.0).filter(|ms| *ms >= 0).collect();
        sorted_ms.sort_unstable();
        Self { sorted_ms }
    }

    /// How many matters count.
    pub fn count(&self) -> usize {
        self.sorted_ms.len()
    }

    /// The share answered within `days`, in percent; `None` when nothing counts.
    pub fn share_within(&self, days: i64) -> Option<Tenths> {
        let all = i64::try_from(self.count()).ok().filter(|n| *n > 0)?;
        let some = i64::try_from(self.sorted_ms.partition_point(|ms| *ms <= days * DAY_MS)).ok()?;
        Some(Tenths((2 * 1000 * some + all) / (2 * all)))
    }

    /// The quantile at `percent` (0 to 100) in days; `None` when nothing counts.
    pub fn quantile(&self, percent: usize) -> Option<Tenths> {
        let last = self.count().checked_sub(1)?;
        let rank = last * percent.min(100);
        let (whole, part) = (rank / 100, i64::try_from(rank % 100).ok()?);
        let low = *self.sorted_ms.get(whole)?;
        let high = *self.sorted_ms.get(whole + 1).unwrap_or(&low);
        // In hundredths of a millisecond, so that the interpolation stays exact.
        let hundredths = i128::from(low) * 100 + i128::from(high - low) * i128::from(part);
        let unit = i128::from(DAY_MS / 10) * 100;
        i64::try_from((2 * hundredths + unit) / (2 * unit)).ok().map(Tenths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn days(list: &[i64]) -> AnswerTimes {
        AnswerTimes::of(list.iter().map(|d| (Millis(0), Millis(d * DAY_MS))))
    }

    #[test]
    fn the_definitions_hold_on_small_sets() {
        let t = days(&[1, 2, 3, 4]);
        assert_eq!((t.count(), t.quantile(50), t.quantile(90)), (4, Some(Tenths(25)), Some(Tenths(37))));
        assert_eq!((t.share_within(2), t.share_within(0)), (Some(Tenths(500)), Some(Tenths(0))));
        assert_eq!(days(&[]).quantile(50), None);
        assert_eq!(days(&[]).share_within(15), None);
        assert_eq!(days(&[7]).quantile(90), Some(Tenths(70)));
    }

    #[test]
    fn the_fifteenth_day_counts_to_its_last_millisecond() {
        let t = AnswerTimes::of([(Millis(5), Millis(5 + 15 * DAY_MS)), (Millis(5), Millis(6 + 15 * DAY_MS))]);
        assert_eq!(t.share_within(15), Some(Tenths(500)));
    }

    #[test]
    fn an_answer_before_the_question_is_none() {
        assert_eq!(AnswerTimes::of([(Millis(2), Millis(1))]).count(), 0);
    }

    #[test]
    fn figures_are_shown_with_one_decimal() {
        assert_eq!(Tenths(615).to_string(), "61.5");
        assert_eq!(serde_json::to_string(&Tenths(410)).unwrap(), "41.0");
    }

    proptest! {
        #[test]
        fn quantiles_rise_and_stay_inside(list in prop::collection::vec(0i64..400, 1..60)) {
            let t = days(&list);
            let all: Vec<Tenths> = (0..=100).filter_map(|p| t.quantile(p)).collect();
            prop_assert!(all.is_sorted());
            prop_assert_eq!(all[0].0, list.iter().min().unwrap() * 10);
            prop_assert_eq!(all[100].0, list.iter().max().unwrap() * 10);
        }
    }
}
