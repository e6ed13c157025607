//! The pages of the room: browsing the tree, a division with its history, grids, and the forms of the
//! administrator.

mod browse;
mod change;
mod files;
mod map;
mod reach;

pub(crate) use browse::{Ask, division_page, grid_page, tree_page};
pub(crate) use change::merger_page;
pub(crate) use files::file_page;
pub use map::{MapArea, map_svg};

use web::{Nav, Need, Right, Routes};

const ADMIN: Need = Need::Duty("admin");

/// One row for each route, JSON included.
pub const RIGHTS: &[Right] = &[
    Right::get("/territory", Need::SignedIn, "staff look up divisions"),
    Right::get("/territory/options", Need::Public, "a form fills the select of the next level"),
    Right::get("/territory/{id}", Need::SignedIn, "staff read a division, its codes and its history"),
    Right::get("/territory/{id}/grids.geojson", Need::SignedIn, "grids for other maps and for a new cut")
        .heavy(),
    Right::get("/territory/grids/{id}", Need::SignedIn, "staff read a grid and its staffing"),
    Right::get("/territory/{id}/name", ADMIN, "the form"),
    Right::post("/territory/{id}/name", ADMIN, "the administrator enters a rename"),
    Right::get("/territory/{id}/merger", ADMIN, "the form"),
    Right::post("/territory/{id}/merger", ADMIN, "the administrator enters a merger, after a preview"),
    Right::get("/territory/{id}/partition", ADMIN, "the form"),
    Right::post("/territory/{id}/partition", ADMIN, "the administrator enters a split, after a preview"),
    Right::get("/territory/grid-files/new", ADMIN, "the form"),
    Right::post("/territory/grid-files", ADMIN, "the administrator brings a cut of grids in, after a check")
        .files(),
    Right::get("/api/territory/divisions", Need::Public, "names and codes of divisions are public"),
    Right::get("/api/territory/divisions/{id}", Need::Public, "names and codes of divisions are public"),
    Right::get("/api/territory/location", Need::Public, "which place a position belongs to"),
];

/// The room's entry in the main menu.
pub const NAV: &[Nav] = &[Nav { href: "/territory", key: "territory.title", need: ADMIN, order: 80 }];

/// The HTML routes.
pub fn routes() -> Routes {
    Routes::new()
        .get("/territory", browse::tree_top)
        .get("/territory/options", browse::child_options)
        .get("/territory/{id}", browse::division_show)
        .get("/territory/grids/{id}", browse::grid_show)
        .get("/territory/{id}/grids.geojson", files::grids_export)
        .get("/territory/grid-files/new", files::grid_file_new)
        .post("/territory/grid-files", files::grid_file_add)
        .get("/territory/{id}/name", change::name_edit)
        .post("/territory/{id}/name", change::name_set)
        .get("/territory/{id}/merger", change::merger_new)
        .post("/territory/{id}/merger", change::merger_add)
        .get("/territory/{id}/partition", change::partition_new)
        .post("/territory/{id}/partition", change::partition_add)
}
