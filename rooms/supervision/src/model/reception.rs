//! A reception day (信访接待日): when and where a unit, or the leader on one of its posts, receives people.

use access::Place;
use base::{Id, Millis};
use jiff::civil::Date;

/// When it is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// On this weekday of each week, 1 (Monday) to 7, where it is a working day.
    Weekly(i8),
    /// On this day.
    Once(Date),
}

/// A reception day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reception {
    /// Its id.
    pub id: Id<Reception>,
    /// The place of the unit.
    pub place: Place,
    /// The unit that receives.
    pub unit: i64,
    /// The post of the leader who receives; 0 for the unit.
    pub post: i64,
    /// When.
    pub held: Held,
    /// Its first minute of the day.
    pub from: i64,
    /// The first minute after it.
    pub until: i64,
    /// Where.
    pub hall: String,
    /// Since when it is set.
    pub made: Millis,
}

impl Reception {
    /// What the policy sees.
    pub fn resource(&self, kind: access::Kind) -> access::Resource {
        access::Resource { holder: self.unit, ..access::Resource::at(kind, self.place) }
    }
}

/// What is set (设置).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReception {
    /// The post, one of the unit's; 0 for the unit.
    pub post: i64,
    /// The weekday, 1 to 7; 0 for a single day.
    pub weekday: i8,
    /// The single day.
    pub day: Option<Date>,
    /// Its first minute of the day.
    pub from: Option<i64>,
    /// The first minute after it.
    pub until: Option<i64>,
    /// Where.
    pub hall: String,
}
