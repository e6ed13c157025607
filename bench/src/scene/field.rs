//! Field sync (离线回传): grid workers come back from a day without signal, and each telephone sends what was reported on the
//! round, one form after another, each under the number that it was given when it was filled in. What the house sends
//! away while it is full comes again after a wait; some telephones never saw an answer and send once more. At the end
//! everything is there once.
//!
//! There is no door for a whole batch yet: an entry is the form of the worker's page (`POST /grid/report`).

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::ensure;
use linli_loader::{
    dice::{drawn, one_of},
    pace::{self, Client, Course, Pace, Said},
};

use super::{Set, enter_all};
use crate::{
    bare,
    browser::{Browser, Form, choices, forms},
    measure::apart,
    record::{Floor, Point, Told},
    staff::{Sort, let_in, open},
    store as sql,
};

/// Reports of a day.
const ENTRIES: u64 = 50;
/// Every so many an entry is sent again, as if its answer had been lost.
const LOST: u64 = 10;
/// Seconds within which all telephones are back, at drawn instants: sooner than what they bring can be taken.
const BACK_S: f64 = 1.0;
/// Telephones that send at once at most; the waiting of the others counts.
const AT_ONCE: usize = 512;
/// How often an entry is tried.
const TRIES: usize = 200;

/// What all telephones share.
struct Day {
    address: String,
    /// Every entry has its own number, which is the same when it is sent again.
    seed: u64,
    /// Root and leaf of categories that ask nothing more.
    categories: Vec<(i64, i64)>,
    /// The morning's forms: the form and the session of each telephone.
    phones: std::sync::Mutex<Vec<Option<(Browser, Form)>>>,
    /// Refusals because the house was full.
    waits: AtomicU64,
    /// Answers that led elsewhere the second time.
    doubles: AtomicU64,
}

/// Sends the batch of whichever telephone is back next.
struct Street(Arc<Day>);

impl Client for Street {
    async fn call(&mut self, n: u64) -> Said {
        let place = usize::try_from(n).unwrap_or(0);
        let taken = {
            let mut phones = self.0.phones.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            phones.get_mut(place).and_then(Option::take)
        };
        let Some((mut browser, form)) = taken else { return Said::bad("batch", "no such telephone") };
        match self.0.upload(&mut browser, &form, n).await {
            Ok(parts) => Said { parts, ..Said::good("batch", 0) },
            Err(e) => Said::bad("batch", e.to_string()),
        }
    }
}

impl Day {
    #[expect(clippy::disallowed_methods, reason = "the bench measures")]
    async fn upload(
        &self,
        browser: &mut Browser,
        form: &Form,
        phone: u64,
    ) -> anyhow::Result<Vec<(&'static str, Duration)>> {
        let mut times = Vec::new();
        for entry in 0..ENTRIES {
            let filled = self.filled(form, phone * ENTRIES + entry);
            let begun = Instant::now();
            let led_to = self.insist(browser, &filled).await?;
            times.push(("entry", begun.elapsed()));
            if entry.is_multiple_of(LOST) && self.insist(browser, &filled).await? != led_to {
                self.doubles.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(times)
    }

    fn filled(&self, form: &Form, n: u64) -> Form {
        let dice = drawn(self.seed, n);
        let (root, leaf) = one_of(&self.categories, dice).copied().unwrap_or_default();
        let body = format!(
            "巡查第{n}处：{}",
            "路边护栏松动，井盖边缘破损，已设围挡提醒行人，需要派人来修。".repeat(2)
        );
        form.clone()
            .with("root", &root.to_string())
            .with("category", &leaf.to_string())
            .with("spot", &format!("{n}号点"))
            .with("body", &body)
            .with("_once", &format!("field-{}-{n}", self.seed))
    }

    /// Sends until it is taken; gives where it led.
    async fn insist(&self, browser: &mut Browser, form: &Form) -> anyhow::Result<String> {
        let mut last = String::new();
        for n in 0..TRIES {
            match browser.send(form).await {
                Ok(a) if a.status == 303 => return Ok(a.location),
                Ok(a) if a.status == 503 || a.status == 429 => {
                    last = format!("{} for ever", a.status);
                    self.waits.fetch_add(1, Ordering::Relaxed);
                }
                Ok(a) => anyhow::bail!("{}: {}", a.status, a.text().chars().take(300).collect::<String>()),
                Err(e) => last = e.to_string(),
            }
            let wait = 200 + drawn(self.seed, n as u64) % 300;
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
        anyhow::bail!("{last}")
    }
}

/// Measures one evening.
///
/// # Errors
/// When an entry is missing or double at the end.
pub fn measure(set: &Set) -> anyhow::Result<Told> {
    let devices = set.size.devices;
    let names = let_in(&set.city, Sort::Grid, devices, set.seed)?;
    let categories = apart(|| categories(set))?;
    let count = || apart(|| sql::cases_by(&mut sql::writing(set.city.database())?, "grid"));
    let server = set.serve()?;
    let phones = set.runtime.block_on(morning(&server.address, &names))?;
    let day = Arc::new(Day {
        address: server.address.clone(),
        // The numbers of an evening are new ones.
        seed: set.seed ^ count()?.unsigned_abs() << 8,
        categories,
        phones: std::sync::Mutex::new(phones),
        waits: AtomicU64::new(0),
        doubles: AtomicU64::new(0),
    });
    let before = count()?;
    let course = Course {
        lines: devices.min(AT_ONCE),
        most: devices as u64,
        ..Course::at(Pace::Open(devices as f64 / BACK_S), Duration::from_secs_f64(BACK_S * 100.0))
    };
    let (seen, _) = set.runtime.block_on(pace::drive(&course, |_| Street(day.clone())));
    drop(server);
    let entries = devices as u64 * ENTRIES;
    ensure!(seen.bad == 0, "{} batches were not taken at {}: {}", seen.bad, day.address, seen.first_bad);
    let there = count()? - before;
    ensure!(there.unsigned_abs() == entries, "{there} entries are there, not {entries}");
    ensure!(day.doubles.load(Ordering::Relaxed) == 0, "an entry that was sent again led elsewhere");
    let mut told = Told::default().with("devices", devices).with("entries", ENTRIES).with("back_s", BACK_S);
    let mut point = Point::seen(format!("{devices} devices"), "entries", &seen);
    // Batches are what is due; entries are what is counted.
    point.per_s = seen.per_s * ENTRIES as f64;
    point.good = entries;
    let floor = apart(|| bare::cases_per_s(set.city.database(), devices.min(64), set.size.seconds))?;
    point.hold(Floor::Engine, floor, 0.0);
    told.points.push(point);
    told.fact("sent_away_and_tried_again", day.waits.load(Ordering::Relaxed) as f64);
    Ok(told)
}

/// Every telephone is signed in and has read its form while there was signal.
async fn morning(address: &str, names: &[String]) -> anyhow::Result<Vec<Option<(Browser, Form)>>> {
    let mut all = Vec::new();
    for mut browser in enter_all(address, names, names.len()).await? {
        let page = browser.get("/grid/report").await?.text();
        let form = forms(&page).into_iter().find(|f| f.action == "/grid/report");
        let grid = choices(&page, "grid").into_iter().next();
        let (Some(form), Some(grid)) = (form, grid) else { anyhow::bail!("a worker has no form or no grid") };
        all.push(Some((browser, form.with("grid", &grid))));
    }
    Ok(all)
}

/// Roots and leaves of categories that ask nothing more.
fn categories(set: &Set) -> anyhow::Result<Vec<(i64, i64)>> {
    let (_, ground) = open(&set.city)?;
    let simple = ground.categories().filter(|c| c.kind.is_some() && c.questions.iter().all(|q| !q.required));
    let all: Vec<(i64, i64)> = simple.filter_map(|c| Some((*ground.lineage(c.id).last()?, c.id))).collect();
    ensure!(all.len() > 5, "too few categories: {}", all.len());
    Ok(all)
}
