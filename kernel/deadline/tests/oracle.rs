//! Two thousand pairs that were counted by another program, day by day, from another source of the days:
//! oracle/oracle.py makes them.

use base::Zone;
use deadline::{Book, OfficeHours, Rule, Setting, Standing, Term, Unit, due, parse_pause};

#[test]
fn the_sample_of_the_oracle_agrees() {
    let (zone, hours, calendar) = (Zone::default(), OfficeHours::default(), Book::shipped().calendar(""));
    let set = Setting { zone: &zone, calendar: &calendar, hours: &hours };
    let mut rows = csv::Reader::from_reader(include_str!("../oracle/sample.csv").as_bytes());
    let mut seen = 0;
    for row in rows.records() {
        let row = row.unwrap();
        let [start, term, first, roll, pause, told] = [0, 1, 2, 3, 4, 5].map(|at| &row[at]);
        let term: Term = term.parse().unwrap();
        let rule = Rule::office(term.n, term.unit, "accepted", "");
        let rule = if first == "1" { rule.counting_first_day() } else { rule };
        let rule = if roll == "1" { rule.rolling() } else { rule };
        let pauses: Vec<_> = parse_pause(pause, &zone).into_iter().collect();
        let end = due(&rule, zone.instant(start.parse().unwrap()), &pauses, &[], set);
        let ours = match rule.term.unit {
            Unit::Hour | Unit::OfficeHour => zone.at(end.at).strftime("%Y-%m-%dT%H:%M").to_string(),
            _ => end.last_day.to_string(),
        };
        assert_eq!(ours, told, "{row:?}");
        let year_end = end.last_day >= jiff::civil::date(2026, 12, 29);
        assert_eq!(end.standing != Standing::Certified, year_end, "{row:?}");
        seen += 1;
    }
    assert_eq!(seen, 2_000);
}
