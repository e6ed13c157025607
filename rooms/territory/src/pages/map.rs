//! A map drawn on the server: areas with a number each, readable at 360 px, a few kilobytes. It shows shapes
//! in relation to each other and no coordinates.

use std::fmt::Write;

use askama::Template;
use base::Id;
use web::{Html, View};

use crate::{
    Atlas, Division,
    model::Outline,
    rules::map::{Dot, Shape, draw},
};

/// The width of the drawing in its own units: a phone's width, so that one unit is at least one pixel.
const WIDTH: i32 = 360;
/// The tallest drawing.
const TALLEST: i32 = 460;
/// Detail left out, in units.
const DETAIL: f64 = 1.4;
/// The room of a letter, in units, on a map of a few areas: large enough for a phone.
const LETTER: i32 = 14;
/// On a map of more, where larger ones would leave most areas without a name.
const SMALL_LETTER: i32 = 11;
/// How many areas are a few.
const FEW: usize = 20;
/// Fills from the smallest number to the largest; ink on each has a contrast of at least 7.
const FILLS: [&str; 5] = ["#f4f7f5", "#dcebe6", "#c3dfd7", "#a6d0c5", "#86bfb1"];

/// An area to be drawn (地图上的一块).
pub struct MapArea {
    /// Which division.
    pub id: Id<Division>,
    /// Its number, e.g. of open cases; none draws the bare shape.
    pub number: Option<i64>,
    /// Where a click leads; empty for nowhere.
    pub href: String,
}

struct Area<'a> {
    path: String,
    fill: &'static str,
    name: &'a str,
    number: Option<i64>,
    href: &'a str,
    /// Lines of text with their place; as many as fit.
    lines: Vec<(i32, i32, String)>,
}

#[derive(Template)]
#[template(path = "territory/map.html")]
struct MapPiece<'a> {
    title: &'a str,
    width: i32,
    height: i32,
    letter: i32,
    areas: Vec<Area<'a>>,
}

/// Draws divisions; empty when none of them has ground. `title` is what a reader who does not see it is told; the
/// numbers stand in a table beside it as well.
pub fn map_svg(v: &View, atlas: &Atlas, areas: &[MapArea], title: &str) -> Html {
    let ends = v.t("territory.short");
    let inputs: Vec<Input<'_>> = areas
        .iter()
        .map(|a| {
            let name = atlas.name(a.id);
            let outline = atlas.outline(a.id);
            Input { outline, name, label: short(name, &ends), number: a.number, href: a.href.clone() }
        })
        .collect();
    drawn(&inputs, title)
}

/// Draws the grids of a village; empty when it has none.
pub fn grid_map(atlas: &Atlas, village: Id<Division>, title: &str) -> Html {
    let inputs: Vec<Input<'_>> = atlas
        .grids(village)
        .map(|g| Input {
            outline: Some(&g.outline),
            name: &g.name,
            label: &g.name,
            number: None,
            href: format!("/territory/grids/{}", g.id),
        })
        .collect();
    drawn(&inputs, title)
}

struct Input<'a> {
    outline: Option<&'a Outline>,
    name: &'a str,
    label: &'a str,
    number: Option<i64>,
    href: String,
}

fn drawn(inputs: &[Input<'_>], title: &str) -> Html {
    let outlines: Vec<_> = inputs.iter().map(|a| a.outline).collect();
    let drawing = draw(&outlines, WIDTH, TALLEST, DETAIL);
    if drawing.height == 0 {
        return Html::none();
    }
    let letter = if inputs.len() > FEW { SMALL_LETTER } else { LETTER };
    let most = inputs.iter().filter_map(|a| a.number).max().unwrap_or(0).max(1);
    let shown = inputs.iter().zip(&drawing.shapes).filter_map(|(area, shape)| {
        let shape = shape.as_ref()?;
        Some(Area {
            path: path(&shape.rings),
            fill: fill(area.number.unwrap_or(0), most),
            name: area.name,
            number: area.number,
            href: &area.href,
            lines: lines(shape, area.label, area.number, letter),
        })
    });
    let areas = shown.collect();
    Html::of(&MapPiece { title, width: drawing.width, height: drawing.height, letter, areas })
}

fn fill(number: i64, most: i64) -> &'static str {
    let step = number.clamp(0, most) * (FILLS.len() as i64 - 1) / most;
    FILLS[usize::try_from(step).unwrap_or(0)]
}

/// The name, shortened by what every neighbour has too, and the number below it; the number alone, or nothing,
/// where there is no room.
fn lines(shape: &Shape, short: &str, number: Option<i64>, letter: i32) -> Vec<(i32, i32, String)> {
    let (x, y) = shape.label;
    let digits = number.map(|n| n.to_string());
    let fits = |text: &str, each: i32| text.chars().count() as i32 * each <= shape.room;
    match (fits(short, letter), digits) {
        (true, Some(n)) if shape.tall >= 2 * letter + 4 => {
            vec![(x, y - 2, short.to_owned()), (x, y + letter, n)]
        }
        _ if shape.tall < letter => Vec::new(),
        (true, None) => vec![(x, y + 4, short.to_owned())],
        (_, Some(n)) if fits(&n, letter * 2 / 3) => vec![(x, y + 4, n)],
        _ => Vec::new(),
    }
}

/// A name without the words for what it is, as the catalogue lists them, the longest first; at least two
/// characters stay.
fn short<'a>(name: &'a str, ends: &str) -> &'a str {
    let cut = ends.split(' ').find_map(|end| name.strip_suffix(end).filter(|s| s.chars().count() >= 2));
    cut.unwrap_or(name)
}

/// A path of relative steps: the shortest spelling.
fn path(rings: &[Vec<Dot>]) -> String {
    let mut d = String::new();
    for ring in rings {
        let Some(first) = ring.first() else { continue };
        let _ = write!(d, "M{} {}", first.0, first.1);
        let mut last = *first;
        for (n, dot) in ring[1..].iter().enumerate() {
            let (dx, dy) = (dot.0 - last.0, dot.1 - last.1);
            let lead = if n == 0 {
                "l"
            } else if dx < 0 {
                ""
            } else {
                " "
            };
            let gap = if dy < 0 { "" } else { " " };
            let _ = write!(d, "{lead}{dx}{gap}{dy}");
            last = *dot;
        }
        d.push('z');
    }
    d
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_short_and_names_lose_their_kind() {
        assert_eq!(path(&[vec![(1, 2), (5, 2), (4, 9), (0, 3)]]), "M1 2l4 0-1 7-4-6z");
        let ends = "自治县 街道 镇 乡 县";
        assert_eq!(short("黄羊镇", ends), "黄羊");
        assert_eq!(short("某某自治县", ends), "某某");
        assert_eq!(short("乡", ends), "乡");
    }

    #[test]
    fn fills_rise_with_the_number() {
        assert_eq!(fill(0, 10), FILLS[0]);
        assert_eq!(fill(10, 10), FILLS[4]);
        assert_eq!(fill(-3, 10), FILLS[0]);
    }
}
