//! Databases for tests: a fresh SQLite file, and a fresh schema of the PostgreSQL that
//! `LINLI_TEST_POSTGRES` names. Used by the tests of every room.

use std::{
    collections::HashMap,
    sync::{
        Arc, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use base::{Chance, Clock, HandClock, Millis, Outcome};
use diesel::{Connection, RunQueryDsl, connection::InstrumentationEvent, sql_query};

use crate::{Conn, Db, DbConfig, KERNEL_MIGRATIONS, Keys, Migration, migrate, on, open};

/// A database with its clock; the files go when it is dropped.
pub struct TestDb {
    /// The database.
    pub db: Db,
    /// Its clock, to be moved by hand. It begins at 2026-03-02T09:00+08:00, a Monday.
    pub clock: Arc<HandClock>,
    /// The address, for a second process.
    pub url: String,
    _folder: Option<tempfile::TempDir>,
}

/// Where the stories' clock begins.
pub const MONDAY_MORNING: Millis = Millis(1_772_413_200_000);

/// A fresh database of each engine that this run has, with the kernel's and the given migrations.
///
/// # Errors
/// When a database cannot be made.
pub fn databases(migrations: &[Migration]) -> Outcome<Vec<TestDb>> {
    databases_with_keys(migrations, || Keys::fresh("test.example"))
}

/// The same with given keys, so that a second process can be opened beside the first.
///
/// # Errors
/// When a database cannot be made.
pub fn databases_with_keys(migrations: &[Migration], keys: impl Fn() -> Keys) -> Outcome<Vec<TestDb>> {
    let mut all = vec![sqlite_with_keys(migrations, keys())?];
    #[expect(clippy::disallowed_methods, reason = "the test runner tells the address by the environment")]
    if let Ok(url) = std::env::var("LINLI_TEST_POSTGRES") {
        all.push(postgres_with_keys(&url, migrations, keys())?);
    }
    Ok(all)
}

/// A fresh SQLite file.
///
/// # Errors
/// When it cannot be made.
pub fn sqlite(migrations: &[Migration]) -> Outcome<TestDb> {
    sqlite_with_keys(migrations, Keys::fresh("test.example"))
}

/// A fresh schema in a PostgreSQL database.
///
/// # Errors
/// When it cannot be made.
pub fn postgres(url: &str, migrations: &[Migration]) -> Outcome<TestDb> {
    postgres_with_keys(url, migrations, Keys::fresh("test.example"))
}

fn postgres_with_keys(url: &str, migrations: &[Migration], keys: Keys) -> Outcome<TestDb> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let schema = format!("t{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let (address, name) = (url.to_owned(), schema.clone());
    std::thread::spawn(move || -> Outcome<()> {
        let mut conn = open(&address, false)?;
        on!(&mut conn, c => sql_query(format!("CREATE SCHEMA {name}")).execute(c))?;
        Ok(())
    })
    .join()
    .map_err(|_| base::Fault::new("making a schema panicked"))??;
    let mark = if url.contains('?') { '&' } else { '?' };
    finish(format!("{url}{mark}options=-c%20search_path%3D{schema}"), None, migrations, keys)
}

/// A fresh SQLite file with given keys: two of them are an installation and its forged twin.
///
/// # Errors
/// When it cannot be made.
pub fn sqlite_with_keys(migrations: &[Migration], keys: Keys) -> Outcome<TestDb> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite:{}", folder.path().join("test.db").display());
    finish(url, Some(folder), migrations, keys)
}

fn finish(
    url: String,
    folder: Option<tempfile::TempDir>,
    migrations: &[Migration],
    keys: Keys,
) -> Outcome<TestDb> {
    let clock = Arc::new(HandClock::at(MONDAY_MORNING));
    let steps: Vec<Migration> = KERNEL_MIGRATIONS.iter().chain(migrations).copied().collect();
    let (address, now) = (url.clone(), clock.now());
    std::thread::spawn(move || -> Outcome<()> {
        migrate(&mut open(&address, false)?, &steps, now)?;
        Ok(())
    })
    .join()
    .map_err(|_| base::Fault::new("migrating panicked"))??;
    let config = DbConfig { url: url.clone(), readers: 2, signs: false };
    let db = Db::open(&config, keys, Arc::new(Chance::from_seed(7)), clock.clone())?;
    Ok(TestDb { db, clock, url, _folder: folder })
}

/// A statement as it was sent, without its values, and how long it took.
pub type Timed = (String, Duration);

/// The statements that were sent to a database, in order (语句记录).
#[derive(Debug, Default)]
pub struct Asked(Mutex<Vec<Timed>>);

impl Asked {
    fn all(&self) -> MutexGuard<'_, Vec<Timed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what has been asked until now.
    pub fn take(&self) -> Vec<String> {
        self.take_timed().into_iter().map(|(text, _)| text).collect()
    }

    /// The same, with the time of each.
    pub fn take_timed(&self) -> Vec<Timed> {
        std::mem::take(&mut self.all())
    }
}

/// Something that is done around each piece of work of the store's own threads, with the database's address: a test
/// that counts allocations learns of them that way.
pub type Around = fn(&str, &mut dyn FnMut());

static AROUND: OnceLock<Around> = OnceLock::new();

/// From now on `around` is done around each question and each deed; the first one holds for the process.
pub fn surround(around: Around) {
    let _ = AROUND.set(around);
}

/// Does a piece of work inside what surrounds it.
pub(crate) fn inside<T>(url: &str, work: impl FnOnce() -> T) -> T {
    let Some(around) = AROUND.get() else { return work() };
    let (mut work, mut done) = (Some(work), None);
    around(url, &mut || done = work.take().map(|w| w()));
    // Whatever surrounds the work must do it.
    done.unwrap_or_else(|| panic!("the work of the store was not done"))
}

static LISTENED: LazyLock<Mutex<HashMap<String, Arc<Asked>>>> = LazyLock::new(Mutex::default);

fn listened() -> MutexGuard<'static, HashMap<String, Arc<Asked>>> {
    LISTENED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps the statements of every connection that is opened to this address from now on.
pub fn listen(url: &str) -> Arc<Asked> {
    listened().entry(url.to_owned()).or_default().clone()
}

/// A new connection, heard if its address is listened to.
#[expect(clippy::disallowed_methods, reason = "how long the engine took is no time of the house")]
pub(crate) fn heard(mut conn: Conn, url: &str) -> Conn {
    let Some(asked) = listened().get(url).cloned() else { return conn };
    let mut begun = Instant::now();
    let each = move |event: InstrumentationEvent<'_>| match event {
        InstrumentationEvent::StartQuery { .. } => begun = Instant::now(),
        InstrumentationEvent::FinishQuery { query, .. } => {
            let took = begun.elapsed();
            let text = query.to_string();
            let (text, _) = text.split_once(" -- binds").unwrap_or((&text, ""));
            asked.all().push((text.to_owned(), took));
        }
        _ => {}
    };
    on!(&mut conn, c => c.set_instrumentation(each));
    conn
}
