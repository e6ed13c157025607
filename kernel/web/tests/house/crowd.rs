//! More than the house can serve.

use axum::body::Body;
use http::{Request, StatusCode};
use web::{Bounds, Load};

use crate::{
    browser::{Browser, form, house_with},
    note,
};

/// All readers of a database, held until it is dropped.
type Readers = Vec<std::sync::mpsc::Sender<()>>;

fn hold_readers(db: &store::Db) -> Readers {
    let held = (0..2).map(|_| {
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let (began, begins) = std::sync::mpsc::channel();
        let db = db.clone();
        std::thread::spawn(move || {
            db.read_now(move |_| {
                let _ = began.send(());
                let _ = wait.recv();
                Ok(())
            })
        });
        begins.recv().unwrap();
        go
    });
    held.collect()
}

/// A house that lets two in, one of them urgent, and lets nobody wait; its readers are held, so that whoever is inside
/// stays there. Nothing here waits for a time to pass.
#[tokio::test]
async fn in_a_crowd_the_urgent_come_in_and_a_form_comes_back_with_all_that_was_typed() {
    let migrations = web::migrations_of(&[web::room(), note::room()]);
    for test in store::testing::databases(&migrations).unwrap() {
        let inside = Bounds { least: 2, first: 2, most: 2 };
        let load = Load { inside, wait: [std::time::Duration::ZERO; 3], ..Load::default() };
        let (site, router) = house_with(&test, load);
        let mut b = Browser { router, cookies: Vec::new() };
        b.sign_in("clerk").await;
        let form_page = b.get("/notes/new").await;
        let (token, once) = (form_page.hidden("_token"), form_page.hidden("_once"));
        let readers = hold_readers(&test.db);
        let mut first = Browser { router: b.router.clone(), cookies: b.cookies.clone() };
        let first = tokio::spawn(async move { first.get("/notes").await });
        while site.at_door().inside == 0 {
            tokio::task::yield_now().await;
        }
        let shed = b.get("/notes?lang=en").await;
        assert_eq!(
            (shed.status, shed.header("cache-control")),
            (StatusCode::SERVICE_UNAVAILABLE, "no-store")
        );
        let seconds: u64 = shed.header("retry-after").parse().unwrap();
        assert!(
            (5..15).contains(&seconds) && shed.text.contains(&format!("in {seconds} seconds")),
            "{}",
            shed.text
        );
        assert_eq!(b.other().get("/sign-in").await.status, StatusCode::OK, "urgent");
        let api = b.get("/api/notes").await;
        assert_eq!(
            (api.status, api.header("content-type"), api.header("retry-after").is_empty()),
            (StatusCode::SERVICE_UNAVAILABLE, "application/problem+json; charset=utf-8", false)
        );
        let typed = [
            ("title", "\"路灯\"<b>"),
            ("kind", "road"),
            ("body", "一行\n又一行"),
            ("_token", &token),
            ("_once", &once),
        ];
        let shed = b.post("/notes", &typed).await;
        assert_eq!(shed.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(shed.text.contains("<form method=\"post\" action=\"/notes\">") && !shed.text.contains("<b>"));
        assert!(b.cookies.iter().any(|(n, _)| n == "linli"), "nobody is signed out by a crowd");
        let mut from_elsewhere = form("/notes", &typed);
        from_elsewhere.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
        let told = b.send(from_elsewhere).await;
        assert!(told.status == StatusCode::SERVICE_UNAVAILABLE && !told.text.contains("一行"));
        drop(readers);
        assert_eq!(first.await.unwrap().status, StatusCode::OK);
        // The page's own form, pressed twice.
        let again: Vec<(&str, String)> =
            ["title", "kind", "body", "_token", "_once"].map(|n| (n, unescaped(&shed.hidden(n)))).to_vec();
        assert_eq!(again[2].1, "一行\n又一行");
        let again: Vec<(&str, &str)> = again.iter().map(|(n, v)| (*n, v.as_str())).collect();
        assert_eq!(b.post("/notes", &again).await.status, StatusCode::SEE_OTHER);
        assert_eq!(b.post("/notes", &again).await.status, StatusCode::SEE_OTHER);
        assert!(b.get("/notes?lang=zh").await.text.contains("共 1 件"));
        the_door_is_told_here_alone(&mut b).await;
    }
}

/// The numbers of the door are for whoever stands at the machine.
async fn the_door_is_told_here_alone(b: &mut Browser) {
    assert!(!b.get("/health").await.text.contains("shed"));
    let from = |ip: &str| {
        let mut request = Request::get("/health").body(Body::empty()).unwrap();
        let at: std::net::SocketAddr = format!("{ip}:9").parse().unwrap();
        request.extensions_mut().insert(axum::extract::ConnectInfo(at));
        request
    };
    assert!(!b.send(from("192.0.2.1")).await.text.contains("shed"));
    let told: serde_json::Value = serde_json::from_str(&b.send(from("127.0.0.1")).await.text).unwrap();
    assert_eq!(
        (&told["door"]["ordinary"]["shed"], &told["door"]["inside"]),
        (&4.into(), &0.into()),
        "{told}"
    );
    assert_eq!(told["door"]["urgent"]["shed"], 0);
}

fn unescaped(text: &str) -> String {
    let pairs = [("&#34;", "\""), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    pairs.iter().fold(text.to_owned(), |t, (from, to)| t.replace(from, to))
}
