//! Meetings, who is invited, the agenda, and tasks.

use access::ScopeFilter;
use base::{Cursor, Id, Millis, Outcome, Page};
use diesel::{dsl::sql, prelude::*, sql_query, sql_types};
use store::{Conn, on};

use super::filter::scope_sql;
use super::tables::{
    MeetingPlace, TaskPlace, supervision_invite, supervision_item, supervision_meeting, supervision_task,
};
use crate::model::{Item, Meeting, MeetingStage, Origin, Task, TaskState};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = supervision_meeting)]
struct MeetingRow {
    id: i64,
    #[diesel(embed)]
    place: MeetingPlace,
    unit_id: i64,
    title: String,
    hall: String,
    start_ms: i64,
    stage: String,
    version: i64,
    created_ms: i64,
}

impl From<MeetingRow> for Meeting {
    fn from(r: MeetingRow) -> Self {
        Self {
            id: Id::of(r.id),
            place: r.place.into(),
            unit: r.unit_id,
            title: r.title,
            hall: r.hall,
            start: Millis(r.start_ms),
            stage: MeetingStage::parse(&r.stage).unwrap_or(MeetingStage::Closed),
            version: r.version,
            created: Millis(r.created_ms),
        }
    }
}

/// Adds a meeting.
pub fn put_meeting(conn: &mut Conn, m: &Meeting) -> Outcome<()> {
    let row = MeetingRow {
        id: m.id.raw(),
        place: m.place.into(),
        unit_id: m.unit,
        title: m.title.clone(),
        hall: m.hall.clone(),
        start_ms: m.start.0,
        stage: m.stage.code().to_owned(),
        version: m.version,
        created_ms: m.created.0,
    };
    on!(conn, c => diesel::insert_into(supervision_meeting::table).values(&row).execute(c))?;
    Ok(())
}

/// Saves stage and version over the version before it; false when somebody else was faster.
pub fn set_meeting(conn: &mut Conn, m: &Meeting) -> Outcome<bool> {
    let changed = on!(conn, c => diesel::update(supervision_meeting::table.find(m.id.raw()))
        .filter(supervision_meeting::version.eq(m.version - 1))
        .set((supervision_meeting::stage.eq(m.stage.code()), supervision_meeting::version.eq(m.version)))
        .execute(c))?;
    Ok(changed == 1)
}

/// Which meeting has this id?
pub fn meeting_by_id(conn: &mut Conn, id: Id<Meeting>) -> Outcome<Option<Meeting>> {
    let row: Option<MeetingRow> = on!(conn, c => supervision_meeting::table
        .find(id.raw())
        .select(MeetingRow::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(Meeting::from))
}

/// Invites a unit.
pub fn put_invite(conn: &mut Conn, meeting: Id<Meeting>, unit: i64) -> Outcome<()> {
    let row = (supervision_invite::unit_id.eq(unit), supervision_invite::meeting_id.eq(meeting.raw()));
    on!(conn, c => diesel::insert_into(supervision_invite::table).values(row).on_conflict_do_nothing().execute(c))?;
    Ok(())
}

/// Which units are invited?
pub fn invites_of(conn: &mut Conn, meeting: Id<Meeting>) -> Outcome<Vec<i64>> {
    Ok(on!(conn, c => supervision_invite::table
        .filter(supervision_invite::meeting_id.eq(meeting.raw()))
        .order(supervision_invite::unit_id)
        .select(supervision_invite::unit_id)
        .load(c))?)
}

/// The meetings of a scope, the latest first.
pub fn meetings(
    conn: &mut Conn,
    scope: &ScopeFilter,
    stage: Option<MeetingStage>,
    after: Option<Cursor>,
    size: usize,
) -> Outcome<Page<Meeting>> {
    const INVITED: &str = "supervision_meeting.id IN (SELECT supervision_invite.meeting_id FROM supervision_invite \
                           WHERE supervision_invite.unit_id = {unit})";
    let mut text = scope_sql(scope, "supervision_meeting", &["unit_id"], &[], INVITED);
    if let Some(stage) = stage {
        text += &format!(" AND supervision_meeting.stage = '{}'", stage.code());
    }
    if let Some(c) = after {
        text +=
            &format!(" AND (supervision_meeting.start_ms, supervision_meeting.id) < ({}, {})", c.key, c.id);
    }
    let rows: Vec<MeetingRow> = on!(conn, c => supervision_meeting::table
        .filter(sql::<sql_types::Bool>(&format!("({text})")))
        .order((supervision_meeting::start_ms.desc(), supervision_meeting::id.desc()))
        .limit(size as i64 + 1)
        .select(MeetingRow::as_select())
        .load(c))?;
    let rows = rows.into_iter().map(Meeting::from).collect();
    Ok(Page::from_extra(rows, size, |m: &Meeting| Cursor { key: m.start.0, id: m.id.raw() }))
}

/// The meetings that a unit calls or is called to, that begin in this span, the earliest first.
pub fn meetings_of_unit(
    conn: &mut Conn,
    unit: i64,
    (from, until): (Millis, Millis),
    most: usize,
) -> Outcome<Vec<Meeting>> {
    let mut rows: Vec<MeetingRow> = on!(conn, c => supervision_meeting::table
        .filter(supervision_meeting::unit_id.eq(unit))
        .filter(supervision_meeting::start_ms.between(from.0, until.0))
        .order((supervision_meeting::start_ms, supervision_meeting::id))
        .limit(most as i64)
        .select(MeetingRow::as_select())
        .load(c))?;
    let called: Vec<MeetingRow> = on!(conn, c => supervision_meeting::table
        .inner_join(supervision_invite::table.on(supervision_invite::meeting_id.eq(supervision_meeting::id)))
        .filter(supervision_invite::unit_id.eq(unit))
        .filter(supervision_meeting::unit_id.ne(unit))
        .filter(supervision_meeting::start_ms.between(from.0, until.0))
        .order((supervision_meeting::start_ms, supervision_meeting::id))
        .limit(most as i64)
        .select(MeetingRow::as_select())
        .load(c))?;
    rows.extend(called);
    rows.sort_unstable_by_key(|r| (r.start_ms, r.id));
    rows.truncate(most);
    Ok(rows.into_iter().map(Meeting::from).collect())
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = supervision_item)]
struct ItemRow {
    id: i64,
    meeting_id: i64,
    position: i64,
    case_id: i64,
    entry_id: i64,
    number: String,
    title: String,
    minutes: Option<String>,
}

impl From<ItemRow> for Item {
    fn from(r: ItemRow) -> Self {
        Self {
            id: r.id,
            position: r.position,
            case: r.case_id,
            entry: r.entry_id,
            number: r.number,
            title: r.title,
            minutes: r.minutes,
        }
    }
}

/// Adds an item; nothing when it is on the agenda already. True when it was added.
pub fn put_item(conn: &mut Conn, meeting: Id<Meeting>, item: &Item) -> Outcome<bool> {
    let row = ItemRow {
        id: item.id,
        meeting_id: meeting.raw(),
        position: item.position,
        case_id: item.case,
        entry_id: item.entry,
        number: item.number.clone(),
        title: item.title.clone(),
        minutes: None,
    };
    let added = on!(conn, c => diesel::insert_into(supervision_item::table).values(&row).on_conflict_do_nothing().execute(c))?;
    Ok(added == 1)
}

/// The agenda, in its order.
pub fn items_of(conn: &mut Conn, meeting: Id<Meeting>) -> Outcome<Vec<Item>> {
    let rows: Vec<ItemRow> = on!(conn, c => supervision_item::table
        .filter(supervision_item::meeting_id.eq(meeting.raw()))
        .order((supervision_item::position, supervision_item::id))
        .select(ItemRow::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(Item::from).collect())
}

/// Which item of a meeting has this id?
pub fn item_by_id(conn: &mut Conn, meeting: Id<Meeting>, id: i64) -> Outcome<Option<Item>> {
    Ok(items_of(conn, meeting)?.into_iter().find(|i| i.id == id))
}

/// Keeps an item's minutes.
pub fn set_minutes(conn: &mut Conn, id: i64, minutes: &str) -> Outcome<()> {
    on!(conn, c => diesel::update(supervision_item::table.find(id))
        .set(supervision_item::minutes.eq(minutes))
        .execute(c))?;
    Ok(())
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = supervision_task)]
struct TaskRow {
    id: i64,
    #[diesel(embed)]
    place: TaskPlace,
    meeting_id: i64,
    item_id: i64,
    unit_id: i64,
    origin: String,
    what: String,
    term: String,
    start_ms: i64,
    due_ms: i64,
    done_ms: Option<i64>,
    done_words: Option<String>,
    evidence: Option<String>,
    account: i64,
    post: i64,
    version: i64,
}

impl From<TaskRow> for Task {
    fn from(r: TaskRow) -> Self {
        Self {
            id: Id::of(r.id),
            place: r.place.into(),
            meeting: Id::of(r.meeting_id),
            item: r.item_id,
            unit: r.unit_id,
            origin: Origin::parse(&r.origin).unwrap_or(Origin::OrganisationRequest),
            what: r.what,
            term: r.term.parse().unwrap_or(deadline::Term { n: 0, unit: deadline::Unit::Day }),
            start: Millis(r.start_ms),
            due: Millis(r.due_ms),
            done: r.done_ms.map(Millis),
            words: r.done_words.unwrap_or_default(),
            evidence: r.evidence.unwrap_or_default(),
            account: r.account,
            post: r.post,
            version: r.version,
        }
    }
}

/// Adds a task.
pub fn put_task(conn: &mut Conn, t: &Task) -> Outcome<()> {
    let row = TaskRow {
        id: t.id.raw(),
        place: t.place.into(),
        meeting_id: t.meeting.raw(),
        item_id: t.item,
        unit_id: t.unit,
        origin: t.origin.code().to_owned(),
        what: t.what.clone(),
        term: t.term.to_string(),
        start_ms: t.start.0,
        due_ms: t.due.0,
        done_ms: None,
        done_words: None,
        evidence: None,
        account: 0,
        post: 0,
        version: t.version,
    };
    on!(conn, c => diesel::insert_into(supervision_task::table).values(&row).execute(c))?;
    Ok(())
}

/// Marks a task done over the version before it; false when somebody else was faster.
pub fn set_done(conn: &mut Conn, t: &Task) -> Outcome<bool> {
    let changed = on!(conn, c => diesel::update(supervision_task::table.find(t.id.raw()))
        .filter(supervision_task::version.eq(t.version - 1))
        .set((
            supervision_task::done_ms.eq(t.done.map(|at| at.0)),
            supervision_task::done_words.eq(&t.words),
            supervision_task::evidence.eq(&t.evidence),
            supervision_task::account.eq(t.account),
            supervision_task::post.eq(t.post),
            supervision_task::version.eq(t.version),
        ))
        .execute(c))?;
    Ok(changed == 1)
}

/// Which task has this id?
pub fn task_by_id(conn: &mut Conn, id: Id<Task>) -> Outcome<Option<Task>> {
    let row: Option<TaskRow> = on!(conn, c => supervision_task::table
        .find(id.raw())
        .select(TaskRow::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(Task::from))
}

/// The tasks out of a meeting.
pub fn tasks_of(conn: &mut Conn, meeting: Id<Meeting>) -> Outcome<Vec<Task>> {
    let rows: Vec<TaskRow> = on!(conn, c => supervision_task::table
        .filter(supervision_task::meeting_id.eq(meeting.raw()))
        .order(supervision_task::id)
        .select(TaskRow::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(Task::from).collect())
}

/// Which tasks.
#[derive(Debug, Clone, Default)]
pub struct TaskFilter {
    /// What the person may see.
    pub scope: ScopeFilter,
    /// Standing like this.
    pub state: Option<TaskState>,
    /// Of one of these units; empty = any.
    pub units: Vec<i64>,
}

impl TaskFilter {
    fn sql(&self, now: Millis) -> String {
        let mut text = scope_sql(&self.scope, "supervision_task", &["unit_id"], &[], "");
        if !self.units.is_empty() {
            let units: Vec<String> = self.units.iter().map(i64::to_string).collect();
            text += &format!(" AND supervision_task.unit_id IN ({})", units.join(", "));
        }
        if let Some(state) = self.state {
            text += " AND ";
            text += &state_sql(state, now);
        }
        text
    }
}

/// The same as [`Task::state`].
fn state_sql(state: TaskState, now: Millis) -> String {
    let (done, due) = ("supervision_task.done_ms", "supervision_task.due_ms");
    match state {
        TaskState::Open => format!("({done} IS NULL AND {due} >= {})", now.0),
        TaskState::Late => format!("({done} IS NULL AND {due} < {})", now.0),
        TaskState::Done => format!("({done} <= {due})"),
        TaskState::DoneLate => format!("({done} > {due})"),
    }
}

/// The tasks of a filter, soonest due first.
pub fn tasks(
    conn: &mut Conn,
    filter: &TaskFilter,
    after: Option<Cursor>,
    size: usize,
    now: Millis,
) -> Outcome<Page<Task>> {
    let mut text = filter.sql(now);
    if let Some(c) = after {
        text += &format!(" AND (supervision_task.due_ms, supervision_task.id) > ({}, {})", c.key, c.id);
    }
    let rows: Vec<TaskRow> = on!(conn, c => supervision_task::table
        .filter(sql::<sql_types::Bool>(&format!("({text})")))
        .order((supervision_task::due_ms, supervision_task::id))
        .limit(size as i64 + 1)
        .select(TaskRow::as_select())
        .load(c))?;
    let rows = rows.into_iter().map(Task::from).collect();
    Ok(Page::from_extra(rows, size, |t: &Task| Cursor { key: t.due.0, id: t.id.raw() }))
}

#[derive(QueryableByName)]
struct StateCount {
    #[diesel(sql_type = sql_types::Text)]
    state: String,
    #[diesel(sql_type = sql_types::BigInt)]
    n: i64,
}

/// How many tasks stand how?
pub fn task_counts(conn: &mut Conn, filter: &TaskFilter, now: Millis) -> Outcome<Vec<(TaskState, i64)>> {
    let cases: Vec<String> =
        TaskState::ALL.iter().map(|s| format!("WHEN {} THEN '{}'", state_sql(*s, now), s.code())).collect();
    let all = TaskFilter { state: None, ..filter.clone() };
    let text = format!(
        "SELECT CASE {} ELSE '' END AS state, COUNT(*) AS n FROM supervision_task WHERE {} GROUP BY 1",
        cases.join(" "),
        all.sql(now)
    );
    let rows: Vec<StateCount> = on!(conn, c => sql_query(&text).load(c))?;
    Ok(rows.into_iter().filter_map(|r| Some((TaskState::parse(&r.state)?, r.n))).collect())
}
