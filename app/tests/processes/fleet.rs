//! Several processes of the built program over one database, and browsers whose requests go to them in turn.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU64, Ordering},
};

use diesel::{QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query, sql_types};
use store::on;

/// The built program.
pub fn linli() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_linli"));
    command.env_remove("RUST_BACKTRACE").stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs blocking work of the database on a thread of its own.
pub fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|s| s.spawn(work).join()).unwrap()
}

/// A fresh database on the server of this run, if it has one; it goes when it is dropped.
pub struct Own {
    server: String,
    name: String,
    /// Its address.
    pub url: String,
}

impl Own {
    pub fn database() -> Option<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let server = std::env::var("LINLI_TEST_POSTGRES").ok()?;
        let name = format!("processes_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        run(&server, &format!("CREATE DATABASE {name}"));
        let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
        Some(Self { server, name, url })
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        run(&self.server, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

fn run(url: &str, sql: &str) {
    apart(|| {
        let mut conn = store::open(url, false).unwrap();
        // To drop a database the server first writes everything to the disk, however long that takes.
        for sql in ["SET statement_timeout = 0", sql] {
            on!(&mut conn, c => c.batch_execute(sql)).unwrap();
        }
    });
}

/// The answer of a question with one column of texts.
pub fn texts(url: &str, sql: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = sql_types::Text)]
        line: String,
    }
    apart(|| {
        let mut conn = store::open(url, true).unwrap();
        let rows: Vec<Line> = on!(&mut conn, c => sql_query(sql).load(c)).unwrap();
        rows.into_iter().map(|r| r.line).collect()
    })
}

/// The answer of a question that counts.
pub fn count(url: &str, sql: &str) -> i64 {
    texts(url, &format!("SELECT ({sql})::text AS line"))[0].parse().unwrap()
}

/// A process that serves; it is killed when it is dropped.
pub struct Server {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub address: String,
}

impl Server {
    /// Starts it without waiting.
    pub fn begin(url: &str, keys: &Path) -> Child {
        linli()
            .args(["serve", "--json", "--listen", "127.0.0.1:0", "--proxies", "1", "--log", "error"])
            .args(["--require-totp", "false", "--database", url, "--keys"])
            .arg(keys)
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Waits until it listens.
    pub fn listening(mut child: Child) -> Self {
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (_, address) = line.split_once("http://").unwrap_or_else(|| panic!("it did not start: {line}"));
        let address = address.trim_end_matches(['"', '}', '\n']).to_owned();
        Self { child, address }
    }

    /// Kills it without a word.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Several processes that were started at once.
pub fn fleet(url: &str, keys: &Path, many: usize) -> Vec<Server> {
    let children: Vec<Child> = (0..many).map(|_| Server::begin(url, keys)).collect();
    children.into_iter().map(Server::listening).collect()
}

/// An answer.
pub struct Answer {
    pub status: u16,
    pub heads: Vec<(String, String)>,
    pub text: String,
}

impl Answer {
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.status, 200, "{}", self.text);
        self.text
    }

    /// Where it leads.
    #[track_caller]
    pub fn onward(self) -> String {
        assert_eq!(self.status, 303, "{}", self.text);
        self.heads.into_iter().find(|(name, _)| name == "location").map(|(_, to)| to).unwrap()
    }
}

/// One request in the old way, whose answer ends with the connection.
pub fn ask(address: &str, method: &str, path: &str, heads: &[(&str, &str)], body: &str) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).ok()?;
    let mut text =
        format!("{method} {path} HTTP/1.0\r\nhost: {address}\r\ncontent-length: {}\r\n", body.len());
    heads.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\r\n")));
    stream.write_all(format!("{text}\r\n{body}").as_bytes()).ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let all = String::from_utf8_lossy(&bytes);
    let (head, text) = all.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let heads = lines
        .filter_map(|l| l.split_once(": "))
        .map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned()))
        .collect();
    Some(Answer { status, heads, text: text.to_owned() })
}

/// A browser behind a balancer: each of its requests goes to the next process.
pub struct Browser {
    addresses: Vec<String>,
    next: usize,
    cookies: BTreeMap<String, String>,
    page: String,
}

impl Browser {
    pub fn over(servers: &[Server]) -> Self {
        let addresses = servers.iter().map(|s| s.address.clone()).collect();
        Self { addresses, next: 0, cookies: BTreeMap::new(), page: String::new() }
    }

    /// Signs one of the cast in; the page comes from one process, the form goes to the next.
    pub fn sign_in(&mut self, name: &str) {
        self.get("/sign-in").ok();
        self.send("/sign-in", &[("name", name), ("password", access::DEMO_PASSWORD)]).onward();
    }

    fn call(&mut self, method: &str, path: &str, body: &str) -> Answer {
        let address = self.addresses[self.next % self.addresses.len()].clone();
        self.next += 1;
        let cookies: Vec<String> = self.cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let cookies = cookies.join("; ");
        let heads = [("cookie", cookies.as_str()), ("content-type", "application/x-www-form-urlencoded")];
        let answer = ask(&address, method, path, &heads, body).unwrap();
        for (_, set) in answer.heads.iter().filter(|(name, _)| name == "set-cookie") {
            let (pair, _) = set.split_once(';').unwrap_or((set, ""));
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        if answer.status == 200 {
            self.page.clone_from(&answer.text);
        }
        answer
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.call("GET", path, "")
    }

    /// Sends a form with the token and the number of the open page.
    pub fn send(&mut self, path: &str, typed: &[(&str, &str)]) -> Answer {
        let mut form = String::new();
        for name in ["_token", "_once"] {
            let value = after(&self.page, &format!("name=\"{name}\" value=\""), "\"").unwrap_or_default();
            form.push_str(&format!("{name}={}&", escaped(&value)));
        }
        typed.iter().for_each(|(name, value)| form.push_str(&format!("{name}={}&", escaped(value))));
        self.call("POST", path, form.trim_end_matches('&'))
    }
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// What stands between two marks.
pub fn after(text: &str, begin: &str, end: &str) -> Option<String> {
    let (_, rest) = text.split_once(begin)?;
    rest.split_once(end).map(|(found, _)| found.to_owned())
}
