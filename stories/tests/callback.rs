//! Call-backs: the weekly draw by the timer, which anybody can repeat; who may call; what was said, apart from the office's
//! own word; who was not reached; what was never called; and the three rates.

use std::process::Command;

use access::Place;
use base::{DAY_MS, HOUR_MS, Id, MINUTE_MS};
use callback::{Call, Rule, Week, check_draw, draw_of, order_of};
use diesel::{RunQueryDsl, sql_query};
use store::on;

use crate::figures::{Here, put, rows_of};
use crate::gates::stranger;
use crate::staff::act;
use crate::world::{Browser, START, World};

/// The week of the stories' clock.
const WEEK: &str = "2026-W10";
const PACK: &str = include_str!("../../packs/wuwei/callback.toml");

/// A matter that the town's clerk brought to the county's department and then verified: closed.
async fn closed(world: &World, title: &str) -> String {
    let case = crate::staff::taken(world, title).await;
    let mut liaison = world.member("liaison").await;
    act(
        &mut liaison,
        &case,
        "report",
        &[("report_ending", "fixed"), ("report_words", "已经清运，现场恢复。")],
    )
    .await
    .onward();
    let mut clerk = world.member("clerk").await;
    act(&mut clerk, &case, "verification", &[]).await.onward();
    case
}

/// Loads the rule, signs the journal, and lets the week and its draw pass.
async fn draw(world: &World) {
    let rule = Rule::read(PACK).unwrap();
    world.db.write(move |tx| callback::load_rule(tx, START, &rule, None)).await.unwrap();
    sign(world);
    // From Monday nine o'clock to the next one, half past six.
    world.pass(7 * DAY_MS - 3 * HOUR_MS + 30 * MINUTE_MS).await;
}

fn sign(world: &World) {
    let db = world.db.clone();
    std::thread::scope(|s| s.spawn(move || db.sign_now().unwrap()).join().unwrap());
}

async fn calls(world: &World) -> Vec<Call> {
    world.db.read(|conn| callback::open_calls(conn, 100)).await.unwrap()
}

fn page_of(call: &Call) -> String {
    format!("/callback/calls/{}", Id::<()>::of(call.id))
}

async fn take(browser: &mut Browser, page: &str) -> crate::world::Answer {
    browser.get(page).await.ok();
    browser.send(&format!("{page}/caller"), &[]).await
}

/// What the shell's own tools say of some text.
fn sha256sum(text: &str) -> String {
    let script = format!("printf '%s' '{text}' | sha256sum");
    let out = Command::new("sh").args(["-c", &script]).output().unwrap();
    String::from_utf8(out.stdout).unwrap()[..64].to_owned()
}

#[tokio::test]
async fn a_week_is_drawn_called_and_told_apart_from_the_offices_own_word() {
    for world in World::all() {
        let case = closed(&world, "小区物业三个月不清运垃圾").await;
        draw(&world).await;
        let all = calls(&world).await;
        assert_eq!(all.len(), 1, "{}", world.engine);
        let page = page_of(&all[0]);
        // The draw is there for everybody, and names no case.
        let mut resident = world.resident();
        let shown = resident.get("/callback/draws").await.ok();
        assert!(shown.words().contains(WEEK) && !shown.words().contains(&all[0].number), "{}", shown.words());

        // The verifier had a hand in it; a colleague of the same desk did not.
        let mut clerk = world.member("clerk").await;
        assert!(clerk.get(&page).await.ok().words().contains("您经手过"));
        clerk.send(&format!("{page}/caller"), &[]).await.is(403);
        // The department's own people have no part in it at all, nor has a leader, who only reads.
        let mut liaison = world.member("liaison").await;
        liaison.get(&page).await.is(403);
        let mut leader = world.member("leader").await;
        leader.get(&page).await.ok();
        leader.send(&format!("{page}/caller"), &[]).await.is(403);

        let mut caller = world.member("clerk2").await;
        assert!(caller.get("/callback").await.ok().words().contains(&all[0].number));
        take(&mut caller, &page).await.onward();
        // The contact opens through the case's own door, for the purpose, on record.
        caller.get(&page).await.ok();
        let contact = caller.send(&format!("{case}/contact"), &[("purpose", "contact.call_back")]).await.ok();
        assert!(contact.words().contains("13912345678"), "{}", contact.words());
        // What is missing is told by field, and nothing is kept.
        caller.get(&page).await.ok();
        caller
            .send(&format!("{page}/answer"), &[("contacted", "yes"), ("solved", ""), ("satisfied", "no")])
            .await
            .is(422);
        let said = [("contacted", "yes"), ("solved", "no"), ("satisfied", "no"), ("words", "只拉走了一半")];
        caller.get(&page).await.ok();
        caller.send(&format!("{page}/answer"), &said).await.onward();
        let shown = caller.get(&page).await.ok().words();
        assert!(shown.contains("只拉走了一半") && shown.contains("来件人说没有解决"), "{shown}");
        assert!(shown.contains("承办单位的说法 已解决"), "the handler's word stands: {shown}");
        // Done twice.
        caller.send_bare(&format!("{page}/answer"), &with_token(&caller, &said)).await.is(409);
        // The case is as it was; the clerk has the deed for it.
        let stays = clerk.get(&case).await.ok().words();
        assert!(stays.contains("已办结"), "{stays}");
        act(&mut clerk, &case, "contest", &[("contest_reason", "回访时说只拉走了一半")]).await.onward();
        let after = caller.get(&page).await.ok().words();
        assert!(after.contains("只拉走了一半"), "the word stays where it was said");

        // The rates, each with what it divides, and the rows behind.
        let rates = leader.get("/callback/rates").await.ok().words();
        for shown in [
            "响应率 100.00% 1 单位联系过 1 回答了是否联系",
            "解决率 0.00% 0 已解决 1 回答了是否解决",
            "满意率 0.00%",
        ] {
            assert!(rates.contains(shown), "{shown} in {rates}");
        }
        let rows = leader.get("/callback?count=not_solved").await.ok().words();
        assert!(rows.contains(&all[0].number), "{rows}");
        let none = leader.get("/callback?count=solved").await.ok().words();
        assert!(!none.contains(&all[0].number), "{none}");
        assert_eq!(rows_of(&leader.get("/callback/sheet.xlsx?tab=reached").await.ok()).len(), 1);
        assert!(rows_of(&leader.get("/callback/rates/sheet.xlsx").await.ok()).len() >= 4);
    }
}

fn with_token(browser: &Browser, typed: &[(&str, &str)]) -> Vec<(String, String)> {
    let typed = typed.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
    typed.chain([("_token".to_owned(), browser.token())]).collect()
}

#[tokio::test]
async fn cases_of_the_town_and_of_the_county_are_drawn_alike() {
    for world in World::all() {
        closed(&world, "小区物业三个月不清运垃圾").await;
        let mut clerk = world.member("clerk").await;
        let up = crate::staff::register(&mut clerk, "楼道灯坏了一个月没人修", "物业服务不到位").await;
        act(&mut clerk, &up, "escalation", &[("escalate_reason", "涉及全县的物业合同")]).await.onward();
        let mut county = world.member("county").await;
        act(&mut county, &up, "acceptance", &[("accept_unit", "")]).await.onward();
        let answer = [("close_ending", "explained"), ("close_answer", "合同年底到期，已安排重新招标。")];
        act(&mut county, &up, "closure", &answer).await.onward();
        draw(&world).await;
        let all = calls(&world).await;
        assert_eq!(all.len(), 2, "{}", world.engine);
        // Whoever closed it does not call.
        let mut county = world.member("county").await;
        let own = all.iter().find(|c| up.ends_with(&Id::<()>::of(c.case).to_string())).unwrap();
        assert!(county.get(&page_of(own)).await.ok().words().contains("您经手过"));
        county.send(&format!("{}/caller", page_of(own)), &[]).await.is(403);
        let mut leader = world.member("leader").await;
        let rates = leader.get("/callback/rates").await.ok().words();
        for level in ["乡镇", "县"] {
            assert!(rates.contains(level), "{level}: {rates}");
        }
    }
}

#[tokio::test]
async fn who_is_not_reached_is_shown_and_not_dropped() {
    for world in World::all() {
        closed(&world, "小区物业三个月不清运垃圾").await;
        closed(&world, "楼道灯坏了一个月没人修").await;
        draw(&world).await;
        let all = calls(&world).await;
        assert_eq!(all.len(), 2);
        let (page, other) = (page_of(&all[0]), page_of(&all[1]));
        let mut caller = world.member("clerk2").await;
        // Not before it is in one's own hand.
        caller.get(&page).await.ok();
        caller.send(&format!("{page}/tries"), &[("outcome", "busy")]).await.is(409);
        take(&mut caller, &page).await.onward();
        caller.get(&page).await.ok();
        caller.send(&format!("{page}/tries"), &[("outcome", "nonsense")]).await.is(422);
        for n in 1..=3 {
            let before = caller.get(&page).await.ok().words();
            assert!(!before.contains("照样列出"), "{n}: {before}");
            caller.send(&format!("{page}/tries"), &[("outcome", "no_answer")]).await.onward();
            world.clock.advance(5 * MINUTE_MS);
        }
        let shown = caller.get(&page).await.ok().words();
        assert!(shown.contains("未接通的件照样列出") && shown.contains("无人接听"), "{shown}");
        let said = [("contacted", "yes"), ("solved", "yes"), ("satisfied", "yes")];
        caller.send_bare(&format!("{page}/answer"), &with_token(&caller, &said)).await.is(409);
        // The other is never called: after a fortnight that is noted, once, and cannot be made up for.
        take(&mut caller, &other).await.onward();
        world.pass(14 * DAY_MS).await;
        world.pass(DAY_MS).await;
        caller = world.member("clerk2").await;
        let shown = caller.get(&other).await.ok().words();
        assert!(shown.contains("期限内没有人打电话"), "{shown}");
        caller.send_bare(&format!("{other}/answer"), &with_token(&caller, &said)).await.is(409);
        let mut leader = world.member("leader").await;
        let rates = leader.get("/callback/rates").await.ok().words();
        assert!(rates.contains("2 抽中 0 已接通 1 未接通 1 逾期未打 0 待回访"), "{rates}");
        assert!(rates.contains("响应率 — 0 "), "{rates}");
    }
}

#[tokio::test]
async fn two_at_once_and_one_gets_the_call_and_an_outsider_none() {
    for world in World::all() {
        closed(&world, "小区物业三个月不清运垃圾").await;
        draw(&world).await;
        let page = page_of(&calls(&world).await[0]);
        let (mut one, mut two) = (world.member("clerk2").await, world.member("county").await);
        one.get(&page).await.ok();
        two.get(&page).await.ok();
        let address = format!("{page}/caller");
        let (a, b) = tokio::join!(one.send(&address, &[]), two.send(&address, &[]));
        let mut said = [a.status.as_u16(), b.status.as_u16()];
        said.sort_unstable();
        assert_eq!(said, [303, 409], "{}", world.engine);
        // Whoever was slower may not answer in the other's place.
        let slower = if a.status.as_u16() == 409 { &mut one } else { &mut two };
        slower.get(&page).await.ok();
        let typed = [("contacted", "yes"), ("solved", "yes"), ("satisfied", "yes")];
        slower.send_bare(&format!("{page}/answer"), &with_token(slower, &typed)).await.is(403);
        // The duties in another county open nothing.
        let here = Here::of(&world).await;
        let county = Place { county: here.place.county + 1, town: 0, village: 0, grid: 0, ..here.place };
        let duties = &[access::Duty::Clerk, access::Duty::Verify, access::Duty::Lead];
        let mut far = stranger(&world, "farclerk", duties, county).await;
        far.get(&page).await.is(404);
        assert!(far.get("/callback?tab=all").await.ok().words().contains("没有符合的回访件"));
        let draws = far.get("/callback/draws").await.ok().text();
        let draw =
            draws.split("/callback/draws/").nth(1).and_then(|t| t.split('"').next()).unwrap().to_owned();
        far.get(&format!("/callback/draws/{draw}/population.txt")).await.is(404);
        let mut outsider = world.member("outsider").await;
        outsider.get("/callback").await.is(403);
        outsider.get(&page).await.is(403);
    }
}

#[tokio::test]
async fn a_draw_repeats_with_nothing_but_a_shell_and_a_forged_one_is_found() {
    for world in World::all() {
        let here = Here::of(&world).await;
        let at = START.0 + 2 * HOUR_MS;
        let mut rows = Vec::new();
        for n in 1..=120 {
            rows.push(here.one(n, "closed", at + DAY_MS, at - DAY_MS, Some(at)));
            rows.push(here.closure(n, n, at));
        }
        // Closed on the Sunday before and on the Monday after: not of this week.
        rows.push(here.one(501, "closed", at, at - 9 * DAY_MS, Some(START.0 - 10 * HOUR_MS)));
        rows.push(here.closure(501, 501, START.0 - 10 * HOUR_MS));
        rows.push(here.one(502, "closed", at + 9 * DAY_MS, at, Some(START.0 + 7 * DAY_MS - 8 * HOUR_MS)));
        rows.push(here.closure(502, 502, START.0 + 7 * DAY_MS - 8 * HOUR_MS));
        put(&world.db, rows).await;
        draw(&world).await;
        let (county, week) = (here.place.county, Week::parse(WEEK).unwrap());
        let draw = world.db.read(move |conn| draw_of(conn, county, WEEK)).await.unwrap().unwrap();
        assert_eq!((draw.population, draw.drawn), (120, 12));
        // The file's digest is the published one, and the shell's tools find the seed and the order.
        let mut leader = world.member("leader").await;
        let id = Id::<()>::of(draw.id);
        let page = leader.get(&format!("/callback/draws/{id}")).await.ok().words();
        assert!(page.contains(&draw.seed) && page.contains(&draw.population_digest), "{page}");
        let file = leader.get(&format!("/callback/draws/{id}/population.txt")).await.ok().text();
        assert_eq!(sha256sum(&file), draw.population_digest);
        let four = format!("linli-callback-1\n{}\n{}\n{WEEK}\n", draw.root, draw.county_code);
        assert_eq!(sha256sum(&four), draw.seed);
        let numbers: Vec<String> = file.lines().map(str::to_owned).collect();
        let mut keyed: Vec<(String, &String)> =
            numbers.iter().map(|n| (sha256sum(&format!("{}\n{n}\n", draw.seed)), n)).collect();
        keyed.sort();
        let first: Vec<String> = keyed.into_iter().take(12).map(|(_, n)| n.clone()).collect();
        let drawn: Vec<String> = calls(&world).await.into_iter().map(|c| c.number).collect();
        let mut sorted = (first.clone(), drawn.clone());
        sorted.0.sort();
        sorted.1.sort();
        assert_eq!(sorted.0, sorted.1);
        assert_eq!(order_of(&draw.seed, &numbers)[..12], first[..]);

        let checked = world.db.read(move |conn| check_draw(conn, county, week)).await.unwrap().unwrap();
        assert!(checked.holds(), "{checked:?}");
        // The week is drawn once, however often the timer looks.
        world.pass(HOUR_MS).await;
        assert_eq!(calls(&world).await.len(), 12);
        // Somebody puts an easier case in the place of a drawn one.
        let other = numbers.iter().find(|n| !drawn.contains(n)).unwrap().clone();
        let case: i64 = other.trim_start_matches("T-").parse().unwrap();
        put(
            &world.db,
            vec![format!(
                "UPDATE callback_call SET case_id = {case} WHERE draw_id = {} AND position = 3",
                draw.id
            )],
        )
        .await;
        let checked = world.db.read(move |conn| check_draw(conn, county, week)).await.unwrap().unwrap();
        assert!(checked.seed_holds && checked.population_holds && !checked.sample_holds, "{checked:?}");
        // The page draws it once more each time that it is opened, for anybody.
        assert!(page.contains("重抽了一遍") && !page.contains("不一致"), "{page}");
        let page = world.resident().get(&format!("/callback/draws/{id}")).await.ok().words();
        assert!(
            page.contains("种子（由检查点的根算出） ✓ 一致") && page.contains("抽中的件 ! 不一致"),
            "{page}"
        );
    }
}

#[tokio::test]
async fn without_a_signed_journal_nothing_is_drawn_and_then_it_is() {
    for world in World::all() {
        closed(&world, "小区物业三个月不清运垃圾").await;
        world
            .db
            .keep_house(|tx| {
                on!(tx.conn, c => sql_query("DELETE FROM journal_checkpoint").execute(c))?;
                Ok(())
            })
            .await
            .unwrap();
        let rule = Rule::read(PACK).unwrap();
        world.db.write(move |tx| callback::load_rule(tx, START, &rule, None)).await.unwrap();
        world.pass(7 * DAY_MS).await;
        assert!(calls(&world).await.is_empty());
        sign(&world);
        world.pass(DAY_MS).await;
        assert_eq!(calls(&world).await.len(), 1);
        let mut resident = world.resident();
        assert!(resident.get("/callback/draws").await.ok().words().contains(WEEK));
    }
}

#[tokio::test]
async fn every_question_of_the_call_backs_finds_an_index() {
    use access::{Clause, Level, ScopeFilter, Touch};
    for world in World::all() {
        let here = Here::of(&world).await;
        crate::figures::prepare_plans(&world).await;
        let (engine, place) = (world.engine, here.place);
        world
            .db
            .keep_house(move |tx| {
                let scopes = [
                    Touch::Anything,
                    Touch::Place(Level::City, place.city),
                    Touch::Place(Level::County, place.county),
                    Touch::Place(Level::Town, place.town),
                    Touch::Place(Level::Village, place.village),
                ];
                for touch in scopes {
                    let scope = ScopeFilter { clauses: vec![Clause { touch, unit: 0 }] };
                    for (name, text) in callback::questions(scope, place.county) {
                        let plan = crate::figures::plan(tx.conn, engine, &text);
                        let whole = |line: &String| {
                            let line = line.trim_start();
                            ["SCAN case_", "SCAN callback_", "SCAN k", "SCAN c"].iter().any(|b| {
                                line.starts_with(b) && !line.contains("USING INDEX callback_call_closed")
                            }) || line.contains("Seq Scan on c")
                        };
                        assert!(
                            !plan.iter().any(whole),
                            "{engine} {touch:?} {name}:\n{text}\n{}",
                            plan.join("\n")
                        );
                    }
                }
                Ok(())
            })
            .await
            .unwrap();
    }
}
