//! The nouns of the room: what is counted, for where and when, and shares with what they are shares of.

mod threshold;

use std::{fmt, marker::PhantomData};

use access::{Level, Post, Unit};
use base::{Cursor, Id, Millis};
use territory::Division;

pub use threshold::{BadThresholds, ForecastRule, Thresholds};

web::names! {
    /// What is counted, each as a condition on cases (计数项): a number and the list that it opens ask the same.
    pub enum Counter {
        /// 受理: brought in the period, without those taken back.
        Received = "received",
        /// 立案: of these, accepted.
        Filed = "filed",
        /// 派遣: of the accepted, sent to a unit at least once.
        Dispatched = "dispatched",
        /// 应结案: accepted, and its clock of the answer due in the period, whenever it came in. A matter that was
        /// contested has another clock, and counts with each.
        Due = "due",
        /// 结案: of those due, closed by the end of the period.
        Done = "done",
        /// 按期结案: of these, closed by their due time.
        OnTime = "on_time",
        /// 返工: of those due, sent back at the verification, contested or reopened.
        Rework = "rework",
        /// 延期: of those due, given more time.
        Extended = "extended",
        /// 超期: of those due, closed late, or open past the due time.
        Missed = "missed",
        /// 重办: of those due, contested or reopened after an answer.
        Reopened = "reopened",
        /// 退单: of those due, given back by a unit; counted for that unit.
        Returned = "returned",
        /// 积压: open past the due time now, whenever it was due.
        Arrears = "arrears",
        /// 在办: open now.
        Open = "open",
    }
}

web::names! {
    /// Which clock of a case (时限种类): those that an office owes. The resident's own time is nobody's figure.
    pub enum ClockKind {
        /// 受理.
        Accept = "accept",
        /// 答复.
        Answer = "answer",
        /// 承办.
        Unit = "unit",
        /// 上级接办.
        Level = "level",
        /// 裁定.
        Arbitrate = "arbitrate",
    }
}

web::names! {
    /// How a clock stands (时限状态), told from its row and the instant: what stands still or was given more time is
    /// never late.
    pub enum ClockState {
        /// 运行中.
        Running = "running",
        /// 暂停.
        Paused = "paused",
        /// 按时完成.
        Met = "met",
        /// 超时完成.
        MetLate = "met_late",
        /// 超时未完成.
        Missed = "missed",
        /// 不再适用.
        Void = "void",
    }
}

web::names! {
    /// By what a list runs (排序).
    pub enum Order {
        /// By the instant that it is about.
        Time = "time",
        /// By the number that it shows.
        Number = "n",
    }
}

web::names! {
    /// By what counts are split (分组). There is none that is a person.
    pub enum Split {
        /// Not split.
        Whole = "whole",
        /// By the unit that answers for the case.
        Unit = "unit",
        /// By the category as chosen.
        Category = "category",
        /// By the level at which the case stands.
        Level = "level",
    }
}

web::names! {
    /// The auditor's queries for bent clocks (监督查询).
    pub enum Irregular {
        /// Closed, then contested or reopened.
        Reopened = "reopened",
        /// Given another due time by hand.
        Retimed = "retimed",
        /// Given another category long after it came in.
        Recategorised = "recategorised",
        /// Many taken from the hands that had them, at once.
        Reassigned = "reassigned",
        /// Closed minutes before its due time.
        LastMinute = "last_minute",
        /// Stopped too often.
        Paused = "paused",
    }
}

/// A place with everything below it, and what its queries find their index by (统计范围).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// The level of its root.
    pub level: Level,
    /// The division's or grid's id; 0 for the whole installation.
    pub id: i64,
    /// The cities that it touches.
    pub cities: Vec<i64>,
    /// The counties that it touches; a city without counties stands for its own.
    pub counties: Vec<i64>,
}

/// What is asked (查询).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// What the person may see: any of these. Empty means nothing.
    pub scope: Vec<Area>,
    /// Only here.
    pub place: Option<Area>,
    /// The period's first instant.
    pub from: Millis,
    /// The first instant after it.
    pub to: Millis,
    /// Now.
    pub now: Millis,
    /// Only cases that this unit answers for; 0 = any.
    pub unit: i64,
    /// Only of these categories; empty = any.
    pub categories: Vec<i64>,
    /// Only at this level.
    pub level: Option<Level>,
    /// Only this clock; any where none is said. For the figures of clocks.
    pub clock: Option<ClockKind>,
    /// Only in this state; any where none is said. For the figures of clocks.
    pub state: Option<ClockState>,
}

/// Where a page of a list begins, and how it runs (分页).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// By what.
    pub order: Order,
    /// Downwards.
    pub down: bool,
    /// After which row.
    pub after: Option<Cursor>,
    /// How many rows.
    pub size: usize,
}

mod sealed {
    /// Nobody outside of this file says what can be measured.
    pub trait Sealed {}
}

/// What may be measured (可考核对象): divisions, units, posts, indicators. Nothing that is a person.
///
/// ```
/// figure::Tally::<access::Unit>::of(base::Id::of(1));
/// ```
/// ```compile_fail
/// figure::Tally::<access::Account>::of(base::Id::of(1));
/// ```
/// ```compile_fail
/// struct Resident;
/// impl figure::Measured for Resident {}
/// ```
pub trait Measured: sealed::Sealed {}

/// A way of splitting that is no record of its own: a category of matters, a level (指标分组).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Indicator;

macro_rules! measured {
    ($($kind:ty),*) => {$( impl sealed::Sealed for $kind {} impl Measured for $kind {} )*};
}
measured!(Division, Unit, Post, Indicator);

/// The counts of one thing that may be measured (计数).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally<T: Measured> {
    /// Whose.
    pub id: i64,
    counts: Vec<(Counter, i64)>,
    kind: PhantomData<fn() -> T>,
}

impl<T: Measured> Tally<T> {
    /// No counts yet.
    pub fn of(id: Id<T>) -> Self {
        Self { id: id.raw(), counts: Vec::new(), kind: PhantomData }
    }

    /// Adds to a count.
    pub fn add(&mut self, counter: Counter, n: i64) {
        match self.counts.iter_mut().find(|(c, _)| *c == counter) {
            Some((_, sum)) => *sum += n,
            None => self.counts.push((counter, n)),
        }
    }

    /// A count.
    pub fn count(&self, counter: Counter) -> i64 {
        self.counts.iter().find(|(c, _)| *c == counter).map_or(0, |(_, n)| *n)
    }
}

/// A share in percent, rounded half up (四舍五入) from the two whole numbers, never from a rounded one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// What is counted.
    pub part: i64,
    /// Of what.
    pub whole: i64,
    /// Digits after the point.
    pub decimals: u32,
}

impl Share {
    /// The share in units of the last digit; none without anything to divide by.
    pub fn scaled(self) -> Option<i64> {
        let scale = 100 * 10_i128.pow(self.decimals);
        let (part, whole) = (i128::from(self.part), i128::from(self.whole));
        (whole > 0).then(|| (2 * part * scale + whole) / (2 * whole)).and_then(|n| i64::try_from(n).ok())
    }

    /// The share as a number, for a sheet.
    pub fn percent(self) -> Option<f64> {
        self.scaled().map(|n| n as f64 / 10_f64.powi(self.decimals as i32))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(n) = self.scaled() else { return f.write_str("—") };
        let one = 10_i64.pow(self.decimals);
        match self.decimals {
            0 => write!(f, "{n}%"),
            digits => write!(f, "{}.{:0width$}%", n / one, n % one, width = digits as usize),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_half_up_from_whole_numbers() {
        let share = |part, whole, decimals| Share { part, whole, decimals }.to_string();
        assert_eq!(share(51_229, 51_571, 2), "99.34%");
        assert_eq!(share(49_151, 51_229, 2), "95.94%");
        assert_eq!(share(43_523, 52_434, 2), "83.01%");
        assert_eq!(share(40_394, 52_434, 2), "77.04%");
        assert_eq!(share(276, 52_434, 2), "0.53%");
        assert_eq!(share(104, 52_434, 2), "0.20%");
        assert_eq!(
            (share(1, 8, 0), share(1, 8, 2), share(1, 800, 2)),
            ("13%".into(), "12.50%".into(), "0.13%".into())
        );
        assert_eq!(
            (share(1, 0, 2), share(0, 5, 2), share(5, 5, 1)),
            ("—".into(), "0.00%".into(), "100.0%".into())
        );
    }

    #[test]
    fn counts_add_up() {
        let mut tally = Tally::<Unit>::of(Id::of(3));
        tally.add(Counter::Due, 2);
        tally.add(Counter::Due, 3);
        assert_eq!((tally.count(Counter::Due), tally.count(Counter::Done)), (5, 0));
    }
}
