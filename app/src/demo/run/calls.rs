//! After the year: desks call units to some of the open matters, in every state of a call, and some residents urge.
//! It goes through the deeds of the room, as everything else in the demo.

use access::{Duty, Person};
use base::{DAY_MS, HOUR_MS, Id, Millis, Outcome};
use case::deeds::{self, Hand as By};
use case::model::{Body, Call, CallAct, Called, Case, Level, Line, Stars, Whistle, WhistleOrder};
use case::store::{calls_of, case_by_id, code_of};
use store::Tx;

use super::{Player, Roster, Stage, Track, soft};
use crate::demo::plan::Order;

/// Matters on which somebody calls.
const WHISTLES: usize = 35;
/// Matters that are urged.
const URGED: usize = 20;

/// How a called unit behaves.
#[derive(Clone, Copy)]
enum Manner {
    Waits,
    Misses,
    Answers,
    Arrives,
    Reports,
    Late,
    LetOff,
}

use Manner::{Answers, Arrives, Late, LetOff, Misses, Reports, Waits};

/// One after the other; who leads, who assists, and how many hours ago.
const MANNERS: [(Manner, Manner, i64); 7] = [
    (Waits, Waits, 3),
    (Answers, Waits, 14),
    (Misses, Answers, 70),
    (Arrives, Reports, 40),
    (Reports, LetOff, 110),
    (Late, Misses, 96),
    (Reports, Reports, 140),
];

const REASONS: [&str; 4] = [
    "几个单位各说各话，请到现场一起看、一起定。",
    "涉及多个部门的审批，请带上依据到场，当天给来件人一个说法。",
    "现场有安全隐患，请带人带设备到场，先处置再分责任。",
    "反复反映没有解决，请牵头单位主持、配合单位到场，一次办清。",
];

impl Player<'_> {
    pub(super) fn call_and_urge(&mut self, order: Order) -> anyhow::Result<()> {
        self.among_near(order, play)
    }
}

fn play(
    tx: &mut Tx<'_>,
    stage: &Stage,
    roster: &Roster,
    tracks: &[(usize, Track)],
    until: Millis,
) -> Outcome<usize> {
    let (mut whistles, mut urged, mut deeds) = (0, 0, 0);
    for (number, track) in tracks {
        if whistles >= WHISTLES && urged >= URGED {
            break;
        }
        let Some(case) = case_by_id(tx.conn, track.case)?.filter(|c| c.stage.is_open()) else { continue };
        if number % 3 == 0 && urged < URGED && case.created < until.plus(-2 * DAY_MS) {
            let code = code_of(tx.keys(), case.id);
            let at = until.plus(-(urged as i64 * 5 + 1) * HOUR_MS);
            let hand = By::Sender { code: &code };
            let done = soft(deeds::urge_case(tx, &stage.known, hand, at, case.id, None))?;
            (urged, deeds) = (urged + 1, deeds + usize::from(done.is_some()));
        } else if whistles < WHISTLES && case.created < until.plus(-7 * DAY_MS) {
            let scene = Scene { stage, roster, until, number: *number };
            if let Some(done) = scene.whistle(tx, &case, whistles)? {
                (whistles, deeds) = (whistles + 1, deeds + done);
            }
        }
    }
    Ok(deeds)
}

struct Scene<'a> {
    stage: &'a Stage,
    roster: &'a Roster,
    until: Millis,
    number: usize,
}

impl Scene<'_> {
    fn hand(&self, unit: i64) -> Option<&Person> {
        self.roster.pick(unit, &[Duty::Handle, Duty::Mediate], self.number).map(AsRef::as_ref)
    }

    /// A whistle on the case and what became of it; nothing where nobody calls or can be called.
    fn whistle(&self, tx: &mut Tx<'_>, case: &Case, n: usize) -> Outcome<Option<usize>> {
        let g = &self.stage.known;
        let desk = g.units.desk_at(&case.place, case.level.max(Level::Town)).unwrap_or(0);
        let Some(clerk) = self.roster.pick(desk, &[Duty::Clerk], self.number) else { return Ok(None) };
        let able = g.units.around(&case.place).map(|u| u.id.raw());
        let able: Vec<i64> = able.filter(|u| *u != desk && self.hand(*u).is_some()).collect();
        if able.len() < 2 {
            return Ok(None);
        }
        let (lead, assist) = (self.number % able.len(), (self.number + 1) % able.len());
        let (first, second, hours) = MANNERS[n % MANNERS.len()];
        let at = self.until.plus(-hours * HOUR_MS);
        let order = WhistleOrder {
            lead: Called { unit: able[lead], term: None },
            assists: vec![Called { unit: able[assist], term: None }],
            reason: Body::new("reason", REASONS[n % REASONS.len()])?,
            meet_at: Line::new("meet_at", &case.spot)?,
        };
        let Some(id) = soft(deeds::call_units(tx, g, clerk, at, case.id, &order))? else { return Ok(None) };
        let mut done = 1;
        for (call, manner) in calls_of(tx.conn, id)?.into_iter().zip([first, second]) {
            done += self.follow(tx, clerk, &call, manner)?;
        }
        if matches!((first, second), (Reports, Reports | LetOff)) {
            done += self.close(tx, clerk, id, at.plus(60 * HOUR_MS))?;
        }
        Ok(Some(done))
    }

    fn follow(&self, tx: &mut Tx<'_>, clerk: &Person, call: &Call, manner: Manner) -> Outcome<usize> {
        let g = &self.stage.known;
        let Some(hand) = self.hand(call.unit) else { return Ok(0) };
        let at = |hours: i64| call.at.plus(hours * HOUR_MS);
        let (answer, arrive, report) = match manner {
            Waits | Misses => return Ok(0),
            LetOff => {
                let words = Body::new("words", "现场人手已够，不用再来。")?;
                return Ok(soft(deeds::excuse_call(tx, g, clerk, at(5), call.id, &words))?.map_or(0, |_| 1));
            }
            Answers => (4, None, None),
            Arrives => (3, Some(20), None),
            Reports => (2, Some(8), Some(26)),
            Late => (40, Some(48), Some(60)),
        };
        if at(answer) > call.due {
            // Who answers late was marked before.
            jobs::run_within(tx, &self.stage.timers, at(answer))?;
        }
        let mut done = soft(deeds::answer_call(tx, g, hand, at(answer), call.id))?.map_or(0, |_| 1);
        if let Some(hours) = arrive {
            done += soft(deeds::arrive_on_call(tx, g, hand, at(hours), call.id))?.map_or(0, |_| 1);
        }
        if let Some(hours) = report {
            let words = Body::new("words", "已到现场处置，问题已说清，后续由本单位跟进。")?;
            done += soft(deeds::report_on_call(tx, g, hand, at(hours), call.id, &words))?.map_or(0, |_| 1);
            let stars = if matches!(manner, Late) { 2 } else { 4 + (self.number % 2) as i64 };
            for (who, act, stars) in [(clerk, CallAct::RateUnit, stars), (hand, CallAct::RateCaller, 4)] {
                let order = (act, Stars::new(stars)?, Line::new("word", "")?);
                let rated = deeds::rate_call(tx, g, who, at(hours + 1), call.id, order);
                done += soft(rated)?.map_or(0, |()| 1);
            }
        }
        Ok(done)
    }

    fn close(&self, tx: &mut Tx<'_>, clerk: &Person, id: Id<Whistle>, at: Millis) -> Outcome<usize> {
        Ok(soft(deeds::close_whistle(tx, &self.stage.known, clerk, at, id, None))?.map_or(0, |()| 1))
    }
}
