//! What an administrator does with the log: sends a letter again, and tries a way out.

use access::{Duty, Kind as Thing, Person, Place, Resource, may};
use base::{Act, Id, Invalid, Millis, Outcome, Refusal};
use store::{Fact, Tx};

use crate::model::{Audience, Channel, Contact, Kind, Letter, State, Subject};
use crate::store::{Fresh, item_by_id, open_channels, put_items, set_again};

/// Sends a letter on its way anew, under its old number, so that the other side can tell a repetition.
///
/// # Errors
/// 404 outside of the administrator's places; 409 when it is gone or on its way, or has no address any more.
pub fn send_again(tx: &mut Tx<'_>, person: &Person, at: Millis, id: Id<Letter>) -> Outcome<()> {
    let item = item_by_id(tx.conn, id)?.ok_or_else(Refusal::not_found)?;
    let used = may(person, Duty::Admin, &Resource::at(Thing::Outbox, item.place))?;
    if !matches!(item.state, State::Failed | State::GivenUp | State::Suppressed) {
        return Err(Refusal::new("notice.refuse.not_failed").into());
    }
    if item.audience == "sender" && item.channel != Channel::Hook && !item.has_address {
        return Err(Refusal::new("notice.refuse.no_address").into());
    }
    if !open_channels(tx.conn)?.iter().any(|o| o.channel == item.channel) {
        return Err(Refusal::new("notice.refuse.closed").into());
    }
    if !set_again(tx.conn, &item, at)? {
        return Err(Refusal::new("notice.refuse.moved_on").into());
    }
    tx.record(
        Fact::new("notice.sent_again", Act::new(used.actor(), at), "notice", id.raw())
            .county(item.place.county)
            .set("channel", item.channel.code())
            .set("kind", item.kind.code())
            .int("tries", item.tries),
    );
    Ok(())
}

/// Sends a trial over a way out; where it stands is seen in the log.
///
/// # Errors
/// 403 without the duty; invalid without an address that fits the way; 409 when the way is not open.
pub fn send_trial(
    tx: &mut Tx<'_>,
    person: &Person,
    at: Millis,
    channel: Channel,
    contact: Option<Contact>,
) -> Outcome<()> {
    let scope = person.scopes_with(Duty::Admin).first().copied().ok_or_else(Refusal::forbidden)?;
    let place = Place::default().with(scope.level, scope.id);
    let used = may(person, Duty::Admin, &Resource::at(Thing::Outbox, place))?;
    if !open_channels(tx.conn)?.iter().any(|o| o.channel == channel) {
        return Err(Refusal::new("notice.refuse.closed").into());
    }
    if channel != Channel::Hook && contact.as_ref().map(|c| c.channel) != Some(channel) {
        return Err(Invalid::field("to", "notice.invalid.address").into());
    }
    let audience = Audience::Sender(contact);
    let letter = Letter::new(Kind::Trial, place, Subject::Nothing, audience.clone()).urgent();
    put_items(tx, &letter, vec![Fresh { channel, audience, state: State::Waiting, problem: None }], at)?;
    tx.record(
        Fact::new("notice.trial_sent", Act::new(used.actor(), at), "account", used.account.raw())
            .set("channel", channel.code()),
    );
    Ok(())
}
