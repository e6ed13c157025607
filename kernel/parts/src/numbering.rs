//! Gapless numbers (编号): the next of a series and year, given in the deed's own transaction, so that a
//! deed that is taken back gives its number back too.

use base::Outcome;
use diesel::prelude::*;
use store::{Conn, Kept, Later, Tx, done, on};

diesel::table! {
    parts_number (series, year) {
        series -> Text,
        year -> BigInt,
        last -> BigInt,
    }
}

/// The next number of a series in a year, beginning with 1. Deeds that take numbers of one series wait
/// for each other's commit: send them through `Db::write_keyed` with the series as the key.
///
/// # Errors
/// What the engine says.
pub fn next_number(tx: &mut Tx<'_>, series: &str, year: i64) -> Outcome<i64> {
    // The row is ours until the commit: the numbers after the first are counted here and written once.
    if let Some(taken) = tx.waiting::<Taken>().iter_mut().find(|t| t.year == year && t.series == series) {
        taken.last += 1;
        return Ok(taken.last);
    }
    let last = first_number(tx, series, year)?;
    tx.add_later(Taken { series: series.to_owned(), year, first: last, last })?;
    Ok(last)
}

/// What a commit has taken of a series.
struct Taken {
    series: String,
    year: i64,
    first: i64,
    last: i64,
}

impl Later for Taken {
    fn add(conn: &mut Conn, rows: &[Self]) -> Outcome<()> {
        for taken in rows.iter().filter(|t| t.last > t.first) {
            on!(conn, c => done(diesel::update(parts_number::table.find((&taken.series, taken.year)))
                .set(parts_number::last.eq(taken.last)), c))?;
        }
        Ok(())
    }
}

fn first_number(tx: &mut Tx<'_>, series: &str, year: i64) -> Outcome<i64> {
    Ok(on!(tx.conn, c => Kept(diesel::insert_into(parts_number::table)
        .values((parts_number::series.eq(series), parts_number::year.eq(year), parts_number::last.eq(1)))
        .on_conflict((parts_number::series, parts_number::year))
        .do_update()
        .set(parts_number::last.eq(parts_number::last + 1))
        .returning(parts_number::last))
    .get_result(c))?)
}

#[cfg(test)]
mod tests {
    use base::{Act, Millis, Refusal};
    use store::{Fact, testing};

    use super::*;
    use crate::MIGRATIONS;

    #[test]
    fn a_deed_that_is_taken_back_leaves_no_gap() {
        for t in testing::databases(MIGRATIONS).unwrap() {
            let take = |keep: bool| {
                t.db.write_now(move |tx| {
                    let n = next_number(tx, "620602", 2026)?;
                    tx.record(Fact::new("test.numbered", Act::system(Millis(1)), "test", n));
                    if keep { Ok(n) } else { Err(Refusal::new("test.refuse").into()) }
                })
            };
            assert_eq!(take(true).unwrap(), 1);
            assert!(take(false).is_err());
            assert_eq!(take(true).unwrap(), 2);
            let other = t.db.write_now(|tx| {
                tx.record(Fact::new("test.numbered", Act::system(Millis(1)), "test", 1));
                next_number(tx, "620602", 2027)
            });
            assert_eq!(other.unwrap(), 1);
        }
    }
}
