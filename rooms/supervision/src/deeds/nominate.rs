//! A nomination (提名): a case, or a problem of a place, is proposed to a level.

use access::{Duty, Kind, Person, Place, PostUsed, Resource, UnitKind, may, may_view};
use base::{Id, Invalid, Millis, Outcome, Refusal};
use case::model::{Case, CaseNumber};
use case::store::{Ground, case_by_number, file_by_id};
use store::{Fact, Tx};

use super::step::fact_of;
use crate::model::{Act, ActKind, By, Entry, Four, Level, Marks, Nomination, Stage, long_text, one_line};
use crate::store::{open_entry_of_case, put_act, put_entry};

/// The series of the entries' numbers: `s` before the code of the place.
const SERIES: &str = "supervision";

/// Nominates. The same form sent twice is one entry. Send it through `Db::write_keyed` with the county, because the numbers
/// of a place are given in turn and a case stands on one list only.
///
/// # Errors
/// Invalid by field; 404 for a case that the person may not open; 409 when the case is on a list already, with its number.
pub fn nominate_entry(
    tx: &mut Tx<'_>,
    g: &Ground,
    person: &Person,
    at: Millis,
    once: &str,
    order: &Nomination,
) -> Outcome<Id<Entry>> {
    if let Some(id) = taken(tx, once, at)? {
        return Ok(id);
    }
    let mut invalid = Invalid::default();
    let title = one_line(&mut invalid, "title", &order.title);
    let problem = long_text(&mut invalid, "problem", &order.problem);
    let case = named_case(tx, person, &mut invalid, order)?;
    let (place, category) = case.as_ref().map_or((order.place, order.category), |c| (c.place, c.category));
    invalid.or(())?;
    let used = nominator(person, place)?;
    let desk = desk_at(g, &place, order.level)
        .ok_or_else(|| Invalid::field("level", "supervision.invalid.no_desk"))?;
    // Taking a number makes whoever nominates in this county wait, so that nobody sees half of what another does.
    let number = next_number(tx, g, &place, at)?;
    if let Some(case) = &case
        && let Some(open) = open_entry_of_case(tx.conn, case.id)?
    {
        let refusal = Refusal::new("supervision.refuse.listed_already");
        return Err(refusal.with("number", &open.number).with("stage@", open.stage.key()).into());
    }
    let entry = Entry {
        id: tx.id::<Entry>(at),
        number,
        place,
        case: case.map(|c| c.id),
        category,
        title,
        stage: Stage::Nominated,
        level: order.level,
        list_unit: desk,
        by_unit: used.unit.raw(),
        four: Four::default(),
        terms: None,
        marks: Marks::default(),
        listed: None,
        struck: None,
        public_title: None,
        visits: 0,
        is_asked: false,
        version: 1,
        created: at,
    };
    save(tx, &entry, used, problem)?;
    web::once::keep(tx, once, &entry.id.to_string(), at)?;
    Ok(entry.id)
}

/// The entry that this very form made before.
fn taken(tx: &mut Tx<'_>, once: &str, at: Millis) -> Outcome<Option<Id<Entry>>> {
    let before = web::once::taken(tx.conn, once)?;
    let Some(id) = before.and_then(|text| text.parse::<Id<Entry>>().ok()) else { return Ok(None) };
    let act = base::Act::system(at);
    tx.record(Fact::new(fact_of(ActKind::Nominate), act, "supervision", id.raw()).set("repeated", "yes"));
    Ok(Some(id))
}

/// The case that was named; none for a problem of a place, which then must be given.
fn named_case(
    tx: &mut Tx<'_>,
    person: &Person,
    invalid: &mut Invalid,
    order: &Nomination,
) -> Outcome<Option<Case>> {
    let typed = order.case_number.trim();
    if typed.is_empty() {
        if order.place.as_scope().level == access::Level::Country {
            invalid.push("place", "supervision.invalid.no_place");
        }
        return Ok(None);
    }
    let number = CaseNumber::parse(typed).map(|n| n.to_string());
    let found = number.map(|n| case_by_number(tx.conn, &n)).transpose()?.flatten();
    let file = found.map(|c| file_by_id(tx.conn, c.id)).transpose()?.flatten();
    let seen = file.filter(|f| may_view(person, &f.resource(Kind::CaseView)).is_ok());
    if seen.is_none() {
        invalid.push("case_number", "supervision.invalid.no_case");
    }
    Ok(seen.map(|f| f.case))
}

/// A desk's clerk or a leader of the place.
fn nominator(person: &Person, place: Place) -> Result<PostUsed, Refusal> {
    let here = Resource::at(Kind::SupervisionWork, place);
    may(person, Duty::Clerk, &here).or_else(|refusal| may(person, Duty::Lead, &here).map_err(|_| refusal))
}

/// The desk of a level for a place: its centre, else its office, else its committee.
pub(super) fn desk_at(g: &Ground, place: &Place, level: Level) -> Option<i64> {
    let division = place.at(level.rung());
    let of = |kind| g.units.at(level.rung(), division).find(|u| u.kind == kind).map(|u| u.id.raw());
    if division == 0 {
        return None;
    }
    [UnitKind::Centre, UnitKind::Office, UnitKind::Committee].into_iter().find_map(of)
}

/// `620602-2026-D007`: the code of the county (or what stands above it), the year, a gapless count.
fn next_number(tx: &mut Tx<'_>, g: &Ground, place: &Place, at: Millis) -> Outcome<String> {
    let division = [place.county, place.city, place.province].into_iter().find(|id| *id != 0).unwrap_or(0);
    let code = g.atlas.number_code(Id::of(division)).map(str::to_owned);
    let code = code.ok_or_else(|| Invalid::field("place", "supervision.invalid.no_place"))?;
    let year = i64::from(g.zone.day(at).year());
    let n = parts::numbering::next_number(tx, &format!("{SERIES} {code}"), year)?;
    Ok(format!("{code}-{year}-D{n:03}"))
}

fn save(tx: &mut Tx<'_>, entry: &Entry, used: PostUsed, problem: String) -> Outcome<()> {
    put_entry(tx.conn, entry)?;
    let act = Act {
        id: tx.id::<Act>(entry.created).raw(),
        at: entry.created,
        act: ActKind::Nominate,
        by: By::Nominator,
        from: Stage::Nominated,
        to: Stage::Nominated,
        account: used.account.raw(),
        post: used.post.raw(),
        unit: used.unit.raw(),
        term: None,
        words: Some(problem),
    };
    put_act(tx.conn, entry, &act)?;
    tx.record(super::step::fact(entry, &act, used.actor()).id("case", entry.case.map_or(0, Id::raw)));
    super::tell::tell_act(tx, entry, &act)
}
