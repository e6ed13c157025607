//! The room's pages with made-up content, drawn without a database.

mod resident;
mod worker;

/// All of them.
pub fn samples() -> Vec<web::Sample> {
    let mut all = resident::samples();
    all.extend(worker::samples());
    all
}
