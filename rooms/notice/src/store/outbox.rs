//! Letters on their way: put, looked up when due, marked.

use base::{Id, Millis, Outcome};
use diesel::prelude::*;
use store::{Conn, Tx, on};

use super::tables::{Row, notice_channel, notice_item, unsent};
use crate::model::{
    Audience, Channel, Item, Kind, Letter, OpenChannel, Problem, State, Trouble, params_text,
};

/// A row to be put: one letter on one way.
pub struct Fresh {
    /// Which way.
    pub channel: Channel,
    /// For whom on this way.
    pub audience: Audience,
    /// How it stands at once.
    pub state: State,
    /// Why it is not sent, where it is not.
    pub problem: Option<Problem>,
}

/// Puts a letter's rows.
pub fn put_items(tx: &mut Tx<'_>, letter: &Letter, fresh: Vec<Fresh>, at: Millis) -> Outcome<()> {
    let params = params_text(&letter.params);
    let rows: Vec<Row> = fresh
        .into_iter()
        .map(|one| {
            let id = tx.id::<Letter>(at).raw();
            let sealed = match &one.audience {
                Audience::Sender(Some(contact)) if one.state == State::Waiting => {
                    Some(tx.seal("notice_item.sealed", id, contact.as_str()))
                }
                _ => None,
            };
            Row {
                id,
                province_id: letter.place.province,
                city_id: letter.place.city,
                county_id: letter.place.county,
                town_id: letter.place.town,
                kind: letter.kind.code().to_owned(),
                subject: letter.subject.code().to_owned(),
                subject_id: letter.subject.id(),
                audience: one.audience.code().to_owned(),
                audience_id: one.audience.id(),
                letter_box: one.audience.letter_box(),
                channel: one.channel.code().to_owned(),
                sealed,
                params: params.clone(),
                urgent: letter.urgent,
                state: one.state.code().to_owned(),
                tries: 0,
                next_ms: at.0,
                made_ms: at.0,
                sent_ms: (one.state == State::Sent).then_some(at.0),
                error: one.problem.map(|p| p.code().to_owned()),
                error_n: None,
            }
        })
        .collect();
    for row in rows {
        on!(tx.conn, c => diesel::insert_into(notice_item::table).values(&row).execute(c))?;
    }
    Ok(())
}

/// Which ways out are open?
pub fn open_channels(conn: &mut Conn) -> Outcome<Vec<OpenChannel>> {
    let rows: Vec<(String, String)> = on!(conn, c => notice_channel::table
        .filter(notice_channel::is_open.eq(true))
        .select((notice_channel::name, notice_channel::kinds))
        .load(c))?;
    let one = |(name, kinds): (String, String)| {
        Some(OpenChannel {
            channel: Channel::parse(&name)?,
            kinds: kinds.split(' ').filter_map(Kind::parse).collect(),
        })
    };
    Ok(rows.into_iter().filter_map(one).collect())
}

/// Notes which ways out are open from now on; those not named are closed.
pub fn set_channels(conn: &mut Conn, open: &[OpenChannel], at: Millis) -> Outcome<()> {
    on!(conn, c => diesel::delete(notice_channel::table).execute(c))?;
    for one in open {
        let kinds = one.kinds.iter().map(|k| k.code()).collect::<Vec<_>>().join(" ");
        let row = (
            notice_channel::name.eq(one.channel.code()),
            notice_channel::is_open.eq(true),
            notice_channel::kinds.eq(kinds),
            notice_channel::since_ms.eq(at.0),
        );
        on!(conn, c => diesel::insert_into(notice_channel::table).values(&row).execute(c))?;
    }
    Ok(())
}

/// A letter that is to be sent, with its sealed address if it carries one.
#[derive(Clone)]
pub struct Outgoing {
    /// The letter.
    pub item: Item,
    /// A resident's address, sealed.
    pub sealed: Option<Vec<u8>>,
}

/// Which letters of a way are due?
pub fn due_items(conn: &mut Conn, channel: Channel, now: Millis, most: i64) -> Outcome<Vec<Outgoing>> {
    let rows: Vec<Row> = on!(conn, c => notice_item::table
        .filter(unsent())
        .filter(notice_item::channel.eq(channel.code()))
        .filter(notice_item::next_ms.le(now.0))
        .order(notice_item::next_ms)
        .limit(most)
        .select(Row::as_select())
        .load(c))?;
    let one = |row: Row| {
        let sealed = row.sealed.clone();
        Some(Outgoing { item: row.item()?, sealed })
    };
    Ok(rows.into_iter().filter_map(one).collect())
}

/// Takes a letter for one try: counts the try and puts the next one off, before anything is sent. False when somebody else
/// was faster: the number of tries is what both would change.
pub fn claim(conn: &mut Conn, id: Id<Letter>, tries: i64, next: Millis) -> Outcome<bool> {
    Ok(on!(conn, c => diesel::update(notice_item::table.find(id.raw()))
        .filter(unsent())
        .filter(notice_item::tries.eq(tries))
        .set((
            notice_item::tries.eq(tries + 1),
            notice_item::next_ms.eq(next.0),
            notice_item::state.eq(State::Failed.code()),
            notice_item::error.eq(Some(Problem::Unknown.code())),
            notice_item::error_n.eq(None::<i64>),
        ))
        .execute(c))?
        == 1)
}

/// Holds a letter back without a try.
pub fn hold_back(conn: &mut Conn, id: Id<Letter>, tries: i64, until: Millis) -> Outcome<()> {
    on!(conn, c => diesel::update(notice_item::table.find(id.raw()))
        .filter(unsent())
        .filter(notice_item::tries.eq(tries))
        .set((notice_item::next_ms.eq(until.0), notice_item::error.eq(Some(Problem::Quiet.code()))))
        .execute(c))?;
    Ok(())
}

/// It is gone; the address is emptied.
pub fn mark_sent(conn: &mut Conn, id: Id<Letter>, at: Millis) -> Outcome<()> {
    on!(conn, c => diesel::update(notice_item::table.find(id.raw()))
        .set((
            notice_item::state.eq(State::Sent.code()),
            notice_item::sent_ms.eq(Some(at.0)),
            notice_item::sealed.eq(None::<Vec<u8>>),
            notice_item::error.eq(None::<String>),
            notice_item::error_n.eq(None::<i64>),
        ))
        .execute(c))?;
    Ok(())
}

/// It is not gone: what was wrong, and whether it is tried again.
pub fn mark_failed(conn: &mut Conn, id: Id<Letter>, trouble: Trouble, state: State) -> Outcome<()> {
    on!(conn, c => diesel::update(notice_item::table.find(id.raw()))
        .filter(unsent())
        .set((
            notice_item::state.eq(state.code()),
            notice_item::error.eq(Some(trouble.problem.code())),
            notice_item::error_n.eq(Some(trouble.n).filter(|n| *n != 0)),
        ))
        .execute(c))?;
    Ok(())
}

/// Empties the addresses of letters that were made before an instant and did not go.
pub fn erase_addresses(conn: &mut Conn, before: Millis) -> Outcome<usize> {
    let kept = diesel::dsl::sql::<diesel::sql_types::Bool>("notice_item.sealed IS NOT NULL");
    Ok(on!(conn, c => diesel::update(notice_item::table)
        .filter(kept)
        .filter(notice_item::made_ms.lt(before.0))
        .set((
            notice_item::sealed.eq(None::<Vec<u8>>),
            notice_item::state.eq(State::GivenUp.code()),
        ))
        .execute(c))?)
}
