//! The steps of `cargo xtask test`, in the order in which they fail soonest.

use std::{
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{
    browser, install, licences, postgres,
    shell::{Tally, command, output, run, run_tests},
    tidy,
};

/// One thing that must hold.
struct Step {
    name: &'static str,
    what: &'static str,
    run: fn(&mut Tally) -> Result<()>,
}

const STEPS: [Step; 7] = [
    Step { name: "fmt", what: "formatting (rustfmt)", run: fmt },
    Step { name: "tidy", what: "the house rules", run: |_| tidy::check() },
    Step { name: "licences", what: "licences of everything that is used", run: |_| licences::check() },
    Step { name: "xtask", what: "this tool itself: clippy and its tests", run: xtask },
    Step { name: "clippy", what: "clippy, all targets, no warnings", run: clippy },
    Step { name: "tests", what: "unit and property tests, stories on SQLite and on PostgreSQL", run: tests },
    Step { name: "browser", what: "pages in Chromium, with axe", run: browser::check },
];

/// Which steps `[--only STEP] [--list]` chooses; `None` is the list.
///
/// # Errors
/// For an unknown flag or step.
pub fn choose(args: &[String]) -> Result<Option<Vec<&'static str>>> {
    let mut only = Vec::new();
    let mut words = args.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "--list" => return Ok(None),
            "--only" => {
                let name = words.next().context("--only needs the name of a step")?;
                let step = STEPS.iter().find(|s| s.name == name);
                only.push(step.with_context(|| format!("no step {name}; --list shows them"))?.name);
            }
            other => bail!("unknown flag {other}; there are --only STEP and --list"),
        }
    }
    Ok(Some(if only.is_empty() { STEPS.iter().map(|s| s.name).collect() } else { only }))
}

/// `cargo xtask test`: runs the steps that the arguments choose, in order, up to the first that
/// fails; that one is an exit code, after the summary.
///
/// # Errors
/// As [`choose`].
pub fn test(args: &[String]) -> Result<ExitCode> {
    let Some(chosen) = choose(args)? else {
        for step in &STEPS {
            println!("{:9} {}", step.name, step.what);
        }
        return Ok(ExitCode::SUCCESS);
    };
    let mut tally = Tally::default();
    let mut times: Vec<(&str, Duration, &str)> = Vec::new();
    let mut failure = None;
    for step in STEPS.iter().filter(|s| chosen.contains(&s.name)) {
        println!("\n== {}: {}", step.name, step.what);
        let begun = Instant::now();
        let result = (step.run)(&mut tally);
        times.push((step.name, begun.elapsed(), if result.is_ok() { "ok" } else { "FAILED" }));
        if let Err(error) = result {
            failure = Some((step.name, error));
            break;
        }
    }
    Ok(close(&chosen, &times, tally, failure))
}

/// Prints what ran, how long it took and how it ended.
fn close(
    chosen: &[&str],
    times: &[(&str, Duration, &str)],
    mut tally: Tally,
    failure: Option<(&str, anyhow::Error)>,
) -> ExitCode {
    println!("\n== summary");
    for (name, time, end) in times {
        println!("{name:9} {:7.1} s  {end}", time.as_secs_f64());
    }
    for name in chosen.iter().filter(|name| !times.iter().any(|(ran, ..)| ran == *name)) {
        println!("{name:9} not run");
    }
    let code = match &failure {
        Some((name, error)) => {
            println!("\nFAILED at {name}: {error:#}\nagain, alone: cargo xtask test --only {name}");
            // A step may fail without a failed test, such as formatting: it counts as one.
            tally.failed = tally.failed.max(1);
            ExitCode::FAILURE
        }
        None => ExitCode::SUCCESS,
    };
    let skipped = if tally.skipped == 0 { String::new() } else { format!(", {} skipped", tally.skipped) };
    println!("{} passed, {} failed{skipped}", tally.passed, tally.failed);
    code
}

/// Cargo, without incremental files where nobody will build a second time.
fn cargo(args: &[&str]) -> Command {
    let mut cargo = command("cargo", args);
    if std::env::var_os("CI").is_some() {
        cargo.env("CARGO_INCREMENTAL", "0");
    }
    cargo
}

fn fmt(_: &mut Tally) -> Result<()> {
    run(&mut cargo(&["fmt", "--all", "--check"])).context("run `cargo fmt --all`")
}

/// This tool is left out of the workspace's builds: its features of `syn` would make every derive
/// macro, and so everything, compile twice.
fn xtask(tally: &mut Tally) -> Result<()> {
    run(&mut cargo(&["clippy", "-q", "-p", "xtask", "--all-targets", "--", "-D", "warnings"]))?;
    run_tests(&mut cargo(&["test", "-q", "-p", "xtask"]), tally)
}

fn clippy(_: &mut Tally) -> Result<()> {
    install::c_compiler()?;
    let args = [
        "clippy",
        "--workspace",
        "--exclude",
        "xtask",
        "--all-targets",
        "--keep-going",
        "--",
        "-D",
        "warnings",
    ];
    run(&mut cargo(&args))
}

fn tests(tally: &mut Tally) -> Result<()> {
    install::c_compiler()?;
    build()?;
    let server = postgres::Server::start()?;
    println!("PostgreSQL at {}", server.url);
    let args = ["test", "--workspace", "--exclude", "xtask", "--no-fail-fast"];
    let before = server.rows_written()?;
    let seed = seed();
    println!("property tests draw with {SEED}={seed}");
    run_tests(cargo(&args).env(postgres::VARIABLE, &server.url).env(SEED, seed), tally)?;
    let written = server.rows_written()? - before;
    println!("rows written to PostgreSQL by the tests: {written}");
    if written < FLOOR {
        bail!(
            "the tests wrote {written} rows to PostgreSQL, fewer than {FLOOR}: the second engine was not tested"
        );
    }
    Ok(())
}

/// What property tests draw with.
const SEED: &str = "PROPTEST_RNG_SEED";

/// What the variable says, or a number of the commit: every commit is tried with other draws, and one that failed fails
/// again when it is run again. `cargo test` alone draws anew each time.
fn seed() -> String {
    let commit = || output(&mut command("git", &["rev-parse", "HEAD"])).ok();
    let number = |hash: String| u64::from_str_radix(hash.get(..16)?, 16).ok();
    std::env::var(SEED).unwrap_or_else(|_| commit().and_then(number).unwrap_or(1).to_string())
}

/// Fewer rows than this mean that the stories passed by PostgreSQL.
const FLOOR: u64 = 1000;

/// Builds programs and tests in one selection, so that the features of every dependency are the
/// same for both and nothing is built twice.
///
/// # Errors
/// If it does not compile.
pub fn build() -> Result<()> {
    run(&mut cargo(&["build", "--workspace", "--exclude", "xtask", "--bins", "--tests"]))
}

#[cfg(test)]
mod tests_of_the_steps {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn steps_are_chosen_by_name() {
        assert_eq!(choose(&words("--only fmt --only tidy")).unwrap(), Some(vec!["fmt", "tidy"]));
        assert_eq!(choose(&[]).unwrap().unwrap().len(), STEPS.len());
        assert_eq!(choose(&words("--list")).unwrap(), None);
        assert!(choose(&words("--only nothing")).is_err());
        assert!(choose(&words("--fast")).is_err());
    }
}
