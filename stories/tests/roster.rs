//! The administrator's records and everybody's own account: each act once, in the order of a life.

use scraper::{Html, Selector};

use crate::world::{Answer, Browser, World};

/// The address of the first link on a page that begins with `begin` and shows `words`.
#[track_caller]
fn link(answer: &Answer, begin: &str, words: &str) -> String {
    let page = Html::parse_document(&answer.text());
    let links = Selector::parse("a[href]").unwrap();
    let fits = |a: &scraper::ElementRef<'_>| {
        a.value().attr("href").is_some_and(|h| h.starts_with(begin))
            && a.text().collect::<String>().contains(words)
    };
    let found = page.select(&links).find(fits).unwrap_or_else(|| panic!("no link {begin} {words}"));
    found.value().attr("href").unwrap().to_owned()
}

/// The address of the first form on a page that begins and ends so.
#[track_caller]
fn form(answer: &Answer, begin: &str, end: &str) -> String {
    let page = Html::parse_document(&answer.text());
    let forms = Selector::parse("form[action]").unwrap();
    let mut all = page.select(&forms).filter_map(|f| f.value().attr("action"));
    all.find(|a| a.starts_with(begin) && a.ends_with(end))
        .unwrap_or_else(|| panic!("no form {begin}…{end}"))
        .to_owned()
}

/// Opens a page and sends its form.
async fn fill(b: &mut Browser, page: &str, to: &str, typed: &[(&str, &str)]) -> String {
    b.get(page).await.ok();
    b.send(to, typed).await.onward()
}

#[tokio::test]
async fn an_administrator_keeps_units_posts_and_accounts() {
    for world in World::all() {
        let mut admin = world.member("admin").await;
        let new = [("name", "河长制办公室"), ("kind", "department")];
        let unit = fill(&mut admin, "/units/new", "/units", &new).await;
        let post = [("title", "联络员"), ("duties", "handle")];
        fill(&mut admin, &format!("{unit}/posts/new"), &format!("{unit}/posts"), &post).await;
        let made = [("name", "hechang"), ("display", "何长青"), ("password", "tea-lamp-river-9")];
        let account =
            fill(&mut admin, &format!("{unit}/accounts/new"), &format!("{unit}/accounts"), &made).await;

        admin.get(&account).await.ok();
        admin.send(&account, &[("display", "何常青")]).await.onward();
        let posts = format!("{account}/posts");
        let page = admin.get(&unit).await.ok();
        let end_post = form(&page, &format!("{unit}/posts/"), "/end");
        let post = end_post.rsplit('/').nth(1).unwrap().to_owned();
        admin.get(&format!("{account}/posts/new?q=%E8%81%94%E7%BB%9C%E5%91%98")).await.ok();
        admin.send(&posts, &[("post", &post)]).await.onward();
        for act in ["suspension", "suspension/end"] {
            fill(&mut admin, &account, &format!("{account}/{act}"), &[]).await;
        }
        let password = format!("{account}/password");
        fill(&mut admin, &password, &password, &[("password", "another-lamp-5")]).await;
        let page = admin.get(&account).await.ok();
        let end = form(&page, &posts, "/end");
        admin.send(&end, &[]).await.onward();
        fill(&mut admin, &unit, &end_post, &[]).await;
        fill(&mut admin, &account, &format!("{account}/closure"), &[]).await;
        fill(&mut admin, &unit, &format!("{unit}/end"), &[]).await;

        // A phone is lost: the second administrator's factor is taken away by the first.
        let page = admin.get("/accounts?q=admin2").await.ok();
        let other = link(&page, "/accounts/", "郑洁");
        fill(&mut admin, &other, &format!("{other}/second/removal"), &[]).await;
        world.member("admin2").await.get("/accounts").await.ok();
    }
}

#[tokio::test]
async fn everybody_keeps_their_own_account() {
    for world in World::all() {
        let mut at_home = world.member("clerk2").await;
        let mut b = world.member("clerk2").await;
        let renewed =
            [("current", access::DEMO_PASSWORD), ("password", "mill-stone-44"), ("again", "mill-stone-44")];
        fill(&mut b, "/account/password", "/account/password", &renewed).await;
        // Whoever holds the old password elsewhere is out.
        assert!(at_home.get("/account").await.onward().starts_with("/sign-in"));
        fill(&mut b, "/account", "/account/sessions/end", &[]).await;

        assert_eq!(fill(&mut b, "/account", "/account/second", &[]).await, "/account/second");
        let page = b.get("/account/second").await.ok();
        let html = Html::parse_document(&page.text());
        let shown = Selector::parse("code").unwrap();
        let secret: String = html.select(&shown).next().unwrap().text().collect();
        let secret: String = secret.chars().filter(|c| !c.is_whitespace()).collect();
        let code = access::code_at(&secret, base::Clock::now(&*world.clock)).unwrap();
        b.send("/account/second/confirmation", &[("code", "12")]).await.is(422);
        let codes = b.send("/account/second/confirmation", &[("code", &code)]).await.ok();
        assert!(codes.words().len() > 100);
    }
}
