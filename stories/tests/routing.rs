//! The routing table: an administrator changes it in a draft, tries it with past matters, publishes it; two who
//! publish at once; what a case keeps.

use scraper::{Html, Selector};

use crate::staff::{option, register};
use crate::world::{Answer, Browser, World};

/// Begins a draft and gives its address.
async fn draft(admin: &mut Browser) -> String {
    admin.get("/admin/routing").await.ok();
    let to = admin.send("/admin/routing", &[]).await.onward();
    assert!(to.starts_with("/admin/routing/tables/"), "{to}");
    to
}

/// The first button of an open draft that moves a rule in this way: its value.
#[track_caller]
fn button(answer: &Answer, to: &str, nth: usize) -> String {
    let page = Html::parse_document(&answer.text());
    let buttons = Selector::parse("button[name=_step]").unwrap();
    let mut all = page.select(&buttons).filter_map(|b| b.value().attr("value")).filter(|v| v.starts_with(to));
    all.nth(nth).unwrap_or_else(|| panic!("no button {to}")).to_owned()
}

/// Adds a rule that sends what a category has to a unit of the town.
async fn add(admin: &mut Browser, draft: &str, category: &str, why: &str) -> Answer {
    let address = format!("{draft}/rules/new");
    let page = admin.get(&address).await.ok();
    let category = option(&page, category);
    let typed =
        [("category", category.as_str()), ("unit_kind", "centre"), ("unit_level", "town"), ("why", why)];
    admin.send(&address, &typed).await
}

#[tokio::test]
async fn an_administrator_changes_the_table_in_a_draft_and_publishes_it() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let before = register(&mut clerk, "东门路灯三天不亮老人不敢出门", "路灯不亮").await;
        let was = clerk.get(&before).await.ok().words();
        assert!(was.contains("按 ") && was.contains("发布的规则表比对"), "{was}");

        let mut admin = world.member("admin").await;
        let draft = draft(&mut admin).await;
        // The same button pressed twice gives the same draft.
        assert_eq!(admin.send("/admin/routing", &[]).await.onward(), draft);
        let wrong = [
            ("unit_kind", "centre"),
            ("minute_from", "26:00"),
            ("minute_until", "08:00"),
            ("why", "夜间先到场"),
        ];
        let address = format!("{draft}/rules/new");
        admin.get(&address).await.ok();
        let told = admin.send(&address, &wrong).await.is(422);
        assert!(told.words().contains("请写成 08:30 这样"), "{}", told.words());
        assert!(
            told.text().contains("夜间先到场") && told.text().contains("value=\"26:00\""),
            "what was typed is kept"
        );
        let put = add(&mut admin, &draft, "020101 路灯不亮", "{category}先由{unit}到场查看。").await;
        assert_eq!(put.onward(), draft);
        let page = admin.get(&draft).await.ok();
        assert!(page.words().contains("改动（1 处）") && page.words().contains("新增"), "{}", page.words());

        // The trial: the lamp would go elsewhere; the administrator counts it and may not open it.
        let trial = admin.get(&format!("{draft}/trial?from=2026-03-01&to=2026-03-31")).await.ok();
        assert!(trial.words().contains("1 件会派到别处"), "{}", trial.words());
        let link = Selector::parse("a[href*='/trial/cases?']").unwrap();
        let rows = Html::parse_document(&trial.text())
            .select(&link)
            .next()
            .and_then(|a| a.value().attr("href"))
            .unwrap()
            .to_owned();
        let cases = admin.get(&rows).await.ok();
        assert!(cases.words().contains("1 件不在您可以查看的范围"), "{}", cases.words());
        assert!(!cases.text().contains("东门路灯"), "counted, not shown");
        let sheet = admin.get(&format!("{draft}/trial/sheet.xlsx?from=2026-03-01&to=2026-03-31")).await;
        assert_eq!(sheet.status, 200);

        admin.get(&draft).await.ok();
        admin.send(&format!("{draft}/publication"), &[]).await.is(422);
        let why = [("publish_why", "路灯先由乡镇看现场")];
        assert_eq!(admin.send(&format!("{draft}/publication"), &why).await.onward(), draft);
        let twice = admin.send(&format!("{draft}/publication"), &why).await.is(409);
        assert!(twice.words().contains("已在"), "{}", twice.words());
        let after = register(&mut clerk, "西门路灯一周不亮孩子看不见路", "路灯不亮").await;
        assert!(clerk.get(&after).await.ok().words().contains("到场查看"));
        let still = clerk.get(&before).await.ok().words();
        assert!(!still.contains("到场查看"), "a case keeps its rule and its reason: {still}");
        let tables = admin.get("/admin/routing/tables?state=published").await.ok().words();
        assert!(tables.contains("路灯先由乡镇看现场") && tables.contains("吴磊"), "{tables}");
    }
}

#[tokio::test]
async fn two_administrators_publish_and_the_second_carries_over() {
    for world in World::all() {
        let (mut one, mut two) = (world.member("admin").await, world.member_with_code("admin2").await);
        let (mine, theirs) = (draft(&mut one).await, draft(&mut two).await);
        assert_ne!(mine, theirs);
        add(&mut one, &mine, "020101 路灯不亮", "甲的理由").await.onward();
        add(&mut two, &theirs, "020102 路面破损与塌陷", "乙的理由").await.onward();
        let page = two.get(&theirs).await.ok();
        let down = button(&page, "down", 1);
        two.send(&format!("{theirs}/order"), &[("_step", down.as_str())]).await.onward();
        // A page from before that move is told so, and shows the draft as it is now.
        let late = two.send(&format!("{theirs}/order"), &[("_step", down.as_str())]).await.is(409);
        assert!(late.words().contains("改过这份草稿"), "{}", late.words());
        one.get(&mine).await.ok();
        two.get(&theirs).await.ok();
        let (first, second) = (format!("{mine}/publication"), format!("{theirs}/publication"));
        let why = [("publish_why", "试行")];
        one.send(&first, &why).await.onward();
        let late = two.send(&second, &why).await.is(409);
        assert!(
            late.words().contains("吴磊") && late.words().contains("已经发布了另一版"),
            "{}",
            late.words()
        );
        two.get(&theirs).await.ok();
        two.send(&format!("{theirs}/carrying"), &[]).await.onward();
        two.get(&theirs).await.ok();
        // The form is gone now; who sends it all the same is told that nothing was published since.
        two.send(&format!("{theirs}/carrying"), &[("revision", "9")]).await.is(409);
        two.get(&theirs).await.ok();
        two.send(&second, &why).await.onward();
        let present = two.get("/admin/routing").await.ok().words();
        assert!(present.contains("甲的理由") && present.contains("乙的理由"), "{present}");
        // A draft that nobody wants is given up, once.
        let idle = draft(&mut one).await;
        one.get(&idle).await.ok();
        one.send(&format!("{idle}/dropping"), &[]).await.onward();
        let twice = one.send(&format!("{idle}/dropping"), &[]).await.is(409);
        assert!(twice.words().contains("这份草稿已经放弃"), "{}", twice.words());
    }
}

#[tokio::test]
async fn nobody_else_touches_the_routing_table() {
    for world in World::all() {
        let mut admin = world.member("admin").await;
        let draft = draft(&mut admin).await;
        for name in ["clerk", "county", "leader", "auditor", "outsider"] {
            let mut browser = world.member(name).await;
            for page in ["/admin/routing", "/admin/routing/tables", &draft, &format!("{draft}/trial")] {
                browser.get(page).await.is(403);
            }
            browser.get("/account").await.ok();
            browser.send(&format!("{draft}/publication"), &[("publish_why", "越权")]).await.is(403);
        }
    }
}
