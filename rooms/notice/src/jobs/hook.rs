//! Signed messages to another system (回调): that something of a kind happened in a county, and when. Neither the record, nor a
//! unit, nor anybody is named, so that nobody can follow a person with it (RIGHTS.md N11, N13, N18).

use serde_json::json;
use ureq::Agent;

use super::{Carrier, http};
use crate::model::{Message, Trouble};
use crate::rules::signature;

/// The other system.
pub struct HookCarrier {
    agent: Agent,
    url: String,
    secret: String,
}

impl HookCarrier {
    /// At an address, signing with a secret that both know.
    pub fn new(url: &str, secret: &str) -> Self {
        Self { agent: http::agent(), url: url.to_owned(), secret: secret.to_owned() }
    }
}

impl Carrier for HookCarrier {
    fn carry(&self, m: &Message) -> Result<(), Trouble> {
        let body =
            json!({ "id": m.id, "kind": m.kind.code(), "county": m.county, "made_ms": m.made.0 }).to_string();
        let seconds = m.now.0.div_euclid(1_000);
        let signed = signature(&self.secret, &m.id, seconds, &body);
        let stamp = seconds.to_string();
        let headers = [
            ("linli-id", m.id.as_str()),
            ("linli-timestamp", stamp.as_str()),
            ("linli-signature", signed.as_str()),
            ("idempotency-key", m.id.as_str()),
        ];
        http::post(&self.agent, &self.url, &headers, &body)
    }
}
