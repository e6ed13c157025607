//! Cases that belong together: merged, split, related, and all of it taken back. Each keeps its own number, its own
//! resident and its own clocks; a lead's answer is given to its followers only by a clerk's hand.

use access::{Duty, Kind, Person, PostUsed, may};
use base::{Act, Id, Invalid, Millis, Outcome, Refusal};
use store::{Fact, Tx};

use super::desk::close;
use super::step::{begin, in_charge, told};
use super::{Hand, accept_case, submit_case};
use crate::model::{
    AcceptOrder, ActKind, AnswerOrder, Body, By, Case, CaseNumber, Channel, Ending, Intake, Link, LinkKind,
    LinkOrder, ReasonOrder, Receipt, Reporter, SplitOrder, Stage,
};
use crate::rules::moves::must_be_current;
use crate::store::{
    ActRow, CaseFile, Ground, case_by_number, closures_of, end_link, file_by_id, links_of, put_act, put_link,
    reporter_of, set_case,
};

/// A case in a clerk's hands.
struct Held {
    file: CaseFile,
    used: PostUsed,
}

/// A case on which this person works as a clerk of the desk that holds it, or of one above.
fn held(tx: &mut Tx<'_>, g: &Ground, person: &Person, id: Id<Case>, shown: Option<i64>) -> Outcome<Held> {
    let file = file_by_id(tx.conn, id)?.ok_or_else(Refusal::not_found)?;
    let used = may(person, Duty::Clerk, &file.resource(Kind::CaseWork))?;
    let used = in_charge(g, &file.case, By::Clerk, used)?;
    if let Err(refusal) = must_be_current(&file.case, shown) {
        return Err(told(tx, &file, refusal));
    }
    Ok(Held { file, used })
}

/// The other case by its number. One that the person could not see is not there: nobody learns of cases by trying
/// numbers.
fn other(tx: &mut Tx<'_>, person: &Person, case: &Case, order: &LinkOrder) -> Outcome<CaseFile> {
    let field = |key| Invalid::field(order.field, key);
    let number = CaseNumber::parse(&order.number).ok_or_else(|| field("case.field.number_unreadable"))?;
    let found = case_by_number(tx.conn, &number.to_string())?;
    let found = found.filter(|c| c.id != case.id).ok_or_else(|| field("case.field.number_unknown"))?;
    let file = file_by_id(tx.conn, found.id)?.ok_or_else(|| field("case.field.number_unknown"))?;
    if may(person, Duty::Clerk, &file.resource(Kind::CaseWork)).is_err() {
        return Err(field("case.field.number_unknown").into());
    }
    if file.case.place.county != case.place.county {
        return Err(Refusal::new("case.refuse.link_county").into());
    }
    Ok(file)
}

/// What happened to a case without moving it: its version counts on, its course has an act, the journal a fact.
fn note(
    tx: &mut Tx<'_>,
    file: &CaseFile,
    used: PostUsed,
    at: Millis,
    act: ActKind,
    words: Option<&Body>,
) -> Outcome<()> {
    let case = Case { version: file.case.version + 1, ..file.case.clone() };
    if !set_case(tx.conn, &file.case, &case)? {
        let now = file_by_id(tx.conn, case.id)?.ok_or_else(Refusal::not_found)?;
        let refusal = Refusal::new("case.refuse.changed_meanwhile").with("stage@", now.case.stage.key());
        return Err(told(tx, &now, refusal));
    }
    let row = ActRow {
        id: tx.id::<ActRow>(at).raw(),
        case_id: case.id.raw(),
        county_id: case.place.county,
        at_ms: at.0,
        act: act.code().to_owned(),
        by_role: By::Clerk.code().to_owned(),
        from_stage: case.stage.code().to_owned(),
        to_stage: case.stage.code().to_owned(),
        account: used.account.raw(),
        post: used.post.raw(),
        unit_id: used.unit.raw(),
        to_unit: 0,
        to_account: 0,
        old_category: 0,
        new_category: 0,
        ending: None,
        words: words.map(|w| w.as_str().to_owned()),
    };
    put_act(tx.conn, &row)
}

fn fact(kind: &'static str, used: PostUsed, at: Millis, case: &Case, other: Id<Case>) -> Fact {
    Fact::new(kind, Act::new(used.actor(), at), "case", case.id.raw())
        .county(case.place.county)
        .id("other", other.raw())
        .id("unit", used.unit.raw())
}

fn new_link(tx: &Tx<'_>, kind: LinkKind, used: PostUsed, at: Millis, case: &Case, other: Id<Case>) -> Link {
    Link {
        id: tx.id::<Link>(at),
        kind,
        case: case.id,
        other,
        county: case.place.county,
        account: used.account.raw(),
        at,
    }
}

/// Merges a case into a lead (并案): both stand, the case is answered with the lead. The case must be at the desk, the
/// lead open; neither may stand in another merger the wrong way round, so that a lead has no lead.
///
/// # Errors
/// 404, 403 as every act; invalid `number`; 409 when either stands elsewhere, is merged already, or lies in another
/// county.
pub fn merge_cases(
    tx: &mut Tx<'_>,
    g: &Ground,
    person: &Person,
    at: Millis,
    id: Id<Case>,
    order: &LinkOrder,
) -> Outcome<()> {
    let mine = held(tx, g, person, id, order.version)?;
    let lead = other(tx, person, &mine.file.case, order)?;
    let case = &mine.file.case;
    if !matches!(case.stage, Stage::Received | Stage::Accepted) {
        let refusal = Refusal::new("case.refuse.merge_not_at_desk").with("stage@", case.stage.key());
        return Err(told(tx, &mine.file, refusal));
    }
    if !lead.case.stage.is_open() {
        let refusal = Refusal::new("case.refuse.merge_lead_over").with("stage@", lead.case.stage.key());
        return Err(told(tx, &lead, refusal));
    }
    let leads =
        |links: &[Link], id: Id<Case>| links.iter().any(|l| l.kind == LinkKind::Merged && l.other == id);
    let follows =
        |links: &[Link], id: Id<Case>| links.iter().any(|l| l.kind == LinkKind::Merged && l.case == id);
    let (own, theirs) = (links_of(tx.conn, id)?, links_of(tx.conn, lead.case.id)?);
    if follows(&own, id) {
        return Err(Refusal::new("case.refuse.merged_already").into());
    }
    if leads(&own, id) {
        return Err(Refusal::new("case.refuse.merge_leads").into());
    }
    if follows(&theirs, lead.case.id) {
        return Err(Refusal::new("case.refuse.merge_lead_follows").into());
    }
    let link = new_link(tx, LinkKind::Merged, mine.used, at, case, lead.case.id);
    if !put_link(tx.conn, &link)? {
        return Err(Refusal::new("case.refuse.merged_already").into());
    }
    // In the order of ids, so that two mergers of the same two cases never wait for each other.
    let mut both = [&mine.file, &lead];
    both.sort_by_key(|file| file.case.id);
    for file in both {
        note(tx, file, mine.used, at, ActKind::Merge, None)?;
    }
    tx.record(fact("case.merged", mine.used, at, case, lead.case.id));
    Ok(())
}

/// Takes a merger back: the case stands by itself again.
///
/// # Errors
/// As [`merge_cases`]; 409 when the case is not merged or has been answered.
pub fn unmerge_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    person: &Person,
    at: Millis,
    id: Id<Case>,
    order: &ReasonOrder,
) -> Outcome<()> {
    let mine = held(tx, g, person, id, order.version)?;
    let link = links_of(tx.conn, id)?.into_iter().find(|l| l.kind == LinkKind::Merged && l.case == id);
    let link = link.ok_or_else(|| Refusal::new("case.refuse.not_merged"))?;
    if !mine.file.case.stage.is_open() {
        let refusal = Refusal::new("case.refuse.link_over").with("stage@", mine.file.case.stage.key());
        return Err(told(tx, &mine.file, refusal));
    }
    if !end_link(tx.conn, link.id, mine.used.account.raw(), at)? {
        return Err(Refusal::new("case.refuse.not_merged").into());
    }
    note(tx, &mine.file, mine.used, at, ActKind::Unmerge, Some(&order.reason))?;
    tx.record(
        fact("case.unmerged", mine.used, at, &mine.file.case, link.other)
            .digest("words", order.reason.as_str()),
    );
    Ok(())
}

/// Marks two cases as having to do with each other (标为相关).
///
/// # Errors
/// As [`merge_cases`]; 409 when they are linked already or this one is over.
pub fn relate_cases(
    tx: &mut Tx<'_>,
    g: &Ground,
    person: &Person,
    at: Millis,
    id: Id<Case>,
    order: &LinkOrder,
) -> Outcome<()> {
    let mine = held(tx, g, person, id, order.version)?;
    let far = other(tx, person, &mine.file.case, order)?;
    if !mine.file.case.stage.is_open() {
        let refusal = Refusal::new("case.refuse.link_over").with("stage@", mine.file.case.stage.key());
        return Err(told(tx, &mine.file, refusal));
    }
    let linked = links_of(tx.conn, id)?.iter().any(|l| l.far_end(id) == far.case.id);
    let link = new_link(tx, LinkKind::Related, mine.used, at, &mine.file.case, far.case.id);
    if linked || !put_link(tx.conn, &link)? {
        return Err(Refusal::new("case.refuse.linked_already").into());
    }
    note(tx, &mine.file, mine.used, at, ActKind::Link, None)?;
    tx.record(fact("case.linked", mine.used, at, &mine.file.case, far.case.id));
    Ok(())
}

/// Takes back that two cases are related.
///
/// # Errors
/// As [`relate_cases`]; 404 when there is no such link; 409 when it was taken back before.
pub fn unrelate_cases(
    tx: &mut Tx<'_>,
    g: &Ground,
    person: &Person,
    at: Millis,
    (id, shown): (Id<Case>, Option<i64>),
    link: Id<Link>,
) -> Outcome<()> {
    let mine = held(tx, g, person, id, shown)?;
    let link = links_of(tx.conn, id)?.into_iter().find(|l| l.id == link && l.kind == LinkKind::Related);
    let gone = || Refusal::new("case.refuse.not_linked");
    let link = link.ok_or_else(gone)?;
    if !end_link(tx.conn, link.id, mine.used.account.raw(), at)? {
        return Err(gone().into());
    }
    note(tx, &mine.file, mine.used, at, ActKind::Unlink, None)?;
    tx.record(fact("case.unlinked", mine.used, at, &mine.file.case, link.far_end(id)));
    Ok(())
}

/// Makes a part of a matter a case of its own (拆分): through the one intake, for the same sender, brought when the
/// whole was brought, so that no clock begins anew. Use `Db::write_keyed` with the county.
///
/// # Errors
/// As every act; invalid by field; 409 when the case is not at the desk any more.
pub fn split_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    person: &Person,
    at: Millis,
    id: Id<Case>,
    order: &SplitOrder,
) -> Outcome<Receipt> {
    let mine = held(tx, g, person, id, order.version)?;
    let case = &mine.file.case;
    if !case.stage.is_open() {
        let refusal = Refusal::new("case.refuse.link_over").with("stage@", case.stage.key());
        return Err(told(tx, &mine.file, refusal));
    }
    let mut part =
        Intake::new(case.channel, case.place, order.category, order.title.clone(), order.body.clone())?;
    part.spot.words.clone_from(&case.spot);
    part.reporter = sender_of(tx, id)?;
    part.is_public = case.is_public;
    part.brought = Some(case.created);
    if g.category(order.category).is_some_and(|c| c.questions.iter().any(|q| q.required)) {
        // Nobody is there to be asked: what was not said stays open, as with an imported row.
        return Err(Invalid::field("split_category", "case.field.split_questions").into());
    }
    let made = submit_case(tx, g, Hand::House, at, &part)?;
    // The rows of an intake wait for the end of the commit: what is known of the new case is what was sent.
    let new = Case { id: made.id, stage: Stage::Received, ..case.clone() };
    let link = new_link(tx, LinkKind::Split, mine.used, at, &new, id);
    put_link(tx.conn, &link)?;
    note(tx, &mine.file, mine.used, at, ActKind::Split, None)?;
    tx.record(
        fact("case.split", mine.used, at, &new, id)
            .set("channel", Channel::code(case.channel))
            .digest("title", order.title.as_str()),
    );
    Ok(made)
}

/// Who brought it, to be sealed anew for the part. Nobody reads it on the way.
fn sender_of(tx: &mut Tx<'_>, id: Id<Case>) -> Outcome<Reporter> {
    let Some(sealed) = reporter_of(tx.conn, id)? else { return Ok(Reporter::default()) };
    Ok(serde_json::from_str(&tx.keys().open("case_reporter.sealed", id.raw(), &sealed)?)?)
}

/// Answers the open followers of an answered lead with the lead's own answer (用同样的答复办结): each is closed by
/// itself, and each sender confirms or contests by themselves. Gives how many were answered.
///
/// # Errors
/// As every act; 409 when the lead is not answered, or a follower is not at the desk.
pub fn answer_followers(
    tx: &mut Tx<'_>,
    g: &Ground,
    person: &Person,
    at: Millis,
    lead: Id<Case>,
    followers: &[Id<Case>],
) -> Outcome<usize> {
    let file = file_by_id(tx.conn, lead)?.ok_or_else(Refusal::not_found)?;
    may(person, Duty::Clerk, &file.resource(Kind::CaseWork))?;
    let answered = matches!(file.case.stage, Stage::Closed | Stage::Confirmed);
    let last = closures_of(tx.conn, lead)?.pop().filter(|_| answered);
    let last = last.ok_or_else(|| Refusal::new("case.refuse.lead_not_answered"))?;
    let ending = Ending::parse(&last.ending).ok_or_else(|| Refusal::new("case.refuse.lead_not_answered"))?;
    let answer = Body::of_record("answer", &last.answer)?;
    let links = links_of(tx.conn, lead)?;
    for id in followers {
        if !links.iter().any(|l| l.kind == LinkKind::Merged && l.case == *id && l.other == lead) {
            return Err(Refusal::new("case.refuse.not_merged").into());
        }
        let hand = Hand::Staff(person);
        let stands = file_by_id(tx.conn, *id)?.ok_or_else(Refusal::not_found)?;
        if stands.case.stage == Stage::Received {
            accept_case(tx, g, hand, at, *id, &AcceptOrder::default())?;
        }
        let step = begin(tx, g, hand, at, *id, ActKind::Close, None)?;
        let order = AnswerOrder {
            version: None,
            ending: Some(ending),
            answer: Some(answer.clone()),
            same_as: Some(file.case.number.clone()),
            referred_to: Some(last.referred_to.clone()),
        };
        close(tx, g, step, ending, &answer, &order)?;
    }
    if followers.is_empty() {
        Err(Invalid::field("follower", "form.choose").into())
    } else {
        Ok(followers.len())
    }
}

/// A merged case is handled with its lead: it is not sent out by itself.
///
/// # Errors
/// 409 when it is merged.
pub(super) fn must_stand_alone(tx: &mut Tx<'_>, id: Id<Case>) -> Outcome<()> {
    let links = links_of(tx.conn, id)?;
    match links.iter().any(|l| l.kind == LinkKind::Merged && l.case == id) {
        true => Err(Refusal::new("case.refuse.merged").into()),
        false => Ok(()),
    }
}
