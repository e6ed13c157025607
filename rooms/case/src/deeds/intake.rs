//! The one intake: web, counter, phone, visit, grid, Excel and API all come through here.

use access::{Duty, Kind, Person, Place, PostUsed, Resource, may};
use base::{Act, Actor, Id, Invalid, Millis, Outcome, Refusal};
use deadline::Term;
use sha2::{Digest, Sha256};
use store::{Fact, Tx};
use territory::Division;

use super::clocks::begin_clocks;
use super::step::{Said, begin};
use super::{Done, Hand};
use crate::model::letters;
use crate::model::{
    ActKind, Body, By, Case, Category, Channel, Holder, Intake, Level, ReasonOrder, Receipt, Stage,
};
use crate::rules::clock::due_of;
use crate::rules::intake::{checked_answers, may_choose, must_have_place};
use crate::rules::routing::Suggestion;
use crate::store::{
    ActRow, Ground, IntakeRow, add_case, add_first_act, add_first_part, add_reporter, case_by_id, code_of,
    intake_by_key, put_intake, search_again, set_deadline,
};

/// Registers a matter and gives its receipt. The same key with the same content is the same case, also
/// after a lost answer; send it through `Db::write_keyed` with `intake.place.county`, because the
/// numbers of a county are given in turn.
///
/// # Errors
/// Invalid by field; 409 when the key was used for something else; 403 for staff without intake.
pub fn submit_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    intake: &Intake,
) -> Outcome<Receipt> {
    let registrar = registrar(hand, intake)?;
    let category = checked_category(g, intake, at)?;
    let answers = checked_answers(&category.questions, &intake.answers)?;
    let draft = Draft::new(tx, g, intake, category, &registrar, at)?;
    let row = draft.intake_row(intake, &answers, &registrar);
    if !put_intake(tx, &row)? {
        return repeated(tx, &row, at);
    }
    let case = draft.save(tx, g, intake, &registrar, at)?;
    let fact = Fact::new("case.received", Act::new(registrar.actor, at), "case", case.id.raw())
        .county(case.place.county)
        .set("channel", case.channel.code())
        .set("stage", case.stage.code())
        .id("category", case.category)
        .id("unit", case.holder.unit)
        .id("rule", row.route_rule)
        .digest("content", &row.content_digest);
    tx.record(fact);
    Ok(receipt(tx, &case, false))
}

/// Who registers: the public or a member of staff, and whether the channel is theirs.
pub(super) struct Registrar {
    pub actor: Actor,
    pub unit: i64,
    pub by: By,
}

pub(super) fn registrar(hand: Hand<'_>, intake: &Intake) -> Outcome<Registrar> {
    let public_channel = matches!(intake.channel, Channel::Web | Channel::Api);
    match hand {
        Hand::Public | Hand::Sender { .. } if public_channel => {
            Ok(Registrar { actor: Actor::PUBLIC, unit: 0, by: By::Sender })
        }
        Hand::Public | Hand::Sender { .. } => Err(Refusal::forbidden().into()),
        Hand::House => Ok(Registrar { actor: Actor::SYSTEM, unit: 0, by: By::System }),
        Hand::Staff(_) if intake.channel == Channel::Web => {
            Err(Invalid::field("channel", "case.field.channel_not_yours").into())
        }
        Hand::Staff(person) => {
            let used = staff_registrar(person, intake)?;
            Ok(Registrar { actor: used.actor(), unit: used.unit.raw(), by: By::Clerk })
        }
    }
}

fn staff_registrar(person: &Person, intake: &Intake) -> Result<PostUsed, Refusal> {
    let new = Resource::at(Kind::CaseNew, intake.place);
    let duties = match intake.channel {
        Channel::Grid => [Duty::Grid, Duty::Intake, Duty::Clerk],
        _ => [Duty::Intake, Duty::Clerk, Duty::Grid],
    };
    duties.into_iter().find_map(|d| may(person, d, &new).ok()).ok_or_else(Refusal::forbidden)
}

fn checked_category<'a>(g: &'a Ground, intake: &Intake, at: Millis) -> Outcome<&'a Category> {
    let found = g.category(intake.category);
    may_choose(found, at)?;
    let category = found.ok_or_else(|| Invalid::field("category", "case.field.category_unknown"))?;
    // An imported table says where a matter was only as well as it does.
    if intake.batch.is_none() {
        must_have_place(category, &intake.place, &intake.spot)?;
    }
    if intake.brought.is_some_and(|t| t > at) {
        return Err(Invalid::field("brought", "case.field.in_the_future").into());
    }
    Ok(category)
}

/// Everything about a new case that is decided before the first row is written.
pub(super) struct Draft {
    pub id: Id<Case>,
    pub created: Millis,
    pub due: Millis,
    term: Term,
    term_source: String,
    pub route: Suggestion,
    pub desk: (i64, Level),
    is_public: bool,
}

impl Draft {
    pub fn new(
        tx: &Tx<'_>,
        g: &Ground,
        intake: &Intake,
        category: &Category,
        _registrar: &Registrar,
        at: Millis,
    ) -> Outcome<Self> {
        let created = intake.brought.unwrap_or(at);
        // A place without any desk still has its matter registered: the administrator sees it unheld.
        let desk = g.units.first_desk(&intake.place).unwrap_or((0, Level::Town));
        Ok(Self {
            id: tx.id::<Case>(at),
            created,
            due: due_of(category, created, &g.here(&intake.place)),
            term: category.term,
            term_source: category.days_source.clone(),
            route: g.suggest(intake.category, &intake.place, intake.channel, created),
            desk,
            is_public: intake.is_public && category.is_public,
        })
    }

    pub fn intake_row(
        &self,
        intake: &Intake,
        answers: &[(String, String)],
        registrar: &Registrar,
    ) -> IntakeRow {
        let point = intake.spot.point.as_ref();
        let (batch_id, row_digest) = match &intake.batch {
            Some((batch, digest)) => (*batch, Some(digest.clone())),
            None => (0, None),
        };
        IntakeRow {
            case_id: self.id.raw(),
            county_id: intake.place.county,
            idem_key: intake.key.as_deref().map(|key| key_digest(registrar.actor.account, key)),
            content_digest: content_digest(intake),
            lat_e7: point.map(|p| p.lat_e7),
            lon_e7: point.map(|p| p.lon_e7),
            given_lat_e7: point.map(|p| p.given_lat_e7),
            given_lon_e7: point.map(|p| p.given_lon_e7),
            datum: point.map(|p| p.datum.clone()),
            answers: serde_json::to_string(answers).unwrap_or_else(|_| "[]".to_owned()),
            deadline_days: i64::from(self.term.n),
            deadline_unit: letters(self.term),
            deadline_source: self.term_source.clone(),
            deadline_start_ms: self.created.0,
            route_unit: self.route.unit.unwrap_or(0),
            route_rule: self.route.rule,
            route_why: self.route.why.clone(),
            batch_id,
            row_digest,
        }
    }

    /// The case as it begins, with its number.
    pub fn case(
        &self,
        tx: &mut Tx<'_>,
        g: &Ground,
        intake: &Intake,
        registrar: &Registrar,
        at: Millis,
    ) -> Outcome<Case> {
        let year = i64::from(g.zone.day(at).year());
        let code = number_code(g, &intake.place)?;
        let seq = parts::numbering::next_number(tx, &code, year)?;
        let number = crate::model::CaseNumber { county_code: code, year, seq }.to_string();
        Ok(Case {
            id: self.id,
            number,
            place: intake.place,
            stage: Stage::Received,
            level: self.desk.1,
            category: intake.category,
            channel: intake.channel,
            title: intake.title.as_str().to_owned(),
            body: intake.body.as_str().to_owned(),
            spot: intake.spot.words.clone(),
            holder: Holder { unit: self.desk.0, account: 0 },
            handler: Holder::default(),
            back_unit: 0,
            registered_by: registrar.actor.account.max(0),
            due: self.due,
            created: self.created,
            accepted: None,
            closed: None,
            confirmed: None,
            ending: None,
            version: 1,
            is_public: self.is_public,
            metoo_count: 0,
        })
    }

    fn save(
        &self,
        tx: &mut Tx<'_>,
        g: &Ground,
        intake: &Intake,
        registrar: &Registrar,
        at: Millis,
    ) -> Outcome<Case> {
        let case = self.case(tx, g, intake, registrar, at)?;
        add_case(tx, &case)?;
        let act = submit_row(tx, &case, registrar, self.created, at);
        begin_clocks(tx, g, &case, std::slice::from_ref(&act), (at, false))?;
        add_first_act(tx, act)?;
        keep_reporter(tx, &case, intake)?;
        if registrar.unit != 0 && registrar.unit != case.holder.unit {
            add_first_part(tx, &case, registrar.unit)?;
        }
        Ok(case)
    }
}

/// The county's code at the front of a number.
fn number_code(g: &Ground, place: &Place) -> Outcome<String> {
    let county: Id<Division> = Id::of(place.county);
    let code = g.atlas.number_code(county).map(str::to_owned);
    code.ok_or_else(|| Invalid::field("place", "case.field.place_unknown").into())
}

pub(super) fn submit_row(
    tx: &Tx<'_>,
    case: &Case,
    registrar: &Registrar,
    created: Millis,
    at: Millis,
) -> ActRow {
    ActRow {
        id: tx.id::<ActRow>(at).raw(),
        case_id: case.id.raw(),
        county_id: case.place.county,
        at_ms: created.0,
        act: ActKind::Submit.code().to_owned(),
        by_role: registrar.by.code().to_owned(),
        from_stage: Stage::Received.code().to_owned(),
        to_stage: Stage::Received.code().to_owned(),
        account: registrar.actor.account,
        post: registrar.actor.post,
        unit_id: registrar.unit,
        to_unit: case.holder.unit,
        to_account: 0,
        old_category: 0,
        new_category: 0,
        ending: None,
        words: None,
    }
}

pub(super) fn keep_reporter(tx: &mut Tx<'_>, case: &Case, intake: &Intake) -> Outcome<()> {
    if intake.reporter.is_empty() {
        return Ok(());
    }
    let text = serde_json::to_string(&intake.reporter)?;
    let sealed = tx.seal("case_reporter.sealed", case.id.raw(), &text);
    add_reporter(tx, case, sealed, intake.reporter.confidential)
}

fn key_digest(account: i64, key: &str) -> Vec<u8> {
    Sha256::digest(format!("{account}\n{key}").as_bytes()).to_vec()
}

/// A digest of everything that was sent. Fields are separated by a character that no text may hold.
fn content_digest(intake: &Intake) -> Vec<u8> {
    let p = &intake.place;
    let point = intake.spot.point.as_ref().map(|p| (p.given_lat_e7, p.given_lon_e7, p.datum.as_str()));
    let text = format!(
        "{}\u{1f}{:?}\u{1f}{}\u{1f}{}\u{1f}{}\u{1f}{}\u{1f}{point:?}\u{1f}{:?}\u{1f}{}\u{1f}{}\u{1f}{}",
        intake.channel,
        (p.province, p.city, p.county, p.town, p.village, p.grid),
        intake.category,
        intake.title.as_str(),
        intake.body.as_str(),
        intake.spot.words,
        intake.answers,
        intake.reporter.name,
        intake.reporter.contact,
        intake.is_public,
    );
    Sha256::digest(text.as_bytes()).to_vec()
}

/// The same key, or the same imported row, was here before: the same answer if it was the same content.
fn repeated(tx: &mut Tx<'_>, row: &IntakeRow, at: Millis) -> Outcome<Receipt> {
    tx.settle()?;
    let before = intake_by_key(tx.conn, row.idem_key.as_deref(), row.row_digest.as_deref())?;
    let before = before.ok_or_else(|| base::Fault::new("an intake is neither new nor known"))?;
    let case = case_by_id(tx.conn, Id::of(before.case_id))?;
    let case = case.ok_or_else(|| base::Fault::new("an intake without its case"))?;
    if before.content_digest != row.content_digest && row.row_digest.is_none() {
        return Err(Refusal::new("case.refuse.key_reused").with("number", &case.number).into());
    }
    // Answering again is an act too: it is on record that the receipt was given twice.
    tx.record(
        Fact::new("case.received", Act::system(at), "case", case.id.raw())
            .county(case.place.county)
            .set("repeated", "yes"),
    );
    Ok(receipt(tx, &case, true))
}

pub(super) fn receipt(tx: &Tx<'_>, case: &Case, repeated: bool) -> Receipt {
    Receipt {
        id: case.id,
        number: case.number.clone(),
        code: code_of(tx.keys(), case.id),
        repeated,
        due: case.due,
        unit: case.holder.unit,
    }
}

/// Adds what was missing to a returned matter and brings it back; the clock starts anew.
///
/// # Errors
/// As every act; invalid when the text would become too long.
pub fn supplement_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    order: &ReasonOrder,
) -> Outcome<Done> {
    let mut step = begin(tx, g, hand, at, id, ActKind::Supplement, order.version)?;
    let whole = format!("{}\n\n{}", step.case.body, order.reason.as_str());
    step.case.body = Body::new("reason", &whole)?.into_string();
    restart_clock(tx, g, &step.case, at)?;
    let case = step.finish(tx, Said::words(order.reason.as_str()))?;
    search_again(tx, &case)?;
    Ok(Done::from(&case))
}

/// Notes that the answer is counted anew from `at`, by the category's rule; its clock follows the act.
pub(super) fn restart_clock(tx: &mut Tx<'_>, g: &Ground, case: &Case, at: Millis) -> Outcome<()> {
    let Some(category) = g.category(case.category) else { return Ok(()) };
    set_deadline(tx.conn, case.id, category.term, &category.days_source, at)
}
