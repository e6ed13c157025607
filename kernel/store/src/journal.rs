//! The journal (存证日志): an RFC 6962 Merkle tree over salted commitments, with signed checkpoints
//! that an outsider can check without us. An entry's place in the tree is given when its
//! transaction commits (SQLite) or within a second by the sealer (PostgreSQL).
//!
//! Deliberately absent: an update or a delete of an entry, and any personal text in one.

mod export;
mod tree;

use base::{Fault, Millis, Outcome};
use diesel::prelude::*;
use sha2::{Digest, Sha256};
use tlog_tiles::{Checkpoint, Hash, record_hash, tree_hash};

pub use export::{
    Proof, ProvenEntry, VerifyError, VerifyReport, check_now, check_proof, export, proofs_of, verify_export,
};
pub(crate) use tree::Reader;

use crate::{Conn, Fact, Keys, Tx, add_all, done, free, on};

diesel::table! {
    journal_entry (id) {
        id -> BigInt,
        leaf -> Nullable<BigInt>,
        at_ms -> BigInt,
        account -> BigInt,
        post -> BigInt,
        kind -> Text,
        subject_kind -> Text,
        subject_id -> BigInt,
        county_id -> BigInt,
        body -> Text,
        salt -> Binary,
        leaf_hash -> Binary,
    }
}
diesel::table! { journal_head (id) { id -> BigInt, size -> BigInt, } }
diesel::table! { journal_node (place) { place -> BigInt, hash -> Binary, } }
diesel::table! { journal_checkpoint (id) { id -> BigInt, at_ms -> BigInt, size -> BigInt, note -> Text, } }

/// One entry as it stands in the database (日志条目).
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = journal_entry, treat_none_as_default_value = false)]
pub struct Entry {
    /// Its id.
    pub id: i64,
    /// Its place in the tree, once sealed.
    pub leaf: Option<i64>,
    /// When the deed was done.
    pub at_ms: i64,
    /// Who did it: an account, 0 for the public, -1 for the house.
    pub account: i64,
    /// From which post.
    pub post: i64,
    /// What happened: `<room>.<noun>_<participle>`.
    pub kind: String,
    /// What it is about.
    pub subject_kind: String,
    /// Which one.
    pub subject_id: i64,
    /// In whose casework.
    pub county_id: i64,
    /// References, closed words and salted digests, as JSON.
    pub body: String,
    /// Sixteen random bytes; erasing them makes the digests in `body` and the commitment mute.
    pub salt: Vec<u8>,
    /// The tree's leaf: `H(0x00 ‖ commitment)`.
    pub leaf_hash: Vec<u8>,
}

impl Entry {
    fn make(id: i64, fact: &Fact, salt: [u8; 16]) -> Self {
        let mut entry = Self {
            id,
            leaf: None,
            at_ms: fact.act.at.0,
            account: fact.act.by.account,
            post: fact.act.by.post,
            kind: fact.kind.to_owned(),
            subject_kind: fact.subject_kind.to_owned(),
            subject_id: fact.subject_id,
            county_id: fact.county,
            body: fact.body_text(&salt),
            salt: salt.to_vec(),
            leaf_hash: Vec::new(),
        };
        entry.leaf_hash = record_hash(&entry.commitment()).0.to_vec();
        entry
    }

    /// `SHA-256(salt ‖ every field, a line each)`: what the tree holds instead of the entry.
    fn commitment(&self) -> [u8; 32] {
        let text = format!(
            "linli-entry-1\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n",
            self.id,
            self.at_ms,
            self.account,
            self.post,
            self.kind,
            self.subject_kind,
            self.subject_id,
            self.county_id,
            self.body
        );
        Sha256::new().chain_update(&self.salt).chain_update(text).finalize().into()
    }
}

/// Writes the facts of committed-to-be deeds. Called inside their transaction.
pub(crate) fn append(conn: &mut Conn, chance: &base::Chance, facts: &[Fact], sealing: bool) -> Outcome<()> {
    let mut rows: Vec<Entry> =
        facts.iter().map(|f| Entry::make(chance.id::<Entry>(f.act.at).raw(), f, chance.bytes())).collect();
    let mut size = 0;
    if sealing {
        size = on!(conn, c => journal_head::table.find(1).select(journal_head::size).first::<i64>(c))?;
        for (row, leaf) in rows.iter_mut().zip(size..) {
            row.leaf = Some(leaf);
        }
    }
    add_all!(conn, journal_entry::table, &rows[..]);
    if sealing {
        grow(conn, size, size + rows.len() as i64)?;
    }
    Ok(())
}

/// Moves the head from `old` to `new` leaves and stores the subtree roots that became full.
fn grow(conn: &mut Conn, old: i64, new: i64) -> Outcome<()> {
    on!(conn, c => done(diesel::update(journal_head::table.find(1)).set(journal_head::size.eq(new)), c))?;
    tree::store_full_nodes(conn, old as u64, new as u64)
}

/// How many entries the sealer takes at once.
const SEAL_ROWS: i64 = 5_000;
/// Gives the next places (from `$1`) to at most `$2` entries, in the order of their ids.
const SEAL: &str = "UPDATE journal_entry SET leaf = pending.place FROM (\
    SELECT waiting.id, $1 - 1 + row_number() OVER (ORDER BY waiting.id) AS place FROM (\
        SELECT id FROM journal_entry WHERE leaf IS NULL ORDER BY id LIMIT $2) AS waiting) AS pending \
    WHERE journal_entry.id = pending.id";

/// Gives places in the tree to committed entries that have none yet; returns how many. Entries of
/// transactions that are still open are not seen and get theirs next time: places are given in
/// the order in which commits become visible, which is the only order there is.
fn seal(conn: &mut Conn, size: i64) -> Outcome<usize> {
    let sealed = on!(conn, c => diesel::sql_query(SEAL)
        .bind::<diesel::sql_types::BigInt, _>(size)
        .bind::<diesel::sql_types::BigInt, _>(SEAL_ROWS)
        .execute(c))?;
    if sealed > 0 {
        grow(conn, size, size + sealed as i64)?;
    }
    Ok(sealed)
}

/// Seals what is pending and signs a checkpoint if the tree has grown since the last one. Whoever holds the head's row is
/// the sealer until the end of its transaction; another process that comes meanwhile leaves it to that one and does not wait,
/// so that one which froze stops nobody's writing. Nothing is signed within `gap_ms` of the last checkpoint.
pub(crate) fn seal_and_sign(tx: &mut Tx<'_>, at: Millis, gap_ms: i64) -> Outcome<()> {
    let head: Vec<i64> = free!(tx.conn, journal_head::table.find(1).select(journal_head::size))?;
    let Some(mut size) = head.first().copied() else { return Ok(()) };
    loop {
        let sealed = seal(tx.conn, size)? as i64;
        size += sealed;
        if sealed < SEAL_ROWS {
            break;
        }
    }
    let last: Option<(i64, i64, i64)> = on!(tx.conn, c => journal_checkpoint::table
        .order(journal_checkpoint::id.desc())
        .select((journal_checkpoint::id, journal_checkpoint::size, journal_checkpoint::at_ms))
        .first(c)
        .optional())?;
    if last.is_some_and(|(_, signed, when)| signed == size || (0..gap_ms).contains(&(at.0 - when)))
        || size == 0
    {
        return Ok(());
    }
    let root = tree_hash(size as u64, &Reader::new(tx.conn))?;
    let note = sign(tx.keys(), size as u64, root)?;
    on!(tx.conn, c => diesel::insert_into(journal_checkpoint::table)
        .values((
            journal_checkpoint::id.eq(last.map_or(1, |(id, ..)| id + 1)),
            journal_checkpoint::at_ms.eq(at.0),
            journal_checkpoint::size.eq(size),
            journal_checkpoint::note.eq(&note),
        ))
        .execute(c))?;
    Ok(())
}

fn sign(keys: &Keys, size: u64, root: Hash) -> Outcome<String> {
    let checkpoint = Checkpoint::new(keys.origin(), size, root, "")
        .map_err(|_| Fault::new("the origin in the key file cannot stand in a checkpoint"))?;
    let signer = signed_note::StandardSigner::new(keys.signing())
        .map_err(|e| Fault::new(format!("the signing key is damaged: {e:?}")))?;
    let mut note = signed_note::Note::new(&checkpoint.to_bytes(), &[])?;
    note.add_sigs(&[&signer])?;
    Ok(String::from_utf8(note.to_bytes())?)
}

/// The newest checkpoint: its number, its size, and the signed note.
pub fn last_checkpoint(conn: &mut Conn) -> Outcome<Option<(i64, i64, String)>> {
    Ok(on!(conn, c => journal_checkpoint::table
        .order(journal_checkpoint::id.desc())
        .select((journal_checkpoint::id, journal_checkpoint::size, journal_checkpoint::note))
        .first(c)
        .optional())?)
}

/// A signed checkpoint (检查点): a number that nobody could choose once it was signed.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Signed {
    /// Its number.
    pub id: i64,
    /// When it was signed.
    pub at_ms: i64,
    /// The entries that it covers.
    pub size: i64,
    /// Its text with the signature.
    pub note: String,
}

impl Signed {
    /// The root in base64, as the note's third line has it.
    pub fn root(&self) -> &str {
        self.note.lines().nth(2).unwrap_or_default()
    }
}

/// The last checkpoint that was signed at or before an instant, or else the first one after it: the same answer
/// whenever it is asked.
pub fn checkpoint_of(conn: &mut Conn, at: Millis) -> Outcome<Option<Signed>> {
    let before: Option<Signed> = on!(conn, c => journal_checkpoint::table
        .filter(journal_checkpoint::at_ms.le(at.0))
        .order(journal_checkpoint::id.desc())
        .first(c)
        .optional())?;
    if before.is_some() {
        return Ok(before);
    }
    Ok(on!(conn, c => journal_checkpoint::table.order(journal_checkpoint::id).first(c).optional())?)
}

/// What the auditor's page shows of the journal (日志状态).
#[derive(Debug, Clone)]
pub struct State {
    /// Entries with a place in the tree.
    pub size: i64,
    /// When the newest checkpoint was signed.
    pub signed_at: Option<Millis>,
    /// Its size.
    pub signed_size: i64,
    /// Its text with the signature.
    pub note: String,
}

/// The journal's state now.
pub fn state(conn: &mut Conn) -> Outcome<State> {
    let size = on!(conn, c => journal_head::table.find(1).select(journal_head::size).first(c))?;
    let last: Option<(i64, i64, String)> = on!(conn, c => journal_checkpoint::table
        .order(journal_checkpoint::id.desc())
        .select((journal_checkpoint::at_ms, journal_checkpoint::size, journal_checkpoint::note))
        .first(c)
        .optional())?;
    let (signed_at, signed_size, note) =
        last.map_or((None, 0, String::new()), |(a, s, n)| (Some(Millis(a)), s, n));
    Ok(State { size, signed_at, signed_size, note })
}

/// Which entries to list, newest first.
#[derive(Debug, Clone, Default)]
pub struct EntryFilter {
    /// Only those of one account.
    pub account: Option<i64>,
    /// Only those about one record.
    pub subject: Option<(&'static str, i64)>,
    /// Only those of one kind.
    pub kind: Option<String>,
    /// Only those in the casework of these counties; empty = any, 0 = of no county.
    pub counties: Vec<i64>,
    /// Only those done at or after this instant.
    pub at_from: Option<Millis>,
    /// Only those done before this instant.
    pub at_before: Option<Millis>,
    /// Only those before this id (keyset paging).
    pub before: Option<i64>,
}

/// Entries for the auditor's list and a record's history, newest first.
pub fn entries(conn: &mut Conn, filter: &EntryFilter, limit: i64) -> Outcome<Vec<Entry>> {
    Ok(on!(conn, c => {
        let mut q = journal_entry::table.select(Entry::as_select()).into_boxed();
        if let Some(account) = filter.account {
            q = q.filter(journal_entry::account.eq(account));
        }
        if let Some((kind, id)) = filter.subject {
            q = q.filter(journal_entry::subject_kind.eq(kind)).filter(journal_entry::subject_id.eq(id));
        }
        if let Some(kind) = &filter.kind {
            q = q.filter(journal_entry::kind.eq(kind));
        }
        if !filter.counties.is_empty() {
            q = q.filter(journal_entry::county_id.eq_any(&filter.counties));
        }
        if let Some(from) = filter.at_from {
            q = q.filter(journal_entry::at_ms.ge(from.0));
        }
        if let Some(before) = filter.at_before {
            q = q.filter(journal_entry::at_ms.lt(before.0));
        }
        if let Some(before) = filter.before {
            q = q.filter(journal_entry::id.lt(before));
        }
        q.order(journal_entry::id.desc()).limit(limit).load(c)
    })?)
}

/// Sealed entries from place `from` on: how other rooms and the exchange follow the news.
pub fn follow(conn: &mut Conn, from: i64, limit: i64) -> Outcome<Vec<Entry>> {
    Ok(on!(conn, c => journal_entry::table
        .filter(journal_entry::leaf.ge(from))
        .order(journal_entry::leaf)
        .select(Entry::as_select())
        .limit(limit)
        .load(c))?)
}

/// All entries about one record, oldest first.
pub fn entries_of(conn: &mut Conn, subject_kind: &str, subject_id: i64) -> Outcome<Vec<Entry>> {
    Ok(on!(conn, c => journal_entry::table
        .filter(journal_entry::subject_kind.eq(subject_kind))
        .filter(journal_entry::subject_id.eq(subject_id))
        .order(journal_entry::id)
        .select(Entry::as_select())
        .load(c))?)
}
