//! Cookies: read from a request, written into an answer.

use http::{HeaderMap, HeaderValue, header};

use crate::Config;

/// A year in seconds, for preferences.
pub(crate) const YEAR_S: i64 = 365 * 24 * 3600;

/// The language.
pub(crate) const LANG: &str = "lang";
/// The elder view.
pub(crate) const ELDER: &str = "elder";
/// The sentence for the next page.
pub(crate) const NOTICE: &str = "notice";

/// The session's cookie: `__Host-` ties it to this host, the whole site and TLS.
pub(crate) fn session_name(config: &Config) -> &'static str {
    if config.secure_cookies { "__Host-linli" } else { "linli" }
}

/// The form token's cookie of a browser without a session.
pub(crate) fn seed_name(config: &Config) -> &'static str {
    if config.secure_cookies { "__Host-seed" } else { "seed" }
}

/// The value of a cookie. Where a name comes twice, the first counts.
pub(crate) fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|h| h.to_str().ok());
    let mut pairs = all.flat_map(|h| h.split(';')).filter_map(|p| p.trim().split_once('='));
    pairs.find(|(n, _)| *n == name).map(|(_, value)| value)
}

/// A `Set-Cookie` for `seconds`; zero takes it away.
pub(crate) fn set(config: &Config, name: &str, value: &str, seconds: i64) -> HeaderValue {
    let secure = if config.secure_cookies { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("bad=; Max-Age=0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, "a=1; linli=x=y; linli=2".parse().unwrap());
        assert_eq!(find(&headers, "linli"), Some("x=y"));
        assert_eq!(find(&headers, "none"), None);
    }

    #[test]
    fn cookies_are_closed_to_scripts_and_other_sites() {
        let mut config = Config::default();
        assert_eq!(
            set(&config, session_name(&config), "v", 60),
            "__Host-linli=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
        );
        config.secure_cookies = false;
        assert_eq!(
            set(&config, session_name(&config), "v", 60),
            "linli=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"
        );
    }
}
