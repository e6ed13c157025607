//! One step of an entry as a pure function: from the entry, its acts and the next act to the entry as it will be. The deed
//! does nothing else but load, ask, save and record.

use base::Refusal;
use case::rules::clock::Here;
use deadline::ClockError;

use super::clock::{clock_of, event_of, events, is_pending, marks, setting};
use super::moves::next_stage;
use crate::model::{Act, ActKind, Entry};

/// The entry after `next`. A listing has put its four and its terms into `entry` before.
///
/// # Errors
/// What the table of moves says, and what the clock says to an extension.
pub fn advance(entry: &Entry, acts: &[Act], next: &Act, here: &Here) -> Result<Entry, Refusal> {
    let stage = next_stage(entry.stage, next.act, next.by)?;
    must_suit_clock(entry, acts, next, here)?;
    let mut after = Entry { stage, version: entry.version + 1, ..entry.clone() };
    match next.act {
        ActKind::List => after.listed = Some(next.at),
        ActKind::Strike => after.struck = Some(next.at),
        ActKind::Visit => after.visits += 1,
        _ => {}
    }
    let mut all = acts.to_vec();
    all.push(next.clone());
    after.is_asked = is_pending(&all);
    if let Some(terms) = &after.terms {
        after.marks = marks(terms, &all, next.at, here);
    }
    Ok(after)
}

/// An extension is asked for before the end, once at a time, and decided while it can be.
fn must_suit_clock(entry: &Entry, acts: &[Act], next: &Act, here: &Here) -> Result<(), Refusal> {
    if !matches!(next.act, ActKind::Ask | ActKind::Grant | ActKind::Deny) {
        return Ok(());
    }
    let (Some(terms), Some(event)) = (&entry.terms, event_of(next)) else {
        return Err(Refusal::new("supervision.refuse.not_asked"));
    };
    clock_of(terms).may(&events(acts), &event, setting(here)).map_err(|why| {
        let key = match (why, next.act) {
            (ClockError::TooLate, ActKind::Ask) => "supervision.refuse.asked_too_late",
            (ClockError::TooLate, _) => "supervision.refuse.decided_too_late",
            (ClockError::NotExtendable, _) => "supervision.refuse.extended_enough",
            (ClockError::TooMuch, _) => "supervision.refuse.too_much",
            (ClockError::AlreadyAsked, _) => "supervision.refuse.asked_already",
            _ => "supervision.refuse.not_asked",
        };
        Refusal::new(key).with("most", terms.most.say(deadline::Language::Chinese))
    })
}

#[cfg(test)]
mod tests {
    use access::Place;
    use base::{DAY_MS, HOUR_MS, Id, Millis, Zone};
    use calendar::Almanac;
    use deadline::{State, Unit};
    use proptest::prelude::*;

    use super::*;
    use crate::model::{By, Level, Marks, Stage, Terms};
    use crate::rules::{FINAL, Light, MOVES, light, reading};

    /// Monday 2026-03-02, nine in the morning.
    const START: Millis = Millis(1_772_413_200_000);

    fn here() -> Here {
        Here::new(Zone::default(), &Almanac::shipped(), "")
    }

    fn terms() -> Terms {
        Terms {
            term: "30d".parse().unwrap(),
            source: "会议纪要".into(),
            most: "15d".parse().unwrap(),
            times: 2,
            decide_days: 3,
            extension_source: "本地规定".into(),
        }
    }

    fn entry() -> Entry {
        Entry {
            id: Id::of(1),
            number: "1".into(),
            place: Place { county: 3, ..Place::default() },
            case: None,
            category: 0,
            title: "边坡隐患".into(),
            stage: Stage::Nominated,
            level: Level::County,
            list_unit: 30,
            by_unit: 40,
            four: crate::model::Four { leader_post: 5, leader: 6, unit: 31, person: 7 },
            terms: Some(terms()),
            marks: Marks::default(),
            listed: None,
            struck: None,
            public_title: None,
            visits: 0,
            is_asked: false,
            version: 1,
            created: START,
        }
    }

    fn act(act: ActKind, by: By, at: Millis, from: Stage) -> Act {
        let term = (act == ActKind::Ask).then(|| "15d".parse().unwrap());
        Act { id: at.0, at, act, by, from, to: from, account: 1, post: 1, unit: 1, term, words: None }
    }

    /// Does an act, or says why not.
    fn go(e: &mut Entry, acts: &mut Vec<Act>, what: ActKind, by: By, at: Millis) -> Result<(), &'static str> {
        let next = act(what, by, at, e.stage);
        let after = advance(e, acts, &next, &here()).map_err(|r| r.key)?;
        acts.push(Act { to: after.stage, ..next });
        *e = after;
        Ok(())
    }

    #[test]
    fn the_straight_way_with_one_return_and_an_extension() {
        let (mut e, mut acts) = (entry(), Vec::new());
        let day = |n: i64| START.plus(n * DAY_MS);
        go(&mut e, &mut acts, ActKind::List, By::Desk, day(0)).unwrap();
        // The day of the listing is not counted: until the end of 1 April.
        assert_eq!(Zone::default().day(e.marks.due).to_string(), "2026-04-01");
        go(&mut e, &mut acts, ActKind::Take, By::Handler, day(1)).unwrap();
        go(&mut e, &mut acts, ActKind::Apply, By::Handler, day(20)).unwrap();
        assert_eq!(reading(&terms(), &acts, day(25), &here()).unwrap().state, State::Met);
        go(&mut e, &mut acts, ActKind::Return, By::Inspector, day(25)).unwrap();
        assert_eq!(reading(&terms(), &acts, day(25), &here()).unwrap().state, State::Running);
        go(&mut e, &mut acts, ActKind::Ask, By::Handler, day(29)).unwrap();
        assert!(e.is_asked && e.marks.late > e.marks.due);
        // Asked for in time: not overdue while it waits, and not once it is granted.
        let waiting = e.marks.due.plus(HOUR_MS);
        assert_eq!(light(&e, waiting), Light::Undecided);
        go(&mut e, &mut acts, ActKind::Grant, By::Desk, waiting).unwrap();
        assert_eq!((e.stage, e.is_asked), (Stage::Extended, false));
        assert_eq!(Zone::default().day(e.marks.due).to_string(), "2026-04-16");
        assert_ne!(light(&e, waiting), Light::Overdue);
        go(&mut e, &mut acts, ActKind::Apply, By::Handler, day(40)).unwrap();
        go(&mut e, &mut acts, ActKind::Pass, By::Inspector, day(41)).unwrap();
        go(&mut e, &mut acts, ActKind::Strike, By::Desk, day(42)).unwrap();
        assert_eq!((e.stage, e.struck), (Stage::StruckOff, Some(day(42))));
        assert_eq!(reading(&terms(), &acts, day(99), &here()).unwrap().state, State::Met);
    }

    #[test]
    fn an_extension_is_asked_for_before_the_end_once_at_a_time_and_not_for_more_than_may_be() {
        let (mut e, mut acts) = (entry(), Vec::new());
        let day = |n: i64| START.plus(n * DAY_MS);
        go(&mut e, &mut acts, ActKind::List, By::Desk, day(0)).unwrap();
        go(&mut e, &mut acts, ActKind::Take, By::Handler, day(1)).unwrap();
        assert_eq!(
            go(&mut e, &mut acts, ActKind::Grant, By::Desk, day(2)),
            Err("supervision.refuse.not_asked")
        );
        let mut more = act(ActKind::Ask, By::Handler, day(2), e.stage);
        more.term = Some(deadline::Term { n: 16, unit: Unit::Day });
        let said = advance(&e, &acts, &more, &here()).unwrap_err();
        assert_eq!(said.key, "supervision.refuse.too_much");
        let late = go(&mut e, &mut acts, ActKind::Ask, By::Handler, day(40));
        assert_eq!(late, Err("supervision.refuse.asked_too_late"));
        assert_eq!(light(&e, day(40)), Light::Overdue);
        go(&mut e, &mut acts, ActKind::Ask, By::Handler, day(3)).unwrap();
        let twice = go(&mut e, &mut acts, ActKind::Ask, By::Handler, day(4));
        assert_eq!(twice, Err("supervision.refuse.asked_already"));
        go(&mut e, &mut acts, ActKind::Deny, By::Desk, day(5)).unwrap();
        assert!(!e.is_asked && e.marks.late == e.marks.due);
    }

    /// A cheap reproducible number below `end`.
    fn draw(seed: &mut u64, end: usize) -> usize {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(*seed >> 33).unwrap() % end
    }

    /// A walk of random legal steps; returns where it ended.
    fn walk(seed: u64, here: &Here) -> (Entry, Vec<Act>, Millis) {
        let (mut e, mut acts, mut now, mut dice) = (entry(), Vec::new(), START, seed);
        for _ in 0..40 {
            now = now.plus(i64::try_from(draw(&mut dice, 90)).unwrap() * HOUR_MS);
            let open: Vec<_> = MOVES.iter().filter(|m| m.from == e.stage && m.to != m.from).collect();
            let any: Vec<_> = MOVES.iter().filter(|m| m.from == e.stage).collect();
            let from = if draw(&mut dice, 3) == 0 { &any } else { &open };
            if from.is_empty() {
                break;
            }
            let m = from[draw(&mut dice, from.len())];
            let next = act(m.act, m.by, now, e.stage);
            if let Ok(after) = advance(&e, &acts, &next, here) {
                acts.push(Act { to: after.stage, ..next });
                e = after;
            }
        }
        (e, acts, now)
    }

    /// What holds after every walk.
    fn hold(seed: u64, e: &Entry, acts: &[Act], now: Millis, here: &Here) {
        let from = [Stage::Nominated].into_iter().chain(acts.iter().map(|a| a.to));
        assert!(from.zip(acts).all(|(before, a)| a.from == before), "{seed}: the acts are a chain");
        assert!(
            acts.iter()
                .all(|a| MOVES.iter().any(|m| (m.from, m.act, m.by, m.to) == (a.from, a.act, a.by, a.to)))
        );
        assert_eq!(e.version, 1 + i64::try_from(acts.len()).unwrap(), "{seed}: one version each");
        let count = |kind| acts.iter().filter(|a| a.act == kind).count();
        assert_eq!(e.visits, i64::try_from(count(ActKind::Visit)).unwrap(), "{seed}");
        assert!(count(ActKind::Grant) <= 2, "{seed}: extended more often than may be");
        assert_eq!(e.stage.is_listed(), e.listed.is_some(), "{seed}");
        let read = reading(&terms(), acts, now, here);
        assert_eq!(read.is_some(), e.listed.is_some(), "{seed}: a clock from the listing on");
        if let Some(read) = read {
            let runs = matches!(read.state, State::Running | State::Missed);
            // No clock without a holder: it runs exactly while the responsible unit owes something.
            assert_eq!(runs, e.stage.is_working(), "{seed} {:?} {:?}", read.state, e.stage);
            assert_eq!(e.marks.due, read.deadline.due.at, "{seed}: the index is the clock");
            assert_eq!(light(e, now) == Light::Overdue, read.state == State::Missed, "{seed}");
            let over = e.stage == Stage::StruckOff;
            assert!(
                !over || (count(ActKind::Pass) >= 1 && e.struck.is_some()),
                "{seed}: not without an inspection"
            );
        }
        assert!(!FINAL.contains(&e.stage) || light(e, now) == Light::Off, "{seed}");
    }

    #[test]
    fn ten_thousand_walks_keep_what_must_hold() {
        let (here, mut ended) = (here(), 0);
        for seed in 0..10_000 {
            let (e, acts, now) = walk(seed, &here);
            hold(seed, &e, &acts, now, &here);
            ended += u32::from(e.stage == Stage::StruckOff);
        }
        assert!(ended > 500, "the walks hardly end: {ended}");
    }

    proptest! {
        #[test]
        fn any_seed_keeps_it(seed: u64) {
            let here = here();
            let (e, acts, now) = walk(seed, &here);
            hold(seed, &e, &acts, now, &here);
        }
    }
}
