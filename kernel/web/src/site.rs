//! The state that every handler shares.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::Arc,
};

use base::{Chance, Clock, Fault, HOUR_MS, MINUTE_MS, Millis, Outcome, Zone};
use store::Db;

use crate::{
    AtDoor, Bell, Identify, Limits, Load, Rate, Words, admission::Admission, export::Running, paced::Scales,
};

/// Settings of the web side, read by the app.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address under which people reach the house, without a slash at the end.
    pub public_url: String,
    /// The name in the header, e.g. 凉州区社会治理综合服务; empty for the product's own.
    pub site_name: String,
    /// Whether this is the demo city: a banner says so on every page.
    pub demo: bool,
    /// Whether staff need a second factor.
    pub require_totp: bool,
    /// Whether cookies are `__Host-` and `Secure`. Off only for http on a loopback address.
    pub secure_cookies: bool,
    /// How many trusted proxies stand in front, i.e. which entry of `X-Forwarded-For` is the caller.
    pub proxies: usize,
    /// After how long without a request a session ends.
    pub idle_ms: i64,
    /// After how long it ends in any case.
    pub absolute_ms: i64,
    /// Where a person signs in.
    pub sign_in: &'static str,
    /// Where the sign-out form posts to.
    pub sign_out: &'static str,
    /// Where a person's own account is.
    pub account: &'static str,
    /// How often one address without a session may post.
    pub public_posts: Rate,
    /// How often one account may post.
    pub staff_posts: Rate,
    /// How many are let in at once, and how long the others wait.
    pub load: Load,
    /// Rows of an exported file.
    pub export_rows: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:8080".to_owned(),
            site_name: String::new(),
            demo: false,
            require_totp: true,
            secure_cookies: true,
            proxies: 0,
            idle_ms: 30 * MINUTE_MS,
            absolute_ms: 12 * HOUR_MS,
            sign_in: "/sign-in",
            sign_out: "/sign-out",
            account: "/account",
            public_posts: Rate::per_minute(60),
            staff_posts: Rate::per_minute(240),
            load: Load::default(),
            export_rows: base::limits::EXPORT_ROWS,
        }
    }
}

/// The state of the router. Cloning it copies a handful of pointers.
#[derive(Clone)]
pub struct Site {
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The zone of the house.
    pub zone: Zone,
    /// The catalogue.
    pub words: Arc<Words>,
    /// Settings.
    pub config: Arc<Config>,
    /// The source of tokens and ids.
    pub chance: Arc<Chance>,
    /// Counters of tries.
    pub limits: Arc<Limits>,
    pub(crate) identify: Option<Arc<dyn Identify>>,
    pub(crate) bell: Option<Arc<dyn Bell>>,
    pub(crate) door: Arc<Admission>,
    pub(crate) scales: Arc<Scales>,
    pub(crate) exports: Arc<Running>,
    pub(crate) key: [u8; 32],
    things: Arc<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl Site {
    /// The state over an open database, whose clock, chance and keys it shares.
    pub fn new(db: Db, words: Arc<Words>, config: Config) -> Self {
        Self {
            clock: db.clock().clone(),
            chance: db.chance().clone(),
            key: db.keys().purpose("web form tokens"),
            db,
            zone: Zone::default(),
            words,
            door: Arc::new(Admission::new(config.load)),
            scales: Arc::new(Scales::new(config.load.bodies)),
            exports: Arc::default(),
            config: Arc::new(config),
            limits: Arc::new(Limits::default()),
            identify: None,
            bell: None,
            things: Arc::default(),
        }
    }

    /// Registers the room that knows people.
    #[must_use]
    pub fn identified_by(mut self, identify: impl Identify + 'static) -> Self {
        self.identify = Some(Arc::new(identify));
        self
    }

    /// Registers the room that knows what waits to be read.
    #[must_use]
    pub fn rung_by(mut self, bell: impl Bell + 'static) -> Self {
        self.bell = Some(Arc::new(bell));
        self
    }

    /// Adds a room's shared object, e.g. the atlas of places. One of each type.
    #[must_use]
    pub fn with<T: Send + Sync + 'static>(mut self, thing: Arc<T>) -> Self {
        Arc::make_mut(&mut self.things).insert(TypeId::of::<T>(), thing);
        self
    }

    /// A room's shared object.
    ///
    /// # Errors
    /// A fault when the app did not add it.
    pub fn get<T: Send + Sync + 'static>(&self) -> Outcome<Arc<T>> {
        let found = self.things.get(&TypeId::of::<T>()).cloned();
        let typed = found.and_then(|t| t.downcast::<T>().ok());
        typed.ok_or_else(|| Fault::new(format!("the site has no {}", std::any::type_name::<T>())).into())
    }

    /// How it stands at the door: who was let in and who was sent away.
    pub fn at_door(&self) -> AtDoor {
        self.door.told()
    }

    /// The present instant.
    pub fn now(&self) -> Millis {
        self.clock.now()
    }
}
