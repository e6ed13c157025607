//! The last weeks' draws of the demo city, and what the county desks heard when they called: through the same deeds.

use std::sync::Arc;

use access::{Duty, Level, Person};
use base::{Act, DAY_MS, Id, Millis, Outcome, Stop, Zone};
use callback::{Answers, Call, Rule, Said, TryOutcome, Week};
use store::{Db, Tx};
use territory::Kind;

use super::found::City;
use crate::house::{CALLBACKS, Told};

/// Weeks that are drawn.
const WEEKS: i64 = 4;
/// Calls at most that are made.
const MOST: usize = 200;
/// What is said when it is not solved.
const UNSOLVED: [&str; 3] = ["修过一次，过几天又坏了。", "说是报上去了，还没有人来。", "只解决了一半。"];

/// Loads the rule, draws the last whole weeks, and makes most of the calls.
///
/// # Errors
/// Faults of the store; a refusal is none.
pub fn call_back(db: &Db, city: &City, until: Millis) -> anyhow::Result<usize> {
    // The seeds come from a signed checkpoint: the first is signed now, because the year was played in one go.
    db.sign_now().told()?;
    let rule = Rule::read(CALLBACKS).map_err(|fault| anyhow::anyhow!("{fault}"))?;
    db.write_now(move |tx| callback::load_rule(tx, until, &rule, None)).told()?;
    let atlas = city.known.atlas.clone();
    let zone = Zone::default();
    for back in (1..=WEEKS).rev() {
        let week = Week::of(zone.day(until.plus(-7 * back * DAY_MS)));
        let atlas = atlas.clone();
        db.keep_house_now(move |tx| {
            let tops: Vec<_> = atlas.children(None).map(|e| e.id).collect();
            for county in tops.into_iter().flat_map(|top| atlas.below(top, Kind::County)) {
                let code = atlas.code(county, "nbs12").unwrap_or_default().to_owned();
                callback::draw_week(tx, Act::system(until), week, county.raw(), &code)?;
            }
            Ok(())
        })
        .told()?;
    }
    let desks = Arc::new(desks(db, city, until)?);
    let open = db.read_now(|conn| callback::open_calls(conn, MOST)).told()?;
    let mut made = 0;
    for call in open {
        let desks = desks.clone();
        made += db.keep_house_now(move |tx| one(tx, &desks, until, &call)).told()?;
    }
    Ok(made)
}

/// Who sits at the counties' desks.
fn desks(db: &Db, city: &City, at: Millis) -> anyhow::Result<Vec<Person>> {
    let mut accounts: Vec<_> = city.staff.by_unit.values().flatten().copied().collect();
    accounts.extend(city.cast.members.iter().map(|m| m.account));
    accounts.sort_unstable();
    accounts.dedup();
    let people = db
        .read_now(move |conn| {
            let one = |account: &Id<access::Account>| access::person_by_account(conn, *account, at);
            accounts.iter().map(one).collect::<Outcome<Vec<_>>>()
        })
        .told()?;
    let sits = |p: &Person| {
        let desk = |post: &access::HeldPost| {
            post.scope.level == Level::County
                && (post.duties.has(Duty::Clerk) || post.duties.has(Duty::Verify))
        };
        p.posts.iter().any(desk)
    };
    Ok(people.into_iter().flatten().filter(sits).collect())
}

/// What comes of one call; 1 when somebody may make it.
fn one(tx: &mut Tx<'_>, desks: &[Person], at: Millis, call: &Call) -> Outcome<usize> {
    // Some wait, so that there is something to do: one of each draw at least, however small.
    if call.position % 6 == 1 {
        return Ok(0);
    }
    let here = desks.iter().filter(|p| p.posts.iter().any(|post| post.scope.id == call.county));
    for person in here {
        match callback::take_call(tx, person, at, call.id) {
            Ok(()) => {
                said(tx, person, at, call)?;
                return Ok(1);
            }
            Err(Stop::Fault(fault)) => return Err(fault.into()),
            // This one had a hand in it; the next may.
            Err(_) => {}
        }
    }
    Ok(0)
}

fn said(tx: &mut Tx<'_>, person: &Person, at: Millis, call: &Call) -> Outcome<()> {
    let n = usize::try_from(call.position).unwrap_or(0) + usize::try_from(call.id % 7).unwrap_or(0);
    match n % 9 {
        0 => {
            for _ in 0..3 {
                callback::note_try(tx, person, at, call.id, TryOutcome::NoAnswer)?;
            }
            Ok(())
        }
        1 => callback::note_try(tx, person, at, call.id, TryOutcome::Busy).map(drop),
        2 => {
            let words = UNSOLVED[n % UNSOLVED.len()].to_owned();
            let said = Answers { contacted: Said::Yes, solved: Said::No, satisfied: Said::No, words };
            callback::answer_call(tx, person, at, call.id, &said)
        }
        3 => {
            let said = Answers {
                contacted: Said::Yes,
                solved: Said::Yes,
                satisfied: Said::Unsaid,
                words: String::new(),
            };
            callback::answer_call(tx, person, at, call.id, &said)
        }
        _ => {
            let said = Answers {
                contacted: Said::Yes,
                solved: Said::Yes,
                satisfied: Said::Yes,
                words: String::new(),
            };
            callback::answer_call(tx, person, at, call.id, &said)
        }
    }
}
