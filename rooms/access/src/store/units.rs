//! Units and posts.

use std::collections::HashMap;

use base::{Id, Millis, Outcome};
use diesel::prelude::*;
use store::{Conn, on};

use super::tables::{PostPlace, UnitPlace, access_post, access_unit, holds, period};
use crate::model::{Duties, Period, Place, Post, Unit, UnitKind};

/// A unit as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = access_unit)]
pub struct UnitRow {
    id: i64,
    name: String,
    kind: String,
    #[diesel(embed)]
    place: UnitPlace,
    from_ms: i64,
    until_ms: Option<i64>,
}

impl From<&Unit> for UnitRow {
    fn from(u: &Unit) -> Self {
        Self {
            id: u.id.raw(),
            name: u.name.clone(),
            kind: u.kind.code().to_owned(),
            place: u.place.into(),
            from_ms: u.period.from.0,
            until_ms: u.period.until.map(|t| t.0),
        }
    }
}

impl From<UnitRow> for Unit {
    fn from(r: UnitRow) -> Self {
        Self {
            id: Id::of(r.id),
            name: r.name,
            // Only codes are ever written; a later kind that this version does not know shows as an office.
            kind: UnitKind::parse(&r.kind).unwrap_or(UnitKind::Office),
            place: r.place.into(),
            period: period(r.from_ms, r.until_ms),
        }
    }
}

/// A post as stored; its place is the root of its scope with that root's ancestors.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = access_post)]
pub struct PostRow {
    id: i64,
    unit_id: i64,
    title: String,
    duties: String,
    #[diesel(embed)]
    place: PostPlace,
    from_ms: i64,
    until_ms: Option<i64>,
}

impl PostRow {
    /// A row for a post whose scope is everything at and below `place`.
    pub fn new(post: &Post, place: Place) -> Self {
        Self {
            id: post.id.raw(),
            unit_id: post.unit.raw(),
            title: post.title.clone(),
            duties: post.duties.codes(),
            place: place.into(),
            from_ms: post.period.from.0,
            until_ms: post.period.until.map(|t| t.0),
        }
    }

    /// The root of the post's scope, with its ancestors.
    pub fn place(&self) -> Place {
        self.place.into()
    }

    /// The post.
    pub fn post(&self) -> Post {
        Post {
            id: Id::of(self.id),
            unit: Id::of(self.unit_id),
            title: self.title.clone(),
            // A code that this version does not know gives nothing.
            duties: Duties::parse(&self.duties).unwrap_or_default(),
            scope: self.place().as_scope(),
            period: period(self.from_ms, self.until_ms),
        }
    }
}

/// Adds a unit.
pub fn put_unit(conn: &mut Conn, unit: &Unit) -> Outcome<()> {
    let row = UnitRow::from(unit);
    on!(conn, c => diesel::insert_into(access_unit::table).values(&row).execute(c))?;
    Ok(())
}

/// Which unit has this id?
pub fn unit_by_id(conn: &mut Conn, id: Id<Unit>) -> Outcome<Option<Unit>> {
    let row = on!(conn, c => access_unit::table
        .find(id.raw())
        .select(UnitRow::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(Unit::from))
}

/// What are these units called?
pub fn unit_names(conn: &mut Conn, ids: &[i64]) -> Outcome<HashMap<i64, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(i64, String)> = on!(conn, c => access_unit::table
        .filter(access_unit::id.eq_any(ids))
        .select((access_unit::id, access_unit::name))
        .load(c))?;
    Ok(rows.into_iter().collect())
}

/// Which unit that exists now has this name in this very place?
pub fn unit_by_name(conn: &mut Conn, name: &str, place: Place, now: Millis) -> Outcome<Option<Unit>> {
    Ok(units_of_place(conn, place, now)?.into_iter().find(|u| u.name == name))
}

/// Which units belong to this very place (not to what lies below it) and exist now?
pub fn units_of_place(conn: &mut Conn, place: Place, now: Millis) -> Outcome<Vec<Unit>> {
    let rows = on!(conn, c => access_unit::table
        .filter(access_unit::province_id.eq(place.province))
        .filter(access_unit::city_id.eq(place.city))
        .filter(access_unit::county_id.eq(place.county))
        .filter(access_unit::town_id.eq(place.town))
        .filter(access_unit::village_id.eq(place.village))
        .filter(access_unit::grid_id.eq(place.grid))
        .filter(holds!(access_unit, now.0))
        .order(access_unit::id)
        .select(UnitRow::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(Unit::from).collect())
}

/// Ends a unit.
pub fn end_unit(conn: &mut Conn, id: Id<Unit>, at: Millis) -> Outcome<()> {
    on!(conn, c => diesel::update(access_unit::table.find(id.raw()))
        .set(access_unit::until_ms.eq(at.0))
        .execute(c))?;
    Ok(())
}

/// Adds a post.
pub fn put_post(conn: &mut Conn, row: &PostRow) -> Outcome<()> {
    on!(conn, c => diesel::insert_into(access_post::table).values(row).execute(c))?;
    Ok(())
}

/// Which post has this id?
pub fn post_by_id(conn: &mut Conn, id: Id<Post>) -> Outcome<Option<PostRow>> {
    Ok(on!(conn, c => access_post::table
        .find(id.raw())
        .select(PostRow::as_select())
        .first(c)
        .optional())?)
}

/// Which posts does a unit have or had?
pub fn posts_of_unit(conn: &mut Conn, unit: Id<Unit>) -> Outcome<Vec<PostRow>> {
    Ok(on!(conn, c => access_post::table
        .filter(access_post::unit_id.eq(unit.raw()))
        .order(access_post::id)
        .select(PostRow::as_select())
        .load(c))?)
}

/// How many posts of a unit exist now?
pub fn open_posts_of_unit(conn: &mut Conn, unit: Id<Unit>, now: Millis) -> Outcome<i64> {
    Ok(on!(conn, c => access_post::table
        .filter(access_post::unit_id.eq(unit.raw()))
        .filter(holds!(access_post, now.0))
        .count()
        .get_result(c))?)
}

/// The units that have a post in force, from which somebody can work.
pub fn staffed_units(conn: &mut Conn, now: Millis) -> Outcome<std::collections::HashSet<i64>> {
    let ids: Vec<i64> = on!(conn, c => access_post::table
        .filter(holds!(access_post, now.0))
        .select(access_post::unit_id)
        .distinct()
        .load(c))?;
    Ok(ids.into_iter().collect())
}

/// Ends a post.
pub fn end_post(conn: &mut Conn, id: Id<Post>, at: Millis) -> Outcome<()> {
    on!(conn, c => diesel::update(access_post::table.find(id.raw()))
        .set(access_post::until_ms.eq(at.0))
        .execute(c))?;
    Ok(())
}

/// The periods during which somebody can act from a post: those of the post and of its holding.
pub(super) fn both(a: Period, b: Period) -> Period {
    let until = match (a.until, b.until) {
        (Some(x), Some(y)) => Some(x.min(y)),
        (x, y) => x.or(y),
    };
    Period { from: a.from.max(b.from), until }
}

/// Every unit, also those that have ended: for tables in memory that must name the units of old records.
pub fn every_unit(conn: &mut Conn) -> Outcome<Vec<Unit>> {
    let rows =
        on!(conn, c => access_unit::table.order(access_unit::id).select(UnitRow::as_select()).load(c))?;
    Ok(rows.into_iter().map(Unit::from).collect())
}
