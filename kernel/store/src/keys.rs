//! The keys of an installation (密钥): one file beside the database, made at the first start,
//! readable by its owner only. It holds the root of the field keys and the journal's signing key.

use std::{fs, io::Write, path::Path};

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hmac::Mac;
use sha2::{Digest, Sha256};

/// What can be wrong with the key file.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file cannot be read or written.
    #[error("key file {0}: {1}")]
    File(String, std::io::Error),
    /// The file is not a key file of ours.
    #[error("key file {0} is damaged")]
    Damaged(String),
    /// The bytes were not sealed by these keys for this place, or were changed.
    #[error("a sealed field does not open")]
    DoesNotOpen,
}

/// The keys. Cloning is not offered: pass references.
pub struct Keys {
    root: [u8; 32],
    signing: String,
    verifying: String,
}

/// The first byte of every sealed field: which suite sealed it (1 = AES-256-GCM), so that a later
/// suite (SM4) can live beside it.
const SUITE_AES: u8 = 1;

impl Keys {
    /// Reads the key file, or makes it with chance from the operating system.
    ///
    /// # Errors
    /// When the file cannot be read or written, or is damaged.
    pub fn load_or_make(path: &Path, origin: &str) -> Result<Self, KeysError> {
        let name = path.display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&text).ok_or(KeysError::Damaged(name)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let keys = Self::fresh(origin);
                match keys.write(path) {
                    Ok(()) => Ok(keys),
                    // Another process that starts now was first.
                    Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                        Self::load_or_make(path, origin)
                    }
                    Err(e) => Err(KeysError::File(name, e)),
                }
            }
            Err(e) => Err(KeysError::File(name, e)),
        }
    }

    /// New keys; `origin` names the installation in every checkpoint, e.g. `linli.example/wuwei`.
    pub fn fresh(origin: &str) -> Self {
        let mut rng = rand_core_06::OsRng;
        let mut root = [0_u8; 32];
        rand_core_06::RngCore::fill_bytes(&mut rng, &mut root);
        let (signing, verifying) = signed_note::generate_key(&mut rng, origin);
        Self { root, signing, verifying }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        if lines.next()? != "linli-keys-1" {
            return None;
        }
        let root = BASE64_STANDARD.decode(lines.next()?).ok()?.try_into().ok()?;
        Some(Self { root, signing: lines.next()?.to_owned(), verifying: lines.next()?.to_owned() })
    }

    /// Writes the file whole or not at all: under a name of this process first, which then becomes its name unless there
    /// is one.
    fn write(&self, path: &Path) -> std::io::Result<()> {
        let draft = path.with_extension(format!("{}.draft", std::process::id()));
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&draft)?;
        let root = BASE64_STANDARD.encode(self.root);
        writeln!(file, "linli-keys-1\n{root}\n{}\n{}", self.signing, self.verifying)?;
        file.sync_all()?;
        let named = fs::hard_link(&draft, path);
        fs::remove_file(&draft)?;
        named
    }

    /// The journal's signing key, in the signed-note form.
    pub(crate) fn signing(&self) -> &str {
        &self.signing
    }

    /// The journal's public key, to be handed to every outsider who checks (公钥).
    pub fn verifying(&self) -> &str {
        &self.verifying
    }

    /// The name in every checkpoint.
    pub fn origin(&self) -> &str {
        self.verifying.split('+').next().unwrap_or_default()
    }

    fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut mac = <hmac::Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&self.root)
            .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// Seals a field's text for one place: `column` is `table.column`, `row` its row. The same bytes
    /// in another row or column do not open.
    pub fn seal(&self, column: &str, row: i64, nonce: [u8; 12], text: &str) -> Vec<u8> {
        let cipher = Aes256Gcm::new(&self.derive(&format!("field {column}")).into());
        let place = format!("{column}|{row}");
        let sealed = cipher
            .encrypt(&nonce.into(), Payload { msg: text.as_bytes(), aad: place.as_bytes() })
            .unwrap_or_else(|_| unreachable!("AES-GCM seals any text shorter than 64 GiB"));
        [&[SUITE_AES][..], &nonce, &sealed].concat()
    }

    /// Opens a sealed field.
    ///
    /// # Errors
    /// [`KeysError::DoesNotOpen`] when the bytes belong elsewhere or were changed.
    pub fn open(&self, column: &str, row: i64, sealed: &[u8]) -> Result<String, KeysError> {
        let (suite, rest) = sealed.split_first().ok_or(KeysError::DoesNotOpen)?;
        if *suite != SUITE_AES || rest.len() < 12 {
            return Err(KeysError::DoesNotOpen);
        }
        let (nonce, body) = rest.split_at(12);
        let nonce: [u8; 12] = nonce.try_into().map_err(|_| KeysError::DoesNotOpen)?;
        let cipher = Aes256Gcm::new(&self.derive(&format!("field {column}")).into());
        let place = format!("{column}|{row}");
        let text = cipher
            .decrypt(&nonce.into(), Payload { msg: body, aad: place.as_bytes() })
            .map_err(|_| KeysError::DoesNotOpen)?;
        String::from_utf8(text).map_err(|_| KeysError::DoesNotOpen)
    }

    /// A blind index (盲索引): equal texts of one room have equal tags, of two rooms never, so that
    /// nobody can join a person's records across rooms (N5).
    pub fn blind(&self, room: &str, text: &str) -> Vec<u8> {
        let mut mac =
            <hmac::Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&self.derive(&format!("blind {room}")))
                .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        mac.update(text.as_bytes());
        mac.finalize().into_bytes()[..16].to_vec()
    }

    /// A key for another purpose of the house, e.g. signing the cookies of people without a session.
    pub fn purpose(&self, name: &str) -> [u8; 32] {
        Sha256::digest(self.derive(&format!("purpose {name}"))).into()
    }

    fn pair(&self, purpose: &str) -> SigningKey {
        SigningKey::from_bytes(&self.purpose(&format!("sign {purpose}")))
    }

    /// The public half (Ed25519) of the pair with which this installation signs for one purpose: for whoever checks.
    pub fn public_for(&self, purpose: &str) -> [u8; 32] {
        self.pair(purpose).verifying_key().to_bytes()
    }

    /// Signs bytes for one purpose. Each purpose has a pair of its own, derived from the root, so that what is signed
    /// for one means nothing for another, and a restored installation signs as before.
    pub fn sign(&self, purpose: &str, bytes: &[u8]) -> [u8; 64] {
        self.pair(purpose).sign(bytes).to_bytes()
    }

    /// Whether the holder of a public key has signed these bytes. Strict: no other signature of theirs passes for them.
    pub fn is_signed(public: &[u8; 32], bytes: &[u8], signature: &[u8; 64]) -> bool {
        VerifyingKey::from_bytes(public)
            .is_ok_and(|key| key.verify_strict(bytes, &Signature::from_bytes(signature)).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_opens_only_where_it_was_sealed() {
        let keys = Keys::fresh("test.example");
        let mut sealed = keys.seal("case_reporter.phone", 7, [3; 12], "00012345678");
        assert_eq!(keys.open("case_reporter.phone", 7, &sealed).unwrap(), "00012345678");
        assert!(keys.open("case_reporter.phone", 8, &sealed).is_err());
        assert!(keys.open("case_reporter.name", 7, &sealed).is_err());
        sealed[20] ^= 1;
        assert!(keys.open("case_reporter.phone", 7, &sealed).is_err());
        assert!(keys.open("case_reporter.phone", 7, &[]).is_err());
    }

    #[test]
    fn two_rooms_never_share_a_tag() {
        let keys = Keys::fresh("test.example");
        assert_eq!(keys.blind("case", "x"), keys.blind("case", "x"));
        assert_ne!(keys.blind("case", "x"), keys.blind("petition", "x"));
    }

    #[test]
    fn what_is_signed_for_one_purpose_means_nothing_for_another() {
        let keys = Keys::fresh("test.example");
        let (public, mut signature) = (keys.public_for("a"), keys.sign("a", b"words"));
        assert!(Keys::is_signed(&public, b"words", &signature));
        assert!(!Keys::is_signed(&public, b"other words", &signature));
        assert!(!Keys::is_signed(&keys.public_for("b"), b"words", &signature));
        assert!(!Keys::is_signed(&[0; 32], b"words", &[0; 64]), "a weak key signs nothing");
        signature[5] ^= 1;
        assert!(!Keys::is_signed(&public, b"words", &signature));
    }

    #[test]
    fn the_key_file_reads_back_and_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("linli.keys");
        let made = Keys::load_or_make(&path, "test.example").unwrap();
        let read = Keys::load_or_make(&path, "other").unwrap();
        assert_eq!(made.verifying(), read.verifying());
        assert_eq!(read.origin(), "test.example");
        #[cfg(unix)]
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777,
            0o600
        );
    }
}
