//! Programs that are started to be measured: how soon they answer, what their whole tree of processes holds in memory,
//! and that they end with us.

use std::{
    collections::HashMap,
    fs,
    net::TcpListener,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use linli_loader::http::{Ask, Line};

/// The longest start that is waited for.
const START_LIMIT: Duration = Duration::from_secs(120);
/// How long a program may take to end by itself.
const STOP_LIMIT: Duration = Duration::from_secs(10);
/// How often the memory is looked at.
const LOOK: Duration = Duration::from_millis(300);

/// What a tree of processes holds, in megabytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// Resident, summed: pages that processes share count for each.
    pub rss_mb: f64,
    /// Resident, shared pages divided among those who share them.
    pub pss_mb: f64,
}

/// A running house.
pub struct Running {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub address: String,
    /// From the start of the program to its first answer.
    pub cold_start_ms: f64,
    peak: Arc<Mutex<Memory>>,
    over: Arc<AtomicBool>,
    looks: Option<JoinHandle<()>>,
}

/// A port of loopback that nobody holds now.
///
/// # Errors
/// If there is none.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// A command that ends when this program does, however it does.
pub fn tied(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM"]).arg(program.as_ref());
    command
}

/// Runs a command to its end.
///
/// # Errors
/// If it cannot be started or does not end well, with the end of what it wrote.
pub fn run(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let out = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {name}"))?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    if !out.status.success() {
        let wrote = format!("{text}{}", String::from_utf8_lossy(&out.stderr));
        let end: Vec<&str> = wrote.lines().rev().take(15).collect();
        bail!("{name} failed ({}): {}", out.status, end.into_iter().rev().collect::<Vec<_>>().join("\n"));
    }
    Ok(text)
}

impl Running {
    /// Starts a server and waits until it gives `path` any answer below 500.
    ///
    /// # Errors
    /// If it ends before, or does not answer in time; its own words are in `log`.
    pub async fn start(command: &mut Command, port: u16, path: &str, log: &Path) -> Result<Self> {
        let address = format!("127.0.0.1:{port}");
        let wrote = fs::File::create(log)?;
        command.stdin(Stdio::null()).stdout(wrote.try_clone()?).stderr(wrote).process_group(0);
        let begun = Instant::now();
        let mut child = command.spawn().context("cannot start the server")?;
        let first = Ask::get(path);
        loop {
            if Line::to(&address).ask(&first).await.is_ok_and(|a| a.status < 500) {
                break;
            }
            if let Some(status) = child.try_wait()? {
                bail!("the server ended with {status}; see {}", log.display());
            }
            if begun.elapsed() > START_LIMIT {
                end(&mut child);
                bail!("no answer within {} s; see {}", START_LIMIT.as_secs(), log.display());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let cold_start_ms = begun.elapsed().as_secs_f64() * 1_000.0;
        let (peak, over) = (Arc::new(Mutex::new(Memory::default())), Arc::new(AtomicBool::new(false)));
        let looks = Some(watch(child.id(), peak.clone(), over.clone()));
        Ok(Self { child, address, cold_start_ms, peak, over, looks })
    }

    /// The memory of the whole tree now.
    pub fn memory(&self) -> Memory {
        memory(self.child.id())
    }

    /// The most that was seen since the start.
    pub fn peak(&self) -> Memory {
        let now = self.memory();
        let before = *self.peak.lock().unwrap_or_else(PoisonError::into_inner);
        larger(before, now)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(looks) = self.looks.take() {
            let _ = looks.join();
        }
        end(&mut self.child);
    }
}

fn larger(a: Memory, b: Memory) -> Memory {
    Memory { rss_mb: a.rss_mb.max(b.rss_mb), pss_mb: a.pss_mb.max(b.pss_mb) }
}

fn watch(root: u32, peak: Arc<Mutex<Memory>>, over: Arc<AtomicBool>) -> JoinHandle<()> {
    thread::spawn(move || {
        while !over.load(Ordering::Relaxed) {
            let now = memory(root);
            let mut most = peak.lock().unwrap_or_else(PoisonError::into_inner);
            *most = larger(*most, now);
            drop(most);
            thread::sleep(LOOK);
        }
    })
}

/// Asks the group to end, and makes it.
fn end(child: &mut Child) {
    let group = format!("-{}", child.id());
    let tell = |signal: &str| {
        let _ = Command::new("kill").args([signal, "--", &group]).stderr(Stdio::null()).status();
    };
    tell("-TERM");
    let begun = Instant::now();
    while begun.elapsed() < STOP_LIMIT && matches!(child.try_wait(), Ok(None)) {
        thread::sleep(Duration::from_millis(20));
    }
    tell("-KILL");
    let _ = child.wait();
}

/// The memory of a process and of everything that descends from it.
pub fn memory(root: u32) -> Memory {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|n| n.parse::<u32>().ok()) else { continue };
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        if let Some(parent) = parent_in(&stat) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let (mut sum, mut todo) = (Memory::default(), vec![root]);
    while let Some(pid) = todo.pop() {
        let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
        sum.rss_mb += megabytes_in(&text, "Rss:");
        sum.pss_mb += megabytes_in(&text, "Pss:");
        todo.extend(children.remove(&pid).unwrap_or_default());
    }
    sum
}

/// The parent in a line of `/proc/PID/stat`; the name before it may hold anything, brackets too.
fn parent_in(stat: &str) -> Option<u32> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

fn megabytes_in(text: &str, field: &str) -> f64 {
    let line = text.lines().find(|l| l.starts_with(field)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|k| k.parse::<f64>().ok()).unwrap_or(0.0) / 1_024.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_is_found_behind_any_name() {
        assert_eq!(parent_in("12 (a) b) (c) S 34 12 12 0"), Some(34));
        assert_eq!(parent_in("nothing"), None);
    }

    #[test]
    fn a_tree_holds_more_than_its_root() {
        let mut shell = Command::new("sh").args(["-c", "sleep 30 & wait"]).process_group(0).spawn().unwrap();
        let mut inner = 0.0;
        for _ in 0..200 {
            inner = memory(shell.id()).rss_mb;
            let own = fs::read_to_string(format!("/proc/{}/smaps_rollup", shell.id())).unwrap();
            if inner > megabytes_in(&own, "Rss:") {
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
        let own = fs::read_to_string(format!("/proc/{}/smaps_rollup", shell.id())).unwrap();
        assert!(inner > megabytes_in(&own, "Rss:") && inner > 0.5, "{inner}");
        end(&mut shell);
        assert!(memory(shell.id()).rss_mb < 0.001);
    }

    #[test]
    fn a_failed_command_tells_what_it_wrote() {
        let error = run(Command::new("sh").args(["-c", "echo one; echo two >&2; exit 3"])).unwrap_err();
        assert!(error.to_string().contains("two"), "{error}");
    }
}
