//! From a spot to its grid, in memory: an R-tree of boxes, then an exact crossing count. A border
//! belongs to one side only, so that every spot inside the ground lies in exactly one grid.

use rstar::{AABB, RTree, RTreeObject};

use crate::model::{Bounds, METRES_PER_E7, Outline, Spot};

/// A box in the tree and where its edges stand.
struct Leaf {
    bounds: AABB<[i64; 2]>,
    key: u32,
    first: u32,
    end: u32,
}

impl RTreeObject for Leaf {
    type Envelope = AABB<[i64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        self.bounds
    }
}

/// An edge turned so that it runs upwards: both sides of a border compute with the same numbers.
#[derive(Clone, Copy)]
struct Rise {
    low: Spot,
    high: Spot,
}

/// The index (空间索引). Building it for 28,175 grids takes some tens of milliseconds.
pub struct Locator {
    tree: RTree<Leaf>,
    rises: Vec<Rise>,
}

/// What was found at a spot.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// The key of the outline that holds the spot.
    pub inside: Option<u32>,
    /// Others whose border is near, nearest first, with the distance in metres. When there are
    /// any the person is asked which side is meant.
    pub near: Vec<(u32, f64)>,
}

impl Locator {
    /// Builds the index over keyed outlines.
    pub fn build<'a>(outlines: impl Iterator<Item = (u32, &'a Outline)>) -> Self {
        let mut rises = Vec::new();
        let mut leaves = Vec::new();
        for (key, outline) in outlines {
            let first = rises.len() as u32;
            rises.extend(outline.edges().map(|(a, b)| {
                if (a.lat, a.lon) <= (b.lat, b.lon) {
                    Rise { low: a, high: b }
                } else {
                    Rise { low: b, high: a }
                }
            }));
            let bounds = boxed(outline.bounds());
            leaves.push(Leaf { bounds, key, first, end: rises.len() as u32 });
        }
        Self { tree: RTree::bulk_load(leaves), rises }
    }

    /// The key of the outline that holds the spot.
    pub fn at(&self, spot: Spot) -> Option<u32> {
        let point = AABB::from_point([i64::from(spot.lon), i64::from(spot.lat)]);
        self.tree
            .locate_in_envelope_intersecting(point)
            .find(|leaf| self.holds(leaf, spot))
            .map(|leaf| leaf.key)
    }

    /// The outline that holds the spot, and those with a border within so many metres.
    pub fn find(&self, spot: Spot, near_m: f64) -> Found {
        let reach = (near_m / METRES_PER_E7).clamp(0.0, 1e8);
        let shrink = (f64::from(spot.lat) / 1e7).to_radians().cos().max(0.01);
        let (x, y) = (i64::from(spot.lon), i64::from(spot.lat));
        let (dx, dy) = ((reach / shrink).ceil() as i64, reach.ceil() as i64);
        let around = AABB::from_corners([x - dx, y - dy], [x + dx, y + dy]);
        let mut found = Found::default();
        for leaf in self.tree.locate_in_envelope_intersecting(around) {
            if found.inside.is_none() && self.holds(leaf, spot) {
                found.inside = Some(leaf.key);
            } else if let Some(steps) = self.border(leaf, spot, shrink, reach) {
                found.near.push((leaf.key, steps * METRES_PER_E7));
            }
        }
        found.near.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        found
    }

    /// Counts the edges to the right of the spot. An edge that runs through it does not count, for
    /// either side, which comes to the same as looking a hair's breadth further east.
    fn holds(&self, leaf: &Leaf, s: Spot) -> bool {
        let mut inside = false;
        for rise in &self.rises[leaf.first as usize..leaf.end as usize] {
            if rise.low.lat <= s.lat && s.lat < rise.high.lat {
                let tall = i64::from(rise.high.lat) - i64::from(rise.low.lat);
                let wide = i64::from(rise.high.lon) - i64::from(rise.low.lon);
                let up = i64::from(s.lat) - i64::from(rise.low.lat);
                let right = i64::from(s.lon) - i64::from(rise.low.lon);
                inside ^= wide * up > right * tall;
            }
        }
        inside
    }

    /// How far the border is, in steps along the meridian, if it is within reach.
    fn border(&self, leaf: &Leaf, s: Spot, shrink: f64, reach: f64) -> Option<f64> {
        let span = reach.ceil() as i64;
        let (low, high) = (i64::from(s.lat) - span, i64::from(s.lat) + span);
        let mut best = f64::INFINITY;
        for r in &self.rises[leaf.first as usize..leaf.end as usize] {
            if i64::from(r.high.lat) < low || i64::from(r.low.lat) > high {
                continue;
            }
            let flat = |p: Spot| {
                ((f64::from(p.lon) - f64::from(s.lon)) * shrink, f64::from(p.lat) - f64::from(s.lat))
            };
            let ((ax, ay), (bx, by)) = (flat(r.low), flat(r.high));
            let (dx, dy) = (bx - ax, by - ay);
            let t = (-(ax * dx + ay * dy) / (dx * dx + dy * dy).max(1.0)).clamp(0.0, 1.0);
            let (px, py) = (ax + t * dx, ay + t * dy);
            best = best.min(px * px + py * py);
        }
        (best <= reach * reach).then(|| best.sqrt())
    }
}

fn boxed(b: Bounds) -> AABB<[i64; 2]> {
    AABB::from_corners(
        [i64::from(b.low.lon), i64::from(b.low.lat)],
        [i64::from(b.high.lon), i64::from(b.high.lat)],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tiling::{DEMO_EXTENT, Lattice, tests::plan};
    use proptest::prelude::*;

    fn city() -> Vec<Outline> {
        let plan = plan(60, 900);
        let tiles = Lattice::for_grids(DEMO_EXTENT, 900, 3).tile(&plan);
        tiles.into_iter().flatten().map(|r| Outline::of_rings(vec![r]).unwrap()).collect()
    }

    fn keyed(all: &[Outline]) -> Locator {
        Locator::build((0..).zip(all.iter()))
    }

    #[test]
    fn every_corner_and_every_spot_on_an_edge_has_at_most_one_home() {
        let all = city();
        let whole = keyed(&all);
        let single: Vec<Locator> = all.iter().map(|o| keyed(std::slice::from_ref(o))).collect();
        let mut inside = 0;
        for (a, b) in all.iter().take(200).flat_map(Outline::edges) {
            let middle = Spot { lon: i32::midpoint(a.lon, b.lon), lat: i32::midpoint(a.lat, b.lat) };
            for spot in [a, middle] {
                let homes = single.iter().filter(|l| l.at(spot).is_some()).count();
                assert_eq!(homes, usize::from(whole.at(spot).is_some()));
                inside += homes;
            }
        }
        assert!(inside > 1_000);
    }

    #[test]
    fn near_a_border_the_neighbour_is_named() {
        let s = |x: i32, y: i32| Spot { lon: 1_026_000_000 + x, lat: 379_000_000 + y };
        let side = 100_000;
        let square = |x: i32| {
            Outline::of_rings(vec![vec![s(x, 0), s(x + side, 0), s(x + side, side), s(x, side)]]).unwrap()
        };
        let two = keyed(&[square(0), square(side)]);
        let found = two.find(s(side - 1_000, side / 2), 25.0);
        assert_eq!(found.inside, Some(0));
        assert_eq!(found.near.len(), 1);
        assert!((found.near[0].1 - 8.78).abs() < 0.05, "{:?}", found.near);
        assert!(two.find(s(side / 2, side / 2), 25.0).near.is_empty());
        // Outside everything, but near: both facts are told.
        let outside = two.find(s(-1_000, side / 2), 25.0);
        assert_eq!((outside.inside, outside.near.len()), (None, 1));
    }

    proptest! {
        #[test]
        fn every_spot_of_the_ground_has_exactly_one_home(x in 0_i32..26_000_000, y in 0_i32..29_000_000) {
            thread_local!(static CITY: (Vec<Outline>, Locator, Locator) = {
                let all = city();
                let whole = crate::rules::join::join(all.iter()).unwrap();
                let (a, b) = (keyed(&all), keyed(&[whole]));
                (all, a, b)
            });
            let spot = Spot { lon: 1_017_000_000 + x, lat: 365_000_000 + y };
            CITY.with(|(all, grids, whole)| {
                let homes = all.iter().filter(|o| o.bounds().holds(spot)).filter(|o| keyed(std::slice::from_ref(*o)).at(spot).is_some()).count();
                prop_assert_eq!(homes, usize::from(whole.at(spot).is_some()));
                prop_assert_eq!(grids.at(spot).is_some(), homes == 1);
                Ok(())
            })?;
        }
    }
}
