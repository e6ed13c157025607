//! Draws that are the same for the same seed, without a state that clients would have to share.

/// A well mixed number (splitmix64).
pub fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The draw with this number.
pub fn drawn(seed: u64, n: u64) -> u64 {
    mixed(seed ^ mixed(n))
}

/// A part of one, from 0 to just below 1.
pub fn part(seed: u64, n: u64) -> f64 {
    (drawn(seed, n) >> 11) as f64 / (1_u64 << 53) as f64
}

/// One of these, by a drawn number; nothing only of none.
pub fn one_of<T>(all: &[T], dice: u64) -> Option<&T> {
    all.get(usize::try_from(dice % all.len().max(1) as u64).ok()?)
}

/// One of these by its weight; the last where the weights say nothing.
pub fn by_weight<T: Copy>(all: &[(T, u64)], dice: u64) -> Option<T> {
    let sum: u64 = all.iter().map(|(_, weight)| weight).sum();
    let mut rest = dice % sum.max(1);
    for (one, weight) in all {
        if rest < *weight {
            return Some(*one);
        }
        rest -= weight;
    }
    all.last().map(|(one, _)| *one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_the_same_and_another_seed_something_else() {
        let draw = |seed| (0..100).map(|n| drawn(seed, n)).collect::<Vec<_>>();
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let mean = (0..10_000).map(|n| part(3, n)).sum::<f64>() / 10_000.0;
        assert!((0.49..0.51).contains(&mean), "{mean}");
    }

    #[test]
    fn weights_are_kept() {
        let all = [('a', 70), ('b', 0), ('c', 30)];
        let drawn: Vec<char> = (0..10_000).filter_map(|n| by_weight(&all, drawn(5, n))).collect();
        let count = |c| drawn.iter().filter(|d| **d == c).count();
        assert!((6_700..7_300).contains(&count('a')), "{}", count('a'));
        assert_eq!(count('b'), 0);
        assert_eq!(by_weight::<char>(&[], 4), None);
    }
}
