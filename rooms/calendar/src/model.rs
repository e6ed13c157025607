//! The nouns: what is published, the almanac that it makes, and what a change would move.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use base::Millis;
use deadline::{Book, BookError, Calendar, Layer, YearTable};

/// A table to be published (放假安排).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Table {
    /// A year's, for the whole country.
    Year(YearTable),
    /// A place's own days.
    Place(Layer),
}

impl Table {
    /// How the row calls its sort.
    pub fn sort(&self) -> &'static str {
        match self {
            Self::Year(_) => YEAR,
            Self::Place(_) => PLACE,
        }
    }

    /// What it is for: the year, or the division's code.
    pub fn name(&self) -> String {
        match self {
            Self::Year(table) => table.year.to_string(),
            Self::Place(layer) => layer.code.clone(),
        }
    }
}

/// The sort of a year's table.
pub const YEAR: &str = "year";
/// The sort of a place's table.
pub const PLACE: &str = "place";

/// A published table as it stands in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Its number: later ones overrule earlier ones of the same name.
    pub id: i64,
    /// What.
    pub table: Table,
    /// Who published it.
    pub account: i64,
    /// When.
    pub at: Millis,
}

/// What a change of the calendar moves (影响预览): open deadlines only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moves {
    /// Open deadlines that were looked at.
    pub open: u64,
    /// Those that end later.
    pub later: u64,
    /// Those that end earlier.
    pub earlier: u64,
    /// Those that keep their end but are sure now, or no longer.
    pub standing: u64,
    /// Some of those that move: what it is, its end so far, its end then.
    pub some: Vec<(String, Millis, Millis)>,
}

impl Moves {
    /// How many move.
    pub fn moved(&self) -> u64 {
        self.later + self.earlier
    }
}

/// The calendars of one edition (历书): made when asked for, then kept.
pub struct Almanac {
    edition: i64,
    book: Book,
    made: RwLock<HashMap<String, Arc<Calendar>>>,
    past: RwLock<HashMap<i64, Arc<Almanac>>>,
}

impl Almanac {
    /// Over these tables.
    pub fn new(edition: i64, book: Book) -> Self {
        Self { edition, book, made: RwLock::default(), past: RwLock::default() }
    }

    /// What came with the program.
    pub fn shipped() -> Self {
        Self::new(0, Book::shipped().clone())
    }

    /// Which edition of the tables this is; 0 is the shipped one.
    pub fn edition(&self) -> i64 {
        self.edition
    }

    /// The tables.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// An earlier edition that was asked for before.
    pub(crate) fn past(&self, edition: i64) -> Option<Arc<Almanac>> {
        self.past.read().unwrap_or_else(PoisonError::into_inner).get(&edition).cloned()
    }

    /// Keeps an earlier edition at hand for whoever asks next.
    pub(crate) fn keep_past(&self, then: Arc<Almanac>) {
        self.past.write().unwrap_or_else(PoisonError::into_inner).insert(then.edition, then);
    }

    /// The calendar of a division by its statistical code. Divisions without days of their own share the one of
    /// the nearest place above that has some, most of them the nation's.
    pub fn calendar(&self, code: &str) -> Arc<Calendar> {
        let code = self.book.nearest_layer(code);
        if let Some(made) = self.made.read().unwrap_or_else(PoisonError::into_inner).get(code) {
            return made.clone();
        }
        let made = Arc::new(self.book.calendar(code));
        self.made.write().unwrap_or_else(PoisonError::into_inner).insert(code.to_owned(), made.clone());
        made
    }
}

/// The book with one table more, in a version that names it.
///
/// # Errors
/// What is wrong with the table.
pub fn over(book: &Book, table: &Table, id: i64) -> Result<Book, BookError> {
    let shipped = Book::shipped().version();
    let version = format!("{shipped}+{}", base::Id::<Published>::of(id));
    match table {
        Table::Year(year) => book.with_year(year.clone(), &version),
        Table::Place(layer) => book.with_layer(layer.clone(), &version),
    }
}
