//! E-mail over SMTP (邮件): plain text, one receiver, the letter's number as Message-ID.

use std::time::{Duration, SystemTime};

use lettre::{
    Message as Mail, SmtpTransport, Transport,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp,
};

use super::Carrier;
use crate::model::{Message, Problem, Trouble};

/// How long each answer of the server may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The mail server.
pub struct MailCarrier {
    transport: SmtpTransport,
    from: Mailbox,
}

impl MailCarrier {
    /// A server by its address: `smtps://user:password@host:465`, `smtp://host:25`, with `?tls=required` for STARTTLS; and the
    /// sender.
    ///
    /// # Errors
    /// A sentence about what cannot be read; it holds no password.
    pub fn new(url: &str, from: &str) -> Result<Self, String> {
        let from = from.parse().map_err(|_| format!("not a sender's address: {from}"))?;
        let builder = SmtpTransport::from_url(url).map_err(|_| "the mail server's address cannot be read")?;
        Ok(Self { transport: builder.timeout(Some(PATIENCE)).build(), from })
    }

    fn letter(&self, m: &Message) -> Option<Mail> {
        let sent = SystemTime::UNIX_EPOCH + Duration::from_millis(m.now.0.unsigned_abs());
        let auto =
            HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
        let text = if m.link.is_empty() { m.text.clone() } else { format!("{}\n\n{}\n", m.text, m.link) };
        Mail::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, m.to.parse().ok()?))
            .subject(m.title.clone())
            .message_id(Some(format!("<{}@{}>", m.id, self.from.email.domain())))
            .date(sent)
            .raw_header(auto)
            .header(ContentType::TEXT_PLAIN)
            .body(text)
            .ok()
    }
}

impl Carrier for MailCarrier {
    fn carry(&self, m: &Message) -> Result<(), Trouble> {
        let mail = self.letter(m).ok_or(Trouble { problem: Problem::BadAddress, n: 0, may_pass: false })?;
        self.transport.send(&mail).map(|_| ()).map_err(|e| trouble(&e))
    }
}

/// What the server's answer means: RFC 5321 section 4.2.1.
fn trouble(error: &smtp::Error) -> Trouble {
    let n = error.status().map_or(0, |code| i64::from(u16::from(code)));
    let (problem, may_pass) = match n {
        // What the operator mends: the way in is wrong, not the letter.
        530 | 534 | 535 | 538 => (Problem::Denied, true),
        _ if error.is_permanent() => (Problem::Refused, false),
        _ if error.is_transient() => (Problem::Trouble, true),
        _ if error.is_timeout() => (Problem::Slow, true),
        _ if error.is_tls() => (Problem::Unsafe, true),
        _ => (Problem::Unreachable, true),
    };
    Trouble { problem, n, may_pass }
}
