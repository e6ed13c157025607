//! The routing table is changed in a draft, looked at, and published at an instant over the version from which it was
//! begun. Whoever administers a part of the territory changes the rules for that part, and no others.

use access::{Duty, Kind, Person, Place, PostUsed, Resource, may};
use base::{Act, Actor, Id, Invalid, Millis, Outcome, Refusal, Stop};
use store::{Conn, Fact, Tx};
use territory::Atlas;

use super::pack::place_of;
use crate::model::{Line, NewRule, RouteOrigin, RoutePublication, RouteRule, RouteTable};
use crate::rules::route_diff::{are_same, carried_over};
use crate::rules::route_lint::{Sight, new_errors};
use crate::store::{
    Ground, end_draft_rule, last_pack_table, present_table, publication_after, put_publication,
    put_route_rule, put_route_table, route_table, rules_of_table, set_rule_position, set_table_base,
    set_table_dropped, set_table_edited,
};

/// Rules that a table holds at most: many times what a city has.
const MOST_RULES: usize = 2_000;

/// Where a rule's area lies; everywhere is the smallest place that holds the whole installation.
pub fn place_of_rule(atlas: &Atlas, place: i64) -> Place {
    if place == 0 {
        return whole(atlas);
    }
    match atlas.grid(Id::of(place)) {
        Some(grid) => Place { grid: place, ..place_of(atlas, grid.village) },
        None => place_of(atlas, Id::of(place)),
    }
}

fn whole(atlas: &Atlas) -> Place {
    let mut at = None;
    loop {
        let mut below = atlas.children(at);
        match (below.next(), below.next()) {
            (Some(only), None) => at = Some(only.id),
            _ => break,
        }
    }
    access::place_of(&at.map(|id| atlas.lineage(id)).unwrap_or_default(), None)
}

/// Whether this person keeps the rules of an area.
///
/// # Errors
/// 403 when the area is not theirs.
pub fn may_keep_rules(atlas: &Atlas, person: &Person, place: i64) -> Outcome<PostUsed> {
    let resource = Resource::at(Kind::Pack, place_of_rule(atlas, place));
    // That there is such a rule is no secret: every administrator reads the table.
    may(person, Duty::Admin, &resource).map_err(|refusal| match refusal.status {
        404 => Refusal::new("case.refuse.route_elsewhere").status(403).into(),
        _ => refusal.into(),
    })
}

/// Any post that administers: for drafts, which change nothing by themselves.
fn keeper(person: &Person) -> Outcome<PostUsed> {
    let post = person.posts.iter().find(|p| p.duties.has(Duty::Admin)).ok_or_else(Refusal::forbidden)?;
    let place = Place::default().with(post.scope.level, post.scope.id);
    Ok(may(person, Duty::Admin, &Resource::at(Kind::Pack, place))?)
}

fn draft_of(conn: &mut Conn, id: Id<RouteTable>) -> Outcome<RouteTable> {
    let table = route_table(conn, id.raw())?.ok_or_else(Refusal::not_found)?;
    if table.is_draft() {
        return Ok(table);
    }
    match &table.publication {
        Some(p) => Err(told(conn, Refusal::new("case.refuse.route_published"), p.account, p.at)),
        None => Err(Refusal::new("case.refuse.route_dropped").into()),
    }
}

/// A refusal that says who did it and when.
fn told(conn: &mut Conn, refusal: Refusal, account: i64, at: Millis) -> Stop {
    let refusal = refusal.with("when~", at.0);
    if account == Actor::SYSTEM.account {
        return refusal.with("who@", "case.by.system").into();
    }
    match access::displays_of(conn, &[account]) {
        Ok(found) => refusal.with("who", found.into_iter().next().map_or("—".to_owned(), |(_, n)| n)).into(),
        Err(stop) => stop,
    }
}

/// Takes the draft in hand: it must be the one that was shown.
fn take(tx: &mut Tx<'_>, act: Act, table: &RouteTable, shown: i64) -> Outcome<()> {
    if set_table_edited(tx.conn, table.id.raw(), shown, act.by.account, act.at)? {
        return Ok(());
    }
    let now = route_table(tx.conn, table.id.raw())?.ok_or_else(Refusal::not_found)?;
    Err(told(tx.conn, Refusal::new("case.refuse.route_changed"), now.edited_by, now.edited))
}

fn fresh(tx: &Tx<'_>, at: Millis, rules: Vec<RouteRule>) -> Vec<RouteRule> {
    let number =
        |(rule, position): (RouteRule, i64)| RouteRule { id: tx.id::<RouteRule>(at).raw(), position, ..rule };
    rules.into_iter().zip(0..).map(number).collect()
}

fn new_table(tx: &Tx<'_>, act: Act, origin: RouteOrigin, based_on: i64, pack: i64) -> RouteTable {
    let id = tx.id::<RouteTable>(act.at);
    RouteTable {
        id,
        origin,
        based_on,
        pack: if origin == RouteOrigin::Pack { id.raw() } else { pack },
        account: act.by.account,
        at: act.at,
        edited_by: act.by.account,
        edited: act.at,
        revision: 1,
        dropped: None,
        publication: None,
    }
}

/// Begins a draft as a copy of the version in force.
///
/// # Errors
/// 403 without the duty.
pub fn begin_route_draft(tx: &mut Tx<'_>, person: &Person, at: Millis) -> Outcome<Id<RouteTable>> {
    let act = Act::new(keeper(person)?.actor(), at);
    let present = present_table(tx.conn)?;
    let rules = rules_of_table(tx.conn, present)?;
    let pack = route_table(tx.conn, present)?.map_or(0, |t| t.pack);
    let table = new_table(tx, act, RouteOrigin::Admin, present, pack);
    let rules = fresh(tx, at, rules);
    put_route_table(tx.conn, &table, &rules)?;
    tx.record(
        Fact::new("case.routing_begun", act, "route_table", table.id.raw())
            .id("based_on", present)
            .int("rules", rules.len() as i64),
    );
    Ok(table.id)
}

fn changed(act: Act, table: &RouteTable, what: &'static str, rule: &RouteRule) -> Fact {
    Fact::new("case.routing_changed", act, "route_table", table.id.raw())
        .set("what", what)
        .id("rule", rule.id)
        .digest("code", &rule.code)
        .digest("why", &rule.why)
}

/// Adds a rule to a draft, at its top, or changes one.
///
/// # Errors
/// 403 for an area of others; 404 without the draft or the rule; 409 when the draft was changed since it was
/// shown, published or given up; invalid by field.
pub fn put_rule_in_draft(
    tx: &mut Tx<'_>,
    g: &Ground,
    person: &Person,
    at: Millis,
    (table, shown): (Id<RouteTable>, i64),
    rule: Option<i64>,
    new: NewRule,
) -> Outcome<()> {
    let table = draft_of(tx.conn, table)?;
    must_be_known(g, &new, at)?;
    let used = may_keep_rules(&g.atlas, person, new.place)?;
    let act = Act::new(used.actor(), at);
    let rules = rules_of_table(tx.conn, table.id.raw())?;
    let made = match rule {
        Some(id) => {
            let old = rules.iter().find(|r| r.id == id).ok_or_else(Refusal::not_found)?;
            may_keep_rules(&g.atlas, person, old.place)?;
            new.rule(old.id, old.code.clone(), old.position)?
        }
        None => {
            if rules.len() >= MOST_RULES {
                return Err(Refusal::new("case.refuse.route_full").with("n", MOST_RULES).into());
            }
            let id = tx.id::<RouteRule>(at);
            let first = rules.first().map_or(0, |r| r.position - 1);
            new.rule(id.raw(), format!("l-{id}"), first)?
        }
    };
    take(tx, act, &table, shown)?;
    put_route_rule(tx.conn, table.id.raw(), &made)?;
    tx.record(changed(act, &table, if rule.is_some() { "changed" } else { "added" }, &made));
    Ok(())
}

/// What a rule names must exist.
fn must_be_known(g: &Ground, new: &NewRule, at: Millis) -> Outcome<()> {
    let mut invalid = Invalid::default();
    if new.category != 0 && !g.category(new.category).is_some_and(|c| c.is_valid(at)) {
        invalid.push("category", "case.field.category_unknown");
    }
    let place = Id::of(new.place);
    let lives = g.atlas.division(place).is_some_and(|d| d.valid_to.is_none());
    if new.place != 0 && !lives && g.atlas.grid(place.cast()).is_none() {
        invalid.push("place", "case.field.place_unknown");
    }
    if new.named != 0 && !g.units.stands(new.named) {
        invalid.push("unit", "case.field.unit_unknown");
    }
    invalid.or(())
}

/// Where a rule goes (移动).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleMove {
    /// One place up: it is looked at earlier.
    Up,
    /// One place down.
    Down,
    /// To the top.
    First,
    /// Out of the table.
    Out,
}

/// Moves a rule of a draft, or takes it out.
///
/// # Errors
/// As [`put_rule_in_draft`]; 409 when there is nothing above or below it.
pub fn move_rule_in_draft(
    tx: &mut Tx<'_>,
    g: &Ground,
    person: &Person,
    at: Millis,
    (table, shown): (Id<RouteTable>, i64),
    rule: i64,
    to: RuleMove,
) -> Outcome<()> {
    let table = draft_of(tx.conn, table)?;
    let rules = rules_of_table(tx.conn, table.id.raw())?;
    let stands = rules.iter().position(|r| r.id == rule).ok_or_else(Refusal::not_found)?;
    let one = &rules[stands];
    let act = Act::new(may_keep_rules(&g.atlas, person, one.place)?.actor(), at);
    take(tx, act, &table, shown)?;
    let end = || Refusal::new("case.refuse.route_end");
    match to {
        RuleMove::Out => end_draft_rule(tx.conn, rule)?,
        RuleMove::First => set_rule_position(tx.conn, rule, rules[0].position - 1)?,
        RuleMove::Up | RuleMove::Down => {
            let other = if to == RuleMove::Up { stands.checked_sub(1) } else { Some(stands + 1) };
            let other = other.and_then(|at| rules.get(at)).ok_or_else(end)?;
            set_rule_position(tx.conn, rule, other.position)?;
            set_rule_position(tx.conn, other.id, one.position)?;
        }
    }
    let what = match to {
        RuleMove::Out => "taken_out",
        _ => "moved",
    };
    tx.record(changed(act, &table, what, one));
    Ok(())
}

/// Gives a draft up: it stays readable.
///
/// # Errors
/// 403 without the duty; 409 when it was changed since it was shown, or is no draft any more.
pub fn drop_route_draft(
    tx: &mut Tx<'_>,
    person: &Person,
    at: Millis,
    (table, shown): (Id<RouteTable>, i64),
) -> Outcome<()> {
    let act = Act::new(keeper(person)?.actor(), at);
    let table = draft_of(tx.conn, table)?;
    take(tx, act, &table, shown)?;
    set_table_dropped(tx.conn, table.id.raw(), at)?;
    tx.record(Fact::new("case.routing_dropped", act, "route_table", table.id.raw()));
    Ok(())
}

/// Puts a draft over the version that was published since it was begun: what it changed stays changed, everything
/// else is as published.
///
/// # Errors
/// As [`drop_route_draft`]; 409 when nothing was published since.
pub fn carry_route_draft(
    tx: &mut Tx<'_>,
    person: &Person,
    at: Millis,
    (table, shown): (Id<RouteTable>, i64),
) -> Outcome<()> {
    let act = Act::new(keeper(person)?.actor(), at);
    let table = draft_of(tx.conn, table)?;
    let present = present_table(tx.conn)?;
    if present == table.based_on {
        return Err(Refusal::new("case.refuse.route_up_to_date").into());
    }
    take(tx, act, &table, shown)?;
    let base = rules_of_table(tx.conn, table.based_on)?;
    let mine = rules_of_table(tx.conn, table.id.raw())?;
    let theirs = rules_of_table(tx.conn, present)?;
    let pack = route_table(tx.conn, present)?.map_or(0, |t| t.pack);
    for rule in &mine {
        end_draft_rule(tx.conn, rule.id)?;
    }
    for rule in fresh(tx, at, carried_over(&base, &mine, &theirs)) {
        put_route_rule(tx.conn, table.id.raw(), &rule)?;
    }
    set_table_base(tx.conn, table.id.raw(), present, pack.max(table.pack))?;
    tx.record(
        Fact::new("case.routing_changed", act, "route_table", table.id.raw())
            .set("what", "carried_over")
            .id("based_on", present),
    );
    Ok(())
}

/// Publishes a draft: from this instant matters are routed by it. Refresh the desk afterwards.
///
/// # Errors
/// 403 when it changes rules of others' areas; 409 when another version was published since it was begun (with
/// who and when), when it was changed since it was shown, or says nothing new; 422 when it has new errors.
pub fn publish_route_table(
    tx: &mut Tx<'_>,
    g: &Ground,
    person: &Person,
    at: Millis,
    (table, shown): (Id<RouteTable>, i64),
    why: &str,
) -> Outcome<()> {
    let table = draft_of(tx.conn, table)?;
    let base = rules_of_table(tx.conn, table.based_on)?;
    let rules = rules_of_table(tx.conn, table.id.raw())?;
    let act = Act::new(may_publish(g, person, &base, &rules)?.actor(), at);
    let why = Line::new("publish_why", why)?.into_string();
    if why.is_empty() {
        return Err(Invalid::field("publish_why", "case.field.missing").into());
    }
    if let Some(faster) = publication_after(tx.conn, table.based_on)? {
        return Err(told(tx.conn, Refusal::new("case.refuse.route_outdated"), faster.account, faster.at));
    }
    if are_same(&base, &rules) {
        return Err(Refusal::new("case.refuse.route_nothing_new").into());
    }
    let staffed = access::staffed_units(tx.conn, at)?;
    let sight = Sight { catalogue: &g.catalogue, atlas: &g.atlas, staffed: &staffed, now: at };
    let errors = new_errors(&base, &rules, sight);
    if !errors.is_empty() {
        return Err(Refusal::new("case.refuse.route_errors").with("n", errors.len()).status(422).into());
    }
    take(tx, act, &table, shown)?;
    let publication = RoutePublication { account: act.by.account, at, why };
    if !put_publication(tx.conn, table.based_on, table.id.raw(), &publication)? {
        let faster = publication_after(tx.conn, table.based_on)?.unwrap_or(publication);
        return Err(told(tx.conn, Refusal::new("case.refuse.route_outdated"), faster.account, faster.at));
    }
    tx.record(published(act, &table, &rules).digest("why", &publication.why));
    Ok(())
}

fn published(act: Act, table: &RouteTable, rules: &[RouteRule]) -> Fact {
    Fact::new("case.routing_published", act, "route_table", table.id.raw())
        .set("origin", table.origin.code())
        .id("based_on", table.based_on)
        .int("rules", rules.len() as i64)
}

/// Whoever publishes must keep the rules of every area in which something changes; the rules of others stay as they
/// are and in their order among themselves.
fn may_publish(g: &Ground, person: &Person, base: &[RouteRule], rules: &[RouteRule]) -> Outcome<PostUsed> {
    let used = keeper(person)?;
    if let Ok(used) = may_keep_rules(&g.atlas, person, 0) {
        return Ok(used);
    }
    let foreign = |all: &[RouteRule]| -> Vec<RouteRule> {
        all.iter().filter(|r| may_keep_rules(&g.atlas, person, r.place).is_err()).cloned().collect()
    };
    if are_same(&foreign(base), &foreign(rules)) {
        Ok(used)
    } else {
        Err(Refusal::new("case.refuse.route_elsewhere").status(403).into())
    }
}

/// Takes the routing table of a pack that is being loaded. Where nobody has changed the table by hand it is published
/// at once; otherwise the local changes are kept and the pack's go into a draft over the present table, which
/// is given back.
pub(super) fn take_pack_rules(
    tx: &mut Tx<'_>,
    act: Act,
    rules: Vec<RouteRule>,
) -> Outcome<Option<Id<RouteTable>>> {
    let present = present_table(tx.conn)?;
    let last = last_pack_table(tx.conn)?;
    let before = rules_of_table(tx.conn, last)?;
    let stands = rules_of_table(tx.conn, present)?;
    let known = last != 0 && are_same(&before, &rules);
    let table = new_table(tx, act, RouteOrigin::Pack, present, 0);
    let pack = if known { last } else { table.id.raw() };
    if !known {
        put_route_table(tx.conn, &table, &fresh(tx, act.at, rules.clone()))?;
    }
    let of = match route_table(tx.conn, present)? {
        Some(t) => t.pack,
        // Loaded before versions were kept: nobody could change it by hand.
        None => return publish_pack(tx, act, &table, &rules).map(|()| None),
    };
    if of == pack {
        return Ok(None);
    }
    let theirs = rules_of_table(tx.conn, of)?;
    if are_same(&stands, &theirs) && !known {
        return publish_pack(tx, act, &table, &rules).map(|()| None);
    }
    let merged = fresh(tx, act.at, carried_over(&theirs, &stands, &rules));
    let draft = new_table(tx, act, RouteOrigin::Merge, present, pack);
    put_route_table(tx.conn, &draft, &merged)?;
    tx.record(
        Fact::new("case.routing_begun", act, "route_table", draft.id.raw())
            .set("origin", draft.origin.code())
            .id("based_on", present)
            .int("rules", merged.len() as i64),
    );
    Ok(Some(draft.id))
}

fn publish_pack(tx: &mut Tx<'_>, act: Act, table: &RouteTable, rules: &[RouteRule]) -> Outcome<()> {
    let publication = RoutePublication { account: act.by.account, at: act.at, why: String::new() };
    if !put_publication(tx.conn, table.based_on, table.id.raw(), &publication)? {
        return Err(Refusal::new("case.refuse.changed_meanwhile").into());
    }
    tx.record(published(act, table, rules));
    Ok(())
}
