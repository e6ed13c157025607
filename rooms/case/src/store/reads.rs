//! Who opened which record (查阅记录), and the resident's way in by number and code.

use base::{Id, MINUTE_MS, Millis, Outcome};
use diesel::prelude::*;
use store::{Conn, Keys, on};

use super::cases::case_by_number;
use super::tables::{ReadRow, case_read};
use crate::model::{Case, CaseNumber};
use crate::rules::receipt;

/// Within this time a second opening by the same person is the same one.
pub const READ_WINDOW_MS: i64 = 10 * MINUTE_MS;

/// Did this account open this record for this purpose within the last ten minutes?
pub fn was_read_lately(conn: &mut Conn, id: Id<Case>, account: i64, purpose: &str, now: Millis) -> Outcome<bool> {
    let found: Option<i64> = on!(conn, c => case_read::table
        .filter(case_read::case_id.eq(id.raw()))
        .filter(case_read::at_ms.gt(now.0 - READ_WINDOW_MS))
        .filter(case_read::account.eq(account))
        .filter(case_read::purpose.eq(purpose))
        .select(case_read::id)
        .first(c)
        .optional())?;
    Ok(found.is_some())
}

/// Adds a row to the log of reads.
pub fn put_read(conn: &mut Conn, row: &ReadRow) -> Outcome<()> {
    on!(conn, c => diesel::insert_into(case_read::table).values(row).execute(c))?;
    Ok(())
}

/// Who opened this record, newest first?
pub fn reads_of(conn: &mut Conn, id: Id<Case>, most: i64) -> Outcome<Vec<ReadRow>> {
    Ok(on!(conn, c => case_read::table
        .filter(case_read::case_id.eq(id.raw()))
        .order((case_read::at_ms.desc(), case_read::id.desc()))
        .limit(most)
        .select(ReadRow::as_select())
        .load(c))?)
}

/// What did this account open, newest first?
pub fn reads_by(conn: &mut Conn, account: i64, most: i64) -> Outcome<Vec<ReadRow>> {
    Ok(on!(conn, c => case_read::table
        .filter(case_read::account.eq(account))
        .order((case_read::at_ms.desc(), case_read::id.desc()))
        .limit(most)
        .select(ReadRow::as_select())
        .load(c))?)
}

/// The receipt's code of a case.
pub fn code_of(keys: &Keys, id: Id<Case>) -> String {
    // Two tags, because one tag's sixteen bytes could run out of fair letters.
    let one = keys.blind("case", &receipt::code_text(id.raw()));
    let two = keys.blind("case", &format!("{} again", receipt::code_text(id.raw())));
    receipt::code_of(&[one, two].concat())
}

/// The case that this number and code open; `None` also when only the code is wrong, so that nobody
/// learns which numbers exist.
pub fn by_number_and_code(conn: &mut Conn, keys: &Keys, number: &str, code: &str) -> Outcome<Option<Case>> {
    let Some(number) = CaseNumber::parse(number) else { return Ok(None) };
    let case = case_by_number(conn, &number.to_string())?;
    Ok(case.filter(|c| receipt::is_code(&code_of(keys, c.id), code)))
}
