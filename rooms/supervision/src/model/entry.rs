//! An entry of a supervision list (清单事项): a matter or a problem of a place, who answers for it, and until when.

use access::Place;
use base::{Id, Millis};
use case::model::Case;
use deadline::Term;
use serde::{Deserialize, Serialize};

use super::{ActKind, By, Level, Stage};

/// The terms under which an entry was listed (督办期限): kept with it, so that a later change of the pack moves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The time limit, from the listing (化解时限).
    pub term: Term,
    /// Which article, decision or pack says so.
    pub source: String,
    /// The most that one extension gives, in its unit.
    pub most: Term,
    /// How often it may be extended.
    pub times: u32,
    /// Working days after the end in which an extension that was asked for in time may still be decided.
    pub decide_days: u32,
    /// Which article allows an extension.
    pub extension_source: String,
}

/// The four without which nothing is listed (四项责任), but for the time limit, which stands in the terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Four {
    /// The post of the responsible leader (责任领导).
    pub leader_post: i64,
    /// Who holds it.
    pub leader: i64,
    /// The responsible unit (责任部门).
    pub unit: i64,
    /// The responsible person: an account of that unit (责任人).
    pub person: i64,
}

/// When the clock turns amber, turns red, ends, and counts as missed: an index over the clock; zero before the listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    /// The last instant in time.
    pub due: Millis,
    /// It turns amber.
    pub amber: Millis,
    /// It turns red.
    pub red: Millis,
    /// After this it is overdue: the end, or later while an extension that was asked for in time waits for its decision.
    pub late: Millis,
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: Id<Entry>,
    /// Its number.
    pub number: String,
    /// Where it is.
    pub place: Place,
    /// The case that it is about; none for a problem of a place.
    pub case: Option<Id<Case>>,
    /// Its category; 0 for none.
    pub category: i64,
    /// One line.
    pub title: String,
    /// Where it stands.
    pub stage: Stage,
    /// The level that lists.
    pub level: Level,
    /// The desk of that level.
    pub list_unit: i64,
    /// The unit that nominated it.
    pub by_unit: i64,
    /// Who answers for it; zeros before the listing.
    pub four: Four,
    /// Its terms; none before the listing.
    pub terms: Option<Terms>,
    /// The index over its clock.
    pub marks: Marks,
    /// When it was listed.
    pub listed: Option<Millis>,
    /// When it was struck off.
    pub struck: Option<Millis>,
    /// Its title for everybody, where the lister has set one.
    pub public_title: Option<String>,
    /// How often the leader has visited the matter.
    pub visits: i64,
    /// Whether an extension waits for its decision.
    pub is_asked: bool,
    /// Counts every change; a form sends back the one it showed.
    pub version: i64,
    /// When it was nominated.
    pub created: Millis,
}

impl Entry {
    /// What the policy sees.
    pub fn resource(&self, kind: access::Kind) -> access::Resource {
        access::Resource {
            holder: self.four.unit,
            parts: [self.list_unit, self.by_unit].into_iter().filter(|u| *u != 0).collect(),
            ..access::Resource::at(kind, self.place)
        }
    }
}

/// An act on an entry: who, when, from where to where, with which words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Its id.
    pub id: i64,
    /// When.
    pub at: Millis,
    /// What.
    pub act: ActKind,
    /// In which role.
    pub by: By,
    /// From where.
    pub from: Stage,
    /// To where.
    pub to: Stage,
    /// Who; -1 for the house.
    pub account: i64,
    /// From which post.
    pub post: i64,
    /// Of which unit.
    pub unit: i64,
    /// How much time was asked for.
    pub term: Option<Term>,
    /// The reason, the report, the decision.
    pub words: Option<String>,
}

/// A leader's visit of the matter (包案走访).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Its id.
    pub id: i64,
    /// From which post.
    pub post: i64,
    /// The day, as a date.
    pub day: String,
    /// Where.
    pub place: String,
    /// What came of it.
    pub outcome: String,
}

/// A nomination (提名).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nomination {
    /// The case's number, or empty for a problem of a place.
    pub case_number: String,
    /// Where, for a problem of a place.
    pub place: Place,
    /// The category, for a problem of a place; 0 for none.
    pub category: i64,
    /// One line.
    pub title: String,
    /// What the problem is and why it should be listed.
    pub problem: String,
    /// To which level.
    pub level: Level,
}

/// A listing (列入): the four and the time limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListOrder {
    /// The version that the form showed.
    pub version: Option<i64>,
    /// Leader, unit, person.
    pub four: Four,
    /// The time limit.
    pub term: Option<Term>,
    /// Who set it: an article or a decision.
    pub source: String,
    /// The title for everybody; empty for none.
    pub public_title: String,
}

/// A change of who answers (调整责任).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignOrder {
    /// The version that the form showed.
    pub version: Option<i64>,
    /// Leader, unit, person.
    pub four: Four,
    /// Why.
    pub reason: String,
}
