//! Text messages through a gateway (短信网关): `POST` of `{"id", "to", "text"}` with the number of the letter as `Idempotency-Key`. What
//! a provider wants instead is the business of a small bridge on the operator's side.

use serde_json::json;
use ureq::Agent;

use super::{Carrier, http};
use crate::model::{Message, Trouble};

/// The gateway.
pub struct SmsCarrier {
    agent: Agent,
    url: String,
    bearer: String,
}

impl SmsCarrier {
    /// A gateway at an address, with the word that lets us in; empty for none.
    pub fn new(url: &str, token: &str) -> Self {
        let bearer = if token.is_empty() { String::new() } else { format!("Bearer {token}") };
        Self { agent: http::agent(), url: url.to_owned(), bearer }
    }
}

impl Carrier for SmsCarrier {
    fn carry(&self, m: &Message) -> Result<(), Trouble> {
        let text = if m.link.is_empty() { m.text.clone() } else { format!("{} {}", m.text, m.link) };
        let body = json!({ "id": m.id, "to": m.to, "text": text }).to_string();
        let mut headers = vec![("idempotency-key", m.id.as_str())];
        if !self.bearer.is_empty() {
            headers.push(("authorization", self.bearer.as_str()));
        }
        http::post(&self.agent, &self.url, &headers, &body)
    }
}
