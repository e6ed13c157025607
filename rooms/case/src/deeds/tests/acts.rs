//! Acts on cases: the straight way, the ways back, and who is refused what.

use base::{DAY_MS, Id, Stop};
use store::journal;

use super::world::{World, not_mine, place, worlds};
use crate::deeds::*;
use crate::model::*;
use crate::store::{public_timeline, timeline};

fn reason(words: &str) -> ReasonOrder {
    ReasonOrder { version: None, reason: Body::new("reason", words).unwrap() }
}

fn dispatch(unit: i64) -> DispatchOrder {
    DispatchOrder {
        version: None,
        unit,
        account: 0,
        words: Some(Body::new("words", "内部交代一句").unwrap()),
    }
}

fn report() -> ReportOrder {
    ReportOrder {
        version: None,
        ending: Ending::Fixed,
        words: Body::new("words", "已清扫干净").unwrap(),
        paper: None,
        signed: None,
    }
}

fn answer(ending: Option<Ending>, words: Option<&str>) -> AnswerOrder {
    let answer = words.map(|w| Body::new("answer", w).unwrap());
    AnswerOrder { version: None, ending, answer, same_as: None, referred_to: None }
}

impl World {
    fn accept(&self, id: Id<Case>, who: &str) -> base::Outcome<Done> {
        let p = self.person(who);
        self.act(move |tx, g, at| accept_case(tx, g, Hand::Staff(&p), at, id, &AcceptOrder::default()))
    }

    fn dispatch(&self, id: Id<Case>, who: &str, unit: i64) -> base::Outcome<Done> {
        let p = self.person(who);
        self.act(move |tx, g, at| dispatch_case(tx, g, Hand::Staff(&p), at, id, &dispatch(unit)))
    }

    fn take(&self, id: Id<Case>, who: &str) -> base::Outcome<Done> {
        let p = self.person(who);
        self.act(move |tx, g, at| take_case(tx, g, Hand::Staff(&p), at, id, None))
    }

    fn report(&self, id: Id<Case>, who: &str) -> base::Outcome<Done> {
        let p = self.person(who);
        self.act(move |tx, g, at| report_case(tx, g, Hand::Staff(&p), at, id, &report()))
    }

    fn verify(&self, id: Id<Case>, who: &str) -> base::Outcome<Done> {
        let p = self.person(who);
        self.act(move |tx, g, at| verify_case(tx, g, Hand::Staff(&p), at, id, &answer(None, None)))
    }

    fn contest(&self, id: Id<Case>, code: &str) -> base::Outcome<Done> {
        let code = code.to_owned();
        self.act(move |tx, g, at| {
            contest_case(tx, g, Hand::Sender { code: &code }, at, id, &reason("楼道还是脏"))
        })
    }

    fn confirm(&self, id: Id<Case>, code: &str) -> base::Outcome<Done> {
        let code = code.to_owned();
        self.act(move |tx, g, at| confirm_case(tx, g, Hand::Sender { code: &code }, at, id, None, None))
    }

    /// As far as "to be verified", by clerk and liaison.
    pub fn reported(&self) -> Receipt {
        let r = self.submit();
        self.accept(r.id, "clerk").unwrap();
        self.dispatch(r.id, "clerk", self.unit("liaison")).unwrap();
        self.take(r.id, "liaison").unwrap();
        self.report(r.id, "liaison").unwrap();
        r
    }

    /// As far as "closed".
    pub fn closed(&self) -> Receipt {
        let r = self.reported();
        self.verify(r.id, "clerk2").unwrap();
        r
    }
}

fn key(outcome: base::Outcome<Done>) -> &'static str {
    match outcome.unwrap_err() {
        Stop::Refused(r) => r.key,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_matter_goes_all_the_way_and_everybody_is_on_record() {
    for w in worlds() {
        let r = w.submit();
        assert_eq!(r.number, "620602-2026-00001");
        assert_eq!(r.unit, w.unit("clerk"), "the town's centre receives it");
        let case = w.case(r.id);
        assert_eq!((case.stage, case.level), (Stage::Received, Level::Town));
        let r = Receipt { ..r };
        w.accept(r.id, "clerk").unwrap();
        w.dispatch(r.id, "clerk", w.unit("liaison")).unwrap();
        w.take(r.id, "liaison").unwrap();
        let done = w.report(r.id, "liaison").unwrap();
        assert_eq!(
            (done.stage, done.unit),
            (Stage::Verifying, w.unit("clerk")),
            "back at the desk that sent it"
        );
        w.verify(r.id, "clerk2").unwrap();
        assert_eq!(w.confirm(r.id, &r.code).unwrap().stage, Stage::Confirmed);

        let events = w.read(move |c| timeline(c, r.id));
        let acts: Vec<&str> = events.iter().map(|e| e.act.code()).collect();
        assert_eq!(acts, ["submit", "accept", "dispatch", "take", "report", "verify", "confirm"]);
        assert_eq!(events[3].name, "张志强");
        let public = w.read(move |c| public_timeline(c, r.id));
        assert!(public.iter().all(|e| e.account == 0 && e.name.is_empty()));
        let words: Vec<String> = public.into_iter().filter_map(|e| e.words).collect();
        assert_eq!(words, ["已清扫干净"], "the answer, and no internal words");
        let facts = w.read(|c| journal::entries(c, &journal::EntryFilter::default(), 100));
        let kinds: Vec<&str> =
            facts.iter().map(|f| f.kind.as_str()).filter(|k| k.starts_with("case.")).collect();
        for kind in ["case.received", "case.accepted", "case.dispatched", "case.verified", "case.confirmed"] {
            assert!(kinds.contains(&kind), "{kind}");
        }
        assert!(
            facts.iter().all(|f| !f.body.contains("清扫") && FACTS.contains(&f.kind.as_str())
                || !f.kind.starts_with("case."))
        );
    }
}

#[test]
fn every_act_done_twice_is_refused_with_who_and_when() {
    for w in worlds() {
        let r = w.submit();
        w.accept(r.id, "clerk").unwrap();
        let Stop::Refused(again) = w.accept(r.id, "clerk2").unwrap_err() else { panic!() };
        assert_eq!(again.key, "case.refuse.already_past");
        assert!(again.words.contains(&("who", "李建国".to_owned())), "{again:?}");
        assert!(again.words.iter().any(|(n, _)| *n == "when~"));
        w.dispatch(r.id, "clerk", w.unit("liaison")).unwrap();
        assert_eq!(key(w.dispatch(r.id, "clerk", w.unit("liaison"))), "case.refuse.already_past");
        w.take(r.id, "liaison").unwrap();
        assert_eq!(key(w.take(r.id, "liaison")), "case.refuse.already_past");
        w.report(r.id, "liaison").unwrap();
        assert_eq!(key(w.report(r.id, "liaison")), "case.refuse.already_past");
        w.verify(r.id, "clerk").unwrap();
        assert_eq!(key(w.verify(r.id, "clerk")), "case.refuse.already_past");
        w.confirm(r.id, &r.code).unwrap();
        assert_eq!(key(w.confirm(r.id, &r.code)), "case.refuse.already_past");
    }
}

#[test]
fn of_two_clerks_with_the_same_form_one_wins() {
    for w in worlds() {
        let r = w.submit();
        let (a, b) = (w.person("clerk"), w.person("clerk2"));
        let unit = w.unit("liaison");
        let order = AcceptOrder { version: Some(1), ..AcceptOrder::default() };
        let order2 = order.clone();
        w.act(move |tx, g, at| accept_case(tx, g, Hand::Staff(&a), at, r.id, &order)).unwrap();
        let late = w.act(move |tx, g, at| {
            accept_and_dispatch(tx, g, Hand::Staff(&b), at, r.id, &order2, &dispatch(unit))
        });
        assert_eq!(key(late), "case.refuse.already_past");
        let c = w.person("clerk2");
        let old = DispatchOrder { version: Some(1), ..dispatch(unit) };
        let late = w.act(move |tx, g, at| dispatch_case(tx, g, Hand::Staff(&c), at, r.id, &old));
        assert_eq!(key(late), "case.refuse.changed_meanwhile");
        assert_eq!(w.case(r.id).version, 2, "what was refused left nothing");
    }
}

#[test]
fn nobody_verifies_own_work_and_outsiders_see_nothing() {
    for w in worlds() {
        let r = w.submit();
        assert_eq!(key(w.accept(r.id, "outsider")), "stop.not_found");
        assert_eq!(key(w.accept(r.id, "auditor")), "stop.not_found");
        assert_eq!(key(w.accept(r.id, "leader")), "stop.forbidden");
        assert_eq!(key(w.accept(r.id, "liaison")), "stop.not_found", "a department sees what it was sent");
        w.accept(r.id, "clerk").unwrap();
        // The village's committee handles; its member may verify in the village, but not this.
        w.dispatch(r.id, "clerk", w.unit("village")).unwrap();
        w.take(r.id, "village").unwrap();
        w.report(r.id, "village").unwrap();
        assert!(["case.refuse.own_work", "access.refuse.own_work"].contains(&key(w.verify(r.id, "village"))));
        w.verify(r.id, "clerk").unwrap();
    }
}

#[test]
fn a_grid_worker_handles_what_the_own_unit_holds() {
    for w in worlds() {
        let r = w.submit();
        w.accept(r.id, "clerk").unwrap();
        assert_eq!(key(w.take(r.id, "grid")), "case.refuse.not_yet");
        w.dispatch(r.id, "clerk", w.unit("liaison")).unwrap();
        assert_eq!(key(w.take(r.id, "grid")), "case.refuse.held_elsewhere");
        let p = w.person("liaison");
        w.act(move |tx, g, at| decline_case(tx, g, Hand::Staff(&p), at, r.id, &not_mine("不归我局管")))
            .unwrap();
        assert_eq!(w.case(r.id).holder.unit, w.unit("clerk"));
        w.dispatch(r.id, "clerk", w.unit("grid")).unwrap();
        w.take(r.id, "grid").unwrap();
        w.report(r.id, "grid").unwrap();
        w.verify(r.id, "village").unwrap();
    }
}

#[test]
fn not_solved_goes_back_to_who_found_it_in_order_with_a_new_clock() {
    for w in worlds() {
        let r = w.closed();
        let due = w.case(r.id).due;
        w.t.clock.advance(3 * DAY_MS);
        let done = w.contest(r.id, &r.code).unwrap();
        assert_eq!((done.stage, done.unit), (Stage::Handling, w.unit("clerk2")));
        let case = w.case(r.id);
        assert!(case.due > due && case.closed.is_none() && case.ending.is_none());
        w.dispatch(r.id, "clerk2", w.unit("village")).unwrap();
        w.take(r.id, "village").unwrap();
        w.report(r.id, "village").unwrap();
        assert_eq!(key(w.contest(r.id, &r.code)), "case.refuse.not_yet");
        assert_eq!(key(w.contest(r.id, "WRONGCOD")), "stop.not_found");
        w.verify(r.id, "clerk").unwrap();
        let closures = w.read(move |c| crate::store::closures_of(c, r.id));
        assert_eq!(closures.len(), 2);
        assert!(closures[0].contested_ms.is_some() && closures[1].contested_ms.is_none());
    }
}

#[test]
fn silence_confirms_and_the_window_to_open_again_ends() {
    for w in worlds() {
        let r = w.closed();
        w.t.clock.advance(8 * DAY_MS);
        w.run_timers();
        assert_eq!(w.case(r.id).stage, Stage::Confirmed);
        let code = r.code.clone();
        w.t.clock.advance(29 * DAY_MS);
        let again = w.act(move |tx, g, at| {
            reopen_case(tx, g, Hand::Sender { code: &code }, at, r.id, &reason("又堆满了"))
        });
        assert_eq!(again.unwrap().stage, Stage::Handling);

        let r = w.closed();
        w.t.clock.advance(60 * DAY_MS);
        w.run_timers();
        let code = r.code.clone();
        let late = w.act(move |tx, g, at| {
            reopen_case(tx, g, Hand::Sender { code: &code }, at, r.id, &reason("又堆满了"))
        });
        // The timer ran late, so the window is counted from then.
        assert!(late.is_ok());
        w.t.clock.advance(8 * DAY_MS);
        w.run_timers();
        let facts = w.read(|c| journal::entries(c, &journal::EntryFilter::default(), 500));
        assert!(facts.iter().any(|f| f.kind == "case.clock_warned"));
    }
}

#[test]
fn a_contested_answer_is_not_confirmed_by_its_old_timer() {
    for w in worlds() {
        let r = w.closed();
        w.t.clock.advance(DAY_MS);
        w.contest(r.id, &r.code).unwrap();
        w.t.clock.advance(5 * DAY_MS);
        w.dispatch(r.id, "clerk2", w.unit("village")).unwrap();
        w.take(r.id, "village").unwrap();
        w.report(r.id, "village").unwrap();
        w.verify(r.id, "clerk").unwrap();
        w.t.clock.advance(2 * DAY_MS);
        w.run_timers();
        assert_eq!(w.case(r.id).stage, Stage::Closed);
    }
}

#[test]
fn a_returned_matter_comes_back_with_more_and_another_is_taken_back() {
    for w in worlds() {
        let r = w.submit();
        let p = w.person("clerk");
        w.act(move |tx, g, at| return_case(tx, g, Hand::Staff(&p), at, r.id, &reason("请补充楼号"))).unwrap();
        let code = r.code.clone();
        let sender = move |tx: &mut store::Tx<'_>, g: &crate::store::Ground, at| {
            supplement_case(tx, g, Hand::Sender { code: &code }, at, r.id, &reason("是三号楼"))
        };
        assert_eq!(w.act(sender).unwrap().stage, Stage::Received);
        assert!(w.case(r.id).body.ends_with("是三号楼"));
        let code = r.code.clone();
        let done = w.act(move |tx, g, at| withdraw_case(tx, g, Hand::Sender { code: &code }, at, r.id, None));
        assert_eq!(done.unwrap().stage, Stage::Withdrawn);
        assert_eq!(key(w.accept(r.id, "clerk")), "case.refuse.already_past");
    }
}

#[test]
fn carried_up_a_case_leaves_the_town_and_the_top_has_nobody_above() {
    for w in worlds() {
        let r = w.submit();
        let up = |who: &str| {
            let p = w.person(who);
            w.act(move |tx, g, at| escalate_case(tx, g, Hand::Staff(&p), at, r.id, &reason("需要区里协调")))
        };
        let done = up("clerk").unwrap();
        assert_eq!((done.stage, done.unit), (Stage::Received, w.unit("county")));
        assert_eq!(key(w.accept(r.id, "clerk")), "case.refuse.held_elsewhere");
        w.accept(r.id, "county").unwrap();
        assert_eq!(key(up("county")), "case.refuse.nothing_above", "this city has no centre");
        // The county may also work on what lies with the town.
        let other = w.submit();
        w.accept(other.id, "county").unwrap();
    }
}

#[test]
fn a_direct_answer_tells_fixed_from_not_fixed() {
    for w in worlds() {
        let (first, r) = (w.submit(), w.submit());
        w.accept(r.id, "clerk").unwrap();
        let close = |order: AnswerOrder| {
            let p = w.person("clerk");
            w.act(move |tx, g, at| close_case(tx, g, Hand::Staff(&p), at, r.id, &order))
        };
        assert_eq!(
            key(close(answer(Some(Ending::Fixed), Some("好了")))),
            "case.refuse.fixed_without_handling"
        );
        assert!(matches!(close(answer(Some(Ending::Explained), None)), Err(Stop::Invalid(_))));
        assert!(matches!(close(answer(Some(Ending::Referred), Some("已转交"))), Err(Stop::Invalid(_))));
        let same = AnswerOrder {
            same_as: Some(r.number.clone()),
            ..answer(Some(Ending::Duplicate), Some("与另一件相同"))
        };
        assert!(matches!(close(same.clone()), Err(Stop::Invalid(_))), "not of itself");
        let done = close(AnswerOrder { same_as: Some(first.number.clone()), ..same }).unwrap();
        assert_eq!(done.stage, Stage::Closed);
    }
}

#[test]
fn a_clerk_writes_down_a_word_but_not_on_own_work() {
    for w in worlds() {
        let r = w.closed();
        let word = |who: &str| {
            let p = w.person(who);
            w.act(move |tx, g, at| {
                confirm_case(tx, g, Hand::Staff(&p), at, r.id, None, Some("电话回访:满意"))
            })
        };
        assert_eq!(key(word("clerk2")), "case.refuse.own_word");
        assert_eq!(word("clerk").unwrap().stage, Stage::Confirmed);
    }
}

#[test]
fn a_case_is_sent_only_to_units_that_answer_for_the_place() {
    for w in worlds() {
        let r = w.submit();
        w.accept(r.id, "clerk").unwrap();
        assert!(matches!(w.dispatch(r.id, "clerk", 999), Err(Stop::Invalid(_))));
        let mut matter = w.matter();
        matter.place = place(7);
        let other = w.act(move |tx, g, at| submit_case(tx, g, Hand::Public, at, &matter)).unwrap();
        assert_eq!(other.unit, w.unit("county"), "that town has no desk: the county receives");
        w.accept(other.id, "county").unwrap();
        assert!(matches!(w.dispatch(other.id, "county", w.unit("village")), Err(Stop::Invalid(_))));
        assert_eq!(key(w.accept(other.id, "clerk")), "stop.not_found", "another town");
    }
}

#[test]
fn of_many_clerks_at_the_same_instant_one_wins_and_the_others_hear_of_it() {
    for w in worlds() {
        for _ in 0..5 {
            let r = w.submit();
            let people = [w.person("clerk"), w.person("clerk2"), w.person("county"), w.person("clerk")];
            let (g, now) = (w.ground(), w.now());
            let said: Vec<base::Outcome<Done>> = std::thread::scope(|s| {
                let threads: Vec<_> = people
                    .into_iter()
                    .map(|p| {
                        let (db, g) = (w.t.db.clone(), g.clone());
                        s.spawn(move || {
                            db.write_now(move |tx| {
                                accept_case(tx, &g, Hand::Staff(&p), now, r.id, &AcceptOrder::default())
                            })
                        })
                    })
                    .collect();
                threads.into_iter().map(|t| t.join().unwrap()).collect()
            });
            let (won, lost): (Vec<_>, Vec<_>) = said.into_iter().partition(Result::is_ok);
            assert_eq!((won.len(), lost.len()), (1, 3));
            for stop in lost {
                let Stop::Refused(refusal) = stop.unwrap_err() else { panic!() };
                assert!(["case.refuse.already_past", "case.refuse.changed_meanwhile"].contains(&refusal.key));
                assert!(refusal.words.iter().any(|(n, _)| *n == "who"), "{refusal:?}");
            }
            assert_eq!(w.case(r.id).version, 2);
        }
    }
}

#[test]
fn many_matters_at_once_get_numbers_without_gap_or_repetition() {
    for w in worlds() {
        let (g, now, matter) = (w.ground(), w.now(), w.matter());
        let mut numbers: Vec<String> = std::thread::scope(|s| {
            let threads: Vec<_> = (0..24)
                .map(|n| {
                    let (db, g, mut matter) = (w.t.db.clone(), g.clone(), matter.clone());
                    // Two threads share each key: the same case twice.
                    matter.key = Some(format!("k{}", n / 2));
                    s.spawn(move || db.write_now(move |tx| submit_case(tx, &g, Hand::Public, now, &matter)))
                })
                .collect();
            threads.into_iter().map(|t| t.join().unwrap().unwrap().number).collect()
        });
        numbers.sort();
        numbers.dedup();
        let wanted: Vec<String> = (1..=12).map(|n| format!("620602-2026-{n:05}")).collect();
        assert_eq!(numbers, wanted);
    }
}
