//! The tables from which calendars are made (历法数据): the nation's years and the places' own days. The years
//! 2004-2026 are shipped with their notices; later ones come from the installation's own table.

use std::{collections::BTreeMap, sync::LazyLock};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    calendar::{Calendar, Named},
    day::Day,
};

/// A run of days off: its name, the first day and the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(String, Date, Date)", into = "(String, Date, Date)")]
pub struct Period {
    /// The holiday's name (节日).
    pub name: String,
    /// The first day off.
    pub first: Date,
    /// The last day off.
    pub last: Date,
}

impl From<(String, Date, Date)> for Period {
    fn from((name, first, last): (String, Date, Date)) -> Self {
        Self { name, first, last }
    }
}

impl From<Period> for (String, Date, Date) {
    fn from(period: Period) -> Self {
        (period.name, period.first, period.last)
    }
}

/// A year's table as its notice gives it (年度放假安排).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct YearTable {
    /// The year that is published by it.
    pub year: i16,
    /// The notices' numbers (文号).
    pub source: Vec<String>,
    /// The days off.
    pub off: Vec<Period>,
    /// The rest days that are worked, with the holiday for which.
    pub work: Vec<(String, Date)>,
}

/// A place's own days (地方假日), e.g. a minority's festival (全国年节及纪念日放假办法 art. 4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// The division's code: `62`, `6206`, `620602` or longer; it holds for all that lie below.
    pub code: String,
    /// The document that orders it.
    pub source: String,
    /// Days off there.
    #[serde(default)]
    pub off: Vec<Period>,
    /// Rest days that are worked there.
    #[serde(default)]
    pub work: Vec<(String, Date)>,
}

/// What can be wrong with a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    /// Not TOML, or a field is missing or unknown.
    #[error("not a table of the work calendar: {0}")]
    NotATable(String),
    /// A year stands in it twice.
    #[error("the year {0} stands in it twice")]
    Twice(i16),
    /// A run of days ends before it begins.
    #[error("{name} ends on {last}, before it begins")]
    Backwards {
        /// The holiday.
        name: String,
        /// Its last day.
        last: Date,
    },
    /// A day is off and worked at once.
    #[error("{0} is both a day off and worked")]
    Both(Date),
    /// A worked rest day is no Saturday or Sunday of that table.
    #[error("{0} is no rest day, it cannot be made up for")]
    NoRestDay(Date),
    /// A day lies in another year than the table's, more than a few days away.
    #[error("{day} does not belong to the table of {year}")]
    WrongYear {
        /// The table's year.
        year: i16,
        /// The day.
        day: Date,
    },
    /// A year has no notice that says so.
    #[error("the table of {0} names no notice")]
    NoSource(String),
    /// A division's code is not 2, 4, 6, 9 or 12 digits.
    #[error("{0} is not a division's code")]
    BadCode(String),
}

/// All tables in one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    version: String,
    years: BTreeMap<i16, YearTable>,
    layers: Vec<Layer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    #[serde(default)]
    year: Vec<YearTable>,
    #[serde(default)]
    layer: Vec<Layer>,
}

#[expect(clippy::expect_used, reason = "the file is compiled in and a test reads it")]
static SHIPPED: LazyLock<Book> =
    LazyLock::new(|| Book::read(include_str!("../data/china.toml")).expect("data/china.toml is well formed"));

impl Book {
    /// The tables that come with the program: 2004-2026, no places.
    pub fn shipped() -> &'static Book {
        &SHIPPED
    }

    /// Reads tables from TOML: `version`, `[[year]]`, `[[layer]]`.
    ///
    /// # Errors
    /// For the first thing that is wrong.
    pub fn read(text: &str) -> Result<Self, BookError> {
        let file: File = toml::from_str(text).map_err(|e| BookError::NotATable(e.message().to_owned()))?;
        let mut book = Self { version: file.version, years: BTreeMap::new(), layers: Vec::new() };
        for table in file.year {
            check_year(&table)?;
            if let Some(twice) = book.years.insert(table.year, table) {
                return Err(BookError::Twice(twice.year));
            }
        }
        for layer in file.layer {
            book.put_layer(layer)?;
        }
        Ok(book)
    }

    /// The version of the tables.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The years with a table, with their notices.
    pub fn years(&self) -> impl Iterator<Item = &YearTable> {
        self.years.values()
    }

    /// The places' own tables.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// These tables with a year published or corrected, as a new version.
    ///
    /// # Errors
    /// If the table contradicts itself.
    pub fn with_year(&self, table: YearTable, version: &str) -> Result<Self, BookError> {
        check_year(&table)?;
        let mut next = Self { version: version.to_owned(), ..self.clone() };
        next.years.insert(table.year, table);
        Ok(next)
    }

    /// These tables with one more table of a place, as a new version.
    ///
    /// # Errors
    /// If the table contradicts itself or the code is none.
    pub fn with_layer(&self, layer: Layer, version: &str) -> Result<Self, BookError> {
        let mut next = Self { version: version.to_owned(), ..self.clone() };
        next.put_layer(layer)?;
        Ok(next)
    }

    /// The calendar of a division: the nation's, then each level's own above it, the nearest last. The
    /// empty code is the nation's alone.
    pub fn calendar(&self, code: &str) -> Calendar {
        let code = significant(code);
        let years: Vec<i16> = self.years.keys().copied().collect();
        let mut layers: Vec<_> = self.years.values().map(|table| days(&table.off, &table.work)).collect();
        let mut local: Vec<&Layer> =
            self.layers.iter().filter(|layer| code.starts_with(significant(&layer.code))).collect();
        local.sort_by_key(|layer| significant(&layer.code).len());
        layers.extend(local.iter().map(|layer| days(&layer.off, &layer.work)));
        Calendar::compile(code, &self.version, &years, &layers)
    }

    /// The nearest place above a division, itself included, that has days of its own; empty when none has. Divisions with
    /// the same one share a calendar.
    pub fn nearest_layer(&self, code: &str) -> &str {
        let code = significant(code);
        let above =
            self.layers.iter().map(|layer| significant(&layer.code)).filter(|own| code.starts_with(own));
        above.max_by_key(|own| own.len()).unwrap_or_default()
    }

    fn put_layer(&mut self, layer: Layer) -> Result<(), BookError> {
        let digits = layer.code.bytes().all(|b| b.is_ascii_digit());
        if !digits || !matches!(layer.code.len(), 2 | 4 | 6 | 9 | 12) {
            return Err(BookError::BadCode(layer.code));
        }
        if layer.source.trim().is_empty() {
            return Err(BookError::NoSource(layer.code));
        }
        check(&layer.off, &layer.work)?;
        self.layers.push(layer);
        Ok(())
    }
}

/// A code without the levels that are all zeros: 620600000000 is 6206.
fn significant(code: &str) -> &str {
    let level = [12, 9, 6, 4, 2].into_iter().zip([9, 6, 4, 2, 0]).find(|(end, begin)| {
        code.get(*begin..(*end).min(code.len())).is_some_and(|part| part.bytes().any(|b| b != b'0'))
    });
    level.map_or("", |(end, _)| &code[..end.min(code.len())])
}

fn days(off: &[Period], work: &[(String, Date)]) -> (Vec<Named>, Vec<Named>) {
    let named =
        |name: &String, first, last| Named { first: Day::of(first), last: Day::of(last), name: name.clone() };
    (
        off.iter().map(|p| named(&p.name, p.first, p.last)).collect(),
        work.iter().map(|(name, day)| named(name, *day, *day)).collect(),
    )
}

fn check_year(table: &YearTable) -> Result<(), BookError> {
    if table.source.iter().all(|notice| notice.trim().is_empty()) {
        return Err(BookError::NoSource(table.year.to_string()));
    }
    // A notice may reach back into the December before; never further.
    let belongs = |day: Date| day.year() == table.year || (day.year() == table.year - 1 && day.month() == 12);
    let all = table.off.iter().flat_map(|p| [p.first, p.last]).chain(table.work.iter().map(|(_, day)| *day));
    if let Some(day) = all.into_iter().find(|day| !belongs(*day)) {
        return Err(BookError::WrongYear { year: table.year, day });
    }
    check(&table.off, &table.work)?;
    match table.work.iter().find(|(_, day)| !Day::of(*day).is_weekend()) {
        Some((_, day)) => Err(BookError::NoRestDay(*day)),
        None => Ok(()),
    }
}

fn check(off: &[Period], work: &[(String, Date)]) -> Result<(), BookError> {
    if let Some(bad) = off.iter().find(|p| p.last < p.first) {
        return Err(BookError::Backwards { name: bad.name.clone(), last: bad.last });
    }
    match work.iter().find(|(_, day)| off.iter().any(|p| p.first <= *day && *day <= p.last)) {
        Some((_, day)) => Err(BookError::Both(*day)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::{DayKind, DaySpan, Standing};

    fn festival(code: &str) -> Layer {
        let name = "古尔邦节".to_owned();
        let off = vec![Period { name: name.clone(), first: date(2026, 5, 27), last: date(2026, 5, 28) }];
        Layer {
            code: code.to_owned(),
            source: "a notice of the place".to_owned(),
            off,
            work: vec![(name, date(2026, 5, 30))],
        }
    }

    #[test]
    fn the_shipped_tables_have_a_notice_for_every_year_from_2004_to_2026() {
        let years: Vec<i16> = Book::shipped().years().map(|table| table.year).collect();
        assert_eq!(years, (2004..=2026).collect::<Vec<i16>>());
        assert!(Book::shipped().years().all(|table| table.source.iter().all(|n| n.contains("发明电〔"))));
        let worked: usize = Book::shipped().years().map(|table| table.work.len()).sum();
        assert_eq!(worked, 151, "the 150 of the packages and 2005-12-31");
    }

    #[test]
    fn a_place_lays_its_days_over_the_nations() {
        let book = Book::shipped().with_layer(festival("64"), "2026.2").unwrap();
        let there = book.calendar("640105000000");
        assert_eq!(there.kind(date(2026, 5, 27)), DayKind::Holiday("古尔邦节".to_owned()));
        assert_eq!(there.kind(date(2026, 5, 30)), DayKind::MadeUp("古尔邦节".to_owned()));
        assert!(book.calendar("62").is_working(date(2026, 5, 27)));
        assert_eq!((there.code(), there.version()), ("640105", "2026.2"));
        let changes = Book::shipped().calendar("640105").changes(&there);
        let span = |d: i8, e: i8| DaySpan { first: date(2026, 5, d), last: date(2026, 5, e) };
        assert_eq!(changes, [span(27, 28), span(30, 30)]);
        assert!(span(20, 27).touched_by(&changes) && span(29, 31).touched_by(&changes));
        assert!(!span(29, 29).touched_by(&changes) && !span(31, 31).touched_by(&changes));
    }

    #[test]
    fn tables_are_read_from_toml() {
        let text = r#"
            version = "test"
            [[year]]
            year = 2030
            source = ["a notice"]
            off = [["元旦", "2030-01-01", "2030-01-01"]]
            work = []
            [[layer]]
            code = "64"
            source = "a notice of the place"
            off = [["古尔邦节", "2030-04-13", "2030-04-15"]]
        "#;
        let book = Book::read(text).unwrap();
        assert_eq!((book.version(), book.layers().len()), ("test", 1));
        assert!(
            !book.calendar("640105").is_working(date(2030, 4, 15))
                && book.calendar("").is_working(date(2030, 4, 15))
        );
        assert!(matches!(Book::read("version = 1"), Err(BookError::NotATable(_))));
        let twice = text
            .replace("[[layer]]", "[[year]]\nyear = 2030\nsource = [\"x\"]\noff = []\nwork = []\n[[layer]]");
        assert_eq!(Book::read(&twice), Err(BookError::Twice(2030)));
    }

    #[test]
    fn publishing_a_year_makes_it_certain() {
        let table = YearTable {
            year: 2027,
            source: vec!["a notice".to_owned()],
            off: vec![Period { name: "元旦".to_owned(), first: date(2027, 1, 1), last: date(2027, 1, 3) }],
            work: vec![],
        };
        let book = Book::shipped().with_year(table, "2027.1").unwrap();
        let (old, new) = (Book::shipped().calendar(""), book.calendar(""));
        let new_year = DaySpan { first: date(2026, 12, 30), last: date(2027, 1, 4) };
        assert_eq!(old.standing(new_year), Standing::Provisional { year: 2027 });
        assert_eq!(new.standing(new_year), Standing::Certified);
        assert_eq!(old.changes(&new), [DaySpan { first: date(2026, 12, 29), last: date(2027, 12, 28) }]);
    }

    #[test]
    fn a_table_that_contradicts_itself_is_refused() {
        let period = |first, last| Period { name: "x".to_owned(), first, last };
        let table = |off, work| YearTable { year: 2027, source: vec!["n".to_owned()], off, work };
        let told = |table| Book::shipped().with_year(table, "v").unwrap_err();
        let (a, b) = (date(2027, 1, 1), date(2027, 1, 3));
        assert!(matches!(told(table(vec![period(b, a)], vec![])), BookError::Backwards { .. }));
        assert_eq!(
            told(table(vec![period(a, b)], vec![("x".to_owned(), date(2027, 1, 2))])),
            BookError::Both(date(2027, 1, 2))
        );
        assert_eq!(
            told(table(vec![], vec![("x".to_owned(), date(2027, 1, 5))])),
            BookError::NoRestDay(date(2027, 1, 5))
        );
        assert!(matches!(
            told(table(vec![period(date(2028, 1, 1), date(2028, 1, 1))], vec![])),
            BookError::WrongYear { .. }
        ));
        let unsaid = YearTable { source: vec![], ..table(vec![], vec![]) };
        assert!(matches!(told(unsaid), BookError::NoSource(_)));
        assert!(matches!(Book::shipped().with_layer(festival("6x"), "v"), Err(BookError::BadCode(_))));
        assert_eq!(significant("620602105000"), "620602105");
        assert_eq!((significant("620000"), significant("000000"), significant("")), ("62", "", ""));
    }
}
