//! What the figures were measured on (机器情况).

use std::{fs, io::Write as _, path::Path, time::Instant};

use serde::{Deserialize, Serialize};

/// The machine's facts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Processors that this program may use.
    pub cores: usize,
    /// What they are.
    pub model: String,
    /// Memory of the whole machine.
    pub memory_mb: u64,
    /// The kernel's version.
    pub kernel: String,
    /// Load averages and processes as the run began.
    pub load_before: String,
    /// The same as it ended.
    #[serde(default)]
    pub load_after: String,
    /// The time that a small write took to be on the disk, at the middle of 200.
    pub sync_ms: f64,
    /// Seconds since 1970 as the run began.
    pub at_s: u64,
}

/// The load averages of one, five and fifteen minutes, and the processes that run.
pub fn load() -> String {
    fs::read_to_string("/proc/loadavg").unwrap_or_default().trim().to_owned()
}

/// This machine, now; the disk is the one of this folder.
pub fn machine(folder: &Path) -> Machine {
    let line = |file: &str, begin: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|l| l.starts_with(begin)).unwrap_or_default();
        line.split_once(':').map_or("", |(_, rest)| rest).trim().to_owned()
    };
    let memory = line("/proc/meminfo", "MemTotal");
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Machine {
        cores: std::thread::available_parallelism().map_or(0, usize::from),
        model: line("/proc/cpuinfo", "model name"),
        memory_mb: memory.split(' ').next().and_then(|k| k.parse::<u64>().ok()).unwrap_or(0) / 1_024,
        kernel: fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned(),
        load_before: load(),
        load_after: String::new(),
        sync_ms: sync_ms(folder).unwrap_or(0.0),
        at_s: since.map_or(0, |d| d.as_secs()),
    }
}

/// How long the disk takes for 200 small writes, each of them synced: without it no durable rate means anything.
fn sync_ms(folder: &Path) -> std::io::Result<f64> {
    let path = folder.join("sync-probe");
    let mut file = fs::File::create(&path)?;
    let mut times = Vec::new();
    for _ in 0..200 {
        let begun = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    fs::remove_file(path)?;
    times.sort_unstable();
    Ok(times[times.len() / 2].as_secs_f64() * 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_told() {
        let m = machine(&std::env::temp_dir());
        assert!(m.cores > 0 && m.memory_mb > 100 && m.sync_ms > 0.0 && !m.kernel.is_empty(), "{m:?}");
        assert!(m.load_before.split(' ').count() >= 3);
    }
}
