//! Reading what an administrator typed: one run of days in a line, as the notice gives them. And how much of the
//! country this installation is.

use access::Place;
use deadline::Period;
use jiff::civil::Date;
use territory::Atlas;

use crate::model::Table;

/// The code system in which tables name places.
const CODES: &str = "nbs12";
/// Years that a table may be for: what the calendar holds and a notice can exist for.
pub const YEARS: std::ops::RangeInclusive<i16> = 1990..=2199;
/// Runs of days in one table: many times what any notice had.
const MOST_LINES: usize = 100;
/// Characters of a holiday's name.
const MOST_NAME: usize = 20;

/// What a table is for: a year for the whole installation, or one place; none when that is not in the territory.
pub fn place_of_table(atlas: &Atlas, table: &Table) -> Option<Place> {
    match table {
        Table::Year(_) => Some(whole(atlas)),
        Table::Place(layer) => {
            let found = atlas.by_code(CODES, &full_code(&layer.code)).first().map(|e| e.id)?;
            Some(access::place_of(&atlas.lineage(found), None))
        }
    }
}

/// A division's code with the zeros that a table may leave out.
pub fn full_code(code: &str) -> String {
    format!("{code:0<12}")
}

/// The smallest place that holds the whole installation.
fn whole(atlas: &Atlas) -> Place {
    let mut at = None;
    loop {
        let mut below = atlas.children(at);
        match (below.next(), below.next()) {
            (Some(only), None) => at = Some(only.id),
            _ => break,
        }
    }
    access::place_of(&at.map(|id| atlas.lineage(id)).unwrap_or_default(), None)
}

/// A line that is not understood, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadLine(pub usize);

/// Days off, one run in a line: name, first day, last day (left out for a single day).
///
/// # Errors
/// The first line that is something else.
pub fn read_off(text: &str) -> Result<Vec<Period>, BadLine> {
    lines(text)
        .map(|(n, words)| {
            match words[..] {
                [name, first] => Some((name, first, first)),
                [name, first, last] => Some((name, first, last)),
                _ => None,
            }
            .and_then(|(name, first, last)| {
                let (first, last): (Date, Date) = (first.parse().ok()?, last.parse().ok()?);
                Some(Period { name: name.to_owned(), first, last })
            })
            .ok_or(BadLine(n))
        })
        .collect()
}

/// Rest days that are worked, one in a line: the holiday's name and the day.
///
/// # Errors
/// The first line that is something else.
pub fn read_work(text: &str) -> Result<Vec<(String, Date)>, BadLine> {
    lines(text)
        .map(|(n, words)| match words[..] {
            [name, day] => day.parse().ok().map(|day| (name.to_owned(), day)).ok_or(BadLine(n)),
            _ => Err(BadLine(n)),
        })
        .collect()
}

/// The words of each line that has some. A line beyond what a table may hold, or with too long a name, is given back
/// without words, so that nobody understands it.
fn lines(text: &str) -> impl Iterator<Item = (usize, Vec<&str>)> {
    let numbered = text.lines().enumerate().map(|(n, line)| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let fits = n < MOST_LINES && words.first().is_none_or(|name| name.chars().count() <= MOST_NAME);
        (n + 1, if fits { words } else { vec![""] })
    });
    numbered.filter(|(_, words)| !words.is_empty())
}

/// The typed form of days off.
pub fn write_off(off: &[Period]) -> String {
    let line = |p: &Period| {
        if p.first == p.last {
            format!("{} {}", p.name, p.first)
        } else {
            format!("{} {} {}", p.name, p.first, p.last)
        }
    };
    off.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The typed form of worked rest days.
pub fn write_work(work: &[(String, Date)]) -> String {
    work.iter().map(|(name, day)| format!("{name} {day}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_read_again() {
        let shipped = deadline::Book::shipped();
        for year in shipped.years() {
            assert_eq!(read_off(&write_off(&year.off)), Ok(year.off.clone()));
            assert_eq!(read_work(&write_work(&year.work)), Ok(year.work.clone()));
        }
    }

    #[test]
    fn a_line_that_is_something_else_is_named() {
        assert_eq!(read_off("元旦 2027-01-01\n\n春节 二月五日"), Err(BadLine(3)));
        assert_eq!(read_work("春节"), Err(BadLine(1)));
        assert_eq!(read_off("春节 2027-02-05 2027-02-11 many"), Err(BadLine(1)));
        assert_eq!(read_off(" \n"), Ok(vec![]));
        assert_eq!(read_work(&"春节 2027-01-31\n".repeat(101)), Err(BadLine(101)));
        assert_eq!(read_work(&format!("{} 2027-01-31", "春".repeat(21))), Err(BadLine(1)));
    }
}
