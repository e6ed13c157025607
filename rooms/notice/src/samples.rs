//! Sample pages of the room, drawn without a database.

use askama::{Error, Template};
use base::{HOUR_MS, Id};
use web::{Fields, ListQuery, Opt, Sample, Tone, View, sample_person};

use crate::model::{Channel, Kind, Quiet};
use crate::pages::{
    FeedLine, FeedPage, GonePage, InboxPage, Line, LogLine, LogPage, OwnPage, SetupPage, WayLine,
};

web::names! { enum By { Tab = "tab", Kind = "kind", Channel = "channel" } }
web::names! { enum Order { Made = "made" } }

/// The sample pages.
pub fn samples() -> Vec<Sample> {
    vec![
        Sample { name: "notice_inbox", html: inbox },
        Sample { name: "notice_gone", html: gone },
        Sample { name: "notice_log", html: log },
        Sample { name: "notice_setup", html: setup },
        Sample { name: "notice_own", html: own },
        Sample { name: "notice_feed", html: feed },
    ]
}

fn staff(v: &View) -> View {
    v.clone().seen_by(sample_person())
}

fn opts(v: &View, kinds: &[Kind]) -> Vec<Opt> {
    kinds.iter().map(|k| Opt::new(k.code(), v.t(&k.name_key()))).collect()
}

fn inbox(v: &View) -> Result<String, Error> {
    let line = |n: i64, kind: Kind, text: &str, unread: bool| Line {
        id: Id::of(n),
        title: v.t(&kind.name_key()).into_owned(),
        text: text.to_owned(),
        made: v.now.plus(-n * HOUR_MS),
        urgent: kind == Kind::WhistleCalled,
        unread,
        opens: true,
    };
    let rows = vec![
        line(
            1,
            Kind::WhistleCalled,
            "武南镇就 990101-2026-00512 吹哨，请于 2026-11-21 17:00 前响应报到。",
            true,
        ),
        line(
            2,
            Kind::ReminderRed,
            "990101-2026-00500 的答复时限将于 2026-11-22 17:00 到期，请尽快办结或申请延期。",
            true,
        ),
        line(30, Kind::Urged, "来件人催办 990101-2026-00488，请尽快办理并答复。", false),
    ];
    let q: ListQuery<By, Order> = ListQuery::parse("/notices", "");
    let fields = q.fields(v, "notice.filter");
    let tabs = [
        ("", v.t("notice.tab.unread").into_owned(), Some(2)),
        ("all", v.t("notice.tab.all").into_owned(), None),
    ];
    let kinds = opts(v, &[Kind::Missed, Kind::Urged]);
    let list = q.frame(v, None, rows.len()).tabs(q.tabs(By::Tab, tabs)).filter(fields.select("kind", &kinds));
    InboxPage { v: staff(v), list, rows, f: Fields::blank(v, "notice.reading"), any_unread: true }.render()
}

fn gone(v: &View) -> Result<String, Error> {
    let title = v.t(&Kind::Urged.name_key()).into_owned();
    let text = "来件人催办 990101-2026-00488，请尽快办理并答复。".to_owned();
    GonePage { v: staff(v), title, text, made: v.now.plus(-HOUR_MS) }.render()
}

fn log(v: &View) -> Result<String, Error> {
    let line = |n: i64, kind: Kind, channel: Channel, tone, state: &str, problem: &str| LogLine {
        id: Id::of(n),
        kind: v.t(&kind.name_key()).into_owned(),
        channel: channel.word(),
        audience: v.t("notice.audience.account").into_owned(),
        made: v.now.plus(-n * HOUR_MS),
        badge: v.badge(tone, v.t(state)),
        tries: n,
        problem: if problem.is_empty() { String::new() } else { v.t(problem).into_owned() },
        way: String::new(),
        sent: problem.is_empty().then_some(v.now.plus(-n * HOUR_MS)),
        next: (!problem.is_empty()).then_some(v.now.plus(HOUR_MS)),
        may_go: !problem.is_empty(),
    };
    let rows = vec![
        line(1, Kind::Missed, Channel::Mail, Tone::Good, "notice.state.sent", ""),
        line(3, Kind::WhistleCalled, Channel::Sms, Tone::Warn, "notice.state.failed", "notice.problem.slow"),
    ];
    let q: ListQuery<By, Order> = ListQuery::parse("/admin/notices", "");
    let list = q.frame(v, None, rows.len()).export("/admin/notices/sheet.xlsx".to_owned());
    LogPage { v: staff(v), list, rows }.render()
}

fn setup(v: &View) -> Result<String, Error> {
    let way = |channel: Channel, open| WayLine { channel: channel.word(), open, kinds: String::new() };
    let channels = vec![Opt::new("mail", v.t("notice.channel.mail"))];
    SetupPage {
        f: Fields::blank(v, "notice.trial"),
        ways: vec![way(Channel::InApp, true), way(Channel::Mail, true), way(Channel::Sms, false)],
        channels,
        quiet: Quiet::default().to_string(),
        hours: deadline::OfficeHours::default().to_string(),
        waits: v.tw("notice.setup.waits", &[("n", &7), ("minutes", &"1 · 5 · 30")]),
        may_try: true,
        v: staff(v),
    }
    .render()
}

fn own(v: &View) -> Result<String, Error> {
    let f =
        Fields::blank(v, "notice.own").fill("mail", "wang@linli.example").fill("mail_kinds", "case.missed");
    OwnPage {
        f,
        mail: true,
        sms: false,
        mail_kinds: opts(v, &[Kind::Missed, Kind::Urged]),
        sms_kinds: opts(v, &[Kind::Missed]),
        v: staff(v),
    }
    .render()
}

fn feed(v: &View) -> Result<String, Error> {
    let line = FeedLine {
        post: Id::<FeedLine>::of(5).to_string(),
        title: "综治中心干事".into(),
        unit: "武南镇".into(),
        made: Some(v.now),
        held: true,
    };
    let fresh = Some("https://linli.example/feed/AbCdEfGhIjKlMnOpQrStUvWxYz012345.ics".to_owned());
    FeedPage { v: staff(v), lines: vec![line], fresh }.render()
}
