//! Sums (汇总): what an installation counted itself and what it heard from below, as the rows of one division.

use std::collections::BTreeMap;

use super::fold::fold;
use crate::model::{CategoryCode, DivisionCode, Numbers, Row};

/// A share of a division's day: the whole and its categories, which may be fewer than the whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// All categories together.
    pub whole: Numbers,
    /// By category.
    pub split: BTreeMap<CategoryCode, Numbers>,
}

impl Part {
    /// What the categories do not hold: of an installation that was too small to tell them apart.
    fn rest(&self) -> Numbers {
        let sum = self.split.values().fold(Numbers::default(), |sum, n| sum.plus(*n));
        let rest = self.whole.minus(sum);
        // What was said at call-backs is never split.
        Numbers { said: 0, satisfied: 0, ..rest }
    }
}

/// The rows of a division from its parts: the whole, and the categories that can be told unless `bare`.
pub fn rows_of(division: &DivisionCode, parts: &[Part], bare: bool) -> Vec<Row> {
    let whole = parts.iter().fold(Numbers::default(), |sum, p| sum.plus(p.whole));
    let mut split: BTreeMap<CategoryCode, Numbers> = BTreeMap::new();
    for part in parts {
        let rest = (CategoryCode::other(), part.rest());
        for (code, n) in part.split.iter().map(|(c, n)| (c.clone(), *n)).chain([rest]) {
            let sum = split.entry(code).or_default();
            *sum = sum.plus(n);
        }
    }
    let told = if bare { Vec::new() } else { fold(split.into_iter().collect()) };
    let row = |(category, numbers)| Row { division: division.clone(), category, numbers };
    std::iter::once((CategoryCode::any(), whole)).chain(told).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(whole: i64, split: &[(&str, i64)]) -> Part {
        let n = |received| Numbers { received, said: 1, ..Numbers::default() };
        let bare = |received| Numbers { received, ..Numbers::default() };
        let split = split.iter().filter_map(|(c, r)| Some((CategoryCode::parse(c)?, bare(*r)))).collect();
        Part { whole: n(whole), split }
    }

    #[test]
    fn parts_add_up_and_what_was_not_told_apart_stays_folded() {
        let Some(city) = DivisionCode::parse("620600000000") else { unreachable!("a code") };
        let parts = [part(20, &[("01", 12), ("02", 8)]), part(3, &[]), part(9, &[("01", 9)])];
        let rows = rows_of(&city, &parts, false);
        let told: Vec<_> =
            rows.iter().map(|r| (r.category.as_str(), r.numbers.received, r.numbers.said)).collect();
        assert_eq!(told, [("", 32, 3), ("01", 21, 0), ("other", 11, 0)]);
        assert_eq!(rows_of(&city, &parts, true).len(), 1, "of a running day only the whole");
        assert_eq!(rows_of(&city, &[], false).len(), 1, "a day without anything is told too");
    }
}
