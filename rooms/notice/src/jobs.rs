//! The courier (投递): takes what is due to where it goes, in the background.
//!
//! A letter is taken by counting a try and putting the next one off, in a transaction of its own, before anything is sent. Nobody holds
//! a lease: whoever changes the number of tries first has the letter. After sending it is marked. If the house goes down
//! in between, the letter is sent once more after the wait, under the same number: a gateway and a hook see the number and drop the
//! repetition, a mail server gets the same Message-ID. So nothing is lost, and nothing is twice where the other side looks.

mod courier;
mod hook;
mod http;
mod mail;
mod sms;

pub use courier::{Carrier, Courier};
pub use hook::HookCarrier;
pub use http::{agent, trouble};
pub use mail::MailCarrier;
pub use sms::SmsCarrier;

#[cfg(test)]
mod tests;
