//! A crowd that presses every button at random: whatever is refused leaves nothing behind, and whatever
//! is done keeps the books in order.

use base::{Id, Millis, Outcome};

use super::world::{World, not_mine, worlds};
use crate::deeds::*;
use crate::model::*;
use crate::rules::moves::MOVES;
use crate::store::{Ground, clocks_of, closures_of, file_by_id};

const CROWD: [&str; 8] = ["grid", "village", "clerk", "clerk2", "county", "liaison", "leader", "outsider"];
const STEPS: u64 = 2_000;

/// A small fixed sequence, so that a failure repeats itself.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

fn press(w: &World, dice: &mut Dice, r: &Receipt) -> Outcome<Done> {
    // Mostly what the stage has a button for, or the walk would stand still; never the one that ends it.
    let stage = w.case(r.id).stage;
    let here: Vec<ActKind> =
        MOVES.iter().filter(|m| m.from == stage && m.act != ActKind::Withdraw).map(|m| m.act).collect();
    // What stands beside the way, and links, which join two cases and move none, have tests of their own.
    let beside = |a: &ActKind| {
        matches!(a, ActKind::Urge | ActKind::Whistle | ActKind::Recategorise)
            || super::links::LINKS.contains(a)
    };
    let all: Vec<ActKind> = ActKind::ALL.iter().filter(|a| !beside(a)).copied().collect();
    let act = match dice.below(4) {
        0 => all[dice.below(all.len())],
        _ => *here.get(dice.below(here.len().max(1))).unwrap_or(&ActKind::Note),
    };
    let who = (dice.below(5) > 0).then(|| w.person(CROWD[dice.below(CROWD.len())]));
    let unit = w.unit(["liaison", "village", "clerk", "county"][dice.below(4)]);
    let (id, code) = (r.id, r.code.clone());
    w.t.clock.advance(base::HOUR_MS * dice.below(20) as i64);
    w.act(move |tx, g, at| {
        let hand = who.as_ref().map_or(Hand::Sender { code: &code }, Hand::Staff);
        one(tx, g, hand, at, id, act, unit)
    })
}

fn one(
    tx: &mut store::Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    act: ActKind,
    unit: i64,
) -> Outcome<Done> {
    let why = ReasonOrder { version: None, reason: Body::new("reason", "随机的理由")? };
    let answer = AnswerOrder {
        version: None,
        ending: Some(Ending::Explained),
        answer: Some(Body::new("answer", "答复")?),
        same_as: None,
        referred_to: None,
    };
    match act {
        ActKind::Accept => accept_case(tx, g, hand, at, id, &AcceptOrder::default()),
        ActKind::Return => return_case(tx, g, hand, at, id, &why),
        ActKind::Supplement => supplement_case(tx, g, hand, at, id, &why),
        ActKind::Withdraw => withdraw_case(tx, g, hand, at, id, None),
        ActKind::Dispatch => {
            let order = DispatchOrder { version: None, unit, account: 0, words: None };
            dispatch_case(tx, g, hand, at, id, &order)
        }
        ActKind::Take => take_case(tx, g, hand, at, id, None),
        ActKind::Decline => decline_case(tx, g, hand, at, id, &not_mine("随机的理由")),
        ActKind::Dispute => dispute_case(tx, g, hand, at, id, &not_mine("随机的理由")),
        ActKind::Pause
        | ActKind::Resume
        | ActKind::Extend
        | ActKind::Grant
        | ActKind::Deny
        | ActKind::Arbitrate => of_time(tx, g, hand, at, id, (act, unit)),
        ActKind::Report => {
            let words = Body::new("words", "办完了")?;
            report_case(
                tx,
                g,
                hand,
                at,
                id,
                &ReportOrder { version: None, ending: Ending::Fixed, words, paper: None, signed: None },
            )
        }
        ActKind::Verify => verify_case(tx, g, hand, at, id, &answer),
        ActKind::Reject => reject_case(tx, g, hand, at, id, &why),
        ActKind::Close => close_case(tx, g, hand, at, id, &answer),
        ActKind::Confirm => confirm_case(tx, g, hand, at, id, None, None),
        ActKind::Contest => contest_case(tx, g, hand, at, id, &why),
        ActKind::Reopen => reopen_case(tx, g, hand, at, id, &why),
        ActKind::Escalate => escalate_case(tx, g, hand, at, id, &why),
        ActKind::Submit
        | ActKind::Note
        | ActKind::Metoo
        | ActKind::Retime
        | ActKind::Recategorise
        | ActKind::Urge
        | ActKind::Whistle
        | ActKind::Merge
        | ActKind::Unmerge
        | ActKind::Split
        | ActKind::Link
        | ActKind::Unlink => Err(base::Refusal::not_found().into()),
    }
}

/// The acts about the time, and the upper desk's decision.
fn of_time(
    tx: &mut store::Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    (act, unit): (ActKind, i64),
) -> Outcome<Done> {
    let why = ReasonOrder { version: None, reason: Body::new("reason", "随机的理由")? };
    match act {
        ActKind::Arbitrate => {
            let words = Some(Body::new("words", "由你单位承办")?);
            arbitrate_case(tx, g, hand, at, id, &DispatchOrder { version: None, unit, account: 0, words })
        }
        ActKind::Pause => {
            let paper = Some(Line::new("paper", "鉴定委托书")?);
            let reason = "survey".to_owned();
            pause_case(tx, g, hand, at, id, &PauseOrder { version: None, reason, words: None, paper })
        }
        ActKind::Resume => resume_case(tx, g, hand, at, id, &why),
        ActKind::Extend => {
            extend_case(tx, g, hand, at, id, &ExtendOrder { version: None, n: 5, reason: why.reason.clone() })
        }
        ActKind::Grant => grant_extension(tx, g, hand, at, id, &why),
        ActKind::Deny => deny_extension(tx, g, hand, at, id, &why),
        _ => Err(base::Refusal::not_found().into()),
    }
}

/// What must hold of every case at every moment.
fn must_be_in_order(w: &World, id: Id<Case>) {
    let (file, answers) =
        w.read(move |c| Ok((file_by_id(c, id)?.ok_or_else(base::Refusal::not_found)?, closures_of(c, id)?)));
    let case = &file.case;
    let last = file.last().unwrap();
    assert_eq!(last.to_stage, case.stage.code(), "the row stands where the last act led");
    assert_eq!(case.version as usize, file.acts.len(), "every change is an act");
    assert!(file.acts.windows(2).all(|a| a[0].to_stage == a[1].from_stage && a[0].at_ms <= a[1].at_ms));
    assert!(case.holder.unit != 0, "somebody answers for it");
    let over = matches!(case.stage, Stage::Closed | Stage::Confirmed);
    assert_eq!((case.closed.is_some(), case.ending.is_some()), (over, over));
    assert_eq!(case.confirmed.is_some(), case.stage == Stage::Confirmed);
    assert!(!over || !answers.is_empty(), "nothing ends without an answer");
    let handlers = file.did(&[ActKind::Take, ActKind::Report]);
    for verified in file.acts.iter().filter(|a| a.act == "verify") {
        let before =
            file.acts.iter().filter(|a| a.id < verified.id && (a.act == "take" || a.act == "report"));
        assert!(before.into_iter().all(|a| a.account != verified.account), "{handlers:?} verified own work");
    }
    clocks_must_fit(w, case);
}

/// The rows of the clocks are what the acts say, and nobody's clock runs on a case that is over.
fn clocks_must_fit(w: &World, case: &Case) {
    let (g, now, id) = (w.ground(), w.now(), case.id);
    let read = w.read(move |c| explain_clocks(c, &g, id, now, deadline::Language::Chinese));
    let rows = w.read(move |c| clocks_of(c, id));
    assert_eq!(read.len(), rows.len());
    for ((is, why), row) in
        read.iter().zip(rows.iter().map(|r| CaseClock { state: r.state_at(now), ..r.clone() }))
    {
        assert_eq!(CaseClock { told: row.told, ..is.clone() }, row, "{why}");
        assert!(row.ended.is_some() || row.kind.is_residents() || case.stage.is_open(), "{row:?}");
        assert_eq!(row.unit == 0, row.kind.is_residents());
    }
    let answer = rows.iter().rev().find(|r| r.kind == ClockKind::Answer).unwrap();
    assert_eq!((answer.due, answer.ended.is_none()), (case.due, case.stage.is_open()));
}

#[test]
fn a_crowd_at_random_keeps_the_books_in_order() {
    for w in worlds() {
        let mut cases: Vec<Receipt> = (0..4).map(|_| w.submit()).collect();
        let (mut dice, mut done) = (Dice(7), 0);
        for _ in 0..STEPS {
            let n = dice.below(cases.len());
            if w.case(cases[n].id).stage == Stage::Withdrawn {
                cases[n] = w.submit();
            }
            let r = &cases[n];
            match press(&w, &mut dice, r) {
                Ok(_) => done += 1,
                Err(base::Stop::Fault(fault)) => panic!("{fault}"),
                Err(_) => {}
            }
            if dice.below(5) == 0 {
                w.run_timers();
            }
            must_be_in_order(&w, r.id);
        }
        assert!(done >= 60, "only {done} presses did anything");
    }
}
