//! The links of calendar feeds, by digest.

use base::{Id, Millis, Outcome};
use diesel::prelude::*;
use store::{Conn, on};

use super::tables::notice_feed;

/// A link (订阅链接).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feed {
    /// Its id.
    pub id: Id<Feed>,
    /// Who made it.
    pub account: i64,
    /// For which post.
    pub post: i64,
    /// When.
    pub made: Millis,
}

type Row = (i64, i64, i64, i64);

fn feed((id, account, post, made): Row) -> Feed {
    Feed { id: Id::of(id), account, post, made: Millis(made) }
}

/// The columns of a feed.
macro_rules! columns {
    () => {
        (notice_feed::id, notice_feed::account, notice_feed::post, notice_feed::made_ms)
    };
}

/// The living link of this digest.
pub fn feed_by_digest(conn: &mut Conn, digest: &[u8]) -> Outcome<Option<Feed>> {
    let row: Option<Row> = on!(conn, c => notice_feed::table
        .filter(notice_feed::digest.eq(digest))
        .filter(notice_feed::ended_ms.is_null())
        .select(columns!())
        .first(c)
        .optional())?;
    Ok(row.map(feed))
}

/// The living links of an account.
pub fn feeds_of(conn: &mut Conn, account: i64) -> Outcome<Vec<Feed>> {
    let rows: Vec<Row> = on!(conn, c => notice_feed::table
        .filter(notice_feed::account.eq(account))
        .filter(notice_feed::ended_ms.is_null())
        .order(notice_feed::id)
        .select(columns!())
        .load(c))?;
    Ok(rows.into_iter().map(feed).collect())
}

/// Adds a link.
pub fn put_feed(conn: &mut Conn, feed: &Feed, digest: &[u8]) -> Outcome<()> {
    on!(conn, c => diesel::insert_into(notice_feed::table)
        .values((
            notice_feed::id.eq(feed.id.raw()),
            notice_feed::account.eq(feed.account),
            notice_feed::post.eq(feed.post),
            notice_feed::digest.eq(digest),
            notice_feed::made_ms.eq(feed.made.0),
        ))
        .execute(c))?;
    Ok(())
}

/// Ends the living links of an account for a post; how many?
pub fn end_feed(conn: &mut Conn, account: i64, post: i64, at: Millis) -> Outcome<usize> {
    Ok(on!(conn, c => diesel::update(notice_feed::table)
        .filter(notice_feed::account.eq(account))
        .filter(notice_feed::post.eq(post))
        .filter(notice_feed::ended_ms.is_null())
        .set(notice_feed::ended_ms.eq(Some(at.0)))
        .execute(c))?)
}
