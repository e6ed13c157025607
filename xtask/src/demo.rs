//! The demo city, and the bench.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::{
    install, postgres,
    shell::{command, run},
};

/// Builds Linli in release and hands over to `linli demo`.
///
/// # Errors
/// If something it needs cannot be installed, or the build fails.
pub fn demo(args: &[String]) -> Result<ExitCode> {
    install::c_compiler()?;
    run(&mut command("cargo", &["build", "--release", "-p", "linli"]))?;
    become_program(Command::new("target/release/linli").arg("demo").args(args))
}

/// Builds the program and the crate `linli-bench`, or `linli-peers` for `peers`, in release and runs the latter beside a
/// PostgreSQL.
///
/// # Errors
/// If the build fails or PostgreSQL cannot be started.
pub fn bench(args: &[String]) -> Result<ExitCode> {
    install::c_compiler()?;
    let (program, rest) = match args.split_first() {
        Some((first, rest)) if first == "peers" => ("linli-peers", rest),
        _ => ("linli-bench", args),
    };
    run(&mut command("cargo", &["build", "--release", "-p", "linli", "-p", program]))?;
    let words = std::iter::once(format!("target/release/{program}")).chain(rest.iter().cloned());
    postgres::command_beside(&words.collect::<Vec<_>>())
}

/// Replaces this process, so that Ctrl-C and signals reach the program itself.
#[cfg(unix)]
fn become_program(command: &mut Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec().into())
}

#[cfg(not(unix))]
fn become_program(command: &mut Command) -> Result<ExitCode> {
    let status = command.status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
