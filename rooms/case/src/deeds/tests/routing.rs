//! The routing table: drafts, scopes, publications, packs that meet local changes, findings, trials.

use access::{Duties, Duty, HeldPost, Person, Scope, UnitKind};
use base::{Id, Millis, Outcome, Stop};

use super::world::{World, pack, place, worlds};
use crate::deeds::*;
use crate::model::*;
use crate::rules::route_diff::differences;
use crate::rules::route_lint::{Flaw, Sight, findings, unreceived};
use crate::rules::route_trial::Trial;
use crate::store::{past_cases, present_table, route_table, route_tables, rules_of_table, table_of_rule};

impl World {
    /// An administrator of a place that is not the whole.
    fn admin_of(&self, level: access::Level, id: i64) -> Person {
        let mut person = self.person("admin");
        let post: &HeldPost = &person.posts[0];
        person.posts =
            vec![HeldPost { scope: Scope { level, id }, duties: Duties::of(&[Duty::Admin]), ..post.clone() }];
        person
    }

    /// A rule that sends what is brought about a building in a place to the town's centre.
    fn to_the_town(&self, place: i64) -> NewRule {
        NewRule {
            category: self.category("010101"),
            place,
            channel: None,
            when: RouteWhen::default(),
            unit: Some(UnitPick { kind: UnitKind::Centre, name: String::new(), level: Level::Town }),
            named: 0,
            why: "{category}先由{unit}处置。".into(),
        }
    }

    fn category(&self, code: &str) -> i64 {
        self.ground().category_by_code(code).unwrap().id
    }

    fn table(&self, id: Id<RouteTable>) -> RouteTable {
        self.read(move |c| Ok(route_table(c, id.raw())?.unwrap()))
    }

    fn rules(&self, table: i64) -> Vec<RouteRule> {
        self.read(move |c| rules_of_table(c, table))
    }

    fn present(&self) -> i64 {
        self.read(present_table)
    }

    fn begin(&self, who: &Person) -> Id<RouteTable> {
        let who = who.clone();
        self.act(move |tx, _, at| begin_route_draft(tx, &who, at)).unwrap()
    }

    fn put(&self, who: &Person, table: Id<RouteTable>, rule: Option<i64>, new: NewRule) -> Outcome<()> {
        let (who, shown) = (who.clone(), self.table(table).revision);
        self.act(move |tx, g, at| put_rule_in_draft(tx, g, &who, at, (table, shown), rule, new.clone()))
    }

    fn shift(&self, who: &Person, table: Id<RouteTable>, rule: i64, to: RuleMove) -> Outcome<()> {
        let (who, shown) = (who.clone(), self.table(table).revision);
        self.act(move |tx, g, at| move_rule_in_draft(tx, g, &who, at, (table, shown), rule, to))
    }

    fn publish(&self, who: &Person, table: Id<RouteTable>) -> Outcome<()> {
        let (who, shown) = (who.clone(), self.table(table).revision);
        let done = self.act(move |tx, g, at| publish_route_table(tx, g, &who, at, (table, shown), "试行"));
        self.desk.refresh_now(&self.t.db).unwrap();
        done
    }

    fn load(&self, pack: crate::rules::pack::Pack) -> Option<Id<RouteTable>> {
        let done = self.act(move |tx, g, at| load_pack(tx, g, Hand::House, at, &pack)).unwrap();
        self.desk.refresh_now(&self.t.db).unwrap();
        done
    }
}

fn refused<T: std::fmt::Debug>(done: Outcome<T>) -> (&'static str, u16) {
    match done {
        Err(Stop::Refused(r)) => (r.key, r.status),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_draft_changes_nothing_until_it_is_published_and_cases_keep_their_rule() {
    for w in worlds() {
        let admin = w.person("admin");
        let before = w.submit();
        let route = |id| w.read(move |c| Ok(crate::store::intake_of(c, id)?.unwrap()));
        let old = route(before.id);
        assert_ne!(old.route_rule, 0);
        let first = w.present();
        assert_eq!(w.table(Id::of(first)).origin, RouteOrigin::Pack);

        let draft = w.begin(&admin);
        assert_eq!(w.rules(draft.raw()).len(), w.rules(first).len());
        w.put(&admin, draft, None, w.to_the_town(0)).unwrap();
        assert_eq!(route(w.submit().id).route_unit, old.route_unit, "a draft routes nothing");
        w.publish(&admin, draft).unwrap();
        assert_eq!(w.present(), draft.raw());
        let now = route(w.submit().id);
        assert_eq!(now.route_unit, w.unit("clerk"));
        assert!(now.route_why.contains("先由"), "{}", now.route_why);
        // The former case keeps its rule, which is still to be read in its version.
        assert_eq!(route(before.id).route_rule, old.route_rule);
        assert_eq!(w.read(move |c| table_of_rule(c, old.route_rule)), Some(first));
        let published = w.table(draft).publication.unwrap();
        assert_eq!((published.account, published.why.as_str()), (admin.account.raw(), "试行"));
        // Twice, and late.
        assert_eq!(refused(w.publish(&admin, draft)), ("case.refuse.route_published", 409));
        assert_eq!(
            refused(w.put(&admin, draft, None, w.to_the_town(0))),
            ("case.refuse.route_published", 409)
        );
        assert_eq!(w.read(|c| route_tables(c, Some(RouteState::Published), None, 10)).rows.len(), 2);
    }
}

#[test]
fn rules_are_moved_changed_and_taken_out_by_whoever_saw_the_latest() {
    for w in worlds() {
        let admin = w.person("admin");
        let draft = w.begin(&admin);
        let code = |at: usize| w.rules(draft.raw())[at].code.clone();
        let (one, two) = (code(0), code(1));
        let id = |at: usize| w.rules(draft.raw())[at].id;
        w.shift(&admin, draft, id(0), RuleMove::Down).unwrap();
        assert_eq!((code(0), code(1)), (two.clone(), one.clone()));
        w.shift(&admin, draft, id(1), RuleMove::Up).unwrap();
        assert_eq!((code(0), code(1)), (one.clone(), two.clone()));
        assert_eq!(refused(w.shift(&admin, draft, id(0), RuleMove::Up)), ("case.refuse.route_end", 409));
        w.shift(&admin, draft, id(5), RuleMove::First).unwrap();
        let count = w.rules(draft.raw()).len();
        w.shift(&admin, draft, id(0), RuleMove::Out).unwrap();
        assert_eq!(w.rules(draft.raw()).len(), count - 1);
        let changed = NewRule { why: "换一个理由".into(), ..w.to_the_town(0) };
        w.put(&admin, draft, Some(id(0)), changed).unwrap();
        assert_eq!(
            (w.rules(draft.raw())[0].code.clone(), w.rules(draft.raw())[0].why.as_str()),
            (one, "换一个理由")
        );
        // A form that shows an older draft is told who changed it.
        let (who, rule) = (admin.clone(), id(0));
        let late =
            w.act(move |tx, g, at| move_rule_in_draft(tx, g, &who, at, (draft, 1), rule, RuleMove::Down));
        let Err(Stop::Refused(late)) = late else { panic!("{late:?}") };
        assert_eq!(late.key, "case.refuse.route_changed");
        assert!(late.words.iter().any(|(name, word)| *name == "who" && word == "吴磊"), "{late:?}");
        let (who, shown) = (admin.clone(), w.table(draft).revision);
        w.act(move |tx, _, at| drop_route_draft(tx, &who, at, (draft, shown))).unwrap();
        assert_eq!(refused(w.publish(&admin, draft)), ("case.refuse.route_dropped", 409));
        assert_eq!(w.rules(draft.raw()).len(), count - 1, "still to be read");
    }
}

#[test]
fn of_two_who_publish_one_wins_and_the_other_carries_over() {
    for w in worlds() {
        let (one, two) = (w.person("admin"), w.person("admin2"));
        let (mine, theirs) = (w.begin(&one), w.begin(&two));
        w.put(&one, mine, None, NewRule { why: "甲".into(), ..w.to_the_town(4) }).unwrap();
        w.put(&two, theirs, None, NewRule { why: "乙".into(), ..w.to_the_town(6) }).unwrap();
        w.publish(&one, mine).unwrap();
        let Err(Stop::Refused(late)) = w.publish(&two, theirs) else { panic!("both published") };
        assert_eq!((late.key, late.status), ("case.refuse.route_outdated", 409));
        assert!(late.words.iter().any(|(name, word)| *name == "who" && word == "吴磊"), "{late:?}");
        assert!(late.words.iter().any(|(name, _)| *name == "when~"));
        let carry = |shown| {
            let who = two.clone();
            w.act(move |tx, _, at| carry_route_draft(tx, &who, at, (theirs, shown)))
        };
        carry(w.table(theirs).revision).unwrap();
        assert_eq!(refused(carry(w.table(theirs).revision)).0, "case.refuse.route_up_to_date");
        w.publish(&two, theirs).unwrap();
        let whys: Vec<String> = w.rules(w.present()).into_iter().map(|r| r.why).collect();
        assert!(whys.contains(&"甲".to_owned()) && whys.contains(&"乙".to_owned()));
        // At the same moment: both look before either has written; the key of the publication decides.
        let (a, b) = (w.begin(&one), w.begin(&two));
        w.put(&one, a, None, NewRule { why: "丙".into(), ..w.to_the_town(4) }).unwrap();
        w.put(&two, b, None, NewRule { why: "丁".into(), ..w.to_the_town(4) }).unwrap();
        w.t.clock.advance(60_000);
        let (g, at) = (w.ground(), w.now());
        let shown = (w.table(a).revision, w.table(b).revision);
        let done: Vec<Result<(), _>> = std::thread::scope(|s| {
            let send = |who: Person, table, shown| {
                let (g, db) = (g.clone(), &w.t.db);
                s.spawn(move || {
                    let done =
                        db.write_now(move |tx| publish_route_table(tx, &g, &who, at, (table, shown), "同时"));
                    done.map_err(|stop| refused::<()>(Err(stop)))
                })
            };
            let all = [send(one.clone(), a, shown.0), send(two.clone(), b, shown.1)];
            all.map(|t| t.join().unwrap()).to_vec()
        });
        assert_eq!(done.iter().filter(|won| won.is_ok()).count(), 1, "{done:?}");
        assert!(done.contains(&Err(("case.refuse.route_outdated", 409))), "{done:?}");
    }
}

#[test]
fn an_administrator_changes_the_rules_of_the_own_area_only() {
    for w in worlds() {
        let (city, county) = (w.person("admin"), w.admin_of(access::Level::County, 3));
        let draft = w.begin(&county);
        for elsewhere in [0, 8, 2] {
            let told = refused(w.put(&county, draft, None, w.to_the_town(elsewhere)));
            assert_eq!(told, ("case.refuse.route_elsewhere", 403), "{elsewhere}");
        }
        let foreign = w.rules(draft.raw()).into_iter().find(|r| r.place == 0).unwrap().id;
        assert_eq!(refused(w.shift(&county, draft, foreign, RuleMove::Down)).1, 403);
        assert_eq!(refused(w.put(&county, draft, Some(foreign), w.to_the_town(3))).1, 403);
        w.put(&county, draft, None, w.to_the_town(4)).unwrap();
        w.publish(&county, draft).unwrap();
        // What somebody else changed in the draft keeps the county from publishing it.
        let other = w.begin(&county);
        w.put(&county, other, None, NewRule { why: "本区".into(), ..w.to_the_town(6) }).unwrap();
        w.put(&city, other, None, NewRule { why: "全市".into(), ..w.to_the_town(0) }).unwrap();
        assert_eq!(refused(w.publish(&county, other)), ("case.refuse.route_elsewhere", 403));
        w.publish(&city, other).unwrap();
        for nobody in ["clerk", "leader", "auditor"] {
            let person = w.person(nobody);
            let done = w.act(move |tx, _, at| begin_route_draft(tx, &person, at));
            assert_eq!(refused(done).1, 403, "{nobody}");
        }
    }
}

#[test]
fn a_pack_never_overwrites_what_was_changed_here() {
    for w in worlds() {
        let (admin, first) = (w.person("admin"), w.present());
        assert_eq!(w.load(pack()), None, "the same pack again");
        assert_eq!(w.present(), first);
        let mut newer = pack();
        newer.routes[0].why = "新版理由".into();
        assert_eq!(w.load(newer.clone()), None, "nobody has changed anything by hand");
        assert_eq!(w.rules(w.present())[0].why, "新版理由");

        let draft = w.begin(&admin);
        w.put(&admin, draft, None, NewRule { why: "本地规则".into(), ..w.to_the_town(4) }).unwrap();
        let second = w.rules(draft.raw())[2].id;
        w.shift(&admin, draft, second, RuleMove::Out).unwrap();
        w.publish(&admin, draft).unwrap();
        let (local, gone) = (w.present(), newer.routes[1].code.clone());
        assert_eq!(w.load(newer.clone()), None, "the pack says nothing new");
        newer.routes[3].why = "再新一版".into();
        let waits = w.load(newer.clone()).expect("a draft");
        assert_eq!(w.present(), local, "nothing is overwritten");
        let merged = w.rules(waits.raw());
        assert_eq!(merged[0].why, "本地规则");
        assert!(merged.iter().any(|r| r.why == "再新一版") && merged.iter().all(|r| r.code != gone));
        let base = w.rules(local);
        assert_eq!(differences(&base, &merged).len(), 1, "only what the pack has changed");
        assert!(w.table(waits).is_draft() && w.table(waits).origin == RouteOrigin::Merge);
        w.publish(&admin, waits).unwrap();
        assert_eq!(w.load(newer), None, "the pack's changes are in");
    }
}

#[test]
fn what_is_wrong_is_found_and_new_errors_keep_a_draft_back() {
    for w in worlds() {
        let admin = w.person("admin");
        let staffed = w.read({
            let now = w.now();
            move |c| access::staffed_units(c, now)
        });
        let look = |rules: &[RouteRule]| {
            let g = w.ground();
            let sight = Sight { catalogue: &g.catalogue, atlas: &g.atlas, staffed: &staffed, now: w.now() };
            (findings(rules, sight), unreceived(rules, sight, &[place(4), place(6)]))
        };
        // The pack's own table has no error, also where units are missing.
        let (of_pack, _) = look(&w.rules(w.present()));
        assert!(of_pack.iter().all(|f| !f.flaw.is_error()), "{of_pack:?}");
        assert!(of_pack.iter().any(|f| f.flaw == Flaw::UnitNowhere));
        let (_, alone) = look(&[]);
        assert!(alone.len() > 50 && alone[0].places == [4, 6], "without rules nobody receives anything");

        let draft = w.begin(&admin);
        w.put(&admin, draft, None, NewRule { named: w.unit("outsider"), unit: None, ..w.to_the_town(4) })
            .unwrap();
        w.put(&admin, draft, None, NewRule { named: w.unit("clerk"), unit: None, ..w.to_the_town(4) })
            .unwrap();
        let errors = |w: &World| -> Vec<Flaw> {
            look(&w.rules(draft.raw())).0.into_iter().filter(|f| f.flaw.is_error()).map(|f| f.flaw).collect()
        };
        assert_eq!(errors(&w), [Flaw::Shadowed], "the county's unit never gets anything of that town");
        assert_eq!(refused(w.publish(&admin, draft)), ("case.refuse.route_errors", 422));
        let upper = w.rules(draft.raw())[0].id;
        let at_night = RouteWhen { minutes: Some((1200, 360)), ..RouteWhen::default() };
        let night = NewRule { named: w.unit("clerk"), unit: None, when: at_night, ..w.to_the_town(4) };
        w.put(&admin, draft, Some(upper), night).unwrap();
        assert_eq!(errors(&w), []);
        let elsewhere = NewRule { named: w.unit("clerk"), unit: None, ..w.to_the_town(6) };
        w.put(&admin, draft, None, elsewhere).unwrap();
        assert_eq!(errors(&w), [Flaw::UnitElsewhere]);
        let over = w.rules(draft.raw())[0].id;
        w.shift(&admin, draft, over, RuleMove::Out).unwrap();
        w.publish(&admin, draft).unwrap();
        assert_eq!(refused(w.publish(&admin, w.begin(&admin))).0, "case.refuse.route_nothing_new");
    }
}

#[test]
fn a_trial_counts_what_would_go_elsewhere() {
    for w in worlds() {
        let admin = w.person("admin");
        let cases: Vec<i64> = (0..3).map(|_| w.submit().id.raw()).collect();
        let draft = w.begin(&admin);
        w.put(&admin, draft, None, w.to_the_town(4)).unwrap();
        let scope = access::scope_filter(&admin, Duty::Admin, access::Kind::Pack);
        let far =
            access::scope_filter(&w.admin_of(access::Level::County, 8), Duty::Admin, access::Kind::Pack);
        let of = |scope: access::ScopeFilter, until: Millis, most| {
            w.read(move |c| past_cases(c, &scope, (Millis(0), until), None, most))
        };
        let now = w.now().plus(1);
        assert_eq!(of(far, now, 10), [], "only the own places are counted");
        assert_eq!(of(scope.clone(), Millis(1), 10), []);
        assert_eq!(of(scope.clone(), now, 2).len(), 2);
        let matters = of(scope, now, 10);
        let (g, was, would) = (w.ground(), w.rules(w.present()), w.rules(draft.raw()));
        let mut trial = Trial::default();
        trial.add(&g.catalogue, (&was, &would), &matters, |place, at| g.moment(place, at));
        assert_eq!((trial.looked, trial.moved_count()), (3, 3));
        let (pair, ids) = trial.moved.iter().next().unwrap();
        assert_eq!((pair.1, ids), (w.unit("clerk"), &cases));
        let mut same = Trial::default();
        same.add(&g.catalogue, (&was, &was), &matters, |place, at| g.moment(place, at));
        assert_eq!((same.looked, same.moved_count()), (3, 0));
    }
}
