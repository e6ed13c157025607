//! Sample pages of the room, drawn without a database.

use askama::{Error, Template};
use base::{DAY_MS, HOUR_MS, Id, Millis};
use jiff::civil::date;
use web::{Fields, Names as _, Sample, Tone, View, sample_person};

use crate::model::{
    Cadence, CategoryCode, Codes, DivisionCode, Link, LinkState, Numbers, PublicKey, Report, Row, Sent,
    SentState, Why,
};
use crate::pages::{
    Asked, BelowLine, BelowPage, BoardLine, BoardPage, CellRow, CellsPage, CodePage, LinkPage, OnePage,
    RegisterPage, ReportRow, ReportsPage, SentLine, SentPage, SentReport, cadences, link_view, measure_heads,
    numbers_of, sent_line,
};
use crate::rules::{digest, encode};
use crate::store::Tallied;

/// The sample pages.
pub fn samples() -> Vec<Sample> {
    vec![
        Sample { name: "upward_board", html: board },
        Sample { name: "upward_cells", html: cells },
        Sample { name: "upward_below", html: below },
        Sample { name: "upward_one", html: one },
        Sample { name: "upward_register", html: register },
        Sample { name: "upward_code", html: code },
        Sample { name: "upward_reports", html: reports },
        Sample { name: "upward_refused", html: refused },
        Sample { name: "upward_sent", html: sent },
        Sample { name: "upward_sent_report", html: sent_report },
        Sample { name: "upward_link", html: link },
        Sample { name: "upward_link_new", html: link_new },
    ]
}

fn staff(v: &View) -> View {
    v.clone().seen_by(sample_person())
}

const SOME: Numbers = Numbers {
    received: 41,
    due: 36,
    done: 35,
    on_time: 33,
    missed: 2,
    extended: 1,
    reopened: 1,
    said: 6,
    satisfied: 5,
};

fn open(address: &str) -> Vec<(i64, String)> {
    numbers_of(SOME).into_iter().map(|n| (n, address.to_owned())).collect()
}

fn board(v: &View) -> Result<String, Error> {
    let v = staff(v);
    let q = Asked::parse("/upward", "");
    let line = |name: &str, missing: &str, days_missing| BoardLine {
        name: name.into(),
        numbers: open("/upward/cells?division=000003000000"),
        last: v.day(date(2026, 11, 20)),
        missing: missing.into(),
        days_missing,
    };
    let rows = vec![line("西山县", "", 0), line("东河县", "2026-11-18–2026-11-19", 2)];
    let words = [("n", &1 as &dyn std::fmt::Display), ("names", &"东河县")];
    BoardPage {
        list: q.frame(&v, None, rows.len()).export("/upward/sheet.xlsx".into()).print(),
        as_of: v.t1("upward.as_of", "day", v.day(date(2026, 11, 20))),
        lacking: v.tw("upward.lacking", &words),
        heads: measure_heads(&v),
        sum: numbers_of(SOME.plus(SOME)),
        kinds: vec![
            ("公共设施".into(), open("/upward/cells?category=01")),
            (v.t("upward.category.other").into_owned(), open("/upward/cells?category=other")),
        ],
        rows,
        q,
        v,
    }
    .render()
}

fn cells(v: &View) -> Result<String, Error> {
    let v = staff(v);
    let q = Asked::parse("/upward/cells", "division=000003000000");
    let row = |day: &str| CellRow {
        day: day.into(),
        division: "西山县".into(),
        category: v.t("upward.category.any").into_owned(),
        numbers: numbers_of(SOME),
        by: "西山县系统".into(),
        by_id: "1".into(),
    };
    let rows = vec![row("2026-11-20"), row("2026-11-19")];
    let list = q.frame(&v, None, rows.len()).export("/upward/cells/sheet.xlsx".into()).print();
    CellsPage { heads: measure_heads(&v), list, rows, q, v }.render()
}

fn below_line(v: &View, name: &str, tone: Tone, key: &str, missing: usize) -> BelowLine {
    let state_words = v.t(key).into_owned();
    BelowLine {
        id: "1".into(),
        name: name.into(),
        places: name.trim_end_matches("系统").into(),
        state: v.badge(tone, &state_words),
        state_words,
        heard: v.when(v.now.plus(-HOUR_MS)),
        last: v.day(date(2026, 11, 20)),
        missing,
        tallied: Tallied { taken: 20, replaced: 2, refused: 1 },
    }
}

fn below(v: &View) -> Result<String, Error> {
    let v = staff(v);
    let q = Asked::parse("/upward/installations", "");
    let rows = vec![
        below_line(&v, "西山县系统", Tone::Good, "upward.state.fresh", 0),
        below_line(&v, "东河县系统", Tone::Bad, "upward.state.silent", 2),
    ];
    let list = q
        .frame(&v, None, rows.len())
        .link("/upward/registration", "upward.new")
        .export("/upward/installations/sheet.xlsx".into())
        .print();
    BelowPage { list, rows, q, v }.render()
}

fn one(v: &View) -> Result<String, Error> {
    let v = staff(v);
    OnePage {
        line: below_line(&v, "东河县系统", Tone::Warn, "upward.state.waiting", 2),
        facts: vec![(v.t("upward.new.key").into_owned(), PublicKey::of(&[7; 32]).as_str().to_owned())],
        gaps: "2026-11-18–2026-11-19".into(),
        may_keep: true,
        awaits_code: true,
        is_over: false,
        f: Fields::blank(&v, "upward.new"),
        v,
    }
    .render()
}

fn register(v: &View) -> Result<String, Error> {
    let v = staff(v);
    RegisterPage { f: Fields::blank(&v, "upward.new"), v }.render()
}

fn code(v: &View) -> Result<String, Error> {
    let v = staff(v);
    CodePage { id: "1".into(), name: "西山县系统".into(), code: "7KQM-2RTW-9XHC-4BNJ".into(), v }.render()
}

fn reports_page(v: &View, tab: &str, why: Option<Why>) -> Result<String, Error> {
    let v = staff(v);
    let q = Asked::parse("/upward/reports", tab);
    let row = ReportRow {
        at: v.exact(v.now),
        by: "西山县系统".into(),
        by_id: "1".into(),
        sequence: 21,
        day: "2026-11-20".into(),
        revision: 1,
        is_complete: true,
        why: why.map_or_else(String::new, |why| v.t(why.key()).into_owned()),
        digest: "5a".repeat(8),
        address: if why.is_some() { String::new() } else { "/upward/cells?report=1".into() },
    };
    let list = q.frame(&v, None, 1).export("/upward/reports/sheet.xlsx".into()).print();
    ReportsPage { list, is_refused: why.is_some(), rows: vec![row], q, v }.render()
}

fn reports(v: &View) -> Result<String, Error> {
    reports_page(v, "tab=current", None)
}

fn refused(v: &View) -> Result<String, Error> {
    reports_page(v, "tab=refused", Some(Why::Skew))
}

fn report(v: &View) -> Option<Sent> {
    let rows = vec![Row {
        division: DivisionCode::parse("000003000000")?,
        category: CategoryCode::any(),
        numbers: SOME,
    }];
    let (day, made) = (date(2026, 11, 20), Millis(v.now.0 - 8 * HOUR_MS));
    let said = Report {
        installation: Id::of(1),
        sequence: 20,
        day,
        revision: 0,
        complete: true,
        made_ms: made,
        missing: Vec::new(),
        rows,
    };
    let body = encode(&said);
    Some(Sent {
        id: 1,
        link: 1,
        sequence: 20,
        day,
        revision: 0,
        is_complete: true,
        digest: digest(&body),
        body,
        made,
        state: SentState::Acknowledged,
        tries: 1,
        next: made,
        answered: Some(made),
        trouble: None,
    })
}

fn sent(v: &View) -> Result<String, Error> {
    let v = staff(v);
    let q = Asked::parse("/upward/sent", "");
    let late = report(&v).map(|s| Sent {
        sequence: 21,
        state: SentState::Waiting,
        trouble: Some(Why::Unreachable),
        ..s
    });
    let rows: Vec<SentLine> = late.iter().chain(&report(&v)).map(|s| sent_line(&v, s)).collect();
    let list = q.frame(&v, None, rows.len()).export("/upward/sent/sheet.xlsx".into()).print();
    SentPage { list, rows, v }.render()
}

fn sent_report(v: &View) -> Result<String, Error> {
    let v = staff(v);
    let Some(sent) = report(&v) else { return Ok(String::new()) };
    SentReport {
        line: sent_line(&v, &sent),
        missing: "东河县".into(),
        heads: measure_heads(&v),
        rows: vec![("西山县".into(), v.t("upward.category.any").into_owned(), numbers_of(SOME))],
        digest: sent.digest,
        body: sent.body,
        v,
    }
    .render()
}

fn link(v: &View) -> Result<String, Error> {
    let v = staff(v);
    let link = Link {
        id: 1,
        address: "https://city.example".into(),
        name: "西山县系统".into(),
        codes: Codes::of_stored("000003000000"),
        cadence: Cadence::Daily,
        state: LinkState::Active,
        installation: 1,
        first_day: date(2026, 11, 1),
        told_sequence: 20,
        answered: Some(v.now.plus(-HOUR_MS)),
        tries: 1,
        next: v.now,
        trouble: Some(Why::Skew),
        made: v.now.plus(-20 * DAY_MS),
    };
    let told = ([1, 20, 0], Some(date(2026, 11, 20)));
    let shown = link_view(&v, &link, "西山县", PublicKey::of(&[7; 32]).as_str(), told);
    LinkPage { f: Fields::blank(&v, "upward.link"), cadences: cadences(&v), link: Some(shown), v }.render()
}

fn link_new(v: &View) -> Result<String, Error> {
    let v = staff(v);
    let f = Fields::blank(&v, "upward.link").fill("cadence", Cadence::Daily.name());
    LinkPage { f, cadences: cadences(&v), link: None, v }.render()
}
