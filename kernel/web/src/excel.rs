//! Excel files out (导出): a heading that says what was asked for, by whom and when, then the rows.
//! Text is always written as text, so that nothing a resident typed becomes a formula.

use std::io::{Seek, SeekFrom, Write};

use base::{Millis, Outcome};
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Workbook};

use crate::{Answer, View, answer};

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Text, also of digits: numbers of cases and telephones stay as they are.
    Text(String),
    /// A number to be added up; at most 15 digits are exact.
    Number(f64),
    /// An instant.
    When(Millis),
    /// Nothing.
    Empty,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.to_owned())
    }
}
impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::Text(text)
    }
}
impl From<i64> for Cell {
    fn from(n: i64) -> Self {
        Cell::Number(n as f64)
    }
}
impl From<Millis> for Cell {
    fn from(at: Millis) -> Self {
        Cell::When(at)
    }
}
impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Empty, Into::into)
    }
}

/// Day zero of Excel's calendar, as it counts after February 1900.
const FIRST_DAY: jiff::civil::Date = jiff::civil::date(1899, 12, 30);

/// What an Excel file is called on the way.
pub(crate) const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Characters that one cell may hold in Excel.
const CELL_CHARS: usize = 32_767;

/// A sheet in the making. Rows go to a temporary file as they come, so a large export needs no
/// memory.
pub struct Sheet {
    book: Workbook,
    zone: base::Zone,
    row: u32,
    columns: u16,
    plain: Format,
    number: Format,
    time: Format,
}

impl Sheet {
    /// A sheet with its title, the note of filters in words, who made it and when, and the head of
    /// the columns with their widths in characters.
    ///
    /// # Errors
    /// Faults of the writer.
    pub fn new(v: &View, title: &str, filters: &str, columns: &[(&str, f64)]) -> Outcome<Self> {
        let mut book = Workbook::new();
        let head = Format::new()
            .set_bold()
            .set_text_wrap()
            .set_background_color(Color::RGB(0xE3_EE_EB))
            .set_border(FormatBorder::Thin)
            .set_align(FormatAlign::Center);
        let big = Format::new().set_bold().set_font_size(16);
        let note = Format::new().set_font_color(Color::RGB(0x55_5F_66));
        let sheet = book.add_worksheet_with_constant_memory()?;
        sheet.set_name(sheet_name(title))?;
        for (at, (_, width)) in columns.iter().enumerate() {
            sheet.set_column_width(at as u16, *width)?;
        }
        sheet.write_string_with_format(0, 0, safe(title), &big)?;
        let who = v.person.as_ref().map_or(String::new(), |p| p.name.clone());
        let made = v.tw("excel.made", &[("who", &who), ("when", &v.exact(v.now))]);
        sheet.write_string_with_format(1, 0, made, &note)?;
        let filters =
            if filters.is_empty() { v.t("excel.no_filter").into_owned() } else { filters.to_owned() };
        sheet.write_string_with_format(2, 0, safe(&v.t1("excel.filter", "filter", filters)), &note)?;
        for (at, (name, _)) in columns.iter().enumerate() {
            sheet.write_string_with_format(3, at as u16, *name, &head)?;
        }
        sheet.set_freeze_panes(4, 0)?;
        sheet.set_landscape();
        sheet.set_paper_size(9);
        sheet.set_repeat_rows(3, 3)?;
        let border = Format::new().set_border(FormatBorder::Thin).set_align(FormatAlign::Top);
        let number = Format::new().set_border(FormatBorder::Thin);
        let plain = border.clone().set_text_wrap().set_num_format("@");
        let time = border.set_num_format("yyyy-mm-dd hh:mm");
        Ok(Self { book, zone: v.zone.clone(), row: 4, columns: columns.len() as u16, plain, number, time })
    }

    /// Adds a row; missing cells are empty, further ones are left out.
    ///
    /// # Errors
    /// Faults of the writer.
    pub fn row(&mut self, cells: &[Cell]) -> Outcome<()> {
        let Self { book, zone, row, columns, plain, number, time } = self;
        let sheet = book.worksheet_from_index(0)?;
        for (at, cell) in cells.iter().take(usize::from(*columns)).enumerate() {
            let (row, at) = (*row, at as u16);
            match cell {
                Cell::Text(text) => sheet.write_string_with_format(row, at, safe(text), plain)?,
                Cell::Number(n) => sheet.write_number_with_format(row, at, *n, number)?,
                Cell::When(t) => {
                    let wall = zone.at(*t).datetime().duration_since(FIRST_DAY.at(0, 0, 0, 0));
                    let days = wall.as_secs_f64() / 86_400.0;
                    sheet.write_number_with_format(row, at, days, time)?
                }
                Cell::Empty => sheet.write_blank(row, at, plain)?,
            };
        }
        self.row += 1;
        Ok(())
    }

    /// The file.
    ///
    /// # Errors
    /// Faults of the writer.
    pub fn finish(mut self) -> Outcome<Vec<u8>> {
        Ok(self.book.save_to_buffer()?)
    }

    /// Writes the file, and gives it back at its beginning.
    pub(crate) fn save<F: Write + Seek + Send>(mut self, mut to: F) -> Outcome<F> {
        self.book.save_to_writer(&mut to)?;
        to.seek(SeekFrom::Start(0))?;
        Ok(to)
    }
}

/// Answers with an Excel file. `name` is without ending.
///
/// # Errors
/// Faults of the writer.
pub fn sheet_answer(name: &str, sheet: Sheet) -> Answer {
    answer::attachment(&format!("{name}.xlsx"), KIND, sheet.finish()?)
}

/// A cell as CSV has it: instants as the wall clock shows them, and no formulas.
pub(crate) fn plain(cell: &Cell, zone: &base::Zone) -> String {
    match cell {
        Cell::Text(text) => safe(text),
        Cell::Number(n) => n.to_string(),
        Cell::When(t) => zone.at(*t).strftime("%Y-%m-%d %H:%M").to_string(),
        Cell::Empty => String::new(),
    }
}

/// Text as a cell may hold it. Cells are strings, which no spreadsheet program evaluates; but
/// people save such sheets as CSV, and there a leading sign makes a formula, so it is led by an
/// apostrophe. Control characters that XML cannot hold are left out.
fn safe(text: &str) -> String {
    let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let lead = if risky { "'" } else { "" };
    let kept = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t'));
    lead.chars().chain(kept).take(CELL_CHARS).collect()
}

/// A sheet's name: at most 31 characters and none of those that Excel refuses.
fn sheet_name(title: &str) -> String {
    let name: String = title.chars().filter(|c| !"[]:*?/\\'".contains(*c)).take(31).collect();
    if name.is_empty() { "1".to_owned() } else { name }
}
