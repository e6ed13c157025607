//! Several processes on one database: what they must not share and what they must.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use base::{Act, Actor, Chance, NODES, Stop};
use diesel::{RunQueryDsl, connection::SimpleConnection, sql_query};
use store::{Db, DbConfig, Fact, Keys, Serving, journal, on, testing, testing::TestDb};

struct Thing;

fn keys(folder: &tempfile::TempDir) -> Keys {
    Keys::load_or_make(&folder.path().join("linli.keys"), "test.example").unwrap()
}

/// A second process on the database, drawing the same chances as the first.
fn beside(t: &TestDb, keys: Keys, serves: bool) -> base::Outcome<Db> {
    let config = DbConfig { url: t.url.clone(), readers: 1, signs: serves };
    Db::open(&config, keys, Arc::new(Chance::from_seed(7)), t.clock.clone())
}

fn does(db: &Db, kind: &'static str) {
    let act = Act::new(Actor { account: 5, post: 6 }, db.clock().now());
    db.write_now(move |tx| {
        tx.record(Fact::new(kind, act, "thing", 1));
        Ok(())
    })
    .unwrap();
}

fn raw(db: &Db) -> i64 {
    db.chance().id::<Thing>(db.clock().now()).raw()
}

#[test]
fn each_process_makes_ids_of_its_own_and_a_number_is_free_again_when_its_process_ends() {
    let folder = tempfile::tempdir().unwrap();
    for t in testing::databases_with_keys(&[], || keys(&folder)).unwrap() {
        let server = beside(&t, keys(&folder), true).unwrap();
        assert_ne!(raw(&t.db) % NODES, raw(&server) % NODES);
    }
    for t in testing::databases_with_keys(&[], || keys(&folder)).unwrap().iter().skip(1) {
        let [second, third] = [(); 2].map(|()| beside(t, keys(&folder), false).unwrap());
        let number = raw(&second) % NODES;
        assert!(number != raw(&third) % NODES && number != raw(&t.db) % NODES);
        drop(second);
        until(|| beside(t, keys(&folder), false).ok().filter(|db| raw(db) % NODES == number));
    }
}

/// Asks until there is an answer, for at most five seconds.
fn until<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    #[expect(clippy::disallowed_methods, reason = "a limit in real time")]
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "it did not come about in five seconds");
        std::thread::yield_now();
    }
}

#[test]
fn a_process_with_other_keys_is_refused_before_it_writes_anything() {
    let folder = tempfile::tempdir().unwrap();
    for t in testing::databases_with_keys(&[], || keys(&folder)).unwrap() {
        let stop = beside(&t, Keys::fresh("test.example"), true).err().unwrap();
        assert_eq!(stop.refusal().unwrap().key, "store.refuse.other_keys");
        beside(&t, keys(&folder), true).unwrap();
    }
}

#[test]
fn a_change_of_what_is_kept_in_memory_is_heard_by_the_other_process_and_no_other_deed_is() {
    let folder = tempfile::tempdir().unwrap();
    for t in testing::databases_with_keys(&[], || keys(&folder)).unwrap() {
        let server = beside(&t, keys(&folder), true).unwrap();
        t.db.stirred_by(["thing.renamed"]);
        let mut edition = server.edition();
        edition.mark_unchanged();
        let before = *edition.borrow();
        (0..3).for_each(|_| does(&t.db, "thing.seen"));
        does(&t.db, "thing.renamed");
        until(|| edition.has_changed().unwrap().then_some(()));
        assert_eq!(*edition.borrow(), before + 1);
    }
}

#[test]
fn a_sealer_that_froze_stops_neither_the_deeds_nor_for_long_the_sealing_of_the_others() {
    let folder = tempfile::tempdir().unwrap();
    for t in testing::databases_with_keys(&[], || keys(&folder)).unwrap().into_iter().skip(1) {
        let mut frozen = store::open(&t.url, false).unwrap();
        on!(&mut frozen, c => c.batch_execute("BEGIN; UPDATE journal_head SET size = size WHERE id = 1"))
            .unwrap();
        does(&t.db, "thing.seen");
        t.db.sign_now().unwrap();
        let size = || t.db.read_now(journal::state).unwrap().size;
        assert_eq!(size(), 0, "the control: the frozen one holds the head");
        on!(&mut frozen, c => c.batch_execute("ROLLBACK")).unwrap();
        t.db.sign_now().unwrap();
        assert_eq!(size(), 1);
    }
}

/// A process that froze, or whose machine went away, inside a transaction: the server ends its session.
#[test]
fn the_server_ends_a_transaction_in_which_nothing_happens() {
    let all = testing::databases(&[]).unwrap();
    for t in all.iter().skip(1) {
        let mut conn = store::open(&t.url, false).unwrap();
        let limit: String =
            on!(&mut conn, c => sql_query("SHOW idle_in_transaction_session_timeout").get_result::<Shown>(c))
                .unwrap()
                .idle_in_transaction_session_timeout;
        assert_eq!(limit, "6s", "within the ten seconds in which another process must take over");
    }
}

#[derive(diesel::QueryableByName)]
struct Shown {
    #[diesel(sql_type = diesel::sql_types::Text)]
    idle_in_transaction_session_timeout: String,
}

#[test]
fn a_file_is_served_by_one_process_and_a_server_starts_one_after_another() {
    let all = testing::databases(&[]).unwrap();
    let first = Serving::begin(&all[0].url).unwrap();
    let stop = Serving::begin(&all[0].url).err().unwrap();
    assert!(matches!(&stop, Stop::Refused(r) if r.key == "store.refuse.served" && r.status == 409));
    drop(first);
    drop(Serving::begin(&all[0].url).unwrap());
    for t in all.iter().skip(1) {
        let mut one = Serving::begin(&t.url).unwrap();
        let (url, (told, heard)) = (t.url.clone(), std::sync::mpsc::channel());
        std::thread::spawn(move || told.send(Serving::begin(&url).map(|_| ()).is_ok()));
        assert!(heard.recv_timeout(Duration::from_millis(400)).is_err(), "the second one waits");
        one.has_begun();
        assert!(heard.recv_timeout(Duration::from_secs(20)).unwrap());
    }
}

/// A second database of the engine in the place of a copy: what stands in its beat is as of when it answers.
#[test]
fn an_overlooking_question_goes_to_a_fresh_copy_and_to_the_first_database_when_it_is_stale_or_gone() {
    let rt = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let copies = testing::databases(&[]).unwrap();
    for (t, copy) in testing::databases(&[]).unwrap().into_iter().zip(copies) {
        does(&t.db, "thing.seen");
        t.db.overlook_at(&copy.url, 1).unwrap();
        let filter = journal::EntryFilter::default();
        let ask = || {
            let filter = filter.clone();
            rt.block_on(t.db.overlook(move |c| Ok(journal::entries(c, &filter, 10)?.len()))).unwrap()
        };
        let beat = |ms: i64| {
            let at = base::Clock::now(&*t.clock).plus(-ms).0;
            let mut conn = store::open(&copy.url, false).unwrap();
            on!(&mut conn, c => c.batch_execute(&format!("UPDATE store_beat SET at_ms = {at}"))).unwrap();
            base::Millis(at)
        };
        assert_eq!(ask(), (1, None), "a copy in which no beat ever came is passed over");
        let at = beat(2_000);
        assert_eq!(ask(), (0, Some(at)), "the copy answers, and says as of when");
        beat(store::MOST_BEHIND_MS + 1);
        assert_eq!(ask(), (1, None), "too far behind");
        let at = beat(0);
        assert_eq!(ask(), (0, Some(at)), "it has caught up");
        until(|| {
            let mut conn = store::open(&t.url, true).unwrap();
            let beats = sql_query("SELECT count(*) AS n FROM store_beat WHERE at_ms > 0");
            (on!(&mut conn, c => beats.get_result::<N>(c)).unwrap().n == 1).then_some(())
        });
    }
    for t in testing::databases(&[]).unwrap() {
        let gone = if t.url.starts_with("sqlite") {
            "sqlite:/nowhere/copy.db"
        } else {
            "postgres://nobody@127.0.0.1:1/x"
        };
        t.db.overlook_at(gone, 1).unwrap();
        assert_eq!(rt.block_on(t.db.overlook(|_| Ok(7))).unwrap(), (7, None), "a copy that is gone");
    }
}

#[derive(diesel::QueryableByName)]
struct N {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}
