//! The JSON routes over HTTP, with and without a session.

use std::sync::Arc;

use axum::{Router, body::Body};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;
use web::{Config, Site, session};

use crate::deeds::tests::world::{World, worlds};

struct Caller {
    router: Router,
    cookie: String,
    token: String,
}

impl Caller {
    fn new(w: &World) -> (Self, Site) {
        let rooms = || vec![web::room(), access::room(), crate::room()];
        let words = Arc::new(web::words_of(&rooms()).unwrap());
        let config = Config { secure_cookies: false, ..Config::default() };
        let site =
            Site::new(w.t.db.clone(), words, config).with(w.desk.clone()).identified_by(access::Identity);
        let router = web::compose(rooms(), site.clone()).unwrap().router;
        (Self { router, cookie: String::new(), token: String::new() }, site)
    }

    /// The same house, with a member of staff at the keys.
    async fn signed_in(&self, w: &World, site: &Site, name: &str) -> Self {
        let (account, now, config) = (w.cast.get(name).unwrap().account.raw(), w.now(), site.config.clone());
        let token =
            w.t.db.keep_house(move |tx| session::open(tx, &config, account, true, now)).await.unwrap();
        let mut response = axum::response::Response::new(Body::empty());
        session::give(site, &mut response, &token);
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self { router: self.router.clone(), cookie, token: String::new() }
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, Value) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let kind = response.headers().get(header::CONTENT_TYPE).map(|k| k.to_str().unwrap().to_owned());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if status.is_client_error() {
            assert!(kind.unwrap_or_default().starts_with("application/problem+json"), "{status} {text}");
        }
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.send(Request::get(path).header(header::COOKIE, &self.cookie).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        self.post_keyed(path, body, None).await
    }

    async fn post_keyed(&self, path: &str, body: Value, key: Option<&str>) -> (StatusCode, Value) {
        let mut request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::COOKIE, &self.cookie)
            .header("x-csrf-token", &self.token);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }
}

fn lamp() -> Value {
    json!({ "place": { "code": "620602101201" }, "category": "020101", "text": "村口路灯坏了三天。",
            "contact": { "contact": "00012345678" } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_brings_a_matter_follows_it_and_says_not_solved() {
    for w in tokio::task::spawn_blocking(worlds).await.unwrap() {
        let (public, site) = Caller::new(&w);
        let (status, receipt) = public.post_keyed("/api/v1/cases", lamp(), Some("k-1")).await;
        assert_eq!(status, StatusCode::CREATED, "{receipt}");
        let (again, same) = public.post_keyed("/api/v1/cases", lamp(), Some("k-1")).await;
        assert_eq!(
            (again, &same["number"], &same["code"]),
            (StatusCode::OK, &receipt["number"], &receipt["code"])
        );
        let mut other = lamp();
        other["text"] = "另外一件事情".into();
        let (status, problem) = public.post_keyed("/api/v1/cases", other, Some("k-1")).await;
        assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("case.refuse.key_reused")));

        let number = receipt["number"].as_str().unwrap().to_owned();
        let own = format!("/api/v1/cases/{number}?code={}", receipt["code"].as_str().unwrap());
        let (status, seen) = public.get(&own).await;
        assert_eq!((status, &seen["stage"]), (StatusCode::OK, &json!("received")), "{seen}");
        assert_eq!(
            public.get(&format!("/api/v1/cases/{number}?code=22222222")).await.0,
            StatusCode::NOT_FOUND
        );
        assert_eq!(public.get(&format!("/api/v1/cases/{number}")).await.0, StatusCode::NOT_FOUND);
        assert_eq!(public.get(&format!("/api/v1/cases/{number}/file")).await.0, StatusCode::UNAUTHORIZED);

        let mut clerk = public.signed_in(&w, &site, "clerk").await;
        let (status, list) = clerk.get("/api/v1/cases?q=路灯&stage=received").await;
        assert_eq!((status, &list["total"]), (StatusCode::OK, &json!(1)), "{list}");
        let (_, file) = clerk.get(&format!("/api/v1/cases/{number}/file")).await;
        assert_eq!(file["acts"], json!(["accept", "return", "escalate"]));
        let acts = format!("/api/v1/cases/{number}/acts");
        let (status, _) = clerk.post(&acts, json!({ "act": "accept", "version": 1 })).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "a session without its token is not believed");
        clerk.token = file["token"].as_str().unwrap().to_owned();
        let (status, done) = clerk.post(&acts, json!({ "act": "accept", "version": 1 })).await;
        assert_eq!((status, &done["stage"]), (StatusCode::OK, &json!("accepted")), "{done}");
        let close = json!({ "act": "close", "ending": "explained", "answer": "已列入明日维修" });
        assert_eq!(clerk.post(&acts, close).await.0, StatusCode::OK);
        let by_code = format!("{acts}?code={}", receipt["code"].as_str().unwrap());
        let (status, done) = public.post(&by_code, json!({ "act": "contest", "reason": "还是不亮" })).await;
        assert_eq!((status, &done["stage"]), (StatusCode::OK, &json!("handling")), "{done}");
        assert_eq!(public.post(&acts, json!({ "act": "take" })).await.0, StatusCode::NOT_FOUND);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_told_by_field_and_never_a_fault() {
    let all = tokio::task::spawn_blocking(worlds).await.unwrap();
    let (public, site) = Caller::new(&all[0]);
    for (body, field) in [
        (json!({}), "body"),
        (json!([]), "body"),
        (json!({ "place": {}, "category": "020101", "text": "路灯坏了" }), "place"),
        (json!({ "place": { "code": "62" }, "category": "020101", "text": "路灯坏了" }), "place"),
        (json!({ "place": { "code": "620602" }, "category": "020101", "text": "路灯坏了" }), "spot"),
        (
            json!({ "place": { "code": "6206021012010000" }, "category": "020101", "text": "路灯坏了" }),
            "place",
        ),
        (json!({ "place": { "code": "620602101201" }, "category": "02", "text": "路灯坏了" }), "category"),
        (json!({ "place": { "code": "620602101201" }, "category": "020101", "text": "" }), "text"),
        (
            json!({ "place": { "point": { "lat": 91.0, "lon": 0.0 } }, "category": "020101", "text": "路灯坏了" }),
            "lat",
        ),
        (
            json!({ "place": { "code": "620602101201" }, "category": "020101", "text": "路灯坏了", "channel": "phone" }),
            "channel",
        ),
        (
            json!({ "place": { "code": "620602101201" }, "category": "020101", "text": "路灯坏了", "x": 1 }),
            "body",
        ),
    ] {
        let (status, problem) = public.post("/api/v1/cases", body.clone()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body} {problem}");
        assert_eq!(problem["errors"][0]["field"], json!(field), "{body} {problem}");
    }
    let clerk = public.signed_in(&all[0], &site, "clerk").await;
    for query in ["limit=0", "limit=x", "stage=open", "order=x", "category=zz", "place=1", "x=1"] {
        let (status, problem) = clerk.get(&format!("/api/v1/cases?{query}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{query} {problem}");
    }
    let (status, categories) = public.get("/api/v1/categories").await;
    assert!(status == StatusCode::OK && categories.as_array().unwrap().len() > 100);
    let outsider = public.signed_in(&all[0], &site, "outsider").await;
    assert_eq!(outsider.get("/api/v1/cases").await.1["total"], json!(0));
}
