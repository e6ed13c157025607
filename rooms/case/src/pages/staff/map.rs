//! Maps drawn on the server (示意图): divisions as shapes with a number each. They show how offices stand
//! in a place; a person is never on one.

use askama::Template;
use territory::rules::map::{Drawing, Shape, draw};
use territory::model::Outline;
use territory::{Atlas, Division, Grid, Spot};
use base::Id;
use web::Html;

/// Width of a drawing in its own units: the width of a phone, so that letters keep their size there.
const WIDTH: i32 = 360;
const TALLEST: i32 = 420;
/// Units of width that one Chinese letter needs.
const LETTER: i32 = 12;
/// Shades, from nothing to the most.
const SHADES: i64 = 4;

/// One division of a map.
pub(super) struct Area {
    /// Which.
    pub id: Id<Division>,
    /// Its name.
    pub name: String,
    /// Its figure.
    pub value: i64,
    /// Where its rows are.
    pub address: String,
}

struct Piece {
    path: String,
    shade: i64,
    name: String,
    value: i64,
    address: String,
    at: (i32, i32),
    /// Whether the name fits inside.
    fits: bool,
}

#[derive(Template)]
#[template(path = "case/staff/map.html")]
struct Map {
    label: String,
    width: i32,
    height: i32,
    pieces: Vec<Piece>,
}

/// The rings of a shape as an SVG path.
fn path_of(shape: &Shape) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    for ring in &shape.rings {
        for (n, (x, y)) in ring.iter().enumerate() {
            let _ = write!(out, "{}{x} {y}", if n == 0 { "M" } else { "L" });
        }
        out.push('Z');
    }
    out
}

/// Which of the shades a value has: none for zero, the darkest for the greatest.
fn shade(value: i64, greatest: i64) -> i64 {
    if value <= 0 || greatest <= 0 { 0 } else { (value * SHADES + greatest - 1) / greatest }
}

/// A map of divisions; `None` where no grid is drawn yet, so that nothing has a shape.
pub(super) fn area_map(atlas: &Atlas, areas: Vec<Area>, label: String) -> Option<Html> {
    let outlines: Vec<Option<&Outline>> = areas.iter().map(|a| atlas.outline(a.id)).collect();
    let drawing = draw(&outlines, WIDTH, TALLEST, 1.0);
    let greatest = areas.iter().map(|a| a.value).max().unwrap_or(0);
    let shapes = areas.into_iter().zip(&drawing.shapes);
    let pieces: Vec<Piece> = shapes.filter_map(|(area, shape)| Some(piece(area, shape.as_ref()?, greatest))).collect();
    let Drawing { width, height, .. } = drawing;
    (!pieces.is_empty()).then(|| Html::of(&Map { label, width, height, pieces }))
}

fn piece(area: Area, shape: &Shape, greatest: i64) -> Piece {
    let letters = i32::try_from(area.name.chars().count()).unwrap_or(i32::MAX);
    Piece {
        path: path_of(shape),
        shade: shade(area.value, greatest),
        fits: letters.saturating_mul(LETTER) <= shape.room,
        name: area.name,
        value: area.value,
        address: area.address,
        at: shape.label,
    }
}

#[derive(Template)]
#[template(path = "case/staff/cell.html")]
struct CellMap {
    label: String,
    width: i32,
    height: i32,
    ground: Vec<String>,
    here: Option<String>,
    spot: Option<(i32, i32)>,
}

/// The cell of a case: the grids of its village, its own one marked, and the position if one was given.
pub(super) fn cell_map(
    atlas: &Atlas,
    village: Id<Division>,
    grid: Option<Id<Grid>>,
    spot: Option<Spot>,
    label: String,
) -> Option<Html> {
    let grids: Vec<&Grid> = atlas.grids(village).collect();
    // The spot is drawn as a very small square, so that it lands in the same frame.
    let mark = spot.and_then(small_square);
    let mut outlines: Vec<Option<&Outline>> = grids.iter().map(|g| Some(&g.outline)).collect();
    outlines.push(mark.as_ref());
    let drawing = draw(&outlines, WIDTH, 240, 1.0);
    let dot = drawing.shapes.last().and_then(|s| s.as_ref()).map(|s| s.label);
    let mut ground = Vec::new();
    let mut here = None;
    for (g, shape) in grids.iter().zip(&drawing.shapes) {
        let Some(shape) = shape else { continue };
        if Some(g.id) == grid { here = Some(path_of(shape)) } else { ground.push(path_of(shape)) }
    }
    let drawn = !ground.is_empty() || here.is_some();
    drawn.then(|| Html::of(&CellMap { label, width: drawing.width, height: drawing.height, ground, here, spot: dot }))
}

/// A square of some ten metres around a spot.
fn small_square(at: Spot) -> Option<Outline> {
    const HALF: i32 = 1_500;
    let corner = |dx: i32, dy: i32| Spot { lon: at.lon.saturating_add(dx), lat: at.lat.saturating_add(dy) };
    let ring = vec![corner(-HALF, -HALF), corner(HALF, -HALF), corner(HALF, HALF), corner(-HALF, HALF)];
    Outline::of_rings(vec![ring]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_is_the_darkest_and_nothing_is_blank() {
        assert_eq!([0, 1, 5, 10, 20].map(|n| shade(n, 20)), [0, 1, 1, 2, 4]);
        assert_eq!(shade(0, 0), 0);
    }
}
