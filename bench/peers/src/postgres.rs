//! The PostgreSQL server beside the houses that need one, through `psql`.

use std::{fs::File, path::Path, process::Command};

use anyhow::{Context, Result};

use crate::process::{Memory, memory, run};

/// The address of another database of the same server.
pub fn database(server: &str, name: &str) -> String {
    let front = server.rsplit_once('/').map_or(server, |(front, _)| front);
    format!("{front}/{name}")
}

/// Host, port and user of an address such as `postgres://postgres@127.0.0.1:5432/postgres`.
///
/// # Errors
/// If it is not of that form.
pub fn parts(server: &str) -> Result<(String, String, String)> {
    let rest = server.split_once("://").map(|(_, rest)| rest).context("no address of a PostgreSQL server")?;
    let (user, rest) = rest.split_once('@').context("the address has no user")?;
    let (host, port) =
        rest.split('/').next().and_then(|h| h.split_once(':')).context("the address has no port")?;
    Ok((host.to_owned(), port.to_owned(), user.split(':').next().unwrap_or(user).to_owned()))
}

fn psql(url: &str) -> Command {
    let mut psql = Command::new("psql");
    psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--dbname"]);
    psql.arg(url);
    psql
}

/// Asks one question.
///
/// # Errors
/// What the server says.
pub fn ask(url: &str, sql: &str) -> Result<String> {
    Ok(run(psql(url).args(["--command", sql]))?.trim().to_owned())
}

/// Runs a file, with variables that it may name.
///
/// # Errors
/// What the server says.
pub fn file(url: &str, path: &Path, variables: &[(&str, &str)]) -> Result<()> {
    File::open(path).with_context(|| format!("no {}", path.display()))?;
    let mut psql = psql(url);
    for (name, value) in variables {
        psql.arg(format!("--set={name}={value}"));
    }
    run(psql.arg("--file").arg(path)).map(drop)
}

/// Makes an empty database in the place of one of that name; gives its address.
///
/// # Errors
/// What the server says.
pub fn fresh(server: &str, name: &str) -> Result<String> {
    ask(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))?;
    ask(server, &format!("CREATE DATABASE {name}"))?;
    Ok(database(server, name))
}

/// What the server's processes hold: its shared pages count once in the second figure.
///
/// # Errors
/// If the server does not say which process it is.
pub fn server_memory(server: &str) -> Result<Memory> {
    let pid = ask(server, "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)")?;
    Ok(memory(pid.parse().with_context(|| format!("no process: {pid}"))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let server = "postgres://postgres@127.0.0.1:5433/postgres";
        let wanted = ("127.0.0.1".to_owned(), "5433".to_owned(), "postgres".to_owned());
        assert_eq!(parts(server).unwrap(), wanted);
        assert_eq!(database(server, "peer"), "postgres://postgres@127.0.0.1:5433/peer");
        assert!(parts("sqlite:file").is_err());
    }
}
