//! Time for the offices, and "not mine": pauses, extensions, disputes, escalation by a missed clock; each done twice, late,
//! by the wrong post, and by two at the same moment; thirty days of standstill; the nightly proof.

use std::collections::BTreeMap;

use base::{DAY_MS, HOUR_MS};
use diesel::{prelude::*, sql_query, sql_types::BigInt};
use store::{journal, on};

use crate::resident::say;
use crate::staff::{act, option, register, taken};
use crate::world::{Browser, World};

/// The words of a case's page.
async fn words(b: &mut Browser, case: &str) -> String {
    b.get(case).await.ok().words()
}

/// How often facts of a kind were recorded.
async fn facts(world: &World, kind: &str) -> Vec<String> {
    let all = world.db.read(|c| journal::entries(c, &journal::EntryFilter::default(), 5_000)).await.unwrap();
    all.into_iter().filter(|f| f.kind == kind).map(|f| f.body).collect()
}

#[tokio::test]
async fn a_clock_stands_still_for_a_reason_of_the_list_and_runs_again() {
    for world in World::all() {
        let case = taken(&world, "小区电梯坏了半个月没有人修").await;
        let mut liaison = world.member("liaison").await;
        let before = words(&mut liaison, &case).await;
        assert!(
            before.contains("承办时限") && before.contains("答复时限") && before.contains("受理时限"),
            "{before}"
        );
        let bare = [("pause_reason", "survey"), ("pause_words", "正在等电梯检验报告。")];
        act(&mut liaison, &case, "pause", &bare).await.is(422);
        act(&mut liaison, &case, "pause", &[("pause_reason", "holiday"), ("pause_paper", "通知")])
            .await
            .is(422);
        act(&mut liaison, &case, "resumption", &[("resume_reason", "没有暂停过")]).await.is(409);
        let proved = [bare[0], bare[1], ("pause_paper", "检验委托书〔2026〕3号")];
        act(&mut liaison, &case, "pause", &proved).await.onward();
        act(&mut liaison, &case, "pause", &proved).await.is(409);
        let page = words(&mut liaison, &case).await;
        assert!(page.contains("暂停计时") && page.contains("检验报告"), "{page}");
        // Nobody else's hand: another unit, and who only reads.
        for name in ["mediator", "leader", "outsider"] {
            let mut other = world.member(name).await;
            let tried = other.send(&format!("{case}/resumption"), &[("resume_reason", "恢复")]).await;
            assert!([403, 404].contains(&tried.status.as_u16()), "{name}: {}", tried.status);
        }
        world.pass(3 * DAY_MS).await;
        let mut liaison = world.member("liaison").await;
        act(&mut liaison, &case, "resumption", &[("resume_reason", "检验报告已出。")]).await.onward();
        act(&mut liaison, &case, "resumption", &[("resume_reason", "再恢复一次")]).await.is(409);
        let page = words(&mut liaison, &case).await;
        assert!(page.contains("暂停") && page.contains("顺延2日"), "{page}");
    }
}

#[tokio::test]
async fn a_pause_ends_at_its_cap_and_is_not_overdue_meanwhile() {
    for world in World::all() {
        let case = taken(&world, "小区电梯坏了半个月没有人修").await;
        let mut liaison = world.member("liaison").await;
        let why = [("pause_reason", "supplement"), ("pause_words", "请来件人补充购房合同。")];
        act(&mut liaison, &case, "pause", &why).await.onward();
        world.pass(14 * DAY_MS).await;
        let mut liaison = world.member("liaison").await;
        assert!(
            facts(&world, "case.clock_warned")
                .await
                .iter()
                .all(|f| !f.contains("missed") || f.contains("accept"))
        );
        let page = words(&mut liaison, &case).await;
        assert!(page.contains("暂停计时") && !page.contains("超期"), "{page}");
        world.pass(40 * DAY_MS).await;
        let warned = facts(&world, "case.clock_warned").await;
        let of = |clock: &str, step: &str| {
            warned
                .iter()
                .filter(|f| {
                    f.contains(&format!("\"clock\":\"{clock}\"")) && f.contains(&format!("\"{step}\""))
                })
                .count()
        };
        for step in ["amber", "red", "missed"] {
            assert_eq!((of("answer", step), of("unit", step)), (1, 1), "{step}: {warned:?}");
        }
    }
}

#[tokio::test]
async fn more_time_is_asked_for_before_the_end_and_decided_by_somebody_else() {
    for world in World::all() {
        let mut b = world.resident();
        let mine = say(&mut b, "物业服务不到位", "小区电梯坏了半个月没有人修。").await;
        let (mut clerk, mut liaison) = (world.member("clerk").await, world.member("liaison").await);
        act(&mut clerk, &mine.case, "acceptance", &[]).await.onward();
        act(&mut liaison, &mine.case, "taking", &[]).await.onward();
        let ask = |n| [("extend_days", n), ("extend_reason", "配件要从外地订购。")];
        act(&mut liaison, &mine.case, "extension", &ask("31")).await.is(422);
        act(&mut liaison, &mine.case, "extension", &ask("十")).await.is(422);
        act(&mut liaison, &mine.case, "extension", &ask("10")).await.onward();
        act(&mut liaison, &mine.case, "extension", &ask("10")).await.is(409);
        act(&mut liaison, &mine.case, "grant", &[("grant_reason", "同意")]).await.is(403);
        // Two leaders at the same moment: one decides, the other is told.
        let (mut one, mut two) = (world.member("leader").await, world.member("leader").await);
        one.get(&mine.case).await.ok();
        two.get(&mine.case).await.ok();
        let (grant, denial) = (format!("{}/grant", mine.case), format!("{}/denial", mine.case));
        let yes = [("grant_reason", "配件从外地订购，需要十天。")];
        one.send(&grant, &yes).await.onward();
        two.send(&denial, &[("deny_reason", "不同意")]).await.is(409);
        let page = words(&mut b, &mine.address).await;
        assert!(page.contains("配件从外地订购") && page.contains("延长10日"), "{page}");
        act(&mut one, &mine.case, "grant", &yes).await.is(409);
    }
}

#[tokio::test]
async fn an_extension_that_is_refused_changes_nothing() {
    for world in World::all() {
        let case = taken(&world, "小区电梯坏了半个月没有人修").await;
        let (mut liaison, mut leader) = (world.member("liaison").await, world.member("leader").await);
        let no = [("deny_reason", "可以先修，不必等。")];
        act(&mut leader, &case, "denial", &no).await.is(409);
        let ask = [("extend_days", "10"), ("extend_reason", "配件要从外地订购。")];
        act(&mut liaison, &case, "extension", &ask).await.onward();
        act(&mut leader, &case, "denial", &no).await.onward();
        let page = words(&mut liaison, &case).await;
        assert!(page.contains("到期 2026-03-17") && !page.contains("延长10日"), "{page}");
        act(&mut leader, &case, "denial", &no).await.is(409);
    }
}

#[tokio::test]
async fn what_waits_for_a_decision_is_not_overdue_and_after_it_nothing_is_asked() {
    for world in World::all() {
        let case = taken(&world, "小区电梯坏了半个月没有人修").await;
        // Fifteen days from 2 March: 17 March, a Tuesday.
        world.pass(15 * DAY_MS).await;
        let mut liaison = world.member("liaison").await;
        let ask = [("extend_days", "10"), ("extend_reason", "配件要从外地订购。")];
        act(&mut liaison, &case, "extension", &ask).await.onward();
        world.pass(DAY_MS).await;
        let (mut liaison, mut leader) = (world.member("liaison").await, world.member("leader").await);
        let page = words(&mut liaison, &case).await;
        assert!(!page.contains("超期"), "{page}");
        act(&mut leader, &case, "grant", &[("grant_reason", "配件从外地订购，需要十天。")]).await.onward();
        let page = words(&mut liaison, &case).await;
        assert!(page.contains("到期 2026-03-27") && !page.contains("超期"), "{page}");
        // Once only, and never after the end.
        act(&mut liaison, &case, "extension", &ask).await.is(409);
        let late = taken(&world, "小区围墙倒了一段没有人修").await;
        world.pass(30 * DAY_MS).await;
        let mut liaison = world.member("liaison").await;
        act(&mut liaison, &late, "extension", &ask).await.is(409);
        act(&mut liaison, &late, "pause", &[("pause_reason", "supplement")]).await.is(409);
    }
}

#[tokio::test]
async fn not_mine_is_said_once_and_then_the_upper_desk_decides() {
    for world in World::all() {
        let (mut clerk, mut liaison) = (world.member("clerk").await, world.member("liaison").await);
        let mut county = world.member("county").await;
        let case = register(&mut clerk, "小区物业三个月不清运垃圾", "物业服务不到位").await;
        act(&mut clerk, &case, "acceptance", &[]).await.onward();
        let why = [("decline_reason", "这个小区由另一处管理。"), ("decline_entry", "权责清单第12项")];
        act(&mut liaison, &case, "declination", &why[..1]).await.is(422);
        let dispute = [("dispute_reason", "仍不归本单位。"), ("dispute_entry", "权责清单第12项")];
        act(&mut liaison, &case, "dispute", &dispute).await.is(409);
        act(&mut liaison, &case, "declination", &why).await.onward();
        let housing = option(&clerk.get(&case).await.ok(), "住房");
        let send = [("dispatch_unit", housing.as_str())];
        act(&mut clerk, &case, "dispatch", &send).await.onward();
        // The second time only the upper desk can say.
        act(&mut liaison, &case, "declination", &why).await.is(409);
        act(&mut liaison, &case, "dispute", &dispute).await.onward();
        act(&mut liaison, &case, "dispute", &dispute).await.is(409);
        let page = words(&mut county, &case).await;
        assert!(page.contains("裁定时限") && page.contains("县（区）"), "{page}");
        act(&mut clerk, &case, "dispatch", &send).await.is(403);
        act(&mut county, &case, "dispatch", &send).await.is(409);
        let ruling = [("arbitrate_unit", housing.as_str()), ("arbitrate_words", "按职责清单由你单位承办。")];
        act(&mut county, &case, "arbitration", &ruling[..1]).await.is(422);
        act(&mut county, &case, "arbitration", &ruling).await.onward();
        act(&mut county, &case, "arbitration", &ruling).await.is(409);
        act(&mut liaison, &case, "declination", &why).await.is(409);
        act(&mut liaison, &case, "dispute", &dispute).await.is(409);
        act(&mut liaison, &case, "taking", &[]).await.onward();
        let told: Vec<(Option<String>, bool)> = world.db.read(|c| {
                diesel::table! { case_return (id) { id -> BigInt, outcome -> Nullable<Text>, is_dispute -> Bool, } }
                Ok(on!(c, c => case_return::table
                    .order(case_return::id)
                    .select((case_return::outcome, case_return::is_dispute))
                    .load(c))?)
            })
            .await
            .unwrap();
        assert_eq!(told, [(Some("reversed".into()), false), (Some("reversed".into()), true)]);
    }
}

/// How often each warning and escalation was recorded.
async fn count(world: &World) -> BTreeMap<String, usize> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for kind in ["case.clock_warned", "case.escalated"] {
        for body in facts(world, kind).await {
            *seen.entry(format!("{kind} {body}")).or_default() += 1;
        }
    }
    seen
}

#[tokio::test]
async fn after_thirty_days_of_standstill_each_reminder_and_escalation_comes_once() {
    for world in World::all() {
        let mut b = world.resident();
        let mine = say(&mut b, "物业服务不到位", "小区电梯坏了半个月没有人修。").await;
        for _ in 0..4 {
            say(&mut b, "物业服务不到位", "楼道三个月没有人打扫。").await;
        }
        // Nothing runs for thirty days, then everything at once.
        world.pass(30 * DAY_MS).await;
        let first = count(&world).await;
        let escalated: usize =
            first.iter().filter(|(k, _)| k.starts_with("case.escalated")).map(|(_, n)| n).sum();
        assert_eq!(escalated, 5, "each case went up one level: {first:?}");
        let mut county = world.member("county").await;
        let page = words(&mut county, &mine.case).await;
        assert!(page.contains("县（区）") && page.contains("受理时限已过"), "{page}");
        world.pass(0).await;
        assert_eq!(count(&world).await, first, "a second run does nothing");
        // The next level's clock is its own: missed again, it goes to the city, and there it stays.
        world.pass(10 * DAY_MS).await;
        let mut city = world.member("leader").await;
        let page = words(&mut city, &mine.case).await;
        assert!(page.contains("上级接办时限已过"), "{page}");
        world.pass(60 * DAY_MS).await;
        let escalated = facts(&world, "case.escalated").await.len();
        assert_eq!(escalated, 10, "from the town to the county to the city");
        let missed = facts(&world, "case.clock_warned").await;
        let of = |clock: &str| missed.iter().filter(|f| f.contains("missed") && f.contains(clock)).count();
        assert_eq!((of("\"accept\""), of("\"answer\"")), (5, 5), "{missed:?}");
    }
}

/// What the last nightly proof left in the journal; entries come with the latest first or last, so the largest check.
async fn last(world: &World) -> String {
    let entries =
        world.db.read(|c| journal::entries(c, &journal::EntryFilter::default(), 5_000)).await.unwrap();
    let proofs = entries.into_iter().filter(|f| f.kind == "case.clocks_proved");
    proofs.max_by_key(|f| (f.at_ms, f.id)).map(|f| f.body).unwrap_or_default()
}

#[tokio::test]
async fn the_nightly_proof_finds_a_row_that_was_changed() {
    for world in World::all() {
        let case = taken(&world, "小区电梯坏了半个月没有人修").await;
        world.pass(DAY_MS).await;
        assert!(
            last(&world).await.contains("\"differed\":0") && !last(&world).await.contains("\"cases\":0"),
            "{}",
            last(&world).await
        );
        let wrong = world.db.keep_house(|tx| {
            Ok(on!(tx.conn, c => sql_query("UPDATE case_clock SET due_ms = due_ms + 1 WHERE kind = 'unit'").execute(c))?)
        });
        assert_eq!(wrong.await.unwrap(), 1);
        world.pass(DAY_MS + HOUR_MS).await;
        assert_eq!(facts(&world, "case.clock_mended").await.len(), 1, "{}", last(&world).await);
        world.pass(DAY_MS).await;
        assert!(last(&world).await.contains("\"differed\":0"), "{}", last(&world).await);
        let mut liaison = world.member("liaison").await;
        liaison.get(&case).await.ok();
        let rows = world.db.read(|c| {
            #[derive(QueryableByName)]
            struct N {
                #[diesel(sql_type = BigInt)]
                n: i64,
            }
            Ok(on!(c, c => sql_query("SELECT count(*) AS n FROM case_clock_check WHERE ended_ms IS NULL").get_result::<N>(c))?.n)
        });
        assert_eq!(rows.await.unwrap(), 0, "each proof came to its end");
    }
}

#[tokio::test]
async fn a_calendar_that_is_published_later_leaves_alone_what_is_over() {
    for world in World::all() {
        // Taken by the department: the time for accepting is over, those for handling and answering run.
        let case = taken(&world, "小区电梯坏了半个月没有人修").await;
        world.pass(HOUR_MS).await;
        let mut admin = world.member("admin").await;
        admin.get("/admin/calendar/new").await.ok();
        let off = admin.fields("/admin/calendar").iter().find(|(name, _)| name == "off").unwrap().1.clone();
        // The warnings of the time for accepting would have come a day earlier by it.
        let off = format!("{}\n临时放假 2026-03-13", off.trim());
        assert_eq!(admin.send("/admin/calendar", &[("off", &off)]).await.onward(), "/admin/calendar");
        world.pass(HOUR_MS).await;
        let mut liaison = world.member("liaison").await;
        assert!(liaison.get(&case).await.ok().words().contains("期限重算"), "the unit's own time moved");
        world.pass(DAY_MS).await;
        let proof = last(&world).await;
        assert!(proof.contains("\"differed\":0") && !proof.contains("\"cases\":0"), "{proof}");
    }
}
