//! The house rules, held by a machine: what may stand where, what it may be called, what it may
//! know. Each rule has a list of exceptions in `xtask/allow/RULE.txt` that can only shrink.

pub mod allow;
mod arrows;
mod catalogue;
mod kinds;
mod literals;
mod migrations;
mod prose;
mod rights;
mod shape;
mod source;
mod templates;
mod tree;

use std::{fs, path::Path, process::ExitCode};

use anyhow::{Result, bail};

use self::tree::Tree;

/// Something that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, from the workspace's root.
    pub path: String,
    /// The line, from 1; 0 if it is about the whole file.
    pub line: usize,
    /// What is wrong, in words that stay the same when lines move.
    pub what: String,
}

impl Finding {
    /// A finding at a line.
    pub fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

/// A rule of the house.
struct Rule {
    name: &'static str,
    /// What to do about it.
    way: &'static str,
    check: fn(&Tree) -> Vec<Finding>,
}

const RULES: &[Rule] = &[
    Rule {
        name: "arrows",
        way: "a room may know only what lies below it (ARCHITECTURE.md)",
        check: arrows::check,
    },
    Rule {
        name: "kinds",
        way: "move the line to the file that is of its kind (STYLE.md)",
        check: kinds::check,
    },
    Rule { name: "sql", way: "SQL stands in store.rs, as a function named as a question", check: kinds::sql },
    Rule {
        name: "engine",
        way: "only kernel/store/src/dialect.rs may ask which engine it is",
        check: kinds::engine,
    },
    Rule { name: "tables", way: "ask the other room's door, or its pub_ view", check: kinds::tables },
    Rule {
        name: "size",
        way: "a function fits on a screen, a file holds one subject: cut it",
        check: shape::size,
    },
    Rule {
        name: "docs",
        way: "say what it is: shape, unit, errors, the law it comes from",
        check: shape::docs,
    },
    Rule { name: "templates", way: "put the text under a key of the catalogue", check: templates::check },
    Rule { name: "literals", way: "put the text under a key of the catalogue", check: literals::check },
    Rule { name: "places", way: "places differ by data: put it into a pack", check: literals::places },
    Rule {
        name: "catalogue",
        way: "words/zh-CN and words/en have the same keys, all used",
        check: catalogue::check,
    },
    Rule {
        name: "schema",
        way: "write a new migration; then tidy --accept-migrations",
        check: migrations::check,
    },
    Rule { name: "rights", way: "RIGHTS.md says what is built instead", check: rights::check },
    Rule { name: "crates", way: "nothing here recognises people (RIGHTS.md, N7)", check: rights::crates },
    Rule {
        name: "prose",
        way: "do it or write it into an issue; history is kept by git",
        check: prose::check,
    },
    Rule { name: "hosts", way: "the project speaks of itself alone", check: prose::hosts },
    Rule {
        name: "decisions",
        way: "decision records are numbered 0001, 0002, … once each",
        check: prose::decisions,
    },
];

/// `cargo xtask tidy [--accept-migrations]`.
///
/// # Errors
/// For an unknown flag, or as [`check`].
pub fn command(args: &[String]) -> Result<ExitCode> {
    match args {
        [] => check()?,
        [flag] if flag == "--accept-migrations" => migrations::accept(&Tree::load()?)?,
        other => bail!("unknown: {}; there is --accept-migrations", other.join(" ")),
    }
    Ok(ExitCode::SUCCESS)
}

/// Holds every rule against the tree.
///
/// # Errors
/// If something is found that no list of exceptions names, or a list names something that is no
/// longer there.
pub fn check() -> Result<()> {
    let tree = Tree::load()?;
    let mut total = 0;
    for rule in RULES {
        let list = allow::path(rule.name);
        let allowed = fs::read_to_string(Path::new(&list)).unwrap_or_default();
        let judged = allow::judge((rule.check)(&tree), &allowed);
        for finding in &judged.left {
            println!("{}:{}: [{}] {}", finding.path, finding.line, rule.name, finding.what);
        }
        for entry in &judged.stale {
            println!("{list}: [{}] no longer needed, take it out: {entry}", rule.name);
        }
        let found = judged.left.len() + judged.stale.len();
        let state = if found == 0 { "ok".to_owned() } else { format!("{found} found; {}", rule.way) };
        println!("tidy {:11} {state} ({} excepted)", rule.name, judged.excepted);
        total += found;
    }
    if total > 0 {
        bail!("{total} against the house rules");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_rule_takes_another_list_for_its_exceptions() {
        let lists = ["migrations", "licences"];
        assert!(RULES.iter().all(|rule| !lists.contains(&rule.name)));
    }
}
