//! A write in progress: the connection, the facts it has recorded, and what chance it may draw on.

use base::{Chance, Id, Millis};

use crate::{Conn, Fact, Keys};

/// What every deed is handed (事务). State and facts of one `Tx` commit together or not at all.
pub struct Tx<'a> {
    /// The connection, for the room's `store.rs`.
    pub conn: &'a mut Conn,
    chance: &'a Chance,
    keys: &'a Keys,
    pub(crate) facts: Vec<Fact>,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(conn: &'a mut Conn, chance: &'a Chance, keys: &'a Keys) -> Self {
        Self { conn, chance, keys, facts: Vec::new() }
    }

    /// A fresh id for a record made at `now`.
    pub fn id<T>(&self, now: Millis) -> Id<T> {
        self.chance.id(now)
    }

    /// Chance, for tokens and codes.
    pub fn chance(&self) -> &'a Chance {
        self.chance
    }

    /// The installation's keys.
    pub fn keys(&self) -> &'a Keys {
        self.keys
    }

    /// Seals a field's text for its place with a fresh nonce.
    pub fn seal(&self, column: &str, row: i64, text: &str) -> Vec<u8> {
        self.keys.seal(column, row, self.chance.bytes(), text)
    }

    /// Adds a fact. A deed that records none does not commit.
    pub fn record(&mut self, fact: Fact) {
        self.facts.push(fact);
    }
}
