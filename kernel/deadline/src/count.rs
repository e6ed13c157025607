//! Counting (期限计算): from a rule, a start, pauses and extensions to the last day and the instant.
//!
//! Calendar days, working days, months and office hours share one idea: an axis on which the end is
//! begin plus n, and a pause that starts before the end adds what lies in it, measured on the same axis.
//! So a pause moves the end by exactly itself, in the rule's own unit.

use base::{HOUR_MS, Millis, Zone};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    calendar::{Calendar, DaySpan, Standing},
    day::Day,
    hours::OfficeHours,
    rule::{FirstDay, Roll, Rule, Term, Unit},
    step::{self, Step},
};

/// More of a unit than this (a hundred years of days) is held to it: a deadline is no eternity.
const MOST: u32 = 36_525;

/// A stop of the clock (中止) from an instant until it runs again. For rules in days, the day on which it
/// begins does not count and the day on which it ends does: it takes as many days as midnights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// When it began.
    pub from: Millis,
    /// When the clock ran again; nothing if not after `from`.
    pub to: Millis,
    /// Why: a code of the room's list, or words.
    pub reason: String,
}

/// More time that was granted (延期).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// How much.
    pub term: Term,
    /// By which article or decision.
    pub source: String,
}

/// Where and when days begin, which are worked, and how long.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The zone in which days begin.
    pub zone: &'a Zone,
    /// The calendar of the place.
    pub calendar: &'a Calendar,
    /// Its office hours.
    pub hours: &'a OfficeHours,
}

/// When a deadline ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The last instant in time: whatever is done at or before it is in time.
    pub at: Millis,
    /// The last day (期满日).
    pub last_day: Date,
    /// The last day before it rolled; the same if it did not.
    pub unrolled: Date,
    /// The days that decided: as long as none of them changes in the calendar, the deadline stands.
    pub examined: DaySpan,
    /// How sure it is.
    pub standing: Standing,
}

/// A deadline with its derivation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// When it ends.
    pub due: Due,
    /// How that was found, step by step; [`Deadline::say`] puts it into words.
    pub steps: Vec<Step>,
    /// The place of the calendar that was used; empty for the nation's.
    pub calendar: String,
    /// Its version.
    pub version: String,
}

/// What counting found, on the way to a [`Due`] and to its steps.
pub(crate) struct Counted {
    /// The last excluded day: the event's day, or the day before when that one counts.
    pub(crate) base: Day,
    pub(crate) unrolled: Day,
    pub(crate) last: Day,
    pub(crate) at: Millis,
    /// Whether a month had no day of the start's number.
    pub(crate) clamped: bool,
    /// How much each pause moved the end, on the axis of its unit, in their order.
    pub(crate) moved: Vec<Moved>,
}

/// What a pause did: how much of which unit it added.
pub(crate) struct Moved {
    pub(crate) from: Millis,
    pub(crate) to: Millis,
    pub(crate) amount: i64,
    pub(crate) unit: Unit,
}

/// When the deadline ends: the fast way, without words.
pub fn due(rule: &Rule, start: Millis, pauses: &[Pause], extensions: &[Extension], set: Setting) -> Due {
    sealed(rule, start, extensions, &count(rule, start, pauses, extensions, set), set)
}

/// When the deadline ends, and how that was found.
pub fn explain(
    rule: &Rule,
    start: Millis,
    pauses: &[Pause],
    extensions: &[Extension],
    set: Setting,
) -> Deadline {
    let counted = count(rule, start, pauses, extensions, set);
    let due = sealed(rule, start, extensions, &counted, set);
    Deadline {
        steps: step::steps(rule, start, pauses, extensions, &counted, &due, set),
        due,
        calendar: set.calendar.code().to_owned(),
        version: set.calendar.version().to_owned(),
    }
}

/// The day that lies so much before another: "one month before expiry" (届满前一个月). Working days count
/// back over rest days; hours are no days and leave it as it is.
pub fn back(date: Date, term: Term, calendar: &Calendar) -> Date {
    let n = i32::try_from(term.n.min(MOST)).unwrap_or(i32::MAX);
    match term.unit {
        Unit::Day => Day::of(date).plus(-n).date(),
        Unit::WorkingDay if n > 0 => calendar.nth(calendar.before(Day::of(date)) - n).date(),
        Unit::Month => add_months(Day::of(date), -n).0.date(),
        Unit::Year => add_months(Day::of(date), n.saturating_mul(-12)).0.date(),
        Unit::WorkingDay | Unit::Hour | Unit::OfficeHour => date,
    }
}

fn sealed(rule: &Rule, start: Millis, extensions: &[Extension], counted: &Counted, set: Setting) -> Due {
    let by_calendar = |unit| matches!(unit, Unit::WorkingDay | Unit::OfficeHour);
    let walked = by_calendar(rule.term.unit) || extensions.iter().any(|e| by_calendar(e.term.unit));
    let (unrolled, last_day) = (counted.unrolled.date(), counted.last.date());
    let first = if walked { set.zone.day(start) } else { unrolled };
    let examined = DaySpan { first: first.min(last_day), last: last_day };
    let standing = set.calendar.standing(examined);
    Due { at: counted.at, last_day, unrolled, examined, standing }
}

/// Terms one after another: those of one unit are summed first, so that a month and a month more are two
/// months from the start and not one from a day that was clamped.
fn phases(rule: &Rule, extensions: &[Extension]) -> Vec<Term> {
    let mut phases = vec![in_months(rule.term)];
    for term in extensions.iter().map(|e| in_months(e.term)) {
        match phases.last_mut() {
            Some(last) if last.unit == term.unit => last.n = (last.n + term.n).min(MOST),
            _ => phases.push(term),
        }
    }
    phases
}

/// Years as months.
fn in_months(term: Term) -> Term {
    let n = term.n.min(MOST);
    match term.unit {
        Unit::Year => Term { n: (n * 12).min(MOST), unit: Unit::Month },
        unit => Term { n, unit },
    }
}

fn count(rule: &Rule, start: Millis, pauses: &[Pause], extensions: &[Extension], set: Setting) -> Counted {
    let stops = merged(pauses);
    let day = Day::of(set.zone.day(start));
    let early =
        rule.first_day == FirstDay::Counted && !matches!(rule.term.unit, Unit::Hour | Unit::OfficeHour);
    let base = if early { day.plus(-1) } else { day };
    let mut walk = Walk { set, stops, at: start, base, moved: Vec::new(), clamped: false };
    // Most have no extension and need no list.
    if extensions.is_empty() {
        walk.go(in_months(rule.term), early);
    } else {
        phases(rule, extensions)
            .into_iter()
            .enumerate()
            .for_each(|(at, term)| walk.go(term, early && at == 0));
    }
    let hourly =
        matches!(extensions.last().map_or(rule.term.unit, |e| e.term.unit), Unit::Hour | Unit::OfficeHour);
    // A term of nothing, with the event's day counted, still ends on that day and not before it.
    let unrolled = if hourly { Day::of(set.zone.day(walk.at)) } else { walk.base.max(day) };
    let last = if hourly { unrolled } else { walk.rolled(rule.roll, unrolled) };
    let at = if hourly { walk.at } else { set.zone.end_of(last.date()) };
    Counted { base, unrolled, last, at, clamped: walk.clamped, moved: walk.moved }
}

/// Pauses in order, those that touch made one.
fn merged(pauses: &[Pause]) -> Vec<(Millis, Millis)> {
    let mut sorted: Vec<_> = pauses.iter().filter(|p| p.from < p.to).map(|p| (p.from, p.to)).collect();
    sorted.sort_unstable();
    let mut found: Vec<(Millis, Millis)> = Vec::with_capacity(sorted.len());
    for (from, to) in sorted {
        match found.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => found.push((from, to)),
        }
    }
    found
}

/// The state of counting: how far it has come, in time and in days.
struct Walk<'a> {
    set: Setting<'a>,
    stops: Vec<(Millis, Millis)>,
    at: Millis,
    base: Day,
    moved: Vec<Moved>,
    clamped: bool,
}

impl Walk<'_> {
    /// Goes a term further.
    fn go(&mut self, term: Term, first_counts: bool) {
        match term.unit {
            Unit::Hour | Unit::OfficeHour => self.hours(term),
            Unit::Day | Unit::WorkingDay => self.days(term),
            Unit::Month | Unit::Year => self.months(term, first_counts),
        }
    }

    fn days(&mut self, term: Term) {
        let n = i32::try_from(term.n).unwrap_or(i32::MAX);
        let calendar = self.set.calendar;
        let begin = calendar.before(self.base.plus(1)) - 1;
        let base = self.base;
        let end = |n: i32| match term.unit {
            Unit::WorkingDay if n > 0 => calendar.nth(begin + n),
            Unit::WorkingDay => base,
            _ => base.plus(n),
        };
        self.pause_days(term.unit, n, &end);
    }

    fn months(&mut self, term: Term, first_counts: bool) {
        let start = if first_counts { self.base.plus(1) } else { self.base };
        let n = i32::try_from(term.n).unwrap_or(i32::MAX);
        let (mut last, clamped) = add_months(start, n);
        self.clamped |= clamped;
        if first_counts && !clamped {
            last = last.plus(-1);
        }
        self.pause_days(Unit::Day, 0, &|n| last.plus(n));
    }

    /// Adds to `n` what each pause takes that begins by the end, and goes to the end.
    fn pause_days(&mut self, unit: Unit, n: i32, end: &dyn Fn(i32) -> Day) {
        let mut n = n;
        for (from, to) in &self.stops {
            let first = Day::of(self.set.zone.day(*from)).max(self.base.plus(1));
            let next = Day::of(self.set.zone.day(*to));
            if first > end(n) {
                break;
            }
            if next <= first {
                continue;
            }
            let amount = match unit {
                Unit::WorkingDay => self.set.calendar.before(next) - self.set.calendar.before(first),
                _ => next.0 - first.0,
            };
            n += amount;
            self.moved.push(Moved { from: *from, to: *to, amount: i64::from(amount), unit });
        }
        self.base = end(n);
        self.at = self.set.zone.end_of(self.base.date());
    }

    fn hours(&mut self, term: Term) {
        let start = self.at;
        let (calendar, zone, hours) = (self.set.calendar, self.set.zone, self.set.hours);
        let office = term.unit == Unit::OfficeHour;
        let place = |t: Millis| if office { hours.passed(t, calendar, zone) } else { t.0 };
        let instant = |at: i64| if office { hours.instant(at, calendar, zone) } else { Millis(at) };
        let begin = place(start);
        let mut left = i64::from(term.n) * HOUR_MS;
        for (from, to) in &self.stops {
            let from = (*from).max(start);
            if place(from) >= begin + left {
                break;
            }
            let amount = place((*to).max(from)) - place(from);
            left += amount;
            if amount > 0 {
                self.moved.push(Moved { from, to: *to, amount, unit: term.unit });
            }
        }
        self.at = if left == 0 { start } else { instant(begin + left) };
        self.base = Day::of(zone.day(self.at));
    }

    /// The last day, rolled if the rule says so: to a working day that no pause takes.
    fn rolled(&self, roll: Roll, unrolled: Day) -> Day {
        if roll == Roll::None || self.set.calendar.is_working_day(unrolled) {
            return unrolled;
        }
        let mut last = self.set.calendar.roll_day(unrolled);
        for (from, to) in &self.stops {
            let days = Day::of(self.set.zone.day(*from))..Day::of(self.set.zone.day(*to));
            if days.contains(&last) {
                last = self.set.calendar.roll_day(days.end);
            }
        }
        last
    }
}

/// The day of the same number so many months on, or the month's last (Civil Code art. 202), and whether
/// it had to be the last.
fn add_months(day: Day, months: i32) -> (Day, bool) {
    let date = day.date();
    let index = i32::from(date.year()) * 12 + i32::from(date.month()) - 1 + months;
    let (year, month) = (i16::try_from(index.div_euclid(12)).unwrap_or(9999), index.rem_euclid(12) + 1);
    let Ok(first) = Date::new(year, i8::try_from(month).unwrap_or(1), 1) else { return (day, false) };
    let length = first.days_in_month();
    (Day::of(first).plus(i32::from(date.day().min(length)) - 1), date.day() > length)
}
