//! Reading from a copy of the database (只读副本) where being some seconds behind does no harm: the rooms that overlook
//! ask there, so that a leader's table over a year does not wait for the desks, nor the desks for it.
//!
//! How far behind the copy is, is measured and not believed: each process that serves writes the time into one row of
//! the first database every second, and what stands in that row of the copy is the instant as of which the copy answers.
//! Each question looks at it first. A copy that is gone or too far behind is passed over, and the question goes to the first
//! database.
//!
//! Deliberately absent: writing to a copy, and anything that decides by what it read there.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Weak},
    thread,
    time::{Duration, Instant},
};

use base::{Clock, Fault, Millis, Outcome};
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use diesel::prelude::*;

use crate::{
    Conn,
    conn::{connect, with_limits},
    db::Question,
    dialect,
    fault::without_values,
    on, open,
};

diesel::table! { store_beat (id) { id -> BigInt, at_ms -> BigInt, } }

/// How often the time is written down.
const BEAT_EVERY: Duration = Duration::from_millis(1_000);
/// A copy that is further behind is passed over.
pub const MOST_BEHIND_MS: i64 = 30_000;
/// How long a question waits for a connection to the copy.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// For how long a copy that could not be asked is not tried again.
const LEAVE_ALONE: Duration = Duration::from_secs(5);

/// A question, and as of when the database that it is put to answers: nothing means now.
pub(crate) type Overlook = Box<dyn FnOnce(&mut Conn, Option<Millis>) + Send>;

/// The threads that ask the copy.
pub(crate) struct Replica {
    pub(crate) questions: Sender<Overlook>,
    /// The beat ends with it.
    _alive: Arc<()>,
}

impl Replica {
    /// Starts the threads. That the copy does not answer is no reason not to start.
    pub(crate) fn follow(
        urls: [&str; 2],
        threads: usize,
        clock: &Arc<dyn Clock>,
        first: &Sender<Question>,
    ) -> Outcome<Self> {
        let [primary, copy] = urls;
        let (questions, queue) = unbounded::<Overlook>();
        for n in 0..threads.max(1) {
            let asker = Asker {
                url: with_limits(copy),
                clock: clock.clone(),
                first: first.clone(),
                conn: None,
                since: None,
            };
            let queue = queue.clone();
            thread::Builder::new().name(format!("overlook-{n}")).spawn(move || asker.run(&queue))?;
        }
        let alive = Arc::new(());
        let (primary, clock, living) = (primary.to_owned(), clock.clone(), Arc::downgrade(&alive));
        thread::Builder::new().name("beat".to_owned()).spawn(move || beat(&primary, &*clock, &living))?;
        Ok(Self { questions, _alive: alive })
    }
}

/// Wraps a question so that its answer goes to whoever waits for it.
pub(crate) fn overlook<T: Send + 'static>(
    question: impl FnOnce(&mut Conn) -> Outcome<T> + Send + 'static,
    reply: tokio::sync::oneshot::Sender<Outcome<(T, Option<Millis>)>>,
) -> Overlook {
    Box::new(move |conn, at| {
        let said = catch_unwind(AssertUnwindSafe(|| question(conn)))
            .unwrap_or_else(|_| Err(Fault::new("a question panicked").into()));
        // Nobody waits any more when the person went away.
        let _ = reply.send(said.map(|value| (value, at)).map_err(without_values));
    })
}

/// Writes the time down, on a connection of its own, so that no deed's commit holds the row.
fn beat(primary: &str, clock: &dyn Clock, living: &Weak<()>) {
    let mut conn = None;
    while living.strong_count() > 0 {
        if let Err(stop) = beat_once(&mut conn, primary, clock.now()) {
            tracing::warn!(?stop, "the time for the copy could not be written down");
            conn = None;
        }
        thread::sleep(BEAT_EVERY);
    }
}

fn beat_once(conn: &mut Option<Conn>, primary: &str, now: Millis) -> Outcome<()> {
    if conn.is_none() {
        *conn = Some(connect(primary, false)?);
    }
    let Some(conn) = conn else { return Ok(()) };
    on!(conn, c => diesel::update(store_beat::table.find(1)).set(store_beat::at_ms.eq(now.0)).execute(c))?;
    Ok(())
}

/// A connection, if it comes about soon: to a machine that is gone the system tries for minutes.
fn open_soon(url: &str) -> Outcome<Conn> {
    let (told, said) = bounded(1);
    let url = url.to_owned();
    // One that comes too late finds nobody and is closed.
    thread::Builder::new().name("opener".to_owned()).spawn(move || drop(told.send(open(&url, true))))?;
    said.recv_timeout(CONNECT_WITHIN).map_err(|_| Fault::new("the copy could not be reached in time"))?
}

/// A thread that asks the copy.
struct Asker {
    url: String,
    clock: Arc<dyn Clock>,
    first: Sender<Question>,
    conn: Option<Conn>,
    /// When it was last in vain.
    since: Option<Instant>,
}

impl Asker {
    fn run(mut self, queue: &Receiver<Overlook>) {
        while let Ok(question) = queue.recv() {
            match self.as_of() {
                Some(at) => {
                    let Some(conn) = &mut self.conn else { continue };
                    question(conn, Some(at));
                    if dialect::is_broken(conn) {
                        self.conn = None;
                    }
                }
                // If its readers have stopped, whoever waits is told so by the question's end.
                None => drop(self.first.send(Box::new(move |conn| question(conn, None)))),
            }
        }
    }

    /// As of when the copy answers, if it does and is not too far behind.
    #[expect(clippy::disallowed_methods, reason = "for how long a copy is left alone is real time")]
    fn as_of(&mut self) -> Option<Millis> {
        if self.since.is_some_and(|since| since.elapsed() < LEAVE_ALONE) {
            return None;
        }
        match self.look() {
            Ok(at) => {
                self.since = None;
                (self.clock.now().0 - at.0 <= MOST_BEHIND_MS).then_some(at)
            }
            Err(stop) => {
                tracing::warn!(?stop, "the copy does not answer; the first database is asked instead");
                (self.conn, self.since) = (None, Some(Instant::now()));
                None
            }
        }
    }

    fn look(&mut self) -> Outcome<Millis> {
        if self.conn.is_none() {
            self.conn = Some(open_soon(&self.url)?);
        }
        let conn = self.conn.as_mut().ok_or_else(|| Fault::new("no connection to the copy"))?;
        let at: i64 = on!(conn, c => store_beat::table.find(1).select(store_beat::at_ms).first(c))?;
        Ok(Millis(at))
    }
}
