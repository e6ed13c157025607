//! Thresholds and parameters (门槛与参数): from the region's pack, each with its source.

use serde::Deserialize;

use super::Irregular;

/// What is wrong with a file of thresholds: the reader's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadThresholds(pub String);

/// Closed and reopened within so many days.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Days {
    /// Days.
    pub days: i64,
    /// Where the number comes from.
    pub source: String,
}

/// So many times on one case.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Times {
    /// Times.
    pub times: i64,
    /// Where the number comes from.
    pub source: String,
}

/// Later than so many hours after it came in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// Hours.
    pub hours: i64,
    /// Where the number comes from.
    pub source: String,
}

/// Within so many minutes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Minutes {
    /// Minutes.
    pub minutes: i64,
    /// Where the number comes from.
    pub source: String,
}

/// So many cases within so many minutes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crowd {
    /// Cases.
    pub cases: i64,
    /// Minutes.
    pub minutes: i64,
    /// Where the numbers come from.
    pub source: String,
}

/// How the offices' load is forecast (预测参数).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForecastRule {
    /// Weeks that are looked back on.
    pub weeks: i64,
    /// Days that are looked ahead.
    pub days: i64,
    /// How much of what comes should lie in the band, in percent.
    pub band_percent: i64,
    /// Days of handling times that are compared with.
    pub history_days: i64,
    /// Fewer like matters than this say nothing.
    pub least: usize,
    /// Where the numbers come from.
    pub source: String,
}

/// All of them, as `figure.toml` of a pack has them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Which version.
    pub version: String,
    reopened: Days,
    retimed: Times,
    recategorised: Hours,
    reassigned: Crowd,
    last_minute: Minutes,
    paused: Times,
    /// The forecast's parameters.
    pub forecast: ForecastRule,
}

impl Thresholds {
    /// Reads a pack's file.
    ///
    /// # Errors
    /// What is wrong, with the line.
    pub fn read(text: &str) -> Result<Self, BadThresholds> {
        let read: Self = toml::from_str(text).map_err(|e| BadThresholds(e.to_string()))?;
        let numbers = [
            read.reopened.days,
            read.retimed.times,
            read.recategorised.hours,
            read.reassigned.cases,
            read.reassigned.minutes,
            read.last_minute.minutes,
            read.paused.times,
            read.forecast.weeks,
            read.forecast.days,
            read.forecast.history_days,
        ];
        let band = [50, 80, 90, 95].contains(&read.forecast.band_percent);
        if numbers.iter().all(|n| (1..=1_000).contains(n)) && band {
            Ok(read)
        } else {
            Err(BadThresholds("1 <= n <= 1000; band_percent = 50 | 80 | 90 | 95".to_owned()))
        }
    }

    /// The two numbers of a query (the second is 0 where there is one only) and their source.
    pub fn of(&self, code: Irregular) -> (i64, i64, &str) {
        match code {
            Irregular::Reopened => (self.reopened.days, 0, &self.reopened.source),
            Irregular::Retimed => (self.retimed.times, 0, &self.retimed.source),
            Irregular::Recategorised => (self.recategorised.hours, 0, &self.recategorised.source),
            Irregular::Reassigned => {
                (self.reassigned.cases, self.reassigned.minutes, &self.reassigned.source)
            }
            Irregular::LastMinute => (self.last_minute.minutes, 0, &self.last_minute.source),
            Irregular::Paused => (self.paused.times, 0, &self.paused.source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../../../packs/wuwei/figure.toml");

    #[test]
    fn the_shipped_file_reads_and_a_wrong_one_is_told() {
        let read = Thresholds::read(SHIPPED).unwrap();
        assert_eq!(read.of(Irregular::Reassigned).0, 20);
        assert!(Thresholds::read(&SHIPPED.replace("days = 30", "days = 0")).is_err());
        assert!(Thresholds::read(&SHIPPED.replace("times = 3", "many = 3")).unwrap_err().0.contains("many"));
    }
}
