//! The rows of the clocks: found by case, by holder, and one after another for the nightly proof.

use base::{Id, Millis, Outcome};
use diesel::prelude::*;
use store::{Conn, Later, Tx, add_all, done, fixed, on};

use super::tables::{ActRow, case_clock, case_clock_act, case_clock_check, case_item};
use crate::model::{ActKind, By, Case, CaseClock, ClockKind, letters, state_code, state_of, term_of};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_clock, treat_none_as_default_value = false)]
struct ClockRow {
    id: i64,
    case_id: i64,
    county_id: i64,
    kind: String,
    round: i64,
    start_ms: i64,
    #[diesel(embed)]
    hands: Hands,
}

/// What may change of a clock while it runs.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = case_clock, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Hands {
    unit_id: i64,
    state: String,
    n: i64,
    unit: String,
    source: String,
    due_ms: i64,
    amber_ms: i64,
    red_ms: i64,
    ended_ms: Option<i64>,
    paused_times: i64,
    extended_times: i64,
    told: i64,
}

impl Later for ClockRow {
    fn add(conn: &mut Conn, rows: &[Self]) -> Outcome<()> {
        add_all!(conn, case_clock::table, rows);
        Ok(())
    }
}

impl ClockRow {
    fn new(c: &CaseClock, county: i64) -> Self {
        Self {
            id: c.id,
            case_id: c.case.raw(),
            county_id: county,
            kind: c.kind.code().to_owned(),
            round: c.round,
            start_ms: c.start.0,
            hands: Hands::of(c),
        }
    }

    /// `None` for a row with a word that this version does not know.
    fn clock(self) -> Option<CaseClock> {
        let h = self.hands;
        Some(CaseClock {
            id: self.id,
            case: Id::of(self.case_id),
            kind: ClockKind::parse(&self.kind)?,
            round: self.round,
            unit: h.unit_id,
            state: state_of(&h.state)?,
            term: term_of(h.n, &h.unit),
            source: h.source,
            start: Millis(self.start_ms),
            due: Millis(h.due_ms),
            amber: Millis(h.amber_ms),
            red: Millis(h.red_ms),
            ended: h.ended_ms.map(Millis),
            paused: h.paused_times,
            extended: h.extended_times,
            told: h.told,
        })
    }
}

impl Hands {
    fn of(c: &CaseClock) -> Self {
        Self {
            unit_id: c.unit,
            state: state_code(c.state).to_owned(),
            n: i64::from(c.term.n),
            unit: letters(c.term),
            source: c.source.clone(),
            due_ms: c.due.0,
            amber_ms: c.amber.0,
            red_ms: c.red.0,
            ended_ms: c.ended.map(|t| t.0),
            paused_times: c.paused,
            extended_times: c.extended,
            told: c.told,
        }
    }
}

/// What an act on a clock said, as stored (计时动作说明).
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_clock_act, treat_none_as_default_value = false)]
pub struct ClockActRow {
    /// The act.
    pub act_id: i64,
    /// Of which case.
    pub case_id: i64,
    /// Its county.
    pub county_id: i64,
    /// The reason's code, for a pause.
    pub reason: String,
    /// The paper that proves it, named.
    pub paper: String,
    /// Whether evidence was filed.
    pub has_evidence: bool,
    /// Days of the cap, or the term that was asked for: how many.
    pub n: i64,
    /// Of what.
    pub unit: String,
    /// Working days in which an extension may still be decided.
    pub decide_days: i64,
    /// By which article.
    pub source: String,
}

/// All clocks of a case, the oldest first.
pub fn clocks_of(conn: &mut Conn, case: Id<Case>) -> Outcome<Vec<CaseClock>> {
    let rows = on!(conn, c => case_clock::table
        .filter(case_clock::case_id.eq(case.raw()))
        .order(case_clock::id)
        .select(ClockRow::as_select())
        .load(c))?;
    Ok(rows.into_iter().filter_map(ClockRow::clock).collect())
}

/// One clock.
pub fn clock_by_id(conn: &mut Conn, id: i64) -> Outcome<Option<CaseClock>> {
    let row = on!(conn, c => case_clock::table.find(id).select(ClockRow::as_select()).first(c).optional())?;
    Ok(row.and_then(ClockRow::clock))
}

/// Adds the clocks of a case that is new.
pub fn add_clocks(tx: &mut Tx<'_>, case: &Case, clocks: &[CaseClock]) -> Outcome<()> {
    clocks.iter().try_for_each(|clock| tx.add_later(ClockRow::new(clock, case.place.county)))
}

/// Saves a clock as it stands now.
pub fn set_clock(conn: &mut Conn, clock: &CaseClock) -> Outcome<()> {
    let hands = Hands::of(clock);
    on!(conn, c => done(fixed!(diesel::update(case_clock::table.find(clock.id)).set(&hands)), c))?;
    Ok(())
}

/// Saves when the answer of a case is due: the index over its clock.
pub fn set_due(conn: &mut Conn, case: Id<Case>, due: Millis) -> Outcome<()> {
    on!(conn, c => done(diesel::update(case_item::table.find(case.raw()))
        .set(case_item::due_ms.eq(due.0)), c))?;
    Ok(())
}

/// What the acts on the clocks of a case said.
pub fn clock_acts_of(conn: &mut Conn, case: Id<Case>) -> Outcome<Vec<ClockActRow>> {
    Ok(on!(conn, c => case_clock_act::table
        .filter(case_clock_act::case_id.eq(case.raw()))
        .order(case_clock_act::act_id)
        .select(ClockActRow::as_select())
        .load(c))?)
}

/// The same, asked only where an act can have said something.
pub fn clock_acts_for(conn: &mut Conn, case: Id<Case>, acts: &[ActRow]) -> Outcome<Vec<ClockActRow>> {
    let said = [ActKind::Pause.code(), ActKind::Extend.code()];
    match acts.iter().any(|a| said.contains(&a.act.as_str())) {
        true => clock_acts_of(conn, case),
        false => Ok(Vec::new()),
    }
}

/// Keeps what an act on a clock said.
pub fn put_clock_act(conn: &mut Conn, row: &ClockActRow) -> Outcome<()> {
    on!(conn, c => diesel::insert_into(case_clock_act::table).values(row).execute(c))?;
    Ok(())
}

/// A running clock as a change of the calendar needs it (未了结时限).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenClock {
    /// The clock.
    pub clock: CaseClock,
    /// Its case's number.
    pub number: String,
    /// The smallest division of its case's place.
    pub division: i64,
}

/// The next running clocks of cases after one, whole cases only, at most about so many.
pub fn open_clocks(conn: &mut Conn, after: i64, most: i64) -> Outcome<Vec<OpenClock>> {
    type Of = (String, i64, i64, i64);
    let rows: Vec<(ClockRow, Of)> = on!(conn, c => case_clock::table
        .inner_join(case_item::table.on(case_item::id.eq(case_clock::case_id)))
        .filter(case_clock::ended_ms.is_null())
        .filter(case_clock::case_id.gt(after))
        .order(case_clock::case_id)
        .limit(most)
        .select((
            ClockRow::as_select(),
            (case_item::number, case_item::village_id, case_item::town_id, case_item::county_id),
        ))
        .load(c))?;
    // The last case may be cut in two: it comes whole with the next.
    let full = rows.len() as i64 == most;
    let last = rows.last().map(|(row, _)| row.case_id);
    let whole = |row: &ClockRow| !full || Some(row.case_id) != last;
    let one = |(row, (number, village, town, county)): (ClockRow, Of)| {
        let division = [village, town, county].into_iter().find(|id| *id != 0).unwrap_or(0);
        Some(OpenClock { clock: row.clock()?, number, division })
    };
    Ok(rows.into_iter().filter(|(row, _)| whole(row)).filter_map(one).collect())
}

/// The next cases in which an office still owes something or a clock runs, by id, with the state of their rows.
pub fn cases_to_prove(conn: &mut Conn, after: i64, most: i64) -> Outcome<Vec<i64>> {
    let open: Vec<&str> = crate::model::Stage::OPEN.iter().map(|s| s.code()).collect();
    Ok(on!(conn, c => case_item::table
        .filter(case_item::id.gt(after))
        .filter(case_item::stage.eq_any(&open))
        .order(case_item::id)
        .limit(most)
        .select(case_item::id)
        .load(c))?)
}

/// One nightly proof that the rows equal what the acts say (每夜核对).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = case_clock_check, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct CheckRow {
    /// Its id.
    pub id: i64,
    /// When it began.
    pub begun_ms: i64,
    /// When it was through.
    pub ended_ms: Option<i64>,
    /// Cases that were read.
    pub cases: i64,
    /// Clocks that were read.
    pub clocks: i64,
    /// Clocks whose row differed and was put right.
    pub differed: i64,
}

/// Saves a proof as far as it has come.
pub fn put_check(conn: &mut Conn, row: &CheckRow) -> Outcome<()> {
    on!(conn, c => diesel::insert_into(case_clock_check::table)
        .values(row)
        .on_conflict(case_clock_check::id)
        .do_update()
        .set(row)
        .execute(c))?;
    Ok(())
}

/// The last proofs, the latest first.
pub fn last_checks(conn: &mut Conn, most: i64) -> Outcome<Vec<CheckRow>> {
    Ok(on!(conn, c => case_clock_check::table
        .order(case_clock_check::id.desc())
        .limit(most)
        .select(CheckRow::as_select())
        .load(c))?)
}

/// The act of a row, if this version knows it.
pub fn act_of(row: &ActRow) -> Option<(ActKind, By)> {
    Some((ActKind::parse(&row.act)?, By::parse(&row.by_role)?))
}
