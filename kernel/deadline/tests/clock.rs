//! Clocks read from acts: each state, each refusal, pauses with caps, extensions, warnings, reminders.

#![expect(clippy::unwrap_used, reason = "a table that cannot be read is a failed test")]

use base::{DAY_MS, HOUR_MS, Millis, Zone};
use deadline::{
    Book, Calendar, Clock, ClockError, Event, ExtensionTerms, Holder, Ignored, OfficeHours, Pausing, Reading,
    Reason, ReminderKind, Rule, Setting, State, Term, Unit, Warn, Warning, What,
};
use jiff::civil::date;
use proptest::prelude::*;
use std::sync::LazyLock;

static CALENDAR: LazyLock<Calendar> = LazyLock::new(|| Book::shipped().calendar(""));
static ZONE: LazyLock<Zone> = LazyLock::new(Zone::default);
static HOURS: LazyLock<OfficeHours> = LazyLock::new(OfficeHours::default);

fn set() -> Setting<'static> {
    Setting { zone: &ZONE, calendar: &CALENDAR, hours: &HOURS }
}

fn at(text: &str) -> Millis {
    ZONE.instant(text.parse().unwrap())
}

fn event(when: &str, what: What) -> Event {
    Event { at: at(when), what }
}

fn pause(when: &str, reason: &str, evidence: bool) -> Event {
    event(when, What::Pause { reason: reason.to_owned(), evidence })
}

/// A petition's clock of 60 days, with 30 days more once, and two reasons to pause.
fn petition() -> Clock {
    let reason = |code: &str, cap_days, evidence| Reason { code: code.to_owned(), cap_days, evidence };
    let rule = Rule::office(60, Unit::Day, "accepted", "信访工作条例第三十四条");
    Clock {
        key: "answer".to_owned(),
        warn: Warn::of(rule.term),
        rule,
        holder: Holder::Unit,
        pausing: Pausing {
            reasons: vec![reason("hearing", None, true), reason("resident_papers", Some(10), false)],
            total_days: Some(30),
            times: Some(3),
        },
        extension: Some(ExtensionTerms {
            most: Term { n: 30, unit: Unit::Day },
            times: 1,
            source: "信访工作条例第三十四条".to_owned(),
            decide_days: 3,
        }),
    }
}

fn read(events: &[Event], now: &str) -> Reading {
    petition().at(events, at(now), set()).unwrap()
}

const START: &str = "2026-01-30T10:00";

fn started(more: &[Event]) -> Vec<Event> {
    let mut events = vec![event(START, What::Start)];
    events.extend_from_slice(more);
    events
}

#[test]
fn a_clock_that_nothing_started_is_no_clock() {
    assert_eq!(petition().at(&[], at(START), set()), None);
    assert_eq!(petition().at(&started(&[]), at("2026-01-30T09:59"), set()), None);
    assert_eq!(petition().at(&[event(START, What::Meet)], at("2026-05-01T00:00"), set()), None);
}

#[test]
fn it_runs_is_met_or_is_missed() {
    let state = |events: &[Event], now: &str| read(&started(events), now).state;
    assert_eq!(state(&[], "2026-03-31T23:59"), State::Running);
    assert_eq!(state(&[], "2026-04-01T00:00"), State::Missed);
    let met = |when: &str| vec![event(when, What::Meet)];
    assert_eq!(state(&met("2026-03-31T23:59"), "2026-06-01T00:00"), State::Met);
    assert_eq!(state(&met("2026-04-01T00:00"), "2026-06-01T00:00"), State::MetLate);
    let void = vec![event("2026-02-20T09:00", What::Void)];
    assert_eq!(state(&void, "2026-06-01T00:00"), State::Void);
    // The first answer counts: a later one does not make it late.
    let twice = [met("2026-03-01T10:00"), met("2026-04-20T10:00")].concat();
    let reading = read(&started(&twice), "2026-06-01T00:00");
    assert_eq!((reading.state, reading.ended), (State::Met, Some(at("2026-03-01T10:00"))));
    assert_eq!(reading.ignored, [Ignored { index: 2, why: ClockError::Over }]);
}

#[test]
fn an_open_pause_holds_the_clock_and_its_cap_lets_it_go() {
    let papers = started(&[pause("2026-02-10T15:00", "resident_papers", false)]);
    let held = read(&papers, "2026-02-15T12:00");
    assert_eq!(held.state, State::Paused);
    assert_eq!(held.pause_ends, Some(at("2026-02-20T15:00")));
    assert_eq!(held.deadline.due.last_day, date(2026, 4, 5), "as if it ran again now: five midnights");
    let capped = read(&papers, "2026-03-20T12:00");
    assert_eq!(capped.state, State::Running);
    assert_eq!(capped.deadline.due.last_day, date(2026, 4, 10), "ten days and no more");
    assert_eq!(read(&papers, "2026-04-11T00:00").state, State::Missed);
    let resumed = [papers, vec![event("2026-02-12T09:00", What::Resume)]].concat();
    assert_eq!(read(&resumed, "2026-03-20T12:00").deadline.due.last_day, date(2026, 4, 2));
}

#[test]
fn all_pauses_together_have_a_cap() {
    let events = started(&[
        pause("2026-02-02T09:00", "hearing", true),
        event("2026-02-27T09:00", What::Resume),
        pause("2026-03-02T09:00", "resident_papers", false),
    ]);
    let reading = read(&events, "2026-03-20T12:00");
    assert_eq!(reading.state, State::Running);
    assert_eq!(reading.pauses.len(), 2);
    assert_eq!(reading.deadline.due.last_day, date(2026, 4, 30), "25 days, then only five of ten");
    let once_more = pause("2026-03-20T12:00", "hearing", true);
    assert_eq!(petition().may(&events, &once_more, set()), Err(ClockError::PausedEnough));
}

#[test]
fn an_act_that_does_nothing_says_why() {
    let more = |text: &str| What::Ask { term: text.parse().unwrap() };
    let open = [pause("2026-02-02T09:00", "hearing", true)];
    let asked = [event("2026-03-01T09:00", more("30d"))];
    let granted = [asked[0].clone(), event("2026-03-02T09:00", What::Grant)];
    let over = [event("2026-02-03T09:00", What::Meet)];
    let table: [(&[Event], Event, Result<(), ClockError>); 20] = [
        (&[], event("2026-02-03T09:00", What::Start), Err(ClockError::AlreadyStarted)),
        (&[], pause("2026-02-03T09:00", "holiday_mood", true), Err(ClockError::UnknownReason)),
        (&[], pause("2026-02-03T09:00", "hearing", false), Err(ClockError::NoEvidence)),
        (&[], pause("2026-04-01T09:00", "hearing", true), Err(ClockError::TooLate)),
        (&[], pause("2026-03-31T09:00", "hearing", true), Ok(())),
        (&open, pause("2026-02-03T09:00", "hearing", true), Err(ClockError::AlreadyPaused)),
        (&[], event("2026-02-03T09:00", What::Resume), Err(ClockError::NotPaused)),
        (&open, event("2026-02-03T09:00", What::Resume), Ok(())),
        (&[], event("2026-03-31T23:00", more("30d")), Ok(())),
        (&[], event("2026-04-01T00:00", more("30d")), Err(ClockError::TooLate)),
        (&[], event("2026-03-01T09:00", more("31d")), Err(ClockError::TooMuch)),
        (&[], event("2026-03-01T09:00", more("30wd")), Err(ClockError::TooMuch)),
        (&asked, event("2026-03-02T09:00", more("10d")), Err(ClockError::AlreadyAsked)),
        (&granted, event("2026-03-03T09:00", more("10d")), Err(ClockError::NotExtendable)),
        (&[], event("2026-03-02T09:00", What::Grant), Err(ClockError::NotAsked)),
        (&[], event("2026-03-02T09:00", What::Deny), Err(ClockError::NotAsked)),
        (&asked, event("2026-04-03T09:00", What::Grant), Ok(())),
        (&asked, event("2026-04-04T00:00", What::Grant), Err(ClockError::TooLate)),
        (&over, event("2026-02-04T09:00", What::Void), Err(ClockError::Over)),
        (&over, event("2026-02-04T09:00", What::Restart), Ok(())),
    ];
    for (before, next, answer) in table {
        assert_eq!(petition().may(&started(before), &next, set()), answer, "{next:?} after {before:?}");
    }
    assert_eq!(petition().may(&[], &event(START, What::Meet), set()), Err(ClockError::NotStarted));
}

#[test]
fn an_extension_asked_for_in_time_is_never_shown_as_overdue() {
    let asked = started(&[event("2026-03-31T16:00", What::Ask { term: "30d".parse().unwrap() })]);
    let waiting = read(&asked, "2026-04-02T10:00");
    assert_eq!((waiting.state, waiting.warning), (State::Running, Warning::Red));
    assert_eq!(
        waiting.undecided_until,
        Some(at("2026-04-04T00:00").plus(-1)),
        "three working days to decide"
    );
    let granted = [asked.clone(), vec![event("2026-04-02T15:00", What::Grant)]].concat();
    let longer = read(&granted, "2026-04-20T10:00");
    assert_eq!((longer.state, longer.deadline.due.last_day), (State::Running, date(2026, 4, 30)));
    assert!(longer.deadline.in_chinese().contains("延长30日（信访工作条例第三十四条）"));
    let denied = [asked.clone(), vec![event("2026-04-02T15:00", What::Deny)]].concat();
    assert_eq!(read(&denied, "2026-04-02T15:00").state, State::Missed);
    assert_eq!(read(&asked, "2026-04-04T00:00").state, State::Missed, "nobody decided");
}

#[test]
fn a_matter_opened_again_starts_with_a_clean_sheet() {
    let events = started(&[
        pause("2026-02-10T15:00", "hearing", true),
        event("2026-02-12T09:00", What::Meet),
        event("2026-05-06T09:00", What::Restart),
    ]);
    let reading = read(&events, "2026-05-07T09:00");
    assert_eq!((reading.state, reading.start, reading.ended), (State::Running, at("2026-05-06T09:00"), None));
    assert!(reading.pauses.is_empty());
    assert_eq!(reading.deadline.due.last_day, date(2026, 7, 5));
}

#[test]
fn acts_are_taken_in_the_order_of_their_time() {
    let mut events =
        started(&[pause("2026-02-10T15:00", "hearing", true), event("2026-02-12T09:00", What::Resume)]);
    let straight = read(&events, "2026-03-20T12:00");
    events.reverse();
    assert_eq!(read(&events, "2026-03-20T12:00"), straight);
}

#[test]
fn it_turns_amber_and_red_and_reminds_within_office_hours() {
    let reading = read(&started(&[]), "2026-02-01T09:00");
    assert_eq!(reading.amber_at, at("2026-03-26T09:00"), "three working days before");
    assert_eq!(reading.red_at, at("2026-03-30T09:00"), "one working day before");
    assert_eq!(reading.warning, Warning::Calm);
    assert_eq!(read(&started(&[]), "2026-03-26T09:00").warning, Warning::Amber);
    assert_eq!(read(&started(&[]), "2026-03-30T09:00").warning, Warning::Red);
    let reminders = petition().reminders(&reading, set());
    let told: Vec<_> = reminders.iter().map(|r| (r.kind, r.at)).collect();
    assert_eq!(
        told,
        [
            (ReminderKind::Amber, at("2026-03-26T09:00")),
            (ReminderKind::Red, at("2026-03-30T09:00")),
            (ReminderKind::Missed, at("2026-04-01T09:00")),
        ]
    );
    let next = |after: &str| petition().next_reminder(&reading, at(after), set()).map(|r| r.kind);
    assert_eq!(next("2026-03-26T09:00"), Some(ReminderKind::Red));
    assert_eq!(next("2026-04-01T09:00"), None);
    let paused = read(&started(&[pause("2026-02-10T15:00", "hearing", true)]), "2026-02-20T15:00");
    assert_eq!(
        petition().next_reminder(&paused, at(START), set()),
        None,
        "nobody is urged while it stands still"
    );
}

#[test]
fn hour_clocks_warn_before_the_night_and_tell_after_it() {
    let rule = Rule::office(24, Unit::Hour, "dispatched", "");
    let clock =
        Clock { warn: Warn::of(rule.term), rule, pausing: Pausing::default(), extension: None, ..petition() };
    let reading = clock.at(&[event("2026-03-06T16:00", What::Start)], at("2026-03-06T16:01"), set()).unwrap();
    assert_eq!(reading.deadline.due.at, at("2026-03-07T16:00"));
    assert_eq!((reading.amber_at, reading.red_at), (at("2026-03-07T04:00"), at("2026-03-07T10:00")));
    let told: Vec<_> = clock.reminders(&reading, set()).iter().map(|r| (r.kind, r.at)).collect();
    let friday = at("2026-03-06T16:00");
    assert_eq!(told, [(ReminderKind::Red, friday), (ReminderKind::Missed, at("2026-03-09T09:00"))]);
}

#[test]
fn a_resident_is_told_by_day_and_has_the_next_working_day() {
    let rule = Rule::resident(7, Unit::Day, "closed", "");
    let clock = Clock {
        key: "confirm".to_owned(),
        warn: Warn::of(rule.term),
        rule,
        holder: Holder::Resident,
        pausing: Pausing::default(),
        extension: None,
    };
    let reading = clock.at(&[event("2026-03-07T21:00", What::Start)], at("2026-03-08T10:00"), set()).unwrap();
    assert_eq!(reading.deadline.due.last_day, date(2026, 3, 16), "Saturday rolls to Monday");
    let told: Vec<_> = clock.reminders(&reading, set()).iter().map(|r| (r.kind, r.at)).collect();
    assert_eq!(
        told,
        [
            (ReminderKind::Amber, at("2026-03-11T09:00")),
            (ReminderKind::Red, at("2026-03-13T09:00")),
            (ReminderKind::Missed, at("2026-03-17T09:00")),
        ]
    );
}

#[test]
fn clocks_acts_and_readings_are_written_and_read_alike() {
    let clock = petition();
    let text = serde_json::to_string(&clock).unwrap();
    assert_eq!(serde_json::from_str::<Clock>(&text).unwrap(), clock);
    let events = started(&[
        pause("2026-02-10T15:00", "hearing", true),
        event("2026-02-12T09:00", What::Resume),
        event("2026-03-01T09:00", What::Ask { term: "30d".parse().unwrap() }),
        event("2026-03-02T09:00", What::Grant),
    ]);
    let text = serde_json::to_string(&events).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Event>>(&text).unwrap(), events);
    let reading = read(&events, "2026-05-20T12:00");
    let text = serde_json::to_string(&reading).unwrap();
    assert_eq!(serde_json::from_str::<Reading>(&text).unwrap(), reading);
    assert_eq!(
        reading.deadline.in_chinese(),
        "2026-01-30 受理，不计当日；60日（信访工作条例第三十四条）；延长30日（信访工作条例第三十四条）；\
         02-10 起暂停，02-12 恢复，顺延2日（hearing）；05-02 是劳动节，对单位不顺延；到期 2026-05-02"
    );
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        Just(What::Start),
        Just(What::Restart),
        prop::sample::select(vec!["hearing", "resident_papers", "x"]).prop_flat_map(|reason| any::<bool>()
            .prop_map(move |evidence| What::Pause { reason: reason.to_owned(), evidence })),
        Just(What::Resume),
        (0..40_u32).prop_map(|n| What::Ask { term: Term { n, unit: Unit::Day } }),
        Just(What::Grant),
        Just(What::Deny),
        Just(What::Meet),
        Just(What::Void),
    ]
}

fn walk() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec((0..20 * 24_i64, what()), 1..14).prop_map(|steps| {
        let mut at = at("2025-12-20T10:00");
        let mut events = vec![Event { at, what: What::Start }];
        for (hours, what) in steps {
            at = at.plus(hours * HOUR_MS);
            events.push(Event { at, what });
        }
        events
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_500) })]

    /// Whatever happens: `may` says what `at` then does, caps hold, and the state fits the instants.
    #[test]
    fn any_walk_keeps_the_promises(events in walk(), later in 0..200 * DAY_MS) {
        let clock = petition();
        for index in 1..events.len() {
            let before = &events[..index];
            let allowed = clock.may(before, &events[index], set());
            let reading = clock.at(&events[..=index], events[index].at, set()).unwrap();
            let ignored = reading.ignored.iter().find(|i| i.index == index).map(|i| i.why);
            prop_assert_eq!(allowed.err(), ignored);
        }
        let now = events.last().unwrap().at.plus(later);
        let reading = clock.at(&events, now, set()).unwrap();
        let days = |t: Millis| ZONE.start_of(ZONE.day(t)).0 / DAY_MS;
        let paused: i64 = reading.pauses.iter().map(|p| days(p.to) - days(p.from)).sum();
        prop_assert!(paused <= 30 && reading.extensions.len() <= 1 && reading.pauses.len() <= 3);
        let due = reading.deadline.due.at;
        prop_assert!(reading.amber_at <= reading.red_at && reading.red_at <= due && reading.start <= reading.amber_at);
        match reading.state {
            State::Running => prop_assert!(now <= due || reading.undecided_until.is_some_and(|until| now <= until)),
            State::Paused => prop_assert!(reading.paused_since.is_some() && due > now),
            State::Missed => prop_assert!(now > due && reading.ended.is_none()),
            State::Met => prop_assert!(reading.ended.is_some_and(|at| at <= due)),
            State::MetLate => prop_assert!(reading.ended.is_some_and(|at| at > due)),
            State::Void => prop_assert!(reading.ended.is_some()),
        }
        for reminder in clock.reminders(&reading, set()) {
            let open = HOURS.is_open(reminder.at, &CALENDAR, &ZONE);
            prop_assert!(open || reminder.at == reading.start, "{:?}", reminder);
        }
    }
}
