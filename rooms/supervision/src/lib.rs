//! The room `supervision` (督办): lists of matters and of problems of places with who answers for them and until when (清单化、
//! 挂牌督办); joint meetings with tasks (联席会议); sweeps with returns (排查). Entries are matters and places; measured are offices.

mod api;
pub mod deeds;
pub mod model;
mod pages;
pub mod rules;
mod samples;
pub mod store;

use std::sync::LazyLock;

/// The room's tables.
pub const MIGRATIONS: &[::store::Migration] = &[
    ::store::Migration {
        room: "supervision",
        name: "0001_supervision",
        sql: include_str!("../migrations/0001_supervision.sql"),
    },
    ::store::Migration {
        room: "supervision",
        name: "0002_meeting",
        sql: include_str!("../migrations/0002_meeting.sql"),
    },
    ::store::Migration {
        room: "supervision",
        name: "0003_sweep",
        sql: include_str!("../migrations/0003_sweep.sql"),
    },
    ::store::Migration {
        room: "supervision",
        name: "0004_reception",
        sql: include_str!("../migrations/0004_reception.sql"),
    },
];

static RIGHTS: LazyLock<Vec<web::Right>> = LazyLock::new(|| [pages::RIGHTS, api::RIGHTS].concat());

/// The room as the house takes it.
pub fn room() -> web::Room {
    web::Room {
        routes: pages::routes(),
        api: api::routes(),
        rights: &RIGHTS,
        migrations: MIGRATIONS,
        facts: deeds::FACTS,
        words: web::words!("supervision"),
        nav: pages::NAV,
        samples: samples::samples(),
        ..web::Room::new("supervision")
    }
}
