//! The table of effects, walked: what each act does to each clock, and what ten thousand legal walks keep.

use base::{DAY_MS, Zone};
use calendar::Almanac;
use deadline::Language;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::model::Stage;
use crate::rules::moves::MOVES;

fn here() -> Here {
    static HERE: std::sync::LazyLock<Here> =
        std::sync::LazyLock::new(|| Here::new(Zone::default(), &Almanac::shipped(), ""));
    HERE.clone()
}

fn day(month: i8, day: i8) -> Millis {
    Zone::default().instant(date(2026, month, day).at(10, 0, 0, 0))
}

fn terms() -> GeneralTerms {
    let rule = |n, unit| RoundRule { term: Term { n, unit }, source: String::new() };
    let days = |n| rule(n, Unit::Day);
    GeneralTerms {
        rules: vec![
            (K::Accept, days(15)),
            (K::Unit, rule(10, Unit::WorkingDay)),
            (K::Level, rule(3, Unit::WorkingDay)),
            (K::Arbitrate, rule(3, Unit::WorkingDay)),
            (K::Confirm, days(7)),
            (K::Review, days(30)),
        ],
        office: OfficeTerms {
            reasons: vec![PauseReason {
                code: "hearing".into(),
                name: "听证".into(),
                cap_days: 30,
                evidence: true,
                source: String::new(),
            }],
            pause_times: Some(2),
            pause_total_days: None,
            extend: Some(ExtensionTerms {
                most: Term { n: 30, unit: Unit::Day },
                times: 1,
                source: "第三十四条".into(),
                decide_days: 3,
            }),
        },
        escalating: vec![K::Accept],
    }
}

fn moment(id: i64, at: Millis, act: A, holder: i64) -> Moment {
    Moment { id, at, act, by: By::Clerk, holder, detail: None }
}

fn detail(reason: &str, n: u32) -> Option<Detail> {
    Some(Detail {
        reason: reason.into(),
        term: Term { n, unit: Unit::Day },
        has_evidence: true,
        decide_days: 3,
        source: "第三十四条".into(),
    })
}

fn read(acts: &[Moment]) -> Vec<Round> {
    let terms = terms();
    let answer = RoundRule { term: Term { n: 60, unit: Unit::Day }, source: "第三十四条".into() };
    rounds(acts, &here(), |kind, _, _| terms.rule(kind, Some(&answer)))
}

fn of(rounds: &[Round], kind: K) -> &Round {
    rounds.iter().rev().find(|r| r.kind == kind).unwrap()
}

fn state(round: &Round, at: Millis) -> State {
    round.standing(at, &here()).unwrap().state
}

#[test]
fn several_clocks_run_at_once_each_with_its_holder() {
    let acts = [
        moment(1, day(3, 2), A::Submit, 7),
        moment(2, day(3, 4), A::Accept, 0),
        moment(3, day(3, 5), A::Dispatch, 9),
    ];
    let all = read(&acts);
    let now = day(3, 6);
    assert_eq!(
        (state(of(&all, K::Accept), now), state(of(&all, K::Answer), now)),
        (State::Met, State::Running)
    );
    assert_eq!((of(&all, K::Unit).unit, of(&all, K::Answer).unit), (9, 9));
    assert_eq!(of(&all, K::Accept).unit, 7);
    // Ten working days after Thursday 5 March.
    let due = of(&all, K::Unit).standing(now, &here()).unwrap();
    assert_eq!(Zone::default().day(due.due), date(2026, 3, 19));
    assert!(due.reading.deadline.say(Language::Chinese).contains("10个工作日"));
}

#[test]
fn what_was_missed_stays_missed() {
    let acts = [
        moment(1, day(3, 2), A::Submit, 7),
        moment(2, day(3, 4), A::Accept, 0),
        moment(3, day(3, 5), A::Dispatch, 9),
        moment(4, day(3, 30), A::Escalate, 20),
        moment(5, day(3, 31), A::Dispatch, 9),
    ];
    let all = read(&acts);
    let units: Vec<_> = all.iter().filter(|r| r.kind == K::Unit).collect();
    assert_eq!(units.len(), 2);
    assert_eq!((state(units[0], day(4, 20)), units[0].ended), (State::Missed, Some(day(3, 30))));
    assert_eq!(state(units[1], day(4, 1)), State::Running);
    assert_eq!((of(&all, K::Level).unit, state(of(&all, K::Level), day(4, 1))), (20, State::Met));
}

#[test]
fn a_pause_is_never_late_and_moves_the_end_by_itself() {
    let pause = Moment { detail: detail("hearing", 30), ..moment(3, day(3, 10), A::Pause, 0) };
    let mut acts = vec![moment(1, day(3, 2), A::Submit, 7), moment(2, day(3, 4), A::Accept, 0), pause];
    let paused = read(&acts);
    let standing = of(&paused, K::Answer).standing(day(3, 11), &here()).unwrap();
    assert_eq!(standing.state, State::Paused);
    // 1 May and the thirty days of the cap.
    assert_eq!(Zone::default().day(standing.due), date(2026, 5, 31));
    acts.push(moment(4, day(3, 20), A::Resume, 0));
    let resumed = read(&acts);
    let standing = of(&resumed, K::Answer).standing(day(3, 21), &here()).unwrap();
    assert_eq!((standing.state, Zone::default().day(standing.due)), (State::Running, date(2026, 5, 11)));
    // Not ended by anybody, it ends at its cap.
    let alone = read(&acts[..3]);
    let later = of(&alone, K::Answer).standing(day(4, 20), &here()).unwrap();
    assert_eq!((later.state, Zone::default().day(later.due)), (State::Running, date(2026, 5, 31)));
}

#[test]
fn an_extension_is_never_shown_as_overdue() {
    let ask = Moment { detail: detail("", 30), ..moment(3, day(4, 30), A::Extend, 0) };
    let mut acts = vec![moment(1, day(3, 2), A::Submit, 7), moment(2, day(3, 4), A::Accept, 0), ask];
    let asked = read(&acts);
    let waits = of(&asked, K::Answer).standing(day(5, 2), &here()).unwrap();
    assert_eq!(waits.state, State::Running, "{waits:?}");
    assert!(waits.due > day(5, 2));
    acts.push(moment(4, day(5, 6), A::Grant, 0));
    let granted = read(&acts);
    let standing = of(&granted, K::Answer).standing(day(5, 6), &here()).unwrap();
    assert_eq!((standing.state, Zone::default().day(standing.due)), (State::Running, date(2026, 5, 31)));
    acts.pop();
    acts.push(moment(4, day(5, 6), A::Deny, 0));
    assert_eq!(state(of(&read(&acts), K::Answer), day(5, 6)), State::Missed);
}

#[test]
fn what_may_be_asked_is_said_before() {
    let acts = [moment(1, day(3, 2), A::Submit, 7), moment(2, day(3, 4), A::Accept, 0)];
    let all = read(&acts);
    let (round, terms, here) = (of(&all, K::Answer), terms().office, here());
    let pause = |reason: &str, evidence| What::Pause { reason: reason.into(), evidence };
    let ask = |n| What::Ask { term: Term { n, unit: Unit::Day } };
    assert_eq!(round.may(pause("hearing", true), &terms, day(3, 9), &here), Ok(()));
    assert_eq!(round.may(pause("hearing", false), &terms, day(3, 9), &here), Err(ClockError::NoEvidence));
    assert_eq!(round.may(pause("rain", true), &terms, day(3, 9), &here), Err(ClockError::UnknownReason));
    assert_eq!(round.may(What::Resume, &terms, day(3, 9), &here), Err(ClockError::NotPaused));
    assert_eq!(round.may(ask(30), &terms, day(4, 30), &here), Ok(()));
    assert_eq!(round.may(ask(31), &terms, day(4, 30), &here), Err(ClockError::TooMuch));
    assert_eq!(round.may(ask(10), &terms, day(5, 10), &here), Err(ClockError::TooLate));
    assert_eq!(round.may(What::Grant, &terms, day(4, 30), &here), Err(ClockError::NotAsked));
}

#[test]
fn silence_is_no_word_of_the_resident() {
    let silent = Moment { by: By::System, ..moment(4, day(3, 18), A::Confirm, 0) };
    let acts = [
        moment(1, day(3, 2), A::Submit, 7),
        moment(2, day(3, 4), A::Accept, 0),
        moment(3, day(3, 9), A::Close, 0),
        silent,
    ];
    let all = read(&acts);
    assert_eq!(state(of(&all, K::Confirm), day(3, 18)), State::Missed);
    assert_eq!((of(&all, K::Confirm).unit, of(&all, K::Review).unit), (0, 0));
    let spoken: Vec<_> = effects_of(A::Confirm, By::Sender).collect();
    assert_eq!(spoken[0], (K::Confirm, E::Meet));
}

#[test]
fn a_unit_has_no_longer_than_the_resident_waits() {
    let five = RoundRule { term: Term { n: 5, unit: Unit::Day }, source: "急件".into() };
    assert_eq!(terms().rule(K::Unit, Some(&five)).unwrap(), five);
    assert_eq!(terms().rule(K::Unit, None).unwrap().term.n, 10);
    assert_eq!(terms().rule(K::Answer, None), None);
}

#[test]
fn every_move_is_legal_for_its_clocks_and_every_effect_has_a_move() {
    for (act, ..) in EFFECTS {
        assert!(*act == A::Submit || MOVES.iter().any(|m| m.act == *act), "{act}");
    }
}

/// Every stage with every set of running clocks that legal moves can lead to; each clock with a rule, none over.
fn reachable() -> Vec<(Stage, Vec<K>)> {
    let after = |open: &[K], act, by| {
        let mut left: Vec<K> = open.to_vec();
        for (kind, effect) in effects_of(act, by) {
            if matches!(effect, E::Start | E::Meet | E::Void) {
                left.retain(|k| *k != kind);
            }
            if effect == E::Start {
                left.push(kind);
            }
        }
        left.sort_unstable();
        left
    };
    let mut found = vec![(Stage::Received, after(&[], A::Submit, By::Sender))];
    let mut looked = 0;
    while let Some((stage, open)) = found.get(looked).cloned() {
        looked += 1;
        for m in MOVES.iter().filter(|m| m.from == stage) {
            let next = (m.to, after(&open, m.act, m.by));
            if !found.contains(&next) {
                found.push(next);
            }
        }
    }
    found
}

#[test]
fn no_walk_there_is_leaves_an_offices_clock_in_a_closed_case() {
    let all = reachable();
    for (stage, open) in &all {
        let offices: Vec<_> = open.iter().filter(|k| !k.is_residents()).collect();
        assert!(stage.is_open() || offices.is_empty(), "{stage} with {offices:?}");
        assert_eq!(stage.is_open(), open.contains(&K::Answer), "{stage} with {open:?}");
        assert!(*stage == Stage::Accepted || !open.contains(&K::Arbitrate), "{stage} with {open:?}");
    }
    assert!(all.iter().any(|(_, open)| open.contains(&K::Arbitrate)));
}

/// A legal walk over the moves from a choice of numbers, an act every `step` hours.
fn walk(choices: &[u16], step: i64) -> (Vec<Moment>, Stage) {
    let mut acts = vec![moment(1, day(3, 2), A::Submit, 7)];
    let mut stage = Stage::Received;
    for choice in choices {
        let legal: Vec<_> = MOVES.iter().filter(|m| m.from == stage).collect();
        if legal.is_empty() {
            break;
        }
        let m = legal[usize::from(*choice) % legal.len()];
        let n = acts.len() as i64 + 1;
        let holder = match m.act {
            A::Dispatch | A::Arbitrate | A::Contest | A::Reopen => 9,
            A::Escalate | A::Dispute | A::Decline | A::Report => 20,
            _ => 0,
        };
        let detail = match m.act {
            A::Pause => detail("hearing", 5),
            A::Extend => detail("", 3),
            _ => None,
        };
        let at = day(3, 2).plus((n - 1) * step * base::HOUR_MS);
        acts.push(Moment { id: n, at, act: m.act, by: m.by, holder, detail });
        stage = m.to;
    }
    (acts, stage)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// Ten thousand legal walks: no clock without a holder, one running round of a kind at most, no closed case
    /// with an office's clock that runs, and the reading of a part does not depend on what came after.
    #[test]
    fn legal_walks_keep_the_clocks_in_order(choices in prop::collection::vec(any::<u16>(), 0..24), step in 1i64..400) {
        let (acts, stage) = walk(&choices, step);
        let all = read(&acts);
        let now = acts.last().unwrap().at;
        for kind in K::ALL {
            let mine: Vec<_> = all.iter().filter(|r| r.kind == *kind).collect();
            prop_assert!(mine.iter().filter(|r| r.ended.is_none()).count() <= 1);
            prop_assert!(mine.iter().enumerate().all(|(i, r)| r.round == i as i64 + 1));
        }
        for round in &all {
            prop_assert_eq!(round.unit == 0, round.kind.is_residents());
            let standing = round.standing(now, &here()).unwrap();
            prop_assert!(standing.due >= round.start);
            let over = matches!(standing.state, State::Met | State::MetLate | State::Void);
            prop_assert!(!over || round.ended.is_some());
            if round.ended.is_none() && standing.state == State::Running { prop_assert!(now <= standing.due); }
            if round.ended.is_none() && !round.kind.is_residents() { prop_assert!(stage.is_open(), "{:?} {}", round.kind, stage); }
        }
        let open_answer = all.iter().any(|r| r.kind == K::Answer && r.ended.is_none());
        prop_assert_eq!(open_answer, stage.is_open());
        let again = read(&acts);
        prop_assert_eq!(again, all);
    }

    #[test]
    fn a_reading_of_the_past_does_not_change(choices in prop::collection::vec(any::<u16>(), 2..16), step in 1i64..200) {
        let (acts, _) = walk(&choices, step);
        let half = acts.len() / 2;
        let then = acts[half - usize::from(half == acts.len())].at;
        let (before, after) = (read(&acts[..half.max(1)]), read(&acts));
        for round in before {
            let same = after.iter().find(|r| r.kind == round.kind && r.round == round.round).unwrap();
            let at = acts[half.max(1) - 1].at;
            prop_assert!(at <= then.plus(DAY_MS * 400));
            let (was, is) = (round.standing(at, &here()).unwrap(), same.standing(at, &here()).unwrap());
            prop_assert_eq!(was.reading.start, is.reading.start);
            prop_assert_eq!(was.reading.pauses, is.reading.pauses);
        }
    }
}
