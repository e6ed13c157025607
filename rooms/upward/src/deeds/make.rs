//! Making the reports (制作日报): after each day, of each day that was not told yet, and anew of the last weeks where the numbers are
//! others than those that were told.

use base::{Act, MINUTE_MS, Millis, Outcome, Refusal, Zone};
use jiff::{ToSpan, civil::Date};
use jobs::Handler;
use store::{Fact, Tx};

use super::Counting;
use crate::model::{Cadence, Link, LinkState, Report, Sent};
use crate::rules::{days, digest, encode, next_run, numbers_digest};
use crate::store::{Drawn, current_link, drawn_of_day, last_sent, link_by_id, put_sent, send_now};

/// Makes what is to be made, and sets itself again; the subject is the link.
const MAKE: &str = "upward.make";
/// The same once, after something came from below.
const AGAIN: &str = "upward.again";
/// In how many days numbers are counted again: a call-back may come three weeks after the answer.
const RECOUNT_DAYS: i32 = 28;
/// How many days back a day that was never told is told.
const DAYS_BACK: i32 = 366;
/// What comes from below is gathered for this long before it goes further up.
const GATHER_MS: i64 = 10 * MINUTE_MS;

/// The handlers of the room's timers, for the app's runner.
pub fn timers() -> Vec<(&'static str, Handler)> {
    vec![(MAKE, jobs::handler(make_timer)), (AGAIN, jobs::handler(again_timer))]
}

fn make_timer(tx: &mut Tx<'_>, act: Act, subject: i64) -> Outcome<()> {
    let Some((link, _)) = link_by_id(tx.conn, subject)? else { return Ok(()) };
    if link.state != LinkState::Active {
        return Ok(());
    }
    let counting = Counting::read(tx.conn)?;
    make_with(tx, &counting, act, &link)?;
    let next = next_run(&Zone::default(), act.at, link.cadence, counting.hears_others());
    jobs::put(tx, MAKE, link.id, next, act.at)
}

fn again_timer(tx: &mut Tx<'_>, act: Act, subject: i64) -> Outcome<()> {
    make_reports(tx, act, subject).map(drop)
}

/// Begins the timer of a link that was confirmed.
///
/// # Errors
/// Faults of the store.
pub(super) fn begin(tx: &mut Tx<'_>, link: i64, at: Millis) -> Outcome<()> {
    jobs::put(tx, MAKE, link, at, at)
}

/// Something came from below: what goes further up is counted again soon. All that comes within the same ten minutes
/// goes together.
///
/// # Errors
/// Faults of the store.
pub(super) fn stir(tx: &mut Tx<'_>, at: Millis) -> Outcome<()> {
    let Some(link) = current_link(tx.conn)?.filter(|l| l.state == LinkState::Active) else { return Ok(()) };
    let then = Millis(at.0 - at.0.rem_euclid(GATHER_MS)).plus(GATHER_MS);
    jobs::take_back(tx, AGAIN, link.id)?;
    jobs::put(tx, AGAIN, link.id, then, at)
}

/// Makes the reports of a link that are to be made; how many.
///
/// # Errors
/// Faults of the store.
pub fn make_reports(tx: &mut Tx<'_>, act: Act, link: i64) -> Outcome<usize> {
    let link = link_by_id(tx.conn, link)?.map(|(link, _)| link);
    let Some(link) = link.filter(|l| l.state == LinkState::Active) else { return Ok(0) };
    let counting = Counting::read(tx.conn)?;
    make_with(tx, &counting, act, &link)
}

fn make_with(tx: &mut Tx<'_>, counting: &Counting, act: Act, link: &Link) -> Outcome<usize> {
    let today = Zone::default().day(act.at);
    let back = |n: i32| today.checked_sub(n.days()).unwrap_or(today);
    let mut made = 0;
    let yesterday = today.yesterday().unwrap_or(today);
    for day in days(link.first_day.max(back(DAYS_BACK)), yesterday) {
        let (n, latest) = drawn_of_day(tx.conn, link.id, day)?;
        if latest.is_none() || day >= back(RECOUNT_DAYS) {
            made += usize::from(draw(tx, counting, act, link, day, (n, latest))?);
        }
    }
    if link.cadence == Cadence::Hourly && link.first_day <= today {
        let known = drawn_of_day(tx.conn, link.id, today)?;
        made += usize::from(draw(tx, counting, act, link, today, known)?);
    }
    Ok(made)
}

/// Makes a day's report, unless what was told last is the same.
fn draw(
    tx: &mut Tx<'_>,
    counting: &Counting,
    act: Act,
    link: &Link,
    day: Date,
    (made, latest): (i64, Option<String>),
) -> Outcome<bool> {
    let bare = counting.report(tx.conn, link, day, act.at)?;
    let numbers_digest = numbers_digest(&bare);
    if latest.as_ref() == Some(&numbers_digest) {
        return Ok(false);
    }
    // What the upper installation told may be more than is known here: of a house that was restored from a backup.
    let sequence = last_sent(tx.conn, link.id)?.max(link.told_sequence) + 1;
    let report = Report { sequence, revision: made, ..bare };
    let body = encode(&report);
    let drawn = Drawn { digest: digest(&body), numbers_digest, body, report };
    let id = tx.id::<Sent>(act.at).raw();
    put_sent(tx.conn, id, link.id, &drawn)?;
    let fact = Fact::new("upward.report_made", act, "upward_sent", id)
        .id("link", link.id)
        .int("sequence", sequence)
        .int("revision", made)
        .digest("report", &drawn.body);
    tx.record(fact);
    Ok(true)
}

/// Makes and sends at once, without waiting for the hour or for the next try (立即上报); how many were made.
///
/// # Errors
/// 409 when there is no link in use.
pub fn ask_sending(tx: &mut Tx<'_>, act: Act) -> Outcome<usize> {
    let link = current_link(tx.conn)?.filter(|l| l.state == LinkState::Active);
    let link = link.ok_or_else(|| Refusal::new("upward.refuse.no_link"))?;
    let made = make_reports(tx, act, link.id)?;
    send_now(tx.conn, link.id, act.at)?;
    let n = i64::try_from(made).unwrap_or(i64::MAX);
    tx.record(Fact::new("upward.sending_asked", act, "upward_link", link.id).int("made", n));
    Ok(made)
}
