//! The routing table and its rules (派单规则表): versions, conditions of time, and a rule as it is typed.

use access::Place;
use base::{Id, Invalid, Millis, Outcome};

use super::{Channel, Line, UnitPick};

/// On which days a rule holds (适用日), by the work calendar of the matter's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteDays {
    /// Any day (不限).
    #[default]
    Any,
    /// Working days, made-up ones among them (工作日).
    Working,
    /// Days of rest (休息日).
    Rest,
}

impl RouteDays {
    /// In the order of the form.
    pub const ALL: [Self; 3] = [Self::Any, Self::Working, Self::Rest];

    /// As stored and sent.
    pub const fn code(self) -> &'static str {
        ["any", "working", "rest"][self as usize]
    }

    /// Reads a code back.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.code() == code)
    }

    /// The catalogue's key.
    pub const fn key(self) -> &'static str {
        ["case.route.days_any", "case.route.days_working", "case.route.days_rest"][self as usize]
    }
}

/// When a rule holds (适用时间). Everything that is set must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RouteWhen {
    /// From this instant on.
    pub from: Option<Millis>,
    /// Before this instant.
    pub until: Option<Millis>,
    /// From one minute of the day until before another; over midnight when the first is the greater.
    pub minutes: Option<(i64, i64)>,
    /// On these days.
    pub days: RouteDays,
}

impl RouteWhen {
    /// Whether nothing is asked of the time.
    pub fn is_any(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a minute of the day lies in its hours.
    pub fn holds_minute(&self, minute: i64) -> bool {
        match self.minutes {
            None => true,
            Some((from, until)) if from <= until => from <= minute && minute < until,
            Some((from, until)) => from <= minute || minute < until,
        }
    }
}

/// One line of the routing table (派单规则): the first that matches decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteRule {
    /// Its id in this installation: every version of the table has rows of its own.
    pub id: i64,
    /// Its code, the same in every version.
    pub code: String,
    /// Its place in the table; the table is read in this order.
    pub position: i64,
    /// The category it speaks of, with everything below; 0 = any.
    pub category: i64,
    /// The division or grid it speaks of, with everything inside; 0 = anywhere.
    pub place: i64,
    /// The channel it speaks of; `None` = any.
    pub channel: Option<Channel>,
    /// When it holds.
    pub when: RouteWhen,
    /// The unit it names by kind, end of name and level.
    pub unit: UnitPick,
    /// The very unit that it names instead; 0 = none.
    pub named: i64,
    /// Why, in words that are shown and kept with the case: "供水归水务部门(三定方案)".
    pub why: String,
}

impl RouteRule {
    /// Whether two rules say the same, wherever they stand.
    pub fn says_same(&self, other: &Self) -> bool {
        *self == Self { id: self.id, position: self.position, ..other.clone() }
    }
}

/// Where a version of the table comes from (来历).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteOrigin {
    /// The pack's own table as loaded (地区包).
    Pack,
    /// An administrator's draft (管理员).
    Admin,
    /// The present table with a new pack's changes (并入新地区包).
    Merge,
}

impl RouteOrigin {
    const ALL: [Self; 3] = [Self::Pack, Self::Admin, Self::Merge];

    /// As stored.
    pub const fn code(self) -> &'static str {
        ["pack", "admin", "merge"][self as usize]
    }

    /// Reads a code back.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.code() == code)
    }

    /// The catalogue's key.
    pub const fn key(self) -> &'static str {
        ["case.route.origin_pack", "case.route.origin_admin", "case.route.origin_merge"][self as usize]
    }
}

/// Where a version stands (版本状态).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteState {
    /// It can be changed (草稿).
    Draft,
    /// It is or was in force (已发布).
    Published,
    /// Given up (已放弃).
    Dropped,
    /// A pack's own table, kept to be compared with (地区包原表).
    Pack,
}

impl RouteState {
    /// In the order of the filter.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Published, Self::Dropped, Self::Pack];

    /// In an address.
    pub const fn code(self) -> &'static str {
        ["draft", "published", "dropped", "pack"][self as usize]
    }

    /// Reads a code back.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }

    /// The catalogue's key.
    pub const fn key(self) -> &'static str {
        [
            "case.route.state_draft",
            "case.route.state_published",
            "case.route.state_dropped",
            "case.route.state_pack",
        ][self as usize]
    }
}

/// A publication (发布): who, when, why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutePublication {
    /// Who.
    pub account: i64,
    /// When.
    pub at: Millis,
    /// Why, in words.
    pub why: String,
}

/// A version of the routing table (规则表版本): a draft, or published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteTable {
    /// Its id.
    pub id: Id<RouteTable>,
    /// Where it comes from.
    pub origin: RouteOrigin,
    /// The published version that it was begun from; 0 = none.
    pub based_on: i64,
    /// The pack's table that it takes account of; 0 = none.
    pub pack: i64,
    /// Who began it.
    pub account: i64,
    /// When.
    pub at: Millis,
    /// Who changed it last.
    pub edited_by: i64,
    /// When.
    pub edited: Millis,
    /// Counts every change of a draft.
    pub revision: i64,
    /// When it was given up.
    pub dropped: Option<Millis>,
    /// Its publication.
    pub publication: Option<RoutePublication>,
}

impl RouteTable {
    /// Where it stands.
    pub fn state(&self) -> RouteState {
        match (&self.publication, self.dropped, self.origin) {
            (Some(_), ..) => RouteState::Published,
            (_, Some(_), _) => RouteState::Dropped,
            (_, _, RouteOrigin::Pack) => RouteState::Pack,
            _ => RouteState::Draft,
        }
    }

    /// Whether it can still be changed.
    pub fn is_draft(&self) -> bool {
        self.state() == RouteState::Draft
    }
}

/// A past matter as routing looks at it (试算件).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastMatter {
    /// The case.
    pub id: i64,
    /// Where.
    pub place: Place,
    /// Its category.
    pub category: i64,
    /// How it came in.
    pub channel: Channel,
    /// When.
    pub created: Millis,
}

/// A rule as it is typed (填写的规则).
#[derive(Debug, Clone)]
pub struct NewRule {
    /// The category; 0 = any.
    pub category: i64,
    /// The division; 0 = anywhere.
    pub place: i64,
    /// The channel.
    pub channel: Option<Channel>,
    /// When.
    pub when: RouteWhen,
    /// By kind.
    pub unit: Option<UnitPick>,
    /// By name.
    pub named: i64,
    /// Why.
    pub why: String,
}

impl NewRule {
    /// The rule under a code and an id.
    ///
    /// # Errors
    /// Invalid by field: no unit, no reason, a time that never comes.
    pub fn rule(self, id: i64, code: String, position: i64) -> Outcome<RouteRule> {
        let mut invalid = Invalid::default();
        if self.unit.is_none() && self.named == 0 {
            invalid.push("unit_kind", "case.field.route_unit");
        }
        if self.why.trim().is_empty() {
            invalid.push("why", "case.field.missing");
        }
        if matches!((self.when.from, self.when.until), (Some(from), Some(until)) if until <= from) {
            invalid.push("until", "case.field.route_until");
        }
        if matches!(self.when.minutes, Some((from, until)) if from == until) {
            invalid.push("minute_until", "case.field.route_minutes");
        }
        let why = Line::new("why", &self.why);
        let fallback =
            UnitPick { kind: access::UnitKind::Department, name: String::new(), level: super::Level::County };
        invalid.or(())?;
        Ok(RouteRule {
            id,
            code,
            position,
            category: self.category,
            place: self.place,
            channel: self.channel,
            when: self.when,
            unit: self.unit.unwrap_or(fallback),
            named: self.named,
            why: why?.into_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_may_run_over_midnight() {
        let of = |from, until| RouteWhen { minutes: Some((from, until)), ..RouteWhen::default() };
        assert!(of(540, 720).holds_minute(540) && !of(540, 720).holds_minute(720));
        let night = of(22 * 60, 6 * 60);
        assert!(night.holds_minute(23 * 60) && night.holds_minute(0) && !night.holds_minute(6 * 60));
        assert!(RouteWhen::default().is_any() && RouteWhen::default().holds_minute(0));
    }

    #[test]
    fn everything_wrong_with_a_rule_is_said_at_once() {
        let new = NewRule {
            category: 0,
            place: 0,
            channel: None,
            when: RouteWhen { from: Some(Millis(5)), until: Some(Millis(5)), ..RouteWhen::default() },
            unit: None,
            named: 0,
            why: " ".into(),
        };
        let Err(base::Stop::Invalid(invalid)) = new.rule(1, "x".into(), 0) else { panic!("no trouble") };
        let fields: Vec<_> = invalid.fields.iter().map(|f| f.field.to_string()).collect();
        assert_eq!(fields, ["unit_kind", "why", "until"]);
    }
}
