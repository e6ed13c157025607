//! Who is let in when more come than the house can serve (限流): three classes of requests, a limit on how many are
//! inside, and a short wait outside. Whoever cannot come in is told so early and in a page, before anything was asked
//! of the database; those inside are served as fast as ever, so that the house does as much as on a good day.
//!
//! Inside the limit a share stands free for urgent requests, and heavy ones are few at a time. Outside, the newest goes first: under a crowd it is the
//! one whose person still looks at the screen, while the oldest will have given up. Urgent ones go first, but of every
//! four that come in one is an ordinary one, so that no flood at the public's door keeps the offices from working.
//!
//! Deliberately absent: classes of persons. What is urgent is told by the route.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base::Millis;
use tokio::sync::oneshot;

use crate::pressure::{Bounds, Pressure};

/// What a route is worth waiting for (请求类别).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// It costs nothing, or tells the operator how the house is: never counted.
    Free,
    /// Signing in, a resident's report, what a grid worker brings.
    Urgent,
    /// Everything else.
    Ordinary,
    /// Sheets, figures, searches: each costs as much as many pages.
    Heavy,
}

/// How long somebody waits who was inside already.
const AGAIN: Duration = Duration::from_secs(20);
/// How often the runtime's own lag is measured.
const SAMPLE_MS: i64 = 10;

/// The three that are counted.
const COUNTED: [Class; 3] = [Class::Urgent, Class::Ordinary, Class::Heavy];

impl Class {
    /// Its place in tables of the counted classes; free ones have none.
    fn at(self) -> usize {
        match self {
            Class::Free | Class::Urgent => 0,
            Class::Ordinary => 1,
            Class::Heavy => 2,
        }
    }

    /// As it stands in the health page.
    pub fn name(self) -> &'static str {
        ["urgent", "ordinary", "heavy"][self.at()]
    }
}

/// How many are let in, and how long the others wait.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Between which bounds the number of those inside moves.
    pub inside: Bounds,
    /// How long an urgent, an ordinary and a heavy request waits outside before it is sent away.
    pub wait: [Duration; 3],
    /// How many heavy ones are inside at once: fewer than the threads that read, so that one is always there for others.
    pub heavy: usize,
    /// How many of each class wait at most; one more sends the oldest of them away.
    pub waiting: usize,
    /// Bytes that the bodies of all requests may weigh together.
    pub bodies: usize,
}

impl Default for Load {
    fn default() -> Self {
        Self {
            inside: Bounds { least: 16, first: 128, most: 1_024 },
            // A person looks at an empty screen for two seconds; whoever reports or signs in waits longer.
            wait: [Duration::from_secs(8), Duration::from_secs(2), Duration::from_secs(8)],
            heavy: 2,
            waiting: 4_096,
            bodies: 128 * 1024 * 1024,
        }
    }
}

/// What was let in and sent away since the start (限流计数).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Came in.
    pub admitted: u64,
    /// Came in after a wait.
    pub waited: u64,
    /// Was sent away.
    pub shed: u64,
}

/// How it stands at the door, for the health page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtDoor {
    /// How many may be inside.
    pub limit: usize,
    /// How many are.
    pub inside: usize,
    /// How many wait outside.
    pub waiting: usize,
    /// Urgent, ordinary, heavy.
    pub tallies: [Tally; 3],
}

/// It was sent away.
#[derive(Debug)]
pub(crate) struct Shed;

type Waiter = oneshot::Sender<Pass>;

struct State {
    pressure: Pressure,
    inside: [usize; 3],
    outside: [VecDeque<Waiter>; 3],
    tallies: [Tally; 3],
    /// How many came in from outside: every fourth is an ordinary one.
    turn: u64,
    /// When the runtime's lag was measured last, and the shortest since the last look.
    sampled: Millis,
    lag_ms: Option<i64>,
}

/// The door.
pub(crate) struct Admission {
    load: Load,
    state: Mutex<State>,
}

/// Leave to be inside; given back when it is dropped. Free ones hold nothing.
pub(crate) struct Pass(Option<(Arc<Admission>, Class)>);

impl Drop for Pass {
    fn drop(&mut self) {
        if let Some((door, class)) = self.0.take() {
            let mut state = door.state();
            state.inside[class.at()] -= 1;
            door.let_in(&mut state);
        }
    }
}

impl Admission {
    pub fn new(load: Load) -> Self {
        let state = State {
            pressure: Pressure::new(load.inside),
            inside: [0; 3],
            outside: Default::default(),
            tallies: Default::default(),
            turn: 0,
            sampled: Millis(0),
            lag_ms: None,
        };
        Self { load, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Comes in, at once or after a wait.
    ///
    /// # Errors
    /// [`Shed`] when the wait was in vain.
    pub async fn enter(self: &Arc<Self>, class: Class) -> Result<Pass, Shed> {
        if class == Class::Free {
            return Ok(Pass(None));
        }
        let entered = self.wait(class, self.load.wait[class.at()]).await;
        let mut state = self.state();
        let tally = &mut state.tallies[class.at()];
        match &entered {
            Ok((_, waited)) => {
                tally.admitted += 1;
                tally.waited += u64::from(*waited);
            }
            Err(Shed) => tally.shed += 1,
        }
        drop(state);
        entered.map(|(pass, _)| pass)
    }

    /// Comes in again after having been outside for a while, e.g. until a form had arrived: among the urgent ones, with
    /// much patience, and counted once.
    ///
    /// # Errors
    /// [`Shed`] when even this wait was in vain.
    pub async fn enter_again(self: &Arc<Self>, class: Class) -> Result<Pass, Shed> {
        let class = match class {
            Class::Free => return Ok(Pass(None)),
            Class::Ordinary => Class::Urgent,
            other => other,
        };
        self.wait(class, AGAIN).await.map(|(pass, _)| pass)
    }

    /// A pass, and whether it was waited for.
    async fn wait(self: &Arc<Self>, class: Class, at_most: Duration) -> Result<(Pass, bool), Shed> {
        let turn = {
            let mut state = self.state();
            if state.has_room(class, &self.load) {
                state.inside[class.at()] += 1;
                return Ok((Pass(Some((self.clone(), class))), false));
            }
            state.stand(class, self.load.waiting)
        };
        match tokio::time::timeout(at_most, turn).await {
            Ok(Ok(pass)) => Ok((pass, true)),
            _ => Err(Shed),
        }
    }

    /// Lets in who waits, as long as there is room.
    fn let_in(self: &Arc<Self>, state: &mut State) {
        while let Some((class, waiter)) = state.next(&self.load) {
            state.inside[class.at()] += 1;
            if let Err(mut pass) = waiter.send(Pass(Some((self.clone(), class)))) {
                // Given up in this very moment. The lock is held, so the pass must not give itself back.
                pass.0 = None;
                state.inside[class.at()] -= 1;
            }
        }
    }

    /// Notes how long the runtime let a request wait, where it is time for another sample.
    pub fn wants_sample(&self, now: Millis) -> bool {
        let mut state = self.state();
        let wants = !(0..SAMPLE_MS).contains(&(now.0 - state.sampled.0));
        if wants {
            state.sampled = now;
        }
        wants
    }

    /// Lets the limit follow what is measured, every now and then. `lag_ms` is how long the runtime let a request wait;
    /// `shortest` is how long the store did, asked only when it is time.
    pub fn look(self: &Arc<Self>, now: Millis, lag_ms: i64, shortest: impl FnOnce() -> Option<i64>) {
        let mut state = self.state();
        state.lag_ms = Some(state.lag_ms.map_or(lag_ms, |least| least.min(lag_ms)));
        if state.pressure.is_due(now) {
            let wait = shortest().max(state.lag_ms.take());
            state.pressure.look(now, wait);
            self.let_in(&mut state);
        }
    }

    /// How it stands.
    pub fn told(&self) -> AtDoor {
        let state = self.state();
        AtDoor {
            limit: state.pressure.limit(),
            inside: state.inside.iter().sum(),
            waiting: state.outside.iter().flatten().filter(|w| !w.is_closed()).count(),
            tallies: state.tallies,
        }
    }
}

impl State {
    /// Whether one more of this class may be inside.
    fn has_room(&self, class: Class, load: &Load) -> bool {
        let limit = self.pressure.limit();
        let all: usize = self.inside.iter().sum();
        let others = all - self.inside[Class::Urgent.at()];
        let is_below_the_free_share = others < limit.saturating_sub((limit / 8).max(1)).max(1);
        all < limit
            && match class {
                Class::Free | Class::Urgent => true,
                Class::Ordinary => is_below_the_free_share,
                Class::Heavy => is_below_the_free_share && self.inside[class.at()] < load.heavy,
            }
    }

    /// A place outside. The oldest are in front: those who have given up go, and one too many.
    fn stand(&mut self, class: Class, most: usize) -> oneshot::Receiver<Pass> {
        self.pressure.full();
        let line = &mut self.outside[class.at()];
        while line.front().is_some_and(Waiter::is_closed) {
            line.pop_front();
        }
        if line.len() >= most {
            line.pop_front();
        }
        let (waiter, turn) = oneshot::channel();
        line.push_back(waiter);
        turn
    }

    /// Who comes in next, if there is room.
    fn next(&mut self, load: &Load) -> Option<(Class, Waiter)> {
        for line in &mut self.outside {
            while line.back().is_some_and(Waiter::is_closed) {
                line.pop_back();
            }
        }
        let mut order = COUNTED;
        if self.turn % 4 == 3 {
            order.swap(0, 1);
        }
        let class =
            order.into_iter().find(|c| !self.outside[c.at()].is_empty() && self.has_room(*c, load))?;
        self.turn += 1;
        Some((class, self.outside[class.at()].pop_back()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn door(inside: usize, waiting: usize) -> Arc<Admission> {
        let inside = Bounds { least: inside, first: inside, most: inside };
        Arc::new(Admission::new(Load {
            inside,
            wait: [8 * SECOND, 2 * SECOND, 8 * SECOND],
            heavy: 1,
            waiting,
            bodies: 0,
        }))
    }

    /// Somebody who stands outside, in a task.
    async fn stands(door: &Arc<Admission>, class: Class) -> tokio::task::JoinHandle<Result<Pass, Shed>> {
        let (door, before) = (door.clone(), door.told().waiting);
        let other = door.clone();
        let task = tokio::spawn(async move { other.enter(class).await });
        while door.told().waiting == before {
            tokio::task::yield_now().await;
        }
        task
    }

    #[tokio::test(start_paused = true)]
    async fn a_share_stands_free_for_the_urgent() {
        let door = door(4, 10);
        let mut inside = Vec::new();
        for _ in 0..3 {
            inside.push(door.enter(Class::Ordinary).await.unwrap());
        }
        assert!(
            door.enter(Class::Ordinary).await.is_err(),
            "after two seconds of the clock that stands still"
        );
        inside.push(door.enter(Class::Urgent).await.unwrap());
        assert!(door.enter(Class::Urgent).await.is_err());
        assert!(door.enter(Class::Free).await.is_ok());
        let told = door.told();
        assert_eq!((told.inside, told.waiting), (4, 0));
        let tally = |admitted, shed| Tally { admitted, waited: 0, shed };
        assert_eq!(told.tallies, [tally(1, 1), tally(3, 1), tally(0, 0)]);
        drop(inside);
        assert_eq!(door.told().inside, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn the_newest_goes_first_and_the_oldest_is_sent_away() {
        let door = door(2, 2);
        let held = door.enter(Class::Ordinary).await.unwrap();
        let (first, second) = (stands(&door, Class::Ordinary).await, stands(&door, Class::Ordinary).await);
        // A third one: the line holds two.
        let other = door.clone();
        let third = tokio::spawn(async move { other.enter(Class::Ordinary).await });
        assert!(first.await.unwrap().is_err());
        drop(held);
        let third = third.await.unwrap().unwrap();
        assert!(!second.is_finished());
        drop(third);
        assert!(second.await.unwrap().is_ok());
        assert_eq!(door.told().tallies[1], Tally { admitted: 3, waited: 2, shed: 1 });
    }

    #[tokio::test(start_paused = true)]
    async fn of_four_that_come_in_one_is_an_ordinary_one() {
        let door = door(1, 100);
        let mut held = door.enter(Class::Urgent).await.unwrap();
        let mut waiting = Vec::new();
        for _ in 0..6 {
            waiting.push((Class::Urgent, stands(&door, Class::Urgent).await));
            waiting.push((Class::Ordinary, stands(&door, Class::Ordinary).await));
        }
        let mut order = Vec::new();
        while order.len() < 8 {
            drop(held);
            let at = loop {
                tokio::task::yield_now().await;
                if let Some(at) = waiting.iter().position(|(_, task)| task.is_finished()) {
                    break at;
                }
            };
            let (class, task) = waiting.remove(at);
            order.push(class);
            held = task.await.unwrap().unwrap();
        }
        use Class::{Ordinary as O, Urgent as U};
        assert_eq!(order, [U, U, U, O, U, U, U, O]);
    }

    #[tokio::test(start_paused = true)]
    async fn heavy_ones_are_few_and_whoever_gives_up_leaves_no_hole() {
        let door = door(8, 10);
        let heavy = door.enter(Class::Heavy).await.unwrap();
        let gone = stands(&door, Class::Heavy).await;
        let patient = stands(&door, Class::Heavy).await;
        gone.abort();
        patient.abort();
        let _ = (gone.await, patient.await);
        assert!(door.enter(Class::Ordinary).await.is_ok());
        drop(heavy);
        assert!(door.enter(Class::Heavy).await.is_ok());
        assert_eq!(door.told().inside, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_that_grows_lets_in_who_waits() {
        let bounds = Bounds { least: 1, first: 1, most: 9 };
        let door = Arc::new(Admission::new(Load { inside: bounds, ..Load::default() }));
        let held = door.enter(Class::Urgent).await.unwrap();
        let waits = stands(&door, Class::Urgent).await;
        door.look(Millis(1_000), 0, || Some(0));
        assert!(waits.await.unwrap().is_ok());
        door.look(Millis(2_000), 80, || Some(0));
        assert_eq!(door.told().limit, 1);
        drop(held);
    }
}
