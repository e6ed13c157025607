//! What programs send.

use std::collections::BTreeMap;

use access::{Level as Rung, Place, ScopeFilter};
use base::{Id, Invalid, Millis, Outcome};
use serde::Deserialize;
use store::Tx;
use territory::{BORDER_M, Reading, Source, fix};
use utoipa::{IntoParams, ToSchema};

use super::order_of;
use crate::deeds::{self, Done, Hand, place_of};
use crate::model::{
    AcceptOrder, AnswerOrder, Body, Case, Channel, ClockState, DeclineOrder, DispatchOrder, Ending,
    ExtendOrder, Intake, Line, PauseOrder, Point, ReasonOrder, ReportOrder, Reporter, Spot, Stage, Title,
};
use crate::store::{CaseFilter, Ground, QueueOrder};

/// Rows of one answer, at most.
const MOST_ROWS: u32 = 100;

/// A matter.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "place": { "code": "620602101201" }, "category": "020101", "text": "村口路灯坏了三天，晚上看不见路。",
    "spot": "村委会东边第二个路口", "contact": { "contact": "13800000000" }
}))]
pub struct NewCase {
    /// How it came in: `api` (when left out); for staff also counter, phone, visit or grid.
    #[serde(default)]
    channel: Option<Channel>,
    /// Where.
    place: PlaceAsk,
    /// The category's code, one of the last level.
    #[schema(max_length = 40)]
    category: String,
    /// One line; made from the text when left out.
    #[serde(default)]
    #[schema(min_length = 2, max_length = 100)]
    title: Option<String>,
    /// The matter in full.
    #[schema(min_length = 2, max_length = 5000)]
    text: String,
    /// Where exactly, in words.
    #[serde(default)]
    #[schema(max_length = 100)]
    spot: Option<String>,
    /// Answers to the category's extra questions, by their code.
    #[serde(default)]
    answers: BTreeMap<String, String>,
    /// Who brought it, if they want to be reached. Sealed.
    #[serde(default)]
    contact: Option<ContactAsk>,
    /// Whether it may be shown, masked, on the public list. True when left out.
    #[serde(default)]
    public: Option<bool>,
}

/// Where a matter is: a division by id or code, a position, or both.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceAsk {
    /// A division's id.
    #[serde(default)]
    division: Option<String>,
    /// Its statistical code of up to twelve digits.
    #[serde(default)]
    #[schema(pattern = "^\\s*[0-9]{2,12}\\s*$")]
    code: Option<String>,
    /// A position.
    #[serde(default)]
    point: Option<PointAsk>,
}

/// A position.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PointAsk {
    /// Degrees north.
    #[schema(minimum = -90, maximum = 90)]
    lat: f64,
    /// Degrees east.
    #[schema(minimum = -180, maximum = 180)]
    lon: f64,
    /// wgs84 (when left out), gcj02, bd09 or cgcs2000.
    #[serde(default)]
    #[schema(pattern = "^(wgs84|gcj02|bd09|cgcs2000)$")]
    datum: Option<String>,
}

/// How to reach somebody.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactAsk {
    /// A name.
    #[serde(default)]
    #[schema(max_length = 100)]
    name: String,
    /// A telephone number or an address.
    #[serde(default)]
    #[schema(max_length = 100)]
    contact: String,
    /// Only the desk may see it.
    #[serde(default)]
    confidential: bool,
}

impl NewCase {
    /// The intake, with place and category looked up.
    pub fn intake(self, g: &Ground, is_staff: bool, key: Option<String>) -> Outcome<Intake> {
        let channel = self.channel.unwrap_or(Channel::Api);
        if !is_staff && !matches!(channel, Channel::Api | Channel::Web) {
            return Err(Invalid::field("channel", "case.field.channel_not_yours").into());
        }
        let category = g.category_by_code(&self.category);
        let category = category.ok_or_else(|| Invalid::field("category", "case.field.category_unknown"))?;
        let body = Body::new("text", &self.text)?;
        let title = match &self.title {
            Some(title) => Title::new("title", title)?,
            None => Title::from_body(&body),
        };
        let (place, point) = self.place.place(g)?;
        let mut intake = Intake::new(channel, place, category.id, title, body)?;
        let words = Line::new("spot", self.spot.as_deref().unwrap_or_default())?.into_string();
        intake.spot = Spot { words, point };
        intake.answers = self.answers.into_iter().collect();
        if let Some(c) = &self.contact {
            intake.reporter = Reporter::new(&c.name, &c.contact, c.confidential)?;
        }
        intake.is_public = self.public.unwrap_or(true);
        intake.key = key;
        Ok(intake)
    }
}

impl PlaceAsk {
    fn place(&self, g: &Ground) -> Outcome<(Place, Option<Point>)> {
        let unknown = || Invalid::field("place", "case.field.place_unknown");
        let found = self.point.as_ref().map(|p| p.located(g)).transpose()?;
        let named = match (&self.division, &self.code) {
            (Some(id), _) => {
                let id = id.parse().map_err(|_| unknown())?;
                Some(g.atlas.division(id).ok_or_else(unknown)?.id)
            }
            (None, Some(code)) => {
                let code = code.trim();
                let digits = (2..=12).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit());
                let full = digits.then(|| format!("{code:0<12}")).ok_or_else(unknown)?;
                Some(g.atlas.by_code("nbs12", &full).first().ok_or_else(unknown)?.id)
            }
            (None, None) => None,
        };
        match (named, found) {
            // What somebody says in words counts more than a position that may be off.
            (Some(id), found) => {
                let place = place_of(&g.atlas, id);
                let inside = found.filter(|(p, _)| access::Scope::holds(place.as_scope(), p));
                let point = self.point.as_ref().map(PointAsk::point).transpose()?;
                Ok((inside.map_or(place, |(p, _)| p), point))
            }
            (None, Some((place, point))) if place.county != 0 => Ok((place, Some(point))),
            (None, _) => Err(unknown().into()),
        }
    }
}

impl PointAsk {
    fn fixed(&self) -> Outcome<territory::Fix> {
        let datum = self.datum.as_deref().unwrap_or("wgs84").parse();
        let datum = datum.map_err(|_| Invalid::field("datum", "case.field.datum_unknown"))?;
        fix(Reading { lon: self.lon, lat: self.lat, datum, accuracy_m: None, source: Source::File })
    }

    fn point(&self) -> Outcome<Point> {
        let fixed = self.fixed()?;
        let e7 = |degrees: f64| (degrees * 1e7).round() as i64;
        let datum = self.datum.as_deref().unwrap_or("wgs84");
        Point::new(i64::from(fixed.spot.lat), i64::from(fixed.spot.lon), e7(self.lat), e7(self.lon), datum)
    }

    /// The place that holds it, and the point; a place without a county when it is outside all grids.
    fn located(&self, g: &Ground) -> Outcome<(Place, Point)> {
        let fixed = self.fixed()?;
        let held = g.atlas.locate(fixed.spot, BORDER_M).place;
        let place = held.and_then(|p| {
            let village = p.lineage.village?;
            Some(Place { grid: p.grid.map_or(0, Id::raw), ..place_of(&g.atlas, village) })
        });
        Ok((place.unwrap_or_default(), self.point()?))
    }
}

/// The receipt's code.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CodeAsk {
    /// The eight letters and digits of the receipt.
    pub code: Option<String>,
}

/// Which cases.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAsk {
    /// A stage.
    stage: Option<Stage>,
    /// How it stands against the deadline.
    clock: Option<ClockState>,
    /// A category's code, with everything below it.
    category: Option<String>,
    /// A division's statistical code, with everything inside.
    place: Option<String>,
    /// How it came in.
    channel: Option<Channel>,
    /// How it ended.
    ending: Option<Ending>,
    /// Words in number, title, text or spot.
    #[param(max_length = 100)]
    q: Option<String>,
    /// due (when left out), -due, created, -created.
    #[param(pattern = "^-?(due|created)$")]
    order: Option<String>,
    /// `next` of the page before.
    pub after: Option<String>,
    /// Rows, at most 100; 30 when left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

impl ListAsk {
    /// The filter within a scope.
    pub fn filter(&self, g: &Ground, scope: ScopeFilter) -> Outcome<CaseFilter> {
        let mut filter = CaseFilter::within(scope);
        filter.stages = self.stage.into_iter().collect();
        (filter.clock, filter.channel, filter.ending) = (self.clock, self.channel, self.ending);
        if let Some(code) = &self.category {
            let category = g.category_by_code(code);
            let category =
                category.ok_or_else(|| Invalid::field("category", "case.field.category_unknown"))?;
            filter.categories = g.subtree(category.id);
        }
        if let Some(code) = &self.place {
            let ask = PlaceAsk { division: None, code: Some(code.clone()), point: None };
            let scope = ask.place(g)?.0.as_scope();
            if scope.level == Rung::Country {
                return Err(Invalid::field("place", "case.field.place_unknown").into());
            }
            filter.place = Some((scope.level, scope.id));
        }
        filter.words = Line::new("q", self.q.as_deref().unwrap_or_default())?.into_string();
        Ok(filter)
    }

    /// Rows of the answer.
    pub fn size(&self) -> Outcome<usize> {
        match self.limit {
            None => Ok(base::limits::PAGE_ROWS),
            Some(n) if (1..=MOST_ROWS).contains(&n) => Ok(n as usize),
            Some(_) => Err(Invalid::field("limit", "case.field.number_bad").into()),
        }
    }

    /// In which order.
    pub fn order(&self) -> Outcome<QueueOrder> {
        order_of(self.order.as_deref())
    }
}

/// One act. `version` is the one that was last seen: when somebody was faster, the act is refused.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
#[schema(example = json!({ "act": "contest", "reason": "路灯还是不亮" }))]
pub enum ActAsk {
    /// 受理, with the right category if it was wrong.
    Accept {
        /// Last seen.
        version: Option<i64>,
        /// The category's code.
        category: Option<String>,
    },
    /// 退回来件人.
    Return(ReasonAsk),
    /// 补充后重新提交.
    Supplement(ReasonAsk),
    /// 退单.
    Decline(DeclineAsk),
    /// 提请裁定.
    Dispute(DeclineAsk),
    /// 裁定.
    Arbitrate {
        /// Last seen.
        version: Option<i64>,
        /// The id of the unit whose it is.
        unit: String,
        /// Why.
        words: String,
    },
    /// 暂停计时.
    Pause {
        /// Last seen.
        version: Option<i64>,
        /// A code of the pack's reasons.
        reason: String,
        /// What the sender is told besides.
        words: Option<String>,
        /// A paper's title or number.
        paper: Option<String>,
    },
    /// 恢复计时.
    Resume(ReasonAsk),
    /// 申请延期.
    Extend {
        /// Last seen.
        version: Option<i64>,
        /// How much, in the unit that the pack gives.
        n: u32,
        /// Why.
        reason: String,
    },
    /// 同意延期.
    Grant(ReasonAsk),
    /// 不同意延期.
    Deny(ReasonAsk),
    /// 核实不通过.
    Reject(ReasonAsk),
    /// 反映未解决.
    Contest(ReasonAsk),
    /// 重新办理.
    Reopen(ReasonAsk),
    /// 上报上一级.
    Escalate(ReasonAsk),
    /// 派单.
    Dispatch {
        /// Last seen.
        version: Option<i64>,
        /// The unit's id.
        unit: String,
        /// What it should know.
        words: Option<String>,
    },
    /// 接单.
    Take {
        /// Last seen.
        version: Option<i64>,
    },
    /// 反馈结果.
    Report {
        /// Last seen.
        version: Option<i64>,
        /// What came of it.
        ending: Ending,
        /// What was done.
        words: String,
        /// A paper's title or number.
        paper: Option<String>,
        /// The title or number of a sheet that was signed; never who signed.
        signed: Option<String>,
    },
    /// 核实办结.
    Verify(AnswerAsk),
    /// 直接答复办结.
    Close(AnswerAsk),
    /// 确认.
    Confirm {
        /// Last seen.
        version: Option<i64>,
        /// What the resident said.
        words: Option<String>,
    },
    /// 撤回.
    Withdraw {
        /// Why.
        words: Option<String>,
    },
}

/// An act with a reason.
#[derive(Deserialize, ToSchema)]
pub struct ReasonAsk {
    /// Last seen.
    version: Option<i64>,
    /// Why.
    #[schema(min_length = 2, max_length = 5000)]
    reason: String,
}

/// Giving back what is not one's own.
#[derive(Deserialize, ToSchema)]
pub struct DeclineAsk {
    /// Last seen.
    version: Option<i64>,
    /// Why.
    #[schema(min_length = 2, max_length = 5000)]
    reason: String,
    /// The entry of the duty list that says so.
    #[schema(min_length = 1, max_length = 200)]
    duty_entry: String,
}

impl DeclineAsk {
    fn order(&self) -> Outcome<DeclineOrder> {
        Ok(DeclineOrder {
            version: self.version,
            reason: Body::new("reason", &self.reason)?,
            duty_entry: Line::filled("duty_entry", &self.duty_entry)?,
        })
    }
}

/// An answer.
#[derive(Deserialize, ToSchema)]
pub struct AnswerAsk {
    /// Last seen.
    version: Option<i64>,
    /// How it ended; at verification, what was reported when left out.
    ending: Option<Ending>,
    /// What the resident reads; at verification, the report's words when left out.
    answer: Option<String>,
    /// The other case's number, for a duplicate.
    same_as: Option<String>,
    /// To whom it was handed, for a referral.
    referred_to: Option<String>,
}

/// A checked act, ready to be done.
pub enum Order {
    Accept(AcceptOrder),
    Return(ReasonOrder),
    Supplement(ReasonOrder),
    Decline(DeclineOrder),
    Dispute(DeclineOrder),
    Arbitrate(DispatchOrder),
    Pause(PauseOrder),
    Resume(ReasonOrder),
    Extend(ExtendOrder),
    Grant(ReasonOrder),
    Deny(ReasonOrder),
    Reject(ReasonOrder),
    Contest(ReasonOrder),
    Reopen(ReasonOrder),
    Escalate(ReasonOrder),
    Dispatch(DispatchOrder),
    Take(Option<i64>),
    Report(ReportOrder),
    Verify(AnswerOrder),
    Close(AnswerOrder),
    Confirm(Option<i64>, Option<Body>),
    Withdraw(Option<Body>),
}

impl ReasonAsk {
    fn order(&self) -> Outcome<ReasonOrder> {
        Ok(ReasonOrder { version: self.version, reason: Body::new("reason", &self.reason)? })
    }
}

impl AnswerAsk {
    fn order(self) -> Outcome<AnswerOrder> {
        Ok(AnswerOrder {
            version: self.version,
            ending: self.ending,
            answer: words("answer", self.answer.as_deref())?,
            same_as: self.same_as,
            referred_to: self.referred_to,
        })
    }
}

fn unit_id(text: &str) -> Outcome<i64> {
    let id: Result<Id<access::Unit>, _> = text.parse();
    Ok(id.map_err(|_| Invalid::field("unit", "case.field.unit_unknown"))?.raw())
}

fn words(field: &'static str, text: Option<&str>) -> Outcome<Option<Body>> {
    text.map(|t| Body::new(field, t)).transpose()
}

impl ActAsk {
    /// Checks what was sent.
    pub fn order(self, g: &Ground) -> Outcome<Order> {
        Ok(match self {
            Self::Accept { version, category } => {
                let unknown = || Invalid::field("category", "case.field.category_unknown");
                let found =
                    category.map(|c| g.category_by_code(&c).map(|c| c.id).ok_or_else(unknown)).transpose()?;
                Order::Accept(AcceptOrder { version, category: found, place: None })
            }
            Self::Return(r) => Order::Return(r.order()?),
            Self::Supplement(r) => Order::Supplement(r.order()?),
            Self::Decline(r) => Order::Decline(r.order()?),
            Self::Dispute(r) => Order::Dispute(r.order()?),
            Self::Resume(r) => Order::Resume(r.order()?),
            Self::Grant(r) => Order::Grant(r.order()?),
            Self::Deny(r) => Order::Deny(r.order()?),
            Self::Arbitrate { version, unit, words: said } => {
                let words = Some(Body::new("words", &said)?);
                Order::Arbitrate(DispatchOrder { version, unit: unit_id(&unit)?, account: 0, words })
            }
            Self::Pause { version, reason, words: said, paper } => Order::Pause(PauseOrder {
                version,
                reason,
                words: words("words", said.as_deref())?,
                paper: paper.map(|p| Line::new("paper", &p)).transpose()?,
            }),
            Self::Extend { version, n, reason } => {
                Order::Extend(ExtendOrder { version, n, reason: Body::new("reason", &reason)? })
            }
            Self::Reject(r) => Order::Reject(r.order()?),
            Self::Contest(r) => Order::Contest(r.order()?),
            Self::Reopen(r) => Order::Reopen(r.order()?),
            Self::Escalate(r) => Order::Escalate(r.order()?),
            Self::Dispatch { version, unit, words: said } => {
                let words = words("words", said.as_deref())?;
                Order::Dispatch(DispatchOrder { version, unit: unit_id(&unit)?, account: 0, words })
            }
            Self::Take { version } => Order::Take(version),
            Self::Report { version, ending, words, paper, signed } => Order::Report(ReportOrder {
                version,
                ending,
                words: Body::new("words", &words)?,
                paper: paper.map(|p| Line::new("paper", &p)).transpose()?,
                signed: signed.map(|s| Line::new("signed", &s)).transpose()?,
            }),
            Self::Verify(a) => Order::Verify(a.order()?),
            Self::Close(a) => Order::Close(a.order()?),
            Self::Confirm { version, words: said } => {
                Order::Confirm(version, words("words", said.as_deref())?)
            }
            Self::Withdraw { words: said } => Order::Withdraw(words("words", said.as_deref())?),
        })
    }
}

impl Order {
    /// Does it.
    pub fn run(
        &self,
        tx: &mut Tx<'_>,
        g: &Ground,
        hand: Hand<'_>,
        at: Millis,
        id: Id<Case>,
    ) -> Outcome<Done> {
        match self {
            Self::Accept(o) => deeds::accept_case(tx, g, hand, at, id, o),
            Self::Return(o) => deeds::return_case(tx, g, hand, at, id, o),
            Self::Supplement(o) => deeds::supplement_case(tx, g, hand, at, id, o),
            Self::Decline(o) => deeds::decline_case(tx, g, hand, at, id, o),
            Self::Dispute(o) => deeds::dispute_case(tx, g, hand, at, id, o),
            Self::Arbitrate(o) => deeds::arbitrate_case(tx, g, hand, at, id, o),
            Self::Pause(o) => deeds::pause_case(tx, g, hand, at, id, o),
            Self::Resume(o) => deeds::resume_case(tx, g, hand, at, id, o),
            Self::Extend(o) => deeds::extend_case(tx, g, hand, at, id, o),
            Self::Grant(o) => deeds::grant_extension(tx, g, hand, at, id, o),
            Self::Deny(o) => deeds::deny_extension(tx, g, hand, at, id, o),
            Self::Reject(o) => deeds::reject_case(tx, g, hand, at, id, o),
            Self::Contest(o) => deeds::contest_case(tx, g, hand, at, id, o),
            Self::Reopen(o) => deeds::reopen_case(tx, g, hand, at, id, o),
            Self::Escalate(o) => deeds::escalate_case(tx, g, hand, at, id, o),
            Self::Dispatch(o) => deeds::dispatch_case(tx, g, hand, at, id, o),
            Self::Take(version) => deeds::take_case(tx, g, hand, at, id, *version),
            Self::Report(o) => deeds::report_case(tx, g, hand, at, id, o),
            Self::Verify(o) => deeds::verify_case(tx, g, hand, at, id, o),
            Self::Close(o) => deeds::close_case(tx, g, hand, at, id, o),
            Self::Confirm(version, words) => {
                deeds::confirm_case(tx, g, hand, at, id, *version, words.as_ref().map(Body::as_str))
            }
            Self::Withdraw(words) => {
                deeds::withdraw_case(tx, g, hand, at, id, words.as_ref().map(Body::as_str))
            }
        }
    }
}
