//! The nouns: a letter, what it is about, whom it is for, the ways it can go and how it stands.

mod feed;
mod kind;
mod letter;
mod setup;

pub use feed::FeedEvent;
pub use kind::{Kind, Sort, To};
pub use letter::{
    Audience, CaseNumber, Contact, Item, Kept, Letter, Param, Params, Problem, State, Subject, params_of,
    params_text,
};
pub use setup::{Channel, Message, OpenChannel, Quiet, Setup, Trouble};
