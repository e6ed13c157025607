//! What goes upwards (上报内容): sums by division, category and day. The types hold codes, days and whole numbers; there is no
//! field for a record, a name, a place below the division or a word that somebody wrote (RIGHTS.md, N18).

use base::{Id, Millis};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Installation;

/// The category of a row for all categories together.
pub const ANY: &str = "";
/// The category of a row for those that are too small to be told apart.
pub const OTHER: &str = "other";

/// The statistical code of a division (区划代码): digits only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[0-9]{2,12}$", example = "620602000000")]
pub struct DivisionCode(String);

impl DivisionCode {
    /// Reads a code; none where it is no row of digits.
    pub fn parse(text: &str) -> Option<Self> {
        let fine = (2..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        fine.then(|| Self(text.to_owned()))
    }

    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for DivisionCode {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a division has a code of digits")
    }
}

impl From<DivisionCode> for String {
    fn from(code: DivisionCode) -> Self {
        code.0
    }
}

/// The code of a category at the top of the catalogue (大类代码): empty for all together, `other` for what is folded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[0-9a-z_]{0,16}$", example = "02")]
pub struct CategoryCode(String);

impl CategoryCode {
    /// Reads a code; none where it could be a sentence.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_digit() || b.is_ascii_lowercase() || b == b'_';
        (text.len() <= 16 && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }

    /// All categories together.
    pub fn any() -> Self {
        Self(ANY.to_owned())
    }

    /// Those that are folded.
    pub fn other() -> Self {
        Self(OTHER.to_owned())
    }

    /// Its letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it stands for all together.
    pub fn is_any(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<String> for CategoryCode {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a category has a short code")
    }
}

impl From<CategoryCode> for String {
    fn from(code: CategoryCode) -> Self {
        code.0
    }
}

web::names! {
    /// What is counted (上报指标), as the figures of the installation count it. None of it is about a person.
    pub enum Measure {
        /// 受理: brought on the day.
        Received = "received",
        /// 应结案: its answer was due on the day.
        Due = "due",
        /// 结案: of these, answered by the end of the day.
        Done = "done",
        /// 按期结案: of these, answered in time.
        OnTime = "on_time",
        /// 超期: of those due, answered late or not at all.
        Missed = "missed",
        /// 延期: of those due, given more time.
        Extended = "extended",
        /// 重办: of those due, contested or reopened after the answer.
        Reopened = "reopened",
        /// 回访表态: closed on the day, called back, said whether satisfied.
        Said = "said",
        /// 满意: of these, satisfied.
        Satisfied = "satisfied",
    }
}

/// The numbers of a row (数值). What was said at call-backs stands only in the row of all categories together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    /// See [`Measure::Received`].
    pub received: i64,
    /// See [`Measure::Due`].
    pub due: i64,
    /// See [`Measure::Done`].
    pub done: i64,
    /// See [`Measure::OnTime`].
    pub on_time: i64,
    /// See [`Measure::Missed`].
    pub missed: i64,
    /// See [`Measure::Extended`].
    pub extended: i64,
    /// See [`Measure::Reopened`].
    pub reopened: i64,
    /// See [`Measure::Said`].
    pub said: i64,
    /// See [`Measure::Satisfied`].
    pub satisfied: i64,
}

/// No count of one day is larger; sums of a province stay far below what a number holds.
const MOST: i64 = 1_000_000_000;

impl Numbers {
    fn slot(&mut self, measure: Measure) -> &mut i64 {
        match measure {
            Measure::Received => &mut self.received,
            Measure::Due => &mut self.due,
            Measure::Done => &mut self.done,
            Measure::OnTime => &mut self.on_time,
            Measure::Missed => &mut self.missed,
            Measure::Extended => &mut self.extended,
            Measure::Reopened => &mut self.reopened,
            Measure::Said => &mut self.said,
            Measure::Satisfied => &mut self.satisfied,
        }
    }

    /// One of them.
    pub fn get(mut self, measure: Measure) -> i64 {
        *self.slot(measure)
    }

    /// Adds to one of them.
    pub fn add(&mut self, measure: Measure, n: i64) {
        *self.slot(measure) += n;
    }

    /// Each with the other's.
    #[must_use]
    pub fn plus(mut self, other: Self) -> Self {
        use web::Names;
        Measure::ALL.iter().for_each(|m| self.add(*m, other.get(*m)));
        self
    }

    /// Each without the other's.
    #[must_use]
    pub fn minus(mut self, other: Self) -> Self {
        use web::Names;
        Measure::ALL.iter().for_each(|m| self.add(*m, -other.get(*m)));
        self
    }

    /// Whether each is a count.
    pub fn are_counts(self) -> bool {
        use web::Names;
        Measure::ALL.iter().all(|m| (0..=MOST).contains(&self.get(*m)))
    }
}

/// One division, one category, one day (汇总行).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The division.
    pub division: DivisionCode,
    /// The category.
    pub category: CategoryCode,
    /// What was counted.
    pub numbers: Numbers,
}

/// What an installation says of one day (日报). Signed as it stands, written the same way every time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Who reports: the number that the upper installation gave.
    #[schema(value_type = String, min_length = 13, max_length = 13)]
    pub installation: Id<Installation>,
    /// Counts up from 1 with each report, whatever its day.
    pub sequence: i64,
    /// The day that it is about.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// 0 for the first report of the day; a later one replaces it.
    pub revision: i64,
    /// Whether the day was over.
    pub complete: bool,
    /// When it was made, in milliseconds since 1970.
    #[schema(value_type = i64)]
    pub made_ms: Millis,
    /// Divisions whose own report of the day had not come to the reporting installation.
    pub missing: Vec<DivisionCode>,
    /// The sums, by division and category.
    pub rows: Vec<Row>,
}

/// That an installation is alive (心跳), between two reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Beat {
    /// Who.
    #[schema(value_type = String, min_length = 13, max_length = 13)]
    pub installation: Id<Installation>,
    /// The sequence number of its latest report, sent or not.
    pub last_sequence: i64,
}

/// The one-time code with which a registered key is proved to be in the hands of whoever was given the code (配对).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkAsk {
    /// The public key (Ed25519), in Base64.
    pub key: String,
    /// The code.
    pub code: String,
}

/// The number under which an installation reports from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LinkAnswer {
    /// The number.
    #[schema(value_type = String)]
    pub installation: Id<Installation>,
}

/// That a report is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportAnswer {
    /// SHA-256 of the report's bytes, in hexadecimal.
    pub digest: String,
    /// Whether it was kept before and this one changed nothing.
    pub known: bool,
    /// The highest sequence number that is kept.
    pub last_sequence: i64,
    /// Lower sequence numbers that are not kept, the first fifty: please send them again.
    pub missing: Vec<i64>,
}

/// That a beat was heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BeatAnswer {
    /// The highest sequence number that is kept.
    pub last_sequence: i64,
    /// Sequence numbers that are not kept, the first fifty: please send them again.
    pub missing: Vec<i64>,
}
