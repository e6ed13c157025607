//! The administrator's changes to the tree of categories: one more, or the end of one. What comes with a
//! pack is loaded by [`super::load_pack`]; a category that the pack does not have ends when it is loaded.

use access::{Duty, Kind, Person, Resource, may};
use base::{Act, Id, Invalid, Millis, Outcome, Refusal};
use store::{Fact, Tx};

use crate::model::{Category, Line, Proof, RequestKind, term_of};
use crate::store::{all_categories, put_category};

/// The most days that a category may give.
/// What a category's time may be counted in.
pub const UNITS: [&str; 3] = ["d", "wd", "h"];
const MOST_DAYS: i64 = 365;

/// A category to be added (新增分类).
#[derive(Debug, Clone)]
pub struct NewCategory {
    /// The heading under which it stands.
    pub parent: i64,
    /// Its code, unique in the tree.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What is asked of the office.
    pub kind: RequestKind,
    /// How much time until the answer is due.
    pub days: i64,
    /// Of what: `d` calendar days, `wd` working days, `h` hours.
    pub unit: String,
    /// Where the days come from.
    pub days_source: String,
    /// Whether a place must be given.
    pub needs_place: bool,
    /// Whether reporting it done needs evidence.
    pub needs_evidence: bool,
    /// What it must bring, one by one.
    pub proofs: Vec<Proof>,
    /// Whether it tells of a danger.
    pub is_urgent: bool,
    /// Whether its cases may be public.
    pub is_public: bool,
}

impl NewCategory {
    /// Everything that is wrong with it at once.
    fn checked(&self) -> Result<(), Invalid> {
        let mut invalid = Invalid::default();
        let code_fits = (1..=32).contains(&self.code.len())
            && self.code.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        if !code_fits {
            invalid.push("code", "case.field.code_unfit");
        }
        for (field, text) in [("name", &self.name), ("days_source", &self.days_source)] {
            if text.trim().is_empty() {
                invalid.push(field, "case.field.missing");
            }
        }
        if !(0..=MOST_DAYS).contains(&self.days) {
            invalid.push("days", "case.field.days_unfit");
        }
        if !UNITS.contains(&self.unit.as_str()) {
            invalid.push("unit", "case.field.missing");
        }
        if invalid.fields.is_empty() { Ok(()) } else { Err(invalid) }
    }
}

/// Who administers packs here: whoever may for the county or city in which their post stands.
fn administrator(person: &Person, at: Millis) -> Outcome<Act> {
    for post in person.posts.iter().filter(|p| p.duties.has(Duty::Admin)) {
        let place = access::Place::default().with(post.scope.level, post.scope.id);
        if let Ok(used) = may(person, Duty::Admin, &Resource::at(Kind::Pack, place)) {
            return Ok(Act::new(used.actor(), at));
        }
    }
    Err(Refusal::forbidden().into())
}

/// Adds a category under a heading, valid from now. Refresh the desk afterwards.
///
/// # Errors
/// 403 without the duty; invalid by field.
pub fn add_category(
    tx: &mut Tx<'_>,
    person: &Person,
    at: Millis,
    new: &NewCategory,
) -> Outcome<Id<Category>> {
    let act = administrator(person, at)?;
    new.checked()?;
    let all = all_categories(tx.conn)?;
    let heading = all.iter().find(|c| c.id == new.parent && c.kind.is_none() && c.is_valid(at));
    let heading = heading.ok_or_else(|| Invalid::field("parent", "case.field.category_unknown"))?;
    if all.iter().any(|c| c.code == new.code) {
        return Err(Invalid::field("code", "case.field.code_taken").into());
    }
    let last =
        all.iter().filter(|c| c.parent == heading.id).map(|c| c.position).max().unwrap_or(heading.position);
    let category = Category {
        id: tx.id::<Category>(at).raw(),
        code: new.code.clone(),
        parent: heading.id,
        name: Line::new("name", &new.name)?.into_string(),
        position: last,
        kind: Some(new.kind),
        valid_from: at,
        valid_to: None,
        term: term_of(new.days, &new.unit),
        days_source: Line::new("days_source", &new.days_source)?.into_string(),
        needs_place: new.needs_place,
        needs_evidence: new.needs_evidence,
        proofs: new.proofs.clone(),
        is_urgent: new.is_urgent,
        is_public: new.is_public,
        questions: Vec::new(),
        also_called: Vec::new(),
    };
    put_category(tx.conn, &category)?;
    tx.record(
        Fact::new("case.category_added", act, "category", category.id)
            .id("parent", heading.id)
            .int("days", new.days)
            .digest("name", &category.name),
    );
    Ok(Id::of(category.id))
}

/// Ends a category: it cannot be chosen any more, and its cases keep it. Refresh the desk afterwards.
///
/// # Errors
/// 403 without the duty; 404 when there is none; 409 when it has ended already.
pub fn end_category(tx: &mut Tx<'_>, person: &Person, at: Millis, id: Id<Category>) -> Outcome<()> {
    let act = administrator(person, at)?;
    let found = all_categories(tx.conn)?.into_iter().find(|c| c.id == id.raw());
    let category = found.filter(|c| c.kind.is_some()).ok_or_else(Refusal::not_found)?;
    if !category.is_valid(at) {
        return Err(Refusal::new("case.refuse.category_over").into());
    }
    put_category(tx.conn, &Category { valid_to: Some(at), ..category })?;
    tx.record(Fact::new("case.category_ended", act, "category", id.raw()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_wrong_is_said_at_once() {
        let new = NewCategory {
            parent: 1,
            code: "路 灯".into(),
            name: " ".into(),
            kind: RequestKind::Help,
            days: 400,
            unit: "d".into(),
            days_source: String::new(),
            needs_place: false,
            needs_evidence: false,
            proofs: Vec::new(),
            is_urgent: false,
            is_public: true,
        };
        let fields: Vec<_> = new.checked().unwrap_err().fields.iter().map(|f| f.field.to_string()).collect();
        assert_eq!(fields, ["code", "name", "days_source", "days"]);
    }
}
