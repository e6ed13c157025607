//! Typed record ids and the one source of chance.

use std::{fmt, hash, marker::PhantomData, str::FromStr, sync::Mutex};

use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::Millis;

/// The id of a record of kind `T` (编号, internal). A positive 63-bit number: milliseconds in the
/// high bits, then 15 bits of chance, then 7 that name the process, so that new rows land at the end of an index, the
/// next id cannot be counted up to, and two processes on one database never make the same. On screens and in addresses it is 13 characters of Crockford's
/// base 32; in JSON it is that same string, because a browser's numbers end at 53 bits.
pub struct Id<T>(i64, PhantomData<fn() -> T>);

impl<T> Id<T> {
    /// Wraps a number that came out of the database.
    pub const fn of(raw: i64) -> Self {
        Self(raw, PhantomData)
    }

    /// The number as the database stores it.
    pub const fn raw(self) -> i64 {
        self.0
    }

    /// The lowest number that a record made at this instant can have: a list in the order of numbers is cut to a period
    /// with it.
    pub const fn first_at(at: Millis) -> Self {
        let ms = if at.0 > 0 { at.0 } else { 0 };
        Self::of((ms & ((1 << 41) - 1)) << 22)
    }

    /// The same number seen as the id of another kind: for tables that are keyed by their parent.
    pub const fn cast<U>(self) -> Id<U> {
        Id::of(self.0)
    }
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = [b'0'; 13];
        let mut rest = self.0 as u64;
        for place in out.iter_mut().rev() {
            *place = ALPHABET[(rest & 31) as usize];
            rest >>= 5;
        }
        f.write_str(std::str::from_utf8(&out).unwrap_or_default())
    }
}

/// The text is not an id: wrong length or a letter outside the alphabet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct BadId;

impl<T> FromStr for Id<T> {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        if text.len() != 13 {
            return Err(BadId);
        }
        let mut value: u64 = 0;
        for byte in text.bytes() {
            let digit = ALPHABET.iter().position(|a| *a == byte).ok_or(BadId)?;
            value = value.checked_mul(32).ok_or(BadId)? | digit as u64;
        }
        i64::try_from(value).map(Self::of).map_err(|_| BadId)
    }
}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<T> hash::Hash for Id<T> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<T> serde::Serialize for Id<T> {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de, T> serde::Deserialize<'de> for Id<T> {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Where ids, salts, tokens and codes come from. One per process, handed down from `main`;
/// a seeded one makes the demo city and the stories the same on every run.
pub struct Chance {
    inner: Mutex<Source>,
}

struct Source {
    rng: StdRng,
    last_id: i64,
    node: i64,
}

/// The low bits of an id that name the process which made it.
const NODE_BITS: u32 = 7;
/// How many processes can make ids for one database at once.
pub const NODES: i64 = 1 << NODE_BITS;

impl Chance {
    /// Chance from the operating system, for everything that serves people.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the operating system for chance")]
    pub fn from_system() -> Self {
        Self::from_rng(StdRng::from_rng(&mut rand::rng()))
    }

    /// Chance that repeats itself, for demo data and tests only.
    pub fn from_seed(seed: u64) -> Self {
        Self::from_rng(StdRng::seed_from_u64(seed))
    }

    fn from_rng(rng: StdRng) -> Self {
        Self { inner: Mutex::new(Source { rng, last_id: 0, node: 0 }) }
    }

    fn with<R>(&self, f: impl FnOnce(&mut Source) -> R) -> R {
        // A poisoned lock only means that another thread panicked between two draws.
        f(&mut self.inner.lock().unwrap_or_else(|e| e.into_inner()))
    }

    /// Makes ids under this process number from now on: one of [`NODES`], which nobody else on the database has.
    pub fn make_ids_as(&self, node: i64) {
        self.with(|s| s.node = node & (NODES - 1));
    }

    /// A fresh id for a record that is made at `now`. Ids of one process never repeat and always
    /// rise, also within one millisecond and when the clock steps back.
    pub fn id<T>(&self, now: Millis) -> Id<T> {
        self.with(|s| {
            let low: i64 = s.rng.random_range(0..1 << (22 - NODE_BITS));
            let fresh = Id::<T>::first_at(now).raw() | low << NODE_BITS;
            // Counted without the process, whose number may have become another one meanwhile.
            let last = s.last_id >> NODE_BITS << NODE_BITS;
            let next = if fresh > last { fresh } else { last + (s.rng.random_range(1..64) << NODE_BITS) };
            s.last_id = next | s.node;
            Id::of(s.last_id)
        })
    }

    /// `N` unguessable bytes, for salts, keys and tokens.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        self.with(|s| s.rng.random())
    }

    /// A number below `end`; zero when `end` is zero.
    pub fn below(&self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.with(|s| s.rng.random_range(0..end)) }
    }

    /// A code that people read aloud: `n` letters and digits without the ones that look alike.
    pub fn code(&self, n: usize) -> String {
        const CLEAR: &[u8] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
        (0..n).map(|_| char::from(CLEAR[self.below(CLEAR.len() as u64) as usize])).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Thing;

    proptest! {
        #[test]
        fn an_id_reads_back_as_it_was_written(raw in 0..=i64::MAX) {
            let id = Id::<Thing>::of(raw);
            prop_assert_eq!(id.to_string().parse::<Id<Thing>>(), Ok(id));
        }

        #[test]
        fn no_text_makes_the_parser_stumble(text in "\\PC{0,20}") {
            let _ = text.parse::<Id<Thing>>();
        }
    }

    #[test]
    fn two_processes_never_make_the_same_id_although_they_draw_the_same() {
        let both = [Chance::from_seed(1), Chance::from_seed(1)];
        both[1].make_ids_as(NODES - 1);
        let ids = |c: &Chance| -> Vec<i64> {
            (0..5_000).map(|n| c.id::<Thing>(Millis(2_000_000 + n / 2_500)).raw()).collect()
        };
        let (one, other) = (ids(&both[0]), ids(&both[1]));
        assert!(one.iter().all(|id| !other.contains(id)));
        assert!(
            one.iter().zip(&other).all(|(a, b)| a >> NODE_BITS == b >> NODE_BITS),
            "the control: only the number differs"
        );
        both[0].make_ids_as(5);
        assert!(
            both[0].id::<Thing>(Millis(1)).raw() > *one.last().unwrap(),
            "ids rise under another number too"
        );
    }

    #[test]
    fn ids_rise_even_when_the_clock_steps_back() {
        let chance = Chance::from_seed(1);
        let mut last = chance.id::<Thing>(Millis(2_000_000));
        for step in 0..10_000 {
            let next = chance.id::<Thing>(Millis(2_000_000 - step));
            assert!(next > last);
            last = next;
        }
    }
}
