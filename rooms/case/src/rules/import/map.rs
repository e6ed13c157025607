//! The map of a table (导入对照表): which column is which field, constants, category words. A small TOML
//! file, written once per source by whoever knows the table.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::Ending;

/// A field that a column can fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// What identifies the row in its source.
    Key,
    /// One line.
    Title,
    /// The matter in full.
    Body,
    /// When the resident brought it.
    Brought,
    /// The category, by code or through `[category.values]`.
    Category,
    /// The place, by code or name.
    Place,
    /// Where exactly.
    Spot,
    /// Who brought it.
    ReporterName,
    /// How to reach them.
    Contact,
    /// The official answer.
    Answer,
    /// When it was given.
    Answered,
    /// How it ended, through `[ending.values]`.
    Ending,
}

/// A map, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Map {
    /// A name for the source, part of every row's key.
    pub source: String,
    /// The sheet; `None` = the first.
    pub sheet: Option<String>,
    /// The heading's row as the spreadsheet shows it.
    pub header_row: usize,
    /// The headings by field.
    pub columns: BTreeMap<Field, String>,
    /// Values for every row, by field, where there is no column or its cell is blank.
    pub constants: BTreeMap<Field, String>,
    /// Headings that are left out on purpose.
    pub ignored: Vec<String>,
    /// The category's code by the value of its column.
    pub category_values: BTreeMap<String, String>,
    /// The category's code by words of title and text; the most hits decide, the first at a tie.
    pub category_words: Vec<(Vec<String>, String)>,
    /// How it ended by the value of its column.
    pub ending_values: BTreeMap<String, Ending>,
    /// How a row with an answer ended where no column says so.
    pub ending_default: Ending,
}

/// A mistake in a map.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {key} {word}")]
pub struct MapError {
    /// The line, from 1.
    pub line: usize,
    /// The catalogue's key of the sentence.
    pub key: &'static str,
    /// The word that is wrong.
    pub word: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MapText {
    source: String,
    sheet: Option<String>,
    #[serde(default = "one")]
    header_row: usize,
    columns: BTreeMap<Field, String>,
    #[serde(default)]
    constants: BTreeMap<Field, String>,
    #[serde(default)]
    ignored: Vec<String>,
    #[serde(default)]
    category: CategoryText,
    #[serde(default)]
    ending: EndingText,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct CategoryText {
    #[serde(default)]
    values: BTreeMap<String, String>,
    #[serde(default)]
    words: Vec<WordsText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WordsText {
    any: Vec<String>,
    code: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct EndingText {
    default: Option<Ending>,
    #[serde(default)]
    values: BTreeMap<String, Ending>,
}

const fn one() -> usize {
    1
}

/// Reads a map. Whether its categories exist is asked of `is_category`.
///
/// # Errors
/// The mistakes: no TOML of the right shape, a needed field without a column, a category that the pack
/// does not have.
pub fn read_map(text: &str, is_category: impl Fn(&str) -> bool) -> Result<Map, Vec<MapError>> {
    let raw: MapText = toml::from_str(text).map_err(|e| {
        let line = line_at(text, e.span().map_or(0, |s| s.start));
        vec![MapError { line, key: "import.map.syntax", word: e.message().to_owned() }]
    })?;
    let mut errors = Vec::new();
    let mut say = |key, word: &str| {
        let line = line_at(text, text.find(&format!("\"{word}\"")).unwrap_or(0));
        errors.push(MapError { line, key, word: word.to_owned() });
    };
    for (field, name) in
        [(Field::Key, "key"), (Field::Body, "body"), (Field::Brought, "brought"), (Field::Place, "place")]
    {
        if !raw.columns.contains_key(&field) && !raw.constants.contains_key(&field) {
            say("import.map.field_missing", name);
        }
    }
    if raw.columns.contains_key(&Field::Answered) && !raw.columns.contains_key(&Field::Answer) {
        say("import.map.field_missing", "answer");
    }
    let constant = raw.constants.get(&Field::Category);
    if constant.is_none() && !raw.columns.contains_key(&Field::Category) {
        say("import.map.field_missing", "category");
    }
    let codes =
        raw.category.values.values().chain(raw.category.words.iter().map(|w| &w.code)).chain(constant);
    for code in codes.filter(|c| !is_category(c)) {
        say("import.map.unknown_category", code);
    }
    if raw.header_row == 0 {
        say("import.map.header_row", "0");
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(Map {
        source: raw.source,
        sheet: raw.sheet,
        header_row: raw.header_row,
        columns: raw.columns,
        constants: raw.constants,
        ignored: raw.ignored,
        category_values: raw.category.values,
        category_words: raw.category.words.into_iter().map(|w| (w.any, w.code)).collect(),
        ending_values: raw.ending.values,
        ending_default: raw.ending.default.unwrap_or(Ending::Explained),
    })
}

fn line_at(text: &str, at: usize) -> usize {
    text.get(..at).map_or(1, |before| before.matches('\n').count() + 1)
}
