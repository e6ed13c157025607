//! One file for each group of commands: read the flags, call a room's door, say what came of it.

#![expect(clippy::print_stdout, reason = "a command's answer goes to standard output")]

pub mod account;
pub mod callback;
pub mod deadline;
pub mod demo;
pub mod import;
pub mod journal;
pub mod keep;
pub mod locate;
pub mod report;
pub mod serve;
pub mod upward;

use serde::Serialize;

/// Prints an answer: as JSON for programs, or the sentence for people.
pub(crate) fn answer(json: bool, value: &impl Serialize, sentence: &str) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string(value)?);
    } else {
        println!("{sentence}");
    }
    Ok(())
}
