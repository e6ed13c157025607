//! The signature of a message to another system (回调签名): HMAC-SHA256 over number, instant and body, so that nobody can change one,
//! send an old one again, or put one body under another number.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What is signed.
fn signed_text(id: &str, seconds: i64, body: &str) -> String {
    format!("{id}.{seconds}.{body}")
}

/// The signature as the header carries it: `v1=` and 64 hexadecimal digits.
pub fn signature(secret: &str, id: &str, seconds: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
    mac.update(signed_text(id, seconds, body).as_bytes());
    let bytes = mac.finalize().into_bytes();
    bytes.iter().fold("v1=".to_owned(), |mut out, b| {
        use std::fmt::Write;
        let _ = write!(out, "{b:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_of_number_instant_body_and_key() {
        let one = signature("key", "0abc", 1_772_413_200, "{}");
        // Counted by another program: printf '0abc.1772413200.{}' | openssl dgst -sha256 -hmac key
        assert_eq!(one, "v1=6c35a85b9e643c06b2753683683c189dc3a3d13f7a16cbad38992e52e1c47887");
        for other in [
            signature("kez", "0abc", 1_772_413_200, "{}"),
            signature("key", "0abd", 1_772_413_200, "{}"),
            signature("key", "0abc", 1_772_413_201, "{}"),
            signature("key", "0abc", 1_772_413_200, "{ }"),
        ] {
            assert_ne!(one, other);
        }
    }
}
