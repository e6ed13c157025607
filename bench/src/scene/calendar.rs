//! A change of the work calendar over open cases (工作日历调整): cases are made through the deeds, a table is published, and
//! the timers look at every running clock again. What came of it is proved: every clock ends on the day that a count of
//! days by hand gives, each case of which a clock moved has one entry in its course, one fact and a letter for each end
//! that moved, no other case was touched, and the nightly proof finds nothing. Held against the bare engine writing
//! each running clock once, in commits of the same size.

mod store;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use access::{Person, Place};
use base::{Clock, DAY_MS, Id, Millis, Outcome, Stop, Zone};
use calendar::{Almanac, Table};
use case::deeds::{self, Hand};
use case::model::{AcceptOrder, Body, Channel, ClockKind, ExtendOrder, Intake, Line, PauseOrder, Title};
use case::store::{Ground, OpenClock, open_clocks};
use deadline::{Book, Period, Unit, YearTable};
use jiff::civil::{Date, Weekday, date};
use linli::demo::found::{City, Size, found};
use linli::house;

use self::store::{Trail, clocks_as_text, rewritten_per_s, trail_of_the_change};
use super::Set;
use crate::{
    measure::apart,
    record::{Floor, Point, Told},
};
use ::store::testing::TestDb;

/// Cases of one transaction while they are made.
const BATCH: usize = 500;
/// Clocks of one commit of the floor, as many as the change looks at in one.
const AT_ONCE: i64 = 1_000;
/// The first day on which cases come in, and for how many days.
const FROM: Date = date(2026, 1, 29);
const DAYS: i64 = 17;

fn told(stop: Stop) -> anyhow::Error {
    house::told(&stop)
}

/// Measures on a small city of its own.
///
/// # Errors
/// When something that must hold does not.
pub fn measure(set: &Set) -> anyhow::Result<Told> {
    apart(|| {
        let t = match &set.server {
            Some(url) if set.engine == "postgres" => ::store::testing::postgres(url, &steps()),
            _ => ::store::testing::sqlite(&steps()),
        };
        over(&t.map_err(told)?, set.size.open_cases)
    })
}

fn over(t: &TestDb, many: usize) -> anyhow::Result<Told> {
    let mut out = Told::default().with("cases", many);
    let begun = Zone::default().start_of(FROM);
    t.clock.set(begun);
    let city = found(&t.db, begun.plus(-30 * DAY_MS), Size::Small, &mut |_, _, _| {})?;
    let crew = Crew::of(t, &city, begun)?;
    let made = fill(t, &city.known, &crew, many)?;
    anyhow::ensure!(made.sent_out > 0 && made.paused > 0 && made.extended > 0, "{made:?}");
    t.clock.set(begun.plus(DAYS * DAY_MS));
    run_due(t, handlers(&city.known))?;
    let before = clocks(t)?;
    out.fact("open_cases", cases_of(&before).len() as f64);
    out.fact("running_clocks", before.len() as f64);
    let moved = change(t, &city, &crew, &before, &mut out)?;
    trail(t, &before, &moved)?;
    let floor = rewritten_per_s(&t.url, AT_ONCE)?;
    if let Some(point) = out.points.first_mut() {
        point.hold(Floor::Engine, floor, 0.0);
    }
    prove(t, &city.known, &mut out)?;
    Ok(out)
}

/// The migrations without the kernel's own, which a test database brings.
fn steps() -> Vec<::store::Migration> {
    house::migrations().into_iter().filter(|m| m.room != "store").collect()
}

/// Who acts.
struct Crew {
    clerk: Arc<Person>,
    leader: Arc<Person>,
    admin: Arc<Person>,
    place: Place,
}

impl Crew {
    fn of(t: &TestDb, city: &City, at: Millis) -> anyhow::Result<Self> {
        let one = |name: &str| -> anyhow::Result<Arc<Person>> {
            let member = city.cast.get(name).ok_or_else(|| anyhow::anyhow!("nobody is called {name}"))?;
            let account = member.account;
            let found =
                t.db.read_now(move |conn| access::person_by_account(conn, account, at)).map_err(told)?;
            found.map(Arc::new).ok_or_else(|| anyhow::anyhow!("{name} has no post"))
        };
        let clerk = one("clerk")?;
        let town = clerk.posts.first().map(|p| p.scope.id).unwrap_or_default();
        let place = deeds::place_of(&city.known.atlas, Id::of(town));
        Ok(Self { leader: one("leader")?, admin: one("admin")?, place, clerk })
    }
}

/// What was made.
#[derive(Debug, Default, Clone, Copy)]
struct Made {
    cases: usize,
    sent_out: usize,
    paused: usize,
    extended: usize,
    closed: usize,
}

/// Cases of every category that asks nothing more, over the days: most sent out to their unit, some paused, some extended,
/// some closed and waiting for their resident.
fn fill(t: &TestDb, g: &Ground, crew: &Crew, many: usize) -> anyhow::Result<Made> {
    let leaves: Vec<i64> = g
        .categories()
        .filter(|c| c.kind.is_some() && !c.needs_place && c.questions.iter().all(|q| !q.required))
        .map(|c| c.id)
        .collect();
    anyhow::ensure!(leaves.len() > 5, "too few categories: {}", leaves.len());
    let mut sum = Made::default();
    let start = Zone::default().start_of(FROM).plus(9 * 3_600_000);
    for first in (0..many).step_by(BATCH) {
        let (g, leaves) = (g.clone(), leaves.clone());
        let crew = Crew {
            clerk: crew.clerk.clone(),
            leader: crew.leader.clone(),
            admin: crew.admin.clone(),
            place: crew.place,
        };
        let made = t.db.write_now(move |tx| {
            let mut made = Made::default();
            for n in first..(first + BATCH).min(many) {
                let at = start.plus(n as i64 * (DAYS - 1) * DAY_MS / many as i64);
                one(tx, &g, &crew, leaves[n % leaves.len()], n, at, &mut made)?;
            }
            Ok(made)
        });
        let made = made.map_err(told)?;
        sum.cases += made.cases;
        sum.sent_out += made.sent_out;
        sum.paused += made.paused;
        sum.extended += made.extended;
        sum.closed += made.closed;
    }
    Ok(sum)
}

fn one(
    tx: &mut ::store::Tx<'_>,
    g: &Ground,
    crew: &Crew,
    category: i64,
    n: usize,
    at: Millis,
    made: &mut Made,
) -> Outcome<()> {
    let title = Title::new("title", &format!("第{n}件：路口的灯不亮"))?;
    let body = Body::new("body", &format!("第{n}件：路口的灯三天没有亮，晚上看不清路。"))?;
    let intake = Intake::new(Channel::Phone, crew.place, category, title, body)?;
    let (clerk, later) = (Hand::Staff(&crew.clerk), |minutes: i64| at.plus(minutes * 60_000));
    let id = deeds::submit_case(tx, g, clerk, at, &intake)?.id;
    made.cases += 1;
    if n.is_multiple_of(4) {
        return Ok(());
    }
    if n % 50 == 1 {
        deeds::accept_case(tx, g, clerk, later(1), id, &AcceptOrder::default())?;
        let order = PauseOrder {
            version: None,
            reason: "survey".to_owned(),
            words: None,
            paper: Some(Line::filled("paper", "委托书 第 1 号")?),
        };
        deeds::pause_case(tx, g, clerk, later(2), id, &order)?;
        made.paused += 1;
        return Ok(());
    }
    let category = g.category(category).map_or(0, |c| c.id);
    let unit = g.suggest(category, &crew.place, Channel::Phone, at).unit;
    deeds::accept_case(tx, g, clerk, later(1), id, &AcceptOrder::default())?;
    if n % 50 == 2 {
        let order =
            ExtendOrder { version: None, n: 10, reason: Body::new("reason", "配件要从外地订购。")? };
        deeds::extend_case(tx, g, clerk, later(2), id, &order)?;
        let yes = case::model::ReasonOrder {
            version: None,
            reason: Body::new("reason", "同意，需要十天。")?,
        };
        deeds::grant_extension(tx, g, Hand::Staff(&crew.leader), later(3), id, &yes)?;
        made.extended += 1;
        return Ok(());
    }
    if n % 50 == 3 {
        let order = case::model::AnswerOrder {
            version: None,
            ending: Some(case::model::Ending::Explained),
            answer: Some(Body::new("answer", "已经修好，请您看看。")?),
            same_as: None,
            referred_to: None,
        };
        deeds::close_case(tx, g, clerk, later(2), id, &order)?;
        made.closed += 1;
        return Ok(());
    }
    if let Some(unit) = unit {
        let order = case::model::DispatchOrder { version: None, unit, account: 0, words: None };
        deeds::dispatch_case(tx, g, clerk, later(2), id, &order)?;
        made.sent_out += 1;
    }
    Ok(())
}

/// The handlers without the nightly proof, which is asked for at the end by itself.
fn handlers(known: &Ground) -> Vec<(&'static str, jobs::Handler)> {
    let ground = known.clone();
    let mut all = house::timers_over(move || ground.clone());
    all.retain(|(kind, _)| *kind != deeds::CLOCK_CHECK);
    all.push((deeds::CLOCK_CHECK, jobs::handler(|_, _, _| Ok(()))));
    all
}

fn run_due(t: &TestDb, handlers: Vec<(&'static str, jobs::Handler)>) -> anyhow::Result<usize> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let runner = jobs::Runner::new(t.db.clone(), handlers);
    let mut ran = 0;
    loop {
        match runtime.block_on(runner.run_due()).map_err(told)? {
            0 => return Ok(ran),
            n => ran += n,
        }
    }
}

type Key = (i64, ClockKind, i64);

fn clocks(t: &TestDb) -> anyhow::Result<HashMap<Key, OpenClock>> {
    let all = t.db.read_now(|conn| {
        let (mut all, mut last) = (Vec::new(), 0);
        loop {
            let rows = open_clocks(conn, last, 5_000)?;
            let Some(row) = rows.last() else { return Ok(all) };
            last = row.clock.case.raw();
            all.extend(rows);
        }
    });
    Ok(all
        .map_err(told)?
        .into_iter()
        .map(|c| ((c.clock.case.raw(), c.clock.kind, c.clock.round), c))
        .collect())
}

fn cases_of(clocks: &HashMap<Key, OpenClock>) -> HashSet<i64> {
    clocks.keys().map(|k| k.0).collect()
}

/// One day more off, and the last day of the festival worked: some clocks end earlier, some later.
fn corrected() -> anyhow::Result<YearTable> {
    let year = Book::shipped().years().find(|y| y.year == 2026);
    let mut table = year.ok_or_else(|| anyhow::anyhow!("no table of 2026"))?.clone();
    let festival = table.off.iter_mut().find(|p| p.first <= date(2026, 2, 20) && p.last >= date(2026, 2, 20));
    let festival = festival.ok_or_else(|| anyhow::anyhow!("no festival in February"))?;
    festival.last = festival.last.yesterday()?;
    table
        .off
        .push(Period { name: "临时放假".to_owned(), first: date(2026, 2, 12), last: date(2026, 2, 12) });
    Ok(table)
}

/// Previews, publishes, and runs until nothing is left; gives the clocks that moved.
#[expect(clippy::disallowed_methods, reason = "the bench measures")]
fn change(
    t: &TestDb,
    city: &City,
    crew: &Crew,
    before: &HashMap<Key, OpenClock>,
    out: &mut Told,
) -> anyhow::Result<HashMap<Key, Millis>> {
    let table = corrected()?;
    let (old, ground) = (Arc::new(Almanac::shipped()), city.known.clone());
    let new = Arc::new(Almanac::new(1, Book::shipped().with_year(table.clone(), "corrected")?));
    let (start, at) = (Instant::now(), t.clock.now());
    let moves =
        t.db.read_now(move |conn| deeds::calendar_moves(conn, &ground, [&old, &new], at)).map_err(told)?;
    out.fact("preview_s", start.elapsed().as_secs_f64());
    anyhow::ensure!(
        moves.later > 0 && moves.earlier > 0,
        "nothing would move: {} and {}",
        moves.later,
        moves.earlier
    );
    let (atlas, admin) = (city.known.atlas.clone(), crew.admin.clone());
    let year = Table::Year(table.clone());
    t.db.write_now(move |tx| calendar::publish(tx, &atlas, &admin, at, &year, 0)).map_err(told)?;
    let start = Instant::now();
    let ran = run_due(t, handlers(&city.known))?;
    let took = start.elapsed().as_secs_f64();
    let after = clocks(t)?;
    anyhow::ensure!(after.len() == before.len(), "clocks came or went");
    let moved: HashMap<Key, Millis> = after
        .iter()
        .filter(|(k, c)| before[*k].clock.due != c.clock.due)
        .map(|(k, c)| (*k, c.clock.due))
        .collect();
    out.points.push(Point::done(format!("{} clocks", before.len()), "clocks", before.len() as u64, took));
    out.fact("change_s", took);
    out.fact("transactions", ran as f64);
    out.fact("moved_clocks", moved.len() as f64);
    anyhow::ensure!(moves.moved() == moved.len() as u64, "the preview said {}", moves.moved());
    by_hand(&table, &after)?;
    // And the second look, a minute later, finds nothing.
    t.clock.advance(base::MINUTE_MS);
    let start = Instant::now();
    run_due(t, handlers(&city.known))?;
    let again = clocks(t)?;
    anyhow::ensure!(
        after.iter().all(|(k, c)| again[k].clock.due == c.clock.due),
        "a second look moved something"
    );
    out.fact("second_look_s", start.elapsed().as_secs_f64());
    Ok(moved)
}

/// Counts every plain clock's end by walking over the days of the table.
fn by_hand(table: &YearTable, after: &HashMap<Key, OpenClock>) -> anyhow::Result<()> {
    let zone = Zone::default();
    let is_off = |day: Date| {
        let listed = table.off.iter().any(|p| p.first <= day && day <= p.last);
        let worked = table.work.iter().any(|(_, d)| *d == day);
        listed || (!worked && matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday))
    };
    let mut counted: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (key, row) in after {
        let clock = &row.clock;
        let line = counted.entry(format!("{:?}", clock.kind)).or_default();
        if clock.paused > 0 || clock.extended > 0 {
            line.1 += 1;
            continue;
        }
        let mut day = zone.day(clock.start);
        let mut left = clock.term.n;
        while left > 0 {
            day = day.tomorrow()?;
            left -= u32::from(clock.term.unit == Unit::Day || !is_off(day));
        }
        anyhow::ensure!(matches!(clock.term.unit, Unit::Day | Unit::WorkingDay), "{:?}", clock.term);
        while clock.kind.is_residents() && is_off(day) {
            day = day.tomorrow()?;
        }
        anyhow::ensure!(zone.day(clock.due) == day, "{key:?}: {} by hand, {}", day, zone.day(clock.due));
        line.0 += 1;
    }
    anyhow::ensure!(counted.values().any(|(plain, _)| *plain > 0), "no clock was counted by hand");
    Ok(())
}

/// Each case of which a clock moved has one entry, one fact, and each clock of an office a letter; no other has any.
fn trail(t: &TestDb, before: &HashMap<Key, OpenClock>, moved: &HashMap<Key, Millis>) -> anyhow::Result<()> {
    let cases: HashSet<i64> = moved.keys().map(|k| k.0).collect();
    let Trail { acts, of, facts, letters } = t.db.read_now(trail_of_the_change).map_err(told)?;
    // Two clocks of one holder that move from one instant to another are one letter.
    let news: HashSet<_> = moved
        .iter()
        .map(|(k, is)| (k.0, before[k].clock.unit, before[k].clock.due, *is))
        .filter(|(_, unit, ..)| *unit != 0)
        .collect();
    anyhow::ensure!(acts as usize == cases.len() && of == acts && facts == acts, "the trail has a hole");
    anyhow::ensure!(letters as usize == news.len(), "a holder was not told, or twice");
    Ok(())
}

/// The nightly proof reads every case from its acts.
#[expect(clippy::disallowed_methods, reason = "the bench measures")]
fn prove(t: &TestDb, known: &Ground, out: &mut Told) -> anyhow::Result<()> {
    t.clock.advance(DAY_MS);
    let at = t.clock.now();
    t.db.keep_house_now(move |tx| jobs::put(tx, deeds::CLOCK_CHECK, 0, at, at)).map_err(told)?;
    let ground = known.clone();
    let start = Instant::now();
    // The almanac of the cases is the one that was published.
    let almanac = t.db.read_now(calendar::load_almanac).map_err(told)?;
    let ground = Ground { almanac: Arc::new(almanac), ..ground };
    let was = t.db.read_now(clocks_as_text).map_err(told)?;
    run_due(t, house::timers_over(move || ground.clone()))?;
    let is = t.db.read_now(clocks_as_text).map_err(told)?;
    let differs = was.iter().zip(&is).find(|(was, is)| was.seen != is.seen);
    let differs = differs.map(|(was, is)| format!("{} became {}", was.seen, is.seen)).unwrap_or_default();
    let check = t.db.read_now(|conn| case::store::last_checks(conn, 1)).map_err(told)?;
    let check = check.first().ok_or_else(|| anyhow::anyhow!("no proof"))?.to_owned();
    out.fact("nightly_proof_s", start.elapsed().as_secs_f64());
    anyhow::ensure!(check.differed == 0, "a row differs from its acts: {differs}");
    Ok(())
}
