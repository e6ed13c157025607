//! The public pages with made-up content.

use askama::Template;
use base::DAY_MS;
use web::{Fields, ListQuery, Opt, Sample, View};

use crate::model::{Question, QuestionKind, Stage};
use crate::pages::resident::Kept;
use crate::pages::resident::acts::{Word, act_page};
use crate::pages::resident::follow::FollowPage;
use crate::pages::resident::home::HomePage;
use crate::pages::resident::matters::{By, MatterPage, MattersPage, Order};
use crate::pages::resident::mine::{AnswerView, Door, Happening, Mine, MinePage, ReceiptPage, marks};
use crate::pages::resident::pieces::{Glance, PhotoView, Row};
use crate::pages::resident::place::{PlacePage, SidePage};
use crate::pages::resident::say::{CategoryPage, CheckPage, ContactPage, SimilarPage};
use crate::pages::resident::what::{Ask, WhatPage};

type Drawn = Result<String, askama::Error>;

/// The samples of the public side.
pub fn samples() -> Vec<Sample> {
    vec![
        Sample { name: "case_home", html: home },
        Sample { name: "case_say_place", html: place },
        Sample { name: "case_say_place_filled", html: place_filled },
        Sample { name: "case_say_side", html: side },
        Sample { name: "case_say_similar", html: similar },
        Sample { name: "case_say_category", html: category },
        Sample { name: "case_say_what", html: what },
        Sample { name: "case_say_contact", html: contact },
        Sample { name: "case_say_check", html: check },
        Sample { name: "case_receipt", html: receipt },
        Sample { name: "case_follow", html: follow },
        Sample { name: "case_mine", html: mine },
        Sample { name: "case_mine_contest", html: contest },
        Sample { name: "case_mine_urge", html: urge },
        Sample { name: "case_matters", html: matters },
        Sample { name: "case_matter", html: matter },
    ]
}

fn home(v: &View) -> Drawn {
    HomePage { v: v.clone() }.render()
}

fn places() -> (Vec<Opt>, Vec<Opt>, Vec<Opt>) {
    let all = |names: &[&str]| names.iter().enumerate().map(|(n, name)| Opt::new(n + 1, *name)).collect();
    (all(&["东城区", "西山县"]), all(&["河滩镇", "柳林乡"]), all(&["上河村", "下河村"]))
}

fn place_page(v: &View, f: Fields) -> PlacePage {
    let (counties, towns, villages) = places();
    PlacePage {
        v: v.clone(),
        f,
        back: "/".into(),
        action: "/say".into(),
        counties,
        towns,
        villages,
        offered: String::new(),
        asks: true,
    }
}

fn place(v: &View) -> Drawn {
    place_page(v, Fields::blank(v, "case.page.resident.place").fill("county", 1)).render()
}

fn place_filled(v: &View) -> Drawn {
    let f = Fields::blank(v, "case.page.resident.place")
        .fill("county", 1)
        .fill("town", 2)
        .fill("spot", "村委会东边");
    place_page(v, f).render()
}

fn side(v: &View) -> Drawn {
    let near = v.t1("case.page.resident.side.near", "n", 12);
    SidePage {
        v: v.clone(),
        f: Fields::blank(v, "case.page.resident.side"),
        back: "/".into(),
        action: "/".into(),
        sides: vec![
            Opt::new(1, "东城区河滩镇上河村 第3网格").hint(v.t("case.page.resident.side.here")),
            Opt::new(2, "东城区河滩镇下河村 第1网格").hint(near),
        ],
    }
    .render()
}

fn glances(v: &View) -> Vec<Glance> {
    let one = |id: &str, title: &str, category: &str, stage: Stage, joined: i64| Glance {
        id: id.into(),
        title: title.into(),
        category: category.into(),
        stage: crate::pages::resident::pieces::stage_badge(v, stage),
        place: "东城区河滩镇".into(),
        when: v.day(v.zone.day(v.now.plus(-3 * DAY_MS))),
        joined: crate::pages::resident::pieces::joined(v, joined),
    };
    vec![
        one("1", "村口路灯坏了三天,晚上看不见路", "路灯不亮", Stage::Handling, 12),
        one("2", "井盖缺失破损", "井盖缺失破损", Stage::Received, 2),
    ]
}

fn similar(v: &View) -> Drawn {
    SimilarPage {
        v: v.clone(),
        back: "/".into(),
        onward: "/".into(),
        place: "东城区河滩镇上河村".into(),
        matters: glances(v),
        token: "1".into(),
    }
    .render()
}

fn category(v: &View) -> Drawn {
    CategoryPage {
        v: v.clone(),
        back: "/".into(),
        action: "/".into(),
        asked: "路灯".into(),
        above: "城市管理与市政".into(),
        heads: vec![Opt::new(1, "环境卫生").hint("垃圾清运 · 公共厕所"), Opt::new(2, "园林绿化")],
        leaves: vec![
            Opt::new(3, "路灯不亮").hint("城市管理与市政 › 道路与路灯 › 路灯不亮"),
            Opt::new(4, "路面破损"),
        ],
        trouble: String::new(),
    }
    .render()
}

fn photos(v: &View) -> Vec<PhotoView> {
    (0..2).map(|n| PhotoView::nth(v, n, n, "/say/0", (120, 90))).collect()
}

fn what(v: &View) -> Drawn {
    let question = |code: &str, label: &str, kind, required| {
        let choices = vec!["整条街".to_owned(), "一盏".to_owned()];
        Ask::of(v, &Question { code: code.into(), label: label.into(), kind, required, choices })
    };
    WhatPage {
        v: v.clone(),
        f: Fields::blank(v, "case.page.resident.what").fill("answer.since", "2026-11-18"),
        back: "/".into(),
        action: "/".into(),
        category: "城市管理与市政 › 道路与路灯 › 路灯不亮".into(),
        questions: vec![
            question("extent", "几盏灯不亮", QuestionKind::Choice, true),
            question("danger", "有没有人受伤", QuestionKind::YesNo, false),
            question("since", "从哪天开始", QuestionKind::Date, false),
        ],
        photos: photos(v),
        room: 4,
    }
    .render()
}

fn contact(v: &View) -> Drawn {
    ContactPage {
        v: v.clone(),
        f: Fields::blank(v, "case.page.resident.contact"),
        back: "/".into(),
        action: "/".into(),
        may_publish: true,
    }
    .render()
}

fn check(v: &View) -> Drawn {
    let row = |key: &str, text: &str| Row::new(v, key, text).edit("/");
    CheckPage {
        v: v.clone(),
        back: "/".into(),
        action: "/".into(),
        told: vec![("/".into(), v.t("case.page.resident.check.spot_needed").into_owned())],
        rows: vec![
            row("case.page.resident.check.place", "东城区河滩镇上河村"),
            row("case.page.resident.check.category", "城市管理与市政 › 道路与路灯 › 路灯不亮"),
            row("case.page.resident.check.body", "村口路灯坏了三天。\n晚上看不见路,老人不敢出门。"),
        ],
        photos: photos(v),
        alike: glances(v),
        token: "1".into(),
        promise: v.tw("case.page.resident.check.promise", &[("term", &"7日"), ("source", &"本地规定第三条")]),
    }
    .render()
}

fn rule(v: &View) -> String {
    let start = v.zone.day(v.now);
    format!(
        "{start} 收到，不计当日；7日（本地规定第三条）；到期 {}",
        start.saturating_add(jiff::ToSpan::days(7))
    )
}

fn receipt(v: &View) -> Drawn {
    ReceiptPage {
        v: v.clone(),
        number: "100101-2026-00500".into(),
        code: "K7M2Q9XA".into(),
        address: "/".into(),
        rows: vec![
            Row::new(v, "case.page.resident.receipt.office", "河滩镇综治中心"),
            Row::new(v, "case.page.resident.receipt.next_office", "东城区城市管理局")
                .fine("路灯归城市管理部门"),
            Row::new(v, "case.page.resident.receipt.due", v.day(v.zone.day(v.now.plus(7 * DAY_MS))))
                .fine(rule(v)),
        ],
        printed: v.t1("case.page.resident.receipt.printed", "when", v.exact(v.now)),
    }
    .render()
}

fn follow(v: &View) -> Drawn {
    FollowPage { v: v.clone(), f: Fields::blank(v, "case.page.resident.follow") }.render()
}

fn happenings(v: &View) -> Vec<Happening> {
    let one = |title: &str, by: &str, days: i64, text: &str| Happening {
        title: title.into(),
        by: by.into(),
        when: v.when(v.now.plus(-days * DAY_MS)),
        text: text.into(),
    };
    vec![
        one("登记", "来件人", 3, ""),
        one("受理", "河滩镇综治中心", 3, ""),
        one("派单", "河滩镇综治中心", 2, ""),
        one("核实办结", "河滩镇综治中心", 0, "路灯已更换,现场核实亮灯。"),
    ]
}

fn mine(v: &View) -> Drawn {
    let m = Mine {
        number: "100101-2026-00500".into(),
        title: "村口路灯坏了三天".into(),
        address: "/follow/1".into(),
        stage: crate::pages::resident::pieces::stage_badge(v, Stage::Closed),
        now: v.t("case.page.resident.mine.now.closed").into_owned(),
        steps: marks(v, Stage::Closed),
        held: Vec::new(),
        together: vec![v.t("case.link.follow_merged").into_owned()],
        answer: Some(AnswerView {
            ending: "已解决".into(),
            by: "河滩镇综治中心".into(),
            when: v.when(v.now),
            text: "路灯已更换,现场核实亮灯。".into(),
        }),
        may_confirm: true,
        confirm_by: v.tw("case.page.resident.mine.confirm_by", &[("day", &"11月28日"), ("days", &30)]),
        urged: v.tw("case.page.resident.mine.urged_wait", &[("when", &v.when(v.now)), ("next", &"11月25日")]),
        doors: vec![Door {
            address: "/follow/1/contest".into(),
            label: v.t("case.page.resident.act.contest.door").into_owned(),
        }],
        facts: vec![
            Row::new(v, "case.page.resident.mine.place", "东城区河滩镇上河村").fine("村委会东边第二个路口"),
            Row::new(v, "case.page.resident.mine.category", "路灯不亮"),
        ],
        body: "村口路灯坏了三天。\n晚上看不见路,老人不敢出门。".into(),
        photos: photos(v),
        evidence: photos(v),
        notes: happenings(v)
            .into_iter()
            .take(1)
            .map(|h| Happening { text: "今天又灭了一盏。".into(), ..h })
            .collect(),
        course: happenings(v),
        readers: happenings(v),
    };
    MinePage { v: v.clone(), m }.render()
}

fn contest(v: &View) -> Drawn {
    act_page(
        v,
        Fields::blank(v, "case.page.resident.act"),
        Word::Contest,
        base::Id::of(1),
        Kept { token: "1".into(), count: 2 },
    )
    .render()
}

fn urge(v: &View) -> Drawn {
    let fields = Fields::blank(v, "case.page.resident.act");
    act_page(v, fields, Word::Urge, base::Id::of(1), Kept::default()).render()
}

fn matters(v: &View) -> Drawn {
    let q = ListQuery::<By, Order>::parse("/matters", "stage=handling");
    let fields = q.fields(v, "case.page.resident.matters");
    let (counties, towns, _) = places();
    let list = q
        .frame(v, None, 2)
        .filter(fields.select("county", &counties))
        .filter(fields.select("town", &towns))
        .empty("case.page.resident.matters.none");
    MattersPage { v: v.clone(), list, matters: glances(v) }.render()
}

fn matter(v: &View) -> Drawn {
    MatterPage {
        v: v.clone(),
        id: "1".into(),
        title: "村口路灯坏了三天".into(),
        facts: vec![
            Row::new(v, "case.page.resident.matter.number", "100101-2026-00500"),
            Row::new(v, "case.page.resident.mine.place", "东城区河滩镇上河村"),
        ],
        body: "村口路灯坏了三天,请联系***********。".into(),
        answer: None,
        course: happenings(v),
        may_join: true,
        joined: false,
        token: "1".into(),
    }
    .render()
}
