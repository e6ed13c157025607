//! Telling whoever must know (告知): who answers for an entry, who must decide next, who is called to a meeting or given a task, who
//! owes a return. A letter is put in the transaction of its act and names no person.

use base::{Id, Millis, Outcome};
use notice::{Audience, Kind, Letter, Param, Subject};
use store::Tx;

use crate::model::{Act, ActKind, Entry, Meeting, Sweep, Task};

/// Who has to do with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// The responsible unit.
    Unit,
    /// The responsible leader.
    Leader,
    /// The desk of the level that lists.
    Desk,
    /// The unit that nominated it.
    Nominator,
}

const ANSWERING: &[Who] = &[Who::Unit, Who::Leader];
const EVERYBODY: &[Who] = &[Who::Unit, Who::Leader, Who::Nominator];

fn about(kind: Kind, entry: &Entry) -> Letter {
    let subject = Subject::Supervision(entry.id.raw());
    Letter::new(kind, entry.place, subject, Audience::Unit(0)).number(&entry.number)
}

/// The boxes of these, each once: a leader who sits in a unit that is told reads it there.
fn boxes(tx: &mut Tx<'_>, entry: &Entry, to: &[Who], by: i64) -> Outcome<Vec<Audience>> {
    let mut units: Vec<i64> = Vec::new();
    for who in to {
        let unit = match who {
            Who::Unit => entry.four.unit,
            Who::Desk => entry.list_unit,
            // Who did it needs no letter about it.
            Who::Nominator if entry.by_unit != by => entry.by_unit,
            Who::Nominator | Who::Leader => 0,
        };
        if unit != 0 && !units.contains(&unit) {
            units.push(unit);
        }
    }
    let mut all: Vec<Audience> = units.iter().map(|u| Audience::Unit(*u)).collect();
    if to.contains(&Who::Leader) {
        let post = access::post_by_id(tx.conn, Id::of(entry.four.leader_post))?.map(|row| row.post());
        all.extend(post.filter(|p| !units.contains(&p.unit.raw())).map(|p| Audience::Post(p.id.raw())));
    }
    Ok(all)
}

/// Tells of an act on an entry, or of a mark of its clock.
pub(super) fn tell_act(tx: &mut Tx<'_>, entry: &Entry, act: &Act) -> Outcome<()> {
    let (unit, due) = (entry.four.unit, entry.marks.due);
    let (letter, to) = match act.act {
        ActKind::Nominate => (about(Kind::SupervisionNominated, entry).unit(entry.by_unit), &[Who::Desk][..]),
        ActKind::Decline => {
            (about(Kind::SupervisionDeclined, entry).unit(entry.list_unit), &[Who::Nominator][..])
        }
        ActKind::List => (about(Kind::SupervisionListed, entry).unit(unit).at("due", due), EVERYBODY),
        ActKind::Assign => (about(Kind::SupervisionListed, entry).unit(unit).at("due", due), ANSWERING),
        ActKind::Apply => (about(Kind::SupervisionApplied, entry).unit(unit), &[Who::Desk][..]),
        ActKind::Ask => (about(Kind::ExtensionAsked, entry).unit(unit).at("due", due), &[Who::Desk][..]),
        ActKind::Grant => (about(Kind::ExtensionGranted, entry).at("due", due), ANSWERING),
        ActKind::Deny => (about(Kind::ExtensionDenied, entry).at("due", due), ANSWERING),
        ActKind::Pass => (about(Kind::SupervisionInspected, entry), &[Who::Desk][..]),
        ActKind::Return => (about(Kind::SupervisionReturned, entry).at("due", due), ANSWERING),
        ActKind::Strike => (about(Kind::SupervisionStruckOff, entry), EVERYBODY),
        ActKind::Amber => (about(Kind::SupervisionAmber, entry).at("due", due), &[Who::Unit][..]),
        ActKind::Red => (about(Kind::SupervisionRed, entry).at("due", due), ANSWERING),
        ActKind::Miss => {
            let letter = about(Kind::SupervisionMissed, entry).unit(unit).at("due", due);
            (letter, &[Who::Unit, Who::Leader, Who::Desk][..])
        }
        ActKind::Take | ActKind::Visit | ActKind::Publish | ActKind::Retime => return Ok(()),
    };
    tell_all(tx, &letter, entry, (to, act.unit), act.at)
}

fn tell_all(
    tx: &mut Tx<'_>,
    letter: &Letter,
    entry: &Entry,
    (to, by): (&[Who], i64),
    at: Millis,
) -> Outcome<()> {
    for audience in boxes(tx, entry, to, by)? {
        notice::tell(tx, &Letter { audience, ..letter.clone() }, at)?;
    }
    Ok(())
}

/// Tells who answers for an entry that a changed calendar has moved its end.
pub(super) fn tell_moved(tx: &mut Tx<'_>, entry: &Entry, was: Millis, at: Millis) -> Outcome<()> {
    let letter = about(Kind::CalendarMoved, entry).at("was", was).at("due", entry.marks.due);
    tell_all(tx, &letter, entry, (ANSWERING, 0), at)
}

/// Tells the units that they are called to a meeting.
pub(super) fn tell_meeting(tx: &mut Tx<'_>, m: &Meeting, units: &[i64], at: Millis) -> Outcome<()> {
    let mut told = vec![m.unit];
    for unit in units {
        if told.contains(unit) {
            continue;
        }
        told.push(*unit);
        let subject = Subject::Meeting(m.id.raw());
        let letter = Letter::new(Kind::MeetingCalled, m.place, subject, Audience::Unit(*unit));
        notice::tell(tx, &letter.unit(m.unit).at("at", m.start), at)?;
    }
    Ok(())
}

fn of_task(kind: Kind, task: &Task, to: i64) -> Letter {
    Letter::new(kind, task.place, Subject::Task(task.id.raw()), Audience::Unit(to)).at("due", task.due)
}

/// Tells a unit that an action of a meeting has become its task.
pub(super) fn tell_task(tx: &mut Tx<'_>, task: &Task, caller: i64, at: Millis) -> Outcome<()> {
    notice::tell(tx, &of_task(Kind::TaskGiven, task, task.unit).unit(caller), at)
}

/// Tells the unit that has a task, and the one that gave it, that it was not done in time.
pub(super) fn tell_task_missed(tx: &mut Tx<'_>, task: &Task, caller: i64, at: Millis) -> Outcome<()> {
    let to = [task.unit, caller];
    for unit in &to[..if caller == task.unit { 1 } else { 2 }] {
        notice::tell(tx, &of_task(Kind::TaskMissed, task, *unit).unit(task.unit), at)?;
    }
    Ok(())
}

/// Tells units that a sweep begins (`SweepOpened`), ends soon (`SweepDue`) or has ended without them (`SweepMissed`).
pub(super) fn tell_sweep(
    tx: &mut Tx<'_>,
    kind: Kind,
    sweep: &Sweep,
    units: &[i64],
    at: Millis,
) -> Outcome<()> {
    for unit in units {
        let letter = of_sweep(kind, sweep, *unit);
        let letter = if kind == Kind::SweepOpened { letter.unit(sweep.unit) } else { letter };
        notice::tell(tx, &letter, at)?;
    }
    Ok(())
}

/// Tells the unit that ordered a sweep how many returns did not come.
pub(super) fn tell_incomplete(tx: &mut Tx<'_>, sweep: &Sweep, n: usize, at: Millis) -> Outcome<()> {
    let n = i64::try_from(n).unwrap_or_default();
    notice::tell(tx, &of_sweep(Kind::SweepIncomplete, sweep, sweep.unit).with("n", Param::Count(n)), at)
}

fn of_sweep(kind: Kind, sweep: &Sweep, to: i64) -> Letter {
    Letter::new(kind, sweep.place, Subject::Sweep(sweep.id.raw()), Audience::Unit(to)).at("due", sweep.due)
}
