//! What a scope covers (管辖范围), also after divisions were merged and split.
//!
//! A living division covers itself, what lives below it, what merged into it, and what moved in from elsewhere:
//! records of its villages from before the move carry the old town's id, and are found by the village's. Of a
//! division that was split it covers what it took over, and not what its sisters did; only a village's own
//! records, which have nothing below them to go by, are covered by each part. An ended division still covers
//! itself and what it held on its last day: a post that was made for it is not blind on the next morning, and
//! sees nothing that it could not see before.

use base::Id;

use super::{Atlas, Passing};
use crate::model::{Change, Division, Former, Kind, Lineage};

/// The ids that a scope covers, by the column in which a record carries them: a record lies in the
/// scope when any of its five ids is in the list of its rung.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScopeIds {
    /// Covered provinces.
    pub provinces: Vec<i64>,
    /// Covered cities.
    pub cities: Vec<i64>,
    /// Covered counties.
    pub counties: Vec<i64>,
    /// Covered towns.
    pub towns: Vec<i64>,
    /// Covered villages.
    pub villages: Vec<i64>,
}

impl ScopeIds {
    /// The list of a rung.
    pub fn at(&self, kind: Kind) -> &[i64] {
        match kind {
            Kind::Province => &self.provinces,
            Kind::City => &self.cities,
            Kind::County => &self.counties,
            Kind::Town => &self.towns,
            Kind::Village => &self.villages,
        }
    }

    fn add(&mut self, kind: Kind, id: Id<Division>) -> bool {
        let list = match kind {
            Kind::Province => &mut self.provinces,
            Kind::City => &mut self.cities,
            Kind::County => &mut self.counties,
            Kind::Town => &mut self.towns,
            Kind::Village => &mut self.villages,
        };
        let fresh = !list.contains(&id.raw());
        if fresh {
            list.push(id.raw());
        }
        fresh
    }

    /// Does a record with these ancestors lie in the scope?
    pub fn holds(&self, lineage: &Lineage) -> bool {
        lineage.ids().any(|(kind, id)| self.at(kind).contains(&id.raw()))
    }
}

impl Atlas {
    /// What scopes cover together. Unknown ids cover nothing.
    pub fn scope_ids(&self, scopes: &[Id<Division>]) -> ScopeIds {
        let mut all = ScopeIds::default();
        let mut todo: Vec<Id<Division>> = scopes.to_vec();
        while let Some(id) = todo.pop() {
            let Some(entry) = self.division(id) else { continue };
            if !all.add(entry.kind, id) {
                continue;
            }
            todo.extend(self.taken_over(id, entry.kind));
            if entry.valid_to.is_some() {
                // What left it on its last day left because it ended.
                let held =
                    self.0.formers.iter().filter(|f| f.parent == Some(id) && Some(f.until) == entry.valid_to);
                todo.extend(held.map(|f| f.division));
            } else {
                todo.extend(self.moved_in(id));
            }
        }
        all
    }

    /// What lies below the division today and once had a parent outside of it.
    fn moved_in(&self, id: Id<Division>) -> Vec<Id<Division>> {
        let below = |d: Id<Division>| self.lineage(d).ids().any(|(_, a)| a == id);
        let came = |f: &&Former| f.division != id && f.parent.is_some_and(|p| !below(p)) && below(f.division);
        self.0.formers.iter().filter(came).map(|f| f.division).collect()
    }

    /// Ended divisions whose records the division answers for now.
    fn taken_over(&self, id: Id<Division>, kind: Kind) -> Vec<Id<Division>> {
        let ended = |old: Id<Division>| self.division(old).is_some_and(|e| e.valid_to.is_some());
        let whole = |p: &&Passing| p.change == Change::Merged || kind == Kind::Village;
        let into = self.0.successions.iter().filter(|p| p.new == id && ended(p.old));
        into.filter(whole).map(|p| p.old).collect()
    }

    /// Does a division, living or ended, lie in a scope?
    pub fn contains(&self, scope: Id<Division>, division: Id<Division>) -> bool {
        let lineage = self.lineage(division);
        // The common case costs no list.
        lineage.ids().any(|(_, id)| id == scope) || self.scope_ids(&[scope]).holds(&lineage)
    }
}
