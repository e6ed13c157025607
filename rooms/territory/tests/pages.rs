//! The room's pages over HTTP: an administrator of one county, a reader, and nobody.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::{fs::File, sync::Arc};

use axum::{Router, body::Body, response::IntoResponse};
use base::{Act, Id, Millis, Outcome};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use jiff::civil::date;
use store::{
    Conn,
    testing::{TestDb, databases},
};
use territory::{
    Division, Kind, LiveAtlas, deeds,
    model::{CodeSystem, Grid},
    samples::demo_grids,
};
use tower::ServiceExt;
use web::{Config, House, Identify, Person, PostView, Site};

const ADMIN: i64 = 1;
const READER: i64 = 2;

/// Account 1 administers one county; account 2 has a post without that duty.
struct People(Id<Division>);

impl Identify for People {
    fn person(&self, _: &mut Conn, account: i64, _: Millis) -> Outcome<Option<Person>> {
        let duties = if account == ADMIN { vec!["admin"] } else { vec!["clerk"] };
        let post = PostView { id: 10, duties, scopes: vec![self.0.raw()], ..PostView::default() };
        Ok(Some(Person { account, name: "某人".into(), posts: vec![post], detail: None }))
    }
}

struct Town {
    test: TestDb,
    router: Router,
    live: Arc<LiveAtlas>,
    site: Site,
}

/// The city with 3,000 grids, on every engine.
async fn towns() -> Vec<Town> {
    tokio::task::spawn_blocking(found).await.unwrap()
}

fn found() -> Vec<Town> {
    let rooms = || vec![web::room(), territory::room()];
    databases(&web::migrations_of(&rooms()))
        .unwrap()
        .into_iter()
        .map(|test| {
            let act = Act::system(Millis(1_772_413_200_000));
            let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs/wuwei/divisions.csv");
            let system = CodeSystem::nbs12();
            let csv = File::open(file).unwrap();
            deeds::import_sheet(&test.db, act, csv, &system, date(2023, 6, 30), &mut |_| {}).unwrap();
            let live = Arc::new(LiveAtlas::open(&test.db).unwrap());
            let grids = demo_grids(&live.now(), 3_000, test.db.chance(), act.at, date(2025, 1, 1));
            test.db.write_now(move |tx| deeds::add_grids(tx, act, &grids)).unwrap();
            live.refresh_now(&test.db).unwrap();
            let words = Arc::new(web::words_of(&rooms()).unwrap());
            let config = Config { secure_cookies: false, ..Config::default() };
            let county = live.now().by_code("nbs12", "620602000000")[0].id;
            let site = Site::new(test.db.clone(), words, config);
            let site = site.identified_by(People(county)).with(live.clone());
            let House { router, .. } = web::compose(rooms(), site.clone()).unwrap();
            Town { test, router, live, site }
        })
        .collect()
}

struct Seen {
    status: StatusCode,
    to: String,
    text: String,
}

impl Town {
    /// The cookie of a session.
    async fn cookie(&self, account: i64) -> String {
        let (config, now) = (self.site.config.clone(), self.test.db.clock().now());
        let open = move |tx: &mut store::Tx<'_>| web::session::open(tx, &config, account, true, now);
        let token = self.test.db.keep_house(open).await.unwrap();
        let mut answer = Body::empty().into_response();
        web::session::give(&self.site, &mut answer, &token);
        let set = answer.headers()[header::SET_COOKIE].to_str().unwrap();
        set.split(';').next().unwrap().to_owned()
    }

    async fn send(&self, request: Request<Body>) -> Seen {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let to = parts.headers.get(header::LOCATION).map_or("", |v| v.to_str().unwrap()).to_owned();
        let bytes = body.collect().await.unwrap().to_bytes();
        Seen { status: parts.status, to, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    async fn get(&self, cookie: &str, path: &str) -> Seen {
        self.send(Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap()).await
    }

    async fn fill(&self, cookie: &str, page: &str, path: &str, pairs: &[(&str, &str)]) -> Seen {
        let drawn = self.get(cookie, page).await;
        let (_, rest) = drawn.text.split_once("name=\"_token\" value=\"").expect(&drawn.text);
        let mut all = vec![("_token", rest.split('"').next().unwrap())];
        all.extend_from_slice(pairs);
        let body = Body::from(serde_urlencoded::to_string(&all).unwrap());
        let kind = (header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(
            Request::post(path).header(kind.0, kind.1).header(header::COOKIE, cookie).body(body).unwrap(),
        )
        .await
    }

    async fn upload(&self, cookie: &str, file: &str, step: &str) -> Seen {
        let drawn = self.get(cookie, "/territory/grid-files/new").await;
        let (_, rest) = drawn.text.split_once("name=\"_token\" value=\"").expect(&drawn.text);
        let token = rest.split('"').next().unwrap();
        let mut body = String::new();
        for (name, value) in [("_token", token), ("datum", "wgs84"), ("day", "2026-03-02"), ("_step", step)] {
            if name != "_step" || !step.is_empty() {
                body +=
                    &format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            }
        }
        body += &format!(
            "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"g.geojson\"\r\nContent-Type: \
             application/geo+json\r\n\r\n{file}\r\n--xyz--\r\n"
        );
        let request = Request::post("/territory/grid-files")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=xyz")
            .header(header::COOKIE, cookie);
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    fn id(&self, code: &str) -> Id<Division> {
        self.live.now().by_code("nbs12", code)[0].id
    }
}

#[tokio::test]
async fn everybody_signed_in_reads_and_nobody_else() {
    for t in towns().await {
        let cookie = t.cookie(READER).await;
        let (county, village) = (t.id("620602000000"), t.id("620602001001"));
        let grid: Id<Grid> = t.live.now().grids(village).next().unwrap().id;
        for path in [
            "/territory".to_owned(),
            "/territory?q=%E9%BB%84%E7%BE%8A".to_owned(),
            "/territory?kind=village".to_owned(),
            "/territory?q=%20&kind=nonsense".to_owned(),
            format!("/territory/{county}"),
            format!("/territory/{village}"),
            format!("/territory/grids/{grid}"),
        ] {
            let seen = t.get(&cookie, &path).await;
            assert_eq!(seen.status, StatusCode::OK, "{path}: {}", seen.text);
            assert!(!seen.text.contains('⟦'), "{path}");
            assert!(seen.text.len() < 120_000, "{path}: {}", seen.text.len());
            assert_ne!(t.get("", &path).await.status, StatusCode::OK, "{path}");
        }
        let seen = t.get(&cookie, &format!("/territory/{county}")).await;
        assert!(seen.text.contains("<svg") && seen.text.contains("620602000000"));
        assert!(!seen.text.contains("/merger"), "a reader is offered no change");
        for path in ["/territory/0000000000000", "/territory/x", "/territory/grids/0000000000000"] {
            assert_eq!(t.get(&cookie, path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(t.get(&cookie, "/territory?q=%00").await.status, StatusCode::BAD_REQUEST);
        let options = t.get("", &format!("/territory/options?parent={county}")).await;
        assert_eq!(options.status, StatusCode::OK);
        assert!(options.text.starts_with("[[\""), "{}", options.text);
        assert_eq!(t.get("", "/territory/options?parent=%3Cx").await.text, "[]");
    }
}

#[tokio::test]
async fn only_the_administrator_of_the_place_changes_it() {
    for t in towns().await {
        let (admin, reader) = (t.cookie(ADMIN).await, t.cookie(READER).await);
        let town = t.id("620602001000");
        let (own, other) =
            (format!("/territory/{town}/name"), format!("/territory/{}/name", t.id("620621100000")));
        assert_eq!(t.get(&reader, &own).await.status, StatusCode::FORBIDDEN);
        assert_eq!(t.get(&admin, &other).await.status, StatusCode::FORBIDDEN);
        let late = t.fill(&admin, &own, &own, &[("name", "新名街道"), ("day", "2030-01-01")]).await;
        assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(late.text.contains("新名街道") && late.text.contains("f-day"));
        let stolen = t.fill(&admin, &own, &other, &[("name", "新名街道"), ("day", "2026-03-01")]).await;
        assert_eq!(stolen.status, StatusCode::FORBIDDEN);
        let done = t.fill(&admin, &own, &own, &[("name", "新名街道"), ("day", "2026-03-01")]).await;
        assert_eq!(
            (done.status, done.to),
            (StatusCode::SEE_OTHER, format!("/territory/{town}")),
            "{}",
            done.text
        );
        assert_eq!(t.live.now().name(town), "新名街道");
        let again = t.fill(&admin, &own, &own, &[("name", "新名街道"), ("day", "2026-03-01")]).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(t.get(&reader, &format!("/territory/{town}")).await.text.contains("此前为"));
    }
}

#[tokio::test]
async fn a_merger_is_shown_before_it_is_made() {
    for t in towns().await {
        let admin = t.cookie(ADMIN).await;
        let atlas = t.live.now();
        let all: Vec<Id<Division>> = atlas.children(Some(t.id("620602000000"))).map(|e| e.id).collect();
        let path = format!("/territory/{}/merger", all[0]);
        let other = all[1].to_string();
        let form = [("others", other.as_str()), ("name", "合城街道"), ("code", ""), ("day", "2026-03-01")];
        let look = [&form[..], &[("_step", "preview")]].concat();
        let shown = t.fill(&admin, &path, &path, &look).await;
        assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
        assert!(
            shown.text.contains("将会这样变更")
                && shown.text.contains("确认变更")
                && shown.text.contains("合城街道")
        );
        assert_eq!(t.live.now().edition(), atlas.edition(), "nothing is written by looking");
        let done = t.fill(&admin, &path, &path, &form).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        let new = t.get(&admin, &done.to).await;
        assert!(new.text.contains("合城街道") && new.text.contains("而来"));
        let twice = t.fill(&admin, &format!("/territory/{}/merger", all[2]), &path, &form).await;
        assert_eq!(twice.status, StatusCode::CONFLICT);
        assert!(twice.text.contains("已于"), "{}", twice.text);
    }
}

#[tokio::test]
async fn a_split_needs_something_to_give() {
    for t in towns().await {
        let admin = t.cookie(ADMIN).await;
        let atlas = t.live.now();
        let village = t.id("620602001001");
        let first = atlas.grids(village).next().unwrap().id.to_string();
        let path = format!("/territory/{village}/partition");
        let form = [("first", "东村"), ("second", "西村"), ("day", "2026-03-01")];
        let none = t.fill(&admin, &path, &path, &form).await;
        assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
        let some = [&form[..], &[("moved", first.as_str())]].concat();
        let shown = t.fill(&admin, &path, &path, &[&some[..], &[("_step", "preview")]].concat()).await;
        assert!(shown.text.contains("将会这样变更"), "{}", shown.text);
        let done = t.fill(&admin, &path, &path, &some).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        let now = t.live.now();
        let parts = now.successors(village);
        assert_eq!(parts.len(), 2);
        let counts: Vec<usize> = parts.iter().map(|p| now.grids(*p).count()).collect();
        assert_eq!(counts.iter().sum::<usize>(), atlas.grids(village).count());
        assert!(counts.contains(&1));
    }
}

#[tokio::test]
async fn grids_go_out_and_come_back_through_the_check() {
    for t in towns().await {
        let (admin, reader) = (t.cookie(ADMIN).await, t.cookie(READER).await);
        let village = t.id("620602001001");
        let file = t.get(&reader, &format!("/territory/{village}/grids.geojson")).await;
        assert_eq!(file.status, StatusCode::OK);
        let same = t.upload(&admin, &file.text, "check").await;
        assert!(same.text.contains("检查通过"), "{}", same.text);
        let same = t.upload(&admin, &file.text, "").await;
        assert!(same.text.contains("已导入"), "{}", same.text);
        let bad = t.upload(&admin, "{\"type\":\"nonsense\"", "").await;
        assert!(bad.status.is_success() && bad.text.contains("个问题"), "{}", bad.text);
        let elsewhere = t.id("620621100200");
        let foreign = t.get(&reader, &format!("/territory/{elsewhere}/grids.geojson")).await;
        assert_eq!(t.upload(&admin, &foreign.text, "").await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn programs_ask_for_divisions_and_places() {
    for t in towns().await {
        let roots = t.get("", "/api/territory/divisions").await;
        assert_eq!(roots.status, StatusCode::OK, "{}", roots.text);
        assert!(roots.text.contains("甘肃省"));
        let county = t.id("620602000000");
        let one = t.get("", &format!("/api/territory/divisions/{county}")).await;
        assert!(one.text.contains("\"620602\"") && one.text.contains("武威市凉州区"), "{}", one.text);
        let village = t.live.now().below(county, Kind::Village)[0];
        let spot = t.live.now().outline(village).unwrap().rings()[0][0];
        let (lon, lat) = spot.degrees();
        let place = t.get("", &format!("/api/territory/location?lon={lon}&lat={lat}")).await;
        assert_eq!(place.status, StatusCode::OK, "{}", place.text);
        assert!(place.text.contains("metres") && place.text.contains("网格"), "{}", place.text);
        for (query, status) in [
            ("lon=1e300&lat=0", 422),
            ("lon=NaN&lat=0", 422),
            ("lon=0&lat=0&datum=mars", 422),
            ("lon=0&lat=0", 200),
            ("lon=x", 422),
            ("", 422),
        ] {
            let seen = t.get("", &format!("/api/territory/location?{query}")).await;
            assert_eq!(seen.status.as_u16(), status, "{query}: {}", seen.text);
        }
        assert_eq!(t.get("", "/api/territory/divisions?parent=x").await.status, StatusCode::NOT_FOUND);
    }
}
