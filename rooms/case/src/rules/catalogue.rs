//! What every decision looks things up in (目录): categories, routing rules, units, windows. Held in
//! memory and read anew after a pack or the staff has changed, so that no request asks the database.

use std::collections::HashMap;

use access::Place;
use base::{Millis, Zone};

use super::clocks::GeneralTerms;
use super::pack::{UrgeTerms, WhistleTerms};
use super::routing::{Matter, Moment, Suggestion, Units, suggest};
use crate::model::{Category, Channel, RouteRule};

/// Days of the resident's windows (居民的窗口).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// After how many days without a word a closed case counts as confirmed.
    pub confirm_days: i64,
    /// For how many days a confirmed case can be opened again.
    pub reopen_days: i64,
}

impl Default for Windows {
    fn default() -> Self {
        Self { confirm_days: 7, reopen_days: 30 }
    }
}

/// What the pack says about whistles and urging (吹哨、催办的时限); read from its stored terms.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Deserialize)]
pub struct Calling {
    /// The clock of a called unit.
    #[serde(default)]
    pub whistle: WhistleTerms,
    /// The rest between two urgings.
    #[serde(default)]
    pub urge: UrgeTerms,
}

/// The catalogue.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// The zone in which days begin.
    pub zone: Zone,
    /// The units.
    pub units: Units,
    /// The resident's windows.
    pub windows: Windows,
    /// The clocks that do not depend on the category.
    pub terms: GeneralTerms,
    /// The clocks of whistles and of urging.
    pub calling: Calling,
    /// Which version of the routing table it is; 0 before versions were kept.
    pub route_table: i64,
    /// The routing table, in its order.
    pub rules: Vec<RouteRule>,
    categories: HashMap<i64, Category>,
    order: Vec<i64>,
}

impl Catalogue {
    /// A catalogue over these categories.
    pub fn new(zone: Zone, mut categories: Vec<Category>, mut rules: Vec<RouteRule>, units: Units) -> Self {
        categories.sort_by_key(|c| (c.position, c.id));
        rules.sort_by_key(|r| (r.position, r.id));
        let order = categories.iter().map(|c| c.id).collect();
        let categories = categories.into_iter().map(|c| (c.id, c)).collect();
        Self { zone, units, rules, categories, order, ..Self::default() }
    }

    /// A category.
    pub fn category(&self, id: i64) -> Option<&Category> {
        self.categories.get(&id)
    }

    /// A category by its pack's code.
    pub fn category_by_code(&self, code: &str) -> Option<&Category> {
        self.categories().find(|c| c.code == code)
    }

    /// Its name; empty when it is not known.
    pub fn category_name(&self, id: i64) -> &str {
        self.category(id).map_or("", |c| &c.name)
    }

    /// All, in the order of the pack: parents before children.
    pub fn categories(&self) -> impl Iterator<Item = &Category> {
        self.order.iter().filter_map(|id| self.category(*id))
    }

    /// The children of a category (0 = the roots) that may be chosen at `at`.
    pub fn children(&self, parent: i64, at: Millis) -> impl Iterator<Item = &Category> {
        self.categories().filter(move |c| c.parent == parent && c.is_valid(at))
    }

    /// A category and everything above it, from the smallest up.
    pub fn lineage(&self, id: i64) -> Vec<i64> {
        // No tree is as deep as this; the bound is for a ring.
        let up = |id: &i64| self.category(*id).map(|c| c.parent).filter(|p| *p != 0);
        std::iter::successors(Some(id), up).take(16).collect()
    }

    /// A category and everything below it: what a filter by category means.
    pub fn subtree(&self, id: i64) -> Vec<i64> {
        self.order.iter().copied().filter(|c| self.lineage(*c).contains(&id)).collect()
    }

    /// Who answers for such a matter, with the reason in whole words.
    pub fn suggest_at(&self, category: i64, place: &Place, channel: Channel, moment: Moment) -> Suggestion {
        self.suggest_by(&self.rules, category, place, channel, moment)
    }

    /// The same by another version of the table.
    pub fn suggest_by(
        &self,
        rules: &[RouteRule],
        category: i64,
        place: &Place,
        channel: Channel,
        moment: Moment,
    ) -> Suggestion {
        let categories = self.lineage(category);
        let matter = Matter { categories: &categories, place, channel, moment };
        let mut found = suggest(rules, &self.units, matter);
        let unit = found.unit.map_or("", |u| self.units.name(u));
        found.why = found.why.replace("{category}", self.category_name(category)).replace("{unit}", unit);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::sample;

    fn tree() -> Catalogue {
        let node = |id, parent| Category { id, parent, position: id, ..sample::category() };
        Catalogue::new(
            Zone::default(),
            vec![node(3, 2), node(1, 0), node(2, 1), node(4, 1)],
            vec![],
            Units::default(),
        )
    }

    #[test]
    fn the_tree_is_walked_both_ways() {
        let c = tree();
        assert_eq!(c.lineage(3), [3, 2, 1]);
        assert_eq!(c.subtree(1), [1, 2, 3, 4]);
        assert_eq!(c.subtree(2), [2, 3]);
        assert_eq!(c.children(1, Millis(10)).map(|c| c.id).collect::<Vec<_>>(), [2, 4]);
        assert_eq!(c.children(1, Millis(20)).count(), 0);
    }

    #[test]
    fn a_ring_ends() {
        let node = |id, parent| Category { id, parent, position: id, ..sample::category() };
        let ring = Catalogue::new(Zone::default(), vec![node(1, 2), node(2, 1)], vec![], Units::default());
        assert!(ring.lineage(1).len() <= 16);
    }
}
