//! The same sheet back, with two more columns: what is wrong, and what to do (错误、建议).

use std::collections::BTreeMap;

use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::{BadCell, Cell, Sheet, cells};

/// Writes the sheet with the two columns behind it. `headings` are the columns' names, `say` turns a bad cell
/// into its reason and its suggestion in the reader's language. Everything is written as text, so that
/// long numbers stay whole and nothing becomes a formula.
///
/// # Errors
/// The workbook could not be made.
pub fn write_back(
    sheet: &Sheet,
    header_row: usize,
    bad: &[BadCell],
    headings: [&str; 2],
    say: impl Fn(&BadCell) -> [String; 2],
) -> Result<Vec<u8>, XlsxError> {
    let mut by_row: BTreeMap<usize, Vec<&BadCell>> = BTreeMap::new();
    for b in bad {
        by_row.entry(b.row).or_default().push(b);
    }
    let mut book = Workbook::new();
    let page = book.add_worksheet_with_constant_memory()?;
    let red = Format::new().set_background_color("FFE0DC");
    let width = sheet.rows.iter().map(Vec::len).max().unwrap_or(0);
    let column = |i: usize| u16::try_from(i).unwrap_or(u16::MAX);
    let header = header_row.checked_sub(sheet.first_row).and_then(|i| sheet.rows.get(i));
    for (i, row) in sheet.rows.iter().enumerate() {
        let number = sheet.first_row + i;
        let line = u32::try_from(number - 1).unwrap_or(u32::MAX);
        let troubles = by_row.get(&number);
        for (c, cell) in row.iter().enumerate() {
            let is_bad = troubles.is_some_and(|t| t.iter().any(|b| is_column(header, c, &b.column)));
            match (written(cell), is_bad) {
                (text, true) => drop(page.write_string_with_format(line, column(c), text, &red)?),
                (text, false) if text.is_empty() => {}
                (text, false) => drop(page.write_string(line, column(c), text)?),
            }
        }
        if number == header_row {
            page.write_string(line, column(width), headings[0])?;
            page.write_string(line, column(width + 1), headings[1])?;
        } else if let Some(troubles) = troubles {
            let said: Vec<[String; 2]> = troubles.iter().map(|b| say(b)).collect();
            let joined = |i: usize| said.iter().map(|s| s[i].as_str()).collect::<Vec<_>>().join("\n");
            page.write_string(line, column(width), joined(0))?;
            page.write_string(line, column(width + 1), joined(1))?;
        }
    }
    book.save_to_buffer()
}

fn is_column(header: Option<&Vec<Cell>>, at: usize, name: &str) -> bool {
    let heading =
        header.and_then(|h| h.get(at)).map(|c| cells::text(c).unwrap_or_default().replace([' ', '\n'], ""));
    heading.is_some_and(|h| h == name)
}

/// A cell as it is written back: untouched text, plain numbers, days readable.
fn written(cell: &Cell) -> String {
    const LONGEST: usize = 32_767;
    let text = match cell {
        Cell::Text(t) => t.clone(),
        Cell::Day(serial, is_1904) => {
            let zone = base::Zone::default();
            super::dates::read_serial(*serial, *is_1904, &zone).map_or_else(
                |_| format!("{serial}"),
                |w| {
                    zone.at(w.at)
                        .strftime(if w.is_exact { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d" })
                        .to_string()
                },
            )
        }
        Cell::Number(n) => format!("{n}"),
        Cell::Error(e) => e.clone(),
        Cell::Empty => String::new(),
    };
    if text.chars().count() > LONGEST { text.chars().take(LONGEST).collect() } else { text }
}
