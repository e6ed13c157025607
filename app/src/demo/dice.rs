//! Chance that is the same on every machine and in every version: SplitMix64 from a seed.

/// A source of draws (骰子). Each matter has its own, so that one more draw in one matter moves no other.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// From a seed and the parts that tell this source from its siblings.
    pub fn new(seed: u64, parts: &[u64]) -> Self {
        let mut dice = Self(seed ^ 0x9e37_79b9_7f4a_7c15);
        for part in parts {
            dice.0 = dice.next().wrapping_add(part.wrapping_mul(0xd134_2543_de82_ef95));
        }
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A part of one, 0 ≤ x < 1.
    pub fn part(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit exactly")]
        let x = (self.next() >> 11) as f64;
        x / 9_007_199_254_740_992.0
    }

    /// A whole number below `end`; 0 when `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        if end == 0 {
            return 0;
        }
        // The bias of a remainder is far below what any figure of the demo could show.
        usize::try_from(self.next() % end as u64).unwrap_or(0)
    }

    /// A whole number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = usize::try_from(high - low + 1).unwrap_or(1);
        low + i64::try_from(self.below(span)).unwrap_or(0)
    }

    /// True `n` times in a thousand.
    pub fn per_mille(&mut self, n: u32) -> bool {
        self.below(1000) < n as usize
    }

    /// One of a list. The list must not be empty.
    pub fn one<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// A position drawn by weight; the last one if all weights are zero.
    pub fn weighted(&mut self, weights: impl Iterator<Item = f64> + Clone) -> usize {
        let total: f64 = weights.clone().sum();
        let mut left = self.part() * total;
        let mut last = 0;
        for (i, w) in weights.enumerate() {
            last = i;
            left -= w;
            if left < 0.0 {
                return i;
            }
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_draws() {
        let draws = |mut d: Dice| -> Vec<usize> { (0..20).map(|_| d.below(1000)).collect() };
        assert_eq!(draws(Dice::new(7, &[1])), draws(Dice::new(7, &[1])));
        assert_ne!(draws(Dice::new(7, &[1])), draws(Dice::new(7, &[2])));
        assert_ne!(draws(Dice::new(7, &[1, 0])), draws(Dice::new(7, &[0, 1])));
    }

    #[test]
    fn weights_are_kept() {
        let mut d = Dice::new(1, &[]);
        let mut hits = [0; 3];
        for _ in 0..30_000 {
            hits[d.weighted([1.0, 0.0, 2.0].into_iter())] += 1;
        }
        assert!(hits[1] == 0 && (9_500..10_500).contains(&hits[0]), "{hits:?}");
        assert!((0..1000).all(|_| (3..=5).contains(&d.between(3, 5)) && d.part() < 1.0));
    }
}
