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

macro_rules! migrations {
    ($($name:literal),+ $(,)?) => {
        &[$(::store::Migration {
            room: "case",
            name: $name,
            sql: include_str!(concat!("../migrations/", $name, ".sql")),
        }),+]
    };
}

/// The room's tables.
pub const MIGRATIONS: &[::store::Migration] = migrations![
    "0001_case",
    "0002_draft",
    "0003_also_called",
    "0004_unit_of_days",
    "0005_clock",
    "0006_routing",
    "0007_link",
    "0008_whistle",
    "0009_urge",
    "0010_views",
    "0011_recategorise",
    "0012_scale",
    "0013_parts",
];

const WORDS: WordFiles = &[
    (Lang::Zh, include_str!("../../../words/zh-CN/case.toml")),
    (Lang::Zh, include_str!("../../../words/zh-CN/case_resident.toml")),
    (Lang::Zh, include_str!("../../../words/zh-CN/case_staff.toml")),
    (Lang::Zh, include_str!("../../../words/zh-CN/case_link.toml")),
    (Lang::Zh, include_str!("../../../words/zh-CN/case_routing.toml")),
    (Lang::Zh, include_str!("../../../words/zh-CN/import.toml")),
    (Lang::En, include_str!("../../../words/en/case.toml")),
    (Lang::En, include_str!("../../../words/en/case_resident.toml")),
    (Lang::En, include_str!("../../../words/en/case_staff.toml")),
    (Lang::En, include_str!("../../../words/en/case_link.toml")),
    (Lang::En, include_str!("../../../words/en/case_routing.toml")),
    (Lang::En, include_str!("../../../words/en/import.toml")),
    (Lang::Zh, include_str!("../../../words/zh-CN/case_whistle.toml")),
    (Lang::En, include_str!("../../../words/en/case_whistle.toml")),
];

static RIGHTS: LazyLock<Vec<Right>> = LazyLock::new(|| {
    [resident::RIGHTS, worker::RIGHTS, staff::RIGHTS, staff::ROUTING_RIGHTS, staff::LINK_RIGHTS, api::RIGHTS]
        .concat()
});
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
        stirs: &[
            "case.pack_loaded",
            "case.category_added",
            "case.category_ended",
            "case.routing_begun",
            "case.routing_changed",
            "case.routing_published",
            "case.routing_dropped",
        ],
        words: WORDS,
        nav: &NAV,
        samples,
        ..Room::new("case")
    }
}
