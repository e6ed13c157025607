//! Entries, their acts and visits.

use base::{Id, Millis, Outcome};
use case::model::Case;
use diesel::prelude::*;
use store::{Conn, on};

use super::tables::{EntryPlace, supervision_act, supervision_entry, supervision_visit};
use crate::model::{Act, ActKind, By, Entry, Four, Level, Marks, Stage, Visit};

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = supervision_entry, treat_none_as_null = true)]
pub(super) struct State {
    stage: String,
    leader_post: i64,
    leader_account: i64,
    unit_id: i64,
    person_account: i64,
    terms: String,
    due_ms: i64,
    amber_ms: i64,
    red_ms: i64,
    late_ms: i64,
    listed_ms: i64,
    struck_ms: i64,
    public_title: Option<String>,
    visit_count: i64,
    is_asked: bool,
    version: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = supervision_entry)]
pub(super) struct EntryRow {
    id: i64,
    number: String,
    #[diesel(embed)]
    place: EntryPlace,
    case_id: i64,
    category_id: i64,
    title: String,
    level: String,
    list_unit: i64,
    by_unit: i64,
    created_ms: i64,
    #[diesel(embed)]
    state: State,
}

fn some_ms(ms: i64) -> Option<Millis> {
    (ms != 0).then_some(Millis(ms))
}

impl From<EntryRow> for Entry {
    fn from(r: EntryRow) -> Self {
        let s = r.state;
        Self {
            id: Id::of(r.id),
            number: r.number,
            place: r.place.into(),
            case: (r.case_id != 0).then(|| Id::of(r.case_id)),
            category: r.category_id,
            title: r.title,
            // Only codes are ever written; one that this version does not know opens nothing.
            stage: Stage::parse(&s.stage).unwrap_or(Stage::Declined),
            level: Level::parse(&r.level).unwrap_or(Level::County),
            list_unit: r.list_unit,
            by_unit: r.by_unit,
            four: Four {
                leader_post: s.leader_post,
                leader: s.leader_account,
                unit: s.unit_id,
                person: s.person_account,
            },
            terms: serde_json::from_str(&s.terms).ok(),
            marks: Marks {
                due: Millis(s.due_ms),
                amber: Millis(s.amber_ms),
                red: Millis(s.red_ms),
                late: Millis(s.late_ms),
            },
            listed: some_ms(s.listed_ms),
            struck: some_ms(s.struck_ms),
            public_title: s.public_title,
            visits: s.visit_count,
            is_asked: s.is_asked,
            version: s.version,
            created: Millis(r.created_ms),
        }
    }
}

fn state(e: &Entry) -> Outcome<State> {
    Ok(State {
        stage: e.stage.code().to_owned(),
        leader_post: e.four.leader_post,
        leader_account: e.four.leader,
        unit_id: e.four.unit,
        person_account: e.four.person,
        terms: e.terms.as_ref().map(serde_json::to_string).transpose()?.unwrap_or_default(),
        due_ms: e.marks.due.0,
        amber_ms: e.marks.amber.0,
        red_ms: e.marks.red.0,
        late_ms: e.marks.late.0,
        listed_ms: e.listed.map_or(0, |t| t.0),
        struck_ms: e.struck.map_or(0, |t| t.0),
        public_title: e.public_title.clone(),
        visit_count: e.visits,
        is_asked: e.is_asked,
        version: e.version,
    })
}

/// Adds an entry.
pub fn put_entry(conn: &mut Conn, e: &Entry) -> Outcome<()> {
    let row = EntryRow {
        id: e.id.raw(),
        number: e.number.clone(),
        place: e.place.into(),
        case_id: e.case.map_or(0, Id::raw),
        category_id: e.category,
        title: e.title.clone(),
        level: e.level.code().to_owned(),
        list_unit: e.list_unit,
        by_unit: e.by_unit,
        created_ms: e.created.0,
        state: state(e)?,
    };
    on!(conn, c => diesel::insert_into(supervision_entry::table).values(&row).execute(c))?;
    Ok(())
}

/// Saves an entry over the version before it; false when somebody else was faster.
pub fn set_entry(conn: &mut Conn, e: &Entry) -> Outcome<bool> {
    let state = state(e)?;
    let changed = on!(conn, c => diesel::update(supervision_entry::table.find(e.id.raw()))
        .filter(supervision_entry::version.eq(e.version - 1))
        .set(&state)
        .execute(c))?;
    Ok(changed == 1)
}

/// Which entry has this id?
pub fn entry_by_id(conn: &mut Conn, id: Id<Entry>) -> Outcome<Option<Entry>> {
    let row: Option<EntryRow> = on!(conn, c => supervision_entry::table
        .find(id.raw())
        .select(EntryRow::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(Entry::from))
}

/// Which entry about this case is not over?
pub fn open_entry_of_case(conn: &mut Conn, case: Id<Case>) -> Outcome<Option<Entry>> {
    let rows: Vec<EntryRow> = on!(conn, c => supervision_entry::table
        .filter(supervision_entry::case_id.eq(case.raw()))
        .order(supervision_entry::id.desc())
        .select(EntryRow::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(Entry::from).find(|e| !e.stage.is_over()))
}

/// The next entries whose clock may run, after `last`, by their ids.
pub fn open_entries(conn: &mut Conn, last: i64, most: i64) -> Outcome<Vec<Entry>> {
    let working: Vec<&str> = Stage::WORKING.iter().map(|s| s.code()).collect();
    let rows: Vec<EntryRow> = on!(conn, c => supervision_entry::table
        .filter(supervision_entry::id.gt(last))
        .filter(supervision_entry::stage.eq_any(&working))
        .order(supervision_entry::id)
        .limit(most)
        .select(EntryRow::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = supervision_act)]
struct ActRow {
    id: i64,
    entry_id: i64,
    county_id: i64,
    at_ms: i64,
    act: String,
    by_role: String,
    from_stage: String,
    to_stage: String,
    account: i64,
    post: i64,
    unit_id: i64,
    term: Option<String>,
    words: Option<String>,
}

/// Adds an act.
pub fn put_act(conn: &mut Conn, e: &Entry, a: &Act) -> Outcome<()> {
    let row = ActRow {
        id: a.id,
        entry_id: e.id.raw(),
        county_id: e.place.county,
        at_ms: a.at.0,
        act: a.act.code().to_owned(),
        by_role: a.by.code().to_owned(),
        from_stage: a.from.code().to_owned(),
        to_stage: a.to.code().to_owned(),
        account: a.account,
        post: a.post,
        unit_id: a.unit,
        term: a.term.map(|t| t.to_string()),
        words: a.words.clone(),
    };
    on!(conn, c => diesel::insert_into(supervision_act::table).values(&row).execute(c))?;
    Ok(())
}

/// What was done, oldest first?
pub fn acts_of(conn: &mut Conn, id: Id<Entry>) -> Outcome<Vec<Act>> {
    let rows: Vec<ActRow> = on!(conn, c => supervision_act::table
        .filter(supervision_act::entry_id.eq(id.raw()))
        .order(supervision_act::id)
        .select(ActRow::as_select())
        .load(c))?;
    let one = |r: ActRow| {
        Some(Act {
            id: r.id,
            at: Millis(r.at_ms),
            act: ActKind::parse(&r.act)?,
            by: By::parse(&r.by_role)?,
            from: Stage::parse(&r.from_stage)?,
            to: Stage::parse(&r.to_stage)?,
            account: r.account,
            post: r.post,
            unit: r.unit_id,
            term: r.term.and_then(|t| t.parse().ok()),
            words: r.words,
        })
    };
    Ok(rows.into_iter().filter_map(one).collect())
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = supervision_visit)]
struct VisitRow {
    id: i64,
    entry_id: i64,
    county_id: i64,
    post: i64,
    day: String,
    place: String,
    outcome: String,
}

/// Adds a visit.
pub fn put_visit(conn: &mut Conn, e: &Entry, v: &Visit) -> Outcome<()> {
    let row = VisitRow {
        id: v.id,
        entry_id: e.id.raw(),
        county_id: e.place.county,
        post: v.post,
        day: v.day.clone(),
        place: v.place.clone(),
        outcome: v.outcome.clone(),
    };
    on!(conn, c => diesel::insert_into(supervision_visit::table).values(&row).execute(c))?;
    Ok(())
}

/// The visits of a matter, latest day first.
pub fn visits_of(conn: &mut Conn, id: Id<Entry>) -> Outcome<Vec<Visit>> {
    let rows: Vec<VisitRow> = on!(conn, c => supervision_visit::table
        .filter(supervision_visit::entry_id.eq(id.raw()))
        .order((supervision_visit::day.desc(), supervision_visit::id.desc()))
        .select(VisitRow::as_select())
        .load(c))?;
    let one = |r: VisitRow| Visit { id: r.id, post: r.post, day: r.day, place: r.place, outcome: r.outcome };
    Ok(rows.into_iter().map(one).collect())
}
