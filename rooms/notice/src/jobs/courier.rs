//! The courier itself.

use std::{collections::HashMap, sync::Arc, time::Duration};

use base::{DAY_MS, Id, Millis, Outcome, Stop, Zone};
use calendar::LiveAlmanac;
use store::Db;
use web::{Lang, Words};

use crate::deeds::own_reach;
use crate::model::{Audience, Channel, Item, Message, Problem, Setup, State, Subject, To, Trouble};
use crate::rules::{TRIES, held_until, said, units_in, wait_after};
use crate::store::{
    Outgoing, claim, due_items, erase_addresses, hold_back, mark_failed, mark_sent, set_channels,
};

/// Letters of one way that are looked up at once.
const LOOK: i64 = 50;
/// How long the address of a letter that could not be sent is kept for another try.
const ADDRESS_DAYS: i64 = 14;
/// How often old addresses are looked for.
const SWEEP_EVERY_MS: i64 = base::HOUR_MS;
/// Where a resident follows the own matter.
const FOLLOW: &str = "/follow";

/// A way out (渠道适配器). It is called on a thread that may wait.
pub trait Carrier: Send + Sync {
    /// Carries one message.
    ///
    /// # Errors
    /// What was wrong, and whether trying again can help.
    fn carry(&self, message: &Message) -> Result<(), Trouble>;
}

/// Takes what is due to where it goes. Cloning it is cheap.
#[derive(Clone)]
pub struct Courier {
    db: Db,
    words: Arc<Words>,
    setup: Arc<Setup>,
    almanac: Arc<LiveAlmanac>,
    zone: Zone,
    carriers: HashMap<Channel, Arc<dyn Carrier>>,
}

impl Courier {
    /// Over an open database, with the ways out that the installation has.
    pub fn new(
        db: Db,
        words: Arc<Words>,
        setup: Arc<Setup>,
        almanac: Arc<LiveAlmanac>,
        carriers: HashMap<Channel, Arc<dyn Carrier>>,
    ) -> Self {
        Self { db, words, setup, almanac, zone: Zone::default(), carriers }
    }

    /// The same courier with other settings.
    #[must_use]
    pub fn with_setup(mut self, setup: Setup) -> Self {
        self.setup = Arc::new(setup);
        self
    }

    /// Notes in the database which ways out are open, so that deeds know where letters can go.
    ///
    /// # Errors
    /// Faults of the store.
    pub async fn begin(&self) -> Outcome<()> {
        let (setup, now) = (self.setup.clone(), self.db.clock().now());
        self.db.keep_house(move |tx| set_channels(tx.conn, &setup.open, now)).await
    }

    /// Sends what is due now, each way by itself; says how many letters were tried.
    ///
    /// # Errors
    /// Faults of the store. What a way says stays with the letter.
    pub async fn run_due(&self) -> Outcome<usize> {
        let [mail, sms, hook] = Channel::OUT;
        let (a, b, c) = tokio::join!(self.run_way(mail), self.run_way(sms), self.run_way(hook));
        Ok(a? + b? + c?)
    }

    /// Runs for the life of the process, once a second.
    pub async fn run_forever(self) {
        let mut swept = Millis(0);
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if let Err(stop) = self.run_due().await {
                log_failure(&stop);
            }
            let now = self.db.clock().now();
            if now.0 - swept.0 > SWEEP_EVERY_MS {
                swept = now;
                if let Err(stop) = self.forget_addresses().await {
                    log_failure(&stop);
                }
            }
        }
    }

    /// Empties the addresses of letters that could not be sent for two weeks.
    ///
    /// # Errors
    /// Faults of the store.
    pub async fn forget_addresses(&self) -> Outcome<usize> {
        let before = self.db.clock().now().plus(-ADDRESS_DAYS * DAY_MS);
        self.db.keep_house(move |tx| erase_addresses(tx.conn, before)).await
    }

    async fn run_way(&self, channel: Channel) -> Outcome<usize> {
        let now = self.db.clock().now();
        let due = self.db.read(move |conn| due_items(conn, channel, now, LOOK)).await?;
        let mut tried = 0;
        for outgoing in due {
            let Some(carrier) = self.carriers.get(&channel).cloned() else {
                self.leave(&outgoing.item, Problem::Closed, State::Suppressed).await?;
                continue;
            };
            match self.send(&outgoing, carrier, now).await? {
                None => {}
                Some(Ok(())) => tried += 1,
                Some(Err(trouble)) => {
                    tried += 1;
                    // When the server itself has trouble the others wait for the next round.
                    if trouble.may_pass {
                        break;
                    }
                }
            }
        }
        Ok(tried)
    }

    /// Sends one letter. `None` when there was nothing to try.
    async fn send(
        &self,
        outgoing: &Outgoing,
        carrier: Arc<dyn Carrier>,
        now: Millis,
    ) -> Outcome<Option<Result<(), Trouble>>> {
        let item = &outgoing.item;
        let (id, tries) = (item.id, item.tries);
        if let Some(until) = self.held(item, now) {
            self.db.keep_house(move |tx| hold_back(tx.conn, id, tries, until)).await?;
            return Ok(None);
        }
        if tries >= TRIES {
            self.leave(item, Problem::Unknown, State::GivenUp).await?;
            return Ok(None);
        }
        let Some(to) = self.address(outgoing, now).await? else {
            self.leave(item, Problem::NoAddress, State::Suppressed).await?;
            return Ok(None);
        };
        let message = self.message(item, to, now).await?;
        let next = now.plus(wait_after(tries + 1).unwrap_or(0));
        if !self.db.keep_house(move |tx| claim(tx.conn, id, tries, next)).await? {
            return Ok(None);
        }
        let carried = tokio::task::spawn_blocking(move || carrier.carry(&message)).await;
        let Ok(carried) = carried else {
            // As if the house had gone down: nobody knows whether it went, so it is tried again under its number.
            tracing::error!(channel = item.channel.code(), "a way out panicked");
            return Ok(Some(Err(Trouble { problem: Problem::Unknown, n: 0, may_pass: true })));
        };
        match carried {
            Ok(()) => self.db.keep_house(move |tx| mark_sent(tx.conn, id, now)).await?,
            Err(trouble) => {
                let again = trouble.may_pass && tries + 1 < TRIES;
                let state = if again { State::Failed } else { State::GivenUp };
                self.db.keep_house(move |tx| mark_failed(tx.conn, id, trouble, state)).await?;
            }
        }
        Ok(Some(carried))
    }

    fn held(&self, item: &Item, now: Millis) -> Option<Millis> {
        let calendar = self.almanac.now().calendar("");
        let what = (item.kind.to(), item.channel, item.urgent);
        held_until(now, what, self.setup.quiet, &self.setup.hours, &calendar, &self.zone)
    }

    async fn leave(&self, item: &Item, problem: Problem, state: State) -> Outcome<()> {
        let id = item.id;
        let trouble = Trouble { problem, n: 0, may_pass: false };
        self.db.keep_house(move |tx| mark_failed(tx.conn, id, trouble, state)).await
    }

    /// Where a letter goes: the address that it carries, or the one that the account has given. Empty for a hook.
    async fn address(&self, outgoing: &Outgoing, now: Millis) -> Outcome<Option<String>> {
        let item = &outgoing.item;
        if item.channel == Channel::Hook {
            return Ok(Some(String::new()));
        }
        if let Some(sealed) = &outgoing.sealed {
            return Ok(Some(self.db.keys().open("notice_item.sealed", item.id.raw(), sealed)?));
        }
        if item.audience != Audience::Account(0).code() {
            return Ok(None);
        }
        let (db, account, channel) = (self.db.clone(), item.audience_id, item.channel);
        self.db
            .read(move |conn| {
                if access::person_by_account(conn, Id::of(account), now)?.is_none() {
                    return Ok(None);
                }
                let reach = own_reach(conn, db.keys(), account)?;
                Ok(reach.on(channel).map(|c| c.as_str().to_owned()))
            })
            .await
    }

    async fn message(&self, item: &Item, to: String, now: Millis) -> Outcome<Message> {
        let ids = units_in([item]);
        let units = self.db.read(move |conn| access::unit_names(conn, &ids)).await?;
        let (title, text) = said(&self.words, Lang::Zh, &self.zone, item.kind, &item.params, &units);
        let path = match item.kind.to() {
            To::Staff if item.channel != Channel::Hook => item.subject.path(),
            To::Sender => Some(FOLLOW.to_owned()),
            To::Staff | To::Trial => None,
        };
        Ok(Message {
            id: item.id.to_string(),
            to,
            title: format!("[{}] {title}", self.setup.site_name),
            text,
            link: path.map(|p| format!("{}{p}", self.setup.public_url)).unwrap_or_default(),
            kind: item.kind,
            county: Id::<Subject>::of(item.place.county).to_string(),
            made: item.made,
            now,
        })
    }
}

fn log_failure(stop: &Stop) {
    match stop {
        Stop::Fault(fault) => tracing::error!(%fault, "notices could not be sent"),
        Stop::Refused(r) => tracing::warn!(key = r.key, "notices could not be sent"),
        Stop::Invalid(_) => tracing::warn!("notices could not be sent"),
    }
}
