//! What happened to a case, for a page: acts and notes in one line of time.

use std::collections::HashMap;

use base::{Id, Millis, Outcome};
use parts::notes;
use store::Conn;

use super::cases::acts_of;
use crate::model::{ActKind, By, Case, Ending, Stage};
use crate::rules::sight;

/// One entry of the timeline (办理经过).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Millis,
    /// What.
    pub act: ActKind,
    /// In which role.
    pub by: By,
    /// The stage after it.
    pub stage: Stage,
    /// Who; 0 = the public, -1 = the house. Always 0 in the resident's view.
    pub account: i64,
    /// The name at work; empty in the resident's view.
    pub name: String,
    /// Of which unit; 0 = none.
    pub unit: i64,
    /// To which unit it was sent; 0 = none.
    pub to_unit: i64,
    /// The result, where one was given.
    pub ending: Option<Ending>,
    /// The reason, report, answer or note, where the viewer may read it.
    pub words: Option<String>,
    /// The category before and after, where the act changed it.
    pub categories: Option<(i64, i64)>,
    /// Whether the resident sees this entry's words.
    pub is_public: bool,
}

/// Everything, for those who may open the case.
pub fn timeline(conn: &mut Conn, id: Id<Case>) -> Outcome<Vec<Event>> {
    let mut events = events_of(conn, id, false)?;
    let mut accounts: Vec<i64> = events.iter().map(|e| e.account).filter(|a| *a > 0).collect();
    accounts.sort_unstable();
    accounts.dedup();
    let names: HashMap<i64, String> = access::displays_of(conn, &accounts)?.into_iter().collect();
    for event in &mut events {
        event.name = names.get(&event.account).cloned().unwrap_or_default();
    }
    Ok(events)
}

/// What the resident sees: units, never names; answers and reasons, never internal words.
pub fn public_timeline(conn: &mut Conn, id: Id<Case>) -> Outcome<Vec<Event>> {
    let events = events_of(conn, id, true)?;
    Ok(events.into_iter().map(|e| Event { account: 0, ..e }).collect())
}

fn events_of(conn: &mut Conn, id: Id<Case>, only_public: bool) -> Outcome<Vec<Event>> {
    let mut events = Vec::new();
    for row in acts_of(conn, id)? {
        // A code of a later version is left out rather than shown wrongly.
        let (Some(act), Some(by), Some(stage)) =
            (ActKind::parse(&row.act), By::parse(&row.by_role), Stage::parse(&row.to_stage))
        else {
            continue;
        };
        let is_public = sight::resident_reads(act);
        if only_public && !sight::resident_sees(act) {
            continue;
        }
        events.push(Event {
            at: Millis(row.at_ms),
            act,
            by,
            stage,
            account: row.account,
            name: String::new(),
            unit: row.unit_id,
            to_unit: row.to_unit,
            ending: row.ending.as_deref().and_then(Ending::parse),
            words: row.words.filter(|_| is_public || !only_public),
            categories: (row.new_category != 0).then_some((row.old_category, row.new_category)),
            is_public,
        });
    }
    for note in notes::notes_of(conn, "case", id.raw(), only_public)? {
        events.push(Event {
            at: Millis(note.at_ms),
            act: ActKind::Note,
            by: By::Clerk,
            stage: Stage::Received,
            account: note.account,
            name: String::new(),
            unit: 0,
            to_unit: 0,
            ending: None,
            words: Some(note.body),
            categories: None,
            is_public: note.is_public,
        });
    }
    events.sort_by_key(|e| e.at);
    Ok(events)
}
