//! The deadline of a case (办理时限), by the deadline library and the work calendar of its place. Derived, never stored
//! as truth: the due time in the row is an index over this, and it can always say how it was found.

use std::sync::Arc;

use base::{DAY_MS, Millis, Zone};
use calendar::Almanac;
use deadline::{Calendar, Language, OfficeHours, Rule, Setting, Term, Unit, due, explain};

use crate::model::{Case, Category, ClockState, Stage};

/// How long before the end a case counts as due soon.
pub const DUE_SOON_MS: i64 = 2 * DAY_MS;

/// The event from which the answer's clock runs, in the words of the deadline library.
const BROUGHT: &str = "received";
/// The event from which the resident's windows run.
const CLOSED: &str = "closed";
/// The event from which a case may be opened again.
const CONFIRMED: &str = "confirmed";

/// Where a deadline is counted (计算环境): the zone, the work calendar and the office hours of a place.
#[derive(Debug, Clone)]
pub struct Here {
    /// The zone in which days begin.
    pub zone: Zone,
    /// Which days are worked.
    pub calendar: Arc<Calendar>,
    /// And how long.
    pub hours: OfficeHours,
}

impl Here {
    /// In the place of a statistical code.
    pub fn new(zone: Zone, almanac: &Almanac, code: &str) -> Self {
        Self { zone, calendar: almanac.calendar(code), hours: OfficeHours::default() }
    }

    pub(crate) fn setting(&self) -> Setting<'_> {
        Setting { zone: &self.zone, calendar: &self.calendar, hours: &self.hours }
    }
}

/// The rule by which an office answers: strict, the day of the event not counted, nothing rolls.
pub fn rule_of(term: Term, source: &str) -> Rule {
    Rule::office(term.n, term.unit, BROUGHT, source)
}

/// When the answer of a category is due that was asked for at `start`.
pub fn due_of(category: &Category, start: Millis, here: &Here) -> Millis {
    due(&rule_of(category.term, &category.days_source), start, &[], &[], here.setting()).at
}

/// The same in words, step by step, with the source of the rule.
pub fn why_due(term: Term, source: &str, start: Millis, here: &Here, language: Language) -> String {
    explain(&rule_of(term, source), start, &[], &[], here.setting()).say(language)
}

/// A resident's time to act is generous: it ends on a working day.
fn window_end(days: i64, event: &str, start: Millis, here: &Here) -> Millis {
    let n = u32::try_from(days).unwrap_or(0);
    due(&Rule::resident(n, Unit::Day, event, ""), start, &[], &[], here.setting()).at
}

/// When a closed case that nobody answers counts as confirmed.
pub fn confirm_at(closed: Millis, days: i64, here: &Here) -> Millis {
    window_end(days, CLOSED, closed, here)
}

/// The last instant at which a confirmed case may be opened again.
pub fn reopen_until(confirmed: Millis, days: i64, here: &Here) -> Millis {
    window_end(days, CONFIRMED, confirmed, here)
}

/// How a case stands against its deadline at `now`.
pub fn clock_state(stage: Stage, due: Millis, closed: Option<Millis>, now: Millis) -> ClockState {
    match (stage, closed) {
        (Stage::Returned | Stage::Withdrawn, _) => ClockState::Stopped,
        (Stage::Closed | Stage::Confirmed, Some(at)) if at <= due => ClockState::MetInTime,
        (Stage::Closed | Stage::Confirmed, _) => ClockState::MetLate,
        _ if now > due => ClockState::Overdue,
        _ if now.plus(DUE_SOON_MS) > due => ClockState::DueSoon,
        _ => ClockState::Running,
    }
}

/// The state of a loaded case.
pub fn clock_of(case: &Case, now: Millis) -> ClockState {
    clock_state(case.stage, case.due, case.closed, now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ClockKind;
    use crate::rules::clocks::{RoundRule, plain};
    use proptest::prelude::*;

    fn here() -> Here {
        Here::new(Zone::default(), &Almanac::shipped(), "")
    }

    #[test]
    fn a_window_ends_with_its_last_day_and_that_is_a_working_day() {
        let (zone, here) = (Zone::default(), here());
        let noon = zone.instant(jiff::civil::date(2026, 3, 2).at(12, 0, 0, 0));
        let end = reopen_until(noon, 30, &here);
        assert_eq!(zone.day(end), jiff::civil::date(2026, 4, 1));
        assert_ne!(zone.day(end.plus(1)), zone.day(end));
        assert_eq!(zone.day(confirm_at(noon, 7, &here)), jiff::civil::date(2026, 3, 9));
        // 2026-10-01 to 07 are off.
        let before = zone.instant(jiff::civil::date(2026, 9, 25).at(12, 0, 0, 0));
        assert_eq!(zone.day(confirm_at(before, 7, &here)), jiff::civil::date(2026, 10, 8));
    }

    #[test]
    fn an_office_is_bound_strictly_and_working_days_are_worked() {
        let (zone, here) = (Zone::default(), here());
        let start = zone.instant(jiff::civil::date(2026, 2, 10).at(9, 0, 0, 0));
        let rule = |text: &str| RoundRule { term: text.parse().unwrap(), source: String::new() };
        let due = |text: &str| zone.day(plain(ClockKind::Answer, &rule(text), start, &here).unwrap().due);
        // The fifteenth day is a holiday's Wednesday; nothing rolls.
        assert_eq!(due("8d"), jiff::civil::date(2026, 2, 18));
        assert_eq!(due("5wd"), jiff::civil::date(2026, 2, 24));
        let words = why_due("5wd".parse().unwrap(), "", start, &here, Language::Chinese);
        assert!(words.contains("5个工作日") && words.contains("调休上班计入"), "{words}");
    }

    #[test]
    fn the_states_follow_the_clock() {
        let due = Millis(10 * DAY_MS);
        let open = |now| clock_state(Stage::Handling, due, None, Millis(now));
        assert_eq!(open(0), ClockState::Running);
        assert_eq!(open(8 * DAY_MS + 1), ClockState::DueSoon);
        assert_eq!(open(10 * DAY_MS), ClockState::DueSoon);
        assert_eq!(open(10 * DAY_MS + 1), ClockState::Overdue);
        assert_eq!(clock_state(Stage::Closed, due, Some(due), Millis(99 * DAY_MS)), ClockState::MetInTime);
        assert_eq!(clock_state(Stage::Confirmed, due, Some(due.plus(1)), Millis(0)), ClockState::MetLate);
        assert_eq!(clock_state(Stage::Returned, due, None, Millis(99 * DAY_MS)), ClockState::Stopped);
    }

    proptest! {
        #[test]
        fn a_deadline_is_never_before_its_start(start in 0i64..4_000_000_000_000, days in 0u32..400) {
            let category = Category { term: Term { n: days, unit: Unit::Day }, ..crate::rules::sample::category() };
            let due = due_of(&category, Millis(start), &here());
            prop_assert!(due >= Millis(start));
            prop_assert!(due.0 - start < (i64::from(days) + 1) * DAY_MS);
        }
    }
}
