//! The books: keys, numbers, lists that match their counts, reads, contacts, imports.

use access::{Kind, Level, view_filter};
use base::{DAY_MS, HOUR_MS, Millis, Stop, Upto};

use super::world::{World, place, worlds};
use crate::deeds::*;
use crate::model::*;
use crate::rules::answers::AnswerTimes;
use crate::store::{
    CaseFilter, Dimension, QueueOrder, Sought, answer_spans, by_number_and_code, case_in_scope, code_of,
    figures, nearby_similar, queue, reads_of, tab_counts,
};

#[test]
fn the_same_key_is_the_same_case_and_numbers_have_no_gaps() {
    for w in worlds() {
        let send = |key: &str, title: &str| {
            let mut matter = w.matter();
            matter.key = Some(key.to_owned());
            matter.title = Title::new("title", title).unwrap();
            w.act(move |tx, g, at| submit_case(tx, g, Hand::Public, at, &matter))
        };
        let first = send("k1", "物业").unwrap();
        let again = send("k1", "物业").unwrap();
        assert_eq!(
            (again.id, again.number.as_str(), again.code.as_str()),
            (first.id, first.number.as_str(), first.code.as_str())
        );
        assert!(again.repeated && !first.repeated);
        let Stop::Refused(r) = send("k1", "别的事").unwrap_err() else { panic!() };
        assert_eq!((r.key, r.status), ("case.refuse.key_reused", 409));
        let mut bad = w.matter();
        bad.category = 12345;
        assert!(matches!(
            w.act(move |tx, g, at| submit_case(tx, g, Hand::Public, at, &bad)),
            Err(Stop::Invalid(_))
        ));
        assert_eq!(send("k2", "物业").unwrap().number, "620602-2026-00002");
        let mut elsewhere = w.matter();
        elsewhere.place = place(8);
        elsewhere.spot.words = "县城东街".into();
        let other = w.act(move |tx, g, at| submit_case(tx, g, Hand::Public, at, &elsewhere)).unwrap();
        assert_eq!(
            (other.number.as_str(), other.unit),
            ("620623-2026-00001", 0),
            "registered though nobody answers yet"
        );
    }
}

#[test]
fn a_channel_belongs_to_those_who_stand_at_it() {
    for w in worlds() {
        let by = |channel, who: Option<&str>| {
            let mut matter = w.matter();
            matter.channel = channel;
            let person = who.map(|n| w.person(n));
            w.act(move |tx, g, at| {
                let hand = person.as_ref().map_or(Hand::Public, Hand::Staff);
                submit_case(tx, g, hand, at, &matter)
            })
        };
        assert!(by(Channel::Phone, Some("clerk")).is_ok());
        assert!(by(Channel::Grid, Some("grid")).is_ok());
        assert!(by(Channel::Api, None).is_ok());
        assert!(matches!(by(Channel::Phone, None), Err(Stop::Refused(r)) if r.status == 403));
        assert!(matches!(by(Channel::Phone, Some("outsider")), Err(Stop::Refused(r)) if r.status == 403));
        assert!(matches!(by(Channel::Web, Some("clerk")), Err(Stop::Invalid(_))));
    }
}

fn rows(w: &World, filter: CaseFilter, order: QueueOrder) -> Vec<String> {
    let now = w.now();
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let one = filter.clone();
        let page = w.read(move |c| queue(c, &one, order, after, 3, now));
        all.extend(page.rows.into_iter().map(|r| r.number));
        match page.next {
            Some(next) => after = Some(next),
            None => return all,
        }
    }
}

#[test]
fn every_number_opens_the_rows_that_it_counts() {
    for w in worlds() {
        for _ in 0..7 {
            w.submit();
        }
        let closed = w.closed();
        w.t.clock.advance(14 * DAY_MS);
        w.submit();
        let scope = view_filter(&w.person("leader"), Kind::CaseView);
        let base = CaseFilter::within(scope.clone());
        let now = w.now();
        let own = base.clone();
        let counts = w.read(move |c| tab_counts(c, &own, now));
        assert_eq!((counts.all(), counts.open()), (Upto::exactly(9), 8));
        let over = rows(&w, CaseFilter { stages: vec![Stage::Closed], ..base.clone() }, QueueOrder::DueFirst);
        assert_eq!(Upto::exactly(over.len() as i64), counts.closed());
        for stage in Stage::OPEN {
            let listed = rows(&w, CaseFilter { stages: vec![*stage], ..base.clone() }, QueueOrder::DueFirst);
            assert_eq!(listed.len() as i64, counts.stage(*stage), "{stage}");
        }
        for clock in [ClockState::Running, ClockState::DueSoon, ClockState::Overdue].iter() {
            let listed =
                rows(&w, CaseFilter { clock: Some(*clock), ..base.clone() }, QueueOrder::NewestFirst);
            assert_eq!(listed.len() as i64, counts.clock(*clock), "{clock}");
        }
        for by in
            [Dimension::Whole, Dimension::Category, Dimension::HolderUnit, Dimension::Place(Level::Town)]
        {
            let own = base.clone();
            let cells = w.read(move |c| figures(c, &own, by, now));
            assert_eq!(cells.iter().map(|c| c.count).sum::<i64>(), 9, "{by:?}");
        }
        let found = rows(&w, CaseFilter { words: "垃圾".into(), ..base.clone() }, QueueOrder::OldestFirst);
        assert_eq!(found.len(), 9);
        assert_eq!(
            rows(&w, CaseFilter { words: "路灯".into(), ..base.clone() }, QueueOrder::DueLast).len(),
            0
        );
        assert_eq!(
            rows(&w, CaseFilter { words: closed.number.clone(), ..base }, QueueOrder::DueFirst),
            std::slice::from_ref(&closed.number)
        );
        assert!(rows(&w, CaseFilter::default(), QueueOrder::DueFirst).is_empty(), "no scope, no rows");
    }
}

#[test]
fn a_list_never_shows_what_its_page_would_refuse() {
    for w in worlds() {
        let open = w.submit();
        let sent = w.reported();
        for who in [
            "grid", "village", "clerk", "county", "liaison", "mediator", "leader", "auditor", "admin",
            "outsider",
        ] {
            let person = w.person(who);
            let filter = view_filter(&person, Kind::CaseView);
            let listed = rows(&w, CaseFilter::within(filter.clone()), QueueOrder::DueFirst);
            for r in [&open, &sent] {
                let (id, own) = (r.id, filter.clone());
                let opened = w.read(move |c| case_in_scope(c, id, &own)).is_some();
                let file = w.read(move |c| crate::store::file_by_id(c, id)).unwrap();
                let may = access::may_view(&person, &file.resource(Kind::CaseView)).is_ok();
                assert_eq!((listed.contains(&r.number), opened), (may, may), "{who} {}", r.number);
            }
        }
    }
}

#[test]
fn a_receipt_opens_its_case_and_no_other() {
    for w in worlds() {
        let (a, b) = (w.submit(), w.submit());
        let keys = w.t.db.clone();
        let open = |number: &str, code: &str| {
            let (db, number, code) = (keys.clone(), number.to_owned(), code.to_owned());
            w.read(move |c| by_number_and_code(c, db.keys(), &number, &code)).map(|c| c.id)
        };
        assert_eq!(open(&a.number, &a.code.to_lowercase()), Some(a.id));
        assert_eq!(open(&a.number, &b.code), None);
        assert_eq!(open("620602-2026-1", &a.code), Some(a.id), "zeros may be left out");
        assert_eq!(open("x", &a.code), None);
        assert_ne!(code_of(w.t.db.keys(), a.id), code_of(w.t.db.keys(), b.id));
    }
}

#[test]
fn who_opens_a_record_is_noted_once_in_ten_minutes() {
    for w in worlds() {
        let r = w.submit();
        let look = |who: &str| {
            let p = w.person(who);
            w.act(move |tx, _, at| open_case(tx, &p, at, r.id))
        };
        assert!(look("clerk").unwrap());
        assert!(!look("clerk").unwrap());
        assert!(look("leader").unwrap());
        assert!(look("outsider").is_err());
        w.t.clock.advance(HOUR_MS);
        assert!(look("clerk").unwrap());
        assert_eq!(w.read(move |c| reads_of(c, r.id, 10)).len(), 3);
    }
}

#[test]
fn a_contact_is_sealed_and_opens_only_for_those_who_work_on_it() {
    for w in worlds() {
        let mut matter = w.matter();
        matter.reporter = Reporter::new("王某", "00012345678", true).unwrap();
        let r = w.act(move |tx, g, at| submit_case(tx, g, Hand::Public, at, &matter)).unwrap();
        let open = |who: &str| {
            let p = w.person(who);
            w.act(move |tx, g, at| open_reporter(tx, g, &p, at, r.id, READ_CONTACT))
        };
        assert_eq!(open("clerk").unwrap().unwrap().contact, "00012345678");
        assert!(matches!(open("leader"), Err(Stop::Refused(r)) if r.status == 403));
        assert!(matches!(open("outsider"), Err(Stop::Refused(r)) if r.status == 404));
        assert!(
            matches!(open("village"), Err(Stop::Refused(r)) if r.key == "case.refuse.contact_confidential")
        );
        let sealed = w.read(move |c| crate::store::reporter_of(c, r.id)).unwrap();
        assert!(!String::from_utf8_lossy(&sealed).contains("00012345678"));
    }
}

#[test]
fn the_same_lamp_is_shown_before_it_is_sent_again() {
    for w in worlds() {
        let r = w.submit();
        let now = w.now();
        let category = w.matter().category;
        let found = w.read(move |c| {
            let text = "物业好几个月没打扫楼道 垃圾堆在门口";
            nearby_similar(c, Sought { place: place(5), category, text, except: 0, only_public: true }, now)
        });
        assert_eq!(found.iter().map(|s| s.id).collect::<Vec<_>>(), [r.id]);
        assert_eq!(w.act(move |tx, _, at| add_metoo(tx, at, r.id, "form-1")).unwrap().all, 1);
        assert_eq!(w.act(move |tx, _, at| add_metoo(tx, at, r.id, "form-1")).unwrap().all, 1);
        assert_eq!(w.act(move |tx, _, at| add_metoo(tx, at, r.id, "form-2")).unwrap().all, 2);
        assert_eq!(w.case(r.id).metoo_count, 2);
    }
}

fn import_rows_of(w: &World, n: usize) -> Vec<ImportRow> {
    (0..n)
        .map(|i| {
            let mut intake = w.matter();
            intake.channel = Channel::Excel;
            intake.brought = Some(Millis(w.now().0 - (100 - i as i64) * DAY_MS));
            let answer = (i % 3 != 0).then(|| ImportedAnswer {
                ending: Ending::Explained,
                answer: Body::new("answer", "已经答复").unwrap(),
                at: Some(Millis(w.now().0 - (90 - i as i64) * DAY_MS)),
                is_measured: i % 3 == 1,
            });
            ImportRow { intake, answer, digest: vec![i as u8; 32] }
        })
        .collect()
}

#[test]
fn a_table_comes_in_once_and_can_be_taken_back_within_a_day() {
    for w in worlds() {
        let table = import_rows_of(&w, 9);
        let batch = |w: &World| {
            w.act(|tx, _, at| {
                let new = NewBatch { file_digest: vec![1; 32], map_name: "m".into(), place: place(3) };
                open_batch(tx, Hand::House, at, &new)
            })
            .unwrap()
        };
        let add = |w: &World, id: i64| {
            let table = table.clone();
            w.act(move |tx, g, at| add_batch_rows(tx, g, Hand::House, at, id, &table))
        };
        let first = batch(&w);
        assert_eq!(add(&w, first).unwrap(), Added { added: 9, same: 0 });
        let second = batch(&w);
        assert_eq!(add(&w, second).unwrap(), Added { added: 0, same: 9 });

        let scope = view_filter(&w.person("leader"), Kind::CaseView);
        let spans = |w: &World| {
            let (filter, now) = (CaseFilter::within(scope.clone()), w.now());
            w.read(move |c| answer_spans(c, &filter, now))
        };
        let measured = AnswerTimes::of(spans(&w).into_iter().filter_map(|(a, b)| Some((a, b?))));
        assert_eq!((spans(&w).len(), measured.count()), (6, 3));
        assert_eq!(measured.quantile(50).unwrap().to_string(), "10.0");

        let p = w.person("county");
        let done = w.act(move |tx, _, at| undo_batch(tx, Hand::Staff(&p), at, first)).unwrap();
        assert_eq!(done, Undone { emptied: 9, kept: 0 });
        assert_eq!(spans(&w).len(), 0);
        let again = w.act(move |tx, _, at| undo_batch(tx, Hand::House, at, first));
        assert!(matches!(again, Err(Stop::Refused(r)) if r.key == "case.refuse.batch_undone"));
        assert!(matches!(add(&w, first), Err(Stop::Refused(_))), "an undone batch takes nothing");
        let third = batch(&w);
        assert_eq!(add(&w, third).unwrap().added, 9, "the same file again, after it was taken back");
        w.t.clock.advance(2 * DAY_MS);
        let late = w.act(move |tx, _, at| undo_batch(tx, Hand::House, at, third));
        assert!(matches!(late, Err(Stop::Refused(r)) if r.status == 410));
    }
}

#[test]
fn a_pack_loaded_twice_changes_no_ids() {
    for w in worlds() {
        let before: Vec<i64> = w.ground().categories().map(|c| c.id).collect();
        let rules = w.ground().rules.len();
        w.act(|tx, g, at| load_pack(tx, g, Hand::House, at, &super::world::pack())).unwrap();
        w.desk.refresh_now(&w.t.db).unwrap();
        assert_eq!(w.ground().categories().map(|c| c.id).collect::<Vec<_>>(), before);
        assert_eq!(w.ground().rules.len(), rules);
        let p = w.person("admin");
        w.act(move |tx, g, at| load_pack(tx, g, Hand::Staff(&p), at, &super::world::pack())).unwrap();
        let p = w.person("clerk");
        assert!(
            w.act(move |tx, g, at| load_pack(tx, g, Hand::Staff(&p), at, &super::world::pack())).is_err()
        );
    }
}

#[test]
fn routing_names_the_unit_and_says_why() {
    for w in worlds() {
        let r = w.submit();
        let row = w.read(move |c| crate::store::intake_of(c, r.id)).unwrap();
        assert_eq!(row.route_unit, w.unit("liaison"));
        assert!(
            row.route_why.contains("住房和城乡建设局") && !row.route_why.contains('{'),
            "{}",
            row.route_why
        );
    }
}

/// A deed is a handful of statements: this list may only shrink. It counts the deed's own; the commit
/// adds the journal's.
#[test]
fn bringing_a_matter_takes_few_statements() {
    use std::sync::{Arc, Mutex};

    use diesel::connection::{Connection, InstrumentationEvent};

    let w = &worlds()[0];
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let mut matter = w.matter();
    matter.key = Some("k".into());
    matter.reporter = Reporter::new("王某", "00012345678", false).unwrap();
    let log = seen.clone();
    w.act(move |tx, g, at| {
        let own = log.clone();
        let note = move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                own.lock().unwrap().push(query.to_string().chars().take(60).collect());
            }
        };
        store::on!(tx.conn, c => c.set_instrumentation(note));
        let receipt = submit_case(tx, g, Hand::Public, at, &matter);
        store::on!(tx.conn, c => c.set_instrumentation(|_: InstrumentationEvent<'_>| {}));
        receipt
    })
    .unwrap();
    let seen = seen.lock().unwrap();
    // Two clocks run from the first moment, each with its timer.
    assert!(seen.len() <= 10, "{seen:#?}");
}

#[test]
fn a_lost_receipt_is_printed_for_who_knows_the_contact_that_was_left_and_never_on_own_work() {
    for w in worlds() {
        let mut matter = w.matter();
        matter.reporter = Reporter::new("周女士", "139 1234 5678", false).unwrap();
        let r = w.act(move |tx, g, at| submit_case(tx, g, Hand::Public, at, &matter)).unwrap();
        let print = |who: &str, said: &'static str| {
            let p = w.person(who);
            w.act(move |tx, _, at| reprint_receipt(tx, &p, at, r.id, said))
        };
        assert!(matches!(print("clerk", "13912345679"), Err(base::Stop::Invalid(_))));
        print("clerk", "139-1234-5678").unwrap();
        // Twice within the window is one look; another clerk's is another.
        print("clerk", "13912345678").unwrap();
        print("county", "13912345678").unwrap();
        let reads = w.read(move |c| reads_of(c, r.id, 50));
        assert_eq!(reads.iter().filter(|l| l.purpose == READ_RECEIPT).count(), 2);
        for stranger in ["liaison", "outsider", "leader"] {
            assert!(print(stranger, "13912345678").is_err(), "{stranger}");
        }
        // Who answered the matter cannot speak for the sender as well.
        let p = w.person("clerk");
        let answer = AnswerOrder {
            version: None,
            ending: Some(Ending::Explained),
            answer: Some(Body::new("answer", "本周五完成。").unwrap()),
            same_as: None,
            referred_to: None,
        };
        let accept = AcceptOrder { version: None, category: None, place: None };
        w.act(move |tx, g, at| {
            accept_case(tx, g, Hand::Staff(&p), at, r.id, &accept)?;
            close_case(tx, g, Hand::Staff(&p), at, r.id, &answer)
        })
        .unwrap();
        let told = print("clerk", "13912345678").unwrap_err();
        assert!(matches!(told, base::Stop::Refused(ref r) if r.key == "case.refuse.own_receipt"), "{told:?}");
        // Nothing was left with this one, so nobody can be recognised.
        let bare = w.submit();
        let p = w.person("clerk");
        let told = w.act(move |tx, _, at| reprint_receipt(tx, &p, at, bare.id, "13912345678")).unwrap_err();
        assert!(matches!(told, base::Stop::Refused(ref r) if r.key == "case.refuse.receipt_no_contact"));
    }
}
