//! Cases that belong together (相关件): the kinds of links, and what a clerk is asked for.

use base::{Id, Millis};

use super::{Body, Case, Title};

/// How two cases belong together (关联方式).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    /// The case is handled together with the other one, its lead (并案).
    Merged,
    /// The case was made from a part of the other one (拆分).
    Split,
    /// The two have to do with each other (相关).
    Related,
}

impl LinkKind {
    const ALL: [Self; 3] = [Self::Merged, Self::Split, Self::Related];

    /// As stored.
    pub const fn code(self) -> &'static str {
        ["merged", "split", "related"][self as usize]
    }

    /// Reads a code back.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.code() == code)
    }
}

/// A link between two cases (关联).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its id.
    pub id: Id<Link>,
    /// How.
    pub kind: LinkKind,
    /// The follower, the new part, or the one side.
    pub case: Id<Case>,
    /// The lead, the origin, or the other side.
    pub other: Id<Case>,
    /// The county of both.
    pub county: i64,
    /// Who made it.
    pub account: i64,
    /// When.
    pub at: Millis,
}

impl Link {
    /// The case at the other end.
    pub fn far_end(&self, of: Id<Case>) -> Id<Case> {
        if self.case == of { self.other } else { self.case }
    }
}

/// Merging or relating (并案、标为相关).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkOrder {
    /// The version that the form showed.
    pub version: Option<i64>,
    /// The other case's number as typed.
    pub number: String,
    /// The field in which it was typed.
    pub field: &'static str,
}

/// Splitting (拆分): a part becomes a case of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitOrder {
    /// The version that the form showed.
    pub version: Option<i64>,
    /// The part's title.
    pub title: Title,
    /// The part's text.
    pub body: Body,
    /// The part's category.
    pub category: i64,
}
