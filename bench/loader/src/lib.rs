//! The loader of the bench (压测器): clients in a closed or an open loop, warm-up, seeds, percentiles; HTTP as one kind
//! of client; and the machine's facts, without which no figure means anything.
//!
//! *Deliberately absent:* anything that knows what is measured.

// A loader reads the time, which is not for the house itself.
#![allow(clippy::disallowed_methods, reason = "the bench measures")]

pub mod dice;
pub mod http;
pub mod machine;
pub mod pace;
pub mod spread;
