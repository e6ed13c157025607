//! All SQL of the room. Questions read; `put_…`, `set_…` and `end_…` write and are called by deeds only.

mod accounts;
mod holdings;
mod lists;
mod people;
mod tables;
mod tries;
mod units;

pub use accounts::{
    AccountRow, account_by_id, account_by_name, displays_of, hold_account, put_account, put_recovery,
    set_display, set_password, set_signed_in, set_state, set_totp, set_totp_step, spend_recovery,
};
pub use holdings::{
    HoldingRow, Seated, accounts_in_unit, accounts_on_post, duties_in_unit, end_holding, end_holdings_of,
    holding_by_id, holdings_of, powers_of, put_holding, seated_in,
};
pub use lists::{
    AccountFilter, AccountLine, AccountOrder, Cut, PostFilter, PostLine, UnitFilter, UnitLine, accounts_page,
    posts_page, units_page,
};
pub use people::person_by_account;
pub use tries::{forget_tries, put_try, sweep_tries, tries_since};
pub use units::{
    PostRow, end_post, end_unit, every_unit, open_posts_of_unit, post_by_id, posts_of_unit, put_post,
    put_unit, staffed_units, unit_by_id, unit_by_name, unit_names, units_of_place,
};
