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

        assert_eq!(admin.send("/admin/calendar", &[("off", &off)]).await.onward(), "/admin/calendar");
        world.pass(1_000).await;
        let page = clerk.get(&case).await.ok().words();
        assert!(page.contains("到期 2026-03-31") && page.contains("期限重算"), "{page}");
        assert!(page.contains("2026-03-30 →"), "{page}");
        let after = clerk.get(&other).await.ok().words();
        assert_eq!(before.contains("到期 2026-03-17"), after.contains("到期 2026-03-17"));
        assert!(!after.contains("期限重算"));
        // A second time nothing moves.
        admin.get("/admin/calendar/new").await.ok();
        let again = admin.send("/admin/calendar", &[("_step", "preview")]).await.ok().words();
        assert!(again.contains("变动 0 个"), "{again}");
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
