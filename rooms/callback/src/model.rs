//! The nouns: the rule, a week, a draw, a call and what was said.

use base::{Fault, Millis, Zone};
use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};
use serde::Deserialize;

/// How much is drawn and how often somebody is called (抽样规则), as `callback.toml` of a pack has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Which version.
    pub version: String,
    /// Of a hundred closed cases.
    pub percent: i64,
    /// At least so many, if there are.
    pub least: i64,
    /// At most so many.
    pub most: i64,
    /// Calls that do not get through before it counts as not reached.
    pub attempts: i64,
    /// Days in which the calls are made.
    pub days: i64,
    /// Where the numbers come from.
    pub source: String,
}

impl Rule {
    /// Reads a pack's file.
    ///
    /// # Errors
    /// What is wrong, with the line.
    pub fn read(text: &str) -> Result<Self, Fault> {
        let rule: Self = toml::from_str(text).map_err(|e| Fault::new(format!("callback.toml: {e}")))?;
        let fits = (1..=100).contains(&rule.percent)
            && (1..=rule.most).contains(&rule.least)
            && rule.most <= 1_000
            && (1..=10).contains(&rule.attempts)
            && (1..=60).contains(&rule.days)
            && !rule.version.is_empty();
        if fits { Ok(rule) } else { Err(Fault::new("callback.toml: a number does not fit")) }
    }

    /// How many are drawn of so many.
    pub fn size_of(&self, population: i64) -> i64 {
        let share = (population * self.percent + 99) / 100;
        share.clamp(self.least, self.most).min(population)
    }
}

/// A week from Monday to Sunday (周), as ISO 8601 numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Week(Date);

impl Week {
    /// The week of a day.
    pub fn of(day: Date) -> Self {
        let back = i32::from(day.weekday().to_monday_zero_offset());
        Self(day.checked_sub(back.days()).unwrap_or(day))
    }

    /// Reads `2026-W09`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, week) = text.split_once("-W")?;
        let iso =
            jiff::civil::ISOWeekDate::new(year.parse().ok()?, week.parse().ok()?, Weekday::Monday).ok()?;
        Some(Self(iso.date()))
    }

    /// `2026-W09`.
    pub fn name(self) -> String {
        let iso = self.0.iso_week_date();
        format!("{:04}-W{:02}", iso.year(), iso.week())
    }

    /// Its Monday.
    pub fn monday(self) -> Date {
        self.0
    }

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.checked_add(7.days()).unwrap_or(self.0))
    }

    /// Its first instant and the first after it.
    pub fn span(self, zone: &Zone) -> (Millis, Millis) {
        (zone.start_of(self.0), zone.start_of(self.next().0))
    }
}

/// A week's draw of a county (抽签), with all that is needed to repeat it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    /// Its id.
    pub id: i64,
    /// The county.
    pub county: i64,
    /// Its statistical code, which goes into the seed.
    pub county_code: String,
    /// The week in which the cases were closed.
    pub week: String,
    /// The week's first instant.
    pub from: Millis,
    /// The first after it.
    pub to: Millis,
    /// When it was drawn.
    pub at: Millis,
    /// Until when the calls are made.
    pub until: Millis,
    /// The rule.
    pub rule: i64,
    /// The signed checkpoint from which the seed comes.
    pub checkpoint: i64,
    /// When that was signed.
    pub checkpoint_at: Millis,
    /// The journal's entries that it covers.
    pub checkpoint_size: i64,
    /// Its root, in base64.
    pub root: String,
    /// The seed, in hexadecimal.
    pub seed: String,
    /// Which way of drawing.
    pub method: String,
    /// How many cases were closed in the week.
    pub population: i64,
    /// SHA-256 of their numbers, a line each, in order.
    pub population_digest: String,
    /// How many were drawn.
    pub drawn: i64,
}

web::names! {
    /// How a call stands (回访状态).
    pub enum CallState {
        /// Not called yet, or not reached yet.
        Open = "open",
        /// Somebody answered and said something.
        Reached = "reached",
        /// Called as often as the rule says; nobody answered.
        Unreached = "unreached",
        /// The time for calling went by: the offices' own omission, shown as that.
        Lapsed = "lapsed",
    }
}

web::names! {
    /// What somebody said to a question.
    pub enum Said {
        /// Yes.
        Yes = "yes",
        /// No.
        No = "no",
        /// Did not want to say.
        Unsaid = "unsaid",
    }
}

web::names! {
    /// Why a call did not get through (未接通原因).
    pub enum TryOutcome {
        /// Nobody answered.
        NoAnswer = "no_answer",
        /// Busy.
        Busy = "busy",
        /// Switched off, or no such number.
        Dead = "dead",
        /// Somebody else answered.
        Other = "other",
        /// No way to be reached was left.
        None = "none",
    }
}

web::names! {
    /// What is counted of the calls, each as a condition: a number and its list ask the same.
    pub enum Counter {
        /// Drawn.
        Drawn = "drawn",
        /// Reached.
        Reached = "reached",
        /// Called in vain as often as the rule says.
        Unreached = "unreached",
        /// Never called in time.
        Lapsed = "lapsed",
        /// Still to be called.
        Open = "open",
        /// The office had been in touch.
        Contacted = "contacted",
        /// Said whether the office had been in touch.
        ContactedSaid = "contacted_said",
        /// Solved.
        Solved = "solved",
        /// Said whether it is solved.
        SolvedSaid = "solved_said",
        /// Satisfied.
        Satisfied = "satisfied",
        /// Said whether satisfied.
        SatisfiedSaid = "satisfied_said",
        /// Said that it is not solved.
        NotSolved = "not_solved",
    }
}

/// What was said on the telephone (回访结果).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// Was the office in touch?
    pub contacted: Said,
    /// Is it solved?
    pub solved: Said,
    /// Satisfied with how it was done?
    pub satisfied: Said,
    /// In their own words; may be empty.
    pub words: String,
}

/// A case that was drawn (回访件).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Its id.
    pub id: i64,
    /// The draw.
    pub draw: i64,
    /// Its place in the draw, from 1.
    pub position: i64,
    /// The case.
    pub case: i64,
    /// Its number.
    pub number: String,
    /// The county.
    pub county: i64,
    /// The unit that answers for it.
    pub unit: i64,
    /// Its category.
    pub category: i64,
    /// When it was closed in that week.
    pub closed: Millis,
    /// Until when the call is made.
    pub until: Millis,
    /// How it stands.
    pub state: CallState,
    /// Who calls; 0 = nobody has taken it.
    pub account: i64,
    /// How often it was tried in vain.
    pub tries: i64,
    /// When it came to an end.
    pub ended: Option<Millis>,
    /// What was said.
    pub answers: Option<Answers>,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const SHIPPED: &str = include_str!("../../../packs/wuwei/callback.toml");

    #[test]
    fn the_shipped_rule_reads_and_a_wrong_one_is_told() {
        let rule = Rule::read(SHIPPED).unwrap();
        assert_eq!(
            (rule.size_of(0), rule.size_of(3), rule.size_of(101), rule.size_of(9_999)),
            (0, 3, 11, 50)
        );
        assert!(Rule::read(&SHIPPED.replace("percent = 10", "percent = 0")).is_err());
        assert!(Rule::read(&SHIPPED.replace("least = 5", "least = 51")).is_err());
    }

    #[test]
    fn a_week_begins_on_monday_and_belongs_to_its_thursdays_year() {
        let week = Week::of(date(2026, 3, 1));
        assert_eq!((week.name(), week.monday()), ("2026-W09".into(), date(2026, 2, 23)));
        assert_eq!(Week::of(date(2027, 1, 1)).name(), "2026-W53");
        assert_eq!(Week::parse("2026-W09"), Some(week));
        assert_eq!(Week::parse("2026-W53").map(Week::next), Week::parse("2027-W01"));
        for bad in ["2026-W54", "2026-09", "x-W1", ""] {
            assert_eq!(Week::parse(bad), None, "{bad}");
        }
        let (from, to) = week.span(&Zone::default());
        assert_eq!(to.0 - from.0, 7 * base::DAY_MS);
    }
}
