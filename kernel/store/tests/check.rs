//! The auditor's button: the journal is checked where it stands, and a change in the database is found.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use base::{Act, Actor, Millis, Outcome};
use diesel::{prelude::*, sql_query};
use store::{Fact, Tx, journal, on, testing};

fn some_facts(db: &store::Db, n: i64) {
    for i in 0..n {
        let fact = move |tx: &mut Tx<'_>| -> Outcome<()> {
            let act = Act::new(Actor { account: 5, post: 6 }, Millis(1_772_413_200_000 + i));
            tx.record(Fact::new("thing.made", act, "thing", i));
            Ok(())
        };
        db.write_now(fact).unwrap();
        if i % 3 == 0 {
            db.sign_now().unwrap();
        }
    }
    db.sign_now().unwrap();
}

/// A change behind the store's back, in a transaction that records a fact so that it commits.
fn tamper(db: &store::Db, text: &'static str) {
    let change = move |tx: &mut Tx<'_>| -> Outcome<()> {
        on!(tx.conn, c => sql_query(text).execute(c))?;
        Ok(())
    };
    db.keep_house_now(change).unwrap();
}

#[test]
fn a_sound_journal_is_found_sound_and_a_changed_one_is_not() {
    for t in testing::databases(&[]).unwrap() {
        some_facts(&t.db, 10);
        let key = t.db.keys().verifying().to_owned();
        let asked = key.clone();
        let report = t.db.read_now(move |c| journal::check_now(c, &asked)).unwrap().unwrap();
        assert!(report.entries >= 10 && report.checkpoints >= 3, "{report:?}");
        tamper(&t.db, "UPDATE journal_entry SET account = 7 WHERE leaf = 4");
        let asked = key.clone();
        let found = t.db.read_now(move |c| journal::check_now(c, &asked)).unwrap();
        assert!(matches!(found, Err(journal::VerifyError::Changed(4))), "{found:?}");
    }
}

#[test]
fn a_day_narrows_the_list() {
    for t in testing::databases(&[]).unwrap() {
        some_facts(&t.db, 4);
        let filter = journal::EntryFilter {
            kind: Some("thing.made".to_owned()),
            at_from: Some(Millis(1_772_413_200_001)),
            at_before: Some(Millis(1_772_413_200_003)),
            ..journal::EntryFilter::default()
        };
        let found = t.db.read_now(move |c| journal::entries(c, &filter, 100)).unwrap();
        assert_eq!(found.len(), 2);
    }
}
