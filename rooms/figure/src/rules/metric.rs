//! The table of indicators (指标表): which count is divided by which, with how many decimals, by which rule.

use crate::model::Counter;

/// An indicator (指标).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Its code, in addresses and sheets.
    pub code: &'static str,
    /// The catalogue's key of its name.
    pub name: &'static str,
    /// What is counted.
    pub part: Counter,
    /// Of what.
    pub whole: Counter,
    /// Digits after the point; rounding is half up.
    pub decimals: u32,
    /// The catalogue's key of where it comes from.
    pub source: &'static str,
    /// Which version of this row: a changed row gets another one.
    pub version: &'static str,
}

const fn metric(code: &'static str, name: &'static str, part: Counter, whole: Counter) -> Metric {
    Metric { code, name, part, whole, decimals: 2, source: "figure.source.urban", version: "2026.1" }
}

/// The indicators of urban management (数字城管). Due cases hold what was carried over, so that they may be more than
/// those filed; closing is measured by what is due, not by what came in (CJ/T 213–215, GB/T 30428).
pub const METRICS: &[Metric] = &[
    metric("filing", "figure.metric.filing", Counter::Filed, Counter::Received),
    metric("dispatch", "figure.metric.dispatch", Counter::Dispatched, Counter::Filed),
    metric("closing", "figure.metric.closing", Counter::Done, Counter::Due),
    metric("on_time", "figure.metric.on_time", Counter::OnTime, Counter::Due),
    metric("rework", "figure.metric.rework", Counter::Rework, Counter::Due),
    metric("extension", "figure.metric.extension", Counter::Extended, Counter::Due),
];

/// The columns of the leader's table, in order.
pub const TABLE: &[Counter] = &[
    Counter::Due,
    Counter::OnTime,
    Counter::Missed,
    Counter::Reopened,
    Counter::Returned,
    Counter::Arrears,
    Counter::Open,
];

impl Counter {
    /// The catalogue's key of its name.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Received => "figure.counter.received",
            Self::Filed => "figure.counter.filed",
            Self::Dispatched => "figure.counter.dispatched",
            Self::Due => "figure.counter.due",
            Self::Done => "figure.counter.done",
            Self::OnTime => "figure.counter.on_time",
            Self::Rework => "figure.counter.rework",
            Self::Extended => "figure.counter.extended",
            Self::Missed => "figure.counter.missed",
            Self::Reopened => "figure.counter.reopened",
            Self::Returned => "figure.counter.returned",
            Self::Arrears => "figure.counter.arrears",
            Self::Open => "figure.counter.open",
        }
    }

    /// The catalogue's key of how it is counted.
    pub const fn how(self) -> &'static str {
        match self {
            Self::Received => "figure.how.received",
            Self::Filed => "figure.how.filed",
            Self::Dispatched => "figure.how.dispatched",
            Self::Due => "figure.how.due",
            Self::Done => "figure.how.done",
            Self::OnTime => "figure.how.on_time",
            Self::Rework => "figure.how.rework",
            Self::Extended => "figure.how.extended",
            Self::Missed => "figure.how.missed",
            Self::Reopened => "figure.how.reopened",
            Self::Returned => "figure.how.returned",
            Self::Arrears => "figure.how.arrears",
            Self::Open => "figure.how.open",
        }
    }

    /// Whether it is about now and not about the period.
    pub const fn is_now(self) -> bool {
        matches!(self, Self::Arrears | Self::Open)
    }

    /// Whether more of it is worse.
    pub const fn is_bad(self) -> bool {
        matches!(self, Self::Missed | Self::Arrears)
    }
}

#[cfg(test)]
mod tests {
    use web::Names;

    use super::*;

    #[test]
    fn an_indicator_has_one_code_and_divides_by_something_else() {
        for (at, m) in METRICS.iter().enumerate() {
            assert!(m.part != m.whole && m.decimals == 2 && !m.version.is_empty());
            assert!(METRICS[..at].iter().all(|other| other.code != m.code));
        }
    }

    #[test]
    fn every_counter_is_told() {
        for counter in Counter::ALL {
            assert_eq!(counter.key(), format!("figure.counter.{}", counter.name()));
            assert_eq!(counter.how(), format!("figure.how.{}", counter.name()));
        }
    }
}
