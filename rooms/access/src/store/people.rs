//! The one question that every signed-in request asks: who is this now? Two look-ups by index, nothing
//! computed at sign-in and nothing kept: a post that ended is gone at the next request.

use base::{Id, Millis, Outcome};
use diesel::prelude::*;
use store::{Conn, on};

use super::tables::{access_account, access_holding, access_post, access_unit, holds};
use super::units::PostRow;
use crate::model::{Account, HeldPost, Person, State};

/// Who is this account at `now`? `None` when it does not exist or cannot sign in.
pub fn person_by_account(conn: &mut Conn, account: Id<Account>, now: Millis) -> Outcome<Option<Person>> {
    let found: Option<String> = on!(conn, c => access_account::table
        .find(account.raw())
        .filter(access_account::state.eq(State::Active.code()))
        .select(access_account::display)
        .first(c)
        .optional())?;
    let Some(display) = found else { return Ok(None) };
    let rows: Vec<(PostRow, String)> = on!(conn, c => access_holding::table
        .inner_join(access_post::table.inner_join(access_unit::table))
        .filter(access_holding::account_id.eq(account.raw()))
        .filter(holds!(access_holding, now.0))
        .filter(holds!(access_post, now.0))
        .filter(holds!(access_unit, now.0))
        .select((PostRow::as_select(), access_unit::name))
        .load(c))?;
    let mut posts: Vec<HeldPost> = rows.into_iter().map(held).collect();
    posts.sort_by_key(|p| (std::cmp::Reverse(p.scope.level), p.post));
    posts.dedup_by_key(|p| p.post);
    Ok(Some(Person { account, display, posts }))
}

fn held((row, unit_name): (PostRow, String)) -> HeldPost {
    let post = row.post();
    HeldPost {
        post: post.id,
        unit: post.unit,
        unit_name,
        title: post.title,
        duties: post.duties,
        scope: post.scope,
    }
}
