//! Reception days that hold.

use access::ScopeFilter;
use base::{Cursor, Id, Millis, Outcome, Page};
use diesel::{dsl::sql, prelude::*, sql_types};
use jiff::civil::Date;
use store::{Conn, on};

use super::filter::scope_sql;
use super::tables::{ReceptionPlace, supervision_reception};
use crate::model::{Held, Reception};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = supervision_reception)]
struct ReceptionRow {
    id: i64,
    #[diesel(embed)]
    place: ReceptionPlace,
    unit_id: i64,
    post: i64,
    weekday: i64,
    day: Option<String>,
    from_minute: i64,
    until_minute: i64,
    hall: String,
    made_ms: i64,
}

impl From<ReceptionRow> for Reception {
    fn from(r: ReceptionRow) -> Self {
        let once = r.day.as_deref().and_then(|d| d.parse().ok()).map(Held::Once);
        Self {
            id: Id::of(r.id),
            place: r.place.into(),
            unit: r.unit_id,
            post: r.post,
            held: once.unwrap_or(Held::Weekly(i8::try_from(r.weekday).unwrap_or(1))),
            from: r.from_minute,
            until: r.until_minute,
            hall: r.hall,
            made: Millis(r.made_ms),
        }
    }
}

/// The condition of the partial indexes, written out: an engine does not see that a bound value fulfils it.
fn holds() -> diesel::expression::SqlLiteral<sql_types::Bool> {
    sql("supervision_reception.ended_ms IS NULL")
}

/// Adds a reception day.
pub fn put_reception(conn: &mut Conn, r: &Reception) -> Outcome<()> {
    let (weekday, day) = match r.held {
        Held::Weekly(n) => (i64::from(n), None),
        Held::Once(day) => (0, Some(day.to_string())),
    };
    let row = ReceptionRow {
        id: r.id.raw(),
        place: r.place.into(),
        unit_id: r.unit,
        post: r.post,
        weekday,
        day,
        from_minute: r.from,
        until_minute: r.until,
        hall: r.hall.clone(),
        made_ms: r.made.0,
    };
    on!(conn, c => diesel::insert_into(supervision_reception::table).values(&row).execute(c))?;
    Ok(())
}

/// Ends one; false when it was ended before.
pub fn set_reception_ended(conn: &mut Conn, id: Id<Reception>, at: Millis) -> Outcome<bool> {
    let changed = on!(conn, c => diesel::update(supervision_reception::table.find(id.raw()))
        .filter(holds())
        .set(supervision_reception::ended_ms.eq(Some(at.0)))
        .execute(c))?;
    Ok(changed == 1)
}

/// Which reception day has this id, ended or not?
pub fn reception_by_id(conn: &mut Conn, id: Id<Reception>) -> Outcome<Option<Reception>> {
    let row: Option<ReceptionRow> = on!(conn, c => supervision_reception::table
        .find(id.raw())
        .select(ReceptionRow::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(Reception::from))
}

/// The reception days of a scope that are not over by this day, the newest first.
pub fn receptions(
    conn: &mut Conn,
    scope: &ScopeFilter,
    today: Date,
    after: Option<Cursor>,
    size: usize,
) -> Outcome<Page<Reception>> {
    let mut text = scope_sql(scope, "supervision_reception", &["unit_id"], &[], "");
    text += &format!(" AND (supervision_reception.day IS NULL OR supervision_reception.day >= '{today}')");
    if let Some(c) = after {
        text += &format!(" AND supervision_reception.id < {}", c.id);
    }
    let rows: Vec<ReceptionRow> = on!(conn, c => supervision_reception::table
        .filter(holds())
        .filter(sql::<sql_types::Bool>(&format!("({text})")))
        .order(supervision_reception::id.desc())
        .limit(size as i64 + 1)
        .select(ReceptionRow::as_select())
        .load(c))?;
    let rows = rows.into_iter().map(Reception::from).collect();
    Ok(Page::from_extra(rows, size, |r: &Reception| Cursor { key: 0, id: r.id.raw() }))
}

/// The reception days of a unit.
pub fn receptions_of(conn: &mut Conn, unit: i64) -> Outcome<Vec<Reception>> {
    let rows: Vec<ReceptionRow> = on!(conn, c => supervision_reception::table
        .filter(holds())
        .filter(supervision_reception::unit_id.eq(unit))
        .order(supervision_reception::id)
        .select(ReceptionRow::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(Reception::from).collect())
}
