//! What may be the same matter (可能重复): candidates by place, time and words, weighed and given with their reasons.
//! A clerk decides; nothing is merged by itself.

use base::{DAY_MS, Millis, Outcome};
use store::Conn;

use crate::model::Case;
use crate::rules::similar::{Likeness, Traits, WINDOW_DAYS, best, phrases, resemblances, shared_runs};
use crate::store::{Candidate, duplicate_candidates};

/// Words that are shown as shared.
const SHARED: usize = 4;

/// A suggestion (可能重复件).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggested {
    /// The other case.
    pub case: Candidate,
    /// How similar, and why.
    pub likeness: Likeness,
    /// How many days lie between the two.
    pub days: i64,
    /// The words that they share.
    pub shared: Vec<String>,
}

/// Which cases that came in within sixty days before this one, and until `until`, may be the same matter? The best first.
///
/// # Errors
/// Faults of the store.
pub fn suggest_duplicates(conn: &mut Conn, case: &Case, until: Millis) -> Outcome<Vec<Suggested>> {
    let span = (case.created.plus(-WINDOW_DAYS * DAY_MS), until);
    let found = duplicate_candidates(conn, case, span, &phrases(&case.title))?;
    let text = |title: &str, body: &str| format!("{title} {body}");
    let mine = text(&case.title, &case.body);
    let texts: Vec<String> = found.iter().map(|c| text(&c.title, &c.body)).collect();
    let others: Vec<Traits<'_>> = found
        .iter()
        .zip(&texts)
        .map(|(c, text)| Traits {
            text,
            category: c.category_id,
            village: c.village_id,
            grid: c.grid_id,
            created: Millis(c.created_ms),
        })
        .collect();
    let own = Traits {
        text: &mine,
        category: case.category,
        village: case.place.village,
        grid: case.place.grid,
        created: case.created,
    };
    let scored = resemblances(own, &others).into_iter().zip(found.iter().zip(&texts)).collect();
    let one = |(likeness, (c, text)): (Likeness, (&Candidate, &String))| Suggested {
        days: (c.created_ms - case.created.0).abs() / DAY_MS,
        shared: shared_runs(&mine, text, SHARED),
        case: c.clone(),
        likeness,
    };
    Ok(best(scored).into_iter().map(one).collect())
}
