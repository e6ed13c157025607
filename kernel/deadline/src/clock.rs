//! A clock (时限) on a matter, read from the acts that happened: running, paused, met, missed. Several run
//! on one matter at once, each with its own holder. Nothing is stored here: the same acts always give the
//! same reading, and a stored due time is an index over it.

use base::{DAY_MS, Millis};
use serde::{Deserialize, Serialize};

use crate::{
    count::{self, Deadline, Due, Extension, Pause, Setting},
    day::Day,
    reminder::{self, Reminder, Warn},
    rule::{Holder, Rule, Term},
};

/// A reason for which a clock may be paused (中止事由).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Its code in the room's list.
    pub code: String,
    /// Days after which the clock runs again by itself; none for no limit.
    pub cap_days: Option<u32>,
    /// Whether evidence must be filed with it.
    pub evidence: bool,
}

/// When a clock may be paused. No reasons: never.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pausing {
    /// The reasons that count.
    pub reasons: Vec<Reason>,
    /// Days that all pauses together may take; none for no limit.
    pub total_days: Option<u32>,
    /// How often; none for no limit.
    pub times: Option<u32>,
}

/// How a clock may be extended (延期).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtensionTerms {
    /// The most that one extension gives, in its unit.
    pub most: Term,
    /// How often.
    pub times: u32,
    /// Which article allows it.
    pub source: String,
    /// Working days after the end in which an extension asked in time may still be decided; until then
    /// the clock is not missed.
    pub decide_days: u32,
}

/// A clock: what runs, for whom, on which terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Its name among the clocks of the matter, such as `answer`.
    pub key: String,
    /// The rule.
    pub rule: Rule,
    /// Who must act.
    pub holder: Holder,
    /// When it may be paused.
    #[serde(default)]
    pub pausing: Pausing,
    /// How it may be extended; none for never.
    #[serde(default)]
    pub extension: Option<ExtensionTerms>,
    /// When it warns.
    pub warn: Warn,
}

/// What happened to a clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum What {
    /// The event that starts it.
    Start,
    /// It starts anew with a clean sheet: the matter was opened again.
    Restart,
    /// It was paused.
    Pause {
        /// A code of its reasons.
        reason: String,
        /// Whether evidence was filed.
        evidence: bool,
    },
    /// It runs again.
    Resume,
    /// More time was asked for.
    Ask {
        /// How much.
        term: Term,
    },
    /// The extension was granted by whoever may.
    Grant,
    /// It was denied.
    Deny,
    /// What it waits for was done. The first time counts; later ones change nothing.
    Meet,
    /// It no longer applies.
    Void,
}

/// An act that bears on a clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Millis,
    /// What.
    pub what: What,
}

/// How a clock stands (时限状态).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It runs (计时中).
    Running,
    /// It stands still for a reason (暂停).
    Paused,
    /// Done in time (按期完成).
    Met,
    /// Done too late (逾期完成).
    MetLate,
    /// Run out and not done (逾期未完成).
    Missed,
    /// Taken off (不再适用).
    Void,
}

/// The warning step that a screen shows, in words and with a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// None.
    Calm,
    /// Amber.
    Amber,
    /// Red: about to run out, or run out.
    Red,
}

/// Why an act does nothing to a clock; a deed refuses for the same reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ClockError {
    /// It has not started.
    #[error("the clock has not started")]
    NotStarted,
    /// It has started before.
    #[error("the clock has started before")]
    AlreadyStarted,
    /// It is met or void.
    #[error("the clock is over")]
    Over,
    /// It is paused already.
    #[error("the clock is paused already")]
    AlreadyPaused,
    /// It is not paused.
    #[error("the clock is not paused")]
    NotPaused,
    /// The reason is not on its list.
    #[error("that is no reason to pause this clock")]
    UnknownReason,
    /// The reason needs evidence.
    #[error("that reason needs evidence")]
    NoEvidence,
    /// All the days or times of pausing are used up.
    #[error("this clock was paused as long or as often as it may be")]
    PausedEnough,
    /// The time has run out before.
    #[error("the time has run out before")]
    TooLate,
    /// It cannot be extended, or not once more.
    #[error("this clock may not be extended, or not again")]
    NotExtendable,
    /// More than may be given.
    #[error("that is more than may be given")]
    TooMuch,
    /// An extension is asked for already.
    #[error("an extension is asked for already")]
    AlreadyAsked,
    /// No extension was asked for.
    #[error("no extension was asked for")]
    NotAsked,
}

/// An act that did nothing, by its place in the list of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ignored {
    /// The place in the events as they were given.
    pub index: usize,
    /// Why.
    pub why: ClockError,
}

/// A clock as it stands at an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// How it stands.
    pub state: State,
    /// When it (last) started.
    pub start: Millis,
    /// When it was met or voided.
    pub ended: Option<Millis>,
    /// The deadline with its derivation. While paused: as if it ran again now.
    pub deadline: Deadline,
    /// The warning step.
    pub warning: Warning,
    /// When it turns amber.
    pub amber_at: Millis,
    /// When it turns red.
    pub red_at: Millis,
    /// Since when it is paused.
    pub paused_since: Option<Millis>,
    /// When the pause ends by itself.
    pub pause_ends: Option<Millis>,
    /// Past the end, but an extension that was asked for in time may be decided until then.
    pub undecided_until: Option<Millis>,
    /// The pauses, the running one up to now.
    pub pauses: Vec<Pause>,
    /// The extensions that were granted.
    pub extensions: Vec<Extension>,
    /// Acts that did nothing, and why.
    pub ignored: Vec<Ignored>,
}

impl Clock {
    /// How the clock stands at `now`, from the acts up to then; nothing if it has not started. Acts are
    /// taken in the order of their time, those of one instant in the order given.
    pub fn at(&self, events: &[Event], now: Millis, set: Setting) -> Option<Reading> {
        let (run, ignored) = self.replay(events, now, set);
        let mut run = run?;
        run.let_cap_end(now);
        Some(self.read(run, ignored, now, set))
    }

    /// Whether an act would do something to the clock after these.
    ///
    /// # Errors
    /// Why it would not: what a deed tells the person.
    pub fn may(&self, events: &[Event], next: &Event, set: Setting) -> Result<(), ClockError> {
        let (mut run, _) = self.replay(events, next.at, set);
        self.apply(&mut run, next, set)
    }

    /// The reminders of a reading, in order.
    pub fn reminders(&self, reading: &Reading, set: Setting) -> Vec<Reminder> {
        reminder::reminders(reading, self.holder.party(), set)
    }

    /// The first reminder after an instant; a timer runs then and asks again.
    pub fn next_reminder(&self, reading: &Reading, after: Millis, set: Setting) -> Option<Reminder> {
        self.reminders(reading, set).into_iter().find(|reminder| reminder.at > after)
    }

    fn replay(&self, events: &[Event], now: Millis, set: Setting) -> (Option<Run>, Vec<Ignored>) {
        let mut order: Vec<usize> = (0..events.len()).filter(|index| events[*index].at <= now).collect();
        order.sort_by_key(|index| events[*index].at);
        let (mut run, mut ignored) = (None, Vec::new());
        for index in order {
            if let Err(why) = self.apply(&mut run, &events[index], set) {
                ignored.push(Ignored { index, why });
            }
        }
        (run, ignored)
    }

    fn apply(&self, run: &mut Option<Run>, event: &Event, set: Setting) -> Result<(), ClockError> {
        let at = event.at;
        let Some(run) = run else {
            return match event.what {
                What::Start | What::Restart => {
                    *run = Some(Run::new(at));
                    Ok(())
                }
                _ => Err(ClockError::NotStarted),
            };
        };
        if event.what == What::Restart {
            *run = Run::new(at);
            return Ok(());
        }
        if run.ended.is_some() {
            return Err(ClockError::Over);
        }
        run.let_cap_end(at);
        match &event.what {
            What::Start => Err(ClockError::AlreadyStarted),
            What::Restart => Ok(()),
            What::Pause { reason, evidence } => self.pause(run, at, reason, *evidence, set),
            What::Resume => run.resume(at),
            What::Ask { term } => self.ask(run, at, *term, set),
            What::Grant => self.grant(run, at, set),
            What::Deny => run.asked.take().map(|_| ()).ok_or(ClockError::NotAsked),
            What::Meet | What::Void => {
                // A pause that is still open ends with the clock.
                let _ = run.resume(at);
                run.ended = Some((at, event.what == What::Void));
                Ok(())
            }
        }
    }

    fn pause(
        &self,
        run: &mut Run,
        at: Millis,
        code: &str,
        filed: bool,
        set: Setting,
    ) -> Result<(), ClockError> {
        if run.open.is_some() {
            return Err(ClockError::AlreadyPaused);
        }
        let reason = self.pausing.reasons.iter().find(|r| r.code == code).ok_or(ClockError::UnknownReason)?;
        if reason.evidence && !filed {
            return Err(ClockError::NoEvidence);
        }
        if at > self.due(run, at, set).at {
            return Err(ClockError::TooLate);
        }
        if self.pausing.times.is_some_and(|times| run.pauses.len() >= times as usize) {
            return Err(ClockError::PausedEnough);
        }
        let used: i64 = run.pauses.iter().map(|p| days(p, set)).sum();
        let left = self.pausing.total_days.map(|total| i64::from(total) - used);
        if left.is_some_and(|left| left <= 0) {
            return Err(ClockError::PausedEnough);
        }
        let cap = [reason.cap_days.map(i64::from), left].into_iter().flatten().min();
        run.open =
            Some(Open { from: at, reason: code.to_owned(), ends: cap.map(|days| at.plus(days * DAY_MS)) });
        Ok(())
    }

    fn ask(&self, run: &mut Run, at: Millis, term: Term, set: Setting) -> Result<(), ClockError> {
        let terms = self.extension.as_ref().ok_or(ClockError::NotExtendable)?;
        if run.asked.is_some() {
            return Err(ClockError::AlreadyAsked);
        }
        if run.extensions.len() >= terms.times as usize {
            return Err(ClockError::NotExtendable);
        }
        if term.unit != terms.most.unit || term.n > terms.most.n || term.n == 0 {
            return Err(ClockError::TooMuch);
        }
        if at > self.due(run, at, set).at {
            return Err(ClockError::TooLate);
        }
        run.asked = Some(term);
        Ok(())
    }

    fn grant(&self, run: &mut Run, at: Millis, set: Setting) -> Result<(), ClockError> {
        let (Some(term), Some(terms)) = (run.asked, &self.extension) else {
            return Err(ClockError::NotAsked);
        };
        if at > self.decidable(run, at, set) {
            return Err(ClockError::TooLate);
        }
        run.asked = None;
        run.extensions.push(Extension { term, source: terms.source.clone() });
        Ok(())
    }

    /// Until when an extension that was asked for in time may be decided.
    fn decidable(&self, run: &Run, now: Millis, set: Setting) -> Millis {
        let due = self.due(run, now, set);
        let days = self.extension.as_ref().map_or(0, |terms| i32::try_from(terms.decide_days).unwrap_or(0));
        if days == 0 {
            return due.at;
        }
        let index = set.calendar.before(Day::of(due.last_day).plus(1)) - 1;
        set.zone.end_of(set.calendar.nth(index + days).date()).max(due.at)
    }

    fn due(&self, run: &Run, now: Millis, set: Setting) -> Due {
        count::due(&self.rule, run.start, &run.pauses_by(now), &run.extensions, set)
    }

    fn read(&self, run: Run, ignored: Vec<Ignored>, now: Millis, set: Setting) -> Reading {
        let pauses = run.pauses_by(now);
        let deadline = count::explain(&self.rule, run.start, &pauses, &run.extensions, set);
        let decidable = run.asked.map(|_| self.decidable(&run, now, set));
        let late = now > deadline.due.at;
        let state = match (run.ended, &run.open) {
            (Some((_, true)), _) => State::Void,
            (Some((at, false)), _) if at <= deadline.due.at => State::Met,
            (Some((_, false)), _) => State::MetLate,
            (None, Some(_)) => State::Paused,
            (None, None) if late && decidable.is_none_or(|until| now > until) => State::Missed,
            (None, None) => State::Running,
        };
        let (amber_at, red_at) = self.warn.instants(&deadline.due, run.start, set);
        let warning = match state {
            State::Missed => Warning::Red,
            State::Running if now >= red_at => Warning::Red,
            State::Running if now >= amber_at => Warning::Amber,
            _ => Warning::Calm,
        };
        Reading {
            state,
            start: run.start,
            ended: run.ended.map(|(at, _)| at),
            deadline,
            warning,
            amber_at,
            red_at,
            paused_since: run.open.as_ref().map(|open| open.from),
            pause_ends: run.open.as_ref().and_then(|open| open.ends),
            undecided_until: decidable.filter(|_| state == State::Running && late),
            pauses,
            extensions: run.extensions,
            ignored,
        }
    }
}

/// Days that a pause takes: as many as midnights.
fn days(pause: &Pause, set: Setting) -> i64 {
    i64::from(Day::of(set.zone.day(pause.to)).0 - Day::of(set.zone.day(pause.from)).0)
}

/// A pause that has not ended.
struct Open {
    from: Millis,
    reason: String,
    ends: Option<Millis>,
}

/// What the acts have made of a clock so far.
struct Run {
    start: Millis,
    pauses: Vec<Pause>,
    open: Option<Open>,
    asked: Option<Term>,
    extensions: Vec<Extension>,
    /// When it ended, and whether it was voided.
    ended: Option<(Millis, bool)>,
}

impl Run {
    fn new(start: Millis) -> Self {
        Self { start, pauses: Vec::new(), open: None, asked: None, extensions: Vec::new(), ended: None }
    }

    /// Ends a pause whose cap was reached by `now`, at the cap.
    fn let_cap_end(&mut self, now: Millis) {
        if let Some(ends) = self.open.as_ref().and_then(|open| open.ends).filter(|ends| *ends <= now) {
            let _ = self.resume(ends);
        }
    }

    fn resume(&mut self, at: Millis) -> Result<(), ClockError> {
        let open = self.open.take().ok_or(ClockError::NotPaused)?;
        self.pauses.push(Pause { from: open.from, to: at, reason: open.reason });
        Ok(())
    }

    /// The pauses, with the open one as if it ended now.
    fn pauses_by(&self, now: Millis) -> Vec<Pause> {
        let open =
            self.open.as_ref().map(|open| Pause { from: open.from, to: now, reason: open.reason.clone() });
        self.pauses.iter().cloned().chain(open).collect()
    }
}
