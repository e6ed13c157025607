//! How many may be inside at once (并发上限): found by how long work stands in line, so that nobody has to know how
//! fast the machine is.
//!
//! Every tenth of a second the shortest wait of that time is looked at (the idea of CoDel, RFC 8289: in a line that
//! empties now and then somebody is lucky; when even the luckiest waits, the line stands and only adds delay). A
//! standing line takes a fifth off the limit; a limit that is used up without one grows. Measured is the wait and not
//! the work, so that a page that takes long by itself does not count as a crowd.

use base::Millis;

/// How often the limit is looked at.
const EVERY_MS: i64 = 100;
/// The shortest wait that is a standing line: above what one commit to a slow disk takes.
const STANDING_MS: i64 = 50;

/// Between which bounds the limit moves.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Never fewer: a commit is shared by those who are inside.
    pub least: usize,
    /// Where it begins.
    pub first: usize,
    /// Never more: each holds memory.
    pub most: usize,
}

/// The limit.
#[derive(Debug)]
pub(crate) struct Pressure {
    bounds: Bounds,
    limit: usize,
    since: Millis,
    /// Whether somebody had to wait outside since then.
    was_full: bool,
}

impl Pressure {
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, limit: bounds.first, since: Millis(0), was_full: false }
    }

    /// How many may be inside.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Somebody waits outside.
    pub fn full(&mut self) {
        self.was_full = true;
    }

    /// Whether it is time to look. A clock that was set back is looked at too.
    pub fn is_due(&self, now: Millis) -> bool {
        !(0..EVERY_MS).contains(&(now.0 - self.since.0))
    }

    /// Looks: `wait_ms` is the shortest wait since the last look, where anything came to its turn.
    pub fn look(&mut self, now: Millis, wait_ms: Option<i64>) {
        self.since = now;
        let was_full = std::mem::take(&mut self.was_full);
        self.limit = match wait_ms {
            Some(ms) if ms > STANDING_MS => (self.limit * 4 / 5).max(self.bounds.least),
            Some(_) if was_full => (self.limit + (self.limit / 16).max(1)).min(self.bounds.most),
            _ => self.limit,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { least: 8, first: 64, most: 1_000 };

    /// A house that does `per_ms` works in a millisecond: with `limit` inside each waits for the others.
    fn settled(per_ms: f64) -> usize {
        let mut pressure = Pressure::new(BOUNDS);
        for n in 1..600 {
            pressure.full();
            let wait = pressure.limit() as f64 / per_ms;
            assert!(pressure.is_due(Millis(n * EVERY_MS)));
            pressure.look(Millis(n * EVERY_MS), Some(wait as i64));
        }
        pressure.limit()
    }

    #[test]
    fn the_limit_settles_where_the_line_begins_to_stand() {
        for (per_ms, want) in [(1.0, 40..=56), (4.0, 160..=216), (0.01, 8..=9), (1_000.0, 1_000..=1_000)] {
            let limit = settled(per_ms);
            assert!(want.contains(&limit), "{per_ms}: {limit}");
        }
    }

    #[test]
    fn nobody_outside_or_nothing_seen_leaves_it_as_it_is() {
        let mut pressure = Pressure::new(BOUNDS);
        pressure.look(Millis(100), Some(0));
        pressure.full();
        pressure.look(Millis(200), None);
        assert_eq!(pressure.limit(), 64);
        assert!(!pressure.is_due(Millis(250)) && pressure.is_due(Millis(300)) && pressure.is_due(Millis(50)));
    }
}
