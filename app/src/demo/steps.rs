//! How one matter goes on (演示经过): the acts with their times, drawn so that the time to the answer has
//! the real distribution and every way a matter can go is taken by some.

use base::{DAY_MS, HOUR_MS, MINUTE_MS, Millis, Zone};
use case::model::Ending;
use case::rules::pack::{PackCategory, RequestKind};

use super::dice::Dice;
use super::fit;
use super::text::{Grammar, Saying, Scene};

/// Whose hand does an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hand {
    /// The one who brought it.
    Sender,
    /// A clerk of the unit that holds it.
    Clerk,
    /// Somebody of the unit it was dispatched to.
    Handler,
    /// Somebody of the unit that dispatched it, never the one who handled.
    Verifier,
    /// A leader of the unit that dispatched it.
    Leader,
    /// A timer.
    System,
}

/// An act with what it says. The words are the plan's; who exactly acts is for the one who runs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// 受理
    Accept,
    /// 受理, in another category of the same heading.
    AcceptOther,
    /// 退回来件人
    Return(String),
    /// 补充
    Supplement(String),
    /// 撤回
    Withdraw(String),
    /// 派单: to the suggested unit, or first to a wrong one that will decline.
    Dispatch {
        /// What goes with it.
        words: Option<String>,
        /// To another unit than the routing table says.
        is_wrong: bool,
    },
    /// 接单
    Take,
    /// 退单
    Decline(String),
    /// 提请裁定
    Dispute(String),
    /// 裁定: to the suggested unit.
    Arbitrate(String),
    /// 暂停计时: a code of the pack's reasons, and the paper that proves it.
    Pause {
        /// The reason.
        reason: &'static str,
        /// The paper.
        paper: &'static str,
    },
    /// 恢复计时
    Resume(&'static str),
    /// 申请延期
    Extend {
        /// Days.
        days: u32,
        /// Why.
        words: &'static str,
    },
    /// 同意延期
    Grant(&'static str),
    /// 不同意延期
    Deny(&'static str),
    /// 反馈
    Report {
        /// What came of it.
        ending: Ending,
        /// What was done.
        words: String,
        /// The paper that proves it, where the category wants one.
        paper: Option<String>,
    },
    /// 核实办结
    Verify,
    /// 核实不通过
    Reject(String),
    /// 直接答复
    Close {
        /// How it ended.
        ending: Ending,
        /// The answer.
        answer: String,
        /// The earlier matter of the plan, for a duplicate.
        same_as: Option<usize>,
        /// To whom it was handed, for a referral.
        referred_to: Option<String>,
    },
    /// 确认
    Confirm,
    /// 未解决
    Contest(String),
    /// 重新办理
    Reopen(String),
    /// 上报
    Escalate(String),
    /// 说明
    Note {
        /// What it says.
        words: String,
        /// Whether the resident reads it.
        is_public: bool,
    },
    /// 附议
    MeToo,
}

impl Deed {
    /// Whether the matter goes on as it was where the room refuses this: the office's own time.
    pub const fn is_about_time(&self) -> bool {
        matches!(
            self,
            Self::Pause { .. } | Self::Resume(_) | Self::Extend { .. } | Self::Grant(_) | Self::Deny(_)
        )
    }
}

/// Why clocks stand still in the story, with the paper, and what lets them run again.
const PAUSES: [(&str, &str, &str); 3] = [
    ("survey", "检测委托书（演示）", "检测报告已出，恢复计时。"),
    ("supplement", "", "来件人已补充材料，恢复计时。"),
    ("season", "冬季停工通知（演示）", "已复工，恢复计时。"),
];
/// Why more time is asked for.
const MORE: [&str; 3] = [
    "配件需要外地订购，到货后施工。",
    "涉及两个单位的管线，正在协调开挖。",
    "需要走政府采购程序，申请延长。",
];

/// One act of a matter's way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Millis,
    /// Whose hand.
    pub hand: Hand,
    /// What.
    pub deed: Deed,
}

/// What the steps depend on.
pub struct Way<'a> {
    /// The words.
    pub grammar: &'a Grammar,
    /// Where and when.
    pub scene: &'a Scene,
    /// What it is about.
    pub leaf: &'a PackCategory,
    /// The unit that the routing table names.
    pub unit: &'a str,
    /// When it came in.
    pub arrived: Millis,
    /// The earlier matter that this one repeats.
    pub same_as: Option<usize>,
    /// Whether a grid worker brought it: nobody then takes it back or says "not solved".
    pub is_by_worker: bool,
    /// The zone in which offices open.
    pub zone: &'a Zone,
}

/// The way while it is drawn.
struct Tale<'a> {
    way: &'a Way<'a>,
    dice: Dice,
    now: Millis,
    steps: Vec<Step>,
    /// Draws about the office's time and corrections: of their own, so that they move nothing else.
    apart: Dice,
}

/// Every act after the arrival, in the order of time.
pub fn steps(way: &Way<'_>, dice: Dice) -> Vec<Step> {
    let apart = Dice::new(u64::try_from(dice.clone().below(usize::MAX)).unwrap_or(0), &[3]);
    let mut tale = Tale { way, dice, now: way.arrived, steps: Vec::new(), apart };
    let whole = tale.whole_ms();
    if tale.open(whole) {
        tale.work(whole);
    }
    tale.others();
    tale.steps.sort_by_key(|s| s.at);
    tale.steps
}

/// The time to the answer in milliseconds at `part` of the distribution: the real one where the term is 15 days, shorter
/// or longer with the term elsewhere, and with the subject's own share.
pub fn whole_ms(leaf: &PackCategory, part: f64) -> i64 {
    #[expect(clippy::cast_precision_loss, reason = "a term has at most four digits")]
    let term = leaf.term.days as f64 / 15.0;
    let by_term = if term < 1.0 { term.powf(1.1) } else { term.sqrt() };
    let subject =
        fit::DAYS_BY_SUBJECT.iter().find(|(code, _)| leaf.code.starts_with(code)).map_or(1.0, |(_, f)| *f);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "at most a few hundred days"
    )]
    let ms = (fit::quantile(&fit::ANSWER_DAYS, part) * by_term * subject * DAY_MS as f64) as i64;
    ms.max(20 * MINUTE_MS)
}

impl Tale<'_> {
    fn whole_ms(&mut self) -> i64 {
        let part = self.dice.part();
        whole_ms(self.way.leaf, part)
    }

    fn say(&mut self, saying: Saying) -> String {
        self.way.grammar.say(&mut self.dice, self.way.scene, self.way.leaf, saying)
    }

    fn answer(&mut self, ending: Ending) -> String {
        self.way.grammar.answer(&mut self.dice, self.way.scene, self.way.leaf, self.way.unit, ending)
    }

    /// Moves on to `at` as staff do: on a weekday mostly, at an office's hour, and after what was before.
    fn office(&mut self, at: Millis) -> Millis {
        self.now = office_time(&mut self.dice, self.way.zone, at)
            .max(self.now.plus(self.dice.between(3, 40) * MINUTE_MS));
        self.now
    }

    /// Moves on by part of the whole, for staff.
    fn after(&mut self, whole: i64, low_mille: i64, high_mille: i64) -> Millis {
        let mille = self.dice.between(low_mille, high_mille);
        let at = self.now.plus(whole / 1000 * mille);
        self.office(at)
    }

    fn put(&mut self, hand: Hand, deed: Deed) {
        self.steps.push(Step { at: self.now, hand, deed });
    }

    /// From arrival to acceptance; false when it ends there.
    fn open(&mut self, whole: i64) -> bool {
        if !self.way.is_by_worker && self.dice.per_mille(40) {
            let wait = self.dice.between(1, 30) * HOUR_MS;
            let at = self.now.plus(wait);
            self.office(at);
            let words = self.say(Saying::Return);
            self.put(Hand::Clerk, Deed::Return(words));
            if self.dice.per_mille(350) {
                return false;
            }
            self.now = self.now.plus(self.dice.between(2, 90) * HOUR_MS);
            let words = self.say(Saying::Supplement);
            self.put(Hand::Sender, Deed::Supplement(words));
        }
        // Most are looked at within the day; some lie over a weekend and longer.
        let patience = if self.dice.per_mille(60) { 300 } else { 60 };
        self.after(whole.min(12 * DAY_MS), 5, patience);
        let accept = if self.apart.per_mille(20) { Deed::AcceptOther } else { Deed::Accept };
        self.put(Hand::Clerk, accept);
        if !self.way.is_by_worker && self.dice.per_mille(18) {
            self.now = self.now.plus(self.dice.between(1, 60) * HOUR_MS);
            let words = self.say(Saying::Withdraw);
            self.put(Hand::Sender, Deed::Withdraw(words));
            return false;
        }
        true
    }

    /// From acceptance to confirmation.
    fn work(&mut self, whole: i64) {
        let close_at = self.way.arrived.plus(whole);
        let direct = match self.way.leaf.kind {
            _ if self.way.same_as.is_some() => 1000,
            Some(RequestKind::Consult) => 420,
            Some(RequestKind::Suggestion) => 180,
            _ => 12,
        };
        if self.dice.per_mille(direct) {
            self.office(close_at);
            self.close_directly();
        } else {
            self.hand_over(whole);
            self.time(close_at);
            self.notes(close_at);
            self.finish(close_at);
            self.put(Hand::Verifier, Deed::Verify);
        }
        self.last_word();
    }

    fn close_directly(&mut self) {
        let ending = match self.way.same_as {
            Some(_) => Ending::Duplicate,
            None if self.dice.per_mille(120) => Ending::Referred,
            None => Ending::Explained,
        };
        let answer = self.answer(ending);
        let referred_to = (ending == Ending::Referred).then(|| self.way.unit.to_owned());
        self.put(Hand::Clerk, Deed::Close { ending, answer, same_as: self.way.same_as, referred_to });
    }

    /// To a unit that takes it: at the first try, at the second, or one level up.
    fn hand_over(&mut self, whole: i64) {
        let is_wrong = self.dice.per_mille(45);
        self.dispatch(whole, is_wrong);
        if is_wrong {
            self.after(whole, 30, 150);
            let words = self.say(Saying::Decline);
            self.put(Hand::Handler, Deed::Decline(words));
            if self.apart.per_mille(150) {
                self.dispute();
            } else {
                self.dispatch(whole, false);
            }
        }
        self.after(whole.min(10 * DAY_MS), 20, 220);
        self.put(Hand::Handler, Deed::Take);
        if self.dice.per_mille(18) {
            self.after(whole, 60, 250);
            let words = self.say(Saying::Escalate);
            self.put(Hand::Clerk, Deed::Escalate(words));
            self.dispatch(whole, false);
            self.after(whole.min(10 * DAY_MS), 20, 220);
            self.put(Hand::Handler, Deed::Take);
        }
    }

    /// The wrong unit gets it again and asks the upper desk whose it is.
    fn dispute(&mut self) {
        self.apart_office(2 * HOUR_MS);
        self.put(Hand::Clerk, Deed::Dispatch { words: None, is_wrong: true });
        self.apart_office(5 * HOUR_MS);
        let words = "再次派来，仍不是本单位职责，请上级裁定。".to_owned();
        self.put(Hand::Handler, Deed::Dispute(words));
        self.apart_office(20 * HOUR_MS);
        self.put(Hand::Clerk, Deed::Arbitrate("按职责清单，由行业主管部门承办。".to_owned()));
    }

    /// Moves on by about so long, to an hour of the office, with draws of its own.
    fn apart_office(&mut self, ms: i64) {
        let at = self.now.plus(ms + self.apart.between(0, 90) * MINUTE_MS);
        let at = office_time(&mut self.apart, self.way.zone, at);
        self.now = at.max(self.now.plus(3 * MINUTE_MS));
    }

    /// The office's clocks stand still for a while, or more time is asked for and decided.
    fn time(&mut self, close_at: Millis) {
        let left = close_at.0 - self.now.0;
        if left < 3 * DAY_MS {
            return;
        }
        // What stood still twice and came back stands still once more.
        let before = self.steps.iter().filter(|s| matches!(s.deed, Deed::Pause { .. })).count();
        if before == 2 || self.apart.per_mille(25) {
            let times = 1 + self.apart.below(2);
            for _ in 0..times {
                let (reason, paper, again) = *self.apart.one(&PAUSES);
                self.apart_office(left / 10);
                self.put(Hand::Handler, Deed::Pause { reason, paper });
                self.apart_office(left / 6);
                self.put(Hand::Handler, Deed::Resume(again));
            }
        } else if self.apart.per_mille(30) {
            let words = *self.apart.one(&MORE);
            let days = u32::try_from(self.apart.between(1, 3) * 10).unwrap_or(10);
            self.apart_office(left / 8);
            self.put(Hand::Handler, Deed::Extend { days, words });
            self.apart_office(18 * HOUR_MS);
            let deed = match self.apart.below(4) {
                0 => Deed::Deny("现有条件可以按期办结，请抓紧。"),
                _ => Deed::Grant("情况属实，同意延长，请告知来件人。"),
            };
            self.put(Hand::Leader, deed);
        }
    }

    /// A few are closed in the last minutes of the last day.
    fn last_minutes(&mut self, close_at: Millis) -> Option<Millis> {
        let term = &self.way.leaf.term;
        if term.unit != "d" || !self.apart.per_mille(12) {
            return None;
        }
        let last = self.way.zone.day(self.way.arrived.plus(term.days * DAY_MS));
        let at = self.way.zone.end_of(last).plus(-self.apart.between(6, 24) * MINUTE_MS);
        (at > self.now && at.0 - close_at.0 < 3 * DAY_MS).then_some(at)
    }

    fn dispatch(&mut self, whole: i64, is_wrong: bool) {
        let wait = self.dice.between(5, 240) * MINUTE_MS;
        let at = self.now.plus(wait.min(whole / 20));
        self.office(at);
        let words = if self.dice.per_mille(400) { Some(self.say(Saying::Dispatch)) } else { None };
        self.put(Hand::Clerk, Deed::Dispatch { words, is_wrong });
    }

    fn notes(&mut self, close_at: Millis) {
        for (per_mille, saying, is_public) in
            [(300, Saying::NoteInside, false), (110, Saying::NotePublic, true)]
        {
            if self.dice.per_mille(per_mille) {
                let left = (close_at.0 - self.now.0).max(HOUR_MS);
                let at = self.now.plus(left / 1000 * self.dice.between(100, 500));
                self.office(at);
                let words = self.say(saying);
                self.put(Hand::Handler, Deed::Note { words, is_public });
            }
        }
    }

    /// Report, perhaps a rejection, and the moment of verification.
    fn finish(&mut self, close_at: Millis) {
        let ending = self.ending();
        let left = (close_at.0 - self.now.0).max(0);
        let share = self.dice.between(700, 960);
        let at = self.now.plus(left / 1000 * share);
        self.office(at);
        self.report(ending);
        if self.dice.per_mille(40) {
            self.after(2 * DAY_MS, 100, 900);
            let words = self.say(Saying::Reject);
            self.put(Hand::Verifier, Deed::Reject(words));
            self.after(6 * DAY_MS, 200, 1000);
            self.report(ending);
        }
        self.office(close_at);
        let before = self.steps.last().map_or(self.now, |s| s.at);
        if let Some(at) = self.last_minutes(close_at).filter(|at| *at > before) {
            self.now = at;
        }
    }

    fn report(&mut self, ending: Ending) {
        let words = self.answer(ending);
        let paper = self.way.leaf.needs_evidence.then(|| self.say(Saying::Paper));
        self.put(Hand::Handler, Deed::Report { ending, words, paper });
    }

    fn ending(&mut self) -> Ending {
        let fixed = match self.way.leaf.kind {
            Some(RequestKind::Consult | RequestKind::Suggestion) => 120,
            Some(RequestKind::Report) => 860,
            _ => 690,
        };
        match self.dice.below(1000) {
            n if n < fixed => Ending::Fixed,
            n if n >= 970 => Ending::Referred,
            n if n >= 890 => Ending::CannotFix,
            _ => Ending::Explained,
        }
    }

    /// The resident confirms, keeps silent, or says not solved; some come back after weeks.
    fn last_word(&mut self) {
        if !self.way.is_by_worker && self.dice.per_mille(70) {
            self.by_sender(1, 6 * 24);
            let words = self.say(Saying::Contest);
            self.put(Hand::Sender, Deed::Contest(words));
            self.again();
        }
        self.confirm();
        if !self.way.is_by_worker && self.dice.per_mille(13) {
            self.by_sender(3 * 24, 27 * 24);
            let words = self.say(Saying::Reopen);
            self.put(Hand::Sender, Deed::Reopen(words));
            self.again();
            self.confirm();
        }
    }

    fn by_sender(&mut self, low_hours: i64, high_hours: i64) {
        let later = self.now.plus(self.dice.between(low_hours, high_hours) * HOUR_MS);
        let day = self.way.zone.start_of(self.way.zone.day(later));
        let drawn = self.dice.weighted(fit::ARRIVALS_BY_HOUR.iter().map(|n| f64::from(*n)));
        let hour = i64::try_from(drawn).unwrap_or(12);
        let at =
            day.plus(hour * HOUR_MS + self.dice.between(0, 59) * MINUTE_MS + self.dice.between(0, 59) * 1000);
        self.now = at.max(self.now.plus(self.dice.between(5, 90) * MINUTE_MS));
    }

    /// Not solved: the desk sends it out once more, and somebody looks once more.
    fn again(&mut self) {
        let more = self.whole_ms().min(30 * DAY_MS);
        let close_at = self.now.plus(more);
        self.dispatch(more, false);
        self.after(more.min(10 * DAY_MS), 20, 200);
        self.put(Hand::Handler, Deed::Take);
        self.time(close_at);
        self.finish(close_at);
        self.put(Hand::Verifier, Deed::Verify);
    }

    fn confirm(&mut self) {
        if self.dice.per_mille(480) {
            self.by_sender(1, 6 * 24);
            self.put(Hand::Sender, Deed::Confirm);
        } else {
            // The timer runs a little after the seventh day has ended.
            let day = self.way.zone.day(self.now.plus(7 * DAY_MS));
            self.now = self.way.zone.end_of(day).plus(5 * MINUTE_MS);
            self.put(Hand::System, Deed::Confirm);
        }
    }

    /// Neighbours who say "me too" in the first days, while it is open.
    fn others(&mut self) {
        let is_shared =
            self.way.grammar.leaf(&self.way.leaf.code).is_some_and(|w| w.site) && self.way.leaf.is_public;
        if !self.dice.per_mille(140) || self.way.same_as.is_some() || !is_shared {
            return;
        }
        let closed = self
            .steps
            .iter()
            .find(|s| matches!(s.deed, Deed::Verify | Deed::Close { .. } | Deed::Withdraw(_)));
        let until = closed.map_or(self.way.arrived.plus(5 * DAY_MS), |s| s.at);
        for _ in 0..1 + self.dice.below(5) {
            let at = self
                .way
                .arrived
                .plus(self.dice.between(1, 120) * HOUR_MS + self.dice.between(0, 3599) * 1000);
            if at < until {
                self.steps.push(Step { at, hand: Hand::Sender, deed: Deed::MeToo });
            }
        }
    }
}

/// The moment near `at` at which an office would do it: Saturday falls back to Friday, Sunday moves to Monday, and
/// the hour is drawn from the hours of real answers. A short wait stays as it is while offices are open.
pub fn office_time(dice: &mut Dice, zone: &Zone, at: Millis) -> Millis {
    let wall = zone.at(at);
    let hour = usize::try_from(wall.hour()).unwrap_or(0);
    let weekday = wall.weekday().to_monday_zero_offset();
    let on_weekend = weekday >= 5 && !dice.per_mille(48);
    if !on_weekend && fit::ANSWERS_BY_HOUR[hour] >= 50 {
        return at;
    }
    let shift = match (on_weekend, weekday) {
        (true, 5) => -DAY_MS,
        (true, _) => DAY_MS,
        _ => 0,
    };
    let day = zone.start_of(zone.day(at.plus(shift)));
    let drawn = dice.weighted(fit::ANSWERS_BY_HOUR.iter().map(|n| f64::from(*n)));
    let hours = i64::try_from(drawn).unwrap_or(9);
    day.plus(hours * HOUR_MS + dice.between(0, 59) * MINUTE_MS + dice.between(0, 59) * 1000)
}
