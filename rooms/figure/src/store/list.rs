//! The cases behind a number, page by page.

use base::{Cursor, Millis, Outcome, Page};
use diesel::{prelude::*, sql_query, sql_types};
use store::{Conn, on};

use super::condition::{base_of, where_of};
use crate::model::{Ask, Counter};

/// A case as the lists show it: no word of anybody (事项行).
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct CaseLine {
    /// Its id.
    #[diesel(sql_type = sql_types::BigInt)]
    pub id: i64,
    /// Its number.
    #[diesel(sql_type = sql_types::Text)]
    pub number: String,
    /// Where it stands.
    #[diesel(sql_type = sql_types::Text)]
    pub stage: String,
    /// Its category.
    #[diesel(sql_type = sql_types::BigInt)]
    pub category_id: i64,
    /// The unit that answers for it.
    #[diesel(sql_type = sql_types::BigInt)]
    pub answer_unit: i64,
    /// When it came in.
    #[diesel(sql_type = sql_types::BigInt)]
    pub created_ms: i64,
    /// When it is due.
    #[diesel(sql_type = sql_types::BigInt)]
    pub due_ms: i64,
    /// When it was closed last.
    #[diesel(sql_type = sql_types::Nullable<sql_types::BigInt>)]
    pub closed_ms: Option<i64>,
}

impl CaseLine {
    /// When it was closed last.
    pub fn closed(&self) -> Option<Millis> {
        self.closed_ms.map(Millis)
    }
}

pub(super) fn text(ask: &Ask, counter: Counter, after: Option<Cursor>, size: usize) -> String {
    let (key, mut condition) = (base_of(counter), where_of(ask, counter));
    if let Some(Cursor { key: k, id }) = after {
        condition = format!("{condition} AND ({key} > {k} OR ({key} = {k} AND c.id > {id}))");
    }
    format!(
        "SELECT c.id, c.number, c.stage, c.category_id, c.answer_unit, c.created_ms, c.due_ms, c.closed_ms \
         FROM pub_case_item c WHERE {condition} ORDER BY {key}, c.id LIMIT {size}"
    )
}

/// The cases that a counter counts, oldest or first due first.
///
/// # Errors
/// Faults of the store.
pub fn cases(
    conn: &mut Conn,
    ask: &Ask,
    counter: Counter,
    after: Option<Cursor>,
    size: usize,
) -> Outcome<Page<CaseLine>> {
    let text = text(ask, counter, after, size + 1);
    let rows: Vec<CaseLine> = on!(conn, c => sql_query(text).load(c))?;
    let by_creation = base_of(counter) == "c.created_ms";
    let at = |r: &CaseLine| Cursor { key: if by_creation { r.created_ms } else { r.due_ms }, id: r.id };
    Ok(Page::from_extra(rows, size, at))
}
