//! Urging (催办): who brought a matter asks what has become of it. It moves nothing, it is seen by the office that has
//! the matter and by the desk of the next level, and it counts against nobody.

use base::{Act, Actor, Id, Millis, Outcome, Refusal};
use store::{Fact, Tx};

use super::Hand;
use super::tell::tell_urged;
use crate::model::{ActKind, Body, By, Case};
use crate::rules::receipt::is_code;
use crate::rules::urge::{LastUrge, may_urge};
use crate::store::{ActRow, CaseFile, Ground, UrgeRow, code_of, file_by_id, last_urge, put_act, put_urge};

/// What was urged last on a matter, and whether it has moved since: for the page and for the deed.
pub fn urged_last(file: &CaseFile, last: Option<&UrgeRow>) -> Option<LastUrge> {
    last.map(|u| LastUrge {
        at: Millis(u.at_ms),
        moved_on: file.acts.iter().any(|a| a.at_ms > u.at_ms && a.from_stage != a.to_stage),
    })
}

/// Urges, with a word or without.
///
/// # Errors
/// 404 with a wrong code; 409 when no office owes an answer, or too soon: then it says from when it is possible.
pub fn urge_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    words: Option<&Body>,
) -> Outcome<()> {
    let Hand::Sender { code } = hand else { return Err(Refusal::not_found().into()) };
    let known = is_code(&code_of(tx.keys(), id), code);
    let file = file_by_id(tx.conn, id)?.filter(|_| known).ok_or_else(Refusal::not_found)?;
    let case = &file.case;
    let last = last_urge(tx.conn, id)?;
    may_urge(case.stage, urged_last(&file, last.as_ref()), &g.calling.urge, &g.zone, at)?;
    let row = UrgeRow {
        id: tx.id::<UrgeRow>(at).raw(),
        case_id: id.raw(),
        county_id: case.place.county,
        at_ms: at.0,
        stage: case.stage.code().to_owned(),
        holder_unit: case.holder.unit,
        above_unit: g.units.desk_above(&case.place, case.level).map_or(0, |(unit, _)| unit),
        after_act: file.acts.last().map_or(0, |a| a.id),
    };
    if !put_urge(tx.conn, &row)? {
        let last = Some(LastUrge { at, moved_on: false });
        return Err(may_urge(case.stage, last, &g.calling.urge, &g.zone, at)
            .err()
            .unwrap_or_else(Refusal::not_found)
            .into());
    }
    let act = Act::new(Actor::PUBLIC, at);
    put_act(tx.conn, &act_row(tx, act, case, words))?;
    let mut fact = Fact::new("case.urged", act, "case", id.raw())
        .county(case.place.county)
        .set("stage", case.stage.code())
        .id("holder", row.holder_unit)
        .id("above", row.above_unit);
    if let Some(words) = words {
        fact = fact.digest("words", words.as_str());
    }
    tx.record(fact);
    tell_urged(tx, case, row.above_unit, at)
}

fn act_row(tx: &Tx<'_>, act: Act, case: &Case, words: Option<&Body>) -> ActRow {
    ActRow {
        id: tx.id::<ActRow>(act.at).raw(),
        case_id: case.id.raw(),
        county_id: case.place.county,
        at_ms: act.at.0,
        act: ActKind::Urge.code().to_owned(),
        by_role: By::Sender.code().to_owned(),
        from_stage: case.stage.code().to_owned(),
        to_stage: case.stage.code().to_owned(),
        account: act.by.account,
        post: act.by.post,
        unit_id: 0,
        to_unit: 0,
        to_account: 0,
        old_category: 0,
        new_category: 0,
        ending: None,
        words: words.map(|w| w.as_str().to_owned()),
    }
}
