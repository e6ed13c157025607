//! How often each request asks for memory: here, where it is routed, decided and drawn, and in the store's threads,
//! where its questions are asked and its deeds are done. Counted are the test's own threads only, so that other stories
//! may run beside it. The counts move a little with what is kept prepared and with hash tables that grow, so they are not
//! a list that must be equal but bounds: a request that asks half as often again fails, and says by how much.

use std::{
    collections::HashMap,
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

/// The most that each request may ask for memory: half as much again as it did when the bound was set, with the same
/// few cases on both engines.
const BOUNDS: [(&str, u64); 0] = [];

#[tokio::test]
async fn no_request_asks_for_memory_more_often_than_it_may() {
    for world in World::all() {
        let counts = walk(&world).await;
        let mut missing = String::new();
        for (what, _, n) in &counts {
            let Some((_, most)) = BOUNDS.iter().find(|(bounded, _)| bounded == what) else {
                missing += &format!("    ({what:?}, {}),\n", n * 3 / 2);
                continue;
            };
            assert!(n <= most, "{}: {what} asks {n} times for memory, {most} at most", world.engine);
            // A bound that has become far too wide holds nothing.
            assert!(
                n * 4 > *most,
                "{}: {what} asks only {n} times; its bound of {most} is to be set anew",
                world.engine
            );
        }
        assert!(missing.is_empty(), "{}: no bound for\n{missing}", world.engine);
    }
}
