//! What the demo city's people find in their inboxes and what its log shows: told through the same door as everything else. The
//! ways out are pretended here and closed again, so that the served demo sends nothing anywhere.

use std::{collections::HashMap, sync::Arc};

use access::{Clause, Person, ScopeFilter, Touch};
use base::{DAY_MS, Id, Millis, Outcome};
use calendar::LiveAlmanac;
use case::model::{ClockKind, Ending, Stage};
use case::store::{CaseFilter, QueueOrder, QueueRow, case_by_id, queue};
use notice::{
    Audience, Carrier, Channel, Contact, Courier, Kind, Letter, Message, OpenChannel, Problem, Setup,
    Subject, Trouble,
};
use store::{Conn, Db, Tx};

use super::found::City;
use crate::house::{self, Told};

/// Letters to senders that the log shows.
const SENT: usize = 40;
/// Cases of a unit that somebody is reminded of.
const REMINDED: usize = 4;
/// Until when the letters ask for a word.
const CONFIRM_DAYS: i64 = 5;
/// What is older is read.
const READ_DAYS: i64 = 5;

/// Tells the cast what a day of theirs begins with, and some senders that they were answered.
///
/// # Errors
/// Faults of the store.
pub fn tell_city(db: &Db, city: &City, until: Millis) -> anyhow::Result<()> {
    let accounts: Vec<Id<access::Account>> = city.cast.members.iter().map(|m| m.account).collect();
    let people: Vec<Person> = db
        .read_now(move |conn| {
            let one = |account: &Id<access::Account>| access::person_by_account(conn, *account, until);
            Ok(accounts.iter().map(one).collect::<Outcome<Vec<_>>>()?.into_iter().flatten().collect())
        })
        .told()?;
    db.keep_house_now(move |tx| people.iter().try_for_each(|p| for_person(tx, p, until))).told()?;
    let courier = pretended(db)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(courier.begin()).told()?;
    db.keep_house_now(move |tx| for_senders(tx, until)).told()?;
    while runtime.block_on(courier.run_due()).told()? > 0 {}
    runtime.block_on(courier.with_setup(Setup::default()).begin()).told()
}

fn everything() -> ScopeFilter {
    ScopeFilter { clauses: vec![Clause { touch: Touch::Anything, unit: 0 }] }
}

fn rows(
    conn: &mut Conn,
    filter: &CaseFilter,
    order: QueueOrder,
    most: usize,
    now: Millis,
) -> Outcome<Vec<QueueRow>> {
    Ok(queue(conn, filter, order, None, most, now)?.rows)
}

fn for_person(tx: &mut Tx<'_>, person: &Person, until: Millis) -> Outcome<()> {
    let account = person.account.raw();
    notice::read_until(tx, account, until.plus(-READ_DAYS * DAY_MS))?;
    for post in &person.posts {
        let filter = CaseFilter {
            stages: Stage::OPEN.to_vec(),
            holder_units: vec![post.unit.raw()],
            ..CaseFilter::within(everything())
        };
        for (n, row) in rows(tx.conn, &filter, QueueOrder::DueFirst, REMINDED, until)?.iter().enumerate() {
            let Some(letter) = reminder(tx.conn, row, account, n, until)? else { continue };
            notice::tell(tx, &letter, told_at(until, n))?;
        }
    }
    Ok(())
}

/// One after another, the last an hour ago.
fn told_at(until: Millis, n: usize) -> Millis {
    until.plus(-((REMINDED - n) as i64) * base::HOUR_MS)
}

/// What a case's deadline or its sender says to somebody who holds it.
fn reminder(
    conn: &mut Conn,
    row: &QueueRow,
    account: i64,
    n: usize,
    until: Millis,
) -> Outcome<Option<Letter>> {
    let Some(case) = case_by_id(conn, row.id)? else { return Ok(None) };
    let subject = Subject::Case(case.id.raw());
    let letter =
        |kind| Letter::new(kind, case.place, subject, Audience::Account(account)).number(&case.number);
    let clock = |kind| letter(kind).words("clocks", vec![ClockKind::Answer.key()]);
    Ok(Some(match case.due.0 - until.0 {
        _ if n % 2 == 1 => letter(Kind::Urged),
        left if left < 0 => clock(Kind::Missed).at("due", case.due).urgent(),
        left if left < 2 * DAY_MS => clock(Kind::ReminderRed).at("due", case.due),
        _ => clock(Kind::ReminderAmber).at("due", case.due),
    }))
}

fn for_senders(tx: &mut Tx<'_>, until: Millis) -> Outcome<()> {
    let filter =
        CaseFilter { stages: vec![Stage::Closed, Stage::Confirmed], ..CaseFilter::within(everything()) };
    for (n, row) in rows(tx.conn, &filter, QueueOrder::NewestFirst, SENT, until)?.iter().enumerate() {
        // Telephone numbers that nobody has.
        let contact = if n % 7 == 3 { None } else { Contact::parse(&format!("000{:08}", 12_345_600 + n)) };
        let Some(case) = case_by_id(tx.conn, row.id)? else { continue };
        let subject = Subject::Case(case.id.raw());
        let letter = Letter::new(Kind::ToldClosed, case.place, subject, Audience::Sender(contact));
        let ending = case.ending.unwrap_or(Ending::Explained);
        let letter = letter.number(&row.number).word("ending", ending.key());
        notice::tell(tx, &letter.at("until", until.plus(CONFIRM_DAYS * DAY_MS)).urgent(), until)?;
    }
    Ok(())
}

/// Takes most messages and refuses some for good.
struct Pretended;

impl Carrier for Pretended {
    fn carry(&self, message: &Message) -> Result<(), Trouble> {
        match message.to.ends_with(['4', '9']) {
            true => Err(Trouble { problem: Problem::Refused, n: 410, may_pass: false }),
            false => Ok(()),
        }
    }
}

fn pretended(db: &Db) -> anyhow::Result<Courier> {
    let open = vec![OpenChannel { channel: Channel::Sms, kinds: Vec::new() }];
    let setup = Setup { open, ..Setup::default() };
    let almanac = Arc::new(LiveAlmanac::open(db).told()?);
    let carriers: HashMap<Channel, Arc<dyn Carrier>> =
        HashMap::from([(Channel::Sms, Arc::new(Pretended) as _)]);
    Ok(Courier::new(db.clone(), Arc::new(house::words()?), Arc::new(setup), almanac, carriers))
}
