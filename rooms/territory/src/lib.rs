//! Territory (地域): divisions, their codes and their history, grids and who works in them, and the way
//! from a position to the grid that answers for it.
//!
//! Other rooms take a [`LiveAtlas`] from the site, ask it for the present [`Atlas`] and keep that for
//! the length of a request. They never query this room's tables.

mod api;
pub mod deeds;
pub mod model;
mod pages;
pub mod rules;
pub mod samples;
pub mod store;

pub use deeds::{LiveAtlas, load_atlas};
pub use model::{Datum, Division, Fix, Grid, Kind, Lineage, Reading, Source, Spot};
pub use pages::{MapArea, map_svg};
pub use rules::{
    atlas::{Atlas, BORDER_M, Entry, Located, Place, ScopeIds},
    datum::fix,
};

use ::store::Migration;

/// The tables of this room.
pub const MIGRATIONS: &[Migration] = &[Migration {
    room: "territory",
    name: "0001_territory",
    sql: include_str!("../migrations/0001_territory.sql"),
}];

/// The kinds of facts that this room records.
pub const FACTS: &[&str] = &[
    "territory.divisions_imported",
    "territory.division_renamed",
    "territory.division_moved",
    "territory.divisions_merged",
    "territory.division_split",
    "territory.grids_imported",
    "territory.grid_renamed",
    "territory.workers_assigned",
    "territory.worker_released",
];

/// The room as the house takes it.
pub fn room() -> web::Room {
    web::Room {
        routes: pages::routes(),
        api: api::routes(),
        rights: pages::RIGHTS,
        migrations: MIGRATIONS,
        facts: FACTS,
        // All of them change the atlas.
        stirs: FACTS,
        words: web::words!("territory"),
        nav: pages::NAV,
        samples: samples::samples(),
        ..web::Room::new("territory")
    }
}
