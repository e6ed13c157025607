//! The atlas (图册): the whole territory in memory, read-only and shared, so that names, children,
//! ancestors and positions cost no SQL. A deed of this room makes a new one.
//!
//! It is packed: 665,276 divisions take some 70 MB. Order within the vectors is by id.

mod build;
mod scope;
mod shape;

use std::sync::{Arc, OnceLock};

use base::Id;
use jiff::civil::Date;

pub use build::Draft;
pub use scope::ScopeIds;

use super::locate::Locator;
use crate::model::{Change, CodeSystem, Division, Former, Grid, Kind, Level, Lineage, Outline, Spot};

/// No index.
const NONE: u32 = u32::MAX;
/// How near a border a spot must be for the person to be asked which side is meant, in metres.
pub const BORDER_M: f64 = 25.0;

/// A cheap handle on one edition of the territory.
#[derive(Clone)]
pub struct Atlas(Arc<Inner>);

struct Inner {
    edition: i64,
    nodes: Vec<Node>,
    names: String,
    /// Living children of node n stand at `child_start[n]..child_start[n + 1]` in `children`; the last
    /// group holds the living roots.
    child_start: Vec<u32>,
    children: Vec<u32>,
    systems: Vec<CodeSystem>,
    /// Sorted by division; the text stands in `code_text`.
    codes: Vec<CodeEntry>,
    code_text: String,
    /// Positions in `codes`, sorted by system and text.
    by_code: Vec<u32>,
    formers: Vec<Former>,
    successions: Vec<Passing>,
    grids: Vec<GridEntry>,
    /// Living grids of node n stand at `grid_start[n]..grid_start[n + 1]` in `grid_order`.
    grid_start: Vec<u32>,
    grid_order: Vec<u32>,
    locator: Locator,
    shapes: OnceLock<shape::Shapes>,
}

struct Node {
    id: i64,
    parent: u32,
    name_at: u32,
    name_bytes: u16,
    kind: Kind,
    valid_from: Date,
    valid_to: Option<Date>,
}

/// One division passed into another.
#[derive(Clone, Copy)]
struct Passing {
    old: Id<Division>,
    new: Id<Division>,
    change: Change,
    day: Date,
}

struct CodeEntry {
    node: u32,
    at: u32,
    bytes: u8,
    system: u8,
}

struct GridEntry {
    grid: Grid,
    village: u32,
    /// No living grid lies inside it: positions are looked up among these.
    leaf: bool,
}

/// A division as the atlas tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its id.
    pub id: Id<Division>,
    /// Its rung.
    pub kind: Kind,
    /// Its name today, or on its last day.
    pub name: &'a str,
    /// Its parent.
    pub parent: Option<Id<Division>>,
    /// The first day on which it exists.
    pub valid_from: Date,
    /// The first day on which it exists no longer.
    pub valid_to: Option<Date>,
}

/// Where something is (所在地): ids of every rung, the grid, and the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The divisions, from the province to the village.
    pub lineage: Lineage,
    /// The grid, when a position led here.
    pub grid: Option<Id<Grid>>,
    /// From the city down, e.g. 武威市凉州区东大街街道.
    pub path: String,
    /// The grid's name; empty without one.
    pub grid_name: String,
}

/// What a position leads to (定位结果).
#[derive(Debug, Clone, PartialEq)]
pub struct Located {
    /// The place that holds it; none outside all grids.
    pub place: Option<Place>,
    /// Places whose border is near, nearest first, with metres: ask which side is meant.
    pub near: Vec<(Place, f64)>,
}

impl Atlas {
    /// An atlas without anything.
    pub fn empty() -> Self {
        Draft::default().finish(0)
    }

    /// Which edition of the territory this is.
    pub fn edition(&self) -> i64 {
        self.0.edition
    }

    fn node(&self, id: Id<Division>) -> Option<u32> {
        self.0.nodes.binary_search_by_key(&id.raw(), |n| n.id).ok().map(|n| n as u32)
    }

    fn entry(&self, n: u32) -> Entry<'_> {
        let node = &self.0.nodes[n as usize];
        let from = node.name_at as usize;
        Entry {
            id: Id::of(node.id),
            kind: node.kind,
            name: &self.0.names[from..from + node.name_bytes as usize],
            parent: (node.parent != NONE).then(|| Id::of(self.0.nodes[node.parent as usize].id)),
            valid_from: node.valid_from,
            valid_to: node.valid_to,
        }
    }

    /// A division, living or ended.
    pub fn division(&self, id: Id<Division>) -> Option<Entry<'_>> {
        self.node(id).map(|n| self.entry(n))
    }

    /// A division's name; empty when there is none.
    pub fn name(&self, id: Id<Division>) -> &str {
        self.division(id).map_or("", |e| e.name)
    }

    /// A division's name as it was on a day: what stands on the papers of that day.
    pub fn name_on(&self, id: Id<Division>, day: Date) -> &str {
        let was = self.0.formers.iter().filter(|f| f.division == id && day < f.until).min_by_key(|f| f.until);
        was.map_or_else(|| self.name(id), |f| &f.name)
    }

    /// How many divisions live.
    pub fn count(&self, kind: Kind) -> usize {
        self.0.nodes.iter().filter(|n| n.kind == kind && n.valid_to.is_none()).count()
    }

    /// The living children of a division, in the order of ids; of none: the roots.
    pub fn children(&self, of: Option<Id<Division>>) -> impl Iterator<Item = Entry<'_>> {
        let group = match of {
            None => Some(self.0.nodes.len()),
            Some(id) => self.node(id).map(|n| n as usize),
        };
        let span = group.map_or(0..0, |g| self.0.child_start[g] as usize..self.0.child_start[g + 1] as usize);
        self.0.children[span].iter().map(|n| self.entry(*n))
    }

    /// Everything that lives below a division on one rung, itself included if it stands there.
    pub fn below(&self, id: Id<Division>, kind: Kind) -> Vec<Id<Division>> {
        let mut found = Vec::new();
        let mut todo: Vec<u32> = self.node(id).into_iter().collect();
        while let Some(n) = todo.pop() {
            let node = &self.0.nodes[n as usize];
            if node.kind == kind {
                found.push(Id::of(node.id));
            } else if node.kind < kind {
                let span =
                    self.0.child_start[n as usize] as usize..self.0.child_start[n as usize + 1] as usize;
                todo.extend(self.0.children[span].iter().rev());
            }
        }
        found
    }

    /// A division's ancestors and itself, one per rung; empty when there is no such division.
    pub fn lineage(&self, id: Id<Division>) -> Lineage {
        let mut lineage = Lineage::default();
        let chain: Vec<u32> = self.up(id).collect();
        for n in chain.into_iter().rev() {
            let node = &self.0.nodes[n as usize];
            lineage = lineage.with(node.kind, Id::of(node.id));
        }
        lineage
    }

    /// Itself, its parent, and so on.
    fn up(&self, id: Id<Division>) -> impl Iterator<Item = u32> + '_ {
        std::iter::successors(self.node(id), |n| {
            let parent = self.0.nodes[*n as usize].parent;
            (parent != NONE).then_some(parent)
        })
    }

    /// The names from one rung down to the division, one after the other: 武威市凉州区东大街街道. A name that
    /// repeats the one before it, as in 东莞市东莞市, is said once.
    pub fn path_name(&self, id: Id<Division>, from: Kind) -> String {
        let mut names: Vec<&str> = self
            .up(id)
            .map(|n| self.entry(n))
            .filter(|e| e.kind >= from || e.id == id)
            .map(|e| e.name)
            .collect();
        names.dedup();
        names.reverse();
        names.concat()
    }

    /// The place of a division; none when there is no such division.
    pub fn place(&self, id: Id<Division>) -> Option<Place> {
        self.node(id)?;
        Some(Place {
            lineage: self.lineage(id),
            grid: None,
            path: self.path_name(id, Kind::City),
            grid_name: String::new(),
        })
    }

    /// The place of a grid.
    pub fn place_of_grid(&self, id: Id<Grid>) -> Option<Place> {
        let grid = self.grid(id)?;
        let place = self.place(grid.village)?;
        Some(Place { grid: Some(id), grid_name: grid.name.clone(), ..place })
    }

    /// A division's code in a system.
    pub fn code(&self, id: Id<Division>, system: &str) -> Option<&str> {
        let n = self.node(id)?;
        let first = self.0.codes.partition_point(|c| c.node < n);
        let mine = self.0.codes[first..].iter().take_while(|c| c.node == n);
        mine.into_iter()
            .find(|c| self.0.systems[c.system as usize].as_str() == system)
            .map(|c| self.code_text(c))
    }

    fn code_text(&self, c: &CodeEntry) -> &str {
        &self.0.code_text[c.at as usize..c.at as usize + c.bytes as usize]
    }

    /// The six digits that numbers of a county begin with: its GB/T 2260 code or, where it has none, the
    /// first six digits of its statistical code. This is a label; no parent is ever read from it.
    pub fn number_code(&self, county: Id<Division>) -> Option<&str> {
        let statistical = || self.code(county, CodeSystem::NBS12).and_then(|c| c.get(..6));
        self.code(county, CodeSystem::GB2260).or_else(statistical)
    }

    /// The divisions with a code, the living and the largest first: a city and its only county may share one.
    pub fn by_code(&self, system: &str, code: &str) -> Vec<Entry<'_>> {
        let Some(system) = self.0.systems.iter().position(|s| s.as_str() == system) else {
            return Vec::new();
        };
        let wanted = (system as u8, code);
        let key = |at: &u32| {
            let c = &self.0.codes[*at as usize];
            (c.system, self.code_text(c))
        };
        let first = self.0.by_code.partition_point(|at| key(at) < wanted);
        let mut found: Vec<Entry<'_>> = self.0.by_code[first..]
            .iter()
            .take_while(|at| key(at) == wanted)
            .map(|at| self.entry(self.0.codes[*at as usize].node))
            .collect();
        found.sort_by_key(|e| (e.valid_to.is_some(), e.kind, e.id));
        found
    }

    /// Every code of a division, as (system, code).
    pub fn codes(&self, id: Id<Division>) -> impl Iterator<Item = (&str, &str)> {
        let n = self.node(id).unwrap_or(NONE);
        let first = self.0.codes.partition_point(|c| c.node < n);
        let mine = self.0.codes[first..].iter().take_while(move |c| c.node == n);
        mine.map(|c| (self.0.systems[c.system as usize].as_str(), self.code_text(c)))
    }

    /// Living divisions whose name or code holds the words, large ones first, at most `most`. A bare rung lists it.
    pub fn search(&self, words: &str, kind: Option<Kind>, most: usize) -> Vec<Entry<'_>> {
        let digits = words.len() >= 4 && words.bytes().all(|b| b.is_ascii_digit());
        let mut found = Vec::new();
        for rung in Kind::ALL.into_iter().filter(|k| kind.is_none_or(|wanted| wanted == *k)) {
            let living = (0_u32..).zip(&self.0.nodes).filter(|(_, n)| n.kind == rung && n.valid_to.is_none());
            let hits = living.map(|(n, _)| self.entry(n)).filter(|e| {
                e.name.contains(words) || (digits && self.codes(e.id).any(|(_, c)| c.starts_with(words)))
            });
            found.extend(hits.take(most - found.len()));
        }
        found
    }

    /// What the division was before, the latest first.
    pub fn formers(&self, id: Id<Division>) -> Vec<&Former> {
        let mut all: Vec<&Former> = self.0.formers.iter().filter(|f| f.division == id).collect();
        all.reverse();
        all
    }

    /// What the division passed into.
    pub fn successors(&self, id: Id<Division>) -> Vec<Id<Division>> {
        self.0.successions.iter().filter(|p| p.old == id).map(|p| p.new).collect()
    }

    /// What the division passed into, and on which day.
    pub fn passings_from(&self, id: Id<Division>) -> impl Iterator<Item = (Id<Division>, Date)> {
        self.0.successions.iter().filter(move |p| p.old == id).map(|p| (p.new, p.day))
    }

    /// What passed into the division, and on which day.
    pub fn passings_into(&self, id: Id<Division>) -> impl Iterator<Item = (Id<Division>, Date)> {
        self.0.successions.iter().filter(move |p| p.new == id).map(|p| (p.old, p.day))
    }

    /// What passed into the division.
    pub fn predecessors(&self, id: Id<Division>) -> Vec<Id<Division>> {
        self.0.successions.iter().filter(|p| p.new == id).map(|p| p.old).collect()
    }

    /// A grid, living or ended.
    pub fn grid(&self, id: Id<Grid>) -> Option<&Grid> {
        let n = self.0.grids.binary_search_by_key(&id.raw(), |g| g.grid.id.raw()).ok()?;
        Some(&self.0.grids[n].grid)
    }

    /// The living grids of a village, by level and code.
    pub fn grids(&self, village: Id<Division>) -> impl Iterator<Item = &Grid> {
        let span = self.node(village).map_or(0..0, |n| {
            self.0.grid_start[n as usize] as usize..self.0.grid_start[n as usize + 1] as usize
        });
        self.0.grid_order[span].iter().map(|n| &self.0.grids[*n as usize].grid)
    }

    /// Every living grid, in the order of villages.
    pub fn all_grids(&self) -> impl Iterator<Item = &Grid> {
        self.0.grid_order.iter().map(|n| &self.0.grids[*n as usize].grid)
    }

    /// How many grids live.
    pub fn grid_count(&self) -> usize {
        self.0.grid_order.len()
    }

    /// How many living grids lie below a division.
    pub fn grids_below(&self, id: Id<Division>) -> usize {
        self.below(id, Kind::Village).into_iter().map(|v| self.grids(v).count()).sum()
    }

    /// The grid that holds a spot; none outside all grids.
    pub fn grid_at(&self, spot: Spot) -> Option<&Grid> {
        self.0.locator.at(spot).map(|n| &self.0.grids[n as usize].grid)
    }

    /// The place that holds a spot, and the places on the other side of a border that is within
    /// `near_m` metres.
    pub fn locate(&self, spot: Spot, near_m: f64) -> Located {
        let found = self.0.locator.find(spot, near_m);
        let place = |n: u32| self.place_of_grid(self.0.grids[n as usize].grid.id);
        let near = found.near.iter().filter_map(|(n, m)| place(*n).map(|p| (p, *m)));
        Located { place: found.inside.and_then(place), near: near.collect() }
    }

    /// The levels of grids that occur, from the first down.
    pub fn levels(&self) -> Vec<Level> {
        let mut all: Vec<Level> = self.all_grids().map(|g| g.level).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The outline of a village, town, county or city: what its grids make together. None without grids.
    pub fn outline(&self, id: Id<Division>) -> Option<&Outline> {
        let n = self.node(id)?;
        self.0.shapes.get_or_init(|| shape::Shapes::of(self)).of_node(n)
    }
}
