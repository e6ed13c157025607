//! The next step on a case (下一步): one small form for each move that this person may make, and the
//! handlers that take them. What goes wrong draws the case's page again, with everything typed kept.

use access::Person;
use axum::extract::{FromRequestParts, Path, State};
use base::{Id, Millis, Outcome, Stop};
use http::request::Parts;
use serde::{Deserialize, de::DeserializeOwned};
use std::sync::Arc;
use store::Tx;
use territory::Division;
use web::{Answer, Fail, Form, Site, View, Who, go_saying};

use super::show;
use crate::deeds::{self, Done, Hand};
use crate::model::{
    AcceptOrder, ActKind, AnswerOrder, Body, Case, Category, DeclineOrder, DispatchOrder, Ending,
    ExtendOrder, Line, PauseOrder, ReasonOrder, ReportOrder,
};
use crate::pages::resident::{read_photos, read_photos_of};
use crate::store::{Desk, Ground, case_by_id};

/// One act's request: who, when, on which case.
pub(super) struct At {
    pub site: Site,
    pub v: View,
    pub who: Who,
    pub id: Id<Case>,
}

impl FromRequestParts<Site> for At {
    type Rejection = Fail;
    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Fail> {
        let State(site) = State::<Site>::from_request_parts(parts, site).await?;
        let v = View::from_request_parts(parts, &site).await?;
        let who = <Who as FromRequestParts<Site>>::from_request_parts(parts, &site).await?;
        let id = Path::<Id<Case>>::from_request_parts(parts, &site).await;
        let Path(id) = id.map_err(|_| base::Refusal::not_found())?;
        Ok(Self { site, v, who, id })
    }
}

impl At {
    fn hands(&self) -> Outcome<(Arc<Person>, Ground)> {
        Ok((access::person_of(&self.who)?, self.site.get::<Desk>()?.now()))
    }

    /// Does a deed with an order that was read from the form.
    async fn run<O: Send + 'static>(
        &self,
        order: Outcome<O>,
        deed: impl Fn(&mut Tx<'_>, &Ground, Hand<'_>, Millis, Id<Case>, &O) -> Outcome<Done> + Send + 'static,
    ) -> Outcome<Done> {
        let order = order?;
        let (person, ground) = self.hands()?;
        let (id, now) = (self.id, self.v.now);
        self.site.db.write(move |tx| deed(tx, &ground, Hand::Staff(&person), now, id, &order)).await
    }

    /// Back to the case with a sentence, or the case's page again with the trouble said in the form.
    async fn settle<T: DeserializeOwned>(self, form: Form<T>, act: ActKind, done: Outcome<Done>) -> Answer {
        match done {
            Ok(_) => go_saying(format!("/cases/{}", self.id), said_key(act)),
            Err(stop) => {
                let sheet = show::load(&self).await?;
                let step = stage_of(act);
                form.again(&self.v, show::ACT, own_fields(stop, step.fields), |f| {
                    sheet.draw(&self, Some((act, f)))
                })
            }
        }
    }
}

/// What the next page says after an act.
const fn said_key(act: ActKind) -> &'static str {
    match act {
        ActKind::Accept => "case.page.act.said_accept",
        ActKind::Return => "case.page.act.said_return",
        ActKind::Dispatch => "case.page.act.said_dispatch",
        ActKind::Take => "case.page.act.said_take",
        ActKind::Decline => "case.page.act.said_decline",
        ActKind::Report => "case.page.act.said_report",
        ActKind::Verify => "case.page.act.said_verify",
        ActKind::Reject => "case.page.act.said_reject",
        ActKind::Close => "case.page.act.said_close",
        ActKind::Confirm => "case.page.act.said_confirm",
        ActKind::Contest => "case.page.act.said_contest",
        ActKind::Reopen => "case.page.act.said_reopen",
        ActKind::Escalate => "case.page.act.said_escalate",
        ActKind::Dispute => "case.page.act.said_dispute",
        ActKind::Arbitrate => "case.page.act.said_arbitrate",
        ActKind::Pause => "case.page.act.said_pause",
        ActKind::Resume => "case.page.act.said_resume",
        ActKind::Extend => "case.page.act.said_extend",
        ActKind::Grant => "case.page.act.said_grant",
        ActKind::Deny => "case.page.act.said_deny",
        _ => "case.page.act.said_note",
    }
}

/// How an act looks on the page.
pub(super) struct Step {
    /// The act.
    pub act: ActKind,
    /// The last part of its address.
    pub path: &'static str,
    /// The key of its button, without the page's prefix.
    pub send: &'static str,
    /// What it leads to, in a sentence.
    pub hint: &'static str,
    /// A deed's field and the same field in this form: several forms stand on one page, so that each
    /// field is named after its act.
    fields: &'static [(&'static str, &'static str)],
}

/// Every step that staff can make, in the order of the page: what waits for a decision before all.
pub(super) const STEPS: &[Step] = &[
    Step {
        act: ActKind::Arbitrate,
        path: "arbitration",
        send: "arbitrate",
        hint: "case.page.act.arbitrate_hint",
        fields: &[("unit", "arbitrate_unit"), ("words", "arbitrate_words")],
    },
    Step { act: ActKind::Grant, path: "grant", send: "grant", hint: "case.page.act.grant_hint", fields: &[] },
    Step { act: ActKind::Deny, path: "denial", send: "deny", hint: "case.page.act.deny_hint", fields: &[] },
    Step {
        act: ActKind::Accept,
        path: "acceptance",
        send: "accept",
        hint: "case.page.act.accept_hint",
        fields: &[("category", "accept_category"), ("place", "accept_place"), ("unit", "accept_unit")],
    },
    Step {
        act: ActKind::Dispatch,
        path: "dispatch",
        send: "dispatch",
        hint: "case.page.act.dispatch_hint",
        fields: &[("unit", "dispatch_unit")],
    },
    Step { act: ActKind::Take, path: "taking", send: "take", hint: "case.page.act.take_hint", fields: &[] },
    Step {
        act: ActKind::Report,
        path: "report",
        send: "report",
        hint: "case.page.act.report_hint",
        fields: &[("words", "report_words"), ("paper", "report_paper"), ("signed", "report_signed")],
    },
    Step {
        act: ActKind::Verify,
        path: "verification",
        send: "verify",
        hint: "case.page.act.verify_hint",
        fields: &[("ending", "verify_ending"), ("answer", "verify_answer")],
    },
    Step {
        act: ActKind::Reject,
        path: "rejection",
        send: "reject",
        hint: "case.page.act.reject_hint",
        fields: &[],
    },
    Step {
        act: ActKind::Close,
        path: "closure",
        send: "close",
        hint: "case.page.act.close_hint",
        fields: &[
            ("ending", "close_ending"),
            ("answer", "close_answer"),
            ("same_as", "close_same_as"),
            ("referred_to", "close_referred_to"),
        ],
    },
    Step {
        act: ActKind::Return,
        path: "return",
        send: "return",
        hint: "case.page.act.return_hint",
        fields: &[],
    },
    Step {
        act: ActKind::Decline,
        path: "declination",
        send: "decline",
        hint: "case.page.act.decline_hint",
        fields: &[("duty_entry", "decline_entry")],
    },
    Step {
        act: ActKind::Dispute,
        path: "dispute",
        send: "dispute",
        hint: "case.page.act.dispute_hint",
        fields: &[("reason", "dispute_reason"), ("duty_entry", "dispute_entry")],
    },
    Step {
        act: ActKind::Pause,
        path: "pause",
        send: "pause",
        hint: "case.page.act.pause_hint",
        fields: &[("reason", "pause_reason"), ("paper", "pause_paper")],
    },
    Step {
        act: ActKind::Resume,
        path: "resumption",
        send: "resume",
        hint: "case.page.act.resume_hint",
        fields: &[],
    },
    Step {
        act: ActKind::Extend,
        path: "extension",
        send: "extend",
        hint: "case.page.act.extend_hint",
        fields: &[("days", "extend_days")],
    },
    Step {
        act: ActKind::Escalate,
        path: "escalation",
        send: "escalate",
        hint: "case.page.act.escalate_hint",
        fields: &[],
    },
    Step {
        act: ActKind::Confirm,
        path: "confirmation",
        send: "confirm",
        hint: "case.page.act.confirm_hint",
        fields: &[],
    },
    Step {
        act: ActKind::Contest,
        path: "contest",
        send: "contest",
        hint: "case.page.act.contest_hint",
        fields: &[],
    },
    Step {
        act: ActKind::Reopen,
        path: "reopening",
        send: "reopen",
        hint: "case.page.act.reopen_hint",
        fields: &[],
    },
];

fn stage_of(act: ActKind) -> &'static Step {
    STEPS.iter().find(|s| s.act == act).unwrap_or(&STEPS[0])
}

/// Field names of a deed become those of the form.
fn own_fields(mut stop: Stop, names: &[(&'static str, &'static str)]) -> Stop {
    if let Stop::Invalid(invalid) = &mut stop {
        for trouble in &mut invalid.fields {
            if let Some((_, own)) = names.iter().find(|(theirs, _)| *theirs == trouble.field) {
                trouble.field = (*own).into();
            }
        }
    }
    stop
}

/// An optional text: blank is none.
fn maybe_body(field: &'static str, typed: &str) -> Outcome<Option<Body>> {
    if typed.trim().is_empty() { Ok(None) } else { Body::new(field, typed).map(Some) }
}

/// Accepting, and sending out in the same go when a unit was chosen.
#[derive(Deserialize)]
pub(super) struct AcceptForm {
    version: Option<i64>,
    accept_category: Option<Id<Category>>,
    accept_place: Option<Id<Division>>,
    accept_unit: Option<Id<access::Unit>>,
    #[serde(default)]
    accept_words: String,
}

impl AcceptForm {
    fn order(self) -> Outcome<(AcceptOrder, Option<DispatchOrder>, Option<Id<Division>>)> {
        let words = maybe_body("accept_words", &self.accept_words)?;
        let accept =
            AcceptOrder { version: self.version, category: self.accept_category.map(Id::raw), place: None };
        let send =
            self.accept_unit.map(|unit| DispatchOrder { version: None, unit: unit.raw(), account: 0, words });
        Ok((accept, send, self.accept_place))
    }
}

pub(super) async fn acceptance_make(at: At, form: Form<AcceptForm>) -> Answer {
    let order = form.read().and_then(AcceptForm::order);
    let done = at.run(order, |tx, g, hand, now, id, (accept, send, place)| {
        let place = place.map(|p| deeds::place_of(&g.atlas, p));
        let stands = case_by_id(tx.conn, id)?.map(|c| c.place);
        // The same village keeps its grid; only another one is a correction.
        let other = place.filter(|p| stands.is_none_or(|s| s.with(access::Level::Grid, 0) != *p));
        let accept = AcceptOrder { place: other, ..accept.clone() };
        match send {
            Some(send) => deeds::accept_and_dispatch(tx, g, hand, now, id, &accept, send),
            None => deeds::accept_case(tx, g, hand, now, id, &accept),
        }
    });
    let done = done.await;
    at.settle(form, ActKind::Accept, done).await
}

/// Sending out.
#[derive(Deserialize)]
pub(super) struct DispatchForm {
    version: Option<i64>,
    dispatch_unit: Id<access::Unit>,
    #[serde(default)]
    dispatch_words: String,
}

impl DispatchForm {
    fn order(self) -> Outcome<DispatchOrder> {
        let words = maybe_body("dispatch_words", &self.dispatch_words)?;
        Ok(DispatchOrder { version: self.version, unit: self.dispatch_unit.raw(), account: 0, words })
    }
}

pub(super) async fn dispatch_make(at: At, form: Form<DispatchForm>) -> Answer {
    let done = at.run(form.read().and_then(DispatchForm::order), deeds::dispatch_case).await;
    at.settle(form, ActKind::Dispatch, done).await
}

/// Taking: nothing but the version that was shown.
#[derive(Deserialize)]
pub(super) struct TakeForm {
    version: Option<i64>,
}

pub(super) async fn taking_make(at: At, form: Form<TakeForm>) -> Answer {
    let order = form.read().map(|f| f.version);
    let done =
        at.run(order, |tx, g, hand, now, id, version| deeds::take_case(tx, g, hand, now, id, *version)).await;
    at.settle(form, ActKind::Take, done).await
}

/// A form with a reason, its field named after the act; and its handler.
macro_rules! reasoned {
    ($form:ident, $handler:ident, $field:ident, $act:expr, $deed:path) => {
        #[doc = concat!("An act whose reason is typed into `", stringify!($field), "`.")]
        #[derive(Deserialize)]
        pub(super) struct $form {
            version: Option<i64>,
            $field: String,
        }

        pub(super) async fn $handler(at: At, form: Form<$form>) -> Answer {
            let order = form.read().and_then(|f| {
                Ok(ReasonOrder { version: f.version, reason: Body::new(stringify!($field), &f.$field)? })
            });
            let done = at.run(order, $deed).await;
            at.settle(form, $act, done).await
        }
    };
}

reasoned!(ReturnForm, return_make, return_reason, ActKind::Return, deeds::return_case);
reasoned!(ResumeForm, resumption_make, resume_reason, ActKind::Resume, deeds::resume_case);
reasoned!(GrantForm, grant_make, grant_reason, ActKind::Grant, deeds::grant_extension);
reasoned!(DenyForm, denial_make, deny_reason, ActKind::Deny, deeds::deny_extension);
reasoned!(RejectForm, rejection_make, reject_reason, ActKind::Reject, deeds::reject_case);
reasoned!(EscalateForm, escalation_make, escalate_reason, ActKind::Escalate, deeds::escalate_case);
reasoned!(ContestForm, contest_make, contest_reason, ActKind::Contest, deeds::contest_case);
reasoned!(ReopenForm, reopening_make, reopen_reason, ActKind::Reopen, deeds::reopen_case);

/// Giving back what is not one's own, with the entry of the duty list; and asking the upper desk.
macro_rules! not_mine {
    ($form:ident, $handler:ident, $reason:ident, $entry:ident, $act:expr, $deed:path) => {
        #[doc = concat!("A reason in `", stringify!($reason), "`, an entry in `", stringify!($entry), "`.")]
        #[derive(Deserialize)]
        pub(super) struct $form {
            version: Option<i64>,
            $reason: String,
            $entry: String,
        }

        pub(super) async fn $handler(at: At, form: Form<$form>) -> Answer {
            let order = form.read().and_then(|f| {
                Ok(DeclineOrder {
                    version: f.version,
                    reason: Body::new(stringify!($reason), &f.$reason)?,
                    duty_entry: Line::filled(stringify!($entry), &f.$entry)?,
                })
            });
            let done = at.run(order, $deed).await;
            at.settle(form, $act, done).await
        }
    };
}

not_mine!(
    DeclineForm,
    declination_make,
    decline_reason,
    decline_entry,
    ActKind::Decline,
    deeds::decline_case
);
not_mine!(DisputeForm, dispute_make, dispute_reason, dispute_entry, ActKind::Dispute, deeds::dispute_case);

/// Deciding whose a disputed case is.
#[derive(Deserialize)]
pub(super) struct ArbitrateForm {
    version: Option<i64>,
    arbitrate_unit: Id<access::Unit>,
    arbitrate_words: String,
}

pub(super) async fn arbitration_make(at: At, form: Form<ArbitrateForm>) -> Answer {
    let order = form.read().and_then(|f| {
        let words = Some(Body::new("arbitrate_words", &f.arbitrate_words)?);
        Ok(DispatchOrder { version: f.version, unit: f.arbitrate_unit.raw(), account: 0, words })
    });
    let done = at.run(order, deeds::arbitrate_case).await;
    at.settle(form, ActKind::Arbitrate, done).await
}

/// Letting the clocks stand still.
#[derive(Deserialize)]
pub(super) struct PauseForm {
    version: Option<i64>,
    #[serde(default)]
    pause_reason: String,
    #[serde(default)]
    pause_paper: String,
    #[serde(default)]
    pause_words: String,
}

pub(super) async fn pause_make(at: At, form: Form<PauseForm>) -> Answer {
    let order = form.read().and_then(|f| {
        let paper = if f.pause_paper.trim().is_empty() { None } else { Some(f.pause_paper.as_str()) };
        Ok(PauseOrder {
            version: f.version,
            paper: paper.map(|p| Line::new("pause_paper", p)).transpose()?,
            words: maybe_body("pause_words", &f.pause_words)?,
            reason: f.pause_reason,
        })
    });
    let done = at.run(order, deeds::pause_case).await;
    at.settle(form, ActKind::Pause, done).await
}

/// Asking for more time.
#[derive(Deserialize)]
pub(super) struct ExtendForm {
    version: Option<i64>,
    extend_days: u32,
    extend_reason: String,
}

pub(super) async fn extension_make(at: At, form: Form<ExtendForm>) -> Answer {
    let order = form.read().and_then(|f| {
        let reason = Body::new("extend_reason", &f.extend_reason)?;
        Ok(ExtendOrder { version: f.version, n: f.extend_days, reason })
    });
    let done = at.run(order, deeds::extend_case).await;
    at.settle(form, ActKind::Extend, done).await
}

/// Writing down that the resident confirmed.
#[derive(Deserialize)]
pub(super) struct ConfirmForm {
    version: Option<i64>,
    #[serde(default)]
    confirm_words: String,
}

pub(super) async fn confirmation_make(at: At, form: Form<ConfirmForm>) -> Answer {
    let order = form.read().and_then(|f| Ok((f.version, maybe_body("confirm_words", &f.confirm_words)?)));
    let done = at.run(order, |tx, g, hand, now, id, (version, words)| {
        deeds::confirm_case(tx, g, hand, now, id, *version, words.as_ref().map(Body::as_str))
    });
    let done = done.await;
    at.settle(form, ActKind::Confirm, done).await
}

/// Reporting as done.
#[derive(Deserialize)]
pub(super) struct ReportForm {
    version: Option<i64>,
    report_ending: Ending,
    report_words: String,
    #[serde(default)]
    report_paper: String,
    #[serde(default)]
    report_signed: String,
}

impl ReportForm {
    fn order(self) -> Outcome<ReportOrder> {
        let words = Body::new("report_words", &self.report_words)?;
        let line = |field, typed: &str| {
            Line::new(field, typed).map(|line| (!line.as_str().is_empty()).then_some(line))
        };
        let paper = line("report_paper", &self.report_paper)?;
        let signed = line("report_signed", &self.report_signed)?;
        Ok(ReportOrder { version: self.version, ending: self.report_ending, words, paper, signed })
    }
}

pub(super) async fn report_make(at: At, form: Form<ReportForm>) -> Answer {
    let order = async {
        let before = read_photos_of(&form, "photo_before").await?;
        Ok((form.read()?.order()?, read_photos(&form).await?, before))
    };
    let order = order.await;
    let act = at.who.own_act(at.v.now);
    let done = at.run(order, move |tx, g, hand, now, id, (order, photos, before)| {
        let county = case_by_id(tx.conn, id)?.map_or(0, |c| c.place.county);
        // The photos stand on the case before the report asks for evidence; a refused report takes
        // them back with it.
        deeds::add_photos(tx, act, (id, county), deeds::PHOTO_BEFORE, before)?;
        deeds::add_photos(tx, act, (id, county), deeds::PHOTO_EVIDENCE, photos)?;
        deeds::report_case(tx, g, hand, now, id, order)
    });
    let done = done.await;
    at.settle(form, ActKind::Report, done).await
}

/// Finding it in order.
#[derive(Deserialize)]
pub(super) struct VerifyForm {
    version: Option<i64>,
    verify_ending: Option<Ending>,
    #[serde(default)]
    verify_answer: String,
}

pub(super) async fn verification_make(at: At, form: Form<VerifyForm>) -> Answer {
    let order = form.read().and_then(|f| {
        let answer = maybe_body("verify_answer", &f.verify_answer)?;
        Ok(AnswerOrder {
            version: f.version,
            ending: f.verify_ending,
            answer,
            same_as: None,
            referred_to: None,
        })
    });
    let done = at.run(order, deeds::verify_case).await;
    at.settle(form, ActKind::Verify, done).await
}

/// Answering without handling.
#[derive(Deserialize)]
pub(super) struct CloseForm {
    version: Option<i64>,
    close_ending: Ending,
    close_answer: String,
    close_same_as: Option<String>,
    close_referred_to: Option<String>,
}

impl CloseForm {
    fn order(self) -> Outcome<AnswerOrder> {
        Ok(AnswerOrder {
            version: self.version,
            ending: Some(self.close_ending),
            answer: Some(Body::new("close_answer", &self.close_answer)?),
            same_as: self.close_same_as,
            referred_to: self.close_referred_to,
        })
    }
}

pub(super) async fn closure_make(at: At, form: Form<CloseForm>) -> Answer {
    let done = at.run(form.read().and_then(CloseForm::order), deeds::close_case).await;
    at.settle(form, ActKind::Close, done).await
}

/// Who reads a note.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reader {
    /// Colleagues only.
    Offices,
    /// The resident too.
    Resident,
}

/// A note.
#[derive(Deserialize)]
pub(super) struct NoteForm {
    note: String,
    note_reader: Reader,
}

pub(super) async fn note_make(at: At, form: Form<NoteForm>) -> Answer {
    let done = async {
        let typed = form.read()?;
        let body = Body::new("note", &typed.note)?;
        let (person, _) = at.hands()?;
        let (id, now) = (at.id, at.v.now);
        let is_public = typed.note_reader == Reader::Resident;
        at.site.db.write(move |tx| deeds::add_note(tx, &person, now, id, &body, is_public)).await
    };
    match done.await {
        Ok(()) => go_saying(format!("/cases/{}", at.id), said_key(ActKind::Note)),
        Err(stop) => {
            let sheet = show::load(&at).await?;
            form.again(&at.v, show::ACT, stop, |f| sheet.draw(&at, Some((ActKind::Note, f))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::By;
    use crate::rules::moves::MOVES;

    #[test]
    fn every_move_of_staff_has_a_form_and_every_form_a_move() {
        let staff = |by: By| !matches!(by, By::Sender | By::System);
        for m in MOVES.iter().filter(|m| staff(m.by)) {
            assert!(STEPS.iter().any(|s| s.act == m.act), "{:?} has no form", m.act);
        }
        for s in STEPS {
            assert!(MOVES.iter().any(|m| m.act == s.act && staff(m.by)), "{:?} is no move", s.act);
        }
    }

    #[test]
    fn a_deeds_field_is_said_at_the_forms_own() {
        let stop = Stop::Invalid(base::Invalid::field("ending", "case.field.missing"));
        let Stop::Invalid(own) = own_fields(stop, stage_of(ActKind::Close).fields) else {
            panic!("another stop")
        };
        assert_eq!(own.fields[0].field, "close_ending");
    }
}
