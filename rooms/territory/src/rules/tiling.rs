//! The ground of the demo city: one lattice of whole-number corners, shaken a little, over the
//! extent of the city. Halving its index ranges again and again gives counties, towns, villages and
//! grids, so that neighbours share their very corners. Not a map of any real border.

use crate::model::{Bounds, Ring, Spot};

/// How many grids each of `codes` gets so that the sum is exactly `total`: each at least one, more
/// by the spread of the code's own digits. Every run gives the same. An empty list, or a total
/// below its length, gives one each.
pub fn spread(codes: &[&str], total: usize) -> Vec<usize> {
    let weights: Vec<u64> = codes.iter().map(|c| 10 + mix(text_seed(c)) % 21).collect();
    let sum: u64 = weights.iter().sum::<u64>().max(1);
    let free = total.saturating_sub(codes.len()) as u64;
    let mut counts: Vec<usize> = weights.iter().map(|w| 1 + (free * w / sum) as usize).collect();
    // What rounding left over goes to the first ones: fewer than one each.
    let left = total.saturating_sub(counts.iter().sum());
    counts.iter_mut().take(left).for_each(|n| *n += 1);
    counts
}

/// A node to be given ground: either so many grids, or parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plot {
    /// A village with this many grids.
    Leaf(usize),
    /// A county or a town with its parts, in an order in which neighbours in the list become
    /// neighbours on the ground.
    Parts(Vec<Plot>),
}

impl Plot {
    /// The grids in it.
    pub fn grids(&self) -> usize {
        match self {
            Plot::Leaf(n) => *n,
            Plot::Parts(all) => all.iter().map(Plot::grids).sum(),
        }
    }
}

/// The lattice: columns and rows of cells over an extent.
#[derive(Debug, Clone, Copy)]
pub struct Lattice {
    extent: Bounds,
    columns: u32,
    rows: u32,
    seed: u64,
}

/// A block of cells: half-open ranges of columns and rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Block {
    west: u32,
    east: u32,
    south: u32,
    north: u32,
}

impl Block {
    fn wide(self) -> u32 {
        self.east - self.west
    }
    fn tall(self) -> u32 {
        self.north - self.south
    }
}

/// The extent of the demo city: 101.7 to 104.3 degrees east, 36.5 to 39.4 north.
pub const DEMO_EXTENT: Bounds = Bounds {
    low: Spot { lon: 1_017_000_000, lat: 365_000_000 },
    high: Spot { lon: 1_043_000_000, lat: 394_000_000 },
};

/// Cells per grid, on average. Halving a block needs some slack to give each part enough.
const CELLS_PER_GRID: f64 = 7.0;

impl Lattice {
    /// A lattice fine enough for so many grids.
    pub fn for_grids(extent: Bounds, grids: usize, seed: u64) -> Self {
        let side = ((grids.max(1) as f64) * CELLS_PER_GRID).sqrt().ceil() as u32 + 2;
        Self { extent, columns: side, rows: side, seed }
    }

    /// Gives every leaf its grids' rings, in the order of the plan, read depth first.
    pub fn tile(&self, plan: &Plot) -> Vec<Vec<Ring>> {
        let whole = Block { west: 0, east: self.columns, south: 0, north: self.rows };
        let mut out = Vec::new();
        self.give(std::slice::from_ref(plan), whole, &mut out);
        out
    }

    fn give(&self, plots: &[Plot], block: Block, out: &mut Vec<Vec<Ring>>) {
        match plots {
            [] => {}
            [Plot::Leaf(n)] => {
                let mut rings = Vec::with_capacity(*n);
                self.cut_grids(*n, block, &mut rings);
                out.push(rings);
            }
            [Plot::Parts(parts)] => self.give(parts, block, out),
            many => {
                let (left, right) = many.split_at(middle(many));
                let count = |all: &[Plot]| all.iter().map(Plot::grids).sum::<usize>();
                let (a, b) = self.halve(block, count(left), count(right));
                self.give(left, a, out);
                self.give(right, b, out);
            }
        }
    }

    fn cut_grids(&self, n: usize, block: Block, out: &mut Vec<Ring>) {
        if n <= 1 {
            out.push(self.ring(block));
            return;
        }
        let (a, b) = self.halve(block, n / 2, n - n / 2);
        self.cut_grids(n / 2, a, out);
        self.cut_grids(n - n / 2, b, out);
    }

    /// Cuts a block in two by the numbers of grids, across its longer side where that leaves each
    /// part at least one cell for each grid.
    fn halve(&self, block: Block, first: usize, second: usize) -> (Block, Block) {
        let tall = f64::from(block.tall()) * self.cell_height_m();
        let wide = f64::from(block.wide()) * self.cell_width_m();
        let upright = || cut(block.wide(), block.tall(), first, second);
        let level = || cut(block.tall(), block.wide(), first, second);
        let by_column =
            |c: u32| (Block { east: block.west + c, ..block }, Block { west: block.west + c, ..block });
        let by_row =
            |r: u32| (Block { south: block.north - r, ..block }, Block { north: block.north - r, ..block });
        let choice = if wide >= tall {
            upright().map(by_column).or_else(|| level().map(by_row))
        } else {
            level().map(by_row).or_else(|| upright().map(by_column))
        };
        debug_assert!(choice.is_some(), "the lattice is too coarse");
        choice.unwrap_or((block, block))
    }

    fn cell_width_m(&self) -> f64 {
        let middle = (f64::from(self.extent.low.lat) + f64::from(self.extent.high.lat)) / 2e7;
        f64::from(self.extent.high.lon - self.extent.low.lon) / f64::from(self.columns)
            * middle.to_radians().cos()
    }

    fn cell_height_m(&self) -> f64 {
        f64::from(self.extent.high.lat - self.extent.low.lat) / f64::from(self.rows)
    }

    /// Walks around a block counter-clockwise over every lattice corner on its way, because the
    /// neighbours have those corners too.
    fn ring(&self, b: Block) -> Ring {
        let mut ring = Vec::with_capacity(2 * (b.wide() + b.tall()) as usize);
        ring.extend((b.west..b.east).map(|c| self.corner(c, b.south)));
        ring.extend((b.south..b.north).map(|r| self.corner(b.east, r)));
        ring.extend((b.west + 1..=b.east).rev().map(|c| self.corner(c, b.north)));
        ring.extend((b.south + 1..=b.north).rev().map(|r| self.corner(b.west, r)));
        ring
    }

    /// The spot of a lattice corner: evenly spaced, bent by two slow waves, then shaken by up to a
    /// fifth of a cell. That is less than what could fold a cell over.
    fn corner(&self, column: u32, row: u32) -> Spot {
        let span_lon = f64::from(self.extent.high.lon - self.extent.low.lon);
        let span_lat = f64::from(self.extent.high.lat - self.extent.low.lat);
        let (u, v) = (f64::from(column) / f64::from(self.columns), f64::from(row) / f64::from(self.rows));
        let draw = mix(self.seed ^ (u64::from(column) << 32 | u64::from(row)));
        let shake = |bits: u64| (bits & 0xffff) as f64 / 65_535.0 * 0.4 - 0.2;
        let bend_lon = 0.035 * (v * 7.0).sin() + 0.012 * (v * 23.0 + u * 3.0).sin();
        let bend_lat = 0.030 * (u * 6.0 + 1.0).sin() + 0.010 * (u * 21.0).sin();
        let lon =
            (u * 0.9 + 0.05 + bend_lon) * span_lon + shake(draw) * span_lon * 0.9 / f64::from(self.columns);
        let lat = (v * 0.9 + 0.05 + bend_lat) * span_lat
            + shake(draw >> 16) * span_lat * 0.9 / f64::from(self.rows);
        Spot { lon: self.extent.low.lon + lon.round() as i32, lat: self.extent.low.lat + lat.round() as i32 }
    }
}

/// Where to cut a list in two so that both sides have about as many grids; never at its ends.
fn middle(plots: &[Plot]) -> usize {
    let all: usize = plots.iter().map(Plot::grids).sum();
    let mut before = 0;
    for (n, plot) in plots.iter().enumerate() {
        before += plot.grids();
        if before * 2 >= all {
            let over = before * 2 - all;
            let n = if over > plot.grids() && n > 0 { n } else { n + 1 };
            return n.clamp(1, plots.len() - 1);
        }
    }
    plots.len() / 2
}

/// How many of `along` lines go to the first part, so that both parts have room.
fn cut(along: u32, across: u32, first: usize, second: usize) -> Option<u32> {
    let across = across as usize;
    let least = first.div_ceil(across).max(1) as u32;
    let most = along.checked_sub(second.div_ceil(across).max(1) as u32)?;
    let fair = (f64::from(along) * first as f64 / (first + second).max(1) as f64).round() as u32;
    (least <= most).then(|| fair.clamp(least, most))
}

/// A number from a text, the same on every machine (FNV-1a).
fn text_seed(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// Stirs a number so that near ones become far (the finaliser of SplitMix64).
fn mix(n: u64) -> u64 {
    let n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::model::Outline;
    use proptest::prelude::*;

    /// Villages in towns in counties, as many as asked for, with this many grids in all.
    pub(crate) fn plan(villages: usize, grids: usize) -> Plot {
        let codes: Vec<String> = (0..villages).map(|n| format!("6206{n:08}")).collect();
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        let leaves: Vec<Plot> = spread(&codes, grids).into_iter().map(Plot::Leaf).collect();
        let towns: Vec<Plot> = leaves.chunks(12).map(|c| Plot::Parts(c.to_vec())).collect();
        Plot::Parts(towns.chunks(27).map(|c| Plot::Parts(c.to_vec())).collect())
    }

    #[test]
    fn the_spread_is_exact_and_stays() {
        let codes: Vec<String> = (0..1240).map(|n| format!("{n:012}")).collect();
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        let counts = spread(&codes, 28_175);
        assert_eq!(counts.iter().sum::<usize>(), 28_175);
        assert!(counts.iter().all(|n| (8..=45).contains(n)));
        assert_eq!(counts, spread(&codes, 28_175));
        assert_eq!(spread(&["a", "b"], 0), vec![1, 1]);
        assert!(spread(&[], 5).is_empty());
    }

    #[test]
    fn the_demo_city_has_every_grid_and_no_edge_left_open_inside() {
        let plan = plan(1240, 28_175);
        let villages = Lattice::for_grids(DEMO_EXTENT, plan.grids(), 7).tile(&plan);
        assert_eq!(villages.len(), 1240);
        let rings: Vec<Ring> = villages.into_iter().flatten().collect();
        assert_eq!(rings.len(), 28_175);
        let mut open: HashMap<(Spot, Spot), i32> = HashMap::new();
        for ring in &rings {
            let outline = Outline::of_rings(vec![ring.clone()]).unwrap();
            assert!(outline.area_m2() > 10_000.0);
            for (a, b) in outline.edges() {
                *open.entry((a, b)).or_default() += 1;
                *open.entry((b, a)).or_default() -= 1;
            }
        }
        let outer = open.values().filter(|n| **n == 1).count();
        assert!(open.values().all(|n| (-1..=1).contains(n)));
        assert!((1_600..2_000).contains(&outer), "{outer} edges around the city");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn every_plan_finds_room(villages in 1_usize..120, per in 1_usize..40, seed in any::<u64>()) {
            let plan = plan(villages, villages * per);
            let tiles = Lattice::for_grids(DEMO_EXTENT, plan.grids(), seed).tile(&plan);
            prop_assert_eq!(tiles.len(), villages);
            prop_assert_eq!(tiles.iter().map(Vec::len).sum::<usize>(), plan.grids());
            for ring in tiles.into_iter().flatten() {
                prop_assert!(crate::model::signed_area(&ring) > 0);
            }
        }
    }
}
