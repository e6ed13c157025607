//! Wrong tries, by a keyed digest of the typed name.

use base::{Millis, Outcome};
use diesel::prelude::*;
use store::{Conn, on};

use super::tables::access_try;

/// When were the newest wrong tries with this name since an instant? At most `most`.
pub fn tries_since(conn: &mut Conn, tag: &[u8], since: Millis, most: usize) -> Outcome<Vec<Millis>> {
    let rows: Vec<i64> = on!(conn, c => access_try::table
        .filter(access_try::name_tag.eq(tag))
        .filter(access_try::at_ms.gt(since.0))
        .order(access_try::at_ms.desc())
        .limit(most as i64)
        .select(access_try::at_ms)
        .load(c))?;
    Ok(rows.into_iter().map(Millis).collect())
}

/// Adds a wrong try.
pub fn put_try(conn: &mut Conn, id: i64, tag: &[u8], at: Millis) -> Outcome<()> {
    on!(conn, c => diesel::insert_into(access_try::table)
        .values((access_try::id.eq(id), access_try::name_tag.eq(tag), access_try::at_ms.eq(at.0)))
        .execute(c))?;
    Ok(())
}

/// Forgets the tries with a name, after a right one.
pub fn forget_tries(conn: &mut Conn, tag: &[u8]) -> Outcome<()> {
    on!(conn, c => diesel::delete(access_try::table.filter(access_try::name_tag.eq(tag))).execute(c))?;
    Ok(())
}

/// Forgets all tries before an instant.
pub fn sweep_tries(conn: &mut Conn, before: Millis) -> Outcome<()> {
    on!(conn, c => diesel::delete(access_try::table.filter(access_try::at_ms.lt(before.0))).execute(c))?;
    Ok(())
}
