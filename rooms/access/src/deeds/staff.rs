//! Units, posts and who holds them.

use base::{Id, Invalid, Millis, Outcome, Refusal};
use store::{Fact, Tx};

use super::Doer;
use crate::model::{Account, Duties, Holding, Period, Place, Post, State, Unit, UnitKind, line};
use crate::rules::{may_combine, may_join};
use crate::store as rows;

/// A unit to be made.
#[derive(Debug, Clone)]
pub struct NewUnit {
    /// Its name, in Chinese.
    pub name: String,
    /// What sort of body it is.
    pub kind: UnitKind,
    /// The division that it belongs to.
    pub place: Place,
}

/// Makes a unit.
///
/// # Errors
/// Invalid when the name is empty or taken in that place; refused outside the doer's scope.
pub fn create_unit(tx: &mut Tx<'_>, doer: &Doer, new: &NewUnit) -> Outcome<Id<Unit>> {
    let name = line("name", &new.name)?;
    let act = doer.administers(new.place)?;
    if rows::unit_by_name(tx.conn, &name, new.place, doer.at())?.is_some() {
        return Err(Invalid::field("name", "access.invalid.unit_taken").into());
    }
    let id = tx.id::<Unit>(doer.at());
    let unit = Unit { id, name, kind: new.kind, place: new.place, period: Period::since(doer.at()) };
    rows::put_unit(tx.conn, &unit)?;
    tx.record(
        Fact::new("access.unit_created", act, "unit", id.raw())
            .county(unit.place.county)
            .set("kind", unit.kind.code())
            .digest("name", &unit.name),
    );
    Ok(id)
}

/// Ends a unit that has no posts any more.
///
/// # Errors
/// Refused while posts exist, when it is over already, and outside the doer's scope.
pub fn close_unit(tx: &mut Tx<'_>, doer: &Doer, id: Id<Unit>) -> Outcome<()> {
    let unit = rows::unit_by_id(tx.conn, id)?.ok_or_else(Refusal::not_found)?;
    let act = doer.administers(unit.place)?;
    if !unit.period.holds(doer.at()) {
        return Err(Refusal::new("access.refuse.over").into());
    }
    let posts = rows::open_posts_of_unit(tx.conn, id, doer.at())?;
    if posts > 0 {
        return Err(Refusal::new("access.refuse.unit_has_posts").with("n", posts).into());
    }
    rows::end_unit(tx.conn, id, doer.at())?;
    tx.record(Fact::new("access.unit_ended", act, "unit", id.raw()).county(unit.place.county));
    Ok(())
}

/// A post to be made.
#[derive(Debug, Clone)]
pub struct NewPost {
    /// Its unit.
    pub unit: Id<Unit>,
    /// Its title, in Chinese.
    pub title: String,
    /// What may be done from it.
    pub duties: Duties,
    /// Where: this division and everything below it.
    pub scope: Place,
}

/// Makes a post.
///
/// # Errors
/// Invalid when the title is empty; refused when two powers meet in it, when its scope or its unit lies
/// outside the doer's scope, or when the unit is over.
pub fn create_post(tx: &mut Tx<'_>, doer: &Doer, new: &NewPost) -> Outcome<Id<Post>> {
    let title = line("title", &new.title)?;
    if new.duties.is_empty() {
        return Err(Invalid::field("duties", "access.invalid.no_duty").into());
    }
    may_combine(new.duties)?;
    let unit = rows::unit_by_id(tx.conn, new.unit)?.ok_or_else(Refusal::not_found)?;
    let act = doer.appoints(unit.place, new.scope, None)?;
    if !unit.period.holds(doer.at()) {
        return Err(Refusal::new("access.refuse.over").into());
    }
    let id = tx.id::<Post>(doer.at());
    let scope = new.scope.as_scope();
    let post =
        Post { id, unit: new.unit, title, duties: new.duties, scope, period: Period::since(doer.at()) };
    rows::put_post(tx.conn, &rows::PostRow::new(&post, new.scope))?;
    let fact = Fact::new("access.post_created", act, "post", id.raw())
        .county(unit.place.county)
        .id("unit", new.unit.raw())
        .set("level", scope.level.code())
        .id("scope", scope.id);
    tx.record(with_duties(fact, new.duties));
    Ok(id)
}

/// Ends a post: from the next request on nobody acts from it.
///
/// # Errors
/// Refused outside the doer's scope and when it is over already.
pub fn close_post(tx: &mut Tx<'_>, doer: &Doer, id: Id<Post>) -> Outcome<()> {
    let row = rows::post_by_id(tx.conn, id)?.ok_or_else(Refusal::not_found)?;
    let unit = rows::unit_by_id(tx.conn, row.post().unit)?.ok_or_else(Refusal::not_found)?;
    let act = doer.appoints(unit.place, row.place(), None)?;
    if !row.post().period.holds(doer.at()) {
        return Err(Refusal::new("access.refuse.over").into());
    }
    rows::end_post(tx.conn, id, doer.at())?;
    tx.record(Fact::new("access.post_ended", act, "post", id.raw()).county(unit.place.county));
    Ok(())
}

/// Gives a post to an account, from now until `until` or until it is ended.
///
/// # Errors
/// Refused when the account is disabled, holds it already, would hold two separated powers, is the
/// doer's own, or when post or account lie outside the doer's scope.
pub fn grant_post(
    tx: &mut Tx<'_>,
    doer: &Doer,
    account: Id<Account>,
    post: Id<Post>,
    until: Option<Millis>,
) -> Outcome<Id<Holding>> {
    let row = rows::post_by_id(tx.conn, post)?.ok_or_else(Refusal::not_found)?;
    let unit = rows::unit_by_id(tx.conn, row.post().unit)?.ok_or_else(Refusal::not_found)?;
    let act = doer.appoints(unit.place, row.place(), Some(account))?;
    let holder = super::accounts::of_scope(tx, doer, account)?;
    if holder.state() == State::Disabled {
        return Err(Refusal::new("access.refuse.disabled").into());
    }
    if until.is_some_and(|t| t <= doer.at()) {
        return Err(Invalid::field("until", "access.invalid.past").into());
    }
    if !row.post().period.holds(doer.at()) || !unit.period.holds(doer.at()) {
        return Err(Refusal::new("access.refuse.over").into());
    }
    let period = Period { from: doer.at(), until };
    rows::hold_account(tx.conn, account)?;
    let held = rows::holdings_of(tx.conn, account)?;
    if held.iter().any(|h| h.holding.post == post && h.holding.period.meets(period)) {
        return Err(Refusal::new("access.refuse.held_already").into());
    }
    may_join(&rows::powers_of(tx.conn, account)?, row.post().duties, period)?;
    let id = tx.id::<Holding>(doer.at());
    rows::put_holding(tx.conn, &Holding { id, account, post, period })?;
    let fact = Fact::new("access.post_granted", act, "account", account.raw())
        .county(unit.place.county)
        .id("holding", id.raw())
        .id("post", post.raw())
        .int("until_ms", until.map_or(0, |t| t.0));
    tx.record(with_duties(fact, row.post().duties));
    Ok(id)
}

/// Ends somebody's holding of a post, at once.
///
/// # Errors
/// Refused outside the doer's scope and when it is over already.
pub fn end_post(tx: &mut Tx<'_>, doer: &Doer, holding: Id<Holding>) -> Outcome<()> {
    let held = rows::holding_by_id(tx.conn, holding)?.ok_or_else(Refusal::not_found)?;
    let row = rows::post_by_id(tx.conn, held.post)?.ok_or_else(Refusal::not_found)?;
    let unit = rows::unit_by_id(tx.conn, row.post().unit)?.ok_or_else(Refusal::not_found)?;
    let act = doer.appoints(unit.place, row.place(), None)?;
    if held.period.until.is_some_and(|end| end <= doer.at()) {
        return Err(Refusal::new("access.refuse.over").into());
    }
    rows::end_holding(tx.conn, holding, doer.at())?;
    tx.record(
        Fact::new("access.holding_ended", act, "account", held.account.raw())
            .county(unit.place.county)
            .id("holding", holding.raw())
            .id("post", held.post.raw()),
    );
    Ok(())
}

/// Each duty as a word of its own, so that the journal can be read without this version's codes.
fn with_duties(fact: Fact, duties: Duties) -> Fact {
    duties.iter().fold(fact, |fact, duty| fact.set(duty.code(), "yes"))
}
