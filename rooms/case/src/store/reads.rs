//! Who opened which record (查阅记录), and the resident's way in by number and code.

use access::ScopeFilter;
use base::{Cursor, HOUR_MS, Id, MINUTE_MS, Millis, Outcome, Page};
use diesel::prelude::*;
use store::{Conn, Keys, on};

use super::cases::case_by_number;
use super::filter::scope_sql;
use super::tables::{ReadRow, case_item, case_read};
use crate::model::{Case, CaseNumber};
use crate::rules::receipt;

/// Within this time a second opening by the same person is the same one.
pub const READ_WINDOW_MS: i64 = 10 * MINUTE_MS;

/// Did this account open this record for this purpose within the last ten minutes?
pub fn was_read_lately(
    conn: &mut Conn,
    id: Id<Case>,
    account: i64,
    purpose: &str,
    now: Millis,
) -> Outcome<bool> {
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

/// For how long a stated purpose opens the journal's pages: one working shift.
pub const SHIFT_MS: i64 = 9 * HOUR_MS;

/// For which purpose did this account open the journal last, within this shift? Such a row names no case.
pub fn journal_purpose(conn: &mut Conn, account: i64, now: Millis) -> Outcome<Option<String>> {
    Ok(on!(conn, c => case_read::table
        .filter(case_read::case_id.eq(0))
        .filter(case_read::at_ms.gt(now.0 - SHIFT_MS))
        .filter(case_read::account.eq(account))
        .order(case_read::at_ms.desc())
        .select(case_read::purpose)
        .first(c)
        .optional())?)
}

/// Which reads (查阅记录的条件).
#[derive(Debug, Clone, Default)]
pub struct ReadFilter {
    /// Of cases in this scope. Empty means none.
    pub scope: ScopeFilter,
    /// Of this case.
    pub number: Option<String>,
    /// By this account.
    pub account: Option<i64>,
    /// Only the openings of a contact.
    pub only_contacts: bool,
    /// At or after.
    pub from: Option<Millis>,
    /// Before.
    pub before: Option<Millis>,
}

/// Who opened which records, newest first, each with the case's number?
pub fn read_log(
    conn: &mut Conn,
    filter: &ReadFilter,
    after: Option<Cursor>,
    size: usize,
) -> Outcome<Page<(ReadRow, String)>> {
    if filter.scope.is_empty() {
        return Ok(Page { rows: Vec::new(), next: None });
    }
    let scope = diesel::dsl::sql::<diesel::sql_types::Bool>(&scope_sql(&filter.scope, false));
    let rows: Vec<(ReadRow, String)> = on!(conn, c => {
        let mut q = case_read::table
            .inner_join(case_item::table.on(case_item::id.eq(case_read::case_id)))
            .filter(scope)
            .select((ReadRow::as_select(), case_item::number))
            .into_boxed();
        if let Some(number) = &filter.number {
            q = q.filter(case_item::number.eq(number));
        }
        if let Some(account) = filter.account {
            q = q.filter(case_read::account.eq(account));
        }
        if filter.only_contacts {
            q = q.filter(case_read::purpose.ne("record"));
        }
        if let Some(from) = filter.from {
            q = q.filter(case_read::at_ms.ge(from.0));
        }
        if let Some(before) = filter.before {
            q = q.filter(case_read::at_ms.lt(before.0));
        }
        if let Some(cursor) = after {
            q = q.filter(case_read::id.lt(cursor.id));
        }
        q.order(case_read::id.desc()).limit(size as i64 + 1).load(c)
    })?;
    Ok(Page::from_extra(rows, size, |(r, _)| Cursor { key: r.at_ms, id: r.id }))
}

/// The numbers of these cases.
pub fn numbers_of(conn: &mut Conn, ids: &[i64]) -> Outcome<Vec<(i64, String)>> {
    Ok(on!(conn, c => case_item::table
        .filter(case_item::id.eq_any(ids))
        .select((case_item::id, case_item::number))
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
