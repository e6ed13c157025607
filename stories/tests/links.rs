//! Merged, split and related cases on the clerk's page, and what their senders see of it.

use scraper::{Html, Selector};

use crate::staff::{act, option, register, taken};
use crate::world::{Browser, World};

/// The number of a case, from its page.
async fn number(browser: &mut Browser, case: &str) -> String {
    let page = Html::parse_document(&browser.get(case).await.ok().text());
    let small = Selector::parse("h1 small").unwrap();
    page.select(&small).next().unwrap().text().collect()
}

#[tokio::test]
async fn a_clerk_merges_what_is_the_same_and_answers_it_together() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let lead = register(&mut clerk, "东门路灯三天不亮老人不敢出门", "路灯不亮").await;
        let other = register(&mut clerk, "东门路灯不亮三天老人怕摔", "路灯不亮").await;
        let (lead_number, own) = (number(&mut clerk, &lead).await, number(&mut clerk, &other).await);
        // The page suggests it, with the reasons.
        let page = clerk.get(&other).await.ok();
        let words = page.words();
        assert!(
            words.contains("可能重复") && words.contains(&lead_number) && words.contains("同一天"),
            "{words}"
        );
        let merge = [("merge_number", lead_number.as_str())];
        clerk.send(&format!("{other}/merger"), &merge).await.onward();
        let twice = clerk.send(&format!("{other}/merger"), &merge).await.is(409);
        assert!(twice.words().contains("李建国"), "the form was of an older version: {}", twice.words());
        assert!(clerk.get(&lead).await.ok().words().contains(&own), "the lead shows what is handled with it");

        // It is not sent out by itself; taken back with a reason, and merged again.
        let alone = act(&mut clerk, &other, "acceptance", &[]).await.is(409);
        assert!(alone.words().contains("已并案"), "{}", alone.words());
        let back = [("unmerge_reason", "不是同一盏灯")];
        act(&mut clerk, &other, "merger/end", &back).await.onward();
        act(&mut clerk, &other, "merger/end", &[("version", "99"), back[0]]).await.is(409);
        act(&mut clerk, &other, "merger", &merge).await.onward();

        // The lead is answered, and the clerk gives its follower the same answer.
        act(&mut clerk, &lead, "acceptance", &[("accept_unit", "")]).await.onward();
        let answer = [("close_ending", "explained"), ("close_answer", "路灯已报修，三天内恢复。")];
        act(&mut clerk, &lead, "closure", &answer).await.onward();
        let follower = other.rsplit('/').next().unwrap();
        clerk.get(&lead).await.ok();
        clerk.send(&format!("{lead}/followers"), &[]).await.is(422);
        clerk.get(&lead).await.ok();
        clerk.send(&format!("{lead}/followers"), &[("follower", follower)]).await.onward();
        let closed = clerk.get(&other).await.ok().words();
        assert!(closed.contains("路灯已报修，三天内恢复。") && closed.contains(&own), "{closed}");
    }
}

#[tokio::test]
async fn the_sender_of_a_merged_case_is_told_without_others_numbers() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let lead = register(&mut clerk, "东门路灯三天不亮老人不敢出门", "路灯不亮").await;
        let lead_number = number(&mut clerk, &lead).await;
        let other = register(&mut clerk, "东门路灯不亮三天老人怕摔", "路灯不亮").await;
        let receipt = clerk.get(&format!("{other}/receipt")).await.ok();
        let page = Html::parse_document(&receipt.text());
        let shown = Selector::parse("dl.receipt b").unwrap();
        let found: Vec<String> =
            page.select(&shown).map(|e| e.text().collect::<String>().trim().to_owned()).collect();
        let own = number(&mut clerk, &other).await;
        let merge = [("merge_number", lead_number.as_str())];
        clerk.get(&other).await.ok();
        clerk.send(&format!("{other}/merger"), &merge).await.onward();
        // And a part of it becomes a case of its own.
        let form = clerk.get(&other).await.ok();
        let category = option(&form, "垃圾清运不及时");
        let part = [
            ("split_title", "巷口垃圾没人清运"),
            ("split_body", "巷口的垃圾也一周没人清运。"),
            ("split_category", category.as_str()),
        ];
        clerk.send(&format!("{other}/parts"), &part).await.onward();
        let twice = clerk.send(&format!("{other}/parts"), &part).await.is(409);
        assert!(twice.text().contains("巷口的垃圾也一周没人清运。"), "what was typed is kept");

        let mut sender = world.resident();
        sender.get("/follow").await.ok();
        let code = found[1].clone();
        let to = sender.send("/follow", &[("number", &own), ("code", &code)]).await.onward();
        let told = sender.get(&to).await.ok().words();
        assert!(told.contains("一并办理") && !told.contains(&lead_number), "{told}");
        assert!(told.contains("其中一部分另立了一件"), "{told}");
    }
}

#[tokio::test]
async fn related_cases_are_marked_and_unmarked_by_the_desk_only() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let one = register(&mut clerk, "渠口淤堵冬灌水过不来", "渠道机井损坏").await;
        let two = register(&mut clerk, "巷口垃圾无人清运已经一周", "垃圾清运不及时").await;
        let number = number(&mut clerk, &two).await;
        let typed = [("relate_number", number.as_str())];
        act(&mut clerk, &one, "relation", &[("relate_number", "620602-2026-99999")]).await.is(422);
        act(&mut clerk, &one, "relation", &typed).await.onward();
        act(&mut clerk, &one, "relation", &typed).await.is(409);
        act(&mut clerk, &one, "relation/end", &[]).await.onward();
        act(&mut clerk, &one, "relation/end", &[("link", "0000000000001")]).await.is(409);
        // Whoever works elsewhere finds nothing; whoever has another duty is refused.
        let taken = taken(&world, "物业不修电梯已经停了一周").await;
        for (name, status) in [("liaison", 403), ("leader", 403), ("outsider", 403)] {
            let mut browser = world.member(name).await;
            browser.get("/account").await.ok();
            browser.send(&format!("{taken}/merger"), &typed).await.is(status);
        }
        let late = act(&mut clerk, &taken, "merger", &[("merge_number", number.as_str())]).await.is(409);
        assert!(late.words().contains("不能并案"), "{}", late.words());
    }
}
