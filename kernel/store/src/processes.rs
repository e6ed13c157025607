//! Several processes on one database (多进程): each has a number of its own for the ids that it makes, the same keys as
//! the others, and hears within a moment that one of them changed what all keep in memory.
//!
//! A process holds its number with a lock of the server that ends with the connection, however the process
//! ends. The server engine takes any number of processes; the embedded engine one that serves, which the lock of a file
//! beside the database sees to, and commands beside it.
//!
//! Deliberately absent: a table of living processes with times in it, which is wrong whenever a clock or a process stops.

use std::{fs::File, sync::Arc, thread, time::Duration};

use base::{Chance, Fault, NODES, Outcome, Refusal};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use diesel::prelude::*;
use tokio::sync::watch;

use crate::{
    Conn, Keys,
    conn::{connect, file_of},
    dialect, on,
};

diesel::table! { store_edition (id) { id -> BigInt, number -> BigInt, } }
diesel::table! { store_key (id) { id -> BigInt, verifying -> Text, } }

/// How often a process that serves looks whether another one changed what is kept in memory.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// What a process holds while it starts, beside the numbers for ids.
const STARTING: i64 = -1;
/// How often, and how many times, a process tries to start that finds another one starting: two minutes.
const TRY_EVERY: Duration = Duration::from_millis(100);
const TRIES: u32 = 1_200;
/// The number that a process begins to look at: a server and a command on the embedded engine never meet.
const FIRST: [i64; 2] = [1, 0];

/// A process's place at a database, for as long as its `Db` lives.
pub(crate) struct Presence {
    pub(crate) edition: watch::Receiver<i64>,
    /// Dropping it ends the thread that holds the number.
    _alive: Sender<()>,
}

/// The thread that holds the number and looks at the edition.
struct Keeper {
    url: String,
    verifying: String,
    chance: Arc<Chance>,
    serves: bool,
    node: i64,
    conn: Option<Conn>,
}

impl Presence {
    /// Takes a number for ids and compares the keys with those that the database was begun with.
    pub(crate) fn take(url: &str, keys: &Keys, chance: Arc<Chance>, serves: bool) -> Outcome<Self> {
        let (verifying, node) = (keys.verifying().to_owned(), FIRST[usize::from(serves)]);
        let mut keeper = Keeper { url: url.to_owned(), verifying, chance, serves, node, conn: None };
        let (alive, gone) = bounded(0);
        let (told, said) = bounded(1);
        thread::Builder::new().name("keeper".to_owned()).spawn(move || {
            let first = keeper.look();
            let (edition, seen) = watch::channel(*first.as_ref().unwrap_or(&0));
            let good = first.is_ok();
            // The opener waits for it.
            let _ = told.send(first.map(|_| seen));
            if good {
                keeper.keep(&edition, &gone);
            }
        })?;
        let edition = said.recv().map_err(|_| Fault::new("taking a place at the database panicked"))??;
        Ok(Self { edition, _alive: alive })
    }
}

impl Keeper {
    /// The edition now, over a connection that holds the number: a lost one has lost the number too.
    fn look(&mut self) -> Outcome<i64> {
        if self.conn.is_none() {
            let mut conn = connect(&self.url, false)?;
            check_keys(&mut conn, &self.verifying)?;
            self.node = hold_any(&mut conn, self.node)?;
            self.chance.make_ids_as(self.node);
            self.conn = Some(conn);
        }
        let Some(conn) = &mut self.conn else { return Ok(0) };
        edition(conn)
    }

    fn keep(mut self, edition: &watch::Sender<i64>, gone: &Receiver<()>) {
        let many = dialect::habits(dialect::engine_of(&self.url)).many_processes;
        if !self.serves {
            if many {
                let _ = gone.recv();
            }
            return;
        }
        while gone.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
            match self.look() {
                Ok(now) => {
                    edition.send_if_modified(|was| std::mem::replace(was, now) != now);
                }
                Err(stop) => {
                    tracing::warn!(?stop, "the place at the database is taken anew");
                    self.conn = None;
                }
            }
        }
    }
}

/// Holds the first free number from `wanted` on.
fn hold_any(conn: &mut Conn, wanted: i64) -> Outcome<i64> {
    for n in 0..NODES {
        let node = (wanted + n) % NODES;
        if dialect::hold(conn, node)? {
            return Ok(node);
        }
    }
    Err(Refusal::new("store.refuse.crowded").status(503).with("most", NODES).into())
}

/// The first process writes the public key down; every other one must have the same.
fn check_keys(conn: &mut Conn, verifying: &str) -> Outcome<()> {
    let old =
        |e| Fault::new(format!("the database is empty or of an older version, run `linli migrate`: {e}"));
    let known = |conn: &mut Conn| on!(conn, c => store_key::table.find(1).select(store_key::verifying).first::<String>(c).optional());
    let mut first = known(conn).map_err(old)?;
    if first.is_none() {
        on!(conn, c => diesel::insert_into(store_key::table)
            .values((store_key::id.eq(1), store_key::verifying.eq(verifying)))
            .on_conflict_do_nothing()
            .execute(c))?;
        first = known(conn)?;
    }
    if first.as_deref() == Some(verifying) {
        Ok(())
    } else {
        Err(Refusal::new("store.refuse.other_keys").into())
    }
}

fn edition(conn: &mut Conn) -> Outcome<i64> {
    Ok(on!(conn, c => store_edition::table.find(1).select(store_edition::number).first(c))?)
}

/// Tells every process that what is kept in memory has changed, with the commit that changed it.
pub(crate) fn stir(conn: &mut Conn) -> Outcome<()> {
    on!(conn, c => diesel::update(store_edition::table.find(1))
        .set(store_edition::number.eq(store_edition::number + 1))
        .execute(c))?;
    Ok(())
}

/// What a process that serves holds (启动锁与独占锁): until [`Serving::has_begun`] no other one on this database starts, so
/// that two never make the same first things; on the embedded engine no other one serves until it is dropped.
pub struct Serving {
    _file: Option<File>,
    starting: Option<Sender<()>>,
}

impl Serving {
    /// Begins. On the server engine it waits for a process that is starting.
    ///
    /// # Errors
    /// Refused when another process serves the file, or one has been starting for two minutes.
    pub fn begin(url: &str) -> Outcome<Self> {
        if let Some(file) = file_of(url) {
            return Ok(Self { _file: Some(lock(file)?), starting: None });
        }
        let (alive, gone) = bounded::<()>(0);
        let (told, said) = bounded(1);
        let url = url.to_owned();
        thread::Builder::new().name("starter".to_owned()).spawn(move || {
            let held = hold_start(&url);
            let (conn, answer) = match held {
                Ok(conn) => (Some(conn), Ok(())),
                Err(stop) => (None, Err(stop)),
            };
            let _ = told.send(answer);
            // The connection holds the lock until nobody needs it.
            let _ = gone.recv();
            drop(conn);
        })?;
        said.recv().map_err(|_| Fault::new("waiting for the start panicked"))??;
        Ok(Self { _file: None, starting: Some(alive) })
    }

    /// The next process may start.
    pub fn has_begun(&mut self) {
        self.starting = None;
    }
}

fn hold_start(url: &str) -> Outcome<Conn> {
    let mut conn = connect(url, false)?;
    for n in 0..TRIES {
        if dialect::hold(&mut conn, STARTING)? {
            return Ok(conn);
        }
        if n == 20 {
            tracing::info!("another process is starting on this database; waiting for it");
        }
        thread::sleep(TRY_EVERY);
    }
    Err(Refusal::new("store.refuse.starting").status(503).into())
}

/// Locks the file beside an embedded database; the lock ends with the process, however it ends.
fn lock(database: &str) -> Outcome<File> {
    let path = std::path::Path::new(database).with_extension("lock");
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let file = File::options().create(true).truncate(false).write(true).open(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(Refusal::new("store.refuse.served").status(409).with("file", database).into())
        }
        Err(std::fs::TryLockError::Error(e)) => {
            Err(Fault::new(format!("lock {}: {e}", path.display())).into())
        }
    }
}
