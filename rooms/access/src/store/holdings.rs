//! Who holds which post from when until when.

use base::{Id, Millis, Outcome};
use diesel::prelude::*;
use store::{Conn, on};

use super::tables::{access_account, access_holding, access_post, access_unit, holds, period};
use super::units::{PostRow, both};
use crate::model::{Account, Duties, Holding, Period, Place, Post, State, Unit};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = access_holding)]
struct Row {
    id: i64,
    account_id: i64,
    post_id: i64,
    from_ms: i64,
    until_ms: Option<i64>,
}

impl From<Row> for Holding {
    fn from(r: Row) -> Self {
        Self {
            id: Id::of(r.id),
            account: Id::of(r.account_id),
            post: Id::of(r.post_id),
            period: period(r.from_ms, r.until_ms),
        }
    }
}

/// A holding with its post and the unit's name, for the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldingRow {
    /// The holding.
    pub holding: Holding,
    /// The post.
    pub post: Post,
    /// The root of the post's scope, with its ancestors.
    pub scope: Place,
    /// The unit's name.
    pub unit_name: String,
}

/// Adds a holding.
pub fn put_holding(conn: &mut Conn, h: &Holding) -> Outcome<()> {
    let row = Row {
        id: h.id.raw(),
        account_id: h.account.raw(),
        post_id: h.post.raw(),
        from_ms: h.period.from.0,
        until_ms: h.period.until.map(|t| t.0),
    };
    on!(conn, c => diesel::insert_into(access_holding::table).values(&row).execute(c))?;
    Ok(())
}

/// Which holding has this id?
pub fn holding_by_id(conn: &mut Conn, id: Id<Holding>) -> Outcome<Option<Holding>> {
    let row = on!(conn, c => access_holding::table
        .find(id.raw())
        .select(Row::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(Holding::from))
}

/// Which posts does an account hold, held or will hold? The newest first.
pub fn holdings_of(conn: &mut Conn, account: Id<Account>) -> Outcome<Vec<HoldingRow>> {
    let rows: Vec<(Row, PostRow, String)> = on!(conn, c => access_holding::table
        .inner_join(access_post::table.inner_join(access_unit::table))
        .filter(access_holding::account_id.eq(account.raw()))
        .order(access_holding::id.desc())
        .select((Row::as_select(), PostRow::as_select(), access_unit::name))
        .load(c))?;
    let row = |(h, p, unit_name): (Row, PostRow, String)| HoldingRow {
        holding: h.into(),
        post: p.post(),
        scope: p.place(),
        unit_name,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Which duties does an account have in which periods, past ones too?
pub fn powers_of(conn: &mut Conn, account: Id<Account>) -> Outcome<Vec<(Duties, Period)>> {
    let held = holdings_of(conn, account)?;
    Ok(held.into_iter().map(|h| (h.post.duties, both(h.holding.period, h.post.period))).collect())
}

/// Which accounts hold a post now?
pub fn accounts_on_post(conn: &mut Conn, post: Id<Post>, now: Millis) -> Outcome<Vec<i64>> {
    Ok(on!(conn, c => access_holding::table
        .inner_join(access_post::table)
        .filter(access_holding::post_id.eq(post.raw()))
        .filter(holds!(access_holding, now.0))
        .filter(holds!(access_post, now.0))
        .select(access_holding::account_id)
        .distinct()
        .load(c))?)
}

/// Which accounts hold a post of a unit now?
pub fn accounts_in_unit(conn: &mut Conn, unit: Id<Unit>, now: Millis) -> Outcome<Vec<i64>> {
    Ok(on!(conn, c => access_holding::table
        .inner_join(access_post::table)
        .filter(access_post::unit_id.eq(unit.raw()))
        .filter(holds!(access_holding, now.0))
        .filter(holds!(access_post, now.0))
        .select(access_holding::account_id)
        .distinct()
        .load(c))?)
}

/// Which duties do the posts give that an account, if it may sign in, holds in a unit now?
pub fn duties_in_unit(
    conn: &mut Conn,
    account: Id<Account>,
    unit: Id<Unit>,
    now: Millis,
) -> Outcome<Vec<Duties>> {
    let rows: Vec<PostRow> = on!(conn, c => access_holding::table
        .inner_join(access_post::table)
        .inner_join(access_account::table)
        .filter(access_holding::account_id.eq(account.raw()))
        .filter(access_post::unit_id.eq(unit.raw()))
        .filter(access_account::state.eq(State::Active.code()))
        .filter(holds!(access_holding, now.0))
        .filter(holds!(access_post, now.0))
        .select(PostRow::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(|p| p.post().duties).collect())
}

/// Somebody on a post now (在岗人员): for choosing who answers for a matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seated {
    /// The account.
    pub account: i64,
    /// The name at work.
    pub display: String,
    /// The post, with its unit, duties and scope.
    pub post: Post,
}

/// Who holds a post of these units at `now` and can sign in? In the order of the posts.
pub fn seated_in(conn: &mut Conn, units: &[i64], now: Millis) -> Outcome<Vec<Seated>> {
    let rows: Vec<(i64, String, PostRow)> = on!(conn, c => access_holding::table
        .inner_join(access_post::table)
        .inner_join(access_account::table)
        .filter(access_post::unit_id.eq_any(units))
        .filter(access_account::state.eq(State::Active.code()))
        .filter(holds!(access_holding, now.0))
        .filter(holds!(access_post, now.0))
        .order((access_post::id, access_account::id))
        .select((access_account::id, access_account::display, PostRow::as_select()))
        .load(c))?;
    let one = |(account, display, row): (i64, String, PostRow)| Seated { account, display, post: row.post() };
    let mut all: Vec<Seated> = rows.into_iter().map(one).collect();
    all.dedup_by_key(|s| (s.account, s.post.id));
    Ok(all)
}

/// Ends a holding. One that has not begun is ended where it would begin.
pub fn end_holding(conn: &mut Conn, id: Id<Holding>, at: Millis) -> Outcome<()> {
    on!(conn, c => diesel::update(access_holding::table.find(id.raw()))
        .set(access_holding::until_ms.eq(at.0))
        .execute(c))?;
    Ok(())
}

/// Ends all holdings of an account that are not over yet; how many?
pub fn end_holdings_of(conn: &mut Conn, account: Id<Account>, at: Millis) -> Outcome<usize> {
    Ok(on!(conn, c => diesel::update(access_holding::table)
        .filter(access_holding::account_id.eq(account.raw()))
        .filter(access_holding::until_ms.is_null().or(access_holding::until_ms.assume_not_null().gt(at.0)))
        .set(access_holding::until_ms.eq(at.0))
        .execute(c))?)
}
