//! Where a member of staff is reached outside of the house, and of what not.

use base::{Millis, Outcome};
use diesel::prelude::*;
use store::{Conn, on};

use super::tables::{notice_contact, notice_silence};
use crate::model::{Channel, Kind};

/// Which of these accounts are reached on a way about a kind: those with an address there who did not switch it off.
pub fn reachable(conn: &mut Conn, accounts: &[i64], channel: Channel, kind: Kind) -> Outcome<Vec<i64>> {
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let with: Vec<i64> = on!(conn, c => notice_contact::table
        .filter(notice_contact::account.eq_any(accounts))
        .filter(notice_contact::channel.eq(channel.code()))
        .order(notice_contact::account)
        .select(notice_contact::account)
        .load(c))?;
    let silent: Vec<i64> = on!(conn, c => notice_silence::table
        .filter(notice_silence::account.eq_any(accounts))
        .filter(notice_silence::channel.eq(channel.code()))
        .filter(notice_silence::kind.eq(kind.code()))
        .select(notice_silence::account)
        .load(c))?;
    Ok(with.into_iter().filter(|a| !silent.contains(a)).collect())
}

/// The sealed addresses of an account.
pub fn contacts_of(conn: &mut Conn, account: i64) -> Outcome<Vec<(Channel, Vec<u8>)>> {
    let rows: Vec<(String, Vec<u8>)> = on!(conn, c => notice_contact::table
        .filter(notice_contact::account.eq(account))
        .select((notice_contact::channel, notice_contact::sealed))
        .load(c))?;
    Ok(rows.into_iter().filter_map(|(code, sealed)| Some((Channel::parse(&code)?, sealed))).collect())
}

/// Keeps an account's address on a way, or takes it away.
pub fn set_contact(
    conn: &mut Conn,
    account: i64,
    channel: Channel,
    sealed: Option<Vec<u8>>,
    at: Millis,
) -> Outcome<()> {
    on!(conn, c => diesel::delete(notice_contact::table.find((account, channel.code()))).execute(c))?;
    if let Some(sealed) = sealed {
        on!(conn, c => diesel::insert_into(notice_contact::table)
            .values((
                notice_contact::account.eq(account),
                notice_contact::channel.eq(channel.code()),
                notice_contact::sealed.eq(sealed),
                notice_contact::made_ms.eq(at.0),
            ))
            .execute(c))?;
    }
    Ok(())
}

/// What an account has switched off.
pub fn own_silences(conn: &mut Conn, account: i64) -> Outcome<Vec<(Channel, Kind)>> {
    let rows: Vec<(String, String)> = on!(conn, c => notice_silence::table
        .filter(notice_silence::account.eq(account))
        .select((notice_silence::channel, notice_silence::kind))
        .load(c))?;
    let one = |(channel, kind): (String, String)| Some((Channel::parse(&channel)?, Kind::parse(&kind)?));
    Ok(rows.into_iter().filter_map(one).collect())
}

/// Keeps what an account has switched off, all at once.
pub fn set_silences(conn: &mut Conn, account: i64, silences: &[(Channel, Kind)]) -> Outcome<()> {
    on!(conn, c => diesel::delete(notice_silence::table)
        .filter(notice_silence::account.eq(account))
        .execute(c))?;
    for (channel, kind) in silences {
        on!(conn, c => diesel::insert_into(notice_silence::table)
            .values((
                notice_silence::account.eq(account),
                notice_silence::channel.eq(channel.code()),
                notice_silence::kind.eq(kind.code()),
            ))
            .execute(c))?;
    }
    Ok(())
}
