//! The room `access` (权限): units, posts, duties, scopes and periods; accounts that hold posts; sign-in;
//! and the one policy function that every other room asks.
//!
//! Other rooms need [`Person`] (from a page: [`person_of`]), [`Duty`], [`Resource`], [`may`],
//! [`may_view`], [`scope_filter`], [`view_filter`] and [`ScopeFilter`].

mod deeds;
mod model;
mod pages;
mod rules;
mod samples;
mod store;

pub use deeds::{
    Doer, Entered, FACTS, FirstAdministrator, NewAccount, NewPost, NewUnit, Step, change_password,
    close_post, close_unit, confirm_totp, create_account, create_post, create_unit, disable_account,
    edit_account, end_post, enrol_totp, enrolling_secret, finish_enrolment, fresh_digest, give_totp,
    grant_post, lock_account, make_first_administrator, prove_code, remove_totp, renew_password,
    replace_password, sign_in, sign_out, sign_out_others, unlock_account,
};
pub use model::{
    Account, AccountName, Clause, Duties, Duty, HeldPost, Holding, Kind, Level, Period, Person, Place, Post,
    PostUsed, Power, Resource, Scope, ScopeFilter, Sensitivity, State, Touch, Unit, UnitKind,
};
pub use pages::{Identity, person_of, place_of};
pub use rules::{
    POLICY, Reach, TRIES, WINDOW_MS, code_at, may, may_appoint, may_combine, may_join, may_view, otpauth_uri,
    password_fault, scope_filter, view_filter,
};
pub use samples::{Cast, CastPlaces, CastUnits, DEMO_PASSWORD, DEMO_SECRET, Member, cast};
pub use store::{
    AccountFilter, AccountLine, AccountOrder, AccountRow, Cut, HoldingRow, PostFilter, PostLine, Seated,
    UnitFilter, UnitLine, account_by_id, account_by_name, accounts_in_unit, accounts_on_post, accounts_page,
    displays_of, duties_in_unit, every_unit, holdings_of, person_by_account, post_by_id, posts_of_unit,
    posts_page, seated_in, staffed_units, unit_by_id, unit_by_name, unit_names, units_of_place, units_page,
};

/// The room's tables.
pub const MIGRATIONS: &[::store::Migration] = &[::store::Migration {
    room: "access",
    name: "0001_access",
    sql: include_str!("../migrations/0001_access.sql"),
}];

/// The room as the house takes it.
pub fn room() -> web::Room {
    web::Room {
        routes: pages::routes(),
        rights: pages::RIGHTS,
        migrations: MIGRATIONS,
        facts: FACTS,
        // Units are kept with the catalogue; people and posts are read at every request.
        stirs: &["access.unit_created", "access.unit_ended"],
        words: web::words!("access"),
        nav: pages::NAV,
        samples: samples::samples(),
        ..web::Room::new("access")
    }
}
