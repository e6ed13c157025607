//! How often and after which waits a letter is tried (重试).

use base::{HOUR_MS, MINUTE_MS};

/// The wait after each failed try; after the last there is none.
const WAITS_MS: [i64; 6] = [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 6 * HOUR_MS, 24 * HOUR_MS];

/// So often a letter is tried before it is given up.
pub const TRIES: i64 = WAITS_MS.len() as i64 + 1;

/// How long to wait after so many tries; `None` when it is given up.
pub fn wait_after(tries: i64) -> Option<i64> {
    usize::try_from(tries - 1).ok().and_then(|n| WAITS_MS.get(n)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let waits: Vec<_> = (1..TRIES).map(wait_after).collect();
        assert!(waits.windows(2).all(|w| w[0] < w[1]), "{waits:?}");
        assert_eq!((wait_after(0), wait_after(TRIES)), (None, None));
    }
}
