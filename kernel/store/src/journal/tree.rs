//! The tree over the leaf hashes: which subtree roots are kept, and how the rest is worked out.
//! The arithmetic (RFC 6962) is the library's; here is only where the hashes come from.

use std::cell::RefCell;

use base::Outcome;
use diesel::prelude::*;
use tlog_tiles::{
    Error as TlogError, Hash, HashReader, node_hash, split_stored_hash_index, stored_hash_index,
};

use super::{journal_entry, journal_node};
use crate::{Conn, on};

/// Roots are kept for subtrees of 2^8, 2^16, ... leaves: one row for 256 entries.
const STEP: u8 = 8;
const WIDTH: u64 = 1 << STEP;

fn to_hash(bytes: &[u8]) -> Hash {
    // A row of another length can only be damage; as zeros it fails every check that follows.
    Hash(bytes.try_into().unwrap_or([0; 32]))
}

/// The root of a full, even-sided run of hashes.
fn fold(mut row: Vec<Hash>) -> Hash {
    while row.len() > 1 {
        row = row.chunks(2).map(|pair| node_hash(pair[0], pair[1])).collect();
    }
    row.first().copied().unwrap_or(Hash([0; 32]))
}

/// The hashes of nodes `from..to` at a kept level (0 is the leaves).
fn kept(conn: &mut Conn, level: u8, from: u64, to: u64) -> Result<Vec<Hash>, diesel::result::Error> {
    if level == 0 {
        let rows: Vec<Vec<u8>> = on!(conn, c => journal_entry::table
            .filter(journal_entry::leaf.ge(from as i64))
            .filter(journal_entry::leaf.lt(to as i64))
            .order(journal_entry::leaf)
            .select(journal_entry::leaf_hash)
            .load(c))?;
        return Ok(rows.iter().map(|r| to_hash(r)).collect());
    }
    (from..to)
        .map(|n| {
            let place = stored_hash_index(level, n) as i64;
            let row: Vec<u8> =
                on!(conn, c => journal_node::table.find(place).select(journal_node::hash).first(c))?;
            Ok(to_hash(&row))
        })
        .collect()
}

/// Stores the roots of the subtrees that became full when the tree grew from `old` to `new`.
pub(super) fn store_full_nodes(conn: &mut Conn, old: u64, new: u64) -> Outcome<()> {
    let mut level = 0;
    let (mut from, mut to) = (old / WIDTH, new / WIDTH);
    while from < to {
        for n in from..to {
            let hash = fold(kept(conn, level, n * WIDTH, (n + 1) * WIDTH)?);
            let place = stored_hash_index(level + STEP, n) as i64;
            on!(conn, c => diesel::insert_into(journal_node::table)
                .values((journal_node::place.eq(place), journal_node::hash.eq(hash.0.to_vec())))
                .execute(c))?;
        }
        level += STEP;
        (from, to) = (from / WIDTH, to / WIDTH);
    }
    Ok(())
}

/// Reads any full node of the tree from the database.
pub(crate) struct Reader<'a>(RefCell<&'a mut Conn>);

impl<'a> Reader<'a> {
    pub(crate) fn new(conn: &'a mut Conn) -> Self {
        Self(RefCell::new(conn))
    }

    fn node(&self, index: u64) -> Result<Hash, TlogError> {
        let (level, n) = split_stored_hash_index(index);
        let under = level - level % STEP;
        let span = 1_u64 << (level - under);
        let row = kept(&mut self.0.borrow_mut(), under, n * span, (n + 1) * span)
            .map_err(|e| TlogError::InvalidInput(e.to_string()))?;
        if row.len() as u64 != span {
            return Err(TlogError::IndexesNotInTree);
        }
        Ok(fold(row))
    }
}

impl HashReader for Reader<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, TlogError> {
        indexes.iter().map(|i| self.node(*i)).collect()
    }
}

/// A tree that is built leaf by leaf, keeping only the roots of its full parts: for the offline check.
#[derive(Default)]
pub(super) struct Growing {
    size: u64,
    parts: Vec<(u64, Hash)>,
}

impl Growing {
    pub(super) fn push(&mut self, leaf: Hash) {
        self.size += 1;
        let mut part = (1, leaf);
        while let Some((width, left)) = self.parts.last().copied() {
            if width != part.0 {
                break;
            }
            self.parts.pop();
            part = (width * 2, node_hash(left, part.1));
        }
        self.parts.push(part);
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn root(&self) -> Hash {
        let mut parts = self.parts.iter().rev().map(|(_, h)| *h);
        match parts.next() {
            None => tlog_tiles::EMPTY_HASH,
            Some(last) => parts.fold(last, |right, left| node_hash(left, right)),
        }
    }
}
