//! The year has the shape that it is fitted to, is the same each time, and leaves work in every queue.

use std::collections::{BTreeMap, HashMap};

use base::Zone;
use case::model::{ActKind, ActKind as A, By, Stage};
use case::rules::answers::AnswerTimes;
use case::rules::moves::next_stage;
use case::rules::pack::{PackFile, read_pack};

use super::*;
use crate::demo::ground;
use crate::demo::steps::{Deed, Hand};

/// The shipped pack.
pub fn wuwei_pack() -> Pack {
    read_pack(&[
        PackFile { name: "pack.toml", text: include_str!("../../../../packs/wuwei/pack.toml") },
        PackFile { name: "categories.toml", text: include_str!("../../../../packs/wuwei/categories.toml") },
        PackFile { name: "units.toml", text: include_str!("../../../../packs/wuwei/units.toml") },
        PackFile { name: "routing.toml", text: include_str!("../../../../packs/wuwei/routing.toml") },
    ])
    .unwrap()
}

struct World {
    ground: Ground,
    pack: Pack,
    grammar: Grammar,
}

impl World {
    fn new() -> Self {
        Self { ground: ground::tests::wuwei(), pack: wuwei_pack(), grammar: Grammar::load().unwrap() }
    }

    fn year(&self, seed: u64, matters: usize) -> Year<'_> {
        let until = Zone::default().start_of(jiff::civil::date(2026, 11, 20)).plus(10 * HOUR_MS);
        Year::new(
            Order { seed, matters, until, days: 365, focus: 0 },
            &self.ground,
            &self.pack,
            &self.grammar,
        )
    }
}

fn act_of(deed: &Deed) -> ActKind {
    match deed {
        Deed::Accept | Deed::AcceptOther => ActKind::Accept,
        Deed::Dispute(_) => ActKind::Dispute,
        Deed::Arbitrate(_) => ActKind::Arbitrate,
        Deed::Pause { .. } => ActKind::Pause,
        Deed::Resume(_) => ActKind::Resume,
        Deed::Extend { .. } => ActKind::Extend,
        Deed::Grant(_) => ActKind::Grant,
        Deed::Deny(_) => ActKind::Deny,
        Deed::Return(_) => ActKind::Return,
        Deed::Supplement(_) => ActKind::Supplement,
        Deed::Withdraw(_) => ActKind::Withdraw,
        Deed::Dispatch { .. } => ActKind::Dispatch,
        Deed::Take => ActKind::Take,
        Deed::Decline(_) => ActKind::Decline,
        Deed::Report { .. } => ActKind::Report,
        Deed::Verify => ActKind::Verify,
        Deed::Reject(_) => ActKind::Reject,
        Deed::Close { .. } => ActKind::Close,
        Deed::Confirm => ActKind::Confirm,
        Deed::Contest(_) => ActKind::Contest,
        Deed::Reopen(_) => ActKind::Reopen,
        Deed::Escalate(_) => ActKind::Escalate,
        Deed::Note { .. } => ActKind::Note,
        Deed::MeToo => ActKind::Metoo,
    }
}

fn by_of(hand: Hand) -> By {
    match hand {
        Hand::Sender => By::Sender,
        Hand::Clerk => By::Clerk,
        Hand::Handler => By::Handler,
        Hand::Verifier => By::Verifier,
        Hand::Leader => By::Leader,
        Hand::System => By::System,
    }
}

#[test]
fn every_way_is_legal_by_the_table_of_moves() {
    let world = World::new();
    let year = world.year(1, 4000);
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for number in 0..4000 {
        let (matter, steps) = year.matter(number);
        let (mut stage, mut last) = (Stage::Received, matter.at);
        for step in steps {
            assert!(step.at >= last, "{number}: time runs backwards");
            last = step.at;
            let act = act_of(&step.deed);
            *seen.entry(act.code()).or_default() += 1;
            if !matches!(act, ActKind::Note | ActKind::Metoo) {
                stage = next_stage(stage, act, by_of(step.hand))
                    .unwrap_or_else(|r| panic!("{number} {stage} {act}: {}", r.key));
            }
        }
        assert!(
            matches!(stage, Stage::Confirmed | Stage::Returned | Stage::Withdrawn),
            "{number} ends {stage}"
        );
    }
    // Nobody plays a change of the work calendar; a changed category goes with an acceptance; whistles, urging and links
    // come after the year.
    let apart = |a: &&ActKind| {
        let moves = [A::Submit, A::Retime, A::Recategorise, A::Urge, A::Whistle];
        let links = [A::Merge, A::Unmerge, A::Split, A::Link, A::Unlink];
        moves.contains(a) || links.contains(a)
    };
    let played = ActKind::ALL.iter().filter(|a| !apart(a));
    for act in played {
        assert!(seen.get(act.code()).is_some_and(|n| *n > 0), "nobody does {act}");
    }
}

#[test]
fn answers_take_as_long_as_the_real_ones() {
    let world = World::new();
    let year = world.year(2, 12_000);
    let pairs = (0..12_000).filter_map(|n| {
        let (matter, steps) = year.matter(n);
        let fifteen = world.pack.category(&matter.category).unwrap().term.days == 15;
        let closed = steps.iter().find(|s| matches!(s.deed, Deed::Verify | Deed::Close { .. }))?;
        fifteen.then_some((matter.at, closed.at))
    });
    let times = AnswerTimes::of(pairs);
    let (median, tail) = (times.quantile(50).unwrap().0, times.quantile(90).unwrap().0);
    assert!(times.count() > 2500, "{}", times.count());
    assert!((100..=125).contains(&median), "median {median}");
    assert!((360..=460).contains(&tail), "p90 {tail}");
    let within = times.share_within(15).unwrap().0;
    assert!((580..=650).contains(&within), "{within}");
}

#[test]
fn a_year_is_the_same_each_time_and_another_with_another_seed() {
    let world = World::new();
    let first: Vec<Event> = world.year(3, 300).collect();
    assert_eq!(first, world.year(3, 300).collect::<Vec<_>>());
    assert_ne!(first, world.year(4, 300).collect::<Vec<_>>());
}

#[test]
fn events_come_in_the_order_of_time_and_end_at_the_end() {
    let world = World::new();
    let events: Vec<Event> = world.year(5, 3000).collect();
    assert!(events.is_sorted_by_key(Event::at));
    let until = world.year(5, 1).order.until;
    assert!(events.iter().all(|e| e.at() <= until));
    let mut known = 0;
    for event in &events {
        match event {
            Event::Arrival(m) => {
                assert_eq!(m.number, known);
                known += 1;
            }
            Event::Act { matter, .. } => assert!(*matter < known),
        }
    }
    assert_eq!(known, 3000);
}

#[test]
fn every_queue_has_work_at_the_end() {
    let world = World::new();
    let mut stages: HashMap<usize, Stage> = HashMap::new();
    let mut deeds = 0;
    for event in world.year(6, 30_000) {
        deeds += 1;
        match event {
            Event::Arrival(m) => drop(stages.insert(m.number, Stage::Received)),
            Event::Act { matter, step } => {
                let act = act_of(&step.deed);
                let stage = stages.get_mut(&matter).unwrap();
                if !matches!(act, ActKind::Note | ActKind::Metoo) {
                    *stage = next_stage(*stage, act, by_of(step.hand)).unwrap();
                }
            }
        }
    }
    let mut counts: BTreeMap<Stage, usize> = BTreeMap::new();
    for s in stages.values() {
        *counts.entry(*s).or_default() += 1;
    }
    for stage in Stage::OPEN.iter().chain([&Stage::Closed, &Stage::Returned, &Stage::Withdrawn]) {
        assert!(counts.get(stage).is_some_and(|n| *n >= 5), "{stage}: {counts:?}");
    }
    assert!(counts[&Stage::Confirmed] > 24_000, "{counts:?}");
    assert!((150_000..260_000).contains(&deeds), "{deeds}");
}

#[test]
fn months_hours_and_places_are_uneven_as_in_life() {
    let world = World::new();
    let year = world.year(7, 20_000);
    let zone = Zone::default();
    let hours = |h: i8| year.arrivals.iter().filter(|a| zone.at(**a).hour() == h).count();
    assert!(hours(10) > 4 * hours(20).min(hours(6)) && hours(3) < 200);
    let months = |m: i8| year.arrivals.iter().filter(|a| zone.at(**a).month() == m).count();
    assert!(months(2) * 3 < months(12) * 2);
    let mut heat = [0; 2];
    for n in 0..4000 {
        let (m, _) = year.matter(n * 5);
        if m.category.starts_with("0303") {
            heat[usize::from((4..=10).contains(&zone.at(m.at).month()))] += 1;
        }
    }
    assert!(heat[0] > 8 * heat[1].max(1), "{heat:?}");
}

#[test]
fn repeats_say_the_same_at_the_same_place() {
    let world = World::new();
    let year = world.year(8, 4000);
    let mut count = 0;
    for n in 0..4000 {
        let (m, steps) = year.matter(n);
        let Some(first) = steps.iter().find_map(|s| match s.deed {
            Deed::Close { same_as, .. } => same_as,
            _ => None,
        }) else {
            continue;
        };
        let (origin, _) = year.matter(first);
        assert_eq!((origin.village, origin.grid, &origin.category), (m.village, m.grid, &m.category));
        assert!(origin.at <= m.at);
        count += 1;
    }
    assert!((60..=130).contains(&count), "{count}");
}
