//! How much each request asks of the database: a list that is committed, so that a statement more is read by
//! somebody, and pages that ask the same for many rows as for few.

use std::{collections::BTreeMap, fmt::Write};

use crate::{
    lists::is_committed,
    staff::{act, register},
    world::{Browser, World},
};

/// Requests in the order of the walk, with what each asked and the number of its allocations.
pub type Counts = Vec<(String, Vec<String>, u64)>;

/// Notes what the browser's last request asked, and how often it allocated.
fn note(counts: &mut Counts, browser: &Browser, what: &str) {
    counts.push((what.to_owned(), browser.statements.clone(), browser.allocations));
}

/// A matter from the counter to the closed case, and the pages on the way.
pub async fn walk(world: &World) -> Counts {
    let mut counts = Counts::new();
    let mut clerk = world.member("clerk").await;
    // What is read once and kept is read before.
    register(&mut clerk, "路口的红绿灯坏了", "物业服务不到位").await;
    for page in ["/queue", "/intake"] {
        clerk.get(page).await.ok();
        note(&mut counts, &clerk, &format!("GET {page}"));
    }
    let case = register(&mut clerk, "小区物业三个月不清运垃圾", "物业服务不到位").await;
    note(&mut counts, &clerk, "POST /intake");
    clerk.get(&format!("{case}/receipt")).await.ok();
    note(&mut counts, &clerk, "GET /cases/{id}/receipt");
    clerk.get(&case).await.ok();
    note(&mut counts, &clerk, "GET /cases/{id}, received");
    clerk.send(&format!("{case}/acceptance"), &[]).await.onward();
    note(&mut counts, &clerk, "POST /cases/{id}/acceptance, sent out at once");
    let mut liaison = world.member("liaison").await;
    act(&mut liaison, &case, "taking", &[]).await.onward();
    note(&mut counts, &liaison, "POST /cases/{id}/taking");
    let words =
        [("report_ending", "fixed"), ("report_words", "已约谈物业公司，垃圾当天清运，以后每日两次。")];
    act(&mut liaison, &case, "report", &words).await.onward();
    note(&mut counts, &liaison, "POST /cases/{id}/report");
    act(&mut clerk, &case, "verification", &[]).await.onward();
    note(&mut counts, &clerk, "POST /cases/{id}/verification");
    clerk.get(&case).await.ok();
    note(&mut counts, &clerk, "GET /cases/{id}, closed");
    let mut colleague = world.member("clerk2").await;
    act(&mut colleague, &case, "confirmation", &[("confirm_words", "电话回访，来件人满意")]).await.onward();
    note(&mut counts, &colleague, "POST /cases/{id}/confirmation");
    clerk.get("/queue?q=物业").await.ok();
    note(&mut counts, &clerk, "GET /queue?q=");
    others(world, &mut counts).await;
    counts
}

/// The homes of the other duties, and what everybody sees.
async fn others(world: &World, counts: &mut Counts) {
    for (name, page) in [
        ("grid", "/grid"),
        ("leader", "/brief"),
        ("leader", "/supervision"),
        ("auditor", "/audit"),
        ("admin", "/admin"),
    ] {
        let mut browser = world.member(name).await;
        browser.get(page).await.ok();
        browser.get(page).await.ok();
        note(counts, &browser, &format!("GET {page}"));
    }
    let mut resident = world.resident();
    for page in ["/", "/say", "/matters", "/follow"] {
        resident.get(page).await.ok();
        note(counts, &resident, &format!("GET {page}"));
    }
}

/// The list has a column for each engine, so that only a run with both can hold it whole.
#[tokio::test]
async fn what_each_request_asks_is_the_committed_list() {
    let mut columns: BTreeMap<&str, Counts> = BTreeMap::new();
    for world in World::all() {
        columns.insert(world.engine, walk(&world).await);
    }
    let (Some(sqlite), Some(postgres)) = (columns.get("sqlite"), columns.get("postgres")) else { return };
    let mut text = String::from(
        "# Statements of a request (语句数)\n\nCounted while a matter goes from the counter to the closed case \
         (`stories/tests/statements.rs`), the beginning and the end of a transaction among them. A run with other counts fails and takes \
         the new ones with `LINLI_ACCEPT=1`.\n\n| request | SQLite | PostgreSQL |\n|---|---|---|\n",
    );
    for ((what, few, _), (_, many, _)) in sqlite.iter().zip(postgres) {
        writeln!(text, "| `{what}` | {} | {} |", few.len(), many.len()).unwrap();
    }
    is_committed("statements.md", &text);
}

/// A list asks the same for a dozen rows as for one.
#[tokio::test]
async fn a_page_asks_the_same_for_many_rows_as_for_few() {
    const PAGES: [(&str, &str); 6] = [
        ("clerk", "/queue"),
        ("clerk", "/queue?q=积水"),
        ("leader", "/brief"),
        ("auditor", "/audit"),
        ("clerk", "/notices"),
        ("clerk", "/matters"),
    ];
    for world in World::all() {
        let mut clerk = world.member("clerk").await;
        let mut few = Vec::new();
        for n in 0..12 {
            register(&mut clerk, &format!("第{n}号路口下雨就积水"), "物业服务不到位").await;
            if n == 0 {
                few = look(&world, &PAGES).await;
            }
        }
        let many = look(&world, &PAGES).await;
        for (((_, page), few), many) in PAGES.iter().zip(few).zip(many) {
            assert_eq!(few.len(), many.len(), "{} {page}: {few:#?} {many:#?}", world.engine);
        }
    }
}

/// What each page asks when it is opened a second time.
async fn look(world: &World, pages: &[(&str, &str)]) -> Vec<Vec<String>> {
    let mut out = Vec::new();
    for (name, page) in pages {
        let mut browser = world.member(name).await;
        browser.get(page).await.ok();
        browser.get(page).await.ok();
        out.push(browser.statements);
    }
    out
}
