//! Datum conversion, done once, at intake. Everything inside is WGS-84.
//!
//! The shift from WGS-84 to GCJ-02 is not published; the usual public approximation is a sum of sines
//! on the Krasovsky ellipsoid. The way back has no formula and is found by iteration, to well below
//! a millimetre. CGCS2000 and WGS-84 differ by decimetres at most and are taken as one.

use std::f64::consts::PI;

use base::Outcome;

use crate::model::{Datum, Fix, Reading, Spot};

/// A pair of degrees: longitude, latitude.
type Pair = (f64, f64);

/// The half axis in metres and the squared eccentricity of the Krasovsky ellipsoid.
const AXIS_M: f64 = 6_378_245.0;
const ECCENTRICITY2: f64 = 0.006_693_421_622_965_943;
/// The box outside of which street maps of mainland China are not shifted.
const SHIFTED_LON: (f64, f64) = (72.004, 137.8347);
const SHIFTED_LAT: (f64, f64) = (0.8293, 55.8271);
/// Baidu's turn: its angular frequency and its fixed offset in degrees.
const BD_TURN: f64 = PI * 3000.0 / 180.0;
const BD_OFFSET: Pair = (0.0065, 0.006);
/// A step below this many degrees (about a micrometre) ends an iteration.
const CLOSE_ENOUGH: f64 = 1e-11;

/// Takes a reading in: keeps it as given and converts it to a spot in WGS-84.
///
/// # Errors
/// Invalid `lon` or `lat` when not on the globe.
pub fn fix(reading: Reading) -> Outcome<Fix> {
    // Checked before converting, so that the complaint names what was typed.
    Spot::of_degrees(reading.lon, reading.lat)?;
    let (lon, lat) = to_wgs84(reading.datum, (reading.lon, reading.lat));
    Ok(Fix { reading, spot: Spot::of_degrees(lon, lat)? })
}

/// Converts degrees of a datum to WGS-84.
pub fn to_wgs84(datum: Datum, at: Pair) -> Pair {
    match datum {
        Datum::Wgs84 | Datum::Cgcs2000 => at,
        Datum::Gcj02 => invert(wgs84_to_gcj02, at),
        Datum::Bd09 => invert(wgs84_to_gcj02, invert(gcj02_to_bd09, at)),
    }
}

/// Converts WGS-84 degrees to a datum: for links into a street map.
pub fn from_wgs84(datum: Datum, at: Pair) -> Pair {
    match datum {
        Datum::Wgs84 | Datum::Cgcs2000 => at,
        Datum::Gcj02 => wgs84_to_gcj02(at),
        Datum::Bd09 => gcj02_to_bd09(wgs84_to_gcj02(at)),
    }
}

fn is_shifted((lon, lat): Pair) -> bool {
    (SHIFTED_LON.0..=SHIFTED_LON.1).contains(&lon) && (SHIFTED_LAT.0..=SHIFTED_LAT.1).contains(&lat)
}

/// 20 sin(6πx) + 20 sin(2πx), the wave that every axis of the shift has.
fn ripple(x: f64) -> f64 {
    20.0 * (6.0 * PI * x).sin() + 20.0 * (2.0 * PI * x).sin()
}

fn wgs84_to_gcj02(at: Pair) -> Pair {
    if !is_shifted(at) {
        return at;
    }
    let (x, y) = (at.0 - 105.0, at.1 - 35.0);
    let root = x.abs().sqrt();
    let slow_north = 20.0 * (PI * y).sin() + 40.0 * (PI * y / 3.0).sin();
    let slower_north = 160.0 * (PI * y / 12.0).sin() + 320.0 * (PI * y / 30.0).sin();
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * root
        + (ripple(x) + slow_north + slower_north) * 2.0 / 3.0;
    let slow_east = 20.0 * (PI * x).sin() + 40.0 * (PI * x / 3.0).sin();
    let slower_east = 150.0 * (PI * x / 12.0).sin() + 300.0 * (PI * x / 30.0).sin();
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * root
        + (ripple(x) + slow_east + slower_east) * 2.0 / 3.0;

    // Metres on the ellipsoid to degrees, by its two radii of curvature at this latitude.
    let lat_rad = at.1.to_radians();
    let bulge = 1.0 - ECCENTRICITY2 * lat_rad.sin().powi(2);
    let meridian_m = AXIS_M * (1.0 - ECCENTRICITY2) / bulge.powf(1.5);
    let normal_m = AXIS_M / bulge.sqrt();
    (at.0 + (east / (normal_m * lat_rad.cos())).to_degrees(), at.1 + (north / meridian_m).to_degrees())
}

fn gcj02_to_bd09((lon, lat): Pair) -> Pair {
    let radius = lon.hypot(lat) + 0.00002 * (lat * BD_TURN).sin();
    let angle = lat.atan2(lon) + 0.000003 * (lon * BD_TURN).cos();
    (radius * angle.cos() + BD_OFFSET.0, radius * angle.sin() + BD_OFFSET.1)
}

/// Finds what `forward` takes to `wanted`. Each step subtracts the miss; the shifts change by less
/// than 0.3 % of the way, so a step gains more than two digits.
fn invert(forward: fn(Pair) -> Pair, wanted: Pair) -> Pair {
    let mut guess = wanted;
    for _ in 0..30 {
        let got = forward(guess);
        let miss = (got.0 - wanted.0, got.1 - wanted.1);
        guess = (guess.0 - miss.0, guess.1 - miss.1);
        if miss.0.abs().max(miss.1.abs()) < CLOSE_ENOUGH {
            break;
        }
    }
    guess
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Source;
    use proptest::prelude::*;

    /// East and north of `b` from `a`, in metres.
    fn apart_m(a: Pair, b: Pair) -> Pair {
        let per_degree = 111_319.49;
        ((b.0 - a.0) * per_degree * a.1.to_radians().cos(), (b.1 - a.1) * per_degree)
    }

    #[test]
    fn the_shift_is_as_measured_in_three_cities() {
        let cities = [
            ((102.638, 37.928), 152.0, 32.0),
            ((106.63, 26.647), 355.0, -407.0),
            ((118.055, 36.813), 542.0, 58.0),
        ];
        for (city, east, north) in cities {
            let (e, n) = apart_m(city, from_wgs84(Datum::Gcj02, city));
            assert!((e - east).abs() < 6.0 && (n - north).abs() < 6.0, "{city:?}: {e:.1} {n:.1}");
        }
    }

    #[test]
    fn outside_the_box_nothing_moves() {
        for at in [(0.0, 0.0), (-122.4, 37.8), (151.2, -33.9)] {
            assert_eq!(from_wgs84(Datum::Gcj02, at), at);
            assert_eq!(to_wgs84(Datum::Gcj02, at), at);
        }
    }

    #[test]
    fn nonsense_is_refused_by_field_and_the_original_is_kept() {
        let at = |lon, lat| Reading { lon, lat, datum: Datum::Bd09, accuracy_m: None, source: Source::Map };
        assert!(fix(at(f64::INFINITY, 1.0)).is_err());
        assert!(fix(at(1.0, -91.0)).is_err());
        let kept = fix(at(102.65, 37.93)).unwrap();
        assert_eq!((kept.reading.lon, kept.reading.lat), (102.65, 37.93));
        let (e, n) = apart_m((102.65, 37.93), kept.spot.degrees());
        assert!(e.hypot(n) > 400.0, "moved by {e:.0} {n:.0}");
    }

    proptest! {
        #[test]
        fn there_and_back_is_within_a_millimetre(lon in 73.5_f64..135.0, lat in 18.0_f64..53.5) {
            for datum in Datum::ALL {
                let back = to_wgs84(datum, from_wgs84(datum, (lon, lat)));
                let (e, n) = apart_m((lon, lat), back);
                prop_assert!(e.hypot(n) < 0.001, "{:?} missed by {} m", datum, e.hypot(n));
            }
        }

        #[test]
        fn the_shift_is_never_larger_than_a_kilometre(lon in 73.5_f64..135.0, lat in 18.0_f64..53.5) {
            let (e, n) = apart_m((lon, lat), from_wgs84(Datum::Gcj02, (lon, lat)));
            prop_assert!(e.hypot(n) < 1_000.0);
        }

        #[test]
        fn every_pair_gives_an_answer(lon in -180.0_f64..180.0, lat in -90.0_f64..90.0) {
            for datum in Datum::ALL {
                let (a, b) = to_wgs84(datum, (lon, lat));
                prop_assert!(a.is_finite() && b.is_finite());
            }
        }
    }
}
