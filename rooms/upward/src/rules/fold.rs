//! Small numbers (小数保护, rights.md): how many matters of one kind came in, or were due, is not told below five. Such categories are folded
//! into one row, and the smallest of the others with them until that row is large enough, so that nothing can be found
//! by subtraction; the sums stay whole. The row of a whole division counts the work of its offices and is told as it is.

use crate::model::{CategoryCode, Numbers};

/// Below this many nothing is told by category.
const FEW: i64 = 5;

/// Whether a category is too small to be told apart.
pub fn is_small(n: Numbers) -> bool {
    let few = |n: i64| (1..FEW).contains(&n);
    few(n.received) || few(n.due)
}

fn size(n: Numbers) -> i64 {
    n.received + n.due
}

/// The categories of one division and day that can be told, in the order of their codes; none where they would tell no
/// more than the whole. What was folded before is folded again.
pub fn fold(parts: Vec<(CategoryCode, Numbers)>) -> Vec<(CategoryCode, Numbers)> {
    let (folded, mut kept): (Vec<_>, Vec<_>) =
        parts.into_iter().partition(|(code, n)| *code == CategoryCode::other() || is_small(*n));
    let mut other = folded.into_iter().fold(Numbers::default(), |sum, (_, n)| sum.plus(n));
    kept.retain(|(_, n)| *n != Numbers::default());
    kept.sort_by(|a, b| (size(b.1), &b.0).cmp(&(size(a.1), &a.0)));
    while is_small(other) {
        let Some((_, n)) = kept.pop() else { return Vec::new() };
        other = other.plus(n);
    }
    if kept.is_empty() {
        return Vec::new();
    }
    if other != Numbers::default() {
        kept.push((CategoryCode::other(), other));
    }
    kept.sort_by(|a, b| a.0.cmp(&b.0));
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn n(received: i64, due: i64) -> Numbers {
        Numbers { received, due, ..Numbers::default() }
    }

    fn folded(parts: &[(&str, i64, i64)]) -> Vec<(String, i64, i64)> {
        let parts = parts
            .iter()
            .filter_map(|(code, received, due)| Some((CategoryCode::parse(code)?, n(*received, *due))))
            .collect();
        fold(parts).into_iter().map(|(code, n)| (code.into(), n.received, n.due)).collect()
    }

    fn row(code: &str, received: i64, due: i64) -> (String, i64, i64) {
        (code.to_owned(), received, due)
    }

    #[test]
    fn a_small_category_takes_the_next_smallest_with_it() {
        assert_eq!(
            folded(&[("01", 9, 0), ("02", 5, 0), ("03", 3, 0)]),
            [row("01", 9, 0), row("other", 8, 0)]
        );
        assert_eq!(
            folded(&[("01", 9, 0), ("02", 3, 0), ("03", 4, 0)]),
            [row("01", 9, 0), row("other", 7, 0)],
            "two small ones are enough for each other"
        );
        assert_eq!(folded(&[("01", 9, 5), ("02", 6, 2)]), [], "there is nothing left to tell apart");
        assert_eq!(folded(&[("01", 3, 0)]), []);
        assert_eq!(folded(&[]), []);
        assert_eq!(folded(&[("01", 5, 0), ("02", 0, 7)]), [row("01", 5, 0), row("02", 0, 7)]);
    }

    proptest! {
        #[test]
        fn nothing_small_is_told_and_nothing_is_lost(all in prop::collection::vec((0_i64..12, 0_i64..12), 0..12)) {
            let parts: Vec<_> = all
                .iter()
                .enumerate()
                .filter_map(|(at, (a, b))| Some((CategoryCode::parse(&format!("{at:02}"))?, n(*a, *b))))
                .collect();
            let whole = parts.iter().fold(Numbers::default(), |sum, (_, n)| sum.plus(*n));
            let told = fold(parts);
            let sum = told.iter().fold(Numbers::default(), |sum, (_, n)| sum.plus(*n));
            prop_assert!(told.is_empty() || sum == whole);
            prop_assert!(told.iter().all(|(_, n)| !is_small(*n)));
            prop_assert!(told.len() != 1 || told[0].0 != CategoryCode::other());
            prop_assert_eq!(fold(told.clone()), told, "what was folded once stays so");
        }
    }
}
