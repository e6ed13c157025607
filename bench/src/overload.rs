//! Ten times as many as can be served: what still gets done, and how soon people sign in and report meanwhile.
//!
//! First so many clients as fast as they are answered (closed loop) find the peak. Then ten times that many requests a
//! second come whether or not the earlier ones were answered (open loop), each on a connection of its own as long as
//! there are any; a time is counted from when the request should have been sent. Beside both, people sign in and bring
//! matters at a fixed pace. Done is only what was answered with what was asked for.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, StatusCode, client::conn::http1::SendRequest};
use linli_loader::spread::Times;
use serde::Serialize;

use crate::{
    load::{PLACE, connect, matter},
    server::{City, Pinned, Scale},
};

/// How many times the peak is offered.
const TIMES: f64 = 10.0;
/// Connections of the open loop at most: people who look at a page at once.
const PEOPLE: usize = 6_000;
/// How long somebody waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Sign-ins a second: each costs the server a slow hash.
const ENTRIES_PER_S: f64 = 2.0;
/// Matters a second.
const REPORTS_PER_S: f64 = 20.0;

type Client = SendRequest<Full<Bytes>>;

/// What was seen.
#[derive(Debug, Serialize)]
pub struct Figure {
    engine: &'static str,
    pinned: bool,
    clients: usize,
    peak_per_s: f64,
    peak_p99_ms: f64,
    offered_per_s: f64,
    sent_per_s: f64,
    goodput_per_s: f64,
    /// Goodput under ten times the load to the peak.
    ratio: f64,
    shed_per_s: f64,
    unanswered_per_s: f64,
    served_p50_ms: f64,
    served_p99_ms: f64,
    sign_in: Urgent,
    report: Urgent,
    door: serde_json::Value,
}

/// Urgent requests under ten times the load.
#[derive(Debug, Serialize)]
struct Urgent {
    tried: usize,
    done: usize,
    p50_ms: f64,
    p99_ms: f64,
}

/// What became of requests of one kind.
#[derive(Default)]
struct Seen {
    done: Vec<Duration>,
    shed: usize,
    unanswered: usize,
    unsent: usize,
}

/// What the clients share.
struct Town {
    address: String,
    /// The clerk's cookies.
    cookies: String,
    /// The cookies and the token of a browser at the sign-in page.
    entry: (String, String),
    idle: Mutex<Vec<Client>>,
    open: Mutex<usize>,
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Measures on one engine; `pinned` gives the server the first core and leaves the others to the clients.
///
/// # Errors
/// When the city cannot be founded or served.
pub fn measure(seconds: f64, clients: usize, postgres: Option<&str>, pinned: bool) -> anyhow::Result<Figure> {
    let folder = tempfile::tempdir()?;
    let city = City::found(folder.path(), postgres, Scale::Small)?;
    let how = Pinned { core: pinned.then_some(0), more: vec!["--require-totp=false", "--proxies=1"] };
    let server = city.serve_as(&how)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let address = server.address.clone();
    runtime.block_on(async move {
        let town = Arc::new(enter_town(&address).await?);
        let time = Duration::from_secs_f64(seconds);
        // The first round warms the caches.
        closed(&town, clients, time / 4).await;
        let (peak, aside) = tokio::join!(closed(&town, clients, time), urgents(&town, time));
        let peak_per_s = (peak.done.len() + aside[0].done.len() + aside[1].done.len()) as f64 / seconds;
        let offered_per_s = peak_per_s * TIMES;
        let long = time * 4;
        let (crowd, aside) = tokio::join!(open(&town, offered_per_s, long), urgents(&town, long));
        let per_s = |n: usize| n as f64 / long.as_secs_f64();
        let goodput_per_s = per_s(crowd.done.len() + aside[0].done.len() + aside[1].done.len());
        let [sign_in, report] = aside.map(urgent);
        let answered = crowd.done.len();
        let (peak, served) = (Times::of(peak.done), Times::of(crowd.done));
        Ok(Figure {
            engine: if postgres.is_some() { "postgres" } else { "sqlite" },
            pinned,
            clients,
            peak_per_s,
            peak_p99_ms: peak.at(0.99),
            offered_per_s,
            sent_per_s: per_s(answered + crowd.shed + crowd.unanswered),
            goodput_per_s,
            ratio: goodput_per_s / peak_per_s,
            shed_per_s: per_s(crowd.shed),
            unanswered_per_s: per_s(crowd.unanswered),
            served_p50_ms: served.at(0.5),
            served_p99_ms: served.at(0.99),
            sign_in,
            report,
            door: door(&address).await?,
        })
    })
}

fn urgent(seen: Seen) -> Urgent {
    let tried = seen.done.len() + seen.shed + seen.unanswered;
    let done = seen.done.len();
    let spread = Times::of(seen.done);
    Urgent { tried, done, p50_ms: spread.at(0.5), p99_ms: spread.at(0.99) }
}

/// One request on a connection; the status, the cookies that were set, the body.
async fn ask(client: &mut Client, request: Request<Full<Bytes>>) -> Option<(StatusCode, String, Bytes)> {
    client.ready().await.ok()?;
    let answer = client.send_request(request).await.ok()?;
    let status = answer.status();
    let set = answer.headers().get_all("set-cookie").iter().filter_map(|v| v.to_str().ok());
    let cookies: Vec<&str> = set.filter_map(|c| c.split(';').next()).collect();
    let cookies = cookies.join("; ");
    let body = answer.into_body().collect().await.ok()?.to_bytes();
    Some((status, cookies, body))
}

fn get(town_address: &str, path: &str, cookies: &str) -> Request<Full<Bytes>> {
    let request = Request::get(path)
        .header("host", town_address)
        .header("cookie", cookies)
        .header("accept-encoding", "gzip, br")
        .header("x-forwarded-for", "10.9.9.9")
        .body(Full::new(Bytes::new()));
    request.unwrap_or_default()
}

fn hidden(page: &str, name: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\""))?;
    Some(rest.split('"').next()?.to_owned())
}

fn sign_in(address: &str, name: &str, (cookies, token): &(String, String), n: u64) -> Request<Full<Bytes>> {
    let typed = format!("_token={token}&name={name}&password={}", access::DEMO_PASSWORD);
    let request = Request::post("/sign-in")
        .header("host", address)
        .header("cookie", cookies)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-forwarded-for", format!("10.8.{}.{}", n >> 8 & 255, n & 255))
        .body(Full::new(Bytes::from(typed)));
    request.unwrap_or_default()
}

fn report(address: &str, n: u64) -> Request<Full<Bytes>> {
    let request = Request::post("/api/v1/cases")
        .header("host", address)
        .header("content-type", "application/json")
        .header("x-forwarded-for", format!("10.{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255))
        .body(Full::new(Bytes::from(matter(n, PLACE))));
    request.unwrap_or_default()
}

/// The cookies of this member's session, and those of a browser at the sign-in page with its token.
///
/// # Errors
/// When the member cannot sign in.
async fn enter(address: &str, name: &str) -> anyhow::Result<(String, (String, String))> {
    let mut client = connect(address, None).await?;
    let page = Request::get("/sign-in").header("host", address).body(Full::new(Bytes::new()))?;
    let (_, seed, body) = ask(&mut client, page).await.context("no sign-in page")?;
    let token = hidden(&String::from_utf8_lossy(&body), "_token").context("no token")?;
    let entry = (seed, token);
    let (status, cookies, _) =
        ask(&mut client, sign_in(address, name, &entry, 0)).await.context("no answer")?;
    ensure!(status == StatusCode::SEE_OTHER, "{name} could not sign in: {status}");
    Ok((cookies, entry))
}

async fn enter_town(address: &str) -> anyhow::Result<Town> {
    let (cookies, entry) = enter(address, "clerk").await?;
    let mut client = connect(address, None).await?;
    let (status, ..) = ask(&mut client, get(address, PAGE, &cookies)).await.context("no answer")?;
    ensure!(status == StatusCode::OK, "the clerk has no queue: {status}");
    Ok(Town { address: address.to_owned(), cookies, entry, idle: Mutex::default(), open: Mutex::new(0) })
}

/// What the crowd looks at: a clerk's queue.
const PAGE: &str = "/queue";

/// As many at once as there are clients, each as fast as it is answered.
#[expect(clippy::disallowed_methods, reason = "the bench measures")]
async fn closed(town: &Arc<Town>, clients: usize, time: Duration) -> Seen {
    let begun = Instant::now();
    let each = (0..clients).map(|_| {
        let town = town.clone();
        tokio::spawn(async move {
            let mut seen = Seen::default();
            let Ok(mut client) = connect(&town.address, None).await else { return seen };
            while begun.elapsed() < time {
                let at = Instant::now();
                match ask(&mut client, get(&town.address, PAGE, &town.cookies)).await {
                    Some((StatusCode::OK, ..)) => seen.done.push(at.elapsed()),
                    Some(_) => seen.shed += 1,
                    None => match connect(&town.address, None).await {
                        Ok(fresh) => client = fresh,
                        Err(_) => return seen,
                    },
                }
            }
            seen
        })
    });
    gather(each.collect()).await
}

async fn gather(tasks: Vec<tokio::task::JoinHandle<Seen>>) -> Seen {
    let mut all = Seen::default();
    for task in tasks {
        let Ok(seen) = task.await else { continue };
        all.done.extend(seen.done);
        all.shed += seen.shed;
        all.unanswered += seen.unanswered;
        all.unsent += seen.unsent;
    }
    all
}

/// A connection that nobody uses, or a new one while there may be more.
async fn some_connection(town: &Town) -> Option<Client> {
    while let Some(client) = locked(&town.idle).pop() {
        if client.is_ready() {
            return Some(client);
        }
        *locked(&town.open) -= 1;
    }
    {
        let mut open = locked(&town.open);
        if *open >= PEOPLE {
            return None;
        }
        *open += 1;
    }
    let client = tokio::time::timeout(PATIENCE, connect(&town.address, None)).await;
    let client = client.ok().and_then(Result::ok);
    if client.is_none() {
        *locked(&town.open) -= 1;
    }
    client
}

/// One request that should have been sent at `due`.
async fn one(town: &Town, request: Request<Full<Bytes>>, due: Instant, good: StatusCode, seen: &Mutex<Seen>) {
    let Some(mut client) = some_connection(town).await else {
        locked(seen).unsent += 1;
        return;
    };
    let answer = tokio::time::timeout(PATIENCE, ask(&mut client, request)).await;
    let mut seen = locked(seen);
    match answer {
        Ok(Some((status, ..))) => {
            if status == good {
                seen.done.push(due.elapsed());
            } else {
                seen.shed += 1;
            }
            drop(seen);
            locked(&town.idle).push(client);
        }
        _ => {
            seen.unanswered += 1;
            *locked(&town.open) -= 1;
        }
    }
}

/// Requests at a pace, whatever becomes of them.
#[expect(clippy::disallowed_methods, reason = "the bench measures")]
async fn at_pace(
    town: &Arc<Town>,
    per_s: f64,
    time: Duration,
    good: StatusCode,
    make: impl Fn(u64) -> Request<Full<Bytes>>,
) -> Seen {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let (begun, mut n) = (Instant::now(), 0_u64);
    let mut tasks = tokio::task::JoinSet::new();
    while begun.elapsed() < time {
        while (n as f64) < begun.elapsed().as_secs_f64() * per_s {
            let due = begun + Duration::from_secs_f64(n as f64 / per_s);
            let (town, seen, request) = (town.clone(), seen.clone(), make(n));
            tasks.spawn(async move { one(&town, request, due, good, &seen).await });
            n += 1;
        }
        while tasks.try_join_next().is_some() {}
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    while tasks.join_next().await.is_some() {}
    std::mem::take(&mut *locked(&seen))
}

async fn open(town: &Arc<Town>, per_s: f64, time: Duration) -> Seen {
    at_pace(town, per_s, time, StatusCode::OK, |_| get(&town.address, PAGE, &town.cookies)).await
}

/// People who sign in and people who report, at a fixed pace; each has a connection of his own.
async fn urgents(town: &Arc<Town>, time: Duration) -> [Seen; 2] {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    let next = || NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let apart = Arc::new(Town {
        address: town.address.clone(),
        cookies: String::new(),
        entry: town.entry.clone(),
        idle: Mutex::default(),
        open: Mutex::new(0),
    });
    let entries = at_pace(&apart, ENTRIES_PER_S, time, StatusCode::SEE_OTHER, |_| {
        sign_in(&apart.address, "clerk", &apart.entry, next())
    });
    let reports =
        at_pace(&apart, REPORTS_PER_S, time, StatusCode::CREATED, |_| report(&apart.address, next()));
    let (entries, reports) = tokio::join!(entries, reports);
    [entries, reports]
}

/// What the server says of its door.
async fn door(address: &str) -> anyhow::Result<serde_json::Value> {
    let mut client = connect(address, None).await?;
    let request = Request::get("/health").header("host", address).body(Full::new(Bytes::new()))?;
    let (_, _, body) = ask(&mut client, request).await.context("no health page")?;
    Ok(serde_json::from_slice::<serde_json::Value>(&body)?["door"].take())
}
