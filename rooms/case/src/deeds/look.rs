//! Looking and noting: who opens a record is on record, and the contact opens only for those who work on
//! the case.

use access::{Duty, Kind, Person, PostUsed, may, may_view};
use base::{Act, Id, Invalid, Millis, Outcome, Refusal};
use store::{Fact, Tx};

use crate::model::{ActKind, Body, Case, Reporter};
use crate::rules::receipt::is_same_contact;
use crate::store::{CaseFile, Ground, ReadRow, file_by_id, put_read, reporter_of, was_read_lately};

/// The purpose of a read row: the case's page.
pub const READ_RECORD: &str = "record";
/// The purpose of a read row: the contact of who brought it, without a stated one.
pub const READ_CONTACT: &str = "contact";
/// The purpose of a read row: a lost receipt was printed again.
pub const READ_RECEIPT: &str = "receipt";

/// Why a contact may be opened (查看联系方式的用途): a closed list, so that no text about a person gets into
/// the log of reads.
pub const CONTACT_PURPOSES: [&str; 4] =
    ["contact.call_back", "contact.ask_more", "contact.visit", "contact.tell_result"];

/// Notes that a member of staff opened a record. Call it when [`was_read_lately`] says no; it looks
/// again, so that two tabs leave one row. Returns whether it noted anything.
///
/// # Errors
/// 404 when the person may not see the case.
pub fn open_case(tx: &mut Tx<'_>, person: &Person, at: Millis, id: Id<Case>) -> Outcome<bool> {
    let file = file_by_id(tx.conn, id)?.ok_or_else(Refusal::not_found)?;
    let used = may_view(person, &file.resource(Kind::CaseView))?;
    note_read(tx, &file, used, at, READ_RECORD)
}

fn note_read(
    tx: &mut Tx<'_>,
    file: &CaseFile,
    used: PostUsed,
    at: Millis,
    purpose: &'static str,
) -> Outcome<bool> {
    let case = &file.case;
    let kind = match purpose {
        READ_RECORD => "case.record_opened",
        READ_RECEIPT => "case.receipt_reprinted",
        _ => "case.contact_opened",
    };
    let fact = Fact::new(kind, Act::new(used.actor(), at), "case", case.id.raw())
        .county(case.place.county)
        .set("purpose", purpose)
        .id("unit", used.unit.raw());
    if was_read_lately(tx.conn, case.id, used.account.raw(), purpose, at)? {
        tx.record(fact.set("repeated", "yes"));
        return Ok(false);
    }
    let row = ReadRow {
        id: tx.id::<ReadRow>(at).raw(),
        case_id: case.id.raw(),
        county_id: case.place.county,
        at_ms: at.0,
        account: used.account.raw(),
        post: used.post.raw(),
        unit_id: used.unit.raw(),
        purpose: purpose.to_owned(),
    };
    put_read(tx.conn, &row)?;
    tx.record(fact);
    Ok(true)
}

/// Why the journal and the log of reads may be opened (查阅日志的用途), likewise a closed list.
pub const JOURNAL_PURPOSES: [&str; 4] =
    ["journal.routine", "journal.complaint", "journal.case_review", "journal.incident"];

/// Notes for which purpose an auditor opens the journal; it opens the pages for one shift.
///
/// # Errors
/// 403 without the duty.
pub fn open_journal(tx: &mut Tx<'_>, person: &Person, at: Millis, purpose: &'static str) -> Outcome<()> {
    let post = person.posts.iter().find(|p| p.duties.has(Duty::Audit)).ok_or_else(Refusal::forbidden)?;
    let used = PostUsed { account: person.account, post: post.post, unit: post.unit };
    let row = ReadRow {
        id: tx.id::<ReadRow>(at).raw(),
        case_id: 0,
        county_id: 0,
        at_ms: at.0,
        account: used.account.raw(),
        post: used.post.raw(),
        unit_id: used.unit.raw(),
        purpose: purpose.to_owned(),
    };
    put_read(tx.conn, &row)?;
    let fact = Fact::new("case.journal_opened", Act::new(used.actor(), at), "journal", 0);
    tx.record(fact.set("purpose", purpose).id("unit", used.unit.raw()));
    Ok(())
}

/// Opens the contact of who brought the matter, for somebody who works on the case; `None` when none was
/// left. A confidential one opens for the desk only. `purpose` is one of [`CONTACT_PURPOSES`] or
/// [`READ_CONTACT`].
///
/// # Errors
/// 404 or 403 as the policy says.
pub fn open_reporter(
    tx: &mut Tx<'_>,
    g: &Ground,
    person: &Person,
    at: Millis,
    id: Id<Case>,
    purpose: &'static str,
) -> Outcome<Option<Reporter>> {
    let file = file_by_id(tx.conn, id)?.ok_or_else(Refusal::not_found)?;
    let used = works_on(person, &file, &WORKING)?;
    let Some(sealed) = reporter_of(tx.conn, id)? else {
        note_read(tx, &file, used, at, purpose)?;
        return Ok(None);
    };
    let text = tx.keys().open("case_reporter.sealed", id.raw(), &sealed)?;
    let reporter: Reporter = serde_json::from_str(&text)?;
    if reporter.confidential && works_on(person, &file, &[Duty::Clerk]).is_err() {
        let desk = g.units.name(file.case.back_unit);
        return Err(Refusal::new("case.refuse.contact_confidential").with("unit", desk).status(403).into());
    }
    note_read(tx, &file, used, at, purpose)?;
    Ok(Some(reporter))
}

/// Lets a clerk print a lost receipt (补打回执) for somebody who says the telephone or e-mail address that was
/// left with the matter. The clerk learns no more than whether it is right. Nobody does it on own work:
/// the code speaks for the sender.
///
/// # Errors
/// 404 or 403 as the policy says; 409 when no contact was left; invalid when another one is said.
pub fn reprint_receipt(
    tx: &mut Tx<'_>,
    person: &Person,
    at: Millis,
    id: Id<Case>,
    said: &str,
) -> Outcome<()> {
    let file = file_by_id(tx.conn, id)?.ok_or_else(Refusal::not_found)?;
    let used = may_reprint(person, &file)?;
    let none = || Refusal::new("case.refuse.receipt_no_contact");
    let sealed = reporter_of(tx.conn, id)?.ok_or_else(none)?;
    let reporter: Reporter =
        serde_json::from_str(&tx.keys().open("case_reporter.sealed", id.raw(), &sealed)?)?;
    if reporter.contact.is_empty() {
        return Err(none().into());
    }
    if !is_same_contact(&reporter.contact, said) {
        return Err(Invalid::field("contact", "case.field.contact_other").into());
    }
    note_read(tx, &file, used, at, READ_RECEIPT)?;
    Ok(())
}

/// The duties that work on cases, and may therefore leave a note or call who brought one.
const WORKING: [Duty; 5] = [Duty::Clerk, Duty::Handle, Duty::Grid, Duty::Verify, Duty::Mediate];

/// Whether this person works on the case, as [`add_note`] and [`open_reporter`] ask: what a page offers.
pub fn works_on_case(person: &Person, file: &CaseFile) -> bool {
    works_on(person, file, &WORKING).is_ok()
}

/// Whether this person may print a lost receipt, as [`reprint_receipt`] asks: what a page offers.
pub fn may_reprint(person: &Person, file: &CaseFile) -> Result<PostUsed, Refusal> {
    let used = works_on(person, file, &[Duty::Clerk])?;
    let own = file.did(&[ActKind::Take, ActKind::Report, ActKind::Close, ActKind::Verify]);
    if own.contains(&used.account.raw()) {
        return Err(Refusal::new("case.refuse.own_receipt").status(403));
    }
    Ok(used)
}

/// The first of these duties that works on the case; a grid worker only on what the own unit holds.
fn works_on(person: &Person, file: &CaseFile, duties: &[Duty]) -> Result<PostUsed, Refusal> {
    let work = file.resource(Kind::CaseWork);
    let mut refusal = Refusal::forbidden();
    for duty in duties {
        match may(person, *duty, &work) {
            Ok(used) if *duty == Duty::Grid && used.unit.raw() != file.case.holder.unit => {}
            // Own work may not be verified, but of course it may be looked at.
            Ok(used) => return Ok(used),
            Err(r) => refusal = r,
        }
    }
    Err(refusal)
}

/// Adds a note for colleagues, or a public one that the resident reads too.
///
/// # Errors
/// 404 or 403 as the policy says.
pub fn add_note(
    tx: &mut Tx<'_>,
    person: &Person,
    at: Millis,
    id: Id<Case>,
    body: &Body,
    is_public: bool,
) -> Outcome<()> {
    let file = file_by_id(tx.conn, id)?.ok_or_else(Refusal::not_found)?;
    let used = works_on(person, &file, &WORKING)?;
    let act = Act::new(used.actor(), at);
    parts::notes::add(tx, act, ("case", id.raw()), is_public, body.as_str())?;
    tx.record(
        Fact::new("case.noted", act, "case", id.raw())
            .county(file.case.place.county)
            .set("reader", if is_public { "resident" } else { "offices" })
            .digest("words", body.as_str()),
    );
    Ok(())
}
