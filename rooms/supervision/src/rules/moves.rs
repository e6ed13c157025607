//! The moves of an entry: one table, read aloud. Screens draw their buttons from it and the tests walk the whole of it.
//!
//! Deliberately absent: stages or moves from configuration; a way off the list without an inspection by somebody else.

use base::Refusal;

use crate::model::{ActKind, By, Entry, Stage};

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

/// Every move there is, after the nomination (提名→列入→化解中→申请销号→验收→销号 / 退回 / 延期).
pub const MOVES: &[Move] = &[
    // The level to which it was nominated decides.
    mv(S::Nominated, A::List, B::Desk, S::Listed),
    mv(S::Nominated, A::Decline, B::Desk, S::Declined),
    // The responsible unit takes it in hand; the leader holds it and visits the matter.
    mv(S::Listed, A::Take, B::Handler, S::InHand),
    mv(S::Listed, A::Visit, B::Leader, S::Listed),
    mv(S::Listed, A::Assign, B::Desk, S::Listed),
    mv(S::Listed, A::Publish, B::Desk, S::Listed),
    mv(S::InHand, A::Apply, B::Handler, S::Applied),
    mv(S::InHand, A::Ask, B::Handler, S::InHand),
    mv(S::InHand, A::Grant, B::Desk, S::Extended),
    mv(S::InHand, A::Deny, B::Desk, S::InHand),
    mv(S::InHand, A::Visit, B::Leader, S::InHand),
    mv(S::InHand, A::Assign, B::Desk, S::InHand),
    mv(S::InHand, A::Publish, B::Desk, S::InHand),
    mv(S::Returned, A::Apply, B::Handler, S::Applied),
    mv(S::Returned, A::Ask, B::Handler, S::Returned),
    mv(S::Returned, A::Grant, B::Desk, S::Extended),
    mv(S::Returned, A::Deny, B::Desk, S::Returned),
    mv(S::Returned, A::Visit, B::Leader, S::Returned),
    mv(S::Returned, A::Assign, B::Desk, S::Returned),
    mv(S::Returned, A::Publish, B::Desk, S::Returned),
    mv(S::Extended, A::Apply, B::Handler, S::Applied),
    mv(S::Extended, A::Ask, B::Handler, S::Extended),
    mv(S::Extended, A::Grant, B::Desk, S::Extended),
    mv(S::Extended, A::Deny, B::Desk, S::Extended),
    mv(S::Extended, A::Visit, B::Leader, S::Extended),
    mv(S::Extended, A::Assign, B::Desk, S::Extended),
    mv(S::Extended, A::Publish, B::Desk, S::Extended),
    // Somebody else looks; then the level that listed it strikes it off.
    mv(S::Applied, A::Pass, B::Inspector, S::Inspected),
    mv(S::Applied, A::Return, B::Inspector, S::Returned),
    mv(S::Applied, A::Visit, B::Leader, S::Applied),
    mv(S::Applied, A::Publish, B::Desk, S::Applied),
    mv(S::Inspected, A::Strike, B::Desk, S::StruckOff),
    mv(S::Inspected, A::Return, B::Desk, S::Returned),
    mv(S::Inspected, A::Publish, B::Desk, S::Inspected),
    mv(S::StruckOff, A::Publish, B::Desk, S::StruckOff),
];

/// The stages from which nothing leads to another.
pub const FINAL: &[Stage] = &[S::StruckOff, S::Declined];

/// The move from `from` by `act` in role `by`.
///
/// # Errors
/// Refusals that say what happened and what can be done: it was done already, it is not yet time, or this role does not do it.
pub fn next_stage(from: Stage, act: ActKind, by: By) -> Result<Stage, Refusal> {
    if let Some(m) = MOVES.iter().find(|m| m.from == from && m.act == act && m.by == by) {
        return Ok(m.to);
    }
    let key = if MOVES.iter().any(|m| m.from == from && m.act == act) {
        return Err(wrong("supervision.refuse.not_your_role", from, act).status(403));
    } else if is_behind(act, from) {
        "supervision.refuse.already_past"
    } else {
        "supervision.refuse.not_yet"
    };
    Err(wrong(key, from, act))
}

fn wrong(key: &'static str, from: Stage, act: ActKind) -> Refusal {
    Refusal::new(key).with("stage@", from.key()).with("act@", act.key())
}

/// Whether the entry stands where `act` leads, or has passed every stage at which it starts.
fn is_behind(act: ActKind, from: Stage) -> bool {
    let mut moves = MOVES.iter().filter(|m| m.act == act);
    moves.clone().any(|m| m.to == from) || moves.all(|m| rank(m.from) < rank(from))
}

/// How far along a stage is, for the choice between "not yet" and "already".
const fn rank(stage: Stage) -> u8 {
    match stage {
        S::Nominated => 0,
        S::Listed => 1,
        S::InHand | S::Returned | S::Extended => 2,
        S::Applied => 3,
        S::Inspected => 4,
        S::StruckOff | S::Declined => 5,
    }
}

/// The version that a form showed must be the present one.
///
/// # Errors
/// A refusal to which the deed adds who changed the entry and when.
pub fn must_be_current(entry: &Entry, shown: Option<i64>) -> Result<(), Refusal> {
    match shown {
        Some(version) if version != entry.version => {
            Err(Refusal::new("supervision.refuse.changed_meanwhile").with("stage@", entry.stage.key()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn an_act_leads_to_one_stage() {
        let mut seen = HashSet::new();
        for m in MOVES {
            assert!(seen.insert((m.from, m.act, m.by)), "twice: {m:?}");
            assert!(MOVES.iter().all(|o| (o.from, o.act) != (m.from, m.act) || o.to == m.to), "{m:?}");
        }
    }

    #[test]
    fn every_stage_can_be_reached_and_only_named_ones_are_final() {
        let mut reached = HashSet::from([Stage::Nominated]);
        for _ in Stage::ALL {
            reached
                .extend(MOVES.iter().filter(|m| reached.contains(&m.from)).map(|m| m.to).collect::<Vec<_>>());
        }
        assert_eq!(reached.len(), Stage::ALL.len());
        for stage in Stage::ALL {
            let leads_on = MOVES.iter().any(|m| m.from == *stage && m.to != *stage);
            assert_eq!(!leads_on, FINAL.contains(stage), "{stage:?}");
            assert_eq!(stage.is_over(), FINAL.contains(stage));
        }
    }

    #[test]
    fn nothing_is_struck_off_without_an_inspection_by_an_inspector() {
        for m in MOVES.iter().filter(|m| m.to == Stage::StruckOff && m.from != Stage::StruckOff) {
            assert_eq!((m.from, m.by), (Stage::Inspected, By::Desk));
        }
        for m in MOVES.iter().filter(|m| m.to == Stage::Inspected && m.from != Stage::Inspected) {
            assert_eq!((m.from, m.by), (Stage::Applied, By::Inspector));
        }
    }

    #[test]
    fn a_refusal_says_whether_it_is_early_or_late() {
        let key = |from, act, by| next_stage(from, act, by).unwrap_err().key;
        assert_eq!(key(Stage::Nominated, ActKind::Strike, By::Desk), "supervision.refuse.not_yet");
        assert_eq!(key(Stage::Listed, ActKind::List, By::Desk), "supervision.refuse.already_past");
        assert_eq!(key(Stage::InHand, ActKind::Take, By::Handler), "supervision.refuse.already_past");
        assert_eq!(key(Stage::InHand, ActKind::Apply, By::Desk), "supervision.refuse.not_your_role");
    }
}
