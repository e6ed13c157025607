//! Grids as GeoJSON (RFC 7946): one feature after the other, in both directions. Properties: `code`, `name`,
//! `village` (the village's code), and optionally `level` and `parent` (the code of the grid around it).

use std::io::{Read, Write};

use base::{Outcome, Stop};
use geojson::{Feature, FeatureReader, FeatureWriter, Geometry, GeometryValue, JsonObject, Position};

use super::datum;
use crate::model::{Datum, Grid, Level, Outline, Ring, Spot, name_of};

/// The most complaints that are collected before reading stops.
const MOST_ERRORS: usize = 200;

/// A grid as a file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridFeature {
    /// Its place in the file, counted from 1.
    pub number: usize,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its village's code in the statistical system.
    pub village: String,
    /// Its level.
    pub level: Level,
    /// The code of the grid around it.
    pub parent: Option<String>,
    /// Where it lies, converted to WGS-84.
    pub outline: Outline,
}

/// A complaint about a feature (要素问题).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureError {
    /// Its place in the file, counted from 1.
    pub number: usize,
    /// Its code, if it could be read.
    pub code: String,
    /// The catalogue's key of the sentence.
    pub key: &'static str,
    /// Words for the sentence.
    pub words: Vec<(&'static str, String)>,
}

/// Reads a collection feature by feature, converting every corner from the file's datum once.
pub fn read(source: impl Read, from: Datum) -> (Vec<GridFeature>, Vec<FeatureError>) {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for (feature, number) in FeatureReader::from_reader(source).features().zip(1..) {
        let Ok(feature) = feature else {
            // The text itself is broken: nothing after this point can be trusted.
            bad.push(complaint(number, "", "territory.geojson.unreadable"));
            break;
        };
        let code = text(&feature, "code");
        match grid_of(&feature, number, from) {
            Ok(grid) => good.push(grid),
            Err(stop) => bad.push(complaint(number, &code, key_of(&stop))),
        }
        if bad.len() >= MOST_ERRORS {
            break;
        }
    }
    (good, bad)
}

fn complaint(number: usize, code: &str, key: &'static str) -> FeatureError {
    FeatureError { number, code: code.to_owned(), key, words: Vec::new() }
}

fn key_of(stop: &Stop) -> &'static str {
    match stop {
        Stop::Invalid(i) => i.fields.first().map_or("territory.bad.cell", |f| f.key),
        _ => "territory.bad.cell",
    }
}

fn text(feature: &Feature, name: &str) -> String {
    match feature.property(name) {
        Some(serde_json::Value::String(s)) => s.trim().to_owned(),
        Some(serde_json::Value::Number(n)) => n.to_string(),
        _ => String::new(),
    }
}

fn grid_of(feature: &Feature, number: usize, from: Datum) -> Outcome<GridFeature> {
    let invalid = |field: &'static str, key| Stop::from(base::Invalid::field(field, key));
    let code = text(feature, "code");
    let fine = (1..=40).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !fine {
        return Err(invalid("code", "territory.bad.grid_code"));
    }
    let level = match text(feature, "level") {
        none if none.is_empty() => Level::FIRST,
        some => Level::new(some.parse().unwrap_or(0))?,
    };
    let polygons = match feature.geometry.as_ref().map(|g| &g.value) {
        Some(GeometryValue::Polygon { coordinates }) => vec![rings(coordinates, from)?],
        Some(GeometryValue::MultiPolygon { coordinates }) => {
            coordinates.iter().map(|p| rings(p, from)).collect::<Outcome<_>>()?
        }
        _ => return Err(invalid("geometry", "territory.geojson.polygon")),
    };
    Ok(GridFeature {
        number,
        name: name_of(&text(feature, "name"))?,
        village: text(feature, "village"),
        level,
        parent: Some(text(feature, "parent")).filter(|p| !p.is_empty()),
        outline: Outline::of_polygons(polygons)?,
        code,
    })
}

fn rings(all: &[Vec<Position>], from: Datum) -> Outcome<Vec<Ring>> {
    let spot = |p: &Position| match p.as_slice() {
        [lon, lat, ..] => {
            // Checked before converting: sines of nonsense are nonsense.
            Spot::of_degrees(*lon, *lat)?;
            let (lon, lat) = datum::to_wgs84(from, (*lon, *lat));
            Spot::of_degrees(lon, lat)
        }
        _ => Err(base::Invalid::field("geometry", "territory.bad.ring").into()),
    };
    all.iter().map(|ring| ring.iter().map(spot).collect()).collect()
}

/// Writes grids as a collection, one feature at a time; `village_code` tells each village's code.
///
/// # Errors
/// When the receiver cannot be written to.
pub fn write<'a>(
    grids: impl Iterator<Item = &'a Grid>,
    village_code: impl Fn(&Grid) -> String,
    parent_code: impl Fn(&Grid) -> Option<String>,
    out: impl Write,
) -> Outcome<()> {
    let mut writer = FeatureWriter::from_writer(out);
    for grid in grids {
        let mut properties = JsonObject::new();
        properties.insert("code".to_owned(), grid.code.clone().into());
        properties.insert("name".to_owned(), grid.name.clone().into());
        properties.insert("village".to_owned(), village_code(grid).into());
        properties.insert("level".to_owned(), grid.level.number().into());
        if let Some(parent) = parent_code(grid) {
            properties.insert("parent".to_owned(), parent.into());
        }
        let geometry = Geometry::new(geometry(&grid.outline));
        let feature = Feature {
            bbox: None,
            geometry: Some(geometry),
            id: None,
            properties: Some(properties),
            foreign_members: None,
        };
        writer.write_feature(&feature)?;
    }
    writer.finish()?;
    Ok(())
}

fn geometry(outline: &Outline) -> GeometryValue {
    let ring = |r: &Ring| -> Vec<Position> {
        let closed = r.iter().chain(r.first());
        closed.map(|s| Position::from([s.degrees().0, s.degrees().1])).collect()
    };
    let mut polygons: Vec<Vec<Vec<Position>>> =
        outline.polygons().into_iter().map(|p| p.into_iter().map(ring).collect()).collect();
    match polygons.len() {
        1 => GeometryValue::Polygon { coordinates: polygons.remove(0) },
        _ => GeometryValue::MultiPolygon { coordinates: polygons },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Id;
    use jiff::civil::date;

    fn grid(n: i64, rings: Vec<Ring>) -> Grid {
        Grid {
            id: Id::of(n),
            village: Id::of(1),
            parent: None,
            level: Level::FIRST,
            code: format!("620602001001-{n:03}"),
            name: format!("第{n}网格"),
            outline: Outline::of_rings(rings).unwrap(),
            valid_from: date(2025, 1, 1),
            valid_to: None,
        }
    }

    fn square(x: i32, side: i32) -> Ring {
        let s = |a: i32, b: i32| Spot { lon: 1_026_000_000 + a, lat: 379_000_000 + b };
        vec![s(x, x), s(x + side, x), s(x + side, x + side), s(x, x + side)]
    }

    #[test]
    fn what_is_written_is_read_back_to_the_last_digit() {
        let mut hole = square(2_000, 1_000);
        hole.reverse();
        let all =
            [grid(1, vec![square(0, 9_999)]), grid(2, vec![square(1_000, 5_001), hole, square(90_000, 77)])];
        let mut out = Vec::new();
        write(all.iter(), |_| "620602001001".into(), |_| None, &mut out).unwrap();
        let (good, bad) = read(&out[..], Datum::Wgs84);
        assert_eq!(bad, vec![]);
        assert_eq!(good[0].outline, all[0].outline);
        assert_eq!(good[1].outline.area_twice(), all[1].outline.area_twice());
        assert_eq!((good[1].code.as_str(), good[1].name.as_str()), (all[1].code.as_str(), "第2网格"));
    }

    #[test]
    fn a_shifted_file_is_moved_back_once() {
        let mut out = Vec::new();
        write([grid(1, vec![square(0, 9_999)])].iter(), |_| "1".into(), |_| None, &mut out).unwrap();
        let (good, _) = read(&out[..], Datum::Gcj02);
        let moved = crate::model::metres_between(good[0].outline.rings()[0][0], square(0, 1)[0]);
        assert!((100.0..250.0).contains(&moved), "{moved}");
    }

    #[test]
    fn each_bad_feature_is_told_and_broken_text_ends_the_reading() {
        let text = r#"{"type":"FeatureCollection","features":[
            {"type":"Feature","properties":{"code":"A1","name":"甲"},"geometry":{"type":"Point","coordinates":[1,2]}},
            {"type":"Feature","properties":{"name":"乙"},"geometry":null},
            {"type":"Feature","properties":{"code":"A3","name":"丙"},"geometry":{"type":"Polygon","coordinates":[[[102,37],[1e9,37],[102,38],[102,37]]]}},
            {"type":"Feature","properties":{"code":"A4","name":"丁","level":9},"geometry":null},
            {"type":"Feature","properties":{"code":"A5","na"#;
        let (good, bad) = read(text.as_bytes(), Datum::Wgs84);
        assert!(good.is_empty());
        let keys: Vec<_> = bad.iter().map(|e| e.key).collect();
        assert_eq!(
            keys,
            [
                "territory.geojson.polygon",
                "territory.bad.grid_code",
                "territory.bad.lon",
                "territory.bad.grid_level",
                "territory.geojson.unreadable"
            ]
        );
    }
}
