//! Telling whoever must know of a case (告知): the holder of a clock, the desk that answers, the one who brought it.

use base::{Id, Millis, Outcome};
use deadline::{ReminderKind, State};
use notice::{Audience, Contact, Kind, Letter, Subject};
use store::Tx;

use crate::model::{ActKind, Call, Case, CaseClock, Reporter, told_rank};
use crate::rules::clock::confirm_at;
use crate::store::{Ground, reporter_of, returns_of};

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

/// The open clocks of an office that end with this one at the same instant, this one first: one letter names them all.
fn ending_together<'a>(clock: &'a CaseClock, all: &'a [CaseClock]) -> impl Iterator<Item = &'a CaseClock> {
    let beside = all.iter().filter(move |c| {
        let open = c.ended.is_none() && c.state != State::Paused && !c.kind.is_residents();
        open && c.id != clock.id && c.unit == clock.unit && c.due == clock.due
    });
    std::iter::once(clock).chain(beside)
}

/// Whether a clock that ends at the same instant has told this already, in a letter that named this clock too.
fn was_told(clock: &CaseClock, beside: &CaseClock, kind: ReminderKind) -> bool {
    let at = match kind {
        ReminderKind::Amber => beside.amber,
        ReminderKind::Red => beside.red,
        ReminderKind::Missed => beside.due,
    };
    beside.id != clock.id && beside.told >= told_rank(kind) && at >= clock.start
}

/// Tells the holder of a clock that it warns or has run out; `all` are the clocks of the case, of which those that end at
/// the same instant are named in the same letter and told no second time.
pub(super) fn tell_clock(
    tx: &mut Tx<'_>,
    kind: ReminderKind,
    case: &Case,
    (clock, all): (&CaseClock, &[CaseClock]),
    at: Millis,
) -> Outcome<()> {
    if ending_together(clock, all).any(|beside| was_told(clock, beside, kind)) {
        return Ok(());
    }
    let letter = match kind {
        ReminderKind::Amber => Kind::ReminderAmber,
        ReminderKind::Red => Kind::ReminderRed,
        ReminderKind::Missed => Kind::Missed,
    };
    let names = ending_together(clock, all).map(|c| c.kind.key()).collect();
    let letter = about(letter, case, holder_of(case, clock.unit)).words("clocks", names);
    notice::tell(tx, &letter.at("due", clock.due), at)
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

/// Tells the office that has a matter, and the desk of the next level, that its sender urges.
pub(super) fn tell_urged(tx: &mut Tx<'_>, case: &Case, above: i64, at: Millis) -> Outcome<()> {
    notice::tell(tx, &about(Kind::Urged, case, holder_of(case, case.holder.unit)), at)?;
    if above == case.holder.unit {
        return Ok(());
    }
    notice::tell(tx, &about(Kind::Urged, case, Audience::Unit(above)), at)
}

/// Tells a called unit that it is called. Its time runs by the hours of the day and not of the office, so the letter does not wait.
pub(super) fn tell_called(tx: &mut Tx<'_>, case: &Case, call: &Call) -> Outcome<()> {
    let letter = about(Kind::WhistleCalled, case, Audience::Unit(call.unit)).unit(call.caller);
    notice::tell(tx, &letter.at("due", call.due).urgent(), call.at)
}

/// Reminds a called unit that it has not answered.
pub(super) fn tell_reminded(tx: &mut Tx<'_>, case: &Case, call: &Call, at: Millis) -> Outcome<()> {
    let letter = about(Kind::WhistleReminded, case, Audience::Unit(call.unit)).unit(call.caller);
    notice::tell(tx, &letter.at("due", call.due), at)
}

/// Tells who called, and the desk of the next level, that a unit did not report.
pub(super) fn tell_unanswered(
    tx: &mut Tx<'_>,
    case: &Case,
    call: &Call,
    above: i64,
    at: Millis,
) -> Outcome<()> {
    let to = [call.caller, above];
    for unit in &to[..if above == call.caller { 1 } else { 2 }] {
        let letter = about(Kind::WhistleUnanswered, case, Audience::Unit(*unit)).unit(call.unit);
        notice::tell(tx, &letter.at("due", call.due), at)?;
    }
    Ok(())
}

/// An act that was saved: the case before and after it, by which unit.
pub(super) struct Told<'a> {
    /// What.
    pub act: ActKind,
    /// The case before.
    pub before: &'a Case,
    /// The case after.
    pub case: &'a Case,
    /// The unit that acted; 0 for the sender and the house.
    pub unit: i64,
}

/// Tells the offices, and where it concerns them the one who brought the matter, what an act has changed.
pub(super) fn tell_act(tx: &mut Tx<'_>, g: &Ground, told: &Told<'_>, at: Millis) -> Outcome<()> {
    for letter in for_offices(tx, told)? {
        notice::tell(tx, &letter, at)?;
    }
    match for_sender(g, told, at) {
        Some(letter) => {
            let audience = sender(tx, told.case.id)?;
            notice::tell(tx, &Letter { audience, ..letter }, at)
        }
        None => Ok(()),
    }
}

fn for_offices(tx: &mut Tx<'_>, told: &Told<'_>) -> Outcome<Vec<Letter>> {
    let Told { act, before, case, unit } = *told;
    let desk = Audience::Unit(if case.back_unit == 0 { case.holder.unit } else { case.back_unit });
    let holder = Audience::Unit(case.holder.unit);
    let letter = match act {
        ActKind::Escalate => about(Kind::Escalated, case, holder).unit(before.holder.unit),
        ActKind::Decline => about(Kind::Declined, case, holder).unit(unit),
        ActKind::Dispute => about(Kind::ArbitrationAsked, case, holder).unit(unit),
        ActKind::Arbitrate => {
            let decided = |to: i64| about(Kind::Arbitrated, case, Audience::Unit(to)).unit(case.holder.unit);
            let asked = returns_of(tx.conn, case.id)?.into_iter().rev().find(|r| r.is_dispute);
            let asked = asked.map(|r| r.unit_id).filter(|u| *u != case.holder.unit);
            return Ok(std::iter::once(case.holder.unit).chain(asked).map(decided).collect());
        }
        ActKind::Pause => about(Kind::Paused, case, desk),
        ActKind::Resume => about(Kind::Resumed, case, desk).at("due", case.due),
        ActKind::Extend => about(Kind::ExtensionAsked, case, desk).unit(unit).at("due", case.due),
        ActKind::Grant => about(Kind::ExtensionGranted, case, holder).at("due", case.due),
        ActKind::Deny => about(Kind::ExtensionDenied, case, holder).at("due", case.due),
        ActKind::Contest | ActKind::Reopen => about(Kind::Contested, case, holder).at("due", case.due),
        _ => return Ok(Vec::new()),
    };
    Ok(vec![letter])
}

/// What the one who brought the matter is told; never a text of the case, which is read with number and code.
fn for_sender(g: &Ground, told: &Told<'_>, at: Millis) -> Option<Letter> {
    let case = told.case;
    let to = |kind| about(kind, case, Audience::Sender(None));
    Some(match told.act {
        ActKind::Accept => to(Kind::ToldAccepted).at("due", case.due),
        ActKind::Return => to(Kind::ToldReturned),
        ActKind::Grant => to(Kind::ToldExtended).at("due", case.due),
        ActKind::Escalate => to(Kind::ToldEscalated),
        ActKind::Close | ActKind::Verify => {
            let until = confirm_at(at, g.windows.confirm_days, &g.here(&case.place));
            to(Kind::ToldClosed).word("ending", case.ending?.key()).at("until", until)
        }
        _ => return None,
    })
}

/// The address that came with the matter. Nobody looks at it: the house writes to it.
fn sender(tx: &mut Tx<'_>, id: Id<Case>) -> Outcome<Audience> {
    let Some(sealed) = reporter_of(tx.conn, id)? else { return Ok(Audience::Sender(None)) };
    let text = tx.keys().open("case_reporter.sealed", id.raw(), &sealed);
    let reporter: Option<Reporter> = text.ok().and_then(|text| serde_json::from_str(&text).ok());
    Ok(Audience::Sender(reporter.and_then(|r| Contact::parse(&r.contact))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ClockKind;

    fn clock(id: i64, kind: ClockKind, told: i64) -> CaseClock {
        CaseClock {
            id,
            case: Id::of(1),
            kind,
            round: 1,
            unit: 7,
            state: State::Running,
            term: "5wd".parse().unwrap(),
            source: String::new(),
            start: Millis(0),
            due: Millis(100),
            amber: Millis(50),
            red: Millis(80),
            ended: None,
            paused: 0,
            extended: 0,
            told,
        }
    }

    #[test]
    fn clocks_that_end_together_are_named_together_and_told_once() {
        let (answer, unit) = (clock(1, ClockKind::Answer, 3), clock(2, ClockKind::Unit, 0));
        let all = [answer.clone(), unit.clone()];
        let names: Vec<_> = ending_together(&unit, &all).map(|c| c.kind).collect();
        assert_eq!(names, [ClockKind::Unit, ClockKind::Answer]);
        assert!(
            was_told(&unit, &answer, ReminderKind::Missed) && !was_told(&answer, &unit, ReminderKind::Missed)
        );
        // Of another unit, of another instant, ended, standing still, or the resident's: not together.
        let differs = [
            CaseClock { unit: 8, ..answer.clone() },
            CaseClock { due: Millis(101), ..answer.clone() },
            CaseClock { ended: Some(Millis(9)), ..answer.clone() },
            CaseClock { state: State::Paused, ..answer.clone() },
            CaseClock { kind: ClockKind::Confirm, ..answer.clone() },
        ];
        for other in differs {
            assert_eq!(ending_together(&unit, std::slice::from_ref(&other)).count(), 1, "{other:?}");
        }
        // A clock that began after the other had told is told itself.
        let later = CaseClock { start: Millis(60), ..unit };
        assert!(
            !was_told(&later, &answer, ReminderKind::Amber) && was_told(&later, &answer, ReminderKind::Red)
        );
    }
}
