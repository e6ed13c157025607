//! A position as two whole numbers, and the outline of a grid. Neighbours that share a border
//! share its very numbers, so that "no gap, no overlap" can be decided exactly.

use base::{Invalid, Outcome};

/// Steps of one degree: a position is a whole number of 1e-7 degrees (about 11 mm).
pub const E7: f64 = 1e7;
/// Metres of one step along a meridian.
pub const METRES_PER_E7: f64 = 0.011_131_949;
/// The widest outline, in steps: 50 degrees. Products of two such spans fit into 64 bits.
const WIDEST: i64 = 500_000_000;
/// The most corners of one outline.
const MOST_CORNERS: usize = 20_000;

/// A position in WGS-84 (位置): longitude and latitude in steps of 1e-7 degree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Spot {
    /// East.
    pub lon: i32,
    /// North.
    pub lat: i32,
}

impl Spot {
    /// Rounds degrees to a spot.
    ///
    /// # Errors
    /// Invalid `lon` or `lat` when not a number or off the globe.
    pub fn of_degrees(lon: f64, lat: f64) -> Outcome<Self> {
        if !lon.is_finite() || lon.abs() > 180.0 {
            return Err(Invalid::field("lon", "territory.bad.lon").into());
        }
        if !lat.is_finite() || lat.abs() > 90.0 {
            return Err(Invalid::field("lat", "territory.bad.lat").into());
        }
        Ok(Self { lon: (lon * E7).round() as i32, lat: (lat * E7).round() as i32 })
    }

    /// In degrees: longitude, latitude.
    pub fn degrees(self) -> (f64, f64) {
        (f64::from(self.lon) / E7, f64::from(self.lat) / E7)
    }
}

/// The distance in metres, on a plane laid at the first spot; good to 0.1 % within 50 km.
pub fn metres_between(a: Spot, b: Spot) -> f64 {
    let east = f64::from(b.lon) - f64::from(a.lon);
    let north = f64::from(b.lat) - f64::from(a.lat);
    let shrink = (f64::from(a.lat) / E7).to_radians().cos();
    (east * shrink).hypot(north) * METRES_PER_E7
}

/// A closed ring of corners; the last is joined to the first.
pub type Ring = Vec<Spot>;

/// The box around an outline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The south-western corner.
    pub low: Spot,
    /// The north-eastern corner.
    pub high: Spot,
}

impl Bounds {
    /// The box around spots; none when there are none.
    pub fn around(spots: impl IntoIterator<Item = Spot>) -> Option<Self> {
        spots.into_iter().map(|s| Bounds { low: s, high: s }).reduce(Bounds::with)
    }

    /// The box around two boxes.
    #[must_use]
    pub fn with(self, other: Bounds) -> Self {
        Bounds {
            low: Spot { lon: self.low.lon.min(other.low.lon), lat: self.low.lat.min(other.low.lat) },
            high: Spot { lon: self.high.lon.max(other.high.lon), lat: self.high.lat.max(other.high.lat) },
        }
    }

    /// Is the spot inside or on the edge?
    pub fn holds(&self, s: Spot) -> bool {
        self.low.lon <= s.lon && s.lon <= self.high.lon && self.low.lat <= s.lat && s.lat <= self.high.lat
    }

    /// Do the boxes meet?
    pub fn meets(&self, other: &Bounds) -> bool {
        self.low.lon <= other.high.lon
            && other.low.lon <= self.high.lon
            && self.low.lat <= other.high.lat
            && other.low.lat <= self.high.lat
    }
}

/// The outline of a grid or a village (边界): outer rings run counter-clockwise, holes clockwise,
/// so that the inside is always on the left. Several outer rings are one outline (飞地).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    rings: Vec<Ring>,
    bounds: Bounds,
}

impl Outline {
    /// Takes rings whose directions are already right, e.g. from joining other outlines.
    ///
    /// # Errors
    /// Invalid `outline`: no ring, a ring without area, too many corners, or too wide.
    pub fn of_rings(rings: Vec<Ring>) -> Outcome<Self> {
        let rings: Vec<Ring> = rings.into_iter().map(tidy_ring).collect();
        if rings.is_empty() || rings.iter().any(|r| r.len() < 3 || signed_area(r) == 0) {
            return Err(Invalid::field("outline", "territory.bad.ring").into());
        }
        if rings.iter().map(Vec::len).sum::<usize>() > MOST_CORNERS {
            return Err(Invalid::field("outline", "territory.bad.corners").into());
        }
        let bounds = Bounds::around(rings.iter().flatten().copied())
            .ok_or_else(|| Invalid::field("outline", "territory.bad.ring"))?;
        let wide = i64::from(bounds.high.lon) - i64::from(bounds.low.lon);
        let tall = i64::from(bounds.high.lat) - i64::from(bounds.low.lat);
        if wide.max(tall) > WIDEST {
            return Err(Invalid::field("outline", "territory.bad.wide").into());
        }
        Ok(Self { rings, bounds })
    }

    /// Takes polygons as files give them, each an outer ring with holes, in either direction and
    /// with or without the closing corner.
    ///
    /// # Errors
    /// As [`Outline::of_rings`].
    pub fn of_polygons(polygons: Vec<Vec<Ring>>) -> Outcome<Self> {
        let mut all = Vec::new();
        for rings in polygons {
            for (n, ring) in rings.into_iter().enumerate() {
                let mut ring = tidy_ring(ring);
                let outer = n == 0;
                if (signed_area(&ring) > 0) != outer {
                    ring.reverse();
                }
                all.push(ring);
            }
        }
        Self::of_rings(all)
    }

    /// The rings.
    pub fn rings(&self) -> &[Ring] {
        &self.rings
    }

    /// The box around it.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Every directed edge; the inside lies to its left.
    pub fn edges(&self) -> impl Iterator<Item = (Spot, Spot)> + '_ {
        self.rings.iter().flat_map(|r| {
            r.iter().enumerate().map(|(n, a)| (*a, r[if n + 1 == r.len() { 0 } else { n + 1 }]))
        })
    }

    /// Twice the area in square steps; exact.
    pub fn area_twice(&self) -> i128 {
        self.rings.iter().map(|r| signed_area(r)).sum()
    }

    /// The area in square metres, good to 0.1 % for anything smaller than a county.
    pub fn area_m2(&self) -> f64 {
        let middle = (f64::from(self.bounds.low.lat) + f64::from(self.bounds.high.lat)) / 2.0 / E7;
        self.area_twice() as f64 / 2.0 * METRES_PER_E7 * METRES_PER_E7 * middle.to_radians().cos()
    }

    /// Its polygons, each an outer ring followed by the holes inside it.
    pub fn polygons(&self) -> Vec<Vec<&Ring>> {
        let (outer, holes): (Vec<&Ring>, Vec<&Ring>) = self.rings.iter().partition(|r| signed_area(r) > 0);
        let mut all: Vec<Vec<&Ring>> = outer.into_iter().map(|r| vec![r]).collect();
        for hole in holes {
            // The smallest outer ring around the hole is the one it belongs to.
            let home = all
                .iter_mut()
                .filter(|p| hole.iter().any(|s| ring_holds(p[0], *s)))
                .min_by_key(|p| signed_area(p[0]));
            if let Some(home) = home {
                home.push(hole);
            }
        }
        all
    }

    /// Packs it for the database: counts and differences as variable-length numbers.
    pub fn to_bytes(&self) -> Vec<u8> {
        let corners: usize = self.rings.iter().map(Vec::len).sum();
        let mut out = Vec::with_capacity(corners * 6 + 8);
        put_number(&mut out, self.rings.len() as u64);
        let mut last = Spot::default();
        for ring in &self.rings {
            put_number(&mut out, ring.len() as u64);
            for s in ring {
                put_number(&mut out, zigzag(i64::from(s.lon) - i64::from(last.lon)));
                put_number(&mut out, zigzag(i64::from(s.lat) - i64::from(last.lat)));
                last = *s;
            }
        }
        out
    }

    /// Unpacks it.
    ///
    /// # Errors
    /// Invalid `outline` when the bytes are not an outline.
    pub fn of_bytes(mut bytes: &[u8]) -> Outcome<Self> {
        let torn = || Invalid::field("outline", "territory.bad.ring");
        let rings = take_number(&mut bytes).ok_or_else(torn)? as usize;
        let mut all = Vec::with_capacity(rings.min(64));
        let (mut lon, mut lat) = (0_i64, 0_i64);
        for _ in 0..rings {
            let corners = take_number(&mut bytes).ok_or_else(torn)? as usize;
            let mut ring = Vec::with_capacity(corners.min(MOST_CORNERS));
            for _ in 0..corners {
                lon = lon.wrapping_add(unzigzag(take_number(&mut bytes).ok_or_else(torn)?));
                lat = lat.wrapping_add(unzigzag(take_number(&mut bytes).ok_or_else(torn)?));
                ring.push(Spot {
                    lon: i32::try_from(lon).map_err(|_| torn())?,
                    lat: i32::try_from(lat).map_err(|_| torn())?,
                });
            }
            all.push(ring);
        }
        Self::of_rings(all)
    }
}

/// Twice the signed area of a ring in square steps: positive when it runs counter-clockwise.
pub fn signed_area(ring: &[Spot]) -> i128 {
    let Some(origin) = ring.first() else { return 0 };
    let far =
        |s: &Spot| (i128::from(s.lon) - i128::from(origin.lon), i128::from(s.lat) - i128::from(origin.lat));
    ring.windows(2)
        .map(|w| {
            let ((ax, ay), (bx, by)) = (far(&w[0]), far(&w[1]));
            ax * by - bx * ay
        })
        .sum()
}

/// Is the spot inside the ring? On the edge it may be either.
fn ring_holds(ring: &[Spot], s: Spot) -> bool {
    let mut inside = false;
    for (n, a) in ring.iter().enumerate() {
        let b = ring[(n + 1) % ring.len()];
        if (a.lat > s.lat) != (b.lat > s.lat) {
            let (low, high) = if a.lat < b.lat { (*a, b) } else { (b, *a) };
            let cross = (i128::from(high.lon) - i128::from(low.lon))
                * (i128::from(s.lat) - i128::from(low.lat))
                - (i128::from(s.lon) - i128::from(low.lon)) * (i128::from(high.lat) - i128::from(low.lat));
            inside ^= cross > 0;
        }
    }
    inside
}

/// Drops the closing corner and corners that repeat the one before.
fn tidy_ring(mut ring: Ring) -> Ring {
    ring.dedup();
    while ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    ring
}

fn zigzag(n: i64) -> u64 {
    ((n << 1) ^ (n >> 63)) as u64
}

fn unzigzag(n: u64) -> i64 {
    (n >> 1) as i64 ^ -((n & 1) as i64)
}

fn put_number(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut n = 0_u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        n |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(n);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spot(lon: i32, lat: i32) -> Spot {
        Spot { lon, lat }
    }

    #[test]
    fn directions_are_set_right_and_holes_found() {
        let square = |o: i32, n: i32| vec![spot(o, o), spot(o, n), spot(n, n), spot(n, o), spot(o, o)];
        let o = Outline::of_polygons(vec![vec![square(0, 100), square(20, 40)]]).unwrap();
        assert_eq!(o.area_twice(), 2 * (100 * 100 - 20 * 20));
        assert_eq!(o.polygons().len(), 1);
        assert_eq!(o.polygons()[0].len(), 2);
        assert_eq!(o.edges().count(), 8);
    }

    #[test]
    fn rings_without_area_are_refused() {
        assert!(Outline::of_rings(vec![vec![spot(0, 0), spot(1, 1), spot(2, 2)]]).is_err());
        assert!(Outline::of_rings(vec![vec![spot(0, 0), spot(1, 1)]]).is_err());
        assert!(Outline::of_rings(Vec::new()).is_err());
        let wide = vec![spot(-900_000_000, 0), spot(900_000_000, 0), spot(0, 10)];
        assert!(Outline::of_rings(vec![wide]).is_err());
    }

    #[test]
    fn degrees_off_the_globe_are_refused() {
        assert!(Spot::of_degrees(f64::NAN, 0.0).is_err());
        assert!(Spot::of_degrees(0.0, 90.1).is_err());
        assert_eq!(Spot::of_degrees(102.5, 37.9).unwrap(), spot(1_025_000_000, 379_000_000));
    }

    proptest! {
        #[test]
        fn an_outline_survives_the_database(
            x in -1_700_000_000_i32..1_700_000_000, y in -800_000_000_i32..800_000_000,
            corners in prop::collection::vec((-90_000_000_i32..90_000_000, -90_000_000_i32..90_000_000), 3..40),
        ) {
            let ring = corners.iter().map(|(a, b)| spot(x + a, y + b)).collect();
            if let Ok(o) = Outline::of_rings(vec![ring]) {
                prop_assert_eq!(Outline::of_bytes(&o.to_bytes()).unwrap(), o);
            }
        }

        #[test]
        fn no_bytes_make_it_stumble(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Outline::of_bytes(&bytes);
        }
    }
}
