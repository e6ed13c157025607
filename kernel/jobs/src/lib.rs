//! Durable timers and the queue (定时与队列): put in the transaction of the deed that wants them, run
//! in a transaction of their own that also removes them. So a timer runs once: after a crash,
//! with several processes, and after thirty days of standstill.
//!
//! Processes share the work: a portion of what is due is held until its commit, and the others go on with what nobody
//! holds. A process that is killed lets go of its portion at once, one that freezes when the server ends its
//! transaction; either way nothing of it was done.
//!
//! Deliberately absent: leases with a time in them. Removing a timer and doing its work commit together, and the
//! engine lets only one transaction remove it. And rows of what has rung: what it did has a fact of its own, and
//! they would outgrow by far what still waits.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base::{Act, Fault, HOUR_MS, MINUTE_MS, Millis, Outcome, Stop};
use diesel::prelude::*;
use store::{Conn, Db, Kept, Later, Migration, Tx, add_all, changed, done, free, on};

diesel::table! {
    jobs_timer (id) {
        id -> BigInt,
        kind -> Text,
        subject_id -> BigInt,
        run_at_ms -> BigInt,
        state -> BigInt,
        tries -> BigInt,
        made_ms -> BigInt,
    }
}

/// The migrations of this part of the kernel.
pub const MIGRATIONS: &[Migration] = &[
    Migration { room: "jobs", name: "0001_jobs", sql: include_str!("../migrations/0001_jobs.sql") },
    Migration { room: "jobs", name: "0002_over", sql: include_str!("../migrations/0002_over.sql") },
];

const WAITS: i64 = 0;
const GIVEN_UP: i64 = 2;
/// After so many failures a timer is given up and shown to the administrator.
const TRIES: i64 = 8;
/// How many due timers are looked up at once where one transaction plays through them all.
const LOOK: i64 = 200;
/// How many due timers are done in one commit: few enough that nobody waits long for the rows that they hold.
const PORTION: i64 = 16;

/// What runs when a timer is due: a deed over the subject. It is the house itself that acts.
pub type Handler = Arc<dyn Fn(&mut Tx<'_>, Act, i64) -> Outcome<()> + Send + Sync>;

/// A handler that looks nothing up but the database.
pub type Plain = fn(&mut Tx<'_>, Act, i64) -> Outcome<()>;

/// A handler from a function or a closure.
pub fn handler(run: impl Fn(&mut Tx<'_>, Act, i64) -> Outcome<()> + Send + Sync + 'static) -> Handler {
    Arc::new(run)
}

/// Puts a timer: at `run_at`, `kind`'s handler is run for `subject_id`.
pub fn put(tx: &mut Tx<'_>, kind: &'static str, subject_id: i64, run_at: Millis, now: Millis) -> Outcome<()> {
    let id = tx.id::<Handler>(now).raw();
    tx.add_later(NewTimer {
        id,
        kind,
        subject_id,
        run_at_ms: run_at.0,
        state: WAITS,
        tries: 0,
        made_ms: now.0,
    })
}

#[derive(Insertable)]
#[diesel(table_name = jobs_timer, treat_none_as_default_value = false)]
struct NewTimer {
    id: i64,
    kind: &'static str,
    subject_id: i64,
    run_at_ms: i64,
    state: i64,
    tries: i64,
    made_ms: i64,
}

impl Later for NewTimer {
    fn add(conn: &mut Conn, rows: &[Self]) -> Outcome<()> {
        add_all!(conn, jobs_timer::table, rows);
        Ok(())
    }
}

/// Takes back the waiting timers of a kind for a subject; returns how many.
pub fn take_back(tx: &mut Tx<'_>, kind: &'static str, subject_id: i64) -> Outcome<usize> {
    tx.settle()?;
    let waiting = jobs_timer::table
        .filter(jobs_timer::subject_id.eq(subject_id))
        .filter(jobs_timer::kind.eq(kind))
        .filter(jobs_timer::state.eq(WAITS));
    let taken = changed!(tx.conn, jobs_timer::id, diesel::delete(waiting));
    Ok(taken as usize)
}

/// How the queue stands: waiting and due, and given up.
pub fn standing(conn: &mut Conn, now: Millis) -> Outcome<(i64, i64)> {
    let due = on!(conn, c => jobs_timer::table
        .filter(waits())
        .filter(jobs_timer::run_at_ms.le(now.0))
        .count()
        .get_result(c))?;
    let given_up =
        on!(conn, c => jobs_timer::table.filter(jobs_timer::state.eq(GIVEN_UP)).count().get_result(c))?;
    Ok((due, given_up))
}

/// A timer that was given up after too many failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUp {
    /// Its kind.
    pub kind: String,
    /// What it was for.
    pub subject_id: i64,
    /// When it was to run last.
    pub run_at: Millis,
    /// How often it was tried.
    pub tries: i64,
}

/// Timers that were given up, the latest first, for the administrator.
pub fn given_up(conn: &mut Conn, most: i64) -> Outcome<Vec<GivenUp>> {
    let rows: Vec<(String, i64, i64, i64)> = on!(conn, c => jobs_timer::table
        .filter(jobs_timer::state.eq(GIVEN_UP))
        .order(jobs_timer::run_at_ms.desc())
        .limit(most)
        .select((jobs_timer::kind, jobs_timer::subject_id, jobs_timer::run_at_ms, jobs_timer::tries))
        .load(c))?;
    let row = |(kind, subject_id, at, tries)| GivenUp { kind, subject_id, run_at: Millis(at), tries };
    Ok(rows.into_iter().map(row).collect())
}

/// The condition of the partial index, written out: neither engine sees that a bound value fulfils it.
fn waits() -> diesel::expression::SqlLiteral<diesel::sql_types::Bool> {
    diesel::dsl::sql("jobs_timer.state = 0")
}

/// A timer that is due: its id, its kind, and what it is for.
type Due = (i64, String, i64);

/// A portion of what is due and nobody works on, in the order in which all processes take rows of the same subjects.
fn due(conn: &mut Conn, now: Millis) -> Outcome<Vec<Due>> {
    let mut rows: Vec<Due> = free!(
        conn,
        jobs_timer::table
            .filter(waits())
            .filter(jobs_timer::run_at_ms.le(now.0))
            .order(jobs_timer::run_at_ms)
            .select((jobs_timer::id, jobs_timer::kind, jobs_timer::subject_id))
            .limit(PORTION)
    )?;
    // What one subject has waiting stays in the order of its times.
    rows.sort_by_key(|(_, _, subject)| *subject);
    Ok(rows)
}

/// Runs what is due.
#[derive(Clone)]
pub struct Runner {
    db: Db,
    handlers: Arc<HashMap<&'static str, Handler>>,
}

impl Runner {
    /// A runner with the handlers of all rooms.
    pub fn new(db: Db, handlers: impl IntoIterator<Item = (&'static str, Handler)>) -> Self {
        Self { db, handlers: Arc::new(handlers.into_iter().collect()) }
    }

    /// Runs everything that is due now and nobody else works on, also what a timer puts for now; returns how many timers
    /// were run.
    ///
    /// # Errors
    /// What the database says; a handler's own failure is kept with its timer.
    pub async fn run_due(&self) -> Outcome<usize> {
        let now = self.db.clock().now();
        let mut ran = 0;
        loop {
            let (handlers, held) = (self.handlers.clone(), Arc::new(Mutex::new(Vec::new())));
            let noted = held.clone();
            match self.db.keep_house(move |tx| run_portion(tx, &handlers, now, &noted)).await {
                Ok(0) => return Ok(ran),
                Ok(n) => ran += n,
                Err(stop) => {
                    let portion = std::mem::take(&mut *held.lock().unwrap_or_else(PoisonError::into_inner));
                    if portion.is_empty() {
                        return Err(stop);
                    }
                    ran += self.run_apart(portion, now).await?;
                }
            }
        }
    }

    /// Runs the timers of a portion one by one: one of them failed and took the others back with it.
    async fn run_apart(&self, portion: Vec<Due>, now: Millis) -> Outcome<usize> {
        let mut ran = 0;
        for (id, kind, subject) in portion {
            let Some(handler) = self.handlers.get(kind.as_str()).cloned() else {
                tracing::error!(kind, "no handler for a timer of this kind");
                self.fail(id, now).await?;
                continue;
            };
            let said = self.db.keep_house(move |tx| run_one(tx, id, &handler, subject, now)).await;
            match said {
                Ok(mine) => ran += usize::from(mine),
                Err(stop) => {
                    log_failure(&kind, &stop);
                    self.fail(id, now).await?;
                }
            }
        }
        Ok(ran)
    }

    async fn fail(&self, id: i64, now: Millis) -> Outcome<()> {
        self.db.keep_house(move |tx| put_off(tx.conn, id, now)).await
    }

    /// Runs for the life of the process, once a second.
    pub async fn run_forever(self) {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if let Err(stop) = self.run_due().await {
                log_failure("jobs", &stop);
            }
        }
    }
}

fn log_failure(kind: &str, stop: &Stop) {
    match stop {
        Stop::Fault(fault) => tracing::error!(kind, %fault, "a timer failed and is put off"),
        Stop::Refused(r) => tracing::warn!(kind, key = r.key, "a timer's deed was refused and is put off"),
        Stop::Invalid(_) => tracing::warn!(kind, "a timer's deed was invalid and is put off"),
    }
}

/// Takes a portion of what is due and does it in one transaction; notes what it took for whoever runs it apart.
fn run_portion(
    tx: &mut Tx<'_>,
    handlers: &HashMap<&'static str, Handler>,
    now: Millis,
    held: &Mutex<Vec<Due>>,
) -> Outcome<usize> {
    let portion = due(tx.conn, now)?;
    held.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&portion);
    let mut ran = 0;
    for (id, kind, subject) in portion {
        let handler = handlers.get(kind.as_str());
        let handler = handler.ok_or_else(|| Fault::new(format!("no handler for timers of kind {kind}")))?;
        // A timer sees what the one before it has put off.
        tx.settle()?;
        ran += usize::from(run_one(tx, id, handler, subject, now)?);
    }
    Ok(ran)
}

/// Removes a timer and does its work, in one transaction; false when somebody else has done it.
fn run_one(tx: &mut Tx<'_>, id: i64, handler: &Handler, subject: i64, now: Millis) -> Outcome<bool> {
    let waiting = jobs_timer::table.find(id).filter(jobs_timer::state.eq(WAITS));
    let mine = changed!(tx.conn, jobs_timer::id, diesel::delete(waiting));
    if mine == 0 {
        return Ok(false);
    }
    handler(tx, Act::system(now), subject)?;
    Ok(true)
}

/// Runs, in a transaction that is open already, everything that is due up to `until`, each at its own time and
/// also what a timer puts anew: for time that is played through in one go, as the demo city's year. A failure
/// is the caller's.
///
/// # Errors
/// What the database or a handler says.
pub fn run_within(tx: &mut Tx<'_>, handlers: &[(&str, Handler)], until: Millis) -> Outcome<usize> {
    let mut ran = 0;
    loop {
        let rows: Vec<(i64, String, i64, i64)> = on!(tx.conn, c => Kept(jobs_timer::table
            .filter(waits())
            .filter(jobs_timer::run_at_ms.le(until.0))
            .order((jobs_timer::run_at_ms, jobs_timer::id))
            .select((jobs_timer::id, jobs_timer::kind, jobs_timer::subject_id, jobs_timer::run_at_ms))
            .limit(LOOK))
        .load(c))?;
        if rows.is_empty() {
            return Ok(ran);
        }
        for (id, kind, subject, at) in rows {
            let handler = handlers.iter().find(|(name, _)| *name == kind).map(|(_, h)| h);
            let handler =
                handler.ok_or_else(|| Fault::new(format!("no handler for timers of kind {kind}")))?;
            ran += usize::from(run_one(tx, id, handler, subject, Millis(at))?);
        }
    }
}

/// Puts a failed timer off, longer each time: 1, 2, 4 … minutes, at most 6 hours.
fn put_off(conn: &mut Conn, id: i64, now: Millis) -> Outcome<()> {
    let tries: Option<i64> =
        on!(conn, c => jobs_timer::table.find(id).select(jobs_timer::tries).first(c).optional())?;
    // Another runner has done it meanwhile.
    let Some(tries) = tries else { return Ok(()) };
    let wait = (MINUTE_MS << tries.clamp(0, 10)).min(6 * HOUR_MS);
    let state = if tries + 1 >= TRIES { GIVEN_UP } else { WAITS };
    on!(conn, c => done(diesel::update(jobs_timer::table.find(id))
        .set((
            jobs_timer::tries.eq(tries + 1),
            jobs_timer::run_at_ms.eq(now.0 + wait),
            jobs_timer::state.eq(state),
        )), c))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use base::{Clock, Refusal};
    use store::{Fact, journal, testing};

    use super::*;

    fn rings(tx: &mut Tx<'_>, act: Act, subject: i64) -> Outcome<()> {
        tx.record(Fact::new("test.rang", act, "test", subject));
        Ok(())
    }

    fn fails(_: &mut Tx<'_>, _: Act, _: i64) -> Outcome<()> {
        Err(Refusal::new("test.refuse").into())
    }

    fn rang(db: &Db) -> usize {
        db.read_now(|c| journal::entries(c, &journal::EntryFilter::default(), 100)).unwrap().len()
    }

    #[test]
    fn a_timer_that_failed_here_and_was_done_elsewhere_stays_done() {
        for t in testing::databases(MIGRATIONS).unwrap() {
            let now = t.clock.now();
            t.db.keep_house_now(move |tx| put_off(tx.conn, 77, now)).unwrap();
            assert_eq!(t.db.read_now(move |c| standing(c, now.plus(base::DAY_MS))).unwrap(), (0, 0));
        }
    }

    #[test]
    fn a_timer_rings_once_when_due_also_with_two_runners_and_after_a_long_standstill() {
        for t in testing::databases(MIGRATIONS).unwrap() {
            let now = t.clock.now();
            t.db.keep_house_now(move |tx| {
                (1..=5).try_for_each(|n| put(tx, "ring", n, now.plus(n * MINUTE_MS), now))?;
                take_back(tx, "ring", 5).map(|_| ())
            })
            .unwrap();
            let runner = Runner::new(t.db.clone(), [("ring", handler(rings))]);
            let rt = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            rt.block_on(async {
                assert_eq!(runner.run_due().await.unwrap(), 0);
                t.clock.advance(MINUTE_MS);
                assert_eq!(runner.run_due().await.unwrap(), 1);
                t.clock.advance(30 * base::DAY_MS);
                let (a, b) = tokio::join!(runner.run_due(), runner.run_due());
                assert_eq!(a.unwrap() + b.unwrap(), 3);
            });
            assert_eq!(rang(&t.db), 4);
        }
    }

    #[test]
    fn a_stretch_of_time_is_played_through_in_one_go() {
        for t in testing::databases(MIGRATIONS).unwrap() {
            let now = t.clock.now();
            let ran =
                t.db.write_now(move |tx| {
                    (1..=500).try_for_each(|n| put(tx, "ring", n, now.plus(n * MINUTE_MS), now))?;
                    run_within(tx, &[("ring", handler(rings))], now.plus(450 * MINUTE_MS))
                })
                .unwrap();
            assert_eq!((ran, rang(&t.db)), (450, 100));
            let later = now.plus(HOUR_MS * 24);
            assert_eq!(t.db.read_now(move |c| standing(c, later)).unwrap(), (50, 0));
        }
    }

    #[test]
    fn a_failing_timer_is_put_off_and_given_up_in_the_end() {
        for t in testing::databases(MIGRATIONS).unwrap() {
            let now = t.clock.now();
            t.db.keep_house_now(move |tx| put(tx, "fail", 1, now, now)).unwrap();
            let runner = Runner::new(t.db.clone(), [("fail", handler(fails))]);
            let rt = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            rt.block_on(async {
                for _ in 0..TRIES {
                    assert_eq!(runner.run_due().await.unwrap(), 0);
                    t.clock.advance(7 * HOUR_MS);
                }
            });
            let now = t.clock.now();
            assert_eq!(t.db.read_now(move |c| standing(c, now)).unwrap(), (0, 1));
        }
    }
}
