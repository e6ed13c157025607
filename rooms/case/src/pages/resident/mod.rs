//! The public side (居民端): say it, follow it, confirm it or contest it; no account, no script needed.

pub(crate) mod acts;
pub(crate) mod follow;
mod grip;
pub(crate) mod home;
pub(crate) mod matters;
pub(crate) mod mine;
mod pictures;
pub(crate) mod pieces;
pub(crate) mod place;
pub(crate) mod say;
mod send;
pub(crate) mod what;

pub use mine::{Happening, happening};
pub use pictures::{Album, Kept, read_photos, read_photos_of, show_picture};
pub use pieces::{Glance, PhotoView, Row, category_path, ground, place_words};
pub use place::{Cascade, Position, Standing, county_options, division_options, place_of, place_of_grid};

use web::{Nav, Need, Rate, Right, Routes};

/// The routes.
pub fn routes(routes: Routes) -> Routes {
    let routes = routes
        .get("/", home::home_show)
        .get("/say", place::place_start)
        .post("/say", place::place_begin)
        .get("/say/places/{parent}", place::places_below)
        .get("/say/{draft}/place", place::place_show)
        .post("/say/{draft}/place", place::place_keep)
        .get("/say/{draft}/side", place::side_show)
        .post("/say/{draft}/side", place::side_keep)
        .get("/say/{draft}/similar", say::similar_show)
        .get("/say/{draft}/category", say::category_show)
        .post("/say/{draft}/category", say::category_keep)
        .get("/say/{draft}/what", what::what_show)
        .post("/say/{draft}/what", what::what_keep)
        .get("/say/{draft}/photos/{photo}", what::photo_show)
        .get("/say/{draft}/contact", say::contact_show)
        .post("/say/{draft}/contact", say::contact_keep)
        .get("/say/{draft}/check", say::check_show)
        .post("/say/{draft}/submission", say::submission_make);
    follow_routes(routes)
}

fn follow_routes(routes: Routes) -> Routes {
    routes
        .get("/follow", follow::follow_show)
        .post("/follow", follow::follow_open)
        .get("/follow/{case}", mine::mine_show)
        .get("/follow/{case}/receipt", mine::receipt_show)
        .get("/follow/{case}/proof.json", mine::proof_show)
        .get("/follow/{case}/photos/{photo}", mine::photo_show)
        .post("/follow/{case}/leaving", follow::follow_leave)
        .post("/follow/{case}/confirmation", acts::confirmation_make)
        .get("/follow/{case}/note", acts::note_show)
        .post("/follow/{case}/note", acts::note_make)
        .get("/follow/{case}/contest", acts::contest_show)
        .post("/follow/{case}/contest", acts::contest_make)
        .get("/follow/{case}/reopening", acts::reopening_show)
        .post("/follow/{case}/reopening", acts::reopening_make)
        .get("/follow/{case}/withdrawal", acts::withdrawal_show)
        .post("/follow/{case}/withdrawal", acts::withdrawal_make)
        .get("/follow/{case}/supplement", acts::supplement_show)
        .post("/follow/{case}/supplement", acts::supplement_make)
        .get("/follow/{case}/urging", acts::urging_show)
        .post("/follow/{case}/urging", acts::urging_make)
        .get("/matters", matters::matters_list)
        .get("/matters/{case}", matters::matter_show)
        .post("/matters/{case}/metoo", matters::metoo_make)
}

/// How often one subscriber may send a matter.
const SENDING: Rate = Rate::per_hour(30);
/// How often one subscriber may try a number and a code.
const TRYING: Rate = Rate::per_quarter(30);
/// How often one subscriber may say "me too".
const JOINING: Rate = Rate::per_hour(30);

const DRAFT: &str = "whoever began the draft writes it; a cookie tells";
const MINE: &str = "whoever has number and code follows the matter; a cookie tells";

/// The rights.
pub const RIGHTS: &[Right] = &[
    Right::get("/", Need::Public, "the way in"),
    Right::get("/say", Need::Public, "anybody may bring a matter, without an account").urgent(),
    Right::post("/say", Need::Public, "anybody may bring a matter, without an account").urgent(),
    Right::get("/say/places/{parent}", Need::Public, "names of places are public").urgent(),
    Right::get("/say/{draft}/place", Need::Public, DRAFT).urgent(),
    Right::post("/say/{draft}/place", Need::Public, DRAFT).urgent(),
    Right::get("/say/{draft}/side", Need::Public, DRAFT).urgent(),
    Right::post("/say/{draft}/side", Need::Public, DRAFT).urgent(),
    Right::get("/say/{draft}/similar", Need::Public, DRAFT).urgent(),
    Right::get("/say/{draft}/category", Need::Public, DRAFT).urgent(),
    Right::post("/say/{draft}/category", Need::Public, DRAFT).urgent(),
    Right::get("/say/{draft}/what", Need::Public, DRAFT).urgent(),
    Right::post("/say/{draft}/what", Need::Public, DRAFT).files().urgent(),
    Right::get("/say/{draft}/photos/{photo}", Need::Public, DRAFT).urgent(),
    Right::get("/say/{draft}/contact", Need::Public, DRAFT).urgent(),
    Right::post("/say/{draft}/contact", Need::Public, DRAFT).urgent(),
    Right::get("/say/{draft}/check", Need::Public, DRAFT).urgent(),
    Right::post("/say/{draft}/submission", Need::Public, DRAFT).rate(SENDING).urgent(),
    Right::get("/follow", Need::Public, "number and code are asked for here"),
    Right::post("/follow", Need::Public, "number and code open the matter").rate(TRYING),
    Right::get("/follow/{case}", Need::Public, MINE),
    Right::get("/follow/{case}/receipt", Need::Public, MINE),
    Right::get("/follow/{case}/proof.json", Need::Public, MINE),
    Right::get("/follow/{case}/photos/{photo}", Need::Public, MINE),
    Right::post("/follow/{case}/leaving", Need::Public, MINE),
    Right::post("/follow/{case}/confirmation", Need::Public, MINE),
    Right::get("/follow/{case}/note", Need::Public, MINE),
    Right::post("/follow/{case}/note", Need::Public, MINE).files(),
    Right::get("/follow/{case}/contest", Need::Public, MINE),
    Right::post("/follow/{case}/contest", Need::Public, MINE).files(),
    Right::get("/follow/{case}/reopening", Need::Public, MINE),
    Right::post("/follow/{case}/reopening", Need::Public, MINE).files(),
    Right::get("/follow/{case}/withdrawal", Need::Public, MINE),
    Right::post("/follow/{case}/withdrawal", Need::Public, MINE),
    Right::get("/follow/{case}/supplement", Need::Public, MINE),
    Right::post("/follow/{case}/supplement", Need::Public, MINE).files(),
    Right::get("/follow/{case}/urging", Need::Public, MINE),
    Right::post("/follow/{case}/urging", Need::Public, MINE),
    Right::get("/matters", Need::Public, "masked matters that sender and category leave public"),
    Right::get("/matters/{case}", Need::Public, "masked matters that sender and category leave public"),
    Right::post("/matters/{case}/metoo", Need::Public, "a neighbour joins a matter, without a name")
        .rate(JOINING),
];

/// Entries of the menu.
pub const NAV: &[Nav] = &[
    Nav { href: "/say", key: "case.nav.say", need: Need::Public, order: 1 },
    Nav { href: "/follow", key: "case.nav.follow", need: Need::Public, order: 2 },
    Nav { href: "/matters", key: "case.nav.matters", need: Need::Public, order: 3 },
];
