//! Choosing a division by going down the tree (选择区划): links only, so that it works without a script,
//! at any depth, and never shows what lies outside the administrator's scope.

use base::Id;
use territory::{Atlas, Division, Grid, Kind as Rung, Lineage};

use crate::model::{Duty, Level, Person, Place, Scope};

/// A step on the way down: what is read and what stands in the address.
pub struct Way {
    /// The division's name.
    pub name: String,
    /// The value of `place` that leads there.
    pub value: String,
}

/// A place that has been chosen, with the ways from here.
pub struct Picked {
    /// The place.
    pub place: Place,
    /// The value of `place` that led here.
    pub value: String,
    /// From the scope's root down to here.
    pub path: Vec<Way>,
    /// What lies directly below.
    pub below: Vec<Way>,
}

/// The place of a lineage.
pub fn place_of(lineage: &Lineage, grid: Option<Id<Grid>>) -> Place {
    let raw = |id: Option<Id<Division>>| id.map_or(0, Id::raw);
    Place {
        province: raw(lineage.province),
        city: raw(lineage.city),
        county: raw(lineage.county),
        town: raw(lineage.town),
        village: raw(lineage.village),
        grid: grid.map_or(0, Id::raw),
    }
}

/// Reads `d<id>` (a division), `g<id>` (a grid) or nothing (the root of the scope).
fn read(atlas: &Atlas, value: &str) -> Option<Place> {
    match value.split_at_checked(1)? {
        ("d", id) => atlas.place(id.parse().ok()?).map(|p| place_of(&p.lineage, None)),
        ("g", id) => atlas.place_of_grid(id.parse().ok()?).map(|p| place_of(&p.lineage, p.grid)),
        _ => None,
    }
}

/// The place of a scope.
fn root(atlas: &Atlas, scope: Scope) -> Place {
    let value = match scope.level {
        Level::Country => return Place::default(),
        Level::Grid => format!("g{}", Id::<()>::of(scope.id)),
        _ => format!("d{}", Id::<()>::of(scope.id)),
    };
    read(atlas, &value).unwrap_or_default()
}

/// Where an administrator is on the way down: at `asked`, or at the root of the widest scope when that
/// is empty, unknown or outside. `None` for somebody who administers nothing.
pub fn pick(atlas: &Atlas, person: &Person, asked: &str) -> Option<Picked> {
    let scopes = person.scopes_with(Duty::Admin);
    let top = *scopes.first()?;
    let inside = |place: &Place| scopes.iter().any(|s| s.holds(place));
    let place = read(atlas, asked).filter(inside).unwrap_or_else(|| root(atlas, top));
    let own = *scopes.iter().find(|s| s.holds(&place)).unwrap_or(&top);
    let here = place.as_scope();
    let ways = Level::ALL.into_iter().filter(|l| *l >= own.level && *l <= here.level && place.at(*l) != 0);
    Some(Picked {
        place,
        value: value_of(here),
        path: ways.map(|l| way(atlas, Scope { level: l, id: place.at(l) })).collect(),
        below: below(atlas, here),
    })
}

fn below(atlas: &Atlas, here: Scope) -> Vec<Way> {
    match here.level {
        Level::Grid => Vec::new(),
        Level::Village => atlas.grids(Id::of(here.id)).map(|g| grid_way(g.id, &g.name)).collect(),
        level => {
            let of = (level != Level::Country).then(|| Id::of(here.id));
            atlas.children(of).map(|e| division_way(e.id, e.name)).collect()
        }
    }
}

fn value_of(scope: Scope) -> String {
    match scope.level {
        Level::Country => String::new(),
        Level::Grid => format!("g{}", Id::<()>::of(scope.id)),
        _ => format!("d{}", Id::<()>::of(scope.id)),
    }
}

fn way(atlas: &Atlas, scope: Scope) -> Way {
    Way { name: name_of(atlas, scope), value: value_of(scope) }
}

fn division_way(id: Id<Division>, name: &str) -> Way {
    Way { name: name.to_owned(), value: format!("d{id}") }
}

fn grid_way(id: Id<Grid>, name: &str) -> Way {
    Way { name: name.to_owned(), value: format!("g{id}") }
}

/// The name of a scope's root; empty for the whole installation.
pub fn name_of(atlas: &Atlas, scope: Scope) -> String {
    match scope.level {
        Level::Country => String::new(),
        Level::Grid => atlas
            .grid(Id::of(scope.id))
            .map_or_else(String::new, |g| format!("{}{}", atlas.name(g.village), g.name)),
        _ => atlas.path_name(Id::of(scope.id), Rung::City),
    }
}
