//! The two ends of a link.

use base::{Invalid, Millis, Outcome};
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::civil::Date;

use super::{DivisionCode, Report};

web::names! {
    /// How often a report is made (上报频度).
    pub enum Cadence {
        /// After each day.
        Daily = "daily",
        /// After each day, and each hour one of the running day, without categories.
        Hourly = "hourly",
    }
}

web::names! {
    /// How the link to the upper installation stands (上联状态).
    pub enum LinkState {
        /// The key is shown; the upper installation's code is awaited.
        Waiting = "waiting",
        /// The code was typed and is on its way.
        Confirming = "confirming",
        /// Reports go up.
        Active = "active",
        /// Over.
        Ended = "ended",
    }
}

web::names! {
    /// How a report stands at the lower end (上报状态).
    pub enum SentState {
        /// It will be sent, or sent again.
        Waiting = "waiting",
        /// The upper installation has it.
        Acknowledged = "acknowledged",
        /// The upper installation will not have it.
        Refused = "refused",
    }
}

web::names! {
    /// How a lower installation stands at the upper end (下级状态).
    pub enum InstallationState {
        /// Registered; its code was not used yet.
        Waiting = "waiting",
        /// It reports.
        Active = "active",
        /// No longer heard.
        Ended = "ended",
    }
}

web::names! {
    /// Why a report was not taken, or not brought (未收原因).
    pub enum Why {
        /// Nobody registered with this key signed it.
        Signature = "signature",
        /// It is not written as reports are.
        Shape = "shape",
        /// Another report stands under its number.
        Changed = "changed",
        /// The clocks of the two differ too much.
        Skew = "skew",
        /// Its day is not over, or has not begun.
        Future = "future",
        /// Its day is too long ago.
        Old = "old",
        /// Its number is out of all order.
        Sequence = "sequence",
        /// A division for which the installation does not report.
        Foreign = "foreign",
        /// Its categories do not add up.
        Sums = "sums",
        /// A category is too small to be told apart.
        Small = "small",
        /// The one-time code is wrong or has run out.
        Code = "code",
        /// Nobody answers.
        Unreachable = "unreachable",
        /// The answer took too long.
        Slow = "slow",
        /// The certificate is not trusted.
        Unsafe = "unsafe",
        /// The upper installation has trouble, or too much to do.
        Busy = "busy",
        /// What answers there is no installation of ours.
        Strange = "strange",
    }
}

impl Why {
    /// The catalogue's key.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Signature => "upward.why.signature",
            Self::Shape => "upward.why.shape",
            Self::Changed => "upward.why.changed",
            Self::Skew => "upward.why.skew",
            Self::Future => "upward.why.future",
            Self::Old => "upward.why.old",
            Self::Sequence => "upward.why.sequence",
            Self::Foreign => "upward.why.foreign",
            Self::Sums => "upward.why.sums",
            Self::Small => "upward.why.small",
            Self::Code => "upward.why.code",
            Self::Unreachable => "upward.why.unreachable",
            Self::Slow => "upward.why.slow",
            Self::Unsafe => "upward.why.unsafe",
            Self::Busy => "upward.why.busy",
            Self::Strange => "upward.why.strange",
        }
    }

    /// The HTTP status with which the upper installation says it.
    pub const fn status(self) -> u16 {
        match self {
            Self::Signature | Self::Code => 401,
            Self::Shape => 422,
            _ => 409,
        }
    }

    /// Whether the same report may be taken later.
    pub const fn may_pass(self) -> bool {
        matches!(
            self,
            Self::Signature
                | Self::Skew
                | Self::Future
                | Self::Unreachable
                | Self::Slow
                | Self::Unsafe
                | Self::Busy
                | Self::Strange
        )
    }
}

/// The codes that an installation reports for (上报区划).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Codes(Vec<DivisionCode>);

/// Divisions of one installation.
const MOST_CODES: usize = 20;

impl Codes {
    /// Reads codes with blanks or commas between them.
    ///
    /// # Errors
    /// Invalid when there is none, too many, or one is no code.
    pub fn read(text: &str) -> Outcome<Self> {
        let parts = text.split(|c: char| c.is_whitespace() || [',', '，', '、'].contains(&c));
        let parts: Vec<&str> = parts.filter(|p| !p.is_empty()).collect();
        let mut codes: Vec<DivisionCode> = parts.iter().filter_map(|p| DivisionCode::parse(p)).collect();
        if parts.is_empty() || codes.len() != parts.len() || parts.len() > MOST_CODES {
            return Err(Invalid::field("codes", "upward.field.codes").into());
        }
        codes.sort();
        codes.dedup();
        Ok(Self(codes))
    }

    /// What the table keeps.
    pub fn of_stored(text: &str) -> Self {
        Self(text.split(' ').filter_map(DivisionCode::parse).collect())
    }

    /// For the table and the screen.
    pub fn text(&self) -> String {
        self.0.iter().map(DivisionCode::as_str).collect::<Vec<_>>().join(" ")
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &DivisionCode> {
        self.0.iter()
    }

    /// Whether it is one of them.
    pub fn has(&self, code: &DivisionCode) -> bool {
        self.0.contains(code)
    }
}

/// What an installation is called (系统名称).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StationName(String);

impl StationName {
    /// Reads a name.
    ///
    /// # Errors
    /// Invalid when it is empty or long.
    pub fn read(text: &str) -> Outcome<Self> {
        let text = text.trim();
        let fine = (1..=40).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if fine { Ok(Self(text.to_owned())) } else { Err(Invalid::field("name", "upward.field.name").into()) }
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where the upper installation is (上级网址).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// Reads an address: `https://` and a host; `http://` only for the machine itself.
    ///
    /// # Errors
    /// Invalid otherwise.
    pub fn read(text: &str) -> Outcome<Self> {
        let text = text.trim().trim_end_matches('/');
        let host = text.strip_prefix("https://").or_else(|| {
            let own = |h: &&str| ["127.0.0.1", "localhost", "[::1]"].contains(&bare(h));
            text.strip_prefix("http://").filter(own)
        });
        let fine = host.is_some_and(|h| {
            !h.is_empty()
                && h.len() <= 200
                && h.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:[]/_".contains(&b))
        });
        if fine {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid::field("address", "upward.field.address").into())
        }
    }

    /// Its text, without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A host without its port.
fn bare(host: &str) -> &str {
    let host = host.split('/').next().unwrap_or_default();
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

/// A public key (Ed25519 公钥), in Base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(String);

impl PublicKey {
    /// Reads a key.
    ///
    /// # Errors
    /// Invalid when it is not 32 bytes in Base64.
    pub fn read(text: &str) -> Outcome<Self> {
        let text = text.trim();
        let bytes = BASE64_STANDARD.decode(text).unwrap_or_default();
        if bytes.len() == 32 {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid::field("key", "upward.field.key").into())
        }
    }

    /// Writes a key.
    pub fn of(bytes: &[u8; 32]) -> Self {
        Self(BASE64_STANDARD.encode(bytes))
    }

    /// Its bytes.
    pub fn bytes(&self) -> [u8; 32] {
        BASE64_STANDARD.decode(&self.0).ok().and_then(|b| b.try_into().ok()).unwrap_or_default()
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A one-time code (一次性配对码), shown once at the upper end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTime(String);

impl OneTime {
    /// Letters of a code.
    pub const LETTERS: usize = 16;

    /// Reads a code; blanks and hyphens that help the eye are left out.
    ///
    /// # Errors
    /// Invalid when it is no code.
    pub fn read(text: &str) -> Outcome<Self> {
        let text: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let fine = text.len() == Self::LETTERS && text.bytes().all(|b| b.is_ascii_alphanumeric());
        if fine { Ok(Self(text)) } else { Err(Invalid::field("code", "upward.field.code").into()) }
    }

    /// Its letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The link to the upper installation (上联).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its id.
    pub id: i64,
    /// Where the upper one is.
    pub address: String,
    /// What this installation is called there.
    pub name: String,
    /// What it reports for.
    pub codes: Codes,
    /// How often.
    pub cadence: Cadence,
    /// How it stands.
    pub state: LinkState,
    /// Its number there; 0 before.
    pub installation: i64,
    /// The first day that is reported.
    pub first_day: Date,
    /// The highest sequence number that the upper one has told.
    pub told_sequence: i64,
    /// When the upper one answered last.
    pub answered: Option<Millis>,
    /// Tries since.
    pub tries: i64,
    /// When the code or a beat is due.
    pub next: Millis,
    /// What was wrong with the last try.
    pub trouble: Option<Why>,
    /// When it was made.
    pub made: Millis,
}

impl Link {
    /// For what the pair of keys of this link signs: each link has its own.
    pub fn purpose(id: i64) -> String {
        format!("upward link {id}")
    }
}

/// What a link is made of.
#[derive(Debug, Clone)]
pub struct NewLink {
    /// Where the upper one is.
    pub address: Address,
    /// What this installation is called.
    pub name: StationName,
    /// What it reports for.
    pub codes: Codes,
    /// How often.
    pub cadence: Cadence,
    /// The first day that is reported.
    pub first_day: Date,
}

/// A report at the lower end (已制作的日报).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Its id.
    pub id: i64,
    /// The link that it goes by.
    pub link: i64,
    /// Its number.
    pub sequence: i64,
    /// Its day.
    pub day: Date,
    /// Which report of the day.
    pub revision: i64,
    /// Whether the day was over.
    pub is_complete: bool,
    /// SHA-256 of its bytes.
    pub digest: String,
    /// Its bytes.
    pub body: String,
    /// When it was made.
    pub made: Millis,
    /// How it stands.
    pub state: SentState,
    /// How often it was tried.
    pub tries: i64,
    /// When the next try is due.
    pub next: Millis,
    /// When the upper one answered.
    pub answered: Option<Millis>,
    /// What was wrong with the last try.
    pub trouble: Option<Why>,
}

impl Sent {
    /// What it says; none where a later release writes otherwise.
    pub fn report(&self) -> Option<Report> {
        serde_json::from_str(&self.body).ok()
    }
}

/// A lower installation (下级系统).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// Its id, which it says in every report.
    pub id: i64,
    /// What it is called.
    pub name: String,
    /// What it reports for.
    pub codes: Codes,
    /// With which key.
    pub key: PublicKey,
    /// The digest of its code; empty when it was used.
    pub code_digest: String,
    /// Until when the code can be used.
    pub code_until: Millis,
    /// How it stands.
    pub state: InstallationState,
    /// The first day that is expected.
    pub first_day: Date,
    /// The highest sequence number that is kept.
    pub last_sequence: i64,
    /// When it was heard last.
    pub heard: Option<Millis>,
    /// When it was registered.
    pub made: Millis,
}

/// What an installation is registered with.
#[derive(Debug, Clone)]
pub struct NewInstallation {
    /// What it is called.
    pub name: StationName,
    /// What it reports for.
    pub codes: Codes,
    /// With which key.
    pub key: PublicKey,
    /// The first day that is expected.
    pub first_day: Date,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_safe_or_on_the_machine_itself() {
        for good in [
            "https://city.example",
            "https://city.example:8443/linli/",
            "http://127.0.0.1:8420",
            "http://[::1]:80",
        ] {
            assert!(Address::read(good).is_ok(), "{good}");
        }
        for bad in [
            "http://city.example",
            "city.example",
            "https://",
            "https://a b",
            "https://me:pw@x",
            "ftp://x",
            "https://x?y",
        ] {
            assert!(Address::read(bad).is_err(), "{bad}");
        }
        assert_eq!(
            Address::read("https://x/").unwrap_or_else(|_| unreachable!("it is one")).as_str(),
            "https://x"
        );
    }

    #[test]
    fn codes_are_read_sorted_and_once() {
        let codes = Codes::read("620621000000， 620602000000 620602000000").ok().map(|c| c.text());
        assert_eq!(codes.as_deref(), Some("620602000000 620621000000"));
        assert!(Codes::read("").is_err() && Codes::read("凉州区").is_err());
        assert_eq!(Codes::of_stored("620602000000").text(), "620602000000");
    }

    #[test]
    fn a_code_is_read_with_the_marks_that_help_the_eye() {
        assert_eq!(
            OneTime::read(" ABCD-efgh jkmn-0123 ").ok().map(|c| c.0),
            Some("ABCDEFGHJKMN0123".to_owned())
        );
        assert!(OneTime::read("abcd").is_err());
    }

    #[test]
    fn a_key_reads_back() {
        let key = PublicKey::of(&[7; 32]);
        assert_eq!(PublicKey::read(key.as_str()).ok(), Some(key.clone()));
        assert_eq!(key.bytes(), [7; 32]);
        assert!(PublicKey::read("AAAA").is_err());
    }
}
