//! What a version of the routing table would have done (试算): past matters through the present table and
//! through the draft, and where they would have gone.

use std::collections::BTreeMap;

use access::Place;
use base::Millis;

use super::catalogue::Catalogue;
use super::routing::Moment;
use crate::model::{PastMatter, RouteRule};

/// What came of a trial (试算结果).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trial {
    /// Matters that were looked at.
    pub looked: u64,
    /// From which unit to which (0 = nobody): the cases.
    pub moved: BTreeMap<(i64, i64), Vec<i64>>,
}

impl Trial {
    /// How many would go elsewhere.
    pub fn moved_count(&self) -> usize {
        self.moved.values().map(Vec::len).sum()
    }

    /// Holds two tables against each other over some matters more.
    pub fn add(
        &mut self,
        catalogue: &Catalogue,
        tables: (&[RouteRule], &[RouteRule]),
        matters: &[PastMatter],
        moment: impl Fn(&Place, Millis) -> Moment,
    ) {
        for m in matters {
            let at = moment(&m.place, m.created);
            let to = |rules: &[RouteRule]| {
                catalogue.suggest_by(rules, m.category, &m.place, m.channel, at).unit.unwrap_or(0)
            };
            let (was, would) = (to(tables.0), to(tables.1));
            self.looked += 1;
            if was != would {
                self.moved.entry((was, would)).or_default().push(m.id);
            }
        }
    }
}
