//! Several processes of the built program on one database. On PostgreSQL when the run has one; what holds on SQLite too is
//! shown there.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking; its address is in the environment, and it measures real time"
)]

mod fleet;
mod upward;

use std::{
    collections::BTreeSet,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use base::{Chance, DAY_MS, HandClock, Millis, NODES, Outcome};
use case::{
    deeds::{self, Hand, place_of},
    model::{AcceptOrder, AnswerOrder, Body, Channel, Ending, Intake, Title},
};
use fleet::{Browser, Own, Server, after, apart, ask, count, fleet, linli, texts};
use linli::{
    demo::found::{City, Size, found},
    house,
};
use store::{Db, DbConfig, Keys, Tx};

/// How many processes.
const MANY: usize = 3;
/// How soon a change in one process must be seen in all: about a second, and some for a busy machine.
const SOON: Duration = Duration::from_secs(3);
/// How soon the others must have taken over what a killed one held.
const TAKEN_OVER: Duration = Duration::from_secs(10);

/// The small city without its year, founded so many days ago.
fn city(url: &str, keys: &Path, days_ago: i64) -> (Db, City, Arc<HandClock>) {
    apart(|| {
        let mut conn = store::open(url, false).unwrap();
        let then = base::Clock::now(&base::SystemClock).plus(-days_ago * DAY_MS);
        store::migrate(&mut conn, &house::migrations(), then).unwrap();
        let clock = Arc::new(HandClock::at(then));
        let config = DbConfig { url: url.to_owned(), readers: 1, signs: false };
        let keys = Keys::load_or_make(keys, "processes.example").unwrap();
        let db = Db::open(&config, keys, Arc::new(Chance::from_seed(3)), clock.clone()).unwrap();
        let city = found(&db, then, Size::Small, &mut |_, _, _| {}).unwrap();
        (db, city, clock)
    })
}

/// The exported journal must verify, as an outsider would do it.
fn journal_verifies(url: &str, keys: &Path, folder: &Path) {
    let out = folder.join("journal");
    let with = |words: &[&str]| {
        let mut command = linli();
        command.args(words).arg(&out).args(["--database", url, "--keys"]).arg(keys);
        let said = command.output().unwrap();
        assert!(said.status.success(), "{words:?}: {}", String::from_utf8_lossy(&said.stderr));
    };
    with(&["journal", "export"]);
    with(&["journal", "verify"]);
}

#[test]
fn a_second_server_on_a_sqlite_file_is_refused_in_words_and_starts_when_the_first_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let (file, keys) = (folder.path().join("linli.db"), folder.path().join("linli.keys"));
    let url = format!("sqlite:{}", file.display());
    let first = Server::listening(Server::begin(&url, &keys));
    let said = linli().args(["serve", "--listen", "127.0.0.1:0", "--database", &url]).output().unwrap();
    let words = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(!said.status.success() && words.contains("已有另一个邻里程序在使用数据文件"), "{words}");
    assert_eq!(ask(&first.address, "GET", "/sign-in", &[], "").unwrap().status, 200);
    let said = linli().args(["journal", "state", "--database", &url]).output().unwrap();
    assert!(said.status.success(), "a command works beside the server");
    first.kill();
    Server::listening(Server::begin(&url, &keys));
}

#[test]
fn processes_that_start_at_once_on_an_empty_database_make_one_house() {
    let Some(own) = Own::database() else { return };
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("linli.keys");
    let servers = fleet(&own.url, &keys, MANY);
    for server in &servers {
        assert_eq!(ask(&server.address, "GET", "/sign-in", &[], "").unwrap().status, 200);
    }
    assert_eq!(
        count(&own.url, "SELECT count(*) FROM callback_rule"),
        1,
        "what the first start makes is made once"
    );
    assert_eq!(count(&own.url, "SELECT count(*) FROM jobs_timer WHERE kind = 'callback.week'"), 1);
    let said = linli()
        .args(["serve", "--listen", "127.0.0.1:0", "--database", &own.url, "--keys"])
        .arg(folder.path().join("other.keys"))
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(!said.status.success() && words.contains("另一份密钥文件"), "{words}");
}

#[test]
fn a_person_goes_from_process_to_process_and_finds_one_house() {
    let Some(own) = Own::database() else { return };
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("linli.keys");
    drop(city(&own.url, &keys, 1));
    let servers = fleet(&own.url, &keys, MANY);
    let mut clerk = Browser::over(&servers);
    clerk.sign_in("clerk");
    (0..2 * MANY).for_each(|_| drop(clerk.get("/queue").ok()));
    changes_are_seen(&servers, &mut clerk);
    matters_from_all_sides(&servers);
    let numbers = texts(&own.url, "SELECT right(number, 5) AS line FROM case_item ORDER BY number");
    let gapless: Vec<String> = (1..=numbers.len()).map(|n| format!("{n:05}")).collect();
    assert_eq!((numbers.len(), &numbers), (MATTERS, &gapless));
    let ids = texts(&own.url, "SELECT id::text AS line FROM case_item");
    let makers: BTreeSet<i64> = ids.iter().map(|id| id.parse::<i64>().unwrap() % NODES).collect();
    assert_eq!(makers.len(), MANY, "every process brought some, each under its own number");
    let said =
        linli().args(["account", "disable", "clerk", "--database", &own.url, "--keys"]).arg(&keys).output();
    assert!(said.unwrap().status.success());
    for _ in 0..MANY {
        assert_ne!(
            clerk.get("/queue").status,
            200,
            "an account that was closed elsewhere is closed here at once"
        );
    }
    journal_verifies(&own.url, &keys, folder.path());
}

/// A category that one process adds and ends, a village that it renames.
fn changes_are_seen(servers: &[Server], clerk: &mut Browser) {
    let mut admin = Browser::over(&servers[..1]);
    admin.sign_in("admin");
    let page = admin.get("/admin/categories").ok();
    let typed = [
        ("parent", &*option(&page, "道路与路灯").unwrap()),
        ("code", "020199"),
        ("name", "路名牌缺失"),
        ("kind", "help"),
        ("days", "10"),
        ("unit", "wd"),
        ("days_source", "本地规定"),
    ];
    admin.send("/admin/categories", &typed).onward();
    let mut seen = None;
    everywhere(clerk, "/intake", |page| {
        seen = seen.take().or_else(|| option(page, "路名牌缺失"));
        page.contains("路名牌缺失")
    });
    admin.get("/admin/categories").ok();
    admin.send(&format!("/admin/categories/{}/end", seen.unwrap()), &[]).onward();
    everywhere(clerk, "/intake", |page| !page.contains("路名牌缺失"));
}

/// The value of the option with these words.
fn option(page: &str, words: &str) -> Option<String> {
    let tags = page.split("<option").skip(1).filter_map(|tag| tag.split_once("</option>"));
    let tag = tags.map(|(tag, _)| tag).find(|tag| tag.contains(words))?;
    after(tag, "value=\"", "\"")
}

/// Asks round and round until every process answers so.
fn everywhere(browser: &mut Browser, path: &str, mut is: impl FnMut(&str) -> bool) {
    let begun = Instant::now();
    let mut row = 0;
    while row < MANY {
        row = if is(&browser.get(path).ok()) { row + 1 } else { 0 };
        assert!(begun.elapsed() < SOON, "{path} is not the same everywhere after {SOON:?}");
    }
}

/// Matters that are brought at once, on all processes.
const MATTERS: usize = 60;

fn matters_from_all_sides(servers: &[Server]) {
    std::thread::scope(|scope| {
        for client in 0..6 {
            scope.spawn(move || {
                for n in (client..MATTERS).step_by(6) {
                    let body = serde_json::json!({
                        "place": {"code": "620602001000"}, "spot": format!("{n}号杆"), "category": "020101",
                        "text": format!("第{n}件：村口的路灯三天没有亮了，晚上看不清路，请尽快来人修理。"),
                    });
                    let from = format!("10.1.2.{n}");
                    let heads = [("content-type", "application/json"), ("x-forwarded-for", &*from)];
                    let server = &servers[(client + n / 6) % servers.len()];
                    let said =
                        ask(&server.address, "POST", "/api/v1/cases", &heads, &body.to_string()).unwrap();
                    assert_eq!(said.status, 201, "{}", said.text);
                }
            });
        }
    });
}

/// Cases whose windows ended while nobody served.
const WAITING: i64 = 240;

#[test]
fn of_killed_processes_the_others_take_over_and_every_timer_rings_once() {
    let Some(own) = Own::database() else { return };
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("linli.keys");
    let (db, town, clock) = city(&own.url, &keys, 60);
    apart(|| {
        answered_cases(&db, &town, WAITING);
        clock.advance(1);
        db.sign_now().unwrap();
        drop(db);
    });
    let confirmed = "SELECT count(*) FROM journal_entry WHERE kind = 'case.confirmed'";
    assert_eq!(count(&own.url, confirmed), 0);
    let waiting = "SELECT count(*) FROM jobs_timer WHERE kind = 'case.confirm_silent'";
    assert_eq!(count(&own.url, waiting), WAITING);
    let mut servers = fleet(&own.url, &keys, MANY);
    for part in [WAITING / 8, WAITING / 3] {
        reach(&own.url, confirmed, part);
        servers.pop().unwrap().kill();
    }
    let left = count(&own.url, waiting);
    assert!(left > 0, "the control: timers were still ringing at the last kill");
    reach(&own.url, confirmed, WAITING);
    assert_eq!(count(&own.url, waiting), 0);
    let subjects = "SELECT count(DISTINCT subject_id) FROM journal_entry WHERE kind = 'case.confirmed'";
    assert_eq!((count(&own.url, confirmed), count(&own.url, subjects)), (WAITING, WAITING));
    reach(
        &own.url,
        "SELECT count(*) FROM journal_entry WHERE leaf IS NOT NULL AND kind = 'case.confirmed'",
        WAITING,
    );
    journal_verifies(&own.url, &keys, folder.path());
}

fn reach(url: &str, question: &str, wanted: i64) {
    let begun = Instant::now();
    while count(url, question) < wanted {
        assert!(begun.elapsed() < TAKEN_OVER, "{} of {wanted} after {TAKEN_OVER:?}", count(url, question));
    }
}

/// Brings matters and answers them at the desk, so that the sender's window runs.
fn answered_cases(db: &Db, city: &City, many: i64) {
    let g = city.known.clone();
    let place = place_of(&g.atlas, g.atlas.by_code("nbs12", "620602001000").first().unwrap().id);
    let simple = |c: &&case::model::Category| {
        c.kind.is_some()
            && !c.needs_place
            && !c.needs_evidence
            && c.proofs.is_empty()
            && c.questions.is_empty()
    };
    let category = g.categories().find(simple).unwrap().id;
    let desk = g.units.first_desk(&place).unwrap().0;
    let account = city.staff.by_unit[&(desk, access::Duty::Clerk)][0];
    let now = base::Clock::now(&**db.clock());
    let clerk = db.read_now(move |conn| access::person_by_account(conn, account, now)).unwrap().unwrap();
    for n in 0..many {
        let (g, clerk) = (g.clone(), clerk.clone());
        db.write_now(move |tx| answered(tx, &g, &clerk, place, category, now, n)).unwrap();
    }
}

fn answered(
    tx: &mut Tx<'_>,
    g: &case::store::Ground,
    clerk: &access::Person,
    place: access::Place,
    category: i64,
    at: Millis,
    n: i64,
) -> Outcome<()> {
    let title = Title::new("title", &format!("第{n}件：路灯不亮"))?;
    let words = Body::new("body", "村口的路灯三天没有亮了，晚上看不清路。")?;
    let matter = Intake::new(Channel::Phone, place, category, title, words)?;
    let id = deeds::submit_case(tx, g, Hand::Staff(clerk), at, &matter)?.id;
    deeds::accept_case(tx, g, Hand::Staff(clerk), at, id, &AcceptOrder::default())?;
    let answer = Some(Body::new("answer", "这一段的路灯本周统一检修，月底前恢复。")?);
    let order = AnswerOrder {
        version: None,
        ending: Some(Ending::Explained),
        answer,
        same_as: None,
        referred_to: None,
    };
    deeds::close_case(tx, g, Hand::Staff(clerk), at, id, &order).map(drop)
}

#[test]
fn to_spread_over_machines_is_refused_in_words_where_the_server_cannot() {
    let own = Own::database();
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("linli.db").display());
    for url in [Some(&file), own.as_ref().map(|o| &o.url)].into_iter().flatten() {
        let said = linli().args(["migrate", "--distributed", "--database", url]).output().unwrap();
        let words = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(
            !said.status.success() && words.contains("没有 Citus 扩展") && words.contains("未做任何改动"),
            "{words}"
        );
    }
    assert!(!folder.path().join("linli.db").exists(), "nothing was touched");
}
