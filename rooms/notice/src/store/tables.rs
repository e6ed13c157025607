//! The tables, and how a row reads.

use access::Place;
use base::{Id, Millis};
use diesel::prelude::*;

use crate::model::{Channel, Item, Kind, Problem, State, Subject, params_of};

diesel::table! {
    notice_item (id) {
        id -> BigInt,
        province_id -> BigInt,
        city_id -> BigInt,
        county_id -> BigInt,
        town_id -> BigInt,
        kind -> Text,
        subject -> Text,
        subject_id -> BigInt,
        audience -> Text,
        audience_id -> BigInt,
        letter_box -> Text,
        channel -> Text,
        sealed -> Nullable<Binary>,
        params -> Text,
        urgent -> Bool,
        state -> Text,
        tries -> BigInt,
        next_ms -> BigInt,
        made_ms -> BigInt,
        sent_ms -> Nullable<BigInt>,
        error -> Nullable<Text>,
        error_n -> Nullable<BigInt>,
    }
}

diesel::table! {
    notice_seen (account) {
        account -> BigInt,
        upto -> BigInt,
    }
}

diesel::table! {
    notice_read (account, item) {
        account -> BigInt,
        item -> BigInt,
        at_ms -> BigInt,
    }
}

diesel::table! {
    notice_contact (account, channel) {
        account -> BigInt,
        channel -> Text,
        sealed -> Binary,
        made_ms -> BigInt,
    }
}

diesel::table! {
    notice_silence (account, channel, kind) {
        account -> BigInt,
        channel -> Text,
        kind -> Text,
    }
}

diesel::table! {
    notice_channel (name) {
        name -> Text,
        is_open -> Bool,
        kinds -> Text,
        since_ms -> BigInt,
    }
}

diesel::table! {
    notice_feed (id) {
        id -> BigInt,
        account -> BigInt,
        post -> BigInt,
        digest -> Binary,
        made_ms -> BigInt,
        ended_ms -> Nullable<BigInt>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(notice_item, notice_read);

/// A row of the outbox.
#[derive(Queryable, Selectable, Insertable, Clone)]
#[diesel(table_name = notice_item, treat_none_as_default_value = false)]
pub(super) struct Row {
    pub id: i64,
    pub province_id: i64,
    pub city_id: i64,
    pub county_id: i64,
    pub town_id: i64,
    pub kind: String,
    pub subject: String,
    pub subject_id: i64,
    pub audience: String,
    pub audience_id: i64,
    pub letter_box: String,
    pub channel: String,
    pub sealed: Option<Vec<u8>>,
    pub params: String,
    pub urgent: bool,
    pub state: String,
    pub tries: i64,
    pub next_ms: i64,
    pub made_ms: i64,
    pub sent_ms: Option<i64>,
    pub error: Option<String>,
    pub error_n: Option<i64>,
}

impl Row {
    /// The letter; `None` when its kind is no longer known.
    pub fn item(self) -> Option<Item> {
        let kind = Kind::parse(&self.kind)?;
        Some(Item {
            id: Id::of(self.id),
            place: Place {
                province: self.province_id,
                city: self.city_id,
                county: self.county_id,
                town: self.town_id,
                ..Place::default()
            },
            kind,
            subject: Subject::of(&self.subject, self.subject_id),
            audience: self.audience,
            audience_id: self.audience_id,
            channel: Channel::parse(&self.channel)?,
            has_address: self.sealed.is_some(),
            params: params_of(kind, &self.params),
            urgent: self.urgent,
            state: State::parse(&self.state)?,
            tries: self.tries,
            next: Millis(self.next_ms),
            made: Millis(self.made_ms),
            sent: self.sent_ms.map(Millis),
            problem: self.error.as_deref().and_then(Problem::parse),
            problem_n: self.error_n.unwrap_or(0),
        })
    }
}

/// The condition of the partial indexes over inboxes, written out: an engine does not see that a bound value fulfils it.
pub(super) fn inside() -> diesel::expression::SqlLiteral<diesel::sql_types::Bool> {
    diesel::dsl::sql("notice_item.channel = 'in_app'")
}

/// The condition of the partial indexes over the log.
pub(super) fn outside() -> diesel::expression::SqlLiteral<diesel::sql_types::Bool> {
    diesel::dsl::sql("notice_item.channel <> 'in_app'")
}

/// The condition of the partial index over what has not gone.
pub(super) fn troubled() -> diesel::expression::SqlLiteral<diesel::sql_types::Bool> {
    diesel::dsl::sql("notice_item.state IN ('waiting', 'failed', 'given_up')")
}

/// The condition of the partial index over what is to be sent.
pub(super) fn unsent() -> diesel::expression::SqlLiteral<diesel::sql_types::Bool> {
    diesel::dsl::sql("notice_item.state IN ('waiting', 'failed')")
}
