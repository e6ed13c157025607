//! Deadlines (期限): a rule, a start, pauses and extensions, and a work calendar give the due instant
//! and say, step by step, how it was found. Pure: no clock is read, nothing is stored.
//!
//! What counts is the law's own arithmetic (Civil Code art. 201-204, Civil Procedure Law art. 85): the
//! day of the event is not counted, a month ends on the day of the same number or on the month's last,
//! hours count at once, the last day ends at 24:00, and a last day that is a rest day may roll to the next
//! working day. Petition rules (信访工作条例) say "日" for calendar days and "工作日" where they mean working
//! days; they do not roll, so rolling is a setting of each rule: generous to a resident, strict to an office.
//!
//! Deliberately absent: what starts a deadline (a room's acts do), travel time of letters, and a guess of
//! holidays to come: a date that no published notice covers is provisional and says so.

mod book;
mod calendar;
mod clock;
mod count;
mod day;
mod hours;
mod reminder;
mod rule;
mod say;
mod spec;
mod step;

pub use book::{Book, BookError, Layer, Period, YearTable};
pub use calendar::{Calendar, DayKind, DaySpan, Standing};
pub use clock::{
    Clock, ClockError, Event, ExtensionTerms, Ignored, Pausing, Reading, Reason, State, Warning, What,
};
pub use count::{Deadline, Due, Extension, Pause, Setting, back, due, explain};
pub use hours::{HoursError, OfficeHours};
pub use reminder::{Lead, Reminder, ReminderKind, Warn};
pub use rule::{FirstDay, Holder, Party, Roll, Rule, Term, Unit};
pub use say::Language;
pub use spec::{SpecError, parse_pause};
pub use step::Step;
