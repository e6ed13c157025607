//! A running product to be measured: the built program over a small city in a folder of its own.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, ensure};
use diesel::connection::SimpleConnection;
use store::on;

use crate::powercut::said;

/// Where the city lives; it is founded once and reused within a trial.
pub struct City {
    folder: PathBuf,
    program: PathBuf,
    database: String,
}

/// How large a city is founded.
#[derive(Debug, Clone, Copy)]
pub enum Scale {
    /// All of it, with its year of thirty thousand matters.
    Whole,
    /// Two towns with some matters.
    Small,
    /// All grids, workers and units, and no matter yet.
    WholeWithoutItsYear,
}

impl Scale {
    fn flag(self) -> Option<&'static str> {
        match self {
            Self::Whole => None,
            Self::Small => Some("--small"),
            Self::WholeWithoutItsYear => Some("--bare"),
        }
    }
}

/// Where and how a server runs.
pub struct Pinned {
    /// The one core that it may use.
    pub core: Option<usize>,
    /// Further arguments.
    pub more: Vec<&'static str>,
}

/// A server that is killed when it is dropped.
pub struct Server {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub address: String,
}

impl City {
    /// A city that somebody else founded in the database: its keys stand in the folder.
    ///
    /// # Errors
    /// When this program's own place cannot be found.
    pub fn over(folder: &Path, database: &str) -> anyhow::Result<Self> {
        let program = std::env::current_exe()?.with_file_name("linli");
        Ok(Self { folder: folder.to_owned(), program, database: database.to_owned() })
    }

    /// Runs a command of the program on the city.
    ///
    /// # Errors
    /// When it fails.
    pub fn run(&self, words: &[&str]) -> anyhow::Result<()> {
        let mut command = self.command(words);
        ensure!(command.stdout(Stdio::null()).status()?.success(), "{words:?} failed");
        Ok(())
    }

    /// A command of the program on the city, to be run.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words).args(["--database", &self.database, "--keys"]).arg(self.keys());
        command
    }

    /// The file of its keys.
    pub fn keys(&self) -> PathBuf {
        self.folder.join("linli.keys")
    }

    /// Founds a city with the program that stands beside this one.
    ///
    /// # Errors
    /// When the program is not built or fails.
    pub fn found(folder: &Path, postgres: Option<&str>, scale: Scale) -> anyhow::Result<Self> {
        let program = std::env::current_exe()?.with_file_name("linli");
        let database =
            postgres.map_or_else(|| format!("sqlite:{}", folder.join("linli.db").display()), str::to_owned);
        let done = Command::new(&program)
            .args(["demo", "--no-serve"])
            .args(scale.flag())
            .arg("--folder")
            .arg(folder)
            .args(["--database", &database])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .with_context(|| format!("{} is not built", program.display()))?;
        ensure!(done.success(), "the city could not be founded");
        Ok(Self { folder: folder.to_owned(), program, database })
    }

    /// Where its data is.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Starts the server and waits until it listens.
    ///
    /// # Errors
    /// When it does not start.
    pub fn serve(&self) -> anyhow::Result<Server> {
        self.serve_as(&Pinned { core: None, more: vec!["--proxies=1"] })
    }

    /// The same on one core, with further arguments.
    ///
    /// # Errors
    /// When it does not start.
    pub fn serve_as(&self, how: &Pinned) -> anyhow::Result<Server> {
        let mut command = match how.core {
            Some(core) => {
                let mut command = Command::new("taskset");
                command.args(["-c", &core.to_string()]).arg(&self.program);
                command
            }
            None => Command::new(&self.program),
        };
        let mut child = command
            .args(["serve", "--json", "--listen", "127.0.0.1:0", "--log", "error"])
            .args(&how.more)
            .args(["--database", &self.database, "--keys"])
            .arg(self.keys())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let out = child.stdout.take().context("no output")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        let value: serde_json::Value = serde_json::from_str(&line).context("the server did not start")?;
        let url = value["listening"].as_str().context("the server said no address")?;
        Ok(Server { child, address: url.trim_start_matches("http://").to_owned() })
    }
}

impl Server {
    /// Kills it at once, without a word.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Sends it a signal: `STOP` freezes it, `CONT` lets it go on.
    ///
    /// # Errors
    /// When there is no program `kill`.
    pub fn signal(&self, name: &str) -> anyhow::Result<()> {
        let done = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status()?;
        ensure!(done.success(), "signal {name} was not sent");
        Ok(())
    }

    /// Its memory in use, in megabytes.
    pub fn resident_mb(&self) -> f64 {
        kilobytes(self.child.id(), "VmRSS") / 1_024.0
    }

    /// Its memory, to be looked at while it serves.
    pub fn memory(&self) -> Memory {
        Memory(self.child.id())
    }
}

/// The memory of a running server.
#[derive(Debug, Clone, Copy)]
pub struct Memory(u32);

impl Memory {
    /// Memory of its own in use, without files that are mapped, in megabytes.
    pub fn own_mb(self) -> f64 {
        kilobytes(self.0, "RssAnon") / 1_024.0
    }
}

/// A fresh database on a PostgreSQL server for one measurement; returns its address.
///
/// # Errors
/// What the server says.
pub fn own_database(server: &str) -> anyhow::Result<String> {
    let name = format!("bench_{}", std::process::id());
    let mut conn = store::open(server, false).map_err(said)?;
    on!(&mut conn, c => c.batch_execute(&format!("CREATE DATABASE {name}")))?;
    let (front, _) = server.rsplit_once('/').unwrap_or((server, ""));
    Ok(format!("{front}/{name}"))
}

/// Takes a database away again that nobody is connected to any more.
///
/// # Errors
/// What the server says.
pub fn drop_database(server: &str, own: &str) -> anyhow::Result<()> {
    let (_, name) = own.rsplit_once('/').context("an address without a database")?;
    let mut conn = store::open(server, false).map_err(said)?;
    on!(&mut conn, c => c.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")))?;
    Ok(())
}

/// The memory of any process.
pub fn memory_of(process: u32) -> Memory {
    Memory(process)
}

fn kilobytes(process: u32, name: &str) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = text.lines().find(|l| l.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|k| k.parse::<f64>().ok()).unwrap_or(0.0)
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
