//! The room `access` (权限): units, posts, duties, scopes and periods; accounts that hold posts; sign-in;
//! and the one policy function that every other room asks.
//!
//! Other rooms need [`Person`], [`Duty`], [`Resource`], [`may`], [`may_view`], [`scope_filter`],
//! [`view_filter`] and [`ScopeFilter`].

mod model;
mod rules;

pub use model::{
    Account, AccountName, Duties, Duty, HeldPost, Holding, Kind, Level, Period, Person, Place, Post,
    PostUsed, Power, Resource, Scope, Sensitivity, State, Unit, UnitKind,
};
pub use rules::{Clause, POLICY, Reach, ScopeFilter, Touch, may, may_view, scope_filter, view_filter};
