//! Shapes for a map drawn on the server: borders that neighbours share are simplified once, so that
//! they stay shared, and every corner becomes a small whole number.

use std::collections::{HashMap, HashSet};

use super::join::{Edge, Turn, open_edges, rings};
use crate::model::{Bounds, Outline, Spot, signed_area};

/// A point of the drawing: right and down, in drawing units.
pub type Dot = (i32, i32);

/// One area of the drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Its closed rings. Drawn with the even-odd rule.
    pub rings: Vec<Vec<Dot>>,
    /// Where a label stands best: inside, where the area is widest.
    pub label: Dot,
    /// How much room a label has there: width in drawing units.
    pub room: i32,
    /// How tall the area is there, in drawing units.
    pub tall: i32,
}

/// A drawing of several areas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    /// Width in drawing units.
    pub width: i32,
    /// Height in drawing units.
    pub height: i32,
    /// In the order of the input; none where nothing is left to see.
    pub shapes: Vec<Option<Shape>>,
}

/// Draws areas into a frame `width` units wide; the height follows from the ground, at most
/// `tallest`. Detail below `detail` units is left out.
pub fn draw(areas: &[Option<&Outline>], width: i32, tallest: i32, detail: f64) -> Drawing {
    let Some(bounds) = areas.iter().flatten().map(|o| o.bounds()).reduce(Bounds::with) else {
        return Drawing { width, height: 0, shapes: vec![None; areas.len()] };
    };
    let frame = Frame::of(bounds, width, tallest);
    let joints = joints(areas);
    let shapes = areas.iter().map(|o| o.and_then(|o| shape(o, &frame, &joints, detail))).collect();
    Drawing { width: frame.width, height: frame.height, shapes }
}

struct Frame {
    bounds: Bounds,
    width: i32,
    height: i32,
    per_lon: f64,
    per_lat: f64,
}

impl Frame {
    fn of(bounds: Bounds, width: i32, tallest: i32) -> Self {
        let middle = (f64::from(bounds.low.lat) + f64::from(bounds.high.lat)) / 2e7;
        let shrink = middle.to_radians().cos();
        let span = |low: i32, high: i32| (f64::from(high) - f64::from(low)).max(1.0);
        let (wide, tall) =
            (span(bounds.low.lon, bounds.high.lon) * shrink, span(bounds.low.lat, bounds.high.lat));
        let scale = (f64::from(width - 2) / wide).min(f64::from(tallest - 2) / tall);
        Self {
            bounds,
            width: (wide * scale).ceil() as i32 + 2,
            height: (tall * scale).ceil() as i32 + 2,
            per_lon: shrink * scale,
            per_lat: scale,
        }
    }

    fn dot(&self, s: Spot) -> (f64, f64) {
        (
            1.0 + (f64::from(s.lon) - f64::from(self.bounds.low.lon)) * self.per_lon,
            1.0 + (f64::from(self.bounds.high.lat) - f64::from(s.lat)) * self.per_lat,
        )
    }
}

/// Corners at which a border begins or ends: where three areas, or two and the outside, meet.
/// Simplification never moves them.
fn joints(areas: &[Option<&Outline>]) -> HashSet<Spot> {
    let mut ways: HashMap<Spot, HashSet<Spot>> = HashMap::new();
    for (a, b) in areas.iter().flatten().flat_map(|o| o.edges()) {
        ways.entry(a).or_default().insert(b);
        ways.entry(b).or_default().insert(a);
    }
    ways.into_iter().filter(|(_, to)| to.len() > 2).map(|(s, _)| s).collect()
}

fn shape(outline: &Outline, frame: &Frame, joints: &HashSet<Spot>, detail: f64) -> Option<Shape> {
    let open: Vec<Edge> = open_edges(outline.edges());
    let drawn: Vec<Vec<Dot>> = rings(&open, Turn::Left)
        .into_iter()
        .filter(|r| signed_area(r) != 0)
        .map(|r| simplify_ring(&r, frame, joints, detail))
        .filter(|r| r.len() >= 3)
        .collect();
    let (label, room) = label_of(&drawn)?;
    let tall = height_at(&drawn, label);
    Some(Shape { rings: drawn, label, room, tall })
}

/// Cuts a ring at its joints, simplifies each stretch in a direction that does not depend on who
/// asks, and puts it together again.
fn simplify_ring(ring: &[Spot], frame: &Frame, joints: &HashSet<Spot>, detail: f64) -> Vec<Dot> {
    // Without a joint (an island, or an enclave) the smallest two opposite corners serve as such.
    let mut cuts: Vec<usize> = (0..ring.len()).filter(|n| joints.contains(&ring[*n])).collect();
    if cuts.len() < 2 {
        let low = (0..ring.len()).min_by_key(|n| ring[*n]).unwrap_or(0);
        let high = (0..ring.len()).max_by_key(|n| ring[*n]).unwrap_or(0);
        cuts.extend([low, high]);
        cuts.sort_unstable();
        cuts.dedup();
    }
    let mut dots: Vec<Dot> = Vec::new();
    for (n, from) in cuts.iter().enumerate() {
        let to = cuts[(n + 1) % cuts.len()];
        let steps = (to + ring.len() - from - 1) % ring.len() + 1;
        let mut stretch: Vec<Spot> = (0..=steps).map(|k| ring[(from + k) % ring.len()]).collect();
        let turned = stretch.first() > stretch.last();
        if turned {
            stretch.reverse();
        }
        let mut kept = keep_far(&stretch.iter().map(|s| frame.dot(*s)).collect::<Vec<_>>(), detail);
        if turned {
            kept.reverse();
        }
        dots.extend(kept.into_iter().map(|(x, y)| (x.round() as i32, y.round() as i32)));
    }
    dots.dedup();
    while dots.len() > 1 && dots.first() == dots.last() {
        dots.pop();
    }
    drop_straight(dots)
}

/// Ramer, Douglas and Peucker, without recursion: keeps the ends and whatever lies farther than
/// `detail` from the line between its kept neighbours.
fn keep_far(line: &[(f64, f64)], detail: f64) -> Vec<(f64, f64)> {
    let mut keep = vec![false; line.len()];
    let (Some(first), Some(last)) = (keep.first_mut().map(|k| *k = true), line.len().checked_sub(1)) else {
        return Vec::new();
    };
    let () = first;
    keep[last] = true;
    let mut todo = vec![(0, last)];
    while let Some((from, to)) = todo.pop() {
        let far = (from + 1..to)
            .map(|n| (n, off(line[from], line[to], line[n])))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((n, off)) = far
            && off > detail
        {
            keep[n] = true;
            todo.extend([(from, n), (n, to)]);
        }
    }
    line.iter().zip(keep).filter(|(_, k)| *k).map(|(d, _)| *d).collect()
}

fn off(a: (f64, f64), b: (f64, f64), p: (f64, f64)) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length2 = dx * dx + dy * dy;
    let t =
        if length2 == 0.0 { 0.0 } else { (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / length2).clamp(0.0, 1.0) };
    (a.0 + t * dx - p.0).hypot(a.1 + t * dy - p.1)
}

fn drop_straight(dots: Vec<Dot>) -> Vec<Dot> {
    let n = dots.len();
    (0..n)
        .filter(|k| {
            let (a, b, c) = (dots[(k + n - 1) % n], dots[*k], dots[(k + 1) % n]);
            (b.0 - a.0) * (c.1 - b.1) != (b.1 - a.1) * (c.0 - b.0)
        })
        .map(|k| dots[k])
        .collect()
}

/// The widest level stretch inside the rings, taken at several heights, favouring the middle ones.
fn label_of(rings: &[Vec<Dot>]) -> Option<(Dot, i32)> {
    let ys = rings.iter().flatten().map(|d| d.1);
    let (top, bottom) = (ys.clone().min()?, ys.max()?);
    let tall = f64::from(bottom - top);
    let mut best: Option<(f64, Dot, i32)> = None;
    for part in 2..=10 {
        let y = f64::from(top) + tall * f64::from(part) / 12.0 + 0.01;
        let mut xs: Vec<f64> = rings
            .iter()
            .flat_map(|r| (0..r.len()).map(|n| (r[n], r[(n + 1) % r.len()])))
            .filter(|(a, b)| (f64::from(a.1) > y) != (f64::from(b.1) > y))
            .map(|(a, b)| f64::from(a.0) + (y - f64::from(a.1)) / f64::from(b.1 - a.1) * f64::from(b.0 - a.0))
            .collect();
        xs.sort_by(f64::total_cmp);
        for pair in xs.chunks_exact(2) {
            let wide = pair[1] - pair[0];
            let weight = wide * (1.0 - 0.08 * (f64::from(part) - 6.0).abs());
            if best.is_none_or(|b| weight > b.0) {
                let middle = ((pair[0] + pair[1]) / 2.0).round() as i32;
                best = Some((weight, (middle, y.round() as i32), wide as i32));
            }
        }
    }
    best.map(|(_, dot, room)| (dot, room))
}

/// The upright stretch inside the rings that runs through a dot.
fn height_at(rings: &[Vec<Dot>], at: Dot) -> i32 {
    let x = f64::from(at.0) + 0.01;
    let mut ys: Vec<f64> = rings
        .iter()
        .flat_map(|r| (0..r.len()).map(|n| (r[n], r[(n + 1) % r.len()])))
        .filter(|(a, b)| (f64::from(a.0) > x) != (f64::from(b.0) > x))
        .map(|(a, b)| f64::from(a.1) + (x - f64::from(a.0)) / f64::from(b.0 - a.0) * f64::from(b.1 - a.1))
        .collect();
    ys.sort_by(f64::total_cmp);
    let around = ys.chunks_exact(2).find(|p| p[0] <= f64::from(at.1) && f64::from(at.1) <= p[1]);
    // Twice the shorter half: the words stand in the middle.
    around.map_or(0, |p| (2.0 * (f64::from(at.1) - p[0]).min(p[1] - f64::from(at.1))) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{join::join, tiling};

    #[test]
    fn neighbours_keep_sharing_their_border_after_simplification() {
        let plan = tiling::tests::plan(8, 160);
        let tiles = tiling::Lattice::for_grids(tiling::DEMO_EXTENT, 160, 5).tile(&plan);
        let villages: Vec<Outline> = tiles
            .into_iter()
            .map(|rings| {
                let grids: Vec<Outline> =
                    rings.into_iter().map(|r| Outline::of_rings(vec![r]).unwrap()).collect();
                join(grids.iter()).unwrap()
            })
            .collect();
        let areas: Vec<Option<&Outline>> = villages.iter().map(Some).collect();
        let drawing = draw(&areas, 360, 480, 1.5);
        assert!(drawing.width <= 362 && drawing.height <= 482);
        let shapes: Vec<&Shape> = drawing.shapes.iter().flatten().collect();
        assert_eq!(shapes.len(), 8);
        // The parts' areas add up to the whole's: nothing gapes and nothing overlaps.
        let area = |rings: &[Vec<Dot>]| -> i64 {
            rings
                .iter()
                .map(|r| {
                    (0..r.len())
                        .map(|n| {
                            let (a, b) = (r[n], r[(n + 1) % r.len()]);
                            i64::from(a.0) * i64::from(b.1) - i64::from(b.0) * i64::from(a.1)
                        })
                        .sum::<i64>()
                })
                .sum::<i64>()
                .abs()
        };
        let parts: i64 = shapes.iter().map(|s| area(&s.rings)).sum();
        let mut open: HashMap<(Dot, Dot), i32> = HashMap::new();
        for (a, b) in shapes
            .iter()
            .flat_map(|s| &s.rings)
            .flat_map(|r| (0..r.len()).map(|n| (r[n], r[(n + 1) % r.len()])))
        {
            *open.entry((a.min(b), a.max(b))).or_default() += if a < b { 1 } else { -1 };
        }
        let left: i64 = open
            .iter()
            .map(|((a, b), n)| {
                i64::from(*n) * (i64::from(a.0) * i64::from(b.1) - i64::from(b.0) * i64::from(a.1))
            })
            .sum();
        assert_eq!(parts, left.abs());
        assert!(shapes.iter().all(|s| s.room > 8 && s.tall > 8));
    }

    #[test]
    fn nothing_to_draw_is_no_trouble() {
        let drawing = draw(&[None, None], 360, 480, 1.0);
        assert_eq!((drawing.height, drawing.shapes.len()), (0, 2));
    }
}
