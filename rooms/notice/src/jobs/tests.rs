//! Letters on their way, over real sockets, on both engines.

mod servers;

use std::{collections::HashMap, sync::Arc};

use access::{Doer, Duties, Duty, NewAccount, NewPost, NewUnit, Place, UnitKind};
use base::{Actor, Clock, DAY_MS, HOUR_MS, Id, MINUTE_MS, Millis, Outcome, Refusal};
use calendar::LiveAlmanac;
use servers::Server;
use store::testing::{TestDb, databases};
use web::Words;

use super::{Carrier, Courier, HookCarrier, MailCarrier, SmsCarrier};
use crate::deeds::{Reach, keep_reach, make_link, open_link, send_again, send_trial, tell};
use crate::model::{
    Audience, Channel, Contact, Item, Kind, Letter, Message, OpenChannel, Problem, Setup, State, Subject,
    Trouble,
};
use crate::rules::{TRIES, signature};
use crate::store::{
    InboxFilter, LogFilter, contacts_of, count_unread, due_items, inbox_page, log_page, mark_all_read,
    mark_read,
};

const HERE: Place = Place { province: 1, city: 2, county: 3, town: 4, village: 5, grid: 0 };

/// A unit with a member of staff who is reached by mail and telephone, and an administrator of the county.
struct Office {
    unit: i64,
    post: i64,
    account: i64,
    admin: i64,
}

fn found(t: &TestDb) -> Office {
    let at = t.clock.now();
    let made = t.db.write_now(move |tx| {
        let doer = Doer::house(at);
        let unit = NewUnit { name: "城建办".to_owned(), kind: UnitKind::Office, place: HERE };
        let unit = access::create_unit(tx, &doer, &unit)?;
        let mut hire = |name: &str, duty, scope| -> Outcome<(i64, i64)> {
            let post = NewPost { unit, title: "干事".to_owned(), duties: Duties::of(&[duty]), scope };
            let post = access::create_post(tx, &doer, &post)?;
            let account = NewAccount {
                name: name.to_owned(),
                display: "某人".to_owned(),
                unit,
                digest: None,
                must_change: false,
            };
            let account = access::create_account(tx, &doer, &account)?;
            access::grant_post(tx, &doer, account, post, None)?;
            Ok((post.raw(), account.raw()))
        };
        let (post, account) = hire("clerk", Duty::Clerk, HERE)?;
        let county = Place { town: 0, village: 0, ..HERE };
        let (_, admin) = hire("admin", Duty::Admin, county)?;
        let reach = Reach {
            mail: Contact::parse("clerk@office.test"),
            sms: Contact::parse("00012345678"),
            silences: vec![(Channel::Sms, Kind::Missed)],
        };
        keep_reach(tx, Actor { account, post }, at, &reach)?;
        Ok(Office { unit: unit.raw(), post, account, admin })
    });
    made.unwrap()
}

fn migrations() -> Vec<store::Migration> {
    let web = web::room().migrations;
    [web, territory::MIGRATIONS, access::MIGRATIONS, calendar::MIGRATIONS, crate::MIGRATIONS].concat()
}

fn each(mut story: impl FnMut(&TestDb, &Office)) {
    for t in databases(&migrations()).unwrap() {
        let office = found(&t);
        story(&t, &office);
    }
}

/// The courier over these ways, which are noted as open.
fn courier(t: &TestDb, ways: Vec<(Channel, Arc<dyn Carrier>)>, kinds: &[Kind]) -> Courier {
    let open = ways.iter().map(|(channel, _)| OpenChannel {
        channel: *channel,
        kinds: if *channel == Channel::Hook { kinds.to_vec() } else { Vec::new() },
    });
    let setup = Setup {
        public_url: "https://linli.test".to_owned(),
        site_name: "邻里".to_owned(),
        open: open.collect(),
        ..Setup::default()
    };
    let words = Words::merge(&[("notice", web::words!("notice"))]).unwrap();
    let almanac = Arc::new(LiveAlmanac::open(&t.db).unwrap());
    let courier = Courier::new(
        t.db.clone(),
        Arc::new(words),
        Arc::new(setup),
        almanac,
        ways.into_iter().collect::<HashMap<_, _>>(),
    );
    run(courier.begin()).unwrap();
    courier
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn mail(port: u16) -> Arc<dyn Carrier> {
    Arc::new(MailCarrier::new(&format!("smtp://127.0.0.1:{port}"), "邻里 <linli@house.test>").unwrap())
}

fn sms(port: u16) -> Arc<dyn Carrier> {
    Arc::new(SmsCarrier::new(&format!("http://127.0.0.1:{port}/send"), "let me in"))
}

fn missed(unit: i64) -> Letter {
    Letter::new(Kind::Missed, HERE, Subject::Case(77), Audience::Unit(unit))
        .number("990101-2026-00501")
        .words("clocks", vec!["notice.channel.mail"])
        .at("due", Millis(1_772_413_200_000))
}

fn closed(contact: Option<Contact>) -> Letter {
    Letter::new(Kind::ToldClosed, HERE, Subject::Case(77), Audience::Sender(contact))
        .number("990101-2026-00501")
        .word("ending", "notice.channel.mail")
        .at("until", Millis(1_772_413_200_000))
}

/// Tells a letter in a deed of its own.
fn say(t: &TestDb, letter: Letter) {
    let at = t.clock.now();
    let said = t.db.write_now(move |tx| {
        tx.record(store::Fact::new("test.told", base::Act::system(at), "case", 77));
        tell(tx, &letter, at)
    });
    said.unwrap();
}

fn everything() -> access::ScopeFilter {
    access::ScopeFilter { clauses: vec![access::Clause { touch: access::Touch::Anything, unit: 0 }] }
}

/// What the log says of all that goes out, the newest first.
fn log(t: &TestDb) -> Vec<Item> {
    t.db.read_now(|conn| log_page(conn, &everything(), &LogFilter::default(), None, 100)).unwrap().rows
}

fn inbox(t: &TestDb, box_: &str) -> Vec<Item> {
    let boxes = vec![box_.to_owned()];
    t.db.read_now(move |c| inbox_page(c, 1, &boxes, &InboxFilter::default(), None, 100)).unwrap().rows
}

#[test]
fn a_letter_goes_by_mail_once_and_stays_in_the_inbox() {
    each(|t, office| {
        let server = Server::mail(&[]);
        let courier = courier(t, vec![(Channel::Mail, mail(server.port))], &[]);
        say(t, missed(office.unit));
        assert_eq!(inbox(t, &format!("unit {}", office.unit)).len(), 1);
        assert_eq!(run(courier.run_due()).unwrap(), 1);
        assert_eq!(run(courier.run_due()).unwrap(), 0, "a second time there is nothing to do");
        let taken = server.taken();
        assert_eq!(taken.len(), 1);
        let (to, text) = &taken[0];
        assert!(to.contains("clerk@office.test"), "{to}");
        let item = &log(t)[0];
        assert_eq!((item.state, item.tries, item.sent), (State::Sent, 1, Some(t.clock.now())));
        assert!(text.contains(&format!("Message-ID: <{}@house.test>", item.id)), "{text}");
        assert!(
            text.contains("Auto-Submitted: auto-generated") && text.contains("Date: Mon, 02 Mar 2026"),
            "{text}"
        );
        let plain = text.replace("=\r\n", "");
        assert!(plain.contains("990101-2026-00501") || plain.contains("base64"), "{plain}");
    });
}

#[test]
fn a_gateway_that_fails_three_times_gets_the_letter_once_under_one_number() {
    each(|t, _| {
        let server = Server::http(&[503, 500, 429]);
        let courier = courier(t, vec![(Channel::Sms, sms(server.port))], &[]);
        say(t, closed(Contact::parse("00012345678")));
        assert!(log(t)[0].has_address);
        let mut waits = Vec::new();
        for _ in 0..200 {
            let before = t.clock.now();
            if run(courier.run_due()).unwrap() > 0 {
                waits.push(before);
            }
            if log(t)[0].state == State::Sent {
                break;
            }
            t.clock.advance(MINUTE_MS);
        }
        let item = &log(t)[0];
        assert_eq!((item.state, item.tries), (State::Sent, 4));
        assert!(!item.has_address, "the address is emptied after sending");
        let gaps: Vec<i64> = waits.windows(2).map(|w| (w[1].0 - w[0].0) / MINUTE_MS).collect();
        assert_eq!(gaps, [1, 5, 30]);
        let taken = server.taken();
        assert_eq!(taken.len(), 4);
        for (head, body) in &taken {
            let head = head.to_ascii_lowercase();
            assert!(head.contains(&format!("idempotency-key: {}", item.id)), "{head}");
            assert!(head.contains("authorization: bearer let me in"), "{head}");
            assert!(body.contains("\"to\":\"00012345678\"") && body.contains("990101-2026-00501"), "{body}");
        }
    });
}

#[test]
fn what_is_refused_for_good_is_given_up_shown_and_can_be_sent_again() {
    each(|t, office| {
        let server = Server::mail(&[550]);
        let courier = courier(t, vec![(Channel::Mail, mail(server.port))], &[]);
        say(t, missed(office.unit));
        assert_eq!(run(courier.run_due()).unwrap(), 1);
        let item = log(t).remove(0);
        let (state, problem) = (item.state, item.problem);
        assert_eq!((state, problem, item.problem_n), (State::GivenUp, Some(Problem::Refused), 550));
        t.clock.advance(DAY_MS);
        assert_eq!(run(courier.run_due()).unwrap(), 0);
        let (admin, clerk, now) = (office.admin, office.account, t.clock.now());
        let again = move |who: i64| {
            move |tx: &mut store::Tx<'_>| {
                let person = access::person_by_account(tx.conn, Id::of(who), now)?.unwrap();
                send_again(tx, &person, now, item.id)
            }
        };
        let refused = t.db.write_now(again(clerk)).unwrap_err();
        assert_eq!(refused.refusal().unwrap().status, 403, "only who administers the place");
        t.db.write_now(again(admin)).unwrap();
        let twice = t.db.write_now(again(admin)).unwrap_err();
        assert_eq!(twice.refusal().unwrap().key, "notice.refuse.not_failed");
        assert_eq!(run(courier.run_due()).unwrap(), 1);
        assert_eq!(log(t)[0].state, State::Sent);
        assert_eq!(server.taken().len(), 1);
    });
}

#[test]
fn a_letter_is_given_up_after_so_many_tries_and_its_address_forgotten() {
    each(|t, _| {
        let courier = courier(t, vec![(Channel::Sms, sms(Server::nobody()))], &[]);
        say(t, closed(Contact::parse("00012345678")));
        let mut tried = 0;
        for _ in 0..80 {
            tried += run(courier.run_due()).unwrap();
            t.clock.advance(HOUR_MS);
        }
        let item = log(t).remove(0);
        assert_eq!((tried as i64, item.tries, item.state), (TRIES, TRIES, State::GivenUp));
        assert_eq!(item.problem, Some(Problem::Unreachable));
        assert!(item.has_address, "an administrator can still send it again");
        t.clock.advance(15 * DAY_MS);
        assert_eq!(run(courier.forget_addresses()).unwrap(), 1);
        assert!(!log(t)[0].has_address);
    });
}

/// Carries, and then the house goes down before it is noted.
struct Crashing {
    inside: Arc<dyn Carrier>,
    crashes: std::sync::atomic::AtomicI64,
}

impl Carrier for Crashing {
    fn carry(&self, message: &Message) -> Result<(), Trouble> {
        let said = self.inside.carry(message);
        let left = self.crashes.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
        assert!(left <= 0, "the house goes down");
        said
    }
}

#[test]
fn after_a_crash_between_sending_and_noting_it_goes_again_under_the_same_number() {
    each(|t, _| {
        let server = Server::http(&[]);
        let crashing = Crashing { inside: sms(server.port), crashes: 1.into() };
        let courier = courier(t, vec![(Channel::Sms, Arc::new(crashing))], &[]);
        say(t, closed(Contact::parse("00012345678")));
        run(courier.run_due()).unwrap();
        let item = log(t).remove(0);
        assert_eq!((item.state, item.problem), (State::Failed, Some(Problem::Unknown)));
        assert_eq!(run(courier.run_due()).unwrap(), 0, "not before its wait is over");
        t.clock.advance(MINUTE_MS);
        assert_eq!(run(courier.run_due()).unwrap(), 1);
        assert_eq!(log(t)[0].state, State::Sent);
        let taken = server.taken();
        let key = format!("idempotency-key: {}", item.id);
        assert_eq!(taken.iter().filter(|(h, _)| h.to_ascii_lowercase().contains(&key)).count(), 2);
    });
}

#[test]
fn two_couriers_at_once_send_a_letter_once() {
    each(|t, office| {
        let server = Server::mail(&[]);
        let one = courier(t, vec![(Channel::Mail, mail(server.port))], &[]);
        let other = courier(t, vec![(Channel::Mail, mail(server.port))], &[]);
        for _ in 0..5 {
            say(t, missed(office.unit));
        }
        let (a, b) = run(async { tokio::join!(one.run_due(), other.run_due()) });
        assert_eq!(a.unwrap() + b.unwrap(), 5);
        assert_eq!(server.taken().len(), 5);
        assert!(log(t).iter().all(|i| i.state == State::Sent && i.tries == 1));
    });
}

#[test]
fn letters_wait_for_their_hours_and_urgent_ones_do_not() {
    each(|t, office| {
        let (post, gate) = (Server::mail(&[]), Server::http(&[]));
        let ways = vec![(Channel::Mail, mail(post.port)), (Channel::Sms, sms(gate.port))];
        let courier = courier(t, ways, &[]);
        // Monday, half past ten in the evening.
        t.clock.advance(13 * HOUR_MS + 30 * MINUTE_MS);
        say(t, missed(office.unit));
        say(t, closed(Contact::parse("00012345678")));
        assert_eq!(run(courier.run_due()).unwrap(), 0);
        for item in log(t) {
            assert_eq!((item.state, item.problem, item.tries), (State::Waiting, Some(Problem::Quiet), 0));
        }
        say(t, missed(office.unit).urgent());
        assert_eq!(run(courier.run_due()).unwrap(), 1);
        // Eight in the morning: residents. Nine: the office.
        t.clock.advance(9 * HOUR_MS + 30 * MINUTE_MS);
        assert_eq!(run(courier.run_due()).unwrap(), 1);
        assert_eq!(gate.taken().len(), 1);
        t.clock.advance(HOUR_MS);
        assert_eq!(run(courier.run_due()).unwrap(), 1);
        assert_eq!(post.taken().len(), 2);
        assert!(log(t).iter().all(|i| i.state == State::Sent && i.problem.is_none()));
    });
}

#[test]
fn a_way_that_fails_holds_up_neither_the_deed_nor_the_other_ways() {
    each(|t, office| {
        let gate = Server::http(&[]);
        let ways = vec![(Channel::Mail, mail(Server::nobody())), (Channel::Sms, sms(gate.port))];
        let courier = courier(t, ways, &[]);
        say(t, missed(office.unit));
        say(t, closed(Contact::parse("00012345678")));
        run(courier.run_due()).unwrap();
        assert_eq!(inbox(t, &format!("unit {}", office.unit)).len(), 1);
        let mut states: Vec<_> = log(t).iter().map(|i| (i.channel, i.state)).collect();
        states.sort();
        assert_eq!(states, [(Channel::Mail, State::Failed), (Channel::Sms, State::Sent)]);
    });
}

#[test]
fn a_deed_that_is_taken_back_has_told_nobody() {
    each(|t, office| {
        let (letter, at) = (missed(office.unit), t.clock.now());
        let said = t.db.write_now(move |tx| -> Outcome<()> {
            tell(tx, &letter, at)?;
            Err(Refusal::new("test.refuse").into())
        });
        assert!(said.is_err());
        assert!(inbox(t, &format!("unit {}", office.unit)).is_empty());
    });
}

#[test]
fn without_ways_or_addresses_a_row_says_so_and_no_address_is_kept() {
    each(|t, office| {
        say(t, missed(office.unit));
        say(t, closed(Contact::parse("00012345678")));
        say(t, closed(None));
        say(t, missed(0));
        let told: Vec<_> = log(t).iter().map(|i| (i.state, i.problem, i.has_address)).collect();
        let closed_way = (State::Suppressed, Some(Problem::Closed), false);
        assert_eq!(told, [(State::Suppressed, Some(Problem::NoAddress), false), closed_way]);
        assert_eq!(inbox(t, &format!("unit {}", office.unit)).len(), 1, "a letter for no unit is none");
    });
}

#[test]
fn what_a_person_switched_off_does_not_go_and_a_person_who_left_gets_nothing() {
    each(|t, office| {
        let (post, gate) = (Server::mail(&[]), Server::http(&[]));
        let ways = vec![(Channel::Mail, mail(post.port)), (Channel::Sms, sms(gate.port))];
        let courier = courier(t, ways, &[]);
        say(t, missed(office.unit));
        let channels: Vec<_> = log(t).iter().map(|i| i.channel).collect();
        assert_eq!(channels, [Channel::Mail], "text messages about this kind are switched off");
        let (at, account, admin) = (t.clock.now(), Id::of(office.account), office.admin);
        let left = t.db.write_now(move |tx| {
            let person = access::person_by_account(tx.conn, Id::of(admin), at)?.unwrap();
            assert!(person.has(Duty::Admin));
            access::disable_account(tx, &Doer::house(at), account)
        });
        left.unwrap();
        assert_eq!(run(courier.run_due()).unwrap(), 0);
        let item = log(t).remove(0);
        assert_eq!((item.state, item.problem), (State::Suppressed, Some(Problem::NoAddress)));
        assert!(post.taken().is_empty());
        say(t, missed(office.unit));
        assert_eq!(log(t).len(), 1, "nobody is left to be told outside");
    });
}

#[test]
fn a_hook_is_told_of_kinds_and_never_of_a_record_or_a_person() {
    each(|t, office| {
        let server = Server::http(&[500]);
        let hook = HookCarrier::new(&format!("http://127.0.0.1:{}/in", server.port), "a secret of both");
        let hooked = vec![(Channel::Hook, Arc::new(hook) as Arc<dyn Carrier>)];
        let courier = courier(t, hooked, &[Kind::Missed, Kind::ToldClosed]);
        say(t, missed(office.unit));
        say(t, closed(Contact::parse("00012345678")));
        say(t, Letter::new(Kind::Paused, HERE, Subject::Case(77), Audience::Unit(office.unit)).number("1"));
        let hooks: Vec<Item> = log(t).into_iter().filter(|i| i.channel == Channel::Hook).collect();
        assert_eq!(hooks.len(), 1);
        assert_eq!(run(courier.run_due()).unwrap(), 1);
        t.clock.advance(MINUTE_MS);
        assert_eq!(run(courier.run_due()).unwrap(), 1);
        let taken = server.taken();
        assert_eq!(taken.len(), 2);
        for (head, body) in &taken {
            let find = |name: &str| {
                let line = head.lines().find(|l| l.to_ascii_lowercase().starts_with(name)).unwrap();
                line.split_once(':').unwrap().1.trim().to_owned()
            };
            let (id, stamp) = (find("linli-id"), find("linli-timestamp"));
            assert_eq!(id, hooks[0].id.to_string());
            let signed = signature("a secret of both", &id, stamp.parse().unwrap(), body);
            assert_eq!(find("linli-signature"), signed);
            let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(body).unwrap();
            assert_eq!(fields.keys().collect::<Vec<_>>(), ["id", "kind", "county", "made_ms"]);
            assert!(!body.contains("990101") && !body.contains(&Id::<Item>::of(77).to_string()), "{body}");
        }
    });
}

#[test]
fn an_administrator_tries_a_way_and_a_clerk_may_not() {
    each(|t, office| {
        let server = Server::mail(&[]);
        let courier = courier(t, vec![(Channel::Mail, mail(server.port))], &[]);
        let (admin, clerk, now) = (office.admin, office.account, t.clock.now());
        let trial = move |who: i64, channel, to: &'static str| {
            move |tx: &mut store::Tx<'_>| {
                let person = access::person_by_account(tx.conn, Id::of(who), now)?.unwrap();
                send_trial(tx, &person, now, channel, Contact::parse(to))
            }
        };
        assert!(t.db.write_now(trial(clerk, Channel::Mail, "a@b.test")).is_err());
        assert!(t.db.write_now(trial(admin, Channel::Mail, "12345678")).is_err(), "a telephone is no mail");
        let closed = t.db.write_now(trial(admin, Channel::Sms, "12345678")).unwrap_err();
        assert_eq!(closed.refusal().unwrap().key, "notice.refuse.closed");
        t.db.write_now(trial(admin, Channel::Mail, "a@b.test")).unwrap();
        assert_eq!(run(courier.run_due()).unwrap(), 1);
        assert!(server.taken()[0].0.contains("a@b.test"));
        assert!(!log(t)[0].has_address);
    });
}

#[test]
fn what_was_read_is_counted_no_more_and_nobody_reads_anothers_box() {
    each(|t, office| {
        for _ in 0..4 {
            say(t, missed(office.unit));
            t.clock.advance(MINUTE_MS);
        }
        let unit = vec![format!("unit {}", office.unit)];
        let other = vec![format!("unit {}", office.unit + 1), format!("post {}", office.unit)];
        let count = |boxes: &[String], account, most| {
            let boxes = boxes.to_vec();
            t.db.read_now(move |c| count_unread(c, account, &boxes, 0, most)).unwrap()
        };
        assert_eq!((count(&unit, 1, 100), count(&unit, 1, 3), count(&other, 1, 100)), (4, 3, 0));
        let rows = inbox(t, &unit[0]);
        let (newest, third) = (rows[0].id, rows[2].id);
        let now = t.clock.now();
        for _ in 0..2 {
            t.db.keep_house_now(move |tx| mark_read(tx.conn, 1, third, now)).unwrap();
        }
        assert_eq!((count(&unit, 1, 100), count(&unit, 2, 100)), (3, 4));
        t.db.keep_house_now(move |tx| mark_all_read(tx.conn, 1, third.raw())).unwrap();
        assert_eq!(count(&unit, 1, 100), 2);
        t.db.keep_house_now(move |tx| mark_all_read(tx.conn, 1, newest.raw())).unwrap();
        t.db.keep_house_now(move |tx| mark_all_read(tx.conn, 1, third.raw())).unwrap();
        assert_eq!((count(&unit, 1, 100), count(&unit, 2, 100)), (0, 4), "it never goes back");
        // Pages of one are the same as one page, over two boxes too.
        say(t, Letter { audience: Audience::Account(9), ..missed(office.unit) });
        let both = vec![unit[0].clone(), "account 9".to_owned()];
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let (boxes, cursor) = (both.clone(), after);
            let page =
                t.db.read_now(move |c| inbox_page(c, 9, &boxes, &InboxFilter::default(), cursor, 2)).unwrap();
            seen.extend(page.rows.iter().map(|i| i.id));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        assert_eq!(seen.len(), 5);
        assert!(seen.windows(2).all(|w| w[0] > w[1]), "{seen:?}");
    });
}

#[test]
fn addresses_are_sealed_and_stay_out_of_the_journal() {
    each(|t, office| {
        let account = office.account;
        let kept = t.db.read_now(move |c| contacts_of(c, account)).unwrap();
        assert_eq!(kept.len(), 2);
        for (_, sealed) in &kept {
            assert!(!sealed.windows(6).any(|w| w == b"office" || w == b"123456"));
        }
        let courier = courier(t, vec![(Channel::Sms, sms(Server::nobody()))], &[]);
        drop(courier);
        say(t, closed(Contact::parse("00012345678")));
        let now = t.clock.now();
        let out = t.db.read_now(move |c| due_items(c, Channel::Sms, now, 10)).unwrap();
        let sealed = out[0].sealed.clone().unwrap();
        assert!(!sealed.windows(5).any(|w| w == b"12345"));
        let all =
            t.db.read_now(|c| store::journal::entries(c, &store::journal::EntryFilter::default(), 1_000))
                .unwrap();
        assert!(all.iter().any(|e| e.kind == "notice.reach_kept"));
        assert!(all.iter().all(|e| !format!("{e:?}").contains("12345678")));
    });
}

#[test]
fn a_calendar_link_opens_for_its_post_and_ends_with_it() {
    each(|t, office| {
        let (account, post, now) = (office.account, office.post, t.clock.now());
        let make = move |post: i64| {
            move |tx: &mut store::Tx<'_>| {
                let person = access::person_by_account(tx.conn, Id::of(account), now)?.unwrap();
                make_link(tx, &person, now, post)
            }
        };
        let opens = |token: &str, at: Millis| {
            let token = token.to_owned();
            t.db.read_now(move |c| open_link(c, &token, at)).unwrap().is_some()
        };
        assert!(t.db.write_now(make(post + 1)).is_err(), "only for a post that one holds");
        let first = t.db.write_now(make(post)).unwrap();
        assert!(first.len() >= 32 && opens(&first, now) && !opens("", now) && !opens(&first[1..], now));
        let second = t.db.write_now(make(post)).unwrap();
        assert!(!opens(&first, now), "renewing ends the one before");
        assert!(opens(&second, now));
        let later = now.plus(DAY_MS);
        let ended = t.db.write_now(move |tx| access::close_post(tx, &Doer::house(later), Id::of(post)));
        ended.unwrap();
        assert!(opens(&second, now) && !opens(&second, later));
    });
}
