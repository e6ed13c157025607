//! The full-text table made anew (重建全文索引): after a restore, which does not carry it.

use base::{Id, Outcome};
use diesel::prelude::*;
use store::{Conn, on};

use super::cases::set_search;
use super::tables::case_item;

/// Cases read at once.
const ROWS: i64 = 1_000;

/// Puts every case's text into the full-text table; returns how many.
///
/// # Errors
/// What the engine says.
pub fn reindex(conn: &mut Conn) -> Outcome<usize> {
    let (mut after, mut done) = (i64::MIN, 0);
    loop {
        let ids: Vec<i64> = on!(conn, c => case_item::table
            .filter(case_item::id.gt(after))
            .order(case_item::id)
            .select(case_item::id)
            .limit(ROWS)
            .load(c))?;
        let Some(last) = ids.last().copied() else { return Ok(done) };
        for id in &ids {
            if let Some(case) = super::case_by_id(conn, Id::of(*id))? {
                set_search(conn, &case)?;
                done += 1;
            }
        }
        after = last;
    }
}
