//! The room's pages.

mod feed;
mod inbox;
mod log;
mod own;

pub(crate) use feed::{FeedLine, FeedPage};
pub use inbox::InboxBell;
pub(crate) use inbox::{GonePage, InboxPage, Line};
pub(crate) use log::{LogLine, LogPage, SetupPage, WayLine};
pub(crate) use own::OwnPage;

use base::{Id, Millis};
use jiff::civil::Date;
use web::{Need, Opt, Rate, Right, Routes, View};

use crate::model::{Kind, Letter};

const OVERSIGHT: Need = Need::AnyDuty(&["admin", "audit"]);
const ADMIN: Need = Need::Duty("admin");

/// The routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/notices", inbox::inbox_show)
        .get("/notices/{id}", inbox::notice_open)
        .post("/notices/{id}/reading", inbox::notice_read)
        .post("/notices/reading", inbox::notices_read)
        .get("/me/notices", own::own_show)
        .post("/me/notices", own::own_keep)
        .get("/me/feed", feed::feed_show)
        .post("/me/feed/{post}", feed::feed_make)
        .post("/me/feed/{post}/end", feed::feed_end)
        .get("/feed/{file}", feed::feed_file)
        .get("/admin/notices", log::log_show)
        .get("/admin/notices/sheet.xlsx", log::log_sheet)
        .get("/admin/notices/setup", log::setup_show)
        .post("/admin/notices/trial", log::trial_send)
        .post("/admin/notices/{id}/again", log::item_again)
}

/// The rights.
pub(crate) const RIGHTS: &[Right] = &[
    Right::get("/notices", Need::SignedIn, "the own inbox"),
    Right::get(
        "/notices/{id}",
        Need::SignedIn,
        "leads to the record of a letter in the own inbox, or says that it is out of reach",
    ),
    Right::post("/notices/{id}/reading", Need::SignedIn, "marks a letter of the own inbox as read"),
    Right::post("/notices/reading", Need::SignedIn, "marks the own inbox as read"),
    Right::get("/me/notices", Need::SignedIn, "where one is reached outside of the house"),
    Right::post("/me/notices", Need::SignedIn, "keeps where one is reached"),
    Right::get("/me/feed", Need::SignedIn, "the own calendar links"),
    Right::post("/me/feed/{post}", Need::SignedIn, "makes or renews the link of a post that one holds"),
    Right::post("/me/feed/{post}/end", Need::SignedIn, "ends an own link"),
    Right::get("/feed/{file}", Need::Public, "a calendar program reads the feed by its unguessable link")
        .rate(Rate::per_minute(60)),
    Right::get("/admin/notices", OVERSIGHT, "what went out of the house, within one's own places"),
    Right::get("/admin/notices/sheet.xlsx", OVERSIGHT, "the same as a sheet")
        .rate(Rate::per_minute(20))
        .heavy(),
    Right::get("/admin/notices/setup", OVERSIGHT, "which ways out are open, and the quiet hours"),
    Right::post("/admin/notices/trial", ADMIN, "sends a trial over a way out").rate(Rate::per_minute(20)),
    Right::post("/admin/notices/{id}/again", ADMIN, "sends a letter again, within one's own places"),
];

/// The kinds as choices.
fn kinds(v: &View, all: impl Iterator<Item = Kind>) -> Vec<Opt> {
    all.map(|k| Opt::new(k.code(), v.t(&k.name_key()))).collect()
}

/// The first number of a day that was asked for.
fn first_of(v: &View, day: Option<Date>) -> Option<i64> {
    day.map(|d| number_at(v.zone.start_of(d)))
}

/// The first number after a day that was asked for.
fn after_of(v: &View, day: Option<Date>) -> Option<i64> {
    day.map(|d| number_at(v.zone.end_of(d).plus(1)))
}

fn number_at(at: Millis) -> i64 {
    Id::<Letter>::first_at(at).raw()
}
