//! The upper end: who reports, what was taken, what was refused.

use base::{Id, Millis, Outcome};
use diesel::{prelude::*, sql_query, sql_types};
use jiff::civil::Date;
use store::{Conn, Tx, on};
use web::Names;

use super::tables::{InstallationRow, day, upward_cell, upward_installation, upward_refusal, upward_report};
use crate::model::{Installation, InstallationState, NewInstallation, Report, Row, Why};

/// An installation by its id.
///
/// # Errors
/// Faults of the store.
pub fn installation_by_id(conn: &mut Conn, id: i64) -> Outcome<Option<Installation>> {
    let row: Option<InstallationRow> = on!(conn, c => upward_installation::table
        .find(id)
        .select(InstallationRow::as_select())
        .first(c)
        .optional())?;
    row.map(InstallationRow::installation).transpose()
}

/// The installation with this key that is not over.
///
/// # Errors
/// Faults of the store.
pub fn installation_by_key(conn: &mut Conn, key: &str) -> Outcome<Option<Installation>> {
    let row: Option<InstallationRow> = on!(conn, c => upward_installation::table
        .filter(upward_installation::public_key.eq(key))
        .filter(upward_installation::state.ne(InstallationState::Ended.name()))
        .select(InstallationRow::as_select())
        .first(c)
        .optional())?;
    row.map(InstallationRow::installation).transpose()
}

/// All installations in the order of their registration: a province has some hundred.
///
/// # Errors
/// Faults of the store.
pub fn installations(conn: &mut Conn) -> Outcome<Vec<Installation>> {
    let rows: Vec<InstallationRow> = on!(conn, c => upward_installation::table
        .order(upward_installation::id)
        .select(InstallationRow::as_select())
        .load(c))?;
    rows.into_iter().map(InstallationRow::installation).collect()
}

/// Registers an installation with the digest of its one-time code.
///
/// # Errors
/// Faults of the store.
pub fn put_installation(
    conn: &mut Conn,
    id: i64,
    new: &NewInstallation,
    code: (&str, Millis),
    at: Millis,
) -> Outcome<()> {
    let row = (
        upward_installation::id.eq(id),
        upward_installation::name.eq(new.name.as_str()),
        upward_installation::codes.eq(new.codes.text()),
        upward_installation::public_key.eq(new.key.as_str()),
        upward_installation::code_digest.eq(code.0),
        upward_installation::code_until_ms.eq(code.1.0),
        upward_installation::state.eq(InstallationState::Waiting.name()),
        upward_installation::first_day.eq(new.first_day.to_string()),
        upward_installation::last_sequence.eq(0),
        upward_installation::made_ms.eq(at.0),
    );
    on!(conn, c => diesel::insert_into(upward_installation::table).values(row).execute(c))?;
    Ok(())
}

/// Gives another one-time code.
///
/// # Errors
/// Faults of the store.
pub fn renew(conn: &mut Conn, id: i64, code_digest: &str, until: Millis) -> Outcome<()> {
    on!(conn, c => diesel::update(upward_installation::table.find(id))
        .set((
            upward_installation::code_digest.eq(code_digest),
            upward_installation::code_until_ms.eq(until.0),
        ))
        .execute(c))?;
    Ok(())
}

/// The code was used.
///
/// # Errors
/// Faults of the store.
pub fn set_linked(conn: &mut Conn, id: i64, at: Millis) -> Outcome<()> {
    on!(conn, c => diesel::update(upward_installation::table.find(id))
        .set((
            upward_installation::state.eq(InstallationState::Active.name()),
            upward_installation::code_digest.eq(""),
            upward_installation::linked_ms.eq(at.0),
            upward_installation::heard_ms.eq(at.0),
        ))
        .execute(c))?;
    Ok(())
}

/// No longer hears an installation.
///
/// # Errors
/// Faults of the store.
pub fn end_installation(conn: &mut Conn, id: i64, at: Millis) -> Outcome<()> {
    on!(conn, c => diesel::update(upward_installation::table.find(id))
        .set((
            upward_installation::state.eq(InstallationState::Ended.name()),
            upward_installation::code_digest.eq(""),
            upward_installation::ended_ms.eq(at.0),
        ))
        .execute(c))?;
    Ok(())
}

/// Notes when an installation was heard: never backwards.
///
/// # Errors
/// Faults of the store.
pub fn set_heard(conn: &mut Conn, id: i64, at: Millis) -> Outcome<()> {
    on!(conn, c => diesel::update(upward_installation::table.find(id))
        .filter(upward_installation::heard_ms.is_null().or(upward_installation::heard_ms.lt(at.0)))
        .set(upward_installation::heard_ms.eq(at.0))
        .execute(c))?;
    Ok(())
}

/// Lets the deeds about one installation take turns, whichever process does them.
///
/// # Errors
/// Faults of the store.
pub fn lock_installation(conn: &mut Conn, id: i64) -> Outcome<()> {
    on!(conn, c => diesel::update(upward_installation::table.find(id))
        .set(upward_installation::last_sequence.eq(upward_installation::last_sequence))
        .execute(c))?;
    Ok(())
}

/// The digest of the report that stands under a number.
///
/// # Errors
/// Faults of the store.
pub fn digest_under(conn: &mut Conn, installation: i64, sequence: i64) -> Outcome<Option<String>> {
    Ok(on!(conn, c => upward_report::table
        .filter(upward_report::installation_id.eq(installation))
        .filter(upward_report::sequence.eq(sequence))
        .select(upward_report::digest)
        .first(c)
        .optional())?)
}

/// The numbers from `first` on that are held, in order.
///
/// # Errors
/// Faults of the store.
pub fn held_from(conn: &mut Conn, installation: i64, first: i64) -> Outcome<Vec<i64>> {
    Ok(on!(conn, c => upward_report::table
        .filter(upward_report::installation_id.eq(installation))
        .filter(upward_report::sequence.ge(first))
        .order(upward_report::sequence)
        .select(upward_report::sequence)
        .load(c))?)
}

/// Takes a report with its numbers. The one of a day with the highest number is the current one.
///
/// # Errors
/// Faults of the store.
pub fn put_report(
    tx: &mut Tx<'_>,
    report: &Report,
    (digest, body): (&str, &str),
    at: Millis,
) -> Outcome<i64> {
    let (installation, day) = (report.installation.raw(), report.day.to_string());
    let later: i64 = on!(tx.conn, c => upward_report::table
        .filter(upward_report::day.eq(&day))
        .filter(upward_report::installation_id.eq(installation))
        .filter(upward_report::sequence.gt(report.sequence))
        .count()
        .get_result(c))?;
    let is_current = later == 0;
    if is_current {
        replace(tx.conn, installation, &day)?;
    }
    let id = tx.id::<Report>(at).raw();
    let missing: Vec<&str> = report.missing.iter().map(crate::model::DivisionCode::as_str).collect();
    let row = (
        upward_report::id.eq(id),
        upward_report::installation_id.eq(installation),
        upward_report::sequence.eq(report.sequence),
        upward_report::day.eq(&day),
        upward_report::revision.eq(report.revision),
        upward_report::is_complete.eq(report.complete),
        upward_report::is_current.eq(is_current),
        upward_report::missing.eq(missing.join(" ")),
        upward_report::digest.eq(digest),
        upward_report::body.eq(body),
        upward_report::made_ms.eq(report.made_ms.0),
        upward_report::taken_ms.eq(at.0),
    );
    on!(tx.conn, c => diesel::insert_into(upward_report::table).values(row).execute(c))?;
    for row in &report.rows {
        put_cell(tx, id, report, row, is_current, at)?;
    }
    on!(tx.conn, c => diesel::update(upward_installation::table.find(installation))
        .filter(upward_installation::last_sequence.lt(report.sequence))
        .set(upward_installation::last_sequence.eq(report.sequence))
        .execute(c))?;
    set_heard(tx.conn, installation, at)?;
    Ok(id)
}

/// What stands for a day is no longer the current report.
fn replace(conn: &mut Conn, installation: i64, day: &str) -> Outcome<()> {
    on!(conn, c => diesel::update(upward_report::table)
        .filter(upward_report::day.eq(day))
        .filter(upward_report::installation_id.eq(installation))
        .set(upward_report::is_current.eq(false))
        .execute(c))?;
    on!(conn, c => diesel::update(upward_cell::table)
        .filter(upward_cell::day.eq(day))
        .filter(upward_cell::installation_id.eq(installation))
        .set(upward_cell::is_current.eq(false))
        .execute(c))?;
    Ok(())
}

fn put_cell(
    tx: &mut Tx<'_>,
    id: i64,
    report: &Report,
    row: &Row,
    is_current: bool,
    at: Millis,
) -> Outcome<()> {
    let own = tx.id::<Row>(at).raw();
    let n = row.numbers;
    let values = (
        upward_cell::id.eq(own),
        upward_cell::report_id.eq(id),
        upward_cell::installation_id.eq(report.installation.raw()),
        upward_cell::division.eq(row.division.as_str()),
        upward_cell::category.eq(row.category.as_str()),
        upward_cell::day.eq(report.day.to_string()),
        upward_cell::is_current.eq(is_current),
        upward_cell::received.eq(n.received),
        upward_cell::due.eq(n.due),
        upward_cell::done.eq(n.done),
        upward_cell::on_time.eq(n.on_time),
        upward_cell::missed.eq(n.missed),
        upward_cell::extended.eq(n.extended),
        upward_cell::reopened.eq(n.reopened),
        upward_cell::said.eq(n.said),
        upward_cell::satisfied.eq(n.satisfied),
    );
    on!(tx.conn, c => diesel::insert_into(upward_cell::table).values(values).execute(c))?;
    Ok(())
}

/// Keeps that a report was refused: which one it said to be, and why.
///
/// # Errors
/// Faults of the store.
pub fn put_refusal(tx: &mut Tx<'_>, report: &Report, digest: &str, why: Why, at: Millis) -> Outcome<i64> {
    let id = tx.id::<Why>(at).raw();
    let row = (
        upward_refusal::id.eq(id),
        upward_refusal::installation_id.eq(report.installation.raw()),
        upward_refusal::at_ms.eq(at.0),
        upward_refusal::sequence.eq(report.sequence),
        upward_refusal::day.eq(report.day.to_string()),
        upward_refusal::reason.eq(why.name()),
        upward_refusal::digest.eq(digest),
    );
    on!(tx.conn, c => diesel::insert_into(upward_refusal::table).values(row).execute(c))?;
    Ok(id)
}

/// A day of which an installation has a current report (已报日).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayHeard {
    /// Who reported.
    pub installation: i64,
    /// The day.
    pub day: Date,
    /// Whether it was over.
    pub is_complete: bool,
    /// When the report was taken.
    pub taken: Millis,
}

/// The current reports of the days from one to another, of one installation or, for 0, of all.
///
/// # Errors
/// Faults of the store.
pub fn days_heard(conn: &mut Conn, installation: i64, from: Date, to: Date) -> Outcome<Vec<DayHeard>> {
    let rows: Vec<(i64, String, bool, i64)> = on!(conn, c => {
        let mut q = upward_report::table.into_boxed();
        if installation != 0 {
            q = q.filter(upward_report::installation_id.eq(installation));
        }
        q.filter(upward_report::day.between(from.to_string(), to.to_string()))
            .filter(upward_report::is_current.eq(true))
            .order((upward_report::day, upward_report::installation_id))
            .select((
                upward_report::installation_id,
                upward_report::day,
                upward_report::is_complete,
                upward_report::taken_ms,
            ))
            .load(c)
    })?;
    let one = |(installation, text, is_complete, taken): (i64, String, bool, i64)| {
        Ok(DayHeard { installation, day: day(&text)?, is_complete, taken: Millis(taken) })
    };
    rows.into_iter().map(one).collect()
}

/// What current reports of a span said to be missing below: the day and the codes.
///
/// # Errors
/// Faults of the store.
pub fn missing_said(conn: &mut Conn, from: Date, to: Date) -> Outcome<Vec<(i64, Date, String)>> {
    let rows: Vec<(i64, String, String)> = on!(conn, c => upward_report::table
        .filter(upward_report::day.between(from.to_string(), to.to_string()))
        .filter(upward_report::is_current.eq(true))
        .filter(upward_report::missing.ne(""))
        .select((upward_report::installation_id, upward_report::day, upward_report::missing))
        .load(c))?;
    rows.into_iter().map(|(id, text, codes)| Ok((id, day(&text)?, codes))).collect()
}

/// How much was taken from an installation and refused (收报统计).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tallied {
    /// Reports that were taken.
    pub taken: i64,
    /// Of these, replaced by a later one.
    pub replaced: i64,
    /// Refused.
    pub refused: i64,
}

#[derive(QueryableByName)]
struct TallyRow {
    #[diesel(sql_type = sql_types::BigInt)]
    id: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    taken: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    replaced: i64,
}

/// The tallies of all installations.
///
/// # Errors
/// Faults of the store.
pub fn tallies(conn: &mut Conn) -> Outcome<Vec<(Id<Installation>, Tallied)>> {
    let text = "SELECT installation_id AS id, COUNT(*) AS taken, \
                CAST(SUM(CASE WHEN is_current = FALSE THEN 1 ELSE 0 END) AS BIGINT) AS replaced \
                FROM upward_report GROUP BY installation_id";
    let rows: Vec<TallyRow> = on!(conn, c => sql_query(text).load(c))?;
    let text = "SELECT installation_id AS id, COUNT(*) AS taken, CAST(0 AS BIGINT) AS replaced \
                FROM upward_refusal GROUP BY installation_id";
    let refused: Vec<TallyRow> = on!(conn, c => sql_query(text).load(c))?;
    let mut out: Vec<(Id<Installation>, Tallied)> = rows
        .into_iter()
        .map(|r| (Id::of(r.id), Tallied { taken: r.taken, replaced: r.replaced, refused: 0 }))
        .collect();
    for r in refused {
        match out.iter_mut().find(|(id, _)| id.raw() == r.id) {
            Some((_, tallied)) => tallied.refused = r.taken,
            None => out.push((Id::of(r.id), Tallied { refused: r.taken, ..Tallied::default() })),
        }
    }
    Ok(out)
}
