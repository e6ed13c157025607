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
}

/// Copies the cases of a database until there are about so many.
///
/// # Errors
/// When the database has no case, or what the engine says.
#[expect(clippy::disallowed_methods, reason = "the bench measures")]
pub fn grow(url: &str, cases: i64) -> anyhow::Result<Grown> {
    let mut conn = ::store::open(url, false).told()?;
    store::prepare(&mut conn)?;
    let cases_before = store::cases(&mut conn)?;
    ensure!(cases_before > 0, "there is no case to copy: make the demo city first");
    let copies = (cases - cases_before).max(0) / cases_before;
    let begun = Instant::now();
    let indexes = store::drop_indexes(&mut conn)?;
    let rows = store::copy(&mut conn, copies)?;
    let copy_s = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    store::make_indexes(&mut conn, &indexes)?;
    let index_s = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    store::copy_texts(&mut conn, copies, TEXTS)?;
    store::finish(&mut conn)?;
    let search_s = begun.elapsed().as_secs_f64();
    Ok(Grown { cases_before, cases: store::cases(&mut conn)?, rows, copy_s, index_s, search_s })
}

/// How many cases a database has.
///
/// # Errors
/// What the engine says.
pub fn cases(url: &str) -> anyhow::Result<i64> {
    store::cases(&mut ::store::open(url, true).told()?)
}
