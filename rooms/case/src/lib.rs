//! The room `case` (事项): a resident's matter from the report to the confirmed answer.

pub mod api;
pub mod deeds;
pub mod model;
pub mod pages;
pub mod rules;
pub mod samples;
pub mod store;

use std::sync::LazyLock;

use pages::{resident, staff, worker};
use web::{Lang, Nav, Right, Room, Routes, WordFiles};

/// The room's tables.
pub const MIGRATIONS: &[::store::Migration] = &[
    ::store::Migration { room: "case", name: "0001_case", sql: include_str!("../migrations/0001_case.sql") },
    ::store::Migration {
        room: "case",
        name: "0002_draft",
        sql: include_str!("../migrations/0002_draft.sql"),
    },
    ::store::Migration {
        room: "case",
        name: "0003_also_called",
        sql: include_str!("../migrations/0003_also_called.sql"),
    },
    ::store::Migration {
        room: "case",
        name: "0004_unit_of_days",
        sql: include_str!("../migrations/0004_unit_of_days.sql"),
    },
    ::store::Migration {
        room: "case",
        name: "0005_clock",
        sql: include_str!("../migrations/0005_clock.sql"),
    },
    ::store::Migration {
        room: "case",
        name: "0020_views",
        sql: include_str!("../migrations/0020_views.sql"),
    },
];

const WORDS: WordFiles = &[
    (Lang::Zh, include_str!("../../../words/zh-CN/case.toml")),
    (Lang::Zh, include_str!("../../../words/zh-CN/case_resident.toml")),
    (Lang::Zh, include_str!("../../../words/zh-CN/case_staff.toml")),
    (Lang::Zh, include_str!("../../../words/zh-CN/import.toml")),
    (Lang::En, include_str!("../../../words/en/case.toml")),
    (Lang::En, include_str!("../../../words/en/case_resident.toml")),
    (Lang::En, include_str!("../../../words/en/case_staff.toml")),
    (Lang::En, include_str!("../../../words/en/import.toml")),
];

static RIGHTS: LazyLock<Vec<Right>> =
    LazyLock::new(|| [resident::RIGHTS, worker::RIGHTS, staff::RIGHTS, api::RIGHTS].concat());
static NAV: LazyLock<Vec<Nav>> = LazyLock::new(|| [resident::NAV, worker::NAV, staff::NAV].concat());

/// The room as the house takes it.
pub fn room() -> Room {
    let mut samples = samples::samples();
    samples.extend(staff::samples());
    Room {
        routes: staff::routes(worker::routes(resident::routes(Routes::new()))),
        api: api::routes(),
        rights: &RIGHTS,
        migrations: MIGRATIONS,
        facts: deeds::FACTS,
        words: WORDS,
        nav: &NAV,
        samples,
        ..Room::new("case")
    }
}
