//! A division (行政区划) and its codes.

use std::{fmt, str::FromStr};

use base::{Id, Invalid, Outcome, Stop};
use jiff::civil::Date;

/// The longest name, in characters. The longest of 665,276 official ones has 33.
pub const NAME_CHARS: usize = 60;

/// The rung of the ladder on which a division stands (层级). The order is from large to small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// 省、自治区、直辖市.
    Province,
    /// 市、地区、自治州、盟.
    City,
    /// 县、区、县级市、旗.
    County,
    /// 乡、镇、街道.
    Town,
    /// 村、社区.
    Village,
}

impl Kind {
    /// All, from large to small.
    pub const ALL: [Kind; 5] = [Kind::Province, Kind::City, Kind::County, Kind::Town, Kind::Village];

    /// As the database, a file and an address spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Province => "province",
            Kind::City => "city",
            Kind::County => "county",
            Kind::Town => "town",
            Kind::Village => "village",
        }
    }

    /// The rung below, if there is one.
    pub const fn below(self) -> Option<Kind> {
        match self {
            Kind::Province => Some(Kind::City),
            Kind::City => Some(Kind::County),
            Kind::County => Some(Kind::Town),
            Kind::Town => Some(Kind::Village),
            Kind::Village => None,
        }
    }

    /// The catalogue's key of its name.
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Province => "territory.kind.province",
            Kind::City => "territory.kind.city",
            Kind::County => "territory.kind.county",
            Kind::Town => "territory.kind.town",
            Kind::Village => "territory.kind.village",
        }
    }
}

impl FromStr for Kind {
    type Err = Stop;

    fn from_str(text: &str) -> Result<Self, Stop> {
        Kind::ALL
            .into_iter()
            .find(|k| k.as_str() == text)
            .ok_or_else(|| Invalid::field("level", "territory.bad.level").into())
    }
}

/// The ids of a division and of everything above it, one per rung, itself included (隶属关系).
/// A rung may be empty: a city without counties has towns right under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lineage {
    /// 省.
    pub province: Option<Id<Division>>,
    /// 市.
    pub city: Option<Id<Division>>,
    /// 县.
    pub county: Option<Id<Division>>,
    /// 乡镇.
    pub town: Option<Id<Division>>,
    /// 村.
    pub village: Option<Id<Division>>,
}

impl Lineage {
    /// The id on one rung.
    pub const fn at(&self, kind: Kind) -> Option<Id<Division>> {
        match kind {
            Kind::Province => self.province,
            Kind::City => self.city,
            Kind::County => self.county,
            Kind::Town => self.town,
            Kind::Village => self.village,
        }
    }

    /// This lineage with a division added on its rung, and with nothing below it.
    #[must_use]
    pub fn with(mut self, kind: Kind, id: Id<Division>) -> Self {
        for rung in Kind::ALL {
            let slot = match rung {
                Kind::Province => &mut self.province,
                Kind::City => &mut self.city,
                Kind::County => &mut self.county,
                Kind::Town => &mut self.town,
                Kind::Village => &mut self.village,
            };
            if rung == kind {
                *slot = Some(id);
            } else if rung > kind {
                *slot = None;
            }
        }
        self
    }

    /// The ids that are there, from large to small.
    pub fn ids(&self) -> impl Iterator<Item = (Kind, Id<Division>)> + '_ {
        Kind::ALL.into_iter().filter_map(|k| self.at(k).map(|id| (k, id)))
    }
}

/// A division (行政区划): one node of the tree, with the days between which it exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// Its id, which outlives a rename.
    pub id: Id<Division>,
    /// Its rung.
    pub kind: Kind,
    /// Its name today, or on its last day.
    pub name: String,
    /// What it belongs to; none for a province.
    pub parent: Option<Id<Division>>,
    /// Everything above it and itself.
    pub lineage: Lineage,
    /// The first day on which it exists, as far as the records go.
    pub valid_from: Date,
    /// The first day on which it exists no longer.
    pub valid_to: Option<Date>,
}

impl Division {
    /// Does it exist on that day?
    pub fn valid_on(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|end| day < end)
    }
}

/// A former state of a division: the name and the parent that it had until a day (沿革).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    /// The division.
    pub division: Id<Division>,
    /// Its name then.
    pub name: String,
    /// Its parent then.
    pub parent: Option<Id<Division>>,
    /// The first day on which this was no longer so.
    pub until: Date,
}

/// What made a division pass into another (变更类型).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// 合并: several became one.
    Merged,
    /// 拆分: one became several.
    Split,
}

impl Change {
    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Change::Merged => "merged",
            Change::Split => "split",
        }
    }
}

impl FromStr for Change {
    type Err = Stop;

    fn from_str(text: &str) -> Result<Self, Stop> {
        match text {
            "merged" => Ok(Change::Merged),
            "split" => Ok(Change::Split),
            _ => Err(Invalid::field("change", "territory.bad.change").into()),
        }
    }
}

/// A system of codes (代码体系), e.g. `nbs12`, `gb2260`, `mca`, or a region's own. A division has
/// at most one code in each, and no code says who its parent is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodeSystem(String);

impl CodeSystem {
    /// 统计用区划代码: twelve digits, of the statistics office.
    pub const NBS12: &'static str = "nbs12";
    /// GB/T 2260 中华人民共和国行政区划代码: six digits, down to the county.
    pub const GB2260: &'static str = "gb2260";
    /// 民政部 codes.
    pub const MCA: &'static str = "mca";

    /// A system's name: 1 to 16 small letters and digits.
    ///
    /// # Errors
    /// Invalid `system` for anything else.
    pub fn new(text: &str) -> Outcome<Self> {
        let fine = (1..=16).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if fine {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid::field("system", "territory.bad.system").into())
        }
    }

    /// The twelve-digit system of the statistics office.
    pub fn nbs12() -> Self {
        Self(Self::NBS12.to_owned())
    }

    /// As the database spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CodeSystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A division's code in one system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    /// Which system.
    pub system: CodeSystem,
    /// The code itself, as text: a leading zero counts.
    pub code: String,
}

/// Reads a code: 2 to 32 letters, digits, `-` or `_`. In `nbs12` a shorter run of digits is
/// filled with zeros on the right, as the statistics office prints it.
///
/// # Errors
/// Invalid `code` for anything else.
pub fn code_of(system: &CodeSystem, text: &str) -> Outcome<Code> {
    let text = text.trim();
    let fine = (2..=32).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let digits = text.bytes().all(|b| b.is_ascii_digit()) && text.len() <= 12;
    match system.as_str() {
        _ if !fine => Err(Invalid::field("code", "territory.bad.code").into()),
        CodeSystem::NBS12 if !digits => Err(Invalid::field("code", "territory.bad.code").into()),
        CodeSystem::NBS12 => Ok(Code { system: system.clone(), code: format!("{text:0<12}") }),
        _ => Ok(Code { system: system.clone(), code: text.to_owned() }),
    }
}

/// Reads a name: 1 to [`NAME_CHARS`] characters, none of them a control character.
///
/// # Errors
/// Invalid `name` for anything else.
pub fn name_of(text: &str) -> Outcome<String> {
    let text = text.trim();
    let chars = text.chars().count();
    if chars == 0 || chars > NAME_CHARS || text.chars().any(char::is_control) {
        return Err(Invalid::field("name", "territory.bad.name").into());
    }
    Ok(text.to_owned())
}

/// Reads a day, e.g. 2026-01-01.
///
/// # Errors
/// Invalid, by the given field.
pub fn day_of(field: &'static str, text: &str) -> Outcome<Date> {
    text.trim().parse().map_err(|_| Invalid::field(field, "territory.bad.day").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lineage_keeps_what_is_above_and_drops_what_is_below() {
        let full = Kind::ALL.into_iter().zip(1..).fold(Lineage::default(), |l, (k, n)| l.with(k, Id::of(n)));
        assert_eq!(full.ids().count(), 5);
        let moved = full.with(Kind::County, Id::of(9));
        assert_eq!((moved.city, moved.county, moved.town), (Some(Id::of(2)), Some(Id::of(9)), None));
    }

    #[test]
    fn statistical_codes_are_filled_and_others_are_kept() {
        let nbs = CodeSystem::nbs12();
        assert_eq!(code_of(&nbs, "6206").unwrap().code, "620600000000");
        assert_eq!(code_of(&nbs, "620602001001").unwrap().code, "620602001001");
        assert!(code_of(&nbs, "6206020010010").is_err());
        assert!(code_of(&nbs, "62A6").is_err());
        let local = CodeSystem::new("mca").unwrap();
        assert_eq!(code_of(&local, " A-1 ").unwrap().code, "A-1");
        assert!(CodeSystem::new("GB 2260").is_err());
    }

    #[test]
    fn kinds_read_back_and_descend() {
        for kind in Kind::ALL {
            assert_eq!(kind.as_str().parse::<Kind>().unwrap(), kind);
            assert!(kind.below().is_none_or(|b| b > kind));
        }
    }
}
