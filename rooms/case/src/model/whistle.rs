//! The nouns of the whistle (吹哨报到): a town or a centre calls units to a case, one to lead and others to assist;
//! each answers, arrives and reports, and the two offices say of each other how it went.
//!
//! Deliberately absent: a rating of anybody. [`Rating`] speaks of units, and its type takes nothing else.

use access::Unit;
use base::{Id, Invalid, Millis, Stop};
use deadline::Term;

use super::{Body, Case, Line};

coded!(
    /// What a called unit is called for (牵头、配合).
    CallRole, "case.whistle.role", {
        /// 牵头: it answers for the outcome.
        Lead = "lead",
        /// 配合: it helps.
        Assist = "assist",
    }
);

coded!(
    /// How a call stands (报到状态), read from the instants of its row.
    CallState, "case.whistle.state", {
        /// 待响应: called, not answered, in time.
        Waiting = "waiting",
        /// 未报到: the time to answer ran out without an answer.
        Missed = "missed",
        /// 已响应: it said that it comes.
        Answered = "answered",
        /// 已到场: it is there.
        Arrived = "arrived",
        /// 已办完: it said what came of it.
        Done = "done",
        /// 已免: let off by the caller, or the matter was over before.
        Excused = "excused",
    }
);

coded!(
    /// What is done on a whistle (吹哨动作).
    CallAct, "case.whistle.act", {
        /// 吹哨
        Call = "call",
        /// 响应
        Answer = "answer",
        /// 到场
        Arrive = "arrive",
        /// 反馈
        Report = "report",
        /// 免除
        Excuse = "excuse",
        /// 标记未报到: by a timer.
        Miss = "miss",
        /// 评价到场单位: by the caller.
        RateUnit = "rate_unit",
        /// 评价吹哨单位: by the called unit.
        RateCaller = "rate_caller",
        /// 结束
        Close = "close",
        /// 期限重算: the work calendar has changed.
        Retime = "retime",
        /// 提醒响应: by a timer, when half of the time is over.
        Remind = "remind",
    }
);

/// In whose hand an act on a call is (经手方).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallHand {
    /// The unit that was called.
    Called,
    /// The unit that called.
    Caller,
    /// A timer.
    House,
}

/// A whistle (吹哨): one calling together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whistle {
    /// Its id.
    pub id: Id<Whistle>,
    /// The case.
    pub case: Id<Case>,
    /// Its county.
    pub county: i64,
    /// The unit that called.
    pub caller: i64,
    /// When.
    pub at: Millis,
    /// Why.
    pub reason: String,
    /// Where to meet, in words.
    pub meet_at: String,
    /// When it was closed.
    pub closed: Option<Millis>,
    /// What came of it, in the caller's words.
    pub outcome: String,
    /// Counts every change of this row.
    pub version: i64,
}

/// One called unit (被召集单位), with its own clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Its id.
    pub id: Id<Call>,
    /// The whistle.
    pub whistle: Id<Whistle>,
    /// The case.
    pub case: Id<Case>,
    /// Its county.
    pub county: i64,
    /// The unit that called.
    pub caller: i64,
    /// The unit that was called.
    pub unit: i64,
    /// For what.
    pub role: CallRole,
    /// When it was called.
    pub at: Millis,
    /// How long it has to answer.
    pub term: Term,
    /// Who said so.
    pub source: String,
    /// Until when: an index over the rule.
    pub due: Millis,
    /// When it answered.
    pub answered: Option<Millis>,
    /// When it arrived.
    pub arrived: Option<Millis>,
    /// When it reported.
    pub finished: Option<Millis>,
    /// When it was marked as not having answered in time.
    pub missed: Option<Millis>,
    /// When it was let off.
    pub excused: Option<Millis>,
    /// What came of it, in its own words.
    pub outcome: String,
    /// Counts every change of this row.
    pub version: i64,
}

impl Call {
    /// How it stands.
    pub const fn state(&self) -> CallState {
        match self {
            Self { excused: Some(_), .. } => CallState::Excused,
            Self { finished: Some(_), .. } => CallState::Done,
            Self { arrived: Some(_), .. } => CallState::Arrived,
            Self { answered: Some(_), .. } => CallState::Answered,
            Self { missed: Some(_), .. } => CallState::Missed,
            _ => CallState::Waiting,
        }
    }

    /// Whether it answered, and in time; `None` while it has not.
    pub fn in_time(&self) -> Option<bool> {
        self.answered.map(|at| at <= self.due)
    }
}

/// One to five (评价分值): from "not at all" to "very well".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stars(i64);

impl Stars {
    /// All there are, the best first.
    pub const ALL: [i64; 5] = [5, 4, 3, 2, 1];

    /// Takes one to five.
    ///
    /// # Errors
    /// Invalid `stars` otherwise.
    pub fn new(n: i64) -> Result<Self, Stop> {
        if (1..=5).contains(&n) {
            Ok(Self(n))
        } else {
            Err(Invalid::field("stars", "case.field.word_unknown").into())
        }
    }

    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The catalogue's key of its word.
    pub const fn key(self) -> &'static str {
        match self.0 {
            5 => "case.whistle.stars.5",
            4 => "case.whistle.stars.4",
            3 => "case.whistle.stars.3",
            2 => "case.whistle.stars.2",
            _ => "case.whistle.stars.1",
        }
    }
}

/// What one office says of another after a whistle (单位互评). Offices only: it takes the ids of units.
///
/// ```
/// # use access::Unit; use base::Id; use case::model::{Line, Rating, Stars};
/// let (town, bureau): (Id<Unit>, Id<Unit>) = (Id::of(1), Id::of(2));
/// Rating::new(bureau, town, Stars::new(5).unwrap(), Line::new("word", "").unwrap());
/// ```
///
/// A person cannot be rated:
/// ```compile_fail,E0308
/// # use access::{Account, Unit}; use base::Id; use case::model::{Line, Rating, Stars};
/// let town: Id<Unit> = Id::of(1);
/// let clerk: Id<Account> = Id::of(2);
/// Rating::new(clerk, town, Stars::new(5).unwrap(), Line::new("word", "").unwrap());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rating {
    /// Of which unit.
    pub of: Id<Unit>,
    /// By which unit.
    pub by: Id<Unit>,
    /// How well.
    pub stars: Stars,
    /// Why, in a line; may be empty.
    pub word: String,
}

impl Rating {
    /// What `by` says of `of`.
    pub fn new(of: Id<Unit>, by: Id<Unit>, stars: Stars, word: Line) -> Self {
        Self { of, by, stars, word: word.into_string() }
    }
}

/// A unit that is to be called, and how long it has to answer; `None` is the pack's term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Called {
    /// The unit.
    pub unit: i64,
    /// Another term than the pack's.
    pub term: Option<Term>,
}

/// Calling units to a case (吹哨单).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhistleOrder {
    /// Who leads.
    pub lead: Called,
    /// Who assists.
    pub assists: Vec<Called>,
    /// Why.
    pub reason: Body,
    /// Where to meet.
    pub meet_at: Line,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_are_one_to_five() {
        for n in Stars::ALL {
            assert_eq!(Stars::new(n).unwrap().get(), n);
        }
        assert!(Stars::new(0).is_err() && Stars::new(6).is_err());
    }
}
