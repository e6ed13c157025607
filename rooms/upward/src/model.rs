//! The nouns of the room: what a report holds and nothing else, the link at the lower end, the installations at the upper.

mod link;
mod report;

pub use link::{
    Address, Cadence, Codes, Installation, InstallationState, Link, LinkState, NewInstallation, NewLink,
    OneTime, PublicKey, Sent, SentState, StationName, Why,
};
pub use report::{
    ANY, Beat, BeatAnswer, CategoryCode, DivisionCode, LinkAnswer, LinkAsk, Measure, Numbers, OTHER, Report,
    ReportAnswer, Row,
};
