//! The cell of a case, drawn on the server (所在网格示意图): the grids of its village, its own one marked.

use askama::Template;
use base::Id;
use territory::model::Outline;
use territory::rules::map::{Shape, draw};
use territory::{Atlas, Division, Grid, Spot};
use web::Html;

/// Width of a drawing in its own units: the width of a phone, so that letters keep their size there.
const WIDTH: i32 = 360;
/// The tallest drawing.
const TALLEST: i32 = 240;
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
    let drawing = draw(&outlines, WIDTH, TALLEST, 1.0);
    let dot = drawing.shapes.last().and_then(|s| s.as_ref()).map(|s| s.label);
    let mut ground = Vec::new();
    let mut here = None;
    for (g, shape) in grids.iter().zip(&drawing.shapes) {
        let Some(shape) = shape else { continue };
        if Some(g.id) == grid { here = Some(path_of(shape)) } else { ground.push(path_of(shape)) }
    }
    let drawn = !ground.is_empty() || here.is_some();
    drawn.then(|| {
        Html::of(&CellMap { label, width: drawing.width, height: drawing.height, ground, here, spot: dot })
    })
}

/// A square of some ten metres around a spot.
fn small_square(at: Spot) -> Option<Outline> {
    const HALF: i32 = 1_500;
    let corner = |dx: i32, dy: i32| Spot { lon: at.lon.saturating_add(dx), lat: at.lat.saturating_add(dy) };
    let ring = vec![corner(-HALF, -HALF), corner(HALF, -HALF), corner(HALF, HALF), corner(-HALF, HALF)];
    Outline::of_rings(vec![ring]).ok()
}
