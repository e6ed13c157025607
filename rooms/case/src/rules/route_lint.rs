//! What is wrong with a routing table (规则表检查) before it is published: rules that can never decide, units that are
//! gone or have nobody, categories that nobody receives.
//!
//! Deliberately absent: any look at matters or at who brought them. The table is held against units, posts,
//! categories and places only.

use std::collections::{BTreeMap, HashSet};

use access::Place;
use base::{Id, Millis};
use territory::{Atlas, Division};

use super::catalogue::Catalogue;
use super::routing::{Matter, Moment, lies_in, suggest};
use crate::model::{Category, Channel, Level, RouteDays, RouteRule, RouteWhen};

/// What is found (检查结论).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flaw {
    /// An earlier rule decides wherever it could, for another unit.
    Shadowed,
    /// The category has ended or is not known.
    CategoryOver,
    /// The division has ended or is not known.
    PlaceOver,
    /// The named unit does not exist.
    UnitOver,
    /// The named unit does not answer for any part of the area.
    UnitElsewhere,
    /// The named unit has no post in force.
    UnitEmpty,
    /// An earlier rule decides wherever it could, for the same unit.
    Needless,
    /// Its time is over.
    PeriodOver,
    /// No place of the area has such a unit.
    UnitNowhere,
    /// Some of the units that it means have no post in force.
    SomeEmpty,
}

impl Flaw {
    /// Whether it keeps a table from being published.
    pub const fn is_error(self) -> bool {
        !matches!(self, Self::Needless | Self::PeriodOver | Self::UnitNowhere | Self::SomeEmpty)
    }

    /// The catalogue's key of the sentence, with the word `what`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Shadowed => "case.route.flaw_shadowed",
            Self::CategoryOver => "case.route.flaw_category_over",
            Self::PlaceOver => "case.route.flaw_place_over",
            Self::UnitOver => "case.route.flaw_unit_over",
            Self::UnitElsewhere => "case.route.flaw_unit_elsewhere",
            Self::UnitEmpty => "case.route.flaw_unit_empty",
            Self::Needless => "case.route.flaw_needless",
            Self::PeriodOver => "case.route.flaw_period_over",
            Self::UnitNowhere => "case.route.flaw_unit_nowhere",
            Self::SomeEmpty => "case.route.flaw_some_empty",
        }
    }
}

/// One finding about one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's code.
    pub code: String,
    /// What.
    pub flaw: Flaw,
    /// The other rule, or the units, in words.
    pub what: String,
}

/// A category that nobody receives somewhere (无人接收的类别).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreceived {
    /// The category.
    pub category: i64,
    /// The divisions, of the level that was asked about.
    pub places: Vec<i64>,
}

/// What a table is held against.
#[derive(Clone, Copy)]
pub struct Sight<'a> {
    /// Categories and units.
    pub catalogue: &'a Catalogue,
    /// Divisions.
    pub atlas: &'a Atlas,
    /// The units that have a post in force.
    pub staffed: &'a HashSet<i64>,
    /// Now.
    pub now: Millis,
}

/// Units that a finding names.
const NAMED: usize = 3;

/// Everything that is wrong with single rules, in the table's order.
pub fn findings(rules: &[RouteRule], sight: Sight<'_>) -> Vec<Finding> {
    let mut all = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        let mut add = |flaw, what: String| all.push(Finding { code: rule.code.clone(), flaw, what });
        if let Some(by) = rules[..at].iter().find(|earlier| sight.covers(earlier, rule)) {
            let same = (by.named, &by.unit) == (rule.named, &rule.unit);
            add(if same { Flaw::Needless } else { Flaw::Shadowed }, by.code.clone());
        }
        if rule.category != 0 && !sight.category(rule.category).is_some_and(|c| c.is_valid(sight.now)) {
            add(Flaw::CategoryOver, sight.catalogue.category_name(rule.category).to_owned());
        }
        if rule.place != 0 && !sight.place_lives(rule.place) {
            add(Flaw::PlaceOver, sight.atlas.name(Id::of(rule.place)).to_owned());
        }
        if rule.when.until.is_some_and(|until| until <= sight.now) {
            add(Flaw::PeriodOver, String::new());
        }
        if let Some((flaw, what)) = sight.target_flaw(rule) {
            add(flaw, what);
        }
    }
    all
}

/// The errors of a table that its base did not have yet: what a publication is refused for.
pub fn new_errors(base: &[RouteRule], rules: &[RouteRule], sight: Sight<'_>) -> Vec<Finding> {
    let known: HashSet<(String, Flaw)> =
        findings(base, sight).into_iter().map(|f| (f.code, f.flaw)).collect();
    let mut errors = findings(rules, sight);
    errors.retain(|f| f.flaw.is_error() && !known.contains(&(f.code.clone(), f.flaw)));
    errors
}

/// The categories that nobody receives at these places, on a working day by the web. A place is one as a case has it.
pub fn unreceived(rules: &[RouteRule], sight: Sight<'_>, places: &[Place]) -> Vec<Unreceived> {
    let moment = Moment { at: sight.now, minute: 600, is_working: true };
    let mut found: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    let leaves = sight.catalogue.categories().filter(|c| c.kind.is_some() && c.is_valid(sight.now));
    for leaf in leaves {
        let categories = sight.catalogue.lineage(leaf.id);
        let mine: Vec<RouteRule> =
            rules.iter().filter(|r| r.category == 0 || categories.contains(&r.category)).cloned().collect();
        for place in places {
            let matter = Matter { categories: &categories, place, channel: Channel::Web, moment };
            if suggest(&mine, &sight.catalogue.units, matter).unit.is_none() {
                found.entry(leaf.id).or_default().push(place.as_scope().id);
            }
        }
    }
    found.into_iter().map(|(category, places)| Unreceived { category, places }).collect()
}

impl Sight<'_> {
    fn category(&self, id: i64) -> Option<&Category> {
        self.catalogue.category(id)
    }

    fn place_lives(&self, id: i64) -> bool {
        let division = self.atlas.division(Id::of(id)).is_some_and(|d| d.valid_to.is_none());
        division || self.atlas.grid(Id::of(id)).is_some()
    }

    /// Whether an earlier rule decides about everything that a later one could decide about. A rule falls through
    /// where there is no unit, so the earlier one must have a unit at every place at which the later one has one.
    fn covers(&self, earlier: &RouteRule, later: &RouteRule) -> bool {
        let category = earlier.category == 0
            || (later.category != 0 && self.catalogue.lineage(later.category).contains(&earlier.category));
        let place = earlier.place == 0 || (later.place != 0 && self.lies_inside(later.place, earlier.place));
        let channel = earlier.channel.is_none() || earlier.channel == later.channel;
        category
            && place
            && channel
            && covers_time(&earlier.when, &later.when)
            && self.always_has_unit(earlier, later)
    }

    fn lies_inside(&self, inner: i64, outer: i64) -> bool {
        inner == outer || lies_in(&self.place_of(inner), outer)
    }

    fn place_of(&self, id: i64) -> Place {
        match self.atlas.grid(Id::of(id)) {
            Some(grid) => Place { grid: id, ..access::place_of(&self.atlas.lineage(grid.village), None) },
            None => access::place_of(&self.atlas.lineage(Id::of(id)), None),
        }
    }

    /// Whether the earlier rule finds a unit wherever the later one does, which is somewhere. What is found for the
    /// widest place that a matter can have is found for every narrower one too.
    fn always_has_unit(&self, earlier: &RouteRule, later: &RouteRule) -> bool {
        let units = &self.catalogue.units;
        let named = units.get(later.named).map(|u| u.place);
        let widest = match (later.named, later.place) {
            (0, area) => self.places(area, later.unit.level),
            (_, 0) => named.into_iter().collect(),
            (_, area) => vec![self.place_of(area)],
        };
        let mut theirs = widest.iter().filter(|p| units.target(later, p).is_some()).peekable();
        theirs.peek().is_some() && theirs.all(|p| units.target(earlier, p).is_some())
    }

    /// The places of a level in an area; of everywhere for 0. A grid stands for itself.
    fn places(&self, area: i64, level: Level) -> Vec<Place> {
        let rung = rung_of(level);
        let roots: Vec<Id<Division>> = match area {
            0 => self.atlas.children(None).map(|e| e.id).collect(),
            id => vec![Id::of(id)],
        };
        let mut found: Vec<Place> = roots
            .into_iter()
            .flat_map(|root| self.atlas.below(root, rung))
            .map(|id| access::place_of(&self.atlas.lineage(id), None))
            .collect();
        if found.is_empty() && area != 0 {
            // The area is smaller than the level: its unit is the one above it.
            found.push(self.place_of(area));
        }
        found
    }

    fn target_flaw(&self, rule: &RouteRule) -> Option<(Flaw, String)> {
        let units = &self.catalogue.units;
        if rule.named != 0 {
            let unit = units.get(rule.named);
            let name = unit.map_or(String::new(), |u| u.name.clone());
            if !units.stands(rule.named) {
                return Some((Flaw::UnitOver, name));
            }
            let reach = unit.map(|u| u.place.as_scope())?;
            let inside = rule.place == 0
                || reach.holds(&self.place_of(rule.place))
                || reach.level > self.place_of(rule.place).as_scope().level
                    && lies_in(&unit.map(|u| u.place).unwrap_or_default(), rule.place);
            if !inside {
                return Some((Flaw::UnitElsewhere, name));
            }
            return (!self.staffed.contains(&rule.named)).then_some((Flaw::UnitEmpty, name));
        }
        let targets: HashSet<i64> =
            self.places(rule.place, rule.unit.level).iter().filter_map(|p| units.target(rule, p)).collect();
        if targets.is_empty() {
            return Some((Flaw::UnitNowhere, rule.unit.name.clone()));
        }
        let mut empty: Vec<&str> =
            targets.iter().filter(|u| !self.staffed.contains(u)).map(|u| units.name(*u)).collect();
        empty.sort_unstable();
        let more = if empty.len() > NAMED { "…" } else { "" };
        let named = empty.iter().take(NAMED).copied().collect::<Vec<_>>().join(" ");
        (!empty.is_empty()).then(|| (Flaw::SomeEmpty, format!("{} · {named}{more}", empty.len())))
    }
}

fn covers_time(earlier: &RouteWhen, later: &RouteWhen) -> bool {
    let from = earlier.from.is_none_or(|e| later.from.is_some_and(|l| e <= l));
    let until = earlier.until.is_none_or(|e| later.until.is_some_and(|l| l <= e));
    let minutes = (0..24 * 60).all(|m| !later.holds_minute(m) || earlier.holds_minute(m));
    let days = earlier.days == RouteDays::Any || earlier.days == later.days;
    from && until && days && minutes
}

/// The rung of the tree of divisions on which a level's units stand.
fn rung_of(level: Level) -> territory::Kind {
    match level {
        Level::Village => territory::Kind::Village,
        Level::Town => territory::Kind::Town,
        Level::County => territory::Kind::County,
        Level::City => territory::Kind::City,
        Level::Province => territory::Kind::Province,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_covers_what_lies_in_it() {
        let any = RouteWhen::default();
        let day = RouteWhen { minutes: Some((540, 1080)), ..any };
        let night = RouteWhen { minutes: Some((1320, 360)), ..any };
        let late = RouteWhen { minutes: Some((1380, 1400)), ..any };
        let work = RouteWhen { days: RouteDays::Working, ..any };
        let march = RouteWhen { from: Some(Millis(10)), until: Some(Millis(20)), ..any };
        assert!(covers_time(&any, &day) && !covers_time(&day, &any));
        assert!(covers_time(&night, &late) && !covers_time(&night, &day));
        assert!(covers_time(&any, &work) && !covers_time(&work, &any) && covers_time(&work, &work));
        assert!(covers_time(&any, &march) && !covers_time(&march, &any) && covers_time(&march, &march));
    }
}
