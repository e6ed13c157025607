//! Sample pages of the room, drawn without a database: for pictures and for accessibility checks.

use askama::{Error, Template};
use base::{DAY_MS, HOUR_MS, Id, Millis};
use web::{Fields, Opt, Sample, View, sample_person};

use super::DEMO_SECRET;
use crate::model::{Account, AccountName, Period, Place, State, Unit, UnitKind};
use crate::pages::{
    AccountPage, CodePage, CodesPage, HoldingLine, OwnPage, PasswordPage, PostRow, SecondPage, SessionRow,
    SignInPage, qr,
};
use crate::rules::otpauth_uri;

/// The sample pages.
pub fn samples() -> Vec<Sample> {
    vec![
        Sample { name: "access_sign_in", html: sign_in },
        Sample { name: "access_code", html: code },
        Sample { name: "access_password", html: password },
        Sample { name: "access_second", html: second },
        Sample { name: "access_codes", html: codes },
        Sample { name: "access_own", html: own },
        Sample { name: "access_account", html: account },
    ]
}

fn staff(v: &View) -> View {
    v.clone().seen_by(sample_person())
}

fn sign_in(v: &View) -> Result<String, Error> {
    SignInPage { v: v.clone(), f: Fields::blank(v, "access.sign_in") }.render()
}

fn code(v: &View) -> Result<String, Error> {
    CodePage { v: v.clone(), f: Fields::blank(v, "access.code") }.render()
}

fn password(v: &View) -> Result<String, Error> {
    let f = Fields::blank(v, "access.password");
    PasswordPage { v: v.clone(), f, to: "/sign-in/password", first: true }.render()
}

fn second(v: &View) -> Result<String, Error> {
    let uri = otpauth_uri(DEMO_SECRET, "clerk", &v.brand()).unwrap_or_default();
    let f = Fields::blank(v, "access.second");
    let secret = DEMO_SECRET.to_owned();
    SecondPage { v: v.clone(), f, qr: qr(&uri), uri, secret, to: "/sign-in/second" }.render()
}

fn codes(v: &View) -> Result<String, Error> {
    let codes = ["7KQ2M-9XHTA", "R4WPN-C8ZVE", "H6YDB-3UJSF"].map(str::to_owned).to_vec();
    CodesPage { v: staff(v), codes }.render()
}

fn own(v: &View) -> Result<String, Error> {
    let v = staff(v);
    let post = PostRow {
        unit: "乡镇综治中心".into(),
        title: "综治中心干事".into(),
        duties: vec![v.t("access.duty.clerk").into_owned(), v.t("access.duty.verify").into_owned()],
        scope: "武南镇".into(),
    };
    let session = |hours: i64, here| SessionRow {
        made: v.now.plus(-hours * HOUR_MS),
        seen: v.now,
        ends: v.now.plus((12 - hours) * HOUR_MS),
        complete: true,
        here,
    };
    let sessions = vec![session(1, true), session(3, false)];
    OwnPage { posts: vec![post], name: "clerk".into(), sessions, totp_on: false, v: v.clone() }.render()
}

fn account(v: &View) -> Result<String, Error> {
    let v = staff(v);
    let unit = Unit {
        id: Id::of(1),
        name: "乡镇综治中心".into(),
        kind: UnitKind::Centre,
        place: Place::default(),
        period: Period::since(Millis(0)),
    };
    let holding = HoldingLine {
        id: Id::of(1),
        unit: unit.name.clone(),
        title: "综治中心干事".into(),
        duties: vec![v.t("access.duty.clerk").into_owned()],
        scope: "武南镇".into(),
        from: v.now.plus(-90 * DAY_MS),
        until: None,
        open: true,
    };
    let account = Account {
        id: Id::of(2),
        name: AccountName::stored("clerk"),
        display: "李建国".into(),
        state: State::Active,
        unit: unit.id,
    };
    AccountPage {
        f: Fields::blank(&v, "access.account").fill("display", &account.display).fill("unit", unit.id),
        units: vec![Opt::new(unit.id, &unit.name)],
        account,
        unit,
        holdings: vec![holding],
        totp_on: true,
        sessions: 1,
        signed_in: Some(v.now.plus(-DAY_MS)),
        admin: true,
        own: false,
        v: v.clone(),
    }
    .render()
}
