//! Who answers for a matter (责任单位): the first rule of the table that matches decides, and what was
//! looked at on the way is kept with the case and shown.

use access::{Place, Unit, UnitKind};

use crate::model::{Channel, Level, RouteRule, UnitPick};

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

/// What routing looks at. A person is not among it (N9).
#[derive(Debug, Clone, Copy)]
pub struct Matter<'a> {
    /// The category and everything above it, from the smallest up.
    pub categories: &'a [i64],
    /// Where it is.
    pub place: &'a Place,
    /// How it came in.
    pub channel: Channel,
}

/// The first rule that matches.
pub fn suggest(rules: &[RouteRule], units: &[Unit], matter: Matter<'_>) -> Suggestion {
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

fn look(rule: &RouteRule, units: &[Unit], matter: Matter<'_>) -> (Because, Option<i64>) {
    if rule.channel.is_some_and(|c| c != matter.channel) {
        return (Because::OtherChannel, None);
    }
    if rule.category != 0 && !matter.categories.contains(&rule.category) {
        return (Because::OtherCategory, None);
    }
    if rule.place != 0 && !lies_in(matter.place, rule.place) {
        return (Because::OtherPlace, None);
    }
    match pick(&rule.unit, units, matter.place) {
        Some(unit) => (Because::Matched, Some(unit)),
        None => (Because::NoSuchUnit, None),
    }
}

/// Whether a place lies in the division or grid `id`.
pub fn lies_in(place: &Place, id: i64) -> bool {
    id != 0 && access::Level::ALL.into_iter().any(|l| place.at(l) == id)
}

/// The unit that a rule means at this place.
pub fn pick(pick: &UnitPick, units: &[Unit], place: &Place) -> Option<i64> {
    let (level, fits): (Level, Box<dyn Fn(&Unit) -> bool + '_>) = match pick {
        UnitPick::Kind { kind, level } => (*level, Box::new(move |u: &Unit| u.kind == *kind)),
        UnitPick::Named { name, level } => (*level, Box::new(move |u: &Unit| u.name.ends_with(name.as_str()))),
    };
    let division = place.at(level.rung());
    if division == 0 {
        return None;
    }
    units.iter().find(|u| stands_at(u, level, division) && fits(u)).map(|u| u.id.raw())
}

fn stands_at(unit: &Unit, level: Level, division: i64) -> bool {
    let scope = unit.place.as_scope();
    scope.level == level.rung() && scope.id == division
}

/// The level on which a unit stands.
pub fn level_of(unit: &Unit) -> Level {
    Level::of_rung(unit.place.as_scope().level)
}

/// The unit that receives matters of a place at a level: its centre, else its office, else its
/// committee (综治中心、乡镇街道、村居委会).
pub fn desk_at(units: &[Unit], place: &Place, level: Level) -> Option<i64> {
    [UnitKind::Centre, UnitKind::Office, UnitKind::Committee]
        .into_iter()
        .find_map(|kind| pick(&UnitPick::Kind { kind, level }, units, place))
}

/// Where a new matter lands: the desk of its town, or of the next level up that has one. A village's
/// matters are received by its town, where somebody is on duty every day.
pub fn first_desk(units: &[Unit], place: &Place) -> Option<(i64, Level)> {
    [Level::Town, Level::County, Level::City].into_iter().find_map(|l| desk_at(units, place, l).map(|u| (u, l)))
}

/// The next desk above `level`, for an escalation.
pub fn desk_above(units: &[Unit], place: &Place, level: Level) -> Option<(i64, Level)> {
    let mut at = level.above();
    while let Some(l) = at {
        if let Some(unit) = desk_at(units, place, l) {
            return Some((unit, l));
        }
        at = l.above();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use access::Period;
    use base::{Id, Millis};

    const HERE: Place = Place { province: 1, city: 2, county: 3, town: 4, village: 5, grid: 6 };

    fn unit(id: i64, kind: UnitKind, name: &str, place: Place) -> Unit {
        Unit { id: Id::of(id), name: name.into(), kind, place, period: Period::since(Millis(0)) }
    }

    fn units() -> Vec<Unit> {
        let city = Place { province: 1, city: 2, ..Place::default() };
        let county = Place { county: 3, ..city };
        let town = Place { town: 4, ..county };
        vec![
            unit(21, UnitKind::Centre, "市综治中心", city),
            unit(31, UnitKind::Centre, "凉州区综治中心", county),
            unit(32, UnitKind::Department, "凉州区水务局", county),
            unit(41, UnitKind::Centre, "某镇综治中心", town),
        ]
    }

    fn rule(id: i64, category: i64, place: i64, unit: UnitPick) -> RouteRule {
        RouteRule { id, position: id, category, place, channel: None, unit, why: format!("规则{id}") }
    }

    fn water() -> UnitPick {
        UnitPick::Named { name: "水务局".into(), level: Level::County }
    }

    fn centre(level: Level) -> UnitPick {
        UnitPick::Kind { kind: UnitKind::Centre, level }
    }

    #[test]
    fn the_first_match_decides_and_the_way_there_is_kept() {
        let rules = [
            rule(1, 77, 0, water()),
            rule(2, 0, 999, water()),
            rule(3, 0, 0, UnitPick::Named { name: "气象局".into(), level: Level::County }),
            rule(4, 8, 3, water()),
            rule(5, 0, 0, centre(Level::Town)),
        ];
        let s = suggest(&rules, &units(), Matter { categories: &[9, 8], place: &HERE, channel: Channel::Web });
        assert_eq!((s.unit, s.rule, s.why.as_str()), (Some(32), 4, "规则4"));
        let because: Vec<_> = s.trace.iter().map(|t| t.because).collect();
        assert_eq!(because, [Because::OtherCategory, Because::OtherPlace, Because::NoSuchUnit, Because::Matched]);
    }

    #[test]
    fn a_channel_can_have_its_own_rule() {
        let mut only_phone = rule(1, 0, 0, centre(Level::City));
        only_phone.channel = Some(Channel::Phone);
        let rules = [only_phone, rule(2, 0, 0, centre(Level::Town))];
        let by = |channel| suggest(&rules, &units(), Matter { categories: &[], place: &HERE, channel }).unit;
        assert_eq!((by(Channel::Phone), by(Channel::Web)), (Some(21), Some(41)));
    }

    #[test]
    fn without_a_rule_there_is_no_unit_but_still_a_trace() {
        let s = suggest(&[rule(1, 77, 0, water())], &units(), Matter { categories: &[], place: &HERE, channel: Channel::Web });
        assert_eq!((s.unit, s.rule, s.trace.len()), (None, 0, 1));
    }

    #[test]
    fn a_new_matter_lands_at_the_lowest_desk_that_exists() {
        assert_eq!(first_desk(&units(), &HERE), Some((41, Level::Town)));
        let other_town = Place { town: 40, ..HERE };
        assert_eq!(first_desk(&units(), &other_town), Some((31, Level::County)));
        assert_eq!(first_desk(&[], &HERE), None);
    }

    #[test]
    fn an_escalation_goes_to_the_next_desk_that_exists() {
        assert_eq!(desk_above(&units(), &HERE, Level::Town), Some((31, Level::County)));
        assert_eq!(desk_above(&units(), &HERE, Level::County), Some((21, Level::City)));
        assert_eq!(desk_above(&units(), &HERE, Level::City), None);
    }

    #[test]
    fn an_unknown_part_of_the_place_matches_nothing() {
        let wide = Place { province: 1, city: 2, county: 3, ..Place::default() };
        assert_eq!(pick(&centre(Level::Town), &units(), &wide), None);
        assert!(!lies_in(&wide, 0));
    }
}
