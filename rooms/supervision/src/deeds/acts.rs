//! The acts on an entry, one function each.

use access::{Duty, Person};
use base::{Id, Invalid, Millis, Outcome};
use case::store::Ground;
use deadline::Term;
use jiff::civil::Date;
use store::Tx;

use super::step::{Done, Said, Step, begin};
use crate::model::{
    ActKind, AssignOrder, Entry, Four, ListOrder, Terms, Visit, long_text, one_line, short_text,
};
use crate::rules::{Rulebook, must_have_all};
use crate::store::put_visit;

/// What every act is handed: the ground, who acts, and when.
type With<'a> = (&'a Ground, &'a Person, Millis);

/// Puts a nominated entry on the list of its level: never without leader, unit, person and time limit.
///
/// # Errors
/// As every act; invalid by field when one of the four is missing or does not fit.
pub fn list_entry(
    tx: &mut Tx<'_>,
    with: With<'_>,
    id: Id<Entry>,
    book: &Rulebook,
    order: &ListOrder,
) -> Outcome<Done> {
    let (g, person, at) = with;
    let mut step = begin(tx, g, person, at, id, ActKind::List, order.version)?;
    let mut invalid = Invalid::default();
    must_have_all(&mut invalid, &order.four, order.term);
    let source = one_line(&mut invalid, "source", &order.source);
    let title = short_text(&mut invalid, "public_title", &order.public_title);
    four_must_fit(tx, g, &mut invalid, &step.entry, &order.four, at)?;
    let Some(term) = order.term else { return Err(invalid.into()) };
    invalid.or(())?;
    step.entry.four = order.four;
    step.entry.public_title = (!title.is_empty()).then_some(title);
    step.entry.terms = Some(Terms {
        term,
        source,
        most: book.most,
        times: book.times,
        decide_days: book.decide_days,
        extension_source: book.extension_source.clone(),
    });
    step.finish(tx, g, &Said { words: None, term: Some(term) })
}

/// The leader leads this place from that post, and the person has a post in that unit.
fn four_must_fit(
    tx: &mut Tx<'_>,
    g: &Ground,
    invalid: &mut Invalid,
    entry: &Entry,
    four: &Four,
    at: Millis,
) -> Outcome<()> {
    let Some(unit) = g.units.get(four.unit).filter(|u| u.period.holds(at)) else {
        if four.unit != 0 {
            invalid.push("unit", "supervision.invalid.no_unit");
        }
        return Ok(());
    };
    let seated = access::seated_in(tx.conn, &[unit.id.raw()], at)?;
    if four.person != 0 && !seated.iter().any(|s| s.account == four.person) {
        invalid.push("person", "supervision.invalid.person_elsewhere");
    }
    let post = access::post_by_id(tx.conn, Id::of(four.leader_post))?.map(|row| row.post());
    let leads =
        post.is_some_and(|p| p.duties.has(Duty::Lead) && p.scope.holds(&entry.place) && p.period.holds(at));
    let leader = access::person_by_account(tx.conn, Id::of(four.leader), at)?;
    let holds = leader.is_some_and(|l| l.posts.iter().any(|p| p.post.raw() == four.leader_post));
    if four.leader != 0 && !(leads && holds) {
        invalid.push("leader", "supervision.invalid.not_a_leader");
    }
    if four.person != 0 && four.person == four.leader {
        invalid.push("person", "supervision.invalid.person_is_leader");
    }
    Ok(())
}

/// A text that must be there, under its field.
fn said(field: &'static str, typed: &str) -> Outcome<Said> {
    let mut invalid = Invalid::default();
    let text = long_text(&mut invalid, field, typed);
    invalid.or(Said::words(&text))
}

/// An act that needs nothing but words.
fn plain(
    tx: &mut Tx<'_>,
    with: With<'_>,
    id: Id<Entry>,
    act: ActKind,
    shown: Option<i64>,
    (field, words): (&'static str, &str),
) -> Outcome<Done> {
    let (g, person, at) = with;
    let step = begin(tx, g, person, at, id, act, shown)?;
    let said = said(field, words)?;
    step.finish(tx, g, &said)
}

/// The level does not take it, and says why and what else can be done.
///
/// # Errors
/// As every act; invalid without a reason.
pub fn decline_entry(
    tx: &mut Tx<'_>,
    with: With<'_>,
    id: Id<Entry>,
    shown: Option<i64>,
    reason: &str,
) -> Outcome<Done> {
    plain(tx, with, id, ActKind::Decline, shown, ("reason", reason))
}

/// The responsible unit takes it in hand.
///
/// # Errors
/// As every act.
pub fn take_entry(
    tx: &mut Tx<'_>,
    with: With<'_>,
    id: Id<Entry>,
    shown: Option<i64>,
    plan: &str,
) -> Outcome<Done> {
    plain(tx, with, id, ActKind::Take, shown, ("plan", plan))
}

/// The responsible unit says that it is solved and asks to be struck off.
///
/// # Errors
/// As every act; invalid without a report.
pub fn apply_strike_off(
    tx: &mut Tx<'_>,
    with: With<'_>,
    id: Id<Entry>,
    shown: Option<i64>,
    report: &str,
) -> Outcome<Done> {
    plain(tx, with, id, ActKind::Apply, shown, ("report", report))
}

/// Asks for more time, before the end.
///
/// # Errors
/// As every act; 409 when it is too late, too much or too often.
pub fn ask_extension(
    tx: &mut Tx<'_>,
    with: With<'_>,
    id: Id<Entry>,
    shown: Option<i64>,
    term: Option<Term>,
    reason: &str,
) -> Outcome<Done> {
    let (g, person, at) = with;
    let step = begin(tx, g, person, at, id, ActKind::Ask, shown)?;
    let mut invalid = Invalid::default();
    let words = long_text(&mut invalid, "reason", reason);
    let Some(term) = term.filter(|t| t.n > 0) else {
        invalid.push("more", "supervision.invalid.no_term");
        return Err(invalid.into());
    };
    invalid.or(())?;
    step.finish(tx, g, &Said { words: Some(words), term: Some(term) })
}

/// The listing level grants it.
///
/// # Errors
/// As every act; 409 when nothing was asked for or it can no longer be decided.
pub fn grant_extension(
    tx: &mut Tx<'_>,
    with: With<'_>,
    id: Id<Entry>,
    shown: Option<i64>,
    words: &str,
) -> Outcome<Done> {
    plain(tx, with, id, ActKind::Grant, shown, ("words", words))
}

/// The listing level does not grant it.
///
/// # Errors
/// As every act.
pub fn deny_extension(
    tx: &mut Tx<'_>,
    with: With<'_>,
    id: Id<Entry>,
    shown: Option<i64>,
    words: &str,
) -> Outcome<Done> {
    plain(tx, with, id, ActKind::Deny, shown, ("words", words))
}

/// Somebody else has looked: it is solved.
///
/// # Errors
/// As every act; 403 for the responsible unit, person, leader, and who applied.
pub fn pass_entry(
    tx: &mut Tx<'_>,
    with: With<'_>,
    id: Id<Entry>,
    shown: Option<i64>,
    found: &str,
) -> Outcome<Done> {
    plain(tx, with, id, ActKind::Pass, shown, ("found", found))
}

/// It is not solved: back to the responsible unit, with what is missing.
///
/// # Errors
/// As [`pass_entry`].
pub fn return_entry(
    tx: &mut Tx<'_>,
    with: With<'_>,
    id: Id<Entry>,
    shown: Option<i64>,
    reason: &str,
) -> Outcome<Done> {
    plain(tx, with, id, ActKind::Return, shown, ("reason", reason))
}

/// The level that listed it takes it off.
///
/// # Errors
/// As every act.
pub fn strike_off(
    tx: &mut Tx<'_>,
    with: With<'_>,
    id: Id<Entry>,
    shown: Option<i64>,
    words: &str,
) -> Outcome<Done> {
    plain(tx, with, id, ActKind::Strike, shown, ("words", words))
}

/// Keeps a leader's visit of the matter.
///
/// # Errors
/// As every act; invalid by field, also for a day that is still to come.
pub fn visit_matter(
    tx: &mut Tx<'_>,
    with: With<'_>,
    id: Id<Entry>,
    shown: Option<i64>,
    (day, place, outcome): (Option<Date>, &str, &str),
) -> Outcome<Done> {
    let (g, person, at) = with;
    let step: Step = begin(tx, g, person, at, id, ActKind::Visit, shown)?;
    let mut invalid = Invalid::default();
    let place = one_line(&mut invalid, "visit_place", place);
    let outcome = long_text(&mut invalid, "outcome", outcome);
    match day {
        None => invalid.push("day", "supervision.invalid.missing"),
        Some(day) if day > g.zone.day(at) => invalid.push("day", "supervision.invalid.in_the_future"),
        Some(_) => {}
    }
    let Some(day) = day else { return Err(invalid.into()) };
    invalid.or(())?;
    let visit = Visit {
        id: tx.id::<Visit>(at).raw(),
        post: step.used.post.raw(),
        day: day.to_string(),
        place,
        outcome: outcome.clone(),
    };
    put_visit(tx.conn, &step.entry, &visit)?;
    step.finish(tx, g, &Said::words(&outcome))
}

/// Changes who answers for it, with the reason.
///
/// # Errors
/// As [`list_entry`].
pub fn assign_entry(tx: &mut Tx<'_>, with: With<'_>, id: Id<Entry>, order: &AssignOrder) -> Outcome<Done> {
    let (g, person, at) = with;
    let mut step = begin(tx, g, person, at, id, ActKind::Assign, order.version)?;
    let mut invalid = Invalid::default();
    must_have_all(&mut invalid, &order.four, step.entry.terms.as_ref().map(|t| t.term));
    let reason = long_text(&mut invalid, "reason", &order.reason);
    four_must_fit(tx, g, &mut invalid, &step.entry, &order.four, at)?;
    invalid.or(())?;
    step.entry.four = order.four;
    step.finish(tx, g, &Said::words(&reason))
}

/// Sets the title that everybody may see; an empty one takes it from the public page.
///
/// # Errors
/// As every act.
pub fn publish_entry(
    tx: &mut Tx<'_>,
    with: With<'_>,
    id: Id<Entry>,
    shown: Option<i64>,
    title: &str,
) -> Outcome<Done> {
    let (g, person, at) = with;
    let mut step = begin(tx, g, person, at, id, ActKind::Publish, shown)?;
    let mut invalid = Invalid::default();
    let title = short_text(&mut invalid, "public_title", title);
    invalid.or(())?;
    step.entry.public_title = (!title.is_empty()).then(|| title.clone());
    step.finish(tx, g, &Said::words(&title))
}
