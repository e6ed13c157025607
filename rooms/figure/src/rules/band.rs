//! How wide a band must be (区间校准), from nothing but past errors: in how many standard deviations of its forecast each
//! past outcome lay; the share of these that the band should hold is read off their order (split conformal prediction,
//! Vovk and others 2005). No shape is assumed, so that small units, whose counts are whole and mostly nothing, get
//! no wider a band than they need.
//!
//! Forecasts of about the same size are compared with each other only: few cases, some, many.

/// Fewer past errors than this say less than the normal law.
const LEAST: usize = 30;
/// Below these means a forecast is one of few, of some; above, of many.
const SIZES: [f64; 2] = [1.0, 5.0];

/// A number that is not known yet, and between what it should lie (区间).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Band {
    /// Lower end.
    pub low: f64,
    /// What is expected.
    pub mean: f64,
    /// Upper end.
    pub high: f64,
}

impl Band {
    /// Around a mean, so many standard deviations to each side; never below nothing.
    pub fn around(mean: f64, deviation: f64, reach: f64) -> Self {
        let wide = reach * deviation;
        Self { low: (mean - wide).max(0.0), mean, high: mean + wide }
    }

    /// The whole numbers of cases that lie in it; the two around the mean where none does.
    pub fn whole(self) -> (f64, f64) {
        const HAIR: f64 = 1e-9;
        let (low, high) = ((self.low - HAIR).ceil().max(0.0), (self.high + HAIR).floor());
        if low <= high { (low, high) } else { (self.mean.floor(), self.mean.ceil()) }
    }

    /// Whether so many cases lie in it.
    pub fn holds(self, cases: f64) -> bool {
        let (low, high) = self.whole();
        low <= cases && cases <= high
    }
}

/// Past errors in standard deviations, by the size of the forecast (历史误差).
#[derive(Debug, Clone, Default)]
pub struct Calibration {
    scores: [Vec<f64>; 3],
}

fn size_of(mean: f64) -> usize {
    SIZES.iter().filter(|size| mean >= **size).count()
}

/// The normal law's, where there is nothing better.
fn by_the_normal_law(percent: i64) -> f64 {
    match percent {
        ..=50 => 0.674,
        51..=80 => 1.282,
        81..=90 => 1.645,
        _ => 1.960,
    }
}

impl Calibration {
    fn push(&mut self, mean: f64, deviation: f64, came: f64) {
        let score = match (came - mean).abs() {
            error if deviation > 0.0 => error / deviation,
            error if error > 0.0 => f64::MAX,
            _ => 0.0,
        };
        self.scores[size_of(mean)].push(score);
    }

    /// Adds what came of forecasts: the mean, the standard deviation, and how many came.
    pub fn extend(&mut self, known: impl IntoIterator<Item = (f64, f64, f64)>) {
        known.into_iter().for_each(|(mean, deviation, came)| self.push(mean, deviation, came));
        self.scores.iter_mut().for_each(|scores| scores.sort_unstable_by(f64::total_cmp));
    }

    /// How many standard deviations the band of a forecast of this size reaches to each side.
    pub fn reach(&self, mean: f64, percent: i64) -> f64 {
        let scores = &self.scores[size_of(mean)];
        if scores.len() < LEAST {
            return by_the_normal_law(percent);
        }
        let wanted = usize::try_from(percent.clamp(0, 100)).unwrap_or(0);
        let rank = ((scores.len() + 1) * wanted).div_ceil(100).clamp(1, scores.len());
        scores[rank - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_band_holds_the_asked_share_of_like_errors() {
        let mut known = Calibration::default();
        known.extend((1..=100).map(|n| (10.0, 1.0, 10.0 + f64::from(n) / 10.0)));
        let reach = known.reach(10.0, 80);
        assert!((8.0..8.3).contains(&reach), "{reach}");
        let held = (1..=100).filter(|n| f64::from(*n) / 10.0 <= reach).count();
        assert!((80..=82).contains(&held), "{held}");
        assert!((known.reach(0.5, 80) - 1.282).abs() < 1e-9, "another size has no errors yet");
    }

    #[test]
    fn whole_cases_lie_inside_and_a_band_without_any_takes_those_around_the_mean() {
        let band = |low, mean, high| Band { low, mean, high }.whole();
        assert_eq!(band(0.3, 1.4, 2.6), (1.0, 2.0));
        assert_eq!(band(0.0, 0.2, 0.4), (0.0, 0.0));
        assert_eq!(band(0.3, 0.5, 0.7), (0.0, 1.0));
        assert_eq!(band(2.0, 2.0, 2.0), (2.0, 2.0));
        assert!(!Band { low: 0.3, mean: 1.4, high: 2.6 }.holds(0.0));
    }

    #[test]
    fn a_forecast_of_nothing_that_something_came_of_is_an_error_beyond_any_band() {
        let mut known = Calibration::default();
        known.extend((0..100).map(|n| (0.0, 0.0, if n < 10 { 1.0 } else { 0.0 })));
        assert!(known.reach(0.0, 80).abs() < 1e-9);
    }
}
