//! Whistles and urging: each act once, twice, late, by the wrong post, by two at the same moment; a unit that does
//! not come; thirty days of standstill; lists against rows.

use std::sync::Arc;

use access::{Kind, view_filter};
use base::{DAY_MS, HOUR_MS, Id, Outcome};
use store::journal::{EntryFilter, entries};

use super::world::{World, place, worlds};
use crate::deeds::*;
use crate::model::*;
use crate::store::{
    CallFigure, CallFilter, CallOrder, UrgeFilter, call_by_id, call_counts, calls, calls_of, file_by_id,
    last_urge, unit_calls, urge_count, urged_among, whistle_file,
};

fn body(words: &str) -> Body {
    Body::new("words", words).unwrap()
}

fn order(w: &World, assists: &[&str]) -> WhistleOrder {
    let called = |name: &str| Called { unit: w.unit(name), term: None };
    WhistleOrder {
        lead: called("liaison"),
        assists: assists.iter().map(|n| called(n)).collect(),
        reason: body("围挡占道，请到场一起定"),
        meet_at: Line::new("meet_at", "东门").unwrap(),
    }
}

fn key<T: std::fmt::Debug>(said: Outcome<T>) -> &'static str {
    match said {
        Err(base::Stop::Refused(r)) => r.key,
        Err(base::Stop::Invalid(i)) => i.fields[0].key,
        other => panic!("{other:?}"),
    }
}

impl World {
    fn blow(&self, who: &str, id: Id<Case>, order: &WhistleOrder) -> Outcome<Id<Whistle>> {
        let (p, order) = (self.person(who), order.clone());
        self.act(move |tx, g, at| call_units(tx, g, &p, at, id, &order))
    }

    fn called(&self, id: Id<Whistle>) -> Vec<Call> {
        self.read(move |c| calls_of(c, id))
    }

    fn on_call(&self, who: &str, call: &Call, act: CallAct) -> Outcome<()> {
        let (p, id) = (self.person(who), call.id);
        self.act(move |tx, g, at| match act {
            CallAct::Answer => answer_call(tx, g, &p, at, id).map(drop),
            CallAct::Arrive => arrive_on_call(tx, g, &p, at, id).map(drop),
            CallAct::Report => report_on_call(tx, g, &p, at, id, &body("已经拆除")).map(drop),
            CallAct::Excuse => excuse_call(tx, g, &p, at, id, &body("人手够了")).map(drop),
            _ => rate_call(tx, g, &p, at, id, (act, Stars::new(4).unwrap(), Line::new("word", "").unwrap())),
        })
    }

    fn end(&self, who: &str, id: Id<Whistle>, words: Option<&str>) -> Outcome<()> {
        let (p, words) = (self.person(who), words.map(body));
        self.act(move |tx, g, at| close_whistle(tx, g, &p, at, id, words.as_ref()))
    }

    fn facts(&self, kind: &str) -> usize {
        let filter = EntryFilter { kind: Some(kind.to_owned()), ..EntryFilter::default() };
        self.read(move |c| entries(c, &filter, 1_000)).len()
    }

    fn urge(&self, id: Id<Case>, code: &str) -> Outcome<()> {
        let code = code.to_owned();
        self.act(move |tx, g, at| {
            urge_case(tx, g, Hand::Sender { code: &code }, at, id, Some(&body("请快一点")))
        })
    }
}

/// A deed that several do at the same moment.
type Racing = Arc<dyn Fn(&World, usize) -> Outcome<()> + Send + Sync>;

#[test]
fn a_whistle_goes_from_the_call_to_the_ratings() {
    use CallAct::{Answer, Arrive, Excuse, RateCaller, RateUnit, Report};
    for w in worlds() {
        let r = w.submit();
        let id = w.blow("clerk", r.id, &order(&w, &["mediator", "village"])).unwrap();
        let [lead, second, third] = <[Call; 3]>::try_from(w.called(id)).unwrap();
        assert_eq!((lead.role, lead.state()), (CallRole::Lead, CallState::Waiting));
        assert_eq!(lead.due, lead.at.plus(24 * HOUR_MS));
        assert!(lead.source.contains("示范默认值"));
        // The called units may open the case, and only by that.
        let parts = w.read(move |c| file_by_id(c, r.id)).unwrap().parts;
        assert!([w.unit("liaison"), w.unit("mediator"), w.unit("village")].iter().all(|u| parts.contains(u)));
        // The wrong post.
        assert_eq!(key(w.on_call("mediator", &lead, Answer)), "case.refuse.whistle_theirs");
        assert_eq!(key(w.on_call("liaison", &lead, Excuse)), "case.refuse.whistle_theirs");
        assert_eq!(key(w.on_call("outsider", &lead, Answer)), "stop.not_found");
        // Too early.
        assert_eq!(key(w.on_call("liaison", &lead, Report)), "case.refuse.whistle_state");
        assert_eq!(key(w.on_call("clerk", &lead, RateUnit)), "case.refuse.whistle_not_over");
        assert_eq!(key(w.end("clerk", id, None)), "case.field.whistle_lead_open");
        for act in [Answer, Arrive, Report] {
            w.on_call("liaison", &lead, act).unwrap();
            assert_eq!(key(w.on_call("liaison", &lead, act)), "case.refuse.whistle_state");
        }
        // Who stands there has answered.
        w.on_call("mediator", &second, Arrive).unwrap();
        assert!(w.called(id)[1].answered.is_some());
        w.on_call("clerk", &third, Excuse).unwrap();
        assert_eq!(key(w.on_call("village", &third, Answer)), "case.refuse.whistle_state");
        assert_eq!(key(w.on_call("clerk", &third, RateUnit)), "case.refuse.whistle_excused");
        for (who, act) in [("clerk", RateUnit), ("liaison", RateCaller)] {
            w.on_call(who, &lead, act).unwrap();
            assert_eq!(key(w.on_call(who, &lead, act)), "case.refuse.whistle_rated");
        }
        assert_eq!(key(w.end("liaison", id, None)), "case.refuse.whistle_theirs");
        w.end("clerk2", id, None).unwrap();
        assert_eq!(key(w.end("clerk", id, Some("再关一次"))), "case.refuse.whistle_over");
        assert_eq!(key(w.on_call("mediator", &second, Report)), "case.refuse.whistle_over");
        let file = w.read(move |c| whistle_file(c, id)).unwrap();
        let states: Vec<CallState> = file.calls.iter().map(Call::state).collect();
        assert_eq!(states, [CallState::Done, CallState::Excused, CallState::Excused]);
        assert_eq!((file.ratings.len(), file.acts.len()), (2, 10));
        // The case itself did not move.
        let case = w.case(r.id);
        assert_eq!((case.stage, case.version), (Stage::Received, 1));
        assert_eq!(w.facts("case.whistle_called"), 1);
        assert_eq!(w.facts("case.whistle_rated"), 2);
    }
}

#[test]
fn only_the_desk_calls_and_only_whom_it_can() {
    for w in worlds() {
        let r = w.submit();
        let plain = order(&w, &[]);
        assert_eq!(key(w.blow("village", r.id, &plain)), "stop.forbidden");
        assert_eq!(key(w.blow("liaison", r.id, &plain)), "stop.not_found");
        let twice = order(&w, &["mediator", "mediator"]);
        assert_eq!(key(w.blow("clerk", r.id, &twice)), "case.field.whistle_twice");
        let own = WhistleOrder { lead: Called { unit: w.unit("clerk"), term: None }, ..plain.clone() };
        assert_eq!(key(w.blow("clerk", r.id, &own)), "case.field.whistle_self");
        let nobody = WhistleOrder { lead: Called { unit: 77, term: None }, ..plain.clone() };
        assert_eq!(key(w.blow("clerk", r.id, &nobody)), "case.field.unit_unknown");
        let term = |text: &str| {
            let lead = Called { term: Some(text.parse().unwrap()), ..plain.lead };
            WhistleOrder { lead, ..plain.clone() }
        };
        assert_eq!(key(w.blow("clerk", r.id, &term("60wd"))), "case.field.whistle_term");
        // A level above may; while it is open, nobody else.
        let id = w.blow("county", r.id, &term("2h")).unwrap();
        assert_eq!(w.called(id)[0].due, w.called(id)[0].at.plus(2 * HOUR_MS));
        assert_eq!(key(w.blow("clerk", r.id, &plain)), "case.refuse.whistle_open");
        w.end("county", id, Some("先不召集")).unwrap();
        w.blow("clerk", r.id, &plain).unwrap();
        // What is over needs nobody.
        let other = w.submit();
        let code = other.code.clone();
        w.act(move |tx, g, at| withdraw_case(tx, g, Hand::Sender { code: &code }, at, other.id, None))
            .unwrap();
        assert_eq!(key(w.blow("clerk", other.id, &plain)), "case.refuse.whistle_stage");
    }
}

#[test]
fn a_unit_that_does_not_come_is_marked_once_even_after_thirty_days() {
    for w in worlds() {
        let r = w.submit();
        let id = w.blow("clerk", r.id, &order(&w, &["mediator"])).unwrap();
        w.on_call("mediator", &w.called(id)[1], CallAct::Answer).unwrap();
        w.t.clock.advance(30 * DAY_MS);
        w.run_timers();
        w.run_timers();
        let calls = w.called(id);
        assert_eq!((calls[0].state(), calls[1].state()), (CallState::Missed, CallState::Answered));
        assert_eq!(w.facts("case.whistle_missed"), 1);
        // Late is better than never, and stays late.
        w.on_call("liaison", &calls[0], CallAct::Arrive).unwrap();
        let late = &w.called(id)[0];
        assert_eq!((late.state(), late.in_time()), (CallState::Arrived, Some(false)));
        assert!(late.missed.is_some());
    }
}

#[test]
fn a_matter_that_is_over_before_lets_the_called_off() {
    for w in worlds() {
        let r = w.submit();
        let id = w.blow("clerk", r.id, &order(&w, &[])).unwrap();
        let code = r.code.clone();
        w.act(move |tx, g, at| withdraw_case(tx, g, Hand::Sender { code: &code }, at, r.id, None)).unwrap();
        w.t.clock.advance(2 * DAY_MS);
        w.run_timers();
        assert_eq!(w.called(id)[0].state(), CallState::Excused);
        assert_eq!((w.facts("case.whistle_missed"), w.facts("case.whistle_excused")), (0, 1));
    }
}

#[test]
fn two_in_the_same_moment_make_one() {
    for w in worlds() {
        let r = w.submit();
        let w = Arc::new(w);
        let (g, now) = (w.ground(), w.now());
        let race = |deed: Racing| -> usize {
            std::thread::scope(|s| {
                let each: Vec<_> = (0..2)
                    .map(|n| {
                        let (w, deed) = (w.clone(), deed.clone());
                        s.spawn(move || deed(&w, n).is_ok())
                    })
                    .collect();
                each.into_iter().map(|h| usize::from(h.join().unwrap())).sum()
            })
        };
        let (ground, plain) = (g.clone(), order(&w, &[]));
        let blown = race(Arc::new(move |w: &World, n: usize| {
            let (p, g, o) = (w.person(["clerk", "clerk2"][n]), ground.clone(), plain.clone());
            w.t.db.write_now(move |tx| call_units(tx, &g, &p, now, r.id, &o)).map(drop)
        }));
        assert_eq!(blown, 1);
        let id = w.read(move |c| crate::store::whistles_of(c, r.id))[0].id;
        let call = w.called(id)[0].id;
        let ground = g.clone();
        let answered = race(Arc::new(move |w: &World, _| {
            let (p, g) = (w.person("liaison"), ground.clone());
            w.t.db.write_now(move |tx| answer_call(tx, &g, &p, now, call)).map(drop)
        }));
        assert_eq!(answered, 1);
        let (ground, code) = (g, r.code.clone());
        let urged = race(Arc::new(move |w: &World, _| {
            let (g, code) = (ground.clone(), code.clone());
            w.t.db.write_now(move |tx| urge_case(tx, &g, Hand::Sender { code: &code }, now, r.id, None))
        }));
        assert_eq!(urged, 1);
        assert_eq!(w.facts("case.urged"), 1);
    }
}

#[test]
fn every_number_of_the_units_opens_its_rows() {
    use CallState::{Arrived, Done, Missed};
    for w in worlds() {
        for (n, end) in [Done, Arrived, Missed, Done].into_iter().enumerate() {
            let r = w.submit();
            let id = w.blow("clerk", r.id, &order(&w, &["mediator"])).unwrap();
            let lead = w.called(id)[0].clone();
            if n == 3 {
                // Late, by a day.
                w.t.clock.advance(2 * DAY_MS);
                w.run_timers();
            }
            if end != Missed {
                w.on_call("liaison", &lead, CallAct::Arrive).unwrap();
            }
            if end == Done {
                w.on_call("liaison", &lead, CallAct::Report).unwrap();
                w.on_call("clerk", &lead, CallAct::RateUnit).unwrap();
            }
        }
        w.t.clock.advance(3 * DAY_MS);
        w.run_timers();
        for who in ["clerk", "leader", "liaison", "county"] {
            let filter = CallFilter {
                scope: view_filter(&w.person(who), Kind::CaseView),
                units: vec![w.unit("liaison")],
                ..CallFilter::default()
            };
            let asked = filter.clone();
            let units = w.read(move |c| unit_calls(c, &asked));
            let u = &units[0];
            assert_eq!(
                (u.called, u.in_time, u.late, u.missed, u.rated, u.stars),
                (4, 2, 1, 1, 2, 8),
                "{who}"
            );
            let rows = |states: &[CallState], figure| {
                let f = CallFilter { states: states.to_vec(), figure, ..filter.clone() };
                w.read(move |c| {
                    // By pages of one, so that the cursor is walked too.
                    let (mut all, mut after) = (Vec::new(), None);
                    loop {
                        let page = calls(c, &f, CallOrder::DueFirst, after, 1)?;
                        all.extend(page.rows);
                        match page.next {
                            Some(next) => after = Some(next),
                            None => return Ok(all),
                        }
                    }
                })
            };
            assert_eq!(rows(&[], Some(CallFigure::InTime)).len() as i64, u.in_time);
            assert_eq!(rows(&[], Some(CallFigure::Late)).len() as i64, u.late);
            assert_eq!(rows(&[], Some(CallFigure::Rated)).len() as i64, u.rated);
            let asked = filter.clone();
            for (state, n) in w.read(move |c| call_counts(c, &asked)) {
                let found = rows(&[state], None);
                assert_eq!(found.len() as i64, n, "{state}");
                assert!(found.iter().all(|l| l.call.state() == state), "the SQL and the rule agree");
            }
        }
        others_see_none(&w);
    }
}

/// Who may open no case sees no call, and neither does another place's filter.
fn others_see_none(w: &World) {
    let nobody =
        CallFilter { scope: view_filter(&w.person("outsider"), Kind::CaseView), ..CallFilter::default() };
    assert!(w.read(move |c| unit_calls(c, &nobody)).is_empty());
    let elsewhere = CallFilter {
        scope: view_filter(&w.person("leader"), Kind::CaseView),
        place: Some((access::Level::Town, place(6).town)),
        ..CallFilter::default()
    };
    assert!(w.read(move |c| calls(c, &elsewhere, CallOrder::NewestFirst, None, 9)).rows.is_empty());
}

#[test]
fn a_matter_is_urged_again_after_days_or_when_it_moved() {
    for w in worlds() {
        let r = w.submit();
        assert_eq!(key(w.urge(r.id, "WRONGKEY")), "stop.not_found");
        w.urge(r.id, &r.code).unwrap();
        assert_eq!(key(w.urge(r.id, &r.code)), "case.refuse.urge_too_soon");
        let urge = w.read(move |c| last_urge(c, r.id)).unwrap();
        assert_eq!((urge.holder_unit, urge.above_unit), (w.unit("clerk"), w.unit("county")));
        assert_eq!(w.read(move |c| urged_among(c, &[r.id.raw()])).len(), 1);
        let case = w.case(r.id);
        assert_eq!((case.stage, case.version), (Stage::Received, 1), "nothing moved");
        // An office does something: it is answered, and the matter has moved on.
        let p = w.person("clerk");
        let order = AcceptOrder::default();
        w.act(move |tx, g, at| accept_case(tx, g, Hand::Staff(&p), at, r.id, &order)).unwrap();
        assert!(w.read(move |c| urged_among(c, &[r.id.raw()])).is_empty());
        w.urge(r.id, &r.code).unwrap();
        assert_eq!(key(w.urge(r.id, &r.code)), "case.refuse.urge_too_soon");
        w.t.clock.advance(3 * DAY_MS);
        w.urge(r.id, &r.code).unwrap();
        let count = |answered, above: Vec<i64>| {
            let scope = view_filter(&w.person("county"), Kind::CaseView);
            let filter = UrgeFilter { scope, answered, above, ..UrgeFilter::default() };
            w.read(move |c| urge_count(c, &filter))
        };
        assert_eq!((count(None, vec![]), count(Some(true), vec![]), count(Some(false), vec![])), (3, 1, 2));
        assert_eq!(count(None, vec![w.unit("county")]), 3);
        let code = r.code.clone();
        w.act(move |tx, g, at| withdraw_case(tx, g, Hand::Sender { code: &code }, at, r.id, None)).unwrap();
        assert_eq!(key(w.urge(r.id, &r.code)), "case.refuse.urge_over");
        assert_eq!(count(Some(false), vec![]), 0, "what is over needs no answer");
        assert!(w.read(|c| call_by_id(c, Id::of(5))).is_none());
    }
}
