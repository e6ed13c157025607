//! Passwords become argon2id strings (19 MiB, two passes: the OWASP minimum). Salt and password are
//! arguments, so this is pure; it takes some tens of milliseconds, so deeds never call it inside a
//! transaction.

use std::sync::LazyLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use base::Fault;

/// Bytes of a salt.
const SALT_BYTES: usize = 16;

/// A password's argon2id string under a salt.
///
/// # Errors
/// A fault when memory runs out.
pub fn password_digest(password: &str, salt: [u8; SALT_BYTES]) -> Result<String, Fault> {
    let hash: PasswordHash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|e| Fault::new(format!("argon2: {e}")))?;
    Ok(hash.to_string())
}

/// What a name without an account, or an account without a password, is compared with, so that a wrong
/// name takes as long as a wrong password.
static NOBODY: LazyLock<String> = LazyLock::new(|| password_digest("-", [0; SALT_BYTES]).unwrap_or_default());

/// Whether a password fits a stored string; `None` or an empty string fits nothing and takes as long.
pub fn password_fits(password: &str, stored: Option<&str>) -> bool {
    let known = stored.filter(|s| !s.is_empty());
    let Ok(hash) = PasswordHash::new(known.unwrap_or(&NOBODY)) else { return false };
    let fits = Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
    fits && known.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_own_digest_only() {
        let digest = password_digest("tea-lamp-river-9", [7; 16]).unwrap();
        assert!(digest.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{digest}");
        assert!(password_fits("tea-lamp-river-9", Some(&digest)));
        assert!(!password_fits("tea-lamp-river-8", Some(&digest)));
        assert_ne!(digest, password_digest("tea-lamp-river-9", [8; 16]).unwrap());
    }

    #[test]
    fn nothing_fits_nobody() {
        assert!(!password_fits("-", None));
        assert!(!password_fits("-", Some("")));
        assert!(!password_fits("-", Some("not a digest")));
    }
}
