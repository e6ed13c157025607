//! Warnings and reminders (预警与提醒): when a clock turns amber and red, and at which hour its holder is
//! told: an office while it is open, a resident by day.

use base::{HOUR_MS, Millis};
use serde::{Deserialize, Serialize};

use crate::{
    clock::{Reading, State},
    count::{Due, Setting, back},
    day::Day,
    rule::{Party, Term, Unit},
};

/// Residents are told between these hours of any day.
const BY_DAY: (i64, i64) = (8 * HOUR_MS, 20 * HOUR_MS);
/// The hour at which a resident is told something that is due at no hour.
const MORNING: i64 = 9 * HOUR_MS;

/// How long before the end: working days and days mean the opening on that day.
pub type Lead = Term;

/// When a clock warns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warn {
    /// So long before the end it turns amber (黄色预警).
    pub amber: Lead,
    /// So long before the end it turns red (红色预警).
    pub red: Lead,
}

impl Warn {
    /// What suits a term: a day's notice for a short one, three for a long one, half and a quarter of the
    /// hours.
    pub fn of(term: Term) -> Self {
        let lead = |n, unit| Term { n, unit };
        let days =
            |amber, red| Self { amber: lead(amber, Unit::WorkingDay), red: lead(red, Unit::WorkingDay) };
        match term.unit {
            Unit::Hour | Unit::OfficeHour => {
                Self { amber: lead(term.n.div_ceil(2), term.unit), red: lead(term.n.div_ceil(4), term.unit) }
            }
            Unit::Day | Unit::WorkingDay if term.n <= 5 => days(1, 0),
            Unit::Day | Unit::WorkingDay | Unit::Month | Unit::Year => days(3, 1),
        }
    }

    /// The instants at which a deadline turns amber and red, never before its start.
    pub fn instants(&self, due: &Due, start: Millis, set: Setting) -> (Millis, Millis) {
        let red = lead(self.red, due, set).max(start);
        (lead(self.amber, due, set).max(start).min(red), red)
    }
}

fn lead(lead: Lead, due: &Due, set: Setting) -> Millis {
    let hours = i64::from(lead.n) * HOUR_MS;
    match lead.unit {
        Unit::Hour => due.at.plus(-hours),
        Unit::OfficeHour => {
            let passed = set.hours.passed(due.at, set.calendar, set.zone);
            set.hours.instant(passed - hours, set.calendar, set.zone)
        }
        Unit::WorkingDay if lead.n == 0 => {
            let day = Day::of(due.last_day).plus(1);
            set.hours.opening(set.calendar.nth(set.calendar.before(day) - 1), set.zone)
        }
        Unit::Day | Unit::WorkingDay | Unit::Month | Unit::Year => {
            set.hours.opening(Day::of(back(due.last_day, lead, set.calendar)), set.zone)
        }
    }
}

/// What a reminder is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReminderKind {
    /// The clock turned amber.
    Amber,
    /// The clock turned red.
    Red,
    /// The clock ran out.
    Missed,
}

/// A reminder that is due at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    /// When the holder is told.
    pub at: Millis,
    /// Of what.
    pub kind: ReminderKind,
}

/// The reminders of a clock as it stands, in order: none while it is paused or over. Warnings come no
/// later than they should, what was missed is told at the next hour that suits.
pub(crate) fn reminders(reading: &Reading, party: Party, set: Setting) -> Vec<Reminder> {
    if !matches!(reading.state, State::Running | State::Missed) {
        return Vec::new();
    }
    let warn = |at: Millis| suited(at, party, set).max(reading.start);
    let missed = reading.undecided_until.unwrap_or(reading.deadline.due.at).plus(1);
    let mut found = vec![
        Reminder { at: warn(reading.amber_at), kind: ReminderKind::Amber },
        Reminder { at: warn(reading.red_at), kind: ReminderKind::Red },
        Reminder { at: suits_next(missed, party, set), kind: ReminderKind::Missed },
    ];
    // A clock so short that both warnings fall together warns once.
    if found[0].at >= found[1].at {
        found.remove(0);
    }
    found
}

/// The instant, or the last suitable one before it.
fn suited(at: Millis, party: Party, set: Setting) -> Millis {
    match party {
        Party::Office => set.hours.open_until(at, set.calendar, set.zone),
        Party::Resident => {
            let midnight = set.zone.start_of(set.zone.day(at));
            match at.0 - midnight.0 {
                of_day if of_day < BY_DAY.0 => midnight.plus(MORNING - base::DAY_MS),
                of_day if of_day >= BY_DAY.1 => midnight.plus(MORNING),
                _ => at,
            }
        }
    }
}

/// The instant, or the next suitable one after it.
fn suits_next(at: Millis, party: Party, set: Setting) -> Millis {
    match party {
        Party::Office => set.hours.open_from(at, set.calendar, set.zone),
        Party::Resident => {
            let midnight = set.zone.start_of(set.zone.day(at));
            match at.0 - midnight.0 {
                of_day if of_day < BY_DAY.0 => midnight.plus(MORNING),
                of_day if of_day >= BY_DAY.1 => midnight.plus(MORNING + base::DAY_MS),
                _ => at,
            }
        }
    }
}
