//! What any record may have (通用部件): a number, notes, files. Each part owns its tables,
//! keyed by the subject's kind and id, and is used from the deed of the room that owns the subject.

pub mod files;
pub mod notes;
pub mod numbering;

use store::Migration;

/// The migrations of this part of the kernel.
pub const MIGRATIONS: &[Migration] =
    &[Migration { room: "parts", name: "0001_parts", sql: include_str!("../migrations/0001_parts.sql") }];
