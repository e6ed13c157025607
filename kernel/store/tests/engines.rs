//! What the store promises, shown on each engine that this run has.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and its address is in the environment"
)]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use base::{Act, Actor, Clock, Millis, Refusal, Stop};
use diesel::{prelude::*, sql_types::Bool};
use store::{Conn, Fact, Migration, Tx, blobs, changed, done, journal, on, search, testing};

diesel::table! { thing (id) { id -> BigInt, name -> Text, } }

const THINGS: &[Migration] = &[Migration {
    room: "thing",
    name: "0001_thing",
    sql: "CREATE TABLE thing (id {id}, name TEXT NOT NULL);\nCREATE UNIQUE INDEX thing_name ON thing (name);\n{search search_thing};\nCREATE TABLE a_part (id {id}, thing_id BIGINT REFERENCES thing (id), up BIGINT REFERENCES a_part (id));\n",
}];

fn act() -> Act {
    Act::new(Actor { account: 5, post: 6 }, Millis(1_772_413_200_000))
}

fn put(tx: &mut Tx<'_>, id: i64, name: &str) -> base::Outcome<()> {
    on!(tx.conn, c => diesel::insert_into(thing::table).values((thing::id.eq(id), thing::name.eq(name))).execute(c))?;
    Ok(())
}

fn count(db: &store::Db) -> i64 {
    db.read_now(|conn| Ok(on!(conn, c => thing::table.count().get_result(c))?)).unwrap()
}

/// How many things' texts have these words.
fn found(conn: &mut Conn, words: &str) -> base::Outcome<i64> {
    let clause = search::clause(conn, "search_thing", "id", words)?.unwrap();
    Ok(on!(conn, c => thing::table
        .filter(diesel::dsl::sql::<Bool>(&clause.before)
            .bind::<diesel::sql_types::Text, _>(clause.text.clone())
            .sql(&clause.after))
        .count()
        .get_result::<i64>(c))?)
}

#[test]
fn a_deed_without_a_fact_does_not_commit() {
    for t in testing::databases(THINGS).unwrap() {
        let said = t.db.write_now(|tx| put(tx, 1, "x"));
        assert!(matches!(said, Err(Stop::Fault(_))));
        assert_eq!(count(&t.db), 0);
    }
}

#[test]
fn a_refused_deed_leaves_neither_rows_nor_facts_and_its_neighbours_stay() {
    for t in testing::databases(THINGS).unwrap() {
        let rt = tokio::runtime::Builder::new_current_thread().build().unwrap();
        rt.block_on(async {
            let good = |n: i64| {
                t.db.write(move |tx| {
                    put(tx, n, &n.to_string())?;
                    tx.record(Fact::new("thing.made", act(), "thing", n));
                    Ok(())
                })
            };
            let bad = t.db.write(|tx| {
                put(tx, 50, "50")?;
                tx.record(Fact::new("thing.made", act(), "thing", 50));
                Err::<(), _>(Refusal::new("thing.refuse").into())
            });
            let (a, b, c) = tokio::join!(good(1), bad, good(2));
            assert!(a.is_ok() && c.is_ok());
            assert!(b.unwrap_err().refusal().is_some());
        });
        assert_eq!(count(&t.db), 2);
        let kinds = t.db.read_now(|c| journal::entries(c, &journal::EntryFilter::default(), 10)).unwrap();
        assert_eq!(kinds.len(), 2);
    }
}

#[test]
fn a_panicking_deed_takes_only_itself_back() {
    for t in testing::databases(THINGS).unwrap() {
        let said = t.db.write_now(|tx| -> base::Outcome<()> {
            put(tx, 1, "x")?;
            panic!("on purpose")
        });
        assert!(matches!(said, Err(Stop::Fault(_))));
        t.db.write_now(|tx| {
            tx.record(Fact::new("thing.made", act(), "thing", 2));
            put(tx, 2, "y")
        })
        .unwrap();
        assert_eq!(count(&t.db), 1);
    }
}

#[test]
fn many_writers_share_a_commit_and_none_is_lost() {
    for t in testing::databases(THINGS).unwrap() {
        let rt = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let done = Arc::new(AtomicUsize::new(0));
        rt.block_on(async {
            let mut tasks = Vec::new();
            for n in 0..600_i64 {
                let (db, done) = (t.db.clone(), done.clone());
                tasks.push(tokio::spawn(async move {
                    let said = db
                        .write_keyed(n, move |tx| {
                            put(tx, n, &n.to_string())?;
                            tx.record(Fact::new("thing.made", act(), "thing", n).int("n", n));
                            Ok(())
                        })
                        .await;
                    if said.is_ok() {
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                }));
            }
            for task in tasks {
                task.await.unwrap();
            }
        });
        assert_eq!(done.load(Ordering::Relaxed), 600);
        assert_eq!(count(&t.db), 600);
        let health = t.db.health();
        assert_eq!(health.committed, 600);
        assert!(health.commits < 600, "{health:?}");
    }
}

/// A deed that holds the first writer until `go` is dropped, and one that stands in line behind it.
fn held(t: &testing::TestDb, rt: &tokio::runtime::Runtime, name: &'static str) -> Held {
    let (go, wait) = crossbeam_channel::bounded::<()>(0);
    let (began, begins) = crossbeam_channel::bounded(1);
    let db = t.db.clone();
    let holding = rt.spawn(async move {
        let hold = move |tx: &mut Tx<'_>| {
            let _ = began.send(());
            let _ = wait.recv();
            tx.record(Fact::new("thing.made", act(), "thing", 0));
            Ok(())
        };
        db.write_keyed(0, hold).await
    });
    begins.recv().unwrap();
    let in_line = rt.spawn(named(t.db.clone(), name));
    while t.db.health().waiting == 0 {
        std::thread::yield_now();
    }
    Held { go, holding, in_line }
}

struct Held {
    go: crossbeam_channel::Sender<()>,
    holding: tokio::task::JoinHandle<base::Outcome<()>>,
    in_line: tokio::task::JoinHandle<base::Outcome<()>>,
}

async fn named(db: store::Db, name: &'static str) -> base::Outcome<()> {
    let make = move |tx: &mut Tx<'_>| {
        tx.record(Fact::new("thing.made", act(), "thing", 1));
        let id = tx.id::<Thing>(act().at).raw();
        put(tx, id, name)
    };
    db.write_keyed(0, make).await
}

/// The writer is held until it is let go, and the clock is moved by hand: nothing here depends on how fast the
/// machine is.
#[test]
fn a_deed_that_would_wait_longer_than_its_person_is_refused_at_once() {
    let is_busy = |said: base::Outcome<()>| {
        let stop = said.unwrap_err();
        assert_eq!(stop.refusal().map(|r| (r.key, r.status)), Some(("store.refuse.busy", 503)), "{stop:?}");
    };
    let rt = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    for t in testing::databases(THINGS).unwrap() {
        let one = held(&t, &rt, "in line");
        t.clock.advance(7_000);
        let also = rt.spawn(named(t.db.clone(), "also in line"));
        while t.db.health().waiting < 2 {
            std::thread::yield_now();
        }
        t.clock.advance(2_000);
        is_busy(rt.block_on(named(t.db.clone(), "too late")));
        drop(one.go);
        rt.block_on(async {
            for deed in [one.holding, one.in_line, also] {
                deed.await.unwrap().unwrap();
            }
        });
        assert_eq!(count(&t.db), 2);
        // Whoever was let in and then waited until everybody has gone is told that it was not done.
        let two = held(&t, &rt, "forgotten");
        t.clock.advance(26_000);
        drop(two.go);
        rt.block_on(two.holding).unwrap().unwrap();
        is_busy(rt.block_on(two.in_line).unwrap());
        rt.block_on(named(t.db.clone(), "afterwards")).unwrap();
        assert_eq!(count(&t.db), 3);
        assert!(t.db.standing_wait().is_some());
    }
}

#[derive(Insertable)]
#[diesel(table_name = thing)]
struct Thing {
    id: i64,
    name: String,
}

impl store::Later for Thing {
    fn add(conn: &mut store::Conn, rows: &[Self]) -> base::Outcome<()> {
        store::add_all!(conn, thing::table, rows);
        Ok(())
    }
}

#[test]
fn rows_that_wait_are_written_once_and_a_bad_one_falls_alone() {
    for t in testing::databases(THINGS).unwrap() {
        let rt = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        // All to one writer; of every ten, two want the same name.
        let many = |numbers: std::ops::Range<i64>| {
            let tasks: Vec<_> = numbers
                .map(|n| {
                    let db = t.db.clone();
                    rt.spawn(async move {
                        db.write_keyed(1, move |tx| {
                            let name = if n % 10 == 9 { n - 1 } else { n }.to_string();
                            tx.add_later(Thing { id: n, name })?;
                            tx.search_later("search_thing", n, format!("水沟{n}"));
                            tx.record(Fact::new("thing.made", act(), "thing", n));
                            Ok(())
                        })
                        .await
                    })
                })
                .collect();
            tasks.into_iter().map(|task| rt.block_on(task).unwrap()).filter(Result::is_ok).count()
        };
        let said = many(0..200);
        assert_eq!((said, count(&t.db)), (180, 180));
        assert_eq!(t.db.read_now(|conn| found(conn, "水沟")).unwrap(), 180);
        let facts = t.db.read_now(|c| journal::entries(c, &journal::EntryFilter::default(), 500)).unwrap();
        assert_eq!(facts.len(), 180);
        // A question inside a deed sees them after `settle`, and a deed of another kind sees them anyway.
        let counted = |tx: &mut Tx<'_>| {
            tx.add_later(Thing { id: 900, name: "900".to_owned() })?;
            tx.record(Fact::new("thing.made", act(), "thing", 900));
            tx.settle()?;
            Ok(on!(tx.conn, c => thing::table.count().get_result::<i64>(c))?)
        };
        assert_eq!(t.db.write_now(counted).unwrap(), 181);
    }
}

/// The writer itself would carry only 128 MB; here it is a few hundred kilobytes.
#[test]
fn the_log_is_carried_into_the_database_beside_the_writer() {
    for t in testing::databases(THINGS).unwrap() {
        let Some(path) = t.db.url().strip_prefix("sqlite:") else { continue };
        let size = || std::fs::metadata(path).unwrap().len();
        let before = size();
        let deed = |tx: &mut Tx<'_>| {
            (0..600).for_each(|n| tx.record(Fact::new("thing.made", act(), "thing", n)));
            Ok(())
        };
        t.db.write_now(deed).unwrap();
        for _ in 0..200 {
            if size() > before + 50_000 {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        assert!(size() > before + 50_000, "{before} bytes before, {} after", size());
    }
}

fn fill(db: &store::Db, n: i64) {
    for i in 0..n {
        db.write_now(move |tx| {
            tx.record(
                Fact::new("thing.made", act(), "thing", i % 7).int("n", i).digest("text", format!("秘密{i}")),
            );
            tx.record(Fact::new("thing.seen", act(), "thing", i % 7));
            Ok(())
        })
        .unwrap();
        if i % 40 == 0 {
            db.sign_now().unwrap();
        }
    }
    db.sign_now().unwrap();
}

#[test]
fn an_exported_journal_verifies_offline_and_every_kind_of_change_is_found() {
    for t in testing::databases(THINGS).unwrap() {
        fill(&t.db, 300);
        let folder = tempfile::tempdir().unwrap();
        let (path, key) = (folder.path().to_owned(), t.db.keys().verifying().to_owned());
        let (at, public) = (path.clone(), key.clone());
        assert_eq!(t.db.read_now(move |c| journal::export(c, &public, &at)).unwrap(), 600);
        let report = journal::verify_export(&path, &key, &[]).unwrap();
        assert_eq!((report.entries, report.checkpoints > 5), (600, true));

        let file = path.join("entries.ndjson");
        let whole = std::fs::read_to_string(&file).unwrap();
        assert!(!whole.contains("秘密"));
        let lines: Vec<&str> = whole.lines().collect();
        let tampered: Vec<(&str, Vec<String>)> = vec![
            (
                "deleted",
                lines.iter().enumerate().filter(|(i, _)| *i != 17).map(|(_, l)| l.to_string()).collect(),
            ),
            ("cut off", lines[..590].iter().map(|l| l.to_string()).collect()),
            (
                "changed",
                lines
                    .iter()
                    .map(|l| {
                        l.replace(
                            "\"account\":5,\"post\":6,\"kind\":\"thing.seen\"",
                            "\"account\":9,\"post\":6,\"kind\":\"thing.seen\"",
                        )
                    })
                    .collect(),
            ),
            ("reordered", {
                let mut l: Vec<String> = lines.iter().map(|l| l.to_string()).collect();
                l.swap(3, 4);
                l
            }),
            ("renumbered", {
                let mut l: Vec<String> = lines.iter().map(|l| l.to_string()).collect();
                let (a, b) =
                    (l[3].replace("\"leaf\":3,", "\"leaf\":4,"), l[4].replace("\"leaf\":4,", "\"leaf\":3,"));
                l[3] = b;
                l[4] = a;
                l
            }),
            ("added", {
                let mut l: Vec<String> = lines.iter().map(|l| l.to_string()).collect();
                l.push(lines[599].replace("\"leaf\":599,", "\"leaf\":600,"));
                l
            }),
        ];
        for (what, lines) in tampered {
            std::fs::write(&file, lines.join("\n") + "\n").unwrap();
            assert!(journal::verify_export(&path, &key, &[]).is_err(), "{what} was not found");
        }
        std::fs::write(&file, &whole).unwrap();
        let other = store::Keys::fresh("test.example");
        assert!(journal::verify_export(&path, other.verifying(), &[]).is_err(), "another key was taken");
    }
}

#[test]
fn a_fork_is_found_by_who_kept_an_earlier_checkpoint() {
    let keys = tempfile::tempdir().unwrap();
    let same = || store::Keys::load_or_make(&keys.path().join("k"), "test.example").unwrap();
    let a = testing::sqlite_with_keys(THINGS, same()).unwrap();
    let b = testing::sqlite_with_keys(THINGS, same()).unwrap();
    fill(&a.db, 20);
    let kept = a.db.read_now(journal::last_checkpoint).unwrap().unwrap().2;
    // The forged twin leaves one entry out at the start and goes on as if nothing had been.
    b.db.write_now(|tx| {
        tx.record(Fact::new("thing.seen", act(), "thing", 1));
        Ok(())
    })
    .unwrap();
    fill(&b.db, 30);
    let folder = tempfile::tempdir().unwrap();
    let (at, key) = (folder.path().to_owned(), b.db.keys().verifying().to_owned());
    let public = key.clone();
    b.db.read_now(move |c| journal::export(c, &public, &at)).unwrap();
    assert!(journal::verify_export(folder.path(), &key, &[]).is_ok());
    let said = journal::verify_export(folder.path(), &key, &[kept]);
    assert!(matches!(said, Err(journal::VerifyError::Root(_))), "{said:?}");
}

#[test]
fn a_receipt_proves_its_entries_and_no_other() {
    for t in testing::databases(THINGS).unwrap() {
        fill(&t.db, 300);
        let key = t.db.keys().verifying().to_owned();
        let proof = t.db.read_now(|c| journal::proofs_of(c, "thing", 3)).unwrap();
        let n = journal::check_proof(&proof, &key).unwrap();
        assert!(n > 80, "{n}");
        let text = serde_json::to_string(&proof).unwrap().replacen("\"account\":5", "\"account\":4", 1);
        let forged: journal::Proof = serde_json::from_str(&text).unwrap();
        assert!(journal::check_proof(&forged, &key).is_err());
    }
}

#[test]
fn two_characters_find_a_text_on_both_engines() {
    for t in testing::databases(THINGS).unwrap() {
        t.db.write_now(|tx| {
            for (id, text) in
                [(1, "村口排水沟堵塞，下雨倒灌"), (2, "广场舞噪音扰民"), (3, "排水管破裂 ABC-12")]
            {
                put(tx, id, text)?;
                search::put(tx.conn, "search_thing", id, text)?;
            }
            tx.record(Fact::new("thing.made", act(), "thing", 1));
            Ok(())
        })
        .unwrap();
        let find = |q: &'static str| {
            t.db.read_now(move |conn| {
                let Some(clause) = search::clause(conn, "search_thing", "thing.id", q)? else {
                    return Ok(vec![]);
                };
                let ids: Vec<i64> = on!(conn, c => thing::table
                    .select(thing::id)
                    .filter(diesel::dsl::sql::<Bool>(&clause.before)
                        .bind::<diesel::sql_types::Text, _>(clause.text.clone())
                        .sql(&clause.after))
                    .order(thing::id)
                    .load(c))?;
                Ok(ids)
            })
            .unwrap()
        };
        assert_eq!(find("排水"), [1, 3]);
        assert_eq!(find("排水 破裂"), [3]);
        assert_eq!(find("水沟"), [1]);
        assert_eq!(find("舞"), [2]);
        assert_eq!(find("abc"), [3]);
        assert_eq!(find("水堵"), Vec::<i64>::new());
        assert_eq!(find("！？"), Vec::<i64>::new());
        assert_eq!(find("' OR 1=1 --"), Vec::<i64>::new());
    }
}

#[test]
fn the_same_bytes_are_kept_once_and_come_back() {
    for t in testing::databases(THINGS).unwrap() {
        let digest =
            t.db.write_now(|tx| {
                tx.record(Fact::new("thing.made", act(), "thing", 1));
                let one = blobs::put(tx, b"photo")?;
                assert_eq!(blobs::put(tx, b"photo")?, one);
                Ok(one)
            })
            .unwrap();
        assert_eq!(t.db.read_now(move |c| blobs::get(c, &digest)).unwrap(), b"photo");
        assert!(t.db.read_now(|c| blobs::get(c, "nothing")).is_err());
    }
}

#[test]
fn a_reader_cannot_write() {
    let t = testing::sqlite(THINGS).unwrap();
    let said = t.db.read_now(|conn| {
        Ok(on!(conn, c => diesel::insert_into(thing::table).values((thing::id.eq(1), thing::name.eq("x"))).execute(c))?)
    });
    assert!(said.is_err());
    assert!(t.clock.now().0 > 0);
}

/// A fresh, wholly empty database of the same engine as `t`.
fn empty_like(t: &testing::TestDb, folder: &std::path::Path, n: usize) -> String {
    if t.url.starts_with("sqlite") {
        return format!("sqlite:{}", folder.join(format!("empty{n}.db")).display());
    }
    let url = testing::postgres(&std::env::var("LINLI_TEST_POSTGRES").unwrap(), &[]).unwrap().url;
    let schema = url.rsplit("%3D").next().unwrap().to_owned();
    let mut conn = store::open(&url, false).unwrap();
    on!(&mut conn, c => diesel::sql_query(format!("DROP SCHEMA {schema} CASCADE")).execute(c)).unwrap();
    on!(&mut conn, c => diesel::sql_query(format!("CREATE SCHEMA {schema}")).execute(c)).unwrap();
    url
}

#[test]
fn a_backup_is_restored_whole_on_either_engine_and_never_over_something() {
    let all: Vec<Migration> = store::KERNEL_MIGRATIONS.iter().chain(THINGS).copied().collect();
    let dbs = testing::databases(THINGS).unwrap();
    for (n, from) in dbs.iter().enumerate() {
        fill(&from.db, 40);
        from.db
            .write_now(|tx| {
                put(tx, 1, "一 \"quoted\" \\ line\nbreak")?;
                blobs::put(tx, &[0, 1, 255])?;
                // The table of parts comes before the table of things, and part 1 before its own parent.
                on!(tx.conn, c => diesel::sql_query("INSERT INTO a_part (id, thing_id) VALUES (2, 1)").execute(c))?;
                on!(tx.conn, c => diesel::sql_query("INSERT INTO a_part (id, up) VALUES (1, 2)").execute(c))?;
                tx.record(Fact::new("thing.made", act(), "thing", 1));
                Ok(())
            })
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("b.linli");
        let at = file.clone();
        let made = from.db.read_now(move |c| store::backup::backup(c, &at, Millis(5))).unwrap();
        assert!(made.tables.iter().any(|t| t.table == "journal_entry" && t.rows == 81), "{made:?}");
        for (m, to) in dbs.iter().enumerate() {
            let url = empty_like(to, folder.path(), n * 10 + m);
            let mut conn = store::open(&url, false).unwrap();
            let back = store::backup::restore(&mut conn, &file, &all, Millis(6)).unwrap();
            assert_eq!(back, made);
            let again = store::backup::restore(&mut conn, &file, &all, Millis(7)).unwrap_err();
            assert_eq!(again.refusal().unwrap().key, "store.refuse.restore_over");
        }
        // Cut off, or changed in the middle: refused, and nothing is left behind.
        let bytes = std::fs::read(&file).unwrap();
        let cut = folder.path().join("cut.linli");
        std::fs::write(&cut, &bytes[..bytes.len() * 2 / 3]).unwrap();
        let url = empty_like(from, folder.path(), 90 + n);
        let mut conn = store::open(&url, false).unwrap();
        assert!(store::backup::restore(&mut conn, &cut, &all, Millis(8)).is_err());
        assert_eq!(store::schema_dump(&mut conn).unwrap(), "");
    }
}

#[test]
fn a_migration_that_is_cut_off_leaves_nothing_and_runs_again() {
    const BAD: Migration = Migration {
        room: "thing",
        name: "0002_more",
        sql: "CREATE TABLE more_thing (id {id});\nCREATE TABLE thing (id {id});\n",
    };
    const GOOD: Migration = Migration { sql: "CREATE TABLE more_thing (id {id});\n", ..BAD };
    for t in testing::databases(THINGS).unwrap() {
        let mut conn = store::open(&t.url, false).unwrap();
        let before = store::schema_dump(&mut conn).unwrap();
        assert!(store::migrate(&mut conn, &[BAD], Millis(1)).is_err());
        assert_eq!(store::schema_dump(&mut conn).unwrap(), before);
        assert_eq!(store::migrate(&mut conn, &[GOOD], Millis(1)).unwrap(), ["thing/0002_more"]);
        assert!(store::migrate(&mut conn, &[GOOD], Millis(1)).unwrap().is_empty());
    }
}

/// What the server engine keeps prepared, told by itself; the embedded engine cannot be asked.
fn kept(conn: &mut store::Conn, begins: &str) -> Option<i64> {
    let ask = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE $1";
    match conn {
        store::Conn::Sqlite(_) => None,
        store::Conn::Pg(c) => {
            #[derive(QueryableByName)]
            struct Count {
                #[diesel(sql_type = diesel::sql_types::BigInt)]
                count: i64,
            }
            let ask = diesel::sql_query(ask).bind::<diesel::sql_types::Text, _>(format!("{begins}%"));
            Some(ask.get_result::<Count>(c).unwrap().count)
        }
    }
}

#[test]
fn a_statement_that_comes_again_is_kept_prepared_and_counts_what_it_changed() {
    for t in testing::databases(THINGS).unwrap() {
        t.db.keep_house_now(|tx| {
            (1..=3).try_for_each(|n| put(tx, n, &n.to_string()))?;
            let mut changed = 0;
            for n in 1..=4 {
                let one = thing::table.filter(thing::id.eq(n));
                changed +=
                    changed!(tx.conn, thing::id, diesel::update(one).set(thing::name.eq(format!("a{n}"))));
            }
            assert_eq!(changed, 3);
            assert!(kept(tx.conn, "UPDATE").is_none_or(|n| n == 1));
            for n in 1..=3 {
                let one = diesel::update(thing::table.find(n)).set(thing::name.eq(format!("b{n}")));
                on!(tx.conn, c => done(one, c))?;
            }
            assert!(kept(tx.conn, "UPDATE").is_none_or(|n| n == 2));
            Ok(())
        })
        .unwrap();
        let names: Vec<String> =
            t.db.read_now(|c| Ok(on!(c, c => thing::table.order(thing::id).select(thing::name).load(c))?))
                .unwrap();
        assert_eq!(names, ["b1", "b2", "b3"]);
    }
}

#[test]
fn a_text_waits_for_the_end_of_its_deed_is_there_once_and_goes_with_it() {
    for t in testing::databases(THINGS).unwrap() {
        let add = |n: i64, is_good: bool| {
            t.db.write_now(move |tx| {
                put(tx, n, &n.to_string())?;
                tx.search_later("search_thing", n, format!("水渠{n}"));
                tx.settle()?;
                tx.search_again("search_thing", n, format!("水沟{n}"))?;
                tx.record(Fact::new("thing.made", act(), "thing", n));
                if is_good { Ok(()) } else { Err(Refusal::new("thing.refuse").into()) }
            })
        };
        add(1, true).unwrap();
        add(2, false).unwrap_err();
        add(2, true).unwrap();
        let both = t.db.read_now(|conn| Ok((found(conn, "水沟")?, found(conn, "水渠")?)));
        assert_eq!(both.unwrap(), (2, 0));
    }
}
