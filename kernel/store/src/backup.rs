//! Backup and restore (备份与恢复), the same file for both engines: a backup taken from SQLite can be
//! restored into PostgreSQL and the other way round.
//!
//! The file is gzipped lines: a head, then for each table its columns, its rows as JSON arrays and its
//! digest, then an end mark. It is read in one snapshot, so it is consistent while others write. The
//! digest of a table is the sum of its rows' SHA-256, so it does not depend on the order of rows.
//! Full-text tables are not in it; the rooms make them anew. The key file is not in it either:
//! whoever keeps both in one place has not encrypted anything.

use std::{
    fs::{self, File, OpenOptions},
    io::{BufRead, BufReader, BufWriter, Write},
    path::Path,
};

use base::{Fault, Millis, Outcome, Refusal};
use diesel::{QueryableByName, RunQueryDsl, connection::DefaultLoadingMode, sql_query, sql_types as st};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{Conn, Migration, dialect, fact::unhex, migrate, on};

/// What a backup or a restore did, table by table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Tables in order with their rows and digests.
    pub tables: Vec<TableReport>,
}

/// One table of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableReport {
    /// Its name.
    pub table: String,
    /// Its rows.
    pub rows: u64,
    /// The sum of its rows' digests, in hexadecimal.
    pub digest: String,
}

#[derive(Serialize, Deserialize)]
struct Head {
    format: String,
    at_ms: i64,
    migrations: Vec<String>,
}

/// One line of the file that is not a row.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mark {
    Head(Head),
    Table { name: String, columns: Vec<(String, String)> },
    End(TableReport),
    Done { tables: usize },
}

const FORMAT: &str = "linli-backup-1";
/// Tables that say how the database came about, not what is in it.
const OWN: &str = "store_migration";

#[derive(Default)]
struct Sum {
    rows: u64,
    digest: [u8; 32],
}

impl Sum {
    fn add(&mut self, row: &[Value], columns: &[(String, String)]) {
        let mut hash = Sha256::new();
        for (value, (_, kind)) in row.iter().zip(columns) {
            // Engines print a floating number differently; its bits are the same.
            match (kind.as_str(), value.as_f64()) {
                ("real", Some(real)) => hash.update(real.to_bits().to_be_bytes()),
                _ => hash.update(value.to_string()),
            }
            hash.update([0]);
        }
        let mut carry = 0_u16;
        for (sum, byte) in self.digest.iter_mut().zip(hash.finalize()).rev() {
            carry += u16::from(*sum) + u16::from(byte);
            *sum = carry as u8;
            carry >>= 8;
        }
        self.rows += 1;
    }

    fn report(&self, table: &str) -> TableReport {
        TableReport { table: table.to_owned(), rows: self.rows, digest: crate::fact::hex(&self.digest) }
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = st::Text)]
    line: String,
}

fn each_row(
    conn: &mut Conn,
    table: &str,
    columns: &[(String, String)],
    mut take: impl FnMut(&str) -> Outcome<()>,
) -> Outcome<()> {
    let sql = format!("SELECT {} AS line FROM {table}", dialect::json_row(conn, columns));
    on!(conn, c => {
        let rows = RunQueryDsl::load_iter::<Line, DefaultLoadingMode>(sql_query(sql), c)?;
        for row in rows {
            take(&row?.line)?;
        }
    });
    Ok(())
}

fn read_row(line: &str) -> Outcome<Vec<Value>> {
    Ok(serde_json::from_str(line)?)
}

fn names(conn: &mut Conn) -> Outcome<Vec<String>> {
    #[derive(QueryableByName)]
    struct Name {
        #[diesel(sql_type = st::Text)]
        name: String,
    }
    let rows: Vec<Name> =
        on!(conn, c => sql_query("SELECT name FROM store_migration ORDER BY done_ms, name").load(c))?;
    Ok(rows.into_iter().map(|r| r.name).collect())
}

/// Writes a backup to a file that must not exist yet.
///
/// # Errors
/// A refusal when the file exists; faults of the disk or the database.
pub fn backup(conn: &mut Conn, file: &Path, at: Millis) -> Outcome<Report> {
    let out = OpenOptions::new().write(true).create_new(true).open(file).map_err(|e| taken(e, file))?;
    let mut out = GzEncoder::new(BufWriter::new(out), Compression::fast());
    dialect::begin(conn, dialect::For::Snapshot)?;
    let said = write_tables(conn, &mut out, at);
    dialect::end(conn, false)?;
    let report = said?;
    let inner = out.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    inner.sync_all()?;
    Ok(report)
}

fn taken(e: std::io::Error, file: &Path) -> base::Stop {
    if e.kind() == std::io::ErrorKind::AlreadyExists {
        return Refusal::new("store.refuse.backup_exists").with("file", file.display()).into();
    }
    Fault::new(format!("write {}: {e}", file.display())).into()
}

fn mark(out: &mut impl Write, mark: &Mark) -> Outcome<()> {
    serde_json::to_writer(&mut *out, mark)?;
    out.write_all(b"\n")?;
    Ok(())
}

fn write_tables(conn: &mut Conn, out: &mut impl Write, at: Millis) -> Outcome<Report> {
    mark(out, &Mark::Head(Head { format: FORMAT.to_owned(), at_ms: at.0, migrations: names(conn)? }))?;
    let mut reports = Vec::new();
    for table in dialect::tables(conn)?.into_iter().filter(|t| t != OWN) {
        let columns = dialect::columns(conn, &table)?;
        mark(out, &Mark::Table { name: table.clone(), columns: columns.clone() })?;
        let mut sum = Sum::default();
        each_row(conn, &table, &columns, |line| {
            let row = read_row(line)?;
            sum.add(&row, &columns);
            serde_json::to_writer(&mut *out, &row)?;
            out.write_all(b"\n")?;
            Ok(())
        })?;
        mark(out, &Mark::End(sum.report(&table)))?;
        reports.push(sum.report(&table));
    }
    mark(out, &Mark::Done { tables: reports.len() })?;
    Ok(Report { tables: reports })
}

/// Restores a backup into an empty database, in one transaction, and compares every table's digest as
/// it was written, as it was read, and as it stands in the database afterwards.
///
/// # Errors
/// A refusal when the database holds anything already, or the file is no backup, is cut off, or was
/// made by a newer version; faults of the disk or the database. Nothing is left behind.
pub fn restore(conn: &mut Conn, file: &Path, all: &[Migration], now: Millis) -> Outcome<Report> {
    if !dialect::tables(conn)?.is_empty() {
        return Err(Refusal::new("store.refuse.restore_over").into());
    }
    let mut lines = BufReader::new(GzDecoder::new(File::open(file)?)).lines();
    let head = match lines.next().transpose()?.map(|l| serde_json::from_str(&l)) {
        Some(Ok(Mark::Head(head))) if head.format == FORMAT => head,
        _ => return Err(not_a_backup()),
    };
    let steps = steps_of(&head, all)?;
    dialect::begin(conn, dialect::For::Deed)?;
    let said = migrate(conn, &steps, now).and_then(|_| read_all(conn, lines));
    dialect::end(conn, said.is_ok())?;
    let report = said?;
    migrate(conn, all, now)?;
    Ok(report)
}

/// Reads the rows with references checked at the end, then compares every table with what was told.
fn read_all(conn: &mut Conn, lines: impl Iterator<Item = std::io::Result<String>>) -> Outcome<Report> {
    dialect::begin(conn, dialect::For::Restore)?;
    let said = read_tables(conn, lines);
    dialect::end(conn, said.is_ok())?;
    let report = said?;
    check(conn, &report)?;
    Ok(report)
}

fn not_a_backup() -> base::Stop {
    Refusal::new("store.refuse.not_a_backup").into()
}

/// The migrations that the backup's database had: it is restored at its own age, then brought up.
fn steps_of(head: &Head, all: &[Migration]) -> Outcome<Vec<Migration>> {
    let of = |name: &String| all.iter().find(|s| format!("{}/{}", s.room, s.name) == *name).copied();
    if let Some(newer) = head.migrations.iter().find(|name| of(name).is_none()) {
        return Err(Refusal::new("store.refuse.backup_newer").with("step", newer).into());
    }
    Ok(all.iter().filter(|s| head.migrations.contains(&format!("{}/{}", s.room, s.name))).copied().collect())
}

/// The table being read: its name, its columns with their kinds, its insert, its digest so far.
type OpenTable = (String, Vec<(String, String)>, String, Sum);

fn read_tables(conn: &mut Conn, lines: impl Iterator<Item = std::io::Result<String>>) -> Outcome<Report> {
    let mut reports = Vec::new();
    let mut open: Option<OpenTable> = None;
    for line in lines {
        let line = line.map_err(|_| not_a_backup())?;
        if let (b'[', Some((_, columns, insert, sum))) =
            (line.as_bytes().first().copied().unwrap_or(0), &mut open)
        {
            let row = read_row(&line)?;
            sum.add(&row, columns);
            insert_row(conn, insert, &row, columns)?;
            continue;
        }
        match serde_json::from_str(&line).map_err(|_| not_a_backup())? {
            Mark::Table { name, columns } => {
                let known = dialect::columns(conn, &name)?;
                if known.is_empty() || known.len() != columns.len() {
                    return Err(not_a_backup());
                }
                on!(conn, c => sql_query(format!("DELETE FROM {name}")).execute(c))?;
                let insert = insert_sql(&name, &known, &columns)?;
                open = Some((name, columns, insert, Sum::default()));
            }
            Mark::End(end) => {
                let (name, .., sum) = open.take().ok_or_else(not_a_backup)?;
                if sum.report(&name) != end {
                    return Err(Refusal::new("store.refuse.backup_damaged").with("table", name).into());
                }
                reports.push(end);
            }
            Mark::Done { tables } if tables == reports.len() => return Ok(Report { tables: reports }),
            _ => return Err(not_a_backup()),
        }
    }
    // The end mark never came: the file was cut off.
    Err(not_a_backup())
}

/// The insert of a table, with columns by the backup's order; only columns that the schema knows.
fn insert_sql(table: &str, known: &[(String, String)], columns: &[(String, String)]) -> Outcome<String> {
    if columns.iter().any(|(name, _)| !known.iter().any(|(k, _)| k == name)) {
        return Err(not_a_backup());
    }
    let names: Vec<&str> = columns.iter().map(|(n, _)| n.as_str()).collect();
    let places: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
    Ok(format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), places.join(", ")))
}

fn insert_row(conn: &mut Conn, sql: &str, row: &[Value], columns: &[(String, String)]) -> Outcome<()> {
    on!(conn, c => {
        let mut q = sql_query(sql).into_boxed();
        for (value, (_, kind)) in row.iter().zip(columns) {
            q = match kind.as_str() {
                "int" => q.bind::<st::Nullable<st::BigInt>, _>(value.as_i64()),
                "bool" => q.bind::<st::Nullable<st::Bool>, _>(value.as_bool()),
                "real" => q.bind::<st::Nullable<st::Double>, _>(value.as_f64()),
                "blob" => q.bind::<st::Nullable<st::Binary>, _>(value.as_str().and_then(unhex)),
                _ => q.bind::<st::Nullable<st::Text>, _>(value.as_str().map(str::to_owned)),
            };
        }
        q.execute(c)?
    });
    Ok(())
}

fn check(conn: &mut Conn, report: &Report) -> Outcome<()> {
    for told in &report.tables {
        if digest(conn, &told.table)? != *told {
            return Err(Refusal::new("store.refuse.backup_damaged").with("table", &told.table).into());
        }
    }
    Ok(())
}

/// One table's rows and digest as they stand.
///
/// # Errors
/// What the engine says.
pub fn digest(conn: &mut Conn, table: &str) -> Outcome<TableReport> {
    let columns = dialect::columns(conn, table)?;
    let mut sum = Sum::default();
    each_row(conn, table, &columns, |line| {
        sum.add(&read_row(line)?, &columns);
        Ok(())
    })?;
    Ok(sum.report(table))
}

/// Removes a half-written backup file after a failure.
pub fn discard(file: &Path) {
    let _ = fs::remove_file(file);
}
