//! The rule of a deadline (期限规则): how much, in what unit, from what event, and who said so.

use serde::{Deserialize, Serialize};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Hours within office hours (工作小时), e.g. two hours to take a case in hand.
    OfficeHour,
    /// Hours of the clock (小时); they count at once (Civil Code art. 201).
    Hour,
    /// Calendar days (日): what a law means that says only "日".
    Day,
    /// Working days (工作日): make-up days count, public holidays and weekends do not.
    WorkingDay,
    /// Months (月), to the day of the same number or the month's last (Civil Code art. 202).
    Month,
    /// Years (年), like months.
    Year,
}

/// So much of a unit: what a rule or an extension gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Term {
    /// How many.
    pub n: u32,
    /// Of what.
    pub unit: Unit,
}

/// Whether the day of the event counts as the first (起算日).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstDay {
    /// It does not: the law's rule (Civil Code art. 201, Civil Procedure Law art. 85).
    #[default]
    Excluded,
    /// It does, where a local rule says "含当日".
    Counted,
}

/// What happens when the last day is a rest day (期满日遇休息日). Terms in hours have no last day and do not
/// roll: forty-three hours would else end after forty-four.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Roll {
    /// It stays the last day.
    #[default]
    None,
    /// The next working day is the last day (顺延; Civil Code art. 203, Civil Procedure Law art. 85).
    NextWorkingDay,
}

/// For whom the deadline is strict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// It binds an office: read strictly.
    Office,
    /// It is a resident's time to act: read generously.
    Resident,
}

/// Who must act before the clock runs out (时限承担者). The room knows which one of the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// The village or community (村社区).
    Village,
    /// The unit that handles the matter (承办单位).
    Unit,
    /// The bureau that receives and transfers (信访工作机构 and the like).
    Bureau,
    /// The resident (群众).
    Resident,
}

impl Holder {
    /// How a deadline of this holder is read.
    pub fn party(self) -> Party {
        match self {
            Self::Village | Self::Unit | Self::Bureau => Party::Office,
            Self::Resident => Party::Resident,
        }
    }
}

/// A rule (期限规则).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// How much.
    pub term: Term,
    /// The event that starts it: a word of the catalogue under `deadline.event.`, such as `accepted`, or
    /// a pack's own words, shown as they are.
    pub start: String,
    /// Whether the event's day counts.
    #[serde(default)]
    pub first_day: FirstDay,
    /// Whether a rest day moves the end.
    #[serde(default)]
    pub roll: Roll,
    /// For whom it is strict.
    pub strict_for: Party,
    /// Which article says so; shown beside the date. Empty if nobody said so.
    #[serde(default)]
    pub source: String,
}

impl Rule {
    /// A rule that binds an office: the event's day is not counted, nothing rolls.
    pub fn office(n: u32, unit: Unit, start: &str, source: &str) -> Self {
        Self {
            term: Term { n, unit },
            start: start.to_owned(),
            first_day: FirstDay::Excluded,
            roll: Roll::None,
            strict_for: Party::Office,
            source: source.to_owned(),
        }
    }

    /// A rule for a resident's time to act: the end rolls to the next working day.
    pub fn resident(n: u32, unit: Unit, start: &str, source: &str) -> Self {
        Self {
            roll: Roll::NextWorkingDay,
            strict_for: Party::Resident,
            ..Self::office(n, unit, start, source)
        }
    }

    /// The same rule with its end rolling to a working day.
    #[must_use]
    pub fn rolling(self) -> Self {
        Self { roll: Roll::NextWorkingDay, ..self }
    }

    /// The same rule with the event's day as the first.
    #[must_use]
    pub fn counting_first_day(self) -> Self {
        Self { first_day: FirstDay::Counted, ..self }
    }
}
