//! Percentiles and the machine's facts: every figure is told with the machine and as a ratio.

use std::time::Duration;

use serde::Serialize;

/// Sorted times.
pub struct Spread(Vec<Duration>);

impl Spread {
    /// Of these times.
    pub fn of(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        Self(all)
    }

    /// How many times there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The time that this share of all stayed under, in milliseconds.
    pub fn at(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        let place = ((last as f64) * share).round() as usize;
        self.0.get(place.min(last)).map_or(0.0, |d| d.as_secs_f64() * 1_000.0)
    }
}

/// What the figures were measured on.
#[derive(Debug, Serialize)]
pub struct Machine {
    cores: usize,
    model: String,
    load: String,
}

/// This machine, now.
pub fn machine() -> Machine {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpu.lines().find(|l| l.starts_with("model name")).and_then(|l| l.split(": ").nth(1)).unwrap_or("?");
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    Machine {
        cores: std::thread::available_parallelism().map_or(0, usize::from),
        model: model.to_owned(),
        load: load.trim().to_owned(),
    }
}

/// Runs blocking work on a thread of its own: a PostgreSQL connection makes its own small runtime.
///
/// # Errors
/// What the work says.
pub fn apart<T: Send>(work: impl FnOnce() -> anyhow::Result<T> + Send) -> anyhow::Result<T> {
    std::thread::scope(|s| s.spawn(work).join())
        .unwrap_or_else(|_| Err(anyhow::anyhow!("a measurement panicked")))
}
