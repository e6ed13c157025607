//! Rows that a deed adds and that nobody reads before the commit (后写的行): kept in memory until then, so that the
//! server engine is sent one statement for a table and a commit instead of one for each row. They commit with the
//! deed or not at all, like every other row.

use std::any::Any;

use base::Outcome;

use crate::{Conn, search};

/// A row that may be written at the end of its deed, with others of its table.
pub trait Later: Sized + Send + 'static {
    /// Writes rows of this kind, in their order; see [`add_all!`](crate::add_all).
    ///
    /// # Errors
    /// What the engine says.
    fn add(conn: &mut Conn, rows: &[Self]) -> Outcome<()>;
}

/// The rows of one kind.
struct Pile<R>(Vec<R>);

trait Heap: Send {
    fn write(&self, conn: &mut Conn) -> Outcome<()>;
    fn rows(&mut self) -> &mut dyn Any;
    fn count(&self) -> usize;
}

impl<R: Later> Heap for Pile<R> {
    fn write(&self, conn: &mut Conn) -> Outcome<()> {
        R::add(conn, &self.0)
    }

    fn rows(&mut self) -> &mut dyn Any {
        &mut self.0
    }

    fn count(&self) -> usize {
        self.0.len()
    }
}

/// The rows of all kinds, in the order in which the kinds came: a row that others refer to comes first; and the texts
/// of new records. Nothing asks the full-text tables before the commit, so texts wait in every deed: the embedded
/// engine writes its index to the table before each savepoint, and there is one in many a statement.
#[derive(Default)]
pub(crate) struct Piles {
    rows: Vec<Box<dyn Heap>>,
    texts: Vec<Text>,
}

impl Piles {
    /// Puts a row with others of its kind.
    pub(crate) fn put<R: Later>(&mut self, row: R) {
        for heap in &mut self.rows {
            if let Some(rows) = heap.rows().downcast_mut::<Vec<R>>() {
                rows.push(row);
                return;
            }
        }
        self.rows.push(Box::new(Pile(vec![row])));
    }

    /// How many rows and texts wait.
    pub(crate) fn count(&self) -> usize {
        self.rows.iter().map(|heap| heap.count()).sum::<usize>() + self.texts.len()
    }

    /// The rows of a kind that wait.
    pub(crate) fn of<R: Later>(&mut self) -> &mut [R] {
        let found = self.rows.iter_mut().find_map(|heap| heap.rows().downcast_mut::<Vec<R>>());
        found.map_or(&mut [], |rows| rows)
    }

    /// Puts a new record's text with the others.
    pub(crate) fn put_text(&mut self, text: Text) {
        self.texts.push(text);
    }

    /// The text of a record that waits.
    pub(crate) fn text_of(&mut self, table: &str, id: i64) -> Option<&mut String> {
        self.texts.iter_mut().find(|t| t.id == id && t.table == table).map(|t| &mut t.text)
    }

    /// Writes the rows and forgets them; the texts still wait.
    pub(crate) fn write_rows(&mut self, conn: &mut Conn) -> Outcome<()> {
        std::mem::take(&mut self.rows).iter().try_for_each(|heap| heap.write(conn))
    }

    /// Writes everything and forgets it.
    pub(crate) fn write(&mut self, conn: &mut Conn) -> Outcome<()> {
        self.write_rows(conn)?;
        let texts = std::mem::take(&mut self.texts);
        texts
            .chunk_by(|a, b| a.table == b.table)
            .try_for_each(|same| search::put_new(conn, same[0].table, same.iter().map(|t| (t.id, &*t.text))))
    }
}

/// A new record's text for a full-text table.
pub(crate) struct Text {
    pub(crate) table: &'static str,
    pub(crate) id: i64,
    pub(crate) text: String,
}
