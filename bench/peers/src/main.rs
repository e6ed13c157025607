//! Linli beside other programs that can hold the same desk, in one run on one machine: matched durability,
//! authentication, rows and work, and what differs is said. `cargo xtask bench peers` calls it.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a tool for a terminal: it prints, measures time and reads the environment"
)]

mod directus;
mod helpdesk;
mod linli;
mod machine;
mod peer;
mod plan;
mod pocketbase;
mod postgres;
mod process;
mod rounds;
mod tell;
mod tracker;

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Parser;

use crate::peer::Ground;

#[derive(Parser)]
#[command(about = "Linli and its peers in the same run")]
struct Cli {
    /// Seconds of each measurement; there are about sixty in a round.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Seconds of warm-up before each.
    #[arg(long, default_value_t = 0.5)]
    warm_up: f64,
    /// Rounds; the medians over them are told.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Rows of matters before the first measurement.
    #[arg(long, default_value_t = 20_000)]
    rows: u64,
    /// Only these, separated by commas: linli-sqlite, linli-postgres, pocketbase, directus, helpdesk, tracker.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Only installs them.
    #[arg(long)]
    install: bool,
    /// Linli's release program.
    #[arg(long, default_value = "target/release/linli")]
    linli: PathBuf,
    /// Where peers are installed and keep their data.
    #[arg(long, default_value = "target/peers")]
    folder: PathBuf,
    /// Every figure as JSON.
    #[arg(long, default_value = "target/bench/peers.json")]
    json: PathBuf,
    /// Measures nothing and writes the tables again from the figures of the last run.
    #[arg(long)]
    tell: bool,
    /// The tables; a run with `--only` or other rows is not written there unless it is asked for.
    #[arg(long)]
    page: Option<PathBuf>,
    /// A PostgreSQL server whose user may create databases.
    #[arg(long, env = "LINLI_TEST_POSTGRES")]
    server: String,
}

/// The committed page.
const PAGE: &str = "docs/measurements/peers.md";

fn main() -> Result<()> {
    let cli = Cli::parse();
    fs::create_dir_all(&cli.folder)?;
    let ground = Ground {
        source: fs::canonicalize("bench/peers").context("to be run in the repository's root")?,
        folder: fs::canonicalize(&cli.folder)?,
        linli: fs::canonicalize(&cli.linli).with_context(|| format!("no {}", cli.linli.display()))?,
        postgres: cli.server.clone(),
        rows: cli.rows,
    };
    ensure!(
        cli.rows >= plan::PLACES * 24 && cli.rows.is_multiple_of(plan::PLACES * 2),
        "rows: a multiple of 400 above 4,800"
    );
    let mut peers = rounds::everybody();
    peers.retain(|(word, _)| cli.only.is_empty() || cli.only.iter().any(|o| o == word));
    if cli.install {
        for (word, peer) in &mut peers {
            println!("{word}: {}", peer.install(&ground)?);
        }
        return Ok(());
    }
    let all = if cli.tell {
        let mut last: tell::All = serde_json::from_str(&fs::read_to_string(&cli.json)?)?;
        last.told = told(&peers);
        last
    } else {
        measured(&cli, &ground, peers)?
    };
    let page = cli.page.or_else(|| cli.only.is_empty().then(|| PathBuf::from(PAGE)));
    let text = tell::page(&all);
    if let Some(page) = &page {
        fs::write(page, &text)?;
    }
    println!("{text}\nfigures: {}", cli.json.display());
    Ok(())
}

type Named = (&'static str, Box<dyn peer::Peer>);

fn told(peers: &[Named]) -> Vec<tell::Told> {
    peers.iter().map(|(_, p)| tell::Told::of(p.as_ref())).collect()
}

/// A run, whose figures are kept before anything is told of them.
fn measured(cli: &Cli, ground: &Ground, peers: Vec<Named>) -> Result<tell::All> {
    let plan =
        rounds::Plan { seconds: cli.seconds, warm_up: cli.warm_up, rounds: cli.rounds, rows: cli.rows };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let version = postgres::ask(&ground.postgres, "SHOW server_version")?;
    let mut machine = machine::machine(&ground.folder, &version);
    let told = told(&peers);
    let figures = rounds::run(ground, plan, &runtime, peers.into_iter().map(|(_, p)| p).collect())?;
    machine.facts.load_after = linli_loader::machine::load();
    let all = tell::All { machine, plan, told, figures };
    if let Some(parent) = cli.json.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(&cli.json, serde_json::to_string_pretty(&all)?)?;
    Ok(all)
}
