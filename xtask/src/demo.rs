//! The demo city, and the bench.

use std::{
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::{Result, bail};

use crate::{
    install,
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

/// Builds and runs the crate `linli-bench` in release.
///
/// # Errors
/// If there is no such crate yet.
pub fn bench(args: &[String]) -> Result<ExitCode> {
    if !Path::new("bench/Cargo.toml").exists() {
        bail!("there is no bench here: the folder bench/ is missing");
    }
    let build = ["run", "--release", "-p", "linli-bench", "--"];
    become_program(Command::new("cargo").args(build).args(args))
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
