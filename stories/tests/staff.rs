//! The offices' pages: each duty's home, a matter from the counter to the closed case, two clerks at once,
//! the numbers of the brief, the auditor, the administrator, and who is turned away.

use scraper::{Html, Selector};

use crate::world::{Answer, Browser, World};

/// The value of the option whose words hold `words`, anywhere on a page.
#[track_caller]
pub fn option(answer: &Answer, words: &str) -> String {
    let page = Html::parse_document(&answer.text());
    let options = Selector::parse("option").unwrap();
    let found = page.select(&options).find(|o| o.text().collect::<String>().contains(words));
    let found = found.unwrap_or_else(|| panic!("no option {words}"));
    found.value().attr("value").unwrap_or_default().to_owned()
}

/// Registers a matter at the counter and gives its page's address.
pub async fn register(clerk: &mut Browser, title: &str, category: &str) -> String {
    let page = clerk.get("/intake").await.ok();
    let category = option(&page, category);
    let body = format!("{title}。请尽快派人来看，已经影响生活。");
    let typed = [
        ("title", title),
        ("body", body.as_str()),
        ("category", category.as_str()),
        ("spot", "村委会东边第二个路口"),
        ("answer.estate", "西关小区"),
        ("name", "周女士"),
        ("contact", "13912345678"),
    ];
    let mut answer = clerk.send("/intake", &typed).await;
    if answer.status == 200 {
        // Something looks like it: the clerk says that it is another matter.
        assert!(answer.words().contains("附近相似的在办件"));
        answer = clerk.send("/intake", &typed).await;
    }
    let receipt = answer.onward();
    assert!(receipt.ends_with("/receipt"), "{receipt}");
    receipt.trim_end_matches("/receipt").to_owned()
}

/// Sends the form of an act on a case's open page.
pub async fn act(browser: &mut Browser, case: &str, act: &str, typed: &[(&str, &str)]) -> Answer {
    browser.get(case).await.ok();
    browser.send(&format!("{case}/{act}"), typed).await
}

/// A matter that a unit of the county has taken.
pub async fn taken(world: &World, title: &str) -> String {
    let mut clerk = world.member("clerk").await;
    let case = register(&mut clerk, title, "物业服务不到位").await;
    act(&mut clerk, &case, "acceptance", &[]).await.onward();
    let mut liaison = world.member("liaison").await;
    act(&mut liaison, &case, "taking", &[]).await.onward();
    case
}

#[tokio::test]
async fn each_duty_has_its_home() {
    for world in World::all() {
        for (name, home) in [
            ("clerk", "/queue"),
            ("liaison", "/queue"),
            ("mediator", "/queue"),
            ("village", "/queue"),
            ("grid", "/grid"),
            ("leader", "/brief"),
            ("auditor", "/audit"),
            ("admin", "/admin"),
            ("outsider", "/account"),
        ] {
            let mut browser = world.member(name).await;
            assert_eq!(browser.get("/").await.onward(), "/start");
            assert_eq!(browser.get("/start").await.onward(), home, "{name}");
            browser.get(home).await.ok();
        }
    }
}

#[tokio::test]
async fn a_matter_goes_from_the_counter_to_the_closed_case() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let case = register(&mut clerk, "小区物业三个月不清运垃圾", "物业服务不到位").await;
        let receipt = clerk.get(&format!("{case}/receipt")).await.ok();
        assert!(receipt.words().contains("查询码"));

        let queue = clerk.get("/queue").await.ok();
        assert!(queue.words().contains("小区物业三个月不清运垃圾"), "{}", queue.words());
        // Acceptance sends it out at once to the unit that the routing table suggests.
        assert!(act(&mut clerk, &case, "acceptance", &[]).await.onward().ends_with(&case));
        assert!(clerk.get(&case).await.ok().words().contains("已受理。"));

        let mut liaison = world.member("liaison").await;
        assert!(liaison.get("/queue").await.ok().words().contains("小区物业三个月不清运垃圾"));
        act(&mut liaison, &case, "taking", &[]).await.onward();
        let words =
            [("report_ending", "fixed"), ("report_words", "已约谈物业公司，垃圾当天清运，以后每日两次。")];
        act(&mut liaison, &case, "report", &words).await.onward();
        // Nobody verifies their own work, and a department has no such duty.
        act(&mut liaison, &case, "verification", &[]).await.is(403);

        // The verifier finds the report's words as the answer, and may change them.
        assert!(clerk.get(&case).await.ok().words().contains("已约谈物业公司"));
        act(&mut clerk, &case, "verification", &[]).await.onward();
        let closed = clerk.get(&case).await.ok();
        assert!(closed.words().contains("已解决"), "{}", closed.words());
        // Who answered it does not write down that the resident is content.
        assert!(!closed.text().contains(&format!("{case}/confirmation")));
        act(&mut clerk, &case, "confirmation", &[]).await.is(403);
        let mut colleague = world.member("clerk2").await;
        act(&mut colleague, &case, "confirmation", &[("confirm_words", "电话回访，来件人满意")])
            .await
            .onward();
    }
}

#[tokio::test]
async fn what_looks_alike_is_shown_once_before_a_new_case_is_made() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let first = register(&mut clerk, "东门路灯三天不亮老人不敢出门", "路灯不亮").await;
        let page = clerk.get("/intake").await.ok();
        let category = option(&page, "路灯不亮");
        let typed = [
            ("title", "东门路灯不亮老人不敢出门"),
            ("body", "东门路灯三天不亮老人不敢出门。请尽快派人来看。"),
            ("category", category.as_str()),
            ("spot", "东门"),
        ];
        let answer = clerk.send("/intake", &typed).await.ok();
        assert!(answer.words().contains("同一"), "{}", answer.words());
        let same = format!("same-{}", first.rsplit('/').next().unwrap());
        let mut again = typed.to_vec();
        again.push(("_step", same.as_str()));
        assert_eq!(clerk.send("/intake", &again).await.onward(), first);
        assert!(clerk.get(&first).await.ok().words().contains("窗口又接到反映同一事项"));
    }
}

#[tokio::test]
async fn what_was_typed_stays_when_something_is_wrong() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        clerk.get("/intake").await.ok();
        let typed = [("title", "灯"), ("body", "很长的说明文字要保留下来"), ("contact", "12")];
        let answer = clerk.send("/intake", &typed).await.is(422);
        let (words, text) = (answer.words(), answer.text());
        assert!(text.contains("很长的说明文字要保留下来") && text.contains("value=\"12\""), "{words}");
        for field in ["f-title", "f-contact", "f-category"] {
            assert!(text.contains(&format!("href=\"#{field}\"")), "{field}: {words}");
        }
    }
}

/// A village that the form of acceptance offers and that does not stand there yet, with its name.
#[track_caller]
fn another_village(case: &Answer) -> (String, String) {
    let page = Html::parse_document(&case.text());
    let options = Selector::parse("select[name=accept_place] option").unwrap();
    let free = page.select(&options).find(|o| {
        let value = o.value();
        value.attr("selected").is_none() && value.attr("value").is_some_and(|v| !v.is_empty())
    });
    let free = free.unwrap_or_else(|| panic!("no other village: {}", case.words()));
    (free.value().attr("value").unwrap().to_owned(), free.text().collect())
}

#[tokio::test]
async fn the_second_clerk_is_told_who_was_faster() {
    for world in World::all() {
        let (mut one, mut two) = (world.member("clerk").await, world.member("clerk2").await);
        let case = register(&mut one, "巷口垃圾无人清运已经一周", "垃圾清运不及时").await;
        two.get(&case).await.ok();
        // The first one also puts the matter into the right village.
        let (village, name) = another_village(&one.get(&case).await.ok());
        let mended = [("accept_unit", ""), ("accept_place", village.as_str())];
        act(&mut one, &case, "acceptance", &mended).await.onward();
        assert!(one.get(&case).await.ok().words().contains(&name), "{name}");
        let address = format!("{case}/return");
        let late = two.send(&address, &[("return_reason", "请补充具体位置和照片后再来。")]).await.is(409);
        let words = late.words();
        assert!(words.contains("李建国"), "{words}");
        assert!(late.text().contains("请补充具体位置和照片后再来。"), "what was typed is kept");
    }
}

/// The number that a link shows, and the address of its rows.
fn figures(answer: &Answer) -> Vec<(u64, String)> {
    let page = Html::parse_document(&answer.text());
    let links = Selector::parse("a[href^='/queue?figure=']").unwrap();
    let mut found: Vec<(u64, String)> = page
        .select(&links)
        .filter_map(|a| {
            // The first text is the number; days with a decimal are no counts.
            let number = a.text().map(str::trim).find(|t| !t.is_empty())?;
            Some((number.parse().ok()?, a.value().attr("href")?.to_owned()))
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// The same figures as the command line's report makes them.
async fn answer_times(world: &World) -> case::rules::answers::AnswerTimes {
    let now = base::Clock::now(&*world.clock);
    let everything = access::Clause { touch: access::Touch::Anything, unit: 0 };
    let filter = case::store::CaseFilter::within(access::ScopeFilter { clauses: vec![everything] });
    let spans = world.db.read(move |conn| case::store::answer_spans(conn, &filter, now)).await.unwrap();
    case::rules::answers::AnswerTimes::of(spans.into_iter().filter_map(|(from, to)| Some((from, to?))))
}

/// How many rows a queue says it has.
#[track_caller]
fn total(answer: &Answer) -> u64 {
    let words = answer.words();
    let (_, rest) = words.split_once("共 ").unwrap_or_else(|| panic!("no total: {words}"));
    rest.split(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn every_number_of_the_brief_opens_its_rows() {
    for world in World::all() {
        let done = taken(&world, "物业不修电梯已经停了一周").await;
        taken(&world, "小区消防通道被杂物堵住").await;
        let mut clerk = world.member("clerk").await;
        register(&mut clerk, "渠口淤堵冬灌水过不来", "渠道机井损坏").await;
        let mut liaison = world.member("liaison").await;
        let words = [("report_ending", "explained"), ("report_words", "已向居民说明维修基金使用程序。")];
        act(&mut liaison, &done, "report", &words).await.onward();
        act(&mut clerk, &done, "verification", &[]).await.onward();
        world.pass(20 * base::DAY_MS).await;

        let mut leader = world.member("leader").await;
        let brief = leader.get("/brief?span=all").await.ok();
        let times = answer_times(&world).await;
        assert!(times.count() > 0);
        for figure in [times.quantile(50), times.quantile(90)] {
            let said = figure.unwrap().to_string();
            assert!(brief.words().split(' ').any(|w| w == said), "{said} as `linli report answers` says");
        }
        let figures = figures(&brief);
        assert!(figures.len() >= 10, "{figures:?}");
        for (number, address) in figures {
            let rows = leader.get(&address).await.ok();
            assert_eq!(total(&rows), number, "{} {address}", world.engine);
        }
    }
}

#[tokio::test]
async fn a_contact_opens_for_a_purpose_and_the_auditor_sees_it() {
    for world in World::all() {
        let case = taken(&world, "楼道灯坏了半个月没人换").await;
        let mut liaison = world.member("liaison").await;
        let page = liaison.get(&case).await.ok();
        assert!(!page.text().contains("13912345678"), "the contact is sealed");
        let address = format!("{case}/contact");
        liaison.send(&address, &[]).await.is(422);
        liaison.get(&case).await.ok();
        let opened = liaison.send(&address, &[("purpose", "contact.visit")]).await.ok();
        assert!(opened.text().contains("13912345678"));

        let mut auditor = world.member("auditor").await;
        assert!(auditor.get("/audit/reads").await.ok().words().contains("请先说明用途"));
        let why = [("purpose", "journal.routine")];
        assert_eq!(auditor.send("/audit/purpose", &why).await.onward(), "/audit/reads");
        let reads = auditor.get("/audit/reads?kind=contact").await.ok();
        assert!(reads.words().contains("联系上门办理"), "{}", reads.words());
        // The auditor reads who read; the case itself is not theirs.
        auditor.get(&case).await.is(403);
        let entries = auditor.get("/audit?kind=case.contact_opened").await.ok();
        assert!(entries.words().contains("查看联系方式"));
        let db = world.db.clone();
        tokio::task::spawn_blocking(move || db.sign_now()).await.unwrap().unwrap();
        auditor.get("/audit/journal").await.ok();
        let checked = auditor.send("/audit/journal/check", &[]).await.ok();
        assert!(checked.words().contains("核验通过"), "{}", checked.words());
    }
}

#[tokio::test]
async fn an_administrator_keeps_the_categories() {
    for world in World::all() {
        let mut admin = world.member("admin").await;
        let page = admin.get("/admin/categories").await.ok();
        let parent = option(&page, "道路与路灯");
        let typed = [
            ("parent", parent.as_str()),
            ("code", "020199"),
            ("name", "路名牌缺失"),
            ("kind", "help"),
            ("days", "10"),
            ("unit", "wd"),
            ("days_source", "本地规定"),
        ];
        admin.send("/admin/categories", &typed).await.onward();
        admin.get("/admin/categories").await.ok();
        let twice = admin.send("/admin/categories", &typed).await.is(422);
        assert!(twice.words().contains("这个代码已经有了"));
        let mut clerk = world.member("clerk").await;
        let id = option(&clerk.get("/intake").await.ok(), "路名牌缺失");
        admin.send(&format!("/admin/categories/{id}/end"), &[]).await.onward();
        assert!(!clerk.get("/intake").await.ok().words().contains("路名牌缺失"));
        for page in ["/admin/routing", "/admin/packs", "/admin/timers"] {
            admin.get(page).await.ok();
        }
    }
}

#[tokio::test]
async fn nobody_comes_in_without_the_duty() {
    for world in World::all() {
        let case = taken(&world, "排水沟堵塞污水漫到院子里").await;
        let mut outsider = world.member("outsider").await;
        let mut anybody = world.resident();
        for right in case::pages::staff::RIGHTS.iter().filter(|r| r.path != "/start") {
            let path = right
                .path
                .replace("/cases/{id}", &case)
                .replace("{photo}", "0000000000001")
                .replace("{id}", "0000000000001");
            let (theirs, public) = match right.method {
                "GET" => (outsider.get(&path).await, anybody.get(&path).await),
                _ => {
                    outsider.get("/account").await.ok();
                    anybody.get("/follow").await.ok();
                    (outsider.send(&path, &[]).await, anybody.send(&path, &[]).await)
                }
            };
            assert_eq!(theirs.status, 403, "{} {path}", right.method);
            assert!(
                public.status == 401 || public.location().starts_with("/sign-in"),
                "{} {path}",
                right.method
            );
        }
        // A unit that has no part in the case does not learn that it exists.
        let mut mediator = world.member("mediator").await;
        mediator.get(&case).await.is(404);
    }
}
