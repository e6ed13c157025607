//! Timers of a case: a clock to be looked at, the end of the resident's window, the nightly proof, a changed calendar.
//! A timer only says "look"; what is done depends on how the case stands then.

use base::{Act, Id, Millis, Outcome};
use jobs::{Handler, handler, put};
use store::Tx;

use super::clocks::{CLOCK, look_at_clock};
use super::proof::{CLOCK_CHECK, prove_clocks};
use super::retime::calendar_changed;
use super::whistle::{WHISTLE_DUE, WHISTLE_HALF, mark_missed, remind_called};
use super::{Hand, confirm_case};
use crate::model::{Case, Stage};
use crate::rules::clock::confirm_at;
use crate::store::{Ground, case_by_id};

/// When the resident's window ends.
pub const CONFIRM_SILENT: &str = "case.confirm_silent";

/// The handlers of the room's timers, for the app's runner; `ground` is what they look things up in, as it is then.
pub fn timers(ground: impl Fn() -> Ground + Clone + Send + Sync + 'static) -> Vec<(&'static str, Handler)> {
    let with = |run: fn(&Ground, &mut Tx<'_>, Act, i64) -> Outcome<()>| {
        let ground = ground.clone();
        handler(move |tx, act, subject| run(&ground(), tx, act, subject))
    };
    vec![
        (CLOCK, with(look_at_clock)),
        (CLOCK_CHECK, with(prove_clocks)),
        (CONFIRM_SILENT, with(confirm_silent)),
        (calendar::CALENDAR_CHANGED, with(calendar_changed)),
        (WHISTLE_DUE, with(mark_missed)),
        (WHISTLE_HALF, handler(remind_called)),
    ]
}

/// Starts the resident's window over an answer.
pub(super) fn start_confirmation(tx: &mut Tx<'_>, g: &Ground, case: &Case, now: Millis) -> Outcome<()> {
    put(tx, CONFIRM_SILENT, case.id.raw(), confirm_at(now, g.windows.confirm_days, &g.here(&case.place)), now)
}

fn confirm_silent(g: &Ground, tx: &mut Tx<'_>, act: Act, subject: i64) -> Outcome<()> {
    let id: Id<Case> = Id::of(subject);
    match case_by_id(tx.conn, id)? {
        Some(case) if case.stage == Stage::Closed => {
            confirm_case(tx, g, Hand::House, act.at, id, None, None).map(|_| ())
        }
        _ => Ok(()),
    }
}
