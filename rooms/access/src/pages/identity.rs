//! Tells the web kit who an account is, at every request.

use std::sync::Arc;

use base::{Fault, Id, Millis, Outcome};
use store::Conn;
use web::{Identify, PostView};

use crate::model::{Duty, HeldPost, Person};
use crate::store::person_by_account;

/// The room as the house's identifier: `Site::identified_by(access::Identity)`.
pub struct Identity;

impl Identify for Identity {
    fn person(&self, conn: &mut Conn, account: i64, now: Millis) -> Outcome<Option<web::Person>> {
        let found = person_by_account(conn, Id::of(account), now)?;
        Ok(found.map(|person| web::Person {
            account,
            name: person.display.clone(),
            posts: person.posts.iter().map(post_view).collect(),
            detail: Some(Arc::new(person)),
        }))
    }
}

fn post_view(post: &HeldPost) -> PostView {
    PostView {
        id: post.post.raw(),
        title: post.title.clone(),
        unit: post.unit.raw(),
        unit_name: post.unit_name.clone(),
        duties: post.duties.iter().map(Duty::code).collect(),
        scopes: vec![post.scope.id],
    }
}

/// The room's own person behind a signed-in one, for [`crate::may`] and [`crate::scope_filter`].
///
/// # Errors
/// A fault when somebody else identified the person.
pub fn person_of(who: &web::Person) -> Outcome<Arc<Person>> {
    who.detail::<Person>().ok_or_else(|| Fault::new("a person without posts of room access").into())
}
