//! The demo city's ground and people, computed and always the same. Not a map of any real border.

mod pages;

pub use pages::samples;

use base::{Chance, Id, Millis};
use jiff::civil::Date;

use crate::{
    model::{Division, Employment, Grid, GridRole, Kind, Level, Outline},
    rules::{
        atlas::Atlas,
        tiling::{DEMO_EXTENT, Lattice, Plot, spread},
    },
};

/// Grids of the demo city.
pub const DEMO_GRIDS: usize = 28_175;
/// Workers of the demo city: more than grids, because it is no one-to-one (1.2294 per grid).
pub const DEMO_WORKERS: usize = 34_639;
/// The seed of the lattice. Another one gives another city.
const LATTICE_SEED: u64 = 620_600;
/// The order in which the counties are laid out, so that they lie to each other about as they do: Liangzhou in the
/// north-west, Minqin in the north-east, Tianzhu in the south-west, Gulang in the south-east. Others follow by id.
const LAID_OUT: [&str; 4] = ["620602000000", "620621000000", "620623000000", "620622000000"];

/// `total` grids for all villages of the atlas: outlines, codes and names.
pub fn demo_grids(atlas: &Atlas, total: usize, chance: &Chance, at: Millis, from: Date) -> Vec<Grid> {
    let mut villages: Vec<Id<Division>> = Vec::new();
    let mut tree = Vec::new();
    let mut counties: Vec<Id<Division>> =
        atlas.children(None).flat_map(|root| atlas.below(root.id, Kind::County)).collect();
    counties.sort_by_key(|c| {
        let code = atlas.code(*c, "nbs12").unwrap_or("");
        (LAID_OUT.iter().position(|n| *n == code).unwrap_or(usize::MAX), *c)
    });
    for county in counties {
        let mut towns = Vec::new();
        for town in atlas.children(Some(county)).map(|e| e.id).collect::<Vec<_>>() {
            let mine: Vec<Id<Division>> = atlas.children(Some(town)).map(|e| e.id).collect();
            if !mine.is_empty() {
                towns.push(mine.len());
                villages.extend(mine);
            }
        }
        tree.push(towns);
    }
    let codes: Vec<&str> = villages.iter().map(|v| atlas.code(*v, "nbs12").unwrap_or("")).collect();
    let counts = spread(&codes, total);
    let plan = plot(&tree, &counts);
    let tiles = Lattice::for_grids(DEMO_EXTENT, plan.grids(), LATTICE_SEED).tile(&plan);
    let mut grids = Vec::with_capacity(total);
    for ((village, code), rings) in villages.iter().zip(&codes).zip(tiles) {
        for (ring, n) in rings.into_iter().zip(1..) {
            // Rings of the lattice always have area.
            let Ok(outline) = Outline::of_rings(vec![ring]) else { continue };
            grids.push(Grid {
                id: chance.id(at),
                village: *village,
                parent: None,
                level: Level::FIRST,
                code: format!("{code}-{n:03}"),
                name: format!("第{n}网格"),
                outline,
                valid_from: from,
                valid_to: None,
            });
        }
    }
    grids
}

/// Counties of towns of villages, with the grids of each village in order.
fn plot(tree: &[Vec<usize>], counts: &[usize]) -> Plot {
    let mut next = counts.iter().copied();
    let mut county = |towns: &Vec<usize>| {
        let town = |n: &usize, next: &mut dyn Iterator<Item = usize>| {
            Plot::Parts(next.take(*n).map(Plot::Leaf).collect())
        };
        Plot::Parts(towns.iter().map(|n| town(n, &mut next)).collect())
    };
    Plot::Parts(tree.iter().map(&mut county).collect())
}

/// Who works where in the demo city, as places in the list of grids and in the list of workers: every grid has
/// one head, the remaining workers are members spread evenly, and every tenth head also helps next door.
pub fn demo_staffing(grids: usize, workers: usize) -> Vec<(usize, usize, GridRole, Employment)> {
    let heads = grids.min(workers);
    let mut all: Vec<_> = (0..heads)
        .map(|n| (n, n, GridRole::Head, if n % 3 == 0 { Employment::Full } else { Employment::Part }))
        .collect();
    let members = workers - heads;
    all.extend((0..members).map(|n| {
        let grid = n * grids / members.max(1);
        (grid, heads + n, GridRole::Member, if n % 2 == 0 { Employment::Full } else { Employment::Part })
    }));
    all.extend(
        (0..heads.saturating_sub(1)).step_by(10).map(|n| (n + 1, n, GridRole::Member, Employment::Part)),
    );
    all
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_staffing_uses_everybody_and_leaves_no_grid_alone() {
        let all = demo_staffing(DEMO_GRIDS, DEMO_WORKERS);
        let workers: HashSet<usize> = all.iter().map(|a| a.1).collect();
        let grids: HashSet<usize> = all.iter().filter(|a| a.2 == GridRole::Head).map(|a| a.0).collect();
        let pairs: HashSet<(usize, usize)> = all.iter().map(|a| (a.0, a.1)).collect();
        assert_eq!((workers.len(), grids.len(), pairs.len()), (DEMO_WORKERS, DEMO_GRIDS, all.len()));
        assert!(all.len() > DEMO_WORKERS);
    }
}
