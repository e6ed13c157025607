//! The worked examples: petition rules, mediation, residence permits, disclosure of information, and the
//! table of the six event days.

#![expect(clippy::unwrap_used, reason = "a table that cannot be read is a failed test")]

use base::{HOUR_MS, Millis, Zone};
use deadline::{
    Book, Calendar, DaySpan, Deadline, Extension, OfficeHours, Pause, Roll, Rule, Setting, Standing, Term,
    Unit, back, due, explain, parse_pause,
};
use jiff::civil::{Date, date};

struct World {
    zone: Zone,
    calendar: Calendar,
    hours: OfficeHours,
}

impl World {
    fn new() -> Self {
        Self { zone: Zone::default(), calendar: Book::shipped().calendar(""), hours: OfficeHours::default() }
    }

    fn set(&self) -> Setting<'_> {
        Setting { zone: &self.zone, calendar: &self.calendar, hours: &self.hours }
    }

    /// Ten in the morning of a day.
    fn ten(&self, day: &str) -> Millis {
        self.zone.start_of(day.parse().unwrap()).plus(10 * HOUR_MS)
    }

    fn counted(&self, rule: &Rule, day: &str) -> Deadline {
        explain(rule, self.ten(day), &[], &[], self.set())
    }

    fn last(&self, term: &str, day: &str, roll: Roll) -> String {
        let term: Term = term.parse().unwrap();
        let rule = Rule { roll, ..Rule::office(term.n, term.unit, "accepted", "") };
        self.counted(&rule, day).due.last_day.to_string()
    }
}

fn plain(term: &str) -> Rule {
    let term: Term = term.parse().unwrap();
    Rule::office(term.n, term.unit, "accepted", "")
}

#[test]
fn the_table_of_the_six_event_days() {
    let world = World::new();
    // Event day; +15 d, rolled; +5 wd; +30 d, rolled; +60 d, rolled; +90 d, rolled; +20 wd.
    let table = "\
        2026-01-30 2026-02-14 2026-02-14 2026-02-06 2026-03-01 2026-03-02 2026-03-31 2026-03-31 2026-04-30 2026-04-30 2026-03-05
        2026-02-10 2026-02-25 2026-02-25 2026-02-24 2026-03-12 2026-03-12 2026-04-11 2026-04-13 2026-05-11 2026-05-11 2026-03-16
        2025-12-17 2026-01-01 2026-01-04 2025-12-24 2026-01-16 2026-01-16 2026-02-15 2026-02-24 2026-03-17 2026-03-17 2026-01-15
        2026-07-23 2026-08-07 2026-08-07 2026-07-30 2026-08-22 2026-08-24 2026-09-21 2026-09-21 2026-10-21 2026-10-21 2026-08-20
        2026-08-07 2026-08-22 2026-08-24 2026-08-14 2026-09-06 2026-09-07 2026-10-06 2026-10-08 2026-11-05 2026-11-05 2026-09-04
        2024-12-28 2025-01-12 2025-01-13 2025-01-06 2025-01-27 2025-01-27 2025-02-26 2025-02-26 2025-03-28 2025-03-28 2025-01-26";
    let columns = [("15d", 2), ("5wd", 1), ("30d", 2), ("60d", 2), ("90d", 2), ("20wd", 1)];
    for row in table.lines() {
        let mut cells = row.split_whitespace();
        let day = cells.next().unwrap();
        for (term, width) in columns {
            assert_eq!(world.last(term, day, Roll::None), cells.next().unwrap(), "{day} + {term}");
            if width == 2 {
                assert_eq!(
                    world.last(term, day, Roll::NextWorkingDay),
                    cells.next().unwrap(),
                    "{day} + {term} rolled"
                );
            }
        }
        assert_eq!(cells.next(), None);
    }
}

#[test]
fn rules_by_name_from_day_to_day() {
    let world = World::new();
    // Rule, event day, term, rolled?, last day.
    let table: [(&str, &str, &str, bool, &str); 22] = [
        ("petition: notice within 15 days of receipt (art. 22-23)", "2025-12-17", "15d", false, "2026-01-01"),
        ("the same, where a place lets it roll", "2025-12-17", "15d", true, "2026-01-04"),
        ("petition: done within 60 days of acceptance (art. 34)", "2026-01-30", "60d", false, "2026-03-31"),
        (
            "petition: the resident asks for a review within 30 days (art. 35)",
            "2026-07-23",
            "30d",
            true,
            "2026-08-24",
        ),
        ("petition: objection within 5 working days (art. 23)", "2026-02-10", "5wd", false, "2026-02-24"),
        ("mediation: joint confirmation within 30 days (art. 33)", "2026-08-07", "30d", true, "2026-09-07"),
        ("court: decision on acceptance within 3 days", "2026-09-30", "3d", true, "2026-10-08"),
        (
            "administrative mediation: transfer within 3 working days",
            "2026-02-13",
            "3wd",
            false,
            "2026-02-25",
        ),
        ("administrative mediation: complex, 10 working days", "2026-02-10", "10wd", false, "2026-03-02"),
        ("residence permit: card within 15 days (art. 9)", "2026-01-30", "15d", false, "2026-02-14"),
        ("residence permit: a full year from a leap day", "2024-02-29", "1y", false, "2025-02-28"),
        ("residence permit: a full year", "2026-01-01", "1y", false, "2027-01-01"),
        ("information: answer within 20 working days (art. 33)", "2024-12-28", "20wd", false, "2025-01-26"),
        ("information: answer and extension, 40 working days", "2024-12-28", "40wd", false, "2025-02-28"),
        (
            "information: correction asked for within 7 working days (art. 30)",
            "2026-02-10",
            "7wd",
            false,
            "2026-02-26",
        ),
        (
            "information: a third party has 15 working days (art. 32)",
            "2026-02-10",
            "15wd",
            false,
            "2026-03-09",
        ),
        ("explosives: a sale is filed within 3 days", "2026-01-30", "3d", false, "2026-02-02"),
        ("a month from the month's end", "2026-01-31", "1m", false, "2026-02-28"),
        ("two months from the month's end", "2026-01-31", "2m", false, "2026-03-31"),
        ("six months of residence", "2025-08-31", "6m", false, "2026-02-28"),
        ("over the year whose notice worked 2005-12-31", "2005-12-30", "1wd", false, "2005-12-31"),
        ("over the Spring Festival of 2020, which was made longer", "2020-01-23", "1wd", false, "2020-02-03"),
    ];
    for (name, day, term, rolls, last) in table {
        let roll = if rolls { Roll::NextWorkingDay } else { Roll::None };
        assert_eq!(world.last(term, day, roll), last, "{name}");
    }
}

#[test]
fn the_example_is_told_as_the_law_counts() {
    let world = World::new();
    let counted = world.counted(&plain("5wd"), "2026-02-10");
    assert_eq!(
        counted.in_chinese(),
        "2026-02-10 受理，不计当日；5个工作日；跳过春节 02-15 至 02-23，02-14 调休上班计入；到期 2026-02-24"
    );
    assert_eq!(
        counted.in_english(),
        "2026-02-10 accepted, that day not counted; 5 working days; Spring Festival 02-15 to 02-23 skipped, \
         02-14 worked to make up, counted; due 2026-02-24"
    );
    let review = Rule::resident(30, Unit::Day, "replied", "信访工作条例第三十五条");
    assert_eq!(
        world.counted(&review, "2026-07-23").in_chinese(),
        "2026-07-23 收到答复，不计当日；30日（信访工作条例第三十五条）；08-22 是周末，顺延至 08-24；到期 2026-08-24"
    );
    let notice = Rule::office(15, Unit::Day, "received", "");
    assert_eq!(
        world.counted(&notice, "2025-12-17").in_chinese(),
        "2025-12-17 收到，不计当日；15日；2026-01-01 是元旦，对单位不顺延；到期 2026-01-01"
    );
    assert_eq!(
        world.counted(&plain("1m"), "2026-01-31").in_chinese(),
        "2026-01-31 受理，不计当日；1个月；到期月没有对应日，取月末 02-28；到期 2026-02-28"
    );
    assert_eq!(
        world.counted(&plain("3wd"), "2025-09-30").in_english(),
        "2025-09-30 accepted, that day not counted; 3 working days; National Day and Mid-Autumn Festival 10-01 to 10-08 \
         skipped, 10-11 worked to make up, counted; due 2025-10-11"
    );
}

#[test]
fn an_extension_runs_on_from_the_end() {
    let world = World::new();
    let rule = plain("60d");
    let more = |text: &str| Extension { term: text.parse().unwrap(), source: "第三十四条".to_owned() };
    let last = |rule: &Rule, day: &str, more: &[Extension]| {
        due(rule, world.ten(day), &[], more, world.set()).last_day
    };
    assert_eq!(last(&rule, "2026-01-30", &[more("30d")]), date(2026, 4, 30));
    assert_eq!(last(&plain("20wd"), "2024-12-28", &[more("20wd")]), date(2025, 2, 28));
    assert_eq!(
        last(&plain("1m"), "2026-01-31", &[more("1m")]),
        date(2026, 3, 31),
        "two months, not one and one"
    );
    assert_eq!(last(&plain("1m"), "2026-01-31", &[more("5wd")]), date(2026, 3, 6));
    let told = explain(&rule, world.ten("2026-01-30"), &[], &[more("30d")], world.set()).in_chinese();
    assert_eq!(told, "2026-01-30 受理，不计当日；60日；延长30日（第三十四条）；到期 2026-04-30");
}

#[test]
fn a_hearing_of_seven_days_moves_the_review_by_seven_days() {
    let world = World::new();
    let rule = plain("30d");
    let hearing =
        Pause { reason: "听证".to_owned(), ..parse_pause("2026-03-02..2026-03-08", &world.zone).unwrap() };
    let start = world.ten("2026-02-25");
    let without = due(&rule, start, &[], &[], world.set());
    let with = explain(&rule, start, std::slice::from_ref(&hearing), &[], world.set());
    assert_eq!(without.last_day, date(2026, 3, 27));
    assert_eq!(with.due.last_day, date(2026, 4, 3));
    assert_eq!(
        with.in_chinese(),
        "2026-02-25 受理，不计当日；30日；03-02 起暂停，03-09 恢复，顺延7日（听证）；到期 2026-04-03"
    );
    let after = parse_pause("2026-04-04..2026-04-08", &world.zone).unwrap();
    assert_eq!(
        due(&rule, start, &[hearing, after], &[], world.set()),
        with.due,
        "a pause after the end does nothing"
    );
}

#[test]
fn windows_open_a_month_before() {
    let calendar = Book::shipped().calendar("");
    let month = |day: Date| back(day, Term { n: 1, unit: Unit::Month }, &calendar);
    assert_eq!(month(date(2025, 2, 28)), date(2025, 1, 28), "a permit of 2024-02-29");
    assert_eq!(
        month(date(2026, 3, 31)),
        date(2026, 2, 28),
        "a permit of 2025-03-31, a licence that ends then"
    );
    assert_eq!(month(date(2027, 1, 1)), date(2026, 12, 1));
    assert_eq!(back(date(2026, 2, 24), Term { n: 3, unit: Unit::WorkingDay }, &calendar), date(2026, 2, 12));
    assert_eq!(
        calendar.roll(date(2026, 5, 31)),
        date(2026, 6, 1),
        "an annual report that is due on a Sunday"
    );
}

#[test]
fn hours_count_at_once_and_office_hours_only_while_the_office_is_open() {
    let world = World::new();
    let at = |text: &str| world.zone.instant(text.parse().unwrap());
    let end = |term: &str, start: &str| due(&plain(term), at(start), &[], &[], world.set()).at;
    assert_eq!(end("4h", "2026-02-13T22:30"), at("2026-02-14T02:30"));
    assert_eq!(end("4oh", "2026-03-02T10:00"), at("2026-03-02T15:30"), "noon does not count");
    assert_eq!(end("7oh", "2026-03-02T09:00"), at("2026-03-02T17:30"), "not the next morning");
    assert_eq!(end("2oh", "2026-03-06T17:00"), at("2026-03-09T10:30"), "over a weekend");
    assert_eq!(end("2oh", "2026-02-13T20:00"), at("2026-02-14T11:00"), "a Saturday that is worked");
    assert_eq!(end("2oh", "2026-02-14T16:30"), at("2026-02-24T10:00"), "over the Spring Festival");
    let told = explain(&plain("2oh"), at("2026-02-14T16:30"), &[], &[], world.set()).in_chinese();
    assert_eq!(
        told,
        "2026-02-14 16:30 受理，即时起算；2个工作小时；只计办公时间 09:00-12:00,13:30-17:30；跳过春节 02-15 至 02-23，\
         02-14 调休上班计入；到期 2026-02-24 10:00"
    );
    let hearing = parse_pause("2026-03-02T10:30..2026-03-02T14:00", &world.zone).unwrap();
    let paused = explain(&plain("4oh"), at("2026-03-02T10:00"), &[hearing], &[], world.set());
    assert_eq!(paused.due.at, at("2026-03-02T17:30"), "two office hours within the pause");
    assert!(paused.in_chinese().contains("顺延2小时0分"));
}

#[test]
fn the_first_day_counts_where_a_rule_says_so() {
    let world = World::new();
    let last = |rule: Rule, day: &str| world.counted(&rule, day).due.last_day;
    assert_eq!(last(plain("15d").counting_first_day(), "2026-01-30"), date(2026, 2, 13));
    assert_eq!(last(plain("5wd").counting_first_day(), "2026-02-10"), date(2026, 2, 14));
    assert_eq!(last(plain("5wd").counting_first_day(), "2026-02-15"), date(2026, 2, 28));
    assert_eq!(last(plain("1m").counting_first_day(), "2026-03-01"), date(2026, 3, 31));
    assert_eq!(last(plain("1m").counting_first_day(), "2026-01-31"), date(2026, 2, 28));
    assert_eq!(last(plain("0d").counting_first_day(), "2026-01-31"), date(2026, 1, 31));
}

#[test]
fn a_date_without_a_notice_is_provisional_and_says_so() {
    let world = World::new();
    let new_year = world.counted(&plain("15d"), "2026-12-17");
    assert_eq!(new_year.due.last_day, date(2027, 1, 1));
    assert_eq!(new_year.due.standing, Standing::Provisional { year: 2027 });
    assert!(new_year.in_chinese().ends_with("到期 2027-01-01；2027 年放假安排未录入，此日期为暂定"));
    let early = world.counted(&plain("5wd"), "2026-12-17");
    assert_eq!((early.due.last_day, early.due.standing), (date(2026, 12, 24), Standing::Certified));
}

#[test]
fn a_corrected_calendar_names_the_deadlines_that_it_touches() {
    let world = World::new();
    let name = "中秋节".to_owned();
    let layer = deadline::Layer {
        code: "62".to_owned(),
        source: "a notice of the place".to_owned(),
        off: vec![deadline::Period { name, first: date(2026, 8, 13), last: date(2026, 8, 13) }],
        work: vec![],
    };
    let there = Book::shipped().with_layer(layer, "2026.2").unwrap().calendar("620602");
    let changes = world.calendar.changes(&there);
    assert_eq!(changes, [DaySpan { first: date(2026, 8, 13), last: date(2026, 8, 13) }]);
    let start = world.ten("2026-08-07");
    for (term, touched, last) in [
        ("5wd", true, date(2026, 8, 17)),
        ("3wd", false, date(2026, 8, 12)),
        ("15d", false, date(2026, 8, 22)),
    ] {
        let old = due(&plain(term), start, &[], &[], world.set());
        assert_eq!(old.examined.touched_by(&changes), touched, "{term}");
        let new = due(&plain(term), start, &[], &[], Setting { calendar: &there, ..world.set() });
        assert_eq!(new.last_day, last, "{term}");
    }
}
