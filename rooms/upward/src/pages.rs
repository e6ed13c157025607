//! The room's pages. Upper end: the sums with what is missing, the numbers behind them, the installations below with what came
//! and what was refused. Lower end: the link, and what was sent.

mod below;
mod board;
mod cells;
mod link;
mod reports;
mod seat;
mod sent;

use web::{Nav, Need, Right, Routes};

pub(crate) use below::{BelowLine, BelowPage, CodePage, OnePage, RegisterPage};
pub(crate) use board::{BoardLine, BoardPage};
pub(crate) use cells::{CellRow, CellsPage};
pub(crate) use link::{LinkPage, cadences, link_view};
pub(crate) use reports::{ReportRow, ReportsPage};
pub(crate) use seat::{Asked, measure_heads, numbers_of};
pub(crate) use sent::{SentLine, SentPage, SentReport, sent_line};

/// Who reads sums and what was sent.
const READERS: Need = Need::AnyDuty(&["lead", "clerk", "audit", "admin"]);
/// Who keeps links.
const KEEPERS: Need = Need::Duty("admin");

/// The routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/upward", board::board_show)
        .get("/upward/sheet.xlsx", board::board_sheet)
        .get("/upward/cells", cells::cells_list)
        .get("/upward/cells/sheet.xlsx", cells::cells_sheet)
        .get("/upward/installations", below::below_list)
        .get("/upward/installations/sheet.xlsx", below::below_sheet)
        .get("/upward/registration", below::register_show)
        .post("/upward/installations", below::installation_make)
        .get("/upward/installations/{id}", below::installation_show)
        .post("/upward/installations/{id}/code", below::code_make)
        .post("/upward/installations/{id}/end", below::installation_end)
        .get("/upward/reports", reports::reports_list)
        .get("/upward/reports/sheet.xlsx", reports::reports_sheet)
        .get("/upward/sent", sent::sent_list)
        .get("/upward/sent/sheet.xlsx", sent::sent_sheet)
        .get("/upward/sent/{id}", sent::sent_show)
        .get("/upward/link", link::link_show)
        .post("/upward/link", link::link_make)
        .post("/upward/link/code", link::code_type)
        .post("/upward/link/sending", link::sending_make)
        .post("/upward/link/end", link::link_end)
}

const OVER: &str = "an administrator of all divisions that are reported for";

/// The rights of the pages.
pub(crate) const RIGHTS: &[Right] = &[
    Right::get("/upward", READERS, "sums of the divisions that the post reaches, with what is missing")
        .heavy(),
    Right::get("/upward/sheet.xlsx", READERS, "the same rows as a sheet").heavy(),
    Right::get("/upward/cells", READERS, "the numbers behind a sum").heavy(),
    Right::get("/upward/cells/sheet.xlsx", READERS, "the same rows as a sheet").heavy(),
    Right::get(
        "/upward/installations",
        READERS,
        "the installations below: how fresh, what is missing, what was refused",
    ),
    Right::get("/upward/installations/sheet.xlsx", READERS, "the same rows as a sheet").heavy(),
    Right::get("/upward/registration", KEEPERS, "the form"),
    Right::post("/upward/installations", KEEPERS, OVER),
    Right::get("/upward/installations/{id}", READERS, "one installation with its gaps"),
    Right::post("/upward/installations/{id}/code", KEEPERS, OVER),
    Right::post("/upward/installations/{id}/end", KEEPERS, OVER),
    Right::get(
        "/upward/reports",
        READERS,
        "what came, what a later report replaced, what was refused and why",
    ),
    Right::get("/upward/reports/sheet.xlsx", READERS, "the same rows as a sheet").heavy(),
    Right::get("/upward/sent", READERS, "what this installation has sent"),
    Right::get("/upward/sent/sheet.xlsx", READERS, "the same rows as a sheet").heavy(),
    Right::get("/upward/sent/{id}", READERS, "one report as it was signed"),
    Right::get("/upward/link", KEEPERS, "the link to the installation above, with the key that it registers"),
    Right::post("/upward/link", KEEPERS, OVER),
    Right::post("/upward/link/code", KEEPERS, OVER),
    Right::post("/upward/link/sending", KEEPERS, OVER),
    Right::post("/upward/link/end", KEEPERS, OVER),
];

/// The entries of the main menu.
pub(crate) const NAV: &[Nav] = &[
    Nav { href: "/upward", key: "upward.nav", need: READERS, order: 33 },
    Nav { href: "/upward/link", key: "upward.link.nav", need: KEEPERS, order: 74 },
];
