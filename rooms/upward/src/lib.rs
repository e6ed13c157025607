//! The room `upward` (上报): a county's or a city's installation sends signed sums, never records, to the next level; that one shows
//! how fresh they are and what is missing, and may send its own sums further up.

mod api;
mod deeds;
mod jobs;
mod model;
mod pages;
mod rules;
mod samples;
mod store;

use std::sync::LazyLock;

pub use deeds::{FACTS, ask_sending, make_reports, timers};
pub use jobs::Messenger;
pub use model::{
    Beat, CategoryCode, Codes, DivisionCode, Installation, Link, LinkState, Measure, Numbers, PublicKey,
    Report, Row, Sent, SentState, Why,
};
pub use rules::{Said, decode, digest, encode, signed_text};
pub use store::{current_link, told};

/// The room's tables.
pub const MIGRATIONS: &[::store::Migration] = &[::store::Migration {
    room: "upward",
    name: "0001_upward",
    sql: include_str!("../migrations/0001_upward.sql"),
}];

static RIGHTS: LazyLock<Vec<web::Right>> = LazyLock::new(|| [pages::RIGHTS, api::RIGHTS].concat());

/// The room as the house takes it.
pub fn room() -> web::Room {
    web::Room {
        routes: pages::routes(),
        api: api::routes(),
        rights: &RIGHTS,
        migrations: MIGRATIONS,
        facts: FACTS,
        words: web::words!("upward"),
        nav: pages::NAV,
        samples: samples::samples(),
        ..web::Room::new("upward")
    }
}
