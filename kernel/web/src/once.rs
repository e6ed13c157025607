//! Forms act once (防重复提交): the form's number is kept together with where its first sending led.

use base::{DAY_MS, Millis, Outcome};
use diesel::prelude::*;
use store::{Conn, Tx, on};

diesel::table! {
    web_once (code) {
        code -> Text,
        went_to -> Text,
        made_ms -> BigInt,
    }
}

/// How long a number is remembered.
const KEPT_MS: i64 = 7 * DAY_MS;

/// Where the form with this number led, if it was taken before. Ask in the deed's transaction,
/// first of all; an empty number was never taken.
///
/// # Errors
/// Faults of the store.
pub fn taken(conn: &mut Conn, code: &str) -> Outcome<Option<String>> {
    if code.is_empty() {
        return Ok(None);
    }
    let row = on!(conn, c => web_once::table.find(code).select(web_once::went_to).first(c).optional())?;
    Ok(row)
}

/// Keeps the number, in the same transaction as the deed. Two sendings at the same instant meet at
/// the key; the second fails and, tried again, finds the first.
///
/// # Errors
/// Faults of the store.
pub fn keep(tx: &mut Tx<'_>, code: &str, went_to: &str, now: Millis) -> Outcome<()> {
    if code.is_empty() {
        return Ok(());
    }
    let row = (web_once::code.eq(code), web_once::went_to.eq(went_to), web_once::made_ms.eq(now.0));
    on!(tx.conn, c => diesel::insert_into(web_once::table).values(row).execute(c))?;
    Ok(())
}

/// Forgets old numbers.
pub(crate) fn sweep(tx: &mut Tx<'_>, now: Millis) -> Outcome<()> {
    let old = web_once::made_ms.lt(now.0 - KEPT_MS);
    on!(tx.conn, c => diesel::delete(web_once::table.filter(old)).execute(c))?;
    Ok(())
}
