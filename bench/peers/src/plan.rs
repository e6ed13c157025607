//! What every house is asked to do: the same matters, places, categories and units, in the same order for the same seed.

use linli_loader::dice::drawn;

/// Places of the plan; five of them belong to one unit.
pub const PLACES: u64 = 200;
/// Categories of the plan.
pub const CATEGORIES: u64 = 12;
/// Units that answer for the places.
pub const UNITS: u64 = 40;
/// The unit whose queue is listed.
pub const LISTED_UNIT: u64 = 0;
/// Rows of a page of a queue.
pub const PAGE: u64 = 25;
/// The text of every matter; with its number it has the length of a usual one (the median of 2,816 real messages is 192).
const SENTENCE: &str = "村口的路灯三天没有亮了，晚上看不清路，老人和孩子出门不方便，请尽快来人修理。";

/// A matter, as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matter {
    /// Its running number.
    pub n: u64,
    /// Its place, below [`PLACES`].
    pub place: u64,
    /// Its category, below [`CATEGORIES`].
    pub category: u64,
}

impl Matter {
    /// A matter of the rows that are there before the first measurement: every unit has equally many.
    pub fn filled(n: u64) -> Self {
        Self { n, place: n % PLACES, category: n / PLACES % CATEGORIES }
    }

    /// A matter that is brought while something is measured: place and category are drawn.
    pub fn drawn(seed: u64, n: u64) -> Self {
        let dice = drawn(seed, n);
        Self { n, place: dice % PLACES, category: dice / PLACES % CATEGORIES }
    }

    /// The unit that answers for it.
    pub fn unit(self) -> u64 {
        self.place * UNITS / PLACES
    }

    /// What it says.
    pub fn text(self) -> String {
        format!("第{}件：{}", self.n, text())
    }

    /// Where exactly.
    pub fn spot(self) -> String {
        format!("{}号杆", self.n)
    }

    /// A telephone number that no network has.
    pub fn contact(self) -> String {
        format!("000{:08}", self.n % 100_000_000)
    }

    /// How the peers call its place.
    pub fn place_word(self) -> String {
        format!("p{:03}", self.place)
    }

    /// How the peers call its category.
    pub fn category_word(self) -> String {
        format!("c{:02}", self.category)
    }
}

/// How the peers call a unit.
pub fn unit_word(unit: u64) -> String {
    format!("u{unit:02}")
}

/// Whether a filled matter is still open: half of every place's are.
pub fn is_open(n: u64) -> bool {
    (n / PLACES).is_multiple_of(2)
}

/// The text without a number.
pub fn text() -> String {
    SENTENCE.repeat(5)
}

/// How many filled matters of one unit are open.
pub fn open_in_unit(rows: u64, unit: u64) -> u64 {
    (0..rows).filter(|n| is_open(*n) && Matter::filled(*n).unit() == unit).count() as u64
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_unit_has_equally_many_and_half_are_open() {
        let mut all: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
        for n in 0..20_000 {
            let (open, sum) = all.entry(Matter::filled(n).unit()).or_default();
            *open += u64::from(is_open(n));
            *sum += 1;
        }
        assert_eq!(all.len() as u64, UNITS);
        assert!(all.values().all(|each| *each == (250, 500)), "{all:?}");
        assert_eq!(open_in_unit(20_000, LISTED_UNIT), 250);
    }

    #[test]
    fn a_seed_draws_the_same_matters_and_another_seed_others() {
        let draw = |seed| (0..100).map(|n| Matter::drawn(seed, n)).collect::<Vec<_>>();
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let places: std::collections::BTreeSet<u64> = (0..5_000).map(|n| Matter::drawn(1, n).place).collect();
        assert_eq!(places.len() as u64, PLACES);
    }

    #[test]
    fn a_text_has_the_usual_length() {
        assert!((180..=210).contains(&Matter::filled(7).text().chars().count()));
    }
}
