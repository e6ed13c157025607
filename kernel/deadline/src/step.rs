//! The derivation of a deadline (期限推算过程) as steps with their data; `say.rs` puts them into words.

use base::Millis;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use crate::{
    calendar::{DayKind, Standing},
    count::{Counted, Due, Extension, Pause, Setting},
    rule::{FirstDay, Party, Rule, Term, Unit},
};

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "step")]
pub enum Step {
    /// The day of the event, and whether it counts.
    Start {
        /// The day.
        day: Date,
        /// The rule's word for the event.
        event: String,
        /// Whether that day is the first one.
        counted: bool,
    },
    /// The instant of the event: hours count at once.
    StartAt {
        /// The wall clock then.
        at: DateTime,
        /// The rule's word for the event.
        event: String,
    },
    /// How much is given.
    Count {
        /// The term.
        term: Term,
        /// Which article says so.
        source: String,
    },
    /// How much more was granted.
    Extended {
        /// The term.
        term: Term,
        /// By which article or decision.
        source: String,
    },
    /// Only these hours count.
    OfficeHours {
        /// Such as `09:00-12:00,13:30-17:30`.
        hours: String,
    },
    /// The month has no day of that number: its last day is taken.
    MonthEnd {
        /// That last day.
        day: Date,
    },
    /// Days off that did not count.
    Skipped {
        /// The holiday.
        name: String,
        /// The first day off.
        first: Date,
        /// The last day off.
        last: Date,
    },
    /// A rest day that was worked and counted.
    MadeUp {
        /// The day.
        day: Date,
        /// The holiday for which it was worked.
        name: String,
    },
    /// A pause and how much it moved the end.
    Paused {
        /// When it began.
        first: Date,
        /// When the clock ran again.
        until: Date,
        /// How much was added: milliseconds for hours, or else days.
        amount: i64,
        /// Of what.
        unit: Unit,
        /// Why.
        reason: String,
    },
    /// The last day was a rest day and the end rolled.
    Rolled {
        /// The day that would have been the last.
        from: Date,
        /// What it is.
        kind: DayKind,
        /// The working day on which it ends.
        to: Date,
    },
    /// The last day is a rest day and stays the last: strict for an office.
    Stays {
        /// The day.
        day: Date,
        /// What it is.
        kind: DayKind,
    },
    /// The end.
    Due {
        /// The last day.
        day: Date,
        /// The minute for rules in hours; nothing if it is the day's end.
        time: Option<DateTime>,
    },
    /// A year's notice is missing: the date is not certified.
    Provisional {
        /// The year.
        year: i16,
    },
}

/// The steps of what was counted.
pub(crate) fn steps(
    rule: &Rule,
    start: Millis,
    pauses: &[Pause],
    extensions: &[Extension],
    counted: &Counted,
    due: &Due,
    set: Setting,
) -> Vec<Step> {
    let hourly = |unit| matches!(unit, Unit::Hour | Unit::OfficeHour);
    let mut steps = Vec::with_capacity(6);
    let event = rule.start.clone();
    steps.push(if hourly(rule.term.unit) {
        Step::StartAt { at: set.zone.at(start).datetime(), event }
    } else {
        Step::Start { day: set.zone.day(start), event, counted: rule.first_day == FirstDay::Counted }
    });
    steps.push(Step::Count { term: rule.term, source: rule.source.clone() });
    steps.extend(extensions.iter().map(|e| Step::Extended { term: e.term, source: e.source.clone() }));
    let units = || std::iter::once(rule.term.unit).chain(extensions.iter().map(|e| e.term.unit));
    if units().any(|unit| unit == Unit::OfficeHour) {
        steps.push(Step::OfficeHours { hours: set.hours.to_string() });
    }
    if units().any(|unit| matches!(unit, Unit::WorkingDay | Unit::OfficeHour)) {
        passed_over(counted, rule.term.unit, set, &mut steps);
    }
    if counted.clamped {
        steps.push(Step::MonthEnd { day: counted.unrolled.date() });
    }
    paused(pauses, counted, set, &mut steps);
    ending(rule, due, set, &mut steps);
    let time = (counted.at != set.zone.end_of(due.last_day)).then(|| set.zone.at(due.at).datetime());
    steps.push(Step::Due { day: due.last_day, time });
    if let Standing::Provisional { year } = due.standing {
        steps.push(Step::Provisional { year });
    }
    steps
}

/// The days off that did not count and the rest days that did.
fn passed_over(counted: &Counted, unit: Unit, set: Setting, steps: &mut Vec<Step>) {
    let first = if unit == Unit::OfficeHour { counted.base } else { counted.base.plus(1) };
    let last = counted.unrolled;
    for span in set.calendar.days_off(first, last) {
        steps.push(Step::Skipped {
            name: span.name.clone(),
            first: span.first.max(first).date(),
            last: span.last.min(last).date(),
        });
    }
    for span in set.calendar.made_up(first, last) {
        steps.push(Step::MadeUp { day: span.first.date(), name: span.name.clone() });
    }
}

fn paused(pauses: &[Pause], counted: &Counted, set: Setting, steps: &mut Vec<Step>) {
    for moved in &counted.moved {
        let mut reasons: Vec<&str> = Vec::new();
        for pause in pauses.iter().filter(|p| p.from < moved.to && moved.from < p.to && !p.reason.is_empty())
        {
            if !reasons.contains(&pause.reason.as_str()) {
                reasons.push(&pause.reason);
            }
        }
        steps.push(Step::Paused {
            first: set.zone.day(moved.from),
            until: set.zone.day(moved.to),
            amount: moved.amount,
            unit: moved.unit,
            reason: reasons.join(" "),
        });
    }
}

/// What happened at a last day that is a rest day.
fn ending(rule: &Rule, due: &Due, set: Setting, steps: &mut Vec<Step>) {
    let kind = set.calendar.kind(due.unrolled);
    if due.last_day != due.unrolled {
        steps.push(Step::Rolled { from: due.unrolled, kind, to: due.last_day });
    } else if !set.calendar.is_working(due.unrolled) && rule.strict_for == Party::Office {
        steps.push(Step::Stays { day: due.unrolled, kind });
    }
}
