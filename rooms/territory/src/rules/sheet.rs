//! Reading a table of divisions: `code,name,parent,level` with any further column that is named
//! after a code system. The statistics office's five separate tables are read too: there the level
//! follows from the most detailed parent column. Every bad row is told by line, column and value.

use std::{collections::HashMap, io::Read};

use base::{Fault, Outcome, Stop};

use crate::model::{Code, CodeSystem, Kind, code_of, name_of};

/// The most complaints that are collected before reading stops.
const MOST_ERRORS: usize = 1_000;

/// One row as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line in the file, counted from 1.
    pub line: u32,
    /// Its rung.
    pub kind: Kind,
    /// Its code in the file's main system.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its parent's code in the same system; none for a root.
    pub parent: Option<String>,
    /// Its codes in other systems.
    pub more: Vec<Code>,
}

/// One complaint about a row (导入问题).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// The line in the file, counted from 1.
    pub line: u32,
    /// The column's name.
    pub column: String,
    /// What stands there.
    pub value: String,
    /// The catalogue's key of the sentence.
    pub key: &'static str,
}

/// A table as read: rows from large to small, and complaints.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// Good rows, provinces first.
    pub rows: Vec<Row>,
    /// Bad rows.
    pub errors: Vec<RowError>,
}

struct Columns {
    code: usize,
    name: usize,
    parent: Option<usize>,
    level: Option<usize>,
    /// The rung that the parent column of a separate table implies.
    implied: Kind,
    more: Vec<(usize, CodeSystem)>,
    names: Vec<String>,
}

/// The parent columns of the separate tables, the most detailed first, with the rung of their rows.
const SEPARATE: [(&str, Kind); 4] = [
    ("streetCode", Kind::Village),
    ("areaCode", Kind::Town),
    ("cityCode", Kind::County),
    ("provinceCode", Kind::City),
];

/// Reads a table whose codes are of one system.
///
/// # Errors
/// A fault when it cannot be read at all: no text, no header.
pub fn read(source: impl Read, system: &CodeSystem) -> Outcome<Sheet> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(source);
    let headers = reader.headers()?.clone();
    let columns = columns(&headers)?;
    let mut sheet = Sheet::default();
    let mut record = csv::StringRecord::new();
    let mut lines: HashMap<(Kind, String), u32> = HashMap::new();
    while sheet.errors.len() < MOST_ERRORS {
        let more = match reader.read_record(&mut record) {
            Ok(more) => more,
            Err(error) => {
                let line = error.position().map_or(0, |p| p.line() as u32);
                sheet.errors.push(complaint(line, "", error.to_string(), "territory.sheet.unreadable"));
                continue;
            }
        };
        if !more {
            break;
        }
        let line = record.position().map_or(0, |p| p.line() as u32);
        match row(&record, line, &columns, system) {
            Ok(row) if lines.insert((row.kind, row.code.clone()), line).is_some() => {
                sheet.errors.push(complaint(
                    line,
                    &columns.names[columns.code],
                    row.code,
                    "territory.sheet.twice",
                ));
            }
            Ok(row) => sheet.rows.push(row),
            Err(error) => sheet.errors.push(error),
        }
    }
    sheet.rows.sort_by_key(|r| r.kind);
    Ok(sheet)
}

fn complaint(line: u32, column: &str, value: String, key: &'static str) -> RowError {
    RowError { line, column: column.to_owned(), value, key }
}

fn columns(headers: &csv::StringRecord) -> Outcome<Columns> {
    let names: Vec<String> =
        headers.iter().map(|h| h.trim_start_matches('\u{feff}').trim().to_owned()).collect();
    let find = |wanted: &[&str]| names.iter().position(|n| wanted.contains(&n.as_str()));
    let (Some(code), Some(name)) = (find(&["code", "代码"]), find(&["name", "名称"])) else {
        return Err(Fault::new("the table has no columns code and name").into());
    };
    let separate = SEPARATE.iter().find_map(|(column, kind)| find(&[column]).map(|at| (at, *kind)));
    let level = find(&["level", "层级"]);
    let parent = find(&["parent", "parent_code", "上级代码"]);
    let parent = parent.or(if level.is_none() { separate.map(|s| s.0) } else { None });
    let more = names
        .iter()
        .enumerate()
        .filter(|(_, n)| ["gb2260", "mca", "nbs12"].contains(&n.as_str()) || n.starts_with("code."))
        .filter_map(|(at, n)| Some((at, CodeSystem::new(n.trim_start_matches("code.")).ok()?)))
        .collect();
    let implied = separate.map_or(Kind::Province, |s| s.1);
    Ok(Columns { code, name, parent, level, implied, more, names })
}

fn row(record: &csv::StringRecord, line: u32, c: &Columns, system: &CodeSystem) -> Result<Row, RowError> {
    let cell = |at: usize| record.get(at).unwrap_or("").trim();
    let bad = |at: usize| {
        move |stop: Stop| {
            let key = match stop {
                Stop::Invalid(i) => i.fields.first().map_or("territory.bad.cell", |f| f.key),
                _ => "territory.bad.cell",
            };
            complaint(line, &c.names[at], cell(at).to_owned(), key)
        }
    };
    let kind = match c.level {
        Some(at) => cell(at).parse().map_err(bad(at))?,
        None => c.implied,
    };
    let code = code_of(system, cell(c.code)).map_err(bad(c.code))?.code;
    let name = name_of(cell(c.name)).map_err(bad(c.name))?;
    let parent = match c.parent.filter(|at| !cell(*at).is_empty()) {
        Some(at) => Some(code_of(system, cell(at)).map_err(bad(at))?.code),
        None => None,
    };
    let mut more = Vec::new();
    for (at, other) in c.more.iter().filter(|(at, _)| !cell(*at).is_empty()) {
        more.push(code_of(other, cell(*at)).map_err(bad(*at))?);
    }
    Ok(Row { line, kind, code, name, parent, more })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Sheet {
        read(text.as_bytes(), &CodeSystem::nbs12()).unwrap()
    }

    #[test]
    fn the_form_with_levels_is_read_and_sorted() {
        let s = told(
            "code,name,parent,level,gb2260\n620602000000,凉州区,620600000000,county,620602\n62,甘肃省,,province,620000\n",
        );
        assert!(s.errors.is_empty());
        assert_eq!(
            (s.rows[0].kind, s.rows[0].code.as_str(), s.rows[0].line),
            (Kind::Province, "620000000000", 3)
        );
        assert_eq!(s.rows[1].parent.as_deref(), Some("620600000000"));
        assert_eq!(s.rows[1].more[0].code, "620602");
    }

    #[test]
    fn the_separate_tables_imply_the_level() {
        let s = told("code,name,areaCode,provinceCode,cityCode\n110101001,\"东华门街道\",110101,11,1101\n");
        assert_eq!((s.rows[0].kind, s.rows[0].parent.as_deref()), (Kind::Town, Some("110101000000")));
        assert_eq!(told("code,name\n11,北京市\n").rows[0].kind, Kind::Province);
    }

    #[test]
    fn each_bad_row_is_told_and_the_good_ones_are_kept() {
        let s = told(
            "code,name,parent,level\n62,甘肃省,,province\nx!,某县,62,county\n6206,,62,city\n6206,武威市,62,shire\n62,甘肃,,province\n",
        );
        assert_eq!(s.rows.len(), 1);
        let keys: Vec<_> = s.errors.iter().map(|e| (e.line, e.key)).collect();
        assert_eq!(
            keys,
            [
                (3, "territory.bad.code"),
                (4, "territory.bad.name"),
                (5, "territory.bad.level"),
                (6, "territory.sheet.twice")
            ]
        );
        assert_eq!(s.errors[2].value, "shire");
    }

    #[test]
    fn a_table_without_header_is_refused() {
        assert!(read("a,b\n1,2\n".as_bytes(), &CodeSystem::nbs12()).is_err());
        assert!(read("".as_bytes(), &CodeSystem::nbs12()).is_err());
    }
}
