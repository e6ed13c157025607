//! The whistle: a town's desk calls units to a case; they answer, arrive, report and speak of the desk as the desk of
//! them; who does not come stands on the caller's and on the leader's page.

use base::{DAY_MS, HOUR_MS};
use scraper::{Html, Selector};

use crate::staff::{option, register};
use crate::world::{Answer, Browser, World};

/// Blows the whistle on a case and gives the whistle's page.
async fn blow(clerk: &mut Browser, case: &str, lead: &str, assist: &str) -> String {
    let to = format!("{case}/whistle");
    let page = clerk.get(&to).await.ok();
    let (lead, assist) = (option(&page, lead), unit_box(&page, assist));
    let typed = [
        ("lead", lead.as_str()),
        ("assists", &assist),
        ("reason", "围挡占道，请到现场一起定"),
        ("meet_at", "东门"),
    ];
    clerk.send(&to, &typed).await.onward()
}

/// The value of the box whose card says `words`.
#[track_caller]
fn unit_box(answer: &Answer, words: &str) -> String {
    let page = Html::parse_document(&answer.text());
    let cards = Selector::parse("label.card").unwrap();
    let input = Selector::parse("input[name=assists]").unwrap();
    let found = page.select(&cards).find_map(|card| {
        let said = card.text().collect::<String>().contains(words);
        card.select(&input).next().filter(|_| said).and_then(|i| i.value().attr("value"))
    });
    found.unwrap_or_else(|| panic!("no box {words}")).to_owned()
}

/// The addresses of the calls on a whistle's page, who leads first.
fn calls(page: &Answer, whistle: &str) -> Vec<String> {
    let parsed = Html::parse_document(&page.text());
    let heads = Selector::parse("section[aria-labelledby^=call-] h2").unwrap();
    let id =
        |h: scraper::ElementRef<'_>| h.value().attr("id").unwrap().trim_start_matches("call-").to_owned();
    parsed.select(&heads).map(|h| format!("{whistle}/calls/{}", id(h))).collect()
}

/// A case with a whistle on it: the case, the whistle, its calls.
pub async fn blown(world: &World, clerk: &mut Browser) -> (String, String, Vec<String>) {
    let case = register(clerk, "围挡占道三个月消防车进不来", "物业服务不到位").await;
    let whistle = blow(clerk, &case, "住房和城乡建设局", "人民调解委员会").await;
    let page = clerk.get(&whistle).await.ok();
    let calls = calls(&page, &whistle);
    assert_eq!(calls.len(), 2, "{} {}", world.engine, page.words());
    (case, whistle, calls)
}

#[tokio::test]
async fn a_town_calls_units_and_they_come() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let (case, whistle, calls) = blown(&world, &mut clerk).await;
        assert!(clerk.get(&case).await.ok().words().contains("吹哨报到"));
        // One at a time.
        let page = clerk.get(&format!("{case}/whistle")).await.ok();
        let lead = option(&page, "住房和城乡建设局");
        let twice = clerk.send(&format!("{case}/whistle"), &[("lead", &lead), ("reason", "再来一次")]).await;
        assert!(twice.is(409).words().contains("还没有结束"));

        // The called unit finds it in its inbox and answers; a second time it is told so.
        let mut liaison = world.member("liaison").await;
        let inbox = liaison.get("/whistles").await.ok().words();
        assert!(inbox.contains("待响应") && inbox.contains("围挡占道三个月消防车进不来"), "{inbox}");
        let page = liaison.get(&whistle).await.ok().words();
        assert!(page.contains("24小时") && page.contains("示范默认值"), "{page}");
        let to = |call: &str, what: &str| format!("{call}/{what}");
        liaison.send(&to(&calls[0], "answer"), &[]).await.onward();
        liaison.get(&whistle).await.ok();
        let told = liaison.send(&to(&calls[0], "answer"), &[]).await.is(409);
        assert!(told.words().contains("已响应"), "{}", told.words());
        // Not for another unit, and not the caller's part.
        liaison.send(&to(&calls[1], "answer"), &[]).await.is(403);
        liaison.send(&to(&calls[0], "release"), &[("words", "不去了")]).await.is(403);
        world.member("outsider").await.get(&whistle).await.is(403);
        liaison.get(&whistle).await.ok();
        liaison.send(&to(&calls[0], "arrival"), &[]).await.onward();
        liaison.get(&to(&calls[0], "outcome")).await.ok();
        liaison.send(&to(&calls[0], "outcome"), &[("words", "")]).await.is(422);
        liaison.send(&to(&calls[0], "outcome"), &[("words", "已拆除占道围挡")]).await.onward();

        // The caller lets the other off, rates, closes; the called unit rates the caller.
        clerk.get(&to(&calls[1], "release")).await.ok();
        clerk.send(&to(&calls[1], "release"), &[("words", "现场已经够人")]).await.onward();
        clerk.get(&to(&calls[0], "rating?of=unit")).await.ok();
        clerk.send(&to(&calls[0], "rating"), &[("of", "unit")]).await.is(422);
        let stars = [("of", "unit"), ("stars", "5"), ("word", "来得快")];
        clerk.send(&to(&calls[0], "rating"), &stars).await.onward();
        clerk.get(&to(&calls[0], "rating?of=unit")).await.ok();
        clerk.send(&to(&calls[0], "rating"), &stars).await.is(409);
        liaison.get(&to(&calls[0], "rating?of=caller")).await.ok();
        liaison.send(&to(&calls[0], "rating"), &[("of", "caller"), ("stars", "4")]).await.onward();
        liaison.get(&to(&calls[0], "rating?of=unit")).await.ok();
        liaison.send(&to(&calls[0], "rating"), &[("of", "unit"), ("stars", "5")]).await.is(403);
        clerk.get(&format!("{whistle}/closure")).await.ok();
        clerk.send(&format!("{whistle}/closure"), &[]).await.onward();
        let page = clerk.get(&whistle).await.ok().words();
        for words in ["已结束", "已拆除占道围挡", "按时响应", "很好", "来得快", "已免除"]
        {
            assert!(page.contains(words), "{words}: {page}");
        }
        // The table of units says the same, and its number opens the row.
        let mut leader = world.member("leader").await;
        let units = leader.get("/whistles/units").await.ok();
        assert!(units.words().contains("5.0 （1次评价）"), "{}", units.words());
        let rated = leader.get("/whistles?whose=area&tab=all&figure=rated").await.ok();
        assert!(rated.words().contains("住房和城乡建设局") && !rated.words().contains("配合"));
        for file in ["/whistles/sheet.xlsx?tab=all", "/whistles/units/sheet.xlsx"] {
            let sheet = leader.get(file).await;
            assert!(sheet.status == 200 && sheet.bytes.starts_with(b"PK"), "{file}");
        }
    }
}

#[tokio::test]
async fn a_unit_that_does_not_come_stands_on_both_pages_once() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let (_, whistle, calls) = blown(&world, &mut clerk).await;
        world.pass(23 * HOUR_MS).await;
        // Shortly before the end it is red, in words.
        let mut liaison = world.member("liaison").await;
        assert!(liaison.get("/whistles").await.ok().words().contains("马上到期"));
        world.pass(30 * DAY_MS).await;
        let mut clerk = world.member("clerk").await;
        let mut leader = world.member("leader").await;
        for browser in [&mut clerk, &mut leader] {
            let page = browser.get("/whistles?tab=missed").await.ok().words();
            assert_eq!(page.matches("到期未响应").count(), 2, "{page}");
        }
        assert!(clerk.get(&whistle).await.ok().words().contains("未报到"));
        // It closes only with a reason, and who never answered stays so.
        clerk.get(&format!("{whistle}/closure")).await.ok();
        let told = clerk.send(&format!("{whistle}/closure"), &[]).await.is(422);
        assert!(told.words().contains("须写明理由"), "{}", told.words());
        clerk.send(&format!("{whistle}/closure"), &[("words", "两个单位都没有来")]).await.onward();
        let mut liaison = world.member("liaison").await;
        liaison.get(&whistle).await.ok();
        liaison.send(&format!("{}/answer", calls[0]), &[]).await.is(409);
        assert!(leader.get("/whistles?tab=missed").await.ok().words().contains("住房和城乡建设局"));
    }
}

#[tokio::test]
async fn only_the_desk_calls_and_strangers_see_nothing() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let case = register(&mut clerk, "围挡占道三个月消防车进不来", "物业服务不到位").await;
        let form = format!("{case}/whistle");
        let page = clerk.get(&form).await.ok();
        let lead = option(&page, "住房和城乡建设局");
        // Nothing chosen, nothing said, a term beyond the pack's.
        let wrong = clerk.send(&form, &[("lead", ""), ("reason", "")]).await.is(422).words();
        assert!(wrong.contains("牵头单位") && wrong.contains("请填写"), "{wrong}");
        let late = [("lead", lead.as_str()), ("reason", "到场"), ("lead_n", "60"), ("lead_unit", "wd")];
        let wrong = clerk.send(&form, &late).await.is(422).words();
        assert!(wrong.contains("响应期限应在"), "{wrong}");
        // A department has not the duty; a called unit sees the case only after the call.
        let mut liaison = world.member("liaison").await;
        liaison.get("/whistles").await.ok();
        liaison.get(&form).await.is(403);
        liaison.get(&case).await.is(404);
        let whistle = blow(&mut clerk, &case, "住房和城乡建设局", "人民调解委员会").await;
        liaison.get(&case).await.ok();
        world.member("mediator").await.get(&whistle).await.ok();
        // A second desk, in the same moment, is told who was faster.
        let mut colleague = world.member("clerk2").await;
        let page = colleague.get(&form).await.ok();
        let lead = option(&page, "住房和城乡建设局");
        colleague.send(&form, &[("lead", &lead), ("reason", "到场")]).await.is(409);
    }
}

#[tokio::test]
async fn a_changed_calendar_counts_the_time_to_answer_anew() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let case = register(&mut clerk, "围挡占道三个月消防车进不来", "物业服务不到位").await;
        let form = format!("{case}/whistle");
        let page = clerk.get(&form).await.ok();
        let lead = option(&page, "住房和城乡建设局");
        let typed = [("lead", lead.as_str()), ("reason", "到场"), ("lead_n", "2"), ("lead_unit", "wd")];
        let whistle = clerk.send(&form, &typed).await.onward();
        // Two working days from Monday 2 March 2026.
        assert!(clerk.get(&whistle).await.ok().words().contains("到期 2026-03-04"));
        let mut admin = world.member("admin").await;
        admin.get("/admin/calendar/new").await.ok();
        let fields = admin.fields("/admin/calendar");
        let (_, off) = fields.iter().find(|(name, _)| name == "off").unwrap();
        let off = format!("{}\n临时放假 2026-03-04", off.trim());
        admin.send("/admin/calendar", &[("off", &off)]).await.onward();
        world.pass(1_000).await;
        let page = clerk.get(&whistle).await.ok().words();
        assert!(page.contains("到期 2026-03-05") && page.contains("响应期限重算"), "{page}");
        // Nobody is marked at the old end; once at the new one.
        world.pass(2 * DAY_MS + 16 * HOUR_MS).await;
        assert!(
            !world
                .member("clerk")
                .await
                .get("/whistles?tab=missed")
                .await
                .ok()
                .words()
                .contains("到期未响应")
        );
        world.pass(DAY_MS).await;
        let mut clerk = world.member("clerk").await;
        let page = clerk.get("/whistles?tab=missed").await.ok().words();
        assert_eq!(page.matches("到期未响应").count(), 1, "{page}");
    }
}
