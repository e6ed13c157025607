//! The clocks of a case (时限): which there are, and how one stands by its row.

use base::{Id, Millis};
use deadline::{State, Term, Warning};

use super::Case;

coded!(
    /// Which clock runs (时限种类).
    ClockKind, "case.clock_kind", {
        /// 受理: from coming in to acceptance, return or hand-over.
        Accept = "accept",
        /// 答复: from coming in to the answer.
        Answer = "answer",
        /// 承办: from a dispatch to the unit's report.
        Unit = "unit",
        /// 上级接办: from an escalation to the next step of the upper desk.
        Level = "level",
        /// 裁定: from a dispute about whose it is to the upper desk's decision.
        Arbitrate = "arbitrate",
        /// 居民确认: from the answer to the resident's word.
        Confirm = "confirm",
        /// 申请重办: from the confirmation to the last day of opening it again.
        Review = "review",
    }
);

impl ClockKind {
    /// Whether it is the resident's time and not an office's.
    pub const fn is_residents(self) -> bool {
        matches!(self, Self::Confirm | Self::Review)
    }
}

/// How a clock stands, by its row: an index over the acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseClock {
    /// Its id.
    pub id: i64,
    /// Of which case.
    pub case: Id<Case>,
    /// Which clock.
    pub kind: ClockKind,
    /// How often this kind was started on the case, from 1.
    pub round: i64,
    /// The unit that must act; 0 for the resident.
    pub unit: i64,
    /// How it stands as of the last act, or as its last timer saw it.
    pub state: State,
    /// The rule: how much.
    pub term: Term,
    /// The rule: who said so.
    pub source: String,
    /// From when.
    pub start: Millis,
    /// Until when, with its pauses and extensions.
    pub due: Millis,
    /// From when it warns.
    pub amber: Millis,
    /// From when it warns urgently.
    pub red: Millis,
    /// When it ended; none while somebody still owes something.
    pub ended: Option<Millis>,
    /// How often it was paused.
    pub paused: i64,
    /// How often it was extended.
    pub extended: i64,
    /// Of which reminder its holder was told last: see [`told_rank`].
    pub told: i64,
}

/// The order of reminders: 1 amber, 2 red, 3 missed; 0 for none.
pub const fn told_rank(kind: deadline::ReminderKind) -> i64 {
    match kind {
        deadline::ReminderKind::Amber => 1,
        deadline::ReminderKind::Red => 2,
        deadline::ReminderKind::Missed => 3,
    }
}

impl CaseClock {
    /// How it stands at an instant: between two acts only time passes.
    pub fn state_at(&self, now: Millis) -> State {
        match self.state {
            State::Running if now > self.due => State::Missed,
            state => state,
        }
    }

    /// The warning step at an instant.
    pub fn warning_at(&self, now: Millis) -> Warning {
        match self.state_at(now) {
            State::Missed => Warning::Red,
            State::Running if now >= self.red => Warning::Red,
            State::Running if now >= self.amber => Warning::Amber,
            _ => Warning::Calm,
        }
    }
}

/// The code of a state in the database.
pub const fn state_code(state: State) -> &'static str {
    match state {
        State::Running => "running",
        State::Paused => "paused",
        State::Met => "met",
        State::MetLate => "met_late",
        State::Missed => "missed",
        State::Void => "void",
    }
}

/// The state of a code.
pub fn state_of(code: &str) -> Option<State> {
    [State::Running, State::Paused, State::Met, State::MetLate, State::Missed, State::Void]
        .into_iter()
        .find(|s| state_code(*s) == code)
}
