//! Supervision lists, joint meetings and sweeps: each act once and twice, late, by the wrong post, and by two at the same
//! moment; and the walk from a grid worker's report to a matter that is struck off.

use base::{DAY_MS, Id, MINUTE_MS};

use crate::deeds::unit;
use crate::staff::{act, option, register};
use crate::world::{Answer, Browser, World};

/// A problem of a place that the town's clerk nominates to the county.
pub async fn nominate(clerk: &mut Browser, title: &str) -> String {
    clerk.get("/supervision/new").await.ok();
    let typed = [
        ("title", title),
        ("problem", "连日降雨后出现裂缝，镇里无力治理，请县级挂牌。"),
        ("level", "county"),
    ];
    clerk.send("/supervision", &typed).await.onward()
}

/// Fills the form of a listing with the four, and sends it.
pub async fn list(county: &mut Browser, entry: &str, term: &str) -> Answer {
    let address = format!("{entry}/listing");
    let page = county.get(&address).await.ok();
    let leader = option(&page, "孙永明");
    let housing = unit(&page, "unit", "住房");
    let page = county.send(&address, &[("unit", &housing), ("_step", "unit")]).await.ok();
    let person = option(&page, "张志强");
    let typed = [
        ("leader", leader.as_str()),
        ("unit", housing.as_str()),
        ("person", person.as_str()),
        ("term", term),
        ("source", "县政府会议纪要第3号"),
        ("public_title", "北沟边坡治理"),
    ];
    county.send(&address, &typed).await
}

/// An entry that is in the hands of the housing department.
pub async fn in_hand(world: &World, title: &str, term: &str) -> String {
    let mut clerk = world.member("clerk").await;
    let entry = nominate(&mut clerk, title).await;
    let mut county = world.member("county").await;
    list(&mut county, &entry, term).await.onward();
    let mut liaison = world.member("liaison").await;
    act(&mut liaison, &entry, "taking", &[("take_words", "先排危再削坡，两个月完成。")]).await.onward();
    entry
}

/// The number of a case, as the store has it.
async fn number_of(world: &World, case: &str) -> String {
    let id: Id<case::model::Case> = case.trim_start_matches("/cases/").parse().unwrap();
    world.db.read(move |conn| case::store::case_by_id(conn, id)).await.unwrap().unwrap().number
}

pub const APPLY: (&str, &str) = ("apply_words", "削坡和挡墙已完成，排水沟已修通。");

/// A hazard that a grid worker reports from the phone, that the town accepts and carries up to the county.
async fn escalated(world: &World) -> String {
    // A grid worker reports a hazard from the phone.
    let mut grid = world.member("grid").await;
    let page = grid.get("/grid/report").await.ok();
    let root = option(&page, "住房与物业");
    let page = grid.send("/grid/report", &[("root", &root), ("_step", "root")]).await.ok();
    let category = option(&page, "物业服务不到位");
    let typed =
        [("category", category.as_str()), ("body", "北沟边坡裂缝三米，威胁坡脚三户。"), ("spot", "北沟")];
    let task = grid.send("/grid/report", &typed).await.onward();
    let case = task.replace("/grid/cases/", "/cases/");
    // The town accepts it and carries it up to the county.
    let mut clerk = world.member("clerk").await;
    act(&mut clerk, &case, "acceptance", &[("accept_unit", "")]).await.onward();
    act(&mut clerk, &case, "escalation", &[("escalate_reason", "需要县级资金和技术，请县级牵头。")])
        .await
        .onward();
    case
}

#[tokio::test]
async fn a_hazard_escalates_to_a_listed_supervision() {
    for world in World::all() {
        let case = escalated(&world).await;
        let mut clerk = world.member("clerk").await;
        // The town nominates it, from the case's number.
        let number = number_of(&world, &case).await;
        let page = clerk.get(&format!("/supervision/new?case={number}")).await.ok();
        assert!(page.text().contains(&number) && page.text().contains("北沟边坡裂缝"), "{}", page.words());
        let typed = [("problem", "三户受威胁，镇里无力治理。"), ("level", "county")];
        let entry = clerk.send("/supervision", &typed).await.onward();
        assert!(clerk.get(&entry).await.ok().words().contains("提名"));
        // The same form again is the same entry; another one about the same case is refused kindly.
        clerk.get(&format!("/supervision/new?case={number}")).await.ok();
        let twice = clerk.send("/supervision", &typed).await.is(409);
        assert!(twice.words().contains("已在清单"), "{}", twice.words());
        // The county lists it, in hand at the department, visited by the leader.
        let mut county = world.member("county").await;
        list(&mut county, &entry, "60").await.onward();
        let page = county.get(&entry).await.ok().words();
        assert!(page.contains("张志强") && page.contains("孙永明") && page.contains("60日"), "{page}");
        assert!(page.contains("到期 2026-05-01"), "{page}");
        let mut liaison = world.member("liaison").await;
        act(&mut liaison, &entry, "taking", &[("take_words", "先排危再削坡。")]).await.onward();
        let mut leader = world.member("leader").await;
        let visit = [("visit_place", "北沟边坡现场"), ("visit_words", "现场定了削坡方案。")];
        act(&mut leader, &entry, "visits", &visit).await.onward();
        world.pass(20 * DAY_MS).await;
        let mut liaison = world.member("liaison").await;
        let mut county = world.member("county").await;
        // Applied for, returned once, applied for again, inspected by somebody else, struck off.
        act(&mut liaison, &entry, "application", &[APPLY]).await.onward();
        act(&mut county, &entry, "return", &[("return_words", "坡脚排水沟没有修通。")]).await.onward();
        world.pass(5 * DAY_MS).await;
        let mut liaison = world.member("liaison").await;
        let mut county = world.member("county").await;
        act(&mut liaison, &entry, "application", &[APPLY]).await.onward();
        act(&mut county, &entry, "inspection", &[("pass_words", "现场已看，排水畅通。")]).await.onward();
        act(&mut county, &entry, "strike-off", &[("strike_words", "同意销号。")]).await.onward();
        let page = county.get(&entry).await.ok().words();
        for part in ["销号", "按期申请销号", "退回整改", "领导包案走访（1次）", &number]
        {
            assert!(page.contains(part), "{part}: {page}");
        }
        // Done once more, it is told kindly.
        let again = act(&mut county, &entry, "strike-off", &[("strike_words", "同意销号。")]).await.is(409);
        assert!(
            again.words().contains("已经办过了") && again.words().contains("马文斌"),
            "{}",
            again.words()
        );
        // The figures: one of one, and the number opens its row.
        let mut leader = world.member("leader").await;
        let figures = leader.get("/supervision/figures").await.ok().words();
        assert!(figures.contains("100.00 %") && figures.contains("1/1"), "{figures}");
        assert!(leader.get("/supervision?tab=struck_off").await.ok().words().contains("北沟边坡裂缝"));
        let public = world.resident().get("/supervision/public").await.ok().words();
        assert!(
            public.contains("北沟边坡治理") && !public.contains("张志强") && !public.contains("裂缝"),
            "{public}"
        );
    }
}

#[tokio::test]
async fn nothing_is_listed_without_leader_unit_person_and_time_limit() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let entry = nominate(&mut clerk, "老粮站屋顶坍塌隐患").await;
        let mut county = world.member("county").await;
        let address = format!("{entry}/listing");
        let page = county.get(&address).await.ok();
        let leader = option(&page, "孙永明");
        let bare = county.send(&address, &[("term", ""), ("source", "纪要")]).await.is(422);
        for field in ["f-leader", "f-unit", "f-person", "f-term"] {
            assert!(bare.text().contains(&format!("href=\"#{field}\"")), "{field}: {}", bare.words());
        }
        // A person of another unit is no person of that unit.
        let housing = unit(&page, "unit", "住房");
        let water = unit(&page, "unit", "水务");
        let page = county.send(&address, &[("unit", &housing), ("_step", "unit")]).await.ok();
        let person = option(&page, "张志强");
        let four = [
            ("leader", leader.as_str()),
            ("unit", water.as_str()),
            ("person", person.as_str()),
            ("term", "30"),
        ];
        let wrong = county.send(&address, &four).await.is(422);
        assert!(wrong.words().contains("须是该部门在岗人员"), "{}", wrong.words());
        assert!(county.get(&entry).await.ok().words().contains("提名"), "it is still only nominated");
        // The department has no say in it, the town neither; an outsider does not know that it exists.
        let mut clerk = world.member("clerk").await;
        clerk.get(&address).await.ok();
        list_bare(&mut clerk, &address).await.is(403);
        world.member("liaison").await.get(&entry).await.is(404);
        // The second to list it is told.
        list(&mut county, &entry, "30").await.onward();
        let twice = list(&mut county, &entry, "30").await.is(409);
        assert!(twice.words().contains("马文斌"), "{}", twice.words());
    }
}

/// Sends the form of a listing as it stands.
async fn list_bare(browser: &mut Browser, address: &str) -> Answer {
    browser.send(address, &[]).await
}

#[tokio::test]
async fn the_wrong_post_and_own_work_are_refused() {
    for world in World::all() {
        let entry = in_hand(&world, "北沟边坡塌滑隐患", "60").await;
        let mut county = world.member("county").await;
        let mut liaison = world.member("liaison").await;
        let mut village = world.member("village").await;
        let mut clerk = world.member("clerk").await;
        let said = |a: Answer| a.words();
        // The desk does not apply for the department, and only the responsible leader records visits.
        let words = said(act(&mut county, &entry, "application", &[APPLY]).await.is(403));
        assert!(words.contains("住房"), "{words}");
        let mut leader = world.member("leader").await;
        let soon = [("visit_day", "2026-12-31"), ("visit_place", "现场"), ("visit_words", "将去看")];
        let words = said(act(&mut leader, &entry, "visits", &soon).await.is(422));
        assert!(words.contains("不能在今天之后"), "{words}");
        act(&mut liaison, &entry, "visits", &[("visit_words", "去看")]).await.is(403);
        // Not yet.
        let words = said(act(&mut county, &entry, "strike-off", &[("strike_words", "同意")]).await.is(409));
        assert!(words.contains("还不能"), "{words}");
        act(&mut liaison, &entry, "application", &[APPLY]).await.onward();
        let twice = said(act(&mut liaison, &entry, "application", &[APPLY]).await.is(409));
        assert!(twice.contains("张志强"), "{twice}");
        // Who answers for it has no hand in the inspection; a lower level has none either.
        act(&mut liaison, &entry, "inspection", &[("pass_words", "合格")]).await.is(403);
        let low = said(act(&mut clerk, &entry, "inspection", &[("pass_words", "合格")]).await.is(403));
        assert!(low.contains("本级或上级"), "{low}");
        village.get("/account").await.ok();
        village.send(&format!("{entry}/inspection"), &[("pass_words", "合格")]).await.is(404);
        act(&mut county, &entry, "inspection", &[("pass_words", "")]).await.is(422);
        act(&mut county, &entry, "inspection", &[("pass_words", "现场合格")]).await.onward();
    }
}

#[tokio::test]
async fn two_at_the_same_moment_are_one_and_the_other_is_told() {
    for world in World::all() {
        let entry = in_hand(&world, "北沟边坡塌滑隐患", "60").await;
        let mut liaison = world.member("liaison").await;
        act(&mut liaison, &entry, "application", &[APPLY]).await.onward();
        let (mut one, mut two) = (world.member("county").await, world.member("county").await);
        one.get(&entry).await.ok();
        two.get(&entry).await.ok();
        let pass = format!("{entry}/inspection");
        let (a, b) = tokio::join!(
            one.send(&pass, &[("pass_words", "现场合格")]),
            two.send(&pass, &[("pass_words", "现场已看，合格")])
        );
        let statuses = [a.status.as_u16(), b.status.as_u16()];
        assert!(statuses.contains(&303) && statuses.contains(&409), "{statuses:?}");
        let late = if a.status == 409 { a } else { b };
        assert!(late.words().contains("马文斌"), "{}", late.words());
        // Whoever decided the other way on the form of before is told too.
        let other = two.send(&format!("{entry}/return"), &[("return_words", "还有积水")]).await.is(409);
        assert!(other.words().contains("马文斌"), "{}", other.words());
        // The same nomination by two: the form's number makes one entry of it.
        let mut clerk = world.member("clerk").await;
        clerk.get("/supervision/new").await.ok();
        let mut fields = clerk.fields("/supervision");
        for (name, value) in [("title", "学校门口积水"), ("problem", "雨后半米深。"), ("level", "town")]
        {
            fields.retain(|(n, _)| n != name);
            fields.push((name.to_owned(), value.to_owned()));
        }
        let first = clerk.send_bare("/supervision", &fields).await.onward();
        assert_eq!(clerk.send_bare("/supervision", &fields).await.onward(), first);
    }
}

#[tokio::test]
async fn an_extension_is_asked_in_time_and_never_shown_overdue() {
    for world in World::all() {
        let entry = in_hand(&world, "北沟边坡塌滑隐患", "10").await;
        // Until the end of 12 March; asked for on the last day.
        world.pass(10 * DAY_MS).await;
        let mut liaison = world.member("liaison").await;
        let long = [("ask_n", "31"), ("ask_words", "雨季无法施工。")];
        let much = act(&mut liaison, &entry, "extension", &long).await.is(409);
        assert!(much.words().contains("最长延长30日"), "{}", much.words());
        let ask = [("ask_n", "20"), ("ask_words", "雨季无法施工。")];
        act(&mut liaison, &entry, "extension", &ask).await.onward();
        act(&mut liaison, &entry, "extension", &ask).await.is(409);
        // Past the end while it waits: shown as pending, not as overdue.
        world.pass(DAY_MS).await;
        let mut county = world.member("county").await;
        let row = county.get("/supervision?tab=all").await.ok().words();
        assert!(row.contains("延期待批") && !row.contains("逾期1天"), "{row}");
        assert!(!county.get("/supervision?tab=overdue").await.ok().words().contains("北沟边坡塌滑隐患"));
        act(&mut county, &entry, "grant", &[("grant_words", "同意延长20日。")]).await.onward();
        act(&mut county, &entry, "grant", &[("grant_words", "同意延长20日。")]).await.is(409);
        let page = county.get(&entry).await.ok().words();
        assert!(page.contains("2026-04-01") && !page.contains("逾期"), "{page}");
        // Only as often as may be.
        let mut liaison = world.member("liaison").await;
        let more = act(&mut liaison, &entry, "extension", &ask).await.is(409);
        assert!(more.words().contains("不能再延"), "{}", more.words());
    }
}

#[tokio::test]
async fn a_denied_extension_leaves_the_end_and_the_clock_tells_once() {
    for world in World::all() {
        let entry = in_hand(&world, "北沟边坡塌滑隐患", "10").await;
        let mut liaison = world.member("liaison").await;
        act(&mut liaison, &entry, "extension", &[("ask_n", "20"), ("ask_words", "材料未到。")])
            .await
            .onward();
        let mut county = world.member("county").await;
        act(&mut county, &entry, "denial", &[("deny_words", "险情不等人。")]).await.onward();
        // Thirty days of standstill: each mark exactly once.
        world.clock.advance(30 * DAY_MS);
        world.pass(1).await;
        world.pass(30 * DAY_MS).await;
        let mut county = world.member("county").await;
        let page = county.get(&entry).await.ok().text();
        for mark in ["<b>黄色预警</b>", "<b>红色预警</b>", "<b>逾期</b>"] {
            assert_eq!(page.matches(mark).count(), 1, "{mark}");
        }
        assert!(county.get("/supervision?tab=overdue").await.ok().words().contains("北沟边坡塌滑隐患"));
        let mut liaison = world.member("liaison").await;
        let late = act(&mut liaison, &entry, "extension", &[("ask_n", "5"), ("ask_words", "还要五天")])
            .await
            .is(409);
        assert!(late.words().contains("时限已过"), "{}", late.words());
        act(&mut liaison, &entry, "application", &[APPLY]).await.onward();
        assert!(liaison.get(&entry).await.ok().words().contains("逾期申请销号"));
    }
}

#[tokio::test]
async fn a_level_may_decline_and_says_why() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let entry = nominate(&mut clerk, "村口公厕异味").await;
        let mut county = world.member("county").await;
        act(&mut county, &entry, "declination", &[("decline_words", "")]).await.is(422);
        let why = [("decline_words", "镇里可以解决，请按一般事项办理。")];
        act(&mut county, &entry, "declination", &why).await.onward();
        act(&mut county, &entry, "declination", &why).await.is(409);
        let page = clerk.get(&entry).await.ok().words();
        assert!(page.contains("未列入") && page.contains("镇里可以解决"), "{page}");
    }
}

#[tokio::test]
async fn who_answers_is_changed_and_what_is_public_is_set() {
    for world in World::all() {
        let entry = in_hand(&world, "北沟边坡塌滑隐患", "60").await;
        let mut county = world.member("county").await;
        let address = format!("{entry}/assignment");
        county.get(&address).await.ok();
        county.send(&address, &[("reason", "")]).await.is(422);
        county.get(&address).await.ok();
        county.send(&address, &[("reason", "人员轮岗，责任不变。")]).await.onward();
        // Off the public page and on it again, in the lister's own words.
        let mut resident = world.resident();
        assert!(resident.get("/supervision/public").await.ok().words().contains("北沟边坡治理"));
        act(&mut county, &entry, "publication", &[("publish_words", "")]).await.onward();
        assert!(!resident.get("/supervision/public").await.ok().words().contains("北沟边坡治理"));
        act(&mut county, &entry, "publication", &[("publish_words", "北沟治理工程")]).await.onward();
        assert!(resident.get("/supervision/public").await.ok().words().contains("北沟治理工程"));
        let sheet = county.get("/supervision/sheet.xlsx?tab=all").await.ok();
        assert!(sheet.bytes.starts_with(b"PK"), "an Excel file");
        let persons = county.get("/supervision/colleagues?unit=").await.ok();
        assert_eq!(persons.text(), "[]");
    }
}

#[tokio::test]
async fn a_meeting_has_an_agenda_minutes_and_tasks() {
    for world in World::all() {
        let entry = in_hand(&world, "北沟边坡塌滑隐患", "60").await;
        let mut clerk = world.member("clerk").await;
        let case = register(&mut clerk, "巷口垃圾无人清运已经一周", "垃圾清运不及时").await;
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
        county.send("/supervision/meetings", &[("title", "一季度联席会议"), ("hour", "九点")]).await.is(422);
        let meeting = county.send("/supervision/meetings", &typed).await.onward();
        // The agenda out of open matters; nothing ticked is told.
        let agenda = format!("{meeting}/agenda");
        let page = county.get(&agenda).await.ok();
        assert!(
            page.words().contains("北沟边坡塌滑隐患") && page.words().contains("巷口垃圾"),
            "{}",
            page.words()
        );
        county.send(&agenda, &[]).await.is(409);
        county.get(&agenda).await.ok();
        let (id, other) = (entry.trim_start_matches("/supervision/"), case.trim_start_matches("/cases/"));
        county.send(&agenda, &[("entries", id), ("cases", other)]).await.onward();
        // Minutes are not kept before it begins, nor by who only was invited.
        let page = county.get(&meeting).await.ok();
        assert!(page.words().contains("会议还没有开始"), "{}", page.words());
        let mut liaison = world.member("liaison").await;
        assert!(liaison.get(&meeting).await.ok().words().contains("一季度联席会议"));
        world.member("mediator").await.get(&meeting).await.is(404);
        world.pass(2 * DAY_MS).await;
        let mut county = world.member("county").await;
        let mut second = world.member("county").await;
        let page = county.get(&meeting).await.ok();
        second.get(&meeting).await.ok();
        let (first, last) = (option(&page, "1. "), option(&page, "2. "));
        let minutes = format!("{meeting}/minutes");
        let keep = [("item", first.as_str()), ("minutes", "住建局继续治理，十日内修通排水沟。")];
        county.send(&minutes, &keep).await.onward();
        let late = second.send(&minutes, &keep).await.is(409);
        assert!(late.words().contains("别人刚刚改过"), "{}", late.words());
        let words = act(&mut county, &meeting, "closure", &[]).await.is(409).words();
        assert!(words.contains("还有1个议题没有纪要"), "{words}");
        act(&mut county, &meeting, "minutes", &[("item", last.as_str()), ("minutes", "由镇里清运。")])
            .await
            .onward();
        tasks_of(&world, &meeting, &first).await;
    }
}

/// A task to who came, due by the deadline library; the department does it late, and once.
async fn tasks_of(world: &World, meeting: &str, item: &str) {
    let mut county = world.member("county").await;
    let page = county.get(meeting).await.ok();
    let housing = unit(&page, "unit", "住房");
    let typed = [("unit", housing.as_str()), ("about", item), ("what", "十日内修通坡脚排水沟。")];
    county.send(&format!("{meeting}/tasks"), &typed).await.onward();
    county.get(meeting).await.ok();
    county.send(&format!("{meeting}/closure"), &[]).await.onward();
    act(&mut county, meeting, "closure", &[]).await.is(409);
    let mut liaison = world.member("liaison").await;
    let tasks = liaison.get("/supervision/tasks?whose=unit").await.ok();
    assert!(tasks.words().contains("修通坡脚排水沟"), "{}", tasks.words());
    let task = link(&tasks, "/supervision/tasks/");
    let page = liaison.get(&task).await.ok().words();
    assert!(page.contains("10个工作日") && page.contains("到期 2026-03-18"), "{page}");
    // Late, it is told as late to the leader too.
    world.pass(20 * DAY_MS).await;
    let mut leader = world.member("leader").await;
    assert!(leader.get("/supervision/tasks?state=late").await.ok().words().contains("修通坡脚排水沟"));
    let mut liaison = world.member("liaison").await;
    let done = [("words", "已修通并拍照。"), ("evidence", "照片3张")];
    act(&mut liaison, &task, "completion", &[("words", "已修通。"), ("evidence", "")]).await.is(422);
    act(&mut liaison, &task, "completion", &done).await.onward();
    let twice = act(&mut liaison, &task, "completion", &done).await.is(409);
    assert!(twice.words().contains("已于"), "{}", twice.words());
    assert!(leader.get("/supervision/tasks?state=done_late").await.ok().words().contains("修通坡脚排水沟"));
    assert!(leader.get("/supervision/tasks/sheet.xlsx").await.ok().bytes.starts_with(b"PK"));
}

/// The value of a box whose words hold `words`.
#[track_caller]
pub fn card(answer: &Answer, name: &str, words: &str) -> String {
    use scraper::{Html, Selector};
    let page = Html::parse_document(&answer.text());
    let labels = Selector::parse("label.card").unwrap();
    let input = Selector::parse(&format!("input[name={name}]")).unwrap();
    let found = page.select(&labels).find(|l| l.text().collect::<String>().contains(words));
    let found = found.and_then(|l| l.select(&input).next()).unwrap_or_else(|| panic!("no box {words}"));
    found.value().attr("value").unwrap_or_default().to_owned()
}

/// The first link of a page that begins so and goes on with an id.
#[track_caller]
pub fn link(answer: &Answer, begin: &str) -> String {
    use scraper::{Html, Selector};
    let page = Html::parse_document(&answer.text());
    let links = Selector::parse(&format!("td a[href^='{begin}']")).unwrap();
    let found = page.select(&links).find_map(|a| a.value().attr("href"));
    found.unwrap_or_else(|| panic!("no link {begin}: {}", answer.words())).to_owned()
}

/// The link whose row holds `words`.
#[track_caller]
fn link_of(answer: &Answer, begin: &str, words: &str) -> String {
    use scraper::{Html, Selector};
    let page = Html::parse_document(&answer.text());
    let links = Selector::parse(&format!("td a[href^='{begin}']")).unwrap();
    let found = page.select(&links).find(|a| a.text().collect::<String>().contains(words));
    let found = found.and_then(|a| a.value().attr("href"));
    found.unwrap_or_else(|| panic!("no link {words}: {}", answer.words())).to_owned()
}

/// A sweep of the clerk's town.
pub async fn sweep(clerk: &mut Browser, rung: &str) -> String {
    clerk.get("/supervision/sweeps/new").await.ok();
    let typed = [
        ("title", "汛期边坡专项排查"),
        ("kind", "special"),
        ("rung", rung),
        ("question", "逐户查看边坡、排水沟和土坯房。"),
        ("from", "2026-03-02"),
        ("to", "2026-03-10"),
    ];
    clerk.send("/supervision/sweeps", &typed).await.onward()
}

#[tokio::test]
async fn a_sweep_is_returned_also_with_nothing_and_findings_become_cases() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        clerk.get("/supervision/sweeps/new").await.ok();
        let wrong = [("title", "排查"), ("question", "看边坡"), ("from", "2026-03-02"), ("to", "2026-03-01")];
        clerk.send("/supervision/sweeps", &wrong).await.is(422);
        let villages = sweep(&mut clerk, "village").await;
        let grids = sweep(&mut clerk, "grid").await;
        // The village returns nothing: a nil return is one, and once.
        let mut village = world.member("village").await;
        let page = village.get(&villages).await.ok();
        let own = link(&page, "/supervision/returns/");
        village.get(&own).await.ok();
        village.send(&own, &[("words", "")]).await.is(422);
        village.get(&own).await.ok();
        village.send(&own, &[("words", "查看四十户，未发现问题。")]).await.onward();
        let twice = village.send(&own, &[("words", "查看四十户，未发现问题。")]).await.is(409);
        assert!(twice.words().contains("已于"), "{}", twice.words());
        let nil = clerk.get(&format!("{villages}?tab=nil")).await.ok().words();
        assert!(nil.contains("零报告") && nil.contains("已填报 1/"), "{nil}");
        // The others are shown as not yet in; the clerk of the town does not return for them.
        let page = clerk.get(&format!("{villages}?tab=awaited")).await.ok();
        let other = link(&page, "/supervision/returns/");
        clerk.get(&other).await.ok();
        clerk.send(&other, &[("words", "代填一下。")]).await.is(403);
        // The grid worker finds something; it becomes a case, once.
        let mut grid = world.member("grid").await;
        let page = grid.get(&grids).await.ok();
        let own = link(&page, "/supervision/returns/");
        grid.get(&own).await.ok();
        let found = [("words", "查看二十户。"), ("what0", "三号院墙体开裂约两指宽"), ("spot0", "北沟三号院")];
        grid.send(&own, &found).await.onward();
        let page = grid.get(&own).await.ok();
        let file = form(&page, "/supervision/findings/");
        let category = option(&page, "路灯不亮");
        assert!(grid.send(&file, &[("category", "")]).await.is(422).words().contains("三号院墙体开裂"));
        grid.get(&own).await.ok();
        grid.send(&file, &[("category", &category)]).await.onward();
        let twice = clerk_files(&world, &own, &file, &category).await;
        assert!(twice.words().contains("已经转为事项620602-2026-"), "{}", twice.words());
        let queue = clerk.get("/queue?tab=all&whose=area").await.ok().words();
        assert_eq!(queue.matches("三号院墙体开裂").count(), 1, "{queue}");
        // Late: after the last day what is missing is said, and what comes in is late.
        world.pass(10 * DAY_MS).await;
        let mut clerk = world.member("clerk").await;
        let page = clerk.get(&villages).await.ok().words();
        assert!(page.contains("逾期未报"), "{page}");
        assert!(clerk.get(&format!("{villages}/sheet.xlsx")).await.ok().bytes.starts_with(b"PK"));
        let mut grid = world.member("grid").await;
        assert!(grid.get("/supervision/sweeps").await.ok().words().contains("汛期边坡专项排查"));
        let _ =
            link_of(&clerk.get("/supervision/sweeps").await.ok(), "/supervision/sweeps/", "汛期边坡专项排查");
    }
}

/// The town's clerk tries to make a case of what is one already.
async fn clerk_files(world: &World, own: &str, file: &str, category: &str) -> Answer {
    let mut clerk = world.member("clerk").await;
    clerk.get(own).await.ok();
    clerk.send(file, &[("category", category)]).await.is(409)
}

/// Where the first form of a page leads whose address begins so.
#[track_caller]
fn form(answer: &Answer, begin: &str) -> String {
    use scraper::{Html, Selector};
    let page = Html::parse_document(&answer.text());
    let forms = Selector::parse(&format!("form[action^='{begin}']")).unwrap();
    let found = page.select(&forms).find_map(|f| f.value().attr("action"));
    found.unwrap_or_else(|| panic!("no form {begin}: {}", answer.words())).to_owned()
}

#[tokio::test]
async fn what_lies_elsewhere_is_nothing() {
    for world in World::all() {
        let entry = in_hand(&world, "北沟边坡塌滑隐患", "60").await;
        for name in ["mediator", "village"] {
            let mut browser = world.member(name).await;
            browser.get(&entry).await.is(404);
            assert!(!browser.get("/supervision?tab=all").await.ok().words().contains("北沟边坡"), "{name}");
        }
        for name in ["grid", "auditor", "admin", "outsider"] {
            world.member(name).await.get("/supervision").await.is(403);
        }
        let mut resident = world.resident();
        assert!(resident.get("/supervision").await.onward().starts_with("/sign-in"));
    }
}

#[tokio::test]
async fn a_published_day_off_moves_the_time_limit() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let entry = nominate(&mut clerk, "北沟边坡塌滑隐患").await;
        let mut county = world.member("county").await;
        let address = format!("{entry}/listing");
        let page = county.get(&address).await.ok();
        let (leader, housing) = (option(&page, "孙永明"), unit(&page, "unit", "住房"));
        let page = county.send(&address, &[("unit", &housing), ("_step", "unit")]).await.ok();
        let person = option(&page, "张志强");
        let typed =
            [("leader", leader.as_str()), ("person", person.as_str()), ("term", "20"), ("term_unit", "wd")];
        county.send(&address, &typed).await.onward();
        assert!(county.get(&entry).await.ok().words().contains("到期 2026-03-30"));
        let mut admin = world.member("admin").await;
        admin.get("/admin/calendar/new").await.ok();
        let fields = admin.fields("/admin/calendar");
        let (_, off) = fields.iter().find(|(name, _)| name == "off").unwrap();
        let off = format!("{}\n临时放假 2026-03-16", off.trim());
        let seen = admin.send("/admin/calendar", &[("off", &off), ("_step", "preview")]).await.ok().words();
        assert!(seen.contains("变动 1 个"), "{seen}");
        admin.send("/admin/calendar", &[("off", &off)]).await.onward();
        world.pass(1_000).await;
        let page = county.get(&entry).await.ok().words();
        assert!(page.contains("到期 2026-03-31") && page.contains("期限重算"), "{page}");
        // A second look moves nothing twice.
        world.pass(2 * MINUTE_MS).await;
        assert_eq!(county.get(&entry).await.ok().words().matches("期限重算").count(), 1);
    }
}
