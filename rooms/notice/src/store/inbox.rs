//! Inboxes: what is for a person's account, posts and units. Each box is read along its own index, at most a page of
//! it, and the pages are put together by number, which rises with time.

use base::{Cursor, Id, Millis, Outcome, Page};
use diesel::prelude::*;
use store::{Conn, on};

use super::tables::{Row, inside, notice_item, notice_read, notice_seen};
use crate::model::{Item, Kind, Letter};

/// Which letters of an inbox are asked for.
#[derive(Debug, Clone, Default)]
pub struct InboxFilter {
    /// Only this kind.
    pub kind: Option<Kind>,
    /// Only what was not read yet.
    pub unread: bool,
    /// Only numbers from here on.
    pub from: Option<i64>,
    /// Only numbers before this one.
    pub before: Option<i64>,
}

/// Up to which letter has an account read everything?
fn read_upto(conn: &mut Conn, account: i64) -> Outcome<i64> {
    let upto: Option<i64> = on!(conn, c => notice_seen::table
        .find(account)
        .select(notice_seen::upto)
        .first(c)
        .optional())?;
    Ok(upto.unwrap_or(0))
}

/// How many letters of these boxes are unread from number `from` on, counted to at most `most`?
pub fn count_unread(conn: &mut Conn, account: i64, boxes: &[String], from: i64, most: i64) -> Outcome<u64> {
    let from = from.max(read_upto(conn, account)?);
    let mut sum = 0;
    for one in boxes {
        let ids: Vec<i64> = on!(conn, c => notice_item::table
            .filter(inside())
            .filter(notice_item::letter_box.eq(one))
            .filter(notice_item::id.gt(from))
            .filter(diesel::dsl::not(diesel::dsl::exists(
                notice_read::table
                    .filter(notice_read::account.eq(account))
                    .filter(notice_read::item.eq(notice_item::id)),
            )))
            .order(notice_item::id.desc())
            .limit(most)
            .select(notice_item::id)
            .load(c))?;
        sum += ids.len() as u64;
        if sum >= most as u64 {
            break;
        }
    }
    Ok(sum)
}

/// Which letters are in these boxes? The newest first.
pub fn inbox_page(
    conn: &mut Conn,
    account: i64,
    boxes: &[String],
    filter: &InboxFilter,
    after: Option<Cursor>,
    size: usize,
) -> Outcome<Page<Item>> {
    let floor = if filter.unread { read_upto(conn, account)? } else { 0 }.max(filter.from.unwrap_or(0) - 1);
    let mut rows: Vec<Row> = Vec::new();
    for one in boxes {
        let found: Vec<Row> = on!(conn, c => {
            let mut query = notice_item::table
                .filter(inside())
                .filter(notice_item::letter_box.eq(one))
                .filter(notice_item::id.gt(floor))
                .order(notice_item::id.desc())
                .limit(size as i64 + 1)
                .select(Row::as_select())
                .into_boxed();
            if let Some(kind) = filter.kind {
                query = query.filter(notice_item::kind.eq(kind.code()));
            }
            if let Some(before) = filter.before {
                query = query.filter(notice_item::id.lt(before));
            }
            if let Some(cursor) = after {
                query = query.filter(notice_item::id.lt(cursor.id));
            }
            if filter.unread {
                query = query.filter(diesel::dsl::not(diesel::dsl::exists(
                    notice_read::table
                        .filter(notice_read::account.eq(account))
                        .filter(notice_read::item.eq(notice_item::id)),
                )));
            }
            query.load(c)
        })?;
        rows.extend(found);
    }
    rows.sort_unstable_by_key(|r| std::cmp::Reverse(r.id));
    let page = Page::from_extra(rows, size, |r: &Row| Cursor { key: r.id, id: r.id });
    Ok(Page { rows: page.rows.into_iter().filter_map(Row::item).collect(), next: page.next })
}

/// The letter of this number, if it lies in one of these boxes.
pub fn item_in_boxes(conn: &mut Conn, id: Id<Letter>, boxes: &[String]) -> Outcome<Option<Item>> {
    let row: Option<Row> = on!(conn, c => notice_item::table
        .find(id.raw())
        .filter(inside())
        .filter(notice_item::letter_box.eq_any(boxes))
        .select(Row::as_select())
        .first(c)
        .optional())?;
    Ok(row.and_then(Row::item))
}

/// Which of these letters has an account read?
pub fn read_among(conn: &mut Conn, account: i64, ids: &[i64]) -> Outcome<Vec<i64>> {
    let upto = read_upto(conn, account)?;
    let mut read: Vec<i64> = on!(conn, c => notice_read::table
        .filter(notice_read::account.eq(account))
        .filter(notice_read::item.eq_any(ids))
        .select(notice_read::item)
        .load(c))?;
    read.extend(ids.iter().filter(|id| **id <= upto));
    Ok(read)
}

/// Notes that an account has read a letter; a second time changes nothing.
pub fn mark_read(conn: &mut Conn, account: i64, id: Id<Letter>, at: Millis) -> Outcome<()> {
    on!(conn, c => diesel::insert_into(notice_read::table)
        .values((
            notice_read::account.eq(account),
            notice_read::item.eq(id.raw()),
            notice_read::at_ms.eq(at.0),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

/// Notes that an account has read everything up to a letter.
pub fn mark_all_read(conn: &mut Conn, account: i64, upto: i64) -> Outcome<()> {
    let upto = upto.max(read_upto(conn, account)?);
    on!(conn, c => diesel::insert_into(notice_seen::table)
        .values((notice_seen::account.eq(account), notice_seen::upto.eq(upto)))
        .on_conflict(notice_seen::account)
        .do_update()
        .set(notice_seen::upto.eq(upto))
        .execute(c))?;
    on!(conn, c => diesel::delete(notice_read::table)
        .filter(notice_read::account.eq(account))
        .filter(notice_read::item.le(upto))
        .execute(c))?;
    Ok(())
}
