//! Who is asking (来者): a person with posts, duties and scopes. What a duty means is the rooms'
//! business; here they are only words and numbers.

use std::{any::Any, sync::Arc};

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use base::{Act, Actor, Millis, Outcome, Refusal};
use http::request::Parts;
use store::Conn;

use crate::{Fail, Site, View};

/// One post (岗位) that a person holds now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PostView {
    /// The post's id.
    pub id: i64,
    /// Its name as shown, e.g. 综治中心干事.
    pub title: String,
    /// The unit it belongs to.
    pub unit: i64,
    /// The unit's name.
    pub unit_name: String,
    /// The duties that it gives.
    pub duties: Vec<&'static str>,
    /// The ids of the territories that it reaches; everything below them is meant too.
    pub scopes: Vec<i64>,
}

impl PostView {
    /// Whether the post gives the duty.
    pub fn has(&self, duty: &str) -> bool {
        self.duties.contains(&duty)
    }
}

/// A signed-in person with the posts held at this very request.
#[derive(Clone, Default)]
pub struct Person {
    /// The account's id.
    pub account: i64,
    /// The name in the corner of the page.
    pub name: String,
    /// The posts, the main one first.
    pub posts: Vec<PostView>,
    /// Whatever the room that identified the person wants to find again; see [`Person::detail`].
    pub detail: Option<Arc<dyn Any + Send + Sync>>,
}

impl Person {
    /// Whether any post gives the duty.
    pub fn may(&self, duty: &str) -> bool {
        self.posts.iter().any(|p| p.has(duty))
    }

    /// The first post that gives the duty.
    pub fn post_for(&self, duty: &str) -> Option<&PostView> {
        self.posts.iter().find(|p| p.has(duty))
    }

    /// All posts that give the duty.
    pub fn posts_for<'a>(&'a self, duty: &'a str) -> impl Iterator<Item = &'a PostView> {
        self.posts.iter().filter(move |p| p.has(duty))
    }

    /// The act of the post that gives this duty, at `at`.
    ///
    /// # Errors
    /// Refused as forbidden when no post gives it.
    pub fn act(&self, duty: &str, at: Millis) -> Outcome<Act> {
        let post = self.post_for(duty).ok_or_else(Refusal::forbidden)?;
        Ok(Act::new(Actor { account: self.account, post: post.id }, at))
    }

    /// The person's own act, with the main post if there is one: for deeds that need no duty.
    pub fn own_act(&self, at: Millis) -> Act {
        let post = self.posts.first().map_or(0, |p| p.id);
        Act::new(Actor { account: self.account, post }, at)
    }

    /// What the identifying room left, by its type.
    pub fn detail<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.detail.clone()?.downcast().ok()
    }
}

/// How the house learns who an account is. One room registers itself with [`Site::identified_by`].
pub trait Identify: Send + Sync {
    /// The person behind an account at `now`, asked at every request so that a removed post is
    /// gone at the next one. `None` ends the session: the account is closed.
    ///
    /// # Errors
    /// Faults of the store.
    fn person(&self, conn: &mut Conn, account: i64, now: Millis) -> Outcome<Option<Person>>;
}

/// What waits to be read by a person (未读提醒): a number in the head of every page. One room registers itself with
/// [`Site::rung_by`]; it is asked once in a request, on the connection that has just learnt who is asking, so the
/// answer must come from an index and be counted no further than [`BELL_MOST`].
pub trait Bell: Send + Sync {
    /// Where a click leads.
    fn address(&self) -> &'static str;

    /// How many wait.
    ///
    /// # Errors
    /// Faults of the store; the page is then drawn without a number.
    fn count(&self, conn: &mut Conn, person: &Person, now: Millis) -> Outcome<u64>;
}

/// Beyond this many the head of the page only says that there are more.
pub const BELL_MOST: u64 = 99;

/// Extracts the signed-in person. The route's right row already refused everybody else; where
/// the row is public, an anonymous call is refused here.
#[derive(Clone)]
pub struct Who(pub Arc<Person>);

impl std::ops::Deref for Who {
    type Target = Person;
    fn deref(&self) -> &Person {
        &self.0
    }
}

/// Extracts the signed-in person or nobody.
#[derive(Clone)]
pub struct MaybeWho(pub Option<Arc<Person>>);

impl FromRequestParts<Site> for Who {
    type Rejection = Fail;
    async fn from_request_parts(parts: &mut Parts, _: &Site) -> Result<Self, Fail> {
        let person = View::of(parts).and_then(|v| v.person.clone());
        person.map(Who).ok_or_else(|| Refusal::new("stop.sign_in").status(401).into())
    }
}

impl OptionalFromRequestParts<Site> for Who {
    type Rejection = Fail;
    async fn from_request_parts(parts: &mut Parts, _: &Site) -> Result<Option<Self>, Fail> {
        Ok(View::of(parts).and_then(|v| v.person.clone()).map(Who))
    }
}

impl FromRequestParts<Site> for MaybeWho {
    type Rejection = Fail;
    async fn from_request_parts(parts: &mut Parts, _: &Site) -> Result<Self, Fail> {
        Ok(MaybeWho(View::of(parts).and_then(|v| v.person.clone())))
    }
}
