//! Made-up pages of whistles and urgings, for pictures and for the checks of words and accessibility.

use askama::Template;
use base::{HOUR_MS, Id, Millis};
use deadline::{Term, Unit};
use web::{Fields, Html, ListQuery, Opt, Sample, Tone, View};

use super::super::urged::{self, UrgedPage, answered_badge};
use super::super::whistle::{
    ActPage, Asked, Button, CallView, Happened, NewPage, PREFIX, Panel, PanelLine, WhistlePage, WhistleView,
    ask_fields, call_badge, state_badge, term_units,
};
use super::super::whistles::{self, Line, Tab, UNIT_COLUMNS, UnitRow, UnitsPage, WhistlesPage};
use super::clerk;
use crate::model::{Call, CallRole, CallState, Stage};
use crate::pages::resident::pieces::stage_badge;

type Drawn = Result<String, askama::Error>;

/// The samples.
pub(super) fn samples() -> Vec<Sample> {
    vec![
        Sample { name: "case_whistle", html: whistle },
        Sample { name: "case_whistle_new", html: new },
        Sample { name: "case_whistle_report", html: report },
        Sample { name: "case_whistle_rate", html: rate },
        Sample { name: "case_whistle_close", html: close },
        Sample { name: "case_whistles", html: list },
        Sample { name: "case_whistles_empty", html: list_empty },
        Sample { name: "case_whistle_units", html: units },
        Sample { name: "case_urged", html: urged_list },
    ]
}

const UNITS: [&str; 6] = [
    "西山县城市管理综合执法局",
    "西山县住房和城乡建设局",
    "西山县市场监督管理局",
    "河滩镇应急管理办公室",
    "河滩镇社会事务办公室",
    "柳林村民委员会",
];

/// A call in a state, as it stands now.
fn call(v: &View, state: CallState, hours: i64) -> Call {
    let at = |h: i64| v.now.plus(h * HOUR_MS);
    let due = at(hours);
    let after = |states: &[CallState], h| states.contains(&state).then(|| at(h));
    use CallState::{Answered, Arrived, Done, Excused, Missed};
    Call {
        id: Id::of(1),
        whistle: Id::of(1),
        case: Id::of(1),
        county: 1,
        caller: 1,
        unit: 2,
        role: CallRole::Lead,
        at: at(hours - 24),
        term: Term { n: 24, unit: Unit::Hour },
        source: String::new(),
        due,
        answered: after(&[Answered, Arrived, Done], -20),
        arrived: after(&[Arrived, Done], -10),
        finished: after(&[Done], -2),
        missed: after(&[Missed], -1),
        excused: after(&[Excused], -1),
        outcome: String::new(),
        version: 1,
    }
}

const STATES: [CallState; 6] = [
    CallState::Done,
    CallState::Arrived,
    CallState::Answered,
    CallState::Waiting,
    CallState::Missed,
    CallState::Excused,
];

fn words(v: &View, key: &str) -> String {
    v.t(key).into_owned()
}

fn facts(v: &View, c: &Call) -> Vec<(String, String)> {
    let told = |(key, at): (&str, Option<Millis>)| Some((words(v, key), v.exact(at?)));
    let all = [
        ("case.page.whistle.due", Some(c.due)),
        ("case.page.whistle.answered_at", c.answered),
        ("case.page.whistle.arrived_at", c.arrived),
        ("case.page.whistle.finished_at", c.finished),
    ];
    all.into_iter().filter_map(told).collect()
}

fn call_view(v: &View, n: usize) -> CallView {
    let state = STATES[n % STATES.len()];
    let c = call(v, state, if state == CallState::Missed { -3 } else { 6 });
    let button = |key: &str, is_post, is_main| Button {
        address: format!("/whistles/0000000000001/calls/{n:013}/answer"),
        label: words(v, key),
        is_post,
        is_main,
    };
    let buttons = match state {
        CallState::Waiting | CallState::Missed => vec![
            button("case.page.whistle.do_answer", true, true),
            button("case.page.whistle.do_excuse", false, false),
        ],
        CallState::Done => vec![button("case.page.whistle.do_rate_unit", false, true)],
        _ => Vec::new(),
    };
    let said = [("by", "河滩镇综治中心"), ("of", UNITS[n]), ("stars", &words(v, "case.whistle.stars.5"))];
    let said = said.map(|(name, word)| (name, word.to_owned()));
    let said: Vec<(&str, &dyn std::fmt::Display)> =
        said.iter().map(|(name, word)| (*name, word as &dyn std::fmt::Display)).collect();
    let done = state == CallState::Done;
    CallView {
        id: format!("{n:013}"),
        unit: UNITS[n].into(),
        role: words(v, if n == 0 { "case.whistle.role.lead" } else { "case.whistle.role.assist" }),
        state: state_badge(v, state),
        left: call_badge(v, &c, None),
        facts: facts(v, &c),
        why: "2026-11-21 09:00 吹哨，即时起算；24小时；到期 2026-11-22 09:00".into(),
        outcome: if done { "已拆除占道围挡，恢复通行。".into() } else { String::new() },
        ratings: if done { vec![v.tw("case.page.whistle.said_of", &said)] } else { Vec::new() },
        buttons,
    }
}

fn whistle(v: &View) -> Drawn {
    let v = clerk(v);
    let fact = |key: &str, value: &str| (words(&v, key), value.to_owned());
    let happened = |key: &str, unit: &str, said: &str| Happened {
        what: format!("{} · {unit}", words(&v, key)),
        when: v.when(v.now),
        exact: v.exact(v.now),
        who: "河滩镇综治中心 李晓梅".into(),
        words: said.into(),
    };
    let w = WhistleView {
        id: "0000000000001".into(),
        case: "0000000000001".into(),
        number: "990101-2026-00500".into(),
        title: "围挡占道三个月，消防车进不来".into(),
        state: v.badge(Tone::Info, v.t("case.page.whistle.open")),
        facts: vec![
            fact("case.page.whistle.caller", "西山县河滩镇综治中心"),
            fact("case.page.whistle.at", &v.when(v.now)),
            fact("case.page.whistle.meet_at", "西关小区东门"),
            fact("case.page.whistle.place", "西山县河滩镇柳林村 第3网格"),
        ],
        reason: "围挡属谁审批各说各话，请到现场一起定，当天拆。".into(),
        outcome: String::new(),
        calls: (0..UNITS.len()).map(|n| call_view(&v, n)).collect(),
        course: vec![
            happened("case.whistle.act.call", UNITS[0], "围挡属谁审批各说各话，请到现场一起定，当天拆。"),
            happened("case.whistle.act.answer", UNITS[0], ""),
            happened("case.whistle.act.miss", UNITS[4], ""),
        ],
        may_close: true,
    };
    WhistlePage { w, v }.render()
}

/// The panel of a case's page.
pub(super) fn panel(v: &View) -> Html {
    let line = |n: usize| {
        let state = STATES[n];
        let role = if n == 0 { "case.whistle.role.lead" } else { "case.whistle.role.assist" };
        let name = format!("{} {}", words(v, role), UNITS[n]);
        (name, state_badge(v, state), call_badge(v, &call(v, state, 6), None))
    };
    let lines = vec![PanelLine {
        address: "/whistles/0000000000001".into(),
        when: v.when(v.now),
        state: v.badge(Tone::Info, v.t("case.page.whistle.open")),
        calls: (0..4).map(line).collect(),
    }];
    Html::of(&Panel { v: v.clone(), case: "0000000000001".into(), lines, may_call: true })
}

fn options() -> Vec<Opt> {
    UNITS.iter().enumerate().map(|(n, name)| Opt::new(format!("{:013}", n + 1), *name)).collect()
}

fn new(v: &View) -> Drawn {
    let v = clerk(v);
    let f = Fields::blank(&v, PREFIX)
        .fill("lead", "0000000000001")
        .fill("lead_n", 24)
        .fill("lead_unit", "h")
        .fill("assist_n", 24)
        .fill("assist_unit", "h");
    let said: [(&str, &dyn std::fmt::Display); 2] = [("term", &"24"), ("source", &"示范默认值")];
    NewPage {
        f,
        id: "0000000000001".into(),
        number: "990101-2026-00500".into(),
        title: "围挡占道三个月，消防车进不来".into(),
        units: options(),
        terms: term_units(&v),
        default: v.tw("case.page.whistle.default", &said),
        v,
    }
    .render()
}

fn form(v: &View, kind: Asked, name: &str, send: &'static str) -> Drawn {
    let v = clerk(v);
    let f = Fields::blank(&v, PREFIX);
    ActPage {
        title: words(&v, &format!("case.page.whistle.do_{name}")),
        lead: words(&v, &format!("case.page.whistle.lead_{name}")),
        about: format!("990101-2026-00500 围挡占道三个月 {}", UNITS[0]),
        back: "/whistles/0000000000001".into(),
        action: "/whistles/0000000000001/calls/0000000000001/outcome".into(),
        fields: ask_fields(&v, kind, &f),
        send,
        f,
        v,
    }
    .render()
}

fn report(v: &View) -> Drawn {
    form(v, Asked::Outcome, "report", "send_report")
}

fn rate(v: &View) -> Drawn {
    form(v, Asked::RateUnit, "rate_unit", "send_rate")
}

fn close(v: &View) -> Drawn {
    form(v, Asked::Closure, "close", "send_close")
}

fn list_page(v: &View, some: bool) -> Drawn {
    let v = clerk(v);
    let q = ListQuery::<whistles::By, whistles::Sort>::parse("/whistles", "tab=waiting&whose=caller");
    let f = q.fields(&v, "case.page.whistle.by");
    let row = |n: usize| {
        let state = STATES[n % STATES.len()];
        let c = call(&v, state, 4);
        Line {
            id: "0000000000001".into(),
            unit: UNITS[n % UNITS.len()].into(),
            role: words(&v, "case.whistle.role.lead"),
            number: format!("990101-2026-{:05}", 500 + n),
            title: "围挡占道三个月，消防车进不来".into(),
            place: "河滩镇柳林村".into(),
            caller: "西山县河滩镇综治中心".into(),
            at: v.when(c.at),
            due: v.exact(c.due),
            left: call_badge(&v, &c, None),
            state: state_badge(&v, state),
        }
    };
    let rows: Vec<Line> = if some { (0..12).map(row).collect() } else { Vec::new() };
    use web::Names;
    let tabs = Tab::ALL.iter().map(|t| (t.name(), words(&v, t.key()), Some(3)));
    let list = q
        .frame(&v, None, rows.len())
        .empty("case.page.whistle.empty")
        .tabs(q.tabs(whistles::By::Tab, tabs))
        .export("/whistles/sheet.xlsx".into())
        .print()
        .link("/whistles/units", "case.page.whistle.units_heading")
        .filter(f.select("unit", &options()))
        .filter(f.date("from"))
        .filter(f.date("to"))
        .total(rows.len());
    WhistlesPage {
        title: words(&v, "case.page.whistle.list_heading"),
        place: "西山县河滩镇综治中心".into(),
        at_head: q.head(&v, whistles::Sort::At, "case.page.whistle.at"),
        due_head: q.head(&v, whistles::Sort::Due, "case.page.whistle.due"),
        rows,
        list,
        v,
    }
    .render()
}

fn list(v: &View) -> Drawn {
    list_page(v, true)
}

fn list_empty(v: &View) -> Drawn {
    list_page(v, false)
}

fn units(v: &View) -> Drawn {
    let v = clerk(v);
    let q = ListQuery::<whistles::By, whistles::Sort>::parse("/whistles/units", "whose=area");
    let f = q.fields(&v, "case.page.whistle.by");
    let cell = |n: usize| ("/whistles?tab=all".to_owned(), n.to_string(), String::new());
    let row = |(n, name): (usize, &&str)| {
        let mut cells: Vec<_> = [9 - n, 7 - n, 1, 1, 0, 1].map(cell).into();
        let of = v.t1("case.page.whistle.of_n", "n", 4);
        cells.push(("/whistles?figure=rated".to_owned(), "4.3".to_owned(), of));
        UnitRow { address: "/whistles?unit=1".into(), name: (*name).to_owned(), cells }
    };
    let list = q
        .frame(&v, None, UNITS.len())
        .empty("case.page.whistle.empty")
        .export("/whistles/units/sheet.xlsx".into())
        .print()
        .filter(f.date("from"))
        .filter(f.date("to"));
    UnitsPage {
        place: "西山县".into(),
        heads: UNIT_COLUMNS.iter().map(|(key, _)| words(&v, key)).collect(),
        rows: UNITS.iter().enumerate().map(row).collect(),
        list,
        v,
    }
    .render()
}

fn urged_list(v: &View) -> Drawn {
    let v = clerk(v);
    let q = ListQuery::<urged::By, urged::Sort>::parse("/urged", "tab=open");
    let f = q.fields(&v, "case.page.urged.by");
    let row = |n: i64| urged::Line {
        id: format!("{:013}", n + 1),
        number: format!("990101-2026-{:05}", 500 + n),
        title: "西关小区东门路灯三天不亮，老人晚上不敢出门".into(),
        place: "河滩镇柳林村".into(),
        stage: stage_badge(&v, Stage::Handling),
        holder: UNITS[0].into(),
        at: v.when(v.now.plus(-n * HOUR_MS)),
        answered: answered_badge(&v, n % 3 == 2),
        due: v.left(v.now.plus((n - 2) * 24 * HOUR_MS)),
    };
    use web::Names;
    let tabs = urged::Tab::ALL.iter().map(|t| (t.name(), words(&v, t.key()), Some(6)));
    let list = q
        .frame(&v, None, 6)
        .empty("case.page.urged.empty")
        .tabs(q.tabs(urged::By::Tab, tabs))
        .export("/urged/sheet.xlsx".into())
        .filter(f.date("from"))
        .filter(f.date("to"))
        .total(6);
    UrgedPage {
        place: "西山县".into(),
        rows: (0..6).map(row).collect(),
        at_head: q.head(&v, urged::Sort::At, "case.page.urged.at"),
        list,
        v,
    }
    .render()
}
