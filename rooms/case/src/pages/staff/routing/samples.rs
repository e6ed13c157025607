//! Made-up pages of the routing table.

use askama::Template;
use base::DAY_MS;
use jiff::civil::date;
use web::{Fields, Html, ListQuery, Opt, Person, PostView, Sample, Tone, View};

use super::rule::RulePage;
use super::table::{self, ChangeLine, FlawView, RuleLine, TableLine, TablePage, TablesPage};
use super::trial::{self, CaseRow, CasesPage, PairLine, TrialPage, sentence};
use super::{PREFIX, channels, days, kinds, levels};
use crate::model::{RouteState, Stage};
use crate::pages::resident::pieces::stage_badge;

type Drawn = Result<String, askama::Error>;

/// The samples.
pub(in super::super) fn samples() -> Vec<Sample> {
    vec![
        Sample { name: "case_route_draft", html: draft },
        Sample { name: "case_route_tables", html: tables },
        Sample { name: "case_route_rule", html: rule },
        Sample { name: "case_route_trial", html: try_out },
        Sample { name: "case_route_trial_cases", html: cases },
    ]
}

const ID: &str = "0000000000001";

fn seen(v: &View) -> View {
    let post = PostView {
        title: "管理员".into(),
        unit_name: "西山县大数据中心".into(),
        duties: vec!["admin"],
        ..PostView::default()
    };
    v.clone().seen_by(Person { account: 1, name: "李晓梅".into(), posts: vec![post], detail: None })
}

fn rules(v: &View) -> Vec<RuleLine> {
    let line = |position: usize, cond: &str, to: &str, why: &str, is_mine| RuleLine {
        id: ID.into(),
        position,
        code: format!("r{position:02}"),
        cond: cond.into(),
        to: to.into(),
        why: why.into(),
        flaws: Vec::new(),
        is_mine,
    };
    let mut all = vec![
        line(1, "供水供电供热 › 供水", "县 · 供水公司", "供水属供水企业抢修范围，直接交供水公司。", true),
        line(2, "夜间噪声 + 18:00–08:30 + 工作日", "西山县公安局", "夜间噪声由公安机关先行处置。", true),
        line(3, "环境卫生 + 南塘县", "县 · 城市管理综合执法局", "南塘县环卫由县级统一作业。", false),
    ];
    all[1].flaws = vec![
        FlawView {
            mark: v.badge(Tone::Bad, v.t("case.route.error")),
            words: v.t1("case.route.flaw_shadowed", "what", "r01"),
        },
        FlawView {
            mark: v.badge(Tone::Warn, v.t("case.route.warning")),
            words: v.t1("case.route.flaw_some_empty", "what", "2 · 西山县公安局"),
        },
    ];
    all
}

fn table_page(v: &View, is_draft: bool) -> TablePage {
    let blank = || Fields::blank(v, PREFIX).fill("revision", 3);
    let words: [(&str, &dyn std::fmt::Display); 2] = [("who", &"王成"), ("when", &v.when(v.now))];
    let change = |key: &str, was: &str, is: &str| ChangeLine {
        what: v.t(key).into_owned(),
        code: "r02".into(),
        was: was.into(),
        is: is.into(),
    };
    TablePage {
        id: ID.into(),
        title: if is_draft {
            v.t1("case.route.title_draft", "when", v.when(v.now))
        } else {
            v.t("case.page.admin.routing").into_owned()
        },
        state: v.badge(Tone::Warn, v.t(RouteState::Draft.key())),
        facts: vec![(v.t("case.route.begun").into_owned(), format!("李晓梅 {}", v.when(v.now)))],
        is_draft,
        is_present: !is_draft,
        outdated: is_draft.then(|| v.tw("case.route.outdated", &words)),
        rules: rules(v),
        changes: if is_draft {
            vec![
                change(
                    "case.route.added",
                    "",
                    "夜间噪声 + 18:00–08:30 → 西山县公安局：夜间噪声由公安机关先行处置。",
                ),
                change("case.route.removed", "环境卫生 → 县 · 环卫处：环境卫生交环卫处。", ""),
            ]
        } else {
            Vec::new()
        },
        against_pack: Vec::new(),
        errors: 1,
        warnings: 1,
        blocking: 1,
        unreceived: vec![("交通出行 › 公共交通".into(), "3 · 河滩镇 柳林乡 南塘镇".into())],
        unreceived_all: 1,
        told: None,
        order: blank(),
        publish: blank(),
        more: blank(),
        v: v.clone(),
    }
}

/// The table in force, for the samples of the administrator's pages.
pub(in super::super) fn present_sample(v: &View) -> Drawn {
    table_page(v, false).render()
}

fn draft(v: &View) -> Drawn {
    table_page(&seen(v), true).render()
}

fn tables(v: &View) -> Drawn {
    let v = seen(v);
    let line = |state: RouteState, origin: &str, published: &str, why: &str| TableLine {
        address: format!("/admin/routing/tables/{ID}"),
        when: v.when(v.now.plus(-DAY_MS)),
        state: v.badge(Tone::Plain, v.t(state.key())),
        origin: v.t(origin).into_owned(),
        who: "李晓梅".into(),
        published: published.into(),
        why: why.into(),
    };
    let rows = vec![
        line(RouteState::Draft, "case.route.origin_admin", "", ""),
        line(RouteState::Published, "case.route.origin_admin", "李晓梅 昨天 15:00", "路灯改由住建局维护"),
        line(RouteState::Published, "case.route.origin_pack", "系统 3月2日 9:00", ""),
    ];
    let q = ListQuery::parse("/admin/routing/tables", "");
    TablesPage { list: table::frame(&v, &q, None, rows.len()), rows, v }.render()
}

fn rule(v: &View) -> Drawn {
    let v = seen(v);
    RulePage {
        f: Fields::blank(&v, PREFIX)
            .fill("revision", 3)
            .fill("minute_from", "18:00")
            .fill("minute_until", "08:30")
            .fill("days", "working")
            .fill("why", "夜间噪声由公安机关先行处置，次日转生态环境部门。"),
        table: ID.into(),
        rule: "new".into(),
        code: String::new(),
        categories: vec![Opt::new("1", "0803 噪声")],
        areas: vec![Opt::new("1", "西山县"), Opt::new("2", "　河滩镇")],
        channels: channels(&v),
        days: days(&v),
        kinds: kinds(&v),
        levels: levels(&v),
        units: vec![Opt::new("1", "西山县公安局")],
        v,
    }
    .render()
}

fn try_out(v: &View) -> Drawn {
    let v = seen(v);
    let days = (date(2026, 2, 1), date(2026, 2, 28));
    let rows = vec![PairLine {
        was: "西山县生态环境分局".into(),
        would: "西山县公安局".into(),
        count: 12,
        address: format!("/admin/routing/tables/{ID}/trial/cases"),
    }];
    let q = ListQuery::parse("/admin/routing/tables/1/trial", "");
    TrialPage {
        id: ID.into(),
        is_old: false,
        sentence: sentence(&v, days, 4_812, 12),
        partial: None,
        list: trial::frame(&v, &q, days, None, rows.len()),
        rows,
        v,
    }
    .render()
}

fn cases(v: &View) -> Drawn {
    let v = seen(v);
    let stage: Html = stage_badge(&v, Stage::Handling);
    CasesPage {
        back: format!("/admin/routing/tables/{ID}/trial"),
        was: "西山县生态环境分局".into(),
        would: "西山县公安局".into(),
        count: 12,
        hidden: 11,
        cut: false,
        rows: vec![CaseRow {
            address: format!("/cases/{ID}"),
            number: "990101-2026-00500".into(),
            title: "夜里施工吵得睡不着".into(),
            place: "河滩镇柳林村".into(),
            category: "住宅噪声扰民".into(),
            stage,
            made: v.day(v.zone.day(v.now)),
        }],
        v,
    }
    .render()
}
