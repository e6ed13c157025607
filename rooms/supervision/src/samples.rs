//! Sample pages of the room, drawn without a database.

mod meetings;
mod sweeps;

use askama::{Error, Template};
use base::{DAY_MS, Id};
use web::{Fields, Html, ListQuery, Opt, Person, PostView, Sample, Tone, View};

use crate::model::{ActKind, Level, Stage};
use crate::pages::acts::{STEPS, StepPiece};
use crate::pages::entry::{ActView, DueView, EntryPage, STEP, VisitView};
use crate::pages::figures::{FiguresPage, Table, row};
use crate::pages::list::{Line, ListPage, Offered, Query, Sort, list_frame, tabs};
use crate::pages::listing::{ListingPage, unit_options};
use crate::pages::nominate::NewPage;
use crate::pages::public::{Line as PublicLine, Nothing, Numbers, PublicPage};
use crate::pages::seat::{level_options, stage_badge};
use crate::store::{Counts, Figure};

/// What a sample gives.
pub(crate) type Drawn = Result<String, Error>;

/// The sample pages.
pub fn samples() -> Vec<Sample> {
    let mut all = vec![
        Sample { name: "supervision_list", html: list },
        Sample { name: "supervision_list_empty", html: list_empty },
        Sample { name: "supervision_entry", html: entry },
        Sample { name: "supervision_listing", html: listing },
        Sample { name: "supervision_new", html: new },
        Sample { name: "supervision_figures", html: figures },
        Sample { name: "supervision_public", html: public },
    ];
    all.extend(meetings::samples());
    all.extend(sweeps::samples());
    all
}

/// The page as a county's clerk sees it.
pub(crate) fn clerk(v: &View) -> View {
    let post = PostView {
        title: "受理员".into(),
        unit_name: "西山县综治中心".into(),
        duties: vec!["clerk", "verify", "lead"],
        ..PostView::default()
    };
    v.clone().seen_by(Person { account: 1, name: "李晓梅".into(), posts: vec![post], detail: None })
}

/// A choice for selects.
pub(crate) fn opts(names: &[&str]) -> Vec<Opt> {
    names.iter().zip(1..).map(|(name, id)| Opt::new(Id::<()>::of(id), *name)).collect()
}

const ROWS: [(&str, &str, Stage, i64, i64); 6] = [
    ("100101-2026-D001", "北沟边坡塌滑威胁三户房屋", Stage::InHand, 20, 2),
    ("100101-2026-D002", "老粮站仓库屋顶坍塌隐患", Stage::InHand, -3, 0),
    ("100101-2026-D003", "河滩镇段饮水管网漏损", Stage::Returned, 2, 1),
    ("100101-2026-D004", "农贸市场消防通道长期占用", Stage::Applied, 9, 1),
    ("100101-2026-D005", "工业园区排水沟溢流", Stage::StruckOff, 5, 3),
    ("100101-2026-D006", "学校门口道路积水", Stage::Nominated, 0, 0),
];

fn light(v: &View, stage: Stage, days: i64) -> Html {
    match stage {
        s if !s.is_working() => Html::none(),
        _ if days < 0 => v.badge(Tone::Bad, v.left_words(v.now.plus(days * DAY_MS))),
        _ if days < 4 => v.badge(
            Tone::Warn,
            format!("{} · {}", v.t("supervision.light.amber"), v.left_words(v.now.plus(days * DAY_MS))),
        ),
        _ => v.left(v.now.plus(days * DAY_MS)),
    }
}

fn list_page(v: &View, rows: Vec<Line>) -> Drawn {
    let v = clerk(v);
    let q: Query = ListQuery::parse("/supervision", "tab=all&sort=due&dir=asc");
    let offered = Offered {
        units: opts(&["西山县自然资源局", "西山县水务局"]), leaders: opts(&["孙永明"])
    };
    let area = [("town", opts(&["河滩镇", "柳林乡"])), ("village", Vec::new())];
    let shown = rows.len();
    let list = list_frame(&v, &q, &offered, &area, &opts(&["公共安全", "环境卫生"]), None, shown)
        .tabs(tabs(&v, &q, &Counts::default(), 1))
        .total(shown);
    ListPage {
        made_head: q.head(&v, Sort::Made, "supervision.col.number"),
        due_head: q.head(&v, Sort::Due, "supervision.col.due"),
        desk: true,
        list,
        rows,
        v,
    }
    .render()
}

fn list(v: &View) -> Drawn {
    let line = |(number, title, stage, days, visits): &(&str, &str, Stage, i64, i64)| Line {
        id: "1".into(),
        number: (*number).into(),
        title: (*title).into(),
        place: "西山县河滩镇上河村".into(),
        level: v.t(Level::County.key()).into_owned(),
        leader: "孙永明".into(),
        unit: "西山县自然资源局".into(),
        stage: stage_badge(v, *stage),
        light: light(v, *stage, *days),
        visits: *visits,
    };
    list_page(v, ROWS.iter().map(line).collect())
}

fn list_empty(v: &View) -> Drawn {
    list_page(v, Vec::new())
}

fn step(v: &View, act: ActKind, open: bool) -> Html {
    let Some(step) = STEPS.iter().find(|s| s.act == act) else { return Html::none() };
    let f = Fields::blank(v, STEP).fill("version", 4);
    let mut fields = Vec::new();
    if act == ActKind::Visit {
        fields.push(f.date("visit_day").required().html());
        fields.push(f.line("visit_place").required().html());
    }
    fields.push(f.text(step.words).required().html());
    Html::of(&StepPiece {
        title: v.t(act.key()).into_owned(),
        action: format!("/supervision/1/{}", step.path),
        hint: v.t(step.hint).into_owned(),
        send: step.send,
        open,
        f,
        fields,
    })
}

fn entry(v: &View) -> Drawn {
    let v = clerk(v);
    let act = |act: ActKind, days: i64, who: &str, words: &str| ActView {
        act: v.t(act.key()).into_owned(),
        when: v.when(v.now.plus(days * DAY_MS)),
        exact: v.exact(v.now.plus(days * DAY_MS)),
        who: who.into(),
        term: String::new(),
        words: words.into(),
        bad: act == ActKind::Return,
    };
    let fact = |key: &str, value: &str| (v.t(key).into_owned(), value.to_owned());
    let steps = [ActKind::Apply, ActKind::Visit, ActKind::Ask, ActKind::Publish];
    EntryPage {
        id: "1".into(),
        number: "100101-2026-D001".into(),
        title: "北沟边坡塌滑威胁三户房屋".into(),
        stage: stage_badge(&v, Stage::Returned),
        light: light(&v, Stage::Returned, 2),
        problem: "连日降雨后边坡出现裂缝，坡脚三户房屋受威胁，镇里无力治理，请县级挂牌。".into(),
        facts: vec![
            fact("supervision.col.place", "西山县河滩镇上河村"),
            fact("supervision.col.level", "县级"),
            fact("supervision.col.leader", "孙永明"),
            fact("supervision.col.unit", "西山县自然资源局"),
            fact("supervision.col.person", "张志强"),
            fact("supervision.col.visits", "2"),
        ],
        case: Some(("1".into(), "100101-2026-00500".into())),
        due: Some(DueView {
            due: v.exact(v.now.plus(2 * DAY_MS)),
            light: light(&v, Stage::Returned, 2),
            why: "2026-08-25 挂牌，不计当日；90日；到期 2026-11-23".into(),
            extension: v.t("supervision.extension.asked").into_owned(),
        }),
        public_title: "河滩镇北沟边坡治理".into(),
        may_list: false,
        may_assign: true,
        steps: steps.iter().zip(0..).map(|(a, n)| step(&v, *a, n == 0)).collect(),
        waits: String::new(),
        acts: vec![
            act(ActKind::Return, -1, "西山县综治中心 马文斌", "坡脚排水沟还没有修通，请继续。"),
            act(ActKind::Apply, -3, "西山县自然资源局 张志强", "削坡和挡墙已完成。"),
            act(ActKind::Visit, -20, "西山县综治中心 孙永明", "现场定了削坡方案。"),
            act(ActKind::List, -60, "西山县综治中心 马文斌", ""),
        ],
        visits: vec![VisitView {
            day: v.day(v.zone.day(v.now.plus(-20 * DAY_MS))),
            place: "北沟边坡现场".into(),
            outcome: "现场定了削坡方案。".into(),
        }],
        v,
    }
    .render()
}

fn listing(v: &View) -> Drawn {
    let v = clerk(v);
    ListingPage {
        f: Fields::blank(&v, "supervision.listing").fill("term", 90).fill("term_unit", "d"),
        id: "1".into(),
        number: "100101-2026-D006".into(),
        title: "学校门口道路积水".into(),
        leaders: opts(&["孙永明 西山县综治中心 分管领导"]),
        units: opts(&["西山县住房和城乡建设局"]),
        persons: opts(&["张志强 部门联络员"]),
        terms: unit_options(&v),
        lists: true,
        v,
    }
    .render()
}

fn new(v: &View) -> Drawn {
    let v = clerk(v);
    NewPage {
        f: Fields::blank(&v, "supervision.nominate").fill("level", Level::County.code()),
        levels: level_options(&v),
        categories: opts(&["010101 边坡隐患"]),
        area: vec![("county", opts(&["西山县"])), ("town", opts(&["河滩镇"])), ("village", Vec::new())],
        v,
    }
    .render()
}

fn figure(name: &str, listed: i64, struck: i64, overdue: i64) -> Figure {
    Figure { name: name.into(), listed, struck, overdue }
}

fn figures(v: &View) -> Drawn {
    let v = clerk(v);
    let q: Query = ListQuery::parse("/supervision/figures", "");
    let f = q.fields(&v, "supervision.filter");
    let of = |name: &str, f: &Figure| row(name.to_owned(), "", f);
    FiguresPage {
        fields: vec![f.date("from").html(), f.date("to").html()],
        whole: Some(of("", &figure("", 168, 164, 1))),
        tables: vec![Table {
            id: "levels",
            title: v.t("supervision.figures.levels").into_owned(),
            head: v.t("supervision.col.level").into_owned(),
            rows: vec![of("县级", &figure("county", 34, 30, 1)), of("市级", &figure("city", 10, 10, 0))],
        }],
        v,
    }
    .render()
}

fn public(v: &View) -> Drawn {
    let q = ListQuery::<Nothing, Sort>::parse("/supervision/public", "");
    let line = |title: &str, stage| PublicLine {
        title: title.into(),
        level: v.t(Level::County.key()).into_owned(),
        place: "西山县河滩镇".into(),
        unit: "西山县自然资源局".into(),
        stage: stage_badge(v, stage),
        listed: v.day(v.zone.day(v.now.plus(-60 * DAY_MS))),
    };
    PublicPage {
        list: q.frame(v, None, 2).empty("supervision.public.none"),
        numbers: vec![Numbers {
            level: v.t(Level::County.key()).into_owned(),
            listed: 48,
            struck: 40,
            rate: "83.33 %".into(),
        }],
        rows: vec![line("河滩镇北沟边坡治理", Stage::InHand), line("工业园区排水治理", Stage::StruckOff)],
        source: "示范默认值".into(),
        v: v.clone(),
    }
    .render()
}
