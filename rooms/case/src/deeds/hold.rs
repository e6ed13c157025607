//! Time for the offices (暂停与延期): a clock stands still for a reason of the list, with its evidence and a cap; more
//! time is asked for before it runs out, decided by a leader who did not ask, and told to the resident with the reason.

use base::{Id, Invalid, Millis, Outcome, Refusal};
use deadline::{ClockError, Term, What};
use store::Tx;

use super::clocks::{moments, read_rounds};
use super::step::{Said, Step, begin};
use super::{Done, Hand};
use crate::model::{ActKind, Case, ClockKind, ExtendOrder, PauseOrder, ReasonOrder, letters};
use crate::rules::clocks::{PauseReason, Round};
use crate::store::{ActRow, ClockActRow, Ground, clock_acts_for, clocks_of, put_clock_act};

/// The clock of the answer as it stands, which an act is about to change.
fn answer_clock(tx: &mut Tx<'_>, g: &Ground, step: &Step) -> Outcome<Round> {
    let case = &step.file.case;
    let known = clocks_of(tx.conn, case.id)?;
    let said = clock_acts_for(tx.conn, case.id, &step.file.acts)?;
    let all = read_rounds(g, case, &moments(g, &step.file.acts, &said), &known, None);
    let open = all.into_iter().rev().find(|r| r.kind == ClockKind::Answer && r.ended.is_none());
    open.ok_or_else(|| Refusal::new("case.refuse.clock.over").into())
}

/// Why a clock does not take an act, in the person's words.
fn refused(why: ClockError) -> Refusal {
    Refusal::new(match why {
        ClockError::AlreadyPaused => "case.refuse.clock.already_paused",
        ClockError::NotPaused => "case.refuse.clock.not_paused",
        ClockError::PausedEnough => "case.refuse.clock.paused_enough",
        ClockError::TooLate => "case.refuse.clock.too_late",
        ClockError::NotExtendable => "case.refuse.clock.not_extendable",
        ClockError::AlreadyAsked => "case.refuse.clock.already_asked",
        ClockError::NotAsked => "case.refuse.clock.not_asked",
        _ => "case.refuse.clock.over",
    })
}

fn may(tx: &mut Tx<'_>, g: &Ground, step: &Step, what: What) -> Outcome<()> {
    let clock = answer_clock(tx, g, step)?;
    let here = g.here(&step.file.case.place);
    match clock.may(what, &g.terms.office, step.at(), &here) {
        Ok(()) => Ok(()),
        Err(ClockError::UnknownReason) => Err(Invalid::field("reason", "case.field.missing").into()),
        Err(ClockError::NoEvidence) => Err(Invalid::field("paper", "case.field.evidence_needed").into()),
        Err(ClockError::TooMuch) => Err(Invalid::field("days", "case.field.extension_too_long").into()),
        Err(why) => Err(refused(why).into()),
    }
}

/// What an act on the clocks said, in its row.
fn row(step: &Step, act_id: i64, term: Term) -> ClockActRow {
    ClockActRow {
        act_id,
        case_id: step.case.id.raw(),
        county_id: step.case.place.county,
        reason: String::new(),
        paper: String::new(),
        has_evidence: false,
        n: i64::from(term.n),
        unit: letters(term),
        decide_days: 0,
        source: String::new(),
    }
}

/// Lets the office's clocks stand still.
///
/// # Errors
/// As every act; invalid without a reason of the list or the evidence that it needs; 409 when it stands still
/// already, did so as often as it may, or has run out.
pub fn pause_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    order: &PauseOrder,
) -> Outcome<Done> {
    let mut step = begin(tx, g, hand, at, id, ActKind::Pause, order.version)?;
    let reason = g.terms.office.reasons.iter().find(|r| r.code == order.reason);
    let reason = reason.ok_or_else(|| Invalid::field("reason", "case.field.missing"))?;
    let paper = order.paper.as_ref().map(|p| p.as_str().to_owned()).unwrap_or_default();
    let evidence = !paper.is_empty() || has_evidence(tx, &step)?;
    may(tx, g, &step, What::Pause { reason: reason.code.clone(), evidence })?;
    let cap = Term { n: reason.cap_days, unit: deadline::Unit::Day };
    let act = tx.id::<ActRow>(at).raw();
    let said = ClockActRow {
        reason: reason.code.clone(),
        paper,
        has_evidence: evidence,
        source: reason.source.clone(),
        ..row(&step, act, cap)
    };
    put_clock_act(tx.conn, &said)?;
    step.act_id = Some(act);
    let case = step.finish(tx, Said::words(told_reason(reason, order)))?;
    Ok(Done::from(&case))
}

/// The reason's name and what was added, as the resident reads it.
fn told_reason(reason: &PauseReason, order: &PauseOrder) -> String {
    match order.words.as_ref().map(|w| w.as_str()).filter(|w| !w.is_empty()) {
        Some(words) => format!("{}\n{words}", reason.name),
        None => reason.name.clone(),
    }
}

fn has_evidence(tx: &mut Tx<'_>, step: &Step) -> Outcome<bool> {
    let files = parts::files::files_of(tx.conn, "case", step.case.id.raw(), false)?;
    Ok(files.iter().any(|f| f.purpose == "evidence"))
}

/// Lets them run again.
///
/// # Errors
/// As every act; 409 when they do not stand still.
pub fn resume_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    order: &ReasonOrder,
) -> Outcome<Done> {
    let step = begin(tx, g, hand, at, id, ActKind::Resume, order.version)?;
    may(tx, g, &step, What::Resume)?;
    let case = step.finish(tx, Said::words(order.reason.as_str()))?;
    Ok(Done::from(&case))
}

/// Asks for more time, before it runs out.
///
/// # Errors
/// As every act; invalid when it is more than may be given; 409 after the end, when one is asked for already, or when
/// no more may be given.
pub fn extend_case(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    order: &ExtendOrder,
) -> Outcome<Done> {
    let mut step = begin(tx, g, hand, at, id, ActKind::Extend, order.version)?;
    let terms = g.terms.office.extend.as_ref();
    let terms = terms.ok_or_else(|| refused(ClockError::NotExtendable))?;
    let term = Term { n: order.n, unit: terms.most.unit };
    may(tx, g, &step, What::Ask { term })?;
    let act = tx.id::<ActRow>(at).raw();
    let said = ClockActRow {
        decide_days: i64::from(terms.decide_days),
        source: terms.source.clone(),
        ..row(&step, act, term)
    };
    put_clock_act(tx.conn, &said)?;
    step.act_id = Some(act);
    let case = step.finish(tx, Said::words(order.reason.as_str()))?;
    Ok(Done::from(&case))
}

/// A leader gives the time that was asked for; the words are the reason that the resident is told.
///
/// # Errors
/// As every act; 403 for who asked; 409 when nothing is asked for, or the time for deciding is over.
pub fn grant_extension(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    order: &ReasonOrder,
) -> Outcome<Done> {
    decide(tx, g, hand, at, id, order, (ActKind::Grant, What::Grant))
}

/// A leader refuses it; the clock runs as if nobody had asked.
///
/// # Errors
/// As [`grant_extension`].
pub fn deny_extension(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    order: &ReasonOrder,
) -> Outcome<Done> {
    decide(tx, g, hand, at, id, order, (ActKind::Deny, What::Deny))
}

fn decide(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    order: &ReasonOrder,
    (act, what): (ActKind, What),
) -> Outcome<Done> {
    let step = begin(tx, g, hand, at, id, act, order.version)?;
    if step.last_of(ActKind::Extend).is_some_and(|asked| asked.account == step.who.by.account) {
        return Err(Refusal::new("case.refuse.clock.own_request").status(403).into());
    }
    may(tx, g, &step, what)?;
    let case = step.finish(tx, Said::words(order.reason.as_str()))?;
    Ok(Done::from(&case))
}

/// What the office may do about its time on a case, for the case page (计时操作).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TimeChoices {
    /// The reasons for a pause; none when it cannot be paused now.
    pub reasons: Vec<PauseReason>,
    /// The most days of an extension, with their unit's letters; none when none can be asked for.
    pub most: Option<Term>,
    /// Whether an extension waits for a decision.
    pub is_asked: bool,
    /// How much more time was asked for, where it waits.
    pub asked: Option<Term>,
    /// Whether it stands still.
    pub is_paused: bool,
}

/// Reads them.
///
/// # Errors
/// Faults of the store.
pub fn time_choices(
    conn: &mut ::store::Conn,
    g: &Ground,
    file: &crate::store::CaseFile,
    at: Millis,
) -> Outcome<TimeChoices> {
    let case = &file.case;
    let known = clocks_of(conn, case.id)?;
    let said = clock_acts_for(conn, case.id, &file.acts)?;
    let all = read_rounds(g, case, &moments(g, &file.acts, &said), &known, None);
    let Some(round) = all.iter().rev().find(|r| r.kind == ClockKind::Answer && r.ended.is_none()) else {
        return Ok(TimeChoices::default());
    };
    let (here, office) = (g.here(&case.place), &g.terms.office);
    let can = |what: What| round.may(what, office, at, &here).is_ok();
    let fits = |r: &&PauseReason| can(What::Pause { reason: r.code.clone(), evidence: true });
    let most = office.extend.as_ref().map(|e| e.most).filter(|most| can(What::Ask { term: *most }));
    Ok(TimeChoices {
        reasons: office.reasons.iter().filter(fits).cloned().collect(),
        most,
        is_asked: can(What::Grant),
        asked: round.asked(),
        is_paused: can(What::Resume),
    })
}
