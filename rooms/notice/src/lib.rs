//! The room `notice` (通知): letters to offices and to the senders of matters, the ways they go, and the calendar feed.
//! Other rooms' deeds call [`tell`] and know nothing of ways; this room knows nothing of cases.

mod deeds;
mod jobs;
mod model;
mod pages;
mod rules;
mod samples;
mod store;

pub use deeds::{Door, Doors, FACTS, FeedSource, FeedSources, read_until, tell};
pub use jobs::{Carrier, Courier, HookCarrier, MailCarrier, SmsCarrier, agent, trouble};
pub use model::{
    Audience, CaseNumber, Channel, Contact, FeedEvent, Item, Kind, Letter, Message, OpenChannel, Param,
    Problem, Quiet, Setup, Sort, State, Subject, To, Trouble,
};
pub use pages::InboxBell;

/// The room's tables.
pub const MIGRATIONS: &[::store::Migration] = &[
    ::store::Migration {
        room: "notice",
        name: "0001_notice",
        sql: include_str!("../migrations/0001_notice.sql"),
    },
    ::store::Migration {
        room: "notice",
        name: "0002_scale",
        sql: include_str!("../migrations/0002_scale.sql"),
    },
];

/// The room as the house takes it.
pub fn room() -> web::Room {
    web::Room {
        routes: pages::routes(),
        rights: pages::RIGHTS,
        migrations: MIGRATIONS,
        facts: FACTS,
        words: web::words!("notice"),
        samples: samples::samples(),
        ..web::Room::new("notice")
    }
}
