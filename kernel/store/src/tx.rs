//! A write in progress: the connection, the facts it has recorded, and what chance it may draw on.

use base::{Chance, Id, Millis, Outcome};

use crate::{
    Conn, Fact, Keys,
    later::{Later, Piles, Text},
    search,
};

/// What every deed is handed (事务). State and facts of one `Tx` commit together or not at all.
pub struct Tx<'a> {
    /// The connection, for the room's `store.rs`.
    pub conn: &'a mut Conn,
    chance: &'a Chance,
    keys: &'a Keys,
    pub(crate) facts: Vec<Fact>,
    pub(crate) piles: Piles,
    /// Whether rows may wait for the end of the commit: only among deeds that read nothing of each other.
    pub(crate) shares: bool,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(conn: &'a mut Conn, chance: &'a Chance, keys: &'a Keys) -> Self {
        Self { conn, chance, keys, facts: Vec::new(), piles: Piles::default(), shares: false }
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

    /// Adds a row that this deed does not read again. Among deeds of [`Db::write_keyed`](crate::Db::write_keyed) it
    /// waits for the end of their commit; elsewhere it is written now.
    ///
    /// # Errors
    /// What the engine says.
    pub fn add_later<R: Later>(&mut self, row: R) -> Outcome<()> {
        if !self.shares {
            return R::add(self.conn, &[row]);
        }
        self.piles.put(row);
        Ok(())
    }

    /// Whether rows of [`Tx::add_later`] wait now. A row that may be there already can then be added as if it were not:
    /// if it was, the commit fails, and its deeds are run again one by one, where this is false.
    pub fn rows_wait(&self) -> bool {
        self.shares
    }

    /// The rows of a kind that wait: a deed may change what another of its commit has put off.
    pub fn waiting<R: Later>(&mut self) -> &mut [R] {
        self.piles.of()
    }

    /// Adds a new record's text to a full-text table at the end of the deed or of its commit.
    pub fn search_later(&mut self, table: &'static str, id: i64, text: String) {
        self.piles.put_text(Text { table, id, text });
    }

    /// Puts another text of a record into a full-text table, in place of the one that stands there or waits.
    ///
    /// # Errors
    /// What the engine says.
    pub fn search_again(&mut self, table: &'static str, id: i64, text: String) -> Outcome<()> {
        match self.piles.text_of(table, id) {
            Some(waiting) => *waiting = text,
            None => search::put(self.conn, table, id, &text)?,
        }
        Ok(())
    }

    /// Writes the rows that wait: before a question that must see them. Texts for the full-text tables go on waiting.
    ///
    /// # Errors
    /// What the engine says.
    pub fn settle(&mut self) -> Outcome<()> {
        self.piles.write_rows(self.conn)
    }
}
