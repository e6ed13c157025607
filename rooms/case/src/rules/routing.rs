//! Who answers for a matter (责任单位): the first rule of the table that matches decides, and what was
//! looked at on the way is kept with the case and shown.

use std::collections::HashMap;

use access::{Place, Unit, UnitKind};
use base::Millis;

use crate::model::{Channel, Level, RouteDays, RouteRule, RouteWhen, UnitPick};

/// Why a rule did or did not decide (逐条说明).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// It matched, and names a unit that exists here.
    Matched,
    /// It speaks of another category.
    OtherCategory,
    /// It speaks of another place.
    OtherPlace,
    /// It speaks of another channel.
    OtherChannel,
    /// It did not hold yet, or no longer.
    OtherPeriod,
    /// It speaks of other hours of the day.
    OtherHours,
    /// It speaks of working days, or of days of rest.
    OtherDays,
    /// It matched, but no unit of that kind answers for this place.
    NoSuchUnit,
}

impl Because {
    /// The catalogue's key of the sentence.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Matched => "case.fact.route_matched",
            Self::OtherCategory => "case.fact.route_other_category",
            Self::OtherPlace => "case.fact.route_other_place",
            Self::OtherChannel => "case.fact.route_other_channel",
            Self::OtherPeriod => "case.fact.route_other_period",
            Self::OtherHours => "case.fact.route_other_hours",
            Self::OtherDays => "case.fact.route_other_days",
            Self::NoSuchUnit => "case.fact.route_no_such_unit",
        }
    }
}

/// One line of the trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The rule's id.
    pub rule: i64,
    /// Its place in the table.
    pub position: i64,
    /// What came of it.
    pub because: Because,
}

/// A suggestion (派单建议): the unit, and the reason in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The unit; `None` when no rule matched.
    pub unit: Option<i64>,
    /// The rule that decided; 0 when none did.
    pub rule: i64,
    /// The rule's own words, kept with the case.
    pub why: String,
    /// Every rule that was looked at, in order.
    pub trace: Vec<Step>,
}

/// When a matter came in, as the rules look at it (来件时刻).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moment {
    /// The instant.
    pub at: Millis,
    /// The minute of the day.
    pub minute: i64,
    /// Whether the day is worked, where the matter is.
    pub is_working: bool,
}

/// What routing looks at. A person is not among it (N9).
#[derive(Debug, Clone, Copy)]
pub struct Matter<'a> {
    /// The category and everything above it, from the smallest up.
    pub categories: &'a [i64],
    /// Where it is.
    pub place: &'a Place,
    /// How it came in.
    pub channel: Channel,
    /// When.
    pub moment: Moment,
}

/// The first rule that matches.
pub fn suggest(rules: &[RouteRule], units: &Units, matter: Matter<'_>) -> Suggestion {
    let mut trace = Vec::new();
    for rule in rules {
        let (because, unit) = look(rule, units, matter);
        trace.push(Step { rule: rule.id, position: rule.position, because });
        if because == Because::Matched {
            return Suggestion { unit, rule: rule.id, why: rule.why.clone(), trace };
        }
    }
    Suggestion { unit: None, rule: 0, why: String::new(), trace }
}

fn look(rule: &RouteRule, units: &Units, matter: Matter<'_>) -> (Because, Option<i64>) {
    if rule.channel.is_some_and(|c| c != matter.channel) {
        return (Because::OtherChannel, None);
    }
    if rule.category != 0 && !matter.categories.contains(&rule.category) {
        return (Because::OtherCategory, None);
    }
    if rule.place != 0 && !lies_in(matter.place, rule.place) {
        return (Because::OtherPlace, None);
    }
    if let Some(because) = out_of_time(&rule.when, matter.moment) {
        return (because, None);
    }
    match units.target(rule, matter.place) {
        Some(unit) => (Because::Matched, Some(unit)),
        None => (Because::NoSuchUnit, None),
    }
}

/// Why a rule does not hold at a moment; `None` when it does.
fn out_of_time(when: &RouteWhen, moment: Moment) -> Option<Because> {
    if when.from.is_some_and(|from| moment.at < from) || when.until.is_some_and(|until| moment.at >= until) {
        return Some(Because::OtherPeriod);
    }
    if !when.holds_minute(moment.minute) {
        return Some(Because::OtherHours);
    }
    let fits = match when.days {
        RouteDays::Any => true,
        RouteDays::Working => moment.is_working,
        RouteDays::Rest => !moment.is_working,
    };
    (!fits).then_some(Because::OtherDays)
}

/// Whether a place lies in the division or grid `id`.
pub fn lies_in(place: &Place, id: i64) -> bool {
    id != 0 && access::Level::ALL.into_iter().any(|l| place.at(l) == id)
}

/// The units, found by where they stand (单位表): read once, asked at every intake.
#[derive(Debug, Clone, Default)]
pub struct Units {
    by_id: HashMap<i64, Unit>,
    at: HashMap<(access::Level, i64), Vec<i64>>,
}

impl Units {
    /// All units that ever were, for their names; only those that exist at `now` are sent anything.
    pub fn new(all: impl IntoIterator<Item = Unit>, now: Millis) -> Self {
        let mut units = Self::default();
        for unit in all {
            let scope = unit.place.as_scope();
            if unit.period.holds(now) {
                units.at.entry((scope.level, scope.id)).or_default().push(unit.id.raw());
            }
            units.by_id.insert(unit.id.raw(), unit);
        }
        units
    }

    /// One unit.
    pub fn get(&self, id: i64) -> Option<&Unit> {
        self.by_id.get(&id)
    }

    /// Its name; empty when it is not known.
    pub fn name(&self, id: i64) -> &str {
        self.get(id).map_or("", |u| &u.name)
    }

    /// The level on which it stands.
    pub fn level(&self, id: i64) -> Option<Level> {
        self.get(id).map(|u| Level::of_rung(u.place.as_scope().level))
    }

    /// The units of one division, in the order of their making.
    pub fn at(&self, level: access::Level, division: i64) -> impl Iterator<Item = &Unit> {
        self.at.get(&(level, division)).into_iter().flatten().filter_map(|id| self.get(*id))
    }

    /// The units to which a matter of this place can be sent, from its village up to its city.
    pub fn around<'a>(&'a self, place: &'a Place) -> impl Iterator<Item = &'a Unit> {
        Level::ALL.iter().flat_map(move |l| {
            let division = place.at(l.rung());
            (division != 0).then(|| self.at(l.rung(), division)).into_iter().flatten()
        })
    }

    /// The unit that a rule means at this place.
    pub fn pick(&self, pick: &UnitPick, place: &Place) -> Option<i64> {
        let division = place.at(pick.level.rung());
        let fits = |u: &&Unit| u.kind == pick.kind && u.name.ends_with(pick.name.as_str());
        (division != 0).then(|| self.at(pick.level.rung(), division).find(fits)).flatten().map(|u| u.id.raw())
    }

    /// Whether a unit exists now.
    pub fn stands(&self, id: i64) -> bool {
        let scope = self.get(id).map(|u| u.place.as_scope());
        scope.and_then(|s| self.at.get(&(s.level, s.id))).is_some_and(|all| all.contains(&id))
    }

    /// The units that exist now.
    pub fn standing(&self) -> impl Iterator<Item = &Unit> {
        self.at.values().flatten().filter_map(|id| self.get(*id))
    }

    /// The unit to which a rule sends a matter of this place: the very one that it names, where that one answers
    /// for the place, or the one that it means there.
    pub fn target(&self, rule: &RouteRule, place: &Place) -> Option<i64> {
        if rule.named == 0 {
            return self.pick(&rule.unit, place);
        }
        let named = self.get(rule.named).filter(|u| u.place.as_scope().holds(place));
        named.map(|u| u.id.raw()).filter(|id| self.stands(*id))
    }

    /// The unit that receives matters of a place at a level: its centre, else its office, else its
    /// committee (综治中心、乡镇街道、村居委会).
    pub fn desk_at(&self, place: &Place, level: Level) -> Option<i64> {
        [UnitKind::Centre, UnitKind::Office, UnitKind::Committee]
            .into_iter()
            .find_map(|kind| self.pick(&UnitPick { kind, name: String::new(), level }, place))
    }

    /// Where a new matter lands: the desk of its town, or of the next level up that has one. A
    /// village's matters are received by its town, where somebody is on duty every day.
    pub fn first_desk(&self, place: &Place) -> Option<(i64, Level)> {
        [Level::Town, Level::County, Level::City]
            .into_iter()
            .find_map(|l| self.desk_at(place, l).map(|u| (u, l)))
    }

    /// The next desk above `level`, for an escalation.
    pub fn desk_above(&self, place: &Place, level: Level) -> Option<(i64, Level)> {
        std::iter::successors(level.above(), |l| l.above())
            .find_map(|l| self.desk_at(place, l).map(|u| (u, l)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use access::Period;
    use base::Id;

    const HERE: Place = Place { province: 1, city: 2, county: 3, town: 4, village: 5, grid: 6 };

    fn unit(id: i64, kind: UnitKind, name: &str, place: Place) -> Unit {
        Unit { id: Id::of(id), name: name.into(), kind, place, period: Period::since(Millis(0)) }
    }

    fn units() -> Units {
        let city = Place { province: 1, city: 2, ..Place::default() };
        let county = Place { county: 3, ..city };
        let town = Place { town: 4, ..county };
        Units::new(
            [
                unit(21, UnitKind::Centre, "市综治中心", city),
                unit(31, UnitKind::Centre, "凉州区综治中心", county),
                unit(32, UnitKind::Department, "凉州区水务局", county),
                unit(41, UnitKind::Centre, "某镇综治中心", town),
            ],
            Millis(1),
        )
    }

    fn rule(id: i64, category: i64, place: i64, unit: UnitPick) -> RouteRule {
        RouteRule {
            id,
            code: format!("r{id}"),
            position: id,
            category,
            place,
            channel: None,
            when: RouteWhen::default(),
            unit,
            named: 0,
            why: format!("规则{id}"),
        }
    }

    fn matter(categories: &[i64], channel: Channel) -> Matter<'_> {
        let moment = Moment { at: Millis(50), minute: 600, is_working: true };
        Matter { categories, place: &HERE, channel, moment }
    }

    fn water() -> UnitPick {
        UnitPick { kind: UnitKind::Department, name: "水务局".into(), level: Level::County }
    }

    fn centre(level: Level) -> UnitPick {
        UnitPick { kind: UnitKind::Centre, name: String::new(), level }
    }

    #[test]
    fn the_first_match_decides_and_the_way_there_is_kept() {
        let rules = [
            rule(1, 77, 0, water()),
            rule(2, 0, 999, water()),
            rule(
                3,
                0,
                0,
                UnitPick { kind: UnitKind::Department, name: "气象局".into(), level: Level::County },
            ),
            rule(4, 8, 3, water()),
            rule(5, 0, 0, centre(Level::Town)),
        ];
        let s = suggest(&rules, &units(), matter(&[9, 8], Channel::Web));
        assert_eq!((s.unit, s.rule, s.why.as_str()), (Some(32), 4, "规则4"));
        let because: Vec<_> = s.trace.iter().map(|t| t.because).collect();
        assert_eq!(
            because,
            [Because::OtherCategory, Because::OtherPlace, Because::NoSuchUnit, Because::Matched]
        );
    }

    #[test]
    fn a_channel_can_have_its_own_rule() {
        let mut only_phone = rule(1, 0, 0, centre(Level::City));
        only_phone.channel = Some(Channel::Phone);
        let rules = [only_phone, rule(2, 0, 0, centre(Level::Town))];
        let by = |channel| suggest(&rules, &units(), matter(&[], channel)).unit;
        assert_eq!((by(Channel::Phone), by(Channel::Web)), (Some(21), Some(41)));
    }

    #[test]
    fn a_rule_can_hold_for_a_time_only() {
        let at = |when| {
            let rules = [RouteRule { when, ..rule(1, 0, 0, water()) }, rule(2, 0, 0, centre(Level::Town))];
            let s = suggest(&rules, &units(), matter(&[], Channel::Web));
            (s.rule, s.trace[0].because)
        };
        let any = RouteWhen::default();
        assert_eq!(at(any).0, 1);
        assert_eq!(at(RouteWhen { from: Some(Millis(51)), ..any }), (2, Because::OtherPeriod));
        assert_eq!(at(RouteWhen { until: Some(Millis(50)), ..any }), (2, Because::OtherPeriod));
        assert_eq!(at(RouteWhen { from: Some(Millis(50)), until: Some(Millis(51)), ..any }).0, 1);
        assert_eq!(at(RouteWhen { minutes: Some((1080, 480)), ..any }), (2, Because::OtherHours));
        assert_eq!(at(RouteWhen { minutes: Some((480, 601)), ..any }).0, 1);
        assert_eq!(at(RouteWhen { days: RouteDays::Rest, ..any }), (2, Because::OtherDays));
        assert_eq!(at(RouteWhen { days: RouteDays::Working, ..any }).0, 1);
    }

    #[test]
    fn a_named_unit_gets_only_what_lies_in_its_place_and_while_it_exists() {
        let named = |id| RouteRule { named: id, ..rule(1, 0, 0, centre(Level::Town)) };
        let to = |id| suggest(&[named(id)], &units(), matter(&[], Channel::Web)).unit;
        assert_eq!((to(32), to(21), to(99)), (Some(32), Some(21), None));
        let elsewhere = Place { county: 30, town: 40, ..HERE };
        assert_eq!(units().target(&named(32), &elsewhere), None);
        let mut over = unit(
            32,
            UnitKind::Department,
            "凉州区水务局",
            Place { county: 3, ..HERE.with(access::Level::Town, 0) },
        );
        over.period.until = Some(Millis(1));
        assert!(!Units::new([over], Millis(1)).stands(32));
    }

    #[test]
    fn without_a_rule_there_is_no_unit_but_still_a_trace() {
        let s = suggest(&[rule(1, 77, 0, water())], &units(), matter(&[], Channel::Web));
        assert_eq!((s.unit, s.rule, s.trace.len()), (None, 0, 1));
    }

    #[test]
    fn a_new_matter_lands_at_the_lowest_desk_that_exists() {
        assert_eq!(units().first_desk(&HERE), Some((41, Level::Town)));
        let other_town = Place { town: 40, ..HERE };
        assert_eq!(units().first_desk(&other_town), Some((31, Level::County)));
        assert_eq!(Units::default().first_desk(&HERE), None);
    }

    #[test]
    fn an_escalation_goes_to_the_next_desk_that_exists() {
        assert_eq!(units().desk_above(&HERE, Level::Town), Some((31, Level::County)));
        assert_eq!(units().desk_above(&HERE, Level::County), Some((21, Level::City)));
        assert_eq!(units().desk_above(&HERE, Level::City), None);
    }

    #[test]
    fn an_unknown_part_of_the_place_matches_nothing() {
        let wide = Place { province: 1, city: 2, county: 3, ..Place::default() };
        assert_eq!(units().pick(&centre(Level::Town), &wide), None);
        assert!(!lies_in(&wide, 0));
    }
}
