//! What is taken (收报判定): one report against what is held of its installation.

use std::collections::BTreeMap;

use base::Millis;
use jiff::civil::Date;

use super::fold::is_small;
use crate::model::{CategoryCode, Codes, DivisionCode, Measure, Numbers, Report, Why};

/// By how much the two clocks may differ.
pub const CLOCK_MS: i64 = 5 * base::MINUTE_MS;
/// How many days back a report may reach.
const DAYS_BACK: i32 = 400;
/// How far ahead of what is held a sequence number may be.
const AHEAD: i64 = 10_000;

/// What is held of an installation, as far as the report at hand is concerned.
#[derive(Debug, Clone)]
pub struct Held {
    /// What it may report for.
    pub codes: Codes,
    /// The digest of what stands under the report's number.
    pub same: Option<String>,
    /// The highest number that is held.
    pub last_sequence: i64,
}

/// What becomes of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is taken.
    New,
    /// It was taken before, to the letter.
    Known,
}

/// Whether a report is taken that was sent at `said` by the lower clock and came at `at`, on the day `today`.
///
/// # Errors
/// Why it is not.
pub fn judge(
    report: &Report,
    digest: &str,
    held: &Held,
    [said, at]: [Millis; 2],
    today: Date,
) -> Result<Verdict, Why> {
    match &held.same {
        Some(same) if same == digest => return Ok(Verdict::Known),
        Some(_) => return Err(Why::Changed),
        None => {}
    }
    if (said.0 - at.0).abs() > CLOCK_MS {
        return Err(Why::Skew);
    }
    if report.day > today || (report.complete && report.day == today) {
        return Err(Why::Future);
    }
    let age = report.day.until(today).map_or(i32::MAX, |span| span.get_days());
    if age > DAYS_BACK {
        return Err(Why::Old);
    }
    if report.sequence < 1 || report.sequence > held.last_sequence + AHEAD || report.revision < 0 {
        return Err(Why::Sequence);
    }
    rows_hold(report, held)
}

/// Whether the rows are those of the installation, each once, and add up.
fn rows_hold(report: &Report, held: &Held) -> Result<Verdict, Why> {
    use web::Names;
    let keys: Vec<_> = report.rows.iter().map(|r| (&r.division, &r.category)).collect();
    if !keys.is_sorted() || keys.windows(2).any(|w| w[0] == w[1]) {
        return Err(Why::Shape);
    }
    let mut whole: BTreeMap<&DivisionCode, Numbers> = BTreeMap::new();
    let mut parts: BTreeMap<&DivisionCode, Numbers> = BTreeMap::new();
    for row in &report.rows {
        if !held.codes.has(&row.division) {
            return Err(Why::Foreign);
        }
        if !row.numbers.are_counts() {
            return Err(Why::Shape);
        }
        if row.category == CategoryCode::any() {
            whole.insert(&row.division, row.numbers);
        } else {
            if is_small(row.numbers) {
                return Err(Why::Small);
            }
            let sum = parts.entry(&row.division).or_default();
            *sum = sum.plus(row.numbers);
        }
    }
    let split = |m: &&Measure| !matches!(m, Measure::Said | Measure::Satisfied);
    for (division, sum) in parts {
        let all = whole.get(division).copied().ok_or(Why::Sums)?;
        if Measure::ALL.iter().filter(split).any(|m| sum.get(*m) != all.get(*m)) {
            return Err(Why::Sums);
        }
    }
    Ok(Verdict::New)
}

#[cfg(test)]
mod tests {
    use base::{Id, MINUTE_MS};
    use jiff::civil::date;

    use super::*;
    use crate::model::Row;

    const AT: Millis = Millis(1_772_413_200_000);
    const TODAY: Date = date(2026, 3, 2);

    fn row(division: &str, category: &str, received: i64) -> Row {
        Row {
            division: DivisionCode::parse(division).unwrap_or_else(|| unreachable!("a code")),
            category: CategoryCode::parse(category).unwrap_or_else(|| unreachable!("a code")),
            numbers: Numbers { received, ..Numbers::default() },
        }
    }

    fn report() -> Report {
        Report {
            installation: Id::of(7),
            sequence: 3,
            day: date(2026, 3, 1),
            revision: 0,
            complete: true,
            made_ms: AT,
            missing: Vec::new(),
            rows: vec![row("620602", "", 11), row("620602", "01", 6), row("620602", "02", 5)],
        }
    }

    fn held(same: Option<&str>) -> Held {
        Held { codes: Codes::of_stored("620602"), same: same.map(str::to_owned), last_sequence: 2 }
    }

    /// A change of the good report, and what is said of it.
    type Trial = (fn(&mut Report), Result<Verdict, Why>);

    #[test]
    fn the_whole_table_of_reasons() {
        let trials: [Trial; 14] = [
            (|_| (), Ok(Verdict::New)),
            (|r| r.sequence = 9, Ok(Verdict::New)),
            (|r| r.sequence = 1, Ok(Verdict::New)),
            (|r| (r.day, r.complete) = (TODAY, false), Ok(Verdict::New)),
            (|r| r.day = TODAY, Err(Why::Future)),
            (|r| (r.day, r.complete) = (date(2026, 3, 3), false), Err(Why::Future)),
            (|r| r.day = date(2025, 1, 1), Err(Why::Old)),
            (|r| r.sequence = 0, Err(Why::Sequence)),
            (|r| r.sequence = 99_999, Err(Why::Sequence)),
            (|r| r.rows[0].division = row("620621", "", 0).division, Err(Why::Shape)),
            (|r| r.rows = vec![row("620621", "", 5)], Err(Why::Foreign)),
            (|r| r.rows[1].numbers.received = 7, Err(Why::Sums)),
            (|r| (r.rows[1].numbers.received, r.rows[2].numbers.received) = (7, 4), Err(Why::Small)),
            (|r| r.rows[0].numbers.due = -1, Err(Why::Shape)),
        ];
        for (at, (change, said)) in trials.into_iter().enumerate() {
            let mut report = report();
            change(&mut report);
            assert_eq!(judge(&report, "d", &held(None), [AT, AT], TODAY), said, "trial {at}");
        }
    }

    #[test]
    fn what_was_taken_is_known_and_another_under_its_number_is_not_taken() {
        let report = report();
        let late = AT.plus(30 * MINUTE_MS);
        assert_eq!(judge(&report, "d", &held(Some("d")), [AT, late], TODAY), Ok(Verdict::Known));
        assert_eq!(judge(&report, "d", &held(Some("e")), [AT, AT], TODAY), Err(Why::Changed));
    }

    #[test]
    fn ten_minutes_off_is_too_much_and_five_are_not() {
        for (minutes, said) in
            [(5, Ok(Verdict::New)), (-5, Ok(Verdict::New)), (10, Err(Why::Skew)), (-10, Err(Why::Skew))]
        {
            let at = AT.plus(minutes * MINUTE_MS);
            assert_eq!(judge(&report(), "d", &held(None), [AT, at], TODAY), said, "{minutes}");
        }
    }
}
