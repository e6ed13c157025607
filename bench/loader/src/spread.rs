//! How times are spread (分位数), in a histogram of high dynamic range: three digits from a microsecond to an hour,
//! in a few hundred kilobytes however many times were seen.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// The longest time that is told apart, in microseconds: an hour.
const LONGEST_US: u64 = 3_600_000_000;
/// Digits that are kept of each time.
const DIGITS: u8 = 3;

/// Times as they come in.
pub struct Times(Histogram<u64>);

impl Default for Times {
    fn default() -> Self {
        // The bounds are constants that the library takes; a histogram that grows is the same with more memory.
        Self(
            Histogram::new_with_bounds(1, LONGEST_US, DIGITS)
                .or_else(|_| Histogram::new(DIGITS))
                .unwrap_or_else(|e| unreachable!("three digits: {e}")),
        )
    }
}

impl Times {
    /// Of these.
    pub fn of(all: impl IntoIterator<Item = Duration>) -> Self {
        let mut times = Self::default();
        all.into_iter().for_each(|one| times.add(one));
        times
    }

    /// Takes one in.
    pub fn add(&mut self, time: Duration) {
        let us = u64::try_from(time.as_micros()).unwrap_or(LONGEST_US);
        self.0.saturating_record(us.clamp(1, LONGEST_US));
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The time that this share of all stayed within, in milliseconds; 0 of none.
    pub fn at(&self, share: f64) -> f64 {
        if self.0.is_empty() { 0.0 } else { self.0.value_at_quantile(share) as f64 / 1e3 }
    }

    /// The usual percentiles.
    pub fn spread(&self) -> Spread {
        Spread {
            p50_ms: self.at(0.5),
            p90_ms: self.at(0.9),
            p99_ms: self.at(0.99),
            p999_ms: self.at(0.999),
            max_ms: if self.0.is_empty() { 0.0 } else { self.0.max() as f64 / 1e3 },
        }
    }
}

/// The usual percentiles, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The median.
    pub p50_ms: f64,
    /// What 90 of 100 stayed within.
    pub p90_ms: f64,
    /// What 99 of 100 stayed within.
    pub p99_ms: f64,
    /// What 999 of 1000 stayed within.
    pub p999_ms: f64,
    /// The slowest.
    pub max_ms: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dice::drawn;

    #[test]
    fn percentiles_are_those_of_the_sorted_list() {
        for (seed, many) in [(1, 1), (2, 7), (3, 1_000), (4, 25_000)] {
            // From microseconds to seconds, as answers are.
            let us = |n| 1 + drawn(seed, n) % 10_u64.pow(1 + (drawn(seed, n + many) % 7) as u32);
            let mut all: Vec<u64> = (0..many).map(us).collect();
            let times = Times::of(all.iter().map(|us| Duration::from_micros(*us)));
            all.sort_unstable();
            for share in [0.5, 0.9, 0.99, 0.999, 1.0] {
                let place = ((share * many as f64).ceil() as usize).clamp(1, all.len());
                let exact = all[place - 1] as f64 / 1e3;
                let off = (times.at(share) - exact).abs() / exact;
                assert!(off < 0.002, "{share} of {many}: {} and {exact}", times.at(share));
            }
            assert_eq!(times.count(), many);
        }
    }

    #[test]
    fn nothing_seen_is_nothing_and_an_age_is_an_hour() {
        assert_eq!(Times::default().spread(), Spread::default());
        let times = Times::of([Duration::from_secs(90_000), Duration::ZERO]);
        assert!((times.spread().max_ms - 3_600_000.0).abs() < 3_600.0 * 2.0, "{:?}", times.spread());
    }
}
