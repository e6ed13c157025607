//! The loader. Closed loop: so many clients, each asks again as soon as it has its answer. Open loop: requests are due at
//! drawn instants whatever the house does, and an answer's time counts from the instant at which its request was due, so
//! that a house that stands still is not excused for what it kept from being sent (coordinated omission).

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{
    dice::part,
    http::{Answer, Ask, Line},
    spread::{Spread, Times},
};

/// Makes the request with this running number.
pub type Maker = Arc<dyn Fn(u64) -> Ask + Send + Sync>;

/// How requests come.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// So many clients, one after the other.
    Closed(usize),
    /// So many requests a second, at drawn instants.
    Open(f64),
}

/// What became of one request.
#[derive(Debug, Default)]
pub struct Said {
    /// What it was: times are told for each kind.
    pub kind: &'static str,
    /// Why it was not a good answer.
    pub bad: Option<String>,
    /// Bytes of the answer's body as they came.
    pub bytes: usize,
    /// Parts of it that were timed by themselves, each under a kind of its own.
    pub parts: Vec<(&'static str, Duration)>,
}

impl Said {
    /// A good answer.
    pub fn good(kind: &'static str, bytes: usize) -> Self {
        Self { kind, bytes, ..Self::default() }
    }

    /// Anything else.
    pub fn bad(kind: &'static str, why: impl Into<String>) -> Self {
        Self { kind, bad: Some(why.into()), ..Self::default() }
    }

    /// What an answer over HTTP says, if it has this status.
    pub fn of(kind: &'static str, status: u16, answer: anyhow::Result<Answer>) -> Self {
        match answer {
            Ok(a) if a.status == status => Self::good(kind, a.body.len()),
            Ok(a) => Self::bad(kind, format!("{}: {}", a.status, begin(&a))),
            Err(e) => Self::bad(kind, e.to_string()),
        }
    }
}

/// The beginning of what an answer says, or of what it warns of.
fn begin(answer: &Answer) -> String {
    let text = answer.text();
    let (_, said) = text.split_once("role=\"alert\"").unwrap_or(("", &text));
    said.chars().take(300).collect()
}

/// One client, with whatever it has in hand.
pub trait Client: Send + 'static {
    /// Does the request with this running number.
    fn call(&mut self, n: u64) -> impl Future<Output = Said> + Send;
}

/// A client that asks over HTTP whatever it is told, and is content with any good answer.
struct Asker {
    line: Line,
    make: Maker,
}

impl Client for Asker {
    async fn call(&mut self, n: u64) -> Said {
        match self.line.ask(&(self.make)(n)).await {
            Ok(a) if a.is_good() => Said::good("", a.body.len()),
            Ok(a) => Said::bad("", format!("{}: {}", a.status, begin(&a))),
            Err(e) => Said::bad("", e.to_string()),
        }
    }
}

/// How long and how fast.
#[derive(Debug, Clone, Copy)]
pub struct Course {
    /// How requests come.
    pub pace: Pace,
    /// What is not counted.
    pub warm: Duration,
    /// What is.
    pub time: Duration,
    /// The number of the first request, which is the seed of an open loop's instants too.
    pub first: u64,
    /// At most so many requests.
    pub most: u64,
    /// Clients of an open loop: more requests than these wait for a free one, and their waiting counts.
    pub lines: usize,
}

impl Course {
    /// At a pace, for a time, without a warm-up.
    pub fn at(pace: Pace, time: Duration) -> Self {
        Self { pace, warm: Duration::ZERO, time, first: 0, most: u64::MAX, lines: LINES }
    }

    /// With so many clients one after the other, after a second of warm-up.
    pub fn closed(clients: usize, time: Duration) -> Self {
        Self { warm: Duration::from_secs(1), ..Self::at(Pace::Closed(clients), time) }
    }

    /// With numbers from here on.
    #[must_use]
    pub fn from(self, first: u64) -> Self {
        Self { first, ..self }
    }

    fn clients(&self) -> usize {
        if let Pace::Closed(clients) = self.pace { clients } else { self.lines }
    }
}

/// How the answers of one kind were.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Kind {
    /// Good answers.
    pub good: u64,
    /// Their times.
    #[serde(flatten)]
    pub spread: Spread,
}

/// What was seen in one measurement.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// Good answers.
    pub good: u64,
    /// Anything else, a broken connection included.
    pub bad: u64,
    /// Good answers a second.
    pub per_s: f64,
    /// The times of the good answers.
    #[serde(flatten)]
    pub spread: Spread,
    /// The same for each kind of request, where there are several.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kinds: BTreeMap<String, Kind>,
    /// Bytes of a good answer's body, at the mean.
    #[serde(default)]
    pub bytes: f64,
    /// The first bad answer, for whoever looks for the reason.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub first_bad: String,
}

/// Connections of an open loop.
const LINES: usize = 64;

/// What all clients of a measurement share.
struct Shared {
    start: Instant,
    course: Course,
    next: AtomicU64,
    due: Vec<Duration>,
    notes: Mutex<Notes>,
}

#[derive(Default)]
struct Notes {
    times: Times,
    kinds: BTreeMap<&'static str, Times>,
    bad: u64,
    bytes: u64,
    first_bad: String,
}

impl Notes {
    fn add(&mut self, said: Said, took: Duration) {
        if let Some(why) = said.bad {
            self.bad += 1;
            if self.first_bad.is_empty() {
                self.first_bad = if said.kind.is_empty() { why } else { format!("{}: {why}", said.kind) };
            }
            return;
        }
        self.times.add(took);
        self.bytes += said.bytes as u64;
        let own = (!said.kind.is_empty()).then_some((said.kind, took));
        for (kind, took) in own.into_iter().chain(said.parts) {
            self.kinds.entry(kind).or_default().add(took);
        }
    }

    fn seen(self, took: Duration) -> Seen {
        let good = self.times.count();
        let kind = |(name, times): (&str, Times)| {
            (name.to_owned(), Kind { good: times.count(), spread: times.spread() })
        };
        Seen {
            good,
            bad: self.bad,
            per_s: good as f64 / took.as_secs_f64().max(1e-9),
            spread: self.times.spread(),
            kinds: self.kinds.into_iter().map(kind).collect(),
            bytes: self.bytes as f64 / good.max(1) as f64,
            first_bad: self.first_bad,
        }
    }
}

impl Shared {
    /// Keeps what became of a request that was due at `due`, unless that was during the warm-up.
    fn note(&self, due: Duration, said: Said) {
        let took = self.start.elapsed().saturating_sub(due);
        if due >= self.course.warm {
            self.notes.lock().unwrap_or_else(PoisonError::into_inner).add(said, took);
        }
    }
}

/// Measures with clients that `make` gives, each with its place among them. Says also the number after the last request.
pub async fn drive<C: Client>(course: &Course, mut make: impl FnMut(usize) -> C) -> (Seen, u64) {
    let due = match course.pace {
        Pace::Closed(_) => Vec::new(),
        Pace::Open(rate) => arrivals(rate, course.warm + course.time, course.first, course.most),
    };
    let clients: Vec<C> = (0..course.clients()).map(&mut make).collect();
    let shared = Arc::new(Shared {
        start: Instant::now(),
        course: *course,
        next: AtomicU64::new(0),
        due,
        notes: Mutex::default(),
    });
    let each = clients.into_iter().map(|client| match course.pace {
        Pace::Closed(_) => tokio::spawn(closed(client, shared.clone())),
        Pace::Open(_) => tokio::spawn(open(client, shared.clone())),
    });
    for task in each.collect::<Vec<_>>() {
        let _ = task.await;
    }
    let notes = std::mem::take(&mut *shared.notes.lock().unwrap_or_else(PoisonError::into_inner));
    let took = shared.start.elapsed().saturating_sub(course.warm);
    (notes.seen(took), course.first + shared.next.load(Ordering::Relaxed))
}

/// Measures a house over HTTP for `time` after `warm`; requests are numbered from `first`.
pub async fn measure(
    address: &str,
    pace: Pace,
    warm: Duration,
    time: Duration,
    first: u64,
    make: Maker,
) -> (Seen, u64) {
    let course = Course { warm, first, ..Course::at(pace, time) };
    drive(&course, |_| Asker { line: Line::to(address), make: make.clone() }).await
}

async fn closed<C: Client>(mut client: C, shared: Arc<Shared>) {
    let (course, end) = (shared.course, shared.course.warm + shared.course.time);
    let mut has_one = false;
    loop {
        let begun = shared.start.elapsed();
        // A house that needs longer than the measurement is waited for, once by each client.
        if begun >= end && has_one {
            break;
        }
        let n = shared.next.fetch_add(1, Ordering::Relaxed);
        if n >= course.most {
            shared.next.store(course.most, Ordering::Relaxed);
            break;
        }
        let said = client.call(course.first + n).await;
        has_one |= begun >= course.warm;
        shared.note(begun, said);
    }
}

async fn open<C: Client>(mut client: C, shared: Arc<Shared>) {
    loop {
        let n = shared.next.fetch_add(1, Ordering::Relaxed);
        let Some(at) = usize::try_from(n).ok().and_then(|n| shared.due.get(n)).copied() else { break };
        tokio::time::sleep_until((shared.start + at).into()).await;
        let said = client.call(shared.course.first + n).await;
        shared.note(at, said);
    }
}

/// Instants at which requests are due: gaps are drawn as independent callers leave them (exponential), and are the same
/// for the same seed.
fn arrivals(rate: f64, until: Duration, seed: u64, most: u64) -> Vec<Duration> {
    let (mut at, mut all) = (0.0, Vec::new());
    for n in 0..most {
        at += -(1.0 - part(seed, n)).ln() / rate;
        if at >= until.as_secs_f64() {
            break;
        }
        all.push(Duration::from_secs_f64(at));
    }
    all
}

/// Asks everything once, by so many clients at once, and gives the answers in order.
///
/// # Errors
/// At the first answer that is not good.
pub async fn all(address: &str, clients: usize, asks: Vec<Ask>) -> anyhow::Result<Vec<Bytes>> {
    let (asks, next) = (Arc::new(asks), Arc::new(AtomicU64::new(0)));
    let mut tasks = Vec::new();
    for _ in 0..clients {
        let (mut line, asks, next) = (Line::to(address), asks.clone(), next.clone());
        tasks.push(tokio::spawn(async move {
            let mut mine = Vec::new();
            loop {
                let n = usize::try_from(next.fetch_add(1, Ordering::Relaxed))?;
                let Some(ask) = asks.get(n) else { return anyhow::Ok(mine) };
                let answer = line.ask(ask).await?;
                anyhow::ensure!(answer.is_good(), "answered {}: {}", answer.status, answer.text());
                mine.push((n, answer.body));
            }
        }));
    }
    let mut every = Vec::new();
    for task in tasks {
        every.extend(task.await??);
    }
    every.sort_unstable_by_key(|(n, _)| *n);
    Ok(every.into_iter().map(|(_, body)| body).collect())
}

/// Asks everything once, one after the other on one connection, the first tenth as a warm-up.
///
/// # Errors
/// If the house cannot be reached.
pub async fn one_by_one(address: &str, asks: Vec<Ask>) -> anyhow::Result<Seen> {
    let (mut line, mut notes, warm) = (Line::to(address), Notes::default(), asks.len() / 10);
    let mut start = Instant::now();
    for (n, ask) in asks.iter().enumerate() {
        let begun = Instant::now();
        if n == warm {
            start = begun;
        }
        let answer = line.ask(ask).await?;
        if n >= warm {
            let said = match answer.is_good() {
                true => Said::good("", answer.body.len()),
                false => Said::bad("", format!("{}: {}", answer.status, answer.text())),
            };
            notes.add(said, begun.elapsed());
        }
    }
    Ok(notes.seen(start.elapsed()))
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::TcpListener,
        thread,
    };

    use super::*;

    /// A house that keeps connections and stands still for a while before its first answer.
    fn house(still: Duration) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let opens = Instant::now() + still;
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                stream.set_nodelay(true).unwrap();
                thread::spawn(move || {
                    let mut buffer = [0_u8; 4096];
                    while stream.read(&mut buffer).is_ok_and(|n| n > 0) {
                        thread::sleep(opens.saturating_duration_since(Instant::now()));
                        if stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").is_err() {
                            return;
                        }
                    }
                });
            }
        });
        address
    }

    fn maker() -> Maker {
        Arc::new(|n| Ask::get(format!("/{n}")))
    }

    #[tokio::test]
    async fn an_open_loop_counts_what_could_not_be_sent_and_a_closed_one_does_not() {
        let (still, time) = (Duration::from_millis(500), Duration::from_millis(800));
        let address = house(still);
        let (open, next) = measure(&address, Pace::Open(500.0), Duration::ZERO, time, 7, maker()).await;
        assert!(open.good > 200 && open.bad == 0, "{open:?}");
        assert!(next > 7 + open.good);
        // Most requests were due while the house stood still, which the median must show.
        assert!(open.spread.p99_ms > 300.0 && open.spread.p50_ms > 50.0, "{open:?}");
        let address = house(still);
        let (closed, _) = measure(&address, Pace::Closed(1), Duration::ZERO, time, 7, maker()).await;
        assert!(closed.spread.max_ms > 300.0 && closed.spread.p50_ms < 50.0, "{closed:?}");
    }

    #[tokio::test]
    async fn the_warm_up_is_not_counted_and_a_refusal_is() {
        let address = house(Duration::from_millis(200));
        let (warm, time) = (Duration::from_millis(250), Duration::from_millis(200));
        let (seen, _) = measure(&address, Pace::Closed(2), warm, time, 0, maker()).await;
        assert!(seen.good > 10 && seen.spread.max_ms < 200.0, "{seen:?}");
        let (gone, _) = measure("127.0.0.1:1", Pace::Open(100.0), Duration::ZERO, time, 0, maker()).await;
        assert!(gone.good == 0 && gone.bad > 5 && !gone.first_bad.is_empty(), "{gone:?}");
    }

    #[tokio::test]
    async fn a_house_slower_than_the_measurement_has_a_figure_too() {
        let address = house(Duration::from_millis(300));
        let (warm, time) = (Duration::from_millis(50), Duration::from_millis(50));
        let (seen, next) = measure(&address, Pace::Closed(3), warm, time, 0, maker()).await;
        assert!(seen.good == 3 && next == 6, "{seen:?}");
    }

    #[test]
    fn arrivals_keep_their_rate_and_their_seed() {
        let ten = Duration::from_secs(10);
        let all = arrivals(1_000.0, ten, 3, u64::MAX);
        assert!((9_500..10_500).contains(&all.len()), "{}", all.len());
        assert_eq!(all, arrivals(1_000.0, ten, 3, u64::MAX));
        assert_ne!(all, arrivals(1_000.0, ten, 4, u64::MAX));
        assert_eq!(arrivals(1_000.0, ten, 3, 50), all[..50]);
        assert!(all.is_sorted());
    }

    #[tokio::test]
    async fn all_are_asked_once_and_told_in_order() {
        let address = house(Duration::ZERO);
        let asks = (0..50).map(|n| Ask::get(format!("/{n}"))).collect();
        assert_eq!(all(&address, 4, asks).await.unwrap().len(), 50);
        assert!(all("127.0.0.1:1", 2, vec![Ask::get("/")]).await.is_err());
    }

    /// A client that stands still for a second at its tenth request, and says of which kind each was.
    struct Stalls(Arc<AtomicU64>);

    impl Client for Stalls {
        async fn call(&mut self, n: u64) -> Said {
            if self.0.fetch_add(1, Ordering::Relaxed) == 10 {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            let kind = if n.is_multiple_of(2) { "even" } else { "odd" };
            Said { parts: vec![("part", Duration::from_millis(5))], ..Said::good(kind, 100) }
        }
    }

    #[tokio::test]
    async fn a_stall_of_a_second_shows_in_the_open_loops_p99() {
        let calls = Arc::new(AtomicU64::new(0));
        // One line, so that everything that comes due meanwhile waits behind the one that stands still.
        let course = Course { lines: 1, ..Course::at(Pace::Open(200.0), Duration::from_secs(4)) };
        let (seen, _) = drive(&course, |_| Stalls(calls.clone())).await;
        assert!(seen.good > 600 && seen.bad == 0, "{seen:?}");
        assert!(seen.spread.p99_ms > 800.0 && seen.spread.max_ms >= 1_000.0, "{seen:?}");
        assert!(seen.spread.p50_ms < 500.0, "{seen:?}");
        // A closed loop sends nothing meanwhile: one answer alone was slow.
        let calls = Arc::new(AtomicU64::new(0));
        let course = Course { most: 20_000, ..Course::at(Pace::Closed(1), Duration::from_secs(4)) };
        let (seen, next) = drive(&course, |_| Stalls(calls.clone())).await;
        assert!(next == 20_000 && seen.spread.p999_ms < 500.0 && seen.spread.max_ms >= 1_000.0, "{seen:?}");
        assert_eq!(seen.kinds.keys().collect::<Vec<_>>(), ["even", "odd", "part"]);
        assert_eq!((seen.kinds["even"].good, seen.kinds["part"].good), (10_000, 20_000));
        assert!((seen.kinds["part"].spread.p50_ms - 5.0).abs() < 0.1 && (seen.bytes - 100.0).abs() < 1e-9);
    }
}
