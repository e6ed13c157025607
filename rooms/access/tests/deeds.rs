//! The deeds of the room on every engine that this run has: sign-in, second factor, posts, separation.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use access::{
    AccountFilter, AccountOrder, Cast, CastPlaces, CastUnits, Cut, DEMO_PASSWORD, DEMO_SECRET, Doer, Duties,
    Duty, Entered, Kind, NewAccount, NewPost, NewUnit, Period, Person, Place, Resource, Step, TRIES,
    UnitKind, WINDOW_MS, accounts_page, cast, code_at, may, person_by_account, view_filter,
};
use base::{Clock, Id, Millis, Outcome, Refusal, Stop};
use store::testing::{TestDb, databases};
use web::{Config, session::Session};

const PLACES: CastPlaces = {
    let city = Place { province: 1, city: 2, county: 0, town: 0, village: 0, grid: 0 };
    let county = Place { county: 3, ..city };
    let town = Place { town: 4, ..county };
    let village = Place { village: 5, ..town };
    CastPlaces { city, county, town, village, grid: Place { grid: 6, ..village } }
};

struct House {
    test: TestDb,
    cast: Cast,
    config: Config,
    runtime: tokio::runtime::Runtime,
}

impl House {
    fn now(&self) -> Millis {
        self.test.clock.now()
    }

    fn id(&self, name: &str) -> Id<access::Account> {
        self.cast.get(name).unwrap().account
    }

    fn person(&self, name: &str) -> Option<Person> {
        let (id, now) = (self.id(name), self.now());
        self.test.db.read_now(move |c| person_by_account(c, id, now)).unwrap()
    }

    fn doer(&self, name: &str) -> Doer {
        Doer::person(&self.person(name).unwrap(), self.now())
    }

    fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut store::Tx<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        self.test.db.write_now(work)
    }

    fn enter(&self, name: &str, password: &str) -> Outcome<Entered> {
        let said = access::sign_in(&self.test.db, &self.config, name, password.to_owned(), self.now());
        self.runtime.block_on(said)
    }

    fn prove(&self, session: &Session, code: &str) -> Outcome<Entered> {
        let said = access::prove_code(&self.test.db, &self.config, session, code, self.now());
        self.runtime.block_on(said)
    }

    fn half_session(&self, name: &str) -> Session {
        self.all_sessions(name).into_iter().find(|s| !s.complete).unwrap()
    }

    fn all_sessions(&self, name: &str) -> Vec<Session> {
        let (id, now) = (self.id(name).raw(), self.now());
        self.test.db.read_now(move |c| web::session::of_account(c, id, now)).unwrap()
    }

    fn session_of(&self, name: &str) -> Session {
        self.all_sessions(name).remove(0)
    }

    fn sessions(&self, name: &str) -> usize {
        self.all_sessions(name).len()
    }

    fn journal(&self) -> Vec<store::journal::Entry> {
        let all = store::journal::EntryFilter::default();
        self.test.db.read_now(move |c| store::journal::entries(c, &all, 10_000)).unwrap()
    }
}

fn houses() -> Vec<House> {
    let migrations = web::migrations_of(&[web::room()]);
    let all: Vec<store::Migration> =
        migrations.into_iter().chain(access::MIGRATIONS.iter().copied()).collect();
    let house = |test: TestDb| {
        let digest = Cast::digest(test.db.chance()).unwrap();
        let doer = Doer::house(test.clock.now());
        let made =
            test.db.write_now(move |tx| cast(tx, &doer, &PLACES, &CastUnits::default(), &digest)).unwrap();
        let config = Config { require_totp: false, ..Config::default() };
        House { test, cast: made, config, runtime: tokio::runtime::Runtime::new().unwrap() }
    };
    databases(&all).unwrap().into_iter().map(house).collect()
}

fn key(stop: Stop) -> &'static str {
    match stop {
        Stop::Refused(r) => r.key,
        Stop::Invalid(i) => i.fields[0].key,
        Stop::Fault(f) => panic!("{f}"),
    }
}

fn refused<T>(said: Outcome<T>) -> Refusal {
    match said {
        Err(Stop::Refused(r)) => r,
        Err(Stop::Invalid(i)) => panic!("{i:?}"),
        Err(Stop::Fault(f)) => panic!("{f}"),
        Ok(_) => panic!("was allowed"),
    }
}

#[test]
fn everybody_of_the_cast_gets_in() {
    for house in houses() {
        for member in &house.cast.members {
            let entered = house.enter(member.name, DEMO_PASSWORD).unwrap_or_else(|s| panic!("{}", key(s)));
            let wanted = if member.totp { Step::Code } else { Step::In };
            assert_eq!((entered.account, entered.step), (member.account, wanted), "{}", member.name);
        }
        let clerk = house.person("clerk").unwrap();
        let here = Resource::at(Kind::CaseWork, PLACES.grid);
        assert!(may(&clerk, Duty::Clerk, &here).is_ok());
        assert!(house.person("outsider").unwrap().posts.is_empty());
    }
}

#[test]
fn a_removed_post_is_gone_at_the_next_look() {
    for house in houses() {
        let clerk = house.id("clerk");
        assert!(house.person("clerk").unwrap().has(Duty::Clerk));
        let (doer, now) = (house.doer("admin"), house.now());
        let held = house.test.db.read_now(move |c| access::holdings_of(c, clerk)).unwrap();
        let holding = held[0].holding.id;
        house.write(move |tx| access::end_post(tx, &doer, holding)).unwrap();
        assert_eq!(house.now(), now, "no time has to pass");
        assert!(house.person("clerk").unwrap().posts.is_empty());
        // Ending it again is told, not done.
        let doer = house.doer("admin");
        assert_eq!(
            refused(house.write(move |tx| access::end_post(tx, &doer, holding))).key,
            "access.refuse.over"
        );
        // And an ended post takes all its holders with it.
        let (doer, post) = (house.doer("admin"), house.cast.get("liaison").unwrap().post.unwrap());
        house.write(move |tx| access::close_post(tx, &doer, post)).unwrap();
        assert!(house.person("liaison").unwrap().posts.is_empty());
    }
}

#[test]
fn a_post_for_a_time_ends_by_itself() {
    for house in houses() {
        let (outsider, post) = (house.id("outsider"), house.cast.get("clerk").unwrap().post.unwrap());
        let (doer, until) = (house.doer("admin"), house.now().plus(1000));
        let gave = house.write(move |tx| access::grant_post(tx, &doer, outsider, post, Some(until)));
        gave.unwrap();
        assert!(house.person("outsider").unwrap().has(Duty::Clerk));
        house.test.clock.advance(1000);
        assert!(!house.person("outsider").unwrap().has(Duty::Clerk));
    }
}

#[test]
fn ten_wrong_tries_and_then_a_quarter_of_an_hour() {
    for house in houses() {
        for name in ["clerk", "nobody-of-that-name"] {
            for _ in 0..TRIES {
                assert_eq!(key(house.enter(name, "wrong-password").err().unwrap()), "access.refuse.wrong");
            }
            let said = refused(house.enter(name, DEMO_PASSWORD));
            assert_eq!((said.key, said.status), ("access.refuse.wait", 429));
            assert_eq!(
                said.words,
                [("minutes", "15".to_owned())],
                "the same words whether the name exists or not"
            );
        }
        house.test.clock.advance(WINDOW_MS);
        assert!(house.enter("clerk", DEMO_PASSWORD).is_ok());
        // A right one wipes the slate.
        for _ in 0..TRIES - 1 {
            let _ = house.enter("clerk", "wrong-password");
        }
        assert!(house.enter("Clerk ", DEMO_PASSWORD).is_ok());
        assert_eq!(key(house.enter("clerk", "wrong-password").err().unwrap()), "access.refuse.wrong");
    }
}

#[test]
fn a_thousand_guesses_at_once_are_ten() {
    for house in houses() {
        let guess = |n: usize| {
            let (db, config, now) = (house.test.db.clone(), house.config.clone(), house.now());
            house.runtime.spawn(async move {
                // The last guesses are right: they must not get in through the crowd.
                let password = if n < 40 { format!("guess-number-{n}") } else { DEMO_PASSWORD.to_owned() };
                access::sign_in(&db, &config, "clerk", password, now).await.is_ok()
            })
        };
        for crowd in [0..40, 40..1000] {
            let all: Vec<_> = crowd.map(guess).collect();
            let got_in = all.into_iter().map(|one| house.runtime.block_on(one).unwrap());
            assert_eq!(got_in.filter(|ok| *ok).count(), 0);
        }
        let tried = house.journal().into_iter().filter(|e| e.kind == "access.sign_in_failed").count();
        assert_eq!(tried, TRIES, "every further guess was not even looked at");
    }
}

#[test]
fn a_code_opens_once_and_a_recovery_code_once() {
    for house in houses() {
        let entered = house.enter("admin2", DEMO_PASSWORD).unwrap();
        assert_eq!(entered.step, Step::Code);
        let half = house.session_of("admin2");
        assert!(!half.complete, "a password alone signs nobody in");
        assert_eq!(key(house.prove(&half, "000000").err().unwrap()), "access.refuse.wrong_code");
        let code = code_at(DEMO_SECRET, house.now()).unwrap();
        assert_eq!(house.prove(&half, &code).unwrap().step, Step::In);
        let whole = house.session_of("admin2");
        assert!(whole.complete && whole.id != half.id, "the session is another one");
        // Somebody who saw password and code is half a minute late.
        house.enter("admin2", DEMO_PASSWORD).unwrap();
        let second = house.half_session("admin2");
        assert_eq!(key(house.prove(&second, &code).err().unwrap()), "access.refuse.wrong_code");
        // A complete session is not at that step, and neither is one that was closed.
        assert_eq!(key(house.prove(&whole, "000000").err().unwrap()), "access.refuse.step");
    }
}

#[test]
fn where_a_second_factor_is_demanded_it_is_set_up_first() {
    for mut house in houses() {
        house.config.require_totp = true;
        assert_eq!(house.enter("clerk", DEMO_PASSWORD).unwrap().step, Step::Enrol);
        let (id, db, now) = (house.id("clerk"), house.test.db.clone(), house.now());
        let reader = db.clone();
        let secret = db.read_now(move |c| access::enrolling_secret(c, reader.keys(), id)).unwrap().unwrap();
        let (session, config) = (house.session_of("clerk"), house.config.clone());
        let finish = |code: String| {
            let (session, config) = (session.clone(), config.clone());
            house.write(move |tx| access::finish_enrolment(tx, &config, &session, &code, now))
        };
        assert_eq!(key(finish("123".into()).err().unwrap()), "access.invalid.code");
        let (entered, codes) = finish(code_at(&secret, now).unwrap()).unwrap();
        assert_eq!((entered.step, codes.len()), (Step::In, 10));
        assert!(house.session_of("clerk").complete);
        // The next time a recovery code does, once.
        for works in [true, false] {
            assert_eq!(house.enter("clerk", DEMO_PASSWORD).unwrap().step, Step::Code);
            let half = house.half_session("clerk");
            assert_eq!(house.prove(&half, &codes[3].to_lowercase()).is_ok(), works);
        }
    }
}

#[test]
fn a_password_from_somebody_else_is_changed_first() {
    for house in houses() {
        let digest = access::fresh_digest(house.test.db.chance(), "clerk", "river-lamp-tea-7").unwrap();
        let (doer, id) = (house.doer("admin"), house.id("clerk"));
        house.enter("clerk", DEMO_PASSWORD).unwrap();
        assert_eq!(house.sessions("clerk"), 1);
        house.write(move |tx| access::replace_password(tx, &doer, id, &digest, true)).unwrap();
        assert_eq!(house.sessions("clerk"), 0, "whoever was in is out");
        assert!(house.enter("clerk", DEMO_PASSWORD).is_err());
        assert_eq!(house.enter("clerk", "river-lamp-tea-7").unwrap().step, Step::NewPassword);
        let session = house.session_of("clerk");
        assert!(!session.complete);
        let row = house.test.db.read_now(move |c| access::account_by_id(c, id)).unwrap().unwrap();
        let fresh = access::fresh_digest(house.test.db.chance(), "clerk", "another-one-of-mine").unwrap();
        let (config, now) = (house.config.clone(), house.now());
        let entered = house
            .write(move |tx| access::renew_password(tx, &config, &session, &row.password, &fresh, now))
            .unwrap();
        assert_eq!(entered.step, Step::In);
        assert_eq!(house.enter("clerk", "another-one-of-mine").unwrap().step, Step::In);
    }
}

#[test]
fn no_two_powers_in_one_hand() {
    for house in houses() {
        let grant = |by: &str, to: &str, post_of: &str| {
            let (doer, to) = (house.doer(by), house.id(to));
            let post = house.cast.get(post_of).unwrap().post.unwrap();
            house.write(move |tx| access::grant_post(tx, &doer, to, post, None))
        };
        assert_eq!(refused(grant("admin", "auditor", "admin")).key, "access.refuse.powers");
        assert_eq!(refused(grant("admin", "admin2", "auditor")).key, "access.refuse.powers");
        assert_eq!(refused(grant("admin", "admin2", "clerk")).key, "access.refuse.powers");
        assert_eq!(refused(grant("admin", "clerk", "admin")).key, "access.refuse.powers");
        assert_eq!(refused(grant("admin", "clerk", "auditor")).key, "access.refuse.powers");
        assert_eq!(refused(grant("admin", "admin", "admin")).key, "access.refuse.self");
        assert_eq!(refused(grant("admin", "clerk", "clerk")).key, "access.refuse.held_already");
        for nobody in ["clerk", "auditor", "leader", "outsider"] {
            assert_eq!(refused(grant(nobody, "outsider", "grid")).status, 403, "{nobody}");
        }
        grant("admin", "outsider", "grid").unwrap();
        let (doer, unit) = (house.doer("admin"), house.cast.get("admin").unwrap().unit);
        let both = NewPost {
            unit,
            title: "全能".into(),
            duties: Duties::of(&[Duty::Admin, Duty::Clerk]),
            scope: PLACES.city,
        };
        assert_eq!(
            refused(house.write(move |tx| access::create_post(tx, &doer, &both))).key,
            "access.refuse.powers"
        );
    }
}

/// An administrator of a county, made for the test.
fn county_admin(house: &House) -> Doer {
    let doer = Doer::house(house.now());
    let id = house
        .write(move |tx| {
            let new =
                NewUnit { name: "县信息中心".into(), kind: UnitKind::Operations, place: PLACES.county };
            let unit = access::create_unit(tx, &doer, &new)?;
            let account = NewAccount {
                name: "countyadmin".into(),
                display: "甲".into(),
                unit,
                digest: None,
                must_change: false,
            };
            let account = access::create_account(tx, &doer, &account)?;
            let post = NewPost {
                unit,
                title: "管理员".into(),
                duties: Duties::of(&[Duty::Admin]),
                scope: PLACES.county,
            };
            let post = access::create_post(tx, &doer, &post)?;
            access::grant_post(tx, &doer, account, post, None)?;
            Ok(account)
        })
        .unwrap();
    let now = house.now();
    let person = house.test.db.read_now(move |c| person_by_account(c, id, now)).unwrap().unwrap();
    Doer::person(&person, now)
}

#[test]
fn nobody_gives_more_than_they_have() {
    for house in houses() {
        let doer = county_admin(&house);
        // A post in the own county whose scope is the city.
        let (by, unit) = (doer.clone(), house.cast.get("county").unwrap().unit);
        let wide = NewPost { unit, title: "x".into(), duties: Duties::of(&[Duty::Lead]), scope: PLACES.city };
        assert_eq!(refused(house.write(move |tx| access::create_post(tx, &by, &wide))).status, 404);
        // A unit of the city.
        let by = doer.clone();
        let above = NewUnit { name: "y".into(), kind: UnitKind::Office, place: PLACES.city };
        assert_eq!(refused(house.write(move |tx| access::create_unit(tx, &by, &above))).status, 404);
        // The password of an account of the city, and of one kept here that holds a post of the city.
        let (by, auditor) = (doer.clone(), house.id("auditor"));
        let taken = house.write(move |tx| access::replace_password(tx, &by, auditor, "x", true));
        assert_eq!(refused(taken).status, 404);
        let (by, leader, now) = (Doer::house(house.now()), house.id("leader"), house.now());
        let unit = house.cast.get("auditor").unwrap().unit;
        house
            .write(move |tx| {
                let wide = NewPost {
                    unit,
                    title: "市领导".into(),
                    duties: Duties::of(&[Duty::Lead]),
                    scope: PLACES.city,
                };
                let post = access::create_post(tx, &by, &wide)?;
                access::grant_post(tx, &by, leader, post, None)
            })
            .unwrap();
        let by = doer.clone();
        let taken = house.write(move |tx| access::replace_password(tx, &by, leader, "x", true));
        assert_eq!(refused(taken).key, "access.refuse.wider");
        assert!(Period::since(now).holds(now));
        // What lies inside goes.
        let (by, clerk) = (doer, house.id("clerk"));
        house.write(move |tx| access::lock_account(tx, &by, clerk)).unwrap();
        assert!(house.person("clerk").is_none());
    }
}

#[test]
fn a_disabled_account_is_out_at_once_and_for_good() {
    for house in houses() {
        house.enter("clerk", DEMO_PASSWORD).unwrap();
        let (doer, id) = (house.doer("admin"), house.id("clerk"));
        let by = doer.clone();
        house.write(move |tx| access::disable_account(tx, &by, id)).unwrap();
        assert_eq!((house.sessions("clerk"), house.person("clerk")), (0, None));
        assert_eq!(key(house.enter("clerk", DEMO_PASSWORD).err().unwrap()), "access.refuse.locked");
        assert_eq!(key(house.enter("clerk", "wrong-password").err().unwrap()), "access.refuse.wrong");
        let by = doer.clone();
        assert_eq!(
            refused(house.write(move |tx| access::unlock_account(tx, &by, id))).key,
            "access.refuse.state"
        );
        let post = house.cast.get("clerk").unwrap().post.unwrap();
        let by = doer.clone();
        let said = house.write(move |tx| access::grant_post(tx, &by, id, post, None));
        assert_eq!(refused(said).key, "access.refuse.disabled");
        let own = house.id("admin");
        assert_eq!(
            refused(house.write(move |tx| access::disable_account(tx, &doer, own))).key,
            "access.refuse.self"
        );
    }
}

#[test]
fn the_journal_knows_what_was_done_and_no_name() {
    for house in houses() {
        let _ = house.enter("zhang-san-13800138000", "wrong-password");
        let _ = house.enter("clerk", "typed-by-mistake-666");
        house.enter("clerk", DEMO_PASSWORD).unwrap();
        let (session, now) = (house.session_of("clerk"), house.now());
        house.write(move |tx| access::sign_out(tx, &session, now)).unwrap();
        assert_eq!(house.sessions("clerk"), 0);
        let all = house.journal();
        assert!(all.iter().all(|e| access::FACTS.contains(&e.kind.as_str())), "a fact of no listed kind");
        for kind in ["access.account_created", "access.post_granted", "access.signed_in", "access.signed_out"]
        {
            assert!(all.iter().any(|e| e.kind == kind), "{kind}");
        }
        let failed: Vec<_> = all.iter().filter(|e| e.kind == "access.sign_in_failed").collect();
        assert_eq!(failed.len(), 2);
        for entry in &all {
            for secret in ["zhang", "13800138000", "typed-by", "李建国", DEMO_SECRET, "argon2"] {
                assert!(!entry.body.contains(secret), "{secret} in {}", entry.body);
            }
        }
    }
}

#[test]
fn a_list_ends_where_the_scope_ends() {
    for house in houses() {
        let now = house.now();
        let list = |person: Person, filter: AccountFilter, after| {
            let cut = Cut { after, size: 5, descending: true };
            let scope = view_filter(&person, Kind::Roster);
            let order = AccountOrder::Made;
            house.test.db.read_now(move |c| accounts_page(c, &scope, &filter, order, cut, now)).unwrap()
        };
        let admin = house.person("admin").unwrap();
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = list(admin.clone(), AccountFilter::default(), after);
            seen.extend(page.rows.iter().map(|r| r.name.clone()));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let mut all: Vec<String> = house.cast.members.iter().map(|m| m.name.to_owned()).collect();
        seen.sort();
        all.sort();
        assert_eq!(seen, all, "each once, over several pages");
        assert!(list(house.person("clerk").unwrap(), AccountFilter::default(), None).rows.is_empty());
        let words = |w: &str| AccountFilter { words: Some(w.to_owned()), ..AccountFilter::default() };
        let found = list(admin.clone(), words("建国"), None).rows;
        assert_eq!(
            (found[0].name.as_str(), found[0].posts.as_slice()),
            ("clerk", &["综治中心干事".to_owned()][..])
        );
        assert!(list(admin, words("%"), None).rows.is_empty(), "a sign is meant as it is");
    }
}

#[test]
fn an_empty_installation_gets_its_first_administrator_once() {
    let all: Vec<store::Migration> =
        web::migrations_of(&[web::room()]).into_iter().chain(access::MIGRATIONS.iter().copied()).collect();
    for test in databases(&all).unwrap() {
        let new = access::FirstAdministrator {
            name: "root1".into(),
            display: "甲".into(),
            unit: "信息中心".into(),
            title: "系统管理员".into(),
            digest: access::fresh_digest(test.db.chance(), "root1", "tea-lamp-river-9").unwrap(),
        };
        let now = test.clock.now();
        let make = || {
            let new = new.clone();
            test.db.write_now(move |tx| access::make_first_administrator(tx, &Doer::house(now), &new))
        };
        let id = make().unwrap();
        let person = test.db.read_now(move |c| person_by_account(c, id, now)).unwrap().unwrap();
        let anywhere = Resource::at(Kind::Staff, PLACES.grid);
        assert!(may(&person, Duty::Admin, &anywhere).is_ok());
        assert_eq!(refused(make()).key, "access.refuse.not_first");
    }
}

#[test]
fn two_administrators_at_one_moment_do_not_make_two_powers() {
    for house in houses() {
        let unit = house.cast.get("county").unwrap().unit;
        for n in 0..25 {
            let by = Doer::house(house.now());
            let name = format!("newcomer{n}");
            let new = NewAccount { name, display: "乙".into(), unit, digest: None, must_change: false };
            let id = house.write(move |tx| access::create_account(tx, &by, &new)).unwrap();
            let give = |post_of: &str| {
                let (db, doer) = (house.test.db.clone(), Doer::house(house.now()));
                let post = house.cast.get(post_of).unwrap().post.unwrap();
                house.runtime.spawn(async move {
                    db.write(move |tx| access::grant_post(tx, &doer, id, post, None)).await.is_ok()
                })
            };
            let both = [give("admin"), give("auditor"), give("clerk")];
            let given = both.into_iter().map(|g| house.runtime.block_on(g).unwrap());
            assert_eq!(given.filter(|ok| *ok).count(), 1, "on round {n}");
        }
    }
}

#[test]
fn a_list_in_sql_is_the_filter_in_memory() {
    let town = |city, county, town| Place { province: 1, city, county, town, village: 0, grid: 0 };
    for house in houses() {
        let places: Vec<Place> = (2..4)
            .flat_map(|c| (10 * c..10 * c + 3).map(move |n| (c, n)))
            .flat_map(|(c, n)| (0..3).map(move |t| town(c, n, if t == 0 { 0 } else { 10 * n + t })))
            .collect();
        let (by, all) = (Doer::house(house.now()), places.clone());
        house
            .write(move |tx| {
                for place in &all {
                    let new = NewUnit { name: format!("{place:?}"), kind: UnitKind::Office, place: *place };
                    access::create_unit(tx, &by, &new)?;
                }
                Ok(())
            })
            .unwrap();
        let now = house.now();
        let units: Vec<access::Unit> = house.test.db.read_now(access::every_unit).unwrap();
        let scopes =
            [Place::default(), town(2, 0, 0), town(3, 30, 0), town(3, 31, 312), town(9, 0, 0), PLACES.grid];
        let mut seen = 0;
        for scope in scopes {
            let held = access::HeldPost {
                post: Id::of(1),
                unit: Id::of(1),
                unit_name: String::new(),
                title: String::new(),
                duties: Duties::of(&[Duty::Audit]),
                scope: scope.as_scope(),
            };
            let person = Person { posts: vec![held], ..Person::without_posts(Id::of(1), "x") };
            let filter = view_filter(&person, Kind::Roster);
            let asked = filter.clone();
            let cut = Cut { after: None, size: 100, descending: false };
            let every = access::UnitFilter::default();
            let page =
                house.test.db.read_now(move |c| access::units_page(c, &asked, &every, cut, now)).unwrap();
            let mut listed: Vec<i64> = page.rows.iter().map(|l| l.unit.id.raw()).collect();
            let meant = units.iter().filter(|u| filter.holds(&Resource::at(Kind::Roster, u.place)));
            let mut meant: Vec<i64> = meant.map(|u| u.id.raw()).collect();
            listed.sort_unstable();
            meant.sort_unstable();
            assert_eq!(listed, meant, "{scope:?}");
            seen += listed.len();
        }
        assert!(seen > 30, "the comparison saw only {seen} rows");
    }
}
