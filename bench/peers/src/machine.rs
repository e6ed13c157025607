//! What the figures were measured on, with the versions of what the peers run in.

use std::{path::Path, process::Command};

use linli_loader::machine;
use serde::{Deserialize, Serialize};

/// The machine and its programs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Machine {
    /// The machine's facts.
    #[serde(flatten)]
    pub facts: machine::Machine,
    /// PostgreSQL's version.
    pub postgres: String,
    /// Node's version.
    pub node: String,
    /// Python's version.
    pub python: String,
}

/// This machine, now.
pub fn machine(folder: &Path, postgres: &str) -> Machine {
    let said = |program: &str| {
        let out = Command::new(program).arg("--version").output();
        out.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned()).unwrap_or_default()
    };
    Machine {
        facts: machine::machine(folder),
        postgres: postgres.to_owned(),
        node: said("node"),
        python: said("python3"),
    }
}
