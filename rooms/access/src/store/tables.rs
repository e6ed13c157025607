//! The tables of the room and how a place and a period stand in them.

use base::Millis;

use crate::model::{Period, Place};

diesel::table! {
    access_unit (id) {
        id -> BigInt,
        name -> Text,
        kind -> Text,
        province_id -> BigInt,
        city_id -> BigInt,
        county_id -> BigInt,
        town_id -> BigInt,
        village_id -> BigInt,
        grid_id -> BigInt,
        from_ms -> BigInt,
        until_ms -> Nullable<BigInt>,
    }
}

diesel::table! {
    access_post (id) {
        id -> BigInt,
        unit_id -> BigInt,
        title -> Text,
        duties -> Text,
        province_id -> BigInt,
        city_id -> BigInt,
        county_id -> BigInt,
        town_id -> BigInt,
        village_id -> BigInt,
        grid_id -> BigInt,
        from_ms -> BigInt,
        until_ms -> Nullable<BigInt>,
    }
}

diesel::table! {
    access_account (id) {
        id -> BigInt,
        name -> Text,
        display -> Text,
        state -> Text,
        unit_id -> BigInt,
        password -> Text,
        must_change -> Bool,
        totp -> Nullable<Binary>,
        totp_on -> Bool,
        totp_step -> BigInt,
        created_ms -> BigInt,
        signed_in_ms -> BigInt,
    }
}

diesel::table! {
    access_holding (id) {
        id -> BigInt,
        account_id -> BigInt,
        post_id -> BigInt,
        from_ms -> BigInt,
        until_ms -> Nullable<BigInt>,
    }
}

diesel::table! {
    access_recovery (id) {
        id -> BigInt,
        account_id -> BigInt,
        code -> Binary,
        used_ms -> Nullable<BigInt>,
    }
}

diesel::table! {
    access_try (id) {
        id -> BigInt,
        name_tag -> Binary,
        at_ms -> BigInt,
    }
}

diesel::joinable!(access_post -> access_unit (unit_id));
diesel::joinable!(access_account -> access_unit (unit_id));
diesel::joinable!(access_holding -> access_account (account_id));
diesel::joinable!(access_holding -> access_post (post_id));
diesel::allow_tables_to_appear_in_same_query!(access_unit, access_post, access_account, access_holding);

/// A place's six columns in a table that has them.
macro_rules! place_columns {
    ($(#[$doc:meta])* $name:ident, $table:ident) => {
        $(#[$doc])*
        #[derive(diesel::Queryable, diesel::Selectable, diesel::Insertable, Debug, Clone, Copy, PartialEq, Eq)]
        #[diesel(table_name = $table)]
        pub struct $name {
            province_id: i64,
            city_id: i64,
            county_id: i64,
            town_id: i64,
            village_id: i64,
            grid_id: i64,
        }

        impl From<Place> for $name {
            fn from(p: Place) -> Self {
                Self {
                    province_id: p.province,
                    city_id: p.city,
                    county_id: p.county,
                    town_id: p.town,
                    village_id: p.village,
                    grid_id: p.grid,
                }
            }
        }

        impl From<$name> for Place {
            fn from(c: $name) -> Self {
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
    };
}

place_columns! {
    /// The place of a unit.
    UnitPlace, access_unit
}
place_columns! {
    /// The root of a post's scope.
    PostPlace, access_post
}

/// A period from its two columns.
pub(super) fn period(from_ms: i64, until_ms: Option<i64>) -> Period {
    Period { from: Millis(from_ms), until: until_ms.map(Millis) }
}

/// SQL for "the period of this table holds `now`", on either engine.
macro_rules! holds {
    ($table:ident, $now:expr) => {
        $table::from_ms
            .le($now)
            .and($table::until_ms.is_null().or($table::until_ms.assume_not_null().gt($now)))
    };
}
pub(super) use holds;

/// SQL for "the row's unit lies in one of these places". `$ids` is [`super::lists::InPlaces`].
macro_rules! in_places {
    ($table:ident, $p:expr) => {
        $p.all
            .into_sql::<diesel::sql_types::Bool>()
            .or($table::province_id.eq_any($p.ids[0].clone()))
            .or($table::city_id.eq_any($p.ids[1].clone()))
            .or($table::county_id.eq_any($p.ids[2].clone()))
            .or($table::town_id.eq_any($p.ids[3].clone()))
            .or($table::village_id.eq_any($p.ids[4].clone()))
            .or($table::grid_id.eq_any($p.ids[5].clone()))
    };
}
pub(super) use in_places;
