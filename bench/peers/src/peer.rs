//! What the bench asks of every house that it measures, Linli's among them.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use linli_loader::http::Ask;

use crate::{plan::PAGE, process::Running};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scenario {
    /// The first page of a unit's open matters, soonest due or oldest first, with their total.
    List,
    /// Every matter counted by unit and status.
    Board,
    /// The same queue as the page that a clerk sees.
    ListPage,
    /// The leader's page of an area by towns and categories.
    BriefPage,
    /// A matter is brought.
    Create,
    /// A matter is brought by somebody who is signed in, one after the other.
    CreateSignedIn,
}

impl Scenario {
    /// Whether it adds rows.
    pub fn writes(self) -> bool {
        matches!(self, Self::Create | Self::CreateSignedIn)
    }

    /// Its name in the results.
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Board => "board",
            Self::ListPage => "list page",
            Self::BriefPage => "brief page",
            Self::Create => "create",
            Self::CreateSignedIn => "create signed in",
        }
    }
}

/// Where everything stands.
#[derive(Debug, Clone)]
pub struct Ground {
    /// `bench/peers` of the repository.
    pub source: PathBuf,
    /// Where peers are installed and keep their data; outside of what git knows.
    pub folder: PathBuf,
    /// Linli's release program.
    pub linli: PathBuf,
    /// A PostgreSQL server, whose user may create databases.
    pub postgres: String,
    /// Rows of the table of matters before the first measurement.
    pub rows: u64,
}

impl Ground {
    /// A peer's own folder.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn own(&self, name: &str) -> Result<PathBuf> {
        let own = self.folder.join(name);
        std::fs::create_dir_all(&own)?;
        Ok(own)
    }
}

/// A house that can be measured.
pub trait Peer {
    /// Its name in the results.
    fn name(&self) -> &'static str;

    /// Its database in PostgreSQL, if it keeps its rows there; that server's memory is not in its own tree.
    fn database(&self) -> Option<&'static str>;

    /// How it is installed, set up and measured, and where that differs from the others.
    fn differs(&self) -> &'static str;

    /// Installs it, if it is not there; says its version.
    ///
    /// # Errors
    /// What the package client says.
    fn install(&mut self, ground: &Ground) -> Result<String>;

    /// Makes its tables anew and fills them with the plan's rows.
    ///
    /// # Errors
    /// What it says.
    fn fill(&mut self, ground: &Ground, runtime: &tokio::runtime::Runtime) -> Result<()>;

    /// Starts it and signs in.
    ///
    /// # Errors
    /// If it does not answer.
    fn start(&mut self, ground: &Ground, runtime: &tokio::runtime::Runtime) -> Result<Running>;

    /// The scenarios that it has, besides list, board and create.
    fn more(&self) -> &'static [Scenario] {
        &[]
    }

    /// Whether it is measured with 64 clients too.
    fn is_wide(&self) -> bool {
        false
    }

    /// Makes the requests of a scenario.
    fn maker(&self, what: Scenario) -> linli_loader::pace::Maker;

    /// Reads an answer.
    ///
    /// # Errors
    /// If it is not what the scenario is about.
    fn read(&self, what: Scenario, body: &Bytes) -> Result<Fact>;

    /// What the board must add up to when so many rows are there.
    fn counted(&self, rows: u64) -> u64 {
        rows
    }

    /// What must hold of its durability while it runs, asked before and after the measurements.
    fn durability(&self) -> Option<(Ask, &'static str)> {
        None
    }
}

/// What an answer says, as far as it can be held against the plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fact {
    /// Rows of a list.
    pub rows: Option<u64>,
    /// The total of a list.
    pub total: Option<u64>,
    /// The sum of all counts of a board.
    pub sum: Option<u64>,
    /// The unit that was found for a matter.
    pub unit: Option<String>,
}

impl Fact {
    /// Holds it against the plan: a house that answers something else quickly has not won.
    ///
    /// # Errors
    /// If it differs.
    pub fn hold(&self, what: Scenario, due: &Due) -> Result<()> {
        match what {
            Scenario::List => {
                ensure!(self.rows == Some(PAGE), "list: {:?} rows, not {PAGE}", self.rows);
                ensure!(self.total == Some(due.open), "list: {:?} in total, not {}", self.total, due.open);
            }
            Scenario::ListPage => {
                ensure!(
                    self.rows.is_some_and(|n| n >= PAGE),
                    "list page: {:?} rows, below {PAGE}",
                    self.rows
                );
            }
            Scenario::Board | Scenario::BriefPage => {
                let (seen, due) = (self.sum, due.counted);
                ensure!(seen == Some(due), "{}: {seen:?} counted, not {due}", what.name());
            }
            Scenario::Create | Scenario::CreateSignedIn => {
                let (seen, due) = (self.unit.as_deref(), &*due.unit);
                ensure!(seen == Some(due), "{}: unit {seen:?}, not {due}", what.name());
            }
        }
        Ok(())
    }
}

/// What the plan says that an answer must say.
#[derive(Debug, Clone, Default)]
pub struct Due {
    /// The total of the listed unit's open matters.
    pub open: u64,
    /// What the board adds up to.
    pub counted: u64,
    /// The unit of the matter that is brought.
    pub unit: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_not_the_plans_is_refused() {
        let due = Due { open: 250, counted: 20_000, unit: "u07".to_owned() };
        let list = Fact { rows: Some(25), total: Some(250), ..Fact::default() };
        list.hold(Scenario::List, &due).unwrap();
        assert!(Fact { rows: Some(3), ..list.clone() }.hold(Scenario::List, &due).is_err());
        assert!(Fact { total: Some(251), ..list.clone() }.hold(Scenario::List, &due).is_err());
        assert!(Fact { rows: Some(24), ..list }.hold(Scenario::ListPage, &due).is_err());
        let board = Fact { sum: Some(19_999), ..Fact::default() };
        assert!(board.hold(Scenario::Board, &due).is_err());
        assert!(Fact::default().hold(Scenario::Board, &due).is_err());
        let made = |unit: &str| Fact { unit: Some(unit.to_owned()), ..Fact::default() };
        made("u07").hold(Scenario::Create, &due).unwrap();
        assert!(made("u08").hold(Scenario::Create, &due).is_err());
    }
}
