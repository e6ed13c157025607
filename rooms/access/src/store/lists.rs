//! The lists of the administrator and the auditor: filtered by scope in SQL, paged by key.

use std::collections::HashMap;

use base::{Cursor, Id, Millis, Outcome, Page};
use diesel::prelude::*;
use store::{Conn, on};

use super::tables::{access_account, access_holding, access_post, access_unit, holds, in_places};
use super::units::{PostRow, UnitRow};
use crate::model::{Account, Duty, Level, Post, ScopeFilter, State, Touch, Unit, UnitKind};

/// A scope filter over the unit's place, as lists of ids by level.
#[derive(Debug, Clone, Default)]
struct InPlaces {
    all: bool,
    ids: [Vec<i64>; 6],
}

impl From<&ScopeFilter> for InPlaces {
    /// Staff lists are reached by place only: the other touches have no meaning here and open nothing.
    fn from(filter: &ScopeFilter) -> Self {
        let mut places = Self::default();
        for clause in &filter.clauses {
            match clause.touch {
                Touch::Anything => places.all = true,
                Touch::Place(Level::Country, _) => {}
                Touch::Place(level, id) => places.ids[level as usize - 1].push(id),
                Touch::Holder(_) | Touch::Part(_) | Touch::Own(_) => {}
            }
        }
        places
    }
}

/// A word typed into a filter as a pattern of `LIKE`: anywhere in the text, its own signs meant as they are.
fn pattern(typed: &str) -> String {
    format!("%{}%", typed.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

/// Which part of a list and in which order.
#[derive(Debug, Clone, Copy)]
pub struct Cut {
    /// After which row it begins.
    pub after: Option<Cursor>,
    /// How many rows.
    pub size: usize,
    /// Newest first.
    pub descending: bool,
}

/// Orders a boxed query by a key and the id, and begins it after the cursor.
macro_rules! cut {
    ($query:expr, $key:expr, $id:expr, $cut:expr) => {{
        let mut query = $query.limit($cut.size as i64 + 1);
        query = if $cut.descending {
            query.order(($key.desc(), $id.desc()))
        } else {
            query.order(($key.asc(), $id.asc()))
        };
        match $cut.after {
            None => query,
            Some(c) if $cut.descending => query.filter($key.lt(c.key).or($key.eq(c.key).and($id.lt(c.id)))),
            Some(c) => query.filter($key.gt(c.key).or($key.eq(c.key).and($id.gt(c.id)))),
        }
    }};
}

/// How accounts are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountOrder {
    /// By when they were made.
    Made,
    /// By when they last signed in.
    SignedIn,
}

/// Which accounts are asked for.
#[derive(Debug, Clone, Default)]
pub struct AccountFilter {
    /// Part of the name typed at sign-in or of the name at work.
    pub words: Option<String>,
    /// Only this state.
    pub state: Option<State>,
    /// Only accounts kept by this unit.
    pub unit: Option<i64>,
}

/// An account in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLine {
    /// Its id.
    pub id: Id<Account>,
    /// The name typed at sign-in.
    pub name: String,
    /// The name at work.
    pub display: String,
    /// Whether it can sign in.
    pub state: State,
    /// The unit that keeps it.
    pub unit_name: String,
    /// The titles of the posts held now.
    pub posts: Vec<String>,
    /// Whether it has a second factor.
    pub totp_on: bool,
    /// When it was made.
    pub created: Millis,
    /// When it last signed in.
    pub signed_in: Option<Millis>,
}

type AccountTuple = (i64, String, String, String, bool, i64, i64, String);

/// Which accounts of this scope meet the filter?
pub fn accounts_page(
    conn: &mut Conn,
    scope: &ScopeFilter,
    filter: &AccountFilter,
    order: AccountOrder,
    cut: Cut,
    now: Millis,
) -> Outcome<Page<AccountLine>> {
    let places = InPlaces::from(scope);
    let rows: Vec<AccountTuple> = on!(conn, c => {
        let mut query = access_account::table
            .inner_join(access_unit::table)
            .filter(in_places!(access_unit, places))
            .select((
                access_account::id,
                access_account::name,
                access_account::display,
                access_account::state,
                access_account::totp_on,
                access_account::created_ms,
                access_account::signed_in_ms,
                access_unit::name,
            ))
            .into_boxed();
        if let Some(words) = &filter.words {
            let like = pattern(words);
            let name = pattern(&words.to_ascii_lowercase());
            query = query.filter(
                access_account::name.like(name).escape('\\').or(access_account::display.like(like).escape('\\')),
            );
        }
        if let Some(state) = filter.state {
            query = query.filter(access_account::state.eq(state.code()));
        }
        if let Some(unit) = filter.unit {
            query = query.filter(access_account::unit_id.eq(unit));
        }
        match order {
            AccountOrder::Made => cut!(query, access_account::created_ms, access_account::id, cut).load(c),
            AccountOrder::SignedIn => cut!(query, access_account::signed_in_ms, access_account::id, cut).load(c),
        }
    })?;
    let ids: Vec<i64> = rows.iter().map(|r| r.0).collect();
    let mut titles = titles_of(conn, &ids, now)?;
    let lines = rows.into_iter().map(|r| account_line(r, &mut titles)).collect();
    Ok(Page::from_extra(lines, cut.size, |l: &AccountLine| Cursor {
        key: match order {
            AccountOrder::Made => l.created.0,
            AccountOrder::SignedIn => l.signed_in.map_or(0, |t| t.0),
        },
        id: l.id.raw(),
    }))
}

fn account_line(row: AccountTuple, titles: &mut HashMap<i64, Vec<String>>) -> AccountLine {
    let (id, name, display, state, totp_on, created_ms, signed_in_ms, unit_name) = row;
    AccountLine {
        id: Id::of(id),
        name,
        display,
        state: State::parse(&state).unwrap_or(State::Disabled),
        unit_name,
        posts: titles.remove(&id).unwrap_or_default(),
        totp_on,
        created: Millis(created_ms),
        signed_in: (signed_in_ms > 0).then_some(Millis(signed_in_ms)),
    }
}

/// The titles of the posts that these accounts hold now.
fn titles_of(conn: &mut Conn, accounts: &[i64], now: Millis) -> Outcome<HashMap<i64, Vec<String>>> {
    let rows: Vec<(i64, String)> = on!(conn, c => access_holding::table
        .inner_join(access_post::table)
        .filter(access_holding::account_id.eq_any(accounts))
        .filter(holds!(access_holding, now.0))
        .filter(holds!(access_post, now.0))
        .order(access_holding::id)
        .select((access_holding::account_id, access_post::title))
        .load(c))?;
    let mut titles: HashMap<i64, Vec<String>> = HashMap::new();
    for (account, title) in rows {
        titles.entry(account).or_default().push(title);
    }
    Ok(titles)
}

/// Which units are asked for.
#[derive(Debug, Clone, Default)]
pub struct UnitFilter {
    /// Part of the name.
    pub words: Option<String>,
    /// Only this kind.
    pub kind: Option<UnitKind>,
    /// Only units that exist now (`true`) or have ended (`false`).
    pub open: Option<bool>,
}

/// A unit in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitLine {
    /// The unit.
    pub unit: Unit,
    /// How many posts it has now.
    pub posts: i64,
}

/// Which units of this scope meet the filter?
pub fn units_page(
    conn: &mut Conn,
    scope: &ScopeFilter,
    filter: &UnitFilter,
    cut: Cut,
    now: Millis,
) -> Outcome<Page<UnitLine>> {
    let places = InPlaces::from(scope);
    let rows: Vec<UnitRow> = on!(conn, c => {
        let mut query = access_unit::table
            .filter(in_places!(access_unit, places))
            .select(UnitRow::as_select())
            .into_boxed();
        if let Some(words) = &filter.words {
            query = query.filter(access_unit::name.like(pattern(words)).escape('\\'));
        }
        if let Some(kind) = filter.kind {
            query = query.filter(access_unit::kind.eq(kind.code()));
        }
        query = match filter.open {
            None => query,
            Some(true) => query.filter(holds!(access_unit, now.0)),
            Some(false) => query.filter(access_unit::until_ms.assume_not_null().le(now.0)),
        };
        cut!(query, access_unit::from_ms, access_unit::id, cut).load(c)
    })?;
    let units: Vec<Unit> = rows.into_iter().map(Unit::from).collect();
    let ids: Vec<i64> = units.iter().map(|u| u.id.raw()).collect();
    let counts = posts_by_unit(conn, &ids, now)?;
    let line = |unit: Unit| UnitLine { posts: counts.get(&unit.id.raw()).copied().unwrap_or(0), unit };
    let lines = units.into_iter().map(line).collect();
    Ok(Page::from_extra(lines, cut.size, |l: &UnitLine| Cursor {
        key: l.unit.period.from.0,
        id: l.unit.id.raw(),
    }))
}

fn posts_by_unit(conn: &mut Conn, units: &[i64], now: Millis) -> Outcome<HashMap<i64, i64>> {
    let rows: Vec<(i64, i64)> = on!(conn, c => access_post::table
        .filter(access_post::unit_id.eq_any(units))
        .filter(holds!(access_post, now.0))
        .group_by(access_post::unit_id)
        .select((access_post::unit_id, diesel::dsl::count_star()))
        .load(c))?;
    Ok(rows.into_iter().collect())
}

/// Which posts are asked for.
#[derive(Debug, Clone, Default)]
pub struct PostFilter {
    /// Part of the title or of the unit's name.
    pub words: Option<String>,
    /// Only posts with this duty.
    pub duty: Option<Duty>,
    /// Only posts of this unit.
    pub unit: Option<i64>,
    /// Only posts that exist now (`true`) or have ended (`false`).
    pub open: Option<bool>,
}

/// A post in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostLine {
    /// The post.
    pub post: Post,
    /// The unit's name.
    pub unit_name: String,
    /// The names at work of those who hold it now.
    pub holders: Vec<String>,
}

/// Which posts of this scope meet the filter?
pub fn posts_page(
    conn: &mut Conn,
    scope: &ScopeFilter,
    filter: &PostFilter,
    cut: Cut,
    now: Millis,
) -> Outcome<Page<PostLine>> {
    let places = InPlaces::from(scope);
    let rows: Vec<(PostRow, String)> = on!(conn, c => {
        let mut query = access_post::table
            .inner_join(access_unit::table)
            .filter(in_places!(access_unit, places))
            .select((PostRow::as_select(), access_unit::name))
            .into_boxed();
        if let Some(words) = &filter.words {
            let like = pattern(words);
            query = query.filter(
                access_post::title.like(like.clone()).escape('\\').or(access_unit::name.like(like).escape('\\')),
            );
        }
        if let Some(duty) = filter.duty {
            query = query.filter(access_post::duties.like(pattern(duty.code())).escape('\\'));
        }
        if let Some(unit) = filter.unit {
            query = query.filter(access_post::unit_id.eq(unit));
        }
        query = match filter.open {
            None => query,
            Some(true) => query.filter(holds!(access_post, now.0)),
            Some(false) => query.filter(access_post::until_ms.assume_not_null().le(now.0)),
        };
        cut!(query, access_post::from_ms, access_post::id, cut).load(c)
    })?;
    let posts: Vec<(Post, String)> = rows.into_iter().map(|(r, unit_name)| (r.post(), unit_name)).collect();
    let ids: Vec<i64> = posts.iter().map(|(p, _)| p.id.raw()).collect();
    let mut holders = holders_of(conn, &ids, now)?;
    let line = |(post, unit_name): (Post, String)| PostLine {
        holders: holders.remove(&post.id.raw()).unwrap_or_default(),
        post,
        unit_name,
    };
    let lines = posts.into_iter().map(line).collect();
    Ok(Page::from_extra(lines, cut.size, |l: &PostLine| Cursor {
        key: l.post.period.from.0,
        id: l.post.id.raw(),
    }))
}

/// The names of those who hold these posts now.
fn holders_of(conn: &mut Conn, posts: &[i64], now: Millis) -> Outcome<HashMap<i64, Vec<String>>> {
    let rows: Vec<(i64, String)> = on!(conn, c => access_holding::table
        .inner_join(access_account::table)
        .filter(access_holding::post_id.eq_any(posts))
        .filter(holds!(access_holding, now.0))
        .order(access_holding::id)
        .select((access_holding::post_id, access_account::display))
        .load(c))?;
    let mut holders: HashMap<i64, Vec<String>> = HashMap::new();
    for (post, name) in rows {
        holders.entry(post).or_default().push(name);
    }
    Ok(holders)
}
