//! A fact (事实): what the journal keeps of a deed. References, field names, closed words and
//! salted digests; there is no way to put a run-time text into one, so personal text cannot get in.

use base::Act;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// One journal entry in the making.
#[derive(Debug, Clone)]
pub struct Fact {
    pub(crate) kind: &'static str,
    pub(crate) act: Act,
    pub(crate) subject_kind: &'static str,
    pub(crate) subject_id: i64,
    pub(crate) county: i64,
    pub(crate) body: Map<String, Value>,
    digests: Vec<(&'static str, [u8; 32])>,
}

impl Fact {
    /// `kind` is `<room>.<noun>_<participle>`; the subject is the record that it is about.
    pub fn new(kind: &'static str, act: Act, subject_kind: &'static str, subject_id: i64) -> Self {
        Self { kind, act, subject_kind, subject_id, county: 0, body: Map::new(), digests: Vec::new() }
    }

    /// The county-level division in whose casework it stands (decision 5 of the plan).
    #[must_use]
    pub fn county(mut self, id: i64) -> Self {
        self.county = id;
        self
    }

    /// A word of the source code, such as a stage.
    #[must_use]
    pub fn set(mut self, name: &'static str, word: &'static str) -> Self {
        self.body.insert(name.to_owned(), Value::from(word));
        self
    }

    /// A number.
    #[must_use]
    pub fn int(mut self, name: &'static str, value: i64) -> Self {
        self.body.insert(name.to_owned(), Value::from(value));
        self
    }

    /// A reference to another record.
    #[must_use]
    pub fn id(mut self, name: &'static str, raw: i64) -> Self {
        self.body.insert(name.to_owned(), Value::from(base::Id::<()>::of(raw).to_string()));
        self
    }

    /// The digest of a text or of bytes, salted with the entry's own salt when it is recorded: it
    /// proves later what stood there, and says nothing once the salt is erased.
    #[must_use]
    pub fn digest(mut self, name: &'static str, content: impl AsRef<[u8]>) -> Self {
        self.digests.push((name, Sha256::digest(content.as_ref()).into()));
        self
    }

    /// The body as canonical JSON text under `salt`.
    pub(crate) fn body_text(&self, salt: &[u8]) -> String {
        let mut body = self.body.clone();
        for (name, digest) in &self.digests {
            let salted = Sha256::new().chain_update(salt).chain_update(digest).finalize();
            body.insert((*name).to_owned(), Value::from(format!("#{}", hex(&salted[..16]))));
        }
        Value::Object(body).to_string()
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

/// Reads hexadecimal back; `None` if it is not.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Millis;

    #[test]
    fn a_text_leaves_only_a_salted_digest() {
        let fact = Fact::new("x.done", Act::system(Millis(1)), "x", 1).digest("reason", "张三家漏水");
        let one = fact.body_text(b"salt one");
        let two = fact.body_text(b"salt two");
        assert!(!one.contains("张三"));
        assert_ne!(one, two);
    }

    #[test]
    fn hexadecimal_reads_back() {
        assert_eq!(unhex(&hex(&[0, 255, 16])), Some(vec![0, 255, 16]));
        assert_eq!(unhex("0"), None);
        assert_eq!(unhex("zz"), None);
    }
}
