//! The case itself and what belongs to it.

use access::{Place, UnitKind};
use base::{Id, Invalid, Millis, Stop};
use deadline::{Term, Unit};
use serde::{Deserialize, Serialize};

use super::{Channel, Ending, Level, Proof, RequestKind, Stage};

/// A position in WGS-84, and the pair as it was given with its datum (坐标). Degrees times ten million.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// Latitude, 1e-7 degree, WGS-84.
    pub lat_e7: i64,
    /// Longitude, 1e-7 degree, WGS-84.
    pub lon_e7: i64,
    /// Latitude as given.
    pub given_lat_e7: i64,
    /// Longitude as given.
    pub given_lon_e7: i64,
    /// The datum of the given pair: `wgs84`, `gcj02`, `bd09` or `cgcs2000`.
    pub datum: String,
}

impl Point {
    /// A point that was given in WGS-84.
    ///
    /// # Errors
    /// Invalid when it is not on the globe.
    pub fn wgs84(lat_e7: i64, lon_e7: i64) -> Result<Self, Stop> {
        Self::new(lat_e7, lon_e7, lat_e7, lon_e7, "wgs84")
    }

    /// A converted point with the pair as given.
    ///
    /// # Errors
    /// Invalid when it is not on the globe or the datum is unknown.
    pub fn new(
        lat_e7: i64,
        lon_e7: i64,
        given_lat_e7: i64,
        given_lon_e7: i64,
        datum: &str,
    ) -> Result<Self, Stop> {
        const QUARTER: i64 = 900_000_000;
        let on_globe = |lat: i64, lon: i64| lat.abs() <= QUARTER && lon.abs() <= 2 * QUARTER;
        if !on_globe(lat_e7, lon_e7) || !on_globe(given_lat_e7, given_lon_e7) {
            return Err(Invalid::field("point", "case.field.point_off_globe").into());
        }
        if !["wgs84", "gcj02", "bd09", "cgcs2000"].contains(&datum) {
            return Err(Invalid::field("datum", "case.field.datum_unknown").into());
        }
        Ok(Self { lat_e7, lon_e7, given_lat_e7, given_lon_e7, datum: datum.to_owned() })
    }
}

/// Where exactly, for the one who goes there (具体位置): words, a point, both or none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spot {
    /// In words: "村委会东边第二个路口".
    pub words: String,
    /// The position, if one was given.
    pub point: Option<Point>,
}

/// A case's number (案件编号): county code, year and a gapless count, `620602-2026-00500`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CaseNumber {
    /// The county's code of that day.
    pub county_code: String,
    /// The calendar year.
    pub year: i64,
    /// The count within county and year, from 1.
    pub seq: i64,
}

impl std::fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}-{:05}", self.county_code, self.year, self.seq)
    }
}

impl CaseNumber {
    /// Reads a number as people type it: full-width digits, blanks and missing leading zeros are
    /// forgiven. `None` if it is no number.
    pub fn parse(typed: &str) -> Option<Self> {
        let plain: String = typed
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| match c {
                '\u{ff10}'..='\u{ff19}' => char::from_digit(c as u32 - 0xff10, 10).unwrap_or(c),
                '\u{2013}' | '\u{2014}' | '\u{ff0d}' | '_' => '-',
                other => other,
            })
            .collect();
        let mut parts = plain.split('-');
        let (code, year, seq) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = |s: &str, min: usize, max: usize| {
            (min..=max).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit())
        };
        if parts.next().is_some() || !digits(code, 2, 12) || !digits(year, 4, 4) || !digits(seq, 1, 12) {
            return None;
        }
        let seq: i64 = seq.parse().ok()?;
        (seq > 0).then_some(Self { county_code: code.to_owned(), year: year.parse().ok()?, seq })
    }
}

/// Who must act now (当前责任): a unit, and one account where the unit named one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Holder {
    /// The unit; 0 only while no unit answers for the place.
    pub unit: i64,
    /// The account within it; 0 = anyone of the unit with the duty.
    pub account: i64,
}

/// A case (案件) as a deed loads it: everything that a decision needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its id.
    pub id: Id<Case>,
    /// Its number.
    pub number: String,
    /// Where it is.
    pub place: Place,
    /// Where it stands.
    pub stage: Stage,
    /// The level that answers.
    pub level: Level,
    /// Its category.
    pub category: i64,
    /// How it came in.
    pub channel: Channel,
    /// One line.
    pub title: String,
    /// The matter in full.
    pub body: String,
    /// Where exactly, in words.
    pub spot: String,
    /// Who must act now.
    pub holder: Holder,
    /// Who handled it last (接单、反馈的单位与人).
    pub handler: Holder,
    /// The unit that dispatched it, and therefore verifies (派单单位).
    pub back_unit: i64,
    /// When the answer is due.
    pub due: Millis,
    /// The account that registered it; 0 for the public.
    pub registered_by: i64,
    /// When it came in.
    pub created: Millis,
    /// When it was accepted.
    pub accepted: Option<Millis>,
    /// When it was last closed.
    pub closed: Option<Millis>,
    /// When it was confirmed.
    pub confirmed: Option<Millis>,
    /// How it ended, once closed.
    pub ending: Option<Ending>,
    /// Counts every change; a form sends back the one it showed.
    pub version: i64,
    /// Whether anyone may see it (masked) on the public list.
    pub is_public: bool,
    /// How many others said "me too".
    pub metoo_count: i64,
}

/// Who brought it (来件人). Optional, sealed in the database, opened only on purpose and on record.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reporter {
    /// A name, as given.
    pub name: String,
    /// A telephone number or another way to reach them.
    pub contact: String,
    /// Whether they asked to be kept confidential even inside the handling unit.
    pub confidential: bool,
}

impl Reporter {
    /// Takes what was typed. Nothing is obligatory; a telephone number must look like one.
    ///
    /// # Errors
    /// Invalid by field (`name`, `contact`).
    pub fn new(name: &str, contact: &str, confidential: bool) -> Result<Self, Stop> {
        let name = super::Line::new("name", name)?.into_string();
        let contact: String = super::Line::new("contact", contact)?.into_string();
        let digits = contact.chars().filter(char::is_ascii_digit).count();
        if !contact.is_empty() && !contact.contains('@') && digits < 7 {
            return Err(Invalid::field("contact", "case.field.contact_unusable").into());
        }
        Ok(Self { name, contact, confidential })
    }

    /// Whether nothing was left behind.
    pub fn is_empty(&self) -> bool {
        self.name.is_empty() && self.contact.is_empty()
    }
}

/// How an extra question of a category is answered (附加问题类型).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// A line of text.
    Text,
    /// A whole number.
    Number,
    /// Yes or no.
    YesNo,
    /// One of a list.
    Choice,
    /// A calendar day.
    Date,
}

/// An extra question of a category (附加问题), from the regional pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The field's name, unique within the category.
    pub code: String,
    /// The question as the resident reads it.
    pub label: String,
    /// How it is answered.
    pub kind: QuestionKind,
    /// Whether it must be answered.
    #[serde(default)]
    pub required: bool,
    /// The choices, for a choice.
    #[serde(default)]
    pub choices: Vec<String>,
}

/// A category of matters (事项类别), a node of a tree of any depth, from the regional pack. What the
/// pack lets a node inherit is filled in already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Its id in this installation.
    pub id: i64,
    /// Its stable code in the pack.
    pub code: String,
    /// The node above; 0 for a root.
    pub parent: i64,
    /// Its name.
    pub name: String,
    /// Order in the tree.
    pub position: i64,
    /// What is asked; only on leaves, and only a leaf can be chosen.
    pub kind: Option<RequestKind>,
    /// First instant at which it may be chosen.
    pub valid_from: Millis,
    /// First instant at which it may not be chosen any more.
    pub valid_to: Option<Millis>,
    /// The time until the answer is due.
    pub term: Term,
    /// Where the term comes from, as shown: a law's article or a local rule.
    pub days_source: String,
    /// Whether a village or a spot must be given.
    pub needs_place: bool,
    /// Whether reporting it done needs a photograph or a paper, whichever.
    pub needs_evidence: bool,
    /// What reporting it done must bring, where the pack says so one by one.
    pub proofs: Vec<Proof>,
    /// Whether it tells of a danger on the spot.
    pub is_urgent: bool,
    /// Whether cases of it may be shown (masked) on the public list.
    pub is_public: bool,
    /// Its extra questions.
    pub questions: Vec<Question>,
    /// What people call it (别名): other words under which a search finds it.
    pub also_called: Vec<String>,
}

impl Category {
    /// Whether it may be chosen at `at`.
    pub fn is_valid(&self, at: Millis) -> bool {
        self.valid_from <= at && self.valid_to.is_none_or(|end| at < end)
    }
}

/// A term out of its number and letters. What is not understood counts as calendar days.
pub fn term_of(days: i64, letters: &str) -> Term {
    let n = u32::try_from(days).unwrap_or(0);
    format!("{n}{letters}").parse().unwrap_or(Term { n, unit: Unit::Day })
}

/// The letters of a term's unit.
pub fn letters(term: Term) -> String {
    term.to_string().trim_start_matches(|c: char| c.is_ascii_digit()).to_owned()
}

/// Which unit a routing rule names (责任单位的写法): the unit of a kind, at a level of the case's own
/// place, so that one rule serves every county. `水务局` at county level is 凉州区水务局 in 凉州区.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitPick {
    /// What sort of body.
    pub kind: UnitKind,
    /// The end of its name; empty = any name.
    pub name: String,
    /// At which level of the place.
    pub level: Level,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_is_read_as_people_type_it() {
        let n = CaseNumber { county_code: "620602".into(), year: 2026, seq: 500 };
        assert_eq!(n.to_string(), "620602-2026-00500");
        assert_eq!(CaseNumber::parse(" 620602 - 2026-500 "), Some(n.clone()));
        assert_eq!(CaseNumber::parse("620602\u{2014}2026\u{2014}\u{ff10}0500"), Some(n));
        for bad in [
            "",
            "620602-2026",
            "620602-2026-0",
            "a-2026-1",
            "620602-26-1",
            "620602-2026-1-1",
            "1-1-99999999999999999999",
        ] {
            assert_eq!(CaseNumber::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_number_reads_back(code in 100_000u32..999_999, year in 1990i64..2200, seq in 1i64..10_000_000) {
            let n = CaseNumber { county_code: code.to_string(), year, seq };
            prop_assert_eq!(CaseNumber::parse(&n.to_string()), Some(n));
        }

        #[test]
        fn no_text_makes_the_parser_stumble(text in "\\PC{0,40}") {
            let _ = CaseNumber::parse(&text);
        }
    }

    #[test]
    fn a_contact_must_be_usable_if_given() {
        assert!(Reporter::new("", "", false).unwrap().is_empty());
        assert!(Reporter::new("王某", "0935-2212345", false).is_ok());
        assert!(Reporter::new("", "12345", false).is_err());
        assert!(Reporter::new("", "a@b.cn", true).is_ok());
    }

    #[test]
    fn a_point_is_on_the_globe() {
        assert!(Point::wgs84(379_000_000, 1_026_000_000).is_ok());
        assert!(Point::wgs84(979_000_000, 1_026_000_000).is_err());
        assert!(Point::new(1, 1, 1, 1, "mars").is_err());
    }
}
