//! What a request is about, and whether the administrator's scope reaches it.

use std::sync::Arc;

use base::{Id, Outcome, Refusal};
use web::{Person, Site};

use crate::{Atlas, Division, LiveAtlas};

/// The present atlas and its holder.
pub(super) fn atlas(site: &Site) -> Outcome<(Arc<LiveAtlas>, Atlas)> {
    let live = site.get::<LiveAtlas>()?;
    let now = live.now();
    Ok((live, now))
}

/// Reads an id out of an address.
pub(super) fn id_of<T>(text: &str) -> Outcome<Id<T>> {
    text.parse().map_err(|_| Refusal::not_found().into())
}

/// Does a post with the duty of administration reach this division? Scope zero is the whole installation.
pub(super) fn may_administer(atlas: &Atlas, person: &Person, id: Id<Division>) -> bool {
    let scopes = person.posts_for("admin").flat_map(|p| &p.scopes);
    scopes.copied().any(|s| s == 0 || atlas.contains(Id::of(s), id))
}

/// Stops whoever does not administer this division.
pub(super) fn must_administer(atlas: &Atlas, person: &Person, id: Id<Division>) -> Outcome<()> {
    if atlas.division(id).is_none() {
        return Err(Refusal::not_found().into());
    }
    if may_administer(atlas, person, id) { Ok(()) } else { Err(Refusal::forbidden().into()) }
}
