//! The use cases of the room. Each takes the transaction, who and when, and its input, and records what it
//! did. Each raises the room's edition, so that every process makes itself a new atlas.

mod atlas;
mod grids;
mod import;
mod recut;
mod workers;

pub use atlas::{LiveAtlas, load_atlas};
pub use grids::{GridImport, GridReport, add_grids, import_grids, rename_grid};
pub use import::{DivisionImport, ImportReport, Progress, import_divisions, import_sheet};
pub use recut::{
    Merge, Split, merge_divisions, preview_merge, preview_split, rename_division, split_division,
};
pub use workers::{NewAssignment, assign_workers, release_worker};

use ::store::Conn;
use base::{Act, Invalid, Outcome, Refusal, Zone};
use jiff::civil::Date;

use crate::{model::Division, store};

/// Changes of the territory are entered when they have happened, not before.
fn not_ahead(act: Act, day: Date) -> Outcome<()> {
    if day > Zone::default().day(act.at) {
        return Err(Invalid::field("day", "territory.bad.ahead").into());
    }
    Ok(())
}

/// The division, or "not found".
fn found(conn: &mut Conn, id: base::Id<Division>) -> Outcome<Division> {
    store::division_by_id(conn, id)?.ok_or_else(|| Refusal::not_found().into())
}
