//! The room `callback` (回访核实): each week a part of the closed cases is drawn and somebody else asks whoever brought
//! them. The draw can be repeated by anybody; the answers stand beside the handler's own word, never over it.

mod deeds;
mod model;
mod pages;
mod rules;
mod samples;
mod store;

pub use deeds::{Checked, FACTS, answer_call, check_draw, draw_week, load_rule, note_try, take_call, timers};
pub use model::{Answers, Call, CallState, Counter, Draw, Rule, Said, TryOutcome, Week};
pub use rules::{METHOD, RATES, Rate, order_of, seed_of};
pub use store::{draw_of, latest_rule, open_calls, questions, satisfied};

/// The room's tables.
pub const MIGRATIONS: &[::store::Migration] = &[::store::Migration {
    room: "callback",
    name: "0001_callback",
    sql: include_str!("../migrations/0001_callback.sql"),
}];

/// The room as the house takes it.
pub fn room() -> web::Room {
    web::Room {
        routes: pages::routes(),
        rights: pages::RIGHTS,
        migrations: MIGRATIONS,
        facts: FACTS,
        words: web::words!("callback"),
        nav: pages::NAV,
        samples: samples::samples(),
        ..web::Room::new("callback")
    }
}
