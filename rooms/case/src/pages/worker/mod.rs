//! The grid worker's pages (网格员): today's list, the quick report, taking and finishing from the phone.

pub(crate) mod report;
pub(crate) mod task;
pub(crate) mod today;

use std::sync::Arc;

use access::{Person, person_of};
use base::Outcome;
use web::{Nav, Need, Right, Routes, Who};

/// The duty that these pages need.
const GRID: Need = Need::Duty("grid");

/// The routes.
pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/grid", today::today_show)
        .get("/grid/report", report::report_show)
        .post("/grid/report", report::report_make)
        .get("/grid/categories/{parent}", report::categories_below)
        .get("/grid/cases/{case}", task::task_show)
        .get("/grid/cases/{case}/photos/{photo}", task::photo_show)
        .post("/grid/cases/{case}/taking", task::taking_make)
        .get("/grid/cases/{case}/finish", task::finish_show)
        .post("/grid/cases/{case}/finish", task::finish_make)
        .get("/grid/cases/{case}/decline", task::decline_show)
        .post("/grid/cases/{case}/decline", task::decline_make)
}

/// The rights.
pub const RIGHTS: &[Right] = &[
    Right::get("/grid", GRID, "what a grid worker has to do today"),
    Right::get("/grid/report", GRID, "a grid worker reports what is seen on the round").urgent(),
    Right::post("/grid/report", GRID, "a grid worker reports what is seen on the round").files().urgent(),
    Right::get("/grid/categories/{parent}", GRID, "the choices of the quick report"),
    Right::get("/grid/cases/{case}", GRID, "a matter of the own grid, on the phone"),
    Right::get("/grid/cases/{case}/photos/{photo}", GRID, "its photos"),
    Right::post("/grid/cases/{case}/taking", GRID, "the unit takes what it was sent"),
    Right::get("/grid/cases/{case}/finish", GRID, "report the result with evidence").urgent(),
    Right::post("/grid/cases/{case}/finish", GRID, "report the result with evidence").files().urgent(),
    Right::get("/grid/cases/{case}/decline", GRID, "give back what is not the unit's"),
    Right::post("/grid/cases/{case}/decline", GRID, "give back what is not the unit's"),
];

/// Entries of the menu.
pub const NAV: &[Nav] = &[Nav { href: "/grid", key: "case.nav.grid", need: GRID, order: 10 }];

/// The policy's person behind the signed-in one.
fn person(who: &Who) -> Outcome<Arc<Person>> {
    person_of(who)
}

/// The units in which the person works in a grid.
fn units(person: &Person) -> Vec<i64> {
    person.posts.iter().filter(|p| p.duties.has(access::Duty::Grid)).map(|p| p.unit.raw()).collect()
}
