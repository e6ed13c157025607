//! The world of a story: a small city in a fresh database of one engine, the house over it, a clock that
//! is moved by hand, and browsers that keep their cookies.

use std::{
    collections::{BTreeMap, HashSet},
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock},
};

use axum::{Router, body::Body};
use base::{Chance, HandClock, Millis};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use linli::{
    demo::found::{Size, found},
    house,
};
use scraper::{Html, Selector};
use store::{Db, DbConfig, Keys, on, testing::Asked};
use tower::ServiceExt;

use crate::{allocations, facts, kept};

/// Where the clock of every story begins: Monday 2 March 2026, nine in the morning.
pub const START: Millis = store::testing::MONDAY_MORNING;
/// The founding lies a week before.
const FOUNDED: Millis = Millis(START.0 - 7 * base::DAY_MS);

/// A city that was founded once per engine and is copied for each story.
struct Template {
    keys: PathBuf,
    url: String,
    _folder: Arc<tempfile::TempDir>,
}

fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|s| s.spawn(work).join()).unwrap()
}

fn make_template(url: &str) -> Template {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let keys = folder.path().join("linli.keys");
    let url = match url {
        "sqlite" => format!("sqlite:{}", folder.path().join("city.db").display()),
        server => make_database(server, "city", None),
    };
    apart(|| {
        let mut conn = store::open(&url, false).unwrap();
        store::migrate(&mut conn, &house::migrations(), FOUNDED).unwrap();
    });
    let clock = Arc::new(HandClock::at(FOUNDED));
    let config = DbConfig { url: url.clone(), readers: 1, signs: false };
    let opened = Keys::load_or_make(&keys, "stories.example").unwrap();
    let db = Db::open(&config, opened, Arc::new(Chance::from_seed(11)), clock).unwrap();
    found(&db, FOUNDED, Size::Small, &mut |_, _, _| {}).unwrap();
    db.sign_now().unwrap();
    drop(db);
    // The threads of the closed database end by themselves; a copy has to wait for their connections.
    std::thread::sleep(std::time::Duration::from_millis(300));
    Template { keys, url, _folder: folder }
}

/// Makes a database on the server, as a copy if asked, and returns its address.
fn make_database(server: &str, name: &str, copy_of: Option<&str>) -> String {
    static NEXT: Mutex<u32> = Mutex::new(0);
    let n = {
        let mut next = NEXT.lock().unwrap();
        *next += 1;
        *next
    };
    let full = format!("{name}_{}_{n}", std::process::id());
    let template = copy_of.map_or(String::new(), |t| format!(" TEMPLATE {}", t.rsplit('/').next().unwrap()));
    apart(|| {
        let mut conn = store::open(server, false).unwrap();
        on!(&mut conn, c => diesel::RunQueryDsl::execute(diesel::sql_query(format!("CREATE DATABASE {full}{template}")), c))
            .unwrap();
    });
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{full}")
}

fn template(engine: &str) -> &'static Template {
    static SQLITE: OnceLock<Template> = OnceLock::new();
    static POSTGRES: OnceLock<Template> = OnceLock::new();
    match engine {
        "sqlite" => SQLITE.get_or_init(|| make_template("sqlite")),
        server => POSTGRES.get_or_init(|| make_template(server)),
    }
}

/// One story's world.
pub struct World {
    /// The house.
    pub router: Router,
    /// The database under it.
    pub db: Db,
    /// The clock.
    pub clock: Arc<HandClock>,
    /// Which engine: for messages.
    pub engine: &'static str,
    asked: Arc<Asked>,
    timers: jobs::Runner,
    /// The database's address.
    pub url: String,
    server: Option<String>,
    _folder: tempfile::TempDir,
}

impl World {
    /// The worlds of this run: SQLite, and PostgreSQL when `LINLI_TEST_POSTGRES` names one.
    pub fn all() -> Vec<World> {
        // Opening a house blocks, which the thread of a test's runtime may not.
        apart(Self::each)
    }

    fn each() -> Vec<World> {
        let mut all = vec![Self::new(None, 29, None)];
        if let Ok(server) = std::env::var("LINLI_TEST_POSTGRES") {
            all.push(Self::new(Some(server), 29, None));
        }
        all
    }

    /// So many worlds on each engine, with further divisions (a table as `linli import divisions` takes it): installations
    /// that know of each other only what they send.
    pub fn several(many: u64, divisions: &'static str) -> Vec<Vec<World>> {
        apart(|| {
            let servers = [None].into_iter().chain(std::env::var("LINLI_TEST_POSTGRES").ok().map(Some));
            let of = |server: Option<String>| {
                (0..many).map(|n| Self::new(server.clone(), 100 + n, Some(divisions))).collect()
            };
            servers.map(of).collect()
        })
    }

    fn new(server: Option<String>, seed: u64, divisions: Option<&str>) -> World {
        let folder = tempfile::tempdir().unwrap();
        let (url, keys, engine) = match &server {
            None => {
                let from = template("sqlite");
                let file = folder.path().join("story.db");
                std::fs::copy(from.url.trim_start_matches("sqlite:"), &file).unwrap();
                let wal = format!("{}-wal", from.url.trim_start_matches("sqlite:"));
                if std::path::Path::new(&wal).exists() {
                    std::fs::copy(&wal, folder.path().join("story.db-wal")).unwrap();
                }
                (format!("sqlite:{}", file.display()), &from.keys, "sqlite")
            }
            Some(server) => {
                let from = template(server);
                (make_database(server, "story", Some(&from.url)), &from.keys, "postgres")
            }
        };
        let clock = Arc::new(HandClock::at(START));
        let asked = store::testing::listen(&url);
        let config = DbConfig { url: url.clone(), readers: 2, signs: false };
        let keys = Keys::load_or_make(keys, "stories.example").unwrap();
        let db = Db::open(&config, keys, Arc::new(Chance::from_seed(seed)), clock.clone()).unwrap();
        if let Some(table) = divisions {
            let (act, system) = (base::Act::system(FOUNDED), territory::model::CodeSystem::nbs12());
            let day = base::Zone::default().day(FOUNDED);
            let said = territory::deeds::import_sheet(&db, act, table.as_bytes(), &system, day, &mut |_| {});
            assert!(said.unwrap().errors.is_empty(), "{table}");
        }
        let web = web::Config {
            public_url: "http://linli.test".to_owned(),
            secure_cookies: false,
            require_totp: false,
            demo: true,
            ..web::Config::default()
        };
        let shelf = house::shelf(&linli::config::Settings::default());
        let site = house::site(&db, web).unwrap().with(Arc::new(shelf));
        let timers = jobs::Runner::new(db.clone(), house::timers(&site).unwrap());
        let router = web::compose(house::rooms(), site).unwrap().router;
        World { router, db, clock, engine, asked, timers, url, server, _folder: folder }
    }

    /// What the database was asked since the last look.
    pub fn asked(&self) -> Vec<String> {
        self.asked.take()
    }

    /// A browser without a session.
    pub fn resident(&self) -> Browser {
        Browser {
            router: self.router.clone(),
            db: self.db.clone(),
            asked: self.asked.clone(),
            statements: Vec::new(),
            allocations: 0,
            url: self.url.clone(),
            sent: HashSet::new(),
            cookies: BTreeMap::new(),
            page: String::new(),
            address: String::new(),
        }
    }

    /// A browser in which one of the cast has signed in.
    pub async fn member(&self, name: &str) -> Browser {
        let mut browser = self.resident();
        browser.get("/sign-in").await.ok();
        let answer = browser.send("/sign-in", &[("name", name), ("password", access::DEMO_PASSWORD)]).await;
        assert!(
            answer.status.is_redirection(),
            "{name} could not sign in: {} {}",
            answer.status,
            answer.text()
        );
        browser
    }

    /// The same with the second factor of the demo.
    pub async fn member_with_code(&self, name: &str) -> Browser {
        let mut browser = self.resident();
        browser.get("/sign-in").await.ok();
        let typed = [("name", name), ("password", access::DEMO_PASSWORD)];
        assert_eq!(browser.send("/sign-in", &typed).await.onward(), "/sign-in/code");
        browser.get("/sign-in/code").await.ok();
        let now = base::Clock::now(&*self.clock);
        let code = access::code_at(access::DEMO_SECRET, now).unwrap();
        browser.send("/sign-in/code", &[("code", &code)]).await.onward();
        browser
    }

    /// Moves the clock and runs every timer that is due by then, until none is left.
    pub async fn pass(&self, ms: i64) {
        self.clock.advance(ms);
        while self.timers.run_due().await.unwrap() > 0 {}
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let Some(server) = self.server.clone() else { return };
        let name = self.url.rsplit('/').next().unwrap_or_default().to_owned();
        apart(|| {
            if let Ok(mut conn) = store::open(&server, false) {
                let _ = on!(&mut conn, c => diesel::RunQueryDsl::execute(
                    diesel::sql_query(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")), c));
            }
        });
    }
}

/// An answer of the house.
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: http::HeaderMap,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// Its text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Where it leads.
    pub fn location(&self) -> String {
        self.headers.get(header::LOCATION).map(|l| l.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    /// It must be a page.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        self
    }

    /// It must lead on.
    #[track_caller]
    pub fn onward(self) -> String {
        assert!(self.status.is_redirection(), "{}: {}", self.status, self.text());
        self.location()
    }

    /// It must be this refusal.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }

    /// The words of the page without its tags.
    pub fn words(&self) -> String {
        let page = Html::parse_document(&self.text());
        page.root_element().text().map(str::trim).filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

/// A browser: it keeps cookies and remembers the page, whose hidden fields go with the next form.
pub struct Browser {
    router: Router,
    db: Db,
    asked: Arc<Asked>,
    /// What the last request asked of the database.
    pub statements: Vec<String>,
    /// How often the last request asked for memory, here and in the store's threads.
    pub allocations: u64,
    url: String,
    /// The forms that were sent, by address and number.
    sent: HashSet<(String, String)>,
    cookies: BTreeMap<String, String>,
    page: String,
    address: String,
}

impl Browser {
    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Answer {
        let request = self.request("GET", path).body(Body::empty()).unwrap();
        let answer = self.call(request, false).await;
        if answer.status == StatusCode::OK {
            self.page = answer.text();
            self.address = path.to_owned();
        }
        answer
    }

    fn request(&self, method: &str, path: &str) -> http::request::Builder {
        let cookies: Vec<String> = self.cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let mut builder = Request::builder().method(method).uri(path).header("host", "linli.test");
        if !cookies.is_empty() {
            builder = builder.header(header::COOKIE, cookies.join("; "));
        }
        builder
    }

    /// Sends a request, and holds what it leaves in the journal against the list of facts.
    async fn call(&mut self, request: Request<Body>, again: bool) -> Answer {
        let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
        let before = facts::look(&self.db, START).await;
        self.asked.take();
        let router = self.router.clone();
        let (response, allocations) = allocations::of(&self.url, router.oneshot(request)).await;
        let response = response.unwrap();
        self.allocations = allocations;
        self.statements = self.asked.take();
        kept::seen(&method, &path, response.status(), &self.statements);
        facts::seen(&self.db, START, before, &method, &path, response.status(), again).await;
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let text = cookie.to_str().unwrap();
            let (pair, rest) = text.split_once(';').unwrap_or((text, ""));
            let (name, value) = pair.split_once('=').unwrap();
            if rest.contains("Max-Age=0") || value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    /// The fields that the form to `action` on the open page already holds: hidden ones, typed ones, chosen
    /// ones. Any form's hidden ones when none has that action, so that a refused act can be tried too.
    pub fn fields(&self, action: &str) -> Vec<(String, String)> {
        let page = Html::parse_document(&self.page);
        let forms = Selector::parse("form").unwrap();
        let mut all: Vec<_> =
            page.select(&forms).filter(|f| f.value().attr("method") == Some("post")).collect();
        let bare = action.split('?').next().unwrap_or_default();
        let fits = |f: &scraper::ElementRef<'_>| {
            let to = f.value().attr("action").unwrap_or(&self.address);
            to.split('?').next() == Some(bare)
        };
        let exact: Vec<_> = all.iter().copied().filter(fits).collect();
        let only_hidden = exact.is_empty();
        if !only_hidden {
            all = exact;
        }
        let Some(form) = all.first() else { return Vec::new() };
        let mut out = Vec::new();
        let inputs = Selector::parse("input[name], textarea[name], select[name]").unwrap();
        for field in form.select(&inputs) {
            let value = field.value();
            let name = value.attr("name").unwrap_or_default().to_owned();
            let kind = value.attr("type").unwrap_or(value.name());
            if only_hidden && !(kind == "hidden" && name.starts_with('_')) {
                continue;
            }
            match kind {
                "submit" | "button" | "file" => {}
                "radio" | "checkbox" if value.attr("checked").is_none() => {}
                "select" => {
                    let option = Selector::parse("option[selected]").unwrap();
                    let chosen =
                        field.select(&option).next().and_then(|o| o.value().attr("value")).unwrap_or("");
                    out.push((name, chosen.to_owned()));
                }
                "textarea" => out.push((name, field.text().collect())),
                _ => out.push((name, value.attr("value").unwrap_or("").to_owned())),
            }
        }
        out
    }

    /// Sends the form to `action` of the open page with `typed` over what it holds.
    pub async fn send(&mut self, action: &str, typed: &[(&str, &str)]) -> Answer {
        let mut fields = self.fields(action);
        for (name, value) in typed {
            fields.retain(|(n, _)| n != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        self.send_bare(action, &fields).await
    }

    /// Whether the form with this number, or without one exactly these fields, was sent to this address before.
    fn is_again(&mut self, action: &str, fields: &[(String, String)]) -> bool {
        let once = fields.iter().find(|(name, _)| name == "_once").map(|(_, value)| value.clone());
        let number = once.unwrap_or_else(|| format!("{fields:?}"));
        !self.sent.insert((action.to_owned(), number))
    }

    /// Sends exactly these fields.
    pub async fn send_bare(&mut self, action: &str, fields: &[(String, String)]) -> Answer {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let again = self.is_again(action, fields);
        let request = self
            .request("POST", action)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        let answer = self.call(request, again).await;
        if answer.status == StatusCode::UNPROCESSABLE_ENTITY || answer.status == StatusCode::OK {
            self.page = answer.text();
        }
        answer
    }

    /// The form token of the open page.
    pub fn token(&self) -> String {
        let page = Html::parse_document(&self.page);
        let token = Selector::parse("input[name=_token]").unwrap();
        let found = page.select(&token).find_map(|i| i.value().attr("value"));
        found.unwrap_or_else(|| panic!("no form on {}", self.address)).to_owned()
    }

    /// Sends JSON with this form token, as a page's script does.
    pub async fn send_json(&mut self, path: &str, body: &str, token: &str) -> Answer {
        let request = self
            .request("POST", path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-csrf-token", token)
            .body(Body::from(body.to_owned()))
            .unwrap();
        self.call(request, false).await
    }

    /// Sends JSON that another installation has signed at an instant.
    pub async fn send_signed(&mut self, path: &str, body: &str, at: Millis, signature: &str) -> Answer {
        let request = self
            .request("POST", path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("linli-timestamp", at.0.to_string())
            .header("linli-signature", signature)
            .body(Body::from(body.to_owned()))
            .unwrap();
        self.call(request, false).await
    }

    /// Sends the form to `action` of the open page with files in the field `name`.
    pub async fn send_files(
        &mut self,
        action: &str,
        typed: &[(&str, &str)],
        name: &str,
        files: &[Vec<u8>],
    ) -> Answer {
        const EDGE: &str = "linli-story-edge";
        let mut fields = self.fields(action);
        for (name, value) in typed {
            fields.retain(|(n, _)| n != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let again = self.is_again(action, &fields);
        let mut body = Vec::new();
        for (name, value) in &fields {
            let head =
                format!("--{EDGE}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(head.as_bytes());
        }
        for file in files {
            let head = format!(
                "--{EDGE}\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"a.jpg\"\r\n\
                 content-type: image/jpeg\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(file);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{EDGE}--\r\n").as_bytes());
        let request = self
            .request("POST", action)
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={EDGE}"))
            .body(Body::from(body))
            .unwrap();
        let answer = self.call(request, again).await;
        if answer.status == StatusCode::UNPROCESSABLE_ENTITY || answer.status == StatusCode::OK {
            self.page = answer.text();
        }
        answer
    }
}
