//! A little house of notes on each engine, and a browser that opens it.

use std::sync::Arc;

use axum::{Router, body::Body};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use tower::ServiceExt;
use web::{Config, House, Load, Site};

use crate::note;

/// A browser: it keeps its cookies, and sends them back.
pub struct Browser {
    pub router: Router,
    pub cookies: Vec<(String, String)>,
}

pub struct Seen {
    pub status: StatusCode,
    pub head: http::HeaderMap,
    pub text: String,
}

impl Seen {
    pub fn header(&self, name: &str) -> &str {
        self.head.get(name).map_or("", |v| v.to_str().unwrap())
    }

    /// The value of the n-th hidden field of a name.
    pub fn hidden(&self, name: &str) -> String {
        let (_, rest) = self.text.split_once(&format!("name=\"{name}\" value=\"")).expect(&self.text);
        rest.split('"').next().unwrap().to_owned()
    }
}

/// The house on each engine that this run has.
pub fn houses() -> impl Iterator<Item = (store::testing::TestDb, Browser)> {
    let _ = tracing_subscriber::fmt().with_env_filter("info").with_test_writer().try_init();
    let migrations = web::migrations_of(&[web::room(), note::room()]);
    store::testing::databases(&migrations).unwrap().into_iter().map(house)
}

fn house(test: store::testing::TestDb) -> (store::testing::TestDb, Browser) {
    let (_, router) = house_with(&test, Load::default());
    (test, Browser { router, cookies: Vec::new() })
}

/// Rows of a file in this house.
pub const MOST: usize = 2_500;

pub fn house_with(test: &store::testing::TestDb, load: Load) -> (Site, Router) {
    let rooms = vec![web::room(), note::room()];
    let words = Arc::new(web::words_of(&rooms).unwrap());
    let config = Config { secure_cookies: false, load, export_rows: MOST, ..Config::default() };
    let site = Site::new(test.db.clone(), words, config).identified_by(note::People);
    let House { router, .. } = web::compose(rooms, site.clone()).unwrap();
    (site, router)
}

impl Browser {
    pub fn other(&self) -> Self {
        Self { router: self.router.clone(), cookies: Vec::new() }
    }

    pub async fn send(&mut self, mut request: Request<Body>) -> Seen {
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

    pub async fn get(&mut self, path: &str) -> Seen {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&mut self, path: &str, pairs: &[(&str, &str)]) -> Seen {
        self.send(form(path, pairs)).await
    }

    /// Opens a page with a form, and sends the form with what is given.
    pub async fn fill(&mut self, page: &str, path: &str, pairs: &[(&str, &str)]) -> Seen {
        let token = self.get(page).await.hidden("_token");
        let mut all = vec![("_token", token.as_str())];
        all.extend_from_slice(pairs);
        self.post(path, &all).await
    }

    pub async fn sign_in(&mut self, who: &str) {
        let seen = self.fill("/sign-in", "/sign-in", &[("name", who)]).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
    }
}

pub fn form(path: &str, pairs: &[(&str, &str)]) -> Request<Body> {
    Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(serde_urlencoded::to_string(pairs).unwrap()))
        .unwrap()
}
