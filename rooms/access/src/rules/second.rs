//! The second factor (动态验证码): time-based codes of RFC 6238 (30 s, 6 digits, SHA-1, which is what
//! every authenticator app takes), each accepted once; and recovery codes for a lost phone.

use base::{Fault, Millis};
use totp_rs::{Builder, Secret, Totp};

/// Bytes of a fresh secret (RFC 4226 section 4 recommends 160 bits).
const SECRET_BYTES: usize = 20;

/// A secret as apps take it by hand, and as it is sealed: base 32.
pub fn secret_text(bytes: [u8; SECRET_BYTES]) -> String {
    Secret::from(bytes).to_base32()
}

fn totp(secret: &str, account: &str, issuer: &str) -> Result<Totp, Fault> {
    let secret =
        Secret::try_from_base32(secret).map_err(|_| Fault::new("a second factor's secret is not base 32"))?;
    // A label may hold no colon, which separates the issuer from the account in it.
    let clean = |text: &str| text.replace(':', " ");
    Builder::new()
        .with_secret(secret)
        .with_account_name(clean(account))
        .with_issuer(Some(clean(issuer)))
        .build()
        .map_err(|e| Fault::new(format!("second factor: {e}")))
}

/// The address that an authenticator app reads from the QR code.
///
/// # Errors
/// A fault when the stored secret is damaged.
pub fn otpauth_uri(secret: &str, account: &str, issuer: &str) -> Result<String, Fault> {
    totp(secret, account, issuer)?.to_url().map_err(|e| Fault::new(format!("second factor: {e}")))
}

/// The step whose code was typed, one step of clock error either way, and only steps after the last one
/// that was accepted: a code that somebody watched being typed is worth nothing (RFC 6238 section 5.2).
///
/// # Errors
/// A fault when the stored secret is damaged.
pub fn accepted_step(secret: &str, typed: &str, now: Millis, last_step: i64) -> Result<Option<i64>, Fault> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).map(half_width).collect();
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(None);
    }
    let seconds = u64::try_from(now.0 / 1000).unwrap_or(0);
    let step = totp(secret, "-", "-")?.check(&digits, seconds).and_then(|s| i64::try_from(s).ok());
    Ok(step.filter(|s| *s > last_step))
}

/// The code at an instant: for stories and for the demo's one account that has a second factor.
///
/// # Errors
/// A fault when the secret is damaged.
pub fn code_at(secret: &str, now: Millis) -> Result<String, Fault> {
    let seconds = u64::try_from(now.0 / 1000).unwrap_or(0);
    Ok(totp(secret, "-", "-")?.generate(seconds).to_string())
}

/// A typed recovery code in the form that is hashed: capitals without spaces and dashes.
pub fn recovery_form(typed: &str) -> String {
    typed
        .chars()
        .map(half_width)
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// Digits and letters typed with a Chinese input method in full width.
fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn the_code_of_the_standard() {
        // RFC 6238 appendix B, SHA-1, T = 59 s: 94287082, of which six digits are shown.
        assert_eq!(code_at(SECRET, Millis(59_000)).unwrap(), "287082");
        assert_eq!(code_at(SECRET, Millis(1_111_111_109_000)).unwrap(), "081804");
    }

    #[test]
    fn a_code_is_worth_something_once() {
        let now = Millis(1_700_000_000_000);
        let code = code_at(SECRET, now).unwrap();
        let step = accepted_step(SECRET, &code, now, 0).unwrap().unwrap();
        assert_eq!(step, now.0 / 1000 / 30);
        assert_eq!(accepted_step(SECRET, &code, now, step).unwrap(), None);
        assert_eq!(accepted_step(SECRET, &code, now.plus(29_000), step).unwrap(), None);
    }

    #[test]
    fn one_step_of_clock_error_and_no_more() {
        let now = Millis(1_700_000_010_000);
        let code = code_at(SECRET, now).unwrap();
        for (shift, takes) in [(-60, false), (-30, true), (0, true), (30, true), (61, false)] {
            let there = now.plus(shift * 1000);
            assert_eq!(accepted_step(SECRET, &code, there, 0).unwrap().is_some(), takes, "{shift} s");
        }
    }

    #[test]
    fn typing_habits_are_forgiven_and_nonsense_is_not_a_fault() {
        let now = Millis(1_700_000_000_000);
        let code = code_at(SECRET, now).unwrap();
        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        assert!(accepted_step(SECRET, &spaced, now, 0).unwrap().is_some());
        for bad in ["", "12345", "1234567", "abcdef", "１２３", "９９９９９９９"] {
            assert_eq!(accepted_step(SECRET, bad, now, 0).unwrap(), None);
        }
        assert_eq!(recovery_form("ab2c-ＤＥ 3"), "AB2CDE3");
    }

    #[test]
    fn the_address_names_house_and_account() {
        let uri = otpauth_uri(SECRET, "clerk", "邻里:武威").unwrap();
        assert!(uri.starts_with("otpauth://totp/"), "{uri}");
        assert!(uri.contains("clerk?") && uri.contains(SECRET), "{uri}");
    }
}
