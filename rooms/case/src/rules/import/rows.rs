//! From a sheet's rows to matters, cell by cell.

use std::collections::{HashMap, HashSet};

use base::{Millis, Zone, limits};

use super::dates::{self, BadDate};
use super::{BadCell, Cell, Field, GoodAnswer, GoodRow, Imported, Map, Sheet, When, cells};

/// Reads every row below the heading. `now` is only for refusing times that have not come yet.
///
/// A heading that the map names and the sheet lacks is told as a bad cell of the heading's row, and
/// then no row is read: half a table is worse than none.
pub fn read_rows(sheet: &Sheet, map: &Map, zone: &Zone, now: Millis) -> Imported {
    let mut out = Imported::default();
    let Some(header_at) = map.header_row.checked_sub(sheet.first_row).filter(|at| *at < sheet.rows.len())
    else {
        out.bad.push(told(map.header_row, "", &Cell::Empty, "import.error.no_header", Vec::new()));
        return out;
    };
    let header = heading(&sheet.rows[header_at]);
    out.unread = unread(&header, map);
    for name in map.columns.values() {
        match header.iter().filter(|h| *h == name).count() {
            1 => {}
            0 => out.bad.push(told(
                map.header_row,
                name,
                &Cell::Empty,
                "import.error.column_missing",
                vec![("column", name.clone())],
            )),
            _ => out.bad.push(told(
                map.header_row,
                name,
                &Cell::Empty,
                "import.error.column_twice",
                vec![("column", name.clone())],
            )),
        }
    }
    if !out.bad.is_empty() {
        return out;
    }
    let at: HashMap<Field, usize> = map
        .columns
        .iter()
        .filter_map(|(f, name)| header.iter().position(|h| h == name).map(|i| (*f, i)))
        .collect();
    let mut seen = HashSet::new();
    for (i, cells) in sheet.rows.iter().enumerate().skip(header_at + 1) {
        if cells.iter().all(Cell::is_blank) {
            out.empty += 1;
            continue;
        }
        let mut row = Row { number: sheet.first_row + i, cells, at: &at, map, zone, now, bad: Vec::new() };
        match row.read(&mut seen) {
            Some(good) if row.bad.is_empty() => out.good.push(good),
            _ => out.bad.append(&mut row.bad),
        }
    }
    out
}

fn heading(cells: &[Cell]) -> Vec<String> {
    cells.iter().map(|c| cells::text(c).unwrap_or_default().replace([' ', '\n'], "")).collect()
}

fn unread(header: &[String], map: &Map) -> Vec<String> {
    let is_known = |h: &&String| map.columns.values().any(|c| c == *h) || map.ignored.contains(h);
    header.iter().filter(|h| !h.is_empty() && !is_known(h)).cloned().collect()
}

fn told(
    row: usize,
    column: &str,
    cell: &Cell,
    key: &'static str,
    words: Vec<(&'static str, String)>,
) -> BadCell {
    BadCell { row, column: column.to_owned(), value: cells::shown(cell), key, words }
}

/// One row while it is read.
struct Row<'a> {
    number: usize,
    cells: &'a [Cell],
    at: &'a HashMap<Field, usize>,
    map: &'a Map,
    zone: &'a Zone,
    now: Millis,
    bad: Vec<BadCell>,
}

impl Row<'_> {
    fn read(&mut self, seen: &mut HashSet<String>) -> Option<GoodRow> {
        let key = self.needed(Field::Key, 1, limits::LINE_CHARS);
        if let Some(key) = &key
            && !seen.insert(key.clone())
        {
            self.say(Field::Key, "import.error.key_twice", Vec::new());
        }
        let body = self.needed(Field::Body, 2, limits::TEXT_CHARS);
        let title = self.title(body.as_deref());
        let brought = self.time(Field::Brought, true);
        let category = self.category(&title, body.as_deref().unwrap_or_default());
        let place = self.needed(Field::Place, 1, limits::LINE_CHARS);
        let answer = self.answer(brought);
        let line = |row: &mut Self, field| row.optional(field, limits::LINE_CHARS);
        Some(GoodRow {
            row: self.number,
            title,
            spot: line(self, Field::Spot),
            reporter_name: line(self, Field::ReporterName),
            contact: line(self, Field::Contact),
            key: format!("{}:{}", self.map.source, key?),
            body: body?,
            brought: brought?,
            category: category?,
            place: place?,
            answer,
        })
    }

    fn cell(&self, field: Field) -> &Cell {
        self.at.get(&field).and_then(|i| self.cells.get(*i)).unwrap_or(&Cell::Empty)
    }

    fn say(&mut self, field: Field, key: &'static str, words: Vec<(&'static str, String)>) {
        let column = self.map.columns.get(&field).map_or("", String::as_str);
        let bad = told(self.number, column, self.cell(field), key, words);
        self.bad.push(bad);
    }

    /// The column's text, or the constant where the cell is blank.
    fn text(&mut self, field: Field) -> Option<String> {
        match cells::text(self.cell(field)) {
            Ok(t) if t.is_empty() => Some(self.map.constants.get(&field).cloned().unwrap_or_default()),
            Ok(t) => Some(t),
            Err(e) => {
                self.say(field, e.key(), Vec::new());
                None
            }
        }
    }

    fn needed(&mut self, field: Field, min: usize, max: usize) -> Option<String> {
        let text = self.text(field)?;
        let size = text.chars().count();
        if size == 0 {
            self.say(field, "import.error.missing", Vec::new());
        } else if size < min {
            self.say(field, "import.error.too_short", vec![("min", min.to_string())]);
        } else if size > max {
            self.say(
                field,
                "import.error.too_long",
                vec![("max", max.to_string()), ("size", size.to_string())],
            );
        }
        Some(text)
    }

    fn optional(&mut self, field: Field, max: usize) -> String {
        let text = self.text(field).unwrap_or_default();
        let size = text.chars().count();
        if size > max {
            self.say(
                field,
                "import.error.too_long",
                vec![("max", max.to_string()), ("size", size.to_string())],
            );
        }
        text
    }

    /// The title, or the beginning of the text where there is none.
    fn title(&mut self, body: Option<&str>) -> String {
        let title = self.optional(Field::Title, limits::LINE_CHARS).replace('\n', " ");
        if !title.is_empty() {
            return title;
        }
        let first =
            body.unwrap_or_default().split(['\n', '。', '！', '？']).find(|s| s.trim().chars().count() >= 2);
        first.unwrap_or(body.unwrap_or_default()).trim().chars().take(28).collect()
    }

    fn time(&mut self, field: Field, needed: bool) -> Option<When> {
        let read = match self.cell(field) {
            c if c.is_blank() => {
                if needed {
                    self.say(field, "import.error.missing", Vec::new());
                }
                return None;
            }
            Cell::Text(t) => dates::read_text(t, self.zone),
            Cell::Number(n) => dates::read_serial(*n, false, self.zone),
            Cell::Day(n, is_1904) => dates::read_serial(*n, *is_1904, self.zone),
            Cell::Empty | Cell::Error(_) => Err(BadDate::Unreadable),
        };
        match read {
            Ok(when) if when.at > self.now => self.say(field, "import.error.date_to_come", Vec::new()),
            Ok(when) => return Some(when),
            Err(e) => self.say(field, e.key(), Vec::new()),
        }
        None
    }

    fn category(&mut self, title: &str, body: &str) -> Option<String> {
        let given =
            if self.at.contains_key(&Field::Category) { self.text(Field::Category)? } else { String::new() };
        let map = self.map;
        if let Some(code) = map.category_values.get(&given) {
            return Some(code.clone());
        }
        if given.is_empty() || map.constants.get(&Field::Category) == Some(&given) {
            let by_words = best_words(map, title, body);
            let code = by_words.or_else(|| map.constants.get(&Field::Category).cloned());
            if code.is_none() {
                self.say(Field::Category, "import.error.missing", Vec::new());
            }
            return code;
        }
        self.say(Field::Category, "import.error.unknown_category", Vec::new());
        None
    }

    fn answer(&mut self, brought: Option<When>) -> Option<GoodAnswer> {
        let text = self.optional(Field::Answer, limits::ANSWER_CHARS);
        let at = self.time(Field::Answered, false);
        if text.is_empty() {
            if at.is_some() {
                self.say(Field::Answer, "import.error.time_without_answer", Vec::new());
            }
            return None;
        }
        if let (Some(from), Some(to)) = (brought, at)
            && is_before(to, from)
        {
            self.say(Field::Answered, "import.error.answer_first", Vec::new());
        }
        let said = self.optional(Field::Ending, limits::LINE_CHARS);
        let ending = match self.map.ending_values.get(&said) {
            Some(e) => *e,
            None if said.is_empty() => self.map.ending_default,
            None => {
                self.say(Field::Ending, "import.error.unknown_ending", Vec::new());
                return None;
            }
        };
        Some(GoodAnswer { text, at, ending })
    }
}

/// Whether an answer stands before its question; a day without a time may be the same day.
fn is_before(answer: When, question: When) -> bool {
    let slack = if answer.is_exact { 0 } else { base::DAY_MS - 1 };
    answer.at.plus(slack) < question.at
}

/// The category whose words stand most often in title (counted three times) and text.
fn best_words(map: &Map, title: &str, body: &str) -> Option<String> {
    let hits = |words: &[String]| -> usize {
        words
            .iter()
            .map(|w| 3 * title.matches(w.as_str()).count() + body.matches(w.as_str()).count().min(4))
            .sum()
    };
    let mut best = (0, None);
    for (words, code) in &map.category_words {
        let n = hits(words);
        if n > best.0 {
            best = (n, Some(code.clone()));
        }
    }
    best.1
}
