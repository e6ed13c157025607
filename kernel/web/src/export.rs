//! Lists as files (导出): up to a million rows in the memory of a few thousand, as CSV while they are read, or as an Excel
//! file that grows on the disk.
//!
//! Rows are read in parts, each a question of its own that begins after the last row of the part before. Each part is
//! consistent in itself; a row that is changed while the file is made may stand in it as it was or as it is, and one
//! whose sort key changes may be missing or stand twice. One snapshot for minutes would keep SQLite's log and
//! PostgreSQL's old rows from being cleared away, for everybody. Under a crowd every part comes in by itself, so that
//! neither an export nor its slow reader keeps a place inside.
//!
//! When the reader goes away the making stops. What fails after the first part breaks the download off, which a browser
//! shows; half a file is never passed off as a whole one.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use axum::body::{Body, HttpBody};
use base::{Cursor, Fault, Outcome, Page, Refusal, Stop};
use bytes::Bytes;
use hyper::body::Frame;
use store::Conn;
use tokio::sync::mpsc;

use crate::{Answer, Cell, Class, Sheet, Site, View, answer, excel};

/// Rows of the first part: a short list is answered whole, and what is wrong is said before a file has begun.
const FIRST_ROWS: usize = 1_000;
/// Rows of each further part. Where no index gives the order, every part sorts what is left, so they are few.
const PART_ROWS: usize = 8_000;
/// Parts that wait for a reader who is slower than we are.
const PARTS_AHEAD: usize = 1;
/// Bytes of a finished file that are sent at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// Exports that run at once, of all and of one account.
const ALL_AT_ONCE: usize = 8;
const OWN_AT_ONCE: usize = 2;
/// What the address of a list's file asks for with `as=csv`.
const AS_CSV: &str = "as=csv";

/// What the file is called and what stands over its columns.
#[derive(Debug, Clone)]
pub struct Heading {
    title: String,
    note: String,
    columns: Vec<(String, f64)>,
}

impl Heading {
    /// A title, the filters in words, and the columns by their keys with their widths in characters.
    pub fn of(v: &View, title: impl Into<String>, note: impl Into<String>, columns: &[(&str, f64)]) -> Self {
        let columns = columns.iter().map(|(key, width)| (v.t(key).into_owned(), *width)).collect();
        Self { title: title.into(), note: note.into(), columns }
    }

    fn sheet(&self, v: &View) -> Outcome<Sheet> {
        let columns: Vec<(&str, f64)> = self.columns.iter().map(|(n, w)| (n.as_str(), *w)).collect();
        Sheet::new(v, &self.title, &self.note, &columns)
    }
}

/// Exports that run now, by account.
#[derive(Debug, Default)]
pub(crate) struct Running(Mutex<HashMap<i64, usize>>);

/// One running export.
struct Held {
    running: Arc<Running>,
    account: i64,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut all = self.running.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(n) = all.get_mut(&self.account) {
            *n -= 1;
            if *n == 0 {
                all.remove(&self.account);
            }
        }
    }
}

impl Running {
    /// One more, unless this account or the house has too many.
    fn hold(self: &Arc<Self>, account: i64) -> Outcome<Held> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (own, every) = (all.get(&account).copied().unwrap_or(0), all.values().sum::<usize>());
        if own >= OWN_AT_ONCE {
            return Err(Refusal::new("export.refuse.own").status(429).with("n", OWN_AT_ONCE).into());
        }
        if every >= ALL_AT_ONCE {
            return Err(Refusal::new("export.refuse.all").status(503).with("seconds", 60).into());
        }
        *all.entry(account).or_default() += 1;
        Ok(Held { running: self.clone(), account })
    }
}

type Rows = Vec<Vec<Cell>>;
type Read1 = dyn Fn(&mut Conn, Option<Cursor>, usize) -> Outcome<Page<Vec<Cell>>> + Send + Sync;

/// Where the rows come from.
struct Source {
    site: Site,
    read: Arc<Read1>,
    after: Option<Cursor>,
    rows: usize,
    most: usize,
    is_over: bool,
}

impl Source {
    /// The next part; none where all have been read.
    async fn next(&mut self) -> Outcome<Option<Rows>> {
        if self.is_over {
            return Ok(None);
        }
        let part = if self.rows == 0 { FIRST_ROWS } else { PART_ROWS };
        let (read, after, size) = (self.read.clone(), self.after, part.min(self.most - self.rows));
        let page = self.site.db.read(move |conn| read(conn, after, size)).await?;
        self.rows += page.rows.len();
        self.after = page.next;
        self.is_over = page.next.is_none() || self.rows >= self.most;
        Ok(Some(page.rows))
    }

    /// The next part while the house is open to others too: it comes in like them, and waits as long as it must.
    async fn next_in_turn(&mut self) -> Outcome<Option<Rows>> {
        if self.is_over {
            return Ok(None);
        }
        loop {
            if let Ok(_pass) = self.site.door.enter_again(Class::Heavy).await {
                return self.next().await;
            }
        }
    }

    /// What stands under the rows when there would be more.
    fn more(&self, v: &View) -> Option<Vec<Cell>> {
        self.after.map(|_| vec![v.t1("export.more", "n", self.rows).into()])
    }
}

/// Answers with all rows of a list as a file: CSV where the address has `as=csv`, Excel else. `read` gives the rows
/// after a cursor, so many at most, and is asked again until there is no further cursor.
///
/// # Errors
/// What the first part says; refused where too many exports run.
pub async fn export(
    site: &Site,
    v: &View,
    head: Heading,
    read: impl Fn(&mut Conn, Option<Cursor>, usize) -> Outcome<Page<Vec<Cell>>> + Send + Sync + 'static,
) -> Answer {
    let held = site.exports.hold(v.person.as_ref().map_or(0, |p| p.account))?;
    let most = site.config.export_rows;
    let mut source =
        Source { site: site.clone(), read: Arc::new(read), after: None, rows: 0, most, is_over: false };
    let first = source.next().await?.unwrap_or_default();
    let is_csv = v.query().split('&').any(|pair| pair == AS_CSV);
    let (ending, kind) = if is_csv { ("csv", CSV_KIND) } else { ("xlsx", excel::KIND) };
    let name = format!("{}.{ending}", head.title);
    let body = if source.is_over {
        Body::from(at_once(v, &head, is_csv, &source, first)?)
    } else {
        let (to, parts) = mpsc::channel(PARTS_AHEAD);
        let making = Making { v: v.clone(), head, source, to, _held: held };
        tokio::spawn(making.run(first, is_csv));
        Body::new(Arriving(parts))
    };
    answer::attachment_of(&name, kind, body)
}

/// A file of one part.
fn at_once(v: &View, head: &Heading, is_csv: bool, source: &Source, rows: Rows) -> Outcome<Vec<u8>> {
    let rows = rows.into_iter().chain(source.more(v));
    if is_csv {
        return csv_of(v, Some(head), rows);
    }
    let mut sheet = head.sheet(v)?;
    for row in rows {
        sheet.row(&row)?;
    }
    sheet.finish()
}

type Part = Result<Bytes, axum::Error>;

/// The body of an answer that is still being made.
pub(crate) struct Arriving(pub mpsc::Receiver<Part>);

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.0.poll_recv(cx).map(|part| part.map(|p| p.map(Frame::data)))
    }
}

/// An export that runs beside its answer.
struct Making {
    v: View,
    head: Heading,
    source: Source,
    to: mpsc::Sender<Part>,
    _held: Held,
}

/// Why an export ended before its end.
enum Broken {
    /// Nobody reads it any more.
    Left,
    Stopped(Stop),
}

impl<E: Into<Stop>> From<E> for Broken {
    fn from(stop: E) -> Self {
        Broken::Stopped(stop.into())
    }
}

impl Making {
    async fn run(mut self, first: Rows, is_csv: bool) {
        let done = if is_csv { self.csv(first).await } else { self.excel(first).await };
        let (id, rows) = (self.v.request_id(), self.source.rows);
        match done {
            Ok(()) => tracing::info!(target: "access", id, rows, "an export was read to its end"),
            Err(Broken::Left) => tracing::info!(target: "access", id, rows, "an export was given up"),
            Err(Broken::Stopped(stop)) => {
                tracing::error!(id, rows, ?stop, "an export broke off");
                // The connection ends without the end of its answer.
                let _ = self.to.send(Err(axum::Error::new(io::Error::other("the export broke off")))).await;
            }
        }
    }

    async fn csv(&mut self, first: Rows) -> Result<(), Broken> {
        let (mut rows, mut head) = (Some(first), Some(self.head.clone()));
        while let Some(part) = rows {
            let bytes = csv_of(&self.v, head.take().as_ref(), part)?;
            self.send(bytes.into()).await?;
            rows = self.source.next_in_turn().await?;
        }
        let more = csv_of(&self.v, None, self.source.more(&self.v))?;
        self.send(more.into()).await
    }

    async fn excel(&mut self, first: Rows) -> Result<(), Broken> {
        let (mut rows, mut sheet) = (Some(first), self.head.sheet(&self.v)?);
        while let Some(part) = rows {
            if self.to.is_closed() {
                return Err(Broken::Left);
            }
            sheet = with_rows(sheet, part).await?;
            rows = self.source.next_in_turn().await?;
        }
        sheet = with_rows(sheet, self.source.more(&self.v).into_iter().collect()).await?;
        let file = Watched { file: tempfile::tempfile()?, to: self.to.clone(), is_told: false };
        let file = tokio::task::spawn_blocking(move || sheet.save(file)).await?;
        if self.to.is_closed() {
            return Err(Broken::Left);
        }
        let mut file = file?.file;
        loop {
            let read = tokio::task::spawn_blocking(move || next_chunk(file)).await??;
            let Some((chunk, rest)) = read else { return Ok(()) };
            self.send(chunk).await?;
            file = rest;
        }
    }

    async fn send(&self, bytes: Bytes) -> Result<(), Broken> {
        self.to.send(Ok(bytes)).await.map_err(|_| Broken::Left)
    }
}

/// The sheet with more rows, written off the threads that serve requests.
async fn with_rows(mut sheet: Sheet, rows: Rows) -> Outcome<Sheet> {
    tokio::task::spawn_blocking(move || {
        rows.iter().try_for_each(|row| sheet.row(row))?;
        Ok(sheet)
    })
    .await?
}

/// A file that is written as long as somebody waits for it: packing a million rows takes seconds.
struct Watched {
    file: File,
    to: mpsc::Sender<Part>,
    /// The packer was told; what it writes to come to an orderly end goes nowhere.
    is_told: bool,
}

impl Write for Watched {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match (self.to.is_closed(), self.is_told) {
            (false, _) => self.file.write(buf),
            (true, true) => Ok(buf.len()),
            (true, false) => {
                self.is_told = true;
                Err(io::Error::new(io::ErrorKind::BrokenPipe, "nobody waits for the file"))
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Watched {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// The next bytes of a file, and the file.
fn next_chunk(mut file: File) -> io::Result<Option<(Bytes, File)>> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let n = file.read(&mut chunk)?;
    chunk.truncate(n);
    Ok((n > 0).then(|| (chunk.into(), file)))
}

/// With the name of the columns in the first row.
const CSV_KIND: &str = "text/csv; charset=utf-8; header=present";
/// Tells Excel that the text is UTF-8.
const BOM: &str = "\u{feff}";

/// Rows as CSV, the first ones under their head.
fn csv_of(v: &View, head: Option<&Heading>, rows: impl IntoIterator<Item = Vec<Cell>>) -> Outcome<Vec<u8>> {
    let mut out = Vec::new();
    if head.is_some() {
        out.extend_from_slice(BOM.as_bytes());
    }
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_writer(out);
    if let Some(head) = head {
        writer.write_record(head.columns.iter().map(|(name, _)| name))?;
    }
    for row in rows {
        writer.write_record(row.iter().map(|cell| excel::plain(cell, &v.zone)))?;
    }
    writer.into_inner().map_err(|e| Fault::new(format!("CSV: {e}")).into())
}
