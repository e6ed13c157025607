//! The loader. Closed loop: so many clients, each asks again as soon as it has its answer. Open loop: requests are due at
//! drawn instants whatever the house does, and an answer's time counts from the instant at which its request was due, so
//! that a house that stands still is not excused for what it kept from being sent (coordinated omission).

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{
    http::{Answer, Ask, Line},
    plan::mixed,
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

/// What was seen in one measurement.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Seen {
    /// Good answers.
    pub good: u64,
    /// Anything else, a broken connection included.
    pub bad: u64,
    /// Good answers a second.
    pub per_s: f64,
    /// The median of the good answers' times.
    pub p50_ms: f64,
    /// What 99 of 100 stayed under.
    pub p99_ms: f64,
    /// The slowest.
    pub max_ms: f64,
    /// The first bad answer, for whoever looks for the reason.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub first_bad: String,
}

/// Connections of an open loop: more requests than these wait for a free one, and their waiting counts.
const LINES: usize = 64;

/// What all clients of a measurement share.
struct Shared {
    start: Instant,
    warm: Duration,
    end: Duration,
    next: AtomicU64,
    first: u64,
    make: Maker,
    notes: Mutex<Notes>,
}

#[derive(Default)]
struct Notes {
    times: Vec<Duration>,
    bad: u64,
    first_bad: String,
}

impl Shared {
    /// Keeps an answer whose request was due at `due`, unless that was during the warm-up.
    fn note(&self, mine: &mut Notes, due: Duration, said: anyhow::Result<Answer>) {
        if due < self.warm {
            return;
        }
        match said {
            Ok(answer) if answer.is_good() => mine.times.push(self.start.elapsed().saturating_sub(due)),
            other => {
                mine.bad += 1;
                if mine.first_bad.is_empty() {
                    mine.first_bad = match other {
                        Ok(a) => format!("{}: {}", a.status, a.text().chars().take(200).collect::<String>()),
                        Err(e) => e.to_string(),
                    };
                }
            }
        }
    }

    fn add(&self, mine: Notes) {
        let mut all = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        all.times.extend(mine.times);
        all.bad += mine.bad;
        if all.first_bad.is_empty() {
            all.first_bad = mine.first_bad;
        }
    }
}

/// Measures for `time` after `warm`; requests are numbered from `first`. Says also the number after the last one sent.
pub async fn measure(
    address: &str,
    pace: Pace,
    warm: Duration,
    time: Duration,
    first: u64,
    make: Maker,
) -> (Seen, u64) {
    let shared = Arc::new(Shared {
        start: Instant::now(),
        warm,
        end: warm + time,
        next: AtomicU64::new(0),
        first,
        make,
        notes: Mutex::default(),
    });
    let due: Option<Arc<Vec<Duration>>> = match pace {
        Pace::Closed(_) => None,
        Pace::Open(rate) => Some(Arc::new(arrivals(rate, warm + time, first))),
    };
    let clients = if let Pace::Closed(clients) = pace { clients } else { LINES };
    let mut tasks = Vec::new();
    for _ in 0..clients {
        let (line, shared) = (Line::to(address), shared.clone());
        tasks.push(match due.clone() {
            None => tokio::spawn(closed(line, shared)),
            Some(due) => tokio::spawn(open(line, shared, due)),
        });
    }
    for task in tasks {
        let _ = task.await;
    }
    let notes = std::mem::take(&mut *shared.notes.lock().unwrap_or_else(PoisonError::into_inner));
    let took = shared.start.elapsed().saturating_sub(warm);
    (seen(notes, took), first + shared.next.load(Ordering::Relaxed))
}

async fn closed(mut line: Line, shared: Arc<Shared>) {
    let mut mine = Notes::default();
    loop {
        let begun = shared.start.elapsed();
        // A house that needs longer than the measurement is waited for, once by each client.
        let has_one = !mine.times.is_empty() || mine.bad > 0;
        if begun >= shared.end && has_one {
            break;
        }
        let n = shared.first + shared.next.fetch_add(1, Ordering::Relaxed);
        let said = line.ask(&(shared.make)(n)).await;
        shared.note(&mut mine, begun, said);
    }
    shared.add(mine);
}

async fn open(mut line: Line, shared: Arc<Shared>, due: Arc<Vec<Duration>>) {
    let mut mine = Notes::default();
    loop {
        let n = shared.next.fetch_add(1, Ordering::Relaxed);
        let Some(at) = usize::try_from(n).ok().and_then(|n| due.get(n)).copied() else { break };
        tokio::time::sleep_until((shared.start + at).into()).await;
        let said = line.ask(&(shared.make)(shared.first + n)).await;
        shared.note(&mut mine, at, said);
    }
    shared.add(mine);
}

/// Instants at which requests are due: gaps are drawn as independent callers leave them (exponential), and are the same
/// for the same seed.
fn arrivals(rate: f64, until: Duration, seed: u64) -> Vec<Duration> {
    let (mut at, mut all) = (0.0, Vec::new());
    for n in 0_u64.. {
        let part = (mixed(seed ^ mixed(n)) >> 11) as f64 / (1_u64 << 53) as f64;
        at += -(1.0 - part).ln() / rate;
        if at >= until.as_secs_f64() {
            break;
        }
        all.push(Duration::from_secs_f64(at));
    }
    all
}

fn seen(mut notes: Notes, took: Duration) -> Seen {
    notes.times.sort_unstable();
    let good = notes.times.len() as u64;
    Seen {
        good,
        bad: notes.bad,
        per_s: good as f64 / took.as_secs_f64(),
        p50_ms: at(&notes.times, 0.5),
        p99_ms: at(&notes.times, 0.99),
        max_ms: at(&notes.times, 1.0),
        first_bad: notes.first_bad,
    }
}

/// The time that this share of all stayed under, in milliseconds.
fn at(sorted: &[Duration], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let place = ((last as f64) * share).round() as usize;
    sorted.get(place.min(last)).map_or(0.0, |d| d.as_secs_f64() * 1_000.0)
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
        match (n < warm, answer.is_good()) {
            (true, _) => {}
            (_, true) => notes.times.push(begun.elapsed()),
            (_, false) => {
                notes.bad += 1;
                notes.first_bad = format!("{}: {}", answer.status, answer.text());
            }
        }
    }
    Ok(seen(notes, start.elapsed()))
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
        assert!(open.p99_ms > 300.0 && open.p50_ms > 50.0, "{open:?}");
        let address = house(still);
        let (closed, _) = measure(&address, Pace::Closed(1), Duration::ZERO, time, 7, maker()).await;
        assert!(closed.max_ms > 300.0 && closed.p50_ms < 50.0, "{closed:?}");
    }

    #[tokio::test]
    async fn the_warm_up_is_not_counted_and_a_refusal_is() {
        let address = house(Duration::from_millis(200));
        let (warm, time) = (Duration::from_millis(250), Duration::from_millis(200));
        let (seen, _) = measure(&address, Pace::Closed(2), warm, time, 0, maker()).await;
        assert!(seen.good > 10 && seen.max_ms < 200.0, "{seen:?}");
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
        let all = arrivals(1_000.0, ten, 3);
        assert!((9_500..10_500).contains(&all.len()), "{}", all.len());
        assert_eq!(all, arrivals(1_000.0, ten, 3));
        assert_ne!(all, arrivals(1_000.0, ten, 4));
        assert!(all.is_sorted());
    }

    #[tokio::test]
    async fn all_are_asked_once_and_told_in_order() {
        let address = house(Duration::ZERO);
        let asks = (0..50).map(|n| Ask::get(format!("/{n}"))).collect();
        assert_eq!(all(&address, 4, asks).await.unwrap().len(), 50);
        assert!(all("127.0.0.1:1", 2, vec![Ask::get("/")]).await.is_err());
    }

    #[test]
    fn shares_are_of_the_sorted_times() {
        let times: Vec<Duration> = (1..=101).map(Duration::from_millis).collect();
        assert!((at(&times, 0.5) - 51.0).abs() < 1e-9);
        assert!((at(&times, 0.99) - 100.0).abs() < 1e-9);
        assert!(at(&[], 0.5).abs() < 1e-9);
    }
}
