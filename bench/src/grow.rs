//! A great city from a small one: every case of a database is copied as often as it takes, with its acts, clocks,
//! answers, letters and timers, each copy some minutes later than the last. So a million cases have the places,
//! categories, seasons, lengths of text and delays of the thirty thousand that were lived through deed by deed.
//!
//! What is not copied, because a copy would be wrong: journal entries (a tree of hashes), contacts (sealed for their
//! own row), links, whistles and "me too". The copies have no journal, so `linli journal check` is not for them.

mod store;

use std::time::Instant;

use anyhow::ensure;
use linli::house::Told;
use serde::Serialize;

use crate::record::{Floor, Point, Told as Record};

/// Texts that one statement puts into the full-text table.
const TEXTS: usize = 2_000;

/// What was made.
#[derive(Debug, Serialize)]
pub struct Grown {
    cases_before: i64,
    cases: i64,
    rows: i64,
    copy_s: f64,
    index_s: f64,
    search_s: f64,
    shape: Shape,
}

/// How a city's cases are spread: what makes a lookup cheap or dear is what is frequent in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Shape {
    counties: usize,
    /// Of all cases, in the county that has most of them; an even spread would be one part of the counties.
    largest_county: f64,
    categories: usize,
    /// Of all cases, in the ten categories that have most of them.
    ten_categories: f64,
    /// The fullest of the twelve months to the emptiest.
    months_apart: f64,
    /// Characters of a resident's text without blanks, at the middle and of nine in ten; the real messages have 190 and 694.
    text_median: f64,
    text_p90: f64,
}

impl Shape {
    /// Of counted cases: by county, by category, by month, and the lengths of some texts.
    fn of(counties: &[i64], categories: &[i64], months: &[i64], mut lengths: Vec<i64>) -> Self {
        let all = counties.iter().sum::<i64>().max(1) as f64;
        let most = |counts: &[i64], many: usize| {
            let mut sorted = counts.to_vec();
            sorted.sort_unstable_by(|a, b| b.cmp(a));
            sorted.iter().take(many).sum::<i64>() as f64 / all
        };
        lengths.sort_unstable();
        let length =
            |share: f64| lengths.get((lengths.len() as f64 * share) as usize).map_or(0.0, |n| *n as f64);
        let ends = (months.iter().min(), months.iter().max());
        Self {
            counties: counties.len(),
            largest_county: most(counties, 1),
            categories: categories.len(),
            ten_categories: most(categories, 10),
            months_apart: if let (Some(least), Some(most)) = ends {
                *most as f64 / (*least).max(1) as f64
            } else {
                0.0
            },
            text_median: length(0.5),
            text_p90: length(0.9),
        }
    }
}

/// Copies the cases of a database until there are about so many; with `only_search` no more of them than a search reads.
///
/// # Errors
/// When the database has no case, or what the engine says.
#[expect(clippy::disallowed_methods, reason = "the bench measures")]
pub fn grow(url: &str, cases: i64, only_search: bool) -> anyhow::Result<Grown> {
    let mut conn = ::store::open(url, false).told()?;
    store::prepare(&mut conn)?;
    let cases_before = store::cases(&mut conn)?;
    ensure!(cases_before > 0, "there is no case to copy: make the demo city first");
    let tables = store::tables(only_search);
    let copies = store::Copies::of(&mut conn, (cases - cases_before).max(0) / cases_before)?;
    let begun = Instant::now();
    let indexes = store::drop_indexes(&mut conn, &tables)?;
    let rows = store::copy(&mut conn, &tables, copies)?;
    let copy_s = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    store::make_indexes(&mut conn, &indexes)?;
    let index_s = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    store::copy_texts(&mut conn, copies, TEXTS)?;
    store::finish(&mut conn)?;
    let search_s = begun.elapsed().as_secs_f64();
    let shape = shape(&mut conn)?;
    Ok(Grown { cases_before, cases: store::cases(&mut conn)?, rows, copy_s, index_s, search_s, shape })
}

fn shape(conn: &mut ::store::Conn) -> anyhow::Result<Shape> {
    let counties = store::counted(conn, "county_id")?;
    let categories = store::counted(conn, "category_id")?;
    // A year of the seasons from the newest back, in months of a twelfth of it.
    let months = store::counted_by_month(conn)?;
    Ok(Shape::of(&counties, &categories, &months, store::lengths(conn)?))
}

/// The generator as a scenario: rows a second, against rows of one table alone that are copied inside the engine without
/// any index, and how what it made is spread.
///
/// # Errors
/// As [`grow`].
pub fn measure(url: &str, cases: i64) -> anyhow::Result<Record> {
    let grown = grow(url, cases, false)?;
    let took = grown.copy_s + grown.index_s + grown.search_s;
    let mut told = Record::default();
    if grown.rows > 0 {
        let mut point = Point::done("copied", "rows", grown.rows.unsigned_abs(), took);
        let bare = store::bare_copy(&mut ::store::open(url, false).told()?)?;
        point.hold(Floor::Engine, bare, 0.0);
        told.points.push(point);
    }
    told.fact("cases", grown.cases as f64);
    for (name, seconds) in
        [("copy_s", grown.copy_s), ("index_s", grown.index_s), ("search_s", grown.search_s)]
    {
        told.fact(name, seconds);
    }
    let s = grown.shape;
    for (name, value) in [
        ("counties", s.counties as f64),
        ("share_of_the_largest_county", s.largest_county),
        ("categories", s.categories as f64),
        ("share_of_ten_categories", s.ten_categories),
        ("fullest_month_to_the_emptiest", s.months_apart),
        ("characters_of_a_residents_text_at_the_median", s.text_median),
        ("characters_of_a_residents_text_of_nine_in_ten", s.text_p90),
    ] {
        told.fact(name, value);
    }
    Ok(told)
}

/// How many cases a database has.
///
/// # Errors
/// What the engine says.
pub fn cases(url: &str) -> anyhow::Result<i64> {
    store::cases(&mut ::store::open(url, true).told()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_tells_an_even_spread_from_a_skewed_one() {
        let even = Shape::of(&[25; 4], &[5; 20], &[8, 9], (1..=100).collect());
        assert!(
            (even.largest_county - 0.25).abs() < 1e-9 && (even.ten_categories - 0.5).abs() < 1e-9,
            "{even:?}"
        );
        assert!((even.text_median - 51.0).abs() < 1e-9 && (even.text_p90 - 91.0).abs() < 1e-9, "{even:?}");
        let skewed = Shape::of(&[70, 20, 10], &[100], &[5, 50], vec![]);
        assert!((skewed.largest_county - 0.7).abs() < 1e-9 && (skewed.months_apart - 10.0).abs() < 1e-9);
    }

    #[test]
    fn a_grown_city_is_as_skewed_as_the_one_that_was_lived_through() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("linli.db").display());
        let mut conn = ::store::open(&url, false).told().unwrap();
        ::store::migrate(&mut conn, &linli::house::migrations(), base::Millis(0)).told().unwrap();
        store::plant(&mut conn, 60).unwrap();
        let before = shape(&mut conn).unwrap();
        drop(conn);
        let grown = grow(&url, 600, false).unwrap();
        assert_eq!((grown.cases_before, grown.cases), (60, 600));
        assert_eq!(grown.rows, 540);
        assert!((grown.shape.largest_county - before.largest_county).abs() < 1e-9, "{:?}", grown.shape);
        assert!((grown.shape.ten_categories - before.ten_categories).abs() < 1e-9);
        assert!((grown.shape.text_median - before.text_median).abs() < 1e-9);
        // And once more with what a search reads alone.
        assert_eq!(grow(&url, 1_200, true).unwrap().cases, 1_200);
    }
}
