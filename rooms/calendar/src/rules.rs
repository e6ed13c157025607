//! Reading what an administrator typed: one run of days in a line, as the notice gives them. And how much of the
//! country this installation is.

use access::Place;
use deadline::Period;
use jiff::civil::Date;
use territory::Atlas;

/// The smallest place that holds the whole installation: whoever publishes a year for all must administer it.
pub fn whole(atlas: &Atlas) -> Place {
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

fn lines(text: &str) -> impl Iterator<Item = (usize, Vec<&str>)> {
    let numbered =
        text.lines().enumerate().map(|(n, line)| (n + 1, line.split_whitespace().collect::<Vec<_>>()));
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
    }
}
