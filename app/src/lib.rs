//! The platform put together (邻里): which rooms there are, how they are configured, and every command.
//! The binary `linli` calls [`run`]; the stories build their own house from [`house`].

pub mod cli;
mod commands;
pub mod config;
pub mod demo;
pub mod distribution;
pub mod house;
pub mod post;

use std::{io::IsTerminal, str::FromStr};

use clap::Parser;
use cli::{Cli, Command};
use tracing_subscriber::{
    Layer, filter::LevelFilter, filter::filter_fn, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

/// Reads the command line and does what it says.
///
/// # Errors
/// A sentence for the person at the command line.
pub fn run() -> anyhow::Result<()> {
    let Cli { command, config, json, settings } = Cli::parse();
    let settings = settings.with_file(config.as_ref())?;
    start_log(settings.log.as_deref())?;
    match command {
        Command::Serve => commands::serve::serve(&settings, json),
        Command::Demo(demo) => commands::demo::demo(&settings, &demo, json),
        Command::Import(import) => commands::import::import(&settings, &import.what, json),
        Command::Report(report) => commands::report::report(&settings, &report.what, json),
        Command::Locate(locate) => commands::locate::locate(&settings, &locate, json),
        Command::Deadline(asked) => commands::deadline::deadline(&asked, json),
        Command::Migrate(asked) => commands::keep::migrate(&settings, asked.distributed, json),
        Command::Backup(to) => commands::keep::backup(&settings, &to.file, json),
        Command::Restore(from) => commands::keep::restore(&settings, &from.file, json),
        Command::Journal(journal) => commands::journal::journal(&settings, &journal.what, json),
        Command::Callback(callback) => commands::callback::callback(&settings, &callback.what, json),
        Command::Upward(upward) => commands::upward::upward(&settings, &upward.what, json),
        Command::Account(account) => commands::account::account(&settings, &account.what, json),
    }
}

/// The first names of the log lines that the house itself writes.
const OWN: [&str; 15] = [
    "access",
    "base",
    "calendar",
    "callback",
    "case",
    "figure",
    "jobs",
    "linli",
    "notice",
    "parts",
    "store",
    "supervision",
    "territory",
    "upward",
    "web",
];

/// The log goes to standard error; it holds no personal data at any level. The level is for the house's own
/// lines: libraries stay at warnings, because below that they write what they carry, e.g. the parameters of a
/// statement. Of a panic the place is said and not the message, which may quote what was worked on.
fn start_log(level: Option<&str>) -> anyhow::Result<()> {
    let asked = level.unwrap_or("info");
    let level = LevelFilter::from_str(asked).map_err(|_| {
        anyhow::anyhow!("没有日志级别 {asked} / there is no log level {asked}: error, warn, info, debug")
    })?;
    let own = filter_fn(move |line| {
        let name = line.target().split("::").next().unwrap_or_default();
        *line.level() <= if OWN.contains(&name) { level } else { level.min(LevelFilter::WARN) }
    });
    let colours = std::io::stderr().is_terminal();
    let lines = fmt::layer()
        .with_ansi(colours)
        .with_writer(std::io::stderr)
        .with_filter(own.with_max_level_hint(level));
    tracing_subscriber::registry().with(lines).init();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "something panicked");
    }));
    Ok(())
}
