//! A sweep (排查): a campaign over a place for a period, one return for each village or grid, also when there is
//! nothing to report, and findings that become cases.

use access::Place;
use base::{Id, Millis};
use jiff::civil::Date;

use super::{Rung, SweepKind};

/// A campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sweep {
    /// Its id.
    pub id: Id<Sweep>,
    /// Where: this division and everything below.
    pub place: Place,
    /// The unit that ordered it.
    pub unit: i64,
    /// What sort.
    pub kind: SweepKind,
    /// Who returns.
    pub rung: Rung,
    /// What it is called.
    pub title: String,
    /// What is to be looked for.
    pub question: String,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// The last instant for a return: the end of the last day.
    pub due: Millis,
    /// When it was ordered.
    pub created: Millis,
}

/// An order (部署).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSweep {
    /// Where.
    pub place: Place,
    /// What sort.
    pub kind: SweepKind,
    /// Who returns.
    pub rung: Rung,
    /// What it is called.
    pub title: String,
    /// What is to be looked for.
    pub question: String,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

/// A return (填报): one for each village or grid, made with the campaign and filled by who works there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    /// Its id.
    pub id: Id<Return>,
    /// Its campaign.
    pub sweep: Id<Sweep>,
    /// The village or grid.
    pub place: Place,
    /// When it came in; none while it is awaited.
    pub returned: Option<Millis>,
    /// How many findings; none of them is a return too (零报告).
    pub findings: i64,
    /// What was done, in words.
    pub words: String,
    /// Who returned.
    pub account: i64,
}

impl Return {
    /// What the policy sees.
    pub fn resource(&self, kind: access::Kind) -> access::Resource {
        access::Resource::at(kind, self.place)
    }
}

/// A finding (排查发现的问题): about a matter at a spot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its id.
    pub id: Id<Finding>,
    /// Its return.
    pub of: Id<Return>,
    /// Its campaign.
    pub sweep: Id<Sweep>,
    /// What.
    pub what: String,
    /// Where exactly.
    pub spot: String,
    /// The case that it became; 0 so far.
    pub case: i64,
}
