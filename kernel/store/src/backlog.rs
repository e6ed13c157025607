//! How long work waits for its turn (排队时间). The writers refuse a deed that would wait longer than a person does,
//! instead of keeping everybody until all give up; whoever lets people in reads how long work stands in line.
//!
//! Instants come from the database's clock, so that a test moves them by hand. A clock that is set back makes a wait
//! look shorter, never longer than it was.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use base::Millis;

/// How long a deed may have to wait before it is refused (等候上限). A request is given up after thirty seconds; a deed
/// that begins by then still commits in time.
pub(crate) const PATIENCE_MS: i64 = 8_000;
/// A deed that has stood in line for so long although it was let in is not begun any more: whoever asked has gone.
pub(crate) const GONE_MS: i64 = 25_000;

/// One deed counts for no more, so that a single long one, or a clock that was set, does not close the line.
const DEED_MOST_US: u64 = 2_000_000;

/// One writer's line: how long a deed takes of late, and since when the present commit runs.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    /// Microseconds for a deed, smoothed over about sixteen commits.
    deed_us: AtomicU64,
    /// When the present commit began; 0 while there is none.
    since: AtomicI64,
}

impl Backlog {
    /// A commit begins.
    pub fn begin(&self, at: Millis) {
        self.since.store(at.0.max(1), Ordering::Relaxed);
    }

    /// It is over, with so many deeds.
    pub fn end(&self, at: Millis, deeds: usize) {
        let took_us =
            (at.0 - self.since.swap(0, Ordering::Relaxed)).max(0).unsigned_abs().saturating_mul(1_000);
        let (each, before) =
            ((took_us / deeds.max(1) as u64).min(DEED_MOST_US), self.deed_us.load(Ordering::Relaxed));
        self.deed_us.store((before * 15 + each) / 16, Ordering::Relaxed);
    }

    /// How long a deed that comes now, behind `waiting` others, would wait, in milliseconds.
    pub fn wait_ms(&self, at: Millis, waiting: usize) -> i64 {
        let since = self.since.load(Ordering::Relaxed);
        let running = if since == 0 { 0 } else { (at.0 - since).max(0) };
        let ahead = self.deed_us.load(Ordering::Relaxed).saturating_mul(waiting as u64) / 1_000;
        running.saturating_add(i64::try_from(ahead).unwrap_or(i64::MAX))
    }
}

/// The shortest that anything waited since it was last asked (最短等待). In a line that empties now and then it is near
/// nothing; when even the luckiest waits, the line stands. This is what CoDel (RFC 8289) measures.
#[derive(Debug)]
pub(crate) struct Shortest(AtomicI64);

impl Default for Shortest {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MAX))
    }
}

impl Shortest {
    /// Something waited so long.
    pub fn note(&self, ms: i64) {
        self.0.fetch_min(ms.max(0), Ordering::Relaxed);
    }

    /// The shortest wait since the last question; `None` where nothing came to its turn.
    pub fn take(&self) -> Option<i64> {
        Some(self.0.swap(i64::MAX, Ordering::Relaxed)).filter(|ms| *ms != i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_from_what_runs_and_what_stands_before() {
        let line = Backlog::default();
        assert_eq!(line.wait_ms(Millis(5), 100), 0);
        for n in 0..200 {
            line.begin(Millis(n * 1_000 + 1));
            line.end(Millis(n * 1_000 + 101), 10);
        }
        // Ten milliseconds for a deed.
        let wait = line.wait_ms(Millis(1_000_000), 500);
        assert!((4_800..=5_000).contains(&wait), "{wait}");
        line.begin(Millis(1_000_000));
        assert_eq!(line.wait_ms(Millis(1_003_000), 0), 3_000);
        assert_eq!(line.wait_ms(Millis(900_000), 0), 0, "a clock that was set back");
    }

    #[test]
    fn the_shortest_wait_is_told_once() {
        let shortest = Shortest::default();
        assert_eq!(shortest.take(), None);
        for ms in [30, 7, 90] {
            shortest.note(ms);
        }
        assert_eq!((shortest.take(), shortest.take()), (Some(7), None));
    }
}
