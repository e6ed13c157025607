//! The staff's pages (办公端): the queue, the counter, the case, the leader's brief, the auditor's lists, the
//! administrator's tables; and the way to each from one start page.

mod acts;
mod admin;
mod audit;
mod brief;
mod chart;
mod intake;
mod links;
mod map;
mod queue;
mod receipt;
mod routing;
mod samples;
mod seat;
mod show;
mod start;
mod urged;
mod whistle;
mod whistles;

pub use admin::PackShelf;
pub use links::RIGHTS as LINK_RIGHTS;
pub use routing::RIGHTS as ROUTING_RIGHTS;
pub use samples::samples;

use web::{Nav, Need, Rate, Right, Routes};

/// The routes.
pub fn routes(routes: Routes) -> Routes {
    let routes = routes
        .get("/start", start::start_show)
        .get("/queue", queue::queue_list)
        .get("/queue/sheet.xlsx", queue::queue_sheet)
        .get("/intake", intake::intake_show)
        .post("/intake", intake::intake_make)
        .get("/brief", brief::brief_show);
    links::routes(routing::routes(house_routes(calling_routes(case_routes(routes)))))
}

/// Whistles and urgings.
fn calling_routes(routes: Routes) -> Routes {
    routes
        .get("/urged", urged::urged_list)
        .get("/urged/sheet.xlsx", urged::urged_sheet)
        .get("/cases/{id}/whistle", whistle::whistle_new)
        .post("/cases/{id}/whistle", whistle::whistle_make)
        .get("/whistles", whistles::whistles_list)
        .get("/whistles/sheet.xlsx", whistles::whistles_sheet)
        .get("/whistles/units", whistles::units_list)
        .get("/whistles/units/sheet.xlsx", whistles::units_sheet)
        .get("/whistles/{id}", whistle::whistle_show)
        .post("/whistles/{id}/calls/{call}/answer", whistle::answer_make)
        .post("/whistles/{id}/calls/{call}/arrival", whistle::arrival_make)
        .get("/whistles/{id}/calls/{call}/outcome", whistle::outcome_show)
        .post("/whistles/{id}/calls/{call}/outcome", whistle::outcome_make)
        .get("/whistles/{id}/calls/{call}/release", whistle::release_show)
        .post("/whistles/{id}/calls/{call}/release", whistle::release_make)
        .get("/whistles/{id}/calls/{call}/rating", whistle::rating_show)
        .post("/whistles/{id}/calls/{call}/rating", whistle::rating_make)
        .get("/whistles/{id}/closure", whistle::closure_show)
        .post("/whistles/{id}/closure", whistle::closure_make)
}

/// A case: its page and the acts on it.
fn case_routes(routes: Routes) -> Routes {
    routes
        .get("/cases/{id}", show::case_show)
        .get("/cases/{id}/receipt", receipt::receipt_show)
        .post("/cases/{id}/receipt", receipt::receipt_reprint)
        .get("/cases/{id}/photos/{photo}", show::photo_show)
        .post("/cases/{id}/contact", show::contact_open)
        .post("/cases/{id}/notes", acts::note_make)
        .post("/cases/{id}/acceptance", acts::acceptance_make)
        .post("/cases/{id}/return", acts::return_make)
        .post("/cases/{id}/dispatch", acts::dispatch_make)
        .post("/cases/{id}/taking", acts::taking_make)
        .post("/cases/{id}/declination", acts::declination_make)
        .post("/cases/{id}/report", acts::report_make)
        .post("/cases/{id}/verification", acts::verification_make)
        .post("/cases/{id}/rejection", acts::rejection_make)
        .post("/cases/{id}/closure", acts::closure_make)
        .post("/cases/{id}/escalation", acts::escalation_make)
        .post("/cases/{id}/dispute", acts::dispute_make)
        .post("/cases/{id}/arbitration", acts::arbitration_make)
        .post("/cases/{id}/pause", acts::pause_make)
        .post("/cases/{id}/resumption", acts::resumption_make)
        .post("/cases/{id}/extension", acts::extension_make)
        .post("/cases/{id}/grant", acts::grant_make)
        .post("/cases/{id}/denial", acts::denial_make)
        .post("/cases/{id}/confirmation", acts::confirmation_make)
        .post("/cases/{id}/contest", acts::contest_make)
        .post("/cases/{id}/reopening", acts::reopening_make)
}

/// The auditor's and the administrator's pages.
fn house_routes(routes: Routes) -> Routes {
    routes
        .get("/audit", audit::entries_list)
        .post("/audit/purpose", audit::purpose_state)
        .get("/audit/reads", audit::reads_list)
        .get("/audit/refused", audit::refused_list)
        .get("/audit/journal", audit::state_show)
        .post("/audit/journal/check", audit::journal_check)
        .get("/audit/journal/checkpoint.txt", audit::checkpoint_file)
        .get("/audit/journal/key.txt", audit::key_file)
        .get("/admin", admin::admin_show)
        .get("/admin/categories", admin::categories_list)
        .post("/admin/categories", admin::category_add)
        .post("/admin/categories/{id}/end", admin::category_end)
        .get("/admin/packs", admin::packs_show)
        .post("/admin/packs", admin::pack_reload)
        .post("/admin/packs/units", admin::pack_units)
        .get("/admin/timers", admin::timers_show)
}

/// Everybody who works on cases or reads them.
const CASEWORK: Need = Need::AnyDuty(&["clerk", "intake", "handle", "verify", "grid", "mediate", "lead"]);
/// The same without grid workers, who have a list of their own.
const LISTS: Need = Need::AnyDuty(&["clerk", "intake", "handle", "verify", "mediate", "lead"]);
/// Everybody who makes steps on cases.
const WORKING: Need = Need::AnyDuty(&["clerk", "handle", "verify", "grid", "mediate"]);
/// The counter.
const COUNTER: Need = Need::AnyDuty(&["intake", "clerk"]);
const CLERK: Need = Need::Duty("clerk");
const HANDLER: Need = Need::AnyDuty(&["handle", "grid", "mediate"]);
/// Whoever answers for the time of a case: the desk and who handles it.
const OFFICE: Need = Need::AnyDuty(&["clerk", "handle", "grid", "mediate"]);
const LEADER: Need = Need::Duty("lead");
const VERIFIER: Need = Need::Duty("verify");
/// Who answers for a called unit.
const CALLED: Need = Need::AnyDuty(&["handle", "mediate", "clerk"]);
const FIGURES: Need = Need::AnyDuty(&["lead", "clerk"]);
const AUDIT: Need = Need::Duty("audit");
const ADMIN: Need = Need::Duty("admin");

/// How often one seat may try a contact for a lost receipt.
const REPRINTING: Rate = Rate::per_hour(20);

const CALLS: &str = "the table of calls and the policy decide about the whistle";
const STEP: &str = "the table of moves and the policy decide about the case";

/// The rights.
pub const RIGHTS: &[Right] = &[
    Right::get("/start", Need::SignedIn, "leads each to the page of their duties"),
    Right::get("/queue", CASEWORK, "the cases that the posts may open, and no others"),
    Right::get("/queue/sheet.xlsx", CASEWORK, "the same rows as a sheet").heavy(),
    Right::get("/intake", COUNTER, "the counter registers for callers and visitors"),
    Right::post("/intake", COUNTER, "the counter registers for callers and visitors").files().urgent(),
    Right::get("/brief", FIGURES, "figures about the offices of the post's own places").heavy(),
    Right::get("/cases/{id}", CASEWORK, "whoever may open the case; opening it is on record"),
    Right::get("/cases/{id}/receipt", COUNTER, "who registered the matter hands out its code, on the day"),
    Right::post(
        "/cases/{id}/receipt",
        CLERK,
        "a lost receipt, for who knows the contact that was left; on record",
    )
    .rate(REPRINTING),
    Right::get("/cases/{id}/photos/{photo}", CASEWORK, "whoever may open the case"),
    Right::post(
        "/cases/{id}/contact",
        WORKING,
        "who works on the case opens the contact, for a purpose, on record",
    ),
    Right::post("/cases/{id}/notes", WORKING, "who works on the case writes notes"),
    Right::post("/cases/{id}/acceptance", CLERK, STEP),
    Right::post("/cases/{id}/return", CLERK, STEP),
    Right::post("/cases/{id}/dispatch", CLERK, STEP),
    Right::post("/cases/{id}/taking", HANDLER, STEP),
    Right::post("/cases/{id}/declination", HANDLER, STEP),
    Right::post("/cases/{id}/report", HANDLER, STEP).files(),
    Right::post("/cases/{id}/verification", VERIFIER, STEP),
    Right::post("/cases/{id}/rejection", VERIFIER, STEP),
    Right::post("/cases/{id}/closure", CLERK, STEP),
    Right::post("/cases/{id}/escalation", CLERK, STEP),
    Right::post("/cases/{id}/dispute", HANDLER, STEP),
    Right::post("/cases/{id}/arbitration", CLERK, STEP),
    Right::post("/cases/{id}/pause", OFFICE, STEP),
    Right::post("/cases/{id}/resumption", OFFICE, STEP),
    Right::post("/cases/{id}/extension", OFFICE, STEP),
    Right::post("/cases/{id}/grant", LEADER, "a leader who did not ask decides about more time"),
    Right::post("/cases/{id}/denial", LEADER, "a leader who did not ask decides about more time"),
    Right::post("/cases/{id}/confirmation", CLERK, STEP),
    Right::post("/cases/{id}/contest", CLERK, STEP),
    Right::post("/cases/{id}/reopening", CLERK, STEP),
    Right::get("/urged", LISTS, "urgings of the cases that the posts may open"),
    Right::get("/urged/sheet.xlsx", LISTS, "the same rows as a sheet").heavy(),
    Right::get("/cases/{id}/whistle", CLERK, "whoever may open the case; the desk calls"),
    Right::post("/cases/{id}/whistle", CLERK, "the desk that holds the case, or one above, calls units"),
    Right::get("/whistles", LISTS, "calls of the cases that the posts may open"),
    Right::get("/whistles/sheet.xlsx", LISTS, "the same rows as a sheet").heavy(),
    Right::get("/whistles/units", LISTS, "how called units answered; units only"),
    Right::get("/whistles/units/sheet.xlsx", LISTS, "the same rows as a sheet").heavy(),
    Right::get("/whistles/{id}", CASEWORK, "whoever may open the case"),
    Right::post("/whistles/{id}/calls/{call}/answer", CALLED, CALLS),
    Right::post("/whistles/{id}/calls/{call}/arrival", CALLED, CALLS),
    Right::get("/whistles/{id}/calls/{call}/outcome", CALLED, CALLS),
    Right::post("/whistles/{id}/calls/{call}/outcome", CALLED, CALLS),
    Right::get("/whistles/{id}/calls/{call}/release", CLERK, CALLS),
    Right::post("/whistles/{id}/calls/{call}/release", CLERK, CALLS),
    Right::get("/whistles/{id}/calls/{call}/rating", CALLED, CALLS),
    Right::post("/whistles/{id}/calls/{call}/rating", CALLED, CALLS),
    Right::get("/whistles/{id}/closure", CLERK, CALLS),
    Right::post("/whistles/{id}/closure", CLERK, CALLS),
    Right::get("/audit", AUDIT, "who did what, within the post's places"),
    Right::post("/audit/purpose", AUDIT, "an auditor says why before reading"),
    Right::get("/audit/reads", AUDIT, "who read what, within the post's places"),
    Right::get("/audit/refused", AUDIT, "refused sign-ins"),
    Right::get("/audit/journal", AUDIT, "how the journal stands"),
    Right::post("/audit/journal/check", AUDIT, "checks the journal against its signatures").heavy(),
    Right::get("/audit/journal/checkpoint.txt", AUDIT, "the signed checkpoint, to be kept elsewhere"),
    Right::get("/audit/journal/key.txt", AUDIT, "the public key"),
    Right::get("/admin", ADMIN, "doors to the tables"),
    Right::get("/admin/categories", ADMIN, "the tree of categories"),
    Right::post("/admin/categories", ADMIN, "one category more"),
    Right::post("/admin/categories/{id}/end", ADMIN, "the end of a category"),
    Right::get("/admin/packs", ADMIN, "which pack is loaded, and what its files say now"),
    Right::post("/admin/packs", ADMIN, "loads the pack's files"),
    Right::post("/admin/packs/units", ADMIN, "makes the units that the pack wants and nobody has made"),
    Right::get("/admin/timers", ADMIN, "timers that were given up"),
];

/// The entries of the main menu.
pub const NAV: &[Nav] = &[
    Nav { href: "/queue", key: "case.page.queue.nav", need: LISTS, order: 12 },
    Nav { href: "/whistles", key: "case.page.whistle.nav", need: LISTS, order: 14 },
    Nav { href: "/urged", key: "case.page.urged.nav", need: LISTS, order: 16 },
    Nav { href: "/intake", key: "case.page.intake.nav", need: COUNTER, order: 20 },
    Nav { href: "/brief", key: "case.page.brief.nav", need: FIGURES, order: 30 },
    Nav { href: "/audit", key: "case.page.audit.nav", need: AUDIT, order: 60 },
    Nav { href: "/admin", key: "case.page.admin.nav", need: ADMIN, order: 70 },
];
