//! `cargo xtask`: everything that is checked, and how it is checked, in one command.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a tool for a terminal: it prints, measures time and reads the environment"
)]

mod browser;
mod demo;
mod install;
mod licences;
mod postgres;
mod shell;
mod spdx;
mod steps;
mod tidy;

use std::{path::Path, process::ExitCode};

use anyhow::{Result, bail};

const HELP: &str = "\
cargo xtask COMMAND

  test [--only STEP] [--list]   everything that must hold, in order, stopping at the first failure
  ci                            the same, as the continuous integration calls it
  tidy [--accept-migrations]    the house rules alone: where things stand, what they are called
  licences                      what is used, under which licences
  demo [ARGUMENTS]              builds Linli and starts the demo city
  postgres COMMAND [ARGUMENTS]  runs a command beside a PostgreSQL in a temporary folder,
                                whose address is in LINLI_TEST_POSTGRES
  bench [ARGUMENTS]             measures all scenarios on both engines in about 25 minutes, compares with the
                                last run and writes docs/measurements/bench.md; --full takes an afternoon,
                                --only NAME one of them; --help shows more (the crate linli-bench)
  bench peers [ARGUMENTS]       installs other programs of the kind under target/peers and measures them
                                and Linli in one run, about a quarter of an hour (the crate linli-peers)
";

fn main() -> ExitCode {
    match dispatch(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(args: &[String]) -> Result<ExitCode> {
    std::env::set_current_dir(root())?;
    let rest = args.get(1..).unwrap_or_default();
    match args.first().map(String::as_str) {
        Some("test" | "ci") => steps::test(rest),
        Some("tidy") => tidy::command(rest),
        Some("licences") => done(licences::check()),
        Some("demo") => demo::demo(rest),
        Some("bench") => demo::bench(rest),
        Some("postgres") => postgres::command_beside(rest),
        None | Some("help" | "--help" | "-h") => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        Some(other) => bail!("no command {other}\n\n{HELP}"),
    }
}

fn done(result: Result<()>) -> Result<ExitCode> {
    result.map(|()| ExitCode::SUCCESS)
}

/// The workspace's root: the folder above this crate's.
fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}
