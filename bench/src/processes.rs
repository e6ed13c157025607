//! Several processes on one PostgreSQL: how much 1, 2 and 3 of them take in, and whether every timer rings once while
//! processes are killed and frozen under load, and how soon the others have taken over.

use std::{
    collections::HashSet,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use access::{Duty, Person, Place};
use anyhow::{Context, ensure};
use base::{Chance, Clock, DAY_MS, HandClock, Millis, Outcome, SystemClock};
use case::{
    deeds::{self, Hand, place_of},
    model::{AcceptOrder, AnswerOrder, Body, Channel, Ending, Intake, Title},
    store::Ground,
};
use diesel::{QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query, sql_types};
use linli::{
    demo::found::{City as Town, Size, found},
    house::{self, Told},
};
use linli_loader::spread::Times;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde::Serialize;
use store::{Conn, Db, DbConfig, Keys, Tx, on};

use crate::{
    load::{self, Acked},
    measure::apart,
    powercut::said,
    server::own_database,
    server::{City, Server},
};

/// Processes of the trial.
const MANY: usize = 3;
/// Cases that one transaction plants.
const CASES_AT_ONCE: usize = 50;
/// Clients of a measurement, shared by the processes.
const CLIENTS: usize = 48;
/// Clients of each process during the kills.
const CLIENTS_AT_KILLS: usize = 4;
/// How long the senders' windows have been over.
const DAYS_AGO: i64 = 60;
/// The others must have taken over within this time.
const LIMIT: Duration = Duration::from_secs(10);

/// What the trial showed.
#[derive(Debug, Serialize)]
pub struct Figures {
    throughput: Vec<Throughput>,
    timers: usize,
    seconds_for_all: f64,
    kills: usize,
    /// Timers in hand when a process was killed, until all of them had rung elsewhere.
    took_over_p50_ms: f64,
    took_over_most_ms: f64,
    /// The same for a process that was frozen in the middle of a transaction.
    frozen_held: usize,
    frozen_took_over_ms: f64,
    rang_twice: usize,
    never_rang: usize,
    /// Matters that were acknowledged during the kills, all there with numbers without a gap.
    acknowledged: usize,
}

/// What so many processes take in.
#[derive(Debug, Serialize)]
pub struct Throughput {
    processes: usize,
    counties: usize,
    created_per_s: f64,
    ratio_to_one: f64,
    p50_ms: f64,
    p99_ms: f64,
}

/// Runs the trial on a server.
///
/// # Errors
/// When a timer rang twice or never, a number is missing, or the journal does not verify.
pub fn trial(timers: usize, seconds: f64, server: &str) -> anyhow::Result<Figures> {
    let folder = tempfile::tempdir()?;
    let url = apart(|| own_database(server))?;
    let now = SystemClock.now();
    apart(|| plant(&url, folder.path(), timers, now.plus(-DAYS_AGO * DAY_MS)))?;
    let city = City::over(folder.path(), &url)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut figures = runtime.block_on(kills(&city, &url, timers))?;
    ensure!(apart(|| count(&url, HELD_OVER))? == 0, "timers of the trial are left");
    let places = apart(|| crate::store::towns(&mut crate::store::writing(&url)?))?;
    for places in [&places[..1], &places[..]] {
        let mut one = 0.0;
        for processes in 1..=MANY {
            let mut figure = runtime.block_on(throughput(&city, processes, places, seconds))?;
            if processes == 1 {
                one = figure.created_per_s;
            }
            figure.ratio_to_one = figure.created_per_s / one;
            figures.throughput.push(figure);
        }
    }
    apart(|| numbers_are_gapless(&url))?;
    let out = folder.path().join("journal").display().to_string();
    city.run(&["journal", "export", &out])?;
    city.run(&["journal", "verify", &out])?;
    Ok(figures)
}

const HELD_OVER: &str = "SELECT count(*) AS n FROM jobs_timer WHERE kind = 'case.confirm_silent' AND run_at_ms < extract(epoch FROM now()) * 1000";
const RANG: &str = "SELECT count(*) AS n FROM journal_entry WHERE kind = 'case.confirmed'";
const RANG_FOR: &str =
    "SELECT count(DISTINCT subject_id) AS n FROM journal_entry WHERE kind = 'case.confirmed'";

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = sql_types::BigInt)]
    n: i64,
}

fn ask(conn: &mut Conn, sql: &str) -> anyhow::Result<Vec<i64>> {
    let rows: Vec<Number> = on!(conn, c => sql_query(sql).load(c))?;
    Ok(rows.into_iter().map(|r| r.n).collect())
}

fn count(url: &str, sql: &str) -> anyhow::Result<i64> {
    let mut conn = store::open(url, false).map_err(said)?;
    ask(&mut conn, sql)?.first().copied().context("no count")
}

fn numbers_are_gapless(url: &str) -> anyhow::Result<()> {
    let gaps = "SELECT count(*) AS n FROM (SELECT left(number, 11) AS series, \
        max(right(number, 5)::int) <> count(*) OR count(*) <> count(DISTINCT number) AS bad FROM case_item GROUP BY 1) AS s WHERE bad";
    ensure!(count(url, gaps)? == 0, "numbers have gaps");
    Ok(())
}

/// Cases that were answered so long ago that the sender's window is over: a timer each, which confirms and records one
/// fact.
fn plant(url: &str, folder: &Path, timers: usize, then: Millis) -> anyhow::Result<()> {
    let mut conn = store::open(url, false).map_err(said)?;
    store::migrate(&mut conn, &house::migrations(), then).told()?;
    drop(conn);
    let config = DbConfig { url: url.to_owned(), readers: 1, signs: false };
    let keys = Keys::load_or_make(&folder.join("linli.keys"), "bench.example")?;
    let db = Db::open(&config, keys, Arc::new(Chance::from_seed(9)), Arc::new(HandClock::at(then))).told()?;
    let town = found(&db, then, Size::Whole, &mut |_, _, _| {})?;
    let desks = desks(&db, &town, then)?;
    let g = &town.known;
    for part in (0..timers).collect::<Vec<_>>().chunks(CASES_AT_ONCE) {
        let (g, desks, part) = (g.clone(), desks.clone(), part.to_vec());
        let all = move |tx: &mut Tx<'_>| {
            part.iter().try_for_each(|n| {
                let (place, category, clerk) = &desks[n % desks.len()];
                answered(tx, &g, clerk, (*place, *category), then, *n)
            })
        };
        db.write_now(all).told()?;
    }
    db.sign_now().told()
}

type Desk = (Place, i64, Arc<Person>);

/// Villages with a desk and its clerk, and a category that asks nothing more.
fn desks(db: &Db, town: &Town, at: Millis) -> anyhow::Result<Vec<Desk>> {
    let g = &town.known;
    let simple = |c: &&case::model::Category| {
        c.kind.is_some()
            && !c.needs_place
            && !c.needs_evidence
            && c.proofs.is_empty()
            && c.questions.is_empty()
    };
    let category = g.categories().find(simple).context("no simple category")?.id;
    let mut out = Vec::new();
    for village in &town.ground.villages {
        let Some(entry) = g.atlas.by_code("nbs12", &village.area.code).first().map(|e| e.id) else {
            continue;
        };
        let place = place_of(&g.atlas, entry);
        let desk = g.units.first_desk(&place).map_or(0, |d| d.0);
        let Some(account) = town.staff.by_unit.get(&(desk, Duty::Clerk)).and_then(|all| all.first().copied())
        else {
            continue;
        };
        let clerk = db.read_now(move |conn| access::person_by_account(conn, account, at)).told()?;
        out.extend(clerk.map(|clerk| (place, category, Arc::new(clerk))));
    }
    ensure!(!out.is_empty(), "no village has a desk with a clerk");
    Ok(out)
}

fn answered(
    tx: &mut Tx<'_>,
    g: &Ground,
    clerk: &Person,
    (place, category): (Place, i64),
    at: Millis,
    n: usize,
) -> Outcome<()> {
    let title = Title::new("title", &format!("第{n}件：路灯不亮"))?;
    let words = Body::new("body", "村口的路灯三天没有亮了，晚上看不清路。")?;
    let matter = Intake::new(Channel::Phone, place, category, title, words)?;
    let id = deeds::submit_case(tx, g, Hand::Staff(clerk), at, &matter)?.id;
    deeds::accept_case(tx, g, Hand::Staff(clerk), at, id, &AcceptOrder::default())?;
    let answer = Some(Body::new("answer", "这一段的路灯本周统一检修，月底前恢复。")?);
    let ending = Some(Ending::Explained);
    let order = AnswerOrder { version: None, ending, answer, same_as: None, referred_to: None };
    deeds::close_case(tx, g, Hand::Staff(clerk), at, id, &order).map(drop)
}

/// Kills one process after another while timers ring and matters come in, freezes one, and waits for the rest.
#[expect(clippy::disallowed_methods, reason = "the bench measures")]
async fn kills(city: &City, url: &str, timers: usize) -> anyhow::Result<Figures> {
    let mut rng = StdRng::seed_from_u64(4);
    let start = Instant::now();
    let mut servers = (0..MANY).map(|_| city.serve()).collect::<anyhow::Result<Vec<_>>>()?;
    let addresses: Arc<Mutex<Vec<String>>> =
        Arc::new(Mutex::new(servers.iter().map(|s| s.address.clone()).collect()));
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> =
        (0..MANY).map(|n| tokio::spawn(bring(addresses.clone(), n, stop.clone()))).collect();
    let (mut times, mut frozen) = (Vec::new(), None);
    loop {
        let left = apart(|| count(url, HELD_OVER))?;
        // The last third is left to a frozen one.
        if left < timers as i64 / 3 {
            if frozen.is_none() {
                frozen = Some(freeze(url, &servers[0]).await?);
                continue;
            }
            break;
        }
        tokio::time::sleep(Duration::from_millis(rng.random_range(50..250))).await;
        let n = rng.random_range(0..MANY);
        let held = apart(|| held(url))?;
        servers[n].kill();
        times.push(gone(url, &held).await?);
        servers[n] = city.serve()?;
        addresses.lock().unwrap_or_else(PoisonError::into_inner)[n].clone_from(&servers[n].address);
    }
    let begun = Instant::now();
    while apart(|| count(url, HELD_OVER))? > 0 {
        ensure!(begun.elapsed() < Duration::from_secs(60), "the timers do not come to an end");
    }
    let seconds_for_all = start.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    let mut acked: Vec<Acked> = Vec::new();
    for client in clients {
        acked.extend(client.await?);
    }
    let (rang, rang_for) = (apart(|| count(url, RANG))?, apart(|| count(url, RANG_FOR))?);
    let there: HashSet<String> = apart(|| numbers(url))?;
    ensure!(acked.iter().all(|a| there.contains(&a.number)), "an acknowledged matter is gone");
    ensure!(
        rang == timers as i64 && rang_for == rang,
        "{rang} timers rang, for {rang_for} of {timers} cases"
    );
    let (frozen_held, frozen_time) = frozen.context("no process was frozen")?;
    let kills = times.len();
    ensure!(kills >= 3, "only {kills} kills while timers rang: plant more");
    let spread = Times::of(times);
    Ok(Figures {
        throughput: Vec::new(),
        timers,
        seconds_for_all,
        kills,
        took_over_p50_ms: spread.at(0.5),
        took_over_most_ms: spread.at(1.0),
        frozen_held,
        frozen_took_over_ms: frozen_time.as_secs_f64() * 1_000.0,
        rang_twice: (rang - rang_for) as usize,
        never_rang: timers - rang_for as usize,
        acknowledged: acked.len(),
    })
}

/// The due timers that some process has in hand at this moment.
fn held(url: &str) -> anyhow::Result<Vec<i64>> {
    let mut conn = store::open(url, false).map_err(said)?;
    let due =
        "SELECT id AS n FROM jobs_timer WHERE state = 0 AND run_at_ms < extract(epoch FROM now()) * 1000";
    on!(&mut conn, c => c.batch_execute("BEGIN"))?;
    let all = ask(&mut conn, due)?;
    let free: HashSet<i64> = ask(&mut conn, &format!("{due} FOR SHARE SKIP LOCKED"))?.into_iter().collect();
    on!(&mut conn, c => c.batch_execute("ROLLBACK"))?;
    Ok(all.into_iter().filter(|id| !free.contains(id)).collect())
}

/// How long until none of these timers waits any more.
#[expect(clippy::disallowed_methods, reason = "the bench measures")]
async fn gone(url: &str, ids: &[i64]) -> anyhow::Result<Duration> {
    let start = Instant::now();
    let list = ids.iter().map(i64::to_string).chain(["0".to_owned()]).collect::<Vec<_>>().join(",");
    let left = format!("SELECT count(*) AS n FROM jobs_timer WHERE id IN ({list})");
    while apart(|| count(url, &left))? > 0 {
        ensure!(start.elapsed() < LIMIT, "{} timers were not taken over within {LIMIT:?}", ids.len());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(start.elapsed())
}

/// Freezes a process at a moment when it has timers in hand, and waits until the others have done them. Says how many.
#[expect(clippy::disallowed_methods, reason = "the bench measures")]
async fn freeze(url: &str, server: &Server) -> anyhow::Result<(usize, Duration)> {
    // What a living process does between two statements takes milliseconds.
    let stuck = "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() \
        AND state LIKE 'idle in transaction%' AND state_change < now() - interval '600 ms'";
    for _ in 0..200 {
        server.signal("STOP")?;
        let start = Instant::now();
        tokio::time::sleep(Duration::from_millis(800)).await;
        if apart(|| count(url, stuck))? > 0 {
            // By now the living ones have done what they had in hand when it froze.
            tokio::time::sleep(Duration::from_millis(2_500)).await;
            let held = apart(|| held(url))?;
            if !held.is_empty() && apart(|| count(url, stuck))? > 0 {
                gone(url, &held).await?;
                let took = start.elapsed();
                server.signal("CONT")?;
                return Ok((held.len(), took));
            }
        }
        server.signal("CONT")?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    anyhow::bail!("the process was never frozen with timers in hand: plant more")
}

/// Brings matters to one place of the fleet, whichever process stands there.
async fn bring(addresses: Arc<Mutex<Vec<String>>>, n: usize, stop: Arc<AtomicBool>) -> Vec<Acked> {
    let mut all = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let address = addresses.lock().unwrap_or_else(PoisonError::into_inner)[n].clone();
        let time = Duration::from_millis(300);
        all.extend(load::drive(&address, CLIENTS_AT_KILLS, time, stop.clone()).await.0);
    }
    all
}

fn numbers(url: &str) -> anyhow::Result<HashSet<String>> {
    Ok(texts(url, "SELECT number AS line FROM case_item")?.into_iter().collect())
}

fn texts(url: &str, sql: &str) -> anyhow::Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = sql_types::Text)]
        line: String,
    }
    let mut conn = store::open(url, false).map_err(said)?;
    let rows: Vec<Line> = on!(&mut conn, c => sql_query(sql).load(c))?;
    Ok(rows.into_iter().map(|r| r.line).collect())
}

/// Matters that so many processes take in per second, from the same number of clients.
async fn throughput(
    city: &City,
    processes: usize,
    places: &[String],
    seconds: f64,
) -> anyhow::Result<Throughput> {
    let servers = (0..processes).map(|_| city.serve()).collect::<anyhow::Result<Vec<_>>>()?;
    let mut measured = (Vec::new(), 0.0);
    for time in [1.0, seconds] {
        let stop = Arc::new(AtomicBool::new(false));
        let clients: Vec<_> = servers
            .iter()
            .map(|s| {
                let (address, stop, places) = (s.address.clone(), stop.clone(), Arc::from(places));
                let time = Duration::from_secs_f64(time);
                tokio::spawn(async move {
                    load::drive_in(&address, places, CLIENTS / processes, time, stop).await
                })
            })
            .collect();
        measured = (Vec::new(), 0.0);
        for client in clients {
            let (acked, took) = client.await?;
            measured.0.extend(acked);
            measured.1 = took.max(measured.1);
        }
    }
    let (acked, took) = measured;
    let spread = Times::of(acked.iter().map(|a| a.took));
    let created_per_s = acked.len() as f64 / took;
    Ok(Throughput {
        processes,
        counties: places.len(),
        created_per_s,
        ratio_to_one: 0.0,
        p50_ms: spread.at(0.5),
        p99_ms: spread.at(0.99),
    })
}
