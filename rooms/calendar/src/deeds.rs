//! Publishing a table, and the almanac that everybody looks deadlines up in.

use std::sync::{Arc, PoisonError, RwLock};

use access::{Duty, Kind, Person, Resource, may};
use base::{Act, Invalid, Millis, Outcome};
use deadline::{Book, BookError};
use store::{Conn, Db, Fact, Tx};
use territory::Atlas;

use crate::model::{Almanac, Moves, Published, Table, over};
use crate::rules::whole;
use crate::store::{edition, load_almanac, put_table};

/// The timer that a published table starts: whoever keeps deadlines goes over them, some at a time; its subject is
/// the last record that has been looked at.
pub const CALENDAR_CHANGED: &str = "calendar.changed";

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

/// What hangs on the calendar (受影响的期限): given by the app, because the rooms that keep deadlines stand above.
pub struct Dependants {
    /// What a change from one book to another would move, of all open deadlines.
    pub preview: fn(&mut Conn, &Almanac, &Almanac) -> Outcome<Moves>,
}

/// Publishes or corrects a table and starts the timer under which every open deadline is looked at again.
///
/// # Errors
/// 403 without the duty over all that the table is for; invalid when the table contradicts itself.
pub fn publish(tx: &mut Tx<'_>, atlas: &Atlas, person: &Person, at: Millis, table: &Table) -> Outcome<i64> {
    let used = may(person, Duty::Admin, &Resource::at(Kind::Pack, whole(atlas)))?;
    over(Book::shipped(), table, 1).map_err(|e| told(&e))?;
    let id = tx.id::<Published>(at).raw();
    let one = Published { id, table: table.clone(), account: person.account.raw(), at };
    put_table(tx, &one)?;
    jobs::put(tx, CALENDAR_CHANGED, 0, at, at)?;
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
        BookError::NotATable(_) | BookError::Twice(_) | BookError::BadCode(_) => {
            invalid.push("year", "calendar.invalid.table");
        }
    }
    invalid
}
