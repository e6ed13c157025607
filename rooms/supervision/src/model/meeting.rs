//! A joint meeting (联席会议): called by a unit, with an agenda of open matters, minutes by item, and tasks out of it.

use access::Place;
use base::{Id, Millis};
use deadline::Term;

use super::{MeetingStage, Origin, TaskState};

/// A meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// Its id.
    pub id: Id<Meeting>,
    /// The place of the unit that calls.
    pub place: Place,
    /// The unit that calls.
    pub unit: i64,
    /// What it is called.
    pub title: String,
    /// Where it is held.
    pub hall: String,
    /// When it begins.
    pub start: Millis,
    /// Where it stands.
    pub stage: MeetingStage,
    /// Counts every change.
    pub version: i64,
    /// When it was called.
    pub created: Millis,
}

impl Meeting {
    /// What the policy sees; `invited` are the units that were called.
    pub fn resource(&self, kind: access::Kind, invited: &[i64]) -> access::Resource {
        access::Resource {
            holder: self.unit,
            parts: invited.to_vec(),
            ..access::Resource::at(kind, self.place)
        }
    }
}

/// A call (召集).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMeeting {
    /// What it is called.
    pub title: String,
    /// Where.
    pub hall: String,
    /// When.
    pub start: Millis,
    /// Who is invited.
    pub units: Vec<i64>,
}

/// An item of the agenda (议题): a case or an entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its id.
    pub id: i64,
    /// Its place on the agenda, from 1.
    pub position: i64,
    /// The case; 0 for an entry.
    pub case: i64,
    /// The entry; 0 for a case.
    pub entry: i64,
    /// The number of either.
    pub number: String,
    /// The title of either.
    pub title: String,
    /// What was said and decided.
    pub minutes: Option<String>,
}

/// A task out of a meeting (会议任务).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its id.
    pub id: Id<Task>,
    /// The place of the meeting.
    pub place: Place,
    /// The meeting.
    pub meeting: Id<Meeting>,
    /// The item; 0 for none.
    pub item: i64,
    /// The unit that must do it.
    pub unit: i64,
    /// Where it comes from.
    pub origin: Origin,
    /// What is to be done.
    pub what: String,
    /// In which time.
    pub term: Term,
    /// From when.
    pub start: Millis,
    /// Until when: an index over term and start.
    pub due: Millis,
    /// When it was done.
    pub done: Option<Millis>,
    /// What was done.
    pub words: String,
    /// What proves it: a paper, a photograph, a number.
    pub evidence: String,
    /// Who said so; 0 while it is open.
    pub account: i64,
    /// From which post.
    pub post: i64,
    /// Counts every change.
    pub version: i64,
}

impl Task {
    /// How it stands at `now`.
    pub fn state(&self, now: Millis) -> TaskState {
        match self.done {
            Some(at) if at <= self.due => TaskState::Done,
            Some(_) => TaskState::DoneLate,
            None if now > self.due => TaskState::Late,
            None => TaskState::Open,
        }
    }

    /// What the policy sees.
    pub fn resource(&self, kind: access::Kind) -> access::Resource {
        access::Resource { holder: self.unit, ..access::Resource::at(kind, self.place) }
    }
}

/// A task that is given (交办).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTask {
    /// The item; 0 for none.
    pub item: i64,
    /// Who must do it.
    pub unit: i64,
    /// What.
    pub what: String,
    /// In which time.
    pub term: Term,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_open_late_or_done() {
        let task = |done| Task {
            id: Id::of(1),
            place: Place::default(),
            meeting: Id::of(1),
            item: 0,
            unit: 1,
            origin: Origin::OrganisationRequest,
            what: String::new(),
            term: "5wd".parse().unwrap(),
            start: Millis(0),
            due: Millis(10),
            done,
            words: String::new(),
            evidence: String::new(),
            account: 0,
            post: 0,
            version: 1,
        };
        assert_eq!(task(None).state(Millis(10)), TaskState::Open);
        assert_eq!(task(None).state(Millis(11)), TaskState::Late);
        assert_eq!(task(Some(Millis(10))).state(Millis(99)), TaskState::Done);
        assert_eq!(task(Some(Millis(11))).state(Millis(99)), TaskState::DoneLate);
    }
}
