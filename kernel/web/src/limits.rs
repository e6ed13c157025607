//! How often (频次限制): token buckets in memory, one per kind and key.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash, RandomState},
    net::IpAddr,
    sync::Mutex,
};

use base::{HOUR_MS, MINUTE_MS, Millis, Outcome, Refusal};

/// A bucket's size and the time in which it fills again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many at once.
    pub burst: u32,
    /// In how many milliseconds an empty bucket is full again.
    pub refill_ms: i64,
}

impl Rate {
    /// `n` a minute.
    pub const fn per_minute(n: u32) -> Self {
        Self { burst: n, refill_ms: MINUTE_MS }
    }

    /// `n` a quarter of an hour: the measure for sign-in tries.
    pub const fn per_quarter(n: u32) -> Self {
        Self { burst: n, refill_ms: 15 * MINUTE_MS }
    }

    /// `n` an hour.
    pub const fn per_hour(n: u32) -> Self {
        Self { burst: n, refill_ms: HOUR_MS }
    }
}

struct Bucket {
    /// Tokens times `refill_ms`, so that arithmetic stays in whole numbers.
    level: i64,
    at: Millis,
    full_at: Millis,
}

/// All buckets. A restart empties them; several processes each count their own, which loosens a
/// limit by their number and no more.
#[derive(Default)]
pub struct Limits {
    hasher: RandomState,
    buckets: Mutex<HashMap<u64, Bucket>>,
}

/// Above this many buckets the full ones are swept out.
const MANY: usize = 50_000;

impl Limits {
    /// Takes one try of `kind` for `key` (an account, a name as typed, an address).
    ///
    /// # Errors
    /// Refused with 429 and the seconds to wait in `{seconds}` when the bucket is empty.
    pub fn take(&self, kind: &'static str, key: impl Hash, rate: Rate, now: Millis) -> Outcome<()> {
        let slot = self.hasher.hash_one((kind, key));
        let mut buckets = self.buckets.lock().unwrap_or_else(|e| e.into_inner());
        if buckets.len() > MANY {
            buckets.retain(|_, b| b.full_at > now);
        }
        let full = i64::from(rate.burst) * rate.refill_ms;
        let bucket = buckets.entry(slot).or_insert(Bucket { level: full, at: now, full_at: now });
        let since = (now.0 - bucket.at.0).max(0);
        bucket.level = bucket.level.saturating_add(since.saturating_mul(i64::from(rate.burst))).min(full);
        bucket.at = now;
        let cost = rate.refill_ms;
        if bucket.level < cost {
            let wait_ms = (cost - bucket.level) / i64::from(rate.burst.max(1));
            let seconds = wait_ms / 1000 + 1;
            return Err(Refusal::new("stop.too_often").status(429).with("seconds", seconds).into());
        }
        bucket.level -= cost;
        bucket.full_at = now.plus((full - bucket.level) / i64::from(rate.burst.max(1)));
        Ok(())
    }

    /// Forgets the tries of `key`, e.g. after a sign-in that succeeded.
    pub fn forgive(&self, kind: &'static str, key: impl Hash) {
        let slot = self.hasher.hash_one((kind, key));
        self.buckets.lock().unwrap_or_else(|e| e.into_inner()).remove(&slot);
    }
}

/// The part of an address that one subscriber holds: all of IPv4, the first 64 bits of IPv6.
pub fn subscriber(ip: IpAddr) -> u64 {
    match ip.to_canonical() {
        IpAddr::V4(v4) => u64::from(u32::from(v4)),
        IpAddr::V6(v6) => (u128::from(v6) >> 64) as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_bucket_refuses_and_fills_again() {
        let limits = Limits::default();
        let rate = Rate::per_minute(3);
        for _ in 0..3 {
            limits.take("x", 1, rate, Millis(0)).unwrap();
        }
        let stop = limits.take("x", 1, rate, Millis(0)).unwrap_err();
        let refusal = stop.refusal().unwrap();
        assert_eq!((refusal.status, refusal.words[0].1.as_str()), (429, "21"));
        limits.take("x", 2, rate, Millis(0)).unwrap();
        limits.take("x", 1, rate, Millis(20_000)).unwrap();
        assert!(limits.take("x", 1, rate, Millis(20_000)).is_err());
    }

    #[test]
    fn neighbours_in_one_ipv6_network_are_one_subscriber() {
        let ip = |t: &str| subscriber(t.parse().unwrap());
        assert_eq!(ip("2001:db8::1"), ip("2001:db8::ffff"));
        assert_ne!(ip("2001:db8:0:1::1"), ip("2001:db8::1"));
        assert_eq!(ip("::ffff:192.0.2.1"), ip("192.0.2.1"));
    }
}
