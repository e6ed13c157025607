//! The lower end of a link: made by an administrator, confirmed by the upper installation, ended.

use access::{Person, PostUsed};
use base::{Act, Invalid, Millis, Outcome, Refusal, Zone};
use jiff::{ToSpan, civil::Date};
use store::{Fact, Tx};
use territory::Atlas;

use super::{make, may_keep};
use crate::model::{Link, LinkState, NewLink, OneTime, Sent, Why};
use crate::store::{
    acknowledge, current_link, end_link, link_by_id, put_link, refuse_sent, set_code, set_confirmed,
    set_trouble,
};

/// How far back the first day may lie.
const DAYS_BACK: i32 = 365;

fn fact(kind: &'static str, used: PostUsed, at: Millis, link: i64) -> Fact {
    Fact::new(kind, Act::new(used.actor(), at), "upward_link", link)
}

/// A first day that can be reported: from a year ago to today.
pub(super) fn must_be_near(day: Date, at: Millis) -> Outcome<()> {
    let today = Zone::default().day(at);
    let first = today.checked_sub(DAYS_BACK.days()).unwrap_or(today);
    if (first..=today).contains(&day) {
        Ok(())
    } else {
        Err(Invalid::field("first_day", "upward.field.first_day").into())
    }
}

/// The link in use, with the administrator of its places.
fn kept(tx: &mut Tx<'_>, atlas: &Atlas, person: &Person) -> Outcome<(Link, PostUsed)> {
    let link = current_link(tx.conn)?.ok_or_else(|| Refusal::new("upward.refuse.no_link"))?;
    let used = may_keep(atlas, person, &link.codes)?;
    Ok((link, used))
}

/// Links this installation to an upper one (建立上联); what it signs with is shown from then on.
///
/// # Errors
/// Invalid by field; 403 without the duty over all that is reported for; 409 when there is a link.
pub fn make_link(tx: &mut Tx<'_>, atlas: &Atlas, person: &Person, at: Millis, new: &NewLink) -> Outcome<i64> {
    let used = may_keep(atlas, person, &new.codes)?;
    must_be_near(new.first_day, at)?;
    if current_link(tx.conn)?.is_some() {
        return Err(Refusal::new("upward.refuse.linked").into());
    }
    let id = tx.id::<Link>(at).raw();
    put_link(tx.conn, id, new, at)?;
    let public = tx.keys().public_for(&Link::purpose(id));
    tx.record(
        fact("upward.link_made", used, at, id)
            .digest("address", new.address.as_str())
            .digest("codes", new.codes.text())
            .digest("key", public),
    );
    Ok(id)
}

/// Types the code that the upper installation has shown (输入配对码); it is sent at once and then forgotten.
///
/// # Errors
/// 403 without the duty; 409 when no code is awaited.
pub fn type_code(tx: &mut Tx<'_>, atlas: &Atlas, person: &Person, at: Millis, code: &OneTime) -> Outcome<()> {
    let (link, used) = kept(tx, atlas, person)?;
    if link.state == LinkState::Active {
        return Err(Refusal::new("upward.refuse.linked").into());
    }
    let sealed = tx.seal("upward_link.one_time", link.id, code.as_str());
    set_code(tx.conn, link.id, &sealed, at)?;
    tx.record(fact("upward.code_typed", used, at, link.id));
    Ok(())
}

/// The upper installation has taken the code and given its number: reports begin.
///
/// # Errors
/// Faults of the store.
pub fn confirm_link(tx: &mut Tx<'_>, at: Millis, link: i64, installation: i64) -> Outcome<()> {
    let waits = link_by_id(tx.conn, link)?.is_some_and(|(l, _)| l.state == LinkState::Confirming);
    if waits {
        set_confirmed(tx.conn, link, installation, at)?;
        make::begin(tx, link, at)?;
        let fact = Fact::new("upward.link_confirmed", Act::system(at), "upward_link", link);
        tx.record(fact.id("installation", installation));
    }
    Ok(())
}

/// The code was not taken: another is awaited.
///
/// # Errors
/// Faults of the store.
pub fn fail_code(tx: &mut Tx<'_>, at: Millis, link: i64, why: Why) -> Outcome<()> {
    use web::Names;
    set_trouble(tx.conn, link, why, LinkState::Waiting)?;
    tx.record(Fact::new("upward.code_failed", Act::system(at), "upward_link", link).set("why", why.name()));
    Ok(())
}

/// Ends the link (解除上联). What was reported stays with the upper installation.
///
/// # Errors
/// 403 without the duty; 409 when there is no link.
pub fn drop_link(tx: &mut Tx<'_>, atlas: &Atlas, person: &Person, at: Millis) -> Outcome<()> {
    let (link, used) = kept(tx, atlas, person)?;
    end_link(tx.conn, link.id, at)?;
    tx.record(fact("upward.link_ended", used, at, link.id));
    Ok(())
}

/// The upper installation holds a report, and has said its digest.
///
/// # Errors
/// Faults of the store.
pub fn acknowledge_report(tx: &mut Tx<'_>, at: Millis, sent: &Sent) -> Outcome<()> {
    if acknowledge(tx.conn, sent.id, at)? {
        tx.record(
            Fact::new("upward.report_acknowledged", Act::system(at), "upward_sent", sent.id)
                .int("sequence", sent.sequence)
                .digest("report", &sent.body),
        );
    }
    Ok(())
}

/// The upper installation will not have a report as it is.
///
/// # Errors
/// Faults of the store.
pub fn reject_report(tx: &mut Tx<'_>, at: Millis, sent: &Sent, why: Why) -> Outcome<()> {
    use web::Names;
    refuse_sent(tx.conn, sent.id, why)?;
    tx.record(
        Fact::new("upward.report_rejected", Act::system(at), "upward_sent", sent.id)
            .int("sequence", sent.sequence)
            .set("why", why.name()),
    );
    Ok(())
}
