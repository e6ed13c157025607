//! The store (存储): one database, two engines, one way to write.
//!
//! A write is a closure over [`Tx`]; it commits only together with at least one journal fact.
//! On SQLite one writer thread runs many closures, one after another, and answers them all
//! after one sync (group commit); on PostgreSQL a few writer threads do the same, each with a
//! connection of its own. Reads go through other threads and never wait for a writer.
//!
//! Deliberately absent: repository traits, an object mapper, after-commit callbacks, and any way
//! to ask which engine it is outside `dialect.rs`.

mod backlog;
pub mod backup;
pub mod blobs;
mod conn;
mod db;
mod dialect;
mod fact;
mod fault;
pub mod journal;
mod keys;
mod later;
mod migrate;
mod processes;
mod replica;
pub mod search;
#[cfg(feature = "testing")]
pub mod testing;
mod tx;

pub use conn::{Conn, Fixed, Kept, PgWire, Silent, changes, done, open, portions};
pub use db::{Db, DbConfig, Health};
pub use dialect::{Engine, engine_of};
pub use fact::Fact;
pub use keys::{Keys, KeysError};
pub use later::Later;
pub use migrate::{KERNEL_MIGRATIONS, Migration, migrate, offers_distribution, schema_dump};
pub use processes::Serving;
pub use replica::MOST_BEHIND_MS;
pub use tx::Tx;
