//! The routing table in its versions, and past matters for a trial.

use access::{Place, ScopeFilter, UnitKind};
use base::{Cursor, Id, Millis, Outcome};
use diesel::prelude::*;
use store::{Conn, on};

use super::filter::{CaseFilter, Few, expression, listed};
use super::queue::QueueOrder;
use super::tables::case_item;
use crate::model::{
    Channel, Level, PastMatter, RouteDays, RouteOrigin, RoutePublication, RouteRule, RouteState, RouteTable,
    RouteWhen, UnitPick,
};

diesel::table! {
    case_route_rule (id) {
        id -> BigInt,
        table_id -> BigInt,
        code -> Text,
        position -> BigInt,
        category_id -> BigInt,
        place_id -> BigInt,
        channel -> Nullable<Text>,
        unit_kind -> Text,
        unit_name -> Text,
        unit_level -> Text,
        unit_id -> BigInt,
        from_ms -> Nullable<BigInt>,
        until_ms -> Nullable<BigInt>,
        minute_from -> Nullable<BigInt>,
        minute_until -> Nullable<BigInt>,
        days -> Text,
        why -> Text,
        is_in_use -> Bool,
    }
}
diesel::table! {
    case_route_table (id) {
        id -> BigInt,
        origin -> Text,
        based_on -> BigInt,
        pack_id -> BigInt,
        account -> BigInt,
        at_ms -> BigInt,
        edited_by -> BigInt,
        edited_ms -> BigInt,
        revision -> BigInt,
        dropped_ms -> Nullable<BigInt>,
    }
}
diesel::table! {
    case_route_publication (based_on) {
        based_on -> BigInt,
        table_id -> BigInt,
        account -> BigInt,
        at_ms -> BigInt,
        why -> Text,
    }
}
diesel::allow_tables_to_appear_in_same_query!(case_route_table, case_route_publication);

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = case_route_rule, treat_none_as_null = true)]
struct RuleRow {
    id: i64,
    table_id: i64,
    code: String,
    position: i64,
    category_id: i64,
    place_id: i64,
    channel: Option<String>,
    unit_kind: String,
    unit_name: String,
    unit_level: String,
    unit_id: i64,
    from_ms: Option<i64>,
    until_ms: Option<i64>,
    minute_from: Option<i64>,
    minute_until: Option<i64>,
    days: String,
    why: String,
    is_in_use: bool,
}

impl RuleRow {
    /// `None` for a rule with a word that this version does not know: it must not match anything.
    fn rule(self) -> Option<RouteRule> {
        let unit = UnitPick {
            kind: UnitKind::parse(&self.unit_kind)?,
            name: self.unit_name,
            level: Level::parse(&self.unit_level)?,
        };
        let channel = match self.channel {
            None => None,
            Some(code) => Some(Channel::parse(&code)?),
        };
        let when = RouteWhen {
            from: self.from_ms.map(Millis),
            until: self.until_ms.map(Millis),
            minutes: self.minute_from.zip(self.minute_until),
            days: RouteDays::parse(&self.days)?,
        };
        Some(RouteRule {
            id: self.id,
            code: self.code,
            position: self.position,
            category: self.category_id,
            place: self.place_id,
            channel,
            when,
            unit,
            named: self.unit_id,
            why: self.why,
        })
    }

    fn of(table: i64, r: &RouteRule) -> Self {
        Self {
            id: r.id,
            table_id: table,
            code: r.code.clone(),
            position: r.position,
            category_id: r.category,
            place_id: r.place,
            channel: r.channel.map(|c| c.code().to_owned()),
            unit_kind: r.unit.kind.code().to_owned(),
            unit_name: r.unit.name.clone(),
            unit_level: r.unit.level.code().to_owned(),
            unit_id: r.named,
            from_ms: r.when.from.map(|t| t.0),
            until_ms: r.when.until.map(|t| t.0),
            minute_from: r.when.minutes.map(|m| m.0),
            minute_until: r.when.minutes.map(|m| m.1),
            days: r.when.days.code().to_owned(),
            why: r.why.clone(),
            is_in_use: true,
        }
    }
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_route_table)]
struct TableRow {
    id: i64,
    origin: String,
    based_on: i64,
    pack_id: i64,
    account: i64,
    at_ms: i64,
    edited_by: i64,
    edited_ms: i64,
    revision: i64,
    dropped_ms: Option<i64>,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_route_publication)]
struct PublicationRow {
    based_on: i64,
    table_id: i64,
    account: i64,
    at_ms: i64,
    why: String,
}

fn table_of(r: TableRow, p: Option<PublicationRow>) -> RouteTable {
    RouteTable {
        id: Id::of(r.id),
        // An origin of a later program cannot be changed with this one.
        origin: RouteOrigin::parse(&r.origin).unwrap_or(RouteOrigin::Pack),
        based_on: r.based_on,
        pack: r.pack_id,
        account: r.account,
        at: Millis(r.at_ms),
        edited_by: r.edited_by,
        edited: Millis(r.edited_ms),
        revision: r.revision,
        dropped: r.dropped_ms.map(Millis),
        publication: p.map(|p| RoutePublication { account: p.account, at: Millis(p.at_ms), why: p.why }),
    }
}

/// Which version is in force? 0 before the first was published.
pub fn present_table(conn: &mut Conn) -> Outcome<i64> {
    let last: Option<i64> = on!(conn, c => case_route_publication::table
        .order((case_route_publication::at_ms.desc(), case_route_publication::table_id.desc()))
        .select(case_route_publication::table_id)
        .first(c)
        .optional())?;
    Ok(last.unwrap_or(0))
}

/// The rules of a version, in their order.
pub fn rules_of_table(conn: &mut Conn, table: i64) -> Outcome<Vec<RouteRule>> {
    let rows = on!(conn, c => case_route_rule::table
        .filter(case_route_rule::table_id.eq(table))
        .filter(case_route_rule::is_in_use.eq(true))
        .order((case_route_rule::position, case_route_rule::id))
        .select(RuleRow::as_select())
        .load(c))?;
    Ok(rows.into_iter().filter_map(RuleRow::rule).collect())
}

/// In which version does this rule stand?
pub fn table_of_rule(conn: &mut Conn, rule: i64) -> Outcome<Option<i64>> {
    Ok(on!(conn, c => case_route_rule::table
        .find(rule)
        .select(case_route_rule::table_id)
        .first(c)
        .optional())?)
}

/// A version.
pub fn route_table(conn: &mut Conn, id: i64) -> Outcome<Option<RouteTable>> {
    let row: Option<TableRow> =
        on!(conn, c => case_route_table::table.find(id).select(TableRow::as_select()).first(c).optional())?;
    let Some(row) = row else { return Ok(None) };
    let publication = on!(conn, c => case_route_publication::table
        .filter(case_route_publication::table_id.eq(id))
        .select(PublicationRow::as_select())
        .first(c)
        .optional())?;
    Ok(Some(table_of(row, publication)))
}

/// The publication that followed a version: who was faster?
pub fn publication_after(conn: &mut Conn, based_on: i64) -> Outcome<Option<RoutePublication>> {
    let row: Option<PublicationRow> = on!(conn, c => case_route_publication::table
        .find(based_on)
        .select(PublicationRow::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(|p| RoutePublication { account: p.account, at: Millis(p.at_ms), why: p.why }))
}

/// Versions and drafts, the newest first.
pub fn route_tables(
    conn: &mut Conn,
    state: Option<RouteState>,
    after: Option<Cursor>,
    size: usize,
) -> Outcome<base::Page<RouteTable>> {
    let rows: Vec<(TableRow, Option<PublicationRow>)> = on!(conn, c => {
        let mut q = case_route_table::table
            .left_join(case_route_publication::table
                .on(case_route_publication::table_id.eq(case_route_table::id)))
            .select((TableRow::as_select(), Option::<PublicationRow>::as_select()))
            .into_boxed();
        q = match state {
            None => q,
            Some(RouteState::Published) => q.filter(case_route_publication::table_id.nullable().is_not_null()),
            Some(RouteState::Dropped) => q.filter(case_route_table::dropped_ms.is_not_null()),
            Some(kept) => q
                .filter(case_route_publication::table_id.nullable().is_null())
                .filter(case_route_table::dropped_ms.is_null())
                .filter(case_route_table::origin.eq(RouteOrigin::Pack.code()).eq(kept == RouteState::Pack)),
        };
        if let Some(cursor) = after {
            q = q.filter(case_route_table::at_ms.lt(cursor.key).or(
                case_route_table::at_ms.eq(cursor.key).and(case_route_table::id.lt(cursor.id))));
        }
        q.order((case_route_table::at_ms.desc(), case_route_table::id.desc())).limit(size as i64 + 1).load(c)
    })?;
    let rows = rows.into_iter().map(|(row, publication)| table_of(row, publication)).collect();
    Ok(base::Page::from_extra(rows, size, |t: &RouteTable| Cursor { key: t.at.0, id: t.id.raw() }))
}

/// The pack's table that was loaded last; 0 when none was.
pub fn last_pack_table(conn: &mut Conn) -> Outcome<i64> {
    let last: Option<i64> = on!(conn, c => case_route_table::table
        .filter(case_route_table::origin.eq(RouteOrigin::Pack.code()))
        .order((case_route_table::at_ms.desc(), case_route_table::id.desc()))
        .select(case_route_table::id)
        .first(c)
        .optional())?;
    Ok(last.unwrap_or(0))
}

/// Adds a version with its rules, whose ids must be new.
pub fn put_route_table(conn: &mut Conn, table: &RouteTable, rules: &[RouteRule]) -> Outcome<()> {
    let row = TableRow {
        id: table.id.raw(),
        origin: table.origin.code().to_owned(),
        based_on: table.based_on,
        pack_id: table.pack,
        account: table.account,
        at_ms: table.at.0,
        edited_by: table.edited_by,
        edited_ms: table.edited.0,
        revision: table.revision,
        dropped_ms: None,
    };
    on!(conn, c => diesel::insert_into(case_route_table::table).values(&row).execute(c))?;
    rules.iter().try_for_each(|rule| put_route_rule(conn, table.id.raw(), rule))
}

/// Adds a rule to a draft, or puts it in place of the one with the same id.
pub fn put_route_rule(conn: &mut Conn, table: i64, rule: &RouteRule) -> Outcome<()> {
    let row = RuleRow::of(table, rule);
    on!(conn, c => diesel::insert_into(case_route_rule::table)
        .values(&row)
        .on_conflict(case_route_rule::id)
        .do_update()
        .set(&row)
        .execute(c))?;
    Ok(())
}

/// Gives a rule of a draft another place in the table.
pub fn set_rule_position(conn: &mut Conn, rule: i64, position: i64) -> Outcome<()> {
    on!(conn, c => diesel::update(case_route_rule::table.find(rule))
        .set(case_route_rule::position.eq(position))
        .execute(c))?;
    Ok(())
}

/// Takes a rule out of a draft.
pub fn end_draft_rule(conn: &mut Conn, rule: i64) -> Outcome<()> {
    on!(conn, c => diesel::delete(case_route_rule::table.find(rule)).execute(c))?;
    Ok(())
}

/// Notes that a draft was changed, if nobody else changed it since it was shown. False when somebody was faster.
pub fn set_table_edited(conn: &mut Conn, id: i64, shown: i64, by: i64, at: Millis) -> Outcome<bool> {
    let changed = on!(conn, c => diesel::update(case_route_table::table
            .filter(case_route_table::id.eq(id))
            .filter(case_route_table::revision.eq(shown))
            .filter(case_route_table::dropped_ms.is_null()))
        .set((
            case_route_table::revision.eq(shown + 1),
            case_route_table::edited_by.eq(by),
            case_route_table::edited_ms.eq(at.0),
        ))
        .execute(c))?;
    Ok(changed == 1)
}

/// Puts a draft over another version.
pub fn set_table_base(conn: &mut Conn, id: i64, based_on: i64, pack: i64) -> Outcome<()> {
    on!(conn, c => diesel::update(case_route_table::table.find(id))
        .set((case_route_table::based_on.eq(based_on), case_route_table::pack_id.eq(pack)))
        .execute(c))?;
    Ok(())
}

/// Gives a draft up.
pub fn set_table_dropped(conn: &mut Conn, id: i64, at: Millis) -> Outcome<()> {
    on!(conn, c => diesel::update(case_route_table::table.find(id))
        .set(case_route_table::dropped_ms.eq(at.0))
        .execute(c))?;
    Ok(())
}

/// Publishes a version over the one that it was begun from. False when another one stands there already.
pub fn put_publication(
    conn: &mut Conn,
    based_on: i64,
    table: i64,
    publication: &RoutePublication,
) -> Outcome<bool> {
    let row = PublicationRow {
        based_on,
        table_id: table,
        account: publication.account,
        at_ms: publication.at.0,
        why: publication.why.clone(),
    };
    let added = on!(conn, c => diesel::insert_into(case_route_publication::table)
        .values(&row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(added == 1)
}

/// A past matter as it was routed.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = case_item)]
struct PastRow {
    id: i64,
    county_id: i64,
    province_id: i64,
    city_id: i64,
    town_id: i64,
    village_id: i64,
    grid_id: i64,
    category_id: i64,
    channel: String,
    created_ms: i64,
}

/// The matters of a scope that came in from `from` until before `until`, oldest first, at most so many after a cursor.
pub fn past_cases(
    conn: &mut Conn,
    scope: &ScopeFilter,
    (from, until): (Millis, Millis),
    after: Option<Cursor>,
    most: i64,
) -> Outcome<Vec<PastMatter>> {
    if scope.is_empty() {
        return Ok(Vec::new());
    }
    let filter = CaseFilter {
        created_from: Some(from),
        created_before: Some(until),
        ..CaseFilter::within(scope.clone())
    };
    let few = Few { order: Some(QueueOrder::OldestFirst), after, most: usize::try_from(most).ok() };
    let condition = listed(conn, &filter, &few, Millis(0))?;
    let rows: Vec<PastRow> = on!(conn, c => case_item::table
        .filter(condition)
        .order((case_item::created_ms, case_item::id))
        .limit(most)
        .select(PastRow::as_select())
        .load(c))?;
    let one = |r: PastRow| PastMatter {
        id: r.id,
        place: Place {
            province: r.province_id,
            city: r.city_id,
            county: r.county_id,
            town: r.town_id,
            village: r.village_id,
            grid: r.grid_id,
        },
        category: r.category_id,
        channel: Channel::parse(&r.channel).unwrap_or(Channel::Web),
        created: Millis(r.created_ms),
    };
    Ok(rows.into_iter().map(one).collect())
}

/// A line about a case that the person may open (可看的件).
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = case_item)]
pub struct CaseLine {
    /// Its id.
    pub id: i64,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub stage: String,
    /// Its category.
    pub category_id: i64,
    /// Its county.
    pub county_id: i64,
    /// Its town.
    pub town_id: i64,
    /// Its village.
    pub village_id: i64,
    /// When it came in.
    pub created_ms: i64,
}

/// Of these cases, those in a scope, in the order of their making.
pub fn lines_in_scope(conn: &mut Conn, ids: &[i64], scope: &ScopeFilter) -> Outcome<Vec<CaseLine>> {
    if scope.is_empty() || ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut lines = Vec::new();
    for some in ids.chunks(500) {
        let condition = expression(conn, &CaseFilter::within(scope.clone()), Millis(0))?;
        let rows: Vec<CaseLine> = on!(conn, c => case_item::table
            .filter(case_item::id.eq_any(some))
            .filter(condition)
            .order(case_item::id)
            .select(CaseLine::as_select())
            .load(c))?;
        lines.extend(rows);
    }
    Ok(lines)
}
