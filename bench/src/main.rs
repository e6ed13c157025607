//! Trials and measurements of the built product: what only a running process on a real disk can show.
//! `cargo xtask bench` calls it.

/// As in the product.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod bare;
mod browser;
mod commit;
mod disk;
mod export;
mod floor;
mod grow;
mod kills;
mod lifecycle;
mod load;
mod measure;
mod overload;
mod page;
mod plot;
mod powercut;
mod processes;
mod product;
mod record;
mod scene;
mod server;
mod slow;
mod staff;
mod store;
mod suite;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Measurements and fault trials of Linli", args_conflicts_with_subcommands = true)]
struct Cli {
    /// Without one, all scenarios are measured, recorded and compared.
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    suite: suite::Asked,
}

#[derive(Subcommand)]
enum What {
    /// Replays power cuts over a traced run: unsynced sectors survive at random.
    Powercut {
        /// Crash states to try.
        #[arg(long, default_value_t = 1_000)]
        states: usize,
        /// Seed of the crash states.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Group commit against the bare engine.
    Commit {
        /// Seconds of each measurement.
        #[arg(long, default_value_t = 3.0)]
        seconds: f64,
        /// A PostgreSQL database to measure too.
        #[arg(long, env = "LINLI_TEST_POSTGRES")]
        postgres: Option<String>,
    },
    /// Whole lifecycles per second through the deeds.
    Lifecycle(lifecycle::Asked),
    /// Copies the cases of a demo city until there are so many.
    Grow {
        /// The database that grows.
        #[arg(long)]
        database: String,
        /// Cases at the end, about.
        #[arg(long, default_value_t = 1_000_000)]
        cases: i64,
        /// Only what a search reads: about 4 GB for each million cases, where everything of them takes 13.
        #[arg(long)]
        only_search: bool,
    },
    /// Writes the page and its plots from the records that are there.
    Page {
        /// Where the records are.
        #[arg(long, default_value = "docs/measurements")]
        out: PathBuf,
    },
    /// What a lifecycle asks the engine, statement by statement.
    Statements(lifecycle::Asked),
    /// Ten times as many requests as can be served: what still gets done.
    Overload {
        /// Seconds in which the peak is found; the crowd stays four times as long.
        #[arg(long, default_value_t = 5.0)]
        seconds: f64,
        /// Clients that find the peak.
        #[arg(long, default_value_t = 64)]
        clients: usize,
        /// An empty PostgreSQL database to measure instead of SQLite.
        #[arg(long)]
        postgres: Option<String>,
        /// The server on the first core alone; start this command on the others, e.g. with `taskset -c 1`.
        #[arg(long)]
        pinned: bool,
    },
    /// A list of a million rows as CSV and as Excel: speed and memory.
    Export {
        /// Rows.
        #[arg(long, default_value_t = 1_000_000)]
        rows: i64,
        /// An empty PostgreSQL database to measure instead of SQLite.
        #[arg(long)]
        postgres: Option<String>,
        /// Which list, as its page links to it.
        #[arg(long, default_value = "/queue/sheet.xlsx?tab=all&sort=made&dir=asc")]
        address: String,
    },
    /// What is still done beside clients that are slow on purpose.
    Slow {
        /// How many of them.
        #[arg(long, default_value_t = 2_000)]
        slow: usize,
        /// Seconds of each measurement.
        #[arg(long, default_value_t = 20.0)]
        seconds: f64,
    },
    /// Size, start and memory of the program with the whole city, and positions placed per second.
    Product,
    /// Kills the server under load; nothing acknowledged may be lost.
    Kills {
        /// How often.
        #[arg(long, default_value_t = 300)]
        kills: usize,
        /// An empty PostgreSQL database instead of SQLite.
        #[arg(long)]
        postgres: Option<String>,
    },
    /// Several processes on one PostgreSQL: throughput of 1, 2 and 3, and timers that ring once while processes are
    /// killed and frozen.
    Processes {
        /// Timers that ring during the kills.
        #[arg(long, default_value_t = 3_000)]
        timers: usize,
        /// Seconds of each measurement of throughput.
        #[arg(long, default_value_t = 4.0)]
        seconds: f64,
        /// A PostgreSQL server, on which a database of its own is made.
        #[arg(long, env = "LINLI_TEST_POSTGRES")]
        postgres: String,
    },
    /// Fails one sync after another, and fills the disk: writing must stop, say so, and lose nothing.
    Disk,
    /// The traced process of the power-cut trial.
    #[command(hide = true)]
    PowercutWork {
        /// Database address.
        url: String,
        /// Deeds to do.
        deeds: i64,
    },
    /// Counts what a crashed database still holds.
    #[command(hide = true)]
    PowercutCheck {
        /// Database file.
        file: PathBuf,
    },
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let Some(what) = cli.what else { return suite::run(&cli.suite) };
    match what {
        What::Powercut { states, seed } => powercut::trial(states, seed),
        What::Commit { seconds, postgres } => print(&commit::measure(seconds, postgres.as_deref())?),
        What::Lifecycle(asked) => print(&lifecycle::measure(&asked)?),
        What::Grow { database, cases, only_search } => print(&grow::grow(&database, cases, only_search)?),
        What::Page { out } => page::write(&out),
        What::Statements(asked) => print(&lifecycle::profile(&asked)?),
        What::Overload { seconds, clients, postgres, pinned } => {
            print(&overload::measure(seconds, clients, postgres.as_deref(), pinned)?)
        }
        What::Export { rows, postgres, address } => {
            print(&export::measure(rows, postgres.as_deref(), &address)?)
        }
        What::Slow { slow, seconds } => print(&slow::measure(slow, seconds)?),
        What::Product => print(&product::measure()?),
        What::Kills { kills, postgres } => kills::trial(kills, postgres.as_deref()),
        What::Processes { timers, seconds, postgres } => {
            print(&processes::trial(timers, seconds, &postgres)?)
        }
        What::Disk => disk::trial(),
        What::PowercutWork { url, deeds } => powercut::work(&url, deeds),
        What::PowercutCheck { file } => powercut::print_check(&file),
    }
}

/// Prints a result as JSON with the machine's facts.
#[expect(clippy::print_stdout, reason = "a command's answer")]
fn print(figures: &impl serde::Serialize) -> anyhow::Result<()> {
    println!(
        "{}",
        serde_json::to_string_pretty(
            &serde_json::json!({"machine": linli_loader::machine::machine(&std::env::temp_dir()), "figures": figures})
        )?
    );
    Ok(())
}
