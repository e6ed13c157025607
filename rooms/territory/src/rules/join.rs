//! Joining outlines that share their borders exactly: an edge that runs both ways cancels, and what
//! is left runs around the whole. Whole numbers only, so the result is exact.

use std::{collections::HashMap, f64::consts::PI};

use crate::model::{Outline, Ring, Spot, metres_between};

/// A directed edge; the inside lies to its left.
pub type Edge = (Spot, Spot);

/// A corner this many metres from an edge lies on it: survey files are rounded to centimetres.
const TOUCH_M: f64 = 0.05;

/// What is left of directed edges after those that run both ways have cancelled. An edge that
/// stays twice lies twice in the same direction: its pieces overlap.
pub fn open_edges(edges: impl Iterator<Item = Edge>) -> Vec<Edge> {
    let mut signed: Vec<(Edge, i32)> =
        edges.filter(|(a, b)| a != b).map(|(a, b)| if a < b { ((a, b), 1) } else { ((b, a), -1) }).collect();
    signed.sort_unstable();
    let mut open = Vec::new();
    for group in signed.chunk_by(|x, y| x.0 == y.0) {
        let (a, b) = group[0].0;
        let net: i32 = group.iter().map(|(_, n)| n).sum();
        let edge = if net > 0 { (a, b) } else { (b, a) };
        open.extend(std::iter::repeat_n(edge, net.unsigned_abs() as usize));
    }
    open
}

/// Cuts open edges at corners of others that lie on them, so that a border that one side drew with
/// fewer corners cancels too; then cancels again.
pub fn open_edges_cut(edges: Vec<Edge>) -> Vec<Edge> {
    let mut corners: Vec<Spot> = edges.iter().flat_map(|(a, b)| [*a, *b]).collect();
    corners.sort_unstable();
    corners.dedup();
    let mut cut = Vec::with_capacity(edges.len());
    for (a, b) in edges {
        let slack = 8;
        let (low, high) = (a.lon.min(b.lon).saturating_sub(slack), a.lon.max(b.lon).saturating_add(slack));
        let from = corners.partition_point(|s| s.lon < low);
        let mut on: Vec<(f64, Spot)> = corners[from..]
            .iter()
            .take_while(|s| s.lon <= high)
            .filter(|s| **s != a && **s != b)
            .filter_map(|s| along(a, b, *s).map(|t| (t, *s)))
            .collect();
        on.sort_by(|x, y| x.0.total_cmp(&y.0));
        let mut last = a;
        for s in on.into_iter().map(|(_, s)| s).chain([b]) {
            cut.push((last, s));
            last = s;
        }
    }
    open_edges(cut.into_iter())
}

/// How far along the edge (0 to 1) a corner lies, if it lies on it.
fn along(a: Spot, b: Spot, s: Spot) -> Option<f64> {
    let length = metres_between(a, b);
    let t = share(a, b, s);
    (length > 0.0 && t > 0.0 && t < 1.0 && off_m(a, b, s) <= TOUCH_M).then_some(t)
}

/// Where along the edge the nearest point to `s` lies, as a share of its length, unbounded.
fn share(a: Spot, b: Spot, s: Spot) -> f64 {
    let shrink = (f64::from(a.lat) / 1e7).to_radians().cos();
    let flat =
        |p: Spot| ((f64::from(p.lon) - f64::from(a.lon)) * shrink, f64::from(p.lat) - f64::from(a.lat));
    let ((bx, by), (sx, sy)) = (flat(b), flat(s));
    let length2 = bx * bx + by * by;
    if length2 == 0.0 { 0.0 } else { (sx * bx + sy * by) / length2 }
}

/// The distance in metres from a spot to an edge.
fn off_m(a: Spot, b: Spot, s: Spot) -> f64 {
    let t = share(a, b, s).clamp(0.0, 1.0);
    let step = |from: i32, to: i32| f64::from(from) + t * (f64::from(to) - f64::from(from));
    let shrink = (f64::from(a.lat) / 1e7).to_radians().cos();
    let east = (step(a.lon, b.lon) - f64::from(s.lon)) * shrink;
    let north = step(a.lat, b.lat) - f64::from(s.lat);
    east.hypot(north) * crate::model::METRES_PER_E7
}

/// Which way to go on where rings touch in a corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The sharpest turn to the left: outer rings that touch stay apart.
    Left,
    /// The sharpest turn to the right: a hole that touches the outer ring stays a hole.
    Right,
}

/// Chains open edges into rings.
pub fn rings(open: &[Edge], turn: Turn) -> Vec<Ring> {
    let mut after: HashMap<Spot, Vec<Spot>> = HashMap::with_capacity(open.len());
    for (a, b) in open {
        after.entry(*a).or_default().push(*b);
    }
    let mut all = Vec::new();
    for (start, second) in open {
        if !take(&mut after, *start, *second) {
            continue;
        }
        let mut ring = vec![*start];
        let (mut from, mut at) = (*start, *second);
        while at != *start {
            ring.push(at);
            let Some(next) = after.get(&at).and_then(|outs| sharpest(from, at, outs, turn)) else { break };
            take(&mut after, at, next);
            (from, at) = (at, next);
        }
        if at == *start && ring.len() >= 3 {
            all.push(ring);
        }
    }
    all
}

fn take(after: &mut HashMap<Spot, Vec<Spot>>, from: Spot, to: Spot) -> bool {
    let Some(outs) = after.get_mut(&from) else { return false };
    let Some(n) = outs.iter().position(|s| *s == to) else { return false };
    outs.swap_remove(n);
    true
}

fn sharpest(from: Spot, at: Spot, outs: &[Spot], turn: Turn) -> Option<Spot> {
    let way =
        |a: Spot, b: Spot| (f64::from(b.lat) - f64::from(a.lat)).atan2(f64::from(b.lon) - f64::from(a.lon));
    let ahead = way(from, at);
    let bend = |s: &Spot| (way(at, *s) - ahead + 3.0 * PI).rem_euclid(2.0 * PI);
    match turn {
        Turn::Left => outs.iter().copied().max_by(|x, y| bend(x).total_cmp(&bend(y))),
        Turn::Right => outs.iter().copied().min_by(|x, y| bend(x).total_cmp(&bend(y))),
    }
}

/// The outline of pieces that share their borders: none when there are no pieces.
pub fn join<'a>(pieces: impl Iterator<Item = &'a Outline>) -> Option<Outline> {
    let open = open_edges(pieces.flat_map(Outline::edges));
    Outline::of_rings(rings(&open, Turn::Left)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: i32, y: i32, side: i32) -> Outline {
        let s = |a: i32, b: i32| Spot { lon: 1_000_000_000 + a, lat: 380_000_000 + b };
        Outline::of_rings(vec![vec![s(x, y), s(x + side, y), s(x + side, y + side), s(x, y + side)]]).unwrap()
    }

    #[test]
    fn neighbours_melt_and_touching_corners_stay_apart() {
        let two = join([square(0, 0, 1000), square(1000, 0, 1000)].iter()).unwrap();
        assert_eq!((two.rings().len(), two.rings()[0].len()), (1, 6));
        let touching = join([square(0, 0, 1000), square(1000, 1000, 1000)].iter()).unwrap();
        assert_eq!(touching.rings().len(), 2);
        assert!(touching.rings().iter().all(|r| r.len() == 4));
    }

    #[test]
    fn a_ring_of_squares_has_a_hole() {
        let around: Vec<Outline> =
            (0..9).filter(|n| *n != 4).map(|n| square((n % 3) * 1000, (n / 3) * 1000, 1000)).collect();
        let joined = join(around.iter()).unwrap();
        assert_eq!(joined.rings().len(), 2);
        assert_eq!(joined.area_twice(), 2 * 8 * 1000 * 1000);
    }

    #[test]
    fn a_border_drawn_with_fewer_corners_cancels_too() {
        let pieces = [square(0, 0, 2000), square(2000, 0, 1000), square(2000, 1000, 1000)];
        let plain = open_edges(pieces.iter().flat_map(Outline::edges));
        let open = open_edges_cut(plain);
        let around = Outline::of_rings(rings(&open, Turn::Left)).unwrap();
        assert_eq!(around.rings().len(), 1);
        assert_eq!(around.area_twice(), 2 * (2000 * 2000 + 2 * 1000 * 1000));
    }
}
