//! The grid worker's pages with made-up content.

use askama::Template;
use base::DAY_MS;
use web::{Fields, Opt, Sample, View, sample_person};

use crate::model::Stage;
use crate::pages::resident::{Happening, Kept, Row, pieces::stage_badge};
use crate::pages::worker::report::ReportPage;
use crate::pages::worker::task::{Asks, DeclinePage, FinishPage, Task, TaskPage};
use crate::pages::worker::today::{Group, Line, TodayPage};

type Drawn = Result<String, askama::Error>;

/// The samples of the grid worker's side.
pub fn samples() -> Vec<Sample> {
    vec![
        Sample { name: "case_grid_today", html: today },
        Sample { name: "case_grid_report", html: report },
        Sample { name: "case_grid_task", html: task },
        Sample { name: "case_grid_finish", html: finish },
        Sample { name: "case_grid_decline", html: decline },
    ]
}

fn staff(v: &View) -> View {
    v.clone().seen_by(sample_person())
}

fn line(v: &View, title: &str, stage: Stage, days: i64) -> Line {
    Line {
        id: "1".into(),
        number: "100101-2026-00500".into(),
        title: title.into(),
        category: "路灯不亮".into(),
        stage: stage_badge(v, stage),
        place: "河滩镇上河村 第3网格".into(),
        left: v.left(v.now.plus(days * DAY_MS)),
    }
}

fn today(v: &View) -> Drawn {
    let v = staff(v);
    let group = |key: &str, rows: Vec<Line>, late: usize| Group {
        title: v.t(key).into_owned(),
        count: rows.len().to_string(),
        late: if late == 0 { String::new() } else { v.t1("case.page.worker.today.late", "n", late) },
        rows,
    };
    let groups = vec![
        group(
            "case.page.worker.today.dispatched",
            vec![line(&v, "村口路灯坏了三天", Stage::Dispatched, 5)],
            0,
        ),
        group(
            "case.page.worker.today.handling",
            vec![
                line(&v, "排水沟堵塞,污水漫到院子里", Stage::Handling, -1),
                line(&v, "井盖缺失", Stage::Handling, 0),
            ],
            1,
        ),
        group("case.page.worker.today.mine", Vec::new(), 0),
    ];
    TodayPage { v, groups }.render()
}

fn report(v: &View) -> Drawn {
    let v = staff(v);
    let f = Fields::blank(&v, "case.page.worker.report").fill("root", 1);
    ReportPage {
        f,
        grids: vec![Opt::new(1, "河滩镇上河村 第3网格")],
        roots: vec![Opt::new(1, "城市管理与市政")],
        categories: vec![Opt::new(2, "路灯不亮")],
        kept: Kept { token: "1".into(), count: 1 },
        v,
    }
    .render()
}

fn task(v: &View) -> Drawn {
    let v = staff(v);
    let course = vec![Happening {
        title: "登记".into(),
        by: "来件人".into(),
        when: v.when(v.now.plus(-2 * DAY_MS)),
        text: String::new(),
    }];
    let t = Task {
        id: "1".into(),
        number: "100101-2026-00500".into(),
        version: 3,
        title: "村口路灯坏了三天".into(),
        stage: stage_badge(&v, Stage::Handling),
        left: v.left(v.now.plus(2 * DAY_MS)),
        body: "村口路灯坏了三天。\n晚上看不见路,老人不敢出门。".into(),
        photos: Vec::new(),
        facts: vec![
            Row::new(&v, "case.page.worker.task.place", "东城区河滩镇上河村 第3网格"),
            Row::new(&v, "case.page.worker.task.spot", "村委会东边第二个路口"),
        ],
        geo: "geo:37.900000,102.600000".into(),
        course,
        may_take: false,
        may_finish: true,
        may_decline: true,
    };
    TaskPage { v, t }.render()
}

fn finish(v: &View) -> Drawn {
    let v = staff(v);
    FinishPage {
        asks: Asks { before: true, paper: true, signed: true },
        f: Fields::blank(&v, "case.page.worker.finish"),
        back: "/grid/cases/1".into(),
        number: "100101-2026-00500".into(),
        title: "村口路灯坏了三天".into(),
        needs: v.t("case.page.needs.either").into_owned(),
        endings: vec![Opt::new("fixed", "已解决"), Opt::new("explained", "已解释说明")],
        kept: Kept::default(),
        v,
    }
    .render()
}

fn decline(v: &View) -> Drawn {
    let v = staff(v);
    DeclinePage {
        f: Fields::blank(&v, "case.page.worker.decline"),
        back: "/grid/cases/1".into(),
        number: "100101-2026-00500".into(),
        title: "村口路灯坏了三天".into(),
        v,
    }
    .render()
}
