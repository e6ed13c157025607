//! Whether a letter's reader may open the case that it is about: for the room `notice`, which knows no cases.

use access::{Duty, Kind, Person, view_filter};
use base::{Id, Outcome};
use notice::{Door, Subject};
use store::Conn;

use crate::store::case_in_scope;

/// The cases, as the room `notice` asks for them.
pub struct CaseDoor;

/// The duties with which the page of a case is opened at all.
const CASEWORK: [Duty; 7] =
    [Duty::Clerk, Duty::Intake, Duty::Handle, Duty::Verify, Duty::Grid, Duty::Mediate, Duty::Lead];

impl Door for CaseDoor {
    fn opens(&self, conn: &mut Conn, person: &Person, subject: Subject) -> Outcome<Option<bool>> {
        let Subject::Case(id) = subject else { return Ok(None) };
        let works = person.posts.iter().any(|p| CASEWORK.iter().any(|d| p.duties.has(*d)));
        let seen = works && case_in_scope(conn, Id::of(id), &view_filter(person, Kind::CaseView))?.is_some();
        Ok(Some(seen))
    }
}
