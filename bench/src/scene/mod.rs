//! Scenarios (测试场景): what people do with a house all day, each as a measurement of its own over the same city.

pub mod calendar;
pub mod clerk;
pub mod field;
pub mod import;
pub mod intake;
pub mod leader;
pub mod portal;
pub mod search;

use std::{sync::Arc, time::Duration};

use anyhow::ensure;
use linli_loader::{
    dice::{drawn, one_of},
    pace::{self, Client, Course, Said, Seen},
};
use tokio::runtime::Runtime;

use crate::{
    browser::Browser,
    floor,
    measure::apart,
    record::{Floor, Point, clients_word},
    server::{City, Pinned, Server},
};

/// How large everything is.
#[derive(Debug, Clone)]
pub struct Size {
    /// Cases in the city, about.
    pub cases: i64,
    /// Seconds of each measurement.
    pub seconds: f64,
    /// How many clients, one measurement after another.
    pub clients: Vec<usize>,
    /// Grid workers who come back from a day without signal.
    pub devices: usize,
    /// Rows of a sheet.
    pub rows: usize,
    /// Open cases when the calendar changes.
    pub open_cases: usize,
}

/// What a scenario is measured on.
pub struct Set {
    /// The city.
    pub city: City,
    /// `sqlite` or `postgres`.
    pub engine: &'static str,
    /// A PostgreSQL server for what needs a database of its own.
    pub server: Option<String>,
    /// How large everything is.
    pub size: Size,
    /// What everything is drawn with.
    pub seed: u64,
    /// Where clients run.
    pub runtime: Runtime,
}

impl Set {
    /// The running program over the city: one trusted proxy, so that clients have addresses of their own, and nobody is
    /// asked for a second factor.
    ///
    /// # Errors
    /// When it does not start.
    pub fn serve(&self) -> anyhow::Result<Server> {
        self.city.serve_as(&Pinned { core: None, more: vec!["--require-totp=false", "--proxies=1"] })
    }

    /// How long each measurement takes.
    pub fn time(&self) -> Duration {
        Duration::from_secs_f64(self.size.seconds)
    }

    /// Holds a measurement against a bare answer of the same size, asked for by as many clients.
    ///
    /// # Errors
    /// When the bare answer fails.
    pub fn hold_to_http(&self, point: &mut Point, seen: &Seen, clients: usize) -> anyhow::Result<()> {
        let bare = self.runtime.block_on(floor::http(seen.bytes, clients))?;
        point.hold(Floor::Http, bare.per_s, bare.spread.p99_ms);
        Ok(())
    }

    /// Holds a measurement against a question that is asked by itself, again and again, on one connection.
    ///
    /// # Errors
    /// What the question says.
    #[expect(clippy::disallowed_methods, reason = "the bench measures")]
    pub fn hold_to_query(
        &self,
        point: &mut Point,
        ask: impl Fn(&mut store::Conn, u64) -> base::Outcome<()> + Send,
    ) -> anyhow::Result<f64> {
        let (url, time) = (self.city.database().to_owned(), self.time() / 2);
        let (per_s, p99_ms) = apart(move || {
            let mut conn = store::open(&url, true).map_err(crate::powercut::said)?;
            let (start, mut times) = (std::time::Instant::now(), linli_loader::spread::Times::default());
            for n in 0.. {
                let begun = start.elapsed();
                if begun >= time && n > 0 {
                    break;
                }
                ask(&mut conn, n).map_err(crate::powercut::said)?;
                times.add(start.elapsed() - begun);
            }
            Ok((times.count() as f64 / start.elapsed().as_secs_f64(), times.at(0.99)))
        })?;
        point.hold(Floor::Query, per_s, p99_ms);
        Ok(p99_ms)
    }
}

/// Refuses a measurement in which anything else came back than what was asked for.
///
/// # Errors
/// The first bad answer.
pub fn all_good(what: &str, seen: &Seen) -> anyhow::Result<()> {
    ensure!(seen.good > 0, "{what}: nothing was answered: {}", seen.first_bad);
    let few = seen.bad * 200 <= seen.good;
    ensure!(few, "{what}: {} bad beside {} good: {}", seen.bad, seen.good, seen.first_bad);
    Ok(())
}

/// An address that a caller seems to come from.
pub fn caller(n: u64) -> String {
    format!("10.{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255)
}

/// One sort of page that is looked at, with how often of a hundred times.
#[derive(Debug, Clone)]
pub struct View {
    /// What it is told as.
    pub kind: &'static str,
    /// How often.
    pub weight: u64,
    /// Its addresses, of which one is drawn.
    pub paths: Vec<String>,
}

/// Somebody who looks at pages.
struct Looker {
    browser: Browser,
    views: Arc<[View]>,
    seed: u64,
    /// Whether each request comes from somebody else.
    is_crowd: bool,
}

impl Client for Looker {
    async fn call(&mut self, n: u64) -> Said {
        let dice = drawn(self.seed, n);
        let weights: Vec<(usize, u64)> = self.views.iter().map(|v| v.weight).enumerate().collect();
        let place = linli_loader::dice::by_weight(&weights, dice).unwrap_or_default();
        let Some(view) = self.views.get(place) else { return Said::bad("nothing", "no page") };
        let Some(path) = one_of(&view.paths, drawn(dice, 1)) else { return Said::bad(view.kind, "no page") };
        if self.is_crowd {
            self.browser.seem(caller(n));
        }
        Said::of(view.kind, 200, self.browser.get(path).await)
    }
}

/// Who looks.
#[derive(Debug, Clone, Copy)]
pub enum Eyes<'a> {
    /// These accounts in turn, each client with a session of its own.
    Staff(&'a [String]),
    /// Anybody, each request from another address.
    Crowd,
}

/// Lets so many clients look for as long as the set says; held against a bare answer of the same size.
///
/// # Errors
/// When the city cannot be served, somebody cannot come in, or what came back is not what was asked for.
pub fn looked(
    set: &Set,
    unit: &str,
    clients: usize,
    views: &Arc<[View]>,
    eyes: Eyes<'_>,
) -> anyhow::Result<Point> {
    let server = set.serve()?;
    let seen = set.runtime.block_on(async {
        let browsers: Vec<Browser> = match eyes {
            Eyes::Staff(names) => enter_all(&server.address, names, clients).await?,
            Eyes::Crowd => (0..clients as u64).map(|n| Browser::new(&server.address, caller(n))).collect(),
        };
        let mut browsers = browsers.into_iter();
        let make = |_| {
            let browser = browsers.next().unwrap_or_else(|| Browser::new(&server.address, String::new()));
            let is_crowd = matches!(eyes, Eyes::Crowd);
            Looker { browser, views: views.clone(), seed: set.seed, is_crowd }
        };
        anyhow::Ok(pace::drive(&Course::closed(clients, set.time()), make).await.0)
    })?;
    drop(server);
    all_good(unit, &seen)?;
    let mut point = Point::seen(clients_word(clients), unit, &seen).of_clients(clients);
    set.hold_to_http(&mut point, &seen, clients)?;
    Ok(point)
}

/// Signs so many in at once, each from an address of its own.
///
/// # Errors
/// When one is not let in.
pub async fn enter_all(address: &str, names: &[String], many: usize) -> anyhow::Result<Vec<Browser>> {
    /// How many sign in at once: each costs the house a slow hash.
    const AT_ONCE: usize = 4;
    let mut all = Vec::new();
    let wanted: Vec<(u64, String)> = (0..many as u64).zip(names.iter().cycle().cloned()).collect();
    for part in wanted.chunks(AT_ONCE) {
        let each = part.iter().map(|(n, name)| {
            let (address, name, from) = (address.to_owned(), name.clone(), caller(1 << 20 | n));
            tokio::spawn(async move { Browser::enter(&address, &name, from).await })
        });
        for one in each.collect::<Vec<_>>() {
            all.push(one.await??);
        }
    }
    Ok(all)
}
