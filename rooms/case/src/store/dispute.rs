//! What units gave back as not their own (退单台账), and what became of it: counted for the unit, never for the case.

use base::{Id, Millis, Outcome};
use diesel::prelude::*;
use store::{Conn, on};

use super::tables::case_return;
use crate::model::Case;

/// One giving back (退单).
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_return)]
pub struct ReturnRow {
    /// Its id.
    pub id: i64,
    /// Which case.
    pub case_id: i64,
    /// Its county.
    pub county_id: i64,
    /// When.
    pub at_ms: i64,
    /// By which unit.
    pub unit_id: i64,
    /// To which desk.
    pub desk_unit: i64,
    /// The entry of the duty list that it leans on.
    pub duty_entry: String,
    /// Whether the upper desk was asked to decide.
    pub is_dispute: bool,
    /// When it was decided.
    pub decided_ms: Option<i64>,
    /// To whom the case went then.
    pub decided_unit: i64,
    /// `upheld` when it went to somebody else, `reversed` when it came back to the unit.
    pub outcome: Option<String>,
}

/// Adds one.
pub fn put_return(conn: &mut Conn, row: &ReturnRow) -> Outcome<()> {
    on!(conn, c => diesel::insert_into(case_return::table).values(row).execute(c))?;
    Ok(())
}

/// What was given back of a case, oldest first.
pub fn returns_of(conn: &mut Conn, case: Id<Case>) -> Outcome<Vec<ReturnRow>> {
    Ok(on!(conn, c => case_return::table
        .filter(case_return::case_id.eq(case.raw()))
        .order(case_return::id)
        .select(ReturnRow::as_select())
        .load(c))?)
}

/// Notes to whom the case went after what is still open was given back.
pub fn decide_returns(conn: &mut Conn, case: Id<Case>, unit: i64, at: Millis) -> Outcome<()> {
    for row in returns_of(conn, case)?.into_iter().filter(|r| r.outcome.is_none()) {
        let outcome = if row.unit_id == unit { "reversed" } else { "upheld" };
        on!(conn, c => diesel::update(case_return::table.find(row.id))
            .set((
                case_return::decided_ms.eq(at.0),
                case_return::decided_unit.eq(unit),
                case_return::outcome.eq(outcome),
            ))
            .execute(c))?;
    }
    Ok(())
}
