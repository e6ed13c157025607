//! Who does a deed and when: the argument that every deed takes.

use crate::Millis;

/// The one who acts (经办人): an account and the post it acts from. Zero stands for "none".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Actor {
    /// The account's id; 0 for the public and for the house itself.
    pub account: i64,
    /// The post from which it acts; 0 where no post is needed.
    pub post: i64,
}

impl Actor {
    /// Somebody without an account.
    pub const PUBLIC: Actor = Actor { account: 0, post: 0 };
    /// The house itself: timers and start-up.
    pub const SYSTEM: Actor = Actor { account: -1, post: 0 };
}

/// One deed's who and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Act {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Millis,
}

impl Act {
    /// Who and when.
    pub const fn new(by: Actor, at: Millis) -> Self {
        Self { by, at }
    }

    /// By the house itself.
    pub const fn system(at: Millis) -> Self {
        Self::new(Actor::SYSTEM, at)
    }
}
