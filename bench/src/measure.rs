//! Work that may not stand on the runtime's threads.

/// Runs blocking work on a thread of its own: a PostgreSQL connection makes its own small runtime.
///
/// # Errors
/// What the work says.
pub fn apart<T: Send>(work: impl FnOnce() -> anyhow::Result<T> + Send) -> anyhow::Result<T> {
    std::thread::scope(|s| s.spawn(work).join())
        .unwrap_or_else(|_| Err(anyhow::anyhow!("a measurement panicked")))
}
