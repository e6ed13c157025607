//! Import batches.

use base::{Id, Millis, Outcome};
use diesel::prelude::*;
use store::{Conn, Tx, on};

use super::cases::SEARCH;
use super::tables::{BatchRow, CaseRow, case_batch, case_intake, case_item, case_reporter};
use crate::model::Case;

/// Adds a batch.
pub fn put_batch(conn: &mut Conn, row: &BatchRow) -> Outcome<()> {
    on!(conn, c => diesel::insert_into(case_batch::table).values(row).execute(c))?;
    Ok(())
}

/// Counts what was added.
pub fn set_batch_counts(conn: &mut Conn, id: i64, rows: i64, added: i64) -> Outcome<()> {
    on!(conn, c => diesel::update(case_batch::table.find(id))
        .set((
            case_batch::row_count.eq(case_batch::row_count + rows),
            case_batch::added_count.eq(case_batch::added_count + added),
        ))
        .execute(c))?;
    Ok(())
}

/// The batch with this id.
pub fn batch_by_id(conn: &mut Conn, id: i64) -> Outcome<Option<BatchRow>> {
    Ok(on!(conn, c => case_batch::table.find(id).select(BatchRow::as_select()).first(c).optional())?)
}

/// The latest batches.
pub fn batches(conn: &mut Conn, most: i64) -> Outcome<Vec<BatchRow>> {
    Ok(on!(conn, c => case_batch::table
        .order(case_batch::id.desc())
        .limit(most)
        .select(BatchRow::as_select())
        .load(c))?)
}

/// Marks a batch as undone.
pub fn set_batch_undone(conn: &mut Conn, id: i64, at: Millis, by: i64) -> Outcome<()> {
    on!(conn, c => diesel::update(case_batch::table.find(id))
        .set((case_batch::undone_ms.eq(at.0), case_batch::undone_by.eq(by)))
        .execute(c))?;
    Ok(())
}

/// Which cases came with a batch?
pub fn cases_of_batch(conn: &mut Conn, batch: i64) -> Outcome<Vec<Case>> {
    let rows: Vec<CaseRow> = on!(conn, c => case_item::table
        .inner_join(case_intake::table.on(case_intake::case_id.eq(case_item::id)))
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("case_intake.batch_id <> 0"))
        .filter(case_intake::batch_id.eq(batch))
        .select(CaseRow::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(Case::from).collect())
}

/// Empties a case of an undone batch: its texts and contacts go, its row number may come again. What is
/// left is a withdrawn case with a number, so that the count stays gapless.
pub fn empty_case(tx: &mut Tx<'_>, id: Id<Case>) -> Outcome<()> {
    on!(tx.conn, c => diesel::update(case_intake::table.find(id.raw()))
        .set((case_intake::row_digest.eq(None::<Vec<u8>>), case_intake::answers.eq("[]")))
        .execute(c))?;
    on!(tx.conn, c => diesel::delete(case_reporter::table.find(id.raw())).execute(c))?;
    on!(tx.conn, c => diesel::update(case_item::table.find(id.raw())).set(case_item::spot.eq("")).execute(c))?;
    super::cases::forget_words(tx.conn, id)?;
    tx.search_again(SEARCH, id.raw(), String::new())
}
