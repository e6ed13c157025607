//! Which act does what to which clock (时限联动): one table. The clocks of a case are read from its acts by it and
//! by nothing else; what stands in `case_clock` is an index over that reading.
//!
//! Deliberately absent: a clock that somebody starts or stops by hand. Whoever wants another reading does an act.

use base::Millis;
use deadline::{
    Clock, ClockError, Event, ExtensionTerms, Holder, Pausing, Reading, Reason, Rule, State, Term,
};
use deadline::{Unit, Warn, What};

use super::{clock::Here, pack};
use crate::model::{ActKind as A, By, ClockKind as K};

/// What an act does to a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// A new round of it begins; a round that still runs no longer applies.
    Start,
    /// What it waits for was done.
    Meet,
    /// It no longer applies. What had run out before stays missed.
    Void,
    /// It stands still.
    Pause,
    /// It runs again.
    Resume,
    /// More time is asked for.
    Ask,
    /// More time is given.
    Grant,
    /// More time is refused.
    Deny,
}

use Effect as E;

/// The table: an act, the clock, what happens to it; read from above. The silent end of the resident's window is no
/// word of the resident: see [`effects_of`].
pub const EFFECTS: &[(A, K, Effect)] = &[
    (A::Submit, K::Accept, E::Start),
    (A::Submit, K::Answer, E::Start),
    (A::Accept, K::Accept, E::Meet),
    (A::Return, K::Accept, E::Meet),
    (A::Return, K::Level, E::Meet),
    (A::Return, K::Arbitrate, E::Void),
    (A::Return, K::Answer, E::Void),
    (A::Supplement, K::Accept, E::Start),
    (A::Supplement, K::Answer, E::Start),
    (A::Withdraw, K::Accept, E::Void),
    (A::Withdraw, K::Answer, E::Void),
    (A::Withdraw, K::Unit, E::Void),
    (A::Withdraw, K::Level, E::Void),
    (A::Withdraw, K::Arbitrate, E::Void),
    // To name a unit is the word that a dispute waits for, whichever act names it.
    (A::Dispatch, K::Arbitrate, E::Meet),
    (A::Dispatch, K::Level, E::Meet),
    (A::Dispatch, K::Unit, E::Start),
    (A::Decline, K::Unit, E::Void),
    (A::Dispute, K::Unit, E::Void),
    (A::Dispute, K::Arbitrate, E::Start),
    (A::Arbitrate, K::Arbitrate, E::Meet),
    (A::Arbitrate, K::Level, E::Meet),
    (A::Arbitrate, K::Unit, E::Start),
    (A::Report, K::Unit, E::Meet),
    (A::Reject, K::Unit, E::Start),
    (A::Verify, K::Answer, E::Meet),
    (A::Verify, K::Confirm, E::Start),
    (A::Close, K::Accept, E::Meet),
    (A::Close, K::Level, E::Meet),
    (A::Close, K::Arbitrate, E::Void),
    (A::Close, K::Answer, E::Meet),
    (A::Close, K::Confirm, E::Start),
    (A::Confirm, K::Confirm, E::Meet),
    (A::Confirm, K::Review, E::Start),
    (A::Contest, K::Confirm, E::Meet),
    (A::Contest, K::Answer, E::Start),
    (A::Contest, K::Unit, E::Start),
    (A::Reopen, K::Review, E::Meet),
    (A::Reopen, K::Answer, E::Start),
    (A::Reopen, K::Unit, E::Start),
    (A::Escalate, K::Unit, E::Void),
    (A::Escalate, K::Arbitrate, E::Void),
    (A::Escalate, K::Level, E::Start),
    (A::Pause, K::Answer, E::Pause),
    (A::Pause, K::Unit, E::Pause),
    (A::Resume, K::Answer, E::Resume),
    (A::Resume, K::Unit, E::Resume),
    (A::Extend, K::Answer, E::Ask),
    (A::Extend, K::Unit, E::Ask),
    (A::Grant, K::Answer, E::Grant),
    (A::Grant, K::Unit, E::Grant),
    (A::Deny, K::Answer, E::Deny),
    (A::Deny, K::Unit, E::Deny),
];

/// What an act in a role does to the clocks.
pub fn effects_of(act: A, by: By) -> impl Iterator<Item = (K, Effect)> {
    let silent = act == A::Confirm && by == By::System;
    EFFECTS.iter().filter(move |(a, ..)| *a == act).map(move |(_, kind, effect)| match (kind, effect) {
        (K::Confirm, E::Meet) if silent => (*kind, E::Void),
        _ => (*kind, *effect),
    })
}

/// What an act on a clock said, as its rules were then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// The reason's name, for a pause.
    pub reason: String,
    /// Days after which a pause ends by itself; the term of an extension.
    pub term: Term,
    /// Whether evidence was filed.
    pub has_evidence: bool,
    /// Working days after the end in which an extension may still be decided.
    pub decide_days: u32,
    /// By which article.
    pub source: String,
}

/// An act as the clocks see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The act's id.
    pub id: i64,
    /// When.
    pub at: Millis,
    /// What.
    pub act: A,
    /// In which role.
    pub by: By,
    /// The unit that holds the case after it; 0 where the act does not say.
    pub holder: i64,
    /// What it said about a clock.
    pub detail: Option<Detail>,
}

/// The rule of one round of a clock, as it was when the round began (时限规则).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundRule {
    /// How much.
    pub term: Term,
    /// Who said so.
    pub source: String,
}

/// One round of a clock: from its start, whatever happened to it (一轮计时).
#[derive(Debug, Clone, PartialEq)]
pub struct Round {
    /// Which clock.
    pub kind: K,
    /// Which round, from 1.
    pub round: i64,
    /// The unit that must act; 0 for the resident.
    pub unit: i64,
    /// When it started.
    pub start: Millis,
    /// When it ended, if it has.
    pub ended: Option<Millis>,
    clock: Clock,
    events: Vec<Event>,
}

/// How a round stands (一轮的现状).
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Its state.
    pub state: State,
    /// Until when: with a pause until its cap, or until an extension that was asked for can still be decided, so that
    /// what stands still or waits is never late.
    pub due: Millis,
    /// From when it warns, seen from there.
    pub amber: Millis,
    /// From when it warns urgently, seen from there.
    pub red: Millis,
    /// The reading itself, with the derivation.
    pub reading: Reading,
}

/// How a round stands of which nothing is known but its start and rule: nobody paused or extended it.
pub fn plain(kind: K, rule: &RoundRule, start: Millis, here: &Here) -> Option<Standing> {
    Round::new(kind, 1, 0, start, rule).standing(start, here)
}

/// Reads the rounds of all clocks of a case from its acts, oldest first. `rule` gives the rule of a round by its
/// kind, number and start; a kind without a rule here does not run.
pub fn rounds(
    acts: &[Moment],
    here: &Here,
    mut rule: impl FnMut(K, i64, Millis) -> Option<RoundRule>,
) -> Vec<Round> {
    let mut all: Vec<Round> = Vec::new();
    let mut holder = 0;
    for moment in acts {
        if moment.holder != 0 {
            holder = moment.holder;
        }
        for (kind, effect) in effects_of(moment.act, moment.by) {
            if let Some(open) = all.iter_mut().rev().find(|r| r.kind == kind && r.ended.is_none()) {
                open.take(effect, moment, here);
            }
            if effect == E::Start {
                let round = 1 + all.iter().filter(|r| r.kind == kind).count() as i64;
                let found = rule(kind, round, moment.at);
                all.extend(found.map(|found| Round::new(kind, round, holder, moment.at, &found)));
            }
        }
        for open in all.iter_mut().filter(|r| r.ended.is_none() && !r.kind.is_residents()) {
            open.unit = holder;
        }
    }
    all
}

impl Round {
    fn new(kind: K, round: i64, holder: i64, start: Millis, rule: &RoundRule) -> Self {
        let unit = if kind.is_residents() { 0 } else { holder };
        let clock = Clock {
            key: kind.code().to_owned(),
            rule: rule_of(kind, rule),
            holder: if kind.is_residents() { Holder::Resident } else { Holder::Unit },
            pausing: Pausing::default(),
            extension: None,
            warn: Warn::of(rule.term),
        };
        let events = vec![Event { at: start, what: What::Start }];
        Self { kind, round, unit, start, ended: None, clock, events }
    }

    /// The rule, with the event from which it runs.
    pub fn rule(&self) -> &Rule {
        &self.clock.rule
    }

    /// Lets an act have its effect.
    fn take(&mut self, effect: Effect, moment: &Moment, here: &Here) {
        match effect {
            E::Meet => self.end(What::Meet, moment.at),
            // What had run out before is not undone by what came after it.
            E::Start | E::Void
                if self.standing(moment.at, here).is_some_and(|s| s.state == State::Missed) =>
            {
                self.ended = Some(moment.at);
            }
            E::Start | E::Void => self.end(What::Void, moment.at),
            _ => {
                if let Some(what) = self.allowed(effect, moment) {
                    self.events.push(Event { at: moment.at, what });
                }
            }
        }
    }

    fn end(&mut self, what: What, at: Millis) {
        self.events.push(Event { at, what });
        self.ended = Some(at);
    }

    /// Notes in the clock what the rules of the time allowed, and gives the event.
    fn allowed(&mut self, effect: Effect, moment: &Moment) -> Option<What> {
        Some(match (effect, &moment.detail) {
            (E::Pause, Some(detail)) => {
                let cap = (detail.term.n > 0).then_some(detail.term.n);
                let reason = Reason { code: detail.reason.clone(), cap_days: cap, evidence: false };
                // Within a round the first cap of a reason stands, whatever a later pack says.
                if self.clock.pausing.reasons.iter().all(|r| r.code != reason.code) {
                    self.clock.pausing.reasons.push(reason);
                }
                What::Pause { reason: detail.reason.clone(), evidence: detail.has_evidence }
            }
            (E::Ask, Some(detail)) => {
                let times = self.clock.extension.as_ref().map_or(1, |terms| terms.times + 1);
                self.clock.extension = Some(ExtensionTerms {
                    most: detail.term,
                    times,
                    source: detail.source.clone(),
                    decide_days: detail.decide_days,
                });
                What::Ask { term: detail.term }
            }
            (E::Resume, _) => What::Resume,
            (E::Grant, _) => What::Grant,
            (E::Deny, _) => What::Deny,
            _ => return None,
        })
    }

    /// How it stands at an instant; nothing before its start.
    pub fn standing(&self, now: Millis, here: &Here) -> Option<Standing> {
        let set = here.setting();
        let reading = self.clock.at(&self.events, now, set)?;
        let capped = reading.pause_ends.filter(|_| reading.state == State::Paused);
        let ahead = match capped {
            Some(ends) => self.clock.at(&self.events, ends, set)?,
            None => reading.clone(),
        };
        let due = match (capped, reading.undecided_until) {
            (None, Some(until)) => until,
            (None, None) if self.is_asked() => self.clock_end(&reading, here),
            _ => ahead.deadline.due.at,
        };
        let state = if self.ended.is_some() && reading.state == State::Running {
            State::Missed
        } else {
            reading.state
        };
        Some(Standing { state, due, amber: ahead.amber_at, red: ahead.red_at, reading })
    }

    /// Whether an extension was asked for and not decided.
    pub fn is_asked(&self) -> bool {
        self.asked().is_some()
    }

    /// How much more time was asked for and not decided.
    pub fn asked(&self) -> Option<Term> {
        let last =
            self.events.iter().rev().find(|e| matches!(e.what, What::Ask { .. } | What::Grant | What::Deny));
        match last.filter(|_| self.ended.is_none())?.what {
            What::Ask { term } => Some(term),
            _ => None,
        }
    }

    /// Until when a request that waits can be decided: as the clock itself says once its end has passed.
    fn clock_end(&self, reading: &Reading, here: &Here) -> Millis {
        let due = reading.deadline.due.at;
        let after = self.clock.at(&self.events, due.plus(1), here.setting());
        after.and_then(|r| r.undecided_until).unwrap_or(due)
    }

    /// Whether an act would do something to this round now, by the terms that hold now.
    ///
    /// # Errors
    /// Why it would not.
    pub fn may(&self, what: What, terms: &OfficeTerms, at: Millis, here: &Here) -> Result<(), ClockError> {
        let set = here.setting();
        let mut clock = self.clock.clone();
        clock.pausing.times = terms.pause_times;
        clock.pausing.total_days = terms.pause_total_days;
        clock.pausing.reasons.extend(terms.reasons.iter().map(|r| Reason {
            code: r.code.clone(),
            cap_days: Some(r.cap_days),
            evidence: r.evidence,
        }));
        if let Some(extend) = &terms.extend {
            clock.extension = Some(extend.clone());
        }
        clock.may(&self.events, &Event { at, what }, set)
    }

    /// The reminders that its holder is due, in order.
    pub fn reminders(&self, standing: &Standing, here: &Here) -> Vec<deadline::Reminder> {
        if self.ended.is_some() {
            Vec::new()
        } else {
            self.clock.reminders(&standing.reading, here.setting())
        }
    }
}

/// A reason for which an office may let its clock stand still (暂停计时事由).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PauseReason {
    /// Its code.
    pub code: String,
    /// Its name, as the resident reads it.
    pub name: String,
    /// Days after which the clock runs again by itself.
    pub cap_days: u32,
    /// Whether evidence must be filed.
    pub evidence: bool,
    /// Where it comes from.
    pub source: String,
}

/// How an office's clocks may be paused and extended (暂停与延期的条件).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OfficeTerms {
    /// The reasons for a pause.
    pub reasons: Vec<PauseReason>,
    /// How often a clock may be paused.
    pub pause_times: Option<u32>,
    /// Days that all pauses of a clock may take.
    pub pause_total_days: Option<u32>,
    /// How it may be extended; none for never.
    pub extend: Option<ExtensionTerms>,
}

pub(super) fn rule_of(kind: K, rule: &RoundRule) -> Rule {
    let RoundRule { term, source } = rule;
    let event = match kind {
        K::Accept | K::Answer => "received",
        K::Unit => "dispatched",
        K::Level => "escalated",
        K::Arbitrate => "disputed",
        K::Confirm => "closed",
        K::Review => "confirmed",
    };
    match kind.is_residents() {
        true => Rule::resident(term.n, term.unit, event, source),
        false => Rule::office(term.n, term.unit, event, source),
    }
}

/// The clocks that the pack gives and not the category (通用时限), and what a missed one leads to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GeneralTerms {
    /// By clock.
    pub rules: Vec<(K, RoundRule)>,
    /// How offices may pause and extend.
    pub office: OfficeTerms,
    /// Clocks that carry the case one level up when they are missed.
    pub escalating: Vec<K>,
}

impl GeneralTerms {
    /// As a loaded pack has them; none where its text cannot be read.
    pub fn read(text: &str) -> Self {
        let mut value: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        if let Some(all) = value.as_object_mut() {
            for other in ["elsewhere", "whistle", "urge"] {
                all.remove(other);
            }
        }
        serde_json::from_value(value).map_or_else(|_| Self::default(), |terms| Self::from(&terms))
    }

    /// The rule of a clock for a case whose category gives this rule to its answer.
    pub fn rule(&self, kind: K, answer: Option<&RoundRule>) -> Option<RoundRule> {
        if kind == K::Answer {
            return answer.cloned();
        }
        let own = self.rules.iter().find(|(k, _)| *k == kind).map(|(_, rule)| rule.clone())?;
        // A unit has no longer than the resident waits.
        match answer {
            Some(answer) if kind == K::Unit && shortest(answer.term) < shortest(own.term) => {
                Some(answer.clone())
            }
            _ => Some(own),
        }
    }
}

impl From<&pack::Terms> for GeneralTerms {
    fn from(terms: &pack::Terms) -> Self {
        let rule = |t: &pack::Term| RoundRule { term: t.term(), source: t.source.clone() };
        let always = [(K::Accept, &terms.accept), (K::Confirm, &terms.confirm), (K::Review, &terms.reopen)];
        let optional = [(K::Unit, &terms.unit), (K::Level, &terms.level), (K::Arbitrate, &terms.arbitrate)];
        let optional = optional.into_iter().filter_map(|(kind, term)| term.as_ref().map(|t| (kind, t)));
        let extend = &terms.extend;
        Self {
            rules: always.into_iter().chain(optional).map(|(kind, term)| (kind, rule(term))).collect(),
            office: OfficeTerms {
                reasons: terms.pause.iter().map(PauseReason::from).collect(),
                pause_times: terms.pause_times,
                pause_total_days: None,
                extend: Some(ExtensionTerms {
                    most: extend.term().term(),
                    times: extend.times,
                    source: extend.source.clone(),
                    decide_days: extend.decide_days,
                }),
            },
            escalating: terms.escalate.iter().filter_map(|kind| K::parse(kind)).collect(),
        }
    }
}

impl From<&pack::PauseTerm> for PauseReason {
    fn from(p: &pack::PauseTerm) -> Self {
        Self {
            code: p.code.clone(),
            name: p.name.clone(),
            cap_days: p.cap,
            evidence: p.evidence,
            source: p.source.clone(),
        }
    }
}

/// A term in hours, roughly, to tell which of two is the shorter.
fn shortest(term: Term) -> u64 {
    let hours = match term.unit {
        Unit::Hour => 1,
        Unit::OfficeHour => 3,
        Unit::Day => 24,
        Unit::WorkingDay => 34,
        Unit::Month => 24 * 30,
        Unit::Year => 24 * 365,
    };
    u64::from(term.n) * hours
}

#[cfg(test)]
mod tests;
