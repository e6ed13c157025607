//! Notices: whoever holds a case is told and reads it in the own inbox; what goes out and fails is seen and sent again; a
//! calendar reads the deadlines of a post.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use access::Place;
use base::{Clock, DAY_MS, Id};
use notice::{
    Audience, Carrier, Channel, Contact, Courier, Kind, Letter, Message, OpenChannel, Problem, Setup,
    Subject, Trouble,
};
use store::Fact;

use crate::staff::register;
use crate::world::{Answer, World};

/// The number in the bell of a page; empty when nothing waits.
fn bell(answer: &Answer) -> String {
    let page = scraper::Html::parse_document(&answer.text());
    let bell = scraper::Selector::parse("a.bell").unwrap();
    let number = scraper::Selector::parse("b").unwrap();
    let found = page.select(&bell).next().unwrap();
    found.select(&number).next().map(|b| b.text().collect()).unwrap_or_default()
}

/// The first address of a record or a secret on a page that begins like this.
fn address(answer: &Answer, begin: &str) -> String {
    let text = answer.text();
    let each = text.match_indices(begin).map(|(at, _)| &text[at..]);
    let mut whole = each.map(|rest| rest.split(['"', '<', ' ', '?']).next().unwrap());
    let long = |a: &&str| a[begin.len()..].split('/').next().unwrap().len() >= 13;
    whole.find(long).unwrap_or_else(|| panic!("{begin} is not on the page: {text}")).to_owned()
}

#[tokio::test]
async fn a_holder_is_told_and_reads_it_in_the_own_inbox() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let case = register(&mut clerk, "申请公开征地补偿标准的文件", "政府信息公开").await;
        assert_eq!(bell(&clerk.get("/notices").await.ok()), "");
        // Twenty working days from 2 March: two days before the end the holder is told.
        world.pass(27 * DAY_MS).await;
        let mut clerk = world.member("clerk").await;
        let page = clerk.get("/notices").await.ok();
        // Each clock of the case tells its own holder; this one's letters are all unread.
        let told: usize = bell(&page).parse().unwrap();
        assert!(told >= 1 && page.words().contains("620602-2026-"), "{}", page.words());
        let letter = address(&page, "/notices/");
        // Somebody of another unit has neither the bell nor the letter, and a guess opens nothing.
        for other in ["liaison", "admin", "outsider"] {
            let mut other = world.member(other).await;
            let page = other.get("/notices?tab=all").await.ok();
            assert_eq!(bell(&page), "");
            assert!(!page.words().contains("将于 2026"), "{}", page.words());
            other.get(&letter).await.is(404);
            other.send(&format!("{letter}/reading"), &[]).await.is(404);
        }
        let still = bell(&clerk.get("/notices").await.ok());
        assert_eq!(still, told.to_string(), "who may not read it marks nothing");
        // Opening it leads to the record and is noted, twice like once.
        for _ in 0..2 {
            assert_eq!(clerk.get(&letter).await.onward(), case);
        }
        let page = clerk.get("/notices").await.ok();
        let left = if told == 1 { String::new() } else { (told - 1).to_string() };
        assert_eq!(bell(&page), left);
        assert!(!page.text().contains(&letter), "what was opened is no longer among the unread");
        let all = clerk.get("/notices?tab=all&from=2026-03-02").await.ok();
        assert!(all.words().contains("已读"), "{}", all.words());
        let none = clerk.get("/notices?tab=all&kind=sweep.opened").await.ok();
        assert!(none.words().contains("没有符合条件的通知"), "{}", none.words());
        // A colleague of the unit has not read it.
        let mut colleague = world.member("clerk2").await;
        let page = colleague.get("/notices").await.ok();
        if bell(&page) == told.to_string() {
            assert_eq!(colleague.send(&format!("{letter}/reading"), &[]).await.onward(), "/notices");
            assert_eq!(bell(&colleague.get("/notices").await.ok()), left);
        }
        // All that is left, at once; in English the same letters read in English.
        clerk.get("/notices").await.ok();
        assert_eq!(clerk.send("/notices/reading", &[]).await.onward(), "/notices");
        assert_eq!(bell(&clerk.get("/notices").await.ok()), "");
        let english = clerk.get("/notices?lang=en&tab=all").await.ok().words();
        assert!(english.contains("due 2026-"), "{english}");
    }
}

#[tokio::test]
async fn a_moved_deadline_is_told_to_its_holder() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let case = register(&mut clerk, "申请公开征地补偿标准的文件", "政府信息公开").await;
        let mut admin = world.member("admin").await;
        admin.get("/admin/calendar/new").await.ok();
        let fields = admin.fields("/admin/calendar");
        let (_, off) = fields.iter().find(|(name, _)| name == "off").unwrap();
        let off = format!("{}\n临时放假 2026-03-16", off.trim());
        admin.send("/admin/calendar", &[("off", &off)]).await.onward();
        world.pass(1_000).await;
        // The second look a minute later tells nobody a second time.
        world.pass(120_000).await;
        let page = clerk.get("/notices").await.ok();
        assert_eq!(bell(&page), "1", "{}", page.words());
        assert!(page.words().contains("期限由 2026-03-30"), "{}", page.words());
        assert_eq!(clerk.get(&address(&page, "/notices/")).await.onward(), case);
    }
}

#[tokio::test]
async fn everybody_says_where_they_are_reached() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        assert!(clerk.get("/me/notices").await.ok().words().contains("还没有开通邮件和短信"));
        let wrong = clerk.send("/me/notices", &[("mail", "写错了"), ("sms", "00012345678")]).await.is(422);
        assert!(
            wrong.words().contains("地址不对") && wrong.text().contains("00012345678"),
            "{}",
            wrong.words()
        );
        let kept =
            clerk.send("/me/notices", &[("mail", "clerk@office.test"), ("mail_kinds", "case.missed")]).await;
        assert_eq!(kept.onward(), "/me/notices");
        let page = clerk.get("/me/notices").await.ok();
        assert!(page.text().contains("clerk@office.test"));
        let chosen = clerk.fields("/me/notices");
        let kinds: Vec<_> =
            chosen.iter().filter(|(n, _)| n == "mail_kinds").map(|(_, v)| v.as_str()).collect();
        assert_eq!(kinds, ["case.missed"], "what was not ticked is switched off");
        let mut other = world.member("liaison").await;
        assert!(!other.get("/me/notices").await.ok().text().contains("clerk@office.test"));
        // Taken away again.
        clerk.send("/me/notices", &[("mail", ""), ("sms", "")]).await.onward();
        assert!(!clerk.get("/me/notices").await.ok().text().contains("clerk@office.test"));
    }
}

/// Refuses everything until it is mended.
#[derive(Default)]
struct Gateway {
    mended: AtomicBool,
}

impl Carrier for Gateway {
    fn carry(&self, _: &Message) -> Result<(), Trouble> {
        if self.mended.load(Ordering::SeqCst) {
            Ok(())
        } else {
            Err(Trouble { problem: Problem::Refused, n: 403, may_pass: false })
        }
    }
}

fn courier(world: &World, gateway: Arc<Gateway>) -> Courier {
    let almanac =
        std::thread::scope(|s| s.spawn(|| calendar::LiveAlmanac::open(&world.db).unwrap()).join().unwrap());
    let open = vec![OpenChannel { channel: Channel::Sms, kinds: Vec::new() }];
    let setup = Setup { open, ..Setup::default() };
    let words = Arc::new(linli::house::words().unwrap());
    let carriers = HashMap::from([(Channel::Sms, gateway as Arc<dyn Carrier>)]);
    Courier::new(world.db.clone(), words, Arc::new(setup), Arc::new(almanac), carriers)
}

/// An answer's letter with all that its sentence needs.
fn whole(letter: Letter, number: &str, at: base::Millis) -> Letter {
    let letter = letter.number(number).word("ending", case::model::Ending::Fixed.key());
    letter.at("until", at.plus(DAY_MS))
}

#[tokio::test]
async fn an_administrator_sees_what_failed_and_sends_it_again() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let case = register(&mut clerk, "楼道堆放杂物堵住消防通道", "物业服务不到位").await;
        let id: Id<case::model::Case> = case.trim_start_matches("/cases/").parse().unwrap();
        let gateway = Arc::new(Gateway::default());
        let courier = courier(&world, gateway.clone());
        courier.begin().await.unwrap();
        let at = world.clock.now();
        let tell = move |tx: &mut store::Tx<'_>| {
            let case = case::store::case_by_id(tx.conn, id)?.unwrap();
            let sender = Audience::Sender(Contact::parse("00012345678"));
            let letter = Letter::new(Kind::ToldClosed, case.place, Subject::Case(id.raw()), sender);
            let whole = |letter| whole(letter, &case.number, at);
            notice::tell(tx, &whole(letter), at)?;
            let nobody =
                Letter::new(Kind::ToldClosed, case.place, Subject::Case(id.raw()), Audience::Sender(None));
            notice::tell(tx, &whole(nobody), at)?;
            // Another county's letter, which this administrator must not see.
            let far = Place {
                county: case.place.county + 1,
                city: case.place.city + 1,
                province: 0,
                ..Place::default()
            };
            let far = Letter::new(Kind::ToldExtended, far, Subject::Case(1), Audience::Sender(None));
            notice::tell(tx, &far.number(&case.number).at("due", at), at)?;
            tx.record(Fact::new("test.told", base::Act::system(at), "case", id.raw()));
            Ok(case.number)
        };
        let number = world.db.write(tell).await.unwrap();
        assert_eq!(courier.run_due().await.unwrap(), 1);
        let mut admin = world.member("admin").await;
        let page = admin.get("/admin/notices").await.ok();
        let words = page.words();
        // One for whom there was no address; the other county's is not counted.
        assert!(
            words.contains("已放弃 1") && words.contains("未发 1") && words.contains("对方拒收 (403)"),
            "{words}"
        );
        assert!(
            !words.contains("00012345678") && !page.text().contains(&number),
            "neither address nor matter"
        );
        let one = admin.get("/admin/notices?tab=given_up&channel=sms&problem=refused").await.ok();
        let again = address(&one, "/admin/notices/");
        assert!(admin.get("/admin/notices/sheet.xlsx?tab=given_up").await.ok().bytes.starts_with(b"PK"));
        for outside in ["clerk", "liaison", "leader", "outsider"] {
            let mut other = world.member(outside).await;
            other.get("/admin/notices").await.is(403);
            other.get("/admin/notices/sheet.xlsx").await.is(403);
            other.get("/admin/notices/setup").await.is(403);
            other.get("/account").await.ok();
            other.send(&again, &[]).await.is(403);
        }
        let mut auditor = world.member("auditor").await;
        let read = auditor.get("/admin/notices?tab=given_up").await.ok();
        assert!(!read.text().contains("/again"), "an auditor reads and does not act");
        gateway.mended.store(true, Ordering::SeqCst);
        admin.get("/admin/notices?tab=given_up").await.ok();
        assert_eq!(admin.send(&again, &[]).await.onward(), "/admin/notices");
        admin.get("/admin/notices").await.ok();
        let twice = admin.send(&again, &[]).await.is(409);
        assert!(twice.words().contains("不用再发"), "{}", twice.words());
        assert_eq!(courier.run_due().await.unwrap(), 1);
        assert!(admin.get("/admin/notices").await.ok().words().contains("已发 1"));
    }
}

#[tokio::test]
async fn an_administrator_tries_a_way_out() {
    for world in World::all() {
        let gateway = Arc::new(Gateway { mended: AtomicBool::new(true) });
        let courier = courier(&world, gateway);
        courier.begin().await.unwrap();
        let mut admin = world.member("admin").await;
        let setup = admin.get("/admin/notices/setup").await.ok().words();
        assert!(setup.contains("21:00-08:00") && setup.contains("最多 7 次"), "{setup}");
        let wrong = admin.send("/admin/notices/trial", &[("channel", "sms"), ("to", "没有")]).await.is(422);
        assert!(wrong.words().contains("地址不对"), "{}", wrong.words());
        let shut =
            admin.send("/admin/notices/trial", &[("channel", "mail"), ("to", "a@b.test")]).await.is(409);
        assert!(shut.words().contains("没有开通"), "{}", shut.words());
        let gone = admin.send("/admin/notices/trial", &[("channel", "sms"), ("to", "00087654321")]).await;
        assert_eq!(gone.onward(), "/admin/notices");
        assert_eq!(courier.run_due().await.unwrap(), 1);
        assert!(admin.get("/admin/notices").await.ok().words().contains("已发 1"));
    }
}

#[tokio::test]
async fn a_calendar_reads_the_deadlines_of_a_post_by_a_link() {
    const TITLE: &str = "申请公开征地补偿标准的文件";
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let case = register(&mut clerk, TITLE, "政府信息公开").await;
        clerk.get("/me/feed").await.ok();
        let page = clerk.get("/me/feed").await.ok();
        let make = address(&page, "/me/feed/");
        let shown = clerk.send(&make, &[]).await.ok();
        let link = address(&shown, "http://linli.test/feed/");
        let path = link.trim_start_matches("http://linli.test").to_owned();
        assert!(!clerk.get("/me/feed").await.ok().text().contains(&path), "the link is shown once");
        // A calendar program has no session.
        let mut program = world.resident();
        let feed = program.get(&path).await.ok();
        assert_eq!(feed.headers["content-type"], "text/calendar; charset=utf-8");
        let text = feed.text().replace("\r\n ", "");
        assert!(text.contains("政府信息公开") && text.contains("DTSTART;VALUE=DATE:20260330"), "{text}");
        assert!(text.contains(&case) && !text.contains(TITLE) && !text.contains("周女士"), "{text}");
        assert!(!text.contains("13912345678"));
        for wrong in [path.replace(".ics", "x.ics"), path.replace(".ics", ""), "/feed/.ics".to_owned()] {
            program.get(&wrong).await.is(404);
        }
        // Somebody else cannot make one for this post, nor end it.
        let mut other = world.member("liaison").await;
        other.get("/account").await.ok();
        other.send(&make, &[]).await.is(404);
        other.send(&format!("{make}/end"), &[]).await.is(404);
        // Renewed: the old one is dead. Ended: the new one too, and a second time there is nothing to end.
        clerk.get("/me/feed").await.ok();
        let renewed = address(&clerk.send(&make, &[]).await.ok(), "http://linli.test/feed/");
        let renewed = renewed.trim_start_matches("http://linli.test").to_owned();
        program.get(&path).await.is(404);
        program.get(&renewed).await.ok();
        clerk.get("/me/feed").await.ok();
        assert_eq!(clerk.send(&format!("{make}/end"), &[]).await.onward(), "/me/feed");
        program.get(&renewed).await.is(404);
        clerk.get("/me/feed").await.ok();
        clerk.send(&format!("{make}/end"), &[]).await.is(404);
    }
}
