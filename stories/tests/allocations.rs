//! How often each request asks for memory: here, where it is routed, decided and drawn, and in the store's threads,
//! where its questions are asked and its deeds are done. Counted are the test's own threads only, so that other stories
//! may run beside it. The counts move a little with what is kept prepared and with hash tables that grow, so they are not
//! a list that must be equal but bounds: a request that asks half as often again fails, and says by how much.

use std::{
    collections::HashMap,
    fmt::Write,
    pin::pin,
    sync::{LazyLock, Mutex, MutexGuard, Once, PoisonError},
    task::Poll,
};

use crate::{statements::walk, world::World};

/// Allocations of the store's threads, by database.
static STORED: LazyLock<Mutex<HashMap<String, u64>>> = LazyLock::new(Mutex::default);

fn stored() -> MutexGuard<'static, HashMap<String, u64>> {
    STORED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn around(url: &str, work: &mut dyn FnMut()) {
    let seen = allocation_counter::measure(work).count_total;
    *stored().entry(url.to_owned()).or_default() += seen;
}

/// What a future says, and how often it asked for memory in this thread and in those of the store over this database.
pub async fn of<F: Future>(url: &str, future: F) -> (F::Output, u64) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| store::testing::surround(around));
    stored().remove(url);
    let (mut future, mut count) = (pin!(future), 0);
    let said = std::future::poll_fn(|cx| {
        let mut said = Poll::Pending;
        count += allocation_counter::measure(|| said = future.as_mut().poll(cx)).count_total;
        said
    })
    .await;
    (said, count + stored().remove(url).unwrap_or_default())
}

/// The most that each request may ask for memory, on SQLite and on PostgreSQL: half as much again as it did when the
/// bound was set.
const BOUNDS: [(&str, u64, u64); 21] = [
    ("GET /queue", 2_254, 2_254),
    ("GET /intake", 3_621, 3_621),
    ("POST /intake", 2_881, 2_881),
    ("GET /cases/{id}/receipt", 1_035, 1_035),
    ("GET /cases/{id}, received", 12_676, 12_676),
    ("POST /cases/{id}/acceptance, sent out at once", 4_122, 4_122),
    ("POST /cases/{id}/taking", 1_648, 1_648),
    ("POST /cases/{id}/report", 2_161, 2_161),
    ("POST /cases/{id}/verification", 2_320, 2_320),
    ("GET /cases/{id}, closed", 6_643, 6_643),
    ("POST /cases/{id}/confirmation", 2_107, 2_107),
    ("GET /queue?q=", 2_398, 2_398),
    ("GET /grid", 1_357, 1_357),
    ("GET /brief", 5_106, 5_106),
    ("GET /supervision", 2_286, 2_286),
    ("GET /audit", 894, 894),
    ("GET /admin", 783, 783),
    ("GET /", 177, 177),
    ("GET /say", 268, 268),
    ("GET /matters", 609, 609),
    ("GET /follow", 198, 198),
];

#[tokio::test]
async fn no_request_asks_for_memory_more_often_than_it_may() {
    let mut wrong = String::new();
    for world in World::all() {
        for (what, _, n) in walk(&world).await {
            let bound = BOUNDS.iter().find(|(bounded, ..)| *bounded == what);
            let most =
                bound.map_or(0, |(_, sqlite, pg)| if world.engine == "sqlite" { *sqlite } else { *pg });
            // A bound that has become far too wide holds nothing.
            if n > most || n * 4 < most {
                let anew = n * 3 / 2;
                writeln!(wrong, "{}: {what} asks {n} times; its bound is {most}, anew {anew}", world.engine)
                    .unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
