//! When a report is tried again (重试), and which the upper installation has lost.

use base::{HOUR_MS, MINUTE_MS, Millis};

/// The wait after each failed try; the last one is repeated until somebody answers.
const WAITS_MS: [i64; 5] = [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS];
/// How many lost reports are named at once.
const MOST: usize = 50;

/// When the next try is due after so many that failed.
pub fn wait_after(tries: i64, at: Millis) -> Millis {
    let nth = usize::try_from(tries - 1).unwrap_or(0).min(WAITS_MS.len() - 1);
    at.plus(WAITS_MS[nth])
}

/// Which of the numbers up to `last` are not among those held from `first` on, which are in order.
pub fn lost(first: i64, last: i64, held: &[i64]) -> Vec<i64> {
    (first..=last).filter(|n| held.binary_search(n).is_err()).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_an_hour_and_never_end() {
        let waits: Vec<i64> = (1..9).map(|n| wait_after(n, Millis(0)).0 / MINUTE_MS).collect();
        assert_eq!(waits, [1, 5, 15, 30, 60, 60, 60, 60]);
    }

    #[test]
    fn what_is_lost_is_named_up_to_fifty() {
        assert_eq!(lost(1, 6, &[1, 2, 4]), [3, 5, 6]);
        assert_eq!(lost(1, 0, &[]), Vec::<i64>::new());
        assert_eq!(lost(1, 1_000, &[]).len(), MOST);
    }
}
