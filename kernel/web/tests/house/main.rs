//! A whole little house over HTTP: one room of notes, one way to sign in, and every promise that
//! the kit makes to the rooms held against it.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod browser;
mod crowd;
mod files;
mod note;
mod packing;

use std::sync::Arc;

use axum::body::Body;
use base::{Clock, MINUTE_MS};
use browser::{form, houses};
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use tower::ServiceExt;
use web::{Config, Site};

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
