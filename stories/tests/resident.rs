//! The public side and the grid worker's phone: a matter is said page by page, followed by number and code,
//! contested and confirmed; what the public may see of it; the quick report.

use scraper::{Html, Selector};

use crate::world::{Answer, Browser, World};

/// The first choice of a select.
#[track_caller]
fn first(answer: &Answer, name: &str) -> String {
    let page = Html::parse_document(&answer.text());
    let options = Selector::parse(&format!("select[name=\"{name}\"] option")).unwrap();
    let mut values = page.select(&options).filter_map(|o| o.value().attr("value"));
    values.find(|v| !v.is_empty()).unwrap_or_else(|| panic!("nothing to choose for {name}")).to_owned()
}

/// The option of a select whose words hold `words`.
#[track_caller]
fn option(answer: &Answer, name: &str, words: &str) -> String {
    let page = Html::parse_document(&answer.text());
    let options = Selector::parse(&format!("select[name=\"{name}\"] option")).unwrap();
    let found = page.select(&options).find(|o| o.text().collect::<String>().contains(words));
    found.and_then(|o| o.value().attr("value")).unwrap_or_else(|| panic!("no {words} in {name}")).to_owned()
}

/// The texts of the elements that a selector finds.
fn texts(answer: &Answer, selector: &str) -> Vec<String> {
    let page = Html::parse_document(&answer.text());
    let all = Selector::parse(selector).unwrap();
    page.select(&all).map(|e| e.text().collect::<String>().trim().to_owned()).collect()
}

/// Chooses the first place there is, one select after the other, as without scripts; the draft's address.
async fn begin(b: &mut Browser) -> String {
    let page = b.get("/say").await.ok();
    let county = first(&page, "county");
    let page = b.send("/say", &[("county", &county)]).await.ok();
    let town = first(&page, "town");
    let page = b.send("/say", &[("town", &town)]).await.ok();
    let village = first(&page, "village");
    let next = b.send("/say", &[("village", &village), ("spot", "村委会东边")]).await.onward();
    next.trim_end_matches("/similar").to_owned()
}

/// Chooses the category that a search finds first.
async fn choose(b: &mut Browser, draft: &str, words: &str) {
    let query = serde_urlencoded::to_string([("q", words)]).unwrap();
    let page = b.get(&format!("{draft}/category?{query}")).await.ok();
    let html = Html::parse_document(&page.text());
    let button = Selector::parse("button[name=category]").unwrap();
    let value = html.select(&button).next().and_then(|e| e.value().attr("value")).unwrap().to_owned();
    assert!(b.send(&format!("{draft}/category"), &[("category", &value)]).await.onward().ends_with("/what"));
}

/// What a sender holds in the end.
pub struct Receipt {
    pub number: String,
    pub code: String,
    /// Where the matter is followed.
    pub address: String,
    /// Its case's address for the offices.
    pub case: String,
}

/// Says a matter to the end.
pub async fn say(b: &mut Browser, category: &str, body: &str) -> Receipt {
    let draft = begin(b).await;
    choose(b, &draft, category).await;
    b.get(&format!("{draft}/what")).await.ok();
    let typed = [("body", body), ("answer.estate", "西关小区")];
    let asks = b.fields(&format!("{draft}/what")).iter().any(|(n, _)| n == "answer.estate");
    let typed = if asks { &typed[..] } else { &typed[..1] };
    assert!(b.send(&format!("{draft}/what"), typed).await.onward().ends_with("/contact"));
    b.get(&format!("{draft}/contact")).await.ok();
    let contact = [("name", "周女士"), ("contact", "13912345678")];
    assert!(b.send(&format!("{draft}/contact"), &contact).await.onward().ends_with("/check"));
    b.get(&format!("{draft}/check")).await.ok();
    let to = b.send(&format!("{draft}/submission"), &[]).await.onward();
    let page = b.get(&to).await.ok();
    let [number, code] = <[String; 2]>::try_from(texts(&page, ".number")).unwrap();
    let address = to.trim_end_matches("/receipt").to_owned();
    Receipt { number, code, case: address.replace("/follow/", "/cases/"), address }
}

/// Sends the form of an act on a case's open page.
async fn act(browser: &mut Browser, case: &str, act: &str, typed: &[(&str, &str)]) -> Answer {
    browser.get(case).await.ok();
    browser.send(&format!("{case}/{act}"), typed).await
}

/// The offices handle a matter until it is answered.
async fn answer(world: &World, case: &str) {
    let mut clerk = world.member("clerk").await;
    act(&mut clerk, case, "acceptance", &[]).await.onward();
    let mut liaison = world.member("liaison").await;
    act(&mut liaison, case, "taking", &[]).await.onward();
    let words = [("report_ending", "fixed"), ("report_words", "垃圾当天清运，以后每日两次。")];
    act(&mut liaison, case, "report", &words).await.onward();
    act(&mut clerk, case, "verification", &[]).await.onward();
}

#[tokio::test]
async fn a_matter_is_said_page_by_page_and_becomes_one_case() {
    for world in World::all() {
        let mut b = world.resident();
        let draft = begin(&mut b).await;
        choose(&mut b, &draft, "路灯不亮").await;
        b.get(&format!("{draft}/what")).await.ok();
        // Nothing typed: said at the field; what was typed is kept.
        let bare = b.send(&format!("{draft}/what"), &[("body", " ")]).await.is(422);
        assert!(bare.words().contains("有内容需要改一下"));
        b.send(&format!("{draft}/what"), &[("body", "村口路灯坏了三天，晚上看不见路。")]).await.onward();
        assert!(b.get(&format!("{draft}/what")).await.ok().text().contains("村口路灯坏了三天"));
        b.get(&format!("{draft}/contact")).await.ok();
        let bad = b.send(&format!("{draft}/contact"), &[("contact", "12")]).await.is(422);
        assert!(bad.text().contains("value=\"12\""));
        b.send(&format!("{draft}/contact"), &[("contact", "")]).await.onward();
        let check = b.get(&format!("{draft}/check")).await.ok();
        assert!(check.words().contains("路灯不亮") && check.words().contains("没有留"));
        // The button pressed twice makes one case and gives one receipt.
        let to = format!("{draft}/submission");
        let fields = b.fields(&to);
        let one = b.send_bare(&to, &fields).await.onward();
        let two = b.send_bare(&to, &fields).await.onward();
        assert_eq!(one, two, "{}", world.engine);
        let receipt = b.get(&one).await.ok();
        assert!(receipt.words().contains("最晚答复日期") && receipt.words().contains("受理后建议交给"));
        b.get(&format!("{draft}/what")).await.is(409);
        b.get(one.trim_end_matches("/receipt")).await.ok();
    }
}

#[tokio::test]
async fn an_address_opens_nothing_without_what_the_browser_holds() {
    for world in World::all() {
        let mut b = world.resident();
        let draft = begin(&mut b).await;
        let mine = say(&mut b, "路灯不亮", "村口路灯坏了三天。").await;
        let mut stranger = world.resident();
        for step in ["place", "side", "similar", "category", "what", "contact", "check"] {
            stranger.get(&format!("{draft}/{step}")).await.is(410);
        }
        assert_eq!(stranger.get(&mine.address).await.onward(), "/follow");
        assert_eq!(stranger.get(&format!("{}/receipt", mine.address)).await.onward(), "/follow");
        for path in ["proof.json", "note", "contest", "reopening", "withdrawal", "supplement"] {
            stranger.get(&format!("{}/{path}", mine.address)).await.is(410);
        }
        stranger.get("/follow").await.ok();
        let act = format!("{}/withdrawal", mine.address);
        assert_eq!(stranger.send(&act, &[]).await.status.as_u16(), 410);
        // And after its time the cookie opens nothing either.
        b.get(&mine.address).await.ok();
        world.clock.advance(3 * base::HOUR_MS);
        assert_eq!(b.get(&mine.address).await.onward(), "/follow");
    }
}

#[tokio::test]
async fn number_and_code_open_the_matter_and_guessing_ends() {
    for world in World::all() {
        let mine = say(&mut world.resident(), "路灯不亮", "村口路灯坏了三天。").await;
        let mut b = world.resident();
        b.get("/follow").await.ok();
        let typed = format!(" {} ", mine.code.to_lowercase());
        let to = b.send("/follow", &[("number", &mine.number), ("code", &typed)]).await.onward();
        assert_eq!(to, mine.address);
        let page = b.get(&to).await.ok();
        assert!(page.words().contains("已经登记，等待受理"));
        let mut guesser = world.resident();
        guesser.get("/follow").await.ok();
        let mut last = 0;
        for _ in 0..9 {
            let wrong = [("number", mine.number.as_str()), ("code", "AAAAAAAA")];
            last = guesser.send("/follow", &wrong).await.status.as_u16();
            assert!([404, 429].contains(&last), "{last}");
        }
        assert_eq!(last, 429);
    }
}

#[tokio::test]
async fn the_sender_contests_confirms_and_reopens() {
    for world in World::all() {
        let mut b = world.resident();
        let mine = say(&mut b, "物业服务不到位", "小区物业三个月不清运垃圾。").await;
        answer(&world, &mine.case).await;
        let page = b.get(&mine.address).await.ok();
        assert!(page.words().contains("垃圾当天清运") && page.words().contains("已解决"), "{}", page.words());
        assert!(page.words().contains("受理员") || page.words().contains("查看事项"), "{}", page.words());
        let contest = format!("{}/contest", mine.address);
        b.get(&contest).await.ok();
        b.send(&contest, &[("words", "")]).await.is(422);
        b.send(&contest, &[("words", "垃圾还在楼下，没有人来。")]).await.onward();
        let page = b.get(&mine.address).await.ok();
        assert!(page.words().contains("办理中") && page.words().contains("垃圾还在楼下"));
        // Too late to confirm what is not answered any more.
        b.send(&format!("{}/confirmation", mine.address), &[]).await.is(409);

        let mut b = world.resident();
        let mine = say(&mut b, "物业服务不到位", "小区电梯坏了半个月没有人修。").await;
        answer(&world, &mine.case).await;
        b.get(&mine.address).await.ok();
        b.send(&format!("{}/confirmation", mine.address), &[]).await.onward();
        let page = b.get(&mine.address).await.ok();
        assert!(page.words().contains("要求重新办理"));
        let reopening = format!("{}/reopening", mine.address);
        b.get(&reopening).await.ok();
        b.send(&reopening, &[("words", "电梯第二天又停了。")]).await.onward();
        assert!(b.get(&mine.address).await.ok().words().contains("承办单位正在办"));
    }
}

#[tokio::test]
async fn the_public_list_hides_people_and_what_no_office_has_seen() {
    for world in World::all() {
        let mut b = world.resident();
        let mine = say(&mut b, "物业服务不到位", "阳台漏水无人修理请打13912345678。").await;
        let public = mine.address.replace("/follow/", "/matters/");
        let mut anybody = world.resident();
        assert!(!anybody.get("/matters").await.ok().words().contains("阳台漏水"));
        let unseen = anybody.get(&public).await.ok();
        assert!(!unseen.words().contains("阳台漏水"), "{}", unseen.words());
        answer(&world, &mine.case).await;
        let list = anybody.get("/matters").await.ok();
        assert!(list.words().contains("阳台漏水") && !list.text().contains("13912345678"));
        let page = anybody.get(&public).await.ok();
        assert!(page.words().contains("阳台漏水") && !page.text().contains("13912345678"));
        assert!(!page.text().contains("周女士") && !page.text().contains("西关小区"));
    }
}

#[tokio::test]
async fn neighbours_join_and_few_of_them_are_not_counted() {
    for world in World::all() {
        say(&mut world.resident(), "路灯不亮", "东门路灯三天不亮。").await;
        let mut b = world.resident();
        let draft = begin(&mut b).await;
        let page = b.get(&format!("{draft}/similar")).await.ok();
        assert!(page.words().contains("路灯不亮") && !page.words().contains("东门路灯"));
        let html = Html::parse_document(&page.text());
        let forms = Selector::parse("form[action$=metoo]").unwrap();
        let join = html.select(&forms).next().unwrap().value().attr("action").unwrap().to_owned();
        let fields = b.fields(&join);
        let to = b.send_bare(&join, &fields).await.onward();
        b.send_bare(&join, &fields).await.onward();
        assert!(b.get(&to).await.ok().words().contains("不足 5 人附议"));
    }
}

#[tokio::test]
async fn a_grid_worker_reports_takes_and_finishes() {
    for world in World::all() {
        let mut grid = world.member("grid").await;
        grid.get("/grid").await.ok();
        let page = grid.get("/grid/report").await.ok();
        let root = option(&page, "root", "住房与物业");
        let page = grid.send("/grid/report", &[("root", &root), ("_step", "root")]).await.ok();
        let category = option(&page, "category", "物业服务不到位");
        let bare = grid.send("/grid/report", &[("category", &category), ("body", "")]).await.is(422);
        assert!(bare.words().contains("情况"));
        let typed =
            [("category", category.as_str()), ("body", "楼道灯全坏，老人摸黑上楼。"), ("spot", "3号楼")];
        let task = grid.send("/grid/report", &typed).await.onward();
        assert!(grid.get("/grid").await.ok().words().contains("楼道灯全坏"));
        let case = task.replace("/grid/cases/", "/cases/");

        let mut clerk = world.member("clerk").await;
        let page = clerk.get(&case).await.ok();
        let unit = grid.get("/account").await.ok();
        let own = texts(&unit, "body").join(" ");
        let units = Html::parse_document(&page.text());
        let options = Selector::parse("select[name=accept_unit] option").unwrap();
        let mine = units.select(&options).find(|o| {
            let name: String = o.text().collect();
            o.value().attr("value").is_some_and(|v| !v.is_empty()) && own.contains(name.trim())
        });
        let mine = mine.and_then(|o| o.value().attr("value")).expect("the worker's unit").to_owned();
        act(&mut clerk, &case, "acceptance", &[("accept_unit", &mine)]).await.onward();

        let today = grid.get("/grid").await.ok();
        assert!(today.words().contains("待接单 1"), "{}", today.words());
        grid.get(&task).await.ok();
        grid.send(&format!("{task}/taking"), &[]).await.onward();
        grid.get(&format!("{task}/finish")).await.ok();
        let kept = grid.send(&format!("{task}/finish"), &[("words", "")]).await.is(422);
        assert!(kept.words().contains("做了什么"));
        let words = [("ending", "fixed"), ("words", "已更换灯泡，亮灯正常。")];
        grid.send(&format!("{task}/finish"), &words).await.onward();
        assert!(grid.get(&task).await.ok().words().contains("待核实"));
        // A resident's browser and an account without posts see nothing of this.
        world.resident().get(&task).await.onward();
        world.member("outsider").await.get(&task).await.is(403);
    }
}

/// A small photo.
pub fn photo(shade: u8) -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    let pixels = image::RgbImage::from_pixel(40, 30, image::Rgb([shade, 90, 120]));
    pixels.write_to(&mut out, image::ImageFormat::Png).unwrap();
    out.into_inner()
}

/// The addresses of the pictures on a page.
fn pictures(answer: &Answer) -> Vec<String> {
    let page = Html::parse_document(&answer.text());
    let images = Selector::parse(".photos img").unwrap();
    page.select(&images).filter_map(|i| i.value().attr("src")).map(str::to_owned).collect()
}

#[tokio::test]
async fn photos_outlive_a_mistake_and_open_for_nobody_else() {
    for world in World::all() {
        let mut b = world.resident();
        let draft = begin(&mut b).await;
        choose(&mut b, &draft, "路灯不亮").await;
        let what = format!("{draft}/what");
        b.get(&what).await.ok();
        // The text is missing, the photos are kept all the same.
        let again = b.send_files(&what, &[("body", "")], "photo", &[photo(1), photo(2)]).await.is(422);
        assert_eq!(pictures(&again).len(), 2);
        let no_picture =
            b.send_files(&what, &[("body", "灯坏了三天。")], "photo", &[b"%PDF-1.4".to_vec()]).await;
        assert!(no_picture.is(422).words().contains("灯坏了三天"));
        let many: Vec<_> = (0..6).map(photo).collect();
        assert_eq!(
            pictures(&b.send_files(&what, &[("body", "灯坏了三天。")], "photo", &many).await.is(422)).len(),
            2
        );
        let shown = pictures(&b.get(&what).await.ok());
        let one = b.get(&shown[0]).await.ok();
        assert_eq!(one.headers["content-type"], "image/jpeg");
        assert!(one.headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
        assert_eq!(one.headers["x-content-type-options"], "nosniff");
        world.resident().get(&shown[0]).await.is(410);
        b.get(&what).await.ok();
        b.send(&what, &[("body", "灯坏了三天。")]).await.onward();
        b.get(&format!("{draft}/contact")).await.ok();
        b.send(&format!("{draft}/contact"), &[]).await.onward();
        b.get(&format!("{draft}/check")).await.ok();
        let to = b.send(&format!("{draft}/submission"), &[]).await.onward();
        let address = to.trim_end_matches("/receipt").to_owned();
        let kept = pictures(&b.get(&address).await.ok());
        assert_eq!(kept.len(), 2);
        b.get(&kept[0]).await.ok();
        world.resident().get(&kept[0]).await.is(410);
        b.get(&address.replace("/follow/", "/matters/")).await.ok();

        // A note without words: its photo waits for them.
        let note = format!("{address}/note");
        b.get(&note).await.ok();
        let again = b.send_files(&note, &[("words", "")], "photo", &[photo(9)]).await.is(422);
        assert!(again.words().contains("已收到 1 张照片"));
        b.send_files(&note, &[("words", "今天又灭了一盏。")], "photo", &[]).await.onward();
        assert_eq!(pictures(&b.get(&address).await.ok()).len(), 3);
    }
}
