//! The room's pages: signing in, one's own page, and the administrator's lists, which the auditor reads.

mod accounts;
mod entry;
mod identity;
mod own;
mod places;
mod qr;
mod units;

use base::{Millis, Outcome, Refusal};
use web::{Nav, Need, Rate, Right, Routes};

use crate::deeds::Doer;
use crate::model::{Kind, Person, Place, PostUsed, Resource};
use crate::rules::may_view;

pub(crate) use accounts::{AccountPage, HoldingLine};
pub(crate) use entry::{CodePage, PasswordPage, SignInPage};
pub use identity::{Identity, person_of};
pub(crate) use own::{CodesPage, OwnPage, PostRow, SecondPage, SessionRow};
pub use places::place_of;
pub(crate) use qr::qr;

const ADMIN: Need = Need::Duty("admin");
const ROSTER: Need = Need::AnyDuty(&["admin", "audit"]);

/// An office behind one address signs in at half past eight: many names, few tries each.
const ENTRIES: Rate = Rate::per_quarter(300);
/// Guessing one's own present password from a stolen session.
const CHANGES: Rate = Rate::per_quarter(10);

/// Who may call which route, and why it exists.
pub const RIGHTS: &[Right] = &[
    Right::get("/sign-in", Need::Public, "staff begin here").urgent(),
    Right::post("/sign-in", Need::Public, "name and password").rate(ENTRIES).urgent(),
    Right::get("/sign-in/code", Need::Public, "the second step; a session on its way in is asked for")
        .urgent(),
    Right::post("/sign-in/code", Need::Public, "the code of the second factor").rate(ENTRIES).urgent(),
    Right::get("/sign-in/password", Need::Public, "a first password is changed; as above").urgent(),
    Right::post("/sign-in/password", Need::Public, "a first password is changed; as above")
        .rate(ENTRIES)
        .urgent(),
    Right::get("/sign-in/second", Need::Public, "a demanded second factor is set up; as above").urgent(),
    Right::post("/sign-in/second", Need::Public, "a demanded second factor is confirmed; as above")
        .rate(ENTRIES)
        .urgent(),
    Right::post("/sign-out", Need::Public, "whoever has a session may end it"),
    Right::get("/account", Need::SignedIn, "one's own posts and sessions"),
    Right::get("/account/password", Need::SignedIn, "change one's password"),
    Right::post("/account/password", Need::SignedIn, "change one's password").rate(CHANGES),
    Right::post("/account/sessions/end", Need::SignedIn, "sign out elsewhere"),
    Right::get("/account/second", Need::SignedIn, "the second factor that is being set up"),
    Right::post("/account/second", Need::SignedIn, "begin a second factor"),
    Right::post("/account/second/confirmation", Need::SignedIn, "confirm a second factor").rate(CHANGES),
    Right::get("/accounts", ROSTER, "who has an account, within the scope"),
    Right::get("/accounts/sheet.xlsx", ROSTER, "the same as a sheet").heavy(),
    Right::get("/accounts/{id}", ROSTER, "one account and its posts"),
    Right::post("/accounts/{id}", ADMIN, "change name and unit"),
    Right::get("/accounts/{id}/password", ADMIN, "give a first password"),
    Right::post("/accounts/{id}/password", ADMIN, "give a first password"),
    Right::post("/accounts/{id}/suspension", ADMIN, "suspend"),
    Right::post("/accounts/{id}/suspension/end", ADMIN, "lift a suspension"),
    Right::post("/accounts/{id}/closure", ADMIN, "end an account for good"),
    Right::post("/accounts/{id}/second/removal", ADMIN, "a phone is lost"),
    Right::get("/accounts/{id}/posts/new", ADMIN, "choose a post to give"),
    Right::post("/accounts/{id}/posts", ADMIN, "give a post"),
    Right::post("/accounts/{id}/posts/{holding}/end", ADMIN, "take a post away, at once"),
    Right::get("/units", ROSTER, "which units there are, within the scope"),
    Right::get("/units/sheet.xlsx", ROSTER, "the same as a sheet").heavy(),
    Right::get("/units/new", ADMIN, "make a unit"),
    Right::post("/units", ADMIN, "make a unit"),
    Right::get("/units/{id}", ROSTER, "one unit and its posts"),
    Right::post("/units/{id}/end", ADMIN, "end a unit"),
    Right::get("/units/{id}/accounts/new", ADMIN, "make an account"),
    Right::post("/units/{id}/accounts", ADMIN, "make an account"),
    Right::get("/units/{id}/posts/new", ADMIN, "make a post"),
    Right::post("/units/{id}/posts", ADMIN, "make a post"),
    Right::post("/units/{id}/posts/{post}/end", ADMIN, "end a post, at once"),
    Right::get("/posts", ROSTER, "which posts there are, within the scope"),
    Right::get("/posts/sheet.xlsx", ROSTER, "the same as a sheet").heavy(),
];

/// The room's entries of the menu.
pub const NAV: &[Nav] = &[
    Nav { href: "/units", key: "access.units.title", need: ROSTER, order: 80 },
    Nav { href: "/posts", key: "access.posts.title", need: ROSTER, order: 81 },
    Nav { href: "/accounts", key: "access.accounts.title", need: ROSTER, order: 82 },
];

/// The room's routes, one for each row of [`RIGHTS`].
pub fn routes() -> Routes {
    Routes::new()
        .get("/sign-in", entry::sign_in_show)
        .post("/sign-in", entry::sign_in_send)
        .get("/sign-in/code", entry::code_show)
        .post("/sign-in/code", entry::code_send)
        .get("/sign-in/password", entry::password_show)
        .post("/sign-in/password", entry::password_send)
        .get("/sign-in/second", entry::second_show)
        .post("/sign-in/second", entry::second_send)
        .post("/sign-out", entry::sign_out)
        .get("/account", own::own_show)
        .get("/account/password", own::own_password_show)
        .post("/account/password", own::own_password_send)
        .post("/account/sessions/end", own::own_sessions_end)
        .get("/account/second", own::own_second_show)
        .post("/account/second", own::own_second_begin)
        .post("/account/second/confirmation", own::own_second_confirm)
        .get("/accounts", accounts::accounts_show)
        .get("/accounts/sheet.xlsx", accounts::accounts_sheet)
        .get("/accounts/{id}", accounts::account_show)
        .post("/accounts/{id}", accounts::account_edit)
        .get("/accounts/{id}/password", accounts::account_password_show)
        .post("/accounts/{id}/password", accounts::account_password_send)
        .post("/accounts/{id}/suspension", accounts::account_suspend)
        .post("/accounts/{id}/suspension/end", accounts::account_resume)
        .post("/accounts/{id}/closure", accounts::account_close)
        .post("/accounts/{id}/second/removal", accounts::account_second_remove)
        .get("/accounts/{id}/posts/new", accounts::grant_show)
        .post("/accounts/{id}/posts", accounts::grant_send)
        .post("/accounts/{id}/posts/{holding}/end", accounts::holding_end)
        .get("/units", units::units_show)
        .get("/units/sheet.xlsx", units::units_sheet)
        .get("/units/new", units::unit_new)
        .post("/units", units::unit_add)
        .get("/units/{id}", units::unit_show)
        .post("/units/{id}/end", units::unit_end)
        .get("/units/{id}/accounts/new", accounts::account_new)
        .post("/units/{id}/accounts", accounts::account_add)
        .get("/units/{id}/posts/new", units::post_new)
        .post("/units/{id}/posts", units::post_add)
        .post("/units/{id}/posts/{post}/end", units::post_end)
        .get("/posts", units::posts_show)
        .get("/posts/sheet.xlsx", units::posts_sheet)
}

/// Whether somebody may read the roster of a place.
fn may_roster(person: &Person, place: Place) -> Result<PostUsed, Refusal> {
    may_view(person, &Resource::at(Kind::Roster, place))
}

/// The signed-in person as the doer of a deed.
fn doer(who: &web::Person, at: Millis) -> Outcome<Doer> {
    Ok(Doer::person(&*person_of(who)?, at))
}
