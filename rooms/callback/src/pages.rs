//! The room's pages: the calls that wait and what came of them, one call, the draws for everybody, the three rates.

mod call;
mod draws;
mod list;
mod rates;
mod seat;

use web::{Nav, Need, Rate as Often, Right, Routes};

pub(crate) use call::{CallPage, TryLine};
pub(crate) use draws::{DrawPage, DrawsPage, check_lines, draw_line};
pub(crate) use list::{CallLine, CallsPage};
pub(crate) use rates::{Group, RateLine, RatesPage, RowView, heads};
pub(crate) use seat::Query;

/// Who calls, and who reads what came of it.
const READERS: Need = Need::AnyDuty(&["clerk", "verify", "lead"]);
const CALLERS: Need = Need::AnyDuty(&["clerk", "verify"]);
/// How often one line may ask for the draws.
const ASKING: Often = Often::per_minute(120);

/// The routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/callback", list::calls_list)
        .get("/callback/sheet.xlsx", list::calls_sheet)
        .get("/callback/calls/{id}", call::call_show)
        .post("/callback/calls/{id}/caller", call::caller_make)
        .post("/callback/calls/{id}/tries", call::try_make)
        .post("/callback/calls/{id}/answer", call::answer_make)
        .get("/callback/draws", draws::draws_list)
        .get("/callback/draws/{id}", draws::draw_show)
        .get("/callback/draws/{id}/population.txt", draws::population_file)
        .get("/callback/rates", rates::rates_show)
        .get("/callback/rates/sheet.xlsx", rates::rates_sheet)
}

const CALLING: &str = "a clerk or verifier of the place who had no part in the case";

/// The rights.
pub(crate) const RIGHTS: &[Right] = &[
    Right::get("/callback", READERS, "drawn cases of the post's own places"),
    Right::get("/callback/sheet.xlsx", READERS, "the same rows as a sheet").heavy(),
    Right::get("/callback/calls/{id}", READERS, "whoever may open the case"),
    Right::post("/callback/calls/{id}/caller", CALLERS, CALLING),
    Right::post("/callback/calls/{id}/tries", CALLERS, CALLING),
    Right::post("/callback/calls/{id}/answer", CALLERS, CALLING),
    Right::get("/callback/draws", Need::Public, "the draws with their seeds, so that they can be repeated")
        .rate(ASKING),
    Right::get("/callback/draws/{id}", Need::Public, "one draw with its seed, checkpoint and digest")
        .rate(ASKING),
    Right::get("/callback/draws/{id}/population.txt", READERS, "the numbers that were drawn from"),
    Right::get("/callback/rates", READERS, "the three rates of the post's own places, by office").heavy(),
    Right::get("/callback/rates/sheet.xlsx", READERS, "the same as a sheet").heavy(),
];

/// The entries of the main menu.
pub(crate) const NAV: &[Nav] = &[Nav { href: "/callback", key: "callback.nav", need: READERS, order: 32 }];
