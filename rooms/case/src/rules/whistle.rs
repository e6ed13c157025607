//! The moves of a call (报到规则): one table, read aloud; the bounds of its term; its clock; who may say what of whom.

use base::{Invalid, Millis, Refusal, Stop};
use deadline::{Clock, Event, Holder, Pausing, Reading, Rule, Setting, Term, Warn, What, due};

use super::clock::Here;
use super::pack::WhistleTerms;
use crate::model::{Call, CallAct as A, CallHand as H, CallRole, CallState as S};
use crate::model::{Level, Whistle};

/// How many units one whistle may call.
pub const MOST_UNITS: usize = 12;

/// The event from which the time to answer runs, in the words of the deadline library.
const CALLED: &str = "called";

/// One legal step of a call: from where, what, in whose hand, to where.
pub type CallMove = (S, A, H, S);

/// Every step there is.
pub const CALL_MOVES: &[CallMove] = &[
    // Whoever was called says that it comes; late is better than never, and stays late.
    (S::Waiting, A::Answer, H::Called, S::Answered),
    (S::Missed, A::Answer, H::Called, S::Answered),
    // Who stands there has answered.
    (S::Waiting, A::Arrive, H::Called, S::Arrived),
    (S::Missed, A::Arrive, H::Called, S::Arrived),
    (S::Answered, A::Arrive, H::Called, S::Arrived),
    (S::Arrived, A::Report, H::Called, S::Done),
    // The caller lets somebody off.
    (S::Waiting, A::Excuse, H::Caller, S::Excused),
    (S::Missed, A::Excuse, H::Caller, S::Excused),
    (S::Answered, A::Excuse, H::Caller, S::Excused),
    (S::Arrived, A::Excuse, H::Caller, S::Excused),
    // The timer: nobody answered; or the matter was over before anybody had to.
    (S::Waiting, A::Miss, H::House, S::Missed),
    (S::Waiting, A::Excuse, H::House, S::Excused),
];

/// The state to which an act leads.
///
/// # Errors
/// A refusal that says how the call stands.
pub fn next_call_state(from: S, act: A, by: H) -> Result<S, Refusal> {
    let found = CALL_MOVES.iter().find(|(f, a, h, _)| *f == from && *a == act && *h == by);
    found.map(|m| m.3).ok_or_else(|| {
        Refusal::new("case.refuse.whistle_state").with("state@", from.key()).with("act@", act.key())
    })
}

/// The acts that a hand has on a call in this state, in the order of the table.
pub fn call_acts(from: S, by: H) -> impl Iterator<Item = A> {
    CALL_MOVES.iter().filter(move |(f, _, h, _)| *f == from && *h == by).map(|m| m.1)
}

/// Whether the two offices may say of each other how it went: at the end, and not of who was let off.
///
/// # Errors
/// A refusal that says when it can be said.
pub fn may_rate(whistle: &Whistle, state: S) -> Result<(), Refusal> {
    match state {
        S::Done => Ok(()),
        S::Excused => Err(Refusal::new("case.refuse.whistle_excused")),
        _ if whistle.closed.is_some() => Ok(()),
        _ => Err(Refusal::new("case.refuse.whistle_not_over").with("state@", state.key())),
    }
}

/// A whistle is over when who leads has reported; before that only with a reason.
///
/// # Errors
/// Invalid `words` without one.
pub fn may_close_whistle(calls: &[Call], reason: Option<&str>) -> Result<(), Stop> {
    let done = calls.iter().any(|c| c.role == CallRole::Lead && c.state() == S::Done);
    if done || reason.is_some() {
        Ok(())
    } else {
        Err(Invalid::field("words", "case.field.whistle_lead_open").into())
    }
}

/// Whether a desk of this level may call: the town's or one above, and not below the level that answers.
pub fn may_call(desk: Option<Level>, case: Level) -> bool {
    desk.is_some_and(|level| level >= case.max(Level::Town))
}

/// The rule by which a called unit answers: it binds an office.
pub fn call_rule(term: Term, source: &str) -> Rule {
    Rule::office(term.n, term.unit, CALLED, source)
}

fn setting(here: &Here) -> Setting<'_> {
    Setting { zone: &here.zone, calendar: &here.calendar, hours: &here.hours }
}

/// Until when a unit that is called at `at` answers.
pub fn call_due(term: Term, at: Millis, here: &Here) -> Millis {
    due(&call_rule(term, ""), at, &[], &[], setting(here)).at
}

/// The caller may set another term than the pack's, within the pack's bounds.
///
/// # Errors
/// Invalid under `field`, with the two instants between which the end must lie.
pub fn must_be_within(
    field: &'static str,
    term: Term,
    terms: &WhistleTerms,
    at: Millis,
    here: &Here,
) -> Result<(), Stop> {
    let [first, wanted, last] =
        [terms.shortest.term(), term, terms.longest.term()].map(|t| call_due(t, at, here));
    if term.n > 0 && (first..=last).contains(&wanted) {
        return Ok(());
    }
    let mut invalid = Invalid::default();
    let words = vec![("from~", first.0.to_string()), ("to~", last.0.to_string())];
    invalid.push_with(field, "case.field.whistle_term", words);
    Err(invalid.into())
}

/// How the clock of a call stands, with its derivation.
pub fn call_reading(call: &Call, now: Millis, here: &Here) -> Option<Reading> {
    let clock = Clock {
        key: CALLED.to_owned(),
        rule: call_rule(call.term, &call.source),
        holder: Holder::Unit,
        pausing: Pausing::default(),
        extension: None,
        warn: Warn::of(call.term),
    };
    let mut events = vec![Event { at: call.at, what: What::Start }];
    events.extend(call.answered.map(|at| Event { at, what: What::Meet }));
    events.extend(call.excused.map(|at| Event { at, what: What::Void }));
    clock.at(&events, now.max(call.at), setting(here))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::sample;
    use base::Zone;
    use calendar::Almanac;
    use deadline::{State, Warning};

    fn here() -> Here {
        Here::new(Zone::default(), &Almanac::shipped(), "")
    }

    fn terms() -> WhistleTerms {
        WhistleTerms::default()
    }

    #[test]
    fn an_act_leads_to_one_state() {
        for a in CALL_MOVES {
            assert_eq!(CALL_MOVES.iter().filter(|b| (a.0, a.1, a.2) == (b.0, b.1, b.2)).count(), 1, "{a:?}");
        }
    }

    #[test]
    fn every_other_step_is_refused_and_says_how_it_stands() {
        let mut refused = 0;
        for from in S::ALL {
            for act in A::ALL {
                for by in [H::Called, H::Caller, H::House] {
                    match next_call_state(*from, *act, by) {
                        Ok(to) => assert!(CALL_MOVES.contains(&(*from, *act, by, to))),
                        Err(r) => {
                            refused += 1;
                            assert!(
                                r.words.iter().any(|(name, word)| *name == "state@" && word == from.key())
                            );
                        }
                    }
                }
            }
        }
        assert_eq!(refused, 6 * 11 * 3 - CALL_MOVES.len());
    }

    #[test]
    fn what_is_done_or_let_off_stays_so() {
        for end in [S::Done, S::Excused] {
            assert!(CALL_MOVES.iter().all(|m| m.0 != end));
        }
        assert_eq!(call_acts(S::Waiting, H::Called).collect::<Vec<_>>(), [A::Answer, A::Arrive]);
    }

    #[test]
    fn only_a_town_or_above_calls_and_never_below_the_level_that_answers() {
        assert!(!may_call(Some(Level::Village), Level::Village) && !may_call(None, Level::Town));
        assert!(may_call(Some(Level::Town), Level::Village) && may_call(Some(Level::Town), Level::Town));
        assert!(!may_call(Some(Level::Town), Level::County) && may_call(Some(Level::City), Level::County));
    }

    #[test]
    fn offices_speak_of_each_other_at_the_end() {
        let open = sample::whistle();
        let over = Whistle { closed: Some(Millis(9)), ..open.clone() };
        for state in S::ALL {
            let end = *state == S::Done;
            assert_eq!(may_rate(&open, *state).is_ok(), end, "{state}");
            assert_eq!(may_rate(&over, *state).is_ok(), *state != S::Excused, "{state}");
        }
    }

    #[test]
    fn a_whistle_closes_when_the_lead_is_done_or_with_a_reason() {
        let mut call = sample::call();
        assert!(may_close_whistle(&[call.clone()], None).is_err());
        assert!(may_close_whistle(&[call.clone()], Some("停电已恢复")).is_ok());
        call.finished = Some(Millis(5));
        assert!(may_close_whistle(&[call.clone()], None).is_ok());
        call.role = CallRole::Assist;
        assert!(may_close_whistle(&[call], None).is_err());
    }

    #[test]
    fn a_term_lies_within_the_packs_bounds() {
        let (zone, here) = (Zone::default(), here());
        let monday = zone.instant(jiff::civil::date(2026, 3, 2).at(9, 0, 0, 0));
        let fits =
            |text: &str| must_be_within("lead_n", text.parse().unwrap(), &terms(), monday, &here).is_ok();
        assert!(fits("24h") && fits("1h") && fits("3wd") && fits("5wd"));
        assert!(!fits("0h") && !fits("6wd") && !fits("30d"));
    }

    #[test]
    fn the_clock_of_a_call_is_read_from_its_instants() {
        let (zone, here) = (Zone::default(), here());
        let at = zone.instant(jiff::civil::date(2026, 3, 2).at(9, 0, 0, 0));
        let mut call = Call { at, term: "24h".parse().unwrap(), ..sample::call() };
        call.due = call_due(call.term, at, &here);
        let read =
            |call: &Call, hours: i64| call_reading(call, at.plus(hours * base::HOUR_MS), &here).unwrap();
        assert_eq!(call.due, at.plus(24 * base::HOUR_MS));
        assert_eq!((read(&call, 1).state, read(&call, 1).warning), (State::Running, Warning::Calm));
        assert_eq!(read(&call, 13).warning, Warning::Amber);
        assert_eq!(read(&call, 20).warning, Warning::Red);
        assert_eq!(read(&call, 25).state, State::Missed);
        call.answered = Some(at.plus(26 * base::HOUR_MS));
        assert_eq!((read(&call, 30).state, call.in_time()), (State::MetLate, Some(false)));
        call.answered = Some(call.due);
        assert_eq!((read(&call, 30).state, call.in_time()), (State::Met, Some(true)));
        let words = read(&call, 30).deadline.in_chinese();
        assert!(words.contains("吹哨") && words.contains("24小时"), "{words}");
        call = Call { answered: None, excused: Some(at.plus(1)), ..call };
        assert_eq!(read(&call, 30).state, State::Void);
    }
}
