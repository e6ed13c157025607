//! The log of what goes out of the house, for whoever administers a place.

use access::{Level, ScopeFilter, Touch};
use base::{Cursor, Id, Millis, Outcome, Page, Upto};
use diesel::prelude::*;
use store::{Conn, on};

use super::tables::{Row, notice_item, outside, troubled};
use crate::model::{Channel, Item, Kind, Letter, Problem, State};

/// Which letters are asked for.
#[derive(Debug, Clone, Default)]
pub struct LogFilter {
    /// Only this state.
    pub state: Option<State>,
    /// Only this way.
    pub channel: Option<Channel>,
    /// Only this kind.
    pub kind: Option<Kind>,
    /// Only this kind of trouble.
    pub problem: Option<Problem>,
    /// Only numbers from here on.
    pub from: Option<i64>,
    /// Only numbers before this one.
    pub before: Option<i64>,
}

/// A scope over the letters' places, as ids by level. Letters carry no place below a town: a narrower scope reaches none.
#[derive(Debug, Clone, Default)]
struct InPlaces {
    all: bool,
    ids: [Vec<i64>; 4],
}

impl InPlaces {
    /// The one level that the scope is of, as nearly every scope is: then its index is used.
    fn only(&self) -> Option<usize> {
        let mut filled = (0..self.ids.len()).filter(|n| !self.ids[*n].is_empty());
        filled.next().filter(|_| filled.next().is_none())
    }
}

impl From<&ScopeFilter> for InPlaces {
    fn from(filter: &ScopeFilter) -> Self {
        let mut places = Self::default();
        for clause in &filter.clauses {
            match clause.touch {
                Touch::Anything => places.all = true,
                Touch::Place(Level::Province, id) => places.ids[0].push(id),
                Touch::Place(Level::City, id) => places.ids[1].push(id),
                Touch::Place(Level::County, id) => places.ids[2].push(id),
                Touch::Place(Level::Town, id) => places.ids[3].push(id),
                Touch::Place(..) | Touch::Holder(_) | Touch::Part(_) | Touch::Own(_) => {}
            }
        }
        places
    }
}

/// The letters of a scope and of a filter, as a boxed query over all but the state.
macro_rules! in_scope {
    ($query:expr, $places:expr, $filter:expr) => {{
        let mut query = $query.filter(outside()).into_boxed();
        if !$places.all {
            let ids = $places.ids.clone();
            query = match $places.only() {
                Some(0) => query.filter(notice_item::province_id.eq_any(ids[0].clone())),
                Some(1) => query.filter(notice_item::city_id.eq_any(ids[1].clone())),
                Some(2) => query.filter(notice_item::county_id.eq_any(ids[2].clone())),
                Some(_) => query.filter(notice_item::town_id.eq_any(ids[3].clone())),
                None => query.filter(
                    notice_item::province_id
                        .eq_any(ids[0].clone())
                        .or(notice_item::city_id.eq_any(ids[1].clone()))
                        .or(notice_item::county_id.eq_any(ids[2].clone()))
                        .or(notice_item::town_id.eq_any(ids[3].clone())),
                ),
            };
        }
        if let Some(channel) = $filter.channel {
            query = query.filter(notice_item::channel.eq(channel.code()));
        }
        if let Some(kind) = $filter.kind {
            query = query.filter(notice_item::kind.eq(kind.code()));
        }
        if let Some(problem) = $filter.problem {
            query = query.filter(notice_item::error.eq(problem.code()));
        }
        if let Some(from) = $filter.from {
            query = query.filter(notice_item::id.ge(from));
        }
        if let Some(before) = $filter.before {
            query = query.filter(notice_item::id.lt(before));
        }
        query
    }};
}

/// Which letters of this scope meet the filter? The newest first.
pub fn log_page(
    conn: &mut Conn,
    scope: &ScopeFilter,
    filter: &LogFilter,
    after: Option<Cursor>,
    size: usize,
) -> Outcome<Page<Item>> {
    let places = InPlaces::from(scope);
    let rows: Vec<Row> = on!(conn, c => {
        let query = notice_item::table.select(Row::as_select());
        let mut query = in_scope!(query, places, filter);
        if let Some(state) = filter.state {
            query = query.filter(notice_item::state.eq(state.code()));
            if !state.is_over() {
                query = query.filter(troubled());
            }
        }
        if let Some(cursor) = after {
            query = query.filter(notice_item::id.lt(cursor.id));
        }
        query.order(notice_item::id.desc()).limit(size as i64 + 1).load(c)
    })?;
    let page = Page::from_extra(rows, size, |r: &Row| Cursor { key: r.id, id: r.id });
    Ok(Page { rows: page.rows.into_iter().filter_map(Row::item).collect(), next: page.next })
}

/// How many letters of this scope and filter stand in each state, whatever state the filter names? What has gone is
/// counted as far as [`Upto`] goes.
pub fn counts_by_state(
    conn: &mut Conn,
    scope: &ScopeFilter,
    filter: &LogFilter,
) -> Outcome<Vec<(State, Upto)>> {
    let places = InPlaces::from(scope);
    let mut counts = Vec::new();
    for state in State::ALL {
        let found: Vec<i64> = on!(conn, c => {
            let query = notice_item::table.select(notice_item::id);
            let mut query = in_scope!(query, places, filter).filter(notice_item::state.eq(state.code()));
            if !state.is_over() {
                query = query.filter(troubled());
            }
            query.order(notice_item::id.desc()).limit(Upto::MOST + 1).load(c)
        })?;
        counts.push((state, Upto::of(found.len() as i64)));
    }
    Ok(counts)
}

/// The letter of this number that goes out of the house.
pub fn item_by_id(conn: &mut Conn, id: Id<Letter>) -> Outcome<Option<Item>> {
    let row: Option<Row> = on!(conn, c => notice_item::table
        .find(id.raw())
        .filter(outside())
        .select(Row::as_select())
        .first(c)
        .optional())?;
    Ok(row.and_then(Row::item))
}

/// Sends a letter on its way anew. False when it stands otherwise by now.
pub fn set_again(conn: &mut Conn, item: &Item, at: Millis) -> Outcome<bool> {
    Ok(on!(conn, c => diesel::update(notice_item::table.find(item.id.raw()))
        .filter(notice_item::state.eq(item.state.code()))
        .filter(notice_item::tries.eq(item.tries))
        .set((
            notice_item::state.eq(State::Waiting.code()),
            notice_item::tries.eq(0),
            notice_item::next_ms.eq(at.0),
            notice_item::error.eq(None::<String>),
            notice_item::error_n.eq(None::<i64>),
        ))
        .execute(c))?
        == 1)
}
