//! The lower end: the link, and the reports that were made.

use base::{Millis, Outcome};
use diesel::{dsl::max, prelude::*};
use jiff::civil::Date;
use store::{Conn, on};
use web::Names;

use super::tables::{LinkRow, SentRow, upward_link, upward_sent};
use crate::model::{Link, LinkState, NewLink, Report, Sent, SentState, Why};

/// The link that is not over, if there is one.
///
/// # Errors
/// Faults of the store.
pub fn current_link(conn: &mut Conn) -> Outcome<Option<Link>> {
    let row: Option<LinkRow> = on!(conn, c => upward_link::table
        .filter(upward_link::state.ne(LinkState::Ended.name()))
        .order(upward_link::id.desc())
        .select(LinkRow::as_select())
        .first(c)
        .optional())?;
    row.map(LinkRow::link).transpose()
}

/// A link with the sealed code that waits to be sent.
///
/// # Errors
/// Faults of the store.
pub fn link_by_id(conn: &mut Conn, id: i64) -> Outcome<Option<(Link, Option<Vec<u8>>)>> {
    let row: Option<(LinkRow, Option<Vec<u8>>)> = on!(conn, c => upward_link::table
        .find(id)
        .select((LinkRow::as_select(), upward_link::one_time))
        .first(c)
        .optional())?;
    row.map(|(row, code)| Ok((row.link()?, code))).transpose()
}

/// Adds a link.
///
/// # Errors
/// Faults of the store.
pub fn put_link(conn: &mut Conn, id: i64, new: &NewLink, at: Millis) -> Outcome<()> {
    let row = (
        upward_link::id.eq(id),
        upward_link::address.eq(new.address.as_str()),
        upward_link::name.eq(new.name.as_str()),
        upward_link::codes.eq(new.codes.text()),
        upward_link::cadence.eq(new.cadence.name()),
        upward_link::state.eq(LinkState::Waiting.name()),
        upward_link::installation_id.eq(0),
        upward_link::first_day.eq(new.first_day.to_string()),
        upward_link::told_sequence.eq(0),
        upward_link::tries.eq(0),
        upward_link::next_ms.eq(at.0),
        upward_link::trouble.eq(""),
        upward_link::made_ms.eq(at.0),
    );
    on!(conn, c => diesel::insert_into(upward_link::table).values(row).execute(c))?;
    Ok(())
}

/// Keeps the sealed code that is to be sent.
///
/// # Errors
/// Faults of the store.
pub fn set_code(conn: &mut Conn, id: i64, sealed: &[u8], at: Millis) -> Outcome<()> {
    on!(conn, c => diesel::update(upward_link::table.find(id))
        .set((
            upward_link::state.eq(LinkState::Confirming.name()),
            upward_link::one_time.eq(Some(sealed)),
            upward_link::tries.eq(0),
            upward_link::next_ms.eq(at.0),
            upward_link::trouble.eq(""),
        ))
        .execute(c))?;
    Ok(())
}

/// The upper installation has given its number.
///
/// # Errors
/// Faults of the store.
pub fn set_confirmed(conn: &mut Conn, id: i64, installation: i64, at: Millis) -> Outcome<()> {
    on!(conn, c => diesel::update(upward_link::table.find(id))
        .set((
            upward_link::state.eq(LinkState::Active.name()),
            upward_link::installation_id.eq(installation),
            upward_link::one_time.eq(None::<Vec<u8>>),
            upward_link::answered_ms.eq(at.0),
            upward_link::tries.eq(0),
            upward_link::trouble.eq(""),
        ))
        .execute(c))?;
    Ok(())
}

/// Notes what was wrong with a try; `state` where it changes with that.
///
/// # Errors
/// Faults of the store.
pub fn set_trouble(conn: &mut Conn, id: i64, why: Why, state: LinkState) -> Outcome<()> {
    on!(conn, c => diesel::update(upward_link::table.find(id))
        .set((upward_link::trouble.eq(why.name()), upward_link::state.eq(state.name())))
        .execute(c))?;
    Ok(())
}

/// Takes the next try of a link: false when another process has it.
///
/// # Errors
/// Faults of the store.
pub fn claim_link(conn: &mut Conn, link: &Link, next: Millis) -> Outcome<bool> {
    let changed = on!(conn, c => diesel::update(upward_link::table.find(link.id))
        .filter(upward_link::tries.eq(link.tries))
        .filter(upward_link::next_ms.eq(link.next.0))
        .set((upward_link::tries.eq(link.tries + 1), upward_link::next_ms.eq(next.0)))
        .execute(c))?;
    Ok(changed == 1)
}

/// The upper installation answered, and told the highest number that it holds; the next beat is due at `next`.
///
/// # Errors
/// Faults of the store.
pub fn set_answered(conn: &mut Conn, id: i64, told: i64, at: Millis, next: Millis) -> Outcome<()> {
    on!(conn, c => diesel::update(upward_link::table.find(id))
        .set((
            upward_link::told_sequence.eq(told),
            upward_link::answered_ms.eq(at.0),
            upward_link::tries.eq(0),
            upward_link::next_ms.eq(next.0),
            upward_link::trouble.eq(""),
        ))
        .execute(c))?;
    Ok(())
}

/// Ends a link; what waits is no longer sent.
///
/// # Errors
/// Faults of the store.
pub fn end_link(conn: &mut Conn, id: i64, at: Millis) -> Outcome<()> {
    on!(conn, c => diesel::update(upward_link::table.find(id))
        .set((
            upward_link::state.eq(LinkState::Ended.name()),
            upward_link::ended_ms.eq(at.0),
            upward_link::one_time.eq(None::<Vec<u8>>),
        ))
        .execute(c))?;
    Ok(())
}

/// A report to be added.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// What it says.
    pub report: Report,
    /// Its bytes.
    pub body: String,
    /// Their digest.
    pub digest: String,
    /// The digest of its numbers.
    pub numbers_digest: String,
}

/// Adds a report that waits to be sent.
///
/// # Errors
/// Faults of the store.
pub fn put_sent(conn: &mut Conn, id: i64, link: i64, drawn: &Drawn) -> Outcome<()> {
    let (r, at) = (&drawn.report, drawn.report.made_ms.0);
    let row = (
        upward_sent::id.eq(id),
        upward_sent::link_id.eq(link),
        upward_sent::sequence.eq(r.sequence),
        upward_sent::day.eq(r.day.to_string()),
        upward_sent::revision.eq(r.revision),
        upward_sent::is_complete.eq(r.complete),
        upward_sent::digest.eq(&drawn.digest),
        upward_sent::numbers_digest.eq(&drawn.numbers_digest),
        upward_sent::body.eq(&drawn.body),
        upward_sent::made_ms.eq(at),
        upward_sent::state.eq(SentState::Waiting.name()),
        upward_sent::tries.eq(0),
        upward_sent::next_ms.eq(at),
        upward_sent::trouble.eq(""),
    );
    on!(conn, c => diesel::insert_into(upward_sent::table).values(row).execute(c))?;
    Ok(())
}

/// The reports of a day that were not refused: how many were made, and what the numbers of the latest are.
///
/// # Errors
/// Faults of the store.
pub fn drawn_of_day(conn: &mut Conn, link: i64, day: Date) -> Outcome<(i64, Option<String>)> {
    let rows: Vec<(String, String)> = on!(conn, c => upward_sent::table
        .filter(upward_sent::link_id.eq(link))
        .filter(upward_sent::day.eq(day.to_string()))
        .order(upward_sent::sequence)
        .select((upward_sent::state, upward_sent::numbers_digest))
        .load(c))?;
    let made = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let latest = rows.into_iter().rfind(|(state, _)| state != SentState::Refused.name());
    Ok((made, latest.map(|(_, digest)| digest)))
}

/// The highest number that was given to a report of this link; 0 before the first.
///
/// # Errors
/// Faults of the store.
pub fn last_sent(conn: &mut Conn, link: i64) -> Outcome<i64> {
    let last: Option<i64> = on!(conn, c => upward_sent::table
        .filter(upward_sent::link_id.eq(link))
        .select(max(upward_sent::sequence))
        .first(c))?;
    Ok(last.unwrap_or(0))
}

/// The report that goes next: the lowest number that waits. The others wait behind it.
///
/// # Errors
/// Faults of the store.
pub fn head_of_line(conn: &mut Conn, link: i64) -> Outcome<Option<Sent>> {
    let row: Option<SentRow> = on!(conn, c => upward_sent::table
        .filter(upward_sent::link_id.eq(link))
        .filter(upward_sent::state.eq(SentState::Waiting.name()))
        .order(upward_sent::sequence)
        .select(SentRow::as_select())
        .first(c)
        .optional())?;
    row.map(SentRow::sent).transpose()
}

/// A report by its id.
///
/// # Errors
/// Faults of the store.
pub fn sent_by_id(conn: &mut Conn, id: i64) -> Outcome<Option<Sent>> {
    let row: Option<SentRow> =
        on!(conn, c => upward_sent::table.find(id).select(SentRow::as_select()).first(c).optional())?;
    row.map(SentRow::sent).transpose()
}

/// Takes a report's next try: false when another process has it.
///
/// # Errors
/// Faults of the store.
pub fn claim_sent(conn: &mut Conn, sent: &Sent, next: Millis) -> Outcome<bool> {
    let changed = on!(conn, c => diesel::update(upward_sent::table.find(sent.id))
        .filter(upward_sent::tries.eq(sent.tries))
        .filter(upward_sent::state.eq(SentState::Waiting.name()))
        .set((upward_sent::tries.eq(sent.tries + 1), upward_sent::next_ms.eq(next.0)))
        .execute(c))?;
    Ok(changed == 1)
}

/// Notes that the upper installation has it; false when that was noted before.
///
/// # Errors
/// Faults of the store.
pub fn acknowledge(conn: &mut Conn, id: i64, at: Millis) -> Outcome<bool> {
    let changed = on!(conn, c => diesel::update(upward_sent::table.find(id))
        .filter(upward_sent::state.eq(SentState::Waiting.name()))
        .set((
            upward_sent::state.eq(SentState::Acknowledged.name()),
            upward_sent::answered_ms.eq(at.0),
            upward_sent::trouble.eq(""),
        ))
        .execute(c))?;
    Ok(changed == 1)
}

/// Notes what was wrong with a try; for good where it cannot pass.
///
/// # Errors
/// Faults of the store.
pub fn refuse_sent(conn: &mut Conn, id: i64, why: Why) -> Outcome<()> {
    let state = if why.may_pass() { SentState::Waiting } else { SentState::Refused };
    on!(conn, c => diesel::update(upward_sent::table.find(id))
        .filter(upward_sent::state.eq(SentState::Waiting.name()))
        .set((upward_sent::trouble.eq(why.name()), upward_sent::state.eq(state.name())))
        .execute(c))?;
    Ok(())
}

/// Lets what waits go now, without waiting any longer; how many.
///
/// # Errors
/// Faults of the store.
pub fn send_now(conn: &mut Conn, link: i64, at: Millis) -> Outcome<usize> {
    on!(conn, c => diesel::update(upward_link::table.find(link)).set(upward_link::next_ms.eq(at.0)).execute(c))?;
    Ok(on!(conn, c => diesel::update(upward_sent::table)
        .filter(upward_sent::link_id.eq(link))
        .filter(upward_sent::state.eq(SentState::Waiting.name()))
        .set(upward_sent::next_ms.eq(at.0))
        .execute(c))?)
}

/// Puts reports that the upper installation has lost back into the line; how many.
///
/// # Errors
/// Faults of the store.
pub fn send_again(conn: &mut Conn, link: i64, sequences: &[i64], at: Millis) -> Outcome<usize> {
    Ok(on!(conn, c => diesel::update(upward_sent::table)
        .filter(upward_sent::link_id.eq(link))
        .filter(upward_sent::sequence.eq_any(sequences.to_vec()))
        .filter(upward_sent::state.eq(SentState::Acknowledged.name()))
        .set((
            upward_sent::state.eq(SentState::Waiting.name()),
            upward_sent::next_ms.eq(at.0),
            upward_sent::tries.eq(0),
        ))
        .execute(c))?)
}

/// How many reports of a link stand so, and the latest day that was acknowledged.
///
/// # Errors
/// Faults of the store.
pub fn told(conn: &mut Conn, link: i64) -> Outcome<([i64; 3], Option<Date>)> {
    let mut counts = [0; 3];
    for (slot, state) in counts.iter_mut().zip(SentState::ALL) {
        *slot = on!(conn, c => upward_sent::table
            .filter(upward_sent::link_id.eq(link))
            .filter(upward_sent::state.eq(state.name()))
            .count()
            .get_result(c))?;
    }
    let last: Option<String> = on!(conn, c => upward_sent::table
        .filter(upward_sent::link_id.eq(link))
        .filter(upward_sent::state.eq(SentState::Acknowledged.name()))
        .select(max(upward_sent::day))
        .first(c))?;
    Ok((counts, last.and_then(|day| day.parse().ok())))
}
