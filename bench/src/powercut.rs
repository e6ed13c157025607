//! The power-cut trial. A writing process runs under strace; its system calls on the database's files
//! are replayed up to a random moment; of what was not yet synced, each 512-byte sector survives with
//! an even chance; the result is opened and asked for every row that had been acknowledged by then.
//!
//! The same trial with `synchronous=NORMAL` is the control: it must lose rows, or the trial proves
//! nothing. After killing a process, by contrast, nothing is ever lost, whatever the setting.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use anyhow::{Context, bail, ensure};
use base::{Act, Chance, Millis, SystemClock};
use diesel::prelude::*;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use store::{Conn, Db, DbConfig, Fact, KERNEL_MIGRATIONS, Keys, Migration, Tx, journal, migrate, on, open};

diesel::table! { trial_row (id) { id -> BigInt, text -> Text, } }

const SCHEMA: Migration = Migration {
    room: "trial",
    name: "0001_trial",
    sql: "CREATE TABLE trial_row (id {id}, text TEXT NOT NULL);\n",
};
/// Deeds of one traced run: enough that the thread beside the writer carries the log into the database, and the
/// writer itself does too (`wal_autocheckpoint`).
const DEEDS: i64 = 1_200;
/// Writers at once.
const CLIENTS: usize = 6;
const SECTOR: usize = 512;

pub(crate) fn said(stop: base::Stop) -> anyhow::Error {
    anyhow::anyhow!("{stop:?}")
}

/// Does the deeds and says `ack N` after each, or `no WHY`.
pub fn work(url: &str, deeds: i64) -> anyhow::Result<()> {
    let config = DbConfig { url: url.to_owned(), readers: 1, signs: false };
    let db = Db::open(&config, Keys::fresh("trial"), Arc::new(Chance::from_seed(3)), Arc::new(SystemClock))
        .map_err(said)?;
    std::thread::scope(|scope| {
        for client in 0..CLIENTS as i64 {
            let db = &db;
            scope.spawn(move || {
                for n in (client..deeds).step_by(CLIENTS) {
                    let line = match db.write_now(move |tx| one_deed(tx, n)) {
                        Ok(()) => format!("ack {n}\n"),
                        Err(stop) => format!("no {}\n", stop.refusal().map_or("fault", |r| r.key)),
                    };
                    let _ =
                        std::io::stdout().write_all(line.as_bytes()).and_then(|()| std::io::stdout().flush());
                }
            });
        }
    });
    Ok(())
}

fn one_deed(tx: &mut Tx<'_>, n: i64) -> base::Outcome<()> {
    let text = format!("{n} {}", "事项内容".repeat(20 + (n as usize * 7) % 60));
    on!(tx.conn, c => diesel::insert_into(trial_row::table)
        .values((trial_row::id.eq(n), trial_row::text.eq(&text)))
        .execute(c))?;
    tx.record(Fact::new("trial.row_made", Act::system(Millis(n)), "trial", n));
    Ok(())
}

/// What is in a database that came out of a crash: the row ids, or why it cannot be read.
pub(crate) fn check(file: &Path) -> anyhow::Result<BTreeSet<i64>> {
    let mut conn = open(&format!("sqlite:{}", file.display()), false).map_err(said)?;
    let rows: Vec<i64> = on!(&mut conn, c => trial_row::table.select(trial_row::id).load(c))?;
    let facts = whole_journal(&mut conn)?;
    ensure!(rows.len() == facts, "{} rows but {facts} facts", rows.len());
    Ok(rows.into_iter().collect())
}

/// The journal's entries must stand in the tree without a gap.
fn whole_journal(conn: &mut Conn) -> anyhow::Result<usize> {
    let entries = journal::follow(conn, 0, 1_000_000).map_err(said)?;
    let state = journal::state(conn).map_err(said)?;
    ensure!(
        entries.len() as i64 == state.size,
        "the head says {} but there are {}",
        state.size,
        entries.len()
    );
    ensure!(entries.iter().zip(0..).all(|(e, n)| e.leaf == Some(n)), "a gap in the tree");
    Ok(entries.len())
}

/// The hidden command's output: ids, one a line.
#[expect(clippy::print_stdout, reason = "a command's answer")]
pub fn print_check(file: &Path) -> anyhow::Result<()> {
    for id in check(file)? {
        println!("{id}");
    }
    Ok(())
}

/// One traced event on the database's files.
enum Event {
    Write { file: usize, at: usize, bytes: Vec<u8> },
    Truncate { file: usize, len: usize },
    Unlink { file: usize },
    Sync { file: usize },
    Ack(i64),
}

/// A file as the disk has it, and what the process has done to it since the last sync.
#[derive(Clone, Default)]
struct Disk {
    durable: Option<Vec<u8>>,
    pending: Vec<Pending>,
}

#[derive(Clone)]
enum Pending {
    Write(usize, Arc<Vec<u8>>),
    Truncate(usize),
    Unlink,
}

fn put(content: &mut Option<Vec<u8>>, at: usize, bytes: &[u8]) {
    let content = content.get_or_insert_default();
    if content.len() < at + bytes.len() {
        content.resize(at + bytes.len(), 0);
    }
    content[at..at + bytes.len()].copy_from_slice(bytes);
}

fn apply(content: &mut Option<Vec<u8>>, pending: &Pending) {
    match pending {
        Pending::Write(at, bytes) => put(content, *at, bytes),
        Pending::Truncate(len) => content.get_or_insert_default().resize(*len, 0),
        Pending::Unlink => *content = None,
    }
}

impl Disk {
    fn sync(&mut self) {
        for pending in std::mem::take(&mut self.pending) {
            apply(&mut self.durable, &pending);
        }
    }

    /// What a power cut leaves: the durable bytes, and of the rest what chance lets survive.
    fn cut(&self, rng: &mut StdRng) -> Option<Vec<u8>> {
        let mut content = self.durable.clone();
        for pending in &self.pending {
            match pending {
                Pending::Write(at, bytes) => {
                    for (n, sector) in bytes.chunks(SECTOR).enumerate() {
                        if rng.random_bool(0.5) {
                            put(&mut content, at + n * SECTOR, sector);
                        }
                    }
                }
                other if rng.random_bool(0.5) => apply(&mut content, other),
                _ => {}
            }
        }
        content
    }
}

/// What one trial found.
struct Found {
    states: usize,
    acked_least: usize,
    lost: usize,
    lost_most: usize,
    unreadable: usize,
    first: Option<String>,
}

/// Runs the trial with FULL, which must lose nothing, and with NORMAL, which must lose rows.
///
/// # Errors
/// When rows are lost, or when the control loses none.
#[expect(clippy::print_stdout, reason = "a command's answer")]
pub fn trial(states: usize, seed: u64) -> anyhow::Result<()> {
    let full = run("PRAGMA wal_autocheckpoint = 300;", states, seed)?;
    report("synchronous=FULL (as shipped)", &full);
    let control = run("PRAGMA wal_autocheckpoint = 300; PRAGMA synchronous = NORMAL;", states, seed)?;
    report("synchronous=NORMAL (control)", &control);
    println!(
        "{}",
        serde_json::json!({"powercut": {"states": states, "lost": full.lost, "unreadable": full.unreadable,
            "control_lost": control.lost, "control_unreadable": control.unreadable}})
    );
    if let Some(first) = &full.first {
        bail!("acknowledged rows were lost: {first}");
    }
    ensure!(control.lost > 0, "the control lost nothing, so this trial proves nothing");
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a command's answer")]
fn report(name: &str, found: &Found) {
    println!(
        "{name}: {} crash states, {} lost acknowledged rows (worst {}), {} could not be read; at least {} acknowledged in each",
        found.states, found.lost, found.lost_most, found.unreadable, found.acked_least
    );
}

/// A fresh database with the trial's table.
pub(crate) fn prepare(file: &Path) -> anyhow::Result<()> {
    let steps: Vec<Migration> = KERNEL_MIGRATIONS.iter().copied().chain([SCHEMA]).collect();
    let mut conn = open(&format!("sqlite:{}", file.display()), false).map_err(said)?;
    migrate(&mut conn, &steps, Millis(0)).map_err(said)?;
    Ok(())
}

fn run(pragmas: &str, states: usize, seed: u64) -> anyhow::Result<Found> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("trial.db");
    prepare(&file)?;
    let names = ["trial.db", "trial.db-wal", "trial.db-journal"].map(|n| folder.path().join(n));
    let start: Vec<Disk> =
        names.iter().map(|p| Disk { durable: fs::read(p).ok(), pending: Vec::new() }).collect();
    let events = traced(&file, pragmas, &names)?;
    let first_ack =
        events.iter().position(|e| matches!(e, Event::Ack(_))).context("nothing was acknowledged")?;
    let mut rng = StdRng::seed_from_u64(seed);
    let mut cuts: Vec<usize> = (0..states).map(|_| rng.random_range(first_ack + 60..events.len())).collect();
    cuts.sort_unstable();
    replay(&start, &events, &cuts, &mut rng)
}

/// Walks the events once and tries a crash at each cut.
fn replay(start: &[Disk], events: &[Event], cuts: &[usize], rng: &mut StdRng) -> anyhow::Result<Found> {
    let mut disks = start.to_vec();
    let mut acked = BTreeSet::new();
    let mut found = Found {
        states: cuts.len(),
        acked_least: usize::MAX,
        lost: 0,
        lost_most: 0,
        unreadable: 0,
        first: None,
    };
    let mut cuts = cuts.iter().peekable();
    for (n, event) in events.iter().enumerate() {
        while cuts.next_if(|c| **c == n).is_some() {
            found.acked_least = found.acked_least.min(acked.len());
            try_cut(&disks, &acked, rng, n, &mut found)?;
        }
        match event {
            Event::Write { file, at, bytes } => {
                disks[*file].pending.push(Pending::Write(*at, Arc::new(bytes.clone())));
            }
            Event::Truncate { file, len } => disks[*file].pending.push(Pending::Truncate(*len)),
            // Our model is kind here: a file system orders an unlink with its own journal.
            Event::Unlink { file } => {
                disks[*file].pending.push(Pending::Unlink);
                disks[*file].sync();
            }
            Event::Sync { file } => disks[*file].sync(),
            Event::Ack(id) => {
                acked.insert(*id);
            }
        }
    }
    Ok(found)
}

fn try_cut(
    disks: &[Disk],
    acked: &BTreeSet<i64>,
    rng: &mut StdRng,
    at: usize,
    found: &mut Found,
) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    for (disk, name) in disks.iter().zip(["trial.db", "trial.db-wal", "trial.db-journal"]) {
        if let Some(content) = disk.cut(rng) {
            fs::write(folder.path().join(name), content)?;
        }
    }
    match check(&folder.path().join("trial.db")) {
        Ok(present) => {
            let lost = acked.difference(&present).count();
            if lost > 0 {
                found.lost += 1;
                found.lost_most = found.lost_most.max(lost);
                found.first.get_or_insert_with(|| format!("{lost} rows at event {at}"));
            }
        }
        Err(e) => {
            found.unreadable += 1;
            found.lost += 1;
            found.first.get_or_insert_with(|| format!("unreadable at event {at}: {e}"));
        }
    }
    Ok(())
}

/// Runs the writing process under strace and reads its events.
fn traced(file: &Path, pragmas: &str, names: &[PathBuf; 3]) -> anyhow::Result<Vec<Event>> {
    let log = file.with_extension("trace");
    let url = format!("sqlite:{}?{pragmas}", file.display());
    let status = Command::new("strace")
        .args(["-f", "-qq", "-xx", "-s", "1000000", "-e", "signal=none"])
        .args(["-e", "trace=openat,close,pwrite64,write,ftruncate,unlink,fsync,fdatasync"])
        .arg("-o")
        .arg(&log)
        .arg(std::env::current_exe()?)
        .args(["powercut-work", &url, &DEEDS.to_string()])
        .stdout(Stdio::null())
        .status()
        .context("strace is needed: apt-get install strace")?;
    ensure!(status.success(), "the traced process failed");
    Ok(read_trace(&fs::read_to_string(&log)?, names))
}

fn read_trace(text: &str, names: &[PathBuf; 3]) -> Vec<Event> {
    let mut reader = TraceReader { names, open: HashMap::new(), halves: HashMap::new(), events: Vec::new() };
    for line in text.lines() {
        reader.line(line);
    }
    reader.events
}

struct TraceReader<'a> {
    names: &'a [PathBuf; 3],
    open: HashMap<i64, usize>,
    halves: HashMap<String, String>,
    events: Vec<Event>,
}

impl TraceReader<'_> {
    /// Joins a call that another thread interrupted, and takes it when it is whole. A write counts from
    /// the moment it ended, which is the later and so the harder one.
    fn line(&mut self, line: &str) {
        let Some((pid, rest)) = line.split_once(' ') else { return };
        let rest = rest.trim_start();
        if let Some(first) = rest.strip_suffix(" <unfinished ...>") {
            self.halves.insert(pid.to_owned(), first.to_owned());
        } else if let Some(second) = rest.strip_prefix("<... ") {
            let Some(first) = self.halves.remove(pid) else { return };
            let tail = second.split_once("resumed>").map_or("", |(_, t)| t);
            self.call(&format!("{first}{tail}"));
        } else {
            self.call(rest);
        }
    }

    fn call(&mut self, call: &str) {
        let Some((head, result)) = call.rsplit_once(" = ") else { return };
        let result: i64 = result.split_whitespace().next().and_then(|r| r.parse().ok()).unwrap_or(-1);
        let Some((name, args)) = head.trim_end().strip_suffix(')').and_then(|h| h.split_once('(')) else {
            return;
        };
        if result < 0 {
            return;
        }
        let (data, plain) = split_args(args);
        let number = |n: usize| plain.get(n).and_then(|a: &String| a.trim().parse::<i64>().ok());
        let file = number(0).and_then(|fd| self.open.get(&fd).copied());
        match (name, file) {
            ("openat", _) => self.opened(&data, result),
            ("close", _) => drop(number(0).map(|fd| self.open.remove(&fd))),
            ("pwrite64", Some(file)) => {
                let at = number(3).unwrap_or(0) as usize;
                self.events.push(Event::Write { file, at, bytes: data[..result as usize].to_vec() });
            }
            ("ftruncate", Some(file)) => {
                self.events.push(Event::Truncate { file, len: number(1).unwrap_or(0) as usize });
            }
            ("fsync" | "fdatasync", Some(file)) => self.events.push(Event::Sync { file }),
            ("unlink", _) => {
                if let Some(file) = self.named(&data) {
                    self.events.push(Event::Unlink { file });
                }
            }
            ("write", _) if number(0) == Some(1) => self.acked(&data),
            _ => {}
        }
    }

    fn named(&self, path: &[u8]) -> Option<usize> {
        self.names.iter().position(|n| n.as_os_str().as_encoded_bytes() == path)
    }

    fn opened(&mut self, path: &[u8], fd: i64) {
        match self.named(path) {
            Some(file) => drop(self.open.insert(fd, file)),
            None => drop(self.open.remove(&fd)),
        }
    }

    fn acked(&mut self, data: &[u8]) {
        for line in String::from_utf8_lossy(data).lines() {
            if let Some(id) = line.strip_prefix("ack ").and_then(|n| n.parse().ok()) {
                self.events.push(Event::Ack(id));
            }
        }
    }
}

/// Takes the one quoted argument (in hexadecimal escapes) out; its place among the others stays, empty.
fn split_args(args: &str) -> (Vec<u8>, Vec<String>) {
    let Some((before, rest)) = args.split_once('"') else {
        return (Vec::new(), args.split(',').map(str::to_owned).collect());
    };
    let (quoted, after) = rest.split_once('"').unwrap_or((rest, ""));
    let data = quoted.split("\\x").skip(1).filter_map(|h| u8::from_str_radix(h, 16).ok()).collect();
    let plain = format!("{before}{after}").split(',').map(str::to_owned).collect();
    (data, plain)
}
