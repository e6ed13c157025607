//! Taking reports (收报). What was taken before changes nothing, what cannot be taken is kept as a refusal with its reason.

use base::{Act, Id, Millis, Outcome, Refusal, Zone};
use store::{Conn, Fact, Tx};

use super::make;
use crate::model::{BeatAnswer, Installation, InstallationState, Report, ReportAnswer, Why};
use crate::rules::{Held, Verdict, judge, lost};
use crate::store::{
    digest_under, held_from, installation_by_id, lock_installation, put_refusal, put_report, set_heard,
};

/// How many of the last numbers are looked through for lost ones.
const LOOK_BACK: i64 = 1_000;

/// What became of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It is kept.
    Kept(ReportAnswer),
    /// It is not.
    Refused(Why),
}

/// The highest number that is held, and the lower ones that are not.
fn held(conn: &mut Conn, installation: i64) -> Outcome<BeatAnswer> {
    let last = installation_by_id(conn, installation)?.map_or(0, |i| i.last_sequence);
    let first = (last - LOOK_BACK).max(1);
    let all = held_from(conn, installation, first)?;
    Ok(BeatAnswer { last_sequence: last, missing: lost(first, last, &all) })
}

/// Takes a report that was signed by its installation at `said` (收取日报), or keeps that it was refused.
///
/// # Errors
/// Faults of the store.
pub fn take_report(
    tx: &mut Tx<'_>,
    [said, at]: [Millis; 2],
    report: &Report,
    (digest, body): (&str, &str),
) -> Outcome<Taken> {
    let id = report.installation.raw();
    lock_installation(tx.conn, id)?;
    let active = installation_by_id(tx.conn, id)?.filter(|i| i.state == InstallationState::Active);
    let Some(installation) = active else { return Ok(Taken::Refused(Why::Signature)) };
    let before = Held {
        codes: installation.codes,
        same: digest_under(tx.conn, id, report.sequence)?,
        last_sequence: installation.last_sequence,
    };
    match judge(report, digest, &before, [said, at], Zone::default().day(at)) {
        Err(why) => {
            note_refusal(tx, at, report, digest, why)?;
            return Ok(Taken::Refused(why));
        }
        // It was looked for before; the same report came twice at once, and the next try finds it.
        Ok(Verdict::Known) => return Err(Refusal::new(Why::Busy.key()).status(503).into()),
        Ok(Verdict::New) => {}
    }
    let kept = put_report(tx, report, (digest, body), at)?;
    make::stir(tx, at)?;
    tx.record(
        Fact::new("upward.report_taken", Act::system(at), "upward_report", kept)
            .id("installation", id)
            .int("sequence", report.sequence)
            .digest("report", body),
    );
    let BeatAnswer { last_sequence, missing } = held(tx.conn, id)?;
    Ok(Taken::Kept(ReportAnswer { digest: digest.to_owned(), known: false, last_sequence, missing }))
}

/// The answer to a report that is kept to the letter (重复上报): nothing changes, whenever it was signed.
///
/// # Errors
/// Faults of the store.
pub fn known_report(conn: &mut Conn, report: &Report, digest: &str) -> Outcome<Option<ReportAnswer>> {
    let id = report.installation.raw();
    if digest_under(conn, id, report.sequence)?.as_deref() != Some(digest) {
        return Ok(None);
    }
    let BeatAnswer { last_sequence, missing } = held(conn, id)?;
    Ok(Some(ReportAnswer { digest: digest.to_owned(), known: true, last_sequence, missing }))
}

/// Keeps that a report was refused, for the page of its installation.
///
/// # Errors
/// Faults of the store.
pub fn note_refusal(tx: &mut Tx<'_>, at: Millis, report: &Report, digest: &str, why: Why) -> Outcome<()> {
    use web::Names;
    let id = put_refusal(tx, report, digest, why, at)?;
    tx.record(
        Fact::new("upward.report_refused", Act::system(at), "upward_refusal", id)
            .id("installation", report.installation.raw())
            .int("sequence", report.sequence)
            .set("why", why.name()),
    );
    Ok(())
}

/// Hears a beat (心跳): nothing changes but when the installation was heard last.
///
/// # Errors
/// Faults of the store.
pub fn hear_beat(tx: &mut Tx<'_>, at: Millis, installation: Id<Installation>) -> Outcome<BeatAnswer> {
    set_heard(tx.conn, installation.raw(), at)?;
    held(tx.conn, installation.raw())
}
