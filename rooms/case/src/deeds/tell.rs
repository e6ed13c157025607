//! Telling whoever must know of a case (告知): the holder of a clock, the desk that answers, the one who brought it.

use base::{Id, Millis, Outcome};
use notice::{Audience, Contact, Kind, Letter, Subject};
use store::Tx;

use crate::model::{ActKind, Case, CaseClock, Reporter};
use crate::store::reporter_of;

/// A letter about a case, with the number filled in.
fn about(kind: Kind, case: &Case, audience: Audience) -> Letter {
    Letter::new(kind, case.place, Subject::Case(case.id.raw()), audience).number(&case.number)
}

/// Who must act before a clock runs out: the worker to whom the case was given, or else the unit.
fn holder_of(case: &Case, unit: i64) -> Audience {
    match case.holder.account {
        account if account != 0 && case.holder.unit == unit => Audience::Account(account),
        _ => Audience::Unit(unit),
    }
}

/// Tells the holder of a clock: that it warns, or has run out.
pub(super) fn tell_clock(
    tx: &mut Tx<'_>,
    kind: Kind,
    case: &Case,
    clock: &CaseClock,
    at: Millis,
) -> Outcome<()> {
    notice::tell(tx, &about(kind, case, holder_of(case, clock.unit)).at("due", clock.due), at)
}

/// Tells the holder of a clock that a changed calendar has moved it.
pub(super) fn tell_moved(
    tx: &mut Tx<'_>,
    case: &Case,
    unit: i64,
    (was, due): (Millis, Millis),
    at: Millis,
) -> Outcome<()> {
    let letter = about(Kind::CalendarMoved, case, holder_of(case, unit));
    notice::tell(tx, &letter.at("was", was).at("due", due), at)
}

/// Tells the offices, and where it concerns them the one who brought the matter, what an act has changed.
pub(super) fn tell_act(
    tx: &mut Tx<'_>,
    act: ActKind,
    before: &Case,
    case: &Case,
    unit: i64,
    at: Millis,
) -> Outcome<()> {
    let desk = Audience::Unit(if case.back_unit == 0 { case.holder.unit } else { case.back_unit });
    let holder = Audience::Unit(case.holder.unit);
    let letter = match act {
        ActKind::Escalate => about(Kind::Escalated, case, holder).unit(before.holder.unit),
        ActKind::Dispute => about(Kind::ArbitrationAsked, case, holder).unit(unit),
        ActKind::Arbitrate => about(Kind::Arbitrated, case, holder).unit(case.holder.unit),
        ActKind::Pause => about(Kind::Paused, case, desk),
        ActKind::Resume => about(Kind::Resumed, case, desk).at("due", case.due),
        ActKind::Extend => about(Kind::ExtensionAsked, case, desk).unit(unit).at("due", case.due),
        ActKind::Grant => about(Kind::ExtensionGranted, case, holder).at("due", case.due),
        ActKind::Deny => about(Kind::ExtensionDenied, case, holder).at("due", case.due),
        _ => return Ok(()),
    };
    notice::tell(tx, &letter, at)?;
    let told = match act {
        ActKind::Grant => about(Kind::ToldExtended, case, sender(tx, case.id)?).at("due", case.due),
        ActKind::Escalate => about(Kind::ToldEscalated, case, sender(tx, case.id)?),
        _ => return Ok(()),
    };
    notice::tell(tx, &told, at)
}

/// The address that came with the matter. Nobody looks at it: the house writes to it.
fn sender(tx: &mut Tx<'_>, id: Id<Case>) -> Outcome<Audience> {
    let Some(sealed) = reporter_of(tx.conn, id)? else { return Ok(Audience::Sender(None)) };
    let text = tx.keys().open("case_reporter.sealed", id.raw(), &sealed);
    let reporter: Option<Reporter> = text.ok().and_then(|text| serde_json::from_str(&text).ok());
    Ok(Audience::Sender(reporter.and_then(|r| Contact::parse(&r.contact))))
}
