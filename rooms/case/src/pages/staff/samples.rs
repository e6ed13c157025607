//! Made-up pages of the staff, for pictures and for the checks of words and accessibility.

mod calling;

use askama::Template;
use base::{Cursor, DAY_MS, HOUR_MS, Id, Millis};
use deadline::State;
use web::{Fields, Html, ListQuery, Opt, Person, PostView, Sample, View};

use super::admin::{
    Branch, CategoriesPage, CategoryView, ErrorView, PackView, PacksPage, TimerView, TimersPage, admin_page,
};
use super::audit::{
    AskPage, AuditBy, CheckView, EntriesPage, EntryView, ReadView, ReadsPage, RefusedPage, StatePage, Tab,
    filter_row, tabs,
};
use super::brief::{BriefPage, CellView, FigureTable, Group, RowView, Tile, heads};
use super::chart::{Bar, bars};
use super::intake::{IntakePage, SimilarView};
use super::links::{FarView, LinksPanel, SuggestedView};
use super::queue::{By, Line, QueuePage, Sort, due_badge};
use super::receipt::{ReceiptPage, ReprintPage};
use super::show::{
    ActView, CaseView, ClockView, ContactPage, PhotoLine, ReadView as Reader, RouteView, ShowPage, StepPiece,
    TraceView, clock_badge,
};
use crate::deeds::{CONTACT_PURPOSES, JOURNAL_PURPOSES};
use crate::model::{ActKind, CaseClock, Channel, ClockKind, ClockState, Ending, Stage};
use crate::pages::resident::pieces::stage_badge;
use crate::pages::staff::show::{purpose_words, urged_badge};

type Drawn = Result<String, askama::Error>;

/// The samples.
pub fn samples() -> Vec<Sample> {
    let mut all = own();
    all.extend(calling::samples());
    all.extend(super::routing::samples());
    all
}

fn own() -> Vec<Sample> {
    vec![
        Sample { name: "case_queue", html: queue },
        Sample { name: "case_queue_empty", html: queue_empty },
        Sample { name: "case_intake", html: intake },
        Sample { name: "case_intake_similar", html: intake_similar },
        Sample { name: "case_intake_receipt", html: receipt },
        Sample { name: "case_receipt_again", html: reprint },
        Sample { name: "case_show", html: show },
        Sample { name: "case_contact", html: contact },
        Sample { name: "case_brief", html: brief },
        Sample { name: "case_audit_ask", html: audit_ask },
        Sample { name: "case_audit", html: audit },
        Sample { name: "case_audit_reads", html: audit_reads },
        Sample { name: "case_audit_refused", html: audit_refused },
        Sample { name: "case_audit_state", html: audit_state },
        Sample { name: "case_admin", html: admin },
        Sample { name: "case_admin_categories", html: categories },
        Sample { name: "case_admin_routing", html: routing },
        Sample { name: "case_admin_packs", html: packs },
        Sample { name: "case_admin_timers", html: timers },
    ]
}

/// The page as somebody with these duties sees it.
fn seen(v: &View, title: &str, duties: &[&'static str]) -> View {
    let post = PostView {
        title: title.into(),
        unit_name: "西山县河滩镇综治中心".into(),
        duties: duties.to_vec(),
        ..PostView::default()
    };
    v.clone().seen_by(Person { account: 1, name: "李晓梅".into(), posts: vec![post], detail: None })
}

fn clerk(v: &View) -> View {
    seen(v, "受理员", &["clerk", "intake", "verify"])
}

fn words(v: &View, key: &str) -> String {
    v.t(key).into_owned()
}

const TITLES: [(&str, &str, &str, Stage, i64); 6] = [
    ("西关小区东门路灯三天不亮，老人晚上不敢出门", "路灯不亮", "河滩镇柳林村", Stage::Received, -1),
    ("村口井盖松动，孩子上学要绕行", "井盖缺失破损", "河滩镇上河村", Stage::Received, 0),
    ("灌溉渠漏水，冬灌轮不到我们社", "配水与轮灌", "柳林乡下河村", Stage::Handling, 1),
    ("建筑工地拖欠三个月工资", "工程建设欠薪", "河滩镇城西社区", Stage::Dispatched, 9),
    ("楼上漏水，物业一直推", "楼上漏水", "河滩镇城西社区", Stage::Verifying, 12),
    ("垃圾清运不及时，巷口堆成山", "垃圾清运不及时", "河滩镇", Stage::Closed, 3),
];

fn lines(v: &View) -> Vec<Line> {
    let each = (0..30).map(|n| {
        let (title, category, place, stage, days) = TITLES[n % TITLES.len()];
        let clock = match (stage, days) {
            (Stage::Closed, _) => ClockState::MetInTime,
            (_, d) if d < 0 => ClockState::Overdue,
            _ => ClockState::Running,
        };
        Line {
            id: format!("{:013}", n + 1),
            number: format!("990101-2026-{:05}", 500 + n),
            title: title.into(),
            metoo: if n == 0 { 6 } else { 0 },
            place: place.into(),
            category: category.into(),
            stage: stage_badge(v, stage),
            holder: "西山县河滩镇综治中心".into(),
            made: v.day(v.zone.day(v.now.plus(-2 * DAY_MS))),
            due: due_badge(v, clock, v.now.plus(days * DAY_MS + HOUR_MS)),
            urged: if n == 1 { urged_badge(v, v.now.plus(-DAY_MS)) } else { Html::none() },
        }
    });
    each.collect()
}

fn queue_page(v: &View, rows: Vec<Line>) -> Drawn {
    let v = clerk(v);
    let q = ListQuery::<By, Sort>::parse("/queue", "tab=received");
    let f = q.fields(&v, "case.page.queue.by");
    let counts = [
        ("received", "case.page.queue.tab_received", 12),
        ("accepted", "case.page.queue.tab_accepted", 4),
        ("handling", "case.page.queue.tab_handling", 128),
        ("verifying", "case.page.queue.tab_verifying", 7),
        ("overdue", "case.page.queue.tab_overdue", 2),
        ("closed", "case.page.queue.tab_closed", 31),
        ("all", "case.page.queue.tab_all", 1_204),
    ];
    let strip = q.tabs(By::Tab, counts.map(|(value, key, n)| (value, words(&v, key), Some(n))));
    let towns = [Opt::new("0000000000001", "上河村"), Opt::new("0000000000002", "柳林村")];
    let channels: Vec<Opt> = Channel::ALL.iter().map(|c| Opt::new(c.code(), words(&v, c.key()))).collect();
    let next = (!rows.is_empty()).then_some(Cursor { key: 1, id: 1 });
    let list = q
        .frame(&v, next, rows.len())
        .empty("case.page.queue.empty")
        .tabs(strip)
        .export("/queue/sheet.xlsx".into())
        .print()
        .link("/intake", "case.page.queue.new")
        .filter(f.typed("q", "search"))
        .filter(f.select("village", &towns))
        .filter(f.select("channel", &channels))
        .filter(f.date("from"))
        .filter(f.date("to"))
        .total(rows.len());
    QueuePage {
        title: words(&v, "case.page.queue.mine"),
        place: "西山县河滩镇综治中心".into(),
        made_head: q.head(&v, Sort::Made, "case.page.queue.made"),
        due_head: q.head(&v, Sort::Due, "case.page.queue.due"),
        rows,
        list,
        v,
    }
    .render()
}

fn queue(v: &View) -> Drawn {
    queue_page(v, lines(v))
}

fn queue_empty(v: &View) -> Drawn {
    queue_page(v, Vec::new())
}

fn intake_page(v: &View, looked: bool, similar: Vec<SimilarView>) -> Drawn {
    let v = clerk(v);
    let f = Fields::blank(&v, "case.page.intake")
        .fill("channel", "phone")
        .fill("county", "0000000000001")
        .fill("title", if looked { "东门路灯不亮" } else { "" })
        .fill("body", if looked { "小区东门的路灯坏了三天，晚上看不见路。" } else { "" });
    let places = |names: &[&str]| -> Vec<Opt> {
        names.iter().enumerate().map(|(n, name)| Opt::new(format!("{:013}", n + 1), *name)).collect()
    };
    let estate = f.line("answer.estate").label("小区名称").required().html();
    IntakePage {
        channels: ["phone", "visit", "counter"]
            .iter()
            .filter_map(|c| Channel::parse(c))
            .map(|c| Opt::new(c.code(), words(&v, c.key())))
            .collect(),
        counties: places(&["西山县", "东城区"]),
        towns: places(&["河滩镇", "柳林乡"]),
        villages: places(&["上河村", "下河村"]),
        categories: places(&["020101 道路与路灯 › 路灯不亮", "010101 物业服务 › 物业服务不到位"]),
        questions: if looked { vec![estate] } else { Vec::new() },
        looked,
        similar,
        f,
        v,
    }
    .render()
}

fn intake(v: &View) -> Drawn {
    intake_page(v, false, Vec::new())
}

fn intake_similar(v: &View) -> Drawn {
    let one = SimilarView {
        id: "0000000000001".into(),
        number: "990101-2026-00500".into(),
        stage: stage_badge(v, Stage::Handling),
        title: TITLES[0].0.into(),
        when: v.when(v.now.plus(-3 * DAY_MS)),
        why: ["case.fact.same_village", "case.fact.same_words"].map(|k| words(v, k)).join("、"),
    };
    intake_page(v, true, vec![one])
}

fn reprint(v: &View) -> Drawn {
    ReprintPage {
        f: Fields::blank(v, "case.page.reprint"),
        id: "0000000000001".into(),
        number: "990101-2026-00531".into(),
        title: "小区东门路灯三天不亮".into(),
        v: v.clone(),
    }
    .render()
}

fn receipt(v: &View) -> Drawn {
    let v = clerk(v);
    ReceiptPage {
        again: false,
        id: "0000000000001".into(),
        number: "990101-2026-00531".into(),
        code: "7KQM3RXD".into(),
        matter: TITLES[0].0.into(),
        unit: "西山县河滩镇综治中心".into(),
        due: v.exact(v.now.plus(7 * DAY_MS)),
        made: v.exact(v.now),
        follow: "https://linli.example/follow".into(),
        v,
    }
    .render()
}

fn dispatch_step(v: &View) -> Html {
    let f = Fields::blank(v, super::show::ACT).fill("dispatch_unit", "0000000000001");
    let units = [
        Opt::new("0000000000001", v.t1("case.page.act.suggested", "unit", "西山县城市管理综合执法局")),
        Opt::new("0000000000002", "西山县河滩镇社会事务办公室"),
    ];
    let fields = vec![f.select("dispatch_unit", &units).required().html(), f.text("dispatch_words").html()];
    piece(v, ActKind::Dispatch, "dispatch", true, f, fields)
}

fn close_step(v: &View) -> Html {
    let f = Fields::blank(v, super::show::ACT);
    let endings: Vec<Opt> =
        Ending::ALL.iter().skip(1).map(|e| Opt::new(e.code(), words(v, e.key()))).collect();
    let fields =
        vec![f.radios("close_ending", &endings).required().html(), f.text("close_answer").required().html()];
    piece(v, ActKind::Close, "close", false, f, fields)
}

fn piece(v: &View, act: ActKind, send: &'static str, open: bool, f: Fields, fields: Vec<Html>) -> Html {
    Html::of(&StepPiece {
        title: words(v, act.key()),
        action: "/cases/0000000000001/dispatch".into(),
        hint: words(v, "case.page.act.dispatch_hint"),
        photos: false,
        open,
        f,
        fields,
        send,
    })
}

fn case_view(v: &View) -> CaseView {
    let fact = |key: &str, value: &str| (words(v, key), value.to_owned());
    CaseView {
        id: "0000000000001".into(),
        number: "990101-2026-00500".into(),
        title: TITLES[0].0.into(),
        stage: stage_badge(v, Stage::Accepted),
        left: v.left(v.now.plus(2 * DAY_MS)),
        ending: None,
        metoo: 6,
        body: "小区东门的三盏路灯从周一起不亮，老人和下晚自习的学生都从这里走。\n物业说灯是镇上的，镇上说灯是物业的。".into(),
        answers: vec![("小区名称".into(), "西关小区".into())],
        answer: None,
        facts: vec![
            fact("case.page.show.holder", "西山县河滩镇综治中心"),
            fact("case.page.show.category", "城市管理与市政 › 道路与路灯 › 路灯不亮"),
            fact("case.page.show.place", "西山县河滩镇柳林村 第3网格"),
            fact("case.page.show.spot", "西关小区东门"),
            fact("case.page.show.made", &v.when(v.now.plus(-5 * DAY_MS))),
        ],
        clocks: clocks(v),
        has_person: true,
        waits: None,
    }
}

fn clocks(v: &View) -> Vec<ClockView> {
    let badge = |state, days, kind| {
        let clock = CaseClock {
            id: 1,
            case: Id::of(1),
            kind,
            round: 1,
            unit: 1,
            state,
            term: deadline::Term { n: 7, unit: deadline::Unit::Day },
            source: String::new(),
            start: v.now.plus(-5 * DAY_MS),
            due: v.now.plus(days * DAY_MS),
            amber: v.now.plus((days - 3) * DAY_MS),
            red: v.now.plus((days - 1) * DAY_MS),
            ended: None,
            paused: 0,
            extended: 0,
            told: 0,
        };
        clock_badge(v, &clock)
    };
    let one = |kind: ClockKind, state, days| ClockView {
        name: words(v, kind.key()),
        holder: "西山县河滩镇综治中心".into(),
        state: badge(state, days, kind),
        due: v.exact(v.now.plus(days * DAY_MS)),
        why: "2026-11-16 收到，不计当日；7日（本地规定）；到期 2026-11-23".into(),
    };
    vec![
        one(ClockKind::Answer, State::Running, 2),
        one(ClockKind::Unit, State::Running, -1),
        one(ClockKind::Level, State::Paused, 5),
        one(ClockKind::Accept, State::Met, -4),
    ]
}

fn acts(v: &View) -> Vec<ActView> {
    let act = |act: ActKind, days: i64, who: &str, said: &str| ActView {
        act: words(v, act.key()),
        when: v.when(v.now.plus(-days * DAY_MS)),
        exact: v.exact(v.now.plus(-days * DAY_MS)),
        who: who.into(),
        to: String::new(),
        words: said.into(),
    };
    vec![
        act(ActKind::Submit, 5, &v.t("case.by.sender"), ""),
        act(ActKind::Accept, 5, "西山县河滩镇综治中心 李晓梅", ""),
        act(ActKind::Decline, 3, "西山县河滩镇社会事务办公室 王强", "路灯由县城管局统一维护，不属本办。"),
    ]
}

fn show(v: &View) -> Drawn {
    let v = clerk(v);
    let trace = |position, key: &str| TraceView { position, words: words(&v, key) };
    let blank = || Fields::blank(&v, super::show::ACT);
    ShowPage {
        c: case_view(&v),
        steps: vec![dispatch_step(&v), close_step(&v)],
        photos: vec![PhotoLine {
            address: "/assets/mark.svg".into(),
            label: v.tw("case.page.show.photo", &[("n", &1), ("when", &v.when(v.now))]),
        }],
        acts: acts(&v),
        note: Some(blank()),
        note_open: false,
        note_kinds: vec![
            Opt::new("offices", words(&v, "case.page.act.note_offices")),
            Opt::new("resident", words(&v, "case.page.act.note_resident")),
        ],
        open: Some(blank()),
        may_reprint: true,
        open_open: false,
        purposes: CONTACT_PURPOSES.iter().map(|p| Opt::new(p, purpose_words(&v, p))).collect(),
        map: None,
        route: Some(RouteView {
            since: v.t1("case.route.trace_since", "when", v.when(v.now)),
            unit: "西山县城市管理综合执法局".into(),
            why: "路灯不亮属市政维护，直接交城市管理综合执法局。".into(),
            trace: vec![trace(1, "case.fact.route_other_category"), trace(2, "case.fact.route_matched")],
            others: 31,
        }),
        links: links(&v),
        readers: vec![Reader {
            when: v.when(v.now),
            who: "西山县河滩镇综治中心 李晓梅".into(),
            purpose: purpose_words(&v, "record"),
        }],
        whistle: calling::panel(&v),
        urged: urged_badge(&v, v.now.plus(-DAY_MS)),
        v,
    }
    .render()
}

fn contact(v: &View) -> Drawn {
    let v = clerk(v);
    ContactPage {
        id: "0000000000001".into(),
        number: "990101-2026-00500".into(),
        name: "周女士".into(),
        contact: "0935-2212345".into(),
        purpose: purpose_words(&v, CONTACT_PURPOSES[0]),
        confidential: true,
        v,
    }
    .render()
}

fn figure_row(name: &str, numbers: [i64; 9]) -> RowView {
    let cell = |n: i64| CellView {
        value: n.to_string(),
        of: "61.5%".into(),
        address: "/queue?figure=received".into(),
    };
    let mut cells: Vec<CellView> = numbers.into_iter().map(cell).collect();
    for days in ["11.2", "41.0"] {
        cells.push(CellView { value: days.into(), of: String::new(), address: String::new() });
    }
    RowView { name: name.into(), address: "/brief?county=0000000000001".into(), cells }
}

fn brief(v: &View) -> Drawn {
    let v = seen(v, "县级领导", &["lead"]);
    let title = words(&v, "case.page.brief.by_area");
    let rows = vec![
        figure_row("河滩镇", [431, 402, 377, 310, 12, 5, 370, 240, 360]),
        figure_row("柳林乡", [208, 190, 170, 121, 9, 11, 168, 101, 160]),
    ];
    let table = FigureTable { label: "areas", heads: heads(&v, "case.page.brief.area"), rows };
    let list = vec![
        Bar { name: "河滩镇".into(), all: 431, part: 377 },
        Bar { name: "柳林乡".into(), all: 208, part: 170 },
    ];
    let tile = |key: &str, value: &str, bad: bool| Tile {
        label: words(&v, key),
        value: value.into(),
        of: String::new(),
        address: "/queue?figure=overdue".into(),
        bad,
    };
    let keys = ("case.page.brief.received", "case.page.brief.closed");
    let group = Group { name: "areas", bars: bars(&v, &title, list, keys), table: Html::of(&table), title };
    let (from, to) = ("2026-08-24", "2026-11-21");
    BriefPage {
        place: "山城市西山县".into(),
        period: v.tw("case.page.brief.period", &[("from", &from), ("to", &to)]),
        filters: Vec::new(),
        periods: vec![("/brief?span=month".into(), words(&v, "case.page.brief.span_month"))],
        tiles: vec![
            tile("case.page.brief.received", "639", false),
            tile("case.page.brief.closed", "547", false),
            tile("case.page.brief.overdue", "16", true),
        ],
        map: None,
        groups: vec![group],
        method: super::brief::METHOD.iter().map(|k| words(&v, k)).collect(),
        v,
    }
    .render()
}

fn auditor(v: &View) -> View {
    seen(v, "审计员", &["audit"])
}

fn audit_ask(v: &View) -> Drawn {
    let v = auditor(v);
    let purposes = JOURNAL_PURPOSES.iter().map(|p| Opt::new(p, purpose_words(&v, p))).collect();
    AskPage { f: Fields::blank(&v, "case.page.audit"), purposes, v }.render()
}

fn entries(v: &View) -> Vec<EntryView> {
    let entry = |kind: &str, what: &str, leaf: i64| EntryView {
        at: v.exact(v.now),
        who: "李晓梅".into(),
        kind: kind.into(),
        what: words(v, what),
        subject: "990101-2026-00500".into(),
        address: "/audit?number=990101-2026-00500".into(),
        body: r#"{"stage":"accepted","version":3,"words":"h:5f0c"}"#.into(),
        leaf: leaf.to_string(),
    };
    vec![
        entry("case.accepted", "case.page.audit.fact.case_accepted", 1_204),
        entry("access.sign_in_failed", "case.page.audit.fact.access_sign_in_failed", 1_203),
    ]
}

fn audit_query() -> ListQuery<AuditBy, Sort> {
    ListQuery::parse("/audit", "number=990101-2026-00500")
}

fn audit(v: &View) -> Drawn {
    let v = auditor(v);
    let rows = entries(&v);
    let list = filter_row(&v, &audit_query(), None, rows.len(), true);
    EntriesPage { tabs: tabs(&v, Tab::Entries), list, rows, v }.render()
}

fn audit_reads(v: &View) -> Drawn {
    let v = auditor(v);
    let row = ReadView {
        at: v.exact(v.now),
        who: "西山县河滩镇综治中心 李晓梅".into(),
        number: "990101-2026-00500".into(),
        address: "/audit/reads?number=990101-2026-00500".into(),
        purpose: purpose_words(&v, CONTACT_PURPOSES[0]),
    };
    let list = filter_row(&v, &audit_query(), None, 1, false);
    ReadsPage { tabs: tabs(&v, Tab::Reads), list, rows: vec![row], v }.render()
}

fn audit_refused(v: &View) -> Drawn {
    let v = auditor(v);
    RefusedPage { tabs: tabs(&v, Tab::Refused), rows: entries(&v), v }.render()
}

fn audit_state(v: &View) -> Drawn {
    let v = auditor(v);
    let counts: [(&str, &dyn std::fmt::Display); 3] =
        [("entries", &1_205), ("checkpoints", &88), ("root", &"q8Xo…")];
    StatePage {
        tabs: tabs(&v, Tab::State),
        f: Fields::blank(&v, "case.page.audit"),
        result: Some(CheckView { fine: true, sentence: v.tw("case.page.audit.check_fine", &counts) }),
        size: 1_205,
        signed_at: v.exact(v.now),
        signed_size: 1_205,
        key: "linli.example+5f0c1a2b+AdG0c3QhcGVu".into(),
        note: "linli.example\n1205\nq8XoPzV0Jm1yLr5iUQ2b\n\n— linli.example XwwaK3J1Zz8=\n".into(),
        v,
    }
    .render()
}

fn administrator(v: &View) -> View {
    seen(v, "管理员", &["admin"])
}

fn admin(v: &View) -> Drawn {
    admin_page(&administrator(v)).render()
}

fn categories(v: &View) -> Drawn {
    let v = administrator(v);
    let leaf = |code: &str, path: &str, ended: Option<Millis>| CategoryView {
        id: "0000000000001".into(),
        code: code.into(),
        path: path.into(),
        kind: words(&v, "case.request.help"),
        days: "7日".into(),
        source: "本地规定".into(),
        marks: words(&v, "case.page.admin.needs_place"),
        questions: "小区名称".into(),
        ended: ended.map(|t| v.t1("case.page.admin.ended", "when", v.when(t))),
        end_label: v.t1("case.page.admin.category_end_one", "name", path),
    };
    let tree = vec![Branch {
        name: "02 城市管理与市政".into(),
        address: "/admin/categories?in=0000000000001".into(),
        count: 2,
        leaves: Some(vec![
            leaf("020101", "道路与路灯 › 路灯不亮", None),
            leaf("020103", "道路与路灯 › 人行道与无障碍设施", Some(v.now)),
        ]),
    }];
    CategoriesPage {
        f: Fields::blank(&v, "case.page.admin").fill("days", 15),
        adding: true,
        parents: vec![Opt::new("1", "城市管理与市政")],
        units: vec![Opt::new("wd", words(&v, "case.page.admin.unit.wd"))],
        kinds: vec![Opt::new("help", words(&v, "case.request.help"))],
        tree,
        v,
    }
    .render()
}

fn links(v: &View) -> Html {
    let blank = || Fields::blank(v, "case.link").fill("version", 3);
    let far = |key: &str, number: &str, title: &str, undo: &str| FarView {
        what: words(v, key),
        address: "/cases/0000000000002".into(),
        number: number.into(),
        title: title.into(),
        stage: stage_badge(v, Stage::Handling),
        undo: undo.into(),
    };
    Html::of(&LinksPanel {
        id: "0000000000001".into(),
        far: vec![
            far("case.link.leads", "990101-2026-00502", "东门的路灯不亮", ""),
            far("case.link.related", "990101-2026-00377", "东门人行道破损", "0000000000007"),
        ],
        is_clerk: true,
        is_open: true,
        follows: false,
        may_merge: true,
        followers: Vec::new(),
        suggested: vec![SuggestedView {
            address: "/cases/0000000000003".into(),
            number: "990101-2026-00498".into(),
            title: "西关小区东门路灯坏了".into(),
            stage: stage_badge(v, Stage::Accepted),
            score: 82,
            reasons: format!("{}、{}", words(v, "case.fact.same_grid"), v.t1("case.link.days_apart", "n", 2)),
            shared: "东门路灯、老人".into(),
            is_open: true,
        }],
        looked: true,
        categories: vec![Opt::new("1", "020101 路灯不亮")],
        merge: blank(),
        unmerge: blank(),
        relate: blank(),
        unrelate: blank(),
        split: blank(),
        answer: blank(),
        opened: "",
        v: v.clone(),
    })
}

fn routing(v: &View) -> Drawn {
    super::routing::present_sample(&administrator(v))
}

fn packs(v: &View) -> Drawn {
    let v = administrator(v);
    let term =
        v.tw("case.page.admin.term", &[("term", &"15日"), ("source", &"信访工作条例（2022）第二十二条")]);
    PacksPage {
        f: Fields::blank(&v, "case.page.admin"),
        pack: Some(PackView {
            code: "sample".into(),
            name: "西山县事项包".into(),
            version: "2026.1".into(),
            loaded: v.when(v.now),
            who: "李晓梅".into(),
            terms: vec![(words(&v, "case.page.admin.term_accept"), term)],
        }),
        folder: "packs/sample".into(),
        found: String::new(),
        errors: vec![ErrorView {
            place: "routing.toml:12".into(),
            sentence: words(&v, "case.field.unit_unknown"),
        }],
        can_reload: true,
        missing: 2,
        some_missing: vec!["西山县水务局".into(), "南塘镇人民调解委员会".into()],
        v,
    }
    .render()
}

fn timers(v: &View) -> Drawn {
    let v = administrator(v);
    let rows = vec![TimerView { kind: "case.overdue".into(), at: v.exact(v.now), tries: 8 }];
    TimersPage { late: 0, given_up: 1, rows, v }.render()
}
