//! A letter and its row.

use std::collections::BTreeMap;

use access::Place;
use base::{Id, Millis};
use serde_json::{Value, json};

use super::{Channel, Kind, Sort};

/// What a letter is about (所指记录): the kind of record and its number, from which its address is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A case.
    Case(i64),
    /// An entry of a supervision list.
    Supervision(i64),
    /// A joint meeting.
    Meeting(i64),
    /// A task out of a joint meeting.
    Task(i64),
    /// A sweep.
    Sweep(i64),
    /// Nothing: a trial.
    Nothing,
}

/// The code of a letter about nothing.
const MATTERLESS: &str = "nothing";

impl Subject {
    /// As stored.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Case(_) => "case",
            Self::Supervision(_) => "supervision",
            Self::Meeting(_) => "meeting",
            Self::Task(_) => "task",
            Self::Sweep(_) => "sweep",
            Self::Nothing => MATTERLESS,
        }
    }

    /// The record's number; 0 for none.
    pub const fn id(self) -> i64 {
        match self {
            Self::Case(id) | Self::Supervision(id) | Self::Meeting(id) | Self::Task(id) | Self::Sweep(id) => {
                id
            }
            Self::Nothing => 0,
        }
    }

    /// Reads a row back.
    pub fn of(code: &str, id: i64) -> Self {
        match code {
            "case" => Self::Case(id),
            "supervision" => Self::Supervision(id),
            "meeting" => Self::Meeting(id),
            "task" => Self::Task(id),
            "sweep" => Self::Sweep(id),
            _ => Self::Nothing,
        }
    }

    /// The record's address; the rooms above promise these.
    pub fn path(self) -> Option<String> {
        let begin = match self {
            Self::Case(_) => "/cases",
            Self::Supervision(_) => "/supervision",
            Self::Meeting(_) => "/supervision/meetings",
            Self::Task(_) => "/supervision/tasks",
            Self::Sweep(_) => "/supervision/sweeps",
            Self::Nothing => return None,
        };
        Some(format!("{begin}/{}", Id::<Subject>::of(self.id())))
    }
}

/// A record's number as it stands on receipts, e.g. county, year, count: digits with two dashes and nothing else but one capital before
/// the count, which an entry of a supervision list has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseNumber(String);

impl CaseNumber {
    /// Reads one.
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('-').collect();
        let digits =
            |p: &str, from, to| (from..=to).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit());
        let count = |n: &str| digits(n.strip_prefix(|c: char| c.is_ascii_uppercase()).unwrap_or(n), 3, 9);
        let fits =
            matches!(parts[..], [place, year, n] if digits(place, 2, 12) && digits(year, 4, 4) && count(n));
        fits.then(|| Self(text.to_owned()))
    }

    /// As it is read.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What fills a place of a sentence. There is no way to put a text here that somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Param {
    /// How many.
    Count(i64),
    /// An instant.
    At(Millis),
    /// A case's number; a number that is not shaped like one is told as a dash.
    Number(Option<CaseNumber>),
    /// A unit's id.
    Unit(i64),
    /// A key of the catalogue.
    Word(&'static str),
    /// Some keys of the catalogue.
    Words(Vec<&'static str>),
}

impl Param {
    /// A case's number.
    pub fn number(text: &str) -> Self {
        Self::Number(CaseNumber::parse(text))
    }

    /// Its sort.
    pub fn sort(&self) -> Sort {
        match self {
            Self::Count(_) => Sort::Count,
            Self::At(_) => Sort::At,
            Self::Number(_) => Sort::Number,
            Self::Unit(_) => Sort::Unit,
            Self::Word(_) => Sort::Word,
            Self::Words(_) => Sort::Words,
        }
    }

    fn value(&self) -> Value {
        match self {
            Self::Count(n) => json!(n),
            Self::At(at) => json!(at.0),
            Self::Number(number) => json!(number.as_ref().map(CaseNumber::as_str).unwrap_or_default()),
            Self::Unit(id) => json!(id),
            Self::Word(key) => json!(key),
            Self::Words(keys) => json!(keys),
        }
    }
}

/// The parameters as a row keeps them: read by the kind's own list.
pub fn params_text(params: &[(&'static str, Param)]) -> String {
    let map: serde_json::Map<String, Value> =
        params.iter().map(|(name, p)| ((*name).to_owned(), p.value())).collect();
    Value::Object(map).to_string()
}

/// A kept parameter: a word is a run-time key here, which the catalogue knows or shows as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// How many.
    Count(i64),
    /// An instant.
    At(Millis),
    /// A case's number.
    Number(String),
    /// A unit's id.
    Unit(i64),
    /// A key.
    Word(String),
    /// Some keys.
    Words(Vec<String>),
}

/// The kept parameters of a letter, by their places.
pub type Params = BTreeMap<&'static str, Kept>;

/// Reads a row's parameters back, by the kind's list; what does not fit is left out.
pub fn params_of(kind: Kind, text: &str) -> Params {
    let all: Value = serde_json::from_str(text).unwrap_or_default();
    let read = |(name, sort): &(&'static str, Sort)| {
        let value = all.get(name)?;
        let kept = match sort {
            Sort::Count => Kept::Count(value.as_i64()?),
            Sort::At => Kept::At(Millis(value.as_i64()?)),
            Sort::Number => Kept::Number(value.as_str()?.to_owned()),
            Sort::Unit => Kept::Unit(value.as_i64()?),
            Sort::Word => Kept::Word(value.as_str()?.to_owned()),
            Sort::Words => {
                Kept::Words(value.as_array()?.iter().filter_map(|k| Some(k.as_str()?.to_owned())).collect())
            }
        };
        Some((*name, kept))
    };
    kind.params().iter().filter_map(read).collect()
}

/// An address of somebody outside: mail or a telephone (联系方式).
#[derive(Clone, PartialEq, Eq)]
pub struct Contact {
    /// On which way it is reached.
    pub channel: Channel,
    text: String,
}

impl Contact {
    /// Reads a typed address: mail has an `@`, a telephone is 5 to 15 digits, with an optional `+`.
    pub fn parse(typed: &str) -> Option<Self> {
        let text: String = typed.trim().chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let digits = text.strip_prefix('+').unwrap_or(&text);
        if (5..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
            return Some(Self { channel: Channel::Sms, text });
        }
        let typed = typed.trim();
        let (name, host) = typed.split_once('@')?;
        let plain = |c: char| c.is_ascii_graphic() && !"()<>[]:;,\\\"@".contains(c);
        let fits = !name.is_empty()
            && host.contains('.')
            && !host.starts_with('.')
            && !host.ends_with('.')
            && typed.len() <= 254
            && name.chars().chain(host.chars()).all(plain);
        fits.then(|| Self { channel: Channel::Mail, text: typed.to_owned() })
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl std::fmt::Debug for Contact {
    /// Never the address itself.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Contact({})", self.channel.code())
    }
}

/// Whom a letter is for (收件人).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// Everybody who holds a post of a unit.
    Unit(i64),
    /// Whoever holds a post.
    Post(i64),
    /// One account.
    Account(i64),
    /// The one who brought the matter, at the address that was given with it; `None` when none was.
    Sender(Option<Contact>),
}

impl Audience {
    /// As stored.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unit(_) => "unit",
            Self::Post(_) => "post",
            Self::Account(_) => "account",
            Self::Sender(_) => "sender",
        }
    }

    /// The id; 0 for a sender, who has none.
    pub const fn id(&self) -> i64 {
        match self {
            Self::Unit(id) | Self::Post(id) | Self::Account(id) => *id,
            Self::Sender(_) => 0,
        }
    }

    /// The box in which it is read; empty for a sender.
    pub fn letter_box(&self) -> String {
        match self {
            Self::Sender(_) => String::new(),
            _ => format!("{} {}", self.code(), self.id()),
        }
    }
}

/// A letter (通知): what a deed hands to [`crate::tell`].
#[derive(Debug, Clone)]
pub struct Letter {
    /// Its kind.
    pub kind: Kind,
    /// Where the record stands, for whoever administers that place.
    pub place: Place,
    /// What it is about.
    pub subject: Subject,
    /// For whom.
    pub audience: Audience,
    /// What fills the sentence.
    pub params: Vec<(&'static str, Param)>,
    /// Whether it goes at once, also outside of office hours and in the quiet hours.
    pub urgent: bool,
}

impl Letter {
    /// A letter that waits for office hours.
    pub fn new(kind: Kind, place: Place, subject: Subject, audience: Audience) -> Self {
        Self { kind, place, subject, audience, params: Vec::new(), urgent: false }
    }

    /// Fills a place of the sentence.
    #[must_use]
    pub fn with(mut self, name: &'static str, param: Param) -> Self {
        self.params.push((name, param));
        self
    }

    /// The case's number.
    #[must_use]
    pub fn number(self, number: &str) -> Self {
        self.with("number", Param::number(number))
    }

    /// An instant: `due`, `was`, `at`.
    #[must_use]
    pub fn at(self, name: &'static str, at: Millis) -> Self {
        self.with(name, Param::At(at))
    }

    /// A word of the catalogue: `ending`.
    #[must_use]
    pub fn word(self, name: &'static str, key: &'static str) -> Self {
        self.with(name, Param::Word(key))
    }

    /// Some words of the catalogue: `clocks`.
    #[must_use]
    pub fn words(self, name: &'static str, keys: Vec<&'static str>) -> Self {
        self.with(name, Param::Words(keys))
    }

    /// A unit.
    #[must_use]
    pub fn unit(self, unit: i64) -> Self {
        self.with("unit", Param::Unit(unit))
    }

    /// Goes at once.
    #[must_use]
    pub fn urgent(mut self) -> Self {
        self.urgent = true;
        self
    }

    /// Whether the kind's sentence gets exactly what it needs.
    pub fn fits(&self) -> bool {
        let needs = self.kind.params();
        needs.len() == self.params.len()
            && needs
                .iter()
                .all(|(name, sort)| self.params.iter().any(|(given, p)| given == name && p.sort() == *sort))
    }
}

/// How a letter stands on its way (状态).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Not tried yet (待发).
    Waiting,
    /// Tried, and will be tried again (失败待重试).
    Failed,
    /// Tried too often, or without hope (已放弃).
    GivenUp,
    /// Gone (已发).
    Sent,
    /// Not sent, because there is no way or no address (未发).
    Suppressed,
}

impl State {
    /// In the order of the tabs.
    pub const ALL: [State; 5] = [Self::Waiting, Self::Failed, Self::GivenUp, Self::Sent, Self::Suppressed];

    /// Whether it needs nobody any more.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Sent | Self::Suppressed)
    }

    /// As stored.
    pub const fn code(self) -> &'static str {
        ["waiting", "failed", "given_up", "sent", "suppressed"][self as usize]
    }

    /// Reads a code back.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }

    /// The catalogue's key.
    pub const fn word(self) -> &'static str {
        [
            "notice.state.waiting",
            "notice.state.failed",
            "notice.state.given_up",
            "notice.state.sent",
            "notice.state.suppressed",
        ][self as usize]
    }
}

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $key:literal;)+) => {
        /// What went wrong, or holds a letter back (原因).
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Problem { $($(#[$doc])* $name),+ }

        impl Problem {
            /// All of them.
            pub const ALL: &'static [Problem] = &[$(Problem::$name),+];

            /// As stored.
            pub const fn code(self) -> &'static str {
                match self { $(Problem::$name => $code),+ }
            }

            /// The catalogue's key; `<key>.way` says what helps.
            pub const fn word(self) -> &'static str {
                match self { $(Problem::$name => $key),+ }
            }

            /// Reads a code back.
            pub fn parse(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|p| p.code() == code)
            }
        }
    };
}

problems! {
    /// The way out is not set up.
    Closed = "closed", "notice.problem.closed";
    /// There is no address, or it was taken away since.
    NoAddress = "no_address", "notice.problem.no_address";
    /// The address cannot be written to.
    BadAddress = "bad_address", "notice.problem.bad_address";
    /// It waits for the end of the quiet hours, or for office hours.
    Quiet = "quiet", "notice.problem.quiet";
    /// The server cannot be reached.
    Unreachable = "unreachable", "notice.problem.unreachable";
    /// The server did not answer in time.
    Slow = "slow", "notice.problem.slow";
    /// The connection is not safe: a certificate that does not hold.
    Unsafe = "unsafe", "notice.problem.unsafe";
    /// The server does not let us in.
    Denied = "denied", "notice.problem.denied";
    /// The server refused this letter for good.
    Refused = "refused", "notice.problem.refused";
    /// The server has trouble of its own.
    Trouble = "trouble", "notice.problem.trouble";
    /// The house went down between sending and noting it; it is sent again under the same number.
    Unknown = "unknown", "notice.problem.unknown";
}

/// A letter's row, without its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its number.
    pub id: Id<Letter>,
    /// Where the record stands.
    pub place: Place,
    /// Its kind.
    pub kind: Kind,
    /// What it is about.
    pub subject: Subject,
    /// Whom it is for: the code.
    pub audience: String,
    /// Whom it is for: the id.
    pub audience_id: i64,
    /// Which way it goes.
    pub channel: Channel,
    /// Whether an address is kept with it.
    pub has_address: bool,
    /// What fills the sentence.
    pub params: Params,
    /// Whether it goes at once.
    pub urgent: bool,
    /// How it stands.
    pub state: State,
    /// How often it was tried.
    pub tries: i64,
    /// When it is looked at next.
    pub next: Millis,
    /// When it was made.
    pub made: Millis,
    /// When it was sent.
    pub sent: Option<Millis>,
    /// What went wrong last.
    pub problem: Option<Problem>,
    /// The other side's number for it.
    pub problem_n: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::To;

    #[test]
    fn no_parameter_of_any_kind_is_a_free_text() {
        for kind in Kind::ALL {
            for (name, sort) in kind.params() {
                // The match has no arm for text: adding such a sort stops here first.
                match sort {
                    Sort::Count | Sort::At | Sort::Number | Sort::Unit | Sort::Word | Sort::Words => {}
                }
                assert!(!name.is_empty());
            }
            assert_eq!(Kind::parse(kind.code()), Some(*kind));
            assert!(kind.to() != To::Staff || kind.for_hooks());
        }
        assert!(!Kind::ToldClosed.for_hooks() && !Kind::Trial.for_hooks());
    }

    #[test]
    fn a_case_number_cannot_carry_a_name_or_a_telephone() {
        assert!(CaseNumber::parse("990101-2026-00501").is_some());
        assert!(CaseNumber::parse("990101-2026-D007").is_some());
        for bad in [
            "",
            "13800138000",
            "张三-2026-00501",
            "990101-2026-00501 张三",
            "a-2026-00001",
            "990101-26-1",
            "990101-2026-DD07",
        ] {
            assert!(CaseNumber::parse(bad).is_none(), "{bad}");
        }
        let text = params_text(&[("number", Param::number("张三")), ("due", Param::At(Millis(5)))]);
        assert_eq!(text, "{\"number\":\"\",\"due\":5}");
        let kept = params_of(Kind::Missed, &text);
        assert_eq!(kept["due"], Kept::At(Millis(5)));
        assert!(params_of(Kind::Missed, "{\"due\":\"soon\",\"clocks\":1,\"evil\":1}").is_empty());
        let both = params_text(&[("clocks", Param::Words(vec!["case.clock_kind.answer"]))]);
        assert_eq!(
            params_of(Kind::Missed, &both)["clocks"],
            Kept::Words(vec!["case.clock_kind.answer".to_owned()])
        );
    }

    #[test]
    fn an_address_is_mail_or_a_telephone() {
        let of = |t: &str| Contact::parse(t).map(|c| (c.channel, c.as_str().to_owned()));
        assert_eq!(of(" 0935-221 2345 "), Some((Channel::Sms, "09352212345".to_owned())));
        assert_eq!(of("+8613800138000").unwrap().0, Channel::Sms);
        assert_eq!(of("wang@example.org"), Some((Channel::Mail, "wang@example.org".to_owned())));
        for bad in [
            "",
            "12",
            "wang@",
            "@example.org",
            "a b@example.org",
            "a@b",
            "a\r\nbcc:x@example.org",
            "微信 wang",
        ] {
            assert_eq!(of(bad), None, "{bad}");
        }
        assert!(!format!("{:?}", Contact::parse("wang@example.org")).contains("wang"));
    }
}
