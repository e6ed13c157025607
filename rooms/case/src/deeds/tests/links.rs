//! Merged, split and related cases: the straight way, back, twice, late, by the wrong post, across counties.

use base::{Id, Outcome, Stop};

use super::world::{World, place, worlds};
use crate::deeds::*;
use crate::model::*;
use crate::store::{case_by_id, closures_of, intake_of, links_of, reporter_of};

/// The acts of this file.
pub const LINKS: [ActKind; 5] =
    [ActKind::Merge, ActKind::Unmerge, ActKind::Split, ActKind::Link, ActKind::Unlink];

fn order(number: &str) -> LinkOrder {
    LinkOrder { version: None, number: number.to_owned(), field: "number" }
}

fn reason() -> ReasonOrder {
    ReasonOrder { version: None, reason: Body::new("reason", "其实是另一盏灯").unwrap() }
}

fn key<T: std::fmt::Debug>(done: Outcome<T>) -> String {
    match done {
        Err(Stop::Refused(r)) => format!("{} {}", r.key, r.status),
        Err(Stop::Invalid(i)) => format!("{} {}", i.fields[0].field, i.fields[0].key),
        other => panic!("{other:?}"),
    }
}

impl World {
    fn merge(&self, who: &str, id: Id<Case>, lead: &str) -> Outcome<()> {
        let (p, lead) = (self.person(who), order(lead));
        self.act(move |tx, g, at| merge_cases(tx, g, &p, at, id, &lead))
    }

    fn unmerge(&self, who: &str, id: Id<Case>) -> Outcome<()> {
        let p = self.person(who);
        self.act(move |tx, g, at| unmerge_case(tx, g, &p, at, id, &reason()))
    }

    fn relate(&self, who: &str, id: Id<Case>, other: &str) -> Outcome<()> {
        let (p, other) = (self.person(who), order(other));
        self.act(move |tx, g, at| relate_cases(tx, g, &p, at, id, &other))
    }

    fn answer_like(&self, who: &str, lead: Id<Case>, followers: Vec<Id<Case>>) -> Outcome<usize> {
        let p = self.person(who);
        self.act(move |tx, g, at| answer_followers(tx, g, &p, at, lead, &followers))
    }

    /// Accepts a case and answers it directly.
    fn explained(&self, who: &str, id: Id<Case>) {
        let p = self.person(who);
        let answer = Body::new("answer", "已向小区居民说明清运安排。").unwrap();
        self.act(move |tx, g, at| {
            accept_case(tx, g, Hand::Staff(&p), at, id, &AcceptOrder::default())?;
            let order = AnswerOrder {
                version: None,
                ending: Some(Ending::Explained),
                answer: Some(answer.clone()),
                same_as: None,
                referred_to: None,
            };
            close_case(tx, g, Hand::Staff(&p), at, id, &order)
        })
        .unwrap();
    }
}

#[test]
fn a_merged_case_keeps_its_own_and_is_answered_with_its_lead() {
    for w in worlds() {
        let (lead, one, two) = (w.submit(), w.submit(), w.submit());
        w.merge("clerk", one.id, &lead.number).unwrap();
        w.merge("clerk", two.id, &lead.number).unwrap();
        assert_eq!(w.read(move |c| links_of(c, lead.id)).len(), 2);
        let follower = w.case(one.id);
        assert_eq!(
            (follower.number.as_str(), follower.stage, follower.due),
            (one.number.as_str(), Stage::Received, one.due)
        );
        // It is not sent out by itself.
        let (p, unit) = (w.person("clerk"), w.unit("liaison"));
        let sent = w.act(move |tx, g, at| {
            let dispatch = DispatchOrder { version: None, unit, account: 0, words: None };
            accept_and_dispatch(tx, g, Hand::Staff(&p), at, one.id, &AcceptOrder::default(), &dispatch)
        });
        assert_eq!(key(sent), "case.refuse.merged 409");
        assert_eq!(key(w.answer_like("clerk", lead.id, vec![one.id])), "case.refuse.lead_not_answered 409");
        w.explained("clerk", lead.id);
        assert_eq!(key(w.answer_like("leader", lead.id, vec![one.id])), "stop.forbidden 403");
        assert_eq!(w.answer_like("clerk", lead.id, vec![one.id, two.id]).unwrap(), 2);
        for id in [one.id, two.id] {
            assert_eq!((w.case(id).stage, w.case(id).ending), (Stage::Closed, Some(Ending::Explained)));
            let answer = w.read(move |c| closures_of(c, id)).pop().unwrap();
            assert_eq!(answer.answer, "已向小区居民说明清运安排。");
        }
        // Twice; each confirms by itself.
        assert!(w.answer_like("clerk", lead.id, vec![one.id]).is_err());
        let code = one.code.clone();
        w.act(move |tx, g, at| confirm_case(tx, g, Hand::Sender { code: &code }, at, one.id, None, None))
            .unwrap();
        assert_eq!((w.case(one.id).stage, w.case(two.id).stage), (Stage::Confirmed, Stage::Closed));
        // Late.
        assert_eq!(key(w.unmerge("clerk", one.id)), "case.refuse.link_over 409");
    }
}

#[test]
fn a_merger_is_refused_twice_in_rings_by_others_and_across_counties() {
    for w in worlds() {
        let (a, b, c) = (w.submit(), w.submit(), w.submit());
        assert_eq!(key(w.merge("liaison", a.id, &b.number)), "stop.not_found 404");
        assert_eq!(key(w.merge("leader", a.id, &b.number)), "stop.forbidden 403");
        assert_eq!(key(w.merge("clerk", a.id, &a.number)), "number case.field.number_unknown");
        assert_eq!(key(w.merge("clerk", a.id, "某号")), "number case.field.number_unreadable");
        w.merge("clerk", a.id, &b.number).unwrap();
        assert_eq!(key(w.merge("clerk", a.id, &c.number)), "case.refuse.merged_already 409");
        assert_eq!(key(w.merge("clerk", b.id, &c.number)), "case.refuse.merge_leads 409");
        assert_eq!(key(w.merge("clerk", c.id, &a.number)), "case.refuse.merge_lead_follows 409");
        w.unmerge("clerk", a.id).unwrap();
        assert_eq!(key(w.unmerge("clerk", a.id)), "case.refuse.not_merged 409");
        w.merge("clerk", b.id, &a.number).unwrap();
        // A clerk of one town does not learn of a case of another county.
        let mut far = w.matter();
        far.place = place(8);
        far.spot.words = "县城东街".into();
        let far = w.act(move |tx, g, at| submit_case(tx, g, Hand::Public, at, &far)).unwrap();
        assert_eq!(key(w.merge("clerk", c.id, &far.number)), "number case.field.number_unknown");
        // Neither what is over leads, nor what is at a unit follows.
        w.explained("clerk", c.id);
        let d = w.submit();
        assert_eq!(key(w.merge("clerk", d.id, &c.number)), "case.refuse.merge_lead_over 409");
        let (p, unit) = (w.person("clerk"), w.unit("liaison"));
        w.act(move |tx, g, at| {
            let dispatch = DispatchOrder { version: None, unit, account: 0, words: None };
            accept_and_dispatch(tx, g, Hand::Staff(&p), at, d.id, &AcceptOrder::default(), &dispatch)
        })
        .unwrap();
        assert_eq!(key(w.merge("clerk", d.id, &a.number)), "case.refuse.merge_not_at_desk 409");
        // A form that shows an older version is told who was faster.
        let (p, stale) = (w.person("clerk2"), LinkOrder { version: Some(1), ..order(&d.number) });
        let late = w.act(move |tx, g, at| relate_cases(tx, g, &p, at, a.id, &stale));
        assert_eq!(key(late), "case.refuse.changed_meanwhile 409");
    }
}

#[test]
fn two_at_the_same_moment_merge_once() {
    for w in worlds() {
        let (a, b) = (w.submit(), w.submit());
        w.t.clock.advance(60_000);
        let (g, at) = (w.ground(), w.now());
        let done: Vec<bool> = std::thread::scope(|s| {
            let send = |who: &str, id: Id<Case>, lead: String| {
                let (g, db, p) = (g.clone(), &w.t.db, w.person(who));
                s.spawn(move || {
                    db.write_now(move |tx| merge_cases(tx, &g, &p, at, id, &order(&lead))).is_ok()
                })
            };
            // Each into the other: one way only.
            let all = [send("clerk", a.id, b.number.clone()), send("clerk2", b.id, a.number.clone())];
            all.map(|t| t.join().unwrap()).to_vec()
        });
        assert_eq!(done.iter().filter(|won| **won).count(), 1, "{done:?}");
        assert_eq!(w.read(move |c| links_of(c, a.id)).len(), 1);
    }
}

#[test]
fn related_cases_are_told_once_and_taken_back_once() {
    for w in worlds() {
        let (a, b) = (w.submit(), w.submit());
        w.relate("clerk", a.id, &b.number).unwrap();
        assert_eq!(key(w.relate("clerk", a.id, &b.number)), "case.refuse.linked_already 409");
        assert_eq!(key(w.relate("clerk", b.id, &a.number)), "case.refuse.linked_already 409");
        let link = w.read(move |c| links_of(c, b.id))[0].id;
        let back = |id| {
            let p = w.person("clerk");
            w.act(move |tx, g, at| unrelate_cases(tx, g, &p, at, (id, None), link))
        };
        back(b.id).unwrap();
        assert_eq!(key(back(b.id)), "case.refuse.not_linked 409");
        assert_eq!(w.read(move |c| links_of(c, a.id)), []);
        w.explained("clerk", a.id);
        assert_eq!(key(w.relate("clerk", a.id, &b.number)), "case.refuse.link_over 409");
    }
}

#[test]
fn a_part_becomes_a_case_of_the_same_sender_and_no_clock_begins_anew() {
    for w in worlds() {
        let mut matter = w.matter();
        matter.reporter = Reporter::new("周某", "13912345678", false).unwrap();
        let whole = w.act(move |tx, g, at| submit_case(tx, g, Hand::Public, at, &matter)).unwrap();
        let split = |who: &str, version, category: i64| {
            let p = w.person(who);
            let order = SplitOrder {
                version,
                title: Title::new("title", "小区门口路灯不亮").unwrap(),
                body: Body::new("body", "小区门口的路灯也不亮。").unwrap(),
                category,
            };
            w.act(move |tx, g, at| split_case(tx, g, &p, at, whole.id, &order))
        };
        let lamp = w.ground().category_by_code("020101").unwrap().id;
        assert_eq!(key(split("liaison", None, lamp)), "stop.not_found 404");
        assert_eq!(key(split("clerk", None, 12_345)), "category case.field.category_unknown");
        let part = split("clerk", Some(1), lamp).unwrap();
        assert_eq!(key(split("clerk", Some(1), lamp)), "case.refuse.changed_meanwhile 409");
        let (old, new) = (w.case(whole.id), w.case(part.id));
        assert_eq!((new.created, new.channel, new.place), (old.created, old.channel, old.place));
        assert_ne!(new.number, old.number);
        let intake = w.read(move |c| intake_of(c, part.id)).unwrap();
        assert_eq!(intake.deadline_start_ms, old.created.0);
        let sealed = w.read(move |c| reporter_of(c, part.id)).unwrap();
        let text = w.t.db.keys().open("case_reporter.sealed", part.id.raw(), &sealed).unwrap();
        assert!(text.contains("13912345678"), "sealed anew for its own row");
        let links = w.read(move |c| links_of(c, whole.id));
        assert_eq!((links[0].kind, links[0].case, links[0].other), (LinkKind::Split, part.id, whole.id));
        w.explained("clerk", whole.id);
        assert_eq!(key(split("clerk", None, lamp)), "case.refuse.link_over 409");
        assert!(w.read(move |c| case_by_id(c, part.id)).unwrap().stage.is_open());
    }
}

#[test]
fn what_may_be_the_same_is_suggested_with_reasons() {
    for w in worlds() {
        let bring = |title: &str, body: &str| {
            let mut m = w.matter();
            (m.title, m.body) = (Title::new("title", title).unwrap(), Body::new("body", body).unwrap());
            w.act(move |tx, g, at| submit_case(tx, g, Hand::Public, at, &m)).unwrap()
        };
        bring("物业不清运垃圾", "小区物业三个月不清运垃圾,门口臭味很大。");
        bring("楼道灯坏了没人换", "三号楼二单元的楼道灯坏了半个月,老人上下楼不方便。");
        bring("电梯停运一周", "八号楼电梯停运一周,物业说没有钱修。");
        let again = bring("垃圾三个月没人清运", "小区的垃圾三个月不清运,臭味很大,物业不管。");
        let case = w.case(again.id);
        let until = w.now();
        let found = w.read(move |c| suggest_duplicates(c, &case, until));
        assert_eq!(found[0].case.title, "物业不清运垃圾", "{found:?}");
        assert!(found[0].likeness.score >= 500 && !found[0].shared.is_empty(), "{:?}", found[0]);
        assert!(found[0].shared.iter().any(|s| s.contains("臭味很大")), "{:?}", found[0].shared);
        assert!(found.iter().skip(1).all(|s| s.likeness.score < found[0].likeness.score));
    }
}
