//! The room's screens over HTTP: every page renders in both languages, every route refuses whom it must,
//! and what an administrator does works at the next request.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::Arc;

use access::{Cast, CastPlaces, CastUnits, DEMO_PASSWORD, DEMO_SECRET, Doer, Place, cast, code_at};
use axum::{Router, body::Body};
use base::{Clock, HandClock, Id};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use territory::{Atlas, LiveAtlas};
use tower::ServiceExt;
use web::{Config, Site};

const PLACES: CastPlaces = {
    let city = Place { province: 1, city: 2, county: 0, town: 0, village: 0, grid: 0 };
    let county = Place { county: 3, ..city };
    let town = Place { town: 4, ..county };
    let village = Place { village: 5, ..town };
    CastPlaces { city, county, town, village, grid: Place { grid: 6, ..village } }
};

struct House {
    _test: store::testing::TestDb,
    clock: Arc<HandClock>,
    cast: Cast,
    router: Router,
}

impl House {
    /// The house on each engine that this run has.
    async fn all(require_totp: bool) -> Vec<Self> {
        let migrations = web::migrations_of(&[web::room(), access::room()]);
        let mut all = Vec::new();
        for test in store::testing::databases(&migrations).unwrap() {
            all.push(Self::new(test, require_totp).await);
        }
        all
    }

    async fn new(test: store::testing::TestDb, require_totp: bool) -> Self {
        let rooms = vec![web::room(), access::room()];
        let words = Arc::new(web::words_of(&rooms).unwrap());
        let config = Config { secure_cookies: false, require_totp, ..Config::default() };
        let (doer, digest) = (Doer::house(test.clock.now()), Cast::digest(test.db.chance()).unwrap());
        let made =
            test.db.write(move |tx| cast(tx, &doer, &PLACES, &CastUnits::default(), &digest)).await.unwrap();
        let site = Site::new(test.db.clone(), words, config)
            .identified_by(access::Identity)
            .with(Arc::new(LiveAtlas::of(Atlas::empty())));
        let router = web::compose(rooms, site).unwrap().router;
        Self { clock: test.clock.clone(), _test: test, cast: made, router }
    }

    fn browser(&self) -> Browser {
        Browser { router: self.router.clone(), cookies: Vec::new() }
    }

    async fn enter(&self, name: &str) -> Browser {
        let mut browser = self.browser();
        let seen = browser.sign_in(name, DEMO_PASSWORD).await;
        assert_eq!(
            (seen.status, seen.header("location")),
            (StatusCode::SEE_OTHER, "/"),
            "{name}: {}",
            seen.text
        );
        browser
    }

    fn account(&self, name: &str) -> Id<access::Account> {
        self.cast.get(name).unwrap().account
    }
}

/// A browser: it keeps its cookies, and sends them back.
#[derive(Clone)]
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

    fn is_led_to_sign_in(&self) -> bool {
        self.status == StatusCode::SEE_OTHER && self.header("location").starts_with("/sign-in?next=")
    }

    fn hidden(&self, name: &str) -> String {
        let Some((_, rest)) = self.text.split_once(&format!("name=\"{name}\" value=\"")) else {
            panic!("no {name} in {}", self.text)
        };
        rest.split('"').next().unwrap().to_owned()
    }

    /// The page without what differs from answer to answer.
    fn lasting(&self) -> String {
        let mut out = String::new();
        let mut rest = self.text.as_str();
        while let Some((before, after)) = rest.split_once("type=\"hidden\" name=\"_") {
            out.push_str(before);
            rest = after.split_once('>').map_or("", |(_, r)| r);
        }
        out + rest
    }
}

impl Browser {
    async fn send(&mut self, mut request: Request<Body>) -> Seen {
        let jar: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        if !jar.is_empty() {
            request.headers_mut().insert(header::COOKIE, jar.join("; ").parse().unwrap());
        }
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
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
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(serde_urlencoded::to_string(pairs).unwrap()));
        self.send(request.unwrap()).await
    }

    /// Opens a page with a form, and sends a form with its token.
    async fn fill(&mut self, page: &str, path: &str, pairs: &[(&str, &str)]) -> Seen {
        let token = self.get(page).await.hidden("_token");
        let mut all = vec![("_token", token.as_str())];
        all.extend_from_slice(pairs);
        self.post(path, &all).await
    }

    async fn sign_in(&mut self, name: &str, password: &str) -> Seen {
        self.fill("/sign-in", "/sign-in", &[("name", name), ("password", password)]).await
    }
}

/// A path with every `{…}` filled.
fn filled(house: &House, path: &str) -> String {
    let clerk = house.cast.get("clerk").unwrap();
    let id = if path.starts_with("/units") { clerk.unit.to_string() } else { clerk.account.to_string() };
    let path = path.replace("{id}", &id).replace("{holding}", &Id::<()>::of(9).to_string());
    path.replace("{post}", &clerk.post.unwrap().to_string())
}

#[tokio::test]
async fn every_page_is_drawn_in_both_languages() {
    for house in House::all(false).await {
        let mut admin = house.enter("admin").await;
        for right in access::room().rights.iter().filter(|r| r.method == "GET") {
            let path = filled(&house, right.path);
            if path.starts_with("/sign-in") || path == "/account/second" || path.ends_with(".xlsx") {
                continue;
            }
            for lang in ["zh", "en"] {
                let seen = admin.get(&format!("{path}?lang={lang}")).await;
                assert_eq!(seen.status, StatusCode::OK, "{path}: {}", seen.text);
                assert!(!seen.text.contains('⟦'), "a word is missing on {path}: {}", seen.text);
                assert!(!seen.text.contains("piece missing"), "{path}");
            }
        }
        for path in ["/accounts/sheet.xlsx", "/units/sheet.xlsx?q=综", "/posts/sheet.xlsx?duty=clerk"] {
            let seen = admin.get(&path.replace('综', "%E7%BB%BC")).await;
            assert_eq!(seen.status, StatusCode::OK, "{path}");
            assert!(seen.header("content-disposition").starts_with("attachment"), "{path}");
        }
        let list = admin.get("/accounts?q=%E5%BB%BA%E5%9B%BD&lang=zh").await;
        assert!(list.text.contains("李建国") && !list.text.contains("陈晓燕"), "{}", list.text);
    }
}

#[tokio::test]
async fn every_route_refuses_whom_it_must() {
    for house in House::all(false).await {
        let (mut nobody, mut clerk) = (house.browser(), house.enter("clerk").await);
        let mut auditor = house.enter("auditor").await;
        let token = clerk.get("/account/password").await.hidden("_token");
        let auditors = auditor.get("/account/password").await.hidden("_token");
        let strangers = nobody.get("/sign-in").await.hidden("_token");
        for right in access::room().rights {
            let path = filled(&house, right.path);
            let public = right.need == web::Need::Public;
            let own = right.need == web::Need::SignedIn;
            let (seen, theirs, audits) = if right.method == "GET" {
                (nobody.get(&path).await, clerk.get(&path).await, auditor.get(&path).await)
            } else {
                if path == "/sign-out" {
                    continue;
                }
                // A form without a token is refused before anything is looked at.
                assert_eq!(clerk.clone().post(&path, &[]).await.status, StatusCode::FORBIDDEN, "{path}");
                let (t, s, a) = (("_token", &*token), ("_token", &*strangers), ("_token", &*auditors));
                (
                    nobody.post(&path, &[s]).await,
                    clerk.post(&path, &[t]).await,
                    auditor.post(&path, &[a]).await,
                )
            };
            if !public {
                let led = if right.method == "GET" { seen.is_led_to_sign_in() } else { seen.status == 401 };
                assert!(led, "{} {path}: {}", right.method, seen.status);
            }
            if !public && !own {
                assert_eq!(theirs.status, StatusCode::FORBIDDEN, "{} {path}", right.method);
            }
            if right.need == web::Need::Duty("admin") {
                assert_eq!(
                    audits.status,
                    StatusCode::FORBIDDEN,
                    "an auditor writes: {} {path}",
                    right.method
                );
            }
        }
        // The auditor reads the roster.
        assert_eq!(auditor.get("/accounts").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_name_that_does_not_exist_looks_like_one_that_does() {
    for house in House::all(false).await {
        let mut browser = house.browser();
        let known = browser.sign_in("clerk", "wrong-password").await;
        let unknown = browser.sign_in("klerk", "wrong-password").await;
        assert_eq!((known.status, unknown.status), (StatusCode::FORBIDDEN, StatusCode::FORBIDDEN));
        assert_eq!(known.lasting().replace("clerk", "klerk"), unknown.lasting());
        assert!(!known.text.contains("wrong-password"), "a password is never written back");
        for _ in 1..10 {
            browser.sign_in("clerk", "wrong-password").await;
            browser.sign_in("klerk", "wrong-password").await;
        }
        let known = browser.sign_in("clerk", DEMO_PASSWORD).await;
        let unknown = browser.sign_in("klerk", DEMO_PASSWORD).await;
        assert_eq!(
            (known.status, unknown.status),
            (StatusCode::TOO_MANY_REQUESTS, StatusCode::TOO_MANY_REQUESTS)
        );
        assert_eq!(known.lasting().replace("clerk", "klerk"), unknown.lasting());
    }
}

#[tokio::test]
async fn the_token_turns_at_each_step_and_dies_at_the_end() {
    for house in House::all(false).await {
        let mut browser = house.browser();
        let seen = browser.sign_in("admin2", DEMO_PASSWORD).await;
        assert_eq!(seen.header("location"), "/sign-in/code");
        assert!(browser.get("/accounts").await.is_led_to_sign_in(), "half a sign-in is none");
        let half = browser.clone();
        let bad = browser.fill("/sign-in/code", "/sign-in/code", &[("code", "000000")]).await;
        assert_eq!(bad.status, StatusCode::FORBIDDEN);
        let code = code_at(DEMO_SECRET, house.clock.now()).unwrap();
        let page = browser.get("/sign-in/code?next=/units%3Fq%3Dx").await;
        let (token, next) = (page.hidden("_token"), page.hidden("next"));
        let pairs = [("_token", token.as_str()), ("code", code.as_str()), ("next", next.as_str())];
        let good = browser.post("/sign-in/code", &pairs).await;
        assert_eq!(
            (good.status, good.header("location")),
            (StatusCode::SEE_OTHER, "/units?q=x"),
            "{}",
            good.text
        );
        assert_eq!(browser.get("/accounts").await.status, StatusCode::OK);
        assert_ne!(browser.cookies, half.cookies);
        assert!(half.clone().get("/accounts").await.is_led_to_sign_in());
        let whole = browser.clone();
        let out = browser.fill("/account", "/sign-out", &[]).await;
        assert_eq!((out.status, out.header("location")), (StatusCode::SEE_OTHER, "/sign-in"));
        assert!(out.header("clear-site-data").contains("storage"));
        assert!(whole.clone().get("/accounts").await.is_led_to_sign_in(), "a kept token is worth nothing");
    }
}

#[tokio::test]
async fn a_demanded_second_factor_is_set_up_on_the_way_in() {
    for house in House::all(true).await {
        let mut browser = house.browser();
        assert_eq!(browser.sign_in("clerk", DEMO_PASSWORD).await.header("location"), "/sign-in/second");
        let page = browser.get("/sign-in/second").await;
        assert!(
            page.text.contains("<svg") && page.text.contains("otpauth://totp/") && !page.text.contains('⟦')
        );
        let secret = page.text.split_once("secret=").unwrap().1;
        let secret: String = secret.chars().take_while(char::is_ascii_alphanumeric).collect();
        let wrong = browser.fill("/sign-in/second", "/sign-in/second", &[("code", "12")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text.contains(&secret), "the same code to scan");
        let code = code_at(&secret, house.clock.now()).unwrap();
        let done = browser.fill("/sign-in/second", "/sign-in/second", &[("code", &code)]).await;
        assert_eq!(
            (done.status, done.text.matches("<li><code>").count()),
            (StatusCode::OK, 10),
            "{}",
            done.text
        );
        assert_eq!(browser.get("/account").await.status, StatusCode::OK);
        assert_eq!(
            browser.get("/account/second").await.status,
            StatusCode::CONFLICT,
            "the secret is not shown again"
        );
    }
}

#[tokio::test]
async fn what_an_administrator_does_holds_at_the_next_request() {
    for house in House::all(false).await {
        let (mut admin, mut auditor) = (house.enter("admin").await, house.enter("auditor").await);
        assert_eq!(auditor.get("/accounts").await.status, StatusCode::OK);
        let unit = house.cast.get("auditor").unwrap().unit;
        let (post, page) = (house.cast.get("auditor").unwrap().post.unwrap(), format!("/units/{unit}"));
        let seen = admin.fill(&page, &format!("/units/{unit}/posts/{post}/end"), &[]).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
        assert_eq!(auditor.get("/accounts").await.status, StatusCode::FORBIDDEN, "the post is gone");
        assert_eq!(auditor.get("/account").await.status, StatusCode::OK, "the account is not");
        let id = house.account("auditor");
        let seen = admin.fill(&format!("/accounts/{id}"), &format!("/accounts/{id}/closure"), &[]).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
        assert!(auditor.get("/account").await.is_led_to_sign_in());
    }
}

#[tokio::test]
async fn an_account_is_made_given_a_post_and_used() {
    for house in House::all(false).await {
        let mut admin = house.enter("admin").await;
        let unit = house.cast.get("clerk").unwrap().unit;
        let (page, to) = (format!("/units/{unit}/accounts/new"), format!("/units/{unit}/accounts"));
        let bad = [("name", "新人"), ("display", "新人甲"), ("password", "short")];
        let seen = admin.fill(&page, &to, &bad).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(seen.text.contains("value=\"新人甲\"") && !seen.text.contains("value=\"short\""));
        let more = [
            ("name", "newcomer"),
            ("display", "新人甲"),
            ("password", "tea-lamp-river-9"),
            ("state", "active"),
        ];
        assert_eq!(
            admin.fill(&page, &to, &more).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "no further column"
        );
        let seen = admin.fill(&page, &to, &more[..3]).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
        let account = seen.header("location").to_owned();
        let post = house.cast.get("clerk").unwrap().post.unwrap().to_string();
        let grant = [("post", post.as_str()), ("until", "2026-12-31")];
        let seen = admin.fill(&format!("{account}/posts/new"), &format!("{account}/posts"), &grant).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
        let mut newcomer = house.browser();
        let seen = newcomer.sign_in("newcomer", "tea-lamp-river-9").await;
        assert_eq!(seen.header("location"), "/sign-in/password");
        let change =
            [("current", "tea-lamp-river-9"), ("password", "another-of-mine"), ("again", "another-of-mine")];
        let seen = newcomer.fill("/sign-in/password", "/sign-in/password", &change).await;
        assert_eq!(seen.header("location"), "/", "{}", seen.text);
        assert!(newcomer.get("/account").await.text.contains("综治中心干事"));
        // The same post again, and a power that does not go with it, are told in words.
        let again =
            admin.fill(&format!("{account}/posts/new"), &format!("{account}/posts"), &grant[..1]).await;
        assert_eq!(again.status, StatusCode::CONFLICT);
        let audit = house.cast.get("auditor").unwrap().post.unwrap().to_string();
        let both = admin
            .fill(&format!("{account}/posts/new"), &format!("{account}/posts"), &[("post", &audit)])
            .await;
        assert_eq!(both.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(both.text.contains("必须分开"), "{}", both.text);
    }
}
