//! A sheet as plain cells, read from the bytes of a spreadsheet.

use std::io::Cursor;

use base::limits;
use calamine::{Data, ExcelDateTime, ExcelDateTimeType, Reader};

/// One cell (单元格).
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text as typed.
    Text(String),
    /// A number.
    Number(f64),
    /// A number that the spreadsheet shows as a day or time: its serial, and whether days count from 1904.
    Day(f64, bool),
    /// An error of a formula, e.g. `#N/A`.
    Error(String),
}

impl Cell {
    /// Whether it holds nothing that a person would see.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(t) => {
                t.chars().all(|c| c.is_whitespace() || c.is_control() || c == '\u{feff}' || c == '\u{200b}')
            }
            _ => false,
        }
    }
}

/// A sheet (工作表).
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// The number, as the spreadsheet shows it, of the first of `rows`.
    pub first_row: usize,
    /// All rows with the heading; every row has the same width.
    pub rows: Vec<Vec<Cell>>,
}

/// Why a file is no sheet that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    /// Not a spreadsheet, damaged, or locked with a password.
    #[error("the file is not a readable spreadsheet: {0}")]
    Unreadable(String),
    /// There is no sheet of that name; the names that there are.
    #[error("no such sheet; there are: {0}")]
    NoSuchSheet(String),
    /// More rows than one import takes.
    #[error("more than {} rows", limits::IMPORT_ROWS)]
    TooLong,
}

/// Opens a sheet of a spreadsheet file (xlsx, xls, ods): the named one, or the first.
///
/// # Errors
/// The file cannot be read, has no such sheet, or is too long.
pub fn open_sheet(bytes: &[u8], name: Option<&str>) -> Result<Sheet, SheetError> {
    let unreadable = |e: calamine::Error| SheetError::Unreadable(e.to_string());
    let mut book = calamine::open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(unreadable)?;
    let names = book.sheet_names();
    let wanted = name.map_or_else(|| names.first().cloned(), |n| names.iter().find(|s| *s == n).cloned());
    let wanted = wanted.ok_or_else(|| SheetError::NoSuchSheet(names.join("、")))?;
    let range = book.worksheet_range(&wanted).map_err(unreadable)?;
    if range.height() > limits::IMPORT_ROWS + 1 {
        return Err(SheetError::TooLong);
    }
    let first_row = range.start().map_or(0, |(row, _)| row as usize) + 1;
    let rows = range.rows().map(|row| row.iter().map(cell).collect()).collect();
    Ok(Sheet { name: wanted, first_row, rows })
}

fn cell(data: &Data) -> Cell {
    #[expect(clippy::cast_precision_loss, reason = "a spreadsheet keeps no number beyond 2^53 anyway")]
    match data {
        Data::Empty => Cell::Empty,
        Data::String(t) => Cell::Text(t.clone()),
        Data::Int(n) => Cell::Number(*n as f64),
        Data::Float(n) => Cell::Number(*n),
        Data::Bool(b) => Cell::Text(if *b { "TRUE" } else { "FALSE" }.into()),
        Data::DateTime(d) if d.is_datetime() => Cell::Day(d.as_f64(), counts_from_1904(d)),
        Data::DateTime(d) => Cell::Number(d.as_f64()),
        Data::DateTimeIso(t) | Data::DurationIso(t) => Cell::Text(t.clone()),
        Data::Error(e) => Cell::Error(e.to_string()),
    }
}

/// The library keeps the epoch to itself but compares it.
fn counts_from_1904(day: &ExcelDateTime) -> bool {
    *day != ExcelDateTime::new(day.as_f64(), ExcelDateTimeType::DateTime, false)
}
