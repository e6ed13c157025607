//! Reception days (信访接待日): a desk's clerk or a leader sets when the own unit receives people, and ends it.

use access::{Duty, HeldPost, Kind, Person, PostUsed, Resource, may, may_view};
use base::{Act, Id, Invalid, Millis, Outcome, Refusal};
use case::store::Ground;
use store::{Fact, Tx};

use crate::model::{Held, NewReception, Reception, one_line};
use crate::store::{put_reception, reception_by_id, set_reception_ended};

/// Minutes of a day.
const DAY_MINUTES: i64 = 24 * 60;

/// The post from which a person sets reception days: the first one of a desk.
pub(crate) fn desk_post(person: &Person) -> Option<&HeldPost> {
    person.posts.iter().find(|p| p.duties.has(Duty::Clerk) || p.duties.has(Duty::Lead))
}

/// The duty at that unit's place, from a post of that unit.
fn of_unit(person: &Person, unit: i64, place: access::Place) -> Result<PostUsed, Refusal> {
    let posts = person.posts.iter().filter(|p| p.unit.raw() == unit).cloned().collect();
    let here = Person { posts, ..person.clone() };
    let work = Resource::at(Kind::SupervisionWork, place);
    may(&here, Duty::Clerk, &work).or_else(|r| may(&here, Duty::Lead, &work).map_err(|_| r))
}

/// Sets a reception day of the own unit.
///
/// # Errors
/// Invalid by field; 403 without the duty. The same form sent twice is one reception day.
pub fn set_reception(
    tx: &mut Tx<'_>,
    (g, person, at): (&Ground, &Person, Millis),
    once: &str,
    order: &NewReception,
) -> Outcome<Id<Reception>> {
    const FACT: &str = "supervision.reception_set";
    if let Some(id) = web::once::taken(tx.conn, once)?.and_then(|t| t.parse::<Id<Reception>>().ok()) {
        tx.record(Fact::new(FACT, Act::system(at), "reception", id.raw()).set("repeated", "yes"));
        return Ok(id);
    }
    let own = desk_post(person).ok_or_else(Refusal::forbidden)?;
    let unit = g.units.get(own.unit.raw()).ok_or_else(Refusal::forbidden)?;
    let used = of_unit(person, unit.id.raw(), unit.place)?;
    let mut invalid = Invalid::default();
    let hall = one_line(&mut invalid, "hall", &order.hall);
    let held = held(&mut invalid, order, g.zone.day(at));
    let (from, until) = (order.from.unwrap_or(DAY_MINUTES), order.until.unwrap_or(0));
    for (field, hour) in [("from", order.from), ("until", order.until)] {
        if hour.is_none() {
            invalid.push(field, "supervision.invalid.hour");
        }
    }
    if order.from.is_some() && order.until.is_some() && (from >= until || until > DAY_MINUTES) {
        invalid.push("until", "supervision.invalid.hours");
    }
    if order.post != 0 {
        let post = access::post_by_id(tx.conn, Id::of(order.post))?.map(|row| row.post());
        if !post.is_some_and(|p| p.unit == unit.id && p.period.holds(at)) {
            invalid.push("post", "form.choose");
        }
    }
    let Some(held) = held else { return Err(invalid.into()) };
    invalid.or(())?;
    let reception = Reception {
        id: tx.id::<Reception>(at),
        place: unit.place,
        unit: unit.id.raw(),
        post: order.post,
        held,
        from,
        until,
        hall,
        made: at,
    };
    put_reception(tx.conn, &reception)?;
    web::once::keep(tx, once, &reception.id.to_string(), at)?;
    tx.record(fact(FACT, used, at, &reception));
    Ok(reception.id)
}

/// A weekday or a day to come, and not both.
fn held(invalid: &mut Invalid, order: &NewReception, today: jiff::civil::Date) -> Option<Held> {
    match (order.weekday, order.day) {
        (1..=7, None) => Some(Held::Weekly(order.weekday)),
        (0, Some(day)) if day >= today => Some(Held::Once(day)),
        (0, Some(_)) => {
            invalid.push("day", "supervision.invalid.past");
            None
        }
        _ => {
            invalid.push("day", "supervision.invalid.weekday_or_day");
            None
        }
    }
}

/// Ends a reception day of the own unit.
///
/// # Errors
/// 404 for who may not see it; 403 for another unit; 409 when it was ended before.
pub fn end_reception(tx: &mut Tx<'_>, person: &Person, at: Millis, id: Id<Reception>) -> Outcome<()> {
    let reception = reception_by_id(tx.conn, id)?.ok_or_else(Refusal::not_found)?;
    may_view(person, &reception.resource(Kind::SupervisionView))?;
    if !person.posts.iter().any(|p| p.unit.raw() == reception.unit) {
        return Err(Refusal::forbidden().into());
    }
    let used = of_unit(person, reception.unit, reception.place)?;
    if !set_reception_ended(tx.conn, id, at)? {
        return Err(Refusal::new("supervision.refuse.reception_over").into());
    }
    tx.record(fact("supervision.reception_ended", used, at, &reception));
    Ok(())
}

fn fact(kind: &'static str, used: PostUsed, at: Millis, r: &Reception) -> Fact {
    Fact::new(kind, Act::new(used.actor(), at), "reception", r.id.raw())
        .county(r.place.county)
        .id("unit", r.unit)
        .id("post", r.post)
}
