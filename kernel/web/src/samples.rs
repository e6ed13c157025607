//! Sample pages of the kit: every piece that rooms build with, in made-up content. They are looked
//! at as pictures, checked for accessibility, and are the catalogue of styles for whoever writes a page.

use std::sync::Arc;

use askama::Template;
use base::{Cursor, DAY_MS, HOUR_MS, Invalid, Millis, Refusal, Stop};

use crate::{Fields, Html, List, ListQuery, Opt, Person, PostView, Sample, Tone, View, fail, form::Posted};

crate::names! { enum By { Tab = "tab", Words = "q", Kind = "kind", From = "from" } }
crate::names! { enum Order { Title = "title", Place = "place", Stage = "stage", Due = "due", Holder = "holder" } }

/// A moment for sample pages: Saturday 2026-11-21 15:00 in China.
pub const SAMPLE_NOW: Millis = Millis(1_795_244_400_000);

pub(crate) fn samples() -> Vec<Sample> {
    vec![
        Sample { name: "web_home", html: home },
        Sample { name: "web_list", html: list },
        Sample { name: "web_empty", html: empty },
        Sample { name: "web_record", html: record },
        Sample { name: "web_form", html: form },
        Sample { name: "web_stop", html: stop },
    ]
}

/// Somebody for sample pages of staff.
pub fn sample_person() -> Person {
    let post =
        PostView { title: "综治中心干事".into(), unit_name: "武南镇".into(), ..PostView::default() };
    Person { account: 1, name: "王小明".into(), posts: vec![post], detail: None }
}

struct Line {
    title: &'static str,
    number: &'static str,
    place: &'static str,
    stage: Html,
    due: Millis,
    holder: &'static str,
}

#[derive(Template)]
#[template(path = "web/sample_list.html")]
struct ListPage {
    v: View,
    title: &'static str,
    tiles: Vec<(u32, &'static str, &'static str)>,
    heads: Vec<Html>,
    list: List,
    names: [&'static str; 5],
    rows: Vec<Line>,
}

fn lines(v: &View) -> Vec<Line> {
    let line = |title, number, place, tone, stage: &str, due_ms: i64, holder| Line {
        title,
        number,
        place,
        stage: v.badge(tone, stage),
        due: v.now.plus(due_ms),
        holder,
    };
    vec![
        line(
            "小区东门路灯三天不亮",
            "620602-2026-00500",
            "武南镇 阳光社区",
            Tone::Bad,
            "办理中",
            -DAY_MS,
            "镇城建办",
        ),
        line(
            "下水井盖松动，孩子上学要绕行",
            "620602-2026-00512",
            "武南镇 西湖村",
            Tone::Warn,
            "待接",
            2 * HOUR_MS,
            "住建局",
        ),
        line(
            "宅基地边界争议请求调解",
            "620602-2026-00498",
            "黄羊镇 新店村",
            Tone::Info,
            "办理中",
            2 * DAY_MS,
            "镇综治中心",
        ),
        line(
            "独居老人家中燃气软管老化",
            "620602-2026-00471",
            "武南镇 花盛村",
            Tone::Plain,
            "待受理",
            9 * DAY_MS,
            "阳光社区",
        ),
        line(
            "农田灌溉水渠渗漏",
            "620602-2026-00433",
            "清源镇 王庄村",
            Tone::Good,
            "已办结",
            12 * DAY_MS,
            "水务站",
        ),
    ]
}

fn list_page(v: &View, rows: Vec<Line>) -> Result<String, askama::Error> {
    let v = v.clone().seen_by(sample_person());
    let q = ListQuery::<By, Order>::parse("/cases", "tab=open&sort=due&dir=asc&after=1_1");
    let f = q.fields(&v, "sample");
    let kinds = [Opt::new("1", "公共设施"), Opt::new("2", "邻里纠纷")];
    let tabs = [
        ("new", "待受理", 4),
        ("open", "办理中", 128),
        ("check", "待核实", 7),
        ("late", "逾期", 2),
        ("", "全部", 1204),
    ];
    let tabs = q.tabs(By::Tab, tabs.map(|(value, name, n)| (value, name.to_owned(), Some(n))));
    let next = (!rows.is_empty()).then_some(Cursor { key: 1, id: 2 });
    let list = q
        .frame(&v, next, rows.len())
        .tabs(tabs)
        .filter(f.typed("q", "search").label("编号或关键词"))
        .filter(f.select("kind", &kinds).label("类别"))
        .filter(f.date("from").label("受理日期从"))
        .total(if rows.is_empty() { 0 } else { 128 })
        .link("/cases/new", "keys.new")
        .export("/cases.xlsx".to_owned())
        .print();
    let names = ["事项", "地点", "状态", "期限", "承办"];
    let tiles = vec![(128, "办理中", ""), (7, "待核实", ""), (3, "今天到期", "warn"), (2, "逾期", "bad")];
    let heads = [Order::Title, Order::Place, Order::Stage, Order::Due, Order::Holder].into_iter().zip(names);
    let heads = heads.map(|(order, name)| q.head_called(order, name)).collect();
    ListPage { v, title: "事项队列", tiles, heads, list, names, rows }.render()
}

fn list(v: &View) -> Result<String, askama::Error> {
    list_page(v, lines(v))
}

fn empty(v: &View) -> Result<String, askama::Error> {
    list_page(v, Vec::new())
}

#[derive(Template)]
#[template(path = "web/sample_record.html")]
struct RecordPage {
    v: View,
    title: &'static str,
    badges: Vec<Html>,
    due: Millis,
    steps: Vec<(&'static str, &'static str)>,
    facts: Vec<(&'static str, &'static str)>,
    said: &'static str,
    history: &'static str,
    events: Vec<(&'static str, &'static str, String)>,
    act: &'static str,
    other: &'static str,
    fields: Vec<Html>,
    notes: Vec<(&'static str, &'static str)>,
}

fn record(v: &View) -> Result<String, askama::Error> {
    let v = v.clone().seen_by(sample_person());
    let f = Fields::blank(&v, "sample");
    let units = [Opt::new("1", "镇城建办"), Opt::new("2", "住建局")];
    let at = |ms: i64| v.when(v.now.plus(ms));
    RecordPage {
        title: "小区东门路灯三天不亮",
        badges: vec![v.badge(Tone::Info, "办理中"), v.badge(Tone::Plain, "620602-2026-00500")],
        due: v.now.plus(2 * DAY_MS),
        steps: vec![("done", "受理"), ("done", "派单"), ("here", "办理"), ("", "核实"), ("", "办结")],
        facts: vec![
            ("地点", "武南镇阳光社区 3 号网格，小区东门北侧"),
            ("类别", "公共设施 / 道路照明"),
            ("来源", "居民手机上报"),
            ("承办", "镇城建办（李工）"),
        ],
        said: "东门外两盏路灯从周二晚上开始不亮，晚自习的学生回来要摸黑走。\n已经跟物业说过一次。",
        history: "办理经过",
        events: vec![
            ("todo", "等待承办单位反馈", String::new()),
            ("", "镇城建办已接件，安排明天上午检修", format!("李工　{}", at(-2 * HOUR_MS))),
            ("bad", "住建局退回：不属于市政道路", format!("住建局联络员　{}", at(-DAY_MS))),
            ("", "派给住建局", format!("王小明　{}", at(-DAY_MS - 3 * HOUR_MS))),
            ("", "已受理", format!("王小明　{}", at(-2 * DAY_MS))),
        ],
        act: "反馈结果",
        other: "退回",
        fields: vec![
            f.select("unit", &units).required().label("办理单位").html(),
            f.text("body")
                .required()
                .max(500)
                .label("办理情况")
                .hint("写明做了什么、结果如何、有没有遗留问题")
                .html(),
            f.photos("photos").label("现场照片").hint("最多 6 张，会自动压缩").html(),
        ],
        notes: vec![
            ("", "居民可以看到这条反馈。"),
            ("warn", "期限按《规程》第 12 条计算，节假日顺延。"),
            ("bad", "这件事已被居民申请复核。"),
        ],
        v: v.clone(),
    }
    .render()
}

#[derive(Template)]
#[template(path = "web/sample_form.html")]
struct FormPage {
    v: View,
    title: &'static str,
    lead: &'static str,
    choices: Vec<(&'static str, &'static str)>,
    start: Html,
    fields: Vec<Html>,
    send: &'static str,
}

fn form(v: &View) -> Result<String, askama::Error> {
    let mut bad = Invalid::field("title", "form.required");
    bad.push("kind", "form.choose");
    bad.push("phone", "form.not_understood");
    let pairs = [("body", "东门外两盏路灯从周二晚上开始不亮。"), ("phone", "1380000"), ("town", "1")];
    let pairs = pairs.map(|(n, w)| (n.to_owned(), w.to_owned())).to_vec();
    let f = Fields::again(v, "sample", &Posted { pairs, ..Posted::default() }, &Stop::Invalid(bad));
    let kinds = [
        Opt::new("1", "公共设施").hint("路灯、井盖、道路、垃圾、水电气"),
        Opt::new("2", "邻里纠纷").hint("噪音、漏水、相邻关系、宅基地"),
        Opt::new("3", "安全隐患").hint("消防、用电、燃气、危房"),
        Opt::new("4", "其他").hint("拿不准就选这个，由工作人员归类"),
    ];
    let towns = [Opt::new("1", "武南镇"), Opt::new("2", "黄羊镇")];
    FormPage {
        v: v.clone(),
        title: "反映一件事",
        lead: "不用登录，不用身份证号。提交后会得到一个编号，随时可以查进度。",
        choices: Vec::new(),
        start: f.start(),
        fields: vec![
            f.line("title").required().label("一句话说是什么事").hint("例如：小区东门路灯不亮").html(),
            f.radios("kind", &kinds).required().label("类别").html(),
            f.select("town", &towns)
                .required()
                .label("乡镇（街道）")
                .feeds("village", "/places/options?parent=")
                .html(),
            f.select("village", &[]).required().label("村（社区）").html(),
            f.position(),
            f.text("body").label("详细情况").max(500).html(),
            f.photos("photos").label("照片").hint("最多 6 张；上传前会在手机上压缩").html(),
            f.typed("phone", "tel")
                .label("联系电话")
                .hint("只用于把结果告诉您；不填也能提交")
                .auto("tel")
                .html(),
            f.date("day").label("哪一天发现的").html(),
            f.boxes("tell", &[Opt::new("1", "短信通知我"), Opt::new("2", "需要上门了解")])
                .label("还需要")
                .html(),
            f.tick("agree").label("我说的情况属实").html(),
        ],
        send: "提交",
    }
    .render()
}

fn home(v: &View) -> Result<String, askama::Error> {
    FormPage {
        v: v.clone(),
        title: "有事找邻里",
        lead: "说事、求助、查进度，都在这里。每件事都有编号、有期限、有回音。",
        choices: vec![
            ("反映一件事", "路灯、井盖、漏水、噪音、纠纷、隐患：拍张照，说清在哪里。"),
            ("查进度", "凭编号和查询码，看办到哪一步、由谁在办、何时办完。"),
            ("请人调解", "邻里、婚姻家庭、土地、劳动纠纷，调解不收费。"),
            ("找网格员", "看看您家门口的网格员和调解员是谁，怎么联系。"),
        ],
        start: Html::none(),
        fields: Vec::new(),
        send: "反映一件事",
    }
    .render()
}

fn stop(v: &View) -> Result<String, askama::Error> {
    Ok(fail::page_text(v, &Stop::Refused(Refusal::forbidden())))
}

/// A view for sample pages over the catalogue of these rooms.
///
/// # Errors
/// When a catalogue file is at fault.
pub fn sample_view(rooms: &[crate::Room], lang: crate::Lang, elder: bool) -> Result<View, crate::WordsError> {
    let words = Arc::new(crate::words_of(rooms)?);
    let mut nav: Vec<_> = rooms.iter().flat_map(|r| r.nav.iter().copied()).collect();
    nav.sort_by_key(|n| n.order);
    Ok(View::sample(words, nav, lang, elder, SAMPLE_NOW))
}
