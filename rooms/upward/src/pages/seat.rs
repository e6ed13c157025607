//! Who reads, and what the lists can be asked for.

use std::{collections::BTreeMap, sync::Arc};

use access::Person;
use base::{Cursor, Outcome, Page};
use jiff::{ToSpan, civil::Date};
use territory::{Atlas, LiveAtlas};
use web::{ListQuery, Names as _, Opt, Site, View};

use crate::deeds::{CODES, may_read};
use crate::model::{ANY, DivisionCode, Measure, Numbers, OTHER};

web::names! {
    /// What the lists can be asked for.
    pub(crate) enum By {
        Tab = "tab", Month = "month", Division = "division", Category = "category", Installation = "installation",
        Report = "report",
    }
}
web::names! {
    /// By what they run.
    pub(crate) enum Order {
        Name = "name", Time = "time", Received = "received", Due = "due", Missed = "missed", Missing = "missing",
    }
}

/// The query of every list of the room.
pub(crate) type Asked = ListQuery<By, Order>;

/// One reader's seat for the length of a request.
#[derive(Clone)]
pub(crate) struct Seat {
    pub person: Arc<Person>,
    pub atlas: Atlas,
}

impl Seat {
    /// The seat of the signed-in person.
    pub fn of(site: &Site, who: &web::Person) -> Outcome<Self> {
        Ok(Self { person: access::person_of(who)?, atlas: site.get::<LiveAtlas>()?.now() })
    }

    /// Whether the person reads about a division.
    pub fn sees(&self, code: &DivisionCode) -> bool {
        may_read(&self.atlas, &self.person, code)
    }

    /// A division's name; its code where the territory does not know it.
    pub fn name(&self, code: &str) -> String {
        let found = self.atlas.by_code(CODES, code).first().map(|e| e.name.to_owned());
        found.unwrap_or_else(|| code.to_owned())
    }

    /// The names of several.
    pub fn names<'a>(&self, codes: impl Iterator<Item = &'a DivisionCode>) -> String {
        codes.map(|c| self.name(c.as_str())).collect::<Vec<_>>().join("、")
    }
}

/// The month that is asked for, this one where none is: its first and its last day.
pub(crate) fn month(q: &Asked, v: &View) -> (Date, Date) {
    let asked = q.get(By::Month).and_then(|text| format!("{text}-01").parse::<Date>().ok());
    let first = asked.unwrap_or_else(|| v.zone.day(v.now)).first_of_month();
    (first, first.last_of_month())
}

/// The last thirteen months.
pub(crate) fn months(v: &View) -> Vec<Opt> {
    let this = v.zone.day(v.now).first_of_month();
    let back = |n: i32| this.checked_sub(n.months()).unwrap_or(this);
    (0..13)
        .map(back)
        .map(|day| {
            let value = format!("{:04}-{:02}", day.year(), day.month());
            Opt::new(&value, &value)
        })
        .collect()
}

/// A category's name.
pub(crate) fn category_name(v: &View, names: &BTreeMap<String, String>, code: &str) -> String {
    match code {
        ANY => v.t("upward.category.any").into_owned(),
        OTHER => v.t("upward.category.other").into_owned(),
        other => names.get(other).cloned().unwrap_or_else(|| other.to_owned()),
    }
}

/// The catalogue's key of a measure.
pub(crate) fn measure_key(measure: Measure) -> String {
    format!("upward.measure.{}", measure.name())
}

/// The names of the measures, in order.
pub(crate) fn measure_heads(v: &View) -> Vec<String> {
    Measure::ALL.iter().map(|m| v.t(&measure_key(*m)).into_owned()).collect()
}

/// The numbers in the order of the measures.
pub(crate) fn numbers_of(numbers: Numbers) -> Vec<i64> {
    Measure::ALL.iter().map(|m| numbers.get(*m)).collect()
}

/// A page of rows that are in memory: there are as many as divisions or installations.
pub(crate) fn cut<T: Clone>(rows: &[T], after: Option<Cursor>, size: usize) -> Page<T> {
    let from = after.and_then(|c| usize::try_from(c.key).ok()).unwrap_or(0).min(rows.len());
    let to = (from + size).min(rows.len());
    let next = (to < rows.len()).then(|| Cursor { key: i64::try_from(to).unwrap_or(i64::MAX), id: 0 });
    Page { rows: rows[from..to].to_vec(), next }
}
