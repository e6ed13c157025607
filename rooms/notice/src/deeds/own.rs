//! Where a member of staff is reached outside of the house: their own choice, off until they give an address.

use base::{Act, Actor, Millis, Outcome};
use store::{Conn, Fact, Keys, Tx};

use crate::model::{Channel, Contact, Kind};
use crate::store::{contacts_of, own_silences, set_contact, set_silences};

/// Where an account is reached, and of what not (接收设置).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// The address of mail.
    pub mail: Option<Contact>,
    /// The telephone.
    pub sms: Option<Contact>,
    /// What is switched off.
    pub silences: Vec<(Channel, Kind)>,
}

impl Reach {
    /// The address on a way.
    pub fn on(&self, channel: Channel) -> Option<&Contact> {
        match channel {
            Channel::Mail => self.mail.as_ref(),
            Channel::Sms => self.sms.as_ref(),
            Channel::InApp | Channel::Hook => None,
        }
    }
}

/// Where is this account reached?
///
/// # Errors
/// Faults of the store and of the keys.
pub fn own_reach(conn: &mut Conn, keys: &Keys, account: i64) -> Outcome<Reach> {
    let mut reach = Reach { silences: own_silences(conn, account)?, ..Reach::default() };
    for (channel, sealed) in contacts_of(conn, account)? {
        let contact = Contact::parse(&keys.open(channel.seal_column(), account, &sealed)?);
        match channel {
            Channel::Mail => reach.mail = contact,
            Channel::Sms => reach.sms = contact,
            Channel::InApp | Channel::Hook => {}
        }
    }
    Ok(reach)
}

/// Keeps where the acting account is reached. The addresses are sealed; the fact names neither.
///
/// # Errors
/// Faults of the store.
pub fn keep_reach(tx: &mut Tx<'_>, by: Actor, at: Millis, reach: &Reach) -> Outcome<()> {
    for channel in Channel::PERSONAL {
        let sealed = reach.on(channel).map(|c| tx.seal(channel.seal_column(), by.account, c.as_str()));
        set_contact(tx.conn, by.account, channel, sealed, at)?;
    }
    set_silences(tx.conn, by.account, &reach.silences)?;
    tx.record(
        Fact::new("notice.reach_kept", Act::new(by, at), "account", by.account)
            .int("mail", i64::from(reach.mail.is_some()))
            .int("sms", i64::from(reach.sms.is_some()))
            .int("silent", reach.silences.len() as i64),
    );
    Ok(())
}
