//! The work calendar: an administrator publishes a day off, sees before what it moves, and each case keeps a trail.

use crate::staff::register;
use crate::world::World;

/// The days off of 2026 as the form has them, and one more.
fn with_another_day_off(fields: &[(String, String)]) -> String {
    let (_, off) = fields.iter().find(|(name, _)| name == "off").unwrap();
    format!("{}\n临时放假 2026-03-16", off.trim())
}

#[tokio::test]
async fn a_published_day_off_moves_what_is_open() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        // Twenty working days from 2 March 2026: the thirtieth. And one that counts calendar days.
        let case = register(&mut clerk, "申请公开征地补偿标准的文件", "政府信息公开").await;
        let other = register(&mut clerk, "物业三个月没有打扫楼道", "物业服务不到位").await;
        let page = clerk.get(&case).await.ok().words();
        assert!(page.contains("20个工作日") && page.contains("到期 2026-03-30"), "{page}");
        let before = clerk.get(&other).await.ok().words();

        let mut admin = world.member("admin").await;
        assert!(admin.get("/admin/calendar").await.ok().words().contains("2026"));
        assert!(admin.get("/admin/calendar/2026").await.ok().words().contains("春节"));
        admin.get("/admin/calendar/new").await.ok();
        let off = with_another_day_off(&admin.fields("/admin/calendar"));
        let wrong =
            admin.send("/admin/calendar", &[("off", "春节 二月"), ("_step", "preview")]).await.is(422);
        assert!(wrong.words().contains("第 1 行看不懂"), "{}", wrong.words());
        let seen = admin.send("/admin/calendar", &[("off", &off), ("_step", "preview")]).await.ok().words();
        assert!(seen.contains("变动 1 个，其中推后 1 个"), "{seen}");
        let still = clerk.get(&case).await.ok().words();
        assert!(still.contains("到期 2026-03-30"), "a preview moves nothing");

        let mut other_admin = world.member("admin").await;
        other_admin.get("/admin/calendar/new").await.ok();
        assert_eq!(admin.send("/admin/calendar", &[("off", &off)]).await.onward(), "/admin/calendar");
        world.pass(1_000).await;
        let page = clerk.get(&case).await.ok().words();
        assert!(page.contains("到期 2026-03-31") && page.contains("期限重算"), "{page}");
        assert!(page.contains("2026-03-30 →"), "{page}");
        let after = clerk.get(&other).await.ok().words();
        assert_eq!(before.contains("到期 2026-03-17"), after.contains("到期 2026-03-17"));
        assert!(!after.contains("期限重算"));
        // Somebody else, who had opened the form before, is told instead of taking that day back.
        let late = other_admin.send("/admin/calendar", &[("off", &off)]).await.is(409);
        assert!(late.words().contains("别人公布了另一份安排"), "{}", late.words());
        // A second time nothing moves.
        admin.get("/admin/calendar/new").await.ok();
        let again = admin.send("/admin/calendar", &[("_step", "preview")]).await.ok().words();
        assert!(again.contains("变动 0 个"), "{again}");
    }
}

#[tokio::test]
async fn a_place_has_days_of_its_own_and_bad_tables_are_told_by_field() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let case = register(&mut clerk, "申请公开征地补偿标准的文件", "政府信息公开").await;
        let mut admin = world.member("admin").await;
        admin.get("/admin/calendar/new").await.ok();
        for (field, value, says) in [
            ("year", "32767", "年份或区划代码不对"),
            ("year", "-5", "年份或区划代码不对"),
            ("off", "", "至少要有一天放假"),
            ("code", "990199", "不在区划表里"),
            ("code", "6206'--", "不在区划表里"),
            ("source", "", "请写明依据"),
            ("off", "春节 9999-02-01 9999-02-07", "不属于这一年"),
        ] {
            for step in ["preview", ""] {
                admin.get("/admin/calendar/new").await.ok();
                let told = admin.send("/admin/calendar", &[(field, value), ("_step", step)]).await.is(422);
                assert!(told.words().contains(says), "{field} {value}: {}", told.words());
            }
        }
        admin.get("/admin/calendar/new").await.ok();
        // The case lies in the first town: its neighbour's day off moves nothing.
        let place = |code, day| {
            [("code", code), ("off", day), ("work", ""), ("source", "公告"), ("_step", "preview")]
        };
        let there =
            admin.send("/admin/calendar", &place("620602002", "地方节日 2026-03-17")).await.ok().words();
        assert!(there.contains("变动 0 个"), "{there}");
        let here =
            admin.send("/admin/calendar", &place("620602001", "地方节日 2026-03-17")).await.ok().words();
        assert!(here.contains("变动 1 个"), "{here}");
        let typed = place("620602001", "地方节日 2026-03-17");
        admin.send("/admin/calendar", &typed[..4]).await.onward();
        world.pass(1_000).await;
        assert!(clerk.get(&case).await.ok().words().contains("到期 2026-03-31"));
        assert!(admin.get("/admin/calendar").await.ok().words().contains("地方节日 2026-03-17"));
    }
}

#[tokio::test]
async fn only_who_administers_all_of_it_publishes_for_all() {
    for world in World::all() {
        for name in ["clerk", "leader", "auditor", "outsider"] {
            let mut browser = world.member(name).await;
            browser.get("/admin/calendar").await.is(403);
        }
    }
}
