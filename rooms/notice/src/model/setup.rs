//! The ways out of the house and how the installation has set them.

use base::Millis;

use super::{Kind, Problem};

/// A way that a letter goes (渠道).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// The inbox in the house (站内).
    InApp,
    /// E-mail over SMTP (邮件).
    Mail,
    /// A text message through a gateway (短信).
    Sms,
    /// A signed message to another system (回调).
    Hook,
}

impl Channel {
    /// All of them.
    pub const ALL: [Channel; 4] = [Self::InApp, Self::Mail, Self::Sms, Self::Hook];
    /// Those that leave the house.
    pub const OUT: [Channel; 3] = [Self::Mail, Self::Sms, Self::Hook];
    /// Those on which a member of staff can be reached.
    pub const PERSONAL: [Channel; 2] = [Self::Mail, Self::Sms];

    /// As stored.
    pub const fn code(self) -> &'static str {
        ["in_app", "mail", "sms", "hook"][self as usize]
    }

    /// Reads a code back.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.code() == code)
    }

    /// The catalogue's key.
    pub const fn word(self) -> &'static str {
        ["notice.channel.in_app", "notice.channel.mail", "notice.channel.sms", "notice.channel.hook"]
            [self as usize]
    }

    /// Where a member of staff's address on it is sealed.
    pub const fn seal_column(self) -> &'static str {
        match self {
            Self::Sms => "notice_contact.sealed.sms",
            _ => "notice_contact.sealed.mail",
        }
    }
}

/// A way out that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenChannel {
    /// Which.
    pub channel: Channel,
    /// For a hook: the kinds that it is told of. For the others empty.
    pub kinds: Vec<Kind>,
}

/// When residents are left in peace (静默时段), in minutes of the day; over midnight when it ends before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    /// Its first minute.
    pub from: u16,
    /// The first minute after it.
    pub until: u16,
}

impl Default for Quiet {
    fn default() -> Self {
        Self { from: 21 * 60, until: 8 * 60 }
    }
}

impl std::fmt::Display for Quiet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (from, until) = (self.from, self.until);
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, until / 60, until % 60)
    }
}

impl std::str::FromStr for Quiet {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let minute = |part: &str| {
            let (hour, minute) = part.trim().split_once(':')?;
            let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
            (hour < 24 && minute < 60).then_some(hour * 60 + minute)
        };
        let span = text.split_once('-').and_then(|(from, until)| Some((minute(from)?, minute(until)?)));
        let (from, until) = span.ok_or_else(|| format!("not a span of the day: {text}"))?;
        Ok(Self { from, until })
    }
}

/// How the installation sends (发送设置), for the delivery and for the administrator's page.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// Under which address people reach the house; no slash at the end.
    pub public_url: String,
    /// What the house is called in a letter.
    pub site_name: String,
    /// When residents are left in peace.
    pub quiet: Quiet,
    /// When staff are reached outside of the house; urgent letters pass.
    pub hours: deadline::OfficeHours,
    /// The ways out that are open.
    pub open: Vec<OpenChannel>,
}

/// What an adapter is handed (待发内容).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The letter's number: the same at every try, so that the other side can tell a repetition.
    pub id: String,
    /// The address: of mail or a telephone; empty for a hook.
    pub to: String,
    /// One line.
    pub title: String,
    /// The sentence.
    pub text: String,
    /// Where the record is; empty where nobody outside may be led to it.
    pub link: String,
    /// Its kind.
    pub kind: Kind,
    /// In which county: its id.
    pub county: String,
    /// When it was made.
    pub made: Millis,
    /// When this try begins.
    pub now: Millis,
}

/// Why a try failed (失败原因).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trouble {
    /// What.
    pub problem: Problem,
    /// The other side's number for it; 0 if it had none.
    pub n: i64,
    /// Whether trying again can help.
    pub may_pass: bool,
}
