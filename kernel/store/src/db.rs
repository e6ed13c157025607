//! The database as the rooms see it: `write` a deed, `read` a question.
//!
//! Writers are threads with a connection each. A writer takes what has queued up, runs the deeds one after
//! another, commits once and then answers: the more people write, the fewer syncs each costs. When one of
//! them is refused, all are run again, each in a savepoint.
//! When the disk fails a sync, the writer stops for good and says so, because what the engine
//! acknowledges after a failed sync may be lost; a full disk only refuses until there is room.

use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use base::{Chance, Clock, Fault, Millis, Outcome, Refusal, Stop};
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use tokio::sync::{oneshot, watch};

use crate::{
    Conn, Fact, Keys, Tx,
    backlog::{Backlog, GONE_MS, PATIENCE_MS, Shortest},
    conn::carry,
    dialect,
    fault::without_values,
    journal,
    later::Piles,
    open,
    processes::{Presence, stir},
    replica::{Replica, overlook},
};

#[cfg(feature = "testing")]
use crate::testing::inside;

/// In tests something may be done around the work of the store's threads.
#[cfg(not(feature = "testing"))]
fn inside<T>(_: &str, work: impl FnOnce() -> T) -> T {
    work()
}

/// Deeds that one commit takes along at most.
const BATCH_DEEDS: usize = 256;
/// Deeds that may wait for one writer, whatever they take: a bound on memory. Long before it a deed is refused that
/// would wait longer than its person does.
const QUEUE_DEEDS: usize = 10_000;
/// How often a deed is tried again after the engine broke a deadlock.
const TRIES: u8 = 5;
/// Facts, and commits without one, after which the log is carried into the database: about 16 MB of it when each fact
/// has a commit of its own.
const CARRY_AFTER: u64 = 500;
/// How often the journal is sealed and signed.
const SIGN_EVERY: Duration = Duration::from_millis(1_000);
/// A checkpoint that another process has signed within this time is enough.
const SIGN_GAP_MS: i64 = 800;

/// How a database is opened.
pub struct DbConfig {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: String,
    /// Threads that read.
    pub readers: usize,
    /// Whether this process serves: it signs checkpoints every second and follows [`Db::edition`]. A short-lived command
    /// signs once at its end.
    pub signs: bool,
}

/// The state of the store, for `/health` and the auditor's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// False after a failed sync: nothing is written any more until a restart.
    pub writes: bool,
    /// Deeds committed since the start.
    pub committed: u64,
    /// Commits since the start: `committed / commits` is how well group commit works.
    pub commits: u64,
    /// Deeds that wait for a writer.
    pub waiting: usize,
}

struct Shared {
    chance: Arc<Chance>,
    clock: Arc<dyn Clock>,
    keys: Keys,
    url: String,
    seals_in_commit: bool,
    stopped: AtomicBool,
    committed: AtomicU64,
    commits: AtomicU64,
    facts: AtomicU64,
    stirs: OnceLock<HashSet<&'static str>>,
    replica: OnceLock<Replica>,
    presence: Presence,
    /// The shortest wait for a reader and for a writer since somebody asked.
    read_waits: Shortest,
    write_waits: Shortest,
}

/// A writer's line: where deeds stand, and how long it takes.
#[derive(Clone)]
struct Line {
    deeds: Sender<Box<dyn Job>>,
    backlog: Arc<Backlog>,
}

/// A handle on the database; clone it freely.
#[derive(Clone)]
pub struct Db {
    shared: Arc<Shared>,
    writers: Vec<Line>,
    next_writer: Arc<AtomicUsize>,
    reads: Sender<Question>,
}

/// How a deed waits for its turn.
struct Turn {
    writer: usize,
    must_record: bool,
    key: Option<i64>,
}

impl Turn {
    fn writer(writer: usize) -> Self {
        Self { writer, must_record: true, key: None }
    }

    /// No deed of anybody: it needs no fact.
    fn house(self) -> Self {
        Self { must_record: false, ..self }
    }
}

pub(crate) type Question = Box<dyn FnOnce(&mut Conn) + Send>;

/// What became of a deed inside its savepoint.
enum Ran {
    /// Keep its rows; it recorded facts, or is housekeeping.
    Keep,
    /// It was refused, was invalid or failed: its rows are gone, its answer stands.
    Drop,
    /// The engine broke a deadlock: run it again.
    Again,
}

trait Job: Send {
    /// Whose turns it takes; deeds without a key come first.
    fn key(&self) -> Option<i64>;
    fn run(&mut self, tx: &mut Tx<'_>) -> Ran;
    fn answer(self: Box<Self>, broken: Option<&Stop>);
    fn tries(&mut self) -> &mut u8;
    /// When it came into the line.
    fn came(&self) -> Millis;
}

struct Deed<T, F> {
    work: F,
    result: Option<Outcome<T>>,
    reply: oneshot::Sender<Outcome<T>>,
    tries: u8,
    must_record: bool,
    key: Option<i64>,
    came: Millis,
}

impl<T: Send, F: Fn(&mut Tx<'_>) -> Outcome<T> + Send> Job for Deed<T, F> {
    fn key(&self) -> Option<i64> {
        self.key
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> Ran {
        tx.shares &= self.key.is_some();
        let result = catch_unwind(AssertUnwindSafe(|| {
            // A deed that does not share sees the rows of all before it.
            if !tx.shares {
                tx.settle()?;
            }
            let said = (self.work)(tx)?;
            if !tx.shares {
                tx.piles.write(tx.conn)?;
            }
            Ok(said)
        }))
        .unwrap_or_else(|_| Err(Fault::new("a deed panicked; its rows were taken back").into()));
        if let Err(Stop::Fault(fault)) = &result
            && is_deadlock(fault)
            && self.tries < TRIES
        {
            return Ran::Again;
        }
        let silent = self.must_record && tx.facts.is_empty();
        self.result = Some(match result {
            Ok(_) if silent => Err(Fault::new("a deed recorded no fact; its rows were taken back").into()),
            other => other.map_err(without_values),
        });
        if matches!(self.result, Some(Ok(_))) { Ran::Keep } else { Ran::Drop }
    }

    fn answer(self: Box<Self>, broken: Option<&Stop>) {
        let said = match (self.result, broken) {
            (Some(Err(stop)), _) => Err(stop),
            (_, Some(stop)) => Err(copy(stop)),
            (Some(ok), None) => ok,
            (None, None) => Err(Fault::new("a deed was never run").into()),
        };
        // Nobody waits any more when the person went away; the deed is done all the same.
        let _ = self.reply.send(said);
    }

    fn tries(&mut self) -> &mut u8 {
        &mut self.tries
    }

    fn came(&self) -> Millis {
        self.came
    }
}

fn is_deadlock(fault: &Fault) -> bool {
    let text = fault.to_string();
    text.contains("deadlock detected") || text.contains("could not serialize")
}

fn copy(stop: &Stop) -> Stop {
    match stop {
        Stop::Refused(r) => Stop::Refused(r.clone()),
        Stop::Invalid(i) => Stop::Invalid(i.clone()),
        Stop::Fault(f) => Stop::Fault(Fault::new(f.to_string())),
    }
}

fn stopped() -> Stop {
    Refusal::new("store.refuse.stopped").status(503).into()
}

fn busy() -> Stop {
    Refusal::new("store.refuse.busy").status(503).into()
}

impl Db {
    /// Opens the database and starts its threads. Migrations are run separately.
    ///
    /// # Errors
    /// When a connection cannot be opened.
    pub fn open(config: &DbConfig, keys: Keys, chance: Arc<Chance>, clock: Arc<dyn Clock>) -> Outcome<Self> {
        let presence = Presence::take(&config.url, &keys, chance.clone(), config.signs)?;
        let shared = Arc::new(Shared {
            chance,
            clock,
            keys,
            url: config.url.clone(),
            seals_in_commit: dialect::habits(dialect::engine_of(&config.url)).seals_in_commit,
            stopped: AtomicBool::new(false),
            committed: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            facts: AtomicU64::new(0),
            read_waits: Shortest::default(),
            write_waits: Shortest::default(),
            stirs: OnceLock::new(),
            replica: OnceLock::new(),
            presence,
        });
        let (wake, wakes) = bounded(1);
        if dialect::habits(dialect::engine_of(&config.url)).carries {
            let (shared, first) = (shared.clone(), Connector::spawned(&config.url, false)?);
            thread::Builder::new()
                .name("carrier".to_owned())
                .spawn(move || carry_loop(&shared, first, &wakes))?;
        }
        let mut writers = Vec::new();
        for n in 0..dialect::habits(dialect::engine_of(&config.url)).writers {
            let (sender, queue) = bounded(QUEUE_DEEDS);
            let backlog = Arc::new(Backlog::default());
            writers.push(Line { deeds: sender, backlog: backlog.clone() });
            let (shared, wake) = (shared.clone(), wake.clone());
            let first = Connector::spawned(&shared.url, false)?;
            let turns = Turns { queue, backlog };
            thread::Builder::new()
                .name(format!("writer-{n}"))
                .spawn(move || write_loop(&shared, first, &turns, &wake))?;
        }
        let (reads, questions) = unbounded::<Question>();
        for n in 0..config.readers.max(1) {
            let questions = questions.clone();
            let first = Connector::spawned(&shared.url, true)?;
            thread::Builder::new().name(format!("reader-{n}")).spawn(move || read_loop(first, &questions))?;
        }
        let db = Self { shared, writers, next_writer: Arc::default(), reads };
        if config.signs {
            db.sign_every_second()?;
        }
        Ok(db)
    }

    fn sign_every_second(&self) -> Outcome<()> {
        let shared = Arc::downgrade(&self.shared);
        let writer = self.writers[0].deeds.clone();
        thread::Builder::new().name("signer".to_owned()).spawn(move || {
            loop {
                thread::sleep(SIGN_EVERY);
                let Some(shared) = shared.upgrade() else { return };
                let at = shared.clock.now();
                let (reply, answer) = oneshot::channel();
                let work = move |tx: &mut Tx<'_>| journal::seal_and_sign(tx, at, SIGN_GAP_MS);
                if writer
                    .send(Box::new(Deed {
                        work,
                        result: None,
                        reply,
                        tries: 0,
                        must_record: false,
                        key: None,
                        came: at,
                    }))
                    .is_err()
                {
                    return;
                }
                drop(shared);
                if let Ok(Err(Stop::Fault(fault))) = answer.blocking_recv() {
                    tracing::error!(%fault, "the journal could not be signed");
                }
            }
        })?;
        Ok(())
    }

    /// Seals what is pending and signs a checkpoint now: at the end of a command, and in tests.
    ///
    /// # Errors
    /// What the engine says.
    pub fn sign_now(&self) -> Outcome<()> {
        let at = self.shared.clock.now();
        self.queue(Turn::writer(0).house(), move |tx| journal::seal_and_sign(tx, at, 0))?.blocking_recv()?
    }

    fn queue<T: Send + 'static>(
        &self,
        turn: Turn,
        work: impl Fn(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<oneshot::Receiver<Outcome<T>>> {
        if self.shared.stopped.load(Ordering::Acquire) {
            return Err(stopped());
        }
        let (reply, answer) = oneshot::channel();
        let Turn { writer, must_record, key } = turn;
        let line = &self.writers[writer % self.writers.len()];
        let came = self.shared.clock.now();
        // Said now, while the person waits, and not when the wait is over.
        if line.backlog.wait_ms(came, line.deeds.len()) > PATIENCE_MS {
            return Err(busy());
        }
        line.deeds
            .try_send(Box::new(Deed { work, result: None, reply, tries: 0, must_record, key, came }))
            .map_err(|_| busy())?;
        Ok(answer)
    }

    fn any_writer(&self) -> Turn {
        Turn::writer(self.next_writer.fetch_add(1, Ordering::Relaxed))
    }

    /// Does a deed: answers after its rows and facts are on the disk, or tells why not. The closure
    /// may be run again, after a deadlock or because a deed beside it was refused, so it must leave what it captured
    /// as it was.
    ///
    /// # Errors
    /// What the deed says; a refusal with 503 when the store has stopped or too much is waiting.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        self.queue(self.any_writer(), work)?.await?
    }

    /// The same, sent to the writer that all deeds with this key go to: deeds that take turns on one
    /// row (a county's numbers) then wait in a queue instead of for each other's commit. Their rows of
    /// [`Tx::add_later`] may wait for the end of the commit: such a deed reads nothing that another just added so,
    /// or calls [`Tx::settle`] before.
    ///
    /// # Errors
    /// As for [`Db::write`].
    pub async fn write_keyed<T: Send + 'static>(
        &self,
        key: i64,
        work: impl Fn(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        self.queue(Turn { key: Some(key), ..Turn::writer(key.unsigned_abs() as usize) }, work)?.await?
    }

    /// The blocking twin of [`Db::write`], for commands and tests.
    ///
    /// # Errors
    /// As for [`Db::write`].
    pub fn write_now<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        self.queue(self.any_writer(), work)?.blocking_recv()?
    }

    /// A write that is no deed of anybody: sessions, leases, caches. It needs no fact.
    ///
    /// # Errors
    /// As for [`Db::write`].
    pub async fn keep_house<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        self.queue(self.any_writer().house(), work)?.await?
    }

    /// The blocking twin of [`Db::keep_house`].
    ///
    /// # Errors
    /// As for [`Db::write`].
    pub fn keep_house_now<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        self.queue(self.any_writer().house(), work)?.blocking_recv()?
    }

    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Conn) -> Outcome<T> + Send + 'static,
    ) -> Outcome<oneshot::Receiver<Outcome<T>>> {
        let (reply, answer) = oneshot::channel();
        let (shared, came) = (self.shared.clone(), self.shared.clock.now());
        let work = move |conn: &mut Conn| {
            shared.read_waits.note(shared.clock.now().0 - came.0);
            let said = catch_unwind(AssertUnwindSafe(|| inside(&shared.url, || question(conn))))
                .unwrap_or_else(|_| Err(Fault::new("a question panicked").into()));
            let _ = reply.send(said.map_err(without_values));
        };
        self.reads.send(Box::new(work)).map_err(|_| Fault::new("the readers have stopped"))?;
        Ok(answer)
    }

    /// Asks a question. The connection cannot write.
    ///
    /// # Errors
    /// What the question says.
    pub async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Conn) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        self.ask(question)?.await?
    }

    /// Asks a question for which being some seconds behind does no harm: the copy is asked where there is one, with the
    /// instant as of which it answers; without one, or when it is gone or too far behind, the first database, without an
    /// instant.
    ///
    /// # Errors
    /// What the question says.
    pub async fn overlook<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Conn) -> Outcome<T> + Send + 'static,
    ) -> Outcome<(T, Option<Millis>)> {
        let (reply, answer) = oneshot::channel();
        let question = overlook(question, reply);
        match self.shared.replica.get() {
            Some(copy) => copy.questions.send(question).is_ok(),
            None => self.reads.send(Box::new(move |conn| question(conn, None))).is_ok(),
        };
        answer.await?
    }

    /// Names a copy of this database for [`Db::overlook`]; said once.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn overlook_at(&self, copy: &str, readers: usize) -> Outcome<()> {
        let urls = [self.url(), copy];
        let replica = Replica::follow(urls, readers, self.clock(), &self.reads)?;
        // A second opener of the same house says the same.
        let _ = self.shared.replica.set(replica);
        Ok(())
    }

    /// The blocking twin of [`Db::read`].
    ///
    /// # Errors
    /// What the question says.
    pub fn read_now<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Conn) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        self.ask(question)?.blocking_recv()?
    }

    /// Names the facts after which every process must read again what it keeps in memory. Said once, before the first
    /// deed.
    pub fn stirred_by(&self, kinds: impl IntoIterator<Item = &'static str>) {
        // A second opener of the same house says the same.
        let _ = self.shared.stirs.set(kinds.into_iter().collect());
    }

    /// The number of such facts that have been committed, by whichever process: to be followed by a process that serves,
    /// which looks four times a second.
    pub fn edition(&self) -> watch::Receiver<i64> {
        self.shared.presence.edition.clone()
    }

    /// The installation's keys.
    pub fn keys(&self) -> &Keys {
        &self.shared.keys
    }

    /// Chance, for tokens that are made outside a deed.
    pub fn chance(&self) -> &Arc<Chance> {
        &self.shared.chance
    }

    /// The clock that this database was opened with.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.clock
    }

    /// The address it was opened with. It may hold a password: never log it.
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    /// How long even the luckiest question or deed has waited for its turn since this was last asked, in
    /// milliseconds: for whoever lets people in. `None` where nothing came to its turn.
    pub fn standing_wait(&self) -> Option<i64> {
        self.shared.read_waits.take().max(self.shared.write_waits.take())
    }

    /// Whether it writes, and how well.
    pub fn health(&self) -> Health {
        Health {
            writes: !self.shared.stopped.load(Ordering::Acquire),
            committed: self.shared.committed.load(Ordering::Relaxed),
            commits: self.shared.commits.load(Ordering::Relaxed),
            waiting: self.writers.iter().map(|line| line.deeds.len()).sum(),
        }
    }
}

/// A connection that a thread owns, and how to get another when the server went away.
struct Connector {
    url: String,
    read_only: bool,
    conn: Option<Conn>,
}

impl Connector {
    /// Opens the first connection on a thread of its own, so that the PostgreSQL driver makes its own
    /// small runtime instead of borrowing the caller's, which must not be blocked.
    fn spawned(url: &str, read_only: bool) -> Outcome<Self> {
        let address = url.to_owned();
        let conn = thread::spawn(move || open(&address, read_only))
            .join()
            .map_err(|_| Fault::new("opening the database panicked"))??;
        Ok(Self { url: url.to_owned(), read_only, conn: Some(conn) })
    }

    fn get(&mut self) -> Outcome<&mut Conn> {
        let conn = match self.conn.take() {
            Some(conn) => conn,
            None => open(&self.url, self.read_only)?,
        };
        Ok(self.conn.insert(conn))
    }
}

fn read_loop(mut connector: Connector, questions: &Receiver<Question>) {
    while let Ok(question) = questions.recv() {
        let Ok(conn) = connector.get() else {
            // Dropping the question answers it with a fault; the next one tries to connect again.
            continue;
        };
        question(conn);
        if dialect::is_broken(conn) {
            connector.conn = None;
        }
    }
}

/// Carries the log into the database whenever a writer says that it has grown: on another core, so that no deed waits
/// for it. A disk that fails here stops the writing as it does there.
fn carry_loop(shared: &Shared, mut connector: Connector, wakes: &Receiver<()>) {
    while wakes.recv().is_ok() {
        if let Err(stop) = connector.get().and_then(carry) {
            after_failure(shared, &mut connector, stop);
        }
    }
}

/// A writer's end of its line.
struct Turns {
    queue: Receiver<Box<dyn Job>>,
    backlog: Arc<Backlog>,
}

impl Turns {
    /// The deeds of the next commit; `None` when nobody can come any more. One that has waited until its person was
    /// sent away is refused: the person was told that it was not done.
    fn next(&self, shared: &Shared) -> Option<Vec<Box<dyn Job>>> {
        let first = self.queue.recv().ok()?;
        let now = shared.clock.now();
        let mut batch = Vec::new();
        for job in std::iter::once(first).chain(self.queue.try_iter().take(BATCH_DEEDS - 1)) {
            let waited = now.0 - job.came().0;
            shared.write_waits.note(waited);
            if waited > GONE_MS {
                job.answer(Some(&busy()));
            } else {
                batch.push(job);
            }
        }
        Some(batch)
    }
}

fn write_loop(shared: &Shared, mut connector: Connector, turns: &Turns, wake: &Sender<()>) {
    while let Some(mut batch) = turns.next(shared) {
        if shared.stopped.load(Ordering::Acquire) {
            batch.into_iter().for_each(|job| job.answer(Some(&stopped())));
            continue;
        }
        let backlog = &turns.backlog;
        // Another process takes the same counties' rows: in one order for all, so that no two hold what the other wants.
        batch.sort_by_key(|job| job.key());
        let mut again = commit_batch(shared, &mut connector, backlog, batch);
        while let Some(mut job) = again.pop() {
            *job.tries() += 1;
            again.extend(commit_batch(shared, &mut connector, backlog, vec![job]));
        }
        if shared.facts.load(Ordering::Relaxed) >= CARRY_AFTER {
            shared.facts.store(0, Ordering::Relaxed);
            // It is on its way already, or the engine does it by itself: nobody listens.
            let _ = wake.try_send(());
        }
    }
}

/// Runs and commits a batch, answers its jobs, and gives back those that must be run again.
fn commit_batch(
    shared: &Shared,
    connector: &mut Connector,
    backlog: &Backlog,
    mut batch: Vec<Box<dyn Job>>,
) -> Vec<Box<dyn Job>> {
    if batch.is_empty() {
        return batch;
    }
    backlog.begin(shared.clock.now());
    let run = |conn: &mut Conn| match &mut batch[..] {
        [only] => run_alone(shared, conn, only),
        all => match run_together(shared, conn, all)? {
            Some(ran) => Ok(ran),
            None => run_apart(shared, conn, all),
        },
    };
    let outcome = inside(&shared.url, || connector.get().and_then(run));
    // Before anybody is answered: whoever has an answer may ask again at once.
    backlog.end(shared.clock.now(), batch.len());
    match outcome {
        Ok(ran) => {
            shared.commits.fetch_add(1, Ordering::Relaxed);
            let mut again = Vec::new();
            for (job, ran) in batch.into_iter().zip(ran) {
                match ran {
                    Ran::Again => again.push(job),
                    Ran::Keep => {
                        shared.committed.fetch_add(1, Ordering::Relaxed);
                        job.answer(None);
                    }
                    Ran::Drop => job.answer(None),
                }
            }
            again
        }
        Err(stop) => {
            let stop = after_failure(shared, connector, stop);
            batch.into_iter().for_each(|job| job.answer(Some(&stop)));
            Vec::new()
        }
    }
}

/// Runs deeds as if each will be kept, which nearly all are: without savepoints, which are two statements for each
/// deed and copies of its pages. One that was refused before it wrote anything, as refusals are, leaves its neighbours
/// alone where the engine can tell. Otherwise `None`: then nothing of any is kept, and all are run again apart.
fn run_together(shared: &Shared, conn: &mut Conn, batch: &mut [Box<dyn Job>]) -> Outcome<Option<Vec<Ran>>> {
    dialect::begin(conn, dialect::For::Deed)?;
    let mut facts = Vec::new();
    let mut piles = Piles::default();
    let mut all = Vec::with_capacity(batch.len());
    for job in batch.iter_mut() {
        let mut tx = Tx::new(conn, &shared.chance, &shared.keys);
        (tx.piles, tx.shares) = (piles, true);
        let before = (dialect::written(tx.conn)?, tx.piles.count());
        let ran = job.run(&mut tx);
        let mut recorded = std::mem::take(&mut tx.facts);
        piles = std::mem::take(&mut tx.piles);
        let is_clean = before.0.is_some() && before == (dialect::written(conn)?, piles.count());
        if matches!(ran, Ran::Keep) {
            facts.append(&mut recorded);
        } else if !(is_clean && matches!(ran, Ran::Drop)) {
            dialect::end(conn, false)?;
            return Ok(None);
        }
        all.push(ran);
    }
    // Whose row it was that cannot be written is found out by running them apart.
    if piles.write(conn).is_err() {
        dialect::end(conn, false)?;
        return Ok(None);
    }
    write_down(shared, conn, &facts)?;
    dialect::end(conn, true)?;
    Ok(Some(all))
}

/// Runs each deed in a savepoint, so that one that is refused takes nothing of the others with it.
fn run_apart(shared: &Shared, conn: &mut Conn, batch: &mut [Box<dyn Job>]) -> Outcome<Vec<Ran>> {
    dialect::begin(conn, dialect::For::Deed)?;
    let mut facts = Vec::new();
    let mut all = Vec::with_capacity(batch.len());
    for job in batch.iter_mut() {
        dialect::begin(conn, dialect::For::Deed)?;
        let mut tx = Tx::new(conn, &shared.chance, &shared.keys);
        let ran = job.run(&mut tx);
        let recorded = std::mem::take(&mut tx.facts);
        let keep = matches!(ran, Ran::Keep);
        dialect::end(conn, keep)?;
        if keep {
            facts.extend(recorded);
        }
        all.push(ran);
    }
    write_down(shared, conn, &facts)?;
    dialect::end(conn, true)?;
    Ok(all)
}

/// A deed that has its commit for itself needs no savepoint: the transaction is taken back with it. A savepoint
/// would keep a copy of every page that a long deed changes.
fn run_alone(shared: &Shared, conn: &mut Conn, job: &mut Box<dyn Job>) -> Outcome<Vec<Ran>> {
    dialect::begin(conn, dialect::For::Deed)?;
    let mut tx = Tx::new(conn, &shared.chance, &shared.keys);
    let ran = job.run(&mut tx);
    let facts = std::mem::take(&mut tx.facts);
    let keep = matches!(ran, Ran::Keep);
    if keep {
        write_down(shared, conn, &facts)?;
    }
    dialect::end(conn, keep)?;
    Ok(vec![ran])
}

/// Appends the facts of a commit to the journal.
fn write_down(shared: &Shared, conn: &mut Conn, facts: &[Fact]) -> Outcome<()> {
    shared.facts.fetch_add(facts.len().max(1) as u64, Ordering::Relaxed);
    if shared.stirs.get().is_some_and(|kinds| facts.iter().any(|f| kinds.contains(f.kind))) {
        stir(conn)?;
    }
    journal::append(conn, &shared.chance, facts, shared.seals_in_commit)
}

/// Takes back what is open and decides what a failed commit, or a failed carrying, means.
fn after_failure(shared: &Shared, connector: &mut Connector, stop: Stop) -> Stop {
    let text = match &stop {
        Stop::Fault(fault) => fault.to_string(),
        _ => String::new(),
    };
    tracing::error!(fault = %text, "the disk or the engine failed; nothing of it was acknowledged");
    // A fresh connection is the one sure way out of whatever state this one is in.
    connector.conn = None;
    if text.contains("disk I/O error") {
        shared.stopped.store(true, Ordering::Release);
        tracing::error!("writing has stopped: the disk failed a sync. Restart after mending the disk.");
        return stopped();
    }
    if text.contains("disk is full") || text.contains("No space left") {
        return Refusal::new("store.refuse.full").status(507).into();
    }
    stop
}
