//! Telling: who must know of an act is told once, in the act's own transaction; pressed twice or refused it tells nobody. A letter names no
//! matter in words; and one whose record has gone elsewhere says so.

use std::collections::BTreeMap;

use base::{Clock, DAY_MS, HOUR_MS, Id};
use diesel::{
    QueryableByName,
    sql_types::{BigInt, Text},
};
use notice::{Audience, Kind, Letter, Subject};
use store::{Fact, on};

use crate::resident::{Receipt, say};
use crate::staff::{act, option, register, taken};
use crate::supervision::{APPLY, card, in_hand, link, list, nominate, sweep};
use crate::whistle::blown;
use crate::world::{Answer, Browser, World};

/// A letter as its row has it.
#[derive(QueryableByName, Debug, Clone)]
struct Row {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    letter_box: String,
    #[diesel(sql_type = BigInt)]
    subject_id: i64,
    #[diesel(sql_type = Text)]
    params: String,
}

/// Every letter, in the order of telling. No two of them say the same to the same.
async fn letters(world: &World) -> Vec<Row> {
    let rows: Vec<Row> = world
        .db
        .read(|c| {
            Ok(on!(c, c => diesel::RunQueryDsl::load(
                diesel::sql_query("SELECT kind, letter_box, subject_id, params FROM notice_item ORDER BY id"), c))?)
        })
        .await
        .unwrap();
    let mut seen = BTreeMap::new();
    for row in rows.iter().filter(|r| !r.letter_box.is_empty()) {
        let due = row.params.split("\"due\":").nth(1).unwrap_or_default().to_owned();
        let same = (row.kind.clone(), row.letter_box.clone(), row.subject_id, due);
        // What may rightly be said again: a matter that is given back or returned again, or asked and decided again.
        let again =
            ["case.declined", "supervision.applied", "supervision.inspected"].contains(&row.kind.as_str());
        let before = seen.insert(same, ());
        assert!(again || before.is_none(), "{}: twice: {row:?}", world.engine);
    }
    rows
}

/// How many letters of a kind there are.
async fn told(world: &World, kind: &str) -> usize {
    letters(world).await.iter().filter(|r| r.kind == kind).count()
}

/// What a person's inbox says of a kind.
async fn inbox(world: &World, name: &str, kind: &str) -> String {
    world.member(name).await.get(&format!("/notices?tab=all&kind={kind}")).await.ok().words()
}

#[tokio::test]
async fn an_urging_is_told_to_who_has_it_and_to_the_next_level_once() {
    for world in World::all() {
        let mut resident = world.resident();
        let Receipt { number, address, .. } = say(&mut resident, "路灯不亮", "东门的路灯坏了三天。").await;
        let form = format!("{address}/urging");
        resident.get(&form).await.ok();
        resident.send(&form, &[("words", "老人晚上不敢出门")]).await.onward();
        assert_eq!(told(&world, "case.urged").await, 2);
        resident.get(&form).await.ok();
        resident.send(&form, &[("words", "")]).await.is(409);
        assert_eq!(told(&world, "case.urged").await, 2, "too soon tells nobody");
        for name in ["clerk", "county"] {
            let page = inbox(&world, name, "case.urged").await;
            assert!(
                page.contains(&format!("来件人催办 {number}")) && !page.contains("老人"),
                "{name}: {page}"
            );
        }
        assert!(!inbox(&world, "liaison", "case.urged").await.contains(&number));
    }
}

#[tokio::test]
async fn a_whistle_is_told_reminded_and_its_silence_told_upward() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let (case, _, calls) = blown(&world, &mut clerk).await;
        assert_eq!(told(&world, "case.whistle_called").await, 2);
        let page = clerk.get(&format!("{case}/whistle")).await.ok();
        let lead = option(&page, "住房和城乡建设局");
        clerk.send(&format!("{case}/whistle"), &[("lead", &lead), ("reason", "再来一次")]).await.is(409);
        assert_eq!(told(&world, "case.whistle_called").await, 2, "refused, it calls nobody");
        let mut liaison = world.member("liaison").await;
        let page = liaison.get("/notices").await.ok();
        assert!(page.words().contains("吹哨") && page.words().contains("紧急"), "{}", page.words());
        assert_eq!(liaison.get(&letter(&page)).await.onward(), case);
        liaison.get(&case).await.ok();
        liaison.send(&format!("{}/answer", calls[0]), &[]).await.onward();
        // Half of the time over: only who has not answered is reminded; at its end the caller and the county are told.
        world.pass(12 * HOUR_MS).await;
        assert_eq!(told(&world, "case.whistle_reminded").await, 1);
        assert!(inbox(&world, "mediator", "case.whistle_reminded").await.contains("时限已过半"));
        world.pass(13 * HOUR_MS).await;
        world.pass(30 * DAY_MS).await;
        assert_eq!(told(&world, "case.whistle_unanswered").await, 2);
        assert_eq!(told(&world, "case.whistle_reminded").await, 1);
        for name in ["clerk", "county"] {
            let page = inbox(&world, name, "case.whistle_unanswered").await;
            assert!(page.contains("人民调解委员会未在"), "{name}: {page}");
        }
    }
}

/// The first letter on an inbox.
#[track_caller]
fn letter(page: &Answer) -> String {
    link(page, "/notices/")
}

#[tokio::test]
async fn what_is_given_back_and_decided_is_told_to_both_sides() {
    for world in World::all() {
        let (mut clerk, mut liaison) = (world.member("clerk").await, world.member("liaison").await);
        let mut county = world.member("county").await;
        let case = register(&mut clerk, "小区物业三个月不清运垃圾", "物业服务不到位").await;
        act(&mut clerk, &case, "acceptance", &[]).await.onward();
        let why = [("decline_reason", "这个小区由另一处管理。"), ("decline_entry", "权责清单第12项")];
        act(&mut liaison, &case, "declination", &why[..1]).await.is(422);
        assert_eq!(told(&world, "case.declined").await, 0, "what is refused tells nobody");
        act(&mut liaison, &case, "declination", &why).await.onward();
        act(&mut liaison, &case, "declination", &why).await.is(409);
        assert_eq!(told(&world, "case.declined").await, 1);
        let page = inbox(&world, "clerk", "case.declined").await;
        assert!(page.contains("住房和城乡建设局退回") && !page.contains("另一处"), "{page}");
        let housing = option(&clerk.get(&case).await.ok(), "住房");
        act(&mut clerk, &case, "dispatch", &[("dispatch_unit", housing.as_str())]).await.onward();
        let dispute = [("dispute_reason", "仍不归本单位。"), ("dispute_entry", "权责清单第12项")];
        act(&mut liaison, &case, "dispute", &dispute).await.onward();
        assert_eq!(told(&world, "case.arbitration_asked").await, 1);
        assert!(inbox(&world, "county", "case.arbitration_asked").await.contains("请裁定"));
        // Decided for another unit: it is told, and the one that asked is told too.
        let other = option(&county.get(&case).await.ok(), "城市管理");
        let ruling = [("arbitrate_unit", other.as_str()), ("arbitrate_words", "按职责清单由你单位承办。")];
        act(&mut county, &case, "arbitration", &ruling).await.onward();
        act(&mut county, &case, "arbitration", &ruling).await.is(409);
        assert_eq!(told(&world, "case.arbitrated").await, 2);
        assert!(inbox(&world, "liaison", "case.arbitrated").await.contains("城市管理"));
    }
}

#[tokio::test]
async fn a_sender_is_told_of_acceptance_return_and_answer_without_a_word_of_the_case() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let mut resident = world.resident();
        let Receipt { case, .. } = say(&mut resident, "路灯不亮", "东门的路灯坏了三天。").await;
        let back = [("return_reason", "请写清是哪一盏灯。")];
        act(&mut clerk, &case, "return", &[]).await.is(422);
        act(&mut clerk, &case, "return", &back).await.onward();
        act(&mut clerk, &case, "return", &back).await.is(409);
        assert_eq!(told(&world, "case.told_returned").await, 1);

        let case = register(&mut clerk, "咨询住房公积金怎么提取", "物业服务不到位").await;
        act(&mut clerk, &case, "acceptance", &[("accept_unit", "")]).await.onward();
        act(&mut clerk, &case, "acceptance", &[("accept_unit", "")]).await.is(409);
        assert_eq!(told(&world, "case.told_accepted").await, 1);
        let answer = [("close_ending", "explained"), ("close_answer", "请持身份证到三号窗口办理。")];
        act(&mut clerk, &case, "closure", &answer[..1]).await.is(422);
        assert_eq!(told(&world, "case.told_closed").await, 0);
        act(&mut clerk, &case, "closure", &answer).await.onward();
        act(&mut clerk, &case, "closure", &answer).await.is(409);
        let closed: Vec<Row> =
            letters(&world).await.into_iter().filter(|r| r.kind == "case.told_closed").collect();
        assert_eq!(closed.len(), 1);
        let params = &closed[0].params;
        assert!(params.contains("case.ending.explained") && params.contains("until"), "{params}");
        assert!(!params.contains("窗口") && !params.contains("公积金"), "{params}");
        // Not solved: the office that answered is told, once.
        let mut colleague = world.member("clerk2").await;
        let why = [("contest_reason", "来件人来电：窗口说不归他们管。")];
        act(&mut colleague, &case, "contest", &why).await.onward();
        act(&mut colleague, &case, "contest", &why).await.is(409);
        assert_eq!(told(&world, "case.contested").await, 1);
        assert!(inbox(&world, "clerk", "case.contested").await.contains("未解决，请重新办理"));
    }
}

#[tokio::test]
async fn clocks_that_end_together_are_told_in_one_letter() {
    for world in World::all() {
        taken(&world, "小区电梯坏了半个月没有人修").await;
        let mut clerk = world.member("clerk").await;
        register(&mut clerk, "申请公开征地补偿标准的文件", "政府信息公开").await;
        register(&mut clerk, "巷口垃圾无人清运已经一周", "垃圾清运不及时").await;
        // Fifteen days to accept it, and fifteen to answer it.
        register(&mut clerk, "小区物业三个月不清运垃圾", "物业服务不到位").await;
        for _ in 0..6 {
            world.pass(7 * DAY_MS).await;
        }
        // The helper holds that no box is told the same of the same end twice.
        let all = letters(&world).await;
        let missed: Vec<&Row> = all.iter().filter(|r| r.kind == "case.missed").collect();
        assert!(
            !missed.is_empty() && missed.iter().all(|r| r.params.contains("case.clock_kind.")),
            "{missed:?}"
        );
        for kind in ["case.reminder_amber", "case.reminder_red", "case.missed"] {
            let both = |r: &&Row| r.kind == kind && r.params.matches("case.clock_kind.").count() == 2;
            assert!(all.iter().filter(both).count() >= 1, "{kind}: {all:?}");
        }
        let page =
            inbox(&world, "clerk", "case.missed").await + &inbox(&world, "liaison", "case.missed").await;
        assert!(page.contains("时限已于"), "{page}");
    }
}

/// Sends an act twice: the second time it is refused.
async fn twice(browser: &mut Browser, to: &str, what: &str, typed: &[(&str, &str)]) {
    act(browser, to, what, typed).await.onward();
    act(browser, to, what, typed).await.is(409);
}

#[tokio::test]
async fn a_listed_matter_tells_who_answers_and_who_decides_next() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let entry = nominate(&mut clerk, "北沟边坡塌滑隐患").await;
        let page = inbox(&world, "county", "supervision.nominated").await;
        assert!(page.contains("-D001") && page.contains("请决定是否列入"), "{page}");
        assert!(!page.contains("北沟"), "{page}");
        let mut county = world.member("county").await;
        list(&mut county, &entry, "60").await.onward();
        // The unit, the leader (who sits at the county's desk), and the town that nominated it.
        assert_eq!(told(&world, "supervision.listed").await, 3);
        for name in ["liaison", "leader", "clerk"] {
            assert!(
                inbox(&world, name, "supervision.listed").await.contains("住房和城乡建设局负责"),
                "{name}"
            );
        }
        let mut liaison = world.member("liaison").await;
        let page = liaison.get("/notices").await.ok();
        assert_eq!(liaison.get(&letter(&page)).await.onward(), entry);
        act(&mut liaison, &entry, "taking", &[("take_words", "先排危再削坡。")]).await.onward();
        let ask = [("ask_n", "20"), ("ask_words", "雨季无法施工。")];
        twice(&mut liaison, &entry, "extension", &ask).await;
        assert_eq!(told(&world, "case.extension_asked").await, 1);
        twice(&mut county, &entry, "grant", &[("grant_words", "同意延长20日。")]).await;
        assert_eq!(told(&world, "case.extension_granted").await, 2);
        twice(&mut liaison, &entry, "application", &[APPLY]).await;
        assert_eq!(told(&world, "supervision.applied").await, 1);
        act(&mut liaison, &entry, "inspection", &[("pass_words", "合格")]).await.is(403);
        assert_eq!(told(&world, "supervision.inspected").await, 0);
        act(&mut county, &entry, "return", &[("return_words", "坡脚排水沟没有修通。")]).await.onward();
        assert_eq!(told(&world, "supervision.returned").await, 2);
        act(&mut liaison, &entry, "application", &[APPLY]).await.onward();
        act(&mut county, &entry, "inspection", &[("pass_words", "现场已看，排水畅通。")]).await.onward();
        assert_eq!(told(&world, "supervision.inspected").await, 1);
        twice(&mut county, &entry, "strike-off", &[("strike_words", "同意销号。")]).await;
        assert_eq!(told(&world, "supervision.struck_off").await, 3);
        // Declined: only who nominated is told.
        let other = nominate(&mut clerk, "村口公厕异味").await;
        let why = [("decline_words", "镇里可以解决，请按一般事项办理。")];
        twice(&mut county, &other, "declination", &why).await;
        assert_eq!(told(&world, "supervision.declined").await, 1);
    }
}

#[tokio::test]
async fn a_time_limit_warns_and_runs_out_once() {
    for world in World::all() {
        in_hand(&world, "北沟边坡塌滑隐患", "30").await;
        for _ in 0..3 {
            world.pass(20 * DAY_MS).await;
        }
        assert_eq!(told(&world, "supervision.reminder_amber").await, 1);
        assert_eq!(told(&world, "supervision.reminder_red").await, 2);
        assert_eq!(
            told(&world, "supervision.missed").await,
            2,
            "the unit, and the desk where the leader sits"
        );
        assert!(inbox(&world, "leader", "supervision.missed").await.contains("尚未申请销号"));
    }
}

#[tokio::test]
async fn a_meeting_calls_its_tasks_are_given_and_missed_once() {
    for world in World::all() {
        let mut county = world.member("county").await;
        let page = county.get("/supervision/meetings/new").await.ok();
        let housing = card(&page, "units", "住房");
        let typed = [
            ("title", "一季度联席会议"),
            ("day", "2026-03-03"),
            ("hour", "09:30"),
            ("hall", "综治中心会议室"),
            ("units", housing.as_str()),
        ];
        county.send("/supervision/meetings", &typed[..2]).await.is(422);
        assert_eq!(told(&world, "meeting.called").await, 0);
        county.get("/supervision/meetings/new").await.ok();
        let meeting = county.send("/supervision/meetings", &typed).await.onward();
        assert_eq!(told(&world, "meeting.called").await, 1);
        let page = inbox(&world, "liaison", "meeting.called").await;
        assert!(page.contains("2026-03-03 09:30") && !page.contains("一季度"), "{page}");
        world.pass(2 * DAY_MS).await;
        let mut county = world.member("county").await;
        let page = county.get(&meeting).await.ok();
        let unit = crate::deeds::unit(&page, "unit", "住房");
        let task = [("unit", unit.as_str()), ("about", ""), ("what", "十日内修通坡脚排水沟。")];
        county.send(&format!("{meeting}/tasks"), &task).await.onward();
        assert_eq!(told(&world, "meeting.task_given").await, 1);
        let mut liaison = world.member("liaison").await;
        let inbox_page = liaison.get("/notices?tab=all&kind=meeting.task_given").await.ok();
        assert!(liaison.get(&letter(&inbox_page)).await.onward().starts_with("/supervision/tasks/"));
        world.pass(20 * DAY_MS).await;
        world.pass(20 * DAY_MS).await;
        assert_eq!(told(&world, "meeting.task_missed").await, 2);
        assert!(inbox(&world, "county", "meeting.task_missed").await.contains("住房和城乡建设局的任务"));
    }
}

#[tokio::test]
async fn a_sweep_tells_who_owes_a_return_and_who_did_not_send_it() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let sweep = sweep(&mut clerk, "village").await;
        let opened = told(&world, "sweep.opened").await;
        assert!(opened >= 1);
        let mut village = world.member("village").await;
        let page = village.get("/notices").await.ok();
        assert_eq!(village.get(&letter(&page)).await.onward(), sweep);
        let own = link(&village.get(&sweep).await.ok(), "/supervision/returns/");
        village.get(&own).await.ok();
        village.send(&own, &[("words", "查看四十户，未发现问题。")]).await.onward();
        world.pass(8 * DAY_MS).await;
        let due = told(&world, "sweep.due").await;
        assert!(due < opened, "who has returned is not reminded: {due} of {opened}");
        assert!(!inbox(&world, "village", "sweep.due").await.contains("排查报送将于"));
        world.pass(2 * DAY_MS).await;
        world.pass(2 * DAY_MS).await;
        assert_eq!(told(&world, "sweep.missed").await, due);
        assert_eq!(told(&world, "sweep.incomplete").await, usize::from(due > 0));
    }
}

#[tokio::test]
async fn a_letter_whose_record_has_gone_says_so() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let case = register(&mut clerk, "楼道堆放杂物堵住消防通道", "物业服务不到位").await;
        let id: Id<case::model::Case> = case.trim_start_matches("/cases/").parse().unwrap();
        let at = world.clock.now();
        let housing = crate::deeds::unit(&clerk.get(&case).await.ok(), "accept_unit", "住房");
        let housing: Id<access::Unit> = housing.parse().unwrap();
        let tell = move |tx: &mut store::Tx<'_>| {
            let case = case::store::case_by_id(tx.conn, id)?.unwrap();
            for unit in [housing.raw(), case.holder.unit] {
                let to = Audience::Unit(unit);
                let letter = Letter::new(Kind::Paused, case.place, Subject::Case(id.raw()), to);
                notice::tell(tx, &letter.number(&case.number), at)?;
            }
            tx.record(Fact::new("test.told", base::Act::system(at), "case", id.raw()));
            Ok(())
        };
        world.db.write(tell).await.unwrap();
        // The department has no part in the case: it reads the letter and is told in plain words; the record stays shut.
        let mut liaison = world.member("liaison").await;
        let theirs = letter(&liaison.get("/notices").await.ok());
        let page = liaison.get(&theirs).await.ok();
        assert!(
            page.words().contains("您现在看不到了") && page.words().contains("返回通知"),
            "{}",
            page.words()
        );
        assert!(!page.words().contains("消防通道") && !page.text().contains(&case), "{}", page.words());
        liaison.get(&case).await.is(404);
        assert!(!liaison.get("/notices").await.ok().text().contains(&theirs), "it is read");
        // Whose it is goes on to it, and nobody opens another's letter.
        clerk.get(&theirs).await.is(404);
        let page = clerk.get("/notices?tab=all&kind=case.paused").await.ok();
        assert_eq!(clerk.get(&letter(&page)).await.onward(), case);
        let english = liaison.get(&format!("{theirs}?lang=en")).await.ok().words();
        assert!(english.contains("no longer yours to open"), "{english}");
    }
}

/// The link of the calendar of the browser's first post.
async fn calendar(browser: &mut Browser) -> String {
    let page = browser.get("/me/feed").await.ok().text();
    let make = page.split("action=\"/me/feed/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let shown = browser.send(&format!("/me/feed/{make}"), &[]).await.ok().text();
    let link = shown.split("http://linli.test/feed/").nth(1).unwrap().split('<').next().unwrap();
    format!("/feed/{link}")
}

#[tokio::test]
async fn a_reception_day_is_set_read_in_a_calendar_and_ended() {
    const HOME: &str = "/supervision/receptions";
    for world in World::all() {
        let mut county = world.member("county").await;
        county.get(HOME).await.ok();
        let wrong = [("from", "11:00"), ("until", "09:00"), ("hall", "一楼接待室")];
        let told = county.send(HOME, &wrong).await.is(422);
        assert!(
            told.words().contains("请选每周固定日") && told.text().contains("一楼接待室"),
            "{}",
            told.words()
        );
        let page = county.get(HOME).await.ok();
        let leader = option(&page, "分管领导");
        let weekly = [
            ("weekday", "3"),
            ("from", "09:00"),
            ("until", "11:30"),
            ("hall", "一楼接待室"),
            ("post", leader.as_str()),
        ];
        county.send(HOME, &weekly).await.onward();
        county.get(HOME).await.ok();
        let once = [("day", "2026-03-14"), ("from", "14:00"), ("until", "17:00"), ("hall", "一楼接待室")];
        county.send(HOME, &once).await.onward();
        let page = county.get(HOME).await.ok();
        assert!(page.words().contains("每周三") && page.words().contains("09:00–11:30"), "{}", page.words());
        // The leader's calendar has both, the desk's only the unit's; weekly days leave out holidays (Wednesday 6 May is worked).
        let (mut leader, mut program) = (world.member("leader").await, world.resident());
        let link = calendar(&mut leader).await;
        let feed = program.get(&link).await.ok().text().replace("\r\n ", "");
        assert!(
            feed.contains("DTSTART:20260304T010000Z") && feed.contains("DTEND:20260304T033000Z"),
            "{feed}"
        );
        assert!(feed.contains("DTSTART:20260314T060000Z") && !feed.contains("孙永明"), "{feed}");
        assert!(feed.contains("接待日"), "{feed}");
        let uids: Vec<&str> = feed.lines().filter(|l| l.starts_with("UID:")).collect();
        assert_eq!(uids.len(), uids.iter().collect::<std::collections::HashSet<_>>().len());
        let link = calendar(&mut county).await;
        let desk = program.get(&link).await.ok().text();
        assert!(!desk.contains("20260304T010000Z") && desk.contains("20260314T060000Z"), "{desk}");
        // Another unit neither sets nor ends it; ended once, it is out of the calendar.
        let page = county.get(HOME).await.ok().text();
        let end = page.split("action=\"").find(|p| p.contains("/end\"")).unwrap().split('"').next().unwrap();
        let end = end.to_owned();
        let mut clerk = world.member("clerk").await;
        clerk.get(HOME).await.ok();
        clerk.send(&end, &[]).await.is(404);
        clerk.get(HOME).await.ok();
        clerk.send(HOME, &once).await.onward();
        let page = county.get(HOME).await.ok().text();
        assert_eq!(page.matches("/end\"").count(), 2, "the town's is read here and not ended");
        let page = clerk.get(HOME).await.ok().text();
        let theirs =
            page.split("action=\"").find(|p| p.contains("/end\"")).unwrap().split('"').next().unwrap();
        county.send(theirs, &[]).await.is(403);
        let mut liaison = world.member("liaison").await;
        liaison.get(HOME).await.ok();
        liaison.send(HOME, &once).await.is(403);
        county.get(HOME).await.ok();
        assert_eq!(county.send(&end, &[]).await.onward(), HOME);
        county.get(HOME).await.ok();
        county.send(&end, &[]).await.is(409);
        assert!(!program.get(&link).await.ok().text().contains("20260314T060000Z"));
    }
}

#[tokio::test]
async fn meetings_tasks_and_entries_are_in_the_calendar_of_who_has_them() {
    for world in World::all() {
        in_hand(&world, "北沟边坡塌滑隐患", "60").await;
        let mut county = world.member("county").await;
        let page = county.get("/supervision/meetings/new").await.ok();
        let housing = card(&page, "units", "住房");
        let typed = [
            ("title", "一季度联席会议"),
            ("day", "2026-03-03"),
            ("hour", "09:30"),
            ("hall", "综治中心会议室"),
            ("units", housing.as_str()),
        ];
        county.send("/supervision/meetings", &typed).await.onward();
        let mut program = world.resident();
        let link = calendar(&mut world.member("liaison").await).await;
        let feed = program.get(&link).await.ok().text().replace("\r\n ", "");
        assert!(feed.contains("-D001") && feed.contains("DTSTART;VALUE=DATE:20260501"), "{feed}");
        assert!(feed.contains("DTSTART:20260303T013000Z") && feed.contains("UID:meeting-"), "{feed}");
        assert!(!feed.contains("北沟") && !feed.contains("一季度") && !feed.contains("张志强"), "{feed}");
        let link = calendar(&mut world.member("mediator").await).await;
        assert!(!program.get(&link).await.ok().text().contains("BEGIN:VEVENT"));
    }
}

#[tokio::test]
async fn the_lists_are_read_by_programs_within_their_scope() {
    for world in World::all() {
        in_hand(&world, "北沟边坡塌滑隐患", "60").await;
        let mut county = world.member("county").await;
        let all = county.get("/api/v1/supervision").await.ok().text();
        assert!(all.contains("北沟边坡塌滑隐患") && all.contains("\"stage\":\"in_hand\""), "{all}");
        assert!(all.contains("\"total\":1") && all.contains("\"next\":null"), "{all}");
        let none = county.get("/api/v1/supervision?stage=struck_off").await.ok().text();
        assert!(none.contains("\"rows\":[]"), "{none}");
        county.get("/api/v1/supervision?stage=elsewhere").await.is(422);
        county.get("/api/v1/supervision?limit=0").await.is(422);
        county.get("/api/v1/supervision?who=me").await.is(422);
        let elsewhere = world.member("mediator").await.get("/api/v1/supervision").await.ok().text();
        assert!(elsewhere.contains("\"rows\":[]"), "{elsewhere}");
        world.member("outsider").await.get("/api/v1/supervision").await.is(403);
        let mut stranger = world.resident();
        stranger.get("/api/v1/supervision").await.is(401);
        let public = stranger.get("/api/v1/supervision/public").await.ok().text();
        assert!(
            public.contains("北沟边坡治理") && !public.contains("塌滑") && !public.contains("张志强"),
            "{public}"
        );
    }
}
