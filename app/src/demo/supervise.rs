//! What the cast supervises in the demo city (督办): entries of the list in every state, two joint meetings with tasks, and
//! sweeps with returns. Everything goes through the deeds, in the order of time.

use std::sync::Arc;

use access::{Level, Person, Place};
use anyhow::Context;
use base::{DAY_MS, HOUR_MS, Id, Millis, Outcome};
use store::{Db, Tx};
use supervision::deeds;
use supervision::model::{
    Entry, Four, Level as Scale, ListOrder, Meeting, NewMeeting, NewReception, NewSweep, NewTask, Nomination,
    Return, Rung, Sweep, SweepKind,
};
use supervision::rules::Rulebook;
use supervision::store as asked;

use super::found::City;
use crate::house::{self, Told};

/// One act of an entry.
#[derive(Debug, Clone, Copy)]
enum Do {
    Nominate,
    List(u32),
    Take,
    Visit,
    Apply,
    Ask,
    Grant,
    Pass,
    Return,
    Strike,
    Decline,
}

/// An entry: its title, its problem, its title for everybody, and what was done how many days ago.
type Tale = (&'static str, &'static str, &'static str, &'static [(i64, Do)]);

const TALES: &[Tale] = &[
    (
        "灌区干渠边坡塌滑隐患",
        "春融后干渠边坡出现裂缝，坡脚有五户房屋和一段便道，镇里无力治理。",
        "灌区干渠边坡治理",
        &[
            (200, Do::Nominate),
            (198, Do::List(90)),
            (196, Do::Take),
            (180, Do::Visit),
            (150, Do::Apply),
            (147, Do::Return),
            (125, Do::Apply),
            (122, Do::Pass),
            (121, Do::Strike),
        ],
    ),
    (
        "老旧小区供热管网反复爆裂",
        "一个采暖季爆管六次，涉及四个小区，产权和维修责任不清。",
        "老旧小区供热管网改造",
        &[
            (120, Do::Nominate),
            (118, Do::List(90)),
            (115, Do::Take),
            (90, Do::Visit),
            (60, Do::Visit),
            (40, Do::Apply),
            (37, Do::Pass),
            (36, Do::Strike),
        ],
    ),
    (
        "农贸市场消防通道长期占用",
        "摊位占用消防通道，多次清理后反弹，需要多部门一起处理。",
        "农贸市场消防通道整治",
        &[(80, Do::Nominate), (79, Do::List(90)), (76, Do::Take), (50, Do::Visit), (4, Do::Apply)],
    ),
    (
        "乡道转弯处连续发生翻车",
        "一年内同一处三起翻车，视线不良，没有护栏。",
        "乡道危险路段治理",
        &[(100, Do::Nominate), (98, Do::List(60)), (96, Do::Take), (70, Do::Visit)],
    ),
    (
        "废弃砖厂取土坑积水",
        "取土坑积水三米多深，没有围挡，附近有小学。",
        "废弃砖厂取土坑治理",
        &[(95, Do::Nominate), (93, Do::List(90)), (90, Do::Take), (8, Do::Ask), (6, Do::Grant)],
    ),
    (
        "集中供水点水质异常",
        "雨后水质发浑，检测一项超标，涉及两个社区。",
        "",
        &[
            (88, Do::Nominate),
            (87, Do::List(90)),
            (85, Do::Take),
            (30, Do::Visit),
            (12, Do::Apply),
            (9, Do::Return),
        ],
    ),
    (
        "物业撤出后小区无人管理",
        "物业撤出两个月，垃圾和电梯无人管，业主大会开不起来。",
        "",
        &[(30, Do::Nominate), (28, Do::List(60)), (27, Do::Take), (10, Do::Visit), (3, Do::Ask)],
    ),
    (
        "老粮站仓库屋顶坍塌隐患",
        "屋顶檩条断裂，紧邻幼儿园接送通道。",
        "",
        &[(6, Do::Nominate), (4, Do::List(30))],
    ),
    (
        "征地补偿面积争议",
        "同一地块两次测量不一致，村里调解三次未果。",
        "",
        &[(70, Do::Nominate), (68, Do::List(60)), (66, Do::Take), (20, Do::Apply), (2, Do::Pass)],
    ),
    ("学校门口道路积水", "雨后积水半米，学生绕行国道。", "", &[(2, Do::Nominate)]),
    ("村口公厕异味", "镇里已有资金安排，提名县级督办。", "", &[(40, Do::Nominate), (38, Do::Decline)]),
];

/// Who acts, and in which city.
struct Stage {
    known: case::store::Ground,
    book: Rulebook,
    town: Place,
    four: Four,
    cast: Vec<(&'static str, Arc<Person>)>,
}

impl Stage {
    fn person(&self, name: &str) -> &Person {
        let found = self.cast.iter().find(|(n, _)| *n == name);
        found.map_or_else(|| &*self.cast[0].1, |(_, p)| p)
    }
}

/// Lists, meets and sweeps, up to `until`.
///
/// # Errors
/// Faults of the store, and what a deed refuses: the tales are written so that nothing is.
pub fn supervise(db: &Db, city: &City, until: Millis) -> anyhow::Result<()> {
    let stage = Arc::new(stage(db, city, until)?);
    let timers = super::run::timers_of(&city.known);
    let mut acts: Vec<(Millis, usize, Do)> = Vec::new();
    for (n, (.., all)) in TALES.iter().enumerate() {
        acts.extend(all.iter().map(|(days, what)| (office(until, *days), n, *what)));
    }
    acts.sort_by_key(|(at, n, _)| (*at, *n));
    let mut ids: Vec<Option<Id<Entry>>> = vec![None; TALES.len()];
    for (at, n, what) in acts {
        let (own, id, timers) = (stage.clone(), ids[n], timers.clone());
        let made = db
            .write_now(move |tx| {
                jobs::run_within(tx, &timers, at)?;
                act(tx, &own, at, n, id, what)
            })
            .told()
            .with_context(|| format!("{} {what:?}", TALES[n].0))?;
        ids[n] = Some(made);
    }
    let entries: Vec<Id<Entry>> = ids.into_iter().flatten().collect();
    let (own, some) = (stage.clone(), entries.clone());
    db.write_now(move |tx| meet(tx, &own, until, &some)).told()?;
    let own = stage.clone();
    db.write_now(move |tx| receive(tx, &own, until)).told()?;
    db.write_now(move |tx| sweep(tx, &stage, until)).told()?;
    db.keep_house_now(move |tx| jobs::run_within(tx, &timers, until)).told()?;
    Ok(())
}

/// Ten in the morning or so, some days before.
fn office(until: Millis, days: i64) -> Millis {
    until.plus(-days * DAY_MS - 2 * HOUR_MS)
}

fn stage(db: &Db, city: &City, until: Millis) -> anyhow::Result<Stage> {
    let names = ["clerk", "county", "liaison", "leader", "village", "grid"];
    let mut cast = Vec::new();
    for name in names {
        let account = city.cast.get(name).map(|m| m.account).context("the cast is not whole")?;
        let person = db.read_now(move |conn| access::person_by_account(conn, account, until)).told()?;
        cast.push((name, Arc::new(person.context("the cast is not whole")?)));
    }
    let post = |name: &str| cast.iter().find(|(n, _)| *n == name).and_then(|(_, p)| p.posts.first().cloned());
    let (clerk, leader, liaison) = (post("clerk"), post("leader"), post("liaison"));
    let (clerk, leader, liaison) =
        (clerk.context("a clerk")?, leader.context("a leader")?, liaison.context("a liaison")?);
    let account = |name: &str| city.cast.get(name).map_or(0, |m| m.account.raw());
    Ok(Stage {
        known: city.known.clone(),
        book: house::rulebook(None)?,
        town: case::deeds::place_of(&city.known.atlas, Id::of(clerk.scope.id)),
        four: Four {
            leader_post: leader.post.raw(),
            leader: account("leader"),
            unit: liaison.unit.raw(),
            person: account("liaison"),
        },
        cast,
    })
}

fn act(
    tx: &mut Tx<'_>,
    s: &Stage,
    at: Millis,
    n: usize,
    id: Option<Id<Entry>>,
    what: Do,
) -> Outcome<Id<Entry>> {
    let (title, problem, public, _) = TALES[n];
    let with = |name: &'static str| (&s.known, s.person(name), at);
    let Some(id) = id else {
        let order = Nomination {
            case_number: String::new(),
            place: s.town,
            category: 0,
            title: title.to_owned(),
            problem: problem.to_owned(),
            level: Scale::County,
        };
        return deeds::nominate_entry(tx, &s.known, s.person("clerk"), at, "", &order);
    };
    let done = match what {
        Do::Nominate => return Ok(id),
        Do::List(days) => {
            let order = ListOrder {
                version: None,
                four: s.four,
                term: Some(deadline::Term { n: days, unit: deadline::Unit::Day }),
                source: "县级督办工作会议纪要".to_owned(),
                public_title: public.to_owned(),
            };
            deeds::list_entry(tx, with("county"), id, &s.book, &order)
        }
        Do::Decline => {
            deeds::decline_entry(tx, with("county"), id, None, "镇里有资金和办法，请按一般事项办理。")
        }
        Do::Take => deeds::take_entry(tx, with("liaison"), id, None, "已现场踏勘，先排危，再按方案施工。"),
        Do::Visit => {
            let day = Some(s.known.zone.day(at));
            let seen = (day, "问题现场", "现场听取情况，明确牵头单位和完成时间。");
            deeds::visit_matter(tx, with("leader"), id, None, seen)
        }
        Do::Apply => deeds::apply_strike_off(tx, with("liaison"), id, None, "已按方案完成，请组织验收。"),
        Do::Ask => {
            let term = Some(deadline::Term { n: 30, unit: deadline::Unit::Day });
            deeds::ask_extension(tx, with("liaison"), id, None, term, "材料和施工季节所限，申请延长三十日。")
        }
        Do::Grant => deeds::grant_extension(tx, with("county"), id, None, "同意延长，期间做好防护。"),
        Do::Pass => deeds::pass_entry(tx, with("county"), id, None, "现场查看，问题已解决，附近住户认可。"),
        Do::Return => deeds::return_entry(tx, with("county"), id, None, "现场仍有一处未完成，请继续整改。"),
        Do::Strike => deeds::strike_off(tx, with("county"), id, None, "同意销号。"),
    };
    done.map(|d| d.id)
}

/// A meeting that was held, with two tasks, and one that is called.
fn meet(tx: &mut Tx<'_>, s: &Stage, until: Millis, entries: &[Id<Entry>]) -> Outcome<()> {
    let call = |title: &str, start: Millis| NewMeeting {
        title: title.to_owned(),
        hall: "综治中心二楼会议室".to_owned(),
        start,
        units: vec![s.four.unit],
    };
    let (before, at) = (office(until, 20), office(until, 15));
    let county = |at| (&s.known, s.person("county"), at);
    let held: Id<Meeting> = deeds::call_meeting(tx, county(before), "", &call("三季度突出问题联席会议", at))?;
    deeds::add_items(tx, county(before), held, &[], &entries[2..5])?;
    for item in asked::items_of(tx.conn, held)? {
        deeds::keep_minutes(
            tx,
            county(at),
            held,
            None,
            item.id,
            "责任部门继续牵头，相关单位十个工作日内拿出措施。",
        )?;
    }
    let items = asked::items_of(tx.conn, held)?;
    for (item, what) in items.iter().zip(["完成消防通道划线和隔离。", "增设警示标志和护栏。"])
    {
        let order = NewTask { item: item.id, unit: s.four.unit, what: what.to_owned(), term: s.book.task };
        let task = deeds::give_task(tx, county(at), held, None, &order)?;
        if item.position == 1 {
            let liaison = (&s.known, s.person("liaison"), office(until, 7));
            deeds::do_task(tx, liaison, task, None, ("已划线并安装隔离柱。", "现场照片4张"))?;
        }
    }
    deeds::close_meeting(tx, county(at), held, None)?;
    let next = deeds::call_meeting(
        tx,
        county(office(until, 1)),
        "",
        &call("岁末安全联席会议", until.plus(3 * DAY_MS)),
    )?;
    deeds::add_items(tx, county(office(until, 1)), next, &[], &entries[5..8])?;
    Ok(())
}

/// When the county and the town receive people.
fn receive(tx: &mut Tx<'_>, s: &Stage, until: Millis) -> Outcome<()> {
    let day = |post: i64, weekday: i8, from: i64, until: i64, hall: &str| NewReception {
        post,
        weekday,
        day: None,
        from: Some(from * 60),
        until: Some(until * 60),
        hall: hall.to_owned(),
    };
    let at = office(until, 90);
    let mut set = |who: &'static str, order: NewReception| {
        deeds::set_reception(tx, (&s.known, s.person(who), at), "", &order).map(|_| ())
    };
    set("leader", day(s.four.leader_post, 3, 9, 12, "综治中心一楼接待室"))?;
    set("county", day(0, 5, 14, 17, "综治中心一楼接待室"))?;
    set("clerk", day(0, 1, 9, 12, "乡镇便民服务大厅二号窗口"))
}

/// A sweep of the town by villages, and one of the cast's village by grids, with findings.
fn sweep(tx: &mut Tx<'_>, s: &Stage, until: Millis) -> Outcome<()> {
    let day = |days: i64| s.known.zone.day(until.plus(days * DAY_MS));
    let clerk = (&s.known, s.person("clerk"), office(until, 12));
    let order = |place: Place, kind, rung, title: &str| NewSweep {
        place,
        kind,
        rung,
        title: title.to_owned(),
        question: "逐户查看房前屋后边坡、排水沟、土坯房和用电，有问题写明具体位置；没有问题也要填报。"
            .to_owned(),
        from: day(-12),
        to: day(8),
    };
    let villages = order(s.town, SweepKind::Special, Rung::Village, "入冬安全专项排查");
    let first: Id<Sweep> = deeds::order_sweep(tx, clerk, "", &villages)?;
    let village = s.person("village").posts.first().map_or(0, |p| p.scope.id);
    let place = case::deeds::place_of(&s.known.atlas, Id::of(village));
    let grids = order(place, SweepKind::Regular, Rung::Grid, "网格月度常规排查");
    let second = deeds::order_sweep(tx, clerk, "", &grids)?;
    let none = [];
    if let Some(own) = own_return(tx, s.person("village"), first)? {
        let with = (&s.known, s.person("village"), office(until, 5));
        deeds::return_sweep(tx, with, own, "查看四十二户，未发现问题。", &none)?;
    }
    if let Some(own) = own_return(tx, s.person("grid"), second)? {
        let with = (&s.known, s.person("grid"), office(until, 4));
        let found = |what: &str, spot: &str| (what.to_owned(), spot.to_owned());
        let both = [found("排水沟被杂物堵塞，雨天倒灌", "三组路口"), found("土坯房山墙开裂", "五组东头")];
        deeds::return_sweep(tx, with, own, "查看二十六户，发现两处问题。", &both)?;
        let finding = asked::findings_of(tx.conn, own)?.first().map(|f| f.id);
        let category =
            s.known.categories().find(|c| c.kind.is_some() && c.questions.is_empty() && c.is_valid(until));
        if let (Some(finding), Some(category)) = (finding, category) {
            deeds::file_finding(tx, (&s.known, s.person("grid"), office(until, 4)), finding, category.id)?;
        }
    }
    Ok(())
}

/// The awaited return of the person's own village or grid.
fn own_return(tx: &mut Tx<'_>, person: &Person, id: Id<Sweep>) -> Outcome<Option<Id<Return>>> {
    let near = person.posts.iter().find(|p| p.scope.level >= Level::Village);
    let Some((scope, sweep)) = near.map(|p| p.scope).zip(asked::sweep_by_id(tx.conn, id)?) else {
        return Ok(None);
    };
    let mine = access::view_filter(person, access::Kind::SupervisionView);
    let rows = asked::returns(tx.conn, &sweep, &mine, asked::ReturnFilter::Awaited, None, 10)?.rows;
    Ok(rows.into_iter().find(|r| scope.holds(&r.place)).map(|r| r.id))
}
