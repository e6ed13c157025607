//! Sessions (会话). The browser holds a random token, the table its digest. Every request reads the
//! row again, so that signing out, closing an account or taking a post away works at once.

use axum::response::Response;
use base::{MINUTE_MS, Millis, Outcome};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use diesel::prelude::*;
use http::{HeaderValue, header};
use sha2::{Digest, Sha256};
use store::{Conn, Tx, on};

use crate::{Config, Site, cookie};

diesel::table! {
    web_session (id) {
        id -> BigInt,
        digest -> Binary,
        account_id -> BigInt,
        complete -> Bool,
        made_ms -> BigInt,
        seen_ms -> BigInt,
        idle_ms -> BigInt,
        ends_ms -> BigInt,
    }
}

/// How long `seen_ms` may lag behind, so that reading pages does not write to the disk.
const TOUCH_MS: i64 = MINUTE_MS;

/// A session as it stands in the table.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = web_session)]
pub struct Session {
    /// Its id.
    pub id: i64,
    pub(crate) digest: Vec<u8>,
    /// Whose it is.
    pub account_id: i64,
    /// False while the second factor is still to come: such a session signs nobody in.
    pub complete: bool,
    /// When it began, epoch milliseconds.
    pub made_ms: i64,
    /// When it was last used, a minute exact.
    pub seen_ms: i64,
    /// After how long without use it ends.
    pub idle_ms: i64,
    /// When it ends in any case.
    pub ends_ms: i64,
}

impl Session {
    fn alive(&self, now: Millis) -> bool {
        now.0 < self.ends_ms && now.0 - self.seen_ms < self.idle_ms
    }

    pub(crate) fn wants_touch(&self, now: Millis) -> bool {
        now.0 - self.seen_ms >= TOUCH_MS
    }
}

/// A session's token on its way to the browser. It is never logged and never stored.
pub struct Token(String);

/// Opens a session in a deed's transaction. Sign-in and the second factor each close the old one
/// and open a new one, so that a token from before is worth nothing after.
///
/// # Errors
/// Faults of the store.
pub fn open(tx: &mut Tx<'_>, config: &Config, account: i64, complete: bool, now: Millis) -> Outcome<Token> {
    let token = BASE64_URL_SAFE_NO_PAD.encode(tx.chance().bytes::<32>());
    let row = Session {
        id: tx.id::<Session>(now).raw(),
        digest: digest(&token),
        account_id: account,
        complete,
        made_ms: now.0,
        seen_ms: now.0,
        idle_ms: config.idle_ms,
        ends_ms: now.plus(config.absolute_ms).0,
    };
    on!(tx.conn, c => diesel::insert_into(web_session::table).values(&row).execute(c))?;
    Ok(Token(token))
}

/// Closes one session.
///
/// # Errors
/// Faults of the store.
pub fn close(tx: &mut Tx<'_>, id: i64) -> Outcome<()> {
    on!(tx.conn, c => diesel::delete(web_session::table.find(id)).execute(c))?;
    Ok(())
}

/// Closes all sessions of an account, except one; returns how many. For "sign out everywhere", for
/// a new password and for a closed account.
///
/// # Errors
/// Faults of the store.
pub fn close_all(tx: &mut Tx<'_>, account: i64, except: Option<i64>) -> Outcome<usize> {
    let of = web_session::account_id.eq(account).and(web_session::id.ne(except.unwrap_or(0)));
    Ok(on!(tx.conn, c => diesel::delete(web_session::table.filter(of)).execute(c))?)
}

/// The living sessions of an account, the newest first.
///
/// # Errors
/// Faults of the store.
pub fn of_account(conn: &mut Conn, account: i64, now: Millis) -> Outcome<Vec<Session>> {
    let rows: Vec<Session> = on!(conn, c => web_session::table
        .filter(web_session::account_id.eq(account))
        .order(web_session::made_ms.desc())
        .limit(100)
        .select(Session::as_select())
        .load(c))?;
    Ok(rows.into_iter().filter(|s| s.alive(now)).collect())
}

/// Takes dead sessions and old form numbers out of the tables: a timer's work.
///
/// # Errors
/// Faults of the store.
pub fn sweep(tx: &mut Tx<'_>, now: Millis) -> Outcome<usize> {
    crate::once::sweep(tx, now)?;
    Ok(
        on!(tx.conn, c => diesel::delete(web_session::table.filter(web_session::ends_ms.lt(now.0))).execute(c))?,
    )
}

/// The living session of a token.
pub(crate) fn by_token(conn: &mut Conn, token: &str, now: Millis) -> Outcome<Option<Session>> {
    let digest = digest(token);
    let row: Option<Session> = on!(conn, c => web_session::table
        .filter(web_session::digest.eq(&digest))
        .select(Session::as_select())
        .first(c)
        .optional())?;
    Ok(row.filter(|s| s.alive(now)))
}

/// Notes that a session was used.
pub(crate) fn touch(tx: &mut Tx<'_>, id: i64, now: Millis) -> Outcome<()> {
    on!(tx.conn, c => diesel::update(web_session::table.find(id)).set(web_session::seen_ms.eq(now.0)).execute(c))?;
    Ok(())
}

fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Hands the token to the browser, with any answer.
pub fn give(site: &Site, response: &mut Response, token: &Token) {
    let config = &site.config;
    let set = cookie::set(config, cookie::session_name(config), &token.0, config.absolute_ms / 1000);
    response.headers_mut().append(header::SET_COOKIE, set);
}

/// Takes the token away and asks the browser to forget what it has kept of our pages.
pub fn take(site: &Site, response: &mut Response) {
    let config = &site.config;
    let clear = cookie::set(config, cookie::session_name(config), "", 0);
    response.headers_mut().append(header::SET_COOKIE, clear);
    let all = HeaderValue::from_static("\"cache\", \"storage\"");
    response.headers_mut().insert("clear-site-data", all);
}
