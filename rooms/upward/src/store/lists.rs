//! The rows of the lists.

use base::{Cursor, Fault, Millis, Outcome, Page};
use diesel::prelude::*;
use jiff::civil::Date;
use store::{Conn, on};

use super::tables::{SentRow, day, named, upward_cell, upward_refusal, upward_report, upward_sent};
use crate::model::{Numbers, Sent, SentState, Why};
use web::Names;

fn most(size: usize) -> i64 {
    i64::try_from(size + 1).unwrap_or(i64::MAX)
}

/// The reports that were made, the latest first; only of one state where one is said.
///
/// # Errors
/// Faults of the store.
pub fn sent_page(
    conn: &mut Conn,
    state: Option<SentState>,
    descending: bool,
    after: Option<Cursor>,
    size: usize,
) -> Outcome<Page<Sent>> {
    let rows: Vec<SentRow> = on!(conn, c => {
        let mut q = upward_sent::table.select(SentRow::as_select()).into_boxed();
        if let Some(state) = state {
            q = q.filter(upward_sent::state.eq(state.name()));
        }
        if let Some(Cursor { id, .. }) = after {
            q = if descending { q.filter(upward_sent::id.lt(id)) } else { q.filter(upward_sent::id.gt(id)) };
        }
        q = if descending { q.order(upward_sent::id.desc()) } else { q.order(upward_sent::id) };
        q.limit(most(size)).load(c)
    })?;
    let rows = rows.into_iter().map(SentRow::sent).collect::<Outcome<Vec<_>>>()?;
    Ok(Page::from_extra(rows, size, |s| Cursor { key: 0, id: s.id }))
}

web::names! {
    /// Which reports of the installations below are listed.
    pub enum ReportTab {
        /// Those that count.
        Current = "current",
        /// Those that a later one replaced.
        Replaced = "replaced",
        /// Those that were not taken.
        Refused = "refused",
    }
}

/// A report of an installation below (收到的日报).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportLine {
    /// Its id.
    pub id: i64,
    /// Who reported.
    pub installation: i64,
    /// Its number.
    pub sequence: i64,
    /// Its day.
    pub day: Date,
    /// Which report of the day.
    pub revision: i64,
    /// Whether the day was over.
    pub is_complete: bool,
    /// When it came.
    pub at: Millis,
    /// Its digest.
    pub digest: String,
    /// Why it was refused.
    pub why: Option<Why>,
}

type TakenRow = (i64, i64, i64, String, i64, bool, i64, String);

/// The reports that were taken, current or replaced, of one installation or of these.
///
/// # Errors
/// Faults of the store.
pub fn reports_page(
    conn: &mut Conn,
    of: &[i64],
    is_current: bool,
    descending: bool,
    after: Option<Cursor>,
    size: usize,
) -> Outcome<Page<ReportLine>> {
    let of = of.to_vec();
    let rows: Vec<TakenRow> = on!(conn, c => {
        let mut q = upward_report::table
            .filter(upward_report::installation_id.eq_any(of))
            .filter(upward_report::is_current.eq(is_current))
            .select((
                upward_report::id,
                upward_report::installation_id,
                upward_report::sequence,
                upward_report::day,
                upward_report::revision,
                upward_report::is_complete,
                upward_report::taken_ms,
                upward_report::digest,
            ))
            .into_boxed();
        if let Some(Cursor { id, .. }) = after {
            q = if descending { q.filter(upward_report::id.lt(id)) } else { q.filter(upward_report::id.gt(id)) };
        }
        q = if descending { q.order(upward_report::id.desc()) } else { q.order(upward_report::id) };
        q.limit(most(size)).load(c)
    })?;
    let one = |(id, installation, sequence, text, revision, is_complete, at, digest): TakenRow| {
        Ok(ReportLine {
            id,
            installation,
            sequence,
            day: day(&text)?,
            revision,
            is_complete,
            at: Millis(at),
            digest,
            why: None,
        })
    };
    let rows = rows.into_iter().map(one).collect::<Outcome<Vec<_>>>()?;
    Ok(Page::from_extra(rows, size, |r| Cursor { key: 0, id: r.id }))
}

/// The reports that were refused, of these installations.
///
/// # Errors
/// Faults of the store.
pub fn refused_page(
    conn: &mut Conn,
    of: &[i64],
    descending: bool,
    after: Option<Cursor>,
    size: usize,
) -> Outcome<Page<ReportLine>> {
    let of = of.to_vec();
    let rows: Vec<(i64, i64, i64, i64, String, String, String)> = on!(conn, c => {
        let mut q = upward_refusal::table.filter(upward_refusal::installation_id.eq_any(of)).into_boxed();
        if let Some(Cursor { id, .. }) = after {
            q = if descending { q.filter(upward_refusal::id.lt(id)) } else { q.filter(upward_refusal::id.gt(id)) };
        }
        q = if descending { q.order(upward_refusal::id.desc()) } else { q.order(upward_refusal::id) };
        q.limit(most(size)).load(c)
    })?;
    let one = |(id, installation, at, sequence, text, reason, digest): (
        i64,
        i64,
        i64,
        i64,
        String,
        String,
        String,
    )| {
        Ok(ReportLine {
            id,
            installation,
            sequence,
            day: day(&text)?,
            revision: 0,
            is_complete: false,
            at: Millis(at),
            digest,
            why: Some(named(&reason)?),
        })
    };
    let rows = rows.into_iter().map(one).collect::<Outcome<Vec<_>>>()?;
    Ok(Page::from_extra(rows, size, |r| Cursor { key: 0, id: r.id }))
}

web::names! {
    /// By what the numbers are listed.
    pub enum CellOrder {
        /// By day.
        Day = "day",
        /// By how many came in.
        Received = "received",
    }
}

/// Which numbers are listed (查询条件).
#[derive(Debug, Clone)]
pub struct CellAsk {
    /// Of these divisions.
    pub divisions: Vec<String>,
    /// Of this category; none = of those for all categories together.
    pub category: String,
    /// From this day.
    pub from: Date,
    /// To this day.
    pub to: Date,
    /// Only of this report, replaced or not; 0 = the current ones.
    pub report: i64,
    /// In which order.
    pub order: CellOrder,
    /// Downwards.
    pub descending: bool,
}

/// A row of a report (上报行).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellLine {
    /// Its id.
    pub id: i64,
    /// The installation.
    pub installation: i64,
    /// The division's code.
    pub division: String,
    /// The category's code.
    pub category: String,
    /// The day.
    pub day: Date,
    /// The numbers.
    pub numbers: Numbers,
}

type CellRow = (i64, i64, String, String, String, (i64, i64, i64, i64, i64), (i64, i64, i64, i64));

/// The day as a number that grows with it, for the cursor.
fn key_of(day: Date) -> i64 {
    i64::from(day.since(jiff::civil::date(1970, 1, 1)).map_or(0, |span| span.get_days()))
}

fn day_of(key: i64) -> Outcome<Date> {
    let days = jiff::Span::new().try_days(key).map_err(|e| Fault::new(e.to_string()))?;
    Ok(jiff::civil::date(1970, 1, 1).checked_add(days).map_err(|e| Fault::new(e.to_string()))?)
}

/// The numbers of the reports.
///
/// # Errors
/// Faults of the store.
pub fn cells_page(
    conn: &mut Conn,
    ask: &CellAsk,
    after: Option<Cursor>,
    size: usize,
) -> Outcome<Page<CellLine>> {
    let after_day = match after {
        Some(Cursor { key, .. }) if ask.order == CellOrder::Day => day_of(key)?.to_string(),
        _ => String::new(),
    };
    let rows: Vec<CellRow> = on!(conn, c => {
        let mut q = upward_cell::table
            .filter(upward_cell::day.between(ask.from.to_string(), ask.to.to_string()))
            .filter(upward_cell::division.eq_any(ask.divisions.clone()))
            .select((
                upward_cell::id,
                upward_cell::installation_id,
                upward_cell::division,
                upward_cell::category,
                upward_cell::day,
                (upward_cell::received, upward_cell::due, upward_cell::done, upward_cell::on_time, upward_cell::missed),
                (upward_cell::extended, upward_cell::reopened, upward_cell::said, upward_cell::satisfied),
            ))
            .into_boxed();
        q = match ask.report {
            0 => q.filter(upward_cell::is_current.eq(true)).filter(upward_cell::category.eq(ask.category.clone())),
            report => q.filter(upward_cell::report_id.eq(report)),
        };
        if let Some(Cursor { key, id }) = after {
            let id_after = || upward_cell::id.gt(id);
            q = match (ask.order, ask.descending) {
                (CellOrder::Day, false) => q.filter(
                    upward_cell::day.gt(after_day.clone()).or(upward_cell::day.eq(after_day.clone()).and(id_after()))),
                (CellOrder::Day, true) => q.filter(
                    upward_cell::day.lt(after_day.clone()).or(upward_cell::day.eq(after_day.clone()).and(id_after()))),
                (CellOrder::Received, false) => q.filter(
                    upward_cell::received.gt(key).or(upward_cell::received.eq(key).and(id_after()))),
                (CellOrder::Received, true) => q.filter(
                    upward_cell::received.lt(key).or(upward_cell::received.eq(key).and(id_after()))),
            };
        }
        q = match (ask.order, ask.descending) {
            (CellOrder::Day, false) => q.order((upward_cell::day, upward_cell::id)),
            (CellOrder::Day, true) => q.order((upward_cell::day.desc(), upward_cell::id)),
            (CellOrder::Received, false) => q.order((upward_cell::received, upward_cell::id)),
            (CellOrder::Received, true) => q.order((upward_cell::received.desc(), upward_cell::id)),
        };
        q.limit(most(size)).load(c)
    })?;
    let one = |(id, installation, division, category, text, a, b): CellRow| {
        let (received, due, done, on_time, missed) = a;
        let (extended, reopened, said, satisfied) = b;
        let numbers = Numbers { received, due, done, on_time, missed, extended, reopened, said, satisfied };
        Ok(CellLine { id, installation, division, category, day: day(&text)?, numbers })
    };
    let rows = rows.into_iter().map(one).collect::<Outcome<Vec<_>>>()?;
    let order = ask.order;
    Ok(Page::from_extra(rows, size, |r| {
        let key = if order == CellOrder::Day { key_of(r.day) } else { r.numbers.received };
        Cursor { key, id: r.id }
    }))
}
