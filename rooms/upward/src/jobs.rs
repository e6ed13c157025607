//! The messenger (上报发送): brings what waits to the upper installation, in the order of its numbers, and a beat each hour.
//!
//! A try is taken by counting it and putting the next one off, in a transaction of its own, before anything is sent, so that of
//! several processes one sends. When the house goes down in between, the report is sent once more after the wait, with the
//! same bytes: the upper installation knows it by its number and digest, and nothing is counted twice.

use std::{sync::Arc, time::Duration};

use base::{HOUR_MS, Id, Millis, Outcome, Stop};
use store::Db;

use crate::deeds::{Wire, acknowledge_report, confirm_link, fail_code, reject_report};
use crate::model::{
    Beat, BeatAnswer, Link, LinkAnswer, LinkAsk, LinkState, PublicKey, ReportAnswer, Sent, Why,
};
use crate::rules::{Said, wait_after};
use crate::store::{
    claim_link, claim_sent, current_link, head_of_line, last_sent, link_by_id, refuse_sent, send_again,
    set_answered, set_trouble,
};

/// How often a beat is sent where no report is.
const BEAT_MS: i64 = HOUR_MS;
/// Reports of one round.
const ROUND: usize = 400;

/// Brings reports up. Cloning it is cheap.
#[derive(Clone)]
pub struct Messenger {
    db: Db,
    wire: Arc<Wire>,
}

impl Messenger {
    /// Over an open database.
    pub fn new(db: Db) -> Self {
        Self { db, wire: Arc::default() }
    }

    /// Runs for the life of the process, once a second.
    pub async fn run_forever(self) {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            match self.run_due().await {
                Ok(_) => {}
                Err(Stop::Fault(fault)) => tracing::error!(%fault, "reports could not be sent upwards"),
                Err(_) => tracing::warn!("reports could not be sent upwards"),
            }
        }
    }

    /// Sends what is due; how many calls succeeded.
    ///
    /// # Errors
    /// Faults of the store. What the upper installation says stays with the report.
    pub async fn run_due(&self) -> Outcome<usize> {
        let Some(link) = self.db.read(current_link).await? else { return Ok(0) };
        match link.state {
            LinkState::Confirming => self.prove(&link).await.map(usize::from),
            LinkState::Active => self.round(link).await,
            LinkState::Waiting | LinkState::Ended => Ok(0),
        }
    }

    fn now(&self) -> Millis {
        self.db.clock().now()
    }

    /// Calls on a thread that may wait.
    async fn call<A: Send + 'static>(
        &self,
        work: impl FnOnce(&Wire, &Db) -> Result<A, Why> + Send + 'static,
    ) -> Result<A, Why> {
        let (wire, db) = (self.wire.clone(), self.db.clone());
        let done = tokio::task::spawn_blocking(move || work(&wire, &db)).await;
        done.unwrap_or(Err(Why::Unreachable))
    }

    /// Takes the link's next try; false when it is not due or another process has it.
    async fn claim(&self, link: &Link) -> Outcome<bool> {
        let now = self.now();
        if link.next > now {
            return Ok(false);
        }
        let (link, next) = (link.clone(), wait_after(link.tries + 1, now));
        self.db.keep_house(move |tx| claim_link(tx.conn, &link, next)).await
    }

    /// Sends the one-time code that was typed.
    async fn prove(&self, link: &Link) -> Outcome<bool> {
        let id = link.id;
        let sealed =
            self.db.read(move |conn| Ok(link_by_id(conn, id)?.and_then(|(_, sealed)| sealed))).await?;
        let Some(sealed) = sealed.filter(|_| link.next <= self.now()) else { return Ok(false) };
        if !self.claim(link).await? {
            return Ok(false);
        }
        let code = self.db.keys().open("upward_link.one_time", id, &sealed)?;
        let (address, at) = (link.address.clone(), self.now());
        let answer = self
            .call(move |wire, db| {
                let purpose = Link::purpose(id);
                let key = PublicKey::of(&db.keys().public_for(&purpose)).as_str().to_owned();
                wire.say::<_, LinkAnswer>(
                    &address,
                    (Said::Link, at),
                    &LinkAsk { key, code },
                    (db.keys(), &purpose),
                )
            })
            .await;
        match answer {
            Ok(told) => {
                let at = self.now();
                self.db.keep_house(move |tx| confirm_link(tx, at, id, told.installation.raw())).await?;
                Ok(true)
            }
            // A clock that is off can be mended while the code still holds; a wrong code cannot.
            Err(why) if why.may_pass() && why != Why::Signature => {
                self.db.keep_house(move |tx| set_trouble(tx.conn, id, why, LinkState::Confirming)).await?;
                Ok(false)
            }
            Err(why) => {
                self.db.write(move |tx| fail_code(tx, at, id, why)).await?;
                Ok(false)
            }
        }
    }

    /// The reports that wait, then a beat where none was sent for an hour.
    async fn round(&self, link: Link) -> Outcome<usize> {
        let id = link.id;
        let mut brought = 0;
        while brought < ROUND {
            let Some(sent) = self.db.read(move |conn| head_of_line(conn, id)).await? else { break };
            let now = self.now();
            if sent.next > now {
                return Ok(brought);
            }
            let (mine, next) = (sent.clone(), wait_after(sent.tries + 1, now));
            if !self.db.keep_house(move |tx| claim_sent(tx.conn, &mine, next)).await? {
                return Ok(brought);
            }
            match self.bring(&link, &sent).await? {
                Ok(()) => brought += 1,
                Err(why) if why.may_pass() => return Ok(brought),
                // It will not be taken; those behind it may.
                Err(_) => {}
            }
        }
        if brought == 0 && self.claim(&link).await? {
            brought += usize::from(self.beat(&link).await?);
        }
        Ok(brought)
    }

    /// Brings one report, and keeps what was answered.
    async fn bring(&self, link: &Link, sent: &Sent) -> Outcome<Result<(), Why>> {
        let (id, address, body, at) = (link.id, link.address.clone(), sent.body.clone(), self.now());
        let answer: Result<ReportAnswer, Why> = self
            .call(move |wire, db| {
                wire.send(&address, (Said::Report, at), &body, (db.keys(), &Link::purpose(id)))
            })
            .await;
        let answer = match answer {
            Ok(told) if told.digest != sent.digest => Err(Why::Strange),
            other => other,
        };
        let at = self.now();
        match answer {
            Ok(told) => {
                let done = sent.clone();
                // Another process may have been told before: then nothing is left to be noted.
                self.db.keep_house(move |tx| acknowledge_report(tx, at, &done)).await?;
                self.note(id, BeatAnswer { last_sequence: told.last_sequence, missing: told.missing })
                    .await?;
                Ok(Ok(()))
            }
            Err(why) => {
                let done = sent.clone();
                if why.may_pass() {
                    self.db
                        .keep_house(move |tx| {
                            refuse_sent(tx.conn, done.id, why)?;
                            set_trouble(tx.conn, id, why, LinkState::Active)
                        })
                        .await?;
                } else {
                    self.db.write(move |tx| reject_report(tx, at, &done, why)).await?;
                }
                Ok(Err(why))
            }
        }
    }

    /// What the upper installation holds: what it has lost goes again.
    async fn note(&self, link: i64, told: BeatAnswer) -> Outcome<()> {
        let at = self.now();
        self.db
            .keep_house(move |tx| {
                set_answered(tx.conn, link, told.last_sequence, at, at.plus(BEAT_MS))?;
                send_again(tx.conn, link, &told.missing, at).map(drop)
            })
            .await
    }

    async fn beat(&self, link: &Link) -> Outcome<bool> {
        let (id, address, installation, at) = (link.id, link.address.clone(), link.installation, self.now());
        let last_sequence = self.db.read(move |conn| last_sent(conn, id)).await?;
        let answer: Result<BeatAnswer, Why> = self
            .call(move |wire, db| {
                let beat = Beat { installation: Id::of(installation), last_sequence };
                wire.say(&address, (Said::Beat, at), &beat, (db.keys(), &Link::purpose(id)))
            })
            .await;
        match answer {
            Ok(told) => {
                self.note(id, told).await?;
                Ok(true)
            }
            Err(why) => {
                self.db.keep_house(move |tx| set_trouble(tx.conn, id, why, LinkState::Active)).await?;
                Ok(false)
            }
        }
    }
}
