//! What a browser holds instead of an account (凭据): a cookie that opens one draft or one matter, or says
//! that "me too" was pressed on one; it is sent to that address only, and ends by itself. The address
//! alone opens nothing, so that it may stand in a history, a log or a message.

use axum::response::Response;
use base::{DAY_MS, HOUR_MS, Id, Millis, Outcome};
use http::{HeaderMap, HeaderValue, header};
use web::Site;

use crate::model::{Case, DRAFT_MS, Draft};

/// How long a matter stays open after number and code were given.
const OPEN_MS: i64 = 2 * HOUR_MS;
/// How long a browser remembers that it joined a matter: longer than any matter's clock.
const JOINED_MS: i64 = 180 * DAY_MS;

/// What a cookie opens.
#[derive(Debug, Clone, Copy)]
pub enum Grip {
    /// A draft.
    Say(Id<Draft>),
    /// A matter.
    Follow(Id<Case>),
    /// That this browser has joined a public matter. It opens nothing; the house keeps no list of who did.
    Join(Id<Case>),
}

impl Grip {
    const fn name(self) -> &'static str {
        match self {
            Self::Say(_) => "say",
            Self::Follow(_) => "follow",
            Self::Join(_) => "joined",
        }
    }

    fn id(self) -> String {
        match self {
            Self::Say(id) => id.to_string(),
            Self::Follow(id) | Self::Join(id) => id.to_string(),
        }
    }

    const fn lasts_ms(self) -> i64 {
        match self {
            Self::Say(_) => DRAFT_MS,
            Self::Follow(_) => OPEN_MS,
            Self::Join(_) => JOINED_MS,
        }
    }

    /// The address under which everything of it stands.
    pub fn address(self) -> String {
        let room = if matches!(self, Self::Join(_)) { "matters" } else { self.name() };
        format!("/{room}/{}", self.id())
    }

    fn seal(self, site: &Site, until: i64) -> String {
        let tag = site.db.keys().blind("case.grip", &format!("{} {} {until}", self.name(), self.id()));
        tag.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// Hands the cookie out with an answer.
    ///
    /// # Errors
    /// A fault when it cannot stand in a header.
    pub fn give(self, site: &Site, response: &mut Response, now: Millis) -> Outcome<()> {
        let until = now.plus(self.lasts_ms()).0;
        let value = format!("{until}.{}", self.seal(site, until));
        self.set(site, response, &value, self.lasts_ms() / 1000)
    }

    /// Takes the cookie back.
    ///
    /// # Errors
    /// A fault when it cannot stand in a header.
    pub fn take(self, site: &Site, response: &mut Response) -> Outcome<()> {
        self.set(site, response, "", 0)
    }

    fn set(self, site: &Site, response: &mut Response, value: &str, seconds: i64) -> Outcome<()> {
        let secure = if site.config.secure_cookies { "; Secure" } else { "" };
        let path = self.address();
        let name = self.name();
        let text = format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&text)?);
        Ok(())
    }

    /// Whether the request holds it.
    pub fn is_held(self, site: &Site, headers: &HeaderMap, now: Millis) -> bool {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|h| h.to_str().ok());
        let mut values = cookies.flat_map(|h| h.split(';')).filter_map(|p| p.trim().split_once('='));
        values.any(|(name, value)| name == self.name() && self.is_right(site, value, now))
    }

    fn is_right(self, site: &Site, value: &str, now: Millis) -> bool {
        let Some((until, seal)) = value.split_once('.') else { return false };
        let Ok(until) = until.parse::<i64>() else { return false };
        now.0 < until && same(&self.seal(site, until), seal)
    }
}

/// Compares without telling by its time where two texts differ.
pub(super) fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0u8, |d, (a, b)| d | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_seal_is_the_same() {
        assert!(same("ab", "ab"));
        assert!(!same("ab", "aB") && !same("ab", "a") && !same("", "a"));
    }

    #[test]
    fn each_thing_has_its_own_address() {
        let id = Id::of(5);
        assert_eq!(Grip::Say(id.cast()).address(), "/say/0000000000005");
        assert_eq!(Grip::Follow(id).address(), "/follow/0000000000005");
        assert_eq!(Grip::Join(id).address(), "/matters/0000000000005");
    }
}
