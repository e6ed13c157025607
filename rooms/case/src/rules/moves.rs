//! The moves of a case: one table, read aloud. Screens draw their buttons from it, the manual
//! prints it, and the tests below walk the whole of it.
//!
//! Deliberately absent: stages or moves from configuration. A regional pack may switch a move off;
//! it can invent none.

use base::{Millis, Refusal};

use crate::model::{ActKind, By, Case, Ending, Stage};

/// One legal move (一步): from where, what, in which role, to where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// The stage it starts from.
    pub from: Stage,
    /// What is done.
    pub act: ActKind,
    /// In which role.
    pub by: By,
    /// The stage it ends in.
    pub to: Stage,
}

const fn mv(from: Stage, act: ActKind, by: By, to: Stage) -> Move {
    Move { from, act, by, to }
}

use {ActKind as A, By as B, Stage as S};

/// Every move there is.
pub const MOVES: &[Move] = &[
    // A matter is registered first, whatever it is; then somebody looks.
    mv(S::Received, A::Accept, B::Clerk, S::Accepted),
    mv(S::Received, A::Return, B::Clerk, S::Returned),
    mv(S::Received, A::Escalate, B::Clerk, S::Received),
    mv(S::Received, A::Withdraw, B::Sender, S::Withdrawn),
    // Ours: send it to who can do it, answer at once, or carry it up.
    mv(S::Accepted, A::Dispatch, B::Clerk, S::Dispatched),
    mv(S::Accepted, A::Close, B::Clerk, S::Closed),
    mv(S::Accepted, A::Return, B::Clerk, S::Returned),
    mv(S::Accepted, A::Escalate, B::Clerk, S::Accepted),
    mv(S::Accepted, A::Withdraw, B::Sender, S::Withdrawn),
    // A clock that nobody answered in time carries it up by itself, level by level.
    mv(S::Received, A::Escalate, B::System, S::Received),
    mv(S::Accepted, A::Escalate, B::System, S::Accepted),
    mv(S::Dispatched, A::Escalate, B::System, S::Accepted),
    mv(S::Handling, A::Escalate, B::System, S::Accepted),
    // A unit that was sent it twice may have the upper desk say whose it is.
    mv(S::Dispatched, A::Dispute, B::Handler, S::Accepted),
    mv(S::Handling, A::Dispute, B::Handler, S::Accepted),
    mv(S::Accepted, A::Arbitrate, B::Clerk, S::Dispatched),
    // Time: standing still for a reason, asking for more before it runs out, a leader's word on that.
    mv(S::Accepted, A::Pause, B::Clerk, S::Accepted),
    mv(S::Accepted, A::Resume, B::Clerk, S::Accepted),
    mv(S::Accepted, A::Extend, B::Clerk, S::Accepted),
    mv(S::Accepted, A::Grant, B::Leader, S::Accepted),
    mv(S::Accepted, A::Deny, B::Leader, S::Accepted),
    mv(S::Handling, A::Pause, B::Handler, S::Handling),
    mv(S::Handling, A::Pause, B::Clerk, S::Handling),
    mv(S::Handling, A::Resume, B::Handler, S::Handling),
    mv(S::Handling, A::Resume, B::Clerk, S::Handling),
    mv(S::Handling, A::Extend, B::Handler, S::Handling),
    mv(S::Handling, A::Extend, B::Clerk, S::Handling),
    mv(S::Handling, A::Grant, B::Leader, S::Handling),
    mv(S::Handling, A::Deny, B::Leader, S::Handling),
    // A unit takes what it was sent, or says why not.
    mv(S::Dispatched, A::Take, B::Handler, S::Handling),
    mv(S::Dispatched, A::Decline, B::Handler, S::Accepted),
    mv(S::Dispatched, A::Withdraw, B::Sender, S::Withdrawn),
    // Work. A case that came back may be dispatched to somebody else.
    mv(S::Handling, A::Report, B::Handler, S::Verifying),
    mv(S::Handling, A::Decline, B::Handler, S::Accepted),
    mv(S::Handling, A::Dispatch, B::Clerk, S::Dispatched),
    mv(S::Handling, A::Escalate, B::Clerk, S::Accepted),
    mv(S::Handling, A::Withdraw, B::Sender, S::Withdrawn),
    // Somebody else looks.
    mv(S::Verifying, A::Verify, B::Verifier, S::Closed),
    mv(S::Verifying, A::Reject, B::Verifier, S::Handling),
    // The resident has the last word; a clerk may write down what the resident said on the phone.
    mv(S::Closed, A::Confirm, B::Sender, S::Confirmed),
    mv(S::Closed, A::Confirm, B::Clerk, S::Confirmed),
    mv(S::Closed, A::Confirm, B::System, S::Confirmed),
    mv(S::Closed, A::Contest, B::Sender, S::Handling),
    mv(S::Closed, A::Contest, B::Clerk, S::Handling),
    mv(S::Confirmed, A::Reopen, B::Sender, S::Handling),
    mv(S::Confirmed, A::Reopen, B::Clerk, S::Handling),
    mv(S::Returned, A::Supplement, B::Sender, S::Received),
    mv(S::Returned, A::Withdraw, B::Sender, S::Withdrawn),
];

/// The stages from which nothing leads on.
pub const FINAL: &[Stage] = &[S::Withdrawn];

/// The move from `from` by `act` in role `by`.
///
/// # Errors
/// Refusals that say what happened and what can be done: the act was done already, the case has
/// moved on, or this role does not do it.
pub fn next_stage(from: Stage, act: ActKind, by: By) -> Result<Stage, Refusal> {
    if let Some(m) = MOVES.iter().find(|m| m.from == from && m.act == act && m.by == by) {
        return Ok(m.to);
    }
    if MOVES.iter().any(|m| m.from == from && m.act == act) {
        return Err(wrong("case.refuse.not_your_role", from, act));
    }
    if is_behind(act, from) {
        return Err(wrong("case.refuse.already_past", from, act));
    }
    Err(wrong("case.refuse.not_yet", from, act))
}

/// The refusal carries keys, which the screen turns into the words of its language.
fn wrong(key: &'static str, from: Stage, act: ActKind) -> Refusal {
    Refusal::new(key).with("stage@", from.key()).with("act@", act.key())
}

/// Whether the case stands where `act` leads, or has passed every stage at which it starts.
fn is_behind(act: ActKind, from: Stage) -> bool {
    let mut moves = MOVES.iter().filter(|m| m.act == act);
    moves.clone().any(|m| m.to == from) || moves.all(|m| rank(m.from) < rank(from))
}

/// How far along a stage is, for the choice between "not yet" and "already".
const fn rank(stage: Stage) -> u8 {
    match stage {
        S::Received => 0,
        S::Accepted => 1,
        S::Dispatched => 2,
        S::Handling => 3,
        S::Verifying => 4,
        S::Closed => 5,
        S::Confirmed | S::Returned => 6,
        S::Withdrawn => 7,
    }
}

/// The acts that a role has at a stage, in the table's order: the buttons of a page.
pub fn acts_at(from: Stage, by: By) -> impl Iterator<Item = ActKind> {
    MOVES.iter().filter(move |m| m.from == from && m.by == by).map(|m| m.act)
}

/// An office closes with a result that fits what was done: without handling, nothing is "fixed".
///
/// # Errors
/// A refusal that tells to dispatch it instead.
pub fn may_close_directly(ending: Ending) -> Result<(), Refusal> {
    match ending {
        Ending::Fixed => Err(Refusal::new("case.refuse.fixed_without_handling").status(422)),
        _ => Ok(()),
    }
}

/// Nobody verifies what they took or reported themselves (承办人不得核实).
///
/// # Errors
/// A refusal that tells to hand it to a colleague.
pub fn may_verify(verifier: i64, handlers: &[i64]) -> Result<(), Refusal> {
    if handlers.contains(&verifier) { Err(Refusal::new("case.refuse.own_work").status(403)) } else { Ok(()) }
}

/// The same for writing down the resident's word: not by who handled or closed it.
///
/// # Errors
/// A refusal that tells to hand it to a colleague.
pub fn may_record_word(clerk: i64, handlers: &[i64], closers: &[i64]) -> Result<(), Refusal> {
    if handlers.contains(&clerk) || closers.contains(&clerk) {
        Err(Refusal::new("case.refuse.own_word").status(403))
    } else {
        Ok(())
    }
}

/// A confirmed case may be opened again until its window ends (重新办理期限).
///
/// # Errors
/// A refusal that tells to bring it as a new matter and name the old number.
pub fn may_reopen(case: &Case, until: Millis, now: Millis) -> Result<(), Refusal> {
    if now > until {
        return Err(Refusal::new("case.refuse.reopen_window_over")
            .with("number", &case.number)
            .with("until~", until.0)
            .status(410));
    }
    Ok(())
}

/// The version that a form showed must be the present one.
///
/// # Errors
/// A refusal to which the deed adds who changed the case and when, so that the second clerk knows.
pub fn must_be_current(case: &Case, shown: Option<i64>) -> Result<(), Refusal> {
    match shown {
        Some(version) if version != case.version => {
            Err(Refusal::new("case.refuse.changed_meanwhile").with("stage@", case.stage.key()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::rules::sample;
    use proptest::prelude::*;

    #[test]
    fn each_act_leads_to_one_stage_per_role() {
        let mut seen = HashSet::new();
        for m in MOVES {
            assert!(seen.insert((m.from, m.act, m.by)), "twice: {m:?}");
        }
    }

    #[test]
    fn one_act_leads_to_the_same_stage_whoever_does_it() {
        for a in MOVES {
            for b in MOVES {
                if a.from == b.from && a.act == b.act {
                    assert_eq!(a.to, b.to, "{a:?} {b:?}");
                }
            }
        }
    }

    #[test]
    fn every_stage_can_be_reached() {
        let mut reached = HashSet::from([Stage::Received]);
        for _ in Stage::ALL {
            for m in MOVES {
                if reached.contains(&m.from) {
                    reached.insert(m.to);
                }
            }
        }
        assert_eq!(reached.len(), Stage::ALL.len());
    }

    #[test]
    fn only_named_stages_are_final() {
        for s in Stage::ALL {
            let leads_on = MOVES.iter().any(|m| m.from == *s);
            assert_eq!(!leads_on, FINAL.contains(s), "{s}");
        }
    }

    #[test]
    fn from_every_open_stage_the_case_can_end() {
        for s in Stage::OPEN {
            let mut reach = HashSet::from([*s]);
            for _ in Stage::ALL {
                for m in MOVES {
                    if reach.contains(&m.from) {
                        reach.insert(m.to);
                    }
                }
            }
            assert!(reach.contains(&Stage::Closed) && reach.contains(&Stage::Confirmed), "{s}");
        }
    }

    #[test]
    fn every_wrong_move_is_refused_with_a_reason() {
        for from in Stage::ALL {
            for act in ActKind::ALL {
                for by in By::ALL {
                    let legal = MOVES.iter().find(|m| m.from == *from && m.act == *act && m.by == *by);
                    match (legal, next_stage(*from, *act, *by)) {
                        (Some(m), Ok(to)) => assert_eq!(m.to, to),
                        (None, Err(r)) => {
                            assert!(r.key.starts_with("case.refuse."));
                            assert!(r.words.iter().any(|(n, _)| *n == "stage@"));
                        }
                        other => panic!("{from} {act} {by}: {other:?}"),
                    }
                }
            }
        }
    }

    #[test]
    fn done_twice_and_too_early_are_told_apart() {
        assert_eq!(next_stage(S::Accepted, A::Accept, B::Clerk).unwrap_err().key, "case.refuse.already_past");
        assert_eq!(next_stage(S::Received, A::Report, B::Handler).unwrap_err().key, "case.refuse.not_yet");
        assert_eq!(
            next_stage(S::Received, A::Accept, B::Handler).unwrap_err().key,
            "case.refuse.not_your_role"
        );
        assert_eq!(
            next_stage(S::Withdrawn, A::Reopen, B::Sender).unwrap_err().key,
            "case.refuse.already_past"
        );
    }

    #[test]
    fn only_a_verifier_verifies() {
        for m in MOVES.iter().filter(|m| matches!(m.act, A::Verify | A::Reject)) {
            assert_eq!(m.by, B::Verifier);
        }
        assert_eq!(may_verify(7, &[7]).unwrap_err().key, "case.refuse.own_work");
        assert!(may_verify(8, &[7]).is_ok());
        assert_eq!(may_record_word(8, &[7], &[8]).unwrap_err().key, "case.refuse.own_word");
        assert!(may_record_word(9, &[7], &[8]).is_ok());
    }

    #[test]
    fn nothing_is_fixed_without_handling() {
        assert!(may_close_directly(Ending::Fixed).is_err());
        for e in Ending::ALL.iter().filter(|e| **e != Ending::Fixed) {
            assert!(may_close_directly(*e).is_ok());
        }
    }

    #[test]
    fn the_reopen_window_ends() {
        let case = sample::case();
        assert!(may_reopen(&case, Millis(10), Millis(10)).is_ok());
        assert_eq!(may_reopen(&case, Millis(10), Millis(11)).unwrap_err().status, 410);
    }

    #[test]
    fn an_old_form_is_refused() {
        let case = sample::case();
        assert!(must_be_current(&case, None).is_ok());
        assert!(must_be_current(&case, Some(case.version)).is_ok());
        let r = must_be_current(&case, Some(case.version + 1)).unwrap_err();
        assert_eq!((r.key, r.status), ("case.refuse.changed_meanwhile", 409));
    }

    proptest! {
        /// Whatever a thousand clerks press: the stage is always one of the table, a case never
        /// closes without an answer, and it never comes to verification without handling.
        #[test]
        fn random_walks_keep_the_invariants(steps in prop::collection::vec((0usize..ActKind::ALL.len(), 0usize..By::ALL.len()), 0..200)) {
            let (mut at, mut answered, mut handled) = (Stage::Received, false, false);
            for (a, b) in steps {
                let (act, by) = (ActKind::ALL[a], By::ALL[b]);
                if let Ok(to) = next_stage(at, act, by) {
                    if matches!(act, A::Verify | A::Close) { answered = true; }
                    if act == A::Report { handled = true; }
                    if to == Stage::Verifying { prop_assert!(handled); }
                    if to == Stage::Confirmed { prop_assert!(answered); prop_assert_eq!(at, Stage::Closed); }
                    prop_assert!(at != Stage::Withdrawn);
                    at = to;
                }
            }
        }
    }
}
