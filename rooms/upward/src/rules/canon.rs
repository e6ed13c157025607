//! How a report is written (规范写法): JSON without blanks, fields in the order of the types, rows in the order of their codes. What is
//! written otherwise is not taken, so that equal reports have equal digests.

use std::fmt::Write;

use base::Millis;
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::model::{Report, Row, Why};

/// What is signed: a signature for one says nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// A report.
    Report,
    /// A beat.
    Beat,
    /// The one-time code.
    Link,
}

impl Said {
    /// Where it is said.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Report => "/api/v1/upward/reports",
            Self::Beat => "/api/v1/upward/beats",
            Self::Link => "/api/v1/upward/links",
        }
    }
}

/// The bytes that are signed: what it is, when it was said (milliseconds since 1970), and the body.
pub fn signed_text(what: Said, at: Millis, body: &str) -> String {
    format!("linli-upward-1\n{}\n{}\n{body}", what.path(), at.0)
}

/// Writes it.
pub fn encode<T: Serialize>(said: &T) -> String {
    serde_json::to_string(said).unwrap_or_else(|_| unreachable!("codes, days and numbers have a JSON form"))
}

/// Reads it.
///
/// # Errors
/// [`Why::Shape`] when it is not written as [`encode`] writes it.
pub fn decode<T: Serialize + DeserializeOwned>(body: &[u8]) -> Result<T, Why> {
    let said: T = serde_json::from_slice(body).map_err(|_| Why::Shape)?;
    if encode(&said).as_bytes() == body { Ok(said) } else { Err(Why::Shape) }
}

/// SHA-256 in hexadecimal.
pub fn digest(body: &str) -> String {
    Sha256::digest(body.as_bytes()).iter().fold(String::with_capacity(64), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

/// The digest of what a report says of its day, whatever its number and instant: equal ones need not be sent again.
pub fn numbers_digest(report: &Report) -> String {
    let said: (&bool, &Vec<_>, &Vec<Row>) = (&report.complete, &report.missing, &report.rows);
    digest(&encode(&said))
}

#[cfg(test)]
mod tests {
    use base::Id;
    use jiff::civil::date;

    use super::*;
    use crate::model::{CategoryCode, DivisionCode, Numbers};

    fn report() -> Report {
        let division = DivisionCode::parse("620602000000").unwrap_or_else(|| unreachable!("it is one"));
        Report {
            installation: Id::of(7),
            sequence: 1,
            day: date(2026, 3, 2),
            revision: 0,
            complete: true,
            made_ms: Millis(1),
            missing: Vec::new(),
            rows: vec![Row {
                division,
                category: CategoryCode::any(),
                numbers: Numbers { received: 3, ..Numbers::default() },
            }],
        }
    }

    #[test]
    fn a_report_reads_back_and_another_spelling_is_not_taken() {
        let text = encode(&report());
        assert_eq!(decode::<Report>(text.as_bytes()), Ok(report()));
        for bad in [
            text.replace(':', ": "),
            text.replacen("{", "{\"note\":\"x\",", 1),
            text.replace("\"category\":\"\"", "\"category\":\"张三家漏水\""),
            text.replace("620602000000", "凉州区"),
            text.replace("\"received\":3", "\"received\":3.0"),
            text.replace("\"received\":3,", ""),
            String::new(),
        ] {
            assert_eq!(decode::<Report>(bad.as_bytes()), Err(Why::Shape), "{bad}");
        }
    }

    #[test]
    fn equal_numbers_have_equal_digests_whatever_their_number() {
        let (one, mut two) = (report(), report());
        (two.sequence, two.revision, two.made_ms) = (2, 1, Millis(9));
        assert_eq!(numbers_digest(&one), numbers_digest(&two));
        assert_ne!(digest(&encode(&one)), digest(&encode(&two)));
        two.rows[0].numbers.received = 4;
        assert_ne!(numbers_digest(&one), numbers_digest(&two));
    }

    #[test]
    fn a_signature_is_for_one_thing_at_one_instant() {
        let all = [
            signed_text(Said::Report, Millis(1), "{}"),
            signed_text(Said::Beat, Millis(1), "{}"),
            signed_text(Said::Link, Millis(1), "{}"),
            signed_text(Said::Report, Millis(2), "{}"),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(all[..at].iter().all(|other| other != one));
        }
    }
}
