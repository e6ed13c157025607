//! Keyset paging: a page ends with a cursor that names its last row, never with an offset.

use serde::{Deserialize, Serialize};

/// The place after which a page begins: the sort key and the id of the last row seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The sort column's value in the last row (a number: due time, creation time, sequence).
    pub key: i64,
    /// The id of the last row, which breaks ties.
    pub id: i64,
}

impl Cursor {
    /// As it stands in an address: `key_id`.
    pub fn to_text(self) -> String {
        format!("{}_{}", self.key, self.id)
    }

    /// Reads it back; anything else is no cursor, and the list begins at the top.
    pub fn parse(text: &str) -> Option<Self> {
        let (key, id) = text.split_once('_')?;
        Some(Self { key: key.parse().ok()?, id: id.parse().ok()? })
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows, at most as many as were asked for.
    pub rows: Vec<T>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Makes a page from `size + 1` fetched rows: the extra one only tells that there is more.
    pub fn from_extra(mut rows: Vec<T>, size: usize, cursor: impl Fn(&T) -> Cursor) -> Self {
        let more = rows.len() > size;
        rows.truncate(size);
        let next = if more { rows.last().map(cursor) } else { None };
        Self { rows, next }
    }

    /// The same page with other rows.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { rows: self.rows.into_iter().map(f).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_an_address() {
        let c = Cursor { key: -5, id: 77 };
        assert_eq!(Cursor::parse(&c.to_text()), Some(c));
        assert_eq!(Cursor::parse("x_1"), None);
    }

    #[test]
    fn the_extra_row_makes_the_next_page() {
        let at = |n: &i64| Cursor { key: *n, id: *n };
        assert_eq!(Page::from_extra(vec![1, 2, 3], 2, at).next, Some(Cursor { key: 2, id: 2 }));
        assert_eq!(Page::from_extra(vec![1, 2], 2, at).next, None);
    }
}

/// So many, or more than are counted (件数): what is over grows for ever, and nobody needs its number to the last one to
/// work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Upto {
    /// How many were counted.
    pub n: i64,
    /// Whether there are more.
    pub more: bool,
}

impl Upto {
    /// The most rows that are counted to the last one.
    pub const MOST: i64 = 1_000;

    /// Exactly so many.
    pub const fn exactly(n: i64) -> Self {
        Self { n, more: false }
    }

    /// What was counted up to one more than the most.
    pub fn of(n: i64) -> Self {
        Self { n: n.min(Self::MOST), more: n > Self::MOST }
    }

    /// With as many again as another counted.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self { n: self.n + other.n, more: self.more || other.more }
    }
}

impl std::fmt::Display for Upto {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.n, if self.more { "+" } else { "" })
    }
}
