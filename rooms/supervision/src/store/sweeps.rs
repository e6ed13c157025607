//! Sweeps, their returns and findings. A sweep is reached through the returns of one's places.

use access::{Place, ScopeFilter};
use base::{Cursor, Id, Millis, Outcome, Page};
use diesel::{dsl::sql, prelude::*, sql_query, sql_types};
use store::{Conn, on};

use super::filter::scope_sql;
use super::tables::{ReturnPlace, SweepPlace, supervision_finding, supervision_return, supervision_sweep};
use crate::model::{Finding, Return, Rung, Sweep, SweepKind};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = supervision_sweep)]
struct SweepRow {
    id: i64,
    #[diesel(embed)]
    place: SweepPlace,
    unit_id: i64,
    kind: String,
    rung: String,
    title: String,
    question: String,
    from_day: String,
    to_day: String,
    due_ms: i64,
    created_ms: i64,
}

impl From<SweepRow> for Sweep {
    fn from(r: SweepRow) -> Self {
        let day = |text: &str| text.parse().unwrap_or(jiff::civil::Date::ZERO);
        Self {
            id: Id::of(r.id),
            place: r.place.into(),
            unit: r.unit_id,
            kind: SweepKind::parse(&r.kind).unwrap_or(SweepKind::Regular),
            rung: Rung::parse(&r.rung).unwrap_or(Rung::Village),
            title: r.title,
            question: r.question,
            from: day(&r.from_day),
            to: day(&r.to_day),
            due: Millis(r.due_ms),
            created: Millis(r.created_ms),
        }
    }
}

/// Adds a sweep.
pub fn put_sweep(conn: &mut Conn, s: &Sweep) -> Outcome<()> {
    let row = SweepRow {
        id: s.id.raw(),
        place: s.place.into(),
        unit_id: s.unit,
        kind: s.kind.code().to_owned(),
        rung: s.rung.code().to_owned(),
        title: s.title.clone(),
        question: s.question.clone(),
        from_day: s.from.to_string(),
        to_day: s.to.to_string(),
        due_ms: s.due.0,
        created_ms: s.created.0,
    };
    on!(conn, c => diesel::insert_into(supervision_sweep::table).values(&row).execute(c))?;
    Ok(())
}

/// Which sweep has this id?
pub fn sweep_by_id(conn: &mut Conn, id: Id<Sweep>) -> Outcome<Option<Sweep>> {
    let row: Option<SweepRow> = on!(conn, c => supervision_sweep::table
        .find(id.raw())
        .select(SweepRow::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(Sweep::from))
}

fn returns_sql(scope: &ScopeFilter) -> String {
    scope_sql(scope, "supervision_return", &[], &[], "")
}

/// The sweep, if one of its returns is in this scope.
pub fn sweep_in_scope(conn: &mut Conn, id: Id<Sweep>, scope: &ScopeFilter) -> Outcome<Option<Sweep>> {
    let found: Option<i64> = on!(conn, c => supervision_return::table
        .filter(supervision_return::sweep_id.eq(id.raw()))
        .filter(sql::<sql_types::Bool>(&returns_sql(scope)))
        .select(supervision_return::sweep_id)
        .first(c)
        .optional())?;
    if found.is_some() { sweep_by_id(conn, id) } else { Ok(None) }
}

/// How the returns of a sweep stand, within a scope.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, QueryableByName)]
pub struct SweepCounts {
    /// How many are expected.
    #[diesel(sql_type = sql_types::BigInt)]
    pub expected: i64,
    /// How many came in.
    #[diesel(sql_type = sql_types::BigInt)]
    pub returned: i64,
    /// How many of them said that there is nothing (零报告).
    #[diesel(sql_type = sql_types::BigInt)]
    pub nil: i64,
    /// How many of them came in late.
    #[diesel(sql_type = sql_types::BigInt)]
    pub late: i64,
    /// How many findings there are.
    #[diesel(sql_type = sql_types::BigInt)]
    pub findings: i64,
}

/// A sweep in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweepLine {
    /// The sweep.
    pub sweep: Sweep,
    /// How its returns stand, within the reader's scope.
    pub counts: SweepCounts,
}

/// The counts of a sweep within a scope.
pub fn counts_of(conn: &mut Conn, sweep: &Sweep, scope: &ScopeFilter) -> Outcome<SweepCounts> {
    let returned = "supervision_return.returned_ms IS NOT NULL";
    let count = |condition: &str| {
        format!("CAST(COALESCE(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END), 0) AS BIGINT)")
    };
    let text = format!(
        "SELECT COUNT(*) AS expected, {} AS returned, {} AS nil, {} AS late, \
         CAST(COALESCE(SUM(supervision_return.finding_count), 0) AS BIGINT) AS findings \
         FROM supervision_return WHERE supervision_return.sweep_id = {} AND {}",
        count(returned),
        count(&format!("{returned} AND supervision_return.finding_count = 0")),
        count(&format!("supervision_return.returned_ms > {}", sweep.due.0)),
        sweep.id.raw(),
        returns_sql(scope),
    );
    let rows: Vec<SweepCounts> = on!(conn, c => sql_query(&text).load(c))?;
    Ok(rows.into_iter().next().unwrap_or_default())
}

/// The sweeps that reach a scope, the latest first.
pub fn sweeps(
    conn: &mut Conn,
    scope: &ScopeFilter,
    after: Option<Cursor>,
    size: usize,
) -> Outcome<Page<SweepLine>> {
    let mut text = format!(
        "supervision_sweep.id IN (SELECT supervision_return.sweep_id FROM supervision_return WHERE {})",
        returns_sql(scope)
    );
    if let Some(c) = after {
        text += &format!(" AND (supervision_sweep.due_ms, supervision_sweep.id) < ({}, {})", c.key, c.id);
    }
    let rows: Vec<SweepRow> = on!(conn, c => supervision_sweep::table
        .filter(sql::<sql_types::Bool>(&format!("({text})")))
        .order((supervision_sweep::due_ms.desc(), supervision_sweep::id.desc()))
        .limit(size as i64 + 1)
        .select(SweepRow::as_select())
        .load(c))?;
    let mut lines = Vec::new();
    for row in rows {
        let sweep = Sweep::from(row);
        let counts = counts_of(conn, &sweep, scope)?;
        lines.push(SweepLine { sweep, counts });
    }
    Ok(Page::from_extra(lines, size, |l: &SweepLine| Cursor { key: l.sweep.due.0, id: l.sweep.id.raw() }))
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = supervision_return)]
struct ReturnRow {
    id: i64,
    sweep_id: i64,
    #[diesel(embed)]
    place: ReturnPlace,
    returned_ms: Option<i64>,
    finding_count: i64,
    words: String,
    account: i64,
    post: i64,
    unit_id: i64,
}

impl From<ReturnRow> for Return {
    fn from(r: ReturnRow) -> Self {
        Self {
            id: Id::of(r.id),
            sweep: Id::of(r.sweep_id),
            place: r.place.into(),
            returned: r.returned_ms.map(Millis),
            findings: r.finding_count,
            words: r.words,
            account: r.account,
        }
    }
}

/// Makes the awaited returns of a sweep.
pub fn put_returns(conn: &mut Conn, sweep: Id<Sweep>, all: &[(Id<Return>, Place)]) -> Outcome<()> {
    const AT_ONCE: usize = 100;
    for part in all.chunks(AT_ONCE) {
        let row = |(id, place): &(Id<Return>, Place)| ReturnRow {
            id: id.raw(),
            sweep_id: sweep.raw(),
            place: (*place).into(),
            returned_ms: None,
            finding_count: 0,
            words: String::new(),
            account: 0,
            post: 0,
            unit_id: 0,
        };
        let rows: Vec<ReturnRow> = part.iter().map(row).collect();
        for row in &rows {
            on!(conn, c => diesel::insert_into(supervision_return::table).values(row).execute(c))?;
        }
    }
    Ok(())
}

/// The villages and grids of a sweep whose returns are not in.
pub fn awaited_places(conn: &mut Conn, sweep: Id<Sweep>) -> Outcome<Vec<Place>> {
    let rows: Vec<ReturnPlace> = on!(conn, c => supervision_return::table
        .filter(supervision_return::sweep_id.eq(sweep.raw()))
        .filter(supervision_return::returned_ms.is_null())
        .order(supervision_return::id)
        .select(ReturnPlace::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(Place::from).collect())
}

/// Which return has this id?
pub fn return_by_id(conn: &mut Conn, id: Id<Return>) -> Outcome<Option<Return>> {
    let row: Option<ReturnRow> = on!(conn, c => supervision_return::table
        .find(id.raw())
        .select(ReturnRow::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(Return::from))
}

/// Keeps a return that is still awaited; false when it came in before.
pub fn set_returned(conn: &mut Conn, r: &Return, post: i64, unit: i64) -> Outcome<bool> {
    let changed = on!(conn, c => diesel::update(supervision_return::table.find(r.id.raw()))
        .filter(supervision_return::returned_ms.is_null())
        .set((
            supervision_return::returned_ms.eq(r.returned.map(|t| t.0)),
            supervision_return::finding_count.eq(r.findings),
            supervision_return::words.eq(&r.words),
            supervision_return::account.eq(r.account),
            supervision_return::post.eq(post),
            supervision_return::unit_id.eq(unit),
        ))
        .execute(c))?;
    Ok(changed == 1)
}

/// Which returns of a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReturnFilter {
    /// All.
    #[default]
    All,
    /// Not yet in.
    Awaited,
    /// In, with findings.
    Findings,
    /// In, with nothing (零报告).
    Nil,
    /// In, but late.
    Late,
}

/// The returns of a sweep within a scope, by place.
pub fn returns(
    conn: &mut Conn,
    sweep: &Sweep,
    scope: &ScopeFilter,
    which: ReturnFilter,
    after: Option<Cursor>,
    size: usize,
) -> Outcome<Page<Return>> {
    let returned = "supervision_return.returned_ms IS NOT NULL";
    let which = match which {
        ReturnFilter::All => "TRUE".to_owned(),
        ReturnFilter::Awaited => "supervision_return.returned_ms IS NULL".to_owned(),
        ReturnFilter::Findings => "supervision_return.finding_count > 0".to_owned(),
        ReturnFilter::Nil => format!("{returned} AND supervision_return.finding_count = 0"),
        ReturnFilter::Late => format!("supervision_return.returned_ms > {}", sweep.due.0),
    };
    let mut text = format!("{} AND {which}", returns_sql(scope));
    if let Some(c) = after {
        text += &format!(" AND supervision_return.id > {}", c.id);
    }
    let rows: Vec<ReturnRow> = on!(conn, c => supervision_return::table
        .filter(supervision_return::sweep_id.eq(sweep.id.raw()))
        .filter(sql::<sql_types::Bool>(&format!("({text})")))
        .order(supervision_return::id)
        .limit(size as i64 + 1)
        .select(ReturnRow::as_select())
        .load(c))?;
    let rows = rows.into_iter().map(Return::from).collect();
    Ok(Page::from_extra(rows, size, |r: &Return| Cursor { key: 0, id: r.id.raw() }))
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = supervision_finding)]
struct FindingRow {
    id: i64,
    return_id: i64,
    sweep_id: i64,
    what: String,
    spot: String,
    case_id: i64,
}

impl From<FindingRow> for Finding {
    fn from(r: FindingRow) -> Self {
        Self {
            id: Id::of(r.id),
            of: Id::of(r.return_id),
            sweep: Id::of(r.sweep_id),
            what: r.what,
            spot: r.spot,
            case: r.case_id,
        }
    }
}

/// Adds a finding.
pub fn put_finding(conn: &mut Conn, f: &Finding) -> Outcome<()> {
    let row = FindingRow {
        id: f.id.raw(),
        return_id: f.of.raw(),
        sweep_id: f.sweep.raw(),
        what: f.what.clone(),
        spot: f.spot.clone(),
        case_id: f.case,
    };
    on!(conn, c => diesel::insert_into(supervision_finding::table).values(&row).execute(c))?;
    Ok(())
}

/// The findings of a return.
pub fn findings_of(conn: &mut Conn, of: Id<Return>) -> Outcome<Vec<Finding>> {
    let rows: Vec<FindingRow> = on!(conn, c => supervision_finding::table
        .filter(supervision_finding::return_id.eq(of.raw()))
        .order(supervision_finding::id)
        .select(FindingRow::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(Finding::from).collect())
}

/// Which finding has this id?
pub fn finding_by_id(conn: &mut Conn, id: Id<Finding>) -> Outcome<Option<Finding>> {
    let row: Option<FindingRow> = on!(conn, c => supervision_finding::table
        .find(id.raw())
        .select(FindingRow::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(Finding::from))
}

/// Notes which case a finding became; false when it became one before.
pub fn set_finding_case(conn: &mut Conn, id: Id<Finding>, case: i64) -> Outcome<bool> {
    let changed = on!(conn, c => diesel::update(supervision_finding::table.find(id.raw()))
        .filter(supervision_finding::case_id.eq(0))
        .set(supervision_finding::case_id.eq(case))
        .execute(c))?;
    Ok(changed == 1)
}
