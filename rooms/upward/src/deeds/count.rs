//! Counting a day (统计一日): the figures' own counters over the divisions that are reported for, and what was heard from below.

use std::collections::BTreeMap;

use access::Level;
use base::{Id, Millis, Outcome, Zone};
use figure::{Ask, Counter, Split, area_of};
use jiff::civil::Date;
use store::Conn;
use territory::{Atlas, Division, Kind as Rung};

use super::CODES;
use crate::model::{
    CategoryCode, DivisionCode, Installation, InstallationState, Link, Measure, Numbers, Report,
};
use crate::rules::{Part, rows_of};
use crate::store::{DayHeard, HeardDay, categories, days_heard, heard_of_day, installations, missing_said};

/// Which counter of the figures is which number of a report.
const COUNTERS: [(Counter, Measure); 7] = [
    (Counter::Received, Measure::Received),
    (Counter::Due, Measure::Due),
    (Counter::Done, Measure::Done),
    (Counter::OnTime, Measure::OnTime),
    (Counter::Missed, Measure::Missed),
    (Counter::Extended, Measure::Extended),
    (Counter::Reopened, Measure::Reopened),
];

/// What counting looks things up in: read once for all days.
pub struct Counting {
    atlas: Atlas,
    zone: Zone,
    tops: BTreeMap<i64, CategoryCode>,
    below: Vec<Installation>,
}

fn level_of(kind: Rung) -> Level {
    match kind {
        Rung::Province => Level::Province,
        Rung::City => Level::City,
        Rung::County => Level::County,
        Rung::Town => Level::Town,
        Rung::Village => Level::Village,
    }
}

impl Counting {
    /// Reads it.
    ///
    /// # Errors
    /// Faults of the store.
    pub fn read(conn: &mut Conn) -> Outcome<Self> {
        let below = installations(conn)?.into_iter().filter(|i| i.state == InstallationState::Active);
        Ok(Self {
            atlas: territory::load_atlas(conn)?,
            zone: Zone::default(),
            tops: categories(conn)?.0,
            below: below.collect(),
        })
    }

    /// Whether reports of others go into ours.
    pub fn hears_others(&self) -> bool {
        !self.below.is_empty()
    }

    fn division(&self, code: &DivisionCode) -> Option<Id<Division>> {
        self.atlas.by_code(CODES, code.as_str()).first().map(|e| e.id)
    }

    /// Whether a division lies in another, or is the same.
    fn lies_in(&self, code: &DivisionCode, scope: &DivisionCode) -> bool {
        let both = self.division(scope).zip(self.division(code));
        code == scope || both.is_some_and(|(scope, division)| self.atlas.contains(scope, division))
    }

    /// What this installation itself did in a division on a day.
    fn own(&self, conn: &mut Conn, code: &DivisionCode, day: Date, now: Millis) -> Outcome<Part> {
        let Some(entry) = self.atlas.by_code(CODES, code.as_str()).into_iter().next() else {
            return Ok(Part::default());
        };
        let area = area_of(&self.atlas, level_of(entry.kind), entry.id.raw());
        let (from, to) = (self.zone.start_of(day), self.zone.end_of(day).plus(1));
        let (said, satisfied) = callback::satisfied(conn, &area.counties, from, to)?;
        let ask = Ask {
            scope: vec![area],
            place: None,
            from,
            to,
            now,
            unit: 0,
            categories: Vec::new(),
            level: None,
            clock: None,
            state: None,
        };
        let mut part = Part { whole: Numbers { said, satisfied, ..Numbers::default() }, ..Part::default() };
        for (counter, measure) in COUNTERS {
            for (word, n) in figure::counts(conn, &ask, counter, Split::Category)? {
                let top = word.parse().ok().and_then(|id: i64| self.tops.get(&id));
                let top = top.cloned().unwrap_or_else(CategoryCode::other);
                part.whole.add(measure, n);
                part.split.entry(top).or_default().add(measure, n);
            }
        }
        Ok(part)
    }

    /// What was heard of the divisions in another, a part for each.
    fn heard(&self, scope: &DivisionCode, all: &[HeardDay]) -> Vec<Part> {
        let mut parts: BTreeMap<&DivisionCode, Part> = BTreeMap::new();
        for row in all.iter().filter(|r| self.lies_in(&r.division, scope)) {
            let part = parts.entry(&row.division).or_default();
            if row.category.is_any() {
                part.whole = part.whole.plus(row.numbers);
            } else {
                let sum = part.split.entry(row.category.clone()).or_default();
                *sum = sum.plus(row.numbers);
            }
        }
        parts.into_values().collect()
    }

    /// The divisions in another of which nothing came for the day, or came incomplete.
    fn missing(&self, conn: &mut Conn, link: &Link, day: Date, complete: bool) -> Outcome<Vec<DivisionCode>> {
        let came: Vec<DayHeard> = days_heard(conn, 0, day, day)?;
        let has =
            |i: &Installation| came.iter().any(|d| d.installation == i.id && (d.is_complete || !complete));
        let silent = self.below.iter().filter(|i| i.first_day <= day && !has(i));
        let mut out: Vec<DivisionCode> = silent.flat_map(|i| i.codes.iter().cloned()).collect();
        for (_, _, codes) in missing_said(conn, day, day)? {
            out.extend(codes.split(' ').filter_map(DivisionCode::parse));
        }
        out.retain(|code| link.codes.iter().any(|scope| self.lies_in(code, scope)));
        out.sort();
        out.dedup();
        Ok(out)
    }

    /// What there is to say of a day; without number and revision. A running day is told without categories.
    ///
    /// # Errors
    /// Faults of the store.
    pub fn report(&self, conn: &mut Conn, link: &Link, day: Date, at: Millis) -> Outcome<Report> {
        let complete = day < self.zone.day(at);
        let all = heard_of_day(conn, day)?;
        let mut rows = Vec::new();
        for code in link.codes.iter() {
            let mut parts = self.heard(code, &all);
            parts.push(self.own(conn, code, day, at)?);
            rows.extend(rows_of(code, &parts, !complete));
        }
        Ok(Report {
            installation: Id::of(link.installation),
            sequence: 0,
            day,
            revision: 0,
            complete,
            made_ms: at,
            missing: self.missing(conn, link, day, complete)?,
            rows,
        })
    }
}
