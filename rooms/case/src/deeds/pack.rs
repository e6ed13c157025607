//! Loading a regional pack: categories by their code, the routing table anew, the windows.

use std::collections::HashMap;

use access::{Duty, Kind, Person, Place, Resource, may};
use base::{Act, Id, Invalid, Millis, Outcome, Zone};
use jiff::civil::Date;
use store::{Fact, Tx};
use territory::{Atlas, Division};

use super::Hand;
use super::routing::take_pack_rules;
use crate::model::{Category, RouteRule, RouteTable, RouteWhen, UnitPick};
use crate::rules::pack::{Pack, PackCategory, PackRoute};
use crate::store::{Ground, PackRow, all_categories, put_category, put_pack};

/// The code system in which packs name divisions.
const CODES: &str = "nbs12";

/// Loads a pack over what was loaded before. A category keeps its id by its code; one that the pack no
/// longer has ends now, and its cases keep it. Gives the draft that waits to be published where the routing
/// table was changed by hand. Refresh the desk afterwards.
///
/// # Errors
/// 403 without the duty; invalid `pack` when it names a division that is not in the territory.
pub fn load_pack(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    pack: &Pack,
) -> Outcome<Option<Id<RouteTable>>> {
    let region = division(&g.atlas, &pack.region)?;
    let act = administrator(g, hand, at, region)?;
    let ids = load_categories(tx, &g.zone, at, pack)?;
    let waits = take_pack_rules(tx, act, rules_of_pack(&g.atlas, pack, &ids)?)?;
    let row = PackRow {
        id: tx.id::<PackRow>(at).raw(),
        code: pack.code.clone(),
        name: pack.name.clone(),
        version: pack.version.clone(),
        confirm_days: pack.terms.confirm.days,
        reopen_days: pack.terms.reopen.days,
        terms: terms_text(pack),
        loaded_ms: at.0,
        account: act.by.account,
    };
    put_pack(tx.conn, &row)?;
    tx.record(
        Fact::new("case.pack_loaded", act, "pack", row.id)
            .int("categories", pack.categories.len() as i64)
            .int("rules", pack.routes.len() as i64)
            .digest("version", &pack.version),
    );
    Ok(waits)
}

fn administrator(g: &Ground, hand: Hand<'_>, at: Millis, region: Id<Division>) -> Outcome<Act> {
    let person: &Person = match hand {
        Hand::House => return Ok(Act::system(at)),
        Hand::Staff(person) => person,
        Hand::Public | Hand::Sender { .. } => return Err(base::Refusal::forbidden().into()),
    };
    let place = place_of(&g.atlas, region);
    let used = may(person, Duty::Admin, &Resource::at(Kind::Pack, place))?;
    Ok(Act::new(used.actor(), at))
}

/// A division's place in the shape that the policy and the rows use. A city without counties stands in
/// as its own county, because numbers and books are kept by county.
pub fn place_of(atlas: &Atlas, division: Id<Division>) -> Place {
    let place = access::place_of(&atlas.lineage(division), None);
    let below = place.town != 0 || place.village != 0;
    if place.county == 0 && below { Place { county: place.city, ..place } } else { place }
}

/// The division that a pack names by its code.
pub(super) fn division(atlas: &Atlas, code: &str) -> Outcome<Id<Division>> {
    let found = atlas.by_code(CODES, code).first().map(|e| e.id);
    found.ok_or_else(|| {
        let mut invalid = Invalid::default();
        invalid.push_with("pack", "case.field.pack_division", vec![("code", code.to_owned())]);
        invalid.into()
    })
}

/// The general clocks with their sources, as the resident's page explains them.
fn terms_text(pack: &Pack) -> String {
    let mut terms = serde_json::to_value(&pack.terms).unwrap_or_default();
    terms["whistle"] = serde_json::to_value(&pack.whistle).unwrap_or_default();
    terms["urge"] = serde_json::to_value(&pack.urge).unwrap_or_default();
    terms["elsewhere"] = pack
        .elsewhere
        .iter()
        .map(|e| serde_json::json!({ "key": e.key, "name": e.name, "way": e.way, "source": e.source }))
        .collect();
    terms.to_string()
}

fn load_categories(tx: &mut Tx<'_>, zone: &Zone, at: Millis, pack: &Pack) -> Outcome<HashMap<String, i64>> {
    let before = all_categories(tx.conn)?;
    let mut ids: HashMap<String, i64> = before.iter().map(|c| (c.code.clone(), c.id)).collect();
    for (position, c) in pack.categories.iter().enumerate() {
        let known = ids.get(&c.code).copied();
        let id = known.unwrap_or_else(|| tx.id::<Category>(at).raw());
        ids.insert(c.code.clone(), id);
        let parent = c.parent.as_ref().and_then(|p| ids.get(p)).copied().unwrap_or(0);
        put_category(tx.conn, &category(c, id, parent, position, zone))?;
    }
    for gone in before.iter().filter(|c| pack.category(&c.code).is_none() && c.is_valid(at)) {
        put_category(tx.conn, &Category { valid_to: Some(at), ..gone.clone() })?;
    }
    Ok(ids)
}

fn category(c: &PackCategory, id: i64, parent: i64, position: usize, zone: &Zone) -> Category {
    let start = |day: Date| zone.start_of(day);
    Category {
        id,
        code: c.code.clone(),
        parent,
        name: c.name.clone(),
        position: position as i64,
        kind: c.kind,
        valid_from: start(c.valid_from),
        valid_to: c.valid_to.map(start),
        term: c.term.term(),
        days_source: c.term.source.clone(),
        needs_place: c.needs_place,
        needs_evidence: c.needs_evidence,
        proofs: c.proofs.clone(),
        is_urgent: c.is_urgent,
        is_public: c.is_public,
        questions: c.questions.clone(),
        also_called: c.also_called.clone(),
    }
}

/// The pack's routing table with the ids of this installation; its rows get theirs when they are kept.
fn rules_of_pack(atlas: &Atlas, pack: &Pack, ids: &HashMap<String, i64>) -> Outcome<Vec<RouteRule>> {
    let mut rules = Vec::new();
    for (position, route) in pack.routes.iter().enumerate() {
        let place = route.place.as_ref().map(|code| division(atlas, code)).transpose()?;
        let Some(unit) = unit_pick(pack, route) else { continue };
        rules.push(RouteRule {
            id: 0,
            code: route.code.clone(),
            position: position as i64,
            category: route.category.as_ref().and_then(|c| ids.get(c)).copied().unwrap_or(0),
            place: place.map_or(0, Id::raw),
            channel: route.channel,
            when: RouteWhen::default(),
            unit,
            named: 0,
            why: route.why.clone(),
        });
    }
    Ok(rules)
}

fn unit_pick(pack: &Pack, route: &PackRoute) -> Option<UnitPick> {
    let sort = pack.unit(&route.unit)?;
    let name = sort.name_end(route.level)?.to_owned();
    Some(UnitPick { kind: sort.form, name, level: route.level })
}
