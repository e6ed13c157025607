//! The units that a pack wants (按包设单位): one of each sort at every place of its levels. They are made
//! once; afterwards units are the administrators' own, and only what routing would not find is offered again.

use access::{Doer, Duty, Kind, NewUnit, Person, Place, Resource, Unit, UnitKind, may};
use base::{Id, Millis, Outcome, Refusal};
use store::Tx;
use territory::{Atlas, model::Kind as Rung};

use super::Hand;
use super::pack::{division, place_of};
use crate::model::{Level, UnitPick};
use crate::rules::pack::Pack;
use crate::store::Ground;

/// Levels from above, each with its rung in the tree of divisions.
const LEVELS: [(Level, Rung); 4] = [
    (Level::City, Rung::City),
    (Level::County, Rung::County),
    (Level::Town, Rung::Town),
    (Level::Village, Rung::Village),
];

/// A unit that the pack wants at a place (应设单位).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedUnit {
    /// The code of its sort in the pack.
    pub sort: String,
    /// What it is.
    pub kind: UnitKind,
    /// On which level.
    pub level: Level,
    /// Where it stands.
    pub place: Place,
    /// Its name, made from the place's.
    pub name: String,
}

/// Every unit that the pack wants in its region, from the city down.
///
/// # Errors
/// Invalid `pack` when its region is not in the territory.
pub fn units_wanted(atlas: &Atlas, pack: &Pack) -> Outcome<Vec<WantedUnit>> {
    let region = division(atlas, &pack.region)?;
    let mut wanted = Vec::new();
    for (level, rung) in LEVELS {
        for at in atlas.below(region, rung) {
            let place = place_of(atlas, at);
            wanted.extend(pack.units.iter().filter_map(|sort| {
                let name = sort.name_at(level, atlas.name(at))?;
                Some(WantedUnit { sort: sort.code.clone(), kind: sort.form, level, place, name })
            }));
        }
    }
    Ok(wanted)
}

/// Those that routing would not find: no unit of the kind whose name ends as the sort's does. A unit that
/// was renamed in front, or made by hand, counts.
///
/// # Errors
/// As for [`units_wanted`].
pub fn units_missing(g: &Ground, pack: &Pack) -> Outcome<Vec<WantedUnit>> {
    let mut wanted = units_wanted(&g.atlas, pack)?;
    wanted.retain(|w| {
        let end = pack.unit(&w.sort).and_then(|s| s.name_end(w.level)).unwrap_or_default();
        let pick = UnitPick { kind: w.kind, name: end.to_owned(), level: w.level };
        g.units.pick(&pick, &w.place).is_none()
    });
    Ok(wanted)
}

/// Those of them that this person may make.
pub fn units_to_make(person: &Person, missing: Vec<WantedUnit>) -> Vec<WantedUnit> {
    let mine = |w: &WantedUnit| may(person, Duty::Admin, &Resource::at(Kind::Staff, w.place)).is_ok();
    missing.into_iter().filter(mine).collect()
}

/// Makes units that the pack wants, in their order. Refresh the desk afterwards.
///
/// # Errors
/// 403 without the duty at a unit's place; invalid when one has been made since.
pub fn found_units(
    tx: &mut Tx<'_>,
    hand: Hand<'_>,
    at: Millis,
    wanted: &[WantedUnit],
) -> Outcome<Vec<Id<Unit>>> {
    let doer = match hand {
        Hand::House => Doer::house(at),
        Hand::Staff(person) => Doer::person(person, at),
        Hand::Public | Hand::Sender { .. } => return Err(Refusal::forbidden().into()),
    };
    let one = |w: &WantedUnit| {
        let new = NewUnit { name: w.name.clone(), kind: w.kind, place: w.place };
        access::create_unit(tx, &doer, &new)
    };
    wanted.iter().map(one).collect()
}
