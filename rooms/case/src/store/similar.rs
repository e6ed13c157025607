//! Nearby similar open cases.

use access::Place;
use base::{DAY_MS, Id, Millis, Outcome};
use diesel::prelude::*;
use store::{Conn, on};

use super::tables::case_item;
use crate::model::{Case, Stage};
use crate::rules::similar::{Likeness, Traits, WINDOW_DAYS, best, likeness};

/// How many candidates are compared at most.
const LOOK_AT: i64 = 300;

/// A case that looks like the one at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimilarCase {
    /// The case.
    pub id: Id<Case>,
    /// Its number.
    pub number: String,
    /// Its title; mask it before showing it to the public.
    pub title: String,
    /// Its text; likewise.
    pub body: String,
    /// Where it stands.
    pub stage: Stage,
    /// When it came in.
    pub created: Millis,
    /// Its category.
    pub category: i64,
    /// How many said "me too".
    pub metoo_count: i64,
    /// How similar, and why.
    pub likeness: Likeness,
}

/// What one is looking for.
#[derive(Debug, Clone, Copy)]
pub struct Sought<'a> {
    /// Where.
    pub place: Place,
    /// Of which category; 0 = not known yet.
    pub category: i64,
    /// Title and text as far as they are typed.
    pub text: &'a str,
    /// Not this one.
    pub except: i64,
    /// Only what everybody may see.
    pub only_public: bool,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = case_item)]
struct Candidate {
    id: i64,
    number: String,
    title: String,
    body: String,
    stage: String,
    created_ms: i64,
    category_id: i64,
    village_id: i64,
    grid_id: i64,
    metoo_count: i64,
}

/// Which open cases of the same village (or of the same town, where the village is not known) within
/// sixty days look like this?
pub fn nearby_similar(conn: &mut Conn, sought: Sought<'_>, now: Millis) -> Outcome<Vec<SimilarCase>> {
    let open: Vec<&str> = Stage::OPEN.iter().map(|s| s.code()).collect();
    let since = now.plus(-WINDOW_DAYS * DAY_MS).0;
    let rows: Vec<Candidate> = on!(conn, c => {
        let mut q = case_item::table
            .filter(case_item::stage.eq_any(open))
            .filter(case_item::created_ms.ge(since))
            .filter(case_item::id.ne(sought.except))
            .select(Candidate::as_select())
            .into_boxed();
        q = if sought.place.village != 0 {
            q.filter(case_item::village_id.eq(sought.place.village))
        } else if sought.place.town != 0 {
            q.filter(case_item::town_id.eq(sought.place.town))
        } else {
            q.filter(case_item::county_id.eq(sought.place.county)).filter(case_item::category_id.eq(sought.category))
        };
        if sought.only_public {
            q = q.filter(case_item::is_public.eq(true));
        }
        q.order((case_item::created_ms.desc(), case_item::id.desc())).limit(LOOK_AT).load(c)
    })?;
    let mine = Traits {
        text: sought.text,
        category: sought.category,
        village: sought.place.village,
        grid: sought.place.grid,
        created: now,
    };
    let scored = rows.into_iter().map(|r| (compared(mine, &r), r)).collect();
    Ok(best(scored).into_iter().map(|(likeness, r)| shown(r, likeness)).collect())
}

fn compared(mine: Traits<'_>, r: &Candidate) -> Likeness {
    let text = format!("{} {}", r.title, r.body);
    let theirs = Traits {
        text: &text,
        category: r.category_id,
        village: r.village_id,
        grid: r.grid_id,
        created: Millis(r.created_ms),
    };
    likeness(mine, theirs)
}

fn shown(r: Candidate, likeness: Likeness) -> SimilarCase {
    SimilarCase {
        id: Id::of(r.id),
        number: r.number,
        title: r.title,
        body: r.body,
        stage: Stage::parse(&r.stage).unwrap_or(Stage::Received),
        created: Millis(r.created_ms),
        category: r.category_id,
        metoo_count: r.metoo_count,
        likeness,
    }
}
