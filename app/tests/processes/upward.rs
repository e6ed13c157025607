//! Two installations of the built program, one above the other: the upper one is killed after it has committed a report and before
//! its answer arrives, and nothing is counted twice.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use base::{Clock, Zone};

use crate::{
    city,
    fleet::{Browser, Own, Server, after, linli, texts},
};

/// What the small city reports for.
const COUNTY: &str = "620602000000";
/// How long the messenger may take: it looks once a second.
const PATIENCE: Duration = Duration::from_secs(30);

/// The number that a question gives, on either engine.
fn number(url: &str, from: &str) -> i64 {
    texts(url, &format!("SELECT CAST(COUNT(*) AS TEXT) AS line FROM {from}"))[0].parse().unwrap()
}

fn reach(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what} has not come after {PATIENCE:?}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// A line to the upper installation that kills it when the answer to the first report comes back.
struct Trap {
    port: u16,
    upper: Arc<Mutex<Option<Server>>>,
    sprung: Arc<Mutex<u32>>,
}

impl Trap {
    fn before(server: Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let trap = Self {
            port: listener.local_addr().unwrap().port(),
            upper: Arc::new(Mutex::new(Some(server))),
            sprung: Arc::default(),
        };
        let (upper, sprung) = (trap.upper.clone(), trap.sprung.clone());
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let address = upper.lock().unwrap().as_ref().map(|s| s.address.clone());
                let Some(far) = address.and_then(|a| TcpStream::connect(a).ok()) else { continue };
                carry(near, far, upper.clone(), sprung.clone());
            }
        });
        trap
    }

    fn times(&self) -> u32 {
        *self.sprung.lock().unwrap()
    }
}

fn carry(near: TcpStream, far: TcpStream, upper: Arc<Mutex<Option<Server>>>, sprung: Arc<Mutex<u32>>) {
    let is_report = Arc::new(Mutex::new(false));
    let (seen, mut from, mut to) = (is_report.clone(), near.try_clone().unwrap(), far.try_clone().unwrap());
    thread::spawn(move || {
        let mut bytes = [0; 16 * 1024];
        while let Ok(n @ 1..) = from.read(&mut bytes) {
            let head = String::from_utf8_lossy(&bytes[..n.min(200)]).into_owned();
            if head.starts_with("POST ") {
                *seen.lock().unwrap() = head.contains("/upward/reports");
            }
            if to.write_all(&bytes[..n]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
    let (mut from, mut to) = (far, near);
    thread::spawn(move || {
        let mut bytes = [0; 16 * 1024];
        while let Ok(n @ 1..) = from.read(&mut bytes) {
            let mut times = sprung.lock().unwrap();
            if *is_report.lock().unwrap() && *times == 0 {
                *times += 1;
                if let Some(server) = upper.lock().unwrap().take() {
                    server.kill();
                }
                break;
            }
            drop(times);
            if to.write_all(&bytes[..n]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    });
}

/// Makes the link as the two administrators do.
fn join(lower: &mut Browser, upper: &mut Browser, address: &str) {
    let yesterday = Zone::default().day(base::SystemClock.now()).yesterday().unwrap().to_string();
    let first = ("first_day", yesterday.as_str());
    lower.get("/upward/link").ok();
    let typed = [("address", address), ("name", "凉州区"), ("codes", COUNTY), ("cadence", "daily"), first];
    lower.send("/upward/link", &typed).onward();
    let key = after(&lower.get("/upward/link").ok(), "<dd><code>", "</code>").unwrap();
    upper.get("/upward/registration").ok();
    let typed = [("name", "凉州区"), ("codes", COUNTY), ("key", &*key), first];
    let page = upper.send("/upward/installations", &typed).ok();
    let code = after(&page, "<p class=\"number\">", "</p>").unwrap();
    lower.send("/upward/link/code", &[("code", &code)]).onward();
}

#[test]
fn an_upper_installation_that_is_killed_between_commit_and_answer_counts_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let own = Own::database();
    let file = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    let mut above = vec![file("upper.db")];
    above.extend(own.as_ref().map(|o| o.url.clone()));
    for (nth, url) in above.iter().enumerate() {
        killed_once(url, &file(&format!("lower{nth}.db")), folder.path(), nth);
    }
}

fn killed_once(upper_url: &str, lower_url: &str, folder: &Path, nth: usize) {
    let keys = |name: &str| folder.join(format!("{name}{nth}.keys"));
    for (url, keys) in [(upper_url, keys("upper")), (lower_url, keys("lower"))] {
        drop(city(url, &keys, 2));
    }
    let upper = Server::listening(Server::begin(upper_url, &keys("upper")));
    let lower = Server::listening(Server::begin(lower_url, &keys("lower")));
    let (mut above, mut below) =
        (Browser::over(std::slice::from_ref(&upper)), Browser::over(std::slice::from_ref(&lower)));
    above.sign_in("admin");
    below.sign_in("admin");
    let trap = Trap::before(upper);
    join(&mut below, &mut above, &format!("http://127.0.0.1:{}", trap.port));
    reach("the report's answer", || trap.times() == 1);
    assert_eq!(number(upper_url, "upward_report"), 1, "it was committed before it was killed");
    assert_eq!(number(lower_url, "upward_sent WHERE state = 'acknowledged'"), 0, "and no answer came");
    let again = Server::listening(Server::begin(upper_url, &keys("upper")));
    *trap.upper.lock().unwrap() = Some(again);
    let said = linli()
        .args(["upward", "send", "--json", "--database", lower_url, "--keys"])
        .arg(keys("lower"))
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&said.stdout).into_owned();
    reach("the acknowledgement", || number(lower_url, "upward_sent WHERE state = 'waiting'") == 0);
    assert!(words.contains("\"state\":\"active\""), "{words} {}", String::from_utf8_lossy(&said.stderr));
    assert_eq!(number(lower_url, "upward_sent WHERE state = 'acknowledged'"), 1);
    assert_eq!(number(upper_url, "upward_report"), 1, "once");
    assert_eq!(number(upper_url, "upward_cell WHERE category = ''"), 1, "and its numbers once");
    let taken = "journal_entry WHERE kind = 'upward.report_taken'";
    assert_eq!((number(upper_url, taken), number(upper_url, "upward_refusal")), (1, 0));
    let acknowledged = "journal_entry WHERE kind = 'upward.report_acknowledged'";
    assert_eq!(number(lower_url, acknowledged), 1, "both journals know it");
    // A killed server is not the end of what reads it.
    drop(trap.upper.lock().unwrap().take());
    drop(lower);
}
