//! The room's pages: the board of figures and its cases, the load to come, the auditor's queries. All of them only read.

mod board;
mod cases;
mod clocks;
mod forecast;
mod irregular;
mod seat;

use web::{Nav, Need, Right, Routes};

pub(crate) use board::{BoardPage, CellView, Group, RowView, rate_line};
pub(crate) use cases::{CasesPage, Line};
pub(crate) use clocks::{ClockRow, ClocksPage, state_badge};
pub use forecast::histories;
pub(crate) use forecast::{ForecastPage, LateLine, LoadLine, band, band_of, late_line};
pub(crate) use irregular::{ActView, ActsPage, ChecksPage, FindingLine, FindingsPage, check_line};
pub use seat::area_of;
pub(crate) use seat::{Names, Query};

const FIGURES: Need = Need::AnyDuty(&["lead", "clerk"]);
const AUDIT: Need = Need::Duty("audit");

/// The routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/figure", board::board_show)
        .get("/figure/sheet.xlsx", board::board_sheet)
        .get("/figure/cases", cases::cases_list)
        .get("/figure/cases/sheet.xlsx", cases::cases_sheet)
        .get("/figure/clocks", clocks::clocks_list)
        .get("/figure/clocks/sheet.xlsx", clocks::clocks_sheet)
        .get("/figure/forecast", forecast::forecast_show)
        .get("/figure/irregular", irregular::checks_list)
        .get("/figure/irregular/{code}", irregular::findings_list)
        .get("/figure/irregular/{code}/sheet.xlsx", irregular::findings_sheet)
        .get("/figure/acts/{case}", irregular::acts_show)
}

/// The rights.
pub(crate) const RIGHTS: &[Right] = &[
    Right::get("/figure", FIGURES, "indicators and the offices' table, of the post's own places").heavy(),
    Right::get("/figure/sheet.xlsx", FIGURES, "the monthly return as a sheet").heavy(),
    Right::get("/figure/cases", FIGURES, "the cases behind a number").heavy(),
    Right::get("/figure/cases/sheet.xlsx", FIGURES, "the same rows as a sheet").heavy(),
    Right::get("/figure/clocks", FIGURES, "the clocks behind a number, with who answers for each").heavy(),
    Right::get("/figure/clocks/sheet.xlsx", FIGURES, "the same rows as a sheet").heavy(),
    Right::get("/figure/forecast", FIGURES, "what comes to the offices, and which clocks are likely missed")
        .heavy(),
    Right::get("/figure/irregular", AUDIT, "queries for bent clocks, counted by unit").heavy(),
    Right::get("/figure/irregular/{code}", AUDIT, "what one query found").heavy(),
    Right::get("/figure/irregular/{code}/sheet.xlsx", AUDIT, "the same rows as a sheet").heavy(),
    Right::get("/figure/acts/{case}", AUDIT, "the acts of a case without names and words").heavy(),
];

/// The entries of the main menu.
pub(crate) const NAV: &[Nav] = &[
    Nav { href: "/figure", key: "figure.nav", need: FIGURES, order: 31 },
    Nav { href: "/figure/irregular", key: "figure.irregular.nav", need: AUDIT, order: 61 },
];
