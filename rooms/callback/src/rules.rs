//! Pure decisions: the seed and the order of a draw, who may call, and the three rates.

use base::Refusal;
use sha2::{Digest, Sha256};

use crate::model::{CallState, Counter, Week};

/// The way of drawing, which a draw keeps beside it. Repeat it with any tool:
/// `seed = sha256("linli-callback-1\n" + root + "\n" + county code + "\n" + week + "\n")`, in hexadecimal; the cases stand in the order of
/// `sha256(seed + "\n" + number + "\n")`, and the first of them are drawn.
pub const METHOD: &str = "linli-callback-1";

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(64), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

fn digest(text: &str) -> String {
    hex(&Sha256::digest(text))
}

/// The seed of a county's week (种子) from the root of a signed checkpoint, in hexadecimal.
pub fn seed_of(root: &str, county_code: &str, week: Week) -> String {
    digest(&format!("{METHOD}\n{root}\n{county_code}\n{}\n", week.name()))
}

/// The digest of a population: its numbers in order, a line each.
pub fn digest_of(numbers: &[String]) -> String {
    let mut sorted: Vec<&String> = numbers.iter().collect();
    sorted.sort_unstable();
    digest(&sorted.into_iter().map(|n| format!("{n}\n")).collect::<String>())
}

/// The numbers in the order of the draw.
pub fn order_of(seed: &str, numbers: &[String]) -> Vec<String> {
    let mut keyed: Vec<(String, &String)> =
        numbers.iter().map(|n| (digest(&format!("{seed}\n{n}\n")), n)).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, n)| n.clone()).collect()
}

/// Whoever calls did not work on the case and is not of the office that did (回访人回避).
///
/// # Errors
/// 403, with which of the two it is.
pub fn must_be_somebody_else(
    caller: i64,
    units: &[i64],
    hands: &[i64],
    answering: &[i64],
) -> Result<(), Refusal> {
    if hands.contains(&caller) {
        return Err(Refusal::new("callback.refuse.own_work").status(403));
    }
    if units.iter().any(|u| answering.contains(u)) {
        return Err(Refusal::new("callback.refuse.own_unit").status(403));
    }
    Ok(())
}

/// A call that has come to an end keeps what was said.
///
/// # Errors
/// 409, with how it stands.
pub fn must_be_open(state: CallState) -> Result<(), Refusal> {
    match state {
        CallState::Open => Ok(()),
        CallState::Lapsed => Err(Refusal::new("callback.refuse.over")),
        CallState::Reached | CallState::Unreached => Err(Refusal::new("callback.refuse.done")),
    }
}

/// The call is in this caller's hand.
///
/// # Errors
/// 409 when nobody has taken it; 403 when somebody else has.
pub fn must_be_mine(account: i64, caller: i64) -> Result<(), Refusal> {
    match account {
        0 => Err(Refusal::new("callback.refuse.not_taken")),
        a if a == caller => Ok(()),
        _ => Err(Refusal::new("callback.refuse.others").status(403)),
    }
}

/// One of the three rates (三率).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The catalogue's key of its name.
    pub name: &'static str,
    /// What is counted.
    pub part: Counter,
    /// Of what: those who said something to this question.
    pub whole: Counter,
    /// The catalogue's key of where it comes from.
    pub source: &'static str,
    /// Which version of this row.
    pub version: &'static str,
}

const fn rate(name: &'static str, part: Counter, whole: Counter) -> Rate {
    Rate { name, part, whole, source: "callback.source", version: "2026.1" }
}

/// 响应率、解决率、满意率 (北京市接诉即办工作条例 art. 32). Who was not reached, or did not want to say, is in no denominator and
/// is shown beside it.
pub const RATES: &[Rate] = &[
    rate("callback.rate.response", Counter::Contacted, Counter::ContactedSaid),
    rate("callback.rate.solved", Counter::Solved, Counter::SolvedSaid),
    rate("callback.rate.satisfied", Counter::Satisfied, Counter::SatisfiedSaid),
];

/// A share in percent with two decimals, rounded half up from the whole numbers; a dash without any.
pub fn share(part: i64, whole: i64) -> String {
    if whole <= 0 {
        return "—".to_owned();
    }
    let n = (2 * part * 10_000 + whole) / (2 * whole);
    format!("{}.{:02}%", n / 100, n % 100)
}

impl Counter {
    /// The catalogue's key.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Drawn => "callback.counter.drawn",
            Self::Reached => "callback.counter.reached",
            Self::Unreached => "callback.counter.unreached",
            Self::Lapsed => "callback.counter.lapsed",
            Self::Open => "callback.counter.open",
            Self::Contacted => "callback.counter.contacted",
            Self::ContactedSaid => "callback.counter.contacted_said",
            Self::Solved => "callback.counter.solved",
            Self::SolvedSaid => "callback.counter.solved_said",
            Self::Satisfied => "callback.counter.satisfied",
            Self::SatisfiedSaid => "callback.counter.satisfied_said",
            Self::NotSolved => "callback.counter.not_solved",
        }
    }
}

#[cfg(test)]
mod tests {
    use web::Names;

    use super::*;

    fn numbers(n: usize) -> Vec<String> {
        (1..=n).map(|i| format!("X-2026-{i:05}")).collect()
    }

    #[test]
    fn a_draw_repeats_and_another_root_draws_others() {
        let week = Week::parse("2026-W09").unwrap();
        let seed = seed_of("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=", "000001000000", week);
        // Computed by hand: printf 'linli-callback-1\nCsUY…\n000001000000\n2026-W09\n' | sha256sum
        assert_eq!(seed.len(), 64);
        let all = numbers(100);
        let mut shuffled = all.clone();
        shuffled.reverse();
        assert_eq!(order_of(&seed, &all), order_of(&seed, &shuffled), "the order of asking says nothing");
        assert_eq!(digest_of(&all), digest_of(&shuffled));
        let other = seed_of("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=", "000001000000", week);
        assert_ne!(order_of(&seed, &all)[..10], order_of(&other, &all)[..10]);
        assert_ne!(seed, seed_of("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=", "000002000000", week));
    }

    #[test]
    fn every_case_is_drawn_equally_often() {
        let all = numbers(20);
        let mut hits = vec![0_i32; 20];
        for n in 0..2_000 {
            for drawn in order_of(&format!("seed {n}"), &all).iter().take(5) {
                hits[all.iter().position(|a| a == drawn).unwrap()] += 1;
            }
        }
        assert!(hits.iter().all(|h| (h - 500).abs() < 110), "{hits:?}");
    }

    #[test]
    fn nobody_calls_about_own_work_or_the_own_office() {
        assert!(must_be_somebody_else(1, &[10], &[2, 3], &[11]).is_ok());
        assert_eq!(
            must_be_somebody_else(2, &[10], &[2, 3], &[11]).unwrap_err().key,
            "callback.refuse.own_work"
        );
        assert_eq!(
            must_be_somebody_else(1, &[10, 11], &[2], &[11]).unwrap_err().key,
            "callback.refuse.own_unit"
        );
    }

    #[test]
    fn an_end_is_an_end_and_a_call_has_one_hand() {
        assert!(must_be_open(CallState::Open).is_ok());
        for state in CallState::ALL.iter().filter(|s| **s != CallState::Open) {
            assert_eq!(must_be_open(*state).unwrap_err().status, 409);
        }
        assert!(must_be_mine(5, 5).is_ok());
        assert_eq!(
            (must_be_mine(0, 5).unwrap_err().status, must_be_mine(6, 5).unwrap_err().status),
            (409, 403)
        );
    }

    #[test]
    fn rates_divide_by_those_who_said_something() {
        assert_eq!((share(1, 3), share(2, 3), share(0, 0)), ("33.33%".into(), "66.67%".into(), "—".into()));
        for counter in Counter::ALL {
            assert_eq!(counter.key(), format!("callback.counter.{}", counter.name()));
        }
        assert!(RATES.iter().all(|r| r.whole.name() == format!("{}_said", r.part.name())));
    }
}
