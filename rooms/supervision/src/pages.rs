//! The pages: the lists with their entries, figures and the public page; meetings with agenda, minutes and tasks; sweeps
//! with returns and findings.

pub(crate) mod acts;
pub(crate) mod agenda;
pub(crate) mod entry;
pub(crate) mod figures;
pub(crate) mod list;
pub(crate) mod listing;
pub(crate) mod meeting;
pub(crate) mod nominate;
pub(crate) mod public;
pub(crate) mod reception;
pub(crate) mod seat;
pub(crate) mod sweep;
pub(crate) mod task;

use web::{Nav, Need, Rate, Right, Routes};

/// The routes.
pub(crate) fn routes() -> Routes {
    meeting_routes(sweep_routes(entry_routes(Routes::new())))
}

fn entry_routes(routes: Routes) -> Routes {
    routes
        .get("/supervision", list::entries_list)
        .get("/supervision/sheet.xlsx", list::entries_sheet)
        .get("/supervision/figures", figures::figures_show)
        .get("/supervision/public", public::public_list)
        .get("/supervision/colleagues", listing::person_options)
        .get("/supervision/new", nominate::entry_new)
        .post("/supervision", nominate::entry_make)
        .get("/supervision/{id}", entry::entry_show)
        .get("/supervision/{id}/listing", listing::listing_new)
        .post("/supervision/{id}/listing", listing::listing_make)
        .get("/supervision/{id}/assignment", listing::assignment_new)
        .post("/supervision/{id}/assignment", listing::assignment_make)
        .post("/supervision/{id}/declination", acts::declination_make)
        .post("/supervision/{id}/taking", acts::taking_make)
        .post("/supervision/{id}/visits", acts::visit_make)
        .post("/supervision/{id}/application", acts::application_make)
        .post("/supervision/{id}/extension", acts::extension_make)
        .post("/supervision/{id}/grant", acts::grant_make)
        .post("/supervision/{id}/denial", acts::denial_make)
        .post("/supervision/{id}/inspection", acts::inspection_make)
        .post("/supervision/{id}/return", acts::return_make)
        .post("/supervision/{id}/strike-off", acts::strike_off_make)
        .post("/supervision/{id}/publication", acts::publication_make)
}

fn meeting_routes(routes: Routes) -> Routes {
    routes
        .get("/supervision/meetings", meeting::meetings_list)
        .get("/supervision/meetings/new", meeting::meeting_new)
        .post("/supervision/meetings", meeting::meeting_make)
        .get("/supervision/meetings/{id}", meeting::meeting_show)
        .get("/supervision/meetings/{id}/agenda", agenda::agenda_pick)
        .post("/supervision/meetings/{id}/agenda", agenda::agenda_set)
        .post("/supervision/meetings/{id}/minutes", meeting::minutes_keep)
        .post("/supervision/meetings/{id}/tasks", meeting::task_give)
        .post("/supervision/meetings/{id}/closure", meeting::meeting_close)
        .get("/supervision/receptions", reception::receptions_list)
        .post("/supervision/receptions", reception::reception_make)
        .post("/supervision/receptions/{id}/end", reception::reception_end)
        .get("/supervision/tasks", task::tasks_list)
        .get("/supervision/tasks/sheet.xlsx", task::tasks_sheet)
        .get("/supervision/tasks/{id}", task::task_show)
        .post("/supervision/tasks/{id}/completion", task::completion_make)
}

fn sweep_routes(routes: Routes) -> Routes {
    routes
        .get("/supervision/sweeps", sweep::sweeps_list)
        .get("/supervision/sweeps/new", sweep::sweep_new)
        .post("/supervision/sweeps", sweep::sweep_make)
        .get("/supervision/sweeps/{id}", sweep::sweep_show)
        .get("/supervision/sweeps/{id}/sheet.xlsx", sweep::returns_sheet)
        .get("/supervision/returns/{id}", sweep::return_show)
        .post("/supervision/returns/{id}", sweep::return_make)
        .post("/supervision/findings/{id}/case", sweep::finding_file)
}

/// Everybody who works on listed matters or reads them.
const READING: Need = Need::AnyDuty(&["clerk", "handle", "verify", "mediate", "lead"]);
/// Who nominates, lists, calls and orders.
const DESK: Need = Need::AnyDuty(&["clerk", "lead"]);
/// The responsible unit.
const HANDLER: Need = Need::AnyDuty(&["handle", "clerk", "mediate", "grid"]);
const VERIFIER: Need = Need::Duty("verify");
const LEADER: Need = Need::Duty("lead");
/// Who sweeps, and who reads what came of it.
const SWEEPING: Need = Need::AnyDuty(&["grid", "handle", "verify", "clerk", "lead"]);
/// Who registers matters.
const FILING: Need = Need::AnyDuty(&["grid", "clerk"]);

const STEP: &str = "the table of moves and the policy decide about the entry";
const SHEETS: Rate = Rate::per_hour(60);

/// The rights.
pub(crate) const RIGHTS: &[Right] = &[
    Right::get("/supervision", READING, "the entries that the posts may open, and no others"),
    Right::get("/supervision/sheet.xlsx", READING, "the same rows as a sheet").rate(SHEETS).heavy(),
    Right::get("/supervision/figures", DESK, "listed and struck off, of offices, within the post's places")
        .heavy(),
    Right::get(
        "/supervision/public",
        Need::Public,
        "what the listers set a title for, where the pack says so",
    ),
    Right::get("/supervision/colleagues", DESK, "who works in a unit, to be named as responsible"),
    Right::get("/supervision/new", DESK, "a desk or a leader nominates"),
    Right::post("/supervision", DESK, "a desk or a leader nominates"),
    Right::get("/supervision/{id}", READING, "whoever may open the entry"),
    Right::get("/supervision/{id}/listing", DESK, "the desk of the level lists"),
    Right::post("/supervision/{id}/listing", DESK, STEP),
    Right::get("/supervision/{id}/assignment", DESK, "the desk of the level changes who answers"),
    Right::post("/supervision/{id}/assignment", DESK, STEP),
    Right::post("/supervision/{id}/declination", DESK, STEP),
    Right::post("/supervision/{id}/taking", HANDLER, STEP),
    Right::post("/supervision/{id}/visits", LEADER, STEP),
    Right::post("/supervision/{id}/application", HANDLER, STEP),
    Right::post("/supervision/{id}/extension", HANDLER, STEP),
    Right::post("/supervision/{id}/grant", DESK, STEP),
    Right::post("/supervision/{id}/denial", DESK, STEP),
    Right::post("/supervision/{id}/inspection", VERIFIER, "never by who answers for the entry"),
    Right::post("/supervision/{id}/return", Need::AnyDuty(&["verify", "clerk", "lead"]), STEP),
    Right::post("/supervision/{id}/strike-off", DESK, STEP),
    Right::post("/supervision/{id}/publication", DESK, STEP),
    Right::get(
        "/supervision/meetings",
        READING,
        "the meetings of the post's places and those one is called to",
    ),
    Right::get("/supervision/meetings/new", DESK, "a unit calls others"),
    Right::post("/supervision/meetings", DESK, "a unit calls others"),
    Right::get("/supervision/meetings/{id}", READING, "whoever may open the meeting"),
    Right::get("/supervision/meetings/{id}/agenda", DESK, "the unit that calls picks from open matters"),
    Right::post("/supervision/meetings/{id}/agenda", DESK, "the unit that calls sets the agenda"),
    Right::post("/supervision/meetings/{id}/minutes", DESK, "the unit that calls keeps the minutes"),
    Right::post(
        "/supervision/meetings/{id}/tasks",
        DESK,
        "the unit that calls gives tasks to those who came",
    ),
    Right::post("/supervision/meetings/{id}/closure", DESK, "the unit that calls ends it"),
    Right::get("/supervision/receptions", READING, "the reception days of the post's places and unit"),
    Right::post("/supervision/receptions", DESK, "a desk or a leader sets the own unit's"),
    Right::post("/supervision/receptions/{id}/end", DESK, "a desk or a leader ends the own unit's"),
    Right::get("/supervision/tasks", READING, "the tasks of one's unit, and of the post's places"),
    Right::get("/supervision/tasks/sheet.xlsx", READING, "the same rows as a sheet").rate(SHEETS).heavy(),
    Right::get("/supervision/tasks/{id}", READING, "whoever may open the task"),
    Right::post("/supervision/tasks/{id}/completion", HANDLER, "the unit that has it says what was done"),
    Right::get("/supervision/sweeps", SWEEPING, "the sweeps that reach the post's places"),
    Right::get("/supervision/sweeps/new", DESK, "a desk or a leader orders a sweep"),
    Right::post("/supervision/sweeps", DESK, "a desk or a leader orders a sweep"),
    Right::get(
        "/supervision/sweeps/{id}",
        SWEEPING,
        "the returns of the post's places, and who has not returned",
    ),
    Right::get("/supervision/sweeps/{id}/sheet.xlsx", SWEEPING, "the same rows as a sheet")
        .rate(SHEETS)
        .heavy(),
    Right::get("/supervision/returns/{id}", SWEEPING, "whoever may open the return"),
    Right::post(
        "/supervision/returns/{id}",
        Need::AnyDuty(&["grid", "handle", "verify"]),
        "who works in the village or grid",
    ),
    Right::post("/supervision/findings/{id}/case", FILING, "a finding becomes a case, once"),
];

/// The entries of the main menu.
pub(crate) const NAV: &[Nav] = &[
    Nav { href: "/supervision", key: "supervision.nav", need: READING, order: 24 },
    Nav { href: "/supervision/sweeps", key: "supervision.sweep.nav", need: Need::Duty("grid"), order: 26 },
];
