//! Telling whoever holds a case (告知承办方): the worker to whom it was given, or else the unit.

use base::{Millis, Outcome};
use notice::{Audience, Kind, Letter, Subject};
use store::Tx;

use crate::model::Case;

/// Who holds a case now, as a letter's audience.
pub(super) fn holder(case: &Case) -> Audience {
    match case.holder.account {
        0 => Audience::Unit(case.holder.unit),
        account => Audience::Account(account),
    }
}

/// A letter about a case to its holder, with the number filled in.
pub(super) fn about(kind: Kind, case: &Case) -> Letter {
    Letter::new(kind, case.place, Subject::Case(case.id.raw()), holder(case)).number(&case.number)
}

/// Tells the holder of a deadline: that it is near, or that it has passed.
pub(super) fn tell_due(tx: &mut Tx<'_>, kind: Kind, case: &Case, at: Millis) -> Outcome<()> {
    notice::tell(tx, &about(kind, case).at("due", case.due), at)
}
