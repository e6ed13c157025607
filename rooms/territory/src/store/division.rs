//! Questions about divisions, their codes and their history.

use base::{Fault, Id, Outcome};
use diesel::prelude::*;
use jiff::civil::Date;
use store::{Conn, on};

use crate::model::{Change, Code, CodeSystem, Division, Former, Kind, Lineage};

diesel::table! {
    territory_division (id) {
        id -> BigInt,
        kind -> Text,
        name -> Text,
        parent_id -> Nullable<BigInt>,
        province_id -> Nullable<BigInt>,
        city_id -> Nullable<BigInt>,
        county_id -> Nullable<BigInt>,
        town_id -> Nullable<BigInt>,
        village_id -> Nullable<BigInt>,
        valid_from -> Text,
        valid_to -> Nullable<Text>,
    }
}

diesel::table! {
    territory_code (division_id, system) {
        division_id -> BigInt,
        system -> Text,
        code -> Text,
    }
}

diesel::table! {
    territory_former (id) {
        id -> BigInt,
        division_id -> BigInt,
        name -> Text,
        parent_id -> Nullable<BigInt>,
        until_day -> Text,
    }
}

diesel::table! {
    territory_successor (old_id, new_id) {
        old_id -> BigInt,
        new_id -> BigInt,
        day -> Text,
        change -> Text,
    }
}

diesel::table! {
    territory_edition (id) {
        id -> BigInt,
        number -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(territory_division, territory_code);

/// Rows that one statement inserts: below SQLite's limit of 32,766 bound values.
const ROWS_PER_INSERT: usize = 500;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = territory_division, treat_none_as_default_value = false)]
struct DivisionRow {
    id: i64,
    kind: String,
    name: String,
    parent_id: Option<i64>,
    province_id: Option<i64>,
    city_id: Option<i64>,
    county_id: Option<i64>,
    town_id: Option<i64>,
    village_id: Option<i64>,
    valid_from: String,
    valid_to: Option<String>,
}

#[derive(Insertable)]
#[diesel(table_name = territory_code)]
struct CodeRow<'a> {
    division_id: i64,
    system: &'a str,
    code: &'a str,
}

pub(crate) fn day(text: &str) -> Outcome<Date> {
    text.parse().map_err(|_| Fault::new("a stored day is not a day").into())
}

fn lineage(row: &DivisionRow) -> Lineage {
    Lineage {
        province: row.province_id.map(Id::of),
        city: row.city_id.map(Id::of),
        county: row.county_id.map(Id::of),
        town: row.town_id.map(Id::of),
        village: row.village_id.map(Id::of),
    }
}

fn division(row: DivisionRow) -> Outcome<Division> {
    Ok(Division {
        id: Id::of(row.id),
        kind: row.kind.parse()?,
        lineage: lineage(&row),
        name: row.name,
        parent: row.parent_id.map(Id::of),
        valid_from: day(&row.valid_from)?,
        valid_to: row.valid_to.as_deref().map(day).transpose()?,
    })
}

fn row_of(d: &Division) -> DivisionRow {
    DivisionRow {
        id: d.id.raw(),
        kind: d.kind.as_str().to_owned(),
        name: d.name.clone(),
        parent_id: d.parent.map(Id::raw),
        province_id: d.lineage.province.map(Id::raw),
        city_id: d.lineage.city.map(Id::raw),
        county_id: d.lineage.county.map(Id::raw),
        town_id: d.lineage.town.map(Id::raw),
        village_id: d.lineage.village.map(Id::raw),
        valid_from: d.valid_from.to_string(),
        valid_to: d.valid_to.map(|d| d.to_string()),
    }
}

/// One division, living or ended.
pub fn division_by_id(conn: &mut Conn, id: Id<Division>) -> Outcome<Option<Division>> {
    let row: Option<DivisionRow> = on!(conn, c => territory_division::table
        .find(id.raw())
        .select(DivisionRow::as_select())
        .first(c)
        .optional())?;
    row.map(division).transpose()
}

/// Several divisions, in the order of their ids.
pub fn divisions_by_ids(conn: &mut Conn, ids: &[Id<Division>]) -> Outcome<Vec<Division>> {
    let raw: Vec<i64> = ids.iter().map(|id| id.raw()).collect();
    let rows: Vec<DivisionRow> = on!(conn, c => territory_division::table
        .filter(territory_division::id.eq_any(&raw))
        .order(territory_division::id)
        .select(DivisionRow::as_select())
        .load(c))?;
    rows.into_iter().map(division).collect()
}

/// The living children of a division; of none: the living provinces.
pub fn children_of(conn: &mut Conn, parent: Option<Id<Division>>) -> Outcome<Vec<Division>> {
    let raw = parent.map(Id::raw);
    let rows: Vec<DivisionRow> = on!(conn, c => {
        let q = territory_division::table
            .filter(territory_division::valid_to.is_null())
            .order(territory_division::id)
            .select(DivisionRow::as_select());
        match raw {
            Some(id) => q.filter(territory_division::parent_id.eq(id)).load(c),
            None => q.filter(territory_division::parent_id.is_null()).load(c),
        }
    })?;
    rows.into_iter().map(division).collect()
}

/// Every division, handed to `take` one by one: for the atlas.
pub fn each_division(conn: &mut Conn, mut take: impl FnMut(Division) -> Outcome<()>) -> Outcome<()> {
    // In stretches by id, so that 665,276 rows never stand in memory twice.
    let mut after = i64::MIN;
    loop {
        let rows: Vec<DivisionRow> = on!(conn, c => territory_division::table
            .filter(territory_division::id.gt(after))
            .order(territory_division::id)
            .limit(20_000)
            .select(DivisionRow::as_select())
            .load(c))?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        rows.into_iter().try_for_each(|row| take(division(row)?))?;
    }
}

/// Every code as (division, system, code), handed to `take` one by one, in the order of divisions.
pub fn each_code(conn: &mut Conn, mut take: impl FnMut(i64, &str, &str)) -> Outcome<()> {
    let mut after = i64::MIN;
    loop {
        let mut rows: Vec<(i64, String, String)> = on!(conn, c => territory_code::table
            .filter(territory_code::division_id.gt(after))
            .order((territory_code::division_id, territory_code::system))
            .limit(20_000)
            .load(c))?;
        let Some(last) = rows.last().map(|r| r.0) else { return Ok(()) };
        // The last division may have more codes than fit: leave it to the next stretch.
        if rows.len() == 20_000 {
            rows.retain(|r| r.0 != last);
        }
        after = rows.last().map_or(last, |r| r.0);
        rows.iter().for_each(|(id, system, code)| take(*id, system, code));
    }
}

/// A living division as an import finds it again.
pub struct Known {
    /// Its id.
    pub id: Id<Division>,
    /// Its rung.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Its parent.
    pub parent: Option<Id<Division>>,
    /// Its ancestors and itself.
    pub lineage: Lineage,
    /// The code under which it is known.
    pub code: String,
}

/// Every living division that has a code in a system, handed to `take`.
pub fn each_known(conn: &mut Conn, system: &CodeSystem, mut take: impl FnMut(Known)) -> Outcome<()> {
    let mut after = i64::MIN;
    loop {
        let rows: Vec<(DivisionRow, String)> = on!(conn, c => territory_division::table
            .inner_join(territory_code::table.on(territory_code::division_id.eq(territory_division::id)))
            .filter(territory_code::system.eq(system.as_str()))
            .filter(territory_division::valid_to.is_null())
            .filter(territory_division::id.gt(after))
            .order(territory_division::id)
            .limit(20_000)
            .select((DivisionRow::as_select(), territory_code::code))
            .load(c))?;
        let Some((last, _)) = rows.last() else { return Ok(()) };
        after = last.id;
        for (row, code) in rows {
            take(Known {
                id: Id::of(row.id),
                kind: row.kind.parse()?,
                lineage: lineage(&row),
                name: row.name,
                parent: row.parent_id.map(Id::of),
                code,
            });
        }
    }
}

/// The codes of a division.
pub fn codes_of(conn: &mut Conn, id: Id<Division>) -> Outcome<Vec<Code>> {
    let rows: Vec<(String, String)> = on!(conn, c => territory_code::table
        .filter(territory_code::division_id.eq(id.raw()))
        .order(territory_code::system)
        .select((territory_code::system, territory_code::code))
        .load(c))?;
    rows.into_iter().map(|(s, code)| Ok(Code { system: CodeSystem::new(&s)?, code })).collect()
}

/// The living division of a rung with this code, if there is one.
pub fn division_by_code(conn: &mut Conn, code: &Code, kind: Kind) -> Outcome<Option<Id<Division>>> {
    let id: Option<i64> = on!(conn, c => territory_division::table
        .inner_join(territory_code::table.on(territory_code::division_id.eq(territory_division::id)))
        .filter(territory_code::system.eq(code.system.as_str()))
        .filter(territory_code::code.eq(&code.code))
        .filter(territory_division::kind.eq(kind.as_str()))
        .filter(territory_division::valid_to.is_null())
        .select(territory_division::id)
        .first(c)
        .optional())?;
    Ok(id.map(Id::of))
}

type FormerRow = (i64, i64, String, Option<i64>, String);

fn former((_, id, name, parent, until): FormerRow) -> Outcome<Former> {
    Ok(Former { division: Id::of(id), name, parent: parent.map(Id::of), until: day(&until)? })
}

/// What a division was before, the latest first.
pub fn formers_of(conn: &mut Conn, id: Id<Division>) -> Outcome<Vec<Former>> {
    let rows: Vec<FormerRow> = on!(conn, c => territory_former::table
        .filter(territory_former::division_id.eq(id.raw()))
        .order((territory_former::until_day.desc(), territory_former::id.desc()))
        .load(c))?;
    rows.into_iter().map(former).collect()
}

/// Every former state: for the atlas. There are as many as there were changes.
pub fn all_formers(conn: &mut Conn) -> Outcome<Vec<Former>> {
    let rows: Vec<FormerRow> = on!(conn, c => territory_former::table.order(territory_former::id).load(c))?;
    rows.into_iter().map(former).collect()
}

/// One passing of a division into another (沿革关系).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Succession {
    /// What ended, or gave ground away.
    pub old: Id<Division>,
    /// What took over.
    pub new: Id<Division>,
    /// On which day.
    pub day: Date,
    /// By what.
    pub change: Change,
}

/// Every succession: for the atlas.
pub fn all_successions(conn: &mut Conn) -> Outcome<Vec<Succession>> {
    let rows: Vec<(i64, i64, String, String)> = on!(conn, c => territory_successor::table.order((territory_successor::day, territory_successor::old_id)).load(c))?;
    rows.into_iter()
        .map(|(old, new, on_day, change)| {
            Ok(Succession { old: Id::of(old), new: Id::of(new), day: day(&on_day)?, change: change.parse()? })
        })
        .collect()
}

/// Adds divisions.
pub fn add_divisions(conn: &mut Conn, all: &[Division]) -> Outcome<()> {
    for some in all.chunks(ROWS_PER_INSERT) {
        let rows: Vec<DivisionRow> = some.iter().map(row_of).collect();
        on!(conn, c => diesel::insert_into(territory_division::table).values(&rows).execute(c))?;
    }
    Ok(())
}

/// Adds codes.
pub fn add_codes(conn: &mut Conn, all: &[(Id<Division>, Code)]) -> Outcome<()> {
    for some in all.chunks(ROWS_PER_INSERT) {
        let rows: Vec<CodeRow> = some
            .iter()
            .map(|(id, code)| CodeRow {
                division_id: id.raw(),
                system: code.system.as_str(),
                code: &code.code,
            })
            .collect();
        on!(conn, c => diesel::insert_into(territory_code::table).values(&rows).execute(c))?;
    }
    Ok(())
}

/// Keeps what a division was until a day.
pub fn keep_former(conn: &mut Conn, row: i64, was: &Division, until: Date) -> Outcome<()> {
    on!(conn, c => diesel::insert_into(territory_former::table)
        .values((
            territory_former::id.eq(row),
            territory_former::division_id.eq(was.id.raw()),
            territory_former::name.eq(&was.name),
            territory_former::parent_id.eq(was.parent.map(Id::raw)),
            territory_former::until_day.eq(until.to_string()),
        ))
        .execute(c))?;
    Ok(())
}

/// Gives a division another name.
pub fn set_name(conn: &mut Conn, id: Id<Division>, name: &str) -> Outcome<()> {
    on!(conn, c => diesel::update(territory_division::table.find(id.raw()))
        .set(territory_division::name.eq(name))
        .execute(c))?;
    Ok(())
}

/// Ends a division on a day.
pub fn set_end(conn: &mut Conn, id: Id<Division>, on_day: Date) -> Outcome<()> {
    on!(conn, c => diesel::update(territory_division::table.find(id.raw()))
        .set(territory_division::valid_to.eq(Some(on_day.to_string())))
        .execute(c))?;
    Ok(())
}

/// Gives a division another parent and writes the ancestors of it and of all that lives below anew.
/// Returns how many rows below were written.
pub fn set_parent(conn: &mut Conn, one: &Division, parent: &Division) -> Outcome<usize> {
    let id = one.id.raw();
    let above = parent.lineage.with(one.kind, one.id);
    let raw = |kind| above.at(kind).map(Id::raw);
    on!(conn, c => diesel::update(territory_division::table.find(id))
        .set(territory_division::parent_id.eq(Some(parent.id.raw())))
        .execute(c))?;
    let (province, city, county, town) =
        (raw(Kind::Province), raw(Kind::City), raw(Kind::County), raw(Kind::Town));
    // Each arm writes the rungs above the moved one; the rungs below it stay as they are.
    let set = (territory_division::province_id.eq(province), territory_division::city_id.eq(city));
    let set3 = (set, territory_division::county_id.eq(county));
    let living = territory_division::valid_to.is_null();
    let rows = on!(conn, c => match one.kind {
        Kind::Province => Ok(0),
        Kind::City => diesel::update(territory_division::table
            .filter(territory_division::city_id.eq(id).and(living)))
            .set(territory_division::province_id.eq(province)).execute(c),
        Kind::County => diesel::update(territory_division::table
            .filter(territory_division::county_id.eq(id).and(living)))
            .set(set).execute(c),
        Kind::Town => diesel::update(territory_division::table
            .filter(territory_division::town_id.eq(id).and(living)))
            .set(set3).execute(c),
        Kind::Village => diesel::update(territory_division::table.find(id))
            .set((set3, territory_division::town_id.eq(town))).execute(c),
    })?;
    Ok(rows.saturating_sub(1))
}

/// Notes that one division passed into another.
pub fn add_succession(conn: &mut Conn, s: &Succession) -> Outcome<()> {
    on!(conn, c => diesel::insert_into(territory_successor::table)
        .values((
            territory_successor::old_id.eq(s.old.raw()),
            territory_successor::new_id.eq(s.new.raw()),
            territory_successor::day.eq(s.day.to_string()),
            territory_successor::change.eq(s.change.as_str()),
        ))
        .execute(c))?;
    Ok(())
}

/// The number of the room's present edition.
pub fn edition(conn: &mut Conn) -> Outcome<i64> {
    Ok(on!(conn, c => territory_edition::table.find(1).select(territory_edition::number).first(c))?)
}

/// Raises the edition: every deed of this room does.
pub fn next_edition(conn: &mut Conn) -> Outcome<()> {
    on!(conn, c => diesel::update(territory_edition::table.find(1))
        .set(territory_edition::number.eq(territory_edition::number + 1))
        .execute(c))?;
    Ok(())
}
