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
