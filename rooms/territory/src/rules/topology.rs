//! Do pieces cover their ground without gap and without overlap? (拓扑检查)
//!
//! First exactly, in whole numbers: when the edges of all pieces cancel to nothing but simple rings
//! around the whole, every spot inside lies in exactly one piece. Only when that fails are areas
//! computed, to say which pieces and where, and slivers below a square metre are forgiven.

use geo::{Area, BooleanOps, BoundingRect, MultiPolygon, unary_union};
use geo_types::{Coord, LineString, Polygon};

use super::join::{Edge, Turn, open_edges, open_edges_cut, rings};
use crate::model::{Bounds, METRES_PER_E7, Outline, Ring, Spot, signed_area};

/// Areas below this many square metres are rounding, not mistakes.
const FORGIVEN_M2: f64 = 1.0;
/// A list of mistakes longer than this helps nobody.
const MOST_FLAWS: usize = 200;

/// What is wrong, with whom and where (拓扑错误). Pieces are named by their place in the input.
#[derive(Debug, Clone, PartialEq)]
pub enum Flaw {
    /// 自相交: the border crosses itself.
    Crossed {
        /// The piece.
        piece: usize,
        /// Near here.
        at: Spot,
    },
    /// 重叠: two pieces hold the same ground.
    Overlap {
        /// One piece.
        piece: usize,
        /// The other.
        other: usize,
        /// How much ground, in square metres.
        area_m2: f64,
        /// Near here.
        at: Spot,
    },
    /// 空隙: ground that no piece holds.
    Gap {
        /// The pieces around it.
        beside: Vec<usize>,
        /// How much ground, in square metres.
        area_m2: f64,
        /// Near here.
        at: Spot,
    },
    /// 越界: a piece reaches over the border of the ground.
    Outside {
        /// The piece.
        piece: usize,
        /// How much ground, in square metres.
        area_m2: f64,
        /// Near here.
        at: Spot,
    },
}

impl Flaw {
    /// The catalogue's key of its sentence.
    pub const fn word(&self) -> &'static str {
        match self {
            Flaw::Crossed { .. } => "territory.flaw.crossed",
            Flaw::Overlap { .. } => "territory.flaw.overlap",
            Flaw::Gap { .. } => "territory.flaw.gap",
            Flaw::Outside { .. } => "territory.flaw.outside",
        }
    }

    /// The pieces that have to be looked at.
    pub fn pieces(&self) -> Vec<usize> {
        match self {
            Flaw::Crossed { piece, .. } | Flaw::Outside { piece, .. } => vec![*piece],
            Flaw::Overlap { piece, other, .. } => vec![*piece, *other],
            Flaw::Gap { beside, .. } => beside.clone(),
        }
    }
}

/// Checks pieces against each other and, when the ground is known, against its border. Without
/// it only holes inside the whole count as gaps. At most 200 flaws are told.
pub fn check(pieces: &[&Outline], ground: Option<&Outline>) -> Vec<Flaw> {
    let mut flaws: Vec<Flaw> = (0..)
        .zip(pieces)
        .filter_map(|(piece, o)| crossing(o).map(|at| Flaw::Crossed { piece, at }))
        .take(MOST_FLAWS)
        .collect();
    if !flaws.is_empty() || pieces.is_empty() {
        return flaws;
    }
    let around = open_edges_cut(open_edges(pieces.iter().flat_map(|o| o.edges())));
    let outer = rings(&around, Turn::Right);
    if !is_simple(&around, &outer) {
        flaws.extend(overlaps(pieces));
    }
    match ground {
        Some(ground) => {
            let back = ground.edges().map(|(a, b)| (b, a));
            if !open_edges_cut(open_edges(around.into_iter().chain(back))).is_empty() {
                flaws.extend(against_ground(pieces, ground));
            }
        }
        None => flaws.extend(holes(pieces, &outer)),
    }
    flaws.truncate(MOST_FLAWS);
    flaws
}

/// Where an outline's border crosses or touches itself along the way, if it does.
fn crossing(outline: &Outline) -> Option<Spot> {
    let edges: Vec<Edge> = outline.edges().collect();
    first_crossing(&edges)
}

/// The first two edges that cross, found by walking from west to east.
fn first_crossing(edges: &[Edge]) -> Option<Spot> {
    let mut sorted: Vec<Edge> = edges.iter().map(|(a, b)| if a <= b { (*a, *b) } else { (*b, *a) }).collect();
    sorted.sort_unstable();
    for (n, one) in sorted.iter().enumerate() {
        for other in sorted[n + 1..].iter().take_while(|o| o.0.lon <= one.1.lon) {
            if cross(*one, *other) {
                return Some(other.0);
            }
        }
    }
    None
}

/// Do two edges cross, or lie on each other, or touch other than end to end?
fn cross(p: Edge, q: Edge) -> bool {
    let (a, b, c, d) = (p.0, p.1, q.0, q.1);
    let low = |m: i32, n: i32| m.min(n);
    let high = |m: i32, n: i32| m.max(n);
    if high(a.lat, b.lat) < low(c.lat, d.lat) || high(c.lat, d.lat) < low(a.lat, b.lat) {
        return false;
    }
    let sides = (side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b));
    if sides == (0, 0, 0, 0) {
        // On one line: they may share an end, but not a stretch.
        let (from, to) = (a.max(c), b.min(d));
        return from < to;
    }
    let ends_meet = a == c || a == d || b == c || b == d;
    !ends_meet && sides.0 != sides.1 && sides.2 != sides.3
}

/// On which side of the line a to b does s lie: 1 left, -1 right, 0 on it.
fn side(a: Spot, b: Spot, s: Spot) -> i32 {
    let far = |m: i32, n: i32| i128::from(m) - i128::from(n);
    let cross = far(b.lon, a.lon) * far(s.lat, a.lat) - far(b.lat, a.lat) * far(s.lon, a.lon);
    cross.signum() as i32
}

/// Do the rings around the whole neither meet nor nest wrongly? Then no two pieces overlap. Rings that
/// touch in a corner are not judged here: they go the slow way.
fn is_simple(around: &[Edge], outer: &[Ring]) -> bool {
    let mut starts: Vec<Spot> = around.iter().map(|(a, _)| *a).collect();
    starts.sort_unstable();
    let touching = starts.windows(2).any(|w| w[0] == w[1]);
    let torn = outer.iter().map(Vec::len).sum::<usize>() != around.len();
    if touching || torn || first_crossing(around).is_some() {
        return false;
    }
    let boxes: Vec<Option<Bounds>> = outer.iter().map(|r| Bounds::around(r.iter().copied())).collect();
    outer.iter().enumerate().all(|(n, ring)| {
        let depth: i32 = outer
            .iter()
            .enumerate()
            .filter(|(m, _)| *m != n && boxes[*m].zip(boxes[n]).is_some_and(|(a, b)| a.meets(&b)))
            .map(|(_, other)| turns(other, ring))
            .sum();
        depth == if signed_area(ring) > 0 { 0 } else { 1 }
    })
}

/// How often `other` runs around `ring`: 1, 0 or -1. The rings do not cross, so any corner of `ring`
/// that is no corner of `other` tells.
fn turns(other: &Ring, ring: &Ring) -> i32 {
    let Some(s) = ring.iter().find(|s| !other.contains(s)) else { return 0 };
    let mut inside = false;
    for (n, a) in other.iter().enumerate() {
        let b = other[(n + 1) % other.len()];
        if (a.lat > s.lat) != (b.lat > s.lat) {
            let (low, high) = if a.lat < b.lat { (*a, b) } else { (b, *a) };
            inside ^= side(low, high, *s) > 0;
        }
    }
    if inside { signed_area(other).signum() as i32 } else { 0 }
}

/// A clockwise ring around the whole is a hole.
fn holes(pieces: &[&Outline], outer: &[Ring]) -> Vec<Flaw> {
    outer
        .iter()
        .filter(|r| signed_area(r) < 0)
        .filter_map(|ring| {
            let mut turned = ring.clone();
            turned.reverse();
            let hole = Outline::of_rings(vec![turned]).ok()?;
            let area_m2 = hole.area_m2();
            (area_m2 >= FORGIVEN_M2).then(|| Flaw::Gap {
                beside: beside(pieces, hole.bounds()),
                area_m2,
                at: ring[0],
            })
        })
        .collect()
}

/// Pieces with a corner in a box.
fn beside(pieces: &[&Outline], around: Bounds) -> Vec<usize> {
    (0..)
        .zip(pieces)
        .filter(|(_, o)| o.bounds().meets(&around) && o.rings().iter().flatten().any(|s| around.holds(*s)))
        .map(|(n, _)| n)
        .take(12)
        .collect()
}

/// Every pair that holds the same ground.
fn overlaps(pieces: &[&Outline]) -> Vec<Flaw> {
    let mut by_west: Vec<usize> = (0..pieces.len()).collect();
    by_west.sort_by_key(|n| pieces[*n].bounds().low.lon);
    let mut flaws = Vec::new();
    for (place, one) in by_west.iter().enumerate() {
        let bounds = pieces[*one].bounds();
        let plane = Plane::at(bounds.low);
        let flat = plane.polygons(pieces[*one]);
        for other in
            by_west[place + 1..].iter().take_while(|o| pieces[**o].bounds().low.lon <= bounds.high.lon)
        {
            if !bounds.meets(&pieces[*other].bounds()) {
                continue;
            }
            let shared = flat.intersection(&plane.polygons(pieces[*other]));
            if let Some((area_m2, at)) = plane.largest(&shared) {
                let (piece, other) = (*one.min(other), *one.max(other));
                flaws.push(Flaw::Overlap { piece, other, area_m2, at });
            }
            if flaws.len() >= MOST_FLAWS {
                return flaws;
            }
        }
    }
    flaws
}

/// Which of the first and which of the second share ground, by their places: who took over from whom.
pub fn shared(old: &[&Outline], new: &[&Outline]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for (o, was) in old.iter().enumerate() {
        let plane = Plane::at(was.bounds().low);
        let flat = plane.polygons(was);
        for (n, is) in new.iter().enumerate().filter(|(_, is)| is.bounds().meets(&was.bounds())) {
            if was == is || plane.largest(&flat.intersection(&plane.polygons(is))).is_some() {
                pairs.push((o, n));
            }
        }
    }
    pairs
}

/// What the pieces leave of the ground, and what they take beyond it.
fn against_ground(pieces: &[&Outline], ground: &Outline) -> Vec<Flaw> {
    let plane = Plane::at(ground.bounds().low);
    let all: Vec<MultiPolygon> = pieces.iter().map(|o| plane.polygons(o)).collect();
    let floor = plane.polygons(ground);
    let bare = floor.difference(&unary_union(&all));
    let mut flaws: Vec<Flaw> = bare
        .into_iter()
        .filter_map(|p| {
            let p = MultiPolygon::new(vec![p]);
            let (area_m2, at) = plane.largest(&p)?;
            let bounds = plane.bounds(&p)?;
            Some(Flaw::Gap { beside: beside(pieces, bounds), area_m2, at })
        })
        .collect();
    for (piece, flat) in all.iter().enumerate() {
        if let Some((area_m2, at)) = plane.largest(&flat.difference(&floor)) {
            flaws.push(Flaw::Outside { piece, area_m2, at });
        }
    }
    flaws
}

/// A plane in metres laid at a spot.
struct Plane {
    origin: Spot,
    shrink: f64,
}

impl Plane {
    fn at(origin: Spot) -> Self {
        Self { origin, shrink: (f64::from(origin.lat) / 1e7).to_radians().cos() }
    }

    fn flat(&self, s: Spot) -> Coord {
        Coord {
            x: (f64::from(s.lon) - f64::from(self.origin.lon)) * self.shrink * METRES_PER_E7,
            y: (f64::from(s.lat) - f64::from(self.origin.lat)) * METRES_PER_E7,
        }
    }

    fn spot(&self, c: Coord) -> Spot {
        Spot {
            lon: (f64::from(self.origin.lon) + c.x / METRES_PER_E7 / self.shrink).round() as i32,
            lat: (f64::from(self.origin.lat) + c.y / METRES_PER_E7).round() as i32,
        }
    }

    fn polygons(&self, outline: &Outline) -> MultiPolygon {
        let line = |r: &Ring| LineString::from_iter(r.iter().map(|s| self.flat(*s)));
        MultiPolygon::from_iter(
            outline
                .polygons()
                .into_iter()
                .map(|rings| Polygon::new(line(rings[0]), rings[1..].iter().map(|r| line(r)).collect())),
        )
    }

    /// The whole area, unless forgiven, and a corner of the largest part.
    fn largest(&self, all: &MultiPolygon) -> Option<(f64, Spot)> {
        let area_m2 = all.unsigned_area();
        let most = all.iter().max_by(|a, b| a.unsigned_area().total_cmp(&b.unsigned_area()))?;
        let corner = most.exterior().coords().next()?;
        (area_m2 >= FORGIVEN_M2).then(|| (area_m2, self.spot(*corner)))
    }

    fn bounds(&self, all: &MultiPolygon) -> Option<Bounds> {
        let r = all.bounding_rect()?;
        // A hand's breadth wider, because the corners were rounded.
        let pad = |s: Spot, by: i32| Spot { lon: s.lon.saturating_add(by), lat: s.lat.saturating_add(by) };
        Some(Bounds { low: pad(self.spot(r.min()), -10), high: pad(self.spot(r.max()), 10) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{join::join, tiling};
    use proptest::prelude::*;

    const STEP: i32 = 10_000;

    fn s(x: i32, y: i32) -> Spot {
        Spot { lon: 1_026_000_000 + x * STEP, lat: 379_000_000 + y * STEP }
    }

    fn rect(x: i32, y: i32, wide: i32, tall: i32) -> Outline {
        Outline::of_rings(vec![vec![s(x, y), s(x + wide, y), s(x + wide, y + tall), s(x, y + tall)]]).unwrap()
    }

    fn told(all: &[Outline], ground: Option<&Outline>) -> Vec<Flaw> {
        check(&all.iter().collect::<Vec<_>>(), ground)
    }

    #[test]
    fn good_ground_has_no_flaw() {
        let all = [rect(0, 0, 2, 4), rect(2, 0, 2, 2), rect(2, 2, 2, 2)];
        assert_eq!(told(&all, None), vec![]);
        assert_eq!(told(&all, Some(&rect(0, 0, 4, 4))), vec![]);
    }

    #[test]
    fn an_overlap_names_both_and_how_much() {
        let all = [rect(0, 0, 3, 4), rect(2, 0, 2, 4)];
        let flaws = told(&all, None);
        assert_eq!(flaws.len(), 1);
        let Flaw::Overlap { piece: 0, other: 1, area_m2, .. } = &flaws[0] else { panic!("{flaws:?}") };
        assert!((area_m2 / (rect(2, 0, 1, 4).area_m2()) - 1.0).abs() < 0.01);
        assert!(matches!(told(&[rect(0, 0, 2, 2), rect(0, 0, 2, 2)], None)[..], [Flaw::Overlap { .. }]));
        assert!(matches!(told(&[rect(0, 0, 9, 9), rect(3, 3, 2, 2)], None)[..], [Flaw::Overlap { .. }]));
    }

    #[test]
    fn a_gap_names_who_is_beside_it() {
        let ring: Vec<Outline> =
            (0..9).filter(|n| *n != 4).map(|n| rect((n % 3) * 2, (n / 3) * 2, 2, 2)).collect();
        let flaws = told(&ring, None);
        let [Flaw::Gap { beside, .. }] = &flaws[..] else { panic!("{flaws:?}") };
        assert_eq!(beside.len(), 8);
        let flaws = told(&[rect(0, 0, 2, 4)], Some(&rect(0, 0, 4, 4)));
        assert!(matches!(&flaws[..], [Flaw::Gap { beside, .. }] if beside == &[0]), "{flaws:?}");
    }

    #[test]
    fn over_the_border_and_crossed_are_told() {
        let flaws = told(&[rect(0, 0, 5, 4)], Some(&rect(0, 0, 4, 4)));
        assert!(matches!(flaws[..], [Flaw::Outside { piece: 0, .. }]), "{flaws:?}");
        let bow = Outline::of_rings(vec![vec![s(0, 0), s(4, 4), s(4, 0), s(0, 5)]]).unwrap();
        assert!(matches!(told(&[bow], None)[..], [Flaw::Crossed { piece: 0, .. }]));
    }

    #[test]
    fn pieces_far_apart_are_no_flaw() {
        assert_eq!(told(&[rect(0, 0, 1, 1), rect(50, 50, 1, 1), rect(1, 1, 1, 1)], None), vec![]);
    }

    fn village(seed: u64) -> Vec<Outline> {
        let plan = tiling::tests::plan(1, 22);
        let ground = Bounds { low: s(0, 0), high: s(60, 60) };
        let tiles = tiling::Lattice::for_grids(ground, 22, seed).tile(&plan);
        tiles.into_iter().flatten().map(|r| Outline::of_rings(vec![r]).unwrap()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn a_village_of_the_demo_city_is_exact_and_any_moved_corner_shows(seed in any::<u64>(), which in any::<prop::sample::Index>(), corner in any::<prop::sample::Index>()) {
            let mut all = village(seed);
            let ground = join(all.iter()).unwrap();
            prop_assert_eq!(told(&all, None), vec![]);
            prop_assert_eq!(told(&all, Some(&ground)), vec![]);
            let n = which.index(all.len());
            let mut ring = all[n].rings()[0].clone();
            let c = corner.index(ring.len());
            ring[c].lon += STEP;
            all[n] = Outline::of_polygons(vec![vec![ring]]).unwrap();
            let flaws = told(&all, Some(&ground));
            prop_assert!(!flaws.is_empty(), "corner {} of {:?}", c, all[n].rings());
        }

        #[test]
        fn a_missing_piece_is_a_gap(seed in any::<u64>(), which in any::<prop::sample::Index>()) {
            let mut all = village(seed);
            let ground = join(all.iter()).unwrap();
            let lost = all.remove(which.index(all.len()));
            let flaws = told(&all, Some(&ground));
            prop_assert_eq!(flaws.len(), 1);
            let Flaw::Gap { area_m2, .. } = &flaws[0] else { panic!("{flaws:?}") };
            prop_assert!((area_m2 / lost.area_m2() - 1.0).abs() < 0.02);
        }
    }
}
