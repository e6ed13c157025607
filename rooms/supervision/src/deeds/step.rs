//! What every act on an entry has in common: load it, see who is acting in which role, look the move up, and in the end
//! save it against the version that was loaded.

use access::{Duty, HeldPost, Kind, Person, PostUsed, Resource, may, may_view};
use base::{Id, Millis, Outcome, Refusal, Stop};
use case::store::Ground;
use deadline::Term;
use store::{Fact, Tx};

use super::{tell::tell_act, timer};
use crate::model::{Act, ActKind, By, Entry, Stage};
use crate::rules::{MOVES, advance, may_inspect, must_be_current, next_stage};
use crate::store::{acts_of, entry_by_id, put_act, set_entry};

/// What an act led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The entry.
    pub id: Id<Entry>,
    /// Its number.
    pub number: String,
    /// Where it stands now.
    pub stage: Stage,
    /// Its version now.
    pub version: i64,
}

/// An act that may be done: the entry as it was, who does it, in which role.
pub(super) struct Step {
    /// The entry; the deed changes what the act brings.
    pub entry: Entry,
    /// What was done so far.
    pub acts: Vec<Act>,
    /// In which role.
    pub by: By,
    /// From which post.
    pub used: PostUsed,
    act: ActKind,
    at: Millis,
}

/// What goes into the act's row besides the step itself.
#[derive(Debug, Default, Clone)]
pub(super) struct Said {
    /// The reason, the report, the decision.
    pub words: Option<String>,
    /// The time that was asked for.
    pub term: Option<Term>,
}

impl Said {
    /// Only words.
    pub fn words(words: &str) -> Self {
        Self { words: (!words.is_empty()).then(|| words.to_owned()), term: None }
    }
}

/// The roles of staff.
const ROLES: [By; 4] = [By::Desk, By::Handler, By::Leader, By::Inspector];

/// Begins an act: loads the entry and sees whether this person may do this now.
///
/// # Errors
/// 404 where the person may not even see the entry; 403 without the role; 409 when it stands elsewhere or was changed
/// after the form was shown, with who and when.
pub(super) fn begin(
    tx: &mut Tx<'_>,
    g: &Ground,
    person: &Person,
    at: Millis,
    id: Id<Entry>,
    act: ActKind,
    shown: Option<i64>,
) -> Outcome<Step> {
    let entry = entry_by_id(tx.conn, id)?.ok_or_else(Refusal::not_found)?;
    let acts = acts_of(tx.conn, id)?;
    let (by, used) = match role(g, person, &entry, &acts, act) {
        Ok(found) => found,
        Err(refusal) => return Err(told(tx, &acts, refusal)),
    };
    if let Err(refusal) = next_stage(entry.stage, act, by).and_then(|_| must_be_current(&entry, shown)) {
        return Err(told(tx, &acts, refusal));
    }
    Ok(Step { entry, acts, by, used, act, at })
}

/// In which role a person does this act: the first of the table that they hold.
fn role(
    g: &Ground,
    person: &Person,
    entry: &Entry,
    acts: &[Act],
    act: ActKind,
) -> Result<(By, PostUsed), Refusal> {
    may_view(person, &entry.resource(Kind::SupervisionView))?;
    // Whoever may see it is told where it stands rather than that it is not theirs.
    next_stage(entry.stage, act, By::System).or_else(|r| match r.status {
        403 => Ok(entry.stage),
        _ => Err(r),
    })?;
    let mut refusal = None;
    for by in ROLES
        .into_iter()
        .filter(|by| MOVES.iter().any(|m| m.act == act && m.by == *by && m.from == entry.stage))
    {
        match hold(g, person, entry, acts, by) {
            Ok(used) => return Ok((by, used)),
            Err(r) if refusal.is_none() || r.key != "stop.forbidden" => refusal = Some(r),
            Err(_) => {}
        }
    }
    Err(refusal.unwrap_or_else(Refusal::forbidden))
}

/// Whether a person holds a role on an entry, and from which post.
fn hold(g: &Ground, person: &Person, entry: &Entry, acts: &[Act], by: By) -> Result<PostUsed, Refusal> {
    let work = entry.resource(Kind::SupervisionWork);
    match by {
        By::Desk => of_unit(g, person, entry.list_unit, &[Duty::Clerk, Duty::Lead], &work),
        By::Handler => of_unit(
            g,
            person,
            entry.four.unit,
            &[Duty::Handle, Duty::Clerk, Duty::Mediate, Duty::Grid],
            &work,
        ),
        By::Leader => {
            let held = only(person, |p| p.post.raw() == entry.four.leader_post);
            may(&held, Duty::Lead, &work)
                .map_err(|_| Refusal::new("supervision.refuse.not_the_leader").status(403))
        }
        By::Inspector => inspector(g, person, entry, acts, &work),
        By::Nominator | By::System => Err(Refusal::forbidden()),
    }
}

fn only(person: &Person, fits: impl Fn(&HeldPost) -> bool) -> Person {
    Person { posts: person.posts.iter().filter(|p| fits(p)).cloned().collect(), ..person.clone() }
}

fn of_unit(
    g: &Ground,
    person: &Person,
    unit: i64,
    duties: &[Duty],
    work: &Resource,
) -> Result<PostUsed, Refusal> {
    let here = only(person, |p| unit != 0 && p.unit.raw() == unit);
    let found = duties.iter().find_map(|duty| may(&here, *duty, work).ok());
    found.ok_or_else(|| {
        Refusal::new("supervision.refuse.held_elsewhere").with("unit", g.units.name(unit)).status(403)
    })
}

/// Somebody who verifies, of a unit of the listing level or above, and never who answers for the entry.
fn inspector(
    g: &Ground,
    person: &Person,
    entry: &Entry,
    acts: &[Act],
    work: &Resource,
) -> Result<PostUsed, Refusal> {
    let mut refusal = Refusal::forbidden();
    for post in &person.posts {
        let Ok(used) = may(&only(person, |p| p.post == post.post), Duty::Verify, work) else { continue };
        let rung = g.units.get(used.unit.raw()).map(|u| u.place.as_scope().level);
        if rung.is_none_or(|r| r > entry.level.rung()) {
            refusal = Refusal::new("supervision.refuse.inspector_too_low")
                .with("level@", entry.level.key())
                .status(403);
            continue;
        }
        match may_inspect(entry, acts, used.account.raw(), used.unit.raw()) {
            Ok(()) => return Ok(used),
            Err(r) => refusal = r,
        }
    }
    Err(refusal)
}

/// The acts that this person may do now, in the order of the table: the buttons of a page. The deed decides again.
pub fn acts_for(g: &Ground, person: &Person, entry: &Entry, acts: &[Act]) -> Vec<ActKind> {
    let mut open: Vec<ActKind> = Vec::new();
    for m in MOVES.iter().filter(|m| m.from == entry.stage) {
        let fits = match m.act {
            ActKind::Ask => !entry.is_asked && entry.terms.as_ref().is_some_and(|t| t.times > 0),
            ActKind::Grant | ActKind::Deny => entry.is_asked,
            _ => true,
        };
        if fits && !open.contains(&m.act) && hold(g, person, entry, acts, m.by).is_ok() {
            open.push(m.act);
        }
    }
    open
}

/// A refusal because of where the entry stands also says who brought it there and when.
fn told(tx: &mut Tx<'_>, acts: &[Act], refusal: Refusal) -> Stop {
    let Some(last) = acts.last().filter(|_| refusal.status == 409) else { return refusal.into() };
    let refusal = refusal.with("when~", last.at.0);
    match access::displays_of(tx.conn, &[last.account]) {
        Ok(found) => match found.into_iter().next() {
            Some((_, name)) => refusal.with("who", name).into(),
            None => refusal.with("who@", last.by.key()).into(),
        },
        Err(stop) => stop,
    }
}

impl Step {
    /// The act as it will be kept.
    fn act(&self, id: i64, said: &Said) -> Act {
        Act {
            id,
            at: self.at,
            act: self.act,
            by: self.by,
            from: self.entry.stage,
            to: self.entry.stage,
            account: self.used.account.raw(),
            post: self.used.post.raw(),
            unit: self.used.unit.raw(),
            term: said.term,
            words: said.words.clone(),
        }
    }

    /// Saves the entry, the act and the fact, and sets the watch over the clock anew.
    ///
    /// # Errors
    /// 409 when somebody else has changed the entry since it was loaded: they are named.
    pub fn finish(self, tx: &mut Tx<'_>, g: &Ground, said: &Said) -> Outcome<Done> {
        let here = g.here(&self.entry.place);
        let next = self.act(tx.id::<Act>(self.at).raw(), said);
        let after = match advance(&self.entry, &self.acts, &next, &here) {
            Ok(after) => after,
            Err(refusal) => return Err(told(tx, &self.acts, refusal)),
        };
        let next = Act { to: after.stage, ..next };
        if !set_entry(tx.conn, &after)? {
            let acts = acts_of(tx.conn, after.id)?;
            let now = entry_by_id(tx.conn, after.id)?.ok_or_else(Refusal::not_found)?;
            let refusal =
                Refusal::new("supervision.refuse.changed_meanwhile").with("stage@", now.stage.key());
            return Err(told(tx, &acts, refusal));
        }
        put_act(tx.conn, &after, &next)?;
        tx.record(fact(&after, &next, self.used.actor()));
        tell_act(tx, &after, &next)?;
        let mut acts = self.acts;
        acts.push(next);
        timer::watch(tx, &after, &acts, self.at, &here)?;
        Ok(Done { id: after.id, number: after.number, stage: after.stage, version: after.version })
    }
}

/// The fact of an act: references, closed words and digests.
pub(super) fn fact(entry: &Entry, act: &Act, by: base::Actor) -> Fact {
    let mut fact = Fact::new(fact_of(act.act), base::Act::new(by, act.at), "supervision", entry.id.raw())
        .county(entry.place.county)
        .set("by", act.by.code())
        .set("from", act.from.code())
        .set("stage", act.to.code())
        .set("level", entry.level.code())
        .int("version", entry.version)
        .id("unit", act.unit)
        .id("holder", entry.four.unit);
    if act.act == ActKind::List || act.act == ActKind::Assign {
        fact = fact.id("leader_post", entry.four.leader_post).int("due_ms", entry.marks.due.0);
    }
    if let Some(term) = act.term {
        fact = fact.int("term", i64::from(term.n));
    }
    match &act.words {
        Some(words) => fact.digest("words", words),
        None => fact,
    }
}

/// The fact of a kind of act.
pub(super) const fn fact_of(act: ActKind) -> &'static str {
    match act {
        ActKind::Nominate => "supervision.nominated",
        ActKind::List => "supervision.listed",
        ActKind::Decline => "supervision.declined",
        ActKind::Take => "supervision.taken",
        ActKind::Visit => "supervision.visited",
        ActKind::Apply => "supervision.applied",
        ActKind::Ask => "supervision.extension_asked",
        ActKind::Grant => "supervision.extension_granted",
        ActKind::Deny => "supervision.extension_denied",
        ActKind::Pass => "supervision.inspected",
        ActKind::Return => "supervision.returned",
        ActKind::Strike => "supervision.struck_off",
        ActKind::Assign => "supervision.assigned",
        ActKind::Publish => "supervision.published",
        ActKind::Amber => "supervision.amber_marked",
        ActKind::Red => "supervision.red_marked",
        ActKind::Miss => "supervision.missed_marked",
        ActKind::Retime => "supervision.retimed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_has_a_fact_of_the_list() {
        assert!(ActKind::ALL.iter().all(|a| super::super::FACTS.contains(&fact_of(*a))));
    }
}
