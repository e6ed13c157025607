//! The platform put together (邻里): which rooms there are, how they are configured, and every command.
//! The binary `linli` calls [`run`]; the stories build their own house from [`house`].

pub mod cli;
mod commands;
pub mod config;
pub mod demo;
pub mod house;

use clap::Parser;
use cli::{Cli, Command};

/// Reads the command line and does what it says.
///
/// # Errors
/// A sentence for the person at the command line.
pub fn run() -> anyhow::Result<()> {
    let Cli { command, config, json, settings } = Cli::parse();
    let settings = settings.with_file(config.as_ref())?;
    start_log(settings.log.as_deref());
    match command {
        Command::Serve => commands::serve::serve(&settings, json),
        Command::Demo(demo) => commands::demo::demo(&settings, &demo, json),
        Command::Import(import) => commands::import::import(&settings, &import.what, json),
        Command::Report(report) => commands::report::report(&settings, &report.what, json),
        Command::Locate(locate) => commands::locate::locate(&settings, &locate, json),
        Command::Migrate => commands::keep::migrate(&settings, json),
        Command::Backup(to) => commands::keep::backup(&settings, &to.file, json),
        Command::Restore(from) => commands::keep::restore(&settings, &from.file, json),
        Command::Journal(journal) => commands::journal::journal(&settings, &journal.what, json),
        Command::Account(account) => commands::account::account(&settings, &account.what, json),
    }
}

/// The log goes to standard error; it holds no personal data at any level.
fn start_log(level: Option<&str>) {
    let filter = tracing_subscriber::EnvFilter::new(level.unwrap_or("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}
