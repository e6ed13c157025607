//! The calendar feed of a post: a link that nobody can guess, that its maker can end, and that ends with the post.

use access::{HeldPost, Person, person_by_account};
use base::{Act, Actor, Id, Millis, Outcome, Refusal};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use store::{Conn, Fact, Tx};

use crate::model::FeedEvent;
use crate::rules::feed_digest;
use crate::store::{Feed, end_feed, feed_by_digest, put_feed};

/// A room that has something for the calendar of a post: the app hands all of them in.
pub trait FeedSource: Send + Sync {
    /// What of this room is in the post's calendar from `from` to `until`, at most `most`, the earliest first.
    ///
    /// # Errors
    /// Faults of the store.
    fn events(
        &self,
        conn: &mut Conn,
        post: &HeldPost,
        span: (Millis, Millis),
        most: usize,
    ) -> Outcome<Vec<FeedEvent>>;
}

/// All rooms that have something for calendars; the app adds one to the site.
#[derive(Default)]
pub struct FeedSources(pub Vec<Box<dyn FeedSource>>);

fn held(person: &Person, post: i64) -> Option<&HeldPost> {
    person.posts.iter().find(|p| p.post.raw() == post)
}

/// Makes a link for a post that the person holds and ends the one before. The answer is the only place where the link's
/// secret ever stands.
///
/// # Errors
/// 404 for a post that the person does not hold.
pub fn make_link(tx: &mut Tx<'_>, person: &Person, at: Millis, post: i64) -> Outcome<String> {
    held(person, post).ok_or_else(Refusal::not_found)?;
    let account = person.account.raw();
    let ended = end_feed(tx.conn, account, post, at)?;
    let token = BASE64_URL_SAFE_NO_PAD.encode(tx.chance().bytes::<24>());
    let feed = Feed { id: tx.id::<Feed>(at), account, post, made: at };
    put_feed(tx.conn, &feed, &feed_digest(&token))?;
    tx.record(
        Fact::new("notice.feed_made", Act::new(Actor { account, post }, at), "post", post)
            .int("ended", ended as i64),
    );
    Ok(token)
}

/// Ends the link of a post, also of one that is no longer held.
///
/// # Errors
/// 404 when there is none.
pub fn end_link(tx: &mut Tx<'_>, person: &Person, at: Millis, post: i64) -> Outcome<()> {
    let account = person.account.raw();
    if end_feed(tx.conn, account, post, at)? == 0 {
        return Err(Refusal::not_found().into());
    }
    tx.record(Fact::new("notice.feed_ended", Act::new(Actor { account, post }, at), "post", post));
    Ok(())
}

/// Whose calendar a link opens at this instant: none when it was ended, when the account cannot sign in, or when it no
/// longer holds the post.
///
/// # Errors
/// Faults of the store.
pub fn open_link(conn: &mut Conn, token: &str, now: Millis) -> Outcome<Option<HeldPost>> {
    let Some(feed) = feed_by_digest(conn, &feed_digest(token))? else { return Ok(None) };
    let person = person_by_account(conn, Id::of(feed.account), now)?;
    Ok(person.as_ref().and_then(|p| held(p, feed.post)).cloned())
}
