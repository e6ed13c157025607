//! Checking the journal offline, with nothing but the exported files and the public key (离线核验).
//!
//! The export is a folder: `entries.ndjson` (one entry a line, in the order of the tree),
//! `checkpoints.txt` (every signed note, oldest first) and `journal.pub` (the public key).

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, BufWriter, Write},
    iter::Peekable,
    path::Path,
    slice,
};

use base::{Fault, Outcome};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::{Checkpoint, Hash, check_record, prove_record, record_hash};

use super::{Entry, Reader, entries_of, follow, journal_checkpoint, last_checkpoint, tree::Growing};
use crate::{
    Conn,
    fact::{hex, unhex},
    on,
};

/// Entries that are read at once while exporting.
const EXPORT_ROWS: i64 = 10_000;

/// One line of `entries.ndjson`. When the salt and the body of an entry were erased (删除个人信息),
/// `commitment` still proves its place.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Line {
    leaf: u64,
    id: i64,
    at_ms: i64,
    account: i64,
    post: i64,
    kind: String,
    subject_kind: String,
    subject_id: i64,
    county_id: i64,
    body: String,
    salt: String,
    commitment: String,
}

impl Line {
    fn of(entry: &Entry) -> Self {
        Self {
            leaf: entry.leaf.unwrap_or(-1) as u64,
            id: entry.id,
            at_ms: entry.at_ms,
            account: entry.account,
            post: entry.post,
            kind: entry.kind.clone(),
            subject_kind: entry.subject_kind.clone(),
            subject_id: entry.subject_id,
            county_id: entry.county_id,
            body: entry.body.clone(),
            salt: hex(&entry.salt),
            commitment: hex(&entry.commitment()),
        }
    }

    /// The leaf hash, after checking that the words on the line are the words committed to.
    fn leaf_hash(&self) -> Option<Hash> {
        let commitment = unhex(&self.commitment)?;
        if !self.salt.is_empty() {
            let entry = Entry {
                id: self.id,
                leaf: None,
                at_ms: self.at_ms,
                account: self.account,
                post: self.post,
                kind: self.kind.clone(),
                subject_kind: self.subject_kind.clone(),
                subject_id: self.subject_id,
                county_id: self.county_id,
                body: self.body.clone(),
                salt: unhex(&self.salt)?,
                leaf_hash: Vec::new(),
            };
            if entry.commitment()[..] != commitment[..] {
                return None;
            }
        }
        Some(record_hash(&commitment))
    }
}

/// What an offline check can find. Every one means: somebody changed the record.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A file cannot be read.
    #[error("cannot read {0}: {1}")]
    File(String, io::Error),
    /// The public key is not one.
    #[error("the public key cannot be read")]
    Key,
    /// A line is not an entry.
    #[error("line {0} is not an entry")]
    Line(u64),
    /// An entry's words are not the ones committed to.
    #[error("entry {0} was changed after it was written")]
    Changed(u64),
    /// Entries are missing or in another order.
    #[error("entry {0} is missing or out of order")]
    Order(u64),
    /// A checkpoint's signature does not hold.
    #[error("checkpoint {0} is not signed by this key")]
    Signature(usize),
    /// A checkpoint is not a checkpoint, or sizes go backwards.
    #[error("checkpoint {0} is damaged or goes backwards")]
    Checkpoint(usize),
    /// The entries do not make the signed root.
    #[error(
        "the entries do not match the checkpoint signed at size {0}: something was removed, added or changed"
    )]
    Root(u64),
    /// Signed entries are missing at the end.
    #[error(
        "a checkpoint was signed at size {signed}, but only {present} entries are there: the end was cut off"
    )]
    CutOff {
        /// What was signed.
        signed: u64,
        /// What is there.
        present: u64,
    },
    /// There is no checkpoint at all.
    #[error("there is no signed checkpoint")]
    NoCheckpoint,
    /// Entries after the last checkpoint.
    #[error("{0} entries at the end are not covered by a checkpoint")]
    Unsigned(u64),
    /// A proof does not hold.
    #[error("the proof does not hold")]
    Proof,
}

/// What a good check says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// Entries checked.
    pub entries: u64,
    /// Checkpoints checked, each against the entries before it.
    pub checkpoints: usize,
    /// The root of the whole, in base 64.
    pub root: String,
}

/// Writes the export into a folder that is made if missing; returns how many entries.
///
/// # Errors
/// When a file cannot be written or the database does not answer.
pub fn export(conn: &mut Conn, public_key: &str, folder: &Path) -> Outcome<u64> {
    fs::create_dir_all(folder)?;
    let mut out = BufWriter::new(File::create(folder.join("entries.ndjson"))?);
    let signed = last_checkpoint(conn)?.map_or(0, |(_, size, _)| size);
    let mut next = 0;
    while next < signed {
        let rows = follow(conn, next, EXPORT_ROWS.min(signed - next))?;
        if rows.is_empty() {
            break;
        }
        next += rows.len() as i64;
        for row in &rows {
            serde_json::to_writer(&mut out, &Line::of(row))?;
            out.write_all(b"\n")?;
        }
    }
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    let notes: Vec<String> = on!(conn, c => journal_checkpoint::table
        .order(journal_checkpoint::id)
        .select(journal_checkpoint::note)
        .load(c))?;
    fs::write(folder.join("checkpoints.txt"), notes.join("===\n"))?;
    fs::write(folder.join("journal.pub"), format!("{public_key}\n"))?;
    Ok(next as u64)
}

fn read(path: &Path) -> Result<String, VerifyError> {
    fs::read_to_string(path).map_err(|e| VerifyError::File(path.display().to_string(), e))
}

fn open_note(text: &str, key: &str, number: usize) -> Result<Checkpoint, VerifyError> {
    let verifier = StandardVerifier::new(key.trim()).map_err(|_| VerifyError::Key)?;
    let note = Note::from_bytes(text.as_bytes()).map_err(|_| VerifyError::Checkpoint(number))?;
    note.verify(&VerifierList::new(vec![Box::new(verifier)])).map_err(|_| VerifyError::Signature(number))?;
    Checkpoint::from_bytes(note.text()).map_err(|_| VerifyError::Checkpoint(number))
}

fn read_checkpoints(text: &str, key: &str) -> Result<Vec<Checkpoint>, VerifyError> {
    let mut all: Vec<Checkpoint> = Vec::new();
    for (i, part) in text.split("===\n").filter(|p| !p.trim().is_empty()).enumerate() {
        let checkpoint = open_note(part, key, i + 1)?;
        if all.last().is_some_and(|last| last.size() > checkpoint.size()) {
            return Err(VerifyError::Checkpoint(i + 1));
        }
        all.push(checkpoint);
    }
    Ok(all)
}

/// Checks an export. `also` are further signed notes that the checker kept from earlier (a receipt's,
/// a witness's): against them even a wholly rewritten journal with new signatures is found out.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify_export(folder: &Path, key: &str, also: &[String]) -> Result<VerifyReport, VerifyError> {
    let mut checkpoints = read_checkpoints(&read(&folder.join("checkpoints.txt"))?, key)?;
    let known = checkpoints.len();
    for (i, note) in also.iter().enumerate() {
        checkpoints.push(open_note(note, key, known + i + 1)?);
    }
    checkpoints.sort_by_key(Checkpoint::size);
    let Some(signed) = checkpoints.last().map(Checkpoint::size) else {
        return Err(VerifyError::NoCheckpoint);
    };
    let path = folder.join("entries.ndjson");
    let file = File::open(&path).map_err(|e| VerifyError::File(path.display().to_string(), e))?;
    let mut tree = Growing::default();
    let mut due = checkpoints.iter().peekable();
    for line in BufReader::new(file).lines() {
        let number = tree.size();
        let text = line.map_err(|e| VerifyError::File(path.display().to_string(), e))?;
        let line: Line = serde_json::from_str(&text).map_err(|_| VerifyError::Line(number + 1))?;
        if line.leaf != number {
            return Err(VerifyError::Order(number));
        }
        tree.push(line.leaf_hash().ok_or(VerifyError::Changed(number))?);
        while let Some(checkpoint) = due.next_if(|c| c.size() == tree.size()) {
            if checkpoint.hash().0 != tree.root().0 {
                return Err(VerifyError::Root(checkpoint.size()));
            }
        }
    }
    if tree.size() < signed {
        return Err(VerifyError::CutOff { signed, present: tree.size() });
    }
    if tree.size() > signed {
        return Err(VerifyError::Unsigned(tree.size() - signed));
    }
    Ok(VerifyReport { entries: tree.size(), checkpoints: checkpoints.len(), root: tree.root().to_string() })
}

/// Checks the journal where it stands: every entry against its commitment, and the whole tree against
/// every signed checkpoint. It proves less than a check of an export on another machine, because the
/// machine that is asked is the one that is doubted; it finds what was changed in the database.
///
/// # Errors
/// Faults of the database; what is wrong with the journal is the answer itself.
pub fn check_now(conn: &mut Conn, key: &str) -> Outcome<Result<VerifyReport, VerifyError>> {
    let notes: Vec<String> = on!(conn, c => journal_checkpoint::table
        .order(journal_checkpoint::id)
        .select(journal_checkpoint::note)
        .load(c))?;
    let checkpoints = match read_checkpoints(&notes.join("===\n"), key) {
        Ok(all) => all,
        Err(error) => return Ok(Err(error)),
    };
    let Some(signed) = checkpoints.last().map(Checkpoint::size) else {
        return Ok(Err(VerifyError::NoCheckpoint));
    };
    let mut tree = Growing::default();
    let mut due = checkpoints.iter().peekable();
    while tree.size() < signed {
        let rows = follow(conn, tree.size() as i64, EXPORT_ROWS.min((signed - tree.size()) as i64))?;
        if rows.is_empty() {
            return Ok(Err(VerifyError::CutOff { signed, present: tree.size() }));
        }
        for row in &rows {
            if let Err(error) = push_checked(&mut tree, row, &mut due) {
                return Ok(Err(error));
            }
        }
    }
    let root = tree.root().to_string();
    Ok(Ok(VerifyReport { entries: tree.size(), checkpoints: checkpoints.len(), root }))
}

/// Adds one entry after checking its place, its words, and any checkpoint that ends with it.
fn push_checked(
    tree: &mut Growing,
    row: &Entry,
    due: &mut Peekable<slice::Iter<'_, Checkpoint>>,
) -> Result<(), VerifyError> {
    let number = tree.size();
    if row.leaf != Some(number as i64) {
        return Err(VerifyError::Order(number));
    }
    let stored = <[u8; 32]>::try_from(row.leaf_hash.as_slice()).map_err(|_| VerifyError::Changed(number))?;
    // Without its salt an entry's words are gone, and only its place can be checked.
    if !row.salt.is_empty() && record_hash(&row.commitment()).0 != stored {
        return Err(VerifyError::Changed(number));
    }
    tree.push(Hash(stored));
    while let Some(checkpoint) = due.next_if(|c| c.size() == tree.size()) {
        if checkpoint.hash().0 != tree.root().0 {
            return Err(VerifyError::Root(tree.size()));
        }
    }
    Ok(())
}

/// A receipt that an outsider can check (存证回执): the entries about one record, each with its path
/// to the root of the newest signed checkpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Proof {
    /// The signed note.
    pub checkpoint: String,
    /// Entries with their paths.
    pub entries: Vec<ProvenEntry>,
}

/// One entry of a receipt.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProvenEntry {
    #[serde(flatten)]
    line: Line,
    path: Vec<String>,
}

/// The receipt for one record; entries younger than the newest checkpoint are not in it yet.
///
/// # Errors
/// When there is no checkpoint yet or the database does not answer.
pub fn proofs_of(conn: &mut Conn, subject_kind: &str, subject_id: i64) -> Outcome<Proof> {
    let (_, size, checkpoint) =
        last_checkpoint(conn)?.ok_or_else(|| Fault::new("no checkpoint has been signed yet"))?;
    let mut proven = Vec::new();
    for entry in entries_of(conn, subject_kind, subject_id)? {
        let Some(leaf) = entry.leaf.filter(|leaf| *leaf < size) else { continue };
        let path = prove_record(size as u64, leaf as u64, &Reader::new(conn))?;
        proven.push(ProvenEntry { line: Line::of(&entry), path: path.iter().map(|h| hex(&h.0)).collect() });
    }
    Ok(Proof { checkpoint, entries: proven })
}

/// Checks a receipt; returns how many entries it proves.
///
/// # Errors
/// The first thing that is wrong.
pub fn check_proof(proof: &Proof, key: &str) -> Result<usize, VerifyError> {
    let checkpoint = open_note(&proof.checkpoint, key, 1)?;
    for entry in &proof.entries {
        let leaf = entry.line.leaf_hash().ok_or(VerifyError::Changed(entry.line.leaf))?;
        let path: Option<Vec<Hash>> =
            entry.path.iter().map(|p| Some(Hash(unhex(p)?.try_into().ok()?))).collect();
        let path = path.ok_or(VerifyError::Proof)?;
        if entry.line.leaf >= checkpoint.size() {
            return Err(VerifyError::Proof);
        }
        check_record(&path, checkpoint.size(), *checkpoint.hash(), entry.line.leaf, leaf)
            .map_err(|_| VerifyError::Proof)?;
    }
    Ok(proof.entries.len())
}
