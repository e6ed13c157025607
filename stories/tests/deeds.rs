//! Every step that there is, gone once: those of the offices, those of the sender, and the grid worker's way back.
//! What each leaves in the journal is held by `facts.rs` at every request.

use scraper::{Html, Selector};

use crate::resident::say;
use crate::staff::{act, option, register, taken};
use crate::world::{Answer, World};

/// The unit of a select whose words hold `words`.
#[track_caller]
pub fn unit(case: &Answer, name: &str, words: &str) -> String {
    let page = Html::parse_document(&case.text());
    let options = Selector::parse(&format!("select[name={name}] option")).unwrap();
    let found = page.select(&options).find(|o| o.text().collect::<String>().contains(words));
    found.and_then(|o| o.value().attr("value")).unwrap_or_else(|| panic!("no {words} in {name}")).to_owned()
}

#[tokio::test]
async fn every_step_of_the_offices() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let mut colleague = world.member("clerk2").await;
        let mut liaison = world.member("liaison").await;
        let case = register(&mut clerk, "小区物业三个月不清运垃圾", "物业服务不到位").await;
        let note = [("note", "已电话核实地址。"), ("note_reader", "offices")];
        act(&mut clerk, &case, "notes", &note).await.onward();
        // Acceptance sends it out; the department gives it back once, and is sent it once more.
        act(&mut clerk, &case, "acceptance", &[]).await.onward();
        let why = [("decline_reason", "这个小区由另一处管理，请改派。"), ("decline_entry", "权责清单第12项")];
        act(&mut liaison, &case, "declination", &why).await.onward();
        let housing = unit(&clerk.get(&case).await.ok(), "dispatch_unit", "住房");
        let send = [("dispatch_unit", housing.as_str()), ("dispatch_words", "已核对，仍由贵局办理。")];
        act(&mut clerk, &case, "dispatch", &send).await.onward();
        act(&mut liaison, &case, "taking", &[]).await.onward();
        let report = [("report_ending", "fixed"), ("report_words", "垃圾当天清运，以后每日两次。")];
        act(&mut liaison, &case, "report", &report).await.onward();
        let why = [("reject_reason", "现场仍有垃圾，请再去一次。")];
        act(&mut clerk, &case, "rejection", &why).await.onward();
        act(&mut liaison, &case, "report", &report).await.onward();
        act(&mut clerk, &case, "verification", &[]).await.onward();
        let why = [("contest_reason", "来件人来电：楼下还有垃圾。")];
        act(&mut colleague, &case, "contest", &why).await.onward();

        let case = taken(&world, "小区电梯坏了半个月没有人修").await;
        act(&mut liaison, &case, "report", &report).await.onward();
        act(&mut clerk, &case, "verification", &[]).await.onward();
        act(&mut colleague, &case, "confirmation", &[("confirm_words", "电话回访，来件人满意")])
            .await
            .onward();
        let why = [("reopen_reason", "来件人来电：又停了。")];
        act(&mut colleague, &case, "reopening", &why).await.onward();

        let case = register(&mut clerk, "巷口垃圾无人清运已经一周", "垃圾清运不及时").await;
        let why = [("escalate_reason", "涉及两个乡镇，请县级牵头。")];
        act(&mut clerk, &case, "escalation", &why).await.onward();
        let case = register(&mut clerk, "咨询住房公积金怎么提取", "物业服务不到位").await;
        act(&mut clerk, &case, "acceptance", &[("accept_unit", "")]).await.onward();
        let answer = [("close_ending", "explained"), ("close_answer", "请持身份证到政务大厅三号窗口办理。")];
        act(&mut clerk, &case, "closure", &answer).await.onward();
    }
}

#[tokio::test]
async fn the_sender_adds_supplements_and_takes_back() {
    for world in World::all() {
        let mut b = world.resident();
        let mine = say(&mut b, "物业服务不到位", "小区电梯坏了半个月没有人修。").await;
        let mut clerk = world.member("clerk").await;
        let why = [("return_reason", "请补充是哪一栋楼、哪一部电梯。")];
        act(&mut clerk, &mine.case, "return", &why).await.onward();
        act(&mut b, &mine.address, "note", &[]).await.is(422);
        let supplement = format!("{}/supplement", mine.address);
        b.get(&supplement).await.ok();
        b.send(&supplement, &[("words", "3号楼2单元。")]).await.onward();
        let withdrawal = format!("{}/withdrawal", mine.address);
        b.get(&withdrawal).await.ok();
        b.send(&withdrawal, &[("words", "已经修好了。")]).await.onward();
        assert!(b.get(&mine.address).await.ok().words().contains("撤回"));
        b.send(&format!("{}/leaving", mine.address), &[]).await.onward();
        assert_eq!(b.get(&mine.address).await.onward(), "/follow");
    }
}

#[tokio::test]
async fn a_grid_worker_gives_back_what_is_not_theirs() {
    for world in World::all() {
        let mut grid = world.member("grid").await;
        let page = grid.get("/grid/report").await.ok();
        let root = option(&page, "住房与物业");
        let page = grid.send("/grid/report", &[("root", &root), ("_step", "root")]).await.ok();
        let category = option(&page, "物业服务不到位");
        let typed =
            [("category", category.as_str()), ("body", "楼道灯全坏，老人摸黑上楼。"), ("spot", "3号楼")];
        let task = grid.send("/grid/report", &typed).await.onward();
        let case = task.replace("/grid/cases/", "/cases/");
        let mut clerk = world.member("clerk").await;
        let own = grid.get("/account").await.ok().words();
        let page = clerk.get(&case).await.ok();
        let html = Html::parse_document(&page.text());
        let options = Selector::parse("select[name=accept_unit] option").unwrap();
        let mine = html.select(&options).find(|o| {
            let name: String = o.text().collect();
            o.value().attr("value").is_some_and(|v| !v.is_empty()) && own.contains(name.trim())
        });
        let mine = mine.and_then(|o| o.value().attr("value")).expect("the worker's unit").to_owned();
        act(&mut clerk, &case, "acceptance", &[("accept_unit", &mine)]).await.onward();
        let decline = format!("{task}/decline");
        grid.get(&decline).await.ok();
        grid.send(&decline, &[("reason", "")]).await.is(422);
        grid.get(&decline).await.ok();
        let why = [("reason", "不在本网格，请改派物业。"), ("duty_entry", "网格事项准入清单第3项")];
        grid.send(&decline, &why[..1]).await.is(422);
        grid.get(&decline).await.ok();
        grid.send(&decline, &why).await.onward();
    }
}

#[tokio::test]
async fn the_form_says_what_closing_needs_and_each_gap_stands_at_its_field_with_what_was_typed() {
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let case = register(&mut clerk, "村口路面塌了一个坑", "路面破损与塌陷").await;
        let housing = unit(&clerk.get(&case).await.ok(), "accept_unit", "住房");
        act(&mut clerk, &case, "acceptance", &[("accept_unit", &housing)]).await.onward();
        let mut liaison = world.member("liaison").await;
        act(&mut liaison, &case, "taking", &[]).await.onward();
        let before = liaison.get(&case).await.ok().words();
        assert!(before.contains("须有：办理前照片、办理后照片"), "{before}");
        let typed = [("report_ending", "fixed"), ("report_words", "已填平压实，恢复通行。")];
        let missed = act(&mut liaison, &case, "report", &typed).await.is(422);
        let words = missed.words();
        assert!(words.contains("须有办理前的照片") && words.contains("须有办理后的照片"), "{words}");
        assert!(missed.text().contains("已填平压实"), "what was typed is kept");
        // How it was came with the sender's own word; how it is now comes with the report.
        let id: base::Id<case::model::Case> = case.trim_start_matches("/cases/").parse().unwrap();
        let picture = parts::files::read_picture(&crate::resident::photo(7)).unwrap();
        world
            .db
            .write(move |tx| {
                let county = case::store::case_by_id(tx.conn, id)?.map_or(0, |c| c.place.county);
                let act = base::Act::system(crate::world::START);
                let photos = std::slice::from_ref(&picture);
                case::deeds::add_photos(tx, act, (id, county), case::deeds::PHOTO_BEFORE, photos)
            })
            .await
            .unwrap();
        liaison.get(&case).await.ok();
        let now = [crate::resident::photo(9)];
        liaison.send_files(&format!("{case}/report"), &typed, "photo", &now).await.onward();
        let page = liaison.get(&case).await.ok().words();
        assert!(page.contains("办理前照片 1") && page.contains("办理照片1"), "{page}");
    }
}
