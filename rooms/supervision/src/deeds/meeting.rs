//! A joint meeting (联席会议): called, given an agenda of open matters, kept in minutes, and ended; its tasks are done by the
//! units that were given them.

use access::{Duty, Kind, Person, PostUsed, Resource, may, may_view};
use base::{Act, Id, Invalid, Millis, Outcome, Refusal};
use case::model::{Case, Channel};
use case::store::{Ground, file_by_id};
use store::{Fact, Tx};

use super::tell::{tell_meeting, tell_task, tell_task_missed};
use crate::model::{
    Entry, Item, Meeting, MeetingStage, NewMeeting, NewTask, Origin, Task, long_text, one_line, short_text,
};
use crate::rules::task_due;
use crate::store::{
    entry_by_id, invites_of, item_by_id, items_of, meeting_by_id, put_invite, put_item, put_meeting,
    put_task, set_done, set_meeting, set_minutes, task_by_id,
};

/// What every act is handed: the ground, who acts, and when.
type With<'a> = (&'a Ground, &'a Person, Millis);
/// Just after the time of a task has run out.
pub(super) const TASK_DUE: &str = "supervision.task_due";
/// Units of one call at most.
const MOST_UNITS: usize = 60;
/// Matters that are put on an agenda at once.
const MOST_ITEMS: usize = 50;

/// A desk's clerk or a leader.
fn desk(person: &Person, resource: &Resource) -> Result<PostUsed, Refusal> {
    may(person, Duty::Clerk, resource)
        .or_else(|refusal| may(person, Duty::Lead, resource).map_err(|_| refusal))
}

/// Calls a meeting from the unit of the post that is used.
///
/// # Errors
/// Invalid by field; 403 without the duty. The same form sent twice is one meeting.
pub fn call_meeting(tx: &mut Tx<'_>, with: With<'_>, once: &str, order: &NewMeeting) -> Outcome<Id<Meeting>> {
    let (g, person, at) = with;
    if let Some(id) = web::once::taken(tx.conn, once)?.and_then(|t| t.parse::<Id<Meeting>>().ok()) {
        tx.record(
            Fact::new("supervision.meeting_called", Act::system(at), "meeting", id.raw())
                .set("repeated", "yes"),
        );
        return Ok(id);
    }
    let mut invalid = Invalid::default();
    let title = one_line(&mut invalid, "title", &order.title);
    let hall = one_line(&mut invalid, "hall", &order.hall);
    if order.units.is_empty() || order.units.len() > MOST_UNITS {
        invalid.push("units", "supervision.invalid.no_units");
    }
    if order.units.iter().any(|u| g.units.get(*u).is_none()) {
        invalid.push("units", "form.choose");
    }
    invalid.or(())?;
    let post = person.posts.iter().find(|p| p.duties.has(Duty::Clerk) || p.duties.has(Duty::Lead));
    let unit = post.and_then(|p| g.units.get(p.unit.raw())).ok_or_else(Refusal::forbidden)?;
    let used = desk(person, &Resource::at(Kind::SupervisionWork, unit.place))?;
    let meeting = Meeting {
        id: tx.id::<Meeting>(at),
        place: unit.place,
        unit: unit.id.raw(),
        title,
        hall,
        start: order.start,
        stage: MeetingStage::Called,
        version: 1,
        created: at,
    };
    put_meeting(tx.conn, &meeting)?;
    for unit in &order.units {
        put_invite(tx.conn, meeting.id, *unit)?;
    }
    web::once::keep(tx, once, &meeting.id.to_string(), at)?;
    let units = i64::try_from(order.units.len()).unwrap_or_default();
    tx.record(fact("supervision.meeting_called", used, at, &meeting).int("units", units));
    tell_meeting(tx, &meeting, &order.units, at)?;
    Ok(meeting.id)
}

fn fact(kind: &'static str, used: PostUsed, at: Millis, m: &Meeting) -> Fact {
    Fact::new(kind, Act::new(used.actor(), at), "meeting", m.id.raw())
        .county(m.place.county)
        .set("stage", m.stage.code())
        .id("unit", m.unit)
}

/// The meeting, for somebody of the unit that calls.
fn mine(tx: &mut Tx<'_>, person: &Person, id: Id<Meeting>) -> Outcome<(Meeting, PostUsed)> {
    let meeting = meeting_by_id(tx.conn, id)?.ok_or_else(Refusal::not_found)?;
    let invited = invites_of(tx.conn, id)?;
    may_view(person, &meeting.resource(Kind::SupervisionView, &invited))?;
    let used = desk(person, &meeting.resource(Kind::SupervisionWork, &invited))?;
    if used.unit.raw() == meeting.unit {
        Ok((meeting, used))
    } else {
        Err(Refusal::new("supervision.refuse.not_the_caller").status(403).into())
    }
}

/// Refused once the meeting is over.
fn must_be_open(m: &Meeting) -> Result<(), Refusal> {
    match m.stage {
        MeetingStage::Closed => Err(Refusal::new("supervision.refuse.meeting_over")),
        _ => Ok(()),
    }
}

/// Puts open cases and entries of lists on the agenda; what stands there already stays. Returns how many were added.
///
/// # Errors
/// 403 for another unit; 409 when it is over or nothing new was chosen; what the person may not open is left out.
pub fn add_items(
    tx: &mut Tx<'_>,
    with: With<'_>,
    id: Id<Meeting>,
    cases: &[Id<Case>],
    entries: &[Id<Entry>],
) -> Outcome<i64> {
    let (_, person, at) = with;
    let (meeting, used) = mine(tx, person, id)?;
    must_be_open(&meeting)?;
    if cases.len() + entries.len() > MOST_ITEMS {
        return Err(Invalid::field("cases", "supervision.invalid.too_many").into());
    }
    let mut position = i64::try_from(items_of(tx.conn, id)?.len()).unwrap_or_default();
    let mut added = 0;
    let mut put = |tx: &mut Tx<'_>, case: i64, entry: i64, number: String, title: String| -> Outcome<()> {
        let item = Item {
            id: tx.id::<Item>(at).raw(),
            position: position + 1,
            case,
            entry,
            number,
            title,
            minutes: None,
        };
        if put_item(tx.conn, id, &item)? {
            (position, added) = (position + 1, added + 1);
        }
        Ok(())
    };
    for case in cases {
        let file = file_by_id(tx.conn, *case)?.filter(|f| f.case.stage.is_open());
        let seen = file.filter(|f| may_view(person, &f.resource(Kind::CaseView)).is_ok());
        if let Some(c) = seen.map(|f| f.case) {
            put(tx, c.id.raw(), 0, c.number, c.title)?;
        }
    }
    for entry in entries {
        let found = entry_by_id(tx.conn, *entry)?.filter(|e| !e.stage.is_over());
        let seen = found.filter(|e| may_view(person, &e.resource(Kind::SupervisionView)).is_ok());
        if let Some(e) = seen {
            put(tx, 0, e.id.raw(), e.number, e.title)?;
        }
    }
    if added == 0 {
        return Err(Refusal::new("supervision.refuse.nothing_added").into());
    }
    tx.record(fact("supervision.agenda_set", used, at, &meeting).int("added", added));
    Ok(added)
}

/// Keeps the minutes of an item. The first minutes make the meeting held.
///
/// # Errors
/// 403 for another unit; 409 before it begins, when it is over, or when somebody else kept minutes meanwhile.
pub fn keep_minutes(
    tx: &mut Tx<'_>,
    with: With<'_>,
    id: Id<Meeting>,
    shown: Option<i64>,
    item: i64,
    words: &str,
) -> Outcome<()> {
    let (_, person, at) = with;
    let (meeting, used) = mine(tx, person, id)?;
    must_be_open(&meeting)?;
    must_be_shown(&meeting, shown)?;
    if at < meeting.start {
        return Err(Refusal::new("supervision.refuse.not_begun").with("when~", meeting.start.0).into());
    }
    let mut invalid = Invalid::default();
    let words = long_text(&mut invalid, "minutes", words);
    if item_by_id(tx.conn, id, item)?.is_none() {
        invalid.push("item", "form.choose");
    }
    invalid.or(())?;
    set_minutes(tx.conn, item, &words)?;
    let after = Meeting { stage: MeetingStage::Held, version: meeting.version + 1, ..meeting };
    save(tx, &after)?;
    tx.record(fact("supervision.minutes_kept", used, at, &after).id("item", item).digest("words", &words));
    Ok(())
}

fn must_be_shown(m: &Meeting, shown: Option<i64>) -> Result<(), Refusal> {
    match shown {
        Some(v) if v != m.version => Err(Refusal::new("supervision.refuse.meeting_changed")),
        _ => Ok(()),
    }
}

fn save(tx: &mut Tx<'_>, m: &Meeting) -> Outcome<()> {
    if set_meeting(tx.conn, m)? {
        Ok(())
    } else {
        Err(Refusal::new("supervision.refuse.meeting_changed").into())
    }
}

/// Gives a task to the unit that calls or to one that was invited.
///
/// # Errors
/// Invalid by field; 403 for another unit; 409 when it is over.
pub fn give_task(
    tx: &mut Tx<'_>,
    with: With<'_>,
    id: Id<Meeting>,
    shown: Option<i64>,
    order: &NewTask,
) -> Outcome<Id<Task>> {
    let (g, person, at) = with;
    let (meeting, used) = mine(tx, person, id)?;
    must_be_open(&meeting)?;
    must_be_shown(&meeting, shown)?;
    let mut invalid = Invalid::default();
    let what = long_text(&mut invalid, "what", &order.what);
    let came = invites_of(tx.conn, id)?;
    if order.unit != meeting.unit && !came.contains(&order.unit) {
        invalid.push("unit", "supervision.invalid.not_invited");
    }
    if order.term.n == 0 {
        invalid.push("term", "supervision.invalid.no_term");
    }
    let item = if order.item == 0 { None } else { item_by_id(tx.conn, id, order.item)? };
    if order.item != 0 && item.is_none() {
        invalid.push("item", "form.choose");
    }
    invalid.or(())?;
    let task = Task {
        id: tx.id::<Task>(at),
        place: meeting.place,
        meeting: id,
        item: order.item,
        unit: order.unit,
        origin: origin_of(tx, item.as_ref())?,
        what: what.clone(),
        term: order.term,
        start: at,
        due: task_due(order.term, at, &g.here(&meeting.place)),
        done: None,
        words: String::new(),
        evidence: String::new(),
        account: 0,
        post: 0,
        version: 1,
    };
    put_task(tx.conn, &task)?;
    // The form that was shown is used up, so that sent twice it is one task.
    let after = Meeting { version: meeting.version + 1, ..meeting };
    save(tx, &after)?;
    tx.record(
        fact("supervision.task_given", used, at, &after)
            .id("task", task.id.raw())
            .id("to", task.unit)
            .set("origin", task.origin.code())
            .int("due_ms", task.due.0)
            .digest("what", &what),
    );
    jobs::put(tx, TASK_DUE, task.id.raw(), task.due.plus(1), at)?;
    tell_task(tx, &task, after.unit, at)?;
    Ok(task.id)
}

/// The timer: tells that a task was not done in time, once.
pub(super) fn task_missed(tx: &mut Tx<'_>, act: Act, subject: i64) -> Outcome<()> {
    let Some(task) = task_by_id(tx.conn, Id::of(subject))?.filter(|t| t.done.is_none()) else {
        return Ok(());
    };
    let Some(meeting) = meeting_by_id(tx.conn, task.meeting)? else { return Ok(()) };
    tx.record(
        Fact::new("supervision.task_missed", act, "task", subject)
            .county(task.place.county)
            .id("unit", task.unit)
            .int("due_ms", task.due.0),
    );
    tell_task_missed(tx, &task, meeting.unit, act.at)
}

/// Where a task comes from: out of the matter that it is about; never from a person.
fn origin_of(tx: &mut Tx<'_>, item: Option<&Item>) -> Outcome<Origin> {
    let Some(item) = item else { return Ok(Origin::OrganisationRequest) };
    let case = match (item.case, item.entry) {
        (0, entry) => entry_by_id(tx.conn, Id::of(entry))?.and_then(|e| e.case),
        (case, _) => Some(Id::of(case)),
    };
    let found = case.map(|id| case::store::case_by_id(tx.conn, id)).transpose()?.flatten();
    Ok(match found.map(|c| c.channel) {
        Some(Channel::Grid) => Origin::WorkerHazardReport,
        Some(_) => Origin::ResidentRequest,
        None => Origin::OrganisationRequest,
    })
}

/// Ends a meeting that was held.
///
/// # Errors
/// 403 for another unit; 409 when it was not held, is over, or has an item without minutes.
pub fn close_meeting(tx: &mut Tx<'_>, with: With<'_>, id: Id<Meeting>, shown: Option<i64>) -> Outcome<()> {
    let (_, person, at) = with;
    let (meeting, used) = mine(tx, person, id)?;
    must_be_open(&meeting)?;
    must_be_shown(&meeting, shown)?;
    if meeting.stage != MeetingStage::Held {
        return Err(Refusal::new("supervision.refuse.not_held").into());
    }
    let without = items_of(tx.conn, id)?.iter().filter(|i| i.minutes.is_none()).count();
    if without > 0 {
        return Err(Refusal::new("supervision.refuse.minutes_missing").with("n", without).into());
    }
    let after = Meeting { stage: MeetingStage::Closed, version: meeting.version + 1, ..meeting };
    save(tx, &after)?;
    tx.record(fact("supervision.meeting_closed", used, at, &after));
    Ok(())
}

/// The unit that has a task says what was done, with what proves it.
///
/// # Errors
/// 404 for who may not see it; 403 for another unit; 409 when it is done already; invalid by field.
pub fn do_task(
    tx: &mut Tx<'_>,
    with: With<'_>,
    id: Id<Task>,
    shown: Option<i64>,
    (words, evidence): (&str, &str),
) -> Outcome<()> {
    let (_, person, at) = with;
    let task = task_by_id(tx.conn, id)?.ok_or_else(Refusal::not_found)?;
    may_view(person, &task.resource(Kind::SupervisionView))?;
    let used = task_hand(person, &task)?;
    if let Some(done) = task.done {
        return Err(Refusal::new("supervision.refuse.task_done").with("when~", done.0).into());
    }
    if shown.is_some_and(|v| v != task.version) {
        return Err(Refusal::new("supervision.refuse.meeting_changed").into());
    }
    let mut invalid = Invalid::default();
    let words = long_text(&mut invalid, "words", words);
    let evidence = short_text(&mut invalid, "evidence", evidence);
    if evidence.is_empty() {
        invalid.push("evidence", "supervision.invalid.no_evidence");
    }
    invalid.or(())?;
    let after = Task {
        done: Some(at),
        words: words.clone(),
        evidence,
        account: used.account.raw(),
        post: used.post.raw(),
        version: task.version + 1,
        ..task
    };
    if !set_done(tx.conn, &after)? {
        return Err(Refusal::new("supervision.refuse.task_done").with("when~", at.0).into());
    }
    tx.record(
        Fact::new("supervision.task_done", Act::new(used.actor(), at), "task", id.raw())
            .county(after.place.county)
            .id("unit", after.unit)
            .int("due_ms", after.due.0)
            .digest("words", &words),
    );
    Ok(())
}

/// Somebody of the unit that has the task.
fn task_hand(person: &Person, task: &Task) -> Result<PostUsed, Refusal> {
    let posts = person.posts.iter().filter(|p| p.unit.raw() == task.unit).cloned().collect();
    let here = Person { posts, ..person.clone() };
    let work = task.resource(Kind::SupervisionWork);
    let duties = [Duty::Handle, Duty::Clerk, Duty::Mediate, Duty::Grid];
    duties.into_iter().find_map(|d| may(&here, d, &work).ok()).ok_or_else(Refusal::forbidden)
}
