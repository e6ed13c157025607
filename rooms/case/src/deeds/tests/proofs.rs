//! What closing needs, by the category; a dispatch by name; a changed category as an act of its own.

use access::Place;
use base::{Act, Id, Stop};
use parts::files::Picture;

use super::world::{World, place, worlds};
use crate::deeds::{
    Hand, PHOTO_BEFORE, PHOTO_EVIDENCE, accept_case, add_photos, contest_case, dispatch_case, report_case,
    submit_case, take_case, verify_case,
};
use crate::model::{
    AcceptOrder, AnswerOrder, Body, Case, DispatchOrder, Ending, Line, ReasonOrder, Receipt, ReportOrder,
};
use crate::store::file_by_id;

impl World {
    /// A matter of a category, taken by the liaison's unit.
    fn in_hand(&self, category: &str) -> Receipt {
        let mut matter = self.matter();
        let g = self.ground();
        let found = g.category_by_code(category).unwrap();
        matter.category = found.id;
        matter.answers = found
            .questions
            .iter()
            .filter(|q| q.required)
            .map(|q| (q.code.clone(), q.choices.first().cloned().unwrap_or_else(|| "5".into())))
            .collect();
        let r = self.act(move |tx, g, at| submit_case(tx, g, Hand::Public, at, &matter)).unwrap();
        let (clerk, liaison, unit, id) =
            (self.person("clerk"), self.person("liaison"), self.unit("liaison"), r.id);
        self.act(move |tx, g, at| {
            accept_case(tx, g, Hand::Staff(&clerk), at, id, &AcceptOrder::default())?;
            dispatch_case(tx, g, Hand::Staff(&clerk), at, id, &to(unit, 0))?;
            take_case(tx, g, Hand::Staff(&liaison), at, id, None)
        })
        .unwrap();
        r
    }

    fn report_with(&self, id: Id<Case>, order: ReportOrder) -> Vec<String> {
        let p = self.person("liaison");
        troubles(self.act(move |tx, g, at| report_case(tx, g, Hand::Staff(&p), at, id, &order)))
    }

    fn photo(&self, id: Id<Case>, purpose: &'static str) {
        let county = place(5).county;
        self.act(move |tx, _, at| {
            add_photos(tx, Act::new(base::Actor::SYSTEM, at), (id, county), purpose, &[picture()])
        })
        .unwrap();
    }
}

/// One colour, the same each time.
fn picture() -> Picture {
    parts::files::read_picture(include_bytes!("dot.png")).unwrap()
}

fn to(unit: i64, account: i64) -> DispatchOrder {
    DispatchOrder { version: None, unit, account, words: None }
}

fn fixed(words: &str, paper: Option<&str>, signed: Option<&str>) -> ReportOrder {
    let line = |field, text: Option<&str>| text.map(|t| Line::new(field, t).unwrap());
    ReportOrder {
        version: None,
        ending: Ending::Fixed,
        words: Body::new("words", words).unwrap(),
        paper: line("paper", paper),
        signed: line("signed", signed),
    }
}

/// The fields at which something was missing; none where it was done.
fn troubles<T: std::fmt::Debug>(done: base::Outcome<T>) -> Vec<String> {
    match done {
        Ok(_) => Vec::new(),
        Err(Stop::Invalid(invalid)) => {
            invalid.fields.iter().map(|f| format!("{}: {}", f.field, f.key)).collect()
        }
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_report_brings_what_its_category_wants_and_each_gap_is_said_at_its_field() {
    for w in worlds() {
        let road = w.in_hand("020102").id;
        let bare = || fixed("路面已修补。", Some("验收单3号"), None);
        let missing = ["photo_before: case.field.proof.before", "photo: case.field.proof.after"];
        assert_eq!(w.report_with(road, bare()), missing);
        w.photo(road, PHOTO_BEFORE);
        assert_eq!(w.report_with(road, bare()), missing[1..]);
        w.photo(road, PHOTO_EVIDENCE);
        assert_eq!(w.report_with(road, bare()), [""; 0]);
        // An honest "cannot fix" needs nothing but words.
        let manhole = w.in_hand("020401").id;
        let honest = ReportOrder { ending: Ending::CannotFix, ..bare() };
        assert_eq!(w.report_with(manhole, honest), [""; 0]);
        let wages = w.in_hand("050101").id;
        let missing = ["paper: case.field.proof.paper", "signed: case.field.proof.signature"];
        assert_eq!(w.report_with(wages, fixed("工资已补发。", None, None)), missing);
        assert_eq!(
            w.report_with(wages, fixed("工资已补发。", Some("支付凭证2号"), Some("回访单12号"))),
            [""; 0]
        );
        // A question wants an answer of some length: by what is asked, where the category itself says nothing.
        let question = w.in_hand("010301").id;
        assert_eq!(w.report_with(question, fixed("可以。", None, None)), ["words: case.field.proof.words"]);
        let whole = "符合条件的家庭每年三月和九月可到街道窗口申请，带身份证和收入证明。";
        assert_eq!(w.report_with(question, fixed(whole, None, None)), [""; 0]);
    }
}

#[test]
fn work_that_was_sent_back_is_pictured_anew_and_a_verifier_makes_nothing_fixed_without_proof() {
    for w in worlds() {
        let r = w.in_hand("020401");
        w.photo(r.id, PHOTO_EVIDENCE);
        assert_eq!(w.report_with(r.id, fixed("井盖已换新。", None, None)), [""; 0]);
        let (clerk, code, id) = (w.person("clerk2"), r.code.clone(), r.id);
        let answer = |ending| AnswerOrder {
            version: None,
            ending,
            answer: Some(Body::new("answer", "井盖已换新。").unwrap()),
            same_as: None,
            referred_to: None,
        };
        let as_reported = answer(None);
        w.act(move |tx, g, at| {
            verify_case(tx, g, Hand::Staff(&clerk), at, id, &as_reported)?;
            let why = ReasonOrder { version: None, reason: Body::new("reason", "又坏了").unwrap() };
            contest_case(tx, g, Hand::Sender { code: &code }, at.plus(1), id, &why)
        })
        .unwrap();
        // The desk that closed it has it again, and sends it out once more.
        let (clerk, liaison, unit) = (w.person("clerk"), w.person("liaison"), w.unit("liaison"));
        w.act(move |tx, g, at| {
            dispatch_case(tx, g, Hand::Staff(&clerk), at, id, &to(unit, 0))?;
            take_case(tx, g, Hand::Staff(&liaison), at, id, None)
        })
        .unwrap();
        assert_eq!(
            w.report_with(id, fixed("又换了一个。", None, None)),
            ["photo: case.field.proof.after"],
            "the picture of the first time shows nothing of the second"
        );
        // Reported as not fixed, found fixed by the verifier: with nothing to show for it.
        let honest = ReportOrder { ending: Ending::CannotFix, ..fixed("等配件。", None, None) };
        assert_eq!(w.report_with(id, honest), [""; 0]);
        let (clerk, fixed) = (w.person("clerk2"), answer(Some(Ending::Fixed)));
        let done = w.act(move |tx, g, at| verify_case(tx, g, Hand::Staff(&clerk), at, id, &fixed));
        assert_eq!(troubles(done), ["ending: case.field.proof.at_verify"]);
        let (clerk, same) = (w.person("clerk2"), answer(None));
        w.act(move |tx, g, at| verify_case(tx, g, Hand::Staff(&clerk), at, id, &same)).unwrap();
    }
}

#[test]
fn a_case_goes_by_name_only_to_somebody_whose_post_of_that_unit_handles() {
    for w in worlds() {
        let r = w.submit();
        let (clerk, id) = (w.person("clerk"), r.id);
        let (unit, liaison) = (w.unit("liaison"), w.person("liaison").account.raw());
        let elsewhere = ["account: case.field.account_elsewhere"];
        w.act(move |tx, g, at| accept_case(tx, g, Hand::Staff(&clerk), at, id, &AcceptOrder::default()))
            .unwrap();
        let send = |account: i64| {
            let clerk = w.person("clerk");
            troubles(
                w.act(move |tx, g, at| dispatch_case(tx, g, Hand::Staff(&clerk), at, id, &to(unit, account))),
            )
        };
        // Of another unit, of no post, nobody at all.
        for name in ["mediator", "clerk", "outsider", "leader"] {
            let account = w.cast.get(name).unwrap().account.raw();
            assert_eq!(send(account), elsewhere, "{name}");
        }
        assert_eq!(send(987_654_321), elsewhere);
        assert_eq!(send(liaison), [""; 0]);
        assert_eq!(w.case(id).holder.account, liaison);
        // An accepted case may also wait for whoever of the unit comes first.
        let clerk = w.person("clerk");
        let liaison = w.person("liaison");
        w.act(move |tx, g, at| {
            take_case(tx, g, Hand::Staff(&liaison), at, id, None)?;
            dispatch_case(tx, g, Hand::Staff(&clerk), at, id, &to(unit, 0))
        })
        .unwrap();
    }
}

#[test]
fn a_changed_category_is_an_act_before_the_acceptance_and_a_changed_place_alone_is_none() {
    for w in worlds() {
        let g = w.ground();
        let other = g.category_by_code("020301").unwrap().id;
        let accept = |order: AcceptOrder| {
            let r = w.submit();
            let (clerk, id) = (w.person("clerk"), r.id);
            let done =
                w.act(move |tx, g, at| accept_case(tx, g, Hand::Staff(&clerk), at, id, &order)).unwrap();
            let file = w.read(move |c| Ok(file_by_id(c, id)?.unwrap()));
            let acts: Vec<String> = file.acts.iter().map(|a| a.act.clone()).collect();
            (done, file, acts)
        };
        let (done, file, acts) = accept(AcceptOrder { category: Some(other), ..AcceptOrder::default() });
        assert_eq!(acts, ["submit", "recategorise", "accept"]);
        assert_eq!((done.version, file.case.version, file.case.category), (3, 3, other));
        let act = &file.acts[1];
        let before = g.category_by_code("010101").unwrap().id;
        assert_eq!((act.old_category, act.new_category, act.words.as_deref()), (before, other, None));
        assert_eq!((act.from_stage.as_str(), act.to_stage.as_str()), ("received", "received"));
        let same = AcceptOrder { category: Some(before), ..AcceptOrder::default() };
        assert_eq!(accept(same).2, ["submit", "accept"]);
        let moved = Place { village: 0, ..place(5) };
        let (_, file, acts) = accept(AcceptOrder { place: Some(moved), ..AcceptOrder::default() });
        assert_eq!((acts.len(), file.case.place), (2, moved));
    }
}
