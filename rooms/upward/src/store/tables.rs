//! The tables, and how their rows become nouns.

use base::{Fault, Millis, Outcome};
use diesel::prelude::*;
use jiff::civil::Date;
use web::Names;

use crate::model::{Codes, Installation, Link, PublicKey, Sent};

diesel::table! {
    upward_link (id) {
        id -> BigInt, address -> Text, name -> Text, codes -> Text, cadence -> Text, state -> Text,
        installation_id -> BigInt, one_time -> Nullable<Binary>, first_day -> Text, told_sequence -> BigInt,
        answered_ms -> Nullable<BigInt>, tries -> BigInt, next_ms -> BigInt, trouble -> Text, made_ms -> BigInt,
        ended_ms -> Nullable<BigInt>,
    }
}
diesel::table! {
    upward_sent (id) {
        id -> BigInt, link_id -> BigInt, sequence -> BigInt, day -> Text, revision -> BigInt, is_complete -> Bool,
        digest -> Text, numbers_digest -> Text, body -> Text, made_ms -> BigInt, state -> Text, tries -> BigInt,
        next_ms -> BigInt, answered_ms -> Nullable<BigInt>, trouble -> Text,
    }
}
diesel::table! {
    upward_installation (id) {
        id -> BigInt, name -> Text, codes -> Text, public_key -> Text, code_digest -> Text, code_until_ms -> BigInt,
        state -> Text, first_day -> Text, last_sequence -> BigInt, heard_ms -> Nullable<BigInt>, made_ms -> BigInt,
        linked_ms -> Nullable<BigInt>, ended_ms -> Nullable<BigInt>,
    }
}
diesel::table! {
    upward_report (id) {
        id -> BigInt, installation_id -> BigInt, sequence -> BigInt, day -> Text, revision -> BigInt,
        is_complete -> Bool, is_current -> Bool, missing -> Text, digest -> Text, body -> Text, made_ms -> BigInt,
        taken_ms -> BigInt,
    }
}
diesel::table! {
    upward_cell (id) {
        id -> BigInt, report_id -> BigInt, installation_id -> BigInt, division -> Text, category -> Text, day -> Text,
        is_current -> Bool, received -> BigInt, due -> BigInt, done -> BigInt, on_time -> BigInt, missed -> BigInt,
        extended -> BigInt, reopened -> BigInt, said -> BigInt, satisfied -> BigInt,
    }
}
diesel::table! {
    upward_refusal (id) {
        id -> BigInt, installation_id -> BigInt, at_ms -> BigInt, sequence -> BigInt, day -> Text, reason -> Text,
        digest -> Text,
    }
}

/// A word that the table keeps.
pub(super) fn named<T: Names>(name: &str) -> Outcome<T> {
    let found = T::ALL.iter().copied().find(|t| t.name() == name);
    found.ok_or_else(|| Fault::new(format!("a table keeps the word {name}, which is none of ours")).into())
}

/// A day that the table keeps.
pub(super) fn day(text: &str) -> Outcome<Date> {
    text.parse().map_err(|_| Fault::new(format!("a table keeps the day {text}")).into())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = upward_link)]
pub(super) struct LinkRow {
    id: i64,
    address: String,
    name: String,
    codes: String,
    cadence: String,
    state: String,
    installation_id: i64,
    first_day: String,
    told_sequence: i64,
    answered_ms: Option<i64>,
    tries: i64,
    next_ms: i64,
    trouble: String,
    made_ms: i64,
}

impl LinkRow {
    pub(super) fn link(self) -> Outcome<Link> {
        Ok(Link {
            id: self.id,
            address: self.address,
            name: self.name,
            codes: Codes::of_stored(&self.codes),
            cadence: named(&self.cadence)?,
            state: named(&self.state)?,
            installation: self.installation_id,
            first_day: day(&self.first_day)?,
            told_sequence: self.told_sequence,
            answered: self.answered_ms.map(Millis),
            tries: self.tries,
            next: Millis(self.next_ms),
            trouble: named(&self.trouble).ok(),
            made: Millis(self.made_ms),
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = upward_sent)]
pub(super) struct SentRow {
    id: i64,
    link_id: i64,
    sequence: i64,
    day: String,
    revision: i64,
    is_complete: bool,
    digest: String,
    body: String,
    made_ms: i64,
    state: String,
    tries: i64,
    next_ms: i64,
    answered_ms: Option<i64>,
    trouble: String,
}

impl SentRow {
    pub(super) fn sent(self) -> Outcome<Sent> {
        Ok(Sent {
            id: self.id,
            link: self.link_id,
            sequence: self.sequence,
            day: day(&self.day)?,
            revision: self.revision,
            is_complete: self.is_complete,
            digest: self.digest,
            body: self.body,
            made: Millis(self.made_ms),
            state: named(&self.state)?,
            tries: self.tries,
            next: Millis(self.next_ms),
            answered: self.answered_ms.map(Millis),
            trouble: named(&self.trouble).ok(),
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = upward_installation)]
pub(super) struct InstallationRow {
    id: i64,
    name: String,
    codes: String,
    public_key: String,
    code_digest: String,
    code_until_ms: i64,
    state: String,
    first_day: String,
    last_sequence: i64,
    heard_ms: Option<i64>,
    made_ms: i64,
}

impl InstallationRow {
    pub(super) fn installation(self) -> Outcome<Installation> {
        Ok(Installation {
            id: self.id,
            name: self.name,
            codes: Codes::of_stored(&self.codes),
            key: PublicKey::read(&self.public_key)?,
            code_digest: self.code_digest,
            code_until: Millis(self.code_until_ms),
            state: named(&self.state)?,
            first_day: day(&self.first_day)?,
            last_sequence: self.last_sequence,
            heard: self.heard_ms.map(Millis),
            made: Millis(self.made_ms),
        })
    }
}
