//! The clock of an entry (化解时限), read from its terms and its acts by the deadline library. It runs from the listing; the
//! application to be struck off stops it, unless the inspection returns it: then the time went on. Nothing pauses it.

use base::Millis;
use case::rules::clock::Here;
use deadline::{
    Clock, Event, ExtensionTerms, Holder, Language, Pausing, Reading, Reminder, Rule, Setting, Term, Warn,
    What, due, explain,
};

use crate::model::{Act, ActKind, Entry, Marks, Stage, Terms};

/// The name of the clock among the deadlines of the house.
const KEY: &str = "resolve";
/// The event from which it runs, in the words of the deadline library.
const LISTED: &str = "listed";
/// The event from which a task of a meeting runs.
const ASSIGNED: &str = "issued";

/// The library's view of a place.
pub fn setting(here: &Here) -> Setting<'_> {
    Setting { zone: &here.zone, calendar: &here.calendar, hours: &here.hours }
}

/// The clock that these terms make.
pub fn clock_of(terms: &Terms) -> Clock {
    Clock {
        key: KEY.to_owned(),
        rule: Rule::office(terms.term.n, terms.term.unit, LISTED, &terms.source),
        holder: Holder::Unit,
        pausing: Pausing::default(),
        extension: Some(ExtensionTerms {
            most: terms.most,
            times: terms.times,
            source: terms.extension_source.clone(),
            decide_days: terms.decide_days,
        }),
        warn: Warn::of(terms.term),
    }
}

/// What an act is to the clock; an application counts only while it stands.
pub fn event_of(act: &Act) -> Option<Event> {
    let what = match act.act {
        ActKind::List => What::Start,
        ActKind::Ask => What::Ask { term: act.term? },
        ActKind::Grant => What::Grant,
        ActKind::Deny => What::Deny,
        _ => return None,
    };
    Some(Event { at: act.at, what })
}

/// The acts as the clock sees them.
pub fn events(acts: &[Act]) -> Vec<Event> {
    let mut all: Vec<Event> = acts.iter().filter_map(event_of).collect();
    let mut standing = None;
    for act in acts {
        match act.act {
            ActKind::Apply => standing = Some(act.at),
            ActKind::Return => standing = None,
            _ => {}
        }
    }
    all.extend(standing.map(|at| Event { at, what: What::Meet }));
    all
}

/// How the clock stands at `now`; nothing before the listing.
pub fn reading(terms: &Terms, acts: &[Act], now: Millis, here: &Here) -> Option<Reading> {
    clock_of(terms).at(&events(acts), now, setting(here))
}

/// Whether an extension waits for its decision.
pub fn is_pending(acts: &[Act]) -> bool {
    let of_extension = |a: &&Act| matches!(a.act, ActKind::Ask | ActKind::Grant | ActKind::Deny);
    acts.iter().rev().find(of_extension).is_some_and(|a| a.act == ActKind::Ask)
}

/// The index over the clock after these acts.
pub fn marks(terms: &Terms, acts: &[Act], now: Millis, here: &Here) -> Marks {
    let Some(read) = reading(terms, acts, now, here) else { return Marks::default() };
    let due = read.deadline.due.at;
    let after = reading(terms, acts, due.plus(1), here);
    let late = after.and_then(|r| r.undecided_until).unwrap_or(due);
    Marks { due, amber: read.amber_at, red: read.red_at, late }
}

/// The reminders that are still to come or stand now, in order.
pub fn reminders(terms: &Terms, read: &Reading, here: &Here) -> Vec<Reminder> {
    clock_of(terms).reminders(read, setting(here))
}

/// The derivation in words.
pub fn why_due(terms: &Terms, acts: &[Act], now: Millis, here: &Here, language: Language) -> String {
    reading(terms, acts, now, here).map_or(String::new(), |r| r.deadline.say(language))
}

/// Until when a task of a meeting is due.
pub fn task_due(term: Term, start: Millis, here: &Here) -> Millis {
    due(&Rule::office(term.n, term.unit, ASSIGNED, ""), start, &[], &[], setting(here)).at
}

/// The same in words.
pub fn why_task(term: Term, start: Millis, here: &Here, language: Language) -> String {
    explain(&Rule::office(term.n, term.unit, ASSIGNED, ""), start, &[], &[], setting(here)).say(language)
}

/// How an entry stands against its time limit, for a list (预警): a word and a sign, never colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Light {
    /// Nothing runs.
    Off,
    /// In time.
    Calm,
    /// Amber (黄色预警).
    Amber,
    /// Red (红色预警).
    Red,
    /// Past the end, but an extension that was asked for in time waits for its decision (延期待批).
    Undecided,
    /// Overdue (逾期).
    Overdue,
}

impl Light {
    /// The catalogue's key.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Off => "supervision.light.off",
            Self::Calm => "supervision.light.calm",
            Self::Amber => "supervision.light.amber",
            Self::Red => "supervision.light.red",
            Self::Undecided => "supervision.light.undecided",
            Self::Overdue => "supervision.light.overdue",
        }
    }
}

/// The light of an entry at `now`, from its index.
pub fn light(entry: &Entry, now: Millis) -> Light {
    let m = &entry.marks;
    match entry.stage {
        s if !s.is_working() => Light::Off,
        Stage::Nominated => Light::Off,
        _ if now > m.late => Light::Overdue,
        _ if now > m.due => Light::Undecided,
        _ if now >= m.red => Light::Red,
        _ if now >= m.amber => Light::Amber,
        _ => Light::Calm,
    }
}
