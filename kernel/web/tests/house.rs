//! A whole little house over HTTP: one room of notes, one way to sign in, and every promise that
//! the kit makes to the rooms held against it.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod note;

use std::sync::Arc;

use axum::{Router, body::Body};
use base::{Clock, MINUTE_MS};
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use tower::ServiceExt;
use web::{Bounds, Config, House, Load, Site};

/// A browser: it keeps its cookies, and sends them back.
struct Browser {
    router: Router,
    cookies: Vec<(String, String)>,
}

struct Seen {
    status: StatusCode,
    head: http::HeaderMap,
    text: String,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        self.head.get(name).map_or("", |v| v.to_str().unwrap())
    }

    /// The value of the n-th hidden field of a name.
    fn hidden(&self, name: &str) -> String {
        let (_, rest) = self.text.split_once(&format!("name=\"{name}\" value=\"")).expect(&self.text);
        rest.split('"').next().unwrap().to_owned()
    }
}

/// The house on each engine that this run has.
fn houses() -> impl Iterator<Item = (store::testing::TestDb, Browser)> {
    let _ = tracing_subscriber::fmt().with_env_filter("info").with_test_writer().try_init();
    let migrations = web::migrations_of(&[web::room(), note::room()]);
    store::testing::databases(&migrations).unwrap().into_iter().map(house)
}

fn house(test: store::testing::TestDb) -> (store::testing::TestDb, Browser) {
    let (_, router) = house_with(&test, Load::default());
    (test, Browser { router, cookies: Vec::new() })
}

/// Rows of a file in this house.
const MOST: usize = 2_500;

fn house_with(test: &store::testing::TestDb, load: Load) -> (Site, Router) {
    let rooms = vec![web::room(), note::room()];
    let words = Arc::new(web::words_of(&rooms).unwrap());
    let config = Config { secure_cookies: false, load, export_rows: MOST, ..Config::default() };
    let site = Site::new(test.db.clone(), words, config).identified_by(note::People);
    let House { router, .. } = web::compose(rooms, site.clone()).unwrap();
    (site, router)
}

impl Browser {
    fn other(&self) -> Self {
        Self { router: self.router.clone(), cookies: Vec::new() }
    }

    async fn send(&mut self, mut request: Request<Body>) -> Seen {
        let jar: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        if !jar.is_empty() {
            request.headers_mut().insert(header::COOKIE, jar.join("; ").parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for set in parts.headers.get_all(header::SET_COOKIE) {
            let (pair, rest) = set.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(n, _)| n != name);
            if !rest.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let bytes = body.collect().await.unwrap().to_bytes();
        Seen { status: parts.status, head: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    async fn get(&mut self, path: &str) -> Seen {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn post(&mut self, path: &str, pairs: &[(&str, &str)]) -> Seen {
        self.send(form(path, pairs)).await
    }

    /// Opens a page with a form, and sends the form with what is given.
    async fn fill(&mut self, page: &str, path: &str, pairs: &[(&str, &str)]) -> Seen {
        let token = self.get(page).await.hidden("_token");
        let mut all = vec![("_token", token.as_str())];
        all.extend_from_slice(pairs);
        self.post(path, &all).await
    }

    async fn sign_in(&mut self, who: &str) {
        let seen = self.fill("/sign-in", "/sign-in", &[("name", who)]).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
    }
}

fn form(path: &str, pairs: &[(&str, &str)]) -> Request<Body> {
    Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(serde_urlencoded::to_string(pairs).unwrap()))
        .unwrap()
}

const NOTE: &[(&str, &str)] = &[("title", "路灯坏了"), ("kind", "road"), ("body", "三天了")];

#[tokio::test]
async fn a_note_is_written_and_listed() {
    for (_test, mut b) in houses() {
        b.sign_in("clerk").await;
        let seen = b.fill("/notes/new", "/notes", NOTE).await;
        assert_eq!(
            (seen.status, seen.header("location")),
            (StatusCode::SEE_OTHER, "/notes"),
            "{}",
            seen.text
        );
        let list = b.get("/notes").await;
        assert!(list.text.contains("路灯坏了") && list.text.contains("便条已保存"), "{}", list.text);
        assert!(!list.text.contains('⟦'), "a word is missing");
        assert!(!b.get("/notes").await.text.contains("便条已保存"), "the sentence is said once");
    }
}

#[tokio::test]
async fn what_was_typed_is_kept_and_each_trouble_named() {
    for (_test, mut b) in houses() {
        b.sign_in("clerk").await;
        let seen =
            b.fill("/notes/new", "/notes", &[("title", ""), ("kind", "road"), ("body", "<b>留着</b>")]).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(seen.text.contains("&#60;b&#62;留着&#60;/b&#62;"), "{}", seen.text);
        assert!(seen.text.contains("href=\"#f-title\"") && seen.text.contains("id=\"f-title-bad\""));
        assert!(seen.text.contains("aria-describedby=\"f-title-hint f-title-bad\" aria-invalid=\"true\""));
        assert!(seen.text.contains("value=\"road\" checked"));
    }
}

#[tokio::test]
async fn a_refusal_keeps_the_form_and_says_the_way_out() {
    for (_test, mut b) in houses() {
        b.sign_in("clerk").await;
        let seen =
            b.fill("/notes/new", "/notes", &[("title", "不许"), ("kind", "water"), ("body", "x")]).await;
        assert_eq!(seen.status, StatusCode::CONFLICT);
        assert!(seen.text.contains("这个标题不能用") && seen.text.contains("请换一个标题"));
        assert!(seen.text.contains("value=\"不许\""));
    }
}

#[tokio::test]
async fn a_column_that_the_form_does_not_offer_cannot_be_set() {
    for (_test, mut b) in houses() {
        b.sign_in("clerk").await;
        let forged = [NOTE, &[("account_id", "1")]].concat();
        let seen = b.fill("/notes/new", "/notes", &forged).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(seen.text.contains("系统不认识的内容"));
    }
}

#[tokio::test]
async fn a_nul_reaches_no_database() {
    for (_test, mut b) in houses() {
        b.sign_in("clerk").await;
        let typed = [("title", "井\0盖"), ("kind", "road"), ("body", "x")];
        assert_eq!(b.fill("/notes/new", "/notes", &typed).await.status, StatusCode::SEE_OTHER);
        assert!(b.get("/notes").await.text.contains("井盖"));
        assert_eq!(b.get("/notes?tab=%00").await.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn the_same_form_sent_twice_acts_once() {
    for (_test, mut b) in houses() {
        b.sign_in("clerk").await;
        let page = b.get("/notes/new").await;
        let (token, once) = (page.hidden("_token"), page.hidden("_once"));
        let all = [NOTE, &[("_token", token.as_str()), ("_once", once.as_str())]].concat();
        assert_eq!(b.post("/notes", &all).await.status, StatusCode::SEE_OTHER);
        assert_eq!(b.post("/notes", &all).await.status, StatusCode::SEE_OTHER);
        assert!(b.get("/notes").await.text.contains("共 1 件"));
    }
}

#[tokio::test]
async fn rights_are_held_at_the_door() {
    for (_test, mut b) in houses() {
        let seen = b.get("/notes?tab=open").await;
        assert_eq!(
            (seen.status, seen.header("location")),
            (StatusCode::SEE_OTHER, "/sign-in?next=%2Fnotes%3Ftab%3Dopen")
        );
        assert_eq!(b.fill("/sign-in", "/notes", NOTE).await.status, StatusCode::UNAUTHORIZED);
        let api = b.get("/api/notes").await;
        assert_eq!(
            (api.status, api.header("content-type")),
            (StatusCode::UNAUTHORIZED, "application/problem+json; charset=utf-8")
        );
        b.sign_in("outsider").await;
        let seen = b.get("/notes").await;
        assert_eq!(seen.status, StatusCode::FORBIDDEN);
        assert!(seen.text.contains("请联系本单位管理员"));
        assert_eq!(b.get("/api/notes").await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn no_act_without_this_browsers_token() {
    for (_test, mut b) in houses() {
        b.sign_in("clerk").await;
        let mut anonymous = b.other();
        let theirs = anonymous.get("/sign-in").await.hidden("_token");
        let mut other = b.other();
        other.sign_in("clerk").await;
        let another_session = other.get("/notes/new").await.hidden("_token");
        for token in ["", "x", &theirs, &another_session, &"A".repeat(86)] {
            let seen = b.post("/notes", &[NOTE, &[("_token", token)]].concat()).await;
            assert_eq!(seen.status, StatusCode::FORBIDDEN, "{token}");
            assert!(seen.text.contains("页面打开太久"));
        }
        let json = |with: Option<&str>| {
            let mut request = Request::post("/api/notes").header(header::CONTENT_TYPE, "application/json");
            if let Some(token) = with {
                request = request.header("x-csrf-token", token);
            }
            request.body(Body::from(r#"{"title":"a"}"#)).unwrap()
        };
        assert_eq!(b.send(json(None)).await.status, StatusCode::FORBIDDEN);
        let token = b.get("/notes/new").await.hidden("_token");
        assert_eq!(b.send(json(Some(&token))).await.status, StatusCode::OK);
        // A plain-text body is what another site's form could send without asking.
        let mut plain = json(None);
        plain.headers_mut().insert(header::CONTENT_TYPE, "text/plain".parse().unwrap());
        assert_eq!(anonymous.send(plain).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn other_sites_are_turned_away_even_with_a_token() {
    for (_test, mut b) in houses() {
        b.sign_in("clerk").await;
        let token = b.get("/notes/new").await.hidden("_token");
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
        ] {
            let mut request = form("/notes", &[NOTE, &[("_token", token.as_str())]].concat());
            request.headers_mut().insert(name, value.parse().unwrap());
            let seen = b.send(request).await;
            assert_eq!(seen.status, StatusCode::FORBIDDEN, "{name}: {value}");
            assert!(seen.text.contains("来自其他网站"));
        }
    }
}

#[tokio::test]
async fn a_post_taken_away_is_gone_at_the_next_request() {
    for (test, mut b) in houses() {
        b.sign_in("clerk").await;
        assert_eq!(b.get("/notes").await.status, StatusCode::OK);
        note::take_post_away(&test.db, "clerk").await;
        assert_eq!(b.get("/notes").await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn sessions_end() {
    for (test, mut b) in houses() {
        b.sign_in("clerk").await;
        let stolen = b.cookies.clone();
        // In use they live on; the absolute end comes all the same.
        for _ in 0..24 {
            test.clock.advance(29 * MINUTE_MS);
            assert_eq!(b.get("/notes").await.status, StatusCode::OK);
        }
        test.clock.advance(29 * MINUTE_MS);
        assert_eq!(b.get("/notes").await.status, StatusCode::SEE_OTHER);
        assert!(b.cookies.iter().all(|(n, _)| n != "linli"), "the dead cookie is taken away");
        b.cookies = stolen;
        assert_eq!(b.get("/notes").await.status, StatusCode::SEE_OTHER);
        // Left alone they end after half an hour.
        b.sign_in("clerk").await;
        test.clock.advance(31 * MINUTE_MS);
        assert_eq!(b.get("/notes").await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn signing_out_kills_the_token_and_clears_the_browser() {
    for (_test, mut b) in houses() {
        b.sign_in("clerk").await;
        let stolen = b.cookies.clone();
        let seen = b.fill("/notes/new", "/sign-out", &[]).await;
        assert_eq!(seen.header("clear-site-data"), "\"cache\", \"storage\"");
        b.cookies = stolen;
        assert_eq!(b.get("/notes").await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn a_half_session_signs_nobody_in() {
    for (_test, mut b) in houses() {
        b.fill("/sign-in", "/sign-in", &[("name", "half")]).await;
        assert_eq!(b.get("/notes").await.status, StatusCode::SEE_OTHER);
        assert_eq!(b.get("/api/notes").await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_cookie_planted_before_signing_in_is_worth_nothing_after() {
    for (_test, mut b) in houses() {
        b.cookies.push(("linli".into(), "planted".into()));
        b.sign_in("clerk").await;
        let mine = b.cookies.iter().find(|(n, _)| n == "linli").unwrap().1.clone();
        assert_ne!(mine, "planted");
        assert!(mine.len() >= 43);
        let mut thief = b.other();
        thief.cookies.push(("linli".into(), "planted".into()));
        assert_eq!(thief.get("/notes").await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn every_answer_carries_the_headers() {
    for (_test, mut b) in houses() {
        b.sign_in("clerk").await;
        for path in [
            "/notes",
            "/notes/new",
            "/nothing",
            "/api",
            "/api/notes",
            "/api/openapi.json",
            "/health",
            "/notes/fault",
            "/notes/panic",
        ] {
            let seen = b.get(path).await;
            let policy = seen.header("content-security-policy");
            assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self'"), "{path}");
            assert!(
                !policy.contains("unsafe")
                    && policy.contains("frame-ancestors 'none'")
                    && policy.contains("base-uri 'none'")
            );
            assert_eq!(seen.header("x-content-type-options"), "nosniff");
            assert_eq!(seen.header("referrer-policy"), "same-origin");
            assert!(seen.header("permissions-policy").contains("camera=(self), geolocation=(self)"));
            assert_eq!(seen.header("x-request-id").len(), 10);
            if path != "/health" {
                assert_eq!(seen.header("cache-control"), "no-store", "{path}");
            }
            for inline in [" style=", "<script>", " onclick=", "javascript:"] {
                assert!(!seen.text.contains(inline), "{path} has {inline}");
            }
        }
    }
}

#[tokio::test]
async fn faults_and_panics_are_calm_and_tell_nothing() {
    for (_test, mut b) in houses() {
        b.sign_in("clerk").await;
        for path in ["/notes/fault", "/notes/panic"] {
            let seen = b.get(path).await;
            assert_eq!(seen.status, StatusCode::INTERNAL_SERVER_ERROR);
            assert!(seen.text.contains(seen.header("x-request-id")), "the number is on the page");
            assert!(!seen.text.contains("secret"), "{}", seen.text);
        }
        let api = b.get("/api/notes/x").await;
        assert_eq!(
            (api.status, api.header("content-type")),
            (StatusCode::NOT_FOUND, "application/problem+json; charset=utf-8")
        );
        let problem: serde_json::Value = serde_json::from_str(&api.text).unwrap();
        assert_eq!(
            (problem["status"].as_u64(), problem["code"].as_str()),
            (Some(404), Some("stop.not_found"))
        );
        assert!(problem["way"].as_str().unwrap().contains("请核对"));
    }
}

#[tokio::test]
async fn json_troubles_are_told_by_field() {
    for (_test, mut b) in houses() {
        b.sign_in("clerk").await;
        let token = b.get("/notes/new").await.hidden("_token");
        let request = |body: &'static str| {
            let request = Request::post("/api/notes").header(header::CONTENT_TYPE, "application/json");
            request.header("x-csrf-token", &token).body(Body::from(body)).unwrap()
        };
        let seen = b.send(request(r#"{"title":""}"#)).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
        let problem: serde_json::Value = serde_json::from_str(&seen.text).unwrap();
        assert_eq!(problem["errors"][0]["field"], "title");
        for bad in [r#"{"title":"a","stage":"closed"}"#, "{", r#"{"title":1}"#] {
            let seen = b.send(request(bad)).await;
            assert!(seen.status.is_client_error(), "{bad}");
            assert_eq!(seen.header("content-type"), "application/problem+json; charset=utf-8", "{bad}");
        }
    }
}

#[tokio::test]
async fn other_methods_and_unknown_addresses_have_pages() {
    for (_test, mut b) in houses() {
        let seen = b.get("/no/such/page").await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND);
        assert!(seen.text.contains("没有找到这个页面") && seen.text.contains("<html lang=\"zh-CN\""));
        let seen = b
            .send(Request::builder().method(Method::DELETE).uri("/notes").body(Body::empty()).unwrap())
            .await;
        assert_eq!(seen.status, StatusCode::METHOD_NOT_ALLOWED);
        let seen = b
            .send(Request::builder().method(Method::GET).uri("/sign-out").body(Body::empty()).unwrap())
            .await;
        assert_eq!(seen.status, StatusCode::METHOD_NOT_ALLOWED, "reading never acts");
    }
}

#[tokio::test]
async fn too_many_tries_are_refused_with_the_time_to_wait() {
    for (test, mut b) in houses() {
        for _ in 0..5 {
            assert_eq!(
                b.fill("/sign-in", "/sign-in", &[("name", "nobody")]).await.status,
                StatusCode::UNPROCESSABLE_ENTITY
            );
        }
        let seen = b.fill("/sign-in", "/sign-in", &[("name", "nobody")]).await;
        assert_eq!((seen.status, seen.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "181"));
        test.clock.advance(4 * MINUTE_MS);
        assert_eq!(
            b.fill("/sign-in", "/sign-in", &[("name", "nobody")]).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
}

#[tokio::test]
async fn an_export_has_a_limit_of_its_own() {
    for (_test, mut b) in houses() {
        b.sign_in("clerk").await;
        for _ in 0..10 {
            assert_eq!(b.get("/notes/sheet.xlsx").await.status, StatusCode::OK);
        }
        assert_eq!(b.get("/notes/sheet.xlsx").await.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(b.get("/notes").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn language_and_elder_view_are_kept() {
    for (_test, mut b) in houses() {
        let seen = b.get("/sign-in?lang=en&elder=1").await;
        assert!(seen.text.contains("<html lang=\"en\" class=\"elder\">"), "{}", seen.text);
        assert!(b.get("/sign-in").await.text.contains("<html lang=\"en\" class=\"elder\">"));
        let back = b.get("/sign-in?lang=zh&elder=0").await;
        assert!(back.text.contains("<html lang=\"zh-CN\">"));
    }
}

#[tokio::test]
async fn large_and_broken_bodies_are_refused() {
    for (_test, mut b) in houses() {
        b.sign_in("clerk").await;
        let seen = b.fill("/notes/new", "/notes", &[("title", &"长".repeat(100_000))]).await;
        assert_eq!(seen.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(seen.text.contains("20 MB"));
        let broken = Request::post("/notes")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
            .body(Body::from("--x\r\nnonsense"))
            .unwrap();
        assert_eq!(b.send(broken).await.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn files_come_with_the_form() {
    for (_test, mut b) in houses() {
        b.sign_in("clerk").await;
        let token = b.get("/notes/new").await.hidden("_token");
        let part = |name: &str, value: &str| {
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let body = [
        part("_token", &token),
        part("title", "带照片"),
        part("kind", "road"),
        part("body", "x"),
        "--x\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"灯.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n\u{1}\u{2}\u{3}\r\n".to_owned(),
        "--x\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"\"\r\n\r\n\r\n--x--\r\n".to_owned(),
    ];
        let send = |body: String| {
            let request =
                Request::post("/notes").header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
            request.body(Body::from(body)).unwrap()
        };
        let seen = b.send(send(body.concat().replace("带照片", "不许"))).await;
        assert!(seen.text.contains("照片和文件需要重新选择一次"), "{}", seen.text);
        assert_eq!(b.send(send(body.concat())).await.status, StatusCode::SEE_OTHER);
        assert!(b.get("/notes").await.text.contains("带照片（1 个附件）"));
    }
}

#[tokio::test]
async fn assets_are_kept_for_good_and_the_page_names_them() {
    for (_test, mut b) in houses() {
        let page = b.get("/sign-in").await;
        let (_, rest) = page.text.split_once("href=\"/assets/app-").unwrap();
        let address = format!("/assets/app-{}", rest.split('"').next().unwrap());
        for (accepts, given) in [("gzip, br", "br"), ("gzip", "gzip"), ("identity", "")] {
            let request = Request::get(&address).header(header::ACCEPT_ENCODING, accepts);
            let seen = b.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!((seen.status, seen.header("content-encoding")), (StatusCode::OK, given));
            assert_eq!(seen.header("cache-control"), "public, max-age=31536000, immutable");
        }
        assert_eq!(b.get("/assets/app-00000000.css").await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn excel_holds_text_as_text() {
    use calamine::{Data, Reader};
    for (_test, mut b) in houses() {
        b.sign_in("clerk").await;
        for title in ["=1+1", "620602202600500123", "@cmd"] {
            b.fill("/notes/new", "/notes", &[("title", title), ("kind", "road"), ("body", "x")]).await;
        }
        let page = b.get("/notes").await;
        assert!(page.text.contains("导出Excel"));
        let response = b.router.clone();
        let cookie = b.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
        let request =
            Request::get("/notes/sheet.xlsx").header(header::COOKIE, cookie).body(Body::empty()).unwrap();
        let answer = response.oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(
            answer.headers()["content-disposition"]
                .to_str()
                .unwrap()
                .starts_with("attachment; filename*=UTF-8''%E4%BE%BF")
        );
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        let mut book: calamine::Xlsx<_> =
            calamine::open_workbook_from_rs(std::io::Cursor::new(bytes.to_vec())).unwrap();
        let sheet = book.worksheet_range_at(0).unwrap().unwrap();
        let text = |row: u32, column: u32| sheet.get_value((row, column)).cloned();
        assert_eq!(text(0, 0), Some(Data::String("便条".into())));
        assert!(
            matches!(text(1, 0), Some(Data::String(s)) if s.contains("导出人：clerk") && s.contains("2026-03-02 09:00"))
        );
        let titles: Vec<_> = (4..7).filter_map(|r| text(r, 0)).collect();
        assert_eq!(titles, ["'=1+1", "620602202600500123", "'@cmd"].map(|t| Data::String(t.into())));
        let formulas = book.worksheet_formula("便条").unwrap();
        assert!(formulas.cells().all(|(_, _, f)| f.is_empty()));
    }
}

#[tokio::test]
async fn the_interface_documents_itself() {
    for (_test, mut b) in houses() {
        let doc: serde_json::Value = serde_json::from_str(&b.get("/api/openapi.json").await.text).unwrap();
        assert!(doc["openapi"].as_str().unwrap().starts_with("3.1"));
        assert!(doc["paths"]["/api/notes"]["post"].is_object());
        assert!(b.get("/api").await.text.contains("/api/notes"));
    }
}

#[test]
fn the_house_does_not_start_when_a_route_has_no_right() {
    let rooms = vec![web::room(), note::lawless_room()];
    let test = store::testing::sqlite(&web::migrations_of(&rooms)).unwrap();
    let site = Site::new(test.db.clone(), Arc::new(web::words_of(&rooms).unwrap()), Config::default());
    let said = web::compose(rooms, site).err().unwrap().to_string();
    assert!(said.contains("lawless: GET /lawless has no rights row"), "{said}");
    assert!(said.contains("lawless: the rights row POST /gone has no route"), "{said}");
    assert!(test.clock.now().0 > 0);
}

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

/// Rows of a file: its cells as text.
fn rows_of_excel(bytes: &[u8]) -> Vec<Vec<String>> {
    use calamine::Reader;
    let mut book = calamine::Xlsx::new(std::io::Cursor::new(bytes.to_vec())).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    sheet.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

async fn file(b: &Browser, path: &str) -> (http::response::Parts, Body) {
    let jar: Vec<String> = b.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let request = Request::get(path).header(header::COOKIE, jar.join("; ")).body(Body::empty()).unwrap();
    b.router.clone().oneshot(request).await.unwrap().into_parts()
}

#[tokio::test]
async fn a_long_list_is_a_file_in_parts_with_every_row_once() {
    for (test, mut b) in houses() {
        note::fill(&test.db, 2_400).await;
        b.sign_in("clerk").await;
        let (head, body) = file(&b, "/notes/file.xlsx?as=csv").await;
        assert_eq!(head.headers["content-type"], "text/csv; charset=utf-8; header=present");
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        let lines: Vec<&str> = text.strip_suffix("\r\n").unwrap().split("\r\n").collect();
        assert_eq!(lines.len(), 2_401);
        assert!(lines[0].starts_with('\u{feff}'));
        // No formula, quotes doubled, the wall clock of the house.
        assert_eq!(lines[1], "\"'=第1条,\"\"引\"\"\",1970-01-01 08:01");
        let numbered = |n: usize| format!("\"'=第{n}条,");
        assert!((1..=2_400).all(|n| lines[n].starts_with(&numbered(n))));
        let (head, body) = file(&b, "/notes/file.xlsx").await;
        assert!(!head.headers.contains_key("content-encoding"), "it is packed already");
        let rows = rows_of_excel(&body.collect().await.unwrap().to_bytes());
        assert_eq!((rows.len(), rows[2_403][0].as_str()), (2_404, "'=第2400条,\"引\""));
        // Beyond what a file holds it says so, in both kinds.
        note::fill_more(&test.db, 2_400, 2_600).await;
        let (_, body) = file(&b, "/notes/file.xlsx?as=csv").await;
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        assert_eq!(text.lines().count(), 2_502);
        assert!(text.lines().last().unwrap().contains("以上为前 2500 行"));
        let (_, body) = file(&b, "/notes/file.xlsx").await;
        let rows = rows_of_excel(&body.collect().await.unwrap().to_bytes());
        assert!(rows.len() == 2_505 && rows[2_504][0].contains("2500"), "{:?}", rows.last());
    }
}

#[tokio::test]
async fn an_export_stops_when_its_reader_leaves_and_one_account_has_two_at_once() {
    for (test, mut b) in houses() {
        note::fill(&test.db, 2_400).await;
        b.sign_in("clerk").await;
        let first = file(&b, "/notes/file.xlsx?as=csv").await;
        let second = file(&b, "/notes/file.xlsx").await;
        // The first waits for its reader; the second may have come to its end by itself, and is read to keep it.
        let third = file(&b, "/notes/file.xlsx?as=csv").await;
        let fourth = b.get("/notes/file.xlsx?as=csv").await;
        assert!(
            [third.0.status, fourth.status].contains(&StatusCode::TOO_MANY_REQUESTS),
            "{} {}",
            third.0.status,
            fourth.status
        );
        drop((first, second, third));
        // Each gives its place back when it sees that nobody reads it.
        for n in 0.. {
            let (head, body) = file(&b, "/notes/file.xlsx?as=csv").await;
            if head.status == StatusCode::OK {
                assert!(body.collect().await.is_ok());
                break;
            }
            assert!(n < 100_000, "{}", head.status);
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn what_fails_after_the_first_part_breaks_the_download_off() {
    for (test, mut b) in houses() {
        note::fill(&test.db, 2_400).await;
        b.sign_in("clerk").await;
        let (head, body) = file(&b, "/notes/file.xlsx?as=csv&fails=1").await;
        assert_eq!(head.status, StatusCode::OK);
        assert!(body.collect().await.is_err(), "half a file is not passed off as a whole one");
    }
}

/// One request with these headers: how it came, and its text.
async fn packed(b: &Browser, path: &str, more: &[(&'static str, &str)]) -> (http::HeaderMap, Vec<u8>) {
    let jar: Vec<String> = b.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let mut request = Request::get(path).header("accept-encoding", "gzip").body(Body::empty()).unwrap();
    request.headers_mut().insert(header::COOKIE, jar.join("; ").parse().unwrap());
    for (name, value) in more {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    let (head, body) = b.router.clone().oneshot(request).await.unwrap().into_parts();
    (head.headers, body.collect().await.unwrap().to_bytes().to_vec())
}

fn unpacked(bytes: &[u8]) -> String {
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(bytes), &mut text).unwrap();
    text
}

/// Decision 11: a guess in the address has nothing to agree with.
#[tokio::test]
async fn a_page_never_holds_the_same_token_twice() {
    for (_test, mut b) in houses() {
        b.sign_in("clerk").await;
        let (mut tokens, mut lengths) =
            (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
        for _ in 0..20 {
            let (head, bytes) = packed(&b, "/notes/new", &[]).await;
            assert_eq!(head["content-encoding"], "gzip");
            let seen = Seen { status: StatusCode::OK, head, text: unpacked(&bytes) };
            lengths.insert(bytes.len());
            for name in ["_token", "_once"] {
                assert!(tokens.insert(seen.hidden(name)), "{name} came again");
            }
        }
        // What stays the same from answer to answer is no part of a token: not eight letters of any is in another.
        let parts = |t: &str| t.as_bytes().windows(8).map(<[u8]>::to_vec).collect::<Vec<_>>();
        let all: Vec<Vec<u8>> = tokens.iter().flat_map(|t| parts(t)).collect();
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len());
        assert!(lengths.len() > 1, "the same length each time: {lengths:?}");
    }
}

#[tokio::test]
async fn what_another_site_asks_for_in_a_persons_name_is_not_packed() {
    for (_test, mut b) in houses() {
        let is_packed = async |b: &Browser, path: &str, more: &[(&'static str, &str)]| {
            packed(b, path, more).await.0.contains_key("content-encoding")
        };
        let far = [("sec-fetch-site", "cross-site")];
        assert!(
            is_packed(&b, "/sign-in?x=138", &far).await,
            "nobody's page has no secret but the masked token"
        );
        b.sign_in("clerk").await;
        for from in ["cross-site", "same-site"] {
            assert!(!is_packed(&b, "/notes?kind=138", &[("sec-fetch-site", from)]).await, "{from}");
        }
        assert!(!is_packed(&b, "/notes?kind=138", &[]).await, "an old browser, and something to guess with");
        assert!(is_packed(&b, "/notes", &[]).await);
        for from in ["same-origin", "none"] {
            assert!(is_packed(&b, "/notes?kind=138", &[("sec-fetch-site", from)]).await, "{from}");
        }
    }
}
