//! Bent clocks (监督查询): each pattern is made by deeds, through the pages, and the auditor's query finds exactly it; beside
//! each goes a case that looks alike and is not. What is counted late is read from the clocks.

use std::collections::BTreeSet;

use base::{DAY_MS, HOUR_MS, Id, MINUTE_MS};
use case::model::Case;

use crate::deeds::unit;
use crate::figures::rows_of;
use crate::resident::say;
use crate::staff::{act, option, register, taken};
use crate::world::{Browser, World};

/// The whole year of the stories' clock.
const YEAR: &str = "month=2026";

async fn case_of(world: &World, address: &str) -> Case {
    let id: Id<Case> = address.trim_start_matches("/cases/").parse().unwrap();
    world.db.read(move |conn| case::store::case_by_id(conn, id)).await.unwrap().unwrap()
}

async fn number(world: &World, address: &str) -> String {
    case_of(world, address).await.number
}

/// The numbers that a query finds, each once.
async fn found(auditor: &mut Browser, code: &str) -> BTreeSet<String> {
    let sheet = auditor.get(&format!("/figure/irregular/{code}/sheet.xlsx?{YEAR}")).await.ok();
    rows_of(&sheet).into_iter().map(|r| r[0].clone()).collect()
}

/// The query finds the case and not its twin, the list shows it in both orders, and the number opens its acts.
async fn only(world: &World, code: &str, bent: &[&str], twin: &str, shown: &str) {
    let mut auditor = world.member("auditor").await;
    let mut wanted = BTreeSet::new();
    for case in bent {
        wanted.insert(number(world, case).await);
    }
    let twin = number(world, twin).await;
    let got = found(&mut auditor, code).await;
    assert_eq!(got, wanted, "{} {code}, and not {twin}", world.engine);
    for sort in ["", "&sort=n&dir=asc", "&sort=time&dir=asc"] {
        let list = auditor.get(&format!("/figure/irregular/{code}?{YEAR}{sort}")).await.ok().words();
        assert!(wanted.iter().all(|n| list.contains(n)) && !list.contains(&twin), "{code}{sort}: {list}");
    }
    let none = auditor.get(&format!("/figure/irregular/{code}?month=2025")).await.ok().words();
    assert!(wanted.iter().all(|n| !none.contains(n)), "another year: {none}");
    let acts = format!("/figure/acts/{}", bent[0].trim_start_matches("/cases/"));
    let acts = auditor.get(&acts).await.ok().words();
    assert!(acts.contains(shown), "{code}: {shown} in {acts}");
}

async fn reported(world: &World, title: &str) -> String {
    let case = taken(world, title).await;
    let mut liaison = world.member("liaison").await;
    let done = [("report_ending", "fixed"), ("report_words", "已经清运，现场恢复。")];
    act(&mut liaison, &case, "report", &done).await.onward();
    case
}

async fn closed(world: &World, title: &str) -> String {
    let case = reported(world, title).await;
    let mut clerk = world.member("clerk").await;
    act(&mut clerk, &case, "verification", &[]).await.onward();
    case
}

#[tokio::test]
async fn an_answer_that_did_not_hold_is_found_and_one_opened_again_weeks_later_is_not() {
    for world in World::all() {
        let bent = closed(&world, "小区物业三个月不清运垃圾").await;
        let twin = closed(&world, "小区电梯坏了半个月没有人修").await;
        world.pass(2 * DAY_MS).await;
        let mut clerk = world.member("clerk2").await;
        act(&mut clerk, &bent, "contest", &[("contest_reason", "回访时说只拉走了一半")]).await.onward();
        // The other one was confirmed by silence and is opened again thirty-three days after its answer.
        world.pass(31 * DAY_MS).await;
        let mut clerk = world.member("clerk2").await;
        act(&mut clerk, &twin, "reopening", &[("reopen_reason", "又坏了，同一个问题")]).await.onward();
        only(&world, "reopened", &[&bent], &twin, "反映未解决").await;
    }
}

#[tokio::test]
async fn time_that_was_given_by_hand_is_found_and_a_refused_request_is_not() {
    for world in World::all() {
        let bent = taken(&world, "小区物业三个月不清运垃圾").await;
        let twin = taken(&world, "小区电梯坏了半个月没有人修").await;
        let mut liaison = world.member("liaison").await;
        let mut leader = world.member("leader").await;
        let ask = [("extend_days", "10"), ("extend_reason", "配件要从外地订购。")];
        for case in [&bent, &twin] {
            act(&mut liaison, case, "extension", &ask).await.onward();
        }
        act(&mut leader, &bent, "grant", &[("grant_reason", "配件从外地订购，需要十天。")]).await.onward();
        act(&mut leader, &twin, "denial", &[("deny_reason", "现有材料可以办")]).await.onward();
        only(&world, "retimed", &[&bent], &twin, "同意延期").await;
    }
}

#[tokio::test]
async fn a_category_that_was_changed_late_is_found_and_an_early_correction_is_not() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let twin = register(&mut clerk, "小区电梯坏了半个月没有人修", "物业服务不到位").await;
        let other = option(&clerk.get(&twin).await.ok(), "垃圾清运不及时");
        world.pass(HOUR_MS).await;
        let mut clerk = world.member("clerk").await;
        act(&mut clerk, &twin, "acceptance", &[("accept_category", &other)]).await.onward();
        let mut b = world.resident();
        let mine = say(&mut b, "物业服务不到位", "小区物业三个月不清运垃圾，已经影响生活。").await;
        world.pass(26 * HOUR_MS).await;
        let mut clerk = world.member("clerk").await;
        act(&mut clerk, &mine.case, "acceptance", &[("accept_category", &other)]).await.onward();
        only(&world, "recategorised", &[&mine.case], &twin, "垃圾清运不及时").await;
        // The course shows it to the offices and to whoever brought it, with both names.
        b.get("/follow").await.ok();
        let own = [("number", mine.number.as_str()), ("code", mine.code.as_str())];
        let to = b.send("/follow", &own).await.onward();
        let (staff, sender) = (clerk.get(&mine.case).await.ok(), b.get(&to).await.ok());
        for page in [staff.words(), sender.words()] {
            assert!(page.contains("改分类") && page.contains("物业服务不到位 改为"), "{page}");
        }
        // Two acts, two versions: who saw the form before is told.
        let id = case_of(&world, &mine.case).await.id;
        let file = world.db.read(move |c| case::store::file_by_id(c, id)).await.unwrap().unwrap();
        let row = file.acts.iter().find(|a| a.act == "recategorise").unwrap();
        assert!(row.old_category != 0 && row.new_category == file.case.category && row.words.is_none());
        assert_eq!(file.case.version as usize, file.acts.len());
    }
}

#[tokio::test]
async fn twenty_sent_on_within_the_hour_are_found_and_nineteen_are_not() {
    for world in World::all() {
        let mut cases = Vec::new();
        for n in 0..20 {
            cases.push(taken(&world, &format!("第{n}号楼单元门坏了没有人修")).await);
        }
        let mut clerk = world.member("clerk").await;
        for case in &cases[..19] {
            let housing = unit(&clerk.get(case).await.ok(), "dispatch_unit", "住房");
            act(&mut clerk, case, "dispatch", &[("dispatch_unit", &housing)]).await.onward();
            world.pass(2 * MINUTE_MS).await;
        }
        let mut auditor = world.member("auditor").await;
        assert_eq!(found(&mut auditor, "reassigned").await, BTreeSet::new(), "{}: nineteen", world.engine);
        // First dispatches of the same hour do not make it twenty.
        let first = register(&mut clerk, "小区物业三个月不清运垃圾", "物业服务不到位").await;
        act(&mut clerk, &first, "acceptance", &[]).await.onward();
        assert_eq!(found(&mut auditor, "reassigned").await, BTreeSet::new(), "{}", world.engine);
        let housing = unit(&clerk.get(&cases[19]).await.ok(), "dispatch_unit", "住房");
        act(&mut clerk, &cases[19], "dispatch", &[("dispatch_unit", &housing)]).await.onward();
        let all: Vec<&str> = cases.iter().map(String::as_str).collect();
        only(&world, "reassigned", &all, &first, "派单").await;
    }
}

#[tokio::test]
async fn a_closing_ten_minutes_before_the_end_is_found_and_one_two_hours_before_is_not() {
    for world in World::all() {
        let bent = reported(&world, "小区物业三个月不清运垃圾").await;
        let twin = reported(&world, "小区电梯坏了半个月没有人修").await;
        let due = case_of(&world, &bent).await.due;
        let now = base::Clock::now(&*world.clock);
        world.pass(due.0 - now.0 - 2 * HOUR_MS).await;
        let mut clerk = world.member("clerk").await;
        act(&mut clerk, &twin, "verification", &[]).await.onward();
        world.pass(110 * MINUTE_MS).await;
        let mut clerk = world.member("clerk").await;
        act(&mut clerk, &bent, "verification", &[]).await.onward();
        only(&world, "last_minute", &[&bent], &twin, "核实办结").await;
    }
}

#[tokio::test]
async fn a_third_pause_is_found_and_a_second_is_not() {
    for world in World::all() {
        let bent = taken(&world, "小区物业三个月不清运垃圾").await;
        let twin = taken(&world, "小区电梯坏了半个月没有人修").await;
        let mut liaison = world.member("liaison").await;
        let why = [("pause_reason", "supplement"), ("pause_words", "请来件人补充购房合同。")];
        for case in [&bent, &twin] {
            for _ in 0..2 {
                act(&mut liaison, case, "pause", &why).await.onward();
                world.pass(HOUR_MS).await;
                liaison = world.member("liaison").await;
                act(&mut liaison, case, "resumption", &[("resume_reason", "材料已收到。")]).await.onward();
            }
            // One clock stands still twice at most: the third comes with the next round.
            act(&mut liaison, case, "pause", &why).await.is(409);
        }
        let done = [("report_ending", "fixed"), ("report_words", "已经清运，现场恢复。")];
        act(&mut liaison, &bent, "report", &done).await.onward();
        let mut clerk = world.member("clerk").await;
        act(&mut clerk, &bent, "verification", &[]).await.onward();
        let mut colleague = world.member("clerk2").await;
        act(&mut colleague, &bent, "contest", &[("contest_reason", "只拉走了一半")]).await.onward();
        // The desk that closed it has it again.
        act(&mut colleague, &bent, "pause", &why).await.onward();
        only(&world, "paused", &[&bent], &twin, "暂停计时").await;
    }
}

/// The figures of the page, as their numbers stand in the sheets of the rows behind them.
async fn rows(leader: &mut Browser, path: &str, query: &str) -> Vec<Vec<String>> {
    rows_of(&leader.get(&format!("{path}/sheet.xlsx?{YEAR}&{query}")).await.ok())
}

#[tokio::test]
async fn what_stands_still_or_was_given_time_is_not_late_and_what_ran_out_is() {
    for world in World::all() {
        let [late, still, given, met] = [
            taken(&world, "小区物业三个月不清运垃圾").await,
            taken(&world, "小区电梯坏了半个月没有人修").await,
            taken(&world, "楼道灯不亮半年没有人管").await,
            closed(&world, "单元门坏了三个月没有人修").await,
        ];
        let mut liaison = world.member("liaison").await;
        let proof = [("pause_reason", "survey"), ("pause_paper", "检验委托书〔2026〕3号")];
        act(&mut liaison, &still, "pause", &proof).await.onward();
        let ask = [("extend_days", "30"), ("extend_reason", "配件要从外地订购。")];
        act(&mut liaison, &given, "extension", &ask).await.onward();
        let mut leader = world.member("leader").await;
        act(&mut leader, &given, "grant", &[("grant_reason", "同意三十天")]).await.onward();
        // Past the fifteen days of all four.
        world.pass(20 * DAY_MS).await;
        let mut leader = world.member("leader").await;
        let numbers = |rows: &[Vec<String>]| rows.iter().map(|r| r[0].clone()).collect::<Vec<_>>();
        let arrears = rows(&mut leader, "/figure/cases", "count=arrears").await;
        assert_eq!(numbers(&arrears), [number(&world, &late).await], "{}", world.engine);
        let missed = rows(&mut leader, "/figure/cases", "count=missed").await;
        assert_eq!(numbers(&missed), [number(&world, &late).await]);
        let extended = rows(&mut leader, "/figure/cases", "count=extended").await;
        assert_eq!(numbers(&extended), [number(&world, &given).await]);
        for (state, case) in [("missed", &late), ("paused", &still), ("running", &given), ("met", &met)] {
            let of = rows(&mut leader, "/figure/clocks", &format!("clock=answer&state={state}")).await;
            assert_eq!(numbers(&of), [number(&world, case).await], "{} {state}", world.engine);
        }
        // The unit's own clock is its own row, by the unit that answers for it.
        let of = rows(&mut leader, "/figure/clocks", "clock=unit&state=missed").await;
        assert!(
            numbers(&of).contains(&number(&world, &late).await) && of.iter().all(|r| r[3].contains("住房")),
            "{of:?}"
        );
        let page = leader.get(&format!("/figure?{YEAR}")).await.ok().words();
        for shown in ["时限执行：按种类", "答复时限", "承办时限", "时限执行：按责任单位"]
        {
            assert!(page.contains(shown), "{shown}: {page}");
        }
        let list = leader.get(&format!("/figure/clocks?{YEAR}&sort=time&dir=desc")).await.ok().words();
        assert!(list.contains("‖ 暂停计时") && !list.contains("居民确认期 "), "{list}");
        // Nobody without the duty sees them.
        for name in ["liaison", "auditor", "outsider", "grid"] {
            world.member(name).await.get("/figure/clocks").await.is(403);
        }
    }
}
