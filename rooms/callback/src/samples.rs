//! Sample pages of the room, drawn without a database.

use askama::{Error, Template};
use base::{DAY_MS, Millis};
use web::{Fields, Names as _, Opt, Sample, View, sample_person};

use crate::model::{CallState, Counter, Draw, Said, TryOutcome};
use crate::pages::{
    CallLine, CallPage, CallsPage, DrawPage, DrawsPage, Group, Query, RateLine, RatesPage, RowView, TryLine,
    check_lines, draw_line, heads,
};
use crate::rules::{METHOD, RATES, share};

/// The sample pages.
pub fn samples() -> Vec<Sample> {
    vec![
        Sample { name: "callback_calls", html: calls },
        Sample { name: "callback_call", html: call },
        Sample { name: "callback_done", html: done },
        Sample { name: "callback_draws", html: draws },
        Sample { name: "callback_draw", html: draw },
        Sample { name: "callback_rates", html: rates },
    ]
}

fn staff(v: &View) -> View {
    v.clone().seen_by(sample_person())
}

fn calls(v: &View) -> Result<String, Error> {
    let v = staff(v);
    let q = Query::parse("/callback", "tab=reached");
    let line = |number: &str, said: &str| CallLine {
        id: "1".into(),
        number: number.into(),
        category: "公共设施 › 道路照明".into(),
        unit: "住建局".into(),
        closed: "2026-11-12".into(),
        until: "2026-11-30".into(),
        state: v.t(Counter::Reached.key()).into_owned(),
        said: said.into(),
    };
    let words = [("contacted", &"是" as &dyn std::fmt::Display), ("solved", &"否"), ("satisfied", &"不愿说")];
    let rows =
        vec![line("西山-2026-00500", &v.tw("callback.said.line", &words)), line("西山-2026-00471", "")];
    let list = q.frame(&v, None, rows.len()).export("/callback/sheet.xlsx".into()).print();
    CallsPage { list, rows, v }.render()
}

fn options(v: &View) -> (Vec<Opt>, Vec<Opt>) {
    let outcome =
        |w: &TryOutcome| Opt::new(w.name(), v.t(&format!("callback.why.{}", w.name())).into_owned());
    let said = |s: &Said| Opt::new(s.name(), v.t(&format!("callback.said.{}", s.name())).into_owned());
    (TryOutcome::ALL.iter().map(outcome).collect(), Said::ALL.iter().map(said).collect())
}

fn page_of(v: &View, state: CallState) -> CallPage {
    let v = staff(v);
    let (outcomes, answers) = options(&v);
    let is_open = state == CallState::Open;
    let fact = |key: &str, value: &str| (v.t(key).into_owned(), value.to_owned());
    CallPage {
        f: Fields::blank(&v, "callback.form").fill("purpose", "contact.call_back"),
        id: "1".into(),
        case: "2".into(),
        number: "西山-2026-00500".into(),
        week: "2026-W46".into(),
        draw: "3".into(),
        facts: vec![
            fact("callback.col.category", "公共设施 › 道路照明"),
            fact("callback.col.unit", "住建局"),
            fact("callback.col.until", "2026-11-30"),
        ],
        own_word: "已解决".into(),
        state,
        is_mine: is_open,
        may_take: false,
        why_not: String::new(),
        tries: vec![TryLine {
            at: v.exact(v.now.plus(-DAY_MS)),
            who: "李建国".into(),
            why: v.t("callback.why.busy").into_owned(),
        }],
        attempts: 3,
        outcomes,
        answers,
        said: if is_open {
            Vec::new()
        } else {
            vec![fact("callback.form.contacted", "是"), fact("callback.form.solved", "否")]
        },
        words: if is_open { String::new() } else { "灯修好一盏，另一盏还不亮。".into() },
        not_solved: !is_open,
        v,
    }
}

fn call(v: &View) -> Result<String, Error> {
    page_of(v, CallState::Open).render()
}

fn done(v: &View) -> Result<String, Error> {
    page_of(v, CallState::Reached).render()
}

fn one(v: &View) -> Draw {
    Draw {
        id: 3,
        county: 1,
        county_code: "000003000000".into(),
        week: "2026-W46".into(),
        from: v.now.plus(-12 * DAY_MS),
        to: v.now.plus(-5 * DAY_MS),
        at: v.now.plus(-5 * DAY_MS),
        until: v.now.plus(9 * DAY_MS),
        rule: 1,
        checkpoint: 60_412,
        checkpoint_at: Millis(v.now.0 - 5 * DAY_MS),
        checkpoint_size: 284_113,
        root: "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=".into(),
        seed: "5a".repeat(32),
        method: METHOD.into(),
        population: 212,
        population_digest: "c3".repeat(32),
        drawn: 22,
    }
}

fn draws(v: &View) -> Result<String, Error> {
    let q = Query::parse("/callback/draws", "");
    let rows = vec![draw_line(v, "西山县", &one(v))];
    let next = v.tw("callback.draws.next", &[("week", &"2026-W47"), ("when", &"2026-11-23 00:00")]);
    DrawsPage { next, list: q.frame(v, None, rows.len()), rows, v: v.clone() }.render()
}

fn draw(v: &View) -> Result<String, Error> {
    let checks = check_lines(v, [true, true, true]);
    DrawPage { d: draw_line(v, "西山县", &one(v)), method: METHOD, is_staff: false, checks, v: v.clone() }
        .render()
}

fn rates(v: &View) -> Result<String, Error> {
    let v = staff(v);
    let at = || "/callback".to_owned();
    let rate = |(r, part): (&crate::rules::Rate, i64)| RateLine {
        name: v.t(r.name).into_owned(),
        value: share(part, 18),
        part: (part, at()),
        part_name: v.t(r.part.key()).into_owned(),
        whole: (18, at()),
        whole_name: v.t(r.whole.key()).into_owned(),
        source: v.t(r.source).into_owned(),
        version: r.version,
    };
    let counts = [22, 19, 2, 0, 1].map(|n: i64| (n.to_string(), String::new(), at()));
    let shares = [18, 15, 14].map(|n| (share(n, 18), format!("{n}/18"), at()));
    let row = RowView { name: "住建局".into(), cells: counts.into_iter().chain(shares).collect() };
    let tiles = [(Counter::Drawn, 22), (Counter::Reached, 19), (Counter::Unreached, 2)];
    RatesPage {
        filters: Vec::new(),
        sheet: "/callback/rates/sheet.xlsx".into(),
        tiles: tiles.map(|(c, n)| (v.t(c.key()).into_owned(), n, at())).to_vec(),
        rates: RATES.iter().zip([18, 15, 14]).map(rate).collect(),
        heads: heads(&v),
        groups: vec![Group { id: "units", title: v.t("callback.by_unit").into_owned(), rows: vec![row] }],
        v: v.clone(),
    }
    .render()
}
