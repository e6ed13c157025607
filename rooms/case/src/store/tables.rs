//! The tables of the room and their rows.

use access::Place;
use base::{Id, Millis};
use diesel::prelude::*;

use crate::model::{Case, Channel, Ending, Holder, Level, Stage};

diesel::table! {
    case_item (id) {
        id -> BigInt,
        county_id -> BigInt,
        province_id -> BigInt,
        city_id -> BigInt,
        town_id -> BigInt,
        village_id -> BigInt,
        grid_id -> BigInt,
        number -> Text,
        stage -> Text,
        level -> Text,
        category_id -> BigInt,
        channel -> Text,
        title -> Text,
        body -> Text,
        spot -> Text,
        holder_unit -> BigInt,
        holder_account -> BigInt,
        handler_unit -> BigInt,
        handler_account -> BigInt,
        back_unit -> BigInt,
        registered_by -> BigInt,
        due_ms -> BigInt,
        created_ms -> BigInt,
        accepted_ms -> Nullable<BigInt>,
        closed_ms -> Nullable<BigInt>,
        confirmed_ms -> Nullable<BigInt>,
        ending -> Nullable<Text>,
        version -> BigInt,
        is_public -> Bool,
        metoo_count -> BigInt,
    }
}
diesel::table! {
    case_clock (id) {
        id -> BigInt,
        case_id -> BigInt,
        county_id -> BigInt,
        kind -> Text,
        round -> BigInt,
        unit_id -> BigInt,
        state -> Text,
        n -> BigInt,
        unit -> Text,
        source -> Text,
        start_ms -> BigInt,
        due_ms -> BigInt,
        amber_ms -> BigInt,
        red_ms -> BigInt,
        ended_ms -> Nullable<BigInt>,
        paused_times -> BigInt,
        extended_times -> BigInt,
        told -> BigInt,
    }
}
diesel::table! {
    case_clock_act (act_id) {
        act_id -> BigInt,
        case_id -> BigInt,
        county_id -> BigInt,
        reason -> Text,
        paper -> Text,
        has_evidence -> Bool,
        n -> BigInt,
        unit -> Text,
        decide_days -> BigInt,
        source -> Text,
    }
}
diesel::table! {
    case_clock_check (id) {
        id -> BigInt,
        begun_ms -> BigInt,
        ended_ms -> Nullable<BigInt>,
        cases -> BigInt,
        clocks -> BigInt,
        differed -> BigInt,
    }
}
diesel::table! {
    case_return (id) {
        id -> BigInt,
        case_id -> BigInt,
        county_id -> BigInt,
        at_ms -> BigInt,
        unit_id -> BigInt,
        desk_unit -> BigInt,
        duty_entry -> Text,
        is_dispute -> Bool,
        decided_ms -> Nullable<BigInt>,
        decided_unit -> BigInt,
        outcome -> Nullable<Text>,
    }
}
diesel::table! {
    case_intake (case_id) {
        case_id -> BigInt,
        county_id -> BigInt,
        idem_key -> Nullable<Binary>,
        content_digest -> Binary,
        lat_e7 -> Nullable<BigInt>,
        lon_e7 -> Nullable<BigInt>,
        given_lat_e7 -> Nullable<BigInt>,
        given_lon_e7 -> Nullable<BigInt>,
        datum -> Nullable<Text>,
        answers -> Text,
        deadline_days -> BigInt,
        deadline_unit -> Text,
        deadline_source -> Text,
        deadline_start_ms -> BigInt,
        route_unit -> BigInt,
        route_rule -> BigInt,
        route_why -> Text,
        batch_id -> BigInt,
        row_digest -> Nullable<Binary>,
    }
}
diesel::table! {
    case_act (id) {
        id -> BigInt,
        case_id -> BigInt,
        county_id -> BigInt,
        at_ms -> BigInt,
        act -> Text,
        by_role -> Text,
        from_stage -> Text,
        to_stage -> Text,
        account -> BigInt,
        post -> BigInt,
        unit_id -> BigInt,
        to_unit -> BigInt,
        to_account -> BigInt,
        old_category -> BigInt,
        new_category -> BigInt,
        ending -> Nullable<Text>,
        words -> Nullable<Text>,
    }
}
diesel::table! {
    case_part (case_id, unit_id) {
        case_id -> BigInt,
        unit_id -> BigInt,
        county_id -> BigInt,
        created_ms -> BigInt,
        is_open -> Bool,
    }
}
diesel::table! {
    case_dispatch (id) {
        id -> BigInt,
        case_id -> BigInt,
        county_id -> BigInt,
        at_ms -> BigInt,
        from_unit -> BigInt,
        to_unit -> BigInt,
        to_account -> BigInt,
        account -> BigInt,
        suggested_unit -> BigInt,
        route_rule -> BigInt,
        route_why -> Text,
        words -> Nullable<Text>,
        taken_ms -> Nullable<BigInt>,
        ended_ms -> Nullable<BigInt>,
        ended_by -> Nullable<Text>,
    }
}
diesel::table! {
    case_closure (id) {
        id -> BigInt,
        case_id -> BigInt,
        county_id -> BigInt,
        at_ms -> BigInt,
        account -> BigInt,
        unit_id -> BigInt,
        ending -> Text,
        answer -> Text,
        same_as -> BigInt,
        referred_to -> Text,
        answered_ms -> Nullable<BigInt>,
        in_time -> Bool,
        confirmed_ms -> Nullable<BigInt>,
        confirmed_by -> Nullable<Text>,
        contested_ms -> Nullable<BigInt>,
    }
}
diesel::table! {
    case_reporter (case_id) {
        case_id -> BigInt,
        county_id -> BigInt,
        sealed -> Binary,
        is_confidential -> Bool,
    }
}
diesel::table! {
    case_metoo (case_id, token) {
        case_id -> BigInt,
        token -> Binary,
        at_ms -> BigInt,
    }
}
diesel::table! {
    case_read (id) {
        id -> BigInt,
        case_id -> BigInt,
        county_id -> BigInt,
        at_ms -> BigInt,
        account -> BigInt,
        post -> BigInt,
        unit_id -> BigInt,
        purpose -> Text,
    }
}
diesel::table! {
    case_category (id) {
        id -> BigInt,
        code -> Text,
        parent_id -> BigInt,
        name -> Text,
        position -> BigInt,
        kind -> Nullable<Text>,
        valid_from_ms -> BigInt,
        valid_to_ms -> Nullable<BigInt>,
        days -> BigInt,
        unit -> Text,
        days_source -> Text,
        needs_place -> Bool,
        needs_evidence -> Bool,
        proofs -> Text,
        is_urgent -> Bool,
        is_public -> Bool,
        questions -> Text,
        also_called -> Text,
    }
}
diesel::table! {
    case_pack (id) {
        id -> BigInt,
        code -> Text,
        name -> Text,
        version -> Text,
        confirm_days -> BigInt,
        reopen_days -> BigInt,
        terms -> Text,
        loaded_ms -> BigInt,
        account -> BigInt,
    }
}
diesel::table! {
    case_batch (id) {
        id -> BigInt,
        at_ms -> BigInt,
        account -> BigInt,
        unit_id -> BigInt,
        file_digest -> Binary,
        map_name -> Text,
        row_count -> BigInt,
        added_count -> BigInt,
        undone_ms -> Nullable<BigInt>,
        undone_by -> Nullable<BigInt>,
    }
}
diesel::allow_tables_to_appear_in_same_query!(
    case_item,
    case_intake,
    case_act,
    case_part,
    case_dispatch,
    case_closure,
    case_reporter,
    case_metoo,
    case_read,
    case_clock,
    case_clock_act,
    case_return
);

/// A case's place as its row has it.
#[derive(Debug, Clone, Copy, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = case_item, treat_none_as_default_value = false)]
pub(super) struct PlaceCols {
    county_id: i64,
    province_id: i64,
    city_id: i64,
    town_id: i64,
    village_id: i64,
    grid_id: i64,
}

impl From<Place> for PlaceCols {
    fn from(p: Place) -> Self {
        Self {
            county_id: p.county,
            province_id: p.province,
            city_id: p.city,
            town_id: p.town,
            village_id: p.village,
            grid_id: p.grid,
        }
    }
}

impl From<PlaceCols> for Place {
    fn from(c: PlaceCols) -> Self {
        Self {
            province: c.province_id,
            city: c.city_id,
            county: c.county_id,
            town: c.town_id,
            village: c.village_id,
            grid: c.grid_id,
        }
    }
}

/// What a case is about and where: hardly an act changes it, and three of the table's indexes are over it.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = case_item, treat_none_as_default_value = false)]
pub(super) struct Subject {
    #[diesel(embed)]
    place: PlaceCols,
    category_id: i64,
    title: String,
    body: String,
    is_public: bool,
}

/// What an act may change of a case.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = case_item, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct Mutable {
    stage: String,
    level: String,
    holder_unit: i64,
    holder_account: i64,
    handler_unit: i64,
    handler_account: i64,
    back_unit: i64,
    due_ms: i64,
    accepted_ms: Option<i64>,
    closed_ms: Option<i64>,
    confirmed_ms: Option<i64>,
    ending: Option<String>,
    version: i64,
}

/// A whole row of `case_item`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_item, treat_none_as_default_value = false)]
pub(super) struct CaseRow {
    id: i64,
    number: String,
    channel: String,
    spot: String,
    registered_by: i64,
    created_ms: i64,
    metoo_count: i64,
    #[diesel(embed)]
    subject: Subject,
    #[diesel(embed)]
    rest: Mutable,
}

impl From<&Case> for Subject {
    fn from(c: &Case) -> Self {
        Self {
            place: c.place.into(),
            category_id: c.category,
            title: c.title.clone(),
            body: c.body.clone(),
            is_public: c.is_public,
        }
    }
}

impl From<&Case> for Mutable {
    fn from(c: &Case) -> Self {
        Self {
            stage: c.stage.code().to_owned(),
            level: c.level.code().to_owned(),
            holder_unit: c.holder.unit,
            holder_account: c.holder.account,
            handler_unit: c.handler.unit,
            handler_account: c.handler.account,
            back_unit: c.back_unit,
            due_ms: c.due.0,
            accepted_ms: c.accepted.map(|t| t.0),
            closed_ms: c.closed.map(|t| t.0),
            confirmed_ms: c.confirmed.map(|t| t.0),
            ending: c.ending.map(|e| e.code().to_owned()),
            version: c.version,
        }
    }
}

impl From<&Case> for CaseRow {
    fn from(c: &Case) -> Self {
        Self {
            id: c.id.raw(),
            number: c.number.clone(),
            channel: c.channel.code().to_owned(),
            spot: c.spot.clone(),
            registered_by: c.registered_by,
            created_ms: c.created.0,
            metoo_count: c.metoo_count,
            subject: c.into(),
            rest: c.into(),
        }
    }
}

impl From<CaseRow> for Case {
    /// Only codes are ever written; a code of a later version reads as the first of its kind.
    fn from(r: CaseRow) -> Self {
        let (s, m) = (r.subject, r.rest);
        Self {
            id: Id::of(r.id),
            number: r.number,
            place: s.place.into(),
            stage: Stage::parse(&m.stage).unwrap_or(Stage::Received),
            level: Level::parse(&m.level).unwrap_or(Level::Town),
            category: s.category_id,
            channel: Channel::parse(&r.channel).unwrap_or(Channel::Web),
            title: s.title,
            body: s.body,
            spot: r.spot,
            holder: Holder { unit: m.holder_unit, account: m.holder_account },
            handler: Holder { unit: m.handler_unit, account: m.handler_account },
            back_unit: m.back_unit,
            registered_by: r.registered_by,
            due: Millis(m.due_ms),
            created: Millis(r.created_ms),
            accepted: m.accepted_ms.map(Millis),
            closed: m.closed_ms.map(Millis),
            confirmed: m.confirmed_ms.map(Millis),
            ending: m.ending.as_deref().and_then(Ending::parse),
            version: m.version,
            is_public: s.is_public,
            metoo_count: r.metoo_count,
        }
    }
}

/// How a case came in, as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_intake, treat_none_as_default_value = false)]
pub struct IntakeRow {
    /// The case.
    pub case_id: i64,
    /// Its county.
    pub county_id: i64,
    /// Digest of the sender's key.
    pub idem_key: Option<Vec<u8>>,
    /// Digest of everything that was sent: the same key with another content is refused.
    pub content_digest: Vec<u8>,
    /// Latitude, WGS-84, 1e-7 degree.
    pub lat_e7: Option<i64>,
    /// Longitude, WGS-84, 1e-7 degree.
    pub lon_e7: Option<i64>,
    /// As given.
    pub given_lat_e7: Option<i64>,
    /// As given.
    pub given_lon_e7: Option<i64>,
    /// Datum of the given pair.
    pub datum: Option<String>,
    /// Answers to the extra questions: a JSON list of pairs.
    pub answers: String,
    /// The deadline's rule: how many.
    pub deadline_days: i64,
    /// The deadline's rule: of what, in the letters of the deadline library.
    pub deadline_unit: String,
    /// The deadline's rule: source.
    pub deadline_source: String,
    /// The deadline's start: intake, or the last reopening.
    pub deadline_start_ms: i64,
    /// The unit that the routing table names; 0 = none.
    pub route_unit: i64,
    /// By which rule; 0 = none.
    pub route_rule: i64,
    /// Why, in the rule's words.
    pub route_why: String,
    /// The import batch; 0 = none.
    pub batch_id: i64,
    /// Digest of the imported row.
    pub row_digest: Option<Vec<u8>>,
}

/// One act as stored (办理记录).
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_act, treat_none_as_default_value = false)]
pub struct ActRow {
    /// Its id.
    pub id: i64,
    /// The case.
    pub case_id: i64,
    /// Its county.
    pub county_id: i64,
    /// When.
    pub at_ms: i64,
    /// What: a code of [`crate::model::ActKind`].
    pub act: String,
    /// In which role: a code of [`crate::model::By`].
    pub by_role: String,
    /// From which stage.
    pub from_stage: String,
    /// To which stage.
    pub to_stage: String,
    /// Who; 0 = the public, -1 = the house.
    pub account: i64,
    /// From which post.
    pub post: i64,
    /// Of which unit.
    pub unit_id: i64,
    /// To which unit, where it was sent; else 0.
    pub to_unit: i64,
    /// To which account of it.
    pub to_account: i64,
    /// The category before, where it was changed; else 0.
    pub old_category: i64,
    /// The category after.
    pub new_category: i64,
    /// The result, where one was given.
    pub ending: Option<String>,
    /// The reason, the report or the answer.
    pub words: Option<String>,
}

/// A unit's part in a case.
#[derive(Debug, Insertable)]
#[diesel(table_name = case_part, treat_none_as_default_value = false)]
pub(super) struct PartRow {
    case_id: i64,
    unit_id: i64,
    county_id: i64,
    created_ms: i64,
    is_open: bool,
}

impl PartRow {
    pub(super) fn of(case: &Case, unit_id: i64) -> Self {
        Self {
            case_id: case.id.raw(),
            unit_id,
            county_id: case.place.county,
            created_ms: case.created.0,
            is_open: case.stage.is_open(),
        }
    }
}

/// Who brought a case, sealed.
#[derive(Insertable)]
#[diesel(table_name = case_reporter, treat_none_as_default_value = false)]
pub(super) struct ReporterRow {
    pub(super) case_id: i64,
    pub(super) county_id: i64,
    pub(super) sealed: Vec<u8>,
    pub(super) is_confidential: bool,
}

/// One sending as stored (派单).
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_dispatch, treat_none_as_default_value = false)]
pub struct DispatchRow {
    /// Its id.
    pub id: i64,
    /// The case.
    pub case_id: i64,
    /// Its county.
    pub county_id: i64,
    /// When.
    pub at_ms: i64,
    /// From which unit.
    pub from_unit: i64,
    /// To which unit.
    pub to_unit: i64,
    /// To which account; 0 = the unit decides.
    pub to_account: i64,
    /// By whom.
    pub account: i64,
    /// What the routing table suggested then.
    pub suggested_unit: i64,
    /// By which rule.
    pub route_rule: i64,
    /// With which reason.
    pub route_why: String,
    /// What the unit should know.
    pub words: Option<String>,
    /// When the unit took it.
    pub taken_ms: Option<i64>,
    /// When it ended.
    pub ended_ms: Option<i64>,
    /// By which act it ended.
    pub ended_by: Option<String>,
}

/// One answer as stored (办结答复).
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_closure, treat_none_as_default_value = false)]
pub struct ClosureRow {
    /// Its id.
    pub id: i64,
    /// The case.
    pub case_id: i64,
    /// Its county.
    pub county_id: i64,
    /// When.
    pub at_ms: i64,
    /// By whom.
    pub account: i64,
    /// Of which unit.
    pub unit_id: i64,
    /// How it ended.
    pub ending: String,
    /// What the resident reads.
    pub answer: String,
    /// The other case, for a duplicate.
    pub same_as: i64,
    /// To whom it was handed, for a referral.
    pub referred_to: String,
    /// When the resident was answered: the act's time, or for imports what the table says, if it does.
    pub answered_ms: Option<i64>,
    /// Whether it came in time.
    pub in_time: bool,
    /// When the resident confirmed it.
    pub confirmed_ms: Option<i64>,
    /// In which role.
    pub confirmed_by: Option<String>,
    /// When the resident said that it is not solved.
    pub contested_ms: Option<i64>,
}

/// One opening of a record as stored (查阅记录).
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_read, treat_none_as_default_value = false)]
pub struct ReadRow {
    /// Its id.
    pub id: i64,
    /// The case.
    pub case_id: i64,
    /// Its county.
    pub county_id: i64,
    /// When.
    pub at_ms: i64,
    /// Who.
    pub account: i64,
    /// From which post.
    pub post: i64,
    /// Of which unit.
    pub unit_id: i64,
    /// What was opened: `record` or `contact`.
    pub purpose: String,
}

/// One import as stored (导入批次).
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_batch, treat_none_as_default_value = false)]
pub struct BatchRow {
    /// Its id.
    pub id: i64,
    /// When.
    pub at_ms: i64,
    /// By whom.
    pub account: i64,
    /// Of which unit.
    pub unit_id: i64,
    /// SHA-256 of the file.
    pub file_digest: Vec<u8>,
    /// The map that was used.
    pub map_name: String,
    /// Rows that were given.
    pub row_count: i64,
    /// Rows that were added.
    pub added_count: i64,
    /// When it was undone.
    pub undone_ms: Option<i64>,
    /// By whom.
    pub undone_by: Option<i64>,
}
