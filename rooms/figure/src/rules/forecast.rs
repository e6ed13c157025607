//! The offices' own load (工作量预测), plain enough to be told in a sentence: what comes to a unit on a working day of
//! this weekday, what it gets done on a working day, what waits now. And which open cases are like those that took
//! longer than they have left. Units only; nothing here knows who handles or who asked.
//!
//! Deliberately absent: trends, holidays' after-waves, anything learnt that cannot be said. What the plain model misses
//! is measured and written beside it (docs/measurements/forecast.md).

use jiff::civil::{Date, Weekday};

use super::band::{Band, Calibration};

/// One day of a unit (日量).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Daily {
    /// The day.
    pub day: Date,
    /// Whether it is worked, by the calendar.
    pub is_working: bool,
    /// Cases that were sent to the unit.
    pub came: i64,
    /// Cases that left it.
    pub went: i64,
}

/// A unit's past, one row a day without gaps, oldest first (历史日量).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The unit.
    pub unit: i64,
    /// What it holds now.
    pub queue: i64,
    /// Its days.
    pub days: Vec<Daily>,
}

/// What is expected on a day to come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arrival {
    /// The day.
    pub day: Date,
    /// Whether it is worked.
    pub is_working: bool,
    /// How many come.
    pub came: Band,
    deviation: f64,
}

/// Past errors of days and of sums, and the share of what comes that a band should hold (区间口径).
#[derive(Debug, Clone, Default)]
pub struct Learnt {
    days: Calibration,
    sums: Calibration,
    percent: i64,
}

impl Learnt {
    /// Nothing learnt yet.
    pub fn nothing(percent: i64) -> Self {
        Self { percent, ..Self::default() }
    }

    fn day(&self, mean: f64, deviation: f64) -> Band {
        Band::around(mean, deviation, self.days.reach(mean, self.percent))
    }

    fn sum(&self, mean: f64, deviation: f64) -> Band {
        Band::around(mean, deviation, self.sums.reach(mean, self.percent))
    }
}

/// What a unit has before it (预测).
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// The unit.
    pub unit: i64,
    /// What waits now.
    pub queue: i64,
    /// What it gets done on a working day.
    pub done_a_day: f64,
    /// Each day to come.
    pub days: Vec<Arrival>,
    /// All of them together.
    pub came: Band,
    /// What waits at the end.
    pub left: Band,
    /// The standard deviation of all of them together.
    deviation: f64,
}

/// Mean and variance-to-mean of some counts; no spread is taken for the spread of chance alone.
fn spread(counts: &[f64]) -> (f64, f64) {
    if counts.is_empty() {
        return (0.0, 1.0);
    }
    let n = counts.len() as f64;
    let mean = counts.iter().sum::<f64>() / n;
    if mean <= 0.0 || counts.len() < 2 {
        return (mean, 1.0);
    }
    let variance = counts.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / mean).max(1.0))
}

/// How much of a working day's mean falls on each weekday, over all units together: one unit alone has too few
/// of each to tell.
fn weekdays(all: &[History], last: usize) -> [f64; 7] {
    let (mut sums, mut counts) = ([0.0; 7], [0.0; 7]);
    for daily in all.iter().flat_map(|h| recent(&h.days, last)).filter(|d| d.is_working) {
        let at = place(daily.day.weekday());
        sums[at] += daily.came as f64;
        counts[at] += 1.0;
    }
    let (sum, count): (f64, f64) = (sums.iter().sum(), counts.iter().sum());
    let mut shares = [1.0; 7];
    for at in 0..7 {
        // A Saturday that is worked in place of another day is like any working day.
        let known = counts[at] >= 4.0 && sum > 0.0;
        if known {
            shares[at] = (sums[at] / counts[at]) / (sum / count);
        }
    }
    shares
}

fn place(weekday: Weekday) -> usize {
    usize::from(weekday.to_monday_zero_offset().unsigned_abs())
}

fn recent(days: &[Daily], last: usize) -> &[Daily] {
    &days[days.len().saturating_sub(last)..]
}

/// The load of every unit over `ahead` (the days to come, with whether they are worked), from the last `last` days, in
/// bands as wide as past errors say.
pub fn forecast_load(all: &[History], last: usize, ahead: &[(Date, bool)], learnt: &Learnt) -> Vec<Load> {
    let shares = weekdays(all, last);
    all.iter().map(|h| load_of(h, last, ahead, &shares, learnt)).collect()
}

fn load_of(h: &History, last: usize, ahead: &[(Date, bool)], shares: &[f64; 7], learnt: &Learnt) -> Load {
    let days = recent(&h.days, last);
    let of = |working: bool, count: fn(&Daily) -> i64| -> Vec<f64> {
        days.iter().filter(|d| d.is_working == working).map(|d| count(d) as f64).collect()
    };
    let (working, working_spread) = spread(&of(true, |d| d.came));
    let (resting, resting_spread) = spread(&of(false, |d| d.came));
    let (done_a_day, _) = spread(&of(true, |d| d.went));
    let (done_resting, _) = spread(&of(false, |d| d.went));
    let (mut sum, mut variance, mut done) = (0.0, 0.0, 0.0);
    let mut each = Vec::new();
    for (day, is_working) in ahead {
        let (mean, wide) = if *is_working {
            (working * shares[place(day.weekday())], working_spread)
        } else {
            (resting, resting_spread)
        };
        sum += mean;
        variance += mean * wide;
        done += if *is_working { done_a_day } else { done_resting };
        let deviation = (mean * wide).sqrt();
        let came = learnt.day(mean, deviation);
        each.push(Arrival { day: *day, is_working: *is_working, came, deviation });
    }
    let deviation = variance.sqrt();
    let came = learnt.sum(sum, deviation);
    let left = |came: f64| (h.queue as f64 + came - done).max(0.0);
    Load {
        unit: h.unit,
        queue: h.queue,
        done_a_day,
        days: each,
        came,
        left: Band { low: left(came.low), mean: left(came.mean), high: left(came.high) },
        deviation,
    }
}

/// How well the forecast would have done (回测).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Backtest {
    /// Forecasts of one unit from one day.
    pub forecasts: usize,
    /// Unit-days that were foretold.
    pub unit_days: usize,
    /// Mean absolute error of a unit's day, in cases.
    pub day_error: f64,
    /// The same for "as on the same weekday of last week".
    pub naive_day_error: f64,
    /// Mean absolute error of the sum over the days ahead, in cases.
    pub sum_error: f64,
    /// The same for "as last week, again and again".
    pub naive_sum_error: f64,
    /// Cases that came over the days ahead, on average.
    pub sum_mean: f64,
    /// Sums whose band was made from errors that were known then.
    pub banded: usize,
    /// How many of these lay in the band, in percent.
    pub in_band_percent: f64,
    /// How many days lay in their band, in percent, of the same forecasts.
    pub days_in_band_percent: f64,
}

/// Forecasts from every `ahead`th day of the past with what was known then, held against what came; and the errors, for
/// the bands of what is to come. A band is made from the errors of forecasts that had come out by then.
pub fn backtest(all: &[History], last: usize, ahead: usize, band_percent: i64) -> (Backtest, Learnt) {
    let (mut test, mut learnt) = (Backtest::default(), Learnt::nothing(band_percent));
    let long = all.iter().map(|h| h.days.len()).min().unwrap_or(0);
    let mut at = last;
    while ahead > 0 && at + ahead <= long {
        let came_out = one_origin(all, at, (last, ahead), &learnt, &mut test);
        learnt.days.extend(came_out.days);
        learnt.sums.extend(came_out.sums);
        at += ahead;
    }
    let (days, forecasts) = (test.unit_days.max(1) as f64, test.forecasts.max(1) as f64);
    test.day_error /= days;
    test.naive_day_error /= days;
    test.sum_error /= forecasts;
    test.naive_sum_error /= forecasts;
    test.sum_mean /= forecasts;
    let banded = test.banded.max(1) as f64;
    test.in_band_percent *= 100.0 / banded;
    test.days_in_band_percent *= 100.0 / (banded * ahead.max(1) as f64);
    (test, learnt)
}

/// What came of the forecasts of one day: mean, deviation and what came, of each day and of each sum.
#[derive(Default)]
struct CameOut {
    days: Vec<(f64, f64, f64)>,
    sums: Vec<(f64, f64, f64)>,
}

fn one_origin(
    all: &[History],
    at: usize,
    (last, ahead): (usize, usize),
    learnt: &Learnt,
    test: &mut Backtest,
) -> CameOut {
    let known: Vec<History> = all
        .iter()
        .map(|h| History { unit: h.unit, queue: 0, days: h.days[at - last..at].to_vec() })
        .collect();
    let shares = weekdays(&known, last);
    let (is_first, mut out) = (at == last, CameOut::default());
    for (h, known) in all.iter().zip(&known) {
        let future = &h.days[at..at + ahead];
        let days: Vec<(Date, bool)> = future.iter().map(|d| (d.day, d.is_working)).collect();
        let load = load_of(known, last, &days, &shares, learnt);
        let (mut came, mut naive_sum, mut held) = (0.0, 0.0, 0);
        for (n, (day, foretold)) in future.iter().zip(&load.days).enumerate() {
            let (actual, naive) = (day.came as f64, h.days[at - 7 + n % 7].came as f64);
            test.day_error += (actual - foretold.came.mean).abs();
            test.naive_day_error += (actual - naive).abs();
            held += usize::from(foretold.came.holds(actual));
            out.days.push((foretold.came.mean, foretold.deviation, actual));
            came += actual;
            naive_sum += naive;
        }
        test.unit_days += ahead;
        test.forecasts += 1;
        test.sum_mean += came;
        test.sum_error += (came - load.came.mean).abs();
        test.naive_sum_error += (came - naive_sum).abs();
        out.sums.push((load.came.mean, load.deviation, came));
        if !is_first {
            test.banded += 1;
            test.in_band_percent += f64::from(u8::from(load.came.holds(came)));
            test.days_in_band_percent += held as f64;
        }
    }
    out
}

/// What is known of like matters (同类件的用时).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// The same unit and the same category.
    UnitCategory,
    /// The same unit.
    Unit,
    /// The same category at any unit.
    Category,
}

/// What the like matters say about an open one (超期可能).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlook {
    /// How many there were.
    pub all: usize,
    /// In how much time eight in ten were done, in ms.
    pub eight_in_ten_ms: i64,
    /// How many had lasted at least as long as this one already has.
    pub still_open: usize,
    /// How many of these were done in the time that this one has left.
    pub in_time: usize,
}

impl Outlook {
    /// Whether fewer than half of those that lasted as long were done in the time that is left.
    pub fn is_likely_late(&self) -> bool {
        2 * self.in_time < self.still_open || self.still_open == 0
    }
}

/// Holds an open case against the times that like matters took, shortest first; nothing when there were fewer
/// than `least`.
pub fn outlook_of(took_ms: &[i64], elapsed_ms: i64, left_ms: i64, least: usize) -> Option<Outlook> {
    if took_ms.len() < least.max(1) {
        return None;
    }
    let at = (took_ms.len() * 8).div_ceil(10).clamp(1, took_ms.len()) - 1;
    let begun = took_ms.partition_point(|t| *t < elapsed_ms);
    let done = took_ms.partition_point(|t| *t <= elapsed_ms.saturating_add(left_ms));
    Some(Outlook {
        all: took_ms.len(),
        eight_in_ten_ms: took_ms[at],
        still_open: took_ms.len() - begun,
        in_time: done.saturating_sub(begun),
    })
}

#[cfg(test)]
mod tests {
    use jiff::{ToSpan, civil::date};

    use super::*;

    /// `weeks` weeks from a Monday: five working days with `came(day)` arrivals, a quiet weekend.
    fn weeks(n: i64, came: impl Fn(i64) -> i64) -> Vec<Daily> {
        let day = |i: i64| {
            let is_working = i % 7 < 5;
            let came = if is_working { came(i) } else { 0 };
            Daily { day: date(2026, 1, 5) + i.days(), is_working, came, went: i64::from(is_working) * 3 }
        };
        (0..n * 7).map(day).collect()
    }

    fn ahead(n: i64) -> Vec<(Date, bool)> {
        (0..n).map(|i| (date(2026, 3, 2) + i.days(), i % 7 < 5)).collect()
    }

    #[test]
    fn a_steady_unit_is_foretold_and_its_queue_grows_by_what_it_does_not_get_done() {
        let h = History { unit: 1, queue: 10, days: weeks(8, |_| 4) };
        let load = &forecast_load(&[h], 56, &ahead(14), &Learnt::nothing(80))[0];
        assert!((load.came.mean - 40.0).abs() < 1e-9, "{:?}", load.came);
        assert!(load.came.low < 40.0 && load.came.high > 40.0);
        assert!((load.left.mean - 20.0).abs() < 1e-9, "ten, and forty less thirty: {:?}", load.left);
        assert!(load.days.iter().filter(|d| !d.is_working).all(|d| d.came.mean == 0.0));
    }

    #[test]
    fn a_weekday_has_its_share_and_a_made_up_saturday_is_a_working_day() {
        let h = History { unit: 1, queue: 0, days: weeks(8, |i| if i % 7 == 0 { 9 } else { 1 }) };
        let mut ahead = ahead(7);
        ahead[5].1 = true;
        let load = &forecast_load(&[h], 56, &ahead, &Learnt::nothing(80))[0];
        assert!(load.days[0].came.mean > 8.0 && load.days[1].came.mean < 1.5);
        assert!((load.days[5].came.mean - 2.6).abs() < 1e-9, "{:?}", load.days[5]);
    }

    #[test]
    fn a_unit_without_a_past_expects_nothing_and_an_idle_queue_never_falls_below_nothing() {
        let h = History { unit: 1, queue: 2, days: Vec::new() };
        let load = &forecast_load(&[h], 56, &ahead(14), &Learnt::nothing(80))[0];
        assert_eq!((load.came.mean, load.left.mean), (0.0, 2.0));
        let h = History { unit: 1, queue: 2, days: weeks(8, |_| 1) };
        assert_eq!(forecast_load(&[h], 56, &ahead(14), &Learnt::nothing(80))[0].left.mean, 0.0);
    }

    #[test]
    fn the_backtest_knows_only_the_past_and_a_steady_weekly_pattern_costs_nothing() {
        let h = History { unit: 1, queue: 0, days: weeks(20, |i| [5, 3, 3, 3, 6][(i % 7) as usize]) };
        let (test, _) = backtest(&[h], 56, 14, 80);
        assert_eq!((test.forecasts, test.unit_days), (6, 84));
        assert!(test.day_error < 1e-9 && test.naive_day_error < 1e-9 && test.in_band_percent > 99.0);
        // A jump after the origin is an error, not foreknowledge.
        let jump = History { unit: 1, queue: 0, days: weeks(10, |i| if i >= 56 { 8 } else { 2 }) };
        let (test, _) = backtest(&[jump], 56, 14, 80);
        assert!(test.day_error > 4.0 && test.banded == 0, "nothing had come out by then: {test:?}");
    }

    #[test]
    fn an_open_case_is_held_against_those_that_lasted_as_long() {
        let took: Vec<i64> = (1..=10).collect();
        let out = outlook_of(&took, 5, 2, 10).unwrap();
        assert_eq!((out.all, out.eight_in_ten_ms, out.still_open, out.in_time), (10, 8, 6, 3));
        assert!(!out.is_likely_late());
        assert!(outlook_of(&took, 5, 1, 10).unwrap().is_likely_late());
        assert!(outlook_of(&took, 50, 100, 10).unwrap().is_likely_late(), "longer than any like it");
        assert_eq!(outlook_of(&took, 0, 1, 11), None);
    }
}
