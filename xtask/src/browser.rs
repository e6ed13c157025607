//! The browser tests: Chromium, npm's two packages, node's own test runner.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

use crate::{
    install,
    shell::{Tally, command, run, run_tests},
    steps,
};

const LOCK: &str = "browser/package-lock.json";
const STAMP: &str = "browser/node_modules/.lock-installed";

/// Installs what is missing, builds the server and runs `browser/*.test.mjs`.
///
/// # Errors
/// If something is missing and cannot be installed, or a test fails.
pub fn check(tally: &mut Tally) -> Result<()> {
    install::c_compiler()?;
    install::browser()?;
    packages()?;
    steps::build()?;
    let mut tests: Vec<String> = fs::read_dir("browser")?
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.ends_with(".test.mjs"))
        .collect();
    tests.sort();
    if tests.is_empty() {
        bail!("no browser/*.test.mjs");
    }
    let mut node = command("node", &["--test", "--test-concurrency=1", "--test-reporter=spec"]);
    run_tests(node.args(tests).current_dir("browser"), tally)
}

/// `npm ci`, unless what is installed is what the lock file says.
fn packages() -> Result<()> {
    let lock = fs::read_to_string(LOCK).with_context(|| format!("no {LOCK}"))?;
    if Path::new(STAMP).exists() && fs::read_to_string(STAMP)? == lock {
        return Ok(());
    }
    run(command("npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir("browser"))?;
    fs::write(STAMP, lock)?;
    Ok(())
}
