//! Packing an atlas.

use std::{
    collections::HashSet,
    sync::{Arc, OnceLock},
};

use base::Id;
use jiff::civil::Date;

use super::{Atlas, CodeEntry, GridEntry, Inner, NONE, Node, Passing};
use crate::{
    model::{Change, CodeSystem, Division, Former, Grid},
    rules::locate::Locator,
};

/// An atlas in the making: what is put in needs no order.
#[derive(Default)]
pub struct Draft {
    nodes: Vec<(Node, i64)>,
    names: String,
    codes: Vec<(i64, u8, u32, u8)>,
    code_text: String,
    systems: Vec<CodeSystem>,
    formers: Vec<Former>,
    successions: Vec<Passing>,
    grids: Vec<Grid>,
}

impl Draft {
    /// Puts a division in.
    pub fn division(&mut self, d: &Division) {
        let name_at = self.names.len() as u32;
        self.names.push_str(&d.name);
        let node = Node {
            id: d.id.raw(),
            parent: NONE,
            name_at,
            name_bytes: d.name.len() as u16,
            kind: d.kind,
            valid_from: d.valid_from,
            valid_to: d.valid_to,
        };
        self.nodes.push((node, d.parent.map_or(0, Id::raw)));
    }

    /// Puts a code in. At most 255 systems and 255 bytes of a code are kept; the model allows fewer.
    pub fn code(&mut self, division: i64, system: &str, code: &str) {
        let known = self.systems.iter().position(|s| s.as_str() == system);
        let system = known.or_else(|| {
            let fresh = CodeSystem::new(system).ok()?;
            self.systems.push(fresh);
            Some(self.systems.len() - 1)
        });
        let (Some(system), Ok(bytes)) = (system.and_then(|s| u8::try_from(s).ok()), u8::try_from(code.len()))
        else {
            return;
        };
        self.codes.push((division, system, self.code_text.len() as u32, bytes));
        self.code_text.push_str(code);
    }

    /// Puts a former state in; in the order of time.
    pub fn former(&mut self, former: Former) {
        self.formers.push(former);
    }

    /// Puts a succession in.
    pub fn succession(&mut self, old: Id<Division>, new: Id<Division>, change: Change, day: Date) {
        self.successions.push(Passing { old, new, change, day });
    }

    /// Puts a grid in.
    pub fn grid(&mut self, grid: Grid) {
        self.grids.push(grid);
    }

    /// Sorts, links and indexes.
    pub fn finish(mut self, edition: i64) -> Atlas {
        self.nodes.sort_unstable_by_key(|(n, _)| n.id);
        let ids: Vec<i64> = self.nodes.iter().map(|(n, _)| n.id).collect();
        let find = |id: i64| ids.binary_search(&id).map_or(NONE, |n| n as u32);
        let nodes: Vec<Node> =
            self.nodes.into_iter().map(|(node, parent)| Node { parent: find(parent), ..node }).collect();
        let (child_start, children) = link_children(&nodes);
        let mut codes: Vec<CodeEntry> = self
            .codes
            .iter()
            .map(|(division, system, at, bytes)| CodeEntry {
                node: find(*division),
                system: *system,
                at: *at,
                bytes: *bytes,
            })
            .filter(|c| c.node != NONE)
            .collect();
        codes.sort_unstable_by_key(|c| (c.node, c.system));
        let by_code = sort_codes(&codes, &self.code_text);
        let grids = enter_grids(self.grids, find);
        let (grid_start, grid_order) = link_grids(&grids, nodes.len());
        let leaves = grid_order.iter().filter(|n| grids[**n as usize].leaf);
        let locator = Locator::build(leaves.map(|n| (*n, &grids[*n as usize].grid.outline)));
        self.names.shrink_to_fit();
        self.code_text.shrink_to_fit();
        Atlas(Arc::new(Inner {
            edition,
            nodes,
            names: self.names,
            child_start,
            children,
            systems: self.systems,
            codes,
            code_text: self.code_text,
            by_code,
            formers: self.formers,
            successions: self.successions,
            grids,
            grid_start,
            grid_order,
            locator,
            shapes: OnceLock::new(),
        }))
    }
}

fn link_children(nodes: &[Node]) -> (Vec<u32>, Vec<u32>) {
    let living = || (0_u32..).zip(nodes).filter(|(_, n)| n.valid_to.is_none());
    let group = |n: &Node| if n.parent == NONE { nodes.len() } else { n.parent as usize };
    grouped(nodes.len() + 1, || living().map(|(at, n)| (group(n), at)))
}

fn link_grids(grids: &[GridEntry], nodes: usize) -> (Vec<u32>, Vec<u32>) {
    let mut living: Vec<u32> = (0_u32..)
        .zip(grids)
        .filter(|(_, g)| g.grid.valid_to.is_none() && g.village != NONE)
        .map(|(at, _)| at)
        .collect();
    living.sort_by(|a, b| {
        let key = |n: &u32| (grids[*n as usize].grid.level, &grids[*n as usize].grid.code);
        key(a).cmp(&key(b))
    });
    grouped(nodes, || living.iter().map(|at| (grids[*at as usize].village as usize, *at)))
}

/// Sorts members into groups by counting: the start of each group, and all members.
fn grouped<I: Iterator<Item = (usize, u32)>>(groups: usize, members: impl Fn() -> I) -> (Vec<u32>, Vec<u32>) {
    let mut start = vec![0_u32; groups + 1];
    members().for_each(|(group, _)| start[group + 1] += 1);
    for n in 0..groups {
        start[n + 1] += start[n];
    }
    let mut next = start.clone();
    let mut all = vec![0_u32; start[groups] as usize];
    for (group, member) in members() {
        all[next[group] as usize] = member;
        next[group] += 1;
    }
    (start, all)
}

fn sort_codes(codes: &[CodeEntry], text: &str) -> Vec<u32> {
    let word = |n: &u32| {
        let c = &codes[*n as usize];
        (c.system, &text[c.at as usize..c.at as usize + c.bytes as usize])
    };
    let mut order: Vec<u32> = (0..codes.len() as u32).collect();
    order.sort_unstable_by(|a, b| word(a).cmp(&word(b)));
    order
}

fn enter_grids(mut grids: Vec<Grid>, find: impl Fn(i64) -> u32) -> Vec<GridEntry> {
    grids.sort_unstable_by_key(|g| g.id);
    let parents: HashSet<Id<Grid>> =
        grids.iter().filter(|g| g.valid_to.is_none()).filter_map(|g| g.parent).collect();
    grids
        .into_iter()
        .map(|grid| GridEntry { village: find(grid.village.raw()), leaf: !parents.contains(&grid.id), grid })
        .collect()
}
