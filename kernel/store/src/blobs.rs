//! Bytes by their digest (附件存储): photos and documents live beside the rows that refer to them, so
//! that one backup holds both and one transaction writes both.

use base::{Outcome, Refusal};
use diesel::prelude::*;
use sha2::{Digest, Sha256};

use crate::{Conn, Tx, fact::hex, on};

diesel::table! {
    store_blob (digest) {
        digest -> Text,
        size -> BigInt,
        content -> Binary,
    }
}

/// Stores bytes and returns their SHA-256 in hexadecimal. The same bytes are stored once.
pub fn put(tx: &mut Tx<'_>, content: &[u8]) -> Outcome<String> {
    let digest = hex(&Sha256::digest(content));
    on!(tx.conn, c => diesel::insert_into(store_blob::table)
        .values((
            store_blob::digest.eq(&digest),
            store_blob::size.eq(content.len() as i64),
            store_blob::content.eq(content),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(digest)
}

/// The bytes behind a digest; a refusal (404) if there are none.
pub fn get(conn: &mut Conn, digest: &str) -> Outcome<Vec<u8>> {
    let found: Option<Vec<u8>> = on!(conn, c => store_blob::table
        .find(digest)
        .select(store_blob::content)
        .first(c)
        .optional())?;
    found.ok_or_else(|| Refusal::not_found().into())
}
