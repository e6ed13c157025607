//! What a calendar feed holds (日程).

use base::Millis;

use super::Param;

/// An event of a feed (日程事项): a deadline, a meeting, a reception day. It names no person and tells no matter: its title is a
/// sentence of the catalogue, filled with a number and with a name from a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEvent {
    /// The kind of record, for the event's lasting name, e.g. `case`.
    pub kind: &'static str,
    /// The record.
    pub id: i64,
    /// Which of several under one record, as the date of a day that comes again; 0 where there is one.
    pub part: i64,
    /// When.
    pub at: Millis,
    /// How long, in minutes; 0 for an instant. Something that ends with its day is told as a whole day.
    pub minutes: i64,
    /// The catalogue's key of the title, with places for `number` and `label`.
    pub key: &'static str,
    /// The number, where the record has one.
    pub number: Option<Param>,
    /// A name out of a pack, such as a category's; never what somebody wrote.
    pub label: String,
    /// The record's address in the house.
    pub path: String,
    /// When the record was made: feeds must not change while nothing does.
    pub made: Millis,
}
