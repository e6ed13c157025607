//! What a password must be, and how many tries there are (口令规则). NIST SP 800-63B's spirit: length
//! and a list of known ones instead of character classes and forced changes.

use base::{MINUTE_MS, Millis};

/// Wrong tries that one name has within [`WINDOW_MS`].
pub const TRIES: usize = 10;
/// The window in which tries are counted, in milliseconds.
pub const WINDOW_MS: i64 = 15 * MINUTE_MS;

const LEAST: usize = 10;
const MOST: usize = 128;

/// Frequently used passwords of ten and more characters, or stems of such, in small letters.
const COMMON: &str = include_str!("common_passwords.txt");

/// What is wrong with a new password for an account, as a key of the catalogue; `None` if nothing is.
pub fn password_fault(account_name: &str, password: &str) -> Option<&'static str> {
    let length = password.chars().count();
    let small = password.to_lowercase();
    if length < LEAST {
        Some("access.invalid.password_short")
    } else if length > MOST {
        Some("access.invalid.password_long")
    } else if !account_name.is_empty() && small.contains(&account_name.to_lowercase()) {
        Some("access.invalid.password_name")
    } else if is_common(&small) || is_run(&small) {
        Some("access.invalid.password_common")
    } else {
        None
    }
}

/// On the list, or on it once the digits and signs that people hang on are taken off.
fn is_common(small: &str) -> bool {
    let bare = small.trim_matches(|c: char| !c.is_alphabetic());
    COMMON.lines().any(|known| known == small || (bare.chars().count() >= 4 && known == bare))
}

/// One short piece over and over, or characters that (nearly) only count up or down.
fn is_run(small: &str) -> bool {
    let chars: Vec<char> = small.chars().collect();
    let repeats = (1..=4).any(|n| chars.iter().skip(n).zip(&chars).all(|(a, b)| a == b));
    let steps: Vec<i64> =
        chars.windows(2).map(|w| i64::from(u32::from(w[1])) - i64::from(u32::from(w[0]))).collect();
    let counts = steps.iter().filter(|s| s.abs() <= 1).count() * 5 >= steps.len() * 4;
    repeats || counts
}

/// Until when a name has to wait, given its wrong tries since the last right one; `None` if it need
/// not. The answer depends on the typed name alone, never on whether such an account exists.
pub fn must_wait_until(wrong: &[Millis], now: Millis) -> Option<Millis> {
    let mut recent: Vec<Millis> = wrong.iter().copied().filter(|t| now.0 - t.0 < WINDOW_MS).collect();
    recent.sort_unstable();
    let over = recent.len().checked_sub(TRIES)?;
    recent.get(over).map(|t| t.plus(WINDOW_MS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_usual_ones_are_refused_and_a_sentence_is_not() {
        for bad in [
            "1234567890",
            "password123",
            "Password2026!",
            "aaaaaaaaaa",
            "abababababab",
            "qwertyuiop",
            "abcdefghijk",
        ] {
            assert_eq!(password_fault("wang", bad), Some("access.invalid.password_common"), "{bad}");
        }
        assert_eq!(password_fault("wangfang", "my-WangFang-77"), Some("access.invalid.password_name"));
        assert_eq!(password_fault("wang", "short"), Some("access.invalid.password_short"));
        assert_eq!(password_fault("wang", "祁连山下的葡萄熟了吗"), None);
        assert_eq!(password_fault("wang", "tea-lamp-river-9"), None);
    }

    #[test]
    fn the_eleventh_try_waits_for_the_first_to_grow_old() {
        let wrong: Vec<Millis> = (0..10).map(|n| Millis(n * 1000)).collect();
        assert_eq!(must_wait_until(&wrong[..9], Millis(10_000)), None);
        assert_eq!(must_wait_until(&wrong, Millis(10_000)), Some(Millis(WINDOW_MS)));
        assert_eq!(must_wait_until(&wrong, Millis(WINDOW_MS)), None);
    }

    proptest! {
        #[test]
        fn a_try_is_open_again_exactly_when_it_was_said(
            mut wrong in prop::collection::vec(0_i64..2 * WINDOW_MS, 0..30), now in 0_i64..3 * WINDOW_MS,
        ) {
            wrong.retain(|t| *t <= now);
            let wrong: Vec<Millis> = wrong.into_iter().map(Millis).collect();
            if let Some(until) = must_wait_until(&wrong, Millis(now)) {
                prop_assert!(until > Millis(now));
                prop_assert_eq!(must_wait_until(&wrong, until), None);
                prop_assert!(must_wait_until(&wrong, until.plus(-1)).is_some());
            }
        }
    }
}
