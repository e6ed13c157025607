//! The tables and how a place stands in them.

use access::Place;

diesel::table! {
    supervision_entry (id) {
        id -> BigInt,
        number -> Text,
        province_id -> BigInt,
        city_id -> BigInt,
        county_id -> BigInt,
        town_id -> BigInt,
        village_id -> BigInt,
        grid_id -> BigInt,
        case_id -> BigInt,
        category_id -> BigInt,
        title -> Text,
        stage -> Text,
        level -> Text,
        list_unit -> BigInt,
        by_unit -> BigInt,
        leader_post -> BigInt,
        leader_account -> BigInt,
        unit_id -> BigInt,
        person_account -> BigInt,
        terms -> Text,
        due_ms -> BigInt,
        amber_ms -> BigInt,
        red_ms -> BigInt,
        late_ms -> BigInt,
        listed_ms -> BigInt,
        struck_ms -> BigInt,
        public_title -> Nullable<Text>,
        visit_count -> BigInt,
        is_asked -> Bool,
        version -> BigInt,
        created_ms -> BigInt,
    }
}

diesel::table! {
    supervision_act (id) {
        id -> BigInt,
        entry_id -> BigInt,
        county_id -> BigInt,
        at_ms -> BigInt,
        act -> Text,
        by_role -> Text,
        from_stage -> Text,
        to_stage -> Text,
        account -> BigInt,
        post -> BigInt,
        unit_id -> BigInt,
        term -> Nullable<Text>,
        words -> Nullable<Text>,
    }
}

diesel::table! {
    supervision_visit (id) {
        id -> BigInt,
        entry_id -> BigInt,
        county_id -> BigInt,
        post -> BigInt,
        day -> Text,
        place -> Text,
        outcome -> Text,
    }
}

diesel::table! {
    supervision_meeting (id) {
        id -> BigInt,
        province_id -> BigInt,
        city_id -> BigInt,
        county_id -> BigInt,
        town_id -> BigInt,
        village_id -> BigInt,
        grid_id -> BigInt,
        unit_id -> BigInt,
        title -> Text,
        hall -> Text,
        start_ms -> BigInt,
        stage -> Text,
        version -> BigInt,
        created_ms -> BigInt,
    }
}

diesel::table! {
    supervision_invite (unit_id, meeting_id) {
        unit_id -> BigInt,
        meeting_id -> BigInt,
    }
}

diesel::table! {
    supervision_item (id) {
        id -> BigInt,
        meeting_id -> BigInt,
        position -> BigInt,
        case_id -> BigInt,
        entry_id -> BigInt,
        number -> Text,
        title -> Text,
        minutes -> Nullable<Text>,
    }
}

diesel::table! {
    supervision_task (id) {
        id -> BigInt,
        province_id -> BigInt,
        city_id -> BigInt,
        county_id -> BigInt,
        town_id -> BigInt,
        village_id -> BigInt,
        grid_id -> BigInt,
        meeting_id -> BigInt,
        item_id -> BigInt,
        unit_id -> BigInt,
        origin -> Text,
        what -> Text,
        term -> Text,
        start_ms -> BigInt,
        due_ms -> BigInt,
        done_ms -> Nullable<BigInt>,
        done_words -> Nullable<Text>,
        evidence -> Nullable<Text>,
        account -> BigInt,
        post -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    supervision_sweep (id) {
        id -> BigInt,
        province_id -> BigInt,
        city_id -> BigInt,
        county_id -> BigInt,
        town_id -> BigInt,
        village_id -> BigInt,
        grid_id -> BigInt,
        unit_id -> BigInt,
        kind -> Text,
        rung -> Text,
        title -> Text,
        question -> Text,
        from_day -> Text,
        to_day -> Text,
        due_ms -> BigInt,
        created_ms -> BigInt,
    }
}

diesel::table! {
    supervision_return (id) {
        id -> BigInt,
        sweep_id -> BigInt,
        province_id -> BigInt,
        city_id -> BigInt,
        county_id -> BigInt,
        town_id -> BigInt,
        village_id -> BigInt,
        grid_id -> BigInt,
        returned_ms -> Nullable<BigInt>,
        finding_count -> BigInt,
        words -> Text,
        account -> BigInt,
        post -> BigInt,
        unit_id -> BigInt,
    }
}

diesel::table! {
    supervision_finding (id) {
        id -> BigInt,
        return_id -> BigInt,
        sweep_id -> BigInt,
        what -> Text,
        spot -> Text,
        case_id -> BigInt,
    }
}

diesel::table! {
    supervision_reception (id) {
        id -> BigInt,
        province_id -> BigInt,
        city_id -> BigInt,
        county_id -> BigInt,
        town_id -> BigInt,
        village_id -> BigInt,
        grid_id -> BigInt,
        unit_id -> BigInt,
        post -> BigInt,
        weekday -> BigInt,
        day -> Nullable<Text>,
        from_minute -> BigInt,
        until_minute -> BigInt,
        hall -> Text,
        made_ms -> BigInt,
        ended_ms -> Nullable<BigInt>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(supervision_meeting, supervision_invite);

/// A place's six columns in a table that has them.
macro_rules! place_columns {
    ($name:ident, $table:ident) => {
        #[derive(diesel::Queryable, diesel::Selectable, diesel::Insertable, Debug, Clone, Copy)]
        #[diesel(table_name = $table)]
        pub(super) struct $name {
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

place_columns!(EntryPlace, supervision_entry);
place_columns!(MeetingPlace, supervision_meeting);
place_columns!(TaskPlace, supervision_task);
place_columns!(SweepPlace, supervision_sweep);
place_columns!(ReturnPlace, supervision_return);
place_columns!(ReceptionPlace, supervision_reception);
