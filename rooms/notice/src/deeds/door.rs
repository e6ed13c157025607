//! Whether the record of a letter is still within its reader's reach: asked of the room that keeps the record, so that a letter
//! whose record has gone elsewhere is answered in plain words instead of with "not found".

use access::Person;
use base::Outcome;
use store::Conn;

use crate::model::Subject;

/// A room whose records letters are about: the app hands all of them in.
pub trait Door: Send + Sync {
    /// Whether this person may open the record's page now, by the room's own policy; `None` when the record is not of this room.
    ///
    /// # Errors
    /// Faults of the store.
    fn opens(&self, conn: &mut Conn, person: &Person, subject: Subject) -> Outcome<Option<bool>>;
}

/// The doors of all rooms; the app adds one to the site.
#[derive(Default)]
pub struct Doors(pub Vec<Box<dyn Door>>);

impl Doors {
    /// Whether a person may open what a letter is about. What no room knows is left to the record's own page.
    ///
    /// # Errors
    /// Faults of the store.
    pub fn open(&self, conn: &mut Conn, person: &Person, subject: Subject) -> Outcome<bool> {
        for door in &self.0 {
            if let Some(opens) = door.opens(conn, person, subject)? {
                return Ok(opens);
            }
        }
        Ok(true)
    }
}
