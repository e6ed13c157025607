//! What must hold for every rule, start and pause.

use base::{DAY_MS, HOUR_MS, Millis, Zone};
use deadline::{
    Book, Calendar, Due, FirstDay, Layer, OfficeHours, Pause, Period, Roll, Rule, Setting, Term, Unit, due,
    explain,
};
use jiff::{ToSpan, civil::date};
use proptest::prelude::*;
use std::sync::LazyLock;

static CALENDAR: LazyLock<Calendar> = LazyLock::new(|| Book::shipped().calendar(""));
static ZONE: LazyLock<Zone> = LazyLock::new(Zone::default);
static HOURS: LazyLock<OfficeHours> = LazyLock::new(OfficeHours::default);

fn set() -> Setting<'static> {
    Setting { zone: &ZONE, calendar: &CALENDAR, hours: &HOURS }
}

fn unit() -> impl Strategy<Value = Unit> {
    prop::sample::select(vec![
        Unit::OfficeHour,
        Unit::Hour,
        Unit::Day,
        Unit::WorkingDay,
        Unit::Month,
        Unit::Year,
    ])
}

fn rule(most: u32) -> impl Strategy<Value = Rule> {
    (0..most, unit(), any::<bool>(), any::<bool>()).prop_map(|(n, unit, rolls, first)| {
        let n = if unit == Unit::Year { n % 5 } else { n };
        let rule = Rule::office(n, unit, "accepted", "");
        let rule = if rolls { rule.rolling() } else { rule };
        if first { rule.counting_first_day() } else { rule }
    })
}

/// Minutes from 2004-01-01 to the end of 2026.
fn start() -> impl Strategy<Value = Millis> {
    (0..23 * 525_960_i64).prop_map(|minute| ZONE.start_of(date(2004, 1, 1)).plus(minute * 60_000))
}

fn plain(rule: &Rule, start: Millis) -> Due {
    due(rule, start, &[], &[], set())
}

fn pause(from: i64, to: i64) -> Pause {
    Pause { from: Millis(from), to: Millis(to), reason: String::new() }
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

proptest! {
    #![proptest_config(config(1_000))]

    #[test]
    fn never_before_the_start(rule in rule(120), start in start()) {
        let due = plain(&rule, start);
        prop_assert!(due.at >= start);
        prop_assert!(due.last_day >= ZONE.day(start));
        prop_assert!(due.unrolled <= due.last_day);
        prop_assert_eq!(ZONE.day(due.at), due.last_day);
    }

    #[test]
    fn more_is_never_sooner(rule in rule(120), start in start()) {
        let more = Rule { term: Term { n: rule.term.n + 1, ..rule.term }, ..rule.clone() };
        prop_assert!(plain(&rule, start).at <= plain(&more, start).at);
    }

    #[test]
    fn a_later_start_is_never_due_sooner(rule in rule(60), start in start(), later in 0..100 * DAY_MS) {
        prop_assert!(plain(&rule, start).at <= plain(&rule, start.plus(later)).at);
    }

    #[test]
    fn a_roll_ends_on_a_working_day_and_passes_none(rule in rule(120), start in start()) {
        let strict_unit = rule.term.unit;
        let rolled = plain(&rule.clone().rolling(), start);
        let strict = plain(&Rule { roll: Roll::None, ..rule }, start);
        prop_assume!(!matches!(strict_unit, Unit::Hour | Unit::OfficeHour));
        prop_assert!(CALENDAR.is_working(rolled.last_day));
        prop_assert!(strict.at <= rolled.at);
        prop_assert_eq!(rolled.unrolled, strict.last_day);
        if rolled.last_day > strict.last_day {
            let before = rolled.last_day.yesterday().unwrap();
            prop_assert_eq!(CALENDAR.working_days(strict.last_day, before), 0);
        }
    }

    #[test]
    fn a_working_day_term_has_that_many_working_days(n in 1_u32..200, start in start(), first in any::<bool>()) {
        let rule = Rule::office(n, Unit::WorkingDay, "accepted", "");
        let rule = if first { rule.counting_first_day() } else { rule };
        let due = plain(&rule, start);
        let begin = ZONE.day(start);
        let begin = if rule.first_day == FirstDay::Counted { begin } else { begin.tomorrow().unwrap() };
        prop_assert!(CALENDAR.is_working(due.last_day));
        prop_assert_eq!(CALENDAR.working_days(begin, due.last_day), i64::from(n));
    }

    #[test]
    fn pauses_that_overlap_count_once(rule in rule(60), start in start(), a in 0..30_i64, b in 0..30_i64, c in 0..30_i64) {
        let hour = |n: i64| start.0 + n * 7 * HOUR_MS;
        let (one, two) = (pause(hour(a), hour(a + b)), pause(hour(a + b / 2), hour(a + b + c)));
        let joined = pause(hour(a), hour(a + b + c));
        let apart = due(&rule, start, &[two.clone(), one.clone()], &[], set());
        prop_assert_eq!(apart, due(&rule, start, &[one, two], &[], set()));
        if b > 0 {
            prop_assert_eq!(apart, due(&rule, start, &[joined], &[], set()));
        }
    }

    #[test]
    fn the_words_end_with_the_day_and_name_no_key(rule in rule(120), start in start()) {
        let told = explain(&rule, start, &[pause(start.0 + DAY_MS, start.0 + 3 * DAY_MS)], &[], set());
        prop_assert_eq!(told.due, due(&rule, start, &[pause(start.0 + DAY_MS, start.0 + 3 * DAY_MS)], &[], set()));
        for said in [told.in_chinese(), told.in_english()] {
            prop_assert!(said.contains(&told.due.last_day.to_string()), "{}", said);
            prop_assert!(!said.contains("deadline.") && !said.contains('{'), "{}", said);
        }
    }
}

proptest! {
    // These walk minute by minute, or make a calendar each.
    #![proptest_config(config(150))]

    /// In days the pause is as many days as midnights, in hours as much time, in working days and office
    /// hours as much as the pause has of them.
    #[test]
    fn a_pause_moves_the_end_by_exactly_itself(
        n in 1_u32..60, unit in unit(), start in start(), share in 0.0..1.0_f64, length in 0..40 * DAY_MS / 60_000,
    ) {
        let n = if unit == Unit::Year { 1 } else { n };
        let rule = Rule::office(n, unit, "accepted", "");
        let without = plain(&rule, start);
        // After the event's day, which counts for nothing, and before the end.
        let first = if matches!(unit, Unit::Hour | Unit::OfficeHour) { start } else { ZONE.end_of(ZONE.day(start)).plus(1) };
        prop_assume!(first < without.at);
        let length = length * 60_000;
        let from = first.0 + ((without.at.0 - first.0 - 1) as f64 * share) as i64 / 60_000 * 60_000;
        let with = due(&rule, start, &[pause(from, from + length)], &[], set());
        let (from, to) = (Millis(from), Millis(from + length));
        let (day, next) = (ZONE.day(from), ZONE.day(to));
        match unit {
            Unit::Hour => prop_assert_eq!(with.at.0 - without.at.0, length),
            Unit::Day | Unit::Month | Unit::Year => {
                let midnights = (ZONE.start_of(next).0 - ZONE.start_of(day).0) / DAY_MS;
                prop_assert_eq!((ZONE.start_of(with.last_day).0 - ZONE.start_of(without.last_day).0) / DAY_MS, midnights);
            }
            Unit::WorkingDay => {
                let within = if next > day { CALENDAR.working_days(day, next.yesterday().unwrap()) } else { 0 };
                prop_assert_eq!(CALENDAR.working_days(without.last_day, with.last_day) - 1, within);
            }
            Unit::OfficeHour => {
                prop_assert_eq!(open_minutes(without.at, with.at), open_minutes(from, to));
            }
        }
    }

    #[test]
    fn office_hours_end_while_the_office_is_open(n in 1_u32..80, start in start()) {
        let due = plain(&Rule::office(n, Unit::OfficeHour, "accepted", ""), start);
        prop_assert!(HOURS.is_open(due.at.plus(-1), &CALENDAR, &ZONE));
        prop_assert_eq!(open_minutes(start, due.at), i64::from(n) * 60);
    }

    #[test]
    fn what_no_change_touches_stays(rule in rule(60), start in start(), day in 0..8_400_i64, length in 0..4_i64) {
        let first = date(2004, 1, 1).saturating_add(day.days());
        let off = vec![Period { name: "x".to_owned(), first, last: first.saturating_add(length.days()) }];
        let layer = Layer { code: "62".to_owned(), source: "x".to_owned(), off, work: vec![] };
        let there = Book::shipped().with_layer(layer, "x").unwrap().calendar("62");
        let changes = CALENDAR.changes(&there);
        let old = plain(&rule, start);
        let new = due(&rule, start, &[], &[], Setting { calendar: &there, ..set() });
        if !old.examined.touched_by(&changes) {
            prop_assert_eq!(old, new);
        }
    }
}

/// Office minutes between two instants, minute by minute, the slow way.
fn open_minutes(from: Millis, to: Millis) -> i64 {
    let minute = 60_000;
    (0..(to.0 - from.0) / minute).filter(|n| HOURS.is_open(from.plus(n * minute), &CALENDAR, &ZONE)).count()
        as i64
}
