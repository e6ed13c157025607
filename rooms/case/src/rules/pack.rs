//! The regional pack (地区包): what makes one place differ from another, as data. Text in, a sound
//! [`Pack`] or every error with its file and line out. No file is opened here.
//!
//! Deliberately absent: stages, moves and formulas. A pack names categories, deadlines, questions,
//! units and who gets what; it cannot change what an office owes a resident.

mod check;
mod text;

use std::{collections::BTreeMap, fmt};

use access::UnitKind;
use jiff::civil::Date;

pub use crate::model::RequestKind;
use crate::model::{Channel, Level, Proof, Question};

/// One file of a pack as it was read: its name for messages, and its text.
#[derive(Debug, Clone, Copy)]
pub struct PackFile<'a> {
    /// As it is shown in messages, e.g. `packs/wuwei/routing.toml`. Its last part tells what it is.
    pub name: &'a str,
    /// The whole text.
    pub text: &'a str,
}

/// The files that a pack must have.
pub const PACK_FILES: [&str; 4] = ["pack.toml", "categories.toml", "units.toml", "routing.toml"];

/// A mistake in a pack (地区包错误).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackError {
    /// The file's name as given.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The catalogue's key of the sentence.
    pub key: &'static str,
    /// Words for the sentence's places.
    pub words: Vec<(&'static str, String)>,
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.key)?;
        for (name, word) in &self.words {
            write!(f, " {name}={word}")?;
        }
        Ok(())
    }
}

/// So many days, or of another unit, and where that comes from (期限及依据).
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// How many; the start day is not counted.
    pub days: i64,
    /// Of what: d calendar days (the default), wd working days, oh office hours, h hours, m months, y years.
    #[serde(default = "calendar_days")]
    pub unit: String,
    /// The law's article, or a plain word that it is only a default.
    pub source: String,
}

fn calendar_days() -> String {
    "d".to_owned()
}

impl Term {
    /// As the deadline library counts it.
    pub fn term(&self) -> deadline::Term {
        crate::model::term_of(self.days, &self.unit)
    }
}

/// The clocks that do not depend on the category (通用时限).
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// From coming in to acceptance or hand-over (受理).
    pub accept: Term,
    /// From closing to silent confirmation (等候确认).
    pub confirm: Term,
    /// From confirmation to the last day of reopening (重新办理).
    pub reopen: Term,
    /// The longest extension (延期).
    pub extend: ExtendTerm,
    /// From a dispatch to the unit's report (承办).
    pub unit: Option<Term>,
    /// From an escalation to the upper desk's next step (上级接办).
    pub level: Option<Term>,
    /// From a dispute to the upper desk's decision (裁定).
    pub arbitrate: Option<Term>,
    /// The reasons for which an office's clocks may stand still (暂停计时事由).
    #[serde(default)]
    pub pause: Vec<PauseTerm>,
    /// How often a clock may be paused; none for no limit.
    pub pause_times: Option<u32>,
    /// Which clocks carry a case one level up when they are missed: `accept`, `unit`, `level`, `arbitrate`.
    #[serde(default)]
    pub escalate: Vec<String>,
}

/// How an office's clock may be extended (延期).
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct ExtendTerm {
    /// The most that one extension gives.
    pub days: i64,
    /// Of what.
    #[serde(default = "calendar_days")]
    pub unit: String,
    /// How often.
    #[serde(default = "once")]
    pub times: u32,
    /// Working days after the end in which a request made in time may still be decided.
    #[serde(default)]
    pub decide_days: u32,
    /// The law's article.
    pub source: String,
}

fn once() -> u32 {
    1
}

impl ExtendTerm {
    /// Its days and source, as of any other term.
    pub fn term(&self) -> Term {
        Term { days: self.days, unit: self.unit.clone(), source: self.source.clone() }
    }
}

/// A reason for which an office's clocks may stand still (暂停计时事由).
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct PauseTerm {
    /// A stable code.
    pub code: String,
    /// Its name, as the resident reads it.
    pub name: String,
    /// Days after which the clock runs again by itself.
    pub cap: u32,
    /// Whether evidence must be filed.
    #[serde(default)]
    pub evidence: bool,
    /// The law's article, or a plain word that it is only a default.
    pub source: String,
}

/// How long a called unit has to answer a whistle (吹哨响应时限).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhistleTerms {
    /// Where the caller sets nothing else.
    pub respond: Term,
    /// The shortest that a caller may set.
    pub shortest: Term,
    /// The longest.
    pub longest: Term,
}

/// How often a resident may urge one matter (催办间隔).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrgeTerms {
    /// After so many calendar days again, if the matter does not move before.
    pub every: Term,
}

fn plain(days: i64, unit: &str) -> Term {
    Term { days, unit: unit.to_owned(), source: String::new() }
}

impl Default for WhistleTerms {
    /// For a pack that says nothing: no source, and the screen shows none.
    fn default() -> Self {
        Self { respond: plain(24, "h"), shortest: plain(1, "h"), longest: plain(5, "wd") }
    }
}

impl Default for UrgeTerms {
    /// For a pack that says nothing.
    fn default() -> Self {
        Self { every: plain(3, "d") }
    }
}

/// A matter that another body decides (另有途径): it is registered all the same.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elsewhere {
    /// A stable key.
    pub key: String,
    /// What sort of matter.
    pub name: String,
    /// What the resident can do.
    pub way: String,
    /// Where the list comes from.
    pub source: String,
}

/// Where a part of the pack comes from (来源).
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The file.
    pub part: String,
    /// Its origin, in words.
    pub text: String,
}

/// A category of the pack with everything inherited filled in (事项分类).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackCategory {
    /// Its stable code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The code above; `None` for a root.
    pub parent: Option<String>,
    /// What is asked; only on leaves.
    pub kind: Option<RequestKind>,
    /// The code of the unit sort that answers by default.
    pub unit: String,
    /// Whether `unit` stands on this very line, and is not inherited.
    pub owns_unit: bool,
    /// The handling term.
    pub term: Term,
    /// Whether a place must be given.
    pub needs_place: bool,
    /// Whether cases may be shown (masked) on the public list.
    pub is_public: bool,
    /// Whether closing needs a photograph or a paper.
    pub needs_evidence: bool,
    /// What closing needs, one by one: the category's own list, or that of what is asked.
    pub proofs: Vec<Proof>,
    /// Whether it tells of a danger on the spot.
    pub is_urgent: bool,
    /// Extra questions.
    pub questions: Vec<Question>,
    /// What people call it (别名): other words under which a search finds it.
    pub also_called: Vec<String>,
    /// First day on which it may be chosen.
    pub valid_from: Date,
    /// First day on which it may not be chosen any more.
    pub valid_to: Option<Date>,
    /// Its line in `categories.toml`.
    pub line: usize,
}

/// A sort of unit (单位种类), made once at every place of the named levels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitSort {
    /// Its stable code, e.g. `water`.
    pub code: String,
    /// What sort of body.
    pub form: UnitKind,
    /// The name by level, with `{place}` for the place's name.
    pub names: BTreeMap<Level, String>,
    /// What it does, in words.
    pub scope: String,
}

impl UnitSort {
    /// The name of the unit at a place of a level, if this sort exists there.
    pub fn name_at(&self, level: Level, place: &str) -> Option<String> {
        self.names.get(&level).map(|n| n.replace("{place}", place))
    }

    /// The end of the name that all its units of a level share: what `UnitPick::Named` looks for.
    pub fn name_end(&self, level: Level) -> Option<&str> {
        self.names.get(&level).map(|n| n.rsplit_once('}').map_or(n.as_str(), |(_, end)| end))
    }

    /// The level to use when `wanted` has no such unit: the next above, then the next below.
    pub fn nearest_level(&self, wanted: Level) -> Option<Level> {
        let above = std::iter::successors(Some(wanted), |l| l.above()).find(|l| self.names.contains_key(l));
        above.or_else(|| self.names.keys().rev().find(|l| **l < wanted).copied())
    }
}

/// One line of the routing table, ready to be stored (派单规则): the first that matches decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackRoute {
    /// The rule's code, with the category's code behind it where `default` was spread out.
    pub code: String,
    /// The category it speaks of, with everything below; `None` = any.
    pub category: Option<String>,
    /// The division it speaks of, with everything inside; `None` = anywhere.
    pub place: Option<String>,
    /// The channel it speaks of; `None` = any.
    pub channel: Option<Channel>,
    /// The sort of unit.
    pub unit: String,
    /// At which level of the case's place.
    pub level: Level,
    /// Why, in words that are shown.
    pub why: String,
}

/// A regional pack (地区包).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// Its code, e.g. `wuwei`.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The division it is for.
    pub region: String,
    /// Its version.
    pub version: String,
    /// The day from which it holds.
    pub valid_from: Date,
    /// The general clocks.
    pub terms: Terms,
    /// The clock of a called unit.
    pub whistle: WhistleTerms,
    /// The rest between two urgings.
    pub urge: UrgeTerms,
    /// Matters for others.
    pub elsewhere: Vec<Elsewhere>,
    /// Where its parts come from.
    pub sources: Vec<Source>,
    /// The tree, parents before children.
    pub categories: Vec<PackCategory>,
    /// The sorts of units.
    pub units: Vec<UnitSort>,
    /// The routing table, in its order, without `default`.
    pub routes: Vec<PackRoute>,
}

impl Pack {
    /// The category of a code.
    pub fn category(&self, code: &str) -> Option<&PackCategory> {
        self.categories.iter().find(|c| c.code == code)
    }

    /// The sort of unit of a code.
    pub fn unit(&self, code: &str) -> Option<&UnitSort> {
        self.units.iter().find(|u| u.code == code)
    }

    /// The categories that a matter can have: those without children.
    pub fn leaves(&self) -> impl Iterator<Item = &PackCategory> {
        self.categories.iter().filter(|c| c.kind.is_some())
    }

    /// The code itself and every code above it, from the leaf up.
    pub fn lineage<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a str> {
        std::iter::successors(Some(code), |c| self.category(c).and_then(|c| c.parent.as_deref()))
    }
}

/// Reads a pack.
///
/// # Errors
/// Every mistake that was found, in the order of files and lines.
pub fn read_pack(files: &[PackFile<'_>]) -> Result<Pack, Vec<PackError>> {
    let raw = text::read(files)?;
    check::check(raw)
}

#[cfg(test)]
mod tests;
