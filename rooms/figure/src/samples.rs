//! Sample pages of the room, drawn without a database.

use std::collections::HashMap;

use askama::{Error, Template};
use base::{DAY_MS, Id};
use web::{Names as _, Sample, View, sample_person};

use crate::model::{Counter, Indicator, Irregular, Order, Tally, Thresholds};
use crate::pages::{
    ActView, ActsPage, BoardPage, CasesPage, CellView, ChecksPage, ClockRow, ClocksPage, FindingLine,
    FindingsPage, ForecastPage, Group, LateLine, Line, LoadLine, Names, Query, RowView, band, band_of,
    check_line, late_line, rate_line, state_badge,
};
use crate::rules::{CHECKS, Likeness, METRICS, Outlook, TABLE};
use crate::store::OpenCase;

const PACK: &str = include_str!("../../../packs/wuwei/figure.toml");

/// The sample pages.
pub fn samples() -> Vec<Sample> {
    vec![
        Sample { name: "figure_board", html: board },
        Sample { name: "figure_cases", html: cases },
        Sample { name: "figure_clocks", html: clocks },
        Sample { name: "figure_forecast", html: forecast },
        Sample { name: "figure_checks", html: checks },
        Sample { name: "figure_findings", html: findings },
        Sample { name: "figure_acts", html: acts },
    ]
}

fn staff(v: &View) -> View {
    v.clone().seen_by(sample_person())
}

/// One city's real week, as the board must show it.
fn whole() -> Tally<Indicator> {
    let mut whole = Tally::of(Id::of(0));
    for (counter, n) in [
        (Counter::Received, 51_571),
        (Counter::Filed, 51_229),
        (Counter::Dispatched, 49_151),
        (Counter::Due, 52_434),
        (Counter::Done, 43_523),
        (Counter::OnTime, 40_394),
        (Counter::Rework, 276),
        (Counter::Extended, 104),
    ] {
        whole.add(counter, n);
    }
    whole
}

fn row(name: &str, numbers: [i64; 7]) -> RowView {
    let cell = |(at, n): (usize, i64)| CellView {
        value: n.to_string(),
        of: if at == 1 { "92.3%".into() } else { String::new() },
        address: if n == 0 { String::new() } else { "/figure/cases".into() },
    };
    RowView {
        name: name.into(),
        address: "/figure".into(),
        cells: numbers.into_iter().enumerate().map(cell).collect(),
    }
}

fn board(v: &View) -> Result<String, Error> {
    let q = Query::parse("/figure", "month=2026-10");
    let heads = |first: &str| {
        std::iter::once(v.t(first).into_owned())
            .chain(TABLE.iter().map(|c| v.t(c.key()).into_owned()))
            .collect()
    };
    let group = |id, title: &str, head: &str, rows| Group {
        id,
        title: v.t(title).into_owned(),
        heads: heads(head),
        rows,
    };
    BoardPage {
        v: staff(v),
        place: "西山县".into(),
        period: v.tw("figure.period", &[("from", &"2026-10-01"), ("to", &"2026-10-31")]),
        filters: Vec::new(),
        sheet: "/figure/sheet.xlsx".into(),
        forecast: "/figure/forecast".into(),
        rates: METRICS.iter().map(|m| rate_line(v, &q, &whole(), m)).collect(),
        groups: vec![
            group(
                "levels",
                "figure.by_level",
                "figure.by.level",
                vec![row("县级", [130, 120, 10, 2, 4, 1, 33])],
            ),
            group(
                "units",
                "figure.by_unit",
                "figure.by.unit",
                vec![row("住建局", [52, 48, 4, 1, 3, 1, 12]), row("水务局", [26, 24, 2, 0, 0, 0, 6])],
            ),
            group(
                "kinds",
                "figure.by_category",
                "figure.by.category",
                vec![row("公共设施", [40, 37, 3, 1, 1, 0, 9])],
            ),
        ],
        method: Counter::ALL.iter().map(|c| (v.t(c.key()).into_owned(), v.t(c.how()).into_owned())).collect(),
        version: "2026.1".into(),
    }
    .render()
}

fn cases(v: &View) -> Result<String, Error> {
    let v = staff(v);
    let q = Query::parse("/figure/cases", "count=missed&month=2026-10");
    let rows = vec![Line {
        id: "1".into(),
        number: "西山-2026-00500".into(),
        category: "公共设施 › 道路照明".into(),
        unit: "住建局".into(),
        stage: v.t("case.stage.handling").into_owned(),
        created: v.exact(v.now.plus(-20 * DAY_MS)),
        due: v.exact(v.now.plus(-DAY_MS)),
        closed: "—".into(),
    }];
    CasesPage {
        title: v.t(Counter::Missed.key()).into_owned(),
        how: v.t(Counter::Missed.how()).into_owned(),
        back: "/figure".into(),
        list: q.frame(&v, None, rows.len()).export("/figure/cases/sheet.xlsx".into()).print(),
        sorts: q.head(&v, Order::Time, "figure.col.due"),
        by_creation: false,
        rows,
        v: v.clone(),
    }
    .render()
}

fn clocks(v: &View) -> Result<String, Error> {
    let v = staff(v);
    let q = Query::parse("/figure/clocks", "month=2026-10");
    let row = |clock: &str, state: &str, days: i64, paused| ClockRow {
        case: "1".into(),
        number: "西山-2026-00500".into(),
        category: "公共设施 › 道路照明".into(),
        clock: v.t(&format!("case.clock_kind.{clock}")).into_owned(),
        unit: "住建局".into(),
        state: state_badge(&v, state),
        due: v.exact(v.now.plus(days * DAY_MS)),
        ended: if days < 0 { v.exact(v.now.plus((days - 1) * DAY_MS)) } else { "—".into() },
        paused,
        extended: 0,
    };
    let rows = vec![row("answer", "met", -3, 0), row("unit", "missed", -1, 0), row("answer", "paused", 9, 1)];
    ClocksPage {
        back: "/figure".into(),
        list: q.frame(&v, None, rows.len()).export("/figure/clocks/sheet.xlsx".into()).print(),
        sorts: q.head(&v, Order::Time, "figure.col.due"),
        rows,
        v: v.clone(),
    }
    .render()
}

fn names() -> Names {
    let units = [(1, "住建局".to_owned()), (2, "水务局".to_owned())];
    Names { units: units.into_iter().collect(), categories: HashMap::new() }
}

fn late(v: &View) -> LateLine {
    let case = OpenCase {
        id: 5,
        number: "西山-2026-00512".into(),
        category_id: 0,
        unit_id: 1,
        since_ms: v.now.plus(-4 * DAY_MS).0,
        due_ms: v.now.plus(2 * DAY_MS).0,
    };
    let out = Outlook { all: 40, eight_in_ten_ms: 6 * DAY_MS, still_open: 25, in_time: 9 };
    late_line(v, &names(), 12, &(case, Likeness::UnitCategory, out))
}

fn forecast(v: &View) -> Result<String, Error> {
    let load = |name: &str, queue, grows| LoadLine {
        name: name.into(),
        address: "/figure/forecast".into(),
        queue,
        done: "3.1".into(),
        came: "34.5".into(),
        came_band: band_of(band(27.2, 34.5, 41.8)),
        left: "18.5".into(),
        left_band: band_of(band(11.2, 18.5, 25.8)),
        grows,
    };
    ForecastPage {
        v: staff(v),
        place: "西山县".into(),
        board: "/figure".into(),
        filters: Vec::new(),
        tested: v.t("figure.forecast.untested").into_owned(),
        how: v.tw("figure.forecast.how", &[("weeks", &8), ("band", &80)]),
        source: "示范默认值".into(),
        loads: vec![load("住建局", 12, true), load("水务局", 20, false)],
        unit: "住建局".into(),
        days: vec![
            ("2026-11-23".into(), "3.6".into(), "1–7".into()),
            ("2026-11-28".into(), "0.2".into(), "0–1".into()),
        ],
        late: vec![late(v)],
        looked: 128,
    }
    .render()
}

fn rules() -> Result<Thresholds, Error> {
    Thresholds::read(PACK).map_err(|_| Error::Fmt)
}

fn checks(v: &View) -> Result<String, Error> {
    let (rules, q) = (rules()?, Query::parse("/figure/irregular", ""));
    let found: [&[(i64, i64)]; 6] = [&[(1, 4), (2, 1)], &[], &[(2, 2)], &[], &[(1, 6)], &[]];
    let lines = CHECKS.iter().zip(found).map(|(c, found)| check_line(v, &q, c, &rules, found, &names()));
    ChecksPage {
        v: staff(v),
        place: "西山县".into(),
        filters: Vec::new(),
        checks: lines.collect(),
        version: rules.version.clone(),
    }
    .render()
}

fn findings(v: &View) -> Result<String, Error> {
    let v = staff(v);
    let rules = rules()?;
    let Some(check) = CHECKS.iter().find(|c| c.code == Irregular::LastMinute) else { return Err(Error::Fmt) };
    let q = Query::parse("/figure/irregular/last_minute", "");
    let rows = vec![FindingLine {
        case: "1".into(),
        number: "西山-2026-00500".into(),
        category: "公共设施 › 道路照明".into(),
        unit: "住建局".into(),
        at: v.exact(v.now.plus(-DAY_MS)),
        n: 7,
    }];
    let limit = v.tw(&format!("{}.limit", check.what), &[("n", &rules.of(check.code).0), ("m", &0)]);
    FindingsPage {
        what: v.t(check.what).into_owned(),
        why: v.t(check.why).into_owned(),
        limit,
        number: v.t(check.number).into_owned(),
        back: "/figure/irregular".into(),
        by_time: q.head(&v, Order::Time, "figure.col.at"),
        by_number: q.head(&v, Order::Number, check.number),
        list: q.frame(&v, None, rows.len()).export("/figure/irregular/last_minute/sheet.xlsx".into()).print(),
        rows,
        v: v.clone(),
    }
    .render()
}

fn acts(v: &View) -> Result<String, Error> {
    let act = |act: &str, by: &str, unit: &str, to: &str, days: i64| ActView {
        at: v.exact(v.now.plus(-days * DAY_MS)),
        act: v.t(&format!("case.act.{act}")).into_owned(),
        by: v.t(&format!("case.by.{by}")).into_owned(),
        unit: unit.into(),
        to: to.into(),
        stages: v.t("case.stage.handling").into_owned(),
        changed: String::new(),
    };
    ActsPage {
        v: staff(v),
        number: "西山-2026-00500".into(),
        category: "公共设施 › 道路照明".into(),
        due: v.exact(v.now),
        acts: vec![
            act("dispatch", "clerk", "武南镇", "住建局", 9),
            act("take", "handler", "住建局", "", 8),
            act("report", "handler", "住建局", "", 1),
        ],
    }
    .render()
}
