//! A rate with what it was made of (销号率): numerator, denominator, and percent with two places, half rounded up.

/// A share of entries; about offices, never about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rate {
    /// How many of them.
    pub part: i64,
    /// Of how many.
    pub whole: i64,
}

impl Rate {
    /// `97.62 %`; a dash where there is nothing to divide by.
    pub fn percent(self) -> String {
        if self.whole <= 0 {
            return "—".to_owned();
        }
        let hundredths = (self.part * 10_000 * 2 + self.whole) / (self.whole * 2);
        format!("{}.{:02} %", hundredths / 100, hundredths % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_figures_come_out() {
        let rate = |part, whole| Rate { part, whole }.percent();
        // The dossier's D15, D16, D6 and D3.
        assert_eq!(rate(164, 168), "97.62 %");
        assert_eq!(rate(46, 58), "79.31 %");
        assert_eq!(rate(5, 5), "100.00 %");
        assert_eq!(rate(8_043, 8_134), "98.88 %");
        assert_eq!(rate(0, 0), "—");
    }
}
