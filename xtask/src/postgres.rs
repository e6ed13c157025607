//! A real PostgreSQL for the tests: its own data folder under the temporary folder, its own free
//! port on loopback, fsync on as in earnest, and gone afterwards, whatever happened.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{
    install,
    shell::{command, has, output},
};

/// The variable that tells the tests where the server is.
pub const VARIABLE: &str = "LINLI_TEST_POSTGRES";

const FOLDER: &str = "linli-postgres-";
const START_LIMIT: Duration = Duration::from_secs(60);

/// A running server; dropping it stops it and removes its folder.
pub struct Server {
    /// The address of its database `postgres`, whose user may create others.
    pub url: String,
    bin: PathBuf,
    folder: PathBuf,
    process: Child,
}

impl Server {
    /// Starts a server, installing Debian's package if there is none.
    ///
    /// # Errors
    /// If the package cannot be had, or the server does not answer in a minute; the sentence has
    /// the last lines of the server's own log.
    pub fn start() -> Result<Self> {
        let bin = programs()?;
        sweep();
        let folder = std::env::temp_dir().join(format!("{FOLDER}{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        if install::is_root() {
            // The server refuses to run as root, so the folder belongs to Debian's own user.
            run_quietly(&mut command("chown", &["postgres:", &text(&folder)]))?;
        }
        let data = folder.join("data");
        let mut initdb = unprivileged(&bin.join("initdb"));
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--pgdata"]);
        run_quietly(initdb.arg(&data).current_dir(&folder))?;
        let port = free_port()?;
        let process = spawn(&bin, &folder, port)?;
        let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
        let mut server = Self { url, bin, folder, process };
        server.await_answer(port)?;
        Ok(server)
    }

    /// How many rows were ever written: the control that a test run did use this server.
    ///
    /// # Errors
    /// If the server does not answer.
    pub fn rows_written(&self) -> Result<u64> {
        let question = "SELECT coalesce(sum(tup_inserted), 0) FROM pg_stat_database";
        let mut ask = command("psql", &["--no-psqlrc", "--tuples-only", "--no-align", "--dbname"]);
        let answer = output(ask.arg(&self.url).args(["--command", question]))?;
        answer.trim().parse().with_context(|| format!("not a number: {answer}"))
    }

    fn await_answer(&mut self, port: u16) -> Result<()> {
        let begun = Instant::now();
        let ready = self.bin.join("pg_isready");
        while begun.elapsed() < START_LIMIT {
            if let Some(status) = self.process.try_wait()? {
                bail!("PostgreSQL ended at its start ({status}):\n{}", self.log_end());
            }
            let mut ask = Command::new(&ready);
            ask.args(["--quiet", "--host=127.0.0.1", "--username=postgres", "--port"]).arg(port.to_string());
            if ask.status()?.success() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(50));
        }
        bail!("PostgreSQL did not answer within {} s:\n{}", START_LIMIT.as_secs(), self.log_end())
    }

    fn log_end(&self) -> String {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut stop = unprivileged(&self.bin.join("pg_ctl"));
        stop.args(["stop", "--silent", "--mode=fast", "--timeout=30", "--pgdata"])
            .arg(self.folder.join("data"));
        let stopped = stop.current_dir(&self.folder).status().is_ok_and(|s| s.success());
        if !stopped {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// `cargo xtask postgres COMMAND`: the command beside a server.
///
/// # Errors
/// If the server cannot be started or the command cannot be found.
pub fn command_beside(words: &[String]) -> Result<ExitCode> {
    let Some((program, args)) = words.split_first() else {
        bail!("which command shall run beside PostgreSQL?")
    };
    let server = Server::start()?;
    println!("{VARIABLE}={}", server.url);
    let status = Command::new(program).args(args).env(VARIABLE, &server.url).status()?;
    Ok(ExitCode::from(status.code().and_then(|c| u8::try_from(c).ok()).unwrap_or(1)))
}

/// The folder of the server's programs, newest version first; installs the package if none is there.
fn programs() -> Result<PathBuf> {
    if let Some(found) = find_programs() {
        return Ok(found);
    }
    install::debian(&["postgresql"])?;
    find_programs()
        .context("the package postgresql is installed, but there is no initdb under /usr/lib/postgresql")
}

fn find_programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, bin): &(u32, PathBuf)| bin.join("initdb").is_file())
        .collect();
    found.sort();
    let on_path = || std::env::split_paths(&std::env::var_os("PATH")?).find(|p| p.join("initdb").is_file());
    found.pop().map(|(_, bin)| bin).or_else(on_path)
}

/// A command that runs as Debian's user `postgres` if we are root.
fn unprivileged(program: &Path) -> Command {
    if install::is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

/// Starts the server so that it ends with us, even if we are killed.
fn spawn(bin: &Path, folder: &Path, port: u16) -> Result<Child> {
    let mut server = if has("setpriv") {
        let mut setpriv = Command::new("setpriv");
        if install::is_root() {
            setpriv.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
        }
        setpriv.args(["--pdeathsig", "INT"]).arg(bin.join("postgres"));
        setpriv
    } else {
        unprivileged(&bin.join("postgres"))
    };
    let log = fs::File::create(folder.join("log"))?;
    server
        .current_dir(folder)
        .arg("-D")
        .arg(folder.join("data"))
        .args(["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300"])
        .arg("-c")
        .arg(format!("port={port}"))
        .arg("-c")
        .arg(format!("unix_socket_directories={}", folder.display()))
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    server.spawn().context("cannot start PostgreSQL")
}

/// Removes the folders of runs that were killed.
fn sweep() {
    for entry in fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(owner) = name.to_str().and_then(|n| n.strip_prefix(FOLDER)) else { continue };
        if owner.parse::<u32>().is_ok() && !Path::new("/proc").join(owner).exists() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn run_quietly(command: &mut Command) -> Result<()> {
    output(command).map(drop)
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
