//! Publishing a table, and the almanac that everybody looks deadlines up in.

use std::sync::{Arc, PoisonError, RwLock};

use access::{Duty, Kind, Person, PostUsed, Resource, may};
use base::{Act, Invalid, Millis, Outcome, Refusal};
use deadline::{Book, BookError};
use store::{Conn, Db, Fact, Tx};
use territory::Atlas;

use crate::model::{Almanac, Moves, Published, Table, over};
use crate::rules::place_of_table;
use crate::store::{edition, load_almanac, put_table};

/// The timer that a published table starts: whoever keeps deadlines goes over them, some at a time; its subject is
/// the last record that has been looked at.
pub const CALENDAR_CHANGED: &str = "calendar.changed";

/// How much later every deadline is looked at a second time.
const SECOND_LOOK_MS: i64 = base::MINUTE_MS;

/// The kinds of facts that this room records.
pub const FACTS: &[&str] = &["calendar.published"];

/// The present almanac, for everybody: the app adds one to the site.
pub struct LiveAlmanac(RwLock<Arc<Almanac>>);

impl LiveAlmanac {
    /// Reads the first one.
    ///
    /// # Errors
    /// Faults of the store.
    pub fn open(db: &Db) -> Outcome<Self> {
        Ok(Self(RwLock::new(Arc::new(db.read_now(load_almanac)?))))
    }

    /// The present almanac. Keep it for the length of one request.
    pub fn now(&self) -> Arc<Almanac> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads it anew when a table was published since.
    ///
    /// # Errors
    /// Faults of the store.
    pub async fn refresh(&self, db: &Db) -> Outcome<()> {
        let have = self.now().edition();
        self.keep(db.read(move |conn| later(conn, have)).await?);
        Ok(())
    }

    /// The blocking twin of [`LiveAlmanac::refresh`], for commands and tests.
    ///
    /// # Errors
    /// Faults of the store.
    pub fn refresh_now(&self, db: &Db) -> Outcome<()> {
        let have = self.now().edition();
        self.keep(db.read_now(move |conn| later(conn, have))?);
        Ok(())
    }

    fn keep(&self, fresh: Option<Almanac>) {
        if let Some(fresh) = fresh {
            *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
        }
    }
}

/// The almanac that stands in the database, if it is another than the edition at hand.
fn later(conn: &mut Conn, have: i64) -> Outcome<Option<Almanac>> {
    if edition(conn)? == have {
        return Ok(None);
    }
    load_almanac(conn).map(Some)
}

/// See [`Dependants`].
pub type Preview = Arc<dyn Fn(&mut Conn, [&Arc<Almanac>; 2], Millis) -> Outcome<Moves> + Send + Sync>;

/// What hangs on the calendar (受影响的期限): given by the app, because the rooms that keep deadlines stand above.
pub struct Dependants {
    /// What a change from one almanac to another, published at an instant, would move, of all open deadlines.
    pub preview: Preview,
}

/// Whether this person may publish this table, and see before what it moves.
///
/// # Errors
/// 403 without the duty over all that the table is for; invalid when its place is not in the territory.
pub fn may_publish(atlas: &Atlas, person: &Person, table: &Table) -> Outcome<PostUsed> {
    let place =
        place_of_table(atlas, table).ok_or_else(|| Invalid::field("code", "calendar.invalid.code"))?;
    Ok(may(person, Duty::Admin, &Resource::at(Kind::Pack, place))?)
}

/// Publishes or corrects a table and starts the timer under which every open deadline is looked at again. `shown` is
/// the edition over which it was typed.
///
/// # Errors
/// As [`may_publish`]; invalid when the table contradicts itself; 409 when another was published since.
pub fn publish(
    tx: &mut Tx<'_>,
    atlas: &Atlas,
    person: &Person,
    at: Millis,
    table: &Table,
    shown: i64,
) -> Outcome<i64> {
    let used = may_publish(atlas, person, table)?;
    over(Book::shipped(), table, 1).map_err(|e| told(&e))?;
    if edition(tx.conn)? != shown {
        return Err(Refusal::new("calendar.refuse.published_meanwhile").into());
    }
    let id = tx.id::<Published>(at).raw();
    let one = Published { id, table: table.clone(), account: person.account.raw(), at };
    put_table(tx, &one)?;
    // And once more for what came in while another process still counted by the tables before.
    for begin in [at, at.plus(SECOND_LOOK_MS)] {
        jobs::put(tx, CALENDAR_CHANGED, 0, begin, at)?;
    }
    let act = Act::new(used.actor(), at);
    tx.record(
        Fact::new("calendar.published", act, "calendar", id)
            .set("sort", table.sort())
            .digest("name", table.name()),
    );
    Ok(id)
}

/// What is wrong with a table, by the field in which it was typed.
pub fn told(error: &BookError) -> Invalid {
    let mut invalid = Invalid::default();
    let day = |d: &jiff::civil::Date| vec![("day", d.to_string())];
    match error {
        BookError::Backwards { name, last } => {
            invalid.push_with(
                "off",
                "calendar.invalid.backwards",
                vec![("name", name.clone()), ("day", last.to_string())],
            );
        }
        BookError::Both(d) => invalid.push_with("work", "calendar.invalid.both", day(d)),
        BookError::NoRestDay(d) => invalid.push_with("work", "calendar.invalid.no_rest_day", day(d)),
        BookError::WrongYear { day: d, .. } => {
            invalid.push_with("off", "calendar.invalid.wrong_year", day(d))
        }
        BookError::NoSource(_) => invalid.push("source", "calendar.invalid.no_source"),
        BookError::BadCode(_) => invalid.push("code", "calendar.invalid.code"),
        BookError::NotATable(_) | BookError::Twice(_) => {
            invalid.push("year", "calendar.invalid.table");
        }
    }
    invalid
}
