//! Form tokens (防伪令牌). A token is a keyed digest of the session (or, without one, of a random
//! cookie), masked anew for every answer so that a compressed page does not leak it.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, Method, header};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// What the tokens of one browser are derived from.
#[derive(Clone)]
pub(crate) struct Seed {
    base: [u8; 32],
}

impl Seed {
    fn derive(key: [u8; 32], kind: &[u8], bytes: &[u8]) -> Self {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key)
            .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        mac.update(kind);
        mac.update(bytes);
        Self { base: mac.finalize().into_bytes().into() }
    }

    /// For a browser with a session, from the session's digest.
    pub fn session(key: [u8; 32], digest: &[u8]) -> Self {
        Self::derive(key, b"session", digest)
    }

    /// For a browser without one, from its random cookie.
    pub fn anonymous(key: [u8; 32], cookie: [u8; 16]) -> Self {
        Self::derive(key, b"anonymous", &cookie)
    }

    /// A token under `mask`.
    pub fn token(&self, mask: [u8; 32]) -> String {
        let mut both = [0; 64];
        both[..32].copy_from_slice(&mask);
        for (at, byte) in self.base.iter().enumerate() {
            both[32 + at] = byte ^ mask[at];
        }
        BASE64_URL_SAFE_NO_PAD.encode(both)
    }

    /// Whether a token is one of this browser's.
    pub fn accepts(&self, token: &str) -> bool {
        let Ok(both) = BASE64_URL_SAFE_NO_PAD.decode(token) else { return false };
        let Some((mask, masked)) = both.split_at_checked(32) else { return false };
        if masked.len() != 32 {
            return false;
        }
        let bare: Vec<u8> = masked.iter().zip(mask).map(|(a, b)| a ^ b).collect();
        bare.ct_eq(&self.base).into()
    }
}

/// Whether a method may change something.
pub(crate) fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether the browser says that the request comes from one of our own pages. Old browsers say
/// nothing; for them the token alone decides.
pub(crate) fn same_site(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|v| v.to_str().unwrap_or("?"));
    if let Some(from) = text("sec-fetch-site") {
        return matches!(from, "same-origin" | "none");
    }
    let Some(origin) = text("origin") else { return true };
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let origin_host = origin.split_once("://").map(|(_, host)| host);
    origin == public_url || (!host.is_empty() && origin_host == Some(host))
}

/// Whether another site may have made the browser ask for this address, and can guess with it (decision 11). Browsers
/// say so over https; one that does not is believed where the address has nothing to guess with.
pub(crate) fn may_be_guessing(headers: &HeaderMap, has_query: bool) -> bool {
    match headers.get("sec-fetch-site").map(|v| v.to_str().unwrap_or("?")) {
        Some(from) => !matches!(from, "same-origin" | "none"),
        None => has_query,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_its_browser_under_every_mask() {
        let one = Seed::anonymous([1; 32], [2; 16]);
        let other = Seed::anonymous([1; 32], [3; 16]);
        let session = Seed::session([1; 32], &[2; 16]);
        for mask in [[0; 32], [255; 32], [7; 32]] {
            let token = one.token(mask);
            assert!(one.accepts(&token));
            assert!(!other.accepts(&token) && !session.accepts(&token));
        }
        assert_ne!(one.token([1; 32]), one.token([2; 32]));
    }

    #[test]
    fn rubbish_is_no_token() {
        let seed = Seed::anonymous([1; 32], [2; 16]);
        for text in ["", "x", "AAAA", &"A".repeat(86), &"A".repeat(400)] {
            assert!(!seed.accepts(text));
        }
    }

    #[test]
    fn only_our_own_pages_are_same_site() {
        let said = |pairs: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, value.parse().unwrap());
            }
            same_site(&headers, "https://linli.example")
        };
        assert!(said(&[("sec-fetch-site", "same-origin")]));
        assert!(!said(&[("sec-fetch-site", "same-site")]));
        assert!(!said(&[("sec-fetch-site", "cross-site"), ("origin", "https://linli.example")]));
        assert!(said(&[("origin", "https://linli.example")]));
        assert!(said(&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")]));
        assert!(!said(&[("origin", "https://evil.example"), ("host", "linli.example")]));
        assert!(!said(&[("origin", "null"), ("host", "linli.example")]));
        assert!(said(&[]));
    }
}
