//! Telling (通知): other rooms' deeds call this inside of their transaction. It puts rows and nothing else: nothing is sent here, so
//! no server that is down, slow or wrong can hold a deed up or take it back.

use base::{Id, Millis, Outcome};
use store::{Conn, Tx};

use crate::model::{Audience, Channel, Letter, OpenChannel, Problem, State};
use crate::store::{Fresh, mark_all_read, open_channels, put_items, reachable};

/// Puts a letter into the inbox that it is for and, where ways out are open and the person wants it, on its way; all in the
/// caller's transaction, so that a deed that is taken back has told nobody.
///
/// A letter for nobody (a unit that is not set) puts nothing. A resident's letter is for the address that came with
/// the matter; where there is none, or no way to it, a row says so.
///
/// # Errors
/// Faults of the store only.
pub fn tell(tx: &mut Tx<'_>, letter: &Letter, at: Millis) -> Outcome<()> {
    if !letter.fits() {
        // A mistake of the caller's code. The deed goes on; the sentence has a dash where something is missing.
        tracing::error!(kind = letter.kind.code(), "a letter does not have what its sentence needs");
    }
    let fresh = match &letter.audience {
        Audience::Sender(contact) => {
            vec![for_sender(contact.as_ref().map(|c| c.channel), &open_channels(tx.conn)?, letter)]
        }
        staff if staff.id() == 0 => return Ok(()),
        _ => for_staff(tx.conn, letter, at)?,
    };
    put_items(tx, letter, fresh, at)
}

/// Marks as read for an account whatever was told before an instant: for a history that nobody lived through, as the demo
/// city's year.
///
/// # Errors
/// Faults of the store.
pub fn read_until(tx: &mut Tx<'_>, account: i64, at: Millis) -> Outcome<()> {
    mark_all_read(tx.conn, account, Id::<Letter>::first_at(at).raw())
}

fn for_sender(way: Option<Channel>, open: &[OpenChannel], letter: &Letter) -> Fresh {
    let audience = letter.audience.clone();
    let (state, problem) = match way {
        None => (State::Suppressed, Some(Problem::NoAddress)),
        Some(way) if open.iter().any(|o| o.channel == way) => (State::Waiting, None),
        Some(_) => (State::Suppressed, Some(Problem::Closed)),
    };
    Fresh { channel: way.unwrap_or(Channel::Sms), audience, state, problem }
}

fn for_staff(conn: &mut Conn, letter: &Letter, at: Millis) -> Outcome<Vec<Fresh>> {
    let kind = letter.kind;
    let row = |channel, audience, state| Fresh { channel, audience, state, problem: None };
    let mut fresh = vec![row(Channel::InApp, letter.audience.clone(), State::Sent)];
    let open = open_channels(conn)?;
    let ways: Vec<Channel> =
        kind.ways().iter().copied().filter(|way| open.iter().any(|o| o.channel == *way)).collect();
    if !ways.is_empty() {
        let accounts = accounts_of(conn, &letter.audience, at)?;
        for way in ways {
            let reached = reachable(conn, &accounts, way, kind)?;
            fresh.extend(reached.into_iter().map(|a| row(way, Audience::Account(a), State::Waiting)));
        }
    }
    let hooked = open.iter().any(|o| o.channel == Channel::Hook && o.kinds.contains(&kind));
    if hooked && kind.for_hooks() {
        fresh.push(row(Channel::Hook, letter.audience.clone(), State::Waiting));
    }
    Ok(fresh)
}

/// The accounts behind an audience, as posts are held at this instant.
fn accounts_of(conn: &mut Conn, audience: &Audience, at: Millis) -> Outcome<Vec<i64>> {
    match audience {
        Audience::Unit(unit) => access::accounts_in_unit(conn, Id::of(*unit), at),
        Audience::Post(post) => access::accounts_on_post(conn, Id::of(*post), at),
        Audience::Account(account) => Ok(vec![*account]),
        Audience::Sender(_) => Ok(Vec::new()),
    }
}
