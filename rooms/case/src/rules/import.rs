//! Bringing real tables in (表格导入): a sheet and a map of its columns in, good rows and bad cells out.
//!
//! Nothing is guessed silently: a row is good as a whole, or each of its bad cells is told with row,
//! column, value, reason and what to do. Only columns that the map names are read; the rest stays in
//! the file. Nothing is written here: the deed commits good rows on request.

mod back;
mod cells;
pub mod dates;
mod map;
mod rows;
mod sheet;

use base::Millis;

pub use back::write_back;
pub use map::{Field, Map, MapError, read_map};
pub use rows::read_rows;
pub use sheet::{Cell, Sheet, SheetError, open_sheet};

use crate::model::Ending;

/// A time as a table gives it (时间): with a time of day, or only the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    /// The instant; the day's first one where only the day is known.
    pub at: Millis,
    /// Whether the time of day is known. Only then can elapsed time be measured.
    pub is_exact: bool,
}

/// The official answer that a row carries (答复).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoodAnswer {
    /// Its words.
    pub text: String,
    /// When it was given, if the table says so.
    pub at: Option<When>,
    /// How the matter ended.
    pub ending: Ending,
}

/// A row that can become a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoodRow {
    /// The row's number as the spreadsheet shows it.
    pub row: usize,
    /// What identifies it within its source: the same key is the same matter.
    pub key: String,
    /// One line.
    pub title: String,
    /// The matter in full.
    pub body: String,
    /// When the resident brought it.
    pub brought: When,
    /// The category's code in the pack.
    pub category: String,
    /// The place: a division's code, or its name where the table has names.
    pub place: String,
    /// Where exactly, in words.
    pub spot: String,
    /// Who brought it, as far as the map takes it.
    pub reporter_name: String,
    /// How to reach them, as far as the map takes it.
    pub contact: String,
    /// The answer, if there was one.
    pub answer: Option<GoodAnswer>,
}

/// A cell that cannot be taken as it is (错误单元格).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadCell {
    /// The row's number as the spreadsheet shows it.
    pub row: usize,
    /// The column's heading.
    pub column: String,
    /// What stands there, cut and with personal data hidden.
    pub value: String,
    /// The catalogue's key of the reason; `<key>.way` is the suggestion.
    pub key: &'static str,
    /// Words for both sentences.
    pub words: Vec<(&'static str, String)>,
}

/// What a sheet gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Rows that can be committed.
    pub good: Vec<GoodRow>,
    /// Cells that stop their rows, in the order of the sheet.
    pub bad: Vec<BadCell>,
    /// Rows without any content.
    pub empty: usize,
    /// Headings that the map does not read, for the clerk to see.
    pub unread: Vec<String>,
}

impl Imported {
    /// How many rows have at least one bad cell.
    pub fn bad_rows(&self) -> usize {
        let mut rows: Vec<usize> = self.bad.iter().map(|b| b.row).collect();
        rows.dedup();
        rows.len()
    }

    /// Arrival and answer of the rows for which both instants are known: what answer times are made of.
    pub fn answer_times(&self) -> super::answers::AnswerTimes {
        super::answers::AnswerTimes::of(self.good.iter().filter_map(|row| {
            let answered = row.answer.as_ref()?.at.filter(|w| w.is_exact)?;
            row.brought.is_exact.then_some((row.brought.at, answered.at))
        }))
    }
}

#[cfg(test)]
mod tests;
