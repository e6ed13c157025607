//! The room `calendar` (工作日历): which days are worked, by the notices of each year and the places' own days.
//! What a deadline does with them is the kernel's `deadline`.

mod deeds;
mod model;
mod pages;
mod rules;
mod samples;
mod store;

pub use deeds::{CALENDAR_CHANGED, Dependants, FACTS, LiveAlmanac, Preview, publish};
pub use model::{Almanac, Moves, Published, Table};
pub use store::{almanac_at, load_almanac};

/// The room's tables.
pub const MIGRATIONS: &[::store::Migration] = &[::store::Migration {
    room: "calendar",
    name: "0001_calendar",
    sql: include_str!("../migrations/0001_calendar.sql"),
}];

/// The room as the house takes it.
pub fn room() -> web::Room {
    web::Room {
        routes: pages::routes(),
        rights: pages::RIGHTS,
        migrations: MIGRATIONS,
        facts: FACTS,
        stirs: FACTS,
        words: web::words!("calendar"),
        samples: samples::samples(),
        ..web::Room::new("calendar")
    }
}
