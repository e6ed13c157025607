//! Outlines of divisions, joined from grids upwards when first asked for.

use super::{Atlas, NONE};
use crate::{
    model::{Kind, Outline},
    rules::join::join,
};

pub(super) struct Shapes {
    outlines: Vec<Option<Outline>>,
}

impl Shapes {
    pub(super) fn of(atlas: &Atlas) -> Self {
        let inner = &atlas.0;
        let mut outlines: Vec<Option<Outline>> = vec![None; inner.nodes.len()];
        for kind in [Kind::Village, Kind::Town, Kind::County, Kind::City] {
            for n in (0..inner.nodes.len()).filter(|n| inner.nodes[*n].kind == kind) {
                let grids = inner.grid_order[inner.grid_start[n] as usize..inner.grid_start[n + 1] as usize]
                    .iter()
                    .map(|g| &inner.grids[*g as usize])
                    .filter(|g| g.leaf)
                    .map(|g| &g.grid.outline);
                let parts = inner.children[inner.child_start[n] as usize..inner.child_start[n + 1] as usize]
                    .iter()
                    .filter_map(|c| outlines[*c as usize].as_ref());
                outlines[n] = join(grids.chain(parts));
            }
        }
        Self { outlines }
    }

    pub(super) fn of_node(&self, n: u32) -> Option<&Outline> {
        if n == NONE { None } else { self.outlines[n as usize].as_ref() }
    }
}
