//! Meetings and tasks with made-up content.

use askama::Template;
use base::DAY_MS;
use web::{Fields, ListQuery, Sample, Tone, View};

use super::{Drawn, clerk, opts};
use crate::model::{Held, MeetingStage, Origin, Stage};
use crate::pages::agenda::{AgendaPage, Choice};
use crate::pages::list::Sort;
use crate::pages::listing::unit_options;
use crate::pages::meeting::{
    ItemView, Line, MeetingBy, MeetingPage, MeetingsPage, NewPage, TaskView, meeting_badge,
};
use crate::pages::public::Nothing;
use crate::pages::reception::{
    Line as ReceptionLine, PREFIX, ReceptionsPage, held_words, hours_words, weekdays,
};
use crate::pages::seat::stage_badge;
use crate::pages::task::{Line as TaskLine, TaskBy, TaskPage, TasksPage};

/// The samples.
pub(super) fn samples() -> Vec<Sample> {
    vec![
        Sample { name: "supervision_meetings", html: meetings },
        Sample { name: "supervision_meeting_new", html: meeting_new },
        Sample { name: "supervision_meeting", html: meeting },
        Sample { name: "supervision_agenda", html: agenda },
        Sample { name: "supervision_tasks", html: tasks },
        Sample { name: "supervision_task", html: task },
        Sample { name: "supervision_receptions", html: receptions },
    ]
}

const TITLE: &str = "三季度矛盾纠纷联席会议";
const WHAT: &str = "十日内修通坡脚排水沟，并把照片报会议办公室。";

fn meetings(v: &View) -> Drawn {
    let v = clerk(v);
    let q = ListQuery::<MeetingBy, Sort>::parse("/supervision/meetings", "");
    let line = |stage, days: i64| Line {
        id: "1".into(),
        title: TITLE.into(),
        start: v.exact(v.now.plus(days * DAY_MS)),
        hall: "综治中心二楼会议室".into(),
        unit: "西山县综治中心".into(),
        stage: meeting_badge(&v, stage),
    };
    let rows = vec![line(MeetingStage::Called, 3), line(MeetingStage::Closed, -20)];
    let list =
        q.frame(&v, None, rows.len()).link("/supervision/meetings/new", "supervision.meeting.new").print();
    MeetingsPage { rows, list, v: v.clone() }.render()
}

fn meeting_new(v: &View) -> Drawn {
    let v = clerk(v);
    NewPage {
        f: Fields::blank(&v, "supervision.meeting"),
        units: opts(&["西山县水务局", "西山县自然资源局", "河滩镇综治中心"]),
        v: v.clone(),
    }
    .render()
}

fn meeting(v: &View) -> Drawn {
    let v = clerk(v);
    let item = |position, title: &str, minutes: &str| ItemView {
        position,
        number: "100101-2026-D001".into(),
        title: title.into(),
        link: "/supervision/1".into(),
        minutes: minutes.into(),
    };
    let fact = |key: &str, value: &str| (v.t(key).into_owned(), value.to_owned());
    MeetingPage {
        id: "1".into(),
        title: TITLE.into(),
        stage: meeting_badge(&v, MeetingStage::Held),
        facts: vec![
            fact("supervision.meeting.hall", "综治中心二楼会议室"),
            fact("supervision.meeting.units", "西山县水务局、西山县自然资源局"),
        ],
        next: v.t1("supervision.meeting.next.close", "unit", "西山县综治中心"),
        items: vec![
            item(1, "北沟边坡塌滑威胁三户房屋", "自然资源局继续治理，水务局配合排水。"),
            item(2, "饮水管网漏损", ""),
        ],
        tasks: vec![TaskView {
            id: "1".into(),
            what: WHAT.into(),
            unit: "西山县水务局".into(),
            due: v.exact(v.now.plus(6 * DAY_MS)),
            state: v.left(v.now.plus(6 * DAY_MS)),
        }],
        mine: true,
        begun: true,
        may_close: true,
        f: Fields::blank(&v, "supervision.meeting")
            .fill("version", 3)
            .fill("term", 10)
            .fill("term_unit", "wd"),
        item_options: opts(&["1. 北沟边坡塌滑威胁三户房屋", "2. 饮水管网漏损"]),
        units: opts(&["西山县水务局"]),
        terms: unit_options(&v),
        v: v.clone(),
    }
    .render()
}

fn agenda(v: &View) -> Drawn {
    let v = clerk(v);
    let choice = |value: &str, title: &str, on| Choice {
        value: value.into(),
        number: "100101-2026-D001".into(),
        title: title.into(),
        place: "西山县河滩镇".into(),
        stage: stage_badge(&v, Stage::InHand),
        due: v.left(v.now.plus(4 * DAY_MS)),
        on,
    };
    let q = ListQuery::<TaskBy, Sort>::parse("/supervision/meetings/1/agenda", "");
    let f = q.fields(&v, "supervision.filter");
    AgendaPage {
        f: Fields::blank(&v, "supervision.meeting"),
        id: "1".into(),
        title: TITLE.into(),
        filters: vec![f.typed("q", "search").html(), f.tick("late").html()],
        entries: vec![
            choice("1", "北沟边坡塌滑威胁三户房屋", true),
            choice("2", "老粮站仓库屋顶坍塌隐患", false),
        ],
        cases: vec![choice("3", "井盖缺失", false)],
        v: v.clone(),
    }
    .render()
}

fn tasks(v: &View) -> Drawn {
    let v = clerk(v);
    let q = ListQuery::<TaskBy, Sort>::parse("/supervision/tasks", "");
    let line = |what: &str, late| TaskLine {
        id: "1".into(),
        what: what.into(),
        unit: "西山县水务局".into(),
        origin: v.t(Origin::WorkerHazardReport.key()).into_owned(),
        due: v.exact(v.now.plus(6 * DAY_MS)),
        state: if late {
            v.badge(Tone::Bad, v.t("supervision.task_state.late"))
        } else {
            v.left(v.now.plus(6 * DAY_MS))
        },
    };
    let rows = vec![line(WHAT, false), line("五日内完成管网漏点排查。", true)];
    let list = q.frame(&v, None, rows.len()).print().empty("supervision.task.none");
    TasksPage { rows, list, v: v.clone() }.render()
}

fn task(v: &View) -> Drawn {
    let v = clerk(v);
    TaskPage {
        id: "1".into(),
        what: WHAT.into(),
        state: v.left(v.now.plus(6 * DAY_MS)),
        facts: vec![(v.t("supervision.col.unit").into_owned(), "西山县水务局".into())],
        why: "2026-11-16 签发，不计当日；10个工作日；到期 2026-11-30".into(),
        meeting: ("1".into(), TITLE.into()),
        words: String::new(),
        next: String::new(),
        may_do: true,
        f: Fields::blank(&v, "supervision.task").fill("version", 1),
        v: v.clone(),
    }
    .render()
}

fn receptions(v: &View) -> Drawn {
    let v = clerk(v);
    let q = ListQuery::<Nothing, Sort>::parse("/supervision/receptions", "");
    let line = |post: String, held, days: i64, may_end| ReceptionLine {
        id: "1".into(),
        unit: "西山县综治中心".into(),
        post,
        when: held_words(&v, held),
        hours: hours_words(9 * 60, 11 * 60 + 30),
        hall: "综治中心一楼接待室".into(),
        next: v.day(v.zone.day(v.now.plus(days * DAY_MS))),
        may_end,
    };
    let once = Held::Once(v.zone.day(v.now.plus(12 * DAY_MS)));
    let rows = vec![
        line("分管领导".into(), Held::Weekly(3), 4, true),
        line(v.t("supervision.reception.by_unit").into_owned(), once, 12, false),
    ];
    ReceptionsPage {
        list: q.frame(&v, None, rows.len()).print(),
        rows,
        f: Fields::blank(&v, PREFIX),
        posts: opts(&["分管领导", "受理员"]),
        weekdays: weekdays(&v),
        desk: true,
        v: v.clone(),
    }
    .render()
}
