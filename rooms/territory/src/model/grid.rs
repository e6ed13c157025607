//! A grid (网格) and who works in it.

use std::str::FromStr;

use base::{Id, Invalid, Outcome, Stop};
use jiff::civil::Date;

use super::{Division, Outline};

/// How deep a grid lies: 1 to 4 (四级网格). Level 1 lies right under its village; a deeper one
/// may name the grid around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(u8);

impl Level {
    /// Right under the village.
    pub const FIRST: Level = Level(1);

    /// Reads a level.
    ///
    /// # Errors
    /// Invalid `level` outside 1 to 4.
    pub fn new(n: i64) -> Outcome<Self> {
        match u8::try_from(n) {
            Ok(n @ 1..=4) => Ok(Self(n)),
            _ => Err(Invalid::field("level", "territory.bad.grid_level").into()),
        }
    }

    /// The number.
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// A grid (网格): the smallest piece of ground that has somebody who looks after its matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    /// Its id.
    pub id: Id<Grid>,
    /// The village under which it lies.
    pub village: Id<Division>,
    /// The grid around it, for levels below the first.
    pub parent: Option<Id<Grid>>,
    /// Its level.
    pub level: Level,
    /// Its code, unique among the living.
    pub code: String,
    /// Its name, e.g. 第3网格.
    pub name: String,
    /// Where it lies, in WGS-84.
    pub outline: Outline,
    /// The first day on which it exists.
    pub valid_from: Date,
    /// The first day on which it exists no longer.
    pub valid_to: Option<Date>,
}

/// What somebody is in a grid (网格员身份).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GridRole {
    /// 网格长.
    Head,
    /// 网格员.
    Member,
}

impl GridRole {
    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            GridRole::Head => "head",
            GridRole::Member => "member",
        }
    }

    /// The catalogue's key of its name.
    pub const fn word(self) -> &'static str {
        match self {
            GridRole::Head => "territory.role.head",
            GridRole::Member => "territory.role.member",
        }
    }
}

impl FromStr for GridRole {
    type Err = Stop;

    fn from_str(text: &str) -> Result<Self, Stop> {
        match text {
            "head" => Ok(GridRole::Head),
            "member" => Ok(GridRole::Member),
            _ => Err(Invalid::field("role", "territory.bad.role").into()),
        }
    }
}

/// Whether it is somebody's whole job (专职、兼职).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Employment {
    /// 专职.
    Full,
    /// 兼职.
    Part,
}

impl Employment {
    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Employment::Full => "full",
            Employment::Part => "part",
        }
    }

    /// The catalogue's key of its name.
    pub const fn word(self) -> &'static str {
        match self {
            Employment::Full => "territory.employment.full",
            Employment::Part => "territory.employment.part",
        }
    }
}

impl FromStr for Employment {
    type Err = Stop;

    fn from_str(text: &str) -> Result<Self, Stop> {
        match text {
            "full" => Ok(Employment::Full),
            "part" => Ok(Employment::Part),
            _ => Err(Invalid::field("employment", "territory.bad.employment").into()),
        }
    }
}

/// One person's work in one grid over a period (网格员配备). A grid has several people and a
/// person may have several grids. It says who is answerable, not where anybody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Its id.
    pub id: Id<Assignment>,
    /// The grid.
    pub grid: Id<Grid>,
    /// The worker's account, as the room access numbers it.
    pub account: i64,
    /// 网格长 or 网格员.
    pub role: GridRole,
    /// 专职 or 兼职.
    pub employment: Employment,
    /// The first day.
    pub from: Date,
    /// The first day on which it is no longer so.
    pub to: Option<Date>,
}

impl Assignment {
    /// Does it hold on that day?
    pub fn holds_on(&self, day: Date) -> bool {
        self.from <= day && self.to.is_none_or(|end| day < end)
    }
}
