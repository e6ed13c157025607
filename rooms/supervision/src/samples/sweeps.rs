//! Sweeps with made-up content.

use askama::Template;
use web::{Fields, ListQuery, Opt, Sample, Tone, View};

use super::{Drawn, clerk, opts};
use crate::model::{Rung, SweepKind};
use crate::pages::list::Sort;
use crate::pages::sweep::{
    FindingView, Line, NewPage, Nothing, ReturnBy, ReturnLine, ReturnPage, SweepPage, SweepsPage, stand,
};
use crate::store::SweepCounts;

/// The samples.
pub(super) fn samples() -> Vec<Sample> {
    vec![
        Sample { name: "supervision_sweeps", html: sweeps },
        Sample { name: "supervision_sweep_new", html: sweep_new },
        Sample { name: "supervision_sweep", html: sweep },
        Sample { name: "supervision_return", html: awaited },
        Sample { name: "supervision_return_in", html: returned },
    ]
}

const TITLE: &str = "汛期边坡和老旧房屋专项排查";
const QUESTION: &str = "逐户查看房前屋后边坡、排水沟和土坯房，有裂缝、积水、下沉的写明具体位置。";
const COUNTS: SweepCounts = SweepCounts { expected: 12, returned: 9, nil: 6, late: 1, findings: 5 };

fn sweeps(v: &View) -> Drawn {
    let v = clerk(v);
    let q = ListQuery::<Nothing, Sort>::parse("/supervision/sweeps", "");
    let rows = vec![Line {
        id: "1".into(),
        title: TITLE.into(),
        kind: v.t(SweepKind::Special.key()).into_owned(),
        place: "西山县河滩镇".into(),
        days: "2026-11-01 – 2026-11-30".into(),
        counts: COUNTS,
    }];
    let list = q.frame(&v, None, rows.len()).link("/supervision/sweeps/new", "supervision.sweep.new");
    SweepsPage { rows, list, v: v.clone() }.render()
}

fn sweep_new(v: &View) -> Drawn {
    let v = clerk(v);
    NewPage {
        f: Fields::blank(&v, "supervision.sweep").fill("rung", Rung::Village.code()),
        area: vec![("town", opts(&["河滩镇"])), ("village", Vec::new())],
        kinds: SweepKind::ALL.iter().map(|k| Opt::new(k.code(), v.t(k.key()))).collect(),
        rungs: Rung::ALL.iter().map(|r| Opt::new(r.code(), v.t(r.key()))).collect(),
        v: v.clone(),
    }
    .render()
}

fn sweep(v: &View) -> Drawn {
    let v = clerk(v);
    let q = ListQuery::<ReturnBy, Sort>::parse("/supervision/sweeps/1", "tab=all");
    let line = |place: &str, tone, key: &str, findings: i64| ReturnLine {
        id: "1".into(),
        place: place.into(),
        state: v.badge(tone, v.t(key)),
        returned: if findings < 0 { String::new() } else { v.exact(v.now) },
        findings: findings.max(0),
    };
    let rows = vec![
        line("西山县河滩镇上河村", Tone::Info, "supervision.return.found", 2),
        line("西山县河滩镇柳林村", Tone::Good, "supervision.return.nil", 0),
        line("西山县河滩镇城西社区", Tone::Bad, "supervision.return.missing", -1),
    ];
    SweepPage {
        title: TITLE.into(),
        question: QUESTION.into(),
        facts: vec![(v.t("supervision.sweep.kind").into_owned(), v.t(SweepKind::Special.key()).into_owned())],
        stand: stand(&v, &COUNTS),
        list: q.frame(&v, None, rows.len()).print(),
        rows,
        v: v.clone(),
    }
    .render()
}

fn page(v: &View, findings: Vec<FindingView>, may_return: bool) -> Drawn {
    let v = clerk(v);
    ReturnPage {
        id: "1".into(),
        sweep: ("1".into(), TITLE.into()),
        question: QUESTION.into(),
        place: "西山县河滩镇上河村".into(),
        state: v.badge(Tone::Plain, v.t("supervision.return.awaited")),
        words: if may_return { String::new() } else { "查看 86 户，发现问题两处。".into() },
        findings,
        may_return,
        may_file: true,
        categories: opts(&["010101 边坡隐患"]),
        f: Fields::blank(&v, "supervision.sweep"),
        v: v.clone(),
    }
    .render()
}

fn awaited(v: &View) -> Drawn {
    page(v, Vec::new(), true)
}

fn returned(v: &View) -> Drawn {
    let finding =
        |what: &str, case| FindingView {
            id: "1".into(), what: what.into(), spot: "村委会东侧".into(), case
        };
    let filed = Some(("1".to_owned(), "100101-2026-00512".to_owned()));
    page(v, vec![finding("北沟边坡裂缝约三米", filed), finding("排水沟堵塞", None)], false)
}
