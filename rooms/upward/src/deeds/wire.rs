//! One call to the upper installation (调用上级): signed, over the same client as the webhooks, and its answer read into what it means.

use base::Millis;
use base64::{Engine, prelude::BASE64_STANDARD};
use notice::Problem;
use serde::{Serialize, de::DeserializeOwned};
use store::Keys;
use ureq::Agent;
use web::Names;

use crate::model::{PublicKey, Why};
use crate::rules::{Said, encode, signed_text};

/// Bytes of an answer.
const ANSWER_BYTES: u64 = 64 * 1024;
/// The header of the instant at which it was said, in milliseconds since 1970.
pub const STAMP: &str = "linli-timestamp";
/// The header of the signature, in Base64.
pub const SIGNATURE: &str = "linli-signature";

/// The client.
pub struct Wire {
    agent: Agent,
}

impl Default for Wire {
    fn default() -> Self {
        Self { agent: notice::agent() }
    }
}

/// Whether the holder of this key has said this at that instant.
pub fn signature_holds(key: &PublicKey, what: Said, at: Millis, body: &str, signature: &str) -> bool {
    let bytes: Option<[u8; 64]> = BASE64_STANDARD.decode(signature).ok().and_then(|b| b.try_into().ok());
    bytes.is_some_and(|s| Keys::is_signed(&key.bytes(), signed_text(what, at, body).as_bytes(), &s))
}

impl Wire {
    /// Says something to the installation at an address and reads its answer. Blocks.
    ///
    /// # Errors
    /// Why it was not taken, or not brought.
    pub fn say<Q: Serialize, A: DeserializeOwned>(
        &self,
        address: &str,
        (what, at): (Said, Millis),
        said: &Q,
        (keys, purpose): (&Keys, &str),
    ) -> Result<A, Why> {
        self.send(address, (what, at), &encode(said), (keys, purpose))
    }

    /// The same with a body that is written already.
    ///
    /// # Errors
    /// As for [`Wire::say`].
    pub fn send<A: DeserializeOwned>(
        &self,
        address: &str,
        (what, at): (Said, Millis),
        body: &str,
        (keys, purpose): (&Keys, &str),
    ) -> Result<A, Why> {
        let signature = keys.sign(purpose, signed_text(what, at, body).as_bytes());
        let sent = self
            .agent
            .post(format!("{address}{}", what.path()))
            .header("content-type", "application/json")
            .header(STAMP, at.0.to_string())
            .header(SIGNATURE, BASE64_STANDARD.encode(signature))
            .send(body);
        let mut answer = sent.map_err(|e| why_of(&e))?;
        let status = answer.status().as_u16();
        let text = answer.body_mut().with_config().limit(ANSWER_BYTES).read_to_string();
        let text = text.map_err(|e| why_of(&e))?;
        if status == 200 {
            return serde_json::from_str(&text).map_err(|_| Why::Strange);
        }
        Err(told(status, &text))
    }
}

fn why_of(error: &ureq::Error) -> Why {
    match notice::trouble(error).problem {
        Problem::Slow => Why::Slow,
        Problem::Unsafe => Why::Unsafe,
        _ => Why::Unreachable,
    }
}

/// What an answer that is not a success means.
fn told(status: u16, text: &str) -> Why {
    #[derive(serde::Deserialize)]
    struct Coded {
        code: String,
    }
    let code = serde_json::from_str::<Coded>(text).map(|c| c.code).unwrap_or_default();
    let named = Why::ALL.iter().copied().find(|why| why.key() == code);
    match (named, status) {
        (Some(why), _) => why,
        (None, 408 | 425 | 429 | 500..=599) => Why::Busy,
        (None, _) => Why::Strange,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_into_its_meaning() {
        assert_eq!(told(409, "{\"code\":\"upward.why.skew\",\"status\":409}"), Why::Skew);
        assert_eq!(told(503, "{\"code\":\"stop.busy\"}"), Why::Busy);
        assert_eq!(told(502, "<html>"), Why::Busy);
        assert_eq!(told(404, "<html>"), Why::Strange);
        assert_eq!(told(413, "{\"code\":\"stop.too_large\"}"), Why::Strange);
    }

    #[test]
    fn a_signature_holds_for_its_words_only() {
        let keys = Keys::fresh("test.example");
        let key = PublicKey::of(&keys.public_for("p"));
        let text = signed_text(Said::Report, Millis(5), "{}");
        let signature = BASE64_STANDARD.encode(keys.sign("p", text.as_bytes()));
        let holds = |what, at, body| signature_holds(&key, what, Millis(at), body, &signature);
        assert!(holds(Said::Report, 5, "{}"));
        assert!(
            !holds(Said::Beat, 5, "{}") && !holds(Said::Report, 6, "{}") && !holds(Said::Report, 5, "[]")
        );
        assert!(!signature_holds(&key, Said::Report, Millis(5), "{}", "AAAA"));
    }
}
