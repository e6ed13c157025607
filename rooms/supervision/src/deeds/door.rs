//! Whether a letter's reader may open what it is about: for the room `notice`, which knows nothing of lists, meetings and sweeps.

use access::{Duty, Kind, Person, may_view, view_filter};
use base::{Id, Outcome};
use notice::{Door, Subject};
use store::Conn;

use crate::store::{entry_by_id, invites_of, meeting_by_id, sweep_in_scope, task_by_id};

/// Entries, meetings, tasks and sweeps, as the room `notice` asks for them.
pub struct SupervisionDoor;

/// The duties with which the pages of entries, meetings and tasks are opened at all.
const READING: [Duty; 5] = [Duty::Clerk, Duty::Handle, Duty::Verify, Duty::Mediate, Duty::Lead];
/// The same for sweeps.
const SWEEPING: [Duty; 5] = [Duty::Grid, Duty::Handle, Duty::Verify, Duty::Clerk, Duty::Lead];

fn has_one(person: &Person, duties: &[Duty]) -> bool {
    person.posts.iter().any(|p| duties.iter().any(|d| p.duties.has(*d)))
}

impl Door for SupervisionDoor {
    fn opens(&self, conn: &mut Conn, person: &Person, subject: Subject) -> Outcome<Option<bool>> {
        let kind = Kind::SupervisionView;
        let resource = match subject {
            Subject::Sweep(id) => {
                let scope = view_filter(person, kind);
                let seen = has_one(person, &SWEEPING) && sweep_in_scope(conn, Id::of(id), &scope)?.is_some();
                return Ok(Some(seen));
            }
            Subject::Supervision(id) => entry_by_id(conn, Id::of(id))?.map(|e| e.resource(kind)),
            Subject::Meeting(id) => match meeting_by_id(conn, Id::of(id))? {
                Some(meeting) => Some(meeting.resource(kind, &invites_of(conn, meeting.id)?)),
                None => None,
            },
            Subject::Task(id) => task_by_id(conn, Id::of(id))?.map(|t| t.resource(kind)),
            Subject::Case(_) | Subject::Nothing => return Ok(None),
        };
        let seen = resource.is_some_and(|r| may_view(person, &r).is_ok());
        Ok(Some(seen && has_one(person, &READING)))
    }
}
