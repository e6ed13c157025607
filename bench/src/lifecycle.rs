//! Whole lifecycles per second: matters that come in, are sent out or answered at the desk, handled, verified by
//! somebody else and found again, through the deeds and with everything that a click would bring: policy, routing,
//! clocks, notices, journal, durability. HTTP is not in it; `intake` measures that.
//!
//! The short path is what a load test of a peer calls a lifecycle: create, assign, resolve, search. The long one is the
//! ordinary way of a matter that a department handles. Reminders are not due within the seconds of a measurement.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use access::{Duty, Kind, Person, Place, view_filter};
use anyhow::{Context, ensure};
use base::{Chance, DAY_MS, Id, Millis, Outcome, SystemClock};
use case::{
    deeds::{self, Hand, place_of},
    model::{
        AcceptOrder, AnswerOrder, Body, Case, Channel, DispatchOrder, Ending, Intake, ReportOrder, Title,
    },
    store::{CaseFilter, Ground, QueueOrder, queue},
};
use linli::{
    demo::found::{Size, found},
    house::{self, Told},
};
use serde::Serialize;
use store::{Db, DbConfig, Keys, Tx};

use linli_loader::pace::{self, Client, Course, Pace, Said, Seen};

use crate::{
    bare,
    measure::apart,
    record::{Floor, Point, Told as Record, clients_word},
    server::City,
};

/// Places between which the matters are spread.
const STREETS: usize = 48;
/// With fewer of them everybody waits for the same rows.
const FEWEST: usize = 8;
/// Seconds before each measurement.
const WARM_UP: Duration = Duration::from_secs(1);

/// Which way a matter goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Comes in, accepted by the desk, answered by the desk, found.
    Short,
    /// Comes in, accepted and sent out, taken, reported, verified, found.
    Long,
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Long => "long",
        }
    }
}

/// A place with everybody who acts on its matters.
struct Street {
    place: Place,
    category: i64,
    unit: i64,
    clerk: Arc<Person>,
    handler: Arc<Person>,
    verifier: Arc<Person>,
}

/// What all clients share.
struct Town {
    db: Db,
    ground: Ground,
    streets: Vec<Arc<Street>>,
    made: AtomicU64,
}

/// How long each deed and search of a lifecycle took.
type Parts = Vec<(&'static str, Duration)>;

/// What is measured, and where.
#[derive(Debug, Clone, clap::Args)]
pub struct Asked {
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// How many clients, one measurement after another.
    #[arg(long, value_delimiter = ',', default_values_t = [8, 64, 256])]
    clients: Vec<usize>,
    /// Only the short path.
    #[arg(long)]
    short: bool,
    /// An empty PostgreSQL database to measure instead of SQLite.
    #[arg(long)]
    postgres: Option<String>,
    /// A city that is there already, great or small; it is written to.
    #[arg(long, requires = "keys")]
    city: Option<String>,
    /// The file of its keys.
    #[arg(long)]
    keys: Option<PathBuf>,
}

impl Asked {
    /// Both paths over a city that is there.
    pub fn over(city: &City, seconds: f64, clients: Vec<usize>) -> Self {
        let (url, keys) = (city.database().to_owned(), city.keys());
        Self { seconds, clients, short: false, postgres: None, city: Some(url), keys: Some(keys) }
    }

    /// The city to measure, founded if there is none, the file of its keys, and the folder that it lives in.
    fn town(&self) -> anyhow::Result<(Arc<Town>, PathBuf, tempfile::TempDir)> {
        let folder = tempfile::tempdir()?;
        let own = format!("sqlite:{}", folder.path().join("linli.db").display());
        let url = self.city.as_ref().or(self.postgres.as_ref()).unwrap_or(&own);
        let mut conn = store::open(url, false).told()?;
        store::migrate(&mut conn, &house::migrations(), Millis(0)).told()?;
        drop(conn);
        let keys = self.keys.clone().unwrap_or_else(|| folder.path().join("linli.keys"));
        if self.city.is_none() {
            Town::found(url, &keys)?;
        }
        let town = Town::open(url, &keys)?;
        Ok((Arc::new(town), keys, folder))
    }
}

/// Measures one engine: both paths, with few and with many clients.
///
/// # Errors
/// When the city cannot be founded or a deed is refused.
pub fn measure(asked: &Asked) -> anyhow::Result<Record> {
    let (town, _, _folder) = asked.town()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut out = Record::default().with("seconds", asked.seconds);
    let paths: &[Way] = if asked.short { &[Way::Short] } else { &[Way::Short, Way::Long] };
    for path in paths.iter().copied() {
        for clients in asked.clients.iter().copied() {
            let cases = town.made.load(Ordering::Relaxed);
            let (before, cpu) = (town.db.health(), cpu_s());
            let seen = runtime.block_on(drive(&town, path, clients, WARM_UP, asked.seconds))?;
            let (after, cpu) = (town.db.health(), cpu_s() - cpu);
            let made = town.made.load(Ordering::Relaxed) - cases;
            let name = format!("{} {}", path.name(), clients_word(clients));
            let deeds = (after.committed - before.committed) as f64;
            out.fact(
                &format!("{name}: deeds_in_a_commit"),
                deeds / (after.commits - before.commits).max(1) as f64,
            );
            out.fact(&format!("{name}: cpu_ms_of_a_lifecycle"), cpu * 1e3 / made.max(1) as f64);
            let mut point = Point::seen(name, "lifecycles", &seen).of_clients(clients).of_cases(cases);
            let url = town.db.url().to_owned();
            let floor = apart(|| bare::cases_per_s(&url, clients, asked.seconds / 2.0))?;
            point.hold(Floor::Engine, floor, 0.0);
            out.points.push(point);
        }
    }
    Ok(out)
}

/// Seconds of processor that this process has used; the server engine's own are not in it.
fn cpu_s() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = text.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// One line of the profile: a statement of the short path.
#[derive(Debug, Serialize)]
pub struct Share {
    /// As it was sent, without its values.
    statement: String,
    /// How often in a lifecycle.
    times: f64,
    /// Microseconds of a lifecycle.
    us: f64,
}

/// What a lifecycle of the short path asks the engine, the dearest first: many clients at once, so that commits are as
/// large as under load.
///
/// # Errors
/// When the city cannot be founded or a deed is refused.
pub fn profile(asked: &Asked) -> anyhow::Result<Vec<Share>> {
    let (town, keys, _folder) = asked.town()?;
    let asked_all = store::testing::listen(town.db.url());
    let town = Arc::new(Town::open(town.db.url(), &keys)?);
    let clients = asked.clients.last().copied().unwrap_or(64);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    asked_all.take();
    let seen = runtime.block_on(drive(&town, Way::Short, clients, Duration::ZERO, asked.seconds))?;
    let n = seen.good.max(1) as f64;
    let mut by: HashMap<String, (f64, f64)> = HashMap::new();
    for (text, took) in asked_all.take_timed() {
        let sum = by.entry(text).or_default();
        sum.0 += 1.0;
        sum.1 += took.as_secs_f64() * 1e6;
    }
    let mut all: Vec<Share> = by
        .into_iter()
        .map(|(statement, (times, us))| Share { statement, times: times / n, us: us / n })
        .collect();
    all.sort_by(|a, b| b.us.total_cmp(&a.us));
    Ok(all)
}

impl Town {
    /// The whole city without its year, in an empty database.
    fn found(url: &str, keys: &Path) -> anyhow::Result<()> {
        let db = database(url, keys)?;
        found(&db, db.clock().now().plus(-DAY_MS), Size::Whole, &mut |_, _, _| {}).map(drop)
    }

    /// A city that is there.
    fn open(url: &str, keys: &Path) -> anyhow::Result<Self> {
        let db = database(url, keys)?;
        let atlas = Arc::new(territory::LiveAtlas::open(&db).told()?);
        let desk = case::store::Desk::open(&db, atlas, base::Zone::default()).told()?;
        let ground = desk.now();
        let streets = streets(&db, &ground, db.clock().now())?;
        let made = crate::grow::cases(url)?;
        Ok(Self { db, ground, streets, made: AtomicU64::new(made.unsigned_abs()) })
    }

    fn now(&self) -> Millis {
        self.db.clock().now()
    }
}

fn database(url: &str, keys: &Path) -> anyhow::Result<Db> {
    let config = DbConfig { url: url.to_owned(), readers: 2, signs: true };
    let (chance, clock) = (Arc::new(Chance::from_system()), Arc::new(SystemClock));
    Db::open(&config, Keys::load_or_make(keys, "bench")?, chance, clock).told()
}

/// Villages of all counties whose desk, department and verifier are there.
fn streets(db: &Db, g: &Ground, at: Millis) -> anyhow::Result<Vec<Arc<Street>>> {
    let simple = |c: &&case::model::Category| {
        c.kind.is_some()
            && !c.needs_evidence
            && c.proofs.is_empty()
            && c.questions.iter().all(|q| !q.required)
    };
    let categories: Vec<i64> = g.categories().filter(simple).map(|c| c.id).collect();
    ensure!(categories.len() > 5, "too few categories: {}", categories.len());
    let root = g.atlas.children(None).next().map(|e| e.id).context("there is no place")?;
    let villages = g.atlas.below(root, territory::Kind::Village);
    let step = (villages.len() / (2 * STREETS)).max(1);
    let mut out = Vec::new();
    for (n, village) in villages.into_iter().step_by(step).enumerate() {
        let (place, category) = (place_of(&g.atlas, village), categories[n % categories.len()]);
        let Some(unit) = g.suggest(category, &place, Channel::Phone, at).unit else { continue };
        let desk = g.units.first_desk(&place).map_or(0, |d| d.0);
        let one = |unit: i64, duty: Duty| -> anyhow::Result<Option<Arc<Person>>> {
            db.read_now(move |conn| {
                let seats = access::seated_in(conn, &[unit], at)?;
                let seat = seats.into_iter().find(|s| s.post.duties.has(duty));
                seat.map_or(Ok(None), |s| access::person_by_account(conn, Id::of(s.account), at))
            })
            .told()
            .map(|found| found.map(Arc::new))
        };
        let hands = (one(desk, Duty::Clerk)?, one(unit, Duty::Handle)?, one(desk, Duty::Verify)?);
        if let (Some(clerk), Some(handler), Some(verifier)) = hands {
            out.push(Arc::new(Street { place, category, unit, clerk, handler, verifier }));
        }
    }
    ensure!(out.len() >= FEWEST, "only {} places have everybody", out.len());
    Ok(out)
}

/// A client that brings and settles one matter after another.
struct Life {
    town: Arc<Town>,
    path: Way,
}

impl Client for Life {
    async fn call(&mut self, n: u64) -> Said {
        let n = usize::try_from(n).unwrap_or(0);
        let street = self.town.streets[n % self.town.streets.len()].clone();
        let mut parts = Parts::new();
        match one(&self.town, &street, self.path, n, &mut parts).await {
            Ok(()) => Said { parts, ..Said::good(self.path.name(), 0) },
            Err(e) => Said::bad(self.path.name(), format!("{e:#}")),
        }
    }
}

/// Lets so many clients bring and settle matters until the time is up.
async fn drive(
    town: &Arc<Town>,
    path: Way,
    clients: usize,
    warm: Duration,
    seconds: f64,
) -> anyhow::Result<Seen> {
    let first = town.made.load(Ordering::Relaxed);
    let time = Duration::from_secs_f64(seconds);
    let course = Course { warm, first, ..Course::at(Pace::Closed(clients), time) };
    let (seen, _) = pace::drive(&course, |_| Life { town: town.clone(), path }).await;
    ensure!(seen.bad == 0, "{} lifecycles broke off: {}", seen.bad, seen.first_bad);
    Ok(seen)
}

/// A lifecycle.
async fn one(
    town: &Town,
    street: &Arc<Street>,
    path: Way,
    n: usize,
    times: &mut Parts,
) -> anyhow::Result<()> {
    let matter = intake(street, n).told()?;
    let (g, at, s) = (town.ground.clone(), town.now(), street.clone());
    let work = move |tx: &mut Tx<'_>| deeds::submit_case(tx, &g, Hand::Staff(&s.clerk), at, &matter);
    let receipt = timed(times, town.db.write_keyed(street.place.county, work)).await?;
    town.made.fetch_add(1, Ordering::Relaxed);
    let id = receipt.id;
    match path {
        Way::Short => {
            let accept = AcceptOrder::default();
            act(town, street, times, move |tx, g, s, at| {
                deeds::accept_case(tx, g, Hand::Staff(&s.clerk), at, id, &accept).map(drop)
            })
            .await?;
            let answer = answer().told()?;
            act(town, street, times, move |tx, g, s, at| {
                deeds::close_case(tx, g, Hand::Staff(&s.clerk), at, id, &answer).map(drop)
            })
            .await?;
        }
        Way::Long => long(town, street, id, times).await?,
    }
    find(town, street, &receipt.number, times).await
}

/// The way of a matter that a department handles.
async fn long(town: &Town, street: &Arc<Street>, id: Id<Case>, times: &mut Parts) -> anyhow::Result<()> {
    let accept = AcceptOrder::default();
    let dispatch = DispatchOrder { version: None, unit: street.unit, account: 0, words: None };
    act(town, street, times, move |tx, g, s, at| {
        deeds::accept_and_dispatch(tx, g, Hand::Staff(&s.clerk), at, id, &accept, &dispatch).map(drop)
    })
    .await?;
    act(town, street, times, move |tx, g, s, at| {
        deeds::take_case(tx, g, Hand::Staff(&s.handler), at, id, None).map(drop)
    })
    .await?;
    let words = Body::new("words", "已到现场更换灯具并试亮，居民在场看过。").told()?;
    let report = ReportOrder { version: None, ending: Ending::Fixed, words, paper: None, signed: None };
    act(town, street, times, move |tx, g, s, at| {
        deeds::report_case(tx, g, Hand::Staff(&s.handler), at, id, &report).map(drop)
    })
    .await?;
    let verify = AnswerOrder { version: None, ending: None, answer: None, same_as: None, referred_to: None };
    act(town, street, times, move |tx, g, s, at| {
        deeds::verify_case(tx, g, Hand::Staff(&s.verifier), at, id, &verify).map(drop)
    })
    .await
}

/// A matter of the usual length: the median of 2,816 real messages is 192 characters.
fn intake(street: &Street, n: usize) -> Outcome<Intake> {
    let text = format!(
        "第{n}件：{}",
        "村口的路灯三天没有亮了，晚上看不清路，老人和孩子出门不方便，请尽快来人修理。".repeat(5)
    );
    let title = Title::new("title", &format!("第{n}件：村口的路灯三天没有亮"))?;
    Intake::new(Channel::Phone, street.place, street.category, title, Body::new("body", &text)?)
}

fn answer() -> Outcome<AnswerOrder> {
    let answer = Body::new("answer", "这一段的路灯本周由供电所统一检修，本月底前恢复；有急事请再打电话。")?;
    // The desk may answer at once, but not say that it was fixed.
    let ending = Some(Ending::Explained);
    Ok(AnswerOrder { version: None, ending, answer: Some(answer), same_as: None, referred_to: None })
}

/// One deed of a street, timed.
async fn act(
    town: &Town,
    street: &Arc<Street>,
    times: &mut Parts,
    work: impl Fn(&mut Tx<'_>, &Ground, &Street, Millis) -> Outcome<()> + Send + 'static,
) -> anyhow::Result<()> {
    let (g, s, at) = (town.ground.clone(), street.clone(), town.now());
    timed(times, town.db.write(move |tx| work(tx, &g, &s, at))).await
}

#[expect(clippy::disallowed_methods, reason = "the bench measures")]
async fn timed<T>(times: &mut Parts, deed: impl Future<Output = Outcome<T>>) -> anyhow::Result<T> {
    let begun = Instant::now();
    let said = deed.await.told()?;
    times.push(("deed", begun.elapsed()));
    Ok(said)
}

/// Finds the matter by its number among all that the clerk may see.
#[expect(clippy::disallowed_methods, reason = "the bench measures")]
async fn find(town: &Town, street: &Street, number: &str, times: &mut Parts) -> anyhow::Result<()> {
    let begun = Instant::now();
    let mut filter = CaseFilter::within(view_filter(&street.clerk, Kind::CaseView));
    number.clone_into(&mut filter.words);
    let now = town.now();
    let page =
        town.db.read(move |conn| queue(conn, &filter, QueueOrder::DueFirst, None, 30, now)).await.told()?;
    times.push(("search", begun.elapsed()));
    ensure!(page.rows.iter().any(|r| r.number == number), "{number} was not found");
    Ok(())
}
